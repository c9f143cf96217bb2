//! Whether a document lets its holder give itself any right of the account, or take over whoever has it.
//!
//! One power over IAM is enough: who may attach a policy to its own user has every right a call later. The powers are those of the
//! published paths of self-escalation and of access to principals, so far as they lie in IAM alone (`policy/data/paths.toml`).

use std::collections::BTreeSet;

use super::powers::Alone;
use crate::policy::condition::Value;
use crate::policy::decide::{Compiled, Decision, Outcome, Who};
use crate::policy::document::Document;

/// Who holds a document, by name where a call states it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder<'n> {
    User(Option<&'n str>),
    Role(Option<&'n str>),
    /// The members of a group, and what it says of the group itself.
    Group(Option<&'n str>),
    /// Nobody yet, or whoever a policy is attached to.
    Anybody,
}

/// What a document gives its holder.
pub(super) enum Widening {
    /// Any right, by these actions.
    Sure(String),
    /// Any right, if this holds.
    Open(String),
    No,
}

/// Actions, all of which make one way: over the holder's own resource, or over all of a kind.
type Way = &'static [(&'static str, &'static str)];

const OWN: &str = "own";
const USERS: &str = "arn:{}:iam::{account}:user/*";
const ROLES: &str = "arn:{}:iam::{account}:role/*";
const GROUPS: &str = "arn:{}:iam::{account}:group/*";
const POLICIES: &str = "arn:{}:iam::{account}:policy/*";

const OF_USER: &[Way] = &[&[("iam:AttachUserPolicy", OWN)], &[("iam:PutUserPolicy", OWN)]];
const OF_ROLE: &[Way] = &[&[("iam:AttachRolePolicy", OWN)], &[("iam:PutRolePolicy", OWN)]];
const OF_GROUP: &[Way] = &[&[("iam:AttachGroupPolicy", OWN)], &[("iam:PutGroupPolicy", OWN)]];
/// Ways of whoever holds it: to rewrite any policy, to take over any user, group or role, or to make a role for itself.
const OF_ALL: &[Way] = &[
    &[("iam:CreatePolicyVersion", POLICIES)],
    &[("iam:AddUserToGroup", GROUPS)],
    &[("iam:CreateAccessKey", USERS)],
    &[("iam:CreateLoginProfile", USERS)],
    &[("iam:UpdateLoginProfile", USERS)],
    &[("iam:UpdateAssumeRolePolicy", ROLES)],
    &[("iam:CreateRole", ROLES), ("iam:AttachRolePolicy", ROLES)],
    &[("iam:CreateRole", ROLES), ("iam:PutRolePolicy", ROLES)],
    &[("sts:AssumeRole", ROLES), ("iam:AttachRolePolicy", ROLES)],
    &[("sts:AssumeRole", ROLES), ("iam:PutRolePolicy", ROLES)],
];
/// Powers over identities of which it is not known whether the holder can use them.
const OF_OTHERS: &[Way] = &[
    &[("iam:AttachUserPolicy", USERS)],
    &[("iam:PutUserPolicy", USERS)],
    &[("iam:AttachRolePolicy", ROLES)],
    &[("iam:PutRolePolicy", ROLES)],
    &[("iam:AttachGroupPolicy", GROUPS)],
    &[("iam:PutGroupPolicy", GROUPS)],
];

/// Name of a holder whose name is not known, which no document will have written out.
const NAMELESS: &str = "holder-without-a-known-name";

fn as_user(name: Option<&str>) -> (&'static str, &str, &'static [Way]) {
    ("user", name.unwrap_or(NAMELESS), OF_USER)
}

/// What a document gives its holder, in a partition and an account.
pub(super) fn of(document: &Document, partition: &str, account: Option<&str>, holder: Holder<'_>) -> Widening {
    let all: BTreeSet<&str> = [OF_USER, OF_ROLE, OF_GROUP, OF_ALL, OF_OTHERS]
        .into_iter()
        .flatten()
        .flat_map(|way| way.iter())
        .map(|(action, _)| *action)
        .collect();
    let compiled = Compiled::new(document, all);
    let selves: Vec<(&str, &str, &[Way])> = match holder {
        Holder::User(name) => vec![as_user(name)],
        Holder::Role(name) => vec![("role", name.unwrap_or(NAMELESS), OF_ROLE)],
        Holder::Group(name) => vec![as_user(None), ("group", name.unwrap_or(NAMELESS), OF_GROUP)],
        Holder::Anybody => vec![as_user(None), ("role", NAMELESS, OF_ROLE)],
    };
    let mut open = None;
    for (kind, name, ways) in selves {
        // A group is no principal: its members call.
        let who = |arn: String| if kind == "role" { Who::Role { arn, id: None } } else { Who::User { arn, id: None } };
        let caller = if kind == "group" { format!("user/{NAMELESS}") } else { format!("{kind}/{name}") };
        let alone = Alone::new(&compiled, partition, account, &caller, who);
        let own = format!("arn:{{}}:iam::{{account}}:{kind}/{name}");
        for way in ways.iter().chain(OF_ALL) {
            match way_of(&alone, way, &own) {
                Widening::No => {}
                Widening::Open(why) => open = open.or(Some(why)),
                sure @ Widening::Sure(_) => return sure,
            }
        }
        for way in OF_OTHERS {
            if let Widening::Sure(by) = way_of(&alone, way, &own) {
                open = open.or(Some(format!("whether the holder can use the identities that {by} widens is not known")));
            }
        }
    }
    open.map_or(Widening::No, Widening::Open)
}

fn way_of(alone: &Alone<'_>, way: Way, own: &str) -> Widening {
    let mut reasons = BTreeSet::new();
    for (action, scope) in way {
        let scope = if *scope == OWN { own } else { scope };
        // The policy that would be attached is the one for administrators.
        let policy = action.starts_with("iam:Attach").then(|| format!("arn:{}:iam::aws:policy/AdministratorAccess", alone.partition));
        let context: Vec<(&str, Value)> = policy.map(|arn| ("iam:PolicyARN", Value::Present(vec![arn]))).into_iter().collect();
        let Outcome { decision, .. } = alone.ask(action, scope, &context).all;
        match &decision {
            refused if refused.is_refused() => return Widening::No,
            Decision::Conditional(why) | Decision::Unknown(why) => reasons.extend(why.iter().map(super::powers::reason)),
            _ => {}
        }
    }
    let by: Vec<&str> = way.iter().map(|(action, _)| *action).collect();
    let by = by.join(" and ");
    if reasons.is_empty() {
        return Widening::Sure(by);
    }
    let reasons: Vec<String> = reasons.into_iter().collect();
    Widening::Open(format!("whether {by} widens its rights depends on {}", reasons.join(", ")))
}
