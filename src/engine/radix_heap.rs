//! A monotone priority queue: nothing is ever put in below what was last taken out, as in a simulation.
//!
//! Radix heap (Ahuja, Mehlhorn, Orlin, Tarjan, "Faster algorithms for the shortest path problem", J. ACM 37, 1990):
//! bucket b holds the entries whose time differs from the last time taken in bit b - 1 and in none above. An entry
//! only ever moves to a lower bucket, so it moves at most 64 times, and in practice two or three times, whatever
//! the number of entries. Moves go through memory in order, where a heap jumps. What it does not do: look at
//! events, or take a time below the last one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// An event and its key: time in the upper 64 bits, order among ties in the lower, so that one comparison decides.
#[derive(Clone, Copy, Debug)]
pub struct Entry<E> {
    /// Time and order among ties.
    pub key: u128,
    /// What happens.
    pub event: E,
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<E> Eq for Entry<E> {}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

/// After every key: all ones are the key of no event, since fewer than 2^64 are ever scheduled.
pub const NEVER: u128 = u128::MAX;

/// Bits of a time.
const BITS: usize = 64;

/// Entries by key, the least first.
#[derive(Clone, Debug)]
pub struct RadixHeap<E> {
    /// Entries at the time `last`, whose order among themselves is still open.
    due: BinaryHeap<Reverse<Entry<E>>>,
    /// By the highest bit in which an entry's time differs from `last`.
    buckets: Vec<Vec<Entry<E>>>,
    /// Bit b says that bucket b is not empty.
    filled: u64,
    /// The time last taken.
    last: u64,
    /// The least key, [`NEVER`] where there is none. Known without moving anything: an event that is not taken yet
    /// may be preceded by one that is put in later.
    least: u128,
    len: usize,
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
            due: BinaryHeap::new(),
            buckets: vec![Vec::new(); BITS],
            filled: 0,
            last: 0,
            least: NEVER,
            len: 0,
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

    /// Puts an entry in; its time is not below that of the entry last taken.
    #[inline]
    pub fn push(&mut self, entry: Entry<E>) {
        self.len += 1;
        self.least = self.least.min(entry.key);
        self.place(entry);
    }

    /// Takes the entry of the least key.
    pub fn pop(&mut self) -> Option<Entry<E>> {
        if self.due.is_empty() {
            self.advance()?;
        }
        let Reverse(entry) = self.due.pop()?;
        self.len -= 1;
        self.least = match self.due.peek() {
            Some(Reverse(next)) => next.key,
            None if self.filled == 0 => NEVER,
            None => {
                let bucket = &self.buckets[self.filled.trailing_zeros() as usize];
                bucket.iter().map(|entry| entry.key).min().unwrap_or(NEVER)
            }
        };
        Some(entry)
    }

    #[inline]
    fn place(&mut self, entry: Entry<E>) {
        let time = (entry.key >> 64) as u64;
        debug_assert!(time >= self.last, "time runs forward");
        match time ^ self.last {
            0 => self.due.push(Reverse(entry)),
            difference => {
                let bucket = difference.ilog2();
                self.buckets[bucket as usize].push(entry);
                self.filled |= 1 << bucket;
            }
        }
    }

    /// Time goes on to the least one there is: the lowest bucket is spread over those below it.
    fn advance(&mut self) -> Option<()> {
        if self.filled == 0 {
            return None;
        }
        let lowest = self.filled.trailing_zeros() as usize;
        self.filled &= self.filled - 1;
        self.last = (self.least >> 64) as u64;
        let mut entries = std::mem::take(&mut self.buckets[lowest]);
        for entry in entries.drain(..) {
            self.place(entry);
        }
        self.buckets[lowest] = entries; // Its memory is used again.
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(time: u64, order: u64) -> u128 {
        u128::from(time) << 64 | u128::from(order)
    }

    proptest! {
        /// As a sorted list, from gaps of nothing to gaps of centuries; the order among ties may be any, and what is
        /// put in may precede all that is there.
        #[test]
        fn takes_the_least_key_first(
            script in prop::collection::vec((0..64_u32, any::<u64>(), any::<u16>(), any::<bool>()), 0..200),
        ) {
            let (mut heap, mut sorted, mut now) = (RadixHeap::new(), std::collections::BTreeSet::new(), 0_u64);
            for (serial, (bits, gap, order, take)) in script.into_iter().enumerate() {
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
                prop_assert_eq!(heap.len(), sorted.len());
            }
            while let Some(first) = sorted.pop_first() {
                prop_assert_eq!(heap.least(), first.0);
                prop_assert_eq!(heap.pop().map(|entry| (entry.key, entry.event)), Some(first));
            }
            prop_assert!(heap.pop().is_none());
            prop_assert_eq!(heap.least(), NEVER);
        }
    }
}
