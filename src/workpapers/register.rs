//! The findings register as files that people fill: CSV and a workbook. What was typed is written as it was typed; what a
//! report says is written as in all workpapers.

use std::path::Path;

use rust_xlsxwriter::{DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, XlsxError};
use serde::Serialize;

use super::{WorkpaperError, csv, ocsf, xlsx};
use crate::base::text::capital;
use crate::findings::{GENERATED, TYPED, responses};
use crate::report::model::register::{ManagementResponse, Register, RegisterEntry, StrayResponse};

/// Name and title of the register as CSV.
pub const CSV: (&str, &str) = ("findings.csv", "Findings register, with columns for management responses");
/// Name and title of the register as a workbook.
pub const XLSX: (&str, &str) = ("findings.xlsx", "Findings register as a workbook");

/// Name and title of the register as data.
pub const JSON: (&str, &str) = ("findings.json", "Findings register as JSON");

/// What a row is that answers no finding of the report.
const STRAY: &str = "not in this report";

/// One row.
struct Line {
    /// In the order of [`GENERATED`].
    generated: Vec<String>,
    /// In the order of [`TYPED`], then of the added columns.
    typed: Vec<String>,
}

/// All rows under their headings; `added` are the headings of columns that people added.
struct Lines {
    headings: Vec<String>,
    rows: Vec<Line>,
}

impl Lines {
    fn of(register: &Register, added: &[String]) -> Self {
        let findings = register.findings.iter().map(|entry| Line {
            generated: GENERATED.map(|column| generated(entry, column)).to_vec(),
            typed: typed(entry.response.as_ref(), added),
        });
        let strays = register.not_in_report.iter().map(|stray| Line {
            generated: GENERATED.map(|column| carried(stray, column)).to_vec(),
            typed: typed(Some(&stray.response), added),
        });
        let headings = GENERATED.into_iter().chain(TYPED).map(str::to_owned).chain(added.iter().cloned()).collect();
        Self { headings, rows: findings.chain(strays).collect() }
    }
}

/// A cell of a finding, by the name of its column.
fn generated(entry: &RegisterEntry, column: &str) -> String {
    let flag = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
    match column {
        "finding" => entry.number.clone(),
        "id" => entry.id.clone(),
        "status" => entry.status.words().to_owned(),
        "severity" => entry.severity.word().to_owned(),
        "title" => entry.title.clone(),
        "accounts" => entry.accounts.join(", "),
        "regions" => entry.regions.join(", "),
        "resources" => entry.resources.join(", "),
        "criteria" if entry.criteria.ids.is_empty() => entry.criteria.statement.clone(),
        "criteria" => format!("{} ({})", entry.criteria.statement, entry.criteria.ids.join(", ")),
        "condition" => entry.condition.clone(),
        "cause" => entry.cause.clone(),
        "effect" => entry.effect.clone(),
        "recommendation" => entry.recommendation.clone(),
        "evidence" => entry.evidence.join(", "),
        "owner" => entry.owner.join(", "),
        "effort" => entry.effort.word().to_owned(),
        "quick_win" => flag(entry.is_quick_win),
        "exceptions" => entry.exceptions.to_string(),
        "accepted" => entry.accepted.to_string(),
        "deviation_rate" => entry
            .deviation_rate
            .as_ref()
            .map_or_else(String::new, |rate| format!("{} of {} ({})", rate.exceptions, rate.population, rate.control)),
        "severity_basis" => entry.severity_basis.clone(),
        "controls" => entry.controls.join(", "),
        "events" => entry.events.join(", "),
        "actors" => entry.actors.join(", "),
        "first" => entry.first.clone().unwrap_or_default(),
        "last" => entry.last.clone().unwrap_or_default(),
        "incidents" => entry.incidents.join(", "),
        _ => String::new(),
    }
}

/// What an earlier register said of a finding that this report does not have. Its number was of that report.
fn carried(stray: &StrayResponse, column: &str) -> String {
    match column {
        "finding" => String::new(),
        "id" => stray.id.clone(),
        "status" => STRAY.to_owned(),
        other => stray.generated.get(other).cloned().unwrap_or_default(),
    }
}

fn typed(response: Option<&ManagementResponse>, added: &[String]) -> Vec<String> {
    let Some(said) = response else { return vec![String::new(); TYPED.len() + added.len()] };
    let own = TYPED.map(|column| {
        match column {
            "response" => &said.response,
            "response_owner" => &said.response_owner,
            "due_date" => &said.due_date,
            "remediation_status" => &said.remediation_status,
            "remediation_evidence" => &said.remediation_evidence,
            "retest_date" => &said.retest_date,
            "retest_result" => &said.retest_result,
            _ => &said.comment,
        }
        .clone()
    });
    own.into_iter().chain(added.iter().map(|heading| said.added.get(heading).cloned().unwrap_or_default())).collect()
}

/// Writes the register in all its forms; `as_of` is the as-of time, UTC microseconds.
///
/// # Errors
/// When one cannot be written.
pub fn write(folder: &Path, register: &Register, added: &[String], as_of: i64) -> Result<(), WorkpaperError> {
    let lines = Lines::of(register, added);
    text(&folder.join(CSV.0), &lines)?;
    let path = folder.join(XLSX.0);
    let bytes = workbook(&lines, register).map_err(|e| WorkpaperError::Write { path: path.clone(), why: e.to_string() })?;
    std::fs::write(&path, bytes).map_err(|e| WorkpaperError::io(&path, e))?;
    json(&folder.join(JSON.0), register)?;
    json(&folder.join(ocsf::OCSF.0), &ocsf::events(register, as_of))
}

fn json(path: &Path, value: &impl Serialize) -> Result<(), WorkpaperError> {
    let bytes = serde_json::to_vec_pretty(value).map_err(|e| WorkpaperError::Write { path: path.to_owned(), why: e.to_string() })?;
    std::fs::write(path, bytes).map_err(|e| WorkpaperError::io(path, e))
}

fn text(path: &Path, lines: &Lines) -> Result<(), WorkpaperError> {
    let wrong = |e: ::csv::Error| WorkpaperError::Write { path: path.to_owned(), why: e.to_string() };
    let mut writer = ::csv::Writer::from_path(path).map_err(wrong)?;
    writer.write_record(lines.headings.iter().map(|heading| responses::inert(heading))).map_err(wrong)?;
    for line in &lines.rows {
        let generated = line.generated.iter().map(|cell| csv::inert(cell));
        writer.write_record(generated.chain(line.typed.iter().map(|cell| responses::inert(cell)))).map_err(wrong)?;
    }
    writer.flush().map_err(|e| WorkpaperError::io(path, e))
}

/// Characters of a column, where its text is long.
const WIDE: f64 = 48.0;
/// And where it is not.
const NARROW: f64 = 16.0;

/// Columns whose text is long.
const LONG: [&str; 9] =
    ["title", "resources", "criteria", "condition", "cause", "effect", "recommendation", "remediation_evidence", "comment"];

fn workbook(lines: &Lines, register: &Register) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // Nothing of the time it was written, so that the same register gives the same bytes.
    let date = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_author("sixpillars").set_creation_datetime(&date));
    let page = book.add_worksheet();
    page.set_name("Register")?;
    let head = Format::new().set_bold().set_background_color("E8ECF1").set_align(FormatAlign::Top).set_text_wrap();
    let body = Format::new().set_align(FormatAlign::Top).set_text_wrap();
    // Text as it is typed: a date or an id stays what it is.
    let fill = Format::new().set_align(FormatAlign::Top).set_text_wrap().set_background_color("FFFBE6").set_num_format("@");
    for ((at, heading), place) in (0_u16..).zip(&lines.headings).zip(0..) {
        // Headings of added columns are people's own.
        let shown = if place < GENERATED.len() + TYPED.len() { capital(&heading.replace('_', " ")) } else { heading.clone() };
        page.write_string_with_format(0, at, shown, &head)?;
        page.set_column_width(at, if LONG.contains(&heading.as_str()) { WIDE } else { NARROW })?;
    }
    let mut last = 0;
    for (row, line) in (1_u32..).zip(lines.rows.iter().take(xlsx::MAX_ROWS)) {
        last = row;
        for ((at, cell), name) in (0_u16..).zip(&line.generated).zip(GENERATED) {
            match cell.parse::<f64>() {
                Ok(number) if ["exceptions", "accepted"].contains(&name) => page.write_number_with_format(row, at, number, &body)?,
                _ if cell.is_empty() => continue,
                _ => page.write_string_with_format(row, at, xlsx::cell(cell), &body)?,
            };
        }
        for (at, cell) in (GENERATED.len()..).zip(&line.typed) {
            let at = u16::try_from(at).unwrap_or(u16::MAX);
            if cell.is_empty() {
                page.write_blank(row, at, &fill)?;
            } else {
                page.write_string_with_format(row, at, xlsx::within(cell), &fill)?;
            }
        }
    }
    let first = u16::try_from(GENERATED.len()).unwrap_or(u16::MAX);
    if last > 0 {
        // Other words are taken, since what is typed is kept; the list shows those that are understood.
        let words =
            DataValidation::new().allow_list_strings(&["agree", "partly agree", "disagree"])?.ignore_blank(true).show_error_message(false);
        page.add_data_validation(1, first, last, first, &words)?;
        let width = u16::try_from(lines.headings.len()).unwrap_or(u16::MAX);
        page.autofilter(0, 0, last, width.saturating_sub(1))?;
    }
    page.set_freeze_panes(1, 2)?;
    page.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    if !register.incidents.is_empty() {
        let page = book.add_worksheet();
        page.set_name("Incidents")?;
        for (at, heading) in (0_u16..).zip(["Incident", "Actor", "First", "Last", "Findings"]) {
            page.write_string_with_format(0, at, heading, &head)?;
            page.set_column_width(at, if at == 0 { NARROW } else { WIDE })?;
        }
        for (row, incident) in (1_u32..).zip(register.incidents.iter().take(xlsx::MAX_ROWS)) {
            let members = incident.findings.join(", ");
            for (at, cell) in (0_u16..).zip([&incident.number, &incident.actor, &incident.first, &incident.last, &members]) {
                page.write_string_with_format(row, at, xlsx::cell(cell), &body)?;
            }
        }
    }
    book.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::{Finding, responses::Matched};

    /// Text that spreadsheets and their files treat in ways of their own.
    const AWKWARD: [&str; 12] = [
        "=1+1",
        "'=1+1",
        "'",
        "  leading and trailing  ",
        "line\nfeed",
        "windows\r\nline ends\r\n",
        "quote \" and ; and , and \t tab",
        "Größe 東京 🙂 \u{202e}turned",
        "_x000D_ as text",
        "0012",
        "-5",
        "\u{1}\u{b} control",
    ];

    fn written(comments: &[&str]) -> (tempfile::TempDir, Register) {
        let entry = |(at, comment): (usize, &&str)| RegisterEntry {
            id: format!("f-{at}"),
            response: Some(ManagementResponse {
                comment: (*comment).to_owned(),
                due_date: "2026-12-31".to_owned(),
                ..ManagementResponse::default()
            }),
            ..RegisterEntry::default()
        };
        let register = Register { findings: comments.iter().enumerate().map(entry).collect(), ..Register::default() };
        let folder = tempfile::TempDir::new().unwrap();
        write(folder.path(), &register, &[], 0).unwrap();
        (folder, register)
    }

    fn read_back(folder: &Path, name: &str, n: usize) -> Matched {
        let findings: Vec<Finding> = (0..n).map(|at| Finding { id: format!("f-{at}"), ..Finding::default() }).collect();
        responses::matched(&findings, responses::read(&folder.join(name)).unwrap())
    }

    #[test]
    fn what_is_typed_is_read_back_from_both_files_as_it_was() {
        let (folder, _) = written(&AWKWARD);
        for name in [CSV.0, XLSX.0] {
            let found = read_back(folder.path(), name, AWKWARD.len());
            assert!(found.problems.is_empty(), "{:?}", found.problems);
            for (at, comment) in AWKWARD.iter().enumerate() {
                let answer = &found.by_finding[&format!("f-{at}")];
                assert_eq!((answer.cell("comment"), answer.cell("due_date")), (*comment, "2026-12-31"), "{name}");
            }
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn any_text_is_read_back_from_both_files(text in "\\PC{1,12}|[=+@'\"; ,\t\r\n_x0D]{1,12}") {
            let (folder, _) = written(&[&text]);
            for name in [CSV.0, XLSX.0] {
                let found = read_back(folder.path(), name, 1);
                proptest::prop_assert_eq!(found.by_finding["f-0"].cell("comment"), text.as_str(), "{}", name);
            }
        }
    }

    #[test]
    fn nothing_in_the_csv_begins_a_formula_and_the_same_register_gives_the_same_bytes() {
        let (folder, register) = written(&["=cmd()", "a\n=b"]);
        let text = std::fs::read_to_string(folder.path().join(CSV.0)).unwrap();
        assert!(text.contains("'=cmd()") && text.contains("a\n'=b"), "{text}");
        let again = tempfile::TempDir::new().unwrap();
        write(again.path(), &register, &[], 0).unwrap();
        for name in [CSV.0, XLSX.0] {
            assert!(std::fs::read(folder.path().join(name)).unwrap() == std::fs::read(again.path().join(name)).unwrap(), "{name}");
        }
    }
}
