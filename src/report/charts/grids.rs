//! Grids: hour by weekday, and rows by columns with discs.

use crate::report::escape::put;
use crate::report::model::MatrixRow;

use super::bars::more;
use super::canvas::{Anchor, Canvas, drawn, fill, fit, num, short, text_width};

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const LEVELS: usize = 5;
const MOST_ROWS: usize = 24;
const MOST_COLUMNS: usize = 12;

/// Level 1 to 5 of a value by the square root of its share of the largest, so that quiet hours still differ; 0 for nothing.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 5")]
fn level(value: f64, most: f64) -> usize {
    let v = drawn(value);
    if v <= 0.0 || most <= 0.0 {
        return 0;
    }
    #[allow(clippy::cast_precision_loss, reason = "five levels")]
    let scaled = (v / most).sqrt() * LEVELS as f64;
    (scaled.ceil() as usize).clamp(1, LEVELS)
}

/// Hour of day by weekday.
#[allow(clippy::cast_precision_loss, reason = "a 7 by 24 grid")]
pub(super) fn hour_week(canvas: &mut Canvas, values: &[Vec<f64>], unit: &str) {
    let most = values.iter().flatten().map(|v| drawn(*v)).fold(0.0, f64::max);
    if most <= 0.0 {
        return;
    }
    let left = 40.0;
    let cell = (canvas.width - left) / 24.0;
    let row = cell.min(26.0);
    for hour in (0..24_u32).step_by(3) {
        let x = left + cell * (f64::from(hour) + 0.5);
        canvas.text(x, 11.0, &format!("{hour:02}"), Anchor::Middle, 40.0, "");
    }
    let mut paths = vec![String::new(); LEVELS + 1];
    for (day, name) in WEEKDAYS.iter().enumerate() {
        let y = 20.0 + row * day as f64;
        canvas.text(left - 8.0, y + row / 2.0 + 4.0, name, Anchor::End, left, "");
        for hour in 0..24 {
            let value = values.get(day).and_then(|r| r.get(hour)).copied().unwrap_or(0.0);
            let x = left + cell * hour as f64;
            let path = &mut paths[level(value, most)];
            put!(*path, "M{} {}h{}v{}h-{}z", num(x), num(y), num(cell - 2.0), num(row - 2.0), num(cell - 2.0));
        }
    }
    for (i, path) in paths.iter().enumerate() {
        canvas.path(path, &format!("k{i}"));
    }
    let y = 20.0 + row * 7.0 + 16.0;
    let mut x = left;
    canvas.text(x, y, "none", Anchor::Start, 60.0, "");
    x += 36.0;
    for i in 0..=LEVELS {
        canvas.rect(x, y - 9.5, 16.0, 11.0, &format!("k{i}"));
        x += 18.0;
    }
    let most = format!("{} {unit} in the fullest hour", short(most));
    canvas.text(x + 6.0, y, &most, Anchor::Start, canvas.width - x, "");
    canvas.height = y + 8.0;
}

/// Rows by columns, a disc per value, its area in proportion, its figure beside or inside.
#[allow(clippy::cast_precision_loss, reason = "at most 24 by 12")]
pub(super) fn matrix(canvas: &mut Canvas, columns: &[String], rows: &[MatrixRow]) {
    let most = rows.iter().flat_map(|r| r.values.iter()).map(|v| drawn(*v)).fold(0.0, f64::max);
    if most <= 0.0 || columns.is_empty() {
        return;
    }
    let shown = &rows[..rows.len().min(MOST_ROWS)];
    let across = columns.len().min(MOST_COLUMNS);
    let left = shown.iter().map(|r| text_width(&fit(&r.label, canvas.width * 0.34))).fold(0.0, f64::max) + 16.0;
    let slot = (canvas.width - left) / across as f64;
    let largest = (slot / 2.0 - 2.0).clamp(6.0, 15.0);
    for (i, name) in columns.iter().take(across).enumerate() {
        canvas.text(left + slot * (i as f64 + 0.5), 11.0, name, Anchor::Middle, slot - 4.0, "");
    }
    let mut y = 36.0;
    for row in shown {
        canvas.line(0.0, y + 16.0, canvas.width, y + 16.0, "grid");
        canvas.text(0.0, y + 4.0, &row.label, Anchor::Start, left - 14.0, "lab");
        for (i, value) in row.values.iter().take(across).enumerate() {
            let v = drawn(*value);
            if v <= 0.0 {
                continue;
            }
            let x = left + slot * (i as f64 + 0.5);
            let r = ((v / most).sqrt() * largest).max(2.5);
            let figure = short(v);
            let inside = text_width(&figure) + 8.0 < 2.0 * r;
            // Disc and figure together are centred in the slot.
            let shift = if inside { 0.0 } else { text_width(&figure) / 2.0 + 2.0 };
            canvas.disc(x - shift, y, r, &fill(row.tone));
            if inside {
                canvas.text(x, y + 4.0, &figure, Anchor::Middle, 60.0, "on");
            } else {
                canvas.text(x - shift + r + 4.0, y + 4.0, &figure, Anchor::Start, slot, "fig");
            }
        }
        y += 32.0;
    }
    let mut bottom = more(canvas, y - 14.0, rows.len(), shown.len());
    if columns.len() > across {
        bottom = more(canvas, bottom, columns.len(), across);
    }
    canvas.height = bottom;
}
