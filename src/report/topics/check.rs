//! Names in the texts of topics: a query or column that is not there is named with its line before anything runs.

use std::collections::BTreeMap;

use crate::base::nearest::nearest;
use crate::catalogue::Catalogue;
use crate::catalogue::check::result_columns;
use crate::catalogue::topics::Topic;
use crate::report::ReportError;
use crate::report::keys::{paths, tags};
use crate::report::model::Report;

/// What a query is for a text.
const OF_QUERY: [&str; 3] = ["rows", "count", "table"];

/// Looks up the names in all topics' texts.
///
/// # Errors
/// With file, line and the nearest name.
pub fn check(catalogue: &Catalogue) -> Result<(), ReportError> {
    let model = serde_json::to_value(Report::default()).map_err(|error| ReportError::Model(error.to_string()))?;
    let keys: Vec<String> = model.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default();
    catalogue.topics.values().try_for_each(|topic| Names::of(catalogue, topic, &keys)?.check(topic))
}

/// The names that a topic's texts may use.
struct Names<'t> {
    /// Columns of each query.
    queries: BTreeMap<&'t str, Vec<String>>,
    /// Keys of the report.
    report: &'t [String],
}

impl<'t> Names<'t> {
    fn of(catalogue: &Catalogue, topic: &'t Topic, report: &'t [String]) -> Result<Self, ReportError> {
        let mut queries = BTreeMap::new();
        for (name, query) in &topic.queries {
            if report.contains(name) {
                return Err(wrong(topic, 1, format!("the query {name:?} has the name of a part of the report; call it something else")));
            }
            let columns = result_columns(catalogue, &query.extract.query, None).map_err(|why| wrong(topic, 1, why))?;
            queries.insert(name.as_str(), columns);
        }
        Ok(Self { queries, report })
    }

    fn check(&self, topic: &Topic) -> Result<(), ReportError> {
        self.text(topic, &topic.body, topic.body_line, None)?;
        for statement in &topic.statements {
            for text in [&statement.title, &statement.text] {
                self.text(topic, text, line_with(topic, text), Some(&statement.query))?;
            }
        }
        for text in topic.charts.iter().flat_map(|chart| [&chart.title, &chart.alt, &chart.caption]) {
            self.text(topic, text, line_with(topic, text), None)?;
        }
        Ok(())
    }

    /// Every dotted name of a text; `row` stands for a row of the query given.
    fn text(&self, topic: &Topic, text: &str, first: usize, row: Option<&str>) -> Result<(), ReportError> {
        let mut rows: BTreeMap<&str, &str> = row.map(|query| ("row", query)).into_iter().collect();
        let mut set: Vec<&str> = vec!["topic", "loop"];
        for tag in tags(text) {
            let words: Vec<&str> = tag.trim_matches(|c: char| c == '-' || c.is_whitespace()).split_whitespace().collect();
            match words.as_slice() {
                ["for", name, "in", path, ..] => match path.split_once('.') {
                    Some((query, "rows")) if self.queries.contains_key(query) => drop(rows.insert(name, query)),
                    _ => set.push(name),
                },
                ["set", name, ..] => set.push(name.trim_end_matches('=')),
                _ => {}
            }
            for path in paths(tag) {
                let line = || first + text[..tag.as_ptr() as usize - text.as_ptr() as usize].matches('\n').count();
                let mut parts = path.split('.');
                let (root, key) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
                let fault = match (rows.get(root), self.queries.get(root)) {
                    (Some(query), _) => {
                        self.queries.get(query).and_then(|columns| missing(key, columns.iter().map(String::as_str), "column"))
                    }
                    (_, Some(_)) => missing(key, OF_QUERY.into_iter(), "key"),
                    _ if set.contains(&root) || self.report.iter().any(|known| known == root) => None,
                    _ => missing(root, self.queries.keys().copied().chain(rows.keys().copied()), "query"),
                };
                if let Some(fault) = fault {
                    return Err(wrong(topic, line(), format!("names `{path}`: {fault}")));
                }
            }
        }
        Ok(())
    }
}

/// Number of the line of the file on which a text of its front matter begins.
fn line_with(topic: &Topic, text: &str) -> usize {
    topic.source.find(text).map_or(1, |at| topic.source[..at].matches('\n').count() + 1)
}

fn missing<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone, what: &str) -> Option<String> {
    (!known.clone().any(|k| k == name)).then(|| format!("no {what} {name:?}; nearest: {}", nearest(name, known)))
}

fn wrong(topic: &Topic, line: usize, reason: String) -> ReportError {
    ReportError::Template { file: format!("{}:{line}", topic.file), reason }
}
