//! sixpillars: audit reports from exported AWS files, offline.
//!
//! Data flows one way, and a room uses only rooms above it (and `engagement`, `outcome`, `reason`):
//!
//! ```text
//! base        values that every room shares
//! schema      what every row looks like
//! policy      what AWS would decide, from documents alone
//! ingest      files to rows
//! store       rows to deduplicated Parquet, and the account of every record
//! facts       what SQL cannot compute
//! catalogue   controls, extracts, metrics, frameworks: judgement as data
//! evaluate    runs the catalogue over the store
//! findings    exceptions grouped by cause
//! report      results to Markdown and HTML
//! workpapers  results to CSV, XLSX and Parquet
//! run         the commands
//! ```

pub mod base;
pub mod catalogue;
pub mod cli;
pub mod engagement;
pub mod evaluate;
pub mod facts;
pub mod findings;
pub mod ingest;
pub mod outcome;
pub mod policy;
pub mod reason;
pub mod report;
pub mod run;
pub mod schema;
pub mod store;
pub mod workpapers;

#[cfg(test)]
#[global_allocator]
static COUNTED: base::steps::Allocator = base::steps::Allocator;
