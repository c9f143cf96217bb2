//! Reports of one client compared: what became of findings, controls and spend.
//!
//! ```text
//! report.json ──► issued ──► step (with reach, basis, spend) ──► model (with kinds) ──► page
//! ```
//!
//! The fault to fear is wrong good news. A finding that is not noted again is fixed only where its controls were tested as
//! fully as before (`reach`); in every other case nothing is concluded, and the reasons are given.

mod baseline;
mod basis;
mod issued;
mod kinds;
mod model;
mod page;
mod reach;
mod spend;
mod step;
#[cfg(test)]
mod tests;
mod trend;
#[cfg(test)]
mod words_tests;

pub use baseline::apply;
pub use issued::{Issued, IssuedError};
pub use kinds::{Difference, FindingNote, Lack, MissingEvidence, NamedAccount, NoSpend, ScopeDifference, Side, TestedPeriod};
pub use model::{
    Amounts, ComparedControl, ComparedFinding, Comparison, ControlCounts, MonthSpend, OpportunitySpend, Part, SCHEMA_VERSION, Spend,
    StatusCount, Step, Summary,
};
pub use page::render;

/// Compares two reports in the order given, more of them in the order of their periods.
pub fn compare(mut reports: Vec<Issued>) -> Comparison {
    if reports.len() > 2 {
        reports.sort_by(|a, b| trend::order(a).cmp(&trend::order(b)));
    }
    let summaries = reports.iter().enumerate().map(|(at, report)| trend::summary(at, report)).collect();
    let steps = reports.windows(2).enumerate().map(|(at, pair)| step::step(at, &pair[0], &pair[1])).collect();
    Comparison { schema_version: SCHEMA_VERSION, reports: summaries, steps }
}
