//! Which accounts and Regions AWS Config's files are of.

use std::collections::BTreeSet;

use crate::ingest::detect::Format;
use crate::ingest::formats::config::Context;
use crate::store::Store;
use crate::store::manifest::InputFile;

/// Accounts and Regions with a snapshot.
pub fn snapshots(store: &Store) -> BTreeSet<(String, String)> {
    store.manifest.files.values().filter(|file| file.format == Format::ConfigSnapshot).flat_map(places).collect()
}

/// Account and Region of a file: those of its name, else those of its items but the global ones.
pub fn places(file: &InputFile) -> Vec<(String, String)> {
    for path in &file.paths {
        let context = Context::from_path(path);
        if let (Some(account), Some(region)) = (context.account_id, context.region) {
            return vec![(account, region)];
        }
    }
    let named = file.seen.iter().filter(|(account, region)| !account.is_empty() && !region.is_empty() && *region != "global");
    named.map(|(account, region)| (account.to_owned(), region.to_owned())).collect()
}
