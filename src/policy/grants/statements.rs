//! Sets of statements.

use super::world::RuleId;

/// Statements, each once, in their order. A list, since most answers rest on one or two.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Statements(Vec<RuleId>);

impl Statements {
    /// One statement.
    pub fn one(id: RuleId) -> Self {
        Self(vec![id])
    }

    /// Them in order.
    pub fn iter(&self) -> impl Iterator<Item = RuleId> + '_ {
        self.0.iter().copied()
    }

    /// Adds one.
    pub fn insert(&mut self, id: RuleId) {
        if let Err(at) = self.0.binary_search(&id) {
            self.0.insert(at, id);
        }
    }
}
