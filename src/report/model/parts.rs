//! Small parts every section uses: statements, key figures, facts, tables and their cells.

use serde::{Deserialize, Serialize};

use super::words::{Outcome, Severity, StatementTone};
use crate::base::text::capital;
use crate::report::escape::thousands;

/// A sentence of the report with the weight it carries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// How it is shown.
    pub tone: StatementTone,
    /// Few words before the sentence; may be empty.
    pub title: String,
    /// The sentence or sentences.
    pub text: String,
    /// Where it leads ([`Cell::href`] grammar), if anywhere.
    pub href: Option<String>,
}

impl Statement {
    /// A plain statement.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// A titled statement of the given tone.
    pub fn new(tone: StatementTone, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { tone, title: title.into(), text: text.into(), href: None }
    }
}

/// A table: everything needed to print it as Markdown and to dress it in HTML.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Unique in the report ([`is_id`](super::is_id)).
    pub id: String,
    /// What the table shows, one sentence.
    pub caption: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows shown; each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
    /// How many rows there are in all; `rows.len()` of them are shown.
    pub total: u64,
    /// What the rows are counted in, where the note on a cut has to say it ("controls with exceptions").
    #[serde(default)]
    pub counted_in: String,
    /// Path below `workpapers/` of the file that holds all rows.
    pub workpaper: Option<String>,
    /// The sentence printed instead of an empty table ("No file was rejected."). Needed when `rows` may be empty.
    pub empty: String,
    /// The last row is a total.
    pub has_total_row: bool,
    /// Offer sorting and a filter in HTML (tables of more than 12 rows have them anyway).
    pub interactive: bool,
}

impl Table {
    /// An empty table; push rows with [`Table::push`].
    pub fn new(id: impl Into<String>, caption: impl Into<String>, columns: Vec<Column>) -> Self {
        Self { id: id.into(), caption: caption.into(), columns, empty: "None.".into(), ..Self::default() }
    }

    /// The sentence for an empty table.
    #[must_use]
    pub fn or_empty(mut self, text: impl Into<String>) -> Self {
        self.empty = text.into();
        self
    }

    /// The workpaper that holds every row.
    #[must_use]
    pub fn in_workpaper(mut self, path: impl Into<String>) -> Self {
        self.workpaper = Some(path.into());
        self
    }

    /// Adds a row and counts it in `total`.
    pub fn push(&mut self, row: Vec<Cell>) {
        self.total += 1;
        self.rows.push(row);
    }

    /// Keeps the first `n` rows; `total` still tells how many there were.
    pub fn cap(&mut self, n: usize) {
        self.rows.truncate(n);
    }
}

/// A column of a [`Table`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its heading.
    pub title: String,
    /// How its cells are set.
    pub kind: CellKind,
    /// What its cells hold, where readers filter by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facet: Option<Facet>,
    /// Its counts are shaded in HTML, in the colour of this severity, by their share of the largest count shaded in the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shade: Option<Severity>,
}

impl Column {
    fn of(title: impl Into<String>, kind: CellKind) -> Self {
        Self { title: title.into(), kind, facet: None, shade: None }
    }
    /// The same column, whose cells are accounts, by id with or without the name, or by name.
    #[must_use]
    pub fn accounts(self) -> Self {
        Self { facet: Some(Facet::Account), ..self }
    }
    /// The same column, whose cells are Regions.
    #[must_use]
    pub fn regions(self) -> Self {
        Self { facet: Some(Facet::Region), ..self }
    }
    /// The same column, whose cells are pillars, by id or title.
    #[must_use]
    pub fn pillars(self) -> Self {
        Self { facet: Some(Facet::Pillar), ..self }
    }
    /// Running text.
    pub fn text(title: impl Into<String>) -> Self {
        Self::of(title, CellKind::Text)
    }
    /// Ids, names from logs, file names.
    pub fn code(title: impl Into<String>) -> Self {
        Self::of(title, CellKind::Code)
    }
    /// Right-aligned figures.
    pub fn number(title: impl Into<String>) -> Self {
        Self::of(title, CellKind::Number)
    }
    /// Counts of a severity, shaded.
    pub fn shaded(severity: Severity) -> Self {
        Self { shade: Some(severity), ..Self::number(capital(severity.word())) }
    }
    /// Dates and times, kept on one line.
    pub fn date(title: impl Into<String>) -> Self {
        Self::of(title, CellKind::Date)
    }
    /// Severity words.
    pub fn severity(title: impl Into<String>) -> Self {
        Self::of(title, CellKind::Severity)
    }
    /// Result words (`Outcome::words`), practice statuses, coverage states.
    pub fn result(title: impl Into<String>) -> Self {
        Self::of(title, CellKind::Result)
    }
}

/// What readers filter the document by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facet {
    /// A severity word.
    Severity,
    /// The result of a test.
    Status,
    /// An account, by id or as [`account_names`](super::Report::account_names) calls it.
    Account,
    /// A Region.
    Region,
    /// A pillar, by id or title.
    Pillar,
    /// A framework, by the part of a criterion before its colon (`soc2`).
    Framework,
}

impl Facet {
    /// All, in the order of the filter bar.
    pub const ALL: [Self; 6] = [Self::Severity, Self::Status, Self::Account, Self::Region, Self::Pillar, Self::Framework];

    /// The name in the attribute and in the page's address, and the word printed.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Severity => ("severity", "Severity"),
            Self::Status => ("status", "Result"),
            Self::Account => ("account", "Account"),
            Self::Region => ("region", "Region"),
            Self::Pillar => ("pillar", "Pillar"),
            Self::Framework => ("framework", "Framework"),
        }
    }
}

/// How a cell is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellKind {
    /// Running text.
    #[default]
    Text,
    /// A code span.
    Code,
    /// Right-aligned tabular figures.
    Number,
    /// A date or time.
    Date,
    /// A severity word, marked by shape and colour in HTML.
    Severity,
    /// A result word, marked by shape and colour in HTML.
    Result,
}

/// A cell of a [`Table`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// The text printed; empty prints an en dash.
    pub text: String,
    /// The number behind it, where it is one (never NaN).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<f64>,
    /// Overrides the column's kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<CellKind>,
    /// A link: see the module's conventions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
    /// What its row concerns, for filters, where the text is not exactly that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<About>,
}

/// What the row of a cell concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// What it is.
    pub facet: Facet,
    /// Its value; empty where it is known to be none.
    pub value: String,
}

impl Cell {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
    /// A code span, whatever the column says.
    pub fn code(text: impl Into<String>) -> Self {
        Self { text: text.into(), kind: Some(CellKind::Code), ..Self::default() }
    }
    /// A count, with thousands separated.
    #[allow(clippy::cast_precision_loss, reason = "raw is for drawing and sorting; the text is exact")]
    pub fn count(n: u64) -> Self {
        Self { text: thousands(n), raw: Some(n as f64), ..Self::default() }
    }
    /// A figure with its own text.
    pub fn figure(text: impl Into<String>, raw: f64) -> Self {
        Self { text: text.into(), raw: raw.is_finite().then_some(raw), ..Self::default() }
    }
    /// A severity.
    pub fn severity(severity: Severity) -> Self {
        Self { text: severity.word().into(), kind: Some(CellKind::Severity), ..Self::default() }
    }
    /// A result.
    pub fn outcome(outcome: Outcome) -> Self {
        Self { text: outcome.words().into(), kind: Some(CellKind::Result), ..Self::default() }
    }
    /// The same cell, whose row concerns these. None at all leaves the row out of every choice of that facet.
    #[must_use]
    pub fn about(mut self, facet: Facet, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let before = self.about.len();
        self.about.extend(values.into_iter().map(|value| About { facet, value: value.into() }));
        if self.about.len() == before {
            self.about.push(About { facet, value: String::new() });
        }
        self
    }
    /// The same cell, linked.
    #[must_use]
    pub fn link(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<u64> for Cell {
    fn from(n: u64) -> Self {
        Self::count(n)
    }
}

impl From<Severity> for Cell {
    fn from(severity: Severity) -> Self {
        Self::severity(severity)
    }
}

impl From<Outcome> for Cell {
    fn from(outcome: Outcome) -> Self {
        Self::outcome(outcome)
    }
}
