//! Carbon and the other measures of sustainability, with their ranges, method and limits.

use std::collections::BTreeMap;

use super::super::{Input, words};
use crate::report::model::{Bar, Chart, ChartData, Kpi, MetricResult, RangeItem, SeriesKey, Statement, StatementTone, Tone, Topic};
use crate::report::tables;

const RANGE: &str = "sus-carbon-total-range";
const ENERGY: [(&str, &str); 3] =
    [("sus-energy-compute", "compute"), ("sus-energy-storage", "storage"), ("sus-energy-network", "data transfer")];

/// The topic.
pub(super) fn carbon(input: &Input<'_>, metrics: &BTreeMap<String, MetricResult>, charts: &mut BTreeMap<String, Chart>) -> Topic {
    let own: Vec<&MetricResult> = metrics.values().filter(|m| m.pillar == "sustainability").collect();
    let mut topic =
        Topic { id: "cost-carbon".to_owned(), title: "Carbon and sustainability".to_owned(), method: method(metrics), ..Topic::default() };
    if own.is_empty() {
        topic.not_tested = "The catalogue in use holds no measure of sustainability.".to_owned();
        return topic;
    }
    let mut names = Vec::new();
    if let Some((low, middle, high)) = range(input) {
        let text = format!("{} to {} kgCO2e", words::decimal(low, 2), words::decimal(high, 2));
        topic.lead = format!(
            "Operational emissions of what the cost export shows are estimated at {text}, with {} kgCO2e at half load. This is a range of a model, not a measurement.",
            words::decimal(middle, 2)
        );
        topic.kpis.push(Kpi {
            value: text.clone(),
            raw: Some(middle),
            label: "operational emissions, estimated".to_owned(),
            note: "processors at 20 to 80 percent load".to_owned(),
        });
        charts.insert(
            "cost-carbon-range".to_owned(),
            Chart {
                id: "cost-carbon-range".to_owned(),
                title: "Operational emissions, estimated".to_owned(),
                caption: "Low, middle and high are processors at 20, 50 and 80 percent load.".to_owned(),
                alt: format!(
                    "Between {} and {} kgCO2e, {} at half load.",
                    words::decimal(low, 2),
                    words::decimal(high, 2),
                    words::decimal(middle, 2)
                ),
                unit: "kgCO2e".to_owned(),
                half: true,
                data: ChartData::Ranges {
                    items: vec![RangeItem { label: "all Regions".to_owned(), low, mid: middle, high, text, tone: Tone::C1 }],
                },
            },
        );
        names.push("cost-carbon-range".to_owned());
    } else {
        let why = metrics.get(RANGE).map_or(String::new(), |m| m.reasons.join("; "));
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        topic.statements.push(Statement::new(
            StatementTone::Warning,
            "Emissions are not determined",
            format!("The estimate needs vCPUs, quantities and Regions of usage in the cost export{why}. Ask for the Cost and Usage Report with product columns, or the FOCUS export with SkuPriceDetails."),
        ));
    }
    names.extend(energy(metrics, charts));
    names.extend(metrics.get("sus-carbon-operational").and_then(|m| m.chart.clone()));
    topic.charts = names;
    topic.tables.push(tables::metrics("cost-carbon-metrics", "Measures of sustainability", own.into_iter(), &[]));
    topic.statements.push(Statement::plain(
        "Not in the estimate: making of hardware and buildings, renewable energy that AWS buys, services billed by request without a stated size, and Regions without a published factor. AWS's own carbon figures are in no cost export; ask for them to compare.",
    ));
    topic
}

/// Low, middle and high of the estimate, as its breakdown names them.
fn range(input: &Input<'_>) -> Option<(f64, f64, f64)> {
    let run = input.evaluation.metrics.get(RANGE)?;
    run.values.first().and_then(|v| v.number)?;
    let of = |word: &str| run.breakdown.iter().find(|(label, _, _)| label.contains(word)).map(|(_, n, _)| *n);
    Some((of("low")?, of("middle")?, of("high")?))
}

/// Energy of compute, storage and transfer.
fn energy(metrics: &BTreeMap<String, MetricResult>, charts: &mut BTreeMap<String, Chart>) -> Option<String> {
    let bars: Vec<Bar> = ENERGY
        .iter()
        .filter_map(|(id, label)| {
            let value = metrics.get(*id)?.values.first()?;
            Some(Bar { label: (*label).to_owned(), parts: vec![value.raw?], text: words::decimal(value.raw?, 1) })
        })
        .collect();
    if bars.is_empty() {
        return None;
    }
    let alt: Vec<String> = bars.iter().map(|b| format!("{} {}", b.label, b.text)).collect();
    let id = "cost-carbon-energy".to_owned();
    charts.insert(
        id.clone(),
        Chart {
            id: id.clone(),
            title: "Energy, estimated".to_owned(),
            caption: "Compute at half load; buildings not included.".to_owned(),
            alt: format!("In kWh: {}.", alt.join(", ")),
            unit: "kWh".to_owned(),
            half: true,
            data: ChartData::Bars { series: vec![SeriesKey::new("kWh", Tone::C3)], bars },
        },
    );
    Some(id)
}

/// How the estimate comes about, in the catalogue's words.
fn method(metrics: &BTreeMap<String, MetricResult>) -> String {
    ["sus-carbon-operational", RANGE].iter().filter_map(|id| metrics.get(*id)).map(|m| m.procedure.trim()).collect::<Vec<_>>().join(" ")
}
