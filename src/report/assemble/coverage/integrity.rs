//! What is known of the integrity of the files, and what is not: digests, copies, conflicts, damage.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Input, words};
use super::files::{self, Account};
use crate::evaluate::EvaluateError;
use crate::ingest::remark::Remark;
use crate::report::model::{Statement, StatementTone};
use crate::store::parquet::frame;

/// Names listed in a sentence.
const NAMED: usize = 5;

/// The statements, the gravest first.
pub(super) fn statements(input: &Input<'_>, account: &Account) -> Result<Vec<Statement>, EvaluateError> {
    let mut all = Vec::new();
    all.extend(conflicts(input)?);
    all.extend(damaged(input));
    all.extend(super::digests::statements(input));
    all.extend(weaker(input));
    all.extend(names_of_logs(input));
    all.extend(superseded(input));
    all.extend(no_events(input));
    all.push(hashes(account));
    all.extend(copies(input, account));
    all.extend(two_names(input));
    all.extend(rejected(input, account));
    all.extend(outside(input, account));
    all.extend(notes(input));
    Ok(all)
}

/// Names in a sentence, the first few and how many more.
pub(super) fn named(items: &[String]) -> String {
    let more = items.len().saturating_sub(NAMED);
    let mut text = items.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// Events that occur with other content under the same id. Days are read one by one, and only those
/// with a flag whole, so that memory does not grow with the period.
fn conflicts(input: &Input<'_>) -> Result<Option<Statement>, EvaluateError> {
    const EVENTS: &str = "cloudtrail_events";
    let Some(table) = input.store.schema().table(EVENTS) else { return Ok(None) };
    let mut found: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for part in input.store.parts(&table) {
        let flags = frame::read(&part, Some(&["is_conflict".to_owned()]))?;
        let flagged =
            files::grid(input, "conflicts", "SELECT COUNT(*) AS events FROM cloudtrail_events WHERE is_conflict", &[(EVENTS, flags)])?;
        if flagged.rows.first().is_none_or(|r| files::count(&flagged, r, "events") == 0) {
            continue;
        }
        let columns = ["event_id", "account_id", "source_file_id", "is_conflict"].map(str::to_owned);
        let text = "SELECT event_id, account_id, source_file_id FROM cloudtrail_events WHERE is_conflict AND event_id IS NOT NULL";
        let grid = files::grid(input, "conflicts", text, &[(EVENTS, frame::read(&part, Some(&columns))?)])?;
        for row in &grid.rows {
            let get = |name: &str| grid.get(row, &[name]).to_text();
            let path = input.store.manifest.files.get(&get("source_file_id")).and_then(|f| f.paths.first()).cloned().unwrap_or_default();
            found.entry((get("event_id"), get("account_id"))).or_default().insert(path);
        }
    }
    if found.is_empty() {
        return Ok(None);
    }
    let list: Vec<String> = found
        .iter()
        .map(|((id, account), paths)| {
            format!("{id} of {} (in {})", input.account(account), paths.iter().cloned().collect::<Vec<_>>().join(" and "))
        })
        .collect();
    let text = format!(
        "{} with different content in the files delivered: {}. All versions are kept and flagged. An addendum of CloudTrail to its own record is one innocent cause, an altered file another.",
        words::count(found.len() as u64, "event id occurs", "event ids occur"),
        named(&list)
    );
    Ok(Some(Statement::new(StatementTone::Caution, "The same event, other content", text)))
}

fn damaged(input: &Input<'_>) -> Option<Statement> {
    let cut: Vec<String> = input.store.manifest.files.values().filter(|f| files::is_cut(f)).flat_map(|f| f.paths.clone()).collect();
    let n = cut.len() as u64;
    let text = format!(
        "{} short or damaged: {}. What could be read before the damage is counted; what follows it is not known. Ask for {} again.",
        words::count(n, "file is cut", "files are cut"),
        named(&cut),
        if n == 1 { "the file" } else { "the files" },
    );
    (n > 0).then(|| Statement::new(StatementTone::Warning, "Files cut short", text))
}

/// Exports of a trail that prove less than the files it delivers.
fn weaker(input: &Input<'_>) -> Option<Statement> {
    let mut list = Vec::new();
    let mut records = 0;
    for file in input.store.manifest.files.values().filter(|f| f.format.is_weaker_trail_evidence()) {
        let only = file.kept;
        records += only;
        let path = file.paths.first().map_or("", String::as_str);
        list.push(format!(
            "{path} ({}: {}; {})",
            file.format.label(),
            file.format.evidence().1,
            words::count(only, "event kept from it", "events kept from it")
        ));
    }
    list.sort();
    let text = format!(
        "{} no trail delivered in this form: {}. {} on them alone.",
        words::count(list.len() as u64, "file holds records that", "files hold records that"),
        named(&list),
        words::count(records, "event rests", "events rest"),
    );
    (!list.is_empty()).then(|| Statement::new(StatementTone::Note, "Weaker evidence", text))
}

/// Full records under names that a trail does not give: the console's JSON download has the same form.
fn names_of_logs(input: &Input<'_>) -> Option<Statement> {
    let is_delivered = |path: &String| path.rsplit('/').next().is_some_and(|name| name.contains("_CloudTrail"));
    let logs = input.store.manifest.files.values().filter(|f| f.format.is_log_file());
    let mut list: Vec<String> = logs.filter(|f| !f.paths.iter().any(is_delivered)).filter_map(|f| f.paths.first().cloned()).collect();
    list.sort();
    let text = format!(
        "{} the name that a trail gives its files: {}. A download of the console's event history has the same form and holds management events of 90 days, one account and Region only. Ask where they come from.",
        words::count(list.len() as u64, "log file does not bear", "log files do not bear"),
        named(&list)
    );
    (!list.is_empty()).then(|| Statement::new(StatementTone::Note, "Log files of unknown origin", text))
}

fn superseded(input: &Input<'_>) -> Option<Statement> {
    let mut list = Vec::new();
    let mut records = 0;
    for file in input.store.manifest.files.values() {
        if let Some(reason) = file.out_of_scope_reason.as_ref().filter(|_| super::is_restated(file)) {
            records += file.out_of_scope;
            list.push(format!("{} ({reason})", file.paths.first().map_or("", String::as_str)));
        }
    }
    list.sort();
    let text = format!(
        "{} that a later one restates, with {}, enter no figure: {}.",
        words::count(list.len() as u64, "file of a cost assembly", "files of cost assemblies"),
        words::count(records, "record", "records"),
        named(&list)
    );
    (!list.is_empty()).then(|| Statement::new(StatementTone::Plain, "Cost restated", text))
}

/// Records in the form of events, or beside them, that are none.
fn no_events(input: &Input<'_>) -> Option<Statement> {
    let mut list = Vec::new();
    let mut records = 0;
    for file in input.store.manifest.files.values().filter(|f| !super::is_restated(f)) {
        if let Some(reason) = &file.out_of_scope_reason {
            records += file.out_of_scope;
            let path = file.paths.first().map_or("", String::as_str);
            list.push(format!("{path} ({}, {}: {reason})", file.format.label(), words::thousands(file.out_of_scope)));
        }
    }
    list.sort();
    let text = format!(
        "{} no event and enter no figure: {}.",
        words::count(records, "record set apart is", "records set apart are"),
        named(&list)
    );
    (!list.is_empty()).then(|| Statement::new(StatementTone::Plain, "No events", text))
}

fn hashes(account: &Account) -> Statement {
    Statement::plain(format!(
        "{} hashed with SHA-256 before anything was read. The hashes stand in the list of files and in workpapers/input-files.csv; they prove what arrived, not what was exported.",
        words::count(account.files, "file was", "files were")
    ))
}

fn copies(input: &Input<'_>, account: &Account) -> Option<Statement> {
    let mut events = 0;
    let mut items = 0;
    for file in input.store.manifest.files.values() {
        match file.format {
            f if f.cloudtrail().is_some() => events += file.duplicate,
            f if f.is_items() => items += file.duplicate,
            _ => {}
        }
    }
    let all = account.sum(|l| l.duplicate);
    let text = format!(
        "{} of records kept from elsewhere and counted once: {} of events (the same event id, account and content), {} of configuration items (the same version in several files), {} in files delivered twice.",
        words::count(all, "record is a copy", "records are copies"),
        words::thousands(events),
        words::thousands(items),
        words::thousands(all.saturating_sub(events + items)),
    );
    (all > 0).then(|| Statement::plain(text))
}

fn two_names(input: &Input<'_>) -> Option<Statement> {
    let list: Vec<String> = input.store.manifest.files.values().filter(|f| f.paths.len() > 1).map(|f| f.paths.join(" = ")).collect();
    let text = format!(
        "{} under more than one name, byte for byte: {}.",
        words::count(list.len() as u64, "file was delivered", "files were delivered"),
        named(&list)
    );
    (!list.is_empty()).then(|| Statement::plain(text))
}

fn rejected(input: &Input<'_>, account: &Account) -> Option<Statement> {
    let n = account.sum(|l| l.rejected);
    if n == 0 {
        return None;
    }
    let files = input.store.manifest.files.values().filter(|f| f.rejected > 0).count() as u64;
    let text = format!(
        "{} could not be understood, in {}. They stand below with place and reason; what they held is unknown to every result.",
        words::count(n, "record", "records"),
        words::count(files, "file", "files")
    );
    Some(Statement::new(StatementTone::Warning, "Records rejected", text))
}

fn outside(input: &Input<'_>, account: &Account) -> Option<Statement> {
    let mut parts = Vec::new();
    if account.other_days > 0 {
        parts.push(format!("{} outside {} to {}", words::count(account.other_days, "event", "events"), input.period.from, input.period.to));
    }
    if account.other_months > 0 {
        let (first, last) = files::months(input);
        parts.push(format!("{} of months outside {first} to {last}", words::count(account.other_months, "charge", "charges")));
    }
    let text = format!("{} stay in the evidence and enter no result of the period.", parts.join(" and "));
    (!parts.is_empty()).then(|| Statement::plain(text))
}

/// Remarks the readers made on files, alike ones together.
fn notes(input: &Input<'_>) -> Option<Statement> {
    let mut remarks: BTreeMap<String, (u64, Vec<String>)> = BTreeMap::new();
    for file in input.store.manifest.files.values().filter(|f| !files::is_cut(f)) {
        for note in &file.notes {
            // What is counted is one remark with the sum.
            let (n, what) = match note {
                Remark::Counted { times, what } => (*times, what.clone()),
                other => (0, other.to_string()),
            };
            let (sum, paths) = remarks.entry(what).or_default();
            *sum += n;
            paths.push(file.paths.first().cloned().unwrap_or_default());
        }
    }
    if remarks.is_empty() {
        return None;
    }
    let n = remarks.len();
    let list: Vec<String> = remarks
        .into_iter()
        .map(|(what, (sum, mut paths))| {
            paths.sort();
            let note = if sum > 0 { format!("{} {what}", words::thousands(sum)) } else { what };
            match paths.as_slice() {
                [one] => format!("{note} ({one})"),
                many => format!("{note} ({} files, such as {})", many.len(), many[0]),
            }
        })
        .collect();
    let more = if n > NAMED { "; all stand in workpapers/input-files.csv" } else { "" };
    let text = format!("{}{more}.", list.into_iter().take(NAMED).collect::<Vec<_>>().join("; "));
    Some(Statement::new(StatementTone::Plain, "Remarks on files", text))
}
