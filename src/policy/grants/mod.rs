//! What each principal may do of what an auditor watches: [`watched`] actions, with scope, certainty, statements and limits.
//!
//! An administrator is one row, not three hundred. For the others there is a row for each watched action that is surely allowed on
//! something, and a second where more is allowed under conditions. The results are an upper bound: session policies, resource policies'
//! denials, and control policies that were not delivered are unseen.

pub mod admin;
pub mod statements;
pub mod verdict;
pub mod watched;
pub mod world;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::condition::Context;
use super::document::{Effect, Resources};
use super::estate::Estate;
use super::pattern::{Pattern, Resolved};
use verdict::{Question, Support, Verdict};
pub use watched::Class;
use world::{Boundary, Deciding, Holder, RuleId, World, holds};
pub use world::{Gap, Place};

/// What one principal may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// ARN of the user or role.
    pub principal: String,
    /// Whether it is an administrator, with the statements that make it one; then there are no grants.
    pub administrator: Option<Administrator>,
    /// Grants by action.
    pub grants: Vec<Grant>,
    /// Texts that were not delivered: the principal may be allowed or denied more.
    pub gaps: BTreeSet<Gap>,
}

/// An administrator: see [`admin`] for what that means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Administrator {
    /// Statements that make it one.
    pub statements: Vec<StatementRef>,
    /// Condition keys that it depends on; empty: surely.
    pub keys: BTreeSet<String>,
    /// Texts that it depends on.
    pub gaps: BTreeSet<Gap>,
}

/// One action that is allowed on something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Action as AWS spells it.
    pub action: &'static str,
    /// Why it is watched.
    pub class: Class,
    /// On what.
    pub scope: Scope,
    /// Condition keys that decide; empty: surely allowed.
    pub keys: BTreeSet<String>,
    /// Texts that decide.
    pub gaps: BTreeSet<Gap>,
    /// Statements that allow it.
    pub statements: Vec<StatementRef>,
    /// What takes something of the scope away.
    pub limits: BTreeSet<Limit>,
    /// For `iam:PassRole`: the services that a role may be handed to.
    pub services: Option<Services>,
}

/// On what an action is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everything in the account that the action can be done to.
    Everything,
    /// Resources of these patterns, as the policies write them.
    Patterns(Vec<String>),
    /// The principal itself and nothing else.
    OwnOnly,
}

/// What limits a grant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// A Deny on some of it, or under conditions.
    Deny(StatementRef),
    /// The permissions boundary, by ARN, which does not allow it on everything.
    Boundary(String),
    /// A service control policy, which does not allow it on everything.
    ControlPolicy,
}

/// Services that a role may be handed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Services {
    /// Any service.
    Any,
    /// Of the services that the estate's roles trust or a path uses, these.
    These(BTreeSet<String>),
}

/// A statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementRef {
    /// The policy.
    pub policy: Place,
    /// Place in the policy, from 0.
    pub position: usize,
}

/// A grant before its statements have places: shared by all principals with the same statements.
struct Draft {
    action: usize,
    /// None: everything.
    scope: Option<Vec<Pattern>>,
    support: Support,
    denies: BTreeSet<RuleId>,
    bounded: bool,
    controlled: bool,
    services: Option<Services>,
}

/// What every principal may do, sorted by ARN. Service-linked roles are left out.
///
/// Puts the estate in order first ([`Estate::sort`]).
pub fn access(estate: &mut Estate) -> Vec<Access> {
    estate.sort();
    let world = World::new(estate);
    let services = services(&world);
    let mut known: BTreeMap<(usize, Deciding<'_>), Rc<Vec<Draft>>> = BTreeMap::new();
    let mut all = Vec::new();
    for holder in &world.holders {
        let item = world.item(holder);
        if item.service_linked {
            continue;
        }
        let context = world.context(item);
        let mut bare = holder.clone();
        let gaps = std::mem::take(&mut bare.gaps);
        let mut found = Access { principal: item.arn.clone(), administrator: None, grants: Vec::new(), gaps };
        if let Verdict::Yes(support) = admin::administrator(&world, &bare, &context) {
            let statements = refs(&world, &bare, support.used.iter());
            found.administrator = Some(Administrator { statements, keys: support.keys, gaps: support.gaps });
            all.push(found);
            continue;
        }
        for action in (0..world.watched.len()).filter(|action| holds(&bare.named, *action)) {
            let drafts = || Rc::new(drafts(&world, &bare, &context, &services, action));
            let drafts = match world.deciding(&bare, &[action]) {
                None => drafts(),
                Some(deciding) => Rc::clone(known.entry((action, deciding)).or_insert_with(drafts)),
            };
            found.grants.extend(drafts.iter().map(|draft| place(&world, &bare, draft)));
        }
        all.push(found);
    }
    all
}

/// Services that the estate's roles trust, and those of the paths.
fn services(world: &World<'_>) -> BTreeSet<String> {
    use super::document::{Principal as Named, Principals};
    let paths = super::paths::all().iter().flat_map(|path| path.passed_to().to_vec());
    let docs = world.trusts.iter().flatten().flatten().map(|doc| &world.docs[*doc as usize]);
    let lists = docs.flatten().filter_map(|id| match &world.rules[*id as usize].statement.principals {
        Some(Principals::These(list)) => Some(list),
        _ => None,
    });
    let trusted = lists.flatten().filter_map(|named| if let Named::Service(name) = named { Some(name.clone()) } else { None });
    paths.chain(trusted).collect()
}

fn refs(world: &World<'_>, holder: &Holder, used: impl Iterator<Item = RuleId>) -> Vec<StatementRef> {
    let places = used.flat_map(|id| world.places(holder, id));
    places.map(|(policy, position)| StatementRef { policy, position }).collect::<BTreeSet<_>>().into_iter().collect()
}

fn place(world: &World<'_>, holder: &Holder, draft: &Draft) -> Grant {
    let mut limits: BTreeSet<Limit> = refs(world, holder, draft.denies.iter().copied()).into_iter().map(Limit::Deny).collect();
    if let (true, Boundary::Known(source)) = (draft.bounded, &holder.boundary)
        && let Place::Boundary(arn) = &source.place
    {
        limits.insert(Limit::Boundary(arn.clone()));
    }
    if draft.controlled {
        limits.insert(Limit::ControlPolicy);
    }
    let item = world.item(holder);
    let name = |text: &str| text.replace("${aws:username}", item.name()).rsplit(':').next().map(str::to_owned);
    let own = |pattern: &Pattern| pattern.matches(&item.arn) && name(pattern.text()) == name(&item.arn);
    let scope = match &draft.scope {
        None => Scope::Everything,
        Some(patterns) if patterns.iter().all(own) => Scope::OwnOnly,
        Some(patterns) => Scope::Patterns(patterns.iter().map(ToString::to_string).collect()),
    };
    let watched = &world.watched[draft.action];
    Grant {
        action: watched.name,
        class: watched.class,
        scope,
        keys: draft.support.keys.clone(),
        gaps: draft.support.gaps.clone(),
        statements: refs(world, holder, draft.support.used.iter()),
        limits,
        services: draft.services.clone(),
    }
}

fn drafts(world: &World<'_>, holder: &Holder, context: &Context, services: &BTreeSet<String>, action: usize) -> Vec<Draft> {
    let mut all = Vec::new();
    if world.watched[action].class == Class::Pass {
        passes(world, holder, context, action, services, &mut all);
    } else {
        rows(world, holder, context, action, None, &mut all);
    }
    all
}

/// Passing a role: by service where conditions tell services apart.
fn passes(world: &World<'_>, holder: &Holder, context: &Context, action: usize, services: &BTreeSet<String>, all: &mut Vec<Draft>) {
    let mut any = context.clone();
    // A service of which no policy can know.
    any.set_text("iam:passedtoservice", "any-other.amazonaws.com");
    let before = all.len();
    rows(world, holder, &any, action, Some(Services::Any), all);
    if all.len() > before {
        return;
    }
    let mut by_scope: Vec<(Draft, BTreeSet<String>)> = Vec::new();
    for service in services {
        let mut context = context.clone();
        context.set_text("iam:passedtoservice", service);
        let mut found = Vec::new();
        rows(world, holder, &context, action, None, &mut found);
        for draft in found {
            match by_scope.iter_mut().find(|(known, _)| known.scope == draft.scope && known.support == draft.support) {
                Some((_, names)) => drop(names.insert(service.clone())),
                None => by_scope.push((draft, BTreeSet::from([service.clone()]))),
            }
        }
    }
    all.extend(by_scope.into_iter().map(|(draft, names)| Draft { services: Some(Services::These(names)), ..draft }));
}

/// One row for what is surely allowed, one for what is allowed under conditions.
fn rows(world: &World<'_>, holder: &Holder, context: &Context, action: usize, services: Option<Services>, all: &mut Vec<Draft>) {
    let item = world.item(holder);
    let question = Question { world, holder, action, context };
    let types = admin::types(action, item.partition(), &item.account);
    let mut sure: (BTreeSet<Pattern>, Support) = Default::default();
    let mut open: (BTreeSet<Pattern>, Support) = Default::default();
    for id in holder.allow.iter().filter(|id| holds(&world.rules[**id as usize].actions, action)) {
        for own in patterns(world, *id, context) {
            let Verdict::Yes(support) = question.by(*id, &own, &types) else { continue };
            let row = if support.is_sure() { &mut sure } else { &mut open };
            row.0.insert(own);
            row.1.join(&support);
        }
    }
    for (found, support) in [sure, open] {
        if found.is_empty() {
            continue;
        }
        let everything = found.iter().any(Pattern::is_everything)
            || (!types.is_empty() && types.iter().flatten().all(|wanted| found.iter().any(|own| own.covers(wanted))));
        let denies = holder.deny.iter().filter(|id| {
            let rule = &world.rules[**id as usize];
            holds(&rule.actions, action) && found.iter().any(|own| overlaps(rule.statement.resources.as_ref(), own))
        });
        let narrow = |rules: &[RuleId]| {
            let mut rules = rules.iter().map(|id| &world.rules[*id as usize]);
            let whole = |rule: &world::Rule| {
                let all = matches!(&rule.statement.resources, Some(Resources::These(list)) if list.iter().any(Pattern::is_everything));
                rule.statement.effect == Effect::Allow && holds(&rule.actions, action) && rule.statement.conditions.is_empty() && all
            };
            let denies = rules.clone().any(|rule| rule.statement.effect == Effect::Deny && holds(&rule.actions, action));
            denies || !rules.any(whole)
        };
        let controlled = holder.controls.iter().any(|level| {
            let rules: Vec<RuleId> = level.iter().flat_map(|source| world.docs[source.doc as usize].iter().copied()).collect();
            narrow(&rules)
        });
        all.push(Draft {
            action,
            denies: denies.copied().collect(),
            bounded: matches!(holder.boundary, Boundary::Known(_)) && narrow(&holder.bounds),
            controlled,
            scope: (!everything).then(|| found.iter().cloned().collect()),
            support,
            services: services.clone(),
        });
    }
}

/// The resources that an Allow names; for `NotResource` everything.
fn patterns(world: &World<'_>, id: RuleId, context: &Context) -> Vec<Pattern> {
    match &world.rules[id as usize].statement.resources {
        Some(Resources::These(patterns)) => {
            let resolved = patterns.iter().filter_map(|pattern| match pattern.resolve(|key| context.binding(key)) {
                Resolved::Known(pattern) => {
                    Some(pattern.exact().filter(|text| *text != pattern.text()).map(Pattern::literal).unwrap_or(pattern))
                }
                Resolved::Unknown(pattern, _) => Some(pattern),
                Resolved::Never(_) => None,
            });
            resolved.collect()
        }
        Some(Resources::AllBut(_)) => vec![Pattern::new("*")],
        None => Vec::new(),
    }
}

fn overlaps(resources: Option<&Resources>, own: &Pattern) -> bool {
    match resources {
        Some(Resources::These(list)) => list.iter().any(|pattern| pattern.meets(own)),
        Some(Resources::AllBut(list)) => !list.iter().any(|pattern| pattern.covers(own)),
        None => false,
    }
}
