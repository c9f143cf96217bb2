//! What AWS would decide of a request, from the policies that apply to it.
//!
//! Source: IAM User Guide, "Policy evaluation logic" with its pages on single accounts and across accounts, "Permissions boundaries for IAM
//! entities", "AWS JSON policy elements: Principal" and "NotPrincipal"; KMS Developer Guide, "Key policies in AWS KMS"; AWS Organizations User Guide,
//! "SCP evaluation" and "Resource control policies (RCPs)".
//!
//! - An explicit Deny anywhere wins.
//! - Same account: an identity policy or the resource policy allows. A boundary and session policies limit identity policies, and what a
//!   resource policy gives to a role's ARN; not what it gives to a user's or a session's ARN, or to anyone.
//! - Across accounts: both sides must allow.
//! - KMS keys and trust policies: the resource policy must allow, or name the account, which hands the question to its identity policies.
//! - SCPs: every level must allow; they leave out the management account, service-linked roles and service principals. RCPs: only their Deny
//!   statements matter, since their full-access policy cannot be detached; they cover listed services.
//! - SCPs and RCPs that were not delivered are a limit of the whole result, stated once elsewhere; they change no decision here.

mod compiled;
mod over;
mod principal;
mod reason;
mod request;
mod tally;
#[cfg(test)]
mod tests;

pub use compiled::Compiled;
pub use over::{Over, decide_over};
pub use principal::{Who, context};
pub use reason::{Decision, Outcome, PolicyKind, Reason, ResourceKind, Used};
pub use request::{Level, Policies, Policy, Request, ResourcePolicy};

use std::borrow::Cow;

use super::keys;
use tally::{Ask, Lean, Mark, Tally, Target, Tri};

/// What AWS would decide, and the statements that decide it.
pub fn decide(request: &Request<'_>, policies: &Policies<'_>) -> Outcome {
    let action = lower(request.action);
    evaluate(request, &action, Target::One(request.resource), policies, Lean::Some).0
}

/// An action in lower case.
fn lower(action: &str) -> Cow<'_, str> {
    if action.bytes().any(|b| b.is_ascii_uppercase()) { Cow::Owned(action.to_lowercase()) } else { Cow::Borrowed(action) }
}

/// One evaluation. `lean` says how a statement counts that reaches only part of a target with several resources; the second value, whether any
/// does.
fn evaluate<'a>(request: &Request<'a>, action: &'a str, target: Target<'a>, policies: &Policies<'a>, lean: Lean) -> (Outcome, bool) {
    let who = request.who;
    let ask = Ask { who, action, target, context: request.context, bounded: policies.boundary.is_some(), lean };
    let same = request.resource_account.is_none_or(|account| who.account() == Some(account));

    let identity = Tally::of(&ask, PolicyKind::Identity, policies.identity);
    let boundary = policies.boundary.map(|policy| Tally::of(&ask, PolicyKind::Boundary, &[policy]));
    let session = (!policies.session.is_empty()).then(|| Tally::of(&ask, PolicyKind::Session, policies.session));
    let (kind, resource) = match policies.resource {
        ResourcePolicy::Given(kind, policy) => (kind, Tally::of(&ask, PolicyKind::Resource(kind), &[policy])),
        ResourcePolicy::NotDelivered(kind) => {
            let missing = Policy { name: "", document: None };
            (kind, Tally::of(&ask, PolicyKind::Resource(kind), &[missing]))
        }
        ResourcePolicy::Nothing(kind) => (kind, Tally::default()),
        ResourcePolicy::Unasked => (ResourceKind::Other, Tally::default()),
    };
    let limited = !policies.manages && who.account().is_some() && !who.is_service_linked();
    let scps = if limited { levels(&ask, PolicyKind::Scp, policies.scps) } else { Vec::new() };
    let rcps = if rcps_apply(who, action) { levels(&ask, PolicyKind::Rcp, policies.rcps) } else { Vec::new() };

    let all = || [&identity, &resource].into_iter().chain(&boundary).chain(&session).chain(&scps).chain(&rcps);
    let partial = all().any(|tally| tally.partial);
    let write = |marks: Vec<Mark<'_>>| marks.iter().map(Mark::used).collect();
    let denied: Vec<Mark<'_>> = all().flat_map(|tally| tally.deny.iter().copied()).collect();
    if !denied.is_empty() {
        return (Outcome::new(Decision::Denied, write(denied)), partial);
    }

    // An implicit deny of the boundary or the session policies limits a grant.
    let within = |tally: &Option<Tally<'a>>| tally.as_ref().map_or(Tri::yes(), Tally::any_allow);
    let limits = || within(&boundary).and(within(&session));
    let by_identity = || if who.is_root() { Tri::yes() } else { identity.any_allow().and(limits()) };
    let asked = !matches!(policies.resource, ResourcePolicy::Unasked);
    let grant = match who {
        Who::Anonymous | Who::Service { .. } | Who::Federated { .. } => resource.direct.clone(),
        _ if same => {
            let direct = resource.direct.clone().or(resource.of_role.clone().and(limits()));
            let delegated = if asked && kind.must_allow() { resource.account.clone() } else { Tri::yes() };
            direct.or(delegated.and(by_identity()))
        }
        _ => {
            let given = if asked { resource.any_allow() } else { Tri::maybe(Reason::OtherSide) };
            given.and(by_identity())
        }
    };
    let (mut reasons, used) = match scps.iter().fold(grant, |grant, level| grant.and(level.any_allow())) {
        Tri::No => return (Outcome::new(Decision::NotAllowed, Vec::new()), partial),
        Tri::Yes(used) => (Vec::new(), used),
        Tri::Maybe(reasons, used) => (reasons, used),
    };
    reasons.extend(all().flat_map(|tally| tally.maybe_deny.iter().cloned()));
    (Outcome::new(reason::undecided(reasons).unwrap_or(Decision::Allowed), write(used)), partial)
}

fn levels<'a>(ask: &Ask<'a>, kind: PolicyKind, levels: &[Level<'a>]) -> Vec<Tally<'a>> {
    let tally = |level: &Level<'a>| {
        let policies = level.policies?;
        let read: Vec<Policy<'a>> = policies.iter().copied().filter(|policy| policy.document.is_some()).collect();
        let mut tally = Tally::of(ask, kind, &read);
        if read.len() < policies.len() {
            tally.direct = Tri::yes();
        }
        Some(tally)
    };
    levels.iter().filter_map(tally).collect()
}

/// Whether resource control policies apply: to listed services, not to service-linked roles, and not to `kms:RetireGrant`
/// (KMS Developer Guide, "Resource control policies in AWS KMS").
fn rcps_apply(who: &Who, action: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default();
    keys::has_resource_control_policies(service) && !who.is_service_linked() && action != "kms:retiregrant"
}
