//! Tables that a query asks whether something is *not* in them: those on the side of a join that may find nothing, and
//! those of NOT EXISTS and NOT IN. WITH parts and subqueries are looked through.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use sqlparser::ast::{Expr, JoinOperator, Query, Select, TableFactor, Visit, Visitor};

use super::shape::table_name;

/// Those tables.
pub(super) fn tables(query: &Query) -> BTreeSet<String> {
    let mut look = Look::default();
    let _: ControlFlow<()> = query.visit(&mut look);
    let mut found = BTreeSet::new();
    let mut left: Vec<String> = look.optional.into_iter().collect();
    while let Some(name) = left.pop() {
        if found.insert(name.clone()) {
            left.extend(look.parts.get(&name).into_iter().flatten().cloned());
        }
    }
    found.into_iter().filter(|name| !look.parts.contains_key(name)).collect()
}

#[derive(Default)]
struct Look {
    /// Names that each WITH part reads.
    parts: BTreeMap<String, BTreeSet<String>>,
    /// Names on a side that may find nothing.
    optional: BTreeSet<String>,
}

impl Visitor for Look {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        for part in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.parts.entry(part.alias.name.value.clone()).or_default().extend(names(part.query.as_ref()));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        for from in &select.from {
            let mut before: Vec<&TableFactor> = vec![&from.relation];
            for join in &from.joins {
                use JoinOperator::{FullOuter, Left, LeftAnti, LeftOuter, Right, RightAnti, RightOuter};
                if matches!(join.join_operator, Left(_) | LeftOuter(_) | LeftAnti(_) | FullOuter(_)) {
                    self.optional.extend(names(&join.relation));
                }
                if matches!(join.join_operator, Right(_) | RightOuter(_) | RightAnti(_) | FullOuter(_)) {
                    self.optional.extend(before.iter().flat_map(|factor| names(*factor)));
                }
                before.push(&join.relation);
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Exists { subquery, negated: true } | Expr::InSubquery { subquery, negated: true, .. } => {
                self.optional.extend(names(subquery.as_ref()));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// Names in the FROM of a part, and in its subqueries.
fn names(part: &impl Visit) -> BTreeSet<String> {
    #[derive(Default)]
    struct Names(BTreeSet<String>);
    impl Visitor for Names {
        type Break = ();

        fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
            if let TableFactor::Table { name, .. } = factor {
                self.0.insert(table_name(name));
            }
            ControlFlow::Continue(())
        }
    }
    let mut names = Names::default();
    let _: ControlFlow<()> = part.visit(&mut names);
    names.0
}

#[cfg(test)]
mod tests {
    use super::super::Query;

    #[test]
    fn what_may_find_nothing_is_told_from_what_must_be_there() {
        for (text, wanted) in [
            ("SELECT a.x AS x FROM a JOIN b ON a.x = b.x", ""),
            ("SELECT a.x AS x FROM a LEFT JOIN b ON a.x = b.x JOIN c ON a.x = c.x", "b"),
            ("SELECT a.x AS x FROM a RIGHT JOIN b ON a.x = b.x", "a"),
            ("SELECT a.x AS x FROM a FULL JOIN b ON a.x = b.x", "a b"),
            ("WITH p AS (SELECT x FROM b), q AS (SELECT x FROM p) SELECT a.x AS x FROM a LEFT JOIN q ON a.x = q.x", "b"),
            ("SELECT a.x AS x FROM a LEFT JOIN (SELECT x FROM b GROUP BY x) AS q ON a.x = q.x", "b"),
            ("SELECT x FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.x = a.x)", "b"),
            ("SELECT x FROM a WHERE x NOT IN (SELECT x FROM b)", "b"),
            ("SELECT x FROM a WHERE x IN (SELECT x FROM b)", ""),
        ] {
            let found: Vec<String> = Query::parse(text).unwrap().asked_for_absence().iter().cloned().collect();
            assert_eq!(found.join(" "), wanted, "{text}");
        }
    }
}
