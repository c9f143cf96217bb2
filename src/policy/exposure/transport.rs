//! Whether a bucket policy denies plain HTTP to everybody.

use super::super::document::{Base, Condition, Document, Effect, Operator, Principal, Principals, Statement};
use super::super::pattern::Pattern;
use super::access::{Scope, grantable, takes};
use super::audience::Answer;
use super::judge::covers;

/// Whether every request without TLS is denied: Denys for everybody that together take in all actions on the bucket and its
/// objects, under conditions that hold for every such request. A Deny on another bucket, on a prefix of the objects, for some
/// principals or under a further condition leaves some request and does not count. Unknown if a condition is written in a way
/// that AWS does not document.
///
/// `s3:TlsVersion` is absent from a plain request, so `NumericLessThan` on it denies old TLS and no plain HTTP;
/// `NumericLessThanIfExists` and `Null: true` deny plain HTTP too (Amazon S3 User Guide, "Amazon S3 condition keys").
pub fn denies_plain_http(document: &Document, bucket_arn: &str) -> Answer {
    let bucket = [Pattern::literal(bucket_arn)];
    let objects = [Pattern::resource(&format!("{bucket_arn}/*"), false)];
    let judged: Vec<(&Statement, Answer)> = document
        .statements
        .iter()
        .filter(|statement| statement.effect == Effect::Deny && names_everybody(statement))
        .map(|statement| (statement, statement.conditions.iter().map(holds).min().unwrap_or(Answer::Yes)))
        .filter(|(_, answer)| *answer != Answer::No)
        .collect();
    let denied = |lower: &str, places: &[Pattern]| {
        let takes_in = |statement: &Statement| takes(&statement.actions, lower) && covers(statement.resources.as_ref(), None, places);
        judged.iter().filter(|(statement, _)| takes_in(statement)).map(|(_, answer)| *answer).max().unwrap_or(Answer::No)
    };
    grantable("s3")
        .iter()
        .map(|action| match action.scope {
            Scope::Object => denied(action.lower, &objects),
            Scope::Bucket | Scope::Whole => denied(action.lower, &bucket),
        })
        .min()
        .unwrap_or(Answer::No)
}

fn names_everybody(statement: &Statement) -> bool {
    match &statement.principals {
        Some(Principals::These(list)) => list.contains(&Principal::Anyone),
        Some(Principals::AllBut(list)) => list.is_empty(),
        None => false,
    }
}

/// Whether a condition holds for every request over plain HTTP.
fn holds(condition: &Condition) -> Answer {
    let has = |wanted: &str| condition.values.iter().any(|value| value.trim().eq_ignore_ascii_case(wanted));
    let Operator { base, set, if_exists } = condition.operator;
    match (condition.key.as_str(), base) {
        ("aws:securetransport", Base::Bool) => Answer::of(has("false")),
        ("aws:securetransport", Base::Null) => Answer::of(has("false")),
        ("aws:securetransport", Base::StringEquals | Base::StringEqualsIgnoreCase | Base::StringLike) if has("false") => Answer::Unknown,
        ("s3:tlsversion", Base::Null) => Answer::of(has("true")),
        ("s3:tlsversion", base) if !base.is_negated() => {
            Answer::of(if_exists || set.is_some_and(|set| set == super::super::document::SetOperator::ForAllValues))
        }
        // AWS services call over TLS; with `IfExists` the anonymous caller, who has no such key, is denied as well.
        ("aws:principalisawsservice" | "aws:viaawsservice", Base::Bool) => {
            Answer::of(has("false") && (if_exists || condition.key == "aws:viaawsservice"))
        }
        _ => Answer::No,
    }
}
