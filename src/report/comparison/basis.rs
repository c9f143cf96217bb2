//! What two reports do not have in common, and what that does to their comparison.

use std::collections::{BTreeMap, BTreeSet};

use super::issued::Issued;
use super::model::{Difference, DifferenceKind};
use crate::base::text::{count, list};
use crate::report::assemble::words;

/// Names in a sentence.
const NAMED: usize = 6;

/// The differences, what weakens most first.
pub(super) fn differences(old: &Issued, new: &Issued) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut say = |kind, text: String| found.push(Difference { kind, text });
    let (before, now) = (&old.cover, &new.cover);
    if before.client != now.client {
        say(DifferenceKind::Client, format!("The reports name different clients: {} and {}.", before.client, now.client));
    }
    if new.is_earlier(old) {
        say(
            DifferenceKind::Period,
            "The report given as the later one is of an earlier date. Nothing is called fixed or better.".to_owned(),
        );
    }
    for (which, cover) in [("earlier", before), ("later", now)] {
        if !cover.period_unmet.is_empty() {
            say(DifferenceKind::PeriodUnmet, format!("Period and evidence of the {which} report do not meet. {}", cover.period_unmet));
        }
    }
    periods(old, new, &mut say);
    scopes(old, new, &mut say);
    if old.profile != new.profile {
        let word = |report: &Issued| format!("{:?}", report.profile).to_lowercase();
        say(
            DifferenceKind::Profile,
            format!("The profiles differ: {} and {}. What one of them leaves out is not compared.", word(old), word(new)),
        );
    }
    if before.tool_version != now.tool_version {
        say(DifferenceKind::Tool, format!("Versions of the tool differ: {} and {}.", before.tool_version, now.tool_version));
    }
    if before.catalogue_sha256 != now.catalogue_sha256 {
        say(
            DifferenceKind::Catalogue,
            "The catalogues differ. Controls whose text changed are marked; those that only one catalogue holds are named.".to_owned(),
        );
    }
    engagement(old, new, &mut say);
    found
}

type Say<'s> = &'s mut dyn FnMut(DifferenceKind, String);

fn periods(old: &Issued, new: &Issued, say: Say<'_>) {
    let days = |report: &Issued| report.days().map_or_else(|| "length not known".to_owned(), |n| count(n, "day", "days"));
    if (&old.cover.period_from, &old.cover.period_to) != (&new.cover.period_from, &new.cover.period_to) {
        let mut text = format!("The periods differ: {} ({}) and {} ({}).", old.period(), days(old), new.period(), days(new));
        if let (Some((from, to)), Some((next_from, next_to))) = (old.dates(), new.dates()) {
            if next_from > to || next_to < from {
                text.push_str(" They do not overlap, so events of one cannot stand in the other: fixed means, of events, that none of the kind was noted again.");
            }
            let gap = to.until(next_from).map_or(0, |span| i64::from(span.get_days()) - 1);
            if let Ok(gap @ 1..) = u64::try_from(gap) {
                text.push_str(&format!(" Nothing was tested of the {} between them.", count(gap, "day", "days")));
            }
        }
        say(DifferenceKind::Period, text);
    }
    if old.cover.time_zone != new.cover.time_zone {
        say(DifferenceKind::TimeZone, format!("Time zones differ: {} and {}.", old.cover.time_zone, new.cover.time_zone));
    }
}

fn scopes(old: &Issued, new: &Issued, say: Say<'_>) {
    for (which, report) in [("earlier", old), ("later", new)] {
        if report.scope.accounts.is_empty() {
            say(DifferenceKind::Scope, format!("The {which} report does not state which accounts its evidence is of."));
        }
    }
    if old.scope.accounts.is_empty() || new.scope.accounts.is_empty() {
        return;
    }
    let seen = |report: &'_ Issued| -> BTreeMap<String, BTreeSet<String>> {
        let with = report.scope.accounts.iter().filter(|account| !account.seen_in.is_empty());
        with.map(|account| (account.id.clone(), account.seen_in.iter().cloned().collect())).collect()
    };
    let (before, now) = (seen(old), seen(new));
    let name = |id: &String| words::account(id, new.account_names.get(id).or_else(|| old.account_names.get(id)).map(String::as_str));
    let only = |a: &BTreeMap<String, BTreeSet<String>>, b: &BTreeMap<String, BTreeSet<String>>| -> Vec<String> {
        a.keys().filter(|id| !b.contains_key(*id)).map(name).collect()
    };
    let gone = only(&before, &now);
    if !gone.is_empty() {
        say(
            DifferenceKind::Scope,
            format!("Accounts with evidence in the earlier report only: {}. Their findings are no longer testable.", list(&gone, NAMED)),
        );
    }
    let added = only(&now, &before);
    if !added.is_empty() {
        say(
            DifferenceKind::Scope,
            format!(
                "Accounts with evidence in the later report only: {}. Their findings are new to the reports, not necessarily to the accounts.",
                list(&added, NAMED)
            ),
        );
    }
    for (id, kinds) in &before {
        let Some(kinds_now) = now.get(id) else { continue };
        let lost: Vec<&String> = kinds.difference(kinds_now).collect();
        if !lost.is_empty() {
            say(
                DifferenceKind::Scope,
                format!("Of account {} the later report has none of these records: {}.", name(id), list(lost, NAMED)),
            );
        }
    }
    let regions = |report: &'_ Issued| -> BTreeSet<(String, String)> {
        report.scope.places.iter().filter(|p| p.has_configuration || p.days > 0).map(|p| (p.account.clone(), p.region.clone())).collect()
    };
    let (places, places_now) = (regions(old), regions(new));
    let lost: Vec<String> = places
        .difference(&places_now)
        .filter(|(account, _)| now.contains_key(account))
        .map(|(account, region)| format!("{account} {region}"))
        .collect();
    if !lost.is_empty() {
        say(DifferenceKind::Scope, format!("Regions with evidence in the earlier report only: {}.", list(&lost, NAMED)));
    }
}

fn engagement(old: &Issued, new: &Issued, say: Say<'_>) {
    let (before, now) = (&old.cover.engagement_sha256, &new.cover.engagement_sha256);
    if before == now {
        return;
    }
    let text = match (before.is_empty(), now.is_empty()) {
        (true, _) => "The later report uses an engagement file, the earlier one none.",
        (_, true) => "The earlier report uses an engagement file, the later one none.",
        _ => "The engagement files differ: scope, lists of known names and accepted risks may be others.",
    };
    say(DifferenceKind::Engagement, text.to_owned());
    let thresholds = |report: &Issued| -> BTreeMap<String, String> {
        report.appendix.thresholds.iter().map(|one| (one.key.clone(), one.days.to_string())).collect()
    };
    let (before, now) = (thresholds(old), thresholds(new));
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    for name in names {
        let (a, b) = (before.get(name), now.get(name));
        if a != b {
            let word = |value: Option<&String>| value.map_or("not stated", String::as_str).to_owned();
            say(DifferenceKind::Threshold, format!("{name}: {} before, {} now.", word(a), word(b)));
        }
    }
}
