//! Files beside the report that hold all rows.

pub mod csv;
