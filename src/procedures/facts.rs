//! What SQL cannot decide about configuration, as tables: what networks open, who may reach resources, what policies grant
//! and where that leads. Computed when a table is first asked for, from the versions of items that are valid.

use polars::prelude::{Column, DataFrame, PolarsResult};
use serde_json::Value;

use super::{event_openings, exposures, grants, openings, powers, standings, trail_states};
use crate::ingest::batch::Batch;
use crate::schema::Schema;
use crate::store::StoreError;

/// Tables that are computed here.
pub const TABLES: [&str; 10] = [
    event_openings::EVENT_OPENINGS,
    exposures::EXPOSURES,
    exposures::TRANSPORT,
    grants::GRANTS,
    openings::OPENINGS,
    openings::PORTS,
    powers::POWERS,
    standings::ESCALATIONS,
    standings::STANDINGS,
    trail_states::TRAIL_STATES,
];

/// Types of the resources that a table of facts has a row for, whichever form they were delivered in.
pub fn types(table: &str) -> &'static [&'static str] {
    if table == trail_states::TRAIL_STATES { &[trail_states::TYPE] } else { &[] }
}

/// What facts are computed from.
pub trait Evidence {
    /// A table as queries see it.
    ///
    /// # Errors
    /// When it cannot be read.
    fn frame(&self, name: &str) -> Result<DataFrame, StoreError>;

    /// The valid versions of the items of some types, with the columns of `config_items`.
    ///
    /// # Errors
    /// When they cannot be read.
    fn items(&self, types: &[&str]) -> Result<DataFrame, StoreError>;

    /// Events of these names in the period, some columns.
    ///
    /// # Errors
    /// When they cannot be read.
    fn events(&self, names: &[&str], columns: &[&str]) -> Result<DataFrame, StoreError>;

    /// An error of the query engine over a table.
    fn error(&self, name: &str, error: polars::prelude::PolarsError) -> StoreError;
}

/// A table of facts, and those computed with it.
///
/// # Errors
/// When what it is computed from cannot be read.
pub fn compute(name: &str, schema: &Schema, evidence: &dyn Evidence) -> Result<Vec<Batch>, StoreError> {
    match name {
        event_openings::EVENT_OPENINGS => event_openings::compute(schema, evidence),
        exposures::EXPOSURES | exposures::TRANSPORT => exposures::compute(schema, evidence),
        grants::GRANTS => grants::compute(schema, evidence),
        openings::OPENINGS | openings::PORTS => openings::compute(schema, evidence),
        powers::POWERS => powers::compute(schema, evidence),
        standings::ESCALATIONS | standings::STANDINGS => standings::compute(schema, evidence),
        trail_states::TRAIL_STATES => trail_states::compute(schema, evidence),
        _ => Ok(Vec::new()),
    }
}

/// A valid version of an item.
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
        let frame = evidence.items(types)?;
        let mut items = Self::of(&frame).map_err(|e| evidence.error("config_items", e))?;
        items.sort_by(|a, b| (&a.account, &a.region, &a.kind, &a.id, &a.item_id).cmp(&(&b.account, &b.region, &b.kind, &b.id, &b.item_id)));
        Ok(items)
    }

    fn of(frame: &DataFrame) -> PolarsResult<Vec<Self>> {
        let text = |name: &str| frame.column(name).and_then(|c: &Column| c.str().cloned());
        let (item_id, account, region) = (text("item_id")?, text("account_id")?, text("region")?);
        let (kind, id, name, arn) = (text("resource_type")?, text("resource_id")?, text("resource_name")?, text("arn")?);
        let (configuration, supplementary) = (text("configuration")?, text("supplementary_configuration")?);
        let (file, record) = (text("source_file_id")?, frame.column("source_record")?.i64()?.clone());
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
            file: owned(file.get(row)),
            record: record.get(row).and_then(|n| u64::try_from(n).ok()).unwrap_or_default(),
        };
        Ok((0..frame.height()).map(row).collect())
    }
}

/// A member whatever the case of its first letter: AWS Config writes some services' members as their API does.
pub fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let members = value.as_object()?;
    let found = members.get(name).or_else(|| {
        let mut letters = name.chars();
        let first = letters.next()?;
        let other = if first.is_lowercase() { first.to_ascii_uppercase() } else { first.to_ascii_lowercase() };
        members.get(&format!("{other}{}", letters.as_str()))
    })?;
    (!found.is_null()).then_some(found)
}

/// A list, or one element as a list of one; nothing for nothing.
pub fn list(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(list)) => list,
        Some(Value::Null) | None => &[],
        Some(one) => std::slice::from_ref(one),
    }
}

/// A text that is not empty.
pub fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    member(value, name)?.as_str().filter(|text| !text.is_empty())
}
