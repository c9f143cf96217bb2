//! What SQL of the catalogue, or of a user, may be: one SELECT over tables, nothing that reads files
//! or changes anything.

pub mod bounds;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Cte, Expr, OrderByKind, Query, SetExpr, Statement, TableFactor, Value as SqlValue, ValueWithSpan, Visit, Visitor,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::{Parser, ParserError};

/// Tables a query reads (names of its own WITH parts left out), after checking that it is one SELECT
/// that calls no table function.
///
/// # Errors
/// With the reason in words.
pub fn tables(text: &str) -> Result<BTreeSet<String>, String> {
    let statements = parsed(text)?;
    let [statement] = statements.as_slice() else { return Err("one SELECT is wanted".to_owned()) };
    let Statement::Query(query) = statement else { return Err("only SELECT is allowed".to_owned()) };
    let mut look = Look::default();
    if let ControlFlow::Break(why) = query.visit(&mut look) {
        return Err(why);
    }
    if look.factors > bounds::MAX_TABLES {
        return Err(format!("it reads {} tables; {} are allowed", look.factors, bounds::MAX_TABLES));
    }
    let own = look.own;
    Ok(look.tables.into_iter().filter(|t| !own.contains(t)).collect())
}

/// The statements of a text, after checking that it is neither too long nor too deep.
fn parsed(text: &str) -> Result<Vec<Statement>, String> {
    bounds::check(text)?;
    Parser::parse_sql(&GenericDialect {}, text).map_err(|e| match e {
        ParserError::RecursionLimitExceeded => "it is nested too deeply".to_owned(),
        other => format!("not SQL: {other}"),
    })
}

/// The table whose rows a query's rows are: the first of its FROM, looked up through its WITH parts; of a
/// union the first part's. `None` when the text is no such query.
pub fn base_table(text: &str) -> Option<String> {
    let statements = parsed(text).ok()?;
    let [Statement::Query(query)] = statements.as_slice() else { return None };
    base_of(query, &[])
}

/// `outer` are the WITH parts in sight; a part sees those before it only, so that the way ends.
fn base_of(query: &Query, outer: &[Cte]) -> Option<String> {
    let own = query.with.as_ref().map_or(&[][..], |with| with.cte_tables.as_slice());
    let parts: Vec<Cte> = outer.iter().chain(own).cloned().collect();
    let mut body = query.body.as_ref();
    let select = loop {
        match body {
            SetExpr::Select(select) => break select,
            SetExpr::SetOperation { left, .. } => body = left.as_ref(),
            SetExpr::Query(inner) => return base_of(inner, &parts),
            _ => return None,
        }
    };
    match &select.from.first()?.relation {
        TableFactor::Table { name, .. } => {
            let name = name.to_string();
            match parts.iter().rposition(|part| part.alias.name.value == name) {
                Some(at) => base_of(&parts[at].query, &parts[..at]),
                None => Some(name),
            }
        }
        TableFactor::Derived { subquery, .. } => base_of(subquery, &parts),
        _ => None,
    }
}

/// One key of a query's own order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderKey {
    /// Column of the result.
    pub column: String,
    /// Largest first.
    pub descending: bool,
    /// Whether NULL stands at the end; unless the text says otherwise it does.
    pub nulls_last: bool,
}

/// The keys of a query's outermost ORDER BY, none without one. Only columns can be keys: rows that are alike in
/// all keys are put in order afterwards, by what the result shows.
///
/// # Errors
/// With the reason in words, when a key is no column or rows are cut off in no order.
pub fn order(text: &str) -> Result<Vec<OrderKey>, String> {
    let statements = parsed(text)?;
    let [Statement::Query(query)] = statements.as_slice() else { return Err("one SELECT is wanted".to_owned()) };
    let Some(order) = &query.order_by else {
        let cut = query.limit_clause.is_some() || query.fetch.is_some();
        return if cut { Err("LIMIT without ORDER BY gives other rows from run to run".to_owned()) } else { Ok(Vec::new()) };
    };
    let OrderByKind::Expressions(keys) = &order.kind else { return Err("ORDER BY ALL is outside the portable subset".to_owned()) };
    keys.iter()
        .map(|key| {
            let column = match &key.expr {
                Expr::Identifier(name) => Some(name.value.clone()),
                Expr::CompoundIdentifier(parts) => parts.last().map(|name| name.value.clone()),
                _ => None,
            };
            Ok(OrderKey {
                column: column.ok_or_else(|| format!("ORDER BY {}: only columns of the result can be ordered by", key.expr))?,
                descending: key.options.asc == Some(false),
                nulls_last: key.options.nulls_first != Some(true),
            })
        })
        .collect()
}

#[derive(Default)]
struct Look {
    tables: BTreeSet<String>,
    own: BTreeSet<String>,
    /// What stands in FROM and JOIN, in all parts.
    factors: usize,
}

impl Visitor for Look {
    type Break = String;

    fn pre_visit_query(&mut self, query: &sqlparser::ast::Query) -> ControlFlow<String> {
        if let Some(with) = &query.with {
            if with.recursive {
                return ControlFlow::Break("WITH RECURSIVE is outside the portable subset".to_owned());
            }
            self.own.extend(with.cte_tables.iter().map(|c| c.alias.name.value.clone()));
        }
        match query.body.as_ref() {
            SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::SetOperation { .. } => ControlFlow::Continue(()),
            SetExpr::Values(_) => ControlFlow::Continue(()),
            _ => ControlFlow::Break("only SELECT is allowed".to_owned()),
        }
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<String> {
        self.factors += 1;
        match factor {
            TableFactor::Table { name, args: None, .. } => {
                self.tables.insert(name.to_string());
                ControlFlow::Continue(())
            }
            TableFactor::Derived { .. } | TableFactor::NestedJoin { .. } => ControlFlow::Continue(()),
            other => ControlFlow::Break(format!("{other}: table functions are not allowed")),
        }
    }
}

/// Checks that a text is one scalar expression without a query inside.
///
/// # Errors
/// With the reason in words.
pub fn check_expression(text: &str) -> Result<(), String> {
    expression(text).map(|_| ())
}

fn expression(text: &str) -> Result<Expr, String> {
    bounds::check(text)?;
    let mut parser = Parser::new(&GenericDialect {}).try_with_sql(text).map_err(|e| format!("not SQL: {e}"))?;
    let expr = parser.parse_expr().map_err(|e| format!("not an SQL expression: {e}"))?;
    if parser.peek_token().token != sqlparser::tokenizer::Token::EOF {
        return Err(format!("more text after the expression: {}", parser.peek_token()));
    }
    let mut found = Columns::default();
    if let ControlFlow::Break(why) = expr.visit(&mut found) {
        return Err(why);
    }
    Ok(expr)
}

/// Columns an expression names.
pub fn columns(text: &str) -> BTreeSet<String> {
    let mut found = Columns::default();
    if let Ok(expr) = expression(text) {
        let _ = expr.visit(&mut found);
    }
    found.names
}

#[derive(Default)]
struct Columns {
    names: BTreeSet<String>,
}

impl Visitor for Columns {
    type Break = String;

    fn pre_visit_query(&mut self, _query: &sqlparser::ast::Query) -> ControlFlow<String> {
        ControlFlow::Break("a query inside an expression is not allowed here; put it into the population".to_owned())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<String> {
        if let Expr::Identifier(name) = expr {
            self.names.insert(name.value.clone());
        }
        ControlFlow::Continue(())
    }
}

/// Texts that a query compares a column with, by `=` or `IN`; `None` when it uses the column in another way too, so
/// that any value may matter.
pub fn compared_with(text: &str, column: &str) -> Option<BTreeSet<String>> {
    let statements = parsed(text).ok()?;
    let mut found = Compared { column, values: BTreeSet::new(), uses: 0, compared: 0 };
    let _ = statements.visit(&mut found);
    (found.uses == found.compared).then_some(found.values)
}

struct Compared<'c> {
    column: &'c str,
    values: BTreeSet<String>,
    uses: usize,
    compared: usize,
}

impl Compared<'_> {
    fn is_column(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Identifier(name) => name.value == self.column,
            Expr::CompoundIdentifier(parts) => parts.last().is_some_and(|name| name.value == self.column),
            _ => false,
        }
    }
}

/// The text of a literal.
fn literal(expr: &Expr) -> Option<&str> {
    if let Expr::Value(ValueWithSpan { value: SqlValue::SingleQuotedString(text), .. }) = expr { Some(text) } else { None }
}

impl Visitor for Compared<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        self.uses += usize::from(self.is_column(expr));
        let values: Vec<&str> = match expr {
            Expr::BinaryOp { left, op: BinaryOperator::Eq, right } if self.is_column(left) => literal(right).into_iter().collect(),
            Expr::BinaryOp { left, op: BinaryOperator::Eq, right } if self.is_column(right) => literal(left).into_iter().collect(),
            Expr::InList { expr, list, negated: false } if self.is_column(expr) => {
                let values: Vec<&str> = list.iter().filter_map(literal).collect();
                if values.len() == list.len() { values } else { Vec::new() }
            }
            _ => Vec::new(),
        };
        self.compared += usize::from(!values.is_empty());
        self.values.extend(values.into_iter().map(str::to_owned));
        ControlFlow::Continue(())
    }
}

/// Every identifier of a query or expression, for deciding which columns a scan must read.
pub fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_selects_over_tables() {
        assert_eq!(
            tables("WITH a AS (SELECT x FROM t) SELECT a.x FROM a JOIN u ON a.x = u.x WHERE a.x IN (SELECT y FROM v)").unwrap(),
            ["t", "u", "v"].map(String::from).into()
        );
        for bad in [
            "DELETE FROM t",
            "SELECT 1; SELECT 2",
            "SELECT * FROM read_csv('x')",
            "INSERT INTO t VALUES (1)",
            "WITH RECURSIVE a AS (SELECT 1) SELECT * FROM a",
            "DROP TABLE t",
            "COPY t TO 'x'",
        ] {
            assert!(tables(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sql_that_would_run_out_of_stack_is_refused() {
        let n = 20_000;
        let chain = |operator: &str| vec!["1"; n].join(operator);
        let wrapped = |open: &str, inner: &str, close: &str, times: usize| format!("{}{inner}{}", open.repeat(times), close.repeat(times));
        let expressions = [
            chain("+"),
            chain(" || "),
            chain("::BIGINT + "),
            chain(" AND "),
            chain(" OR 2 = "),
            format!("{}TRUE", "NOT ".repeat(n)),
            format!("{}1", "- ".repeat(n)),
            wrapped("(", "1", ")", n),
            wrapped("(", "1", ")", 100),
            wrapped("ABS(", "1", ")", n),
            wrapped("CASE WHEN TRUE THEN ", "1", " END", n),
            format!("CASE {}END", "WHEN a THEN 1 ".repeat(n)),
            format!("a{}", "[1]".repeat(n)),
            format!("a{}", " IS NULL".repeat(n)),
        ];
        for text in &expressions {
            let start = text.get(..60).unwrap_or(text);
            assert!(check_expression(text).is_err(), "{start}");
            assert!(tables(&format!("SELECT {text} AS x FROM t")).is_err(), "{start}");
            assert!(tables(&format!("SELECT a FROM t WHERE {text}")).is_err(), "{start}");
        }
        for text in [
            wrapped("SELECT * FROM (", "SELECT 1 AS a", ")", n),
            vec!["SELECT 1 AS a, 2 AS b"; n].join(" UNION ALL "),
            format!("SELECT 1 AS a FROM {}", vec!["t"; n].join(", ")),
            format!("SELECT 1 AS a FROM t{}", " CROSS JOIN t".repeat(n)),
            format!("WITH a0 AS (SELECT 1){} SELECT * FROM a0", (1..n).map(|i| format!(", a{i} AS (SELECT * FROM a{})", i - 1)).collect::<String>()),
            format!("SELECT 1 -- {}", "x".repeat(bounds::MAX_BYTES)),
        ] {
            assert!(tables(&text).is_err(), "{}", text.get(..60).unwrap_or(&text));
        }
    }

    #[test]
    fn values_a_column_is_compared_with() {
        let of = |text: &str| compared_with(text, "list_name").map(|v| v.into_iter().collect::<Vec<_>>());
        assert_eq!(of("SELECT value FROM allow_lists WHERE list_name = 'a' OR 'b' = l.list_name").unwrap(), ["a", "b"]);
        assert_eq!(of("SELECT 1 FROM t WHERE x IN (SELECT value FROM allow_lists WHERE list_name IN ('a', 'c'))").unwrap(), ["a", "c"]);
        assert_eq!(of("SELECT 1 FROM t").unwrap(), [""; 0]);
        assert_eq!(of("SELECT list_name FROM allow_lists"), None);
        assert_eq!(of("SELECT 1 FROM allow_lists JOIN t ON list_name = t.name"), None);
    }

    #[test]
    fn the_table_behind_the_rows() {
        for (text, base) in [
            ("SELECT * FROM s3_buckets", Some("s3_buckets")),
            (
                "WITH a AS (SELECT * FROM policy_statements), b AS (SELECT * FROM a) SELECT * FROM s3_buckets s LEFT JOIN b ON s.x = b.x",
                Some("s3_buckets"),
            ),
            (
                "WITH a AS (SELECT * FROM iam_users UNION ALL SELECT * FROM iam_roles), b AS (SELECT * FROM a JOIN c ON a.x = c.x) SELECT * FROM b",
                Some("iam_users"),
            ),
            ("SELECT * FROM (SELECT * FROM tags) t", Some("tags")),
            ("WITH a AS (SELECT * FROM a) SELECT * FROM a", Some("a")),
            ("SELECT 1", None),
            ("nonsense", None),
        ] {
            assert_eq!(base_table(text).as_deref(), base, "{text}");
        }
    }

    #[test]
    fn the_order_a_query_asks_for() {
        let key = |column: &str, descending, nulls_last| OrderKey { column: column.to_owned(), descending, nulls_last };
        assert_eq!(
            order("SELECT u.a, SUM(b) AS n FROM t u GROUP BY u.a ORDER BY n DESC NULLS LAST, u.a ASC NULLS FIRST, c LIMIT 3").unwrap(),
            [key("n", true, true), key("a", false, false), key("c", false, true)]
        );
        assert_eq!(order("SELECT * FROM (SELECT * FROM t ORDER BY a) s").unwrap(), []);
        for bad in ["SELECT * FROM t LIMIT 3", "SELECT * FROM t ORDER BY a + 1"] {
            assert!(order(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn expressions_hold_no_query() {
        assert_eq!(columns("a <> 'Enabled' AND COALESCE(b, FALSE)"), ["a", "b"].map(String::from).into());
        assert!(check_expression("a > (SELECT MAX(b) FROM t)").is_err());
        assert!(check_expression("a = 1; DROP TABLE t").is_err());
    }
}
