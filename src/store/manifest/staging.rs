//! How a store changes: new files are written into `pending/` and moved into place all together.
//!
//! While a run reads, the store is the former one, untouched. When everything is written, the new
//! manifest is put into `pending/` whole: from then on the change is decided, and whoever opens the
//! store next finishes the moving if this run cannot. Before it, a run that ends leaves only a folder
//! that the next run throws away.

use std::path::{Path, PathBuf};

use super::lock::Lock;
use super::marked::{self, Found};
use crate::store::StoreError;
use crate::store::manifest::{self, Manifest};

/// Folder of files not yet in place.
const PENDING: &str = "pending";

/// Folder beside the tables of a report's store: tables that the report derived.
pub const DERIVED: &str = "derived";

/// The same: bursts of events, a file for each control.
pub const BURSTS: &str = "bursts";

/// Lock file of the one writer.
const LOCK: &str = "ingest.lock";

/// The right to write into a store. A run that ends without a decision takes its files with it.
#[derive(Debug)]
pub struct Writing {
    folder: PathBuf,
    _lock: Lock,
}

impl Drop for Writing {
    fn drop(&mut self) {
        if !decided(&self.folder) {
            // What cannot be removed now is removed by the next run.
            let _ = marked::clear(&pending(&self.folder));
        }
    }
}

/// What the program writes into the folder of a store. Anything else there is not its own.
pub fn own(folder: &Path) -> Vec<PathBuf> {
    ["tables", DERIVED, BURSTS, PENDING, manifest::NAME, LOCK].iter().map(|name| folder.join(name)).collect()
}

/// What opening found of a former run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leftover {
    /// A run that ended before it had read everything; its work was thrown away.
    Discarded,
    /// A run that ended while it moved its files into place; the rest was moved.
    Completed,
}

pub(in crate::store) fn pending(folder: &Path) -> PathBuf {
    folder.join(PENDING)
}

/// Takes the store for writing and brings it into a state that one run left.
///
/// # Errors
/// When another process writes into it, or it cannot be written.
pub(in crate::store) fn begin(folder: &Path) -> Result<(Writing, Option<Leftover>), StoreError> {
    std::fs::create_dir_all(folder).map_err(|e| StoreError::io(folder, e))?;
    let lock = Lock::take(&folder.join(LOCK))?;
    let leftover = recover(folder)?;
    let tables = folder.join("tables");
    if !folder.join(manifest::NAME).exists() && tables.exists() {
        return Err(StoreError::Foreign { path: tables });
    }
    // Made now, so that a disk that takes nothing is known before an hour of reading.
    marked::create(&pending(folder))?;
    Ok((Writing { folder: folder.to_owned(), _lock: lock }, leftover))
}

/// When the manifest was written, and its size: enough to see that another one took its place.
pub(in crate::store) type Stamp = (u64, std::time::SystemTime);

pub(in crate::store) fn stamp(folder: &Path) -> Option<Stamp> {
    let meta = std::fs::metadata(folder.join(manifest::NAME)).ok()?;
    Some((meta.len(), meta.modified().ok()?))
}

/// Sees to it that a reader finds the store of one run.
///
/// # Errors
/// When the files of a run are being moved, or were not all moved and cannot be.
pub(in crate::store) fn settle_for_reading(folder: &Path) -> Result<(), StoreError> {
    if !decided(folder) {
        return Ok(());
    }
    let path = folder.join(LOCK);
    if let Some(holder) = Lock::holder(&path) {
        return Err(StoreError::Busy { path, holder });
    }
    let done = Lock::take(&path).and_then(|_lock| recover(folder));
    done.map(|_| ()).map_err(|why| StoreError::Interrupted { path: folder.to_owned(), why: why.to_string() })
}

/// Whether a run was interrupted before the store had its first manifest.
pub(in crate::store) fn is_unfinished(folder: &Path) -> bool {
    matches!(marked::look(&pending(folder)), Ok(Found::Ours))
}

pub(in crate::store) fn decided(folder: &Path) -> bool {
    let pending = pending(folder);
    pending.join(manifest::NAME).is_file() && matches!(marked::look(&pending), Ok(Found::Ours))
}

fn recover(folder: &Path) -> Result<Option<Leftover>, StoreError> {
    if decided(folder) {
        move_into_place(folder)?;
        return Ok(Some(Leftover::Completed));
    }
    Ok(marked::clear(&pending(folder))?.then_some(Leftover::Discarded))
}

/// Decides the change and carries it out.
///
/// # Errors
/// When a file cannot be written or moved.
pub(in crate::store) fn commit(folder: &Path, manifest: &Manifest) -> Result<(), StoreError> {
    manifest.save(&pending(folder))?;
    move_into_place(folder)
}

/// Moves what is pending, the manifest last. Doing it again after a part of it is the same.
fn move_into_place(folder: &Path) -> Result<(), StoreError> {
    let pending = pending(folder);
    let tables = pending.join("tables");
    if tables.is_dir() {
        for found in walkdir::WalkDir::new(&tables).sort_by_file_name() {
            let found = found.map_err(|e| StoreError::io(&tables, e.into()))?;
            let Ok(relative) = found.path().strip_prefix(&pending) else { continue };
            let target = folder.join(relative);
            if found.file_type().is_dir() {
                std::fs::create_dir_all(&target).map_err(|e| StoreError::io(&target, e))?;
            } else {
                std::fs::rename(found.path(), &target).map_err(|e| StoreError::io(&target, e))?;
            }
        }
    }
    let target = folder.join(manifest::NAME);
    std::fs::rename(pending.join(manifest::NAME), &target).map_err(|e| StoreError::io(&target, e))?;
    // The change is done; a folder that cannot be removed now is removed by the next run.
    let _ = marked::clear(&pending);
    Ok(())
}
