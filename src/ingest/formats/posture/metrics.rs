//! Amazon CloudWatch metrics: answers of `get-metric-data` and `get-metric-statistics`, and the CSV that
//! the console's graphs give.
//!
//! The layout of that CSV is nowhere documented and is read tolerantly: rows whose first cell is no time
//! name the columns, the others hold a time and one value for each column.

use std::io::BufRead;

use serde_json::Value;

use super::{Members, double, object};
use crate::base::time;
use crate::ingest::batch::Output;
use crate::ingest::formats::declaration::{Declaration, Family, Mark, Place, Read, Record, Trace};
use crate::ingest::formats::list::{Around, List, Shape};
use crate::ingest::reading::records::{Records, RecordsError};
use crate::schema::tables::CloudwatchMetricsRow;

/// Use and measures, in the documentation.
pub(in crate::ingest) static MEASURES: Family = Family { order: 11, name: "Use and measures", note: "" };

pub(in crate::ingest) static FORMAT: Declaration = Declaration {
    label: "CloudWatch metrics",
    docs: Some((&MEASURES, "CloudWatch `get-metric-data`, `get-metric-statistics`")),
    shapes: &[
        Shape { list: List::own(&["MetricDataResults"], &["Timestamps", "Values"]), bare: false, empty: None, read: data },
        Shape { list: List::own(&["Datapoints"], &["Timestamp"]), bare: false, empty: None, read: statistics },
    ],
    place: Place::Path,
    tables: &["cloudwatch_metrics"],
    traces: &[Trace::Call("get-metric-data")],
    examples: &[
        r#"{"MetricDataResults":[{"Id":"m","Label":"CPUUtilization","Timestamps":["2024-05-01T10:00:00Z"],"Values":[1.0],"StatusCode":"Complete"}]}"#,
    ],
    ..Declaration::SHAPED
};

pub(in crate::ingest) static CSV: Declaration = Declaration {
    label: "CloudWatch metrics",
    docs: Some((&MEASURES, "the CSV of a CloudWatch graph")),
    marks: &[Mark::Table(|table| is_console_csv(table.header.iter().map(String::as_str)))],
    read: Read::Text(|mut text, _, out| read_csv(&mut text, out).map_err(|error| error.to_string())),
    record: Record::Row,
    tables: &["cloudwatch_metrics"],
    examples: &["Label,CPUUtilization\n2024-06-01 00:00:00,1\n"],
    ..Declaration::OTHER
};

/// One value of a metric.
struct Point<'p> {
    label: Option<&'p str>,
    id: Option<&'p str>,
    statistic: Option<&'p str>,
    unit: Option<&'p str>,
    at: i64,
    value: f64,
}

impl Point<'_> {
    fn write(&self, around: Option<&Around<'_>>, record: u64, out: &mut Output<'_>) {
        out.time(self.at);
        let (account, region) = around.map_or((None, None), |a| (a.place.account.as_deref(), a.place.region.as_deref()));
        out.row(
            record,
            &CloudwatchMetricsRow {
                account_id: account,
                region,
                metric_label: self.label,
                metric_id: self.id,
                statistic: self.statistic,
                unit: self.unit,
                measured_at: Some(self.at),
                value: Some(self.value),
            },
        );
    }
}

/// A result of `get-metric-data`: times and values side by side.
fn data(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let result = object(value)?;
    let list = |name: &'static str| result.member(name).and_then(Value::as_array).ok_or(format!("{name} is no list"));
    let (times, values) = (list("Timestamps")?, list("Values")?);
    if times.len() != values.len() {
        return Err(format!("{} times stand beside {} values", times.len(), values.len()));
    }
    let (label, id) = (result.text("Label"), result.text("Id"));
    if let Some(status) = result.text("StatusCode").filter(|status| status != "Complete") {
        out.note(format!("a metric is not complete: its status is {status}"));
    }
    let points: Vec<(i64, f64)> = times
        .iter()
        .zip(values)
        .map(|(at, value)| Some((time::parse_json(at).ok()?, value.as_f64()?)))
        .collect::<Option<_>>()
        .ok_or("a time or a value of the metric cannot be read")?;
    for (at, value) in points {
        Point { label: label.as_deref(), id: id.as_deref(), statistic: None, unit: None, at, value }.write(Some(around), record, out);
    }
    Ok(())
}

/// A data point of `get-metric-statistics`: a row for each statistic it holds.
fn statistics(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let point = object(value)?;
    let at = point.member("Timestamp").and_then(|at| time::parse_json(at).ok()).ok_or("the data point has no readable Timestamp")?;
    let (label, unit) = (around.document.text("Label"), point.text("Unit"));
    let write = |statistic: &str, value: f64, out: &mut Output<'_>| {
        Point { label: label.as_deref(), id: None, statistic: Some(statistic), unit: unit.as_deref(), at, value }.write(
            Some(around),
            record,
            out,
        );
    };
    let mut any = false;
    for statistic in ["SampleCount", "Average", "Sum", "Minimum", "Maximum"] {
        if let Some(value) = double(point, statistic) {
            write(statistic, value, out);
            any = true;
        }
    }
    if let Some(extended) = point.object("ExtendedStatistics") {
        let mut names: Vec<&String> = extended.keys().collect();
        names.sort();
        for name in names {
            if let Some(value) = double(extended, name) {
                write(name, value, out);
                any = true;
            }
        }
    }
    if any { Ok(()) } else { Err("the data point holds no statistic".to_owned()) }
}

/// First cells of the rows that name columns.
const HEADS: [&str; 8] = ["full label", "label", "id", "statistic", "unit", "period", "namespace", "metric name"];

/// Whether a first line is that of the CSV of a graph in the console.
pub fn is_console_csv<'a>(mut cells: impl Iterator<Item = &'a str>) -> bool {
    cells.next().is_some_and(|first| matches!(first.trim().to_ascii_lowercase().as_str(), "full label" | "label")) && cells.next().is_some()
}

/// A time of that CSV: slashes stand for hyphens there.
fn moment(text: &str) -> Option<i64> {
    time::parse(text.trim()).ok().or_else(|| {
        let text = text.trim();
        let year_first = text.as_bytes().get(4) == Some(&b'/');
        year_first.then(|| time::parse(&text.replace('/', "-")).ok()).flatten()
    })
}

/// Reads the CSV of a graph. Each row with a time is a record.
///
/// # Errors
/// When the stream breaks.
pub fn read_csv(input: &mut dyn BufRead, out: &mut Output<'_>) -> Result<(), RecordsError> {
    let mut records = Records::open(input)?;
    let mut heads: Vec<(String, Vec<String>)> = Vec::new();
    let header = records.header().to_vec();
    let width = header.len();
    if let Some((name, cells)) = header.split_first() {
        heads.push((name.to_ascii_lowercase(), cells.to_vec()));
    }
    out.note("the CSV of a graph does not name its time zone; its times are read as UTC");
    let decimals = records.decimals();
    let label = |column: usize| header.get(column).map_or("", String::as_str);
    while records.advance()? {
        let (index, line, offset) = (records.index(), records.line(), records.offset());
        out.read(1);
        let done = records.row().and_then(|row| {
            let first = row.field(0).trim();
            let Some(at) = moment(first) else {
                if HEADS.contains(&first.to_ascii_lowercase().as_str()) {
                    let cells = (1..width).map(|column| row.field(column).trim().to_owned()).collect();
                    heads.push((first.to_ascii_lowercase(), cells));
                    return Ok(());
                }
                return Err(format!("{:?} is neither a time nor a known heading", first.chars().take(40).collect::<String>()));
            };
            let head = |names: &[&str], column: usize| {
                let found = names.iter().find_map(|name| heads.iter().find(|(head, _)| head == name));
                found.and_then(|(_, cells)| cells.get(column)).map(String::as_str).filter(|text| !text.is_empty())
            };
            let mut points = Vec::new();
            for column in 1..width {
                let text = row.field(column).trim();
                if text.is_empty() {
                    continue;
                }
                let value = decimals.point(label(column), text).parse().ok().filter(|n: &f64| n.is_finite());
                let value = value.ok_or_else(|| format!("{:?} is no number", text.chars().take(40).collect::<String>()))?;
                points.push((column - 1, value));
            }
            for (column, value) in points {
                Point {
                    label: head(&["full label", "label", "metric name"], column),
                    id: head(&["id"], column),
                    statistic: head(&["statistic"], column),
                    unit: head(&["unit"], column),
                    at,
                    value,
                }
                .write(None, index, out);
            }
            Ok(())
        });
        match done {
            Ok(()) => out.kept(1),
            Err(why) => out.reject(index, Some(offset), format!("line {line}: {why}")),
        }
        out.flush_if_large();
    }
    if let Some(why) = decimals.objection() {
        out.withdraw(why);
    }
    Ok(())
}
