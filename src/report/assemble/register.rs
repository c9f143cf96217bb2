//! The findings register: findings with their elements in words, and the responses to them.

use std::collections::{BTreeMap, BTreeSet};

use super::controls::changer;
use super::{Input, words};
use crate::base::text::{count, few};
use crate::base::time;
use crate::evaluate::ExceptionRow;
use crate::findings::responses::{Answer, Matched, Problem, Wrong};
use crate::findings::{Fault, Finding, Incident, Kind};
use crate::report::model::Profile;
use crate::report::model::register::{
    Criteria, DeviationRate, ManagementResponse, REGISTER_VERSION, Register, RegisterEntry, RegisterIncident, ResponseProblem,
    StrayResponse,
};

/// Everything the register holds.
pub fn register(input: &Input<'_>) -> Register {
    let Matched { strays, problems, .. } = input.answers;
    Register {
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
        response_problems: problems.iter().map(problem).collect(),
    }
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
                condition: condition(finding),
                cause: cause(input, finding),
                effect: finding.effect.clone(),
                recommendation: finding.recommendation.clone(),
            },
            Kind::Acceptance(fault) => acceptance(input, finding, fault),
        }
    }
}

/// The first exception, and how many there are.
fn condition(finding: &Finding) -> String {
    let sentence = finding.condition.trim_end_matches('.');
    match finding.exceptions {
        0 | 1 => format!("{sentence}."),
        n => format!("{sentence}. First of {}.", count(n, "exception", "exceptions")),
    }
}

/// Who did what, or who changed the resources last.
fn cause(input: &Input<'_>, finding: &Finding) -> String {
    if !finding.actors.is_empty() {
        let actors = few(finding.actors.iter().map(|actor| words::name_of(actor)));
        return format!("Performed by {actors}, {}.", when(input, finding));
    }
    let row = |(control, at): &(String, usize)| -> Option<&ExceptionRow> { input.evaluation.controls.get(control)?.rows.get(*at) };
    let changes: BTreeSet<String> = finding
        .members
        .iter()
        .filter_map(|member| changer(input, row(member)?))
        .map(|change| {
            format!("{} by {} at {} ({})", change.event_name, words::name_of(&change.principal), change.time, change.confidence.word())
        })
        .collect();
    if changes.is_empty() { String::new() } else { format!("Not established. Last recorded change of the resource: {}.", few(changes)) }
}

/// The days of events, or the date that configuration was read at.
pub fn when(input: &Input<'_>, finding: &Finding) -> String {
    let day = |at: i64| words::date(at, &input.period.zone);
    match (finding.first, finding.last) {
        (Some(first), Some(last)) if day(first) == day(last) => day(first),
        (Some(first), Some(last)) => format!("{} to {}", day(first), day(last)),
        _ => format!("as at {}", input.period.as_of_text),
    }
}

fn acceptance(input: &Input<'_>, finding: &Finding, fault: Fault) -> Said {
    let control = input.catalogue.controls.get(&finding.control).map_or(finding.control.as_str(), |control| control.finding.as_str());
    let subject = format!("The risk acceptance for \"{control}\" ({}), resources {}", finding.control, few(&finding.resources));
    let matching = count(finding.covered, "exception", "exceptions");
    let (condition, effect, recommendation) = match fault {
        Fault::Expired => (
            format!("{subject}, expired on {}. It is not applied; {matching} in this report would match it.", finding.expiry),
            "Risks may stay in place without a current decision by management.",
            "Remediate, or have the acceptance reviewed and approved again with a new expiry date.",
        ),
        Fault::NoApprover => (
            format!("{subject}, names no approver. It is applied to {matching}."),
            "Risks may be accepted by persons without the authority to do so.",
            "Have the acceptance approved by the risk owner's management and state the approver.",
        ),
        Fault::NoExpiry => (
            format!("{subject}, has no expiry date. It is applied to {matching}."),
            "Accepted risks may never be reviewed again.",
            "State an expiry date, at most a year ahead.",
        ),
        Fault::MatchesNothing => (
            format!("{subject}, matches no exception in this report."),
            "A deviation that comes back would be accepted without a new decision.",
            "Withdraw the acceptance, or correct the resource it names.",
        ),
    };
    Said {
        criteria: "Risk acceptances are approved, limited in time and about deviations that exist".to_owned(),
        condition,
        cause: String::new(),
        effect: effect.to_owned(),
        recommendation: recommendation.to_owned(),
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
pub fn problem(problem: &Problem) -> ResponseProblem {
    let Problem { place, id, wrong, text } = problem;
    let sentence = match wrong {
        Wrong::UnknownId => format!("no finding of this report has the id {id:?}; the response is kept in the register"),
        Wrong::NoId => "the row names no id; it is kept in the register".to_owned(),
        Wrong::AnsweredTwice => format!("{id} has another response already; this one is kept in the register"),
        Wrong::Date(column) => format!("{column} {text:?} is not a date (2026-12-31 or 31.12.2026); it is kept as typed"),
        Wrong::Word => format!("response {text:?} is not agree, partly agree or disagree; it is kept as typed"),
    };
    ResponseProblem { file: place.file.clone(), row: place.row, id: id.clone(), problem: sentence }
}

/// A response in a line, as it stands beside its finding.
pub fn said(number: &str, answer: &Answer) -> String {
    let parts = [
        ("response_owner", "owner "),
        ("due_date", "due "),
        ("remediation_status", "remediation "),
        ("remediation_evidence", "evidence "),
        ("retest_date", "retested "),
        ("retest_result", "result "),
        ("comment", ""),
    ];
    let word = if answer.cell("response").trim().is_empty() { "not stated" } else { answer.cell("response").trim() };
    let mut text = format!("{number}: {word}");
    for (column, label) in parts {
        let cell: Vec<&str> = answer.cell(column).split_whitespace().collect();
        if !cell.is_empty() {
            text.push_str(&format!("; {label}{}", cell.join(" ")));
        }
    }
    text
}
