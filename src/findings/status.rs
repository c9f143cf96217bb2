//! What became of a finding between two reports.

use serde::{Deserialize, Serialize};

/// State of a finding against an earlier report, in the order in which readers meet them.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Noted again, with more exceptions or a higher severity.
    Worse,
    /// Not in the earlier report.
    New,
    /// Not noted again, with its controls tested as fully as before.
    Fixed,
    /// Noted again, with fewer exceptions or a lower severity, and evidence that reaches as far as before.
    Better,
    /// All its exceptions are accepted by management.
    RiskAccepted,
    /// Not noted again, and the evidence does not reach as far as before: nothing is concluded.
    NoLongerTestable,
    /// Noted again, or noted where no earlier report is given.
    #[default]
    Open,
}

impl Status {
    /// Every status, in order.
    pub const ALL: [Self; 7] = [Self::Worse, Self::New, Self::Fixed, Self::Better, Self::RiskAccepted, Self::NoLongerTestable, Self::Open];

    /// The words printed.
    pub fn words(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::New => "new",
            Self::NoLongerTestable => "no longer testable",
            Self::Fixed => "fixed",
            Self::Better => "better",
            Self::RiskAccepted => "risk accepted",
            Self::Open => "open",
        }
    }
}
