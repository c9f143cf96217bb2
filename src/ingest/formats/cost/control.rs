//! Control totals of a cost file: what its lines come to, by billing month, payer and currency.
//!
//! They are summed from the file's own amount column while it is read, before anything is derived, so that
//! the rows of the store can be held against them afterwards.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::base::{decimal, time};

/// What the lines of one file come to. Amounts are in units of 10^-18 of the currency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ControlTotal {
    /// Billing month such as `2024-05`; the month of the charge where no billing period is stated, else empty.
    pub month: String,
    /// Account that pays; empty when not stated.
    pub payer: String,
    /// Currency; empty when not stated.
    pub currency: String,
    /// The lines.
    #[serde(flatten)]
    pub sums: ControlSums,
}

/// Sums of lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ControlSums {
    /// Lines understood, those that yield no row included.
    pub lines: u64,
    /// Rows made of them.
    pub rows: u64,
    /// CUR: `lineItem/UnblendedCost`; FOCUS: `BilledCost`.
    #[serde(with = "amount")]
    pub amount: i128,
    /// CUR: what savings plan usage at on-demand prices and its counter entries leave over; neither is billed in
    /// FOCUS terms. FOCUS: 0.
    #[serde(with = "amount")]
    pub uncancelled: i128,
    /// `BilledCost` of the rows.
    #[serde(with = "amount")]
    pub billed: i128,
    /// `EffectiveCost` of the rows.
    #[serde(with = "amount")]
    pub effective: i128,
}

impl ControlSums {
    /// Adds other lines. Sums stop at the largest amount rather than wrap.
    pub fn add(&mut self, other: &Self) {
        self.lines += other.lines;
        self.rows += other.rows;
        self.amount = self.amount.saturating_add(other.amount);
        self.uncancelled = self.uncancelled.saturating_add(other.uncancelled);
        self.billed = self.billed.saturating_add(other.billed);
        self.effective = self.effective.saturating_add(other.effective);
    }
}

/// Rejected lines of one currency: their amounts still belong to what was delivered.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RejectedTotal {
    /// Currency; empty when not stated.
    pub currency: String,
    /// Rejected lines whose amount could be read.
    pub lines: u64,
    /// Their amounts.
    #[serde(with = "amount")]
    pub amount: i128,
}

/// The control totals of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileTotals {
    /// By month, payer and currency, in that order.
    pub totals: Vec<ControlTotal>,
    /// Rejected lines whose amount could be read, by currency.
    pub rejected: Vec<RejectedTotal>,
    /// Rejected lines whose amount could not be read.
    pub rejected_unread: u64,
    /// Rows that name an invoice: none while the month is open.
    #[serde(default)]
    pub invoiced: u64,
    /// A sample of the charges: the [`MARKS`] smallest hashes of what identifies a charge, ascending. Two deliveries of a
    /// month share most of theirs, two parts of one delivery none.
    #[serde(default)]
    pub marks: Vec<u64>,
}

/// Charges sampled of a file.
pub const MARKS: usize = 256;

impl FileTotals {
    /// Of the charges sampled of both files, how many both hold, and how many the one with fewer holds. Both are taken
    /// below the same hash, so that the sample is one of the same charges whatever the sizes of the files.
    pub fn shared(&self, other: &Self) -> (usize, usize) {
        let reach = |marks: &[u64]| if marks.len() < MARKS { u64::MAX } else { marks.last().copied().unwrap_or(0) };
        let limit = reach(&self.marks).min(reach(&other.marks));
        let below = |marks: &[u64]| marks.partition_point(|mark| *mark <= limit);
        let (ours, theirs) = (below(&self.marks), below(&other.marks));
        let both = self.marks.iter().take(ours).filter(|mark| other.marks.binary_search(mark).is_ok()).count();
        (both, ours.min(theirs))
    }
}

/// Distinct keys kept apart; a file with more has no sensible account, and the rest is summed without payer.
const KEYS: usize = 10_000;

/// Gathers control totals line by line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Control {
    sums: BTreeMap<(String, String, String), ControlSums>,
    rejected: BTreeMap<String, (u64, i128)>,
    rejected_unread: u64,
    invoiced: u64,
    marks: BTreeSet<u64>,
    /// The key of the line before: it seldom changes.
    at: Option<At>,
    open: ControlSums,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct At {
    day: Option<i32>,
    payer: String,
    currency: String,
}

impl Control {
    /// Adds a line. `start` is the start of its billing period, else of its charge.
    pub(super) fn line(&mut self, start: Option<i64>, payer: &str, currency: &str, sums: &ControlSums) {
        let day = start.map(time::day_of);
        if !self.at.as_ref().is_some_and(|at| at.day == day && at.payer == payer && at.currency == currency) {
            self.close();
            self.at = Some(At { day, payer: payer.to_owned(), currency: currency.to_owned() });
        }
        self.open.add(sums);
    }

    /// Adds a charge to the sample; `mark` is a hash of what identifies it.
    pub(super) fn charge(&mut self, mark: u64, invoiced: bool) {
        self.invoiced += u64::from(invoiced);
        let full = self.marks.len() >= MARKS;
        if full && self.marks.last().is_some_and(|last| *last <= mark) {
            return;
        }
        if self.marks.insert(mark) && full {
            self.marks.pop_last();
        }
    }

    /// Adds a rejected line.
    pub(super) fn reject(&mut self, currency: &str, amount: Option<i128>) {
        let Some(amount) = amount else {
            self.rejected_unread += 1;
            return;
        };
        let currency = if self.rejected.len() < KEYS { currency } else { "" };
        let sum = self.rejected.entry(currency.to_owned()).or_default();
        *sum = (sum.0 + 1, sum.1.saturating_add(amount));
    }

    fn close(&mut self) {
        let open = std::mem::take(&mut self.open);
        let Some(at) = self.at.take() else { return };
        let payer = if self.sums.len() < KEYS { at.payer } else { String::new() };
        let key = (at.day.map(time::month_text).unwrap_or_default(), payer, at.currency);
        self.sums.entry(key).or_default().add(&open);
    }

    /// All of it.
    pub(super) fn finish(mut self) -> FileTotals {
        self.close();
        let totals = self.sums.into_iter().map(|((month, payer, currency), sums)| ControlTotal { month, payer, currency, sums });
        let rejected = self.rejected.into_iter().map(|(currency, (lines, amount))| RejectedTotal { currency, lines, amount });
        FileTotals {
            totals: totals.collect(),
            rejected: rejected.collect(),
            rejected_unread: self.rejected_unread,
            invoiced: self.invoiced,
            marks: self.marks.into_iter().collect(),
        }
    }
}

/// Amounts as decimal text: JSON numbers are read as binary floating point elsewhere.
mod amount {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use super::decimal;

    pub(super) fn serialize<S: Serializer>(units: &i128, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&decimal::text(*units))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<i128, D::Error> {
        let text = String::deserialize(input)?;
        decimal::parse(&text).map(|p| p.units).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_gather_by_month_payer_and_currency() {
        let mut control = Control::default();
        let start = |text: &str| Some(time::parse(text).unwrap());
        let one = ControlSums { lines: 1, rows: 1, amount: decimal::ONE, ..ControlSums::default() };
        control.line(start("2024-05-01"), "111122223333", "USD", &one);
        control.line(start("2024-05-01"), "111122223333", "EUR", &one);
        control.line(start("2024-05-01"), "111122223333", "USD", &one);
        control.line(start("2024-06-01"), "111122223333", "USD", &one);
        control.line(None, "", "", &one);
        control.reject("USD", Some(decimal::ONE / 2));
        control.reject("", None);
        let totals = control.finish();
        let told: Vec<_> =
            totals.totals.iter().map(|t| (t.month.as_str(), t.currency.as_str(), t.sums.lines, decimal::text(t.sums.amount))).collect();
        assert_eq!(
            told,
            [
                ("", "", 1, "1".to_owned()),
                ("2024-05", "EUR", 1, "1".to_owned()),
                ("2024-05", "USD", 2, "2".to_owned()),
                ("2024-06", "USD", 1, "1".to_owned())
            ]
        );
        assert_eq!((totals.rejected[0].lines, totals.rejected_unread), (1, 1));
        let text = serde_json::to_string(&totals).unwrap();
        assert!(text.contains(r#""amount":"0.5""#), "{text}");
        assert_eq!(serde_json::from_str::<FileTotals>(&text).unwrap(), totals);
    }

    /// A file with these charges.
    fn sampled(charges: impl Iterator<Item = u64>) -> FileTotals {
        let mut control = Control::default();
        // Any mixing will do: charges come in no order of their hashes.
        charges.for_each(|n| control.charge(n.wrapping_mul(0x9e37_79b9_7f4a_7c15), n % 2 == 0));
        control.finish()
    }

    #[test]
    fn deliveries_of_a_month_share_their_charges_and_parts_do_not() {
        let whole = sampled(0..10_000);
        assert_eq!((whole.marks.len(), whole.invoiced), (MARKS, 5_000));
        assert_eq!(whole.shared(&whole), (MARKS, MARKS));
        let (both, of) = whole.shared(&sampled(0..2_000));
        assert!(both == of && of > 20, "an earlier delivery is contained: {both} of {of}");
        assert_eq!(sampled(0..5_000).shared(&sampled(5_000..10_000)).0, 0, "parts");
        assert_eq!(sampled(0..3).shared(&sampled(1..9)), (2, 3), "short files are compared whole");
        assert_eq!(sampled(0..0).shared(&whole), (0, 0));
    }
}
