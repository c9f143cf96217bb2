//! Jobs and recovery points of AWS Backup as its lists give them. They tell of runs that failed, which no
//! configuration item does.

use serde_json::{Map, Value};

use super::{Members, object, safe, whole};
use crate::base::time;
use crate::ingest::batch::Output;
use crate::ingest::formats::cli_answers::of_arn;
use crate::ingest::formats::declaration::{Declaration, Family, Trace};
use crate::ingest::formats::list::{Around, List, Shape};
use crate::schema::tables::{BackupJobsRow, BackupProtectedResourcesRow, BackupRecoveryPointsRow, RestoreJobsRow};

static FAMILY: Family = Family { order: 10, name: "Backups", note: "" };

pub(in crate::ingest) static FORMAT: Declaration = Declaration {
    label: "AWS Backup lists",
    docs: Some((
        &FAMILY,
        "`list-backup-jobs`, `list-copy-jobs`, `list-restore-jobs`, `list-recovery-points-by-…`, `list-protected-resources`",
    )),
    shapes: &[
        Shape { list: List::own(&["BackupJobs"], &["BackupJobId"]), bare: false, empty: Some("backup_jobs"), read: backup_job },
        Shape { list: List::own(&["CopyJobs"], &["CopyJobId"]), bare: false, empty: None, read: copy_job },
        Shape { list: List::own(&["RestoreJobs"], &["RestoreJobId"]), bare: false, empty: Some("restore_jobs"), read: restore_job },
        Shape {
            list: List::own(&["RecoveryPoints"], &["RecoveryPointArn"]),
            bare: false,
            empty: Some("backup_recovery_points"),
            read: recovery_point,
        },
        Shape {
            list: List::of(&["Results"], &["ResourceArn", "LastBackupTime"]),
            bare: false,
            empty: Some("backup_protected_resources"),
            read: protected_resource,
        },
    ],
    tables: &["backup_jobs", "restore_jobs", "backup_recovery_points", "backup_protected_resources"],
    traces: &[Trace::Call("list-backup-jobs")],
    examples: &[
        r#"{"BackupJobs":[{"BackupJobId":"j","AccountId":"111122223333","State":"COMPLETED","ResourceArn":"arn:aws:ec2:eu-west-1:111122223333:volume/vol-1","CreationDate":"2024-05-01T10:00:00Z"}]}"#,
    ],
    ..Declaration::SHAPED
};

/// Account and Region of a job: what it says, else its vault's or role's ARN, else the path.
fn place(around: &Around<'_>, job: &Map<String, Value>, arns: &[&str]) -> (Option<String>, Option<String>) {
    let mut account = job.text("AccountId");
    let mut region = None;
    for arn in arns.iter().filter_map(|name| job.text(name)) {
        let (own_account, own_region) = of_arn(&arn);
        account = account.or_else(|| own_account.map(str::to_owned));
        region = region.or_else(|| own_region.map(str::to_owned));
    }
    (account.or_else(|| around.place.account.clone()), region.or_else(|| around.place.region.clone()))
}

/// Time and the same in seconds.
fn both(at: Option<i64>) -> [Option<i64>; 2] {
    [at, at.map(time::epoch_seconds)]
}

fn job_row(around: &Around<'_>, record: u64, job: &Map<String, Value>, kind: &str, out: &mut Output<'_>) -> Result<(), String> {
    let (id_name, vault, point) = match kind {
        "copy" => ("CopyJobId", "DestinationBackupVaultArn", "DestinationRecoveryPointArn"),
        _ => ("BackupJobId", "BackupVaultArn", "RecoveryPointArn"),
    };
    let id = job.text(id_name).ok_or_else(|| format!("the job has no {id_name}"))?;
    let arns: &[&str] = if kind == "copy" {
        &["SourceBackupVaultArn", "DestinationBackupVaultArn", "IamRoleArn"]
    } else {
        &["BackupVaultArn", "RecoveryPointArn", "IamRoleArn"]
    };
    let (account, region) = place(around, job, arns);
    let (created, completed) = (job.moment("CreationDate", out), job.moment("CompletionDate", out));
    out.times_of([created, completed]);
    let texts = ["State", "ResourceArn", "ResourceType", "ResourceName", "MessageCategory"].map(|name| job.text(name));
    let [state, resource, kind_of, name, category] = &texts;
    let (vault, point, message) = (job.text(vault), job.text(point), safe(job.text("StatusMessage")));
    let plan = job.object("CreatedBy").and_then(|by| by.text("BackupPlanArn").or_else(|| by.text("BackupPlanId")));
    let [created_at, created_epoch] = both(created);
    let [completed_at, completed_epoch] = both(completed);
    out.row(
        record,
        &BackupJobsRow {
            account_id: account.as_deref(),
            region: region.as_deref(),
            job_kind: Some(kind),
            job_id: Some(&id),
            job_state: state.as_deref(),
            status_message: message.as_deref(),
            message_category: category.as_deref(),
            resource_arn: resource.as_deref(),
            resource_type: kind_of.as_deref(),
            resource_name: name.as_deref(),
            vault_arn: vault.as_deref(),
            recovery_point_arn: point.as_deref(),
            plan: plan.as_deref(),
            created_at,
            created_epoch,
            completed_at,
            completed_epoch,
            bytes: whole(job, "BackupSizeInBytes"),
            is_parent: job.flag("IsParent"),
        },
    );
    Ok(())
}

/// `backup list-backup-jobs`.
fn backup_job(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    job_row(around, record, object(value)?, "backup", out)
}

/// `backup list-copy-jobs`.
fn copy_job(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    job_row(around, record, object(value)?, "copy", out)
}

/// `backup list-restore-jobs`.
fn restore_job(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let job = object(value)?;
    let id = job.text("RestoreJobId").ok_or("the job has no RestoreJobId")?;
    let (account, region) = place(around, job, &["BackupVaultArn", "RecoveryPointArn", "CreatedResourceArn", "IamRoleArn"]);
    let (created, completed) = (job.moment("CreationDate", out), job.moment("CompletionDate", out));
    out.times_of([created, completed]);
    let texts = ["Status", "ResourceType", "RecoveryPointArn", "SourceResourceArn", "CreatedResourceArn", "ValidationStatus"];
    let [status, kind, point, source, made, validation] = texts.map(|name| job.text(name));
    let message = safe(job.text("StatusMessage"));
    let plan = job.object("CreatedBy").and_then(|by| by.text("RestoreTestingPlanArn"));
    let [created_at, created_epoch] = both(created);
    let [completed_at, completed_epoch] = both(completed);
    out.row(
        record,
        &RestoreJobsRow {
            account_id: account.as_deref(),
            region: region.as_deref(),
            job_id: Some(&id),
            job_status: status.as_deref(),
            status_message: message.as_deref(),
            resource_type: kind.as_deref(),
            recovery_point_arn: point.as_deref(),
            source_arn: source.as_deref(),
            created_arn: made.as_deref(),
            validation_status: validation.as_deref(),
            testing_plan: plan.as_deref(),
            created_at,
            created_epoch,
            completed_at,
            completed_epoch,
            bytes: whole(job, "BackupSizeInBytes"),
        },
    );
    Ok(())
}

/// `backup list-recovery-points-by-backup-vault` and `-by-resource`; the latter says less.
fn recovery_point(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let point = object(value)?;
    let arn = point.text("RecoveryPointArn").ok_or("the recovery point has no RecoveryPointArn")?;
    let (account, region) = place(around, point, &["BackupVaultArn", "RecoveryPointArn", "IamRoleArn", "ResourceArn"]);
    let [created, completed, restored] = ["CreationDate", "CompletionDate", "LastRestoreTime"].map(|name| point.moment(name, out));
    out.times_of([created, completed, restored]);
    let texts = ["Status", "BackupVaultName", "ResourceArn", "ResourceType", "EncryptionKeyArn"].map(|name| point.text(name));
    let [status, vault, resource, kind, key] = &texts;
    let empty = Map::new();
    let lifecycle = point.object("Lifecycle");
    let [created_at, created_epoch] = both(created);
    let [restored_at, restored_epoch] = both(restored);
    out.row(
        record,
        &BackupRecoveryPointsRow {
            account_id: account.as_deref(),
            region: region.as_deref(),
            recovery_point_arn: Some(&arn),
            point_status: status.as_deref(),
            vault_name: vault.as_deref(),
            resource_arn: resource.as_deref(),
            resource_type: kind.as_deref(),
            is_encrypted: point.flag("IsEncrypted"),
            key_arn: key.as_deref(),
            created_at,
            created_epoch,
            completed_at: completed,
            last_restored_at: restored_at,
            last_restored_epoch: restored_epoch,
            delete_after_days: whole(lifecycle.unwrap_or(&empty), "DeleteAfterDays"),
            bytes: whole(point, "BackupSizeInBytes").or_else(|| whole(point, "BackupSizeBytes")),
        },
    );
    Ok(())
}

/// `backup list-protected-resources`.
fn protected_resource(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let resource = object(value)?;
    let arn = resource.text("ResourceArn").ok_or("the resource has no ResourceArn")?;
    let (account, region) = place(around, resource, &["ResourceArn", "LastBackupVaultArn"]);
    let last = resource.moment("LastBackupTime", out);
    if let Some(last) = last {
        out.time(last);
    }
    let (kind, name) = (resource.text("ResourceType"), resource.text("ResourceName"));
    let [last_at, last_epoch] = both(last);
    out.row(
        record,
        &BackupProtectedResourcesRow {
            account_id: account.as_deref(),
            region: region.as_deref(),
            resource_arn: Some(&arn),
            resource_type: kind.as_deref(),
            resource_name: name.as_deref(),
            last_backup_at: last_at,
            last_backup_epoch: last_epoch,
        },
    );
    Ok(())
}
