//! CloudTrail records as other tools than the delivery to S3 write them.

use super::{Export, Header, header, is_log_line};
use crate::ingest::formats::cloudtrail::format::{EVENTS, FAMILY};
use crate::ingest::formats::cloudtrail::{Carrier, Container, is_about_trail};
use crate::ingest::formats::declaration::{Declaration, Grade, Holds, LOSSY_RANK, Mark, Standing, Trace, rank};
use crate::ingest::formats::list::{List, names_at};
use crate::ingest::formats::outline::{Outline, Table};
use crate::ingest::reading::json;

/// Exports of records that are JSON documents.
const EXPORTS: Declaration = Declaration { rank: rank::EXPORTS, ..EVENTS };

/// What a query of CloudTrail Lake leaves of the records.
const QUERIED: &str = "only rows and columns that the query chose: its text is needed; structures as ambiguous text";

pub(in crate::ingest) static LOOKUP: Declaration = Declaration {
    label: "CloudTrail lookup-events answer",
    docs: Some((&FAMILY, "`lookup-events`, also the console's event history as JSON")),
    holds: Holds::Events(Container::Export(Export::Lookup)),
    limits: "management events of 90 days, one account and Region; no sequence to test",
    marks: &[
        Mark::List(List::unless_other(&["Events"], &["CloudTrailEvent"])),
        Mark::Element(Standing::Any, |outline| Carrier::of(&outline.names()) == Some(Carrier::Lookup)),
        Mark::Array(is_text_of_record),
    ],
    traces: &[Trace::Call("lookup-events")],
    examples: &[
        r#"{"Events":[{"EventId":"a","CloudTrailEvent":"{\"eventVersion\":\"1.08\",\"eventTime\":\"2024-05-01T10:11:12Z\",\"eventID\":\"a\",\"eventName\":\"N\",\"eventSource\":\"s3.amazonaws.com\",\"awsRegion\":\"eu-west-1\",\"recipientAccountId\":\"111122223333\"}"}]}"#,
        r#"[{"EventId":"a","CloudTrailEvent":"{\"eventVersion\":\"1.08\",\"eventTime\":\"2024-05-01T10:11:12Z\",\"eventID\":\"a\",\"eventName\":\"N\",\"eventSource\":\"s3.amazonaws.com\",\"awsRegion\":\"eu-west-1\",\"recipientAccountId\":\"111122223333\"}"}]"#,
        r#"["{\"eventVersion\":\"1.08\",\"eventTime\":\"2024-05-01T10:11:12Z\",\"eventID\":\"a\",\"eventName\":\"N\",\"eventSource\":\"s3.amazonaws.com\",\"awsRegion\":\"eu-west-1\",\"recipientAccountId\":\"111122223333\"}"]"#,
    ],
    ..EXPORTS
};

pub(in crate::ingest) static CONSOLE_CSV: Declaration = Declaration {
    label: "CloudTrail console event history, CSV",
    docs: Some((&FAMILY, "console event history as CSV")),
    holds: Holds::Events(Container::Export(Export::ConsoleCsv)),
    grade: Grade::Lossy,
    limits: "management events of 90 days, one account and Region, without identity type, ARN, MFA, error message and parameters",
    copy_rank: LOSSY_RANK + 2,
    rank: rank::FEW_NAMES,
    marks: &[Mark::Table(|table: &Table<'_>| header(table.text) == Some(Header::Console))],
    examples: &[
        "User name,AWS access key,Event time,Event source,Event name,AWS region,Event ID\nada,,2024-05-01T10:11:12Z,s3.amazonaws.com,N,eu-west-1,a\n",
    ],
    ..EVENTS
};

pub(in crate::ingest) static QUERY_CSV: Declaration = Declaration {
    label: "CloudTrail Lake query result",
    docs: Some((&FAMILY, "CloudTrail Lake result CSV")),
    holds: Holds::Events(Container::Export(Export::QueryCsv)),
    grade: Grade::Lossy,
    limits: QUERIED,
    copy_rank: LOSSY_RANK + 1,
    rank: rank::FEW_NAMES,
    marks: &[Mark::Table(|table: &Table<'_>| header(table.text) == Some(Header::Query))],
    examples: &[
        "eventID,eventTime,eventName,eventSource,awsRegion,recipientAccountId\na,2024-05-01T10:11:12Z,N,s3.amazonaws.com,eu-west-1,111122223333\n",
    ],
    ..EVENTS
};

pub(in crate::ingest) static QUERY_ANSWER: Declaration = Declaration {
    label: "CloudTrail Lake get-query-results answer",
    docs: Some((&FAMILY, "CloudTrail Lake `get-query-results`")),
    holds: Holds::Events(Container::Export(Export::QueryAnswer)),
    grade: Grade::Lossy,
    limits: QUERIED,
    copy_rank: LOSSY_RANK + 1,
    marks: &[Mark::Members(&["QueryResultRows"])],
    traces: &[Trace::Call("get-query-results")],
    examples: &[
        r#"{"QueryStatus":"FINISHED","QueryResultRows":[[{"eventID":"a"},{"eventTime":"2024-05-01 10:11:12.000"},{"eventName":"N"},{"eventSource":"s3.amazonaws.com"}]]}"#,
    ],
    ..EXPORTS
};

pub(in crate::ingest) static LOG_LINES: Declaration = Declaration {
    label: "CloudTrail records exported from CloudWatch Logs",
    docs: Some((&FAMILY, "CloudWatch Logs export to S3")),
    holds: Holds::Events(Container::Export(Export::LogLines)),
    limits: "records over 256 KB never reach CloudWatch Logs; no sequence to test",
    rank: rank::TEXTS,
    marks: &[Mark::Text(|text| is_log_line(text) && is_about_trail(text))],
    examples: &[
        "2024-05-01T10:11:13.000Z {\"eventVersion\":\"1.08\",\"eventTime\":\"2024-05-01T10:11:12Z\",\"eventID\":\"a\",\"eventName\":\"N\",\"eventSource\":\"s3.amazonaws.com\",\"awsRegion\":\"eu-west-1\",\"recipientAccountId\":\"111122223333\"}\n",
    ],
    ..EVENTS
};

pub(in crate::ingest) static SUBSCRIPTION: Declaration = Declaration {
    label: "CloudTrail records of a CloudWatch Logs subscription",
    docs: Some((&FAMILY, "CloudWatch Logs subscription")),
    holds: Holds::Events(Container::Export(Export::Subscription)),
    limits: "records over 256 KB never reach CloudWatch Logs; no sequence to test",
    marks: &[Mark::Object(is_subscription)],
    examples: &[
        r#"{"messageType":"DATA_MESSAGE","logGroup":"g","logEvents":[{"id":"1","timestamp":1,"message":"{\"eventVersion\":\"1.08\",\"eventTime\":\"2024-05-01T10:11:12Z\",\"eventID\":\"a\",\"eventName\":\"N\",\"eventSource\":\"s3.amazonaws.com\",\"awsRegion\":\"eu-west-1\",\"recipientAccountId\":\"111122223333\"}"}]}"#,
    ],
    ..EXPORTS
};

pub(in crate::ingest) static LOG_EVENTS: Declaration = Declaration {
    label: "CloudTrail records read from CloudWatch Logs",
    docs: Some((&FAMILY, "CloudWatch Logs `filter-log-events`, `get-log-events`")),
    holds: Holds::Events(Container::Export(Export::LogEvents)),
    limits: "only what the command asked for, and no record over 256 KB; no sequence to test",
    marks: &[Mark::Object(is_log_events)],
    examples: &[
        r#"{"events":[{"timestamp":1,"message":"{\"eventVersion\":\"1.08\",\"eventTime\":\"2024-05-01T10:11:12Z\",\"eventID\":\"a\",\"eventName\":\"N\",\"eventSource\":\"s3.amazonaws.com\",\"awsRegion\":\"eu-west-1\",\"recipientAccountId\":\"111122223333\"}"}],"searchedLogStreams":[]}"#,
    ],
    ..EXPORTS
};

pub(in crate::ingest) static LOGS_INSIGHTS: Declaration = Declaration {
    label: "CloudTrail records of a Logs Insights query",
    docs: Some((&FAMILY, "CloudWatch Logs Insights `get-query-results`")),
    holds: Holds::Events(Container::Export(Export::LogsInsights)),
    grade: Grade::Lossy,
    limits: "only rows and fields that the query chose: its text is needed; 10,000 rows at most, and no record over 256 KB",
    copy_rank: LOSSY_RANK,
    marks: &[Mark::Object(is_insights)],
    examples: &[
        r#"{"results":[[{"field":"@message","value":"{\"eventVersion\":\"1.08\",\"eventTime\":\"2024-05-01T10:11:12Z\",\"eventID\":\"a\",\"eventName\":\"N\",\"eventSource\":\"s3.amazonaws.com\",\"awsRegion\":\"eu-west-1\",\"recipientAccountId\":\"111122223333\"}"}]],"statistics":{},"status":"Complete"}"#,
    ],
    ..EXPORTS
};

pub(in crate::ingest) static EVENT_BRIDGE: Declaration = Declaration {
    label: "CloudTrail records in EventBridge envelopes",
    docs: Some((&FAMILY, "EventBridge envelopes")),
    holds: Holds::Events(Container::Export(Export::EventBridge)),
    limits: "delivered as well as can be, and read-only calls only where asked for; no sequence to test",
    marks: &[
        Mark::Element(Standing::Listed, is_envelope),
        Mark::Element(Standing::Alone, |outline| is_envelope(outline) && carries_record(outline)),
    ],
    examples: &[
        r#"{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","detail":{"eventVersion":"1.08","eventTime":"2024-05-01T10:11:12Z","eventID":"a","eventName":"N","eventSource":"s3.amazonaws.com","awsRegion":"eu-west-1","recipientAccountId":"111122223333"}}"#,
    ],
    ..EXPORTS
};

pub(in crate::ingest) static LOGSTASH: Declaration = Declaration {
    label: "CloudTrail records, from Logstash",
    docs: Some((&FAMILY, "Logstash")),
    holds: Holds::Events(Container::Export(Export::Logstash)),
    grade: Grade::Lossy,
    limits: "records changed on their way through Logstash; no sequence to test",
    copy_rank: LOSSY_RANK,
    marks: &[Mark::Element(Standing::Any, |outline| Carrier::of(&outline.names()) == Some(Carrier::Logstash))],
    examples: &[
        r#"{"eventVersion":"1.08","@version":"1","@timestamp":"2024-05-01T10:11:12Z","eventID":"a","eventName":"N","eventSource":"s3.amazonaws.com","awsRegion":"eu-west-1","recipientAccountId":"111122223333"}"#,
    ],
    ..EXPORTS
};

/// `lookup-events` with a `--query` that leaves the records' texts: a list of strings.
fn is_text_of_record(text: &[u8], at: usize) -> bool {
    let first = json::skip_blank(text, at + 1);
    let end = json::end_of_value(text, first).unwrap_or(text.len());
    text.get(first) == Some(&b'"') && is_about_trail(&text[first..end])
}

fn is_subscription(outline: &Outline<'_>) -> bool {
    let Some(first) = outline.list("logEvents") else { return false };
    let control = || memchr::memmem::find(outline.text, b"CONTROL_MESSAGE").is_some();
    (outline.has("messageType") || first.contains(&"message")) && (first.is_empty() || control() || is_about_trail(outline.text))
}

fn is_log_events(outline: &Outline<'_>) -> bool {
    let Some(first) = outline.list("events") else { return false };
    if first.is_empty() {
        return outline.has("searchedLogStreams") || outline.has("nextForwardToken");
    }
    first.contains(&"message") && first.contains(&"timestamp") && is_about_trail(outline.text)
}

/// Rows of fields and values, as Logs Insights answers.
fn is_insights(outline: &Outline<'_>) -> bool {
    let row = outline.row("results");
    row.contains(&"field") && row.contains(&"value") && is_about_trail(outline.text)
}

fn is_envelope(outline: &Outline<'_>) -> bool {
    Carrier::of(&outline.names()) == Some(Carrier::Envelope)
}

/// Envelopes carry events of all services, and AWS Config's items; what is no object shows its kind to the reader only.
fn carries_record(outline: &Outline<'_>) -> bool {
    let Some(detail) = outline.start("detail").filter(|start| outline.text.get(*start) == Some(&b'{')) else { return true };
    let names = names_at(outline.text, detail);
    names.contains(&"eventSource") && !names.contains(&"configurationItem")
}
