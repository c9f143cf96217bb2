//! Where output goes: nothing of the client's or the auditor's is replaced, what the program wrote is no evidence, and a
//! place that will not do is reported before anything is read.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sixpillars::ingest::formats::own_outputs::{MARK, MARK_TEXT};
use tempfile::TempDir;

use crate::harness::{Run, csv, ingest, log_file, manifest, number, record, same_trees, sample, sixpillars, sixpillars_in, tree, write};

/// A folder of exports with one event.
fn exports(folder: &Path) -> PathBuf {
    let input = folder.join("in");
    write(&input, "log.json", log_file(&[record(1, "PutObject", "cli")]));
    input
}

fn report(input: &Path, out: &Path, more: &[&str]) -> Run {
    let mut arguments = vec![OsStr::new("report"), input.as_os_str(), OsStr::new("--out"), out.as_os_str()];
    arguments.extend(more.iter().map(OsStr::new));
    sixpillars(&arguments)
}

fn to_store(input: &Path, store: &Path) -> Run {
    sixpillars(&[OsStr::new("ingest"), input.as_os_str(), OsStr::new("--store"), store.as_os_str()])
}

/// Paths of the files that a report was made from, with the name of their kind.
fn listed(report: &Path) -> Vec<(String, String)> {
    let mut rows: Vec<(String, String)> =
        csv(&report.join("workpapers/input-files.csv")).into_iter().map(|row| (row["path"].clone(), row["format"].clone())).collect();
    rows.sort();
    rows
}

#[cfg(unix)]
fn link(target: &Path, at: &Path) {
    std::os::unix::fs::symlink(target, at).unwrap();
}

#[test]
fn force_replaces_nothing_but_a_report() {
    let folder = TempDir::new().unwrap();
    let input = exports(folder.path());
    // A client's folder in which a file happens to bear the name of one of ours.
    let client = folder.path().join("client");
    for files in [&["report.json"][..], &["report.json", "manifest.json"], &["manifest.json", "report.html", "run.json"]] {
        std::fs::create_dir_all(&client).unwrap();
        files.iter().for_each(|name| drop(write(&client, name, r#"{"schema_version": 1, "outputs": {}}"#)));
        let before = tree(&client);
        report(&input, &client, &["--force"]).expect(1).says(&["is not a report", "client", "help:"]);
        assert!(tree(&client) == before);
        std::fs::remove_dir_all(&client).unwrap();
    }
    // The manifest of another version does not say what is ours.
    let out = folder.path().join("out");
    report(&input, &out, &[]).expect(0);
    let text = std::fs::read_to_string(out.join("manifest.json")).unwrap();
    for other in [text.replace("\"schema_version\": 1", "\"schema_version\": 2"), text.replace("sixpillars-report", "other")] {
        assert_ne!(other, text);
        std::fs::write(out.join("manifest.json"), other).unwrap();
        let before = tree(&out);
        report(&input, &out, &["--force"]).expect(1).says(&["is not replaced", "help:"]);
        assert!(tree(&out) == before);
    }
}

#[test]
fn force_leaves_what_came_into_a_report() {
    let folder = TempDir::new().unwrap();
    let input = exports(folder.path());
    let out = folder.path().join("out");
    report(&input, &out, &[]).expect(0);
    let refused = |names: &[&str]| {
        let before = tree(&out);
        let run = report(&input, &out, &["--force"]).expect(1).says(&["is not replaced", "nothing in it was removed", "help:"]).says(names);
        assert!(tree(&out) == before);
        assert_eq!(folder.path().read_dir().unwrap().count(), 2, "something is left beside the report");
        run
    };
    for name in ["notes.txt", "workpapers/reviewed.xlsx", ".DS_Store", "charts/.hidden", "evidence/tables/cloudtrail_events/mine.csv"] {
        let path = write(&out, name, "of the auditor");
        refused(&[name]);
        std::fs::remove_file(path).unwrap();
    }
    // A folder of somebody's, though nothing is in it.
    std::fs::create_dir(out.join("responses")).unwrap();
    refused(&["responses"]);
    std::fs::remove_dir(out.join("responses")).unwrap();
    #[cfg(unix)]
    {
        link(&input.join("log.json"), &out.join("link.json"));
        refused(&["link.json"]);
        std::fs::remove_file(out.join("link.json")).unwrap();
        // A listed name, but a link now.
        std::fs::rename(out.join("report.md"), folder.path().join("out.md")).unwrap();
        link(&folder.path().join("out.md"), &out.join("report.md"));
        let run = report(&input, &out, &["--force"]).expect(1).says(&["report.md"]);
        assert_eq!(run.code, 1);
        std::fs::remove_file(out.join("report.md")).unwrap();
        std::fs::rename(folder.path().join("out.md"), out.join("report.md")).unwrap();
    }
    // Reviewed, and as long as before.
    let workpaper = out.join("workpapers/input-files.csv");
    let ours = std::fs::read(&workpaper).unwrap();
    let mut reviewed = ours.clone();
    reviewed[0] ^= 1;
    std::fs::write(&workpaper, &reviewed).unwrap();
    refused(&["workpapers/input-files.csv", "changed"]);
    std::fs::write(&workpaper, &ours).unwrap();
    // Many: the first ones and how many more.
    (1..=8).for_each(|n| drop(write(&out, &format!("notes-{n}.txt"), "n")));
    let run = refused(&["notes-1.txt", "notes-5.txt", "and 3 more"]);
    assert!(!run.err.contains("notes-6.txt"), "{}", run.err);
    (1..=8).for_each(|n| std::fs::remove_file(out.join(format!("notes-{n}.txt"))).unwrap());
    // What the report wrote may be missing, and what tells of the run may say anything.
    std::fs::remove_file(out.join("views.sql")).unwrap();
    std::fs::write(out.join("run.json"), "{}").unwrap();
    report(&input, &out, &["--force"]).expect(0);
    assert!(out.join("views.sql").is_file());
    assert_eq!(folder.path().read_dir().unwrap().count(), 2);
}

#[test]
fn a_report_has_no_folder_its_manifest_does_not_tell_of() {
    let empty = |root: &Path| -> Vec<PathBuf> {
        let folders = walkdir::WalkDir::new(root).into_iter().map(Result::unwrap).filter(|e| e.file_type().is_dir());
        folders.filter(|e| e.path().read_dir().unwrap().next().is_none()).map(walkdir::DirEntry::into_path).collect()
    };
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    report(&exports(folder.path()), &out, &[]).expect(0);
    assert_eq!(empty(&out), Vec::<PathBuf>::new());
    assert_eq!(empty(crate::harness::sample_report()), Vec::<PathBuf>::new());
}

#[test]
fn no_input_is_written_over() {
    let folder = TempDir::new().unwrap();
    let place = folder.path();
    let input = exports(place);
    write(&input, "report.json", "{}");
    let store = ingest(place, &[&input]);
    let before = tree(place);
    let refused = |arguments: &[&OsStr], parts: &[&str]| {
        for force in [&[][..], &[OsStr::new("--force")]] {
            if arguments[0] == "ingest" && !force.is_empty() {
                continue;
            }
            let run = sixpillars_in(place, &[arguments, force].concat()).expect(1).says(parts).says(&["help:"]);
            assert!(tree(place) == before, "{arguments:?}: {}", run.err);
        }
    };
    let mut outs = vec!["in", "in/.", "in/../in", "./in/", "store/../in"];
    #[cfg(unix)]
    {
        link(Path::new("in"), &place.join("linked"));
        link(Path::new("store"), &place.join("linked-store"));
        outs.extend(["linked", "linked/."]);
    }
    let text = OsStr::new;
    for out in outs {
        refused(&["report", "in", "-o", out].map(text), &["is an input"]);
        refused(&["ingest", "in", "--store", out].map(text), &["is an input", "--store"]);
    }
    for input in ["in", "in/log.json", "store"] {
        refused(&["report", input, "-o", "."].map(text), &["holds the input"]);
        refused(&["ingest", input, "--store", "."].map(text), &["holds the input"]);
    }
    for out in ["store", "store/../store/."] {
        refused(&["report", "store", "-o", out].map(text), &["is an input"]);
        refused(&["report", "--store", "store", "-o", out].map(text), &["is an input"]);
        refused(&["ingest", "store", "--store", out].map(text), &["into itself"]);
    }
    #[cfg(unix)]
    refused(&["report", "linked-store", "-o", "store"].map(text), &["is an input"]);
    // The evidence of the report that would be replaced.
    let out = place.join("out");
    report(&input, &out, &[]).expect(0);
    let whole = tree(&out);
    report(&out.join("evidence"), &out, &["--force"]).expect(1).says(&["holds the input", "help:"]);
    assert!(tree(&out) == whole && store.is_dir());
}

#[test]
fn what_others_left_beside_the_output_stays() {
    let folder = TempDir::new().unwrap();
    let input = exports(folder.path());
    let place = folder.path().join("out");
    let (out, store) = (place.join("report"), place.join("store"));
    report(&input, &out, &[]).expect(0);
    let untouched = |name: &str, run: &dyn Fn() -> Run| {
        let before = tree(&place);
        run().expect(1).says(&[name, "not made by it", "help:"]);
        assert!(tree(&place) == before, "{name}");
    };
    for name in [".report.part", ".report.former"] {
        write(&place, &format!("{name}/notes.txt"), "of the auditor");
        untouched(name, &|| report(&input, &out, &["--force"]));
        std::fs::remove_dir_all(place.join(name)).unwrap();
        write(&place, name, "a file");
        untouched(name, &|| report(&input, &out, &["--force"]));
        std::fs::remove_file(place.join(name)).unwrap();
    }
    write(&place, ".report.lock", "of the auditor");
    untouched(".report.lock", &|| report(&input, &out, &["--force"]));
    std::fs::remove_file(place.join(".report.lock")).unwrap();
    // The store's own.
    write(&place, "store/pending/notes.txt", "of the auditor");
    untouched("pending", &|| to_store(&input, &store));
    std::fs::remove_dir_all(&store).unwrap();
    write(&place, "store/ingest.lock", "of the auditor");
    untouched("ingest.lock", &|| to_store(&input, &store));
    std::fs::remove_dir_all(&store).unwrap();
    write(&place, "store/tables/notes.txt", "of the auditor");
    untouched("tables", &|| to_store(&input, &store));
    std::fs::remove_dir_all(&store).unwrap();
    #[cfg(unix)]
    {
        // Links to files and folders that even look like ours.
        let target = write(folder.path(), "target", "sixpillars 1\n");
        let marked = write(folder.path(), &format!("marked/{MARK}"), MARK_TEXT);
        let leads = [(".report.lock", &target), (".report.part", &marked.parent().unwrap().to_owned()), (".report.former", &out.clone())];
        for (name, to) in leads {
            link(to, &place.join(name));
            untouched(name, &|| report(&input, &out, &["--force"]));
            std::fs::remove_file(place.join(name)).unwrap();
        }
        std::fs::create_dir(&store).unwrap();
        for (name, to) in [("ingest.lock", target.clone()), ("pending", marked.parent().unwrap().to_owned())] {
            link(&to, &store.join(name));
            untouched(name, &|| to_store(&input, &store));
            std::fs::remove_file(store.join(name)).unwrap();
        }
        // One that leads nowhere makes no file there.
        link(&folder.path().join("nothing"), &place.join(".report.lock"));
        untouched(".report.lock", &|| report(&input, &out, &["--force"]));
        assert!(!folder.path().join("nothing").exists());
        std::fs::remove_file(place.join(".report.lock")).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"sixpillars 1\n");
        assert!(marked.is_file());
    }
    report(&input, &out, &["--force"]).expect(0);
    to_store(&input, &store).expect(0);
}

#[test]
fn what_a_killed_run_left_is_cleared_by_the_next() {
    let folder = TempDir::new().unwrap();
    let input = exports(folder.path());
    let place = folder.path().join("out");
    let out = place.join("report");
    report(&input, &out, &[]).expect(0);
    let whole = tree(&out);
    let copy = |to: &Path, leave: &dyn Fn(&str) -> bool| whole.iter().filter(|(n, _)| !leave(n)).for_each(|(n, b)| drop(write(to, n, b)));
    let aside = place.join(".report.former");
    // Killed while the replaced report was being removed: at the start, in between, before the last file, before the end.
    for left in 0..4 {
        copy(&aside, &|name| match left {
            0 => false,
            1 => name < "m",
            2 => name != "manifest.json",
            _ => true,
        });
        std::fs::create_dir_all(&aside).unwrap();
        write(&place, &format!(".report.part/{MARK}"), MARK_TEXT);
        write(&place, ".report.part/report/report.md", "half");
        write(&place, ".report.lock", "sixpillars 1\n");
        report(&input, &out, &["--force"]).expect(0);
        same_trees("after an interrupted removal", &out, &out, &[]);
        assert_eq!(place.read_dir().unwrap().count(), 1, "round {left}");
    }
    // Killed between marking the folder and writing into it.
    std::fs::create_dir(place.join(".report.part")).unwrap();
    report(&input, &out, &["--force"]).expect(0);
    // The former report moved aside and not yet replaced; somebody wrote into it meanwhile: it comes back with all.
    std::fs::rename(&out, &aside).unwrap();
    write(&aside, "notes.txt", "of the auditor");
    report(&input, &out, &["--force"]).expect(1).says(&["notes.txt", "help:"]);
    assert!(out.join("notes.txt").is_file() && out.join("report.html").is_file());
    // A replaced report that cannot go because of such a file is named, and stays.
    std::fs::remove_file(out.join("notes.txt")).unwrap();
    copy(&aside, &|_| false);
    write(&aside, "notes.txt", "of the auditor");
    report(&input, &out, &["--force"]).expect(1).says(&[".report.former", "notes.txt", "help:"]);
    assert!(aside.join("notes.txt").is_file() && aside.join("report.html").is_file());
}

#[test]
fn a_report_inside_the_exports_is_the_same_each_time() {
    let folder = TempDir::new().unwrap();
    let input = exports(folder.path());
    let elsewhere = folder.path().join("elsewhere");
    report(&input, &elsewhere, &[]).expect(0);
    let unrelated: [(&Path, &[&str], &str); 4] = [
        (&input, &["report", "."], "sixpillars-report"),
        (&input, &["report", "./.", "-o", "deep/er/report"], "deep/er/report"),
        (folder.path(), &["report", "in", "-o", "in/sixpillars-report"], "in/sixpillars-report"),
        (folder.path(), &["report", "in/log.json", "in", "-o", "in/../in/r/."], "in/r"),
    ];
    for (at, (cwd, arguments, out)) in unrelated.into_iter().enumerate() {
        let out = cwd.join(out);
        sixpillars_in(cwd, arguments).expect(0);
        if at < 3 {
            same_trees("inside and elsewhere", &elsewhere, &out, &["run.json"]);
        }
        let first = folder.path().join("first");
        std::fs::rename(&out, &first).unwrap();
        sixpillars_in(cwd, arguments).expect(0);
        same_trees("made anew", &first, &out, &["run.json"]);
        // And over itself, with what a killed run may have left.
        let name = out.file_name().unwrap().to_string_lossy().into_owned();
        write(&out.with_file_name(format!(".{name}.part")), MARK, MARK_TEXT);
        write(out.parent().unwrap(), &format!(".{name}.lock"), "sixpillars 1\n");
        sixpillars_in(cwd, &[arguments, &["--force"]].concat()).expect(0);
        same_trees("written over itself", &first, &out, &["run.json"]);
        std::fs::remove_dir_all(&first).unwrap();
        std::fs::remove_dir_all(&out).unwrap();
        for left in ["deep", "r"] {
            let _ = std::fs::remove_dir_all(input.join(left));
        }
    }
    // A store inside the exports, as often as asked.
    let store = ingest(folder.path(), &[&input]);
    for _ in 0..2 {
        sixpillars_in(&input, &["ingest", ".", "--store", "./evidence"]).expect(0);
        same_trees("store inside the exports", &store, &input.join("evidence"), &[]);
    }
}

#[test]
fn an_earlier_report_or_store_is_listed_and_not_read() {
    let folder = TempDir::new().unwrap();
    let input = exports(folder.path());
    let (old, store, out) = (input.join("renamed"), input.join("kept"), folder.path().join("out"));
    report(&input, &old, &[]).expect(0);
    to_store(&input, &store).expect(0);
    let (before, stored) = (tree(&old), tree(&store));
    // A report's store is more than its tables.
    tree(&old.join("evidence")).iter().for_each(|(name, bytes)| drop(write(&input.join("copied"), name, bytes)));
    // Of a run that was killed.
    write(&input, &format!(".gone.part/{MARK}"), MARK_TEXT);
    write(&input, ".gone.part/report/half.json", log_file(&[record(5, "PutObject", "cli")]));
    // What came into them is the client's or the auditor's, and so is a folder that only bears the name.
    write(&old, "later.json", log_file(&[record(2, "PutObject", "cli")]));
    write(&store, "later.json", log_file(&[record(3, "PutObject", "cli")]));
    write(&input, "sixpillars-report/log.json", log_file(&[record(4, "PutObject", "cli")]));
    write(&input, "sixpillars-report/manifest.json", r#"{"schema_version": 1, "outputs": {"log.json": {"sha256": "", "bytes": 1}}}"#);
    write(&input, "sixpillars-report/store.json", "{}");
    report(&input, &out, &[]).expect(0);
    let files = listed(&out);
    let kinds: Vec<(&str, &str)> = files.iter().map(|(path, kind)| (path.as_str(), kind.as_str())).collect();
    assert_eq!(
        kinds,
        [
            (".gone.part/.sixpillars", "output of an interrupted run of this program, not read as evidence"),
            ("copied/store.json", "evidence store of this program, not read as evidence"),
            ("kept/later.json", "CloudTrail log file"),
            ("kept/store.json", "evidence store of this program, not read as evidence"),
            ("log.json", "CloudTrail log file"),
            ("renamed/later.json", "CloudTrail log file"),
            ("renamed/manifest.json", "earlier report of this program, not read as evidence"),
            ("sixpillars-report/log.json", "CloudTrail log file"),
            ("sixpillars-report/manifest.json", "not recognised"),
            ("sixpillars-report/store.json", "not recognised"),
        ]
    );
    let evidence = out.join("evidence");
    assert_eq!(number(&evidence, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 4);
    // A typed kind in the store, not a sentence.
    let kinds: Vec<String> =
        manifest(&evidence)["files"].as_object().unwrap().values().map(|f| f["format"].as_str().unwrap().to_owned()).collect();
    for (kind, files) in [("earlier_report", 1), ("evidence_store", 2), ("unfinished_output", 1)] {
        assert_eq!(kinds.iter().filter(|k| *k == kind).count(), files, "{kind}");
    }
    let html = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(html.contains("earlier report of this program, not read as evidence"));
    // The other commands see the same.
    let run = sixpillars_in(&input, &["inspect", "."]).expect(0);
    assert!(run.out.starts_with("10 files in ."), "{}", run.out);
    assert!(run.out.contains("earlier report of this program") && run.out.contains("evidence store of this program"), "{}", run.out);
    let run = sixpillars_in(&input, &["inspect", ".", "--full"]).expect(0);
    assert!(run.out.starts_with("10 files in ."), "{}", run.out);
    let run = sixpillars_in(&input, &["verify", "."]).expect(1);
    assert!(!run.err.contains("renamed/"), "{}", run.err);
    let ingested = ingest(folder.path(), &[&input]);
    assert!(manifest(&ingested) == manifest(&evidence), "ingested and reported");
    // A report given by itself holds nothing to report; its store, given on purpose, is read.
    std::fs::remove_file(old.join("later.json")).unwrap();
    assert!(tree(&old) == before);
    report(&old, &folder.path().join("of-report"), &[]).expect(1).says(&["no record was kept"]);
    std::fs::remove_file(store.join("later.json")).unwrap();
    assert!(tree(&store) == stored);
    report(&store, &folder.path().join("of-store"), &[]).expect(0);
    // Also where it lies in the exports: it is then no earlier store beside them.
    for more in [&["--store", &store.to_string_lossy()][..], &[&store.to_string_lossy()]] {
        report(&input, &out, &[&["--force"], more].concat()).expect(0);
        assert!(listed(&out).iter().all(|(path, _)| !path.starts_with("kept/")), "{:?}", listed(&out));
    }
}

#[test]
fn a_place_that_will_not_do_is_reported_before_anything_is_read() {
    let folder = TempDir::new().unwrap();
    let place = folder.path();
    // Nothing in it is kept: whoever reads first says so.
    write(place, "in/notes.txt", "nothing to report");
    write(place, "file", "x");
    let (long, longer) = ("x".repeat(250), "x".repeat(300));
    let mut cases = vec![
        ("file", "is a file"),
        ("file/.", "is a file"),
        ("file/report", "is a file"),
        ("/", "cannot be replaced"),
        (&long, "too long"),
        (&longer, "too long"),
    ];
    #[cfg(unix)]
    {
        link(&place.join("nowhere"), &place.join("dangling"));
        cases.extend([("dangling", "leads nowhere"), ("dangling/report", "leads nowhere")]);
    }
    let before = tree(place);
    for (out, why) in cases {
        sixpillars_in(place, &["report", "in", "-o", out, "--force"]).expect(1).says(&[why, "help:"]);
        if out != "/" && out != long {
            sixpillars_in(place, &["ingest", "in", "--store", out]).expect(1).says(&[why, "help:"]);
        }
        assert!(tree(place) == before, "{out}");
    }
    assert!(!place.join("nowhere").exists());
    // Files: never through a link, never over anything, all or none.
    for (out, why) in [("file", "exists"), ("file/x", "is a file"), ("missing/x", "does not exist"), (longer.as_str(), "too long")] {
        sixpillars_in(place, &["init", out]).expect(1).says(&[why, "help:"]);
    }
    #[cfg(unix)]
    {
        sixpillars_in(place, &["init", "dangling"]).expect(1).says(&["leads nowhere", "help:"]);
        sixpillars_in(place, &["templates", "export", "dangling"]).expect(1).says(&["leads nowhere", "help:"]);
    }
    sixpillars_in(place, &["templates", "export", "file"]).expect(1).says(&["file"]);
    write(place, ".engagement.toml.part", "of the auditor");
    write(place, "mine/style.css", "of the auditor");
    sixpillars_in(place, &["init"]).expect(0);
    sixpillars_in(place, &["templates", "export", "mine"]).expect(1).says(&["style.css", "exists", "help:"]);
    assert_eq!(std::fs::read(place.join(".engagement.toml.part")).unwrap(), b"of the auditor");
    assert_eq!(tree(&place.join("mine")).len(), 1, "some templates were written all the same");
    assert!(!place.join("nowhere").exists());
}

#[test]
fn a_place_by_another_name_is_the_same_place() {
    let folder = TempDir::new().unwrap();
    let place = folder.path();
    let input = exports(place);
    report(&input, &place.join("plain"), &[]).expect(0);
    let mut outs = vec![("a/.", "a"), ("./b/", "b"), ("new/../c", "c"), ("d/e/./f/..", "d/e")];
    #[cfg(unix)]
    {
        std::fs::create_dir(place.join("target")).unwrap();
        link(Path::new("target"), &place.join("link"));
        outs.extend([("link/g", "target/g"), ("link/../h", "h")]);
    }
    for (given, real) in outs {
        sixpillars_in(place, &["report", "in", "-o", given]).expect(0);
        same_trees(given, &place.join("plain"), &place.join(real), &["run.json"]);
    }
    #[cfg(unix)]
    {
        // The link stays one; what it leads to is replaced.
        link(Path::new("target/g"), &place.join("to-report"));
        sixpillars_in(place, &["report", "in", "-o", "to-report", "--force"]).expect(0);
        assert!(std::fs::symlink_metadata(place.join("to-report")).unwrap().is_symlink());
        same_trees("through a link", &place.join("plain"), &place.join("target/g"), &["run.json"]);
    }
    sixpillars_in(place, &["report", "in", "-o", "a/.", "--force"]).expect(0);
    same_trees("replaced", &place.join("plain"), &place.join("a"), &["run.json"]);
    sixpillars_in(place, &["ingest", "in", "--store", "s/./t/../u/."]).expect(0);
    same_trees("store", &ingest(place, &[&input]), &place.join("s/u"), &[]);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf_8_work_and_stay_distinct() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = TempDir::new().unwrap();
    let name = |bytes: &'static [u8]| folder.path().join(OsStr::from_bytes(bytes));
    let input = name(b"in-\xFF");
    for (n, file) in [&b"log-\xFF.json"[..], b"log-\xFE.json", b"log-\\xFF.json", b"d\xC3/log.json"].into_iter().enumerate() {
        let path = input.join(OsStr::from_bytes(file));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, log_file(&[record(n, "PutObject", "cli")])).unwrap();
    }
    let (out, other) = (name(b"out-\xFF"), name(b"out-\xFE"));
    report(&input, &out, &[]).expect(0).says(&[]);
    report(&input, &out, &["--force"]).expect(0).says(&[]);
    report(&input, &other, &[]).expect(0).says(&[]);
    same_trees("two names", &out, &other, &["run.json"]);
    let paths: Vec<String> = listed(&out).into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, [r"d\xC3/log.json", r"log-\x5CxFF.json", r"log-\xFE.json", r"log-\xFF.json"]);
    assert_eq!(number(&out.join("evidence"), "SELECT COUNT(*) AS n FROM cloudtrail_events"), 4);
    let run = |report: &Path| -> Value { serde_json::from_slice(&std::fs::read(report.join("run.json")).unwrap()).unwrap() };
    assert!(run(&out)["inputs"][0].as_str().unwrap().ends_with(r"/in-\xFF"), "{}", run(&out));
    assert_ne!(run(&out)["out"], run(&other)["out"]);
    // A single file, a store, and all other commands.
    let store = name(b"store-\xFF");
    to_store(&input.join(OsStr::from_bytes(b"log-\xFF.json")), &store).expect(0).says(&[]);
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 1);
    report(&store, &name(b"of-store-\xFF"), &[]).expect(0).says(&[]);
    let text = OsStr::new;
    for arguments in [&[text("inspect")][..], &[text("inspect"), text("--full")]] {
        sixpillars(&[arguments, &[input.as_os_str()]].concat()).expect(0).says(&[]);
    }
    sixpillars(&[text("verify"), input.as_os_str()]).expect(1).says(&["help:"]);
    sixpillars(&[text("verify"), out.as_os_str()]).expect(0).says(&[]);
    sixpillars(&[text("init"), name(b"e-\xFF.toml").as_os_str()]).expect(0).says(&[]);
    sixpillars(&[text("templates"), text("export"), name(b"t-\xFF").as_os_str()]).expect(0).says(&[]);
    // A report's file is found though its name was never one of ours.
    std::fs::write(out.join(OsStr::from_bytes(b"notes-\xFF")), "n").unwrap();
    report(&input, &out, &["--force"]).expect(1).says(&[r"notes-\xFF", "help:"]);
    sixpillars(&[text("verify"), out.as_os_str()]).expect(3);
}

#[test]
fn charges_of_an_earlier_report_in_an_archive_count_no_second_time() {
    let folder = TempDir::new().unwrap();
    let input = sample().join("cost");
    let store = folder.path().join("store");
    to_store(&input, &store).expect(0);
    let charges = "SELECT COUNT(*) AS n FROM costs";
    let once = number(&store, charges);
    assert!(once > 0);
    let tables = tree(&store);
    let members = tables.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    std::fs::create_dir(folder.path().join("all")).unwrap();
    let archive = write(&folder.path().join("all"), "former.zip", crate::containers::zipped(members));
    let again = folder.path().join("again");
    crate::harness::add(&again, &[&input, &archive], 0);
    assert_eq!(number(&again, charges), once);
    let kept = "SELECT COUNT(*) AS n FROM input_files WHERE format LIKE 'table of an evidence store%' AND records_read > 0";
    assert_eq!(number(&again, kept), 0);
}
