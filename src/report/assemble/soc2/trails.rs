//! Trails: what each records, where its logs go, and who says so.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Input, words};
use super::cells::{self, Row, yes_no};
use crate::evaluate::EvaluateError;
use crate::facts::trail_states;
use crate::report::model::{Cell, Column, ControlResult, Statement, StatementTone, Table, Topic};

/// Controls on trails.
const CONTROLS: [&str; 6] = [
    "cloudtrail-multi-region",
    "cloudtrail-trail-logging",
    "cloudtrail-log-validation",
    "cloudtrail-kms",
    "cloudtrail-cloudwatch-logs",
    "event-trail-region-narrowed",
];
/// Trails listed.
const SHOWN: usize = 40;

/// A trail, from all that was delivered about it.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    /// Name.
    pub name: String,
    /// Account that owns it.
    pub account: String,
    /// Home Region.
    pub home: String,
    /// Records every Region.
    pub multi_region: Option<bool>,
    /// Records global services.
    pub global: Option<bool>,
    /// Records a whole organisation.
    pub organization: Option<bool>,
    /// Writes digest files.
    pub validation: Option<bool>,
    /// Has a KMS key.
    pub has_key: Option<bool>,
    /// Bucket.
    pub bucket: String,
    /// What of the management events its selectors leave out; empty for nothing, `None` when no answer was delivered.
    pub left_out: Option<String>,
    /// It has selectors of its own.
    pub own_selectors: Option<bool>,
    /// Types of data events its selectors ask for.
    pub data: BTreeSet<String>,
    /// Values of S3 data event selectors.
    pub s3_values: BTreeSet<String>,
    /// Logging, by an answer or a call.
    pub logging: Option<bool>,
    /// Last start and stop of logging, UTC microseconds.
    pub started: Option<i64>,
    /// Last stop.
    pub stopped: Option<i64>,
    /// Error of its last delivery; empty for none.
    pub error: String,
    /// What kinds of record say so.
    pub said_by: String,
    /// Settings on which they disagree; empty for none.
    pub differences: String,
}

/// Every trail that AWS Config items or describe-trails name.
///
/// # Errors
/// When a query of ours fails.
pub fn read(input: &Input<'_>) -> Result<Vec<Trail>, EvaluateError> {
    let mut data: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    let answers = input.sql(
        "event selectors",
        "SELECT trail_arn, data_resource_type, data_resource_value FROM trail_event_selectors WHERE data_resource_type IS NOT NULL \
         ORDER BY trail_arn NULLS LAST, data_resource_type, data_resource_value NULLS LAST",
    )?;
    for r in Row::all(&answers) {
        let (kinds, values) = data.entry(r.text("trail_arn")).or_default();
        let kind = r.text("data_resource_type");
        if kind == "AWS::S3::Object" {
            values.insert(r.text("data_resource_value"));
        }
        kinds.insert(kind.trim_start_matches("AWS::").replace("::", " "));
    }
    let rows = input.sql(
        "trails",
        "SELECT trail_arn, resource_name, account_id, region, is_multi_region_trail, includes_global_events, is_organization_trail, \
         log_file_validation_enabled, has_custom_selectors, kms_key_id <> '' AS has_key, s3_bucket_name, left_out, left_out IS NOT NULL AS has_selectors, \
         is_logging, started_at, stopped_at, delivery_error, said_by, differences FROM trail_states WHERE is_owner \
         ORDER BY account_id NULLS LAST, region NULLS LAST, resource_name NULLS LAST, trail_arn NULLS LAST",
    )?;
    let of = |r: Row<'_>| {
        let (kinds, values) = data.get(&r.text("trail_arn")).cloned().unwrap_or_default();
        Trail {
            name: r.text("resource_name"),
            account: r.text("account_id"),
            home: r.text("region"),
            multi_region: r.flag("is_multi_region_trail"),
            global: r.flag("includes_global_events"),
            organization: r.flag("is_organization_trail"),
            validation: r.flag("log_file_validation_enabled"),
            has_key: r.flag("has_key"),
            bucket: r.text("s3_bucket_name"),
            left_out: (r.flag("has_selectors") == Some(true)).then(|| r.text("left_out")),
            own_selectors: r.flag("has_custom_selectors"),
            data: kinds,
            s3_values: values,
            logging: r.flag("is_logging"),
            started: r.time("started_at"),
            stopped: r.time("stopped_at"),
            error: r.text("delivery_error"),
            said_by: r.text("said_by"),
            differences: r.text("differences"),
        }
    };
    Ok(Row::all(&rows).map(of).collect())
}

/// The topic.
///
/// # Errors
/// When a query of ours fails.
pub fn topic(input: &Input<'_>, controls: &BTreeMap<String, ControlResult>, trails: &[Trail]) -> Result<Topic, EvaluateError> {
    let mut topic = Topic {
        id: "trails".to_owned(),
        title: "Trails".to_owned(),
        controls: cells::known(controls, &CONTROLS),
        method: format!(
            "Settings are as at {} where AWS Config items state them, and as at the time of the export where only answers of the CloudTrail API do; logging is by get-trail-status, or by a later call that started or stopped the trail. One row for each trail, whatever the number of its copies.",
            input.period.as_of_text
        ),
        ..Topic::default()
    };
    if trails.is_empty() {
        topic.not_tested = "No AWS Config item of a trail and no answer of describe-trails was delivered. Ask for: aws cloudtrail describe-trails, and for each trail aws cloudtrail get-trail-status and get-event-selectors.".to_owned();
        return Ok(topic);
    }
    topic.lead = lead(input, trails);
    topic.statements = statements(input, trails)?;
    topic.tables.push(table(input, trails));
    Ok(topic)
}

fn is_full(trail: &Trail) -> bool {
    trail.multi_region == Some(true) && trail.global == Some(true)
}

fn lead(input: &Input<'_>, trails: &[Trail]) -> String {
    let accounts: BTreeSet<&str> = trails.iter().map(|t| t.account.as_str()).collect();
    let count = |keep: fn(&Trail) -> bool| words::thousands(trails.iter().filter(|t| keep(t)).count() as u64);
    let mut text = format!(
        "{} in {}: {} set up for every Region and global services, {} write digest files (log file validation), {} encrypt their logs with a KMS key.",
        words::count(trails.len() as u64, "trail", "trails"),
        words::count(accounts.len() as u64, "account", "accounts"),
        count(is_full),
        count(|t| t.validation == Some(true)),
        count(|t| t.has_key == Some(true)),
    );
    let whole = trails.iter().any(|t| is_full(t) && t.organization == Some(true));
    let full: BTreeSet<&str> = trails.iter().filter(|t| is_full(t)).map(|t| t.account.as_str()).collect();
    let with_any: BTreeSet<&str> = trails.iter().map(|t| t.account.as_str()).collect();
    // Of an account of which neither items nor a list of trails came nothing is known.
    let is_known = |id: &str| with_any.contains(id) || input.scope.recorded.is_recorded(id, "global", trail_states::TYPE) == Some(true);
    let others = || input.scope.accounts.iter().filter(|(id, line)| line.expected && !full.contains(id.as_str())).map(|(id, _)| id);
    let named = |known: bool| others().filter(|id| is_known(id) == known).map(|id| input.account(id)).collect::<Vec<String>>();
    let (without, unknown) = (named(true), named(false));
    let own = if whole { " of their own (a trail of the organisation is set up for every Region)" } else { "" };
    if !without.is_empty() {
        text.push_str(&format!(" Expected accounts without such a trail{own}: {}.", cells::some(&without, 5)));
    }
    if !unknown.is_empty() {
        text.push_str(&format!(" Nothing was delivered about trails{own} of {}.", cells::some(&unknown, 5)));
    }
    text
}

fn statements(input: &Input<'_>, trails: &[Trail]) -> Result<Vec<Statement>, EvaluateError> {
    let mut all = Vec::new();
    for t in trails.iter().filter(|t| !t.differences.is_empty()) {
        all.push(Statement::new(
            StatementTone::Important,
            "Records disagree",
            format!(
                "{} of {}: {}. Which of them holds is not known; a control that rests on it is undetermined for the trail.",
                t.name,
                input.account(&t.account),
                t.differences
            ),
        ));
    }
    let names = |keep: &dyn Fn(&Trail) -> bool| trails.iter().filter(|t| keep(t)).map(|t| t.name.clone()).collect::<Vec<_>>();
    let stopped = names(&|t| t.logging == Some(false));
    if !stopped.is_empty() {
        all.push(Statement::new(StatementTone::Caution, "Not logging", format!("{}.", cells::some(&stopped, 8))));
    }
    let failing: Vec<String> = trails.iter().filter(|t| !t.error.is_empty()).map(|t| format!("{} ({})", t.name, t.error)).collect();
    if !failing.is_empty() {
        all.push(Statement::new(StatementTone::Caution, "Last delivery failed", format!("{}.", cells::some(&failing, 8))));
    }
    for t in trails {
        if let Some(left_out) = t.left_out.as_deref().filter(|left_out| !left_out.is_empty()) {
            let text = format!("{} of {} records {left_out}.", t.name, input.account(&t.account));
            all.push(Statement::new(StatementTone::Caution, "Management events left out", text));
        }
    }
    let unknown = names(&|t| t.logging.is_none());
    if !unknown.is_empty() {
        all.push(Statement::plain(format!(
            "Whether a trail was logging is not in AWS Config's items. No answer of get-trail-status was delivered for {}.",
            cells::some(&unknown, 8)
        )));
    }
    let unasked = names(&|t| t.left_out.is_none() && t.own_selectors != Some(false));
    if !unasked.is_empty() {
        all.push(Statement::plain(format!(
            "No event selectors were delivered for {}: that it records all management events, and which data events, is not shown. Ask for: aws cloudtrail get-event-selectors.",
            cells::some(&unasked, 8)
        )));
    }
    let nameless =
        input.sql("trail status without name", "SELECT CAST(COUNT(*) AS BIGINT) AS answers FROM trail_status WHERE trail_name IS NULL")?;
    let nameless = Row::all(&nameless).next().map_or(0, |r| r.count("answers"));
    if nameless > 0 {
        all.push(Statement::plain(format!(
            "{} of get-trail-status could not be assigned: the answer does not name its trail, and neither does the file.",
            words::count(nameless, "answer", "answers")
        )));
    }
    Ok(all)
}

fn table(input: &Input<'_>, trails: &[Trail]) -> Table {
    let mut table = Table::new(
        "soc2-trails",
        "Trails, what they record and where their logs go",
        vec![
            Column::code("Trail"),
            Column::text("Account").accounts(),
            Column::text("Records"),
            Column::text("Management events"),
            Column::text("Data events"),
            Column::text("Digests"),
            Column::text("KMS key"),
            Column::code("Bucket"),
            Column::text("Logging"),
            Column::text("Said by"),
        ],
    );
    for t in trails {
        let records = match (t.multi_region, t.global) {
            (Some(true), Some(true)) => "every Region and global services".to_owned(),
            (Some(true), _) => "every Region, no global services".to_owned(),
            (Some(false), Some(true)) => format!("{} and global services", t.home),
            (Some(false), _) => format!("{} only", t.home),
            (None, _) => "not stated".to_owned(),
        };
        let records = if t.organization == Some(true) { format!("{records}, whole organisation") } else { records };
        // A trail without selectors of its own records all management events and no data events.
        let by_default = t.left_out.is_none() && t.own_selectors == Some(false);
        let management = match &t.left_out {
            Some(left_out) if left_out.is_empty() => "all".to_owned(),
            Some(left_out) => left_out.clone(),
            None if by_default => "all".to_owned(),
            None => "not stated".to_owned(),
        };
        let data = match (t.left_out.is_some() || by_default, t.data.is_empty()) {
            (false, _) => "not stated".to_owned(),
            (true, true) => "none".to_owned(),
            (true, false) => t.data.iter().cloned().collect::<Vec<_>>().join(", "),
        };
        let moment = |at: Option<i64>| at.map(|at| words::moment(at, &input.period.zone));
        let logging = match (t.logging, moment(t.started), moment(t.stopped)) {
            (Some(true), Some(since), _) => format!("yes, since {since}"),
            (Some(false), _, Some(since)) => format!("no, since {since}"),
            (flag, _, _) => yes_no(flag).to_owned(),
        };
        table.push(vec![
            Cell::text(&t.name),
            Cell::text(input.account(&t.account)),
            Cell::text(records),
            Cell::text(management),
            Cell::text(data),
            Cell::text(yes_no(t.validation)),
            Cell::text(yes_no(t.has_key)),
            Cell::text(&t.bucket),
            Cell::text(logging),
            Cell::text(&t.said_by),
        ]);
    }
    table.cap(SHOWN);
    table
}
