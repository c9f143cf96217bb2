//! Cases of topics: rows in, text out.

use std::collections::BTreeMap;

use super::data;
use super::draw::Draw;
use crate::catalogue::Catalogue;
use crate::catalogue::topics::{Topic, TopicCase};
use crate::engagement::Period;
use crate::evaluate::cases;
use crate::report::model::Report;
use crate::report::templates::Templates;
use crate::report::{ReportError, markdown};

/// A case that did not give what it must.
pub struct Failure {
    /// The file.
    pub file: String,
    /// What the case shows.
    pub why: String,
    /// What was found instead.
    pub found: String,
}

/// Runs the cases of topics (`ids`, or all where none is named); gives how many passed, and those that failed.
///
/// # Errors
/// When the templates cannot be used at all.
pub fn run(catalogue: &Catalogue, templates: &Templates, period: &Period, ids: &[String]) -> Result<(usize, Vec<Failure>), ReportError> {
    let (mut passed, mut failures) = (0, Vec::new());
    for topic in catalogue.topics.values().filter(|topic| ids.is_empty() || ids.contains(&topic.id)) {
        for case in &topic.cases {
            let found = one(catalogue, templates, period, topic, case).unwrap_or_else(|error| Some(error.to_string()));
            match found {
                None => passed += 1,
                Some(found) => failures.push(Failure { file: topic.file.clone(), why: case.why.clone(), found }),
            }
        }
    }
    Ok((passed, failures))
}

/// What a case found amiss, in words.
fn one(
    catalogue: &Catalogue,
    templates: &Templates,
    period: &Period,
    topic: &Topic,
    case: &TopicCase,
) -> Result<Option<String>, ReportError> {
    let extracts = topic.queries.values().map(|query| &query.extract);
    let runs = cases::drawn(catalogue, &case.rows, extracts)?;
    let draw = Draw { period, names: &BTreeMap::new(), workpapers: &BTreeMap::new() };
    let (topics, charts) = data::all([topic].into_iter(), &draw, &|id| runs.get(id))?;
    let charts = charts.into_iter().map(|chart| (chart.id.clone(), chart)).collect();
    // Controls and extracts have no results here, so the foot that lists them stays empty.
    let mut report = Report { topics, charts, ..Report::default() };
    for data in report.topics.values_mut() {
        data.controls.clear();
        data.extracts.clear();
        // Nor have measures, so nothing can link to them.
        let cells = data.queries.values_mut().flat_map(|query| query.table.rows.iter_mut().flatten());
        cells.for_each(|cell| cell.href = None);
    }
    let text = markdown::topic(&report, templates, catalogue, topic)?;
    let lacks = case.text.iter().find(|wanted| !text.contains(wanted.as_str())).map(|wanted| format!("the text lacks {wanted:?}"));
    let holds = case.absent.iter().find(|not| text.contains(not.as_str())).map(|not| format!("the text holds {not:?}"));
    Ok(lacks.or(holds).map(|what| format!("{what}: {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engagement::Engagement;

    fn period() -> Period {
        Engagement::default().period(Some("2024-04-01"), Some("2024-06-30"), None, None).unwrap()
    }

    #[test]
    fn every_topic_says_what_its_cases_expect() {
        let catalogue = Catalogue::load(None).unwrap();
        let (passed, failures) = run(&catalogue, &Templates::load(None).unwrap(), &period(), &[]).unwrap();
        let failures: Vec<String> = failures.iter().map(|f| format!("{}: {}: {}", f.file, f.why, f.found)).collect();
        assert!(failures.is_empty() && passed > 0, "{failures:#?}");
    }

    #[test]
    fn every_topic_has_a_case_of_nothing_and_two_of_something() {
        for topic in Catalogue::load(None).unwrap().topics.values() {
            assert!(topic.cases.len() >= 3 && topic.cases.iter().any(|case| case.rows.is_empty()), "{}", topic.id);
            // A case that expects nothing cannot fail.
            assert!(topic.cases.iter().all(|case| !case.text.is_empty()), "{}", topic.id);
        }
    }

    #[test]
    fn names_in_our_topics_are_all_there() {
        super::super::check(&Catalogue::load(None).unwrap()).unwrap();
    }
}
