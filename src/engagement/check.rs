//! Every value of an engagement file is looked at, whether or not anything uses it: a date that nobody can read would
//! otherwise be a waiver that never ends.

use std::collections::BTreeSet;

use super::keys::Step::{self, At, Key};
use super::values::{Verdict, WEEKDAYS, business_hours, day, day_of_period, time_zone, when};
use super::{Engagement, PeriodToml, invoice};
use crate::base::account::is_account;
use crate::base::nearest::nearest;

/// Days a threshold may state: a hundred years at most.
const DAYS: std::ops::RangeInclusive<i64> = 1..=36_500;
/// Count that a burst may be asked to have.
const BURST: std::ops::RangeInclusive<u32> = 1..=1_000_000;
/// Minutes that a burst may be asked to fit into: a day at most.
const MINUTES: std::ops::RangeInclusive<u32> = 1..=1_440;
/// Characters that AWS takes in the key of a tag.
const TAG_KEY: usize = 128;
/// SOC 2 categories.
const CATEGORIES: [&str; 5] = ["security", "availability", "confidentiality", "processing_integrity", "privacy"];

/// A value that cannot be used.
#[derive(Debug)]
pub(super) struct Wrong {
    /// Where it stands.
    pub(super) path: Vec<Step>,
    /// What is wrong with it.
    pub(super) why: String,
    /// What is allowed.
    pub(super) help: String,
}

fn at(path: &[Step], verdict: Verdict) -> Result<(), Wrong> {
    verdict.map_err(|(why, help)| Wrong { path: path.to_vec(), why, help })
}

/// Checks all values.
pub(super) fn all(engagement: &Engagement) -> Result<(), Wrong> {
    if let Some(stated) = &engagement.period {
        period(stated)?;
    }
    scope(engagement)?;
    let t = &engagement.thresholds;
    for (key, days) in
        [("max_key_age_days", t.max_key_age_days), ("max_idle_days", t.max_idle_days), ("min_retention_days", t.min_retention_days)]
    {
        at(&[Key("thresholds"), Key(key)], days.map_or(Ok(()), threshold))?;
    }
    for (i, burst) in t.burst.iter().enumerate() {
        let key = |name| [Key("thresholds"), Key("burst"), At(i), Key(name)];
        at(&key("control"), stated(&burst.control))?;
        at(&key("exception_from"), burst.exception_from.map_or(Ok(()), |n| within(n, &BURST, "a count of events or values")))?;
        at(&key("minutes"), burst.minutes.map_or(Ok(()), |n| within(n, &MINUTES, "a number of minutes")))?;
    }
    for (i, list) in engagement.allow_list.iter().enumerate() {
        at(&[Key("allow_list"), At(i), Key("name")], stated(&list.name))?;
        for (j, value) in list.values.iter().enumerate() {
            at(&[Key("allow_list"), At(i), Key("values"), At(j)], stated(value))?;
        }
    }
    let mut ids = BTreeSet::new();
    for (i, control) in engagement.client_control.iter().enumerate() {
        let key = |name| [Key("client_control"), At(i), Key(name)];
        at(&key("id"), stated(&control.id))?;
        at(&key("id"), once(&control.id, &mut ids))?;
        at(&key("text"), stated(&control.text))?;
    }
    for (i, said) in engagement.representation.iter().enumerate() {
        let key = |name| [Key("representation"), At(i), Key(name)];
        at(&key("id"), stated(&said.id))?;
        at(&key("statement"), stated(&said.statement))?;
        at(&key("when"), when(&said.when))?;
    }
    for (i, waiver) in engagement.waiver.iter().enumerate() {
        let key = |name| [Key("waiver"), At(i), Key(name)];
        at(&key("control"), stated(&waiver.control))?;
        at(&key("reason"), stated(&waiver.reason))?;
        if let Some(resource) = &waiver.resource {
            at(&key("resource"), stated(resource))?;
        }
        if let Some(until) = &waiver.until {
            at(&key("until"), day(until).map(|_| ()))?;
        }
    }
    register(engagement)?;
    for (i, received) in engagement.received.iter().enumerate() {
        at(&[Key("received"), At(i), Key("path")], stated(&received.path))?;
        at(&[Key("received"), At(i), Key("when")], when(&received.when))?;
    }
    let mut names = BTreeSet::new();
    for (i, workload) in engagement.workload.iter().enumerate() {
        at(&[Key("workload"), At(i), Key("name")], stated(&workload.name))?;
        at(&[Key("workload"), At(i), Key("name")], once(&workload.name, &mut names))?;
        for (j, id) in workload.accounts.iter().enumerate() {
            at(&[Key("workload"), At(i), Key("accounts"), At(j)], account(id))?;
        }
        for tag in workload.tags.keys() {
            at(&[Key("workload"), At(i), Key("tags")], tag_key(tag))?;
        }
        for (j, stack) in workload.stacks.iter().enumerate() {
            at(&[Key("workload"), At(i), Key("stacks"), At(j)], stated(stack))?;
        }
    }
    for (i, one) in engagement.invoice.iter().enumerate() {
        for (key, verdict) in [("month", invoice::month(one)), ("currency", invoice::currency(one)), ("amount", invoice::amount(one))] {
            at(&[Key("invoice"), At(i), Key(key)], verdict)?;
        }
    }
    Ok(())
}

/// Risk acceptances, owners and responses. What a response says is read as a register's row is, where nothing is refused.
fn register(engagement: &Engagement) -> Result<(), Wrong> {
    for (i, accepted) in engagement.risk_acceptance.iter().enumerate() {
        let key = |name| [Key("risk_acceptance"), At(i), Key(name)];
        at(&key("control"), stated(&accepted.control))?;
        at(&key("reason"), stated(&accepted.reason))?;
        at(&key("resource"), accepted.resource.as_deref().map_or(Ok(()), stated))?;
        at(&key("expiry"), accepted.expiry.as_deref().map_or(Ok(()), |expiry| day(expiry).map(|_| ())))?;
    }
    for (i, owned) in engagement.owner.iter().enumerate() {
        let key = |name| [Key("owner"), At(i), Key(name)];
        at(&key("account"), owned.account.as_deref().map_or(Ok(()), account))?;
        at(&key("resource"), owned.resource.as_deref().map_or(Ok(()), stated))?;
        at(&key("owner"), stated(&owned.owner))?;
    }
    for (i, response) in engagement.response.iter().enumerate() {
        at(&[Key("response"), At(i), Key("id")], stated(&response.id))?;
    }
    Ok(())
}

fn period(stated: &PeriodToml) -> Result<(), Wrong> {
    let key = |name| [Key("period"), Key(name)];
    let dates = [("from", &stated.from), ("to", &stated.to), ("as_of", &stated.as_of)];
    for (name, text) in dates {
        if let Some(text) = text {
            at(&key(name), day_of_period(text).map(|_| ()))?;
        }
    }
    if let (Some(from), Some(to)) = (&stated.from, &stated.to)
        && to < from
    {
        let help = "give the first day as from and the last as to".to_owned();
        return at(&key("to"), Err((format!("the period ends ({to}) before it starts ({from})"), help)));
    }
    if let Some(zone) = &stated.timezone {
        at(&key("timezone"), time_zone(zone).map(|_| ()))?;
    }
    if let Some(hours) = &stated.business_hours {
        at(&key("business_hours"), business_hours(hours).map(|_| ()))?;
    }
    for (i, name) in stated.business_days.iter().enumerate() {
        let known = WEEKDAYS.contains(&name.as_str());
        let wrong = || (format!("{name:?} is not a day of the week"), format!("write {}", WEEKDAYS.join(", ")));
        at(&[Key("period"), Key("business_days"), At(i)], known.then_some(()).ok_or_else(wrong))?;
    }
    for (i, holiday) in stated.holidays.iter().enumerate() {
        at(&[Key("period"), Key("holidays"), At(i)], day(holiday).map(|_| ()))?;
    }
    Ok(())
}

fn scope(engagement: &Engagement) -> Result<(), Wrong> {
    let scope = &engagement.scope;
    for (i, category) in scope.soc2_categories.iter().enumerate() {
        let known = CATEGORIES.contains(&category.as_str());
        let wrong = || {
            let near = nearest(category, CATEGORIES.into_iter());
            (format!("{category:?} is not a category of SOC 2; the nearest is {near}"), format!("write {}", CATEGORIES.join(", ")))
        };
        at(&[Key("scope"), Key("soc2_categories"), At(i)], known.then_some(()).ok_or_else(wrong))?;
    }
    for (i, tag) in scope.required_tags.iter().enumerate() {
        at(&[Key("scope"), Key("required_tags"), At(i)], tag_key(tag))?;
    }
    let mut ids = BTreeSet::new();
    for (i, expected) in scope.account.iter().enumerate() {
        let key = [Key("scope"), Key("account"), At(i), Key("id")];
        at(&key, account(&expected.id))?;
        at(&key, once(&expected.id, &mut ids))?;
        for (j, name) in expected.regions.iter().enumerate() {
            at(&[Key("scope"), Key("account"), At(i), Key("regions"), At(j)], region(name))?;
        }
    }
    for (i, known) in scope.known_account.iter().enumerate() {
        at(&[Key("scope"), Key("known_account"), At(i), Key("id")], account(&known.id))?;
    }
    Ok(())
}

/// A text that says something.
fn stated(text: &str) -> Verdict {
    let wrong = || ("it is empty".to_owned(), "state it, or leave the whole entry out".to_owned());
    (!text.trim().is_empty()).then_some(()).ok_or_else(wrong)
}

/// A text that stands once among its kind.
fn once<'t>(text: &'t str, seen: &mut BTreeSet<&'t str>) -> Verdict {
    let wrong = || (format!("{text:?} is stated twice"), "state each once".to_owned());
    seen.insert(text).then_some(()).ok_or_else(wrong)
}

fn within(number: u32, range: &std::ops::RangeInclusive<u32>, what: &str) -> Verdict {
    let wrong = || (format!("{number} is not {what}"), format!("write a whole number from {} to {}", range.start(), range.end()));
    range.contains(&number).then_some(()).ok_or_else(wrong)
}

fn threshold(days: i64) -> Verdict {
    let wrong = || (format!("{days} is not a number of days"), format!("write a whole number from {} to {}", DAYS.start(), DAYS.end()));
    DAYS.contains(&days).then_some(()).ok_or_else(wrong)
}

fn account(id: &str) -> Verdict {
    let wrong = || (format!("{id:?} is not an account id"), "write all 12 digits in quotes, leading zeros included".to_owned());
    is_account(id).then_some(()).ok_or_else(wrong)
}

/// A Region's code: lower-case words and a number.
fn region(name: &str) -> Verdict {
    let word = |part: &str| (2..=10).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase());
    let parts: Vec<&str> = name.split('-').collect();
    let coded = match parts.as_slice() {
        [words @ .., number] => {
            words.len() >= 2
                && words.iter().all(|w| word(w))
                && (1..=2).contains(&number.len())
                && number.bytes().all(|b| b.is_ascii_digit())
        }
        [] => false,
    };
    let wrong = || (format!("{name:?} is not a Region"), "write the Region's code, as eu-west-1".to_owned());
    (coded || name == "global").then_some(()).ok_or_else(wrong)
}

fn tag_key(key: &str) -> Verdict {
    stated(key)?;
    let wrong = || (format!("{key:?} is longer than a tag's key can be"), format!("write the key, of at most {TAG_KEY} characters"));
    (key.chars().count() <= TAG_KEY).then_some(()).ok_or_else(wrong)
}
