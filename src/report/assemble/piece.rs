//! One piece of evidence, whatever it is: a control, a measure or an extract with what it came to, as data that templates
//! word.

use std::collections::BTreeMap;

use super::Input;
use super::controls;
use super::words;
use crate::evaluate::Verdict;
use crate::outcome::{Extent, Outcome};
use crate::report::model::{CameTo, ControlResult, CountedIn, Piece, ValueRange};

/// The measure that is the middle of a range, whose ends its breakdown names.
const RANGE: &str = "sus-carbon-total-range";
/// Exceptions given by name.
const NAMED: usize = 2;
/// Characters of a name, at most: longer ones do not help in a sentence.
const LONGEST_NAME: usize = 60;

/// The pieces of some ids, without those of which readers are not told.
pub(super) fn all<'i>(input: &Input<'_>, controls: &BTreeMap<String, ControlResult>, ids: impl IntoIterator<Item = &'i str>) -> Vec<Piece> {
    ids.into_iter().filter_map(|id| of(input, controls, id)).collect()
}

/// The piece of an id; `None` when nothing has it, or readers are not told of it.
pub(super) fn of(input: &Input<'_>, controls: &BTreeMap<String, ControlResult>, id: &str) -> Option<Piece> {
    if !input.tells(id) {
        return None;
    }
    controls.get(id).map(control).or_else(|| metric(input, id)).or_else(|| extract(input, id))
}

fn control(c: &ControlResult) -> Piece {
    let n = &c.counts;
    let is_tested = c.result != Outcome::NotTested;
    let named = if c.result == Outcome::ExceptionsNoted { named(c) } else { Vec::new() };
    let came_to = CameTo::Control {
        deviation: c.finding.clone(),
        result: c.result,
        exceptions: n.exceptions,
        population: n.population,
        counted_in: match n.table.as_str() {
            "bursts" => CountedIn::Bursts,
            "selected" | "cloudtrail_events" => CountedIn::Events,
            _ => CountedIn::Items,
        },
        undetermined: n.undetermined,
        waived: n.waived,
        // Exceptions beyond those kept in the result are counted too.
        more: n.exceptions.saturating_sub(named.len() as u64),
        named,
    };
    Piece {
        id: c.id.clone(),
        title: c.title.clone(),
        verdict: Verdict::of_outcome(c.result),
        extent: if is_tested { c.extent } else { Extent::None },
        why: c.extent_reasons.first().filter(|_| !is_tested).cloned().unwrap_or_default(),
        came_to,
    }
}

fn metric(input: &Input<'_>, id: &str) -> Option<Piece> {
    let (m, run) = (input.catalogue.metrics.get(id)?, input.evaluation.metrics.get(id)?);
    let is_determined = run.is_determined();
    // An estimate is its range, not its middle.
    let range = (id == RANGE && run.breakdown.len() > 1).then(|| {
        let end =
            |pick: fn(f64, f64) -> f64| controls::in_unit(run.breakdown.iter().map(|part| part.1).reduce(pick).unwrap_or(0.0), &m.unit, "");
        ValueRange { low: end(f64::min), high: end(f64::max) }
    });
    Some(Piece {
        id: id.to_owned(),
        title: m.title.clone(),
        verdict: Verdict::of_metric(m, run),
        extent: if is_determined { run.extent } else { Extent::None },
        why: run.reasons.first().filter(|_| !is_determined).map(ToString::to_string).unwrap_or_default(),
        came_to: CameTo::Metric { values: controls::values(run, &m.unit), unit: m.unit.clone(), range, target: m.target.clone() },
    })
}

fn extract(input: &Input<'_>, id: &str) -> Option<Piece> {
    let (x, run) = (input.catalogue.extracts.get(id)?, input.evaluation.extracts.get(id)?);
    Some(Piece {
        id: id.to_owned(),
        title: x.title.clone(),
        verdict: Verdict::of_extract(run),
        extent: if run.rows.is_some() { run.extent } else { Extent::None },
        why: run.reasons.first().filter(|_| run.rows.is_none()).map(ToString::to_string).unwrap_or_default(),
        came_to: CameTo::Extract { rows: run.rows },
    })
}

/// The first exceptions by name, each once.
fn named(c: &ControlResult) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for e in c.exceptions.iter().filter(|e| e.time.is_empty()) {
        // Of a role or key, the end of its ARN.
        let name = words::name_of(if e.name.is_empty() { &e.resource } else { &e.name });
        if !name.is_empty() && name.chars().count() <= LONGEST_NAME && !names.iter().any(|other| other == name) {
            names.push(name.to_owned());
        }
    }
    names.truncate(NAMED);
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::{Counts, ExceptionRow};

    #[test]
    fn exceptions_are_named_by_the_ends_of_arns_and_counted_beyond_those_kept() {
        let row = |name: &str| ExceptionRow { name: name.to_owned(), ..ExceptionRow::default() };
        let event = ExceptionRow { time: "2026-04-01 09:12".to_owned(), ..row("nobody") };
        let mut c = ControlResult {
            result: Outcome::ExceptionsNoted,
            extent: Extent::Full,
            counts: Counts { table: "rds_instances".to_owned(), population: 61, exceptions: 30, ..Counts::default() },
            exceptions: vec![event, row("orders"), row("orders"), row(&"x".repeat(61)), row("arn:aws:x:y:1:db/billing"), row("third")],
            extent_reasons: vec!["no item was delivered".to_owned()],
            ..ControlResult::default()
        };
        let piece = control(&c);
        let CameTo::Control { named, more, counted_in, .. } = piece.came_to else { panic!("{piece:?}") };
        assert_eq!((named, more, counted_in), (vec!["orders".to_owned(), "billing".to_owned()], 28, CountedIn::Items));
        assert_eq!((piece.verdict, piece.extent, piece.why.as_str()), (Verdict::Against, Extent::Full, ""));
        c.result = Outcome::NotTested;
        let piece = control(&c);
        assert_eq!((piece.verdict, piece.extent, piece.why.as_str()), (Verdict::Silent, Extent::None, "no item was delivered"));
    }
}
