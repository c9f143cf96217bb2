//! Files beside the report that hold all rows: CSV and a workbook for people, Parquet for engines, SQL to re-perform
//! every control, and the manifest with the SHA-256 of everything.

pub mod csv;
pub mod package;
pub mod rows;
pub mod views;
pub mod xlsx;

use std::path::PathBuf;

use thiserror::Error;

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
    /// The rows cannot be had.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
}

impl WorkpaperError {
    fn io(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Write { path: path.to_owned(), why: error.to_string() }
    }
}
