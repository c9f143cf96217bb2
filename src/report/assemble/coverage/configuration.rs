//! AWS Config: which snapshots were delivered, how far apart, and what the recorders recorded.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Input, words};
use super::drawn;
use crate::evaluate::{EvaluateError, Value};
use crate::facts::recorded::Recording;
use crate::ingest::detect::Format;
use crate::ingest::formats::config::Context;
use crate::report::model::{Cell, Column, Table};
use crate::store::manifest::InputFile;

/// Rows of the tables of this part that are printed.
const SHOWN: usize = 60;
/// Stretches between snapshots that are printed.
const STRETCHES: usize = 4;

/// One snapshot file.
pub(super) struct Snapshot {
    /// When it was taken, UTC microseconds.
    pub(super) at: i64,
    /// Items in it.
    pub(super) items: u64,
}

/// Snapshots and history by account and Region.
#[derive(Default)]
pub(super) struct Delivered {
    /// Snapshots in the order of time.
    pub(super) snapshots: BTreeMap<(String, String), Vec<Snapshot>>,
    /// History files by account and Region.
    pub(super) history: BTreeMap<(String, String), u64>,
    /// Snapshot files that tell neither in their name nor in their items when and where they were taken.
    pub(super) unplaced: u64,
}

/// What was delivered, by the names of the files and, where these tell nothing, by their items.
pub(super) fn delivered(input: &Input<'_>) -> Delivered {
    let mut all = Delivered::default();
    for file in input.store.manifest.files.values() {
        let places = places(file);
        match file.format {
            Format::ConfigSnapshot => match (places.as_slice(), file.taken()) {
                ([], _) | (_, None) => all.unplaced += 1,
                (places, Some(at)) => {
                    for place in places {
                        all.snapshots.entry(place.clone()).or_default().push(Snapshot { at, items: file.read });
                    }
                }
            },
            Format::ConfigHistory => {
                for place in places {
                    *all.history.entry(place).or_default() += 1;
                }
            }
            _ => {}
        }
    }
    for list in all.snapshots.values_mut() {
        list.sort_by_key(|s| (s.at, s.items));
    }
    all
}

/// Account and Region of a file: those of its name, else those of its items but the global ones.
fn places(file: &InputFile) -> Vec<(String, String)> {
    for path in &file.paths {
        let context = Context::from_path(path);
        if let (Some(account), Some(region)) = (context.account_id, context.region) {
            return vec![(account, region)];
        }
    }
    let named = file.seen.iter().filter(|(account, region)| !account.is_empty() && !region.is_empty() && *region != "global");
    named.map(|(account, region)| (account.to_owned(), region.to_owned())).collect()
}

/// Days with one decimal.
#[expect(clippy::cast_precision_loss, reason = "for reading")]
pub(super) fn days_between(from: i64, to: i64) -> f64 {
    (to - from) as f64 / 86_400_000_000.0
}

fn days_text(days: f64) -> String {
    words::decimal(days, if days.abs() < 10.0 { 1 } else { 0 })
}

/// Snapshots by account and Region, with the days between them and to the end of the period.
pub(super) fn snapshots(input: &Input<'_>, delivered: &Delivered) -> Table {
    let zone = &input.period.zone;
    let columns = vec![
        Column::code("Account").accounts(),
        Column::text("Name"),
        Column::code("Region").regions(),
        Column::number("Snapshots"),
        Column::date("First"),
        Column::date("Last"),
        Column::text("Days between"),
        Column::number("Longest"),
        Column::number("Days from last to period end"),
        Column::number("Items in the last"),
        Column::number("History files"),
    ];
    let caption =
        format!("AWS Config snapshots by account and Region; times in {zone}. A negative number of days means taken after the end");
    let mut table = Table::new("snapshots", caption, columns).or_empty("No AWS Config snapshot was delivered.");
    let mut places: BTreeSet<&(String, String)> = delivered.snapshots.keys().chain(delivered.history.keys()).collect();
    let expected = input.scope.expected();
    places.extend(&expected);
    if delivered.snapshots.is_empty() && delivered.history.is_empty() {
        return table;
    }
    for place in places {
        let (account, region) = place;
        let none = Vec::new();
        let list = delivered.snapshots.get(place).unwrap_or(&none);
        let between: Vec<f64> = list.windows(2).map(|w| days_between(w[0].at, w[1].at)).collect();
        let longest = between.iter().copied().fold(0.0, f64::max);
        let mut text: Vec<String> = between.iter().take(STRETCHES).map(|d| days_text(*d)).collect();
        if between.len() > STRETCHES {
            text.push(format!("and {} more", between.len() - STRETCHES));
        }
        let moment = |s: Option<&Snapshot>| Cell::text(s.map_or(String::new(), |s| words::moment(s.at, zone)));
        let figure = |n: Option<f64>| n.map_or_else(|| Cell::text(""), |n| Cell::figure(days_text(n), n));
        table.push(vec![
            Cell::text(account),
            Cell::text(input.scope.accounts.get(account).map_or("", |a| a.name.as_str())),
            Cell::text(region),
            Cell::count(list.len() as u64),
            moment(list.first()),
            moment(list.last()),
            Cell::text(text.join(", ")),
            figure((!between.is_empty()).then_some(longest)),
            figure(list.last().map(|s| days_between(s.at, input.period.end))),
            list.last().map_or_else(|| Cell::text(""), |s| Cell::count(s.items)),
            Cell::count(delivered.history.get(place).copied().unwrap_or(0)),
        ]);
    }
    table.cap(SHOWN);
    table
}

/// What the recorders recorded where.
pub(super) fn recorders(input: &Input<'_>) -> Result<Table, EvaluateError> {
    let columns = vec![
        Column::code("Account").accounts(),
        Column::code("Region").regions(),
        Column::code("Recorder"),
        Column::text("Recording"),
        Column::text("Types asked for"),
        Column::number("Types with items"),
        Column::number("Known not recorded"),
        Column::text("Global types"),
    ];
    let mut table = Table::new("recorders", "What the AWS Config recorders recorded, of the resource types this catalogue reads", columns)
        .or_empty("Nothing is known of the AWS Config recorders: neither their settings nor any item was delivered.");
    // The same settings come in each snapshot and answer; a change between them gives two lines.
    let text = "SELECT account_id, region, recorder_name, recording, all_supported, include_global, resource_types, COUNT(*) AS times \
                FROM config_recorders GROUP BY account_id, region, recorder_name, recording, all_supported, include_global, resource_types \
                ORDER BY account_id NULLS LAST, region NULLS LAST, recorder_name NULLS LAST, recording NULLS LAST, resource_types NULLS LAST, all_supported NULLS LAST, include_global NULLS LAST";
    let grid = input.sql("recorders", text)?;
    let mut counts: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for (account, region, _, said) in input.scope.recorded.iter() {
        let sums = counts.entry((account, region)).or_default();
        sums.0 += u64::from(said == Recording::Items);
        sums.1 += u64::from(!said.is_recorded());
    }
    let flag = |v: &Value, yes: &str, no: &str| match v {
        Value::Bool(true) => yes.to_owned(),
        Value::Bool(false) => no.to_owned(),
        _ => "not stated".to_owned(),
    };
    let mut with: BTreeSet<(String, String)> = BTreeSet::new();
    for row in &grid.rows {
        let get = |name: &str| grid.get(row, &[name]);
        let (account, region) = (get("account_id").to_text(), get("region").to_text());
        let listed: Vec<String> = get("resource_types").text().and_then(|t| serde_json::from_str(t).ok()).unwrap_or_default();
        let types = match get("all_supported") {
            Value::Bool(true) => "all supported".to_owned(),
            _ if listed.is_empty() => "not stated".to_owned(),
            _ if listed.iter().all(|t| t.starts_with(['-', '!'])) => format!("all but {} named ones", listed.len()),
            _ => words::count(listed.len() as u64, "type named", "types named"),
        };
        let (items, not) = counts.get(&(account.as_str(), region.as_str())).copied().unwrap_or_default();
        table.push(vec![
            Cell::text(&account),
            Cell::text(&region),
            Cell::text(get("recorder_name").to_text()),
            Cell::text(flag(get("recording"), "yes", "stopped")),
            Cell::text(types),
            Cell::count(items),
            Cell::count(not),
            Cell::text(flag(get("include_global"), "yes", "no")),
        ]);
        with.insert((account, region));
    }
    // Items prove recording where no settings were delivered; expected places without either are named.
    let expected = input.scope.expected();
    for (account, region) in input.scope.config.iter().chain(&expected).collect::<BTreeSet<_>>() {
        if with.contains(&(account.clone(), region.clone())) || region == "global" || region.is_empty() {
            continue;
        }
        let (items, not) = counts.get(&(account.as_str(), region.as_str())).copied().unwrap_or_default();
        let said = if items > 0 { "not stated; items prove it for their types" } else { "nothing known" };
        let mut row = vec![Cell::text(account), Cell::text(region), Cell::text(""), Cell::text(said), Cell::text("")];
        row.extend([Cell::figure(words::thousands(items), drawn(items)), Cell::count(not), Cell::text("")]);
        table.push(row);
    }
    table.rows.sort_by(|a, b| (&a[0].text, &a[1].text).cmp(&(&b[0].text, &b[1].text)));
    table.cap(SHOWN);
    Ok(table)
}
