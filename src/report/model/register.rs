//! The findings register as data: `findings.json`, whose form `docs/schema/findings.json` publishes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::words::{Effort, Severity};
use crate::findings::Status;

/// Version of the form of `findings.json`.
pub const REGISTER_VERSION: u32 = 1;

/// All findings of a report, with the responses to them.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// Version of this form.
    pub schema_version: u32,
    /// First day of the period, ISO 8601; empty where no period is known.
    pub period_from: String,
    /// Last day of the period, inclusive.
    pub period_to: String,
    /// Date at which configuration was read, ISO 8601.
    pub as_of: String,
    /// Findings, most severe first, those that management accepts last.
    pub findings: Vec<RegisterEntry>,
    /// Findings of one actor that lie close in time.
    pub incidents: Vec<RegisterIncident>,
    /// Responses to no finding of this report, and second responses to one.
    pub not_in_report: Vec<StrayResponse>,
    /// Responses that could not be understood or placed.
    pub response_problems: Vec<ResponseProblem>,
}

/// A finding: exceptions of one cause, or a risk acceptance that does not stand.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterEntry {
    /// Number in this report (`F-01`).
    pub number: String,
    /// The id, the same in every run over the same cause.
    pub id: String,
    /// Other ids of the same cause: of further exceptions in it and of former families.
    pub aliases: Vec<String>,
    /// Where it stands.
    pub status: Status,
    /// The deviation.
    pub title: String,
    /// Family of controls, or the one control's id.
    pub family: String,
    /// All controls that note it; none for a risk acceptance.
    pub controls: Vec<String>,
    /// Severity of the most severe control.
    pub severity: Severity,
    /// The control that set the severity; of a risk acceptance the control that it is about.
    pub severity_basis: String,
    /// Effort to remove the cause.
    pub effort: Effort,
    /// Little effort against a high severity.
    pub is_quick_win: bool,
    /// Accounts by id.
    pub accounts: Vec<String>,
    /// Regions.
    pub regions: Vec<String>,
    /// Resources by name.
    pub resources: Vec<String>,
    /// Names of the events, where the exceptions are events.
    pub events: Vec<String>,
    /// Who acted; empty where the exceptions are no events.
    pub actors: Vec<String>,
    /// Time of the first event, RFC 3339 in UTC.
    pub first: Option<String>,
    /// Time of the last event.
    pub last: Option<String>,
    /// Numbers of the incidents it is part of (`I-01`).
    pub incidents: Vec<String>,
    /// What should be.
    pub criteria: Criteria,
    /// What is.
    pub condition: String,
    /// Why: who acted, where the exceptions are events; elsewhere the last recorded change of the resource, if there is one.
    pub cause: String,
    /// What may follow.
    pub effect: String,
    /// What to do; empty in the auditor profile.
    pub recommendation: String,
    /// Owners, by tag or engagement.
    pub owner: Vec<String>,
    /// Exceptions in it, accepted ones included.
    pub exceptions: u64,
    /// Of these, covered by a risk acceptance.
    pub accepted: u64,
    /// Rate of deviation of the control that set the severity, where its population is more than its own exceptions.
    pub deviation_rate: Option<DeviationRate>,
    /// Records that it rests on, `FILE:RECORD`, the first 50; of a risk acceptance its place in the engagement.
    pub evidence: Vec<String>,
    /// What management answered.
    pub response: Option<ManagementResponse>,
}

/// What should be.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criteria {
    /// The state that the control states.
    pub statement: String,
    /// Criteria that the controls answer, `framework:id`.
    pub ids: Vec<String>,
}

/// Exceptions of a control over its population, in the whole scope.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviationRate {
    /// The control.
    pub control: String,
    /// Its exceptions.
    pub exceptions: u64,
    /// Its population.
    pub population: u64,
}

/// A response, every cell as it was typed.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManagementResponse {
    /// `agree`, `partly agree`, `disagree`, or another word that was typed.
    pub response: String,
    /// Who answers for the remediation.
    pub response_owner: String,
    /// Date agreed for the remediation.
    pub due_date: String,
    /// State of the remediation.
    pub remediation_status: String,
    /// Evidence of the remediation.
    pub remediation_evidence: String,
    /// Date of the retest.
    pub retest_date: String,
    /// Result of the retest.
    pub retest_result: String,
    /// Anything else.
    pub comment: String,
    /// Columns that people added, by heading.
    pub added: BTreeMap<String, String>,
    /// File it was read from, without its folder.
    pub file: String,
    /// Row of that file, the heading included; of the engagement: place among its responses, from 1.
    pub row: u64,
}

/// A response to no finding of this report.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrayResponse {
    /// The id it names, as typed.
    pub id: String,
    /// What the register that it was typed into said of the finding, by column.
    pub generated: BTreeMap<String, String>,
    /// What was typed.
    pub response: ManagementResponse,
}

/// A response that could not be understood or placed.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseProblem {
    /// File, without its folder.
    pub file: String,
    /// Row of that file.
    pub row: u64,
    /// Id of the finding, as typed.
    pub id: String,
    /// What is wrong, in a sentence.
    pub problem: String,
}

/// Findings of one actor that lie close in time: linked, never merged.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterIncident {
    /// Number in this report (`I-01`).
    pub number: String,
    /// Who acted.
    pub actor: String,
    /// Time of the first event, RFC 3339 in UTC.
    pub first: String,
    /// Time of the last event, 24 hours later at most.
    pub last: String,
    /// Ids of the findings.
    pub findings: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published form of `findings.json`; `UPDATE_DOCS=1` writes it anew.
    #[test]
    fn the_schemas_for_editors_hold_the_register() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/findings.json");
        let text = serde_json::to_string_pretty(&schemars::schema_for!(Register)).unwrap() + "\n";
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == text,
            "docs/schema/findings.json is not that of the code; UPDATE_DOCS=1 cargo test --release --lib schemas_for_editors writes it anew"
        );
    }
}
