//! Criteria of frameworks, and what the entries that bear on them came to, as tables for the topics of the report.

use std::collections::{BTreeMap, BTreeSet};

use super::tables::Tables;
use super::{ControlRun, EvaluateError, ExtractRun, Grid, MetricRun, query_error, run_text};
use crate::base::nearest::nearest;
use crate::catalogue::{Catalogue, Control, Kind};
use crate::ingest::batch::Batch;
use crate::outcome::{Extent, Outcome, Severity};
use crate::reason::Reason;
use crate::schema::filled;
use crate::schema::row::Row as _;
use crate::schema::tables::{EntryCriteriaRow, EntryResultsRow, TrustCriteriaRow, UnknownNamesRow};

/// What is known of all entries.
pub(super) struct Results<'r> {
    pub(super) controls: &'r BTreeMap<&'r str, &'r ControlRun>,
    pub(super) metrics: &'r BTreeMap<String, MetricRun>,
    pub(super) extracts: &'r BTreeMap<String, ExtractRun>,
}

/// The tables `trust_criteria`, `entry_criteria`, `entry_results` and `unknown_names`.
///
/// # Errors
/// When the client's controls cannot be read.
pub(super) fn tables(catalogue: &Catalogue, tables: &Tables<'_>, results: &Results<'_>) -> Result<Vec<Batch>, EvaluateError> {
    let start = |name: &str| catalogue.schema.table(name).map(Batch::new);
    let (Some(criteria), Some(bearing), Some(came_to), Some(unknown)) = (
        start(TrustCriteriaRow::TABLE.name),
        start(EntryCriteriaRow::TABLE.name),
        start(EntryResultsRow::TABLE.name),
        start(UnknownNamesRow::TABLE.name),
    ) else {
        return Ok(Vec::new());
    };
    Ok(vec![
        trust_criteria(catalogue, criteria),
        entry_criteria(catalogue, bearing),
        entry_results(catalogue, results, came_to),
        unknown_names(catalogue, tables, unknown)?,
    ])
}

fn trust_criteria(catalogue: &Catalogue, mut t: Batch) -> Batch {
    for (position, criterion) in (0..).zip(&catalogue.frameworks.criteria) {
        let row = TrustCriteriaRow {
            position: Some(position),
            criterion: Some(&criterion.id),
            title: Some(&criterion.title),
            category: Some(criterion.examined_with()),
            reach: Some(criterion.automation.word()),
            elsewhere: filled(&criterion.manual_source),
            carried_by_aws: filled(&criterion.carried_by_aws),
        };
        t.push(0, &row);
    }
    t
}

fn entry_criteria(catalogue: &Catalogue, mut t: Batch) -> Batch {
    for (id, direct, context) in catalogue.bearing() {
        for (names, is_direct) in [(direct, true), (context, false)] {
            for (framework, criterion) in names.iter().filter_map(|name| name.split_once(':')) {
                let row = EntryCriteriaRow {
                    entry_id: Some(id),
                    framework: Some(framework),
                    criterion: Some(criterion),
                    is_direct: Some(is_direct),
                };
                t.push(0, &row);
            }
        }
    }
    t
}

fn entry_results(catalogue: &Catalogue, results: &Results<'_>, mut t: Batch) -> Batch {
    for control in catalogue.controls.values() {
        if let Some(run) = results.controls.get(control.id.as_str()) {
            let limits = limits(run.outcome != Outcome::NotTested, &run.reasons);
            t.push(0, &of_control(control, run, limits.as_deref()));
        }
    }
    let metrics = results.metrics.iter().filter_map(|(id, run)| {
        let is_there = run.values.iter().any(|value| value.number.is_some());
        let metric = catalogue.metrics.get(id)?;
        Some((id, "metric", (&metric.title, &metric.pillar), is_there.then_some("measured"), None, run.extent, &run.reasons, ""))
    });
    let extracts = results.extracts.iter().filter_map(|(id, run)| {
        let listed = run.rows.map(|_| "listed");
        let extract = catalogue.extracts.get(id)?;
        Some((id, "extract", (&extract.title, &extract.pillar), listed, run.rows, run.extent, &run.reasons, extract.limit_note.trim()))
    });
    for (id, kind, (title, pillar), result, rows, extent, reasons, leaves_open) in metrics.chain(extracts) {
        let limits = limits(result.is_some(), reasons);
        let row = EntryResultsRow {
            entry_id: Some(id),
            kind: Some(kind),
            title: Some(title),
            pillar: Some(pillar),
            severity: None,
            severity_position: None,
            result: Some(result.unwrap_or(Outcome::NotTested.words())),
            population: rows.and_then(int),
            exceptions: None,
            undetermined: None,
            extent: Some(if result.is_some() { extent } else { Extent::None }.word()),
            limits: limits.as_deref(),
            leaves_open: filled(leaves_open),
            deviation: None,
            reads_configuration: None,
        };
        t.push(0, &row);
    }
    t
}

fn of_control<'r>(control: &'r Control, run: &ControlRun, limits: Option<&'r str>) -> EntryResultsRow<'r> {
    EntryResultsRow {
        entry_id: Some(&control.id),
        kind: Some("control"),
        title: Some(&control.title),
        pillar: Some(&control.pillar),
        severity: Some(control.severity.word()),
        severity_position: Severity::ALL.iter().position(|severity| *severity == control.severity).and_then(|at| i64::try_from(at).ok()),
        result: Some(run.outcome.words()),
        population: int(run.population),
        exceptions: int(run.exceptions),
        undetermined: int(run.undetermined),
        extent: Some(run.extent.word()),
        limits,
        leaves_open: None,
        deviation: Some(&control.finding),
        reads_configuration: Some(control.origin.kind == Kind::Config && control.select.is_none()),
    }
}

/// The first reason: whole where nothing was tested; else in short, and what could not be decided has a column of its own.
fn limits(is_tested: bool, reasons: &[Reason]) -> Option<String> {
    if !is_tested {
        return reasons.first().map(Reason::to_string);
    }
    reasons.iter().find(|reason| !matches!(reason, Reason::Undecided { .. })).map(Reason::in_short)
}

/// Tests and criteria that controls of the client name and nothing has.
fn unknown_names(catalogue: &Catalogue, tables: &Tables<'_>, mut t: Batch) -> Result<Batch, EvaluateError> {
    let ids = catalogue.ids();
    let known: BTreeSet<&str> = catalogue.frameworks.criteria.iter().map(|criterion| criterion.id.as_str()).collect();
    for (kind, text, known) in [
        ("test", "SELECT DISTINCT entry_id AS name FROM client_control_tests WHERE entry_id IS NOT NULL ORDER BY name", &ids),
        ("criterion", "SELECT DISTINCT criterion AS name FROM client_control_criteria WHERE criterion IS NOT NULL ORDER BY name", &known),
    ] {
        let grid = Grid::of(&run_text(tables, kind, text, &[])?, usize::MAX).map_err(|e| query_error(kind, e))?;
        for name in grid.rows.iter().map(|row| grid.get(row, &["name"]).to_text()).filter(|name| !known.contains(name.as_str())) {
            let near = nearest(&name, known.iter().copied());
            t.push(0, &UnknownNamesRow { kind: Some(kind), name: Some(&name), nearest: Some(&near) });
        }
    }
    Ok(t)
}

fn int(n: u64) -> Option<i64> {
    i64::try_from(n).ok()
}
