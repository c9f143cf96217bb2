//! One piece of evidence, whatever it is: a control, a metric or an extract with what it showed, in few words and as a
//! clause of a sentence.

use std::collections::BTreeMap;

use super::super::{Input, controls, words};
pub use crate::evaluate::Verdict;
use crate::outcome::{Extent, Outcome};
use crate::reason::Reason;
use crate::report::model::{ControlResult, Profile};

/// The measure that is the middle of a range, whose ends its breakdown names.
const RANGE: &str = "sus-carbon-total-range";

/// A control, metric or extract with its result.
#[derive(Debug, Clone)]
pub struct Piece {
    /// Its id.
    pub id: String,
    /// `control:ID`, `metric:ID` or `extract:ID`.
    pub href: String,
    /// Its title.
    pub title: String,
    /// What it showed in few words.
    pub text: String,
    /// The same as a clause with its subject.
    pub clause: String,
    /// What follows from it.
    pub verdict: Verdict,
    /// How far the evidence reached.
    pub extent: Extent,
    /// Why not further.
    pub reasons: Vec<Reason>,
}

impl Piece {
    /// The piece of an id; `None` when nothing has it.
    pub fn of(input: &Input<'_>, controls: &BTreeMap<String, ControlResult>, id: &str) -> Option<Self> {
        if let Some(c) = controls.get(id) {
            return Some(Self::control(c));
        }
        Self::metric(input, id).or_else(|| Self::extract(input, id))
    }

    fn control(c: &ControlResult) -> Self {
        let n = &c.counts;
        let events = matches!(n.table.as_str(), "selected" | "bursts" | "cloudtrail_events");
        let of = |what: u64| {
            let of = match n.table.as_str() {
                "bursts" => words::count(n.population, "burst", "bursts"),
                _ if events => words::count(n.population, "event", "events"),
                _ => words::thousands(n.population),
            };
            format!("{} of {of}", words::thousands(what))
        };
        let undetermined = if n.undetermined > 0 { format!(", {} undetermined", words::thousands(n.undetermined)) } else { String::new() };
        let waived = if n.waived > 0 { format!(", {} of them waived", words::thousands(n.waived)) } else { String::new() };
        let (text, clause) = match c.result {
            Outcome::ExceptionsNoted => (
                format!("exceptions noted, {}{waived}{undetermined}", of(n.exceptions)),
                format!("{}: exceptions in {}{}{waived}{undetermined}", c.finding, of(n.exceptions), subjects(c)),
            ),
            Outcome::NoExceptionsNoted => {
                let text = format!("no exceptions noted, {}{undetermined}", of(0));
                (text.clone(), format!("{}: {text}", c.title))
            }
            Outcome::NoOccurrences => ("no occurrences".to_owned(), format!("{}: no occurrences", c.title)),
            Outcome::NotTested => {
                let why = c.extent_reasons.first().map_or(String::new(), |r| format!(" ({r})"));
                ("not tested".to_owned(), format!("{}: not tested{why}", c.title))
            }
        };
        Self {
            id: c.id.clone(),
            href: format!("control:{}", c.id),
            title: c.heading().to_owned(),
            text,
            clause,
            verdict: Verdict::of_outcome(c.result),
            extent: if c.result == Outcome::NotTested { Extent::None } else { c.extent },
            reasons: c.reasons.clone(),
        }
    }

    fn metric(input: &Input<'_>, id: &str) -> Option<Self> {
        let (m, run) = (input.catalogue.metrics.get(id)?, input.evaluation.metrics.get(id)?);
        // The auditor's profile leaves cost out, and a link must lead somewhere.
        if input.profile == Profile::Auditor && m.pillar == "cost_optimization" {
            return None;
        }
        let values: Vec<String> = run
            .values
            .iter()
            .filter_map(|v| {
                let number = v.number?;
                let text = controls::in_unit(number, &m.unit, &v.currency);
                // A share of money says whose currency it is of; an amount names its own.
                let text = if !v.currency.is_empty() && m.unit == "percent" { format!("{text} ({})", v.currency) } else { text };
                let of = v.of.as_ref().map_or(String::new(), |(part, whole)| format!(", {} of {}", short(part), short(whole)));
                Some(format!("{text}{of}"))
            })
            .collect();
        let verdict = Verdict::of_metric(m, run);
        let mut text = values.join("; ");
        // An estimate is its range, not its middle.
        if id == RANGE && run.breakdown.len() > 1 {
            let ends = |pick: fn(f64, f64) -> f64| run.breakdown.iter().map(|b| b.1).reduce(pick).unwrap_or(0.0);
            let end = |n: f64| controls::in_unit(n, &m.unit, "");
            text.push_str(&format!(" (from {} to {})", end(ends(f64::min)), end(ends(f64::max))));
        }
        if verdict == Verdict::Against {
            text.push_str(&format!(" (target {} missed)", m.target));
        }
        let why = run.reasons.first().map_or(String::new(), |r| format!(" ({r})"));
        Some(Self {
            id: id.to_owned(),
            href: format!("metric:{id}"),
            title: m.title.clone(),
            clause: if values.is_empty() { format!("{}: not determined{why}", m.title) } else { format!("{}: {text}", m.title) },
            text: if values.is_empty() { "not determined".to_owned() } else { text },
            verdict,
            extent: if values.is_empty() { Extent::None } else { run.extent },
            reasons: run.reasons.clone(),
        })
    }

    fn extract(input: &Input<'_>, id: &str) -> Option<Self> {
        let (x, run) = (input.catalogue.extracts.get(id)?, input.evaluation.extracts.get(id)?);
        let text = match run.rows {
            None => "not drawn".to_owned(),
            Some(0) if run.extent == Extent::Full => "none".to_owned(),
            Some(0) => "none in the records delivered".to_owned(),
            Some(n) => words::count(n, "row", "rows"),
        };
        let clause = match run.rows {
            None => run.reasons.first().map_or(text.clone(), |r| format!("{text} ({r})")),
            Some(0) => text.clone(),
            Some(n) => words::thousands(n),
        };
        Some(Self {
            id: id.to_owned(),
            href: format!("extract:{id}"),
            title: x.title.clone(),
            clause: format!("{}: {clause}", x.title),
            text,
            verdict: Verdict::of_extract(run),
            extent: if run.rows.is_none() { Extent::None } else { run.extent },
            reasons: run.reasons.clone(),
        })
    }

    /// Whether anything was delivered for it.
    pub fn is_delivered(&self) -> bool {
        self.extent != Extent::None
    }
}

/// The first exceptions by name, where names help: `(orders-db, billing-db and 3 more)`.
fn subjects(c: &ControlResult) -> String {
    const NAMED: usize = 2;
    let mut names: Vec<&str> = Vec::new();
    for e in c.exceptions.iter().filter(|e| e.time.is_empty()) {
        let name = if e.name.is_empty() { e.resource.as_str() } else { e.name.as_str() };
        // A role's or key's ARN is told by its end.
        let name = if name.starts_with("arn:") { name.rsplit(['/', ':']).next().unwrap_or(name) } else { name };
        if !name.is_empty() && name.chars().count() <= 60 && !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return String::new();
    }
    let shown = names.len().min(NAMED);
    // Exceptions beyond those kept in the result are counted too.
    let more = usize::try_from(c.counts.exceptions).unwrap_or(usize::MAX).saturating_sub(shown);
    let list = names[..shown].join(", ");
    if more == 0 { format!(" ({list})") } else { format!(" ({list} and {} more)", words::thousands(more as u64)) }
}

fn short(text: &str) -> String {
    text.parse::<f64>().map_or_else(|_| text.to_owned(), |n| words::decimal(n, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_carry_the_figures() {
        use crate::report::model::{Counts, ExceptionRow};
        let row = |name: &str| ExceptionRow { name: name.to_owned(), ..ExceptionRow::default() };
        let mut c = ControlResult {
            id: "rds-multi-az".to_owned(),
            title: "Databases stand in two zones".to_owned(),
            finding: "Database in one zone".to_owned(),
            result: Outcome::ExceptionsNoted,
            extent: Extent::Full,
            counts: Counts { table: "rds_instances".to_owned(), population: 61, exceptions: 3, undetermined: 1, ..Counts::default() },
            exceptions: vec![row("orders"), row("arn:aws:x:y:1:db/billing"), row("third")],
            ..ControlResult::default()
        };
        let piece = Piece::control(&c);
        assert_eq!(piece.clause, "Database in one zone: exceptions in 3 of 61 (orders, billing and 1 more), 1 undetermined");
        assert_eq!(piece.text, "exceptions noted, 3 of 61, 1 undetermined");
        assert_eq!(piece.verdict, Verdict::Against);
        c.result = Outcome::NotTested;
        c.extent_reasons = vec!["no item was delivered".to_owned()];
        c.reasons = vec![Reason::NoItems { resource_type: None }];
        let piece = Piece::control(&c);
        assert_eq!(piece.clause, "Databases stand in two zones: not tested (no item was delivered)");
        assert!(!piece.is_delivered() && piece.verdict == Verdict::Silent);
    }
}
