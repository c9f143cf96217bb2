//! A report against the one before it.

use std::collections::{BTreeMap, BTreeSet};

use super::issued::{Control, Finding, Issued};
use super::kinds::{Difference, FindingNote, Lack};
use super::model::{ComparedControl, ComparedFinding, ControlCounts, Part, StatusCount, Step};
use super::reach::Reach;
use super::{basis, spend, trend};
use crate::findings::Status;
use crate::report::model::{Outcome, Severity};

/// New findings named beside one that is gone.
const NAMED: usize = 3;

/// The report at `at + 1` against that at `at`.
pub(super) fn step(at: usize, old: &Issued, new: &Issued) -> Step {
    let differences = basis::differences(old, new);
    let mut findings = findings(old, new);
    if differences.iter().any(|difference| matches!(difference, Difference::Threshold { .. })) {
        for finding in findings.iter_mut().filter(|finding| matches!(finding.status, Status::Fixed | Status::Better)) {
            finding.notes.push(FindingNote::ThresholdChanged);
        }
    }
    let count = |status: Status| findings.iter().filter(|finding| finding.status == status).count() as u64;
    let only = |a: &Issued, b: &Issued| a.controls.keys().filter(|id| !b.controls.contains_key(*id)).cloned().collect();
    Step {
        old: trend::label(at),
        new: trend::label(at + 1),
        differences,
        counts: Status::ALL.into_iter().map(|status| StatusCount { status, findings: count(status) }).collect(),
        controls: old.controls.iter().filter_map(|(id, before)| Some(control(id, before, new.controls.get(id)?))).collect(),
        controls_only_old: only(old, new),
        controls_only_new: only(new, old),
        spend: spend::spend(old, new),
        findings,
    }
}

fn control(id: &str, old: &Control, new: &Control) -> ComparedControl {
    let counts = |c: &Control| ControlCounts {
        result: c.result,
        extent: c.extent,
        population: c.counts.population,
        exceptions: c.counts.exceptions,
        undetermined: c.counts.undetermined,
        accepted: c.counts.waived,
    };
    ComparedControl {
        id: id.to_owned(),
        title: new.title.clone(),
        severity: new.severity,
        old: counts(old),
        new: counts(new),
        text_changed: old.text_sha256 != new.text_sha256,
        sql_changed: old.sql != new.sql,
    }
}

/// Every finding of both reports, by status, then severity, title and id.
fn findings(old: &Issued, new: &Issued) -> Vec<ComparedFinding> {
    let reach = Reach::of(old, new);
    let matched = matches(old, new);
    let taken: BTreeSet<usize> = matched.iter().flatten().copied().collect();
    // New findings by control and account: one of them may be what an earlier finding became.
    let mut fresh: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (_, finding) in new.findings.iter().enumerate().filter(|(at, _)| !taken.contains(at)) {
        for (control, account) in finding.controls.iter().flat_map(|c| finding.accounts.iter().map(move |a| (c, a))) {
            fresh.entry((control, account)).or_default().push(&finding.number);
        }
    }
    let mut all: Vec<ComparedFinding> = Vec::new();
    for (finding, found) in old.findings.iter().zip(&matched) {
        all.push(match found.and_then(|at| new.findings.get(at)) {
            Some(now) => again(old, new, finding, now, &reach),
            None => gone(old, new, finding, &reach, &fresh),
        });
    }
    for (_, finding) in new.findings.iter().enumerate().filter(|(at, _)| !taken.contains(at)) {
        let status = if finding.is_accepted() { Status::RiskAccepted } else { Status::New };
        all.push(compared(status, None, Some(finding), Vec::new(), first_seen(old, new, finding)));
    }
    let severity = |finding: &ComparedFinding| {
        let part = finding.new.as_ref().or(finding.old.as_ref());
        part.map_or(Severity::Informational, |part| part.severity)
    };
    all.sort_by(|a, b| (a.status, severity(a), &a.title, &a.id).cmp(&(b.status, severity(b), &b.title, &b.id)));
    all
}

/// For each finding of the earlier report its place in the later one: by id, else by an id that either had in another catalogue.
fn matches(old: &Issued, new: &Issued) -> Vec<Option<usize>> {
    let by_id: BTreeMap<&str, usize> = new.findings.iter().enumerate().map(|(at, finding)| (finding.id.as_str(), at)).collect();
    let mut by_alias: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, finding) in new.findings.iter().enumerate() {
        for alias in &finding.aliases {
            by_alias.entry(alias).or_insert(at);
        }
    }
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut found: Vec<Option<usize>> = old.findings.iter().map(|finding| by_id.get(finding.id.as_str()).copied()).collect();
    taken.extend(found.iter().flatten());
    for (finding, found) in old.findings.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
        let known = by_alias.get(finding.id.as_str()).or_else(|| finding.aliases.iter().find_map(|alias| by_id.get(alias.as_str())));
        *found = known.copied().filter(|at| taken.insert(*at));
    }
    found
}

/// A finding that is noted again.
fn again(old: &Issued, new: &Issued, before: &Finding, now: &Finding, reach: &Reach<'_>) -> ComparedFinding {
    let mut notes = changed(old, new, &now.controls);
    let mut lacks = Vec::new();
    let is_better = now.exceptions < before.exceptions || now.severity > before.severity;
    let status = if now.is_accepted() {
        Status::RiskAccepted
    } else if now.severity < before.severity || now.exceptions > before.exceptions {
        Status::Worse
    } else if is_better {
        lacks = reach.lacks(before);
        if lacks.is_empty() {
            Status::Better
        } else {
            notes.push(FindingNote::MayBeMissing);
            Status::Open
        }
    } else {
        Status::Open
    };
    if now.severity != before.severity {
        notes.push(FindingNote::SeverityChanged { old: before.severity, new: now.severity });
    }
    if now.accepted < before.accepted {
        notes.push(FindingNote::AcceptanceEnded);
    }
    compared(status, Some(before), Some(now), lacks, notes)
}

/// A finding that is not noted again.
fn gone(old: &Issued, new: &Issued, finding: &Finding, reach: &Reach<'_>, fresh: &BTreeMap<(&str, &str), Vec<&str>>) -> ComparedFinding {
    let lacks = reach.lacks(finding);
    let mut notes = changed(old, new, &finding.controls);
    let status = if lacks.is_empty() { Status::Fixed } else { Status::NoLongerTestable };
    if status == Status::Fixed && finding.controls.iter().filter_map(|id| old.controls.get(id)).any(|control| control.is_over_events) {
        notes.push(FindingNote::NoEventAgain);
    }
    if status == Status::Fixed && finding.is_of_engagement() {
        notes.push(FindingNote::EngagementResolved);
    }
    for id in &finding.controls {
        let Some((before, now)) = old.controls.get(id).zip(new.controls.get(id)) else { continue };
        let (was, is) = (before.counts.population, now.counts.population);
        if status == Status::Fixed && !before.is_over_events && is < was {
            notes.push(FindingNote::PopulationFell { control: id.clone(), old: was, new: is });
        }
    }
    let keys = finding.controls.iter().flat_map(|c| finding.accounts.iter().map(move |a| (c.as_str(), a.as_str())));
    let others: BTreeSet<&str> = keys.filter_map(|key| fresh.get(&key)).flatten().copied().collect();
    if !others.is_empty() {
        let more = others.len().saturating_sub(NAMED) as u64;
        notes.push(FindingNote::Followed { findings: others.into_iter().take(NAMED).map(str::to_owned).collect(), more });
    }
    compared(status, Some(finding), None, lacks, notes)
}

/// Controls of a finding whose text is another one.
fn changed(old: &Issued, new: &Issued, controls: &[String]) -> Vec<FindingNote> {
    let differs =
        |id: &&String| matches!((old.controls.get(*id), new.controls.get(*id)), (Some(a), Some(b)) if a.text_sha256 != b.text_sha256);
    let controls: Vec<String> = controls.iter().filter(differs).cloned().collect();
    if controls.is_empty() { Vec::new() } else { vec![FindingNote::TextChanged { controls }] }
}

/// Why a finding may be new to the reports only.
fn first_seen(old: &Issued, new: &Issued, finding: &Finding) -> Vec<FindingNote> {
    let mut notes = changed(old, new, &finding.controls);
    let untested = |id: &&String| old.controls.get(*id).is_none_or(|control| control.result == Outcome::NotTested);
    let controls: Vec<String> = finding.controls.iter().filter(untested).cloned().collect();
    if !controls.is_empty() {
        notes.push(FindingNote::NotTestedBefore { controls });
    }
    let seen: BTreeSet<&str> = old.scope.accounts.iter().filter(|a| !a.seen_in.is_empty()).map(|a| a.id.as_str()).collect();
    let accounts: Vec<String> = finding.accounts.iter().filter(|account| !seen.contains(account.as_str())).cloned().collect();
    if !accounts.is_empty() && !old.scope.accounts.is_empty() {
        notes.push(FindingNote::NotSeenBefore { accounts });
    }
    notes
}

fn compared(status: Status, old: Option<&Finding>, new: Option<&Finding>, lacks: Vec<Lack>, notes: Vec<FindingNote>) -> ComparedFinding {
    let none = Finding::default();
    let shown = new.or(old).unwrap_or(&none);
    let part = |finding: &Finding| Part {
        number: finding.number.clone(),
        severity: finding.severity,
        exceptions: finding.exceptions,
        accepted: finding.accepted,
    };
    ComparedFinding {
        id: shown.id.clone(),
        status,
        title: shown.title.clone(),
        subjects: shown.subjects.clone(),
        place: shown.place.clone(),
        accounts: shown.accounts.clone(),
        controls: shown.controls.clone(),
        old: old.map(part),
        new: new.map(part),
        lacks,
        notes,
    }
}
