//! A store on disk: opened for reading, or taken for writing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use polars::prelude::DataFrame;

use super::manifest::{self, InputFile, Manifest, staging};
use super::parquet::frame;
use super::{StoreError, names};
use crate::base::parallel::on_all_cores;
use crate::schema::{Schema, Storage, Table};

/// A store on disk.
#[derive(Debug)]
pub struct Store {
    pub(super) folder: PathBuf,
    pub(super) schema: Arc<Schema>,
    /// Table of contents.
    pub manifest: Manifest,
    /// What opening it for writing found of a former run.
    pub leftover: Option<staging::Leftover>,
    pub(super) lock: Option<staging::Writing>,
    pub(super) stamp: Option<staging::Stamp>,
    /// Once nothing changes any more, the ids of the files that gave rows to each table: a store of a year names a
    /// hundred thousand files, and a report asks for some hundred tables.
    pub(super) givers: OnceLock<BTreeMap<String, Vec<String>>>,
}

impl Store {
    /// Opens an existing store for reading.
    ///
    /// # Errors
    /// When there is none, it cannot be read, or a run left it half changed and that cannot be mended.
    pub fn open(folder: &Path, schema: Arc<Schema>) -> Result<Self, StoreError> {
        staging::settle_for_reading(folder)?;
        let stamp = staging::stamp(folder);
        let path = folder.to_owned();
        let Some(manifest) = Manifest::load(folder)? else {
            return Err(if staging::is_unfinished(folder) { StoreError::Unfinished { path } } else { StoreError::Missing { path } });
        };
        Ok(Self { folder: path, schema, manifest, leftover: None, lock: None, stamp, givers: OnceLock::new() })
    }

    /// Opens a store for writing, or starts one. Nothing in it changes before [`Store::commit`].
    ///
    /// # Errors
    /// When another process writes into it, the folder cannot be written, or the store is of another layout
    /// or has other columns.
    pub fn open_or_new(folder: &Path, schema: Arc<Schema>) -> Result<Self, StoreError> {
        let (lock, leftover) = staging::begin(folder)?;
        let manifest = Manifest::load(folder)?.unwrap_or_default();
        let (lock, folder) = (Some(lock), folder.to_owned());
        let store = Self { folder, schema, manifest, leftover, lock, stamp: None, givers: OnceLock::new() };
        store.fits(&store.manifest, &store.folder)?;
        Ok(store)
    }

    /// Makes sure that the store is open for writing: one that was committed, or opened for reading, is taken again
    /// as it is on the disk now.
    pub(super) fn take(&mut self) -> Result<(), StoreError> {
        if self.lock.is_none() {
            *self = Self::open_or_new(&self.folder, Arc::clone(&self.schema))?;
        }
        self.fits(&self.manifest, &self.folder)
    }

    /// Whether rows written under `manifest` have the columns declared now.
    pub(super) fn fits(&self, manifest: &Manifest, folder: &Path) -> Result<(), StoreError> {
        let declared = self.columns();
        let differing = |name: &&String| manifest.tables.get(*name) != declared.get(*name);
        match manifest.tables.keys().chain(declared.keys()).find(differing) {
            Some(table) if !manifest.tables.is_empty() => Err(StoreError::Columns { path: folder.to_owned(), table: table.clone() }),
            _ => Ok(()),
        }
    }

    /// Columns of all tables that are stored, `name TYPE`.
    pub(super) fn columns(&self) -> BTreeMap<String, Vec<String>> {
        let stored = self.schema.tables().filter(|t| t.storage.is_read());
        stored.map(|t| (t.name.clone(), t.all_columns().iter().map(|c| format!("{} {}", c.name, c.kind.sql())).collect())).collect()
    }

    /// Whether `folder` holds a store.
    pub fn is_store(folder: &Path) -> bool {
        // Also the first one, decided and not yet moved into place: opening it does that.
        folder.join(manifest::NAME).is_file() || staging::decided(folder)
    }

    /// The declared tables.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Where the store lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The Parquet files of a table, in the order of their rows.
    pub fn parts(&self, table: &Table) -> Vec<PathBuf> {
        match table.storage {
            Storage::PerDate => self
                .manifest
                .event_dates
                .iter()
                .map(|day| self.stored_path(&table.name, &format!("{}.parquet", crate::base::time::date_text(*day))))
                // Only copies may be absent; any other file that is missing must be an error.
                .filter(|p| table.name != names::EVENT_COPIES || p.is_file())
                .collect(),
            Storage::PerFile => {
                self.givers(table).iter().map(|f| self.stored_path(&table.name, &format!("{}.parquet", f.file_id))).collect()
            }
            Storage::Pooled => {
                let parts: BTreeSet<String> = self.givers(table).iter().map(|f| names::part_of(&f.file_id)).collect();
                parts.iter().map(|part| self.stored_path(&table.name, &format!("{part}.parquet"))).collect()
            }
            Storage::Derived | Storage::Reported => Vec::new(),
        }
    }

    /// The files whose rows in a table count, by id.
    pub fn givers(&self, table: &Table) -> Vec<&InputFile> {
        let files = &self.manifest.files;
        let counts = |file: &&InputFile| table.storage == Storage::Pooled || file.out_of_scope_reason.is_none();
        if self.lock.is_some() {
            return files.values().filter(|f| f.rows.contains_key(&table.name)).filter(counts).collect();
        }
        let all = self.givers.get_or_init(|| {
            let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for (id, file) in files {
                for table in file.rows.keys() {
                    all.entry(table.clone()).or_default().push(id.clone());
                }
            }
            all
        });
        all.get(&table.name).into_iter().flatten().filter_map(|id| files.get(id)).filter(counts).collect()
    }

    /// Reads a table, all columns or some.
    ///
    /// # Errors
    /// When a part cannot be read.
    pub fn read(&self, table: &Table, columns: Option<&[String]>) -> Result<DataFrame, StoreError> {
        let mut wanted = table.all_columns();
        if let Some(names) = columns {
            wanted.retain(|c| names.contains(&c.name));
        }
        let names: Vec<String> = wanted.iter().map(|c| c.name.clone()).collect();
        let frames = on_all_cores(&self.parts(table), |part| {
            let frame = frame::read(part, Some(&names))?;
            frame.select(names.iter().map(String::as_str)).map_err(|e| StoreError::polars(part, e))
        });
        let frames = frames.into_iter().collect::<Result<_, StoreError>>()?;
        frame::concat(frames, &wanted).map_err(|e| StoreError::polars(&self.folder.join(&table.name), e))
    }

    /// Finds a file by its id or a prefix of it.
    pub fn file(&self, id: &str) -> Option<&manifest::InputFile> {
        let mut found = self.manifest.files.range(id.to_owned()..).take_while(|(k, _)| k.starts_with(id));
        let first = found.next().map(|(_, f)| f);
        if found.next().is_some() { None } else { first }
    }
}
