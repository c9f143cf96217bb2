//! What two reports do not have in common.

use std::collections::{BTreeMap, BTreeSet};

use super::issued::Issued;
use super::kinds::{Difference, NamedAccount, ScopeDifference, Side};
use crate::reason::Place;

/// The differences, what weakens most first.
pub(super) fn differences(old: &Issued, new: &Issued) -> Vec<Difference> {
    let mut found = Vec::new();
    let (before, now) = (&old.cover, &new.cover);
    let both = |of: fn(&Issued) -> &String| (of(old) != of(new)).then(|| (of(old).clone(), of(new).clone()));
    if let Some((old, new)) = both(|report| &report.cover.client) {
        found.push(Difference::Client { old, new });
    }
    if new.is_earlier(old) {
        found.push(Difference::Order);
    }
    for (report, cover) in [(Side::Earlier, before), (Side::Later, now)] {
        if !cover.period_unmet.is_empty() {
            found.push(Difference::PeriodUnmet { report, why: cover.period_unmet.clone() });
        }
    }
    if (&before.period_from, &before.period_to) != (&now.period_from, &now.period_to) {
        found.push(periods(old, new));
    }
    if let Some((old, new)) = both(|report| &report.cover.time_zone) {
        found.push(Difference::TimeZone { old, new });
    }
    found.extend(scopes(old, new).into_iter().map(Difference::Scope));
    if old.profile != new.profile {
        found.push(Difference::Profile { old: old.profile, new: new.profile });
    }
    if let Some((old, new)) = both(|report| &report.cover.tool_version) {
        found.push(Difference::Tool { old, new });
    }
    if before.catalogue_sha256 != now.catalogue_sha256 {
        found.push(Difference::Catalogue);
    }
    if before.engagement_sha256 != now.engagement_sha256 {
        let (in_old, in_new) = (!before.engagement_sha256.is_empty(), !now.engagement_sha256.is_empty());
        found.push(Difference::Engagement { in_old, in_new });
        found.extend(thresholds(old, new));
    }
    found
}

fn periods(old: &Issued, new: &Issued) -> Difference {
    let (mut is_apart, mut days_between) = (false, 0);
    if let (Some((from, to)), Some((next_from, next_to))) = (old.dates(), new.dates()) {
        is_apart = next_from > to || next_to < from;
        let gap = to.until(next_from).map_or(0, |span| i64::from(span.get_days()) - 1);
        days_between = u64::try_from(gap).unwrap_or(0);
    }
    Difference::Period { old: old.period(), new: new.period(), is_apart, days_between }
}

fn scopes(old: &Issued, new: &Issued) -> Vec<ScopeDifference> {
    let unstated = [(Side::Earlier, old), (Side::Later, new)].into_iter().filter(|(_, report)| report.scope.accounts.is_empty());
    let mut found: Vec<ScopeDifference> = unstated.map(|(report, _)| ScopeDifference::AccountsNotStated { report }).collect();
    if !found.is_empty() {
        return found;
    }
    let seen = |report: &'_ Issued| -> BTreeMap<String, BTreeSet<String>> {
        let with = report.scope.accounts.iter().filter(|account| !account.seen_in.is_empty());
        with.map(|account| (account.id.clone(), account.seen_in.iter().cloned().collect())).collect()
    };
    let (before, now) = (seen(old), seen(new));
    let named = |id: &String| {
        let name = new.account_names.get(id).or_else(|| old.account_names.get(id));
        NamedAccount { id: id.clone(), name: name.cloned().unwrap_or_default() }
    };
    for (report, own, others) in [(Side::Earlier, &before, &now), (Side::Later, &now, &before)] {
        let accounts: Vec<NamedAccount> = own.keys().filter(|id| !others.contains_key(*id)).map(named).collect();
        if !accounts.is_empty() {
            found.push(ScopeDifference::Accounts { report, accounts });
        }
    }
    for (id, kinds) in &before {
        let Some(kinds_now) = now.get(id) else { continue };
        let evidence: Vec<String> = kinds.difference(kinds_now).cloned().collect();
        if !evidence.is_empty() {
            found.push(ScopeDifference::Evidence { account: named(id), evidence });
        }
    }
    let regions = |report: &'_ Issued| -> BTreeSet<Place> {
        let with = report.scope.places.iter().filter(|place| place.has_configuration || place.days > 0);
        with.map(|place| Place::new(&place.account, &place.region)).collect()
    };
    let (places, places_now) = (regions(old), regions(new));
    let places: Vec<Place> = places.difference(&places_now).filter(|place| now.contains_key(&place.account)).cloned().collect();
    if !places.is_empty() {
        found.push(ScopeDifference::Regions { places });
    }
    found
}

fn thresholds(old: &Issued, new: &Issued) -> Vec<Difference> {
    let stated =
        |report: &Issued| -> BTreeMap<String, i64> { report.appendix.thresholds.iter().map(|one| (one.key.clone(), one.days)).collect() };
    let (before, now) = (stated(old), stated(new));
    let keys: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let of = |key: &String| Difference::Threshold { key: key.clone(), old: before.get(key).copied(), new: now.get(key).copied() };
    keys.into_iter().filter(|key| before.get(*key) != now.get(*key)).map(of).collect()
}
