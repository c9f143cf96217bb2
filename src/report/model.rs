//! The report model: the one contract between what was evaluated and what is printed.
//!
//! `report.json` is exactly [`Report`], and templates see nothing else. Everything here is already
//! decided and counted; a template words and places it. All strings are *plain text* from any
//! source, hostile or not: the renderer escapes them, whoever wrote the template. Nothing here may
//! hold Markdown or HTML.
//!
//! Conventions:
//! - Counts are `u64` and formatted by the renderer ("12,345"); values with a unit carry their text
//!   beside the raw number ([`MetricValue`], [`Cell`]).
//! - Dates and times are text, already in the zone the cover names (`2024-03-31`, `2024-03-11 14:02 UTC`).
//! - Maps are ordered (`BTreeMap`); lists are in the order they are printed.
//! - Ids of controls, metrics, extracts, tables and charts use `a-z A-Z 0-9 . _ -` only ([`is_id`]).
//! - A link ([`Cell::href`]) is `control:ID`, `procedure:ID`, `question:ID`, `metric:ID`, `extract:ID`, `section:ID`,
//!   `#anchor` or a relative path below `workpapers/`. Never a link made from data.

mod evidence;
mod findings;
pub mod limitations;
mod parts;
mod plots;
pub mod register;
mod results;
mod scope;
mod topics;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use evidence::{
    CameTo, Conflict, CountedIn, Evidence, Piece, QuestionAnswer, Representation, Role, Standing, StrengthReason, UnknownName, ValueRange,
    Verdict,
};
pub use findings::FindingLine;
pub use limitations::Limitation;
pub use parts::{About, Cell, CellKind, Column, Facet, Statement, Table};
pub use plots::{Bar, CalendarRow, Chart, ChartData, DaySeries, DayState, MatrixRow, Part, RangeItem, SeriesKey, Tone, WindowRow};
pub use results::{
    AsAt, Changer, ControlAcceptance, ControlResult, Counts, Criterion, EvidenceRef, ExceptionRow, ExtractResult, MetricResult,
    MetricValue, SqlText, UndeterminedRow,
};
pub use scope::{EvidenceScope, ScopeAccount, ScopePlace};
pub use topics::{QueryData, TopicData};
pub use words::{Confidence, Effort, Extent, Outcome, Profile, Severity, StatementTone, Strength, is_id};

/// Version of the model's shape, raised when a key changes meaning or goes away.
pub const SCHEMA_VERSION: u32 = 5;

/// The whole report.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// Which readership the report is cut for.
    pub profile: Profile,
    /// Cover and scope.
    pub cover: Cover,
    /// Management summary.
    pub summary: Summary,
    /// The six pillars, in the framework's order.
    pub pillars: Vec<PillarSection>,
    /// What was not tested, and why.
    pub not_tested: NotTested,
    /// Appendix: reading order of procedures, thresholds, waivers, templates.
    pub appendix: Appendix,
    /// Every control by id, tested or not.
    pub controls: BTreeMap<String, ControlResult>,
    /// Every metric by id.
    pub metrics: BTreeMap<String, MetricResult>,
    /// Every extract by id.
    pub extracts: BTreeMap<String, ExtractResult>,
    /// Findings, most severe first; those that management accepts last.
    #[serde(default)]
    pub findings: Vec<FindingLine>,
    /// Accounts and Regions that the evidence is of.
    #[serde(default)]
    pub scope: EvidenceScope,
    /// Limitations of the evidence that several tests share.
    #[serde(default)]
    pub limitations: Vec<Limitation>,
    /// Topics by id, with the rows of their queries.
    #[serde(default)]
    pub topics: BTreeMap<String, TopicData>,
    /// Names of accounts by id, where they are known.
    #[serde(default)]
    pub account_names: BTreeMap<String, String>,
    /// Every chart by id; sections name the charts they show.
    pub charts: BTreeMap<String, Chart>,
}

/// Cover and scope.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cover {
    /// The client.
    pub client: String,
    /// The report's title ("Evidence from exported AWS records").
    pub title: String,
    /// The firm that prepares it; may be empty.
    pub firm: String,
    /// `type 1`, `type 2` or empty.
    pub examination: String,
    /// That the period stated and the records do not meet, in a sentence; empty where they do.
    pub period_unmet: String,
    /// First day of the period, in the engagement's zone; empty where no period could be determined.
    pub period_from: String,
    /// Last day of the period, inclusive; empty as the first.
    pub period_to: String,
    /// Date and time configuration was read at.
    pub as_of: String,
    /// Day of the newest configuration delivered, up to [`Cover::as_of`]; empty where none was.
    #[serde(default)]
    pub configuration_until: String,
    /// The newest configuration delivered is of a day before the date it is read at.
    #[serde(default)]
    pub is_configuration_older: bool,
    /// Resources known only from items captured after that date, which stand in no population.
    #[serde(default)]
    pub captured_later: u64,
    /// The engagement's zone, IANA name ("UTC" when none is stated).
    pub time_zone: String,
    /// The period's bounds in UTC to the minute, the end exclusive; empty where no period could be determined.
    #[serde(default)]
    pub period_utc_from: String,
    /// The end of it.
    #[serde(default)]
    pub period_utc_to: String,
    /// Who says what the period is.
    #[serde(default)]
    pub period_said_by: String,
    /// Who prepared it; empty leaves a line to sign.
    #[serde(default)]
    pub prepared_by: String,
    /// Who reviewed it; empty leaves a line to sign.
    #[serde(default)]
    pub reviewed_by: String,
    /// Who the report is meant for.
    pub intended_users: Vec<String>,
    /// Scope in figures.
    #[serde(default)]
    pub scope: CoverScope,
    /// The tool's version.
    pub tool_version: String,
    /// SHA-256 of the running binary.
    pub binary_sha256: String,
    /// SHA-256 of the catalogue used.
    pub catalogue_sha256: String,
    /// SHA-256 of the template set used.
    pub templates_sha256: String,
    /// SHA-256 of the engagement file; empty when there is none.
    pub engagement_sha256: String,
    /// Name of the engagement file; empty when there is none.
    pub engagement_file: String,
    /// True when nobody named the engagement file: it lay in the folder of the client's exports.
    pub engagement_found: bool,
    /// Engagement files among the inputs that were not used, by path.
    pub engagement_unused: Vec<String>,
    /// Size of the catalogue.
    pub catalogue: CatalogueSize,
    /// What policies are decided with beside the client's own exports.
    #[serde(default)]
    pub policy_data: PolicyData,
}

/// How much was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoverScope {
    /// Accounts seen.
    pub accounts: u64,
    /// Regions seen.
    pub regions: u64,
    /// Files.
    pub files: u64,
    /// Records read.
    pub records: u64,
}

/// Public data about policies that the program carries, with its dates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyData {
    /// Texts of AWS managed policies.
    pub managed_policies: u64,
    /// Where they are from.
    pub managed_policies_source: String,
    /// Their date.
    pub managed_policies_dated: String,
    /// Date of AWS's list of actions and their resources.
    pub actions_dated: String,
    /// Date of AWS's list of condition keys.
    pub condition_keys_dated: String,
}

/// How much the catalogue holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueSize {
    /// Controls, custom ones included.
    pub controls: u64,
    /// Of which brought by the user.
    pub custom_controls: u64,
    /// Extracts.
    pub extracts: u64,
    /// Metrics.
    pub metrics: u64,
    /// Declared tables.
    pub tables: u64,
}

/// Management summary.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// What a reader must know first of the evidence, as topics state it; and what became of the findings of an earlier report.
    pub statements: Vec<Statement>,
    /// The findings to act on first ([`super::tables::priority_findings`]).
    pub top_exceptions: Table,
    /// Representations that evidence contradicts.
    pub conflicts: Vec<Conflict>,
}

/// One pillar.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PillarSection {
    /// `operational_excellence`, `security`, `reliability`, `performance_efficiency`, `cost_optimization`, `sustainability`.
    pub id: String,
    /// "Operational excellence".
    pub title: String,
    /// Controls with exceptions, without, no occurrences, not tested.
    pub counts: OutcomeCounts,
    /// The key question answered.
    pub key_question: QuestionAnswer,
    /// The review questions answered.
    pub questions: Vec<QuestionAnswer>,
    /// Metrics shown, by id.
    pub metrics: Vec<String>,
    /// Charts by id.
    pub charts: Vec<String>,
    /// Controls with exceptions noted, by id, most severe first: each is printed with its first exceptions.
    pub exceptions: Vec<String>,
    /// Controls without exceptions or without occurrences, by id: listed in one table.
    pub clean: Vec<String>,
    /// Controls of this pillar not tested, by id.
    pub not_tested: Vec<String>,
    /// Controls over events tested with evidence limitations or not at all, where events do not cover the period; else none.
    pub limited_over_events: u64,
    /// What the engagement names as contradicting a representation about a question of the pillar, and nothing has.
    pub unknown_names: Vec<UnknownName>,
    /// Tables particular to the pillar (blast radius, zones).
    pub tables: Vec<Table>,
}

/// Controls counted by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeCounts {
    /// Exceptions noted.
    pub exceptions_noted: u64,
    /// No exceptions noted.
    pub no_exceptions_noted: u64,
    /// No occurrences.
    pub no_occurrences: u64,
    /// Not tested.
    pub not_tested: u64,
    /// Of the tested ones, tested in part only.
    pub partial: u64,
}

/// What was not tested.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotTested {
    /// Controls by id, in order; every id is printed (a template set that drops one is refused).
    pub controls: Vec<String>,
    /// The same, grouped by reason ([`super::tables::not_tested`]): reason, controls, how to get the records.
    pub by_reason: Table,
    /// Metrics not determined, by id.
    pub metrics: Vec<String>,
    /// Extracts not drawn, by id.
    pub extracts: Vec<String>,
}

/// Appendix.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appendix {
    /// Controls by id in the order printed: every one in `controls`.
    pub controls: Vec<String>,
    /// Metrics by id.
    pub metrics: Vec<String>,
    /// Extracts by id.
    pub extracts: Vec<String>,
    /// Thresholds used.
    #[serde(default)]
    pub thresholds: Vec<Threshold>,
    /// Files of the catalogue that the user brought.
    #[serde(default)]
    pub custom_catalogue: Vec<String>,
    /// Templates and topics that the user brought.
    #[serde(default)]
    pub custom_templates: Vec<String>,
    /// The workpapers beside this report, with SHA-256.
    pub workpapers: Table,
}

/// A threshold that controls compare with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Its key in the engagement file: `max_key_age_days`.
    pub key: String,
    /// Days.
    pub days: i64,
    /// The engagement states it; else it is the catalogue's default.
    pub is_stated: bool,
}
