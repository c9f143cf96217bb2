//! The buckets that keep the trails' logs: whether what they hold can be altered.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Input, words};
use super::cells::{self, Row, yes_no};
use super::trails::Trail;
use crate::evaluate::EvaluateError;
use crate::report::model::{Cell, Column, ControlResult, Facet, Kpi, Statement, StatementTone, Table, Topic};

const CONTROLS: [&str; 5] = [
    "s3-audit-bucket-object-lock",
    "s3-trail-bucket-not-public",
    "s3-trail-bucket-access-logging",
    "event-trail-bucket-changed",
    "event-log-bucket-tampering",
];
/// Changes listed.
const SHOWN: usize = 20;

struct Bucket {
    name: String,
    trails: Vec<String>,
    account: String,
    region: String,
    mode: String,
    days: u64,
    locked: bool,
    versioning: String,
    mfa_delete: Option<bool>,
    blocked: u8,
    access_log: String,
    captured: String,
    recorded: bool,
}

impl Bucket {
    /// Object Lock in compliance mode for as long as the engagement asks.
    fn is_immutable(&self, min: u64) -> bool {
        self.recorded && self.locked && self.mode == "COMPLIANCE" && self.days >= min
    }

    fn lock(&self) -> String {
        match (self.recorded, self.locked, self.mode.as_str()) {
            (false, _, _) => "not tested".to_owned(),
            (true, false, _) => "off".to_owned(),
            (true, true, "none" | "") => "on, no default retention".to_owned(),
            (true, true, mode) => format!("{mode}, {} days", words::thousands(self.days)),
        }
    }
}

/// The topic.
///
/// # Errors
/// When a query of ours fails.
pub fn topic(input: &Input<'_>, controls: &BTreeMap<String, ControlResult>, trails: &[Trail]) -> Result<Topic, EvaluateError> {
    let mut topic = Topic {
        id: "log-buckets".to_owned(),
        title: "Immutable log buckets".to_owned(),
        controls: cells::known(controls, &CONTROLS),
        method: "The bucket of each trail is looked up among the recorded buckets by its name. A default retention covers objects written after it was set; that it was set all along is not in the item of one date. Replicas of a bucket are not followed.".to_owned(),
        ..Topic::default()
    };
    let names: BTreeSet<&str> = trails.iter().map(|t| t.bucket.as_str()).filter(|b| !b.is_empty()).collect();
    if names.is_empty() {
        topic.not_tested = "No trail that names its bucket was delivered, so the buckets of the logs are not known. Ask for: aws cloudtrail describe-trails, or AWS Config items of AWS::CloudTrail::Trail.".to_owned();
        return Ok(topic);
    }
    let buckets = read(input, trails, &names)?;
    let min = u64::try_from(input.engagement.thresholds.min_retention()).unwrap_or(0);
    let (changes, total) = changes(input, &names)?;
    topic.lead = lead(&buckets, trails.len(), min, total);
    topic.kpis = buckets
        .iter()
        .take(4)
        .map(|b| Kpi {
            value: b.lock(),
            raw: None,
            label: format!("Object Lock of {}", b.name),
            note: format!("logs of {}", cells::some(&b.trails, 2)),
        })
        .collect();
    topic.statements = statements(input, trails, &buckets)?;
    topic.tables.push(table(input, &buckets));
    if input.scope.events > 0 {
        topic.tables.push(changes);
    } else {
        topic.statements.push(Statement::new(
            StatementTone::Warning,
            "Changes to the buckets were not tested",
            cells::no_events(input).unwrap_or_default(),
        ));
    }
    Ok(topic)
}

fn read(input: &Input<'_>, trails: &[Trail], names: &BTreeSet<&str>) -> Result<Vec<Bucket>, EvaluateError> {
    let grid = input.sql(
        "log buckets",
        &format!(
            "SELECT resource_name, account_id, region, versioning_status, mfa_delete, object_lock, object_lock_mode, object_lock_days, object_lock_years, \
             block_public_acls, ignore_public_acls, block_public_policy, restrict_public_buckets, logging_bucket, captured_at \
             FROM s3_buckets WHERE resource_name IN ({}) ORDER BY resource_name, account_id NULLS LAST",
            cells::list(names.iter().copied())
        ),
    )?;
    let mut found: BTreeMap<String, Row<'_>> = BTreeMap::new();
    for row in Row::all(&grid) {
        found.entry(row.text("resource_name")).or_insert(row);
    }
    Ok(names
        .iter()
        .map(|name| {
            let trails: Vec<String> = trails.iter().filter(|t| t.bucket == *name).map(|t| t.name.clone()).collect();
            let mut bucket = Bucket {
                name: (*name).to_owned(),
                trails,
                account: String::new(),
                region: String::new(),
                mode: String::new(),
                days: 0,
                locked: false,
                versioning: "not tested".to_owned(),
                mfa_delete: None,
                blocked: 0,
                access_log: "not tested".to_owned(),
                captured: String::new(),
                recorded: false,
            };
            let Some(r) = found.get(*name) else { return bucket };
            let flags = ["block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"];
            bucket.recorded = true;
            bucket.account = r.text("account_id");
            bucket.region = r.text("region");
            bucket.locked = r.text("object_lock") == "Enabled";
            bucket.mode = r.text("object_lock_mode");
            bucket.days = r.count("object_lock_days") + r.count("object_lock_years") * 365;
            bucket.versioning = r.text("versioning_status");
            bucket.mfa_delete = r.flag("mfa_delete");
            bucket.blocked = flags.iter().map(|f| u8::from(r.flag(f) == Some(true))).sum();
            bucket.access_log = r.text("logging_bucket");
            bucket.captured = r.moment(input, "captured_at");
            bucket
        })
        .collect())
}

fn lead(buckets: &[Bucket], trails: usize, min: u64, changes: u64) -> String {
    let names = |keep: &dyn Fn(&Bucket) -> bool| {
        buckets.iter().filter(|b| keep(b)).map(|b| format!("{} ({})", b.name, b.lock())).collect::<Vec<_>>()
    };
    let good = names(&|b| b.is_immutable(min));
    let bad = names(&|b| b.recorded && !b.is_immutable(min));
    let unknown: Vec<String> = buckets.iter().filter(|b| !b.recorded).map(|b| b.name.clone()).collect();
    let mut text = format!(
        "{} the logs of {}.",
        if buckets.len() == 1 {
            "One bucket receives".to_owned()
        } else {
            format!("{} buckets receive", words::thousands(buckets.len() as u64))
        },
        words::count(trails as u64, "trail", "trails"),
    );
    let tested = good.len() + bad.len();
    if tested > 0 {
        let of = format!("{} of {}", words::thousands(good.len() as u64), words::thousands(tested as u64));
        let names = if good.is_empty() { String::new() } else { format!(", {}", cells::some(&good, 3)) };
        text.push_str(&format!(" Object Lock in compliance mode for at least {} days: {of}{names}.", words::thousands(min)));
    }
    if !bad.is_empty() {
        text.push_str(&format!(" Not so: {}.", cells::some(&bad, 3)));
    }
    if !unknown.is_empty() {
        text.push_str(&format!(" No item was delivered of {}: not tested.", cells::some(&unknown, 3)));
    }
    if changes > 0 {
        text.push_str(&format!(" {} to these buckets in the period.", words::count(changes, "change", "changes")));
    }
    text
}

/// Whether the deletion of log objects would show, and whether it does.
fn statements(input: &Input<'_>, trails: &[Trail], buckets: &[Bucket]) -> Result<Vec<Statement>, EvaluateError> {
    let mut all = Vec::new();
    let missing: Vec<String> = buckets.iter().filter(|b| !b.recorded).map(|b| b.name.clone()).collect();
    if !missing.is_empty() {
        all.push(Statement::new(
            StatementTone::Warning,
            "Buckets not in the input",
            format!(
                "{}: no AWS Config item of the bucket was delivered; it may belong to an account outside the scope. Ask for a snapshot of the account that owns it.",
                cells::some(&missing, 5)
            ),
        ));
    }
    if input.scope.events == 0 {
        return Ok(all);
    }
    // Buckets whose objects a trail's selectors name, by the account it records: a trail of the bucket's own account records
    // what happens to its objects; other accounts' trails do not.
    let mut selected: BTreeSet<(Option<&str>, &str)> = BTreeSet::new();
    for trail in trails {
        let account = (trail.organization != Some(true)).then_some(trail.account.as_str());
        for value in &trail.s3_values {
            let every = matches!(value.as_str(), "" | "*" | "arn:aws:s3" | "arn:aws:s3:::");
            let bucket = value.strip_prefix("arn:aws:s3:::").and_then(|rest| rest.split_once('/')).map(|(bucket, _)| bucket);
            selected.extend(if every { Some("*") } else { bucket }.map(|bucket| (account, bucket)));
        }
    }
    let is_seen = |b: &Bucket| {
        [None, Some(b.account.as_str())]
            .into_iter()
            .any(|account| ["*", b.name.as_str()].into_iter().any(|name| selected.contains(&(account, name))))
    };
    let unseen: Vec<String> = buckets.iter().filter(|b| !is_seen(b)).map(|b| b.name.clone()).collect();
    let names = cells::list(buckets.iter().map(|b| b.name.as_str()));
    let deleted = input.sql(
        "log objects deleted",
        &format!(
            "SELECT CAST(COUNT(*) AS BIGINT) AS events FROM cloudtrail_events WHERE request_parameters_bucket_name IN ({names}) \
             AND event_name IN ('DeleteObject', 'DeleteObjects', 'DeleteObjectVersion') AND outcome = 'success'"
        ),
    )?;
    let deleted = Row::all(&deleted).next().map_or(0, |r| r.count("events"));
    if deleted > 0 {
        all.push(Statement::new(
            StatementTone::Caution,
            "Log objects were deleted",
            format!("{} in these buckets succeeded in the period.", words::count(deleted, "deletion of objects", "deletions of objects")),
        ));
    } else if unseen.len() < buckets.len() {
        all.push(Statement::plain("No deletion of an object in these buckets is in the records delivered.".to_owned()));
    }
    if !unseen.is_empty() {
        all.push(Statement::plain(format!(
            "Deletions of log objects were not tested for {}: no event selector delivered asks for data events of the bucket in its own account.",
            cells::some(&unseen, 5)
        )));
    }
    Ok(all)
}

fn table(input: &Input<'_>, buckets: &[Bucket]) -> Table {
    let mut table = Table::new(
        "soc2-log-buckets",
        "Buckets that receive the trails' logs",
        vec![
            Column::code("Bucket"),
            Column::text("Account and Region"),
            Column::text("Logs of"),
            Column::text("Object Lock"),
            Column::text("Versioning"),
            Column::text("MFA delete"),
            Column::text("Public access blocked"),
            Column::text("Access log to"),
            Column::date("Item captured"),
        ],
    );
    for b in buckets {
        let own = |text: String| if b.recorded { text } else { "not tested".to_owned() };
        table.push(vec![
            Cell::text(&b.name),
            Cell::text(if b.recorded { format!("{} {}", input.account(&b.account), b.region) } else { "not in the input".to_owned() })
                .about(Facet::Account, [&b.account])
                .about(Facet::Region, [&b.region]),
            Cell::text(cells::some(&b.trails, 4)),
            Cell::text(b.lock()),
            Cell::text(&b.versioning),
            Cell::text(own(yes_no(b.mfa_delete).to_owned())),
            Cell::text(own(format!("{} of 4 settings", b.blocked))),
            Cell::text(&b.access_log),
            Cell::text(&b.captured),
        ]);
    }
    table
}

/// Successful writes, other than of objects, that name one of the buckets.
fn changes(input: &Input<'_>, names: &BTreeSet<&str>) -> Result<(Table, u64), EvaluateError> {
    let condition = format!(
        "request_parameters_bucket_name IN ({}) AND is_write AND outcome = 'success' AND NOT is_service_noise AND COALESCE(event_category, '') <> 'Data'",
        cells::list(names.iter().copied())
    );
    let grid = input.sql(
        "log bucket changes",
        &format!(
            "SELECT event_time, account_id, event_name, request_parameters_bucket_name, principal, session_name, source_ip_address, source_file_id, source_record \
             FROM cloudtrail_events WHERE {condition} ORDER BY event_time, event_id LIMIT {SHOWN}"
        ),
    )?;
    let total = input
        .sql("log bucket changes in all", &format!("SELECT CAST(COUNT(*) AS BIGINT) AS events FROM cloudtrail_events WHERE {condition}"))?;
    let total = Row::all(&total).next().map_or(0, |r| r.count("events"));
    let mut table = Table::new(
        "soc2-log-bucket-changes",
        "Changes to these buckets in the period",
        vec![
            Column::date("When"),
            Column::code("Event"),
            Column::code("Bucket"),
            Column::code("Actor"),
            Column::text("Account").accounts(),
            Column::code("From"),
            Column::code("Record"),
        ],
    )
    .or_empty("No successful change to these buckets is in the records delivered.");
    for r in Row::all(&grid) {
        table.push(vec![
            Cell::text(r.moment(input, "event_time")),
            Cell::text(r.text("event_name")),
            Cell::text(r.text("request_parameters_bucket_name")),
            Cell::text(words::actor(&r.text("principal"), &r.text("session_name"))),
            Cell::text(input.account(&r.text("account_id"))),
            Cell::text(r.text("source_ip_address")),
            Cell::text(r.record()),
        ]);
    }
    table.total = total;
    Ok((table, total))
}
