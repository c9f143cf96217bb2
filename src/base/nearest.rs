//! The known name that was probably meant.

/// Characters of a name that are compared: no known name is longer.
const MOST: usize = 200;

/// The name of `known` nearest to `name` by edit distance; "none" when nothing is known.
pub fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    let name: String = name.chars().take(MOST).collect();
    known.min_by_key(|k| (strsim::levenshtein(&name, k), (*k).to_owned())).unwrap_or("none").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_was_meant_is_nearest() {
        assert_eq!(nearest("untill", ["control", "until", "reason"].into_iter()), "until");
        assert_eq!(nearest(&"x".repeat(1 << 20), ["control"].into_iter()), "control");
        assert_eq!(nearest("x", std::iter::empty()), "none");
    }
}
