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
#[cfg(test)]
mod tests;

pub use compiled::Compiled;
pub use over::{Over, decide_over};
pub use principal::{Who, context};
pub use reason::{Decision, Outcome, PolicyKind, Reason, ResourceKind, Used};

use super::condition::Context;
use super::keys;
use compiled::{Lean, Tally, Target};
use reason::Tri;

/// One policy with the name it is reported under.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a> {
    /// ARN or name; for an inline policy its holder and name.
    pub name: &'a str,
    /// The document; none where it was not delivered or could not be read.
    pub document: Option<&'a Compiled>,
}

/// The policy of the resource that is asked about.
#[derive(Debug, Clone, Copy, Default)]
pub enum ResourcePolicy<'a> {
    /// The question is about the principal's own policies: the resource's side counts as willing in the same account, and as unknown across accounts.
    #[default]
    Unasked,
    /// The resource has none.
    Nothing(ResourceKind),
    /// The resource has one, or may have one, that was not delivered.
    NotDelivered(ResourceKind),
    /// The resource's policy.
    Given(ResourceKind, Policy<'a>),
}

/// The control policies of one level: root, unit or account.
#[derive(Debug, Clone, Copy)]
pub struct Level<'a> {
    /// Id of the root, unit or account.
    pub id: &'a str,
    /// Attached policies; none where attachments are not known. Such a level, and one with a policy that was not read, counts as allowing; the Deny
    /// statements that were read still deny.
    pub policies: Option<&'a [Policy<'a>]>,
}

/// All policies that apply to a request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policies<'a> {
    /// Inline and attached policies of the principal, and those of its groups.
    pub identity: &'a [Policy<'a>],
    /// Permissions boundary.
    pub boundary: Option<Policy<'a>>,
    /// Session policies; together they limit. Empty: the session has none.
    pub session: &'a [Policy<'a>],
    /// The resource's policy.
    pub resource: ResourcePolicy<'a>,
    /// Service control policies of the principal's account, from the root down. Empty: not delivered, or no organization.
    pub scps: &'a [Level<'a>],
    /// The principal's account is the management account: SCPs do not apply.
    pub manages: bool,
    /// Resource control policies of the resource's account. Empty: not delivered, no organization, or the management account.
    pub rcps: &'a [Level<'a>],
}

/// A request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub who: &'a Who,
    /// Action, `service:Name`, in any case.
    pub action: &'a str,
    /// ARN of the resource; `*` for actions that take none.
    pub resource: &'a str,
    /// Account of the resource; none if unknown, which counts as the principal's own.
    pub resource_account: Option<&'a str>,
    /// What is known of the request.
    pub context: &'a Context,
}

/// What AWS would decide, and the statements that decide it.
pub fn decide(request: &Request<'_>, policies: &Policies<'_>) -> Outcome {
    evaluate(request, Target::One(request.resource), policies, Lean::Some)
}

/// One evaluation. `lean` says how a statement counts that reaches only part of a target with several resources.
fn evaluate(request: &Request<'_>, target: Target<'_>, policies: &Policies<'_>, lean: Lean) -> Outcome {
    let action = request.action.to_lowercase();
    let who = request.who;
    let ask = compiled::Ask { who, action: &action, target, context: request.context, bounded: policies.boundary.is_some(), lean };
    let same = request.resource_account.is_none_or(|account| who.account() == Some(account));

    let identity = Tally::of(&ask, PolicyKind::Identity, policies.identity);
    let boundary = policies.boundary.map(|policy| Tally::of(&ask, PolicyKind::Boundary, &[policy]));
    let session = (!policies.session.is_empty()).then(|| Tally::of(&ask, PolicyKind::Session, policies.session));
    let (kind, resource) = match policies.resource {
        ResourcePolicy::Given(kind, policy) => (kind, Tally::of(&ask, PolicyKind::Resource(kind), &[policy])),
        ResourcePolicy::NotDelivered(kind) => (kind, Tally::of(&ask, PolicyKind::Resource(kind), &[Policy { name: "", document: None }])),
        ResourcePolicy::Nothing(kind) => (kind, Tally::default()),
        ResourcePolicy::Unasked => (ResourceKind::Other, Tally::default()),
    };
    let limited = !policies.manages && who.account().is_some() && !who.is_service_linked();
    let scps: Vec<Tally> = if limited { levels(&ask, PolicyKind::Scp, policies.scps) } else { Vec::new() };
    let rcps: Vec<Tally> = if rcps_apply(who, &action) { levels(&ask, PolicyKind::Rcp, policies.rcps) } else { Vec::new() };

    let all = || [&identity, &resource].into_iter().chain(&boundary).chain(&session).chain(&scps).chain(&rcps);
    let denied: Vec<Used> = all().flat_map(|tally| tally.deny.iter().cloned()).collect();
    if !denied.is_empty() {
        return Outcome::new(Decision::Denied, denied);
    }

    // An implicit deny of the boundary or the session policies limits a grant.
    let limits = || {
        let within = |tally: &Option<Tally>| tally.as_ref().map_or(Tri::yes(), Tally::any_allow);
        within(&boundary).and(within(&session))
    };
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
    let allowed = scps.iter().fold(grant, |grant, level| grant.and(level.any_allow()));
    match allowed {
        Tri::No => Outcome::new(Decision::NotAllowed, Vec::new()),
        Tri::Yes(used) => {
            let doubts: Vec<Reason> = all().flat_map(|tally| tally.maybe_deny.iter().cloned()).collect();
            Outcome::new(reason::undecided(doubts).unwrap_or(Decision::Allowed), used)
        }
        Tri::Maybe(mut reasons, used) => {
            reasons.extend(all().flat_map(|tally| tally.maybe_deny.iter().cloned()));
            Outcome::new(reason::undecided(reasons).unwrap_or(Decision::NotAllowed), used)
        }
    }
}

fn levels(ask: &compiled::Ask<'_>, kind: PolicyKind, levels: &[Level<'_>]) -> Vec<Tally> {
    let tally = |level: &Level<'_>| {
        let policies = level.policies?;
        let read: Vec<Policy<'_>> = policies.iter().copied().filter(|policy| policy.document.is_some()).collect();
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
