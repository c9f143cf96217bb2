//! Drawings as data: what a chart shows, never how its SVG is written.

use serde::{Deserialize, Serialize};

use super::words::Severity;

/// A drawing and its text alternative.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// Unique; the file is `charts/ID.svg` ([`is_id`](super::is_id)).
    pub id: String,
    /// Few words ("Exceptions by pillar").
    pub title: String,
    /// How to read it, what it leaves out; may be empty.
    pub caption: String,
    /// What the drawing shows, with its main figures, for who cannot see it.
    pub alt: String,
    /// Unit of the values, printed on the axis ("USD", "events", "kgCO2e"); may be empty.
    pub unit: String,
    /// Half the page wide in HTML: two such charts in a row stand side by side.
    pub half: bool,
    /// The data.
    pub data: ChartData,
}

/// A drawing's data. Values are finite; a missing value is `None`. Empty data draws "no data".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ChartData {
    /// Horizontal bars, each of stacked parts.
    Bars {
        /// Names and colours of the parts, in the order of [`Bar::parts`].
        series: Vec<SeriesKey>,
        /// The bars, top to bottom (at most 24 are drawn, the rest is named).
        bars: Vec<Bar>,
    },
    /// Columns side by side along time (months), each of stacked parts.
    Columns {
        /// Names and colours of the parts.
        series: Vec<SeriesKey>,
        /// The columns, left to right.
        columns: Vec<Bar>,
    },
    /// Lines over days, or areas.
    Days {
        /// First day, `YYYY-MM-DD`.
        from: String,
        /// The lines; each has one value per day.
        series: Vec<DaySeries>,
        /// Fill below the line.
        area: bool,
    },
    /// Account-Region by day.
    Calendar {
        /// First day, `YYYY-MM-DD`.
        from: String,
        /// Number of days.
        days: u32,
        /// The rows, at most 40.
        rows: Vec<CalendarRow>,
        /// Rows that are not drawn, of which there is a number only.
        #[serde(default)]
        more: u64,
    },
    /// Shares of a whole as a ring.
    Donut {
        /// The parts, largest first.
        parts: Vec<Part>,
        /// Text in the middle; may be empty.
        centre: String,
    },
    /// Shares of a whole as one bar.
    Share {
        /// The parts.
        parts: Vec<Part>,
    },
    /// A dot with a range per row (estimates with low and high).
    Ranges {
        /// The rows.
        items: Vec<RangeItem>,
    },
    /// Hour of day by weekday, Monday first: seven rows of 24 values.
    HourWeek {
        /// `values[weekday][hour]`.
        values: Vec<Vec<f64>>,
    },
    /// Rows by columns, a disc per value (who changed what).
    Matrix {
        /// Column headings (at most 12 are drawn).
        columns: Vec<String>,
        /// The rows (at most 24 are drawn).
        rows: Vec<MatrixRow>,
    },
    /// Windows of time per row (when an exception was open).
    Windows {
        /// First day, `YYYY-MM-DD`.
        from: String,
        /// Number of days.
        days: u32,
        /// The rows (at most 24 are drawn).
        rows: Vec<WindowRow>,
    },
}

impl Default for ChartData {
    fn default() -> Self {
        Self::Share { parts: Vec::new() }
    }
}

/// Colour of a series or part: categorical or by meaning. Never the only carrier of meaning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Categorical 1, the brand colour.
    #[default]
    C1,
    /// Categorical 2.
    C2,
    /// Categorical 3.
    C3,
    /// Categorical 4.
    C4,
    /// Categorical 5.
    C5,
    /// Categorical 6.
    C6,
    /// Critical severity, contradicted.
    Critical,
    /// High severity.
    High,
    /// Medium severity.
    Medium,
    /// Low severity.
    Low,
    /// Supported, covered, no exceptions.
    Good,
    /// Not tested, no evidence, other.
    None,
}

impl From<Severity> for Tone {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Critical => Self::Critical,
            Severity::High => Self::High,
            Severity::Medium => Self::Medium,
            Severity::Low => Self::Low,
            Severity::Informational => Self::None,
        }
    }
}

/// Name and colour of a series.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesKey {
    /// Its name in the legend.
    pub name: String,
    /// Its colour.
    pub tone: Tone,
}

impl SeriesKey {
    /// A series key.
    pub fn new(name: impl Into<String>, tone: Tone) -> Self {
        Self { name: name.into(), tone }
    }
}

/// One bar or column of stacked parts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bar {
    /// Its label.
    pub label: String,
    /// One value per series, not negative (a negative value is drawn as nothing and kept in the text).
    pub parts: Vec<f64>,
    /// Text at its end ("of 67", "41.2 k"); may be empty.
    pub text: String,
}

/// A line over days.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DaySeries {
    /// Its name in the legend.
    pub name: String,
    /// Its colour.
    pub tone: Tone,
    /// One value per day from the chart's first day; `None` breaks the line.
    pub values: Vec<Option<f64>>,
}

/// One account and Region of the coverage calendar.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarRow {
    /// Account and Region.
    pub label: String,
    /// One state per day.
    pub days: Vec<DayState>,
    /// Events per day, for the shade of covered days; may be empty.
    pub events: Vec<u64>,
}

/// State of one day of one account and Region.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayState {
    /// Log files or digests cover the day.
    Covered,
    /// Silence without a digest: unknown, not a gap.
    Silent,
    /// Expected, and nothing was delivered.
    NotDelivered,
    /// Outside what was expected.
    #[default]
    Outside,
}

impl DayState {
    /// The words printed.
    pub fn words(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::Silent => "silent, unknown",
            Self::NotDelivered => "not delivered",
            Self::Outside => "outside",
        }
    }
}

/// A part of a whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// The value as text.
    pub text: String,
    /// Its colour.
    pub tone: Tone,
}

/// A row of a range plot.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RangeItem {
    /// Its label.
    pub label: String,
    /// Low end.
    pub low: f64,
    /// The dot.
    pub mid: f64,
    /// High end.
    pub high: f64,
    /// Values as text.
    pub text: String,
    /// Its colour.
    pub tone: Tone,
}

/// A row of a matrix chart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixRow {
    /// Its label.
    pub label: String,
    /// One value per column; zero draws nothing.
    pub values: Vec<f64>,
    /// Its colour.
    pub tone: Tone,
}

/// A row of a windows chart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowRow {
    /// Its label.
    pub label: String,
    /// Windows as days since the chart's first day (fractions allowed): start and end.
    pub windows: Vec<(f64, f64)>,
    /// Its colour.
    pub tone: Tone,
}
