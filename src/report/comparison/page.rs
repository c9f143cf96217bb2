//! The comparison as Markdown and HTML: its tables, and the same renderer and page as the report's.

use std::collections::BTreeMap;

use serde::Serialize;

use super::model::{ComparedControl, ComparedFinding, Comparison, ControlCounts, MonthSpend, OpportunitySpend, Step, Summary};
use crate::base::text::{capital, count, thousands};
use crate::findings::Status;
use crate::report::model::{Cell, Column, Cover, Facet, Outcome, Report, Severity, Table};
use crate::report::notes::Document;
use crate::report::templates::Templates;
use crate::report::topics::Locale;
use crate::report::{Page, ReportError, html, markdown};

/// Reasons printed with a finding; `comparison.json` holds all.
const LACKS: usize = 2;

/// Tables of a step, beside its data.
#[derive(Debug, Serialize)]
struct StepPage<'c> {
    /// Section id.
    id: String,
    title: String,
    /// What became of the findings, in a sentence.
    sentence: String,
    step: &'c Step,
    changes: Table,
    open: Table,
    controls: Table,
    /// Controls that differ in nothing but the size of their population.
    alike: u64,
    months: Table,
    totals: Table,
    opportunities: Table,
    /// That the reports hold charges of different numbers of months; empty where they do not.
    lengths: String,
}

/// Renders a comparison; `names` are those of accounts by id.
///
/// # Errors
/// When a template fails.
pub fn render(comparison: &Comparison, names: &BTreeMap<String, String>, templates: &Templates) -> Result<Page, ReportError> {
    let last = comparison.reports.last().cloned().unwrap_or_default();
    // The page needs a report for its head, its filters and the names of accounts.
    let report = Report {
        cover: Cover {
            client: last.client.clone(),
            title: "Comparison of reports".to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            ..Cover::default()
        },
        account_names: names.clone(),
        ..Report::default()
    };
    let steps: Vec<StepPage<'_>> = comparison.steps.iter().enumerate().map(|(at, step)| step_page(at, step, &comparison.reports)).collect();
    let parts = serde_json::json!({
        "comparison": comparison,
        "reports": reports(&comparison.reports),
        "findings_trend": findings_trend(&comparison.reports),
        "controls_trend": controls_trend(&comparison.reports),
        "steps": steps,
    });
    let rendered = markdown::document(&report, Document::Comparison, templates, &parts)?;
    let page = html::page(&report, Document::Comparison, &rendered, templates)?;
    Ok(Page { markdown: rendered.text, html: page })
}

fn reports(list: &[Summary]) -> Table {
    let columns = vec![
        Column::text("Report"),
        Column::text("Client"),
        Column::date("Period"),
        Column::number("Days"),
        Column::date("Configuration as at"),
        Column::number("Accounts"),
        Column::text("Profile"),
        Column::text("Tool"),
        Column::code("SHA-256 of report.json"),
    ];
    let mut table = Table::new("reports", "Reports compared", columns);
    for report in list {
        table.push(vec![
            Cell::text(&report.label),
            Cell::text(&report.client),
            Cell::text(&report.period),
            report.days.map_or_else(|| Cell::text("not known"), Cell::count),
            Cell::text(&report.as_of),
            Cell::count(report.accounts),
            Cell::text(format!("{:?}", report.profile).to_lowercase()),
            Cell::text(&report.tool_version),
            Cell::text(&report.report_sha256),
        ]);
    }
    table
}

fn findings_trend(list: &[Summary]) -> Table {
    let mut columns = vec![Column::text("Report"), Column::date("Period")];
    columns.extend(Severity::ALL.iter().map(|severity| Column::number(capital(severity.word()))));
    columns.push(Column::number("Risk accepted"));
    let mut table = Table::new("findings-trend", "Open findings by severity, in the order of periods", columns);
    for report in list {
        let mut row = vec![Cell::text(&report.label), Cell::text(&report.period)];
        row.extend(report.open.iter().map(|n| Cell::count(*n)));
        row.push(Cell::count(report.accepted));
        table.push(row);
    }
    table
}

fn controls_trend(list: &[Summary]) -> Table {
    let columns = vec![
        Column::text("Report"),
        Column::date("Period"),
        Column::number("Controls"),
        Column::number("Tested"),
        Column::number("With evidence limitations"),
        Column::number("Exceptions noted"),
        Column::number("Not tested"),
    ];
    let mut table = Table::new("controls-trend", "Controls tested, in the order of periods", columns);
    for report in list {
        let tested = report.controls.saturating_sub(report.not_tested);
        let mut row = vec![Cell::text(&report.label), Cell::text(&report.period)];
        row.extend([report.controls, tested, report.limited, report.noted, report.not_tested].map(Cell::count));
        table.push(row);
    }
    table
}

fn step_page<'c>(at: usize, step: &'c Step, reports: &[Summary]) -> StepPage<'c> {
    let period = |label: &str| reports.iter().find(|r| r.label == label).map_or("", |r| r.period.as_str());
    let id = |name: &str| format!("{name}-{}", at + 1);
    let differing: Vec<&ComparedControl> = step.controls.iter().filter(|control| control.differs()).collect();
    StepPage {
        id: id("step"),
        title: format!("{} ({}) against {} ({})", step.new, period(&step.new), step.old, period(&step.old)),
        sentence: sentence(step),
        changes: findings(&id("findings"), "Findings that changed, and those that management accepts", step, &|s| s != Status::Open),
        open: findings(&id("open"), "Findings noted again", step, &|s| s == Status::Open),
        controls: controls(&id("controls"), &differing),
        alike: (step.controls.len() - differing.len()) as u64,
        months: months(&id("months"), &step.spend.months),
        totals: totals(&id("totals"), step),
        opportunities: opportunities(&id("opportunities"), &step.spend.opportunities),
        lengths: lengths(step),
        step,
    }
}

/// Findings by status, in a sentence; those of which there are none are left out.
pub fn sentence(step: &Step) -> String {
    let some = step.counts.iter().filter(|count| count.findings > 0);
    let parts: Vec<String> = some.map(|count| format!("{} {}", thousands(count.findings), count.status.words())).collect();
    if parts.is_empty() { "Neither report holds a finding.".to_owned() } else { format!("Findings: {}.", parts.join(", ")) }
}

fn findings(id: &str, caption: &str, step: &Step, holds: &dyn Fn(Status) -> bool) -> Table {
    let columns = vec![
        Column::text("Status"),
        Column::severity("Severity"),
        Column::text("Finding"),
        Column::text("Where"),
        Column::text("Before"),
        Column::text("Now"),
        Column::text("Note"),
    ];
    let mut table = Table::new(id, caption, columns).or_empty("None.");
    for finding in step.findings.iter().filter(|finding| holds(finding.status)) {
        table.push(finding_row(finding));
    }
    table.interactive = table.rows.len() > 12;
    table
}

fn finding_row(finding: &ComparedFinding) -> Vec<Cell> {
    let severity = finding.new.as_ref().or(finding.old.as_ref()).map_or(Severity::Informational, |part| part.severity);
    let subjects = if finding.subjects.is_empty() { String::new() } else { format!(": {}", finding.subjects) };
    let part = |part: Option<&super::model::Part>| {
        part.map_or_else(String::new, |part| {
            let accepted = if part.accepted > 0 { format!(", {} accepted", thousands(part.accepted)) } else { String::new() };
            format!("{}: {}{accepted}", part.number, count(part.exceptions, "exception", "exceptions"))
        })
    };
    let mut notes: Vec<String> = Vec::new();
    if !finding.lacks.is_empty() {
        let first: Vec<&str> = finding.lacks.iter().take(LACKS).map(|lack| lack.text.as_str()).collect();
        let more = finding.lacks.len() - first.len();
        let more = if more > 0 { format!("; and {}", count(more as u64, "further reason", "further reasons")) } else { String::new() };
        notes.push(format!("Not concluded: {}{more}.", first.join("; ")));
    }
    notes.extend(finding.notes.iter().cloned());
    vec![
        Cell::text(finding.status.words()).about(Facet::Status, [finding.status.words()]),
        Cell::severity(severity),
        Cell::text(format!("{}{subjects} ({})", finding.title, finding.id)),
        Cell::text(&finding.place).about(Facet::Account, &finding.accounts),
        Cell::text(part(finding.old.as_ref())),
        Cell::text(part(finding.new.as_ref())),
        Cell::text(notes.join(" ")),
    ]
}

fn controls(id: &str, list: &[&ComparedControl]) -> Table {
    let columns = vec![
        Column::code("Control"),
        Column::text("Title"),
        Column::severity("Severity"),
        Column::text("Before"),
        Column::text("Now"),
        Column::text("Note"),
    ];
    let mut table = Table::new(id, "Controls whose result, counts or text differ", columns).or_empty("None.");
    for control in list {
        let note = match (control.sql_changed, control.text_changed) {
            (true, _) => "The test is another one: its results are not comparable.",
            (_, true) => "Its text changed, its SQL did not.",
            _ => "",
        };
        table.push(vec![
            Cell::text(&control.id),
            Cell::text(&control.title),
            Cell::severity(control.severity),
            Cell::text(counts(&control.old)),
            Cell::text(counts(&control.new)),
            Cell::text(note),
        ]);
    }
    table.interactive = table.rows.len() > 12;
    table
}

/// A result with its counts, in words.
fn counts(c: &ControlCounts) -> String {
    if c.result == Outcome::NotTested {
        return c.result.words().to_owned();
    }
    let mut out = format!("{}, {} of {}", c.result.words(), thousands(c.exceptions), thousands(c.population));
    if c.accepted > 0 {
        out.push_str(&format!(", {} accepted", thousands(c.accepted)));
    }
    if c.undetermined > 0 {
        out.push_str(&format!(", unable to conclude on {}", thousands(c.undetermined)));
    }
    if c.extent != crate::report::model::Extent::Full {
        out.push_str(", with evidence limitations");
    }
    out
}

/// An amount with its currency; what is no amount is printed as it is.
fn money(amount: &str, currency: &str) -> Cell {
    if amount.is_empty() {
        return Cell::text("");
    }
    let text = Locale::of("en").decimal(amount, 2, true).unwrap_or_else(|| amount.to_owned());
    Cell::text(format!("{text} {currency}").trim_end())
}

fn months(id: &str, list: &[MonthSpend]) -> Table {
    let columns = vec![
        Column::date("Month"),
        Column::number("Billed, before"),
        Column::number("Billed, now"),
        Column::number("Effective, before"),
        Column::number("Effective, now"),
    ];
    let mut table = Table::new(id, "Billed and effective cost by month and currency, as each report states it", columns)
        .or_empty("No charge is stated.");
    for month in list {
        let amount = |text: &str| money(text, &month.currency);
        table.push(vec![
            Cell::text(&month.month),
            amount(&month.billed_old),
            amount(&month.billed_new),
            amount(&month.effective_old),
            amount(&month.effective_new),
        ]);
    }
    table
}

fn totals(id: &str, step: &Step) -> Table {
    let columns = vec![
        Column::code("Currency"),
        Column::number("Months, before"),
        Column::number("Months, now"),
        Column::number("Effective, before"),
        Column::number("Effective, now"),
        Column::number("Change"),
        Column::number("Opportunities a month, before"),
        Column::number("Opportunities a month, now"),
    ];
    let caption = "Totals by currency; the change is stated only where both reports hold charges of as many months";
    let mut table = Table::new(id, caption, columns).or_empty("No charge is stated.");
    for total in &step.spend.totals {
        let amount = |text: &str| money(text, &total.currency);
        table.push(vec![
            Cell::text(&total.currency),
            Cell::count(total.months_old),
            Cell::count(total.months_new),
            amount(&total.effective_old),
            amount(&total.effective_new),
            amount(&total.change),
            amount(&total.opportunities_old),
            amount(&total.opportunities_new),
        ]);
    }
    table
}

fn opportunities(id: &str, list: &[OpportunitySpend]) -> Table {
    let columns = vec![Column::text("Opportunity"), Column::number("A month, before"), Column::number("A month, now")];
    let mut table = Table::new(id, "Opportunities with an amount in either report", columns).or_empty("None.");
    for one in list {
        table.push(vec![Cell::text(&one.title), money(&one.old, &one.currency), money(&one.new, &one.currency)]);
    }
    table
}

/// That the numbers of months differ.
fn lengths(step: &Step) -> String {
    let differ = step.spend.totals.iter().filter(|total| total.months_old != total.months_new);
    let words: Vec<String> =
        differ.map(|total| format!("{}: {} before, {} now", total.currency, total.months_old, total.months_new)).collect();
    if words.is_empty() {
        String::new()
    } else {
        format!("The reports hold charges of different numbers of months ({}), so totals are not subtracted.", words.join("; "))
    }
}
