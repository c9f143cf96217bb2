//! Names of what lies in the folder of a store.

/// File name of the manifest.
pub const MANIFEST: &str = "store.json";

/// The file a pooled table's rows of a source file stand in.
pub fn part_of(file_id: &str) -> String {
    file_id.chars().take(1).collect()
}

/// The table of copies of events that were left out: one file for each date.
pub const EVENT_COPIES: &str = "event_copies";
