//! From files to a store: each file is read once, by one worker; then the touched dates are closed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use crossbeam_channel::{Receiver, Sender};

use super::manifest::{Assembly, InputFile, RejectEntry};
use super::merge::{self, Merging};
use super::{Store, StoreError, settle};
use crate::base::parallel::on_threads;
use crate::ingest::Offered;
use crate::ingest::batch::{Batch, Output};
use crate::ingest::detect::Format;
use crate::ingest::formats::cloudtrail::{self, Event};
use crate::ingest::formats::cost;
use crate::ingest::reading::container::Limits;
use crate::ingest::remark::Remark;
use crate::schema::row::Row as _;
use crate::schema::row::{Columns as _, position};
use crate::schema::tables::{CloudtrailEventsRow, CostTagsRow};
use crate::schema::{ColumnKind, Storage};
use crate::store::events::close::{Closing, Deltas, close_date, reader_kinds};
use crate::store::events::conflicts::{self, Conflicts};
use crate::store::events::packed::Head;
use crate::store::events::raw::Raw;
use crate::store::events::rollup::{Rollup, rollups_of};
use crate::store::events::runs::{Run, Runs, day_of};
use crate::store::parquet::frame::Source;
use crate::store::parquet::pool::{self, Pool};
use crate::store::parquet::writer::{BatchWriter, write_batch};
use crate::store::reading::input::Task;
use crate::store::reading::outer::Outer;
use crate::store::reading::places::Places;
use crate::store::reading::registry::{self, Registry};
use crate::store::reading::{broken_off, parquet};

/// Lists what the arguments offer.
pub use crate::store::reading::offer::offered;

/// Bytes of packed events all workers together hold before they spill.
const RUNS_IN_MEMORY: usize = 160 << 20;

/// What a run of ingestion reports while it works: files done, files in all, bytes done.
pub type Progress<'p> = &'p (dyn Fn(usize, usize, u64) + Sync);

/// How files are read.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// What a file may cost.
    pub limits: Limits,
    /// Workers.
    pub threads: usize,
    /// Whether CloudTrail records are kept whole too.
    pub keep_raw: bool,
}

/// Reads files and other stores into the store and commits it.
///
/// # Errors
/// When the store cannot be written, or another store not be merged. Trouble with an input is no error: it
/// is in the manifest.
pub fn ingest(
    store: &mut Store,
    offered: &[Offered],
    others: &[Store],
    reading: &Reading,
    progress: Progress<'_>,
) -> Result<(), StoreError> {
    read_files(store, offered, others, reading, Purpose::Evidence, progress)
}

/// The same for `verify`: log files are hashed and not read, other evidence is only listed. Such a store is for
/// [`crate::facts`] to verify log files by, and for nothing else.
///
/// # Errors
/// As [`ingest`].
pub fn survey(store: &mut Store, offered: &[Offered], reading: &Reading, progress: Progress<'_>) -> Result<(), StoreError> {
    read_files(store, offered, &[], reading, Purpose::Verification, progress)
}

/// What files are read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A store to evaluate.
    Evidence,
    /// The integrity of log files only.
    Verification,
}

fn read_files(
    store: &mut Store,
    offered: &[Offered],
    others: &[Store],
    reading: &Reading,
    purpose: Purpose,
    progress: Progress<'_>,
) -> Result<(), StoreError> {
    store.take()?;
    let mut hindsight = Hindsight::default();
    while let Some(more) = attempt(store, offered, others, reading, (purpose, &hindsight), progress)? {
        // What was found out late holds for all of the inputs, whatever came first: so all are read again.
        hindsight.add(more);
        store.begin_again()?;
    }
    store.commit()
}

/// What can only be known once files were read, and changes how they are read.
#[derive(Debug, Default)]
pub(super) struct Hindsight {
    /// Archives that unpack to more than they may, by their number among the files offered.
    pub(super) refused: BTreeSet<usize>,
    /// Beginnings that hashes of several files share.
    pub(super) shared: BTreeSet<String>,
}

impl Hindsight {
    fn add(&mut self, more: Self) {
        self.refused.extend(more.refused);
        self.shared.extend(more.shared);
    }

    fn is_empty(&self) -> bool {
        self.refused.is_empty() && self.shared.is_empty()
    }
}

/// Reads everything; gives what must be known before, if it was not.
fn attempt(
    store: &mut Store,
    offered: &[Offered],
    others: &[Store],
    reading: &Reading,
    (purpose, hindsight): (Purpose, &Hindsight),
    progress: Progress<'_>,
) -> Result<Option<Hindsight>, StoreError> {
    let threads = reading.threads.max(1);
    let kinds: Arc<[ColumnKind]> =
        store.schema().table(CloudtrailEventsRow::TABLE.name).map_or_else(|| Vec::new().into(), |t| reader_kinds(&t));
    let mut others: Vec<&Store> = others.iter().collect();
    if store.manifest.files.is_empty() {
        // The largest store is taken as it is and the others come into it; which one it is shows nowhere.
        let kept = |s: &&Store| s.manifest.files.values().map(|f| f.kept).sum::<u64>();
        if let Some(at) = (0..others.len()).max_by_key(|at| kept(&others[*at])) {
            store.adopt(others.remove(at))?;
        }
    }
    let mut registry = Registry::of(store, hindsight);
    let merging = Merging::register(store, &others, &mut registry)?;
    let job = Job {
        store,
        registry: Mutex::new(registry),
        read: Condvar::new(),
        reading: Reading { threads, ..*reading },
        known: AtomicUsize::new(offered.len()),
        done: AtomicUsize::new(0),
        kinds: kinds.len(),
        purpose,
        hindsight,
        outers: Mutex::default(),
        pool: Pool::default(),
    };
    let new = || Runs::new(Arc::clone(&kinds), RUNS_IN_MEMORY / threads, store.scratch());
    let runs: Vec<Mutex<Runs>> = (0..threads).map(|_| Mutex::new(new())).collect();
    merge::take_over(&merging, store, &job.pool, &runs)?;
    let next = AtomicUsize::new(0);
    let failed: Mutex<Option<StoreError>> = Mutex::new(None);
    // Long files first, so that no worker is left alone with one at the end.
    let mut order: Vec<usize> = (0..offered.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(offered[*i].bytes));
    let (give, take) = crossbeam_channel::bounded::<Task>(threads * 2);
    let work = |runs: &Mutex<Runs>, give: Sender<Task>, take: Receiver<Task>| {
        let mut runs = runs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Whoever opens an archive gives its members to all. Waiting for them ends when nobody is left
        // who could open one.
        let mut give = Some(give);
        let mut offered_next = || {
            let index = give.as_ref().and_then(|_| order.get(next.fetch_add(1, Ordering::Relaxed)));
            let task = index.zip(give.as_ref()).map(|(index, give)| Task::offered(&offered[*index], *index, give.clone()));
            if task.is_none() {
                give = None;
            }
            task
        };
        while let Some(task) = take.try_recv().ok().or_else(&mut offered_next).or_else(|| take.recv().ok()) {
            let bytes = task.bytes();
            if failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).is_some() {
                continue;
            }
            if let Err(error) = job.take(task, &mut runs) {
                failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(error);
            }
            progress(job.done.fetch_add(1, Ordering::Relaxed) + 1, job.known.load(Ordering::Relaxed), bytes);
        }
    };
    std::thread::scope(|scope| {
        for runs in &runs {
            let (give, take) = (give.clone(), take.clone());
            scope.spawn(|| work(runs, give, take));
        }
        drop((give, take));
    });
    if let Some(error) = failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        return Err(error);
    }
    let outers = job.outers.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let registry = job.registry.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let refused = outers.iter().filter(|outer| outer.is_spent()).map(|outer| outer.index).collect();
    let late = Hindsight { refused, shared: registry.shared_late.clone() };
    if let Some(id) = late.shared.iter().find(|id| store.manifest.files.contains_key(*id)) {
        return Err(StoreError::SameId { path: store.folder().to_owned(), id: id.clone() });
    }
    if !late.is_empty() {
        return Ok(Some(late));
    }
    job.pool.finish(store)?;
    close_dates(store, runs, registry, threads)?;
    merging.iter().try_for_each(|merging| merging.check(&store.manifest.files))?;
    Ok(None)
}

/// What all workers of a run share.
pub(super) struct Job<'s> {
    pub(super) store: &'s Store,
    registry: Mutex<Registry>,
    /// A file has been read.
    pub(super) read: Condvar,
    pub(super) kinds: usize,
    pub(super) reading: Reading,
    /// Inputs known and done: files offered, and members of archives as they are found.
    pub(super) known: AtomicUsize,
    pub(super) done: AtomicUsize,
    pub(super) purpose: Purpose,
    pub(super) hindsight: &'s Hindsight,
    outers: Mutex<Vec<Arc<Outer>>>,
    pub(super) pool: Pool,
}

impl Job<'_> {
    pub(super) fn registry(&self) -> std::sync::MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The accounts of outermost archives.
    pub(super) fn outers(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Outer>>> {
        self.outers.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Remembers which files make up an assembly of a billing period.
    pub(super) fn assembly(&self, text: &[u8], entry: &mut InputFile) {
        entry.read = 1;
        match cost::delivery_of(text, &entry.paths[0]) {
            Ok(cost::Delivery { report, period, id, keys }) => {
                entry.kept = 1;
                let assembly = Assembly { report, period, assembly_id: id, keys, path: entry.paths[0].clone() };
                self.registry().assemblies.insert(entry.file_id.clone(), assembly);
            }
            Err(error) => {
                entry.read = 0;
                entry.reject(error.to_string());
            }
        }
    }

    /// A Parquet file: what it is, its columns say.
    pub(super) fn parquet(&self, bytes: parquet::Bytes<'_>, entry: &mut InputFile) -> Result<(), StoreError> {
        entry.format = parquet::format(bytes);
        if entry.format == Format::StoreTable {
            return Ok(());
        }
        self.rows(entry, |_, _, out| parquet::read(bytes, out))
    }

    /// Runs a reader whose rows go to tables kept per file.
    pub(super) fn rows(&self, entry: &mut InputFile, read: impl FnOnce(Format, &str, &mut Output<'_>)) -> Result<(), StoreError> {
        let mut tables = FileTables::new(self, &entry.file_id);
        let mut sink = |batch: &Batch| tables.add(batch);
        let mut out = Output::new(std::sync::Arc::clone(self.store.schema()), &mut sink);
        read(entry.format, &entry.paths[0], &mut out);
        out.finish();
        entry.read = out.counts.read;
        entry.kept = out.counts.kept;
        entry.rejected = out.counts.rejected;
        entry.rejects = out.rejects.iter().map(RejectEntry::from).collect();
        entry.notes.append(&mut out.notes);
        entry.charges = out.totals.take();
        (entry.first_time, entry.last_time) = out.times.map_or((None, None), |(a, b)| (Some(a), Some(b)));
        drop(out);
        entry.seen = std::mem::take(&mut tables.seen);
        entry.rows = tables.finish()?;
        Ok(())
    }
}

/// Files a digest may list, or that once were one: what was a log file and is no more must be told from it.
pub(super) fn may_be_listed(format: Format) -> bool {
    format.cloudtrail().is_some() || format.is_digest() || matches!(format, Format::Empty | Format::Unrecognised)
}

/// Files that are read when only integrity is asked for; log files are hashed and no more.
pub(super) fn bears_on_integrity(format: Format) -> bool {
    format.is_integrity()
}

/// Where account and Region stand among the cells of an event.
const ACCOUNT: usize = position(CloudtrailEventsRow::COLUMNS, CloudtrailEventsRow::account_id);
const REGION: usize = position(CloudtrailEventsRow::COLUMNS, CloudtrailEventsRow::aws_region);

/// Puts events into the runs of a worker.
pub(super) struct EventSink<'a, 's> {
    pub(super) entry: &'a mut InputFile,
    pub(super) runs: &'a mut Runs,
    pub(super) index: u32,
    pub(super) cells: usize,
    pub(super) raw: Option<Raw<'s>>,
    pub(super) failed: Option<std::io::Error>,
    /// Why records are out of scope, each reason once.
    pub(super) apart: Vec<String>,
}

impl cloudtrail::Sink for EventSink<'_, '_> {
    fn event(&mut self, record: u64, event: &Event<'_>) {
        debug_assert_eq!(event.cells.len(), self.cells);
        let text = |at: usize| event.cells.get(at).and_then(|cell| cell.as_text()).unwrap_or("");
        let head = Head {
            time: event.time,
            content_hash: event.content_hash,
            file: self.index,
            record: u32::try_from(record).unwrap_or(u32::MAX),
            copies: 1,
            prior: false,
        };
        if let Err(error) = self.runs.push(&head, event.cells) {
            self.failed.get_or_insert(error);
        }
        if let Some(raw) = &mut self.raw {
            raw.add(record, event);
        }
        let entry = &mut *self.entry;
        entry.first_time = Some(entry.first_time.map_or(event.time, |t| t.min(event.time)));
        entry.last_time = Some(entry.last_time.map_or(event.time, |t| t.max(event.time)));
        entry.seen.add(text(ACCOUNT), text(REGION));
    }

    fn reject(&mut self, record: u64, offset: u64, reason: String) {
        self.entry.rejected += 1;
        if self.entry.rejects.len() < 1_000 {
            self.entry.rejects.push(RejectEntry { record, byte_offset: Some(offset), reason });
        }
    }

    fn apart(&mut self, reason: &str) {
        self.entry.out_of_scope += 1;
        if !self.apart.iter().any(|known| known == reason) {
            self.apart.push(reason.to_owned());
            self.entry.out_of_scope_reason = Some(self.apart.join("; "));
        }
    }

    fn note(&mut self, note: Remark) {
        // Hardly any remark on records names a value; those that do must not be as many as the records.
        if self.entry.notes.len() < 1_000 && !self.entry.notes.contains(&note) {
            self.entry.notes.push(note);
        }
    }
}

/// Parquet files of one source file, one for each table it gives rows to.
pub(super) struct FileTables<'s> {
    store: &'s Store,
    pool: &'s Pool,
    /// Rows given to tables that many files share.
    pooled: BTreeMap<String, u64>,
    id: String,
    open: BTreeMap<String, (BatchWriter, u64, Vec<Rollup>)>,
    seen: Places,
    tags: settle::TagRows,
    failed: Option<StoreError>,
}

impl<'s> FileTables<'s> {
    pub(super) fn new(job: &'s Job<'_>, id: &str) -> Self {
        Self {
            store: job.store,
            pool: &job.pool,
            pooled: BTreeMap::new(),
            id: id.to_owned(),
            open: BTreeMap::new(),
            seen: Places::default(),
            tags: settle::TagRows::default(),
            failed: None,
        }
    }

    pub(super) fn add(&mut self, batch: &Batch) {
        if self.failed.is_none()
            && let Err(error) = self.write(batch)
        {
            self.failed = Some(error);
        }
    }

    fn write(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let table = batch.table();
        let name = table.name.clone();
        let at = |wanted: &[&str]| table.columns.iter().position(|c| wanted.contains(&c.name.as_str()));
        if let (Some(account), Some(region)) = (at(&["account_id", "SubAccountId"]), at(&["region", "RegionId"])) {
            let mut last = ("", "");
            for row in 0..batch.len() {
                let text = |column: usize| batch.cell(column, row).as_text().unwrap_or("");
                let (account, region) = (text(account), text(region));
                if (account, region) == last {
                    continue;
                }
                last = (account, region);
                if !account.is_empty() {
                    self.seen.add(account, region);
                }
            }
        }
        if pool::is_pooled(table) {
            *self.pooled.entry(name).or_default() += batch.len() as u64;
            return self.pool.add(self.store, &self.id, batch);
        }
        let path = self.store.part_path(&name, &self.id);
        if !self.open.contains_key(&name) {
            let writer = BatchWriter::create(&path, &table.all_columns())?;
            let mut rollups = rollups_of(self.store.schema(), &name);
            if name == "costs" {
                rollups.extend(rollups_of(self.store.schema(), CostTagsRow::TABLE.name));
            }
            self.open.insert(name.clone(), (writer, 0, rollups));
        }
        let Some((writer, rows, rollups)) = self.open.get_mut(&name) else { return Ok(()) };
        *rows += batch.len() as u64;
        for rollup in rollups {
            if rollup.table().name == CostTagsRow::TABLE.name {
                rollup.add(&self.tags.of(self.store.schema(), batch));
            } else {
                rollup.add(batch);
            }
        }
        let source = if table.storage == Storage::PerFile && table.sourced { Source::File(&self.id) } else { Source::None };
        writer.write(batch, source)
    }

    pub(super) fn finish(self) -> Result<BTreeMap<String, u64>, StoreError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let mut rows = self.pooled;
        for (name, (writer, count, rollups)) in self.open {
            writer.finish()?;
            rows.insert(name, count);
            for rollup in rollups {
                let name = rollup.table().name.clone();
                let batch = rollup.finish();
                write_batch(&self.store.part_path(&name, &self.id), &batch, Source::None)?;
                rows.insert(name, batch.len() as u64);
            }
        }
        Ok(rows)
    }
}

/// Closes the touched dates and completes the manifest.
fn close_dates(store: &mut Store, gathered: Vec<Mutex<Runs>>, registry: Registry, threads: usize) -> Result<(), StoreError> {
    let Registry { ids, mut files, fresh, assemblies, mut archives, mut unread, unread_before, copies, .. } = registry;
    let gathered = gathered.into_iter().map(|runs| runs.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner));
    let runs: Vec<Run> = gathered.flat_map(Runs::finish).collect();
    let dates: BTreeSet<i32> = runs.iter().flat_map(Run::hours).map(day_of).collect();
    let days: Vec<i32> = dates.iter().copied().collect();
    let ranks: Vec<u8> = ids.iter().map(|id| files.get(id).map_or(0, |f| f.format.copy_rank())).collect();
    let closing = Closing { store, runs: &runs, files: &ids, ranks: &ranks };
    let (mut deltas, mut conflicts) = (Deltas::new(), Conflicts::new());
    for (day, closed) in days.iter().zip(on_threads(threads, &days, |day| close_date(&closing, *day))) {
        let (changes, of_day) = closed?;
        conflicts.insert(*day, of_day);
        for (file, (kept, duplicate)) in changes {
            let sum = deltas.entry(file).or_default();
            *sum = (sum.0 + kept, sum.1 + duplicate);
        }
    }
    for (index, (kept, duplicate)) in deltas {
        if let Some(file) = ids.get(index as usize).and_then(|id| files.get_mut(id)) {
            file.kept = file.kept.saturating_add_signed(kept);
            file.duplicate = file.duplicate.saturating_add_signed(duplicate);
        }
    }
    for gone in registry::fold_copies(&mut files) {
        for table in gone.rows.keys() {
            let path = store.part_path(table, &gone.file_id);
            match std::fs::remove_file(&path) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(StoreError::io(&path, e)),
                _ => {}
            }
        }
    }
    registry::list_copies(&mut files, &mut archives, copies);
    registry::list_suspects(&mut files);
    unread.extend(unread_before);
    files.extend(registry::with_ids(unread));
    store.manifest.files = files;
    store.manifest.assemblies = assemblies;
    store.manifest.archives = archives;
    store.manifest.event_dates.extend(&dates);
    conflicts::flag(store, &dates, conflicts)?;
    store.manifest.tables = store.columns();
    settle::settle(store, &fresh)?;
    broken_off::settle(&mut store.manifest);
    Ok(())
}
