//! Log tampering: who stopped, deleted or narrowed the recording, for how long, and copies of events that differ.

use std::collections::BTreeMap;

use super::super::{Input, words};
use super::cells::{self, Row};
use crate::evaluate::EvaluateError;
use crate::report::model::{Cell, Chart, ChartData, Column, ControlResult, Statement, StatementTone, Table, Tone, Topic, WindowRow};

const CONTROLS: [&str; 13] = [
    "event-trail-stopped",
    "event-trail-validation-off",
    "event-trail-region-narrowed",
    "event-trail-bucket-changed",
    "event-lake-store-deleted",
    "event-log-bucket-tampering",
    "event-config-recorder-stopped",
    "event-config-rule-removed",
    "event-guardduty-disabled",
    "event-flow-logs-deleted",
    "event-cloudwatch-logs-deleted",
    "event-metric-filter-removed",
    "event-alarm-disabled",
];
const EXTRACTS: [&str; 1] = ["event-trail-created"];
/// Rows listed in each table.
const SHOWN: usize = 25;
/// Stops looked at.
const STOPS: usize = 5_000;

/// Calls that act on the recording itself.
const CALLS: &str = "(event_source = 'cloudtrail.amazonaws.com' AND event_name IN ('StopLogging', 'StartLogging', 'DeleteTrail', 'UpdateTrail', 'CreateTrail', \
     'PutEventSelectors', 'PutInsightSelectors', 'DeleteEventDataStore', 'StopEventDataStoreIngestion', 'UpdateEventDataStore')) \
     OR (event_source = 'config.amazonaws.com' AND event_name IN ('StopConfigurationRecorder', 'StartConfigurationRecorder', 'DeleteConfigurationRecorder', \
     'PutConfigurationRecorder', 'DeleteDeliveryChannel', 'PutDeliveryChannel'))";

/// A stop of a trail or recorder.
struct Stop {
    what: &'static str,
    name: String,
    account: String,
    region: String,
    from: i64,
    to: Option<i64>,
    by: String,
    started_by: String,
}

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
        id: "log-tampering".to_owned(),
        title: "Log tampering".to_owned(),
        controls: cells::known(controls, &CONTROLS),
        extracts: cells::extracts(input, &EXTRACTS),
        method: "A stop runs from a successful StopLogging or StopConfigurationRecorder to the next successful start of the same trail, or recorder of the account and Region, and else to the end of the period. While a trail is stopped another one may record the same account; the calendar of coverage shows days with events. Copies of an event are the same account and event id delivered more than once; they conflict when their content differs.".to_owned(),
        ..Topic::default()
    };
    if let Some(why) = cells::no_events(input) {
        topic.not_tested = why;
        return Ok(topic);
    }
    let stops = stops(input)?;
    let (calls, total) = calls(input)?;
    let (conflicts, conflicting) = conflicts(input)?;
    topic.lead = lead(input, &stops, total, conflicting);
    if conflicting > 0 {
        topic.statements.push(Statement::new(
            StatementTone::Caution,
            "Copies of the same event differ",
            format!(
                "{} of an account {} delivered with more than one content. Both are kept and printed below; which one is original only the digest files or the client's own trail can tell.",
                words::count(conflicting, "event", "events"),
                if conflicting == 1 { "was" } else { "were" }
            ),
        ));
    }
    let gaps = cells::gaps(input);
    if !gaps.is_empty() {
        topic.statements.push(Statement::plain(gaps));
    }
    if let Some(chart) = chart(input, &stops) {
        topic.charts.push(chart.id.clone());
        charts.insert(chart.id.clone(), chart);
    }
    topic.tables = vec![stop_table(input, &stops), calls];
    if conflicting > 0 {
        topic.tables.push(conflicts);
    }
    Ok(topic)
}

fn stops(input: &Input<'_>) -> Result<Vec<Stop>, EvaluateError> {
    let grid = input.sql(
        "stops",
        &format!(
            "SELECT event_time, account_id, aws_region, event_name, request_parameters_name, principal, session_name FROM cloudtrail_events \
             WHERE outcome = 'success' AND event_name IN ('StopLogging', 'StartLogging', 'StopConfigurationRecorder', 'StartConfigurationRecorder') \
             AND event_source IN ('cloudtrail.amazonaws.com', 'config.amazonaws.com') ORDER BY event_time, event_id LIMIT {STOPS}"
        ),
    )?;
    let mut stops: Vec<Stop> = Vec::new();
    // The stop of each trail and recorder that was not started again.
    let mut open: BTreeMap<(&str, String, String), usize> = BTreeMap::new();
    for r in Row::all(&grid) {
        let Some(at) = r.time("event_time") else { continue };
        let (event, name) = (r.text("event_name"), r.text("request_parameters_name"));
        let (account, region) = (r.text("account_id"), r.text("aws_region"));
        let trail = event.ends_with("Logging");
        // A trail is named by name or ARN; a Region has one recorder, whatever its name.
        let name = if trail { name.rsplit('/').next().unwrap_or("").to_owned() } else { region.clone() };
        let what = if trail { "trail" } else { "recorder" };
        let by = cells::actor(&r.text("principal"), &r.text("session_name"));
        let key = (what, account.clone(), name.clone());
        match (event.starts_with("Stop"), open.get(&key).copied()) {
            (true, None) => {
                open.insert(key, stops.len());
                stops.push(Stop { what, name, account, region, from: at, to: None, by, started_by: String::new() });
            }
            (false, Some(stopped)) => {
                open.remove(&key);
                if let Some(stop) = stops.get_mut(stopped) {
                    stop.to = Some(at);
                    stop.started_by = by;
                }
            }
            // Stopped twice, or started without a stop in the period.
            _ => {}
        }
    }
    Ok(stops)
}

#[expect(clippy::cast_precision_loss, reason = "for reading")]
fn hours(input: &Input<'_>, stop: &Stop) -> f64 {
    (stop.to.unwrap_or(input.period.end) - stop.from) as f64 / 3_600_000_000.0
}

fn lead(input: &Input<'_>, stops: &[Stop], calls: u64, conflicts: u64) -> String {
    let of = |what: &str| -> Vec<String> {
        stops
            .iter()
            .filter(|s| s.what == what)
            .map(|s| {
                let open = if s.to.is_none() { ", not started again in the period" } else { "" };
                let name = if what == "trail" {
                    format!("{} of {}", s.name, input.account(&s.account))
                } else {
                    format!("{} {}", input.account(&s.account), s.region)
                };
                format!(
                    "{name} from {} for {} hours by {}{open}",
                    words::moment(s.from, &input.period.zone),
                    words::decimal(hours(input, s), 1),
                    s.by
                )
            })
            .collect()
    };
    let (trails, recorders) = (of("trail"), of("recorder"));
    let mut parts = Vec::new();
    if !trails.is_empty() {
        parts.push(format!("Logging was stopped {}: {}.", times(trails.len()), cells::some(&trails, 3)));
    }
    if !recorders.is_empty() {
        parts.push(format!("AWS Config recording was stopped {}: {}.", times(recorders.len()), cells::some(&recorders, 3)));
    }
    if parts.is_empty() {
        parts.push("No stop of a trail or of a configuration recorder is in the records delivered.".to_owned());
    }
    parts.push(format!("{} on trails, event data stores and recorders in all.", words::count(calls, "call", "calls")));
    if conflicts > 0 {
        parts.push(format!("{} delivered with different contents.", words::count(conflicts, "event was", "events were")));
    }
    parts.join(" ")
}

fn times(n: usize) -> String {
    match n {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{} times", words::thousands(n as u64)),
    }
}

fn stop_table(input: &Input<'_>, stops: &[Stop]) -> Table {
    let mut table = Table::new(
        "soc2-stops",
        "Stops of trails and configuration recorders",
        vec![
            Column::text("What"),
            Column::text("Account and Region"),
            Column::date("Stopped"),
            Column::date("Started again"),
            Column::number("Hours"),
            Column::code("Stopped by"),
            Column::code("Started by"),
        ],
    )
    .or_empty("No stop is in the records delivered.");
    for s in stops {
        let hours = hours(input, s);
        table.push(vec![
            Cell::text(if s.what == "trail" { format!("trail {}", s.name) } else { "configuration recorder".to_owned() }),
            Cell::text(format!("{} {}", input.account(&s.account), s.region)),
            Cell::text(words::moment(s.from, &input.period.zone)),
            Cell::text(s.to.map_or("not in the period".to_owned(), |t| words::moment(t, &input.period.zone))),
            Cell::figure(words::decimal(hours, 1), hours),
            Cell::text(&s.by),
            Cell::text(&s.started_by),
        ]);
    }
    table.cap(SHOWN);
    table
}

/// Every call on the recording itself, refused ones included.
fn calls(input: &Input<'_>) -> Result<(Table, u64), EvaluateError> {
    let grid = input.sql(
        "recording calls",
        &format!(
            "SELECT event_time, account_id, aws_region, event_name, request_parameters_name, principal, session_name, source_ip_address, outcome, error_code, \
             source_file_id, source_record FROM cloudtrail_events WHERE {CALLS} ORDER BY event_time, event_id LIMIT {SHOWN}"
        ),
    )?;
    let total =
        input.sql("recording calls in all", &format!("SELECT CAST(COUNT(*) AS BIGINT) AS events FROM cloudtrail_events WHERE {CALLS}"))?;
    let total = Row::all(&total).next().map_or(0, |r| r.count("events"));
    let mut table = Table::new(
        "soc2-recording-calls",
        "Calls on trails, event data stores and recorders in the period",
        vec![
            Column::date("When"),
            Column::code("Event"),
            Column::code("On"),
            Column::code("Actor"),
            Column::text("Account and Region"),
            Column::code("From"),
            Column::text("Result"),
            Column::code("Record"),
        ],
    )
    .or_empty("No such call is in the records delivered.");
    for r in Row::all(&grid) {
        let on = r.text("request_parameters_name");
        let error = r.text("error_code");
        table.push(vec![
            Cell::text(r.moment(input, "event_time")),
            Cell::text(r.text("event_name")),
            Cell::text(on.rsplit('/').next().unwrap_or("")),
            Cell::text(cells::actor(&r.text("principal"), &r.text("session_name"))),
            Cell::text(format!("{} {}", input.account(&r.text("account_id")), r.text("aws_region"))),
            Cell::text(r.text("source_ip_address")),
            Cell::text(if error.is_empty() { r.text("outcome") } else { error }),
            Cell::text(r.record()),
        ]);
    }
    table.total = total;
    Ok((table, total))
}

/// Copies of an event that differ; the number is of events, the rows are of copies.
fn conflicts(input: &Input<'_>) -> Result<(Table, u64), EvaluateError> {
    let grid = input.sql(
        "conflicting copies",
        &format!(
            "SELECT event_id, account_id, event_time, event_name, principal, session_name, outcome, source_file_id, source_record FROM cloudtrail_events \
             WHERE is_conflict ORDER BY event_time, event_id, source_file_id, source_record LIMIT {SHOWN}"
        ),
    )?;
    let total = input.sql(
        "conflicting events",
        "SELECT CAST(COUNT(*) AS BIGINT) AS events, CAST(SUM(copies_seen) AS BIGINT) AS copies_seen FROM \
         (SELECT account_id, event_id, CAST(COUNT(*) AS BIGINT) AS copies_seen FROM cloudtrail_events WHERE is_conflict GROUP BY account_id, event_id) AS conflicts",
    )?;
    let (events, copies) = Row::all(&total).next().map_or((0, 0), |r| (r.count("events"), r.count("copies_seen")));
    let mut table = Table::new(
        "soc2-conflicts",
        "Copies of the same event with different content",
        vec![
            Column::date("When"),
            Column::code("Event id"),
            Column::code("Event"),
            Column::code("Actor"),
            Column::text("Account"),
            Column::code("File"),
            Column::code("Record"),
        ],
    );
    for r in Row::all(&grid) {
        let file = r.text("source_file_id");
        let path = input.store.file(&file).and_then(|f| f.paths.first()).cloned().unwrap_or_default();
        table.push(vec![
            Cell::text(r.moment(input, "event_time")),
            Cell::text(r.text("event_id")),
            Cell::text(r.text("event_name")),
            Cell::text(cells::actor(&r.text("principal"), &r.text("session_name"))),
            Cell::text(input.account(&r.text("account_id"))),
            Cell::text(path.rsplit('/').next().unwrap_or("")),
            Cell::text(r.record()),
        ]);
    }
    table.total = copies;
    Ok((table, events))
}

fn chart(input: &Input<'_>, stops: &[Stop]) -> Option<Chart> {
    let mut rows: Vec<WindowRow> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for s in stops {
        let label = if s.what == "trail" {
            format!("trail {}, {}", s.name, input.account(&s.account))
        } else {
            format!("recorder, {} {}", input.account(&s.account), s.region)
        };
        let window = (cells::day(input, s.from), cells::day(input, s.to.unwrap_or(input.period.end)));
        let place = *places.entry(label.clone()).or_insert(rows.len());
        match rows.get_mut(place) {
            Some(row) => row.windows.push(window),
            None => {
                rows.push(WindowRow { label, windows: vec![window], tone: if s.what == "trail" { Tone::Critical } else { Tone::High } })
            }
        }
    }
    if rows.is_empty() {
        return None;
    }
    let named: Vec<String> =
        stops.iter().take(6).map(|s| format!("{} {} {} hours", s.what, s.name, words::decimal(hours(input, s), 1))).collect();
    Some(Chart {
        id: "soc2-stops".to_owned(),
        title: "When recording was stopped".to_owned(),
        caption: String::new(),
        alt: format!("Stops of recording: {}.", named.join("; ")),
        unit: String::new(),
        half: false,
        data: ChartData::Windows { from: input.period.from.clone(), days: cells::days(input), rows },
    })
}
