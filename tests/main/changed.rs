//! Files that change while they are read: what is kept under a hash was read from bytes that have it.

use std::fs::OpenOptions;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::harness::{add, manifest, number, record, sample, write};

/// Bytes beyond which a file is read twice.
const LONG: usize = 9 << 20;

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// Ingests a file again and again while it is overwritten with one text and the other, and holds each store against them:
/// rows of a text stand under its hash, or there are none and the file is a reject. `told` counts the rows of the second.
fn swap(name: &str, texts: [Vec<u8>; 2], table: &str, told: &str) {
    assert_eq!(texts[0].len(), texts[1].len());
    assert!(texts[0].len() > LONG);
    let folder = TempDir::new().unwrap();
    let path = write(folder.path(), name, &texts[0]);
    // Something is kept whatever happens.
    let sure = write(folder.path(), "sure.json", crate::harness::log_file(&[record(1, "PutObject", "cli")]));
    let hashes = texts.clone().map(|text| sha256(&text));
    let (mut caught, mut kept) = (0, 0);
    let check = |store: &Path, caught: &mut u32, kept: &mut u32| {
        let manifest = manifest(store);
        let file = manifest["files"].as_object().unwrap().values().find(|f| f["paths"] == json!([name])).unwrap();
        let (rows, second) = (number(store, &format!("SELECT COUNT(*) AS n FROM {table}")), number(store, told));
        if file["unread"] == "changed" {
            *caught += 1;
            assert_eq!((&file["read"], &file["rejected"], rows), (&1.into(), &1.into(), 0), "{file}");
            assert!(file["rejects"][0]["reason"].as_str().unwrap().contains("changed while it was read"), "{file}");
            return;
        }
        *kept += 1;
        let which = hashes.iter().position(|hash| file["sha256"] == **hash);
        match which {
            Some(0) => assert_eq!(second, 0, "rows of the second text under the hash of the first"),
            Some(_) => assert_eq!(second, rows, "rows of the first text under the hash of the second"),
            // A mixture of both, the same twice.
            None => {}
        }
    };
    for round in 0..6 {
        let store = folder.path().join(format!("store{round}"));
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut file = OpenOptions::new().write(true).open(&path).unwrap();
                for text in texts.iter().cycle() {
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                    file.seek(SeekFrom::Start(0)).unwrap();
                    file.write_all(text).unwrap();
                    std::thread::sleep(std::time::Duration::from_millis(3));
                }
            });
            add(&store, &[&path, &sure], 1);
            done.store(true, Ordering::Relaxed);
        });
        check(&store, &mut caught, &mut kept);
    }
    assert!(caught > 0, "the file was never caught changing");
    // Once it stays as it is, it is read, and nothing says otherwise any more.
    std::fs::write(&path, &texts[1]).unwrap();
    let store = folder.path().join("store0");
    add(&store, &[&path], 1);
    let files = manifest(&store);
    assert_eq!(files["files"][&hashes[1][..16]]["rejected"], 0);
    assert!(files["files"].as_object().unwrap().values().all(|f| f["unread"] != "changed"), "{files}");
    let rows = number(&store, &format!("SELECT COUNT(*) AS n FROM {table}"));
    assert!(rows > 0 && number(&store, told) > 0);
}

#[test]
fn charges_stand_under_the_hash_of_what_was_read() {
    let text = std::fs::read_to_string(sample().join("cost/focus-2026-03.csv")).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let long = |rows: &str| format!("{header}\n{}", rows.repeat(LONG / rows.len() + 1)).into_bytes();
    let other = rows.replace("Amazon", "Amazom");
    swap(
        "charges.csv",
        [long(rows), long(&other)],
        "costs",
        "SELECT COUNT(*) AS n FROM costs WHERE ChargeDescription LIKE '%Amazom%' OR ServiceName LIKE '%Amazom%' OR InvoiceIssuerName LIKE '%Amazom%'",
    );
}

#[test]
fn events_stand_under_the_hash_of_what_was_read() {
    let long = |agent: &str| {
        let records: Vec<_> = (1..=LONG / 500).map(|id| record(id, "PutObject", agent)).collect();
        crate::harness::log_file(&records)
    };
    swap(
        "log.json",
        [long("agent/1"), long("agent/2")],
        "cloudtrail_events WHERE user_agent LIKE 'agent/%'",
        "SELECT COUNT(*) AS n FROM cloudtrail_events WHERE user_agent = 'agent/2'",
    );
}
