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

/// Somebody held root's credentials, or tried to.
const USED: &str = "root_use IN ('credentials', 'failed_sign_in', 'recovery_request')";

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
        method: "Each record of identity type Root is of one sort (column root_use), the same in every section and control. MFA is what the sign-in record or the session says; calls with an access key carry none. Central root access (AssumeRoot) stands in its own control.".to_owned(),
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
        if !summary.sorts.is_empty() {
            topic.tables.push(summary.table());
        }
        if summary.listed() > 0 {
            topic.tables.push(events(input, summary.listed())?);
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

/// Sorts of records that root stands behind, as the column `root_use` tells them apart, in words.
const SORTS: [(&str, &str, &str); 7] = [
    ("credentials", "Root's credentials were used", "Somebody held them: sign-ins that succeeded, and calls, refused ones too."),
    ("failed_sign_in", "Failed sign-ins", "Somebody tried; nobody got in by them."),
    ("recovery_request", "Requests to recover the password", "Anybody who knows the address can ask."),
    (
        "task_session",
        "Task sessions of central root access",
        "Opened by AssumeRoot for one task; whose they are is in event-root-assume-root.",
    ),
    ("service", "Services in root's name, and events of services", "Nobody held root's credentials."),
    ("other_record", "Insights, network activity and records delivered anew", "The calls themselves have records of their own."),
    ("not_stated", "Records that cannot tell", "Their exports state no type of identity, and name root or nobody."),
];

struct Summary {
    accounts: Vec<String>,
    /// Records by sort.
    sorts: BTreeMap<String, u64>,
    /// Of the use of credentials:
    changes: u64,
    sign_ins: u64,
    without_mfa: u64,
    with_key: u64,
    refused: u64,
}

impl Summary {
    fn read(input: &Input<'_>) -> Result<Self, EvaluateError> {
        let grid = input.sql(
            "root by sort",
            "SELECT root_use, account_id, SUM(events) AS records, SUM(CASE WHEN is_change THEN events ELSE 0 END) AS changes, \
             SUM(CASE WHEN record_kind = 'sign_in' THEN events ELSE 0 END) AS sign_ins, SUM(CASE WHEN is_long_term_key THEN events ELSE 0 END) AS with_key, \
             SUM(CASE WHEN outcome = 'failure' THEN events ELSE 0 END) AS refused FROM activity WHERE root_use IS NOT NULL \
             GROUP BY root_use, account_id ORDER BY root_use, account_id NULLS LAST",
        )?;
        let without = input.sql(
            "root without MFA",
            "SELECT COUNT(*) AS records FROM cloudtrail_events WHERE root_use = 'credentials' AND record_kind = 'sign_in' AND additional_event_data_mfa_used = 'No'",
        )?;
        let mut sorts: BTreeMap<String, u64> = BTreeMap::new();
        for r in Row::all(&grid) {
            *sorts.entry(r.text("root_use")).or_default() += r.count("records");
        }
        let used = || Row::all(&grid).filter(|r| r.text("root_use") == "credentials");
        let total = |name: &str| used().map(|r| r.count(name)).sum::<u64>();
        Ok(Self {
            accounts: used().map(|r| r.text("account_id")).collect(),
            sorts,
            changes: total("changes"),
            sign_ins: total("sign_ins"),
            without_mfa: Row::all(&without).map(|r| r.count("records")).sum(),
            with_key: total("with_key"),
            refused: total("refused"),
        })
    }

    fn of(&self, sort: &str) -> u64 {
        self.sorts.get(sort).copied().unwrap_or_default()
    }

    /// Records that are listed one by one.
    fn listed(&self) -> u64 {
        ["credentials", "failed_sign_in", "recovery_request"].into_iter().map(|sort| self.of(sort)).sum()
    }

    fn table(&self) -> Table {
        let columns = vec![Column::text("Records of root"), Column::number("Records"), Column::text("What they show")];
        let mut table = Table::new("soc2-root-sorts", "What stands behind the records of root", columns);
        for (sort, name, what) in SORTS {
            // The first row is the answer, also when it is 0.
            if self.of(sort) > 0 || sort == "credentials" {
                table.push(vec![Cell::text(name), Cell::count(self.of(sort)), Cell::text(what)]);
            }
        }
        table
    }

    fn lead(&self, input: &Input<'_>) -> String {
        let (used, open) = (self.of("credentials"), self.of("not_stated"));
        let unknown = format!(
            "{} from exports that state no type of identity, and name root or nobody: the undetermined rows of event-root-activity.",
            words::count(open, "event comes", "events come")
        );
        if used == 0 {
            return if open > 0 {
                format!("Whether root was used is not known. {unknown}")
            } else {
                "No use of root's credentials is in the records delivered.".to_owned()
            };
        }
        let seen = input.scope.accounts.values().filter(|a| a.seen_in.contains("CloudTrail")).count();
        let named: Vec<String> = self.accounts.iter().map(|a| input.account(a)).collect();
        let mut parts = Vec::new();
        if self.sign_ins > 0 {
            let mfa = if self.without_mfa > 0 { format!(", {} without MFA", words::thousands(self.without_mfa)) } else { String::new() };
            parts.push(format!("{}{mfa}", words::count(self.sign_ins, "console sign-in", "console sign-ins")));
        }
        if self.changes > 0 {
            parts.push(words::count(self.changes, "change", "changes"));
        }
        if self.with_key > 0 {
            parts.push(format!("{} with a long-term access key", words::count(self.with_key, "call", "calls")));
        }
        if self.refused > 0 {
            parts.push(format!("{} refused", words::count(self.refused, "call", "calls")));
        }
        format!(
            "Root's credentials were used in {} of {} with events ({}): {}{}.{}",
            words::thousands(self.accounts.len() as u64),
            words::count(seen.max(self.accounts.len()) as u64, "account", "accounts"),
            cells::some(&named, 4),
            words::count(used, "event", "events"),
            if parts.is_empty() { String::new() } else { format!(", among them {}", parts.join(", ")) },
            if open > 0 { format!(" Whether root made more is not known: {unknown}") } else { String::new() }
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
        "Use of root's credentials, failed sign-ins and requests, one by one",
        vec![
            Column::date("When"),
            Column::text("Account").accounts(),
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
            "SELECT account_id, event_time FROM cloudtrail_events WHERE root_use = 'credentials' ORDER BY account_id NULLS LAST, event_time LIMIT {DRAWN}"
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
            Column::text("Account").accounts(),
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
