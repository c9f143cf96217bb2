//! What the engagement file may say, as it is written there.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::invoice::Invoice;
use super::register::{Acceptance, Owner, Response, RiskAcceptance};

/// Who named the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// The command line.
    Given,
    /// Nobody: it lay in the folder of the client's exports.
    Found,
}

/// The file an engagement was read from.
#[derive(Debug, Clone)]
pub struct File {
    /// Its path, as given or found.
    pub path: String,
    /// Who named it.
    pub named: Named,
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
    pub(super) text: String,
}

impl File {
    /// Its name without the folder: the same wherever the files lie.
    pub fn name(&self) -> &str {
        Path::new(&self.path).file_name().and_then(|name| name.to_str()).unwrap_or(NAME)
    }
}

/// `engagement.toml` as written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Engagement {
    /// Client and people.
    #[serde(default)]
    pub engagement: About,
    /// Period.
    pub period: Option<PeriodToml>,
    /// Accounts, categories, tags.
    #[serde(default)]
    pub scope: Scope,
    /// Thresholds.
    #[serde(default)]
    pub thresholds: Thresholds,
    /// Named lists that controls use.
    #[serde(default)]
    pub allow_list: Vec<AllowList>,
    /// The client's own controls.
    #[serde(default)]
    pub client_control: Vec<ClientControl>,
    /// What management says.
    #[serde(default)]
    pub representation: Vec<Representation>,
    /// Exceptions accepted by the client.
    #[serde(default)]
    pub waiver: Vec<Waiver>,
    /// Risks that management accepts.
    #[serde(default)]
    pub risk_acceptance: Vec<RiskAcceptance>,
    /// Who owns resources that carry no owner tag; the first that matches counts.
    #[serde(default)]
    pub owner: Vec<Owner>,
    /// Management responses to findings.
    #[serde(default)]
    pub response: Vec<Response>,
    /// Custody of the files.
    #[serde(default)]
    pub received: Vec<Received>,
    /// Workloads reviewed.
    #[serde(default)]
    pub workload: Vec<Workload>,
    /// Invoice totals to hold the charges against.
    #[serde(default)]
    pub invoice: Vec<Invoice>,
    /// The file it was read from; `None` without one.
    #[serde(skip)]
    pub file: Option<File>,
}

/// `[engagement]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Client.
    #[serde(default)]
    pub client: String,
    /// Title of the report.
    #[serde(default)]
    pub title: String,
    /// Firm.
    #[serde(default)]
    pub firm: String,
    /// Who prepares.
    #[serde(default)]
    pub prepared_by: String,
    /// Who reviews.
    #[serde(default)]
    pub reviewed_by: String,
    /// For whom.
    #[serde(default)]
    pub intended_users: String,
}

/// `[period]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodToml {
    /// First day.
    pub from: Option<String>,
    /// Last day.
    pub to: Option<String>,
    /// Date of a type 1 examination.
    pub as_of: Option<String>,
    /// IANA zone; UTC without.
    pub timezone: Option<String>,
    /// Such as `07-19`.
    pub business_hours: Option<String>,
    /// Such as `["Mon", "Tue"]`.
    #[serde(default)]
    pub business_days: Vec<String>,
    /// Days off.
    #[serde(default)]
    pub holidays: Vec<String>,
}

/// `[scope]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// SOC 2 categories; security when empty.
    #[serde(default)]
    pub soc2_categories: Vec<String>,
    /// Tag keys every resource should have.
    #[serde(default)]
    pub required_tags: Vec<String>,
    /// Expected accounts.
    #[serde(default)]
    pub account: Vec<Account>,
    /// Accounts outside the scope that the client knows.
    #[serde(default)]
    pub known_account: Vec<KnownAccount>,
}

/// An expected account.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// 12 digits.
    pub id: String,
    /// Name.
    #[serde(default)]
    pub name: String,
    /// Environment.
    #[serde(default)]
    pub environment: String,
    /// Regions in use.
    #[serde(default)]
    pub regions: Vec<String>,
}

/// An account the client knows.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownAccount {
    /// 12 digits.
    pub id: String,
    /// Label.
    #[serde(default)]
    pub label: String,
}

/// `[thresholds]`, in days but for bursts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// Oldest access key, as stated.
    pub max_key_age_days: Option<i64>,
    /// Longest idleness, as stated.
    pub max_idle_days: Option<i64>,
    /// Shortest retention of audit logs, as stated.
    pub min_retention_days: Option<i64>,
    /// Bursts of events that are exceptions, by control.
    pub burst: Vec<BurstThreshold>,
}

/// From when on a burst of events is an exception of one control.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BurstThreshold {
    /// Id of the control.
    pub control: String,
    /// Count from which a burst is an exception; the catalogue's without.
    pub exception_from: Option<u32>,
    /// Width of the window; the catalogue's without.
    pub minutes: Option<u32>,
}

impl Thresholds {
    /// Oldest access key, in days: as stated, else 90.
    pub fn max_key_age(&self) -> i64 {
        self.max_key_age_days.unwrap_or(90)
    }

    /// Longest idleness, in days: as stated, else 90.
    pub fn max_idle(&self) -> i64 {
        self.max_idle_days.unwrap_or(90)
    }

    /// Shortest retention of audit logs, in days: as stated, else 365.
    pub fn min_retention(&self) -> i64 {
        self.min_retention_days.unwrap_or(365)
    }
}

/// A named list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowList {
    /// Name that controls look for.
    pub name: String,
    /// Values.
    #[serde(default)]
    pub values: Vec<String>,
}

/// A control of the client's own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientControl {
    /// The client's id.
    pub id: String,
    /// The client's words.
    pub text: String,
    /// SOC 2 criteria.
    #[serde(default)]
    pub criteria: Vec<String>,
    /// Our control ids that test it.
    #[serde(default)]
    pub tests: Vec<String>,
}

/// Something management says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Representation {
    /// Seed question, practice or client control.
    pub id: String,
    /// The words.
    pub statement: String,
    /// Who, with role.
    #[serde(default)]
    pub who: String,
    /// When.
    #[serde(default)]
    pub when: String,
    /// Document or ticket.
    #[serde(default)]
    pub reference: String,
    /// Control ids whose exceptions contradict it, beside those of the question.
    #[serde(default)]
    pub contradicted_by: Vec<String>,
}

/// An exception the client accepts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// Control id.
    pub control: String,
    /// Resource id; all of the control's without.
    pub resource: Option<String>,
    /// Why.
    pub reason: String,
    /// Last day.
    pub until: Option<String>,
    /// By whom.
    #[serde(default)]
    pub approved_by: String,
}

/// How files came.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// Path or folder.
    pub path: String,
    /// Who exported.
    #[serde(default)]
    pub who: String,
    /// With which command.
    #[serde(default)]
    pub command: String,
    /// When.
    #[serde(default)]
    pub when: String,
    /// By which way.
    #[serde(default)]
    pub how: String,
    /// Who received.
    #[serde(default)]
    pub received_by: String,
}

/// A workload.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// Name.
    pub name: String,
    /// Accounts.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Stacks.
    #[serde(default)]
    pub stacks: Vec<String>,
}

/// Type of examination the evidence is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Examination {
    /// As of a date.
    Type1,
    /// Through a period.
    Type2,
    /// Neither was asked for: the period is what the files cover.
    Unstated,
}

impl Examination {
    /// The type in words; `None` where it is not stated.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::Type1 => Some("type 1"),
            Self::Type2 => Some("type 2"),
            Self::Unstated => None,
        }
    }
}

/// What an engagement file is called that is looked for.
pub const NAME: &str = "engagement.toml";

impl Engagement {
    /// All risk acceptances, those of older engagements first, in the order of the file.
    pub fn acceptances(&self) -> impl Iterator<Item = Acceptance<'_>> {
        let waivers = self.waiver.iter().enumerate().map(|(at, waiver)| Acceptance {
            table: "waiver",
            at,
            control: &waiver.control,
            resource: waiver.resource.as_deref(),
            is_pattern: false,
            reason: &waiver.reason,
            owner: "",
            approver: &waiver.approved_by,
            expiry: waiver.until.as_deref(),
        });
        waivers.chain(self.risk_acceptance.iter().enumerate().map(|(at, accepted)| Acceptance {
            table: "risk_acceptance",
            at,
            control: &accepted.control,
            resource: accepted.resource.as_deref(),
            is_pattern: true,
            reason: &accepted.reason,
            owner: &accepted.owner,
            approver: &accepted.approver,
            expiry: accepted.expiry.as_deref(),
        }))
    }
}
