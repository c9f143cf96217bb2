//! Assembles Well-Architected practices and questions.

use std::collections::BTreeMap;

use super::Input;
use crate::report::model::{Chart, ControlResult, WellArchitected};

/// The section.
pub(super) fn section(_input: &Input<'_>, _controls: &BTreeMap<String, ControlResult>, _charts: &mut BTreeMap<String, Chart>) -> WellArchitected {
    WellArchitected::default()
}
