//! What each Well-Architected practice rests on in words, for the workpaper and the summary.

use std::collections::BTreeMap;

use super::Input;
use super::questions::piece::Piece;
use super::questions::represented;
use crate::evaluate::Bearing;
use crate::evaluate::practices::PracticeRun;
use crate::report::model::{Conflict, ControlResult};

/// Representations about practices that evidence contradicts, for the summary.
pub(super) fn conflicts(input: &Input<'_>, controls: &BTreeMap<String, ControlResult>) -> Vec<Conflict> {
    let of = |(practice, run): (&crate::catalogue::frameworks::Practice, &PracticeRun)| {
        let mut severe: Vec<&Bearing> = run.bearing.iter().filter(|b| b.is_severe()).collect();
        severe.sort_by_key(|b| b.severity);
        let leads: Vec<Piece> = severe.iter().filter_map(|b| Piece::of(input, controls, &b.entry)).collect();
        let leads: Vec<&Piece> = leads.iter().collect();
        let said = represented::of(input, controls, &practice.id, &leads, &[]).filter(|said| !said.conflict.is_empty())?;
        Some(Conflict {
            about: format!("{} {}", practice.id, practice.title),
            representation: said.representation,
            evidence: said.conflict,
            href: Some("section:well_architected".to_owned()),
        })
    };
    let practices = input.catalogue.frameworks.well_architected.iter().flat_map(|question| &question.practices);
    practices.zip(&input.evaluation.practices).filter_map(of).collect()
}

/// Every practice with its status and what bears on it, for a workpaper: practice, pillar, title, published risk, status,
/// what bears on it.
pub(super) fn rows(input: &Input<'_>, controls: &BTreeMap<String, ControlResult>) -> Vec<[String; 6]> {
    let practices = input.catalogue.frameworks.well_architected.iter().flat_map(|q| q.practices.iter().map(move |p| (q, p)));
    practices
        .zip(&input.evaluation.practices)
        .map(|((question, practice), run)| {
            let pieces = run.bearing.iter().filter_map(|b| Piece::of(input, controls, &b.entry));
            let pieces: Vec<String> = pieces.map(|p| format!("{}: {}", p.id, p.text)).collect();
            [&practice.id, &question.pillar, &practice.title, practice.risk.word(), run.status.words(), &pieces.join("; ")]
                .map(|t: &str| t.to_owned())
        })
        .collect()
}
