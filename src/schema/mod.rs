//! The declared tables: what every row of evidence looks like, before any file is read.
//!
//! Fixed tables are declared in [`tables`]; one table per resource type and the request and
//! response columns of events come from the catalogue's TOML. Types are declared, never inferred.

mod cell;
pub mod resource;
pub mod row;
pub mod tables;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

pub use cell::{Cell, filled};
pub use resource::{EventColumn, ListTable, ResourceColumn, ResourceTable, SchemaError};

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ColumnKind {
    /// VARCHAR.
    #[serde(rename = "VARCHAR")]
    Text,
    /// VARCHAR too: a long text that is hardly ever met twice, such as a JSON document.
    #[serde(rename = "VARCHAR")]
    Document,
    /// BIGINT, 64 bits with sign.
    Bigint,
    /// BOOLEAN.
    Boolean,
    /// TIMESTAMP without zone, UTC, microseconds.
    Timestamp,
    /// DATE.
    Date,
    /// DECIMAL(38,18).
    #[serde(rename = "DECIMAL(38,18)")]
    Decimal,
    /// DOUBLE.
    Double,
}

impl ColumnKind {
    /// The SQL name of the type.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Text | Self::Document => "VARCHAR",
            Self::Bigint => "BIGINT",
            Self::Boolean => "BOOLEAN",
            Self::Timestamp => "TIMESTAMP",
            Self::Date => "DATE",
            Self::Decimal => "DECIMAL(38,18)",
            Self::Double => "DOUBLE",
        }
    }
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Name as SQL sees it.
    pub name: String,
    /// Type.
    #[serde(rename = "type")]
    pub kind: ColumnKind,
    /// Meaning, or the path in the export that it comes from.
    pub doc: String,
}

/// How the rows of a table are kept in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Storage {
    /// One Parquet file per source file.
    PerFile,
    /// A few Parquet files for all source files: for rows that come from very many small files.
    Pooled,
    /// One Parquet file per event date.
    PerDate,
    /// Made at evaluation from other tables and the engagement.
    Derived,
    /// What a report came to: filled when one is made, and read from beside its evidence after.
    Reported,
}

impl Storage {
    /// Whether the rows are read from files of evidence.
    pub fn is_read(self) -> bool {
        !matches!(self, Self::Derived | Self::Reported)
    }
}

/// A declared table. Tables read from files also end with `source_file_id` and `source_record`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Name as SQL sees it.
    pub name: String,
    /// What one row is.
    pub doc: String,
    /// What its rows are counted in: the noun of one, such as `bucket` or `charge`.
    pub unit: String,
    /// Own columns, in order, without `source_file_id` and `source_record`.
    pub columns: Vec<Column>,
    /// How it is kept.
    pub storage: Storage,
    /// Whether a row is one version of a configuration item, or rests on one, so that a `_history` twin exists.
    pub versioned: bool,
    /// Whether rows know the file and record they came from.
    pub sourced: bool,
}

/// The file that a row comes from, in tables read from files.
pub const SOURCE_FILE_ID: &str = "source_file_id";
/// The record in that file.
pub const SOURCE_RECORD: &str = "source_record";

impl Table {
    /// All columns with those that name the source.
    pub fn all_columns(&self) -> Vec<Column> {
        let mut columns = self.columns.clone();
        if self.sourced {
            columns.push(Column {
                name: SOURCE_FILE_ID.to_owned(),
                kind: ColumnKind::Text,
                doc: "first 16 hex digits of the SHA-256 of the file".to_owned(),
            });
            columns.push(Column {
                name: SOURCE_RECORD.to_owned(),
                kind: ColumnKind::Bigint,
                doc: "0-based index of the record in the file".to_owned(),
            });
        }
        columns
    }
}

/// The unit of a table that declares none.
pub const ROW: &str = "row";

/// Tables of events and of what they add up to: kept by date, cut by the period.
pub const EVENT_TABLES: [&str; 5] = ["cloudtrail_events", "activity", "principal_sources", "error_activity", "event_copies"];

/// The noun for `count` of a unit: `bucket`, `buckets`.
pub fn counted(unit: &str, count: u64) -> String {
    if count == 1 {
        return unit.to_owned();
    }
    // Groups of events, accounts and Regions: the head takes the plural, and so does what stands beside it.
    if let Some((head, rest)) = unit.split_once(" of ") {
        return format!("{} of {rest}", counted(head, count));
    }
    if let Some((first, second)) = unit.split_once(" and ") {
        return format!("{} and {}", counted(first, count), counted(second, count));
    }
    let ends = |ends: &[&str]| ends.iter().any(|end| unit.ends_with(end));
    match unit.strip_suffix('y') {
        Some(stem) if !ends(&["ay", "ey", "oy", "uy"]) => format!("{stem}ies"),
        _ if ends(&["s", "x", "ch", "sh"]) => format!("{unit}es"),
        _ => format!("{unit}s"),
    }
}

/// All declared tables.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    tables: BTreeMap<String, Arc<Table>>,
    resources: Vec<Arc<ResourceTable>>,
    by_type: BTreeMap<String, Vec<usize>>,
    event_columns: Vec<EventColumn>,
}

impl Schema {
    /// The fixed tables, the resource tables and the event columns together.
    ///
    /// # Errors
    /// When two tables share a name.
    pub fn new(resources: Vec<ResourceTable>, event_columns: Vec<EventColumn>) -> Result<Self, SchemaError> {
        let mut schema = Self { event_columns, ..Self::default() };
        for table in tables::declared(&schema.event_columns) {
            schema.add(table)?;
        }
        for resource in resources {
            for table in resource.declared() {
                schema.add(table)?;
            }
            schema.by_type.entry(resource.resource_type.clone()).or_default().push(schema.resources.len());
            schema.resources.push(Arc::new(resource));
        }
        Ok(schema)
    }

    fn add(&mut self, table: Table) -> Result<(), SchemaError> {
        let name = table.name.clone();
        if self.tables.insert(name.clone(), Arc::new(table)).is_some() {
            return Err(SchemaError::Twice { table: name });
        }
        Ok(())
    }

    /// A table by name.
    pub fn table(&self, name: &str) -> Option<Arc<Table>> {
        self.tables.get(name).cloned()
    }

    /// The table that a name means in SQL: a declared one, or the versions of one (`_history`), which the flag tells.
    pub fn meant(&self, name: &str) -> Option<(Arc<Table>, bool)> {
        let versions = name.strip_suffix("_history").and_then(|base| self.table(base)).filter(|t| t.versioned);
        versions.map(|t| (t, true)).or_else(|| self.table(name).map(|t| (t, false)))
    }

    /// The names of all columns of a table or of its `_history`.
    pub fn columns_of(&self, name: &str) -> Option<Vec<String>> {
        self.meant(name).map(|(table, _)| table.all_columns().into_iter().map(|c| c.name).collect())
    }

    /// What the rows of a table are counted in; those of a `_history` are versions.
    pub fn unit(&self, name: &str) -> String {
        match self.meant(name) {
            Some((_, true)) => "version".to_owned(),
            Some((table, false)) => table.unit.clone(),
            None => ROW.to_owned(),
        }
    }

    /// All tables, by name.
    pub fn tables(&self) -> impl Iterator<Item = &Arc<Table>> + Clone {
        self.tables.values()
    }

    /// The resource tables declared for a resource type such as `AWS::S3::Bucket`.
    pub fn resources_of(&self, resource_type: &str) -> impl Iterator<Item = &Arc<ResourceTable>> {
        self.by_type.get(resource_type).into_iter().flatten().filter_map(|i| self.resources.get(*i))
    }

    /// All resource tables, in catalogue order.
    pub fn resources(&self) -> &[Arc<ResourceTable>] {
        &self.resources
    }

    /// Request and response columns of `cloudtrail_events`.
    pub fn event_columns(&self) -> &[EventColumn] {
        &self.event_columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_plurals() {
        for (unit, many) in [
            ("bucket", "buckets"),
            ("policy", "policies"),
            ("key", "keys"),
            ("IP address", "IP addresses"),
            ("VPC", "VPCs"),
            ("group of events", "groups of events"),
            ("account and Region", "accounts and Regions"),
        ] {
            assert_eq!((counted(unit, 1).as_str(), counted(unit, 0).as_str(), counted(unit, 2).as_str()), (unit, many, many));
        }
    }

    #[test]
    fn tables_of_events_are_those_kept_by_date() {
        let schema = Schema::new(Vec::new(), Vec::new()).unwrap();
        let by_date: std::collections::BTreeSet<&str> =
            schema.tables().filter(|t| t.storage == Storage::PerDate).map(|t| t.name.as_str()).collect();
        assert_eq!(by_date, EVENT_TABLES.into());
    }

    #[test]
    fn versions_are_counted_as_such() {
        let schema = Schema::new(Vec::new(), Vec::new()).unwrap();
        assert_eq!(
            (schema.unit("config_items"), schema.unit("config_items_history")),
            ("configuration item".to_owned(), "version".to_owned())
        );
    }
}
