//! What makes two inputs one, and what an answer that holds nothing is worth.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::harness::{ingest, manifest, number, query};

fn store(files: &[(&str, &str)]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join("in").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    (folder, store)
}

fn column(store: &std::path::Path, sql: &str) -> Vec<String> {
    query(store, sql)
        .iter()
        .map(|row| row.values().map(|v| v.as_str().unwrap_or("NULL").to_owned()).collect::<Vec<_>>().join(" "))
        .collect()
}

const STATUS: &str = r#"{"IsLogging":true,"LatestDeliveryTime":"2026-06-30T10:00:00Z"}"#;
const RECORDERS: &str = r#"{"ConfigurationRecorders":[{"name":"default","roleARN":"arn:aws:iam::111122223333:role/config","recordingGroup":{"allSupported":true}}]}"#;
const SUMMARY: &str = r#"{"SummaryMap":{"Users":3,"AccountMFAEnabled":1}}"#;

#[test]
fn the_same_answer_of_two_trails_is_two_inputs() {
    let (_folder, store) = store(&[
        ("get-trail-status-main.json", STATUS),
        ("get-trail-status-other.json", STATUS),
        ("again/get-trail-status-other (1).json", STATUS),
    ]);
    assert_eq!(column(&store, "SELECT trail_name FROM trail_status ORDER BY trail_name"), ["main", "other"]);
    assert_eq!(manifest(&store)["files"].as_object().unwrap().len(), 2);
}

#[test]
fn the_same_recorders_of_three_regions_are_three_inputs_and_a_copy_without_a_place_is_a_copy() {
    let regions = ["eu-central-1", "eu-west-1", "us-east-1"];
    let placed: Vec<String> = regions.iter().map(|r| format!("111122223333/{r}/recorders.json")).collect();
    let mut files: Vec<(&str, &str)> = placed.iter().map(|path| (path.as_str(), RECORDERS)).collect();
    files.push(("a copy.json", RECORDERS));
    files.push(("zz/eu-west-1/111122223333-recorders (2).json", RECORDERS));
    for turn in 0..files.len() {
        files.rotate_left(turn);
        let (_folder, store) = store(&files);
        assert_eq!(column(&store, "SELECT region FROM config_recorders ORDER BY region"), regions);
        assert_eq!(manifest(&store)["files"].as_object().unwrap().len(), 3);
        assert_eq!(number(&store, "SELECT COUNT(*) FROM input_files"), 5, "every path is listed");
    }
}

#[test]
fn in_two_goes_the_same_answer_of_two_accounts_comes_to_what_one_go_gives() {
    let files = [("111122223333/summary.json", SUMMARY), ("444455556666/summary.json", SUMMARY), ("summary.json", SUMMARY)];
    let (_one, once) = store(&files);
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("store");
        for at in order {
            let input = folder.path().join("in");
            let _ = fs::remove_dir_all(&input);
            let file = input.join(files[at].0);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, files[at].1).unwrap();
            crate::harness::add(&path, &[&input], 1);
        }
        let rows = "SELECT account_id, source_file_id FROM iam_account_summary ORDER BY account_id";
        assert_eq!(column(&path, rows), column(&once, rows), "{order:?}");
        assert_eq!(column(&path, rows).len(), 4, "two values of each account");
        assert_eq!(manifest(&path)["files"], manifest(&once)["files"], "{order:?}");
    }
}

#[test]
fn an_empty_list_is_kept_with_its_place() {
    let (_folder, store) = store(&[
        ("111122223333/eu-west-1/describe-trails.json", r#"{"trailList":[]}"#),
        ("111122223333/us-east-1/describe-trails.json", r#"{"trailList":[]}"#),
        ("444455556666/eu-west-1/securityhub-findings.json", r#"{"Findings":[]}"#),
        ("444455556666/eu-west-1/backup-jobs.json", r#"{"BackupJobs":[]}"#),
    ]);
    assert_eq!(
        column(&store, "SELECT account_id, region, table_name FROM empty_answers ORDER BY table_name, account_id, region"),
        [
            "444455556666 eu-west-1 backup_jobs",
            "444455556666 eu-west-1 third_party_findings",
            "111122223333 eu-west-1 trails",
            "111122223333 us-east-1 trails",
        ]
    );
}
