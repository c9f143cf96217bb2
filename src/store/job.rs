//! What all workers of one ingestion share, and how rows of a file are written.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Condvar, Mutex};

use super::manifest::{Assembly, InputFile, RejectEntry};
use super::reading::registry::Hindsight;
use super::{Store, StoreError, settle};
use crate::ingest::batch::{Batch, Output};
use crate::ingest::detect::Format;
use crate::ingest::formats::cost;
use crate::ingest::reading::container::Limits;
use crate::schema::Storage;
use crate::schema::row::Row as _;
use crate::schema::tables::CostTagsRow;
use crate::store::events::rollup::{Rollup, rollups_of};
use crate::store::parquet::frame::Source;
use crate::store::parquet::pool::{self, Pool};
use crate::store::parquet::writer::{BatchWriter, write_batch};
use crate::store::reading::outer::Outer;
use crate::store::reading::parquet;
use crate::store::reading::places::Places;
use crate::store::reading::registry::Registry;

/// What files are read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A store to evaluate.
    Evidence,
    /// The integrity of log files only.
    Verification,
}

/// What all workers of a run share.
pub(super) struct Job<'s> {
    pub(super) store: &'s Store,
    pub(super) registry: Mutex<Registry>,
    /// A file has been read.
    pub(super) read: Condvar,
    pub(super) kinds: usize,
    pub(super) reading: Reading,
    /// Inputs known and done: files offered, and members of archives as they are found.
    pub(super) known: AtomicUsize,
    pub(super) done: AtomicUsize,
    pub(super) purpose: Purpose,
    pub(super) hindsight: &'s Hindsight,
    pub(super) outers: Mutex<Vec<Arc<Outer>>>,
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
        let withdrawn = out.withdrawn;
        drop(out);
        if withdrawn {
            return tables.withdraw();
        }
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

/// Parquet files of one source file, one for each table it gives rows to.
pub(super) struct FileTables<'s> {
    pub(super) store: &'s Store,
    pub(super) pool: &'s Pool,
    /// Rows given to tables that many files share.
    pub(super) pooled: BTreeMap<String, u64>,
    pub(super) id: String,
    pub(super) open: BTreeMap<String, (BatchWriter, u64, Vec<Rollup>)>,
    pub(super) seen: Places,
    pub(super) tags: settle::TagRows,
    pub(super) failed: Option<StoreError>,
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

    pub(super) fn write(&mut self, batch: &Batch) -> Result<(), StoreError> {
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

    /// Removes what was written.
    fn withdraw(self) -> Result<(), StoreError> {
        self.pool.forget(&self.id);
        for (name, (writer, _, _)) in self.open {
            drop(writer);
            let path = self.store.part_path(&name, &self.id);
            std::fs::remove_file(&path).map_err(|error| StoreError::io(&path, error))?;
        }
        self.failed.map_or(Ok(()), Err)
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
