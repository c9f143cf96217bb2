//! Cost data held against itself and against what others state: lines read against rows kept, charges against Cost
//! Explorer and invoices, and which deliveries count. Sums are exact; currencies are never added to each other.

mod comparisons;
mod deliveries;
mod reconciliation;
mod sources;

pub use reconciliation::{RECONCILIATION, reconciliation};

use sources::{count, files};

use crate::base::time;
use crate::engagement::Engagement;
use crate::ingest::batch::Batch;
use crate::schema::row::Row as _;
use crate::schema::tables::CostControlTotalsRow;
use crate::schema::{Schema, filled};
use crate::store::{Store, StoreError};

/// Half a day, in microseconds: a period may be in another zone than the bill.
const HALF_DAY: i64 = 43_200_000_000;

/// First and last month (`2024-05`) whose charges belong to a period given in UTC microseconds, its end exclusive.
pub fn charge_months(start: i64, end: i64) -> (String, String) {
    let month = |micros: i64| time::month_text(time::day_of(micros));
    (month(start + HALF_DAY), month(end - HALF_DAY - 1))
}

/// Number of months from the first to the last of [`charge_months`].
pub fn count_of_months(start: i64, end: i64) -> i64 {
    let number = |micros: i64| {
        let (year, month, _) = time::civil(time::day_of(micros));
        year * 12 + i64::from(month)
    };
    number(end - HALF_DAY - 1) - number(start + HALF_DAY) + 1
}

/// The tables that the manifest and small tables give, made when a store is opened.
///
/// # Errors
/// When a table of the store cannot be read.
pub fn tables(schema: &Schema, store: &Store, engagement: &Engagement) -> Result<Vec<Batch>, StoreError> {
    let mut all = Vec::new();
    all.extend(control_totals(schema, store));
    all.extend(deliveries::deliveries(schema, store));
    all.extend(deliveries::overlaps(schema, store));
    all.extend(deliveries::rejections(schema, store));
    all.extend(comparisons::comparisons(schema, store, engagement)?);
    Ok(all)
}

/// What the lines of every cost file come to, counted or not; files of the same content once.
fn control_totals(schema: &Schema, store: &Store) -> Option<Batch> {
    let mut table = Batch::new(schema.table(CostControlTotalsRow::TABLE.name)?);
    for (file, source, assembly) in files(store) {
        let Some(charges) = &file.charges else { continue };
        for total in &charges.totals {
            let sums = &total.sums;
            table.push(
                0,
                &CostControlTotalsRow {
                    file_id: Some(&file.file_id),
                    billing_source: Some(source.map_or("", |s| s.name.as_str())),
                    format: Some(file.format.label()),
                    billing_month: filled(&total.month),
                    assembly: filled(assembly),
                    counted: Some(file.out_of_scope_reason.is_none()),
                    set_apart: file.out_of_scope_reason.as_deref(),
                    billing_account_id: filled(&total.payer),
                    currency: filled(&total.currency),
                    lines: count(sums.lines),
                    cost_rows: count(sums.rows),
                    amount: Some(sums.amount),
                    uncancelled: Some(sums.uncancelled),
                    billed: Some(sums.billed),
                    effective: Some(sums.effective),
                },
            );
        }
    }
    Some(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bills_are_monthly_and_a_period_in_another_zone_touches_the_months_it_means() {
        let at = |text: &str| time::parse(text).unwrap();
        let months = |from, to| (charge_months(at(from), at(to)), count_of_months(at(from), at(to)));
        let texts = |first: &str, last: &str| (first.to_owned(), last.to_owned());
        assert_eq!(months("2024-04-01T00:00:00Z", "2024-07-01T00:00:00Z"), (texts("2024-04", "2024-06"), 3));
        assert_eq!(months("2023-12-31T23:00:00Z", "2024-01-31T23:00:00Z"), (texts("2024-01", "2024-01"), 1));
        assert_eq!(months("2023-11-15T00:00:00Z", "2024-02-02T00:00:00Z"), (texts("2023-11", "2024-02"), 4));
    }
}
