//! From files to a store: each file is read once, by one worker; then the touched dates are closed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest, Sha256};

use super::close::{self, Closing, Deltas, close_date, key_hash, reader_kinds};
use super::conflicts;
use super::frame::{self, Source, Writer};
use super::manifest::{Assembly, InputFile, RejectEntry};
use super::merge::Merging;
use super::pool::{self, Pool};
use super::rollup::{Rollup, get, rollups_of};
use super::runs::{Head, Runs};
use super::{Store, StoreError, parquet, settle};
use crate::ingest::batch::{Batch, Cell, Output};
use crate::ingest::cloudtrail::{self, Event};
use crate::ingest::container;
use crate::ingest::cost;
use crate::ingest::detect::{self, Format};
use crate::ingest::{Offered, readers, trail_exports};
use crate::schema::Storage;

/// Bytes of packed events all workers together hold before they spill.
const RUNS_IN_MEMORY: usize = 160 << 20;

/// Compressed cost files beyond this are read as a stream instead of whole.
const WHOLE_FILE: u64 = 256 << 20;

/// What a run of ingestion reports while it works: files done, files in all, bytes done.
pub type Progress<'p> = &'p (dyn Fn(usize, usize, u64) + Sync);

/// Reads files and other stores into the store and commits it.
///
/// # Errors
/// When the store cannot be written, or another store not be merged. Trouble with an input is no error: it
/// is in the manifest.
pub fn ingest(store: &mut Store, offered: &[Offered], others: &[Store], threads: usize, progress: Progress<'_>) -> Result<(), StoreError> {
    read_files(store, offered, others, threads, Purpose::Evidence, progress)
}

/// The same for `verify`: log files are hashed and not read, other evidence is only listed. Such a store is for
/// [`crate::procedures`] to verify log files by, and for nothing else.
///
/// # Errors
/// As [`ingest`].
pub fn survey(store: &mut Store, offered: &[Offered], threads: usize, progress: Progress<'_>) -> Result<(), StoreError> {
    read_files(store, offered, &[], threads, Purpose::Verification, progress)
}

/// What files are read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// A store to evaluate.
    Evidence,
    /// The integrity of log files only.
    Verification,
}

fn read_files(
    store: &mut Store,
    offered: &[Offered],
    others: &[Store],
    threads: usize,
    purpose: Purpose,
    progress: Progress<'_>,
) -> Result<(), StoreError> {
    let threads = threads.max(1);
    store.take()?;
    let mut registry = Registry {
        ids: store.manifest.files.keys().cloned().collect(),
        files: store.manifest.files.clone(),
        fresh: BTreeSet::new(),
        paths: BTreeMap::new(),
        assemblies: store.manifest.assemblies.clone(),
    };
    let merging = others.iter().map(|other| Merging::register(store, other, &mut registry)).collect::<Result<Vec<_>, _>>()?;
    let job = Job {
        store,
        registry: Mutex::new(registry),
        kinds: store.schema().table("cloudtrail_events").map(|t| reader_kinds(&t)).unwrap_or_default().len(),
        purpose,
        pool: Pool::default(),
    };
    let runs: Vec<Mutex<Runs>> = (0..threads).map(|_| Mutex::new(Runs::new(RUNS_IN_MEMORY / threads, store.scratch()))).collect();
    let days: Vec<(&Merging<'_>, i32)> = merging.iter().flat_map(|m| m.days().map(move |day| (m, day))).collect();
    each(&runs, &days, |(merging, day), runs| merging.events(*day, runs))?;
    merging.iter().try_for_each(|merging| merging.take_parts(store, &job.pool))?;
    let done = AtomicUsize::new(0);
    // Long files first, so that no worker is left alone with one at the end.
    let mut order: Vec<&Offered> = offered.iter().collect();
    order.sort_by_key(|offered| std::cmp::Reverse(offered.bytes));
    each(&runs, &order, |offered, runs| {
        job.file(offered, runs, false)?;
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, order.len(), offered.bytes);
        Ok(())
    })?;
    // Some answers take account or name from their path, and the first path counts: what was read under
    // another one is read again, whichever worker or run met which copy first.
    let again: Vec<&Offered> = {
        let registry = job.registry();
        let by_path = |id: &String| registry.files.get(id).is_some_and(|f| f.format.cloudtrail().is_none());
        let moved = registry.paths.iter().filter(|(id, (read_as, first))| first.shown < *read_as && by_path(id));
        moved.map(|(_, (_, first))| *first).collect()
    };
    each(&runs, &again, |offered, runs| job.file(offered, runs, true))?;
    job.pool.finish(store)?;
    let registry = job.registry.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    close_dates(store, &runs, registry, threads)?;
    merging.iter().try_for_each(|merging| merging.check(&store.manifest.files))?;
    store.commit()
}

/// Gives each worker one thing after the other, until all are done or one fails.
fn each<T: Sync>(
    runs: &[Mutex<Runs>],
    things: &[T],
    work: impl Fn(&T, &mut Runs) -> Result<(), StoreError> + Sync,
) -> Result<(), StoreError> {
    let next = AtomicUsize::new(0);
    let failed: Mutex<Option<StoreError>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for runs in runs {
            scope.spawn(|| {
                let mut runs = runs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                while let Some(thing) = things.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = work(thing, &mut runs) {
                        failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(error);
                        // The others find nothing left to do.
                        next.store(things.len(), Ordering::Relaxed);
                        break;
                    }
                }
            });
        }
    });
    failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).map_or(Ok(()), Err)
}

/// Files seen so far.
pub(super) struct Registry<'o> {
    /// File ids by index; rows refer to them.
    pub(super) ids: Vec<String>,
    pub(super) files: BTreeMap<String, InputFile>,
    /// Files first read in this run.
    pub(super) fresh: BTreeSet<String>,
    /// Of each file offered in this run: the path it was read under, now or before, and where it was
    /// offered under the first path.
    paths: BTreeMap<String, (String, &'o Offered)>,
    pub(super) assemblies: BTreeMap<String, Assembly>,
}

struct Job<'s, 'o> {
    store: &'s Store,
    registry: Mutex<Registry<'o>>,
    kinds: usize,
    purpose: Purpose,
    pool: Pool,
}

impl<'o> Job<'_, 'o> {
    fn registry(&self) -> std::sync::MutexGuard<'_, Registry<'o>> {
        self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Reads one file, `again` even if it was read under another path. Its own trouble ends up in its entry.
    fn file(&self, offered: &'o Offered, runs: &mut Runs, again: bool) -> Result<(), StoreError> {
        let loaded = match &offered.refused {
            Some(why) => Err(std::io::Error::other(why.clone())),
            None => load(&offered.path),
        };
        let (bytes, sha256) = match loaded {
            Ok(loaded) => loaded,
            Err(error) => {
                // A file that cannot be opened has no hash; its name stands in, so that it is listed.
                let stand_in = hex(&Sha256::digest(offered.shown.as_bytes()));
                let mut entry = InputFile::new(stand_in, offered.shown.clone(), offered.bytes, Format::Unrecognised);
                entry.notes.push(format!("cannot be read: {error}"));
                let mut registry = self.registry();
                registry.fresh.insert(entry.file_id.clone());
                registry.files.insert(entry.file_id.clone(), entry);
                return Ok(());
            }
        };
        let id = sha256[..16].to_owned();
        let index = {
            let mut registry = self.registry();
            if let Some(known) = registry.files.get_mut(&id) {
                let read_as = known.paths.first().cloned().unwrap_or_default();
                if !known.paths.contains(&offered.shown) {
                    known.paths.push(offered.shown.clone());
                    known.paths.sort();
                }
                let (_, first) = registry.paths.entry(id.clone()).or_insert((read_as, offered));
                if offered.shown < first.shown {
                    *first = offered;
                }
                if !again {
                    return Ok(());
                }
                registry.fresh.insert(id.clone());
            } else {
                let entry = InputFile::new(sha256.clone(), offered.shown.clone(), offered.bytes, Format::Unrecognised);
                registry.files.insert(id.clone(), entry);
                registry.fresh.insert(id.clone());
                registry.paths.insert(id.clone(), (offered.shown.clone(), offered));
                registry.ids.push(id.clone());
            }
            // Only events use it, and a file of events is never read twice.
            u32::try_from(registry.ids.len() - 1).unwrap_or(u32::MAX)
        };
        let mut entry = InputFile::new(sha256, offered.shown.clone(), offered.bytes, Format::Unrecognised);
        self.contents(offered, bytes, index, &mut entry, runs)?;
        let mut registry = self.registry();
        if let Some(known) = registry.files.get_mut(&id) {
            entry.paths.append(&mut known.paths);
            entry.paths.sort();
            entry.paths.dedup();
            *known = entry;
        }
        Ok(())
    }

    fn contents(
        &self,
        offered: &Offered,
        bytes: Option<Vec<u8>>,
        index: u32,
        entry: &mut InputFile,
        runs: &mut Runs,
    ) -> Result<(), StoreError> {
        let Some(bytes) = bytes else { return self.stream(offered, index, entry, runs) };
        if parquet::is_parquet(&bytes) {
            return self.parquet(parquet::Bytes::Held(&bytes), entry);
        }
        if readers::is_streamed(detect::detect(&container::peek(&bytes))) {
            if self.purpose == Purpose::Verification {
                entry.format = detect::detect(&container::peek(&bytes));
                return Ok(());
            }
            let mut reader = BufReader::with_capacity(1 << 20, container::stream(&bytes));
            entry.format = detect::detect(&container::peek(&bytes));
            return self.rows(entry, |format, path, out| readers::read_stream(format, &mut reader, path, out));
        }
        let text = match container::unpack(bytes) {
            Ok(text) => text,
            Err(error) => {
                entry.notes.push(error.to_string());
                entry.read = 1;
                entry.rejected = 1;
                entry.rejects.push(RejectEntry { record: 0, byte_offset: Some(0), reason: error.to_string() });
                return Ok(());
            }
        };
        if let Some(trouble) = &text.trouble {
            entry.notes.push(trouble.clone());
        }
        entry.format = detect::detect(&text.bytes);
        // Digests list the hash of the uncompressed content. It is taken always, not only when there are digests: they
        // may come with a later run, and the store must then be what one run would have made.
        if may_be_listed(entry.format) {
            entry.content_sha256 = Some(hex(&Sha256::digest(text.content())));
        }
        if self.purpose == Purpose::Verification && !bears_on_integrity(entry.format) {
            return Ok(());
        }
        if let Some(container) = entry.format.cloudtrail() {
            let mut sink = EventSink { entry, runs, index, cells: self.kinds, failed: None };
            let read = cloudtrail::read(container, &text.bytes, self.store.schema().event_columns(), &mut sink);
            let failed = sink.failed.take();
            entry.read = read;
            if let Some(error) = failed {
                return Err(StoreError::io(self.store.folder(), error));
            }
            return Ok(());
        }
        if let Some(reason) = entry.format.set_apart() {
            entry.read = trail_exports::count(&text.bytes);
            entry.out_of_scope = entry.read;
            entry.out_of_scope_reason = Some(reason.to_owned());
            return Ok(());
        }
        if entry.format == Format::CostManifest {
            self.assembly(&text.bytes, entry);
            return Ok(());
        }
        self.rows(entry, |format, path, out| readers::read_text(format, detect::inner(&text.bytes), path, out))
    }

    /// Remembers which files make up an assembly of a billing period.
    fn assembly(&self, text: &[u8], entry: &mut InputFile) {
        entry.read = 1;
        match cost::parse_manifest(text) {
            Ok(manifest) => {
                entry.kept = 1;
                let assembly = Assembly {
                    report: manifest.report_name.clone(),
                    period: manifest.period(),
                    assembly_id: manifest.assembly_id,
                    keys: manifest.report_keys,
                    path: entry.paths[0].clone(),
                };
                self.registry().assemblies.insert(entry.file_id.clone(), assembly);
            }
            Err(error) => {
                entry.rejected = 1;
                entry.rejects.push(RejectEntry { record: 0, byte_offset: Some(0), reason: error.to_string() });
            }
        }
    }

    /// A file too large to hold: only formats read as a stream can be this large.
    fn stream(&self, offered: &Offered, index: u32, entry: &mut InputFile, runs: &mut Runs) -> Result<(), StoreError> {
        let open = || File::open(&offered.path).map_err(|e| StoreError::io(&offered.path, e));
        let mut head = vec![0; 256 << 10];
        let filled = open()?.read(&mut head).map_err(|e| StoreError::io(&offered.path, e))?;
        head.truncate(filled);
        if parquet::is_parquet(&head) {
            return self.parquet(parquet::Bytes::File(&offered.path), entry);
        }
        entry.format = detect::detect(&container::peek(&head));
        if self.purpose == Purpose::Verification && readers::is_streamed(entry.format) {
            return Ok(());
        }
        if !readers::is_streamed(entry.format) {
            let whole = std::fs::read(&offered.path).map_err(|e| StoreError::io(&offered.path, e))?;
            return self.contents(offered, Some(whole), index, entry, runs);
        }
        let file = open()?;
        let mut reader: BufReader<Box<dyn Read>> = BufReader::with_capacity(
            1 << 20,
            if container::is_gzip(&head) { Box::new(flate2::read::MultiGzDecoder::new(file)) } else { Box::new(file) },
        );
        self.rows(entry, |format, path, out| readers::read_stream(format, &mut reader, path, out))
    }

    /// A Parquet file: what it is, its columns say.
    fn parquet(&self, bytes: parquet::Bytes<'_>, entry: &mut InputFile) -> Result<(), StoreError> {
        entry.format = parquet::format(bytes);
        self.rows(entry, |_, _, out| parquet::read(bytes, out))
    }

    /// Runs a reader whose rows go to tables kept per file.
    fn rows(&self, entry: &mut InputFile, read: impl FnOnce(Format, &str, &mut Output<'_>)) -> Result<(), StoreError> {
        let mut tables = FileTables {
            store: self.store,
            pool: &self.pool,
            pooled: BTreeMap::new(),
            id: entry.file_id.clone(),
            open: BTreeMap::new(),
            seen: BTreeSet::new(),
            tags: settle::TagRows::default(),
            failed: None,
        };
        let mut sink = |batch: Batch| tables.add(&batch);
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
fn may_be_listed(format: Format) -> bool {
    format.cloudtrail().is_some() || matches!(format, Format::CloudtrailDigest | Format::Empty | Format::Unrecognised)
}

/// Files that are read when only integrity is asked for; log files are hashed and no more.
fn bears_on_integrity(format: Format) -> bool {
    matches!(format, Format::CloudtrailDigest | Format::PublicKeys | Format::ObjectMetadata | Format::LakeSignFile)
}

/// Bytes of a file, unless it is too large to hold, and their SHA-256.
fn load(path: &Path) -> std::io::Result<(Option<Vec<u8>>, String)> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    if length <= WHOLE_FILE {
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        file.read_to_end(&mut bytes)?;
        let hash = hex(&Sha256::digest(&bytes));
        return Ok((Some(bytes), hash));
    }
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let filled = file.read(&mut buffer)?;
        if filled == 0 {
            return Ok((None, hex(&hasher.finalize())));
        }
        hasher.update(&buffer[..filled]);
    }
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Puts events into the runs of a worker.
struct EventSink<'a> {
    entry: &'a mut InputFile,
    runs: &'a mut Runs,
    index: u32,
    cells: usize,
    failed: Option<std::io::Error>,
}

impl cloudtrail::Sink for EventSink<'_> {
    fn event(&mut self, record: u64, event: &Event<'_>) {
        debug_assert_eq!(event.cells.len(), self.cells);
        let text = |at: usize| if let Some(Cell::Text(text)) = event.cells.get(at) { Some(*text) } else { None };
        let head = Head {
            time: event.time,
            content_hash: event.content_hash,
            file: self.index,
            record: u32::try_from(record).unwrap_or(u32::MAX),
            copies: 1,
            prior: false,
        };
        let key = key_hash(text(0), text(13), event.content_hash);
        if let Err(error) = self.runs.push(&head, key, event.cells) {
            self.failed.get_or_insert(error);
        }
        let entry = &mut *self.entry;
        entry.first_time = Some(entry.first_time.map_or(event.time, |t| t.min(event.time)));
        entry.last_time = Some(entry.last_time.map_or(event.time, |t| t.max(event.time)));
        let (account, region) = (text(12).unwrap_or(""), text(11).unwrap_or(""));
        if !entry.seen.iter().any(|(a, r)| a == account && r == region) {
            entry.seen.insert((account.to_owned(), region.to_owned()));
        }
    }

    fn reject(&mut self, record: u64, offset: u64, reason: String) {
        self.entry.rejected += 1;
        if self.entry.rejects.len() < 1_000 {
            self.entry.rejects.push(RejectEntry { record, byte_offset: Some(offset), reason });
        }
    }

    fn apart(&mut self, reason: &str) {
        self.entry.out_of_scope += 1;
        let said = self.entry.out_of_scope_reason.get_or_insert_default();
        if !said.split("; ").any(|known| known == reason) {
            said.push_str(if said.is_empty() { "" } else { "; " });
            said.push_str(reason);
        }
    }

    fn note(&mut self, note: &str) {
        if !self.entry.notes.iter().any(|n| n == note) {
            self.entry.notes.push(note.to_owned());
        }
    }
}

/// Parquet files of one source file, one for each table it gives rows to.
struct FileTables<'s> {
    store: &'s Store,
    pool: &'s Pool,
    /// Rows given to tables that many files share.
    pooled: BTreeMap<String, u64>,
    id: String,
    open: BTreeMap<String, (Writer, u64, Vec<Rollup>)>,
    seen: BTreeSet<(String, String)>,
    tags: settle::TagRows,
    failed: Option<StoreError>,
}

impl FileTables<'_> {
    fn add(&mut self, batch: &Batch) {
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
                let text = |column: usize| if let Cell::Text(t) = get(&batch.columns()[column], row) { t } else { "" };
                let (account, region) = (text(account), text(region));
                if (account, region) == last {
                    continue;
                }
                last = (account, region);
                if !account.is_empty() && !self.seen.iter().any(|(a, r)| a == account && r == region) {
                    self.seen.insert((account.to_owned(), region.to_owned()));
                }
            }
        }
        if pool::is_pooled(table) {
            *self.pooled.entry(name).or_default() += batch.len() as u64;
            return self.pool.add(self.store, &self.id, batch);
        }
        let path = self.store.part_path(&name, &self.id);
        if !self.open.contains_key(&name) {
            let writer = Writer::create(&path, &table.all_columns())?;
            let mut rollups = rollups_of(self.store.schema(), &name);
            if name == "costs" {
                rollups.extend(rollups_of(self.store.schema(), "cost_tags"));
            }
            self.open.insert(name.clone(), (writer, 0, rollups));
        }
        let Some((writer, rows, rollups)) = self.open.get_mut(&name) else { return Ok(()) };
        *rows += batch.len() as u64;
        for rollup in rollups {
            if rollup.table().name == "cost_tags" {
                rollup.add(&self.tags.of(self.store.schema(), batch));
            } else {
                rollup.add(batch);
            }
        }
        let source = if table.storage == Storage::PerFile && table.sourced { Source::File(&self.id) } else { Source::None };
        let frame = frame::frame(batch, source).map_err(|e| StoreError::polars(&path, e))?;
        writer.write(&frame)
    }

    fn finish(self) -> Result<BTreeMap<String, u64>, StoreError> {
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
                close::write_batch(&self.store.part_path(&name, &self.id), &batch, Source::None)?;
                rows.insert(name, batch.len() as u64);
            }
        }
        Ok(rows)
    }
}

/// Closes the touched dates and completes the manifest.
fn close_dates(store: &mut Store, runs: &[Mutex<Runs>], registry: Registry<'_>, threads: usize) -> Result<(), StoreError> {
    let Registry { ids, mut files, fresh, assemblies, .. } = registry;
    let day = |hour: i64| i32::try_from(hour.div_euclid(24)).unwrap_or(i32::MAX);
    let mut dates: BTreeSet<i32> = BTreeSet::new();
    let mut keys: Vec<(u64, i32)> = Vec::new();
    for runs in runs {
        let mut runs = runs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        dates.extend(runs.hours().map(day));
        keys.append(&mut runs.keys);
    }
    let (keys, conflicts) = conflicts::find(store, &mut dates, keys)?;
    let done: Mutex<(Deltas, Option<StoreError>)> = Mutex::new((Deltas::new(), None));
    let days: Vec<i32> = dates.iter().copied().collect();
    let next = AtomicUsize::new(0);
    let ranks: Vec<u8> = ids.iter().map(|id| files.get(id).map_or(0, |f| f.format.copy_rank())).collect();
    let closing = Closing { store, runs, files: &ids, ranks: &ranks, conflicts: &conflicts, keys: &keys };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(day) = days.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = close_date(&closing, *day);
                    let mut done = done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    match result {
                        Ok(deltas) => {
                            for (file, (kept, duplicate)) in deltas {
                                let sum = done.0.entry(file).or_default();
                                *sum = (sum.0 + kept, sum.1 + duplicate);
                            }
                        }
                        Err(error) => {
                            done.1.get_or_insert(error);
                        }
                    }
                }
            });
        }
    });
    let (deltas, failed) = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(error) = failed {
        return Err(error);
    }
    for (index, (kept, duplicate)) in deltas {
        if let Some(file) = ids.get(index as usize).and_then(|id| files.get_mut(id)) {
            file.kept = file.kept.saturating_add_signed(kept);
            file.duplicate = file.duplicate.saturating_add_signed(duplicate);
        }
    }
    store.manifest.files = files;
    store.manifest.assemblies = assemblies;
    store.manifest.event_dates.extend(dates);
    store.manifest.tables = store.columns();
    settle::settle(store, &fresh)
}

/// Lists the files under the arguments, sorted, without following links out of them.
///
/// # Errors
/// When an argument does not exist.
pub fn offered(inputs: &[PathBuf]) -> Result<Vec<Offered>, StoreError> {
    let mut files = Vec::new();
    for input in inputs {
        let meta = std::fs::metadata(input).map_err(|e| StoreError::io(input, e))?;
        if meta.is_file() {
            let shown = input.file_name().map_or_else(|| "file".to_owned(), |n| n.to_string_lossy().into_owned());
            files.push(Offered { path: input.clone(), shown, bytes: meta.len(), refused: None });
            continue;
        }
        for entry in walkdir::WalkDir::new(input).sort_by_file_name() {
            let entry = entry.map_err(|e| StoreError::io(input, e.into()))?;
            let linked = entry.file_type().is_symlink();
            if !entry.file_type().is_file() && !linked {
                continue;
            }
            // A link is read only when it stays inside what was given.
            let inside = || Some(entry.path().canonicalize().ok()?.starts_with(input.canonicalize().ok()?));
            let refused =
                (linked && inside() != Some(true)).then(|| "it is a link that leads out of the folder given, or nowhere".to_owned());
            if linked && refused.is_none() && entry.path().is_dir() {
                continue;
            }
            let relative = entry.path().strip_prefix(input).unwrap_or(entry.path());
            let shown = relative.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
            let bytes = if refused.is_some() { 0 } else { std::fs::metadata(entry.path()).map_or(0, |m| m.len()) };
            files.push(Offered { path: entry.path().to_owned(), shown, bytes, refused });
        }
    }
    Ok(files)
}
