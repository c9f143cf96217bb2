//! Whether one principal holds rights that another lacks.
//!
//! Only rights that matter count: changes, permissions, and reads of content. Rights that every workload of a kind needs to run (its
//! logs, metrics, traces, image pulls, its own registration with Systems Manager) do not: taking over a principal that has no others gains
//! nothing, as pathfinding.cloud calls it too ("no additional access").

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::super::actions::{self, Level};
use super::super::condition::{Context, Truth};
use super::super::document::{Actions, Effect, Principal as Named, Principals, Resources};
use super::super::grants::watched::{self, Class};
use super::super::grants::world::{Boundary, Holder, Place, Rule, RuleId, World};
use super::super::pattern::{Pattern, Resolved};

/// Rights that workloads need to run.
const RUNTIME: &[&str] = &[
    "logs:createloggroup",
    "logs:createlogstream",
    "logs:putlogevents",
    "logs:putretentionpolicy",
    "logs:taglogroup",
    "cloudwatch:putmetricdata",
    "xray:puttracesegments",
    "xray:puttelemetryrecords",
    "ecr:getauthorizationtoken",
    "ecr:batchgetimage",
    "ssm:updateinstanceinformation",
    "ssm:updateassociationstatus",
    "ssm:updateinstanceassociationstatus",
    "ssm:putinventory",
    "ssm:putcompliance",
    "ssm:putcomplianceitems",
    "ssm:putconfigurepackageresult",
    "ssmmessages:createcontrolchannel",
    "ssmmessages:createdatachannel",
    "ssmmessages:opencontrolchannel",
    "ssmmessages:opendatachannel",
    "ec2messages:acknowledgemessage",
    "ec2messages:deletemessage",
    "ec2messages:failmessage",
    "ec2messages:sendreply",
    "ec2:createnetworkinterface",
    "ec2:deletenetworkinterface",
    "ec2:assignprivateipaddresses",
    "ec2:unassignprivateipaddresses",
    "ec2:attachnetworkinterface",
    "ec2:detachnetworkinterface",
    "sts:getcalleridentity",
    "sts:tagsession",
    "sts:setsourceidentity",
    "iam:changepassword",
    // Rights to become another or to hand a role on show as steps; alone they give nothing.
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "iam:passrole",
];
/// AWS's policies for that purpose, by the end of their ARN.
const RUNTIME_POLICIES: &[&str] = &[
    ":aws:policy/AmazonSSMManagedInstanceCore",
    ":aws:policy/AmazonSSMManagedEC2InstanceDefaultPolicy",
    ":aws:policy/CloudWatchAgentServerPolicy",
    ":aws:policy/AWSXRayDaemonWriteAccess",
    ":aws:policy/service-role/AWSLambdaBasicExecutionRole",
    ":aws:policy/service-role/AWSLambdaVPCAccessExecutionRole",
    ":aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
    ":aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role",
    ":aws:policy/IAMUserChangePassword",
];
/// Keys of a session or of the way a request takes: a right that depends on one is not sure.
const OF_SESSION: &[&str] = &[
    "aws:multifactorauth",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:vpcsourceip",
    "aws:tokenissuetime",
    "aws:useragent",
    "aws:currenttime",
    "aws:epochtime",
    "aws:userid",
    "aws:referer",
    "aws:federatedprovider",
    "aws:principal",
];

type Set = Vec<u64>;
/// What a principal offers to who takes it over: resources, and rights that matter on them.
type Offer = Vec<(Pattern, Rc<Offered>)>;

/// The same rights as a set and as what is offered.
type Mattering = (Rc<Set>, Rc<Offered>);

/// Rights on one resource.
enum Offered {
    /// Action numbers: most policies name few.
    Few(Vec<usize>),
    Many(Set),
}

/// Up to how many actions a list is quicker than a set.
const FEW: usize = 64;

impl Offered {
    fn new(set: &[u64]) -> Self {
        let count: u32 = set.iter().map(|word| word.count_ones()).sum();
        if count as usize > FEW {
            return Self::Many(set.to_vec());
        }
        Self::Few((0..set.len() * 64).filter(|at| set[at / 64] >> (at % 64) & 1 == 1).collect())
    }
}

/// Compares rights; keeps what it has worked out.
pub struct Rights {
    matters: Set,
    lists: RefCell<FxHashMap<Actions, Rc<Set>>>,
    /// Known actions that a statement names, by rule.
    named: RefCell<FxHashMap<RuleId, Rc<Set>>>,
    /// Those that matter.
    mattering: RefCell<FxHashMap<RuleId, Mattering>>,
    offers: RefCell<FxHashMap<usize, Rc<Offer>>>,
    covers: RefCell<FxHashMap<usize, Rc<Vec<Cover>>>>,
}

/// A principal that is compared: its number, for what is kept of it, with what bears on it.
#[derive(Clone, Copy)]
pub struct Who<'h> {
    pub number: usize,
    pub holder: &'h Holder,
    pub context: &'h Context,
}

/// An Allow of a principal: where, and what.
struct Cover {
    patterns: Vec<Pattern>,
    inverse: bool,
    set: Rc<Set>,
}

impl Cover {
    fn reaches(&self, wanted: &Pattern) -> bool {
        if self.inverse {
            return !self.patterns.iter().any(|pattern| pattern.meets(wanted));
        }
        // What covers another begins as it does: most end here.
        self.patterns.iter().any(|pattern| wanted.prefix().starts_with(pattern.prefix()) && pattern.covers(wanted))
    }
}

/// A right that is gained: action and resource pattern.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// Action as AWS spells it.
    pub action: String,
    /// Resource as the policy names it, variables put in.
    pub resource: String,
}

impl Rights {
    /// Ready for questions.
    pub fn new() -> Self {
        let all = actions::all();
        let mut matters = vec![0; all.len().div_ceil(64)];
        let reads: BTreeSet<&str> =
            watched::all().iter().filter(|watched| watched.class == Class::DataRead).map(|watched| watched.lower).collect();
        for (at, action) in all.iter().enumerate() {
            let lower = actions::lower(at);
            let counts = matches!(action.level, Level::Write | Level::Permissions) || reads.contains(lower);
            if counts && !RUNTIME.contains(&lower) {
                matters[at / 64] |= 1 << (at % 64);
            }
        }
        Self {
            matters,
            lists: RefCell::default(),
            named: RefCell::default(),
            mattering: RefCell::default(),
            offers: RefCell::default(),
            covers: RefCell::default(),
        }
    }

    /// Known actions that a rule names.
    fn set(&self, world: &World<'_>, id: RuleId) -> Rc<Set> {
        if let Some(known) = self.named.borrow().get(&id) {
            return Rc::clone(known);
        }
        let set = self.list(&world.rules[id as usize].statement.actions);
        self.named.borrow_mut().insert(id, Rc::clone(&set));
        set
    }

    /// Known actions that a list names.
    fn list(&self, actions: &Actions) -> Rc<Set> {
        if let Some(known) = self.lists.borrow().get(actions) {
            return Rc::clone(known);
        }
        let (patterns, inverse) = match actions {
            Actions::These(patterns) => (patterns, false),
            Actions::AllBut(patterns) => (patterns, true),
        };
        let mut set = vec![0_u64; self.matters.len()];
        for pattern in patterns {
            for at in actions::beginning(pattern.prefix()) {
                if pattern.matches(actions::lower(at)) {
                    set[at / 64] |= 1 << (at % 64);
                }
            }
        }
        if inverse {
            set.iter_mut().for_each(|word| *word = !*word);
        }
        let set = Rc::new(set);
        self.lists.borrow_mut().insert(actions.clone(), Rc::clone(&set));
        set
    }

    /// Actions that matter among those that a rule names.
    fn mattering(&self, world: &World<'_>, id: RuleId) -> Mattering {
        if let Some(known) = self.mattering.borrow().get(&id) {
            return known.clone();
        }
        let set: Set = self.set(world, id).iter().zip(&self.matters).map(|(one, two)| one & two).collect();
        let offered = Rc::new(Offered::new(&set));
        let both = (Rc::new(set), offered);
        self.mattering.borrow_mut().insert(id, both.clone());
        both
    }

    /// What a principal surely holds of what matters, by resource.
    fn offer(&self, world: &World<'_>, who: Who<'_>) -> Rc<Offer> {
        if let Some(known) = self.offers.borrow().get(&who.number) {
            return Rc::clone(known);
        }
        let mut offer = Offer::new();
        for (place, id) in statements(world, who.holder) {
            let rule = &world.rules[id as usize];
            let runtime = matches!(&place, Place::Attached(arn) | Place::GroupAttached(_, arn) if RUNTIME_POLICIES.iter().any(|end| arn.ends_with(end)));
            if rule.statement.effect != Effect::Allow || runtime || !counts(rule, who.context) {
                continue;
            }
            let (set, offered) = self.mattering(world, id);
            if set.iter().all(|word| *word == 0) {
                continue;
            }
            for pattern in patterns(rule, who.context) {
                if of_itself(world, who.holder, &pattern) {
                    continue;
                }
                let offered = if free(who.holder) {
                    Rc::clone(&offered)
                } else {
                    let mut left = (*set).clone();
                    self.bound(world, who, &pattern, &mut left, true);
                    Rc::new(Offered::new(&left))
                };
                offer.push((pattern, offered));
            }
        }
        let offer = Rc::new(offer);
        self.offers.borrow_mut().insert(who.number, Rc::clone(&offer));
        offer
    }

    /// What a principal's own policies allow, surely or not.
    fn covers(&self, world: &World<'_>, who: Who<'_>) -> Rc<Vec<Cover>> {
        if let Some(known) = self.covers.borrow().get(&who.number) {
            return Rc::clone(known);
        }
        let rules =
            who.holder.allow.iter().map(|id| (*id, &world.rules[*id as usize])).filter(|(_, rule)| truth(rule, who.context) != Some(false));
        let covers = rules.filter_map(|(id, rule)| {
            let (list, inverse) = match rule.statement.resources.as_ref()? {
                Resources::These(list) => (list, false),
                Resources::AllBut(list) => (list, true),
            };
            let resolved = list.iter().filter_map(|pattern| match pattern.resolve(|key| who.context.binding(key)) {
                Resolved::Known(pattern) => Some(pattern),
                _ => None,
            });
            Some(Cover { patterns: resolved.collect(), inverse, set: self.set(world, id) })
        });
        let mut covers: Vec<Cover> = covers.collect();
        // Those of everything first: they leave least to compare.
        covers.sort_by_key(|cover| cover.inverse || !cover.patterns.iter().any(|pattern| pattern.text() == "*"));
        let covers = Rc::new(covers);
        self.covers.borrow_mut().insert(who.number, Rc::clone(&covers));
        covers
    }

    /// A right that `other` surely holds and `own` does not; the first by the order of `other`'s statements.
    pub fn gained(&self, world: &World<'_>, own: Who<'_>, other: Who<'_>) -> Option<Right> {
        let same_account = world.item(own.holder).account == world.item(other.holder).account;
        let covers = self.covers(world, own);
        for (pattern, offered) in self.offer(world, other).iter() {
            let found = if !same_account {
                match &**offered {
                    Offered::Few(list) => list.first().copied(),
                    Offered::Many(set) => first(set),
                }
            } else if free(own.holder) {
                lacking(&covers, pattern, offered)
            } else {
                let mut held = vec![0; self.matters.len()];
                covers.iter().filter(|cover| cover.reaches(pattern)).for_each(|cover| add(&mut held, &cover.set));
                self.bound(world, own, pattern, &mut held, false);
                let held = Cover { patterns: vec![Pattern::new("*")], inverse: false, set: Rc::new(held) };
                lacking(std::slice::from_ref(&held), pattern, offered)
            };
            if let Some(at) = found {
                return Some(Right { action: actions::all().get(at)?.name.clone(), resource: pattern.text().to_owned() });
            }
        }
        self.given(world, own, other)
    }

    /// A right that resource policies give the other by name, or keep from this one by a Deny that spares the other.
    fn given(&self, world: &World<'_>, own: Who<'_>, other: Who<'_>) -> Option<Right> {
        let given = world.given.get(&other.holder.item).map_or(&[][..], Vec::as_slice);
        let at: BTreeSet<usize> = given.iter().map(|(_, at)| *at).chain(world.reserved.iter().map(|(_, at)| *at)).collect();
        for resource in at {
            let arn = &world.estate.resources[resource].arn;
            // A bucket and its objects; other resources stand for themselves.
            let patterns = [Some(Pattern::literal(arn)), arn.contains(":s3:::").then(|| Pattern::new(&format!("{arn}/*")))];
            for pattern in patterns.iter().flatten() {
                let mut left = self.held(world, other, resource, pattern);
                left.iter_mut().zip(&self.matters).for_each(|(one, two)| *one &= two);
                if left.iter().any(|word| *word != 0) {
                    take(&mut left, &self.held(world, own, resource, pattern));
                }
                if let Some(at) = first(&left) {
                    return Some(Right { action: actions::all().get(at)?.name.clone(), resource: pattern.text().to_owned() });
                }
            }
        }
        None
    }

    /// Actions that a principal may do on one resource with a policy.
    fn held(&self, world: &World<'_>, who: Who<'_>, resource: usize, pattern: &Pattern) -> Set {
        let (holder, context) = (who.holder, who.context);
        let mut held = vec![0; self.matters.len()];
        let same = world.estate.resources[resource].account == world.item(holder).account;
        for id in holder.allow.iter().filter(|_| same) {
            let rule = &world.rules[*id as usize];
            if reaches(rule, context, pattern, true) && truth(rule, context) == Some(true) {
                add(&mut held, &self.set(world, *id));
            }
        }
        for (id, _) in world.given.get(&holder.item).into_iter().flatten().filter(|(_, at)| *at == resource && same) {
            let rule = &world.rules[*id as usize];
            if (rule.statement.resources.is_none() || reaches(rule, context, pattern, true)) && truth(rule, context) == Some(true) {
                add(&mut held, &self.set(world, *id));
            }
        }
        self.bound(world, who, pattern, &mut held, true);
        for (id, _) in world.reserved.iter().filter(|(_, at)| *at == resource) {
            let rule = &world.rules[*id as usize];
            let spared = match &rule.statement.principals {
                Some(Principals::AllBut(list)) => {
                    list.iter().any(|named| matches!(named, Named::Aws(arn) if *arn == world.item(holder).arn))
                }
                _ => false,
            };
            let hit = rule.statement.resources.is_none() || reaches(rule, context, pattern, true);
            if !spared && hit && truth(rule, context) == Some(true) {
                take(&mut held, &self.set(world, *id));
            }
        }
        held
    }

    /// Takes away what the holder's denials, boundary and control policies take away: for the least that it holds also those whose
    /// conditions are open, for the most only those that surely hold.
    fn bound(&self, world: &World<'_>, who: Who<'_>, pattern: &Pattern, left: &mut Set, least: bool) {
        let (holder, context) = (who.holder, who.context);
        let controls =
            holder.controls.iter().map(|level| level.iter().flat_map(|source| world.docs[source.doc as usize].iter().copied()).collect());
        let bounds = matches!(holder.boundary, Boundary::Known(_)).then(|| holder.bounds.clone());
        for level in bounds.into_iter().chain(controls) {
            let level: Vec<RuleId> = level;
            let mut within = vec![0; left.len()];
            for id in &level {
                let rule = &world.rules[*id as usize];
                if rule.statement.effect == Effect::Allow
                    && reaches(rule, context, pattern, false)
                    && truth(rule, context).unwrap_or(!least)
                {
                    add(&mut within, &self.set(world, *id));
                }
            }
            left.iter_mut().zip(&within).for_each(|(left, within)| *left &= within);
            self.deny(world, &level, who, pattern, left, least);
        }
        self.deny(world, &holder.deny, who, pattern, left, least);
    }

    fn deny(&self, world: &World<'_>, rules: &[RuleId], who: Who<'_>, pattern: &Pattern, left: &mut Set, least: bool) {
        for id in rules {
            let rule = &world.rules[*id as usize];
            if rule.statement.effect == Effect::Deny
                && !rule.chosen
                && rule.region.is_empty()
                && reaches(rule, who.context, pattern, true)
                && truth(rule, who.context).unwrap_or(least)
            {
                take(left, &self.set(world, *id));
            }
        }
    }
}

/// The first right on a resource that none of the covers holds.
fn lacking(covers: &[Cover], pattern: &Pattern, offered: &Offered) -> Option<usize> {
    match offered {
        Offered::Few(list) => {
            let holds = |cover: &Cover, at: usize| cover.set[at / 64] >> (at % 64) & 1 == 1;
            let mut left = list.clone();
            for cover in covers {
                if left.iter().any(|at| holds(cover, *at)) && cover.reaches(pattern) {
                    left.retain(|at| !holds(cover, *at));
                }
                if left.is_empty() {
                    return None;
                }
            }
            left.first().copied()
        }
        Offered::Many(set) => {
            let mut left = set.clone();
            for cover in covers {
                let common = cover.set.iter().zip(&left).any(|(one, two)| one & two != 0);
                if common && cover.reaches(pattern) {
                    take(&mut left, &cover.set);
                }
            }
            first(&left)
        }
    }
}

/// Whether nothing limits a principal's own policies.
fn free(holder: &Holder) -> bool {
    holder.deny.is_empty() && holder.controls.is_empty() && !matches!(holder.boundary, Boundary::Known(_))
}

fn statements(world: &World<'_>, holder: &Holder) -> Vec<(Place, RuleId)> {
    let each = holder.identity.iter().flat_map(|source| world.docs[source.doc as usize].iter().map(|id| (source.place.clone(), *id)));
    each.collect()
}

/// Whether a statement's conditions let it count as held.
fn counts(rule: &Rule, context: &Context) -> bool {
    match rule.tests.truth(context) {
        Truth::Yes => true,
        Truth::No => false,
        Truth::Unknown(reasons) => reasons.iter().all(|reason| !OF_SESSION.iter().any(|key| reason.key.starts_with(key))),
    }
}

fn truth(rule: &Rule, context: &Context) -> Option<bool> {
    match rule.tests.truth(context) {
        Truth::Yes => Some(true),
        Truth::No => Some(false),
        Truth::Unknown(_) => None,
    }
}

fn patterns(rule: &Rule, context: &Context) -> Vec<Pattern> {
    match &rule.statement.resources {
        Some(Resources::These(patterns)) => patterns
            .iter()
            .filter_map(|pattern| match pattern.resolve(|key| context.binding(key)) {
                Resolved::Known(pattern) if pattern.has_variables() || pattern.text().contains("${") => {
                    Some(Pattern::new(pattern.exact().unwrap_or_else(|| pattern.prefix())))
                }
                Resolved::Known(pattern) => Some(pattern),
                _ => None,
            })
            .collect(),
        Some(Resources::AllBut(_)) => vec![Pattern::new("*")],
        None => Vec::new(),
    }
}

/// Whether a statement reaches the pattern: the whole of it, or some.
fn reaches(rule: &Rule, context: &Context, wanted: &Pattern, whole: bool) -> bool {
    let fits = |pattern: &Pattern| match pattern.resolve(|key| context.binding(key)) {
        Resolved::Known(pattern) => {
            if whole {
                pattern.covers(wanted)
            } else {
                pattern.meets(wanted)
            }
        }
        _ => false,
    };
    match &rule.statement.resources {
        Some(Resources::These(patterns)) => patterns.iter().any(fits),
        Some(Resources::AllBut(patterns)) => {
            !patterns.iter().any(|pattern| if whole { pattern.meets(wanted) } else { pattern.covers(wanted) })
        }
        None => false,
    }
}

/// Rights over the principal itself: its own password, keys, MFA device.
fn of_itself(world: &World<'_>, holder: &Holder, pattern: &Pattern) -> bool {
    let item = world.item(holder);
    let Some(exact) = pattern.exact() else { return false };
    exact == item.arn
        || exact
            .strip_prefix("arn:")
            .is_some_and(|rest| rest.contains(":iam:") && rest.contains(":mfa/") && rest.ends_with(&format!("/{}", item.name())))
}

fn add(set: &mut [u64], other: &[u64]) {
    set.iter_mut().zip(other).for_each(|(one, two)| *one |= two);
}

fn take(set: &mut [u64], other: &[u64]) {
    set.iter_mut().zip(other).for_each(|(one, two)| *one &= !two);
}

fn first(set: &[u64]) -> Option<usize> {
    set.iter().position(|word| *word != 0).map(|at| at * 64 + set[at].trailing_zeros() as usize)
}
