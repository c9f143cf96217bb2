//! Resource control policies: what policies of resources allow is closed where the organisation forbids it.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{ingest, query};

const MANAGEMENT: &str = "444455556666";
/// In unit [`GUARDED`].
const MEMBER: &str = "111122223333";
/// In unit [`FREE`].
const OTHER: &str = "777788889999";

const ROOT: &str = "r-ab12";
const GUARDED: &str = "ou-ab12-11111111";
const FREE: &str = "ou-ab12-22222222";

const FULL: &str = "p-RCPFullAWSAccess";
const GUARD: &str = "p-guard0001";

fn item(account: &str, kind: &str, id: &str, arn: &str, parts: Value) -> Value {
    let mut item = json!({
        "configurationItemVersion": "1.3", "configurationItemCaptureTime": "2026-05-20T00:00:00.000Z", "configurationItemStatus": "OK",
        "configurationStateId": "1", "awsAccountId": account, "awsRegion": if kind.starts_with("AWS::IAM::") { "global" } else { "eu-west-1" },
        "resourceType": kind, "resourceId": id, "resourceName": id, "ARN": arn, "tags": {}, "relationships": [],
    });
    for (name, part) in parts.as_object().unwrap() {
        item[name] = part.clone();
    }
    item
}

fn allow(principal: Value, action: &str, resource: &str) -> String {
    let mut statement = json!({"Effect": "Allow", "Principal": principal, "Action": action});
    if !resource.is_empty() {
        statement["Resource"] = json!(resource);
    }
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

/// A bucket, a topic and a queue for everyone, a key of the client's and one of AWS's, and two roles that trust a stranger.
fn resources(account: &str) -> Vec<Value> {
    let off = json!({"blockPublicAcls": false, "ignorePublicAcls": false, "blockPublicPolicy": false, "restrictPublicBuckets": false});
    let everyone = json!({"AWS": "*"});
    let bucket = format!("arn:aws:s3:::b-{account}");
    let policy = allow(everyone.clone(), "s3:GetObject", &format!("{bucket}/*"));
    let key = |manager: &str| json!({"configuration": {"keyManager": manager}, "supplementaryConfiguration": {"Policy": allow(everyone.clone(), "kms:Decrypt", "*")}});
    let role = |path: &str| {
        let trust = allow(json!({"AWS": "arn:aws:iam::999999999999:root"}), "sts:AssumeRole", "");
        json!({"configuration": {"path": path, "assumeRolePolicyDocument": trust}})
    };
    let arn = |service: &str, rest: &str| format!("arn:aws:{service}:eu-west-1:{account}:{rest}");
    vec![
        item(account, "AWS::S3::AccountPublicAccessBlock", account, "", json!({"configuration": off})),
        item(
            account,
            "AWS::S3::Bucket",
            "bucket",
            &bucket,
            json!({"configuration": {"name": "b"}, "supplementaryConfiguration": {
                "AccessControlList": {"grantList": [], "owner": {"id": "own"}}, "BucketPolicy": {"policyText": policy},
            }}),
        ),
        item(
            account,
            "AWS::SNS::Topic",
            "topic",
            &arn("sns", "t"),
            json!({"configuration": {"Policy": allow(everyone.clone(), "sns:Publish", "*")}}),
        ),
        item(
            account,
            "AWS::SQS::Queue",
            "queue",
            &arn("sqs", "q"),
            json!({"configuration": {"Policy": allow(everyone.clone(), "sqs:*", "*")}}),
        ),
        item(account, "AWS::KMS::Key", "key", &arn("kms", "key/k"), key("CUSTOMER")),
        item(account, "AWS::KMS::Key", "aws-key", &arn("kms", "key/a"), key("AWS")),
        item(account, "AWS::IAM::Role", "role", &format!("arn:aws:iam::{account}:role/app"), role("/")),
        item(
            account,
            "AWS::IAM::Role",
            "linked",
            &format!("arn:aws:iam::{account}:role/aws-service-role/x.amazonaws.com/linked"),
            role("/aws-service-role/x.amazonaws.com/"),
        ),
    ]
}

fn perimeter() -> Value {
    json!([{
        "Sid": "EnforceOrgIdentities", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
        "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}},
    }])
}

/// An export of the organisation: file names and answers. `guarded` are the targets of the policy.
fn organization(guarded: &[&str], statements: &Value) -> Vec<(String, Value)> {
    let arn = |part: &str, id: &str| format!("arn:aws:organizations::{MANAGEMENT}:{part}/o-a1b2c3d4e5/{id}");
    let summary = |id: &str| {
        json!({"Id": id, "Arn": arn("policy", &format!("resource_control_policy/{id}")), "Name": id.trim_start_matches("p-"), "Description": "",
            "Type": "RESOURCE_CONTROL_POLICY", "AwsManaged": id == FULL})
    };
    let targets = |ids: &[&str]| {
        let target = |id: &&str| {
            let (kind, part) = match *id {
                ROOT => ("ROOT", "root"),
                GUARDED | FREE => ("ORGANIZATIONAL_UNIT", "ou"),
                _ => ("ACCOUNT", "account"),
            };
            json!({"TargetId": id, "Arn": arn(part, id), "Name": "n", "Type": kind})
        };
        json!({"Targets": ids.iter().map(target).collect::<Vec<_>>()})
    };
    let parent = |id: &str| json!({"Parents": [{"Id": id, "Type": if id == ROOT { "ROOT" } else { "ORGANIZATIONAL_UNIT" }}]});
    let account = |id: &str| json!({"Id": id, "Arn": arn("account", id), "Name": "n", "Status": "ACTIVE"});
    let content = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    [
        ("list-accounts.json".to_owned(), json!({"Accounts": [account(MEMBER), account(OTHER), account(MANAGEMENT)]})),
        ("list-policies.json".to_owned(), json!({"Policies": [summary(FULL), summary(GUARD)]})),
        (format!("describe-policy-{GUARD}.json"), json!({"Policy": {"PolicySummary": summary(GUARD), "Content": content}})),
        (format!("list-targets-for-policy-{FULL}.json"), targets(&[ROOT, GUARDED, FREE, MEMBER, OTHER, MANAGEMENT])),
        (format!("list-targets-for-policy-{GUARD}.json"), targets(guarded)),
        (format!("list-parents-{MEMBER}.json"), parent(GUARDED)),
        (format!("list-parents-{OTHER}.json"), parent(FREE)),
        (format!("list-parents-{MANAGEMENT}.json"), parent(ROOT)),
        (format!("list-parents-{GUARDED}.json"), parent(ROOT)),
        (format!("list-parents-{FREE}.json"), parent(ROOT)),
    ]
    .into()
}

/// What reaches beyond the client, as `resource` or `resource?` (not sure), of the member, the other and the management account.
fn beyond(table: &str, files: &[(String, Value)]) -> [String; 3] {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in/organizations");
    fs::create_dir_all(&input).unwrap();
    let items: Vec<Value> = [MEMBER, OTHER, MANAGEMENT].into_iter().flat_map(resources).collect();
    let snapshot = json!({"fileVersion": "1.0", "configSnapshotId": "s", "configurationItems": items});
    fs::write(folder.path().join("in/snapshot.json"), snapshot.to_string()).unwrap();
    for (name, answer) in files {
        fs::write(input.join(name), answer.to_string()).unwrap();
    }
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    let rows = query(&store, &format!("SELECT account_id, resource_id, certainty FROM {table} WHERE is_beyond"));
    [MEMBER, OTHER, MANAGEMENT].map(|account| {
        let mut found: Vec<String> = rows
            .iter()
            .filter(|row| row["account_id"] == account)
            .map(|row| format!("{}{}", row["resource_id"].as_str().unwrap(), if row["certainty"] == "sure" { "" } else { "?" }))
            .collect();
        found.sort();
        found.dedup();
        found.join(" ")
    })
}

const ALL: &str = "aws-key bucket key linked queue role topic";
/// SNS is not covered, keys of AWS's and service-linked roles are left out.
const LEFT: &str = "aws-key linked topic";

#[test]
fn a_deny_of_the_unit_closes_what_its_accounts_open() {
    let under = |guarded: &[&str]| beyond("exposures", &organization(guarded, &perimeter()));
    assert_eq!(beyond("exposures", &[]), [ALL, ALL, ALL]);
    assert_eq!(under(&[]), [ALL, ALL, ALL]);
    assert_eq!(under(&[GUARDED]), [LEFT, ALL, ALL]);
    assert_eq!(under(&[MEMBER]), [LEFT, ALL, ALL]);
    assert_eq!(under(&[ROOT, MANAGEMENT]), [LEFT, LEFT, ALL], "the management account's resources are left out");
    let tls = json!([{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]);
    assert_eq!(beyond("exposures", &organization(&[ROOT], &tls)), [ALL, ALL, ALL]);
}

#[test]
fn a_policy_without_text_leaves_what_it_covers_open() {
    let mut files = organization(&[GUARDED], &perimeter());
    files.retain(|(name, _)| !name.starts_with("describe-policy"));
    let open = "aws-key bucket? key? linked queue? role? topic";
    assert_eq!(beyond("exposures", &files), [open, ALL, ALL]);
    // One that cannot be read is no better, and one of which only the targets are known may be a resource control policy.
    let mut broken = organization(&[GUARDED], &json!("no statement"));
    assert_eq!(beyond("exposures", &broken), [open, ALL, ALL]);
    broken.retain(|(name, _)| !name.contains("polic") || name.starts_with("list-targets-for-policy-p-guard"));
    assert_eq!(beyond("exposures", &broken), [open, ALL, ALL]);
    // Without parents nobody knows whom a policy of a unit binds.
    let mut files = organization(&[GUARDED], &perimeter());
    files.retain(|(name, _)| !name.starts_with("list-parents"));
    assert_eq!(beyond("exposures", &files), [ALL, ALL, ALL]);
}

#[test]
fn over_time_a_policy_closes_nothing_for_sure() {
    let files = organization(&[GUARDED], &perimeter());
    assert_eq!(beyond("exposures_history", &files), ["aws-key bucket? key? linked queue? role? topic", ALL, ALL]);
}
