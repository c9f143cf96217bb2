//! An engagement that cannot be used: where, and why.

use std::borrow::Cow;

use thiserror::Error;

use crate::base::help::Help;
use crate::base::small_file::SmallFileError;

/// An engagement that cannot be used.
#[derive(Debug, Error)]
pub enum EngagementError {
    /// The file cannot be read.
    #[error("the engagement file {path} cannot be read: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: SmallFileError,
    },
    /// The file is not of the form.
    #[error("{path}: {why}")]
    Toml {
        /// The file.
        path: String,
        /// What and where.
        why: String,
    },
    /// A value makes no sense.
    #[error("{place}{key}: {why}")]
    Value {
        /// File and line with a colon and a blank after them; empty for a flag.
        place: String,
        /// The key or flag.
        key: String,
        /// Why.
        why: String,
        /// What is allowed.
        help: String,
    },
}

impl Help for EngagementError {
    fn help(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Unreadable { source, .. } => source.help(),
            Self::Toml { .. } => Some("`sixpillars init` writes a file with every key to compare with".into()),
            Self::Value { help, .. } => Some(help.clone().into()),
        }
    }
}
