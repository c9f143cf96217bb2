//! Checks of single values: dates, zones, hours, numbers.

use jiff::civil::Date;
use jiff::tz::TimeZone;

/// First and last year of a period. Times outside are believed in no record.
pub(super) const YEARS: std::ops::RangeInclusive<i16> = 1990..=2200;

/// What is wrong with a value, and what is allowed; the place is added by who knows it.
pub(super) type Verdict = Result<(), (String, String)>;

/// A calendar day, written so that texts of days sort as the days do.
pub(super) fn day(text: &str) -> Result<Date, (String, String)> {
    let wrong = || (format!("{text:?} is not a date"), "write a date that exists, as 2026-06-30".to_owned());
    text.parse::<Date>().ok().filter(|date| date.to_string() == text && date.year() >= 0).ok_or_else(wrong)
}

/// Whether a text is a calendar day that exists, as `2026-06-30`.
pub fn is_day(text: &str) -> bool {
    day(text).is_ok()
}

/// A calendar day of the years a period may have.
pub(super) fn day_of_period(text: &str) -> Result<Date, (String, String)> {
    let date = day(text)?;
    let wrong =
        || (format!("{text:?} is outside the years {} to {}", YEARS.start(), YEARS.end()), "give the days the evidence is of".to_owned());
    YEARS.contains(&date.year()).then_some(date).ok_or_else(wrong)
}

/// A day, or a day and a time of it; may be left empty.
pub(super) fn when(text: &str) -> Verdict {
    let (date, rest) = text.split_at_checked(10).unwrap_or((text, ""));
    let timed = rest.is_empty() || rest.starts_with(['T', ' ']) && text.parse::<jiff::civil::DateTime>().is_ok();
    let wrong = || (format!("{text:?} is not a date"), "write it as 2026-07-02 or 2026-07-02T14:30, or leave it out".to_owned());
    (text.is_empty() || day(date).is_ok() && timed).then_some(()).ok_or_else(wrong)
}

/// An IANA time zone.
pub(super) fn time_zone(name: &str) -> Result<TimeZone, (String, String)> {
    TimeZone::get(name)
        .map_err(|e| (format!("{name:?} is not a time zone ({e})"), "write an IANA name, such as Europe/Dublin or UTC".to_owned()))
}

/// Days of the week as the engagement writes them.
pub(super) const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// First hour and the hour after the last, such as `07-19`.
pub(super) fn business_hours(text: &str) -> Result<(i64, i64), (String, String)> {
    let hour = |text: &str| (text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse::<i64>().ok()).flatten();
    let hours = text.split_once('-').and_then(|(a, b)| Some((hour(a.trim())?, hour(b.trim())?)));
    let wrong =
        || (format!("{text:?} is not a span of hours"), "write whole hours of one day, the first before the last, as 07-19".to_owned());
    hours.filter(|(a, b)| a < b && *b <= 24).ok_or_else(wrong)
}
