//! `query`: one SELECT over a store.

use std::process::ExitCode;

use anyhow::Context as _;

use super::{catalogue, engagement, open, screen, store};
use crate::cli::{Format, Global, Query};
use crate::evaluate::{self, Grid, Value};

/// Runs `query`.
///
/// # Errors
/// When the query is not allowed or fails.
pub fn run(options: &Query, global: &Global) -> anyhow::Result<ExitCode> {
    let catalogue = catalogue(global)?;
    let store = store(&options.store, &catalogue)?;
    let engagement = engagement(options.engagement.as_deref(), &[])?;
    let opened = open(&store, &engagement, (None, None, None))?;
    let limit = if options.limit == 0 { usize::MAX } else { options.limit };
    let (grid, total) = evaluate::query(&opened.tables, &options.sql, limit).context("the query cannot be run")?;
    store.check_unchanged()?;
    print(&grid, options.format)?;
    if total > grid.rows.len() {
        screen::say(global, &format!("{} of {total} rows printed; --limit 0 prints all", grid.rows.len()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a result.
///
/// # Errors
/// When it cannot be written.
pub fn print(grid: &Grid, format: Format) -> anyhow::Result<()> {
    let rows: Vec<Vec<String>> = grid.rows.iter().map(|r| r.iter().map(Value::to_text).collect()).collect();
    match format {
        Format::Table => screen::out(&screen::table(&grid.columns, &rows))?,
        Format::Csv => screen::out(&screen::csv(&grid.columns, &rows)?)?,
        Format::Json => {
            let objects: Vec<serde_json::Map<String, serde_json::Value>> = grid
                .rows
                .iter()
                .map(|row| {
                    grid.columns
                        .iter()
                        .zip(row)
                        .map(|(name, value)| {
                            let json = match value {
                                Value::Null => serde_json::Value::Null,
                                Value::Int(n) => (*n).into(),
                                Value::Bool(b) => (*b).into(),
                                other => other.to_text().into(),
                            };
                            (name.clone(), json)
                        })
                        .collect()
                })
                .collect();
            screen::out(&format!("{}\n", serde_json::to_string_pretty(&objects)?))?;
        }
    }
    Ok(())
}
