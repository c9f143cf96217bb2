//! Nothing is concluded from events that are not there unless it is shown that all log files are; and what was not tested,
//! or not exported, is not told as good news.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{log_file, record, report_json, sixpillars, write};

const ENGAGEMENT: &str = "[engagement]\nclient = \"Acme\"\n\n[[scope.account]]\nid = \"111122223333\"\nname = \"acme\"\n";

/// A role made in 2022 that the events of [`record`] do not name.
fn role(folder: &Path) {
    let item = json!({"configurationItemVersion": "1.3", "configurationItemCaptureTime": "2026-05-01T00:00:00.000Z", "configurationItemStatus": "OK",
        "configurationStateId": 1, "awsAccountId": "111122223333", "awsRegion": "global", "resourceType": "AWS::IAM::Role", "resourceId": "AROAEXAMPLE",
        "resourceName": "old", "ARN": "arn:aws:iam::111122223333:role/old", "resourceCreationTime": "2022-01-01T00:00:00.000Z", "tags": {}, "relationships": [],
        "configuration": {"path": "/", "roleName": "old", "roleId": "AROAEXAMPLE", "arn": "arn:aws:iam::111122223333:role/old", "createDate": "2022-01-01T00:00:00.000Z"}});
    let snapshot = json!({"fileVersion": "1.0", "configSnapshotId": "x", "configurationItems": [item]});
    write(folder, "config/111122223333_Config_us-east-1_ConfigSnapshot_20260501T000000Z_x.json", snapshot.to_string());
}

/// A log file of one event, delivered at a minute counted from midnight of a day of May 2026.
fn delivery(folder: &Path, day: u32, minute: u32) {
    let mut event = record((day * 1_440 + minute) as usize, "PutBucketTagging", "aws-cli");
    let (hour, minute) = (minute / 60, minute % 60);
    event["eventTime"] = json!(format!("2026-05-{day:02}T{hour:02}:{minute:02}:00Z"));
    let path = format!(
        "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/05/{day:02}/111122223333_CloudTrail_eu-west-1_202605{day:02}T{hour:02}{minute:02}Z_x.json"
    );
    write(folder, &path, log_file(&[event]));
}

/// The report on what a folder holds.
#[track_caller]
fn report(folder: &Path) -> Value {
    let out = TempDir::new().unwrap();
    let made = out.path().join("report");
    sixpillars(&[OsStr::new("report"), folder.as_os_str(), OsStr::new("--out"), made.as_os_str()]).expect(0);
    report_json(&made)
}

fn result(report: &Value, id: &str) -> (String, u64, u64) {
    let control = &report["controls"][id];
    let count = |name: &str| control["counts"][name].as_u64().unwrap_or_else(|| panic!("{control}"));
    (control["result"].as_str().unwrap().to_owned(), count("exceptions"), count("undetermined"))
}

#[test]
fn logs_of_five_days_do_not_show_that_a_role_was_not_used() {
    let folder = TempDir::new().unwrap();
    let regions = "regions = [\"eu-west-1\", \"us-east-1\"]\n\n[period]\nfrom = \"2026-04-01\"\nto = \"2026-06-30\"\n";
    write(folder.path(), "engagement.toml", format!("{ENGAGEMENT}{regions}"));
    role(folder.path());
    for day in 10..15 {
        delivery(folder.path(), day, 600);
        delivery(folder.path(), day, 605);
    }
    let made = report(folder.path());
    assert_eq!(result(&made, "iam-role-unused"), ("not_tested".to_owned(), 0, 1));
    // Nor that nobody did what no event shows.
    let nothing = result(&made, "event-trail-stopped");
    assert_eq!(nothing, ("not_tested".to_owned(), 0, 0));
}

#[test]
fn log_files_without_a_hole_show_it_and_three_that_are_missing_do_not() {
    let engagement = format!(
        "{ENGAGEMENT}regions = [\"eu-west-1\"]\n\n[period]\nfrom = \"2026-05-04\"\nto = \"2026-05-04\"\n\n[thresholds]\nmax_idle_days = 1\n"
    );
    for (missing, wanted) in [(0..0, ("exceptions_noted", 1, 0)), (700..730, ("not_tested", 0, 1))] {
        let folder = TempDir::new().unwrap();
        write(folder.path(), "engagement.toml", &engagement);
        role(folder.path());
        delivery(folder.path(), 3, 1_430);
        for minute in (0..1_440).step_by(10).filter(|minute| !missing.contains(minute)) {
            delivery(folder.path(), 4, minute);
        }
        for minute in [0, 10, 20] {
            delivery(folder.path(), 5, minute);
        }
        let made = report(folder.path());
        assert_eq!(result(&made, "iam-role-unused"), (wanted.0.to_owned(), wanted.1, wanted.2), "{missing:?}");
    }
}

#[test]
fn nothing_is_said_of_root_where_the_export_does_not_state_who_is() {
    let folder = TempDir::new().unwrap();
    let mut csv = "User name,AWS access key,Event time,Event source,Event name,AWS region,Source IP address,User agent,Error code,Resources,Request ID,Event ID,Read-only,Event type,Recipient Account Id,Event category\n".to_owned();
    for n in 0..206 {
        csv += &format!(
            "root,,2026-05-04T10:{:02}:{:02}Z,ec2.amazonaws.com,DescribeInstances,eu-west-1,192.0.2.7,x,,[],r,e-{n},true,AwsApiCall,111122223333,Management\n",
            n / 60,
            n % 60
        );
    }
    write(folder.path(), "event_history.csv", csv);
    let made = report(folder.path());
    assert_eq!(result(&made, "event-root-activity"), ("not_tested".to_owned(), 0, 206));
    let text = made.to_string();
    assert!(!text.contains("No use of root's credentials is in the records delivered") && !text.contains("0 root users and"));
    assert!(text.contains("Whether root was used is not known. 206 events"));
}

#[test]
fn an_empty_delivery_is_no_good_news() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "engagement.toml", format!("{ENGAGEMENT}\n[period]\nfrom = \"2026-04-01\"\nto = \"2026-06-30\"\n"));
    delivery(folder.path(), 4, 600);
    let made = report(folder.path());
    let favourable: Vec<&String> = made["controls"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, control)| {
            let counts = &control["counts"];
            let decided = counts["population"].as_u64() > counts["undetermined"].as_u64();
            control["result"] == "no_occurrences" || control["result"] == "no_exceptions_noted" && !decided
        })
        .map(|(id, _)| id)
        .collect();
    assert!(favourable.is_empty(), "{favourable:?}");
}

#[test]
fn a_late_event_does_not_cover_its_day() {
    let folder = TempDir::new().unwrap();
    let engagement = format!("{ENGAGEMENT}regions = [\"eu-west-1\"]\n\n[period]\nfrom = \"2026-05-01\"\nto = \"2026-05-05\"\n");
    write(folder.path(), "engagement.toml", engagement);
    // Of 1 and 4 May as usual; the log file of the 5th holds one event of the 3rd as well.
    for day in [1, 4, 5] {
        delivery(folder.path(), day, 600);
    }
    let mut late = record(1, "PutBucketTagging", "aws-cli");
    late["eventTime"] = json!("2026-05-03T10:00:00Z");
    write(
        folder.path(),
        "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/05/05/111122223333_CloudTrail_eu-west-1_20260505T1100Z_y.json",
        log_file(&[late]),
    );
    let store = crate::harness::ingest(folder.path(), &[folder.path()]);
    let sql = "SELECT day, events, state FROM trail_coverage WHERE expected ORDER BY day";
    let arguments =
        [OsStr::new("query"), OsStr::new(sql), OsStr::new("--format"), OsStr::new("csv"), OsStr::new("--store"), store.as_os_str()];
    let found =
        sixpillars(&[&arguments[..], &[OsStr::new("--engagement"), folder.path().join("engagement.toml").as_os_str()]].concat()).expect(0);
    let lines: Vec<&str> = found.out.lines().skip(1).collect();
    assert_eq!(
        lines,
        ["2026-05-01,1,covered", "2026-05-02,0,silent", "2026-05-03,1,silent", "2026-05-04,1,covered", "2026-05-05,1,covered"]
    );
}

#[test]
fn the_last_event_is_not_followed_by_silence_nor_the_first_preceded_by_it() {
    let folder = TempDir::new().unwrap();
    let engagement = format!("{ENGAGEMENT}regions = [\"eu-west-1\"]\n\n[period]\nfrom = \"2026-04-01\"\nto = \"2026-06-30\"\n");
    write(folder.path(), "engagement.toml", engagement);
    delivery(folder.path(), 4, 600);
    let mut stop = record(1, "StopLogging", "aws-cli");
    (stop["eventTime"], stop["eventSource"]) = (json!("2026-05-05T10:00:00Z"), json!("cloudtrail.amazonaws.com"));
    write(
        folder.path(),
        "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/05/05/111122223333_CloudTrail_eu-west-1_20260505T1005Z_y.json",
        log_file(&[stop]),
    );
    let report = report(folder.path());
    let days = &report["topics"]["coverage/days"];
    let said = days["statements"].to_string();
    assert!(said.contains("No event of eu-west-1 later than 2026-05-05 10:00 was delivered."), "{said}");
    // The longest silence is that between the two events, not the weeks before and after them.
    let place = &days["queries"]["places"]["rows"][0];
    let silence = ["silent_from", "silent_until"].map(|key| place[key].as_str().unwrap());
    assert_eq!((silence, place["seconds"].as_i64()), (["2026-05-04 10:00", "2026-05-05 10:00"], Some(86_400)));
}

#[test]
fn days_with_events_and_holes_between_the_log_files_are_not_the_whole_of_them() {
    for (step, wanted) in [(10, "no_occurrences"), (60, "not_tested")] {
        let folder = TempDir::new().unwrap();
        let engagement = format!("{ENGAGEMENT}regions = [\"eu-west-1\"]\n\n[period]\nfrom = \"2026-05-04\"\nto = \"2026-05-04\"\n");
        write(folder.path(), "engagement.toml", engagement);
        for minute in (0..1_440).step_by(step) {
            delivery(folder.path(), 4, minute);
        }
        for minute in [0, 10, 20, 30] {
            delivery(folder.path(), 5, minute);
        }
        let made = report(folder.path());
        let control = &made["controls"]["event-trail-stopped"];
        assert_eq!(control["result"], wanted, "{control}");
        let told = control.to_string().contains("nothing shows that all log files of 1 day with events in 1 account and Region are here");
        assert_eq!(told, step == 60, "{control}");
    }
}

/// A role of another account, made in 2022, that no event names.
fn role_of(folder: &Path, account: &str, name: &str) {
    let arn = format!("arn:aws:iam::{account}:role/{name}");
    let item = json!({"configurationItemVersion": "1.3", "configurationItemCaptureTime": "2026-05-01T00:00:00.000Z", "configurationItemStatus": "OK",
        "configurationStateId": 1, "awsAccountId": account, "awsRegion": "global", "resourceType": "AWS::IAM::Role", "resourceId": format!("AROA{account}"),
        "resourceName": name, "ARN": arn, "resourceCreationTime": "2022-01-01T00:00:00.000Z", "tags": {}, "relationships": [],
        "configuration": {"path": "/", "roleName": name, "arn": arn, "createDate": "2022-01-01T00:00:00.000Z"}});
    let snapshot = json!({"fileVersion": "1.0", "configSnapshotId": name, "configurationItems": [item]});
    write(folder, &format!("config/{account}_Config_us-east-1_ConfigSnapshot_20260501T000000Z_{name}.json"), snapshot.to_string());
}

/// Log files of 4 May 2026 without a hole, of account 111122223333 in one Region, and the engagement of that day.
fn whole_day(folder: &Path, more: &str) {
    let engagement = format!(
        "{ENGAGEMENT}regions = [\"eu-west-1\"]\n{more}\n[period]\nfrom = \"2026-05-04\"\nto = \"2026-05-04\"\n\n[thresholds]\nmax_idle_days = 1\n"
    );
    write(folder, "engagement.toml", engagement);
    delivery(folder, 3, 1_430);
    for minute in (0..1_440).step_by(10) {
        delivery(folder, 4, minute);
    }
    for minute in [0, 10, 20] {
        delivery(folder, 5, minute);
    }
}

#[test]
fn logs_of_one_account_show_nothing_of_another() {
    let folder = TempDir::new().unwrap();
    whole_day(folder.path(), "\n[[scope.account]]\nid = \"444455556666\"\nname = \"other\"\nregions = [\"eu-west-1\"]\n");
    role_of(folder.path(), "111122223333", "old");
    role_of(folder.path(), "444455556666", "far");
    // One role is shown not to have been used; of the other account no log file is here.
    assert_eq!(result(&report(folder.path()), "iam-role-unused"), ("exceptions_noted".to_owned(), 1, 1));
}

#[test]
fn a_role_that_a_service_assumes_is_used() {
    let folder = TempDir::new().unwrap();
    whole_day(folder.path(), "");
    role_of(folder.path(), "111122223333", "function");
    let mut assumed = record(9_999, "AssumeRole", "lambda.amazonaws.com");
    assumed["eventTime"] = json!("2026-05-04T10:00:00Z");
    assumed["eventSource"] = json!("sts.amazonaws.com");
    assumed["userIdentity"] = json!({"type": "AWSService", "invokedBy": "lambda.amazonaws.com"});
    assumed["requestParameters"] = json!({"roleArn": "arn:aws:iam::111122223333:role/function", "roleSessionName": "function"});
    write(
        folder.path(),
        "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/05/04/111122223333_CloudTrail_eu-west-1_20260504T1005Z_y.json",
        log_file(&[assumed]),
    );
    assert_eq!(result(&report(folder.path()), "iam-role-unused"), ("no_exceptions_noted".to_owned(), 0, 0));
}

#[test]
fn log_files_of_a_trail_that_leaves_events_out_do_not_show_that_there_were_none() {
    const ARN: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main";
    for (selectors, wanted) in [("All", 0), ("WriteOnly", 1)] {
        let folder = TempDir::new().unwrap();
        whole_day(folder.path(), "");
        role_of(folder.path(), "111122223333", "old");
        let answer = json!({"TrailARN": ARN, "EventSelectors": [{"ReadWriteType": selectors, "IncludeManagementEvents": true}]});
        write(folder.path(), "trails/get-event-selectors-main.json", answer.to_string());
        assert_eq!(result(&report(folder.path()), "iam-role-unused").2, wanted, "{selectors}");
    }
}

#[test]
fn logs_of_two_hours_and_a_half_show_nobody_dormant() {
    let folder = TempDir::new().unwrap();
    for (n, time) in ["2026-05-04T09:00:00Z", "2026-05-04T10:12:00Z", "2026-05-04T11:37:00Z"].into_iter().enumerate() {
        let mut event = record(n, "ListBuckets", "aws-cli");
        event["eventTime"] = json!(time);
        event["userIdentity"] =
            json!({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ada", "accountId": "111122223333", "userName": "ada"});
        let stamp = time.replace(['-', ':'], "");
        let path =
            format!("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/05/04/111122223333_CloudTrail_eu-west-1_{}Z_x.json", &stamp[..13]);
        write(folder.path(), &path, log_file(&[event]));
    }
    let (outcome, exceptions, undetermined) = result(&report(folder.path()), "event-dormant-principal");
    assert_eq!((outcome.as_str(), exceptions, undetermined), ("not_tested", 0, 2));
}

#[test]
fn nothing_holds_for_accounts_that_nobody_names() {
    let folder = TempDir::new().unwrap();
    let head = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date";
    write(folder.path(), "report.csv", format!("{head}\n"));
    write(folder.path(), "trails.json", "{\"trailList\": []}");
    let made = report(folder.path());
    let favourable: Vec<&String> = made["controls"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, control)| ["no_occurrences", "no_exceptions_noted"].contains(&control["result"].as_str().unwrap()))
        .map(|(id, _)| id)
        .collect();
    assert!(favourable.is_empty(), "{favourable:?}");
}

#[test]
fn a_recorder_that_is_stopped_records_nothing() {
    for (recording, wanted) in [(true, 1), (false, 0)] {
        let folder = TempDir::new().unwrap();
        let input = folder.path().join("in");
        let recorders = json!({"ConfigurationRecorders": [{"name": "default", "roleARN": "arn:aws:iam::111122223333:role/config",
            "recordingGroup": {"allSupported": true, "includeGlobalResourceTypes": true}}]});
        let status = json!({"ConfigurationRecordersStatus": [{"name": "default", "recording": recording, "lastStatus": "SUCCESS"}]});
        write(&input, "config/111122223333/eu-west-1/recorders.json", recorders.to_string());
        write(&input, "config/111122223333/eu-west-1/recorder-status.json", status.to_string());
        let name = "111122223333_Config_eu-west-1_ConfigSnapshot_20260504T101500Z_11111111-2222-3333-4444-000000000001.json";
        let snapshot = json!({"fileVersion": "1.0", "configSnapshotId": "1", "configurationItems": []});
        write(&input, &format!("config/{name}"), snapshot.to_string());
        let store = crate::harness::ingest(folder.path(), &[&input]);
        let sql = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM recorded_types WHERE resource_type = 'AWS::S3::Bucket' AND recorded";
        assert_eq!(crate::harness::number(&store, sql), wanted, "{recording}");
    }
}

#[test]
fn a_recorder_says_what_is_recorded_and_only_a_snapshot_that_nothing_is_there() {
    let folder = TempDir::new().unwrap();
    let recorders = json!({"ConfigurationRecorders": [{"name": "default", "recordingGroup": {"allSupported": true, "includeGlobalResourceTypes": true}}]});
    let status = json!({"ConfigurationRecordersStatus": [{"name": "default", "recording": true, "lastStatus": "SUCCESS"}]});
    write(folder.path(), "111122223333/eu-west-1/describe-configuration-recorders.json", recorders.to_string());
    write(folder.path(), "111122223333/eu-west-1/describe-configuration-recorder-status.json", status.to_string());
    write(folder.path(), "engagement.toml", ENGAGEMENT);
    let made = report(folder.path());
    let controls = made["controls"].as_object().unwrap();
    let about_items = |id: &str| ["s3-", "sg-", "rds-", "sns-", "kms-", "backup-", "guardduty-"].iter().any(|start| id.starts_with(start));
    let decided: Vec<_> = controls.iter().filter(|(id, c)| about_items(id) && c["result"] != "not_tested").map(|(id, _)| id).collect();
    assert!(decided.is_empty(), "{decided:?}");
    let exceptions: Vec<_> = controls.iter().filter(|(_, c)| c["result"] == "exceptions_noted").map(|(id, _)| id).collect();
    assert!(exceptions.is_empty(), "{exceptions:?}");
}

#[test]
fn an_account_without_its_credential_report_is_said_to_have_none() {
    let folder = TempDir::new().unwrap();
    let other = "\n[[scope.account]]\nid = \"444455556666\"\nname = \"other\"\n\n[period]\nfrom = \"2026-05-01\"\nto = \"2026-05-31\"\n";
    write(folder.path(), "engagement.toml", format!("{ENGAGEMENT}{other}"));
    let head = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date";
    let root = "<root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00+00:00,not_supported,no_information,not_supported,true,false,N/A,N/A,false,N/A,N/A";
    write(folder.path(), "status_reports_2026-05-31T10_00_00+00_00.csv", format!("{head}\n{root}\n"));
    let made = report(folder.path());
    let control = &made["controls"]["iam-root-mfa"];
    assert_eq!((&control["result"], &control["extent"]), (&json!("no_exceptions_noted"), &json!("partial")));
    assert!(control["extent_reasons"].to_string().contains("444455556666"), "{control}");
}
