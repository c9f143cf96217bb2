//! A report that was issued, read back from its `report.json`: only what a comparison needs, whatever else stands in it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::kinds::TestedPeriod;
use crate::base::help::Help;
use crate::reason::Reason;
use crate::report::model::{
    Counts, EvidenceScope, Extent, Outcome, Profile, SCHEMA_VERSION, Severity, SqlText, Threshold, UndeterminedRow,
};

/// Why a file cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum IssuedError {
    /// It ends before it should.
    #[error("it is cut off: {0}")]
    CutOff(serde_json::Error),
    /// It is no JSON, or JSON without the version that every report begins with.
    #[error("it is not a report: {0}")]
    NotReport(serde_json::Error),
    /// Another version of the model.
    #[error("it has schema version {0}; this version of the program compares reports of schema version {SCHEMA_VERSION}")]
    Version(u32),
    /// The right version, and still not what a report holds.
    #[error("it is damaged: {0}")]
    Damaged(serde_json::Error),
    /// Two findings with one id.
    #[error("it is damaged: it holds the finding {0} twice")]
    Twice(String),
}

impl Help for IssuedError {
    fn help(&self) -> Option<Cow<'static, str>> {
        Some(match self {
            Self::CutOff(_) | Self::Damaged(_) | Self::Twice(_) => {
                "copy the report again from where it was written; `sixpillars verify FOLDER` tells whether it is whole".into()
            }
            Self::NotReport(_) => "give the folder that `sixpillars report` wrote, or the report.json in it".into(),
            Self::Version(_) => "write that report again with this version: sixpillars report --store FOLDER/evidence".into(),
        })
    }
}

/// First look: the version, whatever else there is.
#[derive(Deserialize)]
struct Head {
    schema_version: u32,
}

/// A report as issued.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Issued {
    /// SHA-256 of its `report.json`.
    #[serde(skip)]
    pub sha256: String,
    pub(super) profile: Profile,
    pub(super) cover: Cover,
    pub(super) controls: BTreeMap<String, Control>,
    pub(super) findings: Vec<Finding>,
    #[serde(default)]
    pub(super) scope: EvidenceScope,
    pub(super) topics: Topics,
    pub(super) account_names: BTreeMap<String, String>,
    pub(super) appendix: Appendix,
}

/// Its cover.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Cover {
    pub client: String,
    pub title: String,
    pub period_unmet: String,
    pub period_from: String,
    pub period_to: String,
    pub as_of: String,
    pub time_zone: String,
    pub tool_version: String,
    pub catalogue_sha256: String,
    pub engagement_sha256: String,
}

/// A control's result.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Control {
    pub title: String,
    pub severity: Severity,
    pub is_over_events: bool,
    pub result: Outcome,
    pub extent: Extent,
    pub reasons: Vec<Reason>,
    pub as_at: Option<serde::de::IgnoredAny>,
    pub counts: Counts,
    pub undetermined: Vec<UndeterminedRow>,
    pub sql: Vec<SqlText>,
    pub text_sha256: String,
}

impl Control {
    /// Whether its rows are events, or it tests how things stood over the whole period.
    pub fn is_over_period(&self) -> bool {
        self.is_over_events || self.as_at.is_none() || self.counts.table.ends_with("_history")
    }
}

/// A finding.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Finding {
    pub number: String,
    pub id: String,
    /// Ids that it had in earlier catalogues.
    #[serde(default)]
    pub aliases: Vec<String>,
    pub title: String,
    pub controls: Vec<String>,
    pub severity: Severity,
    pub place: String,
    pub subjects: String,
    pub accounts: Vec<String>,
    #[serde(default)]
    pub regions: Vec<String>,
    pub exceptions: u64,
    pub accepted: u64,
    is_open: bool,
}

impl Finding {
    /// Whether management accepts all of it.
    pub fn is_accepted(&self) -> bool {
        !self.is_open
    }

    /// Whether it is about the engagement file, such as a risk acceptance that expired, and rests on no evidence.
    pub fn is_of_engagement(&self) -> bool {
        self.controls.is_empty() && self.exceptions == 0
    }
}

/// Its topics on spend; a report may lack them.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Topics {
    #[serde(rename = "cost/totals", default)]
    pub totals: Option<Topic<TotalQueries>>,
    #[serde(rename = "cost/opportunities", default)]
    pub opportunities: Option<Topic<OpportunityQueries>>,
}

/// A topic.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Topic<Q> {
    pub not_tested: String,
    pub queries: Q,
}

/// Rows of a query.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Rows<R> {
    pub rows: Vec<R>,
}

impl<R> Default for Rows<R> {
    fn default() -> Self {
        Self { rows: Vec::new() }
    }
}

/// Queries of the topic on totals. Topics of one's own may lack them.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct TotalQueries {
    #[serde(default)]
    pub months: Rows<MonthRow>,
    #[serde(default)]
    pub currencies: Rows<CurrencyRow>,
}

/// Charges of a month in a currency.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct MonthRow {
    pub charge_month: String,
    pub billing_currency: String,
    pub billed: String,
    pub effective: String,
}

/// Charges in a currency.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct CurrencyRow {
    pub currency: String,
    pub months: u64,
    pub effective: String,
}

/// Queries of the topic on opportunities.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct OpportunityQueries {
    #[serde(default)]
    pub opportunities: Rows<OpportunityRow>,
    #[serde(default)]
    pub sums: Rows<SumRow>,
}

/// An opportunity.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct OpportunityRow {
    pub metric_id: String,
    pub title: String,
    pub currency: String,
    pub amount_per_month: String,
}

/// Opportunities in a currency.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct SumRow {
    pub currency: String,
    pub per_month: String,
}

/// What of the appendix is compared.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Appendix {
    pub thresholds: Vec<Threshold>,
}

impl Issued {
    /// Reads the text of a `report.json`.
    ///
    /// # Errors
    /// When it is no report of this schema version, or no whole one.
    pub fn parse(bytes: &[u8]) -> Result<Self, IssuedError> {
        let head: Head =
            serde_json::from_slice(bytes).map_err(|e| if e.is_eof() { IssuedError::CutOff(e) } else { IssuedError::NotReport(e) })?;
        if head.schema_version != SCHEMA_VERSION {
            return Err(IssuedError::Version(head.schema_version));
        }
        let mut report: Self = serde_json::from_slice(bytes).map_err(IssuedError::Damaged)?;
        let mut ids = BTreeSet::new();
        if let Some(twice) = report.findings.iter().find(|finding| !ids.insert(&finding.id)) {
            return Err(IssuedError::Twice(twice.id.clone()));
        }
        report.sha256 = const_hex::encode(Sha256::digest(bytes));
        Ok(report)
    }

    /// Names of accounts by id.
    pub fn account_names(&self) -> &BTreeMap<String, String> {
        &self.account_names
    }

    /// Client, as the cover names it.
    pub fn client(&self) -> &str {
        &self.cover.client
    }

    /// The period.
    pub(super) fn period(&self) -> TestedPeriod {
        TestedPeriod { from: self.cover.period_from.clone(), to: self.cover.period_to.clone(), days: self.days() }
    }

    /// First and last day, where they are dates.
    pub(super) fn dates(&self) -> Option<(jiff::civil::Date, jiff::civil::Date)> {
        Some((self.cover.period_from.parse().ok()?, self.cover.period_to.parse().ok()?))
    }

    /// Days of the period.
    pub(super) fn days(&self) -> Option<u64> {
        let (from, to) = self.dates()?;
        let days = from.until(to).ok()?.get_days();
        u64::try_from(i64::from(days) + 1).ok().filter(|days| *days > 0)
    }

    /// Whether it is of an earlier date than another.
    pub(super) fn is_earlier(&self, other: &Self) -> bool {
        match (self.dates(), other.dates()) {
            (Some(own), Some(others)) => (own.1, own.0) < (others.1, others.0),
            _ => self.cover.as_of < other.cover.as_of,
        }
    }
}
