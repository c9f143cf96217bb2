//! Where a run writes the files of a store, and how the store takes them over.

use std::path::PathBuf;

use super::marked;
use super::staging::{commit, decided, pending, stamp};
use crate::store::manifest::Manifest;
use crate::store::{Store, StoreError};

impl Store {
    /// Path to write one file of a table to: beside the store until [`Store::commit`].
    pub fn part_path(&self, table: &str, part: &str) -> PathBuf {
        self.file_path(table, &format!("{part}.parquet"))
    }

    /// The same for a file of another kind than Parquet.
    pub fn file_path(&self, table: &str, name: &str) -> PathBuf {
        let root = if self.lock.is_some() { pending(&self.folder) } else { self.folder.clone() };
        root.join("tables").join(table).join(name)
    }

    /// Path to read a file of a table from: as this run has written it, else as the store holds it.
    pub fn stored_path(&self, table: &str, name: &str) -> PathBuf {
        let path = self.file_path(table, name);
        if self.lock.is_none() || path.is_file() { path } else { self.folder.join("tables").join(table).join(name) }
    }

    /// Folder on the store's own disk for what a run spills.
    pub fn scratch(&self) -> PathBuf {
        pending(&self.folder)
    }

    /// Puts what this run has written into the store, and lets go of it.
    ///
    /// # Errors
    /// When a file cannot be written or moved; the next opening finishes or undoes it.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        commit(&self.folder, &self.manifest)?;
        self.lock = None;
        Ok(())
    }

    /// Throws away what this run has written so far, and begins again with the store as it is on the disk.
    ///
    /// # Errors
    /// When the files cannot be removed, or the manifest not be read.
    pub(in crate::store) fn begin_again(&mut self) -> Result<(), StoreError> {
        let pending = pending(&self.folder);
        marked::clear(&pending)?;
        marked::create(&pending)?;
        self.manifest = Manifest::load(&self.folder)?.unwrap_or_default();
        Ok(())
    }

    /// Fails if another process has changed the store since it was opened for reading: what was read
    /// may then be of two states.
    ///
    /// # Errors
    /// When it has changed.
    pub fn check_unchanged(&self) -> Result<(), StoreError> {
        if decided(&self.folder) || stamp(&self.folder) != self.stamp {
            return Err(StoreError::Changed { path: self.folder.clone() });
        }
        Ok(())
    }
}
