//! Ids that the engagement or the client's control matrix name. One that nothing has is an error, never a blank: a test
//! that is asked for and silently not made would look like one that found nothing.

use std::collections::BTreeSet;

use crate::catalogue::{Catalogue, nearest};
use crate::engagement::Engagement;
use crate::engagement::Step::{At, Key};
use crate::evaluate::{self, Tables};
use crate::ingest::formats::cli_answers::matrix::entries;

/// Checks the engagement's ids and names, before anything is read.
///
/// # Errors
/// On the first that nothing has, with its line and the nearest that exists.
pub fn check(engagement: &Engagement, catalogue: &Catalogue) -> anyhow::Result<()> {
    lists(engagement, catalogue)?;
    for accepted in engagement.acceptances() {
        if !catalogue.controls.contains_key(accepted.control) {
            let near = nearest(accepted.control, catalogue.controls.keys().map(String::as_str));
            let why = format!("unknown control {:?}", accepted.control);
            let path = [Key(accepted.table), At(accepted.at), Key("control")];
            return Err(engagement.wrong(&path, why, format!("the nearest id is {near}")).into());
        }
    }
    for (i, stated) in engagement.thresholds.burst.iter().enumerate() {
        if !catalogue.has_burst_threshold(&stated.control) {
            let near =
                nearest(&stated.control, catalogue.controls.keys().map(String::as_str).filter(|id| catalogue.has_burst_threshold(id)));
            let why = format!("{:?} is not a control with a threshold of bursts", stated.control);
            let path = [Key("thresholds"), Key("burst"), At(i), Key("control")];
            return Err(engagement.wrong(&path, why, format!("the nearest id of one that has is {near}")).into());
        }
    }
    for (i, client) in engagement.client_control.iter().enumerate() {
        for (j, id) in client.tests.iter().enumerate() {
            if let Some(near) = unknown(id, catalogue) {
                let why = format!("the client control {:?} names the test {id:?}, which is not a control, metric or extract", client.id);
                let path = [Key("client_control"), At(i), Key("tests"), At(j)];
                return Err(engagement.wrong(&path, why, format!("the nearest id is {near}")).into());
            }
        }
        for (j, criterion) in client.criteria.iter().enumerate() {
            if !catalogue.frameworks.has_trust_criterion(criterion) {
                let near = catalogue.frameworks.nearest_trust_criterion(criterion);
                let why = format!("the client control {:?} names the criterion {criterion:?}, which does not exist", client.id);
                let path = [Key("client_control"), At(i), Key("criteria"), At(j)];
                return Err(engagement.wrong(&path, why, format!("the nearest is {near}")).into());
            }
        }
    }
    let frameworks = &catalogue.frameworks;
    let questions = frameworks.questions.iter().map(|q| q.id.as_str()).chain(frameworks.well_architected.iter().map(|q| q.id.as_str()));
    let practices = frameworks.well_architected.iter().flat_map(|q| &q.practices).map(|p| p.id.as_str());
    let own = engagement.client_control.iter().map(|c| c.id.as_str());
    let about: BTreeSet<&str> = questions.chain(practices).chain(own).collect();
    for (i, said) in engagement.representation.iter().enumerate() {
        if !about.contains(said.id.as_str()) {
            let near = nearest(&said.id, about.iter().copied());
            let why = format!("no question, practice or client control has the id {:?}", said.id);
            return Err(engagement.wrong(&[Key("representation"), At(i), Key("id")], why, format!("the nearest is {near}")).into());
        }
        for (j, id) in said.contradicted_by.iter().enumerate() {
            if let Some(near) = unknown(id, catalogue) {
                let why = format!("the representation about {:?} names {id:?}, which is not a control, metric or extract", said.id);
                let path = [Key("representation"), At(i), Key("contradicted_by"), At(j)];
                return Err(engagement.wrong(&path, why, format!("the nearest id is {near}")).into());
            }
        }
    }
    Ok(())
}

/// Checks the names of lists: one that nothing looks up would allow nothing, and look as if it did.
fn lists(engagement: &Engagement, catalogue: &Catalogue) -> anyhow::Result<()> {
    let known = &catalogue.allow_lists;
    let unread = engagement.allow_list.iter().enumerate().find(|(_, list)| !known.contains_key(&list.name));
    if let Some((i, list)) = unread {
        let near = nearest(&list.name, known.keys().map(String::as_str));
        let why = format!("{:?} is a list that no control and no section of the report looks up", list.name);
        let names = known.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let help = format!("the nearest name is {near}; the names are {names}");
        return Err(engagement.wrong(&[Key("allow_list"), At(i), Key("name")], why, help).into());
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
        for (test, near) in tests.iter().filter_map(|test| Some((test, unknown(test, catalogue)?))) {
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
    catalogue.frameworks.well_architected.retain(|question| question.pillar != "cost_optimization");
    Ok(catalogue)
}

/// Lines of the client's control matrix: control and the tests it names.
fn matrix(tables: &Tables<'_>) -> anyhow::Result<Vec<(String, Vec<String>)>> {
    let text = "SELECT DISTINCT control_id, tests FROM client_control_matrix WHERE tests IS NOT NULL ORDER BY control_id, tests";
    let (grid, _) = evaluate::query(tables, text, usize::MAX)?;
    Ok(grid.rows.iter().map(|row| (grid.get(row, &["control_id"]).to_text(), entries(&grid.get(row, &["tests"]).to_text()))).collect())
}

/// Of an id that nothing has, the nearest that exists.
fn unknown(id: &str, catalogue: &Catalogue) -> Option<String> {
    (!catalogue.has(id)).then(|| nearest(id, catalogue.ids().into_iter()))
}
