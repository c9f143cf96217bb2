//! Questions over many resources: may the principal do this on some resource that matches, and on all of them?
//!
//! Sound, and exact in the cases that occur. A yes on some rests on one resource that was found and decided; a no on some and a yes on all rest
//! on patterns that cover each other. Where neither is found the answer is conditional with [`Reason::Part`], never a guess. A resource that was
//! found need not exist: the question is what the policies would allow.

use std::collections::BTreeSet;

use super::super::pattern::{Pattern, Resolved, common};
use super::compiled::Compiled;
use super::reason::{self, Decision, Outcome, Reason};
use super::tally::{Lean, Target};
use super::{Policies, Request, ResourcePolicy, evaluate, lower};

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
    let action = lower(request.action);
    let nothing = Outcome::new(Decision::NotAllowed, Vec::new());
    // Most principals have no statement on most actions.
    let own = policies.identity.iter().all(|policy| policy.document.is_some_and(|document| !document.allows(&action)));
    if own && !request.who.is_root() && matches!(policies.resource, ResourcePolicy::Unasked | ResourcePolicy::Nothing(_)) {
        return Over { some: nothing.clone(), all: nothing };
    }
    let scope: BTreeSet<Pattern> = scope.iter().map(Pattern::as_names).collect();
    let question = Question { request, action: &action, policies };
    let answers = scope.iter().map(|pattern| question.within(pattern));
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

/// A question without its resources.
struct Question<'a> {
    request: &'a Request<'a>,
    action: &'a str,
    policies: &'a Policies<'a>,
}

impl Question<'_> {
    fn evaluate(&self, target: Target<'_>, lean: Lean) -> (Outcome, bool) {
        evaluate(self.request, self.action, target, self.policies, lean)
    }

    fn within(&self, scope: &Pattern) -> Over {
        if let Some(text) = scope.exact() {
            let (one, _) = self.evaluate(Target::One(text), Lean::Some);
            return Over { some: one.clone(), all: one };
        }
        let (most, partial) = self.evaluate(Target::Within(&[scope]), Lean::Some);
        if !partial || most.decision.is_refused() {
            return Over { some: most.clone(), all: most };
        }
        let (least, _) = self.evaluate(Target::Within(&[scope]), Lean::All);
        if least.decision == Decision::Allowed {
            return Over { some: most, all: least };
        }
        let mut best: Option<Outcome> = None;
        let mut worst: Option<Outcome> = None;
        for text in self.resources(scope) {
            let (one, _) = self.evaluate(Target::One(&text), Lean::Some);
            worst = Some(worst.map_or(one.clone(), |worst| worse(worst, one.clone())));
            best = Some(best.map_or(one.clone(), |best| better(best, one)));
            if is(&best, |decision| *decision == Decision::Allowed) && is(&worst, Decision::is_refused) {
                break;
            }
        }
        let some = if is(&best, |decision| *decision == Decision::Allowed) {
            best
        } else {
            self.refused_in_pieces(scope).or(best.filter(|best| !best.decision.is_refused()))
        };
        let all = if is(&worst, Decision::is_refused) {
            worst
        } else if least.decision.is_refused() {
            worst.filter(|worst| worst.decision != Decision::Allowed)
        } else {
            Some(least.clone())
        };
        Over { some: some.unwrap_or_else(|| in_part(&most, &most)), all: all.unwrap_or_else(|| in_part(&least, &most)) }
    }

    /// Every document that takes part: of the principal's own policies, and of what limits them.
    fn documents(&self) -> (Vec<&Compiled>, Vec<&Compiled>) {
        let policies = self.policies;
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
    fn resources(&self, scope: &Pattern) -> BTreeSet<String> {
        let (own, limits) = self.documents();
        let named = |documents: &[&Compiled]| -> BTreeSet<Pattern> {
            let patterns = documents.iter().flat_map(|document| document.named_resources(self.action));
            patterns.filter(|pattern| !pattern.is_everything() && pattern.meets(scope)).map(|pattern| self.bound(pattern)).collect()
        };
        let (own, limits) = (named(&own), named(&limits));
        let mut found = BTreeSet::new();
        found.extend(common(&[scope]));
        for pattern in own.iter().chain(&limits).take(TRIES) {
            found.extend(common(&[scope, pattern]));
        }
        for (one, two) in own.iter().flat_map(|one| limits.iter().map(move |two| (one, two))).take(TRIES) {
            found.extend(common(&[scope, one, two]));
        }
        found.into_iter().take(TRIES).collect()
    }

    /// A pattern with the variables that are known put in.
    fn bound(&self, pattern: &Pattern) -> Pattern {
        match pattern.resolve(|name| self.request.context.binding(name)) {
            Resolved::Known(pattern) | Resolved::Unknown(pattern, _) => pattern,
            Resolved::Never(_) => pattern.clone(),
        }
    }

    /// Proves that nothing in the scope is allowed: everything an Allow of the principal's policies reaches is denied or not allowed as a whole.
    fn refused_in_pieces(&self, scope: &Pattern) -> Option<Outcome> {
        let (own, _) = self.documents();
        let unread = self.policies.identity.iter().any(|policy| policy.document.is_none());
        let alone = matches!(self.policies.resource, ResourcePolicy::Unasked | ResourcePolicy::Nothing(_));
        if unread || self.request.who.is_root() || !alone {
            return None;
        }
        let mut last: Option<Outcome> = None;
        for piece in own.iter().flat_map(|document| document.allowed_resources(self.action)) {
            let piece = piece.map(|pattern| self.bound(pattern));
            let both = match &piece {
                Some(pattern) if !pattern.meets(scope) => continue,
                Some(pattern) => vec![scope, pattern],
                None => vec![scope],
            };
            let (outcome, _) = self.evaluate(Target::Within(&both), Lean::Some);
            if !outcome.decision.is_refused() {
                return None;
            }
            last = Some(last.map_or(outcome.clone(), |last| worse(last, outcome)));
        }
        last
    }
}

fn is(outcome: &Option<Outcome>, what: impl Fn(&Decision) -> bool) -> bool {
    outcome.as_ref().is_some_and(|outcome| what(&outcome.decision))
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
