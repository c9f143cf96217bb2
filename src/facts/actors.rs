//! Tables `actors` and `sessions`: who stands behind the records of one principal and session, how that is known, and the chain
//! of sessions that leads there.
//!
//! One record tells little of a role's session. Another record of the same session may come from the console; the record of the
//! call that opened it names who did; a credential report says which users have passwords; the engagement names roles of people
//! and of pipelines. All records of a principal and session therefore get the class that the strongest of them shows.

mod class;
mod known;
mod opening;

pub use class::Basis;
use class::{Class, Grade};
pub use known::{Known, Who};
use opening::{Chain, Chains, Key, Opening, openings};
use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{DataFrame, PolarsResult};
use rustc_hash::FxHashMap;

use super::evidence::Evidence;
use crate::base::arn::Arn;
use crate::ingest::batch::Batch;
use crate::policy::pattern::Pattern;
use crate::schema::Schema;
use crate::schema::filled;
use crate::schema::row::Row as _;
use crate::schema::tables::{ActivityRow, ActorsRow, AllowListsRow, IamCredentialsRow, ListedPrincipalsRow, SessionsRow};
use crate::store::StoreError;
use crate::store::events::codes::Codes;

/// Table of who stands behind each principal and session.
pub const ACTORS: &str = "actors";
/// Table of the sessions whose opening is in the records.
pub const SESSIONS: &str = "sessions";
/// Table of the principals of the records that the engagement's lists name.
pub const LISTED: &str = ListedPrincipalsRow::TABLE.name;

/// Lists of the engagement that say who holds a role or user, in the order in which they are asked: the list, whether it names
/// people, and the basis that is printed.
pub const LISTS: [(&str, bool, Basis); 4] = [
    ("break_glass_roles", true, Basis::BreakGlassList),
    ("people_roles", true, Basis::PeopleList),
    ("pipeline_roles", false, Basis::PipelineList),
    ("security_tooling", false, Basis::ToolingList),
];

/// Classes of records that other evidence may move: all others are said by the record itself.
pub const MOVABLE: [&str; 4] = ["human_federated", "human_iam_user", "iam_user", "workload_role"];

/// What the records of one principal and session show together.
#[derive(Debug, Clone)]
struct Actor {
    /// None: the records' own class is not one that other evidence may move; it is in `fixed`.
    class: Option<Class>,
    fixed: String,
    grade: Grade,
    basis: Basis,
    person: String,
    source_identity: String,
    chain: String,
    opened: u64,
    channels: BTreeSet<String>,
    events: i64,
    first: i64,
    last: i64,
}

/// Both tables.
///
/// # Errors
/// When what they rest on cannot be read.
pub fn compute(schema: &Schema, evidence: &dyn Evidence) -> Result<Vec<Batch>, StoreError> {
    let (Some(actor_table), Some(session_table), Some(listed_table)) = (schema.table(ACTORS), schema.table(SESSIONS), schema.table(LISTED))
    else {
        return Ok(Vec::new());
    };
    let mut actors = recorded(evidence)?;
    passwords(evidence, &mut actors)?;
    let (openings, asked) = openings(evidence)?;
    let chains = Chains::new(&openings);
    // Once for those who begin chains, and once for what they began.
    let lists = Lists::read(evidence)?;
    lists.apply(&mut actors);
    let beginners = beginners(&actors);
    open(&mut actors, &chains, &beginners);
    lists.apply(&mut actors);
    let mut out = Batch::new(actor_table);
    for ((principal, session), actor) in &actors {
        let class = actor.class();
        let channels = actor.channels.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        // Whoever opens a session may choose a name that looks like an ARN.
        let label = match actor.person.as_str() {
            "" => short(principal),
            person if class == "human_federated" => person.to_owned(),
            person => short(person),
        };
        out.push(
            0,
            &ActorsRow {
                principal: Some(principal),
                session_name: Some(session),
                actor_class: Some(class),
                actor_grade: (class != "unknown").then(|| actor.grade.name()),
                basis: Some(actor.basis.name()),
                person: filled(&actor.person),
                label: filled(&label),
                source_identity: filled(&actor.source_identity),
                chain: filled(&actor.chain),
                opened: Some(i64::try_from(actor.opened).unwrap_or(i64::MAX)),
                channels: filled(&channels),
                events: Some(actor.events),
                first_seen: Some(actor.first),
                last_seen: Some(actor.last),
            },
        );
    }
    let mut sessions = Batch::new(session_table);
    for opening in &openings {
        let chain = chains.of(opening);
        let actor = actors.get(&(opening.principal.clone(), opening.session.clone()));
        let began = beginner(chain.first, &beginners);
        let class = actor.map(Actor::class).or(began.as_ref().map(|(class, ..)| class.name()));
        let person = actor.map(|actor| actor.person.as_str()).or(began.as_ref().map(|(.., person)| person.as_str()));
        sessions.push(
            u64::try_from(opening.record).unwrap_or_default(),
            &SessionsRow {
                access_key_id: filled(&opening.key),
                opened_by: Some(&opening.name),
                principal: filled(&opening.principal),
                session_name: filled(&opening.session),
                source_identity: filled(&opening.source_identity),
                account_id: filled(&opening.account),
                opened_at: Some(opening.time),
                opener_principal: filled(&opening.opener.0),
                opener_session: filled(&opening.opener.1),
                chain: Some(&chain.text),
                sessions: Some(i64::try_from(chain.length).unwrap_or(i64::MAX)),
                actor_class: class,
                person: filled(person.unwrap_or_default()),
                event_id: filled(&opening.event),
                source_file_id: Some(&opening.file),
                source_record: Some(opening.record),
            },
        );
    }
    let mut listed = Batch::new(listed_table);
    let opened = openings.iter().flat_map(|opening| [&opening.principal, &opening.opener.0]);
    let principals: BTreeSet<&String> = actors.keys().map(|(principal, _)| principal).chain(opened).chain(&asked).collect();
    for principal in principals {
        for (list, value) in lists.naming(principal) {
            listed.push(0, &ListedPrincipalsRow { list_name: Some(list), value: Some(value), principal: Some(principal) });
        }
    }
    Ok(vec![out, sessions, listed])
}

/// The end of an ARN, root with its account; other texts whole.
fn short(principal: &str) -> String {
    match Arn::parse(principal) {
        Some(Arn { account, resource: "root", .. }) => format!("root of {account}"),
        Some(Arn { resource, .. }) => resource.rsplit('/').next().unwrap_or(resource).to_owned(),
        None => principal.to_owned(),
    }
}

/// What records say of each principal and session.
fn recorded(evidence: &dyn Evidence) -> Result<BTreeMap<Key, Actor>, StoreError> {
    const TABLE: &str = ActivityRow::TABLE.name;
    const COLUMNS: [&str; 9] = [
        ActivityRow::principal,
        ActivityRow::session_name,
        ActivityRow::actor_class,
        ActivityRow::actor_grade,
        ActivityRow::channel,
        ActivityRow::session_source_identity,
        ActivityRow::events,
        ActivityRow::first_seen,
        ActivityRow::last_seen,
    ];
    let frame = evidence.recorded_activity(&COLUMNS)?;
    let read = || -> PolarsResult<BTreeMap<Key, Actor>> {
        let texts = COLUMNS[..6].iter().map(|name| frame.column(name)?.str().cloned()).collect::<PolarsResult<Vec<_>>>()?;
        let codes: Vec<Codes<'_>> = texts.iter().map(Codes::of).collect();
        let events = frame.column(ActivityRow::events)?.i64()?.clone();
        let times = |name: &str| frame.column(name)?.cast(&polars::prelude::DataType::Int64)?.i64().cloned();
        let (first, last) = (times(ActivityRow::first_seen)?, times(ActivityRow::last_seen)?);
        // Few rows differ in these columns: each combination is looked at once.
        let mut numbers: FxHashMap<[u32; 6], usize> = FxHashMap::default();
        let mut sums: Vec<([u32; 6], (i64, i64, i64))> = Vec::new();
        for row in 0..frame.height() {
            let combination = std::array::from_fn(|column| codes[column].of_rows[row]);
            let number = *numbers.entry(combination).or_insert(sums.len());
            if number == sums.len() {
                sums.push((combination, (0, i64::MAX, i64::MIN)));
            }
            let (_, sum) = &mut sums[number];
            sum.0 = sum.0.saturating_add(events.get(row).unwrap_or_default());
            sum.1 = sum.1.min(first.get(row).unwrap_or(i64::MAX));
            sum.2 = sum.2.max(last.get(row).unwrap_or(i64::MIN));
        }
        let mut actors: BTreeMap<Key, Actor> = BTreeMap::new();
        for (combination, (events, first, last)) in sums {
            let text = |column: usize| codes[column].texts[combination[column] as usize];
            let (Some(principal), Some(class)) = (text(0), text(2)) else { continue };
            let key = (principal.to_owned(), text(1).unwrap_or_default().to_owned());
            let found = Actor {
                class: Class::of(class),
                fixed: class.to_owned(),
                grade: Grade::of(text(3)),
                basis: Basis::Records,
                person: String::new(),
                source_identity: text(5).unwrap_or_default().to_owned(),
                chain: String::new(),
                opened: 0,
                channels: text(4).map(str::to_owned).into_iter().collect(),
                events,
                first,
                last,
            };
            match actors.get_mut(&key) {
                Some(known) => known.join(found),
                None => drop(actors.insert(key, found)),
            }
        }
        Ok(actors)
    };
    let mut actors = read().map_err(|e| evidence.error(TABLE, e))?;
    for ((principal, session), actor) in &mut actors {
        actor.person = match (actor.class, actor.fixed.as_str()) {
            (Some(class), _) if class.is_person() => actor.named(principal, session),
            (None, "root" | "root_session") => principal.clone(),
            _ => String::new(),
        };
    }
    Ok(actors)
}

impl Actor {
    fn class(&self) -> &str {
        self.class.map_or(&self.fixed, |class| class.name())
    }

    /// The name under which a person is known: a user's ARN, since accounts may have users of one name; else what an identity
    /// provider or a trust policy fixed, else the session's name.
    fn named(&self, principal: &str, session: &str) -> String {
        let own = if self.class == Some(Class::HumanIamUser) { principal } else { "" };
        let names = [own, self.source_identity.as_str(), session, principal];
        names.into_iter().find(|name| !name.is_empty()).unwrap_or_default().to_owned()
    }

    /// Adds other records of the same principal and session. What they themselves do counts before what services do in their name.
    fn join(&mut self, other: Self) {
        let stronger = match (self.class, other.class) {
            (None, Some(_)) => true,
            (Some(mine), Some(theirs)) => (theirs, other.grade) < (mine, self.grade),
            (None, None) => services_last(&other.fixed) < services_last(&self.fixed),
            (Some(_), None) => false,
        };
        if stronger {
            (self.class, self.grade) = (other.class, other.grade);
            self.fixed = other.fixed;
        }
        if self.source_identity.is_empty() || !other.source_identity.is_empty() && other.source_identity < self.source_identity {
            self.source_identity = other.source_identity;
        }
        self.channels.extend(other.channels);
        self.events = self.events.saturating_add(other.events);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }

    fn is(&mut self, class: Class, grade: Grade, basis: Basis) {
        (self.class, self.grade, self.basis) = (Some(class), grade, basis);
    }
}

/// Order of the classes that records fix: what a principal does itself before what services do in its name.
fn services_last(class: &str) -> (bool, &str) {
    (matches!(class, "aws_service" | "service_linked_role"), class)
}

/// A user with a password, or with records of a person, is a person in all its records.
fn passwords(evidence: &dyn Evidence, actors: &mut BTreeMap<Key, Actor>) -> Result<(), StoreError> {
    const TABLE: &str = IamCredentialsRow::TABLE.name;
    let frame = evidence.frame(TABLE)?;
    let read = |frame: &DataFrame| -> PolarsResult<BTreeSet<String>> {
        let arn = frame.column(IamCredentialsRow::arn)?.str()?.clone();
        let enabled = frame.column(IamCredentialsRow::password_enabled)?.bool()?.clone();
        Ok(arn.iter().zip(enabled.iter()).filter(|(_, on)| *on == Some(true)).filter_map(|(arn, _)| arn.map(str::to_owned)).collect())
    };
    let with_password = read(&frame).map_err(|e| evidence.error(TABLE, e))?;
    let people = actors.iter().filter(|(_, actor)| actor.class == Some(Class::HumanIamUser)).map(|((principal, _), _)| principal.clone());
    let people: BTreeSet<String> = people.collect();
    for ((principal, session), actor) in actors.iter_mut().filter(|(_, actor)| actor.class == Some(Class::IamUser)) {
        let basis = match (with_password.contains(principal), people.contains(principal)) {
            (true, _) => Basis::Password,
            (_, true) => Basis::OtherRecords,
            _ => continue,
        };
        // Its keys may still be a program's.
        actor.is(Class::HumanIamUser, Grade::Inferred, basis);
        actor.person = actor.named(principal, session);
    }
    Ok(())
}

/// Sessions whose opening is known are their opener's: a person's who began the chain, a program's else.
fn open(actors: &mut BTreeMap<Key, Actor>, chains: &Chains<'_>, beginners: &BTreeMap<Key, Began>) {
    for ((principal, session), actor) in actors.iter_mut() {
        let Some(openings) = chains.opened.get(&(principal.as_str(), session.as_str())) else { continue };
        actor.opened = openings.len() as u64;
        let found: Vec<Chain<'_>> = openings.iter().map(|opening| chains.of(opening)).collect();
        let texts: BTreeSet<&str> = found.iter().map(|chain| chain.text.as_str()).collect();
        actor.chain = match texts.first() {
            Some(first) if texts.len() == 1 => (*first).to_owned(),
            Some(first) => format!("{first}; {} more", texts.len() - 1),
            None => String::new(),
        };
        if actor.source_identity.is_empty() {
            actor.source_identity =
                found.iter().map(|chain| chain.first.source_identity.clone()).find(|text| !text.is_empty()).unwrap_or_default();
        }
        // Of several openers the one that claims most: a person among programs is a person.
        let began = found.iter().filter_map(|chain| beginner(chain.first, beginners)).min();
        let Some((class, grade, person)) = began else { continue };
        let stays =
            actor.class.is_none_or(|own| own.is_person() && (own, actor.grade) <= (class, grade) && actor.grade == Grade::Authenticated);
        if stays || actor.class.is_some_and(Class::is_person) && !class.is_person() {
            continue;
        }
        actor.is(class, grade, Basis::Opening);
        actor.person = if class.is_person() { person } else { String::new() };
    }
}

/// Class, grade and person of one who may begin a chain.
type Began = (Class, Grade, String);

fn beginners(actors: &BTreeMap<Key, Actor>) -> BTreeMap<Key, Began> {
    let one = |(key, actor): (&Key, &Actor)| Some((key.clone(), (actor.class?, actor.grade, actor.person.clone())));
    actors.iter().filter_map(one).collect()
}

/// Who began a chain. None where the record names only an account.
fn beginner(first: &Opening, known: &BTreeMap<Key, Began>) -> Option<Began> {
    match first.name.as_str() {
        "AssumeRoleWithSAML" => return Some((Class::HumanFederated, Grade::Authenticated, first.opener.1.clone())),
        "AssumeRoleWithWebIdentity" => return Some((Class::Workload, Grade::Authenticated, String::new())),
        _ => {}
    }
    match first.opener_class.as_str() {
        "aws_service" | "service_linked_role" => Some((Class::Workload, Grade::Authenticated, String::new())),
        "external_account" => Some((Class::External, Grade::Authenticated, String::new())),
        _ => known.get(&first.opener).cloned(),
    }
}

/// The engagement's lists of principals: list, value, and the value as a pattern.
struct Lists(Vec<(String, String, Pattern)>);

impl Lists {
    fn read(evidence: &dyn Evidence) -> Result<Self, StoreError> {
        const TABLE: &str = AllowListsRow::TABLE.name;
        let frame = evidence.frame(TABLE)?;
        let read = |frame: &DataFrame| -> PolarsResult<Vec<(String, String, Pattern)>> {
            let (names, values) =
                (frame.column(AllowListsRow::list_name)?.str()?.clone(), frame.column(AllowListsRow::value)?.str()?.clone());
            let entries = names.iter().zip(values.iter()).filter_map(|(name, value)| Some((name?, value?)));
            Ok(entries.map(|(name, value)| (name.to_owned(), value.to_owned(), Pattern::new(value))).collect())
        };
        read(&frame).map(Self).map_err(|e| evidence.error(TABLE, e))
    }

    /// The lists and values that name a principal, by its ARN or by the last part of it.
    fn naming<'l>(&'l self, principal: &str) -> impl Iterator<Item = (&'l str, &'l str)> {
        let name = principal.rsplit('/').next().unwrap_or(principal).to_owned();
        let principal = principal.to_owned();
        let named = move |pattern: &Pattern| pattern.matches(&principal) || pattern.matches(&name);
        self.0.iter().filter(move |(.., pattern)| named(pattern)).map(|(list, value, _)| (list.as_str(), value.as_str()))
    }

    /// What the lists say of roles and users. Records that show a person in the console or with a second factor count more than
    /// a list of pipelines.
    fn apply(&self, actors: &mut BTreeMap<Key, Actor>) {
        for ((principal, session), actor) in actors.iter_mut().filter(|(_, actor)| actor.class.is_some()) {
            let named: BTreeSet<&str> = self.naming(principal).map(|(list, _)| list).collect();
            let Some((_, people, basis)) = LISTS.iter().find(|(list, ..)| named.contains(list)) else { continue };
            let class = actor.class.unwrap_or(Class::Workload);
            if class.is_person() && (!people || actor.grade == Grade::Authenticated || actor.basis == Basis::Opening) {
                continue;
            }
            let class = match (*people, class) {
                (true, Class::IamUser | Class::HumanIamUser) => Class::HumanIamUser,
                (true, _) => Class::HumanFederated,
                (false, _) => Class::Workload,
            };
            actor.is(class, Grade::Asserted, *basis);
            actor.person = if class.is_person() { actor.named(principal, session) } else { String::new() };
        }
    }
}
