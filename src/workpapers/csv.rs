//! Workpapers as CSV, safe to open in a spreadsheet.

use std::path::Path;

use super::WorkpaperError;
use crate::findings::responses::is_formula;
use crate::report::escape;

/// Text as a CSV cell may hold it: nothing in it runs as a formula, and nothing in it is hidden.
///
/// A spreadsheet takes a cell for a formula that begins with `=`, `+`, `-`, `@` or their full-width forms, also after
/// blanks and quotes (OWASP on CSV injection). Where the locale separates cells by semicolons, or the file is opened as
/// one separated by tabs, a comma's quotes count for nothing, and a cell begins after every semicolon, tab and line end. So
/// wherever a cell could begin, an apostrophe stands before what would begin a formula. Numbers stay numbers. Control
/// and invisible characters but line feeds and tabs are spelled out as `\u{202E}`; Parquet holds the text as it was.
pub fn inert(text: &str) -> String {
    let shown = escape::visible(text, &['\n', '\t']);
    let mut out = String::with_capacity(shown.len() + 1);
    for part in shown.split_inclusive([';', '\t', '\n']) {
        let cell = part.trim_end_matches([';', '\t', '\n']);
        // A tab or line end at the front is dropped by some spreadsheets, and what follows comes to the front.
        if is_formula(cell) {
            out.push('\'');
        }
        out.push_str(part);
    }
    out
}

/// Rows a CSV workpaper holds at most; Parquet holds all.
pub const MAX_ROWS: usize = 100_000;

/// Writes rows as CSV; a cut is stated in a last line.
///
/// # Errors
/// When the file cannot be written.
pub fn write<'r>(path: &Path, columns: &[&str], rows: impl Iterator<Item = Vec<String>> + 'r) -> Result<u64, WorkpaperError> {
    let wrong = |e: csv::Error| {
        let why = e.to_string();
        match e.into_kind() {
            csv::ErrorKind::Io(source) => WorkpaperError::io(path, source),
            _ => WorkpaperError::Write { path: path.to_owned(), why },
        }
    };
    let mut writer = csv::WriterBuilder::new().flexible(true).from_path(path).map_err(wrong)?;
    writer.write_record(columns.iter().map(|c| inert(c))).map_err(wrong)?;
    let mut count = 0u64;
    for row in rows {
        count += 1;
        if count <= MAX_ROWS as u64 {
            writer.write_record(row.iter().map(|c| inert(c))).map_err(wrong)?;
        }
    }
    if count > MAX_ROWS as u64 {
        let cut = format!("cut: {MAX_ROWS} of {count} rows; the Parquet file of the same name holds all");
        writer.write_record([cut]).map_err(wrong)?;
    }
    writer.flush().map_err(|e| WorkpaperError::io(path, e))?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn formulas_are_made_inert_and_numbers_kept() {
        for attack in [
            "=HYPERLINK(\"http://203.0.113.9\")",
            "+1+1|cmd",
            "-2+3+cmd",
            "@SUM(A1)",
            " =1",
            "\"=1",
            "＝1",
            "＋1",
            "－1+x",
            "＠x",
            "'=1",
            "-inf",
        ] {
            assert_eq!(inert(attack), format!("'{attack}"));
        }
        for plain in ["-12.5", "+3", "-1e5", "arn:aws:iam::111122223333:root", "", "a=b", "2024-05-01", "a; b", "x;-5", "a\nb"] {
            assert_eq!(inert(plain), plain);
        }
    }

    #[test]
    fn a_cell_that_another_separator_would_split_holds_no_formula_either() {
        for (attack, harmless) in [
            ("x;=1+1", "x;'=1+1"),
            ("x; \"=1+1", "x;' \"=1+1"),
            ("x\t@SUM(1)", "x\t'@SUM(1)"),
            ("x\n-1+cmd|' /C calc'!A0", "x\n'-1+cmd|' /C calc'!A0"),
            ("a;b;+c;=d", "a;b;'+c;'=d"),
            ("\t=1", "\t'=1"),
            ("\n＝1", "\n'＝1"),
            ("x;\u{a0}=1", "x;'\u{a0}=1"),
        ] {
            assert_eq!(inert(attack), harmless);
        }
        // A carriage return is spelled out, so that it begins nothing.
        assert_eq!(inert("x\r=1"), "x\\u{D}=1");
        assert_eq!(inert("\r=1"), "\\u{D}=1");
    }

    #[test]
    fn hidden_characters_are_shown() {
        assert_eq!(inert("a\u{202E}b\u{1b}[31m\u{9b}\u{061C}"), "a\\u{202E}b\\u{1B}[31m\\u{9B}\\u{61C}");
        assert_eq!(inert("\u{200B}=1"), "\\u{200B}=1");
    }

    proptest::proptest! {
        #[test]
        fn no_cell_of_any_reading_begins_a_formula(text in "[a;\t\n\r =+@\"'1-]{0,12}") {
            for cell in inert(&text).split([',', ';', '\t', '\n', '\r']) {
                let bare = cell.trim_start_matches([' ', '"']);
                let risky = bare.starts_with(['=', '+', '-', '@']);
                proptest::prop_assert!(!risky || cell.parse::<f64>().is_ok(), "{text:?}: {cell:?}");
            }
        }
    }
}
