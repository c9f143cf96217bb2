//! What the versions of one resource come to, in the order of time.

use super::items::{Item, Validity};

/// What is known of a resource at a time.
#[derive(Debug, PartialEq, Eq)]
pub enum Then<'t, T> {
    /// It is this.
    Is(&'t T),
    /// It is not there.
    Absent,
    /// Nothing shows it.
    Unknown,
}

/// What the versions of one resource come to, in the order of time.
#[derive(Debug)]
pub struct Timeline<T> {
    /// When each stood, whether the resource may have been there before, and what it comes to.
    pub(super) versions: Vec<(Validity, bool, T)>,
}

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self { versions: Vec::new() }
    }
}

impl<T> Timeline<T> {
    /// Adds a version. Items of several Regions may say the same of a global resource.
    pub fn push(&mut self, item: &Item, what: T) {
        let place = self.versions.partition_point(|(span, ..)| span.from <= item.span.from);
        self.versions.insert(place, (item.span, item.earlier_unknown, what));
    }

    /// When it changes.
    pub fn changes(&self) -> impl Iterator<Item = i64> {
        self.versions.iter().flat_map(|(span, ..)| [span.from, span.to]).flatten()
    }

    /// What it is at a time; `None` is before all times that are stated.
    pub fn at(&self, time: Option<i64>) -> Then<'_, T> {
        let begun = self.versions.partition_point(|(span, ..)| span.from <= time);
        let (before, after) = self.versions.split_at(begun);
        let is_in = |span: &Validity| span.to.is_none_or(|to| time.is_none_or(|time| time < to));
        // It was not there before a version that begins it, and not after one that a deletion ended.
        match (before.iter().rev().find(|(span, ..)| is_in(span)), after.first()) {
            (Some((_, _, what)), _) => Then::Is(what),
            (None, Some((_, true, _))) => Then::Unknown,
            (None, None) if before.is_empty() => Then::Unknown,
            (None, _) => Then::Absent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::items::Validity;

    fn item(from: Option<i64>, to: Option<i64>, earlier_unknown: bool) -> Item {
        Item { span: Validity { from, to }, earlier_unknown, ..Item::default() }
    }

    #[test]
    fn a_timeline_distinguishes_what_was_absent_from_what_nothing_shows() {
        let mut line = Timeline::default();
        assert_eq!(line.at(Some(1)), Then::Unknown);
        line.push(&item(Some(10), Some(20), false), "first");
        line.push(&item(Some(20), Some(30), false), "second");
        line.push(&item(Some(40), None, false), "third");
        let at = [None, Some(9), Some(10), Some(19), Some(20), Some(30), Some(39), Some(99)].map(|time| line.at(time));
        use Then::{Absent, Is};
        assert_eq!(at, [Absent, Absent, Is(&"first"), Is(&"first"), Is(&"second"), Absent, Absent, Is(&"third")]);
        let mut line = Timeline::default();
        line.push(&item(Some(10), None, true), ());
        assert_eq!((line.at(Some(9)), line.at(Some(10))), (Then::Unknown, Is(&())));
        line.push(&item(Some(50), None, true), ());
        assert_eq!(line.at(Some(49)), Is(&()), "an end that is not stated");
        let mut line = Timeline::default();
        line.push(&item(Some(10), Some(20), false), ());
        line.push(&item(Some(40), None, true), ());
        assert_eq!((line.at(Some(9)), line.at(Some(30))), (Absent, Then::Unknown), "recording had stopped");
        let mut line = Timeline::default();
        line.push(&item(Some(20), Some(30), false), "of one Region");
        line.push(&item(Some(10), None, false), "of another");
        assert_eq!((line.at(Some(25)), line.at(Some(35))), (Is(&"of one Region"), Is(&"of another")));
        let mut line = Timeline::default();
        line.push(&item(None, None, true), ());
        assert_eq!((line.at(None), line.at(Some(10))), (Is(&()), Is(&())), "a version without a time counts as before all others");
    }
}
