//! Values of stretches of blocks: what a map by block says, at the cost of stretches and not of blocks.

use std::collections::BTreeMap;
use std::ops::Range;

/// A map from blocks to values. Blocks that were given their value together take the memory of one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IntervalMap<V> {
    /// By first block: the block after the last, and the value. Stretches do not overlap.
    stretches: BTreeMap<u64, (u64, V)>,
}

impl<V> Default for IntervalMap<V> {
    fn default() -> Self {
        Self { stretches: BTreeMap::new() }
    }
}

impl<V: Clone + PartialEq> IntervalMap<V> {
    /// Gives the blocks of `range` what `change` makes of the value that they have; it is called once per stretch of
    /// blocks that share one (or have none), in the order of blocks.
    pub fn change(&mut self, range: Range<u64>, mut change: impl FnMut(Range<u64>, Option<V>) -> Option<V>) {
        if range.is_empty() {
            return;
        }
        // The common case: nothing lies here.
        if self.stretches.range(..range.end).next_back().is_none_or(|(_, &(end, _))| end <= range.start) {
            self.set(range.clone(), change(range.clone(), None));
            self.join(range.end);
            return;
        }
        self.split(range.start);
        self.split(range.end);
        let within: Vec<(u64, u64)> =
            self.stretches.range(range.clone()).map(|(&start, &(end, _))| (start, end)).collect();
        let mut next = range.start;
        for (start, end) in within {
            if next < start {
                self.set(next..start, change(next..start, None));
            }
            let value = self.stretches.remove(&start).map(|(_, value)| value);
            self.set(start..end, change(start..end, value));
            next = end;
        }
        if next < range.end {
            self.set(next..range.end, change(next..range.end, None));
        }
        self.join(range.end);
    }

    /// Gives all blocks of `range` one value; the values that they had before, a stretch each, in the order of blocks.
    pub fn replace(&mut self, range: Range<u64>, value: V) -> Vec<V> {
        if range.is_empty() {
            return Vec::new();
        }
        // The common case: exactly this stretch was given its value at once, or nothing lies near.
        if let Some((end, known)) = self.stretches.get_mut(&range.start)
            && *end == range.end
        {
            return vec![std::mem::replace(known, value)];
        }
        self.split(range.start);
        self.split(range.end);
        let within: Vec<u64> = self.stretches.range(range.clone()).map(|(&start, _)| start).collect();
        let before = within.iter().filter_map(|start| self.stretches.remove(start)).map(|(_, value)| value);
        let before = before.collect();
        self.stretches.insert(range.start, (range.end, value));
        before
    }

    /// Forgets the stretches within `range` that hold a value like this; those that reach beyond are cut.
    pub fn remove(&mut self, range: Range<u64>, gone: impl Fn(&V) -> bool) {
        // The common case again.
        if let Some((end, value)) = self.stretches.get(&range.start)
            && *end == range.end
        {
            if gone(value) {
                self.stretches.remove(&range.start);
            }
            return;
        }
        self.change(range, |_, value| value.filter(|value| !gone(value)));
    }

    /// Forgets every stretch whose value is not to be kept.
    pub fn retain(&mut self, keep: impl Fn(&V) -> bool) {
        self.stretches.retain(|_, (_, value)| keep(value));
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.stretches.clear();
    }

    /// The stretches within `range`, cut to it, in the order of blocks.
    pub fn within(&self, range: Range<u64>) -> impl Iterator<Item = (Range<u64>, &V)> {
        let before = self.stretches.range(..range.start).next_back();
        let stretches = before.into_iter().chain(self.stretches.range(range.clone()));
        let cut = stretches
            .map(move |(&start, (end, value))| (start.max(range.start)..(*end).min(range.end), value));
        cut.filter(|(range, _)| !range.is_empty())
    }

    /// The values, in the order of blocks.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.stretches.values().map(|(_, value)| value)
    }

    /// Stretches held.
    pub fn len(&self) -> usize {
        self.stretches.len()
    }

    /// Has no block a value?
    pub fn is_empty(&self) -> bool {
        self.stretches.is_empty()
    }

    fn set(&mut self, range: Range<u64>, value: Option<V>) {
        if let Some(value) = value {
            self.stretches.insert(range.start, (range.end, value));
            self.join(range.start);
        }
    }

    /// Makes one of two stretches that meet `at` a border and have the same value.
    fn join(&mut self, at: u64) {
        let Some((end, value)) = self.stretches.get(&at) else { return };
        let end = *end;
        if let Some((_, (border, before))) = self.stretches.range(..at).next_back()
            && *border == at
            && before == value
        {
            self.stretches.remove(&at);
            if let Some((_, (border, _))) = self.stretches.range_mut(..at).next_back() {
                *border = end;
            }
        }
    }

    /// Makes `at` a border between stretches.
    fn split(&mut self, at: u64) {
        if let Some((_, (end, value))) = self.stretches.range_mut(..at).next_back()
            && *end > at
        {
            let (rest, value) = (*end, value.clone());
            *end = at;
            self.stretches.insert(at, (rest, value));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_block<V: Copy>(map: &IntervalMap<V>) -> BTreeMap<u64, V> {
        let blocks =
            |(&start, &(end, value)): (&u64, &(u64, V))| (start..end).map(move |block| (block, value));
        map.stretches.iter().flat_map(blocks).collect()
    }

    proptest! {
        /// Behaves as a map by block, and holds at most two stretches more for each range that was given.
        #[test]
        fn is_a_map_by_block(script in prop::collection::vec((0..4_u8, 0..20_u64, 0..9_u64), 1..60)) {
            let (mut map, mut plain) = (IntervalMap::default(), BTreeMap::new());
            for (step, (what, start, length)) in (0_u64..).zip(script) {
                let range = start..start + length;
                match what {
                    0 => {
                        let before = map.replace(range.clone(), step);
                        let mut known: Vec<u64> =
                            range.clone().filter_map(|block| plain.insert(block, step)).collect();
                        known.dedup();
                        let mut distinct = before;
                        distinct.dedup();
                        prop_assert_eq!(distinct, known);
                    }
                    1 => {
                        map.remove(range.clone(), |value| value % 2 == 0);
                        plain.retain(|block, value| !range.contains(block) || *value % 2 != 0);
                    }
                    2 => {
                        let newer = |value: Option<u64>| value.filter(|value| value % 3 != 0).or(Some(step));
                        map.change(range.clone(), |_, value| newer(value));
                        for block in range {
                            let value = newer(plain.get(&block).copied());
                            plain.insert(block, value.unwrap());
                        }
                    }
                    _ => {
                        map.retain(|value| value % 5 != 0);
                        plain.retain(|_, value| *value % 5 != 0);
                    }
                }
                prop_assert_eq!(by_block(&map), plain.clone());
                let borders = by_block(&map).into_iter().fold((None, 0), |(before, borders), now| {
                    let joined = before.is_some_and(|(block, value)| (block + 1, value) == now);
                    (Some(now), borders + usize::from(!joined))
                });
                prop_assert!(map.len() <= borders.1 + 2 * (step as usize + 1));
                prop_assert_eq!(map.is_empty(), plain.is_empty());
            }
        }
    }
}
