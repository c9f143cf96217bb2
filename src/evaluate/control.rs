//! One control: its population, which rows are exceptions, which cannot be decided, and how far the
//! evidence reached.

use std::collections::BTreeMap;

use polars::prelude::*;
use polars::sql::SQLContext;

use super::error::{EvaluateError, guarded, query_error};
use super::missing::{OWN, config_gaps, list_gaps, missing, part_gaps, reads_any_type, rule_gaps, types_of};
use super::queries::run_sql;
use super::reach::{Reach, reads_events};
use super::rows::{ControlRun, UndeterminedRow};
use super::subjects::{Silence, Subjects, null_reason, unrecorded};
use super::tables::Tables;
use super::unread::Unread;
use crate::base::time;
use crate::catalogue::sql::{BURSTS, Expression, OrderKey, SELECTED};
use crate::catalogue::{Catalogue, Control, Kind};
use crate::outcome::{Extent, Outcome};
use crate::reason::{Reason, RowReason};

/// Exceptions kept as rows for the report; the frame holds all.
const ROWS_KEPT: usize = 100_000;

/// What an exception says whose reason is NULL, since a value that it names was not supplied.
pub(super) const NO_REASON: &str = "the exception condition holds; a value that describes it was not delivered";

/// Column of the sentence about a row that cannot be decided.
const UNDETERMINED: &str = "undetermined_reason";

/// Adds `is_exception`, `exception_reason` and `undetermined_reason` to a population.
///
/// # Errors
/// When an expression does not fit the columns.
pub fn judge(population: &DataFrame, control: &Control) -> Result<DataFrame, EvaluateError> {
    let (exception, reason) = (&control.exception, &control.reason);
    let sentence = control.undetermined.as_ref();
    for (name, expression) in [("exception", exception), ("reason", reason)].into_iter().chain(sentence.map(|s| ("undetermined", s))) {
        expression.check().map_err(|why| EvaluateError::Refused { query: name.to_owned(), why })?;
    }
    guarded("exception", || {
        let mut context = SQLContext::new();
        context.register("population", population.clone().lazy());
        let sentence = sentence.map_or("CAST(NULL AS VARCHAR)", Expression::text);
        let text = format!(
            "SELECT *, ({exception}) AS is_exception, ({reason}) AS exception_reason, ({sentence}) AS {UNDETERMINED} FROM population"
        );
        let judged = context.execute(&text).and_then(LazyFrame::collect).map_err(|e| query_error("exception", e))?;
        judged.column("is_exception").and_then(|c| c.bool().map(|_| ())).map_err(|e| query_error("exception", e))?;
        judged.column(UNDETERMINED).and_then(|c| c.str().map(|_| ())).map_err(|e| query_error("undetermined", e))?;
        Ok(judged)
    })
}

/// Runs a control.
pub fn run(
    control: &Control,
    catalogue: &Catalogue,
    tables: &Tables<'_>,
    reach: &Reach,
    extra: &[(&'static str, DataFrame)],
) -> ControlRun {
    match try_run(control, catalogue, tables, reach, extra) {
        Ok(run) => run,
        Err(error) => ControlRun::failed(&error),
    }
}

fn try_run(
    control: &Control,
    catalogue: &Catalogue,
    tables: &Tables<'_>,
    reach: &Reach,
    extra: &[(&'static str, DataFrame)],
) -> Result<ControlRun, EvaluateError> {
    let population = run_sql(tables, "population", &control.population, extra)?;
    // Joins and groups come in no fixed order; workpapers must.
    let population = in_order(&population, &[]).map_err(|e| query_error("population", e))?;
    let judged = judge(&population, control)?;
    let table = control.population.base().unwrap_or_default().to_owned();
    let table_rows = match extra.iter().find(|(n, _)| *n == table) {
        Some((_, frame)) => frame.height(),
        None if table.is_empty() => 0,
        None => tables.height(&table)?,
    } as u64;
    let unit = match table.as_str() {
        SELECTED => "selected event".to_owned(),
        BURSTS => "burst".to_owned(),
        _ => catalogue.schema.unit(&table),
    };

    let verdicts: Vec<Option<bool>> =
        judged.column("is_exception").and_then(|c| c.bool()).map_err(|e| query_error("exception", e))?.iter().collect();
    let told = judged.column(UNDETERMINED).and_then(|c| c.str().cloned()).map_err(|e| query_error("undetermined", e))?;
    let subjects = Subjects::of(&judged, control).map_err(|e| query_error("population", e))?;
    let unread = Unread::of(control, extra).map_err(|e| query_error("select", e))?;
    let mut run = ControlRun { table, unit, table_rows, population: judged.height() as u64, ..ControlRun::default() };
    let mut keep = Vec::with_capacity(verdicts.len());
    if !unread.is_empty() {
        let rows = (0..verdicts.len()).filter_map(|row| subjects.source(row)).collect();
        let events = unread.left_over(&rows);
        run.reasons.extend((events > 0).then_some(Reason::ValuesNotStated { events }));
    }
    let silence = Silence::of(control, reach, &judged).map_err(|e| query_error("absence", e))?;
    let lapsed = if control.origin.kind == Kind::Config { tables.lapsed()? } else { BTreeMap::new() };
    // What was so once stays so, whatever is no longer recorded.
    let of_versions = catalogue.schema.meant(&run.table).is_some_and(|(_, versions)| versions);
    for (row, verdict) in verdicts.iter().enumerate() {
        let unread = if unread.is_empty() { None } else { subjects.unread(&unread, row, *verdict) };
        let unrecorded = unrecorded(control, reach, &subjects, row);
        let unobserved = silence.as_ref().and_then(|silence| silence.why(row, *verdict));
        let source = subjects.source(row).filter(|_| !(of_versions && *verdict == Some(true)));
        let lapsed = source.and_then(|at| lapsed.get(&at)).map(|since| RowReason::Lapsed { since: since.map(time::rfc3339) });
        let undecided = match (verdict, unread.or(lapsed).or(unrecorded).or(unobserved)) {
            (_, Some(why)) => Some(why),
            (None, None) => {
                let told = told.get(row).filter(|text| !text.is_empty()).map(|text| RowReason::Told { text: text.to_owned() });
                Some(told.unwrap_or_else(|| null_reason(&judged, control.exception.columns(), row)))
            }
            _ => None,
        };
        keep.push(undecided.is_none() && *verdict == Some(true));
        if let Some(reason) = undecided {
            run.undetermined += 1;
            if run.undetermined_rows.len() < ROWS_KEPT {
                let subject = subjects.row(row);
                run.undetermined_rows.push(UndeterminedRow {
                    resource: subject.resource,
                    account: subject.account,
                    region: subject.region,
                    reason,
                });
            }
        }
    }
    let mask: BooleanChunked = keep.iter().map(|k| Some(*k)).collect();
    let exceptions =
        judged.filter(&mask).and_then(|f| f.drop("is_exception")?.drop(UNDETERMINED)).map_err(|e| query_error("exception", e))?;
    // A value that only the sentence names must not cost the exception.
    let worded = col("exception_reason").fill_null(lit(NO_REASON));
    let exceptions = exceptions.lazy().with_column(worded).collect().map_err(|e| query_error("reason", e))?;
    run.exceptions = exceptions.height() as u64;
    let subjects = Subjects::of(&exceptions, control).map_err(|e| query_error("population", e))?;
    for row in 0..exceptions.height().min(ROWS_KEPT) {
        run.rows.push(subjects.row(row));
    }
    run.rows.sort_by(|a, b| {
        (&a.account, &a.region, a.time, &a.resource, &a.file_id, a.record).cmp(&(
            &b.account,
            &b.region,
            b.time,
            &b.resource,
            &b.file_id,
            b.record,
        ))
    });
    run.undetermined_rows
        .sort_by(|a, b| (&a.account, &a.region, &a.resource, &a.reason).cmp(&(&b.account, &b.region, &b.resource, &b.reason)));
    run.frame = Some(exceptions);
    run.bursts = extra.iter().find(|(n, _)| *n == BURSTS).map(|(_, f)| f.clone());
    conclude(control, catalogue, tables, reach, &mut run);
    Ok(run)
}

/// Rows in the order of some keys; all other columns put rows that are alike in these in order.
///
/// # Errors
/// When a key is no column, or a column cannot be ordered.
pub(crate) fn in_order(frame: &DataFrame, keys: &[OrderKey]) -> PolarsResult<DataFrame> {
    let mut names: Vec<PlSmallStr> = keys.iter().map(|k| k.column.as_str().into()).collect();
    let mut options = SortMultipleOptions {
        descending: keys.iter().map(|k| k.descending).collect(),
        nulls_last: keys.iter().map(|k| k.nulls_last).collect(),
        ..SortMultipleOptions::default()
    };
    for name in frame.get_column_names_owned() {
        if !names.contains(&name) {
            names.push(name);
            options.descending.push(false);
            options.nulls_last.push(true);
        }
    }
    frame.sort(names, options)
}

/// Outcome and extent from the counts and the reach of the evidence.
fn conclude(control: &Control, catalogue: &Catalogue, tables: &Tables<'_>, reach: &Reach, run: &mut ControlRun) {
    let missing = missing(control, catalogue, tables, reach);
    if !missing.is_empty() && (run.population == 0 || run.population == run.undetermined) {
        (run.outcome, run.extent, run.reasons) = (Outcome::NotTested, Extent::None, missing);
        return;
    }
    if run.undetermined > 0 {
        run.reasons.push(Reason::Undecided { undetermined: run.undetermined, population: run.population });
    }
    if reads_events(control.origin.kind, control.select.as_ref(), &[&control.population]) {
        run.reasons.extend(reach.event_gaps.iter().cloned());
    } else {
        run.reasons.extend(config_gaps(control, catalogue, reach));
        run.reasons.extend(rule_gaps(control, tables, reach));
        run.reasons.extend(list_gaps(control, catalogue, tables, reach, run.population == 0));
        run.reasons.extend(part_gaps(&[&control.population], tables));
        run.reasons.extend(reach.expected_in_part.clone());
    }
    let full = run.reasons.is_empty();
    // Accounts and Regions that nobody names and no record shows are none that anything holds for.
    let of_places = control.population.base().is_some_and(|base| OWN.contains(&base));
    let unfounded = run.population == 0 && (of_places || reads_any_type(control, catalogue, &types_of(control, catalogue)));
    (run.outcome, run.extent) = if run.exceptions > 0 {
        (Outcome::ExceptionsNoted, if full { Extent::Full } else { Extent::Partial })
    } else if run.population > 0 && run.population == run.undetermined {
        (Outcome::NotTested, Extent::None)
    } else if run.population > 0 {
        (Outcome::NoExceptionsNoted, if full { Extent::Full } else { Extent::Partial })
    } else if full && !unfounded {
        (Outcome::NoOccurrences, Extent::Full)
    } else {
        run.reasons.insert(0, Reason::NothingFound);
        (Outcome::NotTested, Extent::None)
    };
}
