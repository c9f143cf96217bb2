//! Checks of topics that need no evidence: tables, columns, names, before anything runs.

use std::collections::BTreeMap;

use super::Topic;
use crate::base::nearest::nearest;
use crate::catalogue::check::At;
use crate::catalogue::{Catalogue, CatalogueError};

/// The table of events is read whole once, while rows pass; a topic names the events it wants.
const BARE: &str = "cloudtrail_events";

/// Names that stand for something else in a topic's text.
const TAKEN: [&str; 5] = ["row", "topic", "lang", "loop", "accounts"];

/// Refuses a topic that names what is not there.
///
/// # Errors
/// With file, line, key and the nearest name.
pub fn all(catalogue: &Catalogue) -> Result<(), CatalogueError> {
    let mut charts: BTreeMap<&str, &str> = BTreeMap::new();
    for topic in catalogue.topics.values() {
        one(catalogue, topic)?;
        for chart in &topic.charts {
            if let Some(other) = charts.insert(&chart.id, &topic.id) {
                return Err(topic.refuse("chart", format!("the chart id {:?} is used by {other}, too", chart.id)));
            }
        }
    }
    Ok(())
}

fn one(catalogue: &Catalogue, topic: &Topic) -> Result<(), CatalogueError> {
    if let Some(id) = topic.controls.iter().find(|id| !catalogue.controls.contains_key(*id)) {
        let near = nearest(id, catalogue.controls.keys().map(String::as_str));
        return Err(topic.refuse("controls", format!("no control {id:?}; nearest: {near}")));
    }
    if let Some(id) = topic.extracts.iter().find(|id| !catalogue.extracts.contains_key(*id)) {
        let near = nearest(id, catalogue.extracts.keys().map(String::as_str));
        return Err(topic.refuse("extracts", format!("no extract {id:?}; nearest: {near}")));
    }
    let mut columns: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, query) in &topic.queries {
        if TAKEN.contains(&name.as_str()) || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            return Err(topic.refuse(&format!("query.{name}"), format!("{name:?} cannot name a query; use {}", super::NAME)));
        }
        let x = &query.extract;
        let at = At::new(catalogue, &x.origin, &x.id);
        let placed = |error| match error {
            CatalogueError::Entry { key, why, .. } => {
                let key = if key == "query" { "sql".to_owned() } else { key };
                let key = if key == "requires" { "needs".to_owned() } else { format!("query.{name}.{key}") };
                topic.refuse(&key, why)
            }
            other => other,
        };
        at.requires(&x.requires).map_err(placed)?;
        at.select(x.select.as_ref(), None).map_err(placed)?;
        if x.query.tables().iter().any(|table| table.as_str() == BARE) {
            let why = format!("a topic does not read {BARE} itself; name the events in select, and read them as selected");
            return Err(topic.refuse(&format!("query.{name}.sql"), why));
        }
        let found = at.query("query", &x.query, x.select.as_ref(), None).map_err(placed)?;
        for column in &query.columns {
            among(topic, &format!("query.{name}.columns.{}", column.name), "column", &column.name, found.iter().map(String::as_str))?;
        }
        for (key, column) in query.across.iter().flat_map(|across| [("by", &across.by), ("value", &across.value)]) {
            among(topic, &format!("query.{name}.across.{key}"), "column", column, found.iter().map(String::as_str))?;
        }
        if let Some(across) = &query.across {
            let shown = query.columns.iter().map(|column| column.name.as_str());
            among(topic, &format!("query.{name}.across.before"), "column of the table", &across.before, shown)?;
        }
        columns.insert(name, found);
    }
    let queries = || topic.queries.keys().map(String::as_str);
    for statement in &topic.statements {
        among(topic, "statement.query", "query", &statement.query, queries())?;
    }
    for chart in &topic.charts {
        among(topic, "chart.query", "query", &chart.query, queries())?;
        let found = columns.get(chart.query.as_str()).map(Vec::as_slice).unwrap_or_default();
        for (key, column) in chart.form.columns() {
            among(topic, &format!("chart.{key}"), "column", column, found.iter().map(String::as_str))?;
        }
    }
    Ok(())
}

fn among<'n>(topic: &Topic, key: &str, what: &str, name: &str, known: impl Iterator<Item = &'n str> + Clone) -> Result<(), CatalogueError> {
    if known.clone().any(|k| k == name) {
        return Ok(());
    }
    Err(topic.refuse(key, format!("no {what} {name:?}; nearest: {}", nearest(name, known))))
}
