//! `compare`: what became of findings, controls and spend between reports.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::folder::Folder;
use super::help::Advice;
use super::{place, screen};
use crate::base::small_file;
use crate::base::text::{count, thousands};
use crate::cli::{Compare, Global};
use crate::report::comparison::{self, Comparison, Issued, Step};
use crate::report::templates::Templates;

/// Bytes of a `report.json`, at most: a hundred times that of the largest report seen.
const MAX_REPORT: u64 = 256 << 20;
/// The file of a report that is compared.
const REPORT: &str = "report.json";

/// Runs `compare`.
///
/// # Errors
/// When a report cannot be read, or the comparison not be written.
pub fn run(options: &Compare, global: &Global) -> anyhow::Result<ExitCode> {
    let templates = Templates::load(options.templates.as_deref())?;
    // Before anything is read: a place that is taken must not cost the reading.
    let out = place::real(&options.out)?;
    if is_taken(&out) {
        bail!(Advice::new(format!("{} exists already", options.out.display()), "give another folder with --out"));
    }
    let folder = Folder::prepare(&options.out, false, &options.reports)?;
    let reports = options.reports.iter().map(|path| read(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let names = names(&reports);
    let comparison = comparison::compare(reports);
    write(&folder.part, &comparison, &names, &templates)?;
    folder.finish()?;
    screen::out(&format!("{}\n", options.out.join("comparison.html").display()))?;
    for step in &comparison.steps {
        screen::say(global, &format!("{} against {}: {}", step.new, step.old, became(step)));
        if !step.differences.is_empty() {
            let differences = count(step.differences.len() as u64, "difference between them weakens", "differences between them weaken");
            screen::say(global, &format!("{differences} the comparison: see comparison.md"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Findings by status; those of which there are none are left out.
fn became(step: &Step) -> String {
    let some = step.counts.iter().filter(|count| count.findings > 0);
    let parts: Vec<String> = some.map(|count| format!("{} {}", thousands(count.findings), count.status.words())).collect();
    if parts.is_empty() { "Neither report holds a finding".to_owned() } else { format!("Findings: {}", parts.join(", ")) }
}

fn is_taken(out: &Path) -> bool {
    match std::fs::read_dir(out) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => std::fs::symlink_metadata(out).is_ok(),
    }
}

/// Reads a report's folder, or its `report.json`.
///
/// # Errors
/// When it holds none, or one that cannot be compared.
pub fn read(given: &Path) -> anyhow::Result<Issued> {
    let file = if given.is_dir() { given.join(REPORT) } else { given.to_owned() };
    if given.is_dir() && !file.exists() {
        bail!(Advice::new(
            format!("{} holds no {REPORT}", given.display()),
            "give the folder that `sixpillars report` wrote, or the report.json in it"
        ));
    }
    let text = small_file::read(&file, MAX_REPORT).with_context(|| format!("{} cannot be compared", file.display()))?;
    Issued::parse(text.as_bytes()).with_context(|| format!("{} cannot be compared", file.display()))
}

/// Names of accounts, as the last report that names one does.
pub fn names(reports: &[Issued]) -> BTreeMap<String, String> {
    reports.iter().flat_map(|report| report.account_names().clone()).collect()
}

/// Writes `comparison.md`, `comparison.html` and `comparison.json` into a folder.
///
/// # Errors
/// When a template fails or a file cannot be written.
pub fn write(folder: &Path, comparison: &Comparison, names: &BTreeMap<String, String>, templates: &Templates) -> anyhow::Result<()> {
    let page = comparison::render(comparison, names, templates)?;
    let mut json = serde_json::to_vec_pretty(comparison)?;
    json.push(b'\n');
    for (name, text) in [("comparison.md", page.markdown.as_bytes()), ("comparison.html", page.html.as_bytes()), ("comparison.json", &json)]
    {
        std::fs::write(folder.join(name), text).with_context(|| format!("{name} cannot be written"))?;
    }
    Ok(())
}
