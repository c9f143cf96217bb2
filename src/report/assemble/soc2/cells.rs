//! Reading the rows of a query, and words that several topics share.

use super::super::{Input, words};

use crate::evaluate::{Grid, Value};

/// A row of a result, by column name.
#[derive(Clone, Copy)]
pub struct Row<'g> {
    grid: &'g Grid,
    row: &'g [Value],
}

impl<'g> Row<'g> {
    /// The rows of a result.
    pub fn all(grid: &'g Grid) -> impl Iterator<Item = Self> {
        grid.rows.iter().map(move |row| Self { grid, row })
    }

    fn value(&self, name: &str) -> &'g Value {
        self.grid.get(self.row, &[name])
    }

    /// Text; empty where it is NULL.
    pub fn text(&self, name: &str) -> String {
        self.value(name).to_text()
    }

    /// Count; 0 where it is NULL.
    pub fn count(&self, name: &str) -> u64 {
        match self.value(name) {
            Value::Int(n) => u64::try_from(*n).unwrap_or(0),
            _ => 0,
        }
    }

    /// Time in UTC microseconds.
    pub fn time(&self, name: &str) -> Option<i64> {
        match self.value(name) {
            Value::Time(at) => Some(*at),
            _ => None,
        }
    }

    /// Time in the engagement's zone; empty where it is NULL.
    pub fn moment(&self, input: &Input<'_>, name: &str) -> String {
        self.time(name).map(|t| words::moment(t, &input.period.zone)).unwrap_or_default()
    }
}

/// Which of these extracts were evaluated.
pub fn extracts(input: &Input<'_>, ids: &[&str]) -> Vec<String> {
    ids.iter().filter(|id| input.evaluation.extracts.contains_key(**id)).map(|id| (*id).to_owned()).collect()
}
