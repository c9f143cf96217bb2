//! "What is this file and which rows does it hold?": recognition by content and one reader for each
//! export format. Readers know no store and no polars; they turn bytes into rows of declared tables
//! and account for every record.

mod accounts;
pub mod batch;
pub mod detect;
pub mod formats;
pub mod identity;
pub mod reading;
pub mod remark;
#[cfg(test)]
mod step_tests;
pub mod unread;

use std::path::PathBuf;

/// A file offered on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Where it is.
    pub path: PathBuf,
    /// Path relative to the argument, with forward slashes: what outputs print.
    pub shown: String,
    /// Size.
    pub bytes: u64,
    /// Why it must not be opened, such as a link that leads out of what was given.
    pub refused: Option<unread::Refused>,
    /// It can be read once only: standard input, or a pipe.
    pub once: bool,
}
