//! The controls of the client: where they come from, and what the tests that they name come to.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::super::{Input, words};
use super::cells::{self, Row};
use crate::evaluate::EvaluateError;
use crate::ingest::formats::cli_answers::matrix::entries;
use crate::outcome::Outcome;
use crate::report::model::limitations::brief;
use crate::report::model::{Cell, Column, ControlResult, Limitation, Statement, StatementTone, Table};

/// A control of the client's.
pub struct Client {
    /// Id as the client writes it.
    pub id: String,
    /// What the client does.
    pub text: String,
    /// Criteria that it is meant for.
    pub criteria: Vec<String>,
    /// Tests of ours that bear on it.
    pub tests: Vec<String>,
}

/// The client's controls: those of the engagement; else those of the file the client gave.
pub fn clients(input: &Input<'_>) -> Result<(Vec<Client>, Vec<Statement>), EvaluateError> {
    let grid = input.sql(
        "client controls",
        "SELECT control_id, control_text, criteria, tests FROM client_control_matrix ORDER BY source_file_id, source_record",
    )?;
    let mut seen = BTreeSet::new();
    let delivered: Vec<Client> = Row::all(&grid)
        .map(|r| Client {
            id: r.text("control_id"),
            text: r.text("control_text"),
            criteria: entries(&r.text("criteria")),
            tests: entries(&r.text("tests")),
        })
        // The same file may have come twice.
        .filter(|c| seen.insert((c.id.clone(), c.text.clone(), c.criteria.clone(), c.tests.clone())))
        .collect();
    let named: Vec<Client> = input
        .engagement
        .client_control
        .iter()
        .map(|c| Client { id: c.id.clone(), text: c.text.clone(), criteria: c.criteria.clone(), tests: c.tests.clone() })
        .collect();
    let mut statements = Vec::new();
    if !named.is_empty() && !delivered.is_empty() {
        let of = |list: &[Client]| list.iter().map(|c| (c.id.clone(), c.text.clone())).collect::<BTreeSet<_>>();
        let (mine, theirs) = (of(&named), of(&delivered));
        if mine != theirs {
            let apart: Vec<String> =
                mine.symmetric_difference(&theirs).map(|(id, _)| id.clone()).collect::<BTreeSet<_>>().into_iter().collect();
            statements.push(Statement::new(
                StatementTone::Warning,
                "The engagement and the client's file name different controls",
                format!("They differ in {}. The engagement's are used.", cells::some(&apart, 8)),
            ));
        }
    }
    Ok((if named.is_empty() { delivered } else { named }, statements))
}

/// Controls of the client with the deviations that their tests note. The conclusion is left to the practitioner.
pub fn table(controls: &BTreeMap<String, ControlResult>, clients: &[Client], limitations: &[Limitation]) -> Table {
    let columns = vec![
        Column::text("Control of the client"),
        Column::text("Criteria"),
        Column::number("Tests"),
        Column::number("With deviations"),
        Column::number("Deviations"),
        Column::text("Evidence limitation"),
        Column::text("Conclusion"),
    ];
    let mut table = Table::new("client-controls", "Controls of the client, with what the tests named for each note", columns)
        .or_empty("The engagement names no control of the client.");
    for client in clients {
        let tests: Vec<&ControlResult> = client.tests.iter().filter_map(|id| controls.get(id)).collect();
        let with = tests.iter().filter(|test| test.result == Outcome::ExceptionsNoted).count() as u64;
        let untested = tests.iter().filter(|test| test.result == Outcome::NotTested).count() as u64;
        let reasons: BTreeSet<&str> = tests.iter().flat_map(|test| &test.extent_reasons).map(|reason| brief(limitations, reason)).collect();
        let mut limits: Vec<String> = reasons.into_iter().map(str::to_owned).collect();
        if untested > 0 {
            limits.insert(0, format!("{} not tested", words::count(untested, "test", "tests")));
        }
        table.push(vec![
            Cell::text(format!("{} {}", client.id, client.text)),
            Cell::text(client.criteria.join(" ")),
            Cell::count(client.tests.len() as u64),
            Cell::count(with),
            Cell::count(tests.iter().map(|test| test.counts.exceptions).sum()),
            Cell::text(if limits.is_empty() { "none".to_owned() } else { limits.join(", ") }),
            Cell::text("__________"),
        ]);
    }
    table
}
