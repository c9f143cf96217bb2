//! What a reader has to say of a file, as data. Words are made here, and no code looks into them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A remark on a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Remark {
    /// The text ends where its form is not closed.
    Cut {
        /// What it ends inside of.
        inside: Inside,
    },
    /// Data that is damaged or ends early, so that what follows is not known.
    Damaged {
        /// What the decoder or reader says.
        why: String,
    },
    /// The file breaks off, and another one begins the same and goes on.
    InterruptedDownload {
        /// Bytes that were compared.
        compared: u64,
        /// Bytes of this file's text.
        length: u64,
        /// The longer file.
        whole: String,
    },
    /// An answer that goes on where it ends.
    MorePages {
        /// The member that says so.
        token: String,
    },
    /// Something that happened several times.
    Counted {
        /// How often.
        times: u64,
        /// What, in words that follow the number.
        what: String,
    },
    /// Anything that only people need to know.
    Text {
        /// The sentence.
        text: String,
    },
}

/// What a text ends inside of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inside {
    /// A record.
    Record,
    /// The list of records, between two of them.
    List,
    /// A document.
    Document,
}

impl Remark {
    /// Something that happened so often; `what` follows the number.
    pub fn counted(times: u64, what: impl Into<String>) -> Self {
        Self::Counted { times, what: what.into() }
    }

    /// Whether it says that there is more than the file holds, or than could be read of it.
    pub fn is_part(&self) -> bool {
        self.is_cut() || matches!(self, Self::MorePages { .. })
    }

    /// Whether it says that the file is damaged or ends early.
    pub fn is_cut(&self) -> bool {
        matches!(self, Self::Cut { .. } | Self::Damaged { .. })
    }
}

impl From<String> for Remark {
    fn from(text: String) -> Self {
        Self::Text { text }
    }
}

impl From<&str> for Remark {
    fn from(text: &str) -> Self {
        Self::Text { text: text.to_owned() }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut { inside: Inside::Record } => f.write_str("the file ends inside a record: it was cut or is incomplete"),
            Self::Cut { inside: Inside::List } => f.write_str("the file ends inside its list of records: it was cut or is incomplete"),
            Self::Cut { inside: Inside::Document } => f.write_str("the document is not closed: the file may have been cut"),
            Self::InterruptedDownload { compared, length, whole } => write!(
                f,
                "the first {compared} of its {length} bytes are the beginning of {whole}, which is longer; an interrupted download?"
            ),
            Self::MorePages { token } => write!(
                f,
                "this export is incomplete: its {token} says that there are more pages (export again without --no-paginate and --max-items)"
            ),
            Self::Counted { times, what } => write!(f, "{times} {what}"),
            Self::Damaged { why: text } | Self::Text { text } => f.write_str(text),
        }
    }
}

/// The sentences, one after the other.
pub fn joined(remarks: &[Remark]) -> String {
    remarks.iter().map(Remark::to_string).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::reading::container::ContainerError;

    #[test]
    fn what_a_remark_says_is_no_matter_of_its_words() {
        assert!(Remark::Cut { inside: Inside::List }.is_cut());
        assert!(Remark::from(&ContainerError::Damaged { packing: "gzip", why: "x".to_owned() }).is_cut());
        assert!(!Remark::from(&ContainerError::TooLarge { limit: 1 }).is_cut());
        // A sentence that happens to hold the words means nothing to the program.
        assert!(!Remark::from("a comment of the client: damaged, cut after 5 bytes").is_cut());
        assert_eq!(Remark::counted(3, "cells are NULL").to_string(), "3 cells are NULL");
    }

    #[test]
    fn a_remark_comes_back_from_the_store_as_it_was() {
        let all = [
            Remark::Cut { inside: Inside::Record },
            Remark::Damaged { why: "w".to_owned() },
            Remark::InterruptedDownload { compared: 256, length: 300, whole: "a".to_owned() },
            Remark::MorePages { token: "NextToken".to_owned() },
            Remark::counted(2, "things"),
            Remark::from("t"),
        ];
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Remark>>(&text).unwrap(), all);
    }
}
