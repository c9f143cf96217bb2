//! What is said of a report that was written, and its exit code.

use std::process::ExitCode;

use super::results::Results;
use crate::cli::{FailOn, Global, Report as Options};
use crate::facts::integrity::Severity as Weight;
use crate::outcome::Severity;
use crate::report::model::Report;
use crate::report::{Wording, assemble};
use crate::run::screen;

/// Inputs and records that are not in the report.
struct Lost {
    rejected: u64,
    unread: usize,
}

/// Says what was written and chooses the exit code.
///
/// # Errors
/// When nothing can be printed.
pub fn conclude(
    options: &Options,
    global: &Global,
    errors: &[String],
    results: &Results<'_>,
    report: &Report,
    wording: &Wording,
) -> anyhow::Result<ExitCode> {
    screen::out(&format!("{}\n", options.out.join("report.html").display()))?;
    let files = || results.store.manifest.files.values();
    let lost = Lost { rejected: files().map(|f| f.rejected).sum(), unread: files().filter(|f| f.unread.is_some()).count() };
    say_counts(report, &lost, global);
    for problem in &results.answers.problems {
        let said = assemble::problem(wording, problem);
        screen::say(global, &format!("warning: {}, row {}: {}", said.file, said.row, said.problem));
    }
    if options.fail_on.is_some_and(|wanted| has_open_findings(report, wanted)) {
        screen::say(global, "findings at or above the severity of --fail-on are open");
        return Ok(ExitCode::from(4));
    }
    say_warnings(report, errors, results, global);
    let (is_sound, is_met) = (results.opened.integrity.is_sound(), results.opened.unmet.is_none());
    let is_partial = lost.rejected > 0 || lost.unread > 0 || !is_sound;
    Ok(if !errors.is_empty() || !is_met || options.strict && is_partial { ExitCode::from(3) } else { ExitCode::SUCCESS })
}

fn say_counts(report: &Report, lost: &Lost, global: &Global) {
    let with: usize = report.controls.values().filter(|c| c.counts.exceptions > 0).count();
    screen::say(
        global,
        &format!(
            "{} controls: {with} with exceptions, {} not tested; {} {} rejected{}",
            report.controls.len(),
            report.not_tested.controls.len(),
            lost.rejected,
            if lost.rejected == 1 { "record" } else { "records" },
            match lost.unread {
                0 => String::new(),
                1 => "; 1 input not read".to_owned(),
                n => format!("; {n} inputs not read"),
            }
        ),
    );
}

/// Whether a finding of at least this severity is open: no risk acceptance covers all of it.
fn has_open_findings(report: &Report, wanted: FailOn) -> bool {
    let at = match wanted {
        FailOn::Critical => Severity::Critical,
        FailOn::High => Severity::High,
        FailOn::Medium => Severity::Medium,
        FailOn::Low => Severity::Low,
        FailOn::Informational => Severity::Informational,
    };
    report.findings.iter().any(|finding| finding.is_open && finding.severity <= at)
}

fn say_warnings(report: &Report, errors: &[String], results: &Results<'_>, global: &Global) {
    if results.opened.unmet.is_some() {
        screen::say(global, &format!("warning: {}", report.cover.period_unmet));
        screen::say(global, "help: state the period that the records are of, or deliver the records of the period");
    }
    for error in errors {
        screen::say(global, &format!("error: {error}"));
    }
    let integrity = &results.opened.integrity;
    if !integrity.is_sound() {
        let (failed, open) = (integrity.count(Weight::Failed), integrity.count(Weight::NotConfirmed));
        screen::say(global, &format!("log file integrity: {failed} checks failed, {open} could not be confirmed"));
    }
}
