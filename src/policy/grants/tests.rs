//! Grants of small estates.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use super::super::escalation::testing::*;
use super::{Access, Grant, Limit, Scope, Services, access};

fn of(build: &Build, arn: &str) -> Access {
    access(&mut build.0.clone()).into_iter().find(|access| access.principal == arn).unwrap()
}

fn grant<'a>(access: &'a Access, action: &str) -> &'a Grant {
    access.grants.iter().find(|grant| grant.action == action).unwrap_or_else(|| panic!("{access:#?}"))
}

#[test]
fn an_administrator_is_one_row() {
    let mut build = Build::new();
    build.user("a", &[]).attached.push(ADMIN.into());
    let access = of(&build, &user_arn("a"));
    assert!(access.grants.is_empty());
    assert_eq!(access.administrator.unwrap().statements.len(), 1);
}

#[test]
fn scopes() {
    let mut build = Build::new();
    let own = "arn:aws:iam::*:user/${aws:username}";
    build.user(
        "a",
        &[
            allow(&["s3:Get*"], &["*"]),
            allow(&["s3:PutObject"], &["arn:aws:s3:::b/*", "arn:aws:s3:::a/*"]),
            allow(&["iam:CreateAccessKey"], &[own]),
            allow(&["kms:Decrypt"], &["arn:aws:kms:*:111122223333:key/*"]),
            allow(&["secretsmanager:GetSecretValue"], &["arn:aws:s3:::x"]),
            allow_if(&["s3:DeleteObject"], &["*"], MFA),
        ],
    );
    let access = of(&build, &user_arn("a"));
    assert_eq!(grant(&access, "s3:GetObject").scope, Scope::Everything);
    assert_eq!(grant(&access, "s3:PutObject").scope, Scope::Patterns(vec!["arn:aws:s3:::a/*".into(), "arn:aws:s3:::b/*".into()]));
    assert_eq!(grant(&access, "iam:CreateAccessKey").scope, Scope::OwnOnly);
    assert_eq!(grant(&access, "kms:Decrypt").scope, Scope::Everything);
    assert!(!access.grants.iter().any(|grant| grant.action == "secretsmanager:GetSecretValue"));
    let delete = grant(&access, "s3:DeleteObject");
    assert_eq!(delete.keys, ["aws:multifactorauthpresent".to_owned()].into());
    assert_eq!(delete.statements[0].position, 5);
}

#[test]
fn limits() {
    let mut build = Build::new();
    let bound = build.policy("bound", &[&[allow(&["s3:GetObject"], &["arn:aws:s3:::a/*"]), allow(&["sqs:*"], &["*"])]]);
    let user = build.user("a", &[allow(&["s3:*", "sqs:*", "sns:*"], &["*"]), deny(&["sqs:*"], &["arn:aws:sqs:*:*:secret"])]);
    user.boundary = Some(bound.clone());
    let access = of(&build, &user_arn("a"));
    assert_eq!(grant(&access, "s3:GetObject").limits, [Limit::Boundary(bound)].into());
    assert!(matches!(grant(&access, "sqs:SendMessage").limits.first(), Some(Limit::Deny(_))));
    assert!(!access.grants.iter().any(|grant| grant.action.starts_with("sns:") || grant.action == "s3:PutObject"));
}

#[test]
fn services_of_pass_role() {
    let services = |condition: Option<&str>| {
        let mut build = Build::new();
        let statement =
            condition.map_or_else(|| allow(&["iam:PassRole"], &["*"]), |condition| allow_if(&["iam:PassRole"], &["*"], condition));
        build.user("a", &[statement]);
        grant(&of(&build, &user_arn("a")), "iam:PassRole").services.clone().unwrap()
    };
    let lambda = Services::These(["lambda.amazonaws.com".to_owned()].into());
    assert_eq!(services(None), Services::Any);
    assert_eq!(services(Some(r#"{"StringLike":{"iam:PassedToService":"*"}}"#)), Services::Any);
    assert_eq!(services(Some(r#"{"StringNotEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}"#)), Services::Any);
    assert_eq!(services(Some(r#"{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}"#)), lambda);
    assert_eq!(services(Some(r#"{"StringEqualsIfExists":{"iam:PassedToService":"lambda.amazonaws.com"}}"#)), lambda);
    assert_eq!(services(Some(r#"{"StringLike":{"iam:PassedToService":"lambda*"}}"#)), lambda);
}
