//! What one condition leaves of a statement, and what it is read against.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::super::condition::{Context, Truth, truth};
use super::super::document::{Base, Condition, Operator, SetOperator, Version};
use super::super::keys::{self, Presence};
use super::Reason;
use super::audience::Answer;
use super::limit::Limit;

/// What a condition says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bound {
    /// It limits nobody.
    Free(Option<Reason>),
    /// It holds for nobody.
    Never(Reason),
    /// It limits the caller, and by AWS's definition the grant is then public or not.
    Limit(Limit, Answer),
    /// It may not hold, whoever calls.
    Open(Reason),
}

/// Services that take signed calls only, but for the actions named.
pub(super) const SIGNED_ONLY: &[&str] =
    &["kms", "secretsmanager", "ecr", "backup", "glacier", "dynamodb", "kinesis", "logs", "events", "lambda", "sts", "codeartifact", "ssm"];

/// Actions of those services that need no signature: a function URL without authentication, and tokens of identity providers.
pub(super) const UNSIGNED: &[&str] = &["lambda:invokefunctionurl", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"];

/// Whether every call of the action (lower case) carries AWS credentials.
pub(super) fn is_signed(action: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default();
    SIGNED_ONLY.contains(&service) && !UNSIGNED.contains(&action)
}

/// The statement's surroundings that a condition is read in.
pub(super) struct Setting<'a> {
    pub version: Version,
    pub service: &'a str,
    /// The time for which the policy is judged.
    pub as_of: Option<Timestamp>,
    /// Keys that another condition of the statement requires to be present.
    pub present: BTreeSet<&'a str>,
}

impl<'a> Setting<'a> {
    pub(super) fn new(version: Version, service: &'a str, as_of: Option<Timestamp>, conditions: &'a [Condition]) -> Self {
        let requires = |condition: &&Condition| match condition.operator {
            Operator { base: Base::Null, .. } => is_bool(condition, false),
            Operator { base, set, if_exists } => !base.is_negated() && set != Some(SetOperator::ForAllValues) && !if_exists,
        };
        Setting { version, service, as_of, present: conditions.iter().filter(requires).map(|condition| condition.key.as_str()).collect() }
    }

    /// Whether a condition on the time of the call holds at the time for which the policy is judged.
    pub(super) fn holds_now(&self, condition: &Condition) -> Option<bool> {
        let as_of = self.as_of.filter(|_| matches!(condition.key.as_str(), "aws:currenttime" | "aws:epochtime"))?;
        let mut context = Context::new(self.service, false);
        context.set_text("aws:currenttime", &as_of.to_string());
        context.set_text("aws:epochtime", &as_of.as_second().to_string());
        match truth(std::slice::from_ref(condition), self.version, &context) {
            Truth::Yes => Some(true),
            Truth::No => Some(false),
            Truth::Unknown(_) => None,
        }
    }

    /// Whether the key is in every request that the policy can meet: `aws:PrincipalAccount` is in anonymous ones too.
    pub(super) fn is_present(&self, key: &str) -> bool {
        self.present.contains(key)
            || (key == "aws:principalaccount" && self.service != "sts")
            || keys::presence(key, self.service) == Presence::Always
    }
}

/// Whether all values are this one.
pub(super) fn is_bool(condition: &Condition, wanted: bool) -> bool {
    let text = if wanted { "true" } else { "false" };
    !condition.values.is_empty() && condition.values.iter().all(|value| value.trim().eq_ignore_ascii_case(text))
}
