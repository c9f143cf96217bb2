//! Who beyond a resource's own account may do what to it, by the policy attached to it.
//!
//! Two answers stand side by side in every [`Exposure`]. The *audience* is what AWS's evaluation leaves: a condition that AWS
//! documents as binding to an account, organisation, network, service source or address narrows it, a wildcard does not. The
//! answer *public* is AWS's published definition ("The meaning of public", Amazon S3 User Guide, "Blocking public access to your
//! Amazon S3 storage"), which knows fixed values of a listed set of keys and nothing else; it decides what the public access
//! blocks do. Explicit Denys of the same document are applied to both.
//!
//! An audience is an upper bound: identity policies, service control policies and session policies of the caller are another
//! account's business, and a caller from elsewhere can be given them. Resource control policies narrow it where they are known.

mod access;
mod audience;
mod bound;
mod guard;
mod judge;
mod limits;
mod s3;
mod sharing;
mod term;
#[cfg(test)]
mod tests;
mod tokens;
mod transport;
mod trust;

use std::collections::{BTreeMap, BTreeSet};

pub use access::Access;
pub use audience::{Answer, Audience, Network, Pin, Tenant};
pub use guard::{Doubt, Guards};
pub use judge::exposures;
pub use s3::{Bucket, BucketExposures, Delivered, Grant, Grantee, Missing, Ownership, Permission, PublicAccessBlock, bucket_exposures};
pub use sharing::{
    KeyGrant, LambdaPermission, accounts_permission, eventbus_permission, kms_grant_exposures, lambda_permission, shared_with,
};
pub use transport::denies_plain_http;
pub use trust::trust_exposures;

/// What is known of the client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Ids of the client's accounts, 12 digits.
    pub accounts: BTreeSet<String>,
    /// Id of the client's organisation, `o-…`, where it is known.
    pub organization: Option<String>,
    /// Ids of the client's VPCs and VPC endpoints, `vpc-…`, `vpce-…`.
    pub networks: BTreeSet<String>,
    /// Accounts of that organisation, where they were listed.
    pub members: BTreeSet<String>,
    /// Resource control policies over the resources of accounts, by account.
    pub guards: BTreeMap<String, Guards>,
    /// The time for which policies are judged, where conditions on the time of the call are to be decided.
    pub as_of: Option<jiff::Timestamp>,
}

/// The resource that a policy is attached to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resource {
    /// Service prefix of its actions: `s3`, `kms`, `es`, …; `sts` for a role's trust policy.
    pub service: String,
    /// Its ARN, where it is known. Statements for other resources grant nothing.
    pub arn: Option<String>,
    /// Account that owns it, 12 digits, where it is known.
    pub owner: Option<String>,
    /// Whether it can be reached only from inside a VPC: an OpenSearch domain with `VPCOptions`, a private REST API.
    pub vpc_only: bool,
}

impl Resource {
    /// A resource by its ARN; the owner is the ARN's account where it has one. `None` if this is no ARN.
    pub fn of_arn(arn: &str) -> Option<Resource> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", _, service, _, account, _] = parts.as_slice() else { return None };
        let owner = audience::is_account(account).then(|| (*account).to_owned());
        let service = match *service {
            "iam" => "sts",
            other => other,
        };
        Some(Resource { service: service.to_owned(), arn: Some(arn.to_owned()), owner, vpc_only: false })
    }
}

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
