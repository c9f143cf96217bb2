//! Assembles Well-Architected practices and questions.
//!
//! The rule (printed): automated evidence contradicts a practice when a control of high or critical severity that bears on
//! it has exceptions, waived or not; it supports one when a control that bears on it was tested without exceptions and
//! none has any. What lies between is undecided, never supported; what nothing delivered bears on is without evidence.

mod practices;

use std::collections::BTreeMap;

use super::{Input, questions::standing, words};
use crate::catalogue::PILLARS;
use crate::catalogue::frameworks::Risk;
use crate::report::model::{
    Bar, Cell, Chart, ChartData, Column, Conflict, ControlResult, PracticeStatus, QuestionRisk, SeriesKey, Statement, StatementTone, Table,
    Tone, WellArchitected,
};
use crate::report::tables::{self, PracticeLine};
pub(super) use practices::Judged;

/// Pieces of evidence named in a row.
const NAMED: usize = 4;

/// The section.
pub(super) fn section(
    input: &Input<'_>,
    controls: &BTreeMap<String, ControlResult>,
    charts: &mut BTreeMap<String, Chart>,
) -> WellArchitected {
    let judged = practices::judge(input, controls);
    let frameworks = &input.catalogue.frameworks;
    let pillars: Vec<(&str, &str)> = PILLARS.into_iter().filter(|(id, _)| input.profile.has_cost() || *id != "cost_optimization").collect();
    let lines: Vec<PracticeLine> = pillars
        .iter()
        .map(|(id, title)| {
            let own: Vec<&Judged<'_>> = judged.iter().filter(|j| j.question.pillar == *id).collect();
            let mut line = PracticeLine { pillar: (*title).to_owned(), practices: own.len() as u64, ..PracticeLine::default() };
            for j in &own {
                line.by_status[status_index(j.status)] += 1;
            }
            for q in frameworks.well_architected.iter().filter(|q| q.pillar == *id) {
                line.by_risk[risk_index(risk(input, &q.id, &judged))] += 1;
            }
            line
        })
        .collect();
    let chart = chart(&lines);
    let drawn = vec![chart.id.clone()];
    charts.insert(chart.id.clone(), chart);
    let all = frameworks.well_architected.iter().map(|q| q.practices.len()).sum::<usize>();
    WellArchitected {
        version: format!(
            "Framework as published 2026-05-20: {} questions, {} practices, named here in our own words.",
            words::thousands(frameworks.well_architected.len() as u64),
            words::thousands(all as u64)
        ),
        by_pillar: tables::practices_by_pillar(&lines),
        questions: question_table(input, &judged, &pillars),
        practices: practice_table(input, &judged, &pillars),
        charts: drawn,
        statements: statements(&judged),
    }
}

/// Representations about practices that evidence contradicts, for the summary.
pub(super) fn conflicts(input: &Input<'_>, controls: &BTreeMap<String, ControlResult>) -> Vec<Conflict> {
    practices::judge(input, controls)
        .iter()
        .filter_map(|j| {
            let said = j.said.as_ref().filter(|said| !said.conflict.is_empty())?;
            Some(Conflict {
                about: format!("{} {}", j.practice.id, j.practice.title),
                representation: said.representation.clone(),
                evidence: said.conflict.clone(),
                href: Some("section:well_architected".to_owned()),
            })
        })
        .collect()
}

/// Every practice with its status and what bears on it, for a workpaper: practice, pillar, title, published risk, status,
/// what bears on it.
pub(super) fn rows(input: &Input<'_>, controls: &BTreeMap<String, ControlResult>) -> Vec<[String; 6]> {
    practices::judge(input, controls)
        .iter()
        .map(|j| {
            let pieces: Vec<String> = j.pieces.iter().map(|p| format!("{}: {}", p.id, p.text)).collect();
            [&j.practice.id, &j.question.pillar, &j.practice.title, j.practice.risk.word(), j.status.words(), &pieces.join("; ")]
                .map(|t: &str| t.to_owned())
        })
        .collect()
}

fn status_index(status: PracticeStatus) -> usize {
    match status {
        PracticeStatus::Contradicted => 0,
        PracticeStatus::Supported => 1,
        PracticeStatus::Represented => 2,
        PracticeStatus::Undecided => 3,
        PracticeStatus::WithoutEvidence => 4,
    }
}

fn risk_index(risk: QuestionRisk) -> usize {
    match risk {
        QuestionRisk::High => 0,
        QuestionRisk::Medium => 1,
        QuestionRisk::Low => 2,
        QuestionRisk::Unanswered => 3,
        QuestionRisk::None => 4,
        QuestionRisk::NotApplicable => 5,
    }
}

/// Our risk of a question from its practices.
fn risk(input: &Input<'_>, question: &str, judged: &[Judged<'_>]) -> QuestionRisk {
    let statuses = judged.iter().filter(|j| j.question.id == question).map(|j| (j.practice.risk, j.status));
    let not_applicable = input
        .engagement
        .representation
        .iter()
        .any(|r| r.id == question && r.statement.trim_start().to_ascii_lowercase().starts_with("not applicable"));
    risk_of(statuses, not_applicable)
}

fn risk_of(practices: impl Iterator<Item = (Risk, PracticeStatus)>, not_applicable: bool) -> QuestionRisk {
    let practices: Vec<_> = practices.collect();
    let contradicted = practices.iter().filter(|(_, s)| *s == PracticeStatus::Contradicted).map(|(r, _)| *r).min();
    match contradicted {
        Some(Risk::High) => QuestionRisk::High,
        Some(Risk::Medium) => QuestionRisk::Medium,
        Some(Risk::Low) => QuestionRisk::Low,
        None if not_applicable => QuestionRisk::NotApplicable,
        None if practices.iter().any(|(_, s)| matches!(s, PracticeStatus::Undecided | PracticeStatus::WithoutEvidence)) => {
            QuestionRisk::Unanswered
        }
        None => QuestionRisk::None,
    }
}

fn question_table(input: &Input<'_>, judged: &[Judged<'_>], pillars: &[(&str, &str)]) -> Table {
    let mut table = Table::new(
        "wa-questions",
        "Questions with our question risk, and their practices by status",
        vec![
            Column::code("Question"),
            Column::text("Subject"),
            Column::result("Our risk"),
            Column::number("Practices"),
            Column::number("Contradicted"),
            Column::number("Supported"),
            Column::number("Represented"),
            Column::number("Undecided"),
            Column::number("Without evidence"),
        ],
    );
    for q in input.catalogue.frameworks.well_architected.iter().filter(|q| pillars.iter().any(|(id, _)| *id == q.pillar)) {
        let own: Vec<&Judged<'_>> = judged.iter().filter(|j| j.question.id == q.id).collect();
        let count = |status: PracticeStatus| Cell::count(own.iter().filter(|j| j.status == status).count() as u64);
        table.push(vec![
            Cell::text(&q.id),
            Cell::text(&q.title),
            Cell::text(risk(input, &q.id, judged).words()),
            Cell::count(own.len() as u64),
            count(PracticeStatus::Contradicted),
            count(PracticeStatus::Supported),
            count(PracticeStatus::Represented),
            count(PracticeStatus::Undecided),
            count(PracticeStatus::WithoutEvidence),
        ]);
    }
    table.interactive = true;
    table
}

fn practice_table(input: &Input<'_>, judged: &[Judged<'_>], pillars: &[(&str, &str)]) -> Table {
    let mut table = Table::new(
        "wa-practices",
        "Practices contradicted, represented, or undecided because what bears on them shows exceptions of lower severity",
        vec![
            Column::code("Practice"),
            Column::text("Subject"),
            Column::text("Risk if absent"),
            Column::result("Status"),
            Column::text("What bears on it"),
        ],
    )
    .or_empty("No practice is contradicted, represented or undecided for exceptions.");
    let shown = |j: &&Judged<'_>| {
        pillars.iter().any(|(id, _)| *id == j.question.pillar)
            && (matches!(j.status, PracticeStatus::Contradicted | PracticeStatus::Represented)
                || j.undecided == Some(practices::Undecided::LowerSeverity))
    };
    let mut rows: Vec<&Judged<'_>> = judged.iter().filter(shown).collect();
    // Contradicted first, of high risk first; otherwise the framework's order.
    rows.sort_by_key(|j| (status_index(j.status), j.practice.risk));
    for j in rows {
        let mut pieces: Vec<&super::questions::piece::Piece> = j.pieces.iter().collect();
        pieces.sort_by_key(|p| practices::weight(p));
        let mut text: Vec<String> = pieces.iter().take(NAMED).map(|p| format!("{}: {}", p.id, p.text)).collect();
        if pieces.len() > NAMED {
            text.push(format!("and {} more", pieces.len() - NAMED));
        }
        if let Some(said) = &j.said {
            text.insert(0, format!("{}, {}: “{}”", said.representation.who, said.representation.when, said.representation.text));
        }
        let bears = Cell::text(text.join("; "));
        table.push(vec![
            Cell::text(&j.practice.id),
            Cell::text(&j.practice.title),
            Cell::text(j.practice.risk.word()),
            Cell::text(j.status.words()),
            match pieces.first() {
                Some(first) => bears.link(&first.href),
                None => bears,
            },
        ]);
    }
    table.interactive = true;
    if let Some(path) = ["workpapers/practices.csv"].into_iter().find(|p| input.workpapers.contains_key(*p)) {
        table = table.in_workpaper(path);
        table.total = judged.len() as u64;
    }
    table
}

/// Practices by status and pillar.
#[expect(clippy::cast_precision_loss, reason = "for drawing")]
fn chart(lines: &[PracticeLine]) -> Chart {
    let bars: Vec<Bar> = lines
        .iter()
        .map(|l| Bar {
            label: l.pillar.clone(),
            parts: l.by_status.iter().map(|n| *n as f64).collect(),
            text: format!("of {}", words::thousands(l.practices)),
        })
        .collect();
    let alt: Vec<String> = lines
        .iter()
        .map(|l| {
            format!(
                "{} {} contradicted, {} supported, {} represented, {} undecided of {}",
                l.pillar, l.by_status[0], l.by_status[1], l.by_status[2], l.by_status[3], l.practices
            )
        })
        .collect();
    Chart {
        id: "practices-by-pillar".to_owned(),
        title: "Best practices by what the evidence says".to_owned(),
        caption: "Grey is left to inquiry: nothing in these exports decides it.".to_owned(),
        alt: format!("Practices by pillar. {}.", alt.join("; ")),
        unit: "practices".to_owned(),
        half: false,
        data: ChartData::Bars {
            series: vec![
                SeriesKey::new("contradicted", Tone::Critical),
                SeriesKey::new("supported", Tone::Good),
                SeriesKey::new("represented", Tone::C3),
                SeriesKey::new("undecided", Tone::C2),
                SeriesKey::new("without evidence", Tone::None),
            ],
            bars,
        },
    }
}

fn statements(judged: &[Judged<'_>]) -> Vec<Statement> {
    use practices::Undecided::{LowerSeverity, NotConcluded, NotTested};
    let mut all = Vec::new();
    for (status, what, parts) in [
        (
            PracticeStatus::Undecided,
            "undecided",
            [
                (
                    Some(LowerSeverity),
                    "has exceptions of medium or lower severity, or a measure that misses its target",
                    "have exceptions of medium or lower severity, or a measure that misses its target",
                ),
                (
                    Some(NotConcluded),
                    "has rows or figures from which nothing is concluded",
                    "have rows or figures from which nothing is concluded",
                ),
            ],
        ),
        (
            PracticeStatus::WithoutEvidence,
            "without evidence",
            [
                (
                    Some(NotTested),
                    "has tests that could not be made with what was delivered",
                    "have tests that could not be made with what was delivered",
                ),
                (None, "has nothing in exports of these kinds", "have nothing in exports of these kinds"),
            ],
        ),
    ] {
        let of = |why| judged.iter().filter(|j| j.status == status && j.undecided == why).count() as u64;
        let named: Vec<String> = parts
            .iter()
            .filter(|(why, ..)| of(*why) > 0)
            .map(|(why, one, many)| format!("{} {}", words::thousands(of(*why)), if of(*why) == 1 { one } else { many }))
            .collect();
        if !named.is_empty() {
            let sum = judged.iter().filter(|j| j.status == status).count() as u64;
            all.push(Statement::plain(format!("Of the {} {what}, {}.", words::count(sum, "practice", "practices"), named.join(", "))));
        }
    }
    for j in judged {
        let Some(said) = &j.said else { continue };
        match said.conflict.as_slice() {
            [] => all.push(Statement { href: None, ..standing(&j.practice.id, "", said) }),
            conflict => all.push(Statement::new(
                StatementTone::Caution,
                format!("Evidence contradicts what management represents about {}", j.practice.id),
                format!(
                    "“{}” ({}, {}). {}.",
                    said.representation.text,
                    said.representation.who,
                    said.representation.when,
                    conflict.join("; ")
                ),
            )),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_risk_of_a_question_follows_the_rule() {
        use PracticeStatus::{Contradicted, Represented, Supported, Undecided, WithoutEvidence};
        let of = |list: &[(Risk, PracticeStatus)]| risk_of(list.iter().copied(), false);
        assert_eq!(of(&[(Risk::Low, Contradicted), (Risk::High, Contradicted), (Risk::Medium, Supported)]), QuestionRisk::High);
        assert_eq!(of(&[(Risk::High, WithoutEvidence), (Risk::Medium, Contradicted)]), QuestionRisk::Medium);
        assert_eq!(of(&[(Risk::Low, Contradicted)]), QuestionRisk::Low);
        assert_eq!(of(&[(Risk::High, Supported), (Risk::Low, WithoutEvidence)]), QuestionRisk::Unanswered);
        assert_eq!(of(&[(Risk::High, Supported), (Risk::Low, Undecided)]), QuestionRisk::Unanswered);
        assert_eq!(of(&[(Risk::High, Supported), (Risk::Low, Represented)]), QuestionRisk::None);
        assert_eq!(risk_of([(Risk::High, WithoutEvidence)].into_iter(), true), QuestionRisk::NotApplicable);
        assert_eq!(risk_of([(Risk::High, Contradicted)].into_iter(), true), QuestionRisk::High, "evidence outranks words");
    }
}
