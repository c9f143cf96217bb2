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

/// Of several credential reports of an account, the one made last: by its generation time where the
/// export states it, else by the latest time any of its cells states.
pub(super) fn latest_reports(frame: DataFrame) -> PolarsResult<DataFrame> {
    const TIMES: [&str; 6] = [
        "report_generated_at",
        "password_last_used_at",
        "access_key_1_last_used_at",
        "access_key_2_last_used_at",
        "access_key_1_last_rotated_at",
        "created_at",
    ];
    if frame.height() == 0 {
        return Ok(frame);
    }
    let (account, file) = (frame.column("account_id")?.str()?.clone(), frame.column("source_file_id")?.str()?.clone());
    let mut times: BTreeMap<(String, String), i64> = BTreeMap::new();
    for name in TIMES {
        let column = frame.column(name)?.cast(&DataType::Int64)?;
        for row in 0..frame.height() {
            if let Some(at) = column.i64()?.get(row) {
                let key = (account.get(row).unwrap_or("").to_owned(), file.get(row).unwrap_or("").to_owned());
                let best = times.entry(key).or_insert(at);
                *best = (*best).max(at);
            }
        }
    }
    let mut chosen: BTreeMap<String, (i64, String)> = BTreeMap::new();
    for ((account, file), at) in times {
        let best = chosen.entry(account).or_insert((at, file.clone()));
        if at > best.0 {
            *best = (at, file);
        }
    }
    let mask: BooleanChunked = (0..frame.height())
        .map(|row| {
            let (account, file) = (account.get(row).unwrap_or(""), file.get(row).unwrap_or(""));
            Some(chosen.get(account).is_none_or(|(_, f)| f == file))
        })
        .collect();
    frame.filter(&mask)
}
