//! The rows of events that controls look at, found in one pass over the dates of the period.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use polars::sql::SQLContext;

use super::tables::Tables;
use super::{EvaluateError, guarded, query_error};
use crate::catalogue::{Bursts, Catalogue, Select, sql};
use crate::ingest::time;
use crate::schema::Column;
use crate::store::frame;

/// The selected rows of every entry that selects.
pub struct Selections {
    columns: Vec<Column>,
    found: BTreeMap<String, Vec<DataFrame>>,
    failed: BTreeMap<String, EvaluateError>,
}

/// One entry's wish.
struct Wish<'c> {
    id: &'c str,
    select: &'c Select,
}

/// Columns every selection carries, whether its query names them or not.
const ALWAYS: [&str; 12] = [
    "event_id",
    "event_time",
    "event_epoch",
    "event_date",
    "account_id",
    "aws_region",
    "event_source",
    "event_name",
    "principal",
    "outcome",
    "source_file_id",
    "source_record",
];

impl Selections {
    /// Reads the events of the period once and keeps, for each entry, the rows it selects.
    ///
    /// # Errors
    /// When the events cannot be read.
    pub fn read(catalogue: &Catalogue, tables: &Tables<'_>) -> Result<Self, EvaluateError> {
        let Some(table) = catalogue.schema.table("cloudtrail_events") else {
            return Ok(Self { columns: Vec::new(), found: BTreeMap::new(), failed: BTreeMap::new() });
        };
        let mut words: BTreeSet<String> = ALWAYS.iter().map(|c| (*c).to_owned()).collect();
        let mut wishes = Vec::new();
        let mut wish = |id, select: &'_ Option<Select>, bursts: Option<&Bursts>, texts: &[&str]| -> bool {
            let Some(select) = select else { return false };
            for text in texts.iter().copied().chain(select.condition.as_deref()) {
                words.extend(sql::words(text));
            }
            if let Some(bursts) = bursts {
                words.extend(bursts.keys.iter().cloned());
                words.extend(bursts.distinct.clone());
            }
            let _: &str = id;
            true
        };
        for c in catalogue.controls.values() {
            if wish(&c.id, &c.select, c.bursts.as_ref(), &[&c.population, &c.exception, &c.reason])
                && let Some(select) = &c.select
            {
                wishes.push(Wish { id: &c.id, select });
            }
        }
        for x in catalogue.extracts.values() {
            if wish(&x.id, &x.select, x.bursts.as_ref(), &[&x.query])
                && let Some(select) = &x.select
            {
                wishes.push(Wish { id: &x.id, select });
            }
        }
        for m in catalogue.metrics.values() {
            let texts: Vec<&str> = m.queries().into_iter().map(|(_, t)| t).collect();
            if wish(&m.id, &m.select, None, &texts)
                && let Some(select) = &m.select
            {
                wishes.push(Wish { id: &m.id, select });
            }
        }
        // Only columns that some query names are read from disk.
        let columns: Vec<Column> = table.all_columns().into_iter().filter(|c| words.contains(&c.name)).collect();
        let names: Vec<String> = columns.iter().map(|c| c.name.clone()).collect();
        let union: BTreeSet<&str> = wishes.iter().flat_map(|w| w.select.events.iter().map(String::as_str)).collect();
        let mut selections = Self { columns, found: BTreeMap::new(), failed: BTreeMap::new() };

        let Some(store) = tables.store() else { return Ok(selections) };
        let window = tables.window();
        let mut pending: Vec<DataFrame> = Vec::new();
        let mut rows = 0;
        for part in store.parts(&table) {
            let name = part.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let (first, last) = (time::date_text(time::day_of(window.start)), time::date_text(time::day_of(window.end.saturating_sub(1))));
            if window.start != i64::MIN && (name < first || name > last) {
                continue;
            }
            let read = frame::read(&part, Some(&names))?;
            let read = in_window(read, window.start, window.end).map_err(|e| query_error("events", e))?;
            rows += read.height();
            pending.push(read);
            if rows >= frame::ROW_GROUP {
                selections.pass(std::mem::take(&mut pending), &names, &wishes, &union)?;
                rows = 0;
            }
        }
        selections.pass(pending, &names, &wishes, &union)?;
        Ok(selections)
    }

    fn pass(&mut self, frames: Vec<DataFrame>, names: &[String], wishes: &[Wish<'_>], union: &BTreeSet<&str>) -> Result<(), EvaluateError> {
        if frames.is_empty() {
            return Ok(());
        }
        let whole = frames
            .into_iter()
            .map(|f| f.select(names.iter().map(String::as_str)))
            .collect::<PolarsResult<Vec<_>>>()
            .and_then(|f| frame::concat(f, &self.columns))
            .map_err(|e| query_error("events", e))?;
        let named = keep(&whole, "event_name", union).map_err(|e| query_error("events", e))?;
        for wish in wishes {
            if self.failed.contains_key(wish.id) {
                continue;
            }
            let result = guarded("select", || {
                let mut rows = if wish.select.events.is_empty() {
                    whole.clone()
                } else {
                    let events = wish.select.events.iter().map(String::as_str).collect();
                    keep(&named, "event_name", &events).map_err(|e| query_error("select", e))?
                };
                if !wish.select.sources.is_empty() {
                    let sources = wish.select.sources.iter().map(String::as_str).collect();
                    rows = keep(&rows, "event_source", &sources).map_err(|e| query_error("select", e))?;
                }
                match &wish.select.condition {
                    Some(condition) if rows.height() > 0 => filter(rows, condition),
                    _ => Ok(rows),
                }
            });
            match result {
                Ok(rows) if rows.height() > 0 => self.found.entry(wish.id.to_owned()).or_default().push(rows),
                Ok(_) => {}
                Err(error) => {
                    self.failed.insert(wish.id.to_owned(), error);
                }
            }
        }
        Ok(())
    }

    /// The rows of one entry.
    ///
    /// # Errors
    /// When its selection failed.
    pub fn take(&mut self, id: &str, tables: &Tables<'_>) -> Result<DataFrame, EvaluateError> {
        if let Some(error) = self.failed.remove(id) {
            return Err(error);
        }
        let columns = if self.columns.is_empty() {
            tables.schema().table("cloudtrail_events").map(|t| t.all_columns()).unwrap_or_default()
        } else {
            self.columns.clone()
        };
        frame::concat(self.found.remove(id).unwrap_or_default(), &columns).map_err(|e| query_error("select", e))
    }
}

fn in_window(frame: DataFrame, start: i64, end: i64) -> PolarsResult<DataFrame> {
    if start == i64::MIN {
        return Ok(frame);
    }
    let time = frame.column("event_time")?.cast(&DataType::Int64)?;
    let mask: BooleanChunked = time.i64()?.iter().map(|t| Some(t.is_some_and(|t| t >= start && t < end))).collect();
    if mask.all() { Ok(frame) } else { frame.filter(&mask) }
}

/// Rows whose text is one of a few.
fn keep(frame: &DataFrame, column: &str, wanted: &BTreeSet<&str>) -> PolarsResult<DataFrame> {
    let mask: BooleanChunked = frame.column(column)?.str()?.iter().map(|t| Some(t.is_some_and(|t| wanted.contains(t)))).collect();
    frame.filter(&mask)
}

/// Rows for which an SQL condition holds.
///
/// # Errors
/// When the condition does not fit the columns.
pub fn filter(frame: DataFrame, condition: &str) -> Result<DataFrame, EvaluateError> {
    sql::check_expression(condition).map_err(|why| EvaluateError::Refused { query: "where".to_owned(), why })?;
    let context = SQLContext::new();
    context.register("cloudtrail_events", frame.lazy());
    let mut context = context;
    context
        .execute(&format!("SELECT * FROM cloudtrail_events WHERE {condition}"))
        .and_then(LazyFrame::collect)
        .map_err(|e| query_error("where", e))
}
