use super::*;
use crate::ingest::formats::cost::FileTotals;
use crate::ingest::formats::cost::{ControlSums, ControlTotal};

const OLD: &str = "11111111-1111-1111-1111-111111111111";
const NEW: &str = "22222222-2222-2222-2222-222222222222";

/// A manifest of a store, made up of files and manifests of reports.
#[derive(Default)]
struct Made(Manifest);

impl Made {
    /// A file at these paths whose `lines` lines are of `month`, its last charge on `day`.
    fn file(mut self, id: &str, format: Format, paths: &[&str], month: &str, lines: u64, day: i64) -> Self {
        let mut file = InputFile::new(format!("{id:0<64}"), paths[0].to_owned(), 1, format);
        file.paths = paths.iter().map(|p| (*p).to_owned()).collect();
        file.paths.sort();
        (file.read, file.kept, file.last_time) = (lines, lines, Some(day));
        file.charges = Some(FileTotals {
            totals: vec![ControlTotal {
                month: month.to_owned(),
                payer: "111122223333".to_owned(),
                currency: "USD".to_owned(),
                sums: ControlSums { lines, rows: lines, ..ControlSums::default() },
            }],
            ..FileTotals::default()
        });
        self.0.files.insert(file.file_id.clone(), file);
        self
    }

    fn manifest(mut self, path: &str, month: &str, assembly: &str, keys: &[&str]) -> Self {
        let made = Assembly {
            report: "acme".to_owned(),
            period: month.to_owned(),
            assembly_id: assembly.to_owned(),
            keys: keys.iter().map(|k| (*k).to_owned()).collect(),
            path: path.to_owned(),
        };
        self.0.assemblies.insert(format!("m{}", self.0.assemblies.len()), made);
        self
    }

    fn charges(&mut self, id: &str) -> &mut FileTotals {
        self.0.files.values_mut().find(|f| f.file_id.starts_with(id)).unwrap().charges.as_mut().unwrap()
    }

    /// The file's charges name an invoice.
    fn invoiced(mut self, id: &str) -> Self {
        self.charges(id).invoiced = 1;
        self
    }

    /// The charges sampled of a file.
    fn marks(mut self, id: &str, marks: std::ops::Range<u64>) -> Self {
        self.charges(id).marks = marks.collect();
        self
    }

    fn amount(mut self, id: &str, amount: i128) -> Self {
        self.charges(id).totals[0].sums.amount = amount * crate::base::decimal::ONE;
        self
    }

    /// The account whose usage a file states.
    fn account(mut self, id: &str, account: &str) -> Self {
        let file = self.0.files.values_mut().find(|f| f.file_id.starts_with(id)).unwrap();
        file.seen.add(account, "eu-west-1");
        self
    }

    /// Two files of the same unpacked content.
    fn content(mut self, ids: [&str; 2]) -> Self {
        for file in self.0.files.values_mut().filter(|f| ids.iter().any(|id| f.file_id.starts_with(id))) {
            file.content_sha256 = Some("c0".to_owned());
        }
        self
    }

    fn settle(mut self) -> Manifest {
        settle(&mut self.0);
        let once = self.0.clone();
        settle(&mut self.0);
        assert_eq!(once.billing, self.0.billing, "settling again changes nothing");
        for file in self.0.files.values() {
            assert!(file.balances(), "{file:?}");
        }
        self.0
    }
}

/// Months that are not determined, with the paths of the files that contradict each other.
fn refused(manifest: &Manifest) -> Vec<(Vec<&str>, Vec<&str>)> {
    manifest.overlaps.iter().map(|o| (o.months.iter().map(String::as_str).collect(), o.paths(manifest))).collect()
}

/// Ids (two characters) of the files that count.
fn counted(manifest: &Manifest) -> Vec<&str> {
    manifest.files.values().filter(|f| f.out_of_scope_reason.is_none()).map(|f| &f.file_id[..2]).collect()
}

fn path(assembly: &str, file: &str) -> String {
    format!("cost/acme/20240501-20240601/{assembly}/{file}")
}

#[test]
fn the_manifest_above_the_assemblies_says_which_is_current() {
    let (a, b) = (path(OLD, "acme-1.csv.gz"), path(NEW, "acme-1.csv.gz"));
    let made = || {
        Made::default()
            .file("a1", Format::CostCur, &[&a], "2024-05", 10, 31)
            // The current one has fewer lines and reaches less far: only the manifest knows.
            .file("b1", Format::CostCur, &[&b], "2024-05", 8, 30)
            .manifest(&path(OLD, "acme-Manifest.json"), "2024-05", OLD, &[&a])
            .manifest(&path(NEW, "acme-Manifest.json"), "2024-05", NEW, &[&b])
    };
    let settled = made().manifest("cost/acme/20240501-20240601/acme-Manifest.json", "2024-05", NEW, &[&b]).settle();
    assert_eq!(counted(&settled), ["b1"]);
    let old = settled.files.values().find(|f| f.file_id.starts_with("a1")).unwrap();
    assert_eq!(old.out_of_scope_reason.as_deref(), Some(format!("superseded by assembly {NEW} of the same billing period").as_str()));
    assert_eq!((old.kept, old.out_of_scope), (0, 10));
    assert_eq!((settled.billing.len(), settled.billing[0].remarks.len(), settled.billing[0].missing.len()), (1, 0, 0));
    // Without it the one that reaches furthest is taken, and that is said.
    let settled = made().settle();
    assert_eq!(counted(&settled), ["a1"]);
    assert_eq!(settled.billing[0].remarks, ["no manifest says which of 2 deliveries is current; the one that reaches furthest was taken"]);
    // Of two that reach as far nothing says which is later: neither counts, unless one of them is final.
    let two = || Made::default().file("a1", Format::CostCur, &[&a], "2024-05", 10, 31).file("b1", Format::CostCur, &[&b], "2024-05", 8, 31);
    let settled = two().settle();
    assert_eq!(counted(&settled), [""; 0]);
    assert_eq!(refused(&settled), [(vec!["2024-05"], vec![a.as_str(), b.as_str()])]);
    assert_eq!(counted(&two().invoiced("b1").settle()), ["b1"]);
}

#[test]
fn missing_files_and_files_the_manifest_does_not_name() {
    let keys = [path(NEW, "acme-1.csv.gz"), path(NEW, "acme-2.csv.gz")];
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let settled = Made::default()
        .file("a1", Format::CostCur, &[keys[0]], "2024-05", 10, 31)
        .manifest("cost/acme/20240501-20240601/acme-Manifest.json", "2024-05", NEW, &keys)
        .settle();
    assert_eq!(counted(&settled), ["a1"]);
    assert_eq!(settled.billing[0].missing, [keys[1]]);

    // Files replaced in place: a third one was left behind by a longer delivery.
    let flat = ["cost/acme/20240501-20240601/acme-1.csv.gz", "cost/acme/20240501-20240601/acme-2.csv.gz"];
    let settled = Made::default()
        .file("a1", Format::CostCur, &[flat[0]], "2024-05", 10, 31)
        .file("a2", Format::CostCur, &[flat[1]], "2024-05", 10, 31)
        .file("a3", Format::CostCur, &["cost/acme/20240501-20240601/acme-3.csv.gz"], "2024-05", 4, 31)
        .manifest("cost/acme/20240501-20240601/acme-Manifest.json", "2024-05", NEW, &flat)
        .settle();
    assert_eq!(counted(&settled), ["a1", "a2"]);
    let left = settled.files.values().find(|f| f.file_id.starts_with("a3")).unwrap();
    assert_eq!(
        left.out_of_scope_reason.as_deref(),
        Some(format!("not part of assembly {NEW}, which is the current one of the same billing period").as_str())
    );

    // The manifest of a delivery that was not given at all.
    let settled = Made::default()
        .file("a1", Format::CostCur, &[&path(OLD, "acme-1.csv.gz")], "2024-05", 10, 31)
        .manifest("cost/acme/20240501-20240601/acme-Manifest.json", "2024-05", NEW, &keys)
        .settle();
    assert_eq!(counted(&settled), ["a1"]);
    assert!(settled.billing[0].remarks[0].contains("of which no file was delivered"), "{:?}", settled.billing);
}

#[test]
fn an_unchanged_file_delivered_again_counts_with_the_current_delivery() {
    let settled = Made::default()
        .file("a1", Format::CostCur, &[&path(OLD, "acme-1.csv.gz"), &path(NEW, "acme-1.csv.gz")], "2024-05", 10, 31)
        .file("a2", Format::CostCur, &[&path(OLD, "acme-2.csv.gz")], "2024-05", 10, 31)
        .file("b2", Format::CostCur, &[&path(NEW, "acme-2.csv.gz")], "2024-05", 12, 31)
        .manifest(
            "cost/acme/20240501-20240601/acme-Manifest.json",
            "2024-05",
            NEW,
            &[&path(NEW, "acme-1.csv.gz"), &path(NEW, "acme-2.csv.gz")],
        )
        .settle();
    assert_eq!(counted(&settled), ["a1", "b2"]);
}

#[test]
fn files_taken_out_of_their_folders_follow_the_month_of_their_lines() {
    let key = |month: &str, id: &str| format!("cost/acme/{month}/{id}/acme-1.csv.gz");
    let settled = Made::default()
        .file("a1", Format::CostCur, &["acme-1.csv.gz"], "2024-06", 10, 31)
        .manifest("may-Manifest.json", "2024-05", OLD, &[&key("20240501-20240601", OLD)])
        .manifest("june-Manifest.json", "2024-06", NEW, &[&key("20240601-20240701", NEW)])
        .settle();
    assert_eq!(counted(&settled), ["a1"]);
    assert_eq!((settled.billing[0].month.as_str(), settled.billing[0].assembly.as_str()), ("2024-06", NEW));
}

#[test]
fn executions_of_data_exports_are_taken_by_date() {
    let at = |execution: &str| format!("p/exp/data/BILLING_PERIOD=2024-05/{execution}/exp-00001.snappy.parquet");
    let settled = Made::default()
        .file("a1", Format::CostCur2, &[&at("2024-05-07T01:02:03.004Z-abc")], "2024-05", 100, 31)
        .file("b1", Format::CostCur2, &[&at("2024-06-03T01:02:03.004Z-abc")], "2024-05", 90, 30)
        .settle();
    assert_eq!(counted(&settled), ["b1"]);

    // A manifest says which one is current, whatever the dates, and what of it is missing.
    let (old, new) = ("2024-05-07T01:02:03.004Z-abc", "2024-06-03T01:02:03.004Z-abc");
    let named = [at(old), at(old).replace("00001", "00002")];
    let mut made = Made::default()
        .file("a1", Format::CostCur2, &[&at(old)], "2024-05", 100, 31)
        .file("b1", Format::CostCur2, &[&at(new)], "2024-05", 90, 30)
        .manifest("p/exp/metadata/BILLING_PERIOD=2024-05/exp-Manifest.json", "2024-05", old, &[&named[0], &named[1]]);
    made.0.assemblies.values_mut().for_each(|manifest| "exp".clone_into(&mut manifest.report));
    let settled = made.settle();
    assert_eq!(counted(&settled), ["a1"]);
    assert_eq!(settled.billing[0].missing, [named[1].clone()]);
}

#[test]
fn a_month_stated_by_two_exports_counts_once() {
    let focus = "p/focus/data/BILLING_PERIOD=2024-05/focus-00001.csv.gz";
    let cur = path(NEW, "acme-1.csv.gz");
    let settled = Made::default()
        .file("a1", Format::CostFocus, &[focus], "2024-05", 100, 31)
        .file("b1", Format::CostCur, &[&cur], "2024-05", 90, 31)
        .settle();
    assert_eq!(counted(&settled), ["b1"]);
    let apart = settled.files.values().find(|f| f.file_id.starts_with("a1")).unwrap();
    assert_eq!(apart.out_of_scope_reason.as_deref(), Some("the same month of the same payer is counted from acme (Cost and Usage Report)"));
    // An incomplete delivery gives way to a whole one.
    let settled = Made::default()
        .file("a1", Format::CostFocus, &[focus], "2024-05", 100, 31)
        .file("b1", Format::CostCur, &[&cur], "2024-05", 90, 31)
        .manifest("cost/acme/20240501-20240601/acme-Manifest.json", "2024-05", NEW, &[&cur, &path(NEW, "acme-2.csv.gz")])
        .settle();
    assert_eq!(counted(&settled), ["a1"]);
    // Other months, other payers: both count.
    let settled = Made::default()
        .file("a1", Format::CostFocus, &["p/focus/data/BILLING_PERIOD=2024-04/focus-00001.csv.gz"], "2024-04", 100, 31)
        .file("b1", Format::CostCur, &[&cur], "2024-05", 90, 31)
        .settle();
    assert_eq!(counted(&settled), ["a1", "b1"]);
}

#[test]
fn a_source_that_states_other_months_too_takes_the_place_of_one_it_contains() {
    let cur = path(NEW, "acme-1.csv.gz");
    let made = || {
        let mut made = Made::default().file("a1", Format::CostFocus, &["all.csv"], "2024-04", 100, 31).file(
            "b1",
            Format::CostCur,
            &[&cur],
            "2024-05",
            90,
            31,
        );
        let may = ControlTotal { month: "2024-05".to_owned(), ..made.charges("a1").totals[0].clone() };
        made.charges("a1").totals.push(may);
        made
    };
    assert_eq!(counted(&made().settle()), ["a1"]);
    // Each states a month that the other does not: neither can be cut, so all of their months are refused.
    let mut both = made();
    let june = ControlTotal { month: "2024-06".to_owned(), ..both.charges("b1").totals[0].clone() };
    both.charges("b1").totals.push(june);
    let settled = both.settle();
    assert_eq!(counted(&settled), [""; 0]);
    assert_eq!(refused(&settled), [(vec!["2024-04", "2024-05", "2024-06"], vec!["all.csv", cur.as_str()])]);
    assert_eq!(settled.undetermined_months().len(), 3);
    for file in settled.files.values() {
        assert_eq!(
            file.out_of_scope_reason.as_deref(),
            Some(format!("nothing says which of these files states the charges of 2024-04, 2024-05, 2024-06: all.csv, {cur}").as_str())
        );
        assert_eq!((file.kept, file.out_of_scope), (0, file.read));
    }
}

#[test]
fn the_same_content_counts_once_packed_or_not() {
    let settled = Made::default()
        .file("a1", Format::CostCur, &["bill/may.csv"], "2024-05", 100, 31)
        .file("b1", Format::CostCur, &["bill/may.csv.gz"], "2024-05", 100, 31)
        .content(["a1", "b1"])
        .settle();
    assert_eq!(counted(&settled), ["a1"]);
    let copy = settled.files.values().find(|f| f.file_id.starts_with("b1")).unwrap();
    assert_eq!((copy.kept, copy.duplicate, copy.out_of_scope), (0, 100, 0));
    assert_eq!(copy.out_of_scope_reason.as_deref(), Some("the same content as bill/may.csv"));
    assert_eq!(refused(&settled), []);
}

#[test]
fn deliveries_that_lost_their_folders_are_refused_with_their_names() {
    let mut made = Made::default();
    for (n, lines) in [(1u64, 50u64), (2, 100), (3, 150), (4, 200), (5, 200)] {
        let id = format!("a{n}");
        made = made.file(&id, Format::CostCur, &[&format!("bill/delivery-{n}.csv")], "2024-05", lines, 31).marks(&id, 0..lines);
    }
    made = made.file("b1", Format::CostCur, &["june/x.csv"], "2024-06", 10, 31);
    let settled = made.settle();
    assert_eq!(counted(&settled), ["b1"], "another month is not touched");
    let paths: Vec<String> = (1..=5).map(|n| format!("bill/delivery-{n}.csv")).collect();
    assert_eq!(refused(&settled), [(vec!["2024-05"], paths.iter().map(String::as_str).collect())]);
    // The same in folders of their own.
    let settled = Made::default()
        .file("a1", Format::CostCur, &["a/x.csv"], "2024-05", 100, 31)
        .file("b1", Format::CostCur, &["b/x.csv"], "2024-05", 90, 31)
        .settle();
    assert_eq!(refused(&settled), [(vec!["2024-05"], vec!["a/x.csv", "b/x.csv"])]);
}

#[test]
fn a_delivery_with_invoices_is_final_beside_one_without() {
    let settled = Made::default()
        .file("a1", Format::CostCur, &["bill/may.csv"], "2024-05", 100, 31)
        .file("a2", Format::CostCur, &["bill/may-2.csv"], "2024-05", 100, 31)
        .file("b1", Format::CostCur, &["bill/may-not-final.csv"], "2024-05", 180, 31)
        .marks("a1", 0..100)
        .marks("a2", 100..200)
        .marks("b1", 0..180)
        .invoiced("a1")
        .invoiced("a2")
        .settle();
    assert_eq!(counted(&settled), ["a1", "a2"], "two parts of the final delivery");
    let open = settled.files.values().find(|f| f.file_id.starts_with("b1")).unwrap();
    assert_eq!(
        open.out_of_scope_reason.as_deref(),
        Some("not final: its charges name no invoice, and bill/may.csv states the same month with invoices")
    );
    assert_eq!(refused(&settled), []);
}

#[test]
fn reports_of_member_accounts_are_different_charges() {
    let settled = Made::default()
        .file("a1", Format::CostCur, &["a/x.csv"], "2024-05", 100, 31)
        .file("b1", Format::CostCur, &["b/x.csv"], "2024-05", 90, 31)
        .account("a1", "444455556666")
        .account("b1", "777788889999")
        .settle();
    assert_eq!(counted(&settled), ["a1", "b1"]);
}

#[test]
fn two_named_reports_of_a_month_count_once_if_they_agree_and_not_at_all_if_they_differ() {
    let (ours, other) = (path(NEW, "acme-1.csv.gz"), path(OLD, "x.csv.gz").replace("acme/2024", "other/2024"));
    let made = |amount: i128| {
        Made::default()
            .file("a1", Format::CostCur, &[&ours], "2024-05", 100, 31)
            .amount("a1", 500)
            .file("b1", Format::CostCur, &[&other], "2024-05", 90, 31)
            .amount("b1", amount)
            .settle()
    };
    assert_eq!(counted(&made(500)), ["a1"]);
    let settled = made(480);
    assert_eq!(counted(&settled), [""; 0]);
    assert_eq!(refused(&settled).len(), 1);
}

#[test]
fn a_line_with_a_damaged_date_displaces_no_month() {
    for (first, second) in [("a", "b"), ("b", "a")] {
        // April holds a line of May; May is whole. Either may come first by name.
        let mut made = Made::default().file("a1", Format::CostCur, &[&format!("{first}/x.csv")], "2024-04", 100, 31).file(
            "b1",
            Format::CostCur,
            &[&format!("{second}/x.csv")],
            "2024-05",
            90,
            31,
        );
        for file in made.0.files.values_mut() {
            let charges = file.charges.as_mut().unwrap();
            charges.totals[0].sums.amount = i128::from(file.read) * 1_000;
            if file.file_id.starts_with("a1") {
                let mut may = ControlTotal { month: "2024-05".to_owned(), ..charges.totals[0].clone() };
                (may.sums.lines, may.sums.amount) = (1, 1_000);
                charges.totals.push(may);
            }
        }
        let settled = made.settle();
        assert_eq!(counted(&settled), ["a1", "b1"]);
        let remarks: Vec<&String> = settled.billing.iter().flat_map(|s| &s.remarks).collect();
        assert_eq!(remarks, [&format!("1 line is of 2024-05, a month that {second} states with 90 lines: is a date damaged?")]);
    }
}

#[test]
fn files_of_one_folder_are_parts_of_one_delivery() {
    let settled = Made::default()
        .file("a1", Format::CostCur, &["bill/may-1.csv"], "2024-05", 100, 31)
        .file("a2", Format::CostCur, &["bill/may-2.csv"], "2024-05", 90, 31)
        .settle();
    assert_eq!(counted(&settled), ["a1", "a2"]);
    assert_eq!(settled.billing.len(), 1);
}
