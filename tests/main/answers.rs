//! The sample against its answer key. The key comes from the generator's own bookkeeping.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;

use serde_json::Value;

use crate::harness::{csv, documents, manifest, report_json, sample, sample_report, sample_store, sixpillars};

/// `ANSWERS.md`, taken apart.
struct Key {
    /// Control, account, Region, resource or event, why.
    exceptions: Vec<[String; 5]>,
    /// Control: how many, and whether exactly that many.
    counts: BTreeMap<String, (u64, bool)>,
    /// Name and value.
    totals: BTreeMap<String, String>,
}

fn key() -> Key {
    let text = std::fs::read_to_string(sample().join("ANSWERS.md")).unwrap();
    let mut tables: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    let mut section = String::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title.to_owned();
        } else if let Some(row) = line.strip_prefix("| ").and_then(|l| l.strip_suffix(" |").or_else(|| l.strip_suffix("|"))) {
            // A cell may hold an escaped bar.
            let cells = row.replace("\\|", "\u{1}").split('|').map(|c| c.trim().replace('\u{1}', "|")).collect();
            tables.entry(section.clone()).or_default().push(cells);
        }
    }
    let rows = |name: &str| tables[name].iter().skip(1).cloned().collect::<Vec<_>>();
    let key = Key {
        exceptions: rows("Expected exceptions").into_iter().map(|r| r.try_into().unwrap()).collect(),
        counts: rows("Exceptions per control").into_iter().map(|r| (r[0].clone(), (r[1].parse().unwrap(), r[2] == "exact"))).collect(),
        totals: rows("Totals").into_iter().map(|r| (r[0].clone(), r[1].clone())).collect(),
    };
    assert!(key.exceptions.len() > 150 && key.counts.len() > 100 && key.totals.len() > 100, "the answer key was not understood");
    key
}

/// What became of an id of the key in the report.
enum Entry<'r> {
    Control(&'r Value),
    Extract(&'r Value),
    Metric,
    Missing,
}

fn entry<'r>(report: &'r Value, id: &str) -> Entry<'r> {
    let find = |kind: &str| report[kind].get(id);
    if let Some(control) = find("controls") {
        Entry::Control(control)
    } else if let Some(extract) = find("extracts") {
        Entry::Extract(extract)
    } else if find("metrics").is_some() {
        Entry::Metric
    } else {
        Entry::Missing
    }
}

/// Entries whose rows are groups of events, so that no row carries the event of the key: their rows are known
/// by account, and by Region where they have one.
const GROUPED: [(&str, &str); 4] = [
    ("event-enumeration", "a burst of the calls it counts starts at another event than the whole burst"),
    ("event-new-region-use", "one row for each Region"),
    ("event-tls-legacy", "one row for each principal, client and service"),
    ("event-unauthorised-calls", "one row for each principal"),
];

/// Whether a row of a workpaper is the exception of the key.
fn matches(control: &str, row: &BTreeMap<String, String>, account: &str, region: &str, resource: &str) -> bool {
    // Cells that a spreadsheet would run carry an apostrophe in front.
    let cells: Vec<&str> = row.values().map(|c| c.strip_prefix('\'').unwrap_or(c)).collect();
    let of_account = account.is_empty() || cells.contains(&account);
    if GROUPED.iter().any(|(id, _)| *id == control) {
        let own = row.get("region").or_else(|| row.get("aws_region")).map_or("", String::as_str);
        return of_account && (own.is_empty() || own == region || control == "event-unauthorised-calls");
    }
    // `account/user` of a credential report, `type/resource` of a rule's result: the part behind the slash is its own cell.
    let parts = resource.split_once('/').map(|(first, rest)| cells.contains(&first) && cells.contains(&rest));
    of_account && (cells.contains(&resource) || parts == Some(true))
}

#[test]
fn every_planted_exception_is_found() {
    let report = report_json(sample_report());
    let mut wrong = Vec::new();
    let mut papers: BTreeMap<String, Vec<BTreeMap<String, String>>> = BTreeMap::new();
    let mut found = 0;
    for [control, account, region, resource, why] in &key().exceptions {
        let state = match entry(&report, control) {
            Entry::Missing | Entry::Metric => continue,
            Entry::Control(c) => {
                format!("{} {} of {}, {}", c["result"], c["counts"]["exceptions"], c["counts"]["population"], c["extent_reasons"])
            }
            Entry::Extract(x) => format!("{} rows", x["rows"]),
        };
        let rows = papers.entry(control.clone()).or_insert_with(|| {
            let path = sample_report().join(format!("workpapers/{control}.csv"));
            if path.is_file() { csv(&path) } else { Vec::new() }
        });
        if rows.iter().any(|row| matches(control, row, account, region, resource)) {
            found += 1;
        } else {
            wrong.push(format!("{control}: {account} {region} {resource} ({why}) is not among its rows; {state}"));
        }
    }
    assert!(wrong.is_empty(), "{found} planted exceptions found, {} not:\n{}", wrong.len(), wrong.join("\n"));
    assert!(found > 150, "only {found} rows of the key bear on a control of the catalogue");
}

#[test]
fn controls_find_what_was_planted_and_nothing_else() {
    let report = report_json(sample_report());
    let mut wrong = Vec::new();
    for (id, (expected, exact)) in &key().counts {
        let found = match entry(&report, id) {
            Entry::Control(control) => control["counts"]["exceptions"].as_u64().unwrap(),
            Entry::Extract(extract) => extract["rows"].as_u64().unwrap_or(0),
            Entry::Metric | Entry::Missing => continue,
        };
        if found < *expected || *exact && found != *expected {
            let more = csv_or_nothing(id)
                .iter()
                .map(|r| r.get("resource_id").or_else(|| r.get("event_id")).cloned().unwrap_or_default())
                .collect::<Vec<_>>();
            let sign = if *exact { "" } else { "at least " };
            wrong.push(format!("{id}: {sign}{expected} expected, {found} found: {}", more.join(" ")));
        }
    }
    assert!(wrong.is_empty(), "{} controls differ from the key:\n{}", wrong.len(), wrong.join("\n"));
}

fn csv_or_nothing(id: &str) -> Vec<BTreeMap<String, String>> {
    let path = sample_report().join(format!("workpapers/{id}.csv"));
    if path.is_file() { csv(&path) } else { Vec::new() }
}

/// The sample plants more than this version tests; what is planted for nothing is shown, so that it is not forgotten.
#[test]
fn most_ids_of_the_key_are_in_the_catalogue() {
    let report = report_json(sample_report());
    let (missing, known): (BTreeSet<String>, BTreeSet<String>) =
        key().counts.into_keys().partition(|id| matches!(entry(&report, id), Entry::Missing));
    println!("planted for {} ids that no control of this version has: {missing:?}", missing.len());
    assert!(known.len() > 5 * missing.len(), "{} of {} ids are missing", missing.len(), missing.len() + known.len());
}

#[test]
fn one_waiver_covers_and_the_one_that_ran_out_does_not() {
    let report = report_json(sample_report());
    let engagement: toml::Table = std::fs::read_to_string(sample().join("engagement.toml")).unwrap().parse().unwrap();
    for waiver in engagement["waiver"].as_array().unwrap() {
        let text = |key: &str| waiver.get(key).and_then(toml::Value::as_str).unwrap_or_default();
        let control = &report["controls"][text("control")];
        let ran_out = text("until") < "2026-06-30";
        let covered = control["counts"]["waived"].as_u64().unwrap();
        assert_eq!(covered == 0, ran_out, "{waiver}: {}", control["counts"]);
    }
}

// ---------------------------------------------------------------------------------------------------
// Totals
// ---------------------------------------------------------------------------------------------------

/// How a total of the key is counted.
enum Ask {
    /// It was counted already, from the manifest.
    Now(String),
    /// An aggregate over a table of the sample's store; with the engagement's period, or over all that was read.
    Sql { table: &'static str, in_period: bool, aggregate: String },
    /// Held against the key elsewhere.
    Elsewhere,
}

/// The columns of the one row that a query over the sample's store gives, as text.
fn row(sql: &str, in_period: bool) -> Vec<String> {
    let engagement = sample().join("engagement.toml");
    let mut arguments = vec![
        OsStr::new("query"),
        OsStr::new(sql),
        OsStr::new("--format"),
        OsStr::new("csv"),
        OsStr::new("--store"),
        sample_store().as_os_str(),
    ];
    if in_period {
        arguments.extend([OsStr::new("--engagement"), engagement.as_os_str()]);
    }
    let out = sixpillars(&arguments).expect(0).out;
    let mut reader = ::csv::Reader::from_reader(out.as_bytes());
    let first = reader.records().next().unwrap_or_else(|| panic!("no row: {sql}")).unwrap();
    first.iter().map(str::to_owned).collect()
}

/// Sum over the files whose first path fits.
fn over_files(what: &str, fits: impl Fn(&str) -> bool) -> Ask {
    let manifest = manifest(sample_store());
    let files = manifest["files"].as_object().unwrap().values();
    let fitting = files.filter(|f| f["paths"].as_array().unwrap().iter().any(|p| fits(p.as_str().unwrap())));
    Ask::Now(match what {
        "files" => fitting.count().to_string(),
        _ => fitting.map(|f| f[what].as_u64().unwrap()).sum::<u64>().to_string(),
    })
}

fn has_parent(path: &str, name: &str) -> bool {
    Path::new(path).components().any(|c| c.as_os_str() == name)
}

/// Distinct events for which a condition holds.
fn events(condition: &str) -> Ask {
    all("cloudtrail_events", &format!("COUNT(DISTINCT CASE WHEN {condition} THEN event_id || ' ' || account_id END)"))
}

/// Charges of a month for which a condition holds.
fn charges(column: &str, month: &str, condition: &str) -> Ask {
    all("costs", &format!("SUM(CASE WHEN charge_month = '{month}' AND x_SourceFormat <> 'focus' AND {condition} THEN {column} END)"))
}

/// An aggregate over all that was read.
fn all(table: &'static str, aggregate: &str) -> Ask {
    Ask::Sql { table, in_period: false, aggregate: aggregate.to_owned() }
}

/// An aggregate as of the engagement's date.
fn as_of(table: &'static str, condition: &str) -> Ask {
    Ask::Sql { table, in_period: true, aggregate: format!("COUNT(CASE WHEN {condition} THEN 1 END)") }
}

/// How a total is counted; `None` when this test does not know it.
fn is_log(path: &str) -> bool {
    path.starts_with("cloudtrail/AWSLogs/") && !path.contains("/CloudTrail-Digest/")
}

fn ask(name: &str) -> Option<Ask> {
    const INSIDE: &str = "event_epoch >= 1774998000 AND event_epoch < 1782860400";
    let (area, rest) = name.split_once(": ").unwrap_or(("", name));
    Some(match (area, rest) {
        ("CloudTrail", "records of the second trail's files (all are copies)") => {
            // Another file of that folder is cut short, and is counted apart.
            over_files("read", |p| p.contains("second-trail") && !p.contains("444455556666"))
        }
        ("CloudTrail", "of these with other content than the first trail's (conflict)") => {
            // Both sides of a conflict are kept and flagged.
            all("cloudtrail_events", "COUNT(DISTINCT CASE WHEN is_conflict THEN event_id END)")
        }
        ("CloudTrail", "eventID of the conflict") => all("cloudtrail_events", "MIN(CASE WHEN is_conflict THEN event_id END)"),
        ("CloudTrail", "records of the lookup-events answer (all are copies)") => over_files("duplicate", |p| p.contains("lookup-events")),
        ("CloudTrail", "truncated gzip files (copies of a whole file)") => {
            let manifest = manifest(sample_store());
            let files = manifest["files"].as_object().unwrap().values();
            Ask::Now(files.filter(|f| f["notes"].to_string().contains("gzip")).count().to_string())
        }
        ("CloudTrail", "good lines of the NDJSON file (found nowhere else)") => over_files("kept", |p| p.ends_with(".ndjson")),
        ("CloudTrail", "broken lines of the NDJSON file (line 21)") => {
            // Records count from 0.
            let manifest = manifest(sample_store());
            let file = manifest["files"].as_object().unwrap().values().find(|f| f["paths"][0].as_str().unwrap().ends_with(".ndjson")).unwrap();
            assert_eq!(file["rejects"][0]["record"], 20, "{file}");
            over_files("rejected", |p| p.ends_with(".ndjson"))
        }
        ("CloudTrail", "log files under cloudtrail/AWSLogs") => over_files("files", is_log),
        ("CloudTrail", "records under cloudtrail/AWSLogs") => over_files("read", is_log),
        ("Log file integrity", rest) => {
            let column = match rest {
                "digest files" => "digests",
                "log files that digests list" => "log_files_listed",
                "of these altered" => "log_files_altered",
                "of these not supplied" => "log_files_missing",
                "digests whose signature can be verified" => "signatures_verified",
                _ => return None,
            };
            all("integrity_chains", &format!("SUM({column})"))
        }
        ("CloudTrail", "distinct events (by eventID and account)") => events("event_id IS NOT NULL"),
        ("CloudTrail", "distinct events console sign-ins") => events("event_name = 'ConsoleLogin'"),
        ("CloudTrail", "distinct events data events") => events("event_category = 'Data'"),
        ("CloudTrail", "distinct events inside the period") => events(INSIDE),
        ("CloudTrail", "distinct events outside the period") => events(&format!("NOT ({INSIDE})")),
        ("CloudTrail", "distinct events of services in the name of root") => events("user_identity_type = 'Root' AND user_identity_invoked_by IS NOT NULL"),
        ("CloudTrail", "distinct events of the root user") => events("user_identity_type = 'Root' AND user_identity_invoked_by IS NULL"),
        ("CloudTrail", "distinct events readOnly false") => events("read_only = FALSE"),
        ("CloudTrail", "distinct events readOnly true") => events("read_only = TRUE"),
        ("CloudTrail", "distinct events without readOnly") => events("read_only IS NULL"),
        ("CloudTrail", "distinct events with an error code") => events("error_code IS NOT NULL"),
        ("CloudTrail", rest) if rest.starts_with("distinct events in ") => {
            let (account, region) = rest.strip_prefix("distinct events in ")?.split_once(' ')?;
            events(&format!("account_id = '{account}' AND aws_region = '{region}'"))
        }
        ("Config", "snapshot files") => over_files("files", |p| has_parent(p, "ConfigSnapshot")),
        ("Config", "items in snapshots, copies included") => over_files("read", |p| has_parent(p, "ConfigSnapshot")),
        ("Config", "history files") => over_files("files", |p| has_parent(p, "ConfigHistory")),
        ("Config", "items in history files") => over_files("read", |p| has_parent(p, "ConfigHistory")),
        ("Config", "items of the get-resource-config-history answer (all are in the files too)") => {
            over_files("duplicate", |p| p.contains("get-resource-config-history"))
        }
        ("Config", "rows of the select-resource-config answer") => over_files("read", |p| p.contains("select-resource-config")),
        ("Config", "EvaluationResults rows") => over_files("read", |p| p.contains("get-compliance-details")),
        ("Config", "resources at the end of the period, rule results included") => as_of("config_items", "item_id IS NOT NULL"),
        ("Config", "resources deleted in the period") => Ask::Sql {
            table: "config_items_history",
            in_period: true,
            aggregate: "COUNT(DISTINCT CASE WHEN item_status LIKE 'ResourceDeleted%' THEN account_id || ' ' || resource_type || ' ' || resource_id END)".to_owned(),
        },
        ("Config", "distinct item versions in all files") => as_of("config_items_history", "item_status <> 'SelectResult'"),
        ("Config", rest) if rest.starts_with("AWS::") => {
            let kind = rest.strip_suffix(" at the end of the period")?;
            as_of("config_items", &format!("resource_type = '{kind}'"))
        }
        ("Cost", "lines of the superseded assembly of 2026-06 (not to be counted)") => over_files("out_of_scope", |p| p.contains("/acme-cur/")),
        ("Cost", "rows of the FOCUS file of 2026-03") => over_files("read", |p| p.contains("focus")),
        ("Cost", "BilledCost and EffectiveCost USD 2026-03 (FOCUS)") => {
            let sum = |column: &str| format!("SUM(CASE WHEN x_SourceFormat = 'focus' AND charge_month = '2026-03' AND BillingCurrency = 'USD' THEN {column} END)");
            let both = row(&format!("SELECT {} AS b, {} AS e FROM costs", sum("BilledCost"), sum("EffectiveCost")), false);
            assert_eq!(both[0], both[1]);
            Ask::Now(both[0].clone())
        }
        ("Cost", rest) => {
            let (what, month) = rest.rsplit_once(' ')?;
            match what {
                // A line of a commitment becomes two charges, used and unused: lines are those of the file.
                "lines of" => over_files("kept", |p| p.ends_with(".csv.gz") && p.contains(&format!("/{}01-", month.replace('-', "")))),
                "unblended USD" => charges("BilledCost", month, "BillingCurrency = 'USD'"),
                "unblended EUR" => charges("BilledCost", month, "BillingCurrency = 'EUR'"),
                "amortised USD" => charges("EffectiveCost", month, "BillingCurrency = 'USD'"),
                "amortised EUR" => charges("EffectiveCost", month, "BillingCurrency = 'EUR'"),
                "idle public addresses USD" => charges("EffectiveCost", month, "x_UsageType LIKE '%IdleAddress%'"),
                "gp2 storage USD" => charges("EffectiveCost", month, "x_UsageType LIKE '%VolumeUsage.gp2%'"),
                "unattached volumes USD" => charges("EffectiveCost", month, "ResourceId IN ('vol-0ac3e000000000121', 'vol-0ac3e000000000122', 'vol-0ac3e000000000421')"),
                "unused savings plan commitment USD" => charges("EffectiveCost", month, "x_LineItemType = 'SavingsPlanRecurringFee'"),
                "unused reservations USD" => charges("EffectiveCost", month, "x_LineItemType = 'RIFee'"),
                "tax USD" => charges("BilledCost", month, "ChargeCategory = 'Tax' AND BillingCurrency = 'USD'"),
                "credits USD" => charges("BilledCost", month, "ChargeCategory = 'Credit' AND BillingCurrency = 'USD'"),
                "amortised cost of resources lacking a required tag USD" => return Some(Ask::Elsewhere),
                "hourly development instances outside business hours USD" => charges(
                    "EffectiveCost",
                    month,
                    // Dublin is an hour ahead of UTC in these months: 7 to 19 there is 6 to 18 here.
                    "ResourceId IN ('i-0ac3e000000000401', 'i-0ac3e000000000402') AND x_UsageType LIKE '%BoxUsage%' AND (charge_weekday >= 6 OR charge_hour < 6 OR charge_hour >= 18)",
                ),
                _ => return None,
            }
        }
        ("", rest) if rest.starts_with("Files that no reader recognises") => {
            let unknown = "format = 'not recognised' AND (path = 'notes.txt' OR path = 'network-diagram.png')";
            all("input_files", &format!("COUNT(CASE WHEN {unknown} THEN 1 END)"))
        }
        ("Other tools", "findings") => all("third_party_findings", "COUNT(*)"),
        ("Other tools", "open findings") => all("third_party_findings", "COUNT(CASE WHEN is_open THEN 1 END)"),
        ("Backup jobs", "jobs") => all("backup_jobs", "COUNT(*)"),
        ("Engagement", "client controls") => over_files("read", |p| p.ends_with("client-controls.csv")),
        ("Credential report", rest) => {
            let account = rest.strip_prefix("rows of ")?;
            as_of("iam_credentials", &format!("account_id = '{account}'"))
        }
        _ => return None,
    })
}

/// Decimals compare as numbers: 49.5 is 49.500000000000000000.
fn same(a: &str, b: &str) -> bool {
    let plain = |t: &str| if t.contains('.') { t.trim_end_matches('0').trim_end_matches('.').to_owned() } else { t.to_owned() };
    plain(a) == plain(b)
}

#[test]
fn totals_are_those_of_the_key() {
    let mut wrong = Vec::new();
    // One query for each table: every start of the program costs time.
    let mut together: BTreeMap<(&str, bool), Vec<(String, String)>> = BTreeMap::new();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let key = key();
    for name in key.totals.keys() {
        match ask(name) {
            None => wrong.push(format!("{name}: this test does not know how to count it")),
            Some(Ask::Elsewhere) => {}
            Some(Ask::Now(value)) => {
                found.insert(name.clone(), value);
            }
            Some(Ask::Sql { table, in_period, aggregate }) => {
                together.entry((table, in_period)).or_default().push((name.clone(), aggregate))
            }
        }
    }
    for ((table, in_period), asked) in together {
        let columns: Vec<String> = asked.iter().enumerate().map(|(at, (_, aggregate))| format!("{aggregate} AS c{at}")).collect();
        let values = row(&format!("SELECT {} FROM {table}", columns.join(", ")), in_period);
        found.extend(asked.into_iter().map(|(name, _)| name).zip(values));
    }
    for (name, value) in &found {
        if !same(value, &key.totals[name]) {
            wrong.push(format!("{name}: {} expected, {value} found", key.totals[name]));
        }
    }
    assert!(wrong.is_empty(), "{} totals differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(found.len() > 120, "only {} totals were compared", found.len());
}

#[test]
fn money_metrics_add_up_to_the_key() {
    let report = report_json(sample_report());
    let key = key();
    // Exact sums of decimals with at most 12 places, in units of 1e-12.
    let sum = |name: &str| -> f64 {
        ["2026-04", "2026-05", "2026-06"].iter().map(|m| key.totals[&format!("Cost: {name} USD {m}")].parse::<f64>().unwrap()).sum()
    };
    for (metric, expected) in [
        ("cost-eip-idle", sum("idle public addresses")),
        ("cost-ebs-unattached", sum("unattached volumes")),
        ("cost-sp-unused-cost", sum("unused savings plan commitment")),
        ("cost-ri-unused-cost", sum("unused reservations")),
        // Moving to gp3 saves a fifth.
        ("cost-ebs-gp2", sum("gp2 storage") * 0.2),
    ] {
        let values = report["metrics"][metric]["values"].as_array().unwrap_or_else(|| panic!("{metric} is not in the report"));
        let usd = values.iter().find(|v| v["currency"] == "USD").unwrap_or_else(|| panic!("{metric}: {values:?}"));
        let found = usd["raw"].as_f64().unwrap();
        assert!((found - expected).abs() < 1e-6, "{metric}: {expected} expected, {found} found");
    }
}

#[test]
fn the_line_of_counts_names_the_table_behind_the_rows_and_its_unit() {
    let report = report_json(sample_report());
    let printed = documents(sample_report(), "md");
    // Each of these texts names another table first.
    for (id, table, unit) in [
        ("s3-bucket-tls-only", "s3_buckets", "buckets"),
        ("sg-no-open-ssh", "security_groups", "security groups"),
        ("ec2-managed-by-ssm", "ec2_instances", "instances"),
        ("iam-policy-no-admin", "iam_policies", "managed policies"),
        ("event-cross-account-assume", "selected", "selected events"),
    ] {
        let counts = &report["controls"][id]["counts"];
        assert_eq!((counts["table"].as_str(), counts["rows_of"].as_str()), (Some(table), Some(unit)), "{id}");
        let rows = counts["table_rows"].as_u64().unwrap();
        assert!(rows > 1 && rows >= counts["population"].as_u64().unwrap(), "{id}: {counts}");
        let line = format!("`{table}`, {rows} {unit} → population {} →", counts["population"]);
        assert!(printed.contains(&line), "{id}: {line}");
    }
}
