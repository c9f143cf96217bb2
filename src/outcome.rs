//! The words of a result, shared by evaluation and report: how severe, what was shown, how far the
//! evidence reached.

use serde::{Deserialize, Serialize};

/// Severity of a control, most severe first (so that sorting ascending puts critical first).
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Act at once.
    Critical,
    /// Act first.
    High,
    /// Plan.
    #[default]
    Medium,
    /// When convenient.
    Low,
    /// Worth knowing.
    Informational,
}

impl Severity {
    /// Every severity, most severe first.
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Informational];

    /// The severity of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.word() == word)
    }

    /// The lower-case word printed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Informational => "informational",
        }
    }
}

/// How much work it is to remove the cause of an exception.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// A setting or one command for each item, without downtime.
    Low,
    /// A change window, a rollout over several items, or an enquiry into what happened.
    #[default]
    Medium,
    /// Architecture, migration, re-creation of resources, or a change of ways of working.
    High,
}

impl Effort {
    /// The lower-case word printed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Weight of a statement. `Plain` is a list item; the others become call-outs (GFM alerts).
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementTone {
    /// A list item.
    #[default]
    Plain,
    /// Something to know (`NOTE`).
    Note,
    /// Something that holds and supports reliance (`TIP`).
    Support,
    /// Something the reader must take into account (`IMPORTANT`).
    Important,
    /// A gap or a restriction (`WARNING`).
    Warning,
    /// Contradiction or tampering (`CAUTION`).
    Caution,
}

/// First half of a result: what the test showed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// At least one member of the population is an exception.
    ExceptionsNoted,
    /// A population was tested and showed none.
    NoExceptionsNoted,
    /// The population is empty and the extent is full.
    NoOccurrences,
    /// No conclusion: the extent is none.
    #[default]
    NotTested,
}

impl Outcome {
    /// Every result.
    pub const ALL: [Self; 4] = [Self::ExceptionsNoted, Self::NoExceptionsNoted, Self::NoOccurrences, Self::NotTested];

    /// The words printed.
    pub fn words(self) -> &'static str {
        match self {
            Self::ExceptionsNoted => "exceptions noted",
            Self::NoExceptionsNoted => "no exceptions noted",
            Self::NoOccurrences => "no occurrences",
            Self::NotTested => "not tested",
        }
    }
}

/// Second half of a result: how far the evidence reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// Every member of the population could be tested.
    Full,
    /// Some could not; the reasons are listed.
    Partial,
    /// None could; the reasons are listed.
    #[default]
    None,
}

impl Extent {
    /// The word printed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::None => "none",
        }
    }
}

/// Strength of evidence for an answer, weakest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// No evidence delivered.
    #[default]
    None,
    /// Hints only.
    Weak,
    /// Part of the answer.
    Partial,
    /// The answer can rest on it.
    Strong,
}

impl Strength {
    /// The word printed.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Weak => "weak",
            Self::Partial => "partial",
            Self::Strong => "strong",
        }
    }
}
