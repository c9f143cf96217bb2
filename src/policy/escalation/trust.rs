//! Trust policies: which service may run a role, and which principal may assume it.
//!
//! In one account a trust policy that names the principal itself is enough; one that names the account leaves the choice to the account's own
//! policies. Between accounts both sides must allow (IAM User Guide, "Cross-account policy evaluation logic").

use std::collections::BTreeSet;

use super::super::condition::{Context, Truth, Value};
use super::super::document::{Effect, Principal as Named, Principals};
use super::super::estate::{Principal, Subject};
use super::super::grants::statements::Statements;
use super::super::grants::verdict::{Block, Question, Support, Target, Verdict};
use super::super::grants::world::{Rule, World, holds, names};
use crate::base::arn::Arn;
use crate::base::arn::account_piece;

/// How a trust policy names a principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum How {
    /// By itself, or by everyone.
    Direct,
    /// By its account.
    Account,
}

/// Whether the service may assume the role, for something in the role's account.
pub fn service(world: &World<'_>, role: usize, service: &str) -> Verdict {
    let item = &world.estate.principals[role];
    let doc = match &world.trusts[role] {
        None => return Verdict::No,
        Some(Err(gap)) => return Verdict::gap(gap.clone()),
        Some(Ok(doc)) => *doc,
    };
    let mut context = Context::new("sts", false);
    context.set_text("aws:sourceaccount", &item.account);
    context.set_text("aws:principalisawsservice", "true");
    context.set_text("aws:principalservicename", service);
    context.set_text("aws:securetransport", "true");
    let mut best = Verdict::No;
    let mut open = BTreeSet::new();
    for id in &world.docs[doc as usize] {
        let rule = &world.rules[*id as usize];
        if !names(&rule.statement.actions, "sts:assumerole")
            || !rule.statement.principals.as_ref().is_some_and(|who| names_service(who, service))
        {
            continue;
        }
        let truth = rule.tests.truth(&with_source(&context, rule, item));
        match (rule.statement.effect, truth) {
            (Effect::Deny, Truth::Yes) if !rule.chosen => return Verdict::No,
            (Effect::Deny, Truth::Unknown(reasons)) if !rule.chosen => open.extend(reasons.into_iter().map(|reason| reason.key)),
            (Effect::Allow, Truth::Yes) => best = best.or(Verdict::Yes(Support { used: Statements::one(*id), ..Support::default() })),
            (Effect::Allow, Truth::Unknown(reasons)) => {
                let keys = reasons.into_iter().map(|reason| reason.key).collect();
                best = best.or(Verdict::Yes(Support { keys, used: Statements::one(*id), ..Support::default() }));
            }
            _ => {}
        }
    }
    if let Verdict::Yes(support) = &mut best {
        support.keys.extend(open);
    }
    best
}

/// The resource that a service acts for is the principal's own, so it has a name that the condition wants, in the role's account.
fn with_source(context: &Context, rule: &Rule, item: &Principal) -> Context {
    let mut context = context.clone();
    let wanted =
        rule.statement.conditions.iter().filter(|condition| condition.key == "aws:sourcearn").flat_map(|condition| &condition.values);
    let fits = |value: &&String| {
        account_piece(value).is_none_or(|account| account == item.account || account.contains(['*', '?']) || account.is_empty())
    };
    match wanted.clone().find(fits) {
        Some(value) => context.set_text("aws:sourcearn", value),
        None => context.set("aws:sourcearn", Value::Absent),
    }
    context
}

fn names_service(principals: &Principals, service: &str) -> bool {
    let same = |named: &str| named == "*" || named.trim_end_matches(".cn").eq_ignore_ascii_case(service);
    match principals {
        Principals::These(list) => list.iter().any(|named| matches!(named, Named::Service(name) if same(name))),
        Principals::AllBut(_) => false,
    }
}

/// Services that the trust policy names in an Allow, without `.cn`.
pub fn services(world: &World<'_>, role: usize) -> BTreeSet<String> {
    let Some(Ok(doc)) = &world.trusts[role] else { return BTreeSet::new() };
    let rules = world.docs[*doc as usize].iter().map(|id| &world.rules[*id as usize]).filter(|rule| rule.statement.effect == Effect::Allow);
    let lists = rules.filter_map(|rule| if let Some(Principals::These(list)) = &rule.statement.principals { Some(list) } else { None });
    let found = lists
        .flatten()
        .filter_map(|named| if let Named::Service(name) = named { Some(name.trim_end_matches(".cn").to_lowercase()) } else { None });
    found.collect()
}

/// How roles are named as candidates for a principal: ARNs and accounts that trust policies let in; `*` stands for anyone.
pub fn trusted(world: &World<'_>, role: usize) -> BTreeSet<String> {
    let Some(Ok(doc)) = &world.trusts[role] else { return BTreeSet::new() };
    let mut found = BTreeSet::new();
    for rule in world.docs[*doc as usize].iter().map(|id| &world.rules[*id as usize]).filter(|rule| rule.statement.effect == Effect::Allow)
    {
        match &rule.statement.principals {
            Some(Principals::These(list)) => found.extend(list.iter().filter_map(|named| match named {
                Named::Anyone => Some("*".to_owned()),
                Named::Account(id) => Some(id.clone()),
                Named::Aws(arn) => Some(role_of_session(arn).unwrap_or_else(|| arn.clone())),
                _ => None,
            })),
            Some(Principals::AllBut(_)) => drop(found.insert("*".to_owned())),
            None => {}
        }
    }
    found
}

/// What stands for a role in a trust policy that names one of its sessions: `session:ACCOUNT:NAME`.
fn role_of_session(arn: &str) -> Option<String> {
    let Arn { service: "sts", account, resource, .. } = Arn::parse(arn)? else { return None };
    let name = resource.strip_prefix("assumed-role/")?.split('/').next()?;
    Some(format!("session:{account}:{name}"))
}

/// The names under which [`trusted`] may list a principal.
pub fn names_of(item: &Principal) -> Vec<String> {
    let mut names = vec![item.arn.clone(), item.account.clone(), "*".to_owned()];
    if item.kind == Subject::Role {
        names.push(format!("session:{}:{}", item.account, item.name()));
    }
    names
}

/// How a statement names the principal. A role that anyone may assume gives this principal nothing that a stranger lacks: it
/// counts as a step of those only whose own policies speak of it. The open trust is a finding of the role.
fn how(principals: Option<&Principals>, item: &Principal) -> Option<How> {
    let one = |named: &Named| match named {
        Named::Anyone => Some(How::Account),
        Named::Aws(arn) if *arn == item.arn => Some(How::Direct),
        Named::Aws(arn) => (item.kind == Subject::Role
            && role_of_session(arn).is_some_and(|name| name == format!("session:{}:{}", item.account, item.name())))
        .then_some(How::Direct),
        Named::Account(id) => (*id == item.account).then_some(How::Account),
        _ => None,
    };
    match principals? {
        Principals::These(list) => list.iter().filter_map(one).min(),
        Principals::AllBut(list) => {
            if list.iter().any(|named| one(named).is_some()) {
                None
            } else {
                Some(How::Account)
            }
        }
    }
}

/// Whether what is known of the role matters to its own trust policy.
pub fn is_targeted(world: &World<'_>, role: usize) -> bool {
    let Some(Ok(doc)) = &world.trusts[role] else { return false };
    let guards = world.guards.get(world.estate.principals[role].account.as_str());
    let docs = guards.iter().flat_map(|guards| &guards.docs).chain([doc]);
    docs.flat_map(|doc| &world.docs[*doc as usize]).any(|id| world.rules[*id as usize].targeted)
}

/// Whether the principal may assume the role: its own side by `question`, the other by the trust policy and the resource control
/// policies over the role's account. These bind callers of every account, the role's own too, but no service-linked roles (AWS
/// Organizations User Guide, "Resource control policies (RCPs)").
pub fn assume(question: &Question<'_, '_>, role: usize) -> Verdict {
    let world = question.world;
    let verdict = trusts(question, role);
    let target = &world.estate.principals[role];
    let bound = !world.item(question.holder).service_linked && matches!(verdict, Verdict::Yes(_));
    let Some(guards) = world.guards.get(target.account.as_str()).filter(|_| bound) else { return verdict };
    let mut support = Support { gaps: guards.unread.clone(), ..Support::default() };
    let rules = guards.docs.iter().flat_map(|doc| &world.docs[*doc as usize]);
    match question.denied_at(rules, &target.arn, &mut support) {
        Some(_) => Verdict::Blocked(BTreeSet::from([Block::Guard])),
        None => verdict.and(Verdict::Yes(support)),
    }
}

/// Whether the principal's own side and the trust policy allow it.
fn trusts(question: &Question<'_, '_>, role: usize) -> Verdict {
    let world = question.world;
    let item = world.item(question.holder);
    let target = &world.estate.principals[role];
    let own = question.answer(Target::Arn(&target.arn));
    let doc = match &world.trusts[role] {
        None => return Verdict::No,
        Some(Err(gap)) => return own.and(Verdict::gap(gap.clone())),
        Some(Ok(doc)) => *doc,
    };
    let mut context: Option<Context> = None;
    let mut best: Option<(How, Support)> = None;
    let mut open = BTreeSet::new();
    let mut failed = None;
    for id in &world.docs[doc as usize] {
        let rule = &world.rules[*id as usize];
        if !holds(&rule.actions, question.action) {
            continue;
        }
        let Some(how) = how(rule.statement.principals.as_ref(), item) else { continue };
        let truth = rule.tests.truth(context.get_or_insert_with(|| question.context.for_service("sts")));
        match (rule.statement.effect, truth) {
            (Effect::Deny, Truth::Yes) if !rule.chosen => failed = Some(*id),
            (Effect::Deny, Truth::Unknown(reasons)) if !rule.chosen => open.extend(reasons.into_iter().map(|reason| reason.key)),
            (Effect::Deny, _) => {}
            (Effect::Allow, Truth::No) => failed = failed.or(best.is_none().then_some(*id)),
            (Effect::Allow, truth) => {
                let keys: BTreeSet<String> = if let Truth::Unknown(reasons) = truth {
                    reasons.into_iter().map(|reason| reason.key).collect()
                } else {
                    BTreeSet::new()
                };
                let support = Support { keys, used: Statements::one(*id), ..Support::default() };
                let better = best.as_ref().is_none_or(|(known, old)| (support.keys.len(), how) < (old.keys.len(), *known));
                if better {
                    best = Some((how, support));
                }
            }
        }
    }
    let denied = failed.is_some_and(|id| world.rules[id as usize].statement.effect == Effect::Deny);
    let Some((how, mut support)) = best.filter(|_| !denied) else {
        let everything = own_names(question, &target.arn);
        let block = failed.map_or(Block::Trust(role, everything), |_| Block::Trust(role, true));
        return own.and(Verdict::Blocked(BTreeSet::from([block])));
    };
    support.keys.extend(open);
    let trust = Verdict::Yes(support);
    let direct = how == How::Direct && item.account == target.account;
    if direct && !matches!(own, Verdict::Yes(_)) {
        // The boundary limits what a trust policy gives to a role, and not what it gives to a user by name.
        return question.stopped(&target.arn, item.kind == Subject::Role).and(trust);
    }
    own.and(trust)
}

/// Whether an Allow names the role more closely than everything.
fn own_names(question: &Question<'_, '_>, arn: &str) -> bool {
    use super::super::document::Resources;
    question.holder.allow.iter().map(|id| &question.world.rules[*id as usize]).any(|rule| {
        let named = holds(&rule.actions, question.action);
        named && matches!(&rule.statement.resources, Some(Resources::These(list)) if list.iter().any(|pattern| !pattern.is_everything() && pattern.matches(arn)))
    })
}
