//! The parts that front matter declares: statements, charts, cases.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::outcome::StatementTone;

/// Language of a topic: how numbers and lists are written.
#[cfg_attr(test, derive(schemars::JsonSchema))]
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

/// A sentence for each row of a query, or one for all of them: SQL decides whether it is said, the text words it.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicStatement {
    /// Query that has a row where it is to be said.
    pub query: String,
    /// One sentence for all rows instead of one for each; `row` is the first of them.
    #[serde(default)]
    pub once: bool,
    /// Weight.
    #[serde(default)]
    pub tone: StatementTone,
    /// A few words before it; sees `row`, too.
    #[serde(default)]
    pub title: String,
    /// The sentence; sees `row`, the query's row, and the queries by name.
    pub text: String,
}

impl TopicStatement {
    /// The rows of its query that it is said of, one by one.
    pub fn said_of<'r, T>(&self, rows: &'r [T]) -> &'r [T] {
        if self.once { rows.get(..1).unwrap_or_default() } else { rows }
    }
}

/// A chart and the query it draws. Its keys are checked in `front.rs`, since serde cannot where a part is flattened.
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// A state for each day and label; of very many labels the first ones.
    Calendar {
        /// Name of the row.
        label: String,
        /// The day, a date.
        day: String,
        /// `covered`, `quiet`, `silent`, `not_delivered` or `outside`, as in table `trail_coverage`.
        state: String,
        /// A count that shades covered days.
        value: Option<String>,
    },
    /// Hours of the day by weekday.
    Week {
        /// 1 = Monday.
        weekday: String,
        /// 0 to 23.
        hour: String,
        /// Shade of the cell.
        value: String,
    },
    /// Rows by columns, a disc for each value; rows and columns in the order in which they occur.
    Matrix {
        /// Name of the row.
        label: String,
        /// Name of the column.
        column: String,
        /// Size of the disc; zero draws none.
        value: String,
        /// A severity that colours the row.
        tone: Option<String>,
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
            Self::Calendar { .. } => &["label", "day", "state", "value"],
            Self::Week { .. } => &["weekday", "hour", "value"],
            Self::Matrix { .. } => &["label", "column", "value", "tone"],
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
            Self::Week { weekday, hour, value } => all.extend([("weekday", weekday.as_str()), ("hour", hour), ("value", value)]),
            Self::Matrix { label, column, value, tone } => {
                all.extend([("label", label.as_str()), ("column", column), ("value", value)]);
                all.extend(tone.as_ref().map(|tone| ("tone", tone.as_str())));
            }
            Self::Calendar { label, day, state, value } => {
                all.extend([("label", label.as_str()), ("day", day), ("state", state)]);
                all.extend(value.as_ref().map(|value| ("value", value.as_str())));
            }
        }
        all
    }
}

/// Rows in, text out.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicCase {
    /// What it shows.
    pub why: String,
    /// Rows by table, as in cases of controls.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "BTreeMap<String, Vec<serde_json::Map<String, serde_json::Value>>>"))]
    pub rows: BTreeMap<String, Vec<toml::Table>>,
    /// What the text must hold.
    #[serde(default)]
    pub text: Vec<String>,
    /// What it must not hold.
    #[serde(default)]
    pub absent: Vec<String>,
}
