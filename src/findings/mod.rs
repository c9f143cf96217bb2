//! Findings: what a reader acts on. Exceptions of one cause become one finding; a finding has a stable id, a title, an effect, an
//! effort and an owner, whatever order files, threads or controls came in.
//!
//! Exceptions share a cause when, within one family of controls, they rest on the same record or agree in what their control
//! declares as `cause`: one sign-in as root that three controls note is one finding, not three.

mod accepted;
mod group;
mod incident;
mod owner;
mod register;
pub mod responses;
mod status;
mod subject;
mod tables;

use sha2::{Digest as _, Sha256};

use crate::outcome::{Effort, Severity};

pub use accepted::Accepted;
pub use group::{findings, of_engagement};
pub use incident::{Incident, WINDOW_HOURS, link};
pub use owner::Tagged;
pub use register::{GENERATED, TYPED, column};
pub use status::Status;
pub use tables::{Made, tables};

/// A group of exceptions with one cause, or a risk acceptance that does not stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finding {
    /// Place in the order of severity, as a reader sees it: `F-01`.
    pub number: String,
    /// Family and cause: `FAMILY-` and ten hex digits over what the exceptions share. The same in every run over the same cause.
    pub id: String,
    /// Ids that the same cause has, or once had: of other exceptions in it and of former families. Sorted.
    pub aliases: Vec<String>,
    /// Family of controls, or the one control's id.
    pub family: String,
    /// What it is about.
    pub kind: Kind,
    /// The deviation, as the most severe of its controls names it.
    pub title: String,
    /// The most severe of its controls: where severity, title, effect and recommendation come from.
    pub control: String,
    /// All controls that note it, by id.
    pub controls: Vec<String>,
    /// Severity of the most severe control.
    pub severity: Severity,
    /// Effort of the same control.
    pub effort: Effort,
    /// What should be, as the same control states it.
    pub statement: String,
    /// The criteria that its controls answer, `framework:id`; sorted.
    pub criteria: Vec<String>,
    /// Potential effect, one sentence.
    pub effect: String,
    /// What to do.
    pub recommendation: String,
    /// Accounts, sorted.
    pub accounts: Vec<String>,
    /// Regions, sorted.
    pub regions: Vec<String>,
    /// Names of resources, each once; sorted.
    pub resources: Vec<String>,
    /// Names of the events, where the rows are events; sorted.
    pub events: Vec<String>,
    /// Who acted, where the rows are events; sorted.
    pub actors: Vec<String>,
    /// Who acted when, UTC microseconds, by a name that distinguishes sessions where no person is known; sorted.
    pub acts: Vec<(String, i64)>,
    /// First time, UTC microseconds, where the rows are events.
    pub first: Option<i64>,
    /// Last time.
    pub last: Option<i64>,
    /// Exceptions in it, accepted ones included.
    pub exceptions: u64,
    /// Of these, covered by a risk acceptance.
    pub waived: u64,
    /// Exceptions and population of [`Finding::control`] over the whole scope, where the population is known to be more than
    /// what the control's own query left as exceptions.
    pub deviations: Option<(u64, u64)>,
    /// The sentence of its first exception, by severity, time and record.
    pub condition: String,
    /// Owners: by the tag of its resources, else by the engagement. Sorted; empty where none is known.
    pub owner: Vec<String>,
    /// Records that it rests on, `FILE:RECORD`, without repetition, in order; at most [`EVIDENCE`].
    pub evidence: Vec<String>,
    /// Numbers of the incidents it is part of, in their order.
    pub incidents: Vec<String>,
    /// Its exceptions: control, and place among the rows of the control's run.
    pub members: Vec<(String, usize)>,
    /// Of a risk acceptance: exceptions that it matches.
    pub covered: u64,
    /// Of a risk acceptance: last day, as the engagement states it.
    pub expiry: String,
    /// Of a risk acceptance: table and 1-based place in the engagement.
    pub source: String,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// Exceptions of one cause.
    #[default]
    Exceptions,
    /// A risk acceptance of the engagement.
    Acceptance(Fault),
}

/// Why a risk acceptance does not stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Its last day is before the as-of date.
    Expired,
    /// Nobody is named who approved it.
    NoApprover,
    /// It has no last day.
    NoExpiry,
    /// No exception matches it.
    MatchesNothing,
}

impl Fault {
    /// Family of its findings.
    pub fn family(self) -> &'static str {
        match self {
            Self::Expired => "risk-acceptance-expired",
            Self::NoApprover => "risk-acceptance-unapproved",
            Self::NoExpiry => "risk-acceptance-without-expiry",
            Self::MatchesNothing => "risk-acceptance-unmatched",
        }
    }

    /// Title of its findings.
    pub fn title(self) -> &'static str {
        match self {
            Self::Expired => "Risk acceptance expired",
            Self::NoApprover => "Risk acceptance without approver",
            Self::NoExpiry => "Risk acceptance without expiry date",
            Self::MatchesNothing => "Risk acceptance matches no exception",
        }
    }
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
        self.exceptions > 0 && self.waived == self.exceptions
    }

    /// Where it stands.
    pub fn status(&self) -> Status {
        if self.is_accepted() { Status::RiskAccepted } else { Status::Open }
    }
}

/// The id of a finding of a family with a cause.
fn id_of(family: &str, cause: &str) -> String {
    let hash = const_hex::encode(Sha256::digest(format!("{family}\n{cause}")));
    format!("{family}-{}", &hash[..10])
}
