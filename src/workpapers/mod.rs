//! Files beside the report that hold all rows: CSV and a workbook for people, Parquet for engines, SQL to re-perform
//! every control, and the manifest with the SHA-256 of everything.

pub mod csv;
pub mod ocsf;
pub mod package;
pub mod register;
pub mod rows;
pub mod views;
pub mod xlsx;

use std::borrow::Cow;
use std::path::PathBuf;

use thiserror::Error;

use crate::base::help::Help;

/// A workpaper that cannot be written.
#[derive(Debug, Error)]
pub enum WorkpaperError {
    /// The file cannot be written.
    #[error("{path}: {why}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The system does not write it.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The rows cannot be had.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
}

impl Help for WorkpaperError {
    fn help(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Io { source, .. } => source.help(),
            Self::Store(error) => error.help(),
            Self::Write { .. } => None,
        }
    }
}

impl WorkpaperError {
    fn io(path: &std::path::Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}
