//! The offline promise, from outside: no network, and no client of one.

use std::process::Command;

use tempfile::TempDir;

use crate::harness::{Run, command, manifest, root, sample};

#[test]
fn it_works_in_a_namespace_without_a_network() {
    let probe = Command::new("unshare").args(["-rn", "true"]).output();
    if !probe.is_ok_and(|o| o.status.success()) {
        eprintln!("skipped: `unshare -rn` is not allowed here");
        return;
    }
    let folder = TempDir::new().unwrap();
    let store = folder.path().join("store");
    let run: Run = Command::new("unshare")
        .args(["-rn", "--"])
        .arg(command().get_program())
        .arg("ingest")
        .arg(sample().join("cost"))
        .arg("--store")
        .arg(&store)
        .output()
        .unwrap()
        .into();
    run.expect(0);
    assert!(!manifest(&store)["files"].as_object().unwrap().is_empty());
}

#[test]
fn no_client_of_a_network_is_linked_in() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "-e", "normal", "--prefix", "none"])
        .current_dir(root())
        .output();
    let tree: Run = output.unwrap().into();
    let tree = tree.expect(0).out;
    let names: Vec<&str> = tree.lines().filter_map(|l| l.split_whitespace().next()).collect();
    assert!(names.contains(&"sixpillars") && names.contains(&"polars"), "{tree}");
    for client in
        ["reqwest", "hyper", "hyper-util", "ureq", "isahc", "curl", "rustls", "native-tls", "openssl", "object_store", "quinn", "h2"]
    {
        assert!(!names.contains(&client), "{client} is in the tree of the program");
    }
}
