//! Assembles cost and carbon. Amounts are never added across currencies.

mod advice;
mod carbon;
mod reconcile;
mod savings;
mod totals;

use std::collections::BTreeMap;

use super::{Input, words};
use crate::base::decimal;
use crate::evaluate::{EvaluateError, Grid, Value};
use crate::report::model::{Chart, MetricResult, Statement, StatementTone, Topic, TopicSection};
use crate::store::manifest::{InputFile, Overlap};

/// Rows of a table that are printed; a total says how many there are.
const SHOWN: usize = 25;

/// The section.
pub(super) fn section(
    input: &Input<'_>,
    metrics: &BTreeMap<String, MetricResult>,
    charts: &mut BTreeMap<String, Chart>,
) -> Result<TopicSection, EvaluateError> {
    let mut section = TopicSection {
        lead: "From the cost and usage exports. Billed cost is what the exports charge for the month; whether the invoices say the same is stated where they were delivered. Effective cost spreads commitments over their use. Amounts stand in the currency they were billed in and are never added across currencies.".to_owned(),
        ..TopicSection::default()
    };
    let months = Months::read(input)?;
    section.statements = refused(input);
    if months.lines.is_empty() {
        section.topics.push(missing(input));
        section.topics.extend(reconcile::topic(input)?);
        section.topics.extend(advice::topic(input)?);
        section.topics.extend(advice::carbon(input)?);
        return Ok(section);
    }
    section.statements.extend(months.statements(input));
    section.topics = vec![totals::totals(input, &months, charts)?, totals::reconciliation(input)?];
    section.topics.extend(reconcile::topic(input)?);
    section.topics.extend([
        totals::places(input, &months, charts)?,
        savings::commitments(input, &months, metrics, charts)?,
        savings::opportunities(&months, metrics, charts),
    ]);
    section.topics.extend(advice::topic(input)?);
    section.topics.extend([savings::tags(input, &months, metrics, charts)?, carbon::carbon(input, metrics, charts)]);
    section.topics.extend(advice::carbon(input)?);
    Ok(section)
}

/// Months whose charges are stated by several files that nothing orders.
fn refused(input: &Input<'_>) -> Vec<Statement> {
    let manifest = &input.store.manifest;
    let statement = |overlap: &Overlap| {
        let months: Vec<&str> = overlap.months.iter().map(String::as_str).filter(|m| !m.is_empty()).collect();
        let of = if months.is_empty() { "some months".to_owned() } else { months.join(", ") };
        let text = format!(
            "{} state the same charges, and neither a manifest, nor the names of their folders, nor invoices say which is current: {}. None of their amounts is in any figure of this report, and no other charge of these months is. Deliver the folders as they lie in the bucket, with the manifest of the month, or one delivery of the month only.",
            words::count(overlap.files.len() as u64, "file", "files"),
            overlap.paths(manifest).join(", ")
        );
        Statement::new(StatementTone::Caution, format!("Costs of {of} are not determined"), text)
    };
    manifest.overlaps.iter().map(statement).collect()
}

/// The files that hold charges.
fn exports<'i>(input: &Input<'i>) -> impl Iterator<Item = &'i InputFile> {
    input.store.manifest.files.values().filter(|f| f.format.is_charges())
}

/// Why there is no figure, and what to ask for.
fn missing(input: &Input<'_>) -> Topic {
    let files: Vec<&InputFile> = exports(input).collect();
    let seen = if files.is_empty() {
        "No cost export was delivered, so neither cost nor carbon is known.".to_owned()
    } else {
        let first = files.iter().filter_map(|f| f.first_time).min().map_or(String::new(), |t| words::date(t, "UTC"));
        let last = files.iter().filter_map(|f| f.last_time).max().map_or(String::new(), |t| words::date(t, "UTC"));
        let why = if input.tables.refused_charges().is_empty() {
            "none of the months of the period"
        } else {
            "none of the months of the period that is determined (several files state the same charges)"
        };
        format!("The cost exports delivered hold charges from {first} to {last} and {why}, so neither cost nor carbon is known.")
    };
    let how = "Ask the payer account for the Cost and Usage Report or a FOCUS export of each month, with resource ids, all tags and hourly rows: \
               aws cur describe-report-definitions --region us-east-1 (or aws bcm-data-exports list-exports --region us-east-1) names bucket and prefix, \
               aws s3 sync s3://BILLING-BUCKET/PREFIX/REPORT/ cost/ copies the files with their manifests.";
    Topic { id: "cost-totals".to_owned(), title: "Cost".to_owned(), not_tested: format!("{seen} {how}"), ..Topic::default() }
}

/// One month in one currency.
struct Month {
    month: String,
    currency: String,
    rows: u64,
    days: u64,
    accounts: u64,
    billed: i128,
    effective: i128,
    list: Option<i128>,
}

/// The months of the period by currency.
struct Months {
    lines: Vec<Month>,
    /// The currency with the most charges: the one that is drawn.
    main: String,
    /// Effective cost by currency.
    effective: BTreeMap<String, i128>,
}

impl Months {
    fn read(input: &Input<'_>) -> Result<Self, EvaluateError> {
        let text = "SELECT charge_month, BillingCurrency AS currency, SUM(charge_rows) AS charges, COUNT(DISTINCT charge_date) AS days, COUNT(DISTINCT SubAccountId) AS accounts, \
                    SUM(BilledCost) AS billed, SUM(EffectiveCost) AS effective, SUM(ListCost) AS list FROM cost_daily GROUP BY charge_month, BillingCurrency \
                    ORDER BY charge_month NULLS LAST, currency NULLS LAST";
        let grid = input.sql("months", text)?;
        let lines: Vec<Month> = grid
            .rows
            .iter()
            .map(|row| Month {
                month: grid.get(row, &["charge_month"]).to_text(),
                currency: grid.get(row, &["currency"]).to_text(),
                rows: number(&grid, row, "charges"),
                days: number(&grid, row, "days"),
                accounts: number(&grid, row, "accounts"),
                billed: amount(&grid, row, "billed").unwrap_or(0),
                effective: amount(&grid, row, "effective").unwrap_or(0),
                list: amount(&grid, row, "list"),
            })
            .collect();
        let mut charges: BTreeMap<&str, u64> = BTreeMap::new();
        let mut effective: BTreeMap<String, i128> = BTreeMap::new();
        for line in &lines {
            *charges.entry(&line.currency).or_default() += line.rows;
            add(effective.entry(line.currency.clone()).or_default(), line.effective);
        }
        let main =
            charges.iter().max_by_key(|(name, n)| (**n, std::cmp::Reverse(**name))).map_or(String::new(), |(name, _)| (*name).to_owned());
        Ok(Self { lines, main, effective })
    }

    /// Months with a charge in a currency.
    fn of(&self, currency: &str) -> u64 {
        self.lines.iter().filter(|l| l.currency == currency).count() as u64
    }

    /// All months, in order.
    fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.lines.iter().map(|l| l.month.as_str()).collect();
        names.dedup();
        names
    }

    /// What limits all figures of the section.
    fn statements(&self, input: &Input<'_>) -> Vec<Statement> {
        let mut all = Vec::new();
        let (first, last) = super::coverage::months(input);
        let names = self.names();
        if names.first() != Some(&first.as_str()) || names.last() != Some(&last.as_str()) {
            all.push(Statement::new(
                StatementTone::Warning,
                "Months are missing",
                format!("The period touches {first} to {last}; charges were delivered for {}.", names.join(", ")),
            ));
        }
        if self.effective.len() > 1 {
            let list: Vec<String> = self.effective.iter().map(|(currency, sum)| money(*sum, currency)).collect();
            all.push(Statement::plain(format!(
                "Charges come in {} currencies: {} effective. Drawings show {} only.",
                self.effective.len(),
                list.join(" and "),
                self.main
            )));
        }
        all.push(Statement::plain("Bills are monthly: the months that the period touches are counted whole, in UTC. A month is final only once its invoice is; credits and support fees can rewrite a closed month."));
        all
    }
}

/// A count of a result; NULL is 0.
fn number(grid: &Grid, row: &[Value], name: &str) -> u64 {
    match grid.get(row, &[name]) {
        Value::Int(n) => u64::try_from(*n).unwrap_or(0),
        _ => 0,
    }
}

/// An amount of a result in units of 10^-18.
fn amount(grid: &Grid, row: &[Value], name: &str) -> Option<i128> {
    match grid.get(row, &[name]) {
        Value::Decimal(units) => Some(*units),
        Value::Int(n) => Some(i128::from(*n) * decimal::ONE),
        _ => None,
    }
}

/// Adds to a sum. Amounts of up to 38 digits are read, so that two of them can be more than a sum holds; it then stays at
/// the largest, which nobody takes for a bill.
fn add(sum: &mut i128, amount: i128) {
    *sum = sum.saturating_add(amount);
}

/// An amount as a number, for drawing and shares.
#[expect(clippy::cast_precision_loss, reason = "for drawing and printing with two decimals; sums are exact")]
fn float(units: i128) -> f64 {
    units as f64 / decimal::ONE as f64
}

/// An amount with two decimals and its currency.
fn money(units: i128, currency: &str) -> String {
    words::money(float(units), currency)
}

/// A part of a whole in percent. A whole that refunds and credits make zero or less has no parts.
fn share(part: i128, whole: i128) -> String {
    if whole <= 0 { "not determined".to_owned() } else { format!("{} %", words::decimal(float(part) / float(whole) * 100.0, 1)) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sums_of_the_largest_amounts_end_no_report() {
        let largest = crate::base::decimal::parse("99999999999999999999").unwrap().units;
        let mut sum = 0;
        (0..9).for_each(|_| super::add(&mut sum, largest));
        assert_eq!(sum, i128::MAX);
    }
}
