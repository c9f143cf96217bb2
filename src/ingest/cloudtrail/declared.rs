//! The request and response columns the catalogue declares: from a member's JSON text to a value.

use std::borrow::Cow;

use crate::ingest::batch::Cell;
use crate::ingest::json::{self, Element, Elements, Members};
use crate::ingest::time;
use crate::schema::resource::{EventColumn, Step, ValueType};

/// Characters a text column keeps; the client's file has the rest.
const MAX_TEXT: usize = 4_096;

/// A value of a declared column.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Declared<'a> {
    /// Not stated.
    #[default]
    Null,
    /// Text.
    Text(Cow<'a, str>),
    /// Whole number, microseconds or days.
    Int(i64),
    /// Flag.
    Bool(bool),
}

impl Declared<'_> {
    /// The value as a cell.
    pub fn cell(&self) -> Cell<'_> {
        match self {
            Self::Null => Cell::Null,
            Self::Text(text) => Cell::Text(text),
            Self::Int(number) => Cell::Int(*number),
            Self::Bool(flag) => Cell::Bool(*flag),
        }
    }
}

/// The declared columns of a record's text, each searched by itself.
pub fn declared_in<'t>(text: &'t str, columns: &[EventColumn]) -> Vec<Declared<'t>> {
    let value = |column: &EventColumn| {
        let found = column.paths.iter().map(|path| descend(text, &path.steps).map_or(Declared::Null, |raw| value(raw, column.ty)));
        found.into_iter().find(|v| *v != Declared::Null).unwrap_or_default()
    };
    columns.iter().map(value).collect()
}

/// Follows member names (and the first element of lists) into JSON text.
pub fn descend<'t>(text: &'t str, steps: &[Step]) -> Option<&'t str> {
    let bytes = text.as_bytes();
    let at = json::skip_blank(bytes, 0);
    let Some((step, rest)) = steps.split_first() else { return text.get(at..) };
    match step {
        Step::Key(name) => {
            if bytes.get(at) != Some(&b'{') {
                return None;
            }
            let (_, start, end) = Members::new(bytes, at).find(|(n, _, _)| n == name)?;
            descend(text.get(start..end)?, rest)
        }
        Step::Match { key, value } => Elements::of_list(bytes, at).find_map(|element| {
            let Element::Whole(start, end) = element else { return None };
            let item = text.get(start..end)?;
            (member_text(item, key)?.as_ref() == value).then(|| descend(item, rest))?
        }),
        Step::Each => {
            if bytes.get(at) != Some(&b'[') {
                return None;
            }
            match Elements::of_list(bytes, at).next()? {
                Element::Whole(start, end) => descend(text.get(start..end)?, rest),
                Element::Cut(_) => None,
            }
        }
        Step::Up => None,
    }
}

/// A member of an object as text.
fn member_text<'t>(object: &'t str, name: &str) -> Option<Cow<'t, str>> {
    let bytes = object.as_bytes();
    let open = json::skip_blank(bytes, 0);
    if bytes.get(open) != Some(&b'{') {
        return None;
    }
    let (_, start, end) = Members::new(bytes, open).find(|(n, _, _)| *n == name)?;
    scalar_text(object.get(start..end)?)
}

/// A scalar's JSON text as text: strings without quotes and escapes, numbers as they print; `None` for
/// null and for what is no JSON. Lists and objects are only hinted at.
pub fn scalar_text(raw: &str) -> Option<Cow<'_, str>> {
    match raw.as_bytes().first()? {
        b'"' => unquoted(raw),
        b'{' => Some(Cow::Borrowed("{…}")),
        b'[' => Some(Cow::Borrowed("[…]")),
        b'n' => None,
        b't' | b'f' => Some(Cow::Borrowed(raw)),
        _ if raw.bytes().all(|b| b.is_ascii_digit() || b == b'-') && raw.len() < 18 => Some(Cow::Borrowed(raw)),
        _ => crate::ingest::content::number(raw).map(|n| Cow::Owned(n.to_string())),
    }
}

/// A JSON string's characters.
pub fn unquoted(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.get(1..raw.len().checked_sub(1)?)?;
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str::<String>(raw).ok().map(Cow::Owned)
}

/// A flag in any spelling met.
pub fn flag(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// The value of a declared column from the JSON text found at its path.
pub fn value(raw: &str, ty: ValueType) -> Declared<'_> {
    if raw == "null" {
        return Declared::Null;
    }
    let plain = if raw.starts_with('"') {
        let Some(text) = unquoted(raw) else { return Declared::Null };
        text
    } else {
        Cow::Borrowed(raw)
    };
    match ty {
        ValueType::Boolean => flag(&plain).map_or(Declared::Null, Declared::Bool),
        ValueType::Bigint => plain.parse().map_or(Declared::Null, Declared::Int),
        ValueType::Timestamp => time::parse(&plain).map_or(Declared::Null, Declared::Int),
        ValueType::Epoch => time::parse(&plain).map_or(Declared::Null, |t| Declared::Int(time::epoch_seconds(t))),
        ValueType::Count => {
            if raw.starts_with('[') {
                Declared::Int(i64::try_from(Elements::of_list(raw.as_bytes(), 0).count()).unwrap_or(i64::MAX))
            } else {
                Declared::Null
            }
        }
        ValueType::String | ValueType::Json | ValueType::SecretKeys | ValueType::Double => {
            if plain.is_empty() {
                return Declared::Null;
            }
            if plain.len() <= MAX_TEXT {
                return Declared::Text(plain);
            }
            let end = plain.char_indices().map(|(i, _)| i).take_while(|i| *i <= MAX_TEXT).last().unwrap_or(0);
            Declared::Text(Cow::Owned(format!("{}…", plain.get(..end).unwrap_or(""))))
        }
    }
}
