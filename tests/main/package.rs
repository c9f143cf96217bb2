//! The report's folder: whole, the same bytes each time, and every exception led back to the client's record.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::harness::{
    Run, csv, documents, log_file, number, record, report_json, same_trees, sample, sample_report, sample_report_of_named_engagement,
    sample_store, sixpillars, tree, write,
};
use crate::ingestion::halves;

fn report(inputs: &[&Path], out: &Path, more: &[&str]) -> Run {
    let mut arguments = vec![OsStr::new("report")];
    arguments.extend(inputs.iter().map(|i| i.as_os_str()));
    arguments.extend([OsStr::new("--out"), out.as_os_str()]);
    arguments.extend(more.iter().map(OsStr::new));
    sixpillars(&arguments)
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let folder = TempDir::new().unwrap();
    let (a, b) = halves(folder.path());
    let out = folder.path().join("report");
    report(&[&b, &a], &out, &["--threads", "1"]).expect(0);
    same_trees("other order, one thread", sample_report(), &out, &["run.json"]);
}

#[test]
fn a_store_gives_the_report_that_its_files_give() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("report");
    let (store, engagement) =
        (sample_store().to_string_lossy().into_owned(), sample().join("engagement.toml").to_string_lossy().into_owned());
    report(&[], &out, &["--store", &store, "--engagement", &engagement]).expect(0);
    same_trees("from a store", sample_report_of_named_engagement(), &out, &["run.json"]);
}

#[test]
fn everything_promised_is_there_and_nothing_is_empty() {
    let files = tree(sample_report());
    for name in [
        "report.md",
        "report.html",
        "report.json",
        "views.sql",
        "manifest.json",
        "run.json",
        "evidence/store.json",
        "workpapers/exceptions.csv",
        "workpapers/input-files.csv",
    ] {
        assert!(files.get(name).is_some_and(|bytes| !bytes.is_empty()), "{name} is missing or empty");
    }
    assert!(files.keys().any(|n| n.starts_with("charts/") && n.ends_with(".svg")));
    let left: Vec<&String> = files.keys().filter(|n| n.contains(".part") || n.ends_with(".tmp")).collect();
    assert!(left.is_empty(), "left over: {left:?}");
    // Nothing tells on which machine it was made, but what `run.json` is for.
    let place = sample().parent().unwrap().to_string_lossy().into_owned();
    for (name, bytes) in files.iter().filter(|(n, _)| *n != "run.json" && !n.ends_with(".parquet")) {
        assert!(!String::from_utf8_lossy(bytes).contains(&place), "{name} names a path of this machine");
    }
}

#[test]
fn the_manifest_holds_the_hash_of_every_file() {
    let files = tree(sample_report());
    let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    let outputs = manifest["outputs"].as_object().unwrap();
    for (name, bytes) in files.iter().filter(|(n, _)| !["manifest.json", "run.json"].contains(&n.as_str())) {
        let hash: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(outputs[name]["sha256"], hash.as_str(), "{name}");
    }
    assert_eq!(outputs.len(), files.len() - 2);
    let inputs = manifest["inputs"].as_array().unwrap();
    let offered = tree(&sample());
    assert_eq!(inputs.len(), offered.len());
    for input in inputs {
        let bytes = &offered[input["path"].as_str().unwrap()];
        let hash: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(input["sha256"], hash.as_str(), "{input}");
    }
}

#[test]
fn counts_add_up_wherever_they_are_printed() {
    let model = report_json(sample_report());
    let exceptions = csv(&sample_report().join("workpapers/exceptions.csv"));
    let mut by_control: BTreeMap<&str, u64> = BTreeMap::new();
    for row in &exceptions {
        *by_control.entry(row["control"].as_str()).or_default() += 1;
        assert!(!row["reason"].trim().is_empty(), "{row:?}");
    }
    let controls = model["controls"].as_object().unwrap();
    for (id, control) in controls {
        let n = |key: &str| control["counts"][key].as_u64().unwrap();
        assert!(n("exceptions") + n("undetermined") <= n("population"), "{id}: {}", control["counts"]);
        assert!(n("waived") <= n("exceptions"), "{id}");
        assert_eq!(by_control.get(id.as_str()).copied().unwrap_or(0), n("exceptions"), "{id}: exceptions.csv differs");
        assert!(control["error"].as_str().unwrap().is_empty(), "{id}: {}", control["error"]);
        let (result, extent) = (control["result"].as_str().unwrap(), control["extent"].as_str().unwrap());
        match result {
            "exceptions_noted" => assert!(n("exceptions") > 0, "{id}"),
            "no_exceptions_noted" => assert!(n("exceptions") == 0 && n("population") > n("undetermined"), "{id}: {}", control["counts"]),
            "no_occurrences" => assert!(n("population") == 0 && extent == "full", "{id}: {extent}"),
            "not_tested" => assert_eq!(extent, "none", "{id}"),
            other => panic!("{id}: {other}"),
        }
        // No data is never a pass, and what is missing is said in words.
        if extent != "full" {
            let reasons = control["extent_reasons"].as_array().unwrap();
            assert!(
                !reasons.is_empty() && reasons.iter().all(|r| !r.as_str().unwrap().trim().is_empty()),
                "{id}: {extent} without a reason"
            );
        }
    }
    let not_tested: Vec<&str> = model["not_tested"]["controls"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
    let expected: Vec<&str> = controls.iter().filter(|(_, c)| c["result"] == "not_tested").map(|(id, _)| id.as_str()).collect();
    let mut sorted = not_tested.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    // The report names every one of them.
    let text = documents(sample_report(), "md");
    for id in not_tested {
        assert!(text.contains(id), "{id} was not tested, and report.md does not say so");
    }
}

#[test]
fn words_of_assurance_are_not_ours() {
    for name in ["report.md", "report.html"] {
        let text = std::fs::read_to_string(sample_report().join(name)).unwrap().to_lowercase();
        for (word, but) in [
            ("is compliant", ""),
            ("are compliant", ""),
            ("criterion met", ""),
            ("criteria met", ""),
            ("we attest", ""),
            ("attestation", ""),
        ] {
            let uses = text.matches(word).count();
            assert!(uses == 0 || !but.is_empty(), "{name} says {word:?} {uses} times");
        }
    }
}

#[test]
fn nothing_in_the_page_asks_a_server() {
    let html = documents(sample_report(), "html");
    for asks in
        ["src=\"http", "src='http", "url(http", "@import", "<link rel=\"stylesheet", "fetch(", "XMLHttpRequest", "WebSocket", "<iframe"]
    {
        assert!(!html.contains(asks), "report.html holds {asks}");
    }
    assert!(html.contains("Content-Security-Policy"));
    assert!(html.len() < 6 << 20, "the page has {} bytes", html.len());
}

/// The records behind the first exceptions of each control, as `evidence ROW` prints them.
#[test]
fn an_exception_leads_to_the_clients_record() {
    let store = sample_report().join("evidence");
    let rows = csv(&sample_report().join("workpapers/exceptions.csv"));
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    let mut tried = 0;
    for row in rows.iter().filter(|r| !r["evidence_row"].is_empty()) {
        // A handful of every kind is enough: each start of the program costs time.
        let count = seen.entry(row["kind"].as_str()).or_default();
        *count += 1;
        if *count > 1 || tried >= 40 {
            continue;
        }
        tried += 1;
        let sample = sample();
        let arguments =
            [OsStr::new("evidence"), OsStr::new(&row["evidence_row"]), sample.as_os_str(), OsStr::new("--store"), store.as_os_str()];
        let found = sixpillars(&arguments).expect(0).out;
        let names = [&row["resource"], &row["name"], &row["arn"], &row["account_id"]];
        assert!(names.iter().any(|n| !n.is_empty() && found.contains(n.as_str())), "{row:?} is not to be seen in {found}");
    }
    assert!(tried >= 20, "only {tried} exceptions name a record");
}

#[test]
fn the_printed_jq_line_finds_the_record() {
    if Command::new("jq").arg("--version").output().is_err() {
        eprintln!("skipped: jq is not here");
        return;
    }
    let model = report_json(sample_report());
    let mut tried = 0;
    let mut last = String::new();
    for (id, control) in model["controls"].as_object().unwrap() {
        let Some(exception) = control["exceptions"].as_array().unwrap().first() else { continue };
        let line = exception["evidence"]["jq"].as_str().unwrap();
        // One for each form of line: which file it reads and how far down.
        let form: String = line.chars().filter(|c| !c.is_ascii_digit()).take(40).collect();
        if line.is_empty() || !line.contains("jq") || form == last {
            continue;
        }
        last = form;
        let run: Run = Command::new("bash").args(["-o", "pipefail", "-c", line]).current_dir(sample()).output().unwrap().into();
        assert_eq!(run.code, 0, "{id}: {line}\n{}", run.err);
        assert!(!run.out.trim().is_empty() && run.out.trim() != "null", "{id}: {line} finds nothing");
        let resource = exception["resource"].as_str().unwrap();
        let name = exception["name"].as_str().unwrap();
        assert!(
            run.out.contains(resource) || !name.is_empty() && run.out.contains(name),
            "{id}: {line} finds another record than {resource}"
        );
        tried += 1;
        if tried >= 25 {
            break;
        }
    }
    assert!(tried >= 5, "only {tried} exceptions carry a jq line");
}

#[test]
fn an_existing_report_stays_unless_told_otherwise() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    write(&input, "log.json", log_file(&[record(1, "PutObject", "cli")]));
    let out = folder.path().join("out/report");
    std::fs::create_dir(folder.path().join("out")).unwrap();
    let run = report(&[&input], &out, &[]).expect(0);
    assert_eq!(run.out.trim(), out.join("report.html").to_string_lossy());
    let before = tree(&out);
    report(&[&input], &out, &[]).expect(1).says(&["exists", "--force"]);
    assert_eq!(tree(&out), before);
    report(&[&input], &out, &["--force"]).expect(0);
    same_trees("again", &out, &out, &[]);
    let left: Vec<_> = std::fs::read_dir(folder.path().join("out")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["report"]);
}

#[test]
fn exit_codes_tell_what_happened() {
    let folder = TempDir::new().unwrap();
    let out = |name: &str| folder.path().join(name);
    // Exceptions of a severity: the sample has some that no waiver covers.
    let sample = sample();
    let cloudtrail = sample.join("iam");
    report(&[&cloudtrail], &out("a"), &["--from", "2026-04-01", "--to", "2026-06-30", "--fail-on", "informational"]).expect(4);
    report(&[&cloudtrail], &out("b"), &["--from", "2026-04-01", "--to", "2026-06-30"]).expect(0);
    // Rejected records: only --strict minds.
    let input = folder.path().join("in");
    write(&input, "log.ndjson", format!("{}\n{{\"eventVersion\":\n{}\n", record(1, "PutObject", "cli"), record(2, "PutObject", "cli")));
    report(&[&input], &out("c"), &[]).expect(0);
    report(&[&input], &out("d"), &["--strict"]).expect(3);
    assert_eq!(number(&out("d").join("evidence"), "SELECT COUNT(*) AS n FROM rejected_records"), 1);
    // A control of one's own whose evaluation fails: the report is written, and says which.
    let mine = folder.path().join("mine");
    write(
        &mine,
        "config/mine.toml",
        "[[control]]\nid = \"mine-1\"\ntitle = \"t\"\npillar = \"security\"\nseverity = \"low\"\ncriteria = []\nfinding = \"Deviation of t\"\neffect = \"Harm can follow.\"\neffort = \"low\"\ncause = [\"resource\"]\nobjective = \"o\"\nprocedure = \"p\"\npopulation = \"SELECT event_id AS resource_id, event_name AS resource_name, event_name AS resource_type, account_id, aws_region AS region, source_file_id, source_record FROM cloudtrail_events\"\nexception = \"CAST(resource_name AS BIGINT) > 1\"\nreason = \"'r'\"\nrecommend = \"r\"\n",
    );
    let run = report(&[&input], &out("e"), &["--catalogue", &mine.to_string_lossy()]).expect(3).says(&["mine-1"]);
    assert!(run.out.contains("report.html"));
    let control = report_json(&out("e"))["controls"]["mine-1"].clone();
    assert_eq!((control["result"].as_str(), control["error"].as_str().map(str::is_empty)), (Some("not_tested"), Some(false)));
}

#[test]
fn a_null_in_a_reason_costs_its_sentence_and_not_the_exception() {
    let folder = TempDir::new().unwrap();
    let mut refused = record(1, "PutObject", "cli");
    refused["errorCode"] = "AccessDenied".into();
    let input = write(&folder.path().join("in"), "log.json", log_file(&[refused, record(2, "PutObject", "cli")]));
    let mine = folder.path().join("mine");
    write(
        &mine,
        "config/mine.toml",
        "[[control]]\nid = \"mine-1\"\ntitle = \"t\"\npillar = \"security\"\nseverity = \"low\"\ncriteria = []\nfinding = \"Deviation of t\"\neffect = \"Harm can follow.\"\neffort = \"low\"\ncause = [\"resource\"]\nobjective = \"o\"\nprocedure = \"p\"\npopulation = \"SELECT event_id AS resource_id, event_name AS resource_name, event_name AS resource_type, account_id, aws_region AS region, error_code, source_file_id, source_record FROM cloudtrail_events\"\nexception = \"account_id <> 'x'\"\nreason = \"'it failed with ' || error_code\"\nrecommend = \"r\"\n",
    );
    let out = folder.path().join("report");
    report(&[&input], &out, &["--catalogue", &mine.to_string_lossy()]).expect(0);
    let control = report_json(&out)["controls"]["mine-1"].clone();
    assert_eq!((control["counts"]["exceptions"].as_u64(), control["counts"]["undetermined"].as_u64()), (Some(2), Some(0)), "{control}");
    let reasons: BTreeSet<String> =
        control["exceptions"].as_array().unwrap().iter().map(|e| e["reason"].as_str().unwrap().to_owned()).collect();
    let wanted = ["it failed with AccessDenied", "the exception condition holds; a value that describes it was not delivered"];
    assert_eq!(reasons, wanted.map(str::to_owned).into());
}

#[test]
fn the_auditor_profile_leaves_recommendations_and_cost_out() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("report");
    let (store, engagement) =
        (sample_store().to_string_lossy().into_owned(), sample().join("engagement.toml").to_string_lossy().into_owned());
    report(&[], &out, &["--store", &store, "--engagement", &engagement, "--profile", "auditor"]).expect(0);
    let model = report_json(&out);
    assert!(model["topics"].as_object().unwrap().keys().all(|id| !id.starts_with("cost/")));
    assert!(model["controls"].as_object().unwrap().values().all(|c| c["recommend"] == ""));
    let text = std::fs::read_to_string(out.join("report.md")).unwrap();
    assert!(!text.contains("Cost and carbon") && !text.contains("**Recommendation"));
}
