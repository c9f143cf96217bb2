//! The cases that stand beside each control and metric: small tables or small exports in, counts out.

pub mod world;

use super::missing;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::*;

use super::error::{EvaluateError, query_error};
use super::grid::{Grid, Value};
use super::queries::run_sql;
use super::reach::Reach;
use super::selected::{self, Selections};
use super::tables::Tables;
use super::{ExtractRun, control, metric};
use crate::base::{decimal, time};
use crate::catalogue::sql::Query;
use crate::catalogue::{Bursts, Case, Catalogue, Control, Extract, Metric, Select};
use crate::facts::bursts;
use crate::ingest::batch::{Batch, Cell};
use crate::schema::{Column as Declared, ColumnKind, Storage, Table};
use crate::store::StoreError;
use crate::store::parquet::frame::{self, Source};
pub use world::{File, Form};

/// What running cases gave.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Cases that came out as expected.
    pub passed: usize,
    /// What did not, in words.
    pub failures: Vec<String>,
    /// Cases by the form of their evidence.
    pub forms: BTreeMap<Form, usize>,
}

/// Shows the tables over what was ingested, and how far it reaches.
pub type Shown<'t> = dyn FnMut(&mut Tables<'_>, &Reach) -> Result<(), EvaluateError> + 't;

/// Ingests files and shows what became of them, in the period of the cases unless an `engagement.toml` among the
/// files says otherwise. The error says in words what stopped it.
pub type Ingest<'i> = dyn Fn(&[File], &mut Shown<'_>) -> Result<(), String> + 'i;

/// What an entry asks of the tables of its cases.
struct Entry<'c> {
    file: &'c str,
    id: &'c str,
    queries: Vec<&'c Query>,
    select: Option<&'c Select>,
    bursts: Option<&'c Bursts>,
}

/// Runs cases.
pub struct Runner<'r> {
    /// Their catalogue.
    pub catalogue: &'r Catalogue,
    /// How cases that are no rows are ingested.
    pub ingest: &'r Ingest<'r>,
    /// Where to write the tables of those cases as Parquet, as `ID/NUMBER OF THE CASE/TABLE.parquet`, for another
    /// engine.
    pub tables_to: Option<PathBuf>,
}

impl Runner<'_> {
    /// Runs the cases of some entries, or of all when `ids` is empty.
    pub fn run(&self, ids: &[String]) -> Outcome {
        let mut outcome = Outcome::default();
        let wanted = |id: &str| ids.is_empty() || ids.iter().any(|i| i == id);
        for c in self.catalogue.controls.values().filter(|c| wanted(&c.id)) {
            let queries = vec![&c.population];
            let entry = Entry { file: &c.origin.file, id: &c.id, queries, select: c.select.as_ref(), bursts: c.bursts.as_ref() };
            self.entry(&entry, &c.case, &mut outcome, &|case, tables, extra, reach| self.control(c, case, tables, extra, reach));
        }
        for m in self.catalogue.metrics.values().filter(|m| wanted(&m.id)) {
            let queries = m.queries().into_iter().map(|(_, text)| text).collect();
            let entry = Entry { file: &m.origin.file, id: &m.id, queries, select: m.select.as_ref(), bursts: None };
            self.entry(&entry, &m.case, &mut outcome, &|case, tables, extra, _| compare(m, case, tables, extra));
        }
        for x in self.catalogue.extracts.values().filter(|x| wanted(&x.id)) {
            let queries = vec![&x.query];
            let entry = Entry { file: &x.origin.file, id: &x.id, queries, select: x.select.as_ref(), bursts: x.bursts.as_ref() };
            self.entry(&entry, &x.case, &mut outcome, &|case, tables, extra, _| {
                let rows = run_sql(tables, "query", &x.query, extra)?.height();
                let expected = case.expect.get("rows").and_then(toml::Value::as_integer);
                let found = i64::try_from(rows).unwrap_or(i64::MAX);
                Ok((expected.is_some() && expected != Some(found)).then(|| format!("expected {expected:?} rows, found {found}")))
            });
        }
        outcome
    }

    fn entry(&self, entry: &Entry<'_>, cases: &[Case], outcome: &mut Outcome, judge: &Judge<'_>) {
        for (number, case) in cases.iter().enumerate() {
            let form = Form::of(case);
            *outcome.forms.entry(form).or_default() += 1;
            let result = if form == Form::Rows {
                let found = tables(self.catalogue, case, entry.bursts).and_then(|(tables, extra)| judge(case, &tables, &extra, None));
                found.map_err(|error| error.to_string())
            } else {
                self.ingested(entry, number, case, judge)
            };
            match result {
                Ok(None) => outcome.passed += 1,
                Ok(Some(difference)) => outcome.failures.push(format!("{}: {}: {}: {difference}", entry.file, entry.id, case.why)),
                Err(error) => outcome.failures.push(format!("{}: {}: {}: {error}", entry.file, entry.id, case.why)),
            }
        }
    }

    /// A case whose evidence passes ingestion.
    fn ingested(&self, entry: &Entry<'_>, number: usize, case: &Case, judge: &Judge<'_>) -> Result<Option<String>, String> {
        let files = world::files(case, &self.catalogue.schema, &entry.queries, entry.select)?;
        let mut difference = None;
        (self.ingest)(&files, &mut |tables, reach| {
            let (made, _) = self::tables(self.catalogue, &Case { rows: case.rows.clone(), ..Case::default() }, None)?;
            for name in case.rows.keys() {
                tables.put(name, made.frame(name)?);
            }
            let selections = Selections::read_for(self.catalogue, tables, |id| id == entry.id)?;
            let extra = super::extra(entry.select, entry.bursts, &selections, entry.id)?;
            if let Some(folder) = &self.tables_to {
                write_tables(&folder.join(entry.id).join(number.to_string()), entry, tables, &extra)?;
            }
            difference = judge(case, tables, &extra, Some(reach))?;
            Ok(())
        })?;
        Ok(difference)
    }

    /// Population, exceptions and undetermined rows of a control, and whether what it requires was delivered.
    fn control(
        &self,
        c: &Control,
        case: &Case,
        tables: &Tables<'_>,
        extra: &Extra,
        reach: Option<&Reach>,
    ) -> Result<Option<String>, EvaluateError> {
        let (found, reason, delivered) = if let Some(reach) = reach {
            let run = control::run(c, self.catalogue, tables, reach, extra);
            if let Some(error) = run.error {
                return Ok(Some(error));
            }
            let counts = [run.population, run.exceptions, run.undetermined].map(|n| i64::try_from(n).unwrap_or(i64::MAX));
            if run.rows.iter().any(|row| row.reason == control::NO_REASON) {
                return Ok(Some("the reason of an exception is NULL".to_owned()));
            }
            let exception = run.rows.first().map(|row| row.reason.clone());
            let reason = exception.or_else(|| run.undetermined_rows.first().map(|row| row.reason.to_string()));
            (counts, reason.unwrap_or_default(), missing::missing(c, self.catalogue, tables, reach).is_empty())
        } else {
            let population = run_sql(tables, "population", &c.population, extra)?;
            let judged = control::judge(&population, c)?;
            let (counts, reason) = count(&judged)?;
            (counts, reason, missing::missing_tables(&c.requires, &c.population, tables).is_empty())
        };
        let expected = ["population", "exceptions", "undetermined"].map(|k| case.expect.get(k).and_then(toml::Value::as_integer));
        let same = expected.iter().zip(found).all(|(e, f)| e.is_none_or(|e| e == f));
        // `delivered = false`: the tables do not hold what the control requires.
        let wanted = case.expect.get("delivered").and_then(toml::Value::as_bool);
        // `reason`: what the reason of the first exception, or else of the first undetermined row, must hold.
        let part = case.expect.get("reason").and_then(toml::Value::as_str).filter(|part| !reason.contains(*part));
        Ok(match (wanted.filter(|wanted| *wanted != delivered), part) {
            (Some(wanted), _) => Some(format!("expected delivered = {wanted}, found {delivered}")),
            _ if !same => Some(format!("expected {expected:?}, found {found:?}")),
            (None, Some(part)) => Some(format!("expected a reason with {part:?}, found {reason:?}")),
            (None, None) => None,
        })
    }
}

/// Holds what a case expects against its tables; the difference in words. The reach is known of ingested cases only.
type Judge<'j> = dyn Fn(&Case, &Tables<'_>, &Extra, Option<&Reach>) -> Result<Option<String>, EvaluateError> + 'j;

/// Writes the tables that an entry's queries name, so that another engine can be asked the same.
fn write_tables(folder: &Path, entry: &Entry<'_>, tables: &Tables<'_>, extra: &Extra) -> Result<(), EvaluateError> {
    std::fs::create_dir_all(folder).map_err(|e| StoreError::io(folder, e))?;
    let mut names: BTreeSet<String> = ["engagement".to_owned()].into();
    for query in &entry.queries {
        names.extend(query.tables().iter().cloned());
    }
    for name in names {
        let made = extra.iter().find(|(n, _)| *n == name).map(|(_, frame)| frame.clone());
        let frame = match made {
            Some(frame) => frame,
            None => tables.frame(&name)?,
        };
        super::write_parquet(&frame, &folder.join(format!("{name}.parquet")))?;
    }
    Ok(())
}

/// Population, exceptions, undetermined, and the first reason; an exception without a reason is an error.
fn count(judged: &DataFrame) -> Result<([i64; 3], String), EvaluateError> {
    let (verdicts, reasons) = (|| -> PolarsResult<_> {
        Ok((judged.column("is_exception")?.bool()?.clone(), judged.column("exception_reason")?.str()?.clone()))
    })()
    .map_err(|e| query_error("exception", e))?;
    let mut first = String::new();
    let mut counts = [i64::try_from(judged.height()).unwrap_or(i64::MAX), 0, 0];
    for row in 0..judged.height() {
        match verdicts.get(row) {
            Some(true) => {
                counts[1] += 1;
                let Some(reason) = reasons.get(row).filter(|reason| !reason.is_empty()) else {
                    return Err(EvaluateError::Refused { query: "reason".to_owned(), why: "it is NULL for an exception".to_owned() });
                };
                if first.is_empty() {
                    reason.clone_into(&mut first);
                }
            }
            Some(false) => {}
            None => counts[2] += 1,
        }
    }
    Ok((counts, first))
}

type Extra = Vec<(&'static str, DataFrame)>;

/// Compares a metric with what a case expects: `value` as text ("undetermined" for none), or
/// `numerator` and `denominator`.
fn compare(m: &Metric, case: &Case, tables: &Tables<'_>, extra: &Extra) -> Result<Option<String>, EvaluateError> {
    for (key, text) in m.queries() {
        let Some(expected) = case.expect.get(key).filter(|_| key != "value") else { continue };
        let found = Grid::of(&run_sql(tables, key, text, extra)?, 1).map_err(|e| query_error(key, e))?;
        let found = found.rows.first().map_or(Value::Null, |r| found.get(r, &["value"]).clone());
        if !same_number(expected, found.number()) {
            return Ok(Some(format!("{key}: expected {expected}, found {}", found.to_text())));
        }
    }
    let Some(expected) = case.expect.get("value") else { return Ok(None) };
    let values = metric::values(m, tables, extra)?;
    let found = values.first().and_then(|v| v.number);
    Ok((!same_number(expected, found)).then(|| format!("expected {expected}, found {found:?}")))
}

fn same_number(expected: &toml::Value, found: Option<f64>) -> bool {
    let wanted = match expected {
        toml::Value::String(text) if text.is_empty() || text == "undetermined" || text == "NULL" => None,
        toml::Value::String(text) => text.parse::<f64>().ok(),
        #[expect(clippy::cast_precision_loss, reason = "cases hold small numbers")]
        toml::Value::Integer(n) => Some(*n as f64),
        toml::Value::Float(n) => Some(*n),
        _ => None,
    };
    match (wanted, found) {
        (None, None) => true,
        (Some(a), Some(b)) => (a - b).abs() <= 1e-6 * a.abs().max(1.0),
        _ => false,
    }
}

/// The tables of a case: named rows with defaults, everything else empty.
/// What extracts give over the rows of a case. Rows of `cloudtrail_events` are selected from as each extract says.
///
/// # Errors
/// When a row does not fit its table, or a query fails.
pub fn drawn<'x>(
    catalogue: &Catalogue,
    rows: &BTreeMap<String, Vec<toml::Table>>,
    extracts: impl Iterator<Item = &'x Extract>,
) -> Result<BTreeMap<String, ExtractRun>, EvaluateError> {
    let case = Case { rows: rows.clone(), ..Case::default() };
    let (tables, _) = tables(catalogue, &case, None)?;
    let mut runs = BTreeMap::new();
    for x in extracts {
        let mut extra = Extra::new();
        if let Some(select) = &x.select {
            let events = selected::select(tables.frame("cloudtrail_events")?, select)?;
            extra.push(("selected", events));
        }
        let frame = metric::ordered(&tables, "query", &x.query, &extra)?;
        runs.insert(x.id.clone(), ExtractRun { rows: Some(frame.height() as u64), frame: Some(frame), ..ExtractRun::default() });
    }
    Ok(runs)
}

fn tables<'s>(catalogue: &Catalogue, case: &Case, wanted: Option<&Bursts>) -> Result<(Tables<'s>, Extra), EvaluateError> {
    let mut tables = Tables::empty(Arc::clone(&catalogue.schema));
    let mut extra = Extra::new();
    let refused = |why: String| EvaluateError::Refused { query: "case".to_owned(), why };
    let events = catalogue.schema.table("cloudtrail_events").ok_or_else(|| refused("no table of events".to_owned()))?;
    extra.push(("selected", frame::empty(&events.all_columns())));
    if let Some(b) = wanted {
        extra.push(("bursts", bursts::empty(&b.keys)));
    }
    let mut rows = case.rows.clone();
    rows.entry("engagement".to_owned()).or_insert_with(|| vec![toml::Table::new()]);
    for (name, rows) in &rows {
        if name == "bursts" {
            let b = wanted.ok_or_else(|| refused("rows for bursts, but the control declares none".to_owned()))?;
            let columns = bursts::columns(&b.keys);
            let table = Arc::new(Table {
                name: name.clone(),
                doc: String::new(),
                unit: "burst".to_owned(),
                columns,
                storage: Storage::Derived,
                versioned: false,
                sourced: false,
            });
            let w = b.wanted();
            let numbers = [("without_value", 0), ("exception_from", w.exception_from), ("minutes", w.minutes)];
            let mut rows = rows.clone();
            for row in &mut rows {
                for (name, number) in numbers {
                    row.entry(name).or_insert_with(|| i64::from(number).into());
                }
            }
            let built = build(&table, &rows).map_err(refused)?;
            extra.retain(|(n, _)| *n != "bursts");
            extra.push(("bursts", built));
            continue;
        }
        let base = name.strip_suffix("_history").filter(|b| catalogue.schema.table(b).is_some_and(|t| t.versioned)).unwrap_or(name);
        let table = if name == "selected" { Some(Arc::clone(&events)) } else { catalogue.schema.table(base) };
        let table = table.ok_or_else(|| refused(format!("no table {name}")))?;
        let built = build(&table, rows).map_err(refused)?;
        if name == "selected" {
            extra.retain(|(n, _)| *n != "selected");
            extra.push(("selected", built));
        } else {
            tables.put(name, built);
        }
    }
    Ok((tables, extra))
}

/// Values a row has unless the case names them; the `n`th row of its table.
fn default(table: &Table, column: &str, n: usize) -> Option<toml::Value> {
    let text = |t: &str| Some(toml::Value::String(t.to_owned()));
    let int = |n: i64| Some(toml::Value::Integer(n));
    let events = table.name == "cloudtrail_events" || table.name == "bursts";
    if table.name == "engagement" {
        return match column {
            "client" => text("Example"),
            "period_start" => text("2024-04-01T00:00:00Z"),
            "period_end" | "as_of" => text("2024-07-01T00:00:00Z"),
            "period_start_date" => text("2024-04-01"),
            "period_end_date" | "as_of_date" => text("2024-06-30"),
            "as_of_epoch" | "period_end_epoch" => int(1_719_792_000),
            "period_days" => int(91),
            "first_charge_month" => text("2024-04"),
            "last_charge_month" => text("2024-06"),
            "charge_months" => int(3),
            "max_key_age_days" | "max_idle_days" => int(90),
            "min_retention_days" => int(365),
            _ => None,
        };
    }
    // What is of no account or Region is a row of these tables, too.
    if matches!(table.name.as_str(), "config_deliveries" | "expected_evidence") {
        return None;
    }
    match column {
        "account_id" | "recipient_account_id" | "SubAccountId" | "BillingAccountId" => text("111122223333"),
        "region" | "aws_region" | "RegionId" => text("eu-west-1"),
        "resource_id" | "item_id" if !events => text(&format!("r{n}")),
        "captured_at" => text("2024-06-30T00:00:00Z"),
        "captured_date" => text("2024-06-30"),
        "captured_epoch" => int(1_719_705_600),
        "item_status" => text("OK"),
        "event_id" | "first_event_id" if events => text(&format!("e{n}")),
        "event_time" | "burst_start" | "burst_end" if events => text("2024-05-01T10:00:00Z"),
        "event_date" if events => text("2024-05-01"),
        "event_hour" if events => int(10),
        "event_weekday" if events => int(3),
        "event_epoch" if events => int(1_714_557_600),
        "outcome" => text("success"),
        "record_kind" => text("call"),
        "actor_class" => text("human_iam_user"),
        "source_identity" if table.name == "actors" => text(""),
        "is_service_noise" | "is_conflict" => Some(toml::Value::Boolean(false)),
        "copies" => int(1),
        "BillingCurrency" => text("USD"),
        _ => None,
    }
}

/// Columns that follow from others unless the case names them.
fn follow(table: &Table, row: &mut BTreeMap<String, toml::Value>, named: &toml::Table) {
    let set = |row: &mut BTreeMap<String, toml::Value>, column: &str, value: toml::Value| {
        if !named.contains_key(column) && table.columns.iter().any(|c| c.name == column) {
            row.insert(column.to_owned(), value);
        }
    };
    if let Some(id) = row.get("resource_id").cloned() {
        set(row, "resource_name", id);
    }
    let micros =
        |row: &BTreeMap<String, toml::Value>, column: &str| row.get(column).and_then(toml::Value::as_str).and_then(|t| time::parse(t).ok());
    for (from, epoch, date) in [
        ("event_time", "event_epoch", "event_date"),
        ("captured_at", "captured_epoch", "captured_date"),
        ("as_of", "as_of_epoch", "as_of_date"),
        ("period_end", "period_end_epoch", ""),
        ("report_generated_at", "report_generated_epoch", "report_generated_date"),
        ("password_last_changed_at", "password_last_changed_epoch", ""),
        ("job_completed_at", "job_completed_epoch", ""),
        ("created_at", "created_epoch", ""),
        ("password_last_used_at", "password_last_used_epoch", ""),
        ("access_key_1_last_rotated_at", "access_key_1_last_rotated_epoch", ""),
        ("access_key_1_last_used_at", "access_key_1_last_used_epoch", ""),
        ("access_key_2_last_rotated_at", "access_key_2_last_rotated_epoch", ""),
        ("access_key_2_last_used_at", "access_key_2_last_used_epoch", ""),
    ] {
        if !named.contains_key(from) {
            continue;
        }
        let Some(at) = micros(row, from) else { continue };
        set(row, epoch, toml::Value::Integer(time::epoch_seconds(at)));
        if !date.is_empty() {
            let day = if from == "as_of" { time::day_of(at - 1) } else { time::day_of(at) };
            set(row, date, toml::Value::String(time::date_text(day)));
        }
        if from == "event_time" {
            set(row, "event_hour", toml::Value::Integer(time::hour_of(at)));
            set(row, "event_weekday", toml::Value::Integer(time::weekday(time::day_of(at))));
        }
    }
}

fn build(table: &Arc<Table>, rows: &[toml::Table]) -> Result<DataFrame, String> {
    let mut columns = table.columns.clone();
    if table.sourced {
        columns = table.all_columns();
    }
    let made = Arc::new(Table { columns, sourced: false, ..Table::clone(table) });
    let mut batch = Batch::new(Arc::clone(&made));
    for (n, named) in rows.iter().enumerate() {
        if let Some(unknown) = named.keys().find(|k| !made.columns.iter().any(|c| c.name == **k)) {
            let nearest = crate::catalogue::nearest(unknown, made.columns.iter().map(|c| c.name.as_str()));
            return Err(format!("table {} has no column {unknown}; nearest: {nearest}", table.name));
        }
        let mut row: BTreeMap<String, toml::Value> = BTreeMap::new();
        for column in &made.columns {
            let fallback = match column.name.as_str() {
                "source_file_id" => Some(toml::Value::String("0000000000000000".to_owned())),
                "source_record" => i64::try_from(n).ok().map(toml::Value::Integer),
                name => default(table, name, n),
            };
            if let Some(value) = named.get(&column.name).cloned().or(fallback) {
                row.insert(column.name.clone(), value);
            }
        }
        follow(table, &mut row, named);
        let mut cells = Vec::with_capacity(made.columns.len());
        for column in &made.columns {
            let value = row.get(&column.name);
            cells
                .push(cell(column, value).ok_or_else(|| format!("{}.{}: {value:?} is no {}", table.name, column.name, column.kind.sql()))?);
        }
        batch.push_cells(n as u64, cells);
    }
    frame::frame(&batch, Source::None).map_err(|e| e.to_string())
}

fn cell<'v>(column: &Declared, value: Option<&'v toml::Value>) -> Option<Cell<'v>> {
    let Some(value) = value else { return Some(Cell::Null) };
    if value.as_str() == Some("NULL") {
        return Some(Cell::Null);
    }
    Some(match column.kind {
        ColumnKind::Text | ColumnKind::Document => Cell::Text(value.as_str()?),
        ColumnKind::Bigint => Cell::Int(value.as_integer()?),
        ColumnKind::Boolean => Cell::Bool(value.as_bool()?),
        ColumnKind::Timestamp => Cell::Micros(time::parse(&text_of(value)?).ok()?),
        ColumnKind::Date => Cell::Day(time::day_of(time::parse(&text_of(value)?).ok()?)),
        ColumnKind::Decimal => Cell::Decimal(decimal::parse(&text_of(value)?).ok()?.units),
        #[expect(clippy::cast_precision_loss, reason = "cases hold small numbers")]
        ColumnKind::Double => Cell::Double(value.as_float().or_else(|| value.as_integer().map(|n| n as f64))?),
    })
}

fn text_of(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(n) => Some(n.to_string()),
        toml::Value::Float(n) => Some(n.to_string()),
        toml::Value::Datetime(t) => Some(t.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns that a population of ours never leaves NULL, or whose NULL means something: what the store always states,
    /// counts, and joins to a list, where NULL says that the list does not have it.
    const TELLING: [&str; 19] = [
        "outcome",
        "record_kind",
        "event_name",
        "is_service_noise",
        "made_by_service",
        "distinct_values",
        "events",
        "attachments",
        "is_narrowed",
        "missing_keys",
        "tooling",
        "reader",
        "agreed_principal",
        "owner",
        "data_class",
        "request_parameters_user_name",
        "request_parameters_retention_in_days",
        "response_elements_console_login",
        "min_retention_days",
    ];

    #[test]
    fn every_control_has_an_exception_a_clean_row_and_one_that_cannot_be_decided() {
        let catalogue = Catalogue::load(None).unwrap();
        let mut lacking = Vec::new();
        for c in catalogue.controls.values() {
            let count = |case: &Case, key: &str| case.expect.get(key).and_then(toml::Value::as_integer).unwrap_or(0);
            let any = |test: &dyn Fn(i64, i64, i64) -> bool| {
                c.case.iter().any(|k| test(count(k, "population"), count(k, "exceptions"), count(k, "undetermined")))
            };
            let decides = c.exception.columns();
            let telling = decides.iter().all(|column| TELLING.contains(&column.as_str()));
            for (has, what) in [
                (any(&|_, exceptions, _| exceptions > 0), "an exception"),
                (any(&|population, exceptions, undetermined| population > exceptions + undetermined), "a clean row"),
                (any(&|_, _, undetermined| undetermined > 0) || telling, "a row that cannot be decided"),
            ] {
                if !has {
                    lacking.push(format!("{}: no case has {what}; it is decided by {decides:?}", c.id));
                }
            }
        }
        assert!(lacking.is_empty(), "{}", lacking.join("\n"));
    }

    #[test]
    fn every_extract_and_metric_has_a_case() {
        let catalogue = Catalogue::load(None).unwrap();
        let extracts = catalogue.extracts.values().filter(|x| x.case.is_empty()).map(|x| &x.id);
        let metrics = catalogue.metrics.values().filter(|m| m.case.is_empty()).map(|m| &m.id);
        assert_eq!(extracts.chain(metrics).collect::<Vec<_>>(), Vec::<&String>::new());
    }
}
