//! What the evidence says about each Well-Architected practice, and our risk of each question.
//!
//! The rule (printed): automated evidence contradicts a practice when a control of high or critical severity that bears on
//! it has exceptions, waived or not; it supports one when a control that bears on it was tested without exceptions and
//! none has any. What lies between is undecided, never supported; what nothing delivered bears on is without evidence.

use std::collections::BTreeMap;

use super::bearing::Bearing;
use super::frameworks::Results;
use super::represented;
use super::verdict::Verdict;
use crate::base::text::distinct;
use crate::catalogue::frameworks::{Practice, Risk, WaQuestion};
use crate::catalogue::{Catalogue, PILLARS};
use crate::engagement::{Engagement, Representation};
use crate::ingest::batch::Batch;
use crate::schema::row::Row as _;
use crate::schema::tables::{PracticeEvidenceRow, PracticeResultsRow, QuestionResultsRow};

/// What the evidence says about a practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PracticeStatus {
    /// Automated evidence contradicts it.
    Contradicted,
    /// Automated evidence supports it; never "met".
    Supported,
    /// Management represents it; no evidence contradicts that.
    Represented,
    /// What bears on it decides nothing: exceptions of lower severity, or rows and figures from which nothing is concluded.
    Undecided,
    /// Nothing delivered bears on it.
    WithoutEvidence,
}

impl PracticeStatus {
    /// Every status, in the order printed.
    pub const ALL: [Self; 5] = [Self::Contradicted, Self::Supported, Self::Represented, Self::Undecided, Self::WithoutEvidence];

    /// The words printed.
    pub fn words(self) -> &'static str {
        match self {
            Self::Contradicted => "contradicted",
            Self::Supported => "supported",
            Self::Represented => "represented",
            Self::Undecided => "undecided",
            Self::WithoutEvidence => "without evidence",
        }
    }
}

/// Why evidence that bears on a practice decides nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undecided {
    /// Exceptions of medium or lower severity, or a target missed.
    LowerSeverity,
    /// Rows or figures from which nothing is concluded.
    NotConcluded,
    /// Nothing of it could be tested.
    NotTested,
}

impl Undecided {
    fn words(self) -> &'static str {
        match self {
            Self::LowerSeverity => "lower severity",
            Self::NotConcluded => "not concluded",
            Self::NotTested => "not tested",
        }
    }
}

/// "Our question risk" (never HRI: AWS does not publish its rule).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum QuestionRisk {
    /// A practice of high published risk is contradicted.
    High,
    /// None of those, but one of medium risk is.
    Medium,
    /// Only practices of low risk are.
    Low,
    /// None contradicted and at least one undecided or without evidence.
    Unanswered,
    /// Every practice is supported or represented.
    None,
    /// Represented as not applicable to the workload.
    NotApplicable,
}

impl QuestionRisk {
    fn words(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Unanswered => "unanswered",
            Self::None => "none",
            Self::NotApplicable => "not applicable",
        }
    }
}

/// A practice with its status.
#[derive(Debug)]
pub struct PracticeRun {
    /// Its id.
    pub id: String,
    /// What bears on it.
    pub bearing: Vec<Bearing>,
    /// What contradicts it because the engagement names it as contradicting what management states.
    named: Vec<Bearing>,
    /// Its status.
    pub status: PracticeStatus,
    /// Why evidence that bears on it decides nothing.
    pub undecided: Option<Undecided>,
}

impl PracticeRun {
    /// Ids of what contradicts it, each once: controls of high or critical severity, most severe first, then what the
    /// engagement names.
    pub fn contradicted_by(&self) -> Vec<&str> {
        let mut severe: Vec<&Bearing> = self.bearing.iter().filter(|b| b.is_severe()).collect();
        severe.sort_by_key(|b| b.severity);
        let mut ids: Vec<&str> = Vec::new();
        for b in severe.into_iter().chain(&self.named) {
            if !ids.contains(&b.entry.as_str()) {
                ids.push(&b.entry);
            }
        }
        ids
    }
}

/// Every practice, in the framework's order.
pub(super) fn judge(catalogue: &Catalogue, engagement: &Engagement, results: &Results<'_>) -> Vec<PracticeRun> {
    let bears = bearing(catalogue);
    let practices = catalogue.frameworks.well_architected.iter().flat_map(|question| &question.practices);
    practices
        .map(|practice| {
            let ids = bears.get(practice.id.as_str());
            let of = |ids: &[&str]| ids.iter().filter_map(|id| Bearing::of(catalogue, results, id)).collect();
            let bearing = bearing_on(of(ids.map_or(&[], |n| &n.direct)), of(ids.map_or(&[], |n| &n.context)));
            let mut named = represented::named(catalogue, engagement, results, &practice.id);
            named.retain(|entry| entry.shows(catalogue, results));
            let stated = match represented::about(engagement, &practice.id).next() {
                None => Stated::Nothing,
                Some(_) if named.is_empty() => Stated::NotContradicted,
                Some(_) => Stated::Contradicted,
            };
            let (status, undecided) = status(&bearing, stated);
            PracticeRun { id: practice.id.clone(), bearing, named, status, undecided }
        })
        .collect()
}

/// What management states, and whether what the engagement names as contradicting it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stated {
    Nothing,
    Contradicted,
    NotContradicted,
}

fn status(bearing: &[Bearing], stated: Stated) -> (PracticeStatus, Option<Undecided>) {
    if stated == Stated::Contradicted || bearing.iter().any(Bearing::is_severe) {
        return (PracticeStatus::Contradicted, None);
    }
    let any = |verdict: Verdict| bearing.iter().any(|b| b.verdict == verdict);
    let controls_hold = bearing.iter().any(|b| b.verdict == Verdict::For && b.severity.is_some());
    let undecided = if bearing.is_empty() {
        None
    } else if any(Verdict::Against) {
        Some(Undecided::LowerSeverity)
    } else if any(Verdict::Open) || any(Verdict::For) {
        Some(Undecided::NotConcluded)
    } else {
        Some(Undecided::NotTested)
    };
    if controls_hold && !any(Verdict::Against) {
        (PracticeStatus::Supported, None)
    } else if stated == Stated::NotContradicted {
        (PracticeStatus::Represented, undecided)
    } else if matches!(undecided, Some(Undecided::LowerSeverity | Undecided::NotConcluded)) {
        (PracticeStatus::Undecided, undecided)
    } else {
        (PracticeStatus::WithoutEvidence, undecided)
    }
}

/// What bears on a practice. What is only context for it speaks against it where there are exceptions: a trail that
/// was stopped contradicts logging, and trails that nobody stopped show nothing of it.
fn bearing_on(mut direct: Vec<Bearing>, context: Vec<Bearing>) -> Vec<Bearing> {
    direct.extend(context.into_iter().filter(|b| b.verdict == Verdict::Against));
    direct
}

/// Ids that name a practice.
#[derive(Default)]
struct NamedFor<'a> {
    /// As one that they answer.
    direct: Vec<&'a str>,
    /// As one that they are context for.
    context: Vec<&'a str>,
}

/// Ids by the practice they name.
fn bearing(catalogue: &Catalogue) -> BTreeMap<&str, NamedFor<'_>> {
    let mut bears: BTreeMap<&str, NamedFor<'_>> = BTreeMap::new();
    for (id, criteria, context) in catalogue.bearing() {
        for practice in criteria.iter().filter_map(|c| c.strip_prefix("wa:")) {
            bears.entry(practice).or_default().direct.push(id);
        }
        for practice in context.iter().filter_map(|c| c.strip_prefix("wa:")) {
            bears.entry(practice).or_default().context.push(id);
        }
    }
    bears
}

fn risk_of(practices: impl Iterator<Item = (Risk, PracticeStatus)>, not_applicable: bool) -> QuestionRisk {
    let practices: Vec<_> = practices.collect();
    let contradicted = practices.iter().filter(|(_, s)| *s == PracticeStatus::Contradicted).map(|(r, _)| *r).min();
    match contradicted {
        Some(Risk::High) => QuestionRisk::High,
        Some(Risk::Medium) => QuestionRisk::Medium,
        Some(Risk::Low) => QuestionRisk::Low,
        None if not_applicable => QuestionRisk::NotApplicable,
        None if practices.iter().any(|(_, s)| matches!(s, PracticeStatus::Undecided | PracticeStatus::WithoutEvidence)) => {
            QuestionRisk::Unanswered
        }
        None => QuestionRisk::None,
    }
}

/// The tables `practice_results`, `practice_evidence` and `question_results`.
pub(super) fn tables(catalogue: &Catalogue, engagement: &Engagement, runs: &[PracticeRun]) -> Vec<Batch> {
    let start = |name: &str| catalogue.schema.table(name).map(Batch::new);
    let (Some(mut practices), Some(mut evidence), Some(mut questions)) =
        (start(PracticeResultsRow::TABLE.name), start(PracticeEvidenceRow::TABLE.name), start(QuestionResultsRow::TABLE.name))
    else {
        return Vec::new();
    };
    let mut left = runs.iter();
    let mut position = 0;
    for (place, question) in (0..).zip(&catalogue.frameworks.well_architected) {
        let own: Vec<(&Practice, &PracticeRun)> = question.practices.iter().zip(left.by_ref()).collect();
        for (practice, run) in &own {
            add(&mut practices, &mut evidence, position, question, practice, run, engagement);
            position += 1;
        }
        let said = |said: &Representation| said.statement.trim_start().to_ascii_lowercase().starts_with("not applicable");
        let not_applicable = represented::about(engagement, &question.id).any(said);
        let risk = risk_of(own.iter().map(|(practice, run)| (practice.risk, run.status)), not_applicable);
        let (pillar_position, pillar_title) = pillar(question);
        let row = QuestionResultsRow {
            position: Some(place),
            question: Some(&question.id),
            title: Some(&question.title),
            pillar: Some(&question.pillar),
            pillar_position,
            pillar_title,
            risk: Some(risk.words()),
        };
        questions.push(0, &row);
    }
    vec![practices, evidence, questions]
}

fn add(
    practices: &mut Batch,
    evidence: &mut Batch,
    position: i64,
    question: &WaQuestion,
    practice: &Practice,
    run: &PracticeRun,
    engagement: &Engagement,
) {
    let joined = |part: fn(&Representation) -> &str, by: &str| {
        Some(distinct(represented::about(engagement, &practice.id).map(part), by)).filter(|text| !text.is_empty())
    };
    let (stated, stated_by, stated_on) = (joined(|r| &r.statement, " "), joined(|r| &r.who, "; "), joined(|r| &r.when, "; "));
    let page = practice.page.to_ascii_lowercase();
    let (pillar_position, pillar_title) = pillar(question);
    let row = PracticeResultsRow {
        position: Some(position),
        practice: Some(&practice.id),
        title: Some(&practice.title),
        page: Some(&page),
        question: Some(&question.id),
        pillar: Some(&question.pillar),
        pillar_position,
        pillar_title,
        published_risk: Some(practice.risk.word()),
        published_risk_position: Some(practice.risk as i64),
        status: Some(run.status.words()),
        status_position: Some(run.status as i64),
        undecided: run.undecided.map(Undecided::words),
        stated: stated.as_deref(),
        stated_by: stated_by.as_deref(),
        stated_on: stated_on.as_deref(),
    };
    practices.push(0, &row);
    let is_named = |entry: &Bearing| run.named.iter().any(|named| named.entry == entry.entry);
    let mut bearing: Vec<&Bearing> = run.bearing.iter().filter(|b| !is_named(b)).chain(&run.named).collect();
    bearing.sort_by_key(|b| (b.verdict as u8, b.severity.map_or(i64::MAX, |severity| severity as i64)));
    for (place, b) in (0..).zip(bearing) {
        let row = PracticeEvidenceRow {
            practice: Some(&practice.id),
            position: Some(place),
            entry_id: Some(&b.entry),
            verdict: Some(b.verdict.word()),
            contradicts: Some(b.is_severe() || is_named(b)),
        };
        evidence.push(0, &row);
    }
}

fn pillar(question: &WaQuestion) -> (Option<i64>, Option<&'static str>) {
    let found = (0..).zip(PILLARS).find(|(_, (id, _))| *id == question.pillar);
    (found.map(|(at, _)| at), found.map(|(_, (_, title))| title))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Extent, Severity};

    fn bearing(verdict: Verdict, severity: Option<Severity>) -> Bearing {
        Bearing { entry: "x".to_owned(), verdict, severity, extent: Extent::Full }
    }

    #[test]
    fn context_contradicts_a_practice_and_never_supports_one() {
        use PracticeStatus::{Contradicted, Supported, WithoutEvidence};
        let of = |direct: &[Verdict], context: &[Verdict], severity| {
            let make = |list: &[Verdict]| list.iter().map(|v| bearing(*v, Some(severity))).collect();
            status(&bearing_on(make(direct), make(context)), Stated::Nothing)
        };
        // Nobody switched it off: that says nothing of whether it is on.
        assert_eq!(of(&[], &[Verdict::For, Verdict::Open], Severity::Low), (WithoutEvidence, None));
        assert_eq!(of(&[Verdict::For], &[Verdict::Silent], Severity::High), (Supported, None));
        assert_eq!(of(&[Verdict::For], &[Verdict::Against], Severity::High), (Contradicted, None));
        let lower = of(&[Verdict::For], &[Verdict::Against], Severity::Medium);
        assert_ne!(lower.0, Supported, "an exception of lower severity takes the support away");
    }

    #[test]
    fn exceptions_of_lower_severity_never_support() {
        use PracticeStatus::{Contradicted, Represented, Supported, WithoutEvidence};
        let undecided = |why| (PracticeStatus::Undecided, Some(why));
        let control = |v| bearing(v, Some(Severity::Medium));
        let of = |list: &[Bearing]| status(list, Stated::Nothing);
        let severe = bearing(Verdict::Against, Some(Severity::Critical));
        assert_eq!(of(&[control(Verdict::For), severe]), (Contradicted, None));
        assert_eq!(of(&[control(Verdict::For), control(Verdict::Against)]), undecided(Undecided::LowerSeverity));
        assert_eq!(of(&[control(Verdict::For), control(Verdict::Silent)]), (Supported, None));
        assert_eq!(of(&[control(Verdict::Open)]), undecided(Undecided::NotConcluded));
        assert_eq!(of(&[bearing(Verdict::For, None)]), undecided(Undecided::NotConcluded), "a figure alone supports nothing");
        assert_eq!(of(&[control(Verdict::Silent)]), (WithoutEvidence, Some(Undecided::NotTested)));
        assert_eq!(of(&[]), (WithoutEvidence, None));
        assert_eq!(status(&[control(Verdict::Against)], Stated::NotContradicted), (Represented, Some(Undecided::LowerSeverity)));
        assert_eq!(status(&[control(Verdict::For)], Stated::Contradicted), (Contradicted, None));
    }

    #[test]
    fn the_risk_of_a_question_follows_the_rule() {
        use PracticeStatus::{Contradicted, Represented, Supported, Undecided, WithoutEvidence};
        let of = |list: &[(Risk, PracticeStatus)]| risk_of(list.iter().copied(), false);
        assert_eq!(of(&[(Risk::Low, Contradicted), (Risk::High, Contradicted), (Risk::Medium, Supported)]), QuestionRisk::High);
        assert_eq!(of(&[(Risk::High, WithoutEvidence), (Risk::Medium, Contradicted)]), QuestionRisk::Medium);
        assert_eq!(of(&[(Risk::Low, Contradicted)]), QuestionRisk::Low);
        assert_eq!(of(&[(Risk::High, Supported), (Risk::Low, WithoutEvidence)]), QuestionRisk::Unanswered);
        assert_eq!(of(&[(Risk::High, Supported), (Risk::Low, Undecided)]), QuestionRisk::Unanswered);
        assert_eq!(of(&[(Risk::High, Supported), (Risk::Low, Represented)]), QuestionRisk::None);
        assert_eq!(risk_of([(Risk::High, WithoutEvidence)].into_iter(), true), QuestionRisk::NotApplicable);
        assert_eq!(risk_of([(Risk::High, Contradicted)].into_iter(), true), QuestionRisk::High, "evidence outranks words");
    }
}
