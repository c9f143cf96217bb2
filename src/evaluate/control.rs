//! One control: its population, which rows are exceptions, which cannot be decided, and how far the
//! evidence reached.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use polars::prelude::*;
use polars::sql::SQLContext;

use super::error::{EvaluateError, guarded, query_error};
use super::grid::{Grid, Value};
use super::queries::run_sql;
use super::reach::{Reach, reads_events};
use super::tables::Tables;
use super::unread::Unread;
use crate::base::time;
use crate::catalogue::check::{ALLOW_LIST, CONFIG_RULE};
use crate::catalogue::sql::{BURSTS, Expression, OrderKey, Query, SELECTED};
use crate::catalogue::{Absence, AbsenceRows, Catalogue, Control, Kind};
use crate::facts::actors::{Known, Who};
use crate::facts::states;
use crate::outcome::{Extent, Outcome};
use crate::reason::{Expected, Reason, RowReason};
use crate::schema::{ResourceTable, Table};

/// Exceptions kept as rows for the report; the frame holds all.
const ROWS_KEPT: usize = 100_000;

/// What an exception says whose reason is NULL, since a value that it names was not supplied.
pub(super) const NO_REASON: &str = "the exception condition holds; a value that describes it was not delivered";

/// What a control showed.
#[derive(Debug, Clone, Default)]
pub struct ControlRun {
    /// First half of the result.
    pub outcome: Outcome,
    /// Second half.
    pub extent: Extent,
    /// Why the extent is not full.
    pub reasons: Vec<Reason>,
    /// Table whose rows the population's are.
    pub table: String,
    /// What these rows are counted in.
    pub unit: String,
    /// Rows of that table.
    pub table_rows: u64,
    /// Size of the population.
    pub population: u64,
    /// Exceptions.
    pub exceptions: u64,
    /// Rows that could not be decided.
    pub undetermined: u64,
    /// The exceptions.
    pub rows: Vec<ExceptionRow>,
    /// The undecided rows.
    pub undetermined_rows: Vec<UndeterminedRow>,
    /// All exceptions with all columns.
    pub frame: Option<DataFrame>,
    /// The bursts it looked at.
    pub bursts: Option<DataFrame>,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

/// One exception.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExceptionRow {
    /// Resource type, or event name.
    pub kind: String,
    /// Resource id, or event id.
    pub resource: String,
    /// Name, or principal.
    pub name: String,
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// Time of the event, UTC microseconds.
    pub time: Option<i64>,
    /// ARN, where the population returns it.
    pub arn: String,
    /// The sentence.
    pub reason: String,
    /// File.
    pub file_id: String,
    /// Record in the file.
    pub record: Option<u64>,
    /// Who made the call, where the row is an event's.
    pub principal: String,
    /// Its session.
    pub session: String,
    /// Who stands behind them.
    pub who: Option<Who>,
}

/// A row that could not be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndeterminedRow {
    /// Resource id, or event id.
    pub resource: String,
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// Why.
    pub reason: RowReason,
}

impl ControlRun {
    /// Says of each exception that is an event who stands behind it.
    pub fn name_actors(&mut self, known: &Known) {
        for row in self.rows.iter_mut().filter(|row| row.time.is_some()) {
            row.who = known.get(&row.principal, &row.session).cloned();
        }
    }

    /// A control whose evaluation failed.
    pub fn failed(error: &EvaluateError) -> Self {
        Self { reasons: vec![Reason::Failed], error: Some(error.to_string()), ..Self::default() }
    }
}

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
    let subjects = Subjects::of(&judged).map_err(|e| query_error("population", e))?;
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
    let subjects = Subjects::of(&exceptions).map_err(|e| query_error("population", e))?;
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

/// Resource types a control rests on: those it requires, else that of the table its rows come from, else, over
/// configuration, those of every table that it reads.
fn types_of(control: &Control, catalogue: &Catalogue) -> BTreeSet<String> {
    let required: BTreeSet<String> = control.requires.iter().filter(|r| r.starts_with("AWS::")).cloned().collect();
    if !required.is_empty() {
        return required;
    }
    let of = |table: &str| -> BTreeSet<String> {
        let Some((table, _)) = catalogue.schema.meant(table) else { return BTreeSet::new() };
        let fits = |r: &&std::sync::Arc<ResourceTable>| r.name == table.name || r.lists.iter().any(|l| l.name == table.name);
        catalogue.schema.resources().iter().filter(fits).map(|r| r.resource_type.clone()).collect()
    };
    let mut base = control.population.base().map(of).unwrap_or_default();
    base.extend(control.population.base().iter().flat_map(|table| states::types(table)).map(|kind| (*kind).to_owned()));
    if base.is_empty() && control.origin.kind == Kind::Config {
        let tables = || control.population.tables().iter();
        let stated = tables().flat_map(|table| states::types(table)).map(|kind| (*kind).to_owned());
        return tables().flat_map(|table| of(table)).chain(stated).collect();
    }
    base
}

/// What must be there and is not.
pub(crate) fn missing(control: &Control, catalogue: &Catalogue, tables: &Tables<'_>, reach: &Reach) -> Vec<Reason> {
    let mut missing = missing_tables(&control.requires, &control.population, tables);
    if reads_events(control.origin.kind, control.select.as_ref(), &[&control.population]) && reach.events == 0 {
        missing.push(Reason::NoEvents);
    }
    let items = base_table(control, catalogue).is_some_and(|table| table.name == "config_items");
    if items && reach.config.is_empty() {
        missing.push(Reason::NoItems { resource_type: None });
    }
    for kind in types_of(control, catalogue) {
        if !reach.types.contains(&kind) && !reach.recorded.is_recorded_anywhere(&kind) {
            missing.push(if reach.config.is_empty() {
                Reason::NoItems { resource_type: Some(kind) }
            } else {
                Reason::NoItemsOfType { resource_type: kind }
            });
        }
    }
    missing
}

/// Tables from files of their own that a query rests on and that are empty.
pub(crate) fn missing_tables(requires: &[String], query: &Query, tables: &Tables<'_>) -> Vec<Reason> {
    let schema = tables.schema();
    let own = |name: &str| {
        let per_file = [
            "iam_credentials",
            "trails",
            "trail_status",
            "trail_event_selectors",
            "config_compliance",
            "config_recorders",
            "costs",
            "cost_daily",
            "cost_resources",
            "cost_hours",
            "cost_tags",
            "iam_account_summary",
            "third_party_findings",
            "identity_center_assignments",
            "identity_center_permission_sets",
            "identity_center_policies",
            "organization_policies",
            "organization_policy_statements",
            "backup_jobs",
            "restore_jobs",
            "backup_recovery_points",
            "backup_protected_resources",
            "config_rule_status",
            "config_delivery_channels",
            "s3_access",
            "iam_last_accessed",
        ];
        schema.table(name).is_some() && per_file.contains(&name)
    };
    let by_name = |r: &&String| !r.starts_with("AWS::") && !r.starts_with(CONFIG_RULE) && !r.starts_with(ALLOW_LIST);
    let mut wanted: BTreeSet<String> = requires.iter().filter(by_name).cloned().collect();
    if let Some(base) = query.base().filter(|t| own(t)) {
        wanted.insert(base.to_owned());
    }
    let mut missing: Vec<Reason> = wanted
        .into_iter()
        .filter(|t| tables.frame(t).is_ok_and(|f| f.height() == 0) && !empty_lists(t, tables))
        .map(|table| Reason::NoRecords { table })
        .collect();
    let stated = |list: &str| {
        let frame = tables.frame("allow_lists").ok()?;
        Some(frame.column("list_name").ok()?.str().ok()?.iter().any(|name| name == Some(list)))
    };
    let lists = requires.iter().filter_map(|r| r.strip_prefix(ALLOW_LIST));
    missing.extend(lists.filter(|list| stated(list) != Some(true)).map(|list| Reason::ListNotStated { list: list.to_owned() }));
    // Without any result the sentence above says so already.
    let any = tables.frame("config_compliance").is_ok_and(|f| f.height() > 0);
    for rule in rules(requires).filter(|rule| any && accounts_with(rule, tables).is_empty()) {
        missing.push(Reason::NoRuleResult { rule: rule.to_owned() });
    }
    missing
}

/// The rules among requirements.
fn rules(requires: &[String]) -> impl Iterator<Item = &str> {
    requires.iter().filter_map(|r| r.strip_prefix(CONFIG_RULE))
}

/// Accounts with a result of a rule for a resource. A summary says nothing about any.
fn accounts_with(rule: &str, tables: &Tables<'_>) -> BTreeSet<String> {
    let found = || -> PolarsResult<BTreeSet<String>> {
        let frame = tables.frame("config_compliance").map_err(|e| polars_err!(ComputeError: "{e}"))?;
        let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned());
        let (identifiers, origins, accounts) = (text("rule_identifier")?, text("origin")?, text("account_id")?);
        let of_rule = |row: &usize| identifiers.get(*row) == Some(rule) && origins.get(*row) != Some("summary");
        Ok((0..frame.height()).filter(of_rule).map(|row| accounts.get(row).unwrap_or("").to_owned()).collect())
    };
    // A table that cannot be read fails the control's own query, which tells why.
    found().unwrap_or_default()
}

/// Whether the rows of a control are items of no stated type, or facts about them: that none is there does not show that
/// their types were recorded.
fn reads_any_type(control: &Control, catalogue: &Catalogue, types: &BTreeSet<String>) -> bool {
    let of_items = |table: Arc<Table>| table.name == "config_items" || states::TABLES.contains(&table.name.as_str());
    types.is_empty() && control.origin.kind == Kind::Config && base_table(control, catalogue).is_some_and(of_items)
}

/// The table whose rows the population's are, of a `_history` the one it belongs to.
fn base_table(control: &Control, catalogue: &Catalogue) -> Option<Arc<Table>> {
    catalogue.schema.meant(control.population.base()?).map(|(table, _)| table)
}

/// Expected accounts and Regions whose configuration was not delivered, or does not record the type.
fn config_gaps(control: &Control, catalogue: &Catalogue, reach: &Reach) -> Vec<Reason> {
    let types = types_of(control, catalogue);
    let of_any_type = reads_any_type(control, catalogue, &types);
    if types.is_empty() && !of_any_type || control.origin.kind != Kind::Config {
        return Vec::new();
    }
    if !reach.expected_known {
        return vec![Reason::ExpectedUnknown { what: Expected::AccountsAndRegions }];
    }
    let mut gaps = BTreeSet::new();
    for (account, region) in &reach.expected {
        if of_any_type && !reach.config.contains(&(account.clone(), region.clone())) {
            gaps.insert(format!("{account} {region}"));
        }
        for kind in &types {
            if reach.recorded.is_recorded(account, region, kind) != Some(true) {
                gaps.insert(if kind.starts_with("AWS::IAM::") { account.clone() } else { format!("{account} {region}") });
            }
        }
    }
    if gaps.is_empty() { Vec::new() } else { vec![Reason::NotKnownRecorded { places: gaps.into_iter().collect() }] }
}

/// Expected accounts without a result of a rule that the control rests on.
fn rule_gaps(control: &Control, tables: &Tables<'_>, reach: &Reach) -> Vec<Reason> {
    let expected: BTreeSet<&str> = reach.expected.iter().map(|(account, _)| account.as_str()).collect();
    rules(&control.requires)
        .filter_map(|rule| {
            let with = accounts_with(rule, tables);
            let accounts: Vec<String> = expected.iter().copied().filter(|a| !with.contains(*a)).map(str::to_owned).collect();
            (!accounts.is_empty()).then(|| Reason::RuleResultsMissing { rule: rule.to_owned(), accounts })
        })
        .collect()
}

/// Tables that lists of the AWS CLI fill, one call for each account and Region: that nothing is there cannot
/// be told from a list that nobody asked for.
const LISTS: [&str; 7] = [
    "iam_credentials",
    "backup_jobs",
    "restore_jobs",
    "backup_recovery_points",
    "config_rule_status",
    "config_delivery_channels",
    "iam_last_accessed",
];

/// Tables that this program fills itself, for every account and Region.
const OWN: [&str; 8] = [
    "account_regions",
    "accounts",
    "engagement",
    "input_files",
    "integrity_chains",
    "integrity_findings",
    "recorded_types",
    "trail_coverage",
];

/// Accounts of the answers that hold an empty list in the place of the rows of a table. One that does not say its account
/// has empty text.
fn accounts_empty(table: &str, tables: &Tables<'_>) -> BTreeSet<String> {
    let found = || {
        let frame = tables.frame("empty_answers").ok()?;
        let (names, accounts) =
            (frame.column("table_name").ok()?.str().ok()?.clone(), frame.column("account_id").ok()?.str().ok()?.clone());
        let rows = names.iter().zip(accounts.iter()).filter(|(name, _)| *name == Some(table));
        Some(rows.map(|(_, account)| account.unwrap_or_default().to_owned()).collect())
    };
    found().unwrap_or_default()
}

/// Whether the list that a table is made from was delivered, and empty.
fn empty_lists(table: &str, tables: &Tables<'_>) -> bool {
    !accounts_empty(table, tables).is_empty()
}

/// Expected accounts without a row in the list that the control rests on, and without an empty list. Where nothing is
/// left of a list, whatever export it is of, it must hold every account: that nothing is there cannot be told from what
/// nobody exported.
fn list_gaps(control: &Control, catalogue: &Catalogue, tables: &Tables<'_>, reach: &Reach, is_empty: bool) -> Vec<Reason> {
    let nothing_left = |t: &str| is_empty && !OWN.contains(&t) && types_of(control, catalogue).is_empty();
    let rests = |t: &&str| LISTS.contains(t) || empty_lists(t, tables) || nothing_left(t);
    let Some(table) = control.population.base().filter(rests) else { return Vec::new() };
    let found = || Some(tables.frame(table).ok()?.column("account_id").ok()?.str().ok()?.iter().flatten().map(str::to_owned).collect());
    let Some(mut with): Option<BTreeSet<String>> = found() else { return Vec::new() };
    with.extend(accounts_empty(table, tables));
    // An account may be expected without any Region of it.
    let stated = || {
        let frame = tables.frame("accounts").ok()?;
        let (ids, expected) = (frame.column("account_id").ok()?.str().ok()?.clone(), frame.column("expected").ok()?.bool().ok()?.clone());
        let rows = ids.iter().zip(expected.iter()).filter(|(_, expected)| *expected == Some(true));
        Some(rows.filter_map(|(id, _)| id.map(str::to_owned)).collect::<BTreeSet<String>>())
    };
    let mut accounts: BTreeSet<String> = reach.expected.iter().map(|(account, _)| account.clone()).collect();
    accounts.extend(stated().unwrap_or_default());
    if accounts.is_empty() {
        return vec![Reason::ExpectedUnknown { what: Expected::Accounts }];
    }
    let accounts: Vec<String> = accounts.into_iter().filter(|a| !with.contains(a)).collect();
    if accounts.is_empty() { Vec::new() } else { vec![Reason::ListMissing { table: table.to_owned(), accounts }] }
}

/// Why a row counts as undecided although its columns are known: a required type is not recorded there.
fn unrecorded(control: &Control, reach: &Reach, subjects: &Subjects, row: usize) -> Option<RowReason> {
    let needed: Vec<&String> = control.requires.iter().filter(|r| r.starts_with("AWS::")).collect();
    if needed.is_empty() {
        return None;
    }
    let account = subjects.text("account_id", row)?;
    let region = subjects.text("region", row).unwrap_or_else(|| "global".to_owned());
    needed.into_iter().find_map(|kind| match reach.recorded.is_recorded(&account, &region, kind) {
        Some(true) => None,
        Some(false) => Some(RowReason::NotRecorded { resource_type: kind.clone(), account: account.clone(), region: region.clone() }),
        None => Some(RowReason::RecordingUnknown { resource_type: kind.clone(), account: account.clone(), region: region.clone() }),
    })
}

/// Names the columns of the condition that are NULL in a row.
fn null_reason(judged: &DataFrame, names: &BTreeSet<String>, row: usize) -> RowReason {
    let columns: Vec<String> =
        names.iter().filter(|n| judged.column(n).is_ok_and(|c| c.get(row).is_ok_and(|v| v.is_null()))).cloned().collect();
    if columns.is_empty() { RowReason::NoAnswer } else { RowReason::NotSupplied { columns } }
}

/// What the rows of a control conclude from the absence of events.
struct Silence<'r> {
    absence: &'r Absence,
    reach: &'r Reach,
    accounts: StringChunked,
    regions: Option<StringChunked>,
    from: Option<Int64Chunked>,
    to: Option<Int64Chunked>,
}

impl<'r> Silence<'r> {
    fn of(control: &'r Control, reach: &'r Reach, judged: &DataFrame) -> PolarsResult<Option<Self>> {
        let Some(absence) = &control.absence else { return Ok(None) };
        let text = |name: &String| judged.column(name).and_then(|c| c.str().cloned());
        let time = |name: &String| {
            let column = judged.column(name)?.cast(&DataType::Datetime(TimeUnit::Microseconds, None))?;
            column.cast(&DataType::Int64)?.i64().cloned()
        };
        Ok(Some(Self {
            absence,
            reach,
            accounts: text(&absence.account)?,
            regions: absence.region.as_ref().map(text).transpose()?,
            from: absence.from.as_ref().map(time).transpose()?,
            to: absence.to.as_ref().map(time).transpose()?,
        }))
    }

    /// Why a row is undetermined: it concludes from absence, and not all events of its span are here.
    fn why(&self, row: usize, verdict: Option<bool>) -> Option<RowReason> {
        if verdict? || self.absence.rows == AbsenceRows::All {
            let account = self.accounts.get(row).unwrap_or_default();
            let region = self.regions.as_ref().map(|regions| regions.get(row).unwrap_or_default());
            let at = |times: &Option<Int64Chunked>| times.as_ref().and_then(|times| times.get(row));
            let missing = self.reach.observation.missing(self.absence.kind, account, region, at(&self.from), at(&self.to))?;
            let (account, region) = (account.to_owned(), region.unwrap_or_default().to_owned());
            return Some(RowReason::NotObserved { account, region, days: missing.days, of: missing.of });
        }
        None
    }
}

/// The columns of a population that say what a row is about.
struct Subjects {
    grid: Grid,
}

impl Subjects {
    fn of(frame: &DataFrame) -> PolarsResult<Self> {
        const WANTED: [&str; 17] = [
            "session_name",
            "resource_type",
            "event_name",
            "resource_id",
            "event_id",
            "resource_name",
            "user_name",
            "principal",
            "account_id",
            "region",
            "aws_region",
            "event_time",
            "arn",
            "exception_reason",
            "source_file_id",
            "source_record",
            "day",
        ];
        let present: Vec<&str> = frame.get_column_names().into_iter().map(PlSmallStr::as_str).filter(|n| WANTED.contains(n)).collect();
        Ok(Self { grid: Grid::of(&frame.select(present)?, usize::MAX)? })
    }

    fn text(&self, name: &str, row: usize) -> Option<String> {
        self.grid.rows.get(row).map(|r| self.grid.get(r, &[name]).to_text()).filter(|t| !t.is_empty())
    }

    /// File and record of the event or item that a row stands for.
    fn source(&self, row: usize) -> Option<(String, u64)> {
        let subject = self.row(row);
        Some((subject.file_id, subject.record?))
    }

    /// Why the row rests on a value that was not kept, if it does.
    fn unread(&self, unread: &Unread, row: usize, verdict: Option<bool>) -> Option<RowReason> {
        let subject = self.row(row);
        unread.why(&subject.file_id, subject.record, verdict)
    }

    fn row(&self, row: usize) -> ExceptionRow {
        let Some(values) = self.grid.rows.get(row) else { return ExceptionRow::default() };
        let get = |names: &[&str]| {
            names.iter().map(|n| self.grid.get(values, &[n])).find(|v| **v != Value::Null).map(Value::to_text).unwrap_or_default()
        };
        let number = |v: &Value| if let Value::Int(n) = v { u64::try_from(*n).ok() } else { None };
        ExceptionRow {
            kind: get(&["resource_type", "event_name"]),
            resource: get(&["resource_id", "event_id"]),
            name: get(&["resource_name", "user_name", "principal"]),
            account: get(&["account_id"]),
            region: get(&["region", "aws_region"]),
            time: if let Value::Time(t) = self.grid.get(values, &["event_time"]) { Some(*t) } else { None },
            arn: get(&["arn"]),
            reason: get(&["exception_reason"]),
            file_id: get(&["source_file_id"]),
            record: number(self.grid.get(values, &["source_record"])),
            principal: get(&["principal"]),
            session: get(&["session_name"]),
            who: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::steps::assert_in_step;
    use crate::facts::recorded::{Recorded, Recording};

    fn reach(size: usize) -> Reach {
        let mut recorded = Recorded::default();
        let mut expected = BTreeSet::new();
        for n in 0..size {
            let (account, region) = (format!("{:012}", n / 3), format!("region-{}", n % 3));
            for kind in ["AWS::S3::Bucket", "AWS::IAM::Role", "AWS::IAM::User"] {
                recorded.add(&account, &region, kind, Recording::All);
            }
            expected.insert((account, region));
        }
        Reach { recorded: std::sync::Arc::new(recorded), expected, expected_known: true, ..Reach::default() }
    }

    #[test]
    fn what_is_not_recorded_is_found_in_step_with_accounts_and_regions() {
        let catalogue = Catalogue::load(None).unwrap();
        let rests_on = |kind: &str| {
            let mut controls = catalogue.controls.values().filter(|c| c.origin.kind == Kind::Config);
            controls.find(|c| types_of(c, &catalogue) == BTreeSet::from([kind.to_owned()])).unwrap()
        };
        for kind in ["AWS::S3::Bucket", "AWS::IAM::User"] {
            let control = rests_on(kind);
            assert_in_step(&format!("gaps of {kind}"), 3_000, 200, |size| {
                let reach = reach(size);
                let catalogue = &catalogue;
                move || assert!(config_gaps(control, catalogue, &reach).is_empty())
            });
        }
        // One place that nobody recorded is named.
        let mut reach = reach(6);
        reach.expected.insert(("111122223333".to_owned(), "eu-west-1".to_owned()));
        let places = vec!["111122223333 eu-west-1".to_owned()];
        assert_eq!(config_gaps(rests_on("AWS::S3::Bucket"), &catalogue, &reach), [Reason::NotKnownRecorded { places }]);
    }
}
