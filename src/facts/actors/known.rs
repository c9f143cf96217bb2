//! Who stands behind a principal and its session, to be looked up.

use polars::prelude::{DataFrame, PolarsResult};
use rustc_hash::FxHashMap;

use crate::schema::tables::ActorsRow;

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
