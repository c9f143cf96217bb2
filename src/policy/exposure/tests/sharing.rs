//! Shared images and snapshots, added permissions, KMS grants.

use super::*;

#[test]
fn entries_of_lists() {
    let cases = [
        ("all", "any_aws_account"),
        ("All", "any_aws_account"),
        ("111122223333", "own_account"),
        ("222233334444", "account 222233334444"),
        ("999988887777", "account 999988887777"),
        ("arn:aws:organizations::222233334444:organization/o-a1b2c3d4e5", "own_organization"),
        ("arn:aws:organizations::999988887777:organization/o-zzzzzzzzzz", "other_organization o-zzzzzzzzzz"),
        ("arn:aws:organizations::222233334444:ou/o-a1b2c3d4e5/ou-ab12-11111111", "own_organization"),
        ("arn:aws:organizations::999988887777:ou/o-zzzzzzzzzz/ou-ab12-11111111", "other_organization o-zzzzzzzzzz"),
        ("arn:aws-cn:organizations::999988887777:ou/o-zzzzzzzzzz/ou-ab12-11111111", "other_organization o-zzzzzzzzzz"),
    ];
    for (entry, expected) in cases {
        assert_eq!(word(&shared_with(entry, Some(OWNER), &known()).unwrap()), expected, "{entry}");
    }
    for entry in ["", "none", "11112222333", "arn:aws:iam::999988887777:root"] {
        assert_eq!(shared_with(entry, Some(OWNER), &known()), None, "{entry}");
    }
}

#[test]
fn organisation_not_known() {
    let nobody = Known { organization: None, ..known() };
    let with = |entry| word(&shared_with(entry, Some(OWNER), &nobody).unwrap());
    assert_eq!(with("arn:aws:organizations::999988887777:organization/o-zzzzzzzzzz"), "organization_unknown o-zzzzzzzzzz");
    // The management account in the ARN is the client's.
    assert_eq!(with("arn:aws:organizations::222233334444:organization/o-a1b2c3d4e5"), "own_organization");
}

#[test]
fn added_permissions() {
    let queue = Resource::of_arn("arn:aws:sqs:eu-west-1:111122223333:q").unwrap();
    let topic = Resource::of_arn("arn:aws:sns:eu-west-1:111122223333:t").unwrap();
    let bus = Resource::of_arn("arn:aws:events:eu-west-1:111122223333:event-bus/default").unwrap();
    let all = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let cases = [
        (accounts_permission("sqs", &all(&["999988887777"]), &all(&["SendMessage"])), &queue, "account 999988887777"),
        (accounts_permission("sqs", &all(&["*"]), &all(&["*"])), &queue, "anyone"),
        (
            accounts_permission("sns", &all(&["222233334444", "999988887777"]), &all(&["Publish"])),
            &topic,
            "account 222233334444, account 999988887777",
        ),
        (eventbus_permission("*", "events:PutEvents", None), &bus, "any_aws_account"),
        (eventbus_permission("*", "events:PutEvents", Some("o-a1b2c3d4e5")), &bus, "own_organization"),
        (eventbus_permission("999988887777", "events:PutEvents", None), &bus, "account 999988887777"),
    ];
    for (document, resource, expected) in cases {
        assert_eq!(words(&exposures(&document, resource, &known())), expected);
    }
}

#[test]
fn key_grants() {
    let grant = |grantee: &str, operations: &[&str], constrained| KeyGrant {
        grantee: grantee.into(),
        operations: operations.iter().map(|&name| name.to_owned()).collect(),
        constrained,
    };
    let found = kms_grant_exposures(
        &[
            grant("arn:aws:iam::999988887777:role/r", &["Decrypt", "CreateGrant"], false),
            grant("arn:aws:iam::111122223333:role/r", &["Decrypt"], true),
            grant("ec2.eu-west-1.amazonaws.com", &["Decrypt"], false),
        ],
        Some(OWNER),
        &known(),
    );
    assert_eq!(words(&found), "account 999988887777, own_account~, service ec2.eu-west-1 nothing");
    let foreign: Vec<&str> =
        found.iter().filter(|exposure| exposure.audience.code() == "account").map(|exposure| exposure.access.code()).collect();
    assert_eq!(foreign, ["read", "administer"]);
}
