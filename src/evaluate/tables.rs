//! The tables a query sees: views over the store, valid at a date, and tables made for the engagement.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use polars::prelude::*;
use polars::sql::SQLContext;

use super::alone::{Alone, held};
use super::moves;
use super::part_scan::PartScan;
use super::standing::{last_states, reports_as_at, standing_results};
use super::validity::{self, VALIDITY};
use super::versions::{self, Details, Versions};
use crate::base::parallel::on_all_cores;
use crate::base::time::DAY;
use crate::catalogue::SECOND_VIEWS;
use crate::catalogue::sql::Query;
use crate::facts::actors::{self, Known};
use crate::facts::costs;
use crate::facts::evidence;
use crate::facts::evidence::Which;
use crate::facts::states::{self};
use crate::ingest::batch::Batch;
use crate::reason::Reason;
use crate::schema::row::Row as _;
use crate::schema::tables::{ActivityRow, CloudtrailEventsRow};
use crate::schema::{self, Schema as Declared, Storage};
use crate::store::parquet::frame::{self, Source};
use crate::store::{Store, StoreError};

/// What the views are cut by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Start of the period, UTC microseconds.
    pub start: i64,
    /// End of the period, exclusive.
    pub end: i64,
    /// Items valid at this instant are the current ones.
    pub as_of: i64,
}

/// Tables that are read part by part.
const BIG: [&str; 2] = ["cloudtrail_events", "costs"];

/// Tables by name, loaded when first asked for.
pub struct Tables<'s> {
    store: Option<&'s Store>,
    schema: Arc<Declared>,
    window: Window,
    made: BTreeMap<String, DataFrame>,
    cache: Mutex<BTreeMap<String, DataFrame>>,
    items: Mutex<Option<Arc<Versions>>>,
    actors: Mutex<Option<Arc<Known>>>,
    alone: Alone,
}

impl<'s> Tables<'s> {
    /// The tables of a store.
    pub fn new(store: &'s Store, window: Window) -> Self {
        Self { store: Some(store), window, ..Self::empty(Arc::clone(store.schema())) }
    }

    /// Tables without a store: all empty, for planning and for cases.
    pub fn empty(schema: Arc<Declared>) -> Self {
        let window = Window { start: i64::MIN, end: i64::MAX, as_of: i64::MAX };
        Self {
            store: None,
            schema,
            window,
            made: BTreeMap::new(),
            cache: Mutex::default(),
            items: Mutex::default(),
            actors: Mutex::default(),
            alone: Alone::default(),
        }
    }

    /// The declared tables.
    pub fn schema(&self) -> &Arc<Declared> {
        &self.schema
    }

    /// The period.
    pub fn window(&self) -> Window {
        self.window
    }

    /// The store, if there is one.
    pub fn store(&self) -> Option<&'s Store> {
        self.store
    }

    /// Puts a made table in place.
    pub fn put(&mut self, name: &str, frame: DataFrame) {
        self.made.insert(name.to_owned(), frame);
    }

    /// Puts in place what became known while others already read the tables: results, as rows.
    ///
    /// # Errors
    /// When polars refuses a conversion.
    pub fn add(&self, batch: &Batch) -> PolarsResult<()> {
        let frame = frame::frame(batch, Source::None)?;
        self.lock().insert(batch.table().name.clone(), frame);
        Ok(())
    }

    /// Puts the rows of a derived table in place.
    ///
    /// # Errors
    /// When polars refuses a conversion.
    pub fn put_batch(&mut self, batch: &Batch) -> PolarsResult<()> {
        let source = if batch.table().sourced { Source::File("") } else { Source::None };
        self.put(&batch.table().name.clone(), frame::frame(batch, source)?);
        Ok(())
    }

    fn error(&self, name: &str, source: PolarsError) -> StoreError {
        let folder = self.store.map_or_else(PathBuf::new, |s| s.folder().to_owned());
        StoreError::polars(&folder.join(name), source)
    }

    /// A table as a frame: made, cached or read. Events come whole; use [`Tables::lazy`] for those.
    ///
    /// # Errors
    /// When it is not declared or cannot be read.
    pub fn frame(&self, name: &str) -> Result<DataFrame, StoreError> {
        if let Some(frame) = self.made.get(name) {
            return Ok(frame.clone());
        }
        if let Some(frame) = self.lock().get(name) {
            return Ok(frame.clone());
        }
        let frame = self.load(name)?;
        self.lock().insert(name.to_owned(), frame.clone());
        Ok(frame)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, DataFrame>> {
        held(&self.cache)
    }

    fn load(&self, name: &str) -> Result<DataFrame, StoreError> {
        let Some((table, versions)) = self.schema.meant(name) else {
            let nearest = crate::catalogue::nearest(name, self.schema.tables().map(|t| t.name.as_str()));
            return Err(StoreError::Table { name: name.to_owned(), nearest });
        };
        if states::TABLES.contains(&table.name.as_str()) {
            return self.facts(name, &table.name, if versions { Which::All } else { Which::Standing });
        }
        if table.name == VALIDITY {
            return self.validity(&table);
        }
        if table.name == versions::DETAIL_USE {
            let batch = self.details()?.table(Arc::clone(&table));
            return frame::frame(&batch, Source::None).map_err(|e| self.error(name, e));
        }
        if table.name == costs::RECONCILIATION {
            return self.reconciliation(&table);
        }
        if table.name == "activity" {
            return moves::apply(&*self.actors()?, self.recorded(None)?).map_err(|e| self.error(name, e));
        }
        let Some(store) = self.store else { return Ok(frame::empty(&table.all_columns())) };
        let read = store.read(&table, None)?;
        let read = if table.versioned {
            let items = self.items()?;
            let keep = if versions { &items.all } else { &items.current };
            let keys = [col("source_file_id"), col("source_record")];
            read.lazy()
                .join(keep.clone().lazy(), keys.clone(), keys, JoinArgs::new(JoinType::Semi))
                .collect()
                .map_err(|e| self.error(name, e))?
        } else if table.storage == Storage::PerDate {
            self.in_period(read).map_err(|e| self.error(name, e))?
        } else if table.name == "config_compliance" {
            let current = &self.items()?.current;
            standing_results(read, current).map_err(|e| self.error(name, e))?
        } else if table.name == "iam_credentials" {
            reports_as_at(read, self.window.as_of).map_err(|e| self.error(name, e))?
        } else if table.name == "third_party_findings" {
            last_states(&read).map_err(|e| self.error(name, e))?
        } else if table.name.starts_with("cost") {
            self.charges_in_period(read).map_err(|e| self.error(name, e))?
        } else {
            read
        };
        Ok(read)
    }

    /// `activity` of the period as records state it, with some of its columns or all.
    fn recorded(&self, columns: Option<&[&str]>) -> Result<DataFrame, StoreError> {
        const NAME: &str = ActivityRow::TABLE.name;
        if let Some(made) = self.made.get(NAME) {
            return Ok(made.clone());
        }
        let columns: Option<Vec<String>> =
            columns.map(|names| names.iter().chain(&[ActivityRow::first_seen, ActivityRow::last_seen]).map(|n| (*n).to_owned()).collect());
        match (self.schema.table(NAME), self.store) {
            (Some(table), Some(store)) => self.in_period(store.read(&table, columns.as_deref())?).map_err(|e| self.error(NAME, e)),
            (table, _) => Ok(frame::empty(&table.map(|table| table.all_columns()).unwrap_or_default())),
        }
    }

    /// Who stands behind each principal and session, by all evidence.
    ///
    /// # Errors
    /// When the table of actors cannot be computed.
    pub fn actors(&self) -> Result<Arc<Known>, StoreError> {
        let mut slot = held(&self.actors);
        if let Some(known) = slot.as_ref() {
            return Ok(Arc::clone(known));
        }
        let known =
            Arc::new(Known::of(&self.frame(actors::ACTORS)?, &self.frame(actors::SESSIONS)?).map_err(|e| self.error(actors::ACTORS, e))?);
        Ok(Arc::clone(slot.insert(known)))
    }

    /// A table of facts, or its `_history`; those that are computed with it are kept.
    fn facts(&self, asked: &str, table: &str, which: Which) -> Result<DataFrame, StoreError> {
        let as_asked = |name: &str| if which == Which::All { format!("{name}_history") } else { name.to_owned() };
        self.alone.work(&as_asked(states::family(table)), || {
            // Another thread may have made it while this one waited.
            if let Some(frame) = self.lock().get(asked) {
                return Ok(frame.clone());
            }
            let mut wanted = DataFrame::empty();
            for batch in states::compute(table, which, &self.schema, self)? {
                let made = frame::frame(&batch, Source::None).map_err(|e| self.error(asked, e))?;
                if batch.table().name == table {
                    wanted = made.clone();
                }
                self.lock().entry(as_asked(&batch.table().name)).or_insert(made);
            }
            Ok(wanted)
        })
    }

    /// When each version of an item stood.
    fn validity(&self, table: &Arc<schema::Table>) -> Result<DataFrame, StoreError> {
        self.alone.work(VALIDITY, || {
            if let Some(frame) = self.lock().get(VALIDITY) {
                return Ok(frame.clone());
            }
            let read = self.item_columns(&validity::COLUMNS)?;
            let files = self.store.map(|store| &store.manifest.files);
            let made = validity::validity(&read, files, self.window.as_of, Arc::clone(table)).map_err(|e| self.error(VALIDITY, e))?;
            self.lock().insert(VALIDITY.to_owned(), made.clone());
            Ok(made)
        })
    }

    /// Lines of cost files against the charges kept.
    fn reconciliation(&self, table: &Arc<schema::Table>) -> Result<DataFrame, StoreError> {
        let Some(store) = self.store else { return Ok(frame::empty(&table.all_columns())) };
        self.alone.work(costs::RECONCILIATION, || {
            if let Some(frame) = self.lock().get(costs::RECONCILIATION) {
                return Ok(frame.clone());
            }
            let batch = costs::reconciliation(Arc::clone(table), store)?;
            let made = frame::frame(&batch, Source::None).map_err(|e| self.error(costs::RECONCILIATION, e))?;
            self.lock().insert(costs::RECONCILIATION.to_owned(), made.clone());
            Ok(made)
        })
    }

    /// Events and rollups of the period. Rollups are by UTC day and hour, so a period in another zone
    /// is cut at its hours.
    fn in_period(&self, frame: DataFrame) -> PolarsResult<DataFrame> {
        let Window { start, end, .. } = self.window;
        let micros = |v: i64| lit(v).cast(DataType::Datetime(TimeUnit::Microseconds, None));
        let names = frame.get_column_names();
        let inside = if names.iter().any(|n| *n == "event_time") {
            col("event_time").gt_eq(micros(start)).and(col("event_time").lt(micros(end)))
        } else if names.iter().any(|n| *n == "first_seen") {
            col("first_seen").lt(micros(end)).and(col("last_seen").gt_eq(micros(start)))
        } else {
            let day = |v: i64| lit(i32::try_from(v.div_euclid(DAY)).unwrap_or(i32::MAX)).cast(DataType::Date);
            col("event_date").gt_eq(day(start)).and(col("event_date").lt_eq(day(end - 1)))
        };
        let asked = frame.clone().lazy().select([inside.alias("inside")]).collect()?;
        let inside = asked.column("inside")?.bool()?;
        // Mostly all rows are: they need no copy.
        if inside.all() && inside.null_count() == 0 { Ok(frame) } else { frame.filter(inside) }
    }

    /// First and last month whose charges belong to the period.
    pub fn charge_months(&self) -> (String, String) {
        costs::charge_months(self.window.start, self.window.end)
    }

    /// Charges of the months the period touches: bills are monthly, and a period seldom ends with one.
    fn charges_in_period(&self, frame: DataFrame) -> PolarsResult<DataFrame> {
        let names = frame.get_column_names();
        let has = |name: &str| names.iter().any(|n| *n == name);
        let by = match (has("charge_month"), has("charge_date")) {
            (true, _) => col("charge_month"),
            (false, true) => col("charge_date").dt().strftime("%Y-%m"),
            // Totals and recommendations that come beside the charges stand whole.
            (false, false) => return Ok(frame),
        };
        match self.counts(by) {
            Some(counts) if frame.height() > 0 => frame.lazy().filter(counts).collect(),
            _ => Ok(frame),
        }
    }

    /// Whether the charges of a month, as `2026-04`, count; `None` when all do. Months whose charges are not determined
    /// are left out whole: what is left of one would look like all of it.
    fn counts(&self, month: Expr) -> Option<Expr> {
        let inside = (self.window.start != i64::MIN).then(|| {
            let (first, last) = self.charge_months();
            month.clone().gt_eq(lit(first)).and(month.clone().lt_eq(lit(last)))
        });
        let refused = self.store.map(|s| s.manifest.undetermined_months()).unwrap_or_default();
        let determined = refused.into_iter().map(|refused| month.clone().neq_missing(lit(refused)));
        inside.into_iter().chain(determined).reduce(Expr::and)
    }

    /// Why no charge of some months of the period is counted, a reason for each group of files.
    pub fn refused_charges(&self) -> Vec<Reason> {
        let Some(store) = self.store else { return Vec::new() };
        let (first, last) = self.charge_months();
        let inside = |month: &String| self.window.start == i64::MIN || (first.as_str()..=last.as_str()).contains(&month.as_str());
        let overlaps = store.manifest.overlaps.iter().filter(|o| o.months.iter().any(inside));
        let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
        overlaps
            .map(|overlap| Reason::ChargesRefused {
                months: overlap.months.iter().filter(|m| !m.is_empty()).cloned().collect(),
                files: owned(overlap.paths(&store.manifest)),
            })
            .collect()
    }

    /// When the first and the last of the credential reports that stand were made, UTC microseconds. `None` where one of them
    /// does not say, or there is none.
    pub fn credential_reports(&self) -> Option<(i64, i64)> {
        let frame = self.frame("iam_credentials").ok()?;
        let times = frame.column("report_generated_at").ok()?.cast(&DataType::Int64).ok()?;
        let times = times.i64().ok().filter(|times| times.null_count() == 0)?;
        times.min().zip(times.max())
    }

    /// Items whose first version was captured after the as-of date: known, but not as of then.
    ///
    /// # Errors
    /// When items cannot be read.
    pub fn later_only(&self) -> Result<u64, StoreError> {
        Ok(self.items()?.later_only)
    }

    /// Resources that IAM's authorization details know, and which source was used for them.
    ///
    /// # Errors
    /// When items cannot be read.
    fn details(&self) -> Result<Details, StoreError> {
        Ok(self.items()?.details)
    }

    /// (file, record) of every item version kept once, and of the valid ones.
    ///
    /// # Errors
    /// When items cannot be read.
    pub fn item_keys(&self) -> Result<(DataFrame, DataFrame), StoreError> {
        let items = self.items()?;
        Ok((items.all.clone(), items.current.clone()))
    }

    /// Since when AWS Config says that a resource is not recorded any more, by (file, record) of its last version; `None`
    /// where it does not say since when.
    ///
    /// # Errors
    /// When items cannot be read.
    pub fn lapsed(&self) -> Result<BTreeMap<(String, u64), Option<i64>>, StoreError> {
        Ok(self.items()?.lapsed.clone())
    }

    fn items(&self) -> Result<Arc<Versions>, StoreError> {
        let mut slot = held(&self.items);
        if let Some(items) = slot.as_ref() {
            return Ok(Arc::clone(items));
        }
        let items = Arc::new(self.sort_items()?);
        *slot = Some(Arc::clone(&items));
        Ok(items)
    }

    fn sort_items(&self) -> Result<Versions, StoreError> {
        let read = self.item_columns(&[])?;
        let files = self.store.map(|store| &store.manifest.files);
        Versions::of(&read, files, self.window.as_of).map_err(|e| self.error("config_items", e))
    }

    /// What decides which items count, of all of them, and some more columns.
    fn item_columns(&self, more: &[&str]) -> Result<DataFrame, StoreError> {
        let Some(table) = self.schema.table("config_items") else { return Ok(DataFrame::empty()) };
        let columns: Vec<String> = versions::COLUMNS.iter().chain(more).map(|c| (*c).to_owned()).collect();
        match self.store {
            Some(store) => store.read(&table, Some(&columns)),
            None => Ok(frame::empty(&table.all_columns())),
        }
    }

    /// A table as a lazy frame. Events are read column by column and date by date.
    ///
    /// # Errors
    /// As [`Tables::frame`].
    pub fn lazy(&self, name: &str) -> Result<LazyFrame, StoreError> {
        let known = if name == "cloudtrail_events" { Some(self.actors()?) } else { None };
        self.scan(name, known)
    }

    /// The same, with the classes of actors as records state them where none are known.
    fn scan(&self, name: &str, known: Option<Arc<Known>>) -> Result<LazyFrame, StoreError> {
        if self.made.contains_key(name) {
            return Ok(self.frame(name)?.lazy());
        }
        let big = self.schema.table(name).filter(|t| BIG.contains(&t.name.as_str()));
        let (Some(table), Some(store)) = (big, self.store) else { return Ok(self.frame(name)?.lazy()) };
        let columns = table.all_columns();
        let scan = PartScan { parts: store.parts(&table), columns: columns.clone(), known };
        let args =
            ScanArgsAnonymous { schema: Some(Arc::new(frame::polars_schema(&columns))), name: "evidence", ..ScanArgsAnonymous::default() };
        let lazy = LazyFrame::anonymous_scan(Arc::new(scan), args).map_err(|e| self.error(name, e))?;
        if name == "costs" {
            // The same rows as in its rollups, and as views.sql shows.
            return Ok(match self.counts(col("charge_month")) {
                Some(counts) => lazy.filter(counts),
                None => lazy,
            });
        }
        if self.window.start == i64::MIN {
            return Ok(lazy);
        }
        let micros = |v: i64| lit(v).cast(DataType::Datetime(TimeUnit::Microseconds, None));
        Ok(lazy.filter(col("event_time").gt_eq(micros(self.window.start)).and(col("event_time").lt(micros(self.window.end)))))
    }

    /// Number of rows of a table. Events and charges are counted part by part.
    ///
    /// # Errors
    /// As [`Tables::frame`].
    pub fn height(&self, name: &str) -> Result<usize, StoreError> {
        if !BIG.contains(&name) {
            return Ok(self.frame(name)?.height());
        }
        let counted = self.lazy(name)?.select([col("source_record").len().alias("rows")]).collect().map_err(|e| self.error(name, e))?;
        let rows = counted.column("rows").and_then(|c| c.cast(&DataType::UInt64)).map_err(|e| self.error(name, e))?;
        Ok(rows.u64().ok().and_then(|c| c.get(0)).map_or(0, |n| usize::try_from(n).unwrap_or(usize::MAX)))
    }

    /// A context holding the tables a query names, besides those already in `extra`.
    ///
    /// # Errors
    /// When a table cannot be read.
    pub fn context(&self, query: &Query, extra: &[(&str, DataFrame)]) -> Result<SQLContext, StoreError> {
        let context = SQLContext::new();
        for name in query.tables() {
            match extra.iter().find(|(n, _)| n == name) {
                Some((_, frame)) => context.register(name, frame.clone().lazy()),
                None => context.register(name, self.lazy(name)?),
            }
        }
        Ok(context)
    }
}

impl evidence::Evidence for Tables<'_> {
    fn frame(&self, name: &str) -> Result<DataFrame, StoreError> {
        self.frame(name)
    }

    fn items(&self, types: &[&str]) -> Result<DataFrame, StoreError> {
        let current = self.items()?.current.clone();
        self.items_of(types, "config_items", current, JoinType::Semi)
    }

    fn item_versions(&self, types: &[&str]) -> Result<DataFrame, StoreError> {
        let stood = self.frame(VALIDITY)?;
        let stood = stood.select(["source_file_id", "source_record", "valid_to", "earlier_unknown"]);
        self.items_of(types, "config_items_history", stood.map_err(|e| self.error(VALIDITY, e))?, JoinType::Inner)
    }

    fn events(&self, names: &[&str], columns: &[&str]) -> Result<DataFrame, StoreError> {
        const NAME: &str = CloudtrailEventsRow::TABLE.name;
        let wanted = names.iter().map(|name| col("event_name").eq(lit(*name))).reduce(Expr::or).unwrap_or_else(|| lit(false));
        let second =
            SECOND_VIEWS.iter().map(|kind| col("record_kind").eq_missing(lit(*kind))).reduce(Expr::or).unwrap_or_else(|| lit(false));
        let wanted = wanted.and(second.not());
        let shown: Vec<Expr> = columns.iter().map(|name| col(*name)).collect();
        let found = |events: LazyFrame| events.filter(wanted.clone()).select(shown.clone()).collect();
        let (Some(table), Some(store), false) = (self.schema.table(NAME), self.store, self.made.contains_key(NAME)) else {
            return found(self.scan(NAME, None)?).map_err(|e| self.error(NAME, e));
        };
        // All cores, here and not in the scan of a query: the query engine's own threads would wait for one another there.
        let mut read: Vec<String> = [CloudtrailEventsRow::event_name, CloudtrailEventsRow::record_kind, CloudtrailEventsRow::event_time]
            .iter()
            .chain(columns)
            .map(|name| (*name).to_owned())
            .collect();
        read.sort();
        read.dedup();
        let parts = on_all_cores(&store.parts(&table), |part| {
            let events = self.in_period(frame::read(part, Some(&read))?).map_err(|e| self.error(NAME, e))?;
            found(events.lazy()).and_then(frame::released).map_err(|e| self.error(NAME, e))
        });
        let kept: Vec<schema::Column> = table.all_columns().into_iter().filter(|c| columns.contains(&c.name.as_str())).collect();
        let empty = frame::empty(&kept).select(columns.iter().copied()).map_err(|e| self.error(NAME, e))?;
        let mut all = vec![empty];
        for part in parts {
            all.push(part?);
        }
        frame::stacked(all, &kept).map_err(|e| self.error(NAME, e))
    }

    fn recorded_activity(&self, columns: &[&str]) -> Result<DataFrame, StoreError> {
        self.recorded(Some(columns))
    }

    fn error(&self, name: &str, error: PolarsError) -> StoreError {
        self.error(name, error)
    }
}

impl Tables<'_> {
    /// Items of some types that have a row in `keys`, part by part: all configurations together may be more than memory
    /// should hold. Without a store, the rows of the table that a case gives.
    fn items_of(&self, types: &[&str], name: &str, keys: DataFrame, how: JoinType) -> Result<DataFrame, StoreError> {
        let of_types = |frame: DataFrame| {
            let wanted = types.iter().map(|kind| col("resource_type").eq(lit(*kind))).reduce(Expr::or).unwrap_or_else(|| lit(false));
            frame.lazy().filter(wanted).collect()
        };
        let error = |e| self.error(name, e);
        let Some(table) = self.schema.table("config_items") else { return Ok(DataFrame::empty()) };
        let Some(store) = self.store else { return of_types(self.frame(name)?).map_err(error) };
        let names: Vec<String> = table.all_columns().into_iter().map(|c| c.name).collect();
        let by = [col("source_file_id"), col("source_record")];
        let joined = |found: DataFrame| {
            found.lazy().join(keys.clone().lazy(), by.clone(), by.clone(), JoinArgs::new(how.clone())).collect().and_then(frame::released)
        };
        let mut all = joined(frame::empty(&table.all_columns())).map_err(error)?;
        for part in store.parts(&table) {
            let read = frame::read(&part, Some(&names))?;
            let found = read.select(names.iter().map(String::as_str)).and_then(of_types).and_then(joined);
            found.and_then(|found| all.vstack_mut(&found).map(|_| ())).map_err(error)?;
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use proptest::strategy::Strategy as _;

    use super::*;
    use crate::schema::ColumnKind;

    /// Rows of two parts: `number`, `name` and `flag`, each with NULLs.
    fn part(from: i64) -> DataFrame {
        let numbers = (from..from + 40).map(|n| (n % 7 > 0).then_some(n % 11));
        let names = (from..from + 40).map(|n| [Some("alpha"), Some("Beta"), None, Some("gamma")][n as usize % 4]);
        let flags = (from..from + 40).map(|n| [Some(true), Some(false), None][n as usize % 3]);
        let columns = vec![
            Int64Chunked::from_iter_options("number".into(), numbers).into_column(),
            StringChunked::from_iter_options("name".into(), names).into_column(),
            BooleanChunked::from_iter_options("flag".into(), flags).into_column(),
        ];
        DataFrame::new(40, columns).unwrap()
    }

    #[test]
    fn conditions_asked_part_by_part_hold_for_the_same_rows() {
        let folder = tempfile::tempdir().unwrap();
        let mut whole = part(0);
        whole.vstack_mut(&part(40)).unwrap();
        let parts: Vec<PathBuf> = [0, 40].map(|from| folder.path().join(format!("{from}.parquet"))).into();
        for (path, from) in parts.iter().zip([0, 40]) {
            let mut writer = frame::Writer::of(path, &whole).unwrap();
            writer.write(&part(from)).unwrap();
            writer.finish().unwrap();
        }
        let kinds = [("number", ColumnKind::Bigint), ("name", ColumnKind::Text), ("flag", ColumnKind::Boolean)];
        let columns: Vec<_> = kinds.map(|(name, kind)| schema::Column { name: name.to_owned(), kind, doc: String::new() }).into();
        let answer = |lazy: LazyFrame, query: &str| {
            let context = SQLContext::new();
            context.register("t", lazy);
            let mut context = context;
            context.execute(query).and_then(LazyFrame::collect).unwrap()
        };
        for condition in [
            "flag",
            "NOT flag",
            "TRUE",
            "name LIKE 'al%'",
            "name NOT LIKE '%a'",
            "name IN ('alpha', 'Beta')",
            "number IS NULL",
            "name IS NOT NULL AND flag IS NULL",
            "number BETWEEN 2 AND 5",
            "number > 2 AND name = 'alpha' OR flag",
            "CASE WHEN number > 3 THEN flag ELSE NOT flag END",
            "CAST(number AS VARCHAR) = '3'",
            "LOWER(name) = 'beta'",
            "COALESCE(name, 'x') <> 'x'",
            "number + 1 = 4",
        ] {
            for query in [
                "SELECT * FROM t WHERE {}",
                "SELECT COUNT(*) AS n FROM t WHERE {}",
                "SELECT name FROM t WHERE {}",
                "SELECT number FROM (SELECT * FROM t WHERE {}) AS inner_t WHERE name IS NOT NULL LIMIT 5",
            ] {
                let query = query.replace("{}", condition);
                let args =
                    ScanArgsAnonymous { schema: Some(Arc::new(frame::polars_schema(&columns))), name: "t", ..ScanArgsAnonymous::default() };
                let scan = PartScan { parts: parts.clone(), columns: columns.clone(), known: None };
                let scanned = LazyFrame::anonymous_scan(Arc::new(scan), args).unwrap();
                assert!(answer(scanned, &query).equals_missing(&answer(whole.clone().lazy(), &query)), "{query}");
            }
        }
    }

    /// Columns of a SELECT as its text names them, read by sqlparser.
    fn asked(query: &str) -> Vec<String> {
        use sqlparser::ast::{Expr, SelectItem, SetExpr, Statement};
        let statements = sqlparser::parser::Parser::parse_sql(&sqlparser::dialect::GenericDialect {}, query).unwrap();
        let Statement::Query(query) = &statements[0] else { panic!("no query") };
        let SetExpr::Select(select) = query.body.as_ref() else { panic!("no select") };
        let name = |item: &SelectItem| match item {
            SelectItem::UnnamedExpr(Expr::Identifier(name)) => name.value.clone(),
            SelectItem::ExprWithAlias { alias, .. } => alias.value.clone(),
            other => panic!("{other}"),
        };
        select.projection.iter().map(name).collect()
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { cases: 64, failure_persistence: None, ..Default::default() })]
        #[test]
        fn columns_come_in_the_order_the_text_names_them(
            order in proptest::sample::subsequence(vec!["number", "name", "flag", "number + 1 AS more", "LOWER(name) AS low"], 1..=5).prop_shuffle(),
            rest in proptest::sample::select(vec!["", " WHERE flag", " WHERE name <> 'x' AND number > 3", " ORDER BY number, name, flag", " LIMIT 3"]),
            from in proptest::sample::select(vec!["t", "(SELECT * FROM t) AS u", "(SELECT flag, name, number FROM t) AS u"]),
            read in proptest::bool::ANY,
        ) {
            let query = format!("SELECT {} FROM {from}{rest}", order.join(", "));
            let folder = tempfile::tempdir().unwrap();
            let lazy = if read {
                let path = folder.path().join("0.parquet");
                frame::Writer::of(&path, &part(0)).and_then(|mut writer| { writer.write(&part(0))?; writer.finish() }).unwrap();
                let kinds = [("number", ColumnKind::Bigint), ("name", ColumnKind::Text), ("flag", ColumnKind::Boolean)];
                let columns: Vec<_> = kinds.map(|(name, kind)| schema::Column { name: name.to_owned(), kind, doc: String::new() }).into();
                let schema = Some(Arc::new(frame::polars_schema(&columns)));
                let args = ScanArgsAnonymous { schema, name: "t", ..ScanArgsAnonymous::default() };
                LazyFrame::anonymous_scan(Arc::new(PartScan { parts: vec![path], columns, known: None }), args).unwrap()
            } else {
                part(0).lazy()
            };
            let mut context = SQLContext::new();
            context.register("t", lazy);
            let answer = context.execute(&query).and_then(LazyFrame::collect).unwrap();
            let names: Vec<String> = answer.get_column_names().iter().map(|n| n.to_string()).collect();
            proptest::prop_assert_eq!(names, asked(&query), "{}", query);
        }
    }
}
