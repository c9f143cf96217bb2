//! Documents made ready, and what their statements say of one question.

use rustc_hash::FxHashMap;

use super::super::condition::{Context, Tests, Truth};
use super::super::document::{Actions, Document, Effect, Principals, Resources};
use super::super::pattern::{Pattern, Resolved, apart, covers_common};
use super::Policy;
use super::principal::{Named, Who};
use super::reason::{PolicyKind, Reason, Tri, Used};

/// A document made ready: distinct documents are compiled once and shared by all principals that hold them.
#[derive(Debug, Clone)]
pub struct Compiled {
    rules: Vec<Rule>,
    /// Watched actions, lower case, and the rules that apply to each.
    index: FxHashMap<String, Vec<usize>>,
}

/// A statement, compiled.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    position: usize,
    sid: Option<String>,
    effect: Effect,
    principals: Option<Principals>,
    actions: Actions,
    resources: Option<Resources>,
    tests: Tests,
}

impl Compiled {
    /// Compiles a document; `watched` are actions that will be asked about often. Others work too, only slower.
    pub fn new<'a>(document: &Document, watched: impl IntoIterator<Item = &'a str>) -> Self {
        let rules: Vec<Rule> = document
            .statements
            .iter()
            .map(|statement| Rule {
                position: statement.position,
                sid: statement.sid.clone(),
                effect: statement.effect,
                principals: statement.principals.clone(),
                actions: statement.actions.clone(),
                resources: statement.resources.clone(),
                tests: Tests::new(&statement.conditions, document.version),
            })
            .collect();
        let on = |action: &str| (0..rules.len()).filter(|at| rules[*at].has_action(action)).collect();
        let index = watched.into_iter().map(str::to_lowercase).map(|action| (action.clone(), on(&action))).collect();
        Self { rules, index }
    }

    fn rules<'s>(&'s self, action: &'s str) -> impl Iterator<Item = &'s Rule> {
        let found = self.index.get(action);
        let scanned = found.is_none().then(|| self.rules.iter().filter(move |rule| rule.has_action(action)));
        let indexed = found.into_iter().flatten().filter_map(|at| self.rules.get(*at));
        indexed.chain(scanned.into_iter().flatten())
    }

    /// Whether some statement allows the action on some resource, before conditions.
    pub(super) fn allows(&self, action: &str) -> bool {
        self.rules(action).any(|rule| rule.effect == Effect::Allow)
    }

    /// Resources that statements on this action name, in `Resource` or `NotResource`.
    pub(super) fn named_resources<'s>(&'s self, action: &'s str) -> Vec<&'s Pattern> {
        let mut all = Vec::new();
        for rule in self.rules(action) {
            match &rule.resources {
                Some(Resources::These(list) | Resources::AllBut(list)) => all.extend(list),
                None => {}
            }
        }
        all
    }

    /// Resources that Allow statements on this action name; none for a statement that names what it leaves out, or no resource at all.
    pub(super) fn allowed_resources<'s>(&'s self, action: &'s str) -> Vec<Option<&'s Pattern>> {
        let mut all = Vec::new();
        for rule in self.rules(action).filter(|rule| rule.effect == Effect::Allow) {
            match &rule.resources {
                Some(Resources::These(list)) => all.extend(list.iter().map(Some)),
                Some(Resources::AllBut(_)) | None => all.push(None),
            }
        }
        all
    }
}

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
enum Reach {
    All,
    Part,
    None,
    /// It depends on a variable.
    Variable(String),
}

impl Rule {
    fn has_action(&self, action: &str) -> bool {
        match &self.actions {
            Actions::These(list) => list.iter().any(|pattern| pattern.matches(action)),
            Actions::AllBut(list) => !list.iter().any(|pattern| pattern.matches(action)),
        }
    }

    fn reach(&self, ask: &Ask<'_>, kind: PolicyKind) -> Reach {
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
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => Self::All,
            (Self::Part, _) | (_, Self::Part) => Self::Part,
            (Self::Variable(one), Self::Variable(two)) => Self::Variable(one.min(two)),
            (Self::Variable(name), _) | (_, Self::Variable(name)) => Self::Variable(name),
            (Self::None, Self::None) => Self::None,
        }
    }

    fn not(self) -> Self {
        match self {
            Self::All => Self::None,
            Self::None => Self::All,
            other => other,
        }
    }
}

fn reach(pattern: &Pattern, ask: &Ask<'_>) -> Reach {
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
    fn reach(&self, pattern: &Pattern) -> Reach {
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
    kind: PolicyKind,
    policy: &'a str,
    rule: &'a Rule,
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

    fn add(&mut self, ask: &Ask<'_>, mark: Mark<'a>) {
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

    fn allow(&mut self, named: Named, answer: Tri<'a>) {
        let slot = match named {
            Named::Account => &mut self.account,
            Named::Role => &mut self.of_role,
            Named::Not | Named::Itself | Named::OneSession | Named::Unsure => &mut self.direct,
        };
        *slot = std::mem::take(slot).or(answer);
    }
}
