//! Questions over many resources: may the principal do this on some resource that matches, and on all of them?
//!
//! Sound, and exact in the cases that occur. A yes on some rests on one resource that was found and decided; a no on some and a yes on all rest
//! on patterns that cover each other. Where neither is found the answer is conditional with [`Reason::Part`], never a guess. A resource that was
//! found need not exist: the question is what the policies would allow.

use std::collections::BTreeSet;

use super::super::pattern::{Pattern, Resolved, common};
use super::compiled::{Compiled, Lean, Target};
use super::reason::{self, Decision, Outcome, Reason};
use super::{Policies, Request, ResourcePolicy, evaluate};

/// Most resources that are tried.
const TRIES: usize = 400;

/// The answer to a question over many resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    /// On at least one: Allowed is sure for one, Denied and NotAllowed are sure for every one.
    pub some: Outcome,
    /// On every one: Allowed is sure for every one, Denied and NotAllowed are sure for at least one.
    pub all: Outcome,
}

/// Decides over all resources that match one of `scope`; the request's own resource is not looked at.
///
/// Names of resources are taken to hold no colon ([`Pattern::as_names`]). Several patterns are one question: allowed on some of any, allowed on all of every one. Without a pattern nothing is allowed.
pub fn decide_over(request: &Request<'_>, scope: &[Pattern], policies: &Policies<'_>) -> Over {
    let scope: BTreeSet<Pattern> = scope.iter().map(Pattern::as_names).collect();
    let answers = scope.iter().map(|pattern| within(request, pattern, policies));
    let nothing = Outcome::new(Decision::NotAllowed, Vec::new());
    answers
        .reduce(|one, two| Over { some: better(one.some, two.some), all: worse(one.all, two.all) })
        .unwrap_or(Over { some: nothing.clone(), all: nothing })
}

/// Rank of a decision: the more it allows, the higher.
fn rank(decision: &Decision) -> u8 {
    match decision {
        Decision::Allowed => 4,
        Decision::Conditional(_) => 3,
        Decision::Unknown(_) => 2,
        Decision::NotAllowed => 1,
        Decision::Denied => 0,
    }
}

fn better(one: Outcome, two: Outcome) -> Outcome {
    if rank(&two.decision) > rank(&one.decision) { two } else { one }
}

fn worse(one: Outcome, two: Outcome) -> Outcome {
    if rank(&two.decision) < rank(&one.decision) { two } else { one }
}

fn within(request: &Request<'_>, scope: &Pattern, policies: &Policies<'_>) -> Over {
    if let Some(text) = scope.exact() {
        let one = evaluate(request, Target::One(text), policies, Lean::Some);
        return Over { some: one.clone(), all: one };
    }
    let most = evaluate(request, Target::Within(&[scope]), policies, Lean::Some);
    let least = evaluate(request, Target::Within(&[scope]), policies, Lean::All);
    if most.decision.is_refused() || least.decision == Decision::Allowed || most == least {
        return Over { all: if most.decision.is_refused() { most.clone() } else { least }, some: most };
    }
    let tried: Vec<Outcome> =
        resources(request, scope, policies).iter().map(|text| evaluate(request, Target::One(text), policies, Lean::Some)).collect();
    let some = match tried.iter().cloned().reduce(better) {
        Some(best) if best.decision == Decision::Allowed => best,
        best => match refused_in_pieces(request, scope, policies) {
            Some(refused) => refused,
            None => best.filter(|best| !best.decision.is_refused()).unwrap_or_else(|| in_part(&most, &most)),
        },
    };
    let all = match tried.iter().cloned().reduce(worse) {
        Some(worst) if worst.decision.is_refused() => worst,
        worst if least.decision.is_refused() => {
            worst.filter(|worst| worst.decision != Decision::Allowed).unwrap_or_else(|| in_part(&least, &most))
        }
        _ => least,
    };
    Over { some, all }
}

/// An answer that is neither proven nor disproven: it rests on these statements, which reach only part.
fn in_part(outcome: &Outcome, most: &Outcome) -> Outcome {
    let used = if outcome.used.is_empty() { &most.used } else { &outcome.used };
    let mut reasons = match &outcome.decision {
        Decision::Conditional(reasons) | Decision::Unknown(reasons) => reasons.clone(),
        Decision::Allowed | Decision::Denied | Decision::NotAllowed => Vec::new(),
    };
    reasons.extend(used.iter().cloned().map(Reason::Part));
    if reasons.is_empty() {
        reasons.push(Reason::Unproven);
    }
    Outcome { decision: reason::undecided(reasons).unwrap_or(Decision::NotAllowed), used: used.clone() }
}

/// Every document that takes part: of the principal's own policies, and of what limits them.
fn documents<'a>(policies: &Policies<'a>) -> (Vec<&'a Compiled>, Vec<&'a Compiled>) {
    let own = policies.identity.iter().filter_map(|policy| policy.document).collect();
    let resource = match policies.resource {
        ResourcePolicy::Given(_, policy) => policy.document,
        _ => None,
    };
    let levels = policies.scps.iter().chain(policies.rcps).filter_map(|level| level.policies).flatten();
    let limits = policies.boundary.iter().chain(policies.session).chain(levels);
    (own, limits.filter_map(|policy| policy.document).chain(resource).collect())
}

/// Resources worth trying: a general one of the scope, and one in the scope for every pattern that statements name, alone and in pairs.
fn resources(request: &Request<'_>, scope: &Pattern, policies: &Policies<'_>) -> BTreeSet<String> {
    let action = request.action.to_lowercase();
    let (own, limits) = documents(policies);
    let named = |documents: &[&Compiled]| -> BTreeSet<Pattern> {
        let patterns = documents.iter().flat_map(|document| document.named_resources(&action));
        patterns.filter(|pattern| !pattern.is_everything() && pattern.meets(scope)).map(|pattern| bound(request, pattern)).collect()
    };
    let (own, limits) = (named(&own), named(&limits));
    let mut found = BTreeSet::new();
    found.extend(common(&[scope]));
    for pattern in own.iter().chain(&limits) {
        found.extend(common(&[scope, pattern]));
    }
    for (one, two) in own.iter().flat_map(|one| limits.iter().map(move |two| (one, two))) {
        if found.len() >= TRIES {
            break;
        }
        found.extend(common(&[scope, one, two]));
    }
    found.into_iter().take(TRIES).collect()
}

/// A pattern with the variables that are known put in.
fn bound(request: &Request<'_>, pattern: &Pattern) -> Pattern {
    match pattern.resolve(|name| request.context.binding(name)) {
        Resolved::Known(pattern) | Resolved::Unknown(pattern, _) => pattern,
        Resolved::Never => pattern.clone(),
    }
}

/// Proves that nothing in the scope is allowed: everything an Allow of the principal's policies reaches is denied or not allowed as a whole.
fn refused_in_pieces(request: &Request<'_>, scope: &Pattern, policies: &Policies<'_>) -> Option<Outcome> {
    let action = request.action.to_lowercase();
    let (own, _) = documents(policies);
    let unread = policies.identity.iter().any(|policy| policy.document.is_none());
    if unread || request.who.is_root() || !matches!(policies.resource, ResourcePolicy::Unasked | ResourcePolicy::Nothing(_)) {
        return None;
    }
    let mut last = None;
    for piece in own.iter().flat_map(|document| document.allowed_resources(&action)) {
        let piece = piece.map(|pattern| bound(request, pattern));
        let both = match &piece {
            Some(pattern) if !pattern.meets(scope) => continue,
            Some(pattern) => vec![scope, pattern],
            None => vec![scope],
        };
        let outcome = evaluate(request, Target::Within(&both), policies, Lean::Some);
        if !outcome.decision.is_refused() {
            return None;
        }
        last = Some(last.map_or(outcome.clone(), |last| worse(last, outcome)));
    }
    last
}
