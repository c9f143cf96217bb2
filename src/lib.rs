//! sixpillars: audit reports from exported AWS files, offline.
//!
//! Data flows one way, and a room uses only rooms above it (and `engagement`, `finding`, `help`, `nearest`, `reason`, `small_file`):
//!
//! ```text
//! schema      what every row looks like
//! policy      what AWS would decide, from documents alone
//! ingest      files to rows
//! store       rows to deduplicated Parquet, and the account of every record
//! procedures  facts SQL cannot compute
//! catalogue   controls, extracts, metrics, frameworks: judgement as data
//! evaluate    runs the catalogue over the store
//! report      results to Markdown and HTML
//! workpapers  results to CSV, XLSX and Parquet
//! run         the commands
//! ```

pub mod catalogue;
pub mod cli;
pub mod engagement;
pub mod evaluate;
pub mod finding;
pub mod help;
pub mod ingest;
pub mod nearest;
pub mod policy;
pub mod procedures;
pub mod reason;
pub mod report;
pub mod run;
pub mod schema;
pub mod small_file;
pub mod store;
pub mod workpapers;

#[cfg(test)]
#[global_allocator]
static COUNTED: ingest::steps::Allocator = ingest::steps::Allocator;
