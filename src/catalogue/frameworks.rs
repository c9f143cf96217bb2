//! Frameworks: seed questions, SOC 2 criteria, Well-Architected questions and practices.
use std::collections::{BTreeMap, BTreeSet};
use super::CatalogueError;

/// All frameworks.
#[derive(Debug, Clone, Default)]
pub struct Frameworks {}

impl Frameworks {
    pub(super) fn load(_files: &BTreeMap<String, String>) -> Result<Self, CatalogueError> { Ok(Self::default()) }
    pub(super) fn check(&self, _ids: &BTreeSet<&str>) -> Result<(), CatalogueError> { Ok(()) }
    pub(super) fn check_criterion(&self, _c: &str) -> Result<(), String> { Ok(()) }
}
