//! Policy documents: parse, match, decide as AWS decides. Pure: no files, no tables.

pub mod actions;
pub mod condition;
pub mod decide;
pub mod document;
pub mod escalation;
pub mod estate;
pub mod exposure;
pub mod grants;
pub mod keys;
pub mod managed;
pub mod network;
pub mod paths;
pub mod pattern;
pub mod ports;
pub mod selectors;
