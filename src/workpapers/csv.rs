//! Workpapers as CSV, safe to open in a spreadsheet.

/// Text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP on CSV
/// injection: `=`, `+`, `-`, `@`, tab and line ends, their full-width forms, also after blanks).
/// Numbers stay numbers.
pub fn inert(text: &str) -> String {
    let start = text.trim_start_matches([' ', '"', '\'']).chars().next().or_else(|| text.chars().next());
    let risky = text.starts_with(['\t', '\r', '\n'])
        || start.is_some_and(|c| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'));
    if risky && text.parse::<f64>().is_err() { format!("'{text}") } else { text.to_owned() }
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
