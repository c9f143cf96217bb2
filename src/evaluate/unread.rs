//! Rows that rest on a value which was not kept: undetermined, whatever their SQL says. SQL sees NULL there, and NULL
//! may read as absent.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use crate::catalogue::Control;
use crate::catalogue::sql::{Expression, SELECTED};
use crate::ingest::formats::cloudtrail::unread;
use crate::reason::RowReason;

/// Name of the column that says which values were not kept.
pub const COLUMN: &str = "unread_values";

/// Reasons by file and record of the event.
#[derive(Debug, Default)]
pub struct Unread(BTreeMap<(String, u64), Row>);

/// Columns that control's rows of exports without them are undetermined for only where they decide, not where they tell a
/// service's call from a person's: whoever is named is no service.
const WHO: &str = "user_identity_type";

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
        let decides: BTreeSet<&String> =
            control.exception.columns().iter().chain(condition.into_iter().flat_map(Expression::columns)).collect();
        let read = |name: &String, why: unread::Unread| {
            let of_population = match why {
                unread::Unread::NotExported if name == WHO => return decides.contains(name),
                unread::Unread::NotExported => control.population.tested(),
                _ => control.population.names(),
            };
            decides.contains(name) || of_population.contains(name)
        };
        let (files, records) = (selected.column("source_file_id")?.str()?, selected.column("source_record")?.i64()?);
        let outcomes = selected.column("outcome")?.str()?;
        for (row, cell) in cells.iter().enumerate() {
            let (Some(cell), Some(file), Some(record)) = (cell, files.get(row), records.get(row)) else { continue };
            let found = unread::read(cell);
            let values: Vec<String> =
                found.iter().filter(|(name, why)| read(name, **why)).map(|(name, why)| format!("{name}: {why}")).collect();
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

    /// Events that no row of the population stands for although they may have changed something: it dropped them, or counted
    /// them together with others.
    pub fn left_over(&self, rows: &BTreeSet<(String, u64)>) -> u64 {
        self.0.iter().filter(|(event, row)| !row.failed && !rows.contains(*event)).count() as u64
    }

    /// Why the row of this event is undetermined, if it is. A call that failed changed nothing, whatever its parameters.
    pub fn why(&self, file: &str, record: Option<u64>, verdict: Option<bool>) -> Option<RowReason> {
        let row = self.0.get(&(file.to_owned(), record?))?;
        (!(row.failed && verdict == Some(false))).then(|| RowReason::NotKept { values: row.values.clone() })
    }
}
