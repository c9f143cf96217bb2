//! What the client states, as tables: its own controls, those of the engagement or else those of the control matrix that it gave;
//! what management states; and the categories of criteria that are examined.

use std::collections::BTreeSet;

use crate::engagement::Engagement;
use crate::ingest::batch::Batch;
use crate::ingest::formats::cli_answers::matrix::entries;
use crate::schema::row::Row as _;
use crate::schema::tables::{
    ClientControlCriteriaRow, ClientControlMatrixRow, ClientControlTestsRow, ClientControlsRow, CriteriaCategoriesRow,
    ManagementStatementsRow,
};
use crate::schema::{SOURCE_FILE_ID, SOURCE_RECORD, Schema as Declared, filled};
use crate::store::{Store, StoreError};

/// The categories of an examination, as the engagement writes them and as they are printed.
const CATEGORIES: [(&str, &str); 5] = [
    ("security", "Security"),
    ("availability", "Availability"),
    ("confidentiality", "Confidentiality"),
    ("processing_integrity", "Processing integrity"),
    ("privacy", "Privacy"),
];

/// A control of the client's.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Client {
    id: String,
    text: String,
    criteria: Vec<String>,
    tests: Vec<String>,
}

/// The tables.
///
/// # Errors
/// When the client's control matrix cannot be read.
pub fn tables(schema: &Declared, store: &Store, engagement: &Engagement) -> Result<Vec<Batch>, StoreError> {
    let start = |name: &str| schema.table(name).map(Batch::new);
    let (Some(mut categories), Some(mut controls), Some(mut criteria), Some(mut tests), Some(mut statements)) = (
        start(CriteriaCategoriesRow::TABLE.name),
        start(ClientControlsRow::TABLE.name),
        start(ClientControlCriteriaRow::TABLE.name),
        start(ClientControlTestsRow::TABLE.name),
        start(ManagementStatementsRow::TABLE.name),
    ) else {
        return Ok(Vec::new());
    };
    let named = &engagement.scope.soc2_categories;
    for (position, (category, title)) in (0..).zip(CATEGORIES) {
        let is_named = named.iter().any(|name| name == category);
        let row = CriteriaCategoriesRow {
            position: Some(position),
            category: Some(category),
            title: Some(title),
            in_scope: Some(is_named || category == "security"),
            is_named: Some(is_named),
        };
        categories.push(0, &row);
    }
    for (position, said) in (0..).zip(&engagement.representation) {
        let row = ManagementStatementsRow {
            position: Some(position),
            about: Some(&said.id),
            statement: Some(&said.statement),
            stated_by: filled(&said.who),
            stated_on: filled(&said.when),
            reference: filled(&said.reference),
        };
        statements.push(0, &row);
    }
    let stated = engagement.client_control.iter().map(|control| Client {
        id: control.id.clone(),
        text: control.text.clone(),
        criteria: control.criteria.clone(),
        tests: control.tests.clone(),
    });
    let stated: Vec<(&str, Client)> = stated.map(|control| ("engagement", control)).collect();
    let is_stated = !stated.is_empty();
    let delivered = delivered(store)?.into_iter().map(|control| ("file", control));
    for (position, (said_by, control)) in (0..).zip(stated.into_iter().chain(delivered)) {
        let meant_for = control.criteria.join(" ");
        let row = ClientControlsRow {
            control_position: Some(position),
            control_id: Some(&control.id),
            control_text: Some(&control.text),
            criteria: Some(&meant_for),
            said_by: Some(said_by),
            is_used: Some(!is_stated || said_by == "engagement"),
        };
        controls.push(0, &row);
        for criterion in control.criteria.iter().collect::<BTreeSet<_>>() {
            criteria.push(0, &ClientControlCriteriaRow { control_position: Some(position), criterion: Some(criterion) });
        }
        for (place, test) in (0..).zip(&control.tests) {
            let row = ClientControlTestsRow { control_position: Some(position), test_position: Some(place), entry_id: Some(test) };
            tests.push(0, &row);
        }
    }
    Ok(vec![categories, controls, criteria, tests, statements])
}

/// The controls of the client's matrix in the order of its records. The same file may have come twice.
fn delivered(store: &Store) -> Result<Vec<Client>, StoreError> {
    let error = |e| StoreError::polars(store.folder(), e);
    let Some(table) = store.schema().table(ClientControlMatrixRow::TABLE.name) else { return Ok(Vec::new()) };
    let frame = store.read(&table, None)?;
    let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned()).map_err(error);
    let (ids, words, criteria, tests, files) = (
        text(ClientControlMatrixRow::control_id)?,
        text(ClientControlMatrixRow::control_text)?,
        text(ClientControlMatrixRow::criteria)?,
        text(ClientControlMatrixRow::tests)?,
        text(SOURCE_FILE_ID)?,
    );
    let records = frame.column(SOURCE_RECORD).and_then(|c| c.i64().cloned()).map_err(error)?;
    let mut rows: Vec<usize> = (0..frame.height()).collect();
    rows.sort_by_key(|row| (files.get(*row), records.get(*row)));
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for row in rows {
        let of = |texts: &polars::prelude::StringChunked| texts.get(row).unwrap_or_default().to_owned();
        let control = Client { id: of(&ids), text: of(&words), criteria: entries(&of(&criteria)), tests: entries(&of(&tests)) };
        if seen.insert(control.clone()) {
            found.push(control);
        }
    }
    Ok(found)
}
