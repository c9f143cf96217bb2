//! An evaluation that fails, and the guard that keeps a fault of the query engine from costing the report.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use polars::prelude::*;
use thiserror::Error;

use crate::base::help::Help;
use crate::store::StoreError;

/// An evaluation that fails: its control is then not tested, with this error.
#[derive(Debug, Error)]
pub enum EvaluateError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A query cannot be run.
    #[error("{query}: {source}")]
    Query {
        /// Which query.
        query: String,
        /// What polars says.
        source: PolarsError,
    },
    /// A query is not allowed.
    #[error("{query}: {why}")]
    Refused {
        /// Which query.
        query: String,
        /// Why.
        why: String,
    },
    /// The query engine has a fault that this query meets.
    #[error("{query}: the query engine failed on this query: {why}")]
    Panic {
        /// Which query.
        query: String,
        /// What it said.
        why: String,
    },
    /// An entry of the catalogue does not fit its tables.
    #[error("{file}: {id}: {source}")]
    Entry {
        /// The file.
        file: String,
        /// The entry.
        id: String,
        /// What is wrong.
        source: Box<EvaluateError>,
    },
}

impl Help for EvaluateError {
    fn help(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Store(error) => error.help(),
            Self::Entry { source, .. } => source.help(),
            Self::Query { .. } | Self::Refused { .. } | Self::Panic { .. } => None,
        }
    }
}

pub(super) fn query_error(query: &str, source: PolarsError) -> EvaluateError {
    EvaluateError::Query { query: query.to_owned(), source }
}

/// Runs something that calls polars; a panic inside becomes an error, so that it costs one control and
/// not the report.
pub(crate) fn guarded<T>(query: &str, run: impl FnOnce() -> Result<T, EvaluateError>) -> Result<T, EvaluateError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let why = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
            .unwrap_or_else(|| "no message".to_owned());
        Err(EvaluateError::Panic { query: query.to_owned(), why })
    })
}
