//! Records in a list under a name, which is how most answers of the AWS CLI hold them: how such a list is known, in the
//! bytes of a file as in a parsed document.

use serde_json::{Map, Value};
use thiserror::Error;

use super::cli_answers::Place;
use crate::ingest::batch::Output;
use crate::ingest::reading::json::{self, Members};

/// Names looked at of one object.
const MOST: usize = 64;

/// Members that only wrap the document of a shape: recorded answers, events, results.
pub const WRAPPERS: [&str; 3] = ["data", "detail", "result"];
/// Wrappers inside wrappers that are opened.
pub const LEVELS: u8 = 2;

/// What a list must show to be the one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// A first record; an empty list of this name may be any service's.
    ByRecord,
    /// A first record, or nothing in the list: no other answer has a list of this name.
    AlsoEmpty,
    /// The same, or a first record that shows no members, such as a damaged one.
    UnlessOther,
    /// Its name, whatever stands there.
    ByName,
}

/// Records under a name of a document.
#[derive(Debug, Clone, Copy)]
pub struct List {
    /// Members of a document that hold the records: a list of them, or one record.
    pub names: &'static [&'static str],
    /// Names the first record has, in either case, since the same record is delivered in both. None for lists of texts.
    pub marks: &'static [&'static str],
    /// What it must show.
    pub known: Known,
    /// Members of the document that stand beside it.
    pub beside: &'static [&'static str],
}

/// What stands around a record.
pub struct Around<'v> {
    /// The document that holds it.
    pub document: &'v Map<String, Value>,
    /// What the file's path says.
    pub place: Place,
    /// The file's path.
    pub path: &'v str,
}

/// Why an answer cannot be read.
#[derive(Debug, Error)]
pub enum AnswerError {
    /// Not JSON, or cut off.
    #[error("the answer is not whole JSON: {0}; export it again")]
    Json(#[from] serde_json::Error),
    /// JSON of no known answer.
    #[error("the document is none of the known answers of the AWS CLI")]
    Unknown,
    /// AWS answered with an error.
    #[error("the answer holds the error {code} instead of data; export it again")]
    Refused {
        /// AWS's error code.
        code: String,
    },
    /// A member of another type than it must be.
    #[error("{member} of the answer is not {wanted}")]
    Shape {
        /// The member's name.
        member: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
}

/// Reads one record.
pub type ReadRecord = fn(&Around<'_>, u64, &Value, &mut Output<'_>) -> Result<(), String>;
/// Reads all records of an answer; the path says what it does not.
pub type ReadAnswer = fn(&Map<String, Value>, &str, &mut Output<'_>) -> Result<(), AnswerError>;

/// A list whose records are read one by one, wherever the document stands: also in the envelope of an event, in a bare
/// list, or one on each line.
#[derive(Clone, Copy)]
pub struct Shape {
    /// The list.
    pub list: List,
    /// A record may stand in a bare list or by itself.
    pub bare: bool,
    /// The table that is empty where the list is.
    pub empty: Option<&'static str>,
    /// Turns a record into rows, or says why it cannot be read.
    pub read: ReadRecord,
}

/// An answer that is read as a whole: its list, or the members beside it, make a row.
#[derive(Clone, Copy)]
pub struct Answer {
    /// The list or object that makes it what it is.
    pub list: List,
    /// The table that is empty where the list is.
    pub empty: Option<&'static str>,
    /// Turns it into rows.
    pub read: ReadAnswer,
}

impl Answer {
    /// An answer known by the name of a member.
    pub const fn named(names: &'static [&'static str], empty: Option<&'static str>, read: ReadAnswer) -> Self {
        Self { list: List::named(names), empty, read }
    }
}

impl List {
    /// A list known by its name.
    pub const fn named(names: &'static [&'static str]) -> Self {
        Self { names, marks: &[], known: Known::ByName, beside: &[] }
    }

    /// A list known by its first record.
    pub const fn of(names: &'static [&'static str], marks: &'static [&'static str]) -> Self {
        Self { names, marks, known: Known::ByRecord, beside: &[] }
    }

    /// A list of objects known by its first record, or empty.
    pub const fn own(names: &'static [&'static str], marks: &'static [&'static str]) -> Self {
        Self { names, marks, known: Known::AlsoEmpty, beside: &[] }
    }

    /// A list of objects that is this one unless its first record is another's.
    pub const fn unless_other(names: &'static [&'static str], marks: &'static [&'static str]) -> Self {
        Self { names, marks, known: Known::UnlessOther, beside: &[] }
    }

    /// A list of texts, or one text; also an empty list.
    pub const fn texts(names: &'static [&'static str]) -> Self {
        Self { names, marks: &[], known: Known::AlsoEmpty, beside: &[] }
    }

    /// Whether a record with these members is one of the list's.
    pub fn marks(&self, names: &[&str]) -> bool {
        self.marks.iter().all(|mark| names.iter().any(|name| name.eq_ignore_ascii_case(mark)))
    }

    /// Whether the member that starts at `start` holds such records.
    pub fn fits_text(&self, text: &[u8], start: usize) -> bool {
        if self.known == Known::ByName {
            return true;
        }
        let of_objects = |at: usize| !self.marks.is_empty() && self.marks(&names_at(text, at));
        match text.get(start) {
            Some(b'[') => {
                let first = json::skip_blank(text, start + 1);
                match text.get(first) {
                    _ if self.known == Known::UnlessOther && names_at(text, first).is_empty() => true,
                    Some(b'{') => of_objects(first),
                    Some(b'"') => self.marks.is_empty(),
                    Some(b']') => self.known == Known::AlsoEmpty,
                    _ => false,
                }
            }
            Some(b'{') => of_objects(start),
            Some(b'"') => self.marks.is_empty() && self.known == Known::AlsoEmpty,
            _ => false,
        }
    }

    /// Whether a member of a parsed document holds such records. A list that starts with something else than an object
    /// or a text is still this one, and its elements are rejected one by one.
    pub fn fits(&self, value: &Value) -> bool {
        if self.known == Known::ByName {
            return true;
        }
        let of_object = |value: &Value| !self.marks.is_empty() && self.marks(&names_of(value));
        match value {
            Value::Array(list) => match list.first() {
                Some(first @ Value::Object(_)) => of_object(first),
                Some(Value::String(_)) => self.marks.is_empty(),
                Some(_) | None => matches!(self.known, Known::AlsoEmpty | Known::UnlessOther),
            },
            Value::Object(_) => of_object(value),
            Value::String(_) => self.marks.is_empty() && self.known == Known::AlsoEmpty,
            _ => false,
        }
    }

    /// Whether one of these members of a text's object is the list.
    pub fn is_among(&self, text: &[u8], members: &[(&str, usize, usize)]) -> bool {
        let has = |wanted: &&str| members.iter().any(|(name, _, _)| name == wanted);
        self.beside.iter().all(has) && members.iter().any(|(name, start, _)| self.names.contains(name) && self.fits_text(text, *start))
    }

    /// Whether a parsed document holds the list.
    pub fn is_in(&self, document: &Map<String, Value>) -> bool {
        self.beside.iter().all(|name| document.contains_key(*name))
            && self.names.iter().any(|name| document.get(*name).is_some_and(|value| self.fits(value)))
    }
}

/// Names of the members of the object at `at`; none where no object starts.
pub fn names_at(text: &[u8], at: usize) -> Vec<&str> {
    if text.get(at) == Some(&b'{') { Members::new(text, at).map(|(name, _, _)| name).take(MOST).collect() } else { Vec::new() }
}

/// Name, start and end of the members of the object at `at`.
pub fn members_at(text: &[u8], at: usize) -> Vec<(&str, usize, usize)> {
    Members::new(text, at).take(MOST).collect()
}

/// Names of the members of an object; none for anything else.
pub fn names_of(value: &Value) -> Vec<&str> {
    value.as_object().map(|members| members.keys().map(String::as_str).collect()).unwrap_or_default()
}
