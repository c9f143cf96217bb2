//! Where a principal stands, and the steps that lead there.

use std::collections::BTreeSet;

use super::super::grants::{Gap, StatementRef};
use super::super::paths::Kind;
use super::rights::Right;

/// Number of chains that are kept for each principal; of the rest the number.
pub const KEPT: usize = 5;

/// Number of blocked paths that are named for each principal.
pub const NAMED: usize = 20;

/// What was found about one principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// ARN of the user or role.
    pub principal: String,
    /// Where it stands.
    pub standing: Standing,
}

/// Where a principal stands. The first that fits, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// An administrator; surely where `open` is empty.
    Administrator {
        /// Statements that make it one.
        statements: Vec<StatementRef>,
        /// What it depends on.
        open: Open,
    },
    /// Surely gets rights that it lacks.
    Escalates(Chains),
    /// Gets rights that it lacks, or is an administrator, if what is open is so.
    Undetermined {
        /// Chains as they would be.
        chains: Chains,
        /// Everything that they, and the principal's own policies, depend on.
        open: Open,
    },
    /// Would be an administrator or escalate, were it not for what is named.
    /// The first [`NAMED`] of them.
    Blocked(Vec<BlockedPath>),
    /// Nothing of it.
    None,
}

/// What a result depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Open {
    /// Condition keys that files do not show.
    pub keys: BTreeSet<String>,
    /// What was not delivered.
    pub gaps: BTreeSet<Gap>,
}

impl Open {
    /// Whether nothing is open.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.gaps.is_empty()
    }
}

/// Chains of one principal: those to administration first, then the shorter, then by path and target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chains {
    /// At most [`KEPT`].
    pub kept: Vec<Chain>,
    /// First steps that lead on and are not kept. Chains to rights are not counted further once [`KEPT`] were found.
    pub more: usize,
}

/// One chain of steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Steps in order; at least one.
    pub steps: Vec<Step>,
    /// What it ends in.
    pub outcome: Outcome,
}

/// What a chain ends in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Administration of the account of the last step's principal.
    Administration,
    /// Rights that the principal lacks: one of them.
    Rights(Right),
    /// Not known, because of what was not delivered.
    Unknown,
}

/// One step of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Id of the path, as in [`super::super::paths`].
    pub path: &'static str,
    /// ARN of the principal that takes it.
    pub from: String,
    /// ARN of the principal that it becomes. None: a new one, or itself with other policies.
    pub to: Option<String>,
    /// What it goes through.
    pub through: Via,
    /// Statements that allow it.
    pub statements: Vec<StatementRef>,
}

/// What a step goes through.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// Nothing but the target.
    Nothing,
    /// A resource that carries the role, by ARN.
    Resource(String),
    /// A kind of resource, of which the list was not delivered.
    Kind(Kind),
    /// A managed policy, by ARN.
    Policy(String),
    /// A group, by ARN.
    Group(String),
    /// A service that the role is passed to, by its principal.
    Service(String),
}

/// A path that is not there because of something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockedPath {
    /// Id of the path; None: administration by the principal's own policies.
    pub path: Option<&'static str>,
    /// ARN of the principal that it would become.
    pub to: Option<String>,
    /// What it would go through.
    pub through: Via,
    /// What stands against it.
    pub by: BTreeSet<Blocker>,
}

/// What stands against a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Blocker {
    /// A Deny of the principal's own policies.
    Deny(StatementRef),
    /// The permissions boundary, by ARN.
    Boundary(String),
    /// A service control policy.
    ControlPolicy,
    /// A resource control policy of the target's account.
    ResourceControlPolicy,
    /// A condition of the statement that would allow it.
    Condition(StatementRef),
    /// The trust policy of the role, by ARN.
    Trust(String),
}
