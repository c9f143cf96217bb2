//! A report that cannot be made, and what a user can do about it.

use std::borrow::Cow;
use std::path::PathBuf;

use crate::base::help::Help;
use crate::base::small_file::SmallFileError;
use crate::catalogue::CatalogueError;
use crate::evaluate::EvaluateError;

/// Why a report could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A template file cannot be read.
    #[error("cannot read the template {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A template file of one's own cannot be used as a whole.
    #[error("template {file}: {source}")]
    Small {
        /// Name of the template.
        file: String,
        /// Why.
        source: SmallFileError,
    },
    /// A template is wrong.
    #[error("template {file}: {reason}")]
    Template {
        /// Name of the template.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A template set leaves out what must be printed.
    #[error("the template set does not print {what}: coverage, limits and what was not tested must stand in every report")]
    Mandatory {
        /// What is missing.
        what: String,
    },
    /// What the report is made from cannot be read or evaluated.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// The topics cannot be used.
    #[error(transparent)]
    Topics(#[from] CatalogueError),
    /// The model contradicts itself.
    #[error("the report model is inconsistent: {0}")]
    Model(String),
}

impl Help for ReportError {
    fn help(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Read { source, .. } => source.help(),
            Self::Small { source, .. } => source.help(),
            Self::Topics(source) => source.help(),
            _ => None,
        }
    }
}

impl ReportError {
    /// A tera error with its causes in one line. The rendering error of tera names file, line and key.
    pub(super) fn template(file: &str, error: &tera::Error) -> Self {
        let mut reason = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            reason.push_str(": ");
            reason.push_str(&cause.to_string());
            source = cause.source();
        }
        Self::Template { file: file.into(), reason }
    }
}
