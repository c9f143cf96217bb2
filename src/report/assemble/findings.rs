//! Findings as lines of the report: numbered in the order in which a reader meets them, with words for place and time.

use std::collections::BTreeMap;

use super::{Input, words};
use crate::base::text::few;
use crate::evaluate::EvaluateError;
use crate::findings::Finding;
use crate::report::model::{FindingLine, Profile};

/// All findings, most severe first; those that management accepts last.
///
/// # Errors
/// When the tags of owners cannot be read.
pub fn lines(input: &Input<'_>) -> Result<Vec<FindingLine>, EvaluateError> {
    let owners = owners(input)?;
    Ok(input.findings.iter().map(|finding| line(input, finding, &owners)).collect())
}

/// Owners by account and resource id, from a tag `owner` however it is capitalised.
fn owners(input: &Input<'_>) -> Result<BTreeMap<(String, String), String>, EvaluateError> {
    let grid = input.sql(
        "owners",
        "SELECT account_id, resource_id, MIN(tag_value) AS owner FROM tags WHERE LOWER(tag_key) = 'owner' AND tag_value <> '' GROUP BY account_id, resource_id",
    )?;
    let text = |row: &[crate::evaluate::Value], name: &str| grid.get(row, &[name]).to_text();
    Ok(grid.rows.iter().map(|row| ((text(row, "account_id"), text(row, "resource_id")), text(row, "owner"))).collect())
}

fn line(input: &Input<'_>, finding: &Finding, owners: &BTreeMap<(String, String), String>) -> FindingLine {
    let mut owner: Vec<&str> = Vec::new();
    for account in &finding.accounts {
        let keys = finding.resources.iter().map(|resource| (account.clone(), resource.clone()));
        owner.extend(keys.filter_map(|key| owners.get(&key)).map(String::as_str));
    }
    owner.sort_unstable();
    owner.dedup();
    FindingLine {
        number: finding.number.clone(),
        id: finding.id.clone(),
        title: finding.title.clone(),
        control: finding.control.clone(),
        controls: finding.controls.clone(),
        severity: finding.severity,
        effort: finding.effort,
        is_quick_win: finding.is_quick_win(),
        place: place(input, finding),
        when: when(input, finding),
        subjects: few(&finding.subjects),
        actors: few(finding.actors.iter().map(|actor| words::name_of(actor))),
        condition: finding.condition.clone(),
        effect: finding.effect.clone(),
        owner: few(owner),
        recommendation: if input.profile == Profile::Auditor { String::new() } else { finding.recommendation.clone() },
        accounts: finding.accounts.clone(),
        regions: finding.regions.clone(),
        exceptions: finding.exceptions,
        accepted: finding.waived,
        evidence: finding.evidence.clone(),
        status: None,
    }
}

/// Accounts by name, then Regions.
fn place(input: &Input<'_>, finding: &Finding) -> String {
    let name =
        |id: &String| input.scope.accounts.get(id).map(|a| a.name.clone()).filter(|name| !name.is_empty()).unwrap_or_else(|| id.clone());
    let accounts = few(finding.accounts.iter().map(name));
    let regions = few(&finding.regions);
    [accounts, regions].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

/// The days of events, or the date that configuration was read at.
fn when(input: &Input<'_>, finding: &Finding) -> String {
    let day = |at: i64| words::date(at, &input.period.zone);
    match (finding.first, finding.last) {
        (Some(first), Some(last)) if day(first) == day(last) => day(first),
        (Some(first), Some(last)) => format!("{} to {}", day(first), day(last)),
        _ => format!("as at {}", input.period.as_of_text),
    }
}
