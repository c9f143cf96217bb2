//! How far the records of each account and Region reach: the ground under every topic that follows.

use std::collections::BTreeMap;

use super::super::{Input, words};
use super::cells;
use crate::evaluate::EvaluateError;
use crate::facts::scope::DayState;
use crate::report::model::{Cell, Column, ControlResult, Statement, StatementTone, Table, Topic};

const CONTROLS: [&str; 2] = ["config-recorder-on", "config-recorder-continuous"];
/// Lines listed.
const SHOWN: usize = 60;

/// The topic.
///
/// # Errors
/// When a query of ours fails.
pub fn topic(input: &Input<'_>, controls: &BTreeMap<String, ControlResult>) -> Result<Topic, EvaluateError> {
    let mut topic = Topic {
        id: "records-reach".to_owned(),
        title: "Reach of the records by account and Region".to_owned(),
        controls: cells::known(controls, &CONTROLS),
        method: "A day counts as covered when at least one event of the account and Region was delivered, or when digest files show that there was none. A silent day between days with events is unknown without digest files: it may have had no event, or its log may be missing.".to_owned(),
        ..Topic::default()
    };
    let mut places: BTreeMap<(String, String), (bool, [u64; 3], u64)> = BTreeMap::new();
    for line in &input.scope.coverage {
        let entry = places.entry((line.account.clone(), line.region.clone())).or_default();
        entry.0 |= line.expected;
        for (state, events) in &line.days {
            entry.1[match state {
                DayState::Covered | DayState::Quiet => 0,
                DayState::Silent => 1,
                DayState::NotDelivered => 2,
            }] += 1;
            entry.2 += events;
        }
    }
    for (account, region) in input.scope.config.iter().filter(|(_, r)| r != "global" && !r.is_empty()) {
        places.entry((account.clone(), region.clone())).or_default();
    }
    if places.is_empty() {
        topic.not_tested = "Neither CloudTrail events nor AWS Config items were delivered, and nothing says which accounts and Regions to expect. Ask for the trail's log files and a configuration snapshot of each account and Region.".to_owned();
        return Ok(topic);
    }
    let expected: Vec<_> = places.iter().filter(|(_, (e, _, _))| *e).collect();
    let days = u64::from(cells::days(input));
    let whole = expected.iter().filter(|(_, (_, n, _))| n[0] == days).count() as u64;
    let none =
        expected.iter().filter(|(_, (_, n, _))| n[0] == 0).map(|((a, r), _)| format!("{} {r}", input.account(a))).collect::<Vec<_>>();
    let items = expected.iter().filter(|(place, _)| input.scope.config.contains(*place)).count() as u64;
    topic.lead = match &input.scope.expected_by {
        Some(by) if !expected.is_empty() => format!(
            "{} accounts and Regions are expected (said by: {by}). Events of all {} were delivered for {whole} of them, AWS Config items for {items}.{}",
            words::thousands(expected.len() as u64),
            words::count(days, "day", "days"),
            if none.is_empty() { String::new() } else { format!(" No event of the period at all: {}.", cells::some(&none, 5)) }
        ),
        Some(by) => format!(
            "Accounts are expected by {by}, Regions by nobody: {} with records were seen.",
            words::count(places.len() as u64, "account and Region", "accounts and Regions")
        ),
        None => format!(
            "Which accounts and Regions to expect is not known. {} with records were seen; that nothing is missing cannot be said.",
            words::count(places.len() as u64, "account and Region", "accounts and Regions")
        ),
    };
    let unexpected: Vec<String> =
        places.iter().filter(|(_, (e, n, _))| !e && n[0] > 0).map(|((a, r), _)| format!("{} {r}", input.account(a))).collect();
    if !unexpected.is_empty() && !expected.is_empty() {
        topic.statements.push(Statement {
            href: Some("section:coverage".to_owned()),
            ..Statement::new(StatementTone::Note, "Events where none were expected", format!("{}.", cells::some(&unexpected, 6)))
        });
    }
    let mut table = Table::new(
        "soc2-reach",
        "Days with events, and configuration items, by account and Region",
        vec![
            Column::text("Account").accounts(),
            Column::code("Region").regions(),
            Column::text("Expected"),
            Column::number("Days covered"),
            Column::number("Silent, unknown"),
            Column::number("Not delivered"),
            Column::number("Events"),
            Column::text("AWS Config items"),
        ],
    );
    for (place, (expected, n, events)) in &places {
        // Where nothing was expected, a day without events is no gap.
        let gap = |n: u64| if *expected { Cell::count(n) } else { Cell::text("") };
        table.push(vec![
            Cell::text(input.account(&place.0)),
            Cell::text(&place.1),
            Cell::text(if *expected { "yes" } else { "no" }),
            Cell::count(n[0]),
            gap(n[1]),
            gap(n[2]),
            Cell::count(*events),
            Cell::text(if input.scope.config.contains(place) { "delivered" } else { "none delivered" }),
        ]);
    }
    table.interactive = table.rows.len() > 12;
    table.cap(SHOWN);
    topic.tables.push(table);
    Ok(topic)
}
