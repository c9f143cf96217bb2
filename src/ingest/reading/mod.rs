//! From bytes as delivered to records: containers, encodings, JSON and CSV. No format is known here.

pub mod archive;
pub mod canonical;
pub mod container;
pub mod content;
pub mod decimals;
pub mod dict;
pub mod encoding;
pub mod json;
pub mod pages;
pub mod recorded;
pub mod records;
pub mod scan;
pub mod span;
pub mod tree;
