//! The drawing surface: SVG text with classes, fixed number formatting, escaped labels.

use crate::report::escape::{self, put, thousands};
use crate::report::model::{Chart, SeriesKey, Tone};

/// Mean width of a character of 12 px text; labels are cut by it, since nothing here can measure a font.
const CHAR: f64 = 6.7;
/// Margin of a drawing in a file of its own.
const MARGIN: f64 = 16.0;

/// An SVG being written. Coordinates are in CSS pixels at full size.
pub(super) struct Canvas {
    /// Width.
    pub(super) width: f64,
    /// Height so far; the last thing a drawing sets.
    pub(super) height: f64,
    id: String,
    body: String,
}

/// How a text is anchored.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    /// Begins at x.
    Start,
    /// Centred on x.
    Middle,
    /// Ends at x.
    End,
}

impl Canvas {
    /// An empty surface.
    pub(super) fn new(width: f64, id: &str) -> Self {
        Self { width, height: 0.0, id: escape::slug(id), body: String::new() }
    }

    /// True when nothing has been drawn.
    pub(super) fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// An element id unique in the page.
    pub(super) fn local_id(&self, name: &str) -> String {
        format!("chart-{}-{name}", self.id)
    }

    /// A filled rectangle.
    pub(super) fn rect(&mut self, x: f64, y: f64, w: f64, h: f64, class: &str) {
        put!(
            self.body,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"{class}\"/>",
            num(x),
            num(y),
            num(w.max(0.0)),
            num(h.max(0.0))
        );
    }

    /// A rectangle filled with a pattern of this drawing.
    pub(super) fn path(&mut self, d: &str, class: &str) {
        if !d.is_empty() {
            put!(self.body, "<path d=\"{d}\" class=\"{class}\"/>");
        }
    }

    /// A path filled with the pattern `name` of this drawing.
    pub(super) fn path_pattern(&mut self, d: &str, name: &str) {
        if !d.is_empty() {
            let id = self.local_id(name);
            put!(self.body, "<path d=\"{d}\" fill=\"url(#{id})\"/>");
        }
    }

    /// The diagonal hatching `name`, drawn in `class`.
    pub(super) fn hatching(&mut self, name: &str, class: &str) {
        let id = self.local_id(name);
        put!(
            self.body,
            "<defs><pattern id=\"{id}\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><rect width=\"5\" height=\"5\" class=\"wash\"/>\
             <rect width=\"2\" height=\"5\" class=\"{class}\"/></pattern></defs>"
        );
    }

    /// A line.
    pub(super) fn line(&mut self, x1: f64, y1: f64, x2: f64, y2: f64, class: &str) {
        put!(self.body, "<path d=\"M{} {}L{} {}\" class=\"{class}\"/>", num(x1), num(y1), num(x2), num(y2));
    }

    /// A disc.
    pub(super) fn disc(&mut self, x: f64, y: f64, r: f64, class: &str) {
        put!(self.body, "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" class=\"{class}\"/>", num(x), num(y), num(r.max(0.0)));
    }

    /// A text, cut with an ellipsis to `max` pixels. `class` may be empty.
    pub(super) fn text(&mut self, x: f64, y: f64, text: &str, anchor: Anchor, max: f64, class: &str) {
        let shown = fit(text, max);
        if shown.is_empty() {
            return;
        }
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        put!(self.body, "<text x=\"{}\" y=\"{}\"{anchor}{class}>", num(x), num(y));
        escape::push_html(&mut self.body, &shown);
        self.body.push_str("</text>");
    }

    /// A legend at `y`, wrapped to the width; returns the y below it.
    pub(super) fn legend(&mut self, series: &[SeriesKey], y: f64) -> f64 {
        if series.len() < 2 {
            return y;
        }
        let mut x = 0.0;
        let mut y = y + 11.0;
        for key in series.iter().take(16) {
            let w = 18.0 + text_width(&fit(&key.name, 220.0)) + 16.0;
            if x > 0.0 && x + w > self.width {
                x = 0.0;
                y += 18.0;
            }
            self.rect(x, y - 9.0, 11.0, 11.0, &fill(key.tone));
            self.text(x + 16.0, y, &key.name, Anchor::Start, 220.0, "");
            x += w;
        }
        y + 12.0
    }

    /// The drawing for empty data.
    pub(super) fn no_data(&mut self) {
        self.height = 64.0;
        let (w, h) = (self.width, self.height);
        self.rect(0.5, 0.5, w - 1.0, h - 1.0, "nodata");
        self.text(w / 2.0, h / 2.0 + 4.0, "No data in the files given", Anchor::Middle, w, "");
    }

    /// The whole SVG.
    pub(super) fn finish(self, chart: &Chart, purpose: Purpose) -> String {
        let title_id = self.local_id("t");
        let desc_id = self.local_id("d");
        let mut out = String::with_capacity(self.body.len() + 1_024);
        // A file opened alone gets a margin.
        let edge = if purpose == Purpose::File { MARGIN } else { 0.0 };
        let full = (num(self.width + 2.0 * edge), num(self.height.max(24.0) + 2.0 * edge));
        let size = match purpose {
            Purpose::Inline => String::new(),
            Purpose::File => {
                format!(" xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\"", full.0, full.1)
            }
        };
        let view = format!("{0} {0} {1} {2}", num(-edge), full.0, full.1);
        put!(out, "<svg{size} viewBox=\"{view}\" class=\"chart\" role=\"img\" aria-labelledby=\"{title_id} {desc_id}\">");
        put!(out, "<title id=\"{title_id}\">{}</title>", escape::html(&chart.title));
        put!(out, "<desc id=\"{desc_id}\">{}</desc>", escape::html(&chart.alt));
        if purpose == Purpose::File {
            out.push_str("<style>");
            out.push_str(STYLE);
            let corner = num(-edge);
            put!(out, "</style><rect x=\"{corner}\" y=\"{corner}\" width=\"{}\" height=\"{}\" class=\"bg\"/>", full.0, full.1);
        }
        out.push_str(&self.body);
        out.push_str("</svg>");
        out
    }
}

/// A coordinate: one decimal, no exponent, no sign on zero.
pub(super) fn num(x: f64) -> String {
    if !x.is_finite() {
        return "0".into();
    }
    let rounded = (x.clamp(-1e7, 1e7) * 10.0).round() / 10.0;
    let text = format!("{rounded:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".into() } else { text.into() }
}

/// The value drawn for a value given: finite and not negative.
pub(super) fn drawn(value: f64) -> f64 {
    if value.is_finite() && value > 0.0 { value.min(1e15) } else { 0.0 }
}

/// Class that fills with a tone.
pub(super) fn fill(tone: Tone) -> String {
    format!("f-{}", tone_name(tone))
}

/// Class that strokes with a tone.
pub(super) fn stroke(tone: Tone) -> String {
    format!("s-{}", tone_name(tone))
}

fn tone_name(tone: Tone) -> &'static str {
    match tone {
        Tone::C1 => "c1",
        Tone::C2 => "c2",
        Tone::C3 => "c3",
        Tone::C4 => "c4",
        Tone::C5 => "c5",
        Tone::C6 => "c6",
        Tone::Critical => "critical",
        Tone::High => "high",
        Tone::Medium => "medium",
        Tone::Low => "low",
        Tone::Good => "good",
        Tone::None => "none",
    }
}

/// Width of a character at 12 px, about: wide scripts count double, and the broad letters of the Latin one more than the rest.
fn char_width(c: char) -> f64 {
    CHAR * match c {
        c if (c as u32) > 0x2E80 => 2.0,
        'm' | 'w' | 'M' | 'W' | '@' => 1.5,
        'A'..='Z' => 1.15,
        _ => 1.0,
    }
}

/// Width of a text at 12 px, about.
pub(super) fn text_width(text: &str) -> f64 {
    text.chars().map(char_width).sum()
}

/// The text cut to `max` pixels.
pub(super) fn fit(text: &str, max: f64) -> String {
    let shown = escape::visible(text, &[]);
    if text_width(&shown) <= max + 0.5 {
        return shown;
    }
    let mut out = String::new();
    let mut width = 2.0 * CHAR;
    for c in shown.chars() {
        width += char_width(c);
        if width > max {
            break;
        }
        out.push(c);
    }
    if out.is_empty() { out } else { format!("{}…", out.trim_end()) }
}

/// A value as printed on axes and in bars: whole numbers with thousands below 100,000, then k, M, G.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "drawn values are 0 to 1e15")]
pub(super) fn short(value: f64) -> String {
    let v = drawn(value);
    let scaled = |v: f64, unit: &str| {
        let digits = usize::from(v < 100.0);
        let text = format!("{v:.digits$}");
        format!("{}{unit}", text.strip_suffix(".0").unwrap_or(&text))
    };
    if v >= 1e9 {
        scaled(v / 1e9, " G")
    } else if v >= 1e6 {
        scaled(v / 1e6, " M")
    } else if v >= 1e5 {
        scaled(v / 1e3, " k")
    } else if (v - v.round()).abs() < 1e-9 || v >= 1_000.0 {
        thousands(v.round() as u64)
    } else if v >= 10.0 {
        scaled(v, "")
    } else {
        let text = format!("{v:.2}");
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    }
}

/// Round steps for an axis from zero to at least `max`: the top and the steps, zero included.
pub(super) fn ticks(max: f64) -> (f64, Vec<f64>) {
    let max = drawn(max);
    if max < 1e-12 {
        return (1.0, vec![0.0, 1.0]);
    }
    let raw = max / 4.0;
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= raw * 0.999_999).unwrap_or(raw);
    let mut steps = vec![0.0];
    let mut at = 0.0;
    while at < max * 0.999_999 && steps.len() < 12 {
        at += step;
        steps.push(at);
    }
    (at, steps)
}

/// Styles of drawings, shared by the page and by the files. Variables have fallbacks for a file opened alone.
pub const STYLE: &str = include_str!("../../../templates/charts.css");

/// Which of the two a drawing is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Inside the page.
    Inline,
    /// A file of its own.
    File,
}
