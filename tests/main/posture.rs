//! Smaller exports end to end: which delivery of a finding counts, which source of an IAM resource, and what
//! is not tested without its own records.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{add, documents, ingest, manifest, number, query, realdata, report_json, same_trees, sixpillars, write};

fn finding(id: &str, updated: &str, archived: bool) -> String {
    json!({"schemaVersion":"2.0","accountId":"111122223333","region":"eu-west-1","id":id,"type":"Recon:EC2/PortProbeUnprotectedPort",
        "resource":{"resourceType":"Instance","instanceDetails":{"instanceId":"i-1"}},"service":{"archived":archived,"count":1},
        "severity":8,"createdAt":"2024-06-01T00:00:00Z","updatedAt":updated,"title":"<script>alert(1)</script> probe","description":"d"})
    .to_string()
        + "\n"
}

/// Sum of a count over the files of a store.
fn sum(store: &Path, what: &str) -> u64 {
    manifest(store)["files"].as_object().unwrap().values().map(|file| file[what].as_u64().unwrap()).sum()
}

#[test]
fn a_finding_counts_once_in_its_last_state() {
    let folder = TempDir::new().unwrap();
    let (early, late) = (folder.path().join("early"), folder.path().join("late"));
    write(&early, "f.jsonl", finding("a", "2024-06-02T00:00:00Z", false) + &finding("b", "2024-06-02T00:00:00Z", false));
    // The same state of b again, and a later one of a.
    write(&late, "g.jsonl", finding("a", "2024-06-03T00:00:00Z", true) + &finding("b", "2024-06-02T00:00:00Z", false));
    let store = ingest(folder.path(), &[&early, &late]);
    let rows = query(&store, "SELECT finding_id, is_open, severity_level FROM third_party_findings ORDER BY finding_id");
    let rows: Vec<Value> = rows.into_iter().map(|row| row.into_values().collect()).collect();
    assert_eq!(rows, [json!(["a", false, "high"]), json!(["b", true, "high"])]);
    assert_eq!((sum(&store, "read"), sum(&store, "kept"), sum(&store, "duplicate")), (4, 2, 2));
    let twice = folder.path().join("twice");
    add(&twice, &[&late], 1);
    add(&twice, &[&early], 2);
    same_trees("in two goes, the other way round", &store, &twice, &[]);
}

fn role(status: &str, captured: &str) -> String {
    json!({"configurationItems":[{"configurationItemVersion":"1.3","configurationItemCaptureTime":captured,"configurationStateId":1,
        "awsAccountId":"111122223333","configurationItemStatus":status,"resourceType":"AWS::IAM::Role","resourceId":"AROA1","resourceName":"app",
        "ARN":"arn:aws:iam::111122223333:role/app","awsRegion":"global","configuration":{"roleName":"app-of-config","path":"/"},"relationships":[],"tags":{}}]})
    .to_string()
}

fn details() -> String {
    json!({"UserDetailList":[{"Path":"/","UserName":"ada","UserId":"AIDA1","Arn":"arn:aws:iam::111122223333:user/ada","GroupList":[],"AttachedManagedPolicies":[]}],
        "GroupDetailList":[],"Policies":[],
        "RoleDetailList":[{"Path":"/","RoleName":"app-of-details","RoleId":"AROA1","Arn":"arn:aws:iam::111122223333:role/app",
            "AssumeRolePolicyDocument":{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}}]})
    .to_string()
}

#[test]
fn aws_config_outranks_authorization_details() {
    let names = |config: Option<String>| {
        let folder = TempDir::new().unwrap();
        let input = folder.path().join("in");
        write(&input, "details.json", details());
        if let Some(config) = config {
            write(&input, "111122223333_Config_eu-west-1_ConfigHistory.json", config);
        }
        let store = ingest(folder.path(), &[&input]);
        let roles = query(&store, "SELECT role_name FROM iam_roles");
        let users = number(&store, "SELECT COUNT(*) AS n FROM iam_users");
        assert_eq!(users, 1, "a user that only the details know");
        let statements = number(&store, "SELECT COUNT(*) AS n FROM policy_statements WHERE allows_any_principal");
        (roles.into_iter().flat_map(std::collections::BTreeMap::into_values).collect::<Vec<Value>>(), statements)
    };
    assert_eq!(names(None), (vec![json!("app-of-details")], 1));
    assert_eq!(
        names(Some(role("OK", "2024-06-01T00:00:00Z"))),
        (vec![json!("app-of-config")], 0),
        "one role, and no statement of the other source"
    );
    assert_eq!(names(Some(role("ResourceDeleted", "2024-06-01T00:00:00Z"))), (vec![], 0), "AWS Config says it is gone");
}

#[test]
fn without_their_own_records_controls_are_not_tested() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    write(&input, "details.json", details());
    write(&input, "f.jsonl", finding("a", "2024-06-02T00:00:00Z", false));
    write(
        &input,
        "111122223333/eu-west-1/rules.json",
        json!({"EvaluationResults":[{"EvaluationResultIdentifier":{"EvaluationResultQualifier":{"ConfigRuleName":"s3-bucket-logging-enabled","ResourceType":"AWS::S3::Bucket","ResourceId":"b"},"OrderingTimestamp":"2024-06-01T00:00:00Z"},"ComplianceType":"COMPLIANT"}]}).to_string(),
    );
    let out = folder.path().join("out");
    sixpillars(&[OsStr::new("report"), input.as_os_str(), OsStr::new("--out"), out.as_os_str()]).expect(0);
    let report = report_json(&out);
    let not_tested: Vec<&str> = report["not_tested"]["controls"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    for id in [
        "ebs-default-encryption",
        "cloudwatch-log-retention",
        "account-security-contact",
        "s3-bucket-public-read",
        "kms-policy-not-public",
        "sns-not-public",
        "tag-owner",
        "backup-last-job-completed",
    ] {
        assert!(not_tested.contains(&id), "{id}");
    }
    // The trust policy of the details names everyone.
    assert_eq!(report["controls"]["iam-role-trust-wildcard"]["counts"]["exceptions"], 1);
    let markdown = documents(&out, "md");
    assert!(markdown.contains("What other tools and the client say"));
    let html = documents(&out, "html");
    assert!(!html.contains("<script>alert(1)"), "the title of a finding is text");
    let rows = crate::harness::csv(&out.join("workpapers/third-party-findings.csv"));
    assert_eq!((rows.len(), rows[0]["finding_id"].as_str()), (1, "a"));
}

#[test]
fn real_authorization_details_alone_test_iam() {
    let Some(details) = realdata("posture/account-authorization-details/examples") else { return };
    let folder = TempDir::new().unwrap();
    let store = ingest(folder.path(), &[&details]);
    // jq '.UserDetailList | length' and the like; policies of AWS's own stand beside the client's.
    for (table, count) in [("iam_users", 44), ("iam_groups", 5), ("iam_roles", 78), ("iam_policies", 84)] {
        assert_eq!(number(&store, &format!("SELECT COUNT(*) AS n FROM {table}")), count, "{table}");
    }
    // jq '[.Policies[].Arn | select(test("iam::aws:") | not)] | length'
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM iam_policies WHERE arn NOT LIKE 'arn:%:iam::aws:%'"), 46);
}
