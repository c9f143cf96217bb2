//! The engagement: who, which period, what is in scope, what the client says. The clock and time zones
//! enter here and nowhere else.

mod check;
mod document;
mod error;
mod file;
mod invoice;
mod keys;
mod period;
mod register;
mod values;

pub use document::{
    About, Account, AllowList, BurstThreshold, ClientControl, Engagement, Examination, File, KnownAccount, NAME, Named, PeriodToml,
    Received, Representation, Scope, Thresholds, Waiver, Workload,
};
pub use error::EngagementError;

pub use invoice::Invoice;
pub use keys::Step;
pub use period::Period;
pub use register::{Acceptance, Owner, Response, RiskAcceptance};
pub use values::is_day;

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
