//! Every reader takes twice the steps for twice the input, whole or damaged: what is counted is not time, see
//! [`crate::base::steps`]. Configuration items have tests of their own beside their reader.

use std::fmt::Write as _;
use std::sync::Arc;

use super::batch::{Batch, Output};
use super::detect::Format;
use crate::base::steps::{assert_in_step, taken};
use crate::ingest::formats::cloudtrail::{self, Container, Event, Sink};
use crate::ingest::formats::readers;
use crate::ingest::formats::trail_exports::Export;
use crate::ingest::remark::Remark;
use crate::schema::Schema;

/// Bytes of the smaller input.
const SIZE: usize = 128 << 10;
/// Steps for each byte that no reader of damaged text exceeds: sixteen readings of it and of a mebibyte, and what whole
/// text takes.
const MOST: u64 = 400;

const RECORD: &str = r#"{"eventVersion":"1.0","eventTime":"2026-04-01T10:11:12Z","eventID":"a","eventName":"N","eventSource":"x.amazonaws.com","awsRegion":"eu-west-1","recipientAccountId":"111122223333"}"#;

/// What comes out is of no interest here.
fn ignore<T>(_: T) {}

/// `head`, then `part` as often as `size` bytes hold it.
fn filled(head: &str, part: &str, size: usize) -> Vec<u8> {
    let mut text = head.to_owned();
    while text.len() < size {
        text.push_str(part);
    }
    text.into_bytes()
}

/// Counts what it is told.
#[derive(Default)]
struct Told {
    events: u64,
    others: u64,
}

impl Sink for Told {
    fn event(&mut self, _: u64, _: &Event<'_>) {
        self.events += 1;
    }

    fn reject(&mut self, _: u64, _: u64, _: String) {
        self.others += 1;
    }

    fn apart(&mut self, _: &str) {
        self.others += 1;
    }

    fn note(&mut self, _: crate::ingest::remark::Remark) {}
}

fn trail(container: Container, text: &[u8]) -> u64 {
    let mut told = Told::default();
    let read = cloudtrail::read(container, text, &[], &mut told);
    assert_eq!(told.events + told.others, read, "every record is accounted for");
    told.events
}

fn trail_in_step(container: Container, what: &str, head: &str, part: &str) {
    assert_in_step(&format!("{container:?}: {what}"), SIZE, MOST, |size| {
        let text = filled(head, part, size);
        move || ignore(trail(container, &text))
    });
}

#[test]
fn log_files_are_read_in_step_whole_and_damaged() {
    let stray = RECORD.replace("\"a\"", "\"a");
    let open = RECORD.replace("\"x.amazonaws.com\"", "[1");
    let head = r#"{"Records":["#;
    for (what, head, part) in [
        ("whole", head, format!("{RECORD},")),
        ("a quote lost in each record", head, format!("{stray},")),
        ("a quote lost in every other record", head, format!("{stray},{RECORD},")),
        ("a bracket lost in each record", head, format!("{open},{RECORD},")),
        ("records inside records", head, format!(r#"{{"x":[{RECORD},"#)),
        ("fragments between records", head, format!(r#"{{"x":[1}},{RECORD},"#)),
        ("nothing but opening brackets", head, r#"{"e":["#.to_owned()),
        ("fragments of a few bytes", head, r#"{"e" x},"#.to_owned()),
        ("damaged lists glued together", "", r#"{"Records":[{"a" x} "b"]}"#.to_owned()),
        ("lists glued together whose documents do not close", r#"{"Records":[]}"#, format!(r#"{{"x":{{"z":[{RECORD}]"#)),
        ("whole lists glued together", "", format!(r#"{{"Records":[{RECORD}]}}"#)),
        ("many members before the list", "{", format!(r#""m":{RECORD},"#)),
    ] {
        trail_in_step(Container::Records, what, head, &part);
    }
    for (what, part) in
        [("whole", format!("{RECORD},")), ("a quote lost", format!("{stray},")), ("lists in a row", "[{\"a\" x} \"b\"]\n".to_owned())]
    {
        trail_in_step(Container::Array, what, if what == "lists in a row" { "" } else { "[" }, &part);
    }
    for (what, part) in [
        ("whole lines", format!("{RECORD}\n")),
        ("a quote lost in each line", format!("{stray}\n")),
        ("documents glued together", format!("{RECORD}{stray}")),
        ("lines that are no JSON", "x\n".to_owned()),
        ("lines that open and do not close", "{\n".to_owned()),
        ("lines that open inside one another", "{\"a\":[\n".to_owned()),
        ("one line of opening brackets", "{".to_owned()),
        ("one line of quotes", "\"".to_owned()),
    ] {
        trail_in_step(Container::Stream, what, "", &part);
    }
}

#[test]
fn records_between_fragments_are_still_read() {
    let text = filled(r#"{"Records":["#, &format!(r#"{{"x":[1}},{RECORD},"#), SIZE);
    let whole = |text: &[u8], part: usize| u64::try_from((text.len() - 12) / part).unwrap();
    assert_eq!(trail(Container::Records, &text), whole(&text, RECORD.len() + 10));
    let lines = filled("            ", &format!("x\n{RECORD}\n"), SIZE);
    assert_eq!(trail(Container::Stream, &lines), whole(&lines, RECORD.len() + 3));
}

/// A million fragments of a few bytes, of all kinds, with a record at the end.
#[test]
fn a_million_fragments_are_not_read_a_million_times() {
    let mut text = String::from(r#"{"Records":["#);
    for n in 0..1_000_000 {
        text.push_str(["{\"a\" 1},", "{x},", "[},", "\"\\u12\",", "{\"b\":[},"][n % 5]);
    }
    let _ = write!(text, "{RECORD}]}}");
    let steps = taken(|| ignore(trail(Container::Records, text.as_bytes())));
    assert!(steps < 60 * (text.len() as u64 + (1 << 20)), "{steps} for {}", text.len());
}

#[test]
fn a_log_file_cut_anywhere_costs_no_more_than_a_whole_one() {
    let whole = filled(r#"{"Records":["#, &format!("{RECORD},"), SIZE);
    let pretty = String::from_utf8_lossy(&whole).replace(',', ",\n  ").into_bytes();
    for text in [whole, pretty] {
        for at in (1..64).map(|n| text.len() * n / 64 + n) {
            let steps = taken(|| ignore(trail(Container::Records, &text[..at])));
            assert!(steps < 30 * at as u64 + 100_000, "{steps} for {at}");
        }
    }
}

#[test]
fn exports_of_trails_are_read_in_step_whole_and_damaged() {
    let quoted = serde_json::to_string(RECORD).unwrap();
    let element = format!(r#"{{"EventId":"a","CloudTrailEvent":{quoted}}}"#);
    let stray = element.replacen("\"a\"", "\"a", 1);
    let message = format!(r#"{{"id":"1","message":{quoted}}}"#);
    for (export, what, head, part) in [
        (Export::Lookup, "whole", r#"{"Events":["#, format!("{element},")),
        (Export::Lookup, "a quote lost", r#"{"Events":["#, format!("{stray},{element},")),
        (Export::Lookup, "pages", "", format!(r#"{{"Events":[{element}],"NextToken":"x"}}"#)),
        (Export::Lookup, "pages that do not close", "", format!(r#"{{"Events":[{element}],"x":["#)),
        (Export::Lookup, "pages without a list", "", "{\"a\":[\n".to_owned()),
        (Export::Lookup, "pages that open twice", "", r#"{"Events":{"Events":["#.to_owned()),
        (Export::Lookup, "lists in a row", "", "[{\"a\" x} \"b\"]\n".to_owned()),
        (Export::Lookup, "words", "", "x ".to_owned()),
        (Export::Subscription, "whole", "", format!(r#"{{"messageType":"DATA_MESSAGE","logEvents":[{message}]}}"#)),
        (Export::Subscription, "open", "", format!(r#"{{"messageType":"DATA_MESSAGE","logEvents":[{message}"#)),
        (Export::LogEvents, "open", "", format!(r#"{{"events":[{message},{{"id":["#)),
        (Export::EventBridge, "whole", "", format!("{{\"detail-type\":\"AWS API Call via CloudTrail\",\"detail\":{RECORD}}}\n")),
        (Export::EventBridge, "open", "", "{\"detail\":{\"a\":\n".to_owned()),
        (Export::Logstash, "lines", "", format!("{RECORD}\n")),
        (
            Export::QueryAnswer,
            "whole",
            r#"{"QueryResultRows":["#,
            r#"[{"eventTime":"2026-04-01 10:11:12.000"},{"eventName":"N"}],"#.to_owned(),
        ),
        (
            Export::QueryAnswer,
            "open",
            r#"{"QueryResultRows":["#,
            r#"[{"eventTime":"2026-04-01 10:11:12.000"},{"eventName":"N"},"#.to_owned(),
        ),
        (Export::LogsInsights, "open", r#"{"results":["#, r#"[{"field":"eventTime","value":"x"},"#.to_owned()),
        (Export::LogLines, "whole", "", format!("2026-04-01T10:11:12.000Z {RECORD}\n")),
        (Export::LogLines, "no records", "", "2026-04-01T10:11:12.000Z {\n".to_owned()),
        (Export::ConsoleCsv, "whole", "User name,AWS access key,Event time,Event ID\n", "ada,,2026-04-01T10:11:12Z,a\n".to_owned()),
        (
            Export::ConsoleCsv,
            "a quote in each row",
            "User name,AWS access key,Event time,Event ID\n",
            "ada,\"x,2026-04-01T10:11:12Z,a\n".to_owned(),
        ),
        (Export::ConsoleCsv, "one quote", "User name,AWS access key,Event time,Event ID\n\"", "ada,x,2026-04-01T10:11:12Z,a\n".to_owned()),
        (Export::ConsoleCsv, "quotes three by three", "User name,AWS access key,Event time,Event ID\n", "a,\"\"\"\n".to_owned()),
        (Export::QueryCsv, "structures", "eventTime,userIdentity\n", "x,\"{type=Root, arn=a, x={y=[1, 2]}}\"\n".to_owned()),
    ] {
        trail_in_step(Container::Export(export), what, head, &part);
    }
    // One cell with very many structures that are none.
    for part in ["{a=", "{a={b=1}, ", "{\"a\":", "[1, "] {
        assert_in_step(&format!("a structure of {part:?}"), 8 << 10, 4_000, |size| {
            let cell = String::from_utf8(filled("", part, size)).unwrap().replace('"', "\"\"");
            let text = format!("eventTime,userIdentity\n2026-04-01T10:11:12Z,\"{cell}\"\n").into_bytes();
            move || ignore(trail(Container::Export(Export::QueryCsv), &text))
        });
    }
}

/// Reads a text and returns how many records it offers.
fn rows(format: Format, text: &[u8]) -> u64 {
    let mut sink = |batch: &Batch| ignore(std::hint::black_box(batch.len()));
    let mut out = Output::new(Arc::new(Schema::new(Vec::new(), Vec::new()).unwrap()), &mut sink);
    let path = "111122223333/eu-west-1/2026-04-01.json";
    if readers::is_streamed(format) {
        readers::read_stream(format, &mut &*text, &mut out);
    } else {
        readers::read_text(format, text, path, &mut out);
    }
    out.finish();
    assert_eq!(out.counts.read, out.counts.kept + out.counts.rejected, "every record is accounted for");
    assert!(out.notes.len() <= 1_100 && out.rejects.len() <= 1_000);
    out.counts.read
}

fn rows_in_step(format: Format, what: &str, head: &str, part: &str) {
    assert_in_step(&format!("{format:?}: {what}"), SIZE, MOST, |size| {
        let text = filled(head, part, size);
        move || ignore(rows(format, &text))
    });
}

#[test]
fn answers_are_read_in_step_whole_and_damaged() {
    let finding = r#"{"SchemaVersion":"2018-10-08","Id":"a","ProductArn":"p","GeneratorId":"g","AwsAccountId":"111122223333","Types":[],"CreatedAt":"soon","UpdatedAt":"2026-04-01T10:11:12Z","Severity":{"Label":"HIGH"},"Title":"t","Description":"d","Resources":[]}"#;
    let trail = r#"{"Name":"t","TrailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/t","HomeRegion":"eu-west-1"}"#;
    let rule = r#"{"ComplianceType":"COMPLIANT","EvaluationResultIdentifier":{"EvaluationResultQualifier":{"ConfigRuleName":"r","ResourceType":"AWS::S3::Bucket","ResourceId":"b"}},"ResultRecordedTime":"late"}"#;
    for (format, what, head, part) in [
        (Format::SecurityHubFindings, "whole list", r#"{"Findings":["#, format!("{finding},")),
        (Format::SecurityHubFindings, "lines", "", format!("{finding}\n")),
        (Format::SecurityHubFindings, "lines with a quote lost", "", format!("{}\n", finding.replacen("\"a\"", "\"a", 1))),
        (Format::SecurityHubFindings, "lines that do not close", "", "{\"Findings\":[\n".to_owned()),
        (Format::SecurityHubFindings, "long lines that do not close", "", format!("{{\"x\":{finding},\"y\":[\n")),
        (Format::SecurityHubFindings, "pages", "", format!("{{\"Findings\":[{finding}],\"NextToken\":\"x\"}}")),
        (Format::SecurityHubFindings, "brackets", "", "[".to_owned()),
        (Format::DescribeTrails, "cut list", r#"{"trailList":["#, format!("{trail},")),
        (Format::DescribeTrails, "answers", "", format!(r#"{{"trailList":[{trail}]}}"#)),
        (Format::ConfigAnswers, "answers", "", format!(r#"{{"EvaluationResults":[{rule}]}}"#)),
        (
            Format::CloudtrailDigest,
            "cut list",
            r#"{"awsAccountId":"111122223333","logFiles":["#,
            r#"{"s3Object":"a","hashValue":"00"},"#.to_owned(),
        ),
        (Format::PublicKeys, "cut list", r#"{"PublicKeyList":["#, r#"{"Value":"AA==","Fingerprint":"0"},"#.to_owned()),
        (
            Format::AuthorizationDetails,
            "cut list",
            r#"{"UserDetailList":["#,
            r#"{"UserName":"u","Arn":"arn:aws:iam::111122223333:user/u"},"#.to_owned(),
        ),
        (
            Format::CostExplorer,
            "cut list",
            r#"{"ResultsByTime":["#,
            r#"{"TimePeriod":{"Start":"2026-04-01","End":"2026-05-01"},"Total":{}},"#.to_owned(),
        ),
    ] {
        rows_in_step(format, what, head, &part);
    }
    for (format, head, part, tail) in [
        (Format::SecurityHubFindings, r#"{"Findings":["#, finding, "]}"),
        (Format::DescribeTrails, r#"{"trailList":["#, trail, "]}"),
        (Format::ConfigAnswers, r#"{"EvaluationResults":["#, rule, "]}"),
    ] {
        assert_in_step(&format!("{format:?}: a whole list"), SIZE, MOST, |size| {
            let mut text = filled(head, &format!("{part},"), size);
            text.truncate(text.len() - 1);
            text.extend_from_slice(tail.as_bytes());
            let wanted = (size / (part.len() + 1)) as u64;
            move || assert!(rows(format, &text) >= wanted)
        });
    }
}

#[test]
fn an_object_with_half_a_million_keys_is_read_in_step() {
    for (format, inside, size) in [
        (Format::SecurityHubFindings, r#""ProductFields":{"#, 50_000),
        (Format::DescribeTrails, r#""x":{"#, 50_000),
        (Format::CloudtrailDigest, r#""x":{"#, 250_000),
    ] {
        assert_in_step(&format!("{format:?}: keys of one object"), size, 2_000, |size| {
            let keys = (0..size).map(|n| format!("\"key{n}\":{n}")).collect::<Vec<_>>().join(",");
            let text = format!(r#"{{"Id":"a","trailList":[{{"Name":"t",{keys}}}],{inside}{keys}}}}}"#).into_bytes();
            move || ignore(rows(format, &text))
        });
    }
    assert_in_step("a record: keys of one object", 250_000, 2_000, |size| {
        let keys = (0..size).map(|n| format!("\"key{n}\":{n}")).collect::<Vec<_>>().join(",");
        let text = format!(r#"{{"Records":[{},"requestParameters":{{{keys}}}}}]}}"#, RECORD.trim_end_matches('}')).into_bytes();
        move || assert_eq!(trail(Container::Records, &text), 1)
    });
}

#[test]
fn tables_are_read_in_step_whole_and_damaged() {
    let cost = "lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/UsageAmount,lineItem/UnblendedCost,lineItem/UsageAccountId,resourceTags/user:env\n";
    let row = "Usage,2026-04-01T00:00:00Z,2026-04-01T01:00:00Z,1,0.5,111122223333,prod\n";
    let users = "user,arn,user_creation_time,password_enabled\n";
    for (format, what, head, part) in [
        (Format::CostCur, "whole", cost, row.to_owned()),
        (Format::CostCur, "a quote in each row", cost, row.replacen("Usage,", "Usage,\"", 1)),
        (Format::CostCur, "one quote", &format!("{cost}\""), row.to_owned()),
        (Format::CostCur, "quotes", cost, "\"".to_owned()),
        (Format::CostCur, "dates that are none", cost, row.replace("2026-04-01T00", "soon")),
        (Format::CredentialReport, "whole", users, "u,arn:aws:iam::111122223333:user/u,2026-04-01T00:00:00Z,true\n".to_owned()),
        (Format::CredentialReport, "a quote in each row", users, "u,\"arn,2026-04-01T00:00:00Z,true\n".to_owned()),
        (Format::CredentialReport, "short rows", users, "u\n".to_owned()),
        (Format::ClientControls, "a quote in each row", "control_id,control_text,criteria,tests\n", "a,\"b,c,d\n".to_owned()),
        (
            Format::S3AccessLog,
            "lines",
            "",
            "owner bucket [01/Apr/2026:10:11:12 +0000] 192.0.2.1 - ID REST.GET.OBJECT key \"GET / HTTP/1.1\" 200 - 1 1 1 1 \"-\" \"-\" -\n"
                .to_owned(),
        ),
        (Format::S3AccessLog, "quotes", "", "owner bucket [01/Apr/2026:10:11:12 +0000] \"\"\"\"\n".to_owned()),
        (Format::S3AccessLog, "one line", "", "\" ".to_owned()),
    ] {
        rows_in_step(format, what, head, &part);
    }
}

#[test]
fn tables_of_ten_thousand_columns_are_read_in_step() {
    for name in ["resourceTags/user:tag", "other/column"] {
        assert_in_step(&format!("columns such as {name}"), 5_000, 60_000, |size| {
            let mut text = String::from(
                "lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/UsageAmount,lineItem/UnblendedCost",
            );
            (0..size).for_each(|n| ignore(write!(text, ",{name}{n}")));
            text.push('\n');
            for _ in 0..20 {
                text.push_str("Usage,2026-04-01T00:00:00Z,2026-04-01T01:00:00Z,1,0.5");
                (0..size).for_each(|n| ignore(write!(text, ",v{n}")));
                text.push('\n');
            }
            move || assert_eq!(rows(Format::CostCur, text.as_bytes()), 20)
        });
    }
}

#[test]
fn remarks_that_differ_are_kept_once_and_counted_beyond_a_thousand() {
    assert_in_step("different remarks", 20_000, 2_000, |size| {
        move || {
            let mut out = Output::gathering(Arc::new(Schema::new(Vec::new(), Vec::new()).unwrap()));
            (0..2 * size).for_each(|n| out.note(format!("byte {} is odd", n % size)));
            assert_eq!((out.notes.len(), out.notes[0].to_string().as_str()), (1_000, "byte 0 is odd"));
        }
    });
    let mut sink = |_: &Batch| {};
    let mut out = Output::new(Arc::new(Schema::new(Vec::new(), Vec::new()).unwrap()), &mut sink);
    (0..1_234).for_each(|n| out.note(format!("byte {n} is odd")));
    out.finish();
    assert_eq!(out.notes.last(), Some(&Remark::counted(234, "further remarks on this file are not listed")));
}
