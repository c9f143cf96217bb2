//! Chains through the graph: to administration over all principals at once, to other rights from each that has no such chain.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::super::estate::Estate;
use super::super::grants::verdict::{Block, Support, Verdict};
use super::super::grants::world::{Boundary, Gap, Holder, Place, RuleId, World};
use super::super::paths;
use super::StatementRef;
use super::edges::Ahead;
use super::finding::{BlockedPath, Blocker, Chain, Chains, Finding, KEPT, NAMED, Open, Outcome, Standing, Step, Via};
use super::graph::{Barred, Bars, Graph, Hop, Node, NodeId, Through, To, Way};
use super::rights::{Rights, Who};

/// Principals looked at on the way from one principal to rights that it lacks.
const NEAR: usize = 512;

/// Nodes for which shared lists are worked out at once.
const AHEAD: usize = 256;

/// Fewest principals for which a thread is worth its start.
const SHARE: usize = 256;

/// Steps to administration; none where it is out of reach.
type Levels = Vec<Option<u32>>;

/// See [`super::assess`]; the estate is in order.
pub fn assess(estate: &Estate, followed: usize) -> Vec<Finding> {
    let world = World::new(estate);
    let mut graph = Graph::new(&world);
    let mut barred: BTreeMap<NodeId, Vec<Bars>> = BTreeMap::new();
    let mut next = 0;
    let mut ahead = Ahead::default();
    while next < graph.nodes.len() && graph.hops <= followed {
        let id = NodeId::try_from(next).unwrap_or(NodeId::MAX);
        if next.is_multiple_of(AHEAD) {
            let ids: Vec<NodeId> = (next..graph.nodes.len().min(next + AHEAD)).filter_map(|at| NodeId::try_from(at).ok()).collect();
            ahead = graph.ahead(&ids);
        }
        let found = graph.explore(id, &mut ahead);
        if !found.is_empty() {
            barred.insert(id, found);
        }
        next += 1;
    }
    let explored = next;
    let (sure, all) = (levels(&graph, true), levels(&graph, false));
    let items: Vec<usize> = (0..estate.principals.len()).filter(|at| !estate.principals[*at].service_linked).collect();
    let some = |items: &[usize]| -> Vec<Finding> {
        let search = Search { sure: &sure, all: &all, graph: &graph, world: &world, rights: Rights::new(), explored };
        let each = items.iter().map(|at| {
            let id = NodeId::try_from(*at).unwrap_or(NodeId::MAX);
            let standing = search.standing(id, barred.get(&id).map_or(&[], Vec::as_slice));
            Finding { principal: estate.principals[*at].arn.clone(), standing }
        });
        each.collect()
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let size = items.len().div_ceil(threads).max(SHARE);
    // Each share is worked out alone and they are put together in order, so the number of threads does not show.
    let shares: Vec<&[usize]> = items.chunks(size).collect();
    std::thread::scope(|scope| {
        let running: Vec<_> = shares.iter().map(|share| (share, scope.spawn(|| some(share)))).collect();
        running.into_iter().flat_map(|(share, thread)| thread.join().unwrap_or_else(|_| some(share))).collect()
    })
}

/// Shortest number of steps to administration, by rounds: round n finds all that are n steps away.
fn levels(graph: &Graph<'_, '_>, sure: bool) -> Levels {
    let mut nodes: Levels = graph
        .nodes
        .iter()
        .map(|node| {
            let known = if sure { node.admin.is_sure() } else { matches!(node.admin, Verdict::Yes(_)) || !node.gaps.is_empty() };
            known.then_some(0)
        })
        .collect();
    let mut lists: Levels = vec![None; graph.lists.len()];
    let mut round = 0;
    loop {
        for (at, hops) in graph.lists.iter().enumerate() {
            if lists[at].is_none() && hops.iter().any(|hop| (!sure || hop.support.is_sure()) && level_of(hop, &nodes, sure) == Some(round))
            {
                lists[at] = Some(round);
            }
        }
        let mut changed = false;
        for (at, node) in graph.nodes.iter().enumerate() {
            if nodes[at].is_none() && node.ways.iter().any(|way| (!sure || way.support.is_sure()) && lists[way.list] == Some(round)) {
                nodes[at] = Some(round + 1);
                changed = true;
            }
        }
        if !changed {
            return nodes;
        }
        round += 1;
    }
}

fn level_of(hop: &Hop, nodes: &Levels, sure: bool) -> Option<u32> {
    match hop.to {
        To::Administration => Some(0),
        To::Unknown => {
            if sure {
                None
            } else {
                Some(0)
            }
        }
        To::Node(id) => nodes.get(id as usize).copied().flatten(),
    }
}

/// A first step with what it leads to.
#[derive(Clone, Copy)]
struct First<'g> {
    way: &'g Way,
    hop: &'g Hop,
    level: u32,
}

struct Search<'g, 'w, 'a> {
    graph: &'g Graph<'w, 'a>,
    world: &'w World<'a>,
    sure: &'g Levels,
    all: &'g Levels,
    rights: Rights,
    /// Nodes whose ways were followed: all, unless there are too many.
    explored: usize,
}

impl<'g, 'w, 'a> Search<'g, 'w, 'a> {
    fn node(&self, id: NodeId) -> &'g Node {
        &self.graph.nodes[id as usize]
    }

    fn who(&self, id: NodeId) -> Who<'g> {
        let node = self.node(id);
        Who { number: id as usize, holder: &node.holder, context: &node.context }
    }

    fn arn(&self, to: To) -> Option<&'a str> {
        self.graph.arn(to)
    }

    fn standing(&self, id: NodeId, barred: &[Bars]) -> Standing {
        let node = self.node(id);
        if let Verdict::Yes(support) = &node.admin {
            let statements = self.refs(&node.holder, support.used.iter(), None);
            return Standing::Administrator { statements, open: Open { keys: support.keys.clone(), gaps: support.gaps.clone() } };
        }
        let chains = self.chains(id, true);
        if !chains.0.kept.is_empty() {
            return Standing::Escalates(chains.0);
        }
        let (chains, mut open) = self.chains(id, false);
        open.gaps.extend(node.gaps.iter().cloned());
        let followed = self.explored >= self.graph.nodes.len() || ((id as usize) < self.explored && node.ways.is_empty());
        if !followed {
            open.gaps.insert(Gap::Ways);
        }
        if !chains.kept.is_empty() || !open.is_empty() {
            return Standing::Undetermined { chains, open };
        }
        let blocked = self.blocked(id, barred);
        if blocked.is_empty() { Standing::None } else { Standing::Blocked(blocked) }
    }

    /// First steps, in no order. The order in which they are told is that of [`Self::order`]: nearer to administration, then by path
    /// and target.
    fn firsts(&self, id: NodeId, sure: bool) -> Vec<First<'g>> {
        let levels = if sure { self.sure } else { self.all };
        let own = self.node(id).holder.item;
        let mut firsts = Vec::new();
        for way in self.node(id).ways.iter().filter(|way| !sure || way.support.is_sure()) {
            for hop in self.graph.lists[way.list].iter() {
                let itself = matches!(hop.to, To::Node(to) if !self.node(to).derived && self.node(to).holder.item == own);
                if itself || (sure && !hop.support.is_sure()) {
                    continue;
                }
                if let Some(level) = level_of(hop, levels, sure) {
                    firsts.push(First { way, hop, level });
                }
            }
        }
        firsts
    }

    fn order<'f>(&self, first: &First<'f>) -> (u32, usize, Option<usize>, &'f Through) {
        (first.level, first.way.path, self.graph.place(first.hop.to), &first.hop.through)
    }

    /// Those of them that are named, in order. Thousands may lead there, and the rest are counted.
    fn named(&self, mut firsts: Vec<First<'g>>) -> Vec<First<'g>> {
        if firsts.len() > KEPT {
            firsts.select_nth_unstable_by(KEPT, |one, two| self.order(one).cmp(&self.order(two)));
            firsts.truncate(KEPT);
        }
        firsts.sort_by(|one, two| self.order(one).cmp(&self.order(two)));
        firsts
    }

    /// Chains of one principal and, where they need not be sure, what they depend on.
    fn chains(&self, id: NodeId, sure: bool) -> (Chains, Open) {
        let firsts = self.firsts(id, sure);
        let mut open = Open::default();
        if !firsts.is_empty() {
            let more = firsts.len().saturating_sub(KEPT);
            let kept = self.named(firsts).into_iter().map(|first| self.chain(id, first, sure, &mut open)).collect();
            return (Chains { kept, more }, open);
        }
        let found = self.lateral(id, sure, &mut open);
        (found, open)
    }

    /// The chain that begins with this step and goes on the shortest way.
    fn chain(&self, id: NodeId, first: First<'g>, sure: bool, open: &mut Open) -> Chain {
        let mut steps = Vec::new();
        let (mut at, mut next) = (id, Some(first));
        let mut outcome = Outcome::Administration;
        while let Some(first) = next.take() {
            steps.push(self.step(at, first.way, first.hop, open));
            match first.hop.to {
                To::Administration => {}
                To::Unknown => outcome = Outcome::Unknown,
                To::Node(to) => {
                    if first.level > 0 {
                        at = to;
                        next = self.firsts(to, sure).into_iter().min_by(|one, two| self.order(one).cmp(&self.order(two)));
                    } else {
                        let node = self.node(to);
                        if let Verdict::Yes(support) = &node.admin {
                            note(support, open);
                        } else {
                            open.gaps.extend(node.gaps.iter().cloned());
                            outcome = Outcome::Unknown;
                        }
                    }
                }
            }
        }
        Chain { steps, outcome }
    }

    fn step(&self, at: NodeId, way: &Way, hop: &Hop, open: &mut Open) -> Step {
        note(&way.support, open);
        note(&hop.support, open);
        let node = self.node(at);
        let target = if let To::Node(to) = hop.to { Some(self.node(to).holder.item) } else { None };
        let used = way.support.used.iter().chain(hop.support.used.iter());
        Step {
            path: &paths::all()[way.path].id,
            from: self.world.item(&node.holder).arn.clone(),
            to: self.arn(hop.to).map(str::to_owned),
            through: self.via(&hop.through),
            statements: self.refs(&node.holder, used, target),
        }
    }

    fn via(&self, through: &Through) -> Via {
        match through {
            Through::Nothing => Via::Nothing,
            Through::Carrier(at) => Via::Resource(self.world.estate.carriers[*at].arn.clone()),
            Through::Kind(kind) => Via::Kind(*kind),
            Through::Policy(arn) => Via::Policy(arn.to_string()),
            Through::Group(arn) => Via::Group(arn.to_string()),
            Through::Service(name) => Via::Service((*name).to_owned()),
        }
    }

    /// Where statements stand, among a principal's policies and in a role's trust policy.
    fn refs(&self, holder: &Holder, used: impl Iterator<Item = RuleId>, role: Option<usize>) -> Vec<StatementRef> {
        let mut found = BTreeSet::new();
        for id in used {
            found.extend(self.world.places(holder, id).into_iter().map(|(policy, position)| StatementRef { policy, position }));
            if let Some(role) = role
                && let Some(Ok(doc)) = &self.world.trusts[role]
                && self.world.docs[*doc as usize].contains(&id)
            {
                let policy = Place::Trust(self.world.estate.principals[role].arn.clone());
                found.insert(StatementRef { policy, position: self.world.rules[id as usize].statement.position });
            }
        }
        found.into_iter().collect()
    }

    /// Chains to principals with rights that this one lacks, breadth first.
    fn lateral(&self, id: NodeId, sure: bool, open: &mut Open) -> Chains {
        let start = self.node(id);
        let own = start.holder.item;
        let mut seen = BTreeSet::from([id]);
        let mut from: BTreeMap<NodeId, (NodeId, &Way, &Hop)> = BTreeMap::new();
        let mut work = VecDeque::from([id]);
        let mut chains = Chains::default();
        while let Some(at) = work.pop_front() {
            // Ways stand in the order of paths, and hops in the order of targets.
            let ways = self.node(at).ways.iter().filter(|way| !sure || way.support.is_sure());
            let steps = ways.flat_map(|way| self.graph.lists[way.list].iter().map(move |hop| (way, hop)));
            for (way, hop) in steps.filter(|(_, hop)| !sure || hop.support.is_sure()) {
                let To::Node(to) = hop.to else { continue };
                let node = self.node(to);
                if (!node.derived && node.holder.item == own) || !seen.insert(to) {
                    continue;
                }
                from.insert(to, (at, way, hop));
                let right = self.rights.gained(self.world, self.who(id), self.who(to));
                if let Some(right) = right {
                    if chains.kept.len() == KEPT {
                        chains.more += 1;
                        return chains;
                    }
                    chains.kept.push(self.back(id, to, &from, Outcome::Rights(right), open));
                }
                if seen.len() < NEAR {
                    work.push_back(to);
                }
            }
        }
        chains
    }

    fn back(&self, id: NodeId, to: NodeId, from: &BTreeMap<NodeId, (NodeId, &Way, &Hop)>, outcome: Outcome, open: &mut Open) -> Chain {
        let mut steps = Vec::new();
        let mut at = to;
        while at != id {
            let Some((before, way, hop)) = from.get(&at) else { break };
            steps.push(self.step(*before, way, hop, open));
            at = *before;
        }
        steps.reverse();
        Chain { steps, outcome }
    }

    /// What would be there, were it not for a Deny, a boundary, a control policy, a condition or a trust policy.
    fn blocked(&self, id: NodeId, barred: &[Bars]) -> Vec<BlockedPath> {
        let node = self.node(id);
        let mut found = BTreeSet::new();
        if let Verdict::Blocked(blocks) = &node.admin {
            found.insert(BlockedPath { path: None, to: None, through: Via::Nothing, by: self.blockers(&node.holder, blocks) });
        }
        let mut known: BTreeMap<NodeId, bool> = BTreeMap::new();
        let mut is_worth = |to: NodeId| {
            let gains = || self.rights.gained(self.world, self.who(id), self.who(to)).is_some();
            *known.entry(to).or_insert_with(|| self.sure[to as usize].is_some() || gains())
        };
        let own = &self.world.item(&node.holder).arn;
        let mut note = |bar: &Barred| {
            let by = self.blockers(&node.holder, &bar.blocks);
            let to = self.arn(bar.to).map(str::to_owned);
            found.insert(BlockedPath { path: Some(&paths::all()[bar.path].id), to, through: self.via(&bar.through), by });
            found.len() < NAMED
        };
        for bar in barred.iter().flat_map(Bars::each) {
            let worth = match bar.to {
                To::Administration => true,
                To::Unknown => false,
                To::Node(_) if self.arn(bar.to) == Some(own.as_str()) && bar.path_is_other() => false,
                To::Node(to) => is_worth(to),
            };
            if worth && !note(&bar) {
                return found.into_iter().collect();
            }
        }
        self.graph.barred_passes(id, is_worth, note);
        found.into_iter().collect()
    }

    fn blockers(&self, holder: &Holder, blocks: &BTreeSet<Block>) -> BTreeSet<Blocker> {
        let mut found = BTreeSet::new();
        for block in blocks {
            match block {
                Block::Deny(id) => found.extend(self.refs(holder, [*id].into_iter(), None).into_iter().map(Blocker::Deny)),
                Block::Condition(id) => found.extend(self.refs(holder, [*id].into_iter(), None).into_iter().map(Blocker::Condition)),
                Block::Boundary => {
                    if let Boundary::Known(source) = &holder.boundary
                        && let Place::Boundary(arn) = &source.place
                    {
                        found.insert(Blocker::Boundary(arn.clone()));
                    }
                }
                Block::ControlPolicy => drop(found.insert(Blocker::ControlPolicy)),
                Block::Guard => drop(found.insert(Blocker::ResourceControlPolicy)),
                Block::Trust(role, _) => drop(found.insert(Blocker::Trust(self.world.estate.principals[*role].arn.clone()))),
            }
        }
        found
    }
}

fn note(support: &Support, open: &mut Open) {
    open.keys.extend(support.keys.iter().cloned());
    open.gaps.extend(support.gaps.iter().cloned());
}
