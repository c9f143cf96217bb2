//! One piece of evidence, whatever it is: a control, a metric or an extract with what it showed, in few words and as a
//! clause of a sentence.

use std::collections::BTreeMap;

use super::super::{Input, controls, words};
use crate::outcome::{Extent, Outcome};
use crate::reason::Reason;
use crate::report::model::{ControlResult, Profile};

/// The measure that is the middle of a range, whose ends its breakdown names.
const RANGE: &str = "sus-carbon-total-range";

/// What a piece says about the state that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Exceptions, or a target that is missed.
    Against,
    /// No exceptions in what was tested, or a target that is reached.
    For,
    /// Rows, a figure without a target, or no occurrences: nothing is concluded from them.
    Open,
    /// Nothing was delivered that it could rest on.
    Silent,
}

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
        let (text, clause, verdict) = match c.result {
            Outcome::ExceptionsNoted => (
                format!("exceptions noted, {}{waived}{undetermined}", of(n.exceptions)),
                format!("{}: exceptions in {}{}{waived}{undetermined}", c.finding, of(n.exceptions), subjects(c)),
                Verdict::Against,
            ),
            Outcome::NoExceptionsNoted => {
                let text = format!("no exceptions noted, {}{undetermined}", of(0));
                (text.clone(), format!("{}: {text}", c.title), Verdict::For)
            }
            Outcome::NoOccurrences => ("no occurrences".to_owned(), format!("{}: no occurrences", c.title), Verdict::Open),
            Outcome::NotTested => {
                let why = c.extent_reasons.first().map_or(String::new(), |r| format!(" ({r})"));
                ("not tested".to_owned(), format!("{}: not tested{why}", c.title), Verdict::Silent)
            }
        };
        Self {
            id: c.id.clone(),
            href: format!("control:{}", c.id),
            title: c.heading().to_owned(),
            text,
            clause,
            verdict,
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
        let values: Vec<(String, f64)> = run
            .values
            .iter()
            .filter_map(|v| {
                let number = v.number?;
                let text = controls::in_unit(number, &m.unit, &v.currency);
                // A share of money says whose currency it is of; an amount names its own.
                let text = if !v.currency.is_empty() && m.unit == "percent" { format!("{text} ({})", v.currency) } else { text };
                let of = v.of.as_ref().map_or(String::new(), |(part, whole)| format!(", {} of {}", short(part), short(whole)));
                Some((format!("{text}{of}"), number))
            })
            .collect();
        let target = Target::parse(&m.target);
        let missed = target.is_some_and(|t| values.iter().any(|(_, n)| !t.holds(*n)));
        let verdict = match (values.is_empty(), target) {
            (true, _) => Verdict::Silent,
            (false, Some(_)) if missed => Verdict::Against,
            (false, Some(_)) => Verdict::For,
            (false, None) => Verdict::Open,
        };
        let mut text = values.iter().map(|(t, _)| t.as_str()).collect::<Vec<_>>().join("; ");
        // An estimate is its range, not its middle.
        if id == RANGE && run.breakdown.len() > 1 {
            let ends = |pick: fn(f64, f64) -> f64| run.breakdown.iter().map(|b| b.1).reduce(pick).unwrap_or(0.0);
            let end = |n: f64| controls::in_unit(n, &m.unit, "");
            text.push_str(&format!(" (from {} to {})", end(ends(f64::min)), end(ends(f64::max))));
        }
        if missed {
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
        let (text, verdict) = match run.rows {
            None => ("not drawn".to_owned(), Verdict::Silent),
            Some(0) if run.extent == Extent::Full => ("none".to_owned(), Verdict::Open),
            Some(0) => ("none in the records delivered".to_owned(), Verdict::Open),
            Some(n) => (words::count(n, "row", "rows"), Verdict::Open),
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
            verdict,
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

/// A target that a figure can be held against. Targets with a reservation ("above 30 percent for work that people use")
/// are none: whether they are missed is for people to say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// Below it.
    Under(f64),
    /// Not above it.
    AtMost(f64),
    /// Not below it.
    AtLeast(f64),
    /// Above it.
    Above(f64),
    /// Within both, ends included.
    Between(f64, f64),
}

impl Target {
    /// Reads the target of a metric; `None` when there is none, or it is not a plain figure.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.trim().trim_end_matches("percent").trim_end_matches('%').trim();
        for (head, make) in
            [("under ", Self::Under as fn(f64) -> Self), ("at most ", Self::AtMost), ("at least ", Self::AtLeast), ("above ", Self::Above)]
        {
            if let Some(rest) = plain.strip_prefix(head) {
                return rest.trim().parse().ok().map(make);
            }
        }
        if let Some((low, high)) = plain.split_once(" to ") {
            return Some(Self::Between(low.trim().parse().ok()?, high.trim().parse().ok()?));
        }
        plain.parse().ok().filter(|n| *n == 0.0).map(Self::AtMost)
    }

    /// Whether a figure reaches it.
    pub fn holds(self, number: f64) -> bool {
        match self {
            Self::Under(n) => number < n,
            Self::AtMost(n) => number <= n,
            Self::AtLeast(n) => number >= n,
            Self::Above(n) => number > n,
            Self::Between(low, high) => (low..=high).contains(&number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_targets_are_held_against_figures() {
        for (text, target) in [
            ("under 20 percent", Some(Target::Under(20.0))),
            ("at most 5 percent", Some(Target::AtMost(5.0))),
            ("at least 98 percent", Some(Target::AtLeast(98.0))),
            ("above 60 percent", Some(Target::Above(60.0))),
            ("70 to 90 percent", Some(Target::Between(70.0, 90.0))),
            ("0 percent", Some(Target::AtMost(0.0))),
            ("0", Some(Target::AtMost(0.0))),
            ("above 30 percent for work that people use", None),
            ("0 percent for people; rare and named for programs", None),
            ("as close to 0 percent as the agreed exceptions allow", None),
            ("every month", None),
            ("", None),
        ] {
            assert_eq!(Target::parse(text), target, "{text}");
        }
        assert!(Target::Under(20.0).holds(19.9) && !Target::Under(20.0).holds(20.0));
        assert!(Target::Between(70.0, 90.0).holds(90.0) && !Target::Between(70.0, 90.0).holds(95.0));
        assert!(Target::AtMost(0.0).holds(0.0) && !Target::AtMost(0.0).holds(0.1));
    }

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
