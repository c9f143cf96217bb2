//! The edges: what a query may cost, what an engagement file may say and where it may come from, and what hostile text
//! may do on a screen.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Run, log_file, record, report_json, sample_store, sixpillars, write};

/// Runs `query` over the sample's store.
fn ask(sql: &str, more: &[&str]) -> Run {
    let arguments = ["query", sql, "--store"].map(OsStr::new);
    let more: Vec<&OsStr> = more.iter().map(OsStr::new).collect();
    sixpillars(&[&arguments[..], &[sample_store().as_os_str()], &more].concat())
}

/// A folder with one log file in `in`.
fn exports() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    write(&input, "log.json", log_file(&[record(1, "PutObject", "cli"), record(2, "GetObject", "cli")]));
    (folder, input)
}

/// Writes a report into `folder`/`name`.
fn report(folder: &Path, name: &str, input: &Path, more: &[&str]) -> Run {
    let out = folder.join(name);
    let arguments = [OsStr::new("report"), input.as_os_str(), OsStr::new("--out"), out.as_os_str()];
    let more: Vec<&OsStr> = more.iter().map(OsStr::new).collect();
    sixpillars(&[&arguments[..], &more].concat())
}

#[test]
fn columns_come_in_the_order_asked_for() {
    for (columns, table) in [
        ("account_id,event_time", "cloudtrail_events"),
        ("source_record,event_name,event_id,aws_region", "cloudtrail_events"),
        ("x_LineItemType,BilledCost,ServiceName,charge_month", "costs"),
        ("resource_id,account_id,captured_at,resource_type", "config_items"),
        ("event_date,account_id,events", "activity"),
    ] {
        for text in
            [format!("SELECT {columns} FROM {table} LIMIT 2"), format!("SELECT {columns} FROM (SELECT * FROM {table}) AS t LIMIT 2")]
        {
            let run = ask(&text, &["--format", "csv"]);
            // A column that this version does not have is no matter of order.
            if run.code == 0 {
                assert_eq!(run.out.lines().next(), Some(columns), "{text}");
            } else {
                assert!(columns.contains("x_LineItemType"), "{text}: {}", run.err);
            }
        }
    }
}

#[test]
fn every_format_prints_the_columns_in_the_order_asked_for() {
    let sql = "SELECT period_days AS z, client AS a, max_idle_days AS m FROM engagement";
    let out = |format: &str| ask(sql, &["--format", format]).expect(0).out;
    for format in ["table", "csv", "json"] {
        let text = out(format);
        let places: Vec<usize> = match format {
            "json" => ["\"z\":", "\"a\":", "\"m\":"].map(|key| text.find(key).unwrap()).into(),
            _ => ['z', 'a', 'm'].map(|name| text.lines().next().unwrap().find(name).unwrap()).into(),
        };
        assert!(places.is_sorted(), "{format}: {text}");
    }
}

#[test]
fn a_query_that_would_run_out_of_stack_is_refused_before() {
    let n = 20_000;
    for sql in [
        format!("SELECT {} AS x FROM engagement", vec!["1"; n].join("+")),
        format!("SELECT client FROM engagement WHERE {}TRUE", "NOT ".repeat(n)),
        format!("SELECT client FROM engagement WHERE {}", vec!["a"; n].join(" AND ")),
        format!("SELECT {}1{} AS x", "(".repeat(n), ")".repeat(n)),
        format!("SELECT {}1{} AS x", "(".repeat(60), ")".repeat(60)),
        format!("SELECT {}1{} AS x", "CASE WHEN TRUE THEN ".repeat(4_000), " END".repeat(4_000)),
        format!("{}SELECT 1 AS a{}", "SELECT * FROM (".repeat(n / 5), ") AS t".repeat(n / 5)),
    ] {
        ask(&sql, &[]).expect(1).says(&["the query cannot be run", "help:"]);
    }
    // What is allowed is run, on the smallest stack that any thread has.
    ask(&format!("SELECT COUNT(*) AS n FROM cloudtrail_events WHERE {}", vec!["event_name = 'x'"; 240].join(" OR ")), &[]).expect(0);
}

#[test]
fn catalogue_sql_that_would_run_out_of_stack_is_refused_and_the_deepest_allowed_runs() {
    let (folder, input) = exports();
    let control = |exception: &str| {
        format!(
            "[[control]]\nid = \"own-deep\"\ntitle = \"t\"\npillar = \"security\"\nseverity = \"low\"\ncriteria = [\"soc2:CC7.2\"]\nfinding = \"Deviation of t\"\neffect = \"Harm can follow.\"\neffort = \"low\"\ncause = [\"resource\"]\nobjective = \"o\"\nprocedure = \"p\"\nrecommend = \"r\"\nlimits = \"l\"\npopulation = \"SELECT account_id, source_file_id, source_record, event_id, event_name FROM cloudtrail_events\"\nexception = \"{exception}\"\nreason = \"'x'\"\n"
        )
    };
    let own = folder.path().join("own");
    let with = ["--catalogue", &own.to_string_lossy()];
    for (levels, code) in [(5_000, 1), (249, 0)] {
        write(&own, "events/own.toml", control(&vec!["event_name = 'x'"; levels].join(" OR ")));
        let run = report(folder.path(), &format!("r{levels}"), &input, &with);
        assert_eq!(run.code, code, "{}", run.err);
        if code == 1 {
            run.says(&["events/own.toml", "own-deep", "exception", "nested"]);
        }
    }
}

#[test]
fn a_query_that_takes_too_long_or_too_much_memory_ends_with_an_error() {
    let each_with_each =
        "SELECT a.event_id AS x, b.event_id AS y FROM cloudtrail_events a CROSS JOIN cloudtrail_events b CROSS JOIN engagement c";
    ask(each_with_each, &["--timeout", "1s", "--memory", "1T"]).expect(1).says(&["was not done after 1 s", "--timeout", "help:"]);
    if cfg!(target_os = "linux") {
        ask(each_with_each, &["--memory", "600M"]).expect(1).says(&["more than the 600 MiB", "--memory", "help:"]);
    }
    ask("SELECT 1 AS x", &["--timeout", "soon"]).expect(2).says(&["90s, 5m or 2h"]);
}

#[test]
fn threads_beyond_reason_are_refused() {
    ask("SELECT 1 AS x", &["--threads", "1000000"]).expect(2).says(&["--threads", "0..=512"]);
    ask("SELECT 1 AS x", &["--threads", "512"]).expect(0);
}

#[test]
fn a_query_that_the_engine_fails_on_is_an_error_and_no_trace() {
    // Whatever of these the engine of this version answers, refuses or fails on: no trace, and 0 or 1.
    for sql in [
        "SELECT CAST(-9223372036854775808 AS BIGINT) / -1 AS x FROM engagement",
        "SELECT 9223372036854775807 + 1 AS x FROM engagement",
        "SELECT event_epoch % 0 AS x FROM cloudtrail_events LIMIT 1",
        "SELECT event_time - event_time AS x FROM cloudtrail_events LIMIT 1",
        "SELECT event_date + INTERVAL '999999999 years' AS x FROM cloudtrail_events LIMIT 1",
        "SELECT event_time + INTERVAL '9223372036854775807 days' AS x FROM cloudtrail_events LIMIT 1",
        "SELECT SUBSTR(event_name, -9223372036854775808, 9223372036854775807) AS x FROM cloudtrail_events LIMIT 1",
        "SELECT LEFT(event_name, -9223372036854775808) AS x FROM cloudtrail_events LIMIT 1",
        "SELECT RIGHT(event_name, 9223372036854775807) AS x FROM cloudtrail_events LIMIT 1",
        "SELECT REPEAT(event_name, 99999999999) AS x FROM cloudtrail_events LIMIT 1",
        "SELECT LPAD(event_name, 99999999999) AS x FROM cloudtrail_events LIMIT 1",
        "SELECT event_name FROM cloudtrail_events LIMIT 18446744073709551615 OFFSET 18446744073709551615",
        "SELECT event_name FROM cloudtrail_events LIMIT -1",
        "SELECT CAST(1 AS DECIMAL(38, 38)) AS x FROM engagement",
        "SELECT CAST(99999999999999999999 AS DECIMAL(38, 0)) AS x FROM engagement",
        "SELECT CAST(event_epoch AS DECIMAL(38, 0)) * 10000000000000000000 AS x FROM cloudtrail_events LIMIT 1",
        "SELECT ARRAY_AGG(event_name) AS x FROM cloudtrail_events",
        "SELECT [1, 2, 3] AS x FROM engagement",
        "SELECT SUM(event_name) AS x FROM cloudtrail_events",
        "SELECT MAX(DISTINCT event_name) AS x FROM cloudtrail_events",
        "SELECT QUANTILE_CONT(event_epoch, 7) AS x FROM cloudtrail_events",
        "SELECT ROW_NUMBER() OVER (ORDER BY event_epoch) AS x FROM cloudtrail_events LIMIT 1",
        "SELECT LAG(event_epoch, 9223372036854775807) OVER (ORDER BY event_epoch) AS x FROM cloudtrail_events LIMIT 1",
        "SELECT * EXCLUDE (event_name) FROM cloudtrail_events GROUP BY event_name",
        "SELECT event_name FROM cloudtrail_events ORDER BY 99",
        "SELECT event_name FROM cloudtrail_events GROUP BY 0",
        "SELECT DISTINCT ON (event_name) * FROM cloudtrail_events LIMIT 1",
        "SELECT REGEXP_LIKE(event_name, '(') AS x FROM cloudtrail_events LIMIT 1",
        "SELECT event_name RLIKE '((((((((((a*)*)*)*)*)*)*)*)*)*{999}' AS x FROM cloudtrail_events LIMIT 1",
        "SELECT STRFTIME(event_time, '%Q%%%') AS x FROM cloudtrail_events LIMIT 1",
        "SELECT DATE_PART('nonsense', event_time) AS x FROM cloudtrail_events LIMIT 1",
        "SELECT 1 AS x UNION SELECT 'a' AS x",
        "SELECT x.* FROM cloudtrail_events",
        "SELECT a.event_id FROM cloudtrail_events a JOIN cloudtrail_events b ON a.nothing = b.event_id",
        "VALUES (1), (2, 3)",
        "SELECT",
        "",
        ";;",
    ] {
        let run = ask(sql, &["--limit", "3", "--timeout", "60s"]);
        assert!(run.code == 0 || run.code == 1 || sql.is_empty() && run.code == 2, "{sql}: {} {}", run.code, run.err);
        assert!(!run.err.contains("panicked") && !run.err.contains("the program has a fault"), "{sql}: {}", run.err);
        assert!(run.code != 1 || run.err.contains("help:"), "{sql}: {}", run.err);
    }
}

#[test]
fn an_engagement_file_that_was_found_is_named_on_the_first_page_and_can_be_left() {
    let (folder, input) = exports();
    let text = "[engagement]\nclient = \"Found Ltd\"\n[period]\nfrom = \"2026-05-01\"\nto = \"2026-05-31\"\n";
    write(&input, "engagement.toml", text);
    write(&input, "older/engagement.toml", text.replace("Found", "Older"));
    // printf '[engagement]…' | sha256sum
    let sha256 = sha256(text.as_bytes());
    report(folder.path(), "a", &input, &[]).expect(0).says(&["engagement.toml", "was found", &sha256, "--no-engagement"]);
    let cover = |name: &str| report_json(&folder.path().join(name))["cover"].clone();
    let found = cover("a");
    assert_eq!(
        (&found["client"], &found["engagement_sha256"], &found["engagement_found"]),
        (&json!("Found Ltd"), &json!(sha256), &json!(true))
    );
    assert_eq!(found["engagement_unused"], json!(["older/engagement.toml"]));
    let page = std::fs::read_to_string(folder.path().join("a/report.md")).unwrap();
    let first = page.split("\n## ").next().unwrap();
    assert!(first.contains("`engagement.toml`, found in the folder of the exports") && first.contains(&sha256), "{first}");
    assert!(first.contains("**Engagement file not used:** `older/engagement.toml`"), "{first}");

    report(folder.path(), "b", &input, &["--no-engagement"]).expect(0).says(&["is not used: --no-engagement was given"]);
    let left = cover("b");
    assert_eq!((&left["engagement_sha256"], &left["engagement_found"]), (&json!(""), &json!(false)));
    assert_eq!(left["engagement_unused"], json!(["engagement.toml", "older/engagement.toml"]));
    assert_ne!(left["client"], json!("Found Ltd"));

    let own = write(folder.path(), "own.toml", "[engagement]\nclient = \"Own Ltd\"\n");
    report(folder.path(), "c", &input, &["--engagement", &own.to_string_lossy()]).expect(0).says(&["--engagement names another file"]);
    assert_eq!((&cover("c")["client"], &cover("c")["engagement_file"]), (&json!("Own Ltd"), &json!("own.toml")));
    report(folder.path(), "d", &input, &["--engagement", "x.toml", "--no-engagement"]).expect(2);

    let look = |more: &[&str]| {
        let arguments = [OsStr::new("inspect"), input.as_os_str()];
        sixpillars(&[&arguments[..], &more.iter().map(OsStr::new).collect::<Vec<_>>()].concat()).expect(0)
    };
    look(&[]).says(&["was found"]);
    look(&["--no-engagement"]).says(&["is not used: --no-engagement"]);
}

#[cfg(unix)]
#[test]
fn an_engagement_file_that_is_a_link_out_of_the_folder_is_not_followed() {
    let (folder, input) = exports();
    let secret = write(folder.path(), "secret.toml", "[engagement]\nclient = \"From outside\"\n");
    std::os::unix::fs::symlink(&secret, input.join("engagement.toml")).unwrap();
    report(folder.path(), "a", &input, &[]).expect(0).says(&["is not used: it is a link that leads out"]);
    assert_ne!(report_json(&folder.path().join("a"))["cover"]["client"], json!("From outside"));
    // Named on the command line, it is what was asked for, as any input is.
    let link = input.join("engagement.toml");
    report(folder.path(), "b", &input, &["--engagement", &link.to_string_lossy()]).expect(0);
    assert_eq!(report_json(&folder.path().join("b"))["cover"]["client"], json!("From outside"));
    for (at, path) in ["/dev/zero", "/dev/null"].into_iter().enumerate() {
        report(folder.path(), &format!("c{at}"), &input, &["--engagement", path]).expect(1).says(&[path, "not a regular file", "help:"]);
    }
}

#[cfg(unix)]
#[test]
fn catalogue_files_and_templates_are_small_regular_files_of_their_folder() {
    let (folder, input) = exports();
    let outside = write(folder.path(), "outside.toml", "");
    let own = folder.path().join("own");
    let large = vec![b'#'; (4 << 20) + 1];
    for (flag, name) in [("--catalogue", "events/own.toml"), ("--templates", "sections/own.md")] {
        let path = own.join(name);
        let refused = |parts: &[&str]| {
            report(folder.path(), "r", &input, &[flag, &own.to_string_lossy()]).expect(1).says(parts);
            std::fs::remove_file(&path).unwrap();
        };
        write(&own, name, &large);
        refused(&["own.", "larger than", "help:"]);
        std::os::unix::fs::symlink(&outside, &path).unwrap();
        refused(&["own.", "leads out"]);
        std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        refused(&["own.", "leads out"]);
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        refused(&["own.", "not a regular file"]);
        std::fs::remove_dir_all(&own).unwrap();
    }
}

#[test]
fn a_waiver_that_would_never_end_and_a_list_that_nothing_reads_are_refused() {
    let (folder, input) = exports();
    let wrong = |text: &str, parts: &[&str]| {
        let file = write(folder.path(), "e.toml", text);
        report(folder.path(), "r", &input, &["--engagement", &file.to_string_lossy()]).expect(1).says(parts).says(&["help:"]);
    };
    wrong(
        "[[waiver]]\ncontrol = \"s3-bucket-versioning\"\nreason = \"r\"\nuntil = \"31.12.2026\"\n",
        &["e.toml, line 4: waiver.until", "31.12.2026", "2026-06-30"],
    );
    wrong(
        "[[waiver]]\ncontrol = \"s3-bucket-versionning\"\nreason = \"r\"\n",
        &["line 2: waiver.control", "nearest id is s3-bucket-versioning"],
    );
    wrong("[period]\nholidays = [\"1 May\"]\n", &["line 2: period.holidays", "1 May"]);
    wrong(
        "\n[[allow_list]]\nname = \"break_glas_roles\"\nvalues = [\"x\"]\n",
        &["line 3: allow_list.name", "nearest name is break_glass_roles", "security_tooling"],
    );
    wrong(
        "[[client_control]]\nid = \"A\"\ntext = \"t\"\ntests = [\n\"iam-root-mfaa\"]\n",
        &["line 5: client_control.tests", "nearest id is iam-root-mfa"],
    );
    wrong("[[representation]]\nid = \"Q-SEC-44\"\nstatement = \"s\"\n", &["line 2: representation.id", "nearest is Q-SEC-4"]);
    // A list that nothing reads would be taken for one that allows something.
    wrong("[[allow_list]]\nname = \"tooling_principals\"\nvalues = [\"x\"]\n", &["line 2: allow_list.name", "nearest name is"]);
}

/// Text that steers a terminal, hides, or reads backwards.
const STEERING: &str = "a\u{1b}[31mred\u{9b}2J\u{202E}left\u{2066}\u{061C}\u{200E}\u{7}\u{85}\u{7f}\r;=1+1";

/// Whether anything in a text would steer, hide or turn.
fn steers(text: &str) -> bool {
    text.chars().any(|c| {
        c.is_control() && !matches!(c, '\n' | '\t')
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}')
    })
}

#[test]
fn nothing_on_the_screen_steers_hides_or_turns() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    write(&input, "log.json", log_file(&[record(1, "PutObject", STEERING)]));
    write(&input, "a\u{1b}[2Jb.bin", "\u{1b}[31m\u{202E}");
    let store = folder.path().join("store");
    sixpillars(&[OsStr::new("ingest"), input.as_os_str(), OsStr::new("--store"), store.as_os_str()]).expect(0);
    let ask = |format: &str| {
        let sql = "SELECT user_agent, source_file_id, source_record FROM cloudtrail_events";
        let arguments = ["query", sql, "--format", format, "--store"].map(OsStr::new);
        sixpillars(&[&arguments[..], &[store.as_os_str()]].concat()).expect(0)
    };
    let (table, csv, json) = (ask("table").out, ask("csv").out, ask("json").out);
    for out in [&table, &csv, &json] {
        assert!(!steers(out), "{out:?}");
    }
    // JSON is read back as it was; CSV holds no second cell that begins a formula.
    let rows: Vec<Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(rows[0]["user_agent"], json!(STEERING));
    assert!(csv.contains(";'=1+1") && csv.contains("\\u{202E}"), "{csv}");

    let row = format!("{}:{}", rows[0]["source_file_id"].as_str().unwrap(), rows[0]["source_record"]);
    let evidence =
        sixpillars(&[OsStr::new("evidence"), OsStr::new(&row), input.as_os_str(), OsStr::new("--store"), store.as_os_str()]).expect(0);
    assert!(!steers(&evidence.out) && !steers(&evidence.err), "{:?}", evidence.out);
    let record: Value = serde_json::from_str(&evidence.out).unwrap();
    assert_eq!(record["userAgent"], json!(STEERING));

    for arguments in [&["inspect"][..], &["inspect", "--full"]] {
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).chain([input.as_os_str()]).collect();
        let run = sixpillars(&arguments).expect(0);
        assert!(!steers(&run.out) && !steers(&run.err), "{:?}{:?}", run.out, run.err);
    }
    // A line of the file stands in the error about it.
    let wrong = write(folder.path(), "e\u{1b}[31m.toml", "[engagement]\nclient = \"\u{202E}x\" \u{2066}y = 3\n");
    let run = report(folder.path(), "r", &input, &["--engagement", &wrong.to_string_lossy()]).expect(1);
    assert!(!steers(&run.err) && run.err.contains("\\u{202E}"), "{:?}", run.err);
}

#[test]
fn workpapers_hold_no_formula_and_nothing_hidden() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    let records: Vec<Value> = ["StopLogging", "DeleteTrail"]
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let mut event = record(at, name, STEERING);
            event["eventSource"] = json!("cloudtrail.amazonaws.com");
            event["requestParameters"] = json!({"name": "x;=cmd|' /C calc'!A0\n=1+1\t@SUM(1)"});
            event["userIdentity"]["arn"] = json!(format!("arn:aws:iam::111122223333:user/x;=1{STEERING}"));
            event
        })
        .collect();
    write(&input, "log.json", log_file(&records));
    report(folder.path(), "r", &input, &[]).expect(0);
    let mut cells = 0;
    for entry in walkdir::WalkDir::new(folder.path().join("r/workpapers")) {
        let path = entry.unwrap().into_path();
        if path.extension().is_some_and(|e| e == "csv") {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(!steers(&text), "{}: {text:?}", path.display());
            // Cells as a reader sees them that separates by semicolons, and knows no quotes but at a cell's front.
            for cell in text.split([';', '\t', '\n']) {
                let bare = cell.trim_start_matches([' ', '"']);
                assert!(!bare.starts_with(['=', '+', '@', '-']), "{}: {cell:?}", path.display());
                cells += 1;
            }
        }
    }
    assert!(cells > 20, "{cells}");
}

/// SHA-256 of bytes, hex.
fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}
