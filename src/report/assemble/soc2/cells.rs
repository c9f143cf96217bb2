//! Reading the rows of a query, and words that several topics share.

use std::collections::BTreeMap;

use super::super::{Input, words};

pub use crate::base::text::list as some;
use crate::evaluate::{Grid, Value};
use crate::report::model::ControlResult;

/// A row of a result, by column name.
#[derive(Clone, Copy)]
pub struct Row<'g> {
    grid: &'g Grid,
    row: &'g [Value],
}

impl<'g> Row<'g> {
    /// The rows of a result.
    pub fn all(grid: &'g Grid) -> impl Iterator<Item = Self> {
        grid.rows.iter().map(move |row| Self { grid, row })
    }

    fn value(&self, name: &str) -> &'g Value {
        self.grid.get(self.row, &[name])
    }

    /// Text; empty where it is NULL.
    pub fn text(&self, name: &str) -> String {
        self.value(name).to_text()
    }

    /// Flag; `None` where it is NULL.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.value(name) {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// Count; 0 where it is NULL.
    pub fn count(&self, name: &str) -> u64 {
        match self.value(name) {
            Value::Int(n) => u64::try_from(*n).unwrap_or(0),
            _ => 0,
        }
    }

    /// Where the row stands in the client's files: what `sixpillars evidence` takes.
    pub fn record(&self) -> String {
        format!("{}:{}", self.text("source_file_id"), self.count("source_record"))
    }

    /// Time in UTC microseconds.
    pub fn time(&self, name: &str) -> Option<i64> {
        match self.value(name) {
            Value::Time(at) => Some(*at),
            _ => None,
        }
    }

    /// Time in the engagement's zone; empty where it is NULL.
    pub fn moment(&self, input: &Input<'_>, name: &str) -> String {
        self.time(name).map(|t| words::moment(t, &input.period.zone)).unwrap_or_default()
    }
}

/// Which of these controls the catalogue has.
pub fn known(controls: &BTreeMap<String, ControlResult>, ids: &[&str]) -> Vec<String> {
    ids.iter().filter(|id| controls.contains_key(**id)).map(|id| (*id).to_owned()).collect()
}

/// Which of these extracts were evaluated.
pub fn extracts(input: &Input<'_>, ids: &[&str]) -> Vec<String> {
    ids.iter().filter(|id| input.evaluation.extracts.contains_key(**id)).map(|id| (*id).to_owned()).collect()
}

/// `yes`, `no` or `not stated`.
pub fn yes_no(flag: Option<bool>) -> &'static str {
    match flag {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not stated",
    }
}

/// A text of the client's as an SQL literal.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Literals for IN, never empty.
pub fn list<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let all: Vec<String> = texts.map(literal).collect();
    if all.is_empty() { "''".to_owned() } else { all.join(", ") }
}

/// Why nothing over events could be shown, if no event of the period was delivered.
pub fn no_events(input: &Input<'_>) -> Option<String> {
    (input.scope.events == 0).then(|| {
        "No CloudTrail event of the period was delivered. Ask for the trail's log files of every account and Region, for example: aws s3 sync s3://BUCKET/AWSLogs/ cloudtrail/".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::assemble::words::actor;

    #[test]
    fn actors_are_named_shortly() {
        assert_eq!(actor("arn:aws:iam::111122223333:user/dev-admin", "dev-admin"), "dev-admin");
        assert_eq!(actor("arn:aws:iam::111122223333:role/x/Deploy", "run-7"), "Deploy / run-7");
        assert_eq!(actor("arn:aws:iam::111122223333:root", ""), "root");
        assert_eq!(list(["o'brien", "x"].into_iter()), "'o''brien', 'x'");
        assert_eq!(list([].into_iter()), "''");
    }
}
