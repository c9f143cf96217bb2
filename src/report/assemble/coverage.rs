//! Assembles completeness, coverage and integrity of the evidence.

mod calendar;
mod configuration;
mod crosschecks;
mod digests;
mod expected;
mod files;
mod integrity;
mod silence;

use std::collections::BTreeMap;

use super::{Input, words};
use crate::evaluate::EvaluateError;
use crate::facts::scope::{CoverageLine, DayState};
use crate::report::model::{Chart, Coverage, Statement, StatementTone};
use crate::report::tables;
use crate::store::manifest::InputFile;

/// The section.
pub(super) fn section(input: &Input<'_>, charts: &mut BTreeMap<String, Chart>) -> Result<Coverage, EvaluateError> {
    let account = files::account(input)?;
    let delivered = configuration::delivered(input);
    let mut silences = silence::silences(input)?;
    let after_stop = std::mem::take(&mut silences.after_stop);
    let mut names = Vec::new();
    for chart in [calendar::chart(input), calendar::events_chart(input), files::chart(&account)] {
        names.push(chart.id.clone());
        charts.insert(chart.id.clone(), chart);
    }
    let mut integrity = integrity::statements(input, &account)?;
    if delivered.unplaced > 0 {
        let n = words::count(delivered.unplaced, "AWS Config snapshot tells", "AWS Config snapshots tell");
        integrity.push(Statement::plain(format!("{n} neither by name nor by items when and where it was taken.")));
    }
    Ok(Coverage {
        statements: statements(input, &account, after_stop),
        inputs: tables::inputs(&account.lines),
        reconciles: account.reconciles,
        expected: expected::table(input, &delivered)?,
        expected_set: expected_set(input),
        calendar: calendar::table(input, &silences),
        snapshots: configuration::snapshots(input, &delivered),
        recorders: configuration::recorders(input)?,
        integrity,
        chains: digests::chains(input),
        integrity_checks: digests::checks(input),
        custody: files::custody(input),
        unrecognised: files::unrecognised(input),
        rejects: files::rejects(input),
        crosschecks: crosschecks::statements(input)?,
        charts: names,
    })
}

/// Whether a later assembly restates a cost file. What is set apart in other files is no event.
pub(super) fn is_restated(file: &InputFile) -> bool {
    file.out_of_scope_reason.is_some() && file.format.is_charges()
}

/// A count for drawing and sorting.
#[expect(clippy::cast_precision_loss, reason = "for drawing; the exact count stands in the text")]
pub(super) fn drawn(n: u64) -> f64 {
    n as f64
}

/// Who says what to expect.
fn expected_set(input: &Input<'_>) -> String {
    let Some(by) = &input.scope.expected_by else {
        return "unknown. Neither the engagement nor organizations list-accounts says which accounts and Regions to expect, so that absence cannot be told from omission.".to_owned();
    };
    let mut sayers: BTreeMap<&str, u64> = BTreeMap::new();
    for account in input.scope.accounts.values().filter(|a| a.expected) {
        *sayers.entry(if account.said_by.is_empty() { by } else { &account.said_by }).or_default() += 1;
    }
    let said: Vec<String> = sayers.iter().map(|(who, n)| format!("{} said by {who}", words::count(*n, "account", "accounts"))).collect();
    let regions = input.scope.expected().len() as u64;
    let regions = if regions == 0 {
        "the Regions to expect are not stated".to_owned()
    } else {
        format!("{} said by the engagement", words::count(regions, "account and Region", "accounts and Regions"))
    };
    format!("{}; {regions}. It was not verified against AWS.", said.join(", "))
}

/// What a reader must know first.
fn statements(input: &Input<'_>, account: &files::Account, after_stop: Vec<Statement>) -> Vec<Statement> {
    let mut all = vec![Statement::plain(format!(
        "{} read from {}: {} kept for the period, {} copies, {} out of scope, {} rejected.",
        words::count(account.sum(|l| l.read), "record was", "records were"),
        words::count(account.files, "file", "files"),
        words::thousands(account.sum(|l| l.kept)),
        words::thousands(account.sum(|l| l.duplicate)),
        words::thousands(account.sum(|l| l.out_of_scope)),
        words::thousands(account.sum(|l| l.rejected)),
    ))];
    all.extend(after_stop);
    if input.scope.expected_by.is_none() {
        let text = "Nobody said which accounts and Regions to expect. Coverage can be shown for what was delivered only; name them in engagement.toml or deliver organizations list-accounts.";
        all.push(Statement::new(StatementTone::Warning, "Expected set unknown", text));
    }
    if input.scope.events == 0 {
        let text = "No CloudTrail event of the period was delivered. Nothing can be said about who accessed or changed what.";
        all.push(Statement::new(StatementTone::Warning, "No CloudTrail events", text));
        return all;
    }
    let expected: Vec<&CoverageLine> = input.scope.coverage.iter().filter(|l| l.expected).collect();
    let nothing: Vec<String> = expected
        .iter()
        .filter(|l| calendar::days(l, DayState::Covered) == 0 && l.days.iter().any(|(s, _)| *s != DayState::Quiet))
        .map(|l| format!("{} {}", input.account(&l.account), l.region))
        .collect();
    if !nothing.is_empty() {
        let n = words::count(nothing.len() as u64, "expected account and Region", "expected accounts and Regions");
        let text = format!(
            "{n} delivered no event at all: {}. Whether nothing happened there or nothing was recorded is not known.",
            integrity::named(&nothing)
        );
        all.push(Statement::new(StatementTone::Warning, "Not delivered", text));
    }
    all.extend(gaps(input, &expected, DayState::NotDelivered, "Days not delivered", "before the first or after the last event delivered"));
    all.extend(gaps(
        input,
        &expected,
        DayState::Silent,
        "Silent days",
        "without an event, between days with events; without digest files this may be a gap or quiet",
    ));
    let quiet: u64 = expected.iter().map(|l| calendar::days(l, DayState::Quiet)).sum();
    if quiet > 0 {
        let text = "without an event (counted as covered): digest files of these days list no log file with events of them. That holds for what their trails record, and as far as the digests can be relied upon (see log file integrity)";
        all.push(Statement::plain(format!("{} {text}.", words::count(quiet, "expected day", "expected days"))));
    }
    all.extend(weaker_days(input));
    all
}

/// Accounts and Regions whose events of some days come from weaker exports only (audit-practice.md 1.3).
fn weaker_days(input: &Input<'_>) -> Option<Statement> {
    let mut places = Vec::new();
    let mut days = 0;
    for line in &input.scope.coverage {
        let weaker = line.weaker_days();
        if weaker.is_empty() {
            continue;
        }
        days += weaker.len() as u64;
        let n = weaker.len() as u64;
        let (first, last) = (weaker.first().copied().unwrap_or(0), weaker.last().copied().unwrap_or(0));
        let span = if n == 1 {
            calendar::date(input, first)
        } else {
            format!("{} from {} to {}", words::count(n, "day", "days"), calendar::date(input, first), calendar::date(input, last))
        };
        places.push(format!("{} {} ({span})", input.account(&line.account), line.region));
    }
    let text = format!(
        "{} on exports that hold less than the files a trail delivers: {}. What such an export may lack stands beside its kind in the table of inputs; that it shows nothing proves nothing.",
        words::count(days, "day with events rests", "days with events rest"),
        integrity::named(&places)
    );
    (days > 0).then(|| Statement::new(StatementTone::Warning, "Weaker evidence only", text))
}

/// Days in a state of accounts and Regions that delivered something.
fn gaps(input: &Input<'_>, expected: &[&CoverageLine], state: DayState, title: &str, what: &str) -> Option<Statement> {
    let mut places = Vec::new();
    let mut days = 0;
    for line in expected.iter().filter(|l| calendar::days(l, DayState::Covered) > 0) {
        let own: Vec<_> = calendar::stretches(line).into_iter().filter(|s| s.state == state).collect();
        if own.is_empty() {
            continue;
        }
        days += own.iter().map(|s| s.days as u64).sum::<u64>();
        let dates: Vec<String> = own.iter().map(|s| calendar::dates(input, s)).collect();
        places.push(format!("{} {} ({})", input.account(&line.account), line.region, integrity::named(&dates)));
    }
    let text = format!("{} {what}: {}.", words::count(days, "day", "days"), integrity::named(&places));
    (days > 0).then(|| Statement::new(StatementTone::Warning, title, text))
}
