//! Values of measures as tables, for the topics of the report.

use std::collections::BTreeMap;

use super::tables::Tables;
use super::{EvaluateError, Grid, MetricRun, MetricValue, Value, query_error, run_text};
use crate::base::decimal;
use crate::catalogue::{Catalogue, Metric};
use crate::ingest::batch::Batch;
use crate::reason;
use crate::schema::filled;
use crate::schema::row::Row as _;
use crate::schema::tables::{MetricBreakdownsRow, MetricValuesRow};

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
    let table = |name| catalogue.schema.table(name).map(Batch::new);
    let (Some(mut values), Some(mut breakdowns)) = (table(MetricValuesRow::TABLE.name), table(MetricBreakdownsRow::TABLE.name)) else {
        return Ok(Vec::new());
    };
    let months = months(tables)?;
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
            let row = MetricBreakdownsRow {
                metric_id: Some(id),
                position: Some(i64::try_from(position).unwrap_or(i64::MAX)),
                label: Some(label),
                currency: filled(currency),
                value: Some(*number),
            };
            breakdowns.push(0, &row);
        }
    }
    Ok(vec![values, breakdowns])
}

fn row<'r>(metric: &'r Metric, value: Option<&'r MetricValue>, months: Option<i64>, limits: Option<&'r str>) -> MetricValuesRow<'r> {
    let is_money = metric.unit == MONEY;
    let amount = value.filter(|_| is_money).and_then(amount);
    // A sum over months on which nothing was charged is a sum over one.
    let per_month = amount.map(|amount| amount / i128::from(months.unwrap_or(1).max(1)));
    let of = value.and_then(|value| value.of.as_ref());
    MetricValuesRow {
        metric_id: Some(&metric.id),
        title: Some(&metric.title),
        pillar: Some(&metric.pillar),
        unit: filled(&metric.unit),
        is_opportunity: Some(metric.opportunity),
        procedure: Some(metric.procedure.trim()),
        is_determined: Some(value.is_some()),
        currency: value.and_then(|value| filled(&value.currency)),
        value: value.filter(|_| !is_money).and_then(|value| value.number),
        amount,
        amount_per_month: per_month,
        part: of.and_then(|(part, _)| filled(part)),
        whole: of.and_then(|(_, whole)| filled(whole)),
        limits,
    }
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

    fn measure(unit: &str) -> Metric {
        let text = format!(
            "id = \"m\"\ntitle = \"M\"\npillar = \"cost_optimization\"\nunit = \"{unit}\"\ndirection = \"down\"\nprocedure = \"P.\"\nvalue = \"SELECT 1 AS value\""
        );
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn money_is_exact_and_averaged_over_its_months() {
        let value = MetricValue { number: Some(0.3), exact: "0.3".to_owned(), currency: "USD".to_owned(), of: None };
        let money = measure(MONEY);
        let found = row(&money, Some(&value), Some(3), None);
        let tenth = decimal::ONE / 10;
        assert_eq!((found.value, found.amount, found.amount_per_month), (None, Some(3 * tenth), Some(tenth)));
        assert_eq!(row(&money, Some(&value), None, None).amount_per_month, found.amount, "no month with charges");
    }

    #[test]
    fn shares_keep_both_sides_and_what_is_not_determined_has_no_value() {
        let value =
            MetricValue { number: Some(25.0), exact: String::new(), currency: String::new(), of: Some(("1".to_owned(), "4".to_owned())) };
        let share = measure("percent");
        let found = row(&share, Some(&value), None, None);
        let both_sides = MetricValuesRow { is_determined: Some(true), value: Some(25.0), part: Some("1"), whole: Some("4"), ..found };
        assert_eq!((found, found.amount, found.currency), (both_sides, None, None));
        let none = MetricValuesRow { is_determined: Some(false), value: None, part: None, whole: None, ..found };
        assert_eq!(row(&share, None, None, None), none);
    }
}
