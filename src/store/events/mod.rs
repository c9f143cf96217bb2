//! Events on their way to Parquet: packed rows, sorted runs, the closing of a date, copies, rollups.

pub mod close;
pub mod codes;
pub mod conflicts;
pub mod copies;
pub mod packed;
pub mod raw;
pub mod rollup;
pub mod runs;
pub mod sink;
