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

/// Compares rights; keeps what it has worked out about lists of actions.
pub struct Rights {
    matters: Set,
    lists: RefCell<FxHashMap<Actions, Rc<Set>>>,
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
        Self { matters, lists: RefCell::default() }
    }

    /// Known actions that a list names.
    fn set(&self, actions: &Actions) -> Rc<Set> {
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

    /// A right that `other` surely holds and `own` does not; the first by the order of `other`'s statements.
    pub fn gained(&self, world: &World<'_>, own: (&Holder, &Context), other: (&Holder, &Context)) -> Option<Right> {
        let same_account = world.item(own.0).account == world.item(other.0).account;
        for (place, id) in statements(world, other.0) {
            let rule = &world.rules[id as usize];
            let runtime = matches!(&place, Place::Attached(arn) | Place::GroupAttached(_, arn) if RUNTIME_POLICIES.iter().any(|end| arn.ends_with(end)));
            if rule.statement.effect != Effect::Allow || runtime || !counts(rule, other.1) {
                continue;
            }
            if same_account
                && own.0.allow.contains(&id)
                && !rule.personal
                && own.0.deny.is_empty()
                && matches!(own.0.boundary, Boundary::Absent)
            {
                continue;
            }
            let named = self.set(&rule.statement.actions);
            let named: Set = named.iter().zip(&self.matters).map(|(one, two)| one & two).collect();
            if named.iter().all(|word| *word == 0) {
                continue;
            }
            for pattern in patterns(rule, other.1) {
                if of_itself(world, other.0, &pattern) {
                    continue;
                }
                let mut left = named.clone();
                self.bound(world, other, &pattern, &mut left);
                if same_account {
                    self.remove(world, own, &pattern, &mut left);
                }
                if let Some(at) = first(&left) {
                    return Some(Right { action: actions::all().get(at)?.name.clone(), resource: pattern.text().to_owned() });
                }
            }
        }
        self.given(world, own, other)
    }

    /// A right that resource policies give the other by name, or keep from this one by a Deny that spares the other.
    fn given(&self, world: &World<'_>, own: (&Holder, &Context), other: (&Holder, &Context)) -> Option<Right> {
        let given = world.given.get(&other.0.item).map_or(&[][..], Vec::as_slice);
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
    fn held(&self, world: &World<'_>, (holder, context): (&Holder, &Context), resource: usize, pattern: &Pattern) -> Set {
        let mut held = vec![0; self.matters.len()];
        let same = world.estate.resources[resource].account == world.item(holder).account;
        for id in holder.allow.iter().filter(|_| same) {
            let rule = &world.rules[*id as usize];
            if reaches(rule, context, pattern, true) && truth(rule, context) == Some(true) {
                add(&mut held, &self.set(&rule.statement.actions));
            }
        }
        for (id, _) in world.given.get(&holder.item).into_iter().flatten().filter(|(_, at)| *at == resource && same) {
            let rule = &world.rules[*id as usize];
            if (rule.statement.resources.is_none() || reaches(rule, context, pattern, true)) && truth(rule, context) == Some(true) {
                add(&mut held, &self.set(&rule.statement.actions));
            }
        }
        self.bound(world, (holder, context), pattern, &mut held);
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
                take(&mut held, &self.set(&rule.statement.actions));
            }
        }
        held
    }

    /// Takes away what the holder's denials, boundary and control policies take away.
    fn bound(&self, world: &World<'_>, (holder, context): (&Holder, &Context), pattern: &Pattern, left: &mut Set) {
        let controls =
            holder.controls.iter().map(|level| level.iter().flat_map(|source| world.docs[source.doc as usize].iter().copied()).collect());
        let bounds = matches!(holder.boundary, Boundary::Known(_)).then(|| holder.bounds.clone());
        for level in bounds.into_iter().chain(controls) {
            let level: Vec<RuleId> = level;
            let mut within = vec![0; left.len()];
            for id in &level {
                let rule = &world.rules[*id as usize];
                if rule.statement.effect == Effect::Allow && reaches(rule, context, pattern, false) && truth(rule, context) != Some(false) {
                    add(&mut within, &self.set(&rule.statement.actions));
                }
            }
            left.iter_mut().zip(&within).for_each(|(left, within)| *left &= within);
            self.deny(world, &level, context, pattern, left);
        }
        self.deny(world, &holder.deny, context, pattern, left);
    }

    fn deny(&self, world: &World<'_>, rules: &[RuleId], context: &Context, pattern: &Pattern, left: &mut Set) {
        for id in rules {
            let rule = &world.rules[*id as usize];
            if rule.statement.effect == Effect::Deny
                && !rule.chosen
                && rule.region.is_empty()
                && reaches(rule, context, pattern, true)
                && truth(rule, context) != Some(false)
            {
                take(left, &self.set(&rule.statement.actions));
            }
        }
    }

    /// Takes away what the holder has itself.
    fn remove(&self, world: &World<'_>, (holder, context): (&Holder, &Context), pattern: &Pattern, left: &mut Set) {
        let mut own = vec![0; left.len()];
        for id in &holder.allow {
            let rule = &world.rules[*id as usize];
            if reaches(rule, context, pattern, true) && truth(rule, context) != Some(false) {
                add(&mut own, &self.set(&rule.statement.actions));
            }
        }
        self.bound(world, (holder, context), pattern, &mut own);
        take(left, &own);
    }
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
