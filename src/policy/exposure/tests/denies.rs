//! An Allow for everybody, and Denys of the same document.

use super::*;

/// Members of the Deny (principal, actions, resources, conditions) → audiences left, public by AWS's definition.
const DENIES: &[(&str, &str, &str)] = &[
    // It takes everything away.
    (r#""Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#, "", "no"),
    (r#""Principal":{"AWS":"*"},"Action":"s3:*","Resource":"*""#, "", "no"),
    (r#""Principal":"*","Action":"s3:Get*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]"#, "", "no"),
    (r#""Principal":"*","NotAction":"s3:PutObject","Resource":"*""#, "", "no"),
    (r#""Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::other/*""#, "", "no"),
    // It speaks of something else.
    (r#""Principal":"*","Action":"s3:PutObject","Resource":"*""#, "anyone", "yes"),
    (r#""Principal":"*","NotAction":"s3:GetObject","Resource":"*""#, "anyone", "yes"),
    (r#""Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::other/*""#, "anyone", "yes"),
    (r#""Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/private/*""#, "anyone", "yes"),
    (r#""Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b""#, "anyone", "yes"),
    (r#""Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::b/*""#, "anyone", "yes"),
    (r#""Principal":{"AWS":"999988887777"},"Action":"s3:*","Resource":"*""#, "anyone", "yes"),
    // It leaves some.
    (r#""NotPrincipal":{"AWS":"999988887777"},"Action":"s3:*","Resource":"*""#, "account 999988887777", "no"),
    (
        r#""NotPrincipal":{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::111122223333:user/u"]},"Action":"s3:*","Resource":"*""#,
        "own_account",
        "no",
    ),
    (r#""NotPrincipal":{"Service":"cloudfront.amazonaws.com"},"Action":"s3:*","Resource":"*""#, "service cloudfront nothing", "no"),
    (
        r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#,
        "own_organization",
        "no",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#,
        "own_organization",
        "no",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotLike":{"aws:PrincipalOrgID":"o-*"}}"#,
        "any_aws_account",
        "yes",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"ForAllValues:StringNotLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/*"}}"#,
        "own_organization",
        "unknown",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"ForAnyValue:StringNotLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/*"}}"#,
        "anyone",
        "yes",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"ForAnyValue:StringNotLikeIfExists":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/*"}}"#,
        "own_organization",
        "unknown",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-0a1b2c3d"}}"#,
        "endpoint vpce-0a1b2c3d",
        "no",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceVpce":["vpce-0a1b2c3d"],"aws:PrincipalAccount":"222233334444"}}"#,
        "account 222233334444, endpoint vpce-0a1b2c3d",
        "no",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"203.0.114.0/24"}}"#,
        "addresses named",
        "no",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}}"#,
        "anyone",
        "yes",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}"#,
        "own_account",
        "yes",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}"#,
        "any_aws_account, own_organization",
        "unknown",
    ),
    // Anonymous callers have no such key, so this Deny does not hold for them.
    (
        r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"Bool":{"aws:PrincipalIsAWSService":"false"}}"#,
        "anyone",
        "yes",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalType":"Anonymous"}}"#,
        "any_aws_account",
        "yes",
    ),
    (r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Null":{"aws:PrincipalOrgID":"true"}}"#, "any_aws_account", "yes"),
    // It leaves everybody who meets a condition at will.
    (r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#, "anyone", "yes"),
    (
        r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#,
        "anyone",
        "yes",
    ),
    (r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.114.0/24"}}"#, "anyone", "yes"),
    (
        r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalTag/team":"x"}}"#,
        "any_aws_account",
        "yes",
    ),
    (r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgName":"x"}}"#, "", "no"), // no such key: always denied
];

#[test]
fn denies() {
    let mut wrong = Vec::new();
    for (deny, expected, definition) in DENIES {
        for first in [true, false] {
            let allow = r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;
            let deny = format!(r#"{{"Effect":"Deny",{deny}}}"#);
            let (one, two) = if first { (deny.as_str(), allow) } else { (allow, deny.as_str()) };
            let text = format!(r#"{{"Version":"2012-10-17","Statement":[{one},{two}]}}"#);
            let found = exposures(&document(&text), &bucket(), &known());
            let got = (words(&found), public(&found));
            if (got.0.as_str(), got.1) != (*expected, *definition) {
                wrong.push(format!("{deny}\n   is {got:?}\n   not {expected:?} {definition:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn denies_of_named_principals() {
    let cases = [
        (r#"{"AWS":"999988887777"}"#, r#""Principal":{"AWS":"999988887777"}"#, ""),
        (r#"{"AWS":"arn:aws:iam::999988887777:role/r"}"#, r#""Principal":{"AWS":"arn:aws:iam::999988887777:root"}"#, ""),
        (r#"{"AWS":"arn:aws:iam::999988887777:role/r"}"#, r#""Principal":{"AWS":"arn:aws:iam::999988887777:role/r"}"#, ""),
        (
            r#"{"AWS":"arn:aws:iam::999988887777:role/r"}"#,
            r#""Principal":{"AWS":"arn:aws:iam::999988887777:role/s"}"#,
            "account 999988887777",
        ),
        (r#"{"AWS":"999988887777"}"#, r#""Principal":{"AWS":"arn:aws:iam::999988887777:role/r"}"#, "account 999988887777"),
        (r#"{"AWS":"999988887777"}"#, r#""NotPrincipal":{"AWS":"222233334444"}"#, ""),
        (
            r#"{"AWS":"999988887777"}"#,
            r#""NotPrincipal":{"AWS":["arn:aws:iam::999988887777:root","arn:aws:iam::999988887777:role/r"]}"#,
            "account 999988887777",
        ),
        (r#"{"Service":"sns.amazonaws.com"}"#, r#""Principal":{"Service":"sns.amazonaws.com"}"#, ""),
        (r#"{"Service":"sns.amazonaws.com"}"#, r#""Principal":{"Service":"sqs.amazonaws.com"}"#, "service sns nothing"),
        (r#"{"CanonicalUser":"79a5"}"#, r#""Principal":{"CanonicalUser":"79a5"}"#, ""),
    ];
    for (allowed, deny, expected) in cases {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{allowed},"Action":"s3:*","Resource":"*"}},{{"Effect":"Deny",{deny},"Action":"s3:*","Resource":"*"}}]}}"#
        );
        assert_eq!(words(&exposures(&document(&text), &bucket(), &known())), expected, "{allowed} {deny}");
    }
}

#[test]
fn a_deny_under_a_condition_does_not_hide_an_allow_for_one_account() {
    // The Allow is for the client itself, and the Deny is of everything under a condition: nothing beyond the client.
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"},
        {"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}"#;
    assert_eq!(words(&exposures(&document(text), &bucket(), &known())), "own_account");
}
