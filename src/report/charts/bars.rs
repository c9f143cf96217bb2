//! Bars: horizontal and stacked, and columns along time.

use crate::report::escape::thousands;
use crate::report::model::{Bar, SeriesKey, Tone};

use super::canvas::{Anchor, Canvas, drawn, fill, fit, short, text_width, ticks};

const MOST_BARS: usize = 24;
const MOST_COLUMNS: usize = 40;

fn tone(series: &[SeriesKey], i: usize) -> Tone {
    series.get(i).map_or(Tone::None, |s| s.tone)
}

fn total(bar: &Bar) -> f64 {
    bar.parts.iter().map(|v| drawn(*v)).sum()
}

fn widest<'a>(texts: impl Iterator<Item = &'a str>, max: f64) -> f64 {
    texts.map(|t| text_width(&fit(t, max))).fold(0.0, f64::max)
}

/// Horizontal bars of stacked parts.
pub(super) fn horizontal(canvas: &mut Canvas, series: &[SeriesKey], bars: &[Bar]) {
    if bars.is_empty() {
        return;
    }
    let shown = &bars[..bars.len().min(MOST_BARS)];
    let label = widest(shown.iter().map(|b| b.label.as_str()), canvas.width * if canvas.width < 500.0 { 0.46 } else { 0.36 }) + 14.0;
    let end = widest(shown.iter().map(|b| b.text.as_str()), canvas.width * 0.2) + 10.0;
    let room = (canvas.width - label - end).max(40.0);
    let most = shown.iter().map(total).fold(0.0, f64::max);
    let scale = if most > 0.0 { room / most } else { 0.0 };
    // Bars that each stand for one series carry its name already.
    let named = series.iter().all(|s| shown.iter().any(|b| b.label == s.name));
    let mut y = if named { 0.0 } else { canvas.legend(series, 0.0) };
    for bar in shown {
        canvas.text(label - 12.0, y + 15.0, &bar.label, Anchor::End, label - 14.0, "lab");
        let mut x = label;
        for (i, part) in bar.parts.iter().enumerate() {
            let value = drawn(*part);
            let w = value * scale;
            if w <= 0.0 {
                continue;
            }
            canvas.rect(x, y, (w - 1.0).max(1.0), 20.0, &fill(tone(series, i)));
            let figure = short(value);
            if !named && series.len() > 1 && text_width(&figure) + 8.0 < w {
                canvas.text(x + w / 2.0, y + 14.5, &figure, Anchor::Middle, w, "on");
            }
            x += w;
        }
        if most <= 0.0 || total(bar) <= 0.0 {
            canvas.rect(label, y, 1.0, 20.0, "f-none");
        }
        canvas.text(x + 7.0, y + 14.5, &bar.text, Anchor::Start, canvas.width * 0.2, "");
        y += 27.0;
    }
    y = more(canvas, y, bars.len(), shown.len());
    canvas.height = y - 3.0;
}

/// A line that says how many are not drawn.
pub(super) fn more(canvas: &mut Canvas, y: f64, all: usize, shown: usize) -> f64 {
    if all <= shown {
        return y;
    }
    let text = format!("and {} more, not drawn", thousands((all - shown) as u64));
    canvas.text(0.0, y + 12.0, &text, Anchor::Start, canvas.width, "");
    y + 22.0
}

/// The y axis with its grid; returns the x where the plot begins.
pub(super) fn value_axis(canvas: &mut Canvas, steps: &[f64], top: f64, y: f64, height: f64, unit: &str) -> f64 {
    let left = steps.iter().map(|s| text_width(&short(*s))).fold(0.0, f64::max).max(22.0) + 10.0;
    for step in steps {
        let at = y + height - step / top * height;
        canvas.line(left, at, canvas.width, at, if *step > 0.0 { "grid" } else { "axis" });
        canvas.text(left - 8.0, at + 4.0, &short(*step), Anchor::End, left, "");
    }
    canvas.text(left, y - 9.0, unit, Anchor::Start, 200.0, "");
    left
}

/// Columns along time, each of stacked parts.
#[allow(clippy::cast_precision_loss, reason = "tens of columns")]
pub(super) fn columns(canvas: &mut Canvas, series: &[SeriesKey], columns: &[Bar], unit: &str) {
    if columns.is_empty() {
        return;
    }
    // The latest are the ones to keep.
    let shown = &columns[columns.len().saturating_sub(MOST_COLUMNS)..];
    let plot = 210.0;
    let most = shown.iter().map(total).fold(0.0, f64::max);
    let (top, steps) = ticks(most);
    let y = canvas.legend(series, 0.0) + 22.0;
    let left = value_axis(canvas, &steps, top, y, plot, unit);
    let slot = (canvas.width - left) / shown.len() as f64;
    let w = (slot * 0.62).min(64.0);
    // Labels that would touch are thinned out.
    let label = widest(shown.iter().map(|c| c.label.as_str()), 90.0) + 8.0;
    let every = (label / slot).ceil().max(1.0);
    for (i, column) in shown.iter().enumerate() {
        let centre = left + slot * (i as f64 + 0.5);
        let mut base = y + plot;
        for (s, part) in column.parts.iter().enumerate() {
            let h = drawn(*part) / top * plot;
            if h > 0.0 {
                canvas.rect(centre - w / 2.0, base - h, w, (h - 0.8).max(0.8), &fill(tone(series, s)));
                base -= h;
            }
        }
        if text_width(&column.text) < slot + 4.0 {
            canvas.text(centre, base - 6.0, &column.text, Anchor::Middle, slot + 4.0, "val");
        }
        if (i as f64) % every < 0.5 {
            canvas.text(centre, y + plot + 17.0, &column.label, Anchor::Middle, 90.0, "");
        }
    }
    canvas.height = y + plot + 26.0;
    if columns.len() > shown.len() {
        canvas.height = more(canvas, canvas.height, columns.len(), shown.len());
    }
}
