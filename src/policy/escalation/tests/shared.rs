//! What principals share, and what keeps their answers apart.

use std::collections::BTreeMap;

use super::super::super::estate::{Carried, Carrier, Kind, Subject};
use super::super::Standing;
use super::build::*;

const CODE: &[&str] = &["lambda:UpdateFunctionCode", "lambda:InvokeFunction"];

fn tags(team: &str) -> Option<BTreeMap<String, String>> {
    Some(BTreeMap::from([("team".to_owned(), team.to_owned())]))
}

/// An administrator's role that a function with a tag carries.
fn function(team: &str) -> Build {
    let mut build = Build::new();
    build.admin_role(&trust_service("lambda.amazonaws.com"));
    let (arn, role) = (format!("arn:aws:lambda:eu-west-1:{A}:function:f"), Carried::Role(role_arn("admin")));
    build.0.carriers.push(Carrier { kind: Kind::Function, arn, account: A.into(), role, tags: tags(team) });
    build
}

fn is_up(build: &Build, user: &str) -> bool {
    matches!(build.standing(&user_arn(user)), Standing::Escalates(_))
}

/// Two users for whom the same statements decide: of one, a statement is its boundary's; of the other it is its own, and the boundary
/// says nothing of the action.
#[test]
fn statements_of_a_boundary_and_of_policies_are_not_mixed_up() {
    for [lets, forbids] in [["a", "b"], ["b", "a"]] {
        let mut build = function("x");
        let wide = build.policy("wide", &[&[allow(&["s3:*"], &["*"]), allow(&["lambda:*"], &["*"])]]);
        let other = build.policy("other", &[&[allow(&["s3:*"], &["*"]), allow(&["sqs:*"], &["*"])]]);
        build.user(lets, &[allow(CODE, &["*"])]).boundary = Some(wide);
        build.user(forbids, &[allow(CODE, &["*"]), allow(&["lambda:*"], &["*"])]).boundary = Some(other);
        assert_eq!([is_up(&build, lets), is_up(&build, forbids)], [true, false]);
    }
}

#[test]
fn a_condition_on_the_principal_is_asked_of_each() {
    for condition in [
        r#"{"StringEquals":{"aws:PrincipalTag/team":"web"}}"#.to_owned(),
        r#"{"StringEquals":{"aws:username":"a"}}"#.to_owned(),
        format!(r#"{{"ArnEquals":{{"aws:PrincipalArn":"{}"}}}}"#, user_arn("a")),
        r#"{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}"#.to_owned(),
    ] {
        let mut build = function("web");
        for (user, team) in [("a", "web"), ("b", "data")] {
            build.user(user, &[allow_if(CODE, &["*"], &condition)]).tags = tags(team);
        }
        assert_eq!([is_up(&build, "a"), is_up(&build, "b")], [true, false], "{condition}");
    }
}

#[test]
fn a_condition_on_the_target_is_asked_of_each() {
    let conditions = [
        r#"{"StringEquals":{"aws:ResourceTag/team":"web"}}"#.to_owned(),
        format!(r#"{{"StringEquals":{{"aws:ResourceAccount":"{A}","aws:ResourceTag/team":"web"}}}}"#),
    ];
    for condition in conditions {
        for (team, up) in [("web", true), ("data", false)] {
            let mut build = function(team);
            build.user("a", &[allow_if(CODE, &["*"], &condition)]);
            build.user("b", &[allow_if(CODE, &["*"], &condition)]);
            assert_eq!([is_up(&build, "a"), is_up(&build, "b")], [up; 2], "{condition} {team}");
        }
    }
    let elsewhere = format!(r#"{{"StringEquals":{{"aws:ResourceAccount":"{B}"}}}}"#);
    let mut build = function("web");
    build.user("a", &[allow_if(CODE, &["*"], &elsewhere)]);
    assert!(!is_up(&build, "a"));
}

/// The roles of an account are no one's but its own, whatever statements principals of accounts share.
#[test]
fn a_condition_on_the_account_is_asked_in_each() {
    let condition = format!(r#"{{"StringEquals":{{"aws:PrincipalAccount":"{A}"}}}}"#);
    let statements = [allow_if(&["iam:PassRole"], &["*"], &condition), allow(&["lambda:CreateFunction", "lambda:InvokeFunction"], &["*"])];
    let mut build = Build::new();
    build.admin_role(&trust_service("lambda.amazonaws.com"));
    build.user("a", &statements);
    let other = format!("arn:aws:iam::{B}:user/b");
    build.principal(Subject::User, &other, B, &statements);
    let role = format!("arn:aws:iam::{B}:role/admin");
    let item = build.principal(Subject::Role, &role, B, &[]);
    item.attached.push(ADMIN.to_owned());
    item.trust = Some(trust_service("lambda.amazonaws.com"));
    assert!(is_up(&build, "a"));
    assert!(!matches!(build.standing(&other), Standing::Escalates(_)));
}
