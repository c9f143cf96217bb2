//! What a query leaves out of its tables, as far as its text shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use sqlparser::ast::{Expr, JoinConstraint, JoinOperator, Query, Select, SelectItem, SetExpr, Visit, Visitor};

use super::shape::column_of;

/// The columns that decide which rows stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// Rows are also left out by something else than a condition over columns: an inner join, a union, a limit.
    pub(super) beyond: bool,
    /// Columns that WHERE, HAVING and QUALIFY name.
    by: BTreeSet<String>,
    /// Of each column that is computed or renamed: the columns it is made of.
    made_of: BTreeMap<String, BTreeSet<String>>,
}

impl Filter {
    pub(super) fn of(query: &Query) -> Self {
        let mut filter = Self::default();
        let _: ControlFlow<()> = query.visit(&mut filter);
        filter
    }

    /// Whether none of these columns, nor what they are made of, decides which rows stay.
    pub(super) fn is_apart_from(&self, columns: &BTreeSet<String>) -> bool {
        let own = self.whole(columns);
        !self.beyond && self.whole(&self.by).is_disjoint(&own)
    }

    /// Columns and all that they are made of.
    fn whole(&self, columns: &BTreeSet<String>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut left: Vec<&String> = columns.iter().collect();
        while let Some(name) = left.pop() {
            if found.insert(name.clone()) {
                left.extend(self.made_of.get(name).into_iter().flatten());
            }
        }
        found
    }
}

impl Visitor for Filter {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.beyond |= query.limit_clause.is_some() || query.fetch.is_some() || matches!(query.body.as_ref(), SetExpr::SetOperation { .. });
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        for condition in [&select.selection, &select.having, &select.qualify].into_iter().flatten() {
            self.by.extend(columns(condition));
        }
        for join in select.from.iter().flat_map(|from| &from.joins) {
            self.beyond |= !keeps_all(&join.join_operator);
        }
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { expr, alias } = item {
                self.made_of.entry(alias.value.clone()).or_default().extend(columns(expr));
            }
        }
        ControlFlow::Continue(())
    }
}

/// Whether every row of the left side is still there after a join.
fn keeps_all(join: &JoinOperator) -> bool {
    use JoinOperator::{CrossJoin, FullOuter, Left, LeftOuter};
    match join {
        Left(_) | LeftOuter(_) | FullOuter(_) => true,
        CrossJoin(constraint) => matches!(constraint, JoinConstraint::None),
        _ => false,
    }
}

/// Columns that an expression names.
fn columns(expr: &Expr) -> BTreeSet<String> {
    #[derive(Default)]
    struct Columns(BTreeSet<String>);
    impl Visitor for Columns {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            self.0.extend(column_of(expr).map(str::to_owned));
            ControlFlow::Continue(())
        }
    }
    let mut found = Columns::default();
    let _: ControlFlow<()> = expr.visit(&mut found);
    found.0
}

#[cfg(test)]
mod tests {
    use super::super::{Expression, Query};

    #[test]
    fn a_population_that_its_exception_narrows_is_distinguished_from_one_that_is_wider() {
        for (population, exception, wider) in [
            ("SELECT a AS a, b AS b FROM t", "a > 1", true),
            ("SELECT a AS a, b AS b FROM t WHERE b = 'kept'", "a > 1", true),
            // The filter is the exception, plainly, under another name, or in a part.
            ("SELECT a AS a FROM t WHERE a > 1", "a > 1", false),
            ("SELECT t.a AS age FROM t WHERE t.a > 1", "age > 1", false),
            ("WITH p AS (SELECT a + 1 AS b FROM t), q AS (SELECT b AS c FROM p WHERE b > 2) SELECT c AS d FROM q", "d > 2", false),
            ("SELECT a AS a, COUNT(*) AS n FROM t GROUP BY a HAVING COUNT(*) > 1 AND a > 2", "a > 2", false),
            // What a join leaves out cannot be told.
            ("SELECT t.a AS a FROM t JOIN u ON t.x = u.x", "a > 1", false),
            ("SELECT t.a AS a FROM t LEFT JOIN u ON t.x = u.x CROSS JOIN e", "a > 1", true),
            ("SELECT a AS a FROM t UNION SELECT a AS a FROM u", "a > 1", false),
            ("SELECT a AS a FROM t ORDER BY a LIMIT 3", "a > 1", false),
            // Each row is an exception.
            ("SELECT a AS a FROM t", "TRUE", false),
        ] {
            let population = Query::parse(population).unwrap();
            assert_eq!(population.is_wider_than(&Expression::parse(exception).unwrap()), wider, "{population} / {exception}");
        }
    }
}
