//! The same evidence loose, in archives and through a pipe.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use crate::harness::{
    Run, add, command, gzip, gzip_hard, ingest, log_file, manifest, number, query, record, report_json, same_trees, sample, sample_report,
    sample_store, sixpillars, tree, write,
};

/// Members as a zip.
pub fn zipped<'a>(members: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Members as a tar.
pub fn tarred<'a>(members: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

fn members(files: &BTreeMap<String, Vec<u8>>) -> impl Iterator<Item = (&str, &[u8])> {
    files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
}

/// Runs the program with bytes on standard input.
fn piped(bytes: &[u8], arguments: &[&OsStr]) -> Run {
    let mut child = command().args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    child.wait_with_output().unwrap().into()
}

/// The files of a store that are no archives, by SHA-256, with everything that does not depend on paths.
fn files(store: &Path) -> BTreeMap<String, Value> {
    let manifest = manifest(store);
    let mut files = BTreeMap::new();
    for file in manifest["files"].as_object().unwrap().values().filter(|f| f["format"] != "archive") {
        let mut file = file.clone();
        let object = file.as_object_mut().unwrap();
        object.remove("paths");
        // A note may name another file's path.
        let notes: Vec<Value> =
            object["notes"].as_array().unwrap().iter().filter(|n| n["kind"] != "interrupted_download").cloned().collect();
        object.insert("notes".to_owned(), notes.into());
        files.insert(file["sha256"].as_str().unwrap().to_owned(), file);
    }
    files
}

fn archive(store: &Path, name: &str) -> Value {
    let manifest = manifest(store);
    let found = manifest["files"].as_object().unwrap().values().find(|f| f["format"] == "archive" && f["paths"][0] == name).cloned();
    found.unwrap_or_else(|| panic!("{name} is not listed: {manifest}"))
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn the_sample_is_the_same_loose_in_archives_and_through_a_pipe() {
    let folder = TempDir::new().unwrap();
    let loose = tree(&sample());
    let zip = write(folder.path(), "in/acme.zip", zipped(members(&loose)));
    let tar_gz = gzip(&tarred(members(&loose)));
    let tar = write(folder.path(), "in/acme.tar.gz", &tar_gz);
    let expected = files(sample_store());
    for input in [&zip, &tar] {
        let name = input.file_name().unwrap().to_str().unwrap();
        let store = folder.path().join(format!("{name}.store"));
        add(&store, &[input], 2);
        assert_eq!(files(&store), expected, "{name}");
        let archive = archive(&store, name);
        assert_eq!(archive["members"]["read"].as_u64().unwrap(), loose.len() as u64);
        assert_eq!(archive["sha256"], sha256(&std::fs::read(input).unwrap()));
        // The tables are the same but for what a path tells.
        let events = |s: &Path| tree(&s.join("tables/cloudtrail_events"));
        assert_eq!(events(&store), events(sample_store()), "{name}: events");
        let again = folder.path().join(format!("{name}.again"));
        add(&again, &[input], 1);
        same_trees(&format!("{name}, one thread"), &store, &again, &[]);
    }

    let engagement = sample().join("engagement.toml");
    let reported = |input: &str, bytes: &[u8]| {
        let out = folder.path().join(format!("report-{}", input.len()));
        let arguments = ["report", input, "--engagement"].map(OsStr::new);
        piped(bytes, &[&arguments[..], &[engagement.as_os_str(), OsStr::new("--out"), out.as_os_str()]].concat()).expect(0);
        out
    };
    let base = report_json(sample_report());
    for (input, bytes) in [(zip.to_str().unwrap(), &b""[..]), ("-", &tar_gz[..])] {
        let report = report_json(&reported(input, bytes));
        for part in ["controls", "metrics", "extracts"] {
            let (found, wanted) = (report[part].as_object().unwrap(), base[part].as_object().unwrap());
            assert_eq!(found.len(), wanted.len());
            for (id, result) in wanted {
                for key in ["counts", "value", "result", "extent", "numerator", "denominator", "total", "rows"] {
                    assert_eq!(found[id].get(key), result.get(key), "{input}: {part} {id} {key}");
                }
            }
        }
        // An archive is a file more; its records are the same.
        let figures = |r: &Value| {
            let row = &r["topics"]["coverage/records"]["queries"]["totals"]["rows"][0];
            ["records_read", "kept", "duplicate", "out_of_scope", "rejected"].map(|figure| row[figure].as_u64().unwrap())
        };
        assert_eq!(figures(&report), figures(&base), "{input}");
    }
}

#[test]
fn a_file_loose_and_in_archives_is_read_once_with_all_its_paths() {
    let folder = TempDir::new().unwrap();
    let log = gzip(&log_file(&[record(1, "PutObject", "cli"), record(2, "PutObject", "cli")]));
    let inner = zipped([("cur/log.json.gz", &log[..])]);
    write(folder.path(), "in/log.json.gz", &log);
    write(folder.path(), "in/client.zip", zipped([("a/log.json.gz", &log[..]), ("b.zip", &inner[..])]));
    write(folder.path(), "in/client.tar", tarred([("log.json.gz", &log[..])]));
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    let id = &sha256(&log)[..16];
    let file = manifest(&store)["files"][id].clone();
    assert_eq!((&file["read"], &file["kept"], &file["duplicate"]), (&2.into(), &2.into(), &0.into()));
    let paths = ["client.tar!/log.json.gz", "client.zip!/a/log.json.gz", "client.zip!/b.zip!/cur/log.json.gz", "log.json.gz"];
    assert_eq!(file["paths"], serde_json::json!(paths));
    assert_eq!(archive(&store, "client.zip!/b.zip")["sha256"], sha256(&inner));
    for round in 0..6 {
        let again = folder.path().join(format!("again{round}"));
        add(&again, &[&folder.path().join("in")], 4);
        same_trees("archives read by four threads", &store, &again, &[]);
    }
}

#[test]
fn what_a_path_tells_does_not_depend_on_which_copy_comes_first() {
    let folder = TempDir::new().unwrap();
    let answer =
        std::fs::read(sample().join("config/111122223333/eu-west-1/get-compliance-details-by-config-rule-encrypted-volumes.json")).unwrap();
    let name = |account: &str| format!("{account}/eu-west-1/get-compliance-details-by-config-rule-encrypted-volumes.json");
    let (one, two) = (name("111122223333"), name("444455556666"));
    write(folder.path(), "in/z.zip", zipped([(two.as_str(), &answer[..]), (one.as_str(), &answer[..])]));
    write(folder.path(), "in/a.tar.gz", gzip(&tarred([(two.as_str(), &answer[..])])));
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    // The same answer of two accounts is two answers, since only its path says whose it is.
    let accounts = query(&store, "SELECT DISTINCT account_id FROM config_compliance ORDER BY account_id");
    let accounts: Vec<&str> = accounts.iter().map(|row| row["account_id"].as_str().unwrap()).collect();
    assert_eq!(accounts, ["111122223333", "444455556666"]);
    for round in 0..6 {
        let again = folder.path().join(format!("again{round}"));
        add(&again, &[&folder.path().join("in/z.zip"), &folder.path().join("in/a.tar.gz")], 4);
        same_trees("copies in archives", &store, &again, &[]);
    }
}

#[test]
fn evidence_and_its_printed_line_reach_into_archives() {
    let folder = TempDir::new().unwrap();
    let mut stop = record(2, "StopLogging", "cli");
    stop["eventSource"] = "cloudtrail.amazonaws.com".into();
    stop["requestParameters"] = serde_json::json!({ "name": "main" });
    let log = gzip(&log_file(&[record(1, "PutObject", "cli"), stop.clone()]));
    let name = "AWSLogs/it's [1]/log.json.gz";
    let other = gzip(&log_file(&[record(9, "PutObject", "cli")]));
    let kinds = [
        ("client.zip", zipped([("other.json.gz", &other[..]), (name, &log[..])])),
        ("client.tar.gz", gzip(&tarred([("other.json.gz", &other[..]), (name, &log[..])]))),
    ];
    for (archive, bytes) in kinds {
        let input = write(folder.path(), archive, &bytes);
        let out = folder.path().join(format!("{archive}.report"));
        sixpillars(&[OsStr::new("report"), input.as_os_str(), OsStr::new("--out"), out.as_os_str()]).expect(0);
        let row = format!("{}:1", &sha256(&log)[..16]);
        let store = out.join("evidence");
        let arguments =
            |input: &Path| -> Vec<PathBuf> { vec!["evidence".into(), row.clone().into(), input.into(), "--store".into(), store.clone()] };
        let found = sixpillars(&arguments(&input)).expect(0).says(&["agrees", archive]).out;
        assert_eq!(serde_json::from_str::<Value>(&found).unwrap(), stop);
        // An archive without the file, and one that was changed.
        let wrong = write(folder.path(), &format!("wrong/{archive}"), zipped([(name, &other[..])]));
        sixpillars(&arguments(&wrong)).expect(1).says(&["no file with SHA-256", "help:"]);

        let lines = std::fs::read_to_string(out.join("report.json")).unwrap();
        let report: Value = serde_json::from_str(&lines).unwrap();
        let exceptions = report["controls"]["event-trail-stopped"]["exceptions"].as_array().unwrap();
        let line = exceptions[0]["evidence"]["jq"].as_str().unwrap();
        // The line is for a shell with these tools; where one is not here there is nothing to try.
        let tools = ["jq", "gzip", if archive.ends_with("zip") { "unzip" } else { "tar" }];
        let has = |tool: &str| {
            std::process::Command::new("sh").args(["-c", &format!("command -v {tool}")]).output().is_ok_and(|o| o.status.success())
        };
        if !tools.iter().all(|t| has(t)) {
            eprintln!("skipped: {tools:?} are not all here");
            continue;
        }
        let shell = std::process::Command::new("sh").args(["-c", line]).current_dir(folder.path()).output().unwrap();
        let printed: Value = serde_json::from_slice(&shell.stdout).unwrap_or_else(|e| panic!("{e}: {line}: {shell:?}"));
        assert_eq!(printed, stop, "{line}");
    }
}

#[test]
fn what_is_broken_in_an_archive_is_counted_and_the_rest_is_read() {
    let folder = TempDir::new().unwrap();
    let log = log_file(&[record(1, "PutObject", "cli")]);
    let bomb = gzip_hard(&vec![b' '; 70 << 20]);
    let deep = zipped([("x.zip", &zipped([("y.zip", &zipped([("log.json", &log[..])])[..])])[..])]);
    let mut zip = zipped([
        ("log.json", &log[..]),
        ("../outside.json", &log_file(&[record(2, "PutObject", "cli")])[..]),
        ("bomb.json.gz", &bomb[..]),
        ("deep.zip", &deep[..]),
        ("broken.json", &log_file(&[record(3, "PutObject", "cli")])[..]),
        ("__MACOSX/._log.json", b"x"),
    ]);
    // The checksum of one member, in the directory.
    let at = memchr::memmem::rfind(&zip, b"broken.json").unwrap() - 46;
    zip[at + 16] ^= 1;
    write(folder.path(), "in/client.zip", &zip);
    write(folder.path(), "in/cut.zip", &zip[..zip.len() / 2]);
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 1);
    let files = manifest(&store);
    let file =
        |name: &str| files["files"].as_object().unwrap().values().find(|f| f["paths"][0] == name).unwrap_or_else(|| panic!("{name}"));
    let client = archive(&store, "client.zip");
    assert_eq!((&client["members"]["found"], &client["members"]["read"], &client["rejected"]), (&6.into(), &4.into(), &1.into()));
    assert_eq!(client["members"]["set_aside"], serde_json::json!({ "files of macOS (__MACOSX/)": 1 }));
    for (name, why) in [
        ("client.zip", "../outside.json: the path leads out"),
        ("client.zip!/bomb.json.gz", "--max-expansion"),
        ("client.zip!/broken.json", "hecksum"),
        ("client.zip!/deep.zip!/x.zip", "unpack the outer one"),
        ("cut.zip", "cut after"),
    ] {
        let file = file(name);
        assert_eq!((&file["read"], &file["rejected"]), (&1.into(), &1.into()), "{name}");
        assert!(file["rejects"][0]["reason"].as_str().unwrap().contains(why), "{file}");
    }
    assert!(
        file("cut.zip")["notes"].as_array().unwrap().iter().any(|n| n["kind"] == "interrupted_download" && n["whole"] == "client.zip"),
        "{}",
        file("cut.zip")
    );

    // The limits can be moved.
    let store = folder.path().join("wide");
    let input = folder.path().join("in/client.zip");
    let run = |flags: &[&str]| {
        let mut arguments = vec![OsStr::new("ingest"), input.as_os_str(), OsStr::new("--store"), store.as_os_str()];
        arguments.extend(flags.iter().map(OsStr::new));
        sixpillars(&arguments)
    };
    // What a member takes in the archive counts, not what it is when taken out.
    run(&["--max-expansion", "1000000"]).expect(0);
    let bomb =
        manifest(&store)["files"].as_object().unwrap().values().find(|f| f["paths"][0] == "client.zip!/bomb.json.gz").cloned().unwrap();
    assert_eq!(bomb["rejected"], 0, "{bomb}");
    std::fs::remove_dir_all(&store).unwrap();
    run(&["--max-file-size", "100"]).expect(1).says(&["no record was kept"]);
    run(&["--max-members", "0"]).expect(1);
    run(&["--max-file-size", "lots"]).expect(2).says(&["4G"]);
}

#[test]
fn streams_stay_streams_in_archives() {
    let folder = TempDir::new().unwrap();
    let text = std::fs::read_to_string(sample().join("cost/focus-2026-03.csv")).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    // Beyond what is held of a member: the rows several hundred times over.
    let times = (70 << 20) / rows.len() + 1;
    let large = format!("{header}\n{}", rows.repeat(times));
    let lines = rows.lines().count() * times;
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let inputs = [
        ("large.zip", zipped([("cost/large.csv", large.as_bytes())])),
        ("large.tar.gz", gzip(&tarred([("small.csv", text.as_bytes()), ("large.csv", large.as_bytes()), ("other.csv", &wide[..])]))),
    ];
    for (name, bytes) in inputs {
        let input = write(folder.path(), name, &bytes);
        let store = folder.path().join(format!("{name}.store"));
        add(&store, &[&input], 2);
        let file = manifest(&store)["files"][&sha256(large.as_bytes())[..16]].clone();
        assert_eq!((&file["read"], &file["rejected"]), (&lines.into(), &0.into()), "{name}");
        if name == "large.tar.gz" {
            let other = manifest(&store)["files"][&sha256(&wide)[..16]].clone();
            assert_eq!((&other["layers"], &other["rejected"]), (&serde_json::json!(["utf16_le"]), &0.into()), "{other}");
        }
    }
}

#[test]
fn members_are_shown_by_inspect() {
    let folder = TempDir::new().unwrap();
    let zip =
        zipped([("log.json", &log_file(&[record(1, "PutObject", "cli")])[..]), ("../x", b"1"), ("notes.txt", b"Meeting on Monday.\n")]);
    let input = write(folder.path(), "client.zip", &zip);
    let loose = sixpillars(&[OsStr::new("inspect"), input.as_os_str()]).expect(0).out;
    let full = sixpillars(&[OsStr::new("inspect"), input.as_os_str(), OsStr::new("--full")]).expect(0).out;
    let pipe = piped(&zip, &["inspect", "-"].map(OsStr::new)).expect(0).out;
    for out in [&loose, &full, &pipe] {
        assert!(out.contains("CloudTrail log file") && out.contains("archive") && out.contains("!/notes.txt"), "{out}");
        assert!(out.contains("leads out of the archive"), "{out}");
    }
}
