//! What a client delivered about identities and what carries roles: the plain input of grants and escalation.
//!
//! Whatever was not delivered is `None` or missing from a set of what was, and makes a result undetermined only where it could matter.
//! Texts stay as delivered; they are parsed once, where they are used.

use std::collections::{BTreeMap, BTreeSet};

pub use super::paths::{Kind, Subject};

/// All accounts of one client.
#[derive(Debug, Clone, Default)]
pub struct Estate {
    /// Accounts by id (12 digits). An account that is not here is one of which nothing but its principals is known.
    pub accounts: BTreeMap<String, Account>,
    /// Users and roles, in any order.
    pub principals: Vec<Principal>,
    /// Groups, in any order.
    pub groups: Vec<Group>,
    /// Customer managed policies, and AWS managed policies whose text the client's export holds (it outranks the data set).
    pub policies: Vec<ManagedPolicy>,
    /// Resources that carry a role or that a path needs.
    pub carriers: Vec<Carrier>,
    /// Resources with a policy of their own: buckets, keys, queues, topics, secrets, functions.
    pub resources: Vec<ResourcePolicy>,
    /// The organization, where it was delivered.
    pub organization: Option<Organization>,
}

/// What is known of one account.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// Whether all its roles are in [`Estate::principals`].
    pub roles_complete: bool,
    /// Whether all its users are in [`Estate::principals`].
    pub users_complete: bool,
    /// Kinds of which all resources of the account are in [`Estate::carriers`].
    pub kinds_complete: BTreeSet<Kind>,
    /// Service control policies from the root down to the account: one list for each level of which something is known. Where
    /// what else is attached to a level is not known, it holds one that allows everything, so that results stay an upper bound.
    /// None: nothing is known.
    pub control_policies: Option<Vec<Vec<NamedText>>>,
    /// Resource control policies over the account's resources, wherever above it they are attached. Only what they deny matters.
    pub resource_controls: Vec<NamedText>,
    /// Whether it is the organization's management account, which control policies do not bind.
    pub management: bool,
}

/// The client's organization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Organization {
    /// `o-…`.
    pub id: String,
    /// Ids of its accounts.
    pub accounts: BTreeSet<String>,
}

/// A policy's name with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedText {
    /// Name or ARN, as a report prints it.
    pub name: String,
    /// Document in any wrapping. None: not delivered.
    pub text: Option<String>,
}

/// A user or a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// User or role.
    pub kind: Subject,
    /// ARN.
    pub arn: String,
    /// Account id, 12 digits.
    pub account: String,
    /// Inline policies.
    pub inline: Vec<NamedText>,
    /// ARNs of attached policies.
    pub attached: Vec<String>,
    /// ARN of the permissions boundary. None: it has none.
    pub boundary: Option<String>,
    /// Names of a user's groups (same account).
    pub groups: Vec<String>,
    /// A role's trust policy. None for users, and where it was not delivered.
    pub trust: Option<String>,
    /// Tags. None: not delivered.
    pub tags: Option<BTreeMap<String, String>>,
    /// Whether a role is in an instance profile. None: not delivered.
    pub instance_profile: Option<bool>,
    /// Service-linked role: only its service can use it, and nobody can change it.
    pub service_linked: bool,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// ARN.
    pub arn: String,
    /// Account id, 12 digits.
    pub account: String,
    /// Name, which [`Principal::groups`] names.
    pub name: String,
    /// Inline policies.
    pub inline: Vec<NamedText>,
    /// ARNs of attached policies.
    pub attached: Vec<String>,
}

/// A managed policy with the texts that were delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// ARN.
    pub arn: String,
    /// Version in force, such as `v2`.
    pub default_version: String,
    /// Text by version.
    pub versions: BTreeMap<String, String>,
}

/// A resource that carries a role, or that a path needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carrier {
    /// Kind.
    pub kind: Kind,
    /// ARN, as IAM policies name it.
    pub arn: String,
    /// Account id, 12 digits.
    pub account: String,
    /// The role that its code runs with.
    pub role: Carried,
    /// Tags. None: not delivered.
    pub tags: Option<BTreeMap<String, String>>,
}

/// The role that a resource carries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Carried {
    /// None.
    Nothing,
    /// By its ARN.
    Role(String),
    /// What names it, such as an instance profile, was not delivered; what a report calls that.
    Unresolved(String),
}

/// A resource's own policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourcePolicy {
    /// ARN of the resource.
    pub arn: String,
    /// Account id, 12 digits.
    pub account: String,
    /// Document in any wrapping. None: not delivered.
    pub text: Option<String>,
}

impl Principal {
    /// A user or role without anything.
    pub fn new(kind: Subject, arn: &str, account: &str) -> Self {
        Self {
            kind,
            arn: arn.to_owned(),
            account: account.to_owned(),
            inline: Vec::new(),
            attached: Vec::new(),
            boundary: None,
            groups: Vec::new(),
            trust: None,
            tags: Some(BTreeMap::new()),
            instance_profile: None,
            service_linked: false,
        }
    }

    /// Name: the last part of the ARN.
    pub fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or(&self.arn)
    }

    /// Partition of the ARN.
    pub fn partition(&self) -> &str {
        self.arn.split(':').nth(1).unwrap_or("aws")
    }
}

impl Estate {
    /// Puts everything in one order, so that the order of inputs never shows, and keeps one of equal entries.
    pub fn sort(&mut self) {
        let texts = |list: &mut Vec<NamedText>| {
            list.sort_by(|one, two| (&one.name, &one.text).cmp(&(&two.name, &two.text)));
            list.dedup();
        };
        let names = |list: &mut Vec<String>| {
            list.sort();
            list.dedup();
        };
        for item in &mut self.principals {
            texts(&mut item.inline);
            names(&mut item.attached);
            names(&mut item.groups);
        }
        for group in &mut self.groups {
            texts(&mut group.inline);
            names(&mut group.attached);
        }
        self.principals.sort_by(|one, two| one.arn.cmp(&two.arn));
        self.principals.dedup_by(|one, two| one.arn == two.arn);
        self.groups.sort_by(|one, two| one.arn.cmp(&two.arn));
        self.groups.dedup_by(|one, two| one.arn == two.arn);
        self.policies.sort_by(|one, two| one.arn.cmp(&two.arn));
        self.policies.dedup_by(|one, two| one.arn == two.arn);
        self.resources.sort_by(|one, two| (&one.arn, &one.text).cmp(&(&two.arn, &two.text)));
        self.resources.dedup();
        self.carriers.sort_by(|one, two| (one.kind, &one.arn, &one.role).cmp(&(two.kind, &two.arn, &two.role)));
        self.carriers.dedup();
        for account in self.accounts.values_mut() {
            texts(&mut account.resource_controls);
        }
        for level in self.accounts.values_mut().flat_map(|account| account.control_policies.iter_mut().flatten()) {
            texts(level);
        }
    }
}
