//! Limitations of the evidence that many tests share, each stated once and named by its number elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::reason::{self, Family, Reason, joined};

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
    /// The reasons that it stands for, each as it stands with a test.
    pub covers: Vec<String>,
    /// Controls, measures and extracts that it limits.
    pub tests: u64,
}

/// The limitations that several tests share, the most frequent first. `tests` gives the reasons of each test. Reasons of one
/// family are one limitation: that no item was delivered is stated once, not once for each resource type.
pub fn shared<'r>(tests: impl Iterator<Item = &'r [Reason]>) -> Vec<Limitation> {
    let mut families: BTreeMap<Family<'_>, (BTreeSet<&Reason>, u64)> = BTreeMap::new();
    for reasons in tests {
        // Which rows of a test could not be decided is its own matter.
        for (family, mut reasons) in reason::families(reasons).into_iter().filter(|(family, _)| *family != Family::Undecided) {
            let (all, count) = families.entry(family).or_default();
            all.append(&mut reasons);
            *count += 1;
        }
    }
    let stated = families.into_values().filter(|(_, tests)| *tests >= SHARED).map(|(reasons, tests)| Limitation {
        number: String::new(),
        text: joined(&reasons),
        covers: reasons.iter().map(ToString::to_string).collect(),
        tests,
    });
    let mut list: Vec<Limitation> = stated.collect();
    list.sort_by(|a, b| (b.tests, &a.text).cmp(&(a.tests, &b.text)));
    for (at, limitation) in list.iter_mut().enumerate() {
        limitation.number = format!("L{}", at + 1);
    }
    list
}

/// The limitation that stands for a reason.
pub fn of<'l>(list: &'l [Limitation], text: &str) -> Option<&'l Limitation> {
    list.iter().find(|limitation| limitation.covers.iter().any(|covered| covered == text))
}

/// The number of a limitation that has one, else its text.
pub fn brief<'t>(list: &'t [Limitation], text: &'t str) -> &'t str {
    of(list, text).map_or(text, |limitation| limitation.number.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_type(kind: &str) -> Reason {
        Reason::NoItems { resource_type: Some(kind.to_owned()) }
    }

    #[test]
    fn what_three_tests_share_has_a_number_and_what_two_share_has_not() {
        let gap = Reason::DaysNotSupplied { days: 2, lines: 1 };
        let tests = [vec![gap.clone(), Reason::NoEvents], vec![gap.clone(), Reason::NoEvents], vec![gap.clone()]];
        let list = shared(tests.iter().map(Vec::as_slice));
        let text = gap.to_string();
        assert_eq!(list, [Limitation { number: "L1".to_owned(), text: text.clone(), covers: vec![text.clone()], tests: 3 }]);
        let other = Reason::NoEvents.to_string();
        assert_eq!((brief(&list, &text), brief(&list, &other)), ("L1", other.as_str()));
    }

    #[test]
    fn one_kind_of_evidence_that_is_missing_is_one_limitation() {
        let tests = [
            vec![of_type("AWS::S3::Bucket"), of_type("AWS::KMS::Key")],
            vec![of_type("AWS::KMS::Key")],
            vec![Reason::NoItems { resource_type: None }],
        ];
        let list = shared(tests.iter().map(Vec::as_slice));
        let [one] = list.as_slice() else { panic!("{list:?}") };
        assert_eq!(one.text, "no AWS Config item was delivered, so nothing is known about AWS::KMS::Key, AWS::S3::Bucket");
        assert_eq!(one.tests, 3, "a test that lacks two types is one test");
        for reason in tests.iter().flatten() {
            assert_eq!(brief(&list, &reason.to_string()), "L1");
        }
    }
}
