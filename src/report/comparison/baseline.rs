//! A report that is written against an earlier one: its findings carry what became of them, its summary sums that up.

use std::collections::BTreeMap;

use tera::Context;

use super::model::Comparison;
use crate::findings::Status;
use crate::report::model::{Report, Statement, StatementTone};
use crate::report::notes::Document;
use crate::report::templates::Templates;
use crate::report::words::Words;
use crate::report::{ReportError, Wording, assemble};

/// Gives findings their status, and the summary its sentence. The report is the last one compared.
///
/// # Errors
/// When a template fails.
pub fn apply(report: &mut Report, comparison: &Comparison, templates: &Templates, wording: &Wording) -> Result<(), ReportError> {
    let Some(step) = comparison.steps.last() else { return Ok(()) };
    let noted = step.findings.iter().filter(|finding| finding.new.is_some());
    let status: BTreeMap<&str, Status> = noted.map(|finding| (finding.id.as_str(), finding.status)).collect();
    for finding in &mut report.findings {
        finding.status = status.get(finding.id.as_str()).copied();
    }
    report.summary.top_exceptions = assemble::priority(wording, &report.findings);
    wording.check()?;
    let words = Words::of_document(Document::Comparison, templates)?;
    let mut context = Context::new();
    context.insert("step", step);
    context.insert("period", &comparison.reports.iter().find(|r| r.label == step.old).map(|r| &r.period));
    let (title, text) = (words.with("since_title", &Context::new())?, words.with("since", &context)?);
    report.summary.statements.push(Statement::new(StatementTone::Note, title, text));
    Ok(())
}
