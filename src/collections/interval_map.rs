//! Values of stretches of blocks: what a map by block says, at the cost of stretches and not of blocks.

use std::hash::{Hash, Hasher};
use std::ops::Range;

use super::SortedMap;
use super::sorted_map::Place;

/// A map from blocks to values. Blocks that were given their value together take the memory of one. Two maps are equal when
/// their stretches are.
///
/// Ranges are those of writes, whose bytes are counted in 32 bits: none has 2^32 blocks.
#[derive(Clone, Debug)]
pub struct IntervalMap<V> {
    /// By first block: how many blocks, and the value. Stretches do not overlap.
    stretches: SortedMap<u64, (u32, V)>,
    /// Stretches that [`IntervalMap::retain`] left.
    kept: usize,
}

impl<V> Default for IntervalMap<V> {
    fn default() -> Self {
        Self { stretches: SortedMap::default(), kept: 0 }
    }
}

impl<V: PartialEq> PartialEq for IntervalMap<V> {
    fn eq(&self, other: &Self) -> bool {
        self.stretches == other.stretches
    }
}

impl<V: Eq> Eq for IntervalMap<V> {}

impl<V: Hash> Hash for IntervalMap<V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.stretches.hash(state);
    }
}

/// How many blocks there are in a range.
fn blocks(range: &Range<u64>) -> u32 {
    let blocks = u32::try_from(range.end - range.start);
    debug_assert!(blocks.is_ok(), "longer than a write");
    blocks.unwrap_or(u32::MAX)
}

/// The range of a stretch.
fn range<V>((&start, &(blocks, _)): (&u64, &(u32, V))) -> Range<u64> {
    start..start + u64::from(blocks)
}

impl<V: Clone + PartialEq> IntervalMap<V> {
    /// Gives the blocks of `range` what `change` makes of the value that they have; it is called once per stretch of
    /// blocks that share one (or have none), in the order of blocks.
    pub fn change(&mut self, range: Range<u64>, mut change: impl FnMut(Range<u64>, Option<V>) -> Option<V>) {
        if range.is_empty() {
            return;
        }
        self.split(range.start);
        self.split(range.end);
        let within: Vec<Range<u64>> = self.within(range.clone()).map(|(stretch, _)| stretch).collect();
        let mut next = range.start;
        for Range { start, end } in within {
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

    /// Forgets the stretches within `range` that hold a value like this; those that reach beyond are cut.
    pub fn remove(&mut self, range: Range<u64>, gone: impl Fn(&V) -> bool) {
        self.change(range, |_, value| value.filter(|value| !gone(value)));
    }

    /// Forgets every stretch whose value is not to be kept.
    pub fn retain(&mut self, keep: impl Fn(&V) -> bool) {
        self.stretches.retain(|_, (_, value)| keep(value));
        self.kept = self.len();
    }

    /// Is it time to call [`IntervalMap::retain`] again? When more than twice as many stretches are held as it left, so that
    /// it looks at each a few times, however many come.
    pub fn has_outgrown(&self) -> bool {
        self.len() > 2 * self.kept + 32
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.stretches.clear();
        self.kept = 0;
    }

    /// The stretches within `range`, cut to it, in the order of blocks.
    pub fn within(&self, range: Range<u64>) -> impl Iterator<Item = (Range<u64>, &V)> {
        let place = self.stretches.place(&range.start);
        let mut next = self.stretches.before(place).unwrap_or(place);
        let stretches = std::iter::from_fn(move || {
            let stretch = self.stretches.at(next)?;
            next = self.stretches.after(next);
            let Range { start, end } = self::range(stretch);
            (start < range.end).then_some((start.max(range.start)..end.min(range.end), &stretch.1.1))
        });
        stretches.filter(|(range, _)| !range.is_empty())
    }

    /// The stretches and their values, in the order of blocks.
    pub fn iter(&self) -> impl Iterator<Item = (Range<u64>, &V)> {
        self.stretches.iter().map(|stretch| (range(stretch), &stretch.1.1))
    }

    /// The values, in the order of blocks.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.stretches.iter().map(|(_, (_, value))| value)
    }

    /// Stretches held.
    pub fn len(&self) -> usize {
        self.stretches.len()
    }

    /// Has no block a value?
    pub fn is_empty(&self) -> bool {
        self.stretches.is_empty()
    }

    /// Does the stretch before `place` reach beyond the block `at`?
    fn reaches_beyond(&self, place: Place, at: u64) -> bool {
        let before = self.stretches.before(place).and_then(|before| self.stretches.at(before));
        before.is_some_and(|before| range(before).end > at)
    }

    fn set(&mut self, range: Range<u64>, value: Option<V>) {
        if let Some(value) = value {
            self.stretches.insert(range.start, (blocks(&range), value));
            self.join(range.start);
        }
    }

    /// Makes one of two stretches that meet `at` a border and have the same value.
    fn join(&mut self, at: u64) {
        let place = self.stretches.place(&at);
        let Some((&start, (more, value))) = self.stretches.at(place) else { return };
        let Some(before) = self.stretches.before(place) else { return };
        let is_joined = |stretch: (&u64, &(u32, V))| range(stretch).end == at && stretch.1.1 == *value;
        if start == at && self.stretches.at(before).is_some_and(is_joined) {
            let more = *more;
            if let Some((blocks, _)) = self.stretches.at_mut(before)
                && let Some(sum) = blocks.checked_add(more)
            {
                *blocks = sum;
                self.stretches.remove_at(place);
            }
        }
    }

    /// Makes `at` a border between stretches.
    fn split(&mut self, at: u64) {
        let place = self.stretches.place(&at);
        if self.reaches_beyond(place, at)
            && let Some(before) = self.stretches.before(place)
            && let Some(end) = self.stretches.at(before).map(|stretch| range(stretch).end)
            && let Some((blocks, value)) = self.stretches.at_mut(before)
        {
            let (rest, value) = (self::blocks(&(at..end)), value.clone());
            *blocks -= rest;
            self.stretches.insert_at(place, at, (rest, value));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn by_block<V: Copy>(map: &IntervalMap<V>) -> BTreeMap<u64, V> {
        let by_block = |stretch: (&u64, &(u32, V))| {
            let value = stretch.1.1;
            range(stretch).map(move |block| (block, value))
        };
        map.stretches.iter().flat_map(by_block).collect()
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
                        let before: Vec<Option<u64>> = range.clone().map(|block| plain.insert(block, step)).collect();
                        let mut known = Vec::new();
                        map.change(range, |stretch, value| {
                            known.extend(stretch.map(|_| value));
                            Some(step)
                        });
                        prop_assert_eq!(known, before);
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

    /// Stretches that were cut apart and have one value again are one again, at both ends.
    #[test]
    fn neighbours_of_one_value_are_one_stretch() {
        let mut map = IntervalMap::default();
        map.change(0..10, |_, _| Some('a'));
        map.change(3..5, |_, _| Some('b'));
        assert_eq!(map.len(), 3);
        map.change(3..5, |_, _| Some('a'));
        assert_eq!(map.len(), 1);
        map.change(10..12, |_, _| Some('a'));
        map.change(20..22, |_, _| Some('a'));
        assert_eq!(map.len(), 2);
        assert_eq!(by_block(&map), (0..12).chain(20..22).map(|block| (block, 'a')).collect());
    }

    /// It is time to look at what is held when it is more than twice what was kept, and 32.
    #[test]
    fn what_is_held_is_looked_at_when_it_has_doubled() {
        let mut map = IntervalMap::default();
        let fill = |map: &mut IntervalMap<u64>, until: u64| {
            let put = |block| {
                map.change(2 * block..2 * block + 1, |_, _| Some(block));
                map.has_outgrown()
            };
            (0..until).map(put).collect::<Vec<_>>()
        };
        let outgrown = fill(&mut map, 40);
        assert_eq!(outgrown.iter().position(|&outgrown| outgrown), Some(32), "with the 33rd");
        assert!(outgrown[32..].iter().all(|&outgrown| outgrown));
        map.retain(|&block| block < 20);
        let outgrown = fill(&mut map, 80);
        assert_eq!(outgrown.iter().position(|&outgrown| outgrown), Some(72), "with the 73rd");
        map.clear();
        assert!(map.is_empty());
        assert_eq!(fill(&mut map, 40).iter().position(|&outgrown| outgrown), Some(32));
    }

    /// What was kept once is no part of what is held.
    #[test]
    fn maps_of_the_same_stretches_are_equal() {
        let of = |end| {
            let mut map = IntervalMap::default();
            map.change(0..end, |_, _| Some('a'));
            map
        };
        let hash = |map: &IntervalMap<char>| {
            let mut hasher = std::hash::DefaultHasher::new();
            map.hash(&mut hasher);
            hasher.finish()
        };
        let mut kept = of(4);
        kept.retain(|_| true);
        assert_eq!((&kept, hash(&kept)), (&of(4), hash(&of(4))));
        assert_ne!(kept, of(5));
        assert_ne!(hash(&kept), hash(&of(5)));
    }
}
