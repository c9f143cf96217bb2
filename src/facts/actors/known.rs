//! Who stands behind a record, to be looked up.

use polars::prelude::{DataFrame, PolarsResult};
use rustc_hash::FxHashMap;

use super::class::{Class, Grade};
use super::{Basis, MOVABLE, MOVED_TO_PEOPLE};
use crate::schema::tables::{ActorsRow, SessionsRow};

/// Who stands behind a session, of the tables `actors` and `sessions`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Who {
    /// Class of actor.
    pub class: String,
    /// How it is known; empty when it is not.
    pub grade: String,
    /// Name of the person; empty when none is known.
    pub person: String,
    /// Those who may stand behind it; empty where one is known.
    pub candidates: String,
    /// Who began the session and the sessions on the way; empty when their opening is not in the records.
    pub chain: String,
    /// The service by way of which a record's call was made, in the name of the actor; empty for direct calls.
    pub through: String,
}

impl Who {
    /// Whether it is a person, with or without a name.
    pub fn is_person(&self) -> bool {
        Class::of(&self.class).is_some_and(Class::is_person)
    }

    /// Whether a record of this class is theirs as a whole: what records say of root, of other accounts and of services stays,
    /// but what a service did for a person's session is the person's.
    pub fn moves(&self, class: &str) -> bool {
        MOVABLE.contains(&class) || class == MOVED_TO_PEOPLE && self.is_person()
    }
}

/// What a record states of its session; empty where it does not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mark<'r> {
    /// Principal.
    pub principal: &'r str,
    /// Name of the session.
    pub session: &'r str,
    /// Source identity.
    pub source_identity: &'r str,
    /// Key id with which the call was signed.
    pub key: &'r str,
}

/// A session by all that is known of it, and by its name alone.
#[derive(Debug)]
struct Session {
    whole: Who,
    by_name: Who,
    is_opened: bool,
}

/// The tables `actors` and `sessions`, to be looked up.
#[derive(Debug, Default)]
pub struct Known {
    /// By principal, then by name and source identity.
    sessions: FxHashMap<String, FxHashMap<(String, String), Session>>,
    /// By the key that an opening issued, with the session that it opened.
    by_key: FxHashMap<String, ((String, String), Who)>,
}

impl Known {
    /// Reads the tables.
    ///
    /// # Errors
    /// When a column is missing.
    pub fn of(actors: &DataFrame, sessions: &DataFrame) -> PolarsResult<Self> {
        let mut known = Self::default();
        let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let text = |name: &str| actors.column(name).and_then(|c| c.str().cloned());
        let (principal, session) = (text(ActorsRow::principal)?, text(ActorsRow::session_name)?);
        let (source_identity, basis) = (text(ActorsRow::source_identity)?, text(ActorsRow::basis)?);
        let (class, grade, person, chain) =
            (text(ActorsRow::actor_class)?, text(ActorsRow::actor_grade)?, text(ActorsRow::person)?, text(ActorsRow::chain)?);
        let candidates = text(ActorsRow::candidates)?;
        for row in 0..actors.height() {
            let whole = Who {
                class: owned(class.get(row)),
                grade: owned(grade.get(row)),
                person: owned(person.get(row)),
                candidates: owned(candidates.get(row)),
                chain: owned(chain.get(row)),
                through: String::new(),
            };
            let is_opened = basis.get(row) == Some(Basis::Opening.name());
            // The name of a session anybody may choose who may open one.
            let by_name = Who { grade: if is_opened { weaker(&whole.grade) } else { whole.grade.clone() }, ..whole.clone() };
            let name = (owned(session.get(row)), owned(source_identity.get(row)));
            known.sessions.entry(owned(principal.get(row))).or_default().insert(name, Session { whole, by_name, is_opened });
        }
        let text = |name: &str| sessions.column(name).and_then(|c| c.str().cloned());
        let (key, principal, session) =
            (text(SessionsRow::access_key_id)?, text(SessionsRow::principal)?, text(SessionsRow::session_name)?);
        let (class, grade, person, chain) =
            (text(SessionsRow::actor_class)?, text(SessionsRow::actor_grade)?, text(SessionsRow::person)?, text(SessionsRow::chain)?);
        for row in 0..sessions.height() {
            let (Some(key), Some(class)) = (key.get(row), class.get(row)) else { continue };
            let who = Who {
                class: class.to_owned(),
                grade: owned(grade.get(row)),
                person: owned(person.get(row)),
                chain: owned(chain.get(row)),
                ..Who::default()
            };
            known.by_key.insert(key.to_owned(), ((owned(principal.get(row)), owned(session.get(row))), who));
        }
        Ok(known)
    }

    /// Who stands behind a record: whoever opened the session with the record's key; else who stands behind its principal,
    /// name and source identity.
    pub fn of_record(&self, record: Mark<'_>) -> Option<&Who> {
        let named = || {
            let names = self.sessions.get(record.principal)?;
            names.get(&(record.session.to_owned(), record.source_identity.to_owned()))
        };
        let issued = self.by_key.get(record.key).filter(|((principal, name), _)| principal == record.principal && name == record.session);
        match (named(), issued) {
            // The openings agree: all records of the session say more than its opening alone.
            (Some(session), Some(_)) if session.whole.candidates.is_empty() && session.whole.class != "unknown" => Some(&session.whole),
            (_, Some((_, who))) => Some(who),
            (Some(session), None) if session.is_opened && !record.key.is_empty() => Some(&session.by_name),
            (Some(session), None) => Some(&session.whole),
            (None, None) => None,
        }
    }
}

/// A grade, no surer than a name that somebody chose.
fn weaker(grade: &str) -> String {
    if grade == Grade::Authenticated.name() { Grade::Asserted.name().to_owned() } else { grade.to_owned() }
}
