//! A client with very many accounts and Regions: the report stays one that a browser opens, and says what it leaves out.

use std::fmt::Write as _;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::sixpillars;

/// Accounts of the engagement, each with ten Regions: more than any table or drawing prints.
const ACCOUNTS: usize = 120;

#[test]
fn a_client_of_very_many_regions_gets_a_report_of_ordinary_size() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    std::fs::create_dir_all(&input).unwrap();
    let mut engagement = String::from("[period]\nfrom = \"2026-04-01\"\nto = \"2026-06-30\"\n\n");
    let regions: Vec<String> = (1..=10).map(|n| format!("\"eu-west-{n}\"")).collect();
    for n in 0..ACCOUNTS {
        let _ = writeln!(
            engagement,
            "[[scope.account]]\nid = \"{:012}\"\nregions = [{}]\n",
            100_000_000_000_u64 + n as u64,
            regions.join(", ")
        );
    }
    std::fs::write(input.join("engagement.toml"), engagement).unwrap();
    let mut records = Vec::new();
    for n in 0..2_000_usize {
        records.push(format!(
            r#"{{"eventVersion":"1.10","userIdentity":{{"type":"Root","arn":"arn:aws:iam::x:root"}},"eventTime":"2026-05-{:02}T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetBucketAcl","awsRegion":"eu-west-{}","eventID":"{n}","readOnly":true,"eventType":"AwsApiCall","recipientAccountId":"{:012}"}}"#,
            1 + n % 28,
            1 + n % 10,
            100_000_000_000_usize + n / 10 % ACCOUNTS,
        ));
    }
    std::fs::write(input.join("events.json"), format!("{{\"Records\":[{}]}}", records.join(","))).unwrap();
    let out = folder.path().join("out");
    sixpillars(&["report".as_ref(), input.as_os_str(), "--out".as_ref(), out.as_os_str()]).expect(0);
    for (name, most) in
        [("report.html", 4_000_000), ("report.md", 3_000_000), ("report.json", 6_000_000), ("charts/coverage-calendar.svg", 400_000)]
    {
        let size = std::fs::metadata(out.join(name)).unwrap().len();
        assert!(size < most, "{name}: {size} bytes");
    }
    let report: Value = serde_json::from_slice(&std::fs::read(out.join("report.json")).unwrap()).unwrap();
    let calendar = &report["charts"]["coverage-calendar"];
    let places = ACCOUNTS * 10;
    // What is cut is said, with where the whole stands; and the numbers are those of the whole.
    assert!(calendar["caption"].as_str().unwrap().contains("evidence/derived/trail_coverage.parquet"), "{calendar}");
    assert!(calendar["alt"].as_str().unwrap().starts_with("1,200 accounts and Regions by 91 days"), "{calendar}");
    assert!(out.join("evidence/derived/trail_coverage.parquet").is_file());
    let data = calendar["data"].to_string();
    assert!(data.contains(&format!("\"more\":{}", places - 40)), "{}", &data[..200]);
    assert!(std::fs::read_to_string(out.join("charts/coverage-calendar.svg")).unwrap().contains("1,160"));
    let table = &report["topics"]["coverage/days"]["queries"]["places"]["table"];
    assert_eq!((table["rows"].as_array().unwrap().len(), table["total"].as_u64()), (60, Some(places as u64)));
}
