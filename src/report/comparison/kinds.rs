//! What a comparison says beside its figures, as data: each kind of sentence with what it is made of. The kinds' names are keys of
//! `comparison.json`; `comparison_words.md` among the templates words them.

use serde::{Deserialize, Serialize};

use crate::reason::Place;
use crate::report::model::{Profile, Severity};

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
