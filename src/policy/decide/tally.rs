//! What the statements of policies come to for one request.

use super::super::condition::{Context, Truth};
use super::super::document::{Actions, Effect, Resources};
use super::super::pattern::{Pattern, Resolved, apart, covers_common};
use super::Policy;
use super::compiled::Rule;
use super::principal::{Named, Who};
use super::reason::{PolicyKind, Reason, Used};

/// What a question is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target<'a> {
    /// One resource: its ARN, or `*` for actions that take none.
    One(&'a str),
    /// All resources that match every one of these patterns.
    Within(&'a [&'a Pattern]),
}

/// How a statement counts that reaches only part of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lean {
    /// Is it allowed on some? An Allow on part counts, a Deny on part does not.
    Some,
    /// Is it allowed on all? A Deny on part counts, an Allow on part does not.
    All,
}

/// A question to statements.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) who: &'a Who,
    pub(super) action: &'a str,
    pub(super) target: Target<'a>,
    pub(super) context: &'a Context,
    pub(super) bounded: bool,
    pub(super) lean: Lean,
}

/// How much of the target is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    All,
    Part,
    None,
    /// It depends on a variable.
    Variable(String),
}

impl Rule {
    pub(super) fn has_action(&self, action: &str) -> bool {
        match &self.actions {
            Actions::These(list) => list.iter().any(|pattern| pattern.matches(action)),
            Actions::AllBut(list) => !list.iter().any(|pattern| pattern.matches(action)),
        }
    }

    pub(super) fn reach(&self, ask: &Ask<'_>, kind: PolicyKind) -> Reach {
        // A resource policy does not match by an ARN of fewer segments; identity policies take the rest as `*`.
        let skipped = |pattern: &Pattern| matches!(kind, PolicyKind::Resource(_) | PolicyKind::Rcp) && pattern.is_short_arn();
        let one = |pattern: &Pattern| if skipped(pattern) { Reach::None } else { reach(pattern, ask) };
        let excluded = |pattern: &Pattern| match pattern.resolve(|name| ask.context.binding(name)) {
            Resolved::Never(name) => Reach::Variable(name),
            _ => one(pattern),
        };
        match &self.resources {
            None => Reach::All,
            Some(Resources::These(list)) => list.iter().map(one).fold(Reach::None, Reach::or),
            Some(Resources::AllBut(list)) => list.iter().map(excluded).fold(Reach::None, Reach::or).not(),
        }
    }
}

impl Reach {
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => Self::All,
            (Self::Part, _) | (_, Self::Part) => Self::Part,
            (Self::Variable(one), Self::Variable(two)) => Self::Variable(one.min(two)),
            (Self::Variable(name), _) | (_, Self::Variable(name)) => Self::Variable(name),
            (Self::None, Self::None) => Self::None,
        }
    }

    pub(super) fn not(self) -> Self {
        match self {
            Self::All => Self::None,
            Self::None => Self::All,
            other => other,
        }
    }
}

pub(super) fn reach(pattern: &Pattern, ask: &Ask<'_>) -> Reach {
    if !pattern.has_variables() {
        return ask.target.reach(pattern);
    }
    match pattern.resolve(|name| ask.context.binding(name)) {
        Resolved::Known(pattern) => ask.target.reach(&pattern),
        Resolved::Never(_) => Reach::None,
        Resolved::Unknown(pattern, names) => match (ask.target.reach(&pattern), names.into_iter().next()) {
            (Reach::None, _) | (_, None) => Reach::None,
            (_, Some(name)) => Reach::Variable(name),
        },
    }
}

impl Target<'_> {
    pub(super) fn reach(&self, pattern: &Pattern) -> Reach {
        match self {
            Self::One(text) if pattern.matches(text) => Reach::All,
            Self::One(_) => Reach::None,
            Self::Within(scope) if scope.iter().any(|scope| pattern.covers(scope)) => Reach::All,
            Self::Within(scope) if scope.iter().any(|scope| !pattern.meets(scope)) => Reach::None,
            Self::Within([_]) => Reach::Part,
            Self::Within(scope) if covers_common(pattern, scope) => Reach::All,
            Self::Within(scope) => {
                let all: Vec<&Pattern> = scope.iter().copied().chain([pattern]).collect();
                if apart(&all) { Reach::None } else { Reach::Part }
            }
        }
    }
}

/// A statement of a policy, not yet written out as [`Used`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark<'a> {
    pub(super) kind: PolicyKind,
    pub(super) policy: &'a str,
    pub(super) rule: &'a Rule,
}

impl Mark<'_> {
    pub(super) fn used(&self) -> Used {
        let Rule { position, sid, effect, .. } = self.rule;
        Used { kind: self.kind, policy: self.policy.to_owned(), position: *position, sid: sid.clone(), effect: *effect }
    }
}

/// What all statements of one kind of policy say: sure denies, open denies, and allows by how they name the principal.
#[derive(Debug, Default)]
pub(super) struct Tally<'a> {
    pub(super) deny: Vec<Mark<'a>>,
    pub(super) maybe_deny: Vec<Reason>,
    /// Allows the principal itself, or anyone; every allow of a policy without principals.
    pub(super) direct: Tri<'a>,
    /// Allows the role behind a session.
    pub(super) of_role: Tri<'a>,
    /// Allows the principal's account.
    pub(super) account: Tri<'a>,
    /// Whether a statement reaches part of the target, so that the two leanings may differ.
    pub(super) partial: bool,
}

impl<'a> Tally<'a> {
    pub(super) fn of(ask: &Ask<'a>, kind: PolicyKind, policies: &[Policy<'a>]) -> Self {
        let mut tally = Self::default();
        for policy in policies {
            match policy.document {
                Some(document) => document.rules(ask.action).for_each(|rule| tally.add(ask, Mark { kind, policy: policy.name, rule })),
                None => {
                    // It may allow, and it may deny.
                    let reason = Reason::NotRead(kind, policy.name.to_owned());
                    tally.maybe_deny.push(reason.clone());
                    tally.allow(Named::Itself, Tri::maybe(reason));
                }
            }
        }
        tally
    }

    pub(super) fn any_allow(&self) -> Tri<'a> {
        self.direct.clone().or(self.of_role.clone()).or(self.account.clone())
    }

    pub(super) fn add(&mut self, ask: &Ask<'_>, mark: Mark<'a>) {
        let Mark { kind, rule, .. } = mark;
        let named = match kind {
            PolicyKind::Resource(_) => ask.who.named(rule.principals.as_ref(), rule.effect, ask.bounded),
            _ => Named::Itself,
        };
        if named == Named::Not {
            return;
        }
        let reach = rule.reach(ask, kind);
        let counts = match (&reach, rule.effect, ask.lean) {
            (Reach::None, ..) => false,
            (Reach::Part, Effect::Allow, lean) => lean == Lean::Some,
            (Reach::Part, Effect::Deny, lean) => lean == Lean::All,
            // A variable has one value, which never reaches all of several resources.
            (Reach::Variable(_), Effect::Allow, Lean::All) | (Reach::Variable(_), Effect::Deny, Lean::Some) => {
                matches!(ask.target, Target::One(_))
            }
            (Reach::All | Reach::Variable(_), ..) => true,
        };
        self.partial |= matches!((&reach, ask.target), (Reach::Part, _) | (Reach::Variable(_), Target::Within(_)));
        if !counts {
            return;
        }
        let truth = rule.tests.truth(ask.context);
        if truth == Truth::No {
            return;
        }
        let used = || mark.used();
        let mut reasons = Vec::new();
        if let Truth::Unknown(undecided) = truth {
            reasons.extend(undecided.into_iter().map(|undecided| Reason::Condition(used(), undecided)));
        }
        if let Reach::Variable(name) = reach {
            reasons.push(Reason::Variable(used(), name));
        }
        match named {
            Named::OneSession => reasons.push(Reason::SessionName(used())),
            Named::Unsure => reasons.push(Reason::NotPrincipal(used())),
            Named::Not | Named::Account | Named::Role | Named::Itself => {}
        }
        match rule.effect {
            Effect::Deny if reasons.is_empty() => self.deny.push(mark),
            Effect::Deny => self.maybe_deny.extend(reasons),
            Effect::Allow if reasons.is_empty() => self.allow(named, Tri::Yes(vec![mark])),
            Effect::Allow => self.allow(named, Tri::Maybe(reasons, vec![mark])),
        }
    }

    pub(super) fn allow(&mut self, named: Named, answer: Tri<'a>) {
        let slot = match named {
            Named::Account => &mut self.account,
            Named::Role => &mut self.of_role,
            Named::Not | Named::Itself | Named::OneSession | Named::Unsure => &mut self.direct,
        };
        *slot = std::mem::take(slot).or(answer);
    }
}

/// A three-valued answer: yes with the statements that say so, no, or maybe with reasons and the statements that may say so.
#[derive(Debug, Clone, Default)]
pub(super) enum Tri<'a> {
    Yes(Vec<Mark<'a>>),
    #[default]
    No,
    Maybe(Vec<Reason>, Vec<Mark<'a>>),
}

impl Tri<'_> {
    pub(super) fn yes() -> Self {
        Self::Yes(Vec::new())
    }

    pub(super) fn maybe(reason: Reason) -> Self {
        Self::Maybe(vec![reason], Vec::new())
    }

    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes(mut used), Self::Yes(more)) => {
                used.extend(more);
                Self::Yes(used)
            }
            (Self::Yes(used), _) | (_, Self::Yes(used)) => Self::Yes(used),
            (Self::No, other) | (other, Self::No) => other,
            (Self::Maybe(mut reasons, mut used), Self::Maybe(more, others)) => {
                reasons.extend(more);
                used.extend(others);
                Self::Maybe(reasons, used)
            }
        }
    }

    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes(mut used), Self::Yes(more)) => {
                used.extend(more);
                Self::Yes(used)
            }
            (Self::Yes(more), Self::Maybe(reasons, mut used)) | (Self::Maybe(reasons, mut used), Self::Yes(more)) => {
                used.extend(more);
                Self::Maybe(reasons, used)
            }
            (Self::Maybe(mut reasons, mut used), Self::Maybe(more, others)) => {
                reasons.extend(more);
                used.extend(others);
                Self::Maybe(reasons, used)
            }
        }
    }
}
