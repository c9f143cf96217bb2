//! Risks that management accepts: what an acceptance covers, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Fault, Finding, Kind, id_of};
use crate::catalogue::Catalogue;
use crate::engagement::{Acceptance, Engagement};
use crate::evaluate::{ControlRun, Evaluation, ExceptionRow};
use crate::outcome::{Effort, Outcome, Severity};
use crate::policy::pattern::Pattern;

/// Which acceptance covers which exception.
pub struct Accepted<'e> {
    by_control: BTreeMap<&'e str, Stated<'e>>,
}

/// The acceptances of one control, each with its place in the engagement.
#[derive(Default)]
struct Stated<'e> {
    /// The first of each resource, and of all resources.
    named: BTreeMap<Option<&'e str>, (usize, Acceptance<'e>)>,
    patterns: Vec<(usize, Pattern, Acceptance<'e>)>,
}

impl<'e> Accepted<'e> {
    /// The acceptances that hold at a date (`YYYY-MM-DD`): one that expired before it covers nothing.
    pub fn at(engagement: &'e Engagement, as_of: &str) -> Self {
        Self::of_all(engagement.acceptances().filter(|accepted| accepted.holds(as_of)))
    }

    fn of_all(all: impl Iterator<Item = Acceptance<'e>>) -> Self {
        let mut by_control: BTreeMap<&str, Stated<'_>> = BTreeMap::new();
        for (at, one) in all.enumerate() {
            let stated = by_control.entry(one.control).or_default();
            match one.resource {
                Some(text) if one.is_pattern && text.contains(['*', '?']) => stated.patterns.push((at, Pattern::new(text), one)),
                resource => drop(stated.named.entry(resource).or_insert((at, one))),
            }
        }
        Self { by_control }
    }

    /// The acceptance that covers an exception: of those that match its resource, the first in the engagement.
    pub fn of(&self, control: &str, row: &ExceptionRow) -> Option<Acceptance<'e>> {
        let stated = self.by_control.get(control)?;
        let names = [&row.resource, &row.name, &row.arn, &row.object].map(String::as_str);
        let named = names.into_iter().filter(|name| !name.is_empty()).map(Some).chain([None]).filter_map(|name| stated.named.get(&name));
        let matching = stated.patterns.iter().filter(|(_, pattern, _)| names.iter().any(|name| !name.is_empty() && pattern.matches(name)));
        let all = named.map(|(at, one)| (*at, *one)).chain(matching.map(|(at, _, one)| (*at, *one)));
        all.min_by_key(|(at, _)| *at).map(|(_, one)| one)
    }
}

/// The exceptions that one acceptance matches, whether it holds or not.
pub fn matched<'r>(one: Acceptance<'_>, run: &'r ControlRun) -> Vec<&'r ExceptionRow> {
    let alone = Accepted::of_all(std::iter::once(one));
    run.rows.iter().filter(|row| alone.of(one.control, row).is_some()).collect()
}

/// The acceptances that are findings themselves: expired, without approver or expiry, or matching nothing.
/// `owner` knows who owns the resource of an exception, for those that name no owner.
pub fn faulty(
    catalogue: &Catalogue,
    evaluation: &Evaluation,
    engagement: &Engagement,
    as_of: &str,
    owner: &dyn Fn(&ExceptionRow) -> Option<String>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for one in engagement.acceptances() {
        let (Some(control), Some(run)) = (catalogue.controls.get(one.control), evaluation.controls.get(one.control)) else { continue };
        let rows = matched(one, run);
        let faults = [
            (!one.holds(as_of)).then_some(Fault::Expired),
            (!one.is_approved()).then_some(Fault::NoApprover),
            one.expiry.is_none().then_some(Fault::NoExpiry),
            // Where the control was not tested nothing shows that the risk is gone.
            (rows.is_empty() && run.outcome != Outcome::NotTested).then_some(Fault::MatchesNothing),
        ];
        for fault in faults.into_iter().flatten() {
            let family = fault.family();
            let resource = one.resource.unwrap_or("all");
            let mut accounts: Vec<String> = rows.iter().map(|row| row.account.clone()).filter(|account| !account.is_empty()).collect();
            accounts.sort_unstable();
            accounts.dedup();
            let owners: BTreeSet<String> = match one.owner {
                "" => rows.iter().filter_map(|row| owner(row)).collect(),
                stated => BTreeSet::from([stated.to_owned()]),
            };
            found.push(Finding {
                id: id_of(family, &format!("control={}\nresource={resource}", one.control)),
                family: family.to_owned(),
                kind: Kind::Acceptance(fault),
                title: fault.title().to_owned(),
                control: control.id.clone(),
                severity: if fault == Fault::Expired { Severity::Medium } else { Severity::Low },
                effort: Effort::Low,
                accounts,
                resources: vec![resource.to_owned()],
                owner: owners.into_iter().collect(),
                covered: rows.len() as u64,
                expiry: one.expiry.unwrap_or_default().to_owned(),
                source: format!("{} {}", one.table, one.at + 1),
                ..Finding::default()
            });
        }
    }
    // The same acceptance stated twice is one finding.
    found.sort_by(|a, b| (&a.id, &a.source).cmp(&(&b.id, &b.source)));
    found.dedup_by(|a, b| a.id == b.id);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engagement::{RiskAcceptance, Waiver};
    use crate::evaluate::ControlRun;

    fn row(resource: &str) -> ExceptionRow {
        ExceptionRow { resource: resource.to_owned(), account: "1".to_owned(), ..ExceptionRow::default() }
    }

    #[test]
    fn the_first_acceptance_that_covers_an_exception_counts() {
        let waiver = |resource: Option<&str>, until: Option<&str>, reason: &str| Waiver {
            control: "c".to_owned(),
            resource: resource.map(str::to_owned),
            reason: reason.to_owned(),
            until: until.map(str::to_owned),
            approved_by: String::new(),
        };
        let waivers = vec![waiver(Some("a"), Some("2024-01-01"), "ran out"), waiver(Some("a"), None, "named"), waiver(None, None, "all")];
        let engagement = Engagement { waiver: waivers, ..Engagement::default() };
        let accepted = Accepted::at(&engagement, "2024-06-30");
        let reason = |control: &str, resource: &str| accepted.of(control, &row(resource)).map(|one| one.reason.to_owned());
        assert_eq!(reason("c", "a").as_deref(), Some("named"));
        assert_eq!(reason("c", "b").as_deref(), Some("all"));
        assert_eq!(reason("d", "a"), None);
    }

    fn acceptance(resource: &str, approver: &str, expiry: Option<&str>) -> RiskAcceptance {
        RiskAcceptance {
            control: "s3-bucket-versioning".to_owned(),
            resource: Some(resource.to_owned()),
            reason: "r".to_owned(),
            owner: String::new(),
            approver: approver.to_owned(),
            expiry: expiry.map(str::to_owned),
        }
    }

    #[test]
    fn a_pattern_covers_names_ids_and_arns_and_stars_of_a_waiver_are_text() {
        let mut engagement = Engagement { risk_acceptance: vec![acceptance("build-*", "A", Some("2026-12-31"))], ..Engagement::default() };
        let control = "s3-bucket-versioning";
        for (text, covered) in [("build-cache", true), ("builds", false), ("my-build-cache", false)] {
            assert_eq!(Accepted::at(&engagement, "2026-06-30").of(control, &row(text)).is_some(), covered, "{text}");
        }
        let named = ExceptionRow { object: "build-1".to_owned(), ..row("e1") };
        assert!(Accepted::at(&engagement, "2026-12-31").of(control, &named).is_some(), "the last day is inclusive");
        assert!(Accepted::at(&engagement, "2027-01-01").of(control, &named).is_none());
        engagement.risk_acceptance.clear();
        engagement.waiver = vec![Waiver {
            control: control.to_owned(),
            resource: Some("build-*".to_owned()),
            reason: "r".to_owned(),
            until: None,
            approved_by: String::new(),
        }];
        assert!(Accepted::at(&engagement, "2026-06-30").of(control, &row("build-cache")).is_none());
    }

    #[test]
    fn an_acceptance_that_is_expired_unapproved_endless_or_idle_is_a_finding() {
        let catalogue = Catalogue::load(None).unwrap();
        let run = ControlRun { rows: vec![row("build-1"), row("build-2")], outcome: Outcome::ExceptionsNoted, ..ControlRun::default() };
        let evaluation = |run: ControlRun| Evaluation {
            controls: [("s3-bucket-versioning".to_owned(), run)].into_iter().collect(),
            ..Evaluation::default()
        };
        let faults = |one: RiskAcceptance, run: &ControlRun| -> Vec<(Fault, u64)> {
            let engagement = Engagement { risk_acceptance: vec![one], ..Engagement::default() };
            let found = faulty(&catalogue, &evaluation(run.clone()), &engagement, "2026-06-30", &|_| None);
            found.iter().filter_map(|f| if let Kind::Acceptance(fault) = f.kind { Some((fault, f.covered)) } else { None }).collect()
        };
        assert_eq!(faults(acceptance("build-*", "A", Some("2026-06-30")), &run), []);
        assert_eq!(faults(acceptance("build-*", "A", Some("2026-06-29")), &run), [(Fault::Expired, 2)]);
        assert_eq!(faults(acceptance("build-1", " ", Some("2026-12-31")), &run), [(Fault::NoApprover, 1)]);
        assert_eq!(faults(acceptance("build-1", "A", None), &run), [(Fault::NoExpiry, 1)]);
        assert_eq!(faults(acceptance("gone", "A", Some("2026-12-31")), &run), [(Fault::MatchesNothing, 0)]);
        // Nothing was tested, so nothing shows that the risk is gone.
        assert_eq!(faults(acceptance("gone", "A", Some("2026-12-31")), &ControlRun::default()), []);
    }
}
