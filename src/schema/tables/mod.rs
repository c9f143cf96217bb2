//! The tables that are the same for every engagement, by theme. Each column is declared here once: name, type, meaning.
//! Readers and facts write and read rows by the names of these columns.

mod access;
mod config;
mod cost;
mod coverage;
mod events;
mod facts;
mod frameworks;
mod integrity;
mod posture;
mod results;
mod scope;
mod trails;

pub use access::*;
pub use config::*;
pub use cost::*;
pub use coverage::*;
pub use events::*;
pub use facts::*;
pub use frameworks::*;
pub use integrity::*;
pub use posture::*;
pub use results::*;
pub use scope::*;
pub use trails::*;

use super::row::{DeclaredTable, Row, owned};
use super::{Column, EventColumn, Table};

const THEMES: [&[DeclaredTable]; 12] = [
    access::TABLES,
    config::TABLES,
    cost::TABLES,
    coverage::TABLES,
    events::TABLES,
    facts::TABLES,
    frameworks::TABLES,
    integrity::TABLES,
    posture::TABLES,
    results::TABLES,
    scope::TABLES,
    trails::TABLES,
];

/// All fixed tables; `events` are the declared request and response columns.
pub(super) fn declared(events: &[EventColumn]) -> Vec<Table> {
    let mut tables: Vec<Table> = THEMES.into_iter().flatten().map(DeclaredTable::table).collect();
    for table in tables.iter_mut().filter(|table| table.name == CloudtrailEventsRow::TABLE.name) {
        table.columns.extend(owned(EventClosing::COLUMNS));
        table.columns.extend(events.iter().map(|c| Column {
            name: c.name.clone(),
            kind: c.ty.kind(),
            doc: c.paths.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(" or "),
        }));
    }
    tables
}
