//! Limitations of the evidence that many tests share, each stated once and named by its number elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ControlResult, ExtractResult, MetricResult};

/// Tests that share a limitation before it gets a number; what fewer share is stated where it stands.
const SHARED: u64 = 3;

/// A limitation of the evidence that several tests share.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limitation {
    /// Number in this report (`L1`).
    pub number: String,
    /// What the evidence does not reach.
    pub text: String,
    /// Controls, measures and extracts that it limits.
    pub tests: u64,
}

/// The limitations that several tests share, the most frequent first.
pub fn shared(
    controls: &BTreeMap<String, ControlResult>,
    metrics: &BTreeMap<String, MetricResult>,
    extracts: &BTreeMap<String, ExtractResult>,
) -> Vec<Limitation> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let stated = controls.values().flat_map(|c| &c.extent_reasons);
    let stated = stated.chain(metrics.values().flat_map(|m| &m.reasons)).chain(extracts.values().flat_map(|e| &e.reasons));
    for text in stated {
        *counts.entry(text).or_default() += 1;
    }
    let mut list: Vec<(&str, u64)> = counts.into_iter().filter(|(_, tests)| *tests >= SHARED).collect();
    list.sort_by(|a, b| (b.1, a.0).cmp(&(a.1, b.0)));
    let numbered = list.into_iter().enumerate();
    numbered.map(|(at, (text, tests))| Limitation { number: format!("L{}", at + 1), text: text.to_owned(), tests }).collect()
}

/// The number of a limitation that has one, else its text.
pub fn brief<'t>(list: &'t [Limitation], text: &'t str) -> &'t str {
    list.iter().find(|limitation| limitation.text == text).map_or(text, |limitation| limitation.number.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_three_tests_share_has_a_number_and_what_two_share_has_not() {
        let control = |reasons: &[&str]| ControlResult {
            extent_reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect(),
            ..crate::report::fixture::report().controls.into_values().next().unwrap()
        };
        let controls: BTreeMap<String, ControlResult> = [("a", vec!["gap", "two"]), ("b", vec!["gap", "two"]), ("c", vec!["gap"])]
            .into_iter()
            .map(|(id, reasons)| (id.to_owned(), control(&reasons)))
            .collect();
        let list = shared(&controls, &BTreeMap::new(), &BTreeMap::new());
        assert_eq!(list, [Limitation { number: "L1".to_owned(), text: "gap".to_owned(), tests: 3 }]);
        assert_eq!((brief(&list, "gap"), brief(&list, "two")), ("L1", "two"));
    }
}
