//! `report`: from files or a store to the report's folder.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use serde_json::json;

use super::folder::Folder;
use super::help::Advice;
use super::ingest::{self, Inputs};
use super::{Opened, engagement, named, open, reading, screen};
use crate::base::parallel::both;
use crate::base::shown;
use crate::catalogue::Catalogue;
use crate::catalogue::topics::Topic;
use crate::cli::{FailOn, Global, Profile as ProfileFlag, Report as Options};
use crate::evaluate::{self, Evaluation};
use crate::facts::changes;
use crate::facts::integrity::Severity as Weight;
use crate::findings;
use crate::outcome::Severity;
use crate::report::assemble::{self, Input};
use crate::report::model::{Profile, Report};
use crate::report::templates::Templates;
use crate::report::topics;
use crate::report::{self};
use crate::store::Store;
use crate::workpapers::{package, rows, views};

/// Runs `report`.
///
/// # Errors
/// When no report could be made.
pub fn run(options: &Options, global: &Global) -> anyhow::Result<ExitCode> {
    let started = std::time::Instant::now();
    // The report names the binary by its hash, which takes as long as a small report does.
    let binary = std::thread::spawn(binary_hash);
    let catalogue = super::inputs::catalogue_with(global, options.templates.as_deref())?;
    topics::check(&catalogue)?;
    let mut inputs = Inputs::sort(&options.inputs, &options.store);
    let engagement = engagement(&options.engagement, &inputs.files, global)?;
    named::check(&engagement, &catalogue, global)?;
    let catalogue = catalogue.with_thresholds(&engagement.thresholds.burst);
    let templates = Templates::load(options.templates.as_deref())?;
    // A bad period must not cost an hour of reading first.
    engagement.period(options.from.as_deref(), options.to.as_deref(), options.as_of.as_deref(), None)?;
    let folder = Folder::prepare(&options.out, options.force, inputs.files.iter().chain(&inputs.stores))?;
    inputs.left_out.extend(folder.written());

    let store = ingest::into_store(
        &inputs,
        &folder.part.join("evidence"),
        &reading(&options.caps, options.keep.keep_raw, global),
        &catalogue,
        global,
    )?;
    if !store.manifest.has_evidence() {
        bail!(Advice::new(
            format!("no record was kept, so there is nothing to report{}", first_notes(&store)),
            "run `sixpillars inspect` on the inputs to see what was found"
        ));
    }
    let opened = open(&store, &engagement, (options.from.as_deref(), options.to.as_deref(), options.as_of.as_deref()))?;
    let catalogue = match options.profile {
        ProfileFlag::Auditor => named::without_cost(catalogue, &engagement, &opened.tables)?,
        ProfileFlag::Full => catalogue,
    };
    let bar = screen::bar(global, "evaluating");
    let evaluation = evaluate::evaluate(&catalogue, &opened.tables, &opened.reach, &|done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    let found = findings::of_engagement(&catalogue, &evaluation, &engagement, &opened.period.as_of_text);
    let (changes, written) = both(
        || -> anyhow::Result<_> {
            views::write(&folder.part, &catalogue, &store, &opened.tables, &evaluation)?;
            last_changes(&store, &evaluation, &opened)
        },
        || rows::write(&folder.part, &catalogue, &evaluation, &found, &store),
    );
    let (changes, mut written) = (changes?, written?);
    rows::integrity(&folder.part, &opened.tables, &opened.integrity, &mut written)?;
    written.insert(
        rows::PRACTICES.0.to_owned(),
        (rows::PRACTICES.1.to_owned(), catalogue.frameworks.well_architected.iter().map(|q| q.practices.len() as u64).sum()),
    );
    let input = Input {
        catalogue: &catalogue,
        engagement: &engagement,
        period: &opened.period,
        scope: &opened.scope,
        unmet: opened.unmet,
        integrity: &opened.integrity,
        store: &store,
        tables: &opened.tables,
        evaluation: &evaluation,
        findings: &found,
        changes: &changes,
        profile: if options.profile == ProfileFlag::Auditor { Profile::Auditor } else { Profile::Full },
        binary_sha256: binary.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        templates_sha256: templates.sha256(&catalogue.topics),
        templates_overridden: overridden(&templates, &catalogue),
        workpapers: &written,
    };
    let report = assemble::assemble(&input)?;
    let practices = assemble::practices(&input, &report);
    rows::practices(&folder.part, &practices)?;
    write_report(&folder.part, &report, &templates, &catalogue.topics)?;
    package::write(&folder.part, &store)?;
    write_run(&folder.part, options, started)?;
    let mut errors: Vec<String> = evaluation.errors().into_iter().map(|(id, error)| format!("{id}: {error}")).collect();
    errors.extend(named::delivered(&engagement, &catalogue, &opened.tables)?);
    folder.finish()?;
    conclude(options, global, &errors, &store, &opened, &report)
}

/// Files of the user's own that say how the report reads: templates and topics.
fn overridden(templates: &Templates, catalogue: &Catalogue) -> Vec<String> {
    let topics = catalogue.topics.values().filter(|topic| topic.custom).map(|topic| topic.file.clone());
    templates.overridden().iter().cloned().chain(topics).collect()
}

/// What is noted of the first files that have a note, a line each.
fn first_notes(store: &Store) -> String {
    let noted = store.manifest.files.values().filter_map(|f| Some(format!("\n  {}: {}", f.paths.first()?, f.notes.first()?)));
    noted.take(3).collect()
}

/// Who changed what the exceptions are about.
fn last_changes(store: &Store, evaluation: &Evaluation, opened: &Opened<'_>) -> anyhow::Result<BTreeMap<changes::Key, changes::Change>> {
    let mut wanted = std::collections::BTreeSet::new();
    for run in evaluation.controls.values() {
        for row in run.rows.iter().filter(|r| r.time.is_none()) {
            wanted.extend(changes::names(&row.account, &row.kind, &row.resource, &row.name, &row.arn).into_iter().map(|(key, _)| key));
        }
    }
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    Ok(changes::last_changes(store, &wanted, opened.period.as_of)?)
}

fn binary_hash() -> String {
    let hashed = std::env::current_exe().and_then(|path| package::hash_of(&path));
    hashed.map_or_else(|_| "not known".to_owned(), |(sha256, _)| sha256)
}

fn write_report(folder: &Path, report: &Report, templates: &Templates, topics: &BTreeMap<String, Topic>) -> anyhow::Result<()> {
    let rendered = report::render_with(report, templates, topics)?;
    let put = |name: &str, text: &[u8]| std::fs::write(folder.join(name), text).with_context(|| format!("{name} cannot be written"));
    put("report.md", rendered.markdown.as_bytes())?;
    put("report.html", rendered.html.as_bytes())?;
    put("report.json", &serde_json::to_vec_pretty(report)?)?;
    std::fs::create_dir_all(folder.join("charts"))?;
    for (id, svg) in &rendered.charts {
        put(&format!("charts/{id}.svg"), svg.as_bytes())?;
    }
    Ok(())
}

/// What is not the same from run to run.
#[expect(clippy::disallowed_methods, reason = "the time of the run stands here and nowhere else")]
fn write_run(folder: &Path, options: &Options, started: std::time::Instant) -> anyhow::Result<()> {
    let run = json!({
        "finished": jiff::Timestamp::now().to_string(),
        "seconds": started.elapsed().as_secs_f64(),
        "version": env!("CARGO_PKG_VERSION"),
        "inputs": options.inputs.iter().map(|path| shown::name(path.as_os_str())).collect::<Vec<_>>(),
        "stores": options.store.iter().map(|path| shown::name(path.as_os_str())).collect::<Vec<_>>(),
        "out": shown::name(options.out.as_os_str()),
    });
    std::fs::write(folder.join("run.json"), serde_json::to_vec_pretty(&run)?)?;
    Ok(())
}

/// Says what was written and chooses the exit code.
fn conclude(
    options: &Options,
    global: &Global,
    errors: &[String],
    store: &Store,
    opened: &Opened<'_>,
    report: &Report,
) -> anyhow::Result<ExitCode> {
    screen::out(&format!("{}\n", options.out.join("report.html").display()))?;
    let integrity = &opened.integrity;
    let rejected: u64 = store.manifest.files.values().map(|f| f.rejected).sum();
    let unread = store.manifest.files.values().filter(|f| f.unread.is_some()).count();
    let with: usize = report.controls.values().filter(|c| c.counts.exceptions > 0).count();
    screen::say(
        global,
        &format!(
            "{} controls: {with} with exceptions, {} not tested; {rejected} {} rejected{}",
            report.controls.len(),
            report.not_tested.controls.len(),
            if rejected == 1 { "record" } else { "records" },
            match unread {
                0 => String::new(),
                1 => "; 1 input not read".to_owned(),
                n => format!("; {n} inputs not read"),
            }
        ),
    );
    if let Some(wanted) = options.fail_on {
        let at = match wanted {
            FailOn::Critical => Severity::Critical,
            FailOn::High => Severity::High,
            FailOn::Medium => Severity::Medium,
            FailOn::Low => Severity::Low,
            FailOn::Informational => Severity::Informational,
        };
        let open = report.controls.values().any(|c| c.severity <= at && c.counts.exceptions > c.counts.waived);
        if open {
            screen::say(global, "exceptions at or above the severity of --fail-on are not waived");
            return Ok(ExitCode::from(4));
        }
    }
    if opened.unmet.is_some() {
        screen::say(global, &format!("warning: {}", report.cover.period_unmet));
        screen::say(global, "help: state the period that the records are of, or deliver the records of the period");
    }
    for error in errors {
        screen::say(global, &format!("error: {error}"));
    }
    if !integrity.is_sound() {
        let (failed, open) = (integrity.count(Weight::Failed), integrity.count(Weight::NotConfirmed));
        screen::say(global, &format!("log file integrity: {failed} checks failed, {open} could not be confirmed"));
    }
    if !errors.is_empty() || opened.unmet.is_some() || options.strict && (rejected > 0 || unread > 0 || !integrity.is_sound()) {
        return Ok(ExitCode::from(3));
    }
    Ok(ExitCode::SUCCESS)
}
