//! Assembles cost and carbon.

use std::collections::BTreeMap;

use super::Input;
use crate::evaluate::EvaluateError;
use crate::report::model::{Chart, MetricResult, TopicSection};

/// The section.
pub(super) fn section(_input: &Input<'_>, _metrics: &BTreeMap<String, MetricResult>, _charts: &mut BTreeMap<String, Chart>) -> Result<TopicSection, EvaluateError> {
    Ok(TopicSection::default())
}
