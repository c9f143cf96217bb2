//! A review question answered: the sentence, what it rests on, how strong that is, and what management says about it.

use std::collections::BTreeMap;

use super::super::Input;
use super::piece::{Piece, Verdict};
use super::represented;
use crate::base::text;
use crate::catalogue::frameworks::SeedQuestion;
use crate::outcome::{Extent, Strength};
use crate::report::model::{ControlResult, EvidenceLine, QuestionAnswer};

/// The question with its answer.
pub(super) fn answer(input: &Input<'_>, controls: &BTreeMap<String, ControlResult>, q: &SeedQuestion) -> QuestionAnswer {
    let pieces: Vec<Piece> = q.evidence().into_iter().filter_map(|id| Piece::of(input, controls, id)).collect();
    let lead: Vec<&Piece> = pieces.iter().filter(|p| q.lead.contains(&p.id)).collect();
    let (strength, strength_reasons) = strength(q, &pieces);
    let said = represented::of(input, controls, &q.id, &lead, &q.wanted);
    QuestionAnswer {
        id: q.id.clone(),
        question: q.question.clone(),
        answer: sentence(&lead, &pieces),
        strength,
        ceiling: q.strength,
        strength_reasons,
        evidence: pieces.iter().map(|p| EvidenceLine { href: p.href.clone(), id: p.id.clone(), text: p.text.clone() }).collect(),
        left_to_represent: q.left_for_representation.clone(),
        representation: said.as_ref().map(|s| s.representation.clone()),
        conflict: said.map_or_else(Vec::new, |s| s.conflict),
    }
}

/// The leads that were delivered, as sentences; the rest of the evidence in figures.
fn sentence(lead: &[&Piece], pieces: &[Piece]) -> String {
    let delivered: Vec<&&Piece> = lead.iter().filter(|p| p.is_delivered()).collect();
    let mut sentences: Vec<String> = delivered.iter().map(|p| format!("{}.", p.clause)).collect();
    let rest: Vec<&Piece> = pieces.iter().filter(|p| !lead.iter().any(|l| l.id == p.id)).collect();
    let count = |v: Verdict| rest.iter().filter(|p| p.verdict == v).count();
    if sentences.is_empty() {
        // Without a lead, whatever else was delivered speaks.
        sentences.extend(rest.iter().filter(|p| p.is_delivered()).take(3).map(|p| format!("{}.", p.clause)));
        if sentences.is_empty() {
            return "No record delivered bears on it.".to_owned();
        }
        sentences.push("What would lead the answer was not delivered.".to_owned());
        return sentences.join(" ");
    }
    let (against, held) = (count(Verdict::Against), count(Verdict::For));
    if against + held > 0 {
        let names: Vec<&str> = rest.iter().filter(|p| p.verdict == Verdict::Against).map(|p| p.title.as_str()).take(3).collect();
        let more = if against > names.len() { format!(" and {} more", against - names.len()) } else { String::new() };
        sentences.push(match (against, held) {
            (0, 1) => "One further test shows no exception.".to_owned(),
            (0, n) => format!("{n} further tests show no exception."),
            (1, 0) => format!("One further test shows exceptions or misses its target ({}).", names.join("; ")),
            (n, _) => format!(
                "Of {} further tests and measured targets, {n} {} ({}{more}).",
                n + held,
                if n == 1 { "shows exceptions or misses its target" } else { "show exceptions or miss their target" },
                names.join("; ")
            ),
        });
    }
    let silent = lead.len() - delivered.len();
    if silent > 0 {
        let names: Vec<&str> = lead.iter().filter(|p| !p.is_delivered()).map(|p| p.title.as_str()).collect();
        sentences.push(format!("Not tested: {}.", names.join("; ")));
    }
    sentences.join(" ")
}

/// Strength as delivered, and why it is below the ceiling.
fn strength(q: &SeedQuestion, pieces: &[Piece]) -> (Strength, Vec<String>) {
    let missing: Vec<&Piece> = pieces.iter().filter(|p| !p.is_delivered()).collect();
    let partial: Vec<&Piece> = pieces.iter().filter(|p| p.extent == Extent::Partial).collect();
    if missing.len() == pieces.len() {
        return (Strength::None, vec!["nothing was delivered that bears on it".to_owned()]);
    }
    let mut reasons = Vec::new();
    let mut steps = 0_usize;
    if !missing.is_empty() {
        // Evidence that rests on less than half of what the question needs is two steps down.
        steps += if missing.len() * 2 > pieces.len() { 2 } else { 1 };
        reasons.push(format!("{} of {} not tested: {}", missing.len(), pieces.len(), some(&missing)));
    }
    if !partial.is_empty() {
        steps = steps.max(1);
        reasons.push(format!("{} of {} tested with evidence limitations ({})", partial.len(), pieces.len(), in_short(&partial).join("; ")));
    }
    if q.planned.len() > pieces.len() {
        steps += 1;
        reasons.push(format!(
            "{} of the {} kinds of evidence that bear on it are not tested by this version",
            q.planned.len(),
            q.planned.len() + pieces.len()
        ));
    }
    let strength = lowered(q.strength, steps);
    // Something was delivered: a hint at least, if the ceiling allows it.
    let strength = if strength == Strength::None { Strength::Weak.min(q.strength) } else { strength };
    if strength == q.strength && steps > 0 {
        // The ceiling is low enough for what is missing not to show; the reasons would read as if it did.
        return (strength, Vec::new());
    }
    (strength, reasons)
}

/// Why pieces were tested in part, without the figures of each: those stand with the control.
fn in_short(partial: &[&Piece]) -> Vec<String> {
    let mut why: Vec<String> = Vec::new();
    for reason in partial.iter().flat_map(|p| &p.reasons) {
        let short = reason.in_short();
        if !why.contains(&short) {
            why.push(short);
        }
    }
    if why.len() > 3 {
        let more = why.len() - 3;
        why.truncate(3);
        why.push(format!("{more} more"));
    }
    why
}

fn some(pieces: &[&Piece]) -> String {
    text::few(pieces.iter().map(|piece| piece.id.as_str()))
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
    use crate::reason::Reason;

    fn piece(id: &str, verdict: Verdict, extent: Extent) -> Piece {
        Piece {
            id: id.to_owned(),
            href: format!("control:{id}"),
            title: format!("title {id}"),
            text: String::new(),
            clause: format!("clause {id}"),
            verdict,
            extent,
            reasons: vec![Reason::DaysSilent { days: 2, lines: 1 }],
        }
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
        let of = |ceiling, extents: &[Extent]| {
            let pieces: Vec<Piece> = extents.iter().enumerate().map(|(i, e)| piece(&i.to_string(), Verdict::For, *e)).collect();
            strength(&question(ceiling), &pieces)
        };
        assert_eq!(of(Strength::Strong, &[Full, Full]), (Strength::Strong, vec![]));
        assert_eq!(of(Strength::Strong, &[Full, Partial]).0, Strength::Partial);
        assert_eq!(of(Strength::Strong, &[Full, Full, None]).0, Strength::Partial);
        assert_eq!(of(Strength::Strong, &[Full, None, None]).0, Strength::Weak);
        assert_eq!(of(Strength::Strong, &[None, None]).0, Strength::None);
        assert_eq!(of(Strength::Partial, &[Full, None, None]).0, Strength::Weak);
        let (strength, reasons) = of(Strength::Weak, &[Full, None]);
        assert_eq!((strength, reasons.len()), (Strength::Weak, 0), "a weak ceiling stays");
        assert!(of(Strength::Strong, &[Full, Partial]).1[0].contains("events do not cover the whole period"));
        assert!(of(Strength::Strong, &[Full, Full, None]).1[0].contains("1 of 3 not tested: 2"));
    }

    #[test]
    fn the_sentence_is_made_of_the_leads() {
        let pieces = [
            piece("a", Verdict::Against, Extent::Full),
            piece("b", Verdict::Silent, Extent::None),
            piece("c", Verdict::For, Extent::Full),
            piece("d", Verdict::Against, Extent::Full),
        ];
        let text = sentence(&[&pieces[0], &pieces[1]], &pieces);
        assert_eq!(
            text,
            "clause a. Of 2 further tests and measured targets, 1 shows exceptions or misses its target (title d). Not tested: title b."
        );
        assert_eq!(sentence(&[&pieces[1]], &pieces[1..2]), "No record delivered bears on it.");
        let text = sentence(&[&pieces[1]], &pieces[1..3]);
        assert_eq!(text, "clause c. What would lead the answer was not delivered.");
    }
}
