//! Risks that management accepts: waivers of the engagement and the exceptions that they cover.

use std::collections::BTreeMap;

use crate::engagement::{Engagement, Waiver};
use crate::evaluate::ExceptionRow;

/// Which waiver covers which exception.
pub struct Accepted<'e> {
    /// By control: the first waiver of each resource, and of all resources, by its place in the engagement.
    by_control: BTreeMap<&'e str, BTreeMap<Option<&'e str>, (usize, &'e Waiver)>>,
}

impl<'e> Accepted<'e> {
    /// The waivers that still hold at a date (`YYYY-MM-DD`): one that ran out before it covers nothing.
    pub fn at(engagement: &'e Engagement, as_of: &str) -> Self {
        let mut by_control: BTreeMap<&str, BTreeMap<Option<&str>, (usize, &Waiver)>> = BTreeMap::new();
        for (at, waiver) in engagement.waiver.iter().enumerate().filter(|(_, waiver)| holds(waiver, as_of)) {
            by_control.entry(&waiver.control).or_default().entry(waiver.resource.as_deref()).or_insert((at, waiver));
        }
        Self { by_control }
    }

    /// The waiver that covers an exception: of those that name its resource, its name or all, the first in the engagement.
    pub fn of(&self, control: &str, row: &ExceptionRow) -> Option<&'e Waiver> {
        let named = self.by_control.get(control)?;
        let covering = [None, Some(row.resource.as_str()), Some(row.name.as_str())].into_iter().filter_map(|name| named.get(&name));
        covering.min_by_key(|(at, _)| *at).map(|(_, waiver)| *waiver)
    }
}

/// Whether a waiver holds on a date.
pub fn holds(waiver: &Waiver, as_of: &str) -> bool {
    waiver.until.as_deref().is_none_or(|until| until >= as_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_waiver_that_covers_an_exception_counts() {
        let waiver = |resource: Option<&str>, until: Option<&str>, reason: &str| Waiver {
            control: "c".to_owned(),
            resource: resource.map(str::to_owned),
            reason: reason.to_owned(),
            until: until.map(str::to_owned),
            approved_by: String::new(),
        };
        let waivers = vec![waiver(Some("a"), Some("2024-01-01"), "ran out"), waiver(Some("a"), None, "named"), waiver(None, None, "all")];
        let engagement = Engagement { waiver: waivers, ..Engagement::default() };
        let accepted = Accepted::at(&engagement, "2024-06-30");
        let reason = |control: &str, resource: &str| {
            let row = ExceptionRow { resource: resource.to_owned(), ..ExceptionRow::default() };
            accepted.of(control, &row).map(|waiver| waiver.reason.clone())
        };
        assert_eq!(reason("c", "a").as_deref(), Some("named"));
        assert_eq!(reason("c", "b").as_deref(), Some("all"));
        assert_eq!(reason("d", "a"), None);
    }
}
