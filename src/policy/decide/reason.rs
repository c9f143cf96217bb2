//! Decisions, their reasons and the statements behind them, and how three-valued answers combine.

use std::fmt;

use super::super::condition::{Cause, Undecided};
use super::super::document::Effect;

/// The kind of a resource, as far as its policy decides differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ResourceKind {
    /// KMS key with its key policy.
    Key,
    /// Role with its trust policy; only for the actions that assume it.
    Trust,
    /// Bucket, object, access point.
    S3,
    /// All others.
    #[default]
    Other,
}

impl ResourceKind {
    /// Whether the policy itself must allow, even in the same account.
    pub fn must_allow(self) -> bool {
        matches!(self, Self::Key | Self::Trust)
    }
}

/// The kind of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyKind {
    /// Of a user, group or role.
    Identity,
    /// Permissions boundary.
    Boundary,
    /// Session policy.
    Session,
    /// Of the resource.
    Resource(ResourceKind),
    /// Service control policy.
    Scp,
    /// Resource control policy.
    Rcp,
}

/// A statement that had a part in a decision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Used {
    /// Kind of its policy.
    pub kind: PolicyKind,
    /// Name of its policy.
    pub policy: String,
    /// Place in the document, from 0.
    pub position: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
    /// Its effect.
    pub effect: Effect,
}

/// Why a decision is open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A condition, or a variable in a resource, depends on the request.
    Condition(Used, Undecided),
    /// A variable in a resource depends on the request.
    Variable(Used, String),
    /// The statement names one session of a role, and anyone who may assume the role chooses the session's name.
    SessionName(Used),
    /// `NotPrincipal` in a Deny names the principal or its account but not both, and AWS may check either.
    NotPrincipal(Used),
    /// The statement reaches part of the resources asked about, and whether the rest suffices is not proven.
    Part(Used),
    /// As [`Reason::Part`], where no statement stands for the rest.
    Unproven,
    /// A policy was not delivered, or could not be read.
    NotRead(PolicyKind, String),
    /// The resource is in another account and its policy was not asked about.
    OtherSide,
}

impl Reason {
    /// Whether evidence is missing, other than values of a request.
    pub fn is_evidence(&self) -> bool {
        match self {
            Self::NotRead(..) | Self::OtherSide => true,
            Self::Condition(_, undecided) => matches!(undecided.cause, Cause::Unreadable(_)),
            Self::Variable(..) | Self::SessionName(_) | Self::NotPrincipal(_) | Self::Part(_) | Self::Unproven => false,
        }
    }
}

/// What AWS would decide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// Surely allowed.
    Allowed,
    /// Surely denied by an explicit Deny.
    Denied,
    /// Allowed in some requests: reasons, sorted.
    Conditional(Vec<Reason>),
    /// Evidence is missing: reasons, sorted.
    Unknown(Vec<Reason>),
    /// Nothing allows it.
    NotAllowed,
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Identity => "identity policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Resource(ResourceKind::Key) => "key policy",
            Self::Resource(ResourceKind::Trust) => "trust policy",
            Self::Resource(ResourceKind::S3) => "bucket policy",
            Self::Resource(ResourceKind::Other) => "resource policy",
            Self::Scp => "service control policy",
            Self::Rcp => "resource control policy",
        })
    }
}

impl fmt::Display for Used {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}, statement {}", self.kind, self.policy, self.position + 1)?;
        self.sid.as_ref().map_or(Ok(()), |sid| write!(out, " ({sid})"))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Condition(used, undecided) => write!(out, "{used}: {undecided}"),
            Self::Variable(used, name) => write!(out, "{used}: value of ${{{name}}} not in the evidence"),
            Self::SessionName(used) => write!(out, "{used}: applies to one session name, which the caller chooses"),
            Self::NotPrincipal(used) => write!(out, "{used}: NotPrincipal lists the principal without its account or session"),
            Self::Part(used) => write!(out, "{used}: applies to part of the resources"),
            Self::Unproven => out.write_str("the statements apply to part of the resources"),
            Self::NotRead(kind, policy) if policy.is_empty() => write!(out, "{kind} not delivered"),
            Self::NotRead(kind, policy) => write!(out, "{kind} {policy} not delivered or not readable"),
            Self::OtherSide => out.write_str("policy of the resource in the other account not delivered"),
        }
    }
}

impl Decision {
    /// Whether it is surely refused.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Denied | Self::NotAllowed)
    }
}

/// A decision and the statements that made it, sorted: those that deny, or those that allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The decision.
    pub decision: Decision,
    /// The statements.
    pub used: Vec<Used>,
}

impl Outcome {
    pub(super) fn new(decision: Decision, mut used: Vec<Used>) -> Self {
        used.sort();
        used.dedup();
        Self { decision, used }
    }
}

/// The decision that reasons leave open; none without reasons.
pub(super) fn undecided(mut reasons: Vec<Reason>) -> Option<Decision> {
    reasons.sort();
    reasons.dedup();
    match reasons.iter().any(Reason::is_evidence) {
        _ if reasons.is_empty() => None,
        true => Some(Decision::Unknown(reasons)),
        false => Some(Decision::Conditional(reasons)),
    }
}
