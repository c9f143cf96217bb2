//! The shapes of exports, one after the other.

use serde_json::{Value, json};

use super::{BUCKET_POLICY, bucket, run, run_in, snapshot};
use crate::ingest::formats::config::{Context, Kind, jq_path};

#[test]
fn history_answers_are_in_the_api_dialect() {
    let text = json!({"configurationItems":[{
        "version":"1.3","accountId":"111122223333","configurationItemCaptureTime":1_719_705_600.5,"configurationItemStatus":"OK","configurationStateId":"7",
        "arn":"arn:aws:ec2:eu-west-1:111122223333:volume/vol-1","resourceType":"AWS::EC2::Volume","resourceId":"vol-1","awsRegion":"eu-west-1",
        "configuration":"{\"state\":{\"value\":\"in-use\"},\"size\":8.0,\"iops\":\"100\",\"encrypted\":\"TRUE\",\"attachments\":[{},{}]}",
        "supplementaryConfiguration":{},"relationships":[{"relationshipName":"x","resourceType":"AWS::EC2::Instance","resourceId":"i-1"}]}],
        "nextToken":"abc"})
    .to_string();
    let outcome = run(text);
    outcome.assert_account(1, 0);
    assert_eq!(
        outcome
            .columns("volumes", &["state", "state_too", "size", "iops", "encrypted", "attachment_count", "captured_at", "resource_name"]),
        json!([["in-use", "in-use", 8, 100.0, true, 2, 1_719_705_600_500_000_i64, "vol-1"]])
    );
    assert!(outcome.noted("incomplete"), "{:?}", outcome.notes);
    assert_eq!(
        outcome.columns("config_items", &["configuration"])[0][0],
        json!(r#"{"attachments":[{},{}],"encrypted":"TRUE","iops":"100","size":8.0,"state":"in-use"}"#)
    );
}

#[test]
fn batch_answers_say_what_they_left_out() {
    let base = json!({"version":"1.3","accountId":"444455556666","configurationItemCaptureTime":"2024-06-30T02:00:00+02:00","configurationItemStatus":"OK",
        "resourceType":"AWS::S3::Bucket","resourceId":"b","awsRegion":"eu-west-1","configuration":"{\"name\":\"b\"}","supplementaryConfiguration":{"BucketVersioningConfiguration":"{\"status\":\"Enabled\"}"}});
    let outcome =
        run(json!({"baseConfigurationItems":[base],"unprocessedResourceKeys":[{"resourceType":"AWS::S3::Bucket","resourceId":"c"}]})
            .to_string());
    outcome.assert_account(1, 0);
    assert_eq!(
        outcome.columns("s3_buckets", &["account_id", "versioning_status", "environment", "captured_at"]),
        json!([["444455556666", "Enabled", null, 1_719_705_600_000_000_i64]])
    );
    assert!(outcome.noted("left 1 of the resources"));
    let outcome = run(json!({"BaseConfigurationItems":[base],"UnprocessedResourceIdentifiers":[]}).to_string());
    outcome.assert_account(1, 0);
    assert!(outcome.notes.is_empty());
}

#[test]
fn single_items_come_bare_and_in_envelopes() {
    let bare = bucket("b", json!({}));
    let message = json!({"messageType":"ConfigurationItemChangeNotification","configurationItemDiff":{"changeType":"UPDATE","changedProperties":{}},"configurationItem":bare});
    let envelope = json!({"version":"0","detail-type":"Config Configuration Item Change","source":"aws.config","account":"111122223333","detail":message});
    let aggregate = json!({"ConfigurationItem":bare});
    let recorded = json!({"status_code":200,"data":aggregate});
    for text in [bare.to_string(), message.to_string(), envelope.to_string(), aggregate.to_string(), recorded.to_string()] {
        assert_eq!(Kind::of(text.as_bytes()), Some(Kind::Item), "{text}");
        let outcome = run(&text);
        outcome.assert_account(1, 0);
        assert_eq!(outcome.columns("s3_buckets", &["resource_id", "source_record"]), json!([["b", 0]]));
    }
    let several = format!("{}\n{}\n", message, bucket("c", json!({})));
    let outcome = run(several);
    outcome.assert_account(2, 0);
    assert_eq!(outcome.columns("s3_buckets", &["resource_id", "source_record"]), json!([["b", 0], ["c", 1]]));
    assert!(outcome.noted("2 documents"));
    let list = json!([bare, bucket("c", json!({}))]).to_string();
    assert_eq!(Kind::of(list.as_bytes()), Some(Kind::List));
    run(list).assert_account(2, 0);
}

#[test]
fn notifications_without_an_item_are_rejects() {
    let oversized = json!({"messageType":"OversizedConfigurationItemChangeNotification","configurationItemSummary":{"resourceType":"AWS::X::Y"},"s3DeliverySummary":{}});
    let outcome = run_in(Kind::Item, oversized.to_string().as_bytes(), &Context::default());
    outcome.assert_account(1, 1);
    assert!(outcome.rejects[0].reason.contains("too large"));
    let outcome = run_in(Kind::Item, br#"{"messageType":"ConfigurationSnapshotDeliveryCompleted"}"#, &Context::default());
    outcome.assert_account(1, 1);
}

#[test]
fn recorded_answers_are_unwrapped() {
    let outcome = run(json!({"status_code":200,"data":{"configurationItems":[bucket("b", json!({}))]}}).to_string());
    outcome.assert_account(1, 0);
    let outcome = run(json!({"status_code":200,"data":{"Results":["{\"resourceId\":\"b\"}"],"QueryInfo":{}}}).to_string());
    outcome.assert_account(1, 0);
}

#[test]
fn query_answers_are_partial() {
    let policy: Value = json!({"policyText": BUCKET_POLICY});
    let rows = [
        json!({"resourceId":"b","resourceType":"AWS::S3::Bucket","accountId":"111122223333","awsRegion":"eu-west-1","supplementaryConfiguration":{"BucketPolicy":policy},"tags":[{"key":"env","value":"prod","tag":"env=prod"}]}),
        json!({"configuration":{"arn":"arn:aws:kms:eu-west-1:111122223333:key/k","state":{"value":"in-use"}}}),
        json!({"COUNT(*)":5,"resourceType":"AWS::S3::Bucket"}),
    ];
    let mut results: Vec<Value> = rows.iter().map(|r| json!(r.to_string())).collect();
    results.push(rows[1].clone());
    results.push(json!("{broken"));
    results.push(json!(7));
    let outcome = run(json!({"Results":results,"QueryInfo":{"SelectFields":[{"Name":"resourceId"}]},"NextToken":"x"}).to_string());
    outcome.assert_account(6, 3);
    assert_eq!(outcome.rejects.iter().map(|r| r.record).collect::<Vec<_>>(), [2, 4, 5]);
    assert_eq!(
        outcome.columns("s3_buckets", &["item_status", "versioning_status", "grants", "environment", "bucket_name"]),
        json!([["SelectResult", null, null, "prod", null]])
    );
    assert_eq!(
        outcome.columns("config_items", &["item_status", "resource_type", "resource_id", "account_id", "region", "configuration"]),
        json!([
            ["SelectResult", "AWS::S3::Bucket", "b", "111122223333", "eu-west-1", null],
            [
                "SelectResult",
                null,
                "arn:aws:kms:eu-west-1:111122223333:key/k",
                "111122223333",
                "eu-west-1",
                r#"{"arn":"arn:aws:kms:eu-west-1:111122223333:key/k","state":"in-use"}"#
            ],
            [
                "SelectResult",
                null,
                "arn:aws:kms:eu-west-1:111122223333:key/k",
                "111122223333",
                "eu-west-1",
                r#"{"arn":"arn:aws:kms:eu-west-1:111122223333:key/k","state":"in-use"}"#
            ]
        ])
    );
    assert_eq!(outcome.table("policy_statements").len(), 1);
    assert!(outcome.noted("incomplete"));
}

#[test]
fn appended_documents_are_numbered_through() {
    let text = format!("{}\n{}", snapshot(&[bucket("a", json!({}))]), snapshot(&[bucket("b", json!({}))]));
    let outcome = run(text);
    outcome.assert_account(2, 0);
    assert_eq!(outcome.columns("s3_buckets", &["resource_id", "source_record"]), json!([["a", 0], ["b", 1]]));
    assert!(outcome.noted("jq -s"));
}

#[test]
fn surroundings_fill_in_what_items_leave_out() {
    for (path, account, region) in [
        ("AWSLogs/111122223333/Config/eu-west-1/2024/5/1/ConfigSnapshot/x.json.gz", Some("111122223333"), Some("eu-west-1")),
        ("p/AWSLogs/o-abc/444455556666/Config/us-gov-east-1/x", Some("444455556666"), Some("us-gov-east-1")),
        (
            "111122223333_Config_eu-west-1_ConfigHistory_AWS::EC2::VPC_20240501T000000Z_20240501T060000Z_1.json",
            Some("111122223333"),
            Some("eu-west-1"),
        ),
        ("Config/eu-west-1/x.json", None, None),
        ("answers/select.json", None, None),
    ] {
        let context = Context::from_path(path);
        assert_eq!((context.account_id.as_deref(), context.region.as_deref()), (account, region), "{path}");
    }
    let ctx = Context { account_id: Some("111122223333".into()), region: Some("eu-west-1".into()) };
    let text = json!({"Results":["{\"resourceId\":\"b\",\"resourceType\":\"AWS::EC2::VPC\"}","{\"resourceId\":\"r\",\"resourceType\":\"AWS::IAM::Role\"}"],"QueryInfo":{}}).to_string();
    let outcome = run_in(Kind::Select, text.as_bytes(), &ctx);
    assert_eq!(
        outcome.columns("config_items", &["account_id", "region"]),
        json!([["111122223333", "eu-west-1"], ["111122223333", "global"]])
    );
}

#[test]
fn jq_finds_each_record() {
    assert_eq!(jq_path(Kind::Items, 3), ".configurationItems[3]");
    assert_eq!(jq_path(Kind::List, 0), ".[0]");
    assert_eq!(jq_path(Kind::BaseItems, 1), "(.baseConfigurationItems // .BaseConfigurationItems)[1]");
    assert_eq!(jq_path(Kind::Select, 2), ".Results[2] | fromjson? // .");
    assert!(jq_path(Kind::Item, 0).contains(".ConfigurationItem"));
}

#[test]
fn other_files_are_of_no_kind() {
    for text in [
        "",
        "{}",
        "[]",
        "[1]",
        r#"{"Records":[]}"#,
        r#"{"detail":{"eventName":"x"}}"#,
        r#"[{"resourceType":"x","name":"y"}]"#,
        r#"{"data":{"data":{"data":{"configurationItems":[]}}}}"#,
    ] {
        assert_eq!(Kind::of(text.as_bytes()), None, "{text}");
    }
}
