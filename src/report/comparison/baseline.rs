//! A report that is written against an earlier one: its findings carry what became of them, its summary sums that up.

use std::collections::BTreeMap;

use super::model::{Comparison, Step};
use crate::base::text::thousands;
use crate::findings::Status;
use crate::report::assemble;
use crate::report::model::{Report, Statement, StatementTone};

/// Gives findings their status, and the summary its sentence. The report is the last one compared.
pub fn apply(report: &mut Report, comparison: &Comparison) {
    let Some(step) = comparison.steps.last() else { return };
    let noted = step.findings.iter().filter(|finding| finding.new.is_some());
    let status: BTreeMap<&str, Status> = noted.map(|finding| (finding.id.as_str(), finding.status)).collect();
    for finding in &mut report.findings {
        finding.status = status.get(finding.id.as_str()).copied();
    }
    report.summary.top_exceptions = assemble::priority(&report.findings);
    let period = comparison.reports.iter().find(|r| r.label == step.old).map_or("", |r| r.period.as_str());
    report.summary.statements.push(Statement::new(StatementTone::Note, "Since the earlier report", text(step, period)));
}

fn text(step: &Step, period: &str) -> String {
    let of = |status: Status| {
        let n = step.counts.iter().find(|count| count.status == status).map_or(0, |count| count.findings);
        format!("{} {}", thousands(n), status.words())
    };
    let first = [Status::New, Status::Worse, Status::Fixed, Status::NoLongerTestable].map(of).join(", ");
    let others = [Status::Better, Status::Open, Status::RiskAccepted].map(of).join(", ");
    let weaker = match step.differences.len() {
        0 => String::new(),
        1 => " One difference between the reports makes the comparison weaker.".to_owned(),
        n => format!(" {n} differences between the reports make the comparison weaker."),
    };
    format!("Findings: {first} since {period}; {others}.{weaker} comparison.html names each.")
}
