//! The front matter of a topic.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::columns::{Across, TopicColumn};
use super::file;
use super::{Topic, TopicQuery};
use crate::base::nearest::nearest;
use crate::catalogue::sql::Query;
use crate::catalogue::{CatalogueError, Extract, Kind, Origin, Select};

/// Rows that a table shows where nothing else is said.
const SHOW: usize = 25;

/// Language of a topic: how numbers and lists are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English: `1,234.5`, "a, b and c".
    #[default]
    En,
    /// German: `1.234,5`, "a, b und c".
    De,
}

impl Lang {
    /// The code, as BCP 47 writes it.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }
}

/// Weight of a statement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// A list item.
    #[default]
    Plain,
    /// Something to know.
    Note,
    /// Something that holds and supports reliance.
    Support,
    /// Something the reader must take into account.
    Important,
    /// A gap or a restriction.
    Warning,
    /// Contradiction or tampering.
    Caution,
}

/// A sentence for each row of a query: SQL decides whether it is said, the text words it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicStatement {
    /// Query that has a row where it is to be said.
    pub query: String,
    /// Weight.
    #[serde(default)]
    pub tone: Tone,
    /// A few words before it; sees `row`, too.
    #[serde(default)]
    pub title: String,
    /// The sentence; sees `row`, the query's row.
    pub text: String,
}

/// A chart and the query it draws. Its keys are checked in [`chart`], since serde cannot where a part is flattened.
#[derive(Debug, Clone, Deserialize)]
pub struct TopicChart {
    /// Its id in the report.
    pub id: String,
    /// Its form.
    #[serde(flatten)]
    pub form: Form,
    /// Query whose rows are drawn.
    pub query: String,
    /// Its title.
    pub title: String,
    /// What it shows, for those who cannot see it; sees the queries by name.
    pub alt: String,
    /// Small print below it; may be empty.
    #[serde(default)]
    pub caption: String,
    /// Unit of its values; sees the queries by name.
    #[serde(default)]
    pub unit: String,
    /// Half the page wide: two such charts in a row stand side by side.
    #[serde(default)]
    pub half: bool,
}

/// Forms of charts, each with the columns that it draws.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Form {
    /// One bar for each row, or one part of a bar for each series.
    Bars {
        /// Name of the bar.
        label: String,
        /// Length.
        value: String,
        /// Part of the bar.
        series: Option<String>,
    },
    /// The same along time, one column for each value of `label`.
    Columns {
        /// Name of the column (a month).
        label: String,
        /// Height.
        value: String,
        /// Part of the column.
        series: Option<String>,
    },
    /// Stretches of time, one row for each label.
    Timeline {
        /// Name of the row.
        label: String,
        /// Beginning.
        from: String,
        /// End; NULL for one that lasts beyond the period.
        to: String,
        /// A severity that colours it.
        tone: Option<String>,
    },
    /// Shares of a whole as one bar; values that are not above zero have none.
    Share {
        /// Name of the part.
        label: String,
        /// Its size.
        value: String,
        /// A severity that colours it.
        tone: Option<String>,
    },
    /// A dot with a range, one row for each estimate.
    Ranges {
        /// Name of the row.
        label: String,
        /// Low end.
        low: String,
        /// The dot.
        middle: String,
        /// High end.
        high: String,
    },
    /// A line over days, broken where there is no row for a day.
    Days {
        /// The day, a date.
        day: String,
        /// Height.
        value: String,
    },
    /// A state for each day and label.
    Calendar {
        /// Name of the row.
        label: String,
        /// The day, a date.
        day: String,
        /// `observed`, `covered`, `unknown`, `gap`, `outside`.
        state: String,
    },
}

impl Form {
    /// The keys that charts of this form have besides those of all charts.
    pub fn keys(&self) -> &'static [&'static str] {
        match self {
            Self::Bars { .. } | Self::Columns { .. } => &["label", "value", "series"],
            Self::Timeline { .. } => &["label", "from", "to", "tone"],
            Self::Share { .. } => &["label", "value", "tone"],
            Self::Ranges { .. } => &["label", "low", "middle", "high"],
            Self::Days { .. } => &["day", "value"],
            Self::Calendar { .. } => &["label", "day", "state"],
        }
    }

    /// The columns it draws, with the keys that name them.
    pub fn columns(&self) -> Vec<(&'static str, &str)> {
        let mut all: Vec<(&'static str, &str)> = Vec::new();
        match self {
            Self::Bars { label, value, series } | Self::Columns { label, value, series } => {
                all.extend([("label", label.as_str()), ("value", value)]);
                all.extend(series.as_ref().map(|series| ("series", series.as_str())));
            }
            Self::Timeline { label, from, to, tone } => {
                all.extend([("label", label.as_str()), ("from", from), ("to", to)]);
                all.extend(tone.as_ref().map(|tone| ("tone", tone.as_str())));
            }
            Self::Share { label, value, tone } => {
                all.extend([("label", label.as_str()), ("value", value)]);
                all.extend(tone.as_ref().map(|tone| ("tone", tone.as_str())));
            }
            Self::Ranges { label, low, middle, high } => {
                all.extend([("label", label.as_str()), ("low", low), ("middle", middle), ("high", high)]);
            }
            Self::Days { day, value } => all.extend([("day", day.as_str()), ("value", value)]),
            Self::Calendar { label, day, state } => all.extend([("label", label.as_str()), ("day", day), ("state", state)]),
        }
        all
    }
}

/// Rows in, text out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicCase {
    /// What it shows.
    pub why: String,
    /// Rows by table, as in cases of controls.
    #[serde(default)]
    pub rows: BTreeMap<String, Vec<toml::Table>>,
    /// What the text must hold.
    #[serde(default)]
    pub text: Vec<String>,
    /// What it must not hold.
    #[serde(default)]
    pub absent: Vec<String>,
}

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
    chart: Vec<toml::Table>,
    #[serde(default)]
    case: Vec<TopicCase>,
}

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
