//! From what was evaluated to the report model: everything is counted and worded here, so that
//! templates only place it.

mod access;
mod appendix;
mod command;
mod controls;
mod coverage;
mod other_tools;
mod questions;
mod soc2;
mod summary;
mod well_architected;
pub mod words;

use std::collections::BTreeMap;

use crate::base::parallel::both;
use crate::catalogue::{Catalogue, PILLARS};
use crate::engagement::{Engagement, Period};
use crate::evaluate::{self, EvaluateError, Evaluation, Grid, Tables};
use crate::facts::changes::{Change, Key};
use crate::facts::integrity::Integrity;
use crate::facts::scope::{Scope, Unmet};
use crate::report::model::{Chart, Profile, Report, SCHEMA_VERSION};
use crate::report::{ReportError, topics};
use crate::store::Store;

/// All that the report is made from.
pub struct Input<'a> {
    /// Controls, extracts, metrics, frameworks.
    pub catalogue: &'a Catalogue,
    /// What the client and the engagement say.
    pub engagement: &'a Engagement,
    /// The period.
    pub period: &'a Period,
    /// How the period stated and the records miss each other, if they do.
    pub unmet: Option<Unmet>,
    /// Accounts, Regions, coverage, recorders.
    pub scope: &'a Scope,
    /// Chains of digest files and what was verified by them.
    pub integrity: &'a Integrity,
    /// The evidence.
    pub store: &'a Store,
    /// SQL views over it, period and as-of applied; `engagement`, `accounts`, ... are in place.
    pub tables: &'a Tables<'a>,
    /// Results.
    pub evaluation: &'a Evaluation,
    /// Last successful write naming a resource.
    pub changes: &'a BTreeMap<Key, Change>,
    /// Readership.
    pub profile: Profile,
    /// SHA-256 of the running binary.
    pub binary_sha256: String,
    /// SHA-256 of the template set.
    pub templates_sha256: String,
    /// Templates overridden.
    pub templates_overridden: Vec<String>,
    /// Workpapers written, by path below the report's folder: title, rows.
    pub workpapers: &'a BTreeMap<String, (String, u64)>,
}

impl Input<'_> {
    /// Runs one SELECT over the views.
    ///
    /// # Errors
    /// When it fails; a query of ours that fails is a bug, and stops the report.
    pub fn sql(&self, name: &str, text: &str) -> Result<Grid, EvaluateError> {
        let frame = evaluate::run_text(self.tables, name, text, &[])?;
        // Whole, since callers sum its rows: a sum over the first of them would be a wrong figure.
        Grid::of(&frame, usize::MAX).map_err(|source| EvaluateError::Query { query: name.to_owned(), source })
    }

    /// An account with its name, where known: `111122223333 (acme-prod)`.
    pub fn account(&self, id: &str) -> String {
        match self.scope.accounts.get(id).map(|a| a.name.as_str()).filter(|n| !n.is_empty()) {
            Some(name) => format!("{id} ({name})"),
            None => id.to_owned(),
        }
    }

    /// The day, in the engagement's zone, of the newest configuration of AWS Config or IAM that was delivered up to the
    /// as-of date.
    pub fn configuration_until(&self) -> Option<String> {
        let times = self.store.manifest.files.values().filter(|file| file.format.is_configuration()).filter_map(|file| {
            // Later items are of no use as at the date; what was taken later holds earlier ones all the same.
            Some(file.taken()?.min(self.period.as_of - 1))
        });
        times.max().map(|at| words::date(at, &self.period.zone))
    }

    /// The workpaper path of an entry, if one was written.
    pub fn workpaper(&self, id: &str) -> Option<String> {
        ["csv", "parquet"].iter().map(|e| format!("workpapers/{id}.{e}")).find(|p| self.workpapers.contains_key(p))
    }
}

/// Every Well-Architected practice with what bears on it, for a workpaper: practice, pillar, title,
/// published risk, status, evidence.
pub fn practices(input: &Input<'_>, report: &Report) -> Vec<[String; 6]> {
    well_architected::rows(input, &report.controls)
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
    let controls = controls::all(input);
    let metrics = controls::metrics(input, &mut charts);
    let extracts = controls::extracts(input)?;
    let mut pillars = Vec::new();
    for (id, title) in PILLARS.into_iter().filter(|(id, _)| input.profile == Profile::Full || *id != "cost_optimization") {
        pillars.push(questions::pillar(input, id, title, &controls, &metrics, &mut charts));
    }
    let well_architected = well_architected::section(input, &controls, &mut charts);
    // SOC 2 asks the events as often as all other sections together.
    let mut drawn = BTreeMap::new();
    let (soc2, others) = both(
        || soc2::section(input, &controls, &mut drawn),
        || {
            let coverage = coverage::section(input, &mut charts)?;
            let access = access::section(input, &mut charts)?;
            let other_tools = other_tools::section(input, &controls)?;
            Ok::<_, EvaluateError>((coverage, access, other_tools))
        },
    );
    let (soc2, (coverage, access, other_tools)) = (soc2?, others?);
    charts.append(&mut drawn);
    let not_tested = appendix::not_tested(input, &controls, &metrics, &extracts);
    let summary = summary::section(input, &controls, &pillars, &coverage, &mut charts);
    let names = account_names(input);
    let draw = topics::Draw { period: input.period, names: &names };
    let shown = input.catalogue.topics.values().filter(|topic| input.profile == Profile::Full || topic.chapter() != "cost");
    let (topics, drawn) = topics::all(shown, &draw, &|id| input.evaluation.extracts.get(id))?;
    charts.extend(drawn.into_iter().map(|chart| (chart.id.clone(), chart)));
    let report = Report {
        schema_version: SCHEMA_VERSION,
        profile: input.profile,
        cover: summary::cover(input),
        summary,
        coverage,
        pillars,
        well_architected,
        soc2,
        access,
        other_tools,
        limits: appendix::limits(input),
        not_tested,
        appendix: appendix::section(input, &controls, &metrics, &extracts),
        controls,
        metrics,
        extracts,
        topics,
        account_names: names,
        charts,
    };
    Ok(report)
}
