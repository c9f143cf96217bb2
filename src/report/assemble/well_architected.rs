//! What each Well-Architected practice rests on, for the workpaper.

use std::collections::BTreeMap;

use super::{Input, piece};
use crate::report::model::{ControlResult, Piece};

/// A practice with its status and what bears on it.
pub struct PracticeLine {
    /// Its id, pillar, title, published risk and status.
    pub cells: [String; 5],
    /// What bears on it.
    pub evidence: Vec<Piece>,
}

/// Every practice, in the framework's order.
pub(super) fn lines(input: &Input<'_>, controls: &BTreeMap<String, ControlResult>) -> Vec<PracticeLine> {
    let practices = input.catalogue.frameworks.well_architected.iter().flat_map(|q| q.practices.iter().map(move |p| (q, p)));
    practices
        .zip(&input.evaluation.practices)
        .map(|((question, practice), run)| PracticeLine {
            cells: [&practice.id, &question.pillar, &practice.title, practice.risk.word(), run.status.words()].map(str::to_owned),
            evidence: piece::all(input, controls, run.bearing.iter().map(|b| b.entry.as_str())),
        })
        .collect()
}
