//! What a SELECT's rows are: the table they stand for, and their columns. WITH parts and subqueries are looked through.

use sqlparser::ast::{
    Cte, Expr, Ident, ObjectName, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, TableAlias, TableFactor,
};

/// One column of a result, or all of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// A column of this name.
    Column(String),
    /// All columns of this table.
    All(String),
    /// An expression without a name.
    Unnamed(String),
    /// A star whose columns cannot be told.
    Unknown(String),
}

/// The first SELECT of a query, with the WITH parts in its sight. `outer` are those in sight of the query; a part sees
/// those before it only, so that the way ends.
fn first_select<'q>(query: &'q Query, outer: &[&'q Cte]) -> Option<(&'q Select, Vec<&'q Cte>)> {
    let mut parts: Vec<&Cte> = outer.to_vec();
    let mut query = query;
    loop {
        parts.extend(query.with.iter().flat_map(|with| &with.cte_tables));
        let mut body = query.body.as_ref();
        query = loop {
            match body {
                SetExpr::Select(select) => return Some((select, parts)),
                SetExpr::SetOperation { left, .. } => body = left.as_ref(),
                SetExpr::Query(inner) => break inner,
                _ => return None,
            }
        };
    }
}

/// The name of a table, without the quotes that it may be written in.
pub(super) fn table_name(name: &ObjectName) -> String {
    match name.0.as_slice() {
        [part] => part.as_ident().map_or_else(|| name.to_string(), |ident| ident.value.clone()),
        _ => name.to_string(),
    }
}

/// What stands in a FROM.
enum Source<'q> {
    /// A table of the store.
    Table(String),
    /// A WITH part or a subquery, what is in its sight, and the alias that may name its columns.
    Part(&'q Query, Vec<&'q Cte>, Option<&'q TableAlias>),
}

fn source<'q>(factor: &'q TableFactor, parts: &[&'q Cte]) -> Option<Source<'q>> {
    match factor {
        TableFactor::Table { name, .. } => {
            let table = table_name(name);
            Some(match parts.iter().rposition(|part| part.alias.name.value == table) {
                Some(at) => Source::Part(&parts[at].query, parts[..at].to_vec(), Some(&parts[at].alias)),
                None => Source::Table(table),
            })
        }
        TableFactor::Derived { subquery, alias, .. } => Some(Source::Part(subquery, parts.to_vec(), alias.as_ref())),
        TableFactor::NestedJoin { table_with_joins, .. } => source(&table_with_joins.relation, parts),
        _ => None,
    }
}

/// The table whose rows a query's rows are; see [`super::Query::base`].
pub(super) fn base(query: &Query, outer: &[&Cte]) -> Option<String> {
    let (select, parts) = first_select(query, outer)?;
    match source(&select.from.first()?.relation, &parts)? {
        Source::Table(name) => Some(name),
        Source::Part(query, outer, _) => base(query, &outer),
    }
}

/// The columns of a query's result.
pub(super) fn items(query: &Query, outer: &[&Cte]) -> Vec<Item> {
    let Some((select, parts)) = first_select(query, outer) else { return vec![Item::Unknown("VALUES".to_owned())] };
    let mut items = Vec::new();
    for item in &select.projection {
        match item {
            SelectItem::ExprWithAlias { alias, .. } => items.push(Item::Column(alias.value.clone())),
            SelectItem::UnnamedExpr(expr) => {
                items.push(column_of(expr).map_or_else(|| Item::Unnamed(expr.to_string()), |name| Item::Column(name.to_owned())));
            }
            SelectItem::Wildcard(options) if options.to_string().is_empty() => {
                // Columns of the same name in two tables of a join are renamed, each engine in its way.
                match select.from.as_slice() {
                    [from] if from.joins.is_empty() => items.extend(all_of(&from.relation, &parts, item)),
                    _ => items.push(Item::Unknown(format!("{item} over several tables"))),
                }
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options) if options.to_string().is_empty() => {
                let name = name.to_string();
                let factors =
                    select.from.iter().flat_map(|from| std::iter::once(&from.relation).chain(from.joins.iter().map(|j| &j.relation)));
                match factors.into_iter().find(|factor| called(factor).is_some_and(|ident| ident.value == name)) {
                    Some(factor) => items.extend(all_of(factor, &parts, item)),
                    None => items.push(Item::Unknown(item.to_string())),
                }
            }
            other => items.push(Item::Unknown(other.to_string())),
        }
    }
    items
}

/// The name that a FROM knows something by.
fn called(factor: &TableFactor) -> Option<&Ident> {
    match factor {
        TableFactor::Table { alias: Some(alias), .. } | TableFactor::Derived { alias: Some(alias), .. } => Some(&alias.name),
        TableFactor::Table { name, .. } => name.0.last().and_then(|part| part.as_ident()),
        _ => None,
    }
}

fn all_of(factor: &TableFactor, parts: &[&Cte], star: &SelectItem) -> Vec<Item> {
    match source(factor, parts) {
        Some(Source::Table(name)) => vec![Item::All(name)],
        Some(Source::Part(query, outer, alias)) => match alias.map(|a| a.columns.as_slice()) {
            Some(renamed) if !renamed.is_empty() => renamed.iter().map(|c| Item::Column(c.name.value.clone())).collect(),
            _ => items(query, &outer),
        },
        None => vec![Item::Unknown(star.to_string())],
    }
}

/// The column that an expression is.
pub(super) fn column_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Identifier(name) => Some(&name.value),
        Expr::CompoundIdentifier(parts) => parts.last().map(|name| name.value.as_str()),
        _ => None,
    }
}
