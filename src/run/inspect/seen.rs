//! One file as inspection sees it.

use std::collections::BTreeSet;

use crate::ingest::detect::Format;

/// What is known of one file.
#[derive(Debug, Default)]
pub(in crate::run) struct Seen {
    pub(super) path: String,
    pub(super) format: Option<Format>,
    pub(super) bytes: u64,
    /// What it looks like, where it was not recognised.
    pub(super) hint: String,
    /// Accounts and Regions; either may be empty.
    pub(super) places: BTreeSet<(String, String)>,
    /// First and last time, UTC microseconds.
    pub(super) times: Option<(i64, i64)>,
}
