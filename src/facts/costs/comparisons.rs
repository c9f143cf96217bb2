//! Monthly totals that somebody else states (Cost Explorer, lists of invoices, the engagement) against the charges read.

use std::collections::{BTreeMap, BTreeSet};

use super::sources::{count, files};
use crate::base::{decimal, time};
use crate::engagement::Engagement;
use crate::ingest::batch::Batch;
use crate::ingest::formats::cost::{ControlSums, month_of};
use crate::schema::row::Row;
use crate::schema::tables::{CostComparisonsRow, CostExplorerTotalsRow, InvoiceTotalsRow};
use crate::schema::{Schema, filled};
use crate::store::{Store, StoreError, parquet::frame};

/// What somebody else states of one month in one currency.
#[derive(Debug, Clone, Default)]
struct Stated {
    /// Who states it: Cost Explorer, a list of invoices, the engagement.
    origin: String,
    /// Metric of Cost Explorer; empty where none is named, and for invoices.
    metric: String,
    /// Number of invoices; 0 for Cost Explorer.
    invoices: u64,
    /// Month such as `2024-05`.
    month: String,
    /// Currency as charges write it.
    currency: String,
    /// Currency as stated: the console prints a sign.
    unit: String,
    /// Sum, units of 10^-18.
    amount: i128,
    /// Whether the days stated make up the whole month.
    is_whole: bool,
    /// Cost Explorer calls it estimated.
    is_estimated: bool,
}

impl Stated {
    /// Blended cost is an average over accounts, and net amounts are after discounts, which charges state as lines.
    fn is_comparable(&self) -> bool {
        self.is_whole && !self.metric.starts_with("Blended") && !self.metric.starts_with("Net")
    }

    /// Charges read that it is to be held against.
    fn own(&self, charges: &BTreeMap<(String, String), ControlSums>) -> Option<i128> {
        let sums = charges.get(&(self.month.clone(), self.currency.clone()))?;
        Some(if self.metric == "AmortizedCost" { sums.effective } else { sums.amount })
    }
}

/// How a total compares with the charges, as the column `agreement` says it.
fn agreement(is_comparable: bool, difference: Option<i128>) -> &'static str {
    const CENT: u128 = decimal::ONE.unsigned_abs() / 100;
    match difference {
        _ if !is_comparable => "not_compared",
        None => "no_charges",
        Some(0) => "exact",
        Some(difference) if difference.unsigned_abs() < CENT => "to_the_cent",
        Some(_) => "differs",
    }
}

/// Table `cost_comparisons`.
///
/// # Errors
/// When a table of the store cannot be read.
pub(super) fn comparisons(schema: &Schema, store: &Store, engagement: &Engagement) -> Result<Option<Batch>, StoreError> {
    let Some(table) = schema.table(CostComparisonsRow::TABLE.name) else { return Ok(None) };
    let mut table = Batch::new(table);
    let mut charges: BTreeMap<(String, String), ControlSums> = BTreeMap::new();
    for (file, ..) in files(store).filter(|(file, ..)| file.out_of_scope_reason.is_none()) {
        for total in file.charges.iter().flat_map(|charges| &charges.totals).filter(|total| total.sums.lines > 0) {
            charges.entry((total.month.clone(), total.currency.clone())).or_default().add(&total.sums);
        }
    }
    let mut all = explorer(store)?;
    all.extend(invoices(store, engagement)?);
    for one in all {
        let own = one.own(&charges);
        let difference = own.filter(|_| one.is_comparable()).map(|own| own.saturating_sub(one.amount));
        table.push(
            0,
            &CostComparisonsRow {
                origin: Some(&one.origin),
                metric: filled(&one.metric),
                invoices: count(one.invoices).filter(|n| *n > 0),
                billing_month: filled(&one.month),
                currency: filled(&one.currency),
                unit: filled(&one.unit),
                amount: Some(one.amount),
                is_whole: Some(one.is_whole),
                is_estimated: Some(one.is_estimated),
                charges: own,
                difference,
                agreement: Some(agreement(one.is_comparable(), difference)),
            },
        );
    }
    Ok(Some(table))
}

/// The rows of a small table, to be read with [`Batch::row`], and the file of each.
fn rows<'a, R: Row<'a>>(store: &Store) -> Result<Option<(Batch, Vec<String>)>, StoreError> {
    let Some(table) = store.schema().table(R::TABLE.name) else { return Ok(None) };
    let read = store.read(&table, None)?;
    frame::batch(&read, &table).map(Some).map_err(|e| StoreError::polars(&store.folder().join(R::TABLE.name), e))
}

fn owned(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

/// One answer's month, metric and unit.
#[derive(Debug, Default)]
struct Answer {
    totals: i128,
    has_total: bool,
    groups: i128,
    spans: BTreeSet<(i64, i64)>,
    estimated: bool,
}

fn explorer(store: &Store) -> Result<Vec<Stated>, StoreError> {
    let Some((batch, sources)) = rows::<CostExplorerTotalsRow<'_>>(store)? else { return Ok(Vec::new()) };
    let mut answers: BTreeMap<(String, String, String, String, String, String), Answer> = BTreeMap::new();
    for (row, file) in sources.iter().enumerate() {
        let total: CostExplorerTotalsRow<'_> = batch.row(row);
        let is_total = total.is_total == Some(true);
        // Answers with other groups repeat the same money; the total of a console file belongs to its groups.
        let grouped = total.grouped_by.filter(|_| !is_total && total.metric.is_some_and(|metric| !metric.is_empty()));
        let [month, unit, metric, origin, grouped] = [total.cost_month, total.unit, total.metric, total.origin, grouped].map(owned);
        let key = (month, unit, metric, origin, file.clone(), grouped);
        let answer = answers.entry(key).or_default();
        let amount = total.amount.unwrap_or(0);
        if is_total {
            answer.has_total = true;
            answer.totals = answer.totals.saturating_add(amount);
        } else {
            answer.groups = answer.groups.saturating_add(amount);
        }
        answer.estimated |= total.estimated == Some(true);
        if let (Some(start), Some(end)) = (total.period_start, total.period_end) {
            answer.spans.insert((start, end));
        }
    }
    let mut all = Vec::new();
    for ((month, unit, metric, origin, _, _), answer) in answers {
        let quantity = metric.contains("Quantity") || metric.contains("Amount");
        if quantity {
            continue;
        }
        // The console prints a sign where the API names a currency.
        let currency = match unit.as_str() {
            "$" | "US$" => "USD",
            "€" => "EUR",
            "£" => "GBP",
            other => other,
        };
        let is_whole = covers(&month, &answer.spans);
        all.push(Stated {
            origin,
            metric,
            invoices: 0,
            month,
            currency: currency.to_owned(),
            amount: if answer.has_total { answer.totals } else { answer.groups },
            is_whole,
            is_estimated: answer.estimated,
            unit,
        });
    }
    Ok(all)
}

/// Whether spans that do not overlap make up a whole month.
fn covers(month: &str, spans: &BTreeSet<(i64, i64)>) -> bool {
    let Ok(start) = time::parse(&format!("{month}-01")) else { return false };
    let (year, number, _) = time::civil(time::day_of(start));
    let next = if number == 12 { (year + 1, 1) } else { (year, number + 1) };
    let Some(end) = time::day_number(next.0, next.1, 1) else { return false };
    let mut reached = start;
    for (from, to) in spans {
        if *from > reached {
            return false;
        }
        reached = reached.max(*to);
    }
    reached >= i64::from(end) * time::DAY
}

fn invoices(store: &Store, engagement: &Engagement) -> Result<Vec<Stated>, StoreError> {
    let mut sums: BTreeMap<(String, String, String), (i128, u64)> = BTreeMap::new();
    let mut add = |month: &str, currency: &str, origin: &str, amount: i128| {
        let sum = sums.entry((month.to_owned(), currency.to_owned(), origin.to_owned())).or_default();
        *sum = (sum.0.saturating_add(amount), sum.1 + 1);
    };
    if let Some((batch, _)) = rows::<InvoiceTotalsRow<'_>>(store)? {
        // The same invoice may stand in two lists.
        let mut seen: BTreeSet<(&str, &str, &str, i128)> = BTreeSet::new();
        for row in 0..batch.len() {
            let invoice: InvoiceTotalsRow<'_> = batch.row(row);
            let amount = invoice.amount.unwrap_or(0);
            let [month, currency, origin, id] =
                [invoice.invoice_month, invoice.currency, invoice.origin, invoice.invoice_id].map(|text| text.unwrap_or(""));
            if id.is_empty() || seen.insert((origin, id, currency, amount)) {
                add(month, currency, origin, amount);
            }
        }
    }
    for invoice in &engagement.invoice {
        let amount = decimal::parse(&invoice.amount).map_or(0, |p| p.units);
        let month = month_of(&invoice.month).unwrap_or_default();
        add(&month, &invoice.currency, "the engagement", amount);
    }
    let all = sums.into_iter().map(|((month, currency, origin), (amount, invoices))| Stated {
        origin,
        invoices,
        month,
        unit: currency.clone(),
        currency,
        amount,
        is_whole: true,
        ..Stated::default()
    });
    Ok(all.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_covered_by_its_days() {
        let day = |n: i64| time::parse("2024-02-01").unwrap() + n * time::DAY;
        let days = |n: i64| (0..n).map(|d| (day(d), day(d + 1))).collect::<BTreeSet<_>>();
        assert!(covers("2024-02", &days(29)), "a leap year");
        assert!(!covers("2024-02", &days(28)));
        assert!(covers("2024-02", &[(day(0), day(29))].into()));
        assert!(!covers("2024-02", &[(day(1), day(29))].into()));
        let gap: BTreeSet<_> = days(29).into_iter().filter(|(from, _)| *from != day(9)).collect();
        assert!(!covers("2024-02", &gap));
        assert!(!covers("", &days(29)));
    }

    #[test]
    fn totals_agree_to_the_cent_or_differ() {
        let cent = decimal::ONE / 100;
        assert_eq!(agreement(true, Some(0)), "exact");
        assert_eq!(agreement(true, Some(1 - cent)), "to_the_cent");
        assert_eq!(agreement(true, Some(-cent)), "differs");
        assert_eq!(agreement(true, None), "no_charges");
        assert_eq!(agreement(false, Some(0)), "not_compared");
        let stated = |metric: &str| Stated { metric: metric.to_owned(), is_whole: true, ..Stated::default() };
        assert!(stated("UnblendedCost").is_comparable() && !stated("NetAmortizedCost").is_comparable());
        assert!(!Stated { is_whole: false, ..stated("UnblendedCost") }.is_comparable());
    }
}
