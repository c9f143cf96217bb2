//! The request and response columns the catalogue declares: from a member's JSON text to a value.
//!
//! JSON is stored in canonical form, so that one event gives one row however its export was printed.

use std::borrow::Cow;

use super::unread::Unread;
use crate::base::time;
use crate::ingest::batch::Cell;
use crate::ingest::reading::canonical::{self, Document, TooDeep};
use crate::ingest::reading::json::{self, Element, Elements, Members};
use crate::schema::resource::{EventColumn, Step, ValueType};

/// Characters a text may have to be kept; the client's file has the rest.
pub const MAX_TEXT: usize = 4_096;

/// Characters a column of type json keeps. CloudTrail leaves out parameters above 100 KB, and the longest policy that
/// AWS takes, a KMS key's, has 32,768 bytes: of what AWS delivers nothing is cut.
pub const MAX_DOCUMENT: usize = 102_400;

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
    /// A value that was not kept.
    Lost(Unread),
    /// Text that begins like a document and cannot be read as one.
    Broken(Cow<'a, str>),
}

impl Declared<'_> {
    /// The value as a cell.
    #[inline]
    pub fn cell(&self) -> Cell<'_> {
        match self {
            Self::Null | Self::Lost(_) => Cell::Null,
            Self::Text(text) | Self::Broken(text) => Cell::Text(text),
            Self::Int(number) => Cell::Int(*number),
            Self::Bool(flag) => Cell::Bool(*flag),
        }
    }

    /// The same, holding its own text.
    fn into_owned<'b>(self) -> Declared<'b> {
        match self {
            Self::Null => Declared::Null,
            Self::Text(text) => Declared::Text(Cow::Owned(text.into_owned())),
            Self::Int(number) => Declared::Int(number),
            Self::Bool(flag) => Declared::Bool(flag),
            Self::Lost(why) => Declared::Lost(why),
            Self::Broken(text) => Declared::Broken(Cow::Owned(text.into_owned())),
        }
    }

    /// Why nothing may be concluded from the cell, if so.
    #[inline]
    pub fn unread(&self) -> Option<Unread> {
        match self {
            Self::Lost(why) => Some(*why),
            Self::Broken(_) => Some(Unread::Broken),
            _ => None,
        }
    }
}

/// The declared columns of a record's text, each searched by itself.
pub fn declared_in<'t>(text: &'t str, columns: &[EventColumn]) -> Vec<Declared<'t>> {
    let value = |column: &EventColumn| {
        let found = column.paths.iter().map(|path| at_path(text, &path.steps, column.ty));
        found.into_iter().find(|v| *v != Declared::Null).unwrap_or_default()
    };
    columns.iter().map(value).collect()
}

/// The value of a column from the JSON text that its path, or what is left of it, begins in.
pub fn at_path<'t>(text: &'t str, steps: &[Step], ty: ValueType) -> Declared<'t> {
    match descend(text, steps) {
        Some(Cow::Borrowed(raw)) => value(raw, ty),
        Some(Cow::Owned(raw)) => value(&raw, ty).into_owned(),
        None => Declared::Null,
    }
}

/// Follows member names (and the first element of lists) into JSON text, also into texts that hold JSON: CloudTrail
/// Lake delivers all parameters so, and some services some of theirs.
fn descend<'t>(text: &'t str, steps: &[Step]) -> Option<Cow<'t, str>> {
    let bytes = text.as_bytes();
    let at = json::skip_blank(bytes, 0);
    let Some((step, rest)) = steps.split_first() else { return text.get(at..).map(Cow::Borrowed) };
    if bytes.get(at) == Some(&b'"') {
        let Document::Json(inside) = canonical::document(unquoted(text.get(at..)?)?) else { return None };
        return descend(&inside, steps).map(|found| Cow::Owned(found.into_owned()));
    }
    match step {
        Step::Key(name) => {
            if bytes.get(at) != Some(&b'{') {
                return None;
            }
            let (_, start, end) = Members::new(bytes, at).find(|(n, _, _)| n == name)?;
            descend(text.get(start..end)?, rest)
        }
        Step::Match { key, value } => {
            if bytes.get(at) != Some(&b'[') {
                return None;
            }
            Elements::of_list(bytes, at).find_map(|element| {
                let Element::Whole(start, end) = element else { return None };
                let item = text.get(start..end)?;
                (member_text(item, key)?.as_ref() == value).then(|| descend(item, rest))?
            })
        }
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
        _ => crate::ingest::reading::content::number(raw).map(|n| Cow::Owned(n.to_string())),
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
        ValueType::Present => Declared::Bool(true),
        ValueType::Json => json_value(raw, plain),
        ValueType::String | ValueType::SecretKeys | ValueType::Double => {
            let text = if raw.starts_with(['{', '[']) { canonical::compact(raw) } else { Ok(plain) };
            text.map_or(Declared::Lost(Unread::Deep), |text| kept(text, MAX_TEXT))
        }
    }
}

/// A document: delivered as JSON, or as the text of one; `plain` is a string's text.
fn json_value<'t>(raw: &'t str, plain: Cow<'t, str>) -> Declared<'t> {
    if raw.starts_with(['{', '[']) {
        return match canonical::compact(raw) {
            Ok(text) => kept(text, MAX_DOCUMENT),
            Err(TooDeep) => Declared::Lost(Unread::Deep),
        };
    }
    match canonical::document(plain) {
        Document::Json(text) => kept(text, MAX_DOCUMENT),
        Document::Plain(text) => kept(text, MAX_TEXT),
        Document::Broken(text) => match kept(text, MAX_DOCUMENT) {
            Declared::Text(text) => Declared::Broken(text),
            lost => lost,
        },
        Document::Deep => Declared::Lost(Unread::Deep),
    }
}

/// Text of at most so many characters; what is longer is not kept in part, because a part would be judged as the whole.
fn kept(text: Cow<'_, str>, most: usize) -> Declared<'_> {
    if text.is_empty() {
        Declared::Null
    } else if text.len() > most && text.chars().count() > most {
        Declared::Lost(Unread::Cut(most))
    } else {
        Declared::Text(text)
    }
}
