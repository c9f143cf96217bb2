//! Policy documents, rule results and recorders.

use serde_json::{Value, json};

use super::{BUCKET_POLICY, bucket, item, run, snapshot};

#[test]
#[expect(clippy::too_many_lines, reason = "one table of places")]
fn policies_of_all_places_become_statements() {
    let percent = |text: &str| {
        text.bytes()
            .fold(String::new(), |t, b| if b.is_ascii_alphanumeric() { t + &char::from(b).to_string() } else { format!("{t}%{b:02X}") })
    };
    let document = |effect: &str, action: &str| {
        format!(r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"","Effect":"{effect}","Action":"{action}","Resource":"*"}}]}}"#)
    };
    let trust = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::444455556666:root","777788889999","*"],"Service":"ec2.amazonaws.com","Federated":"cognito-identity.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let items = [
        item(
            "AWS::IAM::Policy",
            "ANPA1",
            json!({"awsRegion":"global","configuration":{"policyName":"p","defaultVersionId":"v2","policyVersionList":[
            {"versionId":"v1","isDefaultVersion":false,"document":percent(&document("Allow","s3:*"))},
            {"versionId":"v2","isDefaultVersion":true,"document":percent(&document("Allow","*"))}]}}),
        ),
        item(
            "AWS::IAM::Policy",
            "ANPA2",
            json!({"configuration":{"policyName":"q","policyVersionList":[{"versionId":"v1","document":[serde_json::from_str::<Value>(&document("Deny","IAM:*")).unwrap()]}]}}),
        ),
        item(
            "AWS::IAM::Role",
            "AROA1",
            json!({"configuration":{"assumeRolePolicyDocument":percent(trust),"rolePolicyList":[{"policyName":"in","policyDocument":percent(&document("Allow","kms:Decrypt"))}]}}),
        ),
        item(
            "AWS::IAM::User",
            "AIDA1",
            json!({"configuration":{"userPolicyList":[{"policyName":"u","policyDocument":{"Statement":{"Effect":"allow","NotAction":["iam:*"],"NotResource":["arn:aws:s3:::a"]}}}]}}),
        ),
        item(
            "AWS::IAM::Group",
            "AGPA1",
            json!({"configuration":{"groupPolicyList":[{"policyName":"g","policyDocument":document("Allow","ec2:Describe*")}]}}),
        ),
        bucket("acme-data", json!({"BucketPolicy":{"policyText":BUCKET_POLICY}})),
        item(
            "AWS::KMS::Key",
            "k",
            json!({"supplementaryConfiguration":{"Policy":json!(r#"{"Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}"#).to_string()}}),
        ),
        item(
            "AWS::SQS::Queue",
            "q",
            json!({"configuration":{"Policy":{"Statement":[]},"RedrivePolicy":"{\"deadLetterTargetArn\":\"a\"}"}}),
        ),
        item("AWS::WAFv2::WebACL", "w", json!({"configuration":{"rules":[{"name":"r","Statement":{"ManagedRuleGroupStatement":{}}}]}})),
        item("AWS::ECR::Repository", "e", json!({"configuration":{"RepositoryPolicyText":"{\"Statement\":["}})),
    ];
    let outcome = run(snapshot(&items));
    outcome.assert_account(10, 0);
    let names = [
        "resource_id",
        "policy_kind",
        "policy_name",
        "sid",
        "effect",
        "is_not_principal",
        "is_not_action",
        "is_not_resource",
        "has_condition",
        "allows_any_principal",
        "any_action",
        "any_resource",
    ];
    assert_eq!(
        outcome.columns("policy_statements", &names),
        json!([
            ["ANPA1", "identity", "p", null, "Allow", false, false, false, false, false, true, true],
            ["ANPA2", "identity", "q", null, "Deny", false, false, false, false, false, false, true],
            ["AROA1", "trust", "assumeRolePolicyDocument", null, "Allow", false, false, false, false, true, false, false],
            ["AROA1", "inline", "in", null, "Allow", false, false, false, false, false, false, true],
            ["AIDA1", "inline", "u", null, "Allow", false, true, true, false, false, false, false],
            ["AGPA1", "inline", "g", null, "Allow", false, false, false, false, false, false, true],
            ["acme-data", "resource", "policyText", "Open", "Allow", false, false, false, true, true, false, false],
            ["k", "resource", "Policy", null, "Allow", true, false, false, false, false, false, true],
        ])
    );
    let role = outcome.table("policy_statements")[3]["item_id"].as_str().unwrap().to_owned();
    assert_eq!(outcome.table("policy_statements")[3]["statement_id"], json!(format!("{role}:1:0")));
    let trust_id = format!("{role}:0:0");
    let principals: Vec<Value> = outcome
        .table("policy_principals")
        .iter()
        .filter(|r| r["statement_id"] == json!(trust_id))
        .map(|r| json!([r["principal_type"], r["principal"], r["principal_account_id"]]))
        .collect();
    assert_eq!(
        json!(principals),
        json!([
            ["AWS", "arn:aws:iam::444455556666:root", "444455556666"],
            ["AWS", "777788889999", "777788889999"],
            ["AWS", "*", null],
            ["Federated", "cognito-identity.amazonaws.com", null],
            ["Service", "ec2.amazonaws.com", null]
        ])
    );
    let actions = outcome.columns("policy_actions", &["action"]);
    assert_eq!(
        actions,
        json!([
            ["*"],
            ["iam:*"],
            ["sts:assumerole"],
            ["kms:decrypt"],
            ["iam:*"],
            ["ec2:describe*"],
            ["s3:getobject"],
            ["s3:list*"],
            ["kms:*"]
        ])
    );
    assert_eq!(
        outcome.columns("policy_conditions", &["operator", "condition_key", "condition_value"]),
        json!([
            ["Bool", "aws:securetransport", "true"],
            ["IpAddress", "aws:sourceip", "192.0.2.0/24"],
            ["IpAddress", "aws:sourceip", "198.51.100.7"]
        ])
    );
    assert_eq!(outcome.columns("policy_resources", &["resource"])[0], json!(["*"]));
    assert!(outcome.noted("1 texts that should hold JSON"), "{:?}", outcome.notes);
}

#[test]
fn compliance_items_and_recorders_are_told() {
    let outcome = run(snapshot(&[
        item(
            "AWS::Config::ResourceCompliance",
            "AWS::S3::Bucket/acme-data",
            json!({"configuration":{"complianceType":"NON_COMPLIANT","targetResourceId":"acme-data","targetResourceType":"AWS::S3::Bucket","configRuleList":[
            {"configRuleArn":"a","configRuleName":"securityhub-s3-bucket-ssl-requests-only-1a2b3c4d","complianceType":"NON_COMPLIANT","annotation":"no"},{"configRuleName":"own","complianceType":"COMPLIANT"}]}}),
        ),
        item(
            "AWS::Config::ResourceCompliance",
            "AWS::EC2::Volume/vol-1",
            json!({"configuration":{"complianceType":"COMPLIANT","configRuleList":[]}}),
        ),
        item(
            "AWS::Config::ResourceCompliance",
            "AWS::EC2::Volume/vol-2",
            json!({"configurationItemStatus":"ResourceDeleted","configuration":null}),
        ),
        item(
            "AWS::Config::ConformancePackCompliance",
            "pack-1",
            json!({"configuration":{"complianceType":"NON_COMPLIANT","configRuleList":[{"configRuleName":"r-conformance-pack-x1","complianceType":"INSUFFICIENT_DATA"}]}}),
        ),
        item(
            "AWS::Config::ConfigurationRecorder",
            "default",
            json!({"configuration":{"Name":"default","Recording":true,"RecordingGroup":{"AllSupported":false,"IncludeGlobalResourceTypes":"false","ResourceTypes":["AWS::EC2::VPC"]}}}),
        ),
    ]));
    outcome.assert_account(5, 0);
    assert_eq!(
        outcome.columns(
            "config_compliance",
            &[
                "rule_name",
                "rule_identifier",
                "resource_type",
                "resource_id",
                "compliance_type",
                "annotation",
                "origin",
                "capped",
                "recorded_at"
            ]
        ),
        json!([
            [
                "securityhub-s3-bucket-ssl-requests-only-1a2b3c4d",
                "S3_BUCKET_SSL_REQUESTS_ONLY",
                "AWS::S3::Bucket",
                "acme-data",
                "NON_COMPLIANT",
                "no",
                "item",
                false,
                1_719_705_600_000_000_i64
            ],
            ["own", "OWN", "AWS::S3::Bucket", "acme-data", "COMPLIANT", null, "item", false, 1_719_705_600_000_000_i64],
            [null, null, "AWS::EC2::Volume", "vol-1", "COMPLIANT", null, "item", false, 1_719_705_600_000_000_i64],
            [
                "r-conformance-pack-x1",
                "R",
                "AWS::Config::ConformancePackCompliance",
                "pack-1",
                "INSUFFICIENT_DATA",
                null,
                "item",
                false,
                1_719_705_600_000_000_i64
            ]
        ])
    );
    assert_eq!(
        outcome.columns(
            "config_recorders",
            &["account_id", "recorder_name", "recording", "all_supported", "include_global", "resource_types", "last_status"]
        ),
        json!([["111122223333", "default", true, false, false, r#"["AWS::EC2::VPC"]"#, null]])
    );
}
