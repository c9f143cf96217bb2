//! Assembles appendix, limits, and what was not tested.

use std::collections::{BTreeMap, BTreeSet};

use super::{Input, words};
use crate::engagement::Examination;
use crate::findings::Accepted;
use crate::outcome::{Extent, Outcome};
use crate::policy::{actions, keys, managed};
use crate::reason::{Family, Reason, joined};
use crate::report::model::{
    Appendix, Cell, Column, ControlResult, ExtractResult, Limits, MetricResult, NotTested, Profile, Statement, Table,
};
use crate::report::tables::{self, FileLine, NotTestedLine};

/// Files listed in the report; the workpaper lists all.
const FILES_SHOWN: usize = 60;

/// What was not tested.
pub(super) fn not_tested(
    controls: &BTreeMap<String, ControlResult>,
    metrics: &BTreeMap<String, MetricResult>,
    extracts: &BTreeMap<String, ExtractResult>,
) -> NotTested {
    let untested: Vec<&ControlResult> = controls.values().filter(|c| c.result == Outcome::NotTested).collect();
    let mut families: BTreeMap<Family<'_>, (BTreeSet<&Reason>, BTreeSet<&str>)> = BTreeMap::new();
    for control in &untested {
        let reason = control.reasons.first().unwrap_or(&Reason::NothingFound);
        let (reasons, ids) = families.entry(reason.family()).or_default();
        reasons.insert(reason);
        ids.insert(&control.id);
    }
    let mut lines: Vec<NotTestedLine> = families
        .into_values()
        .map(|(reasons, ids)| {
            let requests: BTreeSet<&str> = reasons.iter().map(|reason| reason.request()).collect();
            NotTestedLine {
                how: requests.into_iter().collect::<Vec<_>>().join("; "),
                reason: joined(&reasons),
                controls: ids.into_iter().map(str::to_owned).collect(),
            }
        })
        .collect();
    lines.sort_by(|a, b| (b.controls.len(), &a.reason).cmp(&(a.controls.len(), &b.reason)));
    NotTested {
        controls: untested.iter().map(|c| c.id.clone()).collect(),
        by_reason: tables::not_tested(&lines),
        metrics: metrics.values().filter(|m| m.extent == Extent::None || m.values.is_empty()).map(|m| m.id.clone()).collect(),
        extracts: extracts.values().filter(|x| x.rows.is_none()).map(|x| x.id.clone()).collect(),
    }
}

/// Limits of this run; the general ones stand in the template.
pub(super) fn limits(input: &Input<'_>) -> Limits {
    let mut statements = Vec::new();
    let mut say = |text: String| statements.push(Statement::plain(text));
    match input.period.examination {
        Examination::Type2 => say(format!(
            "Controls over configuration read the items valid at {}. They are not evidence of operation through the period from {} to {}.",
            input.period.as_of_text, input.period.from, input.period.to
        )),
        Examination::Type1 => say(format!(
            "Controls over configuration read the items valid at {}. Nothing is said about any other date.",
            input.period.as_of_text
        )),
        Examination::Unstated if !input.period.known => say(
            "No period was stated, and no record delivered states a time, so there is no period. What depends on one, such as an age, is undetermined.".to_owned(),
        ),
        Examination::Unstated => say(format!(
            "No period was stated. The period printed, {} to {}, is what the records cover, and proves nothing about completeness.",
            input.period.from, input.period.to
        )),
    }
    if input.scope.types.iter().any(|kind| kind.starts_with("AWS::IAM::")) {
        say(format!(
            "Policies are decided by AWS's documented logic from what was supplied. The texts of {} AWS managed policies are those of {} of {}, unless the client's own export holds them; actions and their resources are AWS's list of {}, condition keys of {}. Session policies and what services do beyond their policies are not seen.",
            words::thousands(managed::count() as u64),
            managed::source(),
            managed::date(),
            actions::date(),
            keys::dated()
        ));
    }
    match &input.scope.expected_by {
        Some(who) => say(format!("Which accounts and Regions are expected is taken from: {who}. It was not verified against AWS.")),
        None => say("Which accounts and Regions to expect is not known, since neither an engagement file nor organizations list-accounts said so. Absence can therefore not be told from omission.".to_owned()),
    }
    say(if input.integrity.chains.is_empty() {
        "No CloudTrail digest file was delivered. Continuity of the logs between deliveries and the absence of deleted log files are not proven; days without events are unknown, not covered.".to_owned()
    } else {
        "Log files were verified by the digest files delivered and no further. The files cannot show that the public keys are AWS's own, that no chain was withheld as a whole, or that nothing was cut off after the newest digest; where a level of assurance is \"files only\", no signature was verified.".to_owned()
    });
    if let Ok(later) = input.tables.later_only()
        && later > 0
    {
        say(format!(
            "Resources without an item captured before {}: {}. They are known, but not as of that date, and stand in no population.",
            input.period.as_of_text,
            words::thousands(later)
        ));
    }
    let gone: u64 = input.scope.outside.values().sum();
    if gone > 0 {
        say(format!("Events outside the period, which enter no result: {}.", words::thousands(gone)));
    }
    if input.period.business.is_none() {
        say("Business hours were not stated with zone and weekdays, so work outside business hours was not tested.".to_owned());
    }
    if input.profile == Profile::Auditor {
        say("This is the auditor's profile: recommendations, the cost section and the cost pillar with its controls, measures and extracts are left out, but for those that bear on a SOC 2 criterion or that a control of the client's names.".to_owned());
    }
    Limits { statements }
}

/// The appendix.
pub(super) fn section(
    input: &Input<'_>,
    controls: &BTreeMap<String, ControlResult>,
    metrics: &BTreeMap<String, MetricResult>,
    extracts: &BTreeMap<String, ExtractResult>,
) -> Appendix {
    Appendix {
        controls: controls.keys().cloned().collect(),
        metrics: metrics.keys().cloned().collect(),
        extracts: extracts.keys().cloned().collect(),
        files: files(input),
        waivers: waivers(input, controls),
        thresholds: thresholds(input),
        representations: representations(input),
        custom: custom(input),
        workpapers: workpapers(input),
    }
}

fn files(input: &Input<'_>) -> Table {
    let zone = &input.period.zone;
    let mut lines: Vec<FileLine> = Vec::new();
    for file in input.store.manifest.files.values() {
        for path in &file.paths {
            let period = match (file.first_time, file.last_time) {
                (Some(a), Some(b)) => format!("{} to {}", words::date(a, zone), words::date(b, zone)),
                _ => String::new(),
            };
            lines.push(FileLine {
                path: path.clone(),
                format: file.format.label().to_owned(),
                evidence: file.format.evidence().0.word().to_owned(),
                bytes: file.bytes,
                sha256: file.sha256.clone(),
                records: file.read,
                period,
            });
        }
    }
    lines.sort_by(|a, b| a.path.cmp(&b.path));
    let total = lines.len() as u64;
    lines.truncate(FILES_SHOWN);
    tables::files(&lines, total, "workpapers/input-files.csv")
}

fn waivers(input: &Input<'_>, controls: &BTreeMap<String, ControlResult>) -> Table {
    let columns = vec![
        Column::code("Control"),
        Column::code("Resource"),
        Column::text("Reason"),
        Column::text("Owner"),
        Column::text("Approved by"),
        Column::date("Expiry"),
        Column::text("Used"),
    ];
    let mut table = Table::new("waivers", "Risk acceptances of the engagement", columns).or_empty("The engagement states none.");
    for one in input.engagement.acceptances() {
        let used = match input.evaluation.controls.get(one.control) {
            None => "unknown control".to_owned(),
            Some(_) if !one.holds(&input.period.as_of_text) => "expired; not applied".to_owned(),
            Some(run) => {
                let alone = Accepted::of_one(one);
                let n = run.rows.iter().filter(|row| alone.of(one.control, row).is_some()).count() as u64;
                if n == 0 { "unused".to_owned() } else { words::count(n, "exception", "exceptions") }
            }
        };
        let id = Cell::code(one.control);
        table.push(vec![
            if controls.contains_key(one.control) { id.link(format!("control:{}", one.control)) } else { id },
            Cell::text(one.resource.unwrap_or("all")),
            Cell::text(one.reason),
            Cell::text(one.owner),
            Cell::text(one.approver),
            Cell::text(one.expiry.unwrap_or("")),
            Cell::text(used),
        ]);
    }
    table
}

fn thresholds(input: &Input<'_>) -> Table {
    let t = &input.engagement.thresholds;
    let mut table =
        Table::new("thresholds", "Thresholds used", vec![Column::text("Threshold"), Column::number("Days"), Column::text("Set by")]);
    for (name, value, stated) in [
        ("Oldest access key", t.max_key_age(), t.max_key_age_days),
        ("Longest idleness", t.max_idle(), t.max_idle_days),
        ("Shortest retention of audit logs", t.min_retention(), t.min_retention_days),
    ] {
        let by = if stated.is_some() { "engagement" } else { "catalogue default" };
        table.push(vec![Cell::text(name), Cell::text(value.to_string()), Cell::text(by)]);
    }
    table
}

fn representations(input: &Input<'_>) -> Table {
    let columns =
        vec![Column::code("About"), Column::text("Statement"), Column::text("Who"), Column::date("When"), Column::text("Reference")];
    let mut table = Table::new("representations", "Management statements, as given", columns).or_empty("The engagement states none.");
    for r in &input.engagement.representation {
        table.push(vec![Cell::text(&r.id), Cell::text(&r.statement), Cell::text(&r.who), Cell::text(&r.when), Cell::text(&r.reference)]);
    }
    table
}

fn custom(input: &Input<'_>) -> Table {
    let mut table =
        Table::new("custom", "Catalogue files and templates brought by the user", vec![Column::text("Kind"), Column::code("File")])
            .or_empty("None: the report was made with the catalogue and the templates of this version.");
    for file in &input.catalogue.custom_files {
        table.push(vec![Cell::text("catalogue"), Cell::text(file)]);
    }
    for file in &input.templates_overridden {
        table.push(vec![Cell::text("template"), Cell::text(file)]);
    }
    table
}

fn workpapers(input: &Input<'_>) -> Table {
    let columns = vec![Column::code("File"), Column::text("What it holds"), Column::number("Rows")];
    let mut table = Table::new("workpapers", "Workpapers beside this report; manifest.json holds their SHA-256", columns);
    for (path, (title, rows)) in input.workpapers {
        table.push(vec![Cell::code(path), Cell::text(title), Cell::count(*rows)]);
    }
    let total = table.total;
    table.cap(80);
    table.total = total;
    table
}
