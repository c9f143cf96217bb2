//! The evidence of an answer: what each control, measure or extract came to, and how what management says stands against it.

use serde::{Deserialize, Serialize};

use super::results::MetricValue;
use super::words::{Extent, Outcome, Strength};
pub use crate::evaluate::Verdict;
pub use crate::evaluate::questions::{Role, StrengthReason};
pub use crate::evaluate::represented::{Standing, UnknownName};

/// A review question and its answer. The sentence of the answer is the template's, made of the evidence by its roles.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionAnswer {
    /// `K-SEC`, `Q-SEC-1`.
    pub id: String,
    /// The question.
    pub question: String,
    /// Strength as delivered.
    pub strength: Strength,
    /// The most that these kinds of export can give (the catalogue's ceiling).
    pub ceiling: Strength,
    /// Why the strength is below the ceiling; empty when it is not.
    pub strength_reasons: Vec<StrengthReason>,
    /// What it rests on, the leads first.
    pub evidence: Vec<Evidence>,
    /// What is left for management to represent.
    pub left_to_represent: String,
    /// What management represented, if anything.
    pub representation: Option<Representation>,
}

/// A piece of evidence under an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// What it is in the answer.
    pub role: Role,
    /// What it came to.
    pub piece: Piece,
}

/// What a control, measure or extract came to, as evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// Its id.
    pub id: String,
    /// Its title; of a control, the state that should hold.
    pub title: String,
    /// What it says of the state that is wanted.
    pub verdict: Verdict,
    /// How far the evidence reached; `none` where nothing was delivered for it.
    pub extent: Extent,
    /// Why nothing was delivered for it, in words; empty where something was, or the reason is not known.
    pub why: String,
    /// What it came to.
    pub came_to: CameTo,
}

/// What an entry of the catalogue came to, by its kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum CameTo {
    /// A control.
    Control {
        /// The title of its deviation.
        deviation: String,
        /// What the test showed.
        result: Outcome,
        /// Exceptions, waived ones included.
        exceptions: u64,
        /// Members of the population.
        population: u64,
        /// What the members are.
        counted_in: CountedIn,
        /// Members that could not be decided.
        undetermined: u64,
        /// Of the exceptions, covered by a waiver.
        waived: u64,
        /// The first exceptions by name, where names help.
        named: Vec<String>,
        /// Exceptions beyond those named.
        more: u64,
    },
    /// A measure.
    Metric {
        /// The value, per currency where it is money; empty when not determined.
        values: Vec<MetricValue>,
        /// The unit of the values, as [`super::MetricResult::unit`].
        unit: String,
        /// The ends of an estimate that is a range.
        range: Option<ValueRange>,
        /// The target; may be empty.
        target: String,
    },
    /// An extract.
    Extract {
        /// Rows; `None` when it could not be drawn.
        rows: Option<u64>,
    },
}

/// What the members of a population are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountedIn {
    /// Resources, or whatever a row of a table is.
    #[default]
    Items,
    /// Events.
    Events,
    /// Bursts of events.
    Bursts,
}

/// The ends of a range, each with its unit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueRange {
    /// The lower end.
    pub low: String,
    /// The upper end.
    pub high: String,
}

/// A management representation that evidence contradicts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    /// The practice or question it is about (`SEC08-BP02`).
    pub id: String,
    /// The title of the practice, or the question.
    pub title: String,
    /// The representation.
    pub representation: Representation,
    /// Where it leads.
    pub href: Option<String>,
}

/// What a client says in the engagement, and how that stands against the evidence.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Representation {
    /// The words.
    pub text: String,
    /// Who said it, with role; empty when not stated.
    pub who: String,
    /// When; may be empty.
    pub when: String,
    /// Document or ticket; may be empty.
    pub reference: String,
    /// How it stands.
    pub standing: Standing,
    /// What contradicts it, those that lead first.
    pub contradicted_by: Vec<Piece>,
    /// What supports it; nothing is concluded from that.
    pub supported_by: Vec<Piece>,
    /// What has exceptions that limit it without contradicting it.
    pub limited_by: Vec<Piece>,
}
