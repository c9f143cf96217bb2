//! Use of the root users: who says when, from where, and with which factor.

use std::collections::BTreeMap;

use super::super::{Input, words};
use super::cells::{self, Row, yes_no};
use crate::evaluate::EvaluateError;
use crate::report::model::{Cell, Chart, ChartData, Column, ControlResult, Statement, StatementTone, Table, Tone, Topic, WindowRow};

const CONTROLS: [&str; 10] = [
    "event-root-activity",
    "event-root-console-login",
    "event-root-no-mfa",
    "event-root-access-key-created",
    "event-root-assume-root",
    "event-root-email-changed",
    "iam-root-access-key",
    "iam-root-mfa",
    "iam-root-hardware-mfa",
    "iam-root-recent-use",
];
/// Events listed.
const SHOWN: usize = 25;
/// Marks drawn.
const DRAWN: usize = 400;

/// A person or program held root's credentials: services that act in its name are left out.
const USED: &str = "user_identity_type = 'Root' AND user_identity_invoked_by IS NULL AND COALESCE(event_type, '') <> 'AwsServiceEvent'";

/// The topic.
///
/// # Errors
/// When a query of ours fails.
pub fn topic(
    input: &Input<'_>,
    controls: &BTreeMap<String, ControlResult>,
    charts: &mut BTreeMap<String, Chart>,
) -> Result<Topic, EvaluateError> {
    let mut topic = Topic {
        id: "root-use".to_owned(),
        title: "Use of root".to_owned(),
        controls: cells::known(controls, &CONTROLS),
        method: "Events of identity type Root; calls that services make in root's name and service events are counted apart. MFA is what the sign-in record or the session says; calls with an access key carry none. Central root access (AssumeRoot) stands in its own control.".to_owned(),
        ..Topic::default()
    };
    let (credentials, reports) = credentials(input)?;
    if input.scope.events == 0 && reports == 0 {
        topic.not_tested = format!(
            "{} For root's keys and factors: aws iam get-credential-report, in each account.",
            cells::no_events(input).unwrap_or_default()
        );
        return Ok(topic);
    }
    if input.scope.events > 0 {
        let summary = Summary::read(input)?;
        topic.lead = summary.lead(input);
        if summary.events > 0 {
            topic.tables.push(events(input, summary.events)?);
            if let Some(chart) = chart(input)? {
                topic.charts.push(chart.id.clone());
                charts.insert(chart.id.clone(), chart);
            }
        }
        let gaps = cells::gaps(input);
        if !gaps.is_empty() {
            topic.statements.push(Statement::plain(gaps));
        }
    } else {
        topic.statements.push(Statement::new(
            StatementTone::Warning,
            "Use in the period was not tested",
            cells::no_events(input).unwrap_or_default(),
        ));
    }
    if reports > 0 {
        topic.tables.push(credentials);
    } else {
        topic.statements.push(Statement::new(
            StatementTone::Warning,
            "Root's keys and factors were not tested",
            "No IAM credential report was delivered. Ask for: aws iam generate-credential-report, then aws iam get-credential-report, in each account.",
        ));
    }
    Ok(topic)
}

struct Summary {
    accounts: Vec<String>,
    events: u64,
    writes: u64,
    sign_ins: u64,
    without_mfa: u64,
    with_key: u64,
    failed: u64,
    by_services: u64,
    /// Events that root may have made: their export states no type of identity.
    open: u64,
}

impl Summary {
    fn read(input: &Input<'_>) -> Result<Self, EvaluateError> {
        let sum = |condition: &str, name: &str| format!("CAST(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END) AS BIGINT) AS {name}");
        let text = format!(
            "SELECT account_id, {}, {}, {}, {}, {}, {}, {} FROM cloudtrail_events WHERE user_identity_type = 'Root' GROUP BY account_id ORDER BY account_id NULLS LAST",
            sum(USED, "used"),
            sum(&format!("{USED} AND is_write AND event_name <> 'ConsoleLogin' AND outcome = 'success'"), "writes"),
            sum(&format!("{USED} AND event_name = 'ConsoleLogin' AND outcome = 'success'"), "sign_ins"),
            sum(
                &format!("{USED} AND event_name = 'ConsoleLogin' AND outcome = 'success' AND additional_event_data_mfa_used = 'No'"),
                "without_mfa"
            ),
            sum(&format!("{USED} AND is_long_term_key"), "with_key"),
            sum(&format!("{USED} AND outcome = 'failure'"), "failed"),
            sum("user_identity_invoked_by IS NOT NULL OR COALESCE(event_type, '') = 'AwsServiceEvent'", "by_services"),
        );
        let grid = input.sql("root use", &text)?;
        let open = input.sql("root not known", cells::MAYBE_ROOT)?;
        let total = |name: &str| Row::all(&grid).map(|r| r.count(name)).sum::<u64>();
        Ok(Self {
            accounts: Row::all(&grid).filter(|r| r.count("used") > 0).map(|r| r.text("account_id")).collect(),
            events: total("used"),
            writes: total("writes"),
            sign_ins: total("sign_ins"),
            without_mfa: total("without_mfa"),
            with_key: total("with_key"),
            failed: total("failed"),
            by_services: total("by_services"),
            open: Row::all(&open).map(|r| r.count("events")).sum(),
        })
    }

    fn lead(&self, input: &Input<'_>) -> String {
        let services = if self.by_services > 0 {
            format!(" {} of AWS services in root's name are left out.", words::count(self.by_services, "event", "events"))
        } else {
            String::new()
        };
        let open = words::count(self.open, "event", "events");
        if self.events == 0 && self.open > 0 {
            return format!(
                "Whether root was used is not known: {open} come from exports that state no type of identity, and name root or nobody. They are the undetermined rows of event-root-activity.{services}"
            );
        }
        let services = if self.open > 0 {
            format!("{services} Of {open} more it is not known whether root made them: their exports state no type of identity.")
        } else {
            services
        };
        if self.events == 0 {
            return format!("No use of root is in the records delivered.{services}");
        }
        let seen = input.scope.accounts.values().filter(|a| a.seen_in.contains("CloudTrail")).count();
        let named: Vec<String> = self.accounts.iter().map(|a| input.account(a)).collect();
        let mut parts = Vec::new();
        if self.sign_ins > 0 {
            let mfa = if self.without_mfa > 0 { format!(", {} without MFA", words::thousands(self.without_mfa)) } else { String::new() };
            parts.push(format!("{}{mfa}", words::count(self.sign_ins, "console sign-in", "console sign-ins")));
        }
        if self.writes > 0 {
            parts.push(words::count(self.writes, "call that changes something", "calls that change something"));
        }
        if self.with_key > 0 {
            parts.push(format!("{} with a long-term access key", words::count(self.with_key, "call", "calls")));
        }
        if self.failed > 0 {
            parts.push(format!("{} failed", words::thousands(self.failed)));
        }
        format!(
            "Root was used in {} of {} with events ({}): {}{}.{services}",
            words::thousands(self.accounts.len() as u64),
            words::count(seen.max(self.accounts.len()) as u64, "account", "accounts"),
            cells::some(&named, 4),
            words::count(self.events, "event", "events"),
            if parts.is_empty() { String::new() } else { format!(", among them {}", parts.join(", ")) }
        )
    }
}

fn events(input: &Input<'_>, total: u64) -> Result<Table, EvaluateError> {
    let grid = input.sql(
        "root events",
        &format!(
            "SELECT event_time, account_id, aws_region, event_name, event_source, outcome, additional_event_data_mfa_used, session_mfa_authenticated, is_long_term_key, \
             user_identity_access_key_id, source_ip_address, source_file_id, source_record FROM cloudtrail_events WHERE {USED} ORDER BY event_time, event_id LIMIT {SHOWN}"
        ),
    )?;
    let mut table = Table::new(
        "soc2-root-events",
        "Use of root in the period",
        vec![
            Column::date("When"),
            Column::text("Account"),
            Column::code("Event"),
            Column::text("Service"),
            Column::text("MFA"),
            Column::text("Credential"),
            Column::code("From"),
            Column::text("Result"),
            Column::code("Record"),
        ],
    );
    for r in Row::all(&grid) {
        let mfa = match (r.text("additional_event_data_mfa_used").as_str(), r.flag("session_mfa_authenticated")) {
            ("Yes", _) => "yes",
            ("No", _) => "no",
            (_, flag) => yes_no(flag),
        };
        let key = r.text("user_identity_access_key_id");
        let credential = match (r.flag("is_long_term_key"), key.is_empty(), r.text("event_name").as_str()) {
            (Some(true), _, _) => format!("access key {key}"),
            (_, _, "ConsoleLogin") => "password".to_owned(),
            (_, false, _) => "session".to_owned(),
            _ => "not stated".to_owned(),
        };
        table.push(vec![
            Cell::text(r.moment(input, "event_time")),
            Cell::text(input.account(&r.text("account_id"))),
            Cell::text(r.text("event_name")),
            Cell::text(r.text("event_source").trim_end_matches(".amazonaws.com")),
            Cell::text(mfa),
            Cell::text(credential),
            Cell::text(r.text("source_ip_address")),
            Cell::text(r.text("outcome")),
            Cell::text(r.record()),
        ]);
    }
    table.total = total;
    table.workpaper = input.workpaper("event-root-activity");
    Ok(table)
}

/// When root was used, by account.
fn chart(input: &Input<'_>) -> Result<Option<Chart>, EvaluateError> {
    let grid = input.sql(
        "root days",
        &format!(
            "SELECT account_id, event_time FROM cloudtrail_events WHERE {USED} ORDER BY account_id NULLS LAST, event_time LIMIT {DRAWN}"
        ),
    )?;
    let days = cells::days(input);
    let mut rows: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for r in Row::all(&grid) {
        let Some(at) = r.time("event_time") else { continue };
        let from = cells::day(input, at);
        let to = (from + 0.5).min(f64::from(days));
        let windows = rows.entry(r.text("account_id")).or_default();
        match windows.last_mut() {
            // Uses within a day are drawn as one mark.
            Some(last) if from - last.0 <= 1.0 => last.1 = last.1.max(to),
            _ => windows.push((from, to)),
        }
    }
    if rows.is_empty() {
        return Ok(None);
    }
    let named: Vec<String> =
        rows.iter().map(|(a, w)| format!("{} on {}", input.account(a), words::count(w.len() as u64, "occasion", "occasions"))).collect();
    Ok(Some(Chart {
        id: "soc2-root-use".to_owned(),
        title: "When root was used".to_owned(),
        caption: "A mark is at least half a day wide so that it can be seen.".to_owned(),
        alt: format!("Root was used in {}.", named.join("; ")),
        unit: String::new(),
        half: false,
        data: ChartData::Windows {
            from: input.period.from.clone(),
            days,
            rows: rows
                .into_iter()
                .map(|(account, windows)| WindowRow { label: input.account(&account), windows, tone: Tone::Critical })
                .collect(),
        },
    }))
}

/// What the credential reports say of root, the latest report of each account; and how many accounts have one.
fn credentials(input: &Input<'_>) -> Result<(Table, u64), EvaluateError> {
    let grid = input.sql(
        "root credentials",
        "SELECT account_id, mfa_active, access_key_1_active, access_key_2_active, access_key_1_last_used_at, access_key_2_last_used_at, password_last_used_at, report_generated_at \
         FROM iam_credentials WHERE is_root ORDER BY account_id NULLS LAST, report_generated_at NULLS FIRST, source_file_id",
    )?;
    let mut latest: BTreeMap<String, Row<'_>> = BTreeMap::new();
    for r in Row::all(&grid) {
        latest.insert(r.text("account_id"), r);
    }
    let mut table = Table::new(
        "soc2-root-credentials",
        "Root in the IAM credential reports",
        vec![
            Column::text("Account"),
            Column::text("MFA"),
            Column::text("Active access keys"),
            Column::date("Password last used"),
            Column::date("Keys last used"),
            Column::date("Report generated"),
        ],
    );
    for (account, r) in &latest {
        let keys = [r.flag("access_key_1_active"), r.flag("access_key_2_active")];
        let active = keys.iter().filter(|k| **k == Some(true)).count() as u64;
        let used = [r.time("access_key_1_last_used_at"), r.time("access_key_2_last_used_at")].into_iter().flatten().max();
        table.push(vec![
            Cell::text(input.account(account)),
            Cell::text(yes_no(r.flag("mfa_active"))),
            if keys.iter().all(Option::is_none) { Cell::text("not stated") } else { Cell::count(active) },
            Cell::text(r.moment(input, "password_last_used_at")),
            Cell::text(used.map(|t| words::moment(t, &input.period.zone)).unwrap_or_default()),
            Cell::text(r.moment(input, "report_generated_at")),
        ]);
    }
    Ok((table, latest.len() as u64))
}
