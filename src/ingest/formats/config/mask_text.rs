//! Secrets masked in the text of a JSON document, without a tree of it: most records hold none but an access
//! key id, and what is not masked stays as it was delivered.

use std::borrow::Cow;

use serde_json::Value;

use super::mask::{ENVIRONMENT_NAMES, is_user_data, kind_of, mask_json, masked, may_be_value};
use crate::ingest::reading::json::{end_of_string, skip_blank};
use crate::ingest::reading::tree::Tree;

/// The text with its secrets masked, as [`mask_json`] does it for no type in particular; `None` when it is no JSON.
pub fn mask_json_text(text: &str) -> Option<Cow<'_, str>> {
    let bytes = text.as_bytes();
    let (mut out, mut copied) = (String::new(), 0);
    // The name that holds for each open bracket's elements.
    let (mut names, mut name): (Vec<&str>, &str) = (Vec::new(), "");
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => names.push(name),
            b'}' | b']' => name = names.pop()?,
            b'"' => {
                let end = end_of_string(bytes, at)?;
                let raw = text.get(at + 1..end - 1)?;
                let escapes = memchr::memchr(b'\\', raw.as_bytes()).is_some();
                if bytes.get(skip_blank(bytes, end)) == Some(&b':') {
                    // What a place or a pair of name and value says about others takes a tree.
                    if escapes || needs_tree(raw) {
                        return by_tree(text);
                    }
                    name = raw;
                } else {
                    let plain = if escapes { Cow::Owned(serde_json::from_str(text.get(at..end)?).ok()?) } else { Cow::Borrowed(raw) };
                    if let Some(kind) = kind_of(&plain, name) {
                        out.push_str(text.get(copied..at)?);
                        out.push_str(&Value::from(masked(kind, &plain)).to_string());
                        copied = end;
                    }
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    if copied == 0 {
        return Some(Cow::Borrowed(text));
    }
    out.push_str(text.get(copied..)?);
    Some(Cow::Owned(out))
}

fn needs_tree(name: &str) -> bool {
    let is_place = name.eq_ignore_ascii_case("environment") || ENVIRONMENT_NAMES.iter().any(|known| name.eq_ignore_ascii_case(known));
    may_be_value(name) || is_user_data(name) || is_place
}

fn by_tree(text: &str) -> Option<Cow<'_, str>> {
    let mut value: Tree<'_> = serde_json::from_str(text).ok()?;
    Some(if mask_json(&mut value, "") == 0 { Cow::Borrowed(text) } else { Cow::Owned(value.to_text()) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_secret_stays_as_delivered() {
        let text = r#"{"userIdentity": {"type":"IAMUser", "accessKeyId":"AKIAIOSFODNN7EXAMPLE","n":1.50},"r":["a","\u00e9"]}"#;
        let wanted =
            r#"{"userIdentity": {"type":"IAMUser", "accessKeyId":"[masked: access key id, 20 characters]","n":1.50},"r":["a","\u00e9"]}"#;
        assert_eq!(mask_json_text(text).as_deref(), Some(wanted));
        let clean = r#"{"b":{"tagValue":"x"},"a":1}"#;
        assert!(matches!(mask_json_text(clean), Some(Cow::Borrowed(same)) if same == clean));
        let pair = r#"{"tags":[{"key":"DB_PASSWORD","value":"hunter2!"}],"environment":[{"name":"A","value":"b"}]}"#;
        let masked = mask_json_text(pair).unwrap();
        assert!(!masked.contains("hunter2") && !masked.contains("\"b\""), "{masked}");
        assert_eq!(mask_json_text("{\"a\":\"b"), None);
    }

    fn json() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            Just("AKIAIOSFODNN7EXAMPLE"),
            Just("hunter2"),
            Just("-----BEGIN PRIVATE KEY-----\nMII"),
            Just("plain \"quoted\" {]"),
            Just("é"),
            Just("")
        ];
        let leaf =
            prop_oneof![text.prop_map(Value::from), any::<bool>().prop_map(Value::from), Just(Value::Null), (0..9).prop_map(Value::from)];
        let name = prop_oneof![Just("password"), Just("Value"), Just("name"), Just("userData"), Just("a"), Just("type"), Just("x\"y")];
        leaf.prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec((name.clone(), inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().map(|(n, v)| (n.to_owned(), v)).collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn masks_what_the_tree_masks(value in json()) {
            let mut tree = Tree::from(&value);
            mask_json(&mut tree, "");
            let text = value.to_string();
            let masked = mask_json_text(&text).unwrap();
            prop_assert_eq!(serde_json::from_str::<Tree<'_>>(&masked).unwrap(), tree);
        }
    }
}
