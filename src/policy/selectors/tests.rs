//! Cases of event selectors in the forms the world delivers.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

/// Selectors → codes of management reads and writes, excluded sources, data events as `type=read/write`.
const CASES: &[(&str, &str)] = &[
    // Nothing set.
    ("{}", "all all"),
    ("null", "all all"),
    (r#"{"trailName":"t"}"#, "all all"),
    (r#"{"eventSelectors":null,"advancedEventSelectors":null}"#, "all all"),
    (r#"{"EventSelectors":[]}"#, "all all"),
    // Basic, from CloudTrail's records, the CLI, pretty-printed, as text in a text.
    (r#"{"trailName":"t","eventSelectors":[{"includeManagementEvents": false}]}"#, "none none"),
    (r#"{"trailName":"t","eventSelectors":[{"includeManagementEvents":false}]}"#, "none none"),
    ("{\n\t\"eventSelectors\": [\n\t\t{ \"includeManagementEvents\" : false }\n\t]\n}", "none none"),
    (
        r#"{"EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":true,"DataResources":[],"ExcludeManagementEventSources":[]}]}"#,
        "all all",
    ),
    (r#""[{\"ReadWriteType\":\"WriteOnly\",\"IncludeManagementEvents\":true}]""#, "none all"),
    (r#"{"eventSelectors":"[{\"readWriteType\":\"ReadOnly\"}]"}"#, "all none"),
    (r#"[{"readWriteType":"ReadOnly"},{"readWriteType":"WriteOnly"}]"#, "all all"),
    (r#"[{"readWriteType":"ReadOnly"},{"readWriteType":"WriteOnly","includeManagementEvents":false}]"#, "all none"),
    (r#"[{"excludeManagementEventSources":["kms.amazonaws.com"]}]"#, "all_but all_but -kms.amazonaws.com"),
    (
        r#"[{"ExcludeManagementEventSources":["KMS.amazonaws.com","rdsdata.amazonaws.com"]}]"#,
        "all_but all_but -kms.amazonaws.com -rdsdata.amazonaws.com",
    ),
    // Two selectors: what one leaves out the other takes.
    (r#"[{"excludeManagementEventSources":["kms.amazonaws.com"]},{"excludeManagementEventSources":["rdsdata.amazonaws.com"]}]"#, "all all"),
    (r#"[{"excludeManagementEventSources":["kms.amazonaws.com"]},{}]"#, "all all"),
    (r#"[{"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3"]}]}]"#, "all all AWS::S3::Object=all/all"),
    (r#"[{"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws-cn:s3:::"]}]}]"#, "all all AWS::S3::Object=all/all"),
    (
        r#"[{"dataResources":[{"type":"AWS::Lambda::Function","values":["arn:aws-us-gov:lambda"]}]}]"#,
        "all all AWS::Lambda::Function=all/all",
    ),
    (r#"[{"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3:::b/"]}]}]"#, "all all AWS::S3::Object=limited/limited"),
    (
        r#"[{"readWriteType":"WriteOnly","dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3"]}]}]"#,
        "none all AWS::S3::Object=none/all",
    ),
    (r#"[{"dataResources":[{"type":"AWS::S3::Object","values":[]}]}]"#, "all all"),
    // Advanced.
    (r#"[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]}]}]"#, "all all"),
    (r#"{"AdvancedEventSelectors":[{"Name":"m","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]}"#, "all all"),
    (r#"[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"readOnly","equals":["false"]}]}]"#, "none all"),
    (r#"[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"readOnly","notEquals":["true"]}]}]"#, "none all"),
    (r#"[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"readOnly","equals":[true]}]}]"#, "all none"),
    (
        r#"[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"readOnly","equals":["true","false"]}]}]"#,
        "all all",
    ),
    (
        r#"[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"eventSource","notEquals":["kms.amazonaws.com"]}]}]"#,
        "all_but all_but -kms.amazonaws.com",
    ),
    (
        r#"[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},{"Field":"eventSource","NotEquals":["rdsdata.amazonaws.com","kms.amazonaws.com"]}]}]"#,
        "all_but all_but -kms.amazonaws.com -rdsdata.amazonaws.com",
    ),
    (
        r#"[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"eventSource","notEquals":["kms.amazonaws.com"]},{"field":"readOnly","equals":["false"]}]}]"#,
        "none all_but -kms.amazonaws.com",
    ),
    (
        r#"[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"eventSource","equals":["iam.amazonaws.com"]}]}]"#,
        "limited limited",
    ),
    (
        r#"[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"eventName","notEquals":["Decrypt"]}]}]"#,
        "limited limited",
    ),
    (
        r#"[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"userIdentity.arn","notStartsWith":["arn:aws:sts::1"]}]}]"#,
        "limited limited",
    ),
    // Full management events plus S3 writes: the limit to writes is the data selector's.
    (
        r#"[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]}]},{"fieldSelectors":[{"field":"eventCategory","equals":["Data"]},{"field":"resources.type","equals":["AWS::S3::Object"]},{"field":"readOnly","equals":["false"]}]}]"#,
        "all all AWS::S3::Object=none/all",
    ),
    (
        r#"[{"fieldSelectors":[{"field":"eventCategory","equals":["Data"]},{"field":"resources.type","equals":["AWS::S3::Object"]}]}]"#,
        "none none AWS::S3::Object=all/all",
    ),
    (
        r#"[{"fieldSelectors":[{"field":"eventCategory","equals":["Data"]},{"field":"resources.type","equals":["AWS::S3::Object"]},{"field":"resources.ARN","startsWith":["arn:aws:s3:::b/"]}]}]"#,
        "none none AWS::S3::Object=limited/limited",
    ),
    (
        r#"[{"fieldSelectors":[{"field":"eventCategory","equals":["Data"]},{"field":"resources.type","equals":["AWS::DynamoDB::Table"]}]},{"fieldSelectors":[{"field":"eventCategory","equals":["Data"]},{"field":"resources.type","equals":["AWS::DynamoDB::Table"]},{"field":"readOnly","equals":["false"]}]}]"#,
        "none none AWS::DynamoDB::Table=all/all",
    ),
    (
        r#"[{"fieldSelectors":[{"field":"eventCategory","equals":["NetworkActivity"]},{"field":"eventSource","equals":["s3.amazonaws.com"]}]}]"#,
        "none none",
    ),
];

fn words(recorded: &Recorded) -> String {
    let mut words = format!("{} {}", recorded.management.read.code(), recorded.management.write.code());
    for source in recorded.excluded_sources() {
        words += &format!(" -{source}");
    }
    for (kind, recording) in &recorded.data {
        words += &format!(" {kind}={}/{}", recording.read.code(), recording.write.code());
    }
    words
}

#[test]
fn selectors() {
    for (text, expected) in CASES {
        assert_eq!(words(&recorded(text).unwrap()), *expected, "{text}");
    }
}

#[test]
fn white_space_means_nothing() {
    for (text, expected) in CASES {
        let value: Value = serde_json::from_str(text).unwrap();
        for pretty in [serde_json::to_string(&value).unwrap(), serde_json::to_string_pretty(&value).unwrap()] {
            assert_eq!(words(&recorded(&pretty).unwrap()), *expected, "{pretty}");
        }
    }
}

#[test]
fn order_means_nothing() {
    for (text, expected) in CASES {
        let mut value: Value = serde_json::from_str(text).unwrap();
        if let Some(list) = value.as_array_mut() {
            list.reverse();
            assert_eq!(words(&recorded_value(&value).unwrap()), *expected, "{text}");
        }
    }
}

#[test]
fn network_activity() {
    let text = r#"[{"fieldSelectors":[{"field":"eventCategory","equals":["NetworkActivity"]},{"field":"eventSource","equals":["s3.amazonaws.com"]}]}]"#;
    assert!(recorded(text).unwrap().network_activity["s3.amazonaws.com"].is_complete());
}

#[test]
fn other_shapes() {
    for text in [
        "",
        "x",
        "7",
        r#"{"eventSelectors":7}"#,
        "[7]",
        r#"[{"readWriteType":"Some"}]"#,
        r#"[{"includeManagementEvents":3}]"#,
        r#"[{"fieldSelectors":[]}]"#,
    ] {
        assert!(recorded(text).is_err(), "{text}");
    }
}
