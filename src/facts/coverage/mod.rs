//! Tables about completeness of the evidence: which files came, what the engagement needs and what of it was received,
//! deliveries of AWS Config, recorders and custody. Topics of the report word them.

mod custody;
mod deliveries;
mod expected;
mod files;
mod recorders;
mod trails;

use polars::prelude::DataFrame;

use super::integrity::Integrity;
use super::scope::Scope;
use crate::engagement::{Engagement, Period};
use crate::ingest::batch::Batch;
use crate::store::{Store, StoreError};

/// What the tables are made from.
pub struct Evidence<'e> {
    /// Files and their rows.
    pub store: &'e Store,
    /// What the client and the engagement state.
    pub engagement: &'e Engagement,
    /// The period.
    pub period: &'e Period,
    /// Accounts, Regions and days, expected and seen.
    pub scope: &'e Scope,
    /// Chains of digest files.
    pub integrity: &'e Integrity,
}

/// The tables.
///
/// # Errors
/// When a table of the store cannot be read.
pub fn tables(evidence: &Evidence<'_>) -> Result<Vec<Batch>, StoreError> {
    let delivered = deliveries::Deliveries::read(evidence.store);
    let mut all = Vec::new();
    all.extend(files::input_files(evidence)?);
    all.extend(files::rejected_records(evidence.store));
    all.extend(files::remarks(evidence.store));
    all.extend(files::charge_months(evidence));
    all.extend(custody::table(evidence));
    all.extend(delivered.table(evidence.store));
    all.extend(recorders::table(evidence)?);
    all.extend(expected::table(evidence, &delivered)?);
    Ok(all)
}

impl Evidence<'_> {
    fn batch(&self, name: &str) -> Option<Batch> {
        self.store.schema().table(name).map(Batch::new)
    }

    /// A table of the store; without columns where it is not declared.
    fn read(&self, name: &str) -> Result<DataFrame, StoreError> {
        match self.store.schema().table(name) {
            Some(table) => self.store.read(&table, None),
            None => Ok(DataFrame::empty()),
        }
    }

    /// Texts of one column of a table, row by row; NULL is empty.
    fn texts(&self, frame: &DataFrame, name: &str) -> Result<Vec<String>, StoreError> {
        let column = frame.column(name).and_then(|c| c.str().cloned()).map_err(|e| StoreError::polars(self.store.folder(), e))?;
        Ok(column.iter().map(|text| text.unwrap_or_default().to_owned()).collect())
    }

    /// Flags of one column, row by row.
    fn flags(&self, frame: &DataFrame, name: &str) -> Result<Vec<Option<bool>>, StoreError> {
        let column = frame.column(name).and_then(|c| c.bool().cloned()).map_err(|e| StoreError::polars(self.store.folder(), e))?;
        Ok(column.iter().collect())
    }
}

fn int(n: u64) -> Option<i64> {
    Some(i64::try_from(n).unwrap_or(i64::MAX))
}
