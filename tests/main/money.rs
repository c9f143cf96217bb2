//! Charges end to end: which delivery counts, what is refused, and how tags and shares are told.

use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::io::Write as _;
use tempfile::TempDir;

use crate::harness::{ingest, manifest, query, report_json, sixpillars, write};

const HEADER: &str = "identity/LineItemId,bill/InvoiceId,bill/PayerAccountId,bill/BillingPeriodStartDate,bill/BillingPeriodEndDate,lineItem/UsageAccountId,\
    lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageType,lineItem/ResourceId,\
    lineItem/CurrencyCode,lineItem/UnblendedCost";

/// A line of usage on a day of May 2024; `id` is what the delivery calls it.
fn line(id: &str, invoice: &str, day: u32, resource: &str, cost: &str) -> String {
    format!(
        "{id},{invoice},111122223333,2024-05-01T00:00:00Z,2024-06-01T00:00:00Z,444455556666,Usage,2024-05-{day:02}T00:00:00Z,\
         2024-05-{day:02}T01:00:00Z,AmazonEC2,BoxUsage:m5.large,{resource},USD,{cost}\n"
    )
}

/// A delivery of May up to a day: its lines have ids of their own.
fn delivery(name: &str, invoice: &str, days: u32) -> String {
    let lines = (1..=days).map(|day| line(&format!("{name}-{day}"), invoice, day, "i-0a", "10"));
    format!("{HEADER}\n{}", lines.collect::<String>())
}

fn report(folder: &Path, input: &Path) -> Value {
    let out = folder.join("report");
    let arguments = ["report", "--from", "2024-05-01", "--to", "2024-05-31", "--out"].map(std::ffi::OsStr::new);
    let run = sixpillars(&[&arguments[..], &[out.as_os_str(), input.as_os_str()]].concat());
    assert!([0, 3].contains(&run.code), "{}", run.err);
    report_json(&out)
}

fn effective(store: &Path) -> Vec<String> {
    let rows = query(store, "SELECT CAST(SUM(EffectiveCost) AS VARCHAR) AS sum FROM cost_daily");
    rows.into_iter().flat_map(|row| row.into_values()).map(|v| v.as_str().unwrap_or("").to_owned()).collect()
}

/// The texts of all statements of the chapter on cost.
fn statements(report: &Value) -> String {
    let topics = report["topics"].as_object().unwrap().iter().filter(|(id, _)| id.starts_with("cost/"));
    let all = topics.flat_map(|(_, topic)| topic["statements"].as_array().unwrap());
    all.map(|s| format!("{}: {}\n", s["title"].as_str().unwrap_or(""), s["text"].as_str().unwrap())).collect()
}

#[test]
fn a_delivery_is_one_wherever_its_copies_lie() {
    let text = delivery("a", "", 31);
    let zip = crate::containers::zipped([("may.csv", text.as_bytes())]);
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    write(&input, "a/may.csv", &text);
    write(&input, "b/may.csv.gz", crate::harness::gzip(text.as_bytes()));
    write(&input, "b/may.zip", &zip);
    let store = ingest(folder.path(), &[&input]);
    assert_eq!(effective(&store), ["310.000000000000000000"]);

    // A third folder states the month otherwise: nothing says which counts, and every file is named.
    write(&input, "c/may.csv", delivery("c", "", 31).replacen(",10\n", ",11\n", 1));
    let second = TempDir::new().unwrap();
    let store = ingest(second.path(), &[&input]);
    assert_eq!(query(&store, "SELECT COUNT(*) AS n FROM cost_daily")[0]["n"], 0);
    let reason = "nothing says which of these files states the charges of 2024-05: a/may.csv, b/may.csv.gz, b/may.zip!/may.csv, c/may.csv";
    let manifest = manifest(&store);
    let files = manifest["files"].as_object().unwrap().values();
    assert_eq!(files.filter(|file| file["out_of_scope_reason"] == reason).count(), 2, "one content and the other");
}

#[test]
fn a_delivery_and_its_packed_copy_are_one() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    let text = delivery("a", "", 31);
    write(&input, "may.csv", text.clone());
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    write(&input, "may.csv.gz", packed.finish().unwrap());
    let store = ingest(folder.path(), &[&input]);
    assert_eq!(query(&store, "SELECT SUM(charge_rows) AS n FROM cost_daily")[0]["n"], 31);
    let sum = |what: &str| manifest(&store)["files"].as_object().unwrap().values().map(|f| f[what].as_u64().unwrap()).sum::<u64>();
    // One file with two paths, or two files of which one is a copy: either way 31 lines count.
    assert_eq!(sum("kept"), 31);
    assert_eq!(sum("read"), sum("kept") + sum("duplicate") + sum("out_of_scope") + sum("rejected"));
    let report = report(folder.path(), &input);
    assert_eq!(report["metrics"]["cost-total-effective"]["values"][0]["raw"], 310.0);
}

#[test]
fn deliveries_that_lost_their_folders_leave_the_month_undetermined_and_are_named() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    for (n, days) in [(1, 7), (2, 14), (3, 21), (4, 28), (5, 31)] {
        write(&input, &format!("delivery-{n}.csv"), delivery(&format!("d{n}"), "", days));
    }
    let store = ingest(folder.path(), &[&input]);
    assert_eq!(effective(&store), [""], "no sum of five deliveries");
    let report = report(folder.path(), &input);
    let metric = &report["metrics"]["cost-total-effective"];
    assert_eq!((&metric["values"], &metric["extent"]), (&Value::Array(Vec::new()), &Value::from("none")));
    assert!(metric["reasons"][0].as_str().unwrap().contains("delivery-3.csv"), "{metric}");
    let said = statements(&report);
    assert!(said.contains("Costs of 2024-05 are not determined"), "{said}");
    for n in 1..=5 {
        assert!(said.contains(&format!("delivery-{n}.csv")), "{said}");
    }
}

#[test]
fn the_delivery_with_invoices_is_the_final_one() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    write(&input, "2024-05-not-final.csv", delivery("a", "", 31));
    // Restated: other ids, and one cost is another.
    write(&input, "2024-05.csv", delivery("b", "987654321", 30) + &line("b-31", "987654321", 31, "i-0a", "11"));
    let report = report(folder.path(), &input);
    assert_eq!(report["metrics"]["cost-total-effective"]["values"][0]["raw"], 311.0);
    assert!(statements(&report).contains("2024-05-not-final.csv names no invoice and is left out"), "{}", statements(&report));
}

#[test]
fn line_item_ids_alone_decide_nothing() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    // Two parts of one delivery whose ids happen to repeat, as ids of other deliveries do.
    let part =
        |resource: &str| format!("{HEADER}\n{}", (1..=31).map(|d| line(&format!("x-{d}"), "", d, resource, "10")).collect::<String>());
    write(&input, "may-1.csv", part("i-0a"));
    write(&input, "may-2.csv", part("i-0b"));
    let report = report(folder.path(), &input);
    assert_eq!(report["metrics"]["cost-total-effective"]["values"][0]["raw"], 620.0);
}

#[test]
fn the_last_day_of_the_charges_is_told() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    write(&input, "may.csv", delivery("a", "", 31));
    let report = report(folder.path(), &input);
    let lines = report["topics"]["cost/charges"]["queries"]["lines"]["rows"].as_array().unwrap();
    let days: Vec<[&str; 2]> = lines.iter().map(|l| [l["billing_month"].as_str().unwrap(), l["last_charge"].as_str().unwrap()]).collect();
    assert_eq!(days, [["2024-05", "2024-05-31"]]);
}

/// What the section on tags says of a required tag `Owner`, with a header of the export's own.
fn owner_in(header: &str) -> String {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    let names = if header.starts_with("resource_tags_") {
        "bill_payer_account_id,bill_billing_period_start_date,line_item_usage_account_id,line_item_line_item_type,line_item_usage_start_date,line_item_usage_end_date,line_item_product_code,line_item_currency_code,line_item_unblended_cost"
    } else {
        "bill/PayerAccountId,bill/BillingPeriodStartDate,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/CurrencyCode,lineItem/UnblendedCost"
    };
    let line = "111122223333,2024-05-01T00:00:00Z,444455556666,Usage,2024-05-01T00:00:00Z,2024-05-01T01:00:00Z,AmazonEC2,USD,10,ada\n";
    write(&input, "may.csv", format!("{names},{header}\n{line}"));
    write(&input, "engagement.toml", "[scope]\nrequired_tags = [\"Owner\"]\n");
    let report = report(folder.path(), &input);
    let value = report["metrics"]["cost-allocation-coverage"]["values"][0]["text"].as_str().unwrap_or("none").to_owned();
    format!("{value}\n{}", statements(&report))
}

#[test]
fn tag_keys_are_compared_with_their_case_where_the_export_kept_it() {
    let exact = owner_in("resourceTags/user:Owner");
    assert!(exact.starts_with("100 %") && !exact.contains("Owner"), "{exact}");
    let other = owner_in("resourceTags/user:owner");
    assert!(other.starts_with("0 %") && other.contains("Required tag Owner: not found; a key of other case exists: owner."), "{other}");
    let folded = owner_in("resource_tags_user_owner");
    assert!(folded.starts_with("100 %") && folded.contains("The export lost the case of its tag keys"), "{folded}");
}
