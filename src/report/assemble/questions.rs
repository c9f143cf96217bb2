//! Assembles a pillar: its questions answered, its metrics and controls.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{Input, piece, represented, words};
use crate::catalogue::Kind;
use crate::catalogue::frameworks::{QuestionKind, SeedQuestion};
use crate::evaluate::questions::QuestionRun;
use crate::evaluate::represented::unknown;
use crate::outcome::{Extent, Outcome};
use crate::report::Wording;
use crate::report::model::{
    Chart, ChartData, ControlResult, Evidence, MetricResult, OutcomeCounts, Part, PillarSection, QuestionAnswer, Tone,
};

/// Measures listed, unless more bear on a question; all stand in the appendix.
const MEASURES: usize = 24;
/// Breakdowns of measures drawn in a pillar.
const BREAKDOWNS: usize = 2;

/// The section of one pillar.
pub(super) fn pillar(
    input: &Input<'_>,
    (id, title): (&str, &str),
    runs: &BTreeMap<String, QuestionRun>,
    controls: &BTreeMap<String, ControlResult>,
    metrics: &BTreeMap<String, MetricResult>,
    charts: &mut BTreeMap<String, Chart>,
) -> PillarSection {
    let mut own: Vec<&ControlResult> = controls.values().filter(|c| c.pillar == id).collect();
    own.sort_by(|a, b| (a.severity, &a.id).cmp(&(b.severity, &b.id)));
    let of = |outcomes: &[Outcome]| own.iter().filter(|c| outcomes.contains(&c.result)).map(|c| c.id.clone()).collect::<Vec<_>>();
    let count = |outcome: Outcome| own.iter().filter(|c| c.result == outcome).count() as u64;
    let asked: Vec<_> = input.catalogue.frameworks.questions.iter().filter(|q| q.pillar == id).collect();
    let answers = |kind: QuestionKind| -> Vec<QuestionAnswer> {
        asked.iter().filter(|q| q.kind == kind).filter_map(|q| Some(answer(input, controls, q, runs.get(&q.id)?))).collect()
    };
    let counts = OutcomeCounts {
        exceptions_noted: count(Outcome::ExceptionsNoted),
        no_exceptions_noted: count(Outcome::NoExceptionsNoted),
        no_occurrences: count(Outcome::NoOccurrences),
        not_tested: count(Outcome::NotTested),
        partial: own.iter().filter(|c| c.extent == Extent::Partial).count() as u64,
    };
    let leads = asked.iter().flat_map(|q| q.lead.iter().map(String::as_str));
    let shown = measures(id, leads.chain(asked.iter().flat_map(|q| q.evidence())), metrics);
    let drawn = draw(input.wording, id, title, &counts, &shown, metrics, charts);
    PillarSection {
        id: id.to_owned(),
        title: title.to_owned(),
        counts,
        key_question: answers(QuestionKind::Key).into_iter().next().unwrap_or_default(),
        questions: answers(QuestionKind::Question),
        metrics: shown,
        charts: drawn,
        exceptions: of(&[Outcome::ExceptionsNoted]),
        clean: of(&[Outcome::NoExceptionsNoted, Outcome::NoOccurrences]),
        not_tested: of(&[Outcome::NotTested]),
        limited_over_events: limited_over_events(input, &own),
        unknown_names: unknown(input.catalogue, input.engagement)
            .into_iter()
            .filter(|name| asked.iter().any(|q| q.id == name.about))
            .collect(),
        tables: Vec::new(),
    }
}

/// Measures of the pillar that were determined: those that lead an answer first, then its evidence, then, where the list
/// stays readable, the others.
fn measures<'l>(pillar: &str, evidence: impl Iterator<Item = &'l str>, metrics: &'l BTreeMap<String, MetricResult>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let of_pillar = |id: &&str| metrics.get(*id).is_some_and(|m| m.pillar == pillar && !m.values.is_empty());
    let mut shown: Vec<String> = evidence.filter(of_pillar).filter(|id| seen.insert((*id).to_owned())).map(str::to_owned).collect();
    let others: Vec<String> =
        metrics.keys().map(String::as_str).filter(of_pillar).filter(|id| !seen.contains(*id)).map(str::to_owned).collect();
    if shown.len() + others.len() <= MEASURES {
        shown.extend(others);
    }
    shown
}

/// The breakdowns of the measures that lead; a ring of results where one half would stay empty.
fn draw(
    wording: &Wording,
    id: &str,
    title: &str,
    counts: &OutcomeCounts,
    shown: &[String],
    metrics: &BTreeMap<String, MetricResult>,
    charts: &mut BTreeMap<String, Chart>,
) -> Vec<String> {
    let mut drawn = Vec::new();
    let breakdowns: Vec<String> =
        shown.iter().filter_map(|m| metrics.get(m)?.chart.clone()).filter(|c| charts.contains_key(c)).take(BREAKDOWNS).collect();
    if breakdowns.len() == 1
        && let Some(chart) = results(wording, id, title, counts)
    {
        drawn.push(chart.id.clone());
        charts.insert(chart.id.clone(), chart);
    }
    drawn.extend(breakdowns);
    drawn
}

/// Controls by result.
#[expect(clippy::cast_precision_loss, reason = "for drawing")]
fn results(wording: &Wording, id: &str, title: &str, counts: &OutcomeCounts) -> Option<Chart> {
    let part =
        |outcome: Outcome, n: u64, tone: Tone| Part { name: outcome.words().to_owned(), value: n as f64, text: words::thousands(n), tone };
    let parts: Vec<Part> = [
        part(Outcome::ExceptionsNoted, counts.exceptions_noted, Tone::Critical),
        part(Outcome::NoExceptionsNoted, counts.no_exceptions_noted, Tone::Good),
        part(Outcome::NoOccurrences, counts.no_occurrences, Tone::C3),
        part(Outcome::NotTested, counts.not_tested, Tone::None),
    ]
    .into_iter()
    .filter(|p| p.value > 0.0)
    .collect();
    let all = counts.exceptions_noted + counts.no_exceptions_noted + counts.no_occurrences + counts.not_tested;
    let named: Vec<_> = parts.iter().map(|p| json!({"name": p.name, "text": p.text})).collect();
    (all > 0).then(|| Chart {
        id: format!("results-{id}"),
        title: wording.said("by_result_title", &json!({ "title": title })),
        caption: String::new(),
        alt: wording.said("by_result", &json!({"all": all, "parts": named})),
        unit: wording.labels.words.controls.clone(),
        half: true,
        data: ChartData::Donut { parts, centre: words::thousands(all) },
    })
}

/// Controls over events that events which do not cover the period limit.
fn limited_over_events(input: &Input<'_>, own: &[&ControlResult]) -> u64 {
    if input.scope.event_gaps().is_empty() {
        return 0;
    }
    let over_events =
        |c: &&&ControlResult| input.catalogue.controls.get(&c.id).is_some_and(|k| k.origin.kind == Kind::Events || k.select.is_some());
    own.iter().filter(over_events).filter(|c| c.extent != Extent::Full).count() as u64
}

/// The question with what its answer is made of.
fn answer(input: &Input<'_>, controls: &BTreeMap<String, ControlResult>, q: &SeedQuestion, run: &QuestionRun) -> QuestionAnswer {
    let evidence = run.evidence.iter().filter_map(|(role, b)| Some(Evidence { role: *role, piece: piece::of(input, controls, &b.entry)? }));
    QuestionAnswer {
        id: q.id.clone(),
        question: q.question.clone(),
        strength: run.strength,
        ceiling: q.strength,
        strength_reasons: run.strength_reasons.clone(),
        evidence: evidence.collect(),
        left_to_represent: q.left_for_representation.clone(),
        representation: represented::about_question(input, controls, &q.id, run.said.as_ref()),
    }
}
