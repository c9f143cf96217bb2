//! The versions of items that facts are computed from, and when each held.

use std::collections::BTreeSet;

use polars::prelude::{Column, DataFrame, DataType, PolarsResult};
use serde_json::Value;

use super::evidence::{Evidence, Which};
use crate::schema::tables::{ConfigItemsRow, ItemColumns, ItemValidityRow};
use crate::schema::{SOURCE_FILE_ID, SOURCE_RECORD};
use crate::store::StoreError;

/// A version of an item.
#[derive(Debug, Clone, Default)]
pub struct Item {
    /// Id of the version.
    pub item_id: String,
    /// 12 digits.
    pub account: String,
    /// Region, or `global`.
    pub region: String,
    /// Type.
    pub kind: String,
    /// AWS Config's `resourceId`.
    pub id: String,
    /// Name, else the id.
    pub name: String,
    /// ARN; empty when not stated.
    pub arn: String,
    /// `configuration`; null when not delivered.
    pub configuration: Value,
    /// `supplementaryConfiguration`; null when not delivered.
    pub supplementary: Value,
    /// When it stood.
    pub span: Validity,
    /// Whether the resource may have been there before, in a version that no file holds.
    pub earlier_unknown: bool,
    /// File.
    pub file: String,
    /// Record in the file.
    pub record: u64,
}

impl Item {
    /// The valid versions of the items of some types, in the order of account, Region, type and id.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn read(evidence: &dyn Evidence, types: &[&str]) -> Result<Vec<Self>, StoreError> {
        Self::versions(Which::Standing, evidence, types)
    }

    /// The same of versions that may have ended; those of a resource in the order of time.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn versions(which: Which, evidence: &dyn Evidence, types: &[&str]) -> Result<Vec<Self>, StoreError> {
        let frame = match which {
            Which::Standing => evidence.items(types)?,
            Which::All => evidence.item_versions(types)?,
        };
        let mut items = Self::of(&frame).map_err(|e| evidence.error("config_items", e))?;
        let place = |item: &Self| (item.span.from, item.span.to.is_none(), item.span.to);
        items.sort_by(|a, b| {
            let resource = (&a.account, &a.region, &a.kind, &a.id).cmp(&(&b.account, &b.region, &b.kind, &b.id));
            resource.then_with(|| place(a).cmp(&place(b))).then_with(|| a.item_id.cmp(&b.item_id))
        });
        Ok(items)
    }

    pub(super) fn of(frame: &DataFrame) -> PolarsResult<Vec<Self>> {
        let text = |name: &str| frame.column(name).and_then(|c: &Column| c.str().cloned());
        let (item_id, account, region) = (text(ItemColumns::item_id)?, text(ItemColumns::account_id)?, text(ItemColumns::region)?);
        let (kind, id, name, arn) = (
            text(ItemColumns::resource_type)?,
            text(ItemColumns::resource_id)?,
            text(ItemColumns::resource_name)?,
            text(ItemColumns::arn)?,
        );
        let (configuration, supplementary) = (text(ConfigItemsRow::configuration)?, text(ConfigItemsRow::supplementary_configuration)?);
        let (file, record) = (text(SOURCE_FILE_ID)?, frame.column(SOURCE_RECORD)?.i64()?.clone());
        let time = |name: &str| frame.column(name)?.cast(&DataType::Int64)?.i64().cloned();
        // Standing versions have no end, and rows of a case none either.
        let (from, to) = (time(ItemColumns::captured_at)?, time(ItemValidityRow::valid_to).ok());
        let earlier = frame.column(ItemValidityRow::earlier_unknown).and_then(|c| c.bool().cloned()).ok();
        let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
        // What was kept as a document is one; a text that is none says nothing.
        let document = |text: Option<&str>| text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
        let row = |row: usize| Self {
            item_id: owned(item_id.get(row)),
            account: owned(account.get(row)),
            region: owned(region.get(row)),
            kind: owned(kind.get(row)),
            id: owned(id.get(row)),
            name: owned(name.get(row).or(id.get(row))),
            arn: owned(arn.get(row)),
            configuration: document(configuration.get(row)),
            supplementary: document(supplementary.get(row)),
            span: Validity { from: from.get(row), to: to.as_ref().and_then(|to| to.get(row)) },
            earlier_unknown: earlier.as_ref().is_none_or(|earlier| earlier.get(row) != Some(false)),
            file: owned(file.get(row)),
            record: record.get(row).and_then(|n| u64::try_from(n).ok()).unwrap_or_default(),
        };
        Ok((0..frame.height()).map(row).collect())
    }
}

/// When a fact held, in UTC microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Validity {
    /// Capture time of the version that shows it first; `None` where that is not stated.
    pub from: Option<i64>,
    /// When a later version or a deletion ended it; `None`: it stands at the as-of date.
    pub to: Option<i64>,
}

impl Validity {
    /// The stretches between changes of what else a fact rests on. Of standing versions only the last one counts.
    pub fn cut(self, which: Which, changes: impl IntoIterator<Item = i64>) -> Vec<Self> {
        let inside = |at: &i64| self.from.is_none_or(|from| from < *at) && self.to.is_none_or(|to| *at < to);
        let cuts: BTreeSet<i64> = changes.into_iter().filter(inside).collect();
        let ends = cuts.iter().copied().map(Some).chain([self.to]);
        let starts = [self.from].into_iter().chain(cuts.iter().copied().map(Some));
        let mut all: Vec<Self> = starts.zip(ends).map(|(from, to)| Self { from, to }).collect();
        if which == Which::Standing {
            all.drain(..all.len() - 1);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_cut_where_what_it_rests_on_changes() {
        let span = |from, to| Validity { from, to };
        let cut = |from, to, which| span(from, to).cut(which, [5, 10, 20]);
        assert_eq!(cut(Some(5), Some(20), Which::All), [span(Some(5), Some(10)), span(Some(10), Some(20))]);
        assert_eq!(cut(None, None, Which::All).len(), 4);
        assert_eq!(cut(Some(30), None, Which::All), [span(Some(30), None)]);
        assert_eq!(cut(Some(7), None, Which::Standing), [span(Some(20), None)]);
        assert_eq!(span(None, None).cut(Which::Standing, []), [span(None, None)]);
    }
}
