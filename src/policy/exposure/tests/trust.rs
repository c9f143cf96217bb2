//! Trust policies.

use std::collections::BTreeSet;

use super::*;

const GITHUB: &str = r#""Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity""#;
const GITLAB: &str =
    r#""Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/gitlab.com"},"Action":"sts:AssumeRoleWithWebIdentity""#;
const TERRAFORM: &str =
    r#""Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/app.terraform.io"},"Action":"sts:AssumeRoleWithWebIdentity""#;
const EKS: &str = r#""Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"},"Action":"sts:AssumeRoleWithWebIdentity""#;
const COGNITO: &str = r#""Principal":{"Federated":"cognito-identity.amazonaws.com"},"Action":"sts:AssumeRoleWithWebIdentity""#;
const SAML: &str = r#""Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/Okta"},"Action":"sts:AssumeRoleWithSAML""#;

/// Members before the condition, condition → audiences.
const CASES: &[(&str, &str, &str)] = &[
    // Principals and spellings of the action.
    (r#""Principal":"*","Action":"sts:AssumeRole""#, "", "any_aws_account"),
    (r#""Principal":{"AWS":"*"},"Action":"sts:Assume*""#, "", "any_aws_account, anyone"),
    (r#""Principal":{"AWS":["arn:aws:iam::111122223333:root","*"]},"Action":"sts:AssumeRole""#, "", "any_aws_account, own_account"),
    (r#""Principal":{"AWS":"999988887777"},"Action":"sts:AssumeRole""#, "", "account 999988887777"),
    (r#""Principal":{"AWS":"999988887777"},"Action":"sts:Assume*""#, "", "account 999988887777"),
    (r#""Principal":{"AWS":"999988887777"},"Action":"STS:assumerole""#, "", "account 999988887777"),
    (r#""Principal":{"AWS":"999988887777"},"Action":"sts:?ssumeRole""#, "", "account 999988887777"),
    (r#""Principal":{"AWS":"999988887777"},"Action":"sts:*""#, "", "account 999988887777"),
    (r#""Principal":{"AWS":"999988887777"},"Action":"*""#, "", "account 999988887777"),
    (r#""Principal":{"AWS":"999988887777"},"Action":["sts:TagSession","sts:AssumeRole"]"#, "", "account 999988887777"),
    (r#""Principal":{"AWS":"999988887777"},"NotAction":"sts:TagSession""#, "", "account 999988887777"),
    (r#""Principal":{"AWS":"999988887777"},"NotAction":"sts:Assume*""#, "", ""),
    (r#""Principal":{"AWS":"999988887777"},"Action":"sts:TagSession""#, "", ""),
    (r#""Principal":{"AWS":"999988887777"},"Action":"sts:*Identity""#, "", ""), // an account has no token of a provider
    (r#""Principal":{"AWS":"arn:aws:sts::999988887777:assumed-role/r/s"},"Action":"sts:AssumeRole""#, "", "account 999988887777"),
    (r#""Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/r/s"},"Action":"sts:AssumeRole""#, "", "own_account"),
    (r#""Principal":{"AWS":"arn:aws:iam::111122223333:role/r"},"Action":"sts:AssumeRole""#, "", "own_account"),
    (r#""Principal":{"AWS":"AROACKCEVSQ6C2EXAMPLE"},"Action":"sts:AssumeRole""#, "", "unique_id AROACKCEVSQ6C2EXAMPLE"),
    (r#""Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole""#, "", "service ec2 nothing"),
    (
        r#""Principal":{"Service":["ec2.amazonaws.com","lambda.amazonaws.com"]},"Action":"sts:AssumeRole""#,
        "",
        "service ec2 nothing, service lambda nothing",
    ),
    (
        r#""Principal":{"Service":"config.amazonaws.com"},"Action":"sts:AssumeRole""#,
        r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
        "service config account 111122223333",
    ),
    (r#""NotPrincipal":{"AWS":"999988887777"},"Action":"sts:AssumeRole""#, "", "any_aws_account"),
    (r#""Principal":"*","Action":"sts:AssumeRole""#, r#""StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}"#, "own_organization"),
    (r#""Principal":"*","Action":"sts:AssumeRole""#, r#""StringLike":{"aws:PrincipalOrgID":"o-*"}"#, "any_aws_account"),
    (r#""Principal":"*","Action":"sts:AssumeRole""#, r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/deploy"}"#, "any_aws_account"),
    (
        r#""Principal":"*","Action":"sts:AssumeRole""#,
        r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::222233334444:role/deploy"}"#,
        "account 222233334444",
    ),
    (r#""Principal":"*","Action":"sts:AssumeRole""#, r#""StringEquals":{"sts:ExternalId":"x"}"#, "any_aws_account"),
    // GitHub.
    (
        GITHUB,
        r#""StringEquals":{"token.actions.githubusercontent.com:sub":"repo:acme/api:ref:refs/heads/main","token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}"#,
        "federated fixed repo:acme/api:ref:refs/heads/main",
    ),
    (GITHUB, r#""StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/*"}"#, "federated fixed repo:acme/*"),
    (
        GITHUB,
        r#""StringLike":{"token.actions.githubusercontent.com:sub":["repo:acme/api:*","repo:acme/web:*"]}"#,
        "federated fixed repo:acme/api:* repo:acme/web:*",
    ),
    (
        GITHUB,
        r#""StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme@123456/api@456789:*"}"#,
        "federated fixed repo:acme@123456/api@456789:*",
    ),
    (GITHUB, r#""StringEquals":{"token.actions.githubusercontent.com:repository_owner_id":"123456"}"#, "federated fixed 123456"),
    (GITHUB, r#""StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme*"}"#, "federated anybody"),
    (GITHUB, r#""StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme*/api:*"}"#, "federated anybody"),
    (GITHUB, r#""StringLike":{"token.actions.githubusercontent.com:sub":"repo:??????/*"}"#, "federated anybody"),
    (GITHUB, r#""StringLike":{"token.actions.githubusercontent.com:sub":"repo:*"}"#, "federated anybody"),
    (GITHUB, r#""StringLike":{"token.actions.githubusercontent.com:sub":"*"}"#, "federated anybody"),
    (GITHUB, r#""StringLike":{"token.actions.githubusercontent.com:sub":["repo:acme/*","repo:*"]}"#, "federated anybody"),
    (GITHUB, r#""StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}"#, "federated anybody"),
    (GITHUB, "", "federated anybody"),
    (GITHUB, r#""StringLikeIfExists":{"token.actions.githubusercontent.com:sub":"repo:acme/*"}"#, "federated anybody"),
    (GITHUB, r#""ForAllValues:StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/*"}"#, "federated anybody"),
    (GITHUB, r#""StringEquals":{"token.actions.githubusercontent.com:sub":"repo:acme/*"}"#, "federated fixed repo:acme/*"), // a star is a character there
    (GITHUB, r#""StringNotLike":{"token.actions.githubusercontent.com:sub":"repo:evil/*"}"#, "federated anybody"),
    (GITHUB, r#""StringEquals":{"token.actions.githubusercontent.com:environment":"production"}"#, "federated anybody"),
    (GITHUB, r#""ForAnyValue:StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/*"}"#, "federated fixed repo:acme/*"),
    (
        r#""Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:*Identity""#,
        r#""StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}"#,
        "federated anybody",
    ),
    (
        r#""Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRole""#,
        "",
        "",
    ),
    (
        r#""Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com/acme"},"Action":"sts:AssumeRoleWithWebIdentity""#,
        "",
        "federated own",
    ),
    (
        r#""Principal":{"Federated":"arn:aws-us-gov:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity""#,
        "",
        "federated anybody",
    ),
    // GitLab, Terraform, others.
    (GITLAB, r#""StringLike":{"gitlab.com:sub":"project_path:acme/infra:*"}"#, "federated fixed project_path:acme/infra:*"),
    (GITLAB, r#""StringLike":{"gitlab.com:sub":"project_path:acme*"}"#, "federated anybody"),
    (GITLAB, r#""StringEquals":{"gitlab.com:aud":"https://gitlab.com"}"#, "federated anybody"),
    (GITLAB, r#""StringEquals":{"gitlab.com:namespace_id":"72"}"#, "federated fixed 72"),
    (
        TERRAFORM,
        r#""StringLike":{"app.terraform.io:sub":"organization:acme:project:*:workspace:*:run_phase:*"}"#,
        "federated fixed organization:acme:project:*:workspace:*:run_phase:*",
    ),
    (TERRAFORM, r#""StringLike":{"app.terraform.io:sub":"organization:acme*"}"#, "federated anybody"),
    (TERRAFORM, r#""StringEquals":{"app.terraform.io:aud":"aws.workload.identity"}"#, "federated anybody"),
    (EKS, r#""StringEquals":{"oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub":"system:serviceaccount:n:s"}"#, "federated own"),
    (EKS, "", "federated own"),
    (
        r#""Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/acme.okta.com"},"Action":"sts:AssumeRoleWithWebIdentity""#,
        r#""StringEquals":{"acme.okta.com:aud":"x"}"#,
        "federated own",
    ),
    (
        COGNITO,
        r#""StringEquals":{"cognito-identity.amazonaws.com:aud":"eu-west-1:11111111-2222-3333-4444-555555555555"}"#,
        "federated fixed eu-west-1:11111111-2222-3333-4444-555555555555",
    ),
    (COGNITO, r#""StringLike":{"cognito-identity.amazonaws.com:aud":"eu-west-1:*"}"#, "federated anybody"),
    (COGNITO, r#""ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":"authenticated"}"#, "federated anybody"),
    (
        r#""Principal":{"Federated":"accounts.google.com"},"Action":"sts:AssumeRoleWithWebIdentity""#,
        r#""StringEquals":{"accounts.google.com:aud":"app.apps.googleusercontent.com"}"#,
        "federated fixed app.apps.googleusercontent.com",
    ),
    (r#""Principal":{"Federated":"accounts.google.com"},"Action":"sts:AssumeRoleWithWebIdentity""#, "", "federated anybody"),
    (SAML, r#""StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}"#, "federated own"),
    (SAML, "", "federated own"),
    (r#""Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/Okta"},"Action":"sts:Assume*""#, "", "federated own"),
    (r#""Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/Okta"},"Action":"sts:AssumeRoleWithWebIdentity""#, "", ""),
];

#[test]
fn cases() {
    let mut wrong = Vec::new();
    for (members, condition, expected) in CASES {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{members},"Condition":{{{condition}}}}}]}}"#);
        let found = words(&trust_exposures(&document(&text), None, Some(OWNER), &known()));
        if found != *expected {
            wrong.push(format!("{members} {condition}\n   is {found:?}\n   not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn reasons(members: &str, condition: &str) -> BTreeSet<Reason> {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{members},"Condition":{{{condition}}}}}]}}"#);
    trust_exposures(&document(&text), None, Some(OWNER), &known()).into_iter().flat_map(|exposure| exposure.reasons).collect()
}

#[test]
fn external_ids() {
    let other = r#""Principal":{"AWS":"999988887777"},"Action":"sts:AssumeRole""#;
    assert!(reasons(other, "").contains(&Reason::NoExternalId));
    assert!(!reasons(other, r#""StringEquals":{"sts:ExternalId":"x"}"#).contains(&Reason::NoExternalId));
    assert!(reasons(other, r#""StringLike":{"sts:ExternalId":"*"}"#).contains(&Reason::NoExternalId));
    assert!(reasons(other, r#""StringEqualsIfExists":{"sts:ExternalId":"x"}"#).contains(&Reason::NoExternalId));
    assert!(!reasons(r#""Principal":{"AWS":"222233334444"},"Action":"sts:AssumeRole""#, "").contains(&Reason::NoExternalId));
}

#[test]
fn guests_of_an_identity_pool() {
    let pool = r#""StringEquals":{"cognito-identity.amazonaws.com:aud":"eu-west-1:11111111-2222-3333-4444-555555555555"}"#;
    assert!(reasons(COGNITO, pool).contains(&Reason::Guests));
    let guests = format!(r#"{pool},"ForAnyValue:StringLike":{{"cognito-identity.amazonaws.com:amr":"unauthenticated"}}"#);
    assert!(reasons(COGNITO, &guests).contains(&Reason::Guests));
    let signed_in = format!(r#"{pool},"ForAnyValue:StringLike":{{"cognito-identity.amazonaws.com:amr":"authenticated"}}"#);
    assert!(!reasons(COGNITO, &signed_in).contains(&Reason::Guests));
}

#[test]
fn a_deny_in_a_trust_policy() {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"},
        {"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}}]}"#;
    assert_eq!(words(&trust_exposures(&document(text), None, Some(OWNER), &known())), "own_organization");
}
