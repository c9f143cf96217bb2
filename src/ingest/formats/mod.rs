//! The export formats: what each looks like, what it is worth as evidence, and the reader that turns it into rows.

pub mod cli_answers;
pub mod cli_error;
pub mod cloudtrail;
pub mod config;
pub mod cost;
pub mod credentials;
pub mod integrity;
pub mod organization;
pub mod posture;
pub mod readers;
pub mod trail_exports;
