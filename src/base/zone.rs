//! Times as a reader of a time zone writes them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::time;

/// A time (UTC microseconds) in a zone by its IANA name, to the minute: `2026-04-01 09:12`. An unknown zone is UTC.
pub fn moment(micros: i64, zone: &str) -> String {
    let tz = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    match Timestamp::from_microsecond(micros) {
        Ok(t) => {
            let z = t.to_zoned_datetime(tz);
            format!("{} {:02}:{:02}", z.date(), z.hour(), z.minute())
        }
        Err(_) => time::rfc3339(micros),
    }
}

/// The day of such a time.
pub fn date(micros: i64, zone: &str) -> String {
    moment(micros, zone).chars().take(10).collect()
}
