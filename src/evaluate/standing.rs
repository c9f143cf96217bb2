//! Of results and reports that were delivered several times, those that stand.

use std::collections::BTreeMap;

use polars::prelude::*;

use crate::store::findings;

/// Results that hold: of those that items tell, what the last version of the item says, unless it is gone. A rule that the
/// last version names no more has no result any more.
pub(super) fn standing_results(frame: DataFrame, current: &DataFrame) -> PolarsResult<DataFrame> {
    let keys = [col("source_file_id"), col("source_record")];
    let of_items = col("origin").eq(lit("item"));
    let standing = current.clone().lazy().with_column(lit(true).alias("stands"));
    let how = JoinArgs { maintain_order: MaintainOrderJoin::Left, ..JoinArgs::new(JoinType::Left) };
    let names: Vec<Expr> = frame.get_column_names_owned().into_iter().map(col).collect();
    let joined = frame.lazy().join(standing, keys.clone(), keys, how);
    joined.filter(of_items.not().or(col("stands").is_not_null())).select(names).collect()
}

/// Of a finding delivered several times, its last state.
pub(super) fn last_states(frame: &DataFrame) -> PolarsResult<DataFrame> {
    let mask: BooleanChunked = findings::standing(frame)?.into_iter().map(Some).collect();
    frame.filter(&mask)
}

/// Of several credential reports of an account, the one made nearest to the as-of date, which says most of how things stood
/// then: by its generation time where the export states it, else by the latest time any of its cells states. Of two as
/// near, the one whose cells reach further.
pub(super) fn reports_as_at(frame: DataFrame, as_of: i64) -> PolarsResult<DataFrame> {
    const TIMES: [&str; 5] =
        ["password_last_used_at", "access_key_1_last_used_at", "access_key_2_last_used_at", "access_key_1_last_rotated_at", "created_at"];
    if frame.height() == 0 {
        return Ok(frame);
    }
    let (account, file) = (frame.column("account_id")?.str()?.clone(), frame.column("source_file_id")?.str()?.clone());
    let latest = |names: &[&str]| -> PolarsResult<BTreeMap<(String, String), i64>> {
        let mut times: BTreeMap<(String, String), i64> = BTreeMap::new();
        for name in names {
            let column = frame.column(name)?.cast(&DataType::Int64)?;
            for row in 0..frame.height() {
                if let Some(at) = column.i64()?.get(row) {
                    let key = (account.get(row).unwrap_or("").to_owned(), file.get(row).unwrap_or("").to_owned());
                    let best = times.entry(key).or_insert(at);
                    *best = (*best).max(at);
                }
            }
        }
        Ok(times)
    };
    let (made, stated) = (latest(&["report_generated_at"])?, latest(&TIMES)?);
    /// How far from the as-of date, how far from it its cells end, and the file.
    type Near = (u64, u64, String);
    let mut chosen: BTreeMap<String, Near> = BTreeMap::new();
    for key in made.keys().chain(stated.keys()) {
        let reach = stated.get(key).or(made.get(key)).copied().unwrap_or(i64::MIN);
        let at = made.get(key).copied().unwrap_or(reach);
        let near = (as_of.abs_diff(at), as_of.abs_diff(reach), key.1.clone());
        let best = chosen.entry(key.0.clone()).or_insert_with(|| near.clone());
        if near < *best {
            *best = near;
        }
    }
    let mask: BooleanChunked = (0..frame.height())
        .map(|row| {
            let (account, file) = (account.get(row).unwrap_or(""), file.get(row).unwrap_or(""));
            Some(chosen.get(account).is_none_or(|(_, _, f)| f == file))
        })
        .collect();
    frame.filter(&mask)
}
