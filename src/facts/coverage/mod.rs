//! Tables about completeness of the evidence: which files came, what the engagement needs and what of it was received,
//! deliveries of AWS Config, recorders and custody. Topics of the report word them.

mod basis;
mod custody;
mod deliveries;
mod expected;
mod files;
mod hours;
mod recorders;
mod trails;

pub use basis::Basis;

use crate::ingest::batch::Batch;
use crate::store::StoreError;

/// The tables.
///
/// # Errors
/// When a table of the store cannot be read.
pub fn tables(basis: &Basis<'_>) -> Result<Vec<Batch>, StoreError> {
    let delivered = deliveries::Deliveries::read(basis.store);
    let mut all = Vec::new();
    all.extend(files::input_files(basis)?);
    all.extend(files::rejected_records(basis.store));
    all.extend(files::remarks(basis.store));
    all.extend(files::charge_months(basis));
    all.extend(hours::period_hours(basis));
    all.extend(custody::table(basis));
    all.extend(delivered.table(basis.store));
    all.extend(recorders::table(basis)?);
    all.extend(expected::table(basis, &delivered)?);
    Ok(all)
}
