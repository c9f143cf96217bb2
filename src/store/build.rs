//! From files to a store: each file is read once, by one worker; then the touched dates are closed.

pub use super::job::Reading;
use super::job::{Job, Purpose};
use super::reading::registry::Hindsight;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use crossbeam_channel::{Receiver, Sender};

use super::merge::{self, Merging};
use super::{Store, StoreError, settle};
use crate::base::parallel::on_threads;
use crate::ingest::Offered;
use crate::schema::ColumnKind;
use crate::schema::row::Row as _;
use crate::schema::tables::CloudtrailEventsRow;
use crate::store::events::close::{Closing, Deltas, close_date, reader_kinds};
use crate::store::events::conflicts::{self, Conflicts};
use crate::store::events::runs::{Run, Runs, day_of};
use crate::store::parquet::pool::Pool;
use crate::store::reading::broken_off;
use crate::store::reading::input::Task;
use crate::store::reading::registry::{self, Registry};

/// Lists what the arguments offer.
pub use crate::store::reading::offer::offered;

/// Bytes of packed events all workers together hold before they spill.
const RUNS_IN_MEMORY: usize = 160 << 20;

/// What a run of ingestion reports while it works: files done, files in all, bytes done.
pub type Progress<'p> = &'p (dyn Fn(usize, usize, u64) + Sync);

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
