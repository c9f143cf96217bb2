//! Calls of data stores, and calls that failed.

use super::super::{Input, words};
use super::shared::{SHOWN, class, controls, extracts, number, service, share};
use crate::evaluate::EvaluateError;
use crate::report::model::{Cell, Column, Table, Topic};

/// Errors printed.
const ERRORS: usize = 12;

/// Who read and wrote objects and items, where data events were recorded.
pub(super) fn data(input: &Input<'_>) -> Result<Topic, EvaluateError> {
    let text = "SELECT account_id, principal, actor_class, event_source, SUM(CASE WHEN is_write THEN 0 ELSE events END) AS data_reads, \
                SUM(CASE WHEN is_write THEN events ELSE 0 END) AS data_writes, SUM(CASE WHEN outcome = 'failure' THEN events ELSE 0 END) AS failed, \
                SUM(events) AS calls, MIN(first_seen) AS first_seen, MAX(last_seen) AS last_seen FROM activity \
                WHERE event_category = 'Data' AND record_kind = 'call' AND COALESCE(is_service_noise, FALSE) = FALSE GROUP BY account_id, principal, actor_class, event_source \
                ORDER BY calls DESC NULLS LAST, principal NULLS LAST, account_id NULLS LAST, event_source NULLS LAST, actor_class NULLS LAST";
    let grid = input.sql("data events", text)?;
    let mut topic = Topic {
        id: "access-data".to_owned(),
        title: "Who reached data".to_owned(),
        controls: controls(input, &["cloudtrail-data-events", "event-s3-bulk-read", "event-exfiltration-burst"]),
        extracts: extracts(input, &["event-who-accessed-data"]),
        method: "Reads and writes of objects and items appear only where an event selector asked for data events; the settings of the trails say for which.".to_owned(),
        ..Topic::default()
    };
    if grid.rows.is_empty() {
        topic.not_tested = "No data event of people or roles was delivered, so that reads and writes of objects and items are not known. \
                            Ask for trails with data events on the stores that hold client data (aws cloudtrail put-event-selectors), and for aws cloudtrail get-event-selectors of each trail."
            .to_owned();
        return Ok(topic);
    }
    let columns = vec![
        Column::text("Account").accounts(),
        Column::code("Principal"),
        Column::text("Kind"),
        Column::text("Service"),
        Column::number("Reads"),
        Column::number("Writes"),
        Column::number("Failed"),
        Column::date("First seen"),
        Column::date("Last seen"),
    ];
    let mut table = Table::new("access-data-table", "Data events by principal and service, most first", columns);
    for row in grid.rows.iter().take(SHOWN) {
        let [first, last] = super::seen(input, &grid, row);
        let get = |name: &str| grid.get(row, &[name]).to_text();
        let mut cells = vec![
            Cell::text(input.account(&get("account_id"))),
            Cell::text(get("principal")),
            Cell::text(class(&get("actor_class"))),
            Cell::text(service(&get("event_source"))),
        ];
        cells.extend(["data_reads", "data_writes", "failed"].map(|n| Cell::count(number(&grid, row, n))));
        cells.extend([first, last]);
        table.push(cells);
    }
    table.total = grid.rows.len() as u64;
    let calls: u64 = grid.rows.iter().map(|r| number(&grid, r, "calls")).sum();
    topic.lead = format!("{} of people and roles were recorded.", words::count(calls, "data event", "data events"));
    topic.tables.push(table);
    Ok(topic)
}

/// Calls that failed: by error, and by who met them.
pub(super) fn failed(input: &Input<'_>) -> Result<Topic, EvaluateError> {
    let text = "SELECT error_code, SUM(events) AS calls, COUNT(DISTINCT principal) AS principals, COUNT(DISTINCT event_source) AS services, \
                COUNT(DISTINCT event_date) AS days FROM error_activity WHERE record_kind = 'call' GROUP BY error_code ORDER BY calls DESC NULLS LAST, error_code NULLS LAST";
    let errors = input.sql("errors", text)?;
    let columns = vec![
        Column::code("Error"),
        Column::number("Calls"),
        Column::number("Principals"),
        Column::number("Services"),
        Column::number("Days"),
    ];
    let mut by_error = Table::new("access-errors", "Failed calls by error, most first", columns)
        .or_empty("No call of the period failed with an error code.");
    let (mut all, mut denied) = (0, 0);
    for row in &errors.rows {
        let (code, calls) = (errors.get(row, &["error_code"]).to_text(), number(&errors, row, "calls"));
        all += calls;
        if code.contains("AccessDenied") || code.contains("Unauthorized") || code.contains("NotAuthorized") {
            denied += calls;
        }
        let mut cells = vec![Cell::text(code)];
        cells.extend(["calls", "principals", "services", "days"].map(|n| Cell::count(number(&errors, row, n))));
        by_error.push(cells);
    }
    by_error.cap(ERRORS);
    let text = "SELECT principal, actor_class, SUM(events) AS calls, SUM(CASE WHEN outcome = 'failure' THEN events ELSE 0 END) AS failed, \
                COUNT(DISTINCT CASE WHEN outcome = 'failure' THEN event_name END) AS actions, MIN(CASE WHEN outcome = 'failure' THEN first_seen END) AS first_seen, \
                MAX(CASE WHEN outcome = 'failure' THEN last_seen END) AS last_seen FROM activity WHERE COALESCE(is_service_noise, FALSE) = FALSE AND record_kind IN ('call', 'sign_in') \
                GROUP BY principal, actor_class HAVING SUM(CASE WHEN outcome = 'failure' THEN events ELSE 0 END) > 0 \
                ORDER BY failed DESC NULLS LAST, principal NULLS LAST, actor_class NULLS LAST";
    let who = input.sql("failed calls", text)?;
    let columns = vec![
        Column::code("Principal"),
        Column::text("Kind"),
        Column::number("Failed"),
        Column::number("Of its calls"),
        Column::number("Different actions"),
        Column::date("First"),
        Column::date("Last"),
    ];
    let mut by_principal = Table::new(
        "access-failed-by-principal",
        "Failed calls by principal, most first; AWS services acting for themselves are left out",
        columns,
    )
    .or_empty("No call of a person or role failed.");
    for row in who.rows.iter().take(SHOWN) {
        let [first, last] = super::seen(input, &who, row);
        let (failed, calls) = (number(&who, row, "failed"), number(&who, row, "calls"));
        by_principal.push(vec![
            Cell::text(who.get(row, &["principal"]).to_text()),
            Cell::text(class(&who.get(row, &["actor_class"]).to_text())),
            Cell::count(failed),
            Cell::text(share(failed, calls)),
            Cell::count(number(&who, row, "actions")),
            first,
            last,
        ]);
    }
    by_principal.total = who.rows.len() as u64;
    Ok(Topic {
        id: "access-failed".to_owned(),
        title: "Failed calls".to_owned(),
        lead: format!("{} ended with an error code, {} ({}) because the caller was not allowed.", words::count(all, "API call", "API calls"), words::thousands(denied), if all == 0 { "none".to_owned() } else { share(denied, all) }),
        tables: vec![by_error, by_principal],
        controls: controls(input, &["event-denied-burst", "event-enumeration", "event-unauthorised-calls", "event-console-login-failures", "event-console-login-success-after-failures"]),
        method: "Errors by code count every caller, AWS services included; failed sign-ins carry no error code and are counted by principal only.".to_owned(),
        ..Topic::default()
    })
}
