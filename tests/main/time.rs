//! The period, and what is said where nothing states a time.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Run, documents, sixpillars};

const EVENT: &str = r#"{"Records":[{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/u","accountId":"111122223333","userName":"u"},"eventTime":"2026-09-18T10:00:00Z","awsRegion":"eu-west-1","eventSource":"ec2.amazonaws.com","eventName":"RunInstances","eventID":"1","requestParameters":null,"readOnly":false,"recipientAccountId":"111122223333"}]}"#;
const CREDENTIALS: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date\n\
    ada,arn:aws:iam::111122223333:user/ada,2020-01-01T00:00:00+00:00,false,N/A,N/A,true,true,2026-08-01T00:00:00+00:00,2026-09-17T00:00:00+00:00,false,N/A,N/A\n";

fn snapshot() -> String {
    let item = r#"{"configurationItemVersion":"1.3","configurationItemCaptureTime":"2026-09-30T00:00:00.000Z","configurationItemStatus":"OK","configurationStateId":1,"awsAccountId":"111122223333","awsRegion":"eu-west-1","resourceType":"AWS::EC2::Volume","resourceId":"vol-1","tags":{},"relationships":[],"configuration":{"encrypted":false,"volumeId":"vol-1","state":{"value":"in-use"}}}"#;
    format!(r#"{{"fileVersion":"1.0","configSnapshotId":"s","configurationItems":[{item}]}}"#)
}

fn report(folder: &Path, flags: &[&str]) -> (Run, Value) {
    let out = folder.join("out");
    let input = folder.join("in");
    let mut arguments = vec![OsStr::new("report"), input.as_os_str(), OsStr::new("--force"), OsStr::new("-o"), out.as_os_str()];
    arguments.extend(flags.iter().map(OsStr::new));
    let run = sixpillars(&arguments);
    let text = fs::read(out.join("report.json")).unwrap_or_else(|_| panic!("{}", run.err));
    (run, serde_json::from_slice(&text).unwrap())
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join("in").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn an_event_and_a_later_snapshot_are_both_in_a_period_that_nobody_stated() {
    let snapshot = snapshot();
    let folder = folder(&[("events.json", EVENT), ("111122223333_Config_eu-west-1_ConfigSnapshot_20260930T000000Z_x.json", &snapshot)]);
    let (run, report) = report(folder.path(), &[]);
    run.expect(0);
    assert_eq!((&report["cover"]["period_from"], &report["cover"]["period_to"]), (&"2026-09-18".into(), &"2026-09-30".into()));
    assert_eq!(report["controls"]["ebs-volume-encrypted"]["counts"]["population"], 1);
    assert_eq!(report["cover"]["period_unmet"], "");
}

#[test]
fn a_credential_report_without_a_time_makes_no_period() {
    let folder = folder(&[("credential-report.csv", CREDENTIALS)]);
    let (run, report) = report(folder.path(), &[]);
    run.expect(0);
    for name in ["report.json", "report.md", "report.html", "annex.md", "annex.html"] {
        let text = fs::read_to_string(folder.path().join("out").join(name)).unwrap();
        // With the hyphen: the digits alone stand in hashes now and then.
        assert!(!text.contains("1970-") && !text.contains("1990-01"), "{name} names a year that nothing states");
    }
    let markdown = documents(&folder.path().join("out"), "md");
    assert!(markdown.contains("**Period:** not determined"));
    // The key was made 47 days before the latest time of the report: nobody knows its age today.
    assert_eq!(report["controls"]["iam-access-key-rotation"]["counts"]["undetermined"], 1);
}

#[test]
fn a_credential_report_with_its_time_is_a_period_of_its_day() {
    let folder = folder(&[("status_reports_2026-09-18T10_00_00+00_00.csv", CREDENTIALS)]);
    let (run, report) = report(folder.path(), &[]);
    run.expect(0);
    assert_eq!((&report["cover"]["period_from"], &report["cover"]["period_to"]), (&"2026-09-18".into(), &"2026-09-18".into()));
    assert_eq!(report["controls"]["iam-access-key-rotation"]["counts"]["exceptions"], 0);
    assert_eq!(report["controls"]["iam-access-key-rotation"]["counts"]["undetermined"], 0);
}

#[test]
fn a_period_that_the_records_do_not_meet_is_said_first_and_exits_3() {
    let folder = folder(&[("events.json", EVENT)]);
    let (run, report) = report(folder.path(), &["--from", "2026-04-01", "--to", "2026-06-30"]);
    run.expect(3).says(&["No record delivered lies in the period stated, 2026-04-01 to 2026-06-30", "help:"]);
    assert!(report["cover"]["period_unmet"].as_str().unwrap().contains("2026-09-18"));
    let markdown = documents(&folder.path().join("out"), "md");
    let (unmet, purpose) = (markdown.find("Period and evidence do not meet").unwrap(), markdown.find("This report states").unwrap());
    assert!(unmet < purpose);
    let summary = markdown.split("## 1 Management summary").nth(1).unwrap();
    assert!(
        summary.contains("- **Period and evidence do not meet.** No record delivered lies in the period stated"),
        "in the summary, too"
    );
}

#[test]
fn events_that_all_miss_the_period_are_said_though_configuration_meets_it() {
    let snapshot = snapshot();
    let folder = folder(&[("events.json", EVENT), ("111122223333_Config_eu-west-1_ConfigSnapshot_20260930T000000Z_x.json", &snapshot)]);
    let (run, _) = report(folder.path(), &["--from", "2026-09-20", "--to", "2026-09-30"]);
    run.expect(3).says(&["No event delivered lies in the period stated"]);
    let (run, _) = report(folder.path(), &["--from", "2026-09-01", "--to", "2026-09-30"]);
    run.expect(0);
}

#[test]
fn the_engagement_that_init_writes_hides_no_data() {
    let folder = folder(&[("events.json", EVENT)]);
    let file = folder.path().join("in/engagement.toml");
    sixpillars(&[OsStr::new("init"), file.as_os_str()]).expect(0);
    let (run, report) = report(folder.path(), &[]);
    run.expect(0);
    assert_eq!((&report["cover"]["period_from"], &report["cover"]["period_to"]), (&"2026-09-18".into(), &"2026-09-18".into()));
}
