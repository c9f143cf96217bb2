//! Public traces of attacks are named by a control, however they are delivered; honest work is not named as one; and from when
//! on a burst is an exception is the engagement's to say.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{csv, log_file, realdata, record, report_json, sixpillars, write};

/// What each trace of `stratus` is named by. The file's name is the attack.
const STRATUS: [(&str, &str); 35] = [
    ("aws.credential-access.ec2-get-password-data", "event-password-data-read"),
    ("aws.credential-access.ec2-steal-instance-credentials", "event-instance-credentials-shared"),
    ("aws.credential-access.secretsmanager-batch-retrieve-secrets", "event-secrets-read-unnamed"),
    ("aws.credential-access.secretsmanager-retrieve-secrets", "event-secret-read-burst"),
    ("aws.credential-access.ssm-retrieve-securestring-parameters", "event-secret-read-burst"),
    ("aws.defense-evasion.cloudtrail-delete", "event-trail-stopped"),
    ("aws.defense-evasion.cloudtrail-event-selectors", "event-trail-stopped"),
    ("aws.defense-evasion.cloudtrail-stop", "event-trail-stopped"),
    ("aws.defense-evasion.dns-delete-logs", "event-dns-logs-deleted"),
    ("aws.defense-evasion.organizations-leave", "event-leave-organization"),
    ("aws.defense-evasion.vpc-remove-flow-logs", "event-flow-logs-deleted"),
    ("aws.discovery.ec2-download-user-data", "event-user-data-read"),
    ("aws.execution.ec2-launch-unusual-instances", "event-instances-burst"),
    ("aws.execution.ec2-user-data", "event-userdata-changed"),
    ("aws.execution.ssm-send-command", "event-host-command-by-hand"),
    ("aws.execution.ssm-start-session", "event-host-session-burst"),
    ("aws.exfiltration.ec2-security-group-open-port-22-ingress", "event-sg-opened-to-world"),
    ("aws.exfiltration.ec2-share-ami", "event-snapshot-shared"),
    ("aws.exfiltration.ec2-share-ebs-snapshot", "event-snapshot-shared"),
    ("aws.exfiltration.rds-share-snapshot", "event-snapshot-shared"),
    ("aws.impact.bedrock-invoke-model", "event-model-new-caller"),
    ("aws.initial-access.console-login-without-mfa", "event-console-login-no-mfa"),
    ("aws.lateral-movement.ec2-instance-connect", "event-host-session-burst"),
    ("aws.lateral-movement.ec2-serial-console-send-ssh-public-key", "event-serial-console-used"),
    ("aws.persistence.iam-backdoor-role", "event-role-trust-changed"),
    ("aws.persistence.iam-backdoor-user", "event-access-key-created"),
    ("aws.persistence.iam-create-admin-user", "event-admin-policy-attached"),
    ("aws.persistence.iam-create-backdoor-role", "event-role-trust-changed"),
    ("aws.persistence.iam-create-user-login-profile", "event-login-profile-created"),
    ("aws.persistence.lambda-backdoor-function", "event-lambda-public-policy"),
    ("aws.persistence.lambda-layer-extension", "event-lambda-code-changed-by-human"),
    ("aws.persistence.lambda-overwrite-code", "event-lambda-code-changed-by-human"),
    ("aws.persistence.rolesanywhere-create-trust-anchor", "event-roles-anywhere-changed"),
    ("aws.persistence.sts-federation-token", "event-federation-token"),
    ("aws.privilege-escalation.iam-update-user-login-profile", "event-login-profile-created"),
];

/// Of the traces of `sequence-benchmark` those of other attacks.
const SEQUENCES: [(&str, &str); 4] = [
    ("aws_defense-evasion_cloudtrail-lifecycle-rule", "event-log-bucket-expiry"),
    ("aws_defense-evasion_dns-delete-logs", "event-dns-logs-deleted"),
    ("aws_discovery_ses-enumerate", "event-ses-abuse"),
    ("aws_lateral-movement_ec2-serial-console-send-ssh-public-key", "event-serial-console-used"),
];

/// Severity and id of the controls with exceptions in a report on one file or folder.
#[track_caller]
fn noted(input: &Path) -> BTreeSet<(String, String)> {
    let out = TempDir::new().unwrap();
    let made = out.path().join("report");
    let arguments = [OsStr::new("report"), input.as_os_str(), OsStr::new("--out"), made.as_os_str(), OsStr::new("--no-engagement")];
    sixpillars(&arguments).expect(0);
    let rows = csv(&made.join("workpapers/exceptions.csv"));
    rows.into_iter().map(|row| (row["severity"].clone(), row["control"].clone())).collect()
}

/// The records of a trace.
fn records(path: &Path) -> Vec<Value> {
    match serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap() {
        Value::Array(records) => records,
        mut object => object["Records"].as_array_mut().map(std::mem::take).unwrap(),
    }
}

/// A trace as the console prints it: indented, and the parameters of each record as the text of a document.
fn printed_otherwise(records: &[Value]) -> Vec<u8> {
    let mut records = records.to_vec();
    for record in &mut records {
        for part in ["requestParameters", "responseElements"] {
            if record[part].is_object() {
                record[part] = Value::String(serde_json::to_string_pretty(&record[part]).unwrap());
            }
        }
    }
    serde_json::to_vec_pretty(&json!({"Records": records})).unwrap()
}

#[track_caller]
fn named(path: &Path, control: &str) {
    let has = |noted: &BTreeSet<(String, String)>| noted.iter().any(|(_, id)| id == control);
    let found = noted(path);
    assert!(has(&found), "{}: {control} says nothing: {found:?}", path.display());
    let folder = TempDir::new().unwrap();
    let other = noted(&write(folder.path(), "trace.json", printed_otherwise(&records(path))));
    assert_eq!(other, found, "{} printed otherwise", path.display());
}

/// Every second attack, from one on: two tests share them.
#[track_caller]
fn every_second_is_named(from: usize) {
    let Some(folder) = realdata("cloudtrail/stratus/docs/detonation-logs") else { return };
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), STRATUS.len());
    for (attack, control) in STRATUS.into_iter().skip(from).step_by(2) {
        named(&folder.join(format!("{attack}.json")), control);
    }
}

#[test]
fn attacks_of_the_traces_are_named_however_they_are_printed() {
    every_second_is_named(0);
}

#[test]
fn the_other_attacks_of_the_traces_are_named_however_they_are_printed() {
    every_second_is_named(1);
}

#[test]
fn attacks_of_the_sequences_are_named_and_honest_sequences_are_not() {
    let Some(folder) = realdata("cloudtrail/sequence-benchmark") else { return };
    for (attack, control) in SEQUENCES {
        named(&folder.join(format!("malicious/{attack}.json")), control);
    }
    for entry in std::fs::read_dir(folder.join("benign")).unwrap() {
        let path = entry.unwrap().path();
        let found = noted(&path);
        assert!(found.iter().all(|(severity, _)| severity != "high" && severity != "critical"), "{}: {found:?}", path.display());
    }
}

/// So many secrets read by a user, one a minute.
fn reads(count: usize) -> Vec<Value> {
    let read = |n: usize| {
        let mut event = record(n, "GetSecretValue", "aws-cli");
        event["eventSource"] = json!("secretsmanager.amazonaws.com");
        event["eventTime"] = json!(format!("2026-05-04T10:{n:02}:00Z"));
        event["readOnly"] = json!(true);
        event["requestParameters"] = json!({"secretId": format!("s{n}")});
        event["userIdentity"] =
            json!({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ada", "accountId": "111122223333", "userName": "ada"});
        event
    };
    (0..count).map(read).collect()
}

/// Exceptions of the burst of reads, and what the first one says, under an engagement.
#[track_caller]
fn burst(thresholds: &str) -> (u64, String) {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "engagement.toml", format!("[engagement]\nclient = \"Acme\"\n\n{thresholds}"));
    write(folder.path(), "events.json", log_file(&reads(12)));
    let made = folder.path().join("report");
    sixpillars(&[OsStr::new("report"), folder.path().as_os_str(), OsStr::new("--out"), made.as_os_str()]).expect(0);
    let control = &report_json(&made)["controls"]["event-secret-read-burst"];
    let rows = csv(&made.join("workpapers/exceptions.csv"));
    let reason = rows.iter().find(|row| row["control"] == "event-secret-read-burst").map_or("", |row| &row["reason"]);
    (control["counts"]["exceptions"].as_u64().unwrap(), reason.to_owned())
}

#[test]
fn from_when_on_a_burst_is_an_exception_is_the_engagements_to_say() {
    let stated = |rest: &str| format!("[[thresholds.burst]]\ncontrol = \"event-secret-read-burst\"\n{rest}");
    // Twelve secrets in eleven minutes: two windows of eleven each that touch are one burst of twelve.
    let (count, reason) = burst("");
    assert_eq!(count, 1);
    assert!(reason.contains("12 different secrets or parameters within 10 minutes"), "{reason}");
    assert_eq!(burst(&stated("exception_from = 13\n")).0, 0);
    assert_eq!(burst(&stated("exception_from = 12\n")).0, 1);
    // Six reads fit into five minutes; a smaller count than the catalogue looks for is looked for.
    let (count, reason) = burst(&stated("exception_from = 3\nminutes = 5\n"));
    assert_eq!(count, 1);
    assert!(reason.contains("within 5 minutes"), "{reason}");
    // Nothing fits into one minute but two reads.
    assert_eq!(burst(&stated("minutes = 1\n")).0, 0);
}

#[test]
fn a_threshold_for_what_has_none_is_refused_with_the_nearest_that_has() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "events.json", log_file(&reads(1)));
    for (control, near) in
        [("event-secret-read-brust", "event-secret-read-burst"), ("event-trail-stopped", "is not a control with a threshold")]
    {
        write(folder.path(), "engagement.toml", format!("[[thresholds.burst]]\ncontrol = \"{control}\"\nexception_from = 5\n"));
        let made = folder.path().join("report");
        sixpillars(&[OsStr::new("report"), folder.path().as_os_str(), OsStr::new("--out"), made.as_os_str()])
            .expect(1)
            .says(&[control, near, "help:"]);
    }
}
