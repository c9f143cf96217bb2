//! What a control showed, row by row.

use polars::prelude::*;

use super::error::EvaluateError;
use crate::facts::actors::Who;
use crate::outcome::{Extent, Outcome};
use crate::reason::{Reason, RowReason};

/// What a control showed.
#[derive(Debug, Clone, Default)]
pub struct ControlRun {
    /// First half of the result.
    pub outcome: Outcome,
    /// Second half.
    pub extent: Extent,
    /// Why the extent is not full.
    pub reasons: Vec<Reason>,
    /// Table whose rows the population's are.
    pub table: String,
    /// What these rows are counted in.
    pub unit: String,
    /// Rows of that table.
    pub table_rows: u64,
    /// Size of the population.
    pub population: u64,
    /// Exceptions.
    pub exceptions: u64,
    /// Rows that could not be decided.
    pub undetermined: u64,
    /// The exceptions.
    pub rows: Vec<ExceptionRow>,
    /// The undecided rows.
    pub undetermined_rows: Vec<UndeterminedRow>,
    /// All exceptions with all columns.
    pub frame: Option<DataFrame>,
    /// The bursts it looked at.
    pub bursts: Option<DataFrame>,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

/// One exception.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExceptionRow {
    /// Resource type, or event name.
    pub kind: String,
    /// Resource id, or event id.
    pub resource: String,
    /// Name, or principal.
    pub name: String,
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// Time of the event, UTC microseconds.
    pub time: Option<i64>,
    /// ARN, where the population returns it.
    pub arn: String,
    /// The sentence.
    pub reason: String,
    /// Resource that an event is about, by name, id or ARN as the record gives it; empty where the control names no column for it.
    pub object: String,
    /// File.
    pub file_id: String,
    /// Record in the file.
    pub record: Option<u64>,
    /// Who made the call, where the row is an event's.
    pub principal: String,
    /// Its session.
    pub session: String,
    /// Who stands behind them.
    pub who: Option<Who>,
}

/// A row that could not be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndeterminedRow {
    /// Resource id, or event id.
    pub resource: String,
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// Why.
    pub reason: RowReason,
}

impl ControlRun {
    /// A control whose evaluation failed.
    pub fn failed(error: &EvaluateError) -> Self {
        Self { reasons: vec![Reason::Failed], error: Some(error.to_string()), ..Self::default() }
    }
}
