//! Why an input was not read, as data: what `--strict` and `verify` count, and what remarks put into words.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why nothing, or nothing certain, was read from an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unread {
    /// The system did not open it, or did not read it to its end.
    Unreadable,
    /// A link that leads out of the folder given, or nowhere.
    Link,
    /// A pipe, socket or device in a folder given.
    Special,
    /// A folder whose files could not be listed.
    Folder,
    /// By its name or its content it is an export, and no reader reads it.
    Suspected,
    /// Compressed or encrypted in a way that is not undone, or more often than is undone.
    Packed,
    /// Its bytes changed between two readings.
    Changed,
    /// An archive that unpacks to more than the limits allow.
    Expands,
    /// It shares its id with another file.
    SameId,
}

/// Why a file offered is not opened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refused {
    /// A link.
    #[error("it is a link that leads out of the folder given, or nowhere")]
    Link,
    /// No regular file; the kind of thing it is.
    #[error("it is {0}, not a file: it was not opened")]
    Special(&'static str),
    /// A folder, and what the system says.
    #[error("the folder cannot be listed, and its files are not known: {0}")]
    Folder(String),
}

impl Refused {
    /// The kind of reason.
    pub fn unread(&self) -> Unread {
        match self {
            Self::Link => Unread::Link,
            Self::Special(_) => Unread::Special,
            Self::Folder(_) => Unread::Folder,
        }
    }
}
