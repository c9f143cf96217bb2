//! Who may assume a role: its trust policy.
//!
//! Whatever spelling takes in one of the three calls counts (`sts:Assume*`, `sts:*`, `*`, `sts:*Identity`, `NotAction`).
//! A role session or a bare account id is a principal like others. Which call a principal can use follows from its kind:
//! accounts and services assume by `sts:AssumeRole`, identity providers by the call of their protocol.

use super::super::document::Document;
use super::access::Access;
use super::judge::exposures;
use super::{Exposure, Known, Resource};

/// Who may assume a role of the owner's, by its ARN where that is known. Only the class [`Access::Assume`].
pub fn trust_exposures(document: &Document, arn: Option<&str>, owner: Option<&str>, known: &Known) -> Vec<Exposure> {
    let resource = Resource { service: "sts".into(), arn: arn.map(str::to_owned), owner: owner.map(str::to_owned), vpc_only: false };
    exposures(document, &resource, known).into_iter().filter(|exposure| exposure.access == Access::Assume).collect()
}
