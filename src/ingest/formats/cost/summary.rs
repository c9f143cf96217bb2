//! Control totals of a cost export, and what a reader of the report should know about it.

use std::collections::BTreeMap;

use super::control::Control;
use super::{BilledBasis, CostKind};
use crate::base::decimal;
use crate::ingest::batch::Output;
use crate::ingest::remark::Remark;

/// Line item types named in one note, plans in another.
const NAMED: usize = 5;

/// Sums of one currency, in units of 10^-18. Sums stop at the largest amount rather than wrap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Records summed, those that yield no row included.
    pub records: u64,
    /// CUR: `lineItem/UnblendedCost` over all records. FOCUS: 0.
    pub unblended: i128,
    /// CUR: `lineItem/NetUnblendedCost`, blank on a discount record being 0 and elsewhere the
    /// unblended cost. FOCUS: 0.
    pub net: i128,
    /// `BilledCost` over all rows.
    pub billed: i128,
    /// `EffectiveCost` over all rows.
    pub effective: i128,
}

/// What a savings plan's covered usage and its counter-entries come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanCheck {
    /// Sum of unblended `SavingsPlanCoveredUsage`, at on-demand prices.
    pub covered: i128,
    /// Sum of unblended `SavingsPlanNegation`; negative.
    pub negated: i128,
    /// Negation records, each read, checked and dropped.
    pub negations: u64,
}

/// What is known of one billing period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PeriodFacts {
    /// Records of the period.
    pub records: u64,
    /// Records with an invoice id: none while the month is open.
    pub invoiced: u64,
}

/// The account of one cost file beside its rows. Sums of several files of a month are made with
/// [`CostSummary::merge`]; only then do the checks mean the month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostSummary {
    /// What the file is.
    pub kind: CostKind,
    /// The columns amounts were taken from.
    pub basis: BilledBasis,
    /// The file has a net column.
    pub has_net: bool,
    /// Sums by currency; the empty key where none is stated.
    pub totals: BTreeMap<String, Totals>,
    /// Check sums by savings plan and currency.
    pub plans: BTreeMap<(String, String), PlanCheck>,
    /// Billing periods by start, UTC microseconds.
    pub periods: BTreeMap<i64, PeriodFacts>,
    /// Line item types (FOCUS: charge categories) no rule knows, with their number.
    pub unknown_types: BTreeMap<String, u64>,
    /// Amounts with more than 18 decimals, rounded half to even.
    pub rounded: u64,
    /// Records whose text held bytes that are not UTF-8, replaced by U+FFFD.
    pub repaired: u64,
    /// Tag maps that could not be read.
    pub unread_tags: u64,
    /// Rows whose amortised cost the export does not state.
    pub without_effective: u64,
    /// Commitment fees with less than nothing unused: no row was made for it.
    pub overused: u64,
    /// Container shares of a charge that stands in the file whole.
    pub split_records: u64,
    /// What the lines come to; of this file alone, merging leaves it as it is.
    pub(super) control: Control,
}

impl CostSummary {
    pub(super) fn new(kind: CostKind, basis: BilledBasis, has_net: bool) -> Self {
        Self {
            kind,
            basis,
            has_net,
            totals: BTreeMap::new(),
            plans: BTreeMap::new(),
            periods: BTreeMap::new(),
            unknown_types: BTreeMap::new(),
            rounded: 0,
            repaired: 0,
            unread_tags: 0,
            without_effective: 0,
            overused: 0,
            split_records: 0,
            control: Control::default(),
        }
    }

    /// Adds to the sums of a currency.
    pub(super) fn total(&mut self, currency: &str, add: impl FnOnce(&mut Totals)) {
        if let Some(totals) = self.totals.get_mut(currency) {
            add(totals);
        } else {
            let mut totals = Totals::default();
            add(&mut totals);
            self.totals.insert(currency.to_owned(), totals);
        }
    }

    /// Adds a covered usage or negation record to its plan's check.
    pub(super) fn plan(&mut self, plan: &str, currency: &str, unblended: i128, negation: bool) {
        let check = self.plans.entry((plan.to_owned(), currency.to_owned())).or_default();
        if negation {
            check.negated = check.negated.saturating_add(unblended);
            check.negations += 1;
        } else {
            check.covered = check.covered.saturating_add(unblended);
        }
    }

    /// Counts a record of a billing period.
    pub(super) fn period(&mut self, start: i64, invoiced: bool) {
        let facts = self.periods.entry(start).or_default();
        facts.records += 1;
        facts.invoiced += u64::from(invoiced);
    }

    /// Counts a type that no rule knows.
    pub(super) fn unknown(&mut self, name: &str) {
        if let Some(count) = self.unknown_types.get_mut(name) {
            *count += 1;
        } else if self.unknown_types.len() < 1_000 {
            self.unknown_types.insert(name.to_owned(), 1);
        } else {
            *self.unknown_types.entry("(others)".to_owned()).or_default() += 1;
        }
    }

    /// Adds what another file of the same export holds.
    pub fn merge(&mut self, other: &Self) {
        self.has_net |= other.has_net;
        for (currency, theirs) in &other.totals {
            self.total(currency, |ours| {
                ours.records += theirs.records;
                ours.unblended = ours.unblended.saturating_add(theirs.unblended);
                ours.net = ours.net.saturating_add(theirs.net);
                ours.billed = ours.billed.saturating_add(theirs.billed);
                ours.effective = ours.effective.saturating_add(theirs.effective);
            });
        }
        for (key, theirs) in &other.plans {
            let ours = self.plans.entry(key.clone()).or_default();
            ours.covered = ours.covered.saturating_add(theirs.covered);
            ours.negated = ours.negated.saturating_add(theirs.negated);
            ours.negations += theirs.negations;
        }
        for (start, theirs) in &other.periods {
            let ours = self.periods.entry(*start).or_default();
            ours.records += theirs.records;
            ours.invoiced += theirs.invoiced;
        }
        for (name, count) in &other.unknown_types {
            *self.unknown_types.entry(name.clone()).or_default() += count;
        }
        self.rounded += other.rounded;
        self.repaired += other.repaired;
        self.unread_tags += other.unread_tags;
        self.without_effective += other.without_effective;
        self.overused += other.overused;
        self.split_records += other.split_records;
    }

    /// Which columns amounts of these files should come from: net where the net and the unblended
    /// total agree in every currency, since net then also shows each charge after its discounts;
    /// otherwise unblended, which sums to the invoice because discounts stand as records of their own.
    pub fn choose_basis(&self) -> BilledBasis {
        let agree = self.totals.values().all(|t| {
            // A cent, and half a unit of the tenth decimal for each record on either side.
            let tolerance = decimal::ONE / 100 + i128::from(t.records) * (decimal::ONE / 10_000_000_000);
            (t.net.saturating_sub(t.unblended)).saturating_abs() <= tolerance
        });
        if self.has_net && agree { BilledBasis::Net } else { BilledBasis::Unblended }
    }

    /// Plans whose covered usage and negations do not cancel to within a cent.
    pub fn uncancelled_plans(&self) -> impl Iterator<Item = (&str, &str, i128)> {
        self.plans.iter().filter_map(|((plan, currency), check)| {
            let rest = check.covered.saturating_add(check.negated);
            (rest.saturating_abs() > decimal::ONE / 100).then_some((plan.as_str(), currency.as_str(), rest))
        })
    }

    /// Says in the file's notes what is out of the ordinary.
    pub(super) fn tell(&self, out: &mut Output<'_>) {
        if self.has_net {
            for (currency, t) in &self.totals {
                let verdict = if t.net == t.unblended { "they agree" } else { "they differ" };
                out.note(format!(
                    "net costs are present: {} {currency} unblended and {} {currency} net over this file, {verdict}; amounts are {}",
                    decimal::text(t.unblended),
                    decimal::text(t.net),
                    self.basis.name(),
                ));
            }
        }
        self.tell_plans(out);
        if !self.unknown_types.is_empty() {
            let named: Vec<String> = self.unknown_types.iter().take(NAMED).map(|(name, count)| format!("{name:?} ({count})")).collect();
            let more = self.unknown_types.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let (what, treatment) = match self.kind {
                CostKind::Focus => ("charge categories", "kept as delivered"),
                _ => ("line item types", "counted as Adjustment at their unblended or net cost"),
            };
            out.note(format!("{what} no rule knows, {treatment}: {}{more}", named.join(", ")));
        }
        for (count, what) in [
            (self.rounded, "amounts have more than 18 decimals and were rounded half to even"),
            (self.repaired, "records hold bytes that are not UTF-8; U+FFFD stands in their place"),
            (self.unread_tags, "tag maps could not be read: their tags are NULL"),
            (self.without_effective, "rows have no amortised cost in this export: EffectiveCost is NULL or their unused part unknown"),
            (self.overused, "commitment fees state less than nothing unused: no unused row was made for them"),
            (self.split_records, "records are shares of another record's charge (split cost allocation): their quantities are NULL"),
        ] {
            if count > 0 {
                out.note(Remark::counted(count, what));
            }
        }
    }

    fn tell_plans(&self, out: &mut Output<'_>) {
        let negations: u64 = self.plans.values().map(|c| c.negations).sum();
        if negations > 0 {
            let mut sums: BTreeMap<&str, (i128, i128)> = BTreeMap::new();
            for ((_, currency), check) in &self.plans {
                let (covered, negated) = sums.entry(currency).or_default();
                *covered = covered.saturating_add(check.covered);
                *negated = negated.saturating_add(check.negated);
            }
            let sums: Vec<String> = sums
                .iter()
                .map(|(currency, (covered, negated))| format!("{} against {} {currency}", decimal::text(*negated), decimal::text(*covered)))
                .collect();
            let what = format!("SavingsPlanNegation records yield no row, since covered usage is billed at 0: {}", sums.join(", "));
            out.note(Remark::counted(negations, what));
        }
        let rest: Vec<_> = self.uncancelled_plans().collect();
        if !rest.is_empty() {
            let named: Vec<String> = rest
                .iter()
                .take(NAMED)
                .map(|(plan, currency, amount)| format!("{} {currency} of {plan}", decimal::text(*amount)))
                .collect();
            let more = rest.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} plans more") } else { String::new() };
            out.note(format!(
                "covered usage and SavingsPlanNegation do not cancel in this file: {}{more} remain; other files of the month may hold the rest",
                named.join(", ")
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(net: i128, unblended: i128, has_net: bool) -> CostSummary {
        let mut summary = CostSummary::new(CostKind::LegacyCur, BilledBasis::Unblended, has_net);
        summary.total("USD", |t| {
            t.records = 10;
            t.net = net;
            t.unblended = unblended;
        });
        summary
    }

    #[test]
    fn basis_is_net_only_where_totals_agree() {
        let one = decimal::ONE;
        assert_eq!(with(10 * one, 10 * one, true).choose_basis(), BilledBasis::Net);
        assert_eq!(with(10 * one + one / 200, 10 * one, true).choose_basis(), BilledBasis::Net);
        assert_eq!(with(9 * one, 10 * one, true).choose_basis(), BilledBasis::Unblended);
        assert_eq!(with(10 * one, 10 * one, false).choose_basis(), BilledBasis::Unblended);
    }

    #[test]
    fn merging_makes_plans_whole() {
        let mut first = with(1, 1, true);
        first.plan("p", "USD", 9 * decimal::ONE, false);
        let mut second = with(1, 1, true);
        second.plan("p", "USD", -9 * decimal::ONE, true);
        second.unknown("New");
        second.period(5, true);
        assert_eq!(first.uncancelled_plans().count(), 1);
        first.merge(&second);
        assert_eq!(first.uncancelled_plans().count(), 0);
        assert_eq!(first.plans[&("p".to_owned(), "USD".to_owned())].negations, 1);
        assert_eq!(first.totals["USD"].records, 20);
        assert_eq!((first.unknown_types["New"], first.periods[&5].invoiced), (1, 1));
    }
}
