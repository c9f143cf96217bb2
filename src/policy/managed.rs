//! AWS managed policies: the text of each one's default version, by ARN.
//!
//! An export of IAM often names these policies without their documents. The set is data (`data/managed_policies.py` makes it from
//! moto's copy of AWS's list, Apache-2.0) with a date: AWS changes its policies, so a document in the client's own export comes first,
//! and a report that used this set names [`date`]. The set is the commercial partition's; the documents of the others differ in
//! partition names within ARNs at most, which [`document`] puts right.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// First line: newest update, count, source. Then one line a policy: resource part of the ARN, default version, document.
const DATA: &[u8] = include_bytes!("data/managed_policies.tsv.zst");

struct Set {
    date: String,
    source: String,
    policies: BTreeMap<String, (String, String)>,
}

/// A document of the set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Managed {
    /// Default version, such as `v3`, on the set's date.
    pub version: &'static str,
    /// Document in JSON.
    pub text: Cow<'static, str>,
}

fn set() -> &'static Set {
    static SET: OnceLock<Set> = OnceLock::new();
    SET.get_or_init(|| {
        // The data is part of the build and a test reads it whole: damage shows as an empty set there, never at a client's.
        let text = zstd::decode_all(DATA).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        let mut lines = text.lines();
        let mut head = lines.next().unwrap_or_default().split('\t');
        let date = head.next().unwrap_or_default().to_owned();
        let source = head.nth(1).unwrap_or_default().to_owned();
        let policies = lines
            .filter_map(|line| {
                let mut fields = line.splitn(3, '\t');
                Some((fields.next()?.to_owned(), (fields.next()?.to_owned(), fields.next()?.to_owned())))
            })
            .collect();
        Set { date, source, policies }
    })
}

/// Whether the ARN is that of an AWS managed policy, known to the set or not: its account is `aws`.
pub fn is_managed(arn: &str) -> bool {
    path(arn).is_some()
}

/// Partition and what follows `policy/`.
fn path(arn: &str) -> Option<(&str, &str)> {
    let (partition, rest) = arn.strip_prefix("arn:")?.split_once(':')?;
    Some((partition, rest.strip_prefix("iam::aws:policy/")?))
}

/// The document of an AWS managed policy in any partition (`aws`, `aws-cn`, `aws-us-gov`). None: not an AWS managed policy, or one
/// that the set lacks (newer than its date, or withdrawn before it).
pub fn document(arn: &str) -> Option<Managed> {
    let (partition, path) = path(arn)?;
    let (version, text) = set().policies.get(path)?;
    let text =
        if partition == "aws" { Cow::Borrowed(text.as_str()) } else { Cow::Owned(text.replace("arn:aws:", &format!("arn:{partition}:"))) };
    Some(Managed { version, text })
}

/// Day of the newest change in the set (ISO 8601).
pub fn date() -> &'static str {
    &set().date
}

/// Name and version of the package that the set was made from.
pub fn source() -> &'static str {
    &set().source
}

/// Number of policies in the set.
pub fn count() -> usize {
    set().policies.len()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn the_set_is_whole() {
        assert!(count() > 1_500, "{}", count());
        assert_eq!(date().len(), 10);
        assert!(source().len() > 5);
        for path in set().policies.keys() {
            let managed = document(&format!("arn:aws:iam::aws:policy/{path}")).unwrap();
            assert!(serde_json::from_str::<serde_json::Value>(&managed.text).unwrap().get("Statement").is_some(), "{path}");
            assert!(managed.version.starts_with('v'));
        }
    }

    #[test]
    fn found_in_every_partition_and_by_its_path() {
        for partition in ["aws", "aws-cn", "aws-us-gov"] {
            let text = document(&format!("arn:{partition}:iam::aws:policy/AdministratorAccess")).unwrap().text;
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(value["Statement"][0]["Action"], "*");
            assert!(document(&format!("arn:{partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")).is_some());
        }
        let text =
            document("arn:aws-cn:iam::aws:policy/service-role/AmazonEC2RoleforDataPipelineRole").map(|managed| managed.text.into_owned());
        assert!(text.is_none_or(|text| !text.contains("arn:aws:")));
        assert_eq!(document("arn:aws:iam::aws:policy/NoSuchPolicy"), None);
        assert_eq!(document("arn:aws:iam::111122223333:policy/AdministratorAccess"), None);
        assert!(is_managed("arn:aws:iam::aws:policy/NoSuchPolicy"));
        assert!(!is_managed("arn:aws:iam::111122223333:policy/AdministratorAccess"));
    }
}
