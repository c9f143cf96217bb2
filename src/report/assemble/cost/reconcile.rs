//! The reconciliation: lines read against rows kept, charges against Cost Explorer and invoices, in money and in words.

use super::super::{Input, words};
use crate::base::decimal;
use crate::evaluate::EvaluateError;
use crate::facts::costs::{self, Reconciliation, Stated};
use crate::report::model::{Cell, Column, Statement, StatementTone, Table, Topic};

/// Files that are missing are named up to this many.
const NAMED: usize = 3;

/// The topic; `None` when neither charges nor totals were delivered.
pub(super) fn topic(input: &Input<'_>) -> Result<Option<Topic>, EvaluateError> {
    let reconciliation = costs::reconcile(input.store)?;
    let stated = costs::stated_totals(input.store, input.engagement)?;
    if reconciliation.lines.is_empty() && reconciliation.rejected.is_empty() && stated.is_empty() {
        return Ok(None);
    }
    let mut statements = agreement(&reconciliation);
    statements.extend(rejected(&reconciliation));
    statements.extend(deliveries(input));
    let mut tables = Vec::new();
    if !reconciliation.lines.is_empty() {
        tables.push(lines_table(&reconciliation));
    }
    let (table, said) = comparison(&reconciliation, &stated);
    statements.extend(said);
    tables.push(table);
    Ok(Some(Topic {
        id: "cost-agreement".to_owned(),
        title: "Lines, rows and totals that others state".to_owned(),
        lead: "All months delivered, whether or not they touch the period. Sums are exact; each source, month and currency stands alone.".to_owned(),
        statements,
        tables,
        method: "While a file is read, its own cost column (unblended cost of a Cost and Usage Report, billed cost of FOCUS) is summed line by line; afterwards the rows are read back from the evidence store and summed again. Savings plan usage at on-demand prices and the entries that cancel it are not billed in FOCUS terms and are taken out. The table cost_control_totals holds the sums of every file.".to_owned(),
        ..Topic::default()
    }))
}

fn month(text: &str) -> String {
    if text.is_empty() { "(not stated)".to_owned() } else { text.to_owned() }
}

fn lines_table(reconciliation: &Reconciliation) -> Table {
    let columns = vec![
        Column::text("Source"),
        Column::date("Month"),
        Column::number("Lines counted"),
        Column::number("Amount of these lines"),
        Column::number("Rows kept"),
        Column::number("Billed"),
        Column::number("Effective"),
        Column::number("Difference"),
        Column::number("Lines set apart"),
        Column::number("Amount set apart"),
    ];
    let mut table = Table::new("cost-lines", "Lines read and rows kept, by source, month and currency", columns);
    for line in &reconciliation.lines {
        let unit = line.currency.as_str();
        let money = |units: i128| Cell::figure(words::amount(units, unit), to_f64(units));
        let (rows, billed, effective) = line.stored;
        table.push(vec![
            Cell::text(format!("{} ({})", line.source, line.kind)),
            Cell::text(month(&line.month)),
            Cell::count(line.counted.lines),
            money(line.counted.amount),
            Cell::count(rows),
            money(billed),
            money(effective),
            Cell::figure(words::exact(line.difference(), unit), to_f64(line.difference())),
            Cell::count(line.apart.lines),
            money(line.apart.amount),
        ]);
    }
    table.cap(60);
    table
}

/// For sorting only; the text beside it is exact.
#[expect(clippy::cast_precision_loss, reason = "for sorting and drawing")]
fn to_f64(units: i128) -> f64 {
    units as f64 / decimal::ONE as f64
}

fn agreement(reconciliation: &Reconciliation) -> Vec<Statement> {
    let counted = || reconciliation.lines.iter().filter(|l| l.counted.lines > 0 || l.stored.0 > 0);
    if counted().next().is_none() {
        return Vec::new();
    }
    let wrong: Vec<String> = counted()
        .filter(|l| !l.agrees())
        .map(|l| {
            format!(
                "{} {}: rows kept bill {} where the lines read come to {}",
                l.source,
                month(&l.month),
                words::exact(l.stored.1, &l.currency),
                words::exact(l.counted.amount.saturating_sub(l.counted.uncancelled), &l.currency)
            )
        })
        .collect();
    let mut statements = Vec::new();
    if wrong.is_empty() {
        let lines: u64 = counted().map(|l| l.counted.lines).sum();
        let rows: u64 = counted().map(|l| l.stored.0).sum();
        let text = format!(
            "{} counted and {} kept bill and spread the same amounts to the last decimal, in every source, month and currency.",
            words::count(lines, "line", "lines"),
            words::count(rows, "row", "rows")
        );
        statements.push(Statement::new(StatementTone::Support, "Lines read and rows kept agree", text));
    } else {
        statements.push(Statement::new(StatementTone::Caution, "Lines read and rows kept differ", format!("{}.", wrong.join("; "))));
    }
    for line in counted().filter(|l| l.counted.uncancelled != 0) {
        statements.push(Statement::plain(format!(
            "{} {}: savings plan usage and the entries that cancel it do not come to nothing but to {}; this amount is in the lines and not in the billed cost.",
            line.source,
            month(&line.month),
            words::exact(line.counted.uncancelled, &line.currency)
        )));
    }
    statements
}

fn rejected(reconciliation: &Reconciliation) -> Vec<Statement> {
    let statement = |r: &costs::Rejected| {
        let mut parts = Vec::new();
        if r.lines > 0 {
            parts.push(format!(
                "{} {}",
                words::count(r.lines, "rejected line comes to", "rejected lines come to"),
                words::exact(r.amount, &r.currency)
            ));
        }
        if r.unread > 0 {
            parts.push(format!("{} no amount that could be read", words::count(r.unread, "rejected line has", "rejected lines have")));
        }
        let text = format!("{}: {}. These amounts are in no total of this report.", r.source, parts.join("; "));
        Statement::new(StatementTone::Warning, "Rejected lines", text)
    };
    reconciliation.rejected.iter().map(statement).collect()
}

/// What was set apart, what is missing, what is in doubt.
fn deliveries(input: &Input<'_>) -> Vec<Statement> {
    let mut statements = Vec::new();
    for source in &input.store.manifest.billing {
        let name = format!("{} {}", source.name, source.month);
        let name = name.trim();
        if !source.missing.is_empty() {
            let shown: Vec<&str> = source.missing.iter().take(NAMED).map(String::as_str).collect();
            let more = source.missing.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let text = format!(
                "{name}: of the data files that the manifest names, {} not delivered ({}{more}). The month's charges are not whole.",
                words::count(source.missing.len() as u64, "was", "were"),
                shown.join(", ")
            );
            statements.push(Statement::new(StatementTone::Warning, "The delivery is incomplete", text));
        }
        for (delivery, files) in &source.superseded {
            let which = if delivery.is_empty() { "files in the month's folder".to_owned() } else { format!("delivery {delivery}") };
            let lines: u64 = files.iter().filter_map(|id| input.store.manifest.files.get(id)).map(|f| f.read).sum();
            statements.push(Statement::plain(format!(
                "{name}: {which} ({}) is restated by {} and left out.",
                words::count(lines, "line", "lines"),
                if source.assembly.is_empty() {
                    "the files in the month's folder".to_owned()
                } else {
                    format!("delivery {}", source.assembly)
                }
            )));
        }
        if !source.set_apart.is_empty() {
            statements.push(Statement::plain(format!("{name} ({}): {}; its lines are left out.", source.kind, source.set_apart)));
        }
        for (open, closed) in &source.not_final {
            let path = |id: &String| input.store.manifest.files.get(id).and_then(|f| f.paths.first()).map_or("", String::as_str);
            statements.push(Statement::plain(format!(
                "{name}: {} names no invoice and is left out; {} states the same charges with their invoices.",
                path(open),
                path(closed)
            )));
        }
        for remark in &source.remarks {
            statements.push(Statement::new(StatementTone::Note, "Deliveries", format!("{name}: {remark}.")));
        }
    }
    let copies: Vec<String> = input
        .store
        .manifest
        .files
        .values()
        .filter_map(|file| {
            let original = input.store.manifest.files.get(file.copy_of.as_ref()?)?;
            Some(format!("{} is {}", file.paths.first()?, original.paths.first()?))
        })
        .collect();
    if !copies.is_empty() {
        statements.push(Statement::plain(format!("Files of the same content, packed or not, count once: {}.", copies.join("; "))));
    }
    statements
}

fn comparison(reconciliation: &Reconciliation, stated: &[Stated]) -> (Table, Vec<Statement>) {
    let columns = vec![
        Column::text("Who states it"),
        Column::text("What"),
        Column::date("Month"),
        Column::number("Stated"),
        Column::number("Charges read"),
        Column::number("Charges less stated"),
        Column::text("In words"),
    ];
    let mut table = Table::new("cost-comparison", "Charges against totals that others state", columns)
        .or_empty("Neither Cost Explorer totals nor invoices were delivered: the charges are not compared with anything outside them.");
    let charges = reconciliation.charges();
    let (mut equal, mut different) = (0u64, Vec::new());
    for s in stated {
        let ours = charges.get(&(s.month.clone(), s.currency.clone()));
        let ours = ours.map(|sums| if s.amortised { sums.effective } else { sums.amount });
        let difference = ours.map(|ours| ours.saturating_sub(s.amount));
        let verdict = match (difference, s.incomparable) {
            (_, true) => "not compared".to_owned(),
            (None, _) => "no charge of this month and currency was delivered".to_owned(),
            (Some(0), _) => "they agree exactly".to_owned(),
            (Some(d), _) if d.unsigned_abs() < decimal::ONE.unsigned_abs() / 100 => "they agree to the cent".to_owned(),
            (Some(d), _) => {
                let (size, side) = (words::amount(d.saturating_abs(), &s.currency), if d > 0 { "more" } else { "less" });
                format!("the charges come to {size} {side}")
            }
        };
        if !s.incomparable
            && let Some(d) = difference
        {
            if d.unsigned_abs() < decimal::ONE.unsigned_abs() / 100 {
                equal += 1;
            } else {
                different.push(format!("{} {} ({}): {verdict}", s.month, s.origin, s.what));
            }
        }
        let in_words = if s.caveat.is_empty() { verdict } else { format!("{verdict}; {}", s.caveat) };
        table.push(vec![
            Cell::text(&s.origin),
            Cell::text(&s.what),
            Cell::text(month(&s.month)),
            Cell::figure(words::amount(s.amount, &s.currency), to_f64(s.amount)),
            ours.map_or_else(|| Cell::text("none"), |v| Cell::figure(words::amount(v, &s.currency), to_f64(v))),
            match difference.filter(|_| !s.incomparable) {
                Some(d) => Cell::figure(words::exact(d, &s.currency), to_f64(d)),
                None => Cell::text(""),
            },
            Cell::text(in_words),
        ]);
    }
    table.cap(60);
    let mut statements = Vec::new();
    if equal > 0 {
        statements.push(Statement::plain(format!(
            "{} agree with the charges to the cent.",
            words::count(equal, "stated total", "stated totals")
        )));
    }
    if !different.is_empty() {
        let shown: Vec<&str> = different.iter().take(NAMED).map(String::as_str).collect();
        let more = different.len().saturating_sub(NAMED);
        let more = if more > 0 { format!("; and {more} more in the table") } else { String::new() };
        let text = format!(
            "{}{more}. A filter in the answer, another payer, credits, or a month that was restated since may explain it; somebody has to.",
            shown.join("; ")
        );
        statements.push(Statement::new(StatementTone::Important, "Stated totals differ from the charges", text));
    }
    (table, statements)
}
