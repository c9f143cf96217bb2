//! What management represents about a question or practice, and whether evidence contradicts it.
//!
//! Only what says so contradicts: a lead control with exceptions, a lead metric that misses a target it states in plain
//! figures, and what the engagement itself names in `contradicted_by`. Where what the question asks for did happen
//! (restores, for "are backups tested?"), exceptions limit the answer and contradict nothing. Neither do exceptions in
//! evidence that does not lead.

use serde::{Deserialize, Serialize};

use super::bearing::Bearing;
use super::frameworks::Results;
use super::verdict::{self, Verdict};
use crate::catalogue::{Catalogue, nearest};
use crate::engagement::{Engagement, Representation};

/// How a representation stands against the evidence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Evidence contradicts it.
    Contradicted,
    /// Records support it; nothing is concluded from them.
    Supported,
    /// Evidence was delivered; it neither contradicts nor supports it.
    Unsupported,
    /// Nothing delivered bears on it.
    #[default]
    WithoutEvidence,
}

/// A representation held against the evidence.
#[derive(Debug, Default)]
pub struct Said {
    /// How it stands.
    pub standing: Standing,
    /// Ids of what contradicts it.
    pub contradicted_by: Vec<String>,
    /// Ids of what supports it.
    pub supported_by: Vec<String>,
    /// Ids of what has exceptions that limit it without contradicting it.
    pub limited_by: Vec<String>,
}

/// An id in `contradicted_by` that nothing has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnknownName {
    /// Question or practice that the representation is about.
    pub about: String,
    /// The id.
    pub id: String,
    /// The nearest that exists.
    pub nearest: String,
}

/// What the engagement says about a question or practice.
pub(super) fn about<'e>(engagement: &'e Engagement, id: &str) -> impl Iterator<Item = &'e Representation> {
    engagement.representation.iter().filter(move |said| said.id == id)
}

/// What the engagement names as contradicting what management states about `id`, each once, whether it does or not.
pub(super) fn named(catalogue: &Catalogue, engagement: &Engagement, results: &Results<'_>, id: &str) -> Vec<Bearing> {
    let mut named: Vec<Bearing> = Vec::new();
    for entry in about(engagement, id).flat_map(|said| &said.contradicted_by) {
        if !named.iter().any(|other| other.entry == *entry) {
            named.extend(Bearing::of(catalogue, results, entry));
        }
    }
    named
}

/// What is said about a question, held against its leads and what the engagement names; `None` when nothing is said.
/// `wanted` are extracts whose rows are what should have happened.
pub(super) fn held(
    catalogue: &Catalogue,
    engagement: &Engagement,
    results: &Results<'_>,
    id: &str,
    (leads, wanted): (&[&Bearing], &[String]),
    is_told: &dyn Fn(&str) -> bool,
) -> Option<Said> {
    about(engagement, id).next()?;
    let mut named = named(catalogue, engagement, results, id);
    named.retain(|entry| is_told(&entry.entry));
    let happened = |lead: &&&Bearing| wanted.contains(&lead.entry) && verdict::listed(results.extracts, &lead.entry) > 0;
    let ids = |those: &dyn Fn(&&&Bearing) -> bool| -> Vec<String> { leads.iter().filter(those).map(|lead| lead.entry.clone()).collect() };
    let exceptions = ids(&|lead| lead.verdict == Verdict::Against);
    let (mut contradicted_by, limited_by) =
        if leads.iter().any(|lead| happened(&lead)) { (Vec::new(), exceptions) } else { (exceptions, Vec::new()) };
    for entry in named.iter().filter(|entry| entry.shows(catalogue, results)) {
        if !contradicted_by.contains(&entry.entry) {
            contradicted_by.push(entry.entry.clone());
        }
    }
    if !contradicted_by.is_empty() {
        // A lead figure that should be low and is not would not contradict alone, but belongs to the picture.
        let is_beside = |lead: &&&Bearing| {
            lead.verdict == Verdict::Open
                && verdict::is_high(catalogue, results.metrics, &lead.entry)
                && !contradicted_by.contains(&lead.entry)
        };
        let beside = ids(&is_beside);
        contradicted_by.extend(beside);
    }
    let mut supported_by = ids(&|lead| lead.verdict == Verdict::For);
    supported_by.extend(ids(&happened));
    let standing = if !contradicted_by.is_empty() {
        Standing::Contradicted
    } else if !leads.iter().copied().chain(&named).any(Bearing::is_delivered) {
        Standing::WithoutEvidence
    } else if supported_by.is_empty() {
        Standing::Unsupported
    } else {
        Standing::Supported
    };
    Some(Said { standing, contradicted_by, supported_by, limited_by })
}

/// Ids in `contradicted_by` that nothing has.
pub fn unknown(catalogue: &Catalogue, engagement: &Engagement) -> Vec<UnknownName> {
    let ids = catalogue.ids();
    let named = engagement.representation.iter().flat_map(|said| said.contradicted_by.iter().map(move |id| (&said.id, id)));
    named
        .filter(|(_, id)| !ids.contains(id.as_str()))
        .map(|(about, id)| UnknownName { about: about.clone(), id: id.clone(), nearest: nearest(id, ids.iter().copied()) })
        .collect()
}
