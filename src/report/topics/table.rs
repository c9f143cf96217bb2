//! A query's rows as values for templates, and as a table.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::draw::Draw;
use super::locale::Locale;
use crate::base::text::capital;
use crate::catalogue::topics::{As, Topic, TopicColumn, TopicQuery};
use crate::evaluate::{Grid, Value};
use crate::outcome::Severity;
use crate::report::assemble::words;
use crate::report::model::{Cell, Column, QueryData, SqlText, Table};

/// Rows of a query that templates and `report.json` see, at most.
pub const ROWS: usize = 2_000;

/// What a query gave, for templates: the first rows, and how many there are.
pub fn query(draw: &Draw<'_>, topic: &Topic, name: &str, query: &TopicQuery, grid: &Grid, count: u64) -> QueryData {
    let id = format!("{}-{}", topic.chapter(), name.replace('_', "-"));
    let columns = if query.columns.is_empty() { of_query(grid) } else { query.columns.clone() };
    let kinds: Vec<Column> = columns.iter().map(|column| kind(column, grid)).collect();
    let mut table = Table::new(id, &query.title, kinds);
    if !query.empty.is_empty() {
        table.empty.clone_from(&query.empty);
    }
    let locale = Locale::of(topic.lang.code());
    for row in grid.rows.iter().take(query.show) {
        table.rows.push(columns.iter().map(|column| cell(draw, locale, column, grid, row)).collect());
    }
    table.total = count;
    let rows = grid.rows.iter().take(ROWS).map(|row| values(draw, grid, row)).collect();
    let mut sql: Vec<SqlText> = query.extract.select.iter().map(|select| SqlText::new("select", select.sql())).collect();
    sql.push(SqlText::new("query", query.extract.query.text()));
    QueryData { count, rows, sql, table }
}

fn of_query(grid: &Grid) -> Vec<TopicColumn> {
    let column = |name: &String| TopicColumn { name: name.clone(), head: capital(&name.replace('_', " ")), form: As::Type };
    grid.columns.iter().map(column).collect()
}

/// How a column is set, and what readers filter by in it.
fn kind(column: &TopicColumn, grid: &Grid) -> Column {
    let set = form(column, grid);
    match (column.form, column.name.as_str()) {
        (As::Account, _) | (_, "account_id") => set.accounts(),
        (_, "aws_region" | "region") => set.regions(),
        (_, "pillar") => set.pillars(),
        _ => set,
    }
}

fn form(column: &TopicColumn, grid: &Grid) -> Column {
    match column.form {
        As::Code | As::Name | As::Actor => return Column::code(&column.head),
        As::Severity => return Column::severity(&column.head),
        As::Money | As::Percent | As::Duration => return Column::number(&column.head),
        As::Date => return Column::date(&column.head),
        As::Account | As::Type => {}
    }
    let at = grid.at(&column.name);
    match grid.rows.iter().filter_map(|row| row.get(at?)).find(|value| **value != Value::Null) {
        Some(Value::Int(_) | Value::Decimal(_) | Value::Double(_)) => Column::number(&column.head),
        Some(Value::Time(_) | Value::Day(_)) => Column::date(&column.head),
        _ => Column::text(&column.head),
    }
}

fn cell(draw: &Draw<'_>, locale: Locale, column: &TopicColumn, grid: &Grid, row: &[Value]) -> Cell {
    let value = grid.get(row, &[&column.name]);
    let figure = |text: String| value.number().map_or_else(|| Cell::text(&text), |raw| Cell::figure(&text, raw));
    let plain = value.to_text();
    match (column.form, value) {
        (_, Value::Null) => Cell::text(""),
        (As::Account, _) => Cell::text(draw.account(&plain)),
        (As::Money, _) => {
            let currency = grid.get(row, &["currency"]).to_text();
            figure(format!("{} {currency}", locale.decimal(&plain, 2, true).unwrap_or(plain)).trim_end().to_owned())
        }
        (As::Percent, _) => {
            let share = value.number().map_or(plain.clone(), |share| format!("{:.1}", share * 100.0));
            figure(format!("{}\u{a0}%", locale.decimal(&share, 1, false).unwrap_or(share)))
        }
        (As::Severity, _) => match Severity::ALL.into_iter().find(|severity| severity.word() == plain) {
            Some(severity) => Cell::severity(severity),
            None => Cell::text(plain),
        },
        (As::Duration, _) => figure(locale.duration(&plain).unwrap_or(plain)),
        (As::Name, _) => Cell::text(words::last_part(&plain)),
        (As::Actor, _) => {
            let session = grid.get(row, &[&column.name.replace("principal", "session_name")]).to_text();
            Cell::text(words::actor(&plain, &session))
        }
        (As::Date, Value::Time(at)) => Cell::text(draw.moment(*at).chars().take(10).collect::<String>()),
        (_, Value::Time(at)) => Cell::text(draw.moment(*at)),
        (As::Type, Value::Int(n)) => match u64::try_from(*n) {
            Ok(n) => figure(locale.count(n)),
            Err(_) => figure(plain),
        },
        (As::Type, Value::Decimal(_) | Value::Double(_)) => figure(locale.decimal(&plain, 2, false).unwrap_or(plain)),
        _ => Cell::text(plain),
    }
}

/// A row as templates see it.
fn values(draw: &Draw<'_>, grid: &Grid, row: &[Value]) -> BTreeMap<String, Json> {
    let json = |value: &Value| match value {
        Value::Int(n) => json!(n),
        Value::Bool(flag) => json!(flag),
        Value::Time(at) => json!(draw.moment(*at)),
        other => json!(other.to_text()),
    };
    grid.columns.iter().cloned().zip(row.iter().map(json)).collect()
}
