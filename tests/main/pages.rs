//! The two documents: what is read (a summary and its chapters) and what is looked up (the annex). The summary says what the
//! chapters say, what is cut in one stands whole in the other, and nothing good is said without evidence.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{report_json, sample, sample_report, sixpillars, write};

fn text(report: &Path, name: &str) -> String {
    std::fs::read_to_string(report.join(name)).unwrap()
}

/// A section of level 2 or 3 from its heading to the next of its level.
fn part<'t>(text: &'t str, level: &str, heading: &str) -> &'t str {
    let start = text.match_indices(&format!("\n{level} ")).find(|(at, _)| text[at + 1..].lines().next().unwrap().ends_with(heading));
    let start = start.unwrap_or_else(|| panic!("no {level} {heading}")).0 + 1;
    let rest = &text[start..];
    let end = rest.match_indices(&format!("\n{level} ")).next().map_or(rest.len(), |(at, _)| at);
    &rest[..end]
}

/// The first number behind `before` in a text, as it is printed.
fn number(text: &str, before: &str, after: &str) -> u64 {
    let rest = text.split(before).nth(1).unwrap_or_else(|| panic!("no {before:?} in {text}"));
    let printed = rest.split(after).next().unwrap();
    printed.replace(',', "").parse().unwrap_or_else(|_| panic!("{printed:?} between {before:?} and {after:?}"))
}

/// Rows of the first table of a text: the cells of each, without head.
fn rows(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().skip_while(|line| !line.starts_with("|---")).skip(1).take_while(|line| line.starts_with('|'));
    lines.map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

fn made(inputs: &[&Path], more: &[&str]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("report");
    let mut arguments = vec![OsStr::new("report")];
    arguments.extend(inputs.iter().map(|path| path.as_os_str()));
    arguments.extend([OsStr::new("--out"), out.as_os_str()]);
    arguments.extend(more.iter().map(OsStr::new));
    sixpillars(&arguments).expect(0);
    (folder, out)
}

#[test]
fn the_figures_of_the_summary_are_those_of_the_chapters() {
    let (report, annex) = (text(sample_report(), "report.md"), text(sample_report(), "annex.md"));
    let model = report_json(sample_report());
    let controls: Vec<&Value> = model["controls"].as_object().unwrap().values().collect();
    let summary = part(&report, "##", "Management summary");
    let of = |name: &str, control: &Value| control["counts"][name].as_u64().unwrap();
    let with = controls.iter().filter(|c| of("exceptions", c) > 0).count() as u64;

    // Exceptions: the tiles, the table by pillar, the boxes of the annex.
    assert_eq!(number(summary, "- **", "** controls with exceptions"), with);
    let noted = part(&annex, "##", "Exceptions noted");
    assert_eq!(noted.matches("<!--sixpillars:workpaper ").count() as u64, with, "a box for each control with exceptions");
    let by_pillar = rows(noted.split("<!--sixpillars:table exceptions-by-pillar-->").nth(1).unwrap());
    assert_eq!(by_pillar.iter().flat_map(|row| &row[1..5]).map(|cell| cell.parse::<u64>().unwrap()).sum::<u64>(), with);
    let exceptions: u64 = controls.iter().map(|c| of("exceptions", c)).sum();
    assert!(summary.contains(&format!("- **{exceptions}** exceptions")), "{exceptions}");

    // Findings: by account and severity, by effort, in the priority table.
    let findings = model["findings"].as_array().unwrap();
    let open = findings.iter().filter(|f| f["is_open"] == true).count() as u64;
    assert_eq!(number(summary, "*10 of ", " findings shown"), open);
    let by_effort = rows(summary.split("<!--sixpillars:table summary-by-effort-->").nth(1).unwrap());
    assert_eq!(by_effort.iter().flat_map(|row| &row[1..]).map(|cell| cell.parse::<u64>().unwrap()).sum::<u64>(), open);

    // Evidence: records, log files and requests as in the chapter.
    let coverage = part(&report, "##", "Scope and completeness of evidence");
    let read = number(coverage, "### Records accounted for\n\n", " records were read");
    assert!(report.contains(&format!("- **Records read:** {}\n", crate::pages::grouped(read))), "{read}");
    let (delivered, unaltered) = (number(summary, "Of ", " log files delivered"), number(summary, "log files delivered, ", " match"));
    let integrity = part(coverage, "###", "Log file integrity");
    assert_eq!((number(integrity, "Of ", " log files delivered"), number(integrity, "delivered, ", " ")), (delivered, unaltered));
    assert_eq!(
        number(summary, "**Evidence to request:** ", " items"),
        number(part(coverage, "###", "Expected against received"), "6 of ", " shown")
    );

    let compared = part(part(&annex, "##", "Completeness of evidence in detail"), "###", "Cross-source reconciliation");
    for account in rows(compared).iter().filter(|row| row[0].starts_with("expected")) {
        assert!(
            summary.contains(&format!(
                "{} is expected, and no event, configuration item, trail, IAM report or charge of it was delivered",
                account[1]
            )),
            "{account:?}"
        );
    }

    // Money: the same amounts as in the chapter on cost.
    let spend = part(summary, "###", "Spend and opportunities");
    let amounts: Vec<&str> = spend.split("- **").skip(1).map(|line| line.split("**").next().unwrap()).collect();
    let cost = part(&report, "##", "Cost and carbon");
    assert!(amounts.len() >= 3, "{amounts:?}");
    for amount in amounts {
        assert!(cost.contains(amount), "{amount} stands in the summary only");
    }
}

/// A count with its thousands separated, as the report prints it.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    groups.join(",")
}

#[test]
fn what_the_report_cuts_stands_whole_in_the_annex() {
    let (report, annex) = (text(sample_report(), "report.md"), text(sample_report(), "annex.md"));
    let full = part(&annex, "##", "Tables in full");
    let mut seen = 0;
    for (at, _) in report.match_indices("shown; [all are in the annex](annex.md#") {
        let line = report[..at].lines().last().unwrap();
        let (shown, total) = line.trim_start_matches('*').split_once(" of ").unwrap();
        let total: usize = total.split(' ').next().unwrap().replace(',', "").parse().unwrap();
        let table = report[..at].rsplit("<!--sixpillars:table ").next().unwrap().split("-->").next().unwrap();
        let whole = rows(full.split(&format!("<!--sixpillars:table {table}-->")).nth(1).unwrap_or_else(|| panic!("{table} is not there")));
        let sum = whole.iter().filter(|row| row[0] == "Total").count();
        assert_eq!(whole.len() - sum, total, "{table}: {shown} of {total} shown");
        seen += 1;
    }
    assert!(seen > 8, "{seen}");
}

#[test]
fn a_report_for_executives_is_its_summary_and_loses_nothing() {
    let (_folder, out) = made(&[&sample()], &["--profile", "executive"]);
    let (report, annex) = (text(&out, "report.md"), text(&out, "annex.md"));
    let chapters = |text: &str| text.lines().filter(|line| line.starts_with("## ")).map(|line| line[3..].to_owned()).collect::<Vec<_>>();
    assert_eq!(chapters(&report), ["1 Management summary"]);
    let whole = chapters(&text(sample_report(), "report.md"));
    let annexed = chapters(&annex);
    for chapter in whole.iter().skip(1) {
        let title = chapter.split_once(' ').unwrap().1;
        assert!(annexed.iter().any(|other| other.ends_with(title)), "{title} is lost: {annexed:?}");
    }
    assert!(report.contains("annex.md#1-scope-and-completeness-of-evidence"), "its links lead into the annex");
}

#[test]
fn nothing_favourable_comes_of_files_that_show_nothing() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "notes.txt", "all is well");
    write(folder.path(), "regions.json", r#"{"Regions": [{"RegionName": "eu-west-1", "RegionOptStatus": "ENABLED_BY_DEFAULT"}]}"#);
    write(folder.path(), "head.json", r#"{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}"#);
    let (_out, out) = made(&[folder.path()], &[]);
    let model = report_json(&out);
    assert!(model["controls"].as_object().unwrap().values().all(|c| c["result"] != "exceptions_noted"));
    for name in ["report.md", "annex.md"] {
        let text = text(&out, name);
        for good in ["[!TIP]", "No exception was noted", "Signatures verified", "| supported |", "match a digest", "0 of 0"] {
            assert!(!text.contains(good), "{name} holds {good:?}");
        }
    }
    let report = text(&out, "report.md");
    assert!(report.contains("Not verified: no digest file of CloudTrail was supplied."));
}

/// A rule for a table that has another name by now does nothing, and nobody sees that it does not.
#[test]
fn every_table_that_the_style_names_is_printed() {
    let style = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/style.css")).unwrap();
    let page = text(sample_report(), "report.html");
    let named = style.split("#table-").skip(1).map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap());
    let named: std::collections::BTreeSet<&str> = named.collect();
    assert!(named.len() >= 4, "{named:?}");
    for id in named {
        assert!(page.contains(&format!("id=\"table-{id}\"")), "{id}");
    }
}
