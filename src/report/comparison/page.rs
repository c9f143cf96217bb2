//! The comparison as Markdown and HTML: its tables, and the same renderer and page as the report's. What stands in cells,
//! headings and captions is worded by the templates.

use std::collections::BTreeMap;

use serde::Serialize;
use tera::Context;

use super::model::{Amounts, ComparedControl, ComparedFinding, Comparison, MonthSpend, OpportunitySpend, Step, Summary};
use crate::findings::Status;
use crate::report::model::{Cell, Column, Cover, Facet, Report, Severity, Table};
use crate::report::notes::Document;
use crate::report::templates::Templates;
use crate::report::topics::Locale;
use crate::report::words::Words;
use crate::report::{Page, ReportError, html, markdown};

/// Tables of a step, beside its data.
#[derive(Debug, Serialize)]
struct StepPage<'c> {
    /// Section id.
    id: String,
    title: String,
    step: &'c Step,
    changes: Table,
    open: Table,
    controls: Table,
    /// Controls that differ in nothing but the size of their population.
    alike: u64,
    months: Table,
    totals: Table,
    opportunities: Table,
    /// Totals over different numbers of months.
    unequal: Vec<&'c Amounts>,
}

/// Renders a comparison; `names` are those of accounts by id.
///
/// # Errors
/// When a template fails.
pub fn render(comparison: &Comparison, names: &BTreeMap<String, String>, templates: &Templates) -> Result<Page, ReportError> {
    let words = Words::of_document(Document::Comparison, templates)?;
    let last = comparison.reports.last().cloned().unwrap_or_default();
    // The page needs a report for its head, its filters and the names of accounts.
    let report = Report {
        cover: Cover {
            client: last.client,
            title: words.with("page_title", &Context::new())?,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            ..Cover::default()
        },
        account_names: names.clone(),
        ..Report::default()
    };
    let steps = comparison.steps.iter().enumerate().map(|(at, step)| step_page(at, step, &comparison.reports, &words));
    let parts = serde_json::json!({
        "comparison": comparison,
        "reports": reports(&comparison.reports, &words)?,
        "findings_trend": findings_trend(&comparison.reports, &words)?,
        "controls_trend": controls_trend(&comparison.reports, &words)?,
        "steps": steps.collect::<Result<Vec<_>, _>>()?,
    });
    let rendered = markdown::document(&report, Document::Comparison, templates, &parts)?;
    let page = html::page(&report, Document::Comparison, &rendered, templates)?;
    Ok(Page { markdown: rendered.text, html: page })
}

/// An empty table, whose caption and titles the template gives.
fn table<const N: usize>(id: &str, columns: [fn(&'static str) -> Column; N]) -> Table {
    Table::new(id, "", columns.map(|column| column("")).into())
}

fn period(report: &Summary, words: &Words) -> Result<Cell, ReportError> {
    Ok(Cell::text(words.of("period", "p", &report.period)?))
}

fn reports(list: &[Summary], words: &Words) -> Result<Table, ReportError> {
    use Column as C;
    let mut table = table("reports", [C::text, C::text, C::date, C::number, C::date, C::number, C::text, C::text, C::code]);
    for report in list {
        table.push(vec![
            Cell::text(&report.label),
            Cell::text(&report.client),
            period(report, words)?,
            match report.period.days {
                Some(days) => Cell::count(days),
                None => Cell::text(words.with("days_not_known", &Context::new())?),
            },
            Cell::text(&report.as_of),
            Cell::count(report.accounts),
            Cell::text(words.of("profile", "profile", &report.profile)?),
            Cell::text(&report.tool_version),
            Cell::text(&report.report_sha256),
        ]);
    }
    Ok(table)
}

fn findings_trend(list: &[Summary], words: &Words) -> Result<Table, ReportError> {
    use Column as C;
    let mut table = table("findings-trend", [C::text, C::date, C::number, C::number, C::number, C::number, C::number, C::number]);
    for report in list {
        let mut row = vec![Cell::text(&report.label), period(report, words)?];
        row.extend(report.open.iter().chain([&report.accepted]).map(|n| Cell::count(*n)));
        table.push(row);
    }
    Ok(table)
}

fn controls_trend(list: &[Summary], words: &Words) -> Result<Table, ReportError> {
    use Column as C;
    let mut table = table("controls-trend", [C::text, C::date, C::number, C::number, C::number, C::number, C::number]);
    for report in list {
        let tested = report.controls.saturating_sub(report.not_tested);
        let mut row = vec![Cell::text(&report.label), period(report, words)?];
        row.extend([report.controls, tested, report.limited, report.noted, report.not_tested].map(Cell::count));
        table.push(row);
    }
    Ok(table)
}

fn step_page<'c>(at: usize, step: &'c Step, reports: &[Summary], words: &Words) -> Result<StepPage<'c>, ReportError> {
    let mut title = Context::new();
    for (name, label) in [("new", &step.new), ("old", &step.old)] {
        title.insert(name, &reports.iter().find(|report| report.label == *label));
    }
    let id = |name: &str| format!("{name}-{}", at + 1);
    let differing: Vec<&ComparedControl> = step.controls.iter().filter(|control| control.differs()).collect();
    Ok(StepPage {
        id: id("step"),
        title: words.with("step_title", &title)?,
        changes: findings(&id("findings"), step, &|s| s != Status::Open, words)?,
        open: findings(&id("open"), step, &|s| s == Status::Open, words)?,
        controls: controls(&id("controls"), &differing, words)?,
        alike: (step.controls.len() - differing.len()) as u64,
        months: months(&id("months"), &step.spend.months),
        totals: totals(&id("totals"), step),
        opportunities: opportunities(&id("opportunities"), &step.spend.opportunities),
        unequal: step.spend.totals.iter().filter(|total| total.months_old != total.months_new).collect(),
        step,
    })
}

fn findings(id: &str, step: &Step, holds: &dyn Fn(Status) -> bool, words: &Words) -> Result<Table, ReportError> {
    use Column as C;
    let mut table = table(id, [C::text, C::severity, C::text, C::text, C::text, C::text, C::text]);
    for finding in step.findings.iter().filter(|finding| holds(finding.status)) {
        table.push(finding_row(finding, words)?);
    }
    table.interactive = table.rows.len() > 12;
    Ok(table)
}

fn finding_row(finding: &ComparedFinding, words: &Words) -> Result<Vec<Cell>, ReportError> {
    let severity = finding.new.as_ref().or(finding.old.as_ref()).map_or(Severity::Informational, |part| part.severity);
    let part = |part: &Option<_>| part.as_ref().map_or(Ok(String::new()), |part| words.of("finding_part", "p", part)).map(Cell::text);
    Ok(vec![
        Cell::text(finding.status.words()).about(Facet::Status, [finding.status.words()]),
        Cell::severity(severity),
        Cell::text(words.of("finding", "f", finding)?),
        Cell::text(&finding.place).about(Facet::Account, &finding.accounts),
        part(&finding.old)?,
        part(&finding.new)?,
        Cell::text(words.of("finding_notes", "f", finding)?),
    ])
}

fn controls(id: &str, list: &[&ComparedControl], words: &Words) -> Result<Table, ReportError> {
    use Column as C;
    let mut table = table(id, [C::code, C::text, C::severity, C::text, C::text, C::text]);
    for control in list {
        table.push(vec![
            Cell::text(&control.id),
            Cell::text(&control.title),
            Cell::severity(control.severity),
            Cell::text(words.of("control_counts", "c", &control.old)?),
            Cell::text(words.of("control_counts", "c", &control.new)?),
            Cell::text(words.of("control_note", "c", control)?),
        ]);
    }
    table.interactive = table.rows.len() > 12;
    Ok(table)
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
    use Column as C;
    let mut table = table(id, [C::date, C::number, C::number, C::number, C::number]);
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
    use Column as C;
    let mut table = table(id, [C::code, C::number, C::number, C::number, C::number, C::number, C::number, C::number]);
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
    let mut table = table(id, [Column::text, Column::number, Column::number]);
    for one in list {
        table.push(vec![Cell::text(&one.title), money(&one.old, &one.currency), money(&one.new, &one.currency)]);
    }
    table
}
