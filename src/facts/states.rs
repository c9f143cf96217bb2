//! What SQL cannot decide about configuration, as tables: what networks open, who may reach resources, what policies grant
//! and where that leads. Computed when a table is first asked for: from the versions of items that stand at the as-of date,
//! and for the `_history` of a table from all versions up to it.

use super::evidence::{Evidence, Which};
use super::{actors, event_openings, exposures, grants, openings, powers, root_credentials, silences, standings, trail_states};
use crate::ingest::batch::Batch;
use crate::schema::Schema;
use crate::store::StoreError;

/// Tables that are computed here.
pub const TABLES: [&str; 15] = [
    actors::ACTORS,
    actors::LISTED,
    actors::SESSIONS,
    event_openings::EVENT_OPENINGS,
    exposures::EXPOSURES,
    exposures::TRANSPORT,
    grants::GRANTS,
    openings::OPENINGS,
    openings::PORTS,
    powers::POWERS,
    root_credentials::ROOT_CREDENTIALS,
    silences::SILENCES,
    standings::ESCALATIONS,
    standings::STANDINGS,
    trail_states::TRAIL_STATES,
];

/// Types of the resources that a table of facts has a row for, whichever form they were delivered in.
pub fn types(table: &str) -> &'static [&'static str] {
    if table == trail_states::TRAIL_STATES { &[trail_states::TYPE] } else { &[] }
}

/// Tables of files that a table of facts is made from alone; what is missing of them is missing of it.
pub fn made_from(table: &str) -> &'static [&'static str] {
    if table == root_credentials::ROOT_CREDENTIALS { &root_credentials::SOURCES } else { &[] }
}

/// The table that stands for all that are computed together with this one.
pub fn family(name: &str) -> &str {
    match name {
        exposures::TRANSPORT => exposures::EXPOSURES,
        openings::PORTS => openings::OPENINGS,
        standings::ESCALATIONS => standings::STANDINGS,
        actors::LISTED | actors::SESSIONS => actors::ACTORS,
        other => other,
    }
}

/// A table of facts, and those computed with it. Of tables without a `_history` there are standing ones only.
///
/// # Errors
/// When what it is computed from cannot be read.
pub fn compute(name: &str, which: Which, schema: &Schema, evidence: &dyn Evidence) -> Result<Vec<Batch>, StoreError> {
    match family(name) {
        actors::ACTORS => actors::compute(schema, evidence),
        event_openings::EVENT_OPENINGS => event_openings::compute(schema, evidence),
        exposures::EXPOSURES => exposures::compute(which, schema, evidence),
        grants::GRANTS => grants::compute(schema, evidence),
        openings::OPENINGS => openings::compute(which, schema, evidence),
        powers::POWERS => powers::compute(which, schema, evidence),
        root_credentials::ROOT_CREDENTIALS => root_credentials::compute(schema, evidence),
        silences::SILENCES => silences::compute(schema, evidence),
        standings::STANDINGS => standings::compute(schema, evidence),
        trail_states::TRAIL_STATES => trail_states::compute(schema, evidence),
        _ => Ok(Vec::new()),
    }
}
