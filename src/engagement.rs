//! The engagement: who, which period, what is in scope, what the client says. The clock and time zones
//! enter here and nowhere else.

mod check;
mod file;
mod invoice;
mod keys;

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use file::{File, NAME, Named};
pub use invoice::Invoice;
pub use keys::Step;

use crate::base::help::Help;
use crate::base::small_file::SmallFileError;

/// An engagement that cannot be used.
#[derive(Debug, Error)]
pub enum EngagementError {
    /// The file cannot be read.
    #[error("the engagement file {path} cannot be read: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: SmallFileError,
    },
    /// The file is not of the form.
    #[error("{path}: {why}")]
    Toml {
        /// The file.
        path: String,
        /// What and where.
        why: String,
    },
    /// A value makes no sense.
    #[error("{place}{key}: {why}")]
    Value {
        /// File and line with a colon and a blank after them; empty for a flag.
        place: String,
        /// The key or flag.
        key: String,
        /// Why.
        why: String,
        /// What is allowed.
        help: String,
    },
}

impl Help for EngagementError {
    fn help(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Unreadable { source, .. } => source.help(),
            Self::Toml { .. } => Some("`sixpillars init` writes a file with every key to compare with".into()),
            Self::Value { help, .. } => Some(help.clone().into()),
        }
    }
}

/// `engagement.toml` as written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Engagement {
    /// Client and people.
    #[serde(default)]
    pub engagement: About,
    /// Period.
    pub period: Option<PeriodToml>,
    /// Accounts, categories, tags.
    #[serde(default)]
    pub scope: Scope,
    /// Thresholds.
    #[serde(default)]
    pub thresholds: Thresholds,
    /// Named lists that controls use.
    #[serde(default)]
    pub allow_list: Vec<AllowList>,
    /// The client's own controls.
    #[serde(default)]
    pub client_control: Vec<ClientControl>,
    /// What management says.
    #[serde(default)]
    pub representation: Vec<Representation>,
    /// Exceptions accepted by the client.
    #[serde(default)]
    pub waiver: Vec<Waiver>,
    /// Custody of the files.
    #[serde(default)]
    pub received: Vec<Received>,
    /// Workloads reviewed.
    #[serde(default)]
    pub workload: Vec<Workload>,
    /// Invoice totals to hold the charges against.
    #[serde(default)]
    pub invoice: Vec<Invoice>,
    /// The file it was read from; `None` without one.
    #[serde(skip)]
    pub file: Option<File>,
}

/// `[engagement]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Client.
    #[serde(default)]
    pub client: String,
    /// Title of the report.
    #[serde(default)]
    pub title: String,
    /// Firm.
    #[serde(default)]
    pub firm: String,
    /// Who prepares.
    #[serde(default)]
    pub prepared_by: String,
    /// Who reviews.
    #[serde(default)]
    pub reviewed_by: String,
    /// For whom.
    #[serde(default)]
    pub intended_users: String,
}

/// `[period]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodToml {
    /// First day.
    pub from: Option<String>,
    /// Last day.
    pub to: Option<String>,
    /// Date of a type 1 examination.
    pub as_of: Option<String>,
    /// IANA zone; UTC without.
    pub timezone: Option<String>,
    /// Such as `07-19`.
    pub business_hours: Option<String>,
    /// Such as `["Mon", "Tue"]`.
    #[serde(default)]
    pub business_days: Vec<String>,
    /// Days off.
    #[serde(default)]
    pub holidays: Vec<String>,
}

/// `[scope]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// SOC 2 categories; security when empty.
    #[serde(default)]
    pub soc2_categories: Vec<String>,
    /// Tag keys every resource should have.
    #[serde(default)]
    pub required_tags: Vec<String>,
    /// Expected accounts.
    #[serde(default)]
    pub account: Vec<Account>,
    /// Accounts outside the scope that the client knows.
    #[serde(default)]
    pub known_account: Vec<KnownAccount>,
}

/// An expected account.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// 12 digits.
    pub id: String,
    /// Name.
    #[serde(default)]
    pub name: String,
    /// Environment.
    #[serde(default)]
    pub environment: String,
    /// Regions in use.
    #[serde(default)]
    pub regions: Vec<String>,
}

/// An account the client knows.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownAccount {
    /// 12 digits.
    pub id: String,
    /// Label.
    #[serde(default)]
    pub label: String,
}

/// `[thresholds]`, in days but for bursts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// Oldest access key, as stated.
    pub max_key_age_days: Option<i64>,
    /// Longest idleness, as stated.
    pub max_idle_days: Option<i64>,
    /// Shortest retention of audit logs, as stated.
    pub min_retention_days: Option<i64>,
    /// Bursts of events that are exceptions, by control.
    pub burst: Vec<BurstThreshold>,
}

/// From when on a burst of events is an exception of one control.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BurstThreshold {
    /// Id of the control.
    pub control: String,
    /// Count from which a burst is an exception; the catalogue's without.
    pub exception_from: Option<u32>,
    /// Width of the window; the catalogue's without.
    pub minutes: Option<u32>,
}

impl Thresholds {
    /// Oldest access key, in days: as stated, else 90.
    pub fn max_key_age(&self) -> i64 {
        self.max_key_age_days.unwrap_or(90)
    }

    /// Longest idleness, in days: as stated, else 90.
    pub fn max_idle(&self) -> i64 {
        self.max_idle_days.unwrap_or(90)
    }

    /// Shortest retention of audit logs, in days: as stated, else 365.
    pub fn min_retention(&self) -> i64 {
        self.min_retention_days.unwrap_or(365)
    }
}

/// A named list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowList {
    /// Name that controls look for.
    pub name: String,
    /// Values.
    #[serde(default)]
    pub values: Vec<String>,
}

/// A control of the client's own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientControl {
    /// The client's id.
    pub id: String,
    /// The client's words.
    pub text: String,
    /// SOC 2 criteria.
    #[serde(default)]
    pub criteria: Vec<String>,
    /// Our control ids that test it.
    #[serde(default)]
    pub tests: Vec<String>,
}

/// Something management says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Representation {
    /// Seed question, practice or client control.
    pub id: String,
    /// The words.
    pub statement: String,
    /// Who, with role.
    #[serde(default)]
    pub who: String,
    /// When.
    #[serde(default)]
    pub when: String,
    /// Document or ticket.
    #[serde(default)]
    pub reference: String,
    /// Control ids whose exceptions contradict it, beside those of the question.
    #[serde(default)]
    pub contradicted_by: Vec<String>,
}

/// An exception the client accepts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// Control id.
    pub control: String,
    /// Resource id; all of the control's without.
    pub resource: Option<String>,
    /// Why.
    pub reason: String,
    /// Last day.
    pub until: Option<String>,
    /// By whom.
    #[serde(default)]
    pub approved_by: String,
}

/// How files came.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// Path or folder.
    pub path: String,
    /// Who exported.
    #[serde(default)]
    pub who: String,
    /// With which command.
    #[serde(default)]
    pub command: String,
    /// When.
    #[serde(default)]
    pub when: String,
    /// By which way.
    #[serde(default)]
    pub how: String,
    /// Who received.
    #[serde(default)]
    pub received_by: String,
}

/// A workload.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// Name.
    pub name: String,
    /// Accounts.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Stacks.
    #[serde(default)]
    pub stacks: Vec<String>,
}

/// Type of examination the evidence is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Examination {
    /// As of a date.
    Type1,
    /// Through a period.
    Type2,
    /// Neither was asked for: the period is what the files cover.
    Unstated,
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
    pub business: Option<(i64, i64)>,
    /// What it is for.
    pub examination: Examination,
    /// Who says so: "engagement", "command line" or "the files".
    pub said_by: String,
    /// Whether anything says when it is. Without a date stated and without a record that states a time there is no
    /// period: its days are empty text, its bounds mean nothing, and whatever depends on them is undetermined.
    pub known: bool,
}

/// The time that ages are counted from where no day is known.
const NEVER: &str = "a date that is not determined";

impl Period {
    /// Days of it, at least one.
    pub fn days(&self) -> usize {
        const DAY: i64 = 86_400_000_000;
        // Half a day more, since a day of the period may have 23 or 25 hours.
        usize::try_from(self.end.saturating_sub(self.start).saturating_add(DAY / 2) / DAY).unwrap_or(0).max(1)
    }
}

/// An error about a flag, or about a value of the file where only the key is known.
fn value(key: &str, (why, help): (String, String)) -> EngagementError {
    EngagementError::Value { place: String::new(), key: key.to_owned(), why, help }
}

/// 1990-01-02 and 2200-12-30, UTC microseconds: inside the years of a period, in every zone.
const EARLIEST: i64 = 631_238_400_000_000;
const LATEST: i64 = 7_289_481_600_000_000;

fn instant(day: Date, zone: &TimeZone, key: &str) -> Result<i64, EngagementError> {
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
        let zone = check::time_zone(&zone_name).map_err(|e| value("period.timezone", e))?;
        let flagged = from.is_some() || to.is_some() || as_of.is_some();
        let (from, to, as_of) = if flagged { (from, to, as_of) } else { (file.from.as_deref(), file.to.as_deref(), file.as_of.as_deref()) };
        // Which of the two a wrong date stands in.
        let key = |name: &'static str| if flagged { name.to_owned() } else { format!("period.{}", name.replace('-', "_")) };
        let date = |name: &'static str, text: &str| check::day_of_period(text).map_err(|e| value(&key(name), e));
        let stated = from.is_some() || to.is_some() || as_of.is_some();
        let said_by = match (flagged, stated) {
            (true, _) => "command line",
            (false, true) => "engagement",
            (false, false) => "the files",
        };
        let business = match &file.business_hours {
            Some(hours) if file.timezone.is_some() && !file.business_days.is_empty() => {
                Some(check::business_hours(hours).map_err(|e| value("period.business_hours", e))?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_in_the_clients_zone() {
        let text = "[period]\nfrom = \"2026-04-01\"\nto = \"2026-06-30\"\ntimezone = \"Europe/Dublin\"\n";
        let period = Engagement::parse(text, "t", Named::Given).unwrap().period(None, None, None, None).unwrap();
        // Dublin is an hour ahead of UTC in summer: 2026-03-31T23:00Z and 2026-06-30T23:00Z.
        assert_eq!(period.start, 1_774_998_000_000_000);
        assert_eq!(period.end, 1_782_860_400_000_000);
        assert_eq!(period.as_of, period.end);
        assert_eq!(period.examination, Examination::Type2);
    }

    #[test]
    fn dates_of_flags_are_checked_too() {
        let e = Engagement::default();
        assert!(e.period(Some("2026-13-01"), Some("2026-06-30"), None, None).unwrap_err().to_string().contains("2026-13-01"));
        assert!(e.period(Some("2026-07-01"), Some("2026-06-30"), None, None).unwrap_err().to_string().contains("before"));
        assert!(e.period(None, None, Some("9999-12-31"), None).unwrap_err().to_string().contains("1990 to 2200"));
    }

    #[test]
    fn without_a_date_and_without_times_there_is_no_period() {
        for text in ["", "[period]\n", "[period]\ntimezone = \"Europe/Dublin\"\n"] {
            let period = Engagement::parse(text, "t", Named::Given).unwrap().period(None, None, None, None).unwrap();
            assert!(!period.known && period.from.is_empty() && period.to.is_empty(), "{period:?}");
            assert_eq!(period.said_by, "nobody");
        }
        // A table of the engagement that states a zone only says nothing about days.
        let zone = Engagement::parse("[period]\ntimezone = \"UTC\"\n", "t", Named::Given).unwrap();
        let period = zone.period(None, None, None, Some((1_774_998_000_000_000, 1_782_860_400_000_000))).unwrap();
        assert_eq!((period.known, period.said_by.as_str()), (true, "the files"));
    }

    #[test]
    fn a_date_makes_it_type_1() {
        let e = Engagement::default();
        let period = e.period(None, None, Some("2026-06-30"), Some((1_774_998_000_000_000, 1_782_860_400_000_000))).unwrap();
        assert_eq!(period.examination, Examination::Type1);
        assert_eq!(period.to, "2026-06-30");
        assert_eq!(period.as_of, 1_782_864_000_000_000);
    }

    #[test]
    fn no_time_seen_makes_a_period_that_overflows() {
        for seen in [(i64::MIN, i64::MAX), (0, i64::MAX), (7_289_740_800_000_000 - 1, 7_289_740_800_000_000 - 1)] {
            for zone in ["UTC", "Pacific/Kiritimati", "Etc/GMT+12"] {
                let e = Engagement {
                    period: Some(PeriodToml { timezone: Some(zone.to_owned()), ..PeriodToml::default() }),
                    ..Engagement::default()
                };
                let period = e.period(None, None, None, Some(seen)).unwrap();
                assert!(period.start < period.end && period.as_of >= period.end && period.days() > 0, "{period:?}");
            }
        }
    }
}
