//! From exceptions to findings.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::{Accepted, EVIDENCE, Finding};
use crate::catalogue::{Catalogue, Cause, Control};
use crate::engagement::Engagement;
use crate::evaluate::{Evaluation, ExceptionRow};

/// One exception and the control that notes it.
struct Noted<'e> {
    control: &'e Control,
    row: &'e ExceptionRow,
}

/// The findings of an evaluation, with the risks that an engagement accepts at a date (`YYYY-MM-DD`).
pub fn of_engagement(catalogue: &Catalogue, evaluation: &Evaluation, engagement: &Engagement, as_of: &str) -> Vec<Finding> {
    let accepted = Accepted::at(engagement, as_of);
    findings(catalogue, evaluation, &|control, row| accepted.of(control, row).is_some())
}

/// Groups the exceptions of an evaluation; most severe first. `is_waived` says which exceptions are accepted.
pub fn findings(catalogue: &Catalogue, evaluation: &Evaluation, is_waived: &dyn Fn(&str, &ExceptionRow) -> bool) -> Vec<Finding> {
    let mut noted: Vec<Noted<'_>> = evaluation
        .controls
        .iter()
        .filter_map(|(id, run)| Some((catalogue.controls.get(id)?, run)))
        .flat_map(|(control, run)| run.rows.iter().map(move |row| Noted { control, row }))
        .collect();
    // By what the rows say alone, so that neither files nor threads decide.
    noted.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut groups = Groups::of(noted.len());
    let mut first_with: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (at, one) in noted.iter().enumerate() {
        let family = family(one.control).to_owned();
        for key in [Some(cause(one)), record(one)].into_iter().flatten() {
            match first_with.get(&(family.clone(), key.clone())) {
                Some(other) => groups.join(*other, at),
                None => drop(first_with.insert((family.clone(), key), at)),
            }
        }
    }
    let mut members: BTreeMap<usize, Vec<&Noted<'_>>> = BTreeMap::new();
    for (at, one) in noted.iter().enumerate() {
        members.entry(groups.root(at)).or_default().push(one);
    }
    let mut findings: Vec<Finding> = members.into_values().map(|members| finding(&members, is_waived)).collect();
    findings.sort_by(|a, b| (a.is_accepted(), a.severity, &a.title, &a.id).cmp(&(b.is_accepted(), b.severity, &b.title, &b.id)));
    for (at, finding) in findings.iter_mut().enumerate() {
        finding.number = format!("F-{:02}", at + 1);
    }
    findings
}

fn order<'n>(one: &'n Noted<'_>) -> impl Ord + 'n {
    let row = one.row;
    (one.control.severity, &one.control.id, row.time, &row.account, &row.region, &row.resource, &row.name, &row.file_id, row.record)
}

fn family(control: &Control) -> &str {
    control.family.as_deref().unwrap_or(&control.id)
}

/// What exceptions of one finding share, as text.
fn cause(one: &Noted<'_>) -> String {
    let row = one.row;
    let mut parts = vec![format!("account={}", row.account)];
    for cause in &one.control.cause {
        parts.push(match cause {
            Cause::Account => continue,
            Cause::Region => format!("region={}", row.region),
            // Who stands behind sessions of a role is one actor; where that is not known, the principal and its session are.
            Cause::Actor => match row.who.as_ref().map(|who| who.person.as_str()).filter(|person| !person.is_empty()) {
                Some(person) => format!("actor={person}"),
                None => format!("actor={} {}", row.principal, row.session),
            },
            Cause::Resource => format!("resource={}", if row.arn.is_empty() { &row.resource } else { &row.arn }),
            Cause::Record => format!("record={}:{}", row.file_id, row.record.unwrap_or_default()),
        });
    }
    parts.join("\n")
}

/// The record of an event. A configuration item is its resource, whose deviations have causes of their own.
fn record(one: &Noted<'_>) -> Option<String> {
    one.row.time?;
    Some(format!("event={}:{}", one.row.file_id, one.row.record?))
}

fn finding(members: &[&Noted<'_>], is_waived: &dyn Fn(&str, &ExceptionRow) -> bool) -> Finding {
    // Members are sorted: the most severe control comes first.
    let lead = members[0];
    let control = lead.control;
    let family = family(control);
    let texts = |text: &dyn Fn(&ExceptionRow) -> String| -> Vec<String> {
        members.iter().map(|one| text(one.row)).filter(|text| !text.is_empty()).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let subject = |row: &ExceptionRow| match row.time {
        Some(_) => row.kind.clone(),
        None if row.name.is_empty() => row.resource.clone(),
        None => row.name.clone(),
    };
    let actor = |row: &ExceptionRow| match (&row.who, row.time) {
        (Some(who), _) if !who.person.is_empty() => who.person.clone(),
        (_, Some(_)) => row.principal.clone(),
        _ => String::new(),
    };
    let times = || members.iter().filter_map(|one| one.row.time);
    let mut evidence: Vec<String> = Vec::new();
    for one in members {
        let record = one.row.record.map(|record| format!("{}:{record}", one.row.file_id));
        evidence.extend(record.filter(|record| evidence.len() < EVIDENCE && !evidence.contains(record)));
    }
    let key = members.iter().map(|one| cause(one)).min().unwrap_or_default();
    let hash = const_hex::encode(Sha256::digest(format!("{family}\n{key}")));
    Finding {
        number: String::new(),
        id: format!("{family}-{}", &hash[..8]),
        family: family.to_owned(),
        title: control.finding.clone(),
        control: control.id.clone(),
        controls: members.iter().map(|one| one.control.id.clone()).collect::<BTreeSet<_>>().into_iter().collect(),
        severity: control.severity,
        effort: control.effort,
        effect: control.effect.clone(),
        recommendation: control.recommend.clone(),
        accounts: texts(&|row| row.account.clone()),
        regions: texts(&|row| row.region.clone()),
        subjects: texts(&subject),
        resources: texts(&|row| if row.time.is_none() { row.resource.clone() } else { String::new() }),
        actors: texts(&actor),
        first: times().min(),
        last: times().max(),
        exceptions: members.len() as u64,
        waived: members.iter().filter(|one| is_waived(&one.control.id, one.row)).count() as u64,
        condition: lead.row.reason.clone(),
        evidence,
    }
}

/// Disjoint sets of exceptions.
struct Groups {
    parents: Vec<usize>,
}

impl Groups {
    fn of(n: usize) -> Self {
        Self { parents: (0..n).collect() }
    }

    fn root(&mut self, mut at: usize) -> usize {
        while let Some(parent) = self.parents.get(at).copied().filter(|parent| *parent != at) {
            // Halves the path, so that long chains stay short.
            let above = self.parents.get(parent).copied().unwrap_or(parent);
            if let Some(place) = self.parents.get_mut(at) {
                *place = above;
            }
            at = parent;
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(place) = self.parents.get_mut(a.max(b)) {
            *place = a.min(b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::ControlRun;

    fn row(account: &str, resource: &str) -> ExceptionRow {
        ExceptionRow {
            account: account.to_owned(),
            resource: resource.to_owned(),
            name: resource.to_owned(),
            file_id: "f".to_owned(),
            record: Some(1),
            ..ExceptionRow::default()
        }
    }

    fn event(account: &str, record: u64, principal: &str) -> ExceptionRow {
        ExceptionRow {
            kind: "ConsoleLogin".to_owned(),
            time: Some(i64::try_from(record).unwrap()),
            record: Some(record),
            principal: principal.to_owned(),
            ..row(account, &format!("e{record}"))
        }
    }

    fn grouped(rows: Vec<(&str, Vec<ExceptionRow>)>) -> Vec<Finding> {
        let runs = rows.into_iter().map(|(id, rows)| (id.to_owned(), ControlRun { rows, ..ControlRun::default() }));
        let evaluation = Evaluation { controls: runs.collect(), ..Evaluation::default() };
        findings(&Catalogue::load(None).unwrap(), &evaluation, &|_, row| row.resource == "accepted")
    }

    #[test]
    fn one_cause_is_one_finding() {
        // By account: two buckets of one account, one of another.
        let found = grouped(vec![("s3-bucket-versioning", vec![row("1", "a"), row("1", "b"), row("2", "c")])]);
        let sizes: Vec<_> = found.iter().map(|f| (f.accounts.join(","), f.subjects.join(","))).collect();
        assert_eq!(sizes.len(), 2, "{sizes:?}");
        assert!(sizes.contains(&("1".to_owned(), "a,b".to_owned())) && sizes.contains(&("2".to_owned(), "c".to_owned())));
    }

    #[test]
    fn one_sign_in_of_root_that_several_controls_note_is_one_finding() {
        let root = "arn:aws:iam::1:root";
        let family: Vec<String> = {
            let catalogue = Catalogue::load(None).unwrap();
            catalogue.controls.values().filter(|c| c.family.as_deref() == Some("root-activity")).map(|c| c.id.clone()).collect()
        };
        assert!(family.len() > 1);
        let found = grouped(family.iter().map(|id| (id.as_str(), vec![event("1", 7, root)])).collect());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].controls.len(), found[0].evidence.as_slice()), (family.len(), ["f:7".to_owned()].as_slice()));
    }

    #[test]
    fn ids_do_not_depend_on_order_or_on_what_else_was_found() {
        let a = grouped(vec![("s3-bucket-versioning", vec![row("1", "a"), row("2", "c")])]);
        let b = grouped(vec![("s3-bucket-versioning", vec![row("2", "c"), row("1", "b"), row("1", "a")])]);
        let ids = |found: &[Finding]| found.iter().map(|f| f.id.clone()).collect::<BTreeSet<_>>();
        assert_eq!(ids(&a), ids(&b));
    }

    #[test]
    fn what_is_accepted_stays_and_stands_last() {
        let found = grouped(vec![("s3-bucket-versioning", vec![row("1", "accepted"), row("2", "c")])]);
        assert_eq!(found.iter().map(Finding::is_accepted).collect::<Vec<_>>(), [false, true]);
        assert_eq!(found[1].waived, 1);
    }
}
