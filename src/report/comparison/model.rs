//! What a comparison says: `comparison.json` is exactly [`Comparison`]. It holds data, which `comparison_words.md` among the
//! templates words; all texts are plain, whatever file they came from.

use serde::{Deserialize, Serialize};

use crate::findings::Status;
use crate::reason::Place;
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

/// A report by its place among the two that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The earlier report.
    Earlier,
    /// The later report.
    Later,
}

/// A period that was tested.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestedPeriod {
    /// First day, as the cover prints it; empty when no period was determined.
    pub from: String,
    /// Last day, inclusive.
    pub to: String,
    /// Days; `None` when it was not determined.
    pub days: Option<u64>,
}

/// What two reports do not have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Difference {
    /// The clients.
    Client {
        /// Named by the earlier report.
        old: String,
        /// Named by the later report.
        new: String,
    },
    /// The later report is of an earlier date.
    Order,
    /// Period and evidence of one report do not meet.
    PeriodUnmet {
        /// The report.
        report: Side,
        /// Why, as its cover says.
        why: String,
    },
    /// The periods.
    Period {
        /// Of the earlier report.
        old: TestedPeriod,
        /// Of the later report.
        new: TestedPeriod,
        /// No day lies in both.
        is_apart: bool,
        /// Days after the earlier and before the later one.
        days_between: u64,
    },
    /// The time zones, IANA names.
    TimeZone {
        /// Of the earlier report.
        old: String,
        /// Of the later report.
        new: String,
    },
    /// Accounts, Regions or kinds of evidence.
    Scope(ScopeDifference),
    /// The readership.
    Profile {
        /// Of the earlier report.
        old: Profile,
        /// Of the later report.
        new: Profile,
    },
    /// The versions of the tool.
    Tool {
        /// That wrote the earlier report.
        old: String,
        /// That wrote the later report.
        new: String,
    },
    /// The catalogues.
    Catalogue,
    /// The engagement files.
    Engagement {
        /// The earlier report uses one.
        in_old: bool,
        /// The later report uses one.
        in_new: bool,
    },
    /// A threshold, in days; `None` where it is not stated.
    Threshold {
        /// Its key in the engagement file.
        key: String,
        /// In the earlier report.
        old: Option<i64>,
        /// In the later report.
        new: Option<i64>,
    },
}

/// What differs in scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum ScopeDifference {
    /// A report does not state which accounts its evidence is of.
    AccountsNotStated {
        /// The report.
        report: Side,
    },
    /// Accounts with evidence in one report only.
    Accounts {
        /// The report.
        report: Side,
        /// The accounts.
        accounts: Vec<NamedAccount>,
    },
    /// Kinds of evidence of an account that the later report lacks.
    Evidence {
        /// The account.
        account: NamedAccount,
        /// The kinds.
        evidence: Vec<String>,
    },
    /// Regions with evidence in the earlier report only.
    Regions {
        /// The Regions.
        places: Vec<Place>,
    },
}

/// An account with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedAccount {
    /// The id.
    pub id: String,
    /// The name; empty where none is known.
    pub name: String,
}

/// Why a finding that is not noted again cannot be called fixed, in the order in which reasons are given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Lack {
    /// The later report is of an earlier date.
    Order,
    /// Period and evidence of the later report do not meet.
    PeriodUnmet,
    /// An account is not in the later report.
    AccountMissing {
        /// The account.
        account: String,
    },
    /// A report does not describe a control.
    ControlAbsent {
        /// The control; `None` where the report names none of the finding.
        control: Option<String>,
        /// The report.
        report: Side,
    },
    /// A control was not tested.
    ControlNotTested {
        /// The control.
        control: String,
        /// Why, in the words of [`Reason`](crate::reason::Reason).
        reasons: Vec<String>,
    },
    /// A Region is not in the later report.
    RegionMissing {
        /// Only its AWS Config files are missing.
        is_configuration: bool,
        /// The account.
        account: String,
        /// The Region.
        region: String,
    },
    /// Evidence is not in the later report, or of which accounts it is, is not stated.
    EvidenceMissing(MissingEvidence),
    /// The later report covers fewer days.
    PeriodShorter {
        /// Days of the earlier report; `None` where they are not known.
        old: Option<u64>,
        /// Days of the later report; `None` where they are not known.
        new: Option<u64>,
    },
    /// A control had nothing to test.
    PopulationZero {
        /// The control.
        control: String,
        /// Its population before.
        old: u64,
    },
    /// A list that is delivered file by file is shorter, and nothing says whether a file is missing.
    PopulationFell {
        /// The control that tests it.
        control: String,
        /// Its population before.
        old: u64,
        /// Its population now.
        new: u64,
    },
    /// The test of a control is another one.
    ControlChanged {
        /// The control.
        control: String,
    },
    /// An evidence limitation is new or larger.
    Limitation {
        /// The control.
        control: String,
        /// The limitation, in the words of [`Reason`](crate::reason::Reason); `None` where the report states none.
        reason: Option<String>,
    },
    /// Rows could not be decided that were decided, or not there, before.
    Undecided {
        /// The control.
        control: String,
        /// The first of these resources; none where the report does not name all rows.
        resources: Vec<String>,
        /// How many more there are: a list for each finding would outgrow the reports.
        more: u64,
    },
    /// More days are without events.
    DaysMissing {
        /// Days without events now.
        new: u64,
        /// The account.
        account: String,
        /// The Region.
        region: String,
        /// Days without events before.
        old: u64,
    },
}

/// Evidence that a finding would need.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum MissingEvidence {
    /// Records of a kind.
    Records {
        /// The kind.
        evidence: String,
        /// The account.
        account: String,
    },
    /// The engagement file.
    EngagementFile,
    /// A report does not state which accounts its evidence is of.
    AccountsNotStated {
        /// The report.
        report: Side,
    },
    /// The earlier report names no account of the finding.
    AccountNotNamed,
}

/// What else a reader must know of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum FindingNote {
    /// The text of controls is another one.
    TextChanged {
        /// The controls.
        controls: Vec<String>,
    },
    /// That it is better may come from missing evidence.
    MayBeMissing,
    /// The severity is another one.
    SeverityChanged {
        /// Before.
        old: Severity,
        /// Now.
        new: Severity,
    },
    /// Exceptions that were accepted are not any more.
    AcceptanceEnded,
    /// No event of the kind was noted again.
    NoEventAgain,
    /// The engagement file does not give rise to it any more.
    EngagementResolved,
    /// Fewer resources were tested.
    PopulationFell {
        /// The control.
        control: String,
        /// Its population before.
        old: u64,
        /// Its population now.
        new: u64,
    },
    /// Findings that are new, of the same control and account: one of them may be what it became.
    Followed {
        /// The first of them, by number.
        findings: Vec<String>,
        /// How many more there are: a list for each finding would outgrow the reports.
        more: u64,
    },
    /// Its controls were not tested in the earlier report.
    NotTestedBefore {
        /// The controls.
        controls: Vec<String>,
    },
    /// Its accounts are not in the earlier report.
    NotSeenBefore {
        /// The accounts.
        accounts: Vec<String>,
    },
    /// A threshold changed between the reports.
    ThresholdChanged,
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

/// Why a report states no spend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum NoSpend {
    /// It has no such section.
    NoSection {
        /// The report.
        report: Side,
    },
    /// The section was not tested.
    NotTested {
        /// The report.
        report: Side,
        /// Why, as the section says.
        why: String,
    },
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
