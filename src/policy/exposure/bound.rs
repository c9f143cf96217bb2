//! What one condition says of the caller.
//!
//! In an Allow a condition admits those callers for whom it can hold. In a Deny it lets through those for whom it does not:
//! the same question for the opposite operator. Negated operators and `…IfExists` hold when the key is absent, `ForAllValues`
//! too (IAM User Guide, "IAM JSON policy elements: Condition operators", read 2026-11).

use super::super::document::{Base, Condition, SetOperator};
use super::super::keys::{self, Presence};
use super::Reason;
use super::audience::Answer;
use super::limit::Limit;
use super::limits::positive;
use super::setting::{Bound, Setting, is_bool};

/// For whom a condition of an Allow can hold.
pub(super) fn of_allow(condition: &Condition, setting: &Setting) -> Bound {
    let Condition { operator, key, .. } = condition;
    if operator.base == Base::Null {
        return if is_bool(condition, false) { presence(key) } else { Bound::Free(Some(Reason::Negated(key.clone()))) };
    }
    match setting.holds_now(condition) {
        Some(true) => return Bound::Free(None),
        Some(false) => return Bound::Never(Reason::NeverHolds(key.clone())),
        None => {}
    }
    let absent_holds = operator.if_exists || operator.set == Some(SetOperator::ForAllValues);
    if !is_documented(key, setting.service) {
        return if operator.base.is_negated() || absent_holds {
            Bound::Free(Some(Reason::Negated(key.clone())))
        } else {
            Bound::Never(Reason::NeverHolds(key.clone()))
        };
    }
    if operator.base.is_negated() {
        return match operator.set {
            // Some value must be there and differ.
            Some(SetOperator::ForAnyValue) if !operator.if_exists => presence(key),
            _ => Bound::Free(Some(Reason::Negated(key.clone()))),
        };
    }
    if absent_holds && !setting.is_present(key) {
        let reason = if operator.if_exists { Reason::IfExists } else { Reason::ForAllValues };
        return Bound::Free(Some(reason(key.clone())));
    }
    positive(condition, operator.base, setting)
}

/// For whom a condition of a Deny does not hold, so that the Deny leaves them.
pub(super) fn left_by_deny(condition: &Condition, setting: &Setting, signed: bool) -> Bound {
    let Condition { operator, key, .. } = condition;
    let undocumented = !is_documented(key, setting.service);
    match setting.holds_now(condition) {
        Some(true) => return Bound::Never(Reason::NeverHolds(key.clone())),
        Some(false) => return Bound::Free(None),
        None => {}
    }
    match operator.base {
        Base::Null if is_bool(condition, true) => presence(key),
        Base::Null => Bound::Free(None),
        // Any one value that differs denies: a caller without the key is denied too, but for `ForAnyValue` without `IfExists`.
        base if base.is_negated() => {
            if operator.set == Some(SetOperator::ForAnyValue) && !operator.if_exists {
                Bound::Free(None)
            } else if undocumented {
                Bound::Never(Reason::NeverHolds(key.clone()))
            } else {
                positive(condition, opposite(base), setting)
            }
        }
        Base::Bool if key == "aws:principalisawsservice" && is_bool(condition, false) => {
            if operator.if_exists || signed {
                Bound::Limit(Limit::Services(None), Answer::Unknown)
            } else {
                Bound::Free(None)
            }
        }
        _ if key == "aws:principaltype" && condition.values.iter().any(|value| value.eq_ignore_ascii_case("Anonymous")) => {
            Bound::Limit(Limit::Signed, Answer::Yes)
        }
        _ if operator.if_exists && !undocumented => presence(key),
        _ => Bound::Free(None),
    }
}

fn opposite(base: Base) -> Base {
    match base {
        Base::StringNotEquals => Base::StringEquals,
        Base::StringNotEqualsIgnoreCase => Base::StringEqualsIgnoreCase,
        Base::StringNotLike => Base::StringLike,
        Base::NumericNotEquals => Base::NumericEquals,
        Base::DateNotEquals => Base::DateEquals,
        Base::NotIpAddress => Base::IpAddress,
        Base::ArnNotEquals => Base::ArnEquals,
        Base::ArnNotLike => Base::ArnLike,
        other => other,
    }
}

/// Whether AWS documents the key for the service.
fn is_documented(key: &str, service: &str) -> bool {
    let listed = |key: &str| keys::presence(key, service) != Presence::Never;
    // SNS and SQS write `aws:SourceOwner` into the policies they make, and S3 lists it. A tag's key is written `<key>` in some lists.
    key == "aws:sourceowner" || listed(key) || key.split_once('/').is_some_and(|(name, _)| listed(&format!("{name}/<key>")))
}

/// A key must be in the request, whatever its value. `aws:PrincipalType`, `aws:PrincipalAccount` and `aws:userid` are in anonymous
/// requests too.
fn presence(key: &str) -> Bound {
    let limit = match key {
        "aws:principalarn" | "aws:principalorgid" | "aws:principalorgpaths" | "aws:username" => Limit::Signed,
        "aws:sourcearn" | "aws:sourceaccount" | "aws:sourceorgid" | "aws:sourceorgpaths" | "aws:principalservicename" => {
            Limit::Services(None)
        }
        _ if key.starts_with("aws:principaltag/") => Limit::Signed,
        _ => return Bound::Free(Some(Reason::CallerChooses(key.to_owned()))),
    };
    Bound::Limit(limit, Answer::Yes)
}
