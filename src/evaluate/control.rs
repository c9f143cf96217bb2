//! One control: its population, which rows are exceptions, which cannot be decided, and how far the
//! evidence reached.

use std::collections::BTreeSet;

use polars::prelude::*;
use polars::sql::SQLContext;

use super::grid::{Grid, Value};
use super::tables::Tables;
use super::unread::Unread;
use super::{EvaluateError, Reach, guarded, query_error, reads_events, run_sql};
use crate::catalogue::sql::{self, OrderKey};
use crate::catalogue::{Catalogue, Control, Kind};
use crate::finding::{Extent, Outcome};
use crate::schema::ResourceTable;

/// Exceptions kept as rows for the report; the frame holds all.
const ROWS_KEPT: usize = 100_000;

/// What a control showed.
#[derive(Debug, Clone, Default)]
pub struct ControlRun {
    /// First half of the result.
    pub outcome: Outcome,
    /// Second half.
    pub extent: Extent,
    /// Why the extent is not full, in words.
    pub reasons: Vec<String>,
    /// First table of the population.
    pub table: String,
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
}

/// A row that could not be decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UndeterminedRow {
    /// Resource id, or event id.
    pub resource: String,
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// Why.
    pub reason: String,
}

impl ControlRun {
    /// A control whose evaluation failed.
    pub fn failed(error: &EvaluateError) -> Self {
        Self { reasons: vec!["its evaluation failed".to_owned()], error: Some(error.to_string()), ..Self::default() }
    }
}

/// Adds `is_exception` and `exception_reason` to a population.
///
/// # Errors
/// When an expression does not fit the columns, or an exception has no reason.
pub fn judge(population: &DataFrame, exception: &str, reason: &str) -> Result<DataFrame, EvaluateError> {
    for text in [exception, reason] {
        sql::check_expression(text).map_err(|why| EvaluateError::Refused { query: "exception".to_owned(), why })?;
    }
    guarded("exception", || {
        let mut context = SQLContext::new();
        context.register("population", population.clone().lazy());
        let text = format!("SELECT *, ({exception}) AS is_exception, ({reason}) AS exception_reason FROM population");
        let judged = context.execute(&text).and_then(LazyFrame::collect).map_err(|e| query_error("exception", e))?;
        judged.column("is_exception").and_then(|c| c.bool().map(|_| ())).map_err(|e| query_error("exception", e))?;
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
    let judged = judge(&population, &control.exception, &control.reason)?;
    let names = sql::columns(&control.exception);
    let table = first_table(&control.population).unwrap_or_default();
    let table_rows = match extra.iter().find(|(n, _)| *n == table) {
        Some((_, frame)) => frame.height(),
        None => tables.frame(&table).map(|f| f.height()).unwrap_or(0),
    } as u64;

    let verdicts: Vec<Option<bool>> =
        judged.column("is_exception").and_then(|c| c.bool()).map_err(|e| query_error("exception", e))?.iter().collect();
    let subjects = Subjects::of(&judged).map_err(|e| query_error("population", e))?;
    let unread = Unread::of(control, extra).map_err(|e| query_error("select", e))?;
    let mut run = ControlRun { table, table_rows, population: judged.height() as u64, ..ControlRun::default() };
    let mut keep = Vec::with_capacity(verdicts.len());
    for (row, verdict) in verdicts.iter().enumerate() {
        let unread = if unread.is_empty() { None } else { subjects.unread(&unread, row, *verdict) };
        let unrecorded = unrecorded(control, reach, &subjects, row);
        let undecided = match (verdict, unread.or(unrecorded)) {
            (_, Some(why)) => Some(why),
            (None, None) => Some(null_reason(&judged, &names, row)),
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
    let exceptions = judged.filter(&mask).and_then(|f| f.drop("is_exception")).map_err(|e| query_error("exception", e))?;
    run.exceptions = exceptions.height() as u64;
    let subjects = Subjects::of(&exceptions).map_err(|e| query_error("population", e))?;
    for row in 0..exceptions.height().min(ROWS_KEPT) {
        let found = subjects.row(row);
        if found.reason.is_empty() {
            return Err(EvaluateError::Refused {
                query: "reason".to_owned(),
                why: format!("it is NULL for the exception {}", found.resource),
            });
        }
        run.rows.push(found);
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
    run.bursts = extra.iter().find(|(n, _)| *n == "bursts").map(|(_, f)| f.clone());
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
        run.reasons.push(format!("{} of {} could not be decided", run.undetermined, run.population));
    }
    if reads_events(control.origin.kind, control.select.as_ref(), &[&control.population]) {
        run.reasons.extend(reach.event_gaps.iter().cloned());
    } else {
        run.reasons.extend(config_gaps(control, catalogue, reach));
        run.reasons.extend(rule_gaps(control, tables, reach));
        run.reasons.extend(list_gaps(control, tables, reach));
    }
    let full = run.reasons.is_empty();
    (run.outcome, run.extent) = if run.exceptions > 0 {
        (Outcome::ExceptionsNoted, if full { Extent::Full } else { Extent::Partial })
    } else if run.population > 0 && run.population == run.undetermined {
        (Outcome::NotTested, Extent::None)
    } else if run.population > 0 {
        (Outcome::NoExceptionsNoted, if full { Extent::Full } else { Extent::Partial })
    } else if full {
        (Outcome::NoOccurrences, Extent::Full)
    } else {
        run.reasons.insert(0, "nothing to test was found, and the evidence is not complete enough to say that there is nothing".to_owned());
        (Outcome::NotTested, Extent::None)
    };
}

/// Resource types a control rests on: those it requires, else that of the table its rows come from, else that
/// of the first table its text names.
fn types_of(control: &Control, catalogue: &Catalogue) -> BTreeSet<String> {
    let required: BTreeSet<String> = control.requires.iter().filter(|r| r.starts_with("AWS::")).cloned().collect();
    if !required.is_empty() {
        return required;
    }
    let of = |table: Option<String>| -> BTreeSet<String> {
        let Some(table) = table else { return BTreeSet::new() };
        let table = table.strip_suffix("_history").unwrap_or(&table);
        let fits = |r: &&std::sync::Arc<ResourceTable>| r.name == table || r.lists.iter().any(|l| l.name == table);
        catalogue.schema.resources().iter().filter(fits).map(|r| r.resource_type.clone()).collect()
    };
    let base = of(sql::base_table(&control.population));
    if base.is_empty() { of(first_table(&control.population)) } else { base }
}

/// What must be there and is not, in words.
pub(crate) fn missing(control: &Control, catalogue: &Catalogue, tables: &Tables<'_>, reach: &Reach) -> Vec<String> {
    let mut missing = missing_tables(&control.requires, &control.population, tables);
    if reads_events(control.origin.kind, control.select.as_ref(), &[&control.population]) && reach.events == 0 {
        missing.push("no CloudTrail event of the period was delivered".to_owned());
    }
    let items = sql::base_table(&control.population).is_some_and(|base| base == "config_items" || base == "config_items_history");
    if items && reach.config.is_empty() {
        missing.push("no AWS Config item was delivered".to_owned());
    }
    for kind in types_of(control, catalogue) {
        let recorded = reach.recorded.iter().any(|((_, _, t), r)| *t == kind && *r);
        if !reach.types.contains(&kind) && !recorded {
            missing.push(if reach.config.is_empty() {
                format!("no AWS Config item was delivered, so nothing is known about {kind}")
            } else {
                format!("{kind}: no item was delivered and no recorder is known to record it")
            });
        }
    }
    missing
}

/// Tables from files of their own that a query rests on and that are empty.
pub(crate) fn missing_tables(requires: &[String], query: &str, tables: &Tables<'_>) -> Vec<String> {
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
    let by_name = |r: &&String| !r.starts_with("AWS::") && !r.starts_with(CONFIG_RULE);
    let mut wanted: BTreeSet<String> = requires.iter().filter(by_name).cloned().collect();
    if let Some(first) = first_table(query).filter(|t| own(t)) {
        wanted.insert(first);
    }
    let mut missing: Vec<String> = wanted
        .into_iter()
        .filter(|t| tables.frame(t).is_ok_and(|f| f.height() == 0))
        .map(|t| format!("no record for the table {t} was delivered ({})", source_words(&t)))
        .collect();
    // Without any result the sentence above says so already.
    let any = tables.frame("config_compliance").is_ok_and(|f| f.height() > 0);
    for rule in rules(requires).filter(|rule| any && accounts_with(rule, tables).is_empty()) {
        missing.push(format!("no result by resource of an AWS Config rule {rule} was delivered"));
    }
    missing
}

/// What a requirement of the results of an AWS Config rule begins with; the managed identifier follows.
pub(crate) const CONFIG_RULE: &str = "config_rule:";

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

/// Which export fills a table.
fn source_words(table: &str) -> &'static str {
    match table {
        "iam_credentials" => "IAM credential report",
        "trails" => "aws cloudtrail describe-trails",
        "trail_status" => "aws cloudtrail get-trail-status",
        "trail_event_selectors" => "aws cloudtrail get-event-selectors",
        "config_compliance" => "AWS Config rule results",
        "config_recorders" => "configuration recorders",
        "iam_account_summary" => "aws iam get-account-summary",
        "third_party_findings" => "findings of Security Hub, GuardDuty, Access Analyzer, Inspector or Trusted Advisor",
        "backup_jobs" => "aws backup list-backup-jobs",
        "restore_jobs" => "aws backup list-restore-jobs",
        "backup_recovery_points" => "aws backup list-recovery-points-by-backup-vault",
        "backup_protected_resources" => "aws backup list-protected-resources",
        "identity_center_assignments" => "aws sso-admin list-account-assignments",
        "identity_center_permission_sets" => "aws sso-admin describe-permission-set",
        "identity_center_policies" => "policies of permission sets from aws sso-admin",
        "organization_policies" | "organization_policy_statements" => "aws organizations describe-policy",
        "config_rule_status" => "aws configservice describe-config-rule-evaluation-status",
        "config_delivery_channels" => "aws configservice describe-delivery-channel-status",
        "s3_access" => "S3 server access logs",
        "iam_last_accessed" => "aws iam get-service-last-accessed-details",
        "trail_coverage" => "CloudTrail log files",
        "integrity_chains" => "CloudTrail digest files",
        t if t.starts_with("cost") => "cost and usage export",
        _ => "see the list of inputs",
    }
}

/// Expected accounts and Regions whose configuration was not delivered, or does not record the type.
fn config_gaps(control: &Control, catalogue: &Catalogue, reach: &Reach) -> Vec<String> {
    let types = types_of(control, catalogue);
    if types.is_empty() || control.origin.kind != Kind::Config {
        return Vec::new();
    }
    if !reach.expected_known {
        return vec!["the expected accounts and Regions are not known".to_owned()];
    }
    let mut gaps = BTreeSet::new();
    for (account, region) in &reach.expected {
        for kind in &types {
            if reach.is_recorded(account, region, kind) != Some(true) {
                gaps.insert(if kind.starts_with("AWS::IAM::") { account.clone() } else { format!("{account} {region}") });
            }
        }
    }
    if gaps.is_empty() {
        return Vec::new();
    }
    let list: Vec<String> = gaps.iter().take(4).cloned().collect();
    let more = if gaps.len() > 4 { format!(" and {} more", gaps.len() - 4) } else { String::new() };
    vec![format!("not known to be recorded in {}{more}", list.join(", "))]
}

/// Expected accounts without a result of a rule that the control rests on.
fn rule_gaps(control: &Control, tables: &Tables<'_>, reach: &Reach) -> Vec<String> {
    let expected: BTreeSet<&str> = reach.expected.iter().map(|(account, _)| account.as_str()).collect();
    rules(&control.requires)
        .filter_map(|rule| {
            let with = accounts_with(rule, tables);
            let without: Vec<&str> = expected.iter().copied().filter(|account| !with.contains(*account)).collect();
            let more = if without.len() > 4 { format!(" and {} more", without.len() - 4) } else { String::new() };
            let list = without.iter().take(4).copied().collect::<Vec<_>>().join(", ");
            (!without.is_empty()).then(|| format!("no result of the AWS Config rule {rule} was delivered for {list}{more}"))
        })
        .collect()
}

/// Tables that lists of the AWS CLI fill, one call for each account and Region: that nothing is there cannot
/// be told from a list that nobody asked for.
const LISTS: [&str; 6] =
    ["backup_jobs", "restore_jobs", "backup_recovery_points", "config_rule_status", "config_delivery_channels", "iam_last_accessed"];

/// Expected accounts without a row in the list that the control rests on.
fn list_gaps(control: &Control, tables: &Tables<'_>, reach: &Reach) -> Vec<String> {
    let Some(table) = first_table(&control.population).filter(|t| LISTS.contains(&t.as_str())) else { return Vec::new() };
    let found = || Some(tables.frame(&table).ok()?.column("account_id").ok()?.str().ok()?.iter().flatten().map(str::to_owned).collect());
    let with: BTreeSet<String> = found().unwrap_or_default();
    let accounts: BTreeSet<&str> = reach.expected.iter().map(|(account, _)| account.as_str()).collect();
    if accounts.is_empty() {
        return vec!["the expected accounts are not known".to_owned()];
    }
    let without: Vec<&str> = accounts.into_iter().filter(|account| !with.contains(*account)).collect();
    if without.is_empty() {
        return Vec::new();
    }
    let more = if without.len() > 4 { format!(" and {} more", without.len() - 4) } else { String::new() };
    let list = without.iter().take(4).copied().collect::<Vec<_>>().join(", ");
    vec![format!("no record of {} was delivered for {list}{more}: there is none, or nobody asked for it", source_words(&table))]
}

/// Why a row counts as undecided although its columns are known: a required type is not recorded there.
fn unrecorded(control: &Control, reach: &Reach, subjects: &Subjects, row: usize) -> Option<String> {
    let needed: Vec<&String> = control.requires.iter().filter(|r| r.starts_with("AWS::")).collect();
    if needed.is_empty() {
        return None;
    }
    let account = subjects.text("account_id", row)?;
    let region = subjects.text("region", row).unwrap_or_else(|| "global".to_owned());
    needed.into_iter().find_map(|kind| match reach.is_recorded(&account, &region, kind) {
        Some(true) => None,
        Some(false) => Some(format!("{kind} is not recorded in {account} {region}")),
        None => Some(format!("it is not known whether {kind} is recorded in {account} {region}")),
    })
}

/// Names the columns of the condition that are NULL in a row.
fn null_reason(judged: &DataFrame, names: &BTreeSet<String>, row: usize) -> String {
    let nulls: Vec<&str> =
        names.iter().filter(|n| judged.column(n).is_ok_and(|c| c.get(row).is_ok_and(|v| v.is_null()))).map(String::as_str).collect();
    if nulls.is_empty() { "the condition gave no answer".to_owned() } else { format!("not delivered: {}", nulls.join(", ")) }
}

/// First table a query reads, in the order of its text.
pub(crate) fn first_table(query: &str) -> Option<String> {
    let tables = sql::tables(query).ok()?;
    let words = query.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.map(str::to_owned).find(|w| tables.contains(w))
}

/// The columns of a population that say what a row is about.
struct Subjects {
    grid: Grid,
}

impl Subjects {
    fn of(frame: &DataFrame) -> PolarsResult<Self> {
        const WANTED: [&str; 16] = [
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

    /// Why the row rests on a value that was not kept, if it does.
    fn unread(&self, unread: &Unread, row: usize, verdict: Option<bool>) -> Option<String> {
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
        }
    }
}
