//! Data: buckets, databases, tables, file systems, keys, secrets, certificates, backups.

use serde_json::{Value, json};

use crate::estate::{DEV_IE, DEV_US, Estate, PROD_IE, SEC_IE, arn, key_id, main_key, standard_tags};
use crate::item::{Place, Resource, policy};
use crate::random::example_id;
use crate::world::{DEV, PROD, SEC, resource_id as id};

/// Adds them.
pub fn build(e: &mut Estate<'_>) {
    buckets(e);
    databases(e);
    tables(e);
    keys(e);
    backups(e);
}

fn bucket(place: Place, name: &str, log_bucket: &str) -> Resource {
    let a = format!("arn:aws:s3:::{name}");
    let owner = crate::random::hash(place.0);
    let owner = format!("{owner:016x}{owner:016x}{owner:016x}{owner:016x}");
    let acl = json!({"grantSet": null, "grantList": [{"grantee": {"id": owner, "displayName": null}, "permission": "FullControl"}], "owner": {"displayName": null, "id": owner}, "isRequesterCharged": false});
    let document = policy(json!([tls_only(name)]));
    Resource::new(place, "S3::Bucket", name, name, &a, json!({"name": name, "creationDate": "2025-04-04T10:00:00.000Z", "owner": {"displayName": null, "id": owner}, "region": place.1}))
        .tags(&standard_tags(place))
        .extra("AccessControlList", json!(acl.to_string()))
        .extra("BucketPolicy", json!({"policyText": document.to_string()}))
        .extra("BucketVersioningConfiguration", json!({"status": "Enabled", "isMfaDeleteEnabled": null}))
        .extra("BucketLoggingConfiguration", json!({"destinationBucketName": log_bucket, "logFilePrefix": name}))
        .extra("ServerSideEncryptionConfiguration", json!({"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyID": main_key(place)}, "bucketKeyEnabled": true}]}))
        .extra("PublicAccessBlockConfiguration", json!({"blockPublicAcls": true, "ignorePublicAcls": true, "blockPublicPolicy": true, "restrictPublicBuckets": true}))
        .extra("BucketLifecycleConfiguration", json!({"rules": [{"id": "tidy", "prefix": null, "status": "Enabled", "expirationInDays": -1, "noncurrentVersionExpirationInDays": 90, "noncurrentVersionExpiration": {"noncurrentDays": 90}, "noncurrentVersionTransitions": [{"days": 30, "storageClass": "STANDARD_IA"}], "transitions": [{"days": 60, "storageClass": "INTELLIGENT_TIERING"}], "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}]}))
        .extra("IsRequesterPaysEnabled", json!("false"))
}

fn tls_only(name: &str) -> Value {
    json!({"Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [format!("arn:aws:s3:::{name}"), format!("arn:aws:s3:::{name}/*")], "Condition": {"Bool": {"aws:SecureTransport": "false"}}})
}

fn buckets(e: &mut Estate<'_>) {
    let all: [(Place, &str, &str); 19] = [
        (PROD_IE, "acme-prod-uploads", "acme-prod-access-logs"),
        (PROD_IE, "acme-prod-media", "acme-prod-access-logs"),
        (PROD_IE, "acme-prod-exports", "acme-prod-access-logs"),
        (PROD_IE, "acme-prod-telemetry", "acme-prod-access-logs"),
        (PROD_IE, "acme-prod-legacy", "acme-prod-access-logs"),
        (PROD_IE, "acme-prod-artifacts", "acme-prod-access-logs"),
        (PROD_IE, "acme-prod-access-logs", "acme-prod-log-archive"),
        (PROD_IE, "acme-prod-log-archive", "acme-prod-access-logs"),
        ((PROD, "us-west-2"), "acme-prod-replica", "acme-prod-replica-logs"),
        ((PROD, "us-west-2"), "acme-prod-replica-logs", "acme-prod-replica"),
        (DEV_IE, "acme-dev-artifacts", "acme-dev-access-logs"),
        (DEV_IE, "acme-dev-downloads", "acme-dev-access-logs"),
        (DEV_IE, "acme-dev-trail-logs", ""),
        (DEV_IE, "acme-dev-access-logs", "acme-dev-artifacts"),
        (DEV_US, "acme-dev-scratch", "acme-dev-scratch-logs"),
        (DEV_US, "acme-dev-scratch-logs", "acme-dev-scratch"),
        (SEC_IE, "acme-cloudtrail-logs", "acme-security-access-logs"),
        (SEC_IE, "acme-config-history", "acme-security-access-logs"),
        (SEC_IE, "acme-security-access-logs", "acme-config-history"),
    ];
    for (place, name, log_bucket) in all {
        let mut r = bucket(place, name, log_bucket);
        match name {
            "acme-prod-uploads" => {
                r = r.extra("BucketPolicy", json!({"policyText": null})).tag("DataClassification", "");
                e.flaw(place, name, "no bucket policy, so nothing refuses plain HTTP", &["s3-bucket-tls-only"]);
                e.flaw(place, name, "no DataClassification tag", &["tag-data-classification"]);
            }
            "acme-prod-media" => {
                r = without(without(r, "BucketLoggingConfiguration"), "BucketLifecycleConfiguration");
                e.flaw(place, name, "no server access logging", &["s3-bucket-access-logging"]);
                e.flaw(
                    place,
                    name,
                    "no lifecycle rule",
                    &["s3-bucket-lifecycle", "s3-versioned-bucket-lifecycle", "s3-incomplete-multipart-cleanup"],
                );
            }
            "acme-prod-exports" => {
                r = r.changed("05-04 10:00:00", |v| {
                    v.supplementary
                        .insert("BucketVersioningConfiguration".to_owned(), json!({"status": "Suspended", "isMfaDeleteEnabled": null}));
                });
                e.flaw(place, name, "versioning suspended on 2026-05-04", &["s3-bucket-versioning"]);
            }
            "acme-prod-legacy" => {
                r = without(r, "ServerSideEncryptionConfiguration");
                e.flaw(place, name, "no default encryption rule", &["s3-bucket-encryption", "s3-bucket-kms-encryption"]);
            }
            "acme-dev-downloads" => {
                r = r.changed("05-20 10:13:00", |v| {
                    v.supplementary.remove("PublicAccessBlockConfiguration");
                    let open = json!({"Sid": "Public", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-dev-downloads/*"});
                    v.supplementary.insert("BucketPolicy".to_owned(), json!({"policyText": policy(json!([tls_only("acme-dev-downloads"), open])).to_string()}));
                });
                e.flaw(
                    place,
                    name,
                    "readable by everyone since 2026-05-20",
                    &["s3-bucket-public-read", "s3-bucket-public-in-period", "s3-bucket-public-access-block"],
                );
            }
            "acme-dev-trail-logs" => {
                r = without(r, "BucketLoggingConfiguration").extra("ObjectLockConfiguration", json!({"objectLockEnabled": "Enabled", "rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 30, "years": null}}}));
                e.flaw(place, name, "Object Lock of the trail's bucket is not in compliance mode", &["s3-audit-bucket-object-lock"]);
                e.flaw(
                    place,
                    name,
                    "no server access logging on the trail's bucket",
                    &["s3-bucket-access-logging", "s3-trail-bucket-access-logging"],
                );
            }
            "acme-cloudtrail-logs" => {
                let lock = json!({"objectLockEnabled": "Enabled", "rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": 400, "years": null}}});
                r = r.extra("ObjectLockConfiguration", lock).changed("06-11 19:47:00", |v| {
                    let write = json!({"Sid": "AWSCloudTrailWrite", "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-cloudtrail-logs/*"});
                    v.supplementary.insert("BucketPolicy".to_owned(), json!({"policyText": policy(json!([tls_only("acme-cloudtrail-logs"), write])).to_string()}));
                });
            }
            _ => {}
        }
        // S3 writes access logs only to buckets with its own keys.
        if name.ends_with("access-logs")
            || name.ends_with("-log-archive")
            || name.ends_with("-logs") && name.contains("replica")
            || name.ends_with("scratch-logs")
        {
            r = r.extra("ServerSideEncryptionConfiguration", json!({"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256", "kmsMasterKeyID": null}, "bucketKeyEnabled": false}]}));
            e.flaw(place, name, "access log bucket with SSE-S3, as the service requires", &["s3-bucket-kms-encryption"]);
        }
        e.add(r);
    }
    for (account, on) in [(PROD, true), (DEV, false), (SEC, true)] {
        let place = (account, "eu-west-1");
        e.add(Resource::new(
            place,
            "S3::AccountPublicAccessBlock",
            account,
            account,
            &format!("arn:aws:s3::{account}:account"),
            json!({"blockPublicAcls": on, "ignorePublicAcls": on, "blockPublicPolicy": on, "restrictPublicBuckets": on}),
        ));
        if !on {
            e.flaw(place, account, "account-wide public access block is off", &["s3-account-public-access-block"]);
        }
    }
}

fn without(mut r: Resource, key: &str) -> Resource {
    for version in &mut r.versions {
        version.supplementary.remove(key);
    }
    r
}

fn databases(e: &mut Estate<'_>) {
    for (place, name, engine, class) in [
        (PROD_IE, "shop-orders", "postgres", "db.m7g.large"),
        (PROD_IE, "shop-catalogue", "postgres", "db.m7g.large"),
        (PROD_IE, "shop-reporting", "mysql", "db.m7g.large"),
        (DEV_IE, "dev-orders", "postgres", "db.t4g.medium"),
        (DEV_IE, "dev-old", "mysql", "db.t3.medium"),
    ] {
        let rid = example_id("db-", name, 29);
        let base = if place.0 == PROD { 101 } else { 401 };
        let logs = if engine == "postgres" { json!(["postgresql", "upgrade"]) } else { json!(["audit", "error", "general", "slowquery"]) };
        let zone = |z: &str| json!({"subnetIdentifier": id("subnet", base + if z == "a" { 11 } else { 12 }), "subnetStatus": "Active", "subnetAvailabilityZone": {"name": format!("{}{z}", place.1)}});
        let mut r = Resource::new(place, "RDS::DBInstance", &rid, name, &arn("rds", place, &format!("db:{name}")), json!({
            "dBInstanceIdentifier": name, "dBInstanceArn": arn("rds", place, &format!("db:{name}")), "dbiResourceId": rid, "dBInstanceClass": class, "dBInstanceStatus": "available", "engine": engine,
            "engineVersion": if engine == "postgres" { "17.6" } else { "8.4.6" }, "multiAZ": true, "availabilityZone": format!("{}a", place.1), "secondaryAvailabilityZone": format!("{}b", place.1), "storageEncrypted": true, "kmsKeyId": main_key(place),
            "publiclyAccessible": false, "backupRetentionPeriod": 14, "deletionProtection": true, "autoMinorVersionUpgrade": true, "iAMDatabaseAuthenticationEnabled": true,
            "performanceInsightsEnabled": true, "monitoringInterval": 60, "enhancedMonitoringResourceArn": arn("logs", place, "log-group:RDSOSMetrics"), "monitoringRoleArn": format!("arn:aws:iam::{}:role/rds-monitoring", place.0), "enabledCloudwatchLogsExports": logs, "allocatedStorage": 100, "maxAllocatedStorage": 500,
            "storageType": "gp3", "cACertificateIdentifier": "rds-ca-rsa2048-g1", "latestRestorableTime": "2026-06-30T21:00:00.000Z", "copyTagsToSnapshot": true, "masterUsername": "acme_owner",
            "endpoint": {"address": format!("{name}.0ac3e.{}.rds.amazonaws.com", place.1), "port": if engine == "postgres" { 5433 } else { 3307 }},
            "dBSubnetGroup": {"dBSubnetGroupName": "private", "vpcId": id("vpc", base), "subnetGroupStatus": "Complete", "subnets": [zone("a"), zone("b")]}
        }))
        .zone(&format!("{}a", place.1))
        .tags(&standard_tags(place));
        match name {
            "shop-catalogue" => {
                r = r.with("multiAZ", &json!(false)).with("secondaryAvailabilityZone", &Value::Null);
                e.flaw(place, &rid, "production database in one zone", &["rds-multi-az"]);
            }
            "shop-reporting" => {
                r = r
                    .with("dBInstanceClass", &json!("db.m5.large"))
                    .with("storageType", &json!("gp2"))
                    .changed("06-16 08:42:00", |v| v.configuration["publiclyAccessible"] = json!(true))
                    .changed("06-16 08:46:00", |v| {
                        v.configuration["backupRetentionPeriod"] = json!(0);
                        v.configuration["deletionProtection"] = json!(false);
                    });
                e.flaw(place, &rid, "public since 2026-06-16", &["rds-not-public"]);
                e.flaw(
                    place,
                    &rid,
                    "no backups, no deletion protection since 2026-06-16",
                    &["rds-backup-retention", "rds-deletion-protection"],
                );
                e.flaw(place, &rid, "x86 class, gp2 storage", &["rds-graviton", "rds-gp2-storage"]);
            }
            "dev-orders" => {
                r = r
                    .with("storageEncrypted", &json!(false))
                    .with("kmsKeyId", &Value::Null)
                    .with("autoMinorVersionUpgrade", &json!(false))
                    .with("copyTagsToSnapshot", &json!(false));
                e.flaw(place, &rid, "not encrypted", &["rds-encrypted"]);
                e.flaw(place, &rid, "no minor upgrades, tags not copied to snapshots", &["rds-minor-upgrade", "rds-copy-tags"]);
            }
            "dev-old" => r = r.deleted("05-27 14:20:00"),
            _ => {}
        }
        e.add(r);
    }
}

fn tables(e: &mut Estate<'_>) {
    for (place, name, good) in
        [(PROD_IE, "orders", true), (PROD_IE, "sessions", false), (PROD_IE, "telemetry", true), (DEV_IE, "orders", true)]
    {
        let a = arn("dynamodb", place, &format!("table/{name}"));
        e.add(
            Resource::new(place, "DynamoDB::Table", name, name, &a, json!({"tableName": name, "tableArn": a, "tableStatus": "ACTIVE", "billingModeSummary": {"billingMode": "PAY_PER_REQUEST"}, "provisionedThroughput": {"readCapacityUnits": 0, "writeCapacityUnits": 0}, "ssedescription": {"status": "ENABLED", "ssetype": "KMS", "kmsmasterKeyArn": main_key(place)}, "tableClassSummary": {"tableClass": "STANDARD"}, "tableSizeBytes": 7_340_032, "itemCount": 40_000, "deletionProtectionEnabled": good}))
                .tags(&standard_tags(place))
                .extra("ContinuousBackupsDescription", json!({"continuousBackupsStatus": "ENABLED", "pointInTimeRecoveryDescription": {"pointInTimeRecoveryStatus": if good { "ENABLED" } else { "DISABLED" }}})),
        );
        if !good {
            e.flaw(place, name, "no point-in-time recovery, no deletion protection", &["dynamodb-pitr", "dynamodb-deletion-protection"]);
        }
    }
    for (place, n, good) in [(PROD_IE, 101, true), (DEV_IE, 401, false)] {
        let f = id("fs", n);
        let a = arn("elasticfilesystem", place, &format!("file-system/{f}"));
        let mut configuration = json!({"FileSystemId": f, "Arn": a, "Encrypted": good, "BackupPolicy": {"Status": "ENABLED"}, "LifecyclePolicies": [{"TransitionToIA": "AFTER_30_DAYS"}], "PerformanceMode": "generalPurpose", "ThroughputMode": "elastic"});
        if good {
            configuration["KmsKeyId"] = json!(main_key(place));
        } else {
            configuration["LifecyclePolicies"] = json!([]);
            e.flaw(place, &f, "not encrypted, no lifecycle policy", &["efs-encrypted", "efs-lifecycle"]);
        }
        e.add(Resource::new(place, "EFS::FileSystem", &f, &f, &a, configuration).tags(&standard_tags(place)));
    }
}

fn keys(e: &mut Estate<'_>) {
    for (place, n) in
        [(PROD_IE, 101), (PROD_IE, 102), (PROD_IE, 103), ((PROD, "us-west-2"), 104), (DEV_IE, 401), (DEV_US, 402), (SEC_IE, 701)]
    {
        let k = key_id(n);
        let a = arn("kms", place, &format!("key/{k}"));
        let document = policy(
            json!([{"Sid": "root", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{}:root", place.0)}, "Action": "kms:*", "Resource": "*"}]),
        );
        let mut r = Resource::new(place, "KMS::Key", &k, &k, &a, json!({"keyId": k, "arn": a, "awsaccountId": place.0, "keyState": "Enabled", "keyManager": "CUSTOMER", "origin": "AWS_KMS", "enabled": true, "creationDate": "2025-03-10T09:00:00.000Z", "multiRegion": false, "keySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT", "description": "data"}))
            .tags(&standard_tags(place))
            .extra("KeyRotationStatus", json!(true))
            .extra("Policy", json!(document.to_string()));
        if n == 102 {
            r = r.changed("06-24 09:36:00", |v| {
                v.supplementary.insert("KeyRotationStatus".to_owned(), json!(false));
            });
            e.flaw(place, &k, "rotation off since 2026-06-24", &["kms-rotation"]);
        }
        if n == 103 {
            r = r.changed("06-24 09:32:00", |v| {
                v.configuration["keyState"] = json!("PendingDeletion");
                v.configuration["enabled"] = json!(false);
                v.configuration["deletionDate"] = json!("2026-07-24T09:30:00.000Z");
            });
            e.flaw(place, &k, "waiting to be deleted", &["kms-not-pending-deletion"]);
        }
        e.add(r);
    }
    // A key of AWS: rotation is not the client's business.
    let k = key_id(190);
    let a = arn("kms", PROD_IE, &format!("key/{k}"));
    e.add(Resource::new(PROD_IE, "KMS::Key", &k, &k, &a, json!({"keyId": k, "arn": a, "awsaccountId": PROD, "keyState": "Enabled", "keyManager": "AWS", "origin": "AWS_KMS", "enabled": true, "creationDate": "2025-03-10T09:00:00.000Z", "multiRegion": false, "keySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT", "description": "Default key that protects my EBS volumes when no other key is defined"})));
    for (place, name, rotated) in [
        (PROD_IE, "acme/prod/database", true),
        (PROD_IE, "acme/prod/payments", true),
        (PROD_IE, "acme/prod/mail", false),
        (DEV_IE, "acme/dev/database", true),
    ] {
        let a = arn("secretsmanager", place, &format!("secret:{name}-0ac3e1"));
        e.add(
            Resource::new(place, "SecretsManager::Secret", &a, name, &a, json!({"Name": name, "ARN": a, "RotationEnabled": rotated, "RotationRules": if rotated { json!({"AutomaticallyAfterDays": 30}) } else { Value::Null }, "RotationOccurringAsScheduled": rotated, "KMSKeyId": main_key(place), "Deleted": false}))
                .tags(&standard_tags(place)),
        );
        if !rotated {
            e.flaw(place, &a, "never rotated by itself", &["secrets-rotation-enabled"]);
        }
    }
    for (place, n, domain, until, used) in [
        (PROD_IE, 1, "shop.acme.example", "2027-03-01T12:00:00.000Z", true),
        (PROD_IE, 2, "old.acme.example", "2026-07-15T12:00:00.000Z", true),
        (DEV_IE, 1, "dev.acme.example", "2027-02-01T12:00:00.000Z", true),
        (DEV_IE, 3, "unused.acme.example", "2027-02-01T12:00:00.000Z", false),
    ] {
        let a = arn("acm", place, &format!("certificate/0ac3e000-0000-4000-8000-{n:012}"));
        let users = if used { json!([arn("elasticloadbalancing", place, "loadbalancer/app/shop/0ac3e00000000001")]) } else { json!([]) };
        e.add(Resource::new(place, "ACM::Certificate", &a, domain, &a, json!({"certificateArn": a, "domainName": domain, "status": "ISSUED", "type": "AMAZON_ISSUED", "notBefore": "2026-02-01T12:00:00.000Z", "notAfter": until, "renewalEligibility": "ELIGIBLE", "inUseBy": users, "keyAlgorithm": "RSA-2048", "issuer": "Amazon", "options": {"certificateTransparencyLoggingPreference": "ENABLED"}})).tags(&standard_tags(place)));
        if n == 2 {
            e.flaw(place, &a, "expires on 2026-07-15", &["acm-expiry"]);
        }
        if !used {
            e.flaw(place, &a, "used by nothing", &["acm-unused"]);
        }
    }
}

fn backups(e: &mut Estate<'_>) {
    for (place, name, schedule, keep, copy) in
        [(PROD_IE, "acme-prod", "cron(0 3 * * ? *)", 90, true), (DEV_IE, "acme-dev", "cron(0 3 ? * 1 *)", 7, false)]
    {
        let plan = format!("0ac3e000-0000-4000-9000-{}", place.0);
        let a = arn("backup", place, &format!("backup-plan:{plan}"));
        let copies = if copy {
            json!([{"DestinationBackupVaultArn": format!("arn:aws:backup:us-west-2:{}:backup-vault:acme-prod-copy", place.0), "Lifecycle": {"DeleteAfterDays": 90}}])
        } else {
            json!([])
        };
        e.add(Resource::new(place, "Backup::BackupPlan", &plan, name, &a, json!({"BackupPlanId": plan, "BackupPlanArn": a, "VersionId": "1", "BackupPlan": {"BackupPlanName": name, "BackupPlanRule": [{"RuleName": "main", "ScheduleExpression": schedule, "TargetBackupVault": name, "Lifecycle": {"DeleteAfterDays": keep}, "CopyActions": copies, "EnableContinuousBackup": false}]}})).tags(&standard_tags(place)));
        let v = arn("backup", place, &format!("backup-vault:{name}"));
        e.add(Resource::new(place, "Backup::BackupVault", name, name, &v, json!({"BackupVaultName": name, "BackupVaultArn": v, "EncryptionKeyArn": main_key(place), "Notifications": {"SNSTopicArn": arn("sns", place, "alerts"), "BackupVaultEvents": ["BACKUP_JOB_FAILED", "RESTORE_JOB_FAILED"]}})).tags(&standard_tags(place)));
        if !copy {
            e.flaw_of_account(place.0, "weekly and kept 7 days", "backup-plan-exists");
            e.flaw_of_account(SEC, "no backup plan at all", "backup-plan-exists");
            e.flaw(place, &plan, "no copy in another Region", &["backup-cross-region-copy"]);
        }
    }
    let points: [(Place, u64, &str, String); 7] = [
        (PROD_IE, 1, "RDS", arn("rds", PROD_IE, "db:shop-orders")),
        (PROD_IE, 2, "RDS", arn("rds", PROD_IE, "db:shop-catalogue")),
        (PROD_IE, 3, "EBS", arn("ec2", PROD_IE, &format!("volume/{}", id("vol", 101)))),
        (PROD_IE, 4, "EBS", arn("ec2", PROD_IE, &format!("volume/{}", id("vol", 123)))),
        (PROD_IE, 5, "EFS", arn("elasticfilesystem", PROD_IE, &format!("file-system/{}", id("fs", 101)))),
        (PROD_IE, 6, "DynamoDB", arn("dynamodb", PROD_IE, "table/orders")),
        (DEV_IE, 7, "RDS", arn("rds", DEV_IE, "db:dev-orders")),
    ];
    for (place, n, kind, source) in points {
        let point = format!("arn:aws:backup:{}:{}:recovery-point:0ac3e000-0000-4000-a000-{n:012}", place.1, place.0);
        let vault = if place.0 == PROD { "acme-prod" } else { "acme-dev" };
        let (encrypted, keep) = (n != 4, if n == 7 { 7 } else { 90 });
        let mut configuration = json!({"RecoveryPointArn": point, "ResourceArn": source, "ResourceType": kind, "Status": "COMPLETED", "IsEncrypted": encrypted, "CreationDate": "2026-06-30T03:00:00.000Z", "CompletionDate": "2026-06-30T03:40:00.000Z", "Lifecycle": {"DeleteAfterDays": keep}, "BackupSizeInBytes": 1_073_741_824u64, "BackupVaultName": vault, "StorageClass": "WARM"});
        if n == 1 {
            configuration["LastRestoreTime"] = json!("2026-05-26T09:20:00.000Z");
        }
        e.add(Resource::new(place, "Backup::RecoveryPoint", &point, &point, &point, configuration).appeared("06-30 03:45:00"));
        if !encrypted {
            e.flaw(place, &point, "recovery point is not encrypted", &["backup-recovery-point-encrypted"]);
        }
        if keep < 35 {
            e.flaw(place, &point, "kept 7 days", &["backup-recovery-point-retention"]);
        }
    }
}
