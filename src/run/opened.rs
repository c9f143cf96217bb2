//! A store with the tables of the scope in place.

use crate::base::parallel::both;
use crate::engagement::{Engagement, Period};
use crate::evaluate::{Reach, Tables, Unstated, Window};
use crate::facts::client_controls;
use crate::facts::costs;
use crate::facts::coverage;
use crate::facts::integrity::Integrity;
use crate::facts::period_met::{Unmet, times_seen, unmet};
use crate::facts::scope::Scope;
use crate::facts::seen::Seen;
use crate::store::Store;

/// A store with the tables of the scope in place.
pub struct Opened<'s> {
    /// Views.
    pub tables: Tables<'s>,
    /// Scope.
    pub scope: Scope,
    /// Integrity of log files.
    pub integrity: Integrity,
    /// Period.
    pub period: Period,
    /// Reach.
    pub reach: Reach,
    /// How the period stated and the records miss each other, if they do.
    pub unmet: Option<Unmet>,
}

/// Puts the scope's tables over a store.
///
/// # Errors
/// When a table cannot be read or the period makes no sense.
pub fn open<'s>(
    store: &'s Store,
    engagement: &Engagement,
    flags: (Option<&str>, Option<&str>, Option<&str>),
) -> anyhow::Result<Opened<'s>> {
    let period = engagement.period(flags.0, flags.1, flags.2, times_seen(store))?;
    let (integrity, seen) = both(|| Integrity::read(store), || Seen::read(store, &period));
    let (integrity, seen) = (integrity?, seen?);
    let scope = Scope::read(store, engagement, &period, &integrity, seen)?;
    let mut tables = Tables::new(store, Window { start: period.start, end: period.end, as_of: period.as_of });
    let made = scope.tables(store.schema(), engagement, &period);
    let charges = costs::tables(store.schema(), store, engagement)?;
    let clients = client_controls::tables(store.schema(), store, engagement)?;
    let basis = coverage::Basis { store, engagement, period: &period, scope: &scope, integrity: &integrity };
    for batch in made.into_iter().chain(integrity.tables(store.schema())).chain(coverage::tables(&basis)?).chain(charges).chain(clients) {
        tables.put_batch(&batch)?;
    }
    let parts = scope.reach();
    let reach = Reach {
        recorded: parts.recorded,
        expected: parts.expected,
        expected_known: parts.expected_known,
        event_gaps: parts.event_gaps,
        expected_in_part: parts.expected_in_part,
        config: scope.config.clone(),
        types: scope.types.clone(),
        events: scope.events,
        observation: std::sync::Arc::clone(&scope.observation),
        unstated: Unstated::read(&tables)?,
    };
    let unmet = unmet(store, &period);
    Ok(Opened { tables, scope, integrity, period, reach, unmet })
}
