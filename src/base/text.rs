//! Words for lists and numbers.

use std::collections::BTreeSet;

/// Names given of a list; the rest counted.
const NAMED: usize = 3;

/// The first of some names, and how many more there are.
pub fn few<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    shortened(names, ", ", " ")
}

/// The same of phrases, which may hold commas.
pub fn few_phrases(phrases: BTreeSet<String>) -> String {
    shortened(phrases, "; ", "; ")
}

fn shortened<T: AsRef<str>>(texts: impl IntoIterator<Item = T>, between: &str, before_rest: &str) -> String {
    let mut texts = texts.into_iter();
    let mut shown = texts.by_ref().take(NAMED).fold(String::new(), |mut shown, text| {
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

/// A text that begins with a capital letter.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_names_the_first_are_given() {
        assert_eq!((few(Vec::<String>::new()), few(["a"]), few(["a", "b", "c"])), (String::new(), "a".to_owned(), "a, b, c".to_owned()));
        assert_eq!(few(["a", "b", "c", "d", "e"]), "a, b, c and 2 more");
        assert_eq!(few_phrases(["a", "b", "c", "d"].map(str::to_owned).into()), "a; b; c; and 1 more");
    }
}
