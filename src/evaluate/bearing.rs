//! A control, measure or extract as evidence: what it says of the state that is wanted, and how far it reached.

use super::frameworks::Results;
use super::verdict::{self, Verdict};
use crate::catalogue::Catalogue;
use crate::outcome::{Extent, Outcome, Severity};

/// A control, measure or extract that bears on a practice or question.
#[derive(Debug, Clone)]
pub struct Bearing {
    /// Its id.
    pub entry: String,
    /// What it says.
    pub verdict: Verdict,
    /// The severity, of a control.
    pub severity: Option<Severity>,
    /// How far the evidence reached; none where nothing was tested, determined or drawn.
    pub extent: Extent,
}

impl Bearing {
    /// The entry of an id; `None` when nothing has it.
    pub(super) fn of(catalogue: &Catalogue, results: &Results<'_>, id: &str) -> Option<Self> {
        let (verdict, severity, is_there, extent) = if let Some(control) = catalogue.controls.get(id) {
            let run = results.controls.get(id)?;
            (Verdict::of_control(run), Some(control.severity), run.outcome != Outcome::NotTested, run.extent)
        } else if let Some(metric) = catalogue.metrics.get(id) {
            let run = results.metrics.get(id)?;
            (Verdict::of_metric(metric, run), None, run.is_determined(), run.extent)
        } else {
            let run = results.extracts.get(id)?;
            (Verdict::of_extract(run), None, run.rows.is_some(), run.extent)
        };
        Some(Self { entry: id.to_owned(), verdict, severity, extent: if is_there { extent } else { Extent::None } })
    }

    /// It contradicts the practice by itself.
    pub fn is_severe(&self) -> bool {
        self.verdict == Verdict::Against && self.severity.is_some_and(|severity| severity <= Severity::High)
    }

    /// Whether anything was delivered for it.
    pub fn is_delivered(&self) -> bool {
        self.extent != Extent::None
    }

    /// Whether it shows anything against what it is named as contradicting: exceptions, a target missed, rows, or a figure
    /// that should be low and is not.
    pub(super) fn shows(&self, catalogue: &Catalogue, results: &Results<'_>) -> bool {
        match self.verdict {
            Verdict::Against => true,
            Verdict::Open => {
                verdict::listed(results.extracts, &self.entry) > 0 || verdict::is_high(catalogue, results.metrics, &self.entry)
            }
            Verdict::For | Verdict::Silent => false,
        }
    }
}
