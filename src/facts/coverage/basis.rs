//! What the tables are made from, and how they are read.

use polars::prelude::DataFrame;

use crate::engagement::{Engagement, Period};
use crate::facts::integrity::Integrity;
use crate::facts::scope::Scope;
use crate::ingest::batch::Batch;
use crate::store::{Store, StoreError};

/// What the tables are made from.
pub struct Basis<'e> {
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

impl Basis<'_> {
    pub(super) fn batch(&self, name: &str) -> Option<Batch> {
        self.store.schema().table(name).map(Batch::new)
    }

    /// A table of the store; without columns where it is not declared.
    pub(super) fn read(&self, name: &str) -> Result<DataFrame, StoreError> {
        match self.store.schema().table(name) {
            Some(table) => self.store.read(&table, None),
            None => Ok(DataFrame::empty()),
        }
    }

    /// Texts of one column of a table, row by row; NULL is empty.
    pub(super) fn texts(&self, frame: &DataFrame, name: &str) -> Result<Vec<String>, StoreError> {
        let column = frame.column(name).and_then(|c| c.str().cloned()).map_err(|e| StoreError::polars(self.store.folder(), e))?;
        Ok(column.iter().map(|text| text.unwrap_or_default().to_owned()).collect())
    }

    /// Flags of one column, row by row.
    pub(super) fn flags(&self, frame: &DataFrame, name: &str) -> Result<Vec<Option<bool>>, StoreError> {
        let column = frame.column(name).and_then(|c| c.bool().cloned()).map_err(|e| StoreError::polars(self.store.folder(), e))?;
        Ok(column.iter().collect())
    }
}

/// A count for a row.
pub(super) fn int(n: u64) -> Option<i64> {
    Some(i64::try_from(n).unwrap_or(i64::MAX))
}
