//! Which principals can get rights that they lack, by which steps, and what stands against it.
//!
//! A principal *escalates* where a chain of public paths leads it to administration of an account, or to rights that matter and that it
//! lacks (`rights`): pathfinding.cloud counts both, and so does an auditor. Its own credentials are no escalation. Every step needs all
//! that AWS would ask for: the permissions, a role that exists and trusts the service, a resource that carries a role. Where the place of
//! a missing fact was not delivered, the step is undetermined; where it was, the step is not there. Things without a role that come and go
//! (a cluster, a task definition) count as there unless the estate says that there is none.
//!
//! Resource control policies are weighed where a role is assumed. Session policies, what else resource control policies forbid, and
//! control policies that were not delivered are unseen: results are an upper bound.

mod edges;
mod finding;
mod graph;
mod passing;
mod rights;
mod search;
mod trial;
mod trust;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use tests::build as testing;

use super::estate::Estate;
pub use super::grants::{Gap, Place, StatementRef};
pub use finding::{BlockedPath, Blocker, Chain, Chains, Finding, KEPT, NAMED, Open, Outcome, Standing, Step, Via};
pub use rights::Right;

/// Number of hops, over all principals, that are followed; hops that principals share count once. An estate with more is permissive beyond counting: what was found
/// until then stands, and whoever has further ways is undetermined.
pub const FOLLOWED: usize = 1_000_000;

/// Finds where every principal stands, sorted by ARN. Service-linked roles are left out: nobody can use or change them.
///
/// Puts the estate in order first ([`Estate::sort`]).
pub fn assess(estate: &mut Estate) -> Vec<Finding> {
    estate.sort();
    search::assess(estate, FOLLOWED)
}
