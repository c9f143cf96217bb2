//! `ingest`: files and other stores into a store.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::help::Advice;
use super::{catalogue, place, reading, screen};
use crate::catalogue::Catalogue;
use crate::cli::{Global, Ingest};
use crate::store::Store;
use crate::store::build::{self, Reading};
use crate::store::manifest::staging::{self, Leftover};

/// Runs `ingest`.
///
/// # Errors
/// When nothing could be kept or the store cannot be written.
pub fn run(options: &Ingest, global: &Global) -> anyhow::Result<ExitCode> {
    let catalogue = catalogue(global)?;
    let mut inputs = Inputs::sort(&options.inputs, &[]);
    let folder = destination(&options.store, &inputs)?;
    inputs.left_out.extend(staging::own(&folder));
    let store = into_store(&inputs, &folder, &reading(&options.caps, options.keep.keep_raw, global), &catalogue, global)?;
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
        bail!(Advice::new(
            "no record was kept: none of the files is an export this version reads",
            "run `sixpillars inspect` on them to see what was found"
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Where the store goes, without links.
fn destination(given: &Path, inputs: &Inputs) -> anyhow::Result<PathBuf> {
    let real = place::real(given)?;
    if let Some(same) = inputs.stores.iter().find(|store| store.canonicalize().is_ok_and(|store| store == real)) {
        bail!(Advice::new(format!("{} cannot be merged into itself", same.display()), "give another store with --store"));
    }
    place::apart(given, &real, "--store", inputs.files.iter().chain(&inputs.stores))?;
    if real.exists() && !real.is_dir() {
        bail!(Advice::new(format!("{} is a file, not a folder", given.display()), "give another folder with --store"));
    }
    Ok(real)
}

/// What was given, told apart.
pub struct Inputs {
    /// Files and folders of exports.
    pub files: Vec<PathBuf>,
    /// Evidence stores.
    pub stores: Vec<PathBuf>,
    /// Real paths that are no exports though they may lie among them: the stores, and what this run writes.
    pub left_out: Vec<PathBuf>,
}

impl Inputs {
    /// Takes the stores out of `given`; those in `stores` were named as such.
    pub fn sort(given: &[PathBuf], stores: &[PathBuf]) -> Self {
        let (mut found, files): (Vec<PathBuf>, Vec<PathBuf>) = given.iter().cloned().partition(|path| Store::is_store(path));
        found.extend_from_slice(stores);
        // The same store by two names is one.
        let mut seen = std::collections::BTreeSet::new();
        found.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
        let left_out = found.iter().filter_map(|path| path.canonicalize().ok()).flat_map(|path| staging::own(&path)).collect();
        Self { files, stores: found, left_out }
    }
}

/// Reads inputs into the store at `folder`.
///
/// # Errors
/// When an input does not exist, a store cannot be merged, or the store at `folder` not be written.
pub fn into_store(inputs: &Inputs, folder: &Path, reading: &Reading, catalogue: &Catalogue, global: &Global) -> anyhow::Result<Store> {
    let offered = build::offered(&inputs.files, &inputs.left_out).context("an input cannot be listed")?;
    if offered.is_empty() && !inputs.files.is_empty() {
        bail!(Advice::new(
            format!("no file under {}", inputs.files.iter().map(|i| i.display().to_string()).collect::<Vec<_>>().join(", ")),
            "give the folder that holds the exported files"
        ));
    }
    let others = inputs.stores.iter().map(|path| super::store(path, catalogue)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut store = Store::open_or_new(folder, Arc::clone(&catalogue.schema))?;
    match store.leftover {
        Some(Leftover::Discarded) => screen::say(global, "an interrupted ingestion was found; what it had not completed is read anew"),
        Some(Leftover::Completed) => screen::say(global, "an interrupted ingestion was found and completed"),
        None => {}
    }
    let bar = screen::bar(global, "reading");
    build::ingest(&mut store, &offered, &others, reading, &|done, total, _| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    Ok(store)
}
