//! The workbook: what people sort, filter and comment on. Every cell is typed, as text or as a number, so that nothing in
//! it is a formula, whatever it begins with.

use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::WorkpaperError;
use crate::report::escape;

/// Rows of a sheet at most: the whole workbook is held in memory while it is written. Parquet holds all.
pub const MAX_ROWS: usize = 50_000;

/// Characters that Excel takes in a cell.
const MAX_CHARS: usize = 32_767;

/// Where sheets say more than a screen: widest column, in characters.
const WIDEST: f64 = 70.0;

/// One sheet.
pub struct Sheet<'r> {
    /// Its name: at most 31 characters, none of `[]:*?/\`.
    pub name: &'static str,
    /// Titles of its columns.
    pub columns: &'r [&'r str],
    /// Columns whose cells are numbers.
    pub numbers: &'r [&'r str],
    /// Its rows, as many cells each as there are columns.
    pub rows: Box<dyn Iterator<Item = Vec<String>> + 'r>,
    /// Where all rows are, should there be too many.
    pub all: &'r str,
}

/// Text as a cell may hold it: control and invisible characters but line feeds and tabs are spelled out, the two others
/// that XML cannot carry are replaced, what is too long is cut, and all of it shows.
pub fn cell(text: &str) -> String {
    within(&escape::visible(text, &['\n', '\t']))
}

/// Text as long as a cell may be; the two characters that XML cannot carry are replaced.
pub fn within(text: &str) -> String {
    let kept = |c: char| !matches!(c, '\u{fffe}' | '\u{ffff}');
    // Excel counts UTF-16 units.
    let mut units = 0;
    let mut clean = String::with_capacity(text.len());
    for c in text.chars().map(|c| if kept(c) { c } else { '\u{fffd}' }) {
        units += c.len_utf16();
        if units >= MAX_CHARS {
            clean.push('…');
            break;
        }
        clean.push(c);
    }
    clean
}

/// Writes a workbook. Its properties say nothing of the time it was written, so that the same sheets give the same bytes.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, sheets: Vec<Sheet<'_>>) -> Result<u64, WorkpaperError> {
    let mut rows = 0;
    let build = || -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let date = ExcelDateTime::from_ymd(2000, 1, 1)?;
        book.set_properties(&DocProperties::new().set_author("sixpillars").set_creation_datetime(&date));
        for sheet in sheets {
            rows += fill(book.add_worksheet(), sheet)?;
        }
        book.save_to_buffer()
    };
    let wrong = |why: String| WorkpaperError::Write { path: path.to_owned(), why };
    let bytes = build().map_err(|e| wrong(e.to_string()))?;
    std::fs::write(path, bytes).map_err(|e| WorkpaperError::io(path, e))?;
    Ok(rows)
}

fn fill(page: &mut Worksheet, sheet: Sheet<'_>) -> Result<u64, XlsxError> {
    let head = Format::new().set_bold().set_background_color("E8ECF1").set_align(FormatAlign::Top);
    let body = Format::new().set_align(FormatAlign::Top).set_text_wrap();
    page.set_name(sheet.name)?;
    let mut widths: Vec<usize> = sheet.columns.iter().map(|c| c.chars().count() + 3).collect();
    for (at, title) in (0_u16..).zip(sheet.columns) {
        page.write_string_with_format(0, at, *title, &head)?;
    }
    let mut last = 0_u32;
    let mut total = 0_u64;
    for row in sheet.rows {
        total += 1;
        if total > MAX_ROWS as u64 {
            continue;
        }
        last += 1;
        for ((at, text), name) in (0_u16..).zip(&row).zip(sheet.columns) {
            match text.parse::<f64>() {
                Ok(number) if sheet.numbers.contains(name) => page.write_number_with_format(last, at, number, &body)?,
                _ if text.is_empty() => continue,
                _ => page.write_string_with_format(last, at, cell(text), &body)?,
            };
            if let Some(width) = widths.get_mut(usize::from(at)) {
                *width = (*width).max(text.chars().count());
            }
        }
    }
    if total > u64::from(last) {
        let cut = format!("cut: {MAX_ROWS} of {total} rows; {} holds more", sheet.all);
        page.write_string_with_format(last + 1, 0, cut, &head)?;
    }
    for (at, width) in (0_u16..).zip(widths) {
        let width = u32::try_from(width).map_or(WIDEST, f64::from);
        page.set_column_width(at, (width + 2.0).min(WIDEST))?;
    }
    page.set_freeze_panes(1, 1)?;
    if last > 0 {
        let columns = u16::try_from(sheet.columns.len()).unwrap_or(u16::MAX);
        page.autofilter(0, 0, last, columns.saturating_sub(1))?;
    }
    page.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    fn written(rows: &[Vec<String>]) -> Vec<u8> {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("book.xlsx");
        let columns = ["control", "count"];
        let rows = Box::new(rows.iter().cloned());
        write(&path, vec![Sheet { name: "Exceptions", columns: &columns, numbers: &["count"], rows, all: "x.csv" }]).unwrap();
        std::fs::read(path).unwrap()
    }

    fn part(book: &[u8], name: &str) -> String {
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(book)).unwrap();
        let mut text = String::new();
        zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn nothing_in_a_cell_is_run() {
        let attacks = [
            "=HYPERLINK(\"http://203.0.113.9\",\"x\")",
            "+1+1|cmd",
            "@SUM(A1)",
            "http://203.0.113.9/",
            "</t></si><script>alert(1)</script>",
            "_x0000_",
            "\u{0}\u{1b}[31m",
        ];
        let rows: Vec<Vec<String>> = attacks.iter().map(|a| vec![(*a).to_owned(), "=1".to_owned()]).collect();
        let book = written(&rows);
        let sheet = part(&book, "xl/worksheets/sheet1.xml");
        assert!(!sheet.contains("<f>") && !sheet.contains("hyperlink"), "{sheet}");
        let strings = part(&book, "xl/sharedStrings.xml");
        assert!(!strings.contains("<script>") && strings.contains("&lt;script&gt;"), "{strings}");
        assert!(!strings.contains('\0') && !strings.contains('\u{1b}'));
    }

    #[test]
    fn numbers_are_numbers_and_the_same_rows_give_the_same_bytes() {
        let rows = [vec!["s3-bucket-versioning".to_owned(), "12".to_owned()], vec!["0012".to_owned(), String::new()]];
        let book = written(&rows);
        assert_eq!(book, written(&rows));
        let sheet = part(&book, "xl/worksheets/sheet1.xml");
        assert!(sheet.contains("<v>12</v>"), "{sheet}");
        // An id of digits stays text.
        assert!(part(&book, "xl/sharedStrings.xml").contains("0012"));
    }

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        let long = cell(&"x".repeat(40_000));
        assert!(long.ends_with('…') && long.encode_utf16().count() <= MAX_CHARS);
        assert!(cell(&"𝄞".repeat(20_000)).encode_utf16().count() <= MAX_CHARS);
        assert_eq!(cell("a\u{0}b\u{202E}\u{9b}\r\n\u{ffff}"), "a\\u{0}b\\u{202E}\\u{9B}\\u{D}\n\u{fffd}");
        let rows: Vec<Vec<String>> = (0..MAX_ROWS + 2).map(|n| vec![n.to_string(), n.to_string()]).collect();
        assert!(part(&written(&rows), "xl/sharedStrings.xml").contains("cut: 50000 of 50002 rows; x.csv holds more"));
    }
}
