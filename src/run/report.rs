//! `report`: from files or a store to the report's folder.

mod conclude;
mod prepare;
mod results;
mod write;

use std::process::ExitCode;

use super::open;
use crate::cli::{Global, Report as Options};
use crate::report::Wording;
use conclude::conclude;
use prepare::Prepared;
use results::Results;

/// Runs `report`.
///
/// # Errors
/// When no report could be made.
pub fn run(options: &Options, global: &Global) -> anyhow::Result<ExitCode> {
    let started = std::time::Instant::now();
    let prepared = Prepared::read(options, global)?;
    let store = prepared.ingest(options, global)?;
    let opened = open(&store, &prepared.engagement, prepare::period(options))?;
    let (catalogue, engagement, answers) = (prepared.catalogue, &prepared.engagement, prepared.answers);
    let results = Results::evaluate(catalogue, engagement, &store, &opened, options.profile, answers, global)?;
    let (folder, templates) = (prepared.folder, &prepared.templates);
    let wording = Wording::new(templates)?;
    let papers = write::workpapers(&folder.part, &results)?;
    let binary = prepared.binary.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let report = write::report(&folder.part, &results, &papers, (templates, &wording), binary, prepared.baseline)?;
    write::package(&folder.part, &store, options, started)?;
    let errors = results.errors()?;
    folder.finish()?;
    conclude(options, global, &errors, &results, &report, &wording)
}
