//! What a file of the catalogue may hold: controls, extracts, metrics, and the parts that they share.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::sql;
use super::sql::{Expression, Query};
use crate::engagement::BurstThreshold;
use crate::facts::bursts::Wanted;
use crate::facts::observation;
use crate::outcome::{Effort, Severity};

/// The six pillars, in the framework's order.
pub const PILLARS: [(&str, &str); 6] = [
    ("operational_excellence", "Operational excellence"),
    ("security", "Security"),
    ("reliability", "Reliability"),
    ("performance_efficiency", "Performance efficiency"),
    ("cost_optimization", "Cost optimization"),
    ("sustainability", "Sustainability"),
];

/// Where a control's rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Configuration items and other files valid at a date.
    Config,
    /// CloudTrail events of a period.
    Events,
    /// Charges of a period.
    Costs,
}

/// Which events a control looks at.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Select {
    /// Event names; empty = all.
    #[serde(default)]
    pub events: Vec<String>,
    /// Event sources; empty = all.
    #[serde(default)]
    pub sources: Vec<String>,
    /// A row-wise condition.
    #[serde(rename = "where")]
    pub condition: Option<Expression>,
}

/// Records that are a second view of a call, or no call at all: CloudTrail's remarks on rates, and what a VPC endpoint saw.
pub const SECOND_VIEWS: [&str; 2] = ["insight", "network_activity"];

impl Select {
    /// Whether it takes second views of calls too: only where its condition asks what kind a record is of.
    pub fn takes_second_views(&self) -> bool {
        let names = |name: &str| self.condition.as_ref().is_some_and(|condition| condition.columns().contains(name));
        names("record_kind") || names("event_category")
    }

    /// The rows of `cloudtrail_events` that it takes, as SQL.
    pub fn sql(&self) -> String {
        let list = |values: &[String]| values.iter().map(|v| format!("'{}'", v.replace('\'', "''"))).collect::<Vec<_>>().join(", ");
        let mut parts = Vec::new();
        if !self.events.is_empty() {
            parts.push(format!("event_name IN ({})", list(&self.events)));
        }
        if !self.sources.is_empty() {
            parts.push(format!("event_source IN ({})", list(&self.sources)));
        }
        if let Some(condition) = &self.condition {
            parts.push(format!("({condition})"));
        }
        if !self.takes_second_views() {
            parts.push(format!("COALESCE(record_kind, 'call') NOT IN ({})", list(&SECOND_VIEWS.map(str::to_owned))));
        }
        format!("SELECT * FROM cloudtrail_events WHERE {}", parts.join("\n  AND "))
    }
}

/// Groups of events close in time.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Bursts {
    /// Columns that name a group.
    pub keys: Vec<String>,
    /// Column whose distinct values are counted; without it events are.
    pub distinct: Option<String>,
    /// Width of the window.
    pub minutes: u32,
    /// Fewest that make a burst.
    pub at_least: u32,
    /// Count from which a burst is an exception, as the column `exception_from` of its bursts; the engagement may state
    /// another, and other minutes. Without it the entry's SQL says.
    pub exception_from: Option<u32>,
}

impl Bursts {
    /// What makes a burst.
    pub fn wanted(&self) -> Wanted<'_> {
        let (keys, distinct) = (self.keys.as_slice(), self.distinct.as_deref());
        let exception_from = self.exception_from.unwrap_or(self.at_least);
        Wanted { keys, distinct, minutes: self.minutes, at_least: self.at_least, exception_from }
    }

    /// Takes what an engagement states in the place of the catalogue's numbers.
    pub(super) fn state(&mut self, stated: &BurstThreshold) {
        self.minutes = stated.minutes.unwrap_or(self.minutes);
        if let Some(from) = stated.exception_from {
            self.exception_from = Some(from);
            self.at_least = self.at_least.min(from);
        }
    }
}

/// That a control concludes from events which are not there. Rows that do are undetermined unless it is shown that all
/// events of their span are here.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// Kind of the events.
    pub kind: observation::Kind,
    /// Column of the population with the account.
    pub account: String,
    /// Column with the Region; without it all of the account.
    pub region: Option<String>,
    /// Column with the start of the span; without it the start of the period.
    pub from: Option<String>,
    /// Column with its end; without it the end of the period.
    pub to: Option<String>,
    /// Which rows conclude from it.
    #[serde(default)]
    pub rows: AbsenceRows,
}

impl Absence {
    /// The columns it names, each with its key.
    pub fn columns(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let optional = [("absence.region", &self.region), ("absence.from", &self.from), ("absence.to", &self.to)];
        std::iter::once(("absence.account", self.account.as_str()))
            .chain(optional.into_iter().filter_map(|(k, c)| Some((k, c.as_deref()?))))
    }
}

/// Which rows of a control conclude from absence; the others rest on what is there.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsenceRows {
    /// Exceptions: something was not done.
    #[default]
    Exceptions,
    /// All: that a row is no exception rests on absence too.
    All,
}

/// One test case of a control or metric.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows.
    pub why: String,
    /// Rows by table. Beside items, events or files they stand in the place of that table.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "BTreeMap<String, Vec<serde_json::Map<String, serde_json::Value>>>"))]
    pub rows: BTreeMap<String, Vec<toml::Table>>,
    /// Configuration items, each as JSON text or as a table; they pass ingestion.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<serde_json::Value>"))]
    pub items: Vec<toml::Value>,
    /// CloudTrail records, likewise.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<serde_json::Value>"))]
    pub events: Vec<toml::Value>,
    /// Whole exports by file name; `engagement.toml` is read as the engagement.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// What must come out.
    #[cfg_attr(test, schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    pub expect: toml::Table,
}

/// A control.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// The catalogue's id; never renamed or reused.
    pub id: String,
    /// The state that should hold.
    pub title: String,
    /// Its deviation: the title of what its exceptions show, true of each of them.
    pub finding: String,
    /// Pillar id.
    pub pillar: String,
    /// Severity of an exception.
    pub severity: Severity,
    /// Criteria that its test answers, `framework:id`. This is their one home.
    pub criteria: Vec<String>,
    /// Criteria that it helps to understand and does not answer: an exception may speak against one, no exception says
    /// nothing for it.
    #[serde(default)]
    pub context: Vec<String>,
    /// How much work it is to remove the cause of an exception.
    pub effort: Effort,
    /// What exceptions of one finding share.
    pub cause: Vec<Cause>,
    /// Column of the population that holds the resource of an event; without one an event is a resource of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The kind of finding, where several controls note the same cause; its own id where none is given.
    pub family: Option<String>,
    /// Families, or ids of controls, that its findings were once filed under: their ids are read as those of today.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Why it matters.
    pub objective: String,
    /// What may follow from an exception, in one sentence.
    pub effect: String,
    /// How it is tested.
    pub procedure: String,
    /// Query for the population.
    pub population: Query,
    /// Condition that makes a row an exception.
    pub exception: Expression,
    /// Sentence about an exception.
    pub reason: Expression,
    /// Sentence about a row that cannot be decided; without one, or where it is NULL, the columns that are missing are named.
    pub undetermined: Option<Expression>,
    /// What to do.
    pub recommend: String,
    /// What the test cannot see.
    #[serde(default)]
    pub limits: String,
    /// Types or tables that must have been delivered for a row's account and Region, and AWS Config rules
    /// whose results must have been (`config_rule:IDENTIFIER`).
    #[serde(default)]
    pub requires: Vec<String>,
    /// Events it looks at.
    pub select: Option<Select>,
    /// Bursts it looks at.
    pub bursts: Option<Bursts>,
    /// What it concludes from the absence of events.
    pub absence: Option<Absence>,
    /// Why nothing is concluded where its query looks for events that may not be there, and finds none.
    pub presence: Option<String>,
    /// Its cases.
    #[serde(default)]
    pub case: Vec<Case>,
    /// Where it comes from.
    #[serde(skip)]
    pub origin: Origin,
}

/// What exceptions share that are one finding.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The resource.
    Resource,
    /// Who acted.
    Actor,
    /// The record itself.
    Record,
    /// The account.
    Account,
    /// The Region.
    Region,
}

/// An extract: rows listed, no conclusion drawn.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Extract {
    /// Id.
    pub id: String,
    /// What is listed.
    pub title: String,
    /// Pillar id.
    pub pillar: String,
    /// Criteria it bears on.
    #[serde(default)]
    pub criteria: Vec<String>,
    /// Criteria it is context for.
    #[serde(default)]
    pub context: Vec<String>,
    /// What it is for.
    pub objective: String,
    /// How it is drawn.
    pub procedure: String,
    /// Query for the rows.
    pub query: Query,
    /// Events it looks at.
    pub select: Option<Select>,
    /// Bursts it looks at.
    pub bursts: Option<Bursts>,
    /// Types or tables that must have been delivered.
    #[serde(default)]
    pub requires: Vec<String>,
    /// What the rows do not show.
    #[serde(default)]
    pub limit_note: String,
    /// Its cases.
    #[serde(default)]
    pub case: Vec<Case>,
    /// Where it comes from.
    #[serde(skip)]
    pub origin: Origin,
}

/// A metric.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Id.
    pub id: String,
    /// What is measured.
    pub title: String,
    /// Pillar id.
    pub pillar: String,
    /// Criteria it bears on.
    #[serde(default)]
    pub criteria: Vec<String>,
    /// Criteria it is context for.
    #[serde(default)]
    pub context: Vec<String>,
    /// `percent`, `currency`, `count`, `ratio`, `kWh`, ...
    pub unit: String,
    /// `up`, `down` or `none`: where better lies.
    pub direction: String,
    /// How it is measured.
    pub procedure: String,
    /// Query for the value.
    pub value: Option<Query>,
    /// Query for the numerator.
    pub numerator: Option<Query>,
    /// Query for the denominator.
    pub denominator: Option<Query>,
    /// Query for a breakdown.
    pub breakdown: Option<Query>,
    /// Unit of the breakdown's values: a share breaks down into what it is a share of. The metric's own where none is given.
    pub breakdown_unit: Option<String>,
    /// What the breakdown shows, where the metric's title does not say it.
    pub breakdown_title: Option<String>,
    /// What to reach, in words.
    #[serde(default)]
    pub target: String,
    /// The value is money that could be saved.
    #[serde(default)]
    pub opportunity: bool,
    /// Types or tables that must have been delivered.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Events it looks at.
    pub select: Option<Select>,
    /// What the value does not show.
    #[serde(default)]
    pub limits: String,
    /// Its cases.
    #[serde(default)]
    pub case: Vec<Case>,
    /// Where it comes from.
    #[serde(skip)]
    pub origin: Origin,
}

/// Where an entry comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// File, relative to the catalogue.
    pub file: String,
    /// Kind of the file.
    pub kind: Kind,
    /// SHA-256 over all that its file says of it, in canonical form.
    pub sha256: String,
    /// Brought by the user.
    pub custom: bool,
}

impl Default for Origin {
    fn default() -> Self {
        Self { file: String::new(), kind: Kind::Config, sha256: String::new(), custom: false }
    }
}

impl Metric {
    /// Its queries with their names.
    pub fn queries(&self) -> Vec<(&'static str, &Query)> {
        [("value", &self.value), ("numerator", &self.numerator), ("denominator", &self.denominator), ("breakdown", &self.breakdown)]
            .into_iter()
            .filter_map(|(name, query)| query.as_ref().map(|q| (name, q)))
            .collect()
    }
}

/// A list of names that the engagement may give and entries look up.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AllowList {
    /// Its name in the engagement and in SQL.
    pub name: String,
    /// What its values are.
    pub doc: String,
}

/// Tables only this entry sees.
pub fn selected_tables(select: Option<&Select>, bursts: Option<&Bursts>) -> Vec<&'static str> {
    let mut tables = Vec::new();
    if select.is_some() {
        tables.push(sql::SELECTED);
    }
    if bursts.is_some() {
        tables.push(sql::BURSTS);
    }
    tables
}
