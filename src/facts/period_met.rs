//! Whether the period stated and the records meet.

use crate::base::time::DAY;
use crate::base::zone;
use crate::engagement::{Examination, Period};
use crate::store::Store;
use crate::store::manifest::InputFile;

/// First and last time of the records, for a period nobody named. What happened (events, charges) says when it begins: an
/// item of AWS Config may be years old and hold still. The last time of any record ends it, so that nothing delivered lies
/// after it; digests say what log files there were, and make no day of their own.
pub fn times_seen(store: &Store) -> Option<(i64, i64)> {
    let records = || store.manifest.files.values().filter(|f| !f.format.is_digest());
    let dated = || records().filter_map(|f| Some((f, f.first_time?, f.last_time?)));
    let happened = dated().filter(|(f, ..)| f.format.cloudtrail().is_some() || f.format.is_charges()).map(|(_, first, _)| first).min();
    let first = happened.or_else(|| dated().map(|(_, first, _)| first).min())?;
    Some((first, dated().map(|(.., last)| last).max()?.max(first)))
}

/// How a stated period and the records delivered miss each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmet {
    /// No dated record of any kind lies in it.
    Everything {
        /// First and last time of the records, UTC microseconds.
        seen: (i64, i64),
    },
    /// Events were delivered, and none lies in it.
    Events {
        /// First and last time of the events, UTC microseconds.
        seen: (i64, i64),
    },
}

impl Unmet {
    /// The sentence that the report and the command print.
    pub fn words(self, period: &Period) -> String {
        let (what, (first, last)) = match self {
            Self::Everything { seen } => ("record", seen),
            Self::Events { seen } => ("event", seen),
        };
        let day = |at: i64| zone::date(at, &period.zone);
        format!(
            "No {what} delivered lies in the period stated, {} to {}: those with a time are of {} to {}. What rests on them was not tested.",
            period.from,
            period.to,
            day(first),
            day(last)
        )
    }
}

/// Whether a period that somebody stated meets the records. Configuration counts up to the as-of date, charges with the
/// whole of their months.
pub fn unmet(store: &Store, period: &Period) -> Option<Unmet> {
    if period.examination == Examination::Unstated {
        return None;
    }
    let span = |of: &mut dyn Iterator<Item = &InputFile>| {
        of.filter_map(|f| Some((f.first_time?, f.last_time?))).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    };
    let files = || store.manifest.files.values();
    // The files of a kind have gaps between them, so each is asked by itself.
    let meets = |f: &InputFile| {
        let month = if f.format.is_charges() { 31 * DAY } else { 0 };
        let end = period.end.max(period.as_of);
        f.first_time
            .zip(f.last_time)
            .is_some_and(|(first, last)| first < end.saturating_add(month) && last >= period.start.saturating_sub(month))
    };
    let seen = span(&mut files())?;
    if !files().any(meets) {
        return Some(Unmet::Everything { seen });
    }
    let is_events = |f: &&InputFile| f.format.cloudtrail().is_some();
    let events = span(&mut files().filter(is_events))?;
    (period.examination == Examination::Type2 && !files().filter(is_events).any(meets)).then_some(Unmet::Events { seen: events })
}
