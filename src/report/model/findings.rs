//! Findings as a reader sees them.

use serde::{Deserialize, Serialize};

use super::words::{Effort, Severity};
use crate::findings::Status;

/// A finding: exceptions of one cause.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingLine {
    /// Number in this report (`F-01`).
    pub number: String,
    /// The id, the same in every run over the same cause.
    pub id: String,
    /// The deviation.
    pub title: String,
    /// The most severe of its controls.
    pub control: String,
    /// All controls that note it.
    pub controls: Vec<String>,
    /// Severity of the most severe control.
    pub severity: Severity,
    /// Effort to remove the cause.
    pub effort: Effort,
    /// Little effort against a high severity.
    pub is_quick_win: bool,
    /// Whether management does not accept all of it.
    pub is_open: bool,
    /// Accounts by name, then Regions.
    pub place: String,
    /// Days of the events, or the date that configuration was read at.
    pub when: String,
    /// Resources or events by name.
    pub subjects: String,
    /// Who acted; empty where the rows are not events.
    pub actors: String,
    /// Numbers of the incidents it is part of (`I-01`).
    pub incidents: Vec<String>,
    /// The first of its exceptions, in a sentence.
    pub condition: String,
    /// Potential effect.
    pub effect: String,
    /// Owners by the tag `owner` of its resources, else by the engagement; empty where none is known.
    pub owner: String,
    /// What to do; empty in the auditor profile.
    pub recommendation: String,
    /// Accounts by id.
    pub accounts: Vec<String>,
    /// Regions.
    #[serde(default)]
    pub regions: Vec<String>,
    /// Exceptions in it.
    pub exceptions: u64,
    /// Of these, covered by a risk acceptance.
    pub accepted: u64,
    /// Records that it rests on, `FILE:RECORD`.
    pub evidence: Vec<String>,
    /// Against the report of `--baseline`; `None` without one.
    #[serde(default)]
    pub status: Option<Status>,
}
