//! Between batches, data frames and Parquet files.

pub mod frame;
pub mod pool;
pub mod writer;
