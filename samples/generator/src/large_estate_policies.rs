//! Policy documents in many forms for a large estate: wildcards, lists and single values, `NotAction`, `NotResource`, variables,
//! conditions, Deny.

use serde_json::{Map, Value, json};

use crate::random::Random;

/// Teams whose names resources bear.
pub const TEAMS: [&str; 6] = ["payments", "data", "platform", "web", "mobile", "security"];
/// What resources are for.
pub const NOUNS: [&str; 6] = ["orders", "reports", "images", "events", "audit", "cache"];
/// Regions of the estate.
pub const REGIONS: [&str; 3] = ["eu-west-1", "eu-central-1", "us-east-1"];

/// Some resources of a service, and actions that are checked against them.
pub struct Kind {
    /// Prefix of the actions.
    pub service: &'static str,
    /// ARN; `R`, `A`, `T`, `N` and `9` within braces stand for Region, account, team, noun and a number. `*`: the actions take no resource.
    pub arn: &'static str,
    /// Names of actions.
    pub actions: &'static [&'static str],
}

/// All that policies and questions are about.
pub const KINDS: [Kind; 20] = [
    kind("s3", "arn:aws:s3:::example-{T}-{N}/{N}/{9}.json", &["GetObject", "PutObject", "DeleteObject", "GetObjectTagging"]),
    kind("s3", "arn:aws:s3:::example-{T}-{N}", &["ListBucket", "DeleteBucket", "PutBucketPolicy", "GetBucketPolicy"]),
    kind("dynamodb", "arn:aws:dynamodb:{R}:{A}:table/{T}-{N}", &["GetItem", "PutItem", "DeleteTable", "DescribeTable", "Scan"]),
    kind("sqs", "arn:aws:sqs:{R}:{A}:{T}-{N}", &["SendMessage", "ReceiveMessage", "DeleteQueue", "PurgeQueue"]),
    kind("sns", "arn:aws:sns:{R}:{A}:{T}-{N}", &["Publish", "DeleteTopic", "Subscribe", "GetTopicAttributes"]),
    kind(
        "lambda",
        "arn:aws:lambda:{R}:{A}:function:{T}-{N}-{9}",
        &["InvokeFunction", "UpdateFunctionCode", "GetFunction", "DeleteFunction"],
    ),
    kind("ec2", "arn:aws:ec2:{R}:{A}:instance/i-0{T}{9}", &["TerminateInstances", "StopInstances", "StartInstances", "RebootInstances"]),
    kind("ec2", "*", &["DescribeInstances", "DescribeVolumes", "DescribeVpcs"]),
    kind("secretsmanager", "arn:aws:secretsmanager:{R}:{A}:secret:{T}/{N}-AbCdEf", &["GetSecretValue", "PutSecretValue", "DeleteSecret"]),
    kind("logs", "arn:aws:logs:{R}:{A}:log-group:/{T}/{N}", &["CreateLogGroup", "DeleteLogGroup", "PutRetentionPolicy"]),
    kind("ssm", "arn:aws:ssm:{R}:{A}:parameter/{T}/{N}", &["GetParameter", "PutParameter", "DeleteParameter"]),
    kind("rds", "arn:aws:rds:{R}:{A}:db:{T}-{N}", &["DeleteDBInstance", "ModifyDBInstance", "RebootDBInstance"]),
    kind("states", "arn:aws:states:{R}:{A}:stateMachine:{T}-{N}", &["StartExecution", "DeleteStateMachine", "DescribeStateMachine"]),
    kind("ecr", "arn:aws:ecr:{R}:{A}:repository/{T}/{N}", &["PutImage", "BatchGetImage", "DeleteRepository"]),
    kind("cloudwatch", "arn:aws:cloudwatch:{R}:{A}:alarm:{T}-{N}", &["PutMetricAlarm", "DeleteAlarms", "EnableAlarmActions"]),
    kind("events", "arn:aws:events:{R}:{A}:rule/{T}-{N}", &["PutRule", "DeleteRule", "DisableRule"]),
    kind("iam", "arn:aws:iam::{A}:role/{T}/{T}-{N}-{9}", &["PassRole", "GetRole", "PutRolePolicy", "AttachRolePolicy", "DeleteRole"]),
    kind("iam", "arn:aws:iam::{A}:user/{T}-{9}", &["GetUser", "CreateAccessKey", "PutUserPolicy", "DeleteUser"]),
    kind("iam", "arn:aws:iam::{A}:policy/{T}-{N}-{9}", &["CreatePolicyVersion", "GetPolicy", "DeletePolicy"]),
    kind("iam", "*", &["ListUsers", "ListRoles", "GetAccountSummary"]),
];

/// Number of those that are not about IAM.
const WORKLOADS: usize = 16;

const fn kind(service: &'static str, arn: &'static str, actions: &'static [&'static str]) -> Kind {
    Kind { service, arn, actions }
}

/// A document, and what the maker knows of it.
#[derive(Clone)]
pub struct Document {
    /// The document.
    pub value: Value,
    /// Whether it can be decided without values that only a request has.
    pub plain: bool,
    /// Places in [`KINDS`] that it speaks of.
    pub about: Vec<usize>,
}

/// An ARN of a kind, or a pattern for some of them where parts are given as `*`.
pub fn arn(kind: &Kind, parts: [&str; 5]) -> String {
    let names = ["{R}", "{A}", "{T}", "{N}", "{9}"];
    names.iter().zip(parts).fold(kind.arn.to_owned(), |text, (name, part)| text.replace(name, part))
}

/// One resource of a kind.
pub fn resource(random: &mut Random, kind: &Kind, account: &str) -> String {
    let (region, team, noun) = (random.word(&REGIONS), random.word(&TEAMS), random.word(&NOUNS));
    let number = random.below(40).to_string();
    arn(kind, [region, account, team, noun, &number])
}

/// A pattern for resources of a kind.
fn pattern(random: &mut Random, kind: &Kind, account: &str) -> String {
    let (region, team, noun) = (random.word(&REGIONS), random.word(&TEAMS), random.word(&NOUNS));
    match random.below(12) {
        0 | 1 => "*".to_owned(),
        2 => resource(random, kind, account),
        3 => arn(kind, ["*", account, team, "*", "*"]),
        4 => arn(kind, [region, account, "*", noun, "*"]),
        5 => arn(kind, ["*", "*", team, noun, "*"]),
        6 => arn(kind, ["*", account, "*", "*", "*"]),
        7 => {
            // One letter of the name as `?`; not of the resource type, where AWS calls a wildcard incorrect.
            let mut text = arn(kind, ["*", account, team, "*", "1?"]);
            let name = text.rfind([':', '/']).map_or(0, |at| at + 1);
            let at = name + random.index((text.len() - name).min(9));
            if text.as_bytes().get(at).is_some_and(u8::is_ascii_alphanumeric) {
                text.replace_range(at..=at, "?");
            }
            text
        }
        8 => arn(kind, ["*", account, "${aws:username}", "*", "*"]),
        9 => arn(kind, ["*", account, team, "*", "*"]).replacen("arn:aws:", "arn:*:", 1),
        10 => format!("arn:aws:{}:*", kind.arn.split(':').nth(2).unwrap_or("*")),
        _ => arn(kind, ["??-*-?", account, team, "?*", "*"]),
    }
}

/// One action, or a pattern of some.
fn action(random: &mut Random, kind: &Kind) -> String {
    let (service, name) = (kind.service, random.word(kind.actions));
    match random.below(14) {
        0 => format!("{service}:*"),
        1 => format!("{service}:{}*", &name[..3.min(name.len())]),
        2 => format!("{service}:*{}", &name[name.len() / 2..]),
        3 => format!("{service}:?{}", &name[1..]),
        4 => format!("{}:{}", service.to_uppercase(), name.to_lowercase()),
        5 => format!("{service}:{}", name.to_uppercase()),
        _ => format!("{service}:{name}"),
    }
}

/// One value as text or as a list of one; several as a list.
fn one_or_list(random: &mut Random, mut values: Vec<String>) -> Value {
    values.dedup();
    match values.as_slice() {
        [one] if random.chance(600) => json!(one),
        _ => json!(values),
    }
}

/// A condition, and whether it can be decided by who asks and for which resource.
fn condition(random: &mut Random, account: &str) -> (Value, bool) {
    let team = random.word(&TEAMS);
    match random.below(13) {
        0 => (json!({"StringEquals": {"aws:PrincipalAccount": account}}), true),
        1 => (json!({"StringNotEquals": {"aws:ResourceAccount": [account, "444455556666"]}}), true),
        2 => (
            json!({"ArnLike": {"aws:PrincipalArn": [format!("arn:aws:iam::{account}:role/{team}/*"), format!("arn:aws:iam::*:user/{team}-*")]}}),
            true,
        ),
        3 => (json!({"ArnNotLike": {"AWS:PrincipalARN": format!("arn:aws:iam::{account}:role/{team}/*")}}), true),
        4 => (json!({"StringLike": {"aws:username": [format!("{team}-*"), "*-1?"]}}), true),
        5 => (json!({"StringNotLikeIfExists": {"aws:username": "*-2*"}}), true),
        6 => (json!({"StringEqualsIfExists": {"aws:ResourceAccount": account}, "StringNotEquals": {"aws:PrincipalType": "Account"}}), true),
        7 => (json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}), false),
        8 => (json!({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}}), false),
        9 => (json!({"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}}), false),
        10 => (json!({"StringEquals": {"aws:PrincipalTag/team": team, "aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}), false),
        11 => (json!({"ForAnyValue:StringLike": {"aws:TagKeys": ["team", "cost-*"]}}), false),
        _ => (json!({"DateLessThan": {"aws:CurrentTime": "2026-12-31T23:59:59Z"}, "BoolIfExists": {"aws:ViaAWSService": false}}), false),
    }
}

/// A document of an identity policy; of 1,000 statements `iam` are about IAM.
pub fn identity(random: &mut Random, account: &str, iam: u64) -> Document {
    let (mut plain, mut about) = (true, Vec::new());
    let count = 1 + random.below(4);
    let mut statements: Vec<Value> = Vec::new();
    for number in 0..count {
        let at = if random.chance(iam) { WORKLOADS + random.index(KINDS.len() - WORKLOADS) } else { random.index(WORKLOADS) };
        let kind = &KINDS[at];
        about.push(at);
        let mut statement = Map::new();
        if random.chance(500) {
            statement.insert("Sid".to_owned(), json!(format!("Part{number}")));
        }
        let denies = number > 0 && random.chance(300);
        statement.insert("Effect".to_owned(), json!(if denies { "Deny" } else { "Allow" }));
        let mut actions: Vec<String> = (0..1 + random.below(4)).map(|_| action(random, kind)).collect();
        let widely = random.below(1000);
        if widely < iam / 5 {
            actions = vec!["*".to_owned()];
        } else if widely < 80 {
            actions.push(format!("{}:Describe*", kind.service));
        }
        if random.chance(iam * 2 / 5) {
            actions.extend(["iam:*".to_owned(), "organizations:*".to_owned()]);
            statement.insert("NotAction".to_owned(), json!(actions));
        } else {
            statement.insert("Action".to_owned(), one_or_list(random, actions));
        }
        let named = if kind.arn == "*" { Vec::new() } else { (0..1 + random.below(3)).map(|_| pattern(random, kind, account)).collect() };
        let is_open = named.is_empty() || named.iter().any(|text| text == "*");
        if random.chance(60) && !is_open {
            statement.insert("NotResource".to_owned(), one_or_list(random, named));
        } else {
            let named = if is_open { vec!["*".to_owned()] } else { named };
            statement.insert("Resource".to_owned(), one_or_list(random, named));
        }
        if random.chance(220) {
            let (condition, decidable) = condition(random, account);
            plain &= decidable;
            statement.insert("Condition".to_owned(), condition);
        }
        statements.push(Value::Object(statement));
    }
    let mut value = Map::new();
    if random.chance(960) {
        value.insert("Version".to_owned(), json!(if random.chance(970) { "2012-10-17" } else { "2008-10-17" }));
    }
    let single = statements.len() == 1 && random.chance(300);
    value.insert("Statement".to_owned(), if single { statements.remove(0) } else { Value::Array(statements) });
    Document { value: Value::Object(value), plain, about }
}

/// A document that is meant to limit: wide Allow, some Deny.
pub fn boundary(random: &mut Random, account: &str, iam: u64) -> Document {
    let mut document = identity(random, account, iam);
    let wide = json!({"Effect": "Allow", "Action": ["s3:*", "dynamodb:*", "sqs:*", "lambda:*", "logs:*", "ec2:*", "ssm:*", "iam:Get*", "iam:List*", "iam:PassRole"], "Resource": "*"});
    let denied = json!({"Effect": "Deny", "NotAction": ["s3:*", "dynamodb:*", "sqs:*", "sns:*", "lambda:*", "logs:*", "ec2:*", "rds:*", "ssm:*", "iam:*", "states:*"], "Resource": "*"});
    let given = document.value["Statement"].take();
    let mut statements = if let Value::Array(list) = given { list } else { vec![given] };
    statements.push(wide);
    if random.chance(400) {
        statements.push(denied);
    }
    document.value["Statement"] = Value::Array(statements);
    document
}

/// A role's trust policy; `others` are ARNs of users and roles of the account. It lets in whole teams where much is about IAM.
pub fn trust(random: &mut Random, account: &str, iam: u64, service: Option<&str>, others: &[String]) -> Document {
    let other = || others.first().cloned().unwrap_or_else(|| format!("arn:aws:iam::{account}:root"));
    let teams = random.chance(iam * 5);
    let (principal, action, condition, plain) = match (service, random.below(8)) {
        (Some(service), _) => (json!({"Service": service}), "sts:AssumeRole", None, true),
        (None, 0 | 1) => (json!({"AWS": format!("arn:aws:iam::{account}:root")}), "sts:AssumeRole", None, true),
        (None, 2) => (json!({"AWS": account}), "sts:AssumeRole", Some(json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}})), false),
        (None, 3) => (json!({"AWS": others}), "sts:AssumeRole", None, true),
        (None, 4) => (json!({"AWS": other()}), "sts:*", None, true),
        (None, 5) => (
            json!({"Federated": format!("arn:aws:iam::{account}:saml-provider/idp")}),
            "sts:AssumeRoleWithSAML",
            Some(json!({"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}})),
            true,
        ),
        (None, 6) if teams => (
            json!({"AWS": "*"}),
            "sts:AssumeRole",
            Some(json!({"ArnLike": {"aws:PrincipalArn": format!("arn:aws:iam::{account}:role/{}/*", random.word(&TEAMS))}})),
            true,
        ),
        (None, _) => (
            json!({"AWS": "arn:aws:iam::444455556666:root"}),
            "sts:AssumeRole",
            Some(json!({"StringEquals": {"sts:ExternalId": format!("ticket-{}", random.below(90))}})),
            false,
        ),
    };
    let mut statement = json!({"Effect": "Allow", "Principal": principal, "Action": action});
    if let Some(condition) = condition {
        statement["Condition"] = condition;
    }
    let value = json!({"Version": "2012-10-17", "Statement": [statement]});
    Document { value, plain, about: Vec::new() }
}
