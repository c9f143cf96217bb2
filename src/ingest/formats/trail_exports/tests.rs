//! Fixtures of every export, written from formats.md 1.2 to 1.10 by hand.

use serde_json::{Value, json};

use super::*;
use crate::ingest::batch::Cell;
use crate::ingest::detect::{Format, detect};
use crate::ingest::formats::cloudtrail::{Container, Event};
use crate::schema::row::{Columns as _, position};
use crate::schema::tables::CloudtrailEventsRow;

const ID: usize = position(CloudtrailEventsRow::COLUMNS, CloudtrailEventsRow::event_id);
const ACCOUNT: usize = position(CloudtrailEventsRow::COLUMNS, CloudtrailEventsRow::account_id);

/// What a reader said of a file.
#[derive(Default)]
struct Told {
    /// Record, event id, time in seconds, account and content hash.
    events: Vec<(u64, String, i64, String, u64)>,
    cells: Vec<Vec<String>>,
    rejects: Vec<(u64, u64, String)>,
    apart: Vec<String>,
    notes: Vec<String>,
}

impl Sink for Told {
    fn event(&mut self, record: u64, event: &Event<'_>) {
        let cells: Vec<String> = event
            .cells
            .iter()
            .map(|cell| match cell {
                Cell::Text(text) => (*text).to_owned(),
                Cell::Int(n) | Cell::Micros(n) => n.to_string(),
                Cell::Day(n) => n.to_string(),
                Cell::Bool(b) => b.to_string(),
                _ => String::new(),
            })
            .collect();
        self.events.push((record, cells[ID].clone(), event.time / 1_000_000, cells[ACCOUNT].clone(), event.content_hash));
        self.cells.push(cells);
    }
    fn reject(&mut self, record: u64, offset: u64, reason: String) {
        self.rejects.push((record, offset, reason));
    }
    fn apart(&mut self, reason: &str) {
        self.apart.push(reason.to_owned());
    }
    fn note(&mut self, note: crate::ingest::remark::Remark) {
        self.notes.push(note.to_string());
    }
}

impl Told {
    fn ids(&self) -> Vec<&str> {
        self.events.iter().map(|e| e.1.as_str()).collect()
    }

    fn hashes(&self) -> Vec<u64> {
        self.events.iter().map(|e| e.4).collect()
    }

    /// The column of `cloudtrail_events` in the first event.
    fn get(&self, column: &str) -> &str {
        let at = position(CloudtrailEventsRow::COLUMNS, column);
        &self.cells[0][at]
    }
}

/// Detects and reads, and makes sure that every record is accounted for.
#[track_caller]
fn told(text: &str, format: Format) -> Told {
    assert_eq!(detect(text.as_bytes()), format, "{text:.300}");
    let mut told = Told::default();
    let read = cloudtrail::read(format.cloudtrail().unwrap(), text.as_bytes(), &[], &mut told);
    assert_eq!(read, (told.events.len() + told.rejects.len() + told.apart.len()) as u64, "read = kept + rejected + set apart");
    for (record, offset, reason) in &told.rejects {
        assert!(*record < read && (*offset as usize) < text.len() && !reason.is_empty());
    }
    told
}

/// The example record of formats.md 1.2 with another id.
fn record(n: u32) -> Value {
    json!({"eventVersion":"1.09","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE1","arn":"arn:aws:iam::111122223333:user/ada",
        "accountId":"111122223333","accessKeyId":"AKIAEXAMPLE1","userName":"ada"},
        "eventTime":format!("2024-05-01T09:12:{n:02}Z"),"eventSource":"iam.amazonaws.com","eventName":"CreateAccessKey","awsRegion":"us-east-1",
        "sourceIPAddress":"203.0.113.7","userAgent":"aws-cli/2.15.0, \"x\"","requestParameters":{"userName":"bob"},
        "requestID":format!("r-{n}"),"eventID":format!("e-{n}"),"readOnly":false,"eventType":"AwsApiCall",
        "managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"})
}

/// Content hashes of records 1 to 3 as the delivery to S3 gives them.
fn delivered() -> Vec<u64> {
    told(&json!({"Records":[record(1), record(2), record(3)]}).to_string(), Format::CloudtrailRecords).hashes()
}

const IDS: [&str; 3] = ["e-1", "e-2", "e-3"];

/// Every container that holds whole records, with records 1 to 3.
fn whole() -> Vec<(Format, String)> {
    let text = |n| record(n).to_string();
    let lookup = |n| {
        json!({"EventId":format!("e-{n}"),"EventName":"CreateAccessKey","ReadOnly":"false","AccessKeyId":"","EventTime":"2024-05-01T11:12:33+02:00",
            "EventSource":"iam.amazonaws.com","Username":"ada","Resources":[{"ResourceType":"AWS::IAM::User","ResourceName":"ada"}],"CloudTrailEvent":text(n)})
    };
    let message = |n: u32| json!({"id":n.to_string(),"timestamp":1_714_554_753_000_u64,"message":text(n)});
    let subscription = |n: &[u32]| {
        json!({"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"trail","logStream":"111122223333_CloudTrail_us-east-1",
            "subscriptionFilters":["f"],"logEvents":n.iter().map(|n| message(*n)).collect::<Vec<_>>()})
    };
    let envelope = |n| {
        json!({"version":"0","id":"x","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","account":"111122223333",
            "time":"2024-05-01T09:12:33Z","region":"us-east-1","resources":[],"detail":record(n)})
    };
    let events = |n: &[u32]| json!({"events":n.iter().map(|n| message(*n)).collect::<Vec<_>>(),"searchedLogStreams":[]});
    let insights = |n: u32| json!([{"field":"@timestamp","value":"2024-05-01 09:12:33.000"},{"field":"@message","value":text(n)},{"field":"@ptr","value":"C"}]);
    vec![
        (Format::CloudtrailRecords, json!({"Records":[record(1)]}).to_string() + &json!({"Records":[record(2),record(3)]}).to_string()),
        (Format::CloudtrailArray, json!([record(1), record(2), record(3)]).to_string()),
        (Format::CloudtrailStream, format!("{}\n{}{}", text(1), text(2), text(3))),
        (Format::CloudtrailLookup, json!({"Events":[lookup(1),lookup(2),lookup(3)]}).to_string()),
        (
            Format::CloudtrailLookup,
            format!("{}\n{}", json!({"Events":[lookup(1)],"NextToken":"a"}), json!({"Events":[lookup(2),lookup(3)]})),
        ),
        (Format::CloudtrailLookup, json!([lookup(1), lookup(2), lookup(3)]).to_string()),
        (Format::CloudtrailLookup, format!("{}\n{}\n{}\n", lookup(1), lookup(2), lookup(3))),
        (Format::CloudtrailLookup, json!([text(1), text(2), text(3)]).to_string()),
        (Format::CloudtrailLookup, json!({"status_code":200,"data":{"Events":[lookup(1),lookup(2),lookup(3)]}}).to_string()),
        (Format::CloudtrailLogLines, (1..4).map(|n| format!("2024-05-01T09:12:33.000Z {}\n", text(n))).collect()),
        (Format::CloudtrailSubscription, format!("{}{}", subscription(&[1, 2]), subscription(&[3]))),
        (Format::CloudtrailLogEvents, events(&[1, 2, 3]).to_string()),
        (Format::CloudtrailLogEvents, format!("{}{}", events(&[1]), events(&[2, 3]))),
        (
            Format::CloudtrailLogEvents,
            json!({"events":[message(1),message(2),message(3)],"nextForwardToken":"f/1","nextBackwardToken":"b/1"}).to_string(),
        ),
        (Format::CloudtrailEventBridge, format!("{}{}\n{}", envelope(1), envelope(2), envelope(3))),
        (Format::CloudtrailEventBridge, json!([envelope(1), envelope(2), envelope(3)]).to_string()),
        (
            Format::CloudtrailLogsInsights,
            json!({"results":[insights(1),insights(2),insights(3)],"statistics":{},"status":"Complete"}).to_string(),
        ),
    ]
}

#[test]
fn whole_records_are_the_same_in_every_container() {
    let delivered = delivered();
    for (format, text) in whole() {
        let told = told(&text, format);
        assert_eq!(told.ids(), IDS, "{format:?}");
        assert_eq!(told.hashes(), delivered, "{format:?}: the same content as delivered to S3");
        assert_eq!(told.notes, Vec::<String>::new(), "{format:?}");
        assert_eq!(told.get("user_identity_type"), "IAMUser");
    }
}

/// The documents of a file printed over many lines, and the texts they hold that are JSON too.
fn printed(text: &str) -> String {
    fn spread(value: &Value) -> Value {
        match value {
            Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), spread(value))).collect(),
            Value::Array(elements) => elements.iter().map(spread).collect(),
            Value::String(text) => match serde_json::from_str::<Value>(text) {
                Ok(inner @ Value::Object(_)) => format!("\n {:#}\n", spread(&inner)).replace("  ", "\t").into(),
                _ => value.clone(),
            },
            other => other.clone(),
        }
    }
    let documents = serde_json::Deserializer::from_str(text).into_iter::<Value>().map(Result::unwrap);
    documents.map(|document| format!("{:#}\n", spread(&document)).replace("  ", "\t")).collect()
}

#[test]
fn whole_records_are_the_same_however_they_are_printed() {
    let delivered = delivered();
    for (format, text) in whole().into_iter().filter(|(format, _)| *format != Format::CloudtrailLogLines) {
        let told = told(&printed(&text), format);
        assert_eq!((told.ids(), told.hashes()), (IDS.to_vec(), delivered.clone()), "{format:?} {:?}", told.rejects);
    }
}

#[test]
fn damage_costs_the_damaged_record_only_in_indented_files_too() {
    for (format, text) in whole().into_iter().filter(|(format, _)| *format != Format::CloudtrailLogLines) {
        let read = told(&printed(&text).replacen("e-2", "e-\u{0}", 1), format);
        assert_eq!(read.ids(), ["e-1", "e-3"], "{format:?} {:?}", read.rejects);
    }
}

#[test]
fn damage_costs_the_damaged_record_only() {
    for (format, text) in whole() {
        // A quote taken away and a byte in its place, in the second record's own text.
        for (from, to) in [("e-2", "e-\u{0}"), ("\"r-2", "r-2"), ("r-2\"", "r-2"), ("\\\"r-2", "r-2"), ("r-2\\\"", "r-2")] {
            if !text.contains(from) {
                continue;
            }
            let told = told(&text.replacen(from, to, 1), format);
            assert_eq!(told.ids(), ["e-1", "e-3"], "{format:?} {from} {:?}", told.rejects);
            assert_eq!(told.rejects.len(), 1, "{format:?} {from} {:?}", told.rejects);
        }
        if text.contains("status_code") {
            continue; // Its mark stands at the end.
        }
        // The file breaks off inside the last record.
        let cut = text.rfind("r-3").unwrap();
        let told = told(&text[..cut], format);
        assert_eq!(told.ids(), ["e-1", "e-2"], "{format:?} cut");
        assert_eq!(told.rejects.len(), 1, "{format:?} cut {:?}", told.rejects);
    }
}

#[test]
fn evidence_finds_each_record() {
    for (format, text) in whole() {
        let Some(container) = format.cloudtrail() else { panic!() };
        for n in 0..3_u32 {
            let found = cloudtrail::find(container, text.as_bytes(), u64::from(n)).unwrap();
            let found: Value = serde_json::from_str(&found).unwrap();
            let record_found = if container == Container::Stream || found.get("eventID").is_some() { &found } else { &found["detail"] };
            assert_eq!(*record_found, record(n + 1), "{format:?}");
        }
        assert_eq!(cloudtrail::find(container, text.as_bytes(), 3), None, "{format:?}");
        // Behind a damaged record, too.
        let damaged = text.replacen("e-2", "e-\u{0}", 1);
        let found = cloudtrail::find(container, damaged.as_bytes(), 2).unwrap();
        assert!(found.contains("e-3"), "{format:?} {found}");
    }
}

#[test]
fn control_messages_are_counted_and_said() {
    let control = r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1714554753000,"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}"#;
    let read = told(control, Format::CloudtrailSubscription);
    assert_eq!(read.apart, ["control messages of a CloudWatch Logs subscription, which hold no event"]);
    let data = whole().into_iter().find(|(f, _)| *f == Format::CloudtrailSubscription).unwrap().1;
    let read = told(&format!("{control}{data}{control}"), Format::CloudtrailSubscription);
    assert_eq!((read.ids(), read.apart.len(), read.rejects.len()), (IDS.to_vec(), 2, 0));
}

#[test]
fn a_message_that_is_no_record_is_a_reject() {
    let text = json!({"events":[{"timestamp":1,"message":record(1).to_string()},{"timestamp":2,"message":"START RequestId"},{"timestamp":3}],"searchedLogStreams":[]});
    let read = told(&text.to_string(), Format::CloudtrailLogEvents);
    assert_eq!(read.ids(), ["e-1"]);
    let reasons: Vec<&str> = read.rejects.iter().map(|r| r.2.as_str()).collect();
    assert_eq!(reasons, ["not a CloudTrail record", "there is no message, which holds the record"]);
}

#[test]
fn open_pages_and_unfinished_queries_are_said() {
    let lookup = json!({"Events":[{"CloudTrailEvent":record(1).to_string()}],"NextToken":"abc"}).to_string();
    let rows = json!({"QueryStatus":"RUNNING","QueryResultRows":[[{"eventID":"e-1"},{"eventTime":"2024-05-01 09:12:01.000"},{"eventName":"a"},{"eventSource":"b"}]],"NextToken":"x"});
    assert!(told(&lookup, Format::CloudtrailLookup).notes[0].contains("incomplete: its NextToken"));
    let read = told(&rows.to_string(), Format::CloudtrailQueryAnswer);
    assert_eq!(read.ids(), ["e-1"]);
    assert!(read.notes.iter().any(|n| n.contains("RUNNING")) && read.notes.iter().any(|n| n.contains("NextToken")), "{:?}", read.notes);
}

#[test]
fn events_of_other_sources_among_envelopes_are_set_apart() {
    let other = r#"{"version":"0","detail-type":"GuardDuty Finding","source":"aws.guardduty","detail":{"schemaVersion":"2.0"}}"#;
    let (_, text) = whole().into_iter().find(|(f, _)| *f == Format::CloudtrailEventBridge).unwrap();
    let read = told(&(text + other), Format::CloudtrailEventBridge);
    assert_eq!(
        (read.ids(), read.apart.as_slice()),
        (IDS.to_vec(), ["EventBridge events that are no CloudTrail records".to_owned()].as_slice())
    );
}

#[test]
fn logstash_gives_its_time_back() {
    let mut moved = record(1);
    let object = moved.as_object_mut().unwrap();
    object.remove("eventTime");
    object.insert("@timestamp".to_owned(), "2024-05-01T09:12:01.000Z".into());
    object.insert("@version".to_owned(), "1".into());
    let mut second = moved.clone();
    second["eventID"] = "e-2".into();
    for text in [format!("{moved}\n{second}\n"), json!([moved, second]).to_string()] {
        let read = told(&text, Format::CloudtrailLogstash);
        assert_eq!(read.ids(), ["e-1", "e-2"]);
        // 2024-05-01T09:12:01Z, as `date -d` counts it.
        assert_eq!(read.events[0].2, 1_714_554_721);
        let read = told(&text.replacen("r-1\"", "r-1", 1), Format::CloudtrailLogstash);
        assert_eq!((read.ids(), read.rejects.len()), (vec!["e-2"], 1));
    }
}

const CONSOLE: &str = "User name,AWS access key,Event time,Event source,Event name,AWS region,Source IP address,User agent,Error code,Resources,Request ID,Event ID,Read-only,Event type,Recipient Account Id,Event category\n\
ada,AKIAEXAMPLE1,2024-05-01T09:12:01Z,iam.amazonaws.com,CreateAccessKey,us-east-1,203.0.113.7,\"aws-cli/2.15.0, \"\"x\"\"\",,\"[{\"\"resourceType\"\":\"\"AWS::IAM::User\"\",\"\"resourceName\"\":\"\"ada\"\"}]\",r-1,e-1,false,AwsApiCall,111122223333,Management\n\
root,,2024-05-01T09:12:02Z,signin.amazonaws.com,ConsoleLogin,us-east-1,203.0.113.7,Mozilla/5.0,AccessDenied,[],r-2,e-2,false,AwsConsoleSignIn,111122223333,Management\n\
ada,,2024-05-01T09:12:03Z,ec2.amazonaws.com,DescribeInstances,us-east-1,203.0.113.7,x,,[],r-3,e-3,true,AwsApiCall,111122223333,Management\n";

#[test]
fn the_console_csv_is_read_as_far_as_it_goes() {
    let read = told(CONSOLE, Format::CloudtrailConsoleCsv);
    assert_eq!(read.ids(), IDS);
    assert_eq!(read.events[0].2, 1_714_554_721);
    for (column, wanted) in [
        ("user_identity_user_name", "ada"),
        ("user_agent", "aws-cli/2.15.0, \"x\""),
        ("resource_type", "AWS::IAM::User"),
        ("resource_arn", ""),
        ("read_only", "false"),
        ("account_id", "111122223333"),
        ("user_identity_type", ""),
        ("actor_class", "unknown"),
        ("access_key_kind", "AKIA"),
    ] {
        assert_eq!(read.get(column), wanted, "{column}");
    }
    assert!(read.notes.iter().any(|n| n.contains("no identity type")));
    // Saved by a spreadsheet that parts with semicolons.
    let semicolons = CONSOLE.replace(",\"aws-cli/2.15.0, ", ",\"aws-cli/2.15.0; ").replace(',', ";").replace("\"\";\"\"", "\"\",\"\"");
    assert_eq!(told(&semicolons, Format::CloudtrailConsoleCsv).ids(), IDS);
    let found = find(Export::ConsoleCsv, CONSOLE.as_bytes(), 1).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&found).unwrap()["Event name"], "ConsoleLogin");
}

#[test]
fn what_an_export_has_no_column_for_is_not_taken_for_success() {
    let told_of = |text: &str, format| {
        let read = told(text, format);
        let of = |column: &str| {
            let at = position(CloudtrailEventsRow::COLUMNS, column);
            read.cells.iter().map(|cells| cells[at].clone()).collect::<Vec<_>>()
        };
        (of("outcome"), of("is_change"), of("unread_values"), read.notes)
    };
    // With the column, an empty cell is success; root is a name only.
    let (outcome, _, unread, _) = told_of(CONSOLE, Format::CloudtrailConsoleCsv);
    assert_eq!(outcome, ["success", "failure", "success"]);
    assert_eq!(unread, ["", "{\"user_identity_type\":\"not_exported\"}", ""]);
    let without = CONSOLE.replace(",Error code,", ",").replace(",AccessDenied,", ",").replace("\"\"\",,", "\"\"\",").replace(",x,,", ",x,");
    let (outcome, change, unread, notes) = told_of(&without, Format::CloudtrailConsoleCsv);
    assert_eq!(outcome, ["unknown", "unknown", "unknown"]);
    assert_eq!(change, ["", "false", "false"], "a sign-in and a read change nothing, whatever came of them");
    assert_eq!(unread[0], "{\"is_change\":\"not_exported\",\"outcome\":\"not_exported\"}");
    assert!(notes.iter().any(|n| n.starts_with("3 records come without the column errorCode")), "{notes:?}");
    // Answers name no column that a row has no value for: one row of the file is enough to know it.
    let row = |n: u32, more: Value| {
        let mut row = vec![json!({"eventTime": format!("2024-05-01 09:12:0{n}.000")}), json!({"eventName": "DeleteTrail"})];
        row.extend([json!({"eventSource": "cloudtrail.amazonaws.com"}), json!({"eventID": format!("e-{n}")})]);
        row.extend(more.as_array().unwrap().iter().cloned());
        row
    };
    let answer = |first: Value| {
        json!({"QueryStatus": "FINISHED", "QueryResultRows": [row(1, first), row(2, json!([{"userIdentity.type": "IAMUser"}]))]})
            .to_string()
    };
    let (outcome, _, unread, _) = told_of(&answer(json!([])), Format::CloudtrailQueryAnswer);
    assert_eq!(outcome, ["unknown", "unknown"]);
    assert_eq!(unread, ["{\"outcome\":\"not_exported\"}"; 2], "the type of identity was selected");
    let (outcome, _, _, _) = told_of(&answer(json!([{"errorCode": "AccessDenied"}])), Format::CloudtrailQueryAnswer);
    assert_eq!(outcome, ["failure", "success"]);
}

#[test]
fn damage_in_a_csv_costs_one_row() {
    for (text, format) in [(CONSOLE, Format::CloudtrailConsoleCsv), (LAKE, Format::CloudtrailQueryCsv)] {
        // A field too few, one too many, a quote that nobody closes.
        for (from, to) in [(",r-2,", ","), (",r-2,", ",r-2,,"), (",r-2,", ",\"r-2,")] {
            let read = told(&text.replacen(from, to, 1), format);
            assert_eq!((read.ids(), read.rejects.len()), (vec!["e-1", "e-3"], 1), "{format:?} {to} {:?}", read.rejects);
            assert_eq!(read.rejects[0].0, 1);
        }
    }
}

#[test]
fn account_ids_that_a_spreadsheet_cut_leave_the_event_without_one() {
    let with = |id: &str| CONSOLE.replace("111122223333", id);
    let read = told(&with("11122223333"), Format::CloudtrailConsoleCsv);
    assert_eq!(read.events[0].3, "011122223333");
    assert!(read.notes.iter().any(|n| n.starts_with("3 account ids")), "{:?}", read.notes);
    for id in ["1122223333", "1.11122E+11", "x"] {
        let read = told(&with(id), Format::CloudtrailConsoleCsv);
        assert_eq!((read.events.len(), read.rejects.len()), (3, 0), "{id}");
        assert_eq!(read.events[0].3, "", "{id}: NULL");
        let wanted = format!("3 values are no account id of twelve digits and not stated now, the first {id:?}");
        assert!(read.notes.iter().any(|n| n.starts_with(&wanted)), "{:?}", read.notes);
    }
}

#[test]
fn an_export_that_says_no_error_and_names_the_identity_without_dots() {
    let text = "eventID,eventTime,eventSource,eventName,userIdentitytype,userIdentityaccountId,user_identity_arn,errorCode,recipientAccountId,mood\n\
        e-1,2024-05-01T09:12:01Z,iam.amazonaws.com,CreateUser,Root,111122223333,arn:aws:iam::111122223333:root,NoError,111122223333,9\n\
        e-2,2024-05-01T09:12:02Z,iam.amazonaws.com,CreateUser,Root,111122223333,arn:aws:iam::111122223333:root,AccessDenied,111122223333,9\n";
    let read = told(text, Format::CloudtrailQueryCsv);
    assert_eq!(read.rejects.len(), 0);
    for (column, wanted) in [
        ("user_identity_type", "Root"),
        ("user_identity_arn", "arn:aws:iam::111122223333:root"),
        ("outcome", "success"),
        ("error_code", ""),
    ] {
        assert_eq!(read.get(column), wanted, "{column}");
    }
    assert!(read.notes.iter().any(|n| n == "columns that are no member of a CloudTrail record were not read: mood"), "{:?}", read.notes);
}

const LAKE: &str = "# Execution Time: 2024-05-02T00:00:00Z Query Statement: SELECT * FROM d4 WHERE eventTime > '2024-05-01 00:00:00'\n\
eventVersion,userIdentity,eventTime,eventSource,eventName,awsRegion,sourceIPAddress,userAgent,errorCode,requestParameters,requestID,eventID,readOnly,eventType,resources,recipientAccountId,eventCategory,myAlias\n\
1.08,\"{type=AssumedRole, principalid=AROAX:ada, arn=arn:aws:sts::111122223333:assumed-role/Ops/ada, accountid=111122223333, accesskeyid=ASIAX, username=null, sessioncontext={attributes={creationdate=2024-05-01 08:00:00.000, mfaauthenticated=true}, sessionissuer={type=Role, principalid=AROAX, arn=arn:aws:iam::111122223333:role/Ops, accountid=111122223333, username=Ops}}, invokedby=null}\",2024-05-01 09:12:01.000,s3.amazonaws.com,PutBucketPolicy,us-east-1,203.0.113.7,x,,\"{bucketName=b, bucketPolicy={\"\"Version\"\":\"\"2012-10-17\"\",\"\"Statement\"\":[]}}\",r-1,e-1,false,AwsApiCall,\"[{accountid=111122223333, type=AWS::S3::Bucket, arn=arn:aws:s3:::b}]\",111122223333,Management,7\n\
1.08,,2024-05-01 09:12:02.000,s3.amazonaws.com,GetObject,us-east-1,203.0.113.7,x,AccessDenied,null,r-2,e-2,true,AwsApiCall,,111122223333,Data,7\n\
1.08,\"{type=AssumedRole\",2024-05-01 09:12:03.000,s3.amazonaws.com,GetObject,us-east-1,203.0.113.7,x,,,r-3,e-3,true,AwsApiCall,,111122223333,Data,7\n";

#[test]
fn a_lake_result_is_read_as_well_as_can_be() {
    let read = told(LAKE, Format::CloudtrailQueryCsv);
    assert_eq!(read.ids(), IDS);
    for (column, wanted) in [
        ("event_epoch", "1714554721"),
        ("user_identity_type", "AssumedRole"),
        ("session_issuer_arn", "arn:aws:iam::111122223333:role/Ops"),
        ("session_mfa_authenticated", "true"),
        // 2024-05-01T08:00:00Z, in microseconds.
        ("session_created_at", "1714550400000000"),
        ("principal", "arn:aws:iam::111122223333:role/Ops"),
        ("session_name", "ada"),
        ("resource_arn", "arn:aws:s3:::b"),
        ("is_write", "true"),
    ] {
        assert_eq!(read.get(column), wanted, "{column}");
    }
    let said = |part: &str| assert!(read.notes.iter().any(|n| n.contains(part)), "{part}: {:?}", read.notes);
    said("tells its query: Execution Time: 2024-05-02T00:00:00Z Query Statement: SELECT * FROM d4");
    said("not unambiguous");
    said("1 values of structures could not be read");
    said("were not read: myAlias");
}

#[test]
fn columns_are_whatever_the_query_selected() {
    // Paths, and the whole record as JSON.
    let text = "eventID,eventTime,eventSource,eventName,userIdentity.arn,userIdentity.accountId,requestParameters.bucketName,recipientAccountId\n\
        e-1,2024-05-01 09:12:01.000,s3.amazonaws.com,GetObject,arn:aws:iam::011122223333:user/ada,11122223333,b,11122223333\n";
    let read = told(text, Format::CloudtrailQueryCsv);
    assert_eq!(
        (read.get("user_identity_arn"), read.get("user_identity_account_id")),
        ("arn:aws:iam::011122223333:user/ada", "011122223333")
    );
    let json = record(1).to_string().replace('"', "\"\"");
    let read = told(&format!("eventTime,eventJson\n2024-05-01,\"{json}\"\n"), Format::CloudtrailQueryCsv);
    assert_eq!(read.hashes(), delivered()[..1]);
    // Without time or name there is no event; without an id copies cannot be told.
    let read = told("eventName,eventSource,n\nGetObject,s3.amazonaws.com,5\n", Format::CloudtrailQueryCsv);
    assert_eq!(read.rejects[0].2, "eventTime is missing");
    assert!(read.notes.iter().any(|n| n.contains("did not select eventTime")));
    let read = told("eventTime,eventName,eventSource\n2024-05-01 09:12:01.000,GetObject,s3.amazonaws.com\n", Format::CloudtrailQueryCsv);
    assert!(read.events.len() == 1 && read.notes.iter().any(|n| n.starts_with("1 records without eventID")));
    // Rows of the API are the same as lists of single values.
    let rows = json!({"QueryStatus":"FINISHED","QueryResultRows":[
        [{"eventID":"e-1"},{"eventTime":"2024-05-01 09:12:01.000"},{"eventName":"GetObject"},{"eventSource":"s3.amazonaws.com"}],
        [{"eventID":"e-2"},{"eventTime":"2024-05-01 09:12:02.000"},{"eventName":"GetObject"},{"eventSource":"r-2"}],
        [{"eventID":"e-3"},{"eventTime":"2024-05-01 09:12:03.000"},{"eventName":"GetObject"},{"eventSource":"s3.amazonaws.com"}]]});
    assert_eq!(told(&rows.to_string(), Format::CloudtrailQueryAnswer).ids(), IDS);
    let read = told(&rows.to_string().replace("\"r-2\"", "r-2\""), Format::CloudtrailQueryAnswer);
    assert_eq!((read.ids(), read.rejects.len()), (vec!["e-1", "e-3"], 1), "{:?}", read.rejects);
}

#[test]
fn insights_network_activity_and_versions_to_come() {
    let insight = json!({"eventVersion":"1.08","eventTime":"2024-05-01T09:12:01Z","awsRegion":"us-east-1","eventID":"e-1","eventType":"AwsCloudTrailInsight",
        "recipientAccountId":"111122223333","sharedEventID":"s-1","eventCategory":"Insight",
        "insightDetails":{"state":"Start","eventSource":"ssm.amazonaws.com","eventName":"UpdateInstanceInformation","insightType":"ApiCallRateInsight",
            "insightContext":{"statistics":{"baseline":{"average":85.42},"insight":{"average":664.2}}}}});
    let network = json!({"eventVersion":"1.09","userIdentity":{"type":"AWSAccount","principalId":"AROAX:a","accountId":"111122223333"},"eventTime":"2024-05-01T09:12:02Z",
        "eventSource":"s3.amazonaws.com","eventName":"PutObject","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.7","errorCode":"VpceAccessDenied",
        "errorMessage":"The request was denied due to a VPC endpoint policy","eventID":"e-2","eventType":"AwsVpceEvent","recipientAccountId":"111122223333",
        "sharedEventID":"s-2","vpcEndpointId":"vpce-1","vpcEndpointAccountId":"111122223333","eventCategory":"NetworkActivity"});
    let mut later = record(3);
    later["eventVersion"] = "1.12".into();
    later["newField"] = json!({"a": 1});
    let read = told(&json!({"Records":[insight, network, later]}).to_string(), Format::CloudtrailRecords);
    assert_eq!(read.ids(), IDS);
    assert_eq!(read.get("event_category"), "Insight");
    let mut other = record(1);
    other["eventVersion"] = "2.0".into();
    let read = told(&json!({"Records":[record(2), other]}).to_string(), Format::CloudtrailRecords);
    assert!(read.rejects[0].2.contains("major version"), "{:?}", read.rejects);
}

#[test]
fn records_set_apart_are_counted() {
    let summary = r#"{"eventVersion":"1.0","accountId":"111122223333","eventId":"x","eventCategory":"Aggregated","eventType":"AwsAggregatedEvent","awsRegion":"us-east-1","eventSource":"s3.amazonaws.com","timeWindow":{"windowStart":"2024-05-01T09:10:00Z"},"summary":{}}"#;
    for text in [format!("[{summary},{summary}]"), format!("{{\"Records\":[{summary},{summary}]}}"), format!("{summary}\n{summary}\n")] {
        assert_eq!(detect(text.as_bytes()), Format::CloudtrailAggregated);
        assert_eq!(count(text.as_bytes()), 2, "{text}");
    }
    assert_eq!(count(br#"{"Messages":[{"Body":"x"},{"Body":"y"},{"Body":"z"}]}"#), 3);
    assert_eq!(count(br#"{"Type":"Notification"}"#), 1);
}

#[test]
fn a_real_lake_result_is_accounted_for() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/realdata/cloudtrail-digest/lake-sign-file/result_1.csv.gz");
    let Ok(bytes) = std::fs::read(path) else {
        println!("skipped: no real exports here");
        return;
    };
    let text = String::from_utf8(crate::ingest::reading::container::unpack(bytes).unwrap().bytes).unwrap();
    let read = told(&text, Format::CloudtrailQueryCsv);
    // Four rows of a channel, by `zcat | tail -n +3 | wc -l`: no events of AWS, with account ids of eight digits.
    assert_eq!((read.events.len(), read.rejects.len()), (0, 4), "{:?}", read.rejects);
}
