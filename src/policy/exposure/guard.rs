//! Resource control policies: what an organisation forbids everybody on the resources of its member accounts.
//!
//! Sources, read 2026-11: AWS Organizations User Guide, "Resource control policies (RCPs)", "RCP evaluation" and "RCP syntax"; KMS
//! Developer Guide, "Resource control policies in AWS KMS". They cover the services of a list ([`keys`]), bind principals of
//! other organisations, anonymous callers and service principals alike, and leave out the management account's resources,
//! service-linked roles, AWS managed keys and `kms:RetireGrant`. Only Deny statements matter: `RCPFullAWSAccess` is attached to
//! every level and cannot be detached. They do not make a bucket's policy less public in the sense of its access blocks.

use std::collections::BTreeMap;

use super::super::document::{Base, Condition, Effect, Principal, Principals, Resources, Statement, Version};
use super::super::keys;
use super::Guards;
use super::access::Access;
use super::audience::{Answer, Audience};
use super::bound::left_by_deny;
use super::limit::{Limit, Source};
use super::setting::{Bound, Setting, is_bool};
use super::term::{Caller, Term};
use super::{Certainty, Exposure, Known, Reason, Resource};

/// A Deny of a resource control policy.
pub(super) struct GuardDeny<'a> {
    pub statement: &'a Statement,
    pub version: Version,
    pub policy: &'a str,
    /// Whether it takes in the whole resource, where its ARN alone tells.
    pub takes_in: Option<bool>,
}

/// What guards a resource; nothing where no resource control policy applies.
pub(super) fn over<'k>(resource: &Resource, known: &'k Known) -> Option<&'k Guards> {
    known.guards.get(resource.owner.as_deref()?).filter(|_| keys::has_resource_control_policies(&resource.service))
}

impl Guards {
    /// The Deny statements for a resource; `has_places`: the parts of the resource are weighed one by one.
    pub(super) fn denies(&self, resource: &Resource, has_places: bool) -> Vec<GuardDeny<'_>> {
        let mut denies = Vec::new();
        for (name, document) in &self.read {
            for statement in document.statements.iter().filter(|statement| statement.effect == Effect::Deny) {
                let takes_in = (!has_places).then(|| is_meant(statement.resources.as_ref(), resource.arn.as_deref()));
                if takes_in != Some(false) {
                    denies.push(GuardDeny { statement, version: document.version, policy: name, takes_in });
                }
            }
        }
        denies
    }

    /// What is left, in the light of what is not known of the policies. `without` are the exposures that they do not narrow.
    pub(super) fn weigh(&self, with: Vec<Exposure>, without: impl FnOnce() -> Vec<Exposure>) -> Vec<Exposure> {
        let mut rows = match self.doubt.filter(|_| !self.read.is_empty()) {
            None => with,
            Some(doubt) => {
                let stay: BTreeMap<(Access, Audience), Certainty> =
                    with.into_iter().map(|row| ((row.access, row.audience), row.certainty)).collect();
                let mut rows = without();
                for row in &mut rows {
                    if stay.get(&(row.access, row.audience.clone())).is_none_or(|certainty| *certainty < row.certainty) {
                        row.certainty = Certainty::Unknown;
                        row.reasons.insert(Reason::ControlPolicyDoubt(doubt));
                    }
                }
                rows
            }
        };
        for row in rows.iter_mut().filter(|row| !self.unread.is_empty() && row.audience != Audience::OwnAccount) {
            row.certainty = Certainty::Unknown;
            row.reasons.extend(self.unread.iter().cloned().map(Reason::ControlPolicyText));
        }
        rows
    }
}

/// Whether a statement's resources are the resource with this ARN, whole. One whose ARN is not known is taken in by `*` only.
fn is_meant(resources: Option<&Resources>, arn: Option<&str>) -> bool {
    match (resources, arn) {
        (None, _) => true,
        (Some(Resources::These(patterns)), Some(arn)) => patterns.iter().any(|pattern| pattern.matches(arn)),
        (Some(Resources::These(patterns)), None) => patterns.iter().any(|pattern| pattern.is_everything()),
        (Some(Resources::AllBut(patterns)), Some(arn)) => !patterns.iter().any(|pattern| pattern.matches(arn)),
        (Some(Resources::AllBut(patterns)), None) => patterns.is_empty(),
    }
}

/// Whether the policies cover an action, in lower case.
pub(super) fn is_covered(lower: &str) -> bool {
    lower != "kms:retiregrant"
}

/// The parts of a term that a Deny leaves. `None`: it takes nothing from it that can be told.
pub(super) fn left_of(term: &Term, deny: &Statement, setting: &Setting, signed: bool, known: &Known) -> Option<Vec<Term>> {
    let for_all = matches!(&deny.principals, Some(Principals::These(list)) if list.contains(&Principal::Anyone));
    if !for_all || is_service_linked(term) {
        return None;
    }
    let mut parts = Vec::new();
    for condition in &deny.conditions {
        if is_source(condition, &term.caller) {
            continue;
        }
        match (condition.key.as_str(), condition.operator.base) {
            // It speaks of services only, and a service's part is not told apart from everybody's.
            ("aws:principalisawsservice", Base::Bool) if is_bool(condition, true) => {
                if !term.is_service() {
                    return None;
                }
            }
            ("aws:sourceaccount" | "aws:sourcearn" | "aws:sourceorgid" | "aws:sourceorgpaths", Base::Null) if is_bool(condition, false) => {
                if !term.is_service() {
                    return None;
                }
                // Not every service says for whom it calls.
                if !term.states(&condition.key) {
                    let mut part = term.clone();
                    part.conditional = true;
                    part.reasons.insert(Reason::Condition(condition.key.clone()));
                    parts.push(part);
                }
            }
            _ => match left_by_deny(condition, setting, signed) {
                Bound::Free(_) | Bound::Open(_) => return None,
                Bound::Never(_) => {}
                Bound::Limit(limit, _) => parts.extend(limited(term, &limit, condition, known)),
            },
        }
    }
    Some(parts)
}

/// Whether a condition only asks that a claim of the caller's own provider is there, which it always is.
fn is_source(condition: &Condition, caller: &Caller) -> bool {
    let Caller::Federated(provider) = caller else { return false };
    let named = condition.key.rsplit_once(':').is_some_and(|(prefix, _)| prefix.contains('.') && provider.to_lowercase().ends_with(prefix));
    named && condition.operator.base == Base::Null && is_bool(condition, false)
}

/// A term within a limit, where somebody is left.
fn limited(term: &Term, limit: &Limit, condition: &Condition, known: &Known) -> Option<Term> {
    let mut part = term.clone();
    // AWS's definition of public knows nothing of these policies.
    if !part.limit(limit, Answer::Yes) {
        return None;
    }
    // Whether accounts that the policy names belong to organisations: no, if the client's is meant and does not list them.
    let belong = |accounts: &[&String], own_is_meant: bool| {
        if !accounts.is_empty() && accounts.iter().all(|id| known.members.contains(*id)) {
            Answer::Yes
        } else if own_is_meant && !known.members.is_empty() && !accounts.iter().any(|id| known.members.contains(*id)) {
            Answer::No
        } else {
            Answer::Unknown
        }
    };
    let is_own = |id: &String| known.organization.as_ref() == Some(id);
    let belongs = match (limit, &term.caller) {
        // Whoever signs in by a provider has neither account nor organisation yet.
        (Limit::Accounts(_) | Limit::Organizations(_), Caller::Federated(_)) => Answer::No,
        (Limit::Organizations(ids), Caller::Account(id, _)) => belong(&[id], ids.keys().all(is_own)),
        (Limit::Accounts(_) | Limit::Organizations(_), Caller::UniqueId(_) | Caller::Canonical(_)) => Answer::Unknown,
        (Limit::SourceOrganizations(ids), _) => match pinned(term) {
            Some(accounts) => belong(&accounts, ids.iter().all(is_own)),
            None => Answer::Yes,
        },
        (Limit::Services(None), Caller::Anyone) if !term.is_service() => {
            part.spared = true;
            Answer::Yes
        }
        _ => Answer::Yes,
    };
    match belongs {
        Answer::No => return None,
        Answer::Unknown => depend(&mut part, condition),
        Answer::Yes => {}
    }
    Some(part)
}

/// The accounts on whose behalf a service calls, where the policy names them.
fn pinned(term: &Term) -> Option<Vec<&String>> {
    let of_arns = term.source_arns.as_ref().map(|arns| {
        let accounts = arns.iter().map(|arn| match arn {
            Source::Account(id) => Some(id),
            Source::Resource(_) => None,
        });
        accounts.collect::<Option<Vec<_>>>()
    });
    of_arns.flatten().or_else(|| term.source_accounts.as_ref().map(|ids| ids.iter().collect()))
}

fn depend(part: &mut Term, condition: &Condition) {
    part.conditional = true;
    part.reasons.insert(Reason::Condition(condition.key.clone()));
}

fn is_service_linked(term: &Term) -> bool {
    matches!(&term.caller, Caller::Account(_, Some(arn)) if arn.contains(":role/aws-service-role/"))
}
