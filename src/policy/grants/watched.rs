//! The actions that grants and paths are asked about: at most 256, so that a set of them is four words.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::super::{actions, paths};

/// Why an action is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A step of an escalation path.
    Escalation,
    /// Hands a role to a service.
    Pass,
    /// Reads stored data or secrets.
    DataRead,
    /// Writes stored data.
    DataWrite,
    /// Deletes stored data.
    DataDelete,
    /// Stops, deletes or blinds records of activity.
    LogDelete,
    /// Deletes copies that a recovery needs.
    BackupDelete,
}

/// A watched action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// As AWS spells it.
    pub name: &'static str,
    /// In lower case.
    pub lower: &'static str,
    /// First class that it has, in the order of [`Class`].
    pub class: Class,
    /// What a request names: alternatives for each resource type that is required, as ARN templates with `{a}` for the account.
    /// Empty: it names nothing, and a policy must say `*`.
    pub needs: Vec<Vec<String>>,
}

const READS: &[&str] = &[
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:ListBucket",
    "kms:Decrypt",
    "secretsmanager:GetSecretValue",
    "secretsmanager:BatchGetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
    "dynamodb:GetItem",
    "dynamodb:BatchGetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:ExportTableToPointInTime",
    "rds-db:connect",
    "rds-data:ExecuteStatement",
    "rds:CopyDBSnapshot",
    "rds:ModifyDBSnapshotAttribute",
    "redshift:GetClusterCredentials",
    "redshift-data:ExecuteStatement",
    "athena:StartQueryExecution",
    "athena:GetQueryResults",
    "ec2:ModifySnapshotAttribute",
    "ec2:CreateSnapshot",
    "ebs:GetSnapshotBlock",
    "sqs:ReceiveMessage",
    "kinesis:GetRecords",
    "elasticfilesystem:ClientMount",
    "ecr:BatchGetImage",
    "codecommit:GitPull",
    "lambda:GetFunction",
];
const WRITES: &[&str] = &[
    "s3:PutObject",
    "s3:PutBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutObjectAcl",
    "s3:PutBucketPublicAccessBlock",
    "kms:PutKeyPolicy",
    "kms:CreateGrant",
    "secretsmanager:PutSecretValue",
    "secretsmanager:PutResourcePolicy",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:BatchWriteItem",
    "sqs:SendMessage",
    "sns:Publish",
    "ssm:PutParameter",
    "elasticfilesystem:ClientWrite",
    "ecr:PutImage",
    "rds:ModifyDBInstance",
    "rds:ModifyDBCluster",
    "codecommit:GitPush",
];
const DELETES: &[&str] = &[
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:DeleteBucket",
    "s3:PutLifecycleConfiguration",
    "s3:BypassGovernanceRetention",
    "dynamodb:DeleteItem",
    "dynamodb:DeleteTable",
    "rds:DeleteDBInstance",
    "rds:DeleteDBCluster",
    "ec2:TerminateInstances",
    "ec2:DeleteVolume",
    "kms:ScheduleKeyDeletion",
    "kms:DisableKey",
    "secretsmanager:DeleteSecret",
    "elasticfilesystem:DeleteFileSystem",
    "redshift:DeleteCluster",
    "sqs:DeleteQueue",
    "sqs:PurgeQueue",
    "lambda:DeleteFunction",
    "cloudformation:DeleteStack",
    "ecr:DeleteRepository",
];
const LOGS: &[&str] = &[
    "cloudtrail:StopLogging",
    "cloudtrail:DeleteTrail",
    "cloudtrail:UpdateTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:DeleteEventDataStore",
    "config:StopConfigurationRecorder",
    "config:DeleteConfigurationRecorder",
    "config:DeleteDeliveryChannel",
    "guardduty:DeleteDetector",
    "guardduty:UpdateDetector",
    "securityhub:DisableSecurityHub",
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "logs:PutRetentionPolicy",
    "ec2:DeleteFlowLogs",
    "access-analyzer:DeleteAnalyzer",
    "cloudwatch:DeleteAlarms",
    "events:DisableRule",
];
const BACKUPS: &[&str] = &[
    "backup:DeleteRecoveryPoint",
    "backup:DeleteBackupVault",
    "backup:DeleteBackupPlan",
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:UpdateRecoveryPointLifecycle",
    "ec2:DeleteSnapshot",
    "ec2:DeregisterImage",
    "rds:DeleteDBSnapshot",
    "rds:DeleteDBClusterSnapshot",
    "dynamodb:DeleteBackup",
    "redshift:DeleteClusterSnapshot",
];
/// IAM's own powers that no path names and the test for an administrator needs, and a right that shows an instance as managed.
const MORE: &[&str] =
    &["iam:CreatePolicy", "iam:CreateUser", "iam:CreateRole", "iam:DeleteRole", "iam:DeleteUser", "ssm:UpdateInstanceInformation"];

/// All watched actions, sorted by lower-case name.
pub fn all() -> &'static [Watched] {
    static ALL: OnceLock<Vec<Watched>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut classes: BTreeMap<String, (Class, &str)> = BTreeMap::new();
        let mut add = |class: Class, name: &'static str| {
            classes.entry(name.to_lowercase()).or_insert((class, name));
        };
        add(Class::Pass, "iam:PassRole");
        for need in paths::all().iter().flat_map(|path| &path.needs) {
            add(Class::Escalation, &need.action);
        }
        for (class, names) in [
            (Class::Escalation, MORE),
            (Class::DataRead, READS),
            (Class::DataWrite, WRITES),
            (Class::DataDelete, DELETES),
            (Class::LogDelete, LOGS),
            (Class::BackupDelete, BACKUPS),
        ] {
            names.iter().for_each(|name| add(class, name));
        }
        let found = classes.into_iter().filter_map(|(lower, (class, name))| {
            let number = actions::number(name)?;
            debug_assert_eq!(lower, actions::lower(number));
            Some(Watched { name, lower: actions::lower(number), class, needs: needs(&actions::all()[number]) })
        });
        found.take(256).collect()
    })
}

/// Place of an action in [`all`], any case.
pub fn index(name: &str) -> Option<usize> {
    static NAMES: OnceLock<FxHashMap<&'static str, usize>> = OnceLock::new();
    // Paths write actions as AWS spells them, and ask millions of times.
    let names = NAMES.get_or_init(|| all().iter().enumerate().map(|(at, watched)| (watched.name, at)).collect());
    if let Some(at) = names.get(name) {
        return Some(*at);
    }
    let lower = name.to_lowercase();
    all().binary_search_by(|watched| watched.lower.cmp(&lower)).ok()
}

/// Required resource types; those of which one name begins with the other (`function`, `function alias`) are alternatives.
/// Where none is required, one of the optional ones, or nothing (`*`), will do.
fn needs(action: &actions::Action) -> Vec<Vec<String>> {
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for resource in action.resources.iter().filter(|resource| resource.required) {
        let arn = resource.arn.clone().unwrap_or_else(|| "*".to_owned());
        match groups.iter_mut().find(|(name, _)| resource.name.starts_with(*name) || name.starts_with(resource.name.as_str())) {
            Some((_, arns)) => arns.push(arn),
            None => groups.push((&resource.name, vec![arn])),
        }
    }
    if groups.is_empty() && !action.resources.is_empty() {
        return vec![action.resources.iter().filter_map(|resource| resource.arn.clone()).collect()];
    }
    groups.into_iter().map(|(_, arns)| arns).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn all_are_known_and_fit() {
        let named: usize = [READS, WRITES, DELETES, LOGS, BACKUPS, MORE].iter().map(|names| names.len()).sum();
        for name in [READS, WRITES, DELETES, LOGS, BACKUPS, MORE].concat() {
            assert!(actions::find(name).is_some(), "{name}");
            assert!(index(name).is_some(), "{name}");
        }
        for need in paths::all().iter().flat_map(|path| &path.needs) {
            assert!(index(&need.action).is_some(), "{}", need.action);
        }
        assert!(all().len() > named && all().len() < 256, "{}", all().len());
        assert_eq!(all()[index("iam:passrole").unwrap()].class, Class::Pass);
        assert_eq!(all()[index("ec2:RunInstances").unwrap()].needs.len(), 5);
        assert!(all()[index("glue:CreateDevEndpoint").unwrap()].needs.is_empty());
    }
}
