//! What a comparison says: `comparison.json` is exactly [`Comparison`]. All texts are plain, whatever file they came from.

use serde::{Deserialize, Serialize};

use super::kinds::{Difference, FindingNote, Lack, NoSpend, TestedPeriod};
use crate::findings::Status;
use crate::report::model::{Extent, Outcome, Profile, Severity};

/// Version of the shape of `comparison.json`, raised when a key changes meaning or goes away.
pub const SCHEMA_VERSION: u32 = 2;

/// Reports compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// The reports: two in the order given, more in the order of their periods.
    pub reports: Vec<Summary>,
    /// Each report but the first against the one before it.
    pub steps: Vec<Step>,
}

/// A report in figures.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Letter in this comparison: `A`, `B`, ...
    pub label: String,
    /// Client.
    pub client: String,
    /// Title of the report.
    pub title: String,
    /// The period.
    pub period: TestedPeriod,
    /// Date that configuration was read at.
    pub as_of: String,
    /// Time zone, IANA name.
    pub time_zone: String,
    /// Readership.
    pub profile: Profile,
    /// Version of the tool.
    pub tool_version: String,
    /// SHA-256 of its catalogue.
    pub catalogue_sha256: String,
    /// SHA-256 of its engagement file; empty without one.
    pub engagement_sha256: String,
    /// SHA-256 of its `report.json`.
    pub report_sha256: String,
    /// Accounts with evidence.
    pub accounts: u64,
    /// Open findings by severity, most severe first.
    pub open: [u64; 5],
    /// Findings whose exceptions management accepts.
    pub accepted: u64,
    /// Controls.
    pub controls: u64,
    /// Controls with exceptions.
    pub noted: u64,
    /// Controls tested with evidence limitations.
    pub limited: u64,
    /// Controls not tested.
    pub not_tested: u64,
}

/// A report against the one before it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Label of the earlier report.
    pub old: String,
    /// Label of the later report.
    pub new: String,
    /// What makes the comparison weaker, first things first.
    pub differences: Vec<Difference>,
    /// Findings by status, each status once.
    pub counts: Vec<StatusCount>,
    /// Every finding of either report.
    pub findings: Vec<ComparedFinding>,
    /// Every control of both reports, by id.
    pub controls: Vec<ComparedControl>,
    /// Controls of the earlier report only.
    pub controls_only_old: Vec<String>,
    /// Controls of the later report only.
    pub controls_only_new: Vec<String>,
    /// Spend and opportunities.
    pub spend: Spend,
}

/// How many findings have a status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusCount {
    /// The status.
    pub status: Status,
    /// Findings.
    pub findings: u64,
}

/// A finding in one report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Number in that report (`F-01`).
    pub number: String,
    /// Severity.
    pub severity: Severity,
    /// Exceptions.
    pub exceptions: u64,
    /// Of these, accepted.
    pub accepted: u64,
}

/// A finding in one or both reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComparedFinding {
    /// The id; of the later report where both have it.
    pub id: String,
    /// What became of it.
    pub status: Status,
    /// The deviation.
    pub title: String,
    /// Resources or events by name.
    pub subjects: String,
    /// Accounts and Regions.
    pub place: String,
    /// Accounts by id.
    pub accounts: Vec<String>,
    /// Controls that note it.
    pub controls: Vec<String>,
    /// In the earlier report.
    pub old: Option<Part>,
    /// In the later report.
    pub new: Option<Part>,
    /// Why its absence, or its fewer exceptions, may come from missing evidence.
    pub lacks: Vec<Lack>,
    /// What else a reader must know.
    pub notes: Vec<FindingNote>,
}

/// A control in both reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComparedControl {
    /// The id.
    pub id: String,
    /// The title.
    pub title: String,
    /// Severity in the later report.
    pub severity: Severity,
    /// Before.
    pub old: ControlCounts,
    /// After.
    pub new: ControlCounts,
    /// Its text is another one (`text_sha256`).
    pub text_changed: bool,
    /// So is its SQL.
    pub sql_changed: bool,
}

impl ComparedControl {
    /// Whether anything but the size of its population differs.
    pub fn differs(&self) -> bool {
        let figures = |c: &ControlCounts| (c.result, c.extent, c.exceptions, c.undetermined, c.accepted);
        self.text_changed || figures(&self.old) != figures(&self.new)
    }
}

/// A control's result and counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlCounts {
    /// Result.
    pub result: Outcome,
    /// How far the evidence reached.
    pub extent: Extent,
    /// Population.
    pub population: u64,
    /// Exceptions, accepted ones included.
    pub exceptions: u64,
    /// Unable to conclude.
    pub undetermined: u64,
    /// Accepted.
    pub accepted: u64,
}

/// Spend and opportunities of both reports; amounts of two currencies are never set against each other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spend {
    /// Why nothing can be compared; empty where both reports state charges.
    pub not_compared: Vec<NoSpend>,
    /// Months by currency.
    pub months: Vec<MonthSpend>,
    /// Totals by currency.
    pub totals: Vec<Amounts>,
    /// Opportunities a month by measure and currency.
    pub opportunities: Vec<OpportunitySpend>,
}

/// A month's charges in a currency, as exact decimals; empty where the report holds none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonthSpend {
    /// `YYYY-MM`.
    pub month: String,
    /// Currency code.
    pub currency: String,
    /// Billed, in the earlier report.
    pub billed_old: String,
    /// Billed, in the later report.
    pub billed_new: String,
    /// Effective, in the earlier report.
    pub effective_old: String,
    /// Effective, in the later report.
    pub effective_new: String,
}

/// Totals in a currency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amounts {
    /// Currency code.
    pub currency: String,
    /// Months with charges, in the earlier report.
    pub months_old: u64,
    /// Months with charges, in the later report.
    pub months_new: u64,
    /// Effective, in the earlier report.
    pub effective_old: String,
    /// Effective, in the later report.
    pub effective_new: String,
    /// Later less earlier; empty unless both hold charges of the same number of months.
    pub change: String,
    /// Opportunities a month, in the earlier report.
    pub opportunities_old: String,
    /// Opportunities a month, in the later report.
    pub opportunities_new: String,
}

/// An opportunity in a currency, a month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpportunitySpend {
    /// The measure's id.
    pub metric: String,
    /// Its title.
    pub title: String,
    /// Currency code.
    pub currency: String,
    /// In the earlier report; empty where it shows no amount.
    pub old: String,
    /// In the later report; empty where it shows no amount.
    pub new: String,
}
