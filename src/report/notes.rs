//! The documents that are handed over, and what is remembered while one of them is rendered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tera::TeraResult;

use super::model::Table;

/// A document made from the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Document {
    /// What is read from the first page to the last.
    #[default]
    Report,
    /// What is looked up: exceptions row by row, procedures, measures, files.
    Annex,
    /// Reports compared: on its own, or beside a report with a baseline.
    Comparison,
}

impl Document {
    /// Those of every report, the report first.
    pub const ALL: [Self; 2] = [Self::Report, Self::Annex];

    /// Name of its template.
    pub fn template(self) -> &'static str {
        match self {
            Self::Report => "report.md",
            Self::Annex => "annex.md",
            Self::Comparison => "comparison.md",
        }
    }

    /// Name of the file with components of its own, beside its template.
    pub fn words(self) -> Option<&'static str> {
        (self == Self::Comparison).then_some("comparison_words.md")
    }

    /// Name of the page that is made of its text.
    pub fn page(self) -> &'static str {
        match self {
            Self::Report => "report.html",
            Self::Annex => "annex.html",
            Self::Comparison => "comparison.html",
        }
    }
}

/// What functions remember while templates are rendered.
#[derive(Default)]
pub(super) struct Notes {
    /// The document that is being rendered.
    pub(super) document: Document,
    /// Its sections in order.
    pub(super) sections: Vec<Section>,
    /// Document and anchor of each section, from the previous pass; `None` in the first.
    pub(super) anchors: Option<BTreeMap<String, (Document, String)>>,
    pub(super) tables: BTreeMap<String, Table>,
    /// Tables that were cut and have no workpaper, whole.
    pub(super) cut: Vec<Table>,
    /// Topics printed.
    pub(super) topics: BTreeSet<String>,
}

/// A numbered heading.
pub(super) struct Section {
    pub(super) id: String,
    pub(super) number: String,
    pub(super) title: String,
}

/// The notes, as functions of templates hold them.
pub(super) type Shared = Arc<Mutex<Notes>>;

/// The notes themselves.
pub(super) fn lock(notes: &Shared) -> MutexGuard<'_, Notes> {
    notes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error of a template.
pub(super) fn fail<T>(message: impl Into<String>) -> TeraResult<T> {
    Err(tera::Error::message(message.into()))
}
