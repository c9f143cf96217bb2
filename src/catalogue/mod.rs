//! Controls, extracts and metrics as data: loading, and the checks that need no evidence.
//!
//! A file holds the tables of its theme and the judgement over them. What cannot run stops the load (`check.rs`); what a
//! query means on the types of the declared columns is checked by [`crate::evaluate::plan`].

pub(crate) mod check;
mod entries;
mod error;
mod fingerprint;
pub mod frameworks;
mod load;
pub mod sql;
pub mod topics;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use crate::base::nearest::nearest;
use crate::engagement::BurstThreshold;
use crate::schema::Schema;
pub use entries::{
    Absence, AbsenceRows, AllowList, Bursts, Case, Cause, Control, Extract, Kind, Metric, Origin, PILLARS, SECOND_VIEWS, Select,
    selected_tables,
};
pub use error::CatalogueError;
use frameworks::Frameworks;
use topics::Topic;

/// All that is known about judgement.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// Declared tables.
    pub schema: Arc<Schema>,
    /// Controls by id.
    pub controls: BTreeMap<String, Control>,
    /// Extracts by id.
    pub extracts: BTreeMap<String, Extract>,
    /// Metrics by id.
    pub metrics: BTreeMap<String, Metric>,
    /// Lists of the engagement that entries may look up, by name, with what their values are.
    pub allow_lists: BTreeMap<String, String>,
    /// Sections of the report as Markdown with SQL, by id.
    pub topics: BTreeMap<String, Topic>,
    /// Frameworks.
    pub frameworks: Frameworks,
    /// SHA-256 over all files.
    pub sha256: String,
    /// Files a user's folder brought or replaced.
    pub custom_files: Vec<String>,
}

impl Catalogue {
    /// Whether this is a control that finds exceptions among bursts from a count on, which an engagement may state.
    pub fn has_burst_threshold(&self, id: &str) -> bool {
        self.controls.get(id).and_then(|c| c.bursts.as_ref()).is_some_and(|b| b.exception_from.is_some())
    }

    /// The catalogue with what an engagement states about bursts.
    #[must_use]
    pub fn with_thresholds(mut self, stated: &[BurstThreshold]) -> Self {
        for stated in stated {
            if let Some(bursts) = self.controls.get_mut(&stated.control).and_then(|c| c.bursts.as_mut()) {
                bursts.state(stated);
            }
        }
        self
    }

    /// All that is drawn as rows: extracts, and the queries of topics, which run as extracts do.
    pub fn drawn(&self) -> impl Iterator<Item = &Extract> {
        self.extracts.values().chain(self.topic_queries())
    }

    /// The queries of topics, which run after all else: they may read results.
    pub fn topic_queries(&self) -> impl Iterator<Item = &Extract> {
        self.topics.values().flat_map(|topic| topic.queries.values().map(|query| &query.extract))
    }

    /// Whether anything has this id.
    pub fn has(&self, id: &str) -> bool {
        self.controls.contains_key(id) || self.extracts.contains_key(id) || self.metrics.contains_key(id)
    }

    /// Every control, measure and extract with the criteria that it answers, and those that it is context for.
    pub fn bearing(&self) -> impl Iterator<Item = (&str, &[String], &[String])> {
        let controls = self.controls.values().map(|c| (c.id.as_str(), c.criteria.as_slice(), c.context.as_slice()));
        let metrics = self.metrics.values().map(|m| (m.id.as_str(), m.criteria.as_slice(), m.context.as_slice()));
        let extracts = self.extracts.values().map(|x| (x.id.as_str(), x.criteria.as_slice(), x.context.as_slice()));
        controls.chain(metrics).chain(extracts)
    }

    /// Every id.
    pub fn ids(&self) -> BTreeSet<&str> {
        self.controls.keys().chain(self.extracts.keys()).chain(self.metrics.keys()).map(String::as_str).collect()
    }
}
