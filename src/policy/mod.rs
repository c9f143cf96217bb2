//! What AWS would decide, from documents alone: policies parsed, matched and decided, networks opened. Pure: no files, no
//! tables.

pub mod network;
pub mod ports;
