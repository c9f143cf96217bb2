//! The union of many address intervals while intervals come and go: a segment tree over their ends.
//!
//! A sweep over ports adds and removes the ranges of a rule at the ends of its port interval and asks, between two ends, how
//! many public addresses are covered. Each step costs the logarithm of the number of ranges, so a thousand rules with lists
//! of a thousand entries stay cheap. Each interval that is removed was added before; the sweep sees to that.

use super::ranges::{Addresses, Family, Interval};

/// Counts, per elementary stretch of addresses, how many active intervals cover it.
pub(super) struct Cover {
    /// Starts of the elementary stretches, ascending. The last entry ends the last stretch.
    ends: Vec<u128>,
    /// Leaves, a power of two.
    size: usize,
    /// Active intervals that cover the node's whole stretch and not its parent's.
    active: Vec<u32>,
    /// Public addresses in the node's stretch.
    whole: Vec<u128>,
    /// Public addresses covered in the node's stretch.
    covered: Vec<u128>,
}

impl Cover {
    /// A cover for intervals with ends among those given. Nothing is covered yet.
    pub(super) fn new(family: Family, intervals: impl IntoIterator<Item = Interval>) -> Self {
        // The end of a stretch is the address after its last. Nothing public lies at the last address of either family, so a
        // saturated end loses nothing.
        let mut ends: Vec<u128> = intervals.into_iter().flat_map(|(low, high)| [low, high.saturating_add(1)]).collect();
        ends.sort_unstable();
        ends.dedup();
        let stretches = ends.len().saturating_sub(1);
        let size = stretches.next_power_of_two();
        let mut whole = vec![0; 2 * size];
        for (leaf, pair) in ends.windows(2).enumerate() {
            if let [low, next] = pair {
                whole[size + leaf] = Addresses::new(family, [(*low, next - 1)]).public_count();
            }
        }
        for node in (1..size).rev() {
            whole[node] = whole[2 * node] + whole[2 * node + 1];
        }
        Cover { ends, size, active: vec![0; 2 * size], covered: vec![0; 2 * size], whole }
    }

    /// Public addresses that active intervals cover.
    pub(super) fn public(&self) -> u128 {
        self.covered.get(1).copied().unwrap_or(0)
    }

    /// Makes an interval active.
    pub(super) fn add(&mut self, interval: Interval) {
        self.change(interval, true);
    }

    /// Takes back an interval that is active.
    pub(super) fn remove(&mut self, interval: Interval) {
        self.change(interval, false);
    }

    fn change(&mut self, (low, high): Interval, add: bool) {
        let place = |end: u128| self.ends.partition_point(|&start| start < end);
        let (from, to) = (place(low), place(high.saturating_add(1)));
        // Bottom-up walk over the nodes that together make up [from, to).
        let (mut left, mut right) = (from + self.size, to + self.size);
        while left < right {
            if left & 1 == 1 {
                self.mark(left, add);
                left += 1;
            }
            if right & 1 == 1 {
                right -= 1;
                self.mark(right, add);
            }
            left >>= 1;
            right >>= 1;
        }
        for edge in [from + self.size, (to + self.size).saturating_sub(1)] {
            let mut node = edge >> 1;
            while node >= 1 {
                self.refresh(node);
                node >>= 1;
            }
        }
    }

    fn mark(&mut self, node: usize, add: bool) {
        self.active[node] = if add { self.active[node] + 1 } else { self.active[node].saturating_sub(1) };
        self.refresh(node);
    }

    fn refresh(&mut self, node: usize) {
        self.covered[node] = if self.active[node] > 0 {
            self.whole[node]
        } else if node >= self.size {
            0
        } else {
            self.covered[2 * node] + self.covered[2 * node + 1]
        };
    }
}
