//! An exposure: who, by which statement, how certain, and what narrows or widens it.

use std::collections::BTreeSet;

use super::guards::Doubt;
use super::{Access, Answer, Audience};

/// How sure an exposure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// Evidence is missing that would decide; the reasons say which.
    Unknown,
    /// Open to the audience when a further condition holds, which the caller cannot bring about at will.
    Conditional,
    /// Open to the audience as it stands.
    Sure,
}

impl Certainty {
    /// Short code: `sure`, `conditional` or `unknown`.
    pub fn code(self) -> &'static str {
        match self {
            Certainty::Unknown => "unknown",
            Certainty::Conditional => "conditional",
            Certainty::Sure => "sure",
        }
    }
}

/// Where a grant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Statement of the policy, from 0.
    Statement(usize),
    /// Grant of the access control list, from 0.
    AclGrant(usize),
    /// KMS grant, from 0.
    KeyGrant(usize),
}

/// Why an exposure is what it is. Keys are condition keys in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A wildcard or policy variable where the value would have to be fixed: the condition limits nobody.
    Wildcard(String),
    /// `…IfExists`: holds for a caller without the key.
    IfExists(String),
    /// `ForAllValues`: holds for a caller without the key.
    ForAllValues(String),
    /// A negated operator in an Allow: holds for everybody else and for a caller without the key.
    Negated(String),
    /// The key says nothing of the caller.
    NotAboutCaller(String),
    /// The caller chooses the value.
    CallerChooses(String),
    /// A secret that whoever has it can use: a token, an external id.
    Secret(String),
    /// A condition that says nothing of who the caller is, and that the caller cannot meet at will.
    Condition(String),
    /// Never true: AWS documents no such key for the service, or no value can match.
    NeverHolds(String),
    /// `NotPrincipal` in an Allow: everybody else.
    NotPrincipal,
    /// `NotAction`: all other actions.
    NotAction,
    /// `NotResource`: all other resources.
    NotResource,
    /// Address ranges that hold the whole internet, or all but a sliver.
    AddressesWorld,
    /// Address ranges broader than a /8 (IPv6: a /32), which S3 calls public.
    AddressesWide,
    /// Bound by the owner of the VPC endpoint, not by the caller's own account.
    ThroughEndpoint,
    /// Bound to access points of an account.
    ThroughAccessPoint,
    /// Any AWS service on anybody's behalf.
    ThroughAnyService,
    /// Anonymous calls do not exist for this action: every caller has an AWS account.
    SignedOnly,
    /// A Deny narrows the audience: its statement, from 0.
    Deny(usize),
    /// A resource control policy narrows the audience: its name.
    ControlPolicy(String),
    /// A resource control policy may narrow it, whose text was not supplied or cannot be read: its name.
    ControlPolicyText(String),
    /// Resource control policies would narrow it, and may not have been in force.
    ControlPolicyDoubt(Doubt),
    /// An ACL grant.
    Acl,
    /// The public access block takes this away; kept only where it is not sure.
    PublicAccessBlock(Missing),
    /// An account outside the client's may assume the role without `sts:ExternalId`.
    NoExternalId,
    /// The provider signs in anybody's users, and no condition fixes whose.
    SharedProvider,
    /// Identities of guests, who do not sign in.
    Guests,
    /// An action that is newer than the list of actions, or none.
    UnknownAction(String),
    /// More statements than any policy of AWS holds: Denys were not weighed.
    TooManyStatements,
}

impl Reason {
    /// The data: a condition key, an action, or a statement's number from 1. Empty where there is none.
    pub fn data(&self) -> String {
        match self {
            Reason::Wildcard(text)
            | Reason::IfExists(text)
            | Reason::ForAllValues(text)
            | Reason::Negated(text)
            | Reason::NotAboutCaller(text)
            | Reason::CallerChooses(text)
            | Reason::Secret(text)
            | Reason::Condition(text)
            | Reason::NeverHolds(text)
            | Reason::ControlPolicy(text)
            | Reason::ControlPolicyText(text)
            | Reason::UnknownAction(text) => text.clone(),
            Reason::Deny(position) => (position + 1).to_string(),
            Reason::PublicAccessBlock(part) => part.code().to_owned(),
            _ => String::new(),
        }
    }

    /// Short code, without the data.
    pub fn code(&self) -> &'static str {
        match self {
            Reason::Wildcard(_) => "wildcard",
            Reason::IfExists(_) => "if_exists",
            Reason::ForAllValues(_) => "for_all_values",
            Reason::Negated(_) => "negated",
            Reason::NotAboutCaller(_) => "not_about_caller",
            Reason::CallerChooses(_) => "caller_chooses",
            Reason::Secret(_) => "secret",
            Reason::Condition(_) => "condition",
            Reason::NeverHolds(_) => "never_holds",
            Reason::NotPrincipal => "not_principal",
            Reason::NotAction => "not_action",
            Reason::NotResource => "not_resource",
            Reason::AddressesWorld => "addresses_world",
            Reason::AddressesWide => "addresses_wide",
            Reason::ThroughEndpoint => "through_endpoint",
            Reason::ThroughAccessPoint => "through_access_point",
            Reason::ThroughAnyService => "through_any_service",
            Reason::SignedOnly => "signed_only",
            Reason::Deny(_) => "deny",
            Reason::ControlPolicy(_) | Reason::ControlPolicyText(_) | Reason::ControlPolicyDoubt(_) => "resource_control_policy",
            Reason::Acl => "acl",
            Reason::PublicAccessBlock(_) => "public_access_block",
            Reason::NoExternalId => "no_external_id",
            Reason::SharedProvider => "shared_provider",
            Reason::Guests => "guests",
            Reason::UnknownAction(_) => "unknown_action",
            Reason::TooManyStatements => "too_many_statements",
        }
    }
}

/// One kind of access for one audience.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exposure {
    /// What the audience may do.
    pub access: Access,
    /// Who it is.
    pub audience: Audience,
    /// How sure that is.
    pub certainty: Certainty,
    /// Whether AWS's published definition calls the grant public.
    pub public: Answer,
    /// Actions, as AWS spells them.
    pub actions: BTreeSet<String>,
    /// Principals as the policy names them, units of organisations, access points; empty for a mere `*`.
    pub named: BTreeSet<String>,
    /// Where it is granted.
    pub origins: BTreeSet<Origin>,
    /// Why.
    pub reasons: BTreeSet<Reason>,
}

/// A part that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Missing {
    /// The bucket policy.
    Policy,
    /// The access control list.
    Acl,
    /// The bucket's public access block.
    BucketBlock,
    /// The account's public access block.
    AccountBlock,
    /// AWS's definition of public does not say how it takes a condition of the policy.
    Definition,
}

impl Missing {
    /// Short code.
    pub fn code(self) -> &'static str {
        match self {
            Missing::Policy => "policy",
            Missing::Acl => "acl",
            Missing::BucketBlock => "bucket_block",
            Missing::AccountBlock => "account_block",
            Missing::Definition => "definition",
        }
    }
}
