//! Conditions of a statement for everybody.

use super::*;

/// Condition → audiences, public by AWS's definition.
const CONDITIONS: &[(&str, &str, &str)] = &[
    // Accounts.
    (r#""StringEquals":{"aws:PrincipalAccount":"222233334444"}"#, "account 222233334444", "no"),
    (r#""StringEquals":{"AWS:principalaccount":["111122223333"]}"#, "own_account", "no"),
    (r#""StringEquals":{"aws:PrincipalAccount":["222233334444","999988887777"]}"#, "account 222233334444, account 999988887777", "no"),
    (r#""StringLike":{"aws:PrincipalAccount":"222233334444"}"#, "account 222233334444", "no"),
    (r#""StringLike":{"aws:PrincipalAccount":"????????????"}"#, "any_aws_account", "yes"),
    (r#""StringLike":{"aws:PrincipalAccount":"*"}"#, "anyone", "yes"),
    (r#""StringLike":{"aws:PrincipalAccount":"2222*"}"#, "any_aws_account", "yes"),
    (r#""StringLike":{"aws:PrincipalAccount":["222233334444","*"]}"#, "anyone", "yes"),
    (r#""StringEquals":{"aws:PrincipalAccount":"${aws:PrincipalAccount}"}"#, "anyone", "yes"),
    (r#""StringNotEquals":{"aws:PrincipalAccount":"222233334444"}"#, "anyone", "yes"),
    (r#""StringEquals":{"aws:PrincipalAccount":"*"}"#, "", "no"), // a star is a character there
    (r#""StringEquals":{"aws:SourceOwner":"111122223333"}"#, "own_account", "no"),
    // Service sources.
    (r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#, "service * account 111122223333", "no"),
    (r#""StringLike":{"aws:SourceAccount":"????????????"}"#, "anyone", "yes"),
    (r#""StringLike":{"aws:SourceAccount":"*"}"#, "anyone", "yes"),
    (r#""ArnLike":{"aws:SourceArn":"arn:aws:sns:eu-west-1:111122223333:t"}"#, "service * account 111122223333", "no"),
    (r#""ArnEquals":{"aws:SourceArn":"arn:aws:sns:eu-west-1:111122223333:t"}"#, "service * account 111122223333", "no"),
    (r#""StringEquals":{"aws:SourceArn":"arn:aws-cn:sns:cn-north-1:111122223333:t"}"#, "service * account 111122223333", "no"),
    (r#""ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:*"}"#, "service * account 111122223333", "yes"),
    (r#""ArnLike":{"aws:SourceArn":"arn:aws:sns:*:????????????:*"}"#, "any_aws_account", "yes"),
    (r#""ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:t"}"#, "any_aws_account", "yes"),
    (r#""ArnLike":{"aws:SourceArn":"*"}"#, "any_aws_account", "yes"),
    (r#""ArnLike":{"aws:SourceArn":"arn:aws:s3:*:*:my-bucket"}"#, "service * resource", "yes"),
    (r#""ArnLike":{"aws:SourceArn":"arn:aws:s3:::my-bucket"}"#, "service * resource", "no"),
    (r#""ArnLike":{"aws:SourceArn":"arn:aws:s3:::my-*"}"#, "any_aws_account", "yes"),
    (r#""ArnLike":{"aws:SourceArn":"arn:aws:s3:::*"}"#, "any_aws_account", "yes"),
    (
        r#""ArnLike":{"aws:SourceArn":"arn:aws:s3:::my-bucket"},"StringEquals":{"aws:SourceAccount":"111122223333"}"#,
        "service * account 111122223333",
        "no",
    ),
    (r#""ArnLike":{"aws:SourceArn":"arn:aws:sns:eu-west-1:999988887777:t"},"StringEquals":{"aws:SourceAccount":"111122223333"}"#, "", "no"),
    (r#""StringEquals":{"aws:SourceOrgID":"o-a1b2c3d4e5"}"#, "service * organization o-a1b2c3d4e5", "unknown"),
    (r#""ForAnyValue:StringLike":{"aws:SourceOrgPaths":"o-a1b2c3d4e5/r-ab12/*"}"#, "service * organization o-a1b2c3d4e5", "unknown"),
    // Organisations.
    (r#""StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}"#, "own_organization", "no"),
    (r#""StringEquals":{"aws:PrincipalOrgID":["o-a1b2c3d4e5","o-zzzzzzzzzz"]}"#, "other_organization o-zzzzzzzzzz, own_organization", "no"),
    (r#""StringEquals":{"aws:PrincipalOrgID":"o-zzzzzzzzzz"}"#, "other_organization o-zzzzzzzzzz", "no"),
    (r#""StringLike":{"aws:PrincipalOrgID":"o-??????????"}"#, "any_aws_account", "yes"),
    (r#""StringLike":{"aws:PrincipalOrgID":"o-*"}"#, "any_aws_account", "yes"),
    (r#""StringLike":{"aws:PrincipalOrgID":"o-a1b2c3d4e5*"}"#, "any_aws_account", "yes"),
    (r#""StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}"#, "anyone", "yes"),
    (r#""ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}"#, "anyone", "yes"),
    (
        r#""ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"Null":{"aws:PrincipalOrgID":"false"}"#,
        "own_organization",
        "no",
    ),
    (r#""StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"Null":{"aws:PrincipalOrgID":false}"#, "own_organization", "no"),
    (r#""StringNotEquals":{"aws:PrincipalOrgID":"o-zzzzzzzzzz"}"#, "anyone", "yes"),
    (r#""ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/r-ab12/ou-ab12-x/*"}"#, "own_organization", "unknown"),
    (r#""ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/*"}"#, "own_organization", "unknown"),
    (r#""ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":["o-zzzzzzzzzz/*/ou-ab12-x/*"]}"#, "other_organization o-zzzzzzzzzz", "unknown"),
    (r#""ForAnyValue:StringEquals":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"}"#, "own_organization", "no"),
    (r#""ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-*/r-ab12/*"}"#, "any_aws_account", "yes"),
    (r#""ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"*/ou-ab12-x/*"}"#, "any_aws_account", "yes"),
    (r#""ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5*"}"#, "any_aws_account", "yes"),
    (r#""ForAllValues:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/*"}"#, "anyone", "yes"),
    (r#""ForAnyValue:StringLikeIfExists":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/*"}"#, "anyone", "yes"),
    (r#""StringEquals":{"aws:ResourceOrgID":"o-a1b2c3d4e5"}"#, "anyone", "yes"),
    (r#""StringEquals":{"aws:ResourceAccount":"111122223333"}"#, "anyone", "yes"),
    // Networks.
    (r#""StringEquals":{"aws:SourceVpce":"vpce-0a1b2c3d"}"#, "endpoint vpce-0a1b2c3d", "no"),
    (r#""StringEquals":{"aws:SourceVpce":["vpce-0a1b2c3d","vpce-0b"]}"#, "endpoint vpce-0a1b2c3d, endpoint vpce-0b", "no"),
    (r#""StringLike":{"aws:SourceVpce":"vpce-*"}"#, "anyone", "yes"),
    (r#""StringEqualsIfExists":{"aws:SourceVpce":"vpce-0a1b2c3d"}"#, "anyone", "yes"),
    (r#""StringEquals":{"aws:SourceVpc":"vpc-91237329"}"#, "vpc vpc-91237329", "no"),
    (r#""StringLike":{"aws:SourceVpc":"vpc-*"}"#, "anyone", "yes"),
    (r#""StringNotEquals":{"aws:SourceVpc":"vpc-91237329"}"#, "anyone", "yes"),
    (r#""StringEquals":{"aws:VpceOrgID":"o-a1b2c3d4e5"}"#, "own_organization", "unknown"),
    (r#""StringEquals":{"aws:VpceOrgID":"o-zzzzzzzzzz"}"#, "other_organization o-zzzzzzzzzz", "unknown"),
    (r#""StringLike":{"aws:VpceOrgID":"o-*"}"#, "anyone", "yes"),
    (r#""StringEquals":{"aws:VpceAccount":"111122223333"}"#, "own_account", "unknown"),
    (r#""ForAnyValue:StringLike":{"aws:VpceOrgPaths":"o-a1b2c3d4e5/*"}"#, "own_organization", "unknown"),
    (r#""StringEquals":{"aws:VpceOrgPaths":"o-a1b2c3d4e5/r-ab12/*"}"#, "", "no"), // compares a star
    (r#""Null":{"aws:SourceVpce":"false"}"#, "anyone", "yes"),
    (r#""Null":{"aws:PrincipalArn":"false"}"#, "any_aws_account", "yes"),
    (r#""Null":{"aws:PrincipalArn":"true"}"#, "anyone", "yes"),
    // Addresses.
    (r#""IpAddress":{"aws:SourceIp":"0.0.0.0/0"}"#, "anyone", "yes"),
    (r#""IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}"#, "anyone", "yes"),
    (r#""IpAddress":{"aws:SourceIp":["0.0.0.0/2","64.0.0.0/2","128.0.0.0/2","192.0.0.0/2"]}"#, "anyone", "yes"),
    (r#""IpAddress":{"aws:SourceIp":"::/0"}"#, "anyone", "yes"),
    (r#""IpAddress":{"aws:SourceIp":["::/1","8000::/1"]}"#, "anyone", "yes"),
    (r#""IpAddress":{"aws:SourceIp":"2000::/3"}"#, "anyone", "yes"),
    (r#""IpAddress":{"aws:SourceIp":"0.0.0.0/1"}"#, "addresses wide", "yes"),
    (r#""IpAddress":{"aws:SourceIp":"52.0.0.0/7"}"#, "addresses wide", "yes"),
    (r#""IpAddress":{"aws:SourceIp":["52.0.0.0/8","54.0.0.0/8"]}"#, "addresses wide", "yes"),
    (r#""IpAddress":{"aws:SourceIp":"2a05:d018::/31"}"#, "addresses wide", "yes"),
    (r#""IpAddress":{"aws:SourceIp":"52.0.0.0/8"}"#, "addresses named", "no"),
    (r#""IpAddress":{"aws:SourceIp":"2a05:d018::/32"}"#, "addresses named", "no"),
    (r#""IpAddress":{"aws:SourceIp":"203.0.114.0/24"}"#, "addresses named", "no"),
    (r#""IpAddress":{"aws:SourceIp":"203.0.114.7"}"#, "addresses named", "no"),
    (r#""IpAddress":{"aws:SourceIp":["10.0.0.0/8","172.16.0.0/12","192.168.0.0/16"]}"#, "addresses named", "no"),
    (r#""IpAddressIfExists":{"aws:SourceIp":"203.0.114.0/24"}"#, "anyone", "yes"),
    (r#""NotIpAddress":{"aws:SourceIp":"203.0.114.0/24"}"#, "anyone", "yes"),
    (r#""ForAllValues:IpAddress":{"aws:SourceIp":"203.0.114.0/24"}"#, "anyone", "yes"),
    (r#""IpAddress":{"aws:SourceIp":"203.0.114.0/24"},"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}"#, "own_organization", "no"),
    (r#""IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}"#, "anyone", "yes"),
    // Principals.
    (r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::222233334444:role/r"}"#, "account 222233334444", "no"),
    (r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::222233334444:role/*"}"#, "account 222233334444", "yes"),
    (r#""StringLike":{"aws:PrincipalArn":"arn:aws-us-gov:iam::222233334444:role/r"}"#, "account 222233334444", "no"),
    (r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/OrganizationAccountAccessRole"}"#, "any_aws_account", "yes"),
    (r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::????????????:role/r"}"#, "any_aws_account", "yes"),
    (r#""ArnLikeIfExists":{"aws:PrincipalArn":"arn:aws:iam::222233334444:role/r"}"#, "anyone", "yes"),
    (r#""ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::222233334444:role/r"}"#, "anyone", "yes"),
    (r#""StringEquals":{"aws:userid":"AIDACKCEVSQ6C2EXAMPLE"}"#, "unique_id AIDACKCEVSQ6C2EXAMPLE", "no"),
    (r#""StringLike":{"aws:userid":"AROACKCEVSQ6C2EXAMPLE:*"}"#, "unique_id AROACKCEVSQ6C2EXAMPLE", "yes"),
    (r#""StringEquals":{"aws:userid":"111122223333"}"#, "own_account", "no"),
    (r#""StringLike":{"aws:userid":"A*"}"#, "any_aws_account", "yes"),
    (r#""StringLike":{"aws:userid":"*"}"#, "anyone", "yes"),
    (r#""StringEquals":{"aws:PrincipalTag/team":"x"}"#, "any_aws_account", "yes"),
    (r#""StringEquals":{"aws:PrincipalType":"AssumedRole"}"#, "any_aws_account", "yes"),
    (r#""Bool":{"aws:PrincipalIsAWSService":"true"}"#, "any_aws_account", "yes"),
    (r#""Bool":{"aws:PrincipalIsAWSService":"false"}"#, "any_aws_account", "yes"),
    (r#""StringEquals":{"aws:PrincipalServiceName":"cloudtrail.amazonaws.com"}"#, "service cloudtrail nothing", "no"),
    (r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#, "any_aws_account", "yes"),
    // Access points.
    (r#""StringEquals":{"s3:DataAccessPointAccount":"111122223333"}"#, "own_account", "no"),
    (r#""StringLike":{"s3:DataAccessPointAccount":"*"}"#, "anyone", "yes"),
    (r#""ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:eu-west-1:111122223333:accesspoint/*"}"#, "own_account", "no"),
    (r#""ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:eu-west-1:*:accesspoint/*"}"#, "anyone", "yes"),
    // What says nothing of the caller.
    (r#""Bool":{"aws:SecureTransport":"true"}"#, "anyone", "yes"),
    (r#""StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}"#, "anyone", "yes"),
    (r#""StringLike":{"aws:Referer":"https://www.example.com/*"}"#, "anyone", "yes"),
    (r#""StringLike":{"s3:prefix":"public/*"}"#, "anyone", "yes"),
    (r#""StringEquals":{"s3:ExistingObjectTag/public":"true"}"#, "anyone~", "yes"),
    (r#""DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}"#, "anyone~", "yes"),
    // Keys that do not exist.
    (r#""StringEquals":{"aws:PrincipalOrgName":"x"}"#, "", "no"),
    (r#""StringNotEquals":{"aws:PrincipalOrgName":"x"}"#, "anyone", "yes"),
    (r#""StringEqualsIfExists":{"aws:PrincipalOrgName":"x"}"#, "anyone", "yes"),
    // Nothing to match.
    (r#""StringEquals":{"aws:PrincipalOrgID":[]}"#, "", "no"),
    (r#""StringEquals":{"aws:PrincipalOrgID":"not-an-organization"}"#, "", "no"),
];

fn allow(condition: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{{{condition}}}}}]}}"#
    )
}

#[test]
fn conditions() {
    let mut wrong = Vec::new();
    for (condition, expected, definition) in CONDITIONS {
        let found = exposures(&document(&allow(condition)), &bucket(), &known());
        let got = (words(&found), public(&found));
        if (got.0.as_str(), got.1) != (*expected, *definition) {
            wrong.push(format!("{condition}\n   is {got:?}\n   not {expected:?} {definition:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn spelling_of_the_document_means_nothing() {
    for (condition, expected, _) in CONDITIONS {
        let value: serde_json::Value = serde_json::from_str(&allow(condition)).unwrap();
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        for text in [pretty.replace("  ", "\t"), serde_json::to_string(&pretty).unwrap(), pretty] {
            assert_eq!(words(&exposures(&document(&text), &bucket(), &known())), *expected, "{text}");
        }
    }
}

#[test]
fn organisation_not_known() {
    let nobody = Known { organization: None, ..known() };
    for condition in [
        r#""StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}"#,
        r#""ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/*"}"#,
        r#""StringEquals":{"aws:VpceOrgID":"o-a1b2c3d4e5"}"#,
    ] {
        let found = exposures(&document(&allow(condition)), &bucket(), &nobody);
        assert_eq!(words(&found), "organization_unknown o-a1b2c3d4e5", "{condition}");
        assert!(!found[0].audience.is_public());
        assert_eq!(found[0].audience.is_beyond(&nobody), Answer::Unknown);
    }
}

#[test]
fn version_2008_has_no_variables() {
    let text = allow(r#""StringEquals":{"aws:PrincipalAccount":"${aws:PrincipalAccount}"}"#).replace("2012-10-17", "2008-10-17");
    assert_eq!(words(&exposures(&document(&text), &bucket(), &known())), "");
}

#[test]
fn addresses_of_several_statements_are_joined() {
    let statement = |cidr: &str, action: &str| {
        format!(
            r#"{{"Effect":"Allow","Principal":"*","Action":"{action}","Resource":"arn:aws:s3:::b/*","Condition":{{"IpAddress":{{"aws:SourceIp":"{cidr}"}}}}}}"#
        )
    };
    let cases = [
        (["0.0.0.0/1", "128.0.0.0/1"], ["s3:GetObject", "s3:GetObject"], "anyone", "yes"),
        (["0.0.0.0/1", "128.0.0.0/1"], ["s3:GetObject", "s3:Get*"], "addresses wide, anyone", "yes"),
        (["0.0.0.0/1", "128.0.0.0/1"], ["s3:GetObject", "s3:PutObject"], "addresses wide", "yes"),
        (["52.0.0.0/8", "54.0.0.0/8"], ["s3:GetObject", "s3:GetObject"], "addresses wide", "yes"),
        (["52.0.0.0/8", "54.0.0.0/8"], ["s3:GetObject", "s3:PutObject"], "addresses named", "no"),
        (["::/1", "0.0.0.0/1"], ["s3:GetObject", "s3:GetObject"], "anyone", "yes"),
    ];
    for (cidrs, actions, expected, definition) in cases {
        for turned in [false, true] {
            let mut parts = [statement(cidrs[0], actions[0]), statement(cidrs[1], actions[1])];
            if turned {
                parts.reverse();
            }
            let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, parts.join(","));
            let found = exposures(&document(&text), &bucket(), &known());
            assert_eq!((words(&found).as_str(), public(&found)), (expected, definition), "{text}");
        }
    }
}

#[test]
fn time_of_the_call() {
    let at = |text: &str| Known { as_of: Some(text.parse().unwrap()), ..known() };
    let until = r#""DateLessThan":{"aws:CurrentTime":"2026-06-30T00:00:00Z"}"#;
    let from = r#""DateGreaterThan":{"aws:CurrentTime":"2026-06-30T00:00:00Z"}"#;
    let cases = [
        (until, known(), "anyone~"),
        (until, at("2026-06-01T00:00:00Z"), "anyone"),
        (until, at("2026-07-01T00:00:00Z"), ""),
        (from, at("2026-06-01T00:00:00Z"), ""),
        (from, at("2026-07-01T00:00:00Z"), "anyone"),
    ];
    for (condition, known, expected) in cases {
        assert_eq!(words(&exposures(&document(&allow(condition)), &bucket(), &known)), expected, "{condition} {:?}", known.as_of);
    }
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}},{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{{{from}}}}}]}}"#
    );
    for (known, expected) in [(known(), "anyone"), (at("2026-06-01T00:00:00Z"), "anyone"), (at("2026-07-01T00:00:00Z"), "")] {
        assert_eq!(words(&exposures(&document(&text), &bucket(), &known)), expected, "{:?}", known.as_of);
    }
}

#[test]
fn hostile_sizes_end() {
    let many: Vec<String> = (0..700)
        .map(|at| {
            let effect = if at % 2 == 0 { "Allow" } else { "Deny" };
            format!(r#"{{"Effect":"{effect}","Principal":"*","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*x{at}*y?z*/*"}}"#)
        })
        .collect();
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, many.join(","));
    let started = std::time::Instant::now();
    assert_eq!(words(&exposures(&document(&text), &bucket(), &known())), "anyone");
    assert!(started.elapsed().as_secs() < 60);
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, many.iter().chain(&many).cloned().collect::<Vec<_>>().join(","));
    assert_eq!(words(&exposures(&document(&text), &bucket(), &known())), "anyone?");
}
