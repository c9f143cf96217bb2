//! From what was evaluated to the report model: everything is counted here, so that templates only word and
//! place it.

mod appendix;
mod command;
mod controls;
mod findings;
mod input;
mod piece;
mod questions;
mod register;
mod represented;
mod scope;
mod summary;
mod well_architected;
pub mod words;

pub use input::Input;
pub use register::{problem, register};
pub use well_architected::PracticeLine;

use std::collections::BTreeMap;

use crate::catalogue::PILLARS;
use crate::evaluate;
use crate::report::model::{Chart, FindingLine, Report, SCHEMA_VERSION, Table, limitations};
use crate::report::{ReportError, Wording, topics};

/// Every Well-Architected practice with what bears on it, for a workpaper.
pub fn practices(input: &Input<'_>, report: &Report) -> Vec<PracticeLine> {
    well_architected::lines(input, &report.controls)
}

/// The findings to act on first, of all in their order.
pub fn priority(wording: &Wording, findings: &[FindingLine]) -> Table {
    summary::top(wording, findings)
}

fn account_names(input: &Input<'_>) -> BTreeMap<String, String> {
    let named = input.scope.accounts.iter().filter(|(_, account)| !account.name.is_empty());
    named.map(|(id, account)| (id.clone(), account.name.clone())).collect()
}

/// Assembles the report.
///
/// # Errors
/// When a query of the assembly itself, or a topic's text, fails.
pub fn assemble(input: &Input<'_>) -> Result<Report, ReportError> {
    let mut charts: BTreeMap<String, Chart> = BTreeMap::new();
    let mut controls = controls::all(input);
    findings::respond(input, &mut controls);
    let metrics = controls::metrics(input, &mut charts);
    let extracts = controls::extracts(input)?;
    let mut pillars = Vec::new();
    let answered = evaluate::questions::judge(input.catalogue, input.engagement, input.evaluation, &|id| input.tells(id));
    for pillar in PILLARS.into_iter().filter(|(id, _)| input.profile.has_cost() || *id != "cost_optimization") {
        pillars.push(questions::pillar(input, pillar, &answered, &controls, &metrics, &mut charts));
    }
    let runs = input.evaluation;
    let reasons = controls.values().map(|control| control.reasons.as_slice());
    let reasons = reasons.chain(metrics.keys().filter_map(|id| Some(runs.metrics.get(id)?.reasons.as_slice())));
    let reasons = reasons.chain(extracts.keys().filter_map(|id| Some(runs.extracts.get(id)?.reasons.as_slice())));
    let shared = limitations::shared(reasons);
    let not_tested = appendix::not_tested(input.wording, &controls, &metrics, &extracts);
    let names = account_names(input);
    let findings = findings::lines(input);
    let draw = topics::Draw { period: input.period, names: &names, workpapers: input.workpapers };
    let shown = input.catalogue.topics.values().filter(|topic| input.profile.has_cost() || !topic.is_about_cost());
    let (topics, drawn) = topics::all(shown, &draw, &|id| input.evaluation.extracts.get(id))?;
    charts.extend(drawn.into_iter().map(|chart| (chart.id.clone(), chart)));
    let summary = summary::section(input, &controls, &findings, &pillars, &topics);
    let report = Report {
        schema_version: SCHEMA_VERSION,
        profile: input.profile,
        cover: summary::cover(input)?,
        summary,
        pillars,
        not_tested,
        appendix: appendix::section(input, &controls, &metrics, &extracts),
        limitations: shared,
        controls,
        metrics,
        extracts,
        findings,
        scope: scope::section(input),
        topics,
        account_names: names,
        charts,
    };
    input.wording.check()?;
    Ok(report)
}
