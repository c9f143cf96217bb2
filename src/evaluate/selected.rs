//! The rows of events that controls look at, found in one pass over the dates of the period.
//!
//! Events repeat themselves: of a hundred thousand rows, a condition on user agent and error code sees some
//! hundred different pairs. So rows are found by name first, and a condition is then asked once for each
//! different combination of the columns it names.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Mutex;

use polars::prelude::*;
use polars::sql::SQLContext;
use rustc_hash::FxHashMap;

use super::error::{EvaluateError, guarded, query_error};
use super::moves;
use super::tables::{Tables, Window};
use crate::base::parallel::on_all_cores;
use crate::base::time;
use crate::catalogue::sql::{Expression, Query};
use crate::catalogue::{Bursts, Catalogue, SECOND_VIEWS, Select};
use crate::facts::actors::Known;
use crate::ingest::formats::cloudtrail::unread;
use crate::schema::{Column, Table};
use crate::store::events::codes::Codes;
use crate::store::parquet::frame;

/// The selected rows of every entry that selects.
pub struct Selections {
    /// The columns of each entry's rows.
    columns: BTreeMap<String, Vec<Column>>,
    found: Mutex<BTreeMap<String, Result<Vec<DataFrame>, EvaluateError>>>,
}

/// Bytes of Parquet files looked at in one go, some thirty thousand events: queries are planned seldom enough, and
/// little is held.
const BUNDLE: u64 = 2 << 20;

/// What one entry asks of the events: which rows, with which columns.
struct Request<'c> {
    id: &'c str,
    select: &'c Select,
    /// The columns its queries name.
    columns: Vec<Column>,
}

impl<'c> Request<'c> {
    fn of(
        id: &'c str,
        select: Option<&'c Select>,
        bursts: Option<&Bursts>,
        queries: &[&Query],
        expressions: &[&Expression],
        table: &Table,
    ) -> Option<Self> {
        let select = select?;
        let mut names: BTreeSet<&str> = queries.iter().flat_map(|q| q.names()).map(String::as_str).collect();
        names.extend(expressions.iter().flat_map(|e| e.columns()).map(String::as_str));
        names.extend(ALWAYS);
        if let Some(bursts) = bursts {
            names.extend(bursts.keys.iter().chain(&bursts.distinct).map(String::as_str));
        }
        let all = queries.iter().any(|q| q.takes_whole_rows());
        let columns = table.all_columns().into_iter().filter(|c| all || names.contains(c.name.as_str())).collect();
        Some(Self { id, select, columns })
    }
}

/// Columns every selection carries, whether its query names them or not.
const ALWAYS: [&str; 13] = [
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
    super::unread::COLUMN,
];

impl Selections {
    /// Reads the events of the period once and keeps, for each entry, the rows it selects.
    ///
    /// # Errors
    /// When the events cannot be read.
    pub fn read(catalogue: &Catalogue, tables: &Tables<'_>) -> Result<Self, EvaluateError> {
        Self::read_for(catalogue, tables, |_| true)
    }

    /// The same for some entries only.
    ///
    /// # Errors
    /// As [`Selections::read`].
    pub fn read_for(catalogue: &Catalogue, tables: &Tables<'_>, wanted: impl Fn(&str) -> bool) -> Result<Self, EvaluateError> {
        let Some(table) = catalogue.schema.table("cloudtrail_events") else {
            return Ok(Self { columns: BTreeMap::new(), found: Mutex::default() });
        };
        let mut requests: Vec<Request<'_>> = Vec::new();
        for c in catalogue.controls.values().filter(|c| wanted(&c.id)) {
            let expressions: Vec<&Expression> = [&c.exception, &c.reason].into_iter().chain(&c.undetermined).collect();
            requests.extend(Request::of(&c.id, c.select.as_ref(), c.bursts.as_ref(), &[&c.population], &expressions, &table));
        }
        for x in catalogue.drawn().filter(|x| wanted(&x.id)) {
            requests.extend(Request::of(&x.id, x.select.as_ref(), x.bursts.as_ref(), &[&x.query], &[], &table));
        }
        for m in catalogue.metrics.values().filter(|m| wanted(&m.id)) {
            let queries: Vec<&Query> = m.queries().into_iter().map(|(_, q)| q).collect();
            requests.extend(Request::of(&m.id, m.select.as_ref(), None, &queries, &[], &table));
        }
        if requests.is_empty() {
            return Ok(Self { columns: BTreeMap::new(), found: Mutex::default() });
        }
        // Only columns that some query names are read from disk.
        let asked = requests.iter().filter_map(|w| w.select.condition.as_ref()).flat_map(Expression::columns);
        let mut names: BTreeSet<&String> = requests.iter().flat_map(|w| &w.columns).map(|c| &c.name).collect();
        names.extend(asked);
        let kind = KIND.to_owned();
        names.insert(&kind);
        // Who acted is told by all evidence, not by the record alone.
        let moved = names.iter().any(|name| moves::MOVED.contains(&name.as_str()));
        let known = if moved { Some(tables.actors()?) } else { None };
        let needed = |name: &str| moved && moves::NEEDED.contains(&name);
        let columns: Vec<Column> = table.all_columns().into_iter().filter(|c| names.contains(&c.name) || needed(&c.name)).collect();
        let mut found: BTreeMap<String, Result<Vec<DataFrame>, EvaluateError>> = BTreeMap::new();
        let passes: Vec<Result<_, EvaluateError>> = on_all_cores(&bundles(&parts_in(tables, &table)), |parts| {
            let chunk = read_chunk(parts, &columns, tables.window(), known.as_deref())?;
            Ok(requests.iter().map(|request| guarded("select", || chunk.select(request.select, &request.columns))).collect::<Vec<_>>())
        });
        for pass in passes {
            for (request, selected) in requests.iter().zip(pass?) {
                let known = found.entry(request.id.to_owned()).or_insert_with(|| Ok(Vec::new()));
                match (known, selected) {
                    (Ok(known), Ok(rows)) => known.extend((rows.height() > 0).then_some(rows)),
                    (known @ Ok(_), Err(error)) => *known = Err(error),
                    (Err(_), _) => {}
                }
            }
        }
        let columns = requests.into_iter().map(|request| (request.id.to_owned(), request.columns)).collect();
        Ok(Self { columns, found: Mutex::new(found) })
    }

    fn found(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Result<Vec<DataFrame>, EvaluateError>>> {
        self.found.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The rows of one entry.
    ///
    /// # Errors
    /// When its selection failed.
    pub fn take(&self, id: &str) -> Result<DataFrame, EvaluateError> {
        let found = self.found().remove(id).unwrap_or_else(|| Ok(Vec::new()))?;
        frame::concat(found, self.columns.get(id).map_or(&[], Vec::as_slice)).map_err(|e| query_error("select", e))
    }
}

/// The files of the dates that the period touches.
fn parts_in(tables: &Tables<'_>, table: &Table) -> Vec<PathBuf> {
    let window = tables.window();
    let (first, last) = (time::date_text(time::day_of(window.start)), time::date_text(time::day_of(window.end.saturating_sub(1))));
    let mut parts = tables.store().map(|store| store.parts(table)).unwrap_or_default();
    parts.retain(|part| {
        let name = part.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        window.start == i64::MIN || name >= first && name <= last
    });
    parts
}

/// Files that are read together.
fn bundles(parts: &[PathBuf]) -> Vec<Vec<PathBuf>> {
    let mut bundles: Vec<Vec<PathBuf>> = Vec::new();
    let mut bytes = BUNDLE;
    for part in parts {
        if bytes >= BUNDLE {
            bundles.push(Vec::new());
            bytes = 0;
        }
        bytes += std::fs::metadata(part).map_or(0, |m| m.len());
        if let Some(bundle) = bundles.last_mut() {
            bundle.push(part.clone());
        }
    }
    bundles
}

fn read_chunk(parts: &[PathBuf], columns: &[Column], window: Window, known: Option<&Known>) -> Result<Chunk, EvaluateError> {
    let names: Vec<String> = columns.iter().map(|c| c.name.clone()).collect();
    let error = |e| query_error("events", e);
    let mut frames = Vec::with_capacity(parts.len());
    for part in parts {
        let read = frame::read(part, Some(&names))?;
        let read = in_window(read, window.start, window.end).map_err(error)?;
        let read = match known {
            Some(known) => moves::apply(known, read).map_err(error)?,
            None => read,
        };
        frames.push(read.select(names.iter().map(String::as_str)).map_err(error)?);
    }
    frame::stacked(frames, columns).and_then(Chunk::of).map_err(error)
}

/// Some events, and where those of each name stand.
struct Chunk {
    whole: DataFrame,
    /// The numbers of values, by column, once they were asked for.
    numbered: RefCell<BTreeMap<String, Rc<Numbered>>>,
    by_name: BTreeMap<String, Vec<IdxSize>>,
}

impl Chunk {
    fn of(whole: DataFrame) -> PolarsResult<Self> {
        let codes = Codes::of(whole.column("event_name")?.str()?);
        let mut rows: Vec<Vec<IdxSize>> = vec![Vec::new(); codes.texts.len()];
        for (row, code) in (0..).zip(&codes.of_rows) {
            rows[*code as usize].push(row);
        }
        let by_name = codes.texts.iter().zip(rows).filter_map(|(name, rows)| Some(((*name)?.to_owned(), rows))).collect();
        let numbered = Numbered { count: codes.texts.len(), of_rows: codes.of_rows };
        let numbered = RefCell::new(BTreeMap::from([("event_name".to_owned(), Rc::new(numbered))]));
        Ok(Self { whole, numbered, by_name })
    }

    /// The rows an entry selects, in their order, with these columns.
    fn select(&self, select: &Select, columns: &[Column]) -> Result<DataFrame, EvaluateError> {
        let error = |e| query_error("select", e);
        let height = IdxSize::try_from(self.whole.height()).unwrap_or(IdxSize::MAX);
        let names: BTreeSet<&str> = select.events.iter().map(String::as_str).collect();
        let mut rows: Vec<IdxSize> = if names.is_empty() {
            (0..height).collect()
        } else {
            names.iter().filter_map(|name| self.by_name.get(*name)).flatten().copied().collect()
        };
        rows.sort_unstable();
        if !select.sources.is_empty() {
            let sources = self.whole.column("event_source").and_then(|c| c.str()).map_err(error)?;
            rows.retain(|row| sources.get(*row as usize).is_some_and(|source| select.sources.iter().any(|s| s == source)));
        }
        if !select.takes_second_views() {
            let kinds = self.whole.column(KIND).and_then(|c| c.str()).map_err(error)?;
            rows.retain(|row| kinds.get(*row as usize).is_none_or(|kind| !SECOND_VIEWS.contains(&kind)));
        }
        match &select.condition {
            Some(condition) if !rows.is_empty() => rows = self.holding(rows, condition)?,
            _ => {}
        }
        let narrow = self.whole.select(columns.iter().map(|c| c.name.as_str())).map_err(error)?;
        narrow.take(&IdxCa::from_vec("row".into(), rows)).and_then(frame::released).map_err(error)
    }

    /// The numbers of a column's values.
    fn numbered(&self, column: &polars::prelude::Column) -> PolarsResult<Rc<Numbered>> {
        if let Some(known) = self.numbered.borrow().get(column.name().as_str()) {
            return Ok(Rc::clone(known));
        }
        let made = Rc::new(Numbered::of(column)?);
        self.numbered.borrow_mut().insert(column.name().to_string(), Rc::clone(&made));
        Ok(made)
    }

    /// Numbers the different combinations that `rows` of some columns hold: the number of each row, and the first row of
    /// each number.
    fn groups(&self, narrow: &DataFrame, rows: &[IdxSize]) -> PolarsResult<(Vec<u32>, Vec<IdxSize>)> {
        let (mut groups, mut count) = (vec![0_u32; rows.len()], 1);
        for column in narrow.columns() {
            let numbered = self.numbered(column)?;
            if numbered.count > 1 {
                count = split(&mut groups, count, rows, &numbered);
            }
        }
        let mut first: Vec<IdxSize> = Vec::new();
        for (group, row) in groups.iter().zip(rows) {
            // Numbers are given in the order of rows.
            if *group as usize == first.len() {
                first.push(*row);
            }
        }
        Ok((groups, first))
    }

    /// Of `rows`, those for which a condition holds.
    fn holding(&self, rows: Vec<IdxSize>, condition: &Expression) -> Result<Vec<IdxSize>, EvaluateError> {
        let error = |e| query_error("where", e);
        let names = self.whole.get_column_names().into_iter().map(|name| name.as_str());
        let mut columns: Vec<&str> = names.filter(|name| condition.columns().contains(*name)).collect();
        if columns.is_empty() {
            columns.push("event_name");
        }
        let narrow = self.whole.select(columns.iter().copied()).map_err(error)?;
        let (groups, first) = self.groups(&narrow, &rows).map_err(error)?;
        let mut asked = narrow.take(&IdxCa::from_vec("row".into(), first)).map_err(error)?;
        let numbers: Vec<u32> = (0..u32::try_from(asked.height()).unwrap_or(u32::MAX)).collect();
        asked.with_column(UInt32Chunked::from_vec(NUMBER.into(), numbers).into_column()).map_err(error)?;
        let mut holds = vec![false; asked.height()];
        let held = filter(asked, condition)?;
        for number in held.column(NUMBER).and_then(|c| c.u32().cloned()).map_err(error)?.iter().flatten() {
            if let Some(holds) = holds.get_mut(number as usize) {
                *holds = true;
            }
        }
        // A condition on a value that was not kept decides nothing: the row stays, for the control to call undetermined.
        let cells = self.whole.column(super::unread::COLUMN).and_then(|c| c.str()).ok().filter(|cells| cells.null_count() < cells.len());
        let unread = |row: IdxSize| {
            let cell = cells.and_then(|cells| cells.get(row as usize));
            cell.is_some_and(|cell| unread::read(cell).keys().any(|name| condition.columns().contains(name)))
        };
        let held = rows.into_iter().zip(groups).filter(|(row, group)| holds.get(*group as usize) == Some(&true) || unread(*row));
        Ok(held.map(|(row, _)| row).collect())
    }
}

/// What a record counts as.
const KIND: &str = "record_kind";

/// A column that no table has.
const NUMBER: &str = "number of the combination";

/// The values of a column as numbers, in the order in which they appear.
struct Numbered {
    of_rows: Vec<u32>,
    count: usize,
}

impl Numbered {
    fn of(column: &polars::prelude::Column) -> PolarsResult<Self> {
        if let Ok(texts) = column.str() {
            let codes = Codes::of(texts);
            return Ok(Self { count: codes.texts.len(), of_rows: codes.of_rows });
        }
        // Events have no other kinds than texts, flags, whole numbers and times.
        let numbers = column.cast(&DataType::Int64)?;
        let mut known: FxHashMap<Option<i64>, u32> = FxHashMap::default();
        let number = |value| {
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            *known.entry(value).or_insert(next)
        };
        let of_rows = numbers.i64()?.iter().map(number).collect();
        Ok(Self { count: known.len(), of_rows })
    }
}

/// Numbers groups anew, those of different values apart; gives how many there are now, of `count` before.
fn split(groups: &mut [u32], count: usize, rows: &[IdxSize], numbered: &Numbered) -> usize {
    let mut next = 0;
    let mut number = |known: &mut u32| {
        if *known == u32::MAX {
            *known = next;
            next += 1;
        }
        *known
    };
    let of_rows = groups.iter_mut().zip(rows.iter().map(|row| numbered.of_rows[*row as usize]));
    // A list of all combinations that could be is quicker than a map of those that are, unless it is much longer than the rows.
    if count.saturating_mul(numbered.count) <= LISTED.max(rows.len()) {
        let mut known = vec![u32::MAX; count * numbered.count];
        of_rows.for_each(|(group, value)| *group = number(&mut known[*group as usize * numbered.count + value as usize]));
    } else {
        let mut known: FxHashMap<(u32, u32), u32> = FxHashMap::default();
        of_rows.for_each(|(group, value)| *group = number(known.entry((*group, value)).or_insert(u32::MAX)));
    }
    next as usize
}

/// Combinations that are always listed: such a list costs less to make than a map does.
const LISTED: usize = 4096;

fn in_window(frame: DataFrame, start: i64, end: i64) -> PolarsResult<DataFrame> {
    if start == i64::MIN {
        return Ok(frame);
    }
    let time = frame.column("event_time")?.cast(&DataType::Int64)?;
    let mask: BooleanChunked = time.i64()?.iter().map(|t| Some(t.is_some_and(|t| t >= start && t < end))).collect();
    if mask.all() { Ok(frame) } else { frame.filter(&mask) }
}

/// Rows that a selection takes, whatever made them: for cases, whose events are few.
///
/// # Errors
/// When the selection does not fit the columns.
pub fn select(frame: DataFrame, select: &Select) -> Result<DataFrame, EvaluateError> {
    of_events(frame, &select.sql())
}

/// Rows for which an SQL condition holds.
///
/// # Errors
/// When the condition does not fit the columns.
pub fn filter(frame: DataFrame, condition: &Expression) -> Result<DataFrame, EvaluateError> {
    condition.check().map_err(|why| EvaluateError::Refused { query: "where".to_owned(), why })?;
    of_events(frame, &format!("SELECT * FROM cloudtrail_events WHERE {condition}"))
}

/// What a query gives over events.
fn of_events(frame: DataFrame, text: &str) -> Result<DataFrame, EvaluateError> {
    let mut context = SQLContext::new();
    context.register("cloudtrail_events", frame.lazy());
    context.execute(text).and_then(LazyFrame::collect).map_err(|e| query_error("where", e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ColumnKind;

    #[test]
    fn conditions_asked_once_for_each_combination_hold_for_the_same_rows() {
        let mut whole = DataFrame::empty();
        let texts =
            |values: &[Option<&str>], name: &str| StringChunked::from_iter_options(name.into(), values.iter().copied()).into_column();
        let names: Vec<Option<&str>> = (0..200).map(|n| [Some("GetObject"), Some("PutObject"), None, Some("Delete")][n % 4]).collect();
        let codes: Vec<Option<&str>> = (0..200).map(|n| [None, Some("AccessDenied"), Some("Other")][n % 3]).collect();
        whole = DataFrame::new(200, vec![texts(&names, "event_name"), texts(&codes, "error_code")]).unwrap_or(whole);
        let flags = BooleanChunked::from_iter_options("read_only".into(), (0..200).map(|n| [None, Some(true), Some(false)][n / 7 % 3]));
        whole.with_column(flags.into_column()).unwrap();
        let rows = Int64Chunked::from_iter_values("row".into(), 0..200);
        whole.with_column(rows.into_column()).unwrap();
        let kinds: Vec<Option<&str>> =
            (0..200).map(|n| [Some("call"), None, Some("network_activity"), Some("update")][n / 5 % 4]).collect();
        whole.with_column(texts(&kinds, KIND)).unwrap();
        // Of these two there are more combinations than are listed.
        let many: Vec<String> = (0..200).map(|n| format!("{}", n / 2)).collect();
        let many: Vec<Option<&str>> = many.iter().map(|text| Some(text.as_str())).collect();
        whole.with_column(texts(&many, "principal")).unwrap();
        let chunk = Chunk::of(whole.clone()).unwrap();
        let columns: Vec<Column> = [("row", ColumnKind::Bigint), ("error_code", ColumnKind::Text)]
            .map(|(name, kind)| Column { name: name.to_owned(), kind, doc: String::new() })
            .into();
        let row_numbers = |frame: DataFrame| frame.column("row").unwrap().i64().unwrap().iter().flatten().collect::<Vec<_>>();
        for condition in [
            "error_code LIKE 'Access%' AND NOT read_only",
            "read_only IS NULL OR error_code = 'Other'",
            "row > 20 AND row < 150",
            "principal LIKE '1%' AND row < 180 OR error_code IS NULL",
        ] {
            let parsed = |text: &str| Expression::parse(text).unwrap();
            let first_views = format!("({condition}) AND COALESCE(record_kind, 'call') <> 'network_activity'");
            let plainly = row_numbers(filter(whole.clone(), &parsed(&first_views)).unwrap());
            let select = Select { events: Vec::new(), sources: Vec::new(), condition: Some(parsed(condition)) };
            assert!(!plainly.is_empty());
            assert_eq!(row_numbers(chunk.select(&select, &columns).unwrap()), plainly, "{condition}");
            let named = Select { events: vec!["Delete".to_owned(), "GetObject".to_owned()], ..select };
            let plainly =
                row_numbers(filter(whole.clone(), &parsed(&format!("{first_views} AND event_name IN ('GetObject', 'Delete')"))).unwrap());
            assert_eq!(row_numbers(chunk.select(&named, &columns).unwrap()), plainly, "{condition}");
        }
    }
}
