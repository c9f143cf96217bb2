//! Assembles appendix, limits, what was not tested.

use std::collections::BTreeMap;

use super::Input;
use crate::report::model::{Appendix, ControlResult, ExtractResult, Limits, MetricResult, NotTested};

/// What was not tested.
pub(super) fn not_tested(_input: &Input<'_>, _controls: &BTreeMap<String, ControlResult>, _metrics: &BTreeMap<String, MetricResult>, _extracts: &BTreeMap<String, ExtractResult>) -> NotTested {
    NotTested::default()
}

/// Limits of this run.
pub(super) fn limits(_input: &Input<'_>) -> Limits {
    Limits::default()
}

/// The appendix.
pub(super) fn section(_input: &Input<'_>, _controls: &BTreeMap<String, ControlResult>, _metrics: &BTreeMap<String, MetricResult>, _extracts: &BTreeMap<String, ExtractResult>) -> Appendix {
    Appendix::default()
}
