//! Times as seconds since 1970, UTC. No system clock is ever read.

/// Seconds in a day.
pub const DAY: i64 = 86_400;
/// First day of the audited period, 2026-04-01 00:00 UTC.
pub const PERIOD_START: i64 = 1_775_001_600;

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

/// Year, month and day of a time.
pub fn civil(time: i64) -> (i64, i64, i64) {
    let z = time.div_euclid(DAY) + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z - era * 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

/// Hour, minute and second of a time.
pub fn of_day(time: i64) -> (i64, i64, i64) {
    let s = time.rem_euclid(DAY);
    (s / 3600, s / 60 % 60, s % 60)
}

/// Reads `2026-05-12 22:10:05`; a missing year is 2026, missing parts of the day are 0.
pub fn t(text: &str) -> i64 {
    let numbers: Vec<i64> = text.split(['-', ' ', ':', 'T', 'Z']).filter_map(|part| part.parse().ok()).collect();
    let (year, rest) = match numbers.first() {
        Some(first) if *first > 99 => (*first, &numbers[1..]),
        _ => (2026, &numbers[..]),
    };
    let part = |at: usize, default: i64| rest.get(at).copied().unwrap_or(default);
    days_from_civil(year, part(0, 1), part(1, 1)) * DAY + part(2, 0) * 3600 + part(3, 0) * 60 + part(4, 0)
}

/// `2026-05-12T22:10:05Z`.
pub fn iso(time: i64) -> String {
    let ((y, m, d), (hh, mm, ss)) = (civil(time), of_day(time));
    format!("{y:04}-{m:02}-{d:02}T{hh:02}:{mm:02}:{ss:02}Z")
}

/// `2026-05-12T22:10:05.123Z`; the milliseconds follow from the second.
pub fn iso_millis(time: i64) -> String {
    let text = iso(time);
    format!("{}.{:03}Z", text.trim_end_matches('Z'), millis(time))
}

/// Milliseconds given to a time for formats that carry them.
pub fn millis(time: i64) -> i64 {
    (time * 7 + 113).rem_euclid(1000)
}

/// `20260512T221005Z`.
pub fn basic(time: i64) -> String {
    iso(time).replace(['-', ':'], "")
}

/// Whether a time lies in the engagement's business hours: 07-19 on weekdays in Dublin, which is UTC+1 all quarter.
pub fn business_hour(time: i64) -> bool {
    weekday_between(time, 7, 19)
}

/// Whether people are at work: business hours with an hour to spare at both ends.
pub fn working_hour(time: i64) -> bool {
    weekday_between(time, 8, 18)
}

fn weekday_between(time: i64, from: i64, to: i64) -> bool {
    let local = time + 3600;
    let weekday = (local.div_euclid(DAY) + 3).rem_euclid(7);
    weekday < 5 && (from..to).contains(&(local.rem_euclid(DAY) / 3600))
}

/// Whether the UTC day of a time is a Saturday or Sunday.
pub fn weekend(time: i64) -> bool {
    (time.div_euclid(DAY) + 3).rem_euclid(7) >= 5
}
