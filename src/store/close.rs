//! Closing a date: the runs of its hours become sorted, deduplicated rows, and their rollups.
//!
//! Two records are copies of one event if they share event id and recipient account and have the same
//! content; one is kept and counted. The same id with other content is an integrity signal: both are
//! kept and flagged. Which copy is kept depends on the formats and the files' hashes only, never on order.
//!
//! Exports that hold a part of a record only (`LOSSY_RANK`) have other content by nature. Their copy of
//! an event counts as a copy of the fuller one if both agree on what every export states: time, service
//! and operation. If not, it is flagged like any other.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;
use std::sync::{Arc, Mutex};

use rustc_hash::{FxHashSet, FxHasher};

use super::conflicts;
use super::copies::{self, Copied};
use super::frame::{self, Source, Writer};
use super::rollup::{Rollup, get, rollups_of};
use super::runs::{Head, Packed, Runs, hour_of, pack};
use super::{Store, StoreError};
use crate::ingest::batch::{Batch, Cell};
use crate::ingest::evidence::LOSSY_RANK;
use crate::ingest::time;
use crate::schema::{ColumnKind, Table, fixed};

/// Change of a file's account: records kept and records that are copies.
pub type Deltas = BTreeMap<u32, (i64, i64)>;

/// What closing needs to know besides the runs.
pub struct Closing<'a> {
    /// The store.
    pub store: &'a Store,
    /// Runs of all workers.
    pub runs: &'a [Mutex<Runs>],
    /// File ids by index.
    pub files: &'a [String],
    /// `Format::copy_rank` of each file, by index.
    pub ranks: &'a [u8],
}

/// Hash of the key two copies share.
pub fn key_hash(event_id: Option<&str>, account: Option<&str>, content: u64) -> u64 {
    let Some(event_id) = event_id else { return content };
    let mut hasher = FxHasher::default();
    hasher.write(event_id.as_bytes());
    hasher.write_u8(0);
    hasher.write(account.unwrap_or("").as_bytes());
    // FxHasher's low bits are weak; a finaliser spreads them (constants of SplitMix64).
    let mut z = hasher.finish();
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The kinds of the cells readers push: the table's columns without those made here.
pub fn reader_kinds(table: &Table) -> Vec<ColumnKind> {
    let made = made_at();
    table.columns.iter().enumerate().filter(|(i, _)| !(made..made + 3).contains(i)).map(|(_, c)| c.kind).collect()
}

/// Index of the first of `copies`, `is_conflict`, `content_hash`.
pub(super) fn made_at() -> usize {
    fixed::event_columns().len() - 3
}

/// Positions among the cells readers push.
pub(super) const EVENT_ID: usize = 0;
const EVENT_SOURCE: usize = 7;
const EVENT_NAME: usize = 8;
pub(super) const RECIPIENT: usize = 13;

struct Row<'b> {
    packed: Packed<'b>,
    id: Option<&'b str>,
    account: Option<&'b str>,
    rank: u8,
    copies: u32,
    conflict: bool,
}

impl<'b> Row<'b> {
    fn is_lossy(&self) -> bool {
        self.rank >= LOSSY_RANK
    }

    /// What every export states of an event.
    fn stated(&self, kinds: &[ColumnKind]) -> Stated<'b> {
        let second = self.packed.head.time.div_euclid(1_000_000);
        (second, self.packed.text(kinds, EVENT_SOURCE), self.packed.text(kinds, EVENT_NAME))
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
    fn of(id: Option<&'b str>, kept: &[Row<'b>], kinds: &[ColumnKind]) -> Self {
        let mut versions = Self { id, ..Self::default() };
        let first = kept.len() - kept.iter().rev().take_while(|row| row.id == id).count();
        for (index, row) in kept.iter().enumerate().skip(first) {
            versions.add(index, row, kinds);
        }
        versions
    }

    fn add(&mut self, index: usize, row: &Row<'b>, kinds: &[ColumnKind]) {
        for account in [Some(row.account), None] {
            self.rows.entry((account, row.stated(kinds))).or_insert(index);
        }
        self.accounts.insert(row.account);
    }

    /// The row that a lossy one is a copy of. A query may have left the account out.
    fn copied(&self, row: &Row<'b>, kinds: &[ColumnKind]) -> Option<usize> {
        self.rows.get(&(row.account.map(Some), row.stated(kinds))).copied()
    }

    /// Whether a lossy row that is no copy shares its key with a row kept.
    fn has_key(&self, row: &Row<'b>) -> bool {
        if row.account.is_some() { self.accounts.contains(&row.account) } else { !self.accounts.is_empty() }
    }
}

/// Closes one date and returns what it changes in the accounts of files, and the keys that stand under more than
/// one of its hours: these, and those that other dates have as well, are flagged in the end.
///
/// # Errors
/// When runs cannot be read back or the date's files not be written.
pub fn close_date(closing: &Closing<'_>, day: i32) -> Result<(Deltas, FxHashSet<u64>), StoreError> {
    let store = closing.store;
    let Some(table) = store.schema().table("cloudtrail_events") else { return Ok(<_>::default()) };
    let kinds = reader_kinds(&table);
    let name = time::date_text(day);
    let prior = prior_rows(closing, &table, day)?;
    let hours: BTreeSet<i64> = {
        let first = i64::from(day) * 24;
        let mut hours: BTreeSet<i64> = prior.keys().copied().collect();
        for runs in closing.runs {
            hours.extend(lock(runs).hours().filter(|h| (first..first + 24).contains(h)));
        }
        hours
    };

    let mut out = DateWriter::new(store, &table, &name)?;
    let mut deltas = Deltas::new();
    let mut keys: Vec<(u64, i64)> = Vec::new();
    let mut dropped: Vec<Copied> = Vec::new();
    for hour in hours {
        let mut bytes = Vec::new();
        let mut cells = Vec::new();
        if let Some(rows) = prior.get(&hour) {
            bytes.extend_from_slice(rows);
        }
        for runs in closing.runs {
            let mut runs = lock(runs);
            runs.take(hour, &mut bytes).map_err(|e| StoreError::io(runs.scratch(), e))?;
        }
        let winners = winners(&bytes, &kinds, closing, &mut deltas, &mut dropped);
        for row in &winners {
            row.packed.cells(&kinds, &mut cells);
            let at = made_at();
            cells.splice(
                at..at,
                [Cell::Int(i64::from(row.copies)), Cell::Bool(row.conflict), Cell::Int(row.packed.head.content_hash as i64)],
            );
            out.push(&row.packed.head, &cells, closing.files)?;
            keys.push((key_hash(row.id, row.account, row.packed.head.content_hash), hour));
        }
    }
    out.finish(closing.files)?;
    copies::add(store, day, dropped, closing.files)?;
    Ok((deltas, conflicts::save(store, day, keys)?))
}

fn lock(runs: &Mutex<Runs>) -> std::sync::MutexGuard<'_, Runs> {
    runs.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// One row for each content of each key, in the order rows are written.
fn winners<'b>(
    bytes: &'b [u8],
    kinds: &[ColumnKind],
    closing: &Closing<'_>,
    deltas: &mut Deltas,
    dropped: &mut Vec<Copied>,
) -> Vec<Row<'b>> {
    let mut rows: Vec<Row<'b>> = Packed::all(bytes)
        .map(|packed| Row {
            id: packed.text(kinds, EVENT_ID),
            account: packed.text(kinds, RECIPIENT),
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
    rows.sort_unstable_by(|a, b| (order(a), file(a), a.packed.head.record).cmp(&(order(b), file(b), b.packed.head.record)));
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
                versions = Versions::of(row.id, &kept, kinds);
            }
            (versions.copied(&row, kinds), versions.has_key(&row))
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
            versions.add(kept.len(), &row, kinds);
        }
        kept.push(Row { conflict, ..row });
    }
    if !contradicted.is_empty() {
        for row in kept.iter_mut().filter(|row| row.id.is_some()) {
            row.conflict |= contradicted.contains(&(row.id, row.account)) || contradicted.contains(&(row.id, None));
        }
    }
    kept.sort_unstable_by(|a, b| {
        (a.packed.head.time, a.id, a.account, a.packed.head.content_hash).cmp(&(
            b.packed.head.time,
            b.id,
            b.account,
            b.packed.head.content_hash,
        ))
    });
    kept
}

/// The rows a date already has, packed again and by hour.
fn prior_rows(closing: &Closing<'_>, table: &Arc<Table>, day: i32) -> Result<BTreeMap<i64, Vec<u8>>, StoreError> {
    let mut hours: BTreeMap<i64, Vec<u8>> = BTreeMap::new();
    let store = closing.store;
    if !store.manifest.event_dates.contains(&day) {
        return Ok(hours);
    }
    let path = store.stored_path("cloudtrail_events", &format!("{}.parquet", time::date_text(day)));
    let frame = frame::read(&path, None)?;
    let (batch, sources) = frame::batch(&frame, table).map_err(|e| StoreError::polars(&path, e))?;
    let index: BTreeMap<&str, u32> =
        closing.files.iter().enumerate().map(|(i, id)| (id.as_str(), u32::try_from(i).unwrap_or(u32::MAX))).collect();
    let made = made_at();
    for (row, source) in sources.iter().enumerate() {
        let mut cells: Vec<Cell<'_>> = batch.columns().iter().map(|c| get(c, row)).collect();
        let made: Vec<Cell<'_>> = cells.drain(made..made + 3).collect();
        let number = |cell: Cell<'_>| if let Cell::Int(v) = cell { v } else { 0 };
        let time = number(cells[1]);
        let head = Head {
            time,
            content_hash: number(made[2]) as u64,
            file: index.get(source.as_str()).copied().unwrap_or(u32::MAX),
            record: u32::try_from(batch.records()[row]).unwrap_or(u32::MAX),
            copies: u32::try_from(number(made[0])).unwrap_or(1),
            prior: true,
        };
        pack(hours.entry(hour_of(time)).or_default(), &head, &cells);
    }
    Ok(hours)
}

/// Writes the rows of a date and its rollups.
struct DateWriter<'s> {
    store: &'s Store,
    name: String,
    writer: Writer,
    rollups: Vec<Rollup>,
    batch: Batch,
    files: Vec<u32>,
}

impl<'s> DateWriter<'s> {
    fn new(store: &'s Store, table: &Arc<Table>, name: &str) -> Result<Self, StoreError> {
        Ok(Self {
            writer: Writer::create(&store.part_path(&table.name, name), &table.all_columns())?,
            rollups: rollups_of(store.schema(), &table.name),
            batch: Batch::new(Arc::clone(table)),
            files: Vec::new(),
            name: name.to_owned(),
            store,
        })
    }

    fn push(&mut self, head: &Head, cells: &[Cell<'_>], ids: &[String]) -> Result<(), StoreError> {
        self.batch.push(u64::from(head.record), cells);
        self.files.push(head.file);
        if self.batch.len() >= frame::ROW_GROUP { self.flush(ids) } else { Ok(()) }
    }

    fn flush(&mut self, ids: &[String]) -> Result<(), StoreError> {
        let empty = Batch::new(Arc::clone(self.batch.table()));
        let batch = std::mem::replace(&mut self.batch, empty);
        let rows = std::mem::take(&mut self.files);
        for rollup in &mut self.rollups {
            rollup.add(&batch);
        }
        let frame = frame::frame(&batch, Source::Files(&rows, ids)).map_err(|e| StoreError::polars(self.store.folder(), e))?;
        self.writer.write(&frame)
    }

    fn finish(mut self, ids: &[String]) -> Result<(), StoreError> {
        self.flush(ids)?;
        self.writer.finish()?;
        for rollup in self.rollups {
            let table = Arc::clone(rollup.table());
            let path = self.store.part_path(&table.name, &self.name);
            write_batch(&path, &rollup.finish(), Source::None)?;
        }
        Ok(())
    }
}

/// Writes one batch as a whole Parquet file.
///
/// # Errors
/// When it cannot be written.
pub fn write_batch(path: &std::path::Path, batch: &Batch, source: Source<'_>) -> Result<(), StoreError> {
    let mut writer = Writer::create(path, &batch.table().all_columns())?;
    let frame = frame::frame(batch, source).map_err(|e| StoreError::polars(path, e))?;
    writer.write(&frame)?;
    writer.finish()
}
