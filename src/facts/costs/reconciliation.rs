//! Lines read held against the rows of the store, which are read back for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::sources::{count, files, name_of};
use crate::base::time;
use crate::ingest::batch::Batch;
use crate::ingest::formats::cost::ControlSums;
use crate::schema::row::Row as _;
use crate::schema::tables::{CostReconciliationRow, CostsRow};
use crate::schema::{Table, filled};
use crate::store::manifest::InputFile;
use crate::store::{Store, StoreError, parquet::frame};

/// The table; made when it is first asked for, since every charge is read back for it.
pub const RECONCILIATION: &str = CostReconciliationRow::TABLE.name;

/// Lines read, of one source, month and currency.
#[derive(Debug, Clone, Default)]
struct Line {
    /// First and last day of the charges of its files that count, days since 1970.
    days: Option<(i32, i32)>,
    /// Lines whose rows count.
    counted: ControlSums,
    /// Lines of deliveries and sources set apart.
    apart: ControlSums,
    /// Rows in the store, read back: number, billed, effective.
    kept: (u64, i128, i128),
}

impl Line {
    /// What the rows in the store differ from the lines read; 0 when all is well.
    fn difference(&self) -> i128 {
        self.kept.1.saturating_sub(self.counted.amount.saturating_sub(self.counted.uncancelled))
    }

    /// Whether number of rows, billed and effective sums are those that reading gave.
    fn agrees(&self) -> bool {
        self.difference() == 0 && self.kept == (self.counted.rows, self.counted.billed, self.counted.effective)
    }

    /// Takes in the days of a file's charges.
    fn reach(&mut self, file: &InputFile) {
        let (Some(first), Some(last)) = (file.first_time, file.last_time) else { return };
        let (first, last) = (time::day_of(first), time::day_of(last));
        let (from, to) = self.days.unwrap_or((first, last));
        self.days = Some((from.min(first), to.max(last)));
    }
}

/// Source, format, month and currency.
type Key = (String, String, String, String);

/// The table `cost_reconciliation` over a store.
///
/// # Errors
/// When a part of the store cannot be read.
pub fn reconciliation(table: Arc<Table>, store: &Store) -> Result<Batch, StoreError> {
    let mut batch = Batch::new(table);
    for ((source, format, month, currency), line) in lines(store)? {
        let (rows, billed, effective) = line.kept;
        batch.push(
            0,
            &CostReconciliationRow {
                billing_source: Some(&source),
                format: Some(&format),
                billing_month: filled(&month),
                currency: filled(&currency),
                first_charge: line.days.map(|(first, _)| first),
                last_charge: line.days.map(|(_, last)| last),
                lines: count(line.counted.lines),
                amount: Some(line.counted.amount),
                uncancelled: Some(line.counted.uncancelled),
                kept_rows: count(rows),
                kept_billed: Some(billed),
                kept_effective: Some(effective),
                difference: Some(line.difference()),
                agrees: Some(line.agrees()),
                apart_lines: count(line.apart.lines),
                apart_amount: Some(line.apart.amount),
            },
        );
    }
    Ok(batch)
}

fn lines(store: &Store) -> Result<BTreeMap<Key, Line>, StoreError> {
    let mut lines: BTreeMap<Key, Line> = BTreeMap::new();
    let mut sources: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    let key = |(source, format): (&str, &str), month: &str, currency: &str| {
        (source.to_owned(), format.to_owned(), month.to_owned(), currency.to_owned())
    };
    for (file, source, _) in files(store) {
        let place = (name_of(source), file.format.label());
        sources.insert(&file.file_id, place);
        for total in file.charges.iter().flat_map(|charges| &charges.totals) {
            let line = lines.entry(key(place, &total.month, &total.currency)).or_default();
            if file.out_of_scope_reason.is_none() {
                line.counted.add(&total.sums);
                line.reach(file);
            } else {
                line.apart.add(&total.sums);
            }
        }
    }
    for ((file, month, currency), (rows, billed, effective)) in kept(store)? {
        let place = sources.get(file.as_str()).copied().unwrap_or_default();
        let line = lines.entry(key(place, &month, &currency)).or_default();
        line.kept.0 += rows;
        line.kept.1 = line.kept.1.saturating_add(billed);
        line.kept.2 = line.kept.2.saturating_add(effective);
    }
    Ok(lines)
}

/// File, month and currency of rows; their number, billed and effective sums.
type Kept = BTreeMap<(String, String, String), (u64, i128, i128)>;

/// Rows in a row with the same day and currency: how many, billed and effective.
type Run = (Option<i32>, String, (u64, i128, i128));

/// Sums over the rows of table `costs` as they lie in the store, one part in memory at a time.
fn kept(store: &Store) -> Result<Kept, StoreError> {
    const COLUMNS: [&str; 5] = [
        CostsRow::BillingPeriodStart,
        CostsRow::ChargePeriodStart,
        CostsRow::BillingCurrency,
        CostsRow::BilledCost,
        CostsRow::EffectiveCost,
    ];
    let mut sums = Kept::new();
    let Some(table) = store.schema().table(CostsRow::TABLE.name) else { return Ok(sums) };
    let mut narrow = (*table).clone();
    narrow.columns.retain(|column| COLUMNS.contains(&column.name.as_str()));
    let narrow = Arc::new(narrow);
    let [period, charge, currency, billed, effective] =
        COLUMNS.map(|name| narrow.columns.iter().position(|column| column.name == name).unwrap_or(usize::MAX));
    let names: Vec<String> = narrow.all_columns().into_iter().map(|c| c.name).collect();
    for part in store.parts(&table) {
        let read = frame::read(&part, Some(&names))?;
        let (batch, sources) = frame::batch(&read, &narrow).map_err(|e| StoreError::polars(&part, e))?;
        // Most rows share day and currency with the row before.
        let mut last: Option<Run> = None;
        let file = sources.first().cloned().unwrap_or_default();
        let mut close = |last: Option<Run>| {
            if let Some((day, currency, sum)) = last {
                let key = (file.clone(), day.map(time::month_text).unwrap_or_default(), currency);
                let entry = sums.entry(key).or_default();
                *entry = (entry.0 + sum.0, entry.1.saturating_add(sum.1), entry.2.saturating_add(sum.2));
            }
        };
        for row in 0..batch.len() {
            let micros = |column| batch.cell(column, row).as_int();
            let amount = |column| batch.cell(column, row).as_decimal().unwrap_or(0);
            let day = micros(period).or_else(|| micros(charge)).map(time::day_of);
            let unit = batch.cell(currency, row).as_text().unwrap_or("");
            if !last.as_ref().is_some_and(|(d, c, _)| *d == day && c == unit) {
                close(last.take());
                last = Some((day, unit.to_owned(), (0, 0, 0)));
            }
            if let Some((_, _, sum)) = &mut last {
                sum.0 += 1;
                sum.1 = sum.1.saturating_add(amount(billed));
                sum.2 = sum.2.saturating_add(amount(effective));
            }
        }
        close(last);
    }
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_rows_agree_only_exactly() {
        let sums = ControlSums { lines: 8, rows: 9, amount: 215, uncancelled: 0, billed: 215, effective: 215 };
        let line = Line { counted: sums, kept: (9, 215, 215), ..Line::default() };
        assert!(line.agrees());
        assert!(!Line { kept: (9, 214, 215), ..line.clone() }.agrees());
        assert!(!Line { kept: (8, 215, 215), ..line.clone() }.agrees());
        let half = ControlSums { amount: 224, uncancelled: 9, ..sums };
        assert!(Line { counted: half, ..line }.agrees(), "covered usage without its counter entry is not billed");
    }
}
