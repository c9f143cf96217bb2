//! The status of each practice by what the evidence says.

use std::collections::BTreeMap;

use super::super::Input;
use super::super::questions::piece::{Piece, Verdict};
use super::super::questions::represented::{self, Said};
use crate::catalogue::frameworks::{Practice, WaQuestion};
use crate::outcome::Severity;
use crate::report::model::{ControlResult, PracticeStatus};

/// A practice with its status.
pub struct Judged<'a> {
    /// Its question.
    pub question: &'a WaQuestion,
    /// The practice.
    pub practice: &'a Practice,
    /// What bears on it.
    pub pieces: Vec<Piece>,
    /// What management represents about it.
    pub said: Option<Said>,
    /// Its status.
    pub status: PracticeStatus,
    /// Why evidence that bears on it decides nothing.
    pub undecided: Option<Undecided>,
}

/// Why evidence that bears on a practice decides nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undecided {
    /// Exceptions of medium or lower severity, or a target missed.
    LowerSeverity,
    /// Rows or figures from which nothing is concluded.
    NotConcluded,
    /// Nothing of it could be tested.
    NotTested,
}

/// Every practice, in the framework's order.
pub fn judge<'a>(input: &Input<'a>, controls: &BTreeMap<String, ControlResult>) -> Vec<Judged<'a>> {
    let bears = bearing(input);
    let mut all = Vec::new();
    for question in &input.catalogue.frameworks.well_architected {
        for practice in &question.practices {
            let named = bears.get(practice.id.as_str());
            let of = |ids: &[&str]| -> Vec<Piece> { ids.iter().filter_map(|id| Piece::of(input, controls, id)).collect() };
            let pieces = bearing_pieces(of(named.map_or(&[], |n| &n.direct)), of(named.map_or(&[], |n| &n.context)));
            let mut severe: Vec<&Piece> = pieces.iter().filter(|p| is_severe(controls, p)).collect();
            severe.sort_by_key(|p| controls.get(&p.id).map(|c| c.severity));
            let said = represented::of(input, controls, &practice.id, &severe, &[]);
            let (status, undecided) = status(&pieces, !severe.is_empty(), said.as_ref());
            all.push(Judged { question, practice, pieces, said, status, undecided });
        }
    }
    all
}

fn is_severe(controls: &BTreeMap<String, ControlResult>, piece: &Piece) -> bool {
    piece.verdict == Verdict::Against && controls.get(&piece.id).is_some_and(|c| c.severity <= Severity::High)
}

fn status(pieces: &[Piece], severe: bool, said: Option<&Said>) -> (PracticeStatus, Option<Undecided>) {
    if severe || said.is_some_and(|s| !s.conflict.is_empty()) {
        return (PracticeStatus::Contradicted, None);
    }
    let any = |v: Verdict| pieces.iter().any(|p| p.verdict == v);
    let controls_hold = pieces.iter().any(|p| p.verdict == Verdict::For && p.href.starts_with("control:"));
    let undecided = if pieces.is_empty() {
        None
    } else if any(Verdict::Against) {
        Some(Undecided::LowerSeverity)
    } else if any(Verdict::Open) || any(Verdict::For) {
        Some(Undecided::NotConcluded)
    } else {
        Some(Undecided::NotTested)
    };
    if controls_hold && !any(Verdict::Against) {
        (PracticeStatus::Supported, None)
    } else if said.is_some() {
        (PracticeStatus::Represented, undecided)
    } else if matches!(undecided, Some(Undecided::LowerSeverity | Undecided::NotConcluded)) {
        (PracticeStatus::Undecided, undecided)
    } else {
        (PracticeStatus::WithoutEvidence, undecided)
    }
}

/// What bears on a practice. What is only context for it speaks against it where there are exceptions: a trail that
/// was stopped contradicts logging, and trails that nobody stopped show nothing of it.
fn bearing_pieces(mut direct: Vec<Piece>, context: Vec<Piece>) -> Vec<Piece> {
    direct.extend(context.into_iter().filter(|p| p.verdict == Verdict::Against));
    direct
}

/// What to print first: what speaks against, then what holds, then figures, then what was not tested.
pub fn weight(piece: &Piece) -> u8 {
    match piece.verdict {
        Verdict::Against => 0,
        Verdict::For => 1,
        Verdict::Open => 2,
        Verdict::Silent => 3,
    }
}

/// Ids that name a practice.
#[derive(Default)]
struct Named<'a> {
    /// As one that they answer.
    direct: Vec<&'a str>,
    /// As one that they are context for.
    context: Vec<&'a str>,
}

/// Ids by the practice they name.
fn bearing<'a>(input: &Input<'a>) -> BTreeMap<&'a str, Named<'a>> {
    let catalogue = input.catalogue;
    let entries = catalogue
        .controls
        .values()
        .map(|c| (&c.id, &c.criteria, &c.context))
        .chain(catalogue.metrics.values().map(|m| (&m.id, &m.criteria, &m.context)))
        .chain(catalogue.extracts.values().map(|x| (&x.id, &x.criteria, &x.context)));
    let mut bears: BTreeMap<&str, Named<'_>> = BTreeMap::new();
    for (id, criteria, context) in entries {
        for practice in criteria.iter().filter_map(|c| c.strip_prefix("wa:")) {
            bears.entry(practice).or_default().direct.push(id);
        }
        for practice in context.iter().filter_map(|c| c.strip_prefix("wa:")) {
            bears.entry(practice).or_default().context.push(id);
        }
    }
    bears
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Extent;

    fn piece(verdict: Verdict, href: &str) -> Piece {
        Piece {
            id: "x".to_owned(),
            href: href.to_owned(),
            title: String::new(),
            text: String::new(),
            clause: String::new(),
            verdict,
            extent: Extent::Full,
            reasons: Vec::new(),
        }
    }

    #[test]
    fn context_contradicts_a_practice_and_never_supports_one() {
        use PracticeStatus::{Contradicted, Supported, WithoutEvidence};
        let control = |v| piece(v, "control:x");
        let of = |direct: &[Verdict], context: &[Verdict], severe| {
            let make = |list: &[Verdict]| list.iter().map(|v| control(*v)).collect();
            status(&bearing_pieces(make(direct), make(context)), severe, None)
        };
        // Nobody switched it off: that says nothing of whether it is on.
        assert_eq!(of(&[], &[Verdict::For, Verdict::Open], false), (WithoutEvidence, None));
        assert_eq!(of(&[Verdict::For], &[Verdict::Silent], false), (Supported, None));
        assert_eq!(of(&[Verdict::For], &[Verdict::Against], true), (Contradicted, None));
        assert_ne!(of(&[Verdict::For], &[Verdict::Against], false).0, Supported, "an exception of lower severity takes the support away");
    }

    #[test]
    fn exceptions_of_lower_severity_never_support() {
        use PracticeStatus::{Contradicted, Supported, WithoutEvidence};
        let undecided = |why| (PracticeStatus::Undecided, Some(why));
        let control = |v| piece(v, "control:x");
        let of = |pieces: &[Piece], severe| status(pieces, severe, None);
        assert_eq!(of(&[control(Verdict::For), control(Verdict::Against)], true), (Contradicted, None));
        assert_eq!(of(&[control(Verdict::For), control(Verdict::Against)], false), undecided(Undecided::LowerSeverity));
        assert_eq!(of(&[control(Verdict::For), control(Verdict::Silent)], false), (Supported, None));
        assert_eq!(of(&[control(Verdict::Open)], false), undecided(Undecided::NotConcluded));
        assert_eq!(of(&[piece(Verdict::For, "metric:x")], false), undecided(Undecided::NotConcluded), "a figure alone supports nothing");
        assert_eq!(of(&[control(Verdict::Silent)], false), (WithoutEvidence, Some(Undecided::NotTested)));
        assert_eq!(of(&[], false), (WithoutEvidence, None));
    }
}
