//! "What is this file and which rows does it hold?": recognition by content and one reader for each
//! export format. Readers know no store and no polars; they turn bytes into rows of declared tables
//! and account for every record.

pub mod archive;
pub mod batch;
pub mod canonical;
pub mod cli_answers;
pub mod cli_error;
pub mod cloudtrail;
pub mod config;
pub mod container;
pub mod content;
pub mod cost;
pub mod credentials;
pub mod decimal;
pub mod detect;
pub mod dict;
pub mod encoding;
pub mod evidence;
pub mod identity;
pub mod integrity;
pub mod json;
pub mod organization;
pub mod own;
pub mod pages;
pub mod posture;
pub mod readers;
pub mod records;
pub mod remark;
pub mod scan;
pub mod shown;
pub mod span;
#[cfg(test)]
mod step_tests;
pub mod steps;
pub mod suspect;
pub mod time;
pub mod trail_exports;
pub mod tree;
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
