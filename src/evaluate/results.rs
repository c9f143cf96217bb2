//! Values of measures as tables, for the topics of the report.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::tables::Tables;
use super::{EvaluateError, Grid, MetricRun, MetricValue, Value, query_error, run_text};
use crate::base::decimal;
use crate::catalogue::{Catalogue, Metric};
use crate::ingest::batch::{Batch, Cell};
use crate::reason;

/// The unit of measures that are money.
const MONEY: &str = "currency";

/// The tables `metric_values` and `metric_breakdowns`.
///
/// # Errors
/// When the months of the charges cannot be counted.
pub(super) fn tables(
    catalogue: &Catalogue,
    tables: &Tables<'_>,
    metrics: &BTreeMap<String, MetricRun>,
) -> Result<Vec<Batch>, EvaluateError> {
    let (Some(values), Some(breakdowns)) = (catalogue.schema.table("metric_values"), catalogue.schema.table("metric_breakdowns")) else {
        return Ok(Vec::new());
    };
    let months = months(tables)?;
    let (mut values, mut breakdowns) = (Batch::new(Arc::clone(&values)), Batch::new(Arc::clone(&breakdowns)));
    for (id, run) in metrics {
        let Some(metric) = catalogue.metrics.get(id) else { continue };
        let limits = Some(reason::sentences(&run.reasons).join("; ")).filter(|text| !text.is_empty());
        let determined: Vec<&MetricValue> = run.values.iter().filter(|value| value.number.is_some()).collect();
        if determined.is_empty() {
            values.push(0, &row(metric, None, None, limits.as_deref()));
        }
        for value in determined {
            values.push(0, &row(metric, Some(value), months.get(&value.currency).copied(), limits.as_deref()));
        }
        for (position, (label, number, currency)) in run.breakdown.iter().enumerate() {
            let cells = [
                Cell::Text(id),
                Cell::Int(i64::try_from(position).unwrap_or(i64::MAX)),
                Cell::Text(label),
                stated(currency),
                Cell::Double(*number),
            ];
            breakdowns.push(0, &cells);
        }
    }
    Ok(vec![values, breakdowns])
}

fn stated(text: &str) -> Cell<'_> {
    Cell::text(Some(text).filter(|text| !text.is_empty()))
}

fn row<'r>(metric: &'r Metric, value: Option<&'r MetricValue>, months: Option<i64>, limits: Option<&'r str>) -> Vec<Cell<'r>> {
    let is_money = metric.unit == MONEY;
    let amount = value.filter(|_| is_money).and_then(amount);
    // A sum over months on which nothing was charged is a sum over one.
    let per_month = amount.map(|amount| amount / i128::from(months.unwrap_or(1).max(1)));
    let decimal = |units: Option<i128>| units.map_or(Cell::Null, Cell::Decimal);
    let (part, whole) = match value.and_then(|value| value.of.as_ref()) {
        Some((part, whole)) => (stated(part), stated(whole)),
        None => (Cell::Null, Cell::Null),
    };
    vec![
        Cell::Text(&metric.id),
        Cell::Text(&metric.title),
        Cell::Text(&metric.pillar),
        stated(&metric.unit),
        Cell::Bool(metric.opportunity),
        Cell::Text(metric.procedure.trim()),
        Cell::Bool(value.is_some()),
        value.map_or(Cell::Null, |value| stated(&value.currency)),
        value.filter(|_| !is_money).and_then(|value| value.number).map_or(Cell::Null, Cell::Double),
        decimal(amount),
        decimal(per_month),
        part,
        whole,
        Cell::text(limits),
    ]
}

/// An amount as exactly as the measure has it.
fn amount(value: &MetricValue) -> Option<i128> {
    let text = if value.exact.is_empty() { format!("{:.6}", value.number?) } else { value.exact.clone() };
    decimal::parse(&text).ok().map(|parsed| parsed.units)
}

/// Months of the period with charges, by currency.
fn months(tables: &Tables<'_>) -> Result<BTreeMap<String, i64>, EvaluateError> {
    const NAME: &str = "months with charges";
    let text = "SELECT BillingCurrency AS currency, COUNT(DISTINCT charge_month) AS months FROM cost_daily GROUP BY BillingCurrency";
    let grid = Grid::of(&run_text(tables, NAME, text, &[])?, usize::MAX).map_err(|e| query_error(NAME, e))?;
    let count = |row: &Vec<Value>| match grid.get(row, &["months"]) {
        Value::Int(n) => *n,
        _ => 0,
    };
    Ok(grid.rows.iter().map(|row| (grid.get(row, &["currency"]).to_text(), count(row))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(unit: &str, value: Option<&MetricValue>, months: Option<i64>) -> Vec<String> {
        let text = format!(
            "id = \"m\"\ntitle = \"M\"\npillar = \"cost_optimization\"\nunit = \"{unit}\"\ndirection = \"down\"\nprocedure = \"P.\"\nvalue = \"SELECT 1 AS value\""
        );
        let metric: Metric = toml::from_str(&text).unwrap();
        row(&metric, value, months, None)[6..13].iter().map(|cell| format!("{cell:?}")).collect()
    }

    #[test]
    fn money_is_exact_and_averaged_over_its_months() {
        let value = MetricValue { number: Some(0.3), exact: "0.3".to_owned(), currency: "USD".to_owned(), of: None };
        let found = cells(MONEY, Some(&value), Some(3));
        let tenth = decimal::ONE / 10;
        assert_eq!(found[2..5], ["Null".to_owned(), format!("Decimal({})", 3 * tenth), format!("Decimal({tenth})")]);
        assert_eq!(cells(MONEY, Some(&value), None)[4], found[3], "no month with charges");
    }

    #[test]
    fn shares_keep_both_sides_and_what_is_not_determined_has_no_value() {
        let value =
            MetricValue { number: Some(25.0), exact: String::new(), currency: String::new(), of: Some(("1".to_owned(), "4".to_owned())) };
        assert_eq!(
            cells("percent", Some(&value), None),
            ["Bool(true)", "Null", "Double(25.0)", "Null", "Null", "Text(\"1\")", "Text(\"4\")"]
        );
        assert_eq!(cells("percent", None, None), ["Bool(false)", "Null", "Null", "Null", "Null", "Null", "Null"]);
    }
}
