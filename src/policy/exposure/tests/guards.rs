//! Resource control policies over what policies of resources allow.

use std::collections::BTreeSet;

use super::*;

const ORG: &str = r#""StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}"#;
const NO_SERVICE: &str = r#""BoolIfExists":{"aws:PrincipalIsAWSService":"false"}"#;
const FOREIGN: &str = "arn:aws:iam::999988887777:root";
const LINKED: &str = "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";

fn deny(action: &str, condition: &str) -> Document {
    deny_on(action, "*", condition)
}

fn deny_on(action: &str, resource: &str, condition: &str) -> Document {
    document(&format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Principal":"*","Action":"{action}","Resource":"{resource}","Condition":{{{condition}}}}}}}"#
    ))
}

fn under(policies: Vec<Document>) -> Known {
    let read = policies.into_iter().enumerate().map(|(at, document)| (format!("p-{at}"), document)).collect();
    let guards = [(OWNER.to_owned(), Guards { read, ..Guards::default() })].into();
    Known { guards, members: [OWNER, "222233334444"].map(str::to_owned).into(), ..known() }
}

fn allow(principal: &str, action: &str, condition: &str) -> Document {
    document(&format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{principal},"Action":"{action}","Resource":"*","Condition":{{{condition}}}}}}}"#
    ))
}

fn of(arn: &str) -> Resource {
    Resource { owner: Some(OWNER.into()), ..Resource::of_arn(arn).unwrap() }
}

/// A policy's principal and condition for `s3:GetObject`, what the resource control policy forbids → audiences.
#[test]
fn forms_that_organisations_use() {
    let perimeter = format!("{ORG},{NO_SERVICE}");
    let sources = r#""StringNotEqualsIfExists":{"aws:SourceOrgID":"o-a1b2c3d4e5"},"Null":{"aws:SourceAccount":"false"},"Bool":{"aws:PrincipalIsAWSService":"true"}"#;
    let everyone = r#""*""#;
    let foreign = format!(r#"{{"AWS":"{FOREIGN}"}}"#);
    let own = r#"{"AWS":"222233334444"}"#;
    let service = r#"{"Service":"cloudtrail.amazonaws.com"}"#;
    let pinned = r#""StringEquals":{"aws:SourceAccount":"999988887777"}"#;
    let cases: &[(&str, &str, &str, &str)] = &[
        (everyone, "", perimeter.as_str(), "own_organization, service * nothing"),
        (everyone, "", ORG, "own_organization"),
        (foreign.as_str(), "", perimeter.as_str(), ""),
        (own, "", perimeter.as_str(), "account 222233334444"),
        (service, "", perimeter.as_str(), "service cloudtrail nothing"),
        // A service principal is no principal of an organisation.
        (service, "", ORG, ""),
        // Anonymous requests have no such key, and without IfExists the Deny does not meet them.
        (everyone, "", &perimeter.replace("BoolIfExists", "Bool"), "anyone"),
        // An organisation that is not the client's may have the account.
        (foreign.as_str(), "", &perimeter.replace("o-a1b2c3d4e5", "o-zzzzzzzzzz"), "account 999988887777~"),
        // Whether a call is over TLS is the caller's choice.
        (everyone, "", r#""Bool":{"aws:SecureTransport":"false"}"#, "anyone"),
        (everyone, "", r#""BoolIfExists":{"aws:SecureTransport":"false"}"#, "anyone"),
        // Sources of services.
        (service, pinned, sources, ""),
        (service, &pinned.replace("999988887777", "111122223333"), sources, "service cloudtrail account 111122223333"),
        (service, "", sources, "service cloudtrail nothing~, service cloudtrail organization o-a1b2c3d4e5"),
        (everyone, "", sources, "anyone"),
        (foreign.as_str(), "", sources, "account 999988887777"),
        // Without condition, and under one that files do not show.
        (everyone, "", "", ""),
        (everyone, "", r#""StringNotEquals":{"aws:ResourceTag/open":"yes"}"#, "anyone"),
        // Networks.
        (everyone, "", r#""NotIpAddressIfExists":{"aws:SourceIp":"192.0.2.0/24"}"#, "addresses named"),
        (everyone, "", r#""NotIpAddressIfExists":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}"#, "anyone"),
    ];
    let mut wrong = Vec::new();
    for (principal, condition, forbidden, wanted) in cases {
        let policy = allow(principal, "s3:GetObject", condition);
        let found = words(&exposures(&policy, &bucket(), &under(vec![deny("s3:*", forbidden)])));
        if found != *wanted {
            wrong.push(format!("{principal} {condition} under {forbidden}: {found}, not {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn both_statements_of_a_perimeter_together() {
    let sources = r#""StringNotEquals":{"aws:SourceOrgID":"o-a1b2c3d4e5"},"Bool":{"aws:PrincipalIsAWSService":"true"}"#;
    let perimeter = vec![deny("*", &format!("{ORG},{NO_SERVICE}")), deny("*", sources)];
    let found = exposures(&allow(r#""*""#, "s3:*", ""), &bucket(), &under(perimeter));
    assert_eq!(words(&found), "own_organization, service * organization o-a1b2c3d4e5");
    assert!(found.iter().all(|row| row.reasons.contains(&Reason::ControlPolicy("p-0".into()))), "{found:?}");
    assert_eq!(public(&found), "yes", "AWS's definition looks at the bucket's policy");
}

#[test]
fn services_that_are_not_covered_and_what_is_left_out() {
    let everyone = r#"{"AWS":"*"}"#;
    let all = || under(vec![deny("*", "")]);
    let cases = [
        ("arn:aws:sqs:eu-west-1:111122223333:q", "sqs:*", ""),
        ("arn:aws:kms:eu-west-1:111122223333:key/k", "kms:*", "any_aws_account"),
        ("arn:aws:kms:eu-west-1:111122223333:key/k", "kms:Decrypt", ""),
        ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:s-abcdef", "secretsmanager:*", ""),
        ("arn:aws:dynamodb:eu-west-1:111122223333:table/t", "dynamodb:*", ""),
        ("arn:aws:ecr:eu-west-1:111122223333:repository/r", "ecr:*", ""),
        ("arn:aws:sns:eu-west-1:111122223333:t", "sns:*", "anyone"),
        ("arn:aws:lambda:eu-west-1:111122223333:function:f", "lambda:InvokeFunction", "any_aws_account"),
        ("arn:aws:backup:eu-west-1:111122223333:backup-vault:v", "backup:*", "any_aws_account"),
    ];
    for (arn, action, wanted) in cases {
        assert_eq!(words(&exposures(&allow(everyone, action, ""), &of(arn), &all())), wanted, "{arn} {action}");
    }
    let key = exposures(&allow(everyone, "kms:*", ""), &of("arn:aws:kms:eu-west-1:111122223333:key/k"), &all());
    let left: BTreeSet<String> = key.into_iter().flat_map(|row| row.actions).collect();
    assert_eq!(left, BTreeSet::from(["kms:RetireGrant".to_owned()]));
    let linked = allow(&format!(r#"{{"AWS":"{LINKED}"}}"#), "kms:Decrypt", "");
    assert_eq!(words(&exposures(&linked, &of("arn:aws:kms:eu-west-1:111122223333:key/k"), &all())), "own_account");
    let other = Resource { owner: Some("222233334444".into()), ..bucket() };
    assert_eq!(words(&exposures(&allow(everyone, "s3:GetObject", ""), &other, &all())), "anyone", "another account has no policy");
}

#[test]
fn a_statement_for_another_resource_or_action_stops_nothing() {
    let policy = allow(r#""*""#, "s3:GetObject", "");
    for (action, resource, wanted) in [
        ("s3:*", "arn:aws:s3:::b/*", ""),
        ("s3:Get*", "arn:aws:s3:::*", ""),
        ("s3:*", "arn:aws:s3:::other/*", "anyone"),
        ("s3:*", "arn:aws:s3:::b/private/*", "anyone"),
        ("s3:PutObject", "*", "anyone"),
        ("sqs:*", "*", "anyone"),
    ] {
        let found = words(&exposures(&policy, &bucket(), &under(vec![deny_on(action, resource, "")])));
        assert_eq!(found, wanted, "{action} {resource}");
    }
    let named = document(
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":{"AWS":"999988887777"},"Action":"s3:*","Resource":"*"}}"#,
    );
    assert_eq!(words(&exposures(&policy, &bucket(), &under(vec![named]))), "anyone");
}

#[test]
fn trust_policies_are_guarded_too() {
    let role = "arn:aws:iam::111122223333:role/app";
    let trusts = |principal: &str, action: &str| allow(principal, action, "");
    let foreign = format!(r#"{{"AWS":"{FOREIGN}"}}"#);
    let perimeter = format!("{ORG},{NO_SERVICE}");
    let github = r#"{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}"#;
    let web = "sts:AssumeRoleWithWebIdentity";
    let claims = r#""StringNotLikeIfExists":{"token.actions.githubusercontent.com:sub":"repo:acme/*"},"Null":{"token.actions.githubusercontent.com:sub":"false"}"#;
    let cases = [
        (foreign.as_str(), "sts:AssumeRole", deny("sts:AssumeRole", &perimeter), ""),
        (r#"{"AWS":"222233334444"}"#, "sts:AssumeRole", deny("sts:AssumeRole", &perimeter), "account 222233334444"),
        (r#"{"Service":"ec2.amazonaws.com"}"#, "sts:AssumeRole", deny("sts:AssumeRole", &perimeter), "service ec2 nothing"),
        (foreign.as_str(), "sts:AssumeRole", deny_on("sts:AssumeRole", "arn:aws:iam::*:role/app", &perimeter), ""),
        (foreign.as_str(), "sts:AssumeRole", deny_on("sts:AssumeRole", "arn:aws:iam::*:role/other", &perimeter), "account 999988887777"),
        (foreign.as_str(), "sts:AssumeRole", deny("s3:*", &perimeter), "account 999988887777"),
        (github, web, deny(web, claims), "fixed repo:acme/*"),
        (github, web, deny("sts:AssumeRole", &perimeter), "anybody"),
        (github, web, deny("sts:*", ORG), ""),
    ];
    for (principal, action, policy, wanted) in cases {
        let found = words(&trust_exposures(&trusts(principal, action), Some(role), Some(OWNER), &under(vec![policy.clone()])));
        assert_eq!(found.replace("federated ", ""), wanted, "{principal} under {policy:?}");
    }
}

#[test]
fn what_is_not_known_of_a_policy_leaves_rows_undetermined_and_narrows_none() {
    let policy = allow(r#"{"AWS":["*","arn:aws:iam::111122223333:root"]}"#, "s3:GetObject", "");
    let perimeter = deny("s3:*", &format!("{ORG},{NO_SERVICE}"));
    let with = |unread: &[&str], doubt, read: Vec<Document>| {
        let mut known = under(read);
        let guards = known.guards.get_mut(OWNER).unwrap();
        guards.unread = unread.iter().map(|name| (*name).to_owned()).collect();
        guards.doubt = doubt;
        exposures(&policy, &bucket(), &known)
    };
    assert_eq!(words(&with(&["p-lost"], None, vec![])), "anyone?, own_account");
    assert!(with(&["p-lost"], None, vec![])[0].reasons.contains(&Reason::ControlPolicyText("p-lost".into())));
    assert_eq!(words(&with(&["p-lost"], None, vec![perimeter.clone()])), "own_account, own_organization?, service * nothing?");
    for doubt in [Doubt::Management, Doubt::Since] {
        assert_eq!(words(&with(&[], Some(doubt), vec![perimeter.clone()])), "anyone?, own_account");
    }
    // What no policy stops is sure all the same.
    let elsewhere = deny_on("s3:*", "arn:aws:s3:::other/*", "");
    assert_eq!(words(&with(&[], Some(Doubt::Since), vec![elsewhere])), "anyone, own_account");
}

#[test]
fn a_bucket_under_a_resource_control_policy() {
    let policy = allow(r#""*""#, "s3:GetObject", "");
    let shown = |acl: Vec<Grant>, known: &Known| {
        let bucket = Bucket {
            arn: "arn:aws:s3:::b".into(),
            owner: Some(OWNER.into()),
            owner_canonical: Some("own".into()),
            policy: Delivered::Is(Some(&policy)),
            acl: Delivered::Is(acl),
            block: Delivered::Is(PublicAccessBlock::default()),
            account_block: Delivered::Is(PublicAccessBlock::default()),
            ownership: Delivered::Is(Ownership::Acls),
        };
        let found = bucket_exposures(&bucket, known);
        (words(&found.exposures), found.policy_public)
    };
    let perimeter = deny("s3:*", &format!("{ORG},{NO_SERVICE}"));
    let grants = vec![Grant { grantee: Grantee::AllUsers, permission: Permission::Read }];
    assert_eq!(shown(grants.clone(), &known()).0, "anyone");
    // Grants of a list are stopped as statements are, and the policy is as public as it was to S3.
    let left = "own_organization, service * nothing".to_owned();
    assert_eq!(shown(grants, &under(vec![perimeter.clone()])), (left.clone(), Answer::Yes));
    assert_eq!(shown(Vec::new(), &under(vec![perimeter])), (left, Answer::Yes));
}
