//! The graph of escalation: principals, principals as they would be after a step, and what leads from one to another.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::actions;
use super::super::condition::Context;
use super::super::estate::{Carried, Carrier};
use super::super::grants::admin;
use super::super::grants::verdict::{Block, Support, Verdict};
use super::super::grants::watched;
use super::super::grants::world::{Bits, Boundary, Deciding, Gap, Holder, Place, Source, World};
use super::super::paths::{self, Kind, Over, Path};
use super::super::pattern::Pattern;
use super::trust;

/// Number of a node.
pub type NodeId = u32;

/// Where a hop ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum To {
    /// Administration of the account, by a principal that is made or widened for it.
    Administration,
    /// A principal.
    Node(NodeId),
    /// Something that was not delivered; what is in the hop's support.
    Unknown,
}

/// One way to a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    pub to: To,
    /// What it rests on beside what its list's users add. In lists of the graph equal ones are one.
    pub support: Arc<Support>,
    /// What it goes through.
    pub through: Through,
}

/// For hops of the graph's lists, whose equal supports are one.
impl Hash for Hop {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.to, Arc::as_ptr(&self.support), &self.through).hash(state);
    }
}

/// What a hop goes through.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Through {
    /// Nothing but the target.
    Nothing,
    /// A resource that carries the role: index in the estate's carriers.
    Carrier(usize),
    /// A kind of resource, of which none was delivered.
    Kind(Kind),
    /// A managed policy, by ARN.
    Policy(Arc<str>),
    /// A group, by ARN.
    Group(Arc<str>),
    /// A service, by its principal.
    Service(&'static str),
}

/// Hops of one principal by one path.
#[derive(Debug, Clone)]
pub struct Way {
    /// Place of the path in [`paths::all`].
    pub path: usize,
    /// What all hops rest on.
    pub support: Support,
    /// Number of the list.
    pub list: usize,
}

/// A list of hops, and what all of them rest on beside what each names.
#[derive(Debug, Clone)]
pub struct Shared {
    pub list: usize,
    pub support: Support,
}

/// A hop that something stands against.
#[derive(Debug, Clone)]
pub struct Barred {
    pub path: usize,
    pub to: To,
    pub through: Through,
    pub blocks: Arc<BTreeSet<Block>>,
}

/// Hops by one path that the same stands against.
#[derive(Debug, Clone)]
pub struct Bars {
    pub path: usize,
    pub blocks: Arc<BTreeSet<Block>>,
    pub ends: Arc<[(To, Through)]>,
}

impl Bars {
    /// The hops one by one.
    pub fn each(&self) -> impl Iterator<Item = Barred> + '_ {
        let one =
            |(to, through): &(To, Through)| Barred { path: self.path, to: *to, through: through.clone(), blocks: Arc::clone(&self.blocks) };
        self.ends.iter().map(one)
    }
}

impl Barred {
    /// Whether its path leads to another principal, so that the principal itself is no target.
    pub fn path_is_other(&self) -> bool {
        use super::super::paths::Gain;
        matches!(paths::all()[self.path].gain, Gain::User | Gain::Carrier | Gain::Role | Gain::Passed)
    }
}

/// A principal, as it is or after a step.
pub struct Node {
    pub holder: Holder,
    /// Texts that were not delivered; the holder's own list is empty, so that they do not open every question.
    pub gaps: BTreeSet<Gap>,
    pub context: Context,
    pub admin: Verdict,
    /// Whether it is a principal after a step.
    pub derived: bool,
    pub ways: Vec<Way>,
}

/// What decides a list that principals share: the place of the path, and what decides about its actions.
pub type Sharing<'a> = (usize, Deciding<'a>);

/// What decides a list of roles to pass: the services, whether to an instance, and what decides about passing.
pub type Passing<'a> = (&'static [String], bool, Deciding<'a>);

/// Roles with what their trust rests on.
type Trusting = Arc<[(usize, Support)]>;

/// The graph under construction.
pub struct Graph<'w, 'a> {
    pub world: &'w World<'a>,
    pub nodes: Vec<Node>,
    /// Lists of hops, each by ARN of the target and by what it goes through. Equal ones are one.
    pub lists: Vec<Arc<[Hop]>>,
    /// Hops of all lists.
    pub hops: usize,
    known: FxHashMap<Arc<[Hop]>, usize>,
    supports: FxHashSet<Arc<Support>>,
    blocks: FxHashSet<Arc<BTreeSet<Block>>>,
    ends: FxHashSet<Arc<[(To, Through)]>>,
    /// Roles that trust a service, by account and service.
    pub serving: BTreeMap<(&'a str, String), Trusting>,
    /// Roles by what their trust policies name.
    pub trusting: BTreeMap<String, Vec<usize>>,
    /// Roles whose trust policy was not delivered.
    pub untold: Vec<usize>,
    /// Carriers by account and kind.
    pub carriers: BTreeMap<(&'a str, Kind), Arc<[usize]>>,
    /// For each carrier the watched actions that can name it.
    pub naming: Vec<Bits>,
    /// For each carrier the role that it carries, where the estate holds it.
    pub carried: Vec<Option<usize>>,
    /// Users by account.
    pub users: BTreeMap<&'a str, Vec<usize>>,
    /// Roles by account.
    pub roles: BTreeMap<&'a str, Vec<usize>>,
    /// Groups by account.
    pub groups: BTreeMap<&'a str, Vec<usize>>,
    /// What a principal becomes when its policies are widened.
    pub widened: BTreeMap<usize, To>,
    /// Lists of passed roles by what decides them.
    pub passed: FxHashMap<Passing<'a>, Shared>,
    /// Lists that principals share, by what decides them, and what stands against hops of such lists.
    pub shared: FxHashMap<Sharing<'a>, (Shared, Arc<[Bars]>)>,
    /// Principals by the pattern that matches them.
    pub matched: BTreeMap<Pattern, Arc<[usize]>>,
    /// Watched actions that each path needs.
    pub needed: Vec<Bits>,
}

impl<'w, 'a> Graph<'w, 'a> {
    /// Nodes of all principals, without ways.
    pub fn new(world: &'w World<'a>) -> Self {
        let mut graph = Self {
            world,
            nodes: Vec::new(),
            lists: Vec::new(),
            hops: 0,
            known: FxHashMap::default(),
            supports: FxHashSet::default(),
            blocks: FxHashSet::default(),
            ends: FxHashSet::default(),
            serving: BTreeMap::new(),
            trusting: BTreeMap::new(),
            untold: Vec::new(),
            carriers: BTreeMap::new(),
            naming: naming(&world.estate.carriers),
            carried: world.estate.carriers.iter().map(|carrier| carried(world, carrier)).collect(),
            users: BTreeMap::new(),
            roles: BTreeMap::new(),
            groups: BTreeMap::new(),
            widened: BTreeMap::new(),
            passed: FxHashMap::default(),
            shared: FxHashMap::default(),
            matched: BTreeMap::new(),
            needed: paths::all().iter().map(needed).collect(),
        };
        for holder in &world.holders {
            graph.add(holder.clone(), false);
        }
        let estate = world.estate;
        let mut serving: BTreeMap<(&'a str, String), Vec<(usize, Support)>> = BTreeMap::new();
        for (at, item) in estate.principals.iter().enumerate().filter(|(_, item)| !item.service_linked) {
            if item.kind == super::super::estate::Subject::User {
                graph.users.entry(&item.account).or_default().push(at);
                continue;
            }
            graph.roles.entry(&item.account).or_default().push(at);
            for service in trust::services(world, at) {
                if let Verdict::Yes(support) = trust::service(world, at, &service) {
                    serving.entry((&item.account, service)).or_default().push((at, support));
                }
            }
            for name in trust::trusted(world, at) {
                graph.trusting.entry(name).or_default().push(at);
            }
            if matches!(world.trusts[at], Some(Err(_))) {
                graph.untold.push(at);
            }
        }
        graph.serving = serving.into_iter().map(|(key, roles)| (key, roles.into())).collect();
        let mut carriers: BTreeMap<(&'a str, Kind), Vec<usize>> = BTreeMap::new();
        for (at, carrier) in estate.carriers.iter().enumerate() {
            carriers.entry((&carrier.account, carrier.kind)).or_default().push(at);
        }
        graph.carriers = carriers.into_iter().map(|(key, list)| (key, list.into())).collect();
        for (at, group) in estate.groups.iter().enumerate() {
            graph.groups.entry(&group.account).or_default().push(at);
        }
        graph
    }

    /// Roles of an account that trust a service.
    pub fn serving(&self, account: &'a str, service: &str) -> Trusting {
        self.serving.get(&(account, service.to_owned())).cloned().unwrap_or_default()
    }

    /// Adds a node.
    pub fn add(&mut self, mut holder: Holder, derived: bool) -> NodeId {
        let gaps = std::mem::take(&mut holder.gaps);
        let item = self.world.item(&holder);
        let mut context = self.world.context(item);
        // The policy that a principal would attach, if it may choose.
        context.set_text("iam:policyarn", &format!("arn:{}:iam::aws:policy/AdministratorAccess", item.partition()));
        let admin = if item.service_linked { Verdict::No } else { admin::administrator(self.world, &holder, &context) };
        self.nodes.push(Node { holder, gaps, context, admin, derived, ways: Vec::new() });
        u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX)
    }

    /// Enters a list. Principals whose statements differ and reach the same share it: what all hops rest on is set apart.
    pub fn list(&mut self, mut hops: Vec<Hop>) -> Shared {
        let alike = hops.first().map(|first| Arc::clone(&first.support)).filter(|one| hops.iter().all(|hop| hop.support == *one));
        if alike.is_some() {
            let nothing = one_of(&mut self.supports, Arc::default());
            hops.iter_mut().for_each(|hop| hop.support = Arc::clone(&nothing));
        } else {
            for hop in &mut hops {
                hop.support = one_of(&mut self.supports, Arc::clone(&hop.support));
            }
        }
        hops.sort_by(|one, two| (self.place(one.to), &one.through).cmp(&(self.place(two.to), &two.through)));
        let support = alike.map(|support| (*support).clone()).unwrap_or_default();
        if let Some(list) = self.known.get(hops.as_slice()) {
            return Shared { list: *list, support };
        }
        let hops: Arc<[Hop]> = hops.into();
        self.hops += hops.len();
        self.known.insert(Arc::clone(&hops), self.lists.len());
        self.lists.push(hops);
        Shared { list: self.lists.len() - 1, support }
    }

    /// Enters what stands against the hops of a path.
    pub fn bars(&mut self, path: usize, barred: BTreeMap<BTreeSet<Block>, BTreeSet<(To, Through)>>) -> Vec<Bars> {
        let entered = barred.into_iter().map(|(blocks, ends)| {
            let blocks = one_of(&mut self.blocks, Arc::new(blocks));
            let ends = one_of(&mut self.ends, ends.into_iter().collect());
            Bars { path, blocks, ends }
        });
        entered.collect()
    }

    /// Place in the estate of the principal that a hop ends at. The estate is sorted by ARN and holds each once, so places compare as
    /// ARNs do.
    pub fn place(&self, to: To) -> Option<usize> {
        let To::Node(id) = to else { return None };
        Some(self.nodes[id as usize].holder.item)
    }

    /// ARN of the principal that a hop ends at.
    pub fn arn(&self, to: To) -> Option<&'a str> {
        let To::Node(id) = to else { return None };
        Some(&self.world.item(&self.nodes[id as usize].holder).arn)
    }

    /// What a principal becomes when it gets any policy: an administrator, or what its boundary, its denials and its account leave.
    pub fn widen(&mut self, item: usize) -> To {
        if let Some(known) = self.widened.get(&item) {
            return *known;
        }
        let mut holder = self.world.holders[item].clone();
        holder.identity.push(Source { place: Place::Written, doc: self.world.everything });
        self.world.refresh(&mut holder);
        let to = self.derive(holder);
        self.widened.insert(item, to);
        to
    }

    /// A principal after a step: administration where it surely is, else a node of its own.
    pub fn derive(&mut self, holder: Holder) -> To {
        let node = self.add(holder, true);
        let known = &self.nodes[node as usize];
        let bounded = matches!(known.holder.boundary, Boundary::Unknown(_));
        if known.admin.is_sure() && !bounded {
            self.nodes.pop();
            return To::Administration;
        }
        To::Node(node)
    }
}

/// The equal that is known already, or this one, known from now on.
fn one_of<T: ?Sized + Eq + Hash>(known: &mut FxHashSet<Arc<T>>, new: Arc<T>) -> Arc<T> {
    match known.get(&new) {
        Some(known) => Arc::clone(known),
        None => {
            known.insert(Arc::clone(&new));
            new
        }
    }
}

fn carried(world: &World<'_>, carrier: &Carrier) -> Option<usize> {
    let Carried::Role(arn) = &carrier.role else { return None };
    world.by_arn.get(arn.as_str()).copied()
}

/// For each carrier the actions, of those that a path needs over one of its kind, that can name it: of its service and type, in any
/// account.
fn naming(carriers: &[Carrier]) -> Vec<Bits> {
    let mut shapes: BTreeMap<Kind, Vec<(usize, Pattern)>> = BTreeMap::new();
    for path in paths::all() {
        let Some(kind) = path.carrier else { continue };
        for need in path.needs.iter().filter(|need| need.over == Over::Carrier) {
            let Some(action) = watched::index(&need.action) else { continue };
            let resources = actions::find(watched::all()[action].lower).map(|known| known.resources.as_slice()).unwrap_or_default();
            let templates = resources.iter().filter_map(|resource| resource.arn.as_ref());
            let patterns = templates.map(|text| Pattern::new(&text.replacen("arn:*:", "arn:?*:", 1).replace("{a}", "*")));
            shapes.entry(kind).or_default().extend(patterns.map(|pattern| (action, pattern)));
        }
    }
    let of = |carrier: &Carrier| {
        let mut bits = Bits::default();
        for (action, _) in shapes.get(&carrier.kind).into_iter().flatten().filter(|(_, shape)| shape.matches(&carrier.arn)) {
            bits[action / 64] |= 1 << (action % 64);
        }
        bits
    };
    carriers.iter().map(of).collect()
}

/// Watched actions that a path needs from the principal's own policies. Assuming a role may need none: a trust policy that names
/// the principal is enough, and a boundary does not limit what it gives to a user.
pub fn needed(path: &Path) -> Bits {
    let mut bits = Bits::default();
    for need in path.needs.iter().filter(|need| need.action != "sts:AssumeRole") {
        if let Some(at) = watched::index(&need.action) {
            bits[at / 64] |= 1 << (at % 64);
        }
    }
    bits
}
