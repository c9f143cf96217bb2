//! Table `period_hours`: which hour of the week an hour of the rollups is in the engagement's time zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::basis::Basis;
use crate::base::time::{self, HOUR};
use crate::ingest::batch::Batch;
use crate::schema::row::Row as _;
use crate::schema::tables::PeriodHoursRow;

/// Every hour that the period touches; none where no period is known.
pub(super) fn period_hours(basis: &Basis<'_>) -> Option<Batch> {
    let mut t = basis.batch(PeriodHoursRow::TABLE.name)?;
    let period = basis.period;
    if !period.known {
        return Some(t);
    }
    let zone = TimeZone::get(&period.zone).unwrap_or(TimeZone::UTC);
    let mut at = period.start.div_euclid(HOUR) * HOUR;
    while at < period.end {
        let Ok(moment) = Timestamp::from_microsecond(at) else { break };
        let there = zone.to_datetime(moment);
        t.push(
            0,
            &PeriodHoursRow {
                event_date: Some(time::day_of(at)),
                event_hour: Some(time::hour_of(at)),
                zone: Some(&period.zone),
                zone_weekday: Some(i64::from(there.weekday().to_monday_one_offset())),
                zone_hour: Some(i64::from(there.hour())),
                zone_minute: Some(i64::from(there.minute())),
                is_business: period.business.as_ref().map(|business| business.is_at(there)),
            },
        );
        at += HOUR;
    }
    Some(t)
}
