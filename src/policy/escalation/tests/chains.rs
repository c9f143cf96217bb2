//! Chains of several steps, over accounts, through groups; rights short of administration.

use super::super::super::estate::{Kind, Subject};
use super::super::{Outcome, Standing, Via};
use super::build::*;

#[test]
fn two_and_three_steps() {
    let mut build = Build::new();
    build.user("a", &[allow(&["sts:AssumeRole"], &[&role_arn("one")])]);
    build.role("one", &trust_aws(&user_arn("a")), &[allow(&["lambda:UpdateFunctionCode"], &["*"])]);
    build.role(
        "two",
        &trust_service("lambda.amazonaws.com"),
        &[allow(&["iam:PassRole"], &["arn:aws:iam::*:role/adm*"]), allow(&["ec2:RunInstances"], &["*"])],
    );
    build.carrier(Kind::Function, &format!("arn:aws:lambda:eu-west-1:{A}:function:f"), &role_arn("two"));
    build.admin_role(&trust_service("ec2.amazonaws.com"));
    let standing = build.standing(&user_arn("a"));
    let chain = &escalates(&standing).kept[0];
    assert_eq!(chain.steps.iter().map(|step| step.path).collect::<Vec<_>>(), ["sts-001", "lambda-003", "ec2-001"]);
    assert_eq!(chain.steps[1].through, Via::Resource(format!("arn:aws:lambda:eu-west-1:{A}:function:f")));
    assert_eq!(chain.steps[2].to.as_deref(), Some(role_arn("admin").as_str()));
    assert_eq!(chain.outcome, Outcome::Administration);
    assert_eq!(escalates(&build.standing(&role_arn("one"))).kept[0].steps.len(), 2);
    assert_eq!(escalates(&build.standing(&role_arn("two"))).kept[0].steps.len(), 1);
}

#[test]
fn the_shortest_first_and_the_rest_counted() {
    let mut build = Build::new();
    build.user("a", &[allow(&["sts:AssumeRole"], &["*"])]);
    let root = trust_aws(&format!("arn:aws:iam::{A}:root"));
    build.role("hop", &root, &[allow(&["sts:AssumeRole"], &[&role_arn("admin")])]);
    build.admin_role(&root);
    for number in 0..7 {
        build.role(&format!("admin{number}"), &root, &[allow(&["*"], &["*"])]);
    }
    let standing = build.standing(&user_arn("a"));
    let chains = escalates(&standing);
    assert_eq!((chains.kept.len(), chains.more), (5, 4));
    assert!(chains.kept.iter().all(|chain| chain.steps.len() == 1));
}

#[test]
fn a_ring_ends() {
    let mut build = Build::new();
    build.role("one", &trust_aws(&role_arn("two")), &[]);
    build.role("two", &trust_aws(&role_arn("three")), &[]);
    build.role("three", &trust_aws(&role_arn("one")), &[]);
    for name in ["one", "two", "three"] {
        assert_eq!(build.standing(&role_arn(name)), Standing::None);
    }
}

#[test]
fn between_accounts_both_sides_must_allow() {
    for (identity, trusted, works) in [(true, true, true), (false, true, false), (true, false, false)] {
        let mut build = Build::new();
        let far = format!("arn:aws:iam::{B}:role/far");
        let own = if identity { vec![allow(&["sts:AssumeRole"], &[&far])] } else { vec![allow(&["s3:ListAllMyBuckets"], &["*"])] };
        build.user("a", &own);
        let who = if trusted { user_arn("a") } else { user_arn("b") };
        let role = build.principal(Subject::Role, &far, B, &[allow(&["*"], &["*"])]);
        role.trust = Some(trust_aws(&who));
        let standing = build.standing(&user_arn("a"));
        assert_eq!(matches!(standing, Standing::Escalates(_)), works, "{identity} {trusted} {standing:#?}");
        if identity && !trusted {
            assert!(matches!(standing, Standing::Blocked(_)));
        }
    }
    // The other account's root leaves it to that account.
    let mut build = Build::new();
    let far = format!("arn:aws:iam::{B}:role/far");
    build.user("a", &[allow(&["sts:AssumeRole"], &["arn:aws:iam::*:role/f?r"])]);
    build.principal(Subject::Role, &far, B, &[allow(&["*"], &["*"])]).trust = Some(trust_aws(&format!("arn:aws:iam::{A}:root")));
    assert_eq!(escalates(&build.standing(&user_arn("a"))).kept[0].steps[0].to.as_deref(), Some(far.as_str()));
}

#[test]
fn a_trust_that_names_the_user_is_enough_in_its_account() {
    let mut build = Build::new();
    build.user("a", &[]);
    build.admin_role(&trust_aws(&user_arn("a")));
    assert_eq!(first_paths(escalates(&build.standing(&user_arn("a")))), ["sts-001"]);
    // Its root is not: the user's own policies must allow it.
    let mut build = Build::new();
    build.user("a", &[]);
    build.admin_role(&trust_aws(&format!("arn:aws:iam::{A}:root")));
    assert_eq!(build.standing(&user_arn("a")), Standing::None);
    // A Deny of its own holds.
    let mut build = Build::new();
    build.user("a", &[deny(&["sts:*"], &["*"])]);
    build.admin_role(&trust_aws(&user_arn("a")));
    assert!(!matches!(build.standing(&user_arn("a")), Standing::Escalates(_)));
}

#[test]
fn rights_short_of_administration() {
    let data = allow(&["s3:GetObject"], &["arn:aws:s3:::secret/*"]);
    let mut build = Build::new();
    build.user("a", &[allow(&["sts:AssumeRole"], &[&role_arn("reader")])]);
    build.user("b", &[allow(&["sts:AssumeRole"], &[&role_arn("reader")]), allow(&["s3:Get*"], &["arn:aws:s3:::secret*"])]);
    build.role("reader", &trust_aws(&format!("arn:aws:iam::{A}:root")), std::slice::from_ref(&data));
    let standing = build.standing(&user_arn("a"));
    let chain = &escalates(&standing).kept[0];
    let Outcome::Rights(right) = &chain.outcome else { panic!() };
    assert_eq!((right.action.as_str(), right.resource.as_str()), ("s3:GetObject", "arn:aws:s3:::secret/*"));
    // Who has them already gains nothing.
    assert_eq!(build.standing(&user_arn("b")), Standing::None);
    assert_eq!(build.standing(&role_arn("reader")), Standing::None);
    // Through a role that itself gives nothing.
    let mut build = Build::new();
    build.user("a", &[allow(&["sts:AssumeRole"], &[&role_arn("bridge")])]);
    build.role("bridge", &trust_aws(&user_arn("a")), &[]);
    build.role("reader", &trust_aws(&role_arn("bridge")), &[data]);
    assert_eq!(escalates(&build.standing(&user_arn("a"))).kept[0].steps.len(), 2);
}

#[test]
fn runtime_rights_are_no_gain() {
    let mut build = Build::new();
    build.user("a", &[allow(&["ssm:StartSession", "lambda:UpdateFunctionCode"], &["*"])]);
    build
        .role("node", &trust_service("ec2.amazonaws.com"), &[])
        .attached
        .push("arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore".into());
    build
        .role(
            "fn",
            &trust_service("lambda.amazonaws.com"),
            &[allow(&["logs:CreateLogGroup", "logs:PutLogEvents", "xray:PutTraceSegments"], &["*"])],
        )
        .attached
        .push("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole".into());
    build.carrier(Kind::Instance, &format!("arn:aws:ec2:eu-west-1:{A}:instance/i-1"), &role_arn("node"));
    build.carrier(Kind::Function, &format!("arn:aws:lambda:eu-west-1:{A}:function:f"), &role_arn("fn"));
    assert_eq!(build.standing(&user_arn("a")), Standing::None);
}

#[test]
fn own_credentials_are_none() {
    let own = ["arn:aws:iam::*:user/${aws:username}"];
    let mut build = Build::new();
    build.user("a", &[allow(&["iam:CreateAccessKey", "iam:UpdateLoginProfile", "iam:DeleteAccessKey", "iam:ChangePassword"], &own)]);
    build.user("root", &[allow(&["*"], &["*"])]);
    build.user("b", &[allow(&["iam:CreateAccessKey"], &["*"])]);
    assert_eq!(build.standing(&user_arn("a")), Standing::None);
    assert_eq!(first_paths(escalates(&build.standing(&user_arn("b")))), ["iam-002"]);
    // The same variable in a policy of the older language is text.
    let mut build = Build::new();
    build.user("a", &[]).inline.push(super::super::super::estate::NamedText {
        name: "old".into(),
        text: Some(
            r#"{"Statement":{"Effect":"Allow","Action":"iam:PutUserPolicy","Resource":"arn:aws:iam::*:user/${aws:username}"}}"#.into(),
        ),
    });
    assert_eq!(build.standing(&user_arn("a")), Standing::None);
    // And in the newer one it is the user.
    let mut build = Build::new();
    build.user("a", &[allow(&["iam:PutUserPolicy"], &own)]);
    assert_eq!(first_paths(escalates(&build.standing(&user_arn("a")))), ["iam-007"]);
}

#[test]
fn groups_give_and_deny() {
    let mut build = Build::new();
    build.group("devs", &[allow(&["iam:PassRole", "lambda:*"], &["*"])], &[]);
    build.user("a", &[]).groups.push("devs".into());
    build.user("b", &[deny(&["iam:PassRole"], &["*"])]).groups.push("devs".into());
    build.admin_role(&trust_service("lambda.amazonaws.com"));
    assert!(first_paths(escalates(&build.standing(&user_arn("a")))).contains(&"lambda-001"));
    assert!(matches!(build.standing(&user_arn("b")), Standing::Blocked(_)));
}

#[test]
fn the_order_of_inputs_does_not_show() {
    let mut build = Build::new();
    build.user("a", &[allow(&["sts:AssumeRole", "iam:Create*"], &["*"])]);
    for name in ["x", "y", "z"] {
        build.role(name, &trust_aws(&format!("arn:aws:iam::{A}:root")), &[allow(&["*"], &["*"])]);
        build.user(name, &[allow(&["iam:*"], &["*"])]);
    }
    let first = build.findings();
    build.0.principals.reverse();
    assert_eq!(build.findings(), first);
    build.0.principals.rotate_left(3);
    assert_eq!(build.findings(), first);
}

#[test]
fn rights_that_a_bucket_gives_or_keeps() {
    let bucket = "arn:aws:s3:::secret";
    let estate = |policy: String, own: &[String], reader: &[String]| {
        let mut build = Build::new();
        let mut all = vec![allow(&["sts:AssumeRole"], &[&role_arn("reader")])];
        all.extend(own.iter().cloned());
        build.user("a", &all);
        build.role("reader", &trust_aws(&format!("arn:aws:iam::{A}:root")), reader);
        build.0.resources.push(super::super::super::estate::ResourcePolicy { arn: bucket.into(), account: A.into(), text: Some(policy) });
        build.standing(&user_arn("a"))
    };
    let given = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":"s3:GetObject","Resource":"{bucket}/*"}}}}"#,
        role_arn("reader")
    );
    assert!(matches!(estate(given.clone(), &[], &[]), Standing::Escalates(_)));
    let all = [allow(&["s3:*"], &["*"])];
    assert_eq!(estate(given, &all, &[]), Standing::None);
    let kept = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["{bucket}","{bucket}/*"],"Condition":{{"ArnNotEquals":{{"aws:PrincipalArn":"{}"}}}}}}}}"#,
        role_arn("reader")
    );
    assert!(matches!(estate(kept.clone(), &all, &all), Standing::Escalates(_)));
    assert_eq!(estate(kept.replace("ArnNotEquals", "ArnEquals"), &all, &all), Standing::None);
    let tls = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"{bucket}/*","Condition":{{"Bool":{{"aws:SecureTransport":"false"}}}}}}}}"#
    );
    assert_eq!(estate(tls, &all, &all), Standing::None);
}

#[test]
fn a_reached_role_is_widened() {
    let estate = |boundary: bool| {
        let mut build = Build::new();
        let bound = build.policy("bound", &[&[allow(&["logs:Describe*"], &["*"])]]);
        build.user("a", &[allow(&["lambda:UpdateFunctionCode"], &["*"]), allow(&["iam:AttachRolePolicy"], &["arn:aws:iam::*:role/*"])]);
        build.role("fn", &trust_service("lambda.amazonaws.com"), &[]).boundary = boundary.then_some(bound);
        build.carrier(Kind::Function, &format!("arn:aws:lambda:eu-west-1:{A}:function:f"), &role_arn("fn"));
        build.standing(&user_arn("a"))
    };
    let standing = estate(false);
    let chain = &escalates(&standing).kept[0];
    assert_eq!((chain.steps[0].path, &chain.outcome), ("x-iam-019", &Outcome::Administration));
    assert_eq!(chain.steps[0].statements.len(), 2);
    assert!(!matches!(estate(true), Standing::Escalates(_)));
}

#[test]
fn principals_that_reach_the_same_name_statements_of_their_own() {
    let mut build = Build::new();
    build.admin_role(&trust_service("lambda.amazonaws.com"));
    build.carrier(Kind::Function, &format!("arn:aws:lambda:eu-west-1:{A}:function:f"), &role_arn("admin"));
    build.user("a", &[allow(&["lambda:UpdateFunctionCode", "lambda:InvokeFunction"], &["*"])]);
    build.user("b", &[allow(&["s3:GetObject"], &["*"]), allow(&["lambda:Update*", "lambda:Invoke*"], &["*"])]);
    build.user("c", &[allow_if(&["lambda:*"], &["*"], MFA)]);
    let positions = |user: &str| {
        let standing = build.standing(&user_arn(user));
        let steps = escalates(&standing).kept.iter().flat_map(|chain| chain.steps.clone()).collect::<Vec<_>>();
        steps.iter().flat_map(|step| step.statements.iter().map(|at| at.position)).collect::<std::collections::BTreeSet<_>>()
    };
    let (a, b) = (positions("a"), positions("b"));
    assert_eq!((a.len(), b.len()), (1, 1));
    assert_eq!(a.first().map(|at| at + 1), b.first().copied());
    assert!(matches!(build.standing(&user_arn("c")), Standing::Undetermined { .. }));
}

#[test]
fn a_boundary_that_lets_no_role_be_changed_is_named_once() {
    let mut build = Build::new();
    let bound = build.policy("bound", &[&[allow(&["s3:*"], &["*"])]]);
    for name in ["x", "y", "z"] {
        build.role(name, &trust_aws(&format!("arn:aws:iam::{A}:root")), &[]);
    }
    build.user("a", &[allow(&["iam:AttachRolePolicy", "sts:AssumeRole"], &["*"])]).boundary = Some(bound);
    let Standing::Blocked(paths) = build.standing(&user_arn("a")) else { panic!("not blocked") };
    let ids: Vec<_> = paths.iter().map(|path| path.path).collect();
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    assert!(!ids.is_empty() && ids.len() == distinct.len(), "{ids:?}");
    assert!(paths.iter().all(|path| path.by.iter().any(|by| matches!(by, super::super::Blocker::Boundary(_)))));
}

#[test]
fn a_boundary_does_not_limit_the_trust_that_names_a_user() {
    // Boundary and policy let roles be changed; assuming is left to the trust policies. One of them names the user itself.
    let mut build = Build::new();
    let bound = build.policy("bound", &[&[allow(&["iam:AttachRolePolicy"], &["*"])]]);
    build.role("a-account", &trust_aws(&format!("arn:aws:iam::{A}:root")), &[]);
    build.role("b-user", &trust_aws(&user_arn("u")), &[]);
    build.user("u", &[allow(&["iam:AttachRolePolicy", "sts:AssumeRole"], &["*"])]).boundary = Some(bound);
    let standing = build.standing(&user_arn("u"));
    assert!(first_paths(escalates(&standing)).contains(&"iam-014"), "{standing:#?}");
    // Without the boundary's word for the change nothing is left.
    let shut = build.policy("shut", &[&[allow(&["sts:AssumeRole"], &["*"])]]);
    build.0.principals.last_mut().unwrap().boundary = Some(shut);
    assert!(!matches!(build.standing(&user_arn("u")), Standing::Escalates(_)));
}
