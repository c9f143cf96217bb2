//! Amazon Resource Names: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.

/// The pieces of an ARN, or of a pattern of ARNs. What they hold is not checked, and each but the service may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: &'a str,
    /// The service's prefix, such as `iam`.
    pub service: &'a str,
    /// Empty for services without Regions.
    pub region: &'a str,
    /// The owner's account id; empty where names are unique without it, as those of buckets.
    pub account: &'a str,
    /// The rest, with the colons that it may hold.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// `None` where a piece is missing or the text does not begin with `arn`.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut pieces = text.strip_prefix("arn:")?.splitn(5, ':');
        let mut next = || pieces.next();
        Some(Self { partition: next()?, service: next()?, region: next()?, account: next()?, resource: next()? })
    }
}

/// The account piece of what may be no whole ARN, such as the beginning of a pattern.
pub fn account_piece(text: &str) -> Option<&str> {
    text.split(':').nth(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_has_six_pieces_and_its_resource_may_hold_colons() {
        let log = "arn:aws:logs:eu-west-1:111122223333:log-group:app:*";
        let found = Arn { partition: "aws", service: "logs", region: "eu-west-1", account: "111122223333", resource: "log-group:app:*" };
        assert_eq!(Arn::parse(log), Some(found));
        assert_eq!(Arn::parse("arn:aws:s3:::bucket").map(|arn| (arn.region, arn.account, arn.resource)), Some(("", "", "bucket")));
        for none in ["", "arn", "arn:aws:iam::111122223333", "urn:aws:iam::111122223333:root", "111122223333"] {
            assert_eq!(Arn::parse(none), None, "{none}");
        }
        assert_eq!(account_piece("arn:aws:iam::111122223333"), Some("111122223333"));
        assert_eq!(account_piece("arn:aws:iam:"), None);
    }
}
