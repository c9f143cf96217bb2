//! Tables `actors` and `sessions`: who stands behind the records of one principal and session, how that is known, and the chain
//! of sessions that leads there.
//!
//! One record tells little of a role's session. Another record of the same session may come from the console; the record of the
//! call that opened it names who did; a credential report says which users have passwords; the engagement names roles of people
//! and of pipelines. All records of a principal and session therefore get the class that the strongest of them shows.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{DataFrame, PolarsResult};
use rustc_hash::FxHashMap;

use super::evidence::Evidence;
use crate::ingest::batch::Batch;
use crate::ingest::formats::cloudtrail::TASK_SESSION;
use crate::policy::pattern::Pattern;
use crate::schema::SOURCE_FILE_ID;
use crate::schema::SOURCE_RECORD;
use crate::schema::Schema;
use crate::schema::filled;
use crate::schema::row::Row as _;
use crate::schema::tables::{
    ActivityRow, ActorsRow, AllowListsRow, CloudtrailEventsRow, IamCredentialsRow, ListedPrincipalsRow, SessionsRow,
};
use crate::store::StoreError;

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

/// Calls that open a session with credentials of its own.
const OPENING: [&str; 6] =
    ["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot", "GetFederationToken", "GetSessionToken"];

/// Sessions of a chain that are followed.
const LONGEST: usize = 16;

/// Classes of records that other evidence may move: all others are said by the record itself.
pub const MOVABLE: [&str; 4] = ["human_federated", "human_iam_user", "iam_user", "workload_role"];

/// Who acts: ordered by how much is claimed, the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    HumanFederated,
    HumanIamUser,
    IamUser,
    /// Another account, whose own records are not here.
    External,
    Workload,
}

impl Class {
    fn of(text: &str) -> Option<Self> {
        Some(match text {
            "human_federated" => Self::HumanFederated,
            "human_iam_user" => Self::HumanIamUser,
            "iam_user" => Self::IamUser,
            "workload_role" => Self::Workload,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::HumanFederated => "human_federated",
            Self::HumanIamUser => "human_iam_user",
            Self::IamUser => "iam_user",
            Self::External => "external_account",
            Self::Workload => "workload_role",
        }
    }

    fn is_person(self) -> bool {
        matches!(self, Self::HumanFederated | Self::HumanIamUser)
    }
}

/// How a class is known, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    Authenticated,
    Asserted,
    Inferred,
}

impl Grade {
    fn of(text: Option<&str>) -> Self {
        match text {
            Some("authenticated") => Self::Authenticated,
            Some("asserted") => Self::Asserted,
            _ => Self::Inferred,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Authenticated => "authenticated",
            Self::Asserted => "asserted",
            Self::Inferred => "inferred",
        }
    }
}

/// What a class rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// What the records themselves say.
    Records,
    /// The user has a password, by the credential report.
    Password,
    /// The user opened the console or used a second factor in another record.
    OtherRecords,
    /// The call that opened the session names who opened it.
    Opening,
    /// The engagement's list of break-glass roles.
    BreakGlassList,
    /// The engagement's list of roles of people.
    PeopleList,
    /// The engagement's list of roles that deploy.
    PipelineList,
    /// The engagement's list of security tools.
    ToolingList,
}

impl Basis {
    /// As the table states it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Password => "password",
            Self::OtherRecords => "other_records",
            Self::Opening => "opening",
            Self::BreakGlassList => "break_glass_list",
            Self::PeopleList => "people_list",
            Self::PipelineList => "pipeline_list",
            Self::ToolingList => "tooling_list",
        }
    }
}

/// Who stands behind a principal and session, of the table `actors`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Who {
    /// Class of actor.
    pub class: String,
    /// How it is known; empty when it is not.
    pub grade: String,
    /// Name of the person; empty when none is known.
    pub person: String,
    /// Who began the session and the sessions on the way; empty when their opening is not in the records.
    pub chain: String,
}

/// The table `actors`, to be looked up by principal and session.
#[derive(Debug, Default)]
pub struct Known(FxHashMap<String, FxHashMap<String, Who>>);

impl Known {
    /// Reads the table.
    ///
    /// # Errors
    /// When a column is missing.
    pub fn of(actors: &DataFrame) -> PolarsResult<Self> {
        let text = |name: &str| actors.column(name).and_then(|c| c.str().cloned());
        let (principal, session) = (text(ActorsRow::principal)?, text(ActorsRow::session_name)?);
        let (class, grade, person, chain) =
            (text(ActorsRow::actor_class)?, text(ActorsRow::actor_grade)?, text(ActorsRow::person)?, text(ActorsRow::chain)?);
        let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let mut known = Self::default();
        for row in 0..actors.height() {
            let who = Who {
                class: owned(class.get(row)),
                grade: owned(grade.get(row)),
                person: owned(person.get(row)),
                chain: owned(chain.get(row)),
            };
            known.0.entry(owned(principal.get(row))).or_default().insert(owned(session.get(row)), who);
        }
        Ok(known)
    }

    /// Who stands behind a principal and session; the session is empty where there is none.
    pub fn get(&self, principal: &str, session: &str) -> Option<&Who> {
        self.0.get(principal)?.get(session)
    }
}

/// Principal and session.
type Key = (String, String);

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

/// The call that opened a session.
#[derive(Debug, Clone, Default)]
struct Opening {
    name: String,
    /// Key id of the session that it opened.
    key: String,
    /// Id that the records of one call in several accounts share, else the event's own.
    call: String,
    /// Whether the record only names the caller's account.
    foreign: bool,
    opener: Key,
    opener_class: String,
    opener_key: String,
    principal: String,
    session: String,
    source_identity: String,
    account: String,
    time: i64,
    event: String,
    file: String,
    record: i64,
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
    lists.tell(&mut actors);
    let beginners = beginners(&actors);
    open(&mut actors, &chains, &beginners);
    lists.tell(&mut actors);
    let mut out = Batch::new(actor_table);
    for ((principal, session), actor) in &actors {
        let class = actor.class();
        let channels = actor.channels.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        out.push(
            0,
            &ActorsRow {
                principal: Some(principal),
                session_name: Some(session),
                actor_class: Some(class),
                actor_grade: (class != "unknown").then(|| actor.grade.name()),
                basis: Some(actor.basis.name()),
                person: filled(&actor.person),
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

/// What records say of each principal and session.
fn recorded(evidence: &dyn Evidence) -> Result<BTreeMap<Key, Actor>, StoreError> {
    const TABLE: &str = ActivityRow::TABLE.name;
    let frame = evidence.recorded_activity()?;
    let read = || -> PolarsResult<BTreeMap<Key, Actor>> {
        let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned());
        let (principal, session, class) =
            (text(ActivityRow::principal)?, text(ActivityRow::session_name)?, text(ActivityRow::actor_class)?);
        let (grade, channel, source) =
            (text(ActivityRow::actor_grade)?, text(ActivityRow::channel)?, text(ActivityRow::session_source_identity)?);
        let events = frame.column(ActivityRow::events)?.i64()?.clone();
        let times = |name: &str| frame.column(name)?.cast(&polars::prelude::DataType::Int64)?.i64().cloned();
        let (first, last) = (times(ActivityRow::first_seen)?, times(ActivityRow::last_seen)?);
        let mut actors: BTreeMap<Key, Actor> = BTreeMap::new();
        for row in 0..frame.height() {
            let (Some(principal), Some(class)) = (principal.get(row), class.get(row)) else { continue };
            let session = session.get(row).unwrap_or_default();
            let found = Actor {
                class: Class::of(class),
                fixed: class.to_owned(),
                grade: Grade::of(grade.get(row)),
                basis: Basis::Records,
                person: String::new(),
                source_identity: source.get(row).unwrap_or_default().to_owned(),
                chain: String::new(),
                opened: 0,
                channels: channel.get(row).map(str::to_owned).into_iter().collect(),
                events: events.get(row).unwrap_or_default(),
                first: first.get(row).unwrap_or(i64::MAX),
                last: last.get(row).unwrap_or(i64::MIN),
            };
            match actors.get_mut(&(principal.to_owned(), session.to_owned())) {
                Some(known) => known.join(found),
                None => drop(actors.insert((principal.to_owned(), session.to_owned()), found)),
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

/// The calls of the period that opened sessions, each once: a call that crosses accounts is recorded in both. And the roles that
/// were asked for, refused ones too.
fn openings(evidence: &dyn Evidence) -> Result<(Vec<Opening>, BTreeSet<String>), StoreError> {
    const TABLE: &str = CloudtrailEventsRow::TABLE.name;
    const COLUMNS: [&str; 20] = [
        CloudtrailEventsRow::event_name,
        CloudtrailEventsRow::issued_access_key_id,
        CloudtrailEventsRow::shared_event_id,
        CloudtrailEventsRow::event_id,
        CloudtrailEventsRow::user_identity_type,
        CloudtrailEventsRow::principal,
        CloudtrailEventsRow::session_name,
        CloudtrailEventsRow::actor_class,
        CloudtrailEventsRow::user_identity_access_key_id,
        "request_parameters_role_arn",
        "request_parameters_role_session_name",
        "request_parameters_target_principal",
        "response_elements_federated_user_arn",
        "request_parameters_source_identity",
        CloudtrailEventsRow::account_id,
        CloudtrailEventsRow::event_time,
        CloudtrailEventsRow::outcome,
        SOURCE_FILE_ID,
        SOURCE_RECORD,
        CloudtrailEventsRow::session_source_identity,
    ];
    let frame = evidence.events(&OPENING, &COLUMNS)?;
    let mut asked = BTreeSet::new();
    let mut read = || -> PolarsResult<Vec<Opening>> {
        let mut texts = BTreeMap::new();
        for name in COLUMNS.iter().filter(|name| !matches!(**name, CloudtrailEventsRow::event_time | SOURCE_RECORD)) {
            texts.insert(*name, frame.column(name)?.str()?.clone());
        }
        let time = frame.column(CloudtrailEventsRow::event_time)?.cast(&polars::prelude::DataType::Int64)?.i64()?.clone();
        let record = frame.column(SOURCE_RECORD)?.i64()?.clone();
        let mut all = Vec::new();
        for row in 0..frame.height() {
            let get = |name: &str| texts.get(name).and_then(|column| column.get(row)).unwrap_or_default().to_owned();
            asked.extend(Some(get("request_parameters_role_arn")).filter(|role| !role.is_empty()));
            if get(CloudtrailEventsRow::outcome) == "failure" {
                continue;
            }
            let opener = (get(CloudtrailEventsRow::principal), get(CloudtrailEventsRow::session_name));
            let first = |names: [&str; 2]| names.iter().map(|name| get(name)).find(|text| !text.is_empty()).unwrap_or_default();
            let name = get(CloudtrailEventsRow::event_name);
            let role = first(["request_parameters_role_arn", "request_parameters_target_principal"]);
            let federated = get("response_elements_federated_user_arn");
            let (principal, session) = match name.as_str() {
                "GetSessionToken" => opener.clone(),
                "GetFederationToken" => {
                    let session = federated.rsplit('/').next().unwrap_or_default().to_owned();
                    (federated, session)
                }
                "AssumeRoot" => (root_of(&role), TASK_SESSION.to_owned()),
                _ => (role, get("request_parameters_role_session_name")),
            };
            all.push(Opening {
                name,
                key: get(CloudtrailEventsRow::issued_access_key_id),
                call: first([CloudtrailEventsRow::shared_event_id, CloudtrailEventsRow::event_id]),
                foreign: get(CloudtrailEventsRow::user_identity_type) == "AWSAccount",
                opener,
                opener_class: get(CloudtrailEventsRow::actor_class),
                opener_key: get(CloudtrailEventsRow::user_identity_access_key_id),
                principal,
                session,
                source_identity: first(["request_parameters_source_identity", CloudtrailEventsRow::session_source_identity]),
                account: get(CloudtrailEventsRow::account_id),
                time: time.get(row).unwrap_or_default(),
                event: get(CloudtrailEventsRow::event_id),
                file: get(SOURCE_FILE_ID),
                record: record.get(row).unwrap_or_default(),
            });
        }
        Ok(all)
    };
    let mut all = read().map_err(|e| evidence.error(TABLE, e))?;
    // Of the records of one call, the one that names the caller, then the first by file.
    let once = |opening: &Opening| if opening.key.is_empty() { opening.call.clone() } else { opening.key.clone() };
    all.sort_by(|a, b| {
        let order = |o: &Opening| (once(o), o.foreign, o.time, o.event.clone(), o.account.clone(), o.file.clone(), o.record);
        order(a).cmp(&order(b))
    });
    all.dedup_by(|later, first| once(later) == once(first));
    all.sort_by(|a, b| (a.time, &a.event, &a.file, a.record).cmp(&(b.time, &b.event, &b.file, b.record)));
    Ok((all, asked))
}

/// ARN of the root user that a task session acts as; the call names it by ARN or by account.
fn root_of(target: &str) -> String {
    if target.starts_with("arn:") { target.to_owned() } else { format!("arn:aws:iam::{target}:root") }
}

/// Who began the sessions that lead to one.
struct Chain<'o> {
    /// From the one who began to the last session.
    text: String,
    length: usize,
    /// The first opening of the chain.
    first: &'o Opening,
}

/// Openings by the key id that they issued.
struct Chains<'o> {
    by_key: BTreeMap<&'o str, &'o Opening>,
    /// By the principal and session that they opened.
    opened: BTreeMap<(&'o str, &'o str), Vec<&'o Opening>>,
}

impl<'o> Chains<'o> {
    fn new(openings: &'o [Opening]) -> Self {
        let mut all = Self { by_key: BTreeMap::new(), opened: BTreeMap::new() };
        for opening in openings {
            if !opening.key.is_empty() {
                all.by_key.insert(&opening.key, opening);
            }
            all.opened.entry((&opening.principal, &opening.session)).or_default().push(opening);
        }
        all
    }

    fn of(&self, opening: &'o Opening) -> Chain<'o> {
        let mut steps = vec![opening];
        let mut met = BTreeSet::from([opening.call.as_str()]);
        let mut first = opening;
        while let Some(before) = self.by_key.get(first.opener_key.as_str()).filter(|_| steps.len() < LONGEST) {
            if !met.insert(&before.call) {
                break;
            }
            steps.push(before);
            first = before;
        }
        let mut names = vec![shown(&first.opener.0, &first.opener.1)];
        names.extend(steps.iter().rev().map(|step| shown(&step.principal, &step.session)));
        Chain { text: names.join(" → "), length: steps.len(), first }
    }
}

/// A principal and its session, short enough to be read in a chain.
fn shown(principal: &str, session: &str) -> String {
    let name = principal.splitn(6, ':').nth(5).unwrap_or(principal);
    if session.is_empty() || name.ends_with(session) || name == "root" { name.to_owned() } else { format!("{name} ({session})") }
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
    fn tell(&self, actors: &mut BTreeMap<Key, Actor>) {
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
