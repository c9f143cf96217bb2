//! What the topics of access have in common: rows printed, texts of cells, what links a topic.

use super::super::{Input, words};
use crate::evaluate::{Grid, Value};
use crate::report::model::Cell;

/// Rows of a table that are printed; a total says how many there are.
pub(super) const SHOWN: usize = 25;

/// A count of a result; NULL is 0.
pub(super) fn number(grid: &Grid, row: &[Value], name: &str) -> u64 {
    match grid.get(row, &[name]) {
        Value::Int(n) => u64::try_from(*n).unwrap_or(0),
        _ => 0,
    }
}

/// A part of a whole in percent.
#[expect(clippy::cast_precision_loss, reason = "for reading")]
pub(super) fn share(part: u64, whole: u64) -> String {
    if whole == 0 { String::new() } else { format!("{} %", words::decimal(part as f64 / whole as f64 * 100.0, 1)) }
}

/// A count for drawing.
#[expect(clippy::cast_precision_loss, reason = "for drawing; the exact count stands in the text")]
pub(super) fn drawn(n: u64) -> f64 {
    n as f64
}

/// First and last moment of a row.
pub(super) fn seen(input: &Input<'_>, grid: &Grid, row: &[Value]) -> [Cell; 2] {
    ["first_seen", "last_seen"].map(|name| match grid.get(row, &[name]) {
        Value::Time(t) => Cell::text(words::moment(*t, &input.period.zone)),
        _ => Cell::text(""),
    })
}

/// The words for a class of actors.
pub(super) fn class(name: &str) -> &str {
    match name {
        "aws_service" => "AWS services",
        "service_linked_role" => "service-linked roles",
        "root" => "root users",
        "root_session" => "root, task sessions",
        "human_federated" => "people, federated",
        "human_iam_user" => "IAM users that people use",
        "iam_user" => "IAM users, person or program",
        "workload_role" => "workload roles",
        "external_account" => "other accounts",
        "unknown" => "not classed",
        other => other,
    }
}

/// A service without its domain.
pub(super) fn service(source: &str) -> &str {
    source.strip_suffix(".amazonaws.com").unwrap_or(source)
}

/// Texts as a list of an SQL IN.
pub(super) fn quoted<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let list: Vec<String> = texts.map(|t| format!("'{}'", t.replace('\'', "''"))).collect();
    // IN () is no SQL; no name is a line break.
    if list.is_empty() { "'\n'".to_owned() } else { list.join(", ") }
}

/// Those of these controls that the catalogue has.
pub(super) fn controls(input: &Input<'_>, ids: &[&str]) -> Vec<String> {
    ids.iter().filter(|id| input.evaluation.controls.contains_key(**id)).map(|id| (*id).to_owned()).collect()
}

/// Those of these extracts that the catalogue has.
pub(super) fn extracts(input: &Input<'_>, ids: &[&str]) -> Vec<String> {
    ids.iter().filter(|id| input.evaluation.extracts.contains_key(**id)).map(|id| (*id).to_owned()).collect()
}
