//! Ways by handing a role to a service.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::super::grants::admin;
use super::super::grants::verdict::{Block, Target, Verdict};
use super::super::grants::watched;
use super::super::grants::world::{Gap, holds};
use super::super::paths::{self, Gain, Need, Over, Path};
use super::edges::number;
use super::graph::{Barred, Graph, Hop, NodeId, Shared, Through, To, Way};
use super::trial::{Trial, allowed_patterns};

impl<'w, 'a> Graph<'w, 'a> {
    /// The way by one path.
    pub fn pass(&mut self, at: usize, path: &'static Path, trial: &Trial<'w, 'a>) -> Option<Way> {
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
        let Verdict::Yes(mut support) = trial.to_anything(&launch) else { return None };
        let roles = self.passable(path, trial)?;
        support.join(&roles.support);
        (!self.lists[roles.list].is_empty()).then_some(Way { path: at, support, list: roles.list })
    }

    /// The list of roles that the principal may pass to the path's services; shared by all for whom the same decides.
    fn passable(&mut self, path: &'static Path, trial: &Trial<'w, 'a>) -> Option<Shared> {
        let action = watched::index("iam:PassRole")?;
        let key = self.world.deciding(&trial.holder, &[action]).map(|deciding| (path.services.as_slice(), path.instance_profile, deciding));
        if let Some(known) = key.as_ref().and_then(|key| self.passed.get(key)) {
            return Some(known.clone());
        }
        let account = trial.item.account.as_str();
        let world = self.world;
        let mut hops = Vec::new();
        for service in &path.services {
            for (role, trust) in self.serving(account, service).iter() {
                let other = &world.estate.principals[*role];
                if path.instance_profile && other.instance_profile == Some(false) {
                    continue;
                }
                if let Verdict::Yes(support) = trial.passes(path, action, *role).and(Verdict::Yes(trust.clone())) {
                    hops.push(Hop { to: To::Node(number(*role)), support: support.into(), through: Through::Service(service) });
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
                    hops.push(Hop { to: To::Unknown, support: support.into(), through: Through::Service(named) });
                    break;
                }
            }
        }
        let list = self.list(hops);
        if let Some(key) = key {
            self.passed.insert(key, list.clone());
        }
        Some(list)
    }

    /// What stands against passing roles: Deny, boundary, control policy, a condition, or that the role trusts other services only.
    /// Roles that are worth it, until `note` has enough.
    pub fn barred_passes(&self, id: NodeId, mut is_worth: impl FnMut(NodeId) -> bool, mut note: impl FnMut(&Barred) -> bool) {
        let node = &self.nodes[id as usize];
        let world = self.world;
        let item = world.item(&node.holder);
        let trial = Trial::new(world, &node.holder, &node.context);
        let Some(action) = watched::index("iam:PassRole").filter(|action| holds(&trial.holder.named, *action)) else { return };
        let patterns = allowed_patterns(world, &trial.holder, action, &trial.context);
        let roles = self.roles.get(item.account.as_str()).map_or(&[][..], Vec::as_slice).iter().copied();
        let named = |role: &usize| *role != trial.at && patterns.iter().any(|pattern| pattern.matches(&world.estate.principals[*role].arn));
        let mut candidates: Vec<usize> = roles.filter(named).collect();
        for (at, path) in paths::all().iter().enumerate().filter(|(_, path)| path.gain == Gain::Passed) {
            if self.needed[at].iter().zip(trial.holder.named).any(|(need, named)| need & !named != 0) {
                continue;
            }
            let launch: Vec<&Need> = path.needs.iter().filter(|need| need.over == Over::Any).collect();
            let launch = match trial.to_anything(&launch) {
                Verdict::No => continue,
                Verdict::Yes(_) => BTreeSet::new(),
                Verdict::Blocked(blocks) => blocks,
            };
            let mut trusting: FxHashSet<usize> = FxHashSet::default();
            for service in &path.services {
                trusting.extend(self.serving(&item.account, service).iter().map(|(at, _)| *at));
            }
            let service = path.services.first().map_or("", String::as_str);
            let mut worthless: FxHashSet<usize> = FxHashSet::default();
            for role in &candidates {
                let mut blocks = launch.clone();
                match trial.passes(path, action, *role) {
                    Verdict::No => continue,
                    Verdict::Yes(_) => {}
                    Verdict::Blocked(more) => blocks.extend(more),
                }
                if !trusting.contains(role) {
                    blocks.insert(Block::Trust(*role, true));
                }
                if blocks.is_empty() {
                    continue;
                }
                // To compare rights takes longest, so it comes last.
                if !is_worth(number(*role)) {
                    worthless.insert(*role);
                    continue;
                }
                let to = To::Node(number(*role));
                if !note(&Barred { path: at, to, through: Through::Service(service), blocks: blocks.into() }) {
                    return;
                }
            }
            candidates.retain(|role| !worthless.contains(role));
        }
    }
}
