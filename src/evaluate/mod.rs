//! Runs controls, extracts and metrics over the store. All SQL runs here, and only after
//! [`crate::catalogue::sql`] has looked at it.

mod alone;
pub mod cases;
pub mod control;
pub mod grid;
pub mod metric;
pub mod moves;
mod results;
pub mod selected;
pub mod tables;
mod unread;
mod validity;
pub mod versions;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use polars::prelude::*;
use thiserror::Error;

use crate::base::help::Help;
use crate::base::parallel::on_all_cores;
use crate::catalogue::sql::{BURSTS, Query, SELECTED};
use crate::catalogue::{Bursts, Catalogue, Control, Extract, Kind, Metric, Select, selected_tables};
use crate::facts::bursts;
use crate::facts::observation::Observation;
use crate::facts::recorded::Recorded;
use crate::reason::Reason;
use crate::store::{StoreError, parquet::frame};
pub use control::{ControlRun, ExceptionRow, UndeterminedRow};
pub use grid::{Grid, Value};
pub use metric::{ExtractRun, MetricRun, MetricValue};
use selected::Selections;
pub use tables::{Tables, Window};

/// Rows of a result with their types, as they go into a Parquet workpaper.
pub type Rows = DataFrame;

/// An evaluation that fails: its control is then not tested, with this error.
#[derive(Debug, Error)]
pub enum EvaluateError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A query cannot be run.
    #[error("{query}: {source}")]
    Query {
        /// Which query.
        query: String,
        /// What polars says.
        source: PolarsError,
    },
    /// A query is not allowed.
    #[error("{query}: {why}")]
    Refused {
        /// Which query.
        query: String,
        /// Why.
        why: String,
    },
    /// The query engine has a fault that this query meets.
    #[error("{query}: the query engine failed on this query: {why}")]
    Panic {
        /// Which query.
        query: String,
        /// What it said.
        why: String,
    },
    /// An entry of the catalogue does not fit its tables.
    #[error("{file}: {id}: {source}")]
    Entry {
        /// The file.
        file: String,
        /// The entry.
        id: String,
        /// What is wrong.
        source: Box<EvaluateError>,
    },
}

impl Help for EvaluateError {
    fn help(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Store(error) => error.help(),
            Self::Entry { source, .. } => source.help(),
            Self::Query { .. } | Self::Refused { .. } | Self::Panic { .. } => None,
        }
    }
}

fn query_error(query: &str, source: PolarsError) -> EvaluateError {
    EvaluateError::Query { query: query.to_owned(), source }
}

/// Runs something that calls polars; a panic inside becomes an error, so that it costs one control and
/// not the report.
pub(crate) fn guarded<T>(query: &str, run: impl FnOnce() -> Result<T, EvaluateError>) -> Result<T, EvaluateError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let why = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
            .unwrap_or_else(|| "no message".to_owned());
        Err(EvaluateError::Panic { query: query.to_owned(), why })
    })
}

/// Runs one SELECT and collects it.
///
/// # Errors
/// When it is not allowed, names no known table, or polars refuses it.
pub fn run_sql(tables: &Tables<'_>, name: &str, query: &Query, extra: &[(&str, DataFrame)]) -> Result<DataFrame, EvaluateError> {
    guarded(name, || {
        query.check().map_err(|why| EvaluateError::Refused { query: name.to_owned(), why })?;
        let mut context = tables.context(query, extra)?;
        let plan = context.execute(query.text()).map_err(|e| query_error(name, e))?;
        plan.collect().map_err(|e| query_error(name, e))
    })
}

/// Runs a text that is no entry's: a user's, or one made for a section.
///
/// # Errors
/// As [`run_sql`].
pub fn run_text(tables: &Tables<'_>, name: &str, text: &str, extra: &[(&str, DataFrame)]) -> Result<DataFrame, EvaluateError> {
    let query = Query::parse(text).map_err(|why| EvaluateError::Refused { query: name.to_owned(), why })?;
    run_sql(tables, name, &query, extra)
}

/// A user's query, as values.
///
/// # Errors
/// As [`run_sql`].
pub fn query(tables: &Tables<'_>, text: &str, limit: usize) -> Result<(Grid, usize), EvaluateError> {
    let frame = run_text(tables, "query", text, &[])?;
    let grid = guarded("query", || Grid::of(&frame, limit).map_err(|e| query_error("query", e)))?;
    Ok((grid, frame.height()))
}

/// Everything that came out.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// Controls by id.
    pub controls: BTreeMap<String, ControlRun>,
    /// Extracts by id.
    pub extracts: BTreeMap<String, ExtractRun>,
    /// Metrics by id.
    pub metrics: BTreeMap<String, MetricRun>,
    /// Events of exports that leave open what a measure may rest on.
    pub unstated: Unstated,
}

impl Evaluation {
    /// Evaluations that failed, by id.
    pub fn errors(&self) -> BTreeMap<&str, &str> {
        let controls = self.controls.iter().filter_map(|(id, r)| Some((id.as_str(), r.error.as_deref()?)));
        let extracts = self.extracts.iter().filter_map(|(id, r)| Some((id.as_str(), r.error.as_deref()?)));
        let metrics = self.metrics.iter().filter_map(|(id, r)| Some((id.as_str(), r.error.as_deref()?)));
        controls.chain(extracts).chain(metrics).collect()
    }
}

/// What is known about how far the evidence reaches; decides extents.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Resource types by account and Region.
    pub recorded: Arc<Recorded>,
    /// Accounts and Regions expected.
    pub expected: BTreeSet<(String, String)>,
    /// Whether anyone said what to expect.
    pub expected_known: bool,
    /// Accounts and Regions with configuration items.
    pub config: BTreeSet<(String, String)>,
    /// Resource types with any item.
    pub types: BTreeSet<String>,
    /// Why events do not cover the whole period; empty when they do.
    pub event_gaps: Vec<Reason>,
    /// Events in the period.
    pub events: u64,
    /// Of which times all events are here.
    pub observation: Arc<Observation>,
    /// Events of exports that leave open what a measure may rest on.
    pub unstated: Unstated,
}

/// Events of the period whose export has no column for what decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unstated {
    /// Whether they succeeded is not known.
    pub outcome: u64,
    /// What kind of identity acted is not known.
    pub identity: u64,
}

impl Unstated {
    /// Counts them.
    ///
    /// # Errors
    /// When the rollup of activity cannot be read.
    pub fn read(tables: &Tables<'_>) -> Result<Self, EvaluateError> {
        let text = "SELECT SUM(CASE WHEN outcome = 'unknown' THEN events ELSE 0 END) AS outcome, \
                    SUM(CASE WHEN user_identity_type IS NULL AND actor_class = 'unknown' THEN events ELSE 0 END) AS identity FROM activity";
        let frame = run_text(tables, "what exports leave open", text, &[])?;
        let grid = Grid::of(&frame, 1).map_err(|e| query_error("what exports leave open", e))?;
        let count = |name: &str| match grid.rows.first().map(|row| grid.get(row, &[name])) {
            Some(grid::Value::Int(n)) => u64::try_from(*n).unwrap_or(0),
            _ => 0,
        };
        Ok(Self { outcome: count("outcome"), identity: count("identity") })
    }

    /// Events that a query cannot place: it tests a column that their export does not have.
    pub fn of(self, select: Option<&crate::catalogue::Select>, queries: &[&Query]) -> Option<Reason> {
        let condition = select.and_then(|select| select.condition.as_ref());
        let tests = |name: &str| queries.iter().any(|q| q.tested().contains(name)) || condition.is_some_and(|c| c.columns().contains(name));
        let outcome = if tests("outcome") { self.outcome } else { 0 };
        let who = ["user_identity_type", "actor_class", "is_service_noise", "made_by_service"].into_iter().any(tests);
        let events = outcome.max(if who { self.identity } else { 0 });
        (events > 0).then_some(Reason::ValuesNotStated { events })
    }
}

/// Evaluates the whole catalogue. `progress` is told how many entries are done.
///
/// # Errors
/// When the events cannot be read. What fails in one entry is kept in its result.
pub fn evaluate(
    catalogue: &Catalogue,
    tables: &Tables<'_>,
    reach: &Reach,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Evaluation, EvaluateError> {
    let selections = Selections::read(catalogue, tables)?;
    let total = catalogue.controls.len() + catalogue.drawn().count() + catalogue.metrics.len();
    let done = AtomicUsize::new(0);
    let step = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
    // Entries know nothing of one another, so all cores work on them.
    let controls: Vec<&Control> = catalogue.controls.values().collect();
    let controls = on_all_cores(&controls, |control| {
        let run = match extra(control.select.as_ref(), control.bursts.as_ref(), &selections, &control.id) {
            Ok(extra) => control::run(control, catalogue, tables, reach, &extra),
            Err(error) => ControlRun::failed(&error),
        };
        step();
        (control.id.clone(), run)
    });
    let draw = |extracts: Vec<&Extract>| -> BTreeMap<String, ExtractRun> {
        let runs = on_all_cores(&extracts, |extract| {
            let run = match extra(extract.select.as_ref(), extract.bursts.as_ref(), &selections, &extract.id) {
                Ok(extra) => metric::extract(extract, catalogue, tables, reach, &extra),
                Err(error) => ExtractRun::failed(&error),
            };
            step();
            (extract.id.clone(), run)
        });
        runs.into_iter().collect()
    };
    let mut extracts = draw(catalogue.extracts.values().collect());
    let metrics: Vec<&Metric> = catalogue.metrics.values().collect();
    let metrics = on_all_cores(&metrics, |metric| {
        let run = match extra(metric.select.as_ref(), None, &selections, &metric.id) {
            Ok(extra) => metric::metric(metric, catalogue, tables, reach, &extra),
            Err(error) => MetricRun::failed(&error),
        };
        step();
        (metric.id.clone(), run)
    });
    let metrics: BTreeMap<String, MetricRun> = metrics.into_iter().collect();
    // Topics read results, too.
    for batch in results::tables(catalogue, tables, &metrics)? {
        tables.add(&batch).map_err(|e| query_error(&batch.table().name, e))?;
    }
    extracts.append(&mut draw(catalogue.topic_queries().collect()));
    let known = tables.actors()?;
    let named = controls.into_iter().map(|(id, mut run)| {
        run.name_actors(&known);
        (id, run)
    });
    Ok(Evaluation { controls: named.collect(), unstated: reach.unstated, extracts, metrics })
}

/// The tables only one entry sees.
fn extra(
    select: Option<&Select>,
    wanted: Option<&Bursts>,
    selections: &Selections,
    id: &str,
) -> Result<Vec<(&'static str, DataFrame)>, EvaluateError> {
    let Some(_) = select else { return Ok(Vec::new()) };
    let rows = selections.take(id)?;
    let mut extra = Vec::new();
    if let Some(b) = wanted {
        let found = guarded("bursts", || bursts::bursts(&rows, b.wanted()).map_err(|e| query_error("bursts", e)))?;
        extra.push((BURSTS, found));
    }
    extra.push((SELECTED, rows));
    Ok(extra)
}

fn no_events(catalogue: &Catalogue) -> DataFrame {
    catalogue.schema.table("cloudtrail_events").map(|t| frame::empty(&t.all_columns())).unwrap_or_default()
}

/// The tables only one entry sees, empty.
fn empty_extra(catalogue: &Catalogue, select: Option<&Select>, wanted: Option<&Bursts>) -> Vec<(&'static str, DataFrame)> {
    selected_tables(select, wanted)
        .into_iter()
        .map(|name| (name, if name == BURSTS { wanted.map(|b| bursts::empty(&b.keys)).unwrap_or_default() } else { no_events(catalogue) }))
        .collect()
}

/// Plans every query on empty tables, so that a wrong column stops the load and not the report.
///
/// # Errors
/// On the first query that does not fit the declared tables.
pub fn plan(catalogue: &Catalogue) -> Result<(), EvaluateError> {
    let tables = Tables::empty(Arc::clone(&catalogue.schema));
    let extra = |select: Option<&Select>, wanted: Option<&Bursts>| empty_extra(catalogue, select, wanted);
    for c in catalogue.controls.values() {
        let wrap = |source| EvaluateError::Entry { file: c.origin.file.clone(), id: c.id.clone(), source: Box::new(source) };
        if let Some(condition) = c.select.as_ref().and_then(|s| s.condition.as_ref()) {
            selected::filter(no_events(catalogue), condition).map_err(wrap)?;
        }
        let population = run_sql(&tables, "population", &c.population, &extra(c.select.as_ref(), c.bursts.as_ref())).map_err(wrap)?;
        control::judge(&population, c).map_err(wrap)?;
    }
    for x in catalogue.drawn() {
        let wrap = |source| EvaluateError::Entry { file: x.origin.file.clone(), id: x.id.clone(), source: Box::new(source) };
        metric::ordered(&tables, "query", &x.query, &extra(x.select.as_ref(), x.bursts.as_ref())).map_err(wrap)?;
    }
    for m in catalogue.metrics.values() {
        let wrap = |source| EvaluateError::Entry { file: m.origin.file.clone(), id: m.id.clone(), source: Box::new(source) };
        for (name, text) in m.queries() {
            metric::ordered(&tables, name, text, &extra(m.select.as_ref(), None)).map_err(wrap)?;
        }
    }
    Ok(())
}

/// Writes a frame as Parquet, for workpapers.
///
/// # Errors
/// When the file cannot be written.
pub fn write_parquet(rows: &DataFrame, path: &Path) -> Result<(), StoreError> {
    let mut writer = frame::Writer::of(path, rows)?;
    writer.write(rows)?;
    writer.finish()
}

/// Whether an entry looks at events: it selects some, or reads a rollup of them.
pub(crate) fn reads_events(kind: Kind, select: Option<&Select>, queries: &[&Query]) -> bool {
    select.is_some() || kind == Kind::Events || queries.iter().any(|query| query.reads_events())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::check::result_columns;

    #[test]
    fn every_query_of_the_catalogue_fits_the_declared_tables() {
        super::plan(&Catalogue::load(None).unwrap()).unwrap();
    }

    #[test]
    fn results_hold_the_columns_that_the_text_asks_for_in_that_order() {
        let catalogue = Catalogue::load(None).unwrap();
        let tables = Tables::empty(std::sync::Arc::clone(&catalogue.schema));
        let same = |id: &str, query: &Query, select: Option<&Select>, wanted: Option<&Bursts>| {
            let rows = run_sql(&tables, id, query, &empty_extra(&catalogue, select, wanted)).unwrap();
            let found: Vec<&str> = rows.get_column_names().into_iter().map(PlSmallStr::as_str).collect();
            assert_eq!(found, result_columns(&catalogue, query, wanted).unwrap(), "{id}");
        };
        for c in catalogue.controls.values() {
            same(&c.id, &c.population, c.select.as_ref(), c.bursts.as_ref());
        }
        for x in catalogue.drawn() {
            same(&x.id, &x.query, x.select.as_ref(), x.bursts.as_ref());
        }
        for m in catalogue.metrics.values() {
            m.queries().into_iter().for_each(|(_, query)| same(&m.id, query, m.select.as_ref(), None));
        }
    }
}
