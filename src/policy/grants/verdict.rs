//! Whether a principal may do an action on something, from its own side: identity policies, boundary, control policies.
//!
//! The order is AWS's (IAM User Guide, "Policy evaluation logic"): an explicit Deny anywhere decides; then every level of control policies,
//! the boundary and the identity policies must each allow. What a resource's own policy adds is the caller's matter. The answer keeps what
//! it rests on: statements, condition keys that files do not show, texts that were not delivered, and what blocks an Allow.

use std::collections::BTreeSet;

use super::super::condition::{Context, Truth, Undecided, Value};
use super::super::document::{Effect, Resources};
use super::super::pattern::{Pattern, Resolved};
use super::statements::Statements;
use super::world::{Boundary, Gap, Holder, Rule, RuleId, Source, TAGS, World, holds};

/// Position sets tried before two patterns count as having a resource in common.
const STATES: usize = 1 << 16;

/// Answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing allows it.
    No,
    /// Allowed; surely where the support has neither keys nor gaps.
    Yes(Support),
    /// A policy of the principal allows it, and something else does not.
    Blocked(BTreeSet<Block>),
}

/// What an Allow rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Support {
    /// Condition keys that decide and that files do not show.
    pub keys: BTreeSet<String>,
    /// What was not delivered.
    pub gaps: BTreeSet<Gap>,
    /// Statements used.
    pub used: Statements,
}

/// What stands against an Allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Block {
    /// An explicit Deny of the principal's own policies.
    Deny(RuleId),
    /// The permissions boundary does not allow it.
    Boundary,
    /// A control policy denies it or none of a level allows it.
    ControlPolicy,
    /// A resource control policy over the target's account denies it.
    Guard,
    /// A condition of the Allow does not hold.
    Condition(RuleId),
    /// The trust policy of the role, by the index of its principal; whether the Allow names the role, not just everything.
    Trust(usize, bool),
}

/// What an action is done to.
#[derive(Debug, Clone, Copy)]
pub enum Target<'t> {
    /// This resource.
    Arn(&'t str),
    /// Any resource of these types: one pattern of every list.
    Any(&'t [Vec<Pattern>]),
}

impl Support {
    /// Whether nothing is open.
    pub fn is_sure(&self) -> bool {
        self.keys.is_empty() && self.gaps.is_empty()
    }

    fn weight(&self) -> (usize, usize) {
        (self.gaps.len(), self.keys.len())
    }

    /// Adds another support: both are needed.
    pub fn join(&mut self, other: &Self) {
        self.keys.extend(other.keys.iter().cloned());
        self.gaps.extend(other.gaps.iter().cloned());
        other.used.iter().for_each(|id| self.used.insert(id));
    }
}

impl Verdict {
    /// Allowed on a gap alone.
    pub fn gap(gap: Gap) -> Self {
        Self::Yes(Support { gaps: BTreeSet::from([gap]), ..Support::default() })
    }

    /// Whether it is surely allowed.
    pub fn is_sure(&self) -> bool {
        matches!(self, Self::Yes(support) if support.is_sure())
    }

    /// Both are needed.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Blocked(mut one), Self::Blocked(two)) => {
                one.extend(two);
                Self::Blocked(one)
            }
            (Self::Blocked(blocks), _) | (_, Self::Blocked(blocks)) => Self::Blocked(blocks),
            (Self::Yes(mut one), Self::Yes(two)) => {
                one.join(&two);
                Self::Yes(one)
            }
        }
    }

    /// Either is enough: the surer, and the first of two alike.
    pub fn or(self, other: Self) -> Self {
        match (&self, &other) {
            (Self::Yes(one), Self::Yes(two)) => {
                if two.weight() < one.weight() {
                    other
                } else {
                    self
                }
            }
            (Self::Yes(_), _) | (Self::Blocked(_), Self::No) => self,
            (_, Self::Yes(_)) | (Self::No, _) => other,
            (Self::Blocked(one), Self::Blocked(two)) => {
                if two.len() < one.len() {
                    other
                } else {
                    self
                }
            }
        }
    }
}

/// Answer of one set of statements to one question.
enum Allowed {
    Sure(RuleId),
    Open(RuleId, BTreeSet<String>),
    /// A statement fits but for its conditions.
    Failed(RuleId),
    None,
}

/// A question about one principal and one action.
pub struct Question<'w, 'a> {
    /// The estate.
    pub world: &'w World<'a>,
    /// Who asks.
    pub holder: &'w Holder,
    /// Place of the action in the list of watched actions.
    pub action: usize,
    /// What is known of the request.
    pub context: &'w Context,
}

/// Patterns that stand for a target: a resource, or a set narrowed down by an Allow.
#[derive(Clone, Copy)]
enum Place<'t> {
    Arn(&'t str),
    Within(&'t Pattern, &'t Pattern),
    /// All of these resources.
    Whole(&'t Pattern),
}

impl Question<'_, '_> {
    /// The answer for a target.
    pub fn answer(&self, target: Target<'_>) -> Verdict {
        match target {
            Target::Arn(arn) => self.at(Place::Arn(arn)),
            Target::Any([]) => self.at(Place::Arn("*")),
            Target::Any(groups) => groups.iter().map(|group| self.any(group)).reduce(Verdict::and).unwrap_or(Verdict::No),
        }
    }

    /// Whether an Allow, or a text that was not delivered, may be about this resource; where not, the answer is no whatever else is
    /// known of the request. What the context leaves open in a pattern matches everything.
    pub fn is_named(&self, arn: &str) -> bool {
        let rules = self.holder.allow.iter().map(|id| &self.world.rules[*id as usize]);
        let mut about = rules.filter(|rule| rule.statement.effect == Effect::Allow && holds(&rule.actions, self.action));
        !self.holder.gaps.is_empty() || about.any(|rule| self.reaches(rule, Place::Arn(arn)).is_some())
    }

    /// The answer for all resources of these types; a Deny on some of them does not count.
    pub fn everywhere(&self, types: &[Vec<Pattern>]) -> Verdict {
        let all = types.iter().flatten().map(|wanted| self.at(Place::Whole(wanted)));
        all.reduce(Verdict::and).unwrap_or_else(|| self.at(Place::Arn("*")))
    }

    /// The answer for the resources that one pattern of one Allow names, of these types.
    pub fn by(&self, id: RuleId, own: &Pattern, types: &[Vec<Pattern>]) -> Verdict {
        let all = types.iter().flatten().filter(|wanted| touches(own, wanted));
        let found = all.map(|wanted| self.at_by(Place::Within(own, wanted), Some(id))).reduce(Verdict::or);
        match found {
            Some(verdict) => verdict,
            None if types.is_empty() && own.matches("*") => self.at_by(Place::Arn("*"), Some(id)),
            None => Verdict::No,
        }
    }

    /// Whether it holds for one resource of one of these types.
    fn any(&self, types: &[Pattern]) -> Verdict {
        let mut best = self.missing();
        for id in &self.holder.allow {
            let rule = &self.world.rules[*id as usize];
            if !holds(&rule.actions, self.action) {
                continue;
            }
            for own in self.patterns(rule) {
                for wanted in types.iter().filter(|wanted| touches(&own, wanted)) {
                    best = best.or(self.at_by(Place::Within(&own, wanted), Some(*id)));
                    if best.is_sure() {
                        return best;
                    }
                }
            }
        }
        best
    }

    /// The resources that an Allow names, as patterns; for `NotResource` everything (the exceptions are tried as a Deny is).
    fn patterns(&self, rule: &Rule) -> Vec<Pattern> {
        match &rule.statement.resources {
            Some(Resources::These(patterns)) => patterns
                .iter()
                .filter_map(|pattern| match pattern.resolve(|key| self.context.binding(key)) {
                    Resolved::Known(pattern) | Resolved::Unknown(pattern, _) => Some(pattern),
                    Resolved::Never(_) => None,
                })
                .collect(),
            Some(Resources::AllBut(_)) => vec![Pattern::new("*")],
            None => Vec::new(),
        }
    }

    fn at(&self, place: Place<'_>) -> Verdict {
        self.at_by(place, None)
    }

    /// What the principal's missing texts could allow.
    fn missing(&self) -> Verdict {
        if self.holder.gaps.is_empty() {
            return Verdict::No;
        }
        Verdict::Yes(Support { gaps: self.holder.gaps.clone(), ..Support::default() })
    }

    /// The answer for a place, by one Allow or by any.
    fn at_by(&self, place: Place<'_>, by: Option<RuleId>) -> Verdict {
        let mut support = Support::default();
        let own = match by {
            Some(id) => self.allowed([id].iter(), place),
            None => self.allowed(self.holder.allow.iter(), place),
        };
        match own {
            Allowed::Sure(id) => support.used.insert(id),
            Allowed::Open(id, keys) => {
                support.used.insert(id);
                support.keys.extend(keys);
            }
            Allowed::Failed(_) | Allowed::None if !self.holder.gaps.is_empty() => support.gaps.extend(self.holder.gaps.iter().cloned()),
            Allowed::Failed(id) => return Verdict::Blocked(BTreeSet::from([Block::Condition(id)])),
            Allowed::None => return Verdict::No,
        }
        let mut blocks = BTreeSet::new();
        if let Some(id) = self.denied(self.holder.deny.iter(), place, &mut support) {
            blocks.insert(Block::Deny(id));
        }
        match &self.holder.boundary {
            Boundary::Absent => {}
            Boundary::Unknown(arn) => drop(support.gaps.insert(Gap::BoundaryText(arn.clone()))),
            Boundary::Known(_) => {
                if !self.level(self.holder.bounds.iter(), place, &mut support) {
                    blocks.insert(Block::Boundary);
                }
            }
        }
        support.gaps.extend(self.holder.unread.iter().cloned());
        for level in self.holder.controls.iter() {
            let rules = level.iter().flat_map(|source: &Source| &self.world.docs[source.doc as usize]);
            if !self.level(rules, place, &mut support) {
                blocks.insert(Block::ControlPolicy);
            }
        }
        if blocks.is_empty() { Verdict::Yes(support) } else { Verdict::Blocked(blocks) }
    }

    /// The statement among some that denies it on a resource; open questions go to the support.
    pub fn denied_at<'r>(&self, rules: impl Iterator<Item = &'r RuleId>, arn: &str, support: &mut Support) -> Option<RuleId> {
        self.denied(rules, Place::Arn(arn), support)
    }

    /// Whether the denials alone stand against it: for rights that a resource's policy gives.
    pub fn stopped(&self, arn: &str, bounded: bool) -> Verdict {
        let place = Place::Arn(arn);
        let mut support = Support::default();
        let mut blocks = BTreeSet::new();
        if let Some(id) = self.denied(self.holder.deny.iter(), place, &mut support) {
            blocks.insert(Block::Deny(id));
        }
        match &self.holder.boundary {
            Boundary::Known(_) if bounded && !self.level(self.holder.bounds.iter(), place, &mut support) => {
                blocks.insert(Block::Boundary);
            }
            Boundary::Known(_) => {
                if self.denied(self.holder.bounds.iter(), place, &mut support).is_some() {
                    blocks.insert(Block::Boundary);
                }
            }
            Boundary::Unknown(policy) => drop(support.gaps.insert(Gap::BoundaryText(policy.clone()))),
            Boundary::Absent => {}
        }
        support.gaps.extend(self.holder.unread.iter().cloned());
        for level in self.holder.controls.iter() {
            let rules = level.iter().flat_map(|source| &self.world.docs[source.doc as usize]);
            if !self.level(rules, place, &mut support) {
                blocks.insert(Block::ControlPolicy);
            }
        }
        if blocks.is_empty() { Verdict::Yes(support) } else { Verdict::Blocked(blocks) }
    }

    /// Whether a boundary or a level of control policies lets it through; open questions go to the support.
    fn level<'r>(&self, rules: impl Iterator<Item = &'r RuleId> + Clone, place: Place<'_>, support: &mut Support) -> bool {
        if self.denied(rules.clone(), place, support).is_some() {
            return false;
        }
        match self.allowed(rules, place) {
            Allowed::Sure(_) => true,
            Allowed::Open(_, keys) => {
                support.keys.extend(keys);
                true
            }
            Allowed::Failed(_) | Allowed::None => false,
        }
    }

    fn allowed<'r>(&self, rules: impl Iterator<Item = &'r RuleId>, place: Place<'_>) -> Allowed {
        let mut best = Allowed::None;
        for id in rules {
            let rule = &self.world.rules[*id as usize];
            if rule.statement.effect != Effect::Allow || !holds(&rule.actions, self.action) {
                continue;
            }
            let Some(mut keys) = self.reaches(rule, place) else { continue };
            match self.conditions(rule) {
                Truth::Yes if keys.is_empty() => return Allowed::Sure(*id),
                Truth::No => {
                    if matches!(best, Allowed::None) {
                        best = Allowed::Failed(*id);
                    }
                    continue;
                }
                Truth::Yes => {}
                Truth::Unknown(reasons) => keys.extend(reasons.into_iter().map(key_of)),
            }
            if !matches!(&best, Allowed::Open(_, known) if known.len() <= keys.len()) {
                best = Allowed::Open(*id, keys);
            }
        }
        best
    }

    /// The Deny that surely hits the place; those that may hit it leave their keys in the support.
    fn denied<'r>(&self, rules: impl Iterator<Item = &'r RuleId>, place: Place<'_>, support: &mut Support) -> Option<RuleId> {
        let mut open = BTreeSet::new();
        for id in rules {
            let rule = &self.world.rules[*id as usize];
            if rule.statement.effect != Effect::Deny || !holds(&rule.actions, self.action) || rule.chosen || self.avoids_region(rule) {
                continue;
            }
            let Some(keys) = self.hits(rule, place) else { continue };
            match self.conditions(rule) {
                Truth::No => {}
                Truth::Yes if keys.is_empty() => return Some(*id),
                Truth::Yes => open.extend(keys),
                Truth::Unknown(reasons) => {
                    open.extend(keys);
                    open.extend(reasons.into_iter().map(key_of));
                }
            }
        }
        support.keys.extend(open);
        None
    }

    /// Whether a Deny that depends on the Region can be avoided by the choice of another.
    fn avoids_region(&self, rule: &Rule) -> bool {
        !rule.region.is_empty() && !self.global()
    }

    /// IAM has one endpoint for the partition; its requests have one Region.
    fn global(&self) -> bool {
        self.world.watched[self.action].lower.starts_with("iam:")
    }

    fn conditions(&self, rule: &Rule) -> Truth {
        if rule.tests.is_empty() && rule.region.is_empty() {
            return Truth::Yes;
        }
        let name = self.world.watched[self.action].lower;
        let service = name.split(':').next().unwrap_or_default();
        let context = if service == "iam" { self.context } else { &self.context.for_service(service) };
        let mut truth = rule.tests.truth(context);
        if self.global() && !rule.region.is_empty() {
            truth = match (truth, rule.region.truth(context)) {
                (Truth::No, _) | (_, Truth::No) => Truth::No,
                (Truth::Unknown(mut one), Truth::Unknown(two)) => {
                    one.extend(two);
                    Truth::Unknown(one)
                }
                (Truth::Unknown(one), Truth::Yes) | (Truth::Yes, Truth::Unknown(one)) => Truth::Unknown(one),
                (Truth::Yes, Truth::Yes) => Truth::Yes,
            };
        }
        truth
    }

    /// Whether an Allow reaches the place; the set holds variables that decide.
    fn reaches(&self, rule: &Rule, place: Place<'_>) -> Option<BTreeSet<String>> {
        match rule.statement.resources.as_ref()? {
            Resources::These(patterns) => self.find(patterns, |pattern| match place {
                Place::Arn(arn) => pattern.matches(arn),
                Place::Within(own, wanted) => pattern.meets(own) && touches(pattern, wanted),
                Place::Whole(wanted) => pattern.covers(wanted),
            }),
            Resources::AllBut(patterns) => {
                let out = self.excluded(patterns, |pattern| match place {
                    Place::Arn(arn) => pattern.matches(arn),
                    Place::Within(own, wanted) => pattern.covers(own) || pattern.covers(wanted),
                    // One resource or some left out of an Allow leave it over all but those: no less than a Deny on them.
                    Place::Whole(wanted) => pattern.covers(wanted),
                });
                left(out)
            }
        }
    }

    /// Whether a Deny hits the whole of the place.
    fn hits(&self, rule: &Rule, place: Place<'_>) -> Option<BTreeSet<String>> {
        match rule.statement.resources.as_ref()? {
            Resources::These(patterns) => self.find(patterns, |pattern| match place {
                Place::Arn(arn) => pattern.matches(arn),
                Place::Within(own, wanted) => pattern.covers(own) || pattern.covers(wanted),
                Place::Whole(wanted) => pattern.covers(wanted),
            }),
            Resources::AllBut(patterns) => {
                let out = self.excluded(patterns, |pattern| match place {
                    Place::Arn(arn) => pattern.matches(arn),
                    Place::Within(own, wanted) => pattern.meets(own) && touches(pattern, wanted),
                    Place::Whole(wanted) => pattern.meets(wanted),
                });
                left(out)
            }
        }
    }

    /// The first pattern that fits after its variables were put in, with the names of those that are not known.
    fn find(&self, patterns: &[Pattern], fits: impl Fn(&Pattern) -> bool) -> Option<BTreeSet<String>> {
        let mut open = None;
        for pattern in patterns {
            if !pattern.has_variables() {
                if fits(pattern) {
                    return Some(BTreeSet::new());
                }
                continue;
            }
            match pattern.resolve(|key| self.context.binding(key)) {
                Resolved::Known(pattern) if fits(&pattern) => return Some(BTreeSet::new()),
                Resolved::Unknown(pattern, names) if fits(&pattern) => open = open.or(Some(names.into_iter().collect())),
                _ => {}
            }
        }
        open
    }

    /// As [`Question::find`], for the patterns of a `NotResource`: one with a variable that the request does not have leaves it open.
    fn excluded(&self, patterns: &[Pattern], fits: impl Fn(&Pattern) -> bool) -> Option<BTreeSet<String>> {
        self.find(patterns, fits).or_else(|| {
            patterns.iter().find_map(|pattern| match pattern.resolve(|key| self.context.binding(key)) {
                Resolved::Never(name) => Some(BTreeSet::from([name])),
                _ => None,
            })
        })
    }
}

/// What a `NotResource` leaves: nothing of what it surely excludes, and all of the rest, open where variables decide.
fn left(excluded: Option<BTreeSet<String>>) -> Option<BTreeSet<String>> {
    match excluded {
        Some(keys) if keys.is_empty() => None,
        other => Some(other.unwrap_or_default()),
    }
}

/// Whether a policy's pattern and the template of a resource type have a resource in common. A wildcard of the template stands for a name,
/// which has no colon: `arn:aws:ec2:*:*:instance/*` is no subnet.
pub fn touches(own: &Pattern, template: &Pattern) -> bool {
    if !own.meets(template) {
        return false;
    }
    if own.is_everything() || own.text().contains("${") {
        return true;
    }
    by_segments(own.text(), template.text()) || in_common(&[own], template)
}

/// Whether two ARN patterns have a text in common whose segments are theirs, one by one: a quick yes.
fn by_segments(own: &str, template: &str) -> bool {
    if own.bytes().filter(|b| *b == b':').count() != template.bytes().filter(|b| *b == b':').count() {
        return false;
    }
    own.split(':').zip(template.split(':')).all(|(one, two)| {
        if one == two || one == "*" || two == "*" {
            return true;
        }
        match (one.contains(['*', '?']), two.strip_suffix('*').filter(|front| !front.contains(['*', '?']))) {
            (false, Some(front)) => one.starts_with(front),
            (true, Some(front)) => one.split(['*', '?']).next().is_some_and(|literal| literal.starts_with(front)),
            _ => false,
        }
    })
}

/// Whether one resource of the template's type is reached by all of the patterns.
pub fn in_common(patterns: &[&Pattern], template: &Pattern) -> bool {
    // A short ARN stands for all that begins with it; a pattern with variables was resolved as far as it can be, and its text is not the pattern.
    let text = |pattern: &&Pattern| if pattern.is_short_arn() { format!("{}:*", pattern.text()) } else { pattern.text().to_owned() };
    let plain = patterns.iter().filter(|pattern| !pattern.is_everything() && !pattern.text().contains("${"));
    let mut all: Vec<Vec<char>> = plain.map(|pattern| text(pattern).chars().collect()).collect();
    all.push(template.text().chars().collect());
    let last = all.len() - 1;
    let mut seen: BTreeSet<Vec<usize>> = BTreeSet::new();
    let mut work = vec![vec![0; all.len()]];
    while let Some(at) = work.pop() {
        if seen.len() > STATES || all.iter().zip(&at).all(|(pattern, at)| *at == pattern.len()) {
            return true;
        }
        if !seen.insert(at.clone()) {
            continue;
        }
        let next: Vec<Option<char>> = all.iter().zip(&at).map(|(pattern, at)| pattern.get(*at).copied()).collect();
        for (number, _) in next.iter().enumerate().filter(|(_, next)| **next == Some('*')) {
            let mut on = at.clone();
            on[number] += 1;
            work.push(on);
        }
        let accepts = |number: usize, c: Option<char>| match next[number] {
            Some('*') => number != last || c != Some(':'),
            Some('?') => true,
            Some(own) => c == Some(own),
            None => false,
        };
        // Letters to try: those that stand next, and one that no pattern names.
        let mut letters = next.iter().flatten().filter(|c| !matches!(c, '*' | '?')).map(|c| Some(*c)).chain([None]);
        if letters.any(|c| (0..all.len()).all(|number| accepts(number, c))) {
            work.push(at.iter().enumerate().map(|(number, at)| if next[number] == Some('*') { *at } else { at + 1 }).collect());
        }
    }
    false
}

fn key_of(reason: Undecided) -> String {
    reason.key
}

/// The same context for targets whose tags are known: none but those that [`about_target`] states. Made once, since each copy would
/// make the list anew.
pub fn about_tagged(context: &Context) -> Context {
    let mut context = context.clone();
    for prefix in TAGS {
        context.close(prefix);
    }
    context
}

/// Adds to a request's context what is known of the resource it names.
pub fn about_target(
    context: &mut Context,
    account: &str,
    tags: Option<&std::collections::BTreeMap<String, String>>,
    boundary: Option<Option<&str>>,
) {
    context.set_text("aws:resourceaccount", account);
    if let Some(tags) = tags {
        for prefix in TAGS {
            for (key, value) in tags {
                context.set_text(&format!("{prefix}{key}"), value);
            }
            context.close(prefix);
        }
    }
    match boundary {
        Some(Some(arn)) => context.set_text("iam:permissionsboundary", arn),
        Some(None) => context.set("iam:permissionsboundary", Value::Absent),
        None => {}
    }
}
