//! What is not read is said: by a counted reject, or by an entry with its reason that `--strict` counts.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::containers::zipped;
use crate::harness::{Run, add, gzip, ingest, log_file, manifest, number, record, sixpillars, write};

const NAME: &str = "111122223333_CloudTrail_eu-west-1_20260504T1000Z_AbCdEf0123456789.json";

fn log(records: usize) -> Vec<u8> {
    log_file(&(1..=records).map(|id| record(id, "PutObject", "cli")).collect::<Vec<_>>())
}

/// The entries of a store by their first path.
fn entries(store: &Path) -> BTreeMap<String, Value> {
    let manifest = manifest(store);
    let files = manifest["files"].as_object().unwrap().values();
    files.map(|f| (f["paths"][0].as_str().unwrap().to_owned(), f.clone())).collect()
}

fn count(file: &Value, name: &str) -> u64 {
    file[name].as_u64().unwrap()
}

/// Records that arrived, be they copies of those of another file.
fn arrived(file: &Value) -> u64 {
    count(file, "kept") + count(file, "duplicate")
}

#[test]
fn a_flipped_bit_before_the_first_record_loses_no_record_in_silence() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    let whole = log(3);
    assert_eq!(&whole[..13], b"{\"Records\":[{");
    for bit in 0..13 * 8 {
        let mut text = whole.clone();
        text[bit / 8] ^= 1 << (bit % 8);
        write(&input, &format!("{bit:03}/{NAME}"), &text);
        write(&input, &format!("{bit:03}/{NAME}.gz"), gzip(&text));
        // A single record has nothing after it that shows what the file is.
        let mut alone = log_file(&[record(1_000 + bit, "PutObject", "cli")]);
        alone[bit / 8] ^= 1 << (bit % 8);
        write(&input, &format!("{bit:03}/renamed.txt"), &alone);
    }
    let store = ingest(folder.path(), &[&input]);
    for (path, file) in entries(&store) {
        let bit: usize = path[..3].parse().unwrap();
        let (all, at_least) = if path.ends_with("renamed.txt") { (1, 0) } else { (3, 2) };
        assert!(arrived(&file) >= at_least, "{path}: {file}");
        assert!(arrived(&file) == all && count(&file, "rejected") <= 1 || count(&file, "rejected") >= 1, "{path}: {file}");
        if bit < 12 * 8 {
            // The frame alone is damaged: each record is whole.
            assert_eq!(arrived(&file), all, "{path}: {file}");
        }
    }
}

#[test]
fn a_flipped_bit_in_the_frame_of_gzip_is_a_reject() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    let packed = gzip(&log(3));
    let length = packed.len();
    let places = (0..10).chain([20, length / 2, length - 9]).chain(length - 8..length);
    for byte in places {
        for bit in 0..8 {
            let mut bytes = packed.clone();
            bytes[byte] ^= 1 << bit;
            write(&input, &format!("{byte:05}-{bit}/{NAME}.gz"), bytes);
        }
    }
    let store = ingest(folder.path(), &[&input]);
    let entries = entries(&store);
    let sound: String = Sha256::digest(log(3)).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(entries.len(), 21 * 8);
    for (path, file) in entries {
        let (byte, bit): (usize, u32) = (path[..5].parse().unwrap(), path[6..7].parse().unwrap());
        // Flags of text, time, level and system say nothing of the content (RFC 1952, 2.3.1).
        // The last byte of the packed data is filled up with bits that mean nothing.
        let unused = byte == length - 9 && file["content_sha256"] == *sound;
        let harmless = (4..10).contains(&byte) || (byte, bit) == (3, 0) || unused;
        let whole = arrived(&file) == 3 && count(&file, "rejected") == 0;
        assert!(if harmless { whole } else { count(&file, "rejected") >= 1 }, "{path}: {file}");
    }
}

#[test]
fn an_example_of_a_record_is_no_evidence_and_is_not_passed_over() {
    let folder = TempDir::new().unwrap();
    let example = format!("# How our logs look\n\n```json\n{}\n```\n", record(1, "PutObject", "cli"));
    write(folder.path(), "in/README.md", &example);
    write(folder.path(), "in/log.json", log(2));
    write(folder.path(), "in/notes.txt", "The eventVersion and the eventSource of a record say what it is.\n");
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    let entries = entries(&store);
    let readme = &entries["README.md"];
    assert_eq!((arrived(readme), count(readme, "rejected"), &readme["unread"]), (0, 1, &"suspected".into()), "{readme}");
    assert_eq!((&entries["notes.txt"]["unread"], count(&entries["notes.txt"], "read")), (&Value::Null, 0));
}

fn report(input: &Path, strict: bool) -> Run {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("report");
    let mut arguments = vec![OsStr::new("report"), input.as_os_str(), OsStr::new("--out"), out.as_os_str()];
    arguments.extend(strict.then_some(OsStr::new("--strict")));
    sixpillars(&arguments)
}

#[test]
fn strict_counts_what_looks_like_an_export_and_what_stays_packed() {
    let noise: Vec<u8> = (0..4_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    write(&input, "log.json", log(2));
    write(&input, "photo.png", &noise);
    // What is of no known kind by name and content is listed, and that is all.
    report(&input, true).expect(0);
    let cases: [(&str, &[u8], &str); 9] = [
        (NAME, &noise, "suspected"),
        ("111122223333_Config_eu-west-1_ConfigSnapshot_20260504T100000Z_aa.json", &noise, "suspected"),
        ("cost/20260401-20260501/acme-Manifest.json", b"{}", "suspected"),
        ("describe-trails.json", b"upstream connect error", "suspected"),
        ("empty/111122223333_CloudTrail_eu-west-1_20260504T1005Z_AbCdEf0123456789.json.gz", b"", "suspected"),
        ("log.json.bz2", b"BZh91AY&SY....", "packed"),
        ("other.json.gz", &noise[4..], "packed"),
        ("message.asc", b"-----BEGIN PGP MESSAGE-----\n\nhQ==\n", "packed"),
        ("thrice.bin", &gzip(&gzip(&gzip(b"{}"))), "packed"),
    ];
    for (name, bytes, why) in cases {
        let folder = TempDir::new().unwrap();
        let input = folder.path().join("in");
        write(&input, "log.json", log(2));
        write(&input, name, bytes);
        let store = ingest(folder.path(), &[&input]);
        let file = &entries(&store)[name];
        assert_eq!((&file["unread"], count(file, "read"), count(file, "rejected")), (&why.into(), 1, 1), "{name}: {file}");
        assert!(!file["rejects"][0]["reason"].as_str().unwrap().is_empty());
    }
    write(&input, NAME, &noise);
    report(&input, false).expect(0).says(&["1 record rejected", "1 input not read"]);
    report(&input, true).expect(3);
}

#[test]
fn members_that_stay_closed_are_said_by_their_archive() {
    let folder = TempDir::new().unwrap();
    let deep = zipped([("x.zip", &zipped([("y.zip", &zipped([("log.json", &log(1)[..])])[..])])[..])]);
    write(folder.path(), "in/deep.zip", deep);
    write(folder.path(), "in/log.json", log(2));
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    let entries = entries(&store);
    assert_eq!(entries["deep.zip!/x.zip!/y.zip"]["unread"], "packed", "{entries:?}");
    assert_eq!(entries["deep.zip"]["unread"], Value::Null);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::os::unix::process::CommandExt as _;

    use super::*;
    use crate::harness::command;

    fn make_pipe(path: &Path) {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    #[test]
    #[expect(clippy::disallowed_types, reason = "a socket that lies among the files; nothing is sent through it")]
    fn pipes_and_sockets_in_folders_are_listed_and_never_opened() {
        let folder = TempDir::new().unwrap();
        let input = folder.path().join("in");
        write(&input, "log.json", log(2));
        make_pipe(&input.join("pipe.json"));
        std::os::unix::fs::symlink(input.join("pipe.json"), input.join("link.json")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(input.join("socket")).unwrap();
        // Opening the pipe would wait for ever.
        let store = ingest(folder.path(), &[&input]);
        let entries = entries(&store);
        for name in ["pipe.json", "link.json", "socket"] {
            assert_eq!(entries[name]["unread"], "special", "{name}");
        }
        assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 2);
        let socket = input.join("socket");
        let again = folder.path().join("again");
        let run = |path: &Path| sixpillars(&[OsStr::new("ingest"), path.as_os_str(), OsStr::new("--store"), again.as_os_str()]);
        run(&socket).expect(1).says(&["a socket", "help:"]);
        run(Path::new("/dev/zero")).expect(1).says(&["a device", "help:"]);
    }

    #[test]
    fn a_pipe_given_by_itself_is_read_as_standard_input_is() {
        let folder = TempDir::new().unwrap();
        let pipe = folder.path().join("log.pipe");
        make_pipe(&pipe);
        let (to, text) = (pipe.clone(), gzip(&log(2)));
        let writer = std::thread::spawn(move || std::fs::write(to, text).unwrap());
        let store = ingest(folder.path(), &[&pipe]);
        writer.join().unwrap();
        assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 2);
        assert_eq!(entries(&store)["log.pipe"]["sha256"].as_str().unwrap().len(), 64);
        // As a shell gives it: the number of the open file shows nowhere.
        let loose = write(folder.path(), "log.json.gz", gzip(&log(3)));
        let store = folder.path().join("shell");
        let script = format!("\"$0\" ingest <(cat '{}') --store '{}'", loose.display(), store.display());
        let run: Run = std::process::Command::new("bash").args(["-c", &script, env!("CARGO_BIN_EXE_sixpillars")]).output().unwrap().into();
        run.expect(0);
        assert_eq!(count(&entries(&store)["pipe"], "kept"), 3);
        let twice = command().args(["ingest", "-", "/dev/stdin", "--store", "x"]).stdin(std::process::Stdio::piped()).output().unwrap();
        Run::from(twice).expect(1).says(&["once only"]);
    }

    /// Ingests as a user whom permissions bind; none where that cannot be.
    fn bound(input: &Path, store: &Path) -> Option<Run> {
        let mut run = command();
        run.args([OsStr::new("ingest"), input.as_os_str(), OsStr::new("--store"), store.as_os_str()]).current_dir("/");
        if std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0) {
            run.uid(65_534).gid(65_534);
        }
        match run.output() {
            Ok(output) => Some(output.into()),
            Err(error) => {
                eprintln!("skipped: the program cannot be run as another user: {error}");
                None
            }
        }
    }

    fn mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_folder_and_files_that_cannot_be_opened_are_listed_until_they_are_read() {
        let folder = TempDir::new().unwrap();
        mode(folder.path(), 0o755);
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        write(&one, "log.json", log(1));
        write(&one, "locked/deep.json", log_file(&[record(7, "PutObject", "cli")]));
        // Two files of one name, in two arguments.
        write(&one, "same.json", log_file(&[record(8, "PutObject", "cli")]));
        write(&two, "same.json", log_file(&[record(9, "PutObject", "another client of S3")]));
        let shut = [one.join("locked"), one.join("same.json"), two.join("same.json")];
        shut.iter().for_each(|path| mode(path, 0));
        let store = folder.path().join("store");
        std::fs::create_dir(&store).unwrap();
        mode(&store, 0o777);
        let both = folder.path().join("both");
        std::fs::create_dir(&both).unwrap();
        let unread = || {
            let manifest = manifest(&store);
            let files = manifest["files"].as_object().unwrap().values().filter(|f| !f["unread"].is_null());
            let mut list: Vec<(String, String)> =
                files.map(|f| (f["paths"][0].as_str().unwrap().to_owned(), f["unread"].as_str().unwrap().to_owned())).collect();
            list.sort();
            list
        };
        let expect = |list: &[(&str, &str)]| {
            assert_eq!(unread(), list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>());
        };
        let Some(run) = bound(&one, &store) else { return };
        run.expect(0);
        let opened = shut.iter().any(|path| path.is_file() && unread().is_empty());
        assert!(!opened, "permissions bind nobody here");
        expect(&[("locked", "folder"), ("same.json", "unreadable")]);
        let Some(run) = bound(&two, &store) else { return };
        // The store holds a record, though this run read none.
        run.expect(0);
        expect(&[("locked", "folder"), ("same.json", "unreadable"), ("same.json", "unreadable")]);
        // Again, and nothing is listed twice.
        bound(&two, &store).unwrap().expect(0);
        assert_eq!(unread().len(), 3);
        mode(&shut[2], 0o644);
        bound(&two, &store).unwrap().expect(0);
        expect(&[("locked", "folder"), ("same.json", "unreadable")]);
        mode(&shut[0], 0o755);
        mode(&shut[1], 0o644);
        bound(&one, &store).unwrap().expect(0);
        expect(&[]);
        assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 4);
    }
}

/// Two log files whose SHA-256 begin with the same 16 hex digits, which are all that rows know a file by; found by search.
const ALIKE: [&str; 2] = ["8259-3a916634404e", "e8bc-2497e461db82"];
const BEGINNING: &str = "c55cabd0022b351c";

fn alike(end: &str) -> String {
    format!(
        concat!(
            r#"{{"Records":[{{"eventVersion":"1.08","userIdentity":{{"type":"IAMUser","principalId":"AIDAEXAMPLEEXAMPLE001","#,
            r#""arn":"arn:aws:iam::111122223333:user/ada","accountId":"111122223333","userName":"ada"}},"#,
            r#""eventTime":"2026-05-04T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"PutObject","awsRegion":"eu-west-1","#,
            r#""sourceIPAddress":"203.0.113.7","userAgent":"cli///////","requestParameters":null,"responseElements":null,"#,
            r#""readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","#,
            r#""eventCategory":"Management","eventID":"00000000-0000-4000-{}"}}]}}"#
        ),
        end
    )
}

#[test]
fn two_files_whose_hashes_begin_alike_are_two_in_any_order() {
    let folder = TempDir::new().unwrap();
    let hash = |text: &str| Sha256::digest(text).iter().map(|b| format!("{b:02x}")).collect::<String>();
    let texts = ALIKE.map(alike);
    let hashes = texts.clone().map(|text| hash(&text));
    assert!(hashes[0] != hashes[1] && hashes.iter().all(|hash| hash.starts_with(BEGINNING)), "{hashes:?}");
    let files = [write(folder.path(), "a.json", &texts[0]), write(folder.path(), "b.json", &texts[1])];
    let other = write(folder.path(), "other.json", log(1));
    let store = folder.path().join("store");
    add(&store, &[&files[0], &files[1], &other], 1);
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 3);
    let manifest = manifest(&store);
    for hash in &hashes {
        assert_eq!(manifest["files"][hash]["kept"], 1, "{manifest}");
    }
    for (round, inputs) in
        [[&files[1], &files[0], &other], [&other, &files[1], &files[0]], [&files[0], &other, &files[1]]].iter().enumerate()
    {
        let again = folder.path().join(format!("again{round}"));
        add(&again, &inputs.map(|path| path.as_path()), 4);
        crate::harness::same_trees("files whose hashes begin alike", &store, &again, &[]);
    }
    // A zip of both is no other thing, and one more of them is the one that is known.
    add(&store, &[&write(folder.path(), "z.zip", zipped([("b.json", texts[1].as_bytes()), ("a.json", texts[0].as_bytes())]))], 2);
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 3);
    // In two goes rows go by the short id already: that is refused, whichever came first, and the store stays as it was.
    for (first, second) in [(0, 1), (1, 0)] {
        let store = folder.path().join(format!("half{first}"));
        add(&store, &[&files[first]], 1);
        let before = crate::harness::tree(&store);
        let run = sixpillars(&[OsStr::new("ingest"), files[second].as_os_str(), OsStr::new("--store"), store.as_os_str()]);
        run.expect(1).says(&[BEGINNING, "help:", "new store"]);
        assert_eq!(before, crate::harness::tree(&store));
    }
    let merged = folder.path().join("merged");
    let halves = ["half0", "half1"].map(|name| folder.path().join(name));
    let run = sixpillars(&[OsStr::new("ingest"), halves[0].as_os_str(), halves[1].as_os_str(), OsStr::new("--store"), merged.as_os_str()]);
    run.expect(1).says(&[BEGINNING]);
}

#[test]
fn counts_of_rule_results_are_refused_with_the_command_that_names_the_results() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    let of = |summary: &str| summary.replace("@@", r#"{"CappedCount":5,"CapExceeded":false}"#);
    let details = "export get-compliance-details-by-config-rule for each rule";
    let answers = [
        ("a.json", of(r#"{"ComplianceSummary":{"CompliantResourceCount":@@,"NonCompliantResourceCount":@@}}"#), details),
        (
            "b.json",
            of(
                r#"{"ComplianceSummariesByResourceType":[{"ResourceType":"AWS::S3::Bucket","ComplianceSummary":{"CompliantResourceCount":@@}}]}"#,
            ),
            details,
        ),
        (
            "c.json",
            of(r#"{"GroupByKey":"ACCOUNT_ID","AggregateComplianceCounts":[{"GroupName":"111122223333","ComplianceSummary":{}}]}"#),
            details,
        ),
        (
            "d.json",
            of(
                r#"{"GroupByKey":"ACCOUNT_ID","AggregateConformancePackComplianceSummaries":[{"GroupName":"111122223333","ComplianceSummary":{"CompliantConformancePackCount":1}}]}"#,
            ),
            details,
        ),
        (
            "e.json",
            of(r#"{"totalDiscoveredResources":3,"resourceCounts":[{"resourceType":"AWS::S3::Bucket","count":3}]}"#),
            "export list-discovered-resources for each type",
        ),
        (
            "f.json",
            of(
                r#"{"GroupByKey":"RESOURCE_TYPE","TotalDiscoveredResources":3,"GroupedResourceCounts":[{"GroupName":"AWS::S3::Bucket","ResourceCount":3}]}"#,
            ),
            "export list-discovered-resources for each type",
        ),
    ];
    for (name, text, _) in &answers {
        write(&input, name, text);
    }
    // Which rule is not complied with is said here, if not by which resource.
    write(&input, "g.json", r#"{"ComplianceByConfigRules":[{"ConfigRuleName":"r","Compliance":{"ComplianceType":"NON_COMPLIANT"}}]}"#);
    let store = ingest(folder.path(), &[&input]);
    let entries = entries(&store);
    for (name, _, instead) in &answers {
        let file = &entries[*name];
        assert_eq!((count(file, "read"), count(file, "rejected")), (1, 1), "{file}");
        assert!(file["rejects"][0]["reason"].as_str().unwrap().contains(instead), "{file}");
    }
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM config_compliance WHERE compliance_type = 'NON_COMPLIANT'"), 1);
    let out = folder.path().join("out");
    let run = sixpillars(&["report".as_ref(), "--strict".as_ref(), "--out".as_ref(), out.as_os_str(), input.as_os_str()]);
    assert_eq!(run.code, 3, "{}", run.err);
}
