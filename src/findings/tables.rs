//! Findings and exceptions as tables, for `query` over a report's folder.

use super::responses::Matched;
use super::{Accepted, Finding};
use crate::catalogue::Catalogue;
use crate::engagement::Engagement;
use crate::evaluate::Evaluation;
use crate::ingest::batch::Batch;
use crate::schema::row::Row as _;
use crate::schema::tables::{ExceptionsRow, FindingsRow};

/// What the tables are made from.
pub struct Made<'m> {
    /// Controls.
    pub catalogue: &'m Catalogue,
    /// Their runs.
    pub evaluation: &'m Evaluation,
    /// Risk acceptances.
    pub engagement: &'m Engagement,
    /// Date at which they hold.
    pub as_of: &'m str,
    /// Findings.
    pub findings: &'m [Finding],
    /// Responses.
    pub answers: &'m Matched,
}

/// The tables `findings` and `exceptions`.
pub fn tables(made: &Made<'_>) -> Vec<Batch> {
    let table = |name| made.catalogue.schema.table(name).map(Batch::new);
    let (Some(mut findings), Some(mut exceptions)) = (table(FindingsRow::TABLE.name), table(ExceptionsRow::TABLE.name)) else {
        return Vec::new();
    };
    let accepted = Accepted::at(made.engagement, made.as_of);
    for finding in made.findings {
        put_finding(made, finding, &mut findings);
        for (control, at) in &finding.members {
            let row = made.evaluation.controls.get(control).and_then(|run| run.rows.get(*at));
            let (Some(row), Some(entry)) = (row, made.catalogue.controls.get(control)) else { continue };
            let evidence = row.record.map(|record| format!("{}:{record}", row.file_id));
            exceptions.push(
                0,
                &ExceptionsRow {
                    finding_id: Some(&finding.id),
                    control_id: Some(control),
                    severity: Some(entry.severity.word()),
                    account_id: stated(&row.account),
                    region: stated(&row.region),
                    kind: stated(&row.kind),
                    resource_id: stated(&row.resource),
                    resource_name: stated(&row.name),
                    arn: stated(&row.arn),
                    event_time: row.time,
                    principal: stated(&row.principal),
                    person: row.who.as_ref().and_then(|who| stated(&who.person)),
                    reason: stated(&row.reason),
                    is_accepted: Some(accepted.of(control, row).is_some()),
                    evidence_row: evidence.as_deref(),
                },
            );
        }
    }
    vec![findings, exceptions]
}

fn put_finding(made: &Made<'_>, finding: &Finding, batch: &mut Batch) {
    let list = |texts: &[String]| serde_json::to_string(texts).unwrap_or_default();
    let incidents = list(&finding.incidents);
    let lists = [&finding.accounts, &finding.regions, &finding.resources, &finding.events, &finding.actors, &finding.owner]
        .map(|texts| list(texts));
    let [accounts, regions, resources, events, actors, owner] = &lists;
    let answer = made.answers.by_finding.get(&finding.id);
    let typed = |column: &str| answer.map(|answer| answer.cell(column)).and_then(stated);
    batch.push(
        0,
        &FindingsRow {
            finding_id: Some(&finding.id),
            number: Some(&finding.number),
            status: Some(finding.status().words()),
            title: Some(&finding.title),
            family: Some(&finding.family),
            severity: Some(finding.severity.word()),
            severity_basis: Some(&finding.control),
            effort: Some(finding.effort.word()),
            is_quick_win: Some(finding.is_quick_win()),
            accounts: Some(accounts),
            regions: Some(regions),
            resources: Some(resources),
            events: Some(events),
            actors: Some(actors),
            incidents: Some(&incidents),
            owner: Some(owner),
            first_time: finding.first,
            last_time: finding.last,
            exceptions: Some(i64::try_from(finding.exceptions).unwrap_or(i64::MAX)),
            accepted: Some(i64::try_from(finding.waived).unwrap_or(i64::MAX)),
            effect: stated(&finding.effect),
            response: typed("response"),
            response_owner: typed("response_owner"),
            due_date: typed("due_date"),
            remediation_status: typed("remediation_status"),
            comment: typed("comment"),
        },
    );
}

fn stated(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
