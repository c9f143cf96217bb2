//! Tables whose rows come from very many small files: a year of digest files of one account is 150,000 files of
//! some rows each. Their rows share sixteen Parquet files, by the first hex digit of the file id, sorted by file
//! and record, so that neither the number of files nor of runs shows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use super::frame::{self, Source};
use super::writer::write_batch;
use crate::base::parallel::on_all_cores;
use crate::ingest::batch::Batch;
use crate::schema::{Storage, Table};
use crate::store::names::part_of;
use crate::store::{Store, StoreError};

/// Bytes of text held before rows are merged into the store's files.
const IN_MEMORY: usize = 128 << 20;

/// Rows waiting to be merged, by table and first digit of the file id.
#[derive(Debug, Default)]
pub struct Pool {
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    rows: BTreeMap<(String, String), Rows>,
    bytes: usize,
    /// Files some of whose rows were merged in this run: further ones come beside them.
    merged: BTreeSet<String>,
}

/// Rows of one table, with the file of each.
#[derive(Debug)]
struct Rows {
    batch: Batch,
    files: Vec<String>,
}

impl Pool {
    /// Adds the rows of one file.
    ///
    /// # Errors
    /// When there is no room left and the store's files cannot be written.
    pub fn add(&self, store: &Store, file_id: &str, batch: &Batch) -> Result<(), StoreError> {
        // Held while merging too, so that no two workers rewrite one file.
        let mut waiting = self.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let key = (batch.table().name.clone(), part_of(file_id));
        let rows = waiting.rows.entry(key).or_insert_with(|| Rows { batch: Batch::new(Arc::clone(batch.table())), files: Vec::new() });
        for row in 0..batch.len() {
            let record = batch.records().get(row).copied().and_then(|r| u64::try_from(r).ok()).unwrap_or(0);
            rows.batch.push_cells(record, batch.cells(row));
            rows.files.push(file_id.to_owned());
        }
        waiting.bytes += batch.dict().held() + batch.len() * 64;
        if waiting.bytes > IN_MEMORY {
            return merge(store, &mut waiting);
        }
        Ok(())
    }

    /// Takes back the rows of a file that is read once more in this run.
    pub fn forget(&self, file_id: &str) {
        let mut waiting = self.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let part = part_of(file_id);
        for (_, rows) in waiting.rows.iter_mut().filter(|((_, of), _)| *of == part) {
            if !rows.files.iter().any(|f| f == file_id) {
                continue;
            }
            let mut kept = Rows { batch: Batch::new(Arc::clone(rows.batch.table())), files: Vec::new() };
            for (row, file) in rows.files.iter().enumerate().filter(|(_, f)| *f != file_id) {
                let record = rows.batch.records().get(row).copied().and_then(|r| u64::try_from(r).ok()).unwrap_or(0);
                kept.batch.push_cells(record, rows.batch.cells(row));
                kept.files.push(file.clone());
            }
            *rows = kept;
        }
        // Rows that were merged are replaced by the new ones.
        waiting.merged.remove(file_id);
    }

    /// Merges what is left into the store's files.
    ///
    /// # Errors
    /// When they cannot be read or written.
    pub fn finish(self, store: &Store) -> Result<(), StoreError> {
        merge(store, &mut self.waiting.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

fn merge(store: &Store, waiting: &mut Waiting) -> Result<(), StoreError> {
    waiting.bytes = 0;
    let rows: Vec<((String, String), Rows)> = std::mem::take(&mut waiting.rows).into_iter().collect();
    on_all_cores(&rows, |((_, part), rows)| merge_part(store, part, rows, &waiting.merged)).into_iter().collect::<Result<(), _>>()?;
    waiting.merged.extend(rows.into_iter().flat_map(|(_, rows)| rows.files));
    Ok(())
}

/// Writes one file anew: its former rows and the new ones, which replace former rows of the same source files.
fn merge_part(store: &Store, part: &str, new: &Rows, merged: &BTreeSet<String>) -> Result<(), StoreError> {
    let table = new.batch.table();
    let former = store.stored_path(&table.name, &format!("{part}.parquet"));
    let mut sources: Vec<(Batch, Vec<String>)> = Vec::new();
    if former.is_file() {
        let frame = frame::read(&former, None)?;
        sources.push(frame::batch(&frame, table).map_err(|e| StoreError::polars(&former, e))?);
    }
    let fresh: BTreeSet<&str> = new.files.iter().map(String::as_str).filter(|f| !merged.contains(*f)).collect();
    // File, record, where the row stands.
    let mut order: Vec<(&str, i64, &Batch, usize)> = Vec::new();
    for (batch, files) in &sources {
        let kept = files.iter().enumerate().filter(|(_, file)| !fresh.contains(file.as_str()));
        order.extend(kept.map(|(row, file)| (file.as_str(), batch.records().get(row).copied().unwrap_or(0), batch, row)));
    }
    let own = new.files.iter().enumerate();
    order.extend(own.map(|(row, file)| (file.as_str(), new.batch.records().get(row).copied().unwrap_or(0), &new.batch, row)));
    order.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
    let mut ids: Vec<String> = order.iter().map(|(file, ..)| (*file).to_owned()).collect();
    ids.dedup();
    let mut out = Batch::new(Arc::clone(table));
    let mut files: Vec<u32> = Vec::with_capacity(order.len());
    let mut at = 0_usize;
    for (file, record, batch, row) in order {
        if ids.get(at).is_none_or(|id| id != file) {
            at += 1;
        }
        out.push_cells(u64::try_from(record).unwrap_or(0), batch.cells(row));
        files.push(u32::try_from(at).unwrap_or(u32::MAX));
    }
    write_batch(&store.part_path(&table.name, part), &out, Source::Files(&files, &ids))
}

/// The rows that the wanted files have in a pooled table of a store, file by file.
///
/// # Errors
/// When its files cannot be read.
pub fn rows_of(store: &Store, table: &Arc<Table>, wanted: &BTreeSet<String>) -> Result<Vec<(String, Batch)>, StoreError> {
    let mut found: BTreeMap<String, Batch> = BTreeMap::new();
    for path in store.parts(table) {
        let (batch, files) = frame::batch(&frame::read(&path, None)?, table).map_err(|e| StoreError::polars(&path, e))?;
        for (row, file) in files.into_iter().enumerate().filter(|(_, file)| wanted.contains(file)) {
            let record = batch.records().get(row).copied().and_then(|r| u64::try_from(r).ok()).unwrap_or(0);
            found.entry(file).or_insert_with(|| Batch::new(Arc::clone(table))).push_cells(record, batch.cells(row));
        }
    }
    Ok(found.into_iter().collect())
}

/// Whether rows of a table are pooled.
pub fn is_pooled(table: &Table) -> bool {
    table.storage == Storage::Pooled
}
