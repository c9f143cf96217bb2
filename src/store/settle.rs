//! What can only be said once all files are read: copies of configuration items across snapshots, and which
//! deliveries of cost data count.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Store, StoreError, billing, findings};
use crate::ingest::batch::{Batch, Cell};
use crate::ingest::{formats::cost, reading::dict};
use crate::schema::Schema;
use crate::schema::row::{Columns as _, Row as _, position};
use crate::schema::tables::{CostTagsRow, CostsRow, ItemColumns, ThirdPartyFindingsRow};
use crate::schema::{SOURCE_FILE_ID, SOURCE_RECORD};

/// Settles copies and superseded files after new files came in.
///
/// # Errors
/// When a table cannot be read back.
pub fn settle(store: &mut Store, fresh: &BTreeSet<String>) -> Result<(), StoreError> {
    billing::settle(&mut store.manifest);
    let config = |f: &super::manifest::InputFile| f.rows.contains_key("config_items");
    if store.manifest.files.values().any(|f| fresh.contains(&f.file_id) && config(f)) {
        count_item_copies(store)?;
    }
    let found = |f: &super::manifest::InputFile| f.rows.contains_key(FINDINGS);
    if store.manifest.files.values().any(|f| fresh.contains(&f.file_id) && found(f)) {
        count_earlier_states(store)?;
    }
    Ok(())
}

const FINDINGS: &str = ThirdPartyFindingsRow::TABLE.name;

/// A finding delivered several times is one finding, its last state. A record counts as a copy when none of
/// its rows stands. Counts are taken afresh over all files, so that runs do not matter.
fn count_earlier_states(store: &mut Store) -> Result<(), StoreError> {
    let Some(table) = store.schema().table(FINDINGS) else { return Ok(()) };
    let frame = store.read(&table, None)?;
    let error = |e| StoreError::polars(store.folder(), e);
    let standing = findings::standing(&frame).map_err(error)?;
    let files = frame.column(SOURCE_FILE_ID).and_then(|c| c.str().cloned()).map_err(error)?;
    let records = frame.column(SOURCE_RECORD).and_then(|c| c.i64().cloned()).map_err(error)?;
    let mut stands: BTreeMap<(&str, i64), bool> = BTreeMap::new();
    for ((file, record), standing) in files.iter().zip(records.iter()).zip(standing) {
        if let (Some(file), Some(record)) = (file, record) {
            *stands.entry((file, record)).or_default() |= standing;
        }
    }
    let mut earlier: BTreeMap<String, u64> = BTreeMap::new();
    for ((file, _), _) in stands.iter().filter(|(_, stands)| !**stands) {
        *earlier.entry((*file).to_owned()).or_default() += 1;
    }
    for file in store.manifest.files.values_mut().filter(|f| f.rows.contains_key(FINDINGS)) {
        let understood = file.kept + file.duplicate;
        file.duplicate = earlier.get(&file.file_id).copied().unwrap_or(0).min(understood);
        file.kept = understood - file.duplicate;
    }
    Ok(())
}

/// A configuration item delivered in several snapshots is one item; the file with the smallest id
/// keeps it. Counts are taken afresh over all files, so that runs do not matter.
fn count_item_copies(store: &mut Store) -> Result<(), StoreError> {
    let Some(table) = store.schema().table("config_items") else { return Ok(()) };
    let columns = [ItemColumns::item_id.to_owned(), SOURCE_FILE_ID.to_owned(), SOURCE_RECORD.to_owned()];
    let frame = store.read(&table, Some(&columns))?;
    let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned()).map_err(|e| StoreError::polars(store.folder(), e));
    let (items, files) = (text(ItemColumns::item_id)?, text(SOURCE_FILE_ID)?);
    let mut seen: rustc_hash::FxHashSet<&str> = rustc_hash::FxHashSet::default();
    let mut copies: BTreeMap<String, u64> = BTreeMap::new();
    // Parts are read in the order of file ids, so the first one seen is the one that counts.
    for (item, file) in items.iter().zip(files.iter()) {
        if let (Some(item), Some(file)) = (item, file)
            && !seen.insert(item)
        {
            *copies.entry(file.to_owned()).or_default() += 1;
        }
    }
    for file in store.manifest.files.values_mut().filter(|f| f.rows.contains_key("config_items")) {
        let understood = file.kept + file.duplicate;
        file.duplicate = copies.get(&file.file_id).copied().unwrap_or(0).min(understood);
        file.kept = understood - file.duplicate;
    }
    Ok(())
}

/// Tag texts remembered; beyond it the memory starts anew.
const REMEMBERED: usize = 4_096;

/// A tag of a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Tag {
    /// As delivered, without the prefix `user`.
    key: String,
    /// The key as [`cost::folded_key`] makes it.
    folded: String,
    value: String,
}

/// Splits charges by their tags, for the rollup `cost_tags`. Most charges carry the tags of one seen before.
#[derive(Debug, Default)]
pub struct TagRows {
    /// The tags of each tag text.
    seen: FxHashMap<String, Vec<Tag>>,
}

impl TagRows {
    /// The tags of a batch of charges, a row for each tag of the charges that are alike but for their amount.
    pub fn of(&mut self, schema: &Schema, batch: &Batch) -> Batch {
        let Some(table) = schema.table(CostTagsRow::TABLE.name) else { return Batch::new(Arc::clone(batch.table())) };
        let mut out = Batch::new(table);
        let [month, account, currency, service, tags, cost, folded] = const {
            [
                position(CostsRow::COLUMNS, CostsRow::charge_month),
                position(CostsRow::COLUMNS, CostsRow::SubAccountId),
                position(CostsRow::COLUMNS, CostsRow::BillingCurrency),
                position(CostsRow::COLUMNS, CostsRow::ServiceName),
                position(CostsRow::COLUMNS, CostsRow::Tags),
                position(CostsRow::COLUMNS, CostsRow::EffectiveCost),
                position(CostsRow::COLUMNS, CostsRow::x_TagKeysFolded),
            ]
        };
        let columns = [month, account, currency, service, tags].map(|column| batch.codes(column));
        // Charges alike, by the codes of what they say: the first of them, and the sum of all.
        let mut alike: FxHashMap<[u32; 5], usize> = FxHashMap::default();
        let mut sums: Vec<(usize, Option<i128>)> = Vec::new();
        for row in 0..batch.len() {
            let codes = columns.map(|codes| codes.get(row).copied().unwrap_or(dict::NULL));
            if codes[4] == dict::NULL {
                continue;
            }
            let at = *alike.entry(codes).or_insert(sums.len());
            if at == sums.len() {
                sums.push((row, None));
            }
            if let (Cell::Decimal(amount), Some((_, sum))) = (batch.cell(cost, row), sums.get_mut(at)) {
                *sum = Some(sum.map_or(amount, |sum| sum.saturating_add(amount)));
            }
        }
        for (row, sum) in sums {
            let Cell::Text(text) = batch.cell(tags, row) else { continue };
            for Tag { key, folded: folded_key, value } in self.read(text) {
                let tag = CostTagsRow {
                    charge_month: batch.cell(month, row).as_text(),
                    SubAccountId: batch.cell(account, row).as_text(),
                    BillingCurrency: batch.cell(currency, row).as_text(),
                    ServiceName: batch.cell(service, row).as_text(),
                    tag_key: Some(key),
                    folded_key: Some(folded_key),
                    is_folded: batch.cell(folded, row).as_bool(),
                    tag_value: Some(value),
                    EffectiveCost: sum,
                };
                out.push(0, &tag);
            }
        }
        out
    }

    fn read(&mut self, text: &str) -> &[Tag] {
        if !self.seen.contains_key(text) {
            if self.seen.len() >= REMEMBERED {
                self.seen.clear();
            }
            let map = serde_json::from_str::<BTreeMap<String, serde_json::Value>>(text).unwrap_or_default();
            let tags = map
                .into_iter()
                .filter_map(|(key, value)| Some(Tag { folded: cost::folded_key(&key), value: value.as_str()?.to_owned(), key }));
            self.seen.insert(text.to_owned(), tags.collect());
        }
        self.seen.get(text).map_or(&[], Vec::as_slice)
    }
}
