//! What the client says of findings: who owns what, which risks are accepted, how findings were answered.

use serde::Deserialize;

/// Who owns resources that carry no owner tag.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// Account, 12 digits; all accounts without.
    pub account: Option<String>,
    /// Name, id or ARN of the resources, with `*` and `?`; all of the account without.
    pub resource: Option<String>,
    /// The owner, a person, role or team.
    pub owner: String,
}

/// A risk that management accepts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskAcceptance {
    /// Control id.
    pub control: String,
    /// Name, id or ARN of the resources, with `*` and `?`; all of the control's without.
    pub resource: Option<String>,
    /// Why the risk is accepted.
    pub reason: String,
    /// Who owns the risk.
    #[serde(default)]
    pub owner: String,
    /// Who approved the acceptance.
    #[serde(default)]
    pub approver: String,
    /// Last day the acceptance holds, inclusive, in the engagement's time zone (ISO 8601).
    pub expiry: Option<String>,
}

/// A management response to one finding, as a row of the register holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Response {
    /// Id of the finding.
    pub id: String,
    /// `agree`, `partly agree` or `disagree`.
    pub response: String,
    /// Who answers for the remediation.
    pub response_owner: String,
    /// Date agreed for the remediation.
    pub due_date: String,
    /// State of the remediation, in the client's words.
    pub remediation_status: String,
    /// Evidence of the remediation: a ticket, a change, a file.
    pub remediation_evidence: String,
    /// Date of the retest.
    pub retest_date: String,
    /// Result of the retest.
    pub retest_result: String,
    /// Anything else.
    pub comment: String,
}

/// A risk acceptance, from `[[risk_acceptance]]` or from `[[waiver]]` of older engagements.
#[derive(Debug, Clone, Copy)]
pub struct Acceptance<'e> {
    /// Table of the engagement that states it.
    pub table: &'static str,
    /// 0-based place in that table.
    pub at: usize,
    /// Control id.
    pub control: &'e str,
    /// Resources; all of the control's without.
    pub resource: Option<&'e str>,
    /// Whether `*` and `?` in it stand for other text.
    pub is_pattern: bool,
    /// Why the risk is accepted.
    pub reason: &'e str,
    /// Who owns the risk; may be empty.
    pub owner: &'e str,
    /// Who approved it; may be empty.
    pub approver: &'e str,
    /// Last day it holds, inclusive.
    pub expiry: Option<&'e str>,
}

impl Acceptance<'_> {
    /// Whether it holds on a date (`YYYY-MM-DD`).
    pub fn holds(&self, date: &str) -> bool {
        self.expiry.is_none_or(|expiry| expiry >= date)
    }

    /// Whether somebody is named who approved it.
    pub fn is_approved(&self) -> bool {
        !self.approver.trim().is_empty()
    }
}
