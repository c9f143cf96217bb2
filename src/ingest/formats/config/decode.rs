//! JSON inside JSON: AWS Config delivers documents as text, sometimes as text inside text.
//!
//! A text that holds a document is replaced by the document, at most three times over, so that
//! both dialects of an item look alike afterwards. IAM policy documents come percent-encoded.
//! Enumerations wrapped as `{"value": x}` become `x`.

use percent_encoding::percent_decode_str;

use crate::ingest::reading::json;
use crate::ingest::reading::tree::{Members, Tree};

/// How many times text is taken for JSON, one inside the other.
const LEVELS: u8 = 3;

/// Member names whose text is a policy document; one that cannot be read is counted.
const POLICY_NAMES: [&str; 12] = [
    "policy",
    "policytext",
    "policydocument",
    "document",
    "assumerolepolicydocument",
    "repositorypolicytext",
    "resourcepolicy",
    "keypolicy",
    "accesspolicy",
    "accesspolicies",
    "filesystempolicy",
    "inlinepolicy",
];

/// What a text turned out to be.
enum Opened {
    /// A document.
    Json(Tree<'static>),
    /// Ordinary text.
    Plain,
    /// Text that starts like a document and is none.
    Broken,
}

/// Parses JSON text; escaped surrogates without a partner become U+FFFD.
pub fn parse(text: &str) -> Option<Tree<'static>> {
    if let Ok(value) = serde_json::from_str::<Tree<'_>>(text) {
        return Some(value.into_owned());
    }
    serde_json::from_slice(&mended(text.as_bytes())?).ok().map(Tree::into_owned)
}

/// JSON text with escaped surrogates that have no partner replaced; `None` if there is none.
pub fn mended(text: &[u8]) -> Option<Vec<u8>> {
    // A text that ends with half an escape cannot be mended.
    if text.last() == Some(&b'\\') { None } else { json::mend_surrogates(text) }
}

fn open(text: &str, quoted: bool) -> Opened {
    let text = text.trim_start();
    let from_json = |text: &str| parse(text).map_or(Opened::Broken, Opened::Json);
    match text.as_bytes() {
        [b'{' | b'[', ..] => from_json(text),
        [b'"', ..] if quoted => parse(text).map_or(Opened::Plain, Opened::Json),
        [b'%', b'7' | b'5', b'B' | b'b', ..] => match percent_decode_str(text).decode_utf8() {
            Ok(decoded) => from_json(&decoded),
            Err(_not_utf8) => Opened::Broken,
        },
        _ => Opened::Plain,
    }
}

/// Opens the text of a `configuration` or of one supplementary value, and everything inside it.
/// `failures` counts texts that start like a document and cannot be read as one.
pub fn document<'a>(value: Tree<'a>, failures: &mut u64) -> Tree<'a> {
    let mut value = value;
    let mut level = 0;
    while level < LEVELS {
        let Tree::Text(text) = &value else { break };
        match open(text, true) {
            Opened::Json(inner) => value = inner,
            Opened::Plain => break,
            Opened::Broken => {
                *failures += 1;
                break;
            }
        }
        level += 1;
    }
    inside(&mut value, "", level, failures);
    value
}

/// Opens the texts below `value`, whose member name is `name`.
fn inside(value: &mut Tree<'_>, name: &str, level: u8, failures: &mut u64) {
    match value {
        Tree::Object(map) => {
            if let Some(inner) = wrapped(map) {
                *value = inner;
                return inside(value, name, level, failures);
            }
            for (name, member) in map.iter_mut() {
                inside(member, name, level, failures);
            }
        }
        Tree::List(elements) => {
            for element in elements {
                inside(element, name, level, failures);
            }
        }
        Tree::Text(text) if level < LEVELS => {
            // The first character tells ordinary text apart at little cost.
            if !matches!(text.as_bytes().first(), Some(b'{' | b'[' | b'%' | b' ' | b'\n' | b'\r' | b'\t')) {
                return;
            }
            match open(text, false) {
                Opened::Json(mut inner) if is_document(&inner) => {
                    inside(&mut inner, name, level + 1, failures);
                    *value = inner;
                }
                Opened::Broken if POLICY_NAMES.iter().any(|n| n.eq_ignore_ascii_case(name)) => *failures += 1,
                _ => {}
            }
        }
        _ => {}
    }
}

/// An object, or a list that could not just as well be text in brackets such as `[1]`.
fn is_document(value: &Tree<'_>) -> bool {
    match value {
        Tree::Object(_) => true,
        Tree::List(elements) => elements.first().is_none_or(|e| !matches!(e, Tree::Number(_) | Tree::Bool(_) | Tree::Null)),
        _ => false,
    }
}

/// The scalar of `{"value": scalar}`.
fn wrapped<'a>(map: &Members<'a>) -> Option<Tree<'a>> {
    if map.len() != 1 {
        return None;
    }
    map.get("value").filter(|v| !v.is_object() && !v.is_list()).cloned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn decoded(value: Value) -> Tree<'static> {
        let mut failures = 0;
        let value = document(Tree::from(&value), &mut failures).into_owned();
        assert_eq!(failures, 0);
        value
    }

    #[test]
    fn text_is_opened_up_to_three_times() {
        let once = r#"{"grantList":[{"permission":"Read"}]}"#;
        let twice = json!(once).to_string();
        let thrice = json!(twice).to_string();
        let four = json!(thrice).to_string();
        let wanted = json!({"grantList":[{"permission":"Read"}]});
        assert_eq!(decoded(json!(once)), wanted);
        assert_eq!(decoded(json!(twice)), wanted);
        assert_eq!(decoded(json!(thrice)), wanted);
        assert_eq!(decoded(json!(four)), json!(once));
    }

    #[test]
    fn nested_text_is_opened_in_both_dialects() {
        let wanted = json!({"policyText":{"Statement":[]}});
        assert_eq!(decoded(json!({"policyText":"{\"Statement\":[]}"})), wanted);
        assert_eq!(decoded(json!("{\"policyText\":\"{\\\"Statement\\\":[]}\"}")), wanted);
        assert_eq!(decoded(json!({"policyText":null})), json!({"policyText":null}));
    }

    #[test]
    fn policies_are_percent_decoded() {
        let encoded = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";
        assert_eq!(decoded(json!({"document": encoded})), json!({"document":{"Version":"2012-10-17","Statement":[]}}));
        assert_eq!(decoded(json!({"a":"100%"})), json!({"a":"100%"}));
    }

    #[test]
    fn ordinary_text_stays() {
        for text in ["[1]", "[prod] web", "{{resolve:ssm:/a}}", "true", "7", "\"quoted\"", "", "%7", "[null]"] {
            assert_eq!(decoded(json!({"description": text})), json!({"description": text}), "{text}");
        }
        // At the top of a supplementary value a quoted text is JSON text.
        assert_eq!(decoded(json!("\"false\"")), json!("false"));
    }

    #[test]
    fn failures_are_counted_where_json_was_due() {
        let count = |value: Value| {
            let mut failures = 0;
            document(Tree::from(&value), &mut failures);
            failures
        };
        assert_eq!(count(json!("{\"a\":")), 1);
        assert_eq!(count(json!({"policyText":"{\"Statement\":["})), 1);
        assert_eq!(count(json!({"assumeRolePolicyDocument":"%7B%22Statement"})), 1);
        assert_eq!(count(json!({"policyDocument":"%7B%ff%fe"})), 1);
        assert_eq!(count(json!({"description":"{not json"})), 0);
    }

    #[test]
    fn wrapped_scalars_are_unwrapped() {
        assert_eq!(
            decoded(
                json!({"state":{"value":"in-use"},"zones":[{"value":"a"},{"value":"b"}],"tag":{"key":"k","value":"v"},"o":{"value":{}}})
            ),
            json!({"state":"in-use","zones":["a","b"],"tag":{"key":"k","value":"v"},"o":{"value":{}}})
        );
    }

    #[test]
    fn deep_text_is_refused_not_followed() {
        let deep = "[".repeat(100_000);
        let mut failures = 0;
        assert_eq!(document(Tree::from(&json!(deep)), &mut failures), json!(deep));
        assert_eq!(failures, 1);
    }

    #[test]
    fn lone_surrogates_are_mended_inside_text() {
        assert_eq!(decoded(json!("{\"a\":\"\\ud800\"}")), json!({"a":"\u{fffd}"}));
    }
}
