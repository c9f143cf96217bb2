//! What a topic of the report found, as data: its queries' rows, what they state, and what they draw.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::parts::{Statement, Table};
use super::results::SqlText;

/// A topic (`topics/CHAPTER/TOPIC.md`) and what its queries gave.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicData {
    /// `CHAPTER/TOPIC`.
    pub id: String,
    /// The heading.
    pub title: String,
    /// Language of its numbers and lists: `en`, `de`.
    pub lang: String,
    /// Why it was not tested, a sentence; empty where it was.
    pub not_tested: String,
    /// What to ask for, so that it can be; empty where it was tested or failed.
    pub request: String,
    /// What keeps its queries from having seen everything, each a sentence.
    pub limits: Vec<String>,
    /// Its queries by name.
    pub queries: BTreeMap<String, QueryData>,
    /// What its queries state, in plain text.
    pub statements: Vec<Statement>,
    /// Its charts by id.
    pub charts: Vec<String>,
    /// Controls that bear on it, by id.
    pub controls: Vec<String>,
    /// Extracts that hold its rows, by id.
    pub extracts: Vec<String>,
    /// How it was found out, and what that does not show; may be empty.
    pub method: String,
}

/// What a query gave.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryData {
    /// Number of rows in all.
    pub count: u64,
    /// The first rows (2,000 at most), each by column name: whole numbers as numbers, amounts as decimal text, times in the
    /// engagement's zone as text, NULL as empty text.
    pub rows: Vec<BTreeMap<String, serde_json::Value>>,
    /// What was run: `select` (where it looks at events) and `query`.
    pub sql: Vec<SqlText>,
    /// The same as a table, as it is printed.
    pub table: Table,
}
