//! Rows that rest on a value which was not kept: undetermined, whatever their SQL says. SQL sees NULL there, and NULL
//! may read as absent.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use crate::catalogue::Control;
use crate::catalogue::sql::{Expression, SELECTED};
use crate::ingest::cloudtrail::unread;
use crate::reason::RowReason;

/// Name of the column that says which values were not kept.
pub const COLUMN: &str = "unread_values";

/// Reasons by file and record of the event.
#[derive(Debug, Default)]
pub struct Unread(BTreeMap<(String, u64), Row>);

#[derive(Debug)]
struct Row {
    values: Vec<String>,
    failed: bool,
}

impl Unread {
    /// The selected events of which a control reads a value that was not kept.
    pub fn of(control: &Control, extra: &[(&'static str, DataFrame)]) -> PolarsResult<Self> {
        let mut rows = BTreeMap::new();
        let Some((_, selected)) = extra.iter().find(|(name, frame)| *name == SELECTED && frame.schema().contains(COLUMN)) else {
            return Ok(Self(rows));
        };
        let cells = selected.column(COLUMN)?.str()?;
        if cells.null_count() == cells.len() {
            return Ok(Self(rows));
        }
        let condition = control.select.as_ref().and_then(|select| select.condition.as_ref());
        let mut read: BTreeSet<&String> = control.population.names().iter().chain(control.exception.columns()).collect();
        read.extend(condition.into_iter().flat_map(Expression::columns));
        let (files, records) = (selected.column("source_file_id")?.str()?, selected.column("source_record")?.i64()?);
        let outcomes = selected.column("outcome")?.str()?;
        for (row, cell) in cells.iter().enumerate() {
            let (Some(cell), Some(file), Some(record)) = (cell, files.get(row), records.get(row)) else { continue };
            let found = unread::read(cell);
            let values: Vec<String> =
                found.iter().filter(|(name, _)| read.contains(*name)).map(|(name, why)| format!("{name}: {why}")).collect();
            if !values.is_empty() {
                let failed = outcomes.get(row) == Some("failure");
                rows.insert((file.to_owned(), u64::try_from(record).unwrap_or_default()), Row { values, failed });
            }
        }
        Ok(Self(rows))
    }

    /// Whether there is none, as mostly.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Why the row of this event is undetermined, if it is. A call that failed changed nothing, whatever its parameters.
    pub fn why(&self, file: &str, record: Option<u64>, verdict: Option<bool>) -> Option<RowReason> {
        let row = self.0.get(&(file.to_owned(), record?))?;
        (!(row.failed && verdict == Some(false))).then(|| RowReason::NotKept { values: row.values.clone() })
    }
}
