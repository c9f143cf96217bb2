//! Assembles cost and carbon: totals per month and currency, where the money goes, what could be saved.

use std::collections::BTreeMap;

use super::{Input, words};
use crate::evaluate::{EvaluateError, Grid, Value};
use crate::report::model::{Bar, Cell, Chart, ChartData, Column, MetricResult, SeriesKey, Table, Tone, Topic, TopicSection};

/// The section.
pub(super) fn section(
    input: &Input<'_>,
    metrics: &BTreeMap<String, MetricResult>,
    charts: &mut BTreeMap<String, Chart>,
) -> Result<TopicSection, EvaluateError> {
    let totals = input.sql(
        "cost totals",
        "SELECT charge_month, BillingCurrency, SUM(BilledCost) AS billed, SUM(EffectiveCost) AS effective, SUM(charge_rows) AS charge_rows FROM cost_daily
         GROUP BY charge_month, BillingCurrency ORDER BY charge_month NULLS LAST, BillingCurrency NULLS LAST",
    )?;
    if totals.rows.is_empty() {
        let topic = Topic {
            id: "cost-totals".to_owned(),
            title: "Cost".to_owned(),
            not_tested: "No charge of the period's months was delivered. Ask for the Cost and Usage Report or the FOCUS export of each month, with resource ids and hourly rows where possible.".to_owned(),
            ..Topic::default()
        };
        return Ok(TopicSection { topics: vec![topic, carbon(metrics)], ..TopicSection::default() });
    }
    let currency = main_currency(&totals);
    let topics = vec![
        totals_topic(input, &totals, &currency, charts),
        split(input, "cost-services", "By service", "ServiceName", &currency, charts)?,
        split(input, "cost-accounts", "By account", "SubAccountId", &currency, charts)?,
        split(input, "cost-regions", "By Region", "RegionId", &currency, charts)?,
        opportunities(metrics),
        carbon(metrics),
    ];
    Ok(TopicSection {
        lead: format!(
            "Amounts are per currency and never added across currencies. Charts show {currency}. Billed cost is the invoice's basis; effective cost spreads commitments over what they cover."
        ),
        statements: Vec::new(),
        topics,
    })
}

fn number(value: &Value) -> f64 {
    value.number().unwrap_or(0.0)
}

/// The currency with the largest total.
fn main_currency(grid: &Grid) -> String {
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    for row in &grid.rows {
        *sums.entry(grid.get(row, &["BillingCurrency"]).to_text()).or_default() += number(grid.get(row, &["effective"])).abs();
    }
    sums.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(c, _)| c).unwrap_or_default()
}

fn totals_topic(input: &Input<'_>, grid: &Grid, currency: &str, charts: &mut BTreeMap<String, Chart>) -> Topic {
    let columns = vec![
        Column::date("Month"),
        Column::text("Currency"),
        Column::number("Billed"),
        Column::number("Effective"),
        Column::number("Charges"),
    ];
    let mut table = Table::new("cost-totals-table", "Control totals per month and currency; compare them with the invoices", columns);
    let mut columns_of = Vec::new();
    for row in &grid.rows {
        let (month, unit) = (grid.get(row, &["charge_month"]).to_text(), grid.get(row, &["BillingCurrency"]).to_text());
        let (billed, effective) = (number(grid.get(row, &["billed"])), number(grid.get(row, &["effective"])));
        if unit == currency {
            columns_of.push(Bar { label: month.clone(), parts: vec![billed, effective], text: words::money(effective, &unit) });
        }
        table.push(vec![
            Cell::text(month),
            Cell::text(&unit),
            Cell::figure(words::money(billed, &unit), billed),
            Cell::figure(words::money(effective, &unit), effective),
            Cell::text(grid.get(row, &["charge_rows"]).to_text()),
        ]);
    }
    let alt: Vec<String> = columns_of.iter().map(|b| format!("{} {}", b.label, b.text)).collect();
    let bars = columns_of.iter().map(|b| Bar { label: b.label.clone(), parts: vec![b.parts[1]], text: b.text.clone() }).collect();
    charts.insert(
        "cost-by-month".to_owned(),
        Chart {
            id: "cost-by-month".to_owned(),
            title: "Effective cost by month".to_owned(),
            caption: String::new(),
            alt: format!("Effective cost by month: {}.", alt.join(", ")),
            unit: currency.to_owned(),
            half: false,
            data: ChartData::Columns { series: vec![SeriesKey::new("effective cost", Tone::C1)], columns: bars },
        },
    );
    let left_out = input.store.manifest.files.values().filter(|f| f.out_of_scope_reason.is_some()).count();
    let lead = if left_out > 0 {
        format!(
            "{} belong to an assembly that a later one restates, and are left out.",
            words::count(left_out as u64, "cost file", "cost files")
        )
    } else {
        "Every cost file delivered is counted once.".to_owned()
    };
    Topic {
        id: "cost-totals".to_owned(),
        title: "Totals".to_owned(),
        lead,
        charts: vec!["cost-by-month".to_owned()],
        tables: vec![table],
        method: "FOCUS columns of Cost and Usage Reports are derived row by row; AWS does not publish its own derivation. A month may still be restated until its invoice is final.".to_owned(),
        ..Topic::default()
    }
}

fn split(
    input: &Input<'_>,
    id: &str,
    title: &str,
    by: &str,
    currency: &str,
    charts: &mut BTreeMap<String, Chart>,
) -> Result<Topic, EvaluateError> {
    let text = format!(
        "SELECT {by} AS label, SUM(EffectiveCost) AS value, SUM(BilledCost) AS billed FROM cost_daily WHERE BillingCurrency = '{}'
         GROUP BY {by} ORDER BY value DESC NULLS LAST, label NULLS LAST",
        currency.replace('\'', "''")
    );
    let grid = input.sql(id, &text)?;
    let all: f64 = grid.rows.iter().map(|r| number(grid.get(r, &["value"]))).sum();
    let columns =
        vec![Column::text(title.trim_start_matches("By ")), Column::number("Effective"), Column::number("Billed"), Column::number("Share")];
    let mut table = Table::new(format!("{id}-table"), format!("{title}, {currency}, whole months of the period"), columns);
    let mut bars = Vec::new();
    for row in &grid.rows {
        let label = grid.get(row, &["label"]).to_text();
        let label = if label.is_empty() {
            "(not stated)".to_owned()
        } else if by == "SubAccountId" {
            input.account(&label)
        } else {
            label
        };
        let (value, billed) = (number(grid.get(row, &["value"])), number(grid.get(row, &["billed"])));
        if bars.len() < 10 && value > 0.0 {
            bars.push(Bar { label: label.clone(), parts: vec![value], text: words::money(value, currency) });
        }
        let share = if all == 0.0 { String::new() } else { format!("{} %", words::decimal(value / all * 100.0, 1)) };
        table.push(vec![
            Cell::text(label),
            Cell::figure(words::money(value, currency), value),
            Cell::figure(words::money(billed, currency), billed),
            Cell::text(share),
        ]);
    }
    table.cap(15);
    let mut topic = Topic { id: id.to_owned(), title: title.to_owned(), tables: vec![table], ..Topic::default() };
    if bars.len() > 1 {
        let alt: Vec<String> = bars.iter().take(5).map(|b| format!("{} {}", b.label, b.text)).collect();
        let chart = Chart {
            id: id.to_owned(),
            title: format!("Effective cost {}", title.to_lowercase().replace("region", "Region")),
            caption: String::new(),
            alt: format!("Effective cost, largest first: {}.", alt.join(", ")),
            unit: currency.to_owned(),
            half: false,
            data: ChartData::Bars { series: vec![SeriesKey::new("effective cost", Tone::C1)], bars },
        };
        charts.insert(id.to_owned(), chart);
        topic.charts.push(id.to_owned());
    }
    Ok(topic)
}

/// Metrics whose value is money that could be saved.
fn opportunities(metrics: &BTreeMap<String, MetricResult>) -> Topic {
    let columns = vec![Column::text("Opportunity"), Column::number("In the period"), Column::text("Basis")];
    let mut table = Table::new("opportunities", "Money that could be saved, by metric; figures overlap and are not to be added", columns)
        .or_empty("No opportunity could be computed from the charges delivered.");
    let mut lines: Vec<(f64, Vec<Cell>)> = Vec::new();
    for metric in metrics.values().filter(|m| m.opportunity) {
        for value in metric.values.iter().filter(|v| v.raw.is_some_and(|n| n > 0.0)) {
            let raw = value.raw.unwrap_or(0.0);
            let basis = metric.procedure.split_inclusive('.').next().unwrap_or("").to_owned();
            lines.push((
                raw,
                vec![Cell::text(&metric.title).link(format!("metric:{}", metric.id)), Cell::figure(&value.text, raw), Cell::text(basis)],
            ));
        }
    }
    lines.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, row) in lines {
        table.push(row);
    }
    Topic {
        id: "cost-opportunities".to_owned(),
        title: "Opportunities".to_owned(),
        lead: "An opportunity is not an exception: it says where money went that might not have been needed.".to_owned(),
        tables: vec![table],
        ..Topic::default()
    }
}

fn carbon(metrics: &BTreeMap<String, MetricResult>) -> Topic {
    let wanted = [
        "sus-energy-compute",
        "sus-energy-storage",
        "sus-energy-network",
        "sus-carbon-operational",
        "sus-carbon-total-range",
        "sus-region-intensity",
        "sus-idle-energy",
        "sus-graviton-share",
    ];
    let columns = vec![Column::text("Estimate"), Column::number("Value"), Column::text("Extent")];
    let mut table = Table::new("carbon", "Energy and emissions estimated from charges", columns).or_empty("Nothing could be estimated.");
    let mut missing = true;
    for id in wanted {
        let Some(metric) = metrics.get(id) else { continue };
        let text = metric.values.first().map_or("not determined".to_owned(), |v| v.text.clone());
        missing &= metric.values.is_empty();
        let extent = metric.reasons.first().cloned().unwrap_or_else(|| metric.extent.word().to_owned());
        table.push(vec![Cell::text(&metric.title).link(format!("metric:{id}")), Cell::text(text), Cell::text(extent)]);
    }
    Topic {
        id: "carbon".to_owned(),
        title: "Energy and carbon".to_owned(),
        not_tested: if missing { "The charges delivered do not state instance hours with vCPUs or storage quantities, so nothing was estimated. AWS's own carbon export would be better evidence.".to_owned() } else { String::new() },
        tables: vec![table],
        method: "Estimates from published coefficients (Cloud Carbon Footprint), location-based, at an assumed utilisation; the metric's procedure gives them. They show where energy goes, not what a carbon account would report.".to_owned(),
        ..Topic::default()
    }
}
