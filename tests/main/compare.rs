//! Reports compared: the sample against the quarter after it, whose generator says what it changed, and files that are no reports.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;
use sixpillars::report::model::SCHEMA_VERSION as VERSION;
use tempfile::TempDir;

use crate::harness::{report_json, root, same_trees, sample_report, sixpillars, sixpillars_in, write};

/// The quarter after the sample.
fn later() -> PathBuf {
    root().join("samples/acme-later")
}

/// Its report, with the sample's as its baseline.
fn later_report() -> &'static Path {
    static REPORT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, report) = REPORT.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let out = folder.path().join("report");
        let (input, baseline) = (later(), sample_report());
        let arguments = ["report", "--baseline"].map(OsStr::new);
        sixpillars(&[arguments[0], input.as_os_str(), arguments[1], baseline.as_os_str(), OsStr::new("--out"), out.as_os_str()]).expect(0);
        (folder, out)
    });
    report
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Rows of the generator's key: status, control, account.
fn planted() -> BTreeSet<(String, String, String)> {
    let text = std::fs::read_to_string(later().join("CHANGES.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| status "));
    rows.map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        (cells[1].to_owned(), cells[2].to_owned(), cells[3].to_owned())
    })
    .collect()
}

/// Status, control and account of every finding compared.
fn found(comparison: &Value) -> BTreeSet<(String, String, String)> {
    let mut rows = BTreeSet::new();
    for finding in comparison["steps"][0]["findings"].as_array().unwrap() {
        let texts = |key: &str| finding[key].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect::<Vec<_>>();
        for (control, account) in texts("controls").into_iter().flat_map(|c| texts("accounts").into_iter().map(move |a| (c.clone(), a))) {
            rows.insert((finding["status"].as_str().unwrap().replace('_', " "), control, account));
        }
    }
    rows
}

#[test]
fn what_the_generator_changed_is_what_is_found() {
    let comparison = json(&later_report().join("comparison.json"));
    let (planted, found) = (planted(), found(&comparison));
    assert!(planted.len() > 5, "the key was not read");
    let missing: Vec<_> = planted.difference(&found).collect();
    assert!(missing.is_empty(), "planted and not found: {missing:?}");
    // Nothing else became better or worse: the generator changed nothing else.
    for status in ["fixed", "better", "worse", "new"] {
        let of = |rows: &BTreeSet<(String, String, String)>| rows.iter().filter(|row| row.0 == status).cloned().collect::<BTreeSet<_>>();
        assert_eq!(of(&found), of(&planted), "{status}");
    }
}

#[test]
fn nothing_of_an_account_that_was_not_delivered_is_good_news() {
    let comparison = json(&later_report().join("comparison.json"));
    let missing = found(&comparison).into_iter().filter(|(_, _, account)| account == "444455556666").collect::<Vec<_>>();
    assert!(missing.len() > 20);
    assert!(missing.iter().all(|(status, ..)| status == "no longer testable"), "{missing:?}");
    let differences = comparison["steps"][0]["differences"].as_array().unwrap();
    let period = differences.iter().find(|difference| difference["kind"] == "period").unwrap();
    assert_eq!(period["is_apart"], true);
    let missing = serde_json::json!({"kind": "scope", "what": "accounts", "report": "earlier", "accounts": [{"id": "444455556666", "name": "acme-dev"}]});
    assert!(differences.contains(&missing), "{differences:?}");
    let page = std::fs::read_to_string(later_report().join("comparison.md")).unwrap();
    assert!(page.contains("earlier report only: 444455556666 (acme-dev).") && page.contains("do not overlap"));
    assert!(page.contains("Not concluded: account 444455556666 is not in the later report"));
}

#[test]
fn a_report_with_a_baseline_says_what_became_of_findings() {
    let (report, comparison) = (report_json(later_report()), json(&later_report().join("comparison.json")));
    let step = &comparison["steps"][0];
    let statuses: BTreeMap<&str, &Value> =
        step["findings"].as_array().unwrap().iter().map(|finding| (finding["id"].as_str().unwrap(), &finding["status"])).collect();
    let own = report["findings"].as_array().unwrap();
    assert!(!own.is_empty());
    for finding in own {
        assert_eq!(&finding["status"], statuses[finding["id"].as_str().unwrap()], "{finding}");
    }
    let count =
        |status: &str| step["counts"].as_array().unwrap().iter().find(|count| count["status"] == status).unwrap()["findings"].to_string();
    let sentence = format!(
        "{} new, {} worse, {} fixed, {} no longer testable since 2026-04-01 to 2026-06-30",
        count("new"),
        count("worse"),
        count("fixed"),
        count("no_longer_testable")
    );
    let page = std::fs::read_to_string(later_report().join("report.md")).unwrap();
    assert!(page.contains(&sentence), "{sentence}");
    let manifest = json(&later_report().join("manifest.json"));
    assert!(manifest["outputs"]["comparison.json"].is_object());
    // Without a baseline nothing is said.
    assert!(report_json(sample_report())["findings"].as_array().unwrap().iter().all(|finding| finding["status"].is_null()));
}

#[test]
fn folders_files_and_threads_give_the_same_bytes() {
    let folder = TempDir::new().unwrap();
    let (a, b) = (sample_report(), later_report());
    let compare = |out: &str, first: &Path, second: &Path, threads: &str| {
        let arguments = [OsStr::new("compare"), first.as_os_str(), second.as_os_str(), OsStr::new("-o"), OsStr::new(out)];
        sixpillars_in(folder.path(), &[&arguments[..], &["--threads", threads].map(OsStr::new)].concat()).expect(0)
    };
    let run = compare("one", a, b, "1");
    assert_eq!(run.out.trim().replace('\\', "/"), "one/comparison.html");
    compare("two", &a.join("report.json"), &b.join("report.json"), "4");
    same_trees("folders and files", &folder.path().join("one"), &folder.path().join("two"), &[]);
    assert_eq!(std::fs::read_dir(folder.path().join("one")).unwrap().count(), 3);
    // The baseline's comparison says the same of findings, controls and spend.
    let (alone, beside) = (json(&folder.path().join("one/comparison.json")), json(&b.join("comparison.json")));
    assert_eq!(alone["steps"], beside["steps"]);
    // A report against itself: nothing changed, and nothing weakens that.
    compare("same", a, a, "1");
    let same = json(&folder.path().join("same/comparison.json"));
    assert_eq!(same["steps"][0]["differences"], Value::Array(Vec::new()));
    assert!(found(&same).iter().all(|(status, ..)| ["open", "risk accepted"].contains(&status.as_str())));
}

#[test]
fn more_than_two_are_a_trend_in_whatever_order_they_come() {
    let folder = TempDir::new().unwrap();
    let mut third = report_json(later_report());
    third["cover"]["period_from"] = "2026-10-01".into();
    third["cover"]["period_to"] = "2026-12-31".into();
    let third = write(folder.path(), "third.json", third.to_string());
    let compare = |out: &str, reports: [&Path; 3]| {
        let reports = reports.map(Path::as_os_str);
        sixpillars_in(folder.path(), &[&[OsStr::new("compare"), OsStr::new("-o"), OsStr::new(out)][..], &reports].concat()).expect(0);
    };
    compare("one", [sample_report(), later_report(), &third]);
    compare("two", [&third, sample_report(), later_report()]);
    same_trees("orders", &folder.path().join("one"), &folder.path().join("two"), &[]);
    let periods: Vec<String> = json(&folder.path().join("one/comparison.json"))["reports"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["period"]["from"].to_string())
        .collect();
    assert_eq!(periods, ["\"2026-04-01\"", "\"2026-07-01\"", "\"2026-10-01\""]);
}

#[test]
fn what_is_no_report_is_refused_and_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let whole = std::fs::read(sample_report().join("report.json")).unwrap();
    write(at, "cut/report.json", &whole[..whole.len() / 3]);
    let mut other = report_json(sample_report());
    other["schema_version"] = 1.into();
    write(at, "other.json", other.to_string());
    write(at, "text.json", "no report at all");
    write(at, "bytes.json", [0xff, 0xfe, 0x00]);
    std::fs::create_dir(at.join("empty")).unwrap();
    let long = format!("{{\"schema_version\": {VERSION}, \"x\": \"{}\"}}", "a".repeat(100 << 20));
    write(at, "long.json", long);
    let deep = format!("{{\"schema_version\": {VERSION}, \"controls\": {}", "[".repeat(1 << 20));
    write(at, "deep.json", deep);
    std::fs::File::create(at.join("huge.json")).unwrap().set_len(300 << 20).unwrap();
    for (bad, part) in [
        ("cut", "it is cut off"),
        ("other.json", "it has schema version 1"),
        ("text.json", "it is not a report"),
        ("bytes.json", "not UTF-8"),
        ("empty", "holds no report.json"),
        ("long.json", "it is damaged: missing field"),
        ("deep.json", "cannot be compared"),
        ("huge.json", "larger than"),
    ] {
        let good = sample_report().as_os_str();
        for pair in [[OsStr::new(bad), good], [good, OsStr::new(bad)]] {
            let arguments = [&[OsStr::new("compare")], &pair[..], &[OsStr::new("-o"), OsStr::new("out")]].concat();
            let run = sixpillars_in(at, &arguments).expect(1).says(&[part, "help: "]);
            assert!(run.out.is_empty() && !at.join("out").exists(), "{bad}");
        }
    }
    let input = later();
    let arguments =
        [OsStr::new("report"), input.as_os_str(), OsStr::new("--baseline"), OsStr::new("cut"), OsStr::new("-o"), OsStr::new("out")];
    sixpillars_in(at, &arguments).expect(1).says(&["it is cut off", "help: "]);
    assert!(!at.join("out").exists());
    // What stands at the place is left alone.
    let kept = write(at, "taken/notes.txt", "mine");
    let good = sample_report().as_os_str();
    let run = sixpillars_in(at, &[OsStr::new("compare"), good, good, OsStr::new("-o"), OsStr::new("taken")]);
    run.expect(1).says(&["taken exists already", "help: give another folder with --out"]);
    assert_eq!(std::fs::read_to_string(kept).unwrap(), "mine");
    let leftovers: Vec<_> =
        std::fs::read_dir(at).unwrap().map(|e| e.unwrap().file_name()).filter(|n| n.to_string_lossy().ends_with(".part")).collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
}
