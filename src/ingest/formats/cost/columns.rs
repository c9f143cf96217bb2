//! A row of table `costs`: what follows from its period, and what tells one charge from another.

use std::hash::Hasher as _;

use rustc_hash::FxHasher;

use crate::base::time;
use crate::ingest::batch::Output;
use crate::schema::tables::CostsRow;

impl CostsRow<'_> {
    /// A hash of what identifies a charge, for comparing deliveries: neither amounts nor invoices, which a later
    /// delivery restates, nor the line item's id, which is unique within a delivery only. A resource is one whatever
    /// account pays; without it the accounts tell charges apart.
    pub(super) fn mark(&self) -> u64 {
        let mut hasher = FxHasher::default();
        for moment in [self.ChargePeriodStart, self.ChargePeriodEnd] {
            hasher.write_i64(moment.unwrap_or(i64::MIN));
        }
        let accounts = if self.ResourceId.is_some() { [None, None] } else { [self.BillingAccountId, self.SubAccountId] };
        for text in [
            accounts[0],
            accounts[1],
            self.BillingCurrency,
            self.ChargeCategory,
            self.x_LineItemType,
            self.ServiceName,
            self.x_ServiceCode,
            self.x_UsageType,
            self.x_Operation,
            self.RegionId,
            self.AvailabilityZone,
            self.ResourceId,
            self.SkuId,
            self.SkuPriceId,
            self.CommitmentDiscountId,
            self.ChargeDescription,
        ] {
            let text = text.unwrap_or("");
            hasher.write_usize(text.len());
            hasher.write(text.as_bytes());
        }
        // The smallest hashes are the sample, so every bit has to depend on every byte.
        let mut mark = hasher.finish();
        for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
            mark = (mark ^ mark >> 33).wrapping_mul(factor);
        }
        mark ^ mark >> 33
    }
}

/// Writes rows out; remembers the month text of the day before.
#[derive(Debug, Default)]
pub(super) struct Writer {
    day: i32,
    month: String,
}

impl Writer {
    /// Adds a row to table `costs`, with the columns that follow from its charge period.
    pub(super) fn row(&mut self, record: u64, row: &CostsRow<'_>, out: &mut Output<'_>) {
        if let Some(start) = row.ChargePeriodStart {
            let day = time::day_of(start);
            if day != self.day || self.month.is_empty() {
                self.day = day;
                self.month = time::month_text(day);
            }
            out.time(start);
            // A charge reaches to its end, the first instant that is not its own. A fee paid up front may name the years
            // it is for.
            if let Some(end) = row.ChargePeriodEnd.filter(|end| *end > start && *end - start <= 31 * time::DAY) {
                out.time(end - 1);
            }
        }
        out.row(record, &dated(row, &self.month));
    }
}

/// A charge with what follows from its period; `month` is that of its start.
fn dated<'r>(row: &CostsRow<'r>, month: &'r str) -> CostsRow<'r> {
    let start = row.ChargePeriodStart;
    let day = start.map(time::day_of);
    let length = start.zip(row.ChargePeriodEnd).map(|(start, end)| end - start);
    let hourly = length.map(|length| (0..=time::HOUR).contains(&length));
    CostsRow {
        charge_date: day,
        charge_month: day.map(|_| month),
        // The start of a day's or a month's charge says nothing about the hour of use.
        charge_hour: start.filter(|_| hourly == Some(true)).map(time::hour_of),
        charge_weekday: day.map(time::weekday),
        is_hourly: hourly,
        spans_days: length.map(|length| length > time::DAY),
        ..*row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn period_decides_hour_and_day() {
        let start = time::parse("2024-05-01T10:00:00Z").unwrap();
        let hour = Some(10);
        for (from, to, charge_hour, is_hourly, spans_days) in [
            (Some(start), Some(start + time::HOUR), hour, Some(true), Some(false)),
            (Some(start), Some(start + time::DAY), None, Some(false), Some(false)),
            (Some(start), Some(start + 31 * time::DAY), None, Some(false), Some(true)),
            (Some(start), Some(start - 1), None, Some(false), Some(false)),
            (Some(start), None, None, None, None),
            (None, None, None, None, None),
        ] {
            let row = dated(&CostsRow { ChargePeriodStart: from, ChargePeriodEnd: to, ..CostsRow::default() }, "2024-05");
            let date = from.map(|_| (19844, "2024-05", 3));
            assert_eq!((row.charge_date, row.charge_month, row.charge_weekday), (date.map(|d| d.0), date.map(|d| d.1), date.map(|d| d.2)));
            assert_eq!((row.charge_hour, row.is_hourly, row.spans_days), (charge_hour, is_hourly, spans_days), "{from:?} {to:?}");
        }
    }
}
