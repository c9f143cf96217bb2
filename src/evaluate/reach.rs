//! How far the evidence reaches, and which entries that bears on.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::error::{EvaluateError, query_error};
use super::grid;
use super::grid::Grid;
use super::queries::run_text;
use super::tables::Tables;
use crate::catalogue::sql::Query;
use crate::catalogue::{Kind, Select};
use crate::facts::observation::Observation;
use crate::facts::recorded::Recorded;
use crate::reason::Reason;

/// What is known about how far the evidence reaches; decides extents.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Resource types by account and Region.
    pub recorded: Arc<Recorded>,
    /// Accounts and Regions expected.
    pub expected: BTreeSet<(String, String)>,
    /// Whether anyone said what to expect.
    pub expected_known: bool,
    /// Accounts and Regions with configuration items.
    pub config: BTreeSet<(String, String)>,
    /// Resource types with any item.
    pub types: BTreeSet<String>,
    /// Why events do not cover the whole period; empty when they do.
    pub event_gaps: Vec<Reason>,
    /// That the expected accounts are known in part.
    pub expected_in_part: Option<Reason>,
    /// Events in the period.
    pub events: u64,
    /// Of which times all events are here.
    pub observation: Arc<Observation>,
    /// Events of exports that leave open what a measure may rest on.
    pub unstated: Unstated,
}

/// Events of the period whose export has no column for what decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unstated {
    /// Whether they succeeded is not known.
    pub outcome: u64,
    /// What kind of identity acted is not known.
    pub identity: u64,
}

impl Unstated {
    /// Counts them.
    ///
    /// # Errors
    /// When the rollup of activity cannot be read.
    pub fn read(tables: &Tables<'_>) -> Result<Self, EvaluateError> {
        let text = "SELECT SUM(CASE WHEN outcome = 'unknown' THEN events ELSE 0 END) AS outcome, \
                    SUM(CASE WHEN user_identity_type IS NULL AND actor_class = 'unknown' THEN events ELSE 0 END) AS identity FROM activity";
        let frame = run_text(tables, "what exports leave open", text, &[])?;
        let grid = Grid::of(&frame, 1).map_err(|e| query_error("what exports leave open", e))?;
        let count = |name: &str| match grid.rows.first().map(|row| grid.get(row, &[name])) {
            Some(grid::Value::Int(n)) => u64::try_from(*n).unwrap_or(0),
            _ => 0,
        };
        Ok(Self { outcome: count("outcome"), identity: count("identity") })
    }

    /// Events that a query cannot place: it tests a column that their export does not have.
    pub fn of(self, select: Option<&crate::catalogue::Select>, queries: &[&Query]) -> Option<Reason> {
        let condition = select.and_then(|select| select.condition.as_ref());
        let tests = |name: &str| queries.iter().any(|q| q.tested().contains(name)) || condition.is_some_and(|c| c.columns().contains(name));
        let outcome = if tests("outcome") { self.outcome } else { 0 };
        let who = ["user_identity_type", "actor_class", "is_service_noise", "made_by_service"].into_iter().any(tests);
        let events = outcome.max(if who { self.identity } else { 0 });
        (events > 0).then_some(Reason::ValuesNotStated { events })
    }
}

/// Whether an entry looks at events: it selects some, or reads a rollup of them.
pub(crate) fn reads_events(kind: Kind, select: Option<&Select>, queries: &[&Query]) -> bool {
    select.is_some() || kind == Kind::Events || queries.iter().any(|query| query.reads_events())
}
