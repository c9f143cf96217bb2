//! Values of declared columns from which nothing may be concluded: `unread_values` of an event says which, and why.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ingest::reading::json::MAX_DEPTH;
use crate::ingest::remark::Remark;

/// Why nothing may be concluded from a column of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unread {
    /// It has more characters than this and was not kept.
    Cut(usize),
    /// It is nested deeper than a reader of JSON follows and was not kept.
    Deep,
    /// It begins like a JSON document and is none; its text was kept.
    Broken,
    /// The export has no column for it.
    NotExported,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut(most) => write!(f, "cut at {most} characters"),
            Self::Deep => write!(f, "nested more than {MAX_DEPTH} levels deep and not kept"),
            Self::Broken => f.write_str("text that begins like JSON and cannot be read as such"),
            Self::NotExported => f.write_str("the export has no column for it"),
        }
    }
}

/// What an export states of every record. A record of CloudTrail states all of it; the columns of a query need not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// Whether a missing error code means success: not where the export has no column for it.
    pub outcome: bool,
    /// Whether a console sign-in without a word of failure succeeded: one that failed has no error code, only an answer or a
    /// message.
    pub sign_in: bool,
    /// Who acted.
    pub identity: Identity,
}

/// What an export states of who acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// Nothing.
    Nobody,
    /// Names without the type of identity: root is called `root` there, and so may a user or a session be.
    Named,
    /// The type of identity.
    Typed,
}

impl Exported {
    /// All of it, as a record of CloudTrail has it.
    pub const WHOLE: Self = Self { outcome: true, sign_in: true, identity: Identity::Typed };
}

/// The cell of `unread_values`: a JSON object from the column's name to the reason.
pub fn cell<'c>(columns: impl Iterator<Item = (&'c str, Unread)>) -> Option<String> {
    let columns: BTreeMap<&str, Unread> = columns.collect();
    if columns.is_empty() { None } else { serde_json::to_string(&columns).ok() }
}

/// What such a cell says.
pub fn read(cell: &str) -> BTreeMap<String, Unread> {
    // Only this program writes the cell.
    serde_json::from_str(cell).unwrap_or_default()
}

/// Counts for the notes of a file.
#[derive(Debug, Default)]
pub struct Counts(BTreeMap<Unread, u64>);

impl Counts {
    /// One more.
    pub fn add(&mut self, why: Unread) {
        *self.0.entry(why).or_default() += 1;
    }

    /// What the file's notes must say.
    pub fn notes(&self) -> impl Iterator<Item = Remark> {
        // What a file has no column for is a note of the file, not of its values.
        self.0.iter().filter(|(why, _)| **why != Unread::NotExported).map(|(why, times)| {
            let (values, controls) =
                if *times == 1 { ("value of the parameters is", "its event") } else { ("values of the parameters are", "their events") };
            Remark::counted(*times, format!("{values} {why}; controls that read it cannot conclude on {controls}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_says_what_was_put_into_it() {
        assert_eq!(cell(std::iter::empty()), None);
        let text = cell([("b", Unread::Broken), ("a", Unread::Cut(4_096))].into_iter()).unwrap();
        assert_eq!(text, r#"{"a":{"cut":4096},"b":"broken"}"#);
        assert_eq!(read(&text), [("a".to_owned(), Unread::Cut(4_096)), ("b".to_owned(), Unread::Broken)].into());
    }
}
