//! CloudTrail records as a trail delivers them, and as they are cut out of that.

use super::{Carrier, Container, OF_A_RECORD};
use crate::ingest::formats::declaration::{Declaration, Family, FileName, Grade, Holds, Mark, Record, Request, Standing, Trace, rank};
use crate::ingest::formats::outline::Outline;

/// CloudTrail, in the documentation.
pub(in crate::ingest) static FAMILY: Family = Family { order: 0, name: "CloudTrail", note: "" };

/// Log files of all accounts.
static LOGS: Request = Request {
    order: 0,
    tells: "who accessed and changed what",
    each: true,
    beside: None,
    what: "CloudTrail log files",
    how: "aws s3 sync s3://TRAIL-BUCKET/AWSLogs/ cloudtrail/AWSLogs/",
};

/// Log files beside extracts of them.
pub(in crate::ingest) static DELIVERED: Request = Request {
    order: 100,
    tells: "a sequence that can be tested; extracts prove less",
    each: false,
    beside: Some(|beside| matches!(beside.holds, Holds::Events(_))),
    what: "log files as the trail delivers them",
    how: LOGS.how,
};

/// What all exports of events have in common.
pub const EVENTS: Declaration = Declaration {
    source: Some("CloudTrail"),
    grade: Grade::Partial,
    record: Record::Event,
    time: Some("eventTime"),
    tables: &["cloudtrail_events"],
    ..Declaration::OTHER
};

pub(in crate::ingest) static LOG_FILE: Declaration = Declaration {
    label: "CloudTrail log file",
    docs: Some((&FAMILY, "log files as delivered to S3 (Insights and network activity too)")),
    holds: Holds::Events(Container::Records),
    grade: Grade::Full,
    copy_rank: 0,
    rank: rank::RECORDS,
    marks: &[Mark::Object(|outline| holds_records(outline, |first| first.is_empty() || Carrier::of(first) == Some(Carrier::Record)))],
    traces: &[Trace::Name(is_log_name, "a CloudTrail log file"), Trace::Quoted(&OF_A_RECORD, 4, "CloudTrail records")],
    requests: &[&LOGS, &DELIVERED],
    examples: &[
        r#"{"Records":[{"eventVersion":"1.08","eventTime":"2024-05-01T10:11:12Z","eventID":"a","eventName":"N","eventSource":"s3.amazonaws.com","awsRegion":"eu-west-1","recipientAccountId":"111122223333"}]}"#,
        r#"{"Records":[]}"#,
    ],
    ..EVENTS
};

pub(in crate::ingest) static BARE_LIST: Declaration = Declaration {
    label: "CloudTrail records, bare list",
    docs: Some((&FAMILY, "bare lists")),
    holds: Holds::Events(Container::Array),
    limits: "an extract of records, no sequence to test",
    marks: &[Mark::Element(Standing::Listed, is_record)],
    requests: &[&LOGS],
    examples: &[
        r#"[{"eventVersion":"1.08","eventTime":"2024-05-01T10:11:12Z","eventID":"a","eventName":"N","eventSource":"s3.amazonaws.com","awsRegion":"eu-west-1","recipientAccountId":"111122223333"}]"#,
    ],
    ..EVENTS
};

pub(in crate::ingest) static STREAM: Declaration = Declaration {
    label: "CloudTrail records, one after the other",
    docs: Some((&FAMILY, "one record after the other (NDJSON, Firehose)")),
    holds: Holds::Events(Container::Stream),
    limits: "an extract of records, no sequence to test",
    marks: &[Mark::Element(Standing::Alone, is_record)],
    requests: &[&LOGS],
    examples: &[
        r#"{"eventVersion":"1.08","eventTime":"2024-05-01T10:11:12Z","eventID":"a","eventName":"N","eventSource":"s3.amazonaws.com","awsRegion":"eu-west-1","recipientAccountId":"111122223333"}"#,
        "{\"eventVersion\":\"1.08\",\"eventTime\":\"2024-05-01T10:11:12Z\",\"eventID\":\"a\",\"eventName\":\"N\",\"eventSource\":\"s3.amazonaws.com\",\"awsRegion\":\"eu-west-1\",\"recipientAccountId\":\"111122223333\"}\n{\"eventVersion\":\"1.08\",\"eventTime\":\"2024-05-01T10:11:12Z\",\"eventID\":\"a\",\"eventName\":\"N\",\"eventSource\":\"s3.amazonaws.com\",\"awsRegion\":\"eu-west-1\",\"recipientAccountId\":\"111122223333\"}\n",
    ],
    ..EVENTS
};

/// Whether `Records` is a list whose first object, by the names of its members, is one of these.
pub fn holds_records(outline: &Outline<'_>, fits: fn(&[&str]) -> bool) -> bool {
    outline.list("Records").is_some_and(|first| fits(&first))
}

fn is_record(outline: &Outline<'_>) -> bool {
    Carrier::of(&outline.names()) == Some(Carrier::Record)
}

fn is_log_name(name: &FileName<'_>) -> bool {
    (name.whole.contains("_cloudtrail_") || name.whole.contains("_cloudtrail-")) && !name.whole.contains("_cloudtrail-digest_")
}
