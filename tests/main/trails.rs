//! The same events through many exports: counted once, the fullest copy kept, weaker evidence named.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use sixpillars::ingest::formats::trail_exports::{Export, shell};
use tempfile::TempDir;

use crate::harness::{add, ingest, log_file, manifest, number, query, realdata, record, report_json, same_trees, sixpillars, write};

const NAME: &str = "111122223333_CloudTrail_eu-west-1_20260504T1015Z_AbCdEfGhIjKlMnOp.json";

fn lookup(records: &[Value]) -> Vec<u8> {
    let events: Vec<Value> = records.iter().map(|r| json!({"EventId": r["eventID"], "CloudTrailEvent": r.to_string()})).collect();
    json!({"Events": events}).to_string().into_bytes()
}

fn subscription(records: &[Value]) -> Vec<u8> {
    let events: Vec<Value> = records.iter().map(|r| json!({"id": "1", "timestamp": 1, "message": r.to_string()})).collect();
    let envelope = |events: &[Value]| {
        json!({"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"logEvents":events})
            .to_string()
    };
    events.chunks(7).map(envelope).collect::<String>().into_bytes()
}

fn cell(record: &Value, name: &str) -> String {
    record[name].as_str().map_or_else(|| record[name].to_string(), str::to_owned)
}

fn console(records: &[Value]) -> Vec<u8> {
    let mut text = "User name,AWS access key,Event time,Event source,Event name,AWS region,Source IP address,User agent,Error code,Resources,Request ID,Event ID,Read-only,Event type,Recipient Account Id,Event category\n".to_owned();
    for r in records {
        let c = |name: &str| cell(r, name);
        text += &format!(
            "ada,,{},{},{},{},{},agent,,[],r,{},{},{},{},Management\n",
            c("eventTime"),
            c("eventSource"),
            c("eventName"),
            c("awsRegion"),
            c("sourceIPAddress"),
            c("eventID"),
            c("readOnly"),
            c("eventType"),
            c("recipientAccountId")
        );
    }
    text.into_bytes()
}

/// A Lake result whose query did not select the account.
fn lake(records: &[Value]) -> Vec<u8> {
    let mut text = "eventID,eventTime,eventSource,eventName\r\n".to_owned();
    for r in records {
        let time = cell(r, "eventTime").replace('T', " ").replace('Z', ".000");
        text += &format!("{},{time},{},{}\r\n", cell(r, "eventID"), cell(r, "eventSource"), cell(r, "eventName"));
    }
    text.into_bytes()
}

fn file<'m>(manifest: &'m Value, path: &str) -> &'m Value {
    manifest["files"].as_object().unwrap().values().find(|f| f["paths"][0] == path).unwrap_or_else(|| panic!("{path} is not listed"))
}

fn counts(manifest: &Value, path: &str) -> [u64; 5] {
    ["read", "kept", "duplicate", "out_of_scope", "rejected"].map(|key| file(manifest, path)[key].as_u64().unwrap())
}

#[test]
fn an_event_of_five_exports_is_one_event() {
    let folder = TempDir::new().unwrap();
    let records: Vec<Value> = (1..=5).map(|n| record(n, "PutObject", "cli")).collect();
    let exports: [(&str, Vec<u8>); 5] = [
        ("console.csv", console(&records)),
        ("lake/result_1.csv", lake(&records)),
        ("lookup.json", lookup(&records)),
        ("firehose", subscription(&records)),
        // Only three of the five came from the trail.
        (NAME, log_file(&records[..3])),
    ];
    let parts: Vec<_> = exports
        .iter()
        .enumerate()
        .map(|(n, (name, bytes))| {
            let part = folder.path().join(format!("part{n}"));
            write(&part, name, bytes);
            write(&folder.path().join("in"), name, bytes);
            part
        })
        .collect();
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 5);
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events WHERE is_conflict"), 0);
    // Five files hold three of the events, four the other two.
    assert_eq!(number(&store, "SELECT SUM(copies) AS n FROM cloudtrail_events"), 3 * 5 + 2 * 4);
    let manifest = manifest(&store);
    assert_eq!(counts(&manifest, NAME), [3, 3, 0, 0, 0]);
    assert_eq!(counts(&manifest, "console.csv"), [5, 0, 5, 0, 0]);
    assert_eq!(counts(&manifest, "lake/result_1.csv"), [5, 0, 5, 0, 0]);
    let whole = counts(&manifest, "lookup.json")[1] + counts(&manifest, "firehose")[1];
    assert_eq!(whole, 2, "what the trail did not deliver is kept from a file with whole records");
    // In goes of one file, in two orders.
    for (name, order) in [("up", [0, 1, 2, 3, 4]), ("down", [4, 3, 2, 1, 0])] {
        let other = folder.path().join(name);
        for n in order {
            add(&other, &[&parts[n]], 1);
        }
        same_trees(name, &store, &other, &[]);
    }
}

#[test]
fn lossy_exports_alone_are_one_event_and_a_contradiction_is_flagged() {
    let folder = TempDir::new().unwrap();
    let records: Vec<Value> = (1..=3).map(|n| record(n, "PutObject", "cli")).collect();
    let mut changed = records.clone();
    changed[1]["eventName"] = "DeleteObject".into();
    let input = folder.path().join("in");
    let one = write(&input, "console.csv", console(&records));
    let two = write(&input, "result.csv", lake(&changed));
    let store = ingest(folder.path(), &[&input]);
    let sql = "SELECT event_name, is_conflict, copies FROM cloudtrail_events ORDER BY event_id, event_name";
    let rows: Vec<(String, bool, i64)> = query(&store, sql)
        .iter()
        .map(|r| (r["event_name"].as_str().unwrap().to_owned(), r["is_conflict"].as_bool().unwrap(), r["copies"].as_i64().unwrap()))
        .collect();
    let put = |conflict, copies| ("PutObject".to_owned(), conflict, copies);
    assert_eq!(rows, [put(false, 2), ("DeleteObject".to_owned(), true, 1), put(true, 1), put(false, 2)]);
    for (name, order) in [("up", [&one, &two]), ("down", [&two, &one])] {
        let other = folder.path().join(name);
        for file in order {
            add(&other, &[file], 1);
        }
        // A file given by itself has the same name as in its folder.
        same_trees(name, &store, &other, &[]);
    }
}

#[test]
fn alike_rows_without_ids_are_different_events() {
    let folder = TempDir::new().unwrap();
    let row = "2026-05-04 10:00:00.000,s3.amazonaws.com,GetObject\n";
    let text = format!("eventTime,eventSource,eventName\n{row}{row}{row}");
    let file = write(folder.path(), "result.csv", text);
    let store = ingest(folder.path(), &[&file]);
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 3);
    assert_eq!(counts(&manifest(&store), "result.csv"), [3, 3, 0, 0, 0]);
}

#[test]
fn the_report_names_what_rests_on_weaker_evidence() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    let mut later: Vec<Value> = (10..=12).map(|n| record(n, "PutObject", "cli")).collect();
    for record in &mut later {
        record["eventTime"] = "2026-05-05T11:00:00Z".into();
        record["awsRegion"] = "eu-north-1".into();
    }
    write(&input, NAME, log_file(&[record(1, "PutObject", "cli")]));
    write(&input, "event_history.csv", console(&later));
    write(&input, "download.json", log_file(&[record(3, "PutObject", "cli")]));
    let summary = json!([{"eventVersion":"1.0","eventId":"x","eventCategory":"Aggregated","eventType":"AwsAggregatedEvent","awsRegion":"eu-west-1",
        "eventSource":"s3.amazonaws.com","timeWindow":{},"summary":{}}]);
    write(&input, "aggregated.json", summary.to_string());
    write(
        &input,
        "notification.json",
        r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","s3":{}},{"eventVersion":"2.1","eventSource":"aws:s3","s3":{}}]}"#,
    );
    let out = folder.path().join("report");
    sixpillars(&["report".as_ref(), input.as_os_str(), "--out".as_ref(), out.as_os_str()]).expect(0);
    let report = report_json(&out);
    let says = |topic: &str, part: &str| {
        let text = report["topics"][topic].to_string();
        assert!(text.contains(part), "{topic} lacks {part:?}:\n{text}");
    };
    says("coverage/days", "Weaker evidence only");
    let places = report["topics"]["coverage/days"]["queries"]["places"]["rows"].as_array().unwrap();
    let weaker: Vec<_> = places.iter().filter(|row| row["weaker_days"] != 0).map(|row| (&row["region"], &row["weaker_days"])).collect();
    assert_eq!(weaker, [(&json!("eu-north-1"), &json!(1))]);
    says("coverage/records", "management events of 90 days");
    says("coverage/records", "1 log file does not bear the name that a trail gives its files, such as download.json");
    says("coverage/rejects", "S3 event notification, not CloudTrail");
    says("coverage/rejects", "summaries of data events");
    assert_eq!(report["topics"]["coverage/records"]["queries"]["unbalanced"]["count"], 0);
    let store = out.join("evidence");
    let files = query(&store, "SELECT path, evidence_grade, records_out_of_scope FROM input_files ORDER BY path");
    let found: Vec<(&str, &str, i64)> = files
        .iter()
        .map(|r| (r["path"].as_str().unwrap(), r["evidence_grade"].as_str().unwrap(), r["records_out_of_scope"].as_i64().unwrap()))
        .collect();
    let wanted = [
        (NAME, "full", 0),
        ("aggregated.json", "none", 1),
        ("download.json", "full", 0),
        ("event_history.csv", "lossy", 0),
        ("notification.json", "none", 2),
    ];
    assert_eq!(found, wanted);
    let listed = std::fs::read_to_string(out.join("workpapers/input-files.csv")).unwrap();
    assert!(listed.contains("summaries of data events: counting them"), "{listed}");
}

#[test]
fn the_printed_line_finds_the_record() {
    let folder = TempDir::new().unwrap();
    let run = |line: &str| Command::new("sh").arg("-c").arg(line).current_dir(folder.path()).output().unwrap();
    if !run("jq --version").status.success() {
        eprintln!("skipped: jq is not here");
        return;
    }
    let records: Vec<Value> = (1..=9).map(|n| record(n, "PutObject", "cli")).collect();
    let text = |of: &dyn Fn(&Value) -> String| records.iter().map(of).collect::<String>().into_bytes();
    let envelope = |r: &Value| json!({"detail-type":"AWS API Call via CloudTrail","source":"aws.s3","detail":r}).to_string();
    let pages = records.chunks(4).map(|r| String::from_utf8(lookup(r)).unwrap()).collect::<String>().into_bytes();
    let texts: Vec<String> = records.iter().map(Value::to_string).collect();
    let message = |r: &Value| json!({"timestamp":1,"message":r.to_string()});
    let events: Vec<Value> = records.iter().map(message).collect();
    let fields: Vec<Value> = records.iter().map(|r| json!([{"field":"@message","value":r.to_string()}])).collect();
    let row = |r: &Value| json!([{"eventID":r["eventID"]},{"eventName":r["eventName"]}]);
    let rows: Vec<Value> = records.iter().map(row).collect();
    let document = |name: &str, list: &[Value]| json!({name: list}).to_string().into_bytes();
    let cases: Vec<(Export, Vec<u8>)> = vec![
        (Export::Lookup, lookup(&records)),
        (Export::Lookup, pages),
        (Export::Lookup, json!(texts).to_string().into_bytes()),
        (Export::Subscription, subscription(&records)),
        (Export::LogEvents, document("events", &events)),
        (Export::LogLines, text(&|r| format!("2026-05-04T10:15:00.000Z {r}\n"))),
        (Export::EventBridge, text(&envelope)),
        (Export::EventBridge, format!("[{}]", records.iter().map(envelope).collect::<Vec<_>>().join(",")).into_bytes()),
        (Export::Logstash, text(&|r| format!("{r}\n"))),
        (Export::LogsInsights, document("results", &fields)),
        (Export::QueryAnswer, document("QueryResultRows", &rows)),
        (Export::ConsoleCsv, console(&records)),
        (Export::QueryCsv, [b"# Execution Time: now Query Statement: SELECT\n".to_vec(), lake(&records)].concat()),
    ];
    for (export, bytes) in cases {
        write(folder.path(), "x", bytes);
        for (at, line) in [(2, shell(export, 2, "", " 'x'")), (8, shell(export, 8, "cat 'x' | ", ""))] {
            let out = run(&line);
            let (out, trouble) = (String::from_utf8(out.stdout).unwrap(), String::from_utf8(out.stderr).unwrap());
            let found: Vec<usize> = (0..9).filter(|n| out.contains(records[*n]["eventID"].as_str().unwrap())).collect();
            assert_eq!((found, trouble.as_str()), (vec![at], ""), "{export:?}: {line}\n{out}");
        }
    }
}

/// What `jq` counts over files.
fn jq(filter: &str, folder: &Path, ending: &str) -> Option<u64> {
    let script = format!("find . -name '*{ending}' -print0 | sort -z | xargs -0 cat | jq -s '{filter}'");
    let out = Command::new("sh").arg("-c").arg(script).current_dir(folder).output().ok()?;
    let count = String::from_utf8(out.stdout).ok()?.trim().parse().ok();
    if count.is_none() {
        eprintln!("skipped: jq is not here or cannot read {}", folder.display());
    }
    count
}

fn sum(manifest: &Value, key: &str, format: &str) -> u64 {
    manifest["files"].as_object().unwrap().values().filter(|f| f["format"] == format).map(|f| f[key].as_u64().unwrap()).sum()
}

#[test]
fn real_exports_hold_what_jq_counts() {
    let cases = [
        ("invictus/CloudTrail", ".json", "map(.Records | length) | add", "cloudtrail_records"),
        ("stratus/docs/detonation-logs", ".json", "map(length) | add", "cloudtrail_array"),
        ("panther-ndjson", ".ndjson", "length", "cloudtrail_stream"),
        (
            "cloud-custodian/tests/data/cwe",
            ".json",
            "map(select(.\"detail-type\" and .source and .detail.eventSource)) | length",
            "cloudtrail_event_bridge",
        ),
    ];
    for (name, ending, filter, format) in cases {
        let Some(folder) = realdata(&format!("cloudtrail/{name}")) else { return };
        let Some(count) = jq(filter, &folder, ending) else { return };
        let place = TempDir::new().unwrap();
        let manifest = manifest(&ingest(place.path(), &[&folder]));
        assert_eq!(sum(&manifest, "read", format), count, "{name}");
        // Examples that somebody cut by hand lack what makes an event; everything else is sound.
        let lacks = "map(.detail // . | select(type == \"object\" and .Records == null and (.eventTime and .eventName and .eventSource | not))) | length";
        let incomplete =
            if matches!(format, "cloudtrail_stream" | "cloudtrail_event_bridge") { jq(lacks, &folder, ending) } else { Some(0) };
        if format == "cloudtrail_stream" {
            assert_eq!(Some(sum(&manifest, "rejected", format)), incomplete, "{name}");
        } else {
            assert!(Some(sum(&manifest, "rejected", format)) <= incomplete, "{name}");
        }
    }
}

#[test]
fn a_real_hour_through_other_exports_adds_nothing() {
    let Some(folder) = realdata("cloudtrail/invictus/CloudTrail") else { return };
    let mut records: Vec<Value> = Vec::new();
    for entry in walkdir::WalkDir::new(&folder).sort_by_file_name().into_iter().map(Result::unwrap) {
        if entry.file_type().is_file() {
            let mut document: Value = serde_json::from_slice(&std::fs::read(entry.path()).unwrap()).unwrap();
            records.append(document["Records"].as_array_mut().unwrap());
        }
    }
    assert_eq!(records.len(), 2_900);
    let place = TempDir::new().unwrap();
    let other = place.path().join("other");
    write(&other, "lookup.json", lookup(&records));
    write(&other, "subscription", subscription(&records));
    write(&other, "console.csv", console(&records));
    write(&other, "lake.csv", lake(&records));
    let lines: String = records.iter().map(|r| format!("2023-07-10T12:00:00.000Z {r}\n")).collect();
    write(&other, "000000", lines);
    let store = ingest(place.path(), &[&folder, &other]);
    let manifest = manifest(&store);
    for name in ["lookup.json", "subscription", "console.csv", "lake.csv", "000000"] {
        assert_eq!(counts(&manifest, name), [2_900, 0, 2_900, 0, 0], "{name}");
    }
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 2_900);
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events WHERE is_conflict"), 0);
}

#[test]
fn evidence_prints_a_row_of_a_csv() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    write(&input, "console.csv", console(&[record(1, "PutObject", "cli"), record(2, "DeleteBucket", "cli")]));
    let store = ingest(folder.path(), &[&input]);
    let row = &query(&store, "SELECT source_file_id, source_record FROM cloudtrail_events WHERE event_name = 'DeleteBucket'")[0];
    let row = format!("{}:{}", row["source_file_id"].as_str().unwrap(), row["source_record"]);
    let run = sixpillars(&["evidence".as_ref(), row.as_ref(), input.as_os_str(), "--store".as_ref(), store.as_os_str()]).expect(0);
    let found: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&found["Event name"], &found["Event time"]), (&json!("DeleteBucket"), &json!("2026-05-04T10:00:02Z")));
}
