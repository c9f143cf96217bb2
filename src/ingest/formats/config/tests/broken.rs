//! Broken, cut and hostile files: each ends in counted rejects, never in a panic or a stall.

use proptest::prelude::*;
use serde_json::json;

use super::{BUCKET_POLICY, bucket, item, run, run_in, snapshot};
use crate::ingest::formats::config::{Context, Kind};

#[test]
fn a_broken_item_costs_one_record() {
    let [a, b, c] = ["a", "b", "c"].map(|id| bucket(id, json!({"BucketPolicy":{"policyText":BUCKET_POLICY}})).to_string());
    let with = |middle: &str| format!(r#"{{"fileVersion":"1.0","configurationItems":[{a},{middle},{c}],"requestId":"r"}}"#);
    let breaks: Vec<(&str, String)> = vec![
        ("a bad literal", b.replace("\"OK\"", "O K")),
        ("a missing brace", b.replacen('}', "", 1)),
        ("an extra brace", format!("{b}}}")),
        ("an open quote", b.replacen("\"awsRegion\":\"", "\"awsRegion\":", 1)),
        ("cut in the middle", b[..b.len() / 2].to_owned()),
        ("a control character", b.replacen("acme", "a\u{0}cme", 1).replacen("\"resourceId\":\"b\"", "\"resourceId\":\"b\n\"", 1)),
        ("no object", "7".to_owned()),
        ("a list", "[1,2]".to_owned()),
        ("a text", "\"x\"".to_owned()),
        ("null", "null".to_owned()),
        ("no item", "{\"a\":1}".to_owned()),
        ("a huge number", b.replacen("\"configuration\":{", "\"configuration\":{\"n\":1e999,", 1)),
        ("too deep", b.replacen("\"configuration\":{", &format!("\"configuration\":{{\"d\":{}{},", "[".repeat(200), "]".repeat(200)), 1)),
    ];
    for (what, middle) in breaks {
        let text = with(&middle);
        let outcome = run_in(Kind::Items, text.as_bytes(), &Context::default());
        let ids = outcome.columns("s3_buckets", &["resource_id", "source_record"]);
        if what == "an extra brace" {
            assert_eq!(ids, json!([["a", 0], ["b", 1], ["c", 2]]), "{what}");
            assert!(outcome.noted("passed over"));
            continue;
        }
        assert_eq!(ids, json!([["a", 0], ["c", 2]]), "{what}: {:?}", outcome.rejects);
        outcome.assert_account(3, 1);
        assert_eq!(outcome.rejects[0].record, 1, "{what}");
        let offset = text.len() - middle.len() - c.len() - ",],\"requestId\":\"r\"}".len();
        assert_eq!(outcome.rejects[0].byte_offset, Some(offset as u64), "{what}");
    }
}

#[test]
fn a_stray_bracket_hides_no_items() {
    let [a, b, c] = ["a", "b", "c"].map(|id| bucket(id, json!({})).to_string());
    for text in [
        format!(r#"{{"configurationItems":[{a}[{b},{c}],"fileVersion":"1.0"}}"#),
        format!(r#"{{"configurationItems":[{a},[{b}],{c}],"fileVersion":"1.0"}}"#),
        format!(r#"{{"configurationItems":[{a}]}},{b},{c}],"fileVersion":"1.0"}}"#),
    ] {
        let outcome = run_in(Kind::Items, text.as_bytes(), &Context::default());
        let ids = outcome.columns("s3_buckets", &["resource_id"]);
        assert_eq!(ids, json!([["a"], ["b"], ["c"]]), "{:?}", outcome.rejects);
        assert_eq!(outcome.counts.read, outcome.counts.kept + outcome.counts.rejected);
    }
}

#[test]
fn a_cut_file_is_read_as_far_as_it_goes() {
    let text = snapshot(&[bucket("a", json!({})), bucket("b", json!({}))]);
    let second = text.rfind("{\"ARN\"").unwrap();
    for (end, kept) in [(second + 100, 1), (second, 1), (second - 1, 1), (text.len() - 2, 2), (second - 20, 0)] {
        // Members are sorted here, so the snapshot's items come before its version.
        let outcome = run_in(Kind::Items, &text.as_bytes()[..end], &Context::default());
        assert_eq!(outcome.counts.kept, kept, "{end}");
        assert_eq!(outcome.counts.read, outcome.counts.kept + outcome.counts.rejected);
        assert!(outcome.counts.rejected == 1 || outcome.noted("not closed"), "{end}: {:?}", outcome.notes);
    }
    run_in(Kind::Items, b"", &Context::default()).assert_account(0, 0);
    run_in(Kind::Items, b"{}", &Context::default()).assert_account(1, 1);
    run_in(Kind::Items, b"{\"configurationItems\":[]}", &Context::default()).assert_account(0, 0);
    run_in(Kind::Items, b"junk", &Context::default()).assert_account(1, 1);
}

#[test]
fn hostile_values_are_survived() {
    let long = "x".repeat(5_000_000);
    let text = format!(
        r#"{{"configurationItems":[
        {{"resourceType":"AWS::S3::Bucket","resourceId":"dup","resourceId":"last","configurationItemStatus":"OK","configuration":{{"name":"one","name":"two","nul":"a\u0000b","lone":"\ud800"}}}},
        {{"resourceType":"AWS::S3::Bucket","resourceId":"long","configurationItemStatus":"OK","configuration":{{"name":"{long}"}}}},
        {{"resourceType":"AWS::EC2::Volume","resourceId":"big","configurationItemStatus":"OK","configuration":{{"size":123456789012345678901234567890,"iops":-0.0}},"configurationStateId":123456789012345678901234567890}},
        {{"resourceType":"AWS::EC2::Volume","resourceId":"deep-text","configurationItemStatus":"OK","configuration":"{}"}}
        ]}}"#,
        "[".repeat(100_000)
    );
    let outcome = run(text);
    outcome.assert_account(4, 0);
    assert_eq!(outcome.columns("s3_buckets", &["resource_id"]), json!([["last"], ["long"]]));
    assert_eq!(outcome.table("s3_buckets")[0]["bucket_name"], json!("two"));
    assert_eq!(outcome.table("s3_buckets")[1]["bucket_name"].as_str().map(str::len), Some(5_000_000));
    assert_eq!(outcome.columns("volumes", &["size", "encrypted"]), json!([[null, false], [null, null]]));
    assert!(outcome.noted("texts that should hold JSON"));
    // Bytes that are no UTF-8 end in a reject.
    let mut bytes = snapshot(&[bucket("a", json!({}))]).into_bytes();
    let at = bytes.len() / 2;
    bytes[at] = 0xff;
    let outcome = run_in(Kind::Items, &bytes, &Context::default());
    assert_eq!((outcome.counts.read, outcome.counts.kept), (1, 0));
}

#[test]
fn a_file_made_to_stall_does_not() {
    // Many beginnings of items that are none, in a stretch without an end.
    let mut text = String::from("{\"configurationItems\":[{\"broken\":");
    for _ in 0..200_000 {
        text.push_str("{\"version\":[");
    }
    let started = std::time::Instant::now();
    let outcome = run_in(Kind::Items, text.as_bytes(), &Context::default());
    assert_eq!(outcome.counts.read, outcome.counts.kept + outcome.counts.rejected);
    assert!(started.elapsed().as_secs() < 30);
}

fn mixed() -> String {
    snapshot(&[
        bucket("a", json!({"BucketPolicy":{"policyText":BUCKET_POLICY}})),
        item(
            "AWS::EC2::SecurityGroup",
            "sg-1",
            json!({"configuration":{"groupName":"web","ipPermissions":[{"fromPort":22,"ipv4Ranges":[{"cidrIp":"192.0.2.0/24"}]}]}}),
        ),
        item("AWS::Lambda::Function", "f", json!({"configuration":{"environment":{"variables":{"A":"b"}}}})),
        item("AWS::IAM::Role", "AROA1", json!({"configuration":{"assumeRolePolicyDocument":"%7B%22Statement%22%3A%5B%5D%7D"}})),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_damage_is_accounted_for(at in 0_usize..4_000, len in 0_usize..40, junk in proptest::collection::vec(any::<u8>(), 0..12)) {
        let mut bytes = mixed().into_bytes();
        let list = bytes.iter().position(|b| *b == b'[').unwrap();
        let at = at.min(bytes.len());
        let end = (at + len).min(bytes.len());
        bytes.splice(at..end, junk);
        for kind in [Kind::Items, Kind::BaseItems, Kind::Item, Kind::List, Kind::Select] {
            let outcome = run_in(kind, &bytes, &Context::default());
            prop_assert_eq!(outcome.counts.read, outcome.counts.kept + outcome.counts.rejected);
        }
        // Damage in one place never costs all four items.
        let outcome = run_in(Kind::Items, &bytes, &Context::default());
        if at > list {
            prop_assert!(outcome.counts.kept >= 1, "{:?}", outcome.rejects);
        }
    }

    #[test]
    fn any_text_is_accounted_for(text in "[\\[\\]{}:,\"a-c\\\\ 0-9]{0,80}") {
        for kind in [Kind::Items, Kind::BaseItems, Kind::Item, Kind::List, Kind::Select] {
            let outcome = run_in(kind, text.as_bytes(), &Context::default());
            prop_assert_eq!(outcome.counts.read, outcome.counts.kept + outcome.counts.rejected);
        }
        let _kind = Kind::of(text.as_bytes());
    }
}

#[test]
fn deep_text_inside_deep_text_fits_the_stack() {
    let deep = |inner: &str| format!("{}{inner}{}", "[".repeat(120), "]".repeat(120));
    let first = deep("\"x\"");
    let second = deep(&json!(first).to_string());
    let third = deep(&json!(second).to_string());
    let outcome = run(snapshot(&[item("AWS::X::Y", "x", json!({"configuration":{"a":third}}))]));
    outcome.assert_account(1, 0);
    let text = outcome.table("config_items")[0]["configuration"].as_str().unwrap();
    assert_eq!(text.matches('[').count(), 360);
}
