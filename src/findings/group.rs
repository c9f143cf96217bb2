//! From exceptions to findings.

use std::collections::{BTreeMap, BTreeSet};

use super::owner::{self, Listed, Tagged};
use super::{Accepted, EVIDENCE, Finding, accepted, id_of, subject};
use crate::catalogue::{Catalogue, Cause, Control, Kind};
use crate::engagement::Engagement;
use crate::evaluate::{ControlRun, Evaluation, ExceptionRow};

/// One exception and the control that notes it.
struct Noted<'e> {
    control: &'e Control,
    row: &'e ExceptionRow,
    /// Its place among the rows of the control's run.
    at: usize,
}

/// The findings of an evaluation, most severe first, with the risks that an engagement accepts at a date (`YYYY-MM-DD`), and the
/// acceptances that do not stand.
pub fn of_engagement(catalogue: &Catalogue, evaluation: &Evaluation, engagement: &Engagement, tags: &Tagged, as_of: &str) -> Vec<Finding> {
    let accepted = Accepted::at(engagement, as_of);
    let listed = Listed::of(engagement);
    let about = About {
        is_waived: &|control, row| accepted.of(control, row).is_some(),
        owner: &|row| owner::of(tags, &listed, row).map(str::to_owned),
    };
    let mut findings = grouped(catalogue, evaluation, &about);
    findings.extend(accepted::faulty(catalogue, evaluation, engagement, as_of, about.owner));
    in_order(findings)
}

/// What is said of an exception beside the evidence.
struct About<'f> {
    is_waived: &'f dyn Fn(&str, &ExceptionRow) -> bool,
    owner: &'f dyn Fn(&ExceptionRow) -> Option<String>,
}

/// The findings of an evaluation alone. `is_waived` says which exceptions are accepted.
pub fn findings(catalogue: &Catalogue, evaluation: &Evaluation, is_waived: &dyn Fn(&str, &ExceptionRow) -> bool) -> Vec<Finding> {
    in_order(grouped(catalogue, evaluation, &About { is_waived, owner: &|_| None }))
}

/// Most severe first, what is accepted last, with their numbers.
fn in_order(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| (a.is_accepted(), a.severity, &a.title, &a.id).cmp(&(b.is_accepted(), b.severity, &b.title, &b.id)));
    for (at, finding) in findings.iter_mut().enumerate() {
        finding.number = format!("F-{:02}", at + 1);
    }
    findings
}

/// Groups the exceptions of an evaluation.
fn grouped(catalogue: &Catalogue, evaluation: &Evaluation, about: &About<'_>) -> Vec<Finding> {
    let mut noted: Vec<Noted<'_>> = evaluation
        .controls
        .iter()
        .filter_map(|(id, run)| Some((catalogue.controls.get(id)?, run)))
        .flat_map(|(control, run)| run.rows.iter().enumerate().map(move |(at, row)| Noted { control, row, at }))
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
    let mut findings: Vec<Finding> = members.into_values().map(|members| finding(&members, about)).collect();
    for finding in &mut findings {
        let (Some(control), Some(run)) = (catalogue.controls.get(&finding.control), evaluation.controls.get(&finding.control)) else {
            continue;
        };
        finding.deviations = deviations(catalogue, control, run);
    }
    findings
}

/// Exceptions and population of a control, where the population is known to hold more than what its query left as exceptions.
/// Events that are selected by kind, tables of facts and filters over the columns that the exception tests leave it open.
fn deviations(catalogue: &Catalogue, control: &Control, run: &ControlRun) -> Option<(u64, u64)> {
    let is_inventory = control.origin.kind == Kind::Config && control.select.is_none() && control.bursts.is_none();
    let base = control.population.base().and_then(|name| catalogue.schema.table(name))?;
    let is_known = is_inventory && base.storage.is_read() && control.population.is_wider_than(&control.exception);
    is_known.then_some((run.exceptions, run.population))
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
            Cause::Actor => format!("actor={}", actor(row)),
            Cause::Resource => subject::resource(one.control, row),
            // An event keeps its id in whichever file it is delivered.
            Cause::Record if row.time.is_some() && !row.resource.is_empty() => format!("event={}", row.resource),
            Cause::Record => format!("record={}:{}", row.file_id, row.record.unwrap_or_default()),
        });
    }
    parts.join("\n")
}

/// Who acted: the person behind the session, else the principal and its session.
fn actor(row: &ExceptionRow) -> String {
    match row.who.as_ref().map(|who| who.person.as_str()).filter(|person| !person.is_empty()) {
        Some(person) => person.to_owned(),
        // A user's session carries the name of the user, and not every record states it.
        None if row.session.is_empty() || row.principal.rsplit('/').next() == Some(row.session.as_str()) => row.principal.clone(),
        None => format!("{} {}", row.principal, row.session),
    }
}

/// The record of an event. A configuration item is its resource, whose deviations have causes of their own.
fn record(one: &Noted<'_>) -> Option<String> {
    one.row.time?;
    Some(format!("event={}:{}", one.row.file_id, one.row.record?))
}

fn finding(members: &[&Noted<'_>], about: &About<'_>) -> Finding {
    // Members are sorted: the most severe control comes first.
    let lead = members[0];
    let control = lead.control;
    let family = family(control);
    let texts = |text: &dyn Fn(&ExceptionRow) -> String| -> Vec<String> {
        members.iter().map(|one| text(one.row)).filter(|text| !text.is_empty()).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let person = |row: &ExceptionRow| match (&row.who, row.time) {
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
    let controls: BTreeMap<&str, &Control> = members.iter().map(|one| (one.control.id.as_str(), one.control)).collect();
    let causes: BTreeSet<String> = members.iter().map(|one| cause(one)).collect();
    let id = id_of(family, causes.first().map_or("", String::as_str));
    let families: BTreeSet<&str> = controls.values().flat_map(|control| &control.aliases).map(String::as_str).chain([family]).collect();
    let ids: BTreeSet<String> = families.iter().flat_map(|family| causes.iter().map(|cause| id_of(family, cause))).collect();
    let acts = members.iter().filter_map(|one| Some((actor(one.row), one.row.time?))).filter(|(actor, _)| !actor.is_empty());
    Finding {
        aliases: ids.into_iter().filter(|other| *other != id).collect(),
        id,
        family: family.to_owned(),
        title: control.finding.clone(),
        control: control.id.clone(),
        criteria: controls.values().flat_map(|control| &control.criteria).cloned().collect::<BTreeSet<_>>().into_iter().collect(),
        controls: controls.into_keys().map(str::to_owned).collect(),
        severity: control.severity,
        effort: control.effort,
        statement: control.title.clone(),
        effect: control.effect.clone(),
        recommendation: control.recommend.clone(),
        accounts: texts(&|row| row.account.clone()),
        regions: texts(&|row| row.region.clone()),
        resources: resources(members),
        events: texts(&|row| if row.time.is_some() { row.kind.clone() } else { String::new() }),
        actors: texts(&person),
        acts: acts.collect::<BTreeSet<_>>().into_iter().collect(),
        first: times().min(),
        last: times().max(),
        exceptions: members.len() as u64,
        waived: members.iter().filter(|one| (about.is_waived)(&one.control.id, one.row)).count() as u64,
        condition: lead.row.reason.clone(),
        members: members.iter().map(|one| (one.control.id.clone(), one.at)).collect(),
        owner: texts(&|row| (about.owner)(row).unwrap_or_default()),
        evidence,
        ..Finding::default()
    }
}

/// Each resource by one name, of configuration where there is one: records name it in several ways.
fn resources(members: &[&Noted<'_>]) -> Vec<String> {
    let mut names: BTreeMap<String, (bool, &String)> = BTreeMap::new();
    for Noted { control, row, .. } in members {
        let name = match row.time {
            Some(_) => &row.object,
            None if row.name.is_empty() => &row.resource,
            None => &row.name,
        };
        if !name.is_empty() {
            let key = format!("{}\n{}", row.account, subject::resource(control, row));
            let found = (row.time.is_some(), name);
            names.entry(key).and_modify(|first| *first = found.min(*first)).or_insert(found);
        }
    }
    names.into_values().map(|(_, name)| name.clone()).collect::<BTreeSet<_>>().into_iter().collect()
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
        let sizes: Vec<_> = found.iter().map(|f| (f.accounts.join(","), f.resources.join(","))).collect();
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
    fn events_about_one_resource_are_one_finding_with_its_configuration() {
        let opened = |record: u64, bucket: &str, account: &str, region: &str| ExceptionRow {
            object: bucket.to_owned(),
            region: region.to_owned(),
            ..event(account, record, "ada")
        };
        let item = ExceptionRow { kind: "AWS::S3::Bucket".to_owned(), region: "eu-west-1".to_owned(), ..row("1", "b") };
        let rows = vec![
            opened(1, "b", "1", "eu-west-1"),
            opened(2, "b", "1", "eu-west-1"),
            opened(3, "other", "1", "eu-west-1"),
            opened(4, "b", "2", "eu-west-1"),
            opened(5, "b", "1", "us-east-1"),
        ];
        let found = grouped(vec![("event-s3-made-public", rows.clone()), ("s3-bucket-public-read", vec![item.clone()])]);
        let mut sizes: Vec<u64> = found.iter().map(|f| f.exceptions).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [1, 1, 1, 3], "account and Region are never lost");
        // The id is the same whichever of them is noted.
        let whole = found.iter().find(|f| f.exceptions == 3).unwrap();
        assert_eq!(grouped(vec![("s3-bucket-public-read", vec![item])])[0].id, whole.id);
        assert_eq!(grouped(vec![("event-s3-made-public", rows[..1].to_vec())])[0].id, whole.id);
        assert_eq!(
            (whole.resources.as_slice(), whole.events.as_slice()),
            (["b".to_owned()].as_slice(), ["ConsoleLogin".to_owned()].as_slice())
        );
    }

    #[test]
    fn a_user_whose_session_carries_its_name_is_one_actor() {
        let id = {
            let catalogue = Catalogue::load(None).unwrap();
            catalogue.controls.values().find(|c| c.select.is_some() && c.cause == [Cause::Actor]).unwrap().id.clone()
        };
        let user = "arn:aws:iam::1:user/ci";
        let named = ExceptionRow { session: "ci".to_owned(), ..event("1", 2, user) };
        let other = ExceptionRow { session: "other".to_owned(), ..event("1", 3, user) };
        let found = grouped(vec![(&id, vec![event("1", 1, user), named, other])]);
        let mut sizes: Vec<u64> = found.iter().map(|f| f.exceptions).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [1, 2]);
    }

    #[test]
    fn a_renamed_family_keeps_the_ids_of_its_findings_as_aliases() {
        let find = |catalogue: &Catalogue| {
            let runs = [("s3-bucket-versioning".to_owned(), ControlRun { rows: vec![row("1", "a")], ..ControlRun::default() })];
            let evaluation = Evaluation { controls: runs.into_iter().collect(), ..Evaluation::default() };
            findings(catalogue, &evaluation, &|_, _| false).remove(0)
        };
        let mut catalogue = Catalogue::load(None).unwrap();
        let before = find(&catalogue);
        let control = catalogue.controls.get_mut("s3-bucket-versioning").unwrap();
        let former = control.family.replace("versions".to_owned()).unwrap_or_else(|| control.id.clone());
        control.aliases = vec![former];
        let after = find(&catalogue);
        assert!(after.id.starts_with("versions-") && after.id != before.id);
        assert_eq!(after.aliases, [before.id]);
    }

    #[test]
    fn an_event_that_is_delivered_in_another_file_keeps_its_id() {
        let catalogue = Catalogue::load(None).unwrap();
        let id = catalogue.controls.values().find(|c| c.select.is_some() && c.cause == [Cause::Record]).unwrap().id.clone();
        let again = ExceptionRow { file_id: "g".to_owned(), record: Some(9), ..event("1", 3, "ada") };
        assert_eq!(grouped(vec![(&id, vec![event("1", 3, "ada")])])[0].id, grouped(vec![(&id, vec![again])])[0].id);
    }

    #[test]
    fn a_deviation_rate_needs_a_population_that_is_more_than_its_exceptions() {
        let catalogue = Catalogue::load(None).unwrap();
        let run = ControlRun { exceptions: 3, population: 48, ..ControlRun::default() };
        let rate = |id: &str| deviations(&catalogue, &catalogue.controls[id], &run);
        // All buckets of the scope; calls that were selected because they open buckets.
        assert_eq!(rate("s3-bucket-versioning"), Some((3, 48)));
        assert_eq!(rate("event-s3-made-public"), None);
    }

    #[test]
    fn what_is_accepted_stays_and_stands_last() {
        let found = grouped(vec![("s3-bucket-versioning", vec![row("1", "accepted"), row("2", "c")])]);
        assert_eq!(found.iter().map(Finding::is_accepted).collect::<Vec<_>>(), [false, true]);
        assert_eq!(found[1].waived, 1);
    }
}
