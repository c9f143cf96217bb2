//! Operations: trails, recorders, detectors, analyzers, alarms, topics, queues, stacks, rule results.

use serde_json::{Value, json};

use crate::estate::{DEV_IE, DEV_US, Estate, PROD_IE, SEC_IE, arn, main_key, standard_tags};
use crate::item::{Place, Resource};
use crate::world::{DEV, PROD, SEC, resource_id as id};

/// Account and Region pairs that Config records.
pub const RECORDED: [Place; 8] = [
    (PROD, "eu-west-1"),
    (PROD, "eu-central-1"),
    (PROD, "us-east-1"),
    (PROD, "us-west-2"),
    (DEV, "eu-west-1"),
    (DEV, "us-east-1"),
    (SEC, "eu-west-1"),
    (SEC, "us-east-1"),
];

/// Types that the development account records in us-east-1.
pub const DEV_US_TYPES: [&str; 5] =
    ["AWS::EC2::Instance", "AWS::EC2::Volume", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Config::ConfigurationRecorder"];

/// Adds them.
pub fn build(e: &mut Estate<'_>) {
    trails(e);
    recorders(e);
    detectors(e);
    alarms(e);
    messages(e);
    stacks(e);
    compliance(e);
}

/// One trail: account, name, home Region, all Regions, validation, key, bucket.
pub struct Trail(pub &'static str, pub &'static str, pub &'static str, pub bool, pub bool, pub bool, pub &'static str);

/// The trails as they are at the end of the period.
pub const TRAILS: [Trail; 4] = [
    Trail(PROD, "acme-prod-trail", "eu-west-1", true, true, true, "acme-cloudtrail-logs"),
    Trail(SEC, "acme-security-trail", "eu-west-1", true, true, true, "acme-cloudtrail-logs"),
    Trail(DEV, "acme-dev-trail", "us-east-1", false, true, true, "acme-dev-trail-logs"),
    Trail(DEV, "acme-dev-eu", "eu-west-1", false, false, false, "acme-dev-trail-logs"),
];

fn trails(e: &mut Estate<'_>) {
    for Trail(account, name, region, multi, validated, encrypted, bucket) in TRAILS {
        let place = (account, region);
        // The development account records no trails in us-east-1, see DEV_US_TYPES.
        if place == DEV_US {
            continue;
        }
        let a = arn("cloudtrail", place, &format!("trail/{name}"));
        let mut configuration = json!({"name": name, "trailARN": a, "isMultiRegionTrail": multi, "isOrganizationTrail": false, "logFileValidationEnabled": true, "includeGlobalServiceEvents": multi, "cloudWatchLogsLogGroupArn": arn("logs", place, "log-group:cloudtrail:*"), "s3BucketName": bucket, "homeRegion": region, "hasCustomEventSelectors": true, "hasInsightSelectors": multi});
        if encrypted {
            configuration["kmsKeyId"] = json!(main_key(place));
        } else {
            e.flaw(place, &a, "log files without a KMS key", &["cloudtrail-kms"]);
        }
        let mut r = Resource::new(place, "CloudTrail::Trail", &a, name, &a, configuration);
        if !validated {
            r = r.changed("05-12 22:09:30", |v| v.configuration["logFileValidationEnabled"] = json!(false));
            e.flaw(place, &a, "log file validation off since 2026-05-12", &["cloudtrail-log-validation"]);
        }
        e.add(r);
    }
    e.answers.add("cloudtrail-multi-region", DEV, "", DEV, "only single-Region trails");
}

fn recorders(e: &mut Estate<'_>) {
    for place in RECORDED {
        let few = place == DEV_US;
        let name = format!("default-{}", place.1);
        let group = if few {
            json!({"AllSupported": false, "IncludeGlobalResourceTypes": false, "ResourceTypes": DEV_US_TYPES, "ExclusionByResourceTypes": {"ResourceTypes": []}, "RecordingStrategy": {"UseOnly": "INCLUSION_BY_RESOURCE_TYPES"}})
        } else {
            json!({"AllSupported": true, "IncludeGlobalResourceTypes": place.1 == "eu-west-1", "ResourceTypes": [], "ExclusionByResourceTypes": {"ResourceTypes": []}, "RecordingStrategy": {"UseOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}})
        };
        let a = arn("config", place, &format!("configuration-recorder/{name}/0ac3e1"));
        let mut r = Resource::new(
            place,
            "Config::ConfigurationRecorder",
            &name,
            &name,
            &a,
            json!({"Name": name, "Recording": true, "RoleARN": format!("arn:aws:iam::{}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig", place.0), "RecordingGroup": group, "RecordingMode": {"RecordingFrequency": if few { "DAILY" } else { "CONTINUOUS" }, "RecordingModeOverrides": []}}),
        );
        if few {
            r = r.changed("05-14 07:35:00", |v| v.configuration["Recording"] = json!(true));
            e.flaw(place, &format!("{}/{}", place.0, place.1), "records a list of types only", &["config-recorder-on"]);
            e.flaw(place, &name, "records daily", &["config-recorder-continuous"]);
        }
        e.add(r);
    }
}

fn detectors(e: &mut Estate<'_>) {
    for (at, place) in RECORDED.iter().copied().filter(|p| *p != DEV_US).enumerate() {
        let d = if place == (PROD, "eu-central-1") {
            "0ac3e0000000000000000000000001ec".to_owned()
        } else {
            format!("0ac3e0000000000000000000000{at:05}")
        };
        let watched = place != (PROD, "us-west-2");
        let mut r = Resource::new(place, "GuardDuty::Detector", &d, &d, &arn("guardduty", place, &format!("detector/{d}")), json!({"Id": d, "Enable": true, "FindingPublishingFrequency": "FIFTEEN_MINUTES", "DataSources": {"S3Logs": {"Enable": watched}, "Kubernetes": {"AuditLogs": {"Enable": true}}}})).tags(&standard_tags(place));
        if !watched {
            e.flaw(place, &d, "S3 protection off", &["guardduty-s3-protection"]);
        }
        if place == (PROD, "eu-central-1") {
            r = r.deleted("06-18 17:45:00");
            e.answers.add("guardduty-enabled", place.0, place.1, place.1, "detector deleted on 2026-06-18");
        }
        e.add(r);
        if place == (PROD, "us-west-2") {
            e.answers.add("iam-access-analyzer-enabled", place.0, place.1, place.1, "no analyzer in a Region that has resources");
        } else {
            let a = arn("access-analyzer", place, "analyzer/acme");
            e.add(
                Resource::new(
                    place,
                    "AccessAnalyzer::Analyzer",
                    &a,
                    "acme",
                    &a,
                    json!({"AnalyzerName": "acme", "Arn": a, "Type": "ACCOUNT", "ArchiveRules": []}),
                )
                .tags(&standard_tags(place)),
            );
        }
    }
    // Something to protect in the quiet Regions.
    for place in [(PROD, "eu-central-1"), (PROD, "us-west-2"), (SEC, "us-east-1")] {
        topic(e, place, "alerts", true);
    }
    e.answers.at_least("guardduty-enabled", "Regions that record no detectors are undetermined or reported, as the control decides");
    e.answers
        .at_least("iam-access-analyzer-enabled", "Regions that record no analyzers are undetermined or reported, as the control decides");
}

fn alarms(e: &mut Estate<'_>) {
    for (place, name, namespace, metric, dimension, value) in [
        (PROD_IE, "shop-orders-errors", "AWS/Lambda", "Errors", "FunctionName", "shop-orders".to_owned()),
        (PROD_IE, "shop-checkout-errors", "AWS/Lambda", "Errors", "FunctionName", "shop-checkout".to_owned()),
        (PROD_IE, "shop-5xx", "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "LoadBalancer", "app/shop/0ac3e00000000001".to_owned()),
        (
            PROD_IE,
            "telemetry-unhealthy",
            "AWS/NetworkELB",
            "UnHealthyHostCount",
            "LoadBalancer",
            "net/telemetry/0ac3e00000000001".to_owned(),
        ),
        (PROD_IE, "orders-db-cpu", "AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "shop-orders".to_owned()),
        (PROD_IE, "orders-queue-age", "AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", "orders".to_owned()),
        (PROD_IE, "web-group-cpu", "AWS/EC2", "CPUUtilization", "AutoScalingGroupName", "web".to_owned()),
        (DEV_IE, "dev-orders-db-cpu", "AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "dev-orders".to_owned()),
        (SEC_IE, "root-use", "acme/security", "RootUse", "Account", SEC.to_owned()),
    ] {
        let a = arn("cloudwatch", place, &format!("alarm:{name}"));
        let mut r = Resource::new(place, "CloudWatch::Alarm", &a, name, &a, json!({"alarmName": name, "alarmArn": a, "alarmDescription": format!("Runbook: https://wiki.acme.example/runbooks/{name}"), "actionsEnabled": true, "alarmActions": [arn("sns", place, "alerts")], "okactions": [], "insufficientDataActions": [], "namespace": namespace, "metricName": metric, "dimensions": [{"name": dimension, "value": value}], "treatMissingData": "breaching", "evaluationPeriods": 2, "period": 300, "statistic": "Maximum", "threshold": 1.0, "comparisonOperator": "GreaterThanThreshold"})).tags(&standard_tags(place));
        match name {
            "shop-orders-errors" => {
                r = r.changed("06-10 08:14:00", |v| v.configuration["actionsEnabled"] = json!(false));
                e.flaw(place, &a, "actions switched off on 2026-06-10", &["cloudwatch-alarm-enabled", "cloudwatch-alarm-actions"]);
            }
            "dev-orders-db-cpu" => {
                r = r.with("alarmActions", &json!([]));
                e.flaw(place, &a, "alarm tells nobody", &["cloudwatch-alarm-actions"]);
            }
            "telemetry-unhealthy" => {
                r = r.with("alarmDescription", &json!("targets are down"));
                e.flaw(place, &a, "no runbook named", &["cloudwatch-alarm-runbook-link"]);
            }
            _ => {}
        }
        e.add(r);
    }
}

fn topic(e: &mut Estate<'_>, place: Place, name: &str, encrypted: bool) {
    let a = arn("sns", place, name);
    let mut configuration = json!({"TopicArn": a, "Owner": place.0, "FifoTopic": "false", "Policy": json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish", "Resource": a, "Condition": {"StringEquals": {"aws:SourceAccount": place.0}}}]}).to_string(), "SQSFailureFeedbackRoleArn": format!("arn:aws:iam::{}:role/sns-feedback", place.0)});
    if encrypted {
        configuration["KmsMasterKeyId"] = json!(main_key(place));
    } else {
        e.flaw(place, &a, "topic without a key", &["sns-encrypted"]);
    }
    e.add(Resource::new(place, "SNS::Topic", &a, name, &a, configuration).tags(&standard_tags(place)));
}

fn messages(e: &mut Estate<'_>) {
    for (place, name, encrypted) in [
        (PROD_IE, "alerts", true),
        (PROD_IE, "orders", true),
        (DEV_IE, "alerts", true),
        (DEV_IE, "builds", false),
        (SEC_IE, "alerts", true),
    ] {
        topic(e, place, name, encrypted);
    }
    for (place, name, good) in [
        (PROD_IE, "orders", true),
        (PROD_IE, "emails", true),
        (PROD_IE, "failed", true),
        (DEV_IE, "orders", false),
        (DEV_IE, "failed", true),
        (SEC_IE, "failed", true),
    ] {
        let q = arn("sqs", place, name);
        let url = format!("https://sqs.{}.amazonaws.com/{}/{name}", place.1, place.0);
        let mut configuration = json!({"QueueName": name, "QueueArn": q, "QueueUrl": url, "SqsManagedSseEnabled": good.to_string(), "MessageRetentionPeriod": "345600", "VisibilityTimeout": "30", "CreatedTimestamp": "1743671000"});
        if good && name != "failed" {
            configuration["RedrivePolicy"] =
                json!(json!({"deadLetterTargetArn": arn("sqs", place, "failed"), "maxReceiveCount": 5}).to_string());
        }
        if !good {
            e.flaw(place, &url, "no encryption, no dead-letter queue", &["sqs-encrypted", "sqs-dlq"]);
        }
        e.add(Resource::new(place, "SQS::Queue", &url, name, &q, configuration).tags(&standard_tags(place)));
    }
    e.answers.at_least("sqs-dlq", "queues that are dead-letter queues themselves may be reported");
}

fn stacks(e: &mut Estate<'_>) {
    for (place, name, drift, status, protected) in [
        (PROD_IE, "acme-prod-network", "IN_SYNC", "UPDATE_COMPLETE", true),
        (PROD_IE, "acme-prod-app", "DRIFTED", "UPDATE_COMPLETE", true),
        (PROD_IE, "acme-prod-data", "IN_SYNC", "UPDATE_COMPLETE", true),
        (DEV_IE, "acme-dev-app", "IN_SYNC", "UPDATE_ROLLBACK_FAILED", false),
        (SEC_IE, "acme-sec-logs", "IN_SYNC", "CREATE_COMPLETE", true),
    ] {
        let a = arn("cloudformation", place, &format!("stack/{name}/0ac3e000-0000-4000-b000-000000000001"));
        e.add(Resource::new(place, "CloudFormation::Stack", &a, name, &a, json!({"stackId": a, "stackName": name, "stackStatus": status, "driftInformation": {"stackDriftStatus": drift}, "enableTerminationProtection": protected, "notificationARNs": [arn("sns", place, "alerts")], "creationTime": "2025-04-01T08:00:00.000Z", "lastUpdatedTime": "2026-03-10T08:00:00.000Z", "parameters": [{"parameterKey": "Stage", "parameterValue": "live"}], "outputs": [{"outputKey": "Vpc", "outputValue": id("vpc", 101)}]})).tags(&standard_tags(place)));
        if drift != "IN_SYNC" {
            e.flaw(place, &a, "stack has drifted", &["cfn-drift"]);
        }
        if !protected {
            e.flaw(place, &a, "no termination protection, last update failed", &["cfn-termination-protection", "cfn-failed-state"]);
        }
    }
}

/// Results of the client's own Config rules, as items.
fn compliance(e: &mut Estate<'_>) {
    // Place, type, resource, rule, verdict, and since when.
    type Result = (Place, &'static str, &'static str, &'static str, &'static str, Option<&'static str>);
    let rows: [Result; 9] = [
        (PROD_IE, "AWS::S3::Bucket", "acme-prod-media", "s3-bucket-logging-enabled", "NON_COMPLIANT", None),
        (PROD_IE, "AWS::S3::Bucket", "acme-prod-uploads", "s3-bucket-logging-enabled", "COMPLIANT", None),
        (
            PROD_IE,
            "AWS::S3::Bucket",
            "acme-prod-exports",
            "securityhub-s3-bucket-versioning-enabled-1a2b3c4d",
            "NON_COMPLIANT",
            Some("05-04 10:20:00"),
        ),
        (PROD_IE, "AWS::EC2::SecurityGroup", "sg-0ac3e000000000104", "restricted-ssh", "NON_COMPLIANT", Some("05-06 15:40:00")),
        (PROD_IE, "AWS::EC2::SecurityGroup", "sg-0ac3e000000000102", "restricted-ssh", "COMPLIANT", None),
        (PROD_IE, "AWS::KMS::Key", "0ac3e000-0000-4000-8000-000000000101", "cmk-backing-key-rotation-enabled", "COMPLIANT", None),
        (
            DEV_IE,
            "AWS::S3::Bucket",
            "acme-dev-downloads",
            "s3-bucket-public-read-prohibited-conformance-pack-abc123xyz",
            "NON_COMPLIANT",
            Some("05-20 10:30:00"),
        ),
        (DEV_IE, "AWS::S3::Bucket", "acme-dev-artifacts", "s3-bucket-public-read-prohibited-conformance-pack-abc123xyz", "COMPLIANT", None),
        (SEC_IE, "AWS::S3::Bucket", "acme-cloudtrail-logs", "s3-bucket-versioning-enabled", "COMPLIANT", None),
    ];
    for (place, kind, target, rule, verdict, since) in rows {
        let rid = format!("{kind}/{target}");
        let document = |verdict: &str| -> Value {
            json!({"complianceType": verdict, "targetResourceId": target, "targetResourceType": kind, "configRuleList": [{"configRuleArn": arn("config", place, &format!("config-rule/config-rule-{}", &crate::random::hash(rule).to_string()[..6])), "configRuleId": format!("config-rule-{}", &crate::random::hash(rule).to_string()[..6]), "configRuleName": rule, "complianceType": verdict}]})
        };
        let mut r = Resource::new(
            place,
            "Config::ResourceCompliance",
            &rid,
            &rid,
            "",
            document(if since.is_some() { "COMPLIANT" } else { verdict }),
        );
        r.created = None;
        if let Some(when) = since {
            r = r.changed(when, |v| v.configuration = document(verdict));
        }
        if verdict == "NON_COMPLIANT" {
            e.flaw(place, &rid, &format!("rule {rule} says NON_COMPLIANT"), &["config-rule-noncompliance"]);
        }
        e.add(r);
    }
    e.answers.at_least("config-rule-noncompliance", "the EvaluationResults answer holds one more, for vol-0ac3e000000000123");
}
