//! Charts of topics: the rows of a query as the data of a drawing.

use std::collections::BTreeMap;

use super::draw::Draw;
use crate::catalogue::topics::Form;
use crate::evaluate::{Grid, Value};
use crate::outcome::Severity;
use crate::report::model::{Bar, CalendarRow, ChartData, DayState, SeriesKey, Tone, WindowRow};

/// Colours of series in the order in which they occur.
const TONES: [Tone; 6] = [Tone::C1, Tone::C2, Tone::C3, Tone::C4, Tone::C5, Tone::C6];

/// The data of a chart; `None` where there is nothing to draw.
pub fn data(draw: &Draw<'_>, form: &Form, grid: &Grid) -> Option<ChartData> {
    if grid.rows.is_empty() {
        return None;
    }
    Some(match form {
        Form::Bars { label, value, series } => {
            let (series, bars) = stacked(grid, label, value, series.as_deref());
            ChartData::Bars { series, bars }
        }
        Form::Columns { label, value, series } => {
            let (series, columns) = stacked(grid, label, value, series.as_deref());
            ChartData::Columns { series, columns }
        }
        Form::Timeline { label, from, to, tone } => ChartData::Windows {
            from: draw.period.from.clone(),
            days: days(draw),
            rows: windows(draw, grid, label, from, to, tone.as_deref()),
        },
        Form::Calendar { label, day, state, value } => {
            let mut rows = calendar(draw, grid, [label, day, state], value.as_deref());
            let more = rows.len().saturating_sub(MOST_LABELS) as u64;
            rows.truncate(MOST_LABELS);
            ChartData::Calendar { from: draw.period.from.clone(), days: days(draw), rows, more }
        }
    })
}

/// Labels of a calendar that are drawn.
const MOST_LABELS: usize = 40;

fn days(draw: &Draw<'_>) -> u32 {
    u32::try_from(draw.period.days()).unwrap_or(1)
}

/// Bars in the order of rows, each with one part for each series.
fn stacked(grid: &Grid, label: &str, value: &str, series: Option<&str>) -> (Vec<SeriesKey>, Vec<Bar>) {
    let mut names: Vec<String> = Vec::new();
    let mut bars: Vec<Bar> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for row in &grid.rows {
        let name = series.map_or(String::new(), |series| grid.get(row, &[series]).to_text());
        let part = names.iter().position(|n| *n == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        let label = grid.get(row, &[label]).to_text();
        let at = *places.entry(label.clone()).or_insert_with(|| {
            bars.push(Bar { label, ..Bar::default() });
            bars.len() - 1
        });
        if let Some(bar) = bars.get_mut(at) {
            bar.parts.resize(bar.parts.len().max(part + 1), 0.0);
            bar.parts[part] += grid.get(row, &[value]).number().unwrap_or(0.0);
        }
    }
    for bar in &mut bars {
        bar.parts.resize(names.len(), 0.0);
    }
    let keys = names.into_iter().zip(TONES.into_iter().cycle()).map(|(name, tone)| SeriesKey::new(name, tone)).collect();
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
        let severity = tone.map(|tone| grid.get(row, &[tone]).to_text());
        let severity = severity.and_then(|word| Severity::ALL.into_iter().find(|s| s.word() == word));
        let label = grid.get(row, &[label]).to_text();
        let at = *places.entry(label.clone()).or_insert_with(|| {
            rows.push(WindowRow { label, windows: Vec::new(), tone: severity.map_or(Tone::C1, Tone::from) });
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
