//! Numbers and lists in the languages that topics are written in.

use crate::report::escape::thousands;

/// What a language writes differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locale {
    group: char,
    point: char,
    and: &'static str,
    more: &'static str,
    hours: [&'static str; 2],
    days: [&'static str; 2],
    times: [&'static str; 3],
    more_times: &'static str,
}

const EN: Locale = Locale {
    group: ',',
    point: '.',
    and: "and",
    more: "more",
    hours: ["hour", "hours"],
    days: ["day", "days"],
    times: ["never", "once", "twice"],
    more_times: " times",
};
const DE: Locale = Locale {
    group: '.',
    point: ',',
    and: "und",
    more: "weitere",
    hours: ["Stunde", "Stunden"],
    days: ["Tag", "Tage"],
    times: ["nie", "einmal", "zweimal"],
    more_times: "-mal",
};

impl Locale {
    /// The locale of a language's code; English for any other.
    pub fn of(code: &str) -> Self {
        if code == "de" { DE } else { EN }
    }

    /// A count with its thousands grouped.
    pub fn count(self, n: u64) -> String {
        thousands(n).replace(',', &self.group.to_string())
    }

    /// A decimal as SQL gives it (`-1234.5`), rounded half to even to `places`, zeros at the end kept where `fixed`. `None` for other text.
    pub fn decimal(self, text: &str, places: usize, fixed: bool) -> Option<String> {
        let units = crate::base::decimal::parse(text).ok()?.units;
        let step = 10_i128.checked_pow(u32::try_from(18_usize.checked_sub(places)?).ok()?)?;
        let (mut whole, rest) = (units.unsigned_abs() / step.unsigned_abs(), units.unsigned_abs() % step.unsigned_abs());
        if rest * 2 > step.unsigned_abs() || rest * 2 == step.unsigned_abs() && whole % 2 == 1 {
            whole += 1;
        }
        let digits = format!("{whole:0>width$}", width = places + 1);
        let (front, behind) = digits.split_at(digits.len() - places);
        let behind = if fixed { behind } else { behind.trim_end_matches('0') };
        let sign = if units < 0 && whole > 0 { "\u{2212}" } else { "" };
        let front = front.parse().map_or_else(|_| front.to_owned(), |n| self.count(n));
        Some(if behind.is_empty() { format!("{sign}{front}") } else { format!("{sign}{front}{}{behind}", self.point) })
    }

    /// `a, b and c`; beyond `max` texts `a, b and 3 more`.
    pub fn list(self, texts: &[String], max: usize) -> String {
        let shown = &texts[..texts.len().min(max.max(1))];
        let more = texts.len() - shown.len();
        let (last, before) = match (more, shown.split_last()) {
            (_, None) => return String::new(),
            (0, Some((last, before))) => (last.clone(), before),
            (more, Some(_)) => (format!("{} {}", self.count(more as u64), self.more), shown),
        };
        if before.is_empty() { last } else { format!("{} {} {last}", before.join(", "), self.and) }
    }

    /// How often: once, twice, 3 times.
    pub fn times(self, n: u64) -> String {
        match usize::try_from(n).ok().and_then(|n| self.times.get(n)) {
            Some(word) => (*word).to_owned(),
            None => format!("{}{}", self.count(n), self.more_times),
        }
    }

    /// Seconds as hours, from two days on as days.
    pub fn duration(self, seconds: &str) -> Option<String> {
        let units = crate::base::decimal::parse(seconds).ok()?.units;
        let (units, [one, many]) =
            if units.abs() < 172_800 * crate::base::decimal::ONE { (units / 3_600, self.hours) } else { (units / 86_400, self.days) };
        let text = self.decimal(&crate::base::decimal::text(units), 1, false)?;
        let word = if text == "1" { one } else { many };
        Some(format!("{text} {word}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_language_does() {
        let (en, de) = (Locale::of("en"), Locale::of("de"));
        assert_eq!((en.count(1_234_567), de.count(1_234_567)), ("1,234,567".to_owned(), "1.234.567".to_owned()));
        assert_eq!(en.decimal("-1234.565", 2, true).unwrap(), "\u{2212}1,234.56");
        assert_eq!(de.decimal("1234.5", 2, true).unwrap(), "1.234,50");
        assert_eq!(en.decimal("0.25", 1, false).unwrap(), "0.2");
        assert_eq!(en.decimal("-0.001", 2, false).unwrap(), "0");
        assert_eq!(en.decimal("many", 2, true), None);
    }

    #[test]
    fn lists_end_in_the_last_or_in_a_number() {
        let texts: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        assert_eq!(EN.list(&texts, 4), "a, b, c and d");
        assert_eq!(EN.list(&texts, 2), "a, b and 2 more");
        assert_eq!(DE.list(&texts[..2], 9), "a und b");
        assert_eq!((EN.list(&texts[..1], 3), EN.list(&[], 3)), ("a".to_owned(), String::new()));
    }

    #[test]
    fn long_durations_are_days() {
        assert_eq!(EN.duration("3600").unwrap(), "1 hour");
        assert_eq!(EN.duration("120240").unwrap(), "33.4 hours");
        assert_eq!(DE.duration("216000").unwrap(), "2,5 Tage");
    }
}
