//! Each export in the shapes it comes in. The samples are invented after the service models; expected
//! values are read off them by eye, those on real files were counted with jq.

use super::super::registry::shapes;
use super::*;
use crate::ingest::detect::{self, Format};
use crate::ingest::formats::cost::testing::{Yield, collect, real_data};

/// Recognises a text, reads it, and checks that every record is accounted for and can be found again.
fn run(format: Format, text: &str, path: &str) -> Yield {
    assert_eq!(detect::detect(text.as_bytes()), format, "{text}");
    let got = collect(|out| read(shapes(), text.as_bytes(), path, out));
    let (records, _, rejected) = got.account();
    assert_eq!(got.rejects.len() as u64, rejected);
    for record in got.rows.iter().map(|row| row.record) {
        assert!(find(shapes(), text.as_bytes(), u64::try_from(record).unwrap()).is_some(), "record {record} of {text}");
    }
    assert_eq!(find(shapes(), text.as_bytes(), records), None);
    got
}

const FINDING: [&str; 10] =
    ["source", "finding_id", "severity", "severity_level", "is_open", "account_id", "region", "resource_id", "control_id", "updated_at"];

fn asff(id: &str, over: &str) -> String {
    format!(
        r#"{{"SchemaVersion":"2018-10-08","Id":"{id}","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/securityhub","GeneratorId":"security-control/S3.8",
        "AwsAccountId":"111122223333","CreatedAt":"2024-05-01T00:00:00.000Z","UpdatedAt":"2024-06-01T00:00:00.000Z","Title":"t","Description":"d",
        "Severity":{{"Label":"HIGH","Normalized":70}},"Resources":[{{"Type":"AwsS3Bucket","Id":"arn:aws:s3:::acme-data","Region":"eu-west-1"}}],
        "Compliance":{{"Status":"FAILED","SecurityControlId":"S3.8"}},"Workflow":{{"Status":"NEW"}},"RecordState":"ACTIVE"{over}}}"#
    )
}

#[test]
fn security_hub_in_every_wrapping() {
    let one = asff("f-1", "").replace('\n', " ");
    let expected = [
        "Security Hub",
        "f-1",
        "HIGH",
        "high",
        "true",
        "111122223333",
        "eu-west-1",
        "arn:aws:s3:::acme-data",
        "S3.8",
        "2024-06-01T00:00:00Z",
    ];
    for (text, count) in [
        (format!(r#"{{"Findings":[{one},{one}]}}"#), 2),
        (format!("[{one}]"), 1),
        (format!("{one}\n{one}\n{one}\n"), 3),
        (
            format!(
                r#"{{"version":"0","source":"aws.securityhub","detail-type":"Security Hub Findings - Imported","detail":{{"findings":[{one}]}}}}"#
            ),
            1,
        ),
        (format!(r#"{{"status_code":200,"data":{{"Findings":[{one}]}}}}"#), 1),
        (format!(r#"{{"Findings":[{one}]}}{{"Findings":[{one}],"NextToken":"x"}}"#), 2),
    ] {
        let got = run(Format::SecurityHubFindings, &text, "x.json");
        assert_eq!(got.account(), (count, count, 0), "{text}");
        for row in got.table("third_party_findings") {
            assert_eq!(row.pick(FINDING), expected);
            assert_eq!(
                row.pick(["product", "rule_id", "compliance_status", "workflow", "status"]),
                ["securityhub", "security-control/S3.8", "FAILED", "NEW", "ACTIVE"]
            );
        }
    }
}

#[test]
fn what_closes_a_finding_and_what_its_severity_is() {
    let state = |over: &str| {
        let got = run(Format::SecurityHubFindings, &format!(r#"{{"Findings":[{}]}}"#, asff("f", over)), "x");
        let row = got.table("third_party_findings")[0].pick(["is_open", "severity", "severity_level"]).map(str::to_owned);
        row.join(" ")
    };
    // A later member of the same name stands for the earlier one.
    assert_eq!(state(r#","RecordState":"ARCHIVED""#), "false HIGH high");
    assert_eq!(state(r#","Workflow":{"Status":"SUPPRESSED"}"#), "false HIGH high");
    assert_eq!(state(r#","Workflow":{"Status":"RESOLVED"}"#), "false HIGH high");
    assert_eq!(state(r#","Workflow":{"Status":"NOTIFIED"}"#), "true HIGH high");
    assert_eq!(state(r#","Compliance":{"Status":"PASSED"}"#), "false HIGH high");
    assert_eq!(state(r#","Severity":{"Normalized":39}"#), "true normalized 39 low");
    assert_eq!(state(r#","Severity":{"Normalized":40}"#), "true normalized 40 medium");
    assert_eq!(state(r#","Severity":{"Normalized":90}"#), "true normalized 90 critical");
    assert_eq!(state(r#","Severity":{"Normalized":101}"#), "true normalized 101 NULL");
    assert_eq!(state(r#","Severity":{"Label":"INFORMATIONAL","Normalized":10}"#), "true INFORMATIONAL informational");
    assert_eq!(state(r#","Severity":{}"#), "true NULL NULL");
}

#[test]
fn broken_lines_and_other_schemas_are_rejected_one_by_one() {
    let one = asff("f", "").replace('\n', " ");
    let text = format!(
        "{one}\n{{\"Id\": broken\n{one}\n{{\"Error\":{{\"Code\":\"AccessDenied\"}}}}\n5\n{{\"class_uid\":2003,\"finding_info\":{{}},\"severity\":\"High\"}}\n"
    );
    let got = run(Format::SecurityHubFindings, &text, "x");
    assert_eq!(got.account(), (6, 2, 4));
    let reasons: Vec<(u64, &str)> = got.rejects.iter().map(|r| (r.record, r.reason.as_str())).collect();
    assert_eq!(reasons[0].0, 1);
    assert!(reasons[0].1.starts_with("the text here is no whole JSON: "), "{}", reasons[0].1);
    assert_eq!(got.rejects[0].byte_offset, Some(one.len() as u64 + 1));
    assert_eq!(reasons[1], (3, "the answer holds the error AccessDenied instead of data; export it again"));
    assert_eq!(reasons[2], (4, "the document is none of the exports that are read here"));
    assert!(reasons[3].1.contains("OCSF"));
    let list = format!(r#"{{"Findings":[{one},null,5,{{"Title":"no id"}}]}}"#);
    let got = run(Format::SecurityHubFindings, &list, "x");
    assert_eq!(got.account(), (4, 1, 3));
    let reasons: Vec<&str> = got.rejects.iter().map(|r| r.reason.as_str()).collect();
    assert_eq!(reasons, ["the record is null and no object", "the record is a number and no object", "the finding has no id"]);
    for text in [String::new(), "[".repeat(100_000), "{\"a\":".repeat(50_000), "\u{feff}".to_owned()] {
        let got = collect(|out| read(shapes(), text.as_bytes(), "x", out));
        assert_eq!(got.account(), (1, 0, 1));
    }
}

#[test]
fn guard_duty_of_the_cli_and_of_the_export() {
    let camel = r#"{"schemaVersion":"2.0","accountId":"111122223333","region":"eu-west-1","partition":"aws","id":"g1","arn":"arn:aws:guardduty:eu-west-1:111122223333:detector/d/finding/g1","type":"Recon:EC2/PortProbeUnprotectedPort","resource":{"resourceType":"Instance","instanceDetails":{"instanceId":"i-1"}},"service":{"serviceName":"guardduty","archived":false,"count":7,"eventFirstSeen":"2024-06-01T00:00:00Z","eventLastSeen":"2024-06-02T00:00:00Z"},"severity":8.9,"createdAt":"2024-06-01T00:10:00Z","updatedAt":"2024-06-02T00:10:00Z","title":"probe","description":"d"}"#;
    let pascal = r#"{"Findings":[{"AccountId":"111122223333","Arn":"a","CreatedAt":"2024-06-01T00:10:00Z","Id":"g1","Region":"eu-west-1","Resource":{"ResourceType":"AccessKey","AccessKeyDetails":{"UserName":"ada"}},"SchemaVersion":"2.0","Service":{"Archived":true,"Count":1},"Severity":2,"Title":"t","Type":"x:y/z","UpdatedAt":"2024-06-02T00:10:00Z"}]}"#;
    let got = run(Format::GuardDutyFindings, &format!("{camel}\n{camel}\n"), "AWSLogs/111122223333/GuardDuty/eu-west-1/2024/06/02/u.jsonl");
    assert_eq!(got.account(), (2, 2, 0));
    let row = got.table("third_party_findings")[0];
    assert_eq!(
        row.pick(FINDING),
        ["GuardDuty", "g1", "8.9", "high", "true", "111122223333", "eu-west-1", "i-1", "NULL", "2024-06-02T00:10:00Z"]
    );
    assert_eq!(
        row.pick(["finding_type", "occurrences", "first_observed_at"]),
        ["Recon:EC2/PortProbeUnprotectedPort", "7", "2024-06-01T00:00:00Z"]
    );
    let row = run(Format::GuardDutyFindings, pascal, "x");
    assert_eq!(row.rows[0].pick(["severity", "severity_level", "is_open", "resource_id"]), ["2", "low", "false", "ada"]);
    let event = format!(r#"{{"version":"0","detail-type":"GuardDuty Finding","source":"aws.guardduty","detail":{camel}}}"#);
    assert_eq!(run(Format::GuardDutyFindings, &event, "x").account(), (1, 1, 0));
}

#[test]
fn access_analyzer_and_inspector() {
    let first = r#"{"findings":[{"id":"a1","principal":{"AWS":"*"},"action":["s3:GetObject"],"resource":"arn:aws:s3:::acme-data","isPublic":true,"resourceType":"AWS::S3::Bucket","condition":{},"createdAt":"2024-06-01T00:00:00Z","analyzedAt":"2024-06-02T00:00:00Z","updatedAt":"2024-06-01T00:00:00Z","status":"ACTIVE","resourceOwnerAccount":"111122223333"}]}"#;
    let got = run(Format::AccessAnalyzerFindings, first, "eu-west-1/findings.json");
    assert_eq!(
        got.rows[0].pick(FINDING),
        [
            "IAM Access Analyzer",
            "a1",
            "NULL",
            "NULL",
            "true",
            "111122223333",
            "eu-west-1",
            "arn:aws:s3:::acme-data",
            "NULL",
            "2024-06-01T00:00:00Z"
        ]
    );
    assert_eq!(got.rows[0].get("finding_type"), "ExternalAccess");
    assert_eq!(got.rows[0].get("detail"), r#"{"action":["s3:GetObject"],"condition":{},"isPublic":true,"principal":{"AWS":"*"}}"#);
    let second = r#"{"findings":[{"analyzedAt":1719705600.5,"createdAt":1719705600,"id":"a2","resource":"arn:aws:iam::111122223333:role/r","resourceType":"AWS::IAM::Role","resourceOwnerAccount":"111122223333","status":"RESOLVED","updatedAt":1719705600,"findingType":"UnusedIAMRole"}]}"#;
    let got = run(Format::AccessAnalyzerFindings, second, "x");
    assert_eq!(
        got.rows[0].pick(["finding_type", "is_open", "last_observed_at"]),
        ["UnusedIAMRole", "false", "2024-06-30T00:00:00.500000Z"]
    );
    let inspector = r#"{"findings":[{"findingArn":"arn:aws:inspector2:eu-west-1:111122223333:finding/i","awsAccountId":"111122223333","type":"PACKAGE_VULNERABILITY","severity":"UNTRIAGED","status":"SUPPRESSED","title":"t","description":"d","resources":[{"type":"AWS_EC2_INSTANCE","id":"i-1","region":"eu-west-1"}],"packageVulnerabilityDetails":{"vulnerabilityId":"CVE-2024-0001"},"firstObservedAt":1719705600,"lastObservedAt":1719705600}]}"#;
    let got = run(Format::InspectorFindings, inspector, "x");
    assert_eq!(
        got.rows[0].pick(["rule_id", "severity", "severity_level", "is_open", "resource_id"]),
        ["CVE-2024-0001", "UNTRIAGED", "NULL", "false", "i-1"]
    );
    let classic = r#"{"findings":[{"arn":"arn:aws:inspector:eu-west-1:111122223333:target/0-x/finding/0-y","assetType":"ec2-instance","assetAttributes":{"agentId":"i-2"},"id":"CVE-1","title":"t","severity":"High","createdAt":1719705600,"updatedAt":1719705600}],"failedItems":{}}"#;
    assert_eq!(
        run(Format::InspectorFindings, classic, "x").rows[0].pick(["severity_level", "is_open", "account_id"]),
        ["high", "NULL", "111122223333"]
    );
}

#[test]
fn trusted_advisor_results_and_names() {
    let text = r#"{"result":{"checkId":"Qch7DwouX1","timestamp":"2024-06-30T00:00:00Z","status":"warning","resourcesSummary":{"resourcesProcessed":9,"resourcesFlagged":2,"resourcesIgnored":0,"resourcesSuppressed":1},"categorySpecificSummary":{"costOptimizing":{"estimatedMonthlySavings":12.5,"estimatedPercentMonthlySavings":0.1}},"flaggedResources":[{"status":"warning","region":"eu-west-1","resourceId":"r1","isSuppressed":false,"metadata":["eu-west-1","i-1",null]},{"status":"error","resourceId":"r2","isSuppressed":true,"metadata":[]},{"status":"ok","resourceId":"r3","metadata":[]},{"status":"error"}]}}"#;
    let got = run(Format::TrustedAdvisor, text, "111122223333/ta.json");
    assert_eq!(got.account(), (1, 1, 0));
    assert_eq!(
        got.table("trusted_advisor_checks")[0].pick(["account_id", "check_id", "status", "resources_flagged", "estimated_monthly_savings"]),
        ["111122223333", "Qch7DwouX1", "warning", "2", "12.5"]
    );
    let rows: Vec<_> = got
        .table("third_party_findings")
        .iter()
        .map(|r| r.pick(["finding_id", "severity", "severity_level", "is_open", "detail"]))
        .collect();
    assert_eq!(
        rows,
        [
            ["Qch7DwouX1/r1", "warning", "medium", "true", r#"["eu-west-1","i-1",null]"#],
            ["Qch7DwouX1/r2", "error", "high", "false", "NULL"],
            ["Qch7DwouX1/r3", "ok", "informational", "false", "NULL"],
        ]
    );
    assert_eq!(got.notes, ["1 flagged resources of a Trusted Advisor check have no resourceId and give no row"]);
    let names =
        r#"{"checks":[{"id":"Qch7DwouX1","name":"Low utilisation","description":"x","category":"cost_optimizing","metadata":["Region"]}]}"#;
    assert_eq!(
        run(Format::TrustedAdvisor, names, "x").rows[0].pick(["check_name", "category", "status"]),
        ["Low utilisation", "cost_optimizing", "NULL"]
    );
}

#[test]
fn last_accessed_needs_its_subject_from_the_file_name() {
    let text = r#"{"JobStatus":"COMPLETED","JobType":"ACTION_LEVEL","JobCreationDate":"2024-06-30T00:00:00Z","JobCompletionDate":"2024-06-30T00:01:00Z","ServicesLastAccessed":[{"ServiceName":"Amazon S3","ServiceNamespace":"s3","LastAuthenticated":"2024-06-01T00:00:00Z","LastAuthenticatedEntity":"arn:aws:iam::111122223333:role/app","LastAuthenticatedRegion":"eu-west-1","TotalAuthenticatedEntities":1,"TrackedActionsLastAccessed":[{"ActionName":"GetObject","LastAccessedTime":"2024-05-01T00:00:00Z"}]},{"ServiceName":"AWS KMS","ServiceNamespace":"kms","TotalAuthenticatedEntities":0},{}],"IsTruncated":false}"#;
    let got = run(Format::LastAccessed, text, "in/get-service-last-accessed-details-app.json");
    assert_eq!(got.account(), (3, 2, 1));
    let columns = ["account_id", "subject", "service_namespace", "action_name", "last_accessed_at", "entities", "job_completed_at"];
    let rows: Vec<_> = got.rows.iter().map(|r| r.pick(columns)).collect();
    assert_eq!(
        rows,
        [
            ["111122223333", "app", "s3", "NULL", "2024-06-01T00:00:00Z", "1", "2024-06-30T00:01:00Z"],
            ["NULL", "app", "s3", "GetObject", "2024-05-01T00:00:00Z", "NULL", "2024-06-30T00:01:00Z"],
            ["NULL", "app", "kms", "NULL", "NULL", "0", "2024-06-30T00:01:00Z"],
        ]
    );
    let got = run(
        Format::LastAccessed,
        r#"{"JobStatus":"IN_PROGRESS","ServicesLastAccessed":[{"ServiceNamespace":"s3"}],"IsTruncated":true}"#,
        "x.json",
    );
    assert_eq!(got.rejects[0].reason, "the job is IN_PROGRESS and not COMPLETED; ask for its details again");
    assert_eq!(got.notes, [pages::incomplete("IsTruncated").to_string()]);
    let entities = r#"{"JobStatus":"COMPLETED","EntityDetailsList":[{"EntityInfo":{"Arn":"arn:aws:iam::111122223333:user/ada","Name":"ada","Type":"USER","Id":"AIDA1"}}]}"#;
    assert_eq!(
        run(Format::LastAccessed, entities, "last-accessed-s3.json").rows[0].pick(["subject", "entity_arn", "last_accessed_at"]),
        ["s3", "arn:aws:iam::111122223333:user/ada", "NULL"]
    );
}

#[test]
fn identity_center_answers() {
    const SET: &str = "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1";
    let rows = |text: &str, path: &str, columns: &[&'static str]| -> Vec<String> {
        let got = run(Format::IdentityCenter, text, path);
        assert_eq!(got.rejects, []);
        got.rows.iter().map(|row| columns.iter().map(|c| row.get(c)).collect::<Vec<_>>().join(" ")).collect()
    };
    assert_eq!(
        rows(&format!(r#"{{"PermissionSets":["{SET}"]}}"#), "x", &["permission_set_arn", "instance_id", "origin"]),
        [format!("{SET} ssoins-1234567890abcdef listed")]
    );
    let described = format!(
        r#"{{"PermissionSet":{{"Name":"Admin","PermissionSetArn":"{SET}","CreatedDate":"2024-01-01T00:00:00+00:00","SessionDuration":"PT12H"}}}}"#
    );
    assert_eq!(
        rows(&described, "x", &["set_name", "session_duration", "created_at", "origin"]),
        ["Admin PT12H 2024-01-01T00:00:00Z described"]
    );
    let assigned = format!(
        r#"{{"AccountAssignments":[{{"AccountId":"111122223333","PermissionSetArn":"{SET}","PrincipalType":"GROUP","PrincipalId":"g-1"}}]}}"#
    );
    assert_eq!(rows(&assigned, "x", &["account_id", "principal_type", "principal_id"]), ["111122223333 GROUP g-1"]);
    assert_eq!(rows(r#"{"AccountAssignments":[]}"#, "x", &[]), [""; 0]);
    let managed = r#"{"AttachedManagedPolicies":[{"Name":"AdministratorAccess","Arn":"arn:aws:iam::aws:policy/AdministratorAccess"}]}"#;
    assert_eq!(
        rows(managed, "list-managed-policies-in-permission-set-Admin.json", &["permission_set", "policy_kind", "policy_name"]),
        ["Admin managed AdministratorAccess"]
    );
    let inline =
        r#"{"InlinePolicy":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"}"#;
    assert_eq!(rows(inline, "permission-set-Admin.json", &["policy_kind", "allows_everything"]), ["inline true"]);
    assert_eq!(rows(r#"{"InlinePolicy":""}"#, "x", &[]), [""; 0]);
}

#[test]
fn policies_of_an_organisation() {
    let listed = r#"{"Policies":[{"Id":"p-FullAWSAccess","Arn":"arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess","Name":"FullAWSAccess","Type":"SERVICE_CONTROL_POLICY","AwsManaged":true}]}"#;
    assert_eq!(
        run(Format::OrganizationPolicies, listed, "x").rows[0].pick(["policy_id", "policy_type", "aws_managed", "content", "statements"]),
        ["p-FullAWSAccess", "SERVICE_CONTROL_POLICY", "true", "NULL", "NULL"]
    );
    let described = r#"{"Policy":{"PolicySummary":{"Id":"p-1","Arn":"a","Name":"no-leave","Type":"SERVICE_CONTROL_POLICY","AwsManaged":false},"Content":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"a\",\"Effect\":\"Deny\",\"Action\":\"organizations:LeaveOrganization\",\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"NotAction\":[\"iam:*\",\"sts:*\"],\"Resource\":\"*\",\"Condition\":{\"StringNotEquals\":{\"aws:RequestedRegion\":\"eu-west-1\"}}}]}"}}"#;
    let got = run(Format::OrganizationPolicies, described, "x");
    assert_eq!(got.table("organization_policies")[0].get("statements"), "2");
    let rows: Vec<_> = got
        .table("organization_policy_statements")
        .iter()
        .map(|r| r.pick(["position", "sid", "effect", "is_not_action", "actions", "condition"]))
        .collect();
    assert_eq!(
        rows,
        [
            ["0", "a", "Deny", "false", r#"["organizations:LeaveOrganization"]"#, "NULL"],
            ["1", "NULL", "Deny", "true", r#"["iam:*","sts:*"]"#, r#"{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}"#],
        ]
    );
    assert_eq!(got.table("policy_statements").len(), 0, "limits are no grants");
    let broken = r#"{"Policy":{"PolicySummary":{"Id":"p-1"},"Content":"{"}}"#;
    assert_eq!(run(Format::OrganizationPolicies, broken, "x").rejects[0].reason, "Content is no JSON document");
    let targets = r#"{"Targets":[{"TargetId":"111122223333","Arn":"arn:aws:organizations::444455556666:account/o-1/111122223333","Name":"prod","Type":"ACCOUNT"}]}"#;
    assert_eq!(
        run(Format::OrganizationPolicies, targets, "list-targets-for-policy-p-1.json").rows[0].pick([
            "policy_id",
            "target_id",
            "target_type",
            "management_account_id"
        ]),
        ["p-1", "111122223333", "ACCOUNT", "444455556666"]
    );
}

#[test]
fn parents_units_and_roots_of_an_organisation() {
    let rows = |text: &str, path: &str| {
        let got = run(Format::OrganizationParents, text, path);
        let columns = ["child_id", "child_type", "parent_id", "parent_type", "management_account_id"];
        (got.table("organization_parents").iter().map(|r| r.pick(columns).join(" ")).collect::<Vec<_>>(), got.notes.len())
    };
    let parents = r#"{"Parents":[{"Id":"ou-ab12-11111111","Type":"ORGANIZATIONAL_UNIT"}]}"#;
    let whole = "111122223333 ACCOUNT ou-ab12-11111111 ORGANIZATIONAL_UNIT NULL";
    assert_eq!(rows(parents, "organizations-list-parents-111122223333.json"), (vec![whole.to_owned()], 0));
    let unnamed = "NULL NULL ou-ab12-11111111 ORGANIZATIONAL_UNIT NULL";
    assert_eq!(rows(parents, "list-parents.json"), (vec![unnamed.to_owned()], 1));

    let unit = r#"{"OrganizationalUnits":[{"Id":"ou-ab12-11111111","Arn":"arn:aws:organizations::444455556666:ou/o-a1b2c3d4e5/ou-ab12-11111111","Name":"prod"}]}"#;
    let whole = "ou-ab12-11111111 ORGANIZATIONAL_UNIT r-ab12 ROOT 444455556666";
    assert_eq!(rows(unit, "list-organizational-units-for-parent-r-ab12.json"), (vec![whole.to_owned()], 0));
    let unnamed = "ou-ab12-11111111 ORGANIZATIONAL_UNIT NULL NULL 444455556666";
    assert_eq!(rows(unit, "units.json"), (vec![unnamed.to_owned()], 1));
    let path = unit.replace(r#""Name""#, r#""Path":"o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/","Name""#);
    assert_eq!(rows(&path, "units.json"), (vec![whole.to_owned()], 0));

    let root = r#"{"Roots":[{"Id":"r-ab12","Arn":"arn:aws:organizations::444455556666:root/o-a1b2c3d4e5/r-ab12","Name":"Root","PolicyTypes":[{"Type":"SERVICE_CONTROL_POLICY","Status":"ENABLED"}]}]}"#;
    assert_eq!(rows(root, "x.json"), (vec!["r-ab12 ROOT NULL NULL 444455556666".to_owned()], 0));

    for empty in [r#"{"Parents":[]}"#, r#"{"OrganizationalUnits":[]}"#, r#"{"Roots":[]}"#] {
        assert_eq!(rows(empty, "x.json"), (Vec::new(), 0));
    }
    let broken = r#"{"Parents":[{"Id":"","Type":"ROOT"},5]}"#;
    let got = run(Format::OrganizationParents, broken, "list-parents-111122223333.json");
    let reasons: Vec<_> = got.rejects.iter().map(|r| r.reason.as_str()).collect();
    assert_eq!(reasons, ["the parent has no Id", "the record is a number and no object"]);
    let refused = b"\nAn error occurred (AccessDeniedException) when calling the ListParents operation: no\n";
    assert_eq!(detect::detect(refused), Format::CliError);
}

#[test]
fn targets_of_a_policy_say_whether_there_are_more() {
    let targets = |more: &str| {
        format!(
            r#"{{"Targets":[{{"TargetId":"r-ab12","Arn":"arn:aws:organizations::444455556666:root/o-1/r-ab12","Name":"Root","Type":"ROOT"}}]{more}}}"#
        )
    };
    let row = |text: &str, path: &str| run(Format::OrganizationPolicies, text, path).rows[0].pick(["policy_id", "has_more"]).join(" ");
    assert_eq!(row(&targets(""), "444455556666/organizations-list-targets-for-policy-p-FullAWSAccess.json"), "p-FullAWSAccess false");
    assert_eq!(row(&targets(r#","NextToken":"x""#), "list-targets-for-policy-p-abcd1234 (2).json"), "p-abcd1234 true");
    assert_eq!(row(&targets(""), "targets.json"), "NULL false");
    assert_eq!(run(Format::OrganizationPolicies, r#"{"Targets":[]}"#, "list-targets-for-policy-p-abcd1234.json").account(), (0, 0, 0));
}

#[test]
fn backups_and_restores() {
    let jobs = r#"{"BackupJobs":[{"AccountId":"111122223333","BackupJobId":"j1","BackupVaultName":"v","BackupVaultArn":"arn:aws:backup:eu-west-1:111122223333:backup-vault:v","ResourceArn":"arn:aws:rds:eu-west-1:111122223333:db:orders","ResourceType":"RDS","CreationDate":"2024-06-01T03:00:00+02:00","CompletionDate":1717207200.5,"State":"FAILED","StatusMessage":"no","BackupSizeInBytes":"5","CreatedBy":{"BackupPlanArn":"arn:plan"}},{"State":"COMPLETED"}]}"#;
    let got = run(Format::BackupJobs, jobs, "x");
    assert_eq!(got.account(), (2, 1, 1));
    assert_eq!(
        got.rows[0].pick([
            "account_id",
            "region",
            "job_kind",
            "job_state",
            "resource_type",
            "plan",
            "created_at",
            "created_epoch",
            "completed_at",
            "bytes"
        ]),
        [
            "111122223333",
            "eu-west-1",
            "backup",
            "FAILED",
            "RDS",
            "arn:plan",
            "2024-06-01T01:00:00Z",
            "1717203600",
            "2024-06-01T02:00:00.500000Z",
            "5"
        ]
    );
    let copies = r#"{"CopyJobs":[{"CopyJobId":"c1","SourceBackupVaultArn":"arn:aws:backup:eu-west-1:111122223333:backup-vault:v","DestinationBackupVaultArn":"arn:aws:backup:eu-central-1:444455556666:backup-vault:w","State":"COMPLETED"}]}"#;
    assert_eq!(
        run(Format::BackupJobs, copies, "x").rows[0].pick(["job_kind", "account_id", "region", "vault_arn"]),
        ["copy", "111122223333", "eu-west-1", "arn:aws:backup:eu-central-1:444455556666:backup-vault:w"]
    );
    let restores = r#"{"RestoreJobs":[{"AccountId":"111122223333","RestoreJobId":"r1","RecoveryPointArn":"arn:aws:backup:eu-west-1:111122223333:recovery-point:x","Status":"COMPLETED","ResourceType":"RDS","CreationDate":"2024-06-10T00:00:00Z","CompletionDate":"2024-06-10T01:00:00Z","ValidationStatus":"SUCCESSFUL","CreatedBy":{"RestoreTestingPlanArn":"arn:t"}}]}"#;
    assert_eq!(
        run(Format::BackupJobs, restores, "x").rows[0].pick([
            "region",
            "job_status",
            "validation_status",
            "testing_plan",
            "completed_epoch"
        ]),
        ["eu-west-1", "COMPLETED", "SUCCESSFUL", "arn:t", "1717981200"]
    );
    let points = r#"{"RecoveryPoints":[{"RecoveryPointArn":"arn:aws:ec2:eu-west-1::snapshot/snap-1","BackupVaultName":"v","BackupVaultArn":"arn:aws:backup:eu-west-1:111122223333:backup-vault:v","Status":"COMPLETED","IsEncrypted":false,"Lifecycle":{"DeleteAfterDays":35},"CreationDate":"2024-06-01T00:00:00Z"},{"RecoveryPointArn":"arn:aws:ec2:eu-west-1::snapshot/snap-2","BackupSizeBytes":9}]}"#;
    let got = run(Format::BackupJobs, points, "x");
    let rows: Vec<_> = got.rows.iter().map(|r| r.pick(["account_id", "region", "is_encrypted", "delete_after_days", "bytes"])).collect();
    assert_eq!(rows, [["111122223333", "eu-west-1", "false", "35", "NULL"], ["NULL", "eu-west-1", "NULL", "NULL", "9"]]);
    let held = r#"{"Results":[{"ResourceArn":"arn:aws:dynamodb:eu-west-1:111122223333:table/t","ResourceType":"DynamoDB","LastBackupTime":"2024-06-30T00:00:00Z"}]}"#;
    assert_eq!(run(Format::BackupJobs, held, "x").rows[0].pick(["account_id", "last_backup_epoch"]), ["111122223333", "1719705600"]);
    assert_eq!(run(Format::BackupJobs, r#"{"BackupJobs":[]}"#, "x").account(), (0, 0, 0));
}

#[test]
fn metrics_as_json_and_as_csv() {
    let data = r#"{"MetricDataResults":[{"Id":"m1","Label":"CPUUtilization","Timestamps":["2024-06-01T00:00:00+00:00","2024-06-01T01:00:00+00:00"],"Values":[1.5,2.0],"StatusCode":"PartialData"},{"Id":"m2","Label":"x","Timestamps":["2024-06-01T00:00:00Z"],"Values":[]}],"Messages":[]}"#;
    let got = run(Format::Metrics, data, "111122223333/eu-west-1/cpu.json");
    assert_eq!(got.account(), (2, 1, 1));
    assert_eq!(
        got.rows[1].pick(["account_id", "metric_label", "metric_id", "measured_at", "value"]),
        ["111122223333", "CPUUtilization", "m1", "2024-06-01T01:00:00Z", "2"]
    );
    assert_eq!(
        (got.rejects[0].reason.as_str(), got.notes[0].as_str()),
        ("1 times stand beside 0 values", "a metric is not complete: its status is PartialData")
    );
    let points = r#"{"Label":"CPUUtilization","Datapoints":[{"Timestamp":"2024-06-01T00:00:00Z","Average":1.25,"Maximum":9.0,"Unit":"Percent","ExtendedStatistics":{"p99":8.5}},{"Timestamp":"2024-06-01T01:00:00Z"}]}"#;
    let got = run(Format::Metrics, points, "x");
    assert_eq!(got.account(), (2, 1, 1));
    let rows: Vec<_> = got.rows.iter().map(|r| r.pick(["metric_label", "statistic", "unit", "value"])).collect();
    assert_eq!(
        rows,
        [
            ["CPUUtilization", "Average", "Percent", "1.25"],
            ["CPUUtilization", "Maximum", "Percent", "9"],
            ["CPUUtilization", "p99", "Percent", "8.5"]
        ]
    );
    let csv = "Full label,web (i-1),db\nLabel,CPUUtilization,CPUUtilization\n2024/06/01 00:00:00,1.5,\n2024-06-01T01:00:00.000Z,2,3\nnonsense,1,2\n2024/06/01 02:00:00,a,1\n2024/06/01 03:00:00,1\n";
    assert_eq!(detect::detect(csv.as_bytes()), Format::MetricsCsv);
    let got = collect(|out| read_csv(&mut csv.as_bytes(), out).unwrap());
    assert_eq!(got.account(), (6, 3, 3));
    let rows: Vec<_> = got.rows.iter().map(|r| (r.record, r.pick(["metric_label", "measured_at", "value"]))).collect();
    assert_eq!(
        rows,
        [
            (1, ["web (i-1)", "2024-06-01T00:00:00Z", "1.5"]),
            (2, ["web (i-1)", "2024-06-01T01:00:00Z", "2"]),
            (2, ["db", "2024-06-01T01:00:00Z", "3"]),
        ]
    );
    let reasons: Vec<&str> = got.rejects.iter().map(|r| r.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "line 5: \"nonsense\" is neither a time nor a known heading",
            "line 6: \"a\" is no number",
            "line 7: the record has 2 fields where the header has 3"
        ]
    );
}

#[test]
fn answers_in_the_well_architected_tool() {
    let listed = r#"{"WorkloadId":"w1","LensAlias":"wellarchitected","MilestoneNumber":0,"AnswerSummaries":[{"QuestionId":"backing-up-data","PillarId":"reliability","QuestionTitle":"How do you back up data?","Choices":[{"ChoiceId":"rel_backing_up_data_identified_backups_data","Title":"Identify"},{"ChoiceId":"rel_backing_up_data_periodic_recovery_testing_data","Title":"Test"}],"SelectedChoices":["rel_backing_up_data_identified_backups_data"],"ChoiceAnswerSummaries":[{"ChoiceId":"rel_backing_up_data_periodic_recovery_testing_data","Status":"NOT_APPLICABLE","Reason":"OUT_OF_SCOPE"}],"IsApplicable":true,"Risk":"HIGH"},{"QuestionId":"dr","PillarId":"reliability","Choices":[{"ChoiceId":"c"}],"Risk":"UNANSWERED"}]}"#;
    let got = run(Format::WellArchitectedTool, listed, "x");
    assert_eq!(got.account(), (2, 2, 0));
    let rows: Vec<_> =
        got.rows.iter().map(|r| r.pick(["workload_id", "question_id", "risk", "choice_id", "choice_status", "choice_reason"])).collect();
    assert_eq!(
        rows,
        [
            ["w1", "backing-up-data", "HIGH", "rel_backing_up_data_identified_backups_data", "SELECTED", "NULL"],
            ["w1", "backing-up-data", "HIGH", "rel_backing_up_data_periodic_recovery_testing_data", "NOT_APPLICABLE", "OUT_OF_SCOPE"],
            ["w1", "dr", "UNANSWERED", "c", "NULL", "NULL"],
        ]
    );
    let whole = r#"{"Workload":{"WorkloadId":"w1","WorkloadName":"shop","Environment":"PRODUCTION","AccountIds":["111122223333"],"RiskCounts":{"HIGH":3,"UNANSWERED":1}},"Answers":[{"QuestionId":"q","PillarId":"security","Risk":"NONE","Notes":"all of them","SelectedChoices":["sec_a"],"Choices":[]}]}"#;
    let got = run(Format::WellArchitectedTool, whole, "x");
    assert_eq!(got.account(), (2, 2, 0));
    assert_eq!(
        got.table("wa_tool_workloads")[0].pick(["workload_name", "account_ids", "high_risks", "medium_risks"]),
        ["shop", r#"["111122223333"]"#, "3", "NULL"]
    );
    assert_eq!(
        got.table("wa_tool_answers")[0].pick(["workload_id", "choice_id", "choice_status", "notes"]),
        ["w1", "sec_a", "SELECTED", "all of them"]
    );
    let one = r#"{"WorkloadId":"w1","LensAlias":"wellarchitected","Answer":{"QuestionId":"q","PillarId":"security","ChoiceAnswers":[{"ChoiceId":"sec_b","Status":"SELECTED","Notes":"n"}],"Risk":"NONE"}}"#;
    assert_eq!(
        run(Format::WellArchitectedTool, one, "x").rows[0].pick(["choice_id", "choice_status", "choice_notes"]),
        ["sec_b", "SELECTED", "n"]
    );
    let next = r#"{"WorkloadId":"w1","ImprovementSummaries":[{"QuestionId":"q","PillarId":"security","Risk":"HIGH","ImprovementPlans":[{"ChoiceId":"c","DisplayText":"do it"}]}]}"#;
    assert_eq!(run(Format::WellArchitectedTool, next, "x").rows[0].pick(["risk", "choice_id", "proposal"]), ["HIGH", "c", "do it"]);
}

const OWNER: &str = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";

#[test]
fn access_logs_are_counted_together() {
    let line = |requester: &str, at: &str, status: u16, bytes: &str| {
        format!(
            "{OWNER} acme-data [{at} +0000] 192.0.2.3 {requester} 3E57427F3EXAMPLE REST.GET.OBJECT a%20b.txt \"GET /acme-data/a?X-Amz-Signature=abc HTTP/1.1\" {status} - {bytes} 2048 7 5 \"-\" \"agent \"x\" 1.0\" - hostid= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader acme-data.s3.eu-west-1.amazonaws.com TLSv1.2 - -\n"
        )
    };
    let role = "arn:aws:sts::444455556666:assumed-role/app/s";
    let mut text = line(role, "06/Feb/2024:00:00:38", 200, "100");
    text += &line(role, "06/Feb/2024:23:59:59", 200, "50");
    text += "\n";
    text += &line("-", "06/Feb/2024:10:00:00", 403, "-");
    text += "not a line\n";
    text += &line(role, "07/Feb/2024:00:00:00", 200, "1");
    text += &format!("{OWNER} acme-data [yesterday] {}\n", "x ".repeat(20));
    assert_eq!(detect::detect(text.as_bytes()), Format::S3AccessLog);
    let got = collect(|out| s3_access::read(&mut text.as_bytes(), out).unwrap());
    assert_eq!(got.account(), (6, 4, 2));
    let columns = [
        "event_day",
        "requester",
        "requester_account_id",
        "is_anonymous",
        "http_status",
        "requests",
        "bytes_sent",
        "first_seen",
        "tls_version",
    ];
    let rows: Vec<_> = got.rows.iter().map(|r| (r.record, r.pick(columns))).collect();
    assert_eq!(
        rows,
        [
            (2, ["2024-02-06", "NULL", "NULL", "true", "403", "1", "0", "2024-02-06T10:00:00Z", "TLSv1.2"]),
            (0, ["2024-02-06", role, "444455556666", "false", "200", "2", "150", "2024-02-06T00:00:38Z", "TLSv1.2"]),
            (4, ["2024-02-07", role, "444455556666", "false", "200", "1", "1", "2024-02-07T00:00:00Z", "TLSv1.2"]),
        ]
    );
    let reasons: Vec<(u64, &str)> = got.rejects.iter().map(|r| (r.record, r.reason.as_str())).collect();
    assert_eq!(reasons, [(3, "the line has 3 fields and not 18 or more"), (5, "\"yesterday\" is no time of an access log")]);
    let found: Value = serde_json::from_str(&s3_access::find(text.as_bytes(), 2).unwrap()).unwrap();
    assert_eq!((found["requester"].as_str(), found["user_agent"].as_str()), (Some("-"), Some("agent \"x\" 1.0")));
}

#[test]
fn a_line_without_end_is_one_reject() {
    let text = format!("{OWNER} b [06/Feb/2024:00:00:38 +0000] {}", "x".repeat(3 << 20));
    let got = collect(|out| s3_access::read(&mut text.as_bytes(), out).unwrap());
    assert_eq!(got.account(), (1, 0, 1));
    assert!(got.rejects[0].reason.contains("longer than"));
}

#[test]
fn real_findings_are_read_whole() {
    // jq '.Findings | length' and jq '.result.flaggedResources | length', file by file.
    let Some(folder) = real_data("posture") else { return };
    for (file, format, records, findings) in [
        ("securityhub/test_security_hub_bucket.securityhub.GetFindings_1.json", Format::SecurityHubFindings, 1, 1),
        ("securityhub/test_security_hub_instance.securityhub.GetFindings_1.json", Format::SecurityHubFindings, 1, 1),
        ("securityhub/test_security_hub_rds.securityhub.GetFindings_1.json", Format::SecurityHubFindings, 1, 1),
        ("trusted-advisor/test_account_service_limit.support.DescribeTrustedAdvisorCheckResult_1.json", Format::TrustedAdvisor, 1, 2),
        ("trusted-advisor/test_ebs_fault_tolerant.support.DescribeTrustedAdvisorCheckResult_1.json", Format::TrustedAdvisor, 1, 4),
        ("trusted-advisor/test_ebs_non_fault_tolerant.support.DescribeTrustedAdvisorCheckResult_1.json", Format::TrustedAdvisor, 1, 4),
    ] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let got = run(format, &text, file);
        assert_eq!(got.account(), (records, records, 0), "{file}");
        assert_eq!(got.table("third_party_findings").len(), findings, "{file}");
    }
    let text = std::fs::read_to_string(folder.join("securityhub/test_security_hub_rds.securityhub.GetFindings_1.json")).unwrap();
    let got = run(Format::SecurityHubFindings, &text, "x");
    // jq -r '.Findings[0] | .Severity.Label, .Resources[0].Id, .Region, .ProductName'
    assert_eq!(
        got.rows[0].pick(["severity", "resource_id", "region", "product"]),
        ["INFORMATIONAL", "arn:aws:rds:us-west-2:644160558196:db:test-instance-3", "us-west-2", "Cloud Custodian"]
    );
}

#[test]
fn regions_of_an_account() {
    let text = r#"{"Regions":[{"RegionName":"eu-west-1","RegionOptStatus":"ENABLED_BY_DEFAULT"},{"RegionName":"af-south-1","RegionOptStatus":"DISABLED"},{"RegionName":"ap-east-1","RegionOptStatus":"ENABLING"},{"RegionOptStatus":"ENABLED"}],"NextToken":null}"#;
    let got = run(Format::AccountRegions, text, "111122223333/list-regions.json");
    let rows: Vec<_> = got.rows.iter().map(|row| row.pick(["account_id", "region", "opt_status", "is_enabled"])).collect();
    assert_eq!(
        rows,
        [
            ["111122223333", "eu-west-1", "ENABLED_BY_DEFAULT", "true"],
            ["111122223333", "af-south-1", "DISABLED", "false"],
            ["111122223333", "ap-east-1", "ENABLING", "NULL"],
        ]
    );
    assert_eq!(got.rejects[0].reason, "the Region has no RegionName");
    assert_eq!(run(Format::AccountRegions, text, "list-regions.json").notes.len(), 1, "whose Regions these are is not known");
    // `ec2 describe-regions` has the same list and does not say what the account enabled.
    let other = r#"{"Regions":[{"Endpoint":"ec2.eu-west-1.amazonaws.com","RegionName":"eu-west-1","OptInStatus":"opt-in-not-required"}]}"#;
    assert_eq!(detect::detect(other.as_bytes()), Format::Unrecognised);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_end_in_an_account(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        collect(|out| read(shapes(), &bytes, "x.json", out)).account();
        collect(|out| s3_access::read(&mut bytes.as_slice(), out).unwrap()).account();
        s3_access::find(&bytes, 0);
        detect::detect(&bytes);
    }

    #[test]
    fn any_value_in_a_known_place_ends_in_an_account(
        at in 0..12_usize,
        value in proptest::sample::select(vec!["null", "5", "-1e308", "true", "\"\"", "\"x\"", "[]", "{}", "[null]", "[{}]", "{\"a\":[]}", "\"2024-13-45\""]),
    ) {
        const PLACES: [&str; 12] = ["Severity", "Resources", "Compliance", "Workflow", "ProductFields", "UpdatedAt", "Types", "Title", "RecordState", "Region", "Id", "ProductArn"];
        let text = asff("f", &format!(r#","{}":{value}"#, PLACES[at]));
        collect(|out| read(shapes(), format!(r#"{{"Findings":[{text}]}}"#).as_bytes(), "x", out)).account();
    }
}
