//! The engagement: who, which period, what is in scope, what the client says. The clock and time zones
//! enter here and nowhere else.

mod invoice;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

pub use invoice::Invoice;

/// An engagement that cannot be used.
#[derive(Debug, Error)]
pub enum EngagementError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system says.
        source: std::io::Error,
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
    #[error("{key}: {why}")]
    Value {
        /// The key or flag.
        key: String,
        /// Why.
        why: String,
    },
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
    /// SHA-256 of the file; empty without one.
    #[serde(skip)]
    pub sha256: String,
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

/// `[thresholds]`, in days.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// Oldest access key.
    pub max_key_age_days: i64,
    /// Longest idleness.
    pub max_idle_days: i64,
    /// Shortest retention of audit logs.
    pub min_retention_days: i64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { max_key_age_days: 90, max_idle_days: 90, min_retention_days: 365 }
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
}

impl Period {
    /// Days of it, at least one.
    pub fn days(&self) -> usize {
        const DAY: i64 = 86_400_000_000;
        // Half a day more, since a day of the period may have 23 or 25 hours.
        usize::try_from((self.end - self.start + DAY / 2) / DAY).unwrap_or(0).max(1)
    }
}

fn value(key: &str, why: impl Into<String>) -> EngagementError {
    EngagementError::Value { key: key.to_owned(), why: why.into() }
}

fn date(key: &str, text: &str) -> Result<Date, EngagementError> {
    text.parse().map_err(|e| value(key, format!("{text:?} is no date; write it as 2026-06-30 ({e})")))
}

fn instant(day: Date, zone: &TimeZone, key: &str) -> Result<i64, EngagementError> {
    let zoned = day.to_zoned_datetime(zone.clone()).map_err(|e| value(key, e.to_string()))?;
    Ok(zoned.timestamp().as_microsecond())
}

impl Engagement {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// When it cannot be read, is not of the form, or a value makes no sense.
    pub fn load(path: &Path) -> Result<Self, EngagementError> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| EngagementError::Io { path: shown.clone(), source })?;
        Self::parse(&text, &shown)
    }

    /// Parses and checks a text.
    ///
    /// # Errors
    /// As [`Engagement::load`].
    pub fn parse(text: &str, shown: &str) -> Result<Self, EngagementError> {
        let mut engagement: Self =
            toml::from_str(text).map_err(|e| EngagementError::Toml { path: shown.to_owned(), why: e.to_string().trim_end().to_owned() })?;
        engagement.sha256 = Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
        for account in &engagement.scope.account {
            if account.id.len() != 12 || !account.id.chars().all(|c| c.is_ascii_digit()) {
                return Err(value(
                    "scope.account.id",
                    format!("{:?} is no account id: 12 digits are wanted, leading zeros included", account.id),
                ));
            }
        }
        for category in &engagement.scope.soc2_categories {
            const KNOWN: [&str; 5] = ["security", "availability", "confidentiality", "processing_integrity", "privacy"];
            if !KNOWN.contains(&category.as_str()) {
                return Err(value("scope.soc2_categories", format!("{category:?} is none of {}", KNOWN.join(", "))));
            }
        }
        invoice::check(&engagement.invoice)?;
        Ok(engagement)
    }

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
        let none = PeriodToml::default();
        let file = self.period.as_ref().unwrap_or(&none);
        let zone_name = file.timezone.clone().unwrap_or_else(|| "UTC".to_owned());
        let zone = TimeZone::get(&zone_name)
            .map_err(|e| value("period.timezone", format!("{zone_name:?} is no IANA zone, such as Europe/Dublin ({e})")))?;
        let flagged = from.is_some() || to.is_some() || as_of.is_some();
        let (from, to, as_of) = if flagged { (from, to, as_of) } else { (file.from.as_deref(), file.to.as_deref(), file.as_of.as_deref()) };
        // Which of the two a wrong date stands in.
        let key = |name: &'static str| if flagged { name.to_owned() } else { format!("period.{}", name.replace('-', "_")) };
        let date = |name: &'static str, text: &str| date(&key(name), text);
        let said_by = match (flagged, self.period.is_some()) {
            (true, _) => "command line",
            (false, true) => "engagement",
            (false, false) => "the files",
        };
        let business = match &file.business_hours {
            Some(hours) if file.timezone.is_some() && !file.business_days.is_empty() => {
                let parsed = hours.split_once('-').and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
                let (a, b): (i64, i64) =
                    parsed.ok_or_else(|| value("period.business_hours", format!("{hours:?} is not of the form 07-19")))?;
                if !(0..24).contains(&a) || !(1..=24).contains(&b) || a >= b {
                    return Err(value(
                        "period.business_hours",
                        format!("{hours:?}: the first hour must come before the second, within 0 to 24"),
                    ));
                }
                Some((a, b))
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
                let (s, l) = seen.unwrap_or((0, 0));
                (micros_date(s), micros_date(l), Examination::Unstated)
            }
        };
        if last < first {
            return Err(value("period", format!("it ends ({last}) before it starts ({first})")));
        }
        let start = instant(first, &zone, "from")?;
        let after = last.tomorrow().map_err(|e| value("to", e.to_string()))?;
        let end = instant(after, &zone, "to")?;
        let as_of_day = as_of.map(|a| date("as-of", a)).transpose()?.unwrap_or(last);
        let as_of_after = as_of_day.tomorrow().map_err(|e| value("as-of", e.to_string()))?;
        // An as-of date means the end of that day; without one, the end of the period, and where
        // nothing was stated, everything delivered.
        let as_of = if examination == Examination::Unstated {
            seen.map_or(end, |(_, l)| end.max(l + 1))
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
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_in_the_clients_zone() {
        let text = "[period]\nfrom = \"2026-04-01\"\nto = \"2026-06-30\"\ntimezone = \"Europe/Dublin\"\n";
        let period = Engagement::parse(text, "t").unwrap().period(None, None, None, None).unwrap();
        // Dublin is an hour ahead of UTC in summer: 2026-03-31T23:00Z and 2026-06-30T23:00Z.
        assert_eq!(period.start, 1_774_998_000_000_000);
        assert_eq!(period.end, 1_782_860_400_000_000);
        assert_eq!(period.as_of, period.end);
        assert_eq!(period.examination, Examination::Type2);
    }

    #[test]
    fn mistakes_name_the_key() {
        let wrong = Engagement::parse("[period]\nfrm = \"2026-04-01\"\n", "engagement.toml").unwrap_err().to_string();
        assert!(wrong.contains("engagement.toml") && wrong.contains("frm"), "{wrong}");
        let e = Engagement::parse("", "t").unwrap();
        assert!(e.period(Some("2026-13-01"), Some("2026-06-30"), None, None).unwrap_err().to_string().contains("2026-13-01"));
        assert!(e.period(Some("2026-07-01"), Some("2026-06-30"), None, None).unwrap_err().to_string().contains("before"));
        let wrong = Engagement::parse("[[scope.account]]\nid = \"11112222333\"\n", "t").unwrap_err().to_string();
        assert!(wrong.contains("12 digits"), "{wrong}");
    }

    #[test]
    fn a_date_makes_it_type_1() {
        let e = Engagement::parse("", "t").unwrap();
        let period = e.period(None, None, Some("2026-06-30"), Some((1_774_998_000_000_000, 1_782_860_400_000_000))).unwrap();
        assert_eq!(period.examination, Examination::Type1);
        assert_eq!(period.to, "2026-06-30");
        assert_eq!(period.as_of, 1_782_864_000_000_000);
    }
}
