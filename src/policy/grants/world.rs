//! An estate made ready for questions: documents parsed once, equal statements kept once, and for every principal the statements that
//! bear on it, from its own policies, its groups, its boundary and its account's control policies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::super::condition::{Context, Tests, Value};
use super::super::document::{self, Actions, Condition, Effect, Principal as Named, Principals, Resources, Statement, Version};
use super::super::estate::{Estate, NamedText, Principal, Subject};
use super::super::managed;
use super::super::pattern::Pattern;
use super::watched::{self, Watched};

/// Number of a statement in [`World::rules`].
pub type RuleId = u32;
/// Number of a parsed document in the world.
pub type DocId = u32;
/// Set of watched actions.
pub type Bits = [u64; 4];

/// A text that is no policy; `document::parse` says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

/// What was not delivered, and could change a result.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gap {
    /// Text of a policy (name or ARN) that applies to the principal.
    PolicyText(String),
    /// A policy's text cannot be read as a policy (name or ARN).
    PolicyBroken(String),
    /// Text of the policy that bounds the principal (ARN).
    BoundaryText(String),
    /// Text of a policy of the organisation that limits the account, or may (name or id): not supplied, or not readable.
    ControlText(String),
    /// Trust policy of a role (ARN).
    TrustText(String),
    /// Ways beyond the number that is followed ([`super::super::escalation::FOLLOWED`]).
    Ways,
    /// Roles of an account.
    Roles(String),
    /// Users of an account.
    Users(String),
    /// Resources of a kind in an account.
    Resources(String, super::super::paths::Kind),
    /// The role that a resource carries (what names it, such as an instance profile).
    Carried(String),
    /// Whether a role is in an instance profile (ARN of the role).
    InstanceProfile(String),
    /// Whether an instance is managed by Systems Manager (ARN of its role, which does not allow it).
    SystemsManager(String),
}

/// A statement in force somewhere, with its conditions compiled.
#[derive(Debug)]
pub struct Rule {
    /// As parsed.
    pub statement: Statement,
    /// Conditions but for those whose key the caller chooses.
    pub tests: Tests,
    /// Conditions on the Region of the request, which the caller chooses except for services without Regions.
    pub region: Tests,
    /// Whether it has conditions on other keys that the caller chooses.
    pub chosen: bool,
    /// Whether its answer may differ between principals of one account with the same statements.
    pub personal: bool,
    /// Whether its answer may depend on what is known of the target beside its ARN, or on the service that a role is passed to.
    pub targeted: bool,
    /// Watched actions that it names.
    pub actions: Bits,
}

/// A policy that applies: what a report calls it, and its document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// Where the policy stands.
    pub place: Place,
    /// Its document.
    pub doc: DocId,
}

/// Where a policy stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Inline policy of the principal, by name.
    Inline(String),
    /// Managed policy attached to the principal, by ARN.
    Attached(String),
    /// Inline policy of a group: the group's name, the policy's name.
    GroupInline(String, String),
    /// Managed policy attached to a group: the group's name, the policy's ARN.
    GroupAttached(String, String),
    /// Permissions boundary, by ARN.
    Boundary(String),
    /// Service control policy, by name.
    ControlPolicy(String),
    /// Trust policy of a role, by the role's ARN.
    Trust(String),
    /// What the principal would write itself.
    Written,
}

/// The permissions boundary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Boundary {
    /// None.
    Absent,
    /// Its source.
    Known(Source),
    /// Its text was not delivered.
    Unknown(String),
}

/// The control policies of an account.
#[derive(Debug, Clone, Default)]
struct Controls {
    levels: Arc<Vec<Vec<Source>>>,
    unread: Arc<BTreeSet<Gap>>,
}

/// Resource control policies over the resources of an account.
#[derive(Debug, Clone, Default)]
pub struct Guards {
    /// Those that were read.
    pub docs: Vec<DocId>,
    /// Those whose text is missing. What they deny is not known.
    pub unread: BTreeSet<Gap>,
}

/// What decides questions about some actions: account and partition of the principal, and statements, those of a boundary behind
/// `BOUNDED`. Control policies are the account's.
pub type Deciding<'a> = (&'a str, &'a str, Vec<RuleId>);

/// Stands before the statements of a boundary.
const BOUNDED: RuleId = RuleId::MAX;

/// A principal with what bears on it. Also one that does not exist yet: a principal after a step of a path.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Index in [`Estate::principals`].
    pub item: usize,
    /// Its own policies and its groups'.
    pub identity: Vec<Source>,
    /// Texts among them that were not delivered.
    pub gaps: BTreeSet<Gap>,
    /// Its permissions boundary.
    pub boundary: Boundary,
    /// Control policies by level; empty: none known.
    pub controls: Arc<Vec<Vec<Source>>>,
    /// Control policies whose text is missing. What they deny is not known.
    pub unread: Arc<BTreeSet<Gap>>,
    /// Allows of identity policies, in the order of the sources.
    pub allow: Vec<RuleId>,
    /// Denials of identity policies.
    pub deny: Vec<RuleId>,
    /// Statements of the boundary.
    pub bounds: Vec<RuleId>,
    /// Watched actions that some Allow of its identity policies names.
    pub named: Bits,
}

/// See the module.
pub struct World<'a> {
    /// What was delivered, in its order.
    pub estate: &'a Estate,
    /// Different statements.
    pub rules: Vec<Rule>,
    /// Statements of each document.
    pub docs: Vec<Vec<RuleId>>,
    /// One for each principal of the estate, in its order.
    pub holders: Vec<Holder>,
    /// Trust policies of roles: document or the gap.
    pub trusts: Vec<Option<Result<DocId, Gap>>>,
    /// Resource control policies over the resources of accounts.
    pub guards: BTreeMap<&'a str, Guards>,
    /// Policies of each group, in the estate's order, and what is missing of them.
    pub groups: Vec<(Vec<Source>, BTreeSet<Gap>)>,
    /// Documents of customer managed policies by ARN and version.
    versions: BTreeMap<(&'a str, &'a str), DocId>,
    /// Statements of resource policies that allow a principal by its name: by principal, with the index of the resource.
    pub given: BTreeMap<usize, Vec<(RuleId, usize)>>,
    /// Statements of resource policies that deny all but some principals, with the index of the resource.
    pub reserved: Vec<(RuleId, usize)>,
    /// Principal by ARN.
    pub by_arn: BTreeMap<&'a str, usize>,
    /// The watched actions.
    pub watched: &'static [Watched],
    /// A document that allows everything.
    pub everything: DocId,
    interned: FxHashMap<(Version, Statement), RuleId>,
    parsed: FxHashMap<String, Result<DocId, Broken>>,
}

/// Keys whose value the caller chooses when it makes the request: a condition on one of them hinders nobody who knows the policy.
fn chosen(key: &str) -> bool {
    key.starts_with("aws:requesttag/")
        || matches!(key, "aws:tagkeys" | "sts:externalid" | "sts:rolesessionname" | "sts:sourceidentity" | "sts:transitivetagkeys")
        || matches!(key, "iam:associatedresourcearn" | "iam:awsservicename" | "ec2:instancetype" | "ec2:launchtemplate")
        || matches!(key, "lambda:functionurlauthtype" | "lambda:principal" | "ecs:task-cpu" | "ecs:task-memory" | "ec2:tenancy")
}

/// Keys whose value differs between principals of one account ([`World::context`]).
fn of_principal(key: &str) -> bool {
    key.starts_with("aws:principaltag/") || matches!(key, "aws:principalarn" | "aws:principaltype" | "aws:username")
}

/// Beginnings of the keys for tags of the resource.
pub const TAGS: [&str; 4] = ["aws:resourcetag/", "iam:resourcetag/", "ssm:resourcetag/", "ec2:resourcetag/"];

/// Keys that tell of the target of a request ([`super::verdict::about_target`]), and the service that a role is passed to.
fn of_target(key: &str) -> bool {
    TAGS.iter().any(|prefix| key.starts_with(prefix))
        || matches!(key, "aws:resourceaccount" | "iam:permissionsboundary" | "iam:passedtoservice")
}

const REGION: &str = "aws:requestedregion";

impl<'a> World<'a> {
    /// Parses everything. Work and memory follow the number of different documents.
    pub fn new(estate: &'a Estate) -> Self {
        let mut world = Self {
            estate,
            rules: Vec::new(),
            docs: Vec::new(),
            holders: Vec::new(),
            trusts: Vec::new(),
            guards: BTreeMap::new(),
            groups: Vec::new(),
            versions: BTreeMap::new(),
            given: BTreeMap::new(),
            reserved: Vec::new(),
            by_arn: estate.principals.iter().enumerate().map(|(at, item)| (item.arn.as_str(), at)).collect(),
            watched: watched::all(),
            everything: 0,
            interned: FxHashMap::default(),
            parsed: FxHashMap::default(),
        };
        world.everything =
            world.parse(r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#).unwrap_or_default();
        let policies: BTreeMap<&str, Option<&str>> = estate
            .policies
            .iter()
            .map(|policy| (policy.arn.as_str(), policy.versions.get(&policy.default_version).map(String::as_str)))
            .collect();
        let groups: BTreeMap<(&str, &str), usize> =
            estate.groups.iter().enumerate().map(|(at, group)| ((group.account.as_str(), group.name.as_str()), at)).collect();
        let controls: BTreeMap<&str, Controls> =
            estate.accounts.iter().map(|(id, account)| (id.as_str(), world.controls(account))).collect();
        for (id, account) in estate.accounts.iter().filter(|(_, account)| !account.management && !account.resource_controls.is_empty()) {
            let mut guards = Guards::default();
            for policy in &account.resource_controls {
                match policy.text.as_deref().map(|text| world.parse(text)) {
                    Some(Ok(doc)) => guards.docs.push(doc),
                    Some(Err(Broken)) | None => _ = guards.unread.insert(Gap::ControlText(policy.name.clone())),
                }
            }
            world.guards.insert(id, guards);
        }
        for group in &estate.groups {
            let mut found = (Vec::new(), BTreeSet::new());
            world.inline(&mut found, &group.inline, |policy| Place::GroupInline(group.name.clone(), policy));
            world.attached(&mut found, &group.attached, &policies, |arn| Place::GroupAttached(group.name.clone(), arn));
            world.groups.push(found);
        }
        for policy in &estate.policies {
            for (version, text) in &policy.versions {
                if let Ok(doc) = world.parse(text) {
                    world.versions.insert((&policy.arn, version), doc);
                }
            }
        }
        for (at, item) in estate.principals.iter().enumerate() {
            let holder = world.holder(at, item, &policies, &groups, controls.get(item.account.as_str()).cloned().unwrap_or_default());
            world.holders.push(holder);
            let trust = (item.kind == Subject::Role).then(|| {
                let text = item.trust.as_deref().ok_or_else(|| Gap::TrustText(item.arn.clone()))?;
                world.parse(text).map_err(|Broken| Gap::PolicyBroken(format!("trust policy of {}", item.arn)))
            });
            world.trusts.push(trust);
        }
        for (at, resource) in estate.resources.iter().enumerate() {
            if let Some(Ok(doc)) = resource.text.as_deref().map(|text| world.parse(text)) {
                world.resource(at, doc);
            }
        }
        // Nothing is parsed any more, and these hold every text and every statement once more.
        (world.interned, world.parsed) = Default::default();
        world
    }

    /// Notes whom a resource's policy names.
    fn resource(&mut self, at: usize, doc: DocId) {
        for id in self.docs[doc as usize].clone() {
            let rule = &self.rules[id as usize];
            match (rule.statement.effect, &rule.statement.principals) {
                (Effect::Allow, Some(Principals::These(list))) => {
                    let named =
                        list.iter().filter_map(|named| if let Named::Aws(arn) = named { self.by_arn.get(arn.as_str()) } else { None });
                    for item in named.copied().collect::<BTreeSet<usize>>() {
                        self.given.entry(item).or_default().push((id, at));
                    }
                }
                (Effect::Deny, Some(Principals::AllBut(_))) => self.reserved.push((id, at)),
                (Effect::Deny, Some(_)) => {
                    let personal = |key: &str| key.starts_with("aws:principal") || key == "aws:userid" || key == "aws:username";
                    if rule.statement.conditions.iter().any(|condition| personal(&condition.key)) {
                        self.reserved.push((id, at));
                    }
                }
                _ => {}
            }
        }
    }

    fn controls(&mut self, account: &super::super::estate::Account) -> Controls {
        if account.management {
            return Controls::default();
        }
        let (mut all, mut unread) = (Vec::new(), BTreeSet::new());
        for level in account.control_policies.iter().flatten() {
            let mut sources = Vec::new();
            for policy in level {
                let doc = policy.text.as_deref().and_then(|text| self.parse(text).ok()).unwrap_or_else(|| {
                    // What it allows is not known, nor what it denies: nothing is blocked for it, and nothing is sure.
                    unread.insert(Gap::ControlText(policy.name.clone()));
                    self.everything
                });
                sources.push(Source { place: Place::ControlPolicy(policy.name.clone()), doc });
            }
            // A level that allows everything and denies nothing limits nothing.
            let everything = &self.docs[self.everything as usize];
            if sources.iter().any(|source| &self.docs[source.doc as usize] != everything) {
                all.push(sources);
            }
        }
        Controls { levels: Arc::new(all), unread: Arc::new(unread) }
    }

    fn holder(
        &mut self,
        at: usize,
        item: &'a Principal,
        policies: &BTreeMap<&str, Option<&str>>,
        groups: &BTreeMap<(&str, &str), usize>,
        controls: Controls,
    ) -> Holder {
        let mut holder = Holder {
            item: at,
            identity: Vec::new(),
            gaps: BTreeSet::new(),
            boundary: Boundary::Absent,
            controls: controls.levels,
            unread: controls.unread,
            allow: Vec::new(),
            deny: Vec::new(),
            bounds: Vec::new(),
            named: Bits::default(),
        };
        let mut found = (Vec::new(), BTreeSet::new());
        self.inline(&mut found, &item.inline, Place::Inline);
        self.attached(&mut found, &item.attached, policies, Place::Attached);
        for name in &item.groups {
            match groups.get(&(item.account.as_str(), name.as_str())).map(|at| &self.groups[*at]) {
                Some((sources, gaps)) => {
                    found.0.extend(sources.iter().cloned());
                    found.1.extend(gaps.iter().cloned());
                }
                None => drop(found.1.insert(Gap::PolicyText(format!("group {name}")))),
            }
        }
        (holder.identity, holder.gaps) = found;
        if let Some(arn) = &item.boundary {
            holder.boundary = match self.managed(arn, policies) {
                Some(Ok(doc)) => Boundary::Known(Source { place: Place::Boundary(arn.clone()), doc }),
                _ => Boundary::Unknown(arn.clone()),
            };
        }
        self.refresh(&mut holder);
        holder
    }

    fn inline(&mut self, (sources, gaps): &mut (Vec<Source>, BTreeSet<Gap>), policies: &[NamedText], place: impl Fn(String) -> Place) {
        for policy in policies {
            match policy.text.as_deref().map(|text| self.parse(text)) {
                Some(Ok(doc)) => sources.push(Source { place: place(policy.name.clone()), doc }),
                Some(Err(Broken)) => drop(gaps.insert(Gap::PolicyBroken(policy.name.clone()))),
                None => drop(gaps.insert(Gap::PolicyText(policy.name.clone()))),
            }
        }
    }

    fn attached(
        &mut self,
        (sources, gaps): &mut (Vec<Source>, BTreeSet<Gap>),
        arns: &[String],
        policies: &BTreeMap<&str, Option<&str>>,
        place: impl Fn(String) -> Place,
    ) {
        for arn in arns {
            match self.managed(arn, policies) {
                Some(Ok(doc)) => sources.push(Source { place: place(arn.clone()), doc }),
                Some(Err(Broken)) => drop(gaps.insert(Gap::PolicyBroken(arn.clone()))),
                None => drop(gaps.insert(Gap::PolicyText(arn.clone()))),
            }
        }
    }

    /// A managed policy: the client's own text, else the data set's.
    fn managed(&mut self, arn: &str, policies: &BTreeMap<&str, Option<&str>>) -> Option<Result<DocId, Broken>> {
        if let Some(Some(text)) = policies.get(arn) {
            return Some(self.parse(text));
        }
        if let Some(known) = self.parsed.get(arn) {
            return Some(*known);
        }
        let text = managed::document(arn)?.text;
        let doc = self.parse(&text);
        self.parsed.insert(arn.to_owned(), doc);
        Some(doc)
    }

    /// The document of a text, parsed the first time.
    ///
    /// # Errors
    /// The text is no policy.
    fn parse(&mut self, text: &str) -> Result<DocId, Broken> {
        if let Some(known) = self.parsed.get(text) {
            return *known;
        }
        let doc = document::parse(text).map_err(|_problem| Broken).map(|document| {
            let rules = document.statements.into_iter().map(|statement| self.intern(statement, document.version)).collect();
            self.docs.push(rules);
            u32::try_from(self.docs.len() - 1).unwrap_or(u32::MAX)
        });
        self.parsed.insert(text.to_owned(), doc);
        doc
    }

    fn intern(&mut self, statement: Statement, version: Version) -> RuleId {
        let key = (version, statement);
        if let Some(id) = self.interned.get(&key) {
            return *id;
        }
        let id = u32::try_from(self.rules.len()).unwrap_or(u32::MAX);
        self.rules.push(rule(key.1.clone(), version, self.watched));
        self.interned.insert(key, id);
        id
    }

    /// Fills the holder's lists of statements from its sources.
    pub fn refresh(&self, holder: &mut Holder) {
        let (mut allow, mut deny, mut named) = (Vec::new(), Vec::new(), Bits::default());
        for id in holder.identity.iter().flat_map(|source| &self.docs[source.doc as usize]) {
            let rule = &self.rules[*id as usize];
            match rule.statement.effect {
                Effect::Allow => {
                    allow.push(*id);
                    named.iter_mut().zip(rule.actions).for_each(|(all, own)| *all |= own);
                }
                Effect::Deny => deny.push(*id),
            }
        }
        // The same statement in two policies decides once.
        for list in [&mut allow, &mut deny] {
            let mut seen = BTreeSet::new();
            list.retain(|id| seen.insert(*id));
        }
        holder.bounds = if let Boundary::Known(source) = &holder.boundary { self.docs[source.doc as usize].clone() } else { Vec::new() };
        (holder.allow, holder.deny, holder.named) = (allow, deny, named);
    }

    /// Every statement that can decide about a holder.
    pub fn statements<'h>(&'h self, holder: &'h Holder) -> impl Iterator<Item = RuleId> + 'h {
        let controls = holder.controls.iter().flatten().flat_map(|source| self.docs[source.doc as usize].iter().copied());
        holder.allow.iter().chain(&holder.deny).chain(&holder.bounds).copied().chain(controls)
    }

    /// What decides questions about these actions. Principals for whom it is equal get equal answers; None where answers are the
    /// principal's own.
    pub fn deciding(&self, holder: &Holder, actions: &[usize]) -> Option<Deciding<'a>> {
        let relevant = |id: &RuleId| actions.iter().any(|action| holds(&self.rules[*id as usize].actions, *action));
        let unknown = matches!(holder.boundary, Boundary::Unknown(_));
        if unknown || self.statements(holder).filter(relevant).any(|id| self.rules[id as usize].personal) {
            return None;
        }
        let mut rules: Vec<RuleId> = holder.allow.iter().chain(&holder.deny).copied().filter(relevant).collect();
        // A boundary that says nothing of the actions forbids them.
        if matches!(holder.boundary, Boundary::Known(_)) {
            rules.push(BOUNDED);
            rules.extend(holder.bounds.iter().copied().filter(relevant));
        }
        let item = self.item(holder);
        Some((&item.account, item.partition(), rules))
    }

    /// The document of one version of a customer managed policy, where it was delivered.
    pub fn version(&self, arn: &str, version: &str) -> Option<DocId> {
        self.versions.get(&(arn, version)).copied()
    }

    /// The principal of a holder.
    pub fn item(&self, holder: &Holder) -> &'a Principal {
        &self.estate.principals[holder.item]
    }

    /// What is known of every request that the principal makes.
    pub fn context(&self, item: &Principal) -> Context {
        let mut context = Context::new("iam", false);
        context.set_text("aws:principalarn", &item.arn);
        context.set_text("aws:principalaccount", &item.account);
        context.set_text("aws:principaltype", if item.kind == Subject::User { "User" } else { "AssumedRole" });
        match item.kind {
            Subject::User => context.set_text("aws:username", item.name()),
            Subject::Role => context.set("aws:username", Value::Absent),
        }
        if let Some(tags) = &item.tags {
            for (key, value) in tags {
                context.set_text(&format!("aws:principaltag/{key}"), value);
            }
            context.close("aws:principaltag/");
        }
        if let Some(organization) = self.estate.organization.as_ref().filter(|organization| organization.accounts.contains(&item.account)) {
            context.set_text("aws:principalorgid", &organization.id);
        }
        for (key, value) in [("aws:principalisawsservice", "false"), ("aws:viaawsservice", "false"), ("aws:securetransport", "true")] {
            context.set_text(key, value);
        }
        for key in ["aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:sourceaccount", "aws:sourceorgid", "aws:sourcearn"] {
            context.set(key, Value::Absent);
        }
        if item.partition() == "aws" {
            context.set_text(REGION, "us-east-1");
        }
        context
    }

    /// Where the statement stands among the holder's policies; several where it stands in several.
    pub fn places(&self, holder: &Holder, id: RuleId) -> Vec<(Place, usize)> {
        let bounds = if let Boundary::Known(source) = &holder.boundary { Some(source) } else { None };
        let sources = holder.identity.iter().chain(bounds).chain(holder.controls.iter().flatten());
        let found = sources.filter(|source| self.docs[source.doc as usize].contains(&id));
        found.map(|source| (source.place.clone(), self.rules[id as usize].statement.position)).collect()
    }
}

fn rule(statement: Statement, version: Version, watched: &[Watched]) -> Rule {
    let (region, rest): (Vec<Condition>, Vec<Condition>) =
        statement.conditions.iter().cloned().partition(|condition| condition.key == REGION);
    let (free, kept): (Vec<Condition>, Vec<Condition>) = rest.into_iter().partition(|condition| chosen(&condition.key.to_lowercase()));
    let patterns = match &statement.resources {
        Some(Resources::These(patterns) | Resources::AllBut(patterns)) => patterns.as_slice(),
        None => &[],
    };
    let variables: Vec<&str> = patterns.iter().flat_map(Pattern::variables).map(|variable| variable.name.as_str()).collect();
    let keys = || kept.iter().map(|condition| condition.key.as_str());
    // A variable in a value may stand for anything.
    let open = kept.iter().chain(&region).any(|condition| condition.values.iter().any(|value| value.contains("${")));
    let personal = open || keys().any(of_principal) || !variables.is_empty();
    let targeted = open || keys().any(of_target) || variables.into_iter().any(of_target);
    let mut actions = Bits::default();
    for (at, action) in watched.iter().enumerate() {
        if names(&statement.actions, action.lower) {
            actions[at / 64] |= 1 << (at % 64);
        }
    }
    let tests = Tests::new(&kept, version);
    Rule { tests, region: Tests::new(&region, version), chosen: !free.is_empty(), personal, targeted, actions, statement }
}

/// Whether a statement names the action (lower case).
pub fn names(actions: &Actions, action: &str) -> bool {
    match actions {
        Actions::These(patterns) => patterns.iter().any(|pattern| pattern.matches(action)),
        Actions::AllBut(patterns) => !patterns.iter().any(|pattern| pattern.matches(action)),
    }
}

/// Whether the set holds the watched action.
pub fn holds(bits: &Bits, at: usize) -> bool {
    bits[at / 64] >> (at % 64) & 1 == 1
}
