//! Assembles populations and access: who accessed what, changes, refused calls.

use std::collections::BTreeMap;

use super::{Input, words};
use crate::evaluate::{EvaluateError, Grid, Value};
use crate::report::model::{Bar, Cell, Chart, ChartData, Column, SeriesKey, Statement, Table, Tone, Topic, TopicSection};

/// Principals printed; the workpaper of the extract holds all.
const SHOWN: usize = 25;

/// The section.
pub(super) fn section(input: &Input<'_>, charts: &mut BTreeMap<String, Chart>) -> Result<TopicSection, EvaluateError> {
    if input.scope.events == 0 {
        let topic = Topic {
            id: "access-people".to_owned(),
            title: "Who accessed what".to_owned(),
            not_tested: "No CloudTrail event of the period was delivered. Ask for the log files of the trail for every account and Region."
                .to_owned(),
            ..Topic::default()
        };
        return Ok(TopicSection { topics: vec![topic], ..TopicSection::default() });
    }
    let noise = total(&input.sql("noise", "SELECT SUM(events) AS value FROM activity WHERE is_service_noise")?);
    let own = total(&input.sql("own", "SELECT SUM(events) AS value FROM activity WHERE NOT is_service_noise")?);
    let lead = format!(
        "{} events were caused by people, roles and programs of the client. {} more were made by AWS services and service-linked roles; they are counted apart and left out below.",
        words::thousands(own),
        words::thousands(noise)
    );
    let topics =
        vec![people(input)?, roles(input)?, changes(input, charts)?, services(input, charts)?, refused(input)?, hours(input, charts)?];
    Ok(TopicSection { lead, statements: Vec::new(), topics })
}

fn total(grid: &Grid) -> u64 {
    grid.rows.first().map_or(0, |r| number(grid.get(r, &["value"])))
}

fn number(value: &Value) -> u64 {
    if let Value::Int(n) = value { u64::try_from(*n).unwrap_or(0) } else { 0 }
}

fn time(input: &Input<'_>, value: &Value) -> Cell {
    if let Value::Time(t) = value { Cell::text(words::moment(*t, &input.period.zone)) } else { Cell::text("") }
}

/// By account, principal and session: the first addresses and how many there are.
type Addresses = BTreeMap<(String, String, String), (Vec<String>, u64)>;

/// Source addresses by account, principal and session: the first few and how many there are.
fn addresses(input: &Input<'_>) -> Result<Addresses, EvaluateError> {
    let grid = input.sql(
        "addresses",
        "SELECT account_id, principal, session_name, source_ip_address, SUM(events) AS events FROM principal_sources
         GROUP BY account_id, principal, session_name, source_ip_address
         ORDER BY events DESC NULLS LAST, source_ip_address NULLS LAST",
    )?;
    let mut all = Addresses::new();
    for row in &grid.rows {
        let text = |name: &str| grid.get(row, &[name]).to_text();
        let entry = all.entry((text("account_id"), text("principal"), text("session_name"))).or_default();
        entry.1 += 1;
        if entry.0.len() < 2 {
            entry.0.push(text("source_ip_address"));
        }
    }
    Ok(all)
}

fn listed(found: Option<&(Vec<String>, u64)>) -> String {
    match found {
        None => String::new(),
        Some((first, n)) if *n as usize > first.len() => {
            format!("{} and {} more", first.join(", "), words::thousands(n - first.len() as u64))
        }
        Some((first, _)) => first.join(", "),
    }
}

fn columns(who: &str) -> Vec<Column> {
    vec![
        Column::code(who),
        Column::text("Account"),
        Column::number("Events"),
        Column::number("Writes"),
        Column::number("Services"),
        Column::number("Refused"),
        Column::date("First seen"),
        Column::date("Last seen"),
        Column::code("From"),
    ]
}

const MEASURES: &str = "SUM(events) AS events, SUM(CASE WHEN is_write THEN events ELSE CAST(0 AS BIGINT) END) AS writes, COUNT(DISTINCT event_source) AS services,
    SUM(CASE WHEN outcome = 'failure' THEN events ELSE CAST(0 AS BIGINT) END) AS refused, MIN(first_seen) AS first_seen, MAX(last_seen) AS last_seen";

fn people(input: &Input<'_>) -> Result<Topic, EvaluateError> {
    let grid = input.sql(
        "people",
        &format!(
            "SELECT session_name, principal, account_id, user_identity_type, {MEASURES} FROM activity
             WHERE actor_class IN ('human_federated', 'human_iam_user', 'root', 'iac') AND NOT is_service_noise
             GROUP BY session_name, principal, account_id, user_identity_type ORDER BY writes DESC NULLS LAST, events DESC NULLS LAST, session_name NULLS LAST, principal NULLS LAST, account_id NULLS LAST"
        ),
    )?;
    let from = addresses(input)?;
    let mut table =
        Table::new("access-people-table", "People by write actions; sessions of a role are told apart by their name", columns("Person"))
            .or_empty("No person was seen in the events of the period.");
    for row in &grid.rows {
        let text = |name: &str| grid.get(row, &[name]).to_text();
        let key = (text("account_id"), text("principal"), text("session_name"));
        let role = key.1.rsplit('/').next().unwrap_or("").to_owned();
        let who = if key.2.is_empty() || role == key.2 { role } else { format!("{} ({role})", key.2) };
        table.push(vec![
            Cell::text(who),
            Cell::text(input.account(&key.0)),
            Cell::count(number(grid.get(row, &["events"]))),
            Cell::count(number(grid.get(row, &["writes"]))),
            Cell::count(number(grid.get(row, &["services"]))),
            Cell::count(number(grid.get(row, &["refused"]))),
            time(input, grid.get(row, &["first_seen"])),
            time(input, grid.get(row, &["last_seen"])),
            Cell::text(listed(from.get(&key))),
        ]);
    }
    table.workpaper = input.workpaper("event-access-review-usage");
    table.cap(SHOWN);
    Ok(Topic {
        id: "access-people".to_owned(),
        title: "People".to_owned(),
        lead: format!(
            "{} were seen: federated sessions named by a person, IAM users, root, and people working through infrastructure code.",
            words::count(grid.rows.len() as u64, "person and account", "combinations of person, role and account")
        ),
        statements: vec![Statement::plain(
            "For everything one principal did: sixpillars query \"SELECT event_time, event_source, event_name, aws_region, source_ip_address, outcome FROM cloudtrail_events WHERE principal = 'ARN' ORDER BY event_time NULLS LAST\" --store evidence --format csv",
        )],
        tables: vec![table],
        extracts: existing(input, &["event-access-review-usage", "event-privileged-role-assumed", "event-break-glass-used", "event-user-created", "event-user-deleted"]),
        method: "A person is taken from the session name or user name. MFA is not judged here: for federated sign-ins it happens at the identity provider.".to_owned(),
        ..Topic::default()
    })
}

fn roles(input: &Input<'_>) -> Result<Topic, EvaluateError> {
    let grid = input.sql(
        "roles",
        &format!(
            "SELECT principal, account_id, actor_class, {MEASURES} FROM activity
             WHERE actor_class IN ('workload_role', 'external_account', 'unknown') AND NOT is_service_noise
             GROUP BY principal, account_id, actor_class ORDER BY writes DESC NULLS LAST, events DESC NULLS LAST, principal NULLS LAST, account_id NULLS LAST"
        ),
    )?;
    let mut columns = columns("Principal");
    columns.pop();
    columns.insert(1, Column::text("Kind"));
    let mut table = Table::new("access-roles-table", "Roles and other principals by write actions", columns).or_empty("None was seen.");
    for row in &grid.rows {
        let text = |name: &str| grid.get(row, &[name]).to_text();
        table.push(vec![
            Cell::text(text("principal").rsplit('/').next().unwrap_or("").to_owned()),
            Cell::text(text("actor_class").replace('_', " ")),
            Cell::text(input.account(&text("account_id"))),
            Cell::count(number(grid.get(row, &["events"]))),
            Cell::count(number(grid.get(row, &["writes"]))),
            Cell::count(number(grid.get(row, &["services"]))),
            Cell::count(number(grid.get(row, &["refused"]))),
            time(input, grid.get(row, &["first_seen"])),
            time(input, grid.get(row, &["last_seen"])),
        ]);
    }
    table.cap(SHOWN);
    Ok(Topic {
        id: "access-roles".to_owned(),
        title: "Roles and programs".to_owned(),
        lead: format!("{} acted without a person's session name.", words::count(grid.rows.len() as u64, "principal", "principals")),
        tables: vec![table],
        extracts: existing(input, &["event-role-created", "event-instance-credentials-outside", "event-who-accessed-data"]),
        ..Topic::default()
    })
}

#[expect(clippy::cast_precision_loss, reason = "for drawing")]
fn bars(id: &str, title: &str, unit: &str, rows: &[(String, u64)]) -> Chart {
    let bars: Vec<Bar> =
        rows.iter().map(|(label, n)| Bar { label: label.clone(), parts: vec![*n as f64], text: words::thousands(*n) }).collect();
    let alt: Vec<String> = rows.iter().take(6).map(|(l, n)| format!("{l} {}", words::thousands(*n))).collect();
    Chart {
        id: id.to_owned(),
        title: title.to_owned(),
        caption: String::new(),
        alt: format!("{title}: {}.", alt.join(", ")),
        unit: unit.to_owned(),
        half: true,
        data: ChartData::Bars { series: vec![SeriesKey::new(unit, Tone::C1)], bars },
    }
}

fn changes(input: &Input<'_>, charts: &mut BTreeMap<String, Chart>) -> Result<Topic, EvaluateError> {
    let grid = input.sql(
        "changes",
        "SELECT actor_class, SUM(events) AS value, SUM(CASE WHEN in_console THEN events ELSE CAST(0 AS BIGINT) END) AS console FROM activity
         WHERE is_write AND outcome = 'success' AND event_category = 'Management' AND NOT is_service_noise
         GROUP BY actor_class ORDER BY value DESC NULLS LAST, actor_class NULLS LAST",
    )?;
    let rows: Vec<(String, u64)> =
        grid.rows.iter().map(|r| (grid.get(r, &["actor_class"]).to_text().replace('_', " "), number(grid.get(r, &["value"])))).collect();
    let all: u64 = rows.iter().map(|(_, n)| n).sum();
    let console: u64 = grid.rows.iter().map(|r| number(grid.get(r, &["console"]))).sum();
    charts
        .insert("changes-by-actor".to_owned(), bars("changes-by-actor", "Successful management writes by kind of actor", "events", &rows));
    Ok(Topic {
        id: "change-population".to_owned(),
        title: "Population of changes".to_owned(),
        lead: format!(
            "{} successful writes to management interfaces, {} of them in the console.",
            words::thousands(all),
            words::thousands(console)
        ),
        charts: vec!["changes-by-actor".to_owned()],
        extracts: existing(input, &["event-change-population", "event-deployments", "event-ssm-session"]),
        method:
            "Writes are events whose readOnly is false. Events that do not say are left out. A change is counted by event, not by ticket."
                .to_owned(),
        ..Topic::default()
    })
}

fn services(input: &Input<'_>, charts: &mut BTreeMap<String, Chart>) -> Result<Topic, EvaluateError> {
    let grid = input.sql(
        "services",
        "SELECT event_source, SUM(events) AS value, SUM(CASE WHEN is_write THEN events ELSE CAST(0 AS BIGINT) END) AS writes FROM activity
         WHERE NOT is_service_noise GROUP BY event_source ORDER BY value DESC NULLS LAST, event_source NULLS LAST LIMIT 12",
    )?;
    let rows: Vec<(String, u64)> = grid
        .rows
        .iter()
        .map(|r| (grid.get(r, &["event_source"]).to_text().trim_end_matches(".amazonaws.com").to_owned(), number(grid.get(r, &["value"]))))
        .collect();
    charts.insert("events-by-service".to_owned(), bars("events-by-service", "Events by service, twelve busiest", "events", &rows));
    Ok(Topic {
        id: "access-services".to_owned(),
        title: "Services used".to_owned(),
        charts: vec!["events-by-service".to_owned()],
        ..Topic::default()
    })
}

fn refused(input: &Input<'_>) -> Result<Topic, EvaluateError> {
    let grid = input.sql(
        "refused",
        "SELECT account_id, principal, error_code, SUM(events) AS value, COUNT(DISTINCT event_name) AS actions FROM error_activity
         GROUP BY account_id, principal, error_code ORDER BY value DESC NULLS LAST, principal NULLS LAST, error_code NULLS LAST, account_id NULLS LAST",
    )?;
    let columns = vec![
        Column::code("Principal"),
        Column::text("Account"),
        Column::code("Error"),
        Column::number("Calls"),
        Column::number("Different actions"),
    ];
    let mut table = Table::new("refused-table", "Failed calls by principal and error", columns).or_empty("No call failed.");
    let mut sum = 0;
    for row in &grid.rows {
        let text = |name: &str| grid.get(row, &[name]).to_text();
        sum += number(grid.get(row, &["value"]));
        table.push(vec![
            Cell::text(text("principal").rsplit('/').next().unwrap_or("").to_owned()),
            Cell::text(input.account(&text("account_id"))),
            Cell::text(text("error_code")),
            Cell::count(number(grid.get(row, &["value"]))),
            Cell::count(number(grid.get(row, &["actions"]))),
        ]);
    }
    table.cap(12);
    Ok(Topic {
        id: "refused-calls".to_owned(),
        title: "Failed and refused calls".to_owned(),
        lead: format!("{} calls ended in an error.", words::thousands(sum)),
        tables: vec![table],
        ..Topic::default()
    })
}

#[expect(clippy::cast_precision_loss, reason = "for drawing")]
fn hours(input: &Input<'_>, charts: &mut BTreeMap<String, Chart>) -> Result<Topic, EvaluateError> {
    let grid = input.sql(
        "hours",
        "SELECT event_weekday, event_hour, SUM(events) AS value FROM activity
         WHERE is_write AND NOT is_service_noise AND actor_class IN ('human_federated', 'human_iam_user', 'root')
         GROUP BY event_weekday, event_hour ORDER BY event_weekday NULLS LAST, event_hour NULLS LAST",
    )?;
    let mut values = vec![vec![0.0; 24]; 7];
    let (mut all, mut weekend) = (0, 0);
    for row in &grid.rows {
        let (day, hour, n) =
            (number(grid.get(row, &["event_weekday"])), number(grid.get(row, &["event_hour"])), number(grid.get(row, &["value"])));
        all += n;
        if day >= 6 {
            weekend += n;
        }
        if let Some(cell) = values.get_mut((day as usize).wrapping_sub(1)).and_then(|d| d.get_mut(hour as usize)) {
            *cell = n as f64;
        }
    }
    charts.insert(
        "writes-by-hour".to_owned(),
        Chart {
            id: "writes-by-hour".to_owned(),
            title: "Writes by people, by weekday and hour (UTC)".to_owned(),
            caption: String::new(),
            alt: format!(
                "Heat map of {} writes by people over weekdays and hours in UTC; {} of them on Saturdays and Sundays.",
                words::thousands(all),
                words::thousands(weekend)
            ),
            unit: "events".to_owned(),
            half: false,
            data: ChartData::HourWeek { values },
        },
    );
    Ok(Topic {
        id: "when-people-write".to_owned(),
        title: "When people make changes".to_owned(),
        lead: format!(
            "{} writes by people, {} of them on Saturdays and Sundays. Hours are UTC.",
            words::thousands(all),
            words::thousands(weekend)
        ),
        charts: vec!["writes-by-hour".to_owned()],
        ..Topic::default()
    })
}

fn existing(input: &Input<'_>, ids: &[&str]) -> Vec<String> {
    ids.iter().filter(|id| input.catalogue.extracts.contains_key(**id)).map(|id| (*id).to_owned()).collect()
}
