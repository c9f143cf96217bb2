//! The evidence store: typed tables as Parquet, one folder for each, and the manifest over them.
//!
//! Tables from single files are kept as one Parquet file per source file, events as one per date, so
//! that adding files touches only what they touch, and the result does not depend on how many runs
//! it took.

pub mod billing;
pub mod build;
#[cfg(test)]
mod cost_tests;
mod doubles;
mod error;
pub mod events;
pub mod findings;
mod job;
pub mod manifest;
pub mod merge;
pub mod names;
mod opened;
pub mod parquet;
pub mod reading;
pub mod settle;

pub use error::StoreError;
pub use opened::Store;
