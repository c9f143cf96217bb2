//! What goes wrong with the store as a whole, and what a user can do about it.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use polars::prelude::PolarsError;
use thiserror::Error;

use super::names;
use crate::base::help::{self, Help};

/// A store that cannot be opened, read, written or merged.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A file of the store cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// As it was named on the command line, or below the store.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// Parquet or a conversion fails.
    #[error("{path}: {source}")]
    Polars {
        /// File that was read or written, or the table it belongs to.
        path: PathBuf,
        /// The engine's error.
        source: PolarsError,
    },
    /// Something that is no file, folder or pipe was given.
    #[error("{path}: it is {what}, not a file")]
    Special {
        /// As given on the command line.
        path: PathBuf,
        /// Such as `a socket`, to follow "it is".
        what: &'static str,
    },
    /// The manifest cannot be understood.
    #[error("{path}: the manifest of the store cannot be understood: {why}")]
    Manifest {
        /// Path of the manifest in the store's folder.
        path: PathBuf,
        /// Cause, to follow a colon.
        why: String,
    },
    /// It was written by a version with another layout.
    #[error("{path}: the store has layout {found}, this version reads layout {wanted}")]
    Format {
        /// Path of the manifest in the store's folder.
        path: PathBuf,
        /// Layout that the manifest states.
        found: u32,
        /// Layout that this version reads, [`super::manifest::FORMAT`].
        wanted: u32,
    },
    /// There is no store.
    #[error("{path}: no evidence store here (it has no {})", names::MANIFEST)]
    Missing {
        /// Folder where a store was expected.
        path: PathBuf,
    },
    /// There is no store yet: the run that was to make it did not end well.
    #[error("{path}: no evidence store here: the ingestion that was to make it was interrupted")]
    Unfinished {
        /// Folder where a store was expected.
        path: PathBuf,
    },
    /// Another process writes there.
    #[error("{path}: {holder} is writing there")]
    Busy {
        /// Path of the lock file.
        path: PathBuf,
        /// Process and host, as the lock file names them.
        holder: String,
    },
    /// Something stands where this program puts its own files, and it did not make it.
    #[error("{path}: this name is needed for a file or folder of the program's own, and what is there was not made by it")]
    Foreign {
        /// Path that is taken.
        path: PathBuf,
    },
    /// A run was interrupted while it moved its files into place, and they cannot be moved now.
    #[error("{path}: an ingestion was interrupted while it changed this store, and it cannot be completed now: {why}")]
    Interrupted {
        /// Folder of the store.
        path: PathBuf,
        /// The error that stopped it.
        why: String,
    },
    /// The store was changed while it was read.
    #[error("{path}: another process changed the store while it was read")]
    Changed {
        /// Folder of the store.
        path: PathBuf,
    },
    /// The store was written with other columns than the catalogue declares now.
    #[error(
        "{path}: the store was written with other columns of table {table} than this catalogue declares, so nothing can be added to it"
    )]
    Columns {
        /// Folder of the store.
        path: PathBuf,
        /// The first table that differs.
        table: String,
    },
    /// Stores to be merged do not fit together, or one of them is not whole.
    #[error("{path}: the store cannot be merged: {why}")]
    Merge {
        /// Folder of the store.
        path: PathBuf,
        /// Cause, to follow a colon.
        why: String,
    },
    /// Two files whose hashes begin alike, one of which the store holds.
    #[error(
        "{path}: two different files have SHA-256 hashes that begin with {id}, and rows are known by that beginning; chance does not do this"
    )]
    SameId {
        /// Folder of the store.
        path: PathBuf,
        /// The sixteen hex digits.
        id: String,
    },
    /// No such table.
    #[error("no table {name}; the nearest name is {nearest}")]
    Table {
        /// Name as the user wrote it.
        name: String,
        /// Nearest declared name.
        nearest: String,
    },
}

impl StoreError {
    /// An error of the system about `path`.
    pub fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    /// An error of polars about `path`.
    pub fn polars(path: &Path, source: PolarsError) -> Self {
        Self::Polars { path: path.to_owned(), source }
    }
}

impl Help for StoreError {
    fn help(&self) -> Option<Cow<'static, str>> {
        let help = match self {
            Self::Io { source, .. } => return source.help(),
            Self::Polars { source, .. } => system(source)?,
            Self::Special { .. } => "give a file, a folder, a pipe, or - for standard input",
            Self::Format { .. } => "ingest the files again into a new store",
            Self::Missing { .. } => "`sixpillars ingest FILES --store DIR` makes one, and a report has one in its folder `evidence`",
            Self::Unfinished { .. } => "run the same `sixpillars ingest` again",
            Self::Busy { .. } => "wait until it has ended",
            Self::Foreign { .. } => "rename it or move it away, or write to another place",
            Self::Interrupted { .. } => "make the folder writable and run the command again",
            Self::Changed { .. } => "run the command again",
            Self::Columns { .. } => "ingest all files again into a new store",
            Self::Merge { .. } => "ingest its files instead",
            Self::SameId { .. } => "find the two among the inputs, or ingest all files again into a new store, which tells them apart",
            Self::Manifest { .. } | Self::Table { .. } => return None,
        };
        Some(help.into())
    }
}

/// What to do about an error of the system that polars passes on.
pub(super) fn system(error: &PolarsError) -> Option<&'static str> {
    if let PolarsError::IO { error, .. } = error {
        return help::of_kind(error.kind());
    }
    // Its writer of Parquet keeps of the system's error only the words.
    let text = error.to_string();
    let kind = if text.contains("No space left on device") || text.contains("Disk quota exceeded") {
        ErrorKind::StorageFull
    } else if text.contains("Read-only file system") || text.contains("Permission denied") {
        ErrorKind::PermissionDenied
    } else {
        return None;
    };
    help::of_kind(kind)
}
