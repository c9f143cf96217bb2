//! The findings register: findings with their elements in words, and the responses to them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::controls::changer;
use super::{Input, words};
use crate::base::text::few;
use crate::base::time;
use crate::evaluate::ExceptionRow;
use crate::findings::responses::{Answer, Matched, Problem, Wrong};
use crate::findings::{Fault, Finding, Incident, Kind};
use crate::report::model::Profile;
use crate::report::model::register::{
    Criteria, DeviationRate, ManagementResponse, REGISTER_VERSION, Register, RegisterEntry, RegisterIncident, ResponseProblem,
    StrayResponse,
};
use crate::report::{ReportError, Wording};

/// Everything the register holds.
///
/// # Errors
/// When a sentence cannot be worded.
pub fn register(input: &Input<'_>) -> Result<Register, ReportError> {
    let Matched { strays, problems, .. } = input.answers;
    let register = Register {
        schema_version: REGISTER_VERSION,
        period_from: input.period.from.clone(),
        period_to: input.period.to.clone(),
        as_of: input.period.as_of_text.clone(),
        findings: input.findings.iter().map(|finding| entry(input, finding)).collect(),
        incidents: input.incidents.iter().map(incident).collect(),
        not_in_report: strays
            .iter()
            .map(|stray| StrayResponse { id: stray.id.clone(), generated: stray.generated.clone(), response: response(stray) })
            .collect(),
        response_problems: problems.iter().map(|problem| self::problem(input.wording, problem)).collect(),
    };
    input.wording.check()?;
    Ok(register)
}

fn entry(input: &Input<'_>, finding: &Finding) -> RegisterEntry {
    let said = Said::of(input, finding);
    let acceptance = matches!(finding.kind, Kind::Acceptance(_));
    let evidence = if acceptance { vec![place_of(input, finding)] } else { finding.evidence.clone() };
    RegisterEntry {
        number: finding.number.clone(),
        id: finding.id.clone(),
        aliases: finding.aliases.clone(),
        status: finding.status(),
        title: finding.title.clone(),
        family: finding.family.clone(),
        controls: finding.controls.clone(),
        severity: finding.severity,
        severity_basis: finding.control.clone(),
        effort: finding.effort,
        is_quick_win: finding.is_quick_win(),
        accounts: finding.accounts.clone(),
        regions: finding.regions.clone(),
        resources: finding.resources.clone(),
        events: finding.events.clone(),
        actors: finding.actors.clone(),
        first: finding.first.map(time::rfc3339),
        last: finding.last.map(time::rfc3339),
        incidents: finding.incidents.clone(),
        criteria: Criteria { statement: said.criteria, ids: finding.criteria.clone() },
        condition: said.condition,
        cause: said.cause,
        effect: said.effect,
        recommendation: if input.profile == Profile::Auditor { String::new() } else { said.recommendation },
        owner: finding.owner.clone(),
        exceptions: finding.exceptions,
        accepted: finding.waived,
        deviation_rate: finding.deviations.map(|(exceptions, population)| DeviationRate {
            control: finding.control.clone(),
            exceptions,
            population,
        }),
        evidence,
        response: input.answers.by_finding.get(&finding.id).map(response),
    }
}

/// The elements of a finding in words.
pub struct Said {
    /// What should be.
    pub criteria: String,
    /// What is.
    pub condition: String,
    /// Why, where the evidence shows it.
    pub cause: String,
    /// What may follow.
    pub effect: String,
    /// What to do.
    pub recommendation: String,
}

impl Said {
    /// Words it.
    pub fn of(input: &Input<'_>, finding: &Finding) -> Self {
        match finding.kind {
            Kind::Exceptions => Self {
                criteria: finding.statement.clone(),
                condition: condition(input, finding),
                cause: cause(input, finding),
                effect: finding.effect.clone(),
                recommendation: finding.recommendation.clone(),
            },
            Kind::Acceptance(fault) => acceptance(input, finding, fault),
        }
    }
}

/// The first exception, and how many there are.
fn condition(input: &Input<'_>, finding: &Finding) -> String {
    let sentence = finding.condition.trim_end_matches('.');
    input.wording.said("condition", &json!({"sentence": sentence, "exceptions": finding.exceptions}))
}

/// Who did what, or who changed the resources last.
fn cause(input: &Input<'_>, finding: &Finding) -> String {
    if !finding.actors.is_empty() {
        let actors = few(finding.actors.iter().map(|actor| words::name_of(actor)));
        return input.wording.said("performed", &json!({"actors": actors, "when": when(input, finding)}));
    }
    let row = |(control, at): &(String, usize)| -> Option<&ExceptionRow> { input.evaluation.controls.get(control)?.rows.get(*at) };
    let changes: BTreeSet<String> = finding
        .members
        .iter()
        .filter_map(|member| changer(input, row(member)?))
        .map(|change| {
            let name = words::name_of(&change.principal);
            let change =
                json!({"event_name": change.event_name, "name": name, "time": change.time, "confidence": change.confidence.word()});
            input.wording.said("change", &json!({ "c": change }))
        })
        .collect();
    if changes.is_empty() { String::new() } else { input.wording.said("cause_not_established", &json!({"changes": few(changes)})) }
}

/// The days of events, or the date that configuration was read at.
pub fn when(input: &Input<'_>, finding: &Finding) -> String {
    let day = |at: Option<i64>| at.map(|at| words::date(at, &input.period.zone));
    let (first, last) = match (day(finding.first), day(finding.last)) {
        (Some(first), Some(last)) => (first, last),
        _ => (String::new(), String::new()),
    };
    input.wording.said("when", &json!({"w": {"first": first, "last": last, "as_at": input.period.as_of_text}}))
}

fn acceptance(input: &Input<'_>, finding: &Finding, fault: Fault) -> Said {
    let control = input.catalogue.controls.get(&finding.control).map_or(finding.control.as_str(), |control| control.finding.as_str());
    let fault = match fault {
        Fault::Expired => "expired",
        Fault::NoApprover => "no_approver",
        Fault::NoExpiry => "no_expiry",
        Fault::MatchesNothing => "matches_nothing",
    };
    let acceptance = json!({
        "finding": control,
        "control": finding.control,
        "resources": few(&finding.resources),
        "fault": fault,
        "expiry": finding.expiry,
        "covered": finding.covered,
    });
    let of_fault = |component: &str| input.wording.said(component, &json!({ "fault": fault }));
    Said {
        criteria: input.wording.said("acceptance_criteria", &json!({})),
        condition: input.wording.said("acceptance", &json!({ "a": acceptance })),
        cause: String::new(),
        effect: of_fault("acceptance_effect"),
        recommendation: of_fault("acceptance_recommendation"),
    }
}

/// Where a risk acceptance stands: `engagement.toml: risk_acceptance 2`.
fn place_of(input: &Input<'_>, finding: &Finding) -> String {
    let file = input.engagement.file.as_ref().map_or(crate::engagement::NAME, |file| file.name());
    format!("{file}: {}", finding.source)
}

fn incident(incident: &Incident) -> RegisterIncident {
    RegisterIncident {
        number: incident.number.clone(),
        actor: incident.actor.clone(),
        first: time::rfc3339(incident.first),
        last: time::rfc3339(incident.last),
        findings: incident.findings.clone(),
    }
}

fn response(answer: &Answer) -> ManagementResponse {
    let cell = |column: &str| answer.cell(column).to_owned();
    ManagementResponse {
        response: cell("response"),
        response_owner: cell("response_owner"),
        due_date: cell("due_date"),
        remediation_status: cell("remediation_status"),
        remediation_evidence: cell("remediation_evidence"),
        retest_date: cell("retest_date"),
        retest_result: cell("retest_result"),
        comment: cell("comment"),
        added: added(answer),
        file: answer.place.file.clone(),
        row: answer.place.row,
    }
}

/// Added columns by heading; of two with one heading both texts are kept.
fn added(answer: &Answer) -> BTreeMap<String, String> {
    let mut added: BTreeMap<String, String> = BTreeMap::new();
    for (heading, cell) in &answer.added {
        added.entry(heading.clone()).and_modify(|text| *text = format!("{text}\n{cell}")).or_insert_with(|| cell.clone());
    }
    added
}

/// What is wrong with a response, in words.
pub fn problem(wording: &Wording, problem: &Problem) -> ResponseProblem {
    let Problem { place, id, wrong, text } = problem;
    let (wrong, column) = match wrong {
        Wrong::UnknownId => ("unknown_id", ""),
        Wrong::NoId => ("no_id", ""),
        Wrong::AnsweredTwice => ("answered_twice", ""),
        Wrong::Date(column) => ("date", *column),
        Wrong::Word => ("word", ""),
    };
    // What cannot be seen in what was typed is made visible.
    let quoted = json!({"wrong": wrong, "column": column, "id": format!("{id:?}"), "text": format!("{text:?}")});
    let said = wording.said("response_problem", &json!({ "p": quoted }));
    ResponseProblem { file: place.file.clone(), row: place.row, id: id.clone(), problem: said }
}

/// A response in a line, as it stands beside its finding.
pub fn said(input: &Input<'_>, number: &str, answer: &Answer) -> String {
    const COLUMNS: [&str; 8] =
        ["response", "response_owner", "due_date", "remediation_status", "remediation_evidence", "retest_date", "retest_result", "comment"];
    let cells: BTreeMap<&str, String> =
        COLUMNS.into_iter().map(|column| (column, answer.cell(column).split_whitespace().collect::<Vec<_>>().join(" "))).collect();
    input.wording.said("response", &json!({"number": number, "r": cells}))
}
