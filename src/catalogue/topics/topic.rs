//! A topic, loaded.

use std::collections::BTreeMap;

use super::columns::{Across, TopicColumn};
use super::file::line_of;
use super::parts::{Lang, TopicCase, TopicChart, TopicStatement};
use crate::catalogue::{CatalogueError, Extract};

/// One section of the report.
#[derive(Debug, Clone)]
pub struct Topic {
    /// `CHAPTER/TOPIC`.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// Language of its numbers and lists.
    pub lang: Lang,
    /// Where it stands in its chapter; those of the same number are sorted by id.
    pub order: u32,
    /// Stands in the annex; the report names it with what it warns of.
    pub annex: bool,
    /// Tables or resource types without which it is not tested.
    pub needs: Vec<String>,
    /// Controls that bear on it.
    pub controls: Vec<String>,
    /// Extracts that hold its rows.
    pub extracts: Vec<String>,
    /// How it was found out and what it does not show: small print below the text.
    pub method: String,
    /// Its queries by name.
    pub queries: BTreeMap<String, TopicQuery>,
    /// Sentences, one for each row of a query.
    pub statements: Vec<TopicStatement>,
    /// Its charts.
    pub charts: Vec<TopicChart>,
    /// Its cases.
    pub cases: Vec<TopicCase>,
    /// The text below the front matter.
    pub body: String,
    /// Number of the line on which the text begins.
    pub body_line: usize,
    /// The whole file.
    pub source: String,
    /// The file, below the folder of templates.
    pub file: String,
    /// Brought by the user.
    pub custom: bool,
}

/// A query of a topic. It runs as an extract does, under the rules of controls.
#[derive(Debug, Clone)]
pub struct TopicQuery {
    /// What runs; its id is `CHAPTER/TOPIC:QUERY`.
    pub extract: Extract,
    /// Caption of its table.
    pub title: String,
    /// What its table says where there are no rows.
    pub empty: String,
    /// Rows that its table shows.
    pub show: usize,
    /// Columns of its table that are made of rows.
    pub across: Option<Across>,
    /// Columns of its table, in order; all of the query's where none is given.
    pub columns: Vec<TopicColumn>,
}

/// The chapter of a topic's id, `CHAPTER/TOPIC`.
pub fn chapter_of(id: &str) -> &str {
    id.split_once('/').map_or("", |(chapter, _)| chapter)
}

impl Topic {
    /// The chapter it stands in.
    pub fn chapter(&self) -> &str {
        chapter_of(&self.id)
    }

    /// Whether the auditor profile leaves it out: it stands in the chapter on cost, or cannot be tested without charges.
    pub fn is_about_cost(&self) -> bool {
        self.chapter() == "cost" || self.needs.iter().any(|need| need.starts_with("cost"))
    }

    /// Error about a key of this topic, with the line it stands on.
    pub(crate) fn refuse(&self, key: &str, why: String) -> CatalogueError {
        let line = line_of(&self.source, key);
        CatalogueError::Topic { file: self.file.clone(), line, key: key.to_owned(), why }
    }
}
