//! Three-valued answers of tests, with why one is open.

use std::fmt;

use super::super::document::Operator;

/// Why a condition is undecided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The key's value is not in the evidence.
    ValueUnknown,
    /// A policy variable's value is not in the evidence.
    VariableUnknown(String),
    /// A value in the policy or the request that the operator cannot read, and AWS does not document what follows.
    Unreadable(String),
}

/// An undecided condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Undecided {
    /// Operator.
    pub operator: Operator,
    /// Key.
    pub key: String,
    /// Why.
    pub cause: Cause,
}

impl fmt::Display for Undecided {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} on {}: ", self.operator, self.key)?;
        match &self.cause {
            Cause::ValueUnknown => out.write_str("value not in the evidence"),
            Cause::VariableUnknown(name) => write!(out, "value of ${{{name}}} not in the evidence"),
            Cause::Unreadable(text) => write!(out, "effect of the value {text} not documented"),
        }
    }
}

/// A three-valued answer; the reasons of an unknown are sorted and there is at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// Holds.
    Yes,
    /// Does not hold.
    No,
    /// Not decided.
    Unknown(Vec<Undecided>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    Unknown(Cause),
}

impl Answer {
    pub(super) fn of(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }

    pub(super) fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            unknown @ Self::Unknown(_) => unknown,
        }
    }

    /// Yes if one is.
    pub(super) fn any(answers: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::No;
        for answer in answers {
            match answer {
                Self::Yes => return Self::Yes,
                Self::No => {}
                Self::Unknown(cause) => all = least(all, cause),
            }
        }
        all
    }

    /// Yes if every one is.
    pub(super) fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        Self::any(answers.into_iter().map(Self::not)).not()
    }
}

/// Keeps the first cause in order, so that the order of values does not show.
pub(super) fn least(answer: Answer, cause: Cause) -> Answer {
    match answer {
        Answer::Unknown(known) if known <= cause => Answer::Unknown(known),
        _ => Answer::Unknown(cause),
    }
}
