//! Bursts: events of one group close in time.
//!
//! A window opens at an event and holds what follows within the given minutes. Windows with enough
//! events, or enough distinct values, that touch each other are one burst, so that a long burst is
//! one row. A value that is a JSON list stands for its elements: a call may name many things at once.
//! An event without a value may hold one that no other has, so it opens windows too and is counted apart.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use crate::base::steps;
use crate::schema::row::{Columns as _, owned};
use crate::schema::tables::{BurstColumns, CloudtrailEventsRow};
use crate::schema::{Column as Declared, ColumnKind, SOURCE_FILE_ID, SOURCE_RECORD};
use crate::store::parquet::frame;

/// All columns of a table of bursts over these keys.
pub fn columns(keys: &[String]) -> Vec<Declared> {
    let text = |name: &str| Declared { name: name.to_owned(), kind: ColumnKind::Text, doc: String::new() };
    let record = Declared { kind: ColumnKind::Bigint, ..text(SOURCE_RECORD) };
    keys.iter().map(|key| text(key)).chain(owned(BurstColumns::COLUMNS)).chain([text(SOURCE_FILE_ID), record]).collect()
}

/// An empty table of bursts over these keys.
pub fn empty(keys: &[String]) -> DataFrame {
    frame::empty(&columns(keys))
}

/// What makes a burst.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// Columns that name a group.
    pub keys: &'w [String],
    /// Column whose distinct values are counted; without it events are.
    pub distinct: Option<&'w str>,
    /// Width of the window.
    pub minutes: u32,
    /// Fewest that make a burst.
    pub at_least: u32,
    /// Count from which a burst is an exception, for the SQL of the entry.
    pub exception_from: u32,
}

/// The values that a cell stands for: the elements of a JSON list, else the text itself.
fn values_of(cell: &str) -> Vec<Cow<'_, str>> {
    if !cell.starts_with('[') {
        return vec![Cow::Borrowed(cell)];
    }
    let Ok(serde_json::Value::Array(elements)) = serde_json::from_str(cell) else { return vec![Cow::Borrowed(cell)] };
    let text = |element: serde_json::Value| match element {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    elements.into_iter().map(|element| Cow::Owned(text(element))).collect()
}

/// Finds bursts in `rows`, which hold the keys, `event_time`, `event_id`, the source columns and
/// the column of distinct values, if one is named.
///
/// # Errors
/// When a column is missing or a key is no text.
pub fn bursts(rows: &DataFrame, wanted: Wanted<'_>) -> PolarsResult<DataFrame> {
    let Wanted { keys, distinct, minutes, at_least, exception_from } = wanted;
    let key_columns = keys.iter().map(|k| rows.column(k)?.str().cloned()).collect::<PolarsResult<Vec<_>>>()?;
    let time = rows.column(CloudtrailEventsRow::event_time)?.cast(&DataType::Int64)?.i64()?.clone();
    let ids = rows.column(CloudtrailEventsRow::event_id)?.str()?.clone();
    let files = rows.column(SOURCE_FILE_ID)?.str()?.clone();
    let records = rows.column(SOURCE_RECORD)?.i64()?.clone();
    let cells = distinct.map(|d| rows.column(d)?.str().cloned()).transpose()?;
    // Of each row the values it names; an empty list names none.
    let named: Option<Vec<Vec<Cow<'_, str>>>> =
        cells.as_ref().map(|cells| cells.iter().map(|cell| cell.map(values_of).unwrap_or_default()).collect());

    let mut groups: BTreeMap<Vec<Option<&str>>, Vec<usize>> = BTreeMap::new();
    for row in 0..rows.height() {
        let key: Vec<Option<&str>> = key_columns.iter().map(|c| c.get(row)).collect();
        // Events that do not say whose they are form no group.
        if key.iter().all(Option::is_none) {
            continue;
        }
        groups.entry(key).or_default().push(row);
    }
    let width = i64::from(minutes) * 60_000_000;
    let mut found: Vec<(Vec<Option<String>>, Vec<usize>)> = Vec::new();
    for (key, mut members) in groups {
        members.sort_by(|a, b| (time.get(*a), ids.get(*a)).cmp(&(time.get(*b), ids.get(*b))));
        let at = |row: usize| time.get(row).unwrap_or(i64::MIN);
        let mut burst: Option<(usize, usize)> = None;
        let mut end = 0;
        // How often each value stands in the window, which moves on event by event.
        let mut held: BTreeMap<&str, usize> = BTreeMap::new();
        let mut without = 0;
        let values = |row: usize| named.as_ref().map_or(&[][..], |named| named[row].as_slice());
        for start in 0..members.len() {
            while end < members.len() && (end <= start || at(members[end]) - at(members[start]) <= width) {
                let values = values(members[end]);
                for value in values {
                    *held.entry(value).or_default() += 1;
                    steps::count(1);
                }
                without += usize::from(values.is_empty());
                end += 1;
                steps::count(1);
            }
            let size = if named.is_some() { held.len() + without } else { end - start };
            if size >= at_least as usize {
                burst = match burst {
                    Some((first, last)) if start < last => Some((first, last.max(end))),
                    Some((first, last)) => {
                        found.push((owned_key(&key), members[first..last].to_vec()));
                        Some((start, end))
                    }
                    None => Some((start, end)),
                };
            }
            let left = values(members[start]);
            for value in left {
                if let Some(times) = held.get_mut(value.as_ref()) {
                    *times -= 1;
                    if *times == 0 {
                        held.remove(value.as_ref());
                    }
                }
            }
            without -= usize::from(left.is_empty());
        }
        if let Some((first, last)) = burst {
            found.push((owned_key(&key), members[first..last].to_vec()));
        }
    }

    let mut columns: Vec<Column> = Vec::new();
    for (index, key) in keys.iter().enumerate() {
        let texts = found.iter().map(|(k, _)| k[index].as_deref());
        columns.push(StringChunked::from_iter_options(key.as_str().into(), texts).into_column());
    }
    let first = |members: &[usize]| members.first().copied().unwrap_or(0);
    let times = |pick: &dyn Fn(&[usize]) -> usize, name: &str| -> PolarsResult<Column> {
        Int64Chunked::from_iter_options(name.into(), found.iter().map(|(_, m)| time.get(pick(m))))
            .into_column()
            .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
    };
    columns.push(times(&first, BurstColumns::burst_start)?);
    columns.push(times(&|m: &[usize]| m.last().copied().unwrap_or(0), BurstColumns::burst_end)?);
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    columns.push(Int64Chunked::from_iter_values(BurstColumns::events.into(), found.iter().map(|(_, m)| count(m.len()))).into_column());
    let distinct_values = found.iter().map(|(_, m)| {
        let distinct = |named: &Vec<Vec<Cow<'_, str>>>| m.iter().flat_map(|r| &named[*r]).collect::<BTreeSet<_>>().len();
        count(named.as_ref().map_or(m.len(), distinct))
    });
    columns.push(Int64Chunked::from_iter_values(BurstColumns::distinct_values.into(), distinct_values).into_column());
    let without = found.iter().map(|(_, m)| count(named.as_ref().map_or(0, |named| m.iter().filter(|r| named[**r].is_empty()).count())));
    columns.push(Int64Chunked::from_iter_values(BurstColumns::without_value.into(), without).into_column());
    for (name, number) in [(BurstColumns::exception_from, exception_from), (BurstColumns::minutes, minutes)] {
        columns.push(Int64Chunked::from_iter_values(name.into(), found.iter().map(|_| i64::from(number))).into_column());
    }
    columns.push(
        StringChunked::from_iter_options(BurstColumns::first_event_id.into(), found.iter().map(|(_, m)| ids.get(first(m)))).into_column(),
    );
    columns.push(StringChunked::from_iter_options(SOURCE_FILE_ID.into(), found.iter().map(|(_, m)| files.get(first(m)))).into_column());
    columns.push(Int64Chunked::from_iter_options(SOURCE_RECORD.into(), found.iter().map(|(_, m)| records.get(first(m)))).into_column());
    DataFrame::new(found.len(), columns)
}

fn owned_key(key: &[Option<&str>]) -> Vec<Option<String>> {
    key.iter().map(|k| k.map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(minutes: &[(i64, &str, &str)]) -> DataFrame {
        let n = minutes.len();
        let time = Int64Chunked::from_iter_values("event_time".into(), minutes.iter().map(|(m, _, _)| m * 60_000_000));
        let ids: Vec<String> = (0..n).map(|i| format!("e{i}")).collect();
        let column = |name: &str, values: Vec<&str>| StringChunked::from_iter_values(name.into(), values.into_iter()).into_column();
        DataFrame::new(
            n,
            vec![
                time.into_column().cast(&DataType::Datetime(TimeUnit::Microseconds, None)).unwrap(),
                column("event_id", ids.iter().map(String::as_str).collect()),
                column("who", minutes.iter().map(|(_, w, _)| *w).collect()),
                column("what", minutes.iter().map(|(_, _, w)| *w).collect()),
                column("source_file_id", vec!["f"; n]),
                Int64Chunked::from_iter_values("source_record".into(), 0..i64::try_from(n).unwrap()).into_column(),
            ],
        )
        .unwrap()
    }

    fn found(rows: &DataFrame, distinct: Option<&str>, minutes: u32, at_least: u32) -> PolarsResult<DataFrame> {
        bursts(rows, Wanted { keys: &["who".to_owned()], distinct, minutes, at_least, exception_from: at_least })
    }

    fn numbers(rows: &DataFrame, name: &str) -> Vec<i64> {
        rows.column(name).unwrap().i64().unwrap().into_no_null_iter().collect()
    }

    #[test]
    fn a_list_counts_as_its_elements_and_a_missing_value_apart() {
        let rows =
            rows(&[(0, "a", r#"["x","y"]"#), (1, "a", "x"), (2, "a", r#"["y","z"]"#), (3, "a", "[]"), (50, "a", "[x"), (51, "a", "7")]);
        let all = found(&rows, Some("what"), 10, 2).unwrap();
        assert_eq!((numbers(&all, "events"), numbers(&all, "distinct_values")), (vec![4, 2], vec![3, 2]));
        assert_eq!((numbers(&all, "without_value"), numbers(&all, "minutes")), (vec![1, 0], vec![10, 10]));
        // Three values are named, and one call may hold a fourth.
        assert_eq!(found(&rows, Some("what"), 10, 4).unwrap().height(), 1);
        assert_eq!(found(&rows, Some("what"), 10, 5).unwrap().height(), 0);
    }

    #[test]
    fn a_long_list_in_every_event_is_counted_element_by_element() {
        steps::assert_in_step("elements of the lists of a burst", 4_000, 400, |size| {
            let names = format!("[{}]", (0..size / 10).map(|n| n.to_string()).collect::<Vec<_>>().join(","));
            let minutes: Vec<(i64, &str, &str)> = (0..10).map(|n| (n, "a", names.as_str())).collect();
            let rows = rows(&minutes);
            move || assert_eq!(found(&rows, Some("what"), 10, 2).unwrap().height(), 1)
        });
    }

    #[test]
    fn counts_events_within_the_window() {
        let rows = rows(&[(0, "a", "x"), (5, "a", "x"), (14, "a", "y"), (40, "a", "x"), (0, "b", "x"), (1, "b", "x")]);
        let found = found(&rows, None, 15, 3).unwrap();
        assert_eq!(found.height(), 1);
        assert_eq!(found.column("events").unwrap().i64().unwrap().get(0), Some(3));
        assert_eq!(found.column("first_event_id").unwrap().str().unwrap().get(0), Some("e0"));
    }

    #[test]
    fn overlapping_windows_are_one_burst_and_parted_ones_two() {
        let rows = rows(&[(0, "a", "x"), (1, "a", "y"), (10, "a", "z"), (19, "a", "u"), (100, "a", "x"), (101, "a", "y")]);
        let found = found(&rows, Some("what"), 10, 2).unwrap();
        assert_eq!(found.height(), 2);
        let distinct: Vec<Option<i64>> = found.column("distinct_values").unwrap().i64().unwrap().iter().collect();
        assert_eq!(distinct, [Some(4), Some(2)]);
    }
    #[test]
    fn a_long_burst_is_counted_event_by_event() {
        // Every window is as the plain count of its different values says.
        let minutes: Vec<(i64, &str, &str)> =
            (0..60_i64).map(|n| (n * n % 37 + n / 4, "a", ["x", "y", "z", "u", "v"][n as usize * 7 % 5])).collect();
        let mut sorted = minutes.clone();
        sorted.sort();
        let most = (0..sorted.len()).map(|start| {
            let window = sorted[start..].iter().take_while(|(at, _, _)| at - sorted[start].0 <= 2);
            window.map(|(_, _, what)| what).collect::<BTreeSet<_>>().len()
        });
        let most = u32::try_from(most.max().unwrap()).unwrap();
        let bursts = |at_least| found(&rows(&minutes), Some("what"), 2, at_least).unwrap().height();
        assert!(most >= 3 && bursts(most) > 0 && bursts(most + 1) == 0, "{most}");
        for distinct in [None, Some("what")] {
            steps::assert_in_step("events of one long burst", 4_000, 400, |size| {
                let names: Vec<String> = (0..size).map(|n| format!("n{n}")).collect();
                let minutes: Vec<(i64, &str, &str)> = names.iter().map(|name| (0, "a", name.as_str())).collect();
                let rows = rows(&minutes);
                move || assert_eq!(found(&rows, distinct, 10, 2).unwrap().height(), 1)
            });
        }
    }
}
