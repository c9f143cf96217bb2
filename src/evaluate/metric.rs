//! Metrics and extracts. The engine divides; a missing or zero denominator is undetermined, never 0.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::control::missing_tables;
use super::grid::{Grid, Value};
use super::tables::Tables;
use super::{EvaluateError, Reach, query_error, reads_events, run_sql};
use crate::catalogue::sql::Query;
use crate::catalogue::{Catalogue, Extract, Metric};
use crate::finding::Extent;
use crate::reason::Reason;

/// One value of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricValue {
    /// The number; `None` = undetermined.
    pub number: Option<f64>,
    /// The exact text of a value that was not divided.
    pub exact: String,
    /// Currency, where values are money.
    pub currency: String,
    /// Numerator and denominator, where it was divided.
    pub of: Option<(String, String)>,
}

/// What a metric gave.
#[derive(Debug, Clone, Default)]
pub struct MetricRun {
    /// A value for each currency, or one.
    pub values: Vec<MetricValue>,
    /// Label, value, currency.
    pub breakdown: Vec<(String, f64, String)>,
    /// How far the evidence reached.
    pub extent: Extent,
    /// Why it is not full.
    pub reasons: Vec<Reason>,
    /// Why it failed.
    pub error: Option<String>,
}

impl MetricRun {
    /// A metric whose evaluation failed.
    pub fn failed(error: &EvaluateError) -> Self {
        Self { reasons: vec![Reason::Failed], error: Some(error.to_string()), ..Self::default() }
    }

    /// Whether there is any value.
    pub fn is_determined(&self) -> bool {
        self.values.iter().any(|v| v.number.is_some())
    }
}

/// What an extract gave.
#[derive(Debug, Clone, Default)]
pub struct ExtractRun {
    /// Rows.
    pub frame: Option<DataFrame>,
    /// Number of rows; `None` when not drawn.
    pub rows: Option<u64>,
    /// How far the evidence reached.
    pub extent: Extent,
    /// Why it is not full.
    pub reasons: Vec<Reason>,
    /// Why it failed.
    pub error: Option<String>,
}

impl ExtractRun {
    /// An extract whose evaluation failed.
    pub fn failed(error: &EvaluateError) -> Self {
        Self { reasons: vec![Reason::Failed], error: Some(error.to_string()), ..Self::default() }
    }
}

fn missing(
    requires: &[String],
    catalogue: &Catalogue,
    tables: &Tables<'_>,
    reach: &Reach,
    queries: &[&Query],
    events: bool,
) -> Vec<Reason> {
    let mut missing: Vec<Reason> = queries.iter().flat_map(|q| missing_tables(requires, q, tables)).collect();
    missing.sort();
    missing.dedup();
    if events && reach.events == 0 {
        missing.push(Reason::NoEvents);
    }
    let base = queries.first().and_then(|q| q.base());
    for resource in catalogue.schema.resources() {
        let rests = requires.contains(&resource.resource_type) || base == Some(resource.name.as_str());
        let known = || reach.types.contains(&resource.resource_type) || reach.recorded.is_recorded_anywhere(&resource.resource_type);
        if rests && !known() {
            missing.push(Reason::NoItemsOfType { resource_type: resource.resource_type.clone() });
        }
    }
    missing
}

/// The rows of a query in the order that it asks for. SQL leaves open in which order rows come that are alike in
/// all keys; the other columns decide there, so that the same records give the same rows.
///
/// # Errors
/// When the query cannot be run, or orders by what it does not return.
pub(super) fn ordered(
    tables: &Tables<'_>,
    name: &str,
    query: &Query,
    extra: &[(&'static str, DataFrame)],
) -> Result<DataFrame, EvaluateError> {
    let keys = query.order().map_err(|why| EvaluateError::Refused { query: name.to_owned(), why })?;
    let rows = run_sql(tables, name, query, extra)?;
    super::control::in_order(&rows, keys).map_err(|e| query_error(name, e))
}

/// Draws an extract.
pub fn extract(
    extract: &Extract,
    catalogue: &Catalogue,
    tables: &Tables<'_>,
    reach: &Reach,
    extra: &[(&'static str, DataFrame)],
) -> ExtractRun {
    let events = reads_events(extract.origin.kind, extract.select.as_ref(), &[&extract.query]);
    let reasons = missing(&extract.requires, catalogue, tables, reach, &[&extract.query], events);
    if !reasons.is_empty() {
        return ExtractRun { reasons, ..ExtractRun::default() };
    }
    match ordered(tables, "query", &extract.query, extra) {
        Ok(frame) => {
            let reasons = if events { reach.event_gaps.clone() } else { Vec::new() };
            ExtractRun {
                rows: Some(frame.height() as u64),
                frame: Some(frame),
                extent: if reasons.is_empty() { Extent::Full } else { Extent::Partial },
                reasons,
                error: None,
            }
        }
        Err(error) => ExtractRun::failed(&error),
    }
}

/// Evaluates a metric.
pub fn metric(
    metric: &Metric,
    catalogue: &Catalogue,
    tables: &Tables<'_>,
    reach: &Reach,
    extra: &[(&'static str, DataFrame)],
) -> MetricRun {
    let queries: Vec<&Query> = metric.queries().into_iter().map(|(_, q)| q).collect();
    let events = reads_events(metric.origin.kind, metric.select.as_ref(), &queries);
    let reasons = missing(&metric.requires, catalogue, tables, reach, &queries, events);
    if !reasons.is_empty() {
        return MetricRun { reasons, ..MetricRun::default() };
    }
    match values(metric, tables, extra) {
        Ok(values) => {
            let mut run = MetricRun { values, extent: Extent::Full, ..MetricRun::default() };
            match metric.breakdown.as_ref().map(|query| breakdown(query, tables, extra)).transpose() {
                Ok(rows) => run.breakdown = rows.unwrap_or_default(),
                Err(error) => return MetricRun::failed(&error),
            }
            if !run.is_determined() {
                run.extent = Extent::None;
                run.reasons.push(Reason::NothingToCompute);
            } else if events && !reach.event_gaps.is_empty() {
                run.extent = Extent::Partial;
                run.reasons.clone_from(&reach.event_gaps);
            }
            run
        }
        Err(error) => MetricRun::failed(&error),
    }
}

/// Value by currency ("" where there is none).
fn by_currency(
    tables: &Tables<'_>,
    name: &str,
    query: &Query,
    extra: &[(&'static str, DataFrame)],
) -> Result<BTreeMap<String, Value>, EvaluateError> {
    let frame = run_sql(tables, name, query, extra)?;
    let grid = Grid::of(&frame, 100).map_err(|e| query_error(name, e))?;
    Ok(grid.rows.iter().map(|row| (grid.get(row, &["currency"]).to_text(), grid.get(row, &["value"]).clone())).collect())
}

/// The values of a metric.
///
/// # Errors
/// When a query cannot be run.
pub fn values(metric: &Metric, tables: &Tables<'_>, extra: &[(&'static str, DataFrame)]) -> Result<Vec<MetricValue>, EvaluateError> {
    if let Some(query) = &metric.value {
        let found = by_currency(tables, "value", query, extra)?;
        return Ok(found
            .into_iter()
            .map(|(currency, value)| MetricValue { number: value.number(), exact: value.to_text(), currency, of: None })
            .collect());
    }
    let (Some(numerator), Some(denominator)) = (&metric.numerator, &metric.denominator) else { return Ok(Vec::new()) };
    let parts = by_currency(tables, "numerator", numerator, extra)?;
    let wholes = by_currency(tables, "denominator", denominator, extra)?;
    let scale = if metric.unit == "percent" { 100.0 } else { 1.0 };
    let mut values = Vec::new();
    for (currency, whole) in &wholes {
        let part = parts.get(currency).cloned().unwrap_or(Value::Null);
        let number = match (part.number(), whole.number()) {
            (Some(part), Some(whole)) if whole != 0.0 => Some(part / whole * scale),
            _ => None,
        };
        values.push(MetricValue { number, exact: String::new(), currency: currency.clone(), of: Some((part.to_text(), whole.to_text())) });
    }
    Ok(values)
}

fn breakdown(query: &Query, tables: &Tables<'_>, extra: &[(&'static str, DataFrame)]) -> Result<Vec<(String, f64, String)>, EvaluateError> {
    let frame = ordered(tables, "breakdown", query, extra)?;
    let grid = Grid::of(&frame, 24).map_err(|e| query_error("breakdown", e))?;
    Ok(grid
        .rows
        .iter()
        .filter_map(|row| {
            let label = grid.get(row, &["label"]).to_text();
            let label = if label.is_empty() { "(not stated)".to_owned() } else { label };
            Some((label, grid.get(row, &["value"]).number()?, grid.get(row, &["currency"]).to_text()))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    #[test]
    fn a_querys_own_order_rules_and_the_rest_breaks_ties() {
        let tables = Tables::empty(std::sync::Arc::new(Schema::new(Vec::new(), Vec::new()).unwrap()));
        let frame = |order: [usize; 4]| {
            let rows = [("b", Some(9)), ("a", Some(9)), ("c", None), ("d", Some(11))];
            DataFrame::new(
                4,
                vec![
                    Column::new("name".into(), order.map(|i| rows[i].0)),
                    Column::new("calls".into(), order.map(|i| rows[i].1.map(i64::from))),
                ],
            )
            .unwrap()
        };
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
            let drawn = |text: &str| -> Vec<String> {
                let rows = ordered(&tables, "query", &Query::parse(text).unwrap(), &[("selected", frame(order))]).unwrap();
                rows.column("name").unwrap().str().unwrap().iter().map(|t| t.unwrap().to_owned()).collect()
            };
            assert_eq!(drawn("SELECT name, calls FROM selected ORDER BY calls DESC NULLS LAST"), ["d", "a", "b", "c"]);
            assert_eq!(drawn("SELECT name, calls FROM selected ORDER BY calls ASC NULLS FIRST"), ["c", "a", "b", "d"]);
            assert_eq!(drawn("SELECT name, calls FROM selected"), ["a", "b", "c", "d"]);
        }
    }
}
