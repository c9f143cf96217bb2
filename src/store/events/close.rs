//! Closing a date: the runs of its hours become sorted, deduplicated rows, and their rollups.
//!
//! Two records are copies of one event if they share event id and recipient account and have the same
//! content; one is kept and counted. The same id with other content is an integrity signal: both are
//! kept and flagged. Which copy is kept depends on the formats and the files' hashes only, never on order.
//!
//! Exports that hold a part of a record only (`LOSSY_RANK`) have other content by nature. Their copy of
//! an event counts as a copy of the fuller one if both agree on what every export states: time, service
//! and operation. If not, it is flagged like any other.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::conflicts::{self, key_hash};
use super::copies::{self, Copied};
use super::packed::{EVENT_ID, EVENT_NAME, EVENT_SOURCE, EVENT_TIME, Head, Packed};
use super::rollup::{Rollup, rollups_of};
use super::runs::{Run, Runs, Texts, day_of};
use crate::base::time;
use crate::ingest::batch::{Batch, Cell};
use crate::ingest::formats::declaration::LOSSY_RANK;
use crate::ingest::reading::dict;
use crate::schema::row::{Columns as _, Row as _, position};
use crate::schema::tables::{CloudtrailEventsRow, EventClosing};
use crate::schema::{ColumnKind, Table};
use crate::store::parquet::frame::{self, Source};
use crate::store::parquet::writer::{BatchWriter, write_batch};
use crate::store::{Store, StoreError};

/// Change of a file's account: records kept and records that are copies.
pub type Deltas = BTreeMap<u32, (i64, i64)>;

/// What closing needs to know besides the runs.
pub struct Closing<'a> {
    /// The store.
    pub store: &'a Store,
    /// Runs of all workers.
    pub runs: &'a [Run],
    /// File ids by index.
    pub files: &'a [String],
    /// `Format::copy_rank` of each file, by index.
    pub ranks: &'a [u8],
}

/// The kinds of the cells readers push: the table's columns without those made here.
pub fn reader_kinds(table: &Table) -> Arc<[ColumnKind]> {
    reader_columns(table).into_iter().map(|(_, kind)| kind).collect()
}

/// Where the cells readers push stand in the table.
fn reader_columns(table: &Table) -> Vec<(usize, ColumnKind)> {
    table.columns.iter().map(|c| c.kind).enumerate().filter(|(at, _)| !MADE.contains(at)).collect()
}

/// Where the columns that are made here stand: after those that every reader fills, before those of the catalogue.
const MADE: std::ops::Range<usize> = CloudtrailEventsRow::COLUMNS.len()..CloudtrailEventsRow::COLUMNS.len() + EventClosing::COLUMNS.len();
const COPIES: usize = MADE.start + position(EventClosing::COLUMNS, EventClosing::copies);
const IS_CONFLICT: usize = MADE.start + position(EventClosing::COLUMNS, EventClosing::is_conflict);
const CONTENT_HASH: usize = MADE.start + position(EventClosing::COLUMNS, EventClosing::content_hash);

#[derive(Clone, Copy)]
struct Row<'b> {
    packed: Packed<'b>,
    /// Number of the run it is from.
    run: usize,
    id: Option<&'b str>,
    account: Option<&'b str>,
    rank: u8,
    copies: u32,
    conflict: bool,
}

impl<'b> Row<'b> {
    #[inline]
    fn is_lossy(&self) -> bool {
        self.rank >= LOSSY_RANK
    }

    /// What every export states of an event.
    #[inline]
    fn stated(&self, day: &Day<'b>) -> Stated<'b> {
        let second = self.packed.head.time.div_euclid(1_000_000);
        let text = |column| self.packed.code(day.kinds, column).and_then(|code| day.text(self.run, code));
        (second, text(EVENT_SOURCE), text(EVENT_NAME))
    }
}

/// Second, service and operation.
type Stated<'b> = (i64, Option<&'b str>, Option<&'b str>);

/// The rows kept of one event id, for the lossy rows that follow them.
#[derive(Default)]
struct Versions<'b> {
    id: Option<&'b str>,
    /// Account, or `None` for whatever account, and what is stated: index of the row among those kept.
    rows: BTreeMap<(Option<Option<&'b str>>, Stated<'b>), usize>,
    accounts: BTreeSet<Option<&'b str>>,
}

impl<'b> Versions<'b> {
    fn of(id: Option<&'b str>, kept: &[Row<'b>], day: &Day<'b>) -> Self {
        let mut versions = Self { id, ..Self::default() };
        let first = kept.len() - kept.iter().rev().take_while(|row| row.id == id).count();
        for (index, row) in kept.iter().enumerate().skip(first) {
            versions.add(index, row, day);
        }
        versions
    }

    fn add(&mut self, index: usize, row: &Row<'b>, day: &Day<'b>) {
        for account in [Some(row.account), None] {
            self.rows.entry((account, row.stated(day))).or_insert(index);
        }
        self.accounts.insert(row.account);
    }

    /// The row that a lossy one is a copy of. A query may have left the account out.
    fn copied(&self, row: &Row<'b>, day: &Day<'b>) -> Option<usize> {
        self.rows.get(&(row.account.map(Some), row.stated(day))).copied()
    }

    /// Whether a lossy row that is no copy shares its key with a row kept.
    fn has_key(&self, row: &Row<'b>) -> bool {
        if row.account.is_some() { self.accounts.contains(&row.account) } else { !self.accounts.is_empty() }
    }
}

/// The runs of a date and their texts.
struct Day<'a> {
    runs: &'a [&'a Run],
    texts: &'a [Texts<'a>],
    kinds: &'a [ColumnKind],
}

impl<'a> Day<'a> {
    #[inline]
    fn text(&self, run: usize, code: u32) -> Option<&'a str> {
        self.texts.get(run).and_then(|texts| texts.get(code))
    }

    /// The packed rows of an hour, run by run.
    fn rows(&self, hour: i64) -> std::io::Result<Vec<Vec<u8>>> {
        self.runs.iter().map(|run| run.take(hour)).collect()
    }
}

/// Closes one date and returns what it changes in the accounts of files, and the keys that stand under more than
/// one of its hours: these, and those that other dates have as well, are flagged in the end.
///
/// # Errors
/// When runs cannot be read back or the date's files not be written.
pub fn close_date(closing: &Closing<'_>, day: i32) -> Result<(Deltas, FxHashSet<u64>), StoreError> {
    let store = closing.store;
    let Some(table) = store.schema().table(CloudtrailEventsRow::TABLE.name) else { return Ok(<_>::default()) };
    let io = |e| StoreError::io(&store.scratch(), e);
    let kinds = reader_kinds(&table);
    let name = time::date_text(day);
    let prior = prior_rows(closing, &table, day)?;
    let runs: Vec<&Run> = closing.runs.iter().chain(&prior).collect();
    let texts = runs.iter().map(|run| run.texts(day)).collect::<std::io::Result<Vec<_>>>().map_err(io)?;
    let date = Day { runs: &runs, texts: &texts, kinds: &kinds };
    let hours: BTreeSet<i64> = runs.iter().flat_map(|run| run.hours()).filter(|hour| day_of(*hour) == day).collect();

    let mut out = DateWriter::new(closing, &table, &date, &name)?;
    let mut deltas = Deltas::new();
    let mut keys: Vec<(u64, i64)> = Vec::new();
    let mut dropped: Vec<Copied> = Vec::new();
    for hour in hours {
        let rows = date.rows(hour).map_err(io)?;
        let ids = Ids::of(&rows, kinds.len());
        for row in winners(&rows, &ids, &date, closing, (&mut deltas, &mut dropped)) {
            out.push(&row)?;
            keys.push((key_hash(row.id, row.account, row.packed.head.content_hash), hour));
        }
    }
    out.finish()?;
    copies::add(store, day, dropped, closing.files)?;
    Ok((deltas, conflicts::save(store, day, keys)?))
}

/// The event ids of an hour's rows, spelt out: they are compared far more often than read.
struct Ids {
    texts: String,
    /// End of each row's id, and whether it has one.
    ends: Vec<(usize, bool)>,
}

impl Ids {
    fn of(rows: &[Vec<u8>], columns: usize) -> Self {
        let mut ids = Self { texts: String::new(), ends: Vec::new() };
        for row in rows.iter().flat_map(|rows| Packed::all(rows, columns)) {
            let stated = row.put_id(&mut ids.texts);
            ids.ends.push((ids.texts.len(), stated));
        }
        ids
    }

    fn all(&self) -> impl Iterator<Item = Option<&str>> {
        let mut start = 0;
        self.ends.iter().map(move |(end, stated)| {
            let text = self.texts.get(start..*end);
            start = *end;
            text.filter(|_| *stated)
        })
    }
}

/// One row for each content of each key, in the order rows are written.
fn winners<'b>(
    bytes: &'b [Vec<u8>],
    ids: &'b Ids,
    day: &Day<'b>,
    closing: &Closing<'_>,
    (deltas, dropped): (&mut Deltas, &mut Vec<Copied>),
) -> Vec<Row<'b>> {
    let packed = bytes.iter().enumerate().flat_map(|(run, rows)| Packed::all(rows, day.kinds.len()).map(move |row| (run, row)));
    let rows: Vec<Row<'b>> = packed
        .zip(ids.all())
        .map(|((run, packed), id)| Row {
            id,
            run,
            account: day.text(run, packed.account),
            rank: closing.ranks.get(packed.head.file as usize).copied().unwrap_or(0),
            copies: packed.head.copies,
            conflict: false,
            packed,
        })
        .collect();
    let file = |row: &Row<'_>| closing.files.get(row.packed.head.file as usize).map_or("", String::as_str);
    // Of one event the full records come first, so that lossy ones meet the record they are a copy of.
    let order = |row: &Row<'b>| {
        let lossy = row.is_lossy();
        let (rank, nameless) = if lossy { (row.rank, row.account.is_none()) } else { (0, false) };
        (row.id, lossy, nameless, row.account, rank, row.packed.head.content_hash, row.rank)
    };
    let rows = sorted(
        &rows,
        |row| beginning(row.id),
        |a, b| (order(a), file(a), a.packed.head.record).cmp(&(order(b), file(b), b.packed.head.record)),
    );
    let mut kept: Vec<Row<'b>> = Vec::with_capacity(rows.len());
    let mut versions = Versions::default();
    let mut contradicted: BTreeSet<(Option<&str>, Option<&str>)> = BTreeSet::new();
    for row in rows {
        let head = row.packed.head;
        let same_key = |other: &Row<'_>| {
            if row.id.is_none() {
                other.id.is_none() && other.packed.head.content_hash == head.content_hash
            } else {
                other.id == row.id && other.account == row.account
            }
        };
        let last = kept.len().checked_sub(1);
        let (copied, conflict) = if !row.is_lossy() {
            let same = last.filter(|at| same_key(&kept[*at]));
            (same.filter(|at| kept[*at].packed.head.content_hash == head.content_hash), same.is_some())
        } else if row.id.is_none() {
            // Rows of a query without ids: alike ones may well be different events.
            (None, false)
        } else {
            if versions.id != row.id {
                versions = Versions::of(row.id, &kept, day);
            }
            (versions.copied(&row, day), versions.has_key(&row))
        };
        let delta = deltas.entry(head.file).or_default();
        if let Some(at) = copied {
            kept[at].copies += head.copies;
            let whole = kept[at].packed.head;
            dropped.push(Copied { at: (head.file, head.record), kept: (whole.file, whole.record) });
            delta.1 += 1;
            if head.prior {
                delta.0 -= 1;
            }
            continue;
        }
        if !head.prior {
            delta.0 += 1;
        }
        if conflict {
            contradicted.insert((row.id, row.account));
        }
        if row.is_lossy() && row.id.is_some() {
            versions.add(kept.len(), &row, day);
        }
        kept.push(Row { conflict, ..row });
    }
    if !contradicted.is_empty() {
        for row in kept.iter_mut().filter(|row| row.id.is_some()) {
            row.conflict |= contradicted.contains(&(row.id, row.account)) || contradicted.contains(&(row.id, None));
        }
    }
    sorted(
        &kept,
        |row| row.packed.head.time,
        |a, b| (a.id, a.account, a.packed.head.content_hash).cmp(&(b.id, b.account, b.packed.head.content_hash)),
    )
}

/// Rows sorted by a number, and those alike in it by the rest. Numbers are compared where they stand, rows are far apart
/// and moved once.
fn sorted<'b, N: Ord + Copy>(
    rows: &[Row<'b>],
    number: impl Fn(&Row<'b>) -> N,
    rest: impl Fn(&Row<'b>, &Row<'b>) -> Ordering,
) -> Vec<Row<'b>> {
    let mut order: Vec<(N, u32)> = rows.iter().zip(0..).map(|(row, at)| (number(row), at)).collect();
    order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| rest(&rows[a.1 as usize], &rows[b.1 as usize])));
    order.into_iter().map(|(_, at)| rows[at as usize]).collect()
}

/// The first eight bytes of an id as a number, which never orders two ids other than their letters do.
#[inline]
fn beginning(id: Option<&str>) -> u64 {
    let mut bytes = [0; 8];
    let id = id.unwrap_or_default().as_bytes();
    let length = id.len().min(8);
    bytes[..length].copy_from_slice(&id[..length]);
    u64::from_be_bytes(bytes)
}

/// The rows a date already has, packed again.
fn prior_rows(closing: &Closing<'_>, table: &Arc<Table>, day: i32) -> Result<Vec<Run>, StoreError> {
    let store = closing.store;
    if !store.manifest.event_dates.contains(&day) {
        return Ok(Vec::new());
    }
    let mut runs = Runs::new(reader_kinds(table), usize::MAX, store.scratch());
    stored_rows(store, table, day, &copies::numbers(closing.files), |head, cells| {
        runs.push(head, cells).map_err(|e| StoreError::io(runs.scratch(), e))
    })?;
    Ok(runs.finish())
}

/// Gives the rows that a store has of a date, with their cells as readers push them. `index` tells the number of a file.
///
/// # Errors
/// When they cannot be read, and what `each` says.
pub(in crate::store) fn stored_rows(
    store: &Store,
    table: &Arc<Table>,
    day: i32,
    index: &BTreeMap<&str, u32>,
    mut each: impl FnMut(&Head, &[Cell<'_>]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let path = store.stored_path(CloudtrailEventsRow::TABLE.name, &format!("{}.parquet", time::date_text(day)));
    let (batch, sources) = frame::batch(&frame::read(&path, None)?, table).map_err(|e| StoreError::polars(&path, e))?;
    for (row, source) in sources.iter().enumerate() {
        let number = |column: usize| batch.cell(column, row).as_int().unwrap_or(0);
        let mut cells = batch.cells(row);
        cells.drain(MADE);
        let head = Head {
            time: number(EVENT_TIME),
            content_hash: number(CONTENT_HASH) as u64,
            file: index.get(source.as_str()).copied().unwrap_or(u32::MAX),
            record: u32::try_from(batch.records()[row]).unwrap_or(u32::MAX),
            copies: u32::try_from(number(COPIES)).unwrap_or(1),
            prior: true,
        };
        each(&head, &cells)?;
    }
    Ok(())
}

/// Writes the rows of a date and its rollups.
struct DateWriter<'a> {
    store: &'a Store,
    ids: &'a [String],
    name: &'a str,
    texts: &'a [Texts<'a>],
    columns: Vec<(usize, ColumnKind)>,
    writer: BatchWriter,
    rollups: Vec<Rollup>,
    batch: Batch,
    files: Vec<u32>,
    /// The batch's code of each text of each run, once it was met.
    known: Vec<Vec<u32>>,
}

impl<'a> DateWriter<'a> {
    fn new(closing: &Closing<'a>, table: &Arc<Table>, day: &Day<'a>, name: &'a str) -> Result<Self, StoreError> {
        let store = closing.store;
        Ok(Self {
            store,
            ids: closing.files,
            name,
            texts: day.texts,
            columns: reader_columns(table),
            writer: BatchWriter::create(&store.part_path(&table.name, name), &table.all_columns())?,
            rollups: rollups_of(store.schema(), &table.name),
            batch: Batch::new(Arc::clone(table)),
            files: Vec::new(),
            known: day.texts.iter().map(|texts| vec![dict::NULL; texts.bound()]).collect(),
        })
    }

    fn push(&mut self, row: &Row<'_>) -> Result<(), StoreError> {
        let head = &row.packed.head;
        self.batch.begin(u64::from(head.record));
        self.files.push(head.file);
        if let Some(id) = row.id {
            self.batch.set(EVENT_ID, Cell::Text(id));
        }
        if let (Some(texts), Some(known)) = (self.texts.get(row.run), self.known.get_mut(row.run)) {
            row.packed.fill(&mut self.batch, &self.columns, |batch, code| {
                let Some(known) = known.get_mut(code as usize) else { return dict::NULL };
                if *known == dict::NULL
                    && let Some(text) = texts.get(code)
                {
                    *known = batch.code(text);
                }
                *known
            });
        }
        self.batch.set(COPIES, Cell::Int(i64::from(row.copies)));
        self.batch.set(IS_CONFLICT, Cell::Bool(row.conflict));
        self.batch.set(CONTENT_HASH, Cell::Int(head.content_hash as i64));
        if self.batch.len() >= frame::ROW_GROUP { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        for rollup in &mut self.rollups {
            rollup.add(&self.batch);
        }
        self.writer.write(&self.batch, Source::Files(&self.files, self.ids))?;
        self.batch.clear();
        self.files.clear();
        self.known.iter_mut().for_each(|known| known.fill(dict::NULL));
        Ok(())
    }

    fn finish(mut self) -> Result<(), StoreError> {
        self.flush()?;
        self.writer.finish()?;
        for rollup in &self.rollups {
            let path = self.store.part_path(&rollup.table().name, self.name);
            write_batch(&path, &rollup.finish(), Source::None)?;
        }
        Ok(())
    }
}
