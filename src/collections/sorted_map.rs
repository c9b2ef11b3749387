//! A sorted map for tens of entries that come and go near its ends, and for any number of them.
//!
//! Chunks of a sorted list: to search is to halve a list that lies together, to put in or take out moves a few
//! neighbours. (`BTreeMap` searches its nodes linearly, and each operation walks from the root.) Equal maps are equal
//! however they are cut into chunks.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};

/// A chunk of more entries is cut in two.
const CHUNK: usize = 128;

/// Values by key.
#[derive(Clone, Debug)]
pub struct SortedMap<K, V> {
    /// Each sorted and not empty; all keys of one are below those of the next.
    chunks: Vec<VecDeque<(K, V)>>,
    len: usize,
}

/// Where an entry stands, or would stand, until the map changes.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    chunk: usize,
    index: usize,
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for SortedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.entries().eq(other.entries())
    }
}

impl<K: Eq, V: Eq> Eq for SortedMap<K, V> {}

impl<K: Hash, V: Hash> Hash for SortedMap<K, V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len);
        self.entries().for_each(|entry| entry.hash(state));
    }
}

impl<K, V> SortedMap<K, V> {
    /// Entries held.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Is there none?
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The entries in the order of keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.entries().map(|(key, value)| (key, value))
    }

    /// The least key and its value.
    pub fn first(&self) -> Option<(&K, &V)> {
        self.chunks.first()?.front().map(|(key, value)| (key, value))
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.chunks.clear();
        self.len = 0;
    }

    /// The entry at a place.
    #[inline]
    pub fn at(&self, place: Place) -> Option<(&K, &V)> {
        self.chunks.get(place.chunk)?.get(place.index).map(|(key, value)| (key, value))
    }

    /// The value at a place, to be changed.
    #[inline]
    pub fn at_mut(&mut self, place: Place) -> Option<&mut V> {
        self.chunks.get_mut(place.chunk)?.get_mut(place.index).map(|(_, value)| value)
    }

    /// The place before a place.
    #[inline]
    pub fn before(&self, place: Place) -> Option<Place> {
        if let Some(index) = place.index.checked_sub(1) {
            return Some(Place { index, ..place });
        }
        let chunk = place.chunk.checked_sub(1)?;
        Some(Place { chunk, index: self.chunks[chunk].len() - 1 })
    }

    /// The place after a place.
    #[inline]
    pub fn after(&self, place: Place) -> Place {
        if self.chunks.get(place.chunk).is_some_and(|chunk| place.index + 1 >= chunk.len()) {
            Place { chunk: place.chunk + 1, index: 0 }
        } else {
            Place { index: place.index + 1, ..place }
        }
    }

    fn entries(&self) -> impl DoubleEndedIterator<Item = &(K, V)> {
        self.chunks.iter().flatten()
    }

    /// Takes the entry at a place out.
    pub fn remove_at(&mut self, place: Place) -> Option<(K, V)> {
        let chunk = self.chunks.get_mut(place.chunk)?;
        let entry = chunk.remove(place.index)?;
        // A map of one chunk keeps its memory.
        if chunk.is_empty() && self.len > 1 {
            self.chunks.remove(place.chunk);
        }
        self.len -= 1;
        Some(entry)
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    /// The place of the least key that is not below `key`.
    #[inline]
    pub fn place(&self, key: &K) -> Place {
        // The last chunk that begins below it has the place in it or at its end.
        let chunk = match self.chunks.len() {
            0 | 1 => 0,
            _ => {
                let begins_below =
                    |chunk: &VecDeque<(K, V)>| chunk.front().is_some_and(|(first, _)| first < key);
                self.chunks.partition_point(begins_below).saturating_sub(1)
            }
        };
        let Some(entries) = self.chunks.get(chunk) else { return Place { chunk, index: 0 } };
        let index = match entries.back() {
            Some((last, _)) if last < key => entries.len(),
            _ => entries.partition_point(|(other, _)| other < key),
        };
        if index == entries.len() && chunk + 1 < self.chunks.len() {
            return Place { chunk: chunk + 1, index: 0 };
        }
        Place { chunk, index }
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.at(self.place(key)).filter(|(other, _)| *other == key).map(|(_, value)| value)
    }

    /// Has the key a value?
    pub fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    /// Puts a value in, at the place of its key, which has none.
    pub fn insert_at(&mut self, place: Place, key: K, value: V) {
        if self.chunks.is_empty() {
            self.chunks.push(VecDeque::new());
        }
        // At the border between two chunks it may go to the end of the first.
        let place = match place.index {
            0 if place.chunk > 0 => {
                Place { chunk: place.chunk - 1, index: self.chunks[place.chunk - 1].len() }
            }
            _ => place,
        };
        let chunk = &mut self.chunks[place.chunk];
        if place.index == chunk.len() {
            chunk.push_back((key, value));
        } else {
            chunk.insert(place.index, (key, value));
        }
        if chunk.len() > CHUNK {
            let upper = chunk.split_off(CHUNK / 2);
            self.chunks.insert(place.chunk + 1, upper);
        }
        self.len += 1;
    }

    /// Gives a key a value; the one that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let place = self.place(&key);
        if self.at(place).is_some_and(|(other, _)| *other == key) {
            return self.at_mut(place).map(|known| std::mem::replace(known, value));
        }
        self.insert_at(place, key, value);
        None
    }

    /// Takes the value of a key out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let place = self.place(key);
        self.at(place).filter(|(other, _)| *other == key)?;
        self.remove_at(place).map(|(_, value)| value)
    }

    /// Keeps the entries that are to be kept.
    pub fn retain(&mut self, keep: impl Fn(&K, &V) -> bool) {
        self.chunks.iter_mut().for_each(|chunk| chunk.retain(|(key, value)| keep(key, value)));
        self.chunks.retain(|chunk| !chunk.is_empty());
        self.len = self.chunks.iter().map(VecDeque::len).sum();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// As a `BTreeMap`, through cuts into chunks and chunks that are emptied; equal to one that was filled in order.
        #[test]
        fn is_a_map(
            span in 1..2_000_u32,
            script in prop::collection::vec((0..8_u8, any::<u32>()), 0..1_500),
        ) {
            let (mut map, mut plain) = (SortedMap::default(), BTreeMap::new());
            for (step, (what, key)) in script.into_iter().enumerate() {
                let key = key % span;
                match what {
                    0 => prop_assert_eq!(map.remove(&key), plain.remove(&key)),
                    1 => {
                        let first = map.first().map(|(&key, _)| key);
                        prop_assert_eq!(first, plain.first_key_value().map(|(&key, _)| key));
                        first.map(|key| map.remove(&key));
                        plain.pop_first();
                    }
                    2 if step % 50 == 0 => {
                        map.retain(|key, _| key % 3 > 0);
                        plain.retain(|key, _| key % 3 > 0);
                    }
                    _ => prop_assert_eq!(map.insert(key, step), plain.insert(key, step)),
                }
                let place = map.place(&key);
                prop_assert_eq!(map.at(place), plain.range(key..).next());
                let before = map.before(place).and_then(|place| map.at(place));
                prop_assert_eq!(before, plain.range(..key).next_back());
                prop_assert_eq!(map.at(map.after(place)), plain.range(key..).nth(1));
                prop_assert_eq!(map.get(&key), plain.get(&key));
                prop_assert_eq!(map.len(), plain.len());
            }
            prop_assert!(map.iter().eq(plain.iter()));
            let mut again = SortedMap::default();
            for (key, value) in plain {
                again.insert(key, value);
            }
            prop_assert_eq!(map, again);
        }
    }
}
