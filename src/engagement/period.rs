//! The period and the as-of date, from flags, from the engagement file, or from what the records show.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::{Engagement, EngagementError, Examination, PeriodToml, values};
use crate::base::time::DAY;

/// When work is done, in the zone of the engagement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Business {
    /// First hour, inclusive.
    pub from: i64,
    /// Hour after the last.
    pub to: i64,
    /// Days of the week, Monday first.
    days: [bool; 7],
    /// Days off.
    holidays: BTreeSet<Date>,
}

impl Business {
    /// Whether an hour that begins at a time of the zone is one of them.
    pub fn is_at(&self, at: DateTime) -> bool {
        let weekday = usize::try_from(at.weekday().to_monday_zero_offset()).unwrap_or_default();
        let is_day = self.days.get(weekday) == Some(&true) && !self.holidays.contains(&at.date());
        is_day && (self.from..self.to).contains(&i64::from(at.hour()))
    }
}

/// The period in figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// First day, in the zone.
    pub from: String,
    /// Last day, in the zone.
    pub to: String,
    /// Start, UTC microseconds, inclusive.
    pub start: i64,
    /// End, UTC microseconds, exclusive.
    pub end: i64,
    /// Configuration is read as valid at this instant.
    pub as_of: i64,
    /// The as-of date as text.
    pub as_of_text: String,
    /// IANA zone.
    pub zone: String,
    /// Business hours, if stated with days and zone.
    pub business: Option<Business>,
    /// What it is for.
    pub examination: Examination,
    /// Who says so: "engagement", "command line" or "the files".
    pub said_by: String,
    /// Whether anything says when it is. Without a date stated and without a record that states a time there is no
    /// period: its days are empty text, its bounds mean nothing, and whatever depends on them is undetermined.
    pub known: bool,
}

/// The time that ages are counted from where no day is known.
pub(super) const NEVER: &str = "a date that is not determined";

impl Period {
    /// Days of it, at least one.
    pub fn days(&self) -> usize {
        // Half a day more, since a day of the period may have 23 or 25 hours.
        usize::try_from(self.end.saturating_sub(self.start).saturating_add(DAY / 2) / DAY).unwrap_or(0).max(1)
    }
}

/// An error about a flag, or about a value of the file where only the key is known.
pub(super) fn value(key: &str, (why, help): (String, String)) -> EngagementError {
    EngagementError::Value { place: String::new(), key: key.to_owned(), why, help }
}

/// 1990-01-02 and 2200-12-30, UTC microseconds: inside the years of a period, in every zone.
pub(super) const EARLIEST: i64 = 631_238_400_000_000;

pub(super) const LATEST: i64 = 7_289_481_600_000_000;

pub(super) fn instant(day: Date, zone: &TimeZone, key: &str) -> Result<i64, EngagementError> {
    let zoned = day.to_zoned_datetime(zone.clone()).map_err(|e| value(key, (e.to_string(), "give another day".to_owned())))?;
    Ok(zoned.timestamp().as_microsecond())
}

impl Engagement {
    /// The period from flags, else the file, else what the records cover (`seen`: first and last time).
    ///
    /// # Errors
    /// When dates cannot be read or are the wrong way round.
    pub fn period(
        &self,
        from: Option<&str>,
        to: Option<&str>,
        as_of: Option<&str>,
        seen: Option<(i64, i64)>,
    ) -> Result<Period, EngagementError> {
        // Records state no other times; a store that was tampered with may.
        let seen = seen.map(|(first, last)| (first.clamp(EARLIEST, LATEST), last.clamp(EARLIEST, LATEST)));
        let none = PeriodToml::default();
        let file = self.period.as_ref().unwrap_or(&none);
        let zone_name = file.timezone.clone().unwrap_or_else(|| "UTC".to_owned());
        let zone = values::time_zone(&zone_name).map_err(|e| value("period.timezone", e))?;
        let flagged = from.is_some() || to.is_some() || as_of.is_some();
        let (from, to, as_of) = if flagged { (from, to, as_of) } else { (file.from.as_deref(), file.to.as_deref(), file.as_of.as_deref()) };
        // Which of the two a wrong date stands in.
        let key = |name: &'static str| if flagged { name.to_owned() } else { format!("period.{}", name.replace('-', "_")) };
        let date = |name: &'static str, text: &str| values::day_of_period(text).map_err(|e| value(&key(name), e));
        let stated = from.is_some() || to.is_some() || as_of.is_some();
        let said_by = match (flagged, stated) {
            (true, _) => "command line",
            (false, true) => "engagement",
            (false, false) => "the files",
        };
        let business = match &file.business_hours {
            Some(hours) if file.timezone.is_some() && !file.business_days.is_empty() => {
                let (from, to) = values::business_hours(hours).map_err(|e| value("period.business_hours", e))?;
                let days = values::WEEKDAYS.map(|day| file.business_days.iter().any(|named| named == day));
                let holidays = file.holidays.iter().map(|text| values::day(text).map_err(|e| value("period.holidays", e)));
                Some(Business { from, to, days, holidays: holidays.collect::<Result<_, _>>()? })
            }
            _ => None,
        };
        let micros_date = |micros: i64| -> Date {
            jiff::Timestamp::from_microsecond(micros).map_or(jiff::civil::date(1970, 1, 1), |t| t.to_zoned_datetime(zone.clone()).date())
        };
        let (first, last, examination) = match (from, to, as_of) {
            (Some(f), Some(t), _) => (date("from", f)?, date("to", t)?, Examination::Type2),
            (None, None, Some(a)) => {
                let day = date("as-of", a)?;
                (seen.map_or(day, |(s, _)| micros_date(s).min(day)), day, Examination::Type1)
            }
            (Some(f), None, _) => (date("from", f)?, seen.map_or(date("from", f)?, |(_, l)| micros_date(l)), Examination::Type2),
            (None, Some(t), _) => (seen.map_or(date("to", t)?, |(s, _)| micros_date(s)), date("to", t)?, Examination::Type2),
            (None, None, None) => {
                let Some((s, l)) = seen else {
                    return Ok(Period {
                        from: String::new(),
                        to: String::new(),
                        start: EARLIEST,
                        end: EARLIEST,
                        // No record states a time, so none is too late to count.
                        as_of: LATEST,
                        as_of_text: NEVER.to_owned(),
                        zone: zone_name,
                        business,
                        examination: Examination::Unstated,
                        said_by: "nobody".to_owned(),
                        known: false,
                    });
                };
                (micros_date(s), micros_date(l), Examination::Unstated)
            }
        };
        if last < first {
            let help = "give the first day as from and the last as to; records outside them are not looked at".to_owned();
            return Err(value("period", (format!("it ends ({last}) before it starts ({first})"), help)));
        }
        let start = instant(first, &zone, "from")?;
        let after = last.tomorrow().map_err(|e| value("to", (e.to_string(), "give an earlier day".to_owned())))?;
        let end = instant(after, &zone, "to")?;
        let as_of_day = as_of.map(|a| date("as-of", a)).transpose()?.unwrap_or(last);
        let as_of_after = as_of_day.tomorrow().map_err(|e| value("as-of", (e.to_string(), "give an earlier day".to_owned())))?;
        // An as-of date means the end of that day; without one, the end of the period, and where
        // nothing was stated, everything delivered.
        let as_of = if examination == Examination::Unstated {
            seen.map_or(end, |(_, l)| end.max(l.saturating_add(1)))
        } else {
            instant(as_of_after, &zone, "as-of")?
        };
        Ok(Period {
            from: first.to_string(),
            to: last.to_string(),
            start,
            end,
            as_of,
            as_of_text: as_of_day.to_string(),
            zone: zone_name,
            business,
            examination,
            said_by: said_by.to_owned(),
            known: true,
        })
    }
}
