//! Every variant of the comparison's data once through the templates.

use serde::Serialize;
use serde_json::json;

use super::*;
use crate::findings::Status;
use crate::reason::Place;
use crate::report::model::{Extent, Outcome, Profile, Severity};
use crate::report::notes::Document;
use crate::report::templates::Templates;
use crate::report::words::Words;

/// What a component says of a value.
fn said(component: &str, argument: &'static str, value: &impl Serialize) -> String {
    Words::of_document(Document::Comparison, &Templates::load(None).unwrap()).unwrap().of(component, argument, value).unwrap()
}

/// Compares the words of values, listed by the pattern of their variant. The same patterns are a match without a wildcard, so that
/// a variant without words here does not compile.
macro_rules! worded {
    ($component:literal, $argument:literal, $type:ty, $($pattern:pat => [$(($value:expr, $words:expr)),+ $(,)?]),+ $(,)?) => {
        let variant = |value: &$type| match value { $($pattern => stringify!($pattern)),+ };
        for (value, pattern, words) in [$($(($value, stringify!($pattern), $words)),+),+] {
            assert_eq!(variant(&value), pattern);
            assert_eq!(said($component, $argument, &value), words);
            let json = serde_json::to_value(&value).unwrap();
            assert_eq!(serde_json::from_value::<$type>(json.clone()).unwrap(), value, "{json}");
        }
    };
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).into()
}

fn of(text: &str) -> String {
    text.to_owned()
}

fn period(from: &str, to: &str, days: Option<u64>) -> TestedPeriod {
    TestedPeriod { from: of(from), to: of(to), days }
}

fn account(id: &str, name: &str) -> NamedAccount {
    NamedAccount { id: of(id), name: of(name) }
}

#[test]
fn differences() {
    use Difference as D;
    use ScopeDifference as S;
    let quarter = || period("2026-04-01", "2026-06-30", Some(91));
    let month = || period("2026-08-01", "2026-08-31", Some(1));
    let dates = |new, is_apart, days_between| D::Period { old: quarter(), new, is_apart, days_between };
    let accounts = |report, accounts: &[NamedAccount]| D::Scope(S::Accounts { report, accounts: accounts.to_vec() });
    let seven: Vec<NamedAccount> = "abcdefg".chars().map(|id| account(&id.to_string(), "")).collect();
    worded!("difference", "d", D,
        D::Client { .. } => [(D::Client { old: of("A & B"), new: of("C") }, "The reports name different clients: A & B and C.")],
        D::Order => [(D::Order, "The report given as the later one is of an earlier date. Nothing is called fixed or better.")],
        D::PeriodUnmet { .. } => [(
            D::PeriodUnmet { report: Side::Earlier, why: of("No record.") },
            "Period and evidence of the earlier report do not meet. No record."
        )],
        D::Period { .. } => [
            (
                dates(period("", "", None), false, 0),
                "The periods differ: 2026-04-01 to 2026-06-30 (91 days) and period not determined (length not known)."
            ),
            (
                dates(month(), true, 31),
                "The periods differ: 2026-04-01 to 2026-06-30 (91 days) and 2026-08-01 to 2026-08-31 (1 day). They do not overlap, so events \
                 of one cannot stand in the other: fixed means, of events, that none of the kind was noted again. Nothing was tested of the \
                 31 days between them."
            ),
        ],
        D::TimeZone { .. } => [(D::TimeZone { old: of("UTC"), new: of("Europe/Dublin") }, "Time zones differ: UTC and Europe/Dublin.")],
        D::Scope(S::AccountsNotStated { .. }) => [(
            D::Scope(S::AccountsNotStated { report: Side::Later }),
            "The later report does not state which accounts its evidence is of."
        )],
        D::Scope(S::Accounts { .. }) => [
            (
                accounts(Side::Earlier, &[account("1", "prod"), account("2", "")]),
                "Accounts with evidence in the earlier report only: 1 (prod), 2. Their findings are no longer testable."
            ),
            (
                accounts(Side::Later, &seven),
                "Accounts with evidence in the later report only: a, b, c, d, e, f and 1 more. Their findings are new to the reports, not \
                 necessarily to the accounts."
            ),
        ],
        D::Scope(S::Evidence { .. }) => [(
            D::Scope(S::Evidence { account: account("1", "prod"), evidence: texts(["AWS Config", "cost"]) }),
            "Of account 1 (prod) the later report has none of these records: AWS Config, cost."
        )],
        D::Scope(S::Regions { .. }) => [(
            D::Scope(S::Regions { places: vec![Place::new("1", "eu-west-1"); 8] }),
            "Regions with evidence in the earlier report only: 1 eu-west-1, 1 eu-west-1, 1 eu-west-1, 1 eu-west-1, 1 eu-west-1, 1 eu-west-1 \
             and 2 more."
        )],
        D::Profile { .. } => [(
            D::Profile { old: Profile::Technical, new: Profile::Auditor },
            "The profiles differ: technical and auditor. What one of them leaves out is not compared."
        )],
        D::Tool { .. } => [(D::Tool { old: of("1.0"), new: of("2.0") }, "Versions of the tool differ: 1.0 and 2.0.")],
        D::Catalogue => [(
            D::Catalogue,
            "The catalogues differ. Controls whose text changed are marked; those that only one catalogue holds are named."
        )],
        D::Engagement { .. } => [
            (D::Engagement { in_old: false, in_new: true }, "The later report uses an engagement file, the earlier one none."),
            (D::Engagement { in_old: true, in_new: false }, "The earlier report uses an engagement file, the later one none."),
            (
                D::Engagement { in_old: true, in_new: true },
                "The engagement files differ: scope, lists of known names and accepted risks may be others."
            ),
        ],
        D::Threshold { .. } => [
            (D::Threshold { key: of("max_idle_days"), old: Some(0), new: Some(365) }, "max_idle_days: 0 before, 365 now."),
            (D::Threshold { key: of("k"), old: None, new: Some(1) }, "k: not stated before, 1 now."),
        ],
    );
}

#[test]
fn lacks() {
    use Lack as L;
    use MissingEvidence as M;
    let c = || of("c");
    let (one, eu) = (|| of("1"), || of("eu-west-1"));
    worded!("lack", "l", L,
        L::Order => [(L::Order, "the later report is of an earlier date")],
        L::PeriodUnmet => [(L::PeriodUnmet, "period and evidence of the later report do not meet")],
        L::AccountMissing { .. } => [(L::AccountMissing { account: one() }, "account 1 is not in the later report")],
        L::ControlAbsent { .. } => [
            (L::ControlAbsent { control: None, report: Side::Earlier }, "the earlier report names no control of it"),
            (L::ControlAbsent { control: Some(c()), report: Side::Earlier }, "c is not described in the earlier report"),
            (L::ControlAbsent { control: Some(c()), report: Side::Later }, "c is not in the later report"),
        ],
        L::ControlNotTested { .. } => [
            (L::ControlNotTested { control: c(), reasons: Vec::new() }, "c was not tested"),
            (L::ControlNotTested { control: c(), reasons: texts(["a", "b", "d"]) }, "c was not tested: a and 2 more"),
        ],
        L::RegionMissing { .. } => [
            (L::RegionMissing { is_configuration: false, account: one(), region: eu() }, "1 eu-west-1 is not in the later report"),
            (
                L::RegionMissing { is_configuration: true, account: one(), region: eu() },
                "no AWS Config files of 1 eu-west-1 were supplied for the later report"
            ),
        ],
        L::EvidenceMissing(M::Records { .. }) => [(
            L::EvidenceMissing(M::Records { evidence: of("cost"), account: one() }),
            "no cost records of account 1 were supplied for the later report"
        )],
        L::EvidenceMissing(M::EngagementFile) => [(L::EvidenceMissing(M::EngagementFile), "the later report uses no engagement file")],
        L::EvidenceMissing(M::AccountsNotStated { .. }) => [(
            L::EvidenceMissing(M::AccountsNotStated { report: Side::Earlier }),
            "the earlier report does not state which accounts its evidence is of"
        )],
        L::EvidenceMissing(M::AccountNotNamed) => [(
            L::EvidenceMissing(M::AccountNotNamed),
            "the earlier report names no account of it"
        )],
        L::PeriodShorter { .. } => [
            (L::PeriodShorter { old: Some(91), new: Some(31) }, "31 days were tested, before 91"),
            (L::PeriodShorter { old: Some(91), new: None }, "the periods tested are not known"),
        ],
        L::PopulationZero { .. } => [(L::PopulationZero { control: c(), old: 9 }, "c had nothing to test, before 9")],
        L::PopulationFell { .. } => [(
            L::PopulationFell { control: c(), old: 9, new: 8 },
            "c had 8 rows to test, before 9, and nothing says whether the others are gone or were not supplied"
        )],
        L::ControlChanged { .. } => [(L::ControlChanged { control: c() }, "the test of c is another one")],
        L::Limitation { .. } => [
            (L::Limitation { control: c(), reason: Some(of("no events")) }, "c: no events"),
            (L::Limitation { control: c(), reason: None }, "c: the evidence reaches less far than before"),
        ],
        L::Undecided { .. } => [
            (
                L::Undecided { control: c(), resources: Vec::new(), more: 0 },
                "c: more rows could not be decided than the report names, and this may be one of them"
            ),
            (L::Undecided { control: c(), resources: texts(["a", "b", "d"]), more: 4 }, "c: unable to conclude on a, b, d and 4 more"),
            (L::Undecided { control: c(), resources: texts(["a < b"]), more: 0 }, "c: unable to conclude on a < b"),
        ],
        L::DaysMissing { .. } => [(
            L::DaysMissing { new: 1, account: one(), region: eu(), old: 0 },
            "nothing is here of 1 day in 1 eu-west-1, before of 0"
        )],
    );
}

#[test]
fn notes() {
    use FindingNote as N;
    worded!("finding_note", "n", N,
        N::TextChanged { .. } => [(
            N::TextChanged { controls: texts(["a", "b", "c", "d"]) },
            "The text of the control changed between the catalogues: a, b, c and 1 more."
        )],
        N::MayBeMissing => [(N::MayBeMissing, "Fewer exceptions or a lower severity may come from missing evidence.")],
        N::SeverityChanged { .. } => [(
            N::SeverityChanged { old: Severity::High, new: Severity::Informational },
            "Severity high before, informational now."
        )],
        N::AcceptanceEnded => [(N::AcceptanceEnded, "Exceptions that were accepted before are not any more.")],
        N::NoEventAgain => [(N::NoEventAgain, "No event of the kind was noted again; that says nothing of those noted before.")],
        N::EngagementResolved => [(N::EngagementResolved, "The engagement file does not give rise to it any more.")],
        N::PopulationFell { .. } => [(
            N::PopulationFell { control: of("c"), old: 9, new: 8 },
            "The population of c fell from 9 to 8: what was noted may be gone rather than repaired."
        )],
        N::Followed { .. } => [(
            N::Followed { findings: texts(["F-01", "F-02", "F-03"]), more: 2 },
            "New findings of the same control and account: F-01, F-02, F-03 and 2 more."
        )],
        N::NotTestedBefore { .. } => [(N::NotTestedBefore { controls: texts(["a"]) }, "Not tested in the earlier report: a.")],
        N::NotSeenBefore { .. } => [(N::NotSeenBefore { accounts: texts(["1", "2"]) }, "Not in the earlier report: account 1, 2.")],
        N::ThresholdChanged => [(N::ThresholdChanged, "A threshold changed between the reports, which may be why.")],
    );
    worded!("no_spend", "n", NoSpend,
        NoSpend::NoSection { .. } => [(
            NoSpend::NoSection { report: Side::Later },
            "The later report states no spend: it has no such section."
        )],
        NoSpend::NotTested { .. } => [(
            NoSpend::NotTested { report: Side::Earlier, why: of("No charge was supplied.") },
            "The earlier report states no spend: No charge was supplied."
        )],
    );
}

#[test]
fn cells() {
    let part = |accepted| Part { number: of("F-01"), severity: Severity::High, exceptions: 1_234, accepted };
    assert_eq!(said("finding_part", "p", &part(0)), "F-01: 1,234 exceptions");
    assert_eq!(said("finding_part", "p", &Part { exceptions: 1, ..part(2_000) }), "F-01: 1 exception, 2,000 accepted");
    let finding = |subjects: &str| json!({"title": "Volume not encrypted", "subjects": subjects, "id": "v-1"});
    assert_eq!(said("finding", "f", &finding("vol-1")), "Volume not encrypted: vol-1 (v-1)");
    assert_eq!(said("finding", "f", &finding("")), "Volume not encrypted (v-1)");
    let notes = |lacks: usize, notes: usize| {
        let lacks = vec![Lack::Order, Lack::PeriodUnmet, Lack::Order, Lack::Order][..lacks].to_vec();
        said("finding_notes", "f", &json!({"lacks": lacks, "notes": vec![FindingNote::MayBeMissing; notes]}))
    };
    let (order, unmet) = ("the later report is of an earlier date", "period and evidence of the later report do not meet");
    let note = "Fewer exceptions or a lower severity may come from missing evidence.";
    assert_eq!(notes(0, 0), "");
    assert_eq!(notes(0, 2), format!("{note} {note}"));
    assert_eq!(notes(1, 0), format!("Not concluded: {order}."));
    assert_eq!(notes(3, 1), format!("Not concluded: {order}; {unmet}; and 1 further reason. {note}"));
    assert_eq!(notes(4, 0), format!("Not concluded: {order}; {unmet}; and 2 further reasons."));
    let (result, extent) = (Outcome::ExceptionsNoted, Extent::Partial);
    let noted = ControlCounts { result, extent, population: 61_000, exceptions: 1_000, undetermined: 3, accepted: 2 };
    let words = "exceptions noted, 1,000 of 61,000, 2 accepted, unable to conclude on 3, with evidence limitations";
    assert_eq!(said("control_counts", "c", &noted), words);
    let clean =
        ControlCounts { result: Outcome::NoExceptionsNoted, extent: Extent::Full, exceptions: 0, undetermined: 0, accepted: 0, ..noted };
    assert_eq!(said("control_counts", "c", &clean), "no exceptions noted, 0 of 61,000");
    assert_eq!(said("control_counts", "c", &ControlCounts { result: Outcome::NotTested, ..noted }), "not tested");
    for (text_changed, sql_changed, words) in [
        (true, true, "The test is another one: its results are not comparable."),
        (true, false, "Its text changed, its SQL did not."),
        (false, false, ""),
    ] {
        assert_eq!(said("control_note", "c", &json!({"text_changed": text_changed, "sql_changed": sql_changed})), words);
    }
}

#[test]
fn sums() {
    let count = |status, findings| StatusCount { status, findings };
    let counts = [count(Status::Worse, 1_000), count(Status::New, 0), count(Status::NoLongerTestable, 2)];
    assert_eq!(said("became", "counts", &counts), "Findings: 1,000 worse, 2 no longer testable.");
    assert_eq!(said("became", "counts", &[count(Status::New, 0)]), "Neither report holds a finding.");
    let words = Words::of_document(Document::Comparison, &Templates::load(None).unwrap()).unwrap();
    let since = |differences| {
        let counts = Status::ALL.into_iter().zip(1..).map(|(status, n)| count(status, n)).collect();
        let mut context = tera::Context::new();
        context.insert("step", &Step { counts, differences, ..Step::default() });
        context.insert("period", &period("2026-04-01", "2026-06-30", None));
        words.with("since", &context).unwrap()
    };
    let figures =
        "Findings: 2 new, 1 worse, 3 fixed, 6 no longer testable since 2026-04-01 to 2026-06-30; 4 better, 7 open, 5 risk accepted.";
    assert_eq!(since(Vec::new()), format!("{figures} comparison.html names each."));
    let one = "One difference between the reports makes the comparison weaker.";
    assert_eq!(since(vec![Difference::Order]), format!("{figures} {one} comparison.html names each."));
    let two = "2 differences between the reports make the comparison weaker.";
    assert_eq!(since(vec![Difference::Order, Difference::Catalogue]), format!("{figures} {two} comparison.html names each."));
}

#[test]
fn a_folder_of_templates_replaces_the_words() {
    let folder = tempfile::TempDir::new().unwrap();
    let own = Templates::load(None).unwrap();
    let put = |name: &str, from: &str, to: &str| {
        assert!(own.text(name).contains(from));
        std::fs::write(folder.path().join(name), own.text(name).replace(from, to)).unwrap();
        let comparison = Comparison { reports: vec![Summary::default(); 2], steps: vec![Step::default()], ..Comparison::default() };
        render(&comparison, &std::collections::BTreeMap::new(), &Templates::load(Some(folder.path())).unwrap())
    };
    let page = put("comparison_words.md", "Neither report holds a finding.", "Nichts gefunden.").unwrap();
    assert!(page.markdown.contains("Nichts gefunden.") && page.html.contains("Nichts gefunden."));
    let page =
        put("comparison.md", "caption=\"Reports compared\", titles=[\"Report\"", "caption=\"*Berichte*\", titles=[\"Bericht\"").unwrap();
    assert!(page.markdown.contains("**\\*Berichte\\***") && page.markdown.contains("| Bericht |"), "{}", page.markdown);
    let error = put("comparison.md", "titles=[\"Report\", \"Client\", ", "titles=[").unwrap_err();
    assert!(format!("{error:?}").contains("table `reports` has 9 columns, not 7"), "{error:?}");
}
