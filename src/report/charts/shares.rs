//! Shares of a whole (ring, bar) and values with a range.

use std::f64::consts::PI;

use crate::report::model::{Part, RangeItem, SeriesKey};

use super::bars::more;
use super::canvas::{Anchor, Canvas, drawn, fill, fit, num, short, stroke, text_width, ticks};

const MOST_PARTS: usize = 12;
const MOST_RANGES: usize = 24;

fn percent(value: f64, sum: f64) -> String {
    if sum <= 0.0 {
        return String::new();
    }
    format!("{:.1} %", value / sum * 100.0)
}

/// A ring with its key beside it.
pub(super) fn donut(canvas: &mut Canvas, parts: &[Part], centre: &str) {
    let sum: f64 = parts.iter().map(|p| drawn(p.value)).sum();
    if parts.is_empty() || sum <= 0.0 {
        return;
    }
    let (r, width) = (76.0, 30.0);
    let rows = parts.len().min(MOST_PARTS);
    #[allow(clippy::cast_precision_loss, reason = "at most a dozen rows")]
    let key = rows as f64 * 22.0;
    let height = key.max(2.0 * r + 12.0);
    let (cx, cy) = (r + 6.0, height / 2.0);
    let mut angle = -PI / 2.0;
    for part in parts {
        let share = drawn(part.value) / sum;
        if share <= 0.0 {
            continue;
        }
        let to = angle + share * 2.0 * PI;
        canvas.path(&ring(cx, cy, r, r - width, angle, to, share), &format!("{} gap", fill(part.tone)));
        angle = to;
    }
    canvas.text(cx, cy + 5.0, centre, Anchor::Middle, 2.0 * (r - width) - 8.0, "val");
    let x = cx + r + 26.0;
    let mut y = (height - key) / 2.0 + 15.0;
    for part in parts.iter().take(MOST_PARTS) {
        let figure = fit(&part.text, 130.0);
        let room = canvas.width - x - 18.0 - 64.0 - text_width(&figure) - 12.0;
        canvas.rect(x, y - 9.5, 11.0, 11.0, &fill(part.tone));
        canvas.text(x + 18.0, y, &part.name, Anchor::Start, room, "lab");
        canvas.text(canvas.width - 64.0, y, &figure, Anchor::End, 130.0, "fig");
        canvas.text(canvas.width, y, &percent(drawn(part.value), sum), Anchor::End, 64.0, "");
        y += 22.0;
    }
    canvas.height = more(canvas, height, parts.len(), rows);
}

/// A ring segment; a full circle is drawn as two halves, since an arc cannot end where it begins.
fn ring(cx: f64, cy: f64, outer: f64, inner: f64, from: f64, to: f64, share: f64) -> String {
    if share > 0.9999 {
        let half = |r: f64, sweep: u8| {
            format!(
                "M{} {}A{r} {r} 0 0 {sweep} {} {}A{r} {r} 0 0 {sweep} {} {}Z",
                num(cx),
                num(cy - r),
                num(cx),
                num(cy + r),
                num(cx),
                num(cy - r),
                r = num(r)
            )
        };
        return format!("{}{}", half(outer, 1), half(inner, 0));
    }
    let large = u8::from(share > 0.5);
    let at = |r: f64, a: f64| format!("{} {}", num(cx + r * a.cos()), num(cy + r * a.sin()));
    format!(
        "M{}A{o} {o} 0 {large} 1 {}L{}A{i} {i} 0 {large} 0 {}Z",
        at(outer, from),
        at(outer, to),
        at(inner, to),
        at(inner, from),
        o = num(outer),
        i = num(inner)
    )
}

/// One bar of shares with its key below.
pub(super) fn share(canvas: &mut Canvas, parts: &[Part]) {
    let sum: f64 = parts.iter().map(|p| drawn(p.value)).sum();
    if sum <= 0.0 {
        return;
    }
    let mut x = 0.0;
    for part in parts {
        let w = drawn(part.value) / sum * canvas.width;
        if w <= 0.0 {
            continue;
        }
        canvas.rect(x, 0.0, (w - 1.0).max(1.0), 28.0, &fill(part.tone));
        if text_width(&part.text) + 10.0 < w {
            canvas.text(x + w / 2.0, 18.5, &part.text, Anchor::Middle, w, "on");
        }
        x += w;
    }
    let keys: Vec<SeriesKey> =
        parts.iter().map(|p| SeriesKey::new(format!("{} {} ({})", p.name, p.text, percent(drawn(p.value), sum)), p.tone)).collect();
    // A single part still needs its name.
    if let [key] = keys.as_slice() {
        canvas.text(0.0, 47.0, &key.name, Anchor::Start, canvas.width, "");
        canvas.height = 54.0;
    } else {
        canvas.height = canvas.legend(&keys, 38.0);
    }
}

/// A dot with a range per row.
pub(super) fn ranges(canvas: &mut Canvas, items: &[RangeItem], unit: &str) {
    if items.is_empty() {
        return;
    }
    let shown = &items[..items.len().min(MOST_RANGES)];
    let label = shown.iter().map(|i| text_width(&fit(&i.label, canvas.width * 0.3))).fold(0.0, f64::max) + 14.0;
    let end = shown.iter().map(|i| text_width(&fit(&i.text, canvas.width * 0.26))).fold(0.0, f64::max) + 14.0;
    let room = (canvas.width - label - end).max(60.0);
    let most = shown.iter().map(|i| drawn(i.high).max(drawn(i.mid))).fold(0.0, f64::max);
    let (top, steps) = ticks(most);
    #[allow(clippy::cast_precision_loss, reason = "at most 24 rows")]
    let bottom = shown.len() as f64 * 26.0 + 4.0;
    for step in &steps {
        let x = label + step / top * room;
        canvas.line(x, 0.0, x, bottom, "grid");
        canvas.text(x, bottom + 15.0, &short(*step), Anchor::Middle, 80.0, "");
    }
    canvas.text(canvas.width, bottom + 15.0, unit, Anchor::End, end, "");
    let mut y = 14.0;
    for item in shown {
        let x = |v: f64| label + (drawn(v) / top * room).min(room);
        canvas.text(label - 12.0, y + 4.0, &item.label, Anchor::End, label - 14.0, "lab");
        let (low, high) = (x(item.low), x(item.high));
        canvas.line(low, y, high, y, &format!("range {}", stroke(item.tone)));
        canvas.line(low, y - 5.0, low, y + 5.0, &format!("edge {}", stroke(item.tone)));
        canvas.line(high, y - 5.0, high, y + 5.0, &format!("edge {}", stroke(item.tone)));
        canvas.disc(x(item.mid), y, 5.0, &fill(item.tone));
        canvas.text(canvas.width, y + 4.0, &item.text, Anchor::End, end, "");
        y += 26.0;
    }
    canvas.height = more(canvas, bottom + 22.0, items.len(), shown.len());
}
