//! sixpillars
pub mod ingest;
pub mod schema;
pub mod store;
