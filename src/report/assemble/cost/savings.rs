//! Commitments, opportunities, and how cost is allocated by tags.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Input, words};
use super::{Months, SHOWN, add, amount, float, money, number, share};
use crate::evaluate::{EvaluateError, Value};
use crate::report::model::{Bar, Cell, Chart, ChartData, Column, Kpi, MetricResult, Part, SeriesKey, Statement, Table, Tone, Topic};
use crate::report::tables;

/// Metrics of commitments, in the order printed.
const COMMITMENTS: [&str; 8] = [
    "cost-commitment-coverage",
    "cost-commitment-headroom",
    "cost-sp-utilisation",
    "cost-sp-unused-cost",
    "cost-ri-utilisation",
    "cost-ri-unused-cost",
    "cost-ec2-unused-reservation",
    "cost-spot-share",
];
/// Metrics of allocation.
const ALLOCATION: [&str; 4] = ["cost-allocation-coverage", "cost-untagged", "cost-untaggable", "cost-tag-value-hygiene"];

/// Those of these metrics that were evaluated.
fn chosen<'m>(metrics: &'m BTreeMap<String, MetricResult>, ids: &[&str]) -> Vec<&'m MetricResult> {
    ids.iter().filter_map(|id| metrics.get(*id)).collect()
}

/// How usage was priced and how well commitments were used.
pub(super) fn commitments(
    input: &Input<'_>,
    months: &Months,
    metrics: &BTreeMap<String, MetricResult>,
    charts: &mut BTreeMap<String, Chart>,
) -> Result<Topic, EvaluateError> {
    let text = "SELECT PricingCategory AS pricing, CommitmentDiscountCategory AS commitment, CommitmentDiscountStatus AS status, BillingCurrency AS currency, \
                SUM(EffectiveCost) AS effective, SUM(ListCost) AS list FROM cost_daily WHERE ChargeCategory = 'Usage' \
                GROUP BY PricingCategory, CommitmentDiscountCategory, CommitmentDiscountStatus, BillingCurrency \
                ORDER BY currency NULLS LAST, effective DESC NULLS LAST, pricing NULLS LAST, commitment NULLS LAST, status NULLS LAST";
    let grid = input.sql("pricing", text)?;
    let columns = vec![
        Column::text("Pricing"),
        Column::text("Commitment"),
        Column::text("State"),
        Column::code("Currency"),
        Column::number("Effective"),
        Column::number("On-demand equivalent"),
        Column::number("Share of usage"),
    ];
    let mut table = Table::new("cost-pricing", "Usage by pricing and commitment, over all months", columns);
    let mut usage: BTreeMap<String, i128> = BTreeMap::new();
    for row in &grid.rows {
        add(usage.entry(grid.get(row, &["currency"]).to_text()).or_default(), amount(&grid, row, "effective").unwrap_or(0));
    }
    let mut parts = Vec::new();
    for row in &grid.rows {
        let get = |name: &str| grid.get(row, &[name]).to_text();
        let (pricing, status, currency) = (get("pricing"), get("status"), get("currency"));
        let commitment = match get("commitment").as_str() {
            "Spend" => "savings plan".to_owned(),
            "Usage" => "reservation".to_owned(),
            other => other.to_owned(),
        };
        let effective = amount(&grid, row, "effective").unwrap_or(0);
        let figure = |n: Option<i128>| n.map_or_else(|| Cell::text(""), |n| Cell::figure(words::money(float(n), ""), float(n)));
        if currency == months.main && effective > 0 {
            let name = [pricing.as_str(), commitment.as_str(), status.as_str()]
                .iter()
                .filter(|t| !t.is_empty())
                .copied()
                .collect::<Vec<_>>()
                .join(", ");
            let tone = match (pricing.as_str(), status.as_str()) {
                (_, "Unused") => Tone::Critical,
                ("Committed", _) => Tone::Good,
                ("Dynamic", _) => Tone::C3,
                ("Standard", _) => Tone::C1,
                _ => Tone::None,
            };
            parts.push(Part {
                name: if name.is_empty() { "not stated".to_owned() } else { name },
                value: float(effective),
                text: words::money(float(effective), ""),
                tone,
            });
        }
        table.push(vec![
            Cell::text(pricing),
            Cell::text(commitment),
            Cell::text(status),
            Cell::text(&currency),
            figure(Some(effective)),
            figure(amount(&grid, row, "list")),
            Cell::text(share(effective, usage.get(&currency).copied().unwrap_or(0))),
        ]);
    }
    table.cap(SHOWN);
    let alt: Vec<String> = parts.iter().map(|p| format!("{} {}", p.name, p.text)).collect();
    charts.insert(
        "cost-pricing-share".to_owned(),
        Chart {
            id: "cost-pricing-share".to_owned(),
            title: "Usage by pricing and commitment".to_owned(),
            caption: String::new(),
            alt: if alt.is_empty() { "No usage.".to_owned() } else { format!("Effective cost of usage: {}.", alt.join("; ")) },
            unit: months.main.clone(),
            half: false,
            data: ChartData::Share { parts },
        },
    );
    let measures = tables::metrics("cost-commitment-metrics", "Commitments", chosen(metrics, &COMMITMENTS).into_iter(), &[]);
    Ok(Topic {
        id: "cost-commitments".to_owned(),
        title: "Commitments".to_owned(),
        charts: vec!["cost-pricing-share".to_owned()],
        tables: vec![measures, table],
        method: "Standard is on demand, committed is under a savings plan or reservation, dynamic is spot. Unused is what was paid for a commitment and served nothing.".to_owned(),
        ..Topic::default()
    })
}

/// Money that could be saved, per month.
pub(super) fn opportunities(months: &Months, metrics: &BTreeMap<String, MetricResult>, charts: &mut BTreeMap<String, Chart>) -> Topic {
    let columns = vec![
        Column::text("Opportunity"),
        Column::number("Per month"),
        Column::number("Over the period"),
        Column::code("Currency"),
        Column::text("Pillar"),
        Column::text("Basis"),
    ];
    let mut table =
        Table::new("cost-opportunities-table", "Opportunities, largest first; per month is the average over the months delivered", columns)
            .or_empty("None of the opportunities looked for showed an amount.");
    let mut lines: Vec<(bool, String, f64, f64, &MetricResult)> = Vec::new();
    let (mut nothing, mut unknown) = (0, Vec::new());
    for metric in metrics.values().filter(|m| m.opportunity) {
        if metric.values.is_empty() {
            unknown.push(metric.title.clone());
        }
        let mut any = false;
        for value in &metric.values {
            let Some(all) = value.raw.filter(|n| *n > 0.0) else { continue };
            any = true;
            #[expect(clippy::cast_precision_loss, reason = "a few months")]
            let over = months.of(&value.currency).max(1) as f64;
            lines.push((value.currency != months.main, value.currency.clone(), all / over, all, metric));
        }
        if !any && !metric.values.is_empty() {
            nothing += 1;
        }
    }
    lines.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)).then(b.2.total_cmp(&a.2)).then(a.4.id.cmp(&b.4.id)));
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    let mut bars = Vec::new();
    for (_, currency, month, all, metric) in &lines {
        *sums.entry(currency).or_default() += month;
        if *currency == months.main && bars.len() < 12 {
            bars.push(Bar { label: metric.title.clone(), parts: vec![*month], text: words::money(*month, "") });
        }
        let basis = match (metric.extent, metric.reasons.is_empty()) {
            (crate::outcome::Extent::Full, _) | (_, true) => metric.procedure.clone(),
            _ => format!("{} In part: {}.", metric.procedure, metric.reasons.join("; ")),
        };
        let pillar = crate::catalogue::PILLARS.iter().find(|(id, _)| *id == metric.pillar).map_or("", |(_, title)| *title);
        table.push(vec![
            Cell::text(&metric.title).link(format!("metric:{}", metric.id)),
            Cell::figure(words::money(*month, ""), *month),
            Cell::figure(words::money(*all, ""), *all),
            Cell::text(currency),
            Cell::text(pillar),
            Cell::text(basis),
        ]);
    }
    table.cap(SHOWN);
    let alt: Vec<String> = bars.iter().map(|b| format!("{} {}", b.label, b.text)).collect();
    charts.insert(
        "cost-opportunities".to_owned(),
        Chart {
            id: "cost-opportunities".to_owned(),
            title: "Opportunities per month".to_owned(),
            caption: "Averages over the months delivered; some overlap.".to_owned(),
            alt: if alt.is_empty() { "No opportunity showed an amount.".to_owned() } else { format!("Per month: {}.", alt.join(", ")) },
            unit: months.main.clone(),
            half: false,
            data: ChartData::Bars { series: vec![SeriesKey::new("per month", Tone::C2)], bars },
        },
    );
    let kpis = sums
        .iter()
        .map(|(currency, sum)| Kpi {
            value: words::money(*sum, currency),
            raw: Some(*sum),
            label: "a month at the most".to_owned(),
            note: "the opportunities summed, overlaps counted twice".to_owned(),
        })
        .collect();
    let mut statements = Vec::new();
    if nothing > 0 {
        statements.push(Statement::plain(format!(
            "{} looked for and showed no amount.",
            words::count(nothing, "further opportunity was", "further opportunities were")
        )));
    }
    if !unknown.is_empty() {
        statements
            .push(Statement::plain(format!("Not determined, because the export does not hold what is needed: {}.", unknown.join(", "))));
    }
    if let Some(waste) = metrics.get("cost-idle-overall") {
        for value in &waste.values {
            let of = if value.of.is_empty() { String::new() } else { format!(" ({} {})", value.of, value.currency) };
            statements.push(Statement {
                href: Some(format!("metric:{}", waste.id)),
                ..Statement::plain(format!("{}: {}{of}.", waste.title, value.text))
            });
        }
    }
    Topic {
        id: "cost-opportunities".to_owned(),
        title: "Opportunities".to_owned(),
        lead: "What could be saved, before the effort it takes and without judging need. An opportunity is not an exception.".to_owned(),
        kpis,
        statements,
        charts: vec!["cost-opportunities".to_owned()],
        tables: vec![table],
        ..Topic::default()
    }
}

/// How much of the cost carries which tag, and which environment it names.
pub(super) fn tags(
    input: &Input<'_>,
    months: &Months,
    metrics: &BTreeMap<String, MetricResult>,
    charts: &mut BTreeMap<String, Chart>,
) -> Result<Topic, EvaluateError> {
    let text = "SELECT tag_key, folded_key, is_folded, BillingCurrency AS currency, COUNT(DISTINCT tag_value) AS tag_values, SUM(EffectiveCost) AS effective FROM cost_tags \
                WHERE tag_value IS NOT NULL AND tag_value <> '' GROUP BY tag_key, folded_key, is_folded, BillingCurrency \
                ORDER BY currency NULLS LAST, effective DESC NULLS LAST, tag_key NULLS LAST, is_folded NULLS LAST";
    let grid = input.sql("tags", text)?;
    let required: Vec<(&str, String)> =
        input.engagement.scope.required_tags.iter().map(|key| (key.as_str(), crate::ingest::formats::cost::folded_key(key))).collect();
    let columns = vec![
        Column::code("Tag key"),
        Column::text("Required"),
        Column::code("Currency"),
        Column::number("Different values"),
        Column::number("Effective cost with it"),
        Column::number("Share of all cost"),
    ];
    let mut table = Table::new("cost-tags-table", "Cost that carries a tag, by key, over all months", columns)
        .or_empty("No charge carries a tag, or the export was made without tags.");
    // Keys are case-sensitive in AWS; some exports lose their case.
    let (mut found, mut other_case, mut folded): (BTreeSet<&str>, BTreeMap<&str, BTreeSet<String>>, BTreeSet<String>) = Default::default();
    for row in &grid.rows {
        let get = |name: &str| grid.get(row, &[name]).to_text();
        let (key, folded_key, currency) = (get("tag_key"), get("folded_key"), get("currency"));
        let is_folded = matches!(grid.get(row, &["is_folded"]), Value::Bool(true));
        let effective = amount(&grid, row, "effective").unwrap_or(0);
        let mut wanted = false;
        for (required, required_folded) in required.iter().filter(|(_, f)| *f == folded_key) {
            if is_folded || *required == key {
                wanted = true;
                found.insert(required);
            } else {
                other_case.entry(required).or_default().insert(key.clone());
            }
            if is_folded && *required_folded == folded_key {
                folded.insert(key.clone());
            }
        }
        table.push(vec![
            Cell::text(key),
            Cell::text(if wanted { "yes" } else { "" }),
            Cell::text(&currency),
            Cell::count(number(&grid, row, "tag_values")),
            Cell::figure(words::money(float(effective), ""), float(effective)),
            Cell::text(share(effective, months.effective.get(&currency).copied().unwrap_or(0))),
        ]);
    }
    table.rows.sort_by_key(|r| r[1].text.is_empty());
    table.cap(SHOWN);
    let mut statements = Vec::new();
    let absent: Vec<&str> =
        required.iter().map(|(key, _)| *key).filter(|key| !found.contains(key) && !other_case.contains_key(key)).collect();
    if required.is_empty() {
        statements.push(Statement::plain("The engagement names no required tags."));
    } else if !absent.is_empty() {
        statements.push(Statement::plain(format!(
            "Required by the engagement and on no charge: {}. The tag may not be activated for cost allocation.",
            absent.join(", ")
        )));
    }
    for (key, others) in other_case.iter().filter(|(key, _)| !found.contains(*key)) {
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        statements.push(Statement::plain(format!(
            "Required tag {key}: not found; a key of other case exists: {}. Keys of tags are case-sensitive.",
            others.join(", ")
        )));
    }
    if !folded.is_empty() {
        let keys: Vec<&str> = folded.iter().map(String::as_str).collect();
        statements.push(Statement::plain(format!(
            "The export lost the case of its tag keys (CUR 2.0 and Athena names do): required keys were compared with {} without regard to case and punctuation.",
            keys.join(", ")
        )));
    }
    let environments = environments(input, months, charts)?;
    let measures = tables::metrics("cost-allocation-metrics", "Allocation", chosen(metrics, &ALLOCATION).into_iter(), &[]);
    let names = vec!["cost-environments".to_owned()];
    Ok(Topic {
        id: "cost-tags".to_owned(),
        title: "Tags and allocation".to_owned(),
        statements,
        charts: names,
        tables: vec![measures, table, environments],
        method: "Keys stand as the export writes them. Only tags activated for cost allocation stand in the export; tax and support carry none. The environment is the value of the tag env, environment or stage.".to_owned(),
        ..Topic::default()
    })
}

fn environments(input: &Input<'_>, months: &Months, charts: &mut BTreeMap<String, Chart>) -> Result<Table, EvaluateError> {
    let text = "SELECT x_Environment AS environment, BillingCurrency AS currency, SUM(EffectiveCost) AS effective FROM cost_daily GROUP BY x_Environment, BillingCurrency \
                ORDER BY currency NULLS LAST, effective DESC NULLS LAST, environment NULLS LAST";
    let grid = input.sql("environments", text)?;
    let mut table = Table::new(
        "cost-environments-table",
        "Effective cost by environment tag",
        vec![Column::text("Environment"), Column::code("Currency"), Column::number("Effective"), Column::number("Share")],
    );
    let mut parts = Vec::new();
    let tones = [Tone::C1, Tone::C2, Tone::C3, Tone::C4, Tone::C5, Tone::C6];
    for row in &grid.rows {
        let (name, currency) = (grid.get(row, &["environment"]).to_text(), grid.get(row, &["currency"]).to_text());
        let effective = amount(&grid, row, "effective").unwrap_or(0);
        let label = if name.is_empty() { "no environment tag".to_owned() } else { name.clone() };
        if currency == months.main && effective > 0 && parts.len() < 8 {
            let tone = if name.is_empty() { Tone::None } else { tones.get(parts.len()).copied().unwrap_or(Tone::None) };
            parts.push(Part { name: label.clone(), value: float(effective), text: money(effective, ""), tone });
        }
        table.push(vec![
            Cell::text(label),
            Cell::text(&currency),
            Cell::figure(words::money(float(effective), ""), float(effective)),
            Cell::text(share(effective, months.effective.get(&currency).copied().unwrap_or(0))),
        ]);
    }
    table.cap(12);
    let alt: Vec<String> = parts.iter().map(|p| format!("{} {}", p.name, p.text)).collect();
    charts.insert(
        "cost-environments".to_owned(),
        Chart {
            id: "cost-environments".to_owned(),
            title: "Effective cost by environment".to_owned(),
            caption: "By the tag env, environment or stage.".to_owned(),
            alt: if alt.is_empty() { "No charge.".to_owned() } else { format!("{}.", alt.join(", ")) },
            unit: months.main.clone(),
            half: true,
            data: ChartData::Donut { parts, centre: months.main.clone() },
        },
    );
    Ok(table)
}
