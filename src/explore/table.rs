//! The visited states: packed, in one flat table whose order of insertion is the queue.

use super::model::State;
use super::pool::hash_of;

/// No state.
const NONE: u32 = u32::MAX;
/// The first state to look at cannot be said from one bucket.
const LOOK: u32 = u32::MAX - 1;

/// Packed states, with the step that first led to each.
#[derive(Debug)]
pub struct Table {
    states: Vec<State>,
    /// By state: the state it was first reached from, and by which action.
    parents: Vec<(u32, u32)>,
    /// Where the states of a hash are looked for: a power of two of buckets.
    buckets: Vec<Bucket>,
}

/// Numbers of states in a bucket.
const PLACES: usize = 12;

/// A line of the processor's cache: numbers of states, and bits of their hashes, so that few states are looked at in
/// vain. What has no room goes to the next bucket.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Bucket {
    /// 0 where there is no state; states come first.
    tags: [u8; PLACES],
    numbers: [u32; PLACES],
}

const EMPTY: Bucket = Bucket { tags: [0; PLACES], numbers: [NONE; PLACES] };

impl Bucket {
    const fn is_full(&self) -> bool {
        self.tags[PLACES - 1] != 0
    }

    /// The places with this tag, a bit each.
    fn places(&self, tag: u8) -> u16 {
        let mut places = 0;
        for (place, &other) in self.tags.iter().enumerate() {
            places |= u16::from(other == tag) << place;
        }
        places
    }
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

impl Table {
    /// Nothing visited yet.
    pub fn new() -> Self {
        Self { states: Vec::new(), parents: Vec::new(), buckets: vec![EMPTY; 1 << 7] }
    }

    /// States held.
    pub fn count(&self) -> usize {
        self.parents.len()
    }

    /// A state.
    pub fn state(&self, number: u32) -> &State {
        &self.states[number as usize]
    }

    /// Where it was first reached from, and how; a start is its own parent.
    pub fn parent(&self, number: u32) -> (u32, u32) {
        self.parents[number as usize]
    }

    /// The state that [`Table::find_by`] looks at first. Asked of many hashes in turn, and then of many states in turn,
    /// memory answers several at once.
    pub fn first_of(&self, hash: u64) -> First {
        let bucket = &self.buckets[hash as usize & (self.buckets.len() - 1)];
        let places = bucket.places(tag(hash));
        First(if places != 0 {
            bucket.numbers[places.trailing_zeros() as usize]
        } else if bucket.is_full() {
            LOOK
        } else {
            NONE
        })
    }

    /// The number of a state with this hash, if it was visited.
    pub fn find_by(&self, first: First, state: &State, hash: u64) -> Option<u32> {
        match first.0 {
            NONE => None,
            number if number != LOOK && self.state(number) == state => Some(number),
            _ => self.find(state, hash),
        }
    }

    /// The number of a state with this hash, if it was visited.
    pub fn find(&self, state: &State, hash: u64) -> Option<u32> {
        self.place_of(state, hash).ok()
    }

    /// The number of a state with this hash, and whether it is new; a new one was reached by `action` from `parent`.
    pub fn insert(&mut self, state: &State, hash: u64, parent: u32, action: u32) -> (u32, bool) {
        let bucket = match self.place_of(state, hash) {
            Ok(number) => return (number, false),
            Err(bucket) => bucket,
        };
        let number = self.parents.len() as u32;
        self.states.push(*state);
        self.parents.push((parent, action));
        enter(&mut self.buckets[bucket], hash, number);
        // Five of six places are taken at most, so that few buckets are full.
        if self.parents.len() * 6 > self.buckets.len() * PLACES * 5 {
            self.grow();
        }
        (number, true)
    }

    /// Bytes taken.
    pub fn bytes(&self) -> u64 {
        (self.states.capacity() * size_of::<State>()
            + self.parents.capacity() * 8
            + self.buckets.capacity() * size_of::<Bucket>()) as u64
    }

    /// The number of a state, or else the bucket in which it would stand.
    fn place_of(&self, state: &State, hash: u64) -> Result<u32, usize> {
        let mask = self.buckets.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let bucket = &self.buckets[at];
            let mut places = bucket.places(tag(hash));
            while places != 0 {
                let number = bucket.numbers[places.trailing_zeros() as usize];
                if self.state(number) == state {
                    return Ok(number);
                }
                places &= places - 1;
            }
            if !bucket.is_full() {
                return Err(at);
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let mask = self.buckets.len() * 2 - 1;
        self.buckets = vec![EMPTY; mask + 1];
        for (number, state) in (0..).zip(&self.states) {
            let hash = hash_of(state);
            let mut at = hash as usize & mask;
            while self.buckets[at].is_full() {
                at = (at + 1) & mask;
            }
            enter(&mut self.buckets[at], hash, number);
        }
    }
}

/// Where [`Table::find_by`] looks first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct First(u32);

/// In a bucket that is not full.
fn enter(bucket: &mut Bucket, hash: u64, number: u32) {
    if let Some(place) = bucket.tags.iter().position(|&tag| tag == 0) {
        (bucket.tags[place], bucket.numbers[place]) = (tag(hash), number);
    }
}

/// Bits of a hash that do not choose the bucket; never 0.
const fn tag(hash: u64) -> u8 {
    let tag = (hash >> 56) as u8;
    if tag == 0 { 1 } else { tag }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Behaves as a map from states to the order of their first insertion.
        #[test]
        fn is_a_set_in_the_order_of_insertion(states in prop::collection::vec((0..9_u32, 0..900_u32), 1..4500)) {
            let (mut table, mut map) = (Table::new(), BTreeMap::new());
            for (step, (high, low)) in states.into_iter().enumerate() {
                let state = [high, 7, 7, 7, low];
                let next = map.len() as u32;
                let (hash, known) = (hash_of(&state), map.get(&state).copied());
                prop_assert_eq!(table.find(&state, hash), known);
                prop_assert_eq!(table.find_by(table.first_of(hash), &state, hash), known);
                let expected = *map.entry(state).or_insert(next);
                prop_assert_eq!(table.insert(&state, hash, 3, step as u32), (expected, expected == next));
                if expected == next {
                    prop_assert_eq!(table.parent(next), (3, step as u32));
                }
                prop_assert_eq!(table.state(expected), &state);
            }
            prop_assert_eq!(table.count(), map.len());
        }
    }
}
