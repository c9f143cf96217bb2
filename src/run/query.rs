//! `query`: one SELECT over a store.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::bounded::{self, Bounds};
use super::help::Advice;
use super::{catalogue, engagement, open, screen, store};
use crate::cli::{EngagementChoice, Format, Global, Query};
use crate::evaluate::{self, EvaluateError, Grid, Value};
use crate::ingest::formats::own_outputs;
use crate::schema::Storage;
use crate::store::manifest::staging;
use crate::store::parquet::frame;

/// Runs `query`.
///
/// # Errors
/// When the query is not allowed or fails, or takes more time or memory than it may.
pub fn run(options: &Query, global: &Global) -> anyhow::Result<ExitCode> {
    let bounds = Bounds { time: options.timeout, memory: options.memory };
    let (asked, settings) = (options.clone(), global.clone());
    let (text, rows, total) = bounded::within(bounds, move || answer(&asked, &settings))?;
    screen::out(&text)?;
    if total > rows {
        screen::say(global, &format!("{rows} of {total} rows printed; --limit 0 prints all"));
    }
    Ok(ExitCode::SUCCESS)
}

/// The result as text, the rows in it, and the rows there are.
fn answer(options: &Query, global: &Global) -> anyhow::Result<(String, usize, usize)> {
    let catalogue = catalogue(global)?;
    let folder = evidence(&options.store);
    let store = store(&folder, &catalogue)?;
    let engagement = engagement(&EngagementChoice { engagement: options.engagement.clone(), no_engagement: false }, &[], global)?;
    let mut opened = open(&store, &engagement, (None, None, None))?;
    for table in catalogue.schema.tables().filter(|table| table.storage == Storage::Reported) {
        let name = &table.name;
        let path = folder.join(staging::DERIVED).join(format!("{name}.parquet"));
        if path.is_file() {
            opened.tables.put(name, frame::read(&path, None)?);
        }
    }
    let limit = if options.limit == 0 { usize::MAX } else { options.limit };
    let (grid, total) = evaluate::query(&opened.tables, &options.sql, limit).map_err(|e| explained(&e))?;
    store.check_unchanged()?;
    Ok((text(&grid, options.format)?, grid.rows.len(), total))
}

/// The store in a report's folder, or the folder itself.
fn evidence(folder: &Path) -> PathBuf {
    let inner = folder.join("evidence");
    let is_report = folder.join(own_outputs::REPORT_MANIFEST).is_file() && inner.is_dir();
    if is_report { inner } else { folder.to_owned() }
}

/// Why a query cannot be run, and what to do.
fn explained(error: &EvaluateError) -> anyhow::Error {
    let help = match error {
        EvaluateError::Panic { .. } => "write the query another way; the tables are Parquet files, which other engines read too",
        _ => "`sixpillars tables list` names the tables, `sixpillars tables show NAME` the columns of one",
    };
    anyhow::Error::from(Advice::new(format!("the query cannot be run: {error}"), help))
}

/// A result as printed.
fn text(grid: &Grid, format: Format) -> anyhow::Result<String> {
    let rows: Vec<Vec<String>> = grid.rows.iter().map(|r| r.iter().map(Value::to_text).collect()).collect();
    Ok(match format {
        Format::Table => screen::table(&grid.columns, &rows),
        Format::Csv => screen::csv(&grid.columns, &rows)?,
        Format::Json => screen::json(&grid.rows.iter().map(|row| Line(&grid.columns, row)).collect::<Vec<_>>())?,
    })
}

/// A row as a JSON object whose keys stand in the order of the columns.
struct Line<'g>(&'g [String], &'g [Value]);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0.iter().zip(self.1) {
            match value {
                Value::Null => map.serialize_entry(name, &())?,
                Value::Int(number) => map.serialize_entry(name, number)?,
                Value::Bool(flag) => map.serialize_entry(name, flag)?,
                other => map.serialize_entry(name, &other.to_text())?,
            }
        }
        map.end()
    }
}
