//! What other tools and services list: findings of Security Hub and GuardDuty, jobs of AWS Backup.

use std::path::Path;

use serde_json::{Value, json};

use crate::Outcome;
use crate::answers::Answers;
use crate::trail_files::save;
use crate::world::{DEV, PROD};

const REGION: &str = "eu-west-1";

/// A check of Security Hub: number, control, title, level, resource type and ARN, verdict, workflow.
struct Check(u32, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const CHECKS: [Check; 6] = [
    Check(
        1,
        "S3.8",
        "S3 general purpose buckets should block public access",
        "HIGH",
        "AwsS3Bucket",
        "arn:aws:s3:::acme-prod-uploads",
        "FAILED",
        "NEW",
    ),
    Check(
        2,
        "S3.14",
        "S3 general purpose buckets should have versioning enabled",
        "LOW",
        "AwsS3Bucket",
        "arn:aws:s3:::acme-prod-legacy",
        "FAILED",
        "NOTIFIED",
    ),
    Check(
        3,
        "IAM.3",
        "IAM users' access keys should be rotated every 90 days or less",
        "MEDIUM",
        "AwsIamUser",
        "arn:aws:iam::111122223333:user/ci-legacy",
        "FAILED",
        "NEW",
    ),
    Check(
        4,
        "RDS.8",
        "RDS DB instances should have deletion protection enabled",
        "LOW",
        "AwsRdsDbInstance",
        "arn:aws:rds:eu-west-1:111122223333:db:shop-catalogue",
        "FAILED",
        "SUPPRESSED",
    ),
    Check(
        5,
        "CloudTrail.1",
        "CloudTrail should be enabled with a multi-Region trail",
        "HIGH",
        "AwsAccount",
        "AWS::::Account:111122223333",
        "PASSED",
        "RESOLVED",
    ),
    Check(
        6,
        "EC2.8",
        "EC2 instances should use IMDSv2",
        "HIGH",
        "AwsEc2Instance",
        "arn:aws:ec2:eu-west-1:111122223333:instance/i-0ac3e000000000101",
        "FAILED",
        "NEW",
    ),
];

/// A finding of GuardDuty: number, type, severity, instance, archived.
const THREATS: [(u32, &str, f64, &str, bool); 3] = [
    (1, "Recon:EC2/PortProbeUnprotectedPort", 2.0, "i-0ac3e000000000403", false),
    (2, "UnauthorizedAccess:EC2/SSHBruteForce", 5.0, "i-0ac3e000000000403", true),
    (3, "CryptoCurrency:EC2/BitcoinTool.B!DNS", 8.0, "i-0ac3e000000000401", false),
];

/// A backup job: number, resource, day and hour of June, state, message.
const JOBS: [(u32, &str, &str, &str, &str); 5] = [
    (1, "shop-orders", "29T03", "COMPLETED", ""),
    (2, "shop-orders", "30T03", "COMPLETED", ""),
    (3, "shop-catalogue", "29T03", "COMPLETED", ""),
    (4, "shop-catalogue", "30T03", "COMPLETED", ""),
    (5, "shop-catalogue", "30T15", "FAILED", "Insufficient privileges to create a DB Snapshot"),
];

/// Writes the answers as the command-line interface gives them.
pub fn write(out: &Path, answers: &mut Answers) -> Outcome<()> {
    let checks: Vec<Value> = CHECKS.iter().map(check).collect();
    let threats: Vec<Value> = THREATS.iter().map(threat).collect();
    let jobs: Vec<Value> = JOBS.iter().map(job).collect();
    let answer = |path: &str, name: &str, list: &[Value]| save(&out.join(path), &serde_json::to_vec_pretty(&json!({ name: list }))?);
    answer("other-tools/securityhub-get-findings-111122223333.json", "Findings", &checks)?;
    answer("other-tools/guardduty-get-findings-444455556666.json", "Findings", &threats)?;
    answer("backup/list-backup-jobs-111122223333-eu-west-1.json", "BackupJobs", &jobs)?;
    let failed = CHECKS.iter().filter(|c| c.6 == "FAILED" && c.7 != "SUPPRESSED").count();
    let open = failed + THREATS.iter().filter(|t| !t.4).count();
    answers.total("Other tools: findings", CHECKS.len() + THREATS.len());
    answers.total("Other tools: open findings", open);
    answers.total("Backup jobs: jobs", JOBS.len());
    let catalogue = database("shop-catalogue");
    answers.add(
        "backup-last-job-completed",
        PROD,
        REGION,
        &catalogue,
        "the job of the afternoon of 2026-06-30 failed after that of the night had completed",
    );
    Ok(())
}

fn database(name: &str) -> String {
    format!("arn:aws:rds:{REGION}:{PROD}:db:{name}")
}

fn check(Check(number, control, title, level, kind, resource, verdict, workflow): &Check) -> Value {
    json!({
        "SchemaVersion": "2018-10-08",
        "Id": format!("arn:aws:securityhub:{REGION}:{PROD}:security-control/{control}/finding/0ac3e000-0000-4000-8000-0000000005{number:02}"),
        "ProductArn": format!("arn:aws:securityhub:{REGION}::product/aws/securityhub"),
        "ProductName": "Security Hub",
        "CompanyName": "AWS",
        "Region": REGION,
        "GeneratorId": format!("security-control/{control}"),
        "AwsAccountId": PROD,
        "FirstObservedAt": "2026-02-11T08:00:00.000Z",
        "CreatedAt": "2026-02-11T08:00:00.000Z",
        "UpdatedAt": format!("2026-06-{:02}T08:00:00.000Z", 20 + number),
        "Severity": {"Label": level, "Normalized": match *level { "HIGH" => 70, "MEDIUM" => 40, _ => 1 }},
        "Title": title,
        "Description": "Checked by Security Hub.",
        "Resources": [{"Type": kind, "Id": resource, "Partition": "aws", "Region": REGION}],
        "Compliance": {"Status": verdict, "SecurityControlId": control},
        "Workflow": {"Status": workflow},
        "RecordState": "ACTIVE",
    })
}

fn threat((number, kind, severity, instance, archived): &(u32, &str, f64, &str, bool)) -> Value {
    let id = format!("0ac3e0000000400080000000000006{number:02}");
    json!({
        "SchemaVersion": "2.0",
        "AccountId": DEV,
        "Region": REGION,
        "Partition": "aws",
        "Id": id,
        "Arn": format!("arn:aws:guardduty:{REGION}:{DEV}:detector/0ac3e000000040008000000000000699/finding/{id}"),
        "Type": kind,
        "Severity": severity,
        "Title": format!("{kind} on {instance}"),
        "Description": "Seen by GuardDuty.",
        "CreatedAt": "2026-06-18T03:10:00.000Z",
        "UpdatedAt": format!("2026-06-{:02}T03:10:00.000Z", 18 + number),
        "Resource": {"ResourceType": "Instance", "InstanceDetails": {"InstanceId": instance}},
        "Service": {"Archived": archived, "Count": 3, "EventFirstSeen": "2026-06-18T03:00:00.000Z", "EventLastSeen": "2026-06-19T03:00:00.000Z"},
    })
}

fn job((number, name, at, state, message): &(u32, &str, &str, &str, &str)) -> Value {
    let mut job = json!({
        "AccountId": PROD,
        "BackupJobId": format!("0AC3E000-0000-4000-8000-0000000007{number:02}"),
        "BackupVaultName": "acme-prod",
        "BackupVaultArn": format!("arn:aws:backup:{REGION}:{PROD}:backup-vault:acme-prod"),
        "ResourceArn": database(name),
        "ResourceName": name,
        "ResourceType": "RDS",
        "CreationDate": format!("2026-06-{at}:00:00+00:00"),
        "CompletionDate": format!("2026-06-{at}:40:00+00:00"),
        "State": state,
        "PercentDone": if *state == "COMPLETED" { "100.0" } else { "0.0" },
        "BackupSizeInBytes": 107_374_182_400_i64,
        "CreatedBy": {
            "BackupPlanArn": format!("arn:aws:backup:{REGION}:{PROD}:backup-plan:0ac3e000-0000-4000-8000-000000000700"),
            "BackupPlanId": "0ac3e000-0000-4000-8000-000000000700",
        },
        "IamRoleArn": format!("arn:aws:iam::{PROD}:role/acme-backup"),
    });
    if !message.is_empty() {
        job["StatusMessage"] = json!(message);
        job["MessageCategory"] = json!("AccessDenied");
    }
    job
}
