//! The ways out of one node: every path, tried on everything it could reach.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::super::condition::Context;
use super::super::document::{Effect, Resources};
use super::super::estate::{Principal, Subject};
use super::super::grants::admin;
use super::super::grants::verdict::{self, Block, Question, Support, Target, Verdict, about_target};
use super::super::grants::watched;
use super::super::grants::world::{Bits, Boundary, Gap, Holder, Place, RuleId, Source, World, holds};
use super::super::paths::{self, Gain, Need, Over, Path};
use super::super::pattern::Pattern;
use super::graph::{Barred, Graph, Hop, NodeId, Through, To, Way};
use super::trust;

/// Combinations of patterns that are tried for one new resource.
const COMBINATIONS: usize = 64;

/// Watched actions that a path needs from the principal's own policies. Assuming a role may need none.
pub fn needed(path: &Path) -> Bits {
    let mut bits = Bits::default();
    for need in path.needs.iter().filter(|need| need.action != "sts:AssumeRole") {
        if let Some(at) = watched::index(&need.action) {
            bits[at / 64] |= 1 << (at % 64);
        }
    }
    bits
}

/// One principal while its ways are worked out. Holds copies, so that the graph may grow meanwhile.
struct Trial<'w, 'a> {
    world: &'w World<'a>,
    holder: Rc<Holder>,
    context: Context,
    item: &'a Principal,
    at: usize,
}

impl<'w, 'a> Trial<'w, 'a> {
    /// Whether conditions or variables bear on an action.
    fn conditional(&self, action: usize) -> bool {
        deciding(self.world, &self.holder).any(|id| {
            let rule = &self.world.rules[id as usize];
            holds(&rule.actions, action) && (rule.personal || !rule.tests.is_empty())
        })
    }

    fn question<'q>(&'q self, action: usize, context: &'q Context) -> Question<'q, 'a> {
        Question { world: self.world, holder: &self.holder, action, context }
    }

    /// Whether the principal may do it to another principal or group.
    fn to_principal(&self, action: &str, arn: &str, about: Option<&Principal>) -> Verdict {
        let Some(action) = watched::index(action) else { return Verdict::No };
        if !self.conditional(action) {
            return self.question(action, &self.context).answer(Target::Arn(arn));
        }
        let mut context = self.context.clone();
        if let Some(about) = about {
            about_target(&mut context, &about.account, about.tags.as_ref(), Some(about.boundary.as_deref()));
        } else {
            about_target(&mut context, &self.item.account, None, None);
        }
        self.question(action, &context).answer(Target::Arn(arn))
    }

    /// Whether the principal may do it to a resource.
    fn to_resource(&self, action: &str, arn: &str, tags: Option<&std::collections::BTreeMap<String, String>>) -> Verdict {
        let Some(action) = watched::index(action) else { return Verdict::No };
        // An action that names no resource, or not this one, is checked against `*`.
        let known = super::super::actions::find(watched::all()[action].lower);
        let named = known
            .is_some_and(|known| known.resources.iter().filter_map(|resource| resource.arn.as_ref()).any(|template| fits(template, arn)));
        let target = if named { Target::Arn(arn) } else { Target::Arn("*") };
        if !self.conditional(action) {
            return self.question(action, &self.context).answer(target);
        }
        let mut context = self.context.clone();
        about_target(&mut context, &self.item.account, tags, None);
        self.question(action, &context).answer(target)
    }

    /// Whether the principal may do all of these to something that it names or creates itself, the same thing where the types are the same.
    fn to_anything(&self, needs: &[&Need]) -> Verdict {
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
fn allowed_patterns(world: &World<'_>, holder: &Holder, action: usize, context: &Context) -> Vec<Pattern> {
    let rules = holder.allow.iter().map(|id| &world.rules[*id as usize]).filter(|rule| holds(&rule.actions, action));
    rules
        .flat_map(|rule| match &rule.statement.resources {
            Some(Resources::These(list)) => {
                let resolved = list.iter().filter_map(|pattern| match pattern.resolve(|key| context.binding(key)) {
                    super::super::pattern::Resolved::Known(pattern) | super::super::pattern::Resolved::Unknown(pattern, _) => Some(pattern),
                    super::super::pattern::Resolved::Never => None,
                });
                resolved.collect()
            }
            Some(Resources::AllBut(_)) => vec![Pattern::new("*")],
            None => Vec::new(),
        })
        .collect()
}

/// Whether an ARN has the service and type of a template.
fn fits(template: &str, arn: &str) -> bool {
    let text = template.replacen("arn:*:", "arn:?*:", 1).replace("{a}", "*");
    Pattern::new(&text).matches(arn)
}

/// What a pass over one node brings.
#[derive(Default)]
struct Found {
    hops: Vec<Hop>,
    barred: Vec<(To, Through, BTreeSet<Block>)>,
}

impl Found {
    fn add(&mut self, verdict: Verdict, to: To, through: Through) {
        match verdict {
            Verdict::No => {}
            Verdict::Yes(support) => self.hops.push(Hop { to, support, through }),
            Verdict::Blocked(blocks) => self.barred.push((to, through, blocks)),
        }
    }
}

impl<'w, 'a> Graph<'w, 'a> {
    /// Works the node's ways out. What something stands against is returned.
    pub fn explore(&mut self, id: NodeId) -> Vec<Barred> {
        let node = &self.nodes[id as usize];
        let world = self.world;
        let item = world.item(&node.holder);
        if item.service_linked || node.admin.is_sure() {
            return Vec::new();
        }
        let trial = Trial { world, holder: Rc::new(node.holder.clone()), context: node.context.clone(), item, at: node.holder.item };
        let derived = node.derived;
        let mut barred = Vec::new();
        for (at, path) in paths::all().iter().enumerate() {
            if path.subject.is_some_and(|subject| subject != item.kind) {
                continue;
            }
            let needed = self.needed[at];
            if needed.iter().zip(trial.holder.named).any(|(need, named)| need & !named != 0) {
                continue;
            }
            let own = !matches!(
                path.gain,
                Gain::User | Gain::WidenedUser | Gain::Role | Gain::WidenedRole | Gain::Passed | Gain::Carrier | Gain::Created
            );
            if derived && own {
                continue;
            }
            if path.gain == Gain::Passed {
                if let Some(way) = self.pass(at, path, &trial) {
                    self.nodes[id as usize].ways.push(way);
                }
                continue;
            }
            let key = self.sharing(path, &trial);
            if let Some(list) = key.as_ref().and_then(|key| self.shared.get(key)) {
                if !self.lists[*list].is_empty() {
                    self.nodes[id as usize].ways.push(Way { path: at, support: Support::default(), list: *list });
                }
                barred.extend(self.shared_bars.get(list).into_iter().flatten().cloned());
                continue;
            }
            let mut found = Found::default();
            self.try_path(path, &trial, &mut found);
            if let Some(key) = key {
                let bars =
                    found.barred.into_iter().map(|(to, through, blocks)| Barred { path: at, to, through, blocks }).collect::<Vec<_>>();
                let list = self.list(found.hops);
                self.shared.insert(key, list);
                if !self.lists[list].is_empty() {
                    self.nodes[id as usize].ways.push(Way { path: at, support: Support::default(), list });
                }
                barred.extend(bars.iter().cloned());
                if !bars.is_empty() {
                    self.shared_bars.insert(list, bars);
                }
                continue;
            }
            barred.extend(found.barred.into_iter().map(|(to, through, blocks)| Barred { path: at, to, through, blocks }));
            if !found.hops.is_empty() {
                let list = self.list(found.hops);
                self.nodes[id as usize].ways.push(Way { path: at, support: Support::default(), list });
            }
        }
        barred
    }

    /// What a list of hops can be shared by: all principals of the account for whom the same statements decide the path.
    /// Such a list may hold the principal itself; who reads it leaves that out.
    fn sharing(&self, path: &Path, trial: &Trial<'w, 'a>) -> Option<(String, &'static str, Vec<RuleId>)> {
        if !matches!(path.gain, Gain::User | Gain::Carrier) || matches!(trial.holder.boundary, Boundary::Unknown(_)) {
            return None;
        }
        let actions: Vec<usize> = path.needs.iter().filter_map(|need| watched::index(&need.action)).collect();
        let relevant = |id: &RuleId| actions.iter().any(|action| holds(&self.world.rules[*id as usize].actions, *action));
        let mut rules: Vec<RuleId> = deciding(self.world, &trial.holder).filter(relevant).collect();
        if rules.iter().any(|id| self.world.rules[*id as usize].personal) {
            return None;
        }
        // A boundary that says nothing of the actions forbids them.
        rules.push(RuleId::from(matches!(trial.holder.boundary, Boundary::Known(_))));
        let id: &'static Path = paths::find(&path.id)?;
        Some((format!("{} {}", trial.item.account, trial.holder.bounds.len()), &id.id, rules))
    }

    fn try_path(&mut self, path: &Path, trial: &Trial<'w, 'a>, found: &mut Found) {
        match path.gain {
            Gain::OwnUser | Gain::OwnRole => {
                let right = if path.gain == Gain::OwnUser { Subject::User } else { Subject::Role };
                if trial.item.kind == right {
                    let verdict = self.all_over(path, trial, &trial.item.arn, Some(trial.item));
                    self.widening(verdict, trial.at, Through::Nothing, found);
                }
            }
            Gain::OwnGroup => {
                for group in self.own_groups(trial.item) {
                    let arn = &self.world.estate.groups[group].arn;
                    let verdict = self.all_over(path, trial, arn, None);
                    self.widening(verdict, trial.at, Through::Group(arn.clone()), found);
                }
            }
            Gain::OwnPolicy => {
                for arn in own_policies(&trial.holder, &trial.item.account) {
                    let verdict = self.all_over(path, trial, &arn, None);
                    self.widening(verdict, trial.at, Through::Policy(arn), found);
                }
            }
            Gain::OwnVersion => self.versions(path, trial, found),
            Gain::JoinGroup => self.joins(path, trial, found),
            Gain::LiftBoundary => {
                if !matches!(trial.holder.boundary, Boundary::Absent) {
                    let verdict = self.all_over(path, trial, &trial.item.arn, Some(trial.item));
                    self.after(verdict, trial, Through::Nothing, found, |holder| holder.boundary = Boundary::Absent);
                }
            }
            Gain::DropAttached | Gain::DropInline | Gain::LeaveGroup => self.drops(path, trial, found),
            Gain::User | Gain::WidenedUser => {
                for user in self.users.get(trial.item.account.as_str()).cloned().unwrap_or_default() {
                    if user == trial.at && path.gain == Gain::WidenedUser {
                        continue;
                    }
                    let other = &self.world.estate.principals[user];
                    let verdict = self.all_over(path, trial, &other.arn, Some(other));
                    if path.gain == Gain::WidenedUser {
                        self.widening(verdict, user, Through::Nothing, found);
                    } else {
                        found.add(verdict, To::Node(number(user)), Through::Nothing);
                    }
                }
                let complete = self.world.estate.accounts.get(&trial.item.account).is_some_and(|account| account.users_complete);
                if !complete && found.hops.is_empty() {
                    let needs: Vec<&Need> = path.needs.iter().collect();
                    let verdict = trial.to_anything(&needs).and(Verdict::gap(Gap::Users(trial.item.account.clone())));
                    if matches!(verdict, Verdict::Yes(_)) {
                        found.add(verdict, To::Unknown, Through::Nothing);
                    }
                }
            }
            Gain::Role | Gain::WidenedRole => self.becomes_role(path, trial, found),
            Gain::Carrier => self.takes_over(path, trial, found),
            Gain::Created => {
                let needs: Vec<&Need> = path.needs.iter().collect();
                found.add(trial.to_anything(&needs), To::Administration, Through::Nothing);
            }
            Gain::Passed => {}
        }
    }

    /// All needs over one target.
    fn all_over(&self, path: &Path, trial: &Trial<'w, 'a>, arn: &str, about: Option<&Principal>) -> Verdict {
        let each = path.needs.iter().map(|need| trial.to_principal(&need.action, arn, about));
        each.reduce(Verdict::and).unwrap_or(Verdict::No)
    }

    fn widening(&mut self, verdict: Verdict, item: usize, through: Through, found: &mut Found) {
        if matches!(verdict, Verdict::No) {
            return;
        }
        let to = self.widen(item);
        found.add(verdict, to, through);
    }

    /// The principal after a change of what bears on it.
    fn after(&mut self, verdict: Verdict, trial: &Trial<'w, 'a>, through: Through, found: &mut Found, change: impl FnOnce(&mut Holder)) {
        if matches!(verdict, Verdict::No) {
            return;
        }
        let mut holder = (*trial.holder).clone();
        change(&mut holder);
        self.world.refresh(&mut holder);
        let to = self.derive(holder);
        found.add(verdict, to, through);
    }

    fn own_groups(&self, item: &Principal) -> Vec<usize> {
        let all = self.groups.get(item.account.as_str()).cloned().unwrap_or_default();
        all.into_iter().filter(|at| item.groups.contains(&self.world.estate.groups[*at].name)).collect()
    }

    fn versions(&mut self, path: &Path, trial: &Trial<'w, 'a>, found: &mut Found) {
        let world = self.world;
        for arn in own_policies(&trial.holder, &trial.item.account) {
            let Some(policy) = world.estate.policies.iter().find(|policy| policy.arn == arn) else { continue };
            let verdict = self.all_over(path, trial, &arn, None);
            if matches!(verdict, Verdict::No) {
                continue;
            }
            for (name, _) in policy.versions.iter().filter(|(name, _)| **name != policy.default_version) {
                let Some(doc) = world.version(&arn, name) else { continue };
                self.after(verdict.clone(), trial, Through::Policy(format!("{arn} {name}")), found, |holder| {
                    for source in holder.identity.iter_mut().filter(|source| is_policy(&source.place, &arn)) {
                        source.doc = doc;
                    }
                });
            }
        }
    }

    fn joins(&mut self, path: &Path, trial: &Trial<'w, 'a>, found: &mut Found) {
        if trial.item.kind != Subject::User {
            return;
        }
        let world = self.world;
        for at in self.groups.get(trial.item.account.as_str()).cloned().unwrap_or_default() {
            let group = &world.estate.groups[at];
            if trial.item.groups.contains(&group.name) {
                continue;
            }
            let verdict = self.all_over(path, trial, &group.arn, None);
            if matches!(verdict, Verdict::No) {
                continue;
            }
            let sources = &world.groups[at].0;
            self.after(verdict, trial, Through::Group(group.arn.clone()), found, |holder| holder.identity.extend(sources.iter().cloned()));
        }
    }

    /// Getting rid of a policy that denies.
    fn drops(&mut self, path: &Path, trial: &Trial<'w, 'a>, found: &mut Found) {
        let world = self.world;
        let denies =
            |source: &Source| world.docs[source.doc as usize].iter().any(|id| world.rules[*id as usize].statement.effect == Effect::Deny);
        let mut dropped: BTreeSet<(Place, Through, String)> = BTreeSet::new();
        for source in trial.holder.identity.iter().filter(|source| denies(source)) {
            match (&source.place, path.gain) {
                (Place::Inline(_), Gain::DropInline) => {
                    drop(dropped.insert((source.place.clone(), Through::Nothing, trial.item.arn.clone())))
                }
                (Place::Attached(arn), Gain::DropAttached) => {
                    drop(dropped.insert((source.place.clone(), Through::Policy(arn.clone()), trial.item.arn.clone())))
                }
                (Place::GroupInline(group, _) | Place::GroupAttached(group, _), Gain::LeaveGroup) => {
                    let group =
                        self.own_groups(trial.item).into_iter().map(|at| &world.estate.groups[at]).find(|known| known.name == *group);
                    if let Some(group) = group {
                        dropped.insert((
                            Place::GroupInline(group.name.clone(), String::new()),
                            Through::Group(group.arn.clone()),
                            group.arn.clone(),
                        ));
                    }
                }
                _ => {}
            }
        }
        for (place, through, arn) in dropped {
            let verdict = self.all_over(path, trial, &arn, (arn == trial.item.arn).then_some(trial.item));
            self.after(verdict, trial, through, found, |holder| {
                holder.identity.retain(|source| match (&source.place, &place) {
                    (Place::GroupInline(group, _) | Place::GroupAttached(group, _), Place::GroupInline(left, _)) => group != left,
                    (known, gone) => known != gone,
                });
            });
        }
    }

    fn becomes_role(&mut self, path: &Path, trial: &Trial<'w, 'a>, found: &mut Found) {
        let world = self.world;
        let assumes = path.needs.iter().any(|need| need.action == "sts:AssumeRole");
        let candidates: Vec<usize> =
            if assumes { self.assumable(trial) } else { self.roles.get(trial.item.account.as_str()).cloned().unwrap_or_default() };
        let assume = watched::index("sts:AssumeRole").unwrap_or_default();
        for role in candidates.into_iter().filter(|role| *role != trial.at) {
            let other = &world.estate.principals[role];
            // Changing a role works within its account only.
            if path.needs.len() > 1 && other.account != trial.item.account {
                continue;
            }
            let mut verdict = Verdict::Yes(Support::default());
            for need in path.needs.iter().filter(|need| need.over == Over::Role) {
                verdict = verdict.and(if need.action == "sts:AssumeRole" {
                    let mut context = trial.context.clone();
                    about_target(&mut context, &other.account, other.tags.as_ref(), None);
                    trust::assume(&trial.question(assume, &context), role)
                } else {
                    trial.to_principal(&need.action, &other.arn, Some(other))
                });
                if matches!(verdict, Verdict::No) {
                    break;
                }
            }
            if matches!(verdict, Verdict::No) {
                continue;
            }
            match path.needs.iter().find(|need| need.over == Over::Policy) {
                Some(need) => {
                    for arn in own_policies(&world.holders[role], &other.account) {
                        let policy = trial.to_principal(&need.action, &arn, None);
                        self.widening(verdict.clone().and(policy), role, Through::Policy(arn), found);
                    }
                }
                None if path.gain == Gain::WidenedRole => self.widening(verdict, role, Through::Nothing, found),
                None => found.add(verdict, To::Node(number(role)), Through::Nothing),
            }
        }
        self.roles_missing(path, trial, assumes, found);
    }

    /// Roles that were not delivered could be the target of a change.
    fn roles_missing(&self, path: &Path, trial: &Trial<'w, 'a>, assumes: bool, found: &mut Found) {
        let complete = self.world.estate.accounts.get(&trial.item.account).is_some_and(|account| account.roles_complete);
        if complete || assumes || !found.hops.is_empty() {
            return;
        }
        let needs: Vec<&Need> = path.needs.iter().collect();
        let verdict = trial.to_anything(&needs).and(Verdict::gap(Gap::Roles(trial.item.account.clone())));
        if matches!(verdict, Verdict::Yes(_)) {
            found.add(verdict, To::Unknown, Through::Nothing);
        }
    }

    /// Roles that the principal could assume: those whose trust policy names it, its account or everyone; and those it names itself.
    fn assumable(&mut self, trial: &Trial<'w, 'a>) -> Vec<usize> {
        let mut found: BTreeSet<usize> = self.untold.iter().copied().collect();
        let action = watched::index("sts:AssumeRole").unwrap_or_default();
        let named = holds(&trial.holder.named, action);
        for name in trust::names_of(trial.item) {
            // Only an own Allow makes use of a trust in the account.
            if name == trial.item.account && !named {
                continue;
            }
            found.extend(self.trusting.get(&name).into_iter().flatten());
        }
        if named {
            let patterns = allowed_patterns(self.world, &trial.holder, action, &trial.context);
            for pattern in patterns.iter().filter(|pattern| !pattern.is_everything()) {
                match pattern.exact() {
                    Some(arn) => found.extend(self.world.by_arn.get(arn)),
                    None => {
                        let world = self.world;
                        let search = || {
                            let range = world.by_arn.range(pattern.prefix()..).take_while(|(arn, _)| arn.starts_with(pattern.prefix()));
                            range.filter(|(arn, _)| pattern.matches(arn)).map(|(_, at)| *at).collect::<Rc<[usize]>>()
                        };
                        let matched = self.matched.entry(pattern.clone()).or_insert_with(search);
                        found.extend(matched.iter());
                    }
                }
            }
        }
        found.into_iter().filter(|at| self.world.trusts[*at].is_some() && !self.world.estate.principals[*at].service_linked).collect()
    }

    fn takes_over(&mut self, path: &Path, trial: &Trial<'w, 'a>, found: &mut Found) {
        let world = self.world;
        let Some(kind) = path.carrier else { return };
        let account = trial.item.account.as_str();
        let any: Vec<&Need> = path.needs.iter().filter(|need| need.over == Over::Any).collect();
        let over: Vec<&Need> = path.needs.iter().filter(|need| need.over == Over::Carrier).collect();
        let base = if any.is_empty() { Verdict::Yes(Support::default()) } else { trial.to_anything(&any) };
        if matches!(base, Verdict::No) {
            return;
        }
        for at in self.carriers.get(&(account, kind)).cloned().unwrap_or_default() {
            let carrier = &world.estate.carriers[at];
            let Some(role) = carrier.role.as_deref().and_then(|arn| world.by_arn.get(arn).copied()) else {
                let missing =
                    carrier.role.as_ref().filter(|_| !world.estate.accounts.get(account).is_some_and(|known| known.roles_complete));
                if missing.is_some() {
                    let verdict = over
                        .iter()
                        .map(|need| trial.to_resource(&need.action, &carrier.arn, carrier.tags.as_ref()))
                        .fold(base.clone(), Verdict::and);
                    if matches!(verdict, Verdict::Yes(_)) {
                        found.add(verdict.and(Verdict::gap(Gap::Roles(account.to_owned()))), To::Unknown, Through::Carrier(at));
                    }
                }
                continue;
            };
            let mut verdict = over
                .iter()
                .map(|need| trial.to_resource(&need.action, &carrier.arn, carrier.tags.as_ref()))
                .fold(base.clone(), Verdict::and);
            if path.systems_manager {
                verdict = verdict.and(self.managed(role));
            }
            found.add(verdict, To::Node(number(role)), Through::Carrier(at));
        }
        let complete = world.estate.accounts.get(account).is_some_and(|known| known.kinds_complete.contains(&kind));
        if complete || !found.hops.is_empty() {
            return;
        }
        let serving = kind.service().and_then(|service| self.serving.get(&(account, service.to_owned()))).cloned().unwrap_or_default();
        if serving.is_empty() {
            return;
        }
        let verdict = trial.to_anything(&over).and(base).and(Verdict::gap(Gap::Resources(account.to_owned(), kind)));
        if matches!(verdict, Verdict::Yes(_)) {
            for (role, _) in serving {
                found.add(verdict.clone(), To::Node(number(role)), Through::Kind(kind));
            }
        }
    }

    /// An instance is managed by Systems Manager where its role allows its agent to register.
    fn managed(&self, role: usize) -> Verdict {
        let node = &self.nodes[role];
        let Some(action) = watched::index("ssm:UpdateInstanceInformation") else { return Verdict::No };
        let question = Question { world: self.world, holder: &node.holder, action, context: &node.context };
        match question.answer(Target::Arn("*")) {
            Verdict::Yes(_) => Verdict::Yes(Support::default()),
            _ => Verdict::gap(Gap::SystemsManager(self.world.item(&node.holder).arn.clone())),
        }
    }

    fn pass(&mut self, at: usize, path: &Path, trial: &Trial<'w, 'a>) -> Option<Way> {
        let account = trial.item.account.as_str();
        let known = self.world.estate.accounts.get(account);
        // What the path needs to be there, and is not.
        if path
            .requires
            .iter()
            .any(|kind| known.is_some_and(|known| known.kinds_complete.contains(kind)) && !self.carriers.contains_key(&(account, *kind)))
        {
            return None;
        }
        let launch: Vec<&Need> = path.needs.iter().filter(|need| need.over == Over::Any).collect();
        let Verdict::Yes(support) = trial.to_anything(&launch) else { return None };
        let list = self.passable(path, trial)?;
        (!self.lists[list].is_empty()).then_some(Way { path: at, support, list })
    }

    /// The list of roles that the principal may pass to the path's services; shared by all that are decided by the same statements.
    fn passable(&mut self, path: &Path, trial: &Trial<'w, 'a>) -> Option<usize> {
        let action = watched::index("iam:PassRole")?;
        let account = trial.item.account.as_str();
        let world = self.world;
        let relevant: Vec<RuleId> = deciding(world, &trial.holder).filter(|id| holds(&world.rules[*id as usize].actions, action)).collect();
        let personal =
            relevant.iter().any(|id| world.rules[*id as usize].personal) || matches!(trial.holder.boundary, Boundary::Unknown(_));
        let shape = format!("{} {} {}", path.services.join(" "), path.instance_profile, trial.holder.bounds.len());
        let key = (account.to_owned(), shape, if personal { trial.item.arn.clone() } else { String::new() }, relevant);
        if let Some(list) = self.passed.get(&key) {
            return Some(*list);
        }
        let mut hops = Vec::new();
        for service in &path.services {
            for (role, trust) in self.serving.get(&(account, service.clone())).into_iter().flatten() {
                let other = &world.estate.principals[*role];
                if path.instance_profile && other.instance_profile == Some(false) {
                    continue;
                }
                if let Verdict::Yes(support) = passes(path, trial, action, other).and(Verdict::Yes(trust.clone())) {
                    hops.push(Hop { to: To::Node(number(*role)), support, through: Through::Service(service.clone()) });
                }
            }
        }
        let complete = world.estate.accounts.get(account).is_some_and(|known| known.roles_complete);
        if !complete && hops.is_empty() {
            let types = admin::types(action, trial.item.partition(), account);
            for named in path.passed_to() {
                let mut context = trial.context.clone();
                context.set_text("iam:passedtoservice", named);
                let verdict =
                    trial.question(action, &context).answer(Target::Any(&types)).and(Verdict::gap(Gap::Roles(account.to_owned())));
                if let Verdict::Yes(support) = verdict {
                    hops.push(Hop { to: To::Unknown, support, through: Through::Service(named.clone()) });
                    break;
                }
            }
        }
        let list = self.list(hops);
        self.passed.insert(key, list);
        Some(list)
    }

    /// What stands against passing roles: Deny, boundary, control policy, a condition, or that the role trusts other services only.
    pub fn barred_passes(&self, id: NodeId) -> Vec<Barred> {
        let node = &self.nodes[id as usize];
        let world = self.world;
        let item = world.item(&node.holder);
        let trial = Trial { world, holder: Rc::new(node.holder.clone()), context: node.context.clone(), item, at: node.holder.item };
        let mut all = Vec::new();
        let Some(action) = watched::index("iam:PassRole").filter(|action| holds(&trial.holder.named, *action)) else { return all };
        for (at, path) in paths::all().iter().enumerate().filter(|(_, path)| path.gain == Gain::Passed) {
            if self.needed[at].iter().zip(trial.holder.named).any(|(need, named)| need & !named != 0) {
                continue;
            }
            let launch: Vec<&Need> = path.needs.iter().filter(|need| need.over == Over::Any).collect();
            let launch = trial.to_anything(&launch);
            if matches!(launch, Verdict::No) {
                continue;
            }
            for role in self.roles.get(item.account.as_str()).into_iter().flatten().filter(|role| **role != trial.at) {
                let other = &world.estate.principals[*role];
                let lists = path.services.iter().filter_map(|service| self.serving.get(&(item.account.as_str(), service.clone())));
                let trusts = lists.flatten().any(|(at, _)| at == role);
                let trust =
                    if trusts { Verdict::Yes(Support::default()) } else { Verdict::Blocked(BTreeSet::from([Block::Trust(*role, true)])) };
                if let Verdict::Blocked(blocks) = launch.clone().and(passes(path, &trial, action, other)).and(trust) {
                    let service = path.services.first().cloned().unwrap_or_default();
                    all.push(Barred { path: at, to: To::Node(number(*role)), through: Through::Service(service), blocks });
                }
            }
        }
        all
    }
}

/// Whether the principal may pass the role to one of the services that the request can name.
fn passes(path: &Path, trial: &Trial<'_, '_>, action: usize, role: &Principal) -> Verdict {
    if !trial.conditional(action) {
        return trial.question(action, &trial.context).answer(Target::Arn(&role.arn));
    }
    let mut best = Verdict::No;
    for named in path.passed_to() {
        let mut context = trial.context.clone();
        context.set_text("iam:passedtoservice", named);
        about_target(&mut context, &role.account, role.tags.as_ref(), None);
        best = best.or(trial.question(action, &context).answer(Target::Arn(&role.arn)));
    }
    best
}

/// Every statement that can decide about a holder.
fn deciding<'h>(world: &'h World<'_>, holder: &'h Holder) -> impl Iterator<Item = RuleId> + 'h {
    let controls = holder.controls.iter().flatten().flat_map(|source| world.docs[source.doc as usize].iter().copied());
    holder.allow.iter().chain(&holder.deny).chain(&holder.bounds).copied().chain(controls)
}

/// Customer managed policies of the account that apply to a holder.
fn own_policies(holder: &Holder, account: &str) -> BTreeSet<String> {
    let arns = holder.identity.iter().filter_map(|source| match &source.place {
        Place::Attached(arn) | Place::GroupAttached(_, arn) => Some(arn),
        _ => None,
    });
    arns.filter(|arn| arn.split(':').nth(4) == Some(account)).cloned().collect()
}

fn is_policy(place: &Place, arn: &str) -> bool {
    matches!(place, Place::Attached(known) | Place::GroupAttached(_, known) if known == arn)
}

fn number(at: usize) -> NodeId {
    NodeId::try_from(at).unwrap_or(NodeId::MAX)
}
