//! Drawings along days: lines, the coverage calendar, windows.

use jiff::civil::Date;

use crate::report::escape::{put, thousands};
use crate::report::model::{CalendarRow, DaySeries, DayState, SeriesKey, WindowRow};

use super::bars::{more, value_axis};
use super::canvas::{Anchor, Canvas, drawn, fill, fit, num, stroke, text_width, ticks};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const LEVELS: usize = 4;
const MOST_CALENDAR: usize = 40;
const MOST_WINDOWS: usize = 24;

/// Days from the first one to each first of a month, with its name; and the first day itself.
fn months(from: Date, days: u32) -> Vec<(u32, String)> {
    let mut out = Vec::new();
    let mut day = from;
    for i in 0..days {
        if day.day() == 1 || i == 0 {
            let name = usize::try_from(day.month() - 1).ok().and_then(|m| MONTHS.get(m)).copied().unwrap_or("");
            let text = match (i == 0, day.month() == 1) {
                (true, _) => format!("{} {name} {}", day.day(), day.year()),
                (false, true) => format!("{name} {}", day.year()),
                (false, false) => name.to_string(),
            };
            out.push((i, text));
        }
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    out
}

/// Month names above or below a plot, thinned so that none touch; a light line at each.
fn month_axis(canvas: &mut Canvas, from: Date, days: u32, left: f64, y: f64, lines: Option<(f64, f64)>) {
    let per_day = (canvas.width - left) / f64::from(days.max(1));
    let mut free = f64::MIN;
    for (at, name) in months(from, days) {
        let x = left + f64::from(at) * per_day;
        if let Some((top, bottom)) = lines
            && at > 0
        {
            canvas.line(x, top, x, bottom, "grid");
        }
        let w = text_width(&name);
        if x >= free && x + w <= canvas.width + 4.0 {
            canvas.text(x, y, &name, Anchor::Start, 120.0, "");
            free = x + w + 10.0;
        }
    }
}

/// Lines over days.
#[allow(clippy::cast_precision_loss, reason = "days of a period")]
pub(super) fn days(canvas: &mut Canvas, from: &str, series: &[DaySeries], area: bool, unit: &str) {
    let Ok(from) = from.parse::<Date>() else { return };
    let days = series.iter().map(|s| s.values.len()).max().unwrap_or(0);
    let most = series.iter().flat_map(|s| s.values.iter().flatten()).map(|v| drawn(*v)).fold(0.0, f64::max);
    if days == 0 || series.iter().all(|s| s.values.iter().all(Option::is_none)) {
        return;
    }
    let plot = 190.0;
    let keys: Vec<SeriesKey> = series.iter().map(|s| SeriesKey::new(s.name.as_str(), s.tone)).collect();
    let (top, steps) = ticks(most);
    let y = canvas.legend(&keys, 0.0) + 22.0;
    let left = value_axis(canvas, &steps, top, y, plot, unit);
    let count = u32::try_from(days).unwrap_or(u32::MAX).min(20_000);
    let per_day = (canvas.width - left) / f64::from(count);
    for one in series.iter().take(8) {
        // Each unbroken stretch is one path; a single day is a short dash.
        let mut stretch: Vec<(f64, f64)> = Vec::new();
        let mut line = String::new();
        let mut fill_path = String::new();
        let values = one.values.iter().copied().chain([None]);
        for (i, value) in values.enumerate() {
            if let Some(v) = value {
                stretch.push((left + (i as f64 + 0.5) * per_day, y + plot - drawn(v) / top * plot));
                continue;
            }
            if let (Some(first), Some(last)) = (stretch.first().copied(), stretch.last().copied()) {
                let mut d = String::new();
                for (k, (px, py)) in stretch.iter().enumerate() {
                    put!(d, "{}{} {}", if k == 0 { 'M' } else { 'L' }, num(*px), num(*py));
                }
                if stretch.len() == 1 {
                    d = format!("M{} {}h{}", num(first.0 - per_day / 2.0), num(first.1), num(per_day));
                }
                line.push_str(&d);
                if area && stretch.len() > 1 {
                    let floor = num(y + plot);
                    put!(fill_path, "{d}L{} {floor}L{} {floor}Z", num(last.0), num(first.0));
                }
            }
            stretch.clear();
        }
        canvas.path(&fill_path, &format!("area {}", fill(one.tone)));
        canvas.path(&line, &format!("line {}", stroke(one.tone)));
    }
    month_axis(canvas, from, count, left, y + plot + 17.0, None);
    canvas.height = y + plot + 26.0;
}

/// Level 1 to 4 of a day's events by the square root of its share of the fullest day.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 4")]
fn shade(events: u64, most: u64) -> usize {
    if most == 0 {
        return LEVELS;
    }
    let share = (events as f64 / most as f64).sqrt() * LEVELS as f64;
    (share.ceil() as usize).clamp(1, LEVELS)
}

/// Account-Region by day. Days of the same look that touch become one run of one path, so that a year of many
/// Regions stays small.
#[allow(clippy::cast_precision_loss, reason = "days of a period")]
pub(super) fn calendar(canvas: &mut Canvas, from: &str, days: u32, rows: &[CalendarRow], not_drawn: u64) {
    let Ok(from) = from.parse::<Date>() else { return };
    if days == 0 || rows.is_empty() {
        return;
    }
    let shown = &rows[..rows.len().min(MOST_CALENDAR)];
    let left = shown.iter().map(|r| text_width(&fit(&r.label, canvas.width * 0.3))).fold(0.0, f64::max) + 14.0;
    let per_day = (canvas.width - left) / f64::from(days);
    let gap = if per_day > 5.0 { 1.2 } else { 0.0 };
    let height = 17.0;
    canvas.hatching("gap", "f-critical");
    canvas.hatching("sil", "f-none");
    month_axis(canvas, from, days, left, 11.0, None);
    let most = shown.iter().flat_map(|r| r.events.iter()).copied().max().unwrap_or(0);
    // Looks: 0 outside, 1..=4 covered, 5 silent, 6 not delivered.
    let mut paths = vec![String::new(); LEVELS + 3];
    let mut y = 20.0;
    for row in shown {
        canvas.text(left - 10.0, y + 12.5, &row.label, Anchor::End, left - 12.0, "lab");
        let look = |i: usize| match row.days.get(i).copied().unwrap_or_default() {
            DayState::Outside => 0,
            DayState::Covered => row.events.get(i).map_or(LEVELS, |e| shade(*e, most)),
            DayState::Silent => LEVELS + 1,
            DayState::NotDelivered => LEVELS + 2,
        };
        let count = days as usize;
        let mut i = 0;
        while i < count {
            let this = look(i);
            let mut run = 1;
            // Runs only where days have no gap between them, or where the look is a pattern.
            while i + run < count && look(i + run) == this && (gap <= 0.0 || this > LEVELS || this == 0) {
                run += 1;
            }
            let (x, w) = (left + per_day * i as f64, per_day * run as f64 - gap);
            put!(paths[this], "M{} {}h{}v{height}h-{}z", num(x), num(y), num(w), num(w));
            i += run;
        }
        y += height + 4.0;
    }
    canvas.path(&paths[0], "k0");
    for (level, path) in paths.iter().enumerate().take(LEVELS + 1).skip(1) {
        canvas.path(path, &format!("k{level}"));
    }
    canvas.path_pattern(&paths[LEVELS + 1], "sil");
    canvas.path_pattern(&paths[LEVELS + 2], "gap");
    let all = rows.len() + usize::try_from(not_drawn).unwrap_or(usize::MAX);
    y = more(canvas, y, all, shown.len());
    canvas.height = calendar_key(canvas, y + 21.0, most) + 7.0;
}

/// The key, in as many lines as the width asks for; the base line of the last.
fn calendar_key(canvas: &mut Canvas, mut y: f64, most: u64) -> f64 {
    let mut x = 0.0;
    for level in 1..=LEVELS {
        canvas.rect(x, y - 9.5, 12.0, 11.0, &format!("k{level}"));
        x += 13.0;
    }
    let text = if most > 0 { format!("covered, fuller colour for more events (most {} a day)", thousands(most)) } else { "covered".into() };
    canvas.text(x + 5.0, y, &text, Anchor::Start, 400.0, "");
    x += 5.0 + text_width(&text) + 22.0;
    if x + 320.0 > canvas.width {
        (x, y) = (0.0, y + 18.0);
    }
    for (name, text) in [("sil", "silent, unknown"), ("gap", "not delivered")] {
        let d = format!("M{} {}h20v11h-20z", num(x), num(y - 9.5));
        canvas.path_pattern(&d, name);
        canvas.text(x + 26.0, y, text, Anchor::Start, 160.0, "");
        x += 26.0 + text_width(text) + 22.0;
    }
    canvas.rect(x, y - 9.5, 12.0, 11.0, "k0");
    canvas.text(x + 18.0, y, "outside", Anchor::Start, 100.0, "");
    y
}

/// Windows of time per row.
#[allow(clippy::cast_precision_loss, reason = "at most 24 rows")]
pub(super) fn windows(canvas: &mut Canvas, from: &str, days: u32, rows: &[WindowRow]) {
    let Ok(from) = from.parse::<Date>() else { return };
    if days == 0 || rows.is_empty() {
        return;
    }
    let shown = &rows[..rows.len().min(MOST_WINDOWS)];
    let left = shown.iter().map(|r| text_width(&fit(&r.label, canvas.width * 0.36))).fold(0.0, f64::max) + 14.0;
    let per_day = (canvas.width - left) / f64::from(days);
    let bottom = 20.0 + shown.len() as f64 * 21.0;
    month_axis(canvas, from, days, left, 11.0, Some((18.0, bottom)));
    let mut y = 30.0;
    for row in shown {
        canvas.text(left - 12.0, y + 4.0, &row.label, Anchor::End, left - 14.0, "lab");
        canvas.rect(left, y - 2.0, canvas.width - left, 4.0, "track");
        for (start, end) in &row.windows {
            let opened = drawn(*start).min(f64::from(days));
            let closed = drawn(*end).min(f64::from(days)).max(opened);
            // A window of minutes is still seen.
            let width = ((closed - opened) * per_day).max(3.0);
            let from = (left + opened * per_day).min(canvas.width - width);
            canvas.rect(from, y - 7.0, width, 14.0, &fill(row.tone));
        }
        y += 21.0;
    }
    canvas.height = more(canvas, bottom + 2.0, rows.len(), shown.len());
}
