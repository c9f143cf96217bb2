//! Sentences of a report say what the evidence carries and no more.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{documents, log_file, realdata, record, report_json, sample_report, sixpillars, write};

/// The report on what a folder holds: its data, and its text.
#[track_caller]
fn report(folder: &Path) -> (Value, String) {
    let out = TempDir::new().unwrap();
    let made = out.path().join("report");
    sixpillars(&[OsStr::new("report"), folder.as_os_str(), OsStr::new("--out"), made.as_os_str()]);
    (report_json(&made), documents(&made, "md"))
}

fn log(folder: &Path, events: &[Value]) {
    let name = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/05/04/111122223333_CloudTrail_eu-west-1_20260504T1005Z_x.json";
    write(folder, name, log_file(events));
}

/// The text between two headings or marks.
fn part<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("no {from:?}"));
    rest.split_once(to).map_or(rest, |(part, _)| part)
}

#[test]
fn an_exception_over_events_names_an_actor_and_one_of_configuration_a_resource() {
    let text = documents(sample_report(), "md");
    let head = |id: &str| part(&text, &format!("<!--sixpillars:table exceptions-{id}-->"), "|---").trim().to_owned();
    assert!(head("event-guardduty-disabled").starts_with("| Actor | Where | Time | Exception"), "{}", head("event-guardduty-disabled"));
    assert!(head("s3-bucket-versioning").starts_with("| Resource | Where | Exception"), "{}", head("s3-bucket-versioning"));
}

#[test]
fn the_line_below_an_altered_log_file_opens_that_file() {
    let report = report_json(sample_report());
    let exception = &report["controls"]["event-log-file-digest-gap"]["exceptions"][0];
    // The answer key: a log file of 24 June was altered.
    assert!(exception.to_string().contains("_CloudTrail_eu-west-1_20260624T2359Z_"), "{exception}");
}

#[test]
fn one_is_one_and_not_more() {
    let folder = TempDir::new().unwrap();
    let mut stop = record(1, "StopLogging", "aws-cli");
    stop["eventSource"] = json!("cloudtrail.amazonaws.com");
    stop["requestParameters"] = json!({"name": "main"});
    log(folder.path(), &[stop]);
    let (made, text) = report(folder.path());
    assert_eq!(made["controls"]["event-trail-stopped"]["counts"]["exceptions"], 1);
    let summary = part(&text, "## 1 Management summary", "## 2 ");
    for says in [
        "- **1** control with exceptions *1 of critical or high severity*",
        "- **1** exception\n",
        "- **1** event in the period",
        "- **1** account seen",
    ] {
        assert!(summary.contains(says), "{says}\n{summary}");
    }
}

#[test]
fn one_kind_of_record_is_compared_with_no_other_and_no_day_is_expected_of_nobody() {
    let folder = TempDir::new().unwrap();
    log(folder.path(), &[record(1, "DescribeInstances", "aws-cli")]);
    let (_, text) = report(folder.path());
    let compared = part(&text, "### Cross-source reconciliation", "\n## ");
    assert!(compared.contains("Not tested: one kind of record was delivered, so there is nothing to compare."), "{compared}");
    assert!(text.contains("1 account and Region by 1 day. Which days to expect is not known."));
    assert!(text.contains("| IAM credential reports | 111122223333 | all | not received |"));
    // No configuration was delivered, and no list of emergency roles: nothing is said of either.
    assert!(text.contains("- **Configuration as at:** 2026-05-04; no AWS Config item was delivered"));
    assert!(text.contains("[event-break-glass-used](#event-break-glass-used) (not drawn)"));
    assert!(!text.contains("Uses of the emergency roles: none"));
}

#[test]
fn configuration_is_as_at_a_date_as_far_as_it_was_delivered() {
    let folder = TempDir::new().unwrap();
    let engagement = "[engagement]\nclient = \"Acme\"\n\n[examination]\ntype = 2\n\n[period]\nfrom = \"2026-04-01\"\nto = \"2026-06-30\"\n";
    write(folder.path(), "engagement.toml", engagement.replace("[examination]\ntype = 2\n\n", ""));
    let item = json!({"configurationItemVersion": "1.3", "configurationItemCaptureTime": "2026-03-01T00:00:00.000Z", "configurationItemStatus": "OK",
        "configurationStateId": 1, "awsAccountId": "111122223333", "awsRegion": "eu-west-1", "resourceType": "AWS::EC2::Volume", "resourceId": "vol-1",
        "ARN": "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1", "tags": {}, "relationships": [], "configuration": {"encrypted": true}});
    let snapshot = |day: &str| json!({"fileVersion": "1.0", "configSnapshotId": day, "configurationItems": [item]}).to_string();
    let name = |day: &str| format!("config/111122223333_Config_eu-west-1_ConfigSnapshot_{day}T120000Z_x.json");
    write(folder.path(), &name("20260501"), snapshot("1"));
    let (_, text) = report(folder.path());
    assert!(text.contains("- **Configuration as at:** 2026-06-30; the newest configuration delivered is of 2026-05-01"));
    write(folder.path(), &name("20260630"), snapshot("2"));
    let (_, text) = report(folder.path());
    assert!(text.contains("- **Configuration as at:** 2026-06-30\n"));
}

const MAIN: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main";

fn trails(folder: &Path, status: Value, selectors: Value) -> (Value, String) {
    let described = json!({"trailList": [{"Name": "main", "TrailARN": MAIN, "HomeRegion": "eu-west-1", "S3BucketName": "logs", "IsMultiRegionTrail": true,
        "IncludeGlobalServiceEvents": true, "LogFileValidationEnabled": true, "IsOrganizationTrail": false, "HasCustomEventSelectors": true}]});
    write(folder, "111122223333/eu-west-1/describe-trails.json", described.to_string());
    write(folder, "111122223333/eu-west-1/get-trail-status-main.json", status.to_string());
    write(folder, "111122223333/eu-west-1/get-event-selectors-main.json", selectors.to_string());
    log(folder, &[record(1, "DescribeInstances", "aws-cli")]);
    report(folder)
}

#[test]
fn a_trail_that_is_stopped_fails_or_leaves_events_out_is_no_trail_that_records() {
    let on = || json!({"IsLogging": true, "LatestDeliveryTime": "2026-05-04T10:00:00Z", "StartLoggingTime": "2024-01-01T00:00:00Z"});
    let all = || json!({"TrailARN": MAIN, "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true}]});
    let stopped = json!({"IsLogging": false, "StopLoggingTime": "2026-05-04T09:00:00Z"});
    let failing = json!({"IsLogging": true, "LatestDeliveryError": "NoSuchBucket"});
    let data = json!({"TrailARN": MAIN, "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": false,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}]});
    for (status, selectors, wanted, says) in [
        (on(), all(), 0, "1 set up for every Region and global services"),
        (stopped, all(), 1, "**Not logging.** main."),
        (failing, all(), 1, "**Last delivery failed.** main (NoSuchBucket)."),
        (
            on(),
            data,
            1,
            "**Management events left out.** main of 111122223333 records no read management events and no write management events.",
        ),
    ] {
        let folder = TempDir::new().unwrap();
        let (made, text) = trails(folder.path(), status, selectors);
        let counts = &made["controls"]["cloudtrail-multi-region"]["counts"];
        assert_eq!(
            (&counts["population"], &counts["exceptions"], &counts["undetermined"]),
            (&json!(1), &json!(wanted), &json!(0)),
            "{says}"
        );
        assert!(part(&text, "\n### Trails", "\n### ").contains(says), "{says}");
    }
}

#[test]
fn sentences_that_were_false_are_in_no_report() {
    let mut texts = vec![("the sample".to_owned(), documents(sample_report(), "md"))];
    for set in [
        "cloudtrail/stratus/docs/detonation-logs",
        "config/grace-config-differ",
        "cost/koku",
        "posture/credential-report",
        "cloudtrail/panther-ndjson",
    ] {
        if let Some(folder) = realdata(set) {
            texts.push((set.to_owned(), report(&folder).1));
        }
    }
    for (set, text) in &texts {
        // Procedures and texts of SQL say what would be printed.
        let body = text.split("\n## A ").next().unwrap();
        for phrase in [
            "is what the invoices say",
            "mostly support.amazonaws.com",
            "control show exceptions",
            "0 federated people and",
            ": 0 of 0",
            "not delivered: request_parameters",
            "not supplied: request_parameters",
            "report_of_period_end",
            " 1 exceptions",
            "**1** controls with",
            "as a range: 4",
            "called Logstash",
        ] {
            let at = body.find(phrase).map(|at| body[..at].rsplit('\n').next().unwrap_or_default().to_owned());
            assert_eq!(at, None, "{set}: {phrase}");
        }
    }
}
