//! Assembles SOC 2: the matrix from criterion to evidence. Topics of the chapter `soc2` say the rest.

pub(super) mod cells;
mod clients;
mod matrix;

use std::collections::BTreeMap;

use super::Input;
use crate::engagement::Examination;
use crate::evaluate::EvaluateError;
use crate::report::model::{Cell, Chart, Column, ControlResult, Limitation, Soc2, Statement, StatementTone, Table};

/// The categories of an examination, as the engagement writes them and as they are printed.
const CATEGORIES: [(&str, &str); 5] = [
    ("security", "Security"),
    ("availability", "Availability"),
    ("confidentiality", "Confidentiality"),
    ("processing_integrity", "Processing integrity"),
    ("privacy", "Privacy"),
];

/// Criteria that AWS carries in whole or in part.
const CARRIED: [(&str, &str); 3] = [
    ("CC6.4", "Physical access to data centres, media and equipment: wholly AWS's. The client carries its own offices and devices."),
    ("CC6.5", "Destroying media and the remains of data on them: AWS's. Deleting resources and keys is the client's."),
    (
        "A1.2",
        "Power, climate, fire protection and other care of data centres: AWS's. Redundancy and backups as configured are the client's.",
    ),
];

/// The section.
pub(super) fn section(
    input: &Input<'_>,
    controls: &BTreeMap<String, ControlResult>,
    limitations: &[Limitation],
    charts: &mut BTreeMap<String, Chart>,
) -> Result<Soc2, EvaluateError> {
    let categories = categories(input);
    let matrix = matrix::matrix(input, controls, &categories, limitations)?;
    let mut drawn = Vec::new();
    if let Some(chart) = matrix.chart {
        drawn.push(chart.id.clone());
        charts.insert(chart.id.clone(), chart);
    }
    let mut statements = vec![scope(input, &categories)];
    statements.extend(matrix.statements);
    Ok(Soc2 {
        examination: match input.period.examination {
            Examination::Type1 => "type 1".to_owned(),
            Examination::Type2 => "type 2".to_owned(),
            Examination::Unstated => String::new(),
        },
        has_client_controls: matrix.has_client_controls,
        clients: matrix.clients,
        matrix: matrix.table,
        criteria: matrix.criteria,
        carried_by_aws: carried(input, &categories),
        not_in_scope: CATEGORIES
            .iter()
            .filter(|(id, _)| !categories.contains(id))
            .map(|(_, title)| format!("{title}: not in scope of this engagement"))
            .collect(),
        statements,
        charts: drawn,
    })
}

/// Categories in scope: those the engagement names; security, which every examination has, without.
fn categories(input: &Input<'_>) -> Vec<&'static str> {
    let named = &input.engagement.scope.soc2_categories;
    CATEGORIES.iter().map(|(id, _)| *id).filter(|id| *id == "security" || named.iter().any(|n| n == id)).collect()
}

/// What is examined, as of when, and what that does not show.
fn scope(input: &Input<'_>, categories: &[&str]) -> Statement {
    let titles: Vec<&str> = CATEGORIES.iter().filter(|(id, _)| categories.contains(id)).map(|(_, t)| *t).collect();
    let said = if input.engagement.scope.soc2_categories.is_empty() {
        " (the engagement names no category; security is part of every examination)"
    } else {
        ""
    };
    let text = match input.period.examination {
        Examination::Type1 => format!(
            "Categories in scope: {}{said}. The evidence is as of {}; events before it are background, and nothing is said about operation through a period.",
            titles.join(", "),
            input.period.as_of_text
        ),
        Examination::Type2 => format!(
            "Categories in scope: {}{said}. Events are of the period from {} to {}. A test that reads configuration is as at {}, not evidence of operation through the period; its result says so.",
            titles.join(", "),
            input.period.from,
            input.period.to,
            input.period.as_of_text
        ),
        Examination::Unstated => format!(
            "Categories in scope: {}{said}. Neither a date nor a period of an examination is stated: the results cover what the records cover and fit neither type of report as they stand.",
            titles.join(", ")
        ),
    };
    Statement::new(
        if input.period.examination == Examination::Unstated { StatementTone::Important } else { StatementTone::Note },
        "What is examined",
        text,
    )
}

fn carried(input: &Input<'_>, categories: &[&str]) -> Table {
    let mut table = Table::new(
        "soc2-aws",
        "Criteria that AWS carries as a subservice organisation, in whole or in part",
        vec![Column::code("Criterion"), Column::text("Subject"), Column::text("What AWS carries")],
    );
    for (id, what) in CARRIED {
        if let Some(c) = input.catalogue.frameworks.criteria.iter().find(|c| c.id == id && categories.contains(&c.examined_with())) {
            table.push(vec![Cell::text(id), Cell::text(&c.title), Cell::text(what)]);
        }
    }
    table
}
