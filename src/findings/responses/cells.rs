//! Cells of a register as CSV: inert against formulas, and read back as they were typed.

/// Characters after which a cell may begin, whatever separates cells where the file is opened.
const ENDS: [char; 4] = [';', '\t', '\n', '\r'];

/// Whether a spreadsheet may take a cell for a formula: it begins with `=`, `+`, `-`, `@` or their full-width forms, also
/// after blanks and quotes, and is no plain number.
pub fn is_formula(cell: &str) -> bool {
    let first = cell.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).chars().next();
    first.is_some_and(|c| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')) && !is_number(cell)
}

/// Whether a cell is a plain number: digits with a sign, a point and an exponent at most.
fn is_number(cell: &str) -> bool {
    cell.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E')) && cell.parse::<f64>().is_ok()
}

/// Puts an apostrophe wherever a cell could begin and would be a formula. `restored` takes it away again.
pub fn inert(text: &str) -> String {
    each(text, |out, cell| {
        if is_formula(cell) {
            out.push('\'');
        }
        out.push_str(cell);
    })
}

/// The text that [`inert`] was given. What begins with an apostrophe before a formula can only come from there: had it been
/// typed, it would carry a second one.
pub fn restored(text: &str) -> String {
    each(text, |out, cell| out.push_str(cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell)))
}

fn each(text: &str, put: impl Fn(&mut String, &str)) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    for part in text.split_inclusive(ENDS) {
        let cell = part.strip_suffix(ENDS).unwrap_or(part);
        put(&mut out, cell);
        out.push_str(&part[cell.len()..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_formula_is_inert_and_comes_back() {
        for (typed, written) in [
            ("=1+1", "'=1+1"),
            ("'=1", "''=1"),
            ("''=1", "'''=1"),
            ("a\r\n=2", "a\r\n'=2"),
            ("x;@y", "x;'@y"),
            ("'quoted'", "'quoted'"),
            ("-12.5", "-12.5"),
            ("＝1", "'＝1"),
            ("\r=1", "\r'=1"),
        ] {
            assert_eq!(inert(typed), written);
            assert_eq!(restored(written), typed);
        }
    }

    proptest::proptest! {
        #[test]
        fn every_text_comes_back_and_no_cell_of_any_reading_begins_a_formula(text in "[a;\t\n\r =+@\"'1ü＝-]{0,12}") {
            let written = inert(&text);
            proptest::prop_assert_eq!(restored(&written), text);
            for cell in written.split([',', ';', '\t', '\n', '\r']) {
                proptest::prop_assert!(cell.starts_with('\'') || !is_formula(cell), "{:?}", cell);
            }
        }
    }
}
