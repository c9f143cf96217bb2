//! Charts as SVG, drawn from [`Chart`] data: themeable by CSS variables, readable in print and dark mode, with a
//! text alternative, the same bytes every time. No crate gives these together.
//!
//! Every drawing exists twice: inside the page (styled by the page) and as a file `charts/ID.svg` that carries its
//! own styles. Colours are classes, never attributes, so that a Content-Security-Policy without inline styles holds.

mod bars;
mod canvas;
mod grids;
mod shares;
mod time;

use super::model::{Chart, ChartData};
use canvas::Canvas;
pub use canvas::{Purpose, STYLE};

/// Draws a chart.
pub fn draw(chart: &Chart, purpose: Purpose) -> String {
    let mut canvas = drawn(chart);
    if canvas.is_empty() {
        canvas.no_data();
    }
    canvas.finish(chart, purpose)
}

/// Whether a chart has nothing to show.
pub fn is_blank(chart: &Chart) -> bool {
    drawn(chart).is_empty()
}

fn drawn(chart: &Chart) -> Canvas {
    let mut canvas = Canvas::new(if chart.half { 464.0 } else { 960.0 }, &chart.id);
    match &chart.data {
        ChartData::Bars { series, bars } => bars::horizontal(&mut canvas, series, bars),
        ChartData::Columns { series, columns } => bars::columns(&mut canvas, series, columns, &chart.unit),
        ChartData::Days { from, series, area } => time::days(&mut canvas, from, series, *area, &chart.unit),
        ChartData::Calendar { from, days, rows, more } => time::calendar(&mut canvas, from, *days, rows, *more),
        ChartData::Windows { from, days, rows } => time::windows(&mut canvas, from, *days, rows),
        ChartData::Donut { parts, centre } => shares::donut(&mut canvas, parts, centre),
        ChartData::Share { parts } => shares::share(&mut canvas, parts),
        ChartData::Ranges { items } => shares::ranges(&mut canvas, items, &chart.unit),
        ChartData::HourWeek { values } => grids::hour_week(&mut canvas, values, &chart.unit),
        ChartData::Matrix { columns, rows } => grids::matrix(&mut canvas, columns, rows),
    }
    canvas
}

#[cfg(test)]
mod tests {
    use super::super::model::{Bar, CalendarRow, DaySeries, DayState, MatrixRow, Part, RangeItem, SeriesKey, Tone, WindowRow};
    use super::*;

    fn chart(data: ChartData) -> Chart {
        Chart { id: "c".into(), title: "<b>\"T\"&'".into(), alt: "a\u{202E}b</desc><script>".into(), data, ..Chart::default() }
    }

    fn every_kind(label: &str, value: f64) -> Vec<ChartData> {
        let bar = Bar { label: label.into(), parts: vec![value, value], text: label.into() };
        let key = SeriesKey::new(label, Tone::C2);
        let part = Part { name: label.into(), value, text: label.into(), tone: Tone::High };
        vec![
            ChartData::Bars { series: vec![key.clone(), key.clone()], bars: vec![bar.clone(), bar.clone()] },
            ChartData::Columns { series: vec![key.clone(), key], columns: vec![bar; 3] },
            ChartData::Days {
                from: "2024-01-01".into(),
                series: vec![DaySeries { name: label.into(), tone: Tone::C1, values: vec![Some(value), None, Some(value)] }],
                area: true,
            },
            ChartData::Calendar {
                from: "2024-01-01".into(),
                days: 4,
                rows: vec![CalendarRow {
                    label: label.into(),
                    days: vec![DayState::Covered, DayState::Silent, DayState::NotDelivered, DayState::Outside],
                    events: vec![5, 0, 0, 0],
                }],
                more: 3,
            },
            ChartData::Windows {
                from: "2024-01-01".into(),
                days: 30,
                rows: vec![WindowRow { label: label.into(), windows: vec![(value, value + 2.0)], tone: Tone::High }],
            },
            ChartData::Donut { parts: vec![part.clone(), part.clone()], centre: label.into() },
            ChartData::Share { parts: vec![part] },
            ChartData::Ranges {
                items: vec![RangeItem { label: label.into(), low: value, mid: value, high: value, text: label.into(), tone: Tone::C3 }],
            },
            ChartData::HourWeek { values: vec![vec![value; 24]; 7] },
            ChartData::Matrix {
                columns: vec![label.into()],
                rows: vec![MatrixRow { label: label.into(), values: vec![value], tone: Tone::C1 }],
            },
        ]
    }

    #[test]
    fn hostile_labels_are_text() {
        let attack = "</text><script>alert(1)</script>\u{202E}\0<image href=x onerror=y>\"'&";
        for data in every_kind(attack, 3.0) {
            for purpose in [Purpose::Inline, Purpose::File] {
                let svg = draw(&chart(data.clone()), purpose);
                assert!(!svg.contains("<script") && !svg.contains("<image") && !svg.contains("<b>"), "{svg}");
                assert!(!svg.contains('\0') && !svg.contains('\u{202E}'), "{svg}");
                assert!(svg.contains("role=\"img\"") && svg.contains("<title"), "{svg}");
                assert!(!svg.contains(" style="), "{svg}");
            }
        }
    }

    #[test]
    fn odd_numbers_never_reach_the_drawing() {
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300, 1e-300, 0.1] {
            for data in every_kind("x", value) {
                let svg = draw(&chart(data), Purpose::File);
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{value}: {svg}");
            }
        }
    }

    #[test]
    fn empty_data_says_so() {
        let empty = [
            ChartData::Bars { series: vec![], bars: vec![] },
            ChartData::Columns { series: vec![], columns: vec![] },
            ChartData::Days { from: "2024-01-01".into(), series: vec![], area: false },
            ChartData::Days { from: "not a date".into(), series: vec![], area: false },
            ChartData::Calendar { from: "2024-01-01".into(), days: 0, rows: vec![], more: 0 },
            ChartData::Windows { from: String::new(), days: 10, rows: vec![] },
            ChartData::Donut { parts: vec![], centre: String::new() },
            ChartData::Share { parts: vec![] },
            ChartData::Ranges { items: vec![] },
            ChartData::HourWeek { values: vec![] },
            ChartData::Matrix { columns: vec![], rows: vec![] },
        ];
        for data in empty {
            assert!(draw(&chart(data), Purpose::File).contains("No data"));
        }
    }

    #[test]
    fn a_year_of_coverage_stays_small() {
        let row = CalendarRow { label: "111122223333 eu-west-1".into(), days: vec![DayState::Covered; 366], events: (0..366).collect() };
        let data = ChartData::Calendar { from: "2024-01-01".into(), days: 366, rows: vec![row; 40], more: 0 };
        let svg = draw(&chart(data), Purpose::Inline);
        assert!(svg.len() < 120_000, "{}", svg.len());
    }
}
