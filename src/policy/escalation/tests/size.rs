//! How long a large estate takes. Run it with `cargo test --release -- --ignored --nocapture large_estate`.

use std::time::Instant;

use super::super::super::estate::{Account, Carried, Carrier, Estate, Kind, NamedText, Principal, Subject};
use super::super::super::grants;
use super::super::{Standing, assess};
use super::build::*;

const ROLES: usize = 10_000;
const CARRIERS: usize = 2_000;
const ACCOUNTS: usize = 20;

/// Roles of a client with many workloads: own data each, common AWS policies, pipelines that pass roles, people's roles that assume others.
fn large() -> Estate {
    let mut estate = Estate::default();
    for number in 0..ACCOUNTS {
        let account =
            Account { roles_complete: true, users_complete: true, kinds_complete: KINDS.iter().copied().collect(), ..Account::default() };
        estate.accounts.insert(format!("{:012}", 100_000_000_000_usize + number), account);
    }
    let ids: Vec<String> = estate.accounts.keys().cloned().collect();
    let services = ["lambda", "ec2", "ecs-tasks", "codebuild", "glue", "states"];
    for number in 0..ROLES {
        let id = &ids[number % ACCOUNTS];
        let mut role = Principal::new(Subject::Role, &format!("arn:aws:iam::{id}:role/app-{number:05}"), id);
        let bucket = format!("arn:aws:s3:::data-{number}");
        let mut own = vec![
            allow(&["s3:GetObject", "s3:PutObject", "s3:ListBucket"], &[&bucket, &format!("{bucket}/*")]),
            allow(&["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], &[&format!("arn:aws:dynamodb:*:{id}:table/t-{number}")]),
            allow(&["logs:*", "cloudwatch:PutMetricData", "ec2:Describe*"], &["*"]),
            allow(&["kms:Decrypt"], &[&format!("arn:aws:kms:*:{id}:key/{number}")]),
        ];
        if number % 10 == 0 {
            own.push(allow(&["iam:PassRole"], &[&format!("arn:aws:iam::{id}:role/app-{:05}", (number + ACCOUNTS) % ROLES)]));
            own.push(allow(&["lambda:*", "ecs:*"], &["*"]));
        }
        if number % 50 == 1 {
            own.push(allow(&["iam:PassRole"], &["*"]));
            own.push(allow(&["lambda:*", "ec2:*", "glue:*", "codebuild:*", "cloudformation:*", "ecs:*"], &["*"]));
        }
        if number % 10 == 3 {
            own.push(allow(&["sts:AssumeRole"], &[&format!("arn:aws:iam::*:role/app-0{:02}*", number % 100)]));
        }
        if number % 200 == 7 {
            role.attached.push(ADMIN.into());
        }
        match number % 7 {
            0 => role.attached.push("arn:aws:iam::aws:policy/ReadOnlyAccess".into()),
            1 => role.attached.push("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole".into()),
            2 => role.attached.push("arn:aws:iam::aws:policy/PowerUserAccess".into()),
            _ => {}
        }
        role.trust = Some(match number % 5 {
            0 => trust_aws(&format!("arn:aws:iam::{id}:root")),
            1 => trust_aws(&format!("arn:aws:iam::{}:role/app-{:05}", ids[(number * 7 + 3) % ROLES % ACCOUNTS], (number * 7 + 3) % ROLES)),
            _ => trust_service(&format!("{}.amazonaws.com", services[number % services.len()])),
        });
        role.inline.push(NamedText { name: "own".into(), text: Some(document(&own)) });
        role.instance_profile = Some(number % 3 == 0);
        estate.principals.push(role);
    }
    let kinds =
        [(Kind::Function, "lambda", "function:f"), (Kind::Instance, "ec2", "instance/i-"), (Kind::BuildProject, "codebuild", "project/p")];
    for number in 0..CARRIERS {
        let role = &estate.principals[number * 5 % ROLES];
        let (kind, service, name) = kinds[number % kinds.len()];
        let arn = format!("arn:aws:{service}:eu-west-1:{}:{name}{number}", role.account);
        estate.carriers.push(Carrier { kind, arn, account: role.account.clone(), role: Carried::Role(role.arn.clone()), tags: None });
    }
    estate
}

#[test]
#[ignore = "takes long without optimisation"]
fn large_estate() {
    let mut estate = large();
    let start = Instant::now();
    let access = grants::access(&mut estate);
    let rows: usize = access.iter().map(|access| access.grants.len().max(1)).sum();
    println!("grants: {:?}, {rows} rows, {}", start.elapsed(), memory());
    drop(access);
    let start = Instant::now();
    let findings = assess(&mut estate);
    let mut counts = [0_usize; 5];
    for finding in &findings {
        counts[match finding.standing {
            Standing::Administrator { .. } => 0,
            Standing::Escalates(_) => 1,
            Standing::Undetermined { .. } => 2,
            Standing::Blocked(_) => 3,
            Standing::None => 4,
        }] += 1;
    }
    println!("escalation: {:?}, {counts:?}, {}", start.elapsed(), memory());
    assert_eq!(findings.len(), ROLES);
}

/// Peak of the process, from the kernel where it tells.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default().to_owned()
}
