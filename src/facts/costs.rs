//! Cost data held against itself and against what others state: lines read against rows kept, charges against Cost
//! Explorer and invoices. Sums are exact; currencies are never added to each other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::{decimal, time};
use crate::engagement::Engagement;
use crate::ingest::batch::Batch;
use crate::ingest::formats::cost::{ControlSums, month_of};
use crate::schema::Schema;
use crate::schema::row::Row;
use crate::schema::tables::{
    CarbonEmissionsRow, CostControlTotalsRow, CostExplorerTotalsRow, CostRecommendationsRow, CostsRow, InvoiceTotalsRow,
};
use crate::store::manifest::{BillingSource, InputFile};
use crate::store::{Store, StoreError, parquet::frame};

/// Table `cost_control_totals`: what the lines of every cost file come to, counted or not; files of the same content once.
pub fn control_totals(schema: &Schema, store: &Store) -> Option<Batch> {
    let mut table = Batch::new(schema.table(CostControlTotalsRow::TABLE.name)?);
    for (file, source, assembly) in files(store) {
        let Some(charges) = &file.charges else { continue };
        let int = |n: u64| Some(i64::try_from(n).unwrap_or(i64::MAX));
        for total in &charges.totals {
            let sums = &total.sums;
            table.push(
                0,
                &CostControlTotalsRow {
                    file_id: Some(&file.file_id),
                    billing_source: Some(source.map_or("", |s| s.name.as_str())),
                    format: Some(file.format.label()),
                    billing_month: stated(&total.month),
                    assembly: stated(assembly),
                    counted: Some(file.out_of_scope_reason.is_none()),
                    set_apart: file.out_of_scope_reason.as_deref(),
                    billing_account_id: stated(&total.payer),
                    currency: stated(&total.currency),
                    lines: int(sums.lines),
                    cost_rows: int(sums.rows),
                    amount: Some(sums.amount),
                    uncancelled: Some(sums.uncancelled),
                    billed: Some(sums.billed),
                    effective: Some(sums.effective),
                },
            );
        }
    }
    Some(table)
}

fn stated(text: &str) -> Option<&str> {
    Some(text).filter(|t| !t.is_empty())
}

/// Cost files, each content once, with the source they belong to and their delivery, in the order of their ids.
fn files(store: &Store) -> impl Iterator<Item = (&InputFile, Option<&BillingSource>, &str)> {
    let mut place: BTreeMap<&str, (&BillingSource, &str)> = BTreeMap::new();
    for source in &store.manifest.billing {
        for (delivery, ids) in &source.superseded {
            for id in ids {
                place.entry(id).or_insert((source, delivery));
            }
        }
    }
    // A file that counts somewhere is listed there, also when an older delivery held it already.
    for source in &store.manifest.billing {
        for id in &source.files {
            place.insert(id, (source, &source.assembly));
        }
    }
    store.manifest.files.values().filter(|f| f.format.is_charges() && f.copy_of.is_none()).map(move |file| {
        match place.get(file.file_id.as_str()) {
            Some((source, delivery)) => (file, Some(*source), *delivery),
            None => (file, None, ""),
        }
    })
}

/// Lines read, of one source, month and currency.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// Report or export.
    pub source: String,
    /// Kind of it.
    pub kind: String,
    /// Billing month; empty when not stated.
    pub month: String,
    /// Currency; empty when not stated.
    pub currency: String,
    /// Lines whose rows count.
    pub counted: ControlSums,
    /// Lines of deliveries and sources set apart.
    pub apart: ControlSums,
    /// Rows in the store, read back: number, billed, effective.
    pub stored: (u64, i128, i128),
}

impl Line {
    /// What the rows in the store differ from the lines read; 0 when all is well.
    pub fn difference(&self) -> i128 {
        self.stored.1.saturating_sub(self.counted.amount.saturating_sub(self.counted.uncancelled))
    }

    /// Whether number of rows, billed and effective sums are those that reading gave.
    pub fn agrees(&self) -> bool {
        self.difference() == 0 && self.stored == (self.counted.rows, self.counted.billed, self.counted.effective)
    }
}

/// Rejected lines of one source and currency.
#[derive(Debug, Clone, Default)]
pub struct Rejected {
    /// Report or export.
    pub source: String,
    /// Currency.
    pub currency: String,
    /// Lines whose amount could be read.
    pub lines: u64,
    /// Their amounts.
    pub amount: i128,
    /// Lines whose amount could not.
    pub unread: u64,
}

/// The reconciliation of charges with the files they came from.
#[derive(Debug, Clone, Default)]
pub struct Reconciliation {
    /// By source, month and currency.
    pub lines: Vec<Line>,
    /// By source and currency; `unread` lines stand under no currency.
    pub rejected: Vec<Rejected>,
}

impl Reconciliation {
    /// Charges that count, by month and currency.
    pub fn charges(&self) -> BTreeMap<(String, String), ControlSums> {
        let mut all: BTreeMap<(String, String), ControlSums> = BTreeMap::new();
        for line in self.lines.iter().filter(|l| l.counted.lines > 0) {
            all.entry((line.month.clone(), line.currency.clone())).or_default().add(&line.counted);
        }
        all
    }
}

/// Holds the lines read against the rows of the store, which are read back for it.
///
/// # Errors
/// When a part of the store cannot be read.
pub fn reconcile(store: &Store) -> Result<Reconciliation, StoreError> {
    let mut lines: BTreeMap<(String, String, String, String), Line> = BTreeMap::new();
    let mut rejected: BTreeMap<(String, String), Rejected> = BTreeMap::new();
    let mut sources: BTreeMap<String, (String, String)> = BTreeMap::new();
    for (file, source, _) in files(store) {
        let name = source.map_or_else(|| "(no source)".to_owned(), |s| s.name.clone());
        let kind = file.format.label().to_owned();
        sources.insert(file.file_id.clone(), (name.clone(), kind.clone()));
        let Some(charges) = &file.charges else { continue };
        for total in &charges.totals {
            let line = line(&mut lines, &name, &kind, &total.month, &total.currency);
            let side = if file.out_of_scope_reason.is_none() { &mut line.counted } else { &mut line.apart };
            side.add(&total.sums);
        }
        for sum in &charges.rejected {
            let entry = rejected.entry((name.clone(), sum.currency.clone())).or_default();
            (entry.source, entry.currency) = (name.clone(), sum.currency.clone());
            entry.lines += sum.lines;
            entry.amount = entry.amount.saturating_add(sum.amount);
        }
        if charges.rejected_unread > 0 {
            let entry = rejected.entry((name.clone(), String::new())).or_default();
            entry.source = name;
            entry.unread += charges.rejected_unread;
        }
    }
    for ((file, month, currency), (rows, billed, effective)) in stored(store)? {
        let (name, kind) = sources.get(&file).cloned().unwrap_or_default();
        let line = line(&mut lines, &name, &kind, &month, &currency);
        line.stored.0 += rows;
        line.stored.1 = line.stored.1.saturating_add(billed);
        line.stored.2 = line.stored.2.saturating_add(effective);
    }
    Ok(Reconciliation { lines: lines.into_values().collect(), rejected: rejected.into_values().collect() })
}

fn line<'l>(
    lines: &'l mut BTreeMap<(String, String, String, String), Line>,
    source: &str,
    kind: &str,
    month: &str,
    currency: &str,
) -> &'l mut Line {
    let key = (source.to_owned(), kind.to_owned(), month.to_owned(), currency.to_owned());
    lines.entry(key).or_insert_with(|| Line {
        source: source.to_owned(),
        kind: kind.to_owned(),
        month: month.to_owned(),
        currency: currency.to_owned(),
        ..Line::default()
    })
}

/// File, month and currency of rows; their number, billed and effective sums.
type Stored = BTreeMap<(String, String, String), (u64, i128, i128)>;

/// Rows in a row with the same day and currency: how many, billed and effective.
type Run = (Option<i32>, String, (u64, i128, i128));

/// Sums over the rows of table `costs` as they lie in the store, one part in memory at a time.
fn stored(store: &Store) -> Result<Stored, StoreError> {
    const COLUMNS: [&str; 5] = [
        CostsRow::BillingPeriodStart,
        CostsRow::ChargePeriodStart,
        CostsRow::BillingCurrency,
        CostsRow::BilledCost,
        CostsRow::EffectiveCost,
    ];
    let mut sums = Stored::new();
    let Some(table) = store.schema().table(CostsRow::TABLE.name) else { return Ok(sums) };
    let mut narrow = (*table).clone();
    narrow.columns.retain(|column| COLUMNS.contains(&column.name.as_str()));
    let narrow = Arc::new(narrow);
    let [period, charge, currency, billed, effective] =
        COLUMNS.map(|name| narrow.columns.iter().position(|column| column.name == name).unwrap_or(usize::MAX));
    let names: Vec<String> = narrow.all_columns().into_iter().map(|c| c.name).collect();
    for part in store.parts(&table) {
        let read = frame::read(&part, Some(&names))?;
        let (batch, sources) = frame::batch(&read, &narrow).map_err(|e| StoreError::polars(&part, e))?;
        // Most rows share day and currency with the row before.
        let mut last: Option<Run> = None;
        let file = sources.first().cloned().unwrap_or_default();
        let mut close = |last: Option<Run>| {
            if let Some((day, currency, sum)) = last {
                let key = (file.clone(), day.map(time::month_text).unwrap_or_default(), currency);
                let entry = sums.entry(key).or_default();
                *entry = (entry.0 + sum.0, entry.1.saturating_add(sum.1), entry.2.saturating_add(sum.2));
            }
        };
        for row in 0..batch.len() {
            let micros = |column| batch.cell(column, row).as_int();
            let amount = |column| batch.cell(column, row).as_decimal().unwrap_or(0);
            let day = micros(period).or_else(|| micros(charge)).map(time::day_of);
            let unit = batch.cell(currency, row).as_text().unwrap_or("");
            if !last.as_ref().is_some_and(|(d, c, _)| *d == day && c == unit) {
                close(last.take());
                last = Some((day, unit.to_owned(), (0, 0, 0)));
            }
            if let Some((_, _, sum)) = &mut last {
                sum.0 += 1;
                sum.1 = sum.1.saturating_add(amount(billed));
                sum.2 = sum.2.saturating_add(amount(effective));
            }
        }
        close(last);
    }
    Ok(sums)
}

/// What somebody else states of one month in one currency.
#[derive(Debug, Clone, Default)]
pub struct Stated {
    /// Who: Cost Explorer, a list of invoices, the engagement.
    pub origin: String,
    /// Metric, or the number of invoices, in words.
    pub what: String,
    /// Month.
    pub month: String,
    /// Currency as ours write it.
    pub currency: String,
    /// Amount.
    pub amount: i128,
    /// Whether it is to be held against effective instead of billed cost.
    pub amortised: bool,
    /// Why it cannot be compared, or only with care, in words.
    pub caveat: String,
    /// It is not to be compared at all.
    pub incomparable: bool,
}

/// Every monthly total that was delivered beside the charges, in a fixed order.
///
/// # Errors
/// When a table of the store cannot be read.
pub fn stated_totals(store: &Store, engagement: &Engagement) -> Result<Vec<Stated>, StoreError> {
    let mut all = explorer(store)?;
    all.extend(invoices(store, engagement)?);
    Ok(all)
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
        let mut caveats = Vec::new();
        if !covers(&month, &answer.spans) {
            caveats.push("it covers only part of the month".to_owned());
        }
        if answer.estimated {
            caveats.push("Cost Explorer calls it estimated".to_owned());
        }
        if metric.is_empty() {
            caveats.push("the download does not name its metric; unblended cost is assumed".to_owned());
        }
        if currency != unit {
            caveats.push(format!("the currency is taken from the sign {unit}"));
        }
        let incomparable = !covers(&month, &answer.spans) || metric.starts_with("Blended") || metric.starts_with("Net");
        if metric.starts_with("Blended") {
            caveats.push("blended cost is an average over accounts and is not compared".to_owned());
        }
        if metric.starts_with("Net") {
            caveats.push(
                "the charges are read before their discounts, which stand as lines of their own; net totals are not compared".to_owned(),
            );
        }
        all.push(Stated {
            origin,
            what: if metric.is_empty() { "metric not stated".to_owned() } else { metric.clone() },
            month,
            currency: currency.to_owned(),
            amount: if answer.has_total { answer.totals } else { answer.groups },
            amortised: metric == "AmortizedCost",
            caveat: caveats.join("; "),
            incomparable,
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
    let all = sums.into_iter().map(|((month, currency, origin), (amount, n))| Stated {
        origin,
        what: if n == 1 { "1 invoice".to_owned() } else { format!("{n} invoices") },
        month,
        currency,
        amount,
        ..Stated::default()
    });
    Ok(all.collect())
}

/// One recommendation of a tool of AWS, its first choice.
#[derive(Debug, Clone, Default)]
pub struct Advice {
    /// Tool.
    pub origin: String,
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// Resource.
    pub resource: String,
    /// Kind of resource.
    pub kind: String,
    /// Action, else finding.
    pub action: String,
    /// What there is, and what is recommended.
    pub change: (String, String),
    /// Estimated saving in a month; `None` when the tool gives none.
    pub savings: Option<i128>,
    /// Currency; empty when not stated.
    pub currency: String,
    /// After or before discounts.
    pub basis: String,
    /// Why the tool has none.
    pub trouble: String,
}

/// The first choices of the tools, largest savings first within a currency.
///
/// # Errors
/// When the table cannot be read.
pub fn advice(store: &Store) -> Result<Vec<Advice>, StoreError> {
    let Some((batch, _)) = rows::<CostRecommendationsRow<'_>>(store)? else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for row in 0..batch.len() {
        let advice: CostRecommendationsRow<'_> = batch.row(row);
        if advice.option_rank.is_some_and(|rank| rank > 1) {
            continue;
        }
        all.push(Advice {
            origin: owned(advice.origin),
            account: owned(advice.account_id),
            region: owned(advice.region),
            resource: owned(advice.resource_id),
            kind: owned(advice.resource_type),
            action: owned(advice.action.filter(|action| !action.is_empty()).or(advice.finding)),
            change: (owned(advice.current_state), owned(advice.recommended_state)),
            savings: advice.estimated_monthly_savings,
            currency: owned(advice.currency),
            basis: owned(advice.savings_basis),
            trouble: owned(advice.trouble),
        });
    }
    all.sort_by(|a, b| {
        (&a.currency, std::cmp::Reverse(a.savings), &a.origin, &a.account, &a.resource, &a.action).cmp(&(
            &b.currency,
            std::cmp::Reverse(b.savings),
            &b.origin,
            &b.account,
            &b.resource,
            &b.action,
        ))
    });
    Ok(all)
}

/// AWS's own carbon figures of one month and method, metric tons of CO2 equivalent.
#[derive(Debug, Clone, Default)]
pub struct Carbon {
    /// Month.
    pub month: String,
    /// AWS's method.
    pub model: String,
    /// Market-based.
    pub market: Option<i128>,
    /// Location-based.
    pub location: Option<i128>,
}

/// Months of AWS's carbon export. A figure exported twice counts once, as refreshed last; methods are not mixed.
///
/// # Errors
/// When the table cannot be read.
pub fn carbon(store: &Store) -> Result<Vec<Carbon>, StoreError> {
    let Some((batch, _)) = rows::<CarbonEmissionsRow<'_>>(store)? else { return Ok(Vec::new()) };
    type Figure = (Option<i64>, usize);
    let mut newest: BTreeMap<[&str; 5], Figure> = BTreeMap::new();
    for row in 0..batch.len() {
        let figure: CarbonEmissionsRow<'_> = batch.row(row);
        let names = [figure.emissions_month, figure.model_version, figure.account_id, figure.region, figure.product_code];
        let key = names.map(|name| name.unwrap_or(""));
        let at = (figure.refreshed_at, row);
        let best = newest.entry(key).or_insert(at);
        if at.0 > best.0 {
            *best = at;
        }
    }
    let mut months: BTreeMap<(&str, &str), Carbon> = BTreeMap::new();
    for ([month, model, ..], (_, row)) in newest {
        let entry = months.entry((month, model)).or_insert_with(|| Carbon {
            month: month.to_owned(),
            model: model.to_owned(),
            ..Carbon::default()
        });
        let figure: CarbonEmissionsRow<'_> = batch.row(row);
        let add = |sum: Option<i128>, more: Option<i128>| match more {
            Some(value) => Some(sum.unwrap_or(0).saturating_add(value)),
            None => sum,
        };
        entry.market = add(entry.market, figure.mbm_emissions);
        entry.location = add(entry.location, figure.lbm_emissions);
    }
    Ok(months.into_values().collect())
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
    fn lines_and_rows_agree_only_exactly() {
        let sums = ControlSums { lines: 8, rows: 9, amount: 215, uncancelled: 0, billed: 215, effective: 215 };
        let line = Line { counted: sums, stored: (9, 215, 215), ..Line::default() };
        assert!(line.agrees());
        assert!(!Line { stored: (9, 214, 215), ..line.clone() }.agrees());
        assert!(!Line { stored: (8, 215, 215), ..line.clone() }.agrees());
        let half = ControlSums { amount: 224, uncancelled: 9, ..sums };
        assert!(Line { counted: half, ..line }.agrees(), "covered usage without its counter entry is not billed");
    }
}
