//! Words that are marked by shape and colour: severities, results, strengths.

use crate::report::escape::{self, put};
use crate::report::model::{ControlResult, Outcome, QuestionAnswer, Severity, Strength};

/// The class of a severity word.
pub(super) fn severity_class(word: &str) -> Option<&'static str> {
    Severity::ALL.iter().map(|s| s.word()).find(|w| *w == word)
}

/// The class of a result word: what was noted, what was clean, what is unknown.
pub(super) fn result_class(word: &str) -> Option<&'static str> {
    Some(match word {
        "exceptions noted" | "contradicted" | "not received" | "not delivered" | "failed" | "high" | "NON_COMPLIANT" => "noted",
        "no exceptions noted" | "supported" | "received" | "covered" | "sound" | "COMPLIANT" => "clean",
        "no occurrences" | "represented" | "none" | "low" | "NOT_APPLICABLE" | "used" | "notice" => "calm",
        "received in part" | "undecided" | "medium" | "partial" | "unused" | "interrupted" => "part",
        "not tested" | "without evidence" | "unanswered" | "silent, unknown" | "outside" | "no test" | "INSUFFICIENT_DATA"
        | "not applicable" | "unknown" | "not confirmed" => "open",
        _ => return None,
    })
}

/// A severity, marked.
pub(super) fn severity(severity: Severity) -> String {
    format!("<span class=\"sev {0}\">{0}</span>", severity.word())
}

/// A result, marked.
pub(super) fn outcome(outcome: Outcome) -> String {
    let class = result_class(outcome.words()).unwrap_or("open");
    format!("<span class=\"res {class}\">{}</span>", outcome.words())
}

/// "2 of 133", or what stands instead.
pub(super) fn count(control: &ControlResult) -> String {
    match control.result {
        Outcome::ExceptionsNoted | Outcome::NoExceptionsNoted => {
            format!("{} of {}", escape::thousands(control.counts.exceptions), escape::thousands(control.counts.population))
        }
        Outcome::NoOccurrences => "no occurrences".into(),
        Outcome::NotTested => "not tested".into(),
    }
}

/// Strength of evidence as a small meter with its word: filled as delivered, outlined up to the ceiling.
pub(super) fn strength(question: &QuestionAnswer) -> String {
    let steps = |s: Strength| match s {
        Strength::None => 0,
        Strength::Weak => 1,
        Strength::Partial => 2,
        Strength::Strong => 3,
    };
    let (have, most) = (steps(question.strength), steps(question.ceiling));
    let mut out = String::from("<span class=\"chip\"><span class=\"meter\" aria-hidden=\"true\">");
    for step in 1..=3 {
        let class = if step <= have {
            "on"
        } else if step <= most {
            "can"
        } else {
            "no"
        };
        put!(out, "<i class=\"{class}\"></i>");
    }
    put!(out, "</span>evidence: {}</span>", question.strength.word());
    out
}

/// "7 Security" as number and title; headings without a number have an empty one.
pub fn split_number(text: &str) -> (&str, &str) {
    match text.split_once(' ') {
        Some((number, title))
            if number.len() <= 4
                && (number.bytes().all(|b| b.is_ascii_digit())
                    || (number.starts_with(|c: char| c.is_ascii_uppercase()) && number.bytes().skip(1).all(|b| b.is_ascii_digit()))) =>
        {
            (number, title)
        }
        _ => ("", text),
    }
}
