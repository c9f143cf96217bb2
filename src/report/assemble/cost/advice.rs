//! What tools of AWS recommend to save, beside our own opportunities, and AWS's own carbon figures. Both are words of a
//! third party: shown as delivered, not tested.

use std::collections::BTreeMap;

use super::super::{Input, words};
use crate::base::decimal;
use crate::evaluate::EvaluateError;
use crate::facts::costs::{self, Advice};
use crate::report::model::{Cell, Column, Table, Topic};

/// Recommendations shown one by one.
const SHOWN: usize = 15;

/// For sorting only; the text beside it is exact.
#[expect(clippy::cast_precision_loss, reason = "for sorting and drawing")]
fn to_f64(units: i128) -> f64 {
    units as f64 / decimal::ONE as f64
}

/// The topic; `None` when nothing was delivered.
pub(super) fn topic(input: &Input<'_>) -> Result<Option<Topic>, EvaluateError> {
    let all = costs::advice(input.store)?;
    if all.is_empty() {
        return Ok(None);
    }
    Ok(Some(Topic {
        id: "cost-recommendations".to_owned(),
        title: "Recommendations of AWS tools".to_owned(),
        lead: "Third-party recommendations, as exported: this report did not test them. They overlap with each other and with the opportunities above, so they are not added to those.".to_owned(),
        tables: vec![by_kind(&all), each(input, &all)],
        method: "First choice of each tool for each resource; further options are in the table cost_recommendations. Savings are the tool's estimates for a month.".to_owned(),
        ..Topic::default()
    }))
}

fn by_kind(all: &[Advice]) -> Table {
    let columns = vec![
        Column::text("Tool"),
        Column::text("Action or finding"),
        Column::text("Resource type"),
        Column::number("Resources"),
        Column::number("Estimated saving a month"),
        Column::text("Basis"),
    ];
    let mut table = Table::new("recommendations-by-kind", "Recommendations by tool and action", columns);
    let mut groups: BTreeMap<[&str; 5], (u64, Option<i128>)> = BTreeMap::new();
    for one in all {
        let action = if one.trouble.is_empty() { one.action.as_str() } else { "no recommendation" };
        let group = groups.entry([&one.origin, action, &one.kind, &one.currency, &one.basis]).or_default();
        group.0 += 1;
        if let Some(savings) = one.savings {
            group.1 = Some(group.1.unwrap_or(0).saturating_add(savings));
        }
    }
    for ([origin, action, kind, currency, basis], (count, savings)) in groups {
        table.push(vec![
            Cell::text(origin),
            Cell::text(action),
            Cell::text(kind),
            Cell::count(count),
            money(savings, currency),
            Cell::text(basis),
        ]);
    }
    table
}

/// A saving; an export that names no currency gives a bare number.
fn money(savings: Option<i128>, currency: &str) -> Cell {
    savings.map_or_else(|| Cell::text("not stated"), |v| Cell::figure(words::amount(v, currency), to_f64(v)))
}

fn each(input: &Input<'_>, all: &[Advice]) -> Table {
    let columns = vec![
        Column::code("Resource"),
        Column::text("Account").accounts(),
        Column::text("Region").regions(),
        Column::text("Tool"),
        Column::text("Action or finding"),
        Column::text("From"),
        Column::text("To"),
        Column::number("Estimated saving a month"),
    ];
    let mut table = Table::new("recommendations", "Recommendations with the largest estimated savings", columns)
        .or_empty("No recommendation states a saving.");
    for one in all.iter().filter(|one| one.savings.is_some_and(|v| v > 0)) {
        table.push(vec![
            Cell::text(&one.resource),
            Cell::text(input.account(&one.account)),
            Cell::text(&one.region),
            Cell::text(&one.origin),
            Cell::text(&one.action),
            Cell::text(&one.change.0),
            Cell::text(&one.change.1),
            money(one.savings, &one.currency),
        ]);
    }
    table.cap(SHOWN);
    table
}

/// AWS's own carbon figures, where they were delivered.
pub(super) fn carbon(input: &Input<'_>) -> Result<Option<Topic>, EvaluateError> {
    let months = costs::carbon(input.store)?;
    if months.is_empty() {
        return Ok(None);
    }
    let columns = vec![
        Column::date("Month"),
        Column::text("AWS's method"),
        Column::number("Market-based, t CO2e"),
        Column::number("Location-based, t CO2e"),
    ];
    let mut table =
        Table::new("aws-carbon-months", "What AWS's own carbon export states, all accounts; metric tons of CO2 equivalent", columns);
    let value = |v: Option<i128>| v.map_or_else(|| Cell::text("not stated"), |v| Cell::figure(decimal::text(v), to_f64(v)));
    for month in months {
        table.push(vec![Cell::text(month.month), Cell::text(month.model), value(month.market), value(month.location)]);
    }
    table.cap(36);
    Ok(Some(Topic {
        id: "aws-carbon".to_owned(),
        title: "AWS's own carbon figures".to_owned(),
        lead: "As exported from AWS and not tested. They are of another kind than the estimate above: AWS knows its machines and its purchases of energy, and months of different methods cannot be compared.".to_owned(),
        tables: vec![table],
        method: "A figure exported twice counts once, as refreshed last. The table carbon_emissions holds account, Region, product and scopes.".to_owned(),
        ..Topic::default()
    }))
}
