//! Workpapers as CSV, safe to open in a spreadsheet.

use std::path::Path;

use super::WorkpaperError;

/// Text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP on CSV
/// injection: `=`, `+`, `-`, `@`, tab and line ends, their full-width forms, also after blanks).
/// Numbers stay numbers.
pub fn inert(text: &str) -> String {
    let start = text.trim_start_matches([' ', '"', '\'']).chars().next().or_else(|| text.chars().next());
    let risky = text.starts_with(['\t', '\r', '\n'])
        || start.is_some_and(|c| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'));
    if risky && text.parse::<f64>().is_err() { format!("'{text}") } else { text.to_owned() }
}

/// Rows a CSV workpaper holds at most; Parquet holds all.
pub const MAX_ROWS: usize = 100_000;

/// Writes rows as CSV; a cut is stated in a last line.
///
/// # Errors
/// When the file cannot be written.
pub fn write<'r>(path: &Path, columns: &[&str], rows: impl Iterator<Item = Vec<String>> + 'r) -> Result<u64, WorkpaperError> {
    let wrong = |e: csv::Error| WorkpaperError::Write { path: path.to_owned(), why: e.to_string() };
    let mut writer = csv::WriterBuilder::new().flexible(true).from_path(path).map_err(wrong)?;
    writer.write_record(columns).map_err(wrong)?;
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
    writer.flush().map_err(|e| WorkpaperError::Write { path: path.to_owned(), why: e.to_string() })?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn formulas_are_made_inert_and_numbers_kept() {
        for attack in ["=HYPERLINK(\"http://203.0.113.9\")", "+1+1|cmd", "-2+3+cmd", "@SUM(A1)", "\t=1", "\r=1", " =1", "\"=1", "＝1"] {
            assert!(inert(attack).starts_with('\''), "{attack}");
        }
        for plain in ["-12.5", "+3", "arn:aws:iam::111122223333:root", "", "a=b", "2024-05-01"] {
            assert_eq!(inert(plain), plain);
        }
    }
}
