//! Words for lists and numbers, as all reports and messages give them.

use std::collections::BTreeSet;

/// Names given of a list in a sentence; the rest is counted.
const NAMED: usize = 3;

/// The first three of some names, and how many more there are: `a, b, c and 2 more`.
pub fn few<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    list(names, NAMED)
}

/// The same of phrases, which may hold commas: `a; b; c; and 2 more`.
pub fn few_phrases(phrases: BTreeSet<String>) -> String {
    shortened(phrases, NAMED, "; ", "; ")
}

/// The first `shown` of some texts, and how many more there are: `a, b and 7 more`.
pub fn list<T: AsRef<str>>(texts: impl IntoIterator<Item = T>, shown: usize) -> String {
    shortened(texts, shown, ", ", " ")
}

fn shortened<T: AsRef<str>>(texts: impl IntoIterator<Item = T>, most: usize, between: &str, before_rest: &str) -> String {
    let mut texts = texts.into_iter();
    let mut shown = texts.by_ref().take(most).fold(String::new(), |mut shown, text| {
        shown.push_str(if shown.is_empty() { "" } else { between });
        shown.push_str(text.as_ref());
        shown
    });
    let more = texts.count();
    if more > 0 {
        shown.push_str(&format!("{before_rest}and {more} more"));
    }
    shown
}

/// Texts one after another, each once, in their order; empty ones are left out.
pub fn distinct<'t>(texts: impl Iterator<Item = &'t str>, between: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for text in texts.filter(|text| !text.is_empty()) {
        if !parts.contains(&text) {
            parts.push(text);
        }
    }
    parts.join(between)
}

/// A text that begins with a capital letter.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A count with thousands separated by commas: `1,234,567`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, d) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(d);
    }
    out
}

/// A number with what it counts: `1 event`, `2,000 events`.
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(n), if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_names_the_first_are_given() {
        assert_eq!((few(Vec::<String>::new()), few(["a"]), few(["a", "b", "c"])), (String::new(), "a".to_owned(), "a, b, c".to_owned()));
        assert_eq!(few(["a", "b", "c", "d", "e"]), "a, b, c and 2 more");
        assert_eq!(list(["a", "b", "c"], 2), "a, b and 1 more");
        assert_eq!(few_phrases(["a", "b", "c", "d"].map(str::to_owned).into()), "a; b; c; and 1 more");
    }

    #[test]
    fn counts_have_their_thousands_apart() {
        let shown = [0, 7, 999, 1_000, 1_234_567].map(thousands);
        assert_eq!(shown, ["0", "7", "999", "1,000", "1,234,567"]);
        assert_eq!((count(1, "event", "events"), count(2_000, "event", "events")), ("1 event".to_owned(), "2,000 events".to_owned()));
    }
}
