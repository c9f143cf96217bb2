//! Accounts and Regions of the evidence, as data for a later comparison.

use std::collections::BTreeMap;

use super::Input;
use crate::facts::scope::DayState;
use crate::report::model::{EvidenceScope, ScopeAccount, ScopePlace};

/// What was supplied of which account and Region.
pub(super) fn section(input: &Input<'_>) -> EvidenceScope {
    let scope = input.scope;
    let accounts = scope.accounts.iter().map(|(id, account)| ScopeAccount {
        id: id.clone(),
        is_expected: account.expected,
        seen_in: account.seen_in.iter().map(|kind| (*kind).to_owned()).collect(),
    });
    let mut places: BTreeMap<(&str, &str), ScopePlace> = BTreeMap::new();
    let at = |account: &str, region: &str| ScopePlace { account: account.to_owned(), region: region.to_owned(), ..ScopePlace::default() };
    for (account, region) in &scope.config {
        places.entry((account, region)).or_insert_with(|| at(account, region)).has_configuration = true;
    }
    for line in &scope.coverage {
        let place = places.entry((&line.account, &line.region)).or_insert_with(|| at(&line.account, &line.region));
        for (state, _) in &line.days {
            match state {
                DayState::Covered | DayState::Quiet => place.days += 1,
                DayState::Silent | DayState::NotDelivered => place.days_missing += 1,
            }
        }
    }
    EvidenceScope { accounts: accounts.collect(), places: places.into_values().collect() }
}
