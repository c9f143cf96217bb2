//! Charts of topics: the rows of a query as the data of a drawing.

use std::collections::BTreeMap;

use super::draw::Draw;
use super::locale::Locale;
use crate::base::decimal;
use crate::catalogue::topics::Form;
use crate::evaluate::practices::PracticeStatus;
use crate::evaluate::{Grid, Value};
use crate::outcome::{Outcome, Severity};
use crate::report::model::{Bar, CalendarRow, ChartData, DaySeries, DayState, MatrixRow, Part, RangeItem, SeriesKey, Tone, WindowRow};

/// Colours of series in the order in which they occur.
const TONES: [Tone; 6] = [Tone::C1, Tone::C2, Tone::C3, Tone::C4, Tone::C5, Tone::C6];

/// The data of a chart; `None` where there is nothing to draw.
pub fn data(draw: &Draw<'_>, locale: Locale, form: &Form, grid: &Grid) -> Option<ChartData> {
    if grid.rows.is_empty() {
        return None;
    }
    Some(match form {
        Form::Bars { label, value, series } => {
            let (series, bars) = stacked(locale, grid, label, value, series.as_deref());
            ChartData::Bars { series, bars }
        }
        Form::Columns { label, value, series } => {
            let (series, columns) = stacked(locale, grid, label, value, series.as_deref());
            ChartData::Columns { series, columns }
        }
        Form::Timeline { label, from, to, tone } => ChartData::Windows {
            from: draw.period.from.clone(),
            days: days(draw),
            rows: windows(draw, grid, label, from, to, tone.as_deref()),
        },
        Form::Share { label, value, tone } => ChartData::Share { parts: parts(locale, grid, label, value, tone.as_deref()) },
        Form::Ranges { label, low, middle, high } => ChartData::Ranges { items: ranges(locale, grid, label, [low, middle, high]) },
        Form::Days { day, value } => line(grid, day, value)?,
        Form::Calendar { label, day, state, value } => {
            let mut rows = calendar(draw, grid, [label, day, state], value.as_deref());
            let more = rows.len().saturating_sub(MOST_LABELS) as u64;
            rows.truncate(MOST_LABELS);
            ChartData::Calendar { from: draw.period.from.clone(), days: days(draw), rows, more }
        }
        Form::Week { weekday, hour, value } => ChartData::HourWeek { values: week(grid, [weekday, hour, value]) },
        Form::Matrix { label, column, value, tone } => {
            let (columns, rows) = matrix(grid, [label, column, value], tone.as_deref());
            ChartData::Matrix { columns, rows }
        }
    })
}

/// Labels of a calendar that are drawn.
const MOST_LABELS: usize = 40;

fn days(draw: &Draw<'_>) -> u32 {
    u32::try_from(draw.period.days()).unwrap_or(1)
}

/// What the parts of a bar come to: exact where they are.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    units: i128,
    number: f64,
    is_money: bool,
    is_double: bool,
}

impl Sum {
    fn add(&mut self, value: &Value) {
        match value {
            Value::Decimal(units) => {
                self.units = self.units.saturating_add(*units);
                self.is_money = true;
            }
            Value::Int(n) => self.units = self.units.saturating_add(i128::from(*n) * decimal::ONE),
            other => {
                self.number += other.number().unwrap_or(0.0);
                self.is_double = true;
            }
        }
    }

    fn text(self, locale: Locale) -> String {
        let exact = decimal::text(self.units);
        match (self.is_double, self.is_money) {
            (true, _) => locale.decimal(&format!("{:.6}", self.number), 1, false).unwrap_or_default(),
            (false, true) => locale.decimal(&exact, 2, true).unwrap_or(exact),
            (false, false) => locale.decimal(&exact, 0, false).unwrap_or(exact),
        }
    }
}

/// The colour of a series that is a result.
fn of_outcome(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::ExceptionsNoted => Tone::Critical,
        Outcome::NoExceptionsNoted => Tone::Good,
        Outcome::NoOccurrences => Tone::C3,
        Outcome::NotTested => Tone::None,
    }
}

/// The colour of a series that is the status of a practice.
fn of_status(words: &str) -> Option<Tone> {
    let status = PracticeStatus::ALL.into_iter().find(|status| status.words() == words)?;
    Some(match status {
        PracticeStatus::Contradicted => Tone::Critical,
        PracticeStatus::Supported => Tone::Good,
        PracticeStatus::Represented => Tone::C3,
        PracticeStatus::Undecided => Tone::C2,
        PracticeStatus::WithoutEvidence => Tone::None,
    })
}

/// The colour of a row, by the severity that a column names.
fn tone_of(grid: &Grid, row: &[Value], tone: Option<&str>, other: Tone) -> Tone {
    let word = tone.map(|tone| grid.get(row, &[tone]).to_text());
    word.and_then(|word| Severity::of_word(&word)).map_or(other, Tone::from)
}

fn parts(locale: Locale, grid: &Grid, label: &str, value: &str, tone: Option<&str>) -> Vec<Part> {
    let above = grid.rows.iter().filter_map(|row| Some((row, grid.get(row, &[value]).number().filter(|n| *n > 0.0)?)));
    let part = |((row, number), own): ((&Vec<Value>, f64), Tone)| {
        let mut sum = Sum::default();
        sum.add(grid.get(row, &[value]));
        Part { name: grid.get(row, &[label]).to_text(), value: number, text: sum.text(locale), tone: tone_of(grid, row, tone, own) }
    };
    above.zip(TONES.into_iter().cycle()).map(part).collect()
}

fn ranges(locale: Locale, grid: &Grid, label: &str, columns: [&str; 3]) -> Vec<RangeItem> {
    let item = |row: &Vec<Value>| {
        let [low, mid, high] = columns.map(|column| grid.get(row, &[column]).number());
        let (low, mid, high) = (low?, mid?, high?);
        let text = |number: f64| locale.decimal(&format!("{number:.6}"), 2, false).unwrap_or_default();
        let text = format!("{} \u{2013} {}", text(low), text(high));
        Some(RangeItem { label: grid.get(row, &[label]).to_text(), low, mid, high, text, tone: Tone::C1 })
    };
    grid.rows.iter().filter_map(item).collect()
}

/// A line from the first day with a value to the last.
fn line(grid: &Grid, day: &str, value: &str) -> Option<ChartData> {
    let point = |row: &Vec<Value>| match grid.get(row, &[day]) {
        Value::Day(at) => Some((*at, grid.get(row, &[value]).number()?)),
        _ => None,
    };
    let points: BTreeMap<i32, f64> = grid.rows.iter().filter_map(point).collect();
    let (first, last) = (*points.keys().next()?, *points.keys().next_back()?);
    let values = (first..=last).map(|day| points.get(&day).copied()).collect();
    let series = vec![DaySeries { name: value.to_owned(), tone: Tone::C1, values }];
    Some(ChartData::Days { from: crate::base::time::date_text(first), series, area: true })
}

/// Bars in the order of rows, each with one part for each series.
fn stacked(locale: Locale, grid: &Grid, label: &str, value: &str, series: Option<&str>) -> (Vec<SeriesKey>, Vec<Bar>) {
    let mut names: Vec<String> = Vec::new();
    let mut bars: Vec<Bar> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut sums: Vec<Sum> = Vec::new();
    for row in &grid.rows {
        let name = series.map_or(String::new(), |series| grid.get(row, &[series]).to_text());
        let part = names.iter().position(|n| *n == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        let label = grid.get(row, &[label]).to_text();
        let at = *places.entry(label.clone()).or_insert_with(|| {
            bars.push(Bar { label, ..Bar::default() });
            sums.push(Sum::default());
            bars.len() - 1
        });
        if let Some(bar) = bars.get_mut(at) {
            bar.parts.resize(bar.parts.len().max(part + 1), 0.0);
            bar.parts[part] += grid.get(row, &[value]).number().unwrap_or(0.0);
            sums[at].add(grid.get(row, &[value]));
        }
    }
    for (bar, sum) in bars.iter_mut().zip(&sums) {
        bar.parts.resize(names.len(), 0.0);
        bar.text = sum.text(locale);
    }
    let key = |(name, tone): (String, Tone)| {
        let outcome = Outcome::ALL.into_iter().find(|outcome| outcome.words() == name).map(of_outcome);
        let severity = || Severity::of_word(&name).map(Tone::from);
        let tone = outcome.or_else(|| of_status(&name)).or_else(severity).unwrap_or(tone);
        SeriesKey::new(name, tone)
    };
    let keys = names.into_iter().zip(TONES.into_iter().cycle()).map(key).collect();
    (keys, bars)
}

#[expect(clippy::cast_precision_loss, reason = "for drawing")]
fn windows(draw: &Draw<'_>, grid: &Grid, label: &str, from: &str, to: &str, tone: Option<&str>) -> Vec<WindowRow> {
    let mut rows: Vec<WindowRow> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let day = |at: i64| ((at - draw.period.start) as f64 / crate::base::time::DAY as f64).clamp(0.0, f64::from(days(draw)));
    for row in &grid.rows {
        let Value::Time(begin) = grid.get(row, &[from]) else { continue };
        let end = if let Value::Time(end) = grid.get(row, &[to]) { *end } else { draw.period.end };
        let label = grid.get(row, &[label]).to_text();
        let at = *places.entry(label.clone()).or_insert_with(|| {
            rows.push(WindowRow { label, windows: Vec::new(), tone: tone_of(grid, row, tone, Tone::C1) });
            rows.len() - 1
        });
        if let Some(row) = rows.get_mut(at) {
            row.windows.push((day(*begin), day(end)));
        }
    }
    rows
}

/// One row for each label, in the order in which they occur.
fn calendar(draw: &Draw<'_>, grid: &Grid, [label, day, state]: [&str; 3], value: Option<&str>) -> Vec<CalendarRow> {
    let mut rows: Vec<CalendarRow> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let days = days(draw) as usize;
    let first = crate::base::time::day_of(draw.period.start + crate::base::time::DAY / 2);
    for row in &grid.rows {
        let Value::Day(at) = grid.get(row, &[day]) else { continue };
        let label = grid.get(row, &[label]).to_text();
        let place = *places.entry(label.clone()).or_insert_with(|| {
            let events = if value.is_some() { vec![0; days] } else { Vec::new() };
            rows.push(CalendarRow { label, days: vec![DayState::Outside; days], events });
            rows.len() - 1
        });
        let (Some(line), Ok(at)) = (rows.get_mut(place), usize::try_from(at - first)) else { continue };
        if let Some(cell) = line.days.get_mut(at) {
            *cell = match grid.get(row, &[state]).to_text().as_str() {
                "covered" | "quiet" => DayState::Covered,
                "silent" => DayState::Silent,
                "not_delivered" => DayState::NotDelivered,
                _ => DayState::Outside,
            };
        }
        if let (Some(cell), Some(Value::Int(n))) = (line.events.get_mut(at), value.map(|value| grid.get(row, &[value]))) {
            *cell = u64::try_from(*n).unwrap_or(0);
        }
    }
    rows
}

/// Seven rows of 24 values, Monday first.
fn week(grid: &Grid, columns: [&str; 3]) -> Vec<Vec<f64>> {
    let mut values = vec![vec![0.0; 24]; 7];
    for row in &grid.rows {
        let [Value::Int(day), Value::Int(hour), value] = columns.map(|column| grid.get(row, &[column])) else { continue };
        let place = usize::try_from(day - 1).ok().zip(usize::try_from(*hour).ok());
        if let Some(cell) = place.and_then(|(day, hour)| values.get_mut(day)?.get_mut(hour)) {
            *cell += value.number().unwrap_or(0.0);
        }
    }
    values
}

/// Columns and rows in the order in which they occur.
fn matrix(grid: &Grid, [label, column, value]: [&str; 3], tone: Option<&str>) -> (Vec<String>, Vec<MatrixRow>) {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut columns: Vec<String> = Vec::new();
    let (mut lines, mut rows): (BTreeMap<String, usize>, Vec<MatrixRow>) = (BTreeMap::new(), Vec::new());
    for row in &grid.rows {
        let [name, head] = [label, column].map(|column| grid.get(row, &[column]).to_text());
        let place = *places.entry(head.clone()).or_insert_with(|| {
            columns.push(head);
            columns.len() - 1
        });
        let line = *lines.entry(name.clone()).or_insert_with(|| {
            rows.push(MatrixRow { label: name, values: Vec::new(), tone: tone_of(grid, row, tone, Tone::C1) });
            rows.len() - 1
        });
        if let Some(line) = rows.get_mut(line) {
            line.values.resize(line.values.len().max(place + 1), 0.0);
            line.values[place] += grid.get(row, &[value]).number().unwrap_or(0.0);
        }
    }
    rows.iter_mut().for_each(|row| row.values.resize(columns.len(), 0.0));
    (columns, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_and_matrices_hold_each_value_in_its_place() {
        let int = |n: i64| Value::Int(n);
        let columns = ["day", "hour", "n"].map(str::to_owned).to_vec();
        let rows = vec![
            vec![int(1), int(23), int(4)],
            vec![int(7), int(0), int(2)],
            vec![int(8), int(0), int(9)],
            vec![Value::Null, int(0), int(9)],
        ];
        let values = week(&Grid { columns, rows }, ["day", "hour", "n"]);
        assert_eq!((values[0][23], values[6][0], values.iter().flatten().sum::<f64>()), (4.0, 2.0, 6.0));
        let row = |who: &str, what: &str, n: i64, tone: &str| {
            vec![Value::Text(who.to_owned()), Value::Text(what.to_owned()), int(n), Value::Text(tone.to_owned())]
        };
        let columns = ["who", "what", "n", "tone"].map(str::to_owned).to_vec();
        let rows = vec![row("ada", "s3", 3, ""), row("root", "iam", 1, "critical"), row("ada", "iam", 2, "")];
        let (columns, rows) = matrix(&Grid { columns, rows }, ["who", "what", "n"], Some("tone"));
        assert_eq!((columns, rows[0].values.as_slice()), (vec!["s3".to_owned(), "iam".to_owned()], [3.0, 2.0].as_slice()));
        assert_eq!((rows[1].label.as_str(), rows[1].values.as_slice(), rows[1].tone), ("root", [0.0, 1.0].as_slice(), Tone::Critical));
    }

    #[test]
    fn a_line_breaks_on_days_without_a_row() {
        let row = |day: i32, n: i64| vec![Value::Day(day), Value::Int(n)];
        let grid = Grid { columns: vec!["day".to_owned(), "cost".to_owned()], rows: vec![row(3, 7), row(0, 5)] };
        let Some(ChartData::Days { from, series, .. }) = line(&grid, "day", "cost") else { panic!("no line") };
        assert_eq!((from.as_str(), series[0].values.as_slice()), ("1970-01-01", [Some(5.0), None, None, Some(7.0)].as_slice()));
        assert!(line(&Grid { columns: grid.columns, rows: Vec::new() }, "day", "cost").is_none());
    }

    #[test]
    fn shares_are_of_what_is_above_zero_and_a_range_has_both_ends() {
        let row = |name: &str, n: i64, tone: &str| vec![Value::Text(name.to_owned()), Value::Int(n), Value::Text(tone.to_owned())];
        let columns = ["name", "n", "tone"].map(str::to_owned).to_vec();
        let grid = Grid { columns, rows: vec![row("on demand", 7, ""), row("credit", -2, ""), row("unused", 3, "critical")] };
        let found = parts(Locale::of("en"), &grid, "name", "n", Some("tone"));
        let found: Vec<(&str, &str, Tone)> = found.iter().map(|part| (part.name.as_str(), part.text.as_str(), part.tone)).collect();
        assert_eq!(found, [("on demand", "7", Tone::C1), ("unused", "3", Tone::Critical)]);
        let items = ranges(Locale::of("en"), &grid, "name", ["n", "n", "n"]);
        assert_eq!((items.len(), items[0].text.as_str()), (3, "7 \u{2013} 7"));
        assert!(ranges(Locale::of("en"), &grid, "name", ["n", "tone", "n"]).is_empty());
    }

    #[test]
    fn stacks_say_what_their_parts_come_to() {
        let text = |text: &str| Value::Text(text.to_owned());
        let row = |month: &str, service: &str, cents: i128| vec![text(month), text(service), Value::Decimal(cents * decimal::ONE / 100)];
        let columns = ["month", "service", "cost"].map(str::to_owned).to_vec();
        let grid = Grid { columns, rows: vec![row("2024-04", "EC2", 120_010), row("2024-04", "S3", -5), row("2024-05", "S3", 1)] };
        let (series, bars) = stacked(Locale::of("en"), &grid, "month", "cost", Some("service"));
        assert_eq!(series.iter().map(|key| key.name.as_str()).collect::<Vec<_>>(), ["EC2", "S3"]);
        assert_eq!(bars.iter().map(|bar| bar.text.as_str()).collect::<Vec<_>>(), ["1,200.05", "0.01"]);
    }
}
