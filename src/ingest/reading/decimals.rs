//! How the numbers of one CSV file mark their decimals.
//!
//! AWS writes `1234.56`, in values separated by commas. A spreadsheet in another locale saves the same table with
//! semicolons or tabs, and often with decimal commas; `1,234` is then one and a bit or more than a thousand. All numbers
//! of a file are saved by one program with one mark, so together they show which one it is, or the file is refused.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

/// What the numbers of a file have shown so far. Of a file separated by commas, and of one that is no CSV, nothing is
/// kept: its numbers have decimal points.
#[derive(Debug, Clone, Default)]
pub struct Decimals(Option<Arc<Mutex<Seen>>>);

/// Where each mark was met first.
#[derive(Debug, Default)]
struct Seen {
    comma: Mark,
    point: Mark,
}

/// A character that may mark decimals.
#[derive(Debug, Default)]
struct Mark {
    /// The column and the number it was met in first.
    first: Option<(String, String)>,
    /// Some number can be read in no other way.
    certain: bool,
}

impl Decimals {
    /// Of a file with this delimiter.
    pub fn of(delimiter: u8) -> Self {
        Self((delimiter != b',').then(Arc::default))
    }

    /// A number with a decimal point, whichever mark it has.
    pub fn point<'t>(&self, column: &str, number: &'t str) -> Cow<'t, str> {
        let Some(seen) = &self.0 else { return Cow::Borrowed(number) };
        let Some((mark, certain)) = mark_of(number) else { return Cow::Borrowed(number) };
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let of = if mark == ',' { &mut seen.comma } else { &mut seen.point };
        of.first.get_or_insert_with(|| (column.to_owned(), number.trim().chars().take(40).collect()));
        of.certain |= certain;
        if mark == ',' { Cow::Owned(number.replace(',', ".")) } else { Cow::Borrowed(number) }
    }

    /// Why the numbers of the file cannot be read, once all have been seen.
    pub fn objection(&self) -> Option<String> {
        let seen = self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        let why = match (&seen.comma.first, &seen.point.first) {
            (Some((comma, a)), Some((point, b))) => {
                format!("{comma} has '{a}' and {point} has '{b}': commas and points cannot both mark decimals")
            }
            (Some((column, number)), None) if !seen.comma.certain => either(column, number, ','),
            (None, Some((column, number))) if !seen.point.certain => either(column, number, '.'),
            _ => return None,
        };
        Some(format!("{why}; a spreadsheet has saved this file: deliver the file as AWS exported it"))
    }
}

fn either(column: &str, number: &str, mark: char) -> String {
    let (decimal, thousands) = (number.replace(mark, "."), number.replace(mark, ""));
    format!("{column} has '{number}', which may be {decimal} or {thousands}, and no number of the file shows which")
}

/// The one comma or point of a number, and whether it can only mark decimals. A mark of thousands has one to three
/// digits before it, the first of them not zero, and three behind it.
fn mark_of(number: &str) -> Option<(char, bool)> {
    let number = number.trim().trim_start_matches(['+', '-']);
    let at = number.find([',', '.'])?;
    let (whole, rest) = (&number[..at], &number[at + 1..]);
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (digits, exponent) = rest.split_once(['e', 'E']).map_or((rest, None), |(digits, exponent)| (digits, Some(exponent)));
    if !all_digits(whole) || !all_digits(digits) || whole.len() + digits.len() == 0 {
        return None;
    }
    let thousands = (1..=3).contains(&whole.len()) && !whole.starts_with('0') && digits.len() == 3 && exponent.is_none();
    Some((if number[at..].starts_with(',') { ',' } else { '.' }, !thousands))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(delimiter: u8, numbers: &[&str]) -> (Vec<String>, Option<String>) {
        let decimals = Decimals::of(delimiter);
        let read = numbers.iter().map(|number| decimals.point("cost", number).into_owned()).collect();
        (read, decimals.objection())
    }

    #[test]
    fn one_number_that_is_certain_settles_the_file() {
        for certain in ["0,5", "0,123", "1,5", "1234,567", ",5", "-1,2345", "1,234e-3", "1,2E-07"] {
            let (read, objection) = read(b';', &["1,234", certain, "7"]);
            assert_eq!((read[0].as_str(), read[2].as_str()), ("1.234", "7"));
            assert_eq!(read[1], certain.replace(',', "."));
            assert_eq!(objection, None, "{certain}");
        }
        assert_eq!(read(b'\t', &["1.234", "0.5"]), (vec!["1.234".to_owned(), "0.5".to_owned()], None));
        assert_eq!(read(b';', &["1", "", "x", "1.2.3"]).1, None);
    }

    #[test]
    fn what_may_be_thousands_is_refused() {
        let objection = |numbers: &[&str]| read(b';', numbers).1.unwrap();
        assert!(objection(&["1", "1,234", "-12,345"]).starts_with(
            "cost has '1,234', which may be 1.234 or 1234, and no number of the file shows which; a spreadsheet has saved this file"
        ));
        assert!(objection(&["1.234"]).starts_with("cost has '1.234', which may be 1.234 or 1234"));
        assert!(objection(&["0,5", "1.234"]).starts_with("cost has '0,5' and cost has '1.234': commas and points"));
    }

    #[test]
    fn values_separated_by_commas_have_points() {
        assert_eq!(read(b',', &["1,234", "1.234"]), (vec!["1,234".to_owned(), "1.234".to_owned()], None));
    }
}
