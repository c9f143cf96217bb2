//! Cases decided by a simulator (`oracle/simulate.mjs`), and the table of those where AWS's documentation says otherwise.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::super::super::condition::Context;
use super::super::super::condition::Value;
use super::*;

/// Cases with the simulator's decisions.
const DECISIONS: &str = include_str!("../../../../tests/oracle/policy/decisions.json");

/// Where ours differs: the case, our decision, and the page of AWS that says so.
const DIFFERS: &[(&str, &str, &str)] = &[
    // "All IP addresses except the specified IP address or range": an IPv6 address is not the IPv4 address.
    ("operator: NotIpAddress aws:SourceIp 2001:db9::1", "Allowed", CONDITION_OPERATORS),
    // With IfExists, a key that is not present makes the condition true.
    ("set: ForAnyValue:StringEqualsIfExists absent", "Allowed", CONDITION_OPERATORS),
    ("set: ForAnyValue:StringLikeIfExists absent", "Allowed", CONDITION_OPERATORS),
    ("set: ForAnyValue:StringNotEqualsIfExists absent", "Allowed", CONDITION_OPERATORS),
    ("set: ForAnyValue:StringNotLikeIfExists absent", "Allowed", CONDITION_OPERATORS),
    ("set: ForAnyValue:StringEqualsIgnoreCaseIfExists absent", "Allowed", CONDITION_OPERATORS),
    // The account must be listed with the principal, else the Deny may reach the whole account.
    ("not: NotPrincipal in a Deny, user listed alone", "Conditional", NOT_PRINCIPAL),
    // Listed without the principal, the account may or may not stand for those in it.
    ("not: NotPrincipal in a Deny, another user listed", "Conditional", NOT_PRINCIPAL),
    ("not: NotPrincipal in a Deny, account listed alone", "Conditional", NOT_PRINCIPAL),
    // What a resource policy gives to a session's ARN is not limited by an implicit deny in a session policy.
    ("session: silent, resource policy names session", "Allowed", EVALUATION),
    ("session: silent, resource policy names federated user", "Allowed", EVALUATION),
];

const CONDITION_OPERATORS: &str = "IAM User Guide: IAM JSON policy elements: Condition operators";
const NOT_PRINCIPAL: &str = "IAM User Guide: AWS JSON policy elements: NotPrincipal";
const EVALUATION: &str = "IAM User Guide: How AWS enforcement code logic evaluates requests to allow or deny access";

fn who(principal: Option<&str>) -> Who {
    let Some(text) = principal else { return Who::Anonymous };
    let arn = text.to_owned();
    match text.split(':').nth(5).and_then(|resource| resource.split('/').next()) {
        Some("user") => Who::User { arn, id: None },
        Some("role") => Who::Role { arn, id: None },
        Some("assumed-role") => Who::Session { arn, role: None },
        Some("federated-user") => Who::FederatedUser { user: Some(arn.replace(":sts:", ":iam:").replace("federated-user", "user")), arn },
        _ => Who::Service { name: arn },
    }
}

fn documents(node: &Json) -> Vec<Compiled> {
    node.as_array().map(|list| list.iter().map(|document| compiled(&document.to_string())).collect()).unwrap_or_default()
}

fn decide_case(case: &Json) -> Outcome {
    let action = case["action"].as_str().unwrap();
    let service = action.split(':').next().unwrap();
    let mut context = Context::complete(service);
    for (key, value) in case["context"].as_object().unwrap() {
        let values = match value {
            Json::Array(list) => list.iter().map(|value| value.as_str().unwrap().to_owned()).collect(),
            value => vec![value.as_str().unwrap().to_owned()],
        };
        context.set(key, Value::Present(values));
    }
    let kind = match service {
        "kms" => ResourceKind::Key,
        "sts" => ResourceKind::Trust,
        "s3" => ResourceKind::S3,
        _ => ResourceKind::Other,
    };
    let one = |member: &str| case.get(member).map(|document| compiled(&document.to_string()));
    let (boundary, session, resource) = (one("boundary"), one("session"), one("policy"));
    let identity = documents(&case["identity"]);
    let identity: Vec<Policy<'_>> = identity.iter().map(|document| policy("identity", document)).collect();
    let session: Vec<Policy<'_>> = session.iter().map(|document| policy("session", document)).collect();
    let levels = |member: &str| -> Vec<Vec<Compiled>> {
        case.get(member).and_then(Json::as_array).map(|list| list.iter().map(documents).collect()).unwrap_or_default()
    };
    let (scps, rcps) = (levels("scps"), levels("rcps"));
    fn named(levels: &[Vec<Compiled>]) -> Vec<Vec<Policy<'_>>> {
        levels.iter().map(|level| level.iter().map(|document| policy("level", document)).collect()).collect()
    }
    let (scps, rcps) = (named(&scps), named(&rcps));
    fn with<'a>(levels: &'a [Vec<Policy<'a>>]) -> Vec<Level<'a>> {
        levels.iter().map(|policies| Level { id: "level", policies: Some(policies) }).collect()
    }
    let (scps, rcps) = (with(&scps), with(&rcps));
    let policies = Policies {
        identity: &identity,
        boundary: boundary.as_ref().map(|document| policy("boundary", document)),
        session: &session,
        resource: match &resource {
            Some(document) => ResourcePolicy::Given(kind, policy("resource", document)),
            None => ResourcePolicy::Nothing(kind),
        },
        scps: &scps,
        manages: false,
        rcps: &rcps,
    };
    let who = who(case["principal"].as_str());
    let resource = case["resource"].as_str().unwrap();
    decide(&Request { who: &who, action, resource, resource_account: case["account"].as_str(), context: &context }, &policies)
}

/// The decision as the simulator calls it.
pub(super) fn word(decision: &Decision) -> &'static str {
    match decision {
        Decision::Allowed => "Allowed",
        Decision::Denied => "ExplicitlyDenied",
        Decision::NotAllowed => "ImplicitlyDenied",
        Decision::Conditional(_) => "Conditional",
        Decision::Unknown(_) => "Unknown",
    }
}

#[test]
fn decisions_agree_with_the_simulator() {
    let file: Json = serde_json::from_str(DECISIONS).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() >= 250);
    let known: BTreeMap<&str, &str> = DIFFERS.iter().map(|(name, ours, _)| (*name, *ours)).collect();
    let mut wrong = Vec::new();
    let mut met = 0;
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let ours = decide_case(case).decision;
        let wanted = known.get(name).copied().unwrap_or_else(|| case["decision"].as_str().unwrap());
        met += usize::from(known.contains_key(name));
        if word(&ours) != wanted {
            wrong.push(format!("{name}: {ours:?}, not {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert_eq!(met, DIFFERS.len(), "a case of the table no longer exists");
    assert!(DIFFERS.iter().all(|(_, _, page)| page.starts_with("IAM User Guide")));
}
