//! Who is an administrator, in all spellings; and who only looks like one.

use super::super::super::estate::NamedText;
use super::super::{Blocker, Standing};
use super::build::*;

fn of(statements: &[String]) -> Standing {
    let mut build = Build::new();
    build.user("u", statements);
    build.standing(&user_arn("u"))
}

fn raw(statement: &str) -> Standing {
    of(&[statement.to_owned()])
}

#[test]
fn every_spelling() {
    for actions in [&["*"][..], &["*:*"], &["?*"], &["**"], &["iam:*", "*"], &["iam:*"], &["IAM:*"], &["i?m:*"]] {
        for resources in [&["*"][..], &["**"], &["?*"], &["arn:aws:*"], &["arn:*"], &["arn:aws:iam::*"], &["arn:aws:iam::111122223333:*"]] {
            assert!(is_admin(&of(&[allow(actions, resources)])), "{actions:?} {resources:?}");
        }
    }
    let roles = [
        "arn:aws:iam::111122223333:role*",
        "arn:aws:iam::111122223333:user/*",
        "arn:aws:iam::*:group/*",
        "arn:aws:iam::111122223333:policy/*",
    ];
    assert!(is_admin(&of(&[allow(&["*"], &roles)])));
    assert!(is_admin(&raw(r#"{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}"#)));
    assert!(is_admin(&raw(r#"{"Effect":"Allow","NotAction":["organizations:*","account:*"],"Resource":"*"}"#)));
    assert!(is_admin(&raw(r#"{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::logs/*"}"#)));
}

#[test]
fn all_but_a_variable() {
    let mut build = Build::new();
    let statement =
        |variable: &str| format!(r#"{{"Effect":"Allow","Action":"iam:*","NotResource":"arn:aws:iam::111122223333:user/${{{variable}}}"}}"#);
    build.user("u", &[statement("aws:username")]);
    build.role("r", &trust_service("ec2.amazonaws.com"), &[statement("aws:username")]);
    build.user("tagged", &[statement("aws:PrincipalTag/x")]);
    // A user's name is known: all but itself. A role has none, and AWS says that such a statement may be invalid.
    assert!(is_admin(&build.standing(&user_arn("u"))));
    assert!(!is_admin(&build.standing(&role_arn("r"))) && build.standing(&role_arn("r")) != Standing::None);
    assert!(build.standing(&user_arn("tagged")) != Standing::None);
}

#[test]
fn by_group_by_attached_policy_by_several() {
    let mut build = Build::new();
    let policy = build.policy("all", &[&[allow(&["*"], &["*"])]]);
    build.group("ops", &[], &[ADMIN]);
    build.user("group", &[]).groups.push("ops".into());
    build.user("attached", &[]).attached.push(ADMIN.into());
    build.user("custom", &[]).attached.push(policy);
    build.user("iam", &[]).attached.push("arn:aws:iam::aws:policy/IAMFullAccess".into());
    build.user("parts", &[allow(&["iam:A*", "iam:C*", "iam:P*"], &["*"]), allow(&["iam:S*", "iam:U*"], &["*"])]);
    build.role("role", &trust_service("ec2.amazonaws.com"), &[]).attached.push(ADMIN.into());
    for finding in build.findings() {
        assert!(is_admin(&finding.standing), "{finding:#?}");
    }
    let Standing::Administrator { statements, .. } = build.standing(&user_arn("group")) else { panic!() };
    assert_eq!(
        statements,
        [super::super::StatementRef { policy: super::super::Place::GroupAttached("ops".into(), ADMIN.into()), position: 0 }]
    );
}

#[test]
fn not_administrators() {
    let mut build = Build::new();
    for (name, policy) in [("power", "PowerUserAccess"), ("read", "ReadOnlyAccess"), ("audit", "SecurityAudit")] {
        build.user(name, &[]).attached.push(format!("arn:aws:iam::aws:policy/{policy}"));
        assert_eq!(build.standing(&user_arn(name)), Standing::None, "{name}");
    }
    assert_eq!(raw(r#"{"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":"*"}"#), Standing::None);
    assert_eq!(of(&[allow(&["*"], &["arn:aws:s3:::*"])]), Standing::None);
    assert_eq!(of(&[allow(&["*"], &["arn:aws:iam::999999999999:*"])]), Standing::None);
}

#[test]
fn held_back() {
    for held in [deny(&["*"], &["*"]), deny(&["iam:*"], &["*"]), deny(&["iam:*"], &["arn:aws:iam::*"])] {
        let Standing::Blocked(blocked) = of(&[allow(&["*"], &["*"]), held.clone()]) else { panic!("{held}") };
        assert!(blocked.iter().any(|path| path.path.is_none() && path.by.iter().any(|by| matches!(by, Blocker::Deny(_)))), "{blocked:#?}");
    }
    let mut build = Build::new();
    let bound = build.policy("bound", &[&[allow(&["s3:*"], &["*"])]]);
    let user = build.user("u", &[]);
    user.attached.push(ADMIN.into());
    user.boundary = Some(bound.clone());
    let Standing::Blocked(blocked) = build.standing(&user_arn("u")) else { panic!() };
    assert!(blocked.iter().any(|path| path.by.contains(&Blocker::Boundary(bound.clone()))));
    // An AWS managed policy as the boundary.
    for (policy, admin) in [("PowerUserAccess", false), ("ReadOnlyAccess", false), ("AdministratorAccess", true)] {
        let mut build = Build::new();
        let user = build.user("u", &[]);
        user.attached.push(ADMIN.into());
        user.boundary = Some(format!("arn:aws:iam::aws:policy/{policy}"));
        assert_eq!(is_admin(&build.standing(&user_arn("u"))), admin, "{policy}");
    }
}

#[test]
fn guard_rails_do_not_end_it() {
    let whole = allow(&["*"], &["*"]);
    for rail in [
        deny(&["iam:CreateUser", "iam:CreateAccessKey"], &["*"]),
        deny(&["s3:*"], &["*"]),
        deny(&["iam:*"], &["arn:aws:iam::*:role/break-glass"]),
        deny(&["cloudtrail:StopLogging", "organizations:*"], &["*"]),
        r#"{"Effect":"Deny","NotAction":"iam:*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}}"#
            .to_owned(),
        r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}}"#
            .to_owned(),
    ] {
        assert!(is_admin(&of(&[whole.clone(), rail.clone()])), "{rail}");
    }
}

#[test]
fn conditional_administrators() {
    let mfa = r#"{"Effect":"Deny","NotAction":"iam:*MFADevice","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}"#;
    for statements in [vec![allow_if(&["*"], &["*"], MFA)], vec![allow(&["*"], &["*"]), mfa.to_owned()]] {
        let Standing::Administrator { open, .. } = of(&statements) else { panic!() };
        assert_eq!(open.keys.iter().collect::<Vec<_>>(), ["aws:multifactorauthpresent"]);
    }
}

#[test]
fn unknown_texts() {
    let mut build = Build::new();
    build.user("u", &[]).attached.push(format!("arn:aws:iam::{A}:policy/lost"));
    build.user("new", &[]).attached.push("arn:aws:iam::aws:policy/NewerThanTheSet".into());
    build.user("broken", &[]).inline.push(NamedText { name: "bad".into(), text: Some("{".into()) });
    build.user("admin", &[allow(&["*"], &["*"])]).attached.push(format!("arn:aws:iam::{A}:policy/lost"));
    for name in ["u", "new", "broken"] {
        let standing = build.standing(&user_arn(name));
        assert!(matches!(&standing, Standing::Undetermined { open, .. } if open.gaps.len() == 1), "{standing:#?}");
    }
    assert!(is_admin(&build.standing(&user_arn("admin"))));
}
