//! The evidence store: typed tables as Parquet, one folder for each, and the manifest over them.
//!
//! Tables from single files are kept as one Parquet file per source file, events as one per date, so
//! that adding files touches only what they touch, and the result does not depend on how many runs
//! it took.

pub mod billing;
pub mod build;
#[cfg(test)]
mod cost_tests;
mod doubles;
pub mod events;
pub mod findings;
pub mod manifest;
pub mod merge;
pub mod parquet;
pub mod reading;
pub mod settle;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use polars::prelude::{DataFrame, PolarsError};
use thiserror::Error;

use crate::base::help::{self, Help};
use crate::schema::{Schema, Storage, Table};
use events::copies;
use manifest::{InputFile, Manifest, staging};
use parquet::{frame, pool};

/// Trouble with the store as a whole.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A file of the store cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Parquet or a conversion fails.
    #[error("{path}: {source}")]
    Polars {
        /// The file or table.
        path: PathBuf,
        /// What polars says.
        source: PolarsError,
    },
    /// Something that is no file, folder or pipe was given.
    #[error("{path}: it is {what}, not a file")]
    Special {
        /// What was given.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// The manifest cannot be understood.
    #[error("{path}: the manifest of the store cannot be understood: {why}")]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Another layout.
    #[error("{path}: the store has layout {found}, this version reads layout {wanted}")]
    Format {
        /// The manifest.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// Ours.
        wanted: u32,
    },
    /// There is no store.
    #[error("{path}: no evidence store here (it has no {})", manifest::NAME)]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// There is no store yet: the run that was to make it did not end well.
    #[error("{path}: no evidence store here: the ingestion that was to make it was interrupted")]
    Unfinished {
        /// The folder.
        path: PathBuf,
    },
    /// Another process writes there.
    #[error("{path}: {holder} is writing there")]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// Who holds it.
        holder: String,
    },
    /// Something stands where this program puts its own files, and it did not make it.
    #[error("{path}: this name is needed for a file or folder of the program's own, and what is there was not made by it")]
    Foreign {
        /// What stands there.
        path: PathBuf,
    },
    /// A run was interrupted while it moved its files into place, and they cannot be moved now.
    #[error("{path}: an ingestion was interrupted while it changed this store, and it cannot be completed now: {why}")]
    Interrupted {
        /// The store.
        path: PathBuf,
        /// What stands in the way.
        why: String,
    },
    /// The store was changed while it was read.
    #[error("{path}: another process changed the store while it was read")]
    Changed {
        /// The store.
        path: PathBuf,
    },
    /// The store was written with other columns than the catalogue declares now.
    #[error(
        "{path}: the store was written with other columns of table {table} than this catalogue declares, so nothing can be added to it"
    )]
    Columns {
        /// The store.
        path: PathBuf,
        /// The first table that differs.
        table: String,
    },
    /// Stores to be merged do not fit together, or one of them is not whole.
    #[error("{path}: the store cannot be merged: {why}")]
    Merge {
        /// The store.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Two files whose hashes begin alike, one of which the store holds.
    #[error(
        "{path}: two different files have SHA-256 hashes that begin with {id}, and rows are known by that beginning; chance does not do this"
    )]
    SameId {
        /// The store.
        path: PathBuf,
        /// The sixteen hex digits.
        id: String,
    },
    /// No such table.
    #[error("no table {name}; the nearest name is {nearest}")]
    Table {
        /// As asked for.
        name: String,
        /// Nearest declared name.
        nearest: String,
    },
}

impl StoreError {
    /// An error of the system about `path`.
    pub fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    /// An error of polars about `path`.
    pub fn polars(path: &Path, source: PolarsError) -> Self {
        Self::Polars { path: path.to_owned(), source }
    }
}

impl Help for StoreError {
    fn help(&self) -> Option<Cow<'static, str>> {
        let help = match self {
            Self::Io { source, .. } => return source.help(),
            Self::Polars { source, .. } => system(source)?,
            Self::Special { .. } => "give a file, a folder, a pipe, or - for standard input",
            Self::Format { .. } => "ingest the files again into a new store",
            Self::Missing { .. } => "`sixpillars ingest FILES --store DIR` makes one, and a report has one in its folder `evidence`",
            Self::Unfinished { .. } => "run the same `sixpillars ingest` again",
            Self::Busy { .. } => "wait until it has ended",
            Self::Foreign { .. } => "rename it or move it away, or write to another place",
            Self::Interrupted { .. } => "make the folder writable and run the command again",
            Self::Changed { .. } => "run the command again",
            Self::Columns { .. } => "ingest all files again into a new store",
            Self::Merge { .. } => "ingest its files instead",
            Self::SameId { .. } => "find the two among the inputs, or ingest all files again into a new store, which tells them apart",
            Self::Manifest { .. } | Self::Table { .. } => return None,
        };
        Some(help.into())
    }
}

/// What to do about an error of the system that polars passes on.
fn system(error: &PolarsError) -> Option<&'static str> {
    if let PolarsError::IO { error, .. } = error {
        return help::of_kind(error.kind());
    }
    // Its writer of Parquet keeps of the system's error only the words.
    let text = error.to_string();
    let kind = if text.contains("No space left on device") || text.contains("Disk quota exceeded") {
        ErrorKind::StorageFull
    } else if text.contains("Read-only file system") || text.contains("Permission denied") {
        ErrorKind::PermissionDenied
    } else {
        return None;
    };
    help::of_kind(kind)
}

/// A store on disk.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    schema: Arc<Schema>,
    /// Table of contents.
    pub manifest: Manifest,
    /// What opening it for writing found of a former run.
    pub leftover: Option<staging::Leftover>,
    lock: Option<staging::Writing>,
    stamp: Option<staging::Stamp>,
    /// Once nothing changes any more, the ids of the files that gave rows to each table: a store of a year names a
    /// hundred thousand files, and a report asks for some hundred tables.
    givers: OnceLock<BTreeMap<String, Vec<String>>>,
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
    fn take(&mut self) -> Result<(), StoreError> {
        if self.lock.is_none() {
            *self = Self::open_or_new(&self.folder, Arc::clone(&self.schema))?;
        }
        self.fits(&self.manifest, &self.folder)
    }

    /// Whether rows written under `manifest` have the columns declared now.
    fn fits(&self, manifest: &Manifest, folder: &Path) -> Result<(), StoreError> {
        let declared = self.columns();
        let differing = |name: &&String| manifest.tables.get(*name) != declared.get(*name);
        match manifest.tables.keys().chain(declared.keys()).find(differing) {
            Some(table) if !manifest.tables.is_empty() => Err(StoreError::Columns { path: folder.to_owned(), table: table.clone() }),
            _ => Ok(()),
        }
    }

    /// Columns of all tables that are stored, `name TYPE`.
    fn columns(&self) -> BTreeMap<String, Vec<String>> {
        let stored = self.schema.tables().filter(|t| t.storage != Storage::Derived);
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
                .filter(|p| table.name != copies::TABLE || p.is_file())
                .collect(),
            Storage::PerFile => {
                self.givers(table).iter().map(|f| self.stored_path(&table.name, &format!("{}.parquet", f.file_id))).collect()
            }
            Storage::Pooled => {
                let parts: BTreeSet<String> = self.givers(table).iter().map(|f| pool::part_of(&f.file_id)).collect();
                parts.iter().map(|part| self.stored_path(&table.name, &format!("{part}.parquet"))).collect()
            }
            Storage::Derived => Vec::new(),
        }
    }

    /// The files whose rows in a table count, by id.
    fn givers(&self, table: &Table) -> Vec<&InputFile> {
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

    /// Whether the store was written with all columns the table has now.
    pub fn lacks_columns(&self, table: &Table) -> Vec<String> {
        let Some(written) = self.manifest.tables.get(&table.name) else { return Vec::new() };
        table.all_columns().iter().map(|c| format!("{} {}", c.name, c.kind.sql())).filter(|c| !written.contains(c)).collect()
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
        let mut frames = Vec::new();
        for part in self.parts(table) {
            let frame = frame::read(&part, Some(&names))?;
            frames.push(frame.select(names.iter().map(String::as_str)).map_err(|e| StoreError::polars(&part, e))?);
        }
        frame::concat(frames, &wanted).map_err(|e| StoreError::polars(&self.folder.join(&table.name), e))
    }

    /// Finds a file by its id or a prefix of it.
    pub fn file(&self, id: &str) -> Option<&manifest::InputFile> {
        let mut found = self.manifest.files.range(id.to_owned()..).take_while(|(k, _)| k.starts_with(id));
        let first = found.next().map(|(_, f)| f);
        if found.next().is_some() { None } else { first }
    }
}
