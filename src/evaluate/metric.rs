//! Metrics and extracts. The engine divides; without a denominator above zero the result is undetermined, never 0: a
//! share of nothing is none, and one of a negative sum, which refunds and credits make, means nothing.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use super::error::{EvaluateError, query_error};
use super::grid::{Grid, Value};
use super::missing::{missing_tables, part_gaps};
use super::queries::run_sql;
use super::reach::{Reach, reads_events};
use super::tables::Tables;
use crate::catalogue::sql::Query;
use crate::catalogue::{Catalogue, Extract, Metric};
use crate::outcome::Extent;
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

impl MetricValue {
    /// Why a division gave nothing although there is something to divide.
    fn without_base(&self) -> Option<Reason> {
        let (part, whole) = self.of.as_ref().filter(|_| self.number.is_none())?;
        if part.parse::<f64>().is_ok_and(|part| part == 0.0) || part.is_empty() {
            return None;
        }
        Some(Reason::NoBase { part: part.clone(), currency: self.currency.clone(), whole: whole.clone() })
    }
}

/// What a metric gave.
#[derive(Debug, Clone, Default)]
pub struct MetricRun {
    /// A value for each currency, or one.
    pub values: Vec<MetricValue>,
    /// Label, value, currency: the first of them.
    pub breakdown: Vec<(String, f64, String)>,
    /// Rows that the breakdown has beyond these.
    pub breakdown_more: u64,
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
        // Charges that were delivered and are refused are not absent.
        let refused = if reads_charges(&[&extract.query]) { tables.refused_charges() } else { Vec::new() };
        return ExtractRun { reasons: if refused.is_empty() { reasons } else { refused }, ..ExtractRun::default() };
    }
    match ordered(tables, "query", &extract.query, extra) {
        Ok(frame) => {
            let mut reasons = if events { reach.event_gaps.clone() } else { Vec::new() };
            if events {
                reasons.extend(reach.unstated.of(extract.select.as_ref(), &[&extract.query]));
            }
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
    let refused = if reads_charges(&queries) { tables.refused_charges() } else { Vec::new() };
    let reasons = missing(&metric.requires, catalogue, tables, reach, &queries, events);
    if !reasons.is_empty() {
        // Charges that were delivered and are refused are not absent.
        return MetricRun { reasons: if refused.is_empty() { reasons } else { refused }, ..MetricRun::default() };
    }
    match values(metric, tables, extra) {
        Ok(values) => {
            let mut run = MetricRun { values, extent: Extent::Full, ..MetricRun::default() };
            match metric.breakdown.as_ref().map(|query| breakdown(query, tables, extra)).transpose() {
                Ok(rows) => (run.breakdown, run.breakdown_more) = rows.unwrap_or_default(),
                Err(error) => return MetricRun::failed(&error),
            }
            run.reasons.extend(run.values.iter().filter_map(MetricValue::without_base));
            run.reasons.extend(refused);
            if !events {
                run.reasons.extend(part_gaps(&queries, tables));
            }
            if events && run.is_determined() {
                run.reasons.extend(reach.event_gaps.iter().cloned());
                run.reasons.extend(reach.unstated.of(metric.select.as_ref(), &queries));
            }
            if !run.is_determined() {
                run.extent = Extent::None;
                if run.reasons.is_empty() {
                    run.reasons.push(Reason::NothingToCompute);
                }
            } else if !run.reasons.is_empty() {
                run.extent = Extent::Partial;
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
    let grid = Grid::of(&frame, usize::MAX).map_err(|e| query_error(name, e))?;
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
    // A currency that stands on one side only has no share, and is not passed over.
    let currencies: BTreeSet<&String> = parts.keys().chain(wholes.keys()).collect();
    for currency in currencies {
        let [part, whole] = [&parts, &wholes].map(|side| side.get(currency).cloned().unwrap_or(Value::Null));
        let number = match (part.number(), whole.number()) {
            (Some(part), Some(whole)) if whole > 0.0 => Some(part / whole * scale),
            _ => None,
        };
        values.push(MetricValue { number, exact: String::new(), currency: currency.clone(), of: Some((part.to_text(), whole.to_text())) });
    }
    Ok(values)
}

/// Rows of a breakdown that are kept.
const BREAKDOWN: usize = 12;

/// Label, value and currency of the first rows of a breakdown, and how many more there are.
type Breakdown = (Vec<(String, f64, String)>, u64);

fn breakdown(query: &Query, tables: &Tables<'_>, extra: &[(&'static str, DataFrame)]) -> Result<Breakdown, EvaluateError> {
    let frame = ordered(tables, "breakdown", query, extra)?;
    let grid = Grid::of(&frame, BREAKDOWN).map_err(|e| query_error("breakdown", e))?;
    let more = frame.height().saturating_sub(BREAKDOWN) as u64;
    let rows = grid.rows.iter().filter_map(|row| {
        let label = grid.get(row, &["label"]).to_text();
        let label = if label.is_empty() { "(not stated)".to_owned() } else { label };
        Some((label, grid.get(row, &["value"]).number()?, grid.get(row, &["currency"]).to_text()))
    });
    Ok((rows.collect(), more))
}

/// Whether queries read charges.
fn reads_charges(queries: &[&Query]) -> bool {
    const TABLES: [&str; 5] = ["costs", "cost_daily", "cost_resources", "cost_hours", "cost_tags"];
    queries.iter().any(|query| TABLES.iter().any(|name| query.tables().contains(*name)))
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

    /// The values of a share whose numerator and denominator are these sums by currency.
    fn shares(parts: &[(&str, i64)], wholes: &[(&str, i64)]) -> Vec<MetricValue> {
        let mut tables = Tables::empty(std::sync::Arc::new(Schema::new(Vec::new(), Vec::new()).unwrap()));
        for (name, sums) in [("accounts", parts), ("known_accounts", wholes)] {
            let currencies = Column::new("currency".into(), sums.iter().map(|s| s.0).collect::<Vec<_>>());
            let values = Column::new("value".into(), sums.iter().map(|s| s.1).collect::<Vec<_>>());
            tables.put(name, DataFrame::new(sums.len(), vec![currencies, values]).unwrap());
        }
        let text = r#"
            id = "share"
            title = "Share"
            pillar = "security"
            unit = "percent"
            direction = "up"
            procedure = "Parts over wholes."
            numerator = "SELECT currency, value FROM accounts"
            denominator = "SELECT currency, value FROM known_accounts"
        "#;
        values(&toml::from_str(text).unwrap(), &tables, &[]).unwrap()
    }

    #[test]
    fn a_currency_on_one_side_only_is_not_passed_over() {
        let found = shares(&[("EUR", 5), ("USD", 25)], &[("USD", 100)]);
        assert_eq!(found.iter().map(|v| (v.currency.as_str(), v.number)).collect::<Vec<_>>(), [("EUR", None), ("USD", Some(25.0))]);
        let reasons: Vec<Reason> = found.iter().filter_map(MetricValue::without_base).collect();
        assert_eq!(reasons, [Reason::NoBase { part: "5".to_owned(), currency: "EUR".to_owned(), whole: String::new() }]);
    }

    #[test]
    fn a_base_that_is_not_above_zero_has_no_shares() {
        for base in [0, -31] {
            let found = shares(&[("USD", 25)], &[("USD", base)]);
            assert_eq!(found[0].number, None, "{base}");
            let reason = Reason::NoBase { part: "25".to_owned(), currency: "USD".to_owned(), whole: base.to_string() };
            assert_eq!(found[0].without_base(), Some(reason));
        }
        assert_eq!(shares(&[("USD", 0)], &[("USD", 0)])[0].without_base(), None, "nothing of nothing needs no reason");
        assert_eq!(shares(&[("USD", -10)], &[("USD", 100)])[0].number, Some(-10.0), "a change may be negative");
    }

    #[test]
    fn a_long_breakdown_says_how_much_is_left_out() {
        let mut tables = Tables::empty(std::sync::Arc::new(Schema::new(Vec::new(), Vec::new()).unwrap()));
        let labels: Vec<String> = (0..20).map(|n| format!("{n:02}")).collect();
        let rows =
            DataFrame::new(20, vec![Column::new("label".into(), labels), Column::new("value".into(), (0..20i64).collect::<Vec<_>>())]);
        tables.put("accounts", rows.unwrap());
        let (rows, more) =
            breakdown(&Query::parse("SELECT label, value FROM accounts ORDER BY value DESC NULLS LAST").unwrap(), &tables, &[]).unwrap();
        assert_eq!((rows.len(), rows[0].0.as_str(), more), (BREAKDOWN, "19", 8));
    }
}
