//! The evidence store: typed tables as Parquet, one folder for each, and the manifest over them.
//!
//! Tables from single files are kept as one Parquet file per source file, events as one per date, so
//! that adding files touches only what they touch, and the result does not depend on how many runs
//! it took.

pub mod beginning;
pub mod billing;
pub mod build;
pub mod close;
#[cfg(test)]
mod cost_tests;
pub mod findings;
pub mod frame;
mod input;
pub mod manifest;
mod members;
pub mod offer;
pub mod packed;
pub mod parquet;
pub mod pool;
pub mod rollup;
pub mod runs;
pub mod settle;
pub mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::{DataFrame, PolarsError};
use thiserror::Error;

use crate::schema::{Schema, Storage, Table};
use manifest::Manifest;

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

/// A store on disk.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
    schema: Arc<Schema>,
    /// Table of contents.
    pub manifest: Manifest,
}

impl Store {
    /// Opens an existing store.
    ///
    /// # Errors
    /// When there is none or it cannot be read.
    pub fn open(folder: &Path, schema: Arc<Schema>) -> Result<Self, StoreError> {
        let manifest = Manifest::load(folder)?.ok_or_else(|| StoreError::Missing { path: folder.to_owned() })?;
        Ok(Self { folder: folder.to_owned(), schema, manifest })
    }

    /// Opens a store, or starts one.
    ///
    /// # Errors
    /// When the folder cannot be made or its manifest not be read.
    pub fn open_or_new(folder: &Path, schema: Arc<Schema>) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(|e| StoreError::io(folder, e))?;
        let manifest = Manifest::load(folder)?.unwrap_or_default();
        Ok(Self { folder: folder.to_owned(), schema, manifest })
    }

    /// Whether `folder` holds a store.
    pub fn is_store(folder: &Path) -> bool {
        folder.join(manifest::NAME).is_file()
    }

    /// The declared tables.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Where the store lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Path of one Parquet file of a table.
    pub fn part_path(&self, table: &str, part: &str) -> PathBuf {
        self.folder.join("tables").join(table).join(format!("{part}.parquet"))
    }

    /// The Parquet files of a table, in the order of their rows.
    pub fn parts(&self, table: &Table) -> Vec<PathBuf> {
        match table.storage {
            Storage::PerDate => self
                .manifest
                .event_dates
                .iter()
                .map(|day| self.part_path(&table.name, &crate::ingest::time::date_text(*day)))
                .filter(|p| p.is_file())
                .collect(),
            Storage::PerFile => self
                .manifest
                .files
                .values()
                .filter(|f| f.rows.contains_key(&table.name) && f.out_of_scope_reason.is_none())
                .map(|f| self.part_path(&table.name, &f.file_id))
                .collect(),
            Storage::Pooled => {
                let with_rows = self.manifest.files.values().filter(|f| f.rows.contains_key(&table.name));
                let parts: std::collections::BTreeSet<String> = with_rows.map(|f| pool::part_of(&f.file_id)).collect();
                parts.iter().map(|part| self.part_path(&table.name, part)).collect()
            }
            Storage::Derived => Vec::new(),
        }
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
