//! What SQL of the catalogue, or of a user, may be: one SELECT over tables, nothing that reads files or changes
//! anything. A text is parsed once, into a [`Query`] or an [`Expression`]; everything else asks these, and no code
//! looks for words in SQL.

mod absent;
mod filter;
mod shape;

pub mod bounds;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use sqlparser::ast::{self, BinaryOperator, Expr, OrderByKind, SetExpr, Statement, TableFactor, Value, ValueWithSpan, Visit, Visitor};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, Tokenizer};

use crate::schema::EVENT_TABLES;
use filter::Filter;
use shape::{Item, column_of};

/// The rows that an entry selects, as a table that only it sees.
pub const SELECTED: &str = "selected";
/// The bursts of those rows, as a table that only it sees.
pub const BURSTS: &str = "bursts";

/// One SELECT and what it reads and returns.
///
/// A text of the catalogue that is none keeps the reason, which stops the load with file, entry and key; [`Query::parse`]
/// returns it at once.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
pub struct Query {
    text: String,
    tables: BTreeSet<String>,
    base: Option<String>,
    items: Vec<Item>,
    order: Vec<OrderKey>,
    names: BTreeSet<String>,
    tested: BTreeSet<String>,
    whole_rows: bool,
    allow_lists: BTreeSet<String>,
    absent: BTreeSet<String>,
    filter: Filter,
    unordered: Option<String>,
    fault: Option<String>,
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

impl Query {
    /// Parses a text.
    ///
    /// # Errors
    /// With the reason in words, when it is anything but one SELECT over tables that calls no table function.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim().trim_end_matches(';').trim_end();
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
        let (order, unordered) = match order(query) {
            Ok(keys) => (keys, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        let own = look.own;
        Ok(Self {
            text: text.to_owned(),
            tables: look.tables.into_iter().filter(|t| !own.contains(t)).collect(),
            base: shape::base(query, &[]),
            items: shape::items(query, &[]),
            order,
            names: words(text)?,
            tested: look.mentions.into_iter().filter(|(_, n)| *n > 0).map(|(name, _)| name).collect(),
            whole_rows: look.whole_rows,
            allow_lists: look.allow_lists,
            absent: absent::tables(query),
            filter: Filter::of(query),
            unordered,
            fault: None,
        })
    }

    /// The text, without blanks around it and without a semicolon.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Tables it reads, without the names of its own WITH parts.
    pub fn tables(&self) -> &BTreeSet<String> {
        &self.tables
    }

    /// The table whose rows its rows are: the first of its FROM, looked up through its WITH parts and subqueries; of a
    /// union the first part's. `None` when it reads none.
    pub fn base(&self) -> Option<&str> {
        self.base.as_deref()
    }

    /// The columns of its result, in order. `of` knows the columns of a table, for `*`.
    ///
    /// # Errors
    /// With the reason in words, when a column has no name, or `*` stands for columns that cannot be told.
    pub fn columns(&self, of: &dyn Fn(&str) -> Option<Vec<String>>) -> Result<Vec<String>, String> {
        let mut columns = Vec::new();
        for item in &self.items {
            match item {
                Item::Column(name) => columns.push(name.clone()),
                Item::All(table) => columns.extend(of(table).ok_or_else(|| format!("the columns of {table} are not known"))?),
                Item::Unnamed(expr) => return Err(format!("{expr} has no name in the result; give it one with AS")),
                Item::Unknown(star) => return Err(format!("{star}: name the columns that are wanted")),
            }
        }
        Ok(columns)
    }

    /// The keys of its outermost ORDER BY, none without one. Only columns can be keys: rows that are alike in all keys
    /// are put in order afterwards, by what the result shows.
    ///
    /// # Errors
    /// With the reason in words, when a key is no column or rows are cut off in no order.
    pub fn order(&self) -> Result<&[OrderKey], String> {
        self.unordered.clone().map_or(Ok(&self.order), Err)
    }

    /// Whether some part of it takes all columns of a table, so that [`Query::names`] does not hold them.
    pub fn takes_whole_rows(&self) -> bool {
        self.whole_rows
    }

    /// Every word of its text outside literals: all names of columns are among them.
    pub fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// Columns that it does more with than pass them on: it compares them, groups by them, computes with them or gives them
    /// another name.
    pub fn tested(&self) -> &BTreeSet<String> {
        &self.tested
    }

    /// Names of the engagement's lists that it looks up.
    pub fn allow_lists(&self) -> &BTreeSet<String> {
        &self.allow_lists
    }

    /// Tables of which it asks whether something is not in them: on the side of a join that may find nothing, in NOT EXISTS
    /// or NOT IN.
    pub fn asked_for_absence(&self) -> &BTreeSet<String> {
        &self.absent
    }

    /// Whether its rows are known to be more than those that meet a condition: it leaves nothing out by the columns that the
    /// condition tests, nor by anything whose effect its text does not show.
    pub fn is_wider_than(&self, condition: &Expression) -> bool {
        !condition.columns().is_empty() && self.filter.is_apart_from(condition.columns())
    }

    /// Whether it reads events, a selection of them or a rollup.
    pub fn reads_events(&self) -> bool {
        self.tables.iter().any(|t| holds_events(t))
    }

    /// Why a text of the catalogue is no query.
    ///
    /// # Errors
    /// With that reason.
    pub fn check(&self) -> Result<(), String> {
        self.fault.clone().map_or(Ok(()), Err)
    }
}

/// Whether a table holds events, a selection of them or a rollup.
pub fn holds_events(table: &str) -> bool {
    table == SELECTED || table == BURSTS || EVENT_TABLES.contains(&table)
}

impl From<String> for Query {
    fn from(text: String) -> Self {
        Self::parse(&text).unwrap_or_else(|why| Self { text, fault: Some(why), ..Self::default() })
    }
}

impl From<Query> for String {
    fn from(query: Query) -> Self {
        query.text
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// One scalar expression over the columns of a row, without a query inside. As a [`Query`], one of the catalogue that is
/// none keeps the reason.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
pub struct Expression {
    text: String,
    columns: BTreeSet<String>,
    fault: Option<String>,
}

impl Expression {
    /// Parses a text.
    ///
    /// # Errors
    /// With the reason in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        bounds::check(text)?;
        let mut parser = Parser::new(&GenericDialect {}).try_with_sql(text).map_err(|e| format!("not SQL: {e}"))?;
        let expr = parser.parse_expr().map_err(|e| format!("not an SQL expression: {e}"))?;
        if parser.peek_token().token != Token::EOF {
            return Err(format!("more text after the expression: {}", parser.peek_token()));
        }
        let mut found = Columns::default();
        if let ControlFlow::Break(why) = expr.visit(&mut found) {
            return Err(why);
        }
        Ok(Self { text: text.to_owned(), columns: found.names, fault: None })
    }

    /// The text, without blanks around it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Columns it names.
    pub fn columns(&self) -> &BTreeSet<String> {
        &self.columns
    }

    /// Why a text of the catalogue is no expression.
    ///
    /// # Errors
    /// With that reason.
    pub fn check(&self) -> Result<(), String> {
        self.fault.clone().map_or(Ok(()), Err)
    }
}

impl From<String> for Expression {
    fn from(text: String) -> Self {
        Self::parse(&text).unwrap_or_else(|why| Self { text, fault: Some(why), ..Self::default() })
    }
}

impl From<Expression> for String {
    fn from(expression: Expression) -> Self {
        expression.text
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The statements of a text, after checking that it is neither too long nor too deep.
fn parsed(text: &str) -> Result<Vec<Statement>, String> {
    bounds::check(text)?;
    Parser::parse_sql(&GenericDialect {}, text).map_err(|e| match e {
        ParserError::RecursionLimitExceeded => "it is nested too deeply".to_owned(),
        other => format!("not SQL: {other}"),
    })
}

fn order(query: &ast::Query) -> Result<Vec<OrderKey>, String> {
    let Some(order) = &query.order_by else {
        let cut = query.limit_clause.is_some() || query.fetch.is_some();
        return if cut { Err("LIMIT without ORDER BY gives other rows from run to run".to_owned()) } else { Ok(Vec::new()) };
    };
    let OrderByKind::Expressions(keys) = &order.kind else { return Err("ORDER BY ALL is outside the portable subset".to_owned()) };
    keys.iter()
        .map(|key| {
            let column = column_of(&key.expr);
            Ok(OrderKey {
                column: column.ok_or_else(|| format!("ORDER BY {}: only columns of the result can be ordered by", key.expr))?.to_owned(),
                descending: key.options.asc == Some(false),
                nulls_last: key.options.nulls_first != Some(true),
            })
        })
        .collect()
}

/// The words of a text outside literals and comments.
fn words(text: &str) -> Result<BTreeSet<String>, String> {
    let tokens = Tokenizer::new(&GenericDialect {}, text).tokenize().map_err(|e| format!("not SQL: {e}"))?;
    Ok(tokens.into_iter().filter_map(|token| if let Token::Word(word) = token { Some(word.value) } else { None }).collect())
}

#[derive(Default)]
struct Look {
    tables: BTreeSet<String>,
    own: BTreeSet<String>,
    /// What stands in FROM and JOIN, in all parts.
    factors: usize,
    whole_rows: bool,
    allow_lists: BTreeSet<String>,
    /// How often each column is named, less the times it is only passed on.
    mentions: BTreeMap<String, i64>,
}

impl Visitor for Look {
    type Break = String;

    fn pre_visit_query(&mut self, query: &ast::Query) -> ControlFlow<String> {
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

    fn pre_visit_select(&mut self, select: &ast::Select) -> ControlFlow<String> {
        use ast::SelectItem::{ExprWithAlias, QualifiedWildcard, UnnamedExpr, Wildcard};
        for item in &select.projection {
            let passed_on = match item {
                UnnamedExpr(expr) => column_of(expr),
                ExprWithAlias { expr, alias } => column_of(expr).filter(|name| *name == alias.value),
                _ => None,
            };
            if let Some(name) = passed_on {
                *self.mentions.entry(name.to_owned()).or_default() -= 1;
            }
        }
        self.whole_rows |= select.projection.iter().any(|item| matches!(item, QualifiedWildcard(..) | Wildcard(_)));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<String> {
        self.factors += 1;
        match factor {
            TableFactor::Table { name, args: None, .. } => {
                self.tables.insert(shape::table_name(name));
                ControlFlow::Continue(())
            }
            TableFactor::Derived { .. } | TableFactor::NestedJoin { .. } => ControlFlow::Continue(()),
            other => ControlFlow::Break(format!("{other}: table functions are not allowed")),
        }
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<String> {
        if let Some(name) = column_of(expr) {
            *self.mentions.entry(name.to_owned()).or_default() += 1;
        }
        let is_list = |e: &Expr| column_of(e) == Some("list_name");
        match expr {
            Expr::BinaryOp { left, op: BinaryOperator::Eq, right } if is_list(left) => self.allow_lists.extend(literal(right)),
            Expr::BinaryOp { left, op: BinaryOperator::Eq, right } if is_list(right) => self.allow_lists.extend(literal(left)),
            Expr::InList { expr, list, .. } if is_list(expr) => self.allow_lists.extend(list.iter().filter_map(literal)),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// The text of a literal.
fn literal(expr: &Expr) -> Option<String> {
    if let Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) = expr { Some(text.clone()) } else { None }
}

#[derive(Default)]
struct Columns {
    names: BTreeSet<String>,
}

impl Visitor for Columns {
    type Break = String;

    fn pre_visit_query(&mut self, _query: &ast::Query) -> ControlFlow<String> {
        ControlFlow::Break("a query inside an expression is not allowed here; put it into the population".to_owned())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<String> {
        self.names.extend(column_of(expr).map(str::to_owned));
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        Query::parse(text).unwrap()
    }

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|n| (*n).to_owned()).collect()
    }

    #[test]
    fn only_selects_over_tables() {
        let good = query("WITH a AS (SELECT x FROM t) SELECT a.x FROM a JOIN u ON a.x = u.x WHERE a.x IN (SELECT y FROM v); ");
        assert_eq!(*good.tables(), set(&["t", "u", "v"]));
        assert_eq!(*query("SELECT * FROM \"t\"").tables(), set(&["t"]));
        assert!(good.text().ends_with("FROM v)"));
        for bad in [
            "DELETE FROM t",
            "SELECT 1; SELECT 2",
            "SELECT * FROM read_csv('x')",
            "INSERT INTO t VALUES (1)",
            "WITH RECURSIVE a AS (SELECT 1) SELECT * FROM a",
            "DROP TABLE t",
            "COPY t TO 'x'",
            "nonsense",
        ] {
            assert!(Query::parse(bad).is_err(), "{bad}");
            let kept = Query::from(bad.to_owned());
            assert!(kept.check().is_err() && kept.text() == bad, "{bad}");
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
            assert!(Expression::parse(text).is_err(), "{start}");
            assert!(Query::parse(&format!("SELECT {text} AS x FROM t")).is_err(), "{start}");
            assert!(Query::parse(&format!("SELECT a FROM t WHERE {text}")).is_err(), "{start}");
        }
        for text in [
            wrapped("SELECT * FROM (", "SELECT 1 AS a", ")", n),
            vec!["SELECT 1 AS a, 2 AS b"; n].join(" UNION ALL "),
            format!("SELECT 1 AS a FROM {}", vec!["t"; n].join(", ")),
            format!("SELECT 1 AS a FROM t{}", " CROSS JOIN t".repeat(n)),
            format!(
                "WITH a0 AS (SELECT 1){} SELECT * FROM a0",
                (1..n).map(|i| format!(", a{i} AS (SELECT * FROM a{})", i - 1)).collect::<String>()
            ),
            format!("SELECT 1 -- {}", "x".repeat(bounds::MAX_BYTES)),
        ] {
            assert!(Query::parse(&text).is_err(), "{}", text.get(..60).unwrap_or(&text));
        }
    }

    #[test]
    fn the_table_behind_the_rows_is_not_the_one_the_text_names_first() {
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
            ("SELECT (SELECT MAX(n) FROM engagement) AS n, x FROM tags", Some("tags")),
            ("SELECT * FROM (SELECT * FROM tags) t", Some("tags")),
            ("SELECT * FROM ((SELECT * FROM tags) UNION ALL (SELECT * FROM vpcs)) t", Some("tags")),
            ("SELECT * FROM (tags t JOIN vpcs v ON t.x = v.x)", Some("tags")),
            ("WITH a AS (SELECT * FROM a) SELECT * FROM a", Some("a")),
            ("SELECT 'FROM vpcs' AS x FROM \"tags\"", Some("tags")),
            ("SELECT 1", None),
        ] {
            assert_eq!(query(text).base(), base, "{text}");
        }
    }

    #[test]
    fn the_columns_of_a_result_in_the_order_asked_for() {
        let of = |table: &str| (table == "t").then(|| vec!["b".to_owned(), "a".to_owned()]);
        let columns = |text: &str| query(text).columns(&of);
        for (text, names) in [
            ("SELECT z, a.y, SUM(x) AS n FROM a", &["z", "y", "n"][..]),
            ("SELECT *, 1 AS c FROM t", &["b", "a", "c"]),
            ("SELECT u.*, 1 AS c FROM t u JOIN v ON u.a = v.a", &["b", "a", "c"]),
            ("WITH w AS (SELECT *, 2 AS d FROM t) SELECT * FROM (SELECT * FROM w) s", &["b", "a", "d"]),
            ("WITH w (p, q) AS (SELECT * FROM t) SELECT * FROM w", &["p", "q"]),
            ("SELECT x, y FROM a UNION ALL SELECT p, q FROM b", &["x", "y"]),
        ] {
            assert_eq!(columns(text).unwrap(), names, "{text}");
        }
        for (bad, says) in [
            ("SELECT COUNT(*) FROM t", "AS"),
            ("SELECT * FROM t JOIN u ON t.a = u.a", "name the columns"),
            ("SELECT * FROM unknown", "unknown"),
            ("SELECT * EXCLUDE (a) FROM t", "name the columns"),
        ] {
            assert!(columns(bad).unwrap_err().contains(says), "{bad}");
        }
    }

    #[test]
    fn the_order_a_query_asks_for() {
        let key = |column: &str, descending, nulls_last| OrderKey { column: column.to_owned(), descending, nulls_last };
        assert_eq!(
            query("SELECT u.a, SUM(b) AS n FROM t u GROUP BY u.a ORDER BY n DESC NULLS LAST, u.a ASC NULLS FIRST, c LIMIT 3")
                .order()
                .unwrap(),
            [key("n", true, true), key("a", false, false), key("c", false, true)]
        );
        assert_eq!(query("SELECT * FROM (SELECT * FROM t ORDER BY a) s").order().unwrap(), []);
        for bad in ["SELECT * FROM t LIMIT 3", "SELECT * FROM t ORDER BY a + 1"] {
            assert!(query(bad).order().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_a_query_names_is_told_from_what_its_literals_say() {
        let q = query("SELECT a, COUNT(*) AS n FROM t JOIN u USING (k) WHERE b = 'FROM activity, SELECT * FROM x' -- selected\nGROUP BY a");
        for name in ["a", "b", "k", "n", "t", "u"] {
            assert!(q.names().contains(name), "{name}");
        }
        assert!(!q.names().contains("activity") && !q.names().contains("x"));
        assert!(!q.takes_whole_rows() && !q.reads_events());
        assert!(query("SELECT n FROM (SELECT\n  * FROM t) s").takes_whole_rows());
        assert!(query("SELECT s.* FROM t s").takes_whole_rows());
        for table in ["activity", "principal_sources", "error_activity", "cloudtrail_events", "selected", "bursts"] {
            assert!(query(&format!("WITH a AS (SELECT x FROM {table}) SELECT x FROM a")).reads_events(), "{table}");
        }
        let lists =
            query("SELECT value FROM allow_lists a WHERE a.list_name = 'one' OR list_name IN ('two', 'three') OR 'four' = list_name");
        assert_eq!(*lists.allow_lists(), set(&["one", "two", "three", "four"]));
    }

    #[test]
    fn what_is_only_passed_on_is_not_tested() {
        let tested = |text: &str| query(text).tested().clone();
        assert_eq!(tested("SELECT a, s.b AS b, c AS d FROM t s"), set(&["c"]));
        assert_eq!(tested("WITH w AS (SELECT a, b FROM t WHERE a = 1) SELECT a, b FROM w"), set(&["a"]));
        assert_eq!(tested("SELECT a, SUM(CASE WHEN b = 'x' THEN 1 ELSE 0 END) AS n FROM t GROUP BY a"), set(&["a", "b"]));
    }

    #[test]
    fn expressions_hold_no_query() {
        let columns = |text: &str| Expression::parse(text).map(|e| e.columns().clone());
        assert_eq!(columns("a <> 'Enabled' AND COALESCE(t.b, FALSE)").unwrap(), set(&["a", "b"]));
        for bad in ["a > (SELECT MAX(b) FROM t)", "a = 1; DROP TABLE t", "a IN (SELECT b FROM t)", "a =", ""] {
            assert!(Expression::parse(bad).is_err(), "{bad}");
        }
    }
}
