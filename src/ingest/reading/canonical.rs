//! JSON text in one form, however it was printed: without blanks between its signs, with escapes only where JSON
//! asks for them, and with the documents that its texts hold (policies, above all) in the same form.
//!
//! Names and numbers stay as they were delivered, in their order. Text that has this form already, as AWS delivers
//! it, is looked through once and borrowed.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde::de::IgnoredAny;

use super::json::{self, MAX_DEPTH};

/// How many times text is taken for JSON or percent-encoding, one inside the other.
const LEVELS: u8 = 3;

/// What a text turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document<'t> {
    /// An object or a list, in canonical form.
    Json(Cow<'t, str>),
    /// Ordinary text, as it is.
    Plain(Cow<'t, str>),
    /// Text that begins like a document and cannot be read as one, as it is.
    Broken(Cow<'t, str>),
    /// A document nested beyond [`MAX_DEPTH`].
    Deep,
}

/// Nesting beyond [`MAX_DEPTH`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooDeep;

/// The canonical form of JSON text that is known to be well-formed.
///
/// # Errors
/// When it is nested too deep for those who read it.
pub fn compact(json: &str) -> Result<Cow<'_, str>, TooDeep> {
    compact_at(json, 0)
}

/// What a text holds: the text of a policy document is itself printed with blanks or tabs, and sometimes
/// percent-encoded.
pub fn document(text: Cow<'_, str>) -> Document<'_> {
    document_at(text, 0)
}

fn document_at(text: Cow<'_, str>, level: u8) -> Document<'_> {
    let begin = json::skip_blank(text.as_bytes(), 0);
    if !may_open(&text.as_bytes()[begin..]) {
        return Document::Plain(text);
    }
    match &text.as_bytes()[begin..] {
        [b'{' | b'[', ..] => {
            if serde_json::from_str::<IgnoredAny>(&text).is_err() {
                return Document::Broken(text);
            }
            match compact_at(&text, level) {
                Ok(Cow::Owned(compact)) => Document::Json(Cow::Owned(compact)),
                Ok(Cow::Borrowed(_)) => Document::Json(text),
                Err(TooDeep) => Document::Deep,
            }
        }
        _ if level >= LEVELS => Document::Plain(text),
        [b'"', ..] => match serde_json::from_str::<String>(&text).map(|inner| document_at(Cow::Owned(inner), level + 1)) {
            Ok(Document::Plain(_) | Document::Broken(_)) | Err(_) => Document::Plain(text),
            Ok(found) => found,
        },
        _ => {
            let Ok(decoded) = percent_decode_str(&text).decode_utf8() else { return Document::Broken(text) };
            match document_at(Cow::Owned(decoded.into_owned()), level + 1) {
                Document::Plain(_) | Document::Broken(_) => Document::Broken(text),
                found => found,
            }
        }
    }
}

/// Whether text may open a document: an object, a list of objects, lists or texts (`[1]` and `[prod] web` are
/// ordinary text), one of the two percent-encoded, or one of these as a JSON text.
fn may_open(text: &[u8]) -> bool {
    match text {
        [b'{', ..] => matches!(text.get(json::skip_blank(text, 1)), Some(b'"' | b'}')),
        [b'[', ..] => matches!(text.get(json::skip_blank(text, 1)), Some(b'{' | b'[' | b'"' | b']')),
        [b'%', b'7', b'B' | b'b', ..] | [b'%', b'5', b'B' | b'b', ..] => true,
        // Encoded twice.
        [b'%', b'2', b'5', b'7' | b'5', b'B' | b'b', ..] => true,
        [b'"', b'{' | b'[' | b'%' | b'\\' | b' ', ..] => true,
        _ => false,
    }
}

fn compact_at(json: &str, level: u8) -> Result<Cow<'_, str>, TooDeep> {
    let bytes = json.as_bytes();
    let part = |from: usize, to: usize| json.get(from..to).unwrap_or("");
    let mut out = String::new();
    let (mut at, mut taken, mut depth) = (0, 0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        let end = match byte {
            b'"' => {
                let end = json::end_of_string(bytes, at).unwrap_or(bytes.len());
                if let Some(text) = string(part(at, end), level)? {
                    out.push_str(part(taken, at));
                    out.push_str(&text);
                    taken = end;
                }
                end
            }
            b' ' | b'\n' | b'\r' | b'\t' => {
                let end = json::skip_blank(bytes, at);
                out.push_str(part(taken, at));
                taken = end;
                end
            }
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(TooDeep);
                }
                at + 1
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                at + 1
            }
            _ => at + 1,
        };
        at = end;
    }
    if taken == 0 {
        return Ok(Cow::Borrowed(json));
    }
    out.push_str(part(taken, bytes.len()));
    Ok(Cow::Owned(out))
}

/// The canonical form of a JSON string with its quotes; `None` where it has that form.
fn string(quoted: &str, level: u8) -> Result<Option<String>, TooDeep> {
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or("");
    let escapes = memchr::memchr(b'\\', inner.as_bytes()).is_some();
    let opens = level < LEVELS && matches!(inner.as_bytes().first(), Some(b'{' | b'[' | b'%' | b'\\' | b' '));
    if !escapes && !opens {
        return Ok(None);
    }
    let Some(plain) = unquoted(quoted) else { return Ok(None) };
    let plain = match if opens { document_at(plain, level + 1) } else { Document::Plain(plain) } {
        Document::Json(text) | Document::Plain(text) | Document::Broken(text) => text,
        Document::Deep => return Err(TooDeep),
    };
    let written = serde_json::Value::String(plain.into_owned()).to_string();
    Ok((written != quoted).then_some(written))
}

/// A JSON string's characters; escaped surrogates without a partner become U+FFFD.
fn unquoted(quoted: &str) -> Option<Cow<'_, str>> {
    if memchr::memchr(b'\\', quoted.as_bytes()).is_none() {
        return quoted.get(1..quoted.len().checked_sub(1)?).map(Cow::Borrowed);
    }
    let text = serde_json::from_str::<String>(quoted).ok();
    text.or_else(|| serde_json::from_slice(&json::mend_surrogates(quoted.as_bytes())?).ok()).map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::ingest::formats::cloudtrail::tests::any_json;

    fn of(text: &str) -> String {
        compact(text).unwrap().into_owned()
    }

    /// A value with tabs for indentation, as the IAM console writes documents.
    fn tabbed(value: &Value) -> String {
        let mut out = Vec::new();
        let mut writer = serde_json::Serializer::with_formatter(&mut out, serde_json::ser::PrettyFormatter::with_indent(b"\t"));
        serde::Serialize::serialize(value, &mut writer).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn compact_text_is_borrowed_and_blanks_go() {
        let compact_text = r#"{"b":[1.0,{"a":"x y\n\"{"}],"a":1e3,"none":{},"list":[]}"#;
        assert!(matches!(compact(compact_text).unwrap(), Cow::Borrowed(_)));
        let spread = " {\t\"b\" :[ 1.0 ,\r\n{\"a\": \"x y\\n\\\"{\"} ], \"a\" : 1e3,\n\"none\":{ },\"list\":[\t] }\n";
        assert_eq!(of(spread), compact_text);
    }

    #[test]
    fn escapes_are_those_that_json_asks_for() {
        assert_eq!(of(r#"{"Principal":"\u002a","a":"\/\u00e9\u0007"}"#), "{\"Principal\":\"*\",\"a\":\"/é\\u0007\"}");
        assert_eq!(of(r#"["\ud800"]"#), "[\"\u{fffd}\"]");
    }

    #[test]
    fn a_document_has_one_form_however_it_was_printed_encoded_or_wrapped() {
        let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["iam:*", "*"], "Resource": "*"}]});
        let wanted = policy.to_string();
        let encode = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let pretty = serde_json::to_string_pretty(&policy).unwrap();
        for text in [
            wanted.clone(),
            pretty.clone(),
            tabbed(&policy),
            format!("\r\n\t {pretty}\n"),
            encode(&wanted),
            encode(&tabbed(&policy)),
            encode(&encode(&pretty)),
            json!(pretty).to_string(),
        ] {
            assert_eq!(document(Cow::Borrowed(&text)), Document::Json(Cow::Borrowed(&wanted)), "{text}");
            // The same as a text inside JSON.
            assert_eq!(of(&json!({ "Policy": text }).to_string()), json!({ "Policy": wanted }).to_string(), "{text}");
        }
    }

    #[test]
    fn ordinary_text_stays() {
        for text in ["", "private", "[1, 2]", "[prod] web", "{{resolve:ssm:/a}}", "100 %", "%7", "\"quoted\"", "a { \"b\": 1 }", "{ x }"] {
            assert_eq!(document(Cow::Borrowed(text)), Document::Plain(Cow::Borrowed(text)), "{text}");
            let inside = json!({ "a": text }).to_string();
            assert_eq!(of(&inside), inside, "{text}");
        }
    }

    #[test]
    fn what_begins_like_a_document_and_is_none_is_named() {
        for text in ["{\"Statement\": [", "[{\"a\":1},]", "%7B%22Statement", "%7B%ff"] {
            assert_eq!(document(Cow::Borrowed(text)), Document::Broken(Cow::Borrowed(text)), "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_long_text_is_not() {
        for depth in [MAX_DEPTH + 1, 1_000, 200_000] {
            let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            assert_eq!(compact(&deep), Err(TooDeep));
            assert_eq!(document(Cow::Borrowed(&deep)), Document::Deep);
            assert_eq!(compact(&json!({ "a": deep }).to_string()), Err(TooDeep));
        }
        let long = json!({"a": "x".repeat(1 << 20), "b": vec![json!({"c": 1}); 50_000]});
        assert_eq!(of(&serde_json::to_string_pretty(&long).unwrap()), long.to_string());
        // Documents inside one another are not opened without end.
        let mut nested = json!({"a": 1}).to_string();
        for _ in 0..12 {
            nested = json!({ "a": nested }).to_string();
        }
        assert!(compact(&nested).is_ok());
    }

    proptest! {
        #[test]
        fn indented_text_becomes_what_serde_json_writes(value in any_json()) {
            // Texts that hold JSON are a matter of their own.
            let plain = value.to_string();
            prop_assume!(!plain.contains("\"[") && !plain.contains("\"{") && !plain.contains("\"%") && !plain.contains("\" ") && !plain.contains("\"\\"));
            prop_assert_eq!(of(&serde_json::to_string_pretty(&value).unwrap()), plain.clone());
            prop_assert_eq!(of(&tabbed(&value)), plain);
        }

        #[test]
        fn canonical_text_means_the_same_and_stays(value in any_json()) {
            let once = of(&serde_json::to_string_pretty(&value).unwrap());
            let again = compact(&once).unwrap();
            prop_assert_eq!(again.as_ref(), once.as_str());
        }
    }
}
