//! What sessions of people state about a second factor. Rollups do not hold it, so events are read day
//! by day, a few columns each.

use std::collections::BTreeMap;

use super::super::Input;
use super::shared::number;
use crate::evaluate::{EvaluateError, Grid, Value, moves, run_text};
use crate::store::parquet::frame;

const EVENTS: &str = "cloudtrail_events";

/// Calls by what their session states.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Stated {
    /// With a second factor.
    with: u64,
    /// Without.
    without: u64,
    /// Not stated.
    silent: u64,
}

impl Stated {
    /// Adds another's calls.
    pub(super) fn add(&mut self, other: Self) {
        self.with += other.with;
        self.without += other.without;
        self.silent += other.silent;
    }

    /// In few words.
    pub(super) fn text(self) -> String {
        let all = self.with + self.without + self.silent;
        match (self.with, self.without) {
            _ if all == 0 => String::new(),
            (0, 0) => "not stated".to_owned(),
            (with, 0) if with == all => "yes".to_owned(),
            (0, without) if without == all => "no".to_owned(),
            (with, without) => {
                let parts = [("yes", with), ("no", without), ("not stated", self.silent)];
                let parts = parts.iter().filter(|(_, n)| *n > 0).map(|(word, n)| format!("{word} {}", super::share(*n, all)));
                parts.collect::<Vec<_>>().join(", ")
            }
        }
    }
}

/// By principal and session name, for people.
pub(super) fn stated(input: &Input<'_>) -> Result<BTreeMap<(String, String), Stated>, EvaluateError> {
    let mut all: BTreeMap<(String, String), Stated> = BTreeMap::new();
    let Some(table) = input.store.schema().table(EVENTS) else { return Ok(all) };
    // Sign-ins state it in a field of their own, if the catalogue asks for it.
    let sign_in = table.columns.iter().any(|c| c.name == "additional_event_data_mfa_used");
    let mut columns =
        ["principal", "session_name", "actor_class", "record_kind", "session_mfa_authenticated", "event_epoch"].map(str::to_owned).to_vec();
    let mut factor = "session_mfa_authenticated".to_owned();
    if sign_in {
        columns.push("additional_event_data_mfa_used".to_owned());
        factor = "COALESCE(session_mfa_authenticated, CASE WHEN additional_event_data_mfa_used = 'Yes' THEN TRUE WHEN additional_event_data_mfa_used = 'No' THEN FALSE END)".to_owned();
    }
    let seconds = |micros: i64| micros.div_euclid(1_000_000);
    let text = format!(
        "SELECT principal, COALESCE(session_name, '') AS session_label, {factor} AS factor, COUNT(*) AS calls FROM cloudtrail_events \
         WHERE record_kind IN ('call', 'sign_in') AND actor_class IN ('human_federated', 'human_iam_user', 'root') AND event_epoch >= {} AND event_epoch < {} \
         GROUP BY principal, COALESCE(session_name, ''), {factor}",
        seconds(input.period.start),
        seconds(input.period.end)
    );
    let query_error = |source| EvaluateError::Query { query: "second factor".to_owned(), source };
    let known = input.tables.actors()?;
    for part in input.store.parts(&table) {
        let events = moves::apply(&known, frame::read(&part, Some(&columns))?).map_err(query_error)?;
        let rows = run_text(input.tables, "second factor", &text, &[(EVENTS, events)])?;
        let grid = Grid::of(&rows, usize::MAX).map_err(query_error)?;
        for row in &grid.rows {
            let key = (grid.get(row, &["principal"]).to_text(), grid.get(row, &["session_label"]).to_text());
            let calls = number(&grid, row, "calls");
            all.entry(key).or_default().add(match grid.get(row, &["factor"]) {
                Value::Bool(true) => Stated { with: calls, ..Stated::default() },
                Value::Bool(false) => Stated { without: calls, ..Stated::default() },
                _ => Stated { silent: calls, ..Stated::default() },
            });
        }
    }
    Ok(all)
}
