//! Small answers of other calls: credential reports, trails and their status, the organisation.

use std::path::Path;

use serde_json::{Value, json};

use crate::Outcome;
use crate::answers::Answers;
use crate::estate::main_key;
use crate::estate_operations::{TRAILS, Trail};
use crate::trail_files::save;
use crate::world::{DEV, PROD, SEC};

const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

/// One key: active, rotated, last used; empty dates mean `N/A`.
#[derive(Clone, Copy)]
struct Key(bool, &'static str, &'static str);

const NO_KEY: Key = Key(false, "", "");

/// One row: account, user, password state, password last used, MFA, first key, second key.
struct Row(&'static str, &'static str, &'static str, &'static str, bool, Key, Key);

const ROWS: [Row; 11] = [
    Row(PROD, "<root_account>", "not_supported", "2026-04-14T19:42:11+00:00", true, NO_KEY, NO_KEY),
    Row(PROD, "ci-legacy", "false", "N/A", false, Key(true, "2024-02-01T09:00:00+00:00", "2026-06-20T01:30:00+00:00"), NO_KEY),
    Row(
        PROD,
        "backup-operator",
        "true",
        "no_information",
        true,
        Key(true, "2026-04-28T20:15:03+00:00", "2026-06-29T06:00:00+00:00"),
        Key(true, "2026-05-02T09:00:00+00:00", "2026-06-29T06:00:00+00:00"),
    ),
    Row(PROD, "report-export", "false", "N/A", true, Key(true, "2026-05-04T09:00:00+00:00", "2026-06-30T10:00:00+00:00"), NO_KEY),
    Row(PROD, "legacy-ops", "true", "2026-06-22T09:05:17+00:00", false, NO_KEY, NO_KEY),
    Row(
        DEV,
        "<root_account>",
        "not_supported",
        "2025-01-20T08:00:00+00:00",
        false,
        Key(true, "2023-06-01T09:00:00+00:00", "2026-05-09T02:13:00+00:00"),
        NO_KEY,
    ),
    Row(
        DEV,
        "dev-admin",
        "true",
        "2026-06-26T10:02:31+00:00",
        true,
        Key(true, "2026-05-10T09:00:00+00:00", "2026-06-30T15:00:00+00:00"),
        NO_KEY,
    ),
    Row(
        DEV,
        "device-lab",
        "false",
        "N/A",
        true,
        Key(true, "2026-05-20T09:00:00+00:00", "2026-06-30T15:00:00+00:00"),
        Key(false, "2024-02-01T09:00:00+00:00", "2025-11-01T09:00:00+00:00"),
    ),
    Row(DEV, "tester", "true", "2026-01-15T12:00:00+00:00", false, NO_KEY, NO_KEY),
    Row(SEC, "<root_account>", "not_supported", "2025-03-03T08:00:00+00:00", true, NO_KEY, NO_KEY),
    Row(SEC, "log-forwarder", "false", "N/A", true, Key(true, "2026-06-01T09:00:00+00:00", "2026-06-30T15:00:00+00:00"), NO_KEY),
];

/// Writes `iam/` and `trails/`.
pub fn write(out: &Path, answers: &mut Answers) -> Outcome<()> {
    for account in [PROD, DEV, SEC] {
        let mut lines = vec![HEADER.to_owned()];
        lines.extend(ROWS.iter().filter(|r| r.0 == account).map(line));
        answers.total(format!("Credential report: rows of {account}"), lines.len() - 1);
        save(&out.join(format!("iam/credential-report-{account}.csv")), lines.join("\n").as_bytes())?;
    }
    for (control, account, user, why) in [
        ("iam-root-recent-use", PROD, "<root_account>", "password used on 2026-04-14"),
        ("iam-root-access-key", DEV, "<root_account>", "active access key"),
        ("iam-root-mfa", DEV, "<root_account>", "no MFA"),
        ("iam-user-console-mfa", PROD, "legacy-ops", "password without MFA"),
        ("iam-user-console-mfa", DEV, "tester", "password without MFA"),
        ("iam-user-mfa", PROD, "legacy-ops", "no MFA"),
        ("iam-user-mfa", PROD, "ci-legacy", "no MFA"),
        ("iam-user-mfa", DEV, "tester", "no MFA"),
        ("iam-access-key-rotation", PROD, "ci-legacy", "key of February 2024"),
        ("iam-access-key-rotation", DEV, "<root_account>", "key of June 2023"),
        ("iam-single-active-key", PROD, "backup-operator", "two active keys"),
        ("iam-user-unused-credentials-90", DEV, "tester", "password last used in January"),
        ("iam-user-unused-credentials-45", DEV, "tester", "password last used in January"),
    ] {
        // Controls report the root user under the account's id.
        let resource = if user.starts_with('<') { account.to_owned() } else { format!("{account}/{user}") };
        answers.add(control, account, "", &resource, why);
    }
    answers.at_least("iam-access-key-rotation", "whether the root row belongs to the population depends on the control");
    answers.at_least("iam-user-unused-credentials-90", "the never-used password of backup-operator, set on 2026-04-28, may count");
    answers.at_least("iam-user-unused-credentials-45", "the never-used password of backup-operator, set on 2026-04-28, may count");
    answers.at_least("iam-root-recent-use", "the root key of development counts only where keys are read too");
    trails(out, answers)
}

fn line(row: &Row) -> String {
    let Row(account, user, password, last_used, mfa, one, two) = row;
    let root = *user == "<root_account>";
    let arn = if root { format!("arn:aws:iam::{account}:root") } else { format!("arn:aws:iam::{account}:user/{user}") };
    let changed = match (*password, *user) {
        ("not_supported", _) => "not_supported",
        ("true", "backup-operator") => "2026-04-28T20:17:36+00:00",
        ("true", _) => "2024-02-01T09:00:00+00:00",
        _ => "N/A",
    };
    let next = if root { "not_supported" } else { "N/A" };
    let key = |k: &Key| {
        let or = |text: &str| if text.is_empty() { "N/A".to_owned() } else { text.to_owned() };
        let region = if k.2.is_empty() { "N/A" } else { "eu-west-1" };
        let service = if k.2.is_empty() { "N/A" } else { "s3" };
        format!("{},{},{},{region},{service}", k.0, or(k.1), or(k.2))
    };
    format!(
        "{user},{arn},2024-02-01T09:00:00+00:00,{password},{last_used},{changed},{next},{mfa},{},{},false,N/A,false,N/A",
        key(one),
        key(two)
    )
}

fn pretty(value: &Value) -> Outcome<Vec<u8>> {
    Ok((serde_json::to_string_pretty(value)? + "\n").into_bytes())
}

fn trails(out: &Path, answers: &mut Answers) -> Outcome<()> {
    let arn = |t: &Trail| format!("arn:aws:cloudtrail:{}:{}:trail/{}", t.2, t.0, t.1);
    let list: Vec<Value> = TRAILS
        .iter()
        .map(|t| {
            let mut value = json!({"Name": t.1, "S3BucketName": t.6, "IncludeGlobalServiceEvents": t.3 || t.2 == "us-east-1", "IsMultiRegionTrail": t.3, "HomeRegion": t.2, "TrailARN": arn(t), "LogFileValidationEnabled": t.4, "HasCustomEventSelectors": true, "HasInsightSelectors": t.3, "IsOrganizationTrail": false, "CloudWatchLogsLogGroupArn": format!("arn:aws:logs:{}:{}:log-group:cloudtrail:*", t.2, t.0)});
            if t.5 {
                value["KmsKeyId"] = json!(main_key((t.0, t.2)));
            }
            value
        })
        .collect();
    save(&out.join("trails/describe-trails.json"), &pretty(&json!({"trailList": list}))?)?;
    for trail in &TRAILS {
        let mut status = json!({"IsLogging": true, "LatestDeliveryTime": "2026-06-30T22:58:12.340000+00:00", "StartLoggingTime": "2025-03-01T09:00:00+00:00", "LatestCloudWatchLogsDeliveryTime": "2026-06-30T22:58:30+00:00"});
        if trail.4 {
            status["LatestDigestDeliveryTime"] = json!("2026-06-30T22:40:00+00:00");
        } else {
            status["StartLoggingTime"] = json!("2026-05-14T07:31:40+00:00");
            status["StopLoggingTime"] = json!("2026-05-12T22:10:05+00:00");
            answers.add("cloudtrail-trail-logging", trail.0, trail.2, &arn(trail), "get-trail-status states a stop in the period");
        }
        save(&out.join(format!("trails/get-trail-status-{}.json", trail.1)), &pretty(&status)?)?;
        let selectors = if trail.0 == SEC {
            json!({"TrailARN": arn(trail), "AdvancedEventSelectors": [{"Name": "management", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}, {"Name": "objects", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}]}]})
        } else {
            json!({"TrailARN": arn(trail), "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}, {"Type": "AWS::DynamoDB::Table", "Values": ["arn:aws:dynamodb"]}], "ExcludeManagementEventSources": []}]})
        };
        save(&out.join(format!("trails/get-event-selectors-{}.json", trail.1)), &pretty(&selectors)?)?;
    }
    let (account, region, recorder) = (DEV, "us-east-1", "default-us-east-1");
    let status = json!({"name": recorder, "recording": true, "lastStatus": "SUCCESS", "lastStartTime": "2026-05-14T07:33:00+00:00", "lastStopTime": "2026-05-12T22:12:20+00:00", "lastStatusChangeTime": "2026-06-30T22:41:07+00:00"});
    save(
        &out.join(format!("config/describe-configuration-recorder-status-{account}-{region}.json")),
        &pretty(&json!({"ConfigurationRecordersStatus": [status]}))?,
    )?;
    answers.add("config-recorder-uninterrupted", account, region, recorder, "the recorder's status states a stop in the period");
    let account = |id: &str, name: &str| json!({"Id": id, "Arn": format!("arn:aws:organizations::{PROD}:account/o-0ac3eacme1/{id}"), "Email": format!("aws+{name}@acme.example"), "Name": name, "Status": "ACTIVE", "JoinedMethod": "CREATED", "JoinedTimestamp": "2024-01-10T09:00:00.000000+00:00"});
    let list =
        [account(PROD, "acme-prod"), account(DEV, "acme-dev"), account(SEC, "acme-security"), account("888899990000", "acme-experiments")];
    save(&out.join("trails/organizations-list-accounts.json"), &pretty(&json!({"Accounts": list}))?)
}
