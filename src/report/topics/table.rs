//! A query's rows as values for templates, and as a table.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::draw::Draw;
use super::locale::Locale;
use crate::base::text::capital;
use crate::catalogue::topics::{Across, As, Topic, TopicColumn, TopicQuery};
use crate::evaluate::{Grid, Value};
use crate::outcome::{Outcome, Severity};
use crate::report::assemble::words;
use crate::report::model::{Cell, Column, QueryData, SqlText, Table};

/// Rows of a query that templates and `report.json` see, at most.
pub const ROWS: usize = 2_000;

/// What a query gave, for templates: the first rows, and how many there are.
pub fn query(draw: &Draw<'_>, topic: &Topic, name: &str, query: &TopicQuery, grid: &Grid, count: u64) -> QueryData {
    let id = format!("{}-{}", topic.chapter(), name.replace('_', "-"));
    let columns = if query.columns.is_empty() { of_query(grid) } else { query.columns.clone() };
    let (columns, lines) = match &query.across {
        Some(across) => {
            let (columns, grid) = spread(across, &columns, grid);
            (columns, Cow::Owned(grid))
        }
        None => (columns, Cow::Borrowed(grid)),
    };
    let kinds: Vec<Column> = columns.iter().map(|column| kind(column, &lines)).collect();
    let mut table = Table::new(id, &query.title, kinds);
    if !query.empty.is_empty() {
        table.empty.clone_from(&query.empty);
    }
    let locale = Locale::of(topic.lang.code());
    for row in lines.rows.iter().take(query.show) {
        table.rows.push(columns.iter().map(|column| cell(draw, locale, column, &lines, row)).collect());
    }
    table.total = if query.across.is_some() { lines.rows.len() as u64 } else { count };
    let rows = grid.rows.iter().take(ROWS).map(|row| values(draw, grid, row)).collect();
    let mut sql: Vec<SqlText> = query.extract.select.iter().map(|select| SqlText::new("select", select.sql())).collect();
    sql.push(SqlText::new("query", query.extract.query.text()));
    QueryData { count, rows, sql, table }
}

/// Rows that are alike in all columns shown become one, with a column for each value of `across.by`.
fn spread(across: &Across, columns: &[TopicColumn], grid: &Grid) -> (Vec<TopicColumn>, Grid) {
    let heads: BTreeSet<String> = grid.rows.iter().map(|row| grid.get(row, &[&across.by]).to_text()).collect();
    let heads: Vec<String> = if heads.len() > across.max { Vec::new() } else { heads.into_iter().collect() };
    // No column of a query has such a name.
    let made: Vec<TopicColumn> =
        heads.iter().map(|head| TopicColumn { name: format!("{}={head}", across.by), head: head.clone(), form: across.form }).collect();
    let mut names = grid.columns.clone();
    names.extend(made.iter().map(|column| column.name.clone()));
    let mut places: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for row in &grid.rows {
        let key: Vec<String> = columns.iter().map(|column| grid.get(row, &[&column.name]).to_text()).collect();
        let at = *places.entry(key).or_insert_with(|| {
            let mut line = row.clone();
            line.resize(names.len(), Value::Null);
            rows.push(line);
            rows.len() - 1
        });
        let head = grid.get(row, &[&across.by]).to_text();
        let place = heads.iter().position(|known| *known == head).map(|at| grid.columns.len() + at);
        if let Some(cell) = place.and_then(|place| rows.get_mut(at)?.get_mut(place)) {
            cell.clone_from(grid.get(row, &[&across.value]));
        }
    }
    let before = columns.iter().position(|column| column.name == across.before).unwrap_or(columns.len());
    let (front, behind) = columns.split_at(before);
    ([front, made.as_slice(), behind].concat(), Grid { columns: names, rows })
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
        As::Money | As::Amount | As::Exact | As::Percent | As::Share | As::Duration => return Column::number(&column.head),
        As::Date => return Column::date(&column.head),
        As::Shaded => {
            let severity = Severity::of_word(&column.name);
            return severity.map_or_else(
                || Column::number(&column.head),
                |severity| Column { title: column.head.clone(), ..Column::shaded(severity) },
            );
        }
        As::Result => return Column::result(&column.head),
        As::Account | As::Measure | As::Link | As::Workpaper | As::Type => {}
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
        (As::Exact, _) => {
            let currency = grid.get(row, &["currency"]).to_text();
            figure(format!("{} {currency}", locale.decimal(&plain, 18, false).unwrap_or(plain)).trim_end().to_owned())
        }
        (As::Amount, _) => figure(locale.decimal(&plain, 2, true).unwrap_or(plain)),
        (As::Share, _) => match share(value, grid.get(row, &["total"])) {
            Some(share) => {
                Cell::figure(format!("{}\u{a0}%", locale.decimal(&share, 1, false).unwrap_or(share)), value.number().unwrap_or(0.0))
            }
            None => Cell::text(""),
        },
        (As::Measure, _) => Cell::text(plain).link(format!("metric:{}", grid.get(row, &["metric_id"]).to_text())),
        (As::Link, _) => match grid.get(row, &["href"]).to_text() {
            href if href.is_empty() => Cell::text(plain),
            href => Cell::text(plain).link(href),
        },
        (As::Result, _) => match Outcome::ALL.into_iter().find(|outcome| outcome.words() == plain) {
            Some(outcome) => Cell::outcome(outcome),
            None => Cell::text(plain),
        },
        (As::Workpaper, _) => match draw.workpaper(&plain) {
            Some(path) => Cell::text("workpaper").link(path),
            None => Cell::text(""),
        },
        (As::Percent, _) => {
            let share = value.number().map_or(plain.clone(), |share| format!("{:.1}", share * 100.0));
            figure(format!("{}\u{a0}%", locale.decimal(&share, 1, false).unwrap_or(share)))
        }
        (As::Severity, _) => match Severity::of_word(&plain) {
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
        (As::Type | As::Shaded, Value::Int(n)) => match u64::try_from(*n) {
            Ok(n) => figure(locale.count(n)),
            Err(_) => figure(plain),
        },
        (As::Type, Value::Decimal(_) | Value::Double(_)) => figure(locale.decimal(&plain, 2, false).unwrap_or(plain)),
        _ => Cell::text(plain),
    }
}

/// An amount in percent of another, as decimal text. A whole that refunds and credits make zero or less has no parts.
fn share(part: &Value, whole: &Value) -> Option<String> {
    let (part, whole) = (part.number()?, whole.number().filter(|whole| *whole > 0.0)?);
    Some(format!("{:.6}", part / whole * 100.0))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_stand_side_by_side_where_there_are_few() {
        let text = |text: &str| Value::Text(text.to_owned());
        let row = |place: &str, month: &str, n: i64| vec![text(place), text(month), Value::Int(n), Value::Int(9)];
        let columns = ["place", "month", "in_month", "all"].map(str::to_owned).to_vec();
        let grid = Grid { columns, rows: vec![row("a", "2024-05", 4), row("a", "2024-04", 5), row("b", "2024-05", 9)] };
        let column = |name: &str| TopicColumn { name: name.to_owned(), head: name.to_owned(), form: As::Type };
        let shown = [column("place"), column("all")];
        let across = |max| Across { by: "month".to_owned(), value: "in_month".to_owned(), form: As::Type, before: "all".to_owned(), max };
        let (columns, lines) = spread(&across(2), &shown, &grid);
        assert_eq!(columns.iter().map(|c| c.head.as_str()).collect::<Vec<_>>(), ["place", "2024-04", "2024-05", "all"]);
        let cells: Vec<Vec<String>> =
            lines.rows.iter().map(|row| columns.iter().map(|c| lines.get(row, &[&c.name]).to_text()).collect()).collect();
        assert_eq!(cells, [["a", "5", "4", "9"], ["b", "", "9", "9"]]);
        let (columns, lines) = spread(&across(1), &shown, &grid);
        assert_eq!((columns.len(), lines.rows.len()), (2, 2), "more months than fit");
    }

    #[test]
    fn a_share_of_nothing_or_less_is_none() {
        let units = |n: i128| Value::Decimal(n * crate::base::decimal::ONE);
        assert_eq!(share(&units(1), &units(4)).as_deref(), Some("25.000000"));
        assert_eq!(share(&units(-1), &units(4)).as_deref(), Some("-25.000000"));
        assert_eq!((share(&units(1), &units(0)), share(&units(1), &units(-3)), share(&Value::Null, &units(4))), (None, None, None));
    }
}
