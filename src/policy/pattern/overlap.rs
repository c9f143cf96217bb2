//! What several patterns have in common.

use super::automaton::{fill, shortest, unnamed};
use super::{Pattern, Token};

/// Texts that all patterns match, if found: one with a rare character for every wildcard where that can be, so that it stands for the general
/// case, and the shortest. A variable without value counts as `*`. None is no proof that there is none; ask [`Pattern::meets`].
pub fn common(patterns: &[&Pattern]) -> Vec<String> {
    // One of them often lies in the others: then its own texts do.
    for pattern in patterns {
        let fresh = ('\u{e000}'..='\u{f8ff}').find(|c| !pattern.text.contains(*c)).unwrap_or('\u{10fffd}').to_string();
        let text = |run: &str| {
            let rest = pattern.rest.iter().map(|token| match token {
                Token::Char(c) => c.to_string(),
                Token::One | Token::OneInSegment => fresh.clone(),
                Token::Any | Token::AnyInSegment | Token::Variable(_) => run.to_owned(),
            });
            pattern.prefix.clone() + &rest.collect::<String>()
        };
        let mut found = vec![text(&fresh), text("")];
        if found.iter().all(|text| patterns.iter().all(|pattern| pattern.matches(text))) {
            found.dedup();
            return found;
        }
    }
    let plain: Vec<Vec<Token>> = patterns.iter().map(|pattern| pattern.tokens()).collect();
    let fresh = unnamed(&plain);
    // First with at least one character for each `*`.
    let filled: Vec<Vec<Token>> = plain.iter().map(|tokens| tokens.iter().flat_map(fill).collect()).collect();
    let mut found: Vec<String> = [filled, plain].iter().filter_map(|all| shortest(all, None, fresh).ok().flatten()).collect();
    found.dedup();
    found
}

/// Whether it is sure that no text is matched by all patterns.
pub fn apart(patterns: &[&Pattern]) -> bool {
    if let [one, two] = patterns {
        return !one.meets(two);
    }
    let all: Vec<Vec<Token>> = patterns.iter().map(|pattern| pattern.tokens()).collect();
    shortest(&all, None, unnamed(&all)) == Ok(None)
}

/// Whether it is sure that every text which all `patterns` match is matched by `large`, which has no variable.
pub fn covers_common(large: &Pattern, patterns: &[&Pattern]) -> bool {
    if large.has_variables() {
        return false;
    }
    if let [one] = patterns {
        return large.covers(one);
    }
    let mut all: Vec<Vec<Token>> = patterns.iter().map(|pattern| pattern.tokens()).collect();
    all.push(large.tokens());
    let fresh = unnamed(&all);
    let large = all.pop();
    shortest(&all, large.as_deref(), fresh) == Ok(None)
}
