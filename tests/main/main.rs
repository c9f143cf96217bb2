//! The one integration test binary: it drives the built program as a user does, and reads what came out.
//!
//! Expected values come from the sample's answer key, which its generator wrote, from arithmetic on
//! the exported files themselves, or from the documents that describe the formats; never from a former
//! run of the program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout,
    missing_docs,
    reason = "a test that cannot go on stops, and says why"
)]

mod absence;
mod actors;
mod answers;
mod architecture;
mod attack_traces;
mod bad_input;
mod bombs;
mod changed;
mod circles;
mod cli;
mod compare;
mod containers;
mod damage;
mod delivered;
mod docs;
mod edges;
mod figures;
mod golden;
mod guarded;
mod harness;
mod hostile;
mod identity;
mod in_scope;
mod ingestion;
mod integrity;
mod items;
mod large;
mod money;
mod offline;
mod organization;
mod outputs;
mod over_time;
mod package;
mod pages;
mod placement;
mod posture;
mod register;
mod resaved;
mod sentences;
mod signed;
mod stores;
mod time;
mod topics;
mod trails;
mod unread;
