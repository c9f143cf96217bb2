//! Months and queries over parts of the store that the chapter on cost still takes from here.

use super::Input;
use crate::base::time;
use crate::evaluate::{EvaluateError, Grid, Rows, run_text};

/// First and last month the period touches.
pub(super) fn months(input: &Input<'_>) -> (String, String) {
    const HALF_DAY: i64 = time::DAY / 2;
    let month = |t: i64| time::month_text(time::day_of(t));
    if !input.period.known {
        return (String::new(), String::new());
    }
    (month(input.period.start + HALF_DAY), month(input.period.end - HALF_DAY - 1))
}

/// One SELECT over frames at hand, as values.
pub(super) fn grid(input: &Input<'_>, name: &str, text: &str, extra: &[(&str, Rows)]) -> Result<Grid, EvaluateError> {
    let rows = run_text(input.tables, name, text, extra)?;
    Grid::of(&rows, 100_000).map_err(|source| EvaluateError::Query { query: name.to_owned(), source })
}
