//! A JSON document as a tree whose texts are those of the file, as far as they have no escapes.
//!
//! Documents inside items are looked at from all sides, so they need a tree. `serde_json`'s own copies every
//! name and text and keeps a search tree for each object; here an object is one sorted list.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write as _;

use serde::de::{Error as DeError, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value};

/// A value of JSON.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Tree<'a> {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text, without its quotes and escapes.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Tree<'a>>),
    /// An object.
    Object(Members<'a>),
}

/// The members of an object, sorted by name; of two that have the same name the last one stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Members<'a>(Vec<Member<'a>>);

type Member<'a> = (Cow<'a, str>, Tree<'a>);

impl<'a> Members<'a> {
    /// Number of members.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Tree<'a>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// The same, to change values.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&str, &mut Tree<'a>)> {
        self.0.iter_mut().map(|(name, value)| {
            let name: &Cow<'a, str> = name;
            (name.as_ref(), value)
        })
    }

    /// The names, sorted.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }

    /// The values, sorted by name.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Tree<'a>> {
        self.0.iter().map(|(_, value)| value)
    }

    /// The member of exactly this name.
    pub fn get(&self, name: &str) -> Option<&Tree<'a>> {
        self.0.binary_search_by(|(n, _)| n.as_ref().cmp(name)).ok().map(|at| &self.0[at].1)
    }

    /// The member of this name, else the first whose name is the same in another case: types onboarded at
    /// different times spell the same names differently.
    pub fn member(&self, name: &str) -> Option<&Tree<'a>> {
        self.get(name).or_else(|| self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value))
    }

    /// Adds a member unless there is one of its name.
    pub fn or_insert(&mut self, name: &'a str, value: Tree<'a>) {
        if let Err(at) = self.0.binary_search_by(|(n, _)| n.as_ref().cmp(name)) {
            self.0.insert(at, (Cow::Borrowed(name), value));
        }
    }
}

impl<'a> FromIterator<Member<'a>> for Members<'a> {
    fn from_iter<I: IntoIterator<Item = Member<'a>>>(members: I) -> Self {
        let mut list: Vec<Member<'a>> = members.into_iter().collect();
        if !list.is_sorted_by(|a, b| a.0 < b.0) {
            // Sorting keeps the order of equal names: the last of them is the first from behind.
            list.sort_by(|a, b| a.0.cmp(&b.0));
            list.reverse();
            list.dedup_by(|later, kept| later.0 == kept.0);
            list.reverse();
        }
        Self(list)
    }
}

impl<'a> IntoIterator for Members<'a> {
    type Item = Member<'a>;
    type IntoIter = std::vec::IntoIter<Member<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> Tree<'a> {
    /// A list of texts.
    pub fn texts(texts: impl Iterator<Item = &'a str>) -> Self {
        Self::List(texts.map(|text| Self::Text(Cow::Borrowed(text))).collect())
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        matches!(self, Self::List(_))
    }

    /// Whether it is a text.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The flag, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(flag) = self { Some(*flag) } else { None }
    }

    /// The members, if it is an object.
    pub fn as_object(&self) -> Option<&Members<'a>> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// The elements, if it is a list.
    pub fn as_list(&self) -> Option<&[Tree<'a>]> {
        if let Self::List(elements) = self { Some(elements) } else { None }
    }

    /// A list as it is, anything else as a list of one.
    pub fn one_or_many(&self) -> &[Tree<'a>] {
        if let Self::List(elements) = self { elements } else { std::slice::from_ref(self) }
    }

    /// A member as [`Members::member`] finds it, leaving out null.
    pub fn field(&self, name: &str) -> Option<&Tree<'a>> {
        self.as_object()?.member(name).filter(|value| !value.is_null())
    }

    /// As [`Self::field`], a text.
    pub fn text_field(&self, name: &str) -> Option<&str> {
        self.field(name)?.as_str()
    }

    /// A scalar as text, the way an auditor would write it: `60.0` of a query answer is `60`.
    pub fn scalar_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
            Self::Number(number) => Some(Cow::Owned(whole(number).map_or_else(|| number.to_string(), |n| n.to_string()))),
            _ => None,
        }
    }

    /// Compact JSON text, names sorted.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
            // Writing to a string has no way to fail.
            Self::Number(number) => drop(write!(out, "{number}")),
            Self::Text(text) => quote(text, out),
            Self::List(elements) => {
                out.push('[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    element.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    quote(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// The same tree with texts of its own.
    pub fn into_owned(self) -> Tree<'static> {
        match self {
            Self::Null => Tree::Null,
            Self::Bool(flag) => Tree::Bool(flag),
            Self::Number(number) => Tree::Number(number),
            Self::Text(text) => Tree::Text(Cow::Owned(text.into_owned())),
            Self::List(elements) => Tree::List(elements.into_iter().map(Tree::into_owned).collect()),
            Self::Object(members) => Tree::Object(Members(
                members.into_iter().map(|(name, value)| (Cow::Owned(name.into_owned()), value.into_owned())).collect(),
            )),
        }
    }
}

/// Appends a JSON text with its quotes.
fn quote(text: &str, out: &mut String) {
    // Folded rather than searched, which the compiler makes one pass without branches of.
    let plain = !text.bytes().fold(false, |special, byte| special | (byte < b' ') | (byte == b'"') | (byte == b'\\'));
    if plain {
        out.reserve(text.len() + 2);
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        // A text has no way to fail.
        out.push_str(&serde_json::to_string(text).unwrap_or_default());
    }
}

/// A number without a fraction, as far as 64 bits hold it.
pub fn whole(number: &Number) -> Option<i64> {
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

impl<'a> From<&'a Value> for Tree<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Array(elements) => Self::List(elements.iter().map(Self::from).collect()),
            Value::Object(members) => {
                Self::Object(members.iter().map(|(name, value)| (Cow::Borrowed(name.as_str()), value.into())).collect())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Tree<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TreeVisitor;
        impl<'de> Visitor<'de> for TreeVisitor {
            type Value = Tree<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value of JSON")
            }
            fn visit_unit<E: DeError>(self) -> Result<Tree<'de>, E> {
                Ok(Tree::Null)
            }
            fn visit_bool<E: DeError>(self, flag: bool) -> Result<Tree<'de>, E> {
                Ok(Tree::Bool(flag))
            }
            fn visit_i64<E: DeError>(self, number: i64) -> Result<Tree<'de>, E> {
                Ok(Tree::Number(number.into()))
            }
            fn visit_u64<E: DeError>(self, number: u64) -> Result<Tree<'de>, E> {
                Ok(Tree::Number(number.into()))
            }
            fn visit_f64<E: DeError>(self, number: f64) -> Result<Tree<'de>, E> {
                Ok(Number::from_f64(number).map_or(Tree::Null, Tree::Number))
            }
            fn visit_borrowed_str<E: DeError>(self, text: &'de str) -> Result<Tree<'de>, E> {
                Ok(Tree::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: DeError>(self, text: &str) -> Result<Tree<'de>, E> {
                Ok(Tree::Text(Cow::Owned(text.to_owned())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree<'de>, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = list.next_element()? {
                    elements.push(element);
                }
                Ok(Tree::List(elements))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Tree<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some((Name(name), value)) = object.next_entry()? {
                    members.push((name, value));
                }
                Ok(Tree::Object(members.into_iter().collect()))
            }
        }
        deserializer.deserialize_any(TreeVisitor)
    }
}

#[cfg(test)]
impl PartialEq<Value> for Tree<'_> {
    fn eq(&self, other: &Value) -> bool {
        self.eq(&Tree::from(other))
    }
}

/// A member's name, borrowed where it has no escapes.
#[derive(Debug, Deserialize)]
pub struct Name<'a>(#[serde(borrow)] pub Cow<'a, str>);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_out_is_compact_and_sorted() {
        let value: Tree<'_> = serde_json::from_str(r#"{"b":[1,{"z":null,"a":"x\u0000\n\"é"}],"a":1.5,"c":1e300}"#).unwrap();
        assert_eq!(value.to_text(), r#"{"a":1.5,"b":[1,{"a":"x\u0000\n\"é","z":null}],"c":1e+300}"#);
    }

    #[test]
    fn of_two_members_the_last_one_stands() {
        let value: Tree<'_> = serde_json::from_str(r#"{"b":1,"a":2,"b":3,"a":4,"b":5}"#).unwrap();
        assert_eq!(value, json!({"a":4,"b":5}));
    }

    #[test]
    fn texts_without_escapes_are_those_of_the_file() {
        let text = r#"{"a":"plain","b":"\u0041"}"#;
        let value: Tree<'_> = serde_json::from_str(text).unwrap();
        let borrowed = |name: &str| matches!(value.field(name), Some(Tree::Text(Cow::Borrowed(_))));
        assert!(borrowed("a") && !borrowed("b"));
        assert_eq!(value, json!({"a":"plain","b":"A"}));
    }

    #[test]
    fn members_are_found_in_any_case() {
        let value = json!({"Policy":1,"policy":2,"KmsKeyId":"k"});
        let value = Tree::from(&value);
        assert_eq!(value.field("policy"), Some(&Tree::Number(2.into())));
        assert_eq!(value.field("POLICY"), Some(&Tree::Number(1.into())));
        assert_eq!(value.text_field("kmsKeyId"), Some("k"));
    }

    #[test]
    fn whole_numbers_print_without_fraction() {
        let text = |value: serde_json::Value| Tree::from(&value).scalar_text().map(Cow::into_owned);
        assert_eq!(text(json!(60.0)).as_deref(), Some("60"));
        assert_eq!(text(json!(0.5)).as_deref(), Some("0.5"));
        assert_eq!(text(json!(u64::MAX)).as_deref(), Some("18446744073709551615"));
    }

    proptest::proptest! {
        // What serde_json reads and writes is what must come out, but for the order of members.
        #[test]
        fn trees_say_what_serde_json_says(value in crate::ingest::formats::cloudtrail::tests::any_json()) {
            let text = value.to_string();
            let tree: Tree<'_> = serde_json::from_str(&text).unwrap();
            proptest::prop_assert_eq!(&tree, &value);
            proptest::prop_assert_eq!(tree.to_text(), text);
        }
    }
}
