//! Files offered, their rejects and remarks, and what of their records lies outside the period.

use polars::prelude::DataFrame;

use super::basis::{Basis, int};
use crate::base::time;
use crate::engagement::Period;
use crate::ingest::batch::Batch;
use crate::ingest::remark::Remark;
use crate::schema::filled;
use crate::schema::row::Row as _;
use crate::schema::tables::{ChargeMonthsRow, CostDailyRow, FileRemarksRow, InputFilesRow, RejectedRecordsRow};
use crate::store::manifest::InputFile;
use crate::store::parquet::frame;
use crate::store::{Store, StoreError};

const DAILY: &str = CostDailyRow::TABLE.name;
const HALF_DAY: i64 = time::DAY / 2;

/// Table `input_files`.
pub(super) fn input_files(basis: &Basis<'_>) -> Result<Option<Batch>, StoreError> {
    let Some(mut t) = basis.batch(InputFilesRow::TABLE.name) else { return Ok(None) };
    for file in basis.store.manifest.files.values() {
        let events = basis.scope.outside.get(&file.file_id).copied().unwrap_or(0);
        let outside = events.saturating_add(charges_outside(basis, file)?).min(file.kept);
        for (copy, path) in file.paths.iter().enumerate() {
            t.push(
                0,
                &InputFilesRow {
                    file_id: Some(&file.file_id),
                    path: Some(path),
                    sha256: Some(file.sha256.as_str()).filter(|_| !file.is_without_hash()),
                    content_sha256: file.content_sha256.as_deref(),
                    bytes: int(file.bytes),
                    format: Some(file.format.label()),
                    evidence_grade: Some(file.format.evidence().0.word()),
                    evidence_limits: filled(file.format.evidence().1),
                    records_read: int(file.read),
                    records_kept: int(file.kept),
                    records_duplicate: int(file.duplicate),
                    records_out_of_scope: int(file.out_of_scope),
                    records_rejected: int(file.rejected),
                    first_time: file.first_time,
                    last_time: file.last_time,
                    file_name: Some(path.rsplit('/').next().unwrap_or(path)),
                    source_kind: file.format.declaration().source,
                    is_copy: Some(copy > 0),
                    records_outside: int(outside),
                    is_cut: Some(is_cut(file)),
                    set_apart: file.out_of_scope_reason.as_deref(),
                    // What is set apart in other files is no event.
                    is_restated: Some(file.out_of_scope_reason.is_some() && file.format.is_charges()),
                },
            );
        }
    }
    Ok(Some(t))
}

/// Whether a file ends early or is damaged.
fn is_cut(file: &InputFile) -> bool {
    file.notes.iter().any(Remark::is_cut)
}

/// Table `rejected_records`. The manifest keeps at most a thousand of each file.
pub(super) fn rejected_records(store: &Store) -> Option<Batch> {
    let mut t = Batch::new(store.schema().table(RejectedRecordsRow::TABLE.name)?);
    for file in store.manifest.files.values() {
        for reject in &file.rejects {
            t.push(
                0,
                &RejectedRecordsRow {
                    file_id: Some(&file.file_id),
                    record: int(reject.record),
                    byte_offset: reject.byte_offset.and_then(int),
                    reason: Some(&reject.reason),
                },
            );
        }
    }
    Some(t)
}

/// Table `file_remarks`. That a file is cut is a column of `input_files`.
pub(super) fn remarks(store: &Store) -> Option<Batch> {
    let mut t = Batch::new(store.schema().table(FileRemarksRow::TABLE.name)?);
    for file in store.manifest.files.values() {
        let path = Some(file.paths.first().map_or("", String::as_str));
        for note in file.notes.iter().filter(|note| !note.is_cut()) {
            let (times, text) = match note {
                Remark::Counted { times, what } => (int(*times), what.clone()),
                other => (None, other.to_string()),
            };
            t.push(0, &FileRemarksRow { file_id: Some(&file.file_id), path, times, remark: Some(&text) });
        }
    }
    Some(t)
}

/// Table `charge_months`: whole months, since bills are monthly.
pub(super) fn charge_months(basis: &Basis<'_>) -> Option<Batch> {
    let mut t = basis.batch(ChargeMonthsRow::TABLE.name)?;
    let (first, last) = months(basis.period)?;
    let mut day = time::day_of(basis.period.start + HALF_DAY);
    while time::month_text(day - 1) == first {
        day -= 1;
    }
    let (mut month, mut days) = (first, 0_u64);
    loop {
        let of_day = time::month_text(day);
        if of_day != month {
            t.push(0, &ChargeMonthsRow { charge_month: Some(&month), days: int(days) });
            (month, days) = (of_day, 0);
        }
        if month > last {
            return Some(t);
        }
        days += 1;
        day += 1;
    }
}

/// First and last month the period touches. Half a day inside, since the period may be in another zone than the bill.
fn months(period: &Period) -> Option<(String, String)> {
    let month = |t: i64| time::month_text(time::day_of(t));
    period.known.then(|| (month(period.start + HALF_DAY), month(period.end - HALF_DAY - 1)))
}

/// Charges of a file whose month the period does not touch.
fn charges_outside(basis: &Basis<'_>, file: &InputFile) -> Result<u64, StoreError> {
    if !file.rows.contains_key(DAILY) || file.out_of_scope_reason.is_some() {
        return Ok(0);
    }
    let (first, last) = months(basis.period).unwrap_or_default();
    let is_inside = |month: &str| (first.as_str()..=last.as_str()).contains(&month);
    let touches = |t: Option<i64>| t.is_some_and(|t| is_inside(&time::month_text(time::day_of(t))));
    if touches(file.first_time) && touches(file.last_time) {
        return Ok(0);
    }
    let path = basis.store.stored_path(DAILY, &format!("{}.parquet", file.file_id));
    let rows: DataFrame = frame::read(&path, Some(&[CostDailyRow::charge_month, CostDailyRow::charge_rows].map(str::to_owned)))?;
    let months = basis.texts(&rows, CostDailyRow::charge_month)?;
    let counts = rows.column(CostDailyRow::charge_rows).and_then(|c| c.i64().cloned()).map_err(|e| StoreError::polars(&path, e))?;
    let outside = months.iter().zip(counts.iter()).filter(|(month, _)| !month.is_empty() && !is_inside(month));
    Ok(outside.map(|(_, n)| n.and_then(|n| u64::try_from(n).ok()).unwrap_or(0)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engagement::Engagement;

    #[test]
    fn months_are_those_that_the_period_touches() {
        let of = |from: &str, to: &str| months(&Engagement::default().period(Some(from), Some(to), None, None).unwrap());
        let both = |first: &str, last: &str| Some((first.to_owned(), last.to_owned()));
        assert_eq!(of("2026-04-01", "2026-06-30"), both("2026-04", "2026-06"));
        assert_eq!(of("2026-04-30", "2026-05-01"), both("2026-04", "2026-05"));
        assert_eq!(of("2026-05-09", "2026-05-09"), both("2026-05", "2026-05"));
    }
}
