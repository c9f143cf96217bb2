//! Trails: what each records, where its logs go, and who says so.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Input, words};
use super::cells::{self, Row, yes_no};
use crate::evaluate::EvaluateError;
use crate::report::model::{Cell, Column, ControlResult, Statement, StatementTone, Table, Topic};

/// Controls on trails.
const CONTROLS: [&str; 5] =
    ["cloudtrail-multi-region", "cloudtrail-log-validation", "cloudtrail-kms", "cloudtrail-cloudwatch-logs", "event-trail-region-narrowed"];
/// Trails listed.
const SHOWN: usize = 40;

/// A kind of record that states a trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaidBy {
    /// An AWS Config item.
    Config,
    /// The answer of describe-trails.
    DescribeTrails,
    /// The answer of get-trail-status.
    Status,
}

impl SaidBy {
    fn name(self) -> &'static str {
        match self {
            Self::Config => "AWS Config",
            Self::DescribeTrails => "describe-trails",
            Self::Status => "get-trail-status",
        }
    }
}

/// A trail, from all that was delivered about it.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    /// ARN.
    pub arn: String,
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
    /// KMS key; `Some("")` = none.
    pub key: Option<String>,
    /// Bucket.
    pub bucket: String,
    /// What its selectors ask for; empty when no answer was delivered.
    pub management: BTreeSet<String>,
    /// Types of data events its selectors ask for.
    pub data: BTreeSet<String>,
    /// Values of S3 data event selectors.
    pub s3_values: BTreeSet<String>,
    /// A selector was delivered.
    pub selectors_known: bool,
    /// Logging, at the time of the export.
    pub logging: Option<bool>,
    /// Last start and stop of logging, UTC microseconds.
    pub started: Option<i64>,
    /// Last stop.
    pub stopped: Option<i64>,
    /// What kinds of record say so.
    pub said_by: Vec<SaidBy>,
    /// Settings on which they disagree.
    pub differences: Vec<String>,
}

/// Every trail that AWS Config items or describe-trails name.
///
/// # Errors
/// When a query of ours fails.
pub fn read(input: &Input<'_>) -> Result<Vec<Trail>, EvaluateError> {
    let mut trails: BTreeMap<String, Trail> = BTreeMap::new();
    let items = input.sql(
        "trail items",
        "SELECT trail_arn, trail_name, account_id, region, home_region, is_multi_region_trail, includes_global_events, is_organization_trail, \
         log_file_validation_enabled, kms_key_id, s3_bucket_name FROM cloudtrail_trails \
         ORDER BY trail_arn NULLS LAST, account_id NULLS LAST, region NULLS LAST",
    )?;
    // Copies of a trail stand in other Regions and member accounts; the owner's item of the home Region speaks.
    let mut rows: Vec<(bool, Trail)> = Row::all(&items)
        .map(|r| {
            let trail = Trail {
                arn: r.text("trail_arn"),
                name: r.text("trail_name"),
                account: r.text("account_id"),
                home: r.text("home_region"),
                multi_region: r.flag("is_multi_region_trail"),
                global: r.flag("includes_global_events"),
                organization: r.flag("is_organization_trail"),
                validation: r.flag("log_file_validation_enabled"),
                key: Some(r.text("kms_key_id")).filter(|k| !k.is_empty()).map(|k| if k == "none" { String::new() } else { k }),
                bucket: r.text("s3_bucket_name"),
                said_by: vec![SaidBy::Config],
                ..Trail::default()
            };
            (r.text("region") == trail.home && trail.arn.contains(&trail.account), trail)
        })
        .collect();
    rows.sort_by_key(|(own, _)| !own);
    for (_, mut trail) in rows {
        if let Some(owner) = trail.arn.split(':').nth(4).filter(|a| a.len() == 12) {
            owner.clone_into(&mut trail.account);
        }
        let key = if trail.arn.is_empty() { format!("{}/{}/{}", trail.account, trail.home, trail.name) } else { trail.arn.clone() };
        trails.entry(key).or_insert(trail);
    }
    described(input, &mut trails)?;
    selectors(input, &mut trails)?;
    status(input, &mut trails)?;
    let mut all: Vec<Trail> = trails.into_values().collect();
    all.sort_by(|a, b| (&a.account, &a.home, &a.name).cmp(&(&b.account, &b.home, &b.name)));
    Ok(all)
}

fn described(input: &Input<'_>, trails: &mut BTreeMap<String, Trail>) -> Result<(), EvaluateError> {
    let answers = input.sql(
        "described trails",
        "SELECT trail_arn, trail_name, account_id, home_region, is_multi_region_trail, include_global_service_events, is_organization_trail, \
         log_file_validation_enabled, kms_key_id, s3_bucket_name FROM trails ORDER BY trail_arn NULLS LAST, source_file_id, source_record",
    )?;
    for r in Row::all(&answers) {
        let arn = r.text("trail_arn");
        if arn.is_empty() {
            continue;
        }
        let trail = trails.entry(arn.clone()).or_insert_with(|| Trail {
            arn,
            name: r.text("trail_name"),
            account: r.text("account_id"),
            home: r.text("home_region"),
            ..Trail::default()
        });
        if trail.said_by.contains(&SaidBy::DescribeTrails) {
            continue;
        }
        let known = !trail.said_by.is_empty();
        trail.said_by.push(SaidBy::DescribeTrails);
        let mut flag = |mine: &mut Option<bool>, theirs: Option<bool>, what: &str| {
            if known && mine.is_some() && theirs.is_some() && *mine != theirs {
                trail.differences.push(format!("{what}: {} by AWS Config, {} by describe-trails", yes_no(*mine), yes_no(theirs)));
            }
            *mine = mine.or(theirs);
        };
        flag(&mut trail.multi_region, r.flag("is_multi_region_trail"), "all Regions");
        flag(&mut trail.global, r.flag("include_global_service_events"), "global services");
        flag(&mut trail.organization, r.flag("is_organization_trail"), "whole organisation");
        flag(&mut trail.validation, r.flag("log_file_validation_enabled"), "log file validation");
        let (bucket, key) = (r.text("s3_bucket_name"), r.text("kms_key_id"));
        if known && !bucket.is_empty() && !trail.bucket.is_empty() && bucket != trail.bucket {
            trail.differences.push(format!("bucket: {} by AWS Config, {bucket} by describe-trails", trail.bucket));
        }
        if trail.bucket.is_empty() {
            trail.bucket = bucket;
        }
        match &trail.key {
            Some(mine) if known && *mine != key => trail.differences.push("KMS key".to_owned()),
            _ => trail.key = Some(key),
        }
    }
    Ok(())
}

fn selectors(input: &Input<'_>, trails: &mut BTreeMap<String, Trail>) -> Result<(), EvaluateError> {
    let answers = input.sql(
        "event selectors",
        "SELECT trail_arn, read_write_type, include_management_events, data_resource_type, data_resource_value FROM trail_event_selectors \
         ORDER BY trail_arn NULLS LAST, source_file_id, source_record",
    )?;
    for r in Row::all(&answers) {
        let Some(trail) = trails.get_mut(&r.text("trail_arn")) else { continue };
        trail.selectors_known = true;
        let kind = r.text("read_write_type");
        if r.flag("include_management_events") == Some(true) {
            trail.management.insert(if kind.is_empty() || kind == "All" { "all".to_owned() } else { kind });
        }
        let data = r.text("data_resource_type");
        if data == "AWS::S3::Object" {
            trail.s3_values.insert(r.text("data_resource_value"));
        }
        if !data.is_empty() {
            trail.data.insert(data.trim_start_matches("AWS::").replace("::", " "));
        }
    }
    Ok(())
}

/// The answer of get-trail-status names no trail; the file's name does, and helps where one trail has that name.
fn status(input: &Input<'_>, trails: &mut BTreeMap<String, Trail>) -> Result<(), EvaluateError> {
    let answers = input.sql(
        "trail status",
        "SELECT trail_name, is_logging, start_logging_time, stop_logging_time FROM trail_status WHERE trail_name IS NOT NULL ORDER BY trail_name, source_file_id",
    )?;
    // Keys of the trails by name and by ARN.
    let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (key, trail) in trails.iter() {
        for name in [&trail.name, &trail.arn] {
            named.entry(name.clone()).or_default().insert(key.clone());
        }
    }
    for r in Row::all(&answers) {
        let keys = named.get(&r.text("trail_name")).filter(|keys| keys.len() == 1);
        if let Some(trail) = keys.and_then(|keys| trails.get_mut(keys.first()?)) {
            trail.logging = r.flag("is_logging");
            trail.started = r.time("start_logging_time");
            trail.stopped = r.time("stop_logging_time");
            if !trail.said_by.contains(&SaidBy::Status) {
                trail.said_by.push(SaidBy::Status);
            }
        }
    }
    Ok(())
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
            "Settings are as at {} where AWS Config items state them, and as at the time of the export where only answers of the CloudTrail API do. One row for each trail, whatever the number of its copies.",
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
        "{} in {}: {} record every Region and global services, {} write digest files (log file validation), {} encrypt their logs with a KMS key.",
        words::count(trails.len() as u64, "trail", "trails"),
        words::count(accounts.len() as u64, "account", "accounts"),
        count(is_full),
        count(|t| t.validation == Some(true)),
        count(|t| t.key.as_ref().is_some_and(|k| !k.is_empty())),
    );
    let whole = trails.iter().any(|t| is_full(t) && t.organization == Some(true));
    let full: BTreeSet<&str> = trails.iter().filter(|t| is_full(t)).map(|t| t.account.as_str()).collect();
    let without: Vec<String> = input
        .scope
        .accounts
        .iter()
        .filter(|(id, line)| line.expected && !full.contains(id.as_str()))
        .map(|(id, _)| input.account(id))
        .collect();
    if !without.is_empty() {
        let own = if whole { " of their own (a trail of the organisation records every Region)" } else { "" };
        text.push_str(&format!(" Expected accounts without such a trail{own}: {}.", cells::some(&without, 5)));
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
                "{} of {}: {}. AWS Config's item is printed; the answer of the API may be of another time.",
                t.name,
                input.account(&t.account),
                t.differences.join("; ")
            ),
        ));
    }
    let names = |keep: &dyn Fn(&Trail) -> bool| trails.iter().filter(|t| keep(t)).map(|t| t.name.clone()).collect::<Vec<_>>();
    let stopped = names(&|t| t.logging == Some(false));
    if !stopped.is_empty() {
        all.push(Statement::new(StatementTone::Caution, "Not logging at the time of the export", format!("{}.", cells::some(&stopped, 8))));
    }
    let unknown = names(&|t| t.logging.is_none());
    if !unknown.is_empty() {
        all.push(Statement::plain(format!(
            "Whether a trail was logging is not in AWS Config's items. No answer of get-trail-status was delivered for {}.",
            cells::some(&unknown, 8)
        )));
    }
    let unasked = names(&|t| !t.selectors_known);
    if !unasked.is_empty() {
        all.push(Statement::plain(format!(
            "No event selectors were delivered for {}: that it records all management events, and which data events, is not shown. Ask for: aws cloudtrail get-event-selectors.",
            cells::some(&unasked, 8)
        )));
    }
    let recorded: BTreeSet<&str> = trails.iter().filter(|t| t.said_by.contains(&SaidBy::Config)).map(|t| t.arn.as_str()).collect();
    let unrecorded = names(&|t| !recorded.contains(t.arn.as_str()));
    if !recorded.is_empty() && !unrecorded.is_empty() {
        all.push(Statement::plain(format!(
            "Known from describe-trails only, so not in the populations of the controls below: {}.",
            cells::some(&unrecorded, 8)
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
            Column::text("Account"),
            Column::text("Records"),
            Column::text("Management events"),
            Column::text("Data events"),
            Column::text("Digests"),
            Column::text("KMS key"),
            Column::code("Bucket"),
            Column::text("Logging at export"),
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
        let selected = |set: &BTreeSet<String>, none: &str| match (t.selectors_known, set.is_empty()) {
            (false, _) => "not stated".to_owned(),
            (true, true) => none.to_owned(),
            (true, false) => set.iter().cloned().collect::<Vec<_>>().join(", "),
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
            Cell::text(selected(&t.management, "none")),
            Cell::text(selected(&t.data, "none")),
            Cell::text(yes_no(t.validation)),
            Cell::text(yes_no(t.key.as_ref().map(|k| !k.is_empty()))),
            Cell::text(&t.bucket),
            Cell::text(logging),
            Cell::text(t.said_by.iter().map(|by| by.name()).collect::<Vec<_>>().join(", ")),
        ]);
    }
    table.cap(SHOWN);
    table
}
