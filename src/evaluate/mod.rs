//! Runs controls, extracts and metrics over the store. All SQL runs here, and only after
//! [`crate::catalogue::sql`] has looked at it.

mod alone;
mod bearing;
pub mod cases;
pub mod control;
mod error;
mod frameworks;
pub mod grid;
mod marks;
pub mod metric;
mod missing;
mod moves;
mod part_scan;
pub mod practices;
mod queries;
pub mod questions;
mod reach;
pub mod represented;
mod results;
mod rows;
pub mod selected;
mod standing;
mod subjects;
pub mod tables;
mod unread;
mod validity;
pub mod verdict;
pub mod versions;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use polars::prelude::*;

use crate::base::parallel::on_all_cores;
use crate::catalogue::sql::{BURSTS, SELECTED};
use crate::catalogue::{Bursts, Catalogue, Control, Extract, Metric, Select, selected_tables};
use crate::engagement::Engagement;
use crate::facts::bursts;
use crate::store::{StoreError, parquet::frame};
pub use bearing::Bearing;
pub use error::EvaluateError;
use error::{guarded, query_error};
pub use grid::{Grid, Value};
use marks::Marks;
pub use metric::{ExtractRun, MetricRun, MetricValue};
pub use queries::{query, run_sql, run_text};
pub use reach::{Reach, Unstated};
pub use rows::{ControlRun, ExceptionRow, UndeterminedRow};
use selected::Selections;
pub use tables::{Tables, Window};
pub use verdict::Verdict;

/// Rows of a result with their types, as they go into a Parquet workpaper.
pub type Rows = DataFrame;

/// Everything that came out.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// Controls by id.
    pub controls: BTreeMap<String, ControlRun>,
    /// Extracts by id.
    pub extracts: BTreeMap<String, ExtractRun>,
    /// Metrics by id.
    pub metrics: BTreeMap<String, MetricRun>,
    /// Well-Architected practices, in the framework's order.
    pub practices: Vec<practices::PracticeRun>,
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

/// Everything evaluated but the queries of topics, which read what the entries came to and what was concluded from that.
pub struct Entries {
    /// What came out of the entries.
    pub evaluation: Evaluation,
    /// Events that the queries of topics select.
    selections: Selections,
}

/// Evaluates all entries of the catalogue, and puts what they came to in place as tables. `progress` is told how many are done.
///
/// # Errors
/// When the events cannot be read. What fails in one entry is kept in its result.
pub fn entries(
    catalogue: &Catalogue,
    engagement: &Engagement,
    tables: &Tables<'_>,
    reach: &Reach,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Entries, EvaluateError> {
    let selections = Selections::read(catalogue, tables)?;
    let total = catalogue.controls.len() + catalogue.extracts.len() + catalogue.metrics.len();
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
    let extracts = draw(catalogue.extracts.values().collect(), catalogue, tables, reach, &selections, &step);
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
    let of_controls = controls.iter().map(|(id, run)| (id.as_str(), run)).collect();
    let known = frameworks::Results { controls: &of_controls, metrics: &metrics, extracts: &extracts };
    let made = results::tables(catalogue, tables, &metrics)?;
    let practices = practices::judge(catalogue, engagement, &known);
    let of_practices = practices::tables(catalogue, engagement, &practices);
    for batch in made.into_iter().chain(frameworks::tables(catalogue, tables, &known)?).chain(of_practices) {
        tables.add(&batch).map_err(|e| query_error(&batch.table().name, e))?;
    }
    let known = tables.actors()?;
    let mut controls = controls;
    let marks = Marks::read(tables, &controls)?;
    for row in controls.iter_mut().flat_map(|(_, run)| &mut run.rows).filter(|row| row.time.is_some()) {
        row.who = marks.who(row, &known);
    }
    let evaluation = Evaluation { controls: controls.into_iter().collect(), extracts, metrics, practices };
    Ok(Entries { evaluation, selections })
}

impl Entries {
    /// Runs the queries of topics over the tables as they now are, and adds them to the extracts.
    pub fn with_topics(self, catalogue: &Catalogue, tables: &Tables<'_>, reach: &Reach) -> Evaluation {
        let Self { mut evaluation, selections } = self;
        evaluation.extracts.append(&mut draw(catalogue.topic_queries().collect(), catalogue, tables, reach, &selections, &|| ()));
        evaluation
    }
}

fn draw(
    extracts: Vec<&Extract>,
    catalogue: &Catalogue,
    tables: &Tables<'_>,
    reach: &Reach,
    selections: &Selections,
    step: &(dyn Fn() + Sync),
) -> BTreeMap<String, ExtractRun> {
    let runs = on_all_cores(&extracts, |extract| {
        let run = match extra(extract.select.as_ref(), extract.bursts.as_ref(), selections, &extract.id) {
            Ok(extra) => metric::extract(extract, catalogue, tables, reach, &extra),
            Err(error) => ExtractRun::failed(&error),
        };
        step();
        (extract.id.clone(), run)
    });
    runs.into_iter().collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::check::result_columns;
    use crate::catalogue::sql::Query;

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
