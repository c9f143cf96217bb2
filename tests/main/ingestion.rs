//! Reading: every record is accounted for, and neither order, threads nor number of runs changes a byte.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{
    add, gzip, ingest, log_file, manifest, number, query, realdata, record, same_trees, sample, sample_store, sixpillars, tree, write,
};

/// The sample in two halves: where a file belongs is decided by its name, so that copies, assemblies and
/// versions of one item are torn apart. Paths below each half are those of the sample.
pub fn halves(folder: &Path) -> (PathBuf, PathBuf) {
    let (a, b) = (folder.join("a"), folder.join("b"));
    let sample = sample();
    for (at, entry) in walkdir::WalkDir::new(&sample).sort_by_file_name().into_iter().map(Result::unwrap).enumerate() {
        if !entry.file_type().is_file() {
            continue;
        }
        let name = entry.path().strip_prefix(&sample).unwrap();
        let half = if at * 7 % 11 < 5 { &a } else { &b };
        let target = half.join(name);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(entry.path(), target).unwrap();
    }
    (a, b)
}

#[test]
fn order_threads_and_runs_change_no_byte() {
    let folder = TempDir::new().unwrap();
    let (a, b) = halves(folder.path());
    let shuffled = folder.path().join("shuffled");
    add(&shuffled, &[&b, &a], 1);
    same_trees("one thread, the other way round", sample_store(), &shuffled, &[]);
    let twice = folder.path().join("twice");
    add(&twice, &[&a], 2);
    add(&twice, &[&b], 1);
    same_trees("in two goes", sample_store(), &twice, &[]);
    let back = folder.path().join("back");
    add(&back, &[&b], 2);
    add(&back, &[&a], 2);
    same_trees("in two goes, the other way round", sample_store(), &back, &[]);
    add(&back, &[&sample()], 2);
    same_trees("the same files once more", sample_store(), &back, &[]);
}

#[test]
fn a_report_over_a_store_leaves_the_store_as_it_was() {
    let folder = TempDir::new().unwrap();
    let store = ingest(folder.path(), &[&write(folder.path(), "first.json", log_file(&[record(1, "PutObject", "cli")]))]);
    let before = tree(&store);
    let second = write(folder.path(), "second.json", log_file(&[record(2, "PutObject", "cli")]));
    let out = folder.path().join("report");
    let arguments = ["report".as_ref(), second.as_os_str(), "--store".as_ref(), store.as_os_str(), "--out".as_ref(), out.as_os_str()];
    sixpillars(&arguments).expect(0);
    assert_eq!(number(&out.join("evidence"), "SELECT COUNT(*) AS n FROM cloudtrail_events"), 2);
    assert!(tree(&store) == before, "the report changed the store it was made over");
}

#[test]
fn the_same_bytes_under_another_name_are_read_once() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    // What the path says about an answer (account, Region) must not depend on which copy is met first.
    let answer =
        std::fs::read(sample().join("config/111122223333/eu-west-1/get-compliance-details-by-config-rule-encrypted-volumes.json")).unwrap();
    for account in ["111122223333", "444455556666"] {
        write(&input, &format!("{account}/eu-west-1/get-compliance-details-by-config-rule-encrypted-volumes.json"), &answer);
    }
    write(&input, "x/log.json", log_file(&[record(1, "PutObject", "cli")]));
    write(&input, "y/log.json", log_file(&[record(1, "PutObject", "cli")]));
    let store = ingest(folder.path(), &[&input]);
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 1);
    for round in 0..8 {
        let again = folder.path().join(format!("again{round}"));
        add(&again, &[&input], 4);
        same_trees("copies read by four threads", &store, &again, &[]);
    }
}

/// Fails naming files whose account does not close, or that were offered and are not listed.
#[track_caller]
pub fn balances(store: &Path, input: &Path) {
    let manifest = manifest(store);
    let mut listed: Vec<String> = Vec::new();
    for file in manifest["files"].as_object().unwrap().values() {
        let n = |key: &str| file[key].as_u64().unwrap();
        let paths = file["paths"].as_array().unwrap().iter().map(|p| p.as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let sum = n("kept") + n("duplicate") + n("out_of_scope") + n("rejected");
        assert_eq!(n("read"), sum, "{paths:?}: read is not kept + duplicate + out of scope + rejected: {file}");
        let rejects = file["rejects"].as_array().unwrap();
        assert_eq!(rejects.len() as u64, n("rejected").min(1_000), "{paths:?}: rejects without a line of their own");
        for reject in rejects {
            assert!(!reject["reason"].as_str().unwrap().trim().is_empty(), "{paths:?}: a reject without a reason");
        }
        if n("out_of_scope") > 0 {
            assert!(file["out_of_scope_reason"].as_str().is_some_and(|r| !r.is_empty()), "{paths:?}: out of scope without a reason");
        }
        listed.extend(paths);
    }
    listed.sort();
    let mut offered: Vec<String> = walkdir::WalkDir::new(input)
        .into_iter()
        .map(Result::unwrap)
        .filter(|e| !e.file_type().is_dir())
        .map(|e| e.path().strip_prefix(input).unwrap().to_string_lossy().replace('\\', "/"))
        .collect();
    offered.sort();
    assert_eq!(listed, offered);
}

#[test]
fn every_record_of_the_sample_is_accounted_for() {
    balances(sample_store(), &sample());
    // The tables hold what the account says was kept.
    let files = manifest(sample_store());
    let kept: u64 = files["files"]
        .as_object()
        .unwrap()
        .values()
        .filter(|f| f["format"].as_str().unwrap().starts_with("cloudtrail_") && f["format"] != "cloudtrail_digest")
        .map(|f| f["kept"].as_u64().unwrap())
        .sum();
    let mut rows = 0;
    for entry in std::fs::read_dir(sample_store().join("tables/cloudtrail_events")).unwrap() {
        assert!(entry.unwrap().file_name().to_string_lossy().ends_with(".parquet"));
        rows += 1;
    }
    assert!(rows > 80, "one file for each date");
    assert_eq!(kept, u64::try_from(number(sample_store(), "SELECT COUNT(*) AS n FROM cloudtrail_events")).unwrap());
}

#[test]
fn every_record_of_the_real_exports_is_accounted_for() {
    let Some(input) = realdata("") else { return };
    let folder = TempDir::new().unwrap();
    let store = ingest(folder.path(), &[&input]);
    balances(&store, &input);
    let other = folder.path().join("other");
    add(&other, &[&input], 1);
    same_trees("real exports, one thread", &store, &other, &[]);
}

#[test]
fn a_link_is_followed_or_listed() {
    #[cfg(unix)]
    {
        let folder = TempDir::new().unwrap();
        let input = folder.path().join("in");
        write(&input, "log.json", log_file(&[record(1, "PutObject", "cli")]));
        let other = write(folder.path(), "elsewhere.json", log_file(&[record(2, "PutObject", "cli")]));
        std::os::unix::fs::symlink(other, input.join("link.json")).unwrap();
        balances(&ingest(folder.path(), &[&input]), &input);
    }
}

/// Records of the CloudTrail log files below a folder, read by nothing but a JSON parser: event id and account.
fn records_of(folder: &Path) -> Vec<Value> {
    let mut records = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let bytes = if name.ends_with(".json.gz") {
            let mut text = Vec::new();
            let packed = std::fs::read(entry.path()).unwrap();
            // A file that is cut short holds copies only; the whole one is beside it.
            if flate2::read::MultiGzDecoder::new(&packed[..]).read_to_end(&mut text).is_err() {
                continue;
            }
            text
        } else if name.ends_with(".json") {
            std::fs::read(entry.path()).unwrap()
        } else {
            continue;
        };
        let mut document: Value = serde_json::from_slice(&bytes).unwrap();
        if let Some(found) = document.get_mut("Records").and_then(Value::as_array_mut) {
            records.append(found);
        }
    }
    records
}

#[test]
fn the_events_of_an_hour_of_attacks_are_all_there() {
    let Some(input) = realdata("cloudtrail/invictus/CloudTrail") else { return };
    let folder = TempDir::new().unwrap();
    let store = ingest(folder.path(), &[&input]);
    let manifest = manifest(&store);
    let files = manifest["files"].as_object().unwrap();
    assert_eq!(files.len(), 55);
    let sum = |key: &str| files.values().map(|f| f[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("read"), sum("kept"), sum("rejected")), (2_900, 2_900, 0));
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 2_900);
    assert_eq!(number(&store, "SELECT COUNT(DISTINCT event_name) AS n FROM cloudtrail_events"), 260);
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events WHERE error_code IS NOT NULL"), 300);
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events WHERE read_only = FALSE"), 574);

    // By name and by outcome, against a JSON parser that knows nothing of ours.
    let mut expected: BTreeMap<(String, bool), i64> = BTreeMap::new();
    for record in records_of(&input) {
        let key = (record["eventName"].as_str().unwrap().to_owned(), record.get("errorCode").is_some());
        *expected.entry(key).or_default() += 1;
    }
    let sql = "SELECT event_name, CASE WHEN error_code IS NULL THEN FALSE ELSE TRUE END AS failed, COUNT(*) AS n FROM cloudtrail_events GROUP BY event_name, CASE WHEN error_code IS NULL THEN FALSE ELSE TRUE END";
    let found: BTreeMap<(String, bool), i64> = query(&store, sql)
        .into_iter()
        .map(|r| ((r["event_name"].as_str().unwrap().to_owned(), r["failed"].as_bool().unwrap()), r["n"].as_i64().unwrap()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn answers_recorded_by_test_tools_are_read_whole() {
    let Some(input) = realdata("cloudtrail/cloud-custodian-cli") else { return };
    let folder = TempDir::new().unwrap();
    let store = ingest(folder.path(), &[&input]);
    for file in manifest(&store)["files"].as_object().unwrap().values() {
        assert_eq!(file["rejected"], 0, "{file}");
    }
}

#[test]
fn each_event_of_the_sample_is_there_once() {
    // What the logs hold, counted without the program: distinct pairs of event id and account.
    let mut ids: BTreeMap<(String, String), u64> = BTreeMap::new();
    for record in records_of(&sample().join("cloudtrail/AWSLogs")) {
        let text = |key: &str| record[key].as_str().unwrap_or_default().to_owned();
        *ids.entry((text("eventID"), text("recipientAccountId"))).or_default() += 1;
    }
    let sql = "SELECT event_id, recipient_account_id, MAX(copies) AS copies FROM cloudtrail_events GROUP BY event_id, recipient_account_id";
    // The file's own period would cut events off; all of them are wanted.
    let found: BTreeMap<(String, String), i64> = query(sample_store(), sql)
        .into_iter()
        .map(|r| {
            let text = |key: &str| r[key].as_str().unwrap_or_default().to_owned();
            ((text("event_id"), text("recipient_account_id")), r["copies"].as_i64().unwrap())
        })
        .collect();
    let lost: Vec<_> = ids.keys().filter(|k| !found.contains_key(*k)).take(5).collect();
    assert!(lost.is_empty(), "events of the logs that the store lacks: {lost:?}");
    let few: Vec<_> = ids.iter().filter(|(k, n)| found[*k] < i64::try_from(**n).unwrap()).take(5).collect();
    assert!(few.is_empty(), "copies that were not counted: {few:?}");
}

#[test]
fn a_changed_copy_of_an_event_is_flagged_in_whatever_order_it_comes() {
    let folder = TempDir::new().unwrap();
    let honest =
        write(folder.path(), "one/log.json.gz", gzip(&log_file(&[record(1, "DeleteTrail", "cli"), record(2, "PutObject", "cli")])));
    let mut changed = record(1, "DeleteTrail", "cli");
    changed["userIdentity"]["userName"] = "bob".into();
    // Another hour and another day: the same id elsewhere is a conflict as well.
    let mut moved = record(2, "PutObject", "cli");
    moved["eventTime"] = "2026-05-09T23:59:59Z".into();
    let other = write(folder.path(), "two/log.json.gz", gzip(&log_file(&[changed, moved])));
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    add(&first, &[&honest], 1);
    add(&first, &[&other], 1);
    add(&second, &[&other], 2);
    add(&second, &[&honest], 2);
    for store in [&first, &second] {
        assert_eq!(number(store, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 4);
        assert_eq!(number(store, "SELECT COUNT(*) AS n FROM cloudtrail_events WHERE is_conflict"), 4);
    }
    same_trees("conflicts in two orders", &first, &second, &[]);
}
