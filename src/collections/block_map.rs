//! Numbers by block of several units, where ranges are mostly short: found by hashing, not by a search.
//!
//! A map of stretches in order ([`IntervalMap`]) reads five or six places to find one, and moves others to put it in. Here each
//! unit is cut into granules, and the stretches of a granule lie together, in a table with open addressing.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use super::IntervalMap;

/// Blocks to a granule, as a power of two: 32 KiB, more than most writes have. No stretch lies in two.
const GRANULE: u32 = 6;
/// A range that lies in more granules is not cut into them: all is held in order from then on.
const MANY: u64 = 8;

/// A map from unit and block to a number. Blocks that were given theirs together take the memory of a few. Two maps are equal
/// when each block has the same number in both.
#[derive(Clone, Debug, Default)]
pub struct BlockMap {
    /// A row stands in the bucket of its granule; if that is full, in the next that is not.
    buckets: Vec<Bucket>,
    held: usize,
    /// By unit, once there was a range of too many granules.
    in_order: Option<BTreeMap<u32, IntervalMap<u32>>>,
}

/// Rows to a bucket, which fills a line of the processor's cache.
const ROWS: usize = 4;
/// The share of all rows that may be held: fewer would take memory, more would often not find room in their bucket.
const FULL: (usize, usize) = (5, 8);

/// Odd, and of 2^64 fractions that are far from simple ones, by themselves and together: 1 / 1.618..., the golden section, and
/// 1 / 1.2207..., the root of x^4 = x + 1 (Roberts 2018, "The unreasonable effectiveness of quasirandom sequences").
const FACTORS: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xD1B5_4A32_D192_ED03];

/// Some rows, the free ones last.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Bucket([Row; ROWS]);

/// A stretch and its number, or nothing.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// Its first block, and in the highest bits how many come after that.
    blocks: u64,
    /// [`FREE`] where there is nothing.
    unit: u32,
    value: u32,
}

/// No unit.
const FREE: u32 = u32::MAX;
/// Bits of a row's first block.
const START: u32 = u64::BITS - GRANULE;

impl Row {
    const FREE: Self = Self { blocks: 0, unit: FREE, value: 0 };

    fn new(unit: u32, blocks: &Range<u64>, value: u32) -> Self {
        Self { blocks: blocks.start | (blocks.end - blocks.start - 1) << START, unit, value }
    }

    #[inline]
    fn range(self) -> Range<u64> {
        let start = self.blocks & ((1 << START) - 1);
        start..start + (self.blocks >> START) + 1
    }
}

impl Bucket {
    const FREE: Self = Self([Row::FREE; ROWS]);

    fn is_full(&self) -> bool {
        self.0[ROWS - 1].unit != FREE
    }

    fn rows(&self) -> impl Iterator<Item = Row> + use<> {
        self.0.into_iter().filter(|row| row.unit != FREE)
    }

    /// The first row that is free.
    #[inline]
    fn free(&mut self) -> Option<&mut Row> {
        self.0.iter_mut().find(|row| row.unit == FREE)
    }

    /// Which row has one of these blocks of a unit, which lie in one granule, and such a number. Which of the rows are of this
    /// granule is found without a branch: where one stands is as good as random.
    #[inline]
    fn find(&self, unit: u32, blocks: &Range<u64>, is_such: impl Fn(u32) -> bool) -> Option<usize> {
        let mut of_granule = 0_u32;
        for (index, row) in self.0.iter().enumerate() {
            let is_of_granule = (row.blocks ^ blocks.start) << GRANULE < 1 << (2 * GRANULE);
            of_granule |= u32::from(is_of_granule) << index;
        }
        while of_granule != 0 {
            let index = of_granule.trailing_zeros() as usize;
            let row = self.0[index];
            let Range { start, end } = row.range();
            if row.unit == unit && start < blocks.end && blocks.start < end && is_such(row.value) {
                return Some(index);
            }
            of_granule &= of_granule - 1;
        }
        None
    }
}

/// The parts of a range that lie in one granule each.
fn pieces(range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let mut next = range.start;
    std::iter::from_fn(move || {
        let start = next;
        next = range.end.min(((start >> GRANULE) + 1) << GRANULE);
        (start < range.end).then_some(start..next)
    })
}

impl BlockMap {
    /// Gives all blocks of `range` one number, and says those that they had before: in no order, and some perhaps more than
    /// once. (There is no unit of the greatest number.)
    pub fn replace(&mut self, unit: u32, range: Range<u64>, value: u32) -> Vec<u32> {
        let mut before = Vec::new();
        if let Some(in_order) = self.in_order(&range) {
            in_order.entry(unit).or_default().change(range, |_, known| {
                before.extend(known);
                Some(value)
            });
            return before;
        }
        for piece in pieces(range) {
            while let Some((_, known)) = self.take(unit, &piece, |_| true) {
                before.push(known);
            }
            self.put_in(unit, &piece, Some(value));
        }
        before
    }

    /// Gives the blocks of `range` what `change` makes of the number that they have; it is called once or more for those that
    /// share one, or have none.
    pub fn change(
        &mut self,
        unit: u32,
        range: Range<u64>,
        mut change: impl FnMut(Option<u32>) -> Option<u32>,
    ) {
        if let Some(in_order) = self.in_order(&range) {
            in_order.entry(unit).or_default().change(range, |_, known| change(known));
            return;
        }
        for piece in pieces(range) {
            let mut next = piece.start;
            // Mostly none, or one that is all of it.
            let mut taken: Vec<(Range<u64>, u32)> = Vec::new();
            while let Some(part) = self.take(unit, &piece, |_| true) {
                if part.0 == piece {
                    self.put_in(unit, &piece, change(Some(part.1)));
                    next = piece.end;
                    break;
                }
                taken.push(part);
            }
            taken.sort_unstable_by_key(|(part, _)| part.start);
            for (part, known) in taken {
                self.put_in(unit, &(next..part.start), change(None));
                self.put_in(unit, &part, change(Some(known)));
                next = part.end;
            }
            self.put_in(unit, &(next..piece.end), change(None));
        }
    }

    /// The blocks of `range` that have this number have none any more.
    pub fn remove(&mut self, unit: u32, range: Range<u64>, value: u32) {
        if let Some(in_order) = self.in_order(&range) {
            if let Some(stretches) = in_order.get_mut(&unit) {
                stretches.remove(range, |&known| known == value);
            }
            return;
        }
        for piece in pieces(range) {
            while let Some((part, _)) = self.take(unit, &piece, |known| known == value)
                && part != piece
            {}
        }
    }

    /// Has one of these blocks a number?
    pub fn meets(&self, unit: u32, range: Range<u64>) -> bool {
        match &self.in_order {
            Some(in_order) => in_order.get(&unit).is_some_and(|held| held.within(range).next().is_some()),
            None => pieces(range).any(|piece| self.find(unit, &piece, |_| true).is_some()),
        }
    }

    /// Forgets everything, and keeps the memory.
    pub fn clear(&mut self) {
        if self.held > 0 {
            self.buckets.fill(Bucket::FREE);
            self.held = 0;
        }
        self.in_order.iter_mut().for_each(BTreeMap::clear);
    }

    /// All there is, by unit and block: where neighbours have one number, they are one.
    fn stretches(&self) -> Vec<(u32, Range<u64>, u32)> {
        let held = self.buckets.iter().flat_map(Bucket::rows);
        let mut all: Vec<_> = held.map(|row| (row.unit, row.range(), row.value)).collect();
        all.sort_unstable_by_key(|&(unit, Range { start, .. }, _)| (unit, start));
        for (&unit, stretches) in self.in_order.iter().flatten() {
            all.extend(stretches.iter().map(|(range, &value)| (unit, range, value)));
        }
        all.dedup_by(|(unit, range, value), before| {
            let is_joined = (before.0, before.1.end, before.2) == (*unit, range.start, *value);
            if is_joined {
                before.1.end = range.end;
            }
            is_joined
        });
        all
    }

    /// What is held, where it is held in order: from the first range on that has too many granules, or too great a block.
    #[inline]
    fn in_order(&mut self, range: &Range<u64>) -> Option<&mut BTreeMap<u32, IntervalMap<u32>>> {
        let last = range.end.max(range.start + 1) - 1;
        let is_short = (last >> GRANULE) - (range.start >> GRANULE) < MANY && range.end <= 1 << START;
        if is_short && self.in_order.is_none() { None } else { Some(self.put_in_order()) }
    }

    #[cold]
    fn put_in_order(&mut self) -> &mut BTreeMap<u32, IntervalMap<u32>> {
        let held = if self.in_order.is_none() { self.stretches() } else { Vec::new() };
        (self.buckets, self.held) = (Vec::new(), 0);
        let in_order = self.in_order.get_or_insert_default();
        for (unit, range, value) in held {
            in_order.entry(unit).or_default().change(range, |_, _| Some(value));
        }
        in_order
    }

    /// Takes those of the blocks, which lie in one granule, out that have one such number: a stretch of them, and the number.
    #[inline]
    fn take(
        &mut self,
        unit: u32,
        blocks: &Range<u64>,
        is_such: impl Fn(u32) -> bool,
    ) -> Option<(Range<u64>, u32)> {
        let (bucket, row) = self.find(unit, blocks, is_such)?;
        let row = self.remove_at(bucket, row);
        let Range { start, end } = row.range();
        for rest in [start..blocks.start, blocks.end..end] {
            self.put_in(unit, &rest, Some(row.value));
        }
        Some((start.max(blocks.start)..end.min(blocks.end), row.value))
    }

    /// Gives blocks that lie in one granule, and have no number, this one.
    #[inline]
    fn put_in(&mut self, unit: u32, blocks: &Range<u64>, value: Option<u32>) {
        if let Some(value) = value
            && !blocks.is_empty()
        {
            self.insert(Row::new(unit, blocks, value));
        }
    }

    /// The bucket of a granule.
    #[inline]
    fn home(&self, unit: u32, block: u64) -> usize {
        // Knuth's multiplicative hash, of unit and granule by factors of their own. Its upper half is taken as a fraction of all
        // buckets.
        let (of_granule, of_unit) = (block >> GRANULE, u64::from(unit));
        let hash = of_granule.wrapping_mul(FACTORS[0]).wrapping_add(of_unit.wrapping_mul(FACTORS[1])) >> 32;
        ((hash * self.buckets.len() as u64) >> 32) as usize
    }

    #[inline]
    fn after(&self, bucket: usize) -> usize {
        if bucket + 1 < self.buckets.len() { bucket + 1 } else { 0 }
    }

    /// Where a stretch stands that has one of these blocks, which lie in one granule, and such a number.
    #[inline]
    fn find(&self, unit: u32, blocks: &Range<u64>, is_such: impl Fn(u32) -> bool) -> Option<(usize, usize)> {
        let mut at = self.home(unit, blocks.start);
        loop {
            let bucket = self.buckets.get(at)?;
            match bucket.find(unit, blocks, &is_such) {
                Some(row) => return Some((at, row)),
                None if bucket.is_full() => at = self.after(at),
                None => return None,
            }
        }
    }

    #[inline]
    fn insert(&mut self, row: Row) {
        self.held += 1;
        if FULL.1 * self.held > FULL.0 * ROWS * self.buckets.len() {
            self.grow();
        }
        self.put(row);
    }

    /// Half as many buckets more.
    #[cold]
    fn grow(&mut self) {
        let buckets = vec![Bucket::FREE; (self.buckets.len() * 3 / 2).max(2)];
        let held = std::mem::replace(&mut self.buckets, buckets);
        held.iter().flat_map(Bucket::rows).for_each(|row| self.put(row));
    }

    /// Puts a row in, of which there is room.
    #[inline]
    fn put(&mut self, row: Row) {
        let mut at = self.home(row.unit, row.range().start);
        while let Some(bucket) = self.buckets.get_mut(at) {
            if let Some(free) = bucket.free() {
                *free = row;
                return;
            }
            at = self.after(at);
        }
    }

    /// Takes a row out of a bucket.
    #[inline]
    fn remove_at(&mut self, at: usize, row: usize) -> Row {
        self.held -= 1;
        let bucket = &mut self.buckets[at];
        let was_full = bucket.is_full();
        let removed = bucket.0[row];
        // The last that is held takes its place.
        let last = bucket.0.iter().rposition(|row| row.unit != FREE).unwrap_or(row);
        bucket.0[row] = bucket.0[last];
        bucket.0[last] = Row::FREE;
        if was_full {
            self.fill(at);
        }
        removed
    }

    /// A bucket is full no more: what stands behind it only because it was comes back (Knuth 1998, "The Art of Computer
    /// Programming", volume 3, section 6.4, algorithm R, of buckets).
    fn fill(&mut self, at: usize) {
        let all = self.buckets.len();
        let from = |bucket: usize, to: usize| if bucket <= to { to - bucket } else { to + all - bucket };
        let (mut gap, mut next) = (at, self.after(at));
        while next != at {
            let is_full = self.buckets[next].is_full();
            let came_past = |row: &Row| {
                let home = self.home(row.unit, row.range().start);
                from(home, next) >= from(gap, next)
            };
            if let Some(row) = self.buckets[next].rows().position(|row| came_past(&row)) {
                let moved = self.buckets[next].0[row];
                let rows = &mut self.buckets[next].0;
                rows.copy_within(row + 1.., row);
                rows[ROWS - 1] = Row::FREE;
                self.buckets[gap].0[ROWS - 1] = moved;
                gap = next;
            }
            if !is_full {
                return;
            }
            next = self.after(next);
        }
    }
}

impl PartialEq for BlockMap {
    fn eq(&self, other: &Self) -> bool {
        self.stretches() == other.stretches()
    }
}

impl Eq for BlockMap {}

impl Hash for BlockMap {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.stretches().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    type Plain = BTreeMap<(u32, u64), u32>;

    /// The map that a plain one says, filled block by block.
    fn of(plain: &Plain) -> BlockMap {
        let mut map = BlockMap::default();
        for (&(unit, block), &value) in plain {
            map.replace(unit, block..block + 1, value);
        }
        map
    }

    fn hash(map: &BlockMap) -> u64 {
        let mut hasher = std::hash::DefaultHasher::new();
        map.hash(&mut hasher);
        hasher.finish()
    }

    proptest! {
        /// As a map by block, at borders of granules too, and from some step on with a range of many granules.
        #[test]
        fn is_a_map_by_unit_and_block(
            script in prop::collection::vec((0..6_u8, 0..3_u32, 0..200_u64, 0..90_u64), 1..80),
            long in 0..200_usize,
        ) {
            let (mut map, mut plain, mut was_long) = (BlockMap::default(), Plain::new(), false);
            for (step, (what, unit, start, length)) in script.into_iter().enumerate() {
                let is_cleared = what == 3 && start == 0;
                let length = if step == long { (MANY + 2) << GRANULE } else { length };
                was_long |= step == long && !is_cleared;
                let (range, value) = (start..start + length, step as u32 / 3);
                let of = |&(at, block): &(u32, u64)| at == unit && (start..start + length).contains(&block);
                prop_assert_eq!(map.meets(unit, range.clone()), plain.keys().any(of));
                match what {
                    0 => {
                        map.remove(unit, range, value);
                        plain.retain(|at, known| !of(at) || *known != value);
                    }
                    1 | 2 => {
                        let more = |known: Option<u32>| match known {
                            None => (what == 1).then_some(7),
                            Some(known) => known.checked_sub(1),
                        };
                        map.change(unit, range.clone(), more);
                        for at in range.map(|block| (unit, block)) {
                            match more(plain.remove(&at)) {
                                Some(value) => plain.insert(at, value),
                                None => None,
                            };
                        }
                    }
                    _ if is_cleared => {
                        map.clear();
                        plain.clear();
                    }
                    _ => {
                        let blocks = range.clone().map(|block| (unit, block));
                        let before: BTreeSet<u32> = blocks.filter_map(|at| plain.insert(at, value)).collect();
                        prop_assert_eq!(BTreeSet::from_iter(map.replace(unit, range, value)), before);
                    }
                }
                let all: Plain = map.stretches().into_iter()
                    .flat_map(|(unit, range, value)| range.map(move |block| ((unit, block), value)))
                    .collect();
                prop_assert_eq!(&all, &plain);
                prop_assert_eq!(map.in_order.is_some(), was_long);
                prop_assert_eq!(map.held, map.buckets.iter().flat_map(Bucket::rows).count());
            }
            let same = of(&plain);
            prop_assert_eq!((&map, hash(&map)), (&same, hash(&same)));
            plain.insert((7, 7), 7);
            prop_assert!(map != of(&plain) && hash(&map) != hash(&of(&plain)));
        }
    }

    /// Rows are used again, so that the table is as long as what is held at once, and the last blocks that there are have rows.
    #[test]
    fn it_is_as_long_as_what_is_held() {
        let mut map = BlockMap::default();
        let first = |write: u64| (write * 8_191) % 100_000;
        for write in 0..10_000_u64 {
            map.replace(0, first(write)..first(write) + 8, write as u32);
            if let Some(old) = write.checked_sub(40) {
                map.remove(0, first(old)..first(old) + 8, old as u32);
            }
        }
        assert!((40..=80).contains(&map.held) && map.buckets.len() <= 64, "{map:?}");
        let last = (1 << START) - 8..1 << START;
        assert!(map.replace(0, last.clone(), 1).is_empty());
        assert_eq!(map.replace(0, last, 2), [1]);
        assert!(map.in_order.is_none());
        assert!(map.replace(0, 8 << GRANULE..16 << GRANULE, 3).is_empty() && map.in_order.is_none());
        assert!(map.replace(0, u64::MAX - 8..u64::MAX, 4).is_empty());
        assert!(map.in_order.is_some() && map.buckets.is_empty());
    }

    /// Granules in a row, and those of many units, are spread over the buckets: few are full, and so few rows are looked for
    /// in more than one.
    #[test]
    fn granules_are_spread_over_the_buckets() {
        for of in [|n: u64| (0, n << GRANULE), |n: u64| (n as u32, 0), |n: u64| (n as u32 % 16, n << GRANULE)]
        {
            let mut map = BlockMap::default();
            for (unit, block) in (0..500).map(of) {
                map.replace(unit, block..block + 8, 1);
            }
            let full = map.buckets.iter().filter(|bucket| bucket.is_full()).count();
            assert!(3 * full < map.buckets.len(), "{full} of {} are full", map.buckets.len());
        }
    }

    /// A row that stands at the begin of the table because the end is full is found when a row before it leaves.
    #[test]
    fn what_went_past_the_end_is_found() {
        let empty = BlockMap { buckets: vec![Bucket::FREE; 6], ..BlockMap::default() };
        let of_home = |home| {
            let blocks = (0..100).map(|granule: u64| granule << GRANULE);
            blocks.filter(|&block| empty.home(0, block) == home).collect::<Vec<_>>()
        };
        let blocks = [&of_home(4)[..4], &of_home(5)[..5]].concat();
        for gone in 0..blocks.len() {
            let mut map = empty.clone();
            for &block in &blocks {
                map.replace(0, block..block + 8, 1);
            }
            assert_eq!(
                map.buckets.iter().map(|bucket| bucket.rows().count()).collect::<Vec<_>>(),
                [1, 0, 0, 0, 4, 4]
            );
            map.remove(0, blocks[gone]..blocks[gone] + 8, 1);
            for (index, &block) in blocks.iter().enumerate() {
                assert_eq!(
                    map.meets(0, block..block + 8),
                    index != gone,
                    "{index} of {blocks:?} after {gone} left"
                );
            }
        }
    }

    /// No block has no number, wherever it lies.
    #[test]
    fn an_empty_range_changes_nothing() {
        let mut map = BlockMap::default();
        for block in [0, 1, 1 << GRANULE] {
            assert!(map.replace(0, block..block, 1).is_empty() && !map.meets(0, block..block));
        }
        assert_eq!(map, BlockMap::default());
    }

    /// A range of eight granules is cut into them, one of nine is not.
    #[test]
    fn what_has_too_many_granules_is_held_in_order() {
        let mut map = BlockMap::default();
        for (range, is_in_order) in [(0..8 << GRANULE, false), (1..8 << GRANULE | 1, true)] {
            assert_eq!(range.clone().count(), 8 << GRANULE);
            map.replace(0, range, 1);
            assert_eq!(map.in_order.is_some(), is_in_order);
        }
    }
}
