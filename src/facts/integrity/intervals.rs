//! Spans of time, asked about again and again: whether one of very many holds a moment, or meets another span.

use crate::base::steps;

/// Spans of time in microseconds, in the order of their starts.
#[derive(Debug, Default)]
pub(super) struct Intervals {
    /// Start of each, and the latest end of it and of all before it.
    spans: Vec<(i64, i64)>,
}

impl Intervals {
    /// These spans, `(start, end)`.
    pub(super) fn of(spans: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut spans: Vec<(i64, i64)> = spans.into_iter().collect();
        spans.sort_unstable();
        let mut latest = i64::MIN;
        for (_, end) in &mut spans {
            latest = latest.max(*end);
            *end = latest;
        }
        Self { spans }
    }

    /// The latest end of those that start before `moment`.
    fn latest_end(&self, moment: i64) -> Option<i64> {
        let before = self.spans.partition_point(|(start, _)| *start < moment);
        // A search by halves.
        steps::count(1 + self.spans.len().checked_ilog2().unwrap_or(0) as usize);
        before.checked_sub(1).and_then(|at| self.spans.get(at)).map(|(_, end)| *end)
    }

    /// Whether one of them starts at `from` or before and ends at `until` or after.
    pub(super) fn hold(&self, from: i64, until: i64) -> bool {
        self.latest_end(from.saturating_add(1)).is_some_and(|end| end >= until)
    }

    /// Whether one of them starts before `until` and ends at `from` or after.
    pub(super) fn meet(&self, from: i64, until: i64) -> bool {
        self.latest_end(until).is_some_and(|end| end >= from)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn answers_are_those_of_a_look_at_every_span(
            spans in proptest::collection::vec((-20_i64..20, -20_i64..20), 0..12), from in -25_i64..25, length in 0_i64..12,
        ) {
            let until = from + length;
            let intervals = Intervals::of(spans.iter().copied());
            prop_assert_eq!(intervals.hold(from, until), spans.iter().any(|(start, end)| *start <= from && *end >= until));
            prop_assert_eq!(intervals.meet(from, until), spans.iter().any(|(start, end)| *start < until && *end >= from));
        }
    }

    #[test]
    fn the_ends_of_time_are_moments_like_others() {
        let whole = Intervals::of([(i64::MIN, i64::MAX)]);
        assert!(whole.hold(i64::MIN, i64::MAX) && whole.meet(0, 1));
        assert!(!Intervals::default().hold(0, 0) && !Intervals::default().meet(0, 1));
    }
}
