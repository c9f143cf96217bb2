//! A catalogue that cannot be used: where, and why.

use std::borrow::Cow;
use std::path::PathBuf;

use thiserror::Error;

use crate::base::help::Help;
use crate::base::small_file::SmallFileError;
use crate::schema::SchemaError;

/// A catalogue that cannot be used.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// A file cannot be read.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file of one's own cannot be used as a whole.
    #[error("{file}: {source}")]
    Small {
        /// The file.
        file: String,
        /// Why.
        source: SmallFileError,
    },
    /// A file of one's own is none that is read.
    #[error("{file}: {why}")]
    File {
        /// The file, or the folder.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// A file is not TOML of the catalogue's form.
    #[error("{file}: {why}")]
    Toml {
        /// The file.
        file: String,
        /// What and where.
        why: String,
    },
    /// A table cannot be declared.
    #[error("{file}: {source}")]
    Schema {
        /// The file.
        file: String,
        /// Why.
        source: SchemaError,
    },
    /// A folder of topics cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something in a topic of the report.
    #[error("{file}:{line}: {key}: {why}")]
    Topic {
        /// The file, below the folder of templates.
        file: String,
        /// Line of the file.
        line: usize,
        /// The key of its front matter.
        key: String,
        /// What is wrong with it.
        why: String,
    },
    /// Something in one control, extract or metric.
    #[error("{file}: {id}: {key}: {why}")]
    Entry {
        /// The file.
        file: String,
        /// The entry's id.
        id: String,
        /// The key.
        key: String,
        /// What is wrong.
        why: String,
    },
}

impl Help for CatalogueError {
    fn help(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Io { source, .. } | Self::Read { source, .. } => source.help(),
            Self::Small { source, .. } => source.help(),
            _ => None,
        }
    }
}

pub(super) fn entry(file: &str, id: &str, key: &str, why: String) -> CatalogueError {
    CatalogueError::Entry { file: file.to_owned(), id: id.to_owned(), key: key.to_owned(), why }
}

pub(super) fn toml_error(file: &str, error: &toml::de::Error) -> CatalogueError {
    CatalogueError::Toml { file: file.to_owned(), why: error.to_string().trim_end().to_owned() }
}
