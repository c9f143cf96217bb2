//! Findings as lines of the report: numbered in the order in which a reader meets them, with words for place and time.

use std::collections::BTreeMap;

use super::register::{self, Said, when};
use super::{Input, words};
use crate::base::text::few;
use crate::findings::Finding;
use crate::report::model::{ControlResult, FindingLine, Profile};

/// All findings, most severe first; those that management accepts last.
pub fn lines(input: &Input<'_>) -> Vec<FindingLine> {
    input.findings.iter().map(|finding| line(input, finding)).collect()
}

/// Puts the responses to findings beside the controls that note them.
pub fn respond(input: &Input<'_>, controls: &mut BTreeMap<String, ControlResult>) {
    for finding in input.findings {
        let Some(answer) = input.answers.by_finding.get(&finding.id) else { continue };
        for id in finding.controls.iter().chain([&finding.control]).collect::<std::collections::BTreeSet<_>>() {
            if let Some(control) = controls.get_mut(id) {
                control.responses.push(register::said(input, &finding.number, answer));
            }
        }
    }
}

fn line(input: &Input<'_>, finding: &Finding) -> FindingLine {
    let said = Said::of(input, finding);
    FindingLine {
        number: finding.number.clone(),
        id: finding.id.clone(),
        title: finding.title.clone(),
        control: finding.control.clone(),
        controls: finding.controls.clone(),
        severity: finding.severity,
        effort: finding.effort,
        is_quick_win: finding.is_quick_win(),
        is_open: !finding.is_accepted(),
        place: place(input, finding),
        when: when(input, finding),
        subjects: few(if finding.resources.is_empty() { &finding.events } else { &finding.resources }),
        actors: few(finding.actors.iter().map(|actor| words::name_of(actor))),
        incidents: finding.incidents.clone(),
        condition: said.condition,
        effect: said.effect,
        owner: few(&finding.owner),
        recommendation: if input.profile == Profile::Auditor { String::new() } else { said.recommendation },
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
