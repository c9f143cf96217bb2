//! Which delivery of a finding counts. Other tools deliver a finding again whenever it changes; its last
//! state is the finding, what came before is a copy or an earlier state of it.

use crate::schema::tables::ThirdPartyFindingsRow;
use std::collections::BTreeMap;

use polars::prelude::*;

/// Source, product, account, Region and id of a finding.
type Key<'k> = [&'k str; 5];

/// For each row of `third_party_findings`, in the order of files and records, whether it is the last state of
/// its finding: by the time it was updated, else last seen; of several with the same time the first row.
///
/// # Errors
/// When a column is missing or of another type.
pub fn standing(frame: &DataFrame) -> PolarsResult<Vec<bool>> {
    const NAMES: [&str; 5] = [
        ThirdPartyFindingsRow::source,
        ThirdPartyFindingsRow::product,
        ThirdPartyFindingsRow::account_id,
        ThirdPartyFindingsRow::region,
        ThirdPartyFindingsRow::finding_id,
    ];
    let texts: Vec<StringChunked> = NAMES.iter().map(|name| frame.column(name)?.str().cloned()).collect::<PolarsResult<_>>()?;
    let time = |name: &str| frame.column(name)?.cast(&DataType::Int64)?.i64().cloned();
    let (updated, seen) = (time(ThirdPartyFindingsRow::updated_at)?, time(ThirdPartyFindingsRow::last_observed_at)?);
    let mut last: BTreeMap<Key<'_>, ((i64, i64), usize)> = BTreeMap::new();
    for row in 0..frame.height() {
        let mut key = [""; 5];
        for (part, column) in key.iter_mut().zip(&texts) {
            *part = column.get(row).unwrap_or("");
        }
        let at = (updated.get(row).unwrap_or(i64::MIN), seen.get(row).unwrap_or(i64::MIN));
        let best = last.entry(key).or_insert((at, row));
        if at > best.0 {
            *best = (at, row);
        }
    }
    let mut standing = vec![false; frame.height()];
    for (_, row) in last.into_values() {
        standing[row] = true;
    }
    Ok(standing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_update_stands_and_copies_do_not() {
        let frame = df!(
            "source" => ["a", "a", "a", "b", "a", "a"],
            "product" => [None::<&str>, None, None, None, None, None],
            "account_id" => ["1", "1", "1", "1", "2", "1"],
            "region" => [None::<&str>, None, None, None, None, None],
            "finding_id" => ["f", "f", "f", "f", "f", "g"],
            "updated_at" => [Some(1_i64), Some(3), Some(3), Some(1), None, None],
            "last_observed_at" => [None::<i64>, None, None, None, None, None],
        )
        .unwrap();
        assert_eq!(standing(&frame).unwrap(), [false, true, false, true, true, true]);
    }
}
