//! IAM's authorization details, read as items.

use serde_json::json;

use super::super::authorization;
use super::*;
use crate::ingest::detect::{self, Format};
use crate::ingest::formats::cost::testing::real_data;

fn details(text: &str, path: &str) -> Outcome {
    assert_eq!(detect::detect(text.as_bytes()), Format::AuthorizationDetails);
    outcome_of(|out| authorization::read(text.as_bytes(), path, out))
}

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"sts:AssumeRole"}]}"#;

fn answer(trust: Value) -> Value {
    json!({
        "UserDetailList": [{"Path":"/","UserName":"ada","UserId":"AIDA1","Arn":"arn:aws:iam::111122223333:user/ada","CreateDate":"2023-01-05T10:00:00+00:00",
            "UserPolicyList":[{"PolicyName":"own","PolicyDocument":{"Statement":{"Effect":"Allow","Action":["S3:*"],"Resource":"*"}}}],
            "GroupList":["admins"],"AttachedManagedPolicies":[{"PolicyName":"a","PolicyArn":"arn:a"}],"Tags":[{"Key":"team","Value":"web"}]}],
        "GroupDetailList": [{"Path":"/","GroupName":"admins","GroupId":"AGPA1","Arn":"arn:aws:iam::111122223333:group/admins","CreateDate":"2023-01-05T10:00:00Z","AttachedManagedPolicies":[]}],
        "RoleDetailList": [{"Path":"/","RoleName":"app","RoleId":"AROA1","Arn":"arn:aws:iam::111122223333:role/app","CreateDate":"2023-01-05T10:00:00Z",
            "AssumeRolePolicyDocument":trust,"InstanceProfileList":[],"RolePolicyList":[],"AttachedManagedPolicies":[],"RoleLastUsed":{"LastUsedDate":"2024-05-01T00:00:00Z","Region":"eu-west-1"}}],
        "Policies": [{"PolicyName":"AdministratorAccess","PolicyId":"ANPA1","Arn":"arn:aws:iam::aws:policy/AdministratorAccess","Path":"/","DefaultVersionId":"v2","AttachmentCount":1,
            "PolicyVersionList":[{"Document":{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]},"VersionId":"v1","IsDefaultVersion":false},
                {"Document":{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]},"VersionId":"v2","IsDefaultVersion":true}]}],
        "IsTruncated": false
    })
}

#[test]
fn details_become_items_and_statements() {
    let outcome = details(&answer(serde_json::from_str(TRUST).unwrap()).to_string(), "iam/authorization-details-2024-06-30.json");
    outcome.assert_account(4, 0);
    let columns = ["resource_type", "resource_id", "resource_name", "account_id", "region", "item_status", "captured_at", "created_at"];
    let captured = 1_719_705_600_000_000_i64;
    let created = 1_672_912_800_000_000_i64;
    assert_eq!(
        outcome.columns("config_items", &columns),
        json!([
            ["AWS::IAM::User", "AIDA1", "ada", "111122223333", "global", "AuthorizationDetail", captured, created],
            ["AWS::IAM::Group", "AGPA1", "admins", "111122223333", "global", "AuthorizationDetail", captured, created],
            ["AWS::IAM::Role", "AROA1", "app", "111122223333", "global", "AuthorizationDetail", captured, created],
            ["AWS::IAM::Policy", "ANPA1", "AdministratorAccess", "111122223333", "global", "AuthorizationDetail", captured, null],
        ])
    );
    assert_eq!(
        outcome.columns("policy_statements", &["policy_kind", "policy_name", "effect", "any_action", "any_resource", "source_record"]),
        json!([
            ["inline", "own", "Allow", false, true, 0],
            ["trust", "assumeRolePolicyDocument", "Allow", false, false, 2],
            ["identity", "AdministratorAccess", "Allow", true, true, 3],
        ])
    );
    assert_eq!(outcome.columns("tags", &["tag_key", "tag_value"]), json!([["team", "web"]]));
    assert!(outcome.noted("taken from the file's name"));
    // The moment of an export is no activity: it does not widen the span that a period is taken from.
    assert_eq!(outcome.times, Some((captured, captured)));
}

#[test]
fn documents_may_be_percent_encoded_and_lists_left_out() {
    let encoded = percent_encoding::utf8_percent_encode(TRUST, percent_encoding::NON_ALPHANUMERIC).to_string();
    let outcome = details(&answer(json!(encoded)).to_string(), "111122223333/details.json");
    assert_eq!(
        outcome.columns("policy_principals", &["principal", "principal_account_id"]),
        json!([["arn:aws:iam::444455556666:root", "444455556666"]])
    );
    assert!(outcome.noted("valid at any date"));
    assert_eq!(outcome.columns("config_items", &["captured_at"]), json!([[null], [null], [null], [null]]));
    let lists =
        |index: usize| serde_json::from_str::<Value>(outcome.table("config_items")[index]["configuration"].as_str().unwrap()).unwrap();
    assert_eq!(lists(1)["GroupPolicyList"], json!([]));
}

#[test]
fn what_cannot_be_read_is_rejected() {
    let outcome = details(
        r#"{"UserDetailList":[5,{"Path":"/"},{"UserName":"x"}],"RoleDetailList":{},"IsTruncated":true}{"Error":{"Code":"Throttling"}}{"UserDetailList":["#,
        "x",
    );
    outcome.assert_account(6, 5);
    let reasons: Vec<&str> = outcome.rejects.iter().map(|r| r.reason.as_str()).collect();
    assert_eq!(reasons[0], "the detail is a number and no object");
    assert_eq!(reasons[1], "the item has no resourceId, resourceName or ARN");
    assert_eq!(reasons[2], "RoleDetailList is an object and no list");
    assert_eq!(reasons[3], "the answer holds the error Throttling instead of data");
    assert!(reasons[4].starts_with("the text from here on is no whole JSON: "));
    assert!(outcome.noted("its IsTruncated says that there are more pages"));
}

#[test]
fn the_same_detail_twice_is_one_item_and_another_content_is_another() {
    let one = |user: &str| {
        details(&json!({"UserDetailList":[{"UserName":user,"UserId":"AIDA1","Arn":"arn:aws:iam::111122223333:user/ada"}]}).to_string(), "x")
            .table("config_items")[0]["item_id"]
            .clone()
    };
    assert_eq!(one("ada"), one("ada"));
    assert_ne!(one("ada"), one("lovelace"));
}

#[test]
fn records_are_found_again() {
    let text = answer(json!(null)).to_string();
    let name = |record: u64| authorization::find(text.as_bytes(), record).map(|text| serde_json::from_str::<Value>(&text).unwrap());
    assert_eq!(name(0).unwrap()["UserName"], "ada");
    assert_eq!(name(1).unwrap()["GroupName"], "admins");
    assert_eq!(name(3).unwrap()["PolicyName"], "AdministratorAccess");
    assert_eq!(name(4), None);
}

#[test]
fn a_real_answer_is_read_whole() {
    let Some(folder) = real_data("posture/account-authorization-details") else { return };
    let text = std::fs::read_to_string(folder.join("examples/files/example.json")).unwrap();
    let outcome = details(&text, "example.json");
    // jq '[.UserDetailList,.GroupDetailList,.RoleDetailList,.Policies]|map(length)' gives [44,5,78,84].
    outcome.assert_account(211, 0);
    let of = |kind: &str| outcome.table("config_items").iter().filter(|row| row["resource_type"] == kind).count();
    assert_eq!(["AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::Policy"].map(of), [44, 5, 78, 84]);
    // jq '[.RoleDetailList[].AssumeRolePolicyDocument.Statement|if type=="array" then .[] else . end]|length'
    let kind = |wanted: &str| outcome.table("policy_statements").iter().filter(|row| row["policy_kind"] == wanted).count();
    assert_eq!(kind("trust"), 78);
    // jq '[.Policies[].PolicyVersionList[]|select(.IsDefaultVersion).Document.Statement|if type=="array" then .[] else . end]|length'
    assert_eq!(kind("identity"), 179);
    // jq '[(.UserDetailList[].UserPolicyList,.GroupDetailList[].GroupPolicyList,.RoleDetailList[].RolePolicyList)[]?.PolicyDocument.Statement|if type=="array" then .[] else . end]|length'
    assert_eq!(kind("inline"), 135);
    assert_eq!(outcome.rejects, []);
}
