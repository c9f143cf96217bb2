//! What limits a path: services of PassRole, boundaries of targets, what exists and what was delivered.

use std::collections::BTreeMap;

use super::super::super::estate::{Carried, Kind, NamedText, Organization, Subject};
use super::super::{Blocker, Gap, Standing};
use super::build::*;

fn passes(statement: String) -> Standing {
    let mut build = Build::new();
    build.user("a", &[statement, allow(&["lambda:CreateFunction", "lambda:InvokeFunction"], &["*"])]);
    build.admin_role(&trust_service("lambda.amazonaws.com"));
    build.standing(&user_arn("a"))
}

#[test]
fn spellings_of_pass_role() {
    for action in ["iam:PassRole", "iam:Pass?ole", "iam:PassR*", "iam:*ole", "iam:P*", "IAM:passrole"] {
        for resource in
            ["*", "arn:aws:iam::*", "arn:aws:iam::111122223333:role*", "arn:aws:iam::*:role/adm?n", "arn:aws:iam::111122223333:role/admin"]
        {
            assert!(first_paths(escalates(&passes(allow(&[action], &[resource])))).contains(&"lambda-001"), "{action} {resource}");
        }
        for resource in ["arn:aws:iam::999999999999:role/*", "arn:aws:iam::111122223333:role/dev-*", "arn:aws:iam::111122223333:group/*"] {
            assert!(!matches!(passes(allow(&[action], &[resource])), Standing::Escalates(_)), "{action} {resource}");
        }
    }
}

#[test]
fn services_of_pass_role() {
    let with = |condition: &str| passes(allow_if(&["iam:PassRole"], &["*"], condition));
    for open in [
        r#"{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}"#,
        r#"{"StringEquals":{"iam:PassedToService":["ec2.amazonaws.com","lambda.amazonaws.com"]}}"#,
        r#"{"StringLike":{"iam:PassedToService":"*"}}"#,
        r#"{"StringLike":{"iam:PassedToService":"lambda*"}}"#,
        r#"{"StringNotEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}"#,
        r#"{"StringEqualsIfExists":{"iam:PassedToService":"lambda.amazonaws.com"}}"#,
    ] {
        assert!(matches!(with(open), Standing::Escalates(_)), "{open}");
    }
    for shut in [
        r#"{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}"#,
        r#"{"StringNotEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}"#,
        r#"{"StringEqualsIfExists":{"iam:PassedToService":"ec2.amazonaws.com"}}"#,
    ] {
        assert!(matches!(with(shut), Standing::Blocked(_)), "{shut}");
    }
}

#[test]
fn the_same_new_thing_must_be_reached() {
    let own = |create: &str, invoke: &str| {
        let mut build = Build::new();
        let function = |name: &str| format!("arn:aws:lambda:*:{A}:function:{name}");
        build.user(
            "a",
            &[
                allow(&["iam:PassRole"], &["*"]),
                allow(&["lambda:CreateFunction"], &[&function(create)]),
                allow(&["lambda:InvokeFunction"], &[&function(invoke)]),
            ],
        );
        build.admin_role(&trust_service("lambda.amazonaws.com"));
        matches!(build.standing(&user_arn("a")), Standing::Escalates(_))
    };
    assert!(own("dev-*", "dev-*"));
    assert!(own("dev-*", "*-x"));
    assert!(!own("dev-*", "prod-*"));
}

#[test]
fn ec2_needs_an_instance_profile_and_all_types() {
    let run = |resources: &[&str], profile: Option<bool>| {
        let mut build = Build::new();
        build.user("a", &[allow(&["iam:PassRole"], &["*"]), allow(&["ec2:RunInstances"], resources)]);
        build.admin_role(&trust_service("ec2.amazonaws.com")).instance_profile = profile;
        matches!(build.standing(&user_arn("a")), Standing::Escalates(_))
    };
    assert!(run(&["*"], Some(true)));
    assert!(run(&["*"], None));
    assert!(!run(&["*"], Some(false)));
    assert!(run(&["arn:aws:ec2:*:*:*", "arn:aws:ec2:*::image/*"], Some(true)));
    assert!(!run(&["arn:aws:ec2:*:*:instance/*"], Some(true)));
}

#[test]
fn only_what_exists_and_carries_a_role() {
    let mut build = Build::new();
    build.user("a", &[allow(&["lambda:UpdateFunctionCode"], &[&format!("arn:aws:lambda:*:{A}:function:dev-*")])]);
    build.admin_role(&trust_service("lambda.amazonaws.com"));
    assert_eq!(build.standing(&user_arn("a")), Standing::None);
    build.carrier(Kind::Function, &format!("arn:aws:lambda:eu-west-1:{A}:function:prod-1"), &role_arn("admin"));
    assert_eq!(build.standing(&user_arn("a")), Standing::None);
    build.carrier(Kind::Function, &format!("arn:aws:lambda:eu-west-1:{A}:function:dev-1"), &role_arn("admin"));
    assert_eq!(first_paths(escalates(&build.standing(&user_arn("a")))), ["lambda-003"]);
}

#[test]
fn what_was_not_delivered() {
    // Functions of the account are not known, and a role that one could carry is an administrator's.
    let mut build = Build::new();
    build.user("a", &[allow(&["lambda:UpdateFunctionCode"], &["*"])]);
    build.admin_role(&trust_service("lambda.amazonaws.com"));
    build.0.accounts.get_mut(A).unwrap().kinds_complete.remove(&Kind::Function);
    let Standing::Undetermined { open, .. } = build.standing(&user_arn("a")) else { panic!() };
    assert_eq!(open.gaps.into_iter().collect::<Vec<_>>(), [Gap::Resources(A.into(), Kind::Function)]);
    // Functions of the account are not known, and the one that is carries a harmless role.
    let mut build = Build::new();
    build.user("a", &[allow(&["lambda:UpdateFunctionCode"], &["*"])]);
    build.admin_role(&trust_service("lambda.amazonaws.com"));
    build.role("idle", &trust_service("lambda.amazonaws.com"), &[]);
    build.carrier(Kind::Function, &format!("arn:aws:lambda:eu-west-1:{A}:function:f"), &role_arn("idle"));
    build.0.accounts.get_mut(A).unwrap().kinds_complete.remove(&Kind::Function);
    let Standing::Undetermined { open, .. } = build.standing(&user_arn("a")) else { panic!() };
    assert_eq!(open.gaps.into_iter().collect::<Vec<_>>(), [Gap::Resources(A.into(), Kind::Function)]);
    // What names the role of a resource was not delivered: it may be any that trusts the service.
    let mut build = Build::new();
    build.user("a", &[allow(&["ssm:SendCommand"], &["*"])]);
    build.admin_role(&trust_service("ec2.amazonaws.com"));
    let profile = format!("arn:aws:iam::{A}:instance-profile/p");
    build.carries(Kind::Instance, &format!("arn:aws:ec2:eu-west-1:{A}:instance/i-1"), Carried::Unresolved(profile.clone()));
    let Standing::Undetermined { open, .. } = build.standing(&user_arn("a")) else { panic!() };
    assert_eq!(open.gaps.into_iter().collect::<Vec<_>>(), [Gap::Carried(profile.clone())]);
    // Surely none.
    let mut build = Build::new();
    build.user("a", &[allow(&["ssm:SendCommand"], &["*"])]);
    build.admin_role(&trust_service("ec2.amazonaws.com"));
    build.carries(Kind::Instance, &format!("arn:aws:ec2:eu-west-1:{A}:instance/i-1"), Carried::Nothing);
    assert_eq!(build.standing(&user_arn("a")), Standing::None);
    // Over a resource that the principal may not touch.
    let mut build = Build::new();
    build.user("a", &[allow(&["ssm:SendCommand"], &[&format!("arn:aws:ec2:eu-west-1:{A}:instance/i-2")])]);
    build.admin_role(&trust_service("ec2.amazonaws.com"));
    build.carries(Kind::Instance, &format!("arn:aws:ec2:eu-west-1:{A}:instance/i-1"), Carried::Unresolved(profile));
    assert_eq!(build.standing(&user_arn("a")), Standing::None);
    // No role trusts the service: nothing could carry one.
    let mut build = Build::new();
    build.user("a", &[allow(&["lambda:UpdateFunctionCode"], &["*"])]);
    build.admin_role(&trust_service("ec2.amazonaws.com"));
    build.0.accounts.get_mut(A).unwrap().kinds_complete.remove(&Kind::Function);
    assert_eq!(build.standing(&user_arn("a")), Standing::None);
    // Roles of the account are not known.
    let mut build = Build::new();
    build.user("a", &[allow(&["iam:PassRole", "lambda:*"], &["*"])]);
    build.0.accounts.get_mut(A).unwrap().roles_complete = false;
    let Standing::Undetermined { open, .. } = build.standing(&user_arn("a")) else { panic!() };
    assert!(open.gaps.contains(&Gap::Roles(A.into())));
    // A trust policy is not known.
    let mut build = Build::new();
    build.user("a", &[allow(&["sts:AssumeRole"], &["*"])]);
    build.admin_role(&trust_aws("x")).trust = None;
    let Standing::Undetermined { open, .. } = build.standing(&user_arn("a")) else { panic!() };
    assert_eq!(open.gaps.into_iter().collect::<Vec<_>>(), [Gap::TrustText(role_arn("admin"))]);
}

#[test]
fn what_must_be_there() {
    let mut build = Build::new();
    build.user("a", &[allow(&["iam:PassRole", "ecs:RunTask"], &["*"])]);
    build.admin_role(&trust_service("ecs-tasks.amazonaws.com"));
    assert_eq!(build.standing(&user_arn("a")), Standing::None);
    build.carrier(Kind::Cluster, &format!("arn:aws:ecs:eu-west-1:{A}:cluster/c"), "");
    build.carrier(Kind::TaskDefinition, &format!("arn:aws:ecs:eu-west-1:{A}:task-definition/t:1"), "");
    assert_eq!(first_paths(escalates(&build.standing(&user_arn("a")))), ["ecs-008"]);
}

#[test]
fn an_instance_must_be_managed() {
    let estate = |core: bool| {
        let mut build = Build::new();
        build.user("a", &[allow(&["ssm:StartSession"], &["*"])]);
        let role = build.role("data", &trust_service("ec2.amazonaws.com"), &[allow(&["s3:GetObject"], &["arn:aws:s3:::secret/*"])]);
        if core {
            role.attached.push("arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore".into());
        }
        build.carrier(Kind::Instance, &format!("arn:aws:ec2:eu-west-1:{A}:instance/i-1"), &role_arn("data"));
        build.standing(&user_arn("a"))
    };
    assert_eq!(first_paths(escalates(&estate(true))), ["ssm-001"]);
    assert!(matches!(estate(false), Standing::Undetermined { open, .. } if open.gaps == [Gap::SystemsManager(role_arn("data"))].into()));
}

#[test]
fn self_widening_reaches_the_boundary_only() {
    let bounded = |bound: &[String]| {
        let mut build = Build::new();
        let policy = build.policy("bound", &[bound]);
        build.user("a", &[allow(&["iam:PutUserPolicy"], &[&user_arn("a")])]).boundary = Some(policy);
        build.standing(&user_arn("a"))
    };
    let put = allow(&["iam:PutUserPolicy"], &["*"]);
    assert!(matches!(bounded(&[allow(&["s3:*"], &["*"])]), Standing::Blocked(_)));
    let standing = bounded(&[put.clone(), allow(&["s3:*"], &["*"])]);
    assert!(matches!(escalates(&standing).kept[0].outcome, super::super::Outcome::Rights(_)));
    assert!(matches!(bounded(&[put, allow(&["s3:List*"], &["*"])]), Standing::None | Standing::Escalates(_)));
    let standing = bounded(&[allow(&["*"], &["*"])]);
    assert_eq!(escalates(&standing).kept[0].outcome, super::super::Outcome::Administration);
}

#[test]
fn a_delegated_creator_is_no_administrator() {
    // The pattern that AWS documents for delegation: roles only with the boundary.
    let bound = format!("arn:aws:iam::{A}:policy/bound");
    let only = format!(r#"{{"StringEquals":{{"iam:PermissionsBoundary":"{bound}"}}}}"#);
    let mut build = Build::new();
    build.policy("bound", &[&[allow(&["s3:*"], &["*"])]]);
    build.user("a", &[allow_if(&["iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy"], &["*"], &only)]);
    build.role("bounded", &trust_service("ec2.amazonaws.com"), &[]).boundary = Some(bound);
    build.role("free", &trust_service("ec2.amazonaws.com"), &[]);
    let standing = build.standing(&user_arn("a"));
    assert!(!matches!(standing, Standing::Escalates(_) | Standing::Administrator { .. }), "{standing:#?}");
}

#[test]
fn tags_decide() {
    let mut build = Build::new();
    let condition = r#"{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}"#;
    build.user("a", &[allow_if(&["sts:AssumeRole"], &["*"], condition)]).tags = Some(BTreeMap::from([("team".into(), "red".into())]));
    let root = trust_aws(&format!("arn:aws:iam::{A}:root"));
    build.admin_role(&root).tags = Some(BTreeMap::from([("team".into(), "blue".into())]));
    assert!(!matches!(build.standing(&user_arn("a")), Standing::Escalates(_)));
    build.0.principals[1].tags = Some(BTreeMap::from([("team".into(), "red".into())]));
    assert!(matches!(build.standing(&user_arn("a")), Standing::Escalates(_)));
    build.0.principals[1].tags = None;
    assert!(matches!(build.standing(&user_arn("a")), Standing::Undetermined { .. }));
}

#[test]
fn external_ids_are_known_to_who_reads_the_policy() {
    let mut build = Build::new();
    build.user("a", &[allow(&["sts:AssumeRole"], &[&role_arn("admin")])]);
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":"sts:AssumeRole","Condition":{{"StringEquals":{{"sts:ExternalId":"x1"}}}}}}}}"#,
        user_arn("a")
    );
    build.admin_role(&text);
    assert!(matches!(build.standing(&user_arn("a")), Standing::Escalates(_)));
}

#[test]
fn the_clients_own_text_of_an_aws_policy_comes_first() {
    let mut build = Build::new();
    build.user("a", &[]).attached.push(ADMIN.into());
    build.0.policies.push(super::super::super::estate::ManagedPolicy {
        arn: ADMIN.into(),
        default_version: "v9".into(),
        versions: BTreeMap::from([("v9".into(), document(&[allow(&["s3:ListAllMyBuckets"], &["*"])]))]),
    });
    assert_eq!(build.standing(&user_arn("a")), Standing::None);
}

#[test]
fn control_policies_of_an_account() {
    let mut build = Build::new();
    build.user("a", &[allow(&["iam:PutUserPolicy"], &["*"])]);
    super::every_path::control(&mut build, &[deny(&["iam:Put*"], &["*"])]);
    assert!(matches!(build.standing(&user_arn("a")), Standing::Blocked(_)));
    build.0.accounts.get_mut(A).unwrap().management = true;
    assert!(matches!(build.standing(&user_arn("a")), Standing::Escalates(_)));
    build.0.accounts.get_mut(A).unwrap().management = false;
    // What a policy without text denies is not known.
    let lost = NamedText { name: "lost".into(), text: None };
    build.0.accounts.get_mut(A).unwrap().control_policies = Some(vec![vec![lost.clone()]]);
    let Standing::Undetermined { open, .. } = build.standing(&user_arn("a")) else { panic!("sure") };
    assert_eq!(open.gaps, [Gap::ControlText("lost".into())].into());
    // What another policy denies is blocked all the same, and a principal without the rights stays without.
    let guard = NamedText { name: "guard".into(), text: Some(document(&[deny(&["iam:Put*"], &["*"])])) };
    build.0.accounts.get_mut(A).unwrap().control_policies = Some(vec![vec![lost.clone()], vec![guard, lost.clone()]]);
    assert!(matches!(build.standing(&user_arn("a")), Standing::Blocked(_)));
    build.user("b", &[allow(&["s3:GetObject"], &["*"])]);
    assert_eq!(build.standing(&user_arn("b")), Standing::None);
    // The management account is not bound.
    build.0.accounts.get_mut(A).unwrap().control_policies = Some(vec![vec![lost]]);
    build.0.accounts.get_mut(A).unwrap().management = true;
    assert!(matches!(build.standing(&user_arn("a")), Standing::Escalates(_)));
}

/// User `a` of one account assumes an administrator of another, under a resource control policy over the other: whether it can.
fn assumes_under(statement: Option<&str>, organization: bool) -> (Standing, Build) {
    let mut build = Build::new();
    let far = format!("arn:aws:iam::{B}:role/far");
    build.user("a", &[allow(&["sts:AssumeRole"], &[&far])]);
    build.principal(Subject::Role, &far, B, &[allow(&["*"], &["*"])]).trust = Some(trust_aws(&user_arn("a")));
    if organization {
        build.0.organization = Some(Organization { id: "o-a1b2c3d4e5".into(), accounts: [A.to_owned(), B.to_owned()].into() });
    }
    let text = statement.map(|statement| document(&[statement.to_owned()]));
    build.0.accounts.get_mut(B).unwrap().resource_controls = vec![NamedText { name: "guard".into(), text }];
    (build.standing(&user_arn("a")), build)
}

#[test]
fn resource_control_policies_over_the_account_of_a_role() {
    let deny = |action: &str, resource: &str, condition: &str| {
        format!(r#"{{"Effect":"Deny","Principal":"*","Action":"{action}","Resource":"{resource}"{condition}}}"#)
    };
    let perimeter = |id: &str| {
        let condition = format!(
            r#","Condition":{{"StringNotEqualsIfExists":{{"aws:PrincipalOrgID":"{id}"}},"BoolIfExists":{{"aws:PrincipalIsAWSService":"false"}}}}"#
        );
        deny("sts:AssumeRole", "*", &condition)
    };
    let outsiders = r#","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"444455556666"}}"#;
    for (statement, organization) in [
        (deny("sts:*", "*", ""), false),
        (deny("sts:Assume*", "arn:aws:iam::444455556666:role/*", ""), false),
        (deny("sts:AssumeRole", "*", outsiders), false),
        (perimeter("o-zzzzzzzzzz"), true),
    ] {
        let Standing::Blocked(blocked) = assumes_under(Some(&statement), organization).0 else { panic!("{statement}") };
        assert!(blocked.iter().any(|one| one.by.contains(&Blocker::ResourceControlPolicy)), "{statement}: {blocked:#?}");
    }
    for (statement, organization) in [
        (deny("s3:*", "*", ""), false),
        (deny("sts:AssumeRole", "arn:aws:iam::444455556666:role/other", ""), false),
        (deny("sts:AssumeRoleWithWebIdentity", "*", ""), false),
        (perimeter("o-a1b2c3d4e5"), true),
    ] {
        assert!(matches!(assumes_under(Some(&statement), organization).0, Standing::Escalates(_)), "{statement}");
    }
    // Whether the caller is of the organisation, or what the policy says, is not known.
    let Standing::Undetermined { open, .. } = assumes_under(Some(&perimeter("o-a1b2c3d4e5")), false).0 else { panic!("sure") };
    assert!(open.keys.contains("aws:principalorgid"), "{open:?}");
    let Standing::Undetermined { open, .. } = assumes_under(None, false).0 else { panic!("sure") };
    assert_eq!(open.gaps, [Gap::ControlText("guard".into())].into());
    // The management account is not bound.
    let (_, mut build) = assumes_under(Some(&deny("sts:*", "*", "")), false);
    build.0.accounts.get_mut(B).unwrap().management = true;
    assert!(matches!(build.standing(&user_arn("a")), Standing::Escalates(_)));
}

#[test]
fn where_more_ways_are_there_than_are_followed_nothing_good_is_said() {
    let mut build = Build::new();
    for name in ["a", "b", "c"] {
        build.user(name, &[allow(&["lambda:UpdateFunctionCode"], &["*"])]);
    }
    build.user("reader", &[allow(&["s3:GetObject"], &["*"])]);
    build.role("worker", &trust_service("lambda.amazonaws.com"), &[allow(&["logs:PutLogEvents"], &["*"])]);
    build.carrier(Kind::Function, &format!("arn:aws:lambda:eu-west-1:{A}:function:f"), &role_arn("worker"));
    let standing = |followed: usize, name: &str| {
        let mut estate = build.0.clone();
        estate.sort();
        let found = super::super::search::assess(&estate, followed);
        found.into_iter().find(|finding| finding.principal == user_arn(name)).map(|finding| finding.standing).unwrap()
    };
    assert_eq!(standing(usize::MAX, "c"), Standing::None, "nothing is gained from a worker that only writes logs");
    for name in ["a", "c"] {
        match standing(0, name) {
            Standing::Undetermined { open, .. } => assert!(open.gaps.contains(&Gap::Ways), "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}
