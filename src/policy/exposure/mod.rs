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
mod guards;
mod judge;
mod known;
mod limit;
mod limits;
mod result;
mod s3;
mod setting;
mod sharing;
mod term;
#[cfg(test)]
mod tests;
mod tokens;
mod transport;
mod trust;

pub use access::Access;
pub use audience::{Answer, Audience, Network, Pin, Tenant};
pub use guards::{Doubt, Guards};
pub use judge::exposures;
pub use known::{Known, Resource};
pub use result::{Certainty, Exposure, Missing, Origin, Reason};
pub use s3::{Bucket, BucketExposures, Delivered, Grant, Grantee, Ownership, Permission, PublicAccessBlock, bucket_exposures};
pub use sharing::{
    KeyGrant, LambdaPermission, accounts_permission, eventbus_permission, kms_grant_exposures, lambda_permission, shared_with,
};
pub use transport::denies_plain_http;
pub use trust::trust_exposures;
