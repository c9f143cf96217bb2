//! Stores grow, are merged, and survive a run that is killed.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use sixpillars::ingest::formats::own_outputs::{MARK, MARK_TEXT};
use tempfile::TempDir;

use crate::containers::{tarred, zipped};
use crate::harness::{
    Run, add, command, log_file, manifest, number, query, record, same_trees, sample, sample_report_of_named_engagement, sample_store,
    sixpillars, write,
};
use crate::ingestion::{balances, halves};

fn report(inputs: &[&Path], out: &Path, more: &[&OsStr]) -> Run {
    let mut arguments = vec![OsStr::new("report")];
    arguments.extend(inputs.iter().map(|i| i.as_os_str()));
    arguments.extend([OsStr::new("--out"), out.as_os_str()]);
    arguments.extend(more);
    sixpillars(&arguments)
}

/// A record of May by its id and day.
fn on_day(id: usize, day: usize) -> Value {
    let mut event = record(id, "PutObject", "cli");
    event["eventTime"] = format!("2026-05-{day:02}T{:02}:{:02}:{:02}Z", id / 3_600 % 24, id / 60 % 60, id % 60).into();
    event
}

/// Folders with log files of which some hold the same records, some the same bytes, and some a changed record.
fn overlapping(folder: &Path) -> [PathBuf; 3] {
    let file = |name: &str, ids: &[(usize, usize)]| {
        let records: Vec<Value> = ids.iter().map(|(id, day)| on_day(*id, *day)).collect();
        write(folder, name, log_file(&records));
    };
    // Record 1 lies in a file of each folder; record 2 in two files of one folder and one of another.
    file("a/one.json", &[(1, 4), (2, 4), (3, 5)]);
    file("a/two.json", &[(2, 4), (9, 9)]);
    file("b/three.json", &[(1, 4), (5, 4), (3, 5)]);
    file("b/four.json", &[(6, 6), (2, 4)]);
    file("c/five.json", &[(1, 4), (2, 4), (3, 5), (6, 6), (7, 7)]);
    file("c/six.json", &[(7, 7), (7, 7)]);
    // The same bytes in all three, under other names.
    for name in ["a/same.json", "b/copy/same.json", "c/z.json"] {
        file(name, &[(1, 4), (8, 8)]);
    }
    // The id of record 9 with another time of the same day, and with another day: signs of tampering.
    let mut hour = on_day(9, 9);
    hour["eventTime"] = "2026-05-09T23:00:00Z".into();
    write(folder, "b/hour.json", log_file(&[hour]));
    write(folder, "c/day.json", log_file(&[on_day(9, 21), on_day(10, 21)]));
    ["a", "b", "c"].map(|name| folder.join(name))
}

#[test]
fn stores_made_apart_merge_into_what_one_run_makes() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let [a, b, c] = overlapping(folder.path());
    for (input, store) in [(&a, "sa"), (&b, "sb"), (&c, "sc")] {
        add(&at(store), &[input], 2);
    }
    add(&at("once"), &[&a, &b, &c], 1);
    // Counted by hand from the lists above: 9 ids, of which that of record 9 stands with three times.
    assert_eq!(number(&at("once"), "SELECT COUNT(*) AS n FROM cloudtrail_events"), 11);
    assert_eq!(number(&at("once"), "SELECT COUNT(*) AS n FROM cloudtrail_events WHERE is_conflict"), 3);
    let copies = query(&at("once"), "SELECT event_epoch, copies FROM cloudtrail_events WHERE copies > 1 ORDER BY event_epoch, copies");
    let copies: Vec<i64> = copies.iter().map(|r| r["copies"].as_i64().unwrap()).collect();
    // Records 1 (one, three, five, same), 2 (one, two, four, five), 3 (one, three, five), 6 and 7 (five, six twice).
    assert_eq!(copies, [4, 4, 3, 2, 3]);
    assert_eq!(number(&at("once"), "SELECT COUNT(*) AS n FROM event_copies"), 3 + 3 + 2 + 1 + 2);
    for order in [["sa", "sb", "sc"], ["sc", "sb", "sa"], ["sb", "sa", "sc"]] {
        let into = at(&order.concat());
        add(&into, &[&at(order[0]), &at(order[1]), &at(order[2])], 2);
        same_trees("three stores at once", &at("once"), &into, &[]);
        let slowly = at(&format!("{}-slowly", order.concat()));
        order.iter().for_each(|store| add(&slowly, &[&at(store)], 1));
        same_trees("three stores one after the other", &at("once"), &slowly, &[]);
    }
    // Stores, files and both; the stores that went in stay as they are.
    let before = crate::harness::tree(&at("sa"));
    let mixed = at("mixed");
    add(&mixed, &[&at("sa"), &b], 2);
    add(&mixed, &[&c, &at("sb")], 2);
    same_trees("stores and files", &at("once"), &mixed, &[]);
    add(&mixed, &[&at("sa"), &at("once")], 2);
    same_trees("the same stores once more", &at("once"), &mixed, &[]);
    assert!(crate::harness::tree(&at("sa")) == before, "a store that was merged into another has changed");
}

#[test]
fn each_copy_says_where_the_kept_one_is() {
    let folder = TempDir::new().unwrap();
    let [a, b, c] = overlapping(folder.path());
    let store = folder.path().join("store");
    [a, b, c].iter().for_each(|input| add(&store, &[input], 1));
    // Every copy leads to a row, and the copies of a row are those that lead to it.
    let sql = "SELECT e.event_id, e.copies, COUNT(*) AS n FROM event_copies AS c JOIN cloudtrail_events AS e ON e.source_file_id = c.kept_file_id AND e.source_record = c.kept_record GROUP BY e.event_id, e.copies";
    let rows = query(&store, sql);
    assert_eq!(rows.len(), 5);
    assert!(rows.iter().all(|r| r["copies"].as_i64().unwrap() == r["n"].as_i64().unwrap() + 1), "{rows:?}");
    // Per file they are what its account calls duplicates.
    let rows = query(&store, "SELECT source_file_id, COUNT(*) AS n FROM event_copies GROUP BY source_file_id");
    let counted: BTreeMap<String, u64> =
        rows.iter().map(|r| (r["source_file_id"].as_str().unwrap().to_owned(), r["n"].as_u64().unwrap())).collect();
    for (id, file) in manifest(&store)["files"].as_object().unwrap() {
        assert_eq!(file["duplicate"].as_u64().unwrap(), counted.get(id).copied().unwrap_or(0), "{file}");
    }
}

#[test]
fn the_sample_in_two_stores_gives_the_sample_and_its_report() {
    let folder = TempDir::new().unwrap();
    let (a, b) = halves(folder.path());
    // Some files in both, so that the stores overlap; some under another path, which is the first one by name.
    for (name, also) in [("cost", "cost"), ("iam", "iam"), ("config/111122223333", "config/111122223333")] {
        for entry in walkdir::WalkDir::new(a.join(name)).into_iter().filter_map(Result::ok).filter(|e| e.file_type().is_file()) {
            let target = b.join(also).join(entry.path().strip_prefix(a.join(name)).unwrap());
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
    let (sa, sb) = (folder.path().join("sa"), folder.path().join("sb"));
    add(&sa, &[&a], 2);
    add(&sb, &[&b], 2);
    let merged = folder.path().join("merged");
    add(&merged, &[&sb, &sa], 2);
    same_trees("two halves that overlap", sample_store(), &merged, &[]);
    balances(&merged, &sample());
    let out = folder.path().join("report");
    let engagement = sample().join("engagement.toml");
    report(&[&sa, &b], &out, &[OsStr::new("--engagement"), engagement.as_os_str()]).expect(0);
    same_trees("a report from a store and files", sample_report_of_named_engagement(), &out, &["run.json"]);
    report(
        &[],
        &out,
        &[
            OsStr::new("--engagement"),
            engagement.as_os_str(),
            OsStr::new("--force"),
            OsStr::new("--store"),
            sa.as_os_str(),
            OsStr::new("--store"),
            sb.as_os_str(),
        ],
    )
    .expect(0);
    same_trees("a report from two stores", sample_report_of_named_engagement(), &out, &["run.json"]);
}

#[test]
fn the_same_answer_of_two_accounts_is_two_in_whichever_store_it_is() {
    let folder = TempDir::new().unwrap();
    let name = "eu-west-1/get-compliance-details-by-config-rule-encrypted-volumes.json";
    let answer = std::fs::read(sample().join("config/111122223333").join(name)).unwrap();
    let inputs = ["444455556666", "111122223333"].map(|account| {
        let input = folder.path().join(format!("in-{account}"));
        write(&input, &format!("{account}/{name}"), &answer);
        input
    });
    let stores = [folder.path().join("s4"), folder.path().join("s1")];
    inputs.iter().zip(&stores).for_each(|(input, store)| add(store, &[input], 1));
    let once = folder.path().join("once");
    add(&once, &[&inputs[0], &inputs[1]], 1);
    let accounts = query(&once, "SELECT DISTINCT account_id FROM config_compliance ORDER BY account_id");
    assert_eq!(accounts.iter().map(|r| r["account_id"].as_str().unwrap()).collect::<Vec<_>>(), ["111122223333", "444455556666"]);
    for (at, order) in [[0, 1], [1, 0]].into_iter().enumerate() {
        let merged = folder.path().join(format!("merged{at}"));
        add(&merged, &[&stores[order[0]]], 1);
        add(&merged, &[&stores[order[1]]], 1);
        same_trees("paths of two stores", &once, &merged, &[]);
        let grown = folder.path().join(format!("grown{at}"));
        order.iter().for_each(|i| add(&grown, &[&inputs[*i]], 1));
        same_trees("paths of two runs", &once, &grown, &[]);
    }
}

#[test]
fn stores_of_archives_merge_into_what_one_run_makes() {
    let folder = TempDir::new().unwrap();
    let digests = sample().join("cloudtrail/AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/06/22");
    let mut digests: Vec<PathBuf> = std::fs::read_dir(digests).unwrap().map(|entry| entry.unwrap().path()).collect();
    digests.sort();
    let digests: Vec<Vec<u8>> = digests.iter().take(3).map(|path| std::fs::read(path).unwrap()).collect();
    let answer = sample().join("config/111122223333/eu-west-1/get-compliance-details-by-config-rule-encrypted-volumes.json");
    let answer = std::fs::read(answer).unwrap();
    let log = |ids: &[(usize, usize)]| log_file(&ids.iter().map(|(id, day)| on_day(*id, *day)).collect::<Vec<_>>());
    let (both, one, two) = (log(&[(1, 4), (2, 5)]), log(&[(1, 4), (3, 5)]), log(&[(2, 5), (3, 5), (4, 6)]));
    // The first path of what all three hold lies in the first, the second or the third of them, loose or not; rows
    // of digests share files, and each store brings its own.
    write(
        folder.path(),
        "a/m.zip",
        zipped([
            ("log.json", &both[..]),
            ("one.json", &one),
            ("d0.json.gz", &digests[0]),
            ("d1.json.gz", &digests[1]),
            ("d2.json.gz", &digests[2]),
        ]),
    );
    write(folder.path(), "a/777788889999/eu-west-1/answer.json", &answer);
    write(folder.path(), "b/d.tar", tarred([("444455556666/eu-west-1/answer.json", &answer[..]), ("x0.json.gz", &digests[0])]));
    write(folder.path(), "b/z/d1.json.gz", &digests[1]);
    write(folder.path(), "b/two.json", &two);
    write(
        folder.path(),
        "c/a.zip",
        zipped([("log.json", &both[..]), ("111122223333/answer.json", &answer), ("broken.json.gz", b"\x1f\x8b\x08")]),
    );
    write(folder.path(), "c/a/d2.json.gz", &digests[2]);
    write(folder.path(), "c/e/d0.json.gz", &digests[0]);
    let inputs = ["a", "b", "c"].map(|name| folder.path().join(name));
    let stores = ["sa", "sb", "sc"].map(|name| folder.path().join(name));
    inputs.iter().zip(&stores).for_each(|(input, store)| add(store, &[input], 2));
    let once = folder.path().join("once");
    add(&once, &[&inputs[0], &inputs[1], &inputs[2]], 2);
    assert_eq!(number(&once, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 4);
    for (at, order) in [[0, 1, 2], [2, 1, 0], [1, 2, 0]].into_iter().enumerate() {
        let merged = folder.path().join(format!("merged{at}"));
        add(&merged, &order.map(|i| stores[i].as_path()), 2);
        same_trees("stores of archives", &once, &merged, &[]);
        let grown = folder.path().join(format!("grown{at}"));
        order.iter().for_each(|i| add(&grown, &[if *i == 1 { &inputs[1] } else { &stores[*i] }], 1));
        same_trees("stores and archives, one after the other", &once, &grown, &[]);
    }
}

#[test]
fn a_store_is_not_merged_into_itself_nor_one_of_another_catalogue() {
    let folder = TempDir::new().unwrap();
    let [a, b, _] = overlapping(folder.path());
    let (sa, sb) = (folder.path().join("sa"), folder.path().join("sb"));
    add(&sa, &[&a], 1);
    add(&sb, &[&b], 1);
    let ingest = |inputs: &[&Path], store: &Path, more: &[&OsStr]| -> Run {
        let mut arguments = vec![OsStr::new("ingest"), OsStr::new("--store"), store.as_os_str()];
        arguments.extend(inputs.iter().map(|i| i.as_os_str()));
        arguments.extend(more);
        sixpillars(&arguments)
    };
    ingest(&[&sa], &sa, &[]).expect(1).says(&["itself", "help:"]);
    // One column more: rows of both kinds in one table would be half empty without a word.
    let mine = folder.path().join("mine");
    write(
        &mine,
        "config/mine.toml",
        "[[table]]\nname = \"my_topics\"\nresource_type = \"AWS::SNS::Topic\"\ndoc = \"one topic\"\n[table.columns]\nname = { path = \"configuration.name\", type = \"string\" }\n",
    );
    let more = [OsStr::new("--catalogue"), mine.as_os_str()];
    let before = crate::harness::tree(&sa);
    ingest(&[&b], &sa, &more).expect(1).says(&["my_topics", "help:"]);
    ingest(&[&sb], &folder.path().join("other"), &more).expect(0);
    ingest(&[&sb, &sa], &folder.path().join("another"), &more).expect(1).says(&["my_topics", "help:"]);
    assert!(crate::harness::tree(&sa) == before);
    // Another layout, and a store that lacks a file.
    let text = std::fs::read_to_string(sb.join("store.json")).unwrap();
    std::fs::write(sb.join("store.json"), text.replacen("\"format\":4", "\"format\":1", 1)).unwrap();
    ingest(&[&sb], &folder.path().join("old"), &[]).expect(1).says(&["layout 1", "help:"]);
    // The layout before this one, whose remarks were plain text.
    let mut manifest: Value = serde_json::from_str(&text).unwrap();
    manifest["format"] = 2.into();
    manifest["files"].as_object_mut().unwrap().values_mut().for_each(|f| f["notes"] = serde_json::json!(["a remark"]));
    std::fs::write(sb.join("store.json"), manifest.to_string()).unwrap();
    ingest(&[&sb], &folder.path().join("old"), &[]).expect(1).says(&["layout 2", "reads layout 4", "help: ingest the files again"]);
    std::fs::remove_file(sa.join("tables/cloudtrail_events/2026-05-04.parquet")).unwrap();
    sixpillars(&[OsStr::new("query"), OsStr::new("SELECT COUNT(*) AS n FROM cloudtrail_events"), OsStr::new("--store"), sa.as_os_str()])
        .expect(1)
        .says(&["2026-05-04.parquet"]);
}

/// Files of a store with the time they were last written and their place on the disk.
fn written(store: &Path) -> BTreeMap<String, SystemTime> {
    let files = walkdir::WalkDir::new(store.join("tables")).into_iter().map(Result::unwrap).filter(|e| e.file_type().is_file());
    files
        .map(|e| (e.path().strip_prefix(store).unwrap().to_string_lossy().into_owned(), e.metadata().unwrap().modified().unwrap()))
        .collect()
}

#[test]
fn one_more_day_rewrites_that_day_alone() {
    let folder = TempDir::new().unwrap();
    let store = folder.path().join("store");
    for day in 1..=20 {
        let records: Vec<Value> = (0..40).map(|n| on_day(day * 100 + n, day)).collect();
        write(folder.path(), &format!("in/{day:02}.json"), log_file(&records));
    }
    add(&store, &[&folder.path().join("in")], 2);
    let before = written(&store);
    std::thread::sleep(Duration::from_millis(20));
    // Day 21 is new, and day 20 has one event more.
    let records: Vec<Value> = (0..40).map(|n| on_day(2_100 + n, 21)).chain([on_day(2_099, 20)]).collect();
    let more = write(folder.path(), "more/21.json", log_file(&records));
    add(&store, &[&more], 2);
    let after = written(&store);
    let touched: Vec<&String> = after.iter().filter(|(name, time)| before.get(*name) != Some(time)).map(|(name, _)| name).collect();
    assert!(!touched.is_empty() && touched.iter().all(|n| n.contains("2026-05-20") || n.contains("2026-05-21")), "{touched:?}");
    assert!(before.keys().all(|name| after.contains_key(name)));
    let whole = folder.path().join("whole");
    add(&whole, &[&folder.path().join("in"), &more], 1);
    same_trees("a store that grew by a day", &whole, &store, &[]);
}

#[test]
fn a_conflict_that_was_found_stays_found() {
    let folder = TempDir::new().unwrap();
    let store = folder.path().join("store");
    let file = |name: &str, records: &[Value]| write(folder.path(), name, log_file(records));
    // The same id on two days, and under two hours of one day in two runs; later files touch those days again.
    let mut late = on_day(3, 4);
    late["eventTime"] = "2026-05-04T22:00:00Z".into();
    let files = [
        file("1.json", &[on_day(1, 4), on_day(3, 4)]),
        file("2.json", &[on_day(1, 9)]),
        file("3.json", &[late]),
        file("4.json", &[on_day(5, 4), on_day(6, 9)]),
    ];
    files.iter().for_each(|f| add(&store, &[f], 1));
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events WHERE is_conflict"), 4);
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 6);
    let once = folder.path().join("once");
    add(&once, &files.iter().map(PathBuf::as_path).collect::<Vec<_>>(), 2);
    same_trees("conflicts over four runs", &once, &store, &[]);
}

/// Enough files that a run takes a while: days of events, and configuration.
fn long_input(folder: &Path) -> PathBuf {
    let input = folder.join("long");
    for file in 0..60 {
        let records: Vec<Value> = (0..150).map(|n| on_day(file * 150 + n, file % 27 + 1)).collect();
        write(&input, &format!("{file:03}.json"), log_file(&records));
    }
    for (from, to) in [("config", "config"), ("iam", "iam"), ("cost", "cost")] {
        for entry in walkdir::WalkDir::new(sample().join(from)).into_iter().map(Result::unwrap).filter(|e| e.file_type().is_file()) {
            let target = input.join(to).join(entry.path().strip_prefix(sample().join(from)).unwrap());
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
    input
}

#[test]
fn a_run_that_is_killed_leaves_a_store_that_the_next_one_completes() {
    let folder = TempDir::new().unwrap();
    let first = write(folder.path(), "first/0.json", log_file(&[on_day(1, 1), on_day(2, 30)]));
    let input = long_input(folder.path());
    let (clean, small) = (folder.path().join("clean"), folder.path().join("small"));
    add(&small, &[&first], 1);
    add(&clean, &[&first], 1);
    let start = std::time::Instant::now();
    add(&clean, &[&input], 2);
    let whole = start.elapsed();
    let store = folder.path().join("store");
    add(&store, &[&first], 1);
    let (mut killed, mut former) = (0, 0);
    for round in 1..=14u32 {
        let mut child =
            command().arg("ingest").arg(&input).arg("--store").arg(&store).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * round / 14);
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        // Whoever looks at it sees the store of one run: the former or the new one, never something between.
        let events = number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events");
        let files = manifest(&store)["files"].as_object().unwrap().len();
        if files == 1 {
            former += 1;
            assert_eq!(events, 2);
            assert!(store.join("tables/config_items").read_dir().is_err(), "files of a run that never ended");
        } else {
            // Killed behind the last move, it leaves the name of its lock, which holds nobody up, and maybe the mark of the
            // folder that it moved its files from, which the next run removes.
            same_trees("after a kill that came too late", &clean, &store, &["ingest.lock", "pending/.sixpillars"]);
            break;
        }
    }
    assert!(killed >= 5 && former >= 5, "{killed} killed, {former} found as before");
    add(&store, &[&input], 2);
    same_trees("completed by the next run", &clean, &store, &[]);
}

#[test]
fn a_run_that_is_killed_while_it_moves_its_files_is_completed() {
    let folder = TempDir::new().unwrap();
    let [a, b, _] = overlapping(folder.path());
    let at = |name: &str| folder.path().join(name);
    add(&at("before"), &[&a], 1);
    add(&at("after"), &[&a], 1);
    add(&at("after"), &[&b], 1);
    let (before, after) = (crate::harness::tree(&at("before")), crate::harness::tree(&at("after")));
    let changed: Vec<&String> = after.keys().filter(|n| before.get(*n) != after.get(*n)).collect();
    assert!(changed.len() > 5);
    // As the disk looks when the run ends after so many renames: the rest is still pending, the manifest with it.
    for moved in [0, 1, changed.len() / 2, changed.len() - 1] {
        for reads_first in [true, false] {
            let store = at(&format!("store-{moved}-{reads_first}"));
            before.iter().for_each(|(name, bytes)| drop(write(&store, name, bytes)));
            let tables = changed.iter().filter(|n| **n != "store.json").chain(changed.iter().filter(|n| **n == "store.json"));
            for (place, name) in tables.enumerate() {
                let to = if place < moved { (*name).clone() } else { format!("pending/{name}") };
                write(&store, &to, &after[*name]);
            }
            write(&store, &format!("pending/{MARK}"), MARK_TEXT);
            write(&store, "ingest.lock", "sixpillars 1\n");
            if reads_first {
                assert_eq!(
                    number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events"),
                    number(&at("after"), "SELECT COUNT(*) AS n FROM cloudtrail_events")
                );
            } else {
                let arguments = [OsStr::new("ingest"), b.as_os_str(), OsStr::new("--store"), store.as_os_str()];
                sixpillars(&arguments).expect(0).says(&["interrupted ingestion was found and completed"]);
            }
            same_trees("completed", &at("after"), &store, &[]);
        }
    }
    // One that had not decided is thrown away.
    let store = at("undecided");
    before.iter().for_each(|(name, bytes)| drop(write(&store, name, bytes)));
    write(&store, &format!("pending/{MARK}"), MARK_TEXT);
    write(&store, "pending/tables/cloudtrail_events/2026-05-04.parquet", "half");
    assert_eq!(
        number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events"),
        number(&at("before"), "SELECT COUNT(*) AS n FROM cloudtrail_events")
    );
    add(&store, &[&b], 1);
    same_trees("thrown away and done again", &at("after"), &store, &[]);
    // The first run of all: there is no store yet, and it is said why.
    std::fs::remove_file(store.join("store.json")).unwrap();
    write(&store, &format!("pending/{MARK}"), MARK_TEXT);
    sixpillars(&[OsStr::new("query"), OsStr::new("SELECT 1"), OsStr::new("--store"), store.as_os_str()])
        .expect(1)
        .says(&["interrupted", "help:"]);
}

#[test]
fn one_process_at_a_time_writes_into_a_store() {
    let folder = TempDir::new().unwrap();
    let [a, b, _] = overlapping(folder.path());
    let store = folder.path().join("store");
    add(&store, &[&a], 1);
    let before = crate::harness::tree(&store);
    let lock = sixpillars::store::manifest::lock::Lock::take(&store.join("ingest.lock")).unwrap();
    let arguments = [OsStr::new("ingest"), b.as_os_str(), OsStr::new("--store"), store.as_os_str()];
    sixpillars(&arguments).expect(1).says(&[&format!("process {}", std::process::id()), "help:"]);
    // Reading what the former run left is possible all the while.
    assert!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events") > 0);
    drop(lock);
    assert!(crate::harness::tree(&store) == before);
    // Two real ones at once: one of them ends well, and the store is whole.
    let input = long_input(folder.path());
    let children: Vec<_> =
        (0..2).map(|_| command().arg("ingest").arg(&input).arg("--store").arg(&store).stderr(Stdio::piped()).spawn().unwrap()).collect();
    let ends: Vec<Run> = children.into_iter().map(|c| c.wait_with_output().unwrap().into()).collect();
    assert!(ends.iter().any(|r| r.code == 0), "{}{}", ends[0].err, ends[1].err);
    for refused in ends.iter().filter(|r| r.code != 0) {
        assert!(refused.code == 1 && refused.err.contains("is writing there"), "{}", refused.err);
    }
    let clean = folder.path().join("clean");
    add(&clean, &[&a], 1);
    add(&clean, &[&input], 1);
    same_trees("two at once", &clean, &store, &[]);
}

#[test]
fn records_are_kept_whole_when_asked_for() {
    let folder = TempDir::new().unwrap();
    let mut secret = on_day(2, 4);
    secret["userIdentity"]["accessKeyId"] = "AKIAIOSFODNN7EXAMPLE".into();
    secret["requestParameters"] =
        serde_json::json!({"masterUserPassword": "hunter2!", "environment": [{"name": "A", "value": "b-secret"}], "size": 1.50});
    let text = format!(r#"{{ "Records": [{}, {}] }}"#, on_day(1, 4), secret);
    let a = write(folder.path(), "in/a.json", &text);
    write(folder.path(), "in/b.json", log_file(&[on_day(1, 4), on_day(3, 9)]));
    let input = a.parent().unwrap();
    let [one, two, plain] = ["one", "two", "plain"].map(|name| folder.path().join(name));
    for (store, threads) in [(&one, "1"), (&two, "2")] {
        let flags = ["--keep-raw", "--threads", threads, "--store"].map(OsStr::new);
        sixpillars(&[&[OsStr::new("ingest"), input.as_os_str()], &flags[..], &[store.as_os_str()]].concat()).expect(0);
    }
    same_trees("threads", &one, &two, &[]);
    add(&plain, &[input], 0);
    assert_eq!(number(&plain, "SELECT COUNT(*) AS n FROM cloudtrail_raw"), 0);
    // Copies are kept too: four records, three events.
    assert_eq!(number(&one, "SELECT COUNT(*) AS n FROM cloudtrail_raw"), 4);
    assert_eq!(number(&one, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 3);
    let rows = query(&one, "SELECT source_file_id, source_record, record FROM cloudtrail_raw ORDER BY event_id, source_file_id");
    // Nothing to mask: as delivered, to the letter.
    assert_eq!(rows[0]["record"], on_day(1, 4).to_string());
    let kept = rows[2]["record"].as_str().unwrap();
    for hidden in ["hunter2", "b-secret", "AKIAIOSFODNN7EXAMPLE"] {
        assert!(!kept.contains(hidden), "{kept}");
    }
    let row = format!("{}:{}", rows[2]["source_file_id"].as_str().unwrap(), rows[2]["source_record"]);
    let evidence = |store: &Path, inputs: &[&Path]| {
        let mut arguments = vec![OsStr::new("evidence"), OsStr::new(&row), OsStr::new("--store"), store.as_os_str()];
        arguments.extend(inputs.iter().map(|i| i.as_os_str()));
        sixpillars(&arguments)
    };
    // What the store has kept and what the file says are the same record.
    let kept = evidence(&one, &[]).expect(0).says(&["no file was compared"]).out;
    assert_eq!(kept, evidence(&one, &[input]).expect(0).says(&["agrees"]).out);
    evidence(&plain, &[]).expect(1).says(&["does not hold the record", "--keep-raw"]);
    // A store that another one joins brings its records along.
    let merged = folder.path().join("merged");
    add(&merged, &[&one], 0);
    assert_eq!(evidence(&merged, &[]).expect(0).out, kept);
}
