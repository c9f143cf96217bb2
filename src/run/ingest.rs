//! `ingest`: files into a store.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::{catalogue, limits, screen, threads};
use crate::catalogue::Catalogue;
use crate::cli::{Global, Ingest};
use crate::ingest::container::Limits;
use crate::store::{Store, build};

/// Runs `ingest`.
///
/// # Errors
/// When nothing could be kept or the store cannot be written.
pub fn run(options: &Ingest, global: &Global) -> anyhow::Result<ExitCode> {
    let catalogue = catalogue(global)?;
    let store = into_store(&options.inputs, &options.store, &limits(&options.caps), &catalogue, global)?;
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
    if sum(|f| f.kept) == 0 {
        bail!(
            "no record was kept: none of the files is an export this version reads\nhelp: run `sixpillars inspect` on them to see what was found"
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads inputs into the store at `folder`.
///
/// # Errors
/// When an input does not exist or the store cannot be written.
pub fn into_store(inputs: &[PathBuf], folder: &Path, limits: &Limits, catalogue: &Catalogue, global: &Global) -> anyhow::Result<Store> {
    let offered = build::offered(inputs).context("an input cannot be listed")?;
    if offered.is_empty() {
        bail!(
            "no file under {}\nhelp: give the folder that holds the exported files",
            inputs.iter().map(|i| i.display().to_string()).collect::<Vec<_>>().join(", ")
        );
    }
    let mut store = Store::open_or_new(folder, Arc::clone(&catalogue.schema))?;
    let bar = screen::bar(global, "reading");
    build::ingest(&mut store, &offered, limits, threads(global), &|done, total, _| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    Ok(store)
}
