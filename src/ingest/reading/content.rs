//! A hash of a JSON document's content: the same whatever the order of an object's members, the
//! blanks outside strings, the spelling of characters in strings (`é` or `\u00e9`) and of numbers.
//!
//! Made of XXH3 over each name and scalar. It tells copies of a record from records that differ; it is
//! no protection against somebody who wants two records to have the same one.

use serde_json::{Number, Value};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// An odd constant with bits all over (the golden ratio in 64 bits).
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// Hash of a string's characters, or of a member's name.
#[inline]
pub fn string(text: &str) -> u64 {
    xxh3_64(text.as_bytes())
}

/// Hash of `true`, `false`, `null` or a number in its shortest spelling.
#[inline]
pub fn scalar(text: &str) -> u64 {
    xxh3_64_with_seed(text.as_bytes(), 1)
}

/// Hash of an object or a list whose members are taken in one after the other.
#[derive(Debug, Clone, Copy, Default)]
pub struct Compound(u64);

impl Compound {
    /// Takes in a member of an object: the sum forgets the order.
    #[inline]
    pub fn member(&mut self, name: u64, value: u64) {
        let mixed = (name ^ value.rotate_left(29)).wrapping_mul(SPREAD);
        self.0 = self.0.wrapping_add(mixed ^ (mixed >> 32));
    }

    /// Takes in an element of a list: the order counts.
    #[inline]
    pub fn element(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(SPREAD);
    }

    /// The hash; an empty object and an empty list differ.
    #[inline]
    pub fn finish(self, is_list: bool) -> u64 {
        let mixed = (self.0 ^ if is_list { 2 } else { 3 }).wrapping_mul(SPREAD);
        mixed ^ (mixed >> 29)
    }
}

/// The spelling of a number that is hashed and shown: whole numbers as they are, others as a double
/// prints.
pub fn number(raw: &str) -> Option<Number> {
    serde_json::from_str(raw).ok()
}

/// Hash of a parsed document; its depth is bounded by the parser.
pub fn value(value: &Value) -> u64 {
    match value {
        Value::Null => scalar("null"),
        Value::Bool(flag) => scalar(if *flag { "true" } else { "false" }),
        Value::Number(number) => scalar(&number.to_string()),
        Value::String(text) => string(text),
        Value::Array(list) => {
            let mut hash = Compound::default();
            for element in list {
                hash.element(self::value(element));
            }
            hash.finish(true)
        }
        Value::Object(members) => {
            let mut hash = Compound::default();
            for (name, member) in members {
                hash.member(string(name), self::value(member));
            }
            hash.finish(false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> u64 {
        value(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn only_content_counts() {
        let a = of(r#"{"x":{"p":"1é","q":[1,2]},"y":null}"#);
        assert_eq!(a, of(r#"{ "y" : null, "x":{"q":[1, 2],"p":"1\u00e9"} }"#));
        for other in [
            r#"{"x":{"p":"2é","q":[1,2]},"y":null}"#,
            r#"{"x":{"q":"1é","p":[1,2]},"y":null}"#,
            r#"{"x":{"p":"1é","q":[2,1]},"y":null}"#,
            r#"{"x":{"p":"1é","q":[1,2]},"y":"null"}"#,
            r#"{"x":{"p":"1é","q":[1,2]}}"#,
        ] {
            assert_ne!(a, of(other), "{other}");
        }
        assert_ne!(of(r#"{"a":{"x":1},"b":{}}"#), of(r#"{"a":{},"b":{"x":1}}"#));
        assert_ne!(of("[]"), of("{}"));
        assert_ne!(of("[[1],2]"), of("[[1,2]]"));
    }
}
