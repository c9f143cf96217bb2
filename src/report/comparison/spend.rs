//! Spend and opportunities of two reports. Amounts are exact decimals, and those of two currencies never meet.

use std::collections::BTreeMap;

use super::issued::{Issued, MonthRow};
use super::kinds::{NoSpend, Side};
use super::model::{Amounts, MonthSpend, OpportunitySpend, Spend};
use crate::base::decimal;

/// Spend of both reports.
pub(super) fn spend(old: &Issued, new: &Issued) -> Spend {
    let mut spend = Spend::default();
    for (report, issued) in [(Side::Earlier, old), (Side::Later, new)] {
        match &issued.topics.totals {
            None => spend.not_compared.push(NoSpend::NoSection { report }),
            Some(topic) if !topic.not_tested.is_empty() => {
                spend.not_compared.push(NoSpend::NotTested { report, why: topic.not_tested.clone() });
            }
            Some(_) => {}
        }
    }
    if !spend.not_compared.is_empty() {
        return spend;
    }
    spend.months = months(old, new);
    spend.totals = totals(old, new);
    spend.opportunities = opportunities(old, new);
    spend
}

fn months(old: &Issued, new: &Issued) -> Vec<MonthSpend> {
    let mut all: BTreeMap<(&str, &str), MonthSpend> = BTreeMap::new();
    for (is_new, report) in [(false, old), (true, new)] {
        for MonthRow { charge_month, billing_currency, billed, effective } in
            report.topics.totals.iter().flat_map(|t| &t.queries.months.rows)
        {
            let row = all.entry((charge_month, billing_currency)).or_default();
            row.month.clone_from(charge_month);
            row.currency.clone_from(billing_currency);
            let (own_billed, own_effective) =
                if is_new { (&mut row.billed_new, &mut row.effective_new) } else { (&mut row.billed_old, &mut row.effective_old) };
            own_billed.clone_from(billed);
            own_effective.clone_from(effective);
        }
    }
    all.into_values().collect()
}

fn totals(old: &Issued, new: &Issued) -> Vec<Amounts> {
    let mut all: BTreeMap<&str, Amounts> = BTreeMap::new();
    for (is_new, report) in [(false, old), (true, new)] {
        for row in report.topics.totals.iter().flat_map(|t| &t.queries.currencies.rows) {
            let total = all.entry(&row.currency).or_default();
            let (months, effective) =
                if is_new { (&mut total.months_new, &mut total.effective_new) } else { (&mut total.months_old, &mut total.effective_old) };
            *months = row.months;
            effective.clone_from(&row.effective);
        }
        for row in report.topics.opportunities.iter().flat_map(|t| &t.queries.sums.rows) {
            let total = all.entry(&row.currency).or_default();
            let own = if is_new { &mut total.opportunities_new } else { &mut total.opportunities_old };
            own.clone_from(&row.per_month);
        }
    }
    for (currency, total) in &mut all {
        (*currency).clone_into(&mut total.currency);
        if total.months_old == total.months_new {
            total.change = change(&total.effective_old, &total.effective_new).unwrap_or_default();
        }
    }
    all.into_values().collect()
}

/// Later less earlier, of two exact decimals.
fn change(old: &str, new: &str) -> Option<String> {
    let (old, new) = (decimal::parse(old).ok()?.units, decimal::parse(new).ok()?.units);
    decimal::add(new, old.checked_neg()?).map(decimal::text)
}

fn opportunities(old: &Issued, new: &Issued) -> Vec<OpportunitySpend> {
    let mut all: BTreeMap<(&str, &str), OpportunitySpend> = BTreeMap::new();
    for (is_new, report) in [(false, old), (true, new)] {
        for row in report.topics.opportunities.iter().flat_map(|t| &t.queries.opportunities.rows) {
            let one = all.entry((&row.currency, &row.metric_id)).or_default();
            one.metric.clone_from(&row.metric_id);
            one.title.clone_from(&row.title);
            one.currency.clone_from(&row.currency);
            let own = if is_new { &mut one.new } else { &mut one.old };
            own.clone_from(&row.amount_per_month);
        }
    }
    all.into_values().collect()
}
