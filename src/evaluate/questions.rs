//! The review questions answered: what each piece of evidence is in the answer, how strong the evidence is as delivered and
//! why not stronger, and how what management represents stands against it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::bearing::Bearing;
use super::frameworks::Results;
use super::represented::{self, Said};
use super::{ControlRun, Evaluation, Verdict};
use crate::catalogue::Catalogue;
use crate::catalogue::frameworks::SeedQuestion;
use crate::engagement::Engagement;
use crate::outcome::{Extent, Strength};
use crate::reason::Reason;

/// Pieces that speak where no lead was delivered, at most.
const IN_PLACE_OF_LEADS: usize = 3;

/// What a piece of evidence is in the answer of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It leads the answer.
    Lead,
    /// It would lead the answer, and was not delivered.
    LeadNotTested,
    /// It speaks because no lead was delivered.
    InPlaceOfLead,
    /// Further evidence with exceptions, or a target that is missed.
    FurtherAgainst,
    /// Further evidence without exceptions, or with a target that is reached.
    FurtherFor,
    /// Further evidence from which nothing is concluded, or that was not delivered.
    Further,
}

/// Why evidence is weaker than exports of these kinds can be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum StrengthReason {
    /// Nothing was delivered that bears on the question.
    NothingDelivered,
    /// Some entries were not tested.
    NotTested {
        /// Their ids.
        entries: Vec<String>,
        /// Entries that bear on the question.
        of: u64,
    },
    /// Some entries were tested with evidence limitations.
    Limited {
        /// How many.
        tests: u64,
        /// Entries that bear on the question.
        of: u64,
        /// The limitations in short, each once.
        limitations: Vec<String>,
    },
    /// Most kinds of evidence that bear on the question are not tested by this version.
    Planned {
        /// How many kinds.
        kinds: u64,
        /// Of how many.
        of: u64,
    },
}

/// A question with its answer.
#[derive(Debug)]
pub struct QuestionRun {
    /// What bears on it and what that is in the answer: the leads first.
    pub evidence: Vec<(Role, Bearing)>,
    /// Strength as delivered.
    pub strength: Strength,
    /// Why it is below what exports of these kinds can give; empty when it is not.
    pub strength_reasons: Vec<StrengthReason>,
    /// How what management represents about it stands, if it represents anything.
    pub said: Option<Said>,
}

/// Every question by id. `is_told` says whether readers of the report are told of an entry at all.
pub fn judge(
    catalogue: &Catalogue,
    engagement: &Engagement,
    evaluation: &Evaluation,
    is_told: &dyn Fn(&str) -> bool,
) -> BTreeMap<String, QuestionRun> {
    let controls: BTreeMap<&str, &ControlRun> = evaluation.controls.iter().map(|(id, run)| (id.as_str(), run)).collect();
    let results = Results { controls: &controls, metrics: &evaluation.metrics, extracts: &evaluation.extracts };
    let answer = |q: &SeedQuestion| {
        let pieces: Vec<Bearing> =
            q.evidence().into_iter().filter(|id| is_told(id)).filter_map(|id| Bearing::of(catalogue, &results, id)).collect();
        let leads: Vec<&Bearing> = pieces.iter().filter(|piece| q.lead.contains(&piece.entry)).collect();
        let said = represented::held(catalogue, engagement, &results, &q.id, (&leads, &q.wanted), is_told);
        let reasons = |id: &str| reasons(evaluation, id);
        let (strength, strength_reasons) = strength(q, &pieces, &reasons);
        QuestionRun { evidence: roles(&q.lead, pieces), strength, strength_reasons, said }
    };
    catalogue.frameworks.questions.iter().map(|q| (q.id.clone(), answer(q))).collect()
}

fn reasons<'e>(evaluation: &'e Evaluation, id: &str) -> &'e [Reason] {
    let control = evaluation.controls.get(id).map(|run| &run.reasons);
    let metric = || evaluation.metrics.get(id).map(|run| &run.reasons);
    let extract = || evaluation.extracts.get(id).map(|run| &run.reasons);
    control.or_else(metric).or_else(extract).map_or(&[], Vec::as_slice)
}

/// What each piece is in the answer: the leads that were delivered speak; without any, the first others that were.
fn roles(lead: &[String], pieces: Vec<Bearing>) -> Vec<(Role, Bearing)> {
    let leads = |piece: &Bearing| lead.contains(&piece.entry);
    let is_led = pieces.iter().any(|piece| leads(piece) && piece.is_delivered());
    let mut others = 0;
    let mut role = |piece: &Bearing| match piece.verdict {
        _ if leads(piece) => {
            if piece.is_delivered() {
                Role::Lead
            } else {
                Role::LeadNotTested
            }
        }
        Verdict::Against if is_led => Role::FurtherAgainst,
        Verdict::For if is_led => Role::FurtherFor,
        _ if is_led || !piece.is_delivered() || others == IN_PLACE_OF_LEADS => Role::Further,
        _ => {
            others += 1;
            Role::InPlaceOfLead
        }
    };
    pieces.into_iter().map(|piece| (role(&piece), piece)).collect()
}

/// Strength as delivered, and why it is below the ceiling.
fn strength<'r>(q: &SeedQuestion, pieces: &[Bearing], reasons: &dyn Fn(&str) -> &'r [Reason]) -> (Strength, Vec<StrengthReason>) {
    let missing: Vec<String> = pieces.iter().filter(|p| !p.is_delivered()).map(|p| p.entry.clone()).collect();
    let partial: Vec<&Bearing> = pieces.iter().filter(|p| p.extent == Extent::Partial).collect();
    if missing.len() == pieces.len() {
        return (Strength::None, vec![StrengthReason::NothingDelivered]);
    }
    let of = pieces.len() as u64;
    let mut why = Vec::new();
    let mut steps = 0_usize;
    if !missing.is_empty() {
        // Evidence that rests on less than half of what the question needs is two steps down.
        steps += if missing.len() * 2 > pieces.len() { 2 } else { 1 };
        why.push(StrengthReason::NotTested { entries: missing, of });
    }
    if !partial.is_empty() {
        steps = steps.max(1);
        let mut seen = BTreeSet::new();
        let all = partial.iter().flat_map(|p| reasons(&p.entry)).map(Reason::in_short);
        let limitations = all.filter(|short| seen.insert(short.clone())).collect();
        why.push(StrengthReason::Limited { tests: partial.len() as u64, of, limitations });
    }
    if q.planned.len() > pieces.len() {
        steps += 1;
        let kinds = q.planned.len() as u64;
        why.push(StrengthReason::Planned { kinds, of: kinds + of });
    }
    let strength = lowered(q.strength, steps);
    // Something was delivered: a hint at least, if the ceiling allows it.
    let strength = if strength == Strength::None { Strength::Weak.min(q.strength) } else { strength };
    if strength == q.strength && steps > 0 {
        // The ceiling is low enough for what is missing not to show; the reasons would read as if it did.
        return (strength, Vec::new());
    }
    (strength, why)
}

fn lowered(strength: Strength, steps: usize) -> Strength {
    const ORDER: [Strength; 4] = [Strength::None, Strength::Weak, Strength::Partial, Strength::Strong];
    let at = ORDER.iter().position(|s| *s == strength).unwrap_or(0);
    ORDER[at.saturating_sub(steps)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::frameworks::QuestionKind;

    fn piece(id: &str, verdict: Verdict, extent: Extent) -> Bearing {
        Bearing { entry: id.to_owned(), verdict, severity: None, extent }
    }

    fn question(strength: Strength) -> SeedQuestion {
        SeedQuestion {
            id: "Q-X-1".to_owned(),
            kind: QuestionKind::Question,
            pillar: "security".to_owned(),
            question: String::new(),
            strength,
            left_for_representation: String::new(),
            lead: vec!["a".to_owned()],
            events: Vec::new(),
            config: Vec::new(),
            cost: Vec::new(),
            planned: Vec::new(),
            wanted: Vec::new(),
        }
    }

    #[test]
    fn strength_follows_what_was_delivered() {
        use Extent::{Full, None, Partial};
        let gaps = [Reason::DaysSilent { days: 2, lines: 1 }, Reason::DaysSilent { days: 3, lines: 1 }];
        let of = |ceiling, extents: &[Extent]| {
            let pieces: Vec<Bearing> = extents.iter().enumerate().map(|(i, e)| piece(&i.to_string(), Verdict::For, *e)).collect();
            strength(&question(ceiling), &pieces, &|_| &gaps)
        };
        assert_eq!(of(Strength::Strong, &[Full, Full]), (Strength::Strong, vec![]));
        assert_eq!(of(Strength::Strong, &[Full, Full, None]).0, Strength::Partial);
        assert_eq!(of(Strength::Strong, &[Full, None, None]).0, Strength::Weak);
        assert_eq!(of(Strength::Strong, &[None, None]), (Strength::None, vec![StrengthReason::NothingDelivered]));
        assert_eq!(of(Strength::Partial, &[Full, None, None]).0, Strength::Weak);
        assert_eq!(of(Strength::Weak, &[Full, None]), (Strength::Weak, vec![]), "a weak ceiling stays");
        let limitations = vec!["events do not cover the whole period".to_owned()];
        let limited = StrengthReason::Limited { tests: 1, of: 2, limitations };
        assert_eq!(of(Strength::Strong, &[Full, Partial]), (Strength::Partial, vec![limited]), "alike in short, so said once");
        let not_tested = StrengthReason::NotTested { entries: vec!["2".to_owned()], of: 3 };
        assert_eq!(of(Strength::Strong, &[Full, Full, None]).1, [not_tested]);
        let planned = SeedQuestion { planned: vec!["x".to_owned(), "y".to_owned()], ..question(Strength::Strong) };
        let found = strength(&planned, &[piece("a", Verdict::For, Full)], &|_| &gaps);
        assert_eq!(found, (Strength::Partial, vec![StrengthReason::Planned { kinds: 2, of: 3 }]));
    }

    #[test]
    fn the_answer_is_made_of_the_leads_and_without_them_of_what_was_delivered() {
        use Role::{Further, FurtherAgainst, FurtherFor, InPlaceOfLead, Lead, LeadNotTested};
        let of = |pieces: &[(&str, Verdict, Extent)]| -> Vec<Role> {
            let lead = ["a".to_owned(), "b".to_owned()];
            let pieces = pieces.iter().map(|(id, verdict, extent)| piece(id, *verdict, *extent)).collect();
            roles(&lead, pieces).into_iter().map(|(role, _)| role).collect()
        };
        let (against, held, open) =
            (("c", Verdict::Against, Extent::Full), ("d", Verdict::For, Extent::Partial), ("e", Verdict::Open, Extent::Full));
        let (lead, silent, other) =
            (("a", Verdict::Open, Extent::Partial), ("b", Verdict::Silent, Extent::None), ("f", Verdict::Silent, Extent::None));
        let led = of(&[lead, silent, against, held, open, other]);
        assert_eq!(led, [Lead, LeadNotTested, FurtherAgainst, FurtherFor, Further, Further]);
        let unled = of(&[silent, other, against, held, open, ("g", Verdict::Against, Extent::Full)]);
        assert_eq!(unled, [LeadNotTested, Further, InPlaceOfLead, InPlaceOfLead, InPlaceOfLead, Further]);
    }
}
