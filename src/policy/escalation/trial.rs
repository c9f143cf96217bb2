//! Questions about one principal while its ways are worked out: may it do this to that.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::super::condition::Context;
use super::super::document::{Effect, Resources};
use super::super::estate::{Carrier, Principal};
use super::super::grants::admin;
use super::super::grants::verdict::{self, Question, Support, Target, Verdict, about_tagged, about_target};
use super::super::grants::watched;
use super::super::grants::world::{Bits, Boundary, Holder, RuleId, World, holds};
use super::super::paths::{Need, Path};
use super::super::pattern::{Pattern, Resolved};

/// Combinations of patterns that are tried for one new resource.
const COMBINATIONS: usize = 64;

/// One principal while its ways are worked out. Holds copies, so that the graph may grow meanwhile.
pub struct Trial<'w, 'a> {
    /// The estate.
    pub world: &'w World<'a>,
    /// The principal with what bears on it.
    pub holder: Rc<Holder>,
    /// What is known of its requests.
    pub context: Context,
    /// The same for targets whose tags are known.
    tagged: Context,
    /// The principal.
    pub item: &'a Principal,
    /// Its place in the estate.
    pub at: usize,
    /// Watched actions for which what is known of the target matters.
    targeted: Bits,
    /// Which roles it may pass, where nothing but the role decides.
    passed: RefCell<FxHashMap<usize, Verdict>>,
    /// Which roles it may pass to which services; paths share services.
    passed_to: RefCell<FxHashMap<usize, Vec<(String, Verdict)>>>,
}

impl<'w, 'a> Trial<'w, 'a> {
    /// Questions about a principal with what bears on it, and what is known of its requests.
    pub fn new(world: &'w World<'a>, holder: &Holder, context: &Context) -> Self {
        let item = world.item(holder);
        let mut targeted = Bits::default();
        for rule in world.statements(holder).map(|id| &world.rules[id as usize]).filter(|rule| rule.targeted) {
            targeted.iter_mut().zip(rule.actions).for_each(|(all, one)| *all |= one);
        }
        Self {
            world,
            holder: Rc::new(holder.clone()),
            context: context.clone(),
            tagged: about_tagged(context),
            item,
            at: holder.item,
            targeted,
            passed: RefCell::default(),
            passed_to: RefCell::default(),
        }
    }

    /// Whether what is known of the target beside its ARN matters for an action.
    pub fn targeted(&self, action: usize) -> bool {
        holds(&self.targeted, action)
    }

    /// Whether the permissions boundary says nothing of one of these actions, so that none of them together can be done.
    pub fn is_closed(&self, needed: Bits) -> bool {
        let mut let_through = Bits::default();
        let rules = self.holder.bounds.iter().map(|id| &self.world.rules[*id as usize]);
        for rule in rules.filter(|rule| rule.statement.effect == Effect::Allow) {
            let_through.iter_mut().zip(rule.actions).for_each(|(all, one)| *all |= one);
        }
        matches!(self.holder.boundary, Boundary::Known(_)) && needed.iter().zip(let_through).any(|(need, one)| need & !one != 0)
    }

    /// Whether the answer for an action is the same for every resource: each statement about it names all of them, and none looks at them.
    pub fn is_alike(&self, action: &str) -> bool {
        let Some(action) = watched::index(action) else { return true };
        let everything = |id: RuleId| match &self.world.rules[id as usize].statement.resources {
            Some(Resources::These(patterns)) => patterns.iter().all(|pattern| pattern.is_everything()),
            _ => false,
        };
        let mut rules = self.world.statements(&self.holder).filter(|id| holds(&self.world.rules[*id as usize].actions, action));
        !self.targeted(action) && rules.all(everything)
    }

    pub fn question<'q>(&'q self, action: usize, context: &'q Context) -> Question<'q, 'a> {
        Question { world: self.world, holder: &self.holder, action, context }
    }

    /// What is known of a request about a target: its account, its tags and, of a principal, its boundary (`None`: not known).
    pub fn about(&self, account: &str, tags: Option<&BTreeMap<String, String>>, boundary: Option<Option<&str>>) -> Context {
        let mut context = if tags.is_some() { self.tagged.clone() } else { self.context.clone() };
        about_target(&mut context, account, tags, boundary);
        context
    }

    /// Whether the principal may do it to another principal or group.
    pub fn to_principal(&self, action: &str, arn: &str, about: Option<&Principal>) -> Verdict {
        let Some(action) = watched::index(action) else { return Verdict::No };
        if !self.targeted(action) {
            return self.question(action, &self.context).answer(Target::Arn(arn));
        }
        if !self.question(action, &self.context).is_named(arn) {
            return Verdict::No;
        }
        let context = match about {
            Some(about) => self.about(&about.account, about.tags.as_ref(), Some(about.boundary.as_deref())),
            None => self.about(&self.item.account, None, None),
        };
        self.question(action, &context).answer(Target::Arn(arn))
    }

    /// Whether the principal may do it to a resource that carries a role; `named` are the actions that can name it.
    pub fn to_carrier(&self, action: &str, carrier: &Carrier, named: &Bits) -> Verdict {
        let Some(action) = watched::index(action) else { return Verdict::No };
        // An action that names no resource, or not this one, is checked against `*`.
        let arn = if holds(named, action) { carrier.arn.as_str() } else { "*" };
        let tags = carrier.tags.as_ref();
        if !self.targeted(action) {
            return self.question(action, &self.context).answer(Target::Arn(arn));
        }
        if !self.question(action, &self.context).is_named(arn) {
            return Verdict::No;
        }
        let context = self.about(&self.item.account, tags, None);
        self.question(action, &context).answer(Target::Arn(arn))
    }

    /// Whether the principal may pass a role of the estate to one of the services that a path's request can name.
    pub fn passes(&self, path: &Path, action: usize, role: usize) -> Verdict {
        let about = &self.world.estate.principals[role];
        if !self.targeted(action) {
            // The same for every path.
            let answer = || self.question(action, &self.context).answer(Target::Arn(&about.arn));
            return self.passed.borrow_mut().entry(role).or_insert_with(answer).clone();
        }
        if !self.question(action, &self.context).is_named(&about.arn) {
            return Verdict::No;
        }
        let mut known = self.passed_to.borrow_mut();
        let known = known.entry(role).or_default();
        let mut best = Verdict::No;
        for named in path.passed_to() {
            let at = known.iter().position(|(service, _)| service == named).unwrap_or_else(|| {
                let mut context = self.about(&about.account, about.tags.as_ref(), None);
                context.set_text("iam:passedtoservice", named);
                known.push((named.clone(), self.question(action, &context).answer(Target::Arn(&about.arn))));
                known.len() - 1
            });
            best = best.or(known[at].1.clone());
        }
        best
    }

    /// Whether the principal may do all of these to something that it names or creates itself, the same thing where the types are the same.
    pub fn to_anything(&self, needs: &[&Need]) -> Verdict {
        let mut context = self.context.clone();
        about_target(&mut context, &self.item.account, None, Some(None));
        let mut all = Verdict::Yes(Support::default());
        let mut same: Vec<(Vec<Pattern>, Vec<usize>)> = Vec::new();
        for need in needs {
            let Some(action) = watched::index(&need.action) else { return Verdict::No };
            let types = admin::types(action, self.item.partition(), &self.item.account);
            all = all.and(self.question(action, &context).answer(Target::Any(&types)));
            if matches!(all, Verdict::No) {
                return all;
            }
            // The first type is the one that both name, such as a function beside its versions.
            let types: Vec<Pattern> = types.into_iter().flatten().collect();
            match same.iter_mut().find(|(known, _)| known.iter().any(|one| types.contains(one))) {
                Some((known, actions)) => {
                    known.retain(|one| types.contains(one));
                    actions.push(action);
                }
                None => same.push((types, vec![action])),
            }
        }
        for (types, actions) in same.iter().filter(|(_, actions)| actions.len() > 1) {
            if !types.iter().any(|wanted| self.meet(wanted, actions, &context)) {
                return Verdict::No;
            }
        }
        all
    }

    /// Whether one resource can be named that the Allows of all actions reach.
    fn meet(&self, wanted: &Pattern, actions: &[usize], context: &Context) -> bool {
        let mut common: Vec<Vec<Pattern>> = vec![Vec::new()];
        for action in actions {
            let mut own = allowed_patterns(self.world, &self.holder, *action, context);
            own.sort();
            own.dedup();
            let mut next: Vec<Vec<Pattern>> = Vec::new();
            for pattern in &own {
                for known in &common {
                    let mut more = known.clone();
                    if !pattern.is_everything() && !more.contains(pattern) {
                        more.push(pattern.clone());
                    }
                    if next.len() < COMBINATIONS && !next.contains(&more) && verdict::in_common(&more.iter().collect::<Vec<_>>(), wanted) {
                        next.push(more);
                    }
                }
            }
            if next.is_empty() {
                return false;
            }
            common = next;
        }
        true
    }
}

/// Patterns of the Allows that name an action.
pub fn allowed_patterns(world: &World<'_>, holder: &Holder, action: usize, context: &Context) -> Vec<Pattern> {
    let rules = holder.allow.iter().map(|id| &world.rules[*id as usize]).filter(|rule| holds(&rule.actions, action));
    rules
        .flat_map(|rule| match &rule.statement.resources {
            Some(Resources::These(list)) => {
                let resolved = list.iter().filter_map(|pattern| match pattern.resolve(|key| context.binding(key)) {
                    Resolved::Known(pattern) | Resolved::Unknown(pattern, _) => Some(pattern),
                    Resolved::Never(_) => None,
                });
                resolved.collect()
            }
            Some(Resources::AllBut(_)) => vec![Pattern::new("*")],
            None => Vec::new(),
        })
        .collect()
}
