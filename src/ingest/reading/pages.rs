//! Pages of an answer: whether the last one delivered says that there are more.

use super::json::{self, Members};
use super::recorded;
use crate::ingest::remark::Remark;

/// Members that hold the place of the next page. `nextForwardToken` of `get-log-events` is none of
/// them: it is always there.
const TOKENS: [&str; 3] = ["NextToken", "nextToken", "Marker"];

/// What is said of a file whose answer goes on.
pub fn incomplete(token: &str) -> Remark {
    Remark::MorePages { token: token.to_owned() }
}

/// The token that the answer at `at` leaves open.
pub fn token_of(text: &[u8], at: usize) -> Option<&'static str> {
    let text = recorded::inner(text.get(at..)?);
    Members::new(text, 0).find_map(|(name, start, end)| {
        let token = TOKENS.into_iter().find(|token| *token == name)?;
        let value = text.get(start..end)?;
        (value.len() > 2 && value != b"null").then_some(token)
    })
}

/// The token that the last answer of a file leaves open. Earlier pages have one as well when pages are
/// appended to each other; the page they name follows.
pub fn left(text: &[u8]) -> Option<&'static str> {
    let mut left = None;
    let mut at = json::skip_blank(text, 0);
    while text.get(at) == Some(&b'{') {
        let end = json::end_of_value(text, at).unwrap_or(text.len());
        left = token_of(text, at);
        at = json::skip_blank(text, end);
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_page_counts() {
        assert_eq!(left(br#"{"Events":[],"NextToken":"abc"}"#), Some("NextToken"));
        assert_eq!(left(b"{\"events\":[],\"nextToken\":\"abc\"}\n{\"events\":[]}\n"), None);
        assert_eq!(left(br#"{"status_code":200,"data":{"trailList":[],"NextToken":"x"}}"#), Some("NextToken"));
        assert_eq!(left(br#"{"Users":[],"IsTruncated":true,"Marker":"x"}"#), Some("Marker"));
        for text in [r#"{"NextToken":""}"#, r#"{"NextToken":null}"#, r#"{"nextForwardToken":"f/1"}"#, r#"[{"NextToken":"x"}]"#, "", "{"] {
            assert_eq!(left(text.as_bytes()), None, "{text}");
        }
    }
}
