//! Runs one query: of the catalogue, of a section or of a user.

use polars::prelude::*;

use super::error::{EvaluateError, guarded, query_error};
use super::grid::Grid;
use super::tables::Tables;
use crate::catalogue::sql::Query;

/// Runs one SELECT and collects it.
///
/// # Errors
/// When it is not allowed, names no known table, or polars refuses it.
pub fn run_sql(tables: &Tables<'_>, name: &str, query: &Query, extra: &[(&str, DataFrame)]) -> Result<DataFrame, EvaluateError> {
    guarded(name, || {
        query.check().map_err(|why| EvaluateError::Refused { query: name.to_owned(), why })?;
        let mut context = tables.context(query, extra)?;
        let plan = context.execute(query.text()).map_err(|e| query_error(name, e))?;
        plan.collect().map_err(|e| query_error(name, e))
    })
}

/// Runs a text that is no entry's: a user's, or one made for a section.
///
/// # Errors
/// As [`run_sql`].
pub fn run_text(tables: &Tables<'_>, name: &str, text: &str, extra: &[(&str, DataFrame)]) -> Result<DataFrame, EvaluateError> {
    let query = Query::parse(text).map_err(|why| EvaluateError::Refused { query: name.to_owned(), why })?;
    run_sql(tables, name, &query, extra)
}

/// A user's query, as values.
///
/// # Errors
/// As [`run_sql`].
pub fn query(tables: &Tables<'_>, text: &str, limit: usize) -> Result<(Grid, usize), EvaluateError> {
    let frame = run_text(tables, "query", text, &[])?;
    let grid = guarded("query", || Grid::of(&frame, limit).map_err(|e| query_error("query", e)))?;
    Ok((grid, frame.height()))
}
