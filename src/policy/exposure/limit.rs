//! Limits that a condition puts on the callers of a statement.

use std::collections::{BTreeMap, BTreeSet};

use super::super::network::Addresses;
use super::audience::Network;

/// A limit on the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Limit {
    /// Some AWS credentials.
    Signed,
    /// The principal's account.
    Accounts(BTreeSet<String>),
    /// The account on whose behalf SNS or SQS is called: the caller's, or that of a service's source.
    Owners(BTreeSet<String>),
    /// The principal's unique id.
    UniqueIds(BTreeSet<String>),
    /// The principal's organisation, with paths below it.
    Organizations(BTreeMap<String, BTreeSet<String>>),
    /// A service principal: of these names, or any.
    Services(Option<BTreeSet<String>>),
    /// Account of the resource for which a service calls.
    SourceAccounts(BTreeSet<String>),
    /// Organisation of that resource.
    SourceOrganizations(BTreeSet<String>),
    /// That resource: ARNs with a fixed account, and ARNs whose owner no text fixes.
    SourceArns(BTreeSet<Source>),
    /// A token given to the service's caller.
    Token,
    /// Account that owns the VPC endpoint.
    EndpointAccounts(BTreeSet<String>),
    /// Organisation that owns the VPC endpoint.
    EndpointOrganizations(BTreeSet<String>),
    /// Account of the access point.
    AccessPoints(BTreeSet<String>),
    /// Network.
    Networks(BTreeSet<Network>),
    /// Public address.
    Addresses(Ips),
    /// A claim of an identity provider: condition key, and values.
    Claim(String, BTreeSet<Claimed>),
}

/// A value of a claim.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Claimed {
    pub text: String,
    /// Whether `*` and `?` are wildcards; `StringEquals` compares them as characters.
    pub wild: bool,
}

/// Addresses of both families.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ips {
    pub v4: Addresses,
    pub v6: Addresses,
}

/// A value of `aws:SourceArn`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// The account is fixed.
    Account(String),
    /// The name is fixed, its owner is not.
    Resource(String),
}
