//! Every path of the list: an estate where it leads to administration, and twins where something is missing or stands against it.

use super::super::super::estate::{Kind, Subject};
use super::super::super::paths::{self, Gain, Over, Path};
use super::super::{Blocker, Chains, Standing};
use super::build::*;

/// What differs from the estate where the path works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Twin {
    Works,
    Denied,
    Bounded,
    Mfa,
    ConditionFails,
    Without(usize),
    /// The role trusts something else; the user, group or policy gives nothing.
    Elsewhere,
    ControlPolicy,
}

fn carrier_arn(kind: Kind) -> String {
    let text = match kind {
        Kind::AppRunnerService => "apprunner:eu-west-1:A:service/s/0123",
        Kind::CodeInterpreter => "bedrock-agentcore:eu-west-1:A:code-interpreter-custom/ci-1",
        Kind::Stack => "cloudformation:eu-west-1:A:stack/s/0123",
        Kind::BuildProject => "codebuild:eu-west-1:A:project/p",
        Kind::Instance => "ec2:eu-west-1:A:instance/i-0123",
        Kind::LaunchTemplate => "ec2:eu-west-1:A:launch-template/lt-0123",
        Kind::Task => "ecs:eu-west-1:A:task/c/0123",
        Kind::DevEndpoint => "glue:eu-west-1:A:devEndpoint/d",
        Kind::Function => "lambda:eu-west-1:A:function:f",
        Kind::Notebook => "sagemaker:eu-west-1:A:notebook-instance/n",
        Kind::StateMachine => "states:eu-west-1:A:stateMachine:m",
        other => panic!("{other:?}"),
    };
    format!("arn:aws:{}", text.replace(":A:", &format!(":{A}:")))
}

/// The estate, and the ARN of the principal that takes the path.
fn estate(path: &Path, twin: Twin) -> (Build, String) {
    let mut build = Build::new();
    let as_role = path.subject == Some(Subject::Role) || path.gain == Gain::OwnRole;
    let arn = if as_role { role_arn("start") } else { user_arn("start") };
    let mut statements = Vec::new();
    let carrier = path.carrier.map(carrier_arn);
    let policy = format!("arn:aws:iam::{A}:policy/own");
    let group = format!("arn:aws:iam::{A}:group/admins");
    let condition = match twin {
        Twin::Mfa => Some(MFA),
        Twin::ConditionFails => Some(r#"{"StringEquals":{"aws:PrincipalTag/team":"platform"}}"#),
        _ => None,
    };
    for (at, need) in path.needs.iter().enumerate() {
        if twin == Twin::Without(at) {
            continue;
        }
        let resource = match need.over {
            Over::Own => arn.clone(),
            Over::User => user_arn("other"),
            Over::Role | Over::Passed => role_arn("admin"),
            Over::Group => group.clone(),
            Over::Policy => policy.clone(),
            Over::Carrier => carrier.clone().unwrap(),
            Over::Any => "*".to_owned(),
        };
        statements.push(match condition {
            Some(condition) => allow_if(&[&need.action], &[&resource], condition),
            None => allow(&[&need.action], &[&resource]),
        });
    }
    let admin = [allow(&["*"], &["*"])];
    let nothing = [allow(&["s3:ListAllMyBuckets"], &["*"])];
    let gives: &[String] = if twin == Twin::Elsewhere { &nothing } else { &admin };
    if twin == Twin::Denied {
        let actions: Vec<&str> = path.needs.iter().map(|need| need.action.as_str()).collect();
        statements.push(deny(&actions, &["*"]));
    }
    let boundary = (twin == Twin::Bounded).then(|| build.policy("bound", &[&[allow(&["s3:*"], &["*"])]]));
    let start =
        if as_role { build.role("start", &trust_service("ec2.amazonaws.com"), &statements) } else { build.user("start", &statements) };
    start.boundary = boundary;
    match path.gain {
        Gain::OwnPolicy | Gain::OwnVersion => start.attached.push(policy.clone()),
        Gain::OwnGroup => start.groups.push("admins".into()),
        Gain::LiftBoundary | Gain::DropAttached | Gain::DropInline | Gain::LeaveGroup => return liberation(path, twin, arn, build),
        _ => {}
    }
    match path.gain {
        Gain::OwnPolicy => drop(build.policy("own", &[&nothing])),
        Gain::OwnVersion => drop(build.policy("own", &[&nothing, gives])),
        Gain::OwnGroup => drop(build.group("admins", &nothing, &[])),
        Gain::JoinGroup => drop(build.group("admins", gives, &[])),
        Gain::User => drop(build.user("other", gives)),
        Gain::WidenedUser => {
            let bound = build.policy("small", &[&nothing]);
            build.user("other", &[]).boundary = (twin == Twin::Elsewhere).then_some(bound);
        }
        Gain::Role | Gain::WidenedRole => {
            let bound = build.policy("small", &[&nothing]);
            let assume = path.needs.iter().any(|need| need.action == "sts:AssumeRole");
            let trusted = if assume && twin == Twin::Elsewhere {
                trust_aws(&role_arn("nobody"))
            } else if assume {
                trust_aws(&format!("arn:aws:iam::{A}:root"))
            } else {
                trust_service("ec2.amazonaws.com")
            };
            let role = build.role("admin", &trusted, if path.gain == Gain::Role { gives } else { &[] });
            if path.gain == Gain::WidenedRole && twin == Twin::Elsewhere {
                role.boundary = Some(bound);
            }
            if path.needs.iter().any(|need| need.over == Over::Policy) {
                role.attached.push(policy.clone());
                build.policy("own", &[&nothing]);
            }
        }
        Gain::Passed => {
            let service = if twin == Twin::Elsewhere { "backup.amazonaws.com" } else { &path.services[0] };
            build.role("admin", &trust_service(service), &admin);
            for kind in &path.requires {
                build.carrier(*kind, &format!("arn:aws:x:eu-west-1:{A}:x/x"), &role_arn("other"));
            }
        }
        Gain::Carrier => {
            build.role("admin", &trust_service(path.carrier.unwrap().service().unwrap()), gives);
            build.carrier(path.carrier.unwrap(), &carrier.unwrap(), &role_arn("admin"));
        }
        _ => {}
    }
    if twin == Twin::ControlPolicy {
        let actions: Vec<&str> = path.needs.iter().map(|need| need.action.as_str()).collect();
        control(&mut build, &[deny(&actions, &["*"])]);
    }
    (build, arn)
}

pub fn control(build: &mut Build, statements: &[String]) {
    use super::super::super::estate::NamedText;
    let mut all = vec![allow(&["*"], &["*"])];
    all.extend(statements.iter().cloned());
    let policy = NamedText { name: "guard".into(), text: Some(document(&all)) };
    build.0.accounts.get_mut(A).unwrap().control_policies = Some(vec![vec![policy]]);
}

/// Paths that take away what holds an administrator back.
fn liberation(path: &Path, twin: Twin, arn: String, mut build: Build) -> (Build, String) {
    build.0.principals.clear();
    let as_role = path.subject == Some(Subject::Role);
    let action = path.needs[0].action.clone();
    let condition = match twin {
        Twin::Mfa => Some(MFA),
        Twin::ConditionFails => Some(r#"{"StringEquals":{"aws:PrincipalTag/team":"platform"}}"#),
        _ => None,
    };
    // All but the action of the path, which has a statement of its own.
    let mut own = vec![format!(r#"{{"Effect":"Allow","NotAction":"{action}","Resource":"*"}}"#)];
    if !matches!(twin, Twin::Without(_)) {
        own.push(condition.map_or_else(|| allow(&[&action], &["*"]), |condition| allow_if(&[&action], &["*"], condition)));
    }
    let every = ["iam:Create*", "iam:Put*Policy", "iam:Attach*", "iam:Update*", "iam:AddUser*", "iam:SetDefault*", "iam:PassRole"];
    let held = deny(&every, &["*"]);
    if twin == Twin::Denied {
        own.push(deny(&[&action], &["*"]));
    }
    let bound_extra = if twin == Twin::Bounded { "iam:GetUser" } else { action.as_str() };
    let boundary = build.policy("bound", &[&[allow(&["s3:*", bound_extra], &["*"])]]);
    let attached = build.policy("held", &[std::slice::from_ref(&held)]);
    build.group("held", std::slice::from_ref(&held), &[]);
    let start = if as_role { build.role("start", &trust_service("ec2.amazonaws.com"), &own) } else { build.user("start", &own) };
    match path.gain {
        Gain::LiftBoundary => start.boundary = Some(boundary),
        _ if twin == Twin::Bounded => start.boundary = Some(boundary),
        _ => {}
    }
    match path.gain {
        Gain::DropAttached => start.attached.push(attached),
        Gain::DropInline => {
            start.inline.push(super::super::super::estate::NamedText { name: "held".into(), text: Some(document(&[held])) })
        }
        Gain::LeaveGroup => start.groups.push("held".into()),
        _ => {}
    }
    if twin == Twin::ControlPolicy {
        control(&mut build, &[deny(&[&action], &["*"])]);
    }
    (build, arn)
}

fn has(chains: &Chains, id: &str) -> bool {
    chains.kept.iter().any(|chain| chain.steps[0].path == id)
}

#[test]
fn every_path_leads_to_administration() {
    for path in paths::all().iter().filter(|path| path.gain != Gain::ReachedRole) {
        let (build, arn) = estate(path, Twin::Works);
        let standing = build.standing(&arn);
        let Standing::Escalates(chains) = &standing else { panic!("{}: {standing:#?}", path.id) };
        assert!(has(chains, &path.id), "{}: {chains:#?}", path.id);
        let chain = chains.kept.iter().find(|chain| chain.steps[0].path == path.id).unwrap();
        assert_eq!(chain.outcome, super::super::Outcome::Administration, "{}", path.id);
        assert!(!chain.steps[0].statements.is_empty(), "{}", path.id);
    }
}

#[test]
fn a_deny_a_boundary_or_a_control_policy_blocks_every_path() {
    for path in paths::all().iter().filter(|path| path.gain != Gain::ReachedRole) {
        for twin in [Twin::Denied, Twin::Bounded, Twin::ControlPolicy] {
            let (build, arn) = estate(path, twin);
            let standing = build.standing(&arn);
            let Standing::Blocked(blocked) = &standing else { panic!("{} {twin:?}: {standing:#?}", path.id) };
            let found = blocked.iter().flat_map(|path| &path.by).any(|by| match twin {
                Twin::Denied => matches!(by, Blocker::Deny(_)),
                Twin::Bounded => matches!(by, Blocker::Boundary(_)),
                _ => matches!(by, Blocker::ControlPolicy),
            });
            assert!(found, "{} {twin:?}: {blocked:#?}", path.id);
        }
    }
}

#[test]
fn conditions_decide_every_path() {
    for path in paths::all().iter().filter(|path| path.gain != Gain::ReachedRole) {
        let (build, arn) = estate(path, Twin::Mfa);
        let standing = build.standing(&arn);
        let Standing::Undetermined { chains, open } = &standing else { panic!("{}: {standing:#?}", path.id) };
        assert!(has(chains, &path.id), "{}", path.id);
        assert!(open.keys.contains("aws:multifactorauthpresent"), "{}: {open:?}", path.id);
        let (build, arn) = estate(path, Twin::ConditionFails);
        let standing = build.standing(&arn);
        assert!(matches!(standing, Standing::Blocked(_)), "{}: {standing:#?}", path.id);
    }
}

#[test]
fn every_permission_is_needed() {
    for path in paths::all().iter().filter(|path| path.gain != Gain::ReachedRole) {
        for at in 0..path.needs.len() {
            // The same action over two things: the one over anything covers the other.
            if path.needs.iter().filter(|need| need.action == path.needs[at].action).count() > 1 {
                continue;
            }
            let (build, arn) = estate(path, Twin::Without(at));
            if let Standing::Escalates(chains) = build.standing(&arn) {
                assert!(!has(&chains, &path.id), "{} without {}", path.id, path.needs[at].action);
                // Only where another path needs less.
                let others = chains.kept.iter().all(|chain| paths::find(chain.steps[0].path).unwrap().needs.len() < path.needs.len());
                assert!(others, "{} without {}: {chains:#?}", path.id, path.needs[at].action);
            }
        }
    }
}

#[test]
fn a_target_that_gives_nothing_is_none() {
    for path in paths::all().iter().filter(|path| path.gain != Gain::ReachedRole) {
        let twin = Twin::Elsewhere;
        if matches!(
            path.gain,
            Gain::OwnUser
                | Gain::OwnRole
                | Gain::OwnGroup
                | Gain::OwnPolicy
                | Gain::LiftBoundary
                | Gain::DropAttached
                | Gain::DropInline
                | Gain::LeaveGroup
                | Gain::Created
        ) {
            continue;
        }
        let (build, arn) = estate(path, twin);
        let standing = build.standing(&arn);
        // What can be had without the target, such as new keys of a user that has no rights, is nothing.
        let by_trust = path.gain == Gain::Passed || path.needs.iter().any(|need| need.action == "sts:AssumeRole");
        if by_trust {
            assert!(
                matches!(&standing, Standing::Blocked(blocked) if blocked.iter().flat_map(|path| &path.by).any(|by| matches!(by, Blocker::Trust(_))))
                    || standing == Standing::None,
                "{}: {standing:#?}",
                path.id
            );
        } else {
            assert_eq!(standing, Standing::None, "{}", path.id);
        }
    }
}
