//! Tables declared by the catalogue: one per resource type, with their lists, and event columns.

use serde::Deserialize;
use thiserror::Error;

use super::row::{Columns as _, owned};
use super::tables::{ItemColumns, ListColumns};
use super::{Column, ColumnKind, Storage, Table};

/// A declaration that cannot be used.
#[derive(Debug, Error)]
pub enum SchemaError {
    /// Two declarations of one table.
    #[error("table {table} is declared twice")]
    Twice {
        /// The table's name.
        table: String,
    },
    /// A path outside the grammar.
    #[error("column {column}: path {path:?} cannot be read: {why}")]
    Path {
        /// The column.
        column: String,
        /// The path as written.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// An unknown column type.
    #[error(
        "column {column}: type {found:?} is not one of string, boolean, bigint, double, timestamp, epoch, json, count, present, secret_keys"
    )]
    Type {
        /// The column.
        column: String,
        /// The type as written.
        found: String,
    },
}

/// One step of a path into a JSON document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A member by name.
    Key(String),
    /// Every element of a list.
    Each,
    /// The first element of a list of objects whose member has this value: `[key=NAME]`.
    Match {
        /// Member looked at.
        key: String,
        /// Value it must have.
        value: String,
    },
    /// The element of the enclosing list: `^`.
    Up,
}

/// A path, for example `configuration.ipPermissions[].fromPort`. Empty = the value itself (`.`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The steps, outermost first.
    pub steps: Vec<Step>,
    /// As written.
    pub text: String,
}

impl Path {
    /// Parses the path grammar: names joined by dots, `"quoted names"`, `[]`, `[key=NAME]`, a
    /// leading `^.` for each list to climb, `.` for the value itself.
    ///
    /// # Errors
    /// With the reason in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        let mut rest = text;
        if text == "." {
            return Ok(Self { steps, text: text.to_owned() });
        }
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('"') {
                let end = after.find('"').ok_or("a quote is not closed")?;
                steps.push(Step::Key(after[..end].to_owned()));
                rest = &after[end + 1..];
            } else if let Some(after) = rest.strip_prefix("[]") {
                steps.push(Step::Each);
                rest = after;
            } else if let Some(after) = rest.strip_prefix('[') {
                let end = after.find(']').ok_or("a bracket is not closed")?;
                let (key, value) = after[..end].split_once('=').ok_or("expected [key=NAME]")?;
                steps.push(Step::Match { key: key.to_owned(), value: value.to_owned() });
                rest = &after[end + 1..];
            } else if let Some(after) = rest.strip_prefix('^') {
                steps.push(Step::Up);
                rest = after;
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                if end == 0 {
                    return Err("an empty name".to_owned());
                }
                steps.push(Step::Key(rest[..end].to_owned()));
                rest = &rest[end..];
            }
            if let Some(after) = rest.strip_prefix('.') {
                if after.is_empty() {
                    return Err("it ends with a dot".to_owned());
                }
                rest = after;
            }
        }
        Ok(Self { steps, text: text.to_owned() })
    }
}

/// How a value at a path becomes a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// Text; numbers and booleans are printed.
    String,
    /// true, false, or those words as text.
    Boolean,
    /// A whole number, or one as text.
    Bigint,
    /// A number.
    Double,
    /// ISO text or seconds since 1970.
    Timestamp,
    /// The same in seconds since 1970, for arithmetic in SQL.
    Epoch,
    /// Whatever is there, as compact JSON text.
    Json,
    /// Number of elements of a list.
    Count,
    /// True where there is a value, whatever it is: for what must not be kept.
    Present,
    /// JSON list of the names under the path whose value looks like a secret.
    SecretKeys,
}

impl ValueType {
    /// The column kind it is stored as.
    pub fn kind(self) -> ColumnKind {
        match self {
            Self::String | Self::Json | Self::SecretKeys => ColumnKind::Text,
            Self::Boolean | Self::Present => ColumnKind::Boolean,
            Self::Bigint | Self::Count | Self::Epoch => ColumnKind::Bigint,
            Self::Double => ColumnKind::Double,
            Self::Timestamp => ColumnKind::Timestamp,
        }
    }

    fn parse(column: &str, text: &str) -> Result<Self, SchemaError> {
        Ok(match text {
            "string" => Self::String,
            "boolean" => Self::Boolean,
            "bigint" => Self::Bigint,
            "double" => Self::Double,
            "timestamp" => Self::Timestamp,
            "epoch" => Self::Epoch,
            "json" => Self::Json,
            "count" => Self::Count,
            "present" => Self::Present,
            "secret_keys" => Self::SecretKeys,
            _ => return Err(SchemaError::Type { column: column.to_owned(), found: text.to_owned() }),
        })
    }
}

/// What a missing value means where its parent document was delivered.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum AbsentValue {
    /// A flag.
    Bool(bool),
    /// A number.
    Int(i64),
    /// Text.
    Text(String),
}

/// A column of a resource table.
#[derive(Debug, Clone)]
pub struct ResourceColumn {
    /// Name as SQL sees it.
    pub name: String,
    /// Paths tried in order; the first present one wins.
    pub paths: Vec<Path>,
    /// How the value becomes a cell.
    pub ty: ValueType,
    /// The meaning of absence, if it has one.
    pub absent: Option<AbsentValue>,
}

/// A child table: one row for each element of a list.
#[derive(Debug, Clone)]
pub struct ListTable {
    /// Name as SQL sees it.
    pub name: String,
    /// What one row is.
    pub doc: String,
    /// What its rows are counted in.
    pub unit: String,
    /// Path of the list, with `[]` for each list level.
    pub path: Path,
    /// Columns, relative to the innermost element.
    pub columns: Vec<ResourceColumn>,
}

/// The table of one resource type.
#[derive(Debug, Clone)]
pub struct ResourceTable {
    /// Name as SQL sees it.
    pub name: String,
    /// For example `AWS::S3::Bucket`.
    pub resource_type: String,
    /// What one row is.
    pub doc: String,
    /// What its rows are counted in.
    pub unit: String,
    /// Declared columns, after the common ones.
    pub columns: Vec<ResourceColumn>,
    /// Child tables.
    pub lists: Vec<ListTable>,
}

/// A request or response column of `cloudtrail_events`.
#[derive(Debug, Clone)]
pub struct EventColumn {
    /// Name as SQL sees it.
    pub name: String,
    /// Paths tried in order, each starting with a member of the record.
    pub paths: Vec<Path>,
    /// How the value becomes a cell.
    pub ty: ValueType,
}

/// `[table.columns]` entry as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnToml {
    path: OneOrMany,
    #[serde(rename = "type")]
    ty: String,
    absent: Option<AbsentValue>,
    #[serde(default)]
    doc: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// `[[table]]` as written.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableToml {
    name: String,
    resource_type: String,
    doc: String,
    /// Noun of one row, for counts.
    #[serde(default = "row")]
    unit: String,
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    columns: toml::Table,
    #[serde(default)]
    list: Vec<ListToml>,
}

/// `[[table.list]]` as written.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListToml {
    name: String,
    path: String,
    doc: String,
    #[serde(default = "row")]
    unit: String,
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    columns: toml::Table,
}

fn row() -> String {
    super::ROW.to_owned()
}

fn path(column: &str, text: &str) -> Result<Path, SchemaError> {
    Path::parse(text).map_err(|why| SchemaError::Path { column: column.to_owned(), path: text.to_owned(), why })
}

fn columns(table: toml::Table) -> Result<Vec<ResourceColumn>, SchemaError> {
    let mut columns = Vec::new();
    for (name, value) in table {
        let written: ColumnToml = value.try_into().map_err(|e: toml::de::Error| SchemaError::Path {
            column: name.clone(),
            path: String::new(),
            why: e.message().to_owned(),
        })?;
        let texts = match written.path {
            OneOrMany::One(text) => vec![text],
            OneOrMany::Many(texts) => texts,
        };
        let paths = texts.iter().map(|t| path(&name, t)).collect::<Result<_, _>>()?;
        let ty = ValueType::parse(&name, &written.ty)?;
        // The doc of a column is optional: its path says where it comes from.
        drop(written.doc);
        columns.push(ResourceColumn { name, paths, ty, absent: written.absent });
    }
    Ok(columns)
}

/// Event columns as written in the events catalogue: name = { path, type }.
///
/// # Errors
/// On a path or type outside the grammar.
pub fn event_columns(table: toml::Table) -> Result<Vec<EventColumn>, SchemaError> {
    Ok(columns(table)?.into_iter().map(|c| EventColumn { name: c.name, paths: c.paths, ty: c.ty }).collect())
}

impl TryFrom<TableToml> for ResourceTable {
    type Error = SchemaError;

    fn try_from(written: TableToml) -> Result<Self, SchemaError> {
        let lists = written
            .list
            .into_iter()
            .map(|list| {
                Ok(ListTable {
                    path: path(&list.name, &list.path)?,
                    name: list.name,
                    doc: list.doc,
                    unit: list.unit,
                    columns: columns(list.columns)?,
                })
            })
            .collect::<Result<_, SchemaError>>()?;
        Ok(Self {
            name: written.name,
            resource_type: written.resource_type,
            doc: written.doc,
            unit: written.unit,
            columns: columns(written.columns)?,
            lists,
        })
    }
}

impl ResourceTable {
    /// The tables it declares: its own and its lists'.
    pub fn declared(&self) -> Vec<Table> {
        let own = |columns: &[ResourceColumn]| -> Vec<Column> {
            columns
                .iter()
                .map(|c| Column {
                    name: c.name.clone(),
                    kind: c.ty.kind(),
                    doc: c.paths.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(" or "),
                })
                .collect()
        };
        let mut tables = vec![Table {
            name: self.name.clone(),
            doc: self.doc.clone(),
            unit: self.unit.clone(),
            columns: owned(ItemColumns::COLUMNS).chain(own(&self.columns)).collect(),
            storage: Storage::PerFile,
            versioned: true,
            sourced: true,
        }];
        for list in &self.lists {
            tables.push(Table {
                name: list.name.clone(),
                doc: list.doc.clone(),
                unit: list.unit.clone(),
                columns: owned(ListColumns::COLUMNS).chain(own(&list.columns)).collect(),
                storage: Storage::PerFile,
                versioned: true,
                sourced: true,
            });
        }
        tables
    }
}
