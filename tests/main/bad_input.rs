//! Input that is not what it should be: a clear message and an exit code, or a reject that is counted.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Run, documents, gzip, gzip_hard, ingest, log_file, manifest, number, query, record, sample, sixpillars, write};

fn try_ingest(input: &Path, store: &Path) -> Run {
    sixpillars(&[OsStr::new("ingest"), input.as_os_str(), OsStr::new("--store"), store.as_os_str()])
}

fn try_report(input: &Path, more: &[&str]) -> Run {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("report");
    let mut arguments = vec![OsStr::new("report"), input.as_os_str(), OsStr::new("--out"), out.as_os_str()];
    arguments.extend(more.iter().map(OsStr::new));
    let run = sixpillars(&arguments);
    if run.code == 1 {
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert!(left.is_empty(), "a failed run leaves {left:?} behind");
    }
    run
}

/// The one file of a store's manifest whose path ends so.
#[track_caller]
fn file(store: &Path, name: &str) -> Value {
    let manifest = manifest(store);
    let found = manifest["files"].as_object().unwrap().values().find(|f| f["paths"][0].as_str().unwrap().ends_with(name));
    found.unwrap_or_else(|| panic!("{name} is not listed")).clone()
}

fn records(n: usize) -> Vec<Value> {
    (1..=n).map(|id| record(id, "PutObject", "cli")).collect()
}

#[test]
fn nothing_to_read_is_said() {
    let folder = TempDir::new().unwrap();
    let store = folder.path().join("store");
    try_ingest(&folder.path().join("not-here"), &store).expect(1).says(&["not-here"]);
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    try_ingest(&empty, &store).expect(1).says(&["no file", "empty", "help:"]);
    try_report(&empty, &[]).expect(1).says(&["no file", "help:"]);
}

#[test]
fn files_of_another_kind_are_listed_and_no_report_is_made() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    write(&input, "notes.txt", "Meeting on Monday.\n");
    write(&input, "photo.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    write(&input, "other.json", r#"{"hello":[1,2,3]}"#);
    write(
        &input,
        "notification.json",
        r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventTime":"2026-05-04T10:00:00Z","s3":{}}]}"#,
    );
    write(&input, "empty.json", "");
    write(&input, "table.csv", "a,b\n1,2\n");
    let store = folder.path().join("store");
    try_ingest(&input, &store).expect(1).says(&["no record was kept", "help:", "inspect"]);
    try_report(&input, &[]).expect(1).says(&["no record was kept", "help:"]);
    // Among good files they change nothing but are listed.
    write(&input, "log.json", log_file(&records(2)));
    let store = ingest(folder.path(), &[&input]);
    let formats: Vec<String> = query(&store, "SELECT path, format FROM input_files ORDER BY path")
        .into_iter()
        .map(|r| r["path"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(formats, ["empty.json", "log.json", "notes.txt", "notification.json", "other.json", "photo.png", "table.csv"]);
    assert_eq!(file(&store, "notes.txt")["format"], "unrecognised");
    assert_eq!(file(&store, "notification.json")["kept"], 0);
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 2);
}

#[test]
fn a_gzip_file_cut_short_keeps_what_is_whole() {
    let folder = TempDir::new().unwrap();
    // Different lines, so that the cut falls inside the packed data and not into its last bytes.
    let many: Vec<Value> = (1..=400).map(|id| record(id, "PutObject", &format!("agent/{}", id * 7_919))).collect();
    let packed = gzip(&log_file(&many));
    write(folder.path(), "in/cut.json.gz", &packed[..packed.len() / 2]);
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    let file = file(&store, "cut.json.gz");
    let n = |key: &str| file[key].as_u64().unwrap();
    assert!(n("kept") > 50 && n("kept") < 400, "{file}");
    assert_eq!(n("rejected"), 1, "{file}");
    assert_eq!(n("read"), n("kept") + n("rejected"));
    assert!(file["notes"].to_string().contains("gzip"), "{file}");
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM rejected_records"), 1);
    // Next to nothing left: it cannot be told what it was, but it is listed with what is wrong.
    write(folder.path(), "in/head.json.gz", &packed[..12]);
    let again = TempDir::new().unwrap();
    let store = ingest(again.path(), &[&folder.path().join("in")]);
    assert!(self::file(&store, "head.json.gz")["notes"].to_string().contains("gzip"));
}

#[test]
fn a_plain_json_file_cut_short_is_counted_as_cut_like_a_packed_one() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    let log = |ids: std::ops::Range<usize>| log_file(&ids.map(|id| record(id, "PutObject", "cli")).collect::<Vec<_>>());
    write(&input, "whole.json", log(1..9));
    let plain = log(11..19);
    write(&input, "inside.json", &plain[..plain.len() / 2]);
    // Between two records: all that stands there is whole.
    let between = String::from_utf8(log(21..29)).unwrap();
    let at = between.rmatch_indices("{\"").map(|(at, _)| at).find(|at| between[..*at].ends_with("},")).unwrap();
    write(&input, "between.json", &between[..at]);
    let packed = gzip(&log(31..39));
    write(&input, "packed.json.gz", &packed[..packed.len() - 12]);
    let trails = r#"{"trailList":[{"Name":"all","S3BucketName":"logs","HomeRegion":"eu-west-1","TrailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/all"}]}"#;
    write(&input, "describe-trails.json", &trails[..trails.len() - 2]);
    // A value of a record that is cut is no cut file, whatever its remark says.
    let mut long = record(41, "PutObject", "cli");
    long["eventSource"] = "s3.amazonaws.com".into();
    long["eventName"] = "PutBucketPolicy".into();
    long["requestParameters"] = serde_json::json!({"bucketName": "web", "bucketPolicy": {"Statement": vec![
        serde_json::json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "s3:GetObject"}); 2_000]}});
    write(&input, "long.json", log_file(&[long]));

    let out = folder.path().join("report");
    sixpillars(&[OsStr::new("report"), input.as_os_str(), OsStr::new("--out"), out.as_os_str()]);
    let text = documents(&out, "md");
    assert!(text.contains("4 files are cut short or damaged, such as"));
    let listed = text.split_once("<!--sixpillars:table coverage-damaged-->").and_then(|(_, rest)| rest.split_once("<!--")).unwrap().0;
    for cut in ["inside.json", "between.json", "packed.json.gz", "describe-trails.json"] {
        assert!(listed.contains(&format!("| `{cut}` |")), "{cut}: {listed}");
    }
    let store = out.join("evidence");
    let open = |name: &str| file(&store, name)["beginning"]["open"].as_bool().unwrap();
    assert!(open("inside.json") && open("between.json") && open("describe-trails.json"));
    let long = file(&store, "long.json");
    assert!(long["notes"].to_string().contains("cut at 102400 characters"), "{long}");
    assert!(!open("long.json") && !open("whole.json"));
}

#[test]
fn broken_json_in_the_middle_costs_that_record() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    let lines: Vec<String> = records(5).iter().map(Value::to_string).collect();
    let mut broken = lines.clone();
    broken[2] = broken[2].replace("\"eventName\":", "\"eventName\"");
    write(&input, "lines.ndjson", broken.join("\n"));
    let inner = format!("{{\"Records\":[{}]}}", broken.join(","));
    write(&input, "log.json", inner);
    let store = ingest(folder.path(), &[&input]);
    let lines = file(&store, "lines.ndjson");
    assert_eq!((&lines["read"], &lines["rejected"]), (&5.into(), &1.into()), "{lines}");
    assert_eq!(lines["rejects"][0]["record"], 2, "{lines}");
    let log = file(&store, "log.json");
    assert!(log["rejected"].as_u64().unwrap() >= 1, "{log}");
    let kept = number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events");
    assert_eq!(kept, 4);
    let rejects = query(&store, "SELECT reason, byte_offset FROM rejected_records");
    assert!(rejects.iter().all(|r| !r["reason"].as_str().unwrap().is_empty() && r["byte_offset"].as_i64().is_some()), "{rejects:?}");
}

#[test]
fn records_without_what_makes_them_records_are_rejected() {
    let folder = TempDir::new().unwrap();
    let mut odd = records(6);
    odd[1].as_object_mut().unwrap().remove("eventTime");
    odd[2]["eventTime"] = "yesterday".into();
    odd[3] = "not an object".into();
    odd[4] = Value::Null;
    odd[5]["userIdentity"] = "root".into();
    write(folder.path(), "in/log.json", log_file(&odd));
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    let file = file(&store, "log.json");
    assert_eq!(file["read"], 6, "{file}");
    assert!(file["rejected"].as_u64().unwrap() >= 4, "{file}");
    assert!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events") >= 1);
}

#[test]
fn ragged_csv_costs_the_ragged_lines() {
    let folder = TempDir::new().unwrap();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(sample().join("cost/focus-2026-03.csv")).unwrap();
    let mut lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let (whole, columns) = (lines.len() - 1, lines[0].len());
    lines[3].truncate(columns - 1);
    lines[5].push_field("one too many");
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    lines.iter().for_each(|line| writer.write_record(line).unwrap());
    write(folder.path(), "in/focus.csv", writer.into_inner().unwrap());
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    let file = file(&store, "focus.csv");
    assert_eq!(file["read"].as_u64().unwrap(), whole as u64, "{file}");
    assert_eq!(file["rejected"], 2, "{file}");
    assert_eq!(file["kept"].as_u64().unwrap(), whole as u64 - 2, "{file}");
    let places: Vec<i64> =
        query(&store, "SELECT record FROM rejected_records ORDER BY record").iter().map(|r| r["record"].as_i64().unwrap()).collect();
    // Records count from 0 after the header.
    assert_eq!(places, [2, 4]);
}

#[test]
fn a_quote_that_is_never_closed_ends_in_a_reject() {
    let folder = TempDir::new().unwrap();
    let text = std::fs::read_to_string(sample().join("iam/credential-report-111122223333.csv")).unwrap();
    let broken = text.replacen(",arn:", ",\"arn:", 1);
    write(folder.path(), "in/credentials.csv", broken);
    write(folder.path(), "in/log.json", log_file(&records(1)));
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    let file = file(&store, "credentials.csv");
    assert!(file["rejected"].as_u64().unwrap() >= 1, "{file}");
}

#[test]
fn a_bomb_is_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let mut text = b"{\"Records\":[".to_vec();
    text.resize(200 << 20, b' ');
    write(folder.path(), "in/bomb.json.gz", gzip_hard(&text));
    write(folder.path(), "in/log.json", log_file(&records(1)));
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    let file = file(&store, "bomb.json.gz");
    assert_eq!(file["rejected"], 1, "{file}");
    assert!(file["rejects"][0]["reason"].as_str().unwrap().contains("bomb"), "{file}");
}

#[test]
fn deep_nesting_is_no_crash() {
    let folder = TempDir::new().unwrap();
    let deep = format!("{}1{}", "[".repeat(200_000), "]".repeat(200_000));
    let mut nested = record(1, "PutObject", "cli").to_string();
    nested = nested.replace("{\"bucketName\":\"acme-prod-media\"}", &format!("{{\"a\":{deep}}}"));
    write(folder.path(), "in/deep.json", format!("{{\"Records\":[{nested},{}]}}", record(2, "PutObject", "cli")));
    write(
        folder.path(),
        "in/item.json",
        format!("{{\"configurationItems\":[{{\"configurationItemStatus\":\"OK\",\"configuration\":{deep}}}]}}"),
    );
    write(folder.path(), "in/top.json", deep);
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    assert_eq!(file(&store, "deep.json")["read"], 2);
    assert!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events") >= 1);
}

#[test]
fn other_encodings_are_read_or_rejected() {
    let folder = TempDir::new().unwrap();
    let text = String::from_utf8(log_file(&records(3))).unwrap();
    let wide: Vec<u8> = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    write(folder.path(), "in/utf16.json", wide);
    write(folder.path(), "in/bom.json", [&b"\xEF\xBB\xBF"[..], &log_file(&[record(7, "PutObject", "cli")])].concat());
    let mut latin = log_file(&[record(8, "PutObject", "caf"), record(9, "PutObject", "cli")]);
    let at = latin.windows(3).position(|w| w == b"caf").unwrap();
    latin[at + 2] = 0xE9;
    write(folder.path(), "in/latin.json", latin);
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    assert_eq!(file(&store, "utf16.json")["kept"], 3);
    assert_eq!(file(&store, "bom.json")["kept"], 1);
    let latin = file(&store, "latin.json");
    assert_eq!(latin["kept"].as_u64().unwrap() + latin["rejected"].as_u64().unwrap(), 2, "{latin}");
}

#[test]
fn an_engagement_that_is_wrong_names_the_key() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    write(&input, "log.json", log_file(&records(2)));
    let engagement = |text: &str| write(folder.path(), "wrong.toml", text).to_string_lossy().into_owned();
    for (text, parts) in [
        ("[period]\nform = \"2026-04-01\"\n", &["wrong.toml", "form"][..]),
        ("[period]\nfrom = \"2026-04-31\"\nto = \"2026-06-30\"\n", &["from", "2026-04-31"]),
        ("[period]\nfrom = \"2026-07-01\"\nto = \"2026-06-30\"\n", &["before"]),
        ("[period]\nfrom = \"2026-04-01\"\nto = \"2026-06-30\"\ntimezone = \"Europe/Dubln\"\n", &["timezone", "Europe/Dubln"]),
        ("[[scope.account]]\nid = \"12345\"\n", &["scope.account.id", "12 digits"]),
        ("[scope]\nsoc2_categories = [\"securty\"]\n", &["soc2_categories", "securty"]),
        ("[period\n", &["wrong.toml"]),
    ] {
        try_report(&input, &["--engagement", &engagement(text)]).expect(1).says(parts);
    }
    let missing = folder.path().join("missing.toml");
    try_report(&input, &["--engagement", &missing.to_string_lossy()]).expect(1).says(&["missing.toml"]);
    try_report(&input, &["--engagement", &folder.path().to_string_lossy()]).expect(1).says(&["error:"]);
    // An engagement that asks for the wrong control is told so, not passed over.
    let waiver = engagement("[[waiver]]\ncontrol = \"s3-bucket-versionning\"\nreason = \"x\"\n");
    try_report(&input, &["--engagement", &waiver]).expect(1).says(&["s3-bucket-versionning", "s3-bucket-versioning"]);
    for (keys, parts) in [
        ("criteria = [\"CC6.1\"]\ntests = [\"iam-root-mfaa\"]", &["AC-1", "iam-root-mfaa", "nearest id is iam-root-mfa"][..]),
        ("criteria = [\"CC6.11\"]\ntests = [\"iam-root-mfa\"]", &["AC-1", "CC6.11", "nearest is CC6.1"]),
    ] {
        let wrong = engagement(&format!("[[client_control]]\nid = \"AC-1\"\ntext = \"t\"\n{keys}\n"));
        try_report(&input, &["--engagement", &wrong]).expect(1).says(parts);
    }
    let said = engagement("[[representation]]\nid = \"Q-SEC-4\"\nstatement = \"s\"\ncontradicted_by = [\"event-roots\"]\n");
    try_report(&input, &["--engagement", &said]).expect(1).says(&["Q-SEC-4", "event-roots", "help:"]);
}

#[test]
fn a_control_matrix_that_names_no_test_of_ours_is_told_and_its_line_is_not_tested() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    write(&input, "log.json", log_file(&records(2)));
    write(
        &input,
        "matrix.csv",
        "control_id,control_text,criteria,tests\nAC-1,Root is not used,CC6.1,event-root-activty;event-root-activity\n",
    );
    let out = folder.path().join("report");
    sixpillars(&[OsStr::new("report"), input.as_os_str(), OsStr::new("--out"), out.as_os_str()]).expect(3).says(&[
        "AC-1",
        "event-root-activty",
        "nearest id is event-root-activity",
    ]);
    let report: Value = serde_json::from_slice(&std::fs::read(out.join("report.json")).unwrap()).unwrap();
    let rows = report["topics"]["soc2/matrix"]["queries"]["matrix"]["rows"].as_array().unwrap();
    let line = rows.iter().map(Value::to_string).find(|row| row.contains("event-root-activty")).unwrap();
    assert!(line.contains("not tested") && line.contains("no such test"), "{line}");
}

#[test]
fn a_report_is_not_written_over_what_is_none() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    write(&input, "log.json", log_file(&records(2)));
    let out = folder.path().join("precious");
    write(&out, "thesis.txt", "years of work");
    for force in [&[][..], &["--force"]] {
        let mut arguments = vec![OsStr::new("report"), input.as_os_str(), OsStr::new("--out"), out.as_os_str()];
        arguments.extend(force.iter().map(OsStr::new));
        sixpillars(&arguments).expect(1).says(&["precious", "help:"]);
        assert_eq!(std::fs::read_to_string(out.join("thesis.txt")).unwrap(), "years of work");
    }
}

#[test]
fn a_catalogue_that_is_wrong_names_file_key_and_nearest() {
    let folder = TempDir::new().unwrap();
    let control = |change: (&str, &str)| {
        let text = r#"
[[control]]
id = "mine-1"
title = "Buckets keep versions"
pillar = "reliability"
severity = "medium"
criteria = ["soc2:A1.2"]
finding = "Deviation of t"
effect = "Harm can follow."
effort = "low"
cause = ["resource"]
objective = "o"
procedure = "p"
population = "SELECT * FROM s3_buckets"
exception = "versioning_status <> 'Enabled'"
reason = "'Bucket ' || resource_name"
recommend = "r"
"#;
        assert!(text.contains(change.0));
        text.replace(change.0, change.1)
    };
    let mine = folder.path().join("mine");
    for (change, parts) in [
        (("pillar = \"reliability\"", "pillar = \"reliabilty\""), &["mine.toml", "mine-1", "pillar", "reliability"][..]),
        (("s3_buckets", "s3_bucket"), &["mine.toml", "mine-1", "population", "s3_buckets"]),
        (("soc2:A1.2", "soc2:A1.22"), &["mine.toml", "mine-1", "criteria"]),
        (("versioning_status <>", "versionning_status <>"), &["mine.toml", "mine-1", "versionning_status"]),
        (("recommend =", "recomend ="), &["mine.toml", "recomend"]),
        (("mine-1", "s3-bucket-versioning"), &["mine.toml", "s3-bucket-versioning", "already used"]),
        (("SELECT * FROM s3_buckets", "SELECT * FROM read_csv('/etc/hostname')"), &["mine.toml", "mine-1", "population"]),
        (("severity = \"medium\"", "severity = \"grave\""), &["mine.toml", "grave"]),
        (("SELECT * FROM s3_buckets", "SELECT * FROM selected"), &["mine.toml", "mine-1", "population", "add select"]),
        (
            ("recommend = \"r\"", "recommend = \"r\"\nbursts = { keys = [\"principal\"], minutes = 5, at_least = 3 }"),
            &["mine.toml", "mine-1", "bursts"],
        ),
        (
            ("recommend = \"r\"", "recommend = \"r\"\nrequires = [\"AWS::S3::Buket\"]"),
            &["mine.toml", "mine-1", "requires", "AWS::S3::Bucket"],
        ),
        (("'Bucket ' || resource_name", "'Bucket ' || resource_nam"), &["mine.toml", "mine-1", "reason", "resource_name"]),
    ] {
        write(&mine, "config/mine.toml", control(change));
        sixpillars(&[OsStr::new("controls"), OsStr::new("list"), OsStr::new("--catalogue"), mine.as_os_str()]).expect(1).says(parts);
    }
    write(&mine, "config/mine.toml", control(("mine-1", "mine-2")));
    let list = sixpillars(&[OsStr::new("controls"), OsStr::new("list"), OsStr::new("--catalogue"), mine.as_os_str()]).expect(0).out;
    assert!(list.contains("mine-2"));
    sixpillars(&[OsStr::new("controls"), OsStr::new("list"), OsStr::new("--catalogue"), OsStr::new("nowhere")])
        .expect(1)
        .says(&["nowhere"]);
}
