//! Tables `actors` and `sessions`: who stands behind the records of one principal and session, how that is known, and the chain
//! of sessions that leads there.
//!
//! One record tells little of a role's session. Another record of the same session may come from the console; the record of the
//! call that opened it names who did; a credential report says which users have passwords; the engagement names roles of people
//! and of pipelines. All records of a session therefore get the class that the strongest of them shows.
//!
//! A session is a principal, the name that whoever opened it chose, and its source identity, which cannot be changed while it
//! lasts. Several people may open sessions of one role under one name: then the key that the opening issued says whose a record
//! is ([`Known::of_record`]), and where only the name is known it is not known which of them acted.

mod class;
mod known;
mod opening;

pub use class::Basis;
use class::{Class, Grade};
pub use known::{Known, Mark, Who};
use opening::{Chain, Chains, Key, Opening, openings, shown};
use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{DataFrame, PolarsResult};
use rustc_hash::FxHashMap;

use super::evidence::Evidence;
use crate::base::arn::Arn;
use crate::base::text::list;
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
pub const MOVABLE: [&str; 5] = ["human_federated", "human_iam_user", "iam_user", "workload_role", "unknown"];

/// Classes of records that other evidence moves only where it shows a person: a service acting with a role's session does so for
/// whoever holds the session.
pub const MOVED_TO_PEOPLE: &str = "aws_service";

/// What the records of one session show together.
#[derive(Debug, Clone)]
struct Actor {
    /// None: the records' own class is not one that other evidence may move; it is in `fixed`.
    class: Option<Class>,
    fixed: String,
    grade: Grade,
    basis: Basis,
    person: String,
    /// Those who may stand behind it, where openings under one name do not agree; empty where one does.
    candidates: String,
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
    let mut by_opening: BTreeMap<Opened, Actor> = open(&mut actors, &chains, &beginners);
    lists.apply(&mut actors);
    lists.apply_to(by_opening.iter_mut().map(|((key, _), actor)| (key, actor)));
    let mut out = Batch::new(actor_table);
    for ((principal, session, source_identity), actor) in &actors {
        let class = actor.class();
        let channels = actor.channels.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        // Whoever opens a session may choose a name that looks like an ARN.
        let label = match actor.person.as_str() {
            "" if !actor.candidates.is_empty() => format!("{} ({session}): not known which of {}", short(principal), actor.candidates),
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
                candidates: filled(&actor.candidates),
                source_identity: Some(source_identity),
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
        let key = opening.opened();
        let actor = by_opening.get(&(key.clone(), opening.call.clone())).or_else(|| actors.get(&key));
        let began = beginner(chain.first, &beginners);
        let class = actor.map(Actor::class).or(began.as_ref().map(|(class, ..)| class.name()));
        let grade = actor.map(|actor| actor.grade).or(began.as_ref().map(|(_, grade, _)| *grade));
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
                actor_grade: grade.filter(|_| class != Some("unknown")).map(Grade::name),
                person: filled(person.unwrap_or_default()),
                event_id: filled(&opening.event),
                source_file_id: Some(&opening.file),
                source_record: Some(opening.record),
            },
        );
    }
    let mut listed = Batch::new(listed_table);
    let opened = openings.iter().flat_map(|opening| [&opening.principal, &opening.opener.0]);
    let principals: BTreeSet<&String> = actors.keys().map(|(principal, ..)| principal).chain(opened).chain(&asked).collect();
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
            let key: Key = (principal.to_owned(), text(1).unwrap_or_default().to_owned(), text(5).unwrap_or_default().to_owned());
            let found = Actor {
                class: Class::of(class),
                fixed: class.to_owned(),
                grade: Grade::of(text(3)),
                basis: Basis::Records,
                person: String::new(),
                candidates: String::new(),
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
    for (key, actor) in &mut actors {
        actor.person = match (actor.class, actor.fixed.as_str()) {
            (Some(class), _) if class.is_person() => actor.named(key),
            (None, "root" | "root_session") => key.0.clone(),
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
    fn named(&self, (principal, session, source_identity): &Key) -> String {
        let own = if self.class == Some(Class::HumanIamUser) { principal } else { "" };
        let names = [own, source_identity, session, principal];
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
        self.channels.extend(other.channels);
        self.events = self.events.saturating_add(other.events);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }

    /// Sessions of one name that different actors opened: not known which of them. Where the records themselves show a person,
    /// only people count.
    fn is_one_of(&mut self, different: &BTreeSet<(Class, String)>, found: &[(&Opening, Chain<'_>)]) {
        // An identity provider that names the session's user is surer than the name of a session.
        if self.class.is_none() && self.fixed != MOVED_TO_PEOPLE
            || self.grade == Grade::Authenticated && self.class.is_some_and(Class::is_person)
        {
            return;
        }
        let shows_person = self.class.is_some_and(Class::is_person);
        let people: Vec<&(Class, String)> = different.iter().filter(|(class, _)| class.is_person()).collect();
        let classes: BTreeSet<Class> =
            different.iter().map(|(class, _)| *class).filter(|class| !shows_person || class.is_person()).collect();
        let class = match (classes.first(), classes.len()) {
            (Some(class), 1) => *class,
            _ if classes.iter().all(|class| class.is_person()) => Class::HumanFederated,
            _ => Class::Unknown,
        };
        if shows_person && people.is_empty() {
            return;
        }
        self.is(class, Grade::Asserted, Basis::Opening);
        if let (true, [(_, person)]) = (shows_person, people.as_slice()) {
            self.person.clone_from(person);
            return;
        }
        self.person.clear();
        let openers = |chain: &Chain<'_>| shown(&chain.first.opener.0, &chain.first.opener.1);
        let names: BTreeSet<String> = found.iter().map(|(_, chain)| openers(chain)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.candidates = list(&names, 4);
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
    let people = actors.iter().filter(|(_, actor)| actor.class == Some(Class::HumanIamUser)).map(|(key, _)| key.0.clone());
    let people: BTreeSet<String> = people.collect();
    for (key, actor) in actors.iter_mut().filter(|(_, actor)| actor.class == Some(Class::IamUser)) {
        let basis = match (with_password.contains(&key.0), people.contains(&key.0)) {
            (true, _) => Basis::Password,
            (_, true) => Basis::OtherRecords,
            _ => continue,
        };
        // Its keys may still be a program's.
        actor.is(Class::HumanIamUser, Grade::Inferred, basis);
        actor.person = actor.named(key);
    }
    Ok(())
}

/// A session, and the call that opened it.
type Opened = (Key, String);

/// Sessions whose opening is known are their opener's: a person's who began the chain, a program's else. Returned is whose each
/// opening is, where several under one name do not agree.
fn open(actors: &mut BTreeMap<Key, Actor>, chains: &Chains<'_>, beginners: &BTreeMap<Key, Began>) -> BTreeMap<Opened, Actor> {
    let mut by_opening = BTreeMap::new();
    for (key, actor) in actors.iter_mut() {
        let Some(openings) = chains.opened.get(key) else { continue };
        actor.opened = openings.len() as u64;
        let found: Vec<(&Opening, Chain<'_>)> = openings.iter().map(|opening| (*opening, chains.of(opening))).collect();
        let texts: BTreeSet<&str> = found.iter().map(|(_, chain)| chain.text.as_str()).collect();
        actor.chain = match texts.first() {
            Some(first) if texts.len() == 1 => (*first).to_owned(),
            Some(first) => format!("{first}; {} more", texts.len() - 1),
            None => String::new(),
        };
        let began: Vec<Option<Began>> = found.iter().map(|(_, chain)| beginner(chain.first, beginners)).collect();
        // An opener of whom nothing is known may be a person or a program.
        let known = |began: &Option<Began>| began.clone().unwrap_or((Class::Unknown, Grade::Inferred, String::new()));
        let different: BTreeSet<(Class, String)> = began.iter().map(known).map(|(class, _, person)| (class, person)).collect();
        if different.len() > 1 {
            for ((opening, chain), began) in found.iter().zip(&began) {
                let mut one = actor.clone();
                let (class, grade, person) = known(began);
                one.is(class, grade, Basis::Opening);
                (one.person, one.chain) = (person, chain.text.clone());
                by_opening.insert((key.clone(), opening.call.clone()), one);
            }
            actor.is_one_of(&different, &found);
            continue;
        }
        // All openings agree; the surest says how it is known.
        let Some((class, grade, person)) = began.into_iter().flatten().min() else { continue };
        // What a service does with the session it does for its holder; of all else that records fix, the opening tells nothing.
        let by_service = actor.class.is_none() && actor.fixed == MOVED_TO_PEOPLE;
        let stays = actor.class.map_or(!(by_service && class.is_person()), |own| {
            own.is_person() && (own, actor.grade) <= (class, grade) && actor.grade == Grade::Authenticated
        });
        if stays || actor.class.is_some_and(Class::is_person) && !class.is_person() {
            continue;
        }
        actor.is(class, grade, Basis::Opening);
        actor.person = if class.is_person() { person } else { String::new() };
    }
    by_opening
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
        "AssumeRoleWithWebIdentity" => {
            return Some(match first.opener_class.as_str() {
                "human_federated" => (Class::HumanFederated, Grade::Authenticated, first.opener.1.clone()),
                "workload_role" => (Class::Workload, Grade::Authenticated, String::new()),
                _ => (Class::Unknown, Grade::Inferred, String::new()),
            });
        }
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
        self.apply_to(actors.iter_mut());
    }

    fn apply_to<'a>(&self, actors: impl Iterator<Item = (&'a Key, &'a mut Actor)>) {
        for (key, actor) in actors.filter(|(_, actor)| actor.class.is_some()) {
            let named: BTreeSet<&str> = self.naming(&key.0).map(|(list, _)| list).collect();
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
            actor.person = if class.is_person() { actor.named(key) } else { String::new() };
            actor.candidates.clear();
        }
    }
}
