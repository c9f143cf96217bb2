//! Bad days: a disk that is full, a place that cannot be written, a run that is killed. Nothing half done is
//! left behind, and the message says where it was and what to do.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use sixpillars::ingest::formats::own_outputs::{MARK, MARK_TEXT};
use tempfile::TempDir;

use crate::harness::{Run, add, command, log_file, record, same_trees, sample, sixpillars, sixpillars_in, tree, write};

/// Runs the program with a file system of its own at `place`, of so many bytes, and lists what is left there.
/// `None`, with a message, where mounting is not allowed.
fn on_a_small_disk(place: &Path, options: &str, arguments: &[&OsStr]) -> Option<Run> {
    const SCRIPT: &str = r#"
        place=$1 options=$2; shift 2
        mount -t tmpfs -o size=16m tmpfs "$place" && mkdir "$place/there" && mount -o "remount,$options" "$place" || exit 99
        "$@"; code=$?
        find "$place" -mindepth 1 -not -name there >&2
        exit $code"#;
    std::fs::create_dir_all(place).unwrap();
    let run: Run = Command::new("unshare")
        .args(["-rm", "--", "sh", "-c", SCRIPT, "sh"])
        .arg(place)
        .arg(options)
        .arg(command().get_program())
        .args(arguments)
        .output()
        .ok()?
        .into();
    // 99 is the script's own; 1 with a message of `unshare` is a refusal.
    if run.code == 99 || run.err.contains("unshare:") {
        eprintln!("skipped: a file system cannot be mounted here: {}", run.err.trim());
        return None;
    }
    Some(run)
}

/// Fails if the message names a file left behind.
#[track_caller]
fn nothing_left(run: &Run, place: &Path) {
    let place = place.to_string_lossy();
    let left: Vec<&str> = run.err.lines().filter(|l| l.starts_with(&*place)).collect();
    assert!(left.is_empty(), "left on the disk: {left:?}\n{}", run.err);
}

#[test]
fn a_full_disk_leaves_no_half_report_and_no_half_store() {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("disk");
    let sample = sample();
    // The smallest takes nothing, the next the store's first files, the largest the store but not the report.
    for size in ["4k", "200k", "1m", "3m", "6m"] {
        let options = format!("size={size}");
        let out = place.join("there/report");
        let report = [OsStr::new("report"), sample.as_os_str(), OsStr::new("--out"), out.as_os_str()];
        let Some(run) = on_a_small_disk(&place, &options, &report) else { return };
        let run = run.expect(1).says(&["No space left", "help:", "space", "there"]);
        nothing_left(&run, &place);
        if size != "6m" {
            let store = place.join("there");
            let ingest = [OsStr::new("ingest"), sample.as_os_str(), OsStr::new("--store"), store.as_os_str()];
            let Some(run) = on_a_small_disk(&place, &options, &ingest) else { return };
            let run = run.expect(1).says(&["No space left", "help:", "space", "there"]);
            nothing_left(&run, &place);
        }
    }
}

#[test]
fn a_place_that_cannot_be_written_is_said_before_the_work() {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("disk");
    let sample = sample();
    let out = place.join("there/report");
    let report = [OsStr::new("report"), sample.as_os_str(), OsStr::new("--out"), out.as_os_str()];
    let store = place.join("there/store");
    let ingest = [OsStr::new("ingest"), sample.as_os_str(), OsStr::new("--store"), store.as_os_str()];
    for arguments in [report, ingest] {
        let Some(run) = on_a_small_disk(&place, "ro", &arguments) else { return };
        let run = run.expect(1).says(&["Read-only", "there", "help:"]);
        nothing_left(&run, &place);
    }
    // What a file system is mounted on cannot be renamed.
    let mounted = [OsStr::new("report"), sample.as_os_str(), OsStr::new("--out"), place.as_os_str(), OsStr::new("--force")];
    let Some(run) = on_a_small_disk(&place, "size=16m", &mounted) else { return };
    nothing_left(&run.expect(1).says(&["mounted", "help:"]), &place);
    // A file where a folder should be.
    let file = write(folder.path(), "file", "x");
    for out in [file.clone(), file.join("report")] {
        sixpillars(&[OsStr::new("report"), sample.as_os_str(), OsStr::new("--out"), out.as_os_str(), OsStr::new("--force")])
            .expect(1)
            .says(&["file"]);
        sixpillars(&[OsStr::new("ingest"), sample.as_os_str(), OsStr::new("--store"), out.as_os_str()]).expect(1).says(&["file"]);
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"x");
}

#[test]
fn standard_output_that_takes_nothing_is_an_error() {
    if !Path::new("/dev/full").exists() {
        eprintln!("skipped: /dev/full is not here");
        return;
    }
    let folder = TempDir::new().unwrap();
    for arguments in [&["controls", "list"][..], &["tables", "list", "--format", "json"], &["completions", "bash"], &["templates", "list"]]
    {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = command().args(arguments).stdout(full).stderr(Stdio::piped()).current_dir(folder.path()).output().unwrap();
        Run::from(output).expect(1).says(&["No space left", "help:"]);
    }
    // A reader that has seen enough is none.
    let output = Command::new("bash")
        .args(["-o", "pipefail", "-c", "\"$0\" controls list --format json | head -c 10"])
        .arg(command().get_program())
        .output()
        .unwrap();
    Run::from(output).expect(0);
}

#[test]
fn files_of_ones_own_are_not_written_over() {
    let folder = TempDir::new().unwrap();
    sixpillars_in(folder.path(), &["templates", "export", "mine"]).expect(0);
    let changed = folder.path().join("mine/report.md");
    std::fs::write(&changed, "mine").unwrap();
    sixpillars_in(folder.path(), &["templates", "export", "mine"]).expect(1).says(&["exists", "help:"]);
    assert_eq!(std::fs::read(&changed).unwrap(), b"mine");
}

fn report(input: &Path, out: &Path, more: &[&str]) -> Run {
    let mut arguments = vec![OsStr::new("report"), input.as_os_str(), OsStr::new("--out"), out.as_os_str()];
    arguments.extend(more.iter().map(OsStr::new));
    sixpillars(&arguments)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_report_replaces_itself_as_often_as_asked() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    write(&input, "log.json", log_file(&[record(1, "PutObject", "cli")]));
    let (once, out) = (folder.path().join("once"), folder.path().join("out/deep/report"));
    report(&input, &once, &[]).expect(0);
    for _ in 0..3 {
        report(&input, &out, &["--force"]).expect(0);
        same_trees("written over itself", &once, &out, &["run.json"]);
        assert_eq!(names(out.parent().unwrap()), ["report"]);
    }
    // Without --force it stays, also when the run would fail anyway.
    let before = tree(&out);
    report(&input, &out, &[]).expect(1).says(&["exists", "--force"]);
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    report(&empty, &out, &["--force"]).expect(1);
    assert!(tree(&out) == before);
    assert_eq!(names(out.parent().unwrap()), ["report"]);
}

#[test]
fn a_report_that_was_killed_leaves_the_former_one() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    write(&input, "log.json", log_file(&[record(1, "PutObject", "cli")]));
    let place = folder.path().join("out");
    let out = place.join("report");
    report(&input, &out, &[]).expect(0);
    let before = tree(&out);
    let start = std::time::Instant::now();
    report(&input, &out, &["--force"]).expect(0);
    let whole = start.elapsed();
    let mut killed = 0;
    for round in 1..=6u32 {
        let mut child = command()
            .args([OsStr::new("report"), input.as_os_str(), OsStr::new("--out"), out.as_os_str(), OsStr::new("--force")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(whole * round / 7);
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        let mut now = tree(&out);
        now.insert("run.json".to_owned(), before["run.json"].clone());
        assert!(now == before, "the former report is not whole");
    }
    assert!(killed > 2);
    // The moment between taking the former report aside and putting the new one in its place.
    std::fs::rename(&out, place.join(".report.former")).unwrap();
    write(&place, &format!(".report.part/{MARK}"), MARK_TEXT);
    write(&place, ".report.part/report/report.md", "half");
    report(&input, &out, &[]).expect(1).says(&["exists", "--force"]);
    assert_eq!(tree(&out).len(), before.len());
    report(&input, &out, &["--force"]).expect(0);
    assert_eq!(names(&place), ["report"]);
    // Another run at work there is not disturbed.
    let lock = sixpillars::store::manifest::lock::Lock::take(&place.join(".report.lock")).unwrap();
    report(&input, &out, &["--force"]).expect(1).says(&["is writing there", "help:"]);
    drop(lock);
}

#[test]
fn files_shared_with_a_store_are_replaced_and_not_changed() {
    let folder = TempDir::new().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    write(&a, "1.json", log_file(&[record(1, "PutObject", "cli"), record(2, "PutObject", "cli")]));
    write(&b, "2.json", log_file(&[record(2, "PutObject", "cli"), record(3, "PutObject", "cli")]));
    let store = folder.path().join("store");
    add(&store, &[&a], 1);
    let before = tree(&store);
    let out = folder.path().join("report");
    let arguments = [OsStr::new("report"), store.as_os_str(), b.as_os_str(), OsStr::new("--out"), out.as_os_str()];
    sixpillars(&arguments).expect(0);
    assert!(tree(&store) == before, "a report over a store and files changed the store");
    let whole = folder.path().join("whole");
    add(&whole, &[&a, &b], 1);
    let evidence = tree(&out.join("evidence"));
    for (name, bytes) in tree(&whole) {
        assert!(evidence.get(&name) == Some(&bytes), "{name}");
    }
}
