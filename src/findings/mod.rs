//! Findings: what a reader acts on. Exceptions of one cause become one finding; a finding has a stable id, a title, an effect, an
//! effort and an owner, whatever order files, threads or controls came in.
//!
//! Exceptions share a cause when, within one family of controls, they rest on the same record or agree in what their control
//! declares as `cause`: one sign-in as root that three controls note is one finding, not three.

mod accepted;
mod group;
mod status;

use crate::outcome::{Effort, Severity};

pub use accepted::{Accepted, holds};
pub use group::{findings, of_engagement};
pub use status::Status;

/// A group of exceptions with one cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Place in the order of severity, as a reader sees it: `F-01`.
    pub number: String,
    /// Family and cause: `FAMILY-` and eight hex digits over what the exceptions share. The same in every run over the same cause.
    pub id: String,
    /// Family of controls, or the one control's id.
    pub family: String,
    /// The deviation, as the most severe of its controls names it.
    pub title: String,
    /// The most severe of its controls: where title, effect and recommendation come from.
    pub control: String,
    /// All controls that note it, by id.
    pub controls: Vec<String>,
    /// Severity of the most severe control.
    pub severity: Severity,
    /// Effort of the same control.
    pub effort: Effort,
    /// Potential effect, one sentence.
    pub effect: String,
    /// What to do.
    pub recommendation: String,
    /// Accounts, sorted.
    pub accounts: Vec<String>,
    /// Regions, sorted.
    pub regions: Vec<String>,
    /// Names of resources, or of events where the rows are events; sorted.
    pub subjects: Vec<String>,
    /// Ids of resources, where the rows are not events; sorted.
    pub resources: Vec<String>,
    /// Who acted, where the rows are events; sorted.
    pub actors: Vec<String>,
    /// First time, UTC microseconds, where the rows are events.
    pub first: Option<i64>,
    /// Last time.
    pub last: Option<i64>,
    /// Exceptions in it, waived ones included.
    pub exceptions: u64,
    /// Of these, covered by a risk acceptance.
    pub waived: u64,
    /// The sentence of its first exception, by severity, time and record.
    pub condition: String,
    /// Records that it rests on, `FILE:RECORD`, without repetition, in order; at most [`EVIDENCE`].
    pub evidence: Vec<String>,
}

/// Records that a finding names.
pub const EVIDENCE: usize = 50;

impl Finding {
    /// Little work against a high severity.
    pub fn is_quick_win(&self) -> bool {
        self.effort == Effort::Low && self.severity <= Severity::High
    }

    /// All of it is accepted.
    pub fn is_accepted(&self) -> bool {
        self.waived == self.exceptions
    }
}
