//! Which version of a configuration item counts: notices that a resource is not recorded, results of rules that were
//! closed, and copies.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::harness::{csv, report_json, sixpillars, write};

/// A snapshot of an account's Region, taken at midnight of a day of 2026.
fn snapshot(folder: &Path, region: &str, day: &str, items: &[Value]) {
    let name = format!("config/111122223333_Config_{region}_ConfigSnapshot_{}T000000Z_x.json", day.replace('-', ""));
    let text = json!({"fileVersion": "1.0", "configSnapshotId": day, "configurationItems": items});
    write(folder, &name, text.to_string());
}

fn item(kind: &str, id: &str, region: &str, day: &str, status: &str, configuration: Value) -> Value {
    json!({"configurationItemVersion": "1.3", "configurationItemCaptureTime": format!("{day}T00:00:00.000Z"), "configurationItemStatus": status,
        "configurationStateId": day.replace('-', "").parse::<u64>().unwrap(), "awsAccountId": "111122223333", "awsRegion": region, "resourceType": kind,
        "resourceId": id, "resourceName": id, "ARN": format!("arn:aws:example:{region}:111122223333:{id}"), "tags": {}, "relationships": [],
        "configuration": configuration})
}

fn volume(day: &str, status: &str, encrypted: Option<bool>) -> Value {
    let configuration =
        encrypted.map_or(Value::Null, |encrypted| json!({"encrypted": encrypted, "volumeId": "vol-1", "state": {"value": "in-use"}}));
    item("AWS::EC2::Volume", "vol-1", "eu-west-1", day, status, configuration)
}

fn user(day: &str, status: &str) -> Value {
    let policy = json!({"policyName": "all", "policyDocument": r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#});
    let configuration = if status == "OK" {
        json!({"userName": "ada", "userId": "AIDAEXAMPLE", "path": "/", "userPolicyList": [policy], "attachedManagedPolicies": [], "groupList": []})
    } else {
        Value::Null
    };
    item("AWS::IAM::User", "AIDAEXAMPLE", "global", day, status, configuration)
}

fn rule(day: &str, status: &str, rules: &[(&str, &str)]) -> Value {
    let rules: Vec<Value> = rules.iter().map(|(name, result)| json!({"configRuleName": name, "complianceType": result})).collect();
    let configuration = json!({"targetResourceType": "AWS::EC2::Volume", "targetResourceId": "vol-1", "complianceType": "NON_COMPLIANT", "configRuleList": rules});
    item("AWS::Config::ResourceCompliance", "AWS::EC2::Volume/vol-1", "eu-west-1", day, status, configuration)
}

/// The report on a folder as at the end of June 2026.
#[track_caller]
fn report(folder: &Path) -> (TempDir, Value) {
    write(folder, "engagement.toml", "[engagement]\nclient = \"Acme\"\n\n[period]\nfrom = \"2026-01-01\"\nto = \"2026-06-30\"\n");
    let out = TempDir::new().unwrap();
    let made = out.path().join("report");
    sixpillars(&[OsStr::new("report"), folder.as_os_str(), OsStr::new("--out"), made.as_os_str()]).expect(0);
    let report = report_json(&made);
    (out, report)
}

fn counts(report: &Value, id: &str) -> [u64; 3] {
    ["population", "exceptions", "undetermined"].map(|name| report["controls"][id]["counts"][name].as_u64().unwrap())
}

#[test]
fn a_resource_that_is_not_recorded_any_more_is_undetermined_from_then_on() {
    let folder = TempDir::new().unwrap();
    snapshot(folder.path(), "eu-west-1", "2026-03-01", &[volume("2026-03-01", "OK", Some(false))]);
    snapshot(folder.path(), "eu-west-1", "2026-05-01", &[volume("2026-05-01", "ResourceNotRecorded", None)]);
    let (out, made) = report(folder.path());
    assert_eq!(counts(&made, "ebs-volume-encrypted"), [1, 0, 1]);
    let rows = csv(&out.path().join("report/workpapers/undetermined.csv"));
    let row = rows.iter().find(|row| row["control"] == "ebs-volume-encrypted").unwrap();
    assert!(row["reason"].contains("does not record this resource since 2026-05-01T00:00:00Z"), "{row:?}");

    // Recorded again, it is tested again.
    snapshot(folder.path(), "eu-west-1", "2026-06-01", &[volume("2026-06-01", "OK", Some(false))]);
    assert_eq!(counts(&report(folder.path()).1, "ebs-volume-encrypted"), [1, 1, 0]);
}

#[test]
fn a_resource_deleted_while_it_is_not_recorded_is_gone() {
    let folder = TempDir::new().unwrap();
    snapshot(folder.path(), "eu-west-1", "2026-03-01", &[volume("2026-03-01", "OK", Some(false))]);
    snapshot(folder.path(), "eu-west-1", "2026-04-01", &[volume("2026-04-01", "ResourceNotRecorded", None)]);
    snapshot(folder.path(), "eu-west-1", "2026-05-01", &[volume("2026-05-01", "ResourceDeletedNotRecorded", None)]);
    assert_eq!(counts(&report(folder.path()).1, "ebs-volume-encrypted")[0], 0);
}

#[test]
fn another_regions_recorder_says_nothing_of_a_global_resource_recorded_here() {
    let control = "iam-user-no-direct-policies";
    for (region, wanted) in [("eu-west-1", [1, 1, 0]), ("us-east-1", [1, 0, 1])] {
        let folder = TempDir::new().unwrap();
        snapshot(folder.path(), "us-east-1", "2026-03-01", &[user("2026-03-01", "OK")]);
        snapshot(folder.path(), region, "2026-05-01", &[user("2026-05-01", "ResourceNotRecorded")]);
        assert_eq!(counts(&report(folder.path()).1, control), wanted, "a notice of {region}");
    }
}

#[test]
fn results_of_rules_end_with_their_item_and_with_the_list_that_names_the_rule() {
    let control = "config-rule-noncompliance";
    let folder = TempDir::new().unwrap();
    let both = [("one", "NON_COMPLIANT"), ("two", "NON_COMPLIANT")];
    snapshot(folder.path(), "eu-west-1", "2026-03-01", &[rule("2026-03-01", "OK", &both)]);
    assert_eq!(counts(&report(folder.path()).1, control), [2, 2, 0]);
    snapshot(folder.path(), "eu-west-1", "2026-04-01", &[rule("2026-04-01", "OK", &both[1..])]);
    assert_eq!(counts(&report(folder.path()).1, control), [1, 1, 0]);
    snapshot(folder.path(), "eu-west-1", "2026-05-01", &[rule("2026-05-01", "ResourceDeleted", &[])]);
    assert_eq!(counts(&report(folder.path()).1, control)[..2], [0, 0]);
}

#[test]
fn an_exception_cites_the_newest_file_that_holds_the_version() {
    let folder = TempDir::new().unwrap();
    for day in ["2026-03-31", "2026-06-29", "2026-07-31"] {
        snapshot(folder.path(), "eu-west-1", day, &[volume("2026-02-01", "OK", Some(false))]);
    }
    let (out, made) = report(folder.path());
    assert_eq!(counts(&made, "ebs-volume-encrypted"), [1, 1, 0]);
    let rows = csv(&out.path().join("report/workpapers/exceptions.csv"));
    let row = rows.iter().find(|row| row["control"] == "ebs-volume-encrypted").unwrap();
    let newest = fs::read(folder.path().join("config/111122223333_Config_eu-west-1_ConfigSnapshot_20260629T000000Z_x.json")).unwrap();
    let hash: String = Sha256::digest(newest).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(row["evidence_row"], format!("{hash}:0"));
}
