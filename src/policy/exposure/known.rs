//! What is known of the client and of a resource when its exposures are judged.

use std::collections::{BTreeMap, BTreeSet};

use super::guards::Guards;
use crate::base::account::is_account;
use crate::base::arn::Arn;

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
        let Arn { service, account, .. } = Arn::parse(arn)?;
        let owner = is_account(account).then(|| account.to_owned());
        let service = match service {
            "iam" => "sts",
            other => other,
        };
        Some(Resource { service: service.to_owned(), arn: Some(arn.to_owned()), owner, vpc_only: false })
    }
}
