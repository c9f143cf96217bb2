//! The ways out of one node: every path, tried on everything it could reach.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::document::Effect;
use super::super::estate::{Carried, Principal, Subject};
use super::super::grants::verdict::{Block, Question, Support, Target, Verdict};
use super::super::grants::watched;
use super::super::grants::world::{Boundary, Gap, Holder, Place, Source, holds};
use super::super::paths::{self, Gain, Need, Over, Path};
use super::graph::{Bars, Graph, Hop, NodeId, Shared, Sharing, Through, To, Way, needed};
use super::trial::{Trial, allowed_patterns};
use super::trust;
use crate::base::arn::account_piece;
use crate::base::parallel::on_all_cores;

/// What a pass over one node brings.
#[derive(Default)]
pub struct Found {
    hops: Vec<Hop>,
    barred: BTreeMap<BTreeSet<Block>, BTreeSet<(To, Through)>>,
}

/// Lists that principals share, worked out before their turn, by what decides them.
pub type Ahead<'a> = FxHashMap<Sharing<'a>, Found>;

impl Found {
    fn add(&mut self, verdict: Verdict, to: To, through: Through) {
        match verdict {
            Verdict::No => {}
            Verdict::Yes(support) => {
                // Most hops rest on what the one before rests on.
                let known = self.hops.last().filter(|hop| *hop.support == support).map(|hop| Arc::clone(&hop.support));
                self.hops.push(Hop { to, support: known.unwrap_or_else(|| support.into()), through });
            }
            // An Allow of everything that a role's trust does not meet is no path that somebody closed.
            Verdict::Blocked(blocks) if blocks.iter().any(|block| matches!(block, Block::Trust(_, false))) => {}
            Verdict::Blocked(blocks) => _ = self.barred.entry(blocks).or_default().insert((to, through)),
        }
    }

    /// Whether something stands against a way to administration.
    fn is_barred(&self) -> bool {
        self.barred.values().flatten().any(|(to, _)| *to == To::Administration)
    }

    /// Ways that something missing leaves open. One that does not lead there whatever is missing is left out.
    fn open(&mut self, verdict: &Verdict, gap: Gap, to: impl Iterator<Item = To>, through: &Through) {
        let Verdict::Yes(support) = verdict else { return };
        let mut support = support.clone();
        support.gaps.insert(gap);
        let support = Arc::new(support);
        self.hops.extend(to.map(|to| Hop { to, support: Arc::clone(&support), through: through.clone() }));
    }
}

impl<'w, 'a> Graph<'w, 'a> {
    /// The principal of a node with its paths: those of which its policies name all actions. None where nothing is to be gained.
    fn trial(&self, id: NodeId) -> Option<(Trial<'w, 'a>, Vec<usize>)> {
        let node = &self.nodes[id as usize];
        let item = self.world.item(&node.holder);
        if item.service_linked || node.admin.is_sure() {
            return None;
        }
        let trial = Trial::new(self.world, &node.holder, &node.context);
        let is_tried = |at: &usize| {
            let path = &paths::all()[*at];
            let own = !matches!(
                path.gain,
                Gain::User | Gain::WidenedUser | Gain::Role | Gain::WidenedRole | Gain::Passed | Gain::Carrier | Gain::Created
            );
            let is_named = self.needed[*at].iter().zip(trial.holder.named).all(|(need, named)| need & !named == 0);
            path.subject.is_none_or(|subject| subject == item.kind) && is_named && !(node.derived && own)
        };
        let paths = (0..paths::all().len()).filter(is_tried).collect();
        Some((trial, paths))
    }

    /// Lists that these nodes will ask for and that principals share: each worked out once, on all cores, since nothing in the graph
    /// changes by it.
    pub fn ahead(&self, ids: &[NodeId]) -> Ahead<'a> {
        let asked = on_all_cores(ids, |id| {
            let Some((trial, paths)) = self.trial(*id) else { return Vec::new() };
            let keys = paths.into_iter().filter_map(|at| self.sharing(at, &trial));
            keys.filter(|key| !self.shared.contains_key(key)).collect()
        });
        let mut taken: FxHashSet<Sharing<'a>> = FxHashSet::default();
        let mut work: Vec<(NodeId, Vec<Sharing<'a>>)> = Vec::new();
        for (id, keys) in ids.iter().zip(asked) {
            let keys: Vec<Sharing<'a>> = keys;
            let own: Vec<Sharing<'a>> = keys.into_iter().filter(|key| taken.insert(key.clone())).collect();
            if !own.is_empty() {
                work.push((*id, own));
            }
        }
        let found = on_all_cores(&work, |(id, keys)| {
            let Some((trial, _)) = self.trial(*id) else { return Vec::new() };
            let of = |key: &Sharing<'a>| {
                let mut found = Found::default();
                self.try_shared(&paths::all()[key.0], &trial, &mut found);
                (key.clone(), found)
            };
            keys.iter().map(of).collect()
        });
        found.into_iter().flatten().collect()
    }

    /// Works the node's ways out. What something stands against is returned.
    pub fn explore(&mut self, id: NodeId, ahead: &mut Ahead<'a>) -> Vec<Bars> {
        let Some((trial, paths)) = self.trial(id) else { return Vec::new() };
        let mut barred = Vec::new();
        for at in paths {
            let path = &paths::all()[at];
            if path.gain == Gain::ReachedRole {
                let hops = self.widens_reached(path, &trial, id);
                let shared = self.list(hops);
                self.way(id, at, shared);
                continue;
            }
            if path.gain == Gain::Passed {
                if let Some(way) = self.pass(at, path, &trial) {
                    self.nodes[id as usize].ways.push(way);
                }
                continue;
            }
            let key = self.sharing(at, &trial);
            if let Some((shared, bars)) = key.as_ref().and_then(|key| self.shared.get(key)).cloned() {
                barred.extend(bars.iter().cloned());
                self.way(id, at, shared);
                continue;
            }
            let found = key.as_ref().and_then(|key| ahead.remove(key)).unwrap_or_else(|| {
                let mut found = Found::default();
                self.try_path(path, &trial, &mut found);
                found
            });
            let bars = self.bars(at, found.barred);
            let shared = self.list(found.hops);
            if let Some(key) = key {
                self.shared.insert(key, (shared.clone(), bars.clone().into()));
            }
            self.way(id, at, shared);
            barred.extend(bars);
        }
        barred
    }

    /// Notes the way of a node, unless nothing is reached by it.
    fn way(&mut self, id: NodeId, path: usize, hops: Shared) {
        if !self.lists[hops.list].is_empty() {
            self.nodes[id as usize].ways.push(Way { path, support: hops.support, list: hops.list });
        }
    }

    /// What a list of hops can be shared by: all principals for whom the same decides the path.
    /// Such a list may hold the principal itself; who reads it leaves that out.
    fn sharing(&self, at: usize, trial: &Trial<'w, 'a>) -> Option<Sharing<'a>> {
        let path = &paths::all()[at];
        if !matches!(path.gain, Gain::User | Gain::Carrier) {
            return None;
        }
        let actions: Vec<usize> = path.needs.iter().filter_map(|need| watched::index(&need.action)).collect();
        Some((at, self.world.deciding(&trial.holder, &actions)?))
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
                    self.widening(verdict, trial.at, Through::Group(arn.as_str().into()), found);
                }
            }
            Gain::OwnPolicy => {
                for arn in own_policies(&trial.holder, &trial.item.account) {
                    let verdict = self.all_over(path, trial, &arn, None);
                    self.widening(verdict, trial.at, Through::Policy(arn.into()), found);
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
            Gain::User | Gain::Carrier => self.try_shared(path, trial, found),
            Gain::WidenedUser => self.widens_users(path, trial, found),
            Gain::Role | Gain::WidenedRole => self.becomes_role(path, trial, found),
            Gain::Created => {
                let needs: Vec<&Need> = path.needs.iter().collect();
                found.add(trial.to_anything(&needs), To::Administration, Through::Nothing);
            }
            Gain::Passed | Gain::ReachedRole => {}
        }
    }

    /// Paths of which principals share the list: what is reached does not change by it.
    fn try_shared(&self, path: &Path, trial: &Trial<'w, 'a>, found: &mut Found) {
        if path.gain == Gain::Carrier {
            return self.takes_over(path, trial, found);
        }
        for user in self.users.get(trial.item.account.as_str()).into_iter().flatten() {
            let other = &self.world.estate.principals[*user];
            found.add(self.all_over(path, trial, &other.arn, Some(other)), To::Node(number(*user)), Through::Nothing);
        }
        self.users_missing(path, trial, found);
    }

    fn widens_users(&mut self, path: &Path, trial: &Trial<'w, 'a>, found: &mut Found) {
        let closed = trial.is_closed(needed(path));
        for user in self.users.get(trial.item.account.as_str()).cloned().unwrap_or_default() {
            // Where the boundary lets nobody be changed, one of them says it for all.
            if closed && found.is_barred() {
                break;
            }
            if user == trial.at {
                continue;
            }
            let other = &self.world.estate.principals[user];
            let verdict = self.all_over(path, trial, &other.arn, Some(other));
            self.widening(verdict, user, Through::Nothing, found);
        }
        self.users_missing(path, trial, found);
    }

    /// Users that were not delivered could be the target.
    fn users_missing(&self, path: &Path, trial: &Trial<'w, 'a>, found: &mut Found) {
        let complete = self.world.estate.accounts.get(&trial.item.account).is_some_and(|account| account.users_complete);
        if complete || !found.hops.is_empty() {
            return;
        }
        let needs: Vec<&Need> = path.needs.iter().collect();
        let verdict = trial.to_anything(&needs).and(Verdict::gap(Gap::Users(trial.item.account.clone())));
        if matches!(verdict, Verdict::Yes(_)) {
            found.add(verdict, To::Unknown, Through::Nothing);
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
                self.after(verdict.clone(), trial, Through::Policy(format!("{arn} {name}").into()), found, |holder| {
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
            self.after(verdict, trial, Through::Group(group.arn.as_str().into()), found, |holder| {
                holder.identity.extend(sources.iter().cloned())
            });
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
                    dropped.insert((source.place.clone(), Through::Nothing, trial.item.arn.clone()));
                }
                (Place::Attached(arn), Gain::DropAttached) => {
                    dropped.insert((source.place.clone(), Through::Policy(arn.as_str().into()), trial.item.arn.clone()));
                }
                (Place::GroupInline(group, _) | Place::GroupAttached(group, _), Gain::LeaveGroup) => {
                    let group =
                        self.own_groups(trial.item).into_iter().map(|at| &world.estate.groups[at]).find(|known| known.name == *group);
                    if let Some(group) = group {
                        dropped.insert((
                            Place::GroupInline(group.name.clone(), String::new()),
                            Through::Group(group.arn.as_str().into()),
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
        let closed = path.gain == Gain::WidenedRole && trial.is_closed(needed(path));
        for role in candidates.into_iter().filter(|role| *role != trial.at) {
            // Where the boundary lets no role be changed, one of them says it for all.
            if closed && found.is_barred() {
                break;
            }
            let other = &world.estate.principals[role];
            // Changing a role works within its account only.
            if path.needs.len() > 1 && other.account != trial.item.account {
                continue;
            }
            let mut verdict = Verdict::Yes(Support::default());
            for need in path.needs.iter().filter(|need| need.over == Over::Role) {
                verdict = verdict.and(if need.action == "sts:AssumeRole" {
                    if trial.targeted(assume) || trust::is_targeted(world, role) {
                        let context = trial.about(&other.account, other.tags.as_ref(), None);
                        trust::assume(&trial.question(assume, &context), role)
                    } else {
                        trust::assume(&trial.question(assume, &trial.context), role)
                    }
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
                        self.widening(verdict.clone().and(policy), role, Through::Policy(arn.into()), found);
                    }
                }
                None if path.gain == Gain::WidenedRole => self.widening(verdict, role, Through::Nothing, found),
                None => found.add(verdict, To::Node(number(role)), Through::Nothing),
            }
        }
        self.roles_missing(path, trial, assumes, found);
    }

    /// Roles that the node reaches by the ways found so far, after it has widened their policies. These paths stand last in the list.
    fn widens_reached(&mut self, path: &Path, trial: &Trial<'w, 'a>, id: NodeId) -> Vec<Hop> {
        let mut reached: Vec<(usize, Support, Through)> = Vec::new();
        let mut sure: FxHashSet<usize> = FxHashSet::default();
        for way in &self.nodes[id as usize].ways {
            for hop in self.lists[way.list].iter() {
                let To::Node(to) = hop.to else { continue };
                let node = &self.nodes[to as usize];
                let (at, role) = (node.holder.item, self.world.item(&node.holder));
                let other = at == trial.at || role.kind != Subject::Role || role.account != trial.item.account;
                if node.derived || other || sure.contains(&at) {
                    continue;
                }
                let mut support = way.support.clone();
                support.join(&hop.support);
                if support.is_sure() {
                    sure.insert(at);
                }
                reached.push((at, support, hop.through.clone()));
            }
        }
        let mut hops = Vec::new();
        for (item, support, through) in reached {
            let role = &self.world.estate.principals[item];
            if let Verdict::Yes(widens) = self.all_over(path, trial, &role.arn, Some(role)) {
                let mut support = support;
                support.join(&widens);
                let to = self.widen(item);
                hops.push(Hop { to, support: support.into(), through });
            }
        }
        hops
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
                            range.filter(|(arn, _)| pattern.matches(arn)).map(|(_, at)| *at).collect::<Arc<[usize]>>()
                        };
                        let matched = self.matched.entry(pattern.clone()).or_insert_with(search);
                        found.extend(matched.iter());
                    }
                }
            }
        }
        found.into_iter().filter(|at| self.world.trusts[*at].is_some() && !self.world.estate.principals[*at].service_linked).collect()
    }

    fn takes_over(&self, path: &Path, trial: &Trial<'w, 'a>, found: &mut Found) {
        let world = self.world;
        let Some(kind) = path.carrier else { return };
        let account = trial.item.account.as_str();
        let any: Vec<&Need> = path.needs.iter().filter(|need| need.over == Over::Any).collect();
        let over: Vec<&Need> = path.needs.iter().filter(|need| need.over == Over::Carrier).collect();
        let base = if any.is_empty() { Verdict::Yes(Support::default()) } else { trial.to_anything(&any) };
        if matches!(base, Verdict::No) {
            return;
        }
        let known = world.estate.accounts.get(account);
        // A role of a complete account that is not in it is gone: its code can do nothing.
        let roles_missing = !known.is_some_and(|known| known.roles_complete);
        let serving = kind.service().map(|service| self.serving(account, service)).unwrap_or_default();
        let served = || serving.iter().map(|(role, _)| To::Node(number(*role)));
        let unknown = || std::iter::once(To::Unknown);
        // One answer for all of them, where nothing in the statements looks at the resource.
        let alike = over.iter().all(|need| trial.is_alike(&need.action));
        let mut one: Option<Verdict> = None;
        let mut unresolved = false;
        for at in self.carriers.get(&(account, kind)).cloned().unwrap_or_default().iter().copied() {
            let carrier = &world.estate.carriers[at];
            let through = Through::Carrier(at);
            let mut on = || {
                let ask = || {
                    let mut all = Verdict::Yes(Support::default());
                    for need in &over {
                        all = all.and(trial.to_carrier(&need.action, carrier, &self.naming[at]));
                        if matches!(all, Verdict::No) {
                            return all;
                        }
                    }
                    base.clone().and(all)
                };
                if alike { one.get_or_insert_with(ask).clone() } else { ask() }
            };
            match &carrier.role {
                Carried::Nothing => {}
                Carried::Role(_) => match self.carried[at] {
                    Some(role) if path.systems_manager => found.add(on().and(self.managed(role)), To::Node(number(role)), through),
                    Some(role) => found.add(on(), To::Node(number(role)), through),
                    None if roles_missing => found.open(&on(), Gap::Roles(account.to_owned()), unknown(), &through),
                    None => {}
                },
                // It may be any role that the service can take on; one resource says as much as many.
                Carried::Unresolved(name) if !unresolved => {
                    let verdict = on();
                    unresolved = matches!(verdict, Verdict::Yes(_));
                    found.open(&verdict, Gap::Carried(name.clone()), served(), &through);
                    if roles_missing {
                        found.open(&verdict, Gap::Carried(name.clone()), unknown(), &through);
                    }
                }
                Carried::Unresolved(_) => {}
            }
        }
        if known.is_some_and(|known| known.kinds_complete.contains(&kind)) {
            return;
        }
        let verdict = trial.to_anything(&over).and(base);
        found.open(&verdict, Gap::Resources(account.to_owned(), kind), served(), &Through::Kind(kind));
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
}

/// Customer managed policies of the account that apply to a holder.
fn own_policies(holder: &Holder, account: &str) -> BTreeSet<String> {
    let arns = holder.identity.iter().filter_map(|source| match &source.place {
        Place::Attached(arn) | Place::GroupAttached(_, arn) => Some(arn),
        _ => None,
    });
    arns.filter(|arn| account_piece(arn) == Some(account)).cloned().collect()
}

fn is_policy(place: &Place, arn: &str) -> bool {
    matches!(place, Place::Attached(known) | Place::GroupAttached(_, known) if known == arn)
}

/// Node of a principal of the estate.
pub fn number(at: usize) -> NodeId {
    NodeId::try_from(at).unwrap_or(NodeId::MAX)
}
