//! Which accounts and Regions the evidence is of: what a later report is compared against.

use serde::{Deserialize, Serialize};

/// Accounts and Regions, with the kinds of evidence supplied of each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceScope {
    /// Accounts by id, expected ones without evidence included.
    pub accounts: Vec<ScopeAccount>,
    /// Accounts with Regions, in order.
    pub places: Vec<ScopePlace>,
}

/// An account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeAccount {
    /// Twelve digits.
    pub id: String,
    /// Named as expected.
    pub is_expected: bool,
    /// Kinds of evidence that hold records of it (`AWS Config`, `CloudTrail`, `credential report`), sorted.
    pub seen_in: Vec<String>,
}

/// An account and Region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopePlace {
    /// The account's id.
    pub account: String,
    /// The Region.
    pub region: String,
    /// AWS Config files of it were supplied.
    pub has_configuration: bool,
    /// Days of the period with events, or shown by digest files to have none.
    pub days: u64,
    /// Days of the period of which nothing is here.
    pub days_missing: u64,
}
