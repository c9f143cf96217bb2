//! Snapshots and history of AWS Config, by account and Region.

use std::collections::BTreeMap;

use super::basis::int;
use crate::facts::snapshots::places;
use crate::ingest::batch::Batch;
use crate::ingest::detect::Format;
use crate::schema::row::Row as _;
use crate::schema::tables::ConfigDeliveriesRow;
use crate::store::Store;

/// What was delivered, by the names of the files and, where these do not say it, by their items.
#[derive(Default)]
pub(super) struct Deliveries {
    /// Times at which snapshots were taken, UTC microseconds, oldest first.
    pub(super) snapshots: BTreeMap<(String, String), Vec<i64>>,
    /// Number of history files.
    pub(super) history: BTreeMap<(String, String), u64>,
}

impl Deliveries {
    pub(super) fn read(store: &Store) -> Self {
        let mut all = Self::default();
        for file in store.manifest.files.values() {
            for place in places(file) {
                match (file.format, file.taken()) {
                    (Format::ConfigSnapshot, Some(at)) => all.snapshots.entry(place).or_default().push(at),
                    (Format::ConfigHistory, _) => *all.history.entry(place).or_default() += 1,
                    _ => {}
                }
            }
        }
        all.snapshots.values_mut().for_each(|list| list.sort_unstable());
        all
    }

    /// Table `config_deliveries`.
    pub(super) fn table(&self, store: &Store) -> Option<Batch> {
        let mut t = Batch::new(store.schema().table(ConfigDeliveriesRow::TABLE.name)?);
        for file in store.manifest.files.values() {
            let (kind, taken) = match file.format {
                Format::ConfigSnapshot => ("snapshot", file.taken()),
                Format::ConfigHistory => ("history", None),
                _ => continue,
            };
            let mut push = |account: Option<&str>, region: Option<&str>| {
                t.push(
                    0,
                    &ConfigDeliveriesRow {
                        file_id: Some(&file.file_id),
                        kind: Some(kind),
                        account_id: account,
                        region,
                        taken_at: taken,
                        taken_epoch: taken.map(|t| t.div_euclid(1_000_000)),
                        items: int(file.read),
                    },
                );
            };
            let places = places(file);
            if places.is_empty() || kind == "snapshot" && taken.is_none() {
                push(None, None);
                continue;
            }
            places.iter().for_each(|(account, region)| push(Some(account), Some(region)));
        }
        Some(t)
    }
}
