//! Results of controls, metrics and extracts, with all that is needed to re-perform them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::parts::Table;
use super::words::{Confidence, Effort, Extent, Outcome, Severity};
use crate::reason::Reason;

/// A metric's result.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricResult {
    /// The id.
    pub id: String,
    /// The title.
    pub title: String,
    /// The pillar's id.
    pub pillar: String,
    /// `percent`, `currency`, `count`, `hours`, `kgCO2e`, `kWh`, ...
    pub unit: String,
    /// `up`, `down` or `none`: which way is better.
    pub direction: String,
    /// The catalogue's or engagement's target; may be empty.
    pub target: String,
    /// The value, per currency where it is money; empty when not determined.
    pub values: Vec<MetricValue>,
    /// How far the evidence reached.
    pub extent: Extent,
    /// Why partial, undetermined or not tested.
    pub reasons: Vec<String>,
    /// True when the value is money that could be saved.
    pub opportunity: bool,
    /// Criteria it bears on.
    pub criteria: Vec<String>,
    /// How it is measured.
    pub procedure: String,
    /// Named SQL texts, in order (`value`, or `numerator`, `denominator`, and `breakdown`).
    pub sql: Vec<SqlText>,
    /// SHA-256 of the metric's text.
    pub text_sha256: String,
    /// A chart of its breakdown, by id. It is printed where a section lists it, not here.
    pub chart: Option<String>,
    /// Breakdown rows.
    pub breakdown: Option<Table>,
    /// Path below `workpapers/`.
    pub workpaper: Option<String>,
}

/// One value of a metric.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricValue {
    /// The value with its unit ("62.4 %", "1,834.20 USD").
    pub text: String,
    /// The number.
    pub raw: Option<f64>,
    /// Currency code; empty when it is not money.
    pub currency: String,
    /// "48 of 77", where it is a ratio; may be empty.
    pub of: String,
}

/// A named SQL text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlText {
    /// `population`, `exception`, `reason`, `select`, `query`, `value`, ...
    pub name: String,
    /// The text as it ran.
    pub text: String,
}

impl SqlText {
    /// A named SQL text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}

/// A control's result, with all that is needed to re-perform it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlResult {
    /// The id.
    pub id: String,
    /// The title: the state that should hold.
    pub title: String,
    /// The title of its deviation.
    pub finding: String,
    /// The pillar's id.
    pub pillar: String,
    /// Severity.
    pub severity: Severity,
    /// How much work it is to remove the cause of an exception.
    pub effort: Effort,
    /// Its rows are events, so that an exception names who acted and not a resource.
    #[serde(default)]
    pub is_over_events: bool,
    /// What the test showed.
    pub result: Outcome,
    /// How far the evidence reached.
    pub extent: Extent,
    /// Why the extent is partial or none, in words.
    pub extent_reasons: Vec<String>,
    /// The same as data, in the same order.
    pub reasons: Vec<Reason>,
    /// When its rows stood so; `None` where the period was tested.
    pub as_at: Option<AsAt>,
    /// Rows in the table, population, exceptions, undetermined.
    pub counts: Counts,
    /// Criteria it bears on.
    pub criteria: Vec<Criterion>,
    /// Why it matters.
    pub objective: String,
    /// What may follow from an exception, in one sentence.
    pub effect: String,
    /// How it is tested.
    pub procedure: String,
    /// What to do; empty in the auditor profile.
    pub recommend: String,
    /// What the test cannot see; may be empty.
    pub limits: String,
    /// The first exceptions (some 10), in the workpaper's order; `counts.exceptions` tells how many there are.
    pub exceptions: Vec<ExceptionRow>,
    /// The first undetermined rows with the engine's reason.
    pub undetermined: Vec<UndeterminedRow>,
    /// Risk acceptances of the engagement that name this control.
    pub acceptances: Vec<ControlAcceptance>,
    /// Management responses to its findings, each with the number of the finding.
    pub responses: Vec<String>,
    /// Path below `workpapers/` that holds every exception.
    pub workpaper: Option<String>,
    /// Named SQL texts: `select` (optional), `population`, `exception`, `reason`.
    pub sql: Vec<SqlText>,
    /// SHA-256 of the control's text.
    pub text_sha256: String,
    /// `catalogue`, or the user's file name for a custom control.
    pub origin: String,
    /// The error, when its evaluation failed.
    pub error: String,
}

impl ControlResult {
    /// What to call it beside its result: its deviation where exceptions were noted, else the state that should hold.
    pub fn heading(&self) -> &str {
        if self.result == Outcome::ExceptionsNoted { &self.finding } else { &self.title }
    }

    /// Frameworks whose criteria it bears on, each once.
    pub fn frameworks(&self) -> BTreeSet<&str> {
        self.criteria.iter().filter_map(Criterion::framework).collect()
    }
}

/// When rows of configuration stood as they were tested.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AsAt {
    /// The date (ISO 8601); empty where each row is as at the last capture delivered.
    pub date: String,
    /// Date that configuration was delivered up to, where it is an earlier one; else empty.
    pub delivered_until: String,
    /// The report is about a period, of which a date shows nothing.
    pub is_of_period: bool,
}

/// A risk acceptance, where it names a control.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlAcceptance {
    /// Resource or pattern; empty: all.
    pub resource: String,
    /// Why.
    pub reason: String,
    /// Who approved it; empty where the engagement file does not say.
    pub approver: String,
    /// Who owns the risk; may be empty.
    pub owner: String,
    /// Last day, inclusive; empty: none.
    pub expiry: String,
    /// It had ended by the date of the report, and is not applied.
    pub is_expired: bool,
}

/// The chain of counts printed with every control.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// The table the population starts from.
    pub table: String,
    /// What its rows are counted in, singular or plural as their number asks ("buckets").
    pub rows_of: String,
    /// Rows in it; `None` when not known.
    pub table_rows: Option<u64>,
    /// Population N.
    pub population: u64,
    /// Exceptions n, waived ones included.
    pub exceptions: u64,
    /// Undetermined u.
    pub undetermined: u64,
    /// Of the exceptions, covered by a waiver.
    pub waived: u64,
}

/// A criterion of a framework.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// As printed ("SOC 2 CC6.1", "SEC08-BP02", "CIS 5.0 2.1.2", "FSBP S3.14").
    pub text: String,
    /// `direct` or `context`.
    pub relation: String,
}

impl Criterion {
    /// The framework's short name, where the text gives one ("soc2" of "soc2:CC6.1").
    pub fn framework(&self) -> Option<&str> {
        self.text.split_once(':').map(|(framework, _)| framework)
    }
}

/// One exception.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExceptionRow {
    /// Resource type, or event name.
    pub kind: String,
    /// Resource id, or principal for an event.
    pub resource: String,
    /// Resource name where it differs from the id; may be empty.
    pub name: String,
    /// Account id.
    pub account: String,
    /// Account name; may be empty.
    pub account_name: String,
    /// Region.
    pub region: String,
    /// Event time, or since when; may be empty.
    pub time: String,
    /// Why it is an exception.
    pub reason: String,
    /// Where it stands in the client's files.
    pub evidence: EvidenceRef,
    /// Who stands behind the event, in words; empty where the row is no event's or nobody is known.
    #[serde(default)]
    pub who: String,
    /// Who changed the resource last, if a record says so.
    pub changed_by: Option<Changer>,
    /// The waiver that covers it; empty when none.
    pub waiver: String,
}

/// A row that could not be decided.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UndeterminedRow {
    /// Resource id or event.
    pub resource: String,
    /// Account id.
    pub account: String,
    /// Region.
    pub region: String,
    /// The engine's reason (`versioning_status` was not delivered).
    pub reason: String,
}

/// A record in a file of the client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceRef {
    /// Path relative to the argument.
    pub file: String,
    /// First hex digits of the file's SHA-256.
    pub sha256: String,
    /// Record index in the file, from 0.
    pub record: u64,
    /// A line that finds the record in the client's own file.
    pub jq: String,
    /// The id that `sixpillars evidence ROW` takes; may be empty.
    pub row: String,
}

/// Who changed a resource last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changer {
    /// The principal.
    pub principal: String,
    /// Session name; may be empty.
    pub session: String,
    /// The event.
    pub event_name: String,
    /// When.
    pub time: String,
    /// Event id.
    pub event_id: String,
    /// How sure the join is.
    pub confidence: Confidence,
}

/// An extract: rows listed, no conclusion drawn.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtractResult {
    /// The id.
    pub id: String,
    /// The title.
    pub title: String,
    /// The pillar's id.
    pub pillar: String,
    /// What it is for.
    pub objective: String,
    /// How it is drawn.
    pub procedure: String,
    /// Rows; `None` when it could not be drawn.
    pub rows: Option<u64>,
    /// How far the evidence reached.
    pub extent: Extent,
    /// Why partial or none.
    pub reasons: Vec<String>,
    /// Criteria it bears on.
    pub criteria: Vec<String>,
    /// The note printed on its limits; may be empty.
    pub limit_note: String,
    /// Named SQL texts.
    pub sql: Vec<SqlText>,
    /// SHA-256 of its text.
    pub text_sha256: String,
    /// The first rows, where the report shows some.
    pub preview: Option<Table>,
    /// Path below `workpapers/`.
    pub workpaper: Option<String>,
}
