//! Log file integrity: the chains of digest files with their levels of assurance, and what did not hold.

use std::collections::BTreeMap;

use super::super::{Input, words};
use super::integrity::named;
use crate::base::time;
use crate::facts::integrity::{Assurance, Finding, Severity, Signature};
use crate::report::model::{Cell, Column, Statement, StatementTone, Table};

/// Rows of each table that are printed.
const SHOWN: usize = 25;

/// What is known of the digests, the gravest first.
pub(super) fn statements(input: &Input<'_>) -> Vec<Statement> {
    let found = input.integrity;
    let mut all = Vec::new();
    all.extend(of(
        input,
        Severity::Failed,
        "checks of log file integrity failed",
        StatementTone::Caution,
        "Log file integrity: checks failed",
    ));
    all.extend(of(
        input,
        Severity::NotConfirmed,
        "checks of log file integrity could not be made",
        StatementTone::Warning,
        "Log file integrity: not confirmed",
    ));
    let restarts: u64 = found.chains.iter().map(|c| c.restarts).sum();
    if restarts > 0 {
        let list: Vec<String> = found.findings.iter().filter(|f| f.kind == "chain_restarted").map(|f| one(input, f)).collect();
        let text =
            format!("{} anew within the time delivered: {}.", words::count(restarts, "chain began", "times a chain began"), named(&list));
        all.push(Statement::new(StatementTone::Warning, "Digest chains interrupted", text));
    }
    if found.chains.is_empty() {
        all.push(without(input));
    } else {
        all.push(levels(input));
        let (logs, sound) = found.logs;
        all.push(Statement::plain(format!(
            "Of {} delivered, {} listed by a digest and unaltered. Of the others nothing is shown. No file can show that the keys are AWS's own, that no chain was withheld as a whole, or that nothing was cut off after the newest digest.",
            words::count(logs, "log file", "log files"),
            words::count(sound, "is", "are"),
        )));
    }
    all.extend(lake(input));
    all
}

/// One statement for all findings of a weight.
fn of(input: &Input<'_>, severity: Severity, what: &str, tone: StatementTone, title: &str) -> Option<Statement> {
    let list: Vec<String> = input.integrity.findings.iter().filter(|f| f.severity == severity).map(|f| one(input, f)).collect();
    let text =
        format!("{} {what}: {}. All stand in the table under log file integrity.", words::thousands(list.len() as u64), named(&list));
    (!list.is_empty()).then(|| Statement::new(tone, title, text))
}

/// A finding in a sentence.
fn one(input: &Input<'_>, f: &Finding) -> String {
    let mut place: Vec<String> = Vec::new();
    if !f.account.is_empty() {
        place.push(input.account(&f.account));
    }
    place.extend([&f.region, &f.trail].into_iter().filter(|t| !t.is_empty()).cloned());
    let file = f.file.rsplit('/').next().unwrap_or("");
    let about = if file.is_empty() { String::new() } else { format!(" ({file})") };
    format!("{}: {}{about}", place.join(" "), f.detail)
}

/// No digest at all.
fn without(input: &Input<'_>) -> Statement {
    if !input.store.manifest.files.values().any(|f| f.format.cloudtrail().is_some()) {
        return Statement::plain("No CloudTrail record was delivered, so there is no log whose continuity could be proven.");
    }
    let text = "No digest file was delivered. So the continuity of the CloudTrail logs is not proven: neither that no log file was left out nor that none was altered before it was handed over. Days without events are unknown.";
    Statement::new(StatementTone::Important, "Continuity not proven", text)
}

/// How far the chains can be relied upon, by level.
fn levels(input: &Input<'_>) -> Statement {
    let mut levels: BTreeMap<Assurance, Vec<String>> = BTreeMap::new();
    for chain in &input.integrity.chains {
        let late = if chain.backfill { " (backfill)" } else { "" };
        levels.entry(chain.assurance).or_default().push(format!(
            "{} {} {}{late}",
            input.account(&chain.account),
            chain.region,
            chain.trail
        ));
    }
    let lowest = levels.keys().next().copied().unwrap_or(Assurance::None);
    let parts: Vec<String> =
        levels.iter().rev().map(|(level, list)| format!("{}, {}: {}", level.word(), level.meaning(), named(list))).collect();
    let newest: Vec<String> = input
        .integrity
        .chains
        .iter()
        .filter(|c| c.assurance == Assurance::Keys && c.signatures.last() == Some(&Signature::NotSupplied))
        .map(|c| c.newest().rsplit('/').next().unwrap_or("").to_owned())
        .collect();
    let hash_only = if newest.is_empty() { String::new() } else { format!(" Hash-linked only: {}.", named(&newest)) };
    let text = format!("Level of assurance by chain of digest files: {}.{hash_only}{}", parts.join("; "), keys(input));
    let tone = match lowest {
        Assurance::None => StatementTone::Warning,
        Assurance::Files => StatementTone::Important,
        Assurance::Keys | Assurance::Metadata => StatementTone::Support,
    };
    Statement::new(tone, "Log file integrity", text)
}

/// The keys that signatures were verified with, by fingerprint.
fn keys(input: &Input<'_>) -> String {
    let mut used: BTreeMap<&str, u64> = BTreeMap::new();
    for chain in &input.integrity.chains {
        for (digest, _) in chain.digests.iter().zip(&chain.signatures).filter(|(_, s)| **s == Signature::Verified) {
            *used.entry(&digest.fingerprint).or_default() += 1;
        }
    }
    if used.is_empty() {
        return " No signature was verified: deliver the answers of list-public-keys of each Region and period.".to_owned();
    }
    let list: Vec<String> = used.iter().map(|(key, n)| format!("{key} ({})", words::count(*n, "digest", "digests"))).collect();
    format!(" Signatures were verified with keys from the key lists delivered, fingerprints {}.", named(&list))
}

/// Sign files of saved Lake results.
fn lake(input: &Input<'_>) -> Option<Statement> {
    let all = &input.integrity.lake;
    let (listed, unaltered) = (all.iter().map(|l| l.listed).sum::<u64>(), all.iter().map(|l| l.unaltered).sum::<u64>());
    let signed = all.iter().filter(|l| l.signature == Signature::Verified).count() as u64;
    let text = format!(
        "{} of saved CloudTrail Lake results list {}, {} of them unaltered; the signature of {signed} was verified.",
        words::count(all.len() as u64, "sign file", "sign files"),
        words::count(listed, "result file", "result files"),
        words::thousands(unaltered),
    );
    (!all.is_empty()).then(|| Statement::plain(text))
}

/// The chains in few words, for the table of inputs.
pub(super) fn in_words(input: &Input<'_>) -> String {
    let mut states: BTreeMap<&str, u64> = BTreeMap::new();
    for chain in &input.integrity.chains {
        *states.entry(chain.state).or_default() += 1;
    }
    let list: Vec<String> = states.iter().map(|(state, n)| format!("{} {state}", words::count(*n, "chain", "chains"))).collect();
    if list.is_empty() { "no chain could be read".to_owned() } else { list.join(", ") }
}

fn moment(at: Option<i64>) -> Cell {
    Cell::text(at.map(time::rfc3339).unwrap_or_default())
}

/// The chains.
pub(super) fn chains(input: &Input<'_>) -> Table {
    let columns = vec![
        Column::text("Account").accounts(),
        Column::code("Region").regions(),
        Column::code("Trail"),
        Column::date("From"),
        Column::date("To"),
        Column::number("Digests"),
        Column::number("Missing"),
        Column::number("Signatures verified"),
        Column::number("Logs listed"),
        Column::number("Unaltered"),
        Column::number("Altered"),
        Column::number("Missing logs"),
        Column::number("Not listed"),
        Column::text("Assurance"),
        Column::result("State"),
    ];
    let caption = "Chains of digest files, each of one account, Region and trail. Assurance: files only = hashes agree, no signature verified; files and keys = signatures verified, the newest digest hash-linked only; files keys and metadata = all signatures verified; none = a check of the digests failed";
    let mut table = Table::new("integrity-chains", caption, columns).or_empty("No digest file was delivered, so no log file was verified.");
    for c in &input.integrity.chains {
        let (first, last) = c.span();
        let late = if c.backfill { " (backfill)" } else { "" };
        let mut row = vec![Cell::text(input.account(&c.account)), Cell::text(&c.region), Cell::text(format!("{}{late}", c.trail))];
        row.extend([moment(first), moment(last)]);
        let logs = c.logs;
        let figures = [c.digests.len() as u64, c.missing, c.signed(Signature::Verified), logs.listed, logs.unaltered];
        row.extend(figures.into_iter().chain([logs.altered, logs.missing, logs.unlisted]).map(Cell::count));
        row.extend([Cell::text(c.assurance.word()), Cell::text(c.state)]);
        table.push(row);
    }
    table.cap(SHOWN);
    table.workpaper = input.workpaper("integrity-chains");
    table
}

/// What was found, failed checks first.
pub(super) fn checks(input: &Input<'_>) -> Table {
    let columns = vec![
        Column::result("Weight"),
        Column::text("Account").accounts(),
        Column::code("Region").regions(),
        Column::code("Trail"),
        Column::date("From"),
        Column::text("What was found"),
        Column::code("File"),
    ];
    let empty =
        if input.integrity.is_empty() { "Nothing was verified, so nothing was found." } else { "Every check that could be made held." };
    let mut table =
        Table::new("integrity-checks", "What the verification of log files brought up, failed checks first", columns).or_empty(empty);
    for f in &input.integrity.findings {
        table.push(vec![
            Cell::text(f.severity.word()),
            Cell::text(if f.account.is_empty() { String::new() } else { input.account(&f.account) }),
            Cell::text(&f.region),
            Cell::text(&f.trail),
            moment(f.from),
            Cell::text(&f.detail),
            Cell::text(f.file.rsplit('/').next().unwrap_or("")),
        ]);
    }
    table.cap(SHOWN);
    table.workpaper = input.workpaper("integrity-checks");
    table
}
