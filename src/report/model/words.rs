//! The words of the report: closed sets that templates, charts and tables share.

use serde::{Deserialize, Serialize};

pub use crate::outcome::{Effort, Extent, Outcome, Severity, StatementTone, Strength};

/// Readership of the report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// All chapters.
    #[default]
    Technical,
    /// The summary; the chapters stand in the annex.
    Executive,
    /// For a service auditor: SOC 2 comes first, recommendations and cost are left out.
    Auditor,
}

impl Profile {
    /// Whether the readers want to know what things cost, and what to do.
    pub fn has_cost(self) -> bool {
        self != Self::Auditor
    }
}

/// How sure the join from a resource to the event that changed it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// The event names the resource's id or ARN.
    Exact,
    /// The event names the resource's name.
    Name,
    /// Nearby in time, or by a partial name.
    #[default]
    Weak,
}

impl Confidence {
    /// The word printed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Name => "by name",
            Self::Weak => "weak",
        }
    }
}

/// True for an id that may stand in a comment, an anchor or a file name: ASCII letters, digits, `.`, `_`, `-`,
/// starting with a letter or digit, 1 to 120 bytes.
pub fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 120
        && text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}
