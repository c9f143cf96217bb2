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
        [("report.html", 4_000_000), ("report.md", 3_000_000), ("report.json", 6_500_000), ("charts/coverage-calendar.svg", 400_000)]
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
    // One line for each account, and the last of all that are not drawn by themselves: no gap is left out.
    let lines = calendar["data"]["rows"].as_array().unwrap();
    assert_eq!((calendar["data"]["more"].as_u64(), lines.len(), lines[39]["label"].as_str()), (Some(0), 40, Some("81 other accounts")));
    // Of 2,000 events in turns of ten, the first 80 accounts have twenty and the others ten: these lack the most days.
    assert_eq!((&lines[0]["label"], &lines[38]["label"]), (&"100000000080, 10 Regions".into(), &"100000000118, 10 Regions".into()));
    assert!(lines.iter().all(|line| line["days"].as_array().unwrap().iter().all(|day| day != "outside")));
    let table = &report["topics"]["coverage/days"]["queries"]["places"]["table"];
    assert_eq!((table["rows"].as_array().unwrap().len(), table["total"].as_u64()), (60, Some(places as u64)));
}

/// 30 accounts of ten Regions, covered every day but for five days of one Region, which no line of a place would show.
#[test]
fn a_gap_in_one_of_three_hundred_places_is_drawn() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    std::fs::create_dir_all(&input).unwrap();
    let mut engagement = String::from("[period]\nfrom = \"2026-04-01\"\nto = \"2026-04-20\"\n\n");
    let mut records = Vec::new();
    for account in 0..30_usize {
        let id = format!("{:012}", 100_000_000_000 + account);
        let regions: Vec<String> = (1..=10).map(|n| format!("\"eu-west-{n}\"")).collect();
        // Two of one name are told apart by their ids.
        let name = if account < 2 { "twin".to_owned() } else { format!("a{account}") };
        let _ = writeln!(engagement, "[[scope.account]]\nid = \"{id}\"\nname = \"{name}\"\nregions = [{}]\n", regions.join(", "));
        for region in 1..=10 {
            for day in (1..=20).filter(|day| !(account == 29 && region == 7 && (8..=12).contains(day))) {
                records.push(format!(
                    r#"{{"eventVersion":"1.10","userIdentity":{{"type":"Root","arn":"arn:aws:iam::x:root"}},"eventTime":"2026-04-{day:02}T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetBucketAcl","awsRegion":"eu-west-{region}","eventID":"{account}-{region}-{day}","readOnly":true,"eventType":"AwsApiCall","recipientAccountId":"{id}"}}"#
                ));
            }
        }
    }
    std::fs::write(input.join("engagement.toml"), engagement).unwrap();
    std::fs::write(input.join("events.json"), format!("{{\"Records\":[{}]}}", records.join(","))).unwrap();
    let out = folder.path().join("out");
    sixpillars(&["report".as_ref(), input.as_os_str(), "--out".as_ref(), out.as_os_str()]).expect(0);
    let report: Value = serde_json::from_slice(&std::fs::read(out.join("report.json")).unwrap()).unwrap();
    let calendar = &report["charts"]["coverage-calendar"];
    assert!(calendar["alt"].as_str().unwrap().contains("5,995 are covered, 5 silent and 0 not delivered"), "{calendar}");
    assert!(calendar["caption"].as_str().unwrap().contains("in any of its Regions"), "{calendar}");
    let lines = calendar["data"]["rows"].as_array().unwrap();
    assert_eq!(lines.len(), 30);
    assert_eq!(
        (&lines[0]["label"], &lines[1]["label"]),
        (&"twin 100000000000, 10 Regions".into(), &"twin 100000000001, 10 Regions".into())
    );
    for (at, line) in lines.iter().enumerate() {
        let states: Vec<&str> = line["days"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let silent = |day: usize| at == 29 && (7..12).contains(&day);
        assert!(states.iter().enumerate().all(|(day, state)| *state == if silent(day) { "silent" } else { "covered" }), "{at}: {states:?}");
        let events = line["events"].as_array().unwrap().iter().filter_map(Value::as_u64).sum::<u64>();
        assert_eq!(events, if at == 29 { 195 } else { 200 });
    }
}
