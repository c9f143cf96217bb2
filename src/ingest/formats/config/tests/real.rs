//! Exports that nobody here wrote.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::run_in;
use crate::ingest::formats::config::{Context, Kind};

fn real(folder: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/realdata/config").join(folder);
    if path.is_dir() {
        Some(path)
    } else {
        eprintln!("skipped: {} is not here", path.display());
        None
    }
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "json")).collect();
    files.sort();
    files
}

#[test]
fn real_example_items_are_read() {
    let Some(folder) = real("aws-config-rdk/rdk/template/example_ci") else { return };
    let (mut kept, mut rejected, mut statements) = (0, Vec::new(), 0);
    for path in json_files(&folder) {
        let bytes = std::fs::read(&path).unwrap();
        let kind = Kind::of(&bytes).unwrap_or_else(|| panic!("{}", path.display()));
        let outcome = run_in(kind, &bytes, &Context::default());
        // One file holds a whole item in a list that is never closed: the item is kept, the cut rejected.
        let cut = path.ends_with("AWS_EC2_NetworkInterface.json");
        outcome.assert_account(if cut { 2 } else { 1 }, outcome.counts.rejected);
        kept += outcome.counts.kept;
        statements += outcome.table("policy_statements").len();
        if outcome.counts.rejected > 0 {
            rejected.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
        for row in outcome.table("config_items") {
            // Two examples name an account of thirteen or eleven digits, which is none.
            let wrong = ["AWS_ACM_Certificate.json", "AWS_CLOUDFRONT_DISTRIBUTION.json"].iter().any(|name| path.ends_with(name));
            assert_eq!(row["account_id"].is_null(), wrong, "{}", path.display());
            for column in ["resource_type", "resource_id", "item_status"] {
                assert!(!row[column].is_null(), "{}: {column}", path.display());
            }
            // One example has its time as a program printed it, in an unknown zone.
            assert_eq!(row["captured_at"].is_null(), path.ends_with("AWS_ACM_Certificate.json"), "{}", path.display());
            let text = row["configuration"].as_str().map(|t| serde_json::from_str::<Value>(t).unwrap());
            assert!(text.is_none_or(|t| t.is_object()), "{}", path.display());
        }
        assert!(!outcome.noted("should hold JSON"), "{}: {:?}", path.display(), outcome.notes);
    }
    assert_eq!(kept, 79);
    assert_eq!(rejected, ["AWS_EC2_NetworkInterface.json", "AWS_SSM_ManagedInstanceInventory_Linux.json"]);
    assert!(statements >= 5, "{statements}");
}

#[test]
fn real_snapshots_and_answers_are_read() {
    let Some(folder) = real("grace-config-differ") else { return };
    for path in json_files(&folder) {
        let bytes = std::fs::read(&path).unwrap();
        let outcome = run_in(Kind::of(&bytes).unwrap(), &bytes, &Context::default());
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        let items = value["configurationItems"].as_array().or_else(|| value.as_array()).unwrap().len();
        assert_eq!((outcome.counts.read, outcome.counts.kept), (items as u64, items as u64), "{}", path.display());
    }
    let Some(folder) = real("cloud-custodian-cli") else { return };
    let (mut history, mut selected) = (0, 0);
    for (name, kept) in [("config.GetResourceConfigHistory", &mut history), ("config.SelectResourceConfig", &mut selected)] {
        for path in json_files(&folder.join(name)) {
            let bytes = std::fs::read(&path).unwrap();
            let outcome = run_in(Kind::of(&bytes).unwrap_or_else(|| panic!("{}", path.display())), &bytes, &Context::default());
            assert_eq!(outcome.counts.rejected, 0, "{}: {:?}", path.display(), outcome.rejects);
            *kept += outcome.counts.kept;
        }
    }
    assert_eq!(selected, 25);
    assert_eq!(history, 6);
}
