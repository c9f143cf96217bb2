//! Assembles access: who did what, through which channel, with what success.

mod changes;
mod failures;
mod mfa;
mod people;
mod shared;

use std::collections::BTreeMap;

use super::{Input, words};
use crate::evaluate::EvaluateError;
use crate::reason;
use crate::report::model::{Cell, Chart, Column, Statement, StatementTone, Table, Topic, TopicSection};
use shared::{controls, extracts, number, seen, share};

/// The section.
pub(super) fn section(input: &Input<'_>, charts: &mut BTreeMap<String, Chart>) -> Result<TopicSection, EvaluateError> {
    let lead = "Counted from every event of the period: API calls, sign-ins to the console and changes (successful management calls that are not read-only), each defined once for all sections. People are told apart by the name of their session, IAM users and roles by their ARN. \
                Times of events are printed in the engagement's zone; hours of the week are UTC.";
    let mut section = TopicSection { lead: lead.to_owned(), ..TopicSection::default() };
    if input.scope.events == 0 {
        let why = "No CloudTrail event of the period was delivered. Ask for the log files of the trails: aws s3 sync s3://TRAIL-BUCKET/AWSLogs/ cloudtrail/AWSLogs/";
        section.topics.push(Topic {
            id: "access-people".to_owned(),
            title: "Who accessed what".to_owned(),
            not_tested: why.to_owned(),
            ..Topic::default()
        });
        section.topics.push(one_principal());
        return Ok(section);
    }
    let gaps = input.scope.event_gaps();
    if !gaps.is_empty() {
        let mut statement = Statement::new(
            StatementTone::Warning,
            "The population is not whole",
            format!("What is missing is in none of the counts below: {}.", reason::sentences(&gaps).join("; ")),
        );
        statement.href = Some("section:coverage".to_owned());
        section.statements.push(statement);
    }
    section.statements.push(kinds(input)?);
    section.statements.extend(unknown_actors(input)?);
    section.topics = vec![
        people::people(input, charts)?,
        people::roles(input, charts)?,
        people::services(input, charts)?,
        changes::changes(input, charts)?,
        changes::hours(input, charts)?,
        changes::privileged(input)?,
        changes::joiners(input),
        failures::data(input)?,
        failures::failed(input)?,
        one_principal(),
    ];
    Ok(section)
}

/// What the events of the period are: API calls, sign-ins, and what is neither and is counted apart.
fn kinds(input: &Input<'_>) -> Result<Statement, EvaluateError> {
    const KINDS: [(&str, &str, &str); 7] = [
        ("call", "API call", "API calls"),
        ("sign_in", "sign-in to the console", "sign-ins to the console"),
        ("sign_in_step", "other record of the sign-in service", "other records of the sign-in service"),
        ("service_event", "event of a service that nobody called for", "events of services that nobody called for"),
        ("insight", "insight", "insights"),
        ("network_activity", "record of network activity", "records of network activity"),
        ("update", "record delivered anew with more data", "records delivered anew with more data"),
    ];
    let grid = input.sql("kinds of record", "SELECT record_kind, SUM(events) AS events FROM activity GROUP BY record_kind")?;
    let of = |kind: &str| {
        grid.rows.iter().filter(|r| grid.get(r, &["record_kind"]).text() == Some(kind)).map(|r| number(&grid, r, "events")).sum()
    };
    let parts: Vec<String> = KINDS
        .iter()
        .map(|(kind, one, many)| (of(kind), one, many))
        .filter(|(n, ..)| *n > 0)
        .map(|(n, one, many)| words::count(n, one, many))
        .collect();
    let all: u64 = grid.rows.iter().map(|r| number(&grid, r, "events")).sum();
    Ok(Statement::plain(format!(
        "{} of the period: {}. Only API calls are counted as calls below.",
        words::count(all, "event", "events"),
        parts.join(", ")
    )))
}

/// The share of calls whose actor could not be classed.
fn unknown_actors(input: &Input<'_>) -> Result<Option<Statement>, EvaluateError> {
    let text = "SELECT SUM(events) AS events, SUM(CASE WHEN actor_class = 'unknown' THEN events ELSE 0 END) AS unclassed FROM activity \
                WHERE record_kind = 'call' AND COALESCE(is_service_noise, FALSE) = FALSE";
    let grid = input.sql("unknown actors", text)?;
    let (all, unknown) = grid.rows.first().map_or((0, 0), |r| (number(&grid, r, "events"), number(&grid, r, "unclassed")));
    Ok((unknown > 0).then(|| {
        Statement::plain(format!(
            "Of {} that no AWS service made for itself, {} ({}) come from actors that could not be classed.",
            words::count(all, "API call", "API calls"),
            words::thousands(unknown),
            share(unknown, all)
        ))
    }))
}

/// How to list all that one principal did.
fn one_principal() -> Topic {
    let columns = vec![Column::text("What"), Column::code("Command")];
    let mut table = Table::new(
        "access-one-principal-commands",
        "Put the ARN or the session name in the place of NAME, and the evidence folder of this report in that of EVIDENCE",
        columns,
    );
    let rest = "--store EVIDENCE --format csv --limit 0";
    for (what, sql) in [
        (
            "Every call of a role or user, with its record in the client's files",
            "SELECT event_time, account_id, aws_region, event_source, event_name, outcome, resource_arn, session_name, source_ip_address, event_id, source_file_id, source_record FROM cloudtrail_events WHERE principal = 'NAME' ORDER BY event_time NULLS LAST, event_id NULLS LAST",
        ),
        (
            "Every call of a person, by the name of the session",
            "SELECT event_time, account_id, aws_region, principal, event_source, event_name, outcome, resource_arn, source_ip_address, event_id, source_file_id, source_record FROM cloudtrail_events WHERE session_name = 'NAME' ORDER BY event_time NULLS LAST, event_id NULLS LAST",
        ),
        (
            "A summary by day and action",
            "SELECT event_date, account_id, event_source, event_name, outcome, is_write, SUM(events) AS calls FROM activity WHERE principal = 'NAME' GROUP BY event_date, account_id, event_source, event_name, outcome, is_write ORDER BY event_date NULLS LAST, event_name NULLS LAST",
        ),
        (
            "Its source addresses by day",
            "SELECT event_date, source_ip_address, SUM(events) AS calls FROM principal_sources WHERE principal = 'NAME' GROUP BY event_date, source_ip_address ORDER BY event_date NULLS LAST, source_ip_address NULLS LAST",
        ),
    ] {
        table.push(vec![Cell::text(what), Cell::text(format!("sixpillars query \"{sql}\" {rest}"))]);
    }
    table.push(vec![Cell::text("One record, as the client delivered it"), Cell::text("sixpillars evidence SOURCE_FILE_ID:SOURCE_RECORD")]);
    Topic {
        id: "access-one-principal".to_owned(),
        title: "One principal".to_owned(),
        lead: "The tables above show the busiest. What a single person, role or service did is a query over the evidence, which lies beside this report in the folder evidence; each row names the file and record it comes from.".to_owned(),
        tables: vec![table],
        ..Topic::default()
    }
}
