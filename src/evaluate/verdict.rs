//! What a result says about the state that is wanted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ControlRun, ExtractRun, MetricRun};
use crate::catalogue::{Catalogue, Metric};
use crate::outcome::Outcome;

/// What a control, measure or extract says about the state that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Exceptions, or a target that is missed.
    Against,
    /// No exceptions in what was tested, or a target that is reached.
    For,
    /// Rows, a figure without a target, or no occurrences: nothing is concluded from them.
    Open,
    /// Nothing was delivered that it could rest on.
    Silent,
}

impl Verdict {
    /// The word in tables of facts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Against => "against",
            Self::For => "for",
            Self::Open => "open",
            Self::Silent => "silent",
        }
    }

    /// Of a control's outcome.
    pub fn of_outcome(outcome: Outcome) -> Self {
        match outcome {
            Outcome::ExceptionsNoted => Self::Against,
            Outcome::NoExceptionsNoted => Self::For,
            Outcome::NoOccurrences => Self::Open,
            Outcome::NotTested => Self::Silent,
        }
    }

    /// Of a control.
    pub fn of_control(run: &ControlRun) -> Self {
        Self::of_outcome(run.outcome)
    }

    /// Of a measure: a target speaks only where it is a plain figure.
    pub fn of_metric(metric: &Metric, run: &MetricRun) -> Self {
        let numbers: Vec<f64> = run.values.iter().filter_map(|value| value.number).collect();
        match Target::parse(&metric.target) {
            _ if numbers.is_empty() => Self::Silent,
            Some(target) if numbers.iter().all(|number| target.holds(*number)) => Self::For,
            Some(_) => Self::Against,
            None => Self::Open,
        }
    }

    /// Of an extract.
    pub fn of_extract(run: &ExtractRun) -> Self {
        if run.rows.is_some() { Self::Open } else { Self::Silent }
    }
}

/// Rows that an extract has; 0 where it was not drawn, or the id is none of an extract.
pub fn listed(extracts: &BTreeMap<String, ExtractRun>, id: &str) -> u64 {
    extracts.get(id).and_then(|run| run.rows).unwrap_or(0)
}

/// Whether a figure of a measure that should be low is not.
pub fn is_high(catalogue: &Catalogue, metrics: &BTreeMap<String, MetricRun>, id: &str) -> bool {
    catalogue.metrics.get(id).is_some_and(|metric| metric.direction == "down")
        && metrics.get(id).is_some_and(|run| run.values.iter().any(|value| value.number.is_some_and(|n| n > 0.0)))
}

/// A target that a figure can be held against. Targets with a reservation ("above 30 percent for work that people use")
/// are none: whether they are missed is for people to say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// Below it.
    Under(f64),
    /// Not above it.
    AtMost(f64),
    /// Not below it.
    AtLeast(f64),
    /// Above it.
    Above(f64),
    /// Within both, ends included.
    Between(f64, f64),
}

impl Target {
    /// Reads the target of a metric; `None` when there is none, or it is not a plain figure.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.trim().trim_end_matches("percent").trim_end_matches('%').trim();
        for (head, make) in
            [("under ", Self::Under as fn(f64) -> Self), ("at most ", Self::AtMost), ("at least ", Self::AtLeast), ("above ", Self::Above)]
        {
            if let Some(rest) = plain.strip_prefix(head) {
                return rest.trim().parse().ok().map(make);
            }
        }
        if let Some((low, high)) = plain.split_once(" to ") {
            return Some(Self::Between(low.trim().parse().ok()?, high.trim().parse().ok()?));
        }
        plain.parse().ok().filter(|n| *n == 0.0).map(Self::AtMost)
    }

    /// Whether a figure reaches it.
    pub fn holds(self, number: f64) -> bool {
        match self {
            Self::Under(n) => number < n,
            Self::AtMost(n) => number <= n,
            Self::AtLeast(n) => number >= n,
            Self::Above(n) => number > n,
            Self::Between(low, high) => (low..=high).contains(&number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_targets_are_held_against_figures() {
        for (text, target) in [
            ("under 20 percent", Some(Target::Under(20.0))),
            ("at most 5 percent", Some(Target::AtMost(5.0))),
            ("at least 98 percent", Some(Target::AtLeast(98.0))),
            ("above 60 percent", Some(Target::Above(60.0))),
            ("70 to 90 percent", Some(Target::Between(70.0, 90.0))),
            ("0 percent", Some(Target::AtMost(0.0))),
            ("0", Some(Target::AtMost(0.0))),
            ("above 30 percent for work that people use", None),
            ("0 percent for people; rare and named for programs", None),
            ("as close to 0 percent as the agreed exceptions allow", None),
            ("every month", None),
            ("", None),
        ] {
            assert_eq!(Target::parse(text), target, "{text}");
        }
        assert!(Target::Under(20.0).holds(19.9) && !Target::Under(20.0).holds(20.0));
        assert!(Target::Between(70.0, 90.0).holds(90.0) && !Target::Between(70.0, 90.0).holds(95.0));
        assert!(Target::AtMost(0.0).holds(0.0) && !Target::AtMost(0.0).holds(0.1));
    }
}
