//! JSON inside JSON: AWS Config delivers documents as text, sometimes as text inside text.
//!
//! A text that holds a document is replaced by the document, at most three times over, so that
//! both dialects of an item look alike afterwards. IAM policy documents come percent-encoded.
//! Enumerations wrapped as `{"value": x}` become `x`.

use percent_encoding::percent_decode_str;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Map, Value};

use crate::ingest::json;

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
    Json(Value),
    /// Ordinary text.
    Plain,
    /// Text that starts like a document and is none.
    Broken,
}

/// Parses JSON text; escaped surrogates without a partner become U+FFFD.
pub fn parse(text: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    serde_json::from_slice(&mended(text.as_bytes())?).ok()
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
pub fn document(value: Value, failures: &mut u64) -> Value {
    let mut value = value;
    let mut level = 0;
    while level < LEVELS {
        let Value::String(text) = &value else { break };
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
fn inside(value: &mut Value, name: &str, level: u8, failures: &mut u64) {
    match value {
        Value::Object(map) => {
            if let Some(inner) = wrapped(map) {
                *value = inner;
                return inside(value, name, level, failures);
            }
            for (name, member) in map.iter_mut() {
                inside(member, name, level, failures);
            }
        }
        Value::Array(elements) => {
            for element in elements {
                inside(element, name, level, failures);
            }
        }
        Value::String(text) if level < LEVELS => {
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
fn is_document(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(elements) => elements.first().is_none_or(|e| !e.is_number() && !e.is_boolean() && !e.is_null()),
        _ => false,
    }
}

/// The scalar of `{"value": scalar}`.
fn wrapped(map: &Map<String, Value>) -> Option<Value> {
    if map.len() != 1 {
        return None;
    }
    map.get("value").filter(|v| !v.is_object() && !v.is_array()).cloned()
}

/// A member by its exact name, else by its name in another case: types onboarded at different times
/// spell the same names differently.
pub fn member<'v>(map: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    if let Some(value) = map.get(name) {
        return Some(value);
    }
    map.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).min_by(|a, b| a.0.cmp(b.0)).map(|(_, v)| v)
}

/// As [`member`] on any value, leaving out null.
pub fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    member(value.as_object()?, name).filter(|v| !v.is_null())
}

/// As [`field`], a text.
pub fn text_field<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    field(value, name)?.as_str()
}

/// Serialises with sorted keys, whichever map `serde_json` was built with.
struct Sorted<'v>(&'v Value);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(map) => {
                let mut out = serializer.serialize_map(Some(map.len()))?;
                if map.keys().is_sorted() {
                    for (name, value) in map {
                        out.serialize_entry(name, &Sorted(value))?;
                    }
                } else {
                    let mut members: Vec<_> = map.iter().collect();
                    members.sort_unstable_by_key(|(name, _)| *name);
                    for (name, value) in members {
                        out.serialize_entry(name, &Sorted(value))?;
                    }
                }
                out.end()
            }
            Value::Array(elements) => {
                let mut out = serializer.serialize_seq(Some(elements.len()))?;
                for element in elements {
                    out.serialize_element(&Sorted(element))?;
                }
                out.end()
            }
            scalar => scalar.serialize(serializer),
        }
    }
}

/// Compact JSON text with sorted keys.
pub fn to_text(value: &Value) -> String {
    // Writing a tree of values into a string has no way to fail.
    serde_json::to_string(&Sorted(value)).unwrap_or_default()
}

/// A scalar as text, the way an auditor would write it: `60.0` of a query answer is `60`.
pub fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(whole(number).map_or_else(|| number.to_string(), |n| n.to_string())),
        _ => None,
    }
}

/// A number without a fraction, as far as 64 bits hold it.
pub fn whole(number: &serde_json::Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let real = number.as_f64().filter(|_| number.is_f64())?;
        whole_of(real)
    })
}

/// A double without a fraction, where doubles still tell neighbouring integers apart.
pub fn whole_of(real: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "checked against 2^53 first")]
    (real.fract() == 0.0 && real.abs() <= 9_007_199_254_740_992.0).then_some(real as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn decoded(value: Value) -> Value {
        let mut failures = 0;
        let value = document(value, &mut failures);
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
            document(value, &mut failures);
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
        assert_eq!(document(json!(deep.clone()), &mut failures), json!(deep));
        assert_eq!(failures, 1);
    }

    #[test]
    fn text_out_is_compact_and_sorted() {
        let value: Value = serde_json::from_str(r#"{"b":[1,{"z":null,"a":"x\u0000\n"}],"a":1.5}"#).unwrap();
        assert_eq!(to_text(&value), r#"{"a":1.5,"b":[1,{"a":"x\u0000\n","z":null}]}"#);
    }

    #[test]
    fn lone_surrogates_are_mended_inside_text() {
        assert_eq!(decoded(json!("{\"a\":\"\\ud800\"}")), json!({"a":"\u{fffd}"}));
    }

    #[test]
    fn members_are_found_in_any_case() {
        let value = json!({"Policy":1,"policy":2,"KmsKeyId":"k"});
        assert_eq!(field(&value, "policy"), Some(&json!(2)));
        assert_eq!(field(&value, "POLICY"), Some(&json!(1)));
        assert_eq!(text_field(&value, "kmsKeyId"), Some("k"));
    }

    #[test]
    fn whole_numbers_print_without_fraction() {
        assert_eq!(scalar_text(&json!(60.0)).as_deref(), Some("60"));
        assert_eq!(scalar_text(&json!(0.5)).as_deref(), Some("0.5"));
        assert_eq!(scalar_text(&json!(u64::MAX)).as_deref(), Some("18446744073709551615"));
    }
}
