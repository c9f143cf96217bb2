//! `ingest`: files and other stores into a store.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::{catalogue, reading, screen};
use crate::catalogue::Catalogue;
use crate::cli::{Global, Ingest};
use crate::store::Store;
use crate::store::build::{self, Reading};
use crate::store::staging::Leftover;

/// Runs `ingest`.
///
/// # Errors
/// When nothing could be kept or the store cannot be written.
pub fn run(options: &Ingest, global: &Global) -> anyhow::Result<ExitCode> {
    let catalogue = catalogue(global)?;
    let inputs = Inputs::sort(&options.inputs, &[]);
    let store = into_store(&inputs, &options.store, &reading(&options.caps, options.keep.keep_raw, global), &catalogue, global)?;
    let files = store.manifest.files.values();
    let sum = |of: fn(&crate::store::manifest::InputFile) -> u64| store.manifest.files.values().map(of).sum::<u64>();
    screen::say(
        global,
        &format!(
            "{} files: {} records read = {} kept + {} duplicate + {} out of scope + {} rejected",
            files.count(),
            sum(|f| f.read),
            sum(|f| f.kept),
            sum(|f| f.duplicate),
            sum(|f| f.out_of_scope),
            sum(|f| f.rejected)
        ),
    );
    if !store.manifest.has_evidence() {
        bail!(
            "no record was kept: none of the files is an export this version reads\nhelp: run `sixpillars inspect` on them to see what was found"
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// What was given, told apart.
pub struct Inputs {
    /// Files and folders of exports.
    pub files: Vec<PathBuf>,
    /// Evidence stores.
    pub stores: Vec<PathBuf>,
}

impl Inputs {
    /// Takes the stores out of `given`; those in `stores` were named as such.
    pub fn sort(given: &[PathBuf], stores: &[PathBuf]) -> Self {
        let (mut found, files): (Vec<PathBuf>, Vec<PathBuf>) = given.iter().cloned().partition(|path| Store::is_store(path));
        found.extend_from_slice(stores);
        // The same store by two names is one.
        let mut seen = std::collections::BTreeSet::new();
        found.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
        Self { files, stores: found }
    }
}

/// Reads inputs into the store at `folder`.
///
/// # Errors
/// When an input does not exist, a store cannot be merged, or the store at `folder` not be written.
pub fn into_store(inputs: &Inputs, folder: &Path, reading: &Reading, catalogue: &Catalogue, global: &Global) -> anyhow::Result<Store> {
    let offered = build::offered(&inputs.files).context("an input cannot be listed")?;
    if offered.is_empty() && !inputs.files.is_empty() {
        bail!(
            "no file under {}\nhelp: give the folder that holds the exported files",
            inputs.files.iter().map(|i| i.display().to_string()).collect::<Vec<_>>().join(", ")
        );
    }
    if let Some(same) = inputs.stores.iter().find(|s| folder.exists() && s.canonicalize().ok() == folder.canonicalize().ok()) {
        bail!("{} cannot be merged into itself\nhelp: give another store with --store", same.display());
    }
    let mut others = inputs.stores.iter().map(|path| super::store(path, catalogue)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut store = Store::open_or_new(folder, Arc::clone(&catalogue.schema))?;
    match store.leftover {
        Some(Leftover::Discarded) => screen::say(global, "an interrupted ingestion was found; what it had not completed is read anew"),
        Some(Leftover::Completed) => screen::say(global, "an interrupted ingestion was found and completed"),
        None => {}
    }
    if store.manifest.files.is_empty() {
        // The largest store is taken as it is and the others come into it; which one it is shows nowhere.
        let kept = |s: &Store| s.manifest.files.values().map(|f| f.kept).sum::<u64>();
        if let Some(at) = (0..others.len()).max_by_key(|at| kept(&others[*at])) {
            store.adopt(&others.remove(at))?;
        }
    }
    if offered.is_empty() && others.is_empty() {
        store.commit()?;
        return Ok(store);
    }
    let bar = screen::bar(global, "reading");
    build::ingest(&mut store, &offered, &others, reading, &|done, total, _| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    Ok(store)
}
