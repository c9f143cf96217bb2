//! What items become: declared columns, lists, masked secrets.

use serde_json::{Value, json};

use super::{bucket, item, run, snapshot};

#[test]
fn a_snapshot_gives_common_and_declared_columns() {
    let acl = json!({"grantSet":null,"grantList":[{"permission":"Read"},{"permission":"Write"}]}).to_string();
    let mut first = bucket(
        "acme-data",
        json!({"BucketVersioningConfiguration":{"status":"Suspended","isMfaDeleteEnabled":null},"IsRequesterPaysEnabled":"false",
            "AccessControlList":json!(acl).to_string(),"BucketPolicy":{"policyText":null}}),
    );
    first["tags"] = json!({"acme:env":"prod"});
    first["relationships"] = json!([{"name":"Is attached to ","resourceType":"AWS::X::Y","resourceId":"y","resourceName":null}]);
    let outcome = run(snapshot(&[first, bucket("acme-logs", json!({}))]));
    outcome.assert_account(2, 0);
    assert_eq!(outcome.notes, Vec::<String>::new());
    let names = [
        "resource_id",
        "bucket_name",
        "versioning_status",
        "mfa_delete",
        "requester_pays",
        "policy",
        "grants",
        "environment",
        "source_record",
    ];
    assert_eq!(
        outcome.columns("s3_buckets", &names),
        json!([
            ["acme-data", "acme-data", "Suspended", false, false, null, 2, "prod", 0],
            ["acme-logs", "acme-logs", "Off", false, null, null, 0, "none", 1]
        ])
    );
    let row = &outcome.table("s3_buckets")[0];
    assert_eq!(row["captured_at"], json!(1_719_705_600_000_000_i64));
    assert_eq!(row["captured_date"], json!(19_904));
    assert_eq!(row["captured_epoch"], json!(1_719_705_600));
    assert_eq!(row["created_at"], json!(1_672_912_800_000_000_i64));
    assert_eq!(row["created_on"], row["created_at"]);
    assert_eq!((&row["state_id"], &row["item_status"]), (&json!("1719705600000"), &json!("OK")));
    assert_eq!(outcome.columns("tags", &["resource_id", "tag_key", "tag_value"]), json!([["acme-data", "acme:env", "prod"]]));
    assert_eq!(
        outcome.columns("relationships", &["relationship", "related_type", "related_id", "related_name"]),
        json!([["Is attached to", "AWS::X::Y", "y", null]])
    );
    assert_eq!(
        outcome.columns("config_items", &["configuration", "supplementary_configuration"])[1],
        json!([r#"{"creationDate":"2023-01-05T10:00:00.000Z","name":"acme-logs"}"#, "{}"])
    );
    assert_eq!(outcome.times, Some((1_719_705_600_000_000, 1_719_705_600_000_000)));
}

#[test]
fn absent_is_said_only_where_the_document_was_delivered() {
    let outcome = run(snapshot(&[
        item("AWS::S3::Bucket", "no-supplement", json!({"supplementaryConfiguration":"<left out>","tags":"<left out>"})),
        item(
            "AWS::S3::Bucket",
            "gone",
            json!({"configurationItemStatus":"ResourceDeleted","configuration":null,"supplementaryConfiguration":{}}),
        ),
        item("AWS::EC2::Volume", "not-recorded", json!({"configurationItemStatus":"ResourceNotRecorded","configuration":"<left out>"})),
    ]));
    outcome.assert_account(3, 0);
    assert_eq!(
        outcome.columns("s3_buckets", &["resource_id", "versioning_status", "grants", "environment", "item_status"]),
        json!([["no-supplement", null, null, null, "OK"], ["gone", null, null, null, "ResourceDeleted"]])
    );
    assert_eq!(outcome.columns("volumes", &["encrypted", "item_status"]), json!([[null, "ResourceNotRecorded"]]));
    assert_eq!(outcome.columns("config_items", &["configuration"])[1], json!([null]));
}

#[test]
fn lists_become_child_tables() {
    let group = item(
        "AWS::EC2::SecurityGroup",
        "sg-1",
        json!({"configuration":{"groupName":"web","ipPermissions":[
            {"fromPort":22,"ipv4Ranges":[{"cidrIp":"0.0.0.0/0"},{"cidrIp":"192.0.2.0/24"}],"ipRanges":["0.0.0.0/0",{"value":"192.0.2.0/24"}]},
            {"ipv4Ranges":[],"ipRanges":null},
            {"fromPort":443,"ipv4Ranges":[{"cidrIp":"198.51.100.0/24"}]}]}}),
    );
    let outcome = run(snapshot(&[group]));
    assert_eq!(
        outcome.columns("security_group_rules", &["resource_id", "position", "from_port", "group_name"]),
        json!([["sg-1", 0, 22, "web"], ["sg-1", 1, -1, "web"], ["sg-1", 2, 443, "web"]])
    );
    assert_eq!(
        outcome.columns("security_group_ranges", &["position", "cidr", "from_port"]),
        json!([[0, "0.0.0.0/0", 22], [1, "192.0.2.0/24", 22], [2, "198.51.100.0/24", 443]])
    );
    assert_eq!(outcome.columns("security_group_plain_ranges", &["cidr"]), json!([["0.0.0.0/0"], ["192.0.2.0/24"]]));
    assert_eq!(outcome.table("security_group_rules")[0]["item_id"], outcome.table("config_items")[0]["item_id"]);
}

#[test]
fn a_pair_is_found_by_its_key_and_maps_are_walked() {
    let attributes = |value: &str| {
        item(
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "lb",
            json!({"supplementaryConfiguration":{"LoadBalancerAttributes":format!("[{{\"key\":\"a\",\"value\":\"1\"}},{{\"key\":\"deletion_protection.enabled\",\"value\":\"{value}\"}}]")}}),
        )
    };
    let none =
        item("AWS::ElasticLoadBalancingV2::LoadBalancer", "lb2", json!({"supplementaryConfiguration":{"LoadBalancerAttributes":[]}}));
    let outcome = run(snapshot(&[attributes("true"), attributes("perhaps"), none]));
    assert_eq!(outcome.columns("load_balancers", &["deletion_protection"]), json!([[true], [null], [false]]));
    assert!(outcome.noted("1 values of load_balancers.deletion_protection are of another type"));
    let patches = item(
        "AWS::SSM::PatchCompliance",
        "AWS::SSM::ManagedInstanceInventory/i-1",
        json!({"configuration":{"AWS:ComplianceItem":{"Content":{"Patch":{
        "ComplianceSummary":{"Status":"COMPLIANT"},"KB1":{"Id":"KB1","InstalledTime":""},"KB2":{"Id":"KB2","InstalledTime":"2024-05-01T00:00:00Z"}}}}}}),
    );
    let outcome = run(snapshot(&[patches]));
    assert_eq!(outcome.columns("patch_states", &["status"]), json!([["COMPLIANT"]]));
    assert_eq!(
        outcome.columns("patches", &["patch", "installed_at"]),
        json!([[null, null], ["KB1", null], ["KB2", 1_714_521_600_000_000_i64]])
    );
    assert!(outcome.notes.is_empty(), "{:?}", outcome.notes);
}

#[test]
fn another_type_is_null_and_counted() {
    let volume = |configuration: Value| item("AWS::EC2::Volume", "v", json!({"configuration":configuration}));
    let outcome = run(snapshot(&[
        volume(json!({"state":{"code":16,"name":"x"},"size":"many","iops":true,"encrypted":"yes","attachments":3})),
        volume(json!({"state":7,"size":9_007_199_254_740_993_u64,"iops":1.5,"encrypted":false,"attachments":null})),
        volume(json!({"state":true,"size":18_446_744_073_709_551_615_u64,"attachments":[]})),
    ]));
    assert_eq!(
        outcome.columns("volumes", &["state", "size", "iops", "encrypted", "attachment_count"]),
        json!([[null, null, null, null, null], ["7", 9_007_199_254_740_993_u64, 1.5, false, null], ["true", null, null, false, 0]])
    );
    for note in [
        "1 values of volumes.state ",
        "2 values of volumes.size ",
        "1 values of volumes.iops ",
        "1 values of volumes.encrypted ",
        "1 values of volumes.attachment_count ",
    ] {
        assert!(outcome.noted(note), "{note}: {:?}", outcome.notes);
    }
}

#[test]
fn secrets_are_named_and_never_stored() {
    let function = item(
        "AWS::Lambda::Function",
        "f",
        json!({
        "configuration":{"runtime":"python3.12","environment":{"variables":{"STAGE":"prod-stage","DB_PASSWORD":"hunter2hunter2"}}},
        "tags":{"api-token":"tok-hunter2hunter2","owner":"web"}}),
    );
    let plain = item("AWS::Lambda::Function", "g", json!({"configuration":{"runtime":"python3.12"}}));
    let task = item(
        "AWS::ECS::TaskDefinition",
        "t",
        json!({"configuration":{"Family":"web","ContainerDefinitions":[
        {"Image":"a","Environment":[{"Name":"KEY","Value":"AKIAIOSFODNN7EXAMPLE"}]},{"Image":"b"},{"Image":"c","Environment":[]}]}}),
    );
    let script = "IyEvYmluL3NoCmV4cG9ydCBEQl9QQVNTV09SRD1odW50ZXIyaHVudGVyMgo=";
    let template = item("AWS::EC2::LaunchTemplate", "l", json!({"configuration":{"LaunchTemplateData":{"UserData":script}}}));
    let stack = item(
        "AWS::CloudFormation::Stack",
        "s",
        json!({"configuration":{"parameters":[{"parameterKey":"Size","parameterValue":"prod-stage"}]}}),
    );
    let outcome = run(snapshot(&[function, plain, task, template, stack]));
    assert_eq!(
        outcome.columns("lambda_functions", &["secret_variables", "variables"]),
        json!([
            [
                r#"["DB_PASSWORD"]"#,
                r#"{"DB_PASSWORD":"[masked: environment value, 14 characters]","STAGE":"[masked: environment value, 10 characters]"}"#
            ],
            ["[]", null]
        ])
    );
    assert_eq!(outcome.columns("task_containers", &["image", "secret_variables"]), json!([["a", r#"["KEY"]"#], ["b", null], ["c", "[]"]]));
    assert_eq!(
        outcome.columns("launch_templates", &["user_data_secrets", "user_data"]),
        json!([[r#"["UserData"]"#, "[masked: user data, 60 characters]"]])
    );
    assert_eq!(outcome.columns("tags", &["tag_value"]), json!([["[masked: token, 18 characters]"], ["web"]]));
    let all = json!(outcome.rows).to_string();
    for secret in ["hunter2", "prod-stage", "AKIA", script] {
        assert!(!all.contains(secret), "{secret}");
    }
    assert!(outcome.noted("6 values were masked"), "{:?}", outcome.notes);
}
