//! One tolerant reader for the timestamps AWS exports hold, always to UTC microseconds.
//!
//! Accepted: RFC 3339 and its relaxations (space instead of `T`, missing seconds or zone, `+0000`,
//! fractions of any length, ` UTC`), the basic form `20240501T101112Z`, plain dates, epoch seconds
//! or milliseconds as number or text, and `Jan 22, 2021 12:46:28 AM`. Times without a zone are UTC.
//! Fractions finer than a microsecond are cut, so that a time never moves into the next day.

use serde_json::{Number, Value};
use thiserror::Error;

use super::decimal::{self, DecimalError};

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in an hour.
pub const HOUR: i64 = 3_600 * SECOND;
/// Microseconds in a day.
pub const DAY: i64 = 24 * HOUR;

/// First moment believed: 1990-01-01. Nothing AWS exports is older.
const FIRST: i64 = 7_305 * DAY;
/// First moment after those believed: 2201-01-01.
const END: i64 = 84_371 * DAY;
/// Characters of a foreign value that an error repeats.
const SHOWN: usize = 40;

/// Why a text is not a time.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TimeError {
    /// Nothing there.
    #[error("time is empty")]
    Empty,
    /// None of the known forms.
    #[error("'{0}' is not a time in a known form")]
    Form(String),
    /// A date or hour that does not exist, such as 2023-02-29.
    #[error("'{0}' is not a date and time that exists")]
    Calendar(String),
    /// Outside 1990 to 2200.
    #[error("'{0}' lies outside the years 1990 to 2200")]
    Range(String),
}

/// Reads a time in any accepted form; UTC microseconds since 1970-01-01.
///
/// # Errors
/// When the text is empty, in no known form, or outside the years 1990 to 2200.
pub fn parse(text: &str) -> Result<i64, TimeError> {
    if let Some(micros) = plain_utc(text.as_bytes()) {
        return believed(micros).ok_or_else(|| TimeError::Range(shown(text)));
    }
    slow(text)
}

/// Reads a time given in JSON as text or as an epoch number.
///
/// # Errors
/// As [`parse`]; other JSON values are in no known form.
pub fn parse_json(value: &Value) -> Result<i64, TimeError> {
    match value {
        Value::String(text) => parse(text),
        Value::Number(number) => of_number(number),
        Value::Null => Err(TimeError::Empty),
        other => Err(TimeError::Form(shown(&other.to_string()))),
    }
}

/// A number of JSON, in seconds since 1970, as UTC microseconds.
///
/// # Errors
/// When it lies outside what [`parse`] believes.
pub fn of_number(number: &Number) -> Result<i64, TimeError> {
    let micros = match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) => epoch(i128::from(whole) * i128::from(SECOND)),
        // A double carries about 0.2 microseconds at present-day epochs: round, do not cut.
        #[expect(clippy::cast_possible_truncation, reason = "checked against 1e17 first")]
        (None, Some(real)) if real.abs() < 1e17 => epoch((real * 1e6).round() as i128),
        _ => None,
    };
    micros.and_then(believed).ok_or_else(|| TimeError::Range(shown(&number.to_string())))
}

/// The form nearly all values have: `2024-05-01T10:11:12Z`.
fn plain_utc(b: &[u8]) -> Option<i64> {
    let b: &[u8; 20] = b.try_into().ok()?;
    if b[4] != b'-' || b[7] != b'-' || b[10] != b'T' || b[13] != b':' || b[16] != b':' || b[19] != b'Z' {
        return None;
    }
    let two = |i: usize| -> Option<u32> {
        let (tens, ones) = (b[i].wrapping_sub(b'0'), b[i + 1].wrapping_sub(b'0'));
        (tens < 10 && ones < 10).then(|| u32::from(tens) * 10 + u32::from(ones))
    };
    let year = two(0)? * 100 + two(2)?;
    let day = day_number(i64::from(year), two(5)?, two(8)?)?;
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(i64::from(day) * DAY + i64::from(hour * 3_600 + minute * 60 + second) * SECOND)
}

fn slow(text: &str) -> Result<i64, TimeError> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(TimeError::Empty);
    }
    if trimmed.len() > 64 {
        return Err(TimeError::Form(shown(trimmed)));
    }
    let parts = iso(trimmed).or_else(|| month_name(trimmed));
    if let Some(parts) = parts {
        let micros = parts.micros().ok_or_else(|| TimeError::Calendar(shown(trimmed)))?;
        return believed(micros).ok_or_else(|| TimeError::Range(shown(trimmed)));
    }
    let number = decimal::parse(trimmed).map_err(|error| match error {
        DecimalError::Range(_) => TimeError::Range(shown(trimmed)),
        DecimalError::Empty | DecimalError::Form(_) => TimeError::Form(shown(trimmed)),
    })?;
    epoch(number.units.div_euclid(1_000_000_000_000)).and_then(believed).ok_or_else(|| TimeError::Range(shown(trimmed)))
}

/// Epoch seconds or milliseconds, told apart by size: 1990 is 6.3e8 s and 6.3e11 ms, 2200 is 7.3e9 s.
/// `micros_if_seconds` is the number times a million.
fn epoch(micros_if_seconds: i128) -> Option<i64> {
    let hundred_billion = 100_000_000_000 * i128::from(SECOND);
    let micros = if micros_if_seconds.abs() >= hundred_billion { micros_if_seconds.div_euclid(1_000) } else { micros_if_seconds };
    i64::try_from(micros).ok()
}

fn believed(micros: i64) -> Option<i64> {
    (FIRST..END).contains(&micros).then_some(micros)
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A date and time as written, before the calendar is asked.
#[derive(Debug, Default)]
struct Parts {
    year: i64,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    micros: i64,
    offset_seconds: i64,
}

impl Parts {
    fn micros(&self) -> Option<i64> {
        let day = day_number(self.year, self.month, self.day)?;
        // A leap second is written :60; like most readers we place it at :59.
        if self.hour > 23 || self.minute > 59 || self.second > 60 {
            return None;
        }
        let second = self.hour * 3_600 + self.minute * 60 + self.second.min(59);
        Some(i64::from(day) * DAY + i64::from(second) * SECOND + self.micros - self.offset_seconds * SECOND)
    }
}

/// A cursor over ASCII bytes.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn eat(&mut self, wanted: &[u8]) -> bool {
        let found = self.0.first().is_some_and(|b| wanted.contains(b));
        if found {
            self.0 = &self.0[1..];
        }
        found
    }

    /// Exactly `count` digits.
    fn digits(&mut self, count: usize) -> Option<u32> {
        let head = self.0.get(..count)?;
        let value = head.iter().try_fold(0_u32, |sum, b| b.is_ascii_digit().then(|| sum * 10 + u32::from(b - b'0')))?;
        self.0 = &self.0[count..];
        Some(value)
    }

    /// A run of one or two digits, as in `Jan 2` or `9:05 PM`.
    fn short(&mut self) -> Option<u32> {
        let two = self.0.get(1).is_some_and(u8::is_ascii_digit);
        self.digits(if two { 2 } else { 1 })
    }

    /// The digits after a decimal point, cut to microseconds. At least one.
    fn fraction(&mut self) -> Option<i64> {
        let length = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        if length == 0 {
            return None;
        }
        let mut micros = 0;
        for place in 0..6 {
            let digit = if place < length { self.0[place] - b'0' } else { 0 };
            micros = micros * 10 + i64::from(digit);
        }
        self.0 = &self.0[length..];
        Some(micros)
    }

    /// `Z`, `UTC`, `GMT`, `+01:00`, `+0100`, `+01` or nothing; seconds east of UTC. The rest must be empty.
    fn zone(&mut self) -> Option<i64> {
        while self.eat(b" ") {}
        if self.0.is_empty() || self.0.eq_ignore_ascii_case(b"z") {
            return Some(0);
        }
        if self.0.eq_ignore_ascii_case(b"utc") || self.0.eq_ignore_ascii_case(b"gmt") {
            return Some(0);
        }
        let west = self.0.first() == Some(&b'-');
        if !self.eat(b"+-") {
            return None;
        }
        let hours = self.digits(2)?;
        let mut minutes = 0;
        if !self.0.is_empty() {
            self.eat(b":");
            minutes = self.digits(2)?;
        }
        if !self.0.is_empty() || hours > 23 || minutes > 59 {
            return None;
        }
        let seconds = i64::from(hours * 3_600 + minutes * 60);
        Some(if west { -seconds } else { seconds })
    }
}

/// ISO 8601 in its extended and basic forms.
fn iso(text: &str) -> Option<Parts> {
    let mut at = Cursor(text.as_bytes());
    let mut parts = Parts { year: i64::from(at.digits(4)?), ..Parts::default() };
    let extended = at.eat(b"-");
    parts.month = at.digits(2)?;
    if extended && !at.eat(b"-") {
        return None;
    }
    parts.day = at.digits(2)?;
    if at.0.is_empty() {
        return Some(parts);
    }
    if at.eat(b"Tt") || (extended && at.eat(b" ")) {
        parts.hour = at.digits(2)?;
        let colons = at.eat(b":");
        parts.minute = at.digits(2)?;
        let seconds_follow = if colons { at.eat(b":") } else { at.0.first().is_some_and(u8::is_ascii_digit) };
        if seconds_follow {
            parts.second = at.digits(2)?;
            if at.eat(b".,") {
                parts.micros = at.fraction()?;
            }
        }
        parts.offset_seconds = at.zone()?;
        return Some(parts);
    }
    // `2024-05-01Z` and `2024-05-01+00:00`: dates with a zone, in XML style.
    if extended {
        parts.offset_seconds = at.zone()?;
        return Some(parts);
    }
    None
}

/// `Jan 22, 2021 12:46:28 AM`, as Java prints dates in some responses; newer Java puts a comma after
/// the year and a narrow no-break space before `AM`.
fn month_name(text: &str) -> Option<Parts> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let text: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c.to_ascii_lowercase() }).collect();
    let (name, rest) = text.split_once(' ')?;
    let month = MONTHS.iter().position(|m| name == *m)?;
    let mut at = Cursor(rest.as_bytes());
    let day = at.short()?;
    at.eat(b",");
    if !at.eat(b" ") {
        return None;
    }
    let year = at.digits(4)?;
    at.eat(b",");
    if !at.eat(b" ") {
        return None;
    }
    let hour = at.short()?;
    if !at.eat(b":") {
        return None;
    }
    let minute = at.digits(2)?;
    let second = if at.eat(b":") { at.digits(2)? } else { 0 };
    while at.eat(b" ") {}
    let hour = match at.0 {
        b"" => hour,
        b"am" if (1..=12).contains(&hour) => hour % 12,
        b"pm" if (1..=12).contains(&hour) => hour % 12 + 12,
        _ => return None,
    };
    let month = u32::try_from(month).ok()? + 1;
    Some(Parts { year: i64::from(year), month, day, hour, minute, second, ..Parts::default() })
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar; `None` if there is no such date.
pub fn day_number(year: i64, month: u32, day: u32) -> Option<i32> {
    const DAYS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let index = usize::try_from(month.checked_sub(1)?).ok()?;
    let length = *DAYS.get(index)? + u32::from(leap && month == 2);
    if !(1..=length).contains(&day) || !(0..=9_999).contains(&year) {
        return None;
    }
    // Count years from March, so that the leap day is the last of its year.
    let shifted = if month <= 2 { year - 1 } else { year };
    let since_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * since_march + 2) / 5 + i64::from(day) - 1;
    let days = 365 * shifted + shifted.div_euclid(4) - shifted.div_euclid(100) + shifted.div_euclid(400) + day_of_year;
    // 719,468 days lie between 0000-03-01 and 1970-01-01.
    i32::try_from(days - 719_468).ok()
}

/// Year, month and day of a day number.
pub fn civil(day: i32) -> (i64, u32, u32) {
    let days = i64::from(day) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let since_march = (5 * of_year + 2) / 153;
    let month = if since_march < 10 { since_march + 3 } else { since_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    let day = of_year - (153 * since_march + 2) / 5 + 1;
    (year, u32::try_from(month).unwrap_or(1), u32::try_from(day).unwrap_or(1))
}

/// The day a moment falls on, in UTC.
pub fn day_of(micros: i64) -> i32 {
    i32::try_from(micros.div_euclid(DAY)).unwrap_or(if micros < 0 { i32::MIN } else { i32::MAX })
}

/// Hour of the day, 0 to 23, UTC.
pub fn hour_of(micros: i64) -> i64 {
    micros.rem_euclid(DAY) / HOUR
}

/// Day of the week, 1 = Monday to 7 = Sunday.
pub fn weekday(day: i32) -> i64 {
    // 1970-01-01 was a Thursday.
    (i64::from(day) + 3).rem_euclid(7) + 1
}

/// Whole seconds since 1970-01-01.
pub fn epoch_seconds(micros: i64) -> i64 {
    micros.div_euclid(SECOND)
}

/// `2024-05` of a day number.
pub fn month_text(day: i32) -> String {
    let (year, month, _) = civil(day);
    format!("{year:04}-{month:02}")
}

/// `2024-05-01` of a day number.
pub fn date_text(day: i32) -> String {
    let (year, month, day) = civil(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// RFC 3339 in UTC; a fraction only where there is one, then with six digits.
pub fn rfc3339(micros: i64) -> String {
    let rest = micros.rem_euclid(DAY);
    let (second, fraction) = (rest / SECOND, rest % SECOND);
    let time = format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60);
    let date = date_text(day_of(micros));
    if fraction == 0 { format!("{date}T{time}Z") } else { format!("{date}T{time}.{fraction:06}Z") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const T: i64 = 1_714_558_272 * SECOND; // 2024-05-01T10:11:12Z

    #[test]
    fn every_form_met_in_exports() {
        for (text, expected) in [
            ("2024-05-01T10:11:12Z", T),
            ("2024-05-01T10:11:12z", T),
            ("2024-05-01T10:11:12.123Z", T + 123_000),
            ("2024-05-01T10:11:12.1234567Z", T + 123_456),
            ("2024-05-01T10:11:12,5Z", T + 500_000),
            ("2024-05-01T10:11:12+00:00", T),
            ("2024-05-01T12:11:12+02:00", T),
            ("2024-05-01T05:41:12.000001-04:30", T + 1),
            ("2024-05-01T12:11:12+02", T),
            ("2024-05-01T10:11:12", T),
            ("2024-05-01T10:11Z", T - 12 * SECOND),
            ("2024-05-01 10:11:12", T),
            ("2024-05-01 10:11:12.000", T),
            ("2024-05-01 10:11:12.000 UTC", T),
            ("2024-05-01 10:11:12+00:00", T),
            (" 2024-05-01 10:11:12 ", T),
            ("20240501T101112Z", T),
            ("20240501T101112.000Z", T),
            ("20240501T1011Z", T - 12 * SECOND),
            ("20240501", T - 36_672 * SECOND),
            ("2024-05-01", T - 36_672 * SECOND),
            ("2024-05-01Z", T - 36_672 * SECOND),
            ("1714558272", T),
            ("1714558272.5", T + 500_000),
            ("1.714558272E9", T),
            ("1714558272123", T + 123_000),
            ("May 1, 2024 10:11:12 AM", T),
            ("May 01, 2024, 10:11:12\u{202f}AM", T),
            ("May 1, 2024 10:11:12 PM", T + 12 * HOUR),
            ("Jan 22, 2021 12:46:28 AM", 1_611_276_388 * SECOND),
            ("2014-02-27T21:43:53.0885+0000", 1_393_537_433 * SECOND + 88_500),
            ("2016-12-31T23:59:60Z", 1_483_228_799 * SECOND),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn json_numbers_and_texts() {
        for (json, expected) in [
            ("1714558272", Ok(T)),
            ("1714558272.0", Ok(T)),
            ("1714558272.123", Ok(T + 123_000)),
            ("1.714558272E9", Ok(T)),
            ("1714558272123", Ok(T + 123_000)),
            ("\"1714558272\"", Ok(T)),
            ("\"2024-05-01T10:11:12Z\"", Ok(T)),
            ("null", Err(TimeError::Empty)),
            ("true", Err(TimeError::Form("true".to_owned()))),
            ("1e300", Err(TimeError::Range("1e+300".to_owned()))),
            ("18446744073709551615", Err(TimeError::Range("18446744073709551615".to_owned()))),
            ("-5", Err(TimeError::Range("-5".to_owned()))),
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(parse_json(&value), expected, "{json}");
        }
    }

    #[test]
    fn what_is_not_a_time() {
        for text in [
            "N/A",
            "no_information",
            "not_supported",
            "tomorrow",
            "2024-5-1",
            "2024/05/01",
            "05/01/2024",
            "2024-05-01T",
            "2024-05-01T10",
            "2024-05-01T10:1:12Z",
            "2024-05-01T10:11:12.Z",
            "2024-05-01T10:11:12+2",
            "2024-05-01T10:11:12+02:00x",
            "2024-05-01T10:11:12+24:00",
            "2024-05",
            "１７１４５５８２７２",
            "Foo 1, 2024 10:11:12 AM",
            "May 1, 2024 13:11:12 PM",
            "0x10",
            "NaN",
            "inf",
            "--5",
        ] {
            assert!(matches!(parse(text), Err(TimeError::Form(_))), "{text}: {:?}", parse(text));
        }
        for text in
            ["2023-02-29", "2024-13-01", "2024-00-01", "2024-05-32T00:00:00Z", "2024-05-01T24:00:00Z", "2024-05-01T10:60:00Z", "1900-02-29"]
        {
            assert!(matches!(parse(text), Err(TimeError::Calendar(_))), "{text}: {:?}", parse(text));
        }
        for text in
            ["1989-12-31T23:59:59Z", "2201-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0", "17", "1e30", "-1714558272", "1714558272123456"]
        {
            assert!(matches!(parse(text), Err(TimeError::Range(_))), "{text}: {:?}", parse(text));
        }
        assert_eq!(parse(""), Err(TimeError::Empty));
        assert_eq!(parse(" \t"), Err(TimeError::Empty));
        let long = parse(&"9".repeat(5_000)).unwrap_err().to_string();
        assert!(long.len() < 100, "{long}");
    }

    #[test]
    fn limits_are_the_years_named() {
        assert!(parse("1990-01-01T00:00:00Z").is_ok());
        assert!(parse("2200-12-31T23:59:59.999999Z").is_ok());
        assert_eq!(rfc3339(FIRST), "1990-01-01T00:00:00Z");
        assert_eq!(rfc3339(END), "2201-01-01T00:00:00Z");
    }

    #[test]
    fn calendar_helpers() {
        let day = day_number(2024, 5, 1).unwrap();
        assert_eq!(civil(day), (2024, 5, 1));
        assert_eq!(weekday(day), 3);
        assert_eq!(weekday(0), 4);
        assert_eq!(weekday(-1), 3);
        assert_eq!((month_text(day), date_text(day)), ("2024-05".to_owned(), "2024-05-01".to_owned()));
        assert_eq!(hour_of(T), 10);
        assert_eq!(epoch_seconds(T + 999_999), 1_714_558_272);
        assert_eq!(day_number(2023, 2, 29), None);
        assert_eq!(day_number(2023, 0, 1), None);
    }

    proptest! {
        #[test]
        fn agrees_with_jiff(micros in FIRST..END, offset in -86_340_i32..86_340) {
            let stamp = jiff::Timestamp::from_microsecond(micros).unwrap();
            prop_assert_eq!(parse(&stamp.to_string()), Ok(micros));
            prop_assert_eq!(rfc3339(micros).parse::<jiff::Timestamp>().unwrap(), stamp);
            prop_assert_eq!(parse(&rfc3339(micros)), Ok(micros));
            let whole = micros.div_euclid(SECOND) * SECOND;
            prop_assert_eq!(parse(&jiff::Timestamp::from_microsecond(whole).unwrap().to_string()), Ok(whole));
            let minutes = offset / 60 * 60;
            let zone = jiff::tz::Offset::from_seconds(minutes).unwrap();
            let text = stamp.display_with_offset(zone).to_string();
            prop_assert_eq!(parse(&text), Ok(micros), "{}", text);

            let date = jiff::tz::Offset::UTC.to_datetime(stamp);
            let day = day_of(micros);
            prop_assert_eq!(civil(day), (i64::from(date.year()), u32::try_from(date.month()).unwrap(), u32::try_from(date.day()).unwrap()));
            prop_assert_eq!(day_number(i64::from(date.year()), u32::try_from(date.month()).unwrap(), u32::try_from(date.day()).unwrap()), Some(day));
            prop_assert_eq!(weekday(day), i64::from(date.weekday().to_monday_one_offset()));
            prop_assert_eq!(hour_of(micros), i64::from(date.hour()));
        }

        #[test]
        fn calendar_agrees_with_jiff_on_what_exists(year in 1_i16..9_999, month in 0_i8..14, day in 0_i8..33) {
            let theirs = jiff::civil::Date::new(year, month, day).is_ok();
            let ours = day_number(i64::from(year), u32::try_from(month).unwrap(), u32::try_from(day).unwrap());
            prop_assert_eq!(ours.is_some(), theirs);
        }

        #[test]
        fn never_panics(text in "\\PC{0,40}") {
            drop(parse(&text));
        }

        #[test]
        fn never_panics_on_near_misses(text in "[0-9TZ:.+\\- ,APMayJn]{0,40}") {
            drop(parse(&text));
        }
    }
}
