//! The command line: help, lists, one explanation each, exit codes, and queries that are refused.

use std::ffi::OsStr;

use tempfile::TempDir;

use crate::harness::{Run, number, query, sample_report, sample_store, sixpillars, sixpillars_in, write};

fn on_sample(sql: &str) -> Run {
    sixpillars(&["query", sql, "--store"].map(OsStr::new).iter().copied().chain([sample_store().as_os_str()]).collect::<Vec<_>>())
}

#[test]
fn every_command_explains_itself() {
    let top = sixpillars(&["--help"]).expect(0).out;
    let commands: Vec<&str> = top
        .lines()
        .skip_while(|l| !l.starts_with("Commands:"))
        .skip(1)
        .take_while(|l| !l.trim().is_empty())
        .filter_map(|l| l.split_whitespace().next())
        .collect();
    for wanted in ["report", "inspect", "verify", "ingest", "query", "evidence", "controls", "tables", "templates", "init", "completions"] {
        assert!(commands.contains(&wanted), "{wanted} is not among {commands:?}");
    }
    let inner = ["controls list", "controls show", "controls test", "tables list", "tables show", "templates list", "templates export"];
    for command in commands.iter().copied().filter(|c| *c != "help").chain(inner) {
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let help = sixpillars(&words).expect(0).out;
        assert!(help.contains("Usage: sixpillars"), "{command}: {help}");
        // A flag without a word of explanation is of no help.
        let options = help.split("Example").next().unwrap_or_default();
        let mut lines = options.lines().peekable();
        while let Some(line) = lines.next() {
            let flag = line.trim_start();
            // `- value: meaning` is a possible value, not a flag.
            if flag.starts_with('-') && !flag.starts_with("- ") && !flag.contains("  ") {
                let next = lines.peek().map_or("", |l| l.trim());
                assert!(!next.is_empty() && !next.starts_with('-'), "{command}: {flag} has no help");
            }
        }
    }
}

#[test]
fn the_version_is_the_packages() {
    let out = sixpillars(&["--version"]).expect(0).out;
    assert_eq!(out.trim(), format!("sixpillars {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_wrong_command_line_is_usage() {
    sixpillars(&["repport"]).expect(2).says(&["report"]);
    sixpillars::<&str>(&[]).expect(2);
    sixpillars(&["report"]).expect(2).says(&["INPUT"]);
    sixpillars(&["report", "x", "--as-of", "2026-06-30", "--from", "2026-04-01"]).expect(2).says(&["--as-of"]);
    sixpillars(&["report", "x", "--fail-on", "terrible"]).expect(2).says(&["critical"]);
    for wrong in ["2026-13-01", "2026-02-30", "01.04.2026", "yesterday", ""] {
        sixpillars(&["report", "x", "--from", wrong]).expect(2).says(&["--from", "2026-06-30"]);
    }
}

#[test]
fn tables_are_listed_and_described() {
    let list = sixpillars(&["tables", "list"]).expect(0).out;
    for table in ["cloudtrail_events", "config_items", "s3_buckets", "costs", "iam_credentials", "engagement", "input_files"] {
        assert!(list.lines().any(|l| l.split_whitespace().next() == Some(table)), "{table} is not listed");
    }
    let json: Vec<serde_json::Value> = serde_json::from_str(&sixpillars(&["tables", "list", "--format", "json"]).expect(0).out).unwrap();
    for table in &json {
        let columns = table["columns"].as_array().unwrap();
        assert!(!columns.is_empty(), "{table}");
        for column in columns {
            let kind = column["type"].as_str().unwrap();
            assert!(["VARCHAR", "BIGINT", "BOOLEAN", "TIMESTAMP", "DATE", "DECIMAL(38,18)", "DOUBLE"].contains(&kind), "{table}");
        }
    }
    let show = sixpillars(&["tables", "show", "s3_buckets"]).expect(0).out;
    assert!(show.contains("versioning_status") && show.contains("s3_buckets_history"), "{show}");
    sixpillars(&["tables", "show", "s3_bucket"]).expect(1).says(&["no table", "s3_buckets"]);
}

#[test]
fn controls_are_listed_and_explained() {
    let list = sixpillars(&["controls", "list"]).expect(0).out;
    assert!(list.contains("s3-bucket-versioning") && list.contains("event-root-activity"), "{list}");
    let json: Vec<serde_json::Value> = serde_json::from_str(&sixpillars(&["controls", "list", "--format", "json"]).expect(0).out).unwrap();
    for control in json.iter().filter(|entry| entry["kind"] == "control") {
        for key in ["id", "title", "finding", "pillar", "severity", "population", "exception", "reason", "text_sha256"] {
            assert!(control[key].as_str().is_some_and(|t| !t.trim().is_empty()), "{key} of {control}");
        }
    }
    let show = sixpillars(&["controls", "show", "s3-bucket-versioning"]).expect(0).out;
    for part in ["population:", "exception:", "reason:", "criteria:", "versioning_status"] {
        assert!(show.contains(part), "{part} in {show}");
    }
    sixpillars(&["controls", "show", "s3-bucket-versionning"]).expect(1).says(&["no control", "help:", "s3-bucket-versioning"]);
    sixpillars(&["controls", "test", "event-root-activty"]).expect(1).says(&["event-root-activity"]);
}

#[test]
fn the_cases_beside_the_controls_pass() {
    let run = sixpillars(&["controls", "test"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains(" 0 failed"), "{}", run.out);
    // One control alone runs its own cases only.
    let one = sixpillars(&["controls", "test", "s3-bucket-versioning"]).expect(0).out;
    let passed: u32 = one.split_whitespace().next().unwrap().parse().unwrap();
    assert!((3..30).contains(&passed), "{one}");
    assert!(one.contains(" 0 by items, 0 by events, 0 by files"), "{one}");
    for form in ["items", "events", "files"] {
        assert!(!run.out.contains(&format!(" 0 by {form}")), "no case by {form}: {}", run.out);
    }
}

#[test]
fn a_case_that_holds_evidence_passes_ingestion_and_its_tables_are_written() {
    let folder = TempDir::new().unwrap();
    let control = r#"
[[control]]
id = "own-queue"
title = "Queues are named"
pillar = "security"
severity = "low"
criteria = ["wa:SEC01-BP01"]
finding = "Deviation of t"
effect = "Harm can follow."
effort = "low"
cause = ["resource"]
objective = "o"
procedure = "p"
population = "SELECT * FROM sqs_queues"
exception = "queue_name <> 'q'"
reason = "'Queue ' || resource_name || ' of ' || account_id || ' in ' || region || ' at ' || CAST(captured_date AS VARCHAR)"
recommend = "r"
"#;
    let run = |case: &str| {
        write(folder.path(), "own/config/own.toml", format!("{control}\n[[control.case]]\nwhy = \"w\"\n{case}"));
        sixpillars_in(folder.path(), &["controls", "test", "own-queue", "--catalogue", "own", "--write-tables", "tables"])
    };
    let items = "items = ['{ \"configuration\": { \"QueueName\": \"x\" } }', { configuration = { QueueName = \"q\" } }, {}]\n";
    // The third item does not say its queue's name.
    let reason = "Queue r0 of 111122223333 in eu-west-1 at 2024-06-30";
    let right = format!("expect = {{ population = 3, exceptions = 1, undetermined = 1, reason = \"{reason}\" }}");
    let passed = run(&format!("{items}{right}")).expect(0).out;
    assert_eq!(passed, "1 cases passed, 0 failed: 0 by rows, 1 by items, 0 by events, 0 by files\n");
    for table in ["sqs_queues", "engagement"] {
        assert!(folder.path().join(format!("tables/own-queue/0/{table}.parquet")).is_file(), "{table}");
    }
    let wrong = run(&format!("{items}expect = {{ population = 3, exceptions = 0, undetermined = 1 }}")).expect(1).out;
    assert!(wrong.contains("expected [Some(3), Some(0), Some(1)], found [3, 1, 1]"), "{wrong}");
    let broken = run("items = [\"7\"]\nexpect = { population = 0 }").expect(1).out;
    assert!(broken.contains("an item or event is a JSON object"), "{broken}");
}

#[test]
fn templates_can_be_taken_out_and_given_back() {
    let folder = TempDir::new().unwrap();
    let list = sixpillars(&["templates", "list"]).expect(0).out;
    sixpillars_in(folder.path(), &["templates", "export", "mine"]).expect(0);
    for name in list.lines() {
        assert!(folder.path().join("mine").join(name).is_file(), "{name} was not exported");
    }
}

#[test]
fn the_engagement_file_it_writes_is_one_it_reads() {
    let folder = TempDir::new().unwrap();
    sixpillars_in(folder.path(), &["init"]).expect(0);
    let text = std::fs::read_to_string(folder.path().join("engagement.toml")).unwrap();
    text.parse::<toml::Table>().unwrap();
    // Without the comment signs of its examples it is still one.
    let all: String = text.lines().map(|l| format!("{}\n", l.strip_prefix("#: ").unwrap_or(l))).collect();
    std::fs::write(folder.path().join("all.toml"), all).unwrap();
    // The file as it is written states no period: the records say which it is. The example in it does.
    for (file, is_stated) in [("engagement.toml", false), ("all.toml", true)] {
        let arguments =
            ["query", "SELECT period_start_date, period_days FROM engagement", "--format", "csv", "--engagement", file, "--store"];
        let run = sixpillars_in(
            folder.path(),
            &arguments.map(OsStr::new).iter().copied().chain([sample_store().as_os_str()]).collect::<Vec<_>>(),
        );
        assert_eq!(run.expect(0).out == "period_start_date,period_days\n2026-04-01,91\n", is_stated, "{file}");
    }
    sixpillars_in(folder.path(), &["init"]).expect(1).says(&["exists", "help:"]);
}

#[test]
fn completions_are_printed() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(sixpillars(&["completions", shell]).expect(0).out.contains("sixpillars"));
    }
}

#[test]
fn a_query_prints_what_was_asked_and_nothing_else() {
    let rows = query(sample_store(), "SELECT COUNT(*) AS n FROM accounts");
    assert_eq!(rows.len(), 1);
    let run = on_sample("SELECT event_name FROM cloudtrail_events LIMIT 1").expect(0);
    assert_eq!(run.out.lines().count(), 3, "{}", run.out);
    assert_eq!(run.err, "");
}

#[test]
fn a_query_reads_tables_and_nothing_else() {
    for refused in [
        "SELECT * FROM read_csv('/etc/hostname')",
        "SELECT * FROM read_parquet('/etc/hostname')",
        "SELECT * FROM read_json('/etc/hostname')",
        "SELECT * FROM read_ipc('/etc/hostname')",
        "WITH t AS (SELECT * FROM read_csv('/etc/hostname')) SELECT * FROM t",
        "SELECT * FROM accounts WHERE account_id IN (SELECT column_1 FROM read_csv('/etc/hostname'))",
        "SELECT * FROM '/etc/hostname'",
        "DELETE FROM cloudtrail_events",
        "DROP TABLE cloudtrail_events",
        "CREATE TABLE t AS SELECT * FROM accounts",
        "INSERT INTO accounts SELECT * FROM accounts",
        "UPDATE accounts SET account_id = 'x'",
        "TRUNCATE TABLE cloudtrail_events",
        "SHOW TABLES",
        "EXPLAIN SELECT * FROM accounts",
        "SELECT 1; DROP TABLE accounts",
        "",
    ] {
        let run = on_sample(refused);
        assert_eq!(run.code, 1, "{refused}: {}{}", run.out, run.err);
        assert_eq!(run.out, "", "{refused}");
        assert!(run.err.contains("error:") && !run.err.contains("panicked"), "{refused}: {}", run.err);
    }
    assert!(number_of_events() > 0);
    on_sample("SELECT * FROM cloudtrail_event").expect(1).says(&["cloudtrail_events"]);
    on_sample("SELECT event_nam FROM cloudtrail_events").expect(1).says(&["event_nam"]);
}

#[test]
fn a_query_over_a_report_reads_what_it_came_to() {
    let run = sixpillars(&["tables", "list", "--format", "json"].map(OsStr::new)).expect(0);
    let tables: Vec<serde_json::Value> = serde_json::from_str(&run.out).unwrap();
    let reported: Vec<&str> = tables.iter().filter(|t| t["storage"] == "reported").map(|t| t["name"].as_str().unwrap()).collect();
    assert!(reported.contains(&"exceptions") && reported.contains(&"entry_results"), "{reported:?}");
    for table in reported {
        let count = |store: &std::path::Path| number(store, &format!("SELECT COUNT(*) AS n FROM {table}"));
        // The sample's engagement names only what exists.
        assert_eq!(count(sample_report()) > 0, table != "unknown_names", "{table}");
        assert_eq!(count(sample_store()), 0, "{table} without a report");
    }
}

fn number_of_events() -> i64 {
    crate::harness::number(sample_store(), "SELECT COUNT(*) AS n FROM cloudtrail_events")
}

#[test]
fn a_store_that_is_none_is_named() {
    let folder = TempDir::new().unwrap();
    sixpillars_in(folder.path(), &["query", "SELECT 1", "--store", "nowhere"]).expect(1).says(&["nowhere", "no evidence store"]);
}
