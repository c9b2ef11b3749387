//! A monotone priority queue: nothing is ever put in below what was last taken out, as in a simulation.
//!
//! Radix heap (Ahuja, Mehlhorn, Orlin, Tarjan, "Faster algorithms for the shortest path problem", J. ACM 37, 1990), by digits
//! of several bits: a bucket holds the entries whose time has a certain digit at a certain level, and differs from a base time
//! in no digit above. An entry only ever moves to a lower level, in practice once or twice, whatever the number of entries.
//! Moves go through memory in order, where a heap jumps. What is nearest is kept sorted: a bucket of few entries is sorted at once instead of
//! being spread further (as the bottom of a ladder queue: Tang, Goh, Thng 2005). What it does not do: look at events,
//! or take a time below the last one.

use std::collections::VecDeque;

/// An event and its key: time in the upper 64 bits, order among ties in the lower, so that one comparison decides.
#[derive(Clone, Copy, Debug)]
pub struct Entry<E> {
    /// Time and order among ties.
    pub key: u128,
    /// What happens.
    pub event: E,
}

impl<E> Entry<E> {
    #[inline]
    const fn time(&self) -> u64 {
        (self.key >> 64) as u64
    }
}

/// After every key: all ones are the key of no event, since fewer than 2^64 are ever scheduled.
pub const NEVER: u128 = u128::MAX;

/// Bits of a digit of a time.
const DIGIT: u32 = 4;
/// Values of a digit.
const DIGITS: usize = 1 << DIGIT;
/// Digits of a time.
const LEVELS: usize = u64::BITS.div_ceil(DIGIT) as usize;

/// A bucket of as many entries is sorted rather than spread.
const FEW: usize = 48;
/// As many entries are no longer kept sorted, unless they are due at one instant.
const MANY: usize = 192;

/// Entries whose time differs from a base first in a certain digit.
#[derive(Clone, Debug)]
struct Level<E> {
    /// By that digit.
    buckets: [Vec<Entry<E>>; DIGITS],
    /// Bit n says that bucket n is not empty.
    filled: u32,
    /// Memory of buckets that were emptied, for those to come: a bucket is filled seldom, and each in its turn.
    spare: Vec<Vec<Entry<E>>>,
}

impl<E> Level<E> {
    const fn new() -> Self {
        Self { buckets: [const { Vec::new() }; DIGITS], filled: 0, spare: Vec::new() }
    }

    /// The bucket of the least digit, if any is filled.
    fn first(&self) -> &Vec<Entry<E>> {
        &self.buckets[self.filled.trailing_zeros() as usize % DIGITS]
    }
}

/// Entries by key, the least first.
#[derive(Clone, Debug)]
pub struct RadixHeap<E> {
    /// All entries up to the time `limit`, sorted.
    near: VecDeque<Entry<E>>,
    /// The others, by the highest digit in which their time differs from `base`.
    levels: Vec<Level<E>>,
    /// Bit n says that level n is not empty.
    filled: u32,
    /// Not after the time last taken, nor after `limit`; all digits in which they differ are below the lowest level that is
    /// filled.
    base: u64,
    limit: u64,
    /// The time last taken.
    last: u64,
    /// The least key, [`NEVER`] where there is none. Known without moving anything: an event that is not taken yet
    /// may be preceded by one that is put in later.
    least: u128,
    len: usize,
    /// Has anything come near since it was asked for?
    came_near: bool,
}

impl<E: Copy> Default for RadixHeap<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Copy> RadixHeap<E> {
    /// Nothing in it; times from 0.
    pub fn new() -> Self {
        Self {
            near: VecDeque::new(),
            levels: (0..LEVELS).map(|_| Level::new()).collect(),
            filled: 0,
            base: 0,
            limit: 0,
            last: 0,
            least: NEVER,
            len: 0,
            came_near: false,
        }
    }

    /// Entries in it.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Is there none?
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The least key, [`NEVER`] where there is none.
    #[inline]
    pub const fn least(&self) -> u128 {
        self.least
    }

    /// What has come near at once, if it has not been told before.
    #[inline]
    pub fn come_near(&mut self) -> Option<impl Iterator<Item = &E>> {
        std::mem::take(&mut self.came_near).then(|| self.near.iter().map(|entry| &entry.event))
    }

    /// Puts an entry in; its time is not below that of the entry last taken.
    #[inline]
    pub fn push(&mut self, entry: Entry<E>) {
        debug_assert!(entry.time() >= self.last, "time runs forward");
        self.len += 1;
        self.least = self.least.min(entry.key);
        if entry.time() > self.limit {
            self.place(entry);
        } else {
            self.insert(entry);
        }
    }

    /// Takes the entry of the least key.
    #[inline]
    pub fn pop(&mut self) -> Option<Entry<E>> {
        if self.near.is_empty() {
            self.refill();
        }
        let entry = self.near.pop_front()?;
        self.len -= 1;
        self.last = entry.time();
        self.least = match self.near.front() {
            Some(next) => next.key,
            None if self.filled == 0 => NEVER,
            None => {
                let bucket = self.levels[self.filled.trailing_zeros() as usize].first();
                bucket.iter().map(|entry| entry.key).min().unwrap_or(NEVER)
            }
        };
        Some(entry)
    }

    /// Into the bucket where it belongs; it is later than `limit`.
    #[inline(always)]
    fn place(&mut self, entry: Entry<E>) {
        let place = (entry.time() ^ self.base).ilog2() / DIGIT;
        let digit = (entry.time() >> (place * DIGIT)) as usize % DIGITS;
        let level = &mut self.levels[place as usize];
        if level.filled >> digit & 1 == 0 {
            level.filled |= 1 << digit;
            self.filled |= 1 << place;
            if let Some(spare) = level.spare.pop() {
                level.buckets[digit] = spare;
            }
        }
        level.buckets[digit].push(entry);
    }

    /// Among those that are near.
    fn insert(&mut self, entry: Entry<E>) {
        match self.near.back() {
            Some(last) if last.key > entry.key => {
                let place = self.near.partition_point(|other| other.key < entry.key);
                self.near.insert(place, entry);
            }
            _ => self.near.push_back(entry),
        }
        if self.near.len() > MANY {
            self.spread_near();
        }
    }

    /// What was near is spread over the buckets, but for what is due now.
    #[cold]
    fn spread_near(&mut self) {
        (self.base, self.limit) = (self.last, self.last);
        let due = self.near.partition_point(|entry| entry.time() == self.last);
        for entry in self.near.split_off(due) {
            self.place(entry);
        }
    }

    /// Nothing is near: what is due next comes near, to be taken at once, with what is due soon after if that is not much.
    #[inline(never)]
    fn refill(&mut self) {
        if self.filled == 0 {
            return;
        }
        self.came_near = true;
        let lowest = self.filled.trailing_zeros();
        let level = &mut self.levels[lowest as usize];
        let digit = level.filled.trailing_zeros();
        level.filled &= level.filled - 1;
        if level.filled == 0 {
            self.filled &= self.filled - 1;
        }
        let mut entries = std::mem::take(&mut level.buckets[digit as usize]);
        if entries.len() <= FEW {
            entries.sort_unstable_by_key(|entry| entry.key);
            // The bucket's times are those that have this digit and agree above it.
            let unit = 1 << (lowest * DIGIT);
            let above = u64::MAX.checked_shl((lowest + 1) * DIGIT).unwrap_or(0);
            self.base = (self.base & above) | (u64::from(digit) * unit);
            self.limit = self.base | (unit - 1);
            self.near.extend(entries.drain(..));
        } else {
            self.base = (self.least >> 64) as u64;
            self.limit = self.base;
            for entry in entries.drain(..) {
                if entry.time() == self.base {
                    self.near.push_back(entry);
                } else {
                    self.place(entry);
                }
            }
            self.near.make_contiguous().sort_unstable_by_key(|entry| entry.key);
        }
        self.levels[lowest as usize].spare.push(entries);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(time: u64, order: u64) -> u128 {
        u128::from(time) << 64 | u128::from(order)
    }

    /// What is near is sorted, and not much unless it is due at one instant; every other entry is later and stands by the
    /// highest digit in which its time differs from the base. A heap that kept all sorted would be right, and slow.
    fn is_in_buckets(heap: &RadixHeap<usize>) -> bool {
        let at_once =
            |entry: &Entry<usize>| heap.near.front().is_some_and(|first| first.time() == entry.time());
        let near = heap.near.iter().is_sorted_by_key(|entry| entry.key)
            && heap.near.iter().all(|entry| (entry.key >> 64) as u64 <= heap.limit)
            && (heap.near.len() <= MANY || heap.near.iter().all(at_once));
        near && (0_u32..).zip(&heap.levels).all(|(place, level)| {
            let digit = |time: u64| (time >> (place * DIGIT)) as usize % DIGITS;
            let above = |time: u64| time.checked_shr((place + 1) * DIGIT).unwrap_or(0);
            let belongs = |bucket: usize, time: u64| {
                time > heap.limit
                    && above(time) == above(heap.base)
                    && digit(time) == bucket
                    && bucket != digit(heap.base)
            };
            (heap.filled >> place & 1 == 1) == (level.filled != 0)
                && level.buckets.iter().enumerate().all(|(digit, bucket)| {
                    (level.filled >> digit & 1 == 1) != bucket.is_empty()
                        && bucket.iter().all(|entry| belongs(digit, (entry.key >> 64) as u64))
                })
        })
    }

    proptest! {
        /// As a sorted list, from gaps of nothing to gaps of centuries, few and many to an instant; the order among ties
        /// may be any, and what is put in may precede all that is there.
        #[test]
        fn takes_the_least_key_first(
            widest in 1..=64_u32,
            rarely_taken: bool,
            script in prop::collection::vec((any::<u32>(), any::<u64>(), any::<u16>(), any::<u8>()), 0..1_500),
        ) {
            let (mut heap, mut sorted, mut now) = (RadixHeap::new(), std::collections::BTreeSet::new(), 0_u64);
            for (serial, (bits, gap, order, take)) in script.into_iter().enumerate() {
                let (bits, take) = (bits % widest, take < if rarely_taken { 40 } else { 128 });
                let time = now.saturating_add(gap & ((1 << bits) - 1));
                let entry = key(time, u64::from(order) << 16 | serial as u64);
                heap.push(Entry { key: entry, event: serial });
                sorted.insert((entry, serial));
                prop_assert_eq!(heap.least(), sorted.first().unwrap().0);
                if take {
                    let taken = heap.pop().map(|entry| (entry.key, entry.event));
                    prop_assert_eq!(taken, sorted.pop_first());
                    now = (taken.unwrap().0 >> 64) as u64;
                }
                prop_assert_eq!((heap.len(), heap.is_empty()), (sorted.len(), sorted.is_empty()));
                prop_assert!(serial % 16 > 0 || is_in_buckets(&heap));
            }
            while let Some(first) = sorted.pop_first() {
                prop_assert_eq!(heap.least(), first.0);
                prop_assert_eq!(heap.pop().map(|entry| (entry.key, entry.event)), Some(first));
            }
            prop_assert!(heap.pop().is_none());
            prop_assert_eq!(heap.least(), NEVER);
        }
    }

    /// A bucket of many entries is spread, one of few is sorted at once.
    #[test]
    fn much_is_spread_and_little_is_sorted() {
        for (entries, near) in [(FEW, FEW - 1), (1_000, 0)] {
            let mut heap = RadixHeap::new();
            for serial in 0..entries {
                heap.push(Entry { key: key((1 << 20) + serial as u64, 0), event: serial });
            }
            assert_eq!(heap.pop().map(|entry| entry.event), Some(0));
            assert!(is_in_buckets(&heap));
            assert_eq!(heap.near.len(), near);
            // What is due at once comes near, and leaves what is near where it is.
            heap.push(Entry { key: key(1 << 20, 1), event: entries });
            assert_eq!((heap.near.len(), heap.len()), (near + 1, entries));
        }
    }
}
