//! What is needed to draw a topic besides its rows.

use std::collections::BTreeMap;

use crate::engagement::Period;
use crate::report::assemble::words;

/// What drawing a topic needs besides its rows.
pub struct Draw<'a> {
    /// The period, with its zone.
    pub period: &'a Period,
    /// Names of accounts by id.
    pub names: &'a BTreeMap<String, String>,
    /// Workpapers written, by path: title, rows.
    pub workpapers: &'a BTreeMap<String, (String, u64)>,
}

impl Draw<'_> {
    /// An account with its name, where it is known.
    pub fn account(&self, id: &str) -> String {
        words::account(id, self.names.get(id).map(String::as_str))
    }

    /// Path of the workpaper of a control, measure or extract, if one was written.
    pub fn workpaper(&self, id: &str) -> Option<String> {
        words::workpaper(id, self.workpapers)
    }

    /// A time in the engagement's zone.
    pub fn moment(&self, micros: i64) -> String {
        words::moment(micros, &self.period.zone)
    }
}
