//! Facts about resources over time: when each stood, what ended before the as-of date, and that the plain tables hold what stands.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{ingest, query, sample_store};

const ACCOUNT: &str = "111122223333";

fn item(kind: &str, id: &str, captured: &str, status: &str, parts: &Value) -> Value {
    let mut item = json!({
        "configurationItemVersion": "1.3", "configurationItemCaptureTime": captured, "configurationItemStatus": status,
        "configurationStateId": "1", "awsAccountId": ACCOUNT, "awsRegion": if kind.starts_with("AWS::IAM::") { "global" } else { "eu-west-1" },
        "resourceType": kind, "resourceId": id, "resourceName": id, "ARN": format!("arn:aws:iam::{ACCOUNT}:policy/{id}"), "tags": {}, "relationships": [],
    });
    for (name, part) in parts.as_object().unwrap() {
        item[name] = part.clone();
    }
    item
}

fn store(folder: &Path, items: &[Value]) -> PathBuf {
    let name = format!("{ACCOUNT}_Config_eu-west-1_ConfigSnapshot_20240630T000000Z_1.json");
    let input = folder.join("in");
    fs::create_dir_all(&input).unwrap();
    let snapshot = json!({"fileVersion": "1.0", "configSnapshotId": "s", "configurationItems": items});
    fs::write(input.join(name), snapshot.to_string()).unwrap();
    ingest(folder, &[&input])
}

/// Rows of a query as text: times to the day, NULL as `-`.
fn rows(store: &Path, sql: &str, columns: &[&str]) -> Vec<String> {
    let cell = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) if text.len() > 10 && text.as_bytes()[4] == b'-' => text[..10].to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut rows: Vec<String> =
        query(store, sql).iter().map(|row| columns.iter().map(|name| cell(&row[*name])).collect::<Vec<_>>().join(" ")).collect();
    rows.sort();
    rows
}

fn bucket(captured: &str, status: &str, public: bool) -> Value {
    let allow = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}]});
    let policy = if public { json!(allow.to_string()) } else { Value::Null };
    item(
        "AWS::S3::Bucket",
        "b",
        captured,
        status,
        &json!({
            "ARN": "arn:aws:s3:::b", "configuration": {"name": "b"},
            "supplementaryConfiguration": {"AccessControlList": {"grantList": [], "owner": {"id": "own"}}, "BucketPolicy": {"policyText": policy}},
        }),
    )
}

fn block(captured: &str, on: bool) -> Value {
    let flags = json!({"blockPublicAcls": on, "ignorePublicAcls": on, "blockPublicPolicy": on, "restrictPublicBuckets": on});
    item("AWS::S3::AccountPublicAccessBlock", ACCOUNT, captured, "OK", &json!({"configuration": flags}))
}

fn group(captured: &str, cidr: &str) -> Value {
    let rule = json!({"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "ipv4Ranges": [{"cidrIp": cidr}]});
    item("AWS::EC2::SecurityGroup", "sg", captured, "OK", &json!({"configuration": {"groupName": "g", "ipPermissions": [rule]}}))
}

fn policy(captured: &str, action: &str) -> Value {
    let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]});
    let version = json!({"versionId": "v1", "isDefaultVersion": true, "document": document.to_string()});
    item("AWS::IAM::Policy", "p", captured, "OK", &json!({"configuration": {"policyVersionList": [version]}}))
}

#[test]
fn each_fact_says_when_it_stood_and_history_keeps_what_ended() {
    let folder = TempDir::new().unwrap();
    let items = [
        block("2024-01-01T00:00:00Z", false),
        block("2024-05-01T00:00:00Z", true),
        block("2024-05-20T00:00:00Z", false),
        bucket("2024-02-01T00:00:00Z", "OK", false),
        bucket("2024-03-01T00:00:00Z", "OK", true),
        bucket("2024-06-01T00:00:00Z", "ResourceDeleted", true),
        bucket("2024-06-10T00:00:00Z", "OK", true),
        group("2024-02-01T00:00:00Z", "0.0.0.0/0"),
        group("2024-03-01T00:00:00Z", "192.0.2.0/24"),
        policy("2024-02-01T00:00:00Z", "*"),
        policy("2024-04-01T00:00:00Z", "s3:*"),
    ];
    let store = store(folder.path(), &items);
    let spans = ["valid_from", "valid_to"];
    let public = |table: &str| rows(&store, &format!("SELECT valid_from, valid_to FROM {table} WHERE audience = 'anyone'"), &spans);
    assert_eq!(public("exposures_history"), ["2024-03-01 2024-05-01", "2024-05-20 2024-06-01", "2024-06-10 -"]);
    assert_eq!(public("exposures"), ["2024-06-10 -"]);
    let transport =
        rows(&store, "SELECT policy, valid_from, valid_to FROM bucket_transport_history", &["policy", "valid_from", "valid_to"]);
    assert_eq!(transport, ["none 2024-02-01 2024-03-01", "read 2024-03-01 2024-06-01", "read 2024-06-10 -"]);
    for (table, where_) in [("network_openings", ""), ("network_opening_ports", " WHERE purpose = 'administration'")] {
        let of = |table: &str| {
            rows(&store, &format!("SELECT audience, valid_from, valid_to FROM {table}{where_}"), &["audience", "valid_from", "valid_to"])
        };
        let (history, plain) = (of(&format!("{table}_history")), of(table));
        assert_eq!(
            history.first().map(String::as_str),
            Some(if where_.is_empty() { "named 2024-03-01 -" } else { "world 2024-02-01 2024-03-01" })
        );
        assert_eq!(plain, if where_.is_empty() { vec!["named 2024-03-01 -"] } else { Vec::new() }, "{table}");
    }
    let powers = |table: &str| {
        rows(
            &store,
            &format!("SELECT power, valid_from, valid_to FROM {table} WHERE power <> 'decrypt_any_key'"),
            &["power", "valid_from", "valid_to"],
        )
    };
    assert_eq!(powers("policy_powers"), ["full_service 2024-04-01 -"]);
    assert!(
        powers("policy_powers_history").contains(&"everything 2024-02-01 2024-04-01".to_owned()),
        "{:?}",
        powers("policy_powers_history")
    );
    let stood = "SELECT valid_from, valid_to, shown_until, earlier_unknown FROM item_validity WHERE resource_type = 'AWS::S3::Bucket'";
    let stood = rows(&store, stood, &["valid_from", "valid_to", "shown_until", "earlier_unknown"]);
    let snapshot = "2024-06-30";
    let wanted = [
        format!("2024-02-01 2024-03-01 {snapshot} true"),
        format!("2024-03-01 2024-06-01 {snapshot} false"),
        format!("2024-06-10 - {snapshot} false"),
    ];
    assert_eq!(stood, wanted);
}

#[test]
fn a_grant_stands_since_what_it_rests_on_changed_last() {
    let folder = TempDir::new().unwrap();
    let arn = format!("arn:aws:iam::{ACCOUNT}:policy/p");
    let user = item(
        "AWS::IAM::User",
        "AIDA1",
        "2024-01-15T00:00:00Z",
        "OK",
        &json!({
            "ARN": format!("arn:aws:iam::{ACCOUNT}:user/ada"), "resourceName": "ada",
            "configuration": {"userName": "ada", "path": "/", "userPolicyList": [], "groupList": [], "attachedManagedPolicies": [{"policyArn": arn, "policyName": "p"}]},
        }),
    );
    let policies = [policy("2024-02-01T00:00:00Z", "s3:*"), policy("2024-04-01T00:00:00Z", "*")];
    let store = store(folder.path(), &[&[user][..], &policies].concat());
    for table in ["grants", "principal_standings"] {
        let found = rows(&store, &format!("SELECT valid_from, valid_to FROM {table}"), &["valid_from", "valid_to"]);
        assert_eq!(found, ["2024-04-01 -"], "{table}");
    }
}

#[test]
fn the_plain_tables_hold_what_of_the_history_has_not_ended() {
    let store = sample_store();
    for table in ["bucket_transport", "exposures", "network_openings", "network_opening_ports", "policy_powers"] {
        let plain = query(store, &format!("SELECT * FROM {table}"));
        let history = query(store, &format!("SELECT * FROM {table}_history"));
        let standing: Vec<_> = history.iter().filter(|row| row["valid_to"].is_null()).cloned().collect();
        assert!(!plain.is_empty() && history.len() >= plain.len(), "{table}");
        let sorted = |rows: &[std::collections::BTreeMap<String, Value>]| {
            let mut texts: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
            texts.sort();
            texts
        };
        assert_eq!(sorted(&plain), sorted(&standing), "{table}");
    }
}
