//! What facts are computed from, as the room that holds the tables gives it.

use polars::prelude::DataFrame;

use crate::schema::row::Row as _;
use crate::schema::tables::RecordedTypesRow;
use crate::store::StoreError;

/// The versions of items that facts are computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    /// Those that stand at the as-of date.
    Standing,
    /// All that were captured before it.
    All,
}

/// What facts are computed from.
pub trait Evidence {
    /// A table as queries see it.
    ///
    /// # Errors
    /// When it cannot be read.
    fn frame(&self, name: &str) -> Result<DataFrame, StoreError>;

    /// The valid versions of the items of some types, with the columns of `config_items`.
    ///
    /// # Errors
    /// When they cannot be read.
    fn items(&self, types: &[&str]) -> Result<DataFrame, StoreError>;

    /// All versions of these items that were captured before the as-of date, with the columns of `config_items`, and when
    /// each stood: `valid_to`, and `earlier_unknown`.
    ///
    /// # Errors
    /// When they cannot be read.
    fn item_versions(&self, types: &[&str]) -> Result<DataFrame, StoreError>;

    /// Events of these names in the period, some columns.
    ///
    /// # Errors
    /// When they cannot be read.
    fn events(&self, names: &[&str], columns: &[&str]) -> Result<DataFrame, StoreError>;

    /// Columns of `activity` as records state them, before [`super::actors`] moved a class.
    ///
    /// # Errors
    /// When they cannot be read.
    fn recorded_activity(&self, columns: &[&str]) -> Result<DataFrame, StoreError>;

    /// An error of the query engine over a table.
    fn error(&self, name: &str, error: polars::prelude::PolarsError) -> StoreError;
}

/// Accounts and the resource types that AWS Config records there, or that were delivered whole.
///
/// # Errors
/// When the table cannot be read.
pub fn recorded(evidence: &dyn Evidence) -> Result<Vec<(String, String)>, StoreError> {
    const TABLE: &str = RecordedTypesRow::TABLE.name;
    let frame = evidence.frame(TABLE)?;
    let error = |e| evidence.error(TABLE, e);
    let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned()).map_err(error);
    let (accounts, types) = (text(RecordedTypesRow::account_id)?, text(RecordedTypesRow::resource_type)?);
    let recorded = frame.column(RecordedTypesRow::recorded).and_then(|c| c.bool().cloned()).map_err(error)?;
    let rows = accounts.iter().zip(types.iter()).zip(recorded.iter());
    Ok(rows.filter_map(|((account, kind), is)| Some((account?.to_owned(), is.filter(|is| *is).and(kind)?.to_owned()))).collect())
}
