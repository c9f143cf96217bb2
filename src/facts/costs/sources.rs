//! Cost files and the sources they belong to, and values as cells of the tables about them.

use std::collections::BTreeMap;

use crate::store::Store;
use crate::store::manifest::{BillingSource, InputFile};

pub(super) fn count(n: u64) -> Option<i64> {
    Some(i64::try_from(n).unwrap_or(i64::MAX))
}

/// Cost files, each content once, with the source they belong to and their delivery, in the order of their ids.
pub(super) fn files(store: &Store) -> impl Iterator<Item = (&InputFile, Option<&BillingSource>, &str)> {
    let mut place: BTreeMap<&str, (&BillingSource, &str)> = BTreeMap::new();
    for source in &store.manifest.billing {
        for (delivery, ids) in &source.superseded {
            for id in ids {
                place.entry(id).or_insert((source, delivery));
            }
        }
    }
    // A file that counts somewhere is listed there, also when an older delivery held it already.
    for source in &store.manifest.billing {
        for id in &source.files {
            place.insert(id, (source, &source.assembly));
        }
    }
    store.manifest.files.values().filter(|f| f.format.is_charges() && f.copy_of.is_none()).map(move |file| {
        match place.get(file.file_id.as_str()) {
            Some((source, delivery)) => (file, Some(*source), *delivery),
            None => (file, None, ""),
        }
    })
}

/// Name of the source of a file; files of no source share one.
pub(super) fn name_of(source: Option<&BillingSource>) -> &str {
    source.map_or("(no source)", |s| s.name.as_str())
}
