//! Accounts and Regions that the records of a file name.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::steps;

/// Pairs of account and Region, each once, in their order. Asked for every record of a file, so a known pair is found
/// without a copy of it and among however many others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(BTreeMap<String, BTreeSet<String>>);

impl Places {
    /// Adds a pair.
    pub fn add(&mut self, account: &str, region: &str) {
        steps::count(1);
        match self.0.get_mut(account) {
            Some(regions) if regions.contains(region) => {}
            Some(regions) => drop(regions.insert(region.to_owned())),
            None => drop(self.0.insert(account.to_owned(), BTreeSet::from([region.to_owned()]))),
        }
    }

    /// The pairs, account and Region.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(account, regions)| regions.iter().map(|region| (account.as_str(), region.as_str())))
    }

    /// The accounts.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Places {
    /// As a list of pairs.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Places {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = Vec::<(String, String)>::deserialize(deserializer)?;
        let mut places = Self::default();
        pairs.iter().for_each(|(account, region)| places.add(account, region));
        Ok(places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hundred_thousand_accounts_and_regions_cost_a_look_each() {
        steps::assert_in_step("distinct accounts and Regions of a file", 100_000, 200, |size| {
            move || {
                let mut places = Places::default();
                for round in 0..2 {
                    for n in 0..size {
                        places.add(&format!("{n:012}"), &format!("region-{}", n % 7));
                    }
                    assert_eq!(places.iter().count(), size, "round {round}");
                }
            }
        });
    }

    #[test]
    fn places_are_written_as_a_list_of_pairs_in_their_order() {
        let mut places = Places::default();
        for (account, region) in [("444455556666", "eu-west-1"), ("111122223333", "us-east-1"), ("111122223333", "eu-west-1"), ("", "")] {
            places.add(account, region);
            places.add(account, region);
        }
        let text = serde_json::to_string(&places).unwrap();
        assert_eq!(text, r#"[["",""],["111122223333","eu-west-1"],["111122223333","us-east-1"],["444455556666","eu-west-1"]]"#);
        assert_eq!(serde_json::from_str::<Places>(&text).unwrap(), places);
    }
}
