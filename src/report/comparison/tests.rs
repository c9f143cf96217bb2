//! Cases. The first duty is that absence of evidence never reads as good news.

use serde_json::{Value, json};

use super::*;
use crate::findings::Status;
use crate::report::Wording;
use crate::report::templates::Templates;

const ACCOUNT: &str = "111122223333";
const OTHER: &str = "444455556666";

fn finding(id: &str, control: &str, account: &str, exceptions: u64) -> Value {
    json!({"number": "F-01", "id": id, "title": "Volume not encrypted", "controls": [control], "severity": "high", "place": account,
        "subjects": "vol-1", "accounts": [account], "regions": ["eu-west-1"], "exceptions": exceptions, "accepted": 0, "is_open": true})
}

fn control(is_over_events: bool) -> Value {
    json!({"title": "Volumes are encrypted", "severity": "high", "is_over_events": is_over_events, "result": "exceptions_noted",
        "extent": "full", "reasons": [], "as_at": if is_over_events { Value::Null } else { json!({"date": "2026-03-31"}) },
        "counts": {"table": if is_over_events { "cloudtrail_events" } else { "ec2_volumes" }, "rows_of": "volumes", "table_rows": 9, "population": 9, "exceptions": 1, "undetermined": 0, "waived": 0},
        "undetermined": [], "sql": [{"name": "exception", "text": "NOT encrypted"}], "text_sha256": "a"})
}

fn account(id: &str) -> Value {
    json!({"id": id, "is_expected": true, "seen_in": ["AWS Config", "CloudTrail", "credential report"]})
}

fn place(account: &str, region: &str) -> Value {
    json!({"account": account, "region": region, "has_configuration": true, "days": 90, "days_missing": 1})
}

/// A report of the second quarter with one finding of a control over resources, one of a control over events.
fn earlier() -> Value {
    json!({
        "schema_version": crate::report::model::SCHEMA_VERSION,
        "profile": "technical",
        "cover": {"client": "Acme", "title": "Review", "period_unmet": "", "period_from": "2026-04-01", "period_to": "2026-06-30", "as_of": "2026-06-30",
            "time_zone": "UTC", "tool_version": "1", "catalogue_sha256": "c", "engagement_sha256": "e"},
        "controls": {"volumes": control(false), "root": control(true)},
        "findings": [finding("volumes-1", "volumes", ACCOUNT, 3), finding("root-1", "root", ACCOUNT, 1)],
        "scope": {"accounts": [account(ACCOUNT), account(OTHER)], "places": [place(ACCOUNT, "eu-west-1"), place(ACCOUNT, "us-east-1"), place(OTHER, "eu-west-1")]},
        "topics": {},
        "account_names": {},
        "appendix": {"thresholds": []},
        "charts": {"other": "members are left alone"}
    })
}

/// The quarter after, tested as fully, without any finding.
fn later() -> Value {
    let mut report = earlier();
    report["cover"]["period_from"] = json!("2026-07-01");
    report["cover"]["period_to"] = json!("2026-09-30");
    report["cover"]["as_of"] = json!("2026-09-30");
    report["findings"] = json!([]);
    for id in ["volumes", "root"] {
        report["controls"][id]["result"] = json!("no_exceptions_noted");
        report["controls"][id]["counts"]["exceptions"] = json!(0);
    }
    report
}

fn issued(report: &Value) -> Issued {
    Issued::parse(report.to_string().as_bytes()).unwrap()
}

fn compared(old: &Value, new: &Value) -> Step {
    compare(vec![issued(old), issued(new)]).steps.remove(0)
}

fn of<'s>(step: &'s Step, id: &str) -> &'s ComparedFinding {
    step.findings.iter().find(|finding| finding.id == id).unwrap()
}

/// What a finding lacks, by kind.
fn kinds(finding: &ComparedFinding) -> Vec<String> {
    let kind = |lack: &Lack| serde_json::to_value(lack).unwrap()["kind"].as_str().unwrap().to_owned();
    finding.lacks.iter().map(kind).collect()
}

/// Statuses and reasons of the finding over resources and of that over events, after a change of the later report.
#[track_caller]
fn after(change: impl FnOnce(&mut Value), volumes: &[&str], root: &[&str]) {
    let mut new = later();
    change(&mut new);
    let step = compared(&earlier(), &new);
    for (id, lacks) in [("volumes-1", volumes), ("root-1", root)] {
        let finding = of(&step, id);
        assert_eq!(kinds(finding), lacks, "{id}: {:?}", finding.lacks);
        assert_eq!(finding.status, if lacks.is_empty() { Status::Fixed } else { Status::NoLongerTestable }, "{id}");
    }
}

#[test]
fn a_finding_is_fixed_only_where_its_control_was_tested_as_fully() {
    after(|_| {}, &[], &[]);
    // A volume that is gone is not a volume that was encrypted.
    let fell = |new| FindingNote::PopulationFell { control: "volumes".to_owned(), old: 9, new };
    let mut new = later();
    new["controls"]["volumes"]["counts"]["population"] = json!(8);
    let step = compared(&earlier(), &new);
    assert!(of(&step, "volumes-1").status == Status::Fixed && of(&step, "volumes-1").notes == [fell(8)]);
    // What of the account of another finding is missing does not bear on this one.
    after(|new| new["scope"]["accounts"] = json!([account(ACCOUNT)]), &[], &[]);
}

#[test]
fn an_account_that_was_not_delivered_hides_findings() {
    after(|new| new["scope"]["accounts"] = json!([account(OTHER)]), &["account_missing"], &["account_missing"]);
    // Expected and seen nowhere is not delivered, either.
    let unseen = json!({"id": ACCOUNT, "is_expected": true, "seen_in": []});
    after(|new| new["scope"]["accounts"] = json!([unseen, account(OTHER)]), &["account_missing"], &["account_missing"]);
}

#[test]
fn a_report_that_does_not_state_its_accounts_shows_no_repair() {
    after(|new| drop(new.as_object_mut().unwrap().remove("scope")), &["evidence_missing"], &["evidence_missing"]);
    let mut old = earlier();
    old.as_object_mut().unwrap().remove("scope");
    assert_eq!(of(&compared(&old, &later()), "volumes-1").status, Status::NoLongerTestable);
}

#[test]
fn a_kind_of_evidence_or_a_region_that_is_missing_hides_what_rests_on_it() {
    let seen = |kinds: &[&str]| json!([{"id": ACCOUNT, "is_expected": true, "seen_in": kinds}]);
    after(|new| new["scope"]["accounts"] = seen(&["CloudTrail", "credential report"]), &["evidence_missing"], &[]);
    after(|new| new["scope"]["accounts"] = seen(&["AWS Config", "credential report"]), &[], &["evidence_missing"]);
    after(|new| new["scope"]["accounts"] = seen(&["AWS Config", "CloudTrail"]), &[], &[]);
    // An event of the same kind may come from another Region of the account; a volume may not.
    after(|new| new["scope"]["places"] = json!([place(ACCOUNT, "eu-west-1")]), &[], &["region_missing"]);
    after(|new| new["scope"]["places"] = json!([place(ACCOUNT, "us-east-1")]), &["region_missing"], &["region_missing"]);
    after(|new| new["scope"]["places"][0]["has_configuration"] = json!(false), &["region_missing"], &[]);
    after(|new| new["scope"]["places"][1]["days_missing"] = json!(2), &[], &["days_missing"]);
}

#[test]
fn a_control_that_was_not_tested_or_is_gone_shows_no_repair() {
    after(
        |new| {
            new["controls"]["volumes"]["result"] = json!("not_tested");
            new["controls"]["volumes"]["reasons"] = json!([{"kind": "no_items", "resource_type": null}]);
        },
        &["control_not_tested"],
        &[],
    );
    after(|new| drop(new["controls"].as_object_mut().unwrap().remove("root")), &[], &["control_absent"]);
    // All controls of a finding count.
    let mut old = earlier();
    old["findings"][0]["controls"] = json!(["volumes", "root"]);
    let mut new = later();
    new["controls"].as_object_mut().unwrap().remove("root");
    assert_eq!(of(&compared(&old, &new), "volumes-1").status, Status::NoLongerTestable);
}

#[test]
fn another_test_of_the_same_name_shows_no_repair_and_other_words_do() {
    let changed = |new: &mut Value| new["controls"]["volumes"]["text_sha256"] = json!("b");
    after(
        |new| {
            changed(new);
            new["controls"]["volumes"]["sql"][0]["text"] = json!("FALSE");
        },
        &["control_changed"],
        &[],
    );
    let mut new = later();
    changed(&mut new);
    let step = compared(&earlier(), &new);
    assert_eq!(of(&step, "volumes-1").status, Status::Fixed);
    assert_eq!(of(&step, "volumes-1").notes, [FindingNote::TextChanged { controls: vec!["volumes".to_owned()] }]);
    let control = step.controls.iter().find(|control| control.id == "volumes").unwrap();
    assert!(control.text_changed && !control.sql_changed);
}

#[test]
fn nothing_to_test_shows_no_repair_unless_the_events_are_shown_to_be_all() {
    let none = |new: &mut Value, id: &str, extent: &str| {
        new["controls"][id]["counts"]["population"] = json!(0);
        new["controls"][id]["result"] = json!("no_occurrences");
        new["controls"][id]["extent"] = json!(extent);
    };
    after(|new| none(new, "volumes", "full"), &["population_zero"], &[]);
    after(|new| none(new, "root", "full"), &[], &[]);
    after(|new| none(new, "root", "partial"), &[], &["population_zero", "limitation"]);
}

#[test]
fn a_finding_about_the_engagement_rests_on_no_evidence() {
    let mut old = earlier();
    old["findings"] = json!([finding("risk-acceptance-expired-1", "", "", 0)]);
    old["findings"][0]["controls"] = json!([]);
    assert_eq!(of(&compared(&old, &old.clone()), "risk-acceptance-expired-1").status, Status::Open);
    let mut new = later();
    assert_eq!(of(&compared(&old, &new), "risk-acceptance-expired-1").status, Status::Fixed);
    new["cover"]["engagement_sha256"] = json!("");
    assert_eq!(of(&compared(&old, &new), "risk-acceptance-expired-1").status, Status::NoLongerTestable);
}

#[test]
fn a_shorter_list_may_lack_a_file() {
    // Results of an AWS Config rule come in a file for each rule: one that was not supplied leaves no trace in the others.
    let of = |table: &str| {
        let (mut old, mut new) = (earlier(), later());
        for report in [&mut old, &mut new] {
            report["controls"]["volumes"]["counts"]["table"] = json!(table);
        }
        new["controls"]["volumes"]["counts"]["population"] = json!(8);
        of(&compared(&old, &new), "volumes-1").clone()
    };
    let rules = of("config_compliance");
    assert_eq!((rules.status, kinds(&rules)), (Status::NoLongerTestable, vec!["population_fell".to_owned()]));
    assert_eq!(of("ec2_volumes").status, Status::Fixed);
}

#[test]
fn a_limitation_counts_where_it_is_new_or_larger() {
    let with = |reason: Value| {
        move |new: &mut Value| {
            new["controls"]["volumes"]["extent"] = json!("partial");
            new["controls"]["volumes"]["reasons"] = json!([reason]);
        }
    };
    let recorded = |account: &str, region: &str| json!({"kind": "not_known_recorded", "places": [{"account": account, "region": region}]});
    after(with(recorded("111122223333", "eu-west-1")), &["limitation"], &[]);
    after(with(recorded("111122223333", "")), &["limitation"], &[]);
    // Of another account it says nothing about this finding.
    after(with(recorded("444455556666", "eu-west-1")), &[], &[]);
    after(with(recorded("everywhere", "")), &["limitation"], &[]);
    let weaker = |days: u64| json!({"kind": "days_weaker", "days": days, "lines": 1});
    after(with(weaker(3)), &["limitation"], &[]);
    after(with(json!({"kind": "expected_unknown", "what": "accounts"})), &["limitation"], &[]);

    let mut old = earlier();
    with(weaker(3))(&mut old);
    for (days, status) in [(3, Status::Fixed), (2, Status::Fixed), (4, Status::NoLongerTestable)] {
        let mut new = later();
        with(weaker(days))(&mut new);
        assert_eq!(of(&compared(&old, &new), "volumes-1").status, status, "{days}");
    }
}

#[test]
fn a_row_that_could_not_be_decided_may_be_the_finding() {
    let undecided = |rows: &[(&str, &str)], n: u64| {
        let rows: Vec<Value> = rows
            .iter()
            .map(|(account, id)| json!({"resource": id, "account": account, "region": "eu-west-1", "reason": "not supplied"}))
            .collect();
        move |new: &mut Value| {
            new["controls"]["volumes"]["undetermined"] = json!(rows);
            new["controls"]["volumes"]["counts"]["undetermined"] = json!(n);
            new["controls"]["volumes"]["extent"] = json!("partial");
            new["controls"]["volumes"]["reasons"] = json!([{"kind": "undecided", "undetermined": n, "population": 9}]);
        }
    };
    after(undecided(&[(ACCOUNT, "vol-1")], 1), &["undecided"], &[]);
    after(undecided(&[(OTHER, "vol-1")], 1), &[], &[]);
    // Not all of them are named.
    after(undecided(&[(OTHER, "vol-1")], 2), &["undecided"], &[]);
    let mut old = earlier();
    undecided(&[(ACCOUNT, "vol-7")], 1)(&mut old);
    for (id, status) in [("vol-7", Status::Fixed), ("vol-1", Status::NoLongerTestable)] {
        let mut new = later();
        undecided(&[(ACCOUNT, id)], 1)(&mut new);
        assert_eq!(of(&compared(&old, &new), "volumes-1").status, status, "{id}");
    }
}

#[test]
fn periods_that_do_not_overlap_are_said_and_shorter_ones_show_no_repair() {
    let step = compared(&earlier(), &later());
    let period = |step: &Step| {
        let of = |difference: &Difference| match difference {
            Difference::Period { old, new, is_apart, days_between } => Some((old.days, new.days, *is_apart, *days_between)),
            _ => None,
        };
        step.differences.iter().find_map(of).unwrap()
    };
    assert_eq!(period(&step), (Some(91), Some(92), true, 0));
    assert_eq!(of(&step, "root-1").notes, [FindingNote::NoEventAgain]);

    // One month, a month after: events of it are too few, and nothing was tested of July.
    let month = |new: &mut Value| {
        new["cover"]["period_from"] = json!("2026-08-01");
        new["cover"]["period_to"] = json!("2026-08-31");
    };
    after(month, &[], &["period_shorter"]);
    let mut new = later();
    month(&mut new);
    assert_eq!(period(&compared(&earlier(), &new)), (Some(91), Some(31), true, 31));
    after(|new| new["cover"]["period_from"] = json!("July"), &[], &["period_shorter"]);
    after(|new| new["cover"]["period_unmet"] = json!("No record."), &["period_unmet"], &["period_unmet"]);
}

#[test]
fn an_earlier_report_given_as_the_later_one_shows_no_repair() {
    let step = compared(&later(), &{
        let mut old = earlier();
        old["findings"] = json!([]);
        old
    });
    assert!(step.differences.contains(&Difference::Order));
    let mut new = later();
    new["findings"] = earlier()["findings"].clone();
    let mut old = earlier();
    old["findings"] = json!([]);
    let step = compared(&new, &old);
    assert!(step.findings.iter().all(|f| f.status == Status::NoLongerTestable && f.lacks[0] == Lack::Order), "{step:?}");
}

#[test]
fn findings_that_are_noted_again() {
    let mut new = later();
    let case = |new: &mut Value, exceptions: u64, accepted: u64, severity: &str| {
        new["findings"] = json!([finding("volumes-1", "volumes", ACCOUNT, exceptions)]);
        new["findings"][0]["accepted"] = json!(accepted);
        new["findings"][0]["is_open"] = json!(accepted < exceptions);
        new["findings"][0]["severity"] = json!(severity);
        of(&compared(&earlier(), new), "volumes-1").status
    };
    assert_eq!(case(&mut new, 3, 0, "high"), Status::Open);
    assert_eq!(case(&mut new, 4, 0, "high"), Status::Worse);
    assert_eq!(case(&mut new, 2, 0, "high"), Status::Better);
    assert_eq!(case(&mut new, 2, 0, "critical"), Status::Worse);
    assert_eq!(case(&mut new, 3, 0, "low"), Status::Better);
    assert_eq!(case(&mut new, 9, 9, "high"), Status::RiskAccepted);
    assert_eq!(case(&mut new, 9, 8, "high"), Status::Worse);
    // Fewer of them is good news only where all could be noted.
    new["controls"]["volumes"]["extent"] = json!("partial");
    new["controls"]["volumes"]["reasons"] =
        json!([{"kind": "not_known_recorded", "places": [{"account": "111122223333", "region": "us-east-1"}]}]);
    assert_eq!(case(&mut new, 2, 0, "high"), Status::Open);
}

#[test]
fn a_finding_may_be_new_to_the_reports_only() {
    let mut new = later();
    new["findings"] = json!([finding("volumes-9", "volumes", OTHER, 1)]);
    let step = compared(&earlier(), &new);
    assert_eq!((of(&step, "volumes-9").status, of(&step, "volumes-9").notes.len()), (Status::New, 0));
    let mut old = earlier();
    old["scope"]["accounts"] = json!([account(ACCOUNT)]);
    old["controls"]["volumes"]["result"] = json!("not_tested");
    let step = compared(&old, &new);
    let notes = [
        FindingNote::NotTestedBefore { controls: vec!["volumes".to_owned()] },
        FindingNote::NotSeenBefore { accounts: vec![OTHER.to_owned()] },
    ];
    assert_eq!((of(&step, "volumes-9").status, of(&step, "volumes-9").notes.as_slice()), (Status::New, notes.as_slice()));
}

#[test]
fn a_finding_keeps_its_earlier_ids() {
    let mut new = later();
    new["findings"] = json!([finding("disks-1", "volumes", ACCOUNT, 3)]);
    new["findings"][0]["aliases"] = json!(["volumes-1"]);
    let step = compared(&earlier(), &new);
    assert_eq!(step.findings.len(), 2);
    assert_eq!(of(&step, "disks-1").status, Status::Open);
}

#[test]
fn a_finding_without_an_account_or_over_a_history_is_judged_with_care() {
    let mut old = earlier();
    old["findings"][0]["accounts"] = json!([]);
    assert_eq!(of(&compared(&old, &later()), "volumes-1").lacks, [Lack::EvidenceMissing(MissingEvidence::AccountNotNamed)]);
    let mut old = earlier();
    old["controls"]["volumes"]["counts"]["table"] = json!("ec2_volumes_history");
    let mut new = later();
    new["cover"]["period_to"] = json!("2026-07-31");
    new["cover"]["as_of"] = json!("2026-07-31");
    assert_eq!(of(&compared(&old, &new), "volumes-1").lacks, [Lack::PeriodShorter { old: Some(91), new: Some(31) }]);
}

#[test]
fn controls_of_one_catalogue_are_named_and_thresholds_compared() {
    let mut new = later();
    new["controls"]["more"] = control(false);
    new["controls"].as_object_mut().unwrap().remove("root");
    new["cover"]["engagement_sha256"] = json!("f");
    let oldest_key = |days: i64| json!([{"key": "max_key_age_days", "days": days, "is_stated": true}]);
    new["appendix"]["thresholds"] = oldest_key(365);
    let mut old = earlier();
    old["appendix"]["thresholds"] = oldest_key(90);
    let step = compared(&old, &new);
    assert_eq!((&step.controls_only_old, &step.controls_only_new), (&vec!["root".to_owned()], &vec!["more".to_owned()]));
    let looser = Difference::Threshold { key: "max_key_age_days".to_owned(), old: Some(90), new: Some(365) };
    assert!(step.differences.contains(&looser));
    // A looser threshold is no repair: who reads of one is told.
    let volumes = step.findings.iter().find(|finding| finding.id == "volumes-1").unwrap();
    assert_eq!((volumes.status, volumes.notes.as_slice()), (Status::Fixed, [FindingNote::ThresholdChanged].as_slice()));
}

/// Charges by month and currency: (month, currency, amount).
fn spend_of(rows: &[(&str, &str, &str)]) -> Value {
    let months: Vec<Value> = rows
        .iter()
        .map(
            |(month, currency, amount)| json!({"charge_month": month, "billing_currency": currency, "billed": amount, "effective": amount}),
        )
        .collect();
    let currencies: std::collections::BTreeSet<&str> = rows.iter().map(|row| row.1).collect();
    let totals: Vec<Value> = currencies
        .into_iter()
        .map(|currency| {
            let own = rows.iter().filter(|row| row.1 == currency);
            let sum = own.clone().filter_map(|row| crate::base::decimal::parse(row.2).ok()).map(|amount| amount.units).sum::<i128>();
            json!({"currency": currency, "months": own.count(), "effective": crate::base::decimal::text(sum)})
        })
        .collect();
    json!({
        "cost/totals": {"not_tested": "", "queries": {"months": {"rows": months}, "currencies": {"rows": totals}}},
        "cost/opportunities": {"not_tested": "", "queries": {
            "opportunities": {"rows": [{"metric_id": "m", "title": "Idle", "currency": "USD", "amount_per_month": "1.5"}]},
            "sums": {"rows": [{"currency": "USD", "per_month": "1.5"}]}}},
    })
}

#[test]
fn spend_is_subtracted_within_a_currency_and_over_as_many_months_only() {
    let (mut old, mut new) = (earlier(), later());
    old["topics"] = spend_of(&[("2026-05", "USD", "10.5"), ("2026-06", "USD", "1"), ("2026-06", "EUR", "7")]);
    new["topics"] = spend_of(&[("2026-07", "USD", "12.25"), ("2026-07", "EUR", "9"), ("2026-07", "GBP", "1")]);
    let spend = compared(&old, &new).spend;
    let changes: Vec<(&str, &str)> = spend.totals.iter().map(|t| (t.currency.as_str(), t.change.as_str())).collect();
    assert_eq!(changes, [("EUR", "2"), ("GBP", ""), ("USD", "")]);
    assert_eq!(spend.months.len(), 6);
    assert_eq!((spend.opportunities[0].old.as_str(), spend.opportunities[0].new.as_str()), ("1.5", "1.5"));
    let text = page(&compare(vec![issued(&old), issued(&new)])).markdown;
    assert!(text.contains("(GBP: 0 before, 1 now; USD: 2 before, 1 now)"), "{text}");
    // Without charges of one of them nothing is set against the other's.
    new["topics"] = json!({});
    let spend = compared(&old, &new).spend;
    assert!(spend.totals.is_empty() && spend.not_compared == [NoSpend::NoSection { report: Side::Later }]);
}

#[test]
fn several_reports_stand_in_the_order_of_their_periods() {
    let quarter = |from: &str, to: &str, findings: usize| {
        let mut report = later();
        report["cover"]["period_from"] = json!(from);
        report["cover"]["period_to"] = json!(to);
        report["findings"] = json!((0..findings).map(|n| finding(&format!("volumes-{n}"), "volumes", ACCOUNT, 1)).collect::<Vec<_>>());
        issued(&report)
    };
    let (a, b, c) =
        (quarter("2026-01-01", "2026-03-31", 1), quarter("2026-04-01", "2026-06-30", 3), quarter("2026-07-01", "2026-09-30", 2));
    let first = compare(vec![a.clone(), b.clone(), c.clone()]);
    assert_eq!(first.reports.iter().map(|report| report.open[1]).collect::<Vec<_>>(), [1, 3, 2]);
    assert_eq!(first.reports.iter().map(|report| report.label.as_str()).collect::<Vec<_>>(), ["A", "B", "C"]);
    assert_eq!(first.steps.len(), 2);
    for order in [vec![c.clone(), a.clone(), b.clone()], vec![b, c, a]] {
        assert_eq!(compare(order), first);
    }
    let text = page(&first).markdown;
    assert!(text.contains("## 1 Trend") && text.contains("| B | 2026-04-01 to 2026-06-30 | 0 | 3 | 0 | 0 | 0 | 0 |"), "{text}");
}

#[test]
fn the_order_of_findings_changes_nothing() {
    let (mut old, mut new) = (earlier(), later());
    let list = |ids: &[&str]| json!(ids.iter().map(|id| finding(id, "volumes", ACCOUNT, 1)).collect::<Vec<_>>());
    old["findings"] = list(&["a", "b", "c"]);
    new["findings"] = list(&["b", "d", "e"]);
    let first = compared(&old, &new);
    old["findings"] = list(&["c", "a", "b"]);
    new["findings"] = list(&["e", "d", "b"]);
    assert_eq!(compared(&old, &new), first);
}

#[test]
fn what_is_no_whole_report_of_this_version_is_refused_with_help() {
    use crate::base::help::printed;
    let error = |bytes: &[u8]| printed(&Issued::parse(bytes).unwrap_err());
    let whole = earlier().to_string();
    let cut = error(&whole.as_bytes()[..whole.len() / 2]);
    assert!(cut.contains("cut off") && cut.contains("help: copy the report again"), "{cut}");
    for none in ["", "[]", "{}", "{\"schema_version\": \"2\"}", "no json", "null", "{\"schema_version\": -1}"] {
        let text = error(none.as_bytes());
        assert!(text.contains("help: "), "{none}: {text}");
    }
    let mut other = earlier();
    other["schema_version"] = json!(99);
    assert!(error(other.to_string().as_bytes()).contains("has schema version 99"));
    let mut damaged = earlier();
    damaged["findings"][0]["severity"] = json!("awful");
    assert!(error(damaged.to_string().as_bytes()).contains("it is damaged"));
    let mut twice = earlier();
    twice["findings"][1]["id"] = json!("volumes-1");
    assert!(error(twice.to_string().as_bytes()).contains("the finding volumes-1 twice"));
    let deep = format!("{{\"schema_version\": 2, \"controls\": {}", "[".repeat(200_000));
    assert!(error(deep.as_bytes()).contains("help: "));
}

fn page(comparison: &Comparison) -> crate::report::Page {
    render(comparison, &std::collections::BTreeMap::new(), &Templates::load(None).unwrap()).unwrap()
}

#[test]
fn hostile_text_of_a_report_stays_text() {
    let attack = "<script>alert(1)</script> <!--sixpillars:kpi--> [x](javascript:alert(1)) ![y](https://evil.example/p.png) | `b` \u{202E}";
    let hostile = |mut report: Value| {
        for key in ["client", "title", "tool_version", "as_of", "time_zone", "period_unmet"] {
            report["cover"][key] = json!(attack);
        }
        report["cover"]["period_from"] = json!(attack);
        for finding in report["findings"].as_array_mut().unwrap() {
            for key in ["title", "subjects", "place", "number"] {
                finding[key] = json!(attack);
            }
            finding["accounts"] = json!([attack]);
        }
        report["controls"][attack] = control(false);
        report["controls"]["volumes"]["title"] = json!(attack);
        report["topics"] = spend_of(&[(attack, attack, attack)]);
        report["scope"]["accounts"][0]["id"] = json!(attack);
        report["account_names"] = json!({attack: attack});
        report
    };
    let (mut old, new) = (hostile(earlier()), hostile(later()));
    old["controls"][format!("{attack}2")] = control(false);
    let comparison = compare(vec![issued(&old), issued(&new)]);
    let names = [(attack.to_owned(), attack.to_owned())].into();
    let page = render(&comparison, &names, &Templates::load(None).unwrap()).unwrap();
    for bad in ["<script>alert", "<img", "href=\"javascript", "evil.example/p.png\"", "\u{202E}"] {
        assert!(!page.html.contains(bad), "{bad}");
    }
    assert!(!page.markdown.contains('\u{202E}'));
}

#[test]
fn a_baseline_gives_findings_their_status_and_the_summary_its_sentence() {
    let mut report = crate::report::fixture::report();
    report.findings.truncate(2);
    report.findings[0].id = "kept-1".to_owned();
    report.findings[1].id = "fresh-1".to_owned();
    let own = Issued::parse(&serde_json::to_vec(&report).unwrap()).unwrap();
    let mut old = own.clone();
    old.findings.truncate(1);
    let templates = Templates::load(None).unwrap();
    apply(&mut report, &compare(vec![old, own]), &templates, &Wording::new(&templates).unwrap()).unwrap();
    assert_eq!(report.findings[0].status, Some(Status::Open));
    assert_eq!(report.findings[1].status, Some(Status::New));
    let stated = &report.summary.statements.last().unwrap().text;
    assert!(
        stated
            .starts_with("Findings: 1 new, 0 worse, 0 fixed, 0 no longer testable since 1 January 2024 to 31 March 2024; 0 better, 1 open"),
        "{stated}"
    );
    let status = report.summary.top_exceptions.columns.iter().position(|column| column.title == "Status").unwrap();
    assert_eq!(report.summary.top_exceptions.rows[0][status].text, "open");
}
