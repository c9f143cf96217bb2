//! The front matter of a topic.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::columns::{Across, TopicColumn};
use super::file;
use super::parts::{Lang, TopicCase, TopicChart, TopicStatement};
use super::topic::{Topic, TopicQuery};
use crate::base::nearest::nearest;
use crate::catalogue::sql::Query;
use crate::catalogue::{CatalogueError, Extract, Kind, Origin, Select};

/// Rows that a table shows where nothing else is said.
const SHOW: usize = 25;

#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Front {
    #[serde(default)]
    title: String,
    #[serde(default)]
    lang: Lang,
    #[serde(default)]
    order: u32,
    #[serde(default)]
    annex: bool,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    controls: Vec<String>,
    #[serde(default)]
    extracts: Vec<String>,
    #[serde(default)]
    method: String,
    /// The user's way to leave a topic out.
    #[serde(default)]
    drop: bool,
    #[serde(default)]
    query: BTreeMap<String, QueryToml>,
    #[serde(default)]
    statement: Vec<TopicStatement>,
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<TopicChart>"))]
    chart: Vec<toml::Table>,
    #[serde(default)]
    case: Vec<TopicCase>,
}

#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryToml {
    sql: Query,
    select: Option<Select>,
    #[serde(default)]
    title: String,
    #[serde(default)]
    empty: String,
    show: Option<usize>,
    across: Option<Across>,
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    columns: toml::Table,
}

/// A topic from its file; `None` where the file says that the topic is left out.
///
/// # Errors
/// When the front matter is not what a topic has.
pub fn topic(id: &str, text: &str, custom: bool) -> Result<Option<Topic>, CatalogueError> {
    let (front, body, body_line) = file::parts(id, text)?;
    let file = file::name(id);
    let front: Front = toml::from_str(front).map_err(|error| {
        // The front matter begins on the second line.
        let line = error.span().map_or(1, |span| front[..span.start.min(front.len())].matches('\n').count() + 2);
        CatalogueError::Topic { file: file.clone(), line, key: "front matter".to_owned(), why: error.message().to_owned() }
    })?;
    if front.drop {
        return Ok(None);
    }
    let mut topic = Topic {
        id: id.to_owned(),
        title: front.title,
        lang: front.lang,
        order: front.order,
        annex: front.annex,
        needs: front.needs,
        controls: front.controls,
        extracts: front.extracts,
        method: front.method,
        queries: BTreeMap::new(),
        statements: front.statement,
        charts: Vec::new(),
        cases: front.case,
        body: body.to_owned(),
        body_line,
        source: text.to_owned(),
        file,
        custom,
    };
    if topic.title.trim().is_empty() {
        return Err(topic.refuse("title", "a topic has a title".to_owned()));
    }
    for written in front.chart {
        let chart = chart(written).map_err(|why| topic.refuse("chart", why))?;
        topic.charts.push(chart);
    }
    for (name, query) in front.query {
        let columns =
            TopicColumn::read(query.columns).map_err(|(column, why)| topic.refuse(&format!("query.{name}.columns.{column}"), why))?;
        let extract = extract(&topic, &name, query.sql, query.select);
        let query =
            TopicQuery { extract, title: query.title, empty: query.empty, show: query.show.unwrap_or(SHOW), across: query.across, columns };
        topic.queries.insert(name, query);
    }
    Ok(Some(topic))
}

/// Keys that every chart may have.
const CHART: [&str; 8] = ["id", "kind", "query", "title", "alt", "caption", "unit", "half"];

fn chart(written: toml::Table) -> Result<TopicChart, String> {
    let keys: Vec<String> = written.keys().cloned().collect();
    let chart: TopicChart = written.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
    let own = chart.form.keys();
    let known = || CHART.iter().chain(own).copied();
    match keys.iter().find(|key| !known().any(|k| k == *key)) {
        Some(key) => Err(format!("a chart of this kind has no key {key:?}; nearest: {}", nearest(key, known()))),
        None => Ok(chart),
    }
}

/// A topic's query as an extract. It needs what the topic needs.
fn extract(topic: &Topic, name: &str, query: Query, select: Option<Select>) -> Extract {
    Extract {
        id: format!("{}:{name}", topic.id),
        title: topic.title.clone(),
        pillar: String::new(),
        criteria: Vec::new(),
        context: Vec::new(),
        objective: String::new(),
        procedure: String::new(),
        query,
        select,
        bursts: None,
        requires: topic.needs.clone(),
        limit_note: String::new(),
        case: Vec::new(),
        origin: Origin { file: topic.file.clone(), kind: Kind::Config, sha256: String::new(), custom: topic.custom },
    }
}

#[cfg(test)]
pub(super) fn schema() -> schemars::Schema {
    schemars::schema_for!(Front)
}
