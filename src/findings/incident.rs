//! Findings of one actor that lie close in time: linked, never merged, since each has a cause of its own.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;

/// Hours from the first event of an incident to its last. A day covers a working day and the night after it, the time within
/// which one task, or one intruder, acts; with more, an administrator's unrelated work of a week would read as one event.
pub const WINDOW_HOURS: i64 = 24;

const WINDOW: i64 = WINDOW_HOURS * 3_600 * 1_000_000;

/// Findings of different families that share actor and time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Place in the order of time: `I-01`.
    pub number: String,
    /// Who acted.
    pub actor: String,
    /// First event, UTC microseconds.
    pub first: i64,
    /// Last event.
    pub last: i64,
    /// Ids of the findings, in their order.
    pub findings: Vec<String>,
}

/// The incidents among findings. A window opens with an actor's first event that no window holds yet; a finding whose events lie in
/// several windows is in each of their incidents.
/// Each finding is given the numbers of its incidents.
pub fn link(findings: &mut [Finding]) -> Vec<Incident> {
    let found = linked(findings);
    let places: BTreeMap<String, usize> = findings.iter().enumerate().map(|(at, finding)| (finding.id.clone(), at)).collect();
    for incident in &found {
        for finding in incident.findings.iter().filter_map(|id| places.get(id)) {
            if let Some(finding) = findings.get_mut(*finding) {
                finding.incidents.push(incident.number.clone());
            }
        }
    }
    found
}

fn linked(findings: &[Finding]) -> Vec<Incident> {
    let mut acts: BTreeMap<&str, Vec<(i64, usize)>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        for (actor, time) in &finding.acts {
            acts.entry(actor).or_default().push((*time, at));
        }
    }
    let mut found = Vec::new();
    for (actor, mut acts) in acts {
        acts.sort_unstable();
        let mut rest = acts.as_slice();
        while let Some((start, _)) = rest.first() {
            let (window, later) = rest.split_at(rest.partition_point(|(time, _)| time - start <= WINDOW));
            rest = later;
            let members: BTreeSet<usize> = window.iter().map(|(_, at)| *at).collect();
            let named = || members.iter().filter_map(|at| findings.get(*at));
            if named().map(|finding| &finding.family).collect::<BTreeSet<_>>().len() < 2 {
                continue;
            }
            let last = window.last().map_or(*start, |(time, _)| *time);
            let findings = named().map(|finding| finding.id.clone()).collect();
            found.push(Incident { number: String::new(), actor: actor.to_owned(), first: *start, last, findings });
        }
    }
    found.sort_by(|a, b| (a.first, &a.actor).cmp(&(b.first, &b.actor)));
    for (at, incident) in found.iter_mut().enumerate() {
        incident.number = format!("I-{:02}", at + 1);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn finding(id: &str, family: &str, acts: &[(&str, i64)]) -> Finding {
        let acts = acts.iter().map(|(actor, hour)| ((*actor).to_owned(), hour * HOUR)).collect();
        Finding { id: id.to_owned(), family: family.to_owned(), acts, ..Finding::default() }
    }

    #[test]
    fn findings_of_different_families_that_share_actor_and_time_are_an_incident() {
        let mut findings = [
            finding("a", "logs", &[("ada", 1)]),
            finding("b", "keys", &[("ada", 25), ("bob", 2)]),
            // An hour too late, another actor, and the same family.
            finding("c", "users", &[("ada", 26)]),
            finding("d", "roles", &[("cy", 1)]),
            finding("e", "keys", &[("bob", 3)]),
        ];
        let found = link(&mut findings);
        assert_eq!(findings.each_ref().map(|f| f.incidents.join(" ")), ["I-01", "I-01", "", "", ""]);
        let shown: Vec<_> = found.iter().map(|i| (i.number.as_str(), i.actor.as_str(), i.findings.join(" "), i.last / HOUR)).collect();
        assert_eq!(shown, [("I-01", "ada", "a b".to_owned(), 25)]);
    }

    #[test]
    fn a_finding_of_many_days_is_in_each_incident_of_its_days() {
        let found = link(&mut [
            finding("a", "logs", &[("ada", 1), ("ada", 100)]),
            finding("b", "keys", &[("ada", 2)]),
            finding("c", "users", &[("ada", 101)]),
        ]);
        assert_eq!(found.iter().map(|i| i.findings.join(" ")).collect::<Vec<_>>(), ["a b", "a c"]);
    }
}
