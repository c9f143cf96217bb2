//! When the most severe deviations happened: the dated findings of critical and high severity along the period.

use super::{Input, words};
use crate::base::time::DAY;
use crate::findings::Finding;
use crate::outcome::Severity;
use crate::report::model::{Chart, ChartData, Tone, WindowRow};

/// Findings drawn; more would no longer be read at a glance.
const ROWS: usize = 8;

/// Id of the chart.
pub const ID: &str = "incidents";

/// The chart; `None` where no open finding of these severities has a time.
pub(super) fn chart(input: &Input<'_>) -> Option<Chart> {
    let dated: Vec<(&Finding, i64, i64)> = input
        .findings
        .iter()
        .filter(|finding| finding.severity <= Severity::High && !finding.is_accepted())
        .filter_map(|finding| Some((finding, finding.first?, finding.last?)))
        .collect();
    let days = u32::try_from((input.period.end - input.period.start + DAY / 2) / DAY).ok().filter(|days| *days > 0)?;
    if dated.is_empty() {
        return None;
    }
    let mut shown: Vec<&(&Finding, i64, i64)> = dated.iter().take(ROWS).collect();
    // In the order of time, since what followed what is the question.
    shown.sort_by(|a, b| (a.1, &a.0.number).cmp(&(b.1, &b.0.number)));
    let rows: Vec<WindowRow> = shown.iter().map(|(finding, first, last)| row(input, finding, *first, *last, days)).collect();
    let first: Vec<String> = shown
        .iter()
        .map(|(finding, first, _)| format!("{} {}, {}", finding.number, finding.title, words::date(*first, &input.period.zone)))
        .collect();
    let left = dated.len() - shown.len();
    Some(Chart {
        id: ID.to_owned(),
        title: "When the most severe deviations happened".to_owned(),
        caption: if left > 0 {
            format!(
                "A mark reaches from the first to the last event of a finding. {} of these severities with a time are not drawn.",
                words::count(left as u64, "finding", "findings")
            )
        } else {
            "A mark reaches from the first to the last event of a finding.".to_owned()
        },
        alt: format!("In the order of time: {}.", first.join("; ")),
        unit: String::new(),
        half: false,
        data: ChartData::Windows { from: input.period.from.clone(), days, rows },
    })
}

#[expect(clippy::cast_precision_loss, reason = "for drawing")]
fn row(input: &Input<'_>, finding: &Finding, first: i64, last: i64, days: u32) -> WindowRow {
    let day = |at: i64| ((at - input.period.start) as f64 / DAY as f64).clamp(0.0, f64::from(days));
    let tone = if finding.severity == Severity::Critical { Tone::Critical } else { Tone::High };
    WindowRow { label: format!("{} {}", finding.number, finding.title), windows: vec![(day(first), day(last))], tone }
}
