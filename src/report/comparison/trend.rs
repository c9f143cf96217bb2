//! A report in figures, and the order of several.

use super::issued::Issued;
use super::model::Summary;
use crate::report::model::{Extent, Outcome, Severity};

/// By period, then by content, so that the order of arguments changes nothing.
pub(super) fn order(report: &Issued) -> impl Ord + '_ {
    let dates = report.dates().map(|(from, to)| (to, from));
    (dates, &report.cover.as_of, &report.sha256)
}

/// A report in figures; `at` is its place in the comparison.
pub(super) fn summary(at: usize, report: &Issued) -> Summary {
    let count = |holds: &dyn Fn(&super::issued::Control) -> bool| report.controls.values().filter(|c| holds(c)).count() as u64;
    let mut open = [0; 5];
    for finding in report.findings.iter().filter(|finding| !finding.is_accepted()) {
        open[Severity::ALL.iter().position(|s| *s == finding.severity).unwrap_or(0)] += 1;
    }
    let cover = &report.cover;
    Summary {
        label: label(at),
        client: cover.client.clone(),
        title: cover.title.clone(),
        period: report.period(),
        as_of: cover.as_of.clone(),
        time_zone: cover.time_zone.clone(),
        profile: report.profile,
        tool_version: cover.tool_version.clone(),
        catalogue_sha256: cover.catalogue_sha256.clone(),
        engagement_sha256: cover.engagement_sha256.clone(),
        report_sha256: report.sha256.clone(),
        accounts: report.scope.accounts.iter().filter(|account| !account.seen_in.is_empty()).count() as u64,
        open,
        accepted: report.findings.iter().filter(|finding| finding.is_accepted()).count() as u64,
        controls: report.controls.len() as u64,
        noted: count(&|c| c.result == Outcome::ExceptionsNoted),
        limited: count(&|c| c.extent == Extent::Partial),
        not_tested: count(&|c| c.result == Outcome::NotTested),
    }
}

/// `A` to `Z`, then `A1`, ...
pub(super) fn label(at: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(at % 26).unwrap_or(0));
    if at < 26 { letter.to_string() } else { format!("{letter}{}", at / 26) }
}
