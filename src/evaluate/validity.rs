//! When each version of a configuration item stood: from its capture until the next version or the deletion of the resource.

use std::collections::BTreeMap;
use std::sync::Arc;

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::versions::{Items, Rank};
use crate::base::time::DAY;
use crate::ingest::batch::Batch;
use crate::schema::Table;
use crate::schema::tables::ItemValidityRow;
use crate::store::manifest::InputFile;
use crate::store::parquet::frame::{self, Source};

/// The table.
pub const VALIDITY: &str = "item_validity";

/// Columns of `config_items` that it is made from, beside those that decide which versions count.
pub const COLUMNS: [&str; 1] = ["created_at"];

/// How long before its first capture a resource may have been created, so that nothing of it was missed: AWS Config
/// records within minutes, and snapshots come daily at the latest.
const SOON: i64 = DAY;

/// One version.
struct Version {
    rank: Rank,
    at: i64,
    state: i64,
    row: usize,
}

/// The versions captured before the as-of date, each once, and when they stood. A notice that a resource is not recorded ends
/// a version where a later one is there: what was in between is not known. Of a resource that AWS Config and others
/// know, AWS Config's count, as in [`super::versions`]; of answers without a time only the last one.
///
/// # Errors
/// When a column has another type.
pub fn validity(read: &DataFrame, files: Option<&BTreeMap<String, InputFile>>, as_of: i64, table: Arc<Table>) -> PolarsResult<DataFrame> {
    let items = Items::of(read)?;
    let created = read.column("created_at")?.cast(&DataType::Int64)?.i64()?.clone();
    let shown = last_shown(&items, files);
    let mut resources: BTreeMap<_, Vec<Version>> = BTreeMap::new();
    // When a resource was said not to be recorded.
    let mut notices: BTreeMap<_, Vec<i64>> = BTreeMap::new();
    // Since when an account and Region is known to be recorded.
    let mut since: FxHashMap<(&str, &str), i64> = FxHashMap::default();
    for row in items.best_copies(files, as_of) {
        let Some(at) = items.at(row, as_of) else { continue };
        let (rank, state, key) = (items.rank(row), items.state(row), items.key(row));
        if items.is_notice(row) {
            // Another Region's recorder says nothing about what is global.
            if !key.2.starts_with("AWS::IAM::") && at != i64::MIN {
                notices.entry(key).or_default().push(at);
            }
            continue;
        }
        if rank == Rank::Item {
            let first = since.entry((key.0, key.1)).or_insert(at);
            *first = at.min(*first);
        }
        resources.entry(key).or_default().push(Version { rank, at, state, row });
    }

    let mut out = Batch::new(table);
    for (key, mut versions) in resources {
        let best = versions.iter().map(|version| version.rank).max();
        versions.retain(|version| Some(version.rank) == best);
        versions.sort_by_key(|version| (version.at, version.state, version.row));
        if best == Some(Rank::Partial) {
            versions.drain(..versions.len() - 1);
        }
        let notices = notices.get(&key).map_or(&[][..], Vec::as_slice);
        let notice = |after: i64, before: i64| notices.iter().copied().filter(|at| after < *at && *at < before).min();
        for (number, version) in versions.iter().enumerate() {
            let row = version.row;
            if items.is_gone(row) {
                continue;
            }
            let from = (version.at != i64::MIN).then_some(version.at);
            let to = versions.get(number + 1).map(|next| notice(version.at, next.at).unwrap_or(next.at));
            let resumed = || versions.get(number.wrapping_sub(1)).is_some_and(|last| notice(last.at, version.at).is_some());
            let begins = || {
                let before = version.at.saturating_sub(SOON);
                let is_new = created.get(row).map_or_else(|| since.get(&(key.0, key.1)).is_some_and(|at| *at <= before), |at| at >= before);
                is_new && items.is_first_recording(row)
            };
            let item = items.item.get(row).unwrap_or_default();
            let shown_until = [from, to, shown.get(item).copied()].into_iter().flatten().max();
            let record = items.record.get(row).unwrap_or(u64::MAX);
            out.push(
                record,
                &ItemValidityRow {
                    item_id: Some(item),
                    account_id: items.account.get(row),
                    region: items.region.get(row),
                    resource_type: items.kind.get(row),
                    resource_id: items.id.get(row),
                    valid_from: from,
                    valid_to: to,
                    shown_until,
                    earlier_unknown: Some(if number == 0 { !begins() } else { resumed() }),
                    source_file_id: items.file.get(row),
                    source_record: Some(i64::try_from(record).unwrap_or(i64::MAX)),
                },
            );
        }
    }
    frame::frame(&out, Source::None)
}

/// When the last file was taken that holds a copy of a version, by the version's id.
fn last_shown<'i>(items: &'i Items, files: Option<&BTreeMap<String, InputFile>>) -> FxHashMap<&'i str, i64> {
    let mut last: FxHashMap<&str, i64> = FxHashMap::default();
    let taken: FxHashMap<&str, i64> = files.into_iter().flatten().filter_map(|(id, file)| Some((id.as_str(), file.taken()?))).collect();
    for row in 0..items.item.len() {
        let (Some(item), Some(at)) = (items.item.get(row), items.file.get(row).and_then(|file| taken.get(file))) else { continue };
        let shown = last.entry(item).or_insert(*at);
        *shown = (*shown).max(*at);
    }
    last
}
