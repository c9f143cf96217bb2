//! Ids that the engagement or the client's control matrix name. One that nothing has is an error, never a blank: a test
//! that is asked for and silently not made would look like one that found nothing.

use std::collections::BTreeSet;

use anyhow::bail;

use crate::catalogue::{Catalogue, nearest};
use crate::engagement::Engagement;
use crate::evaluate::{self, Tables};
use crate::ingest::cli_answers::matrix::entries;

/// Checks the engagement's ids, before anything is read.
///
/// # Errors
/// On the first id that nothing has, with the nearest that exists.
pub fn check(engagement: &Engagement, catalogue: &Catalogue) -> anyhow::Result<()> {
    for waiver in &engagement.waiver {
        if !catalogue.controls.contains_key(&waiver.control) {
            let near = nearest(&waiver.control, catalogue.controls.keys().map(String::as_str));
            bail!("the engagement waives {:?}, which is no control\nhelp: the nearest id is {near}", waiver.control);
        }
    }
    for client in &engagement.client_control {
        if let Some((id, near)) = client.tests.iter().find_map(|id| stranger(id, catalogue)) {
            bail!(
                "the engagement's client control {:?} names the test {id:?}, which is no control, metric or extract\nhelp: the nearest id is {near}",
                client.id
            );
        }
        if let Some(criterion) = client.criteria.iter().find(|c| !catalogue.frameworks.has_trust_criterion(c)) {
            let near = catalogue.frameworks.nearest_trust_criterion(criterion);
            bail!(
                "the engagement's client control {:?} names the criterion {criterion:?}, which does not exist\nhelp: the nearest is {near}",
                client.id
            );
        }
    }
    for said in &engagement.representation {
        if let Some((id, near)) = said.contradicted_by.iter().find_map(|id| stranger(id, catalogue)) {
            bail!(
                "the engagement's representation about {:?} names {id:?} in contradicted_by, which is no control, metric or extract\nhelp: the nearest id is {near}",
                said.id
            );
        }
    }
    Ok(())
}

/// Tests that the client's control matrix names and nothing has, in words. The matrix is evidence, so the report is
/// written, with these lines as not tested. Empty where the engagement has client controls: those are used instead.
///
/// # Errors
/// When the matrix cannot be read from the store.
pub fn delivered(engagement: &Engagement, catalogue: &Catalogue, tables: &Tables<'_>) -> anyhow::Result<Vec<String>> {
    if !engagement.client_control.is_empty() {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for (id, tests) in matrix(tables)? {
        for (test, near) in tests.iter().filter_map(|test| stranger(test, catalogue)) {
            all.push(format!(
                "the client's control {id} names the test {test:?}, which is no control, metric or extract; the nearest id is {near}"
            ));
        }
    }
    Ok(all)
}

/// The catalogue as the auditor's profile uses it: without the cost pillar, but for entries that bear on a SOC 2 criterion
/// directly or that a control of the client's names.
///
/// # Errors
/// When the client's control matrix cannot be read from the store.
pub fn without_cost(mut catalogue: Catalogue, engagement: &Engagement, tables: &Tables<'_>) -> anyhow::Result<Catalogue> {
    let mut named: BTreeSet<String> = engagement.client_control.iter().flat_map(|c| c.tests.iter().cloned()).collect();
    for (_, tests) in matrix(tables)? {
        named.extend(tests);
    }
    let stays = |id: &str, pillar: &str, criteria: &[String]| {
        pillar != "cost_optimization" || named.contains(id) || criteria.iter().any(|c| c.starts_with("soc2:"))
    };
    catalogue.controls.retain(|id, c| stays(id, &c.pillar, &c.criteria));
    catalogue.extracts.retain(|id, x| stays(id, &x.pillar, &x.criteria));
    catalogue.metrics.retain(|id, m| stays(id, &m.pillar, &m.criteria));
    Ok(catalogue)
}

/// Lines of the client's control matrix: control and the tests it names.
fn matrix(tables: &Tables<'_>) -> anyhow::Result<Vec<(String, Vec<String>)>> {
    let text = "SELECT DISTINCT control_id, tests FROM client_control_matrix WHERE tests IS NOT NULL ORDER BY control_id, tests";
    let (grid, _) = evaluate::query(tables, text, usize::MAX)?;
    Ok(grid.rows.iter().map(|row| (grid.get(row, &["control_id"]).to_text(), entries(&grid.get(row, &["tests"]).to_text()))).collect())
}

/// An id that nothing has, with the nearest that exists.
fn stranger(id: &str, catalogue: &Catalogue) -> Option<(String, String)> {
    (!catalogue.has(id)).then(|| (id.to_owned(), nearest(id, catalogue.ids().into_iter())))
}
