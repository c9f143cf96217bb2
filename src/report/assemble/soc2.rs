//! Assembles SOC 2.

use std::collections::BTreeMap;

use super::Input;
use crate::evaluate::EvaluateError;
use crate::report::model::{Chart, ControlResult, Soc2};

/// The section.
pub(super) fn section(_input: &Input<'_>, _controls: &BTreeMap<String, ControlResult>, _charts: &mut BTreeMap<String, Chart>) -> Result<Soc2, EvaluateError> {
    Ok(Soc2::default())
}
