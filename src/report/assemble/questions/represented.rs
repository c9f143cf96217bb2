//! What management represents about a question or practice, and whether evidence contradicts it.
//!
//! Only what says so contradicts: a lead control with exceptions, a lead metric that misses a target it states in plain
//! figures, and what the engagement itself names in `contradicted_by`. Where what the question asks for did happen
//! (restores, for "are backups tested?"), exceptions limit the answer and contradict nothing. Neither do exceptions in
//! evidence that does not lead.

use std::collections::BTreeMap;

use super::super::Input;
use super::piece::{Piece, Verdict};
use crate::base::text::distinct;
use crate::engagement;
use crate::evaluate::verdict;
use crate::report::model::{ControlResult, Representation};

/// A representation held against the evidence.
pub struct Said {
    /// As given.
    pub representation: Representation,
    /// Clauses that contradict it; none when nothing does.
    pub conflict: Vec<String>,
    /// Clauses that support it; nothing is concluded from them.
    pub supported_by: Vec<String>,
    /// Clauses of exceptions that limit it without contradicting it.
    pub limited_by: Vec<String>,
    /// Whether anything bearing on it was delivered.
    pub delivered: bool,
}

/// What is said about `id`, held against these leads and what the engagement names. `wanted` are extracts whose rows
/// are what should have happened.
pub fn of(input: &Input<'_>, controls: &BTreeMap<String, ControlResult>, id: &str, leads: &[&Piece], wanted: &[String]) -> Option<Said> {
    let said: Vec<&engagement::Representation> = input.engagement.representation.iter().filter(|r| r.id == id).collect();
    let first = said.first()?;
    let mut delivered = leads.iter().any(|p| p.is_delivered());
    let happened: Vec<&&Piece> = leads.iter().filter(|p| wanted.contains(&p.id) && rows(input, &p.id) > 0).collect();
    let exceptions: Vec<String> = leads.iter().filter(|p| p.verdict == Verdict::Against).map(|p| p.clause.clone()).collect();
    let (mut against, limited_by) = if happened.is_empty() { (exceptions, Vec::new()) } else { (Vec::new(), exceptions) };
    for name in said.iter().flat_map(|r| &r.contradicted_by) {
        let Some(piece) = Piece::of(input, controls, name) else { continue };
        delivered |= piece.is_delivered();
        if (piece.verdict == Verdict::Against || shows(input, &piece)) && !against.contains(&piece.clause) {
            against.push(piece.clause.clone());
        }
    }
    if !against.is_empty() {
        // A lead figure that should be low and is not would not contradict alone, but belongs to the picture.
        let beside = leads.iter().filter(|p| p.verdict == Verdict::Open && is_high(input, &p.id)).map(|p| p.clause.clone());
        against.extend(beside.filter(|c| !limited_by.contains(c)).collect::<Vec<_>>());
        against.dedup();
    }
    let join = |part: fn(&engagement::Representation) -> &str, by: &str| distinct(said.iter().map(|r| part(r)), by);
    let supported = leads.iter().filter(|p| p.verdict == Verdict::For).chain(happened.iter().copied());
    Some(Said {
        representation: Representation {
            text: join(|r| &r.statement, " "),
            who: if first.who.is_empty() { "not stated".to_owned() } else { join(|r| &r.who, "; ") },
            when: join(|r| &r.when, "; "),
            reference: join(|r| &r.reference, "; "),
        },
        conflict: against,
        supported_by: supported.map(|p| p.clause.clone()).collect(),
        limited_by,
        delivered,
    })
}

/// What the engagement names as contradicting does so when it shows anything: rows, or a figure that should be low and is not.
fn shows(input: &Input<'_>, piece: &Piece) -> bool {
    piece.verdict == Verdict::Open && (rows(input, &piece.id) > 0 || is_high(input, &piece.id))
}

fn rows(input: &Input<'_>, id: &str) -> u64 {
    verdict::listed(&input.evaluation.extracts, id)
}

fn is_high(input: &Input<'_>, id: &str) -> bool {
    verdict::is_high(input.catalogue, &input.evaluation.metrics, id)
}

/// Ids in `contradicted_by` that nothing has, with the nearest that exists: representation, id, nearest.
pub fn unknown(input: &Input<'_>) -> Vec<(String, String, String)> {
    let ids = input.catalogue.ids();
    input
        .engagement
        .representation
        .iter()
        .flat_map(|r| r.contradicted_by.iter().map(move |id| (&r.id, id)))
        .filter(|(_, id)| !ids.contains(id.as_str()))
        .map(|(about, id)| (about.clone(), id.clone(), crate::catalogue::nearest(id, ids.iter().copied())))
        .collect()
}
