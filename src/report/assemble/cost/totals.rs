//! Totals by month, reconciliation by file, and where the money goes: services, accounts, Regions.

use std::collections::BTreeMap;

use super::super::{Input, coverage, words};
use super::{Months, SHOWN, add, amount, float, money, number, share};
use crate::base::time;
use crate::evaluate::EvaluateError;
use crate::ingest::detect::Format;
use crate::ingest::formats::cost;
use crate::report::model::{Bar, Cell, Chart, ChartData, Column, DaySeries, Kpi, SeriesKey, Statement, Table, Tone, Topic};
use crate::store::manifest::InputFile;
use crate::store::parquet::frame;

/// Months that stand in columns of their own; more are summed.
const MONTH_COLUMNS: usize = 6;
/// Services drawn as parts of a month.
const PARTS: usize = 5;
const TONES: [Tone; PARTS] = [Tone::C1, Tone::C2, Tone::C3, Tone::C4, Tone::C5];

/// Billed and effective cost per month and currency.
pub(super) fn totals(input: &Input<'_>, months: &Months, charts: &mut BTreeMap<String, Chart>) -> Result<Topic, EvaluateError> {
    let columns = vec![
        Column::date("Month"),
        Column::code("Currency"),
        Column::number("Billed"),
        Column::number("Effective"),
        Column::number("On-demand equivalent"),
        Column::number("Charges"),
        Column::number("Days with charges"),
        Column::number("Accounts"),
    ];
    let mut table = Table::new("cost-totals-table", "Billed and effective cost by month and currency", columns);
    for line in &months.lines {
        table.push(vec![
            Cell::text(&line.month),
            Cell::text(&line.currency),
            Cell::figure(words::money(float(line.billed), ""), float(line.billed)),
            Cell::figure(words::money(float(line.effective), ""), float(line.effective)),
            line.list.map_or_else(|| Cell::text("not stated"), |l| Cell::figure(words::money(float(l), ""), float(l))),
            Cell::count(line.rows),
            Cell::count(line.days),
            Cell::count(line.accounts),
        ]);
    }
    let mut kpis = Vec::new();
    // The currency that is drawn comes first.
    let order =
        months.effective.iter().filter(|(c, _)| **c == months.main).chain(months.effective.iter().filter(|(c, _)| **c != months.main));
    for (currency, effective) in order {
        let billed: i128 = months.lines.iter().filter(|l| l.currency == *currency).map(|l| l.billed).fold(0, i128::saturating_add);
        let over = words::count(months.of(currency), "month", "months");
        kpis.push(Kpi {
            value: money(billed, currency),
            raw: Some(float(billed)),
            label: format!("billed over {over}"),
            note: String::new(),
        });
        kpis.push(Kpi {
            value: money(*effective, currency),
            raw: Some(float(*effective)),
            label: format!("effective over {over}"),
            note: String::new(),
        });
    }
    let names = vec![by_month(input, months, charts)?, by_day(input, months, charts)?];
    Ok(Topic {
        id: "cost-totals".to_owned(),
        title: "Totals".to_owned(),
        kpis,
        charts: names,
        tables: vec![table, categories(input)?],
        method: "Billed cost is the unblended cost of a Cost and Usage Report or BilledCost of FOCUS; effective cost is the amortised cost or EffectiveCost. Public prices are stated for usage only.".to_owned(),
        ..Topic::default()
    })
}

/// Charges by category: usage, purchases, tax, credits.
fn categories(input: &Input<'_>) -> Result<Table, EvaluateError> {
    let text = "SELECT ChargeCategory AS category, BillingCurrency AS currency, SUM(charge_rows) AS charges, SUM(BilledCost) AS billed, SUM(EffectiveCost) AS effective FROM cost_daily \
                GROUP BY ChargeCategory, BillingCurrency ORDER BY currency NULLS LAST, billed DESC NULLS LAST, category NULLS LAST";
    let grid = input.sql("charge categories", text)?;
    let columns = vec![
        Column::text("Charge"),
        Column::code("Currency"),
        Column::number("Charges"),
        Column::number("Billed"),
        Column::number("Effective"),
    ];
    let mut table = Table::new("cost-categories", "Kinds of charge over all months", columns);
    for row in &grid.rows {
        let figure =
            |name: &str| amount(&grid, row, name).map_or_else(|| Cell::text(""), |n| Cell::figure(words::money(float(n), ""), float(n)));
        table.push(vec![
            Cell::text(grid.get(row, &["category"]).to_text()),
            Cell::text(grid.get(row, &["currency"]).to_text()),
            Cell::count(number(&grid, row, "charges")),
            figure("billed"),
            figure("effective"),
        ]);
    }
    Ok(table)
}

/// Columns of months, stacked by the largest services.
fn by_month(input: &Input<'_>, months: &Months, charts: &mut BTreeMap<String, Chart>) -> Result<String, EvaluateError> {
    let text = format!(
        "SELECT charge_month, ServiceName AS service, SUM(EffectiveCost) AS effective FROM cost_daily WHERE BillingCurrency = '{}' GROUP BY charge_month, ServiceName",
        months.main.replace('\'', "''")
    );
    let grid = input.sql("services by month", &text)?;
    let mut services: BTreeMap<String, i128> = BTreeMap::new();
    let mut cells: BTreeMap<(String, String), i128> = BTreeMap::new();
    for row in &grid.rows {
        let service = grid.get(row, &["service"]).to_text();
        let effective = amount(&grid, row, "effective").unwrap_or(0);
        add(services.entry(service.clone()).or_default(), effective);
        add(cells.entry((grid.get(row, &["charge_month"]).to_text(), service)).or_default(), effective);
    }
    let mut order: Vec<(String, i128)> = services.into_iter().filter(|(name, _)| !name.is_empty()).collect();
    order.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    order.truncate(PARTS);
    let mut series: Vec<SeriesKey> = order.iter().zip(TONES).map(|((name, _), tone)| SeriesKey::new(name.as_str(), tone)).collect();
    series.push(SeriesKey::new("other", Tone::None));
    let mut alt = Vec::new();
    let mut columns: Vec<Bar> = Vec::new();
    for line in months.lines.iter().filter(|l| l.currency == months.main) {
        let mut parts: Vec<f64> = Vec::new();
        let mut rest = line.effective;
        for (name, _) in &order {
            let own = cells.get(&(line.month.clone(), name.clone())).copied().unwrap_or(0);
            rest = rest.saturating_sub(own);
            parts.push(float(own));
        }
        // Credits can make the rest negative; a negative part draws nothing and stays in the text.
        parts.push(float(rest));
        alt.push(format!("{} {}", line.month, money(line.effective, &months.main)));
        columns.push(Bar { label: line.month.clone(), parts, text: words::money(float(line.effective), "") });
    }
    let id = "cost-by-month".to_owned();
    charts.insert(
        id.clone(),
        Chart {
            id: id.clone(),
            title: "Effective cost by month and service".to_owned(),
            caption: "The five largest services by name. Credits lower the text at the top, not the columns.".to_owned(),
            alt: format!("Columns by month: {}.", alt.join(", ")),
            unit: months.main.clone(),
            half: true,
            data: ChartData::Columns { series, columns },
        },
    );
    Ok(id)
}

/// Cost of usage by day.
fn by_day(input: &Input<'_>, months: &Months, charts: &mut BTreeMap<String, Chart>) -> Result<String, EvaluateError> {
    let text = format!(
        "SELECT charge_date, SUM(EffectiveCost) AS effective FROM cost_daily WHERE ChargeCategory = 'Usage' AND BillingCurrency = '{}' AND charge_date IS NOT NULL \
         GROUP BY charge_date ORDER BY charge_date NULLS LAST",
        months.main.replace('\'', "''")
    );
    let grid = input.sql("usage by day", &text)?;
    let days: BTreeMap<i32, i128> = grid
        .rows
        .iter()
        .filter_map(|row| match grid.get(row, &["charge_date"]) {
            crate::evaluate::Value::Day(day) => Some((*day, amount(&grid, row, "effective").unwrap_or(0))),
            _ => None,
        })
        .collect();
    let (first, last) = (days.keys().next().copied(), days.keys().next_back().copied());
    let values: Vec<Option<f64>> = match (first, last) {
        (Some(first), Some(last)) => (first..=last).map(|day| days.get(&day).map(|n| float(*n))).collect(),
        _ => Vec::new(),
    };
    let highest = days.iter().max_by_key(|(day, n)| (**n, std::cmp::Reverse(**day)));
    let id = "cost-by-day".to_owned();
    charts.insert(
        id.clone(),
        Chart {
            id: id.clone(),
            title: "Effective cost of usage by day".to_owned(),
            caption: "Usage only: tax, credits and purchases fall on single days. The line breaks where no charge was delivered."
                .to_owned(),
            alt: highest.map_or("No charge for usage.".to_owned(), |(day, n)| {
                format!(
                    "A line over {}; the highest is {} with {}.",
                    words::count(days.len() as u64, "day", "days"),
                    time::date_text(*day),
                    money(*n, &months.main)
                )
            }),
            unit: months.main.clone(),
            half: true,
            data: ChartData::Days {
                from: first.map(time::date_text).unwrap_or_default(),
                series: vec![DaySeries { name: "usage".to_owned(), tone: Tone::C1, values }],
                area: true,
            },
        },
    );
    Ok(id)
}

/// Control totals by file; restated assemblies are named and left out.
pub(super) fn reconciliation(input: &Input<'_>) -> Result<Topic, EvaluateError> {
    const DAILY: &str = "cost_daily";
    let columns = vec![
        Column::code("File"),
        Column::text("Format"),
        Column::text("Period of the charges"),
        Column::number("Rows read"),
        Column::number("Rows kept"),
        Column::code("Currency"),
        Column::number("Billed"),
        Column::number("Effective"),
        Column::text("In the figures"),
    ];
    let mut table = Table::new("cost-files", "Control totals of each cost file, to hold against the invoices", columns);
    let (first, last) = coverage::months(input);
    let mut files: Vec<&InputFile> = super::exports(input).collect();
    files.sort_by(|a, b| a.paths.cmp(&b.paths));
    let (mut apart, mut apart_rows, mut derived) = (0, 0, false);
    let columns = ["charge_month", "BillingCurrency", "charge_rows", "BilledCost", "EffectiveCost"].map(str::to_owned);
    let text = "SELECT BillingCurrency AS currency, SUM(BilledCost) AS billed, SUM(EffectiveCost) AS effective, MIN(charge_month) AS first_month, MAX(charge_month) AS last_month \
                FROM cost_daily GROUP BY BillingCurrency ORDER BY currency NULLS LAST";
    for file in &files {
        derived |= file.format != Format::CostFocus;
        let path = file.paths.first().map_or("", String::as_str);
        let part = input.store.stored_path(DAILY, &format!("{}.parquet", file.file_id));
        let grid = if file.rows.contains_key(DAILY) && part.is_file() {
            coverage::grid(input, "totals of a cost file", text, &[(DAILY, frame::read(&part, Some(&columns))?)])?
        } else {
            crate::evaluate::Grid::default()
        };
        let restated = file.out_of_scope_reason.clone();
        if restated.is_some() {
            apart += 1;
            apart_rows += file.duplicate + file.out_of_scope;
        }
        let dates = match (file.first_time, file.last_time) {
            (Some(a), Some(b)) => format!("{} to {}", words::date(a, "UTC"), words::date(b, "UTC")),
            _ => String::new(),
        };
        let lines: Vec<[Cell; 4]> = grid
            .rows
            .iter()
            .map(|row| {
                let figure = |name: &str| {
                    amount(&grid, row, name).map_or_else(|| Cell::text(""), |n| Cell::figure(words::money(float(n), ""), float(n)))
                };
                let (from, to) = (grid.get(row, &["first_month"]).to_text(), grid.get(row, &["last_month"]).to_text());
                let used = match &restated {
                    Some(reason) => format!("no, {reason}"),
                    None if to < first || from > last => "no, not a month of the period".to_owned(),
                    None if from < first || to > last => "months of the period only".to_owned(),
                    None => "yes".to_owned(),
                };
                [Cell::text(grid.get(row, &["currency"]).to_text()), figure("billed"), figure("effective"), Cell::text(used)]
            })
            .collect();
        let unused = restated.as_ref().map_or_else(|| "no charge".to_owned(), |reason| format!("no, {reason}"));
        let nothing = [Cell::text(""), Cell::text(""), Cell::text(""), Cell::text(unused)];
        let lines = if lines.is_empty() { vec![nothing] } else { lines };
        for (at, line) in lines.into_iter().enumerate() {
            // Rows are counted once for a file, however many currencies it holds.
            let count = |n: u64| if at == 0 { Cell::count(n) } else { Cell::text("") };
            let mut row = vec![
                Cell::text(path),
                Cell::text(file.format.label()),
                Cell::text(&dates),
                count(file.read),
                count(file.kept + file.duplicate + file.out_of_scope),
            ];
            row.extend(line);
            table.push(row);
        }
    }
    table.cap(SHOWN);
    table.workpaper = Some("workpapers/input-files.csv".to_owned()).filter(|p| input.workpapers.contains_key(p));
    let mut statements = Vec::new();
    if apart > 0 {
        statements.push(Statement::plain(format!(
            "{} left out, with {}, because other files state the same charges: counting both would count them twice.",
            words::count(apart, "file was", "files were"),
            words::count(apart_rows, "row", "rows")
        )));
    }
    if derived {
        statements.push(Statement::plain("Columns of FOCUS were derived from the Cost and Usage Report where that was delivered; rows that only counter others, such as SavingsPlanNegation, are netted."));
    }
    let reports: std::collections::BTreeSet<String> =
        files.iter().flat_map(|f| &f.paths).filter_map(|p| cost::assembly_of(p)).map(|a| a.report).filter(|r| !r.is_empty()).collect();
    let named = if reports.is_empty() { String::new() } else { format!(" of {}", reports.into_iter().collect::<Vec<_>>().join(", ")) };
    Ok(Topic {
        id: "cost-reconciliation".to_owned(),
        title: "Reconciliation".to_owned(),
        lead: format!(
            "{}{named}. The totals are those of the rows as delivered, before anything was grouped; hold them against the invoices of the months.",
            words::count(files.len() as u64, "cost file", "cost files")
        ),
        statements,
        tables: vec![table],
        ..Topic::default()
    })
}

/// Services, accounts and Regions.
pub(super) fn places(input: &Input<'_>, months: &Months, charts: &mut BTreeMap<String, Chart>) -> Result<Topic, EvaluateError> {
    let (services, bars) = by(input, months, "service", "ServiceName", "Service", "Effective cost by service", &str::to_owned)?;
    let (accounts, _) = by(input, months, "account", "SubAccountId", "Account", "Effective cost by account", &|id| input.account(id))?;
    let (regions, _) = by(input, months, "region", "RegionId", "Region", "Effective cost by Region", &str::to_owned)?;
    let alt: Vec<String> = bars.iter().take(5).map(|b| format!("{} {}", b.label, b.text)).collect();
    charts.insert(
        "cost-by-service-bars".to_owned(),
        Chart {
            id: "cost-by-service-bars".to_owned(),
            title: "Effective cost by service".to_owned(),
            caption: "All months together; the twelve largest.".to_owned(),
            alt: format!("The largest: {}.", alt.join(", ")),
            unit: months.main.clone(),
            half: false,
            data: ChartData::Bars { series: vec![SeriesKey::new(months.main.as_str(), Tone::C1)], bars },
        },
    );
    Ok(Topic {
        id: "cost-places".to_owned(),
        title: "Services, accounts and Regions".to_owned(),
        charts: vec!["cost-by-service-bars".to_owned()],
        tables: vec![services, accounts, regions],
        method:
            "Effective cost with tax and credits. Charges without a service, account or Region, such as tax, stand in a line of their own."
                .to_owned(),
        ..Topic::default()
    })
}

/// Effective cost by one column, months side by side where there are few.
fn by(
    input: &Input<'_>,
    months: &Months,
    id: &str,
    column: &str,
    heading: &str,
    caption: &str,
    name: &dyn Fn(&str) -> String,
) -> Result<(Table, Vec<Bar>), EvaluateError> {
    let text = format!(
        "SELECT {column} AS place, BillingCurrency AS currency, charge_month, SUM(EffectiveCost) AS effective FROM cost_daily GROUP BY {column}, BillingCurrency, charge_month"
    );
    let grid = input.sql(caption, &text)?;
    let mut lines: BTreeMap<(String, String), BTreeMap<String, i128>> = BTreeMap::new();
    for row in &grid.rows {
        let key = (grid.get(row, &["currency"]).to_text(), grid.get(row, &["place"]).to_text());
        let by_month = lines.entry(key).or_default();
        add(by_month.entry(grid.get(row, &["charge_month"]).to_text()).or_default(), amount(&grid, row, "effective").unwrap_or(0));
    }
    let mut order: Vec<_> = lines
        .into_iter()
        .map(|(key, by_month)| (key, by_month.clone(), by_month.values().copied().fold(0, i128::saturating_add)))
        .collect();
    // The main currency first, in it the largest first.
    order.sort_by(|a, b| {
        (a.0.0 != months.main, &a.0.0, std::cmp::Reverse(a.2), &a.0.1).cmp(&(b.0.0 != months.main, &b.0.0, std::cmp::Reverse(b.2), &b.0.1))
    });
    let names = months.names();
    let shown: &[&str] = if names.len() <= MONTH_COLUMNS { &names } else { &[] };
    let mut columns = vec![Column::text(heading), Column::code("Currency")];
    columns.extend(shown.iter().map(|m| Column::number(*m)));
    columns.extend([Column::number("All"), Column::number("Share")]);
    let mut table = Table::new(format!("cost-by-{id}"), caption, columns);
    let mut bars = Vec::new();
    for ((currency, place), by_month, sum) in &order {
        let label = if place.is_empty() { "not stated".to_owned() } else { name(place) };
        if *currency == months.main && *sum > 0 && bars.len() < 12 {
            bars.push(Bar { label: label.clone(), parts: vec![float(*sum)], text: words::money(float(*sum), "") });
        }
        let figure = |n: i128| Cell::figure(words::money(float(n), ""), float(n));
        let mut row = vec![Cell::text(label), Cell::text(currency)];
        row.extend(shown.iter().map(|m| by_month.get(*m).map_or_else(|| Cell::text(""), |n| figure(*n))));
        row.extend([figure(*sum), Cell::text(share(*sum, months.effective.get(currency).copied().unwrap_or(0)))]);
        table.push(row);
    }
    table.cap(SHOWN);
    Ok((table, bars))
}
