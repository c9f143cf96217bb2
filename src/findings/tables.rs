//! Findings and exceptions as tables, for `query` over a report's folder.

use super::accepted::matched;
use super::responses::Matched;
use super::{Accepted, Finding};
use crate::catalogue::Catalogue;
use crate::engagement::Engagement;
use crate::evaluate::Evaluation;
use crate::ingest::batch::Batch;
use crate::schema::filled;
use crate::schema::row::Row as _;
use crate::schema::tables::{ExceptionsRow, FindingAccountsRow, FindingsRow, RiskAcceptancesRow};

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

/// The tables `findings`, `finding_accounts`, `exceptions` and `risk_acceptances`.
pub fn tables(made: &Made<'_>) -> Vec<Batch> {
    let table = |name| made.catalogue.schema.table(name).map(Batch::new);
    let (Some(mut findings), Some(mut accounts), Some(mut exceptions), Some(mut acceptances)) = (
        table(FindingsRow::TABLE.name),
        table(FindingAccountsRow::TABLE.name),
        table(ExceptionsRow::TABLE.name),
        table(RiskAcceptancesRow::TABLE.name),
    ) else {
        return Vec::new();
    };
    put_acceptances(made, &mut acceptances);
    let accepted = Accepted::at(made.engagement, made.as_of);
    for (position, finding) in (0..).zip(made.findings) {
        put_finding(made, position, finding, &mut findings);
        for account in &finding.accounts {
            accounts.push(0, &FindingAccountsRow { finding_id: Some(&finding.id), account_id: Some(account) });
        }
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
                    account_id: filled(&row.account),
                    region: filled(&row.region),
                    kind: filled(&row.kind),
                    resource_id: filled(&row.resource),
                    resource_name: filled(&row.name),
                    arn: filled(&row.arn),
                    event_time: row.time,
                    principal: filled(&row.principal),
                    person: row.who.as_ref().and_then(|who| filled(&who.person)),
                    reason: filled(&row.reason),
                    is_accepted: Some(accepted.of(control, row).is_some()),
                    evidence_row: evidence.as_deref(),
                },
            );
        }
    }
    vec![findings, accounts, exceptions, acceptances]
}

fn put_acceptances(made: &Made<'_>, batch: &mut Batch) {
    for (position, one) in (0..).zip(made.engagement.acceptances()) {
        let run = made.evaluation.controls.get(one.control);
        let row = RiskAcceptancesRow {
            position: Some(position),
            control_id: Some(one.control),
            is_known: Some(run.is_some()),
            resource: one.resource,
            reason: filled(one.reason),
            owner: filled(one.owner),
            approver: filled(one.approver),
            expiry: one.expiry,
            is_expired: Some(!one.holds(made.as_of)),
            exceptions: i64::try_from(run.map_or(0, |run| matched(one, run).len())).ok(),
        };
        batch.push(0, &row);
    }
}

fn put_finding(made: &Made<'_>, position: i64, finding: &Finding, batch: &mut Batch) {
    let list = |texts: &[String]| serde_json::to_string(texts).unwrap_or_default();
    let incidents = list(&finding.incidents);
    let lists = [&finding.accounts, &finding.regions, &finding.resources, &finding.events, &finding.actors, &finding.owner]
        .map(|texts| list(texts));
    let [accounts, regions, resources, events, actors, owner] = &lists;
    let answer = made.answers.by_finding.get(&finding.id);
    let typed = |column: &str| answer.map(|answer| answer.cell(column)).and_then(filled);
    batch.push(
        0,
        &FindingsRow {
            finding_id: Some(&finding.id),
            position: Some(position),
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
            effect: filled(&finding.effect),
            response: typed("response"),
            response_owner: typed("response_owner"),
            due_date: typed("due_date"),
            remediation_status: typed("remediation_status"),
            comment: typed("comment"),
        },
    );
}
