//! A sorted map for tens of entries that come and go near its ends, and for any number of them.
//!
//! Chunks of a sorted list: to search is to halve a list that lies together, to put in or take out moves a few
//! neighbours. (`BTreeMap` searches its nodes linearly, and each operation walks from the root.) Equal maps are equal
//! however they are cut into chunks.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};

/// A chunk of more entries is cut in two.
const CHUNK: usize = 128;
/// Entries at the end among which a new one is looked for first.
const NEAR: usize = 8;

/// Values by key.
#[derive(Clone, Debug)]
pub struct SortedMap<K, V> {
    /// The first chunk, mostly the only one; empty only where the map is.
    first: VecDeque<(K, V)>,
    /// The others, none of them empty. Each chunk is sorted, and all its keys are below those of the next.
    others: Vec<VecDeque<(K, V)>>,
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
        Self { first: VecDeque::new(), others: Vec::new(), len: 0 }
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
        self.first.front().map(|(key, value)| (key, value))
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.first.clear();
        self.others.clear();
        self.len = 0;
    }

    /// The entry at a place.
    #[inline]
    pub fn at(&self, place: Place) -> Option<(&K, &V)> {
        self.chunk(place.chunk)?.get(place.index).map(|(key, value)| (key, value))
    }

    /// The value at a place, to be changed.
    #[inline]
    pub fn at_mut(&mut self, place: Place) -> Option<&mut V> {
        self.chunk_mut(place.chunk)?.get_mut(place.index).map(|(_, value)| value)
    }

    /// The place before a place.
    #[inline]
    pub fn before(&self, place: Place) -> Option<Place> {
        if let Some(index) = place.index.checked_sub(1) {
            return Some(Place { index, ..place });
        }
        let chunk = place.chunk.checked_sub(1)?;
        Some(Place { chunk, index: self.chunk(chunk)?.len() - 1 })
    }

    /// The place after a place.
    #[inline]
    pub fn after(&self, place: Place) -> Place {
        if self.chunk(place.chunk).is_some_and(|chunk| place.index + 1 >= chunk.len()) {
            Place { chunk: place.chunk + 1, index: 0 }
        } else {
            Place { index: place.index + 1, ..place }
        }
    }

    fn entries(&self) -> impl DoubleEndedIterator<Item = &(K, V)> {
        self.first.iter().chain(self.others.iter().flatten())
    }

    #[inline]
    fn chunk(&self, chunk: usize) -> Option<&VecDeque<(K, V)>> {
        if chunk == 0 { Some(&self.first) } else { self.others.get(chunk - 1) }
    }

    #[inline]
    fn chunk_mut(&mut self, chunk: usize) -> Option<&mut VecDeque<(K, V)>> {
        if chunk == 0 { Some(&mut self.first) } else { self.others.get_mut(chunk - 1) }
    }

    /// A chunk from which an entry was taken may be empty. (The first keeps its memory where there is no other.)
    #[inline]
    fn on_taken(&mut self, chunk: usize, is_empty: bool) {
        self.len -= 1;
        if is_empty && self.len > 0 {
            if chunk == 0 {
                self.first = self.others.remove(0);
            } else {
                self.others.remove(chunk - 1);
            }
        }
    }

    /// Takes the entry of the least key out.
    #[inline]
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        let entry = self.first.pop_front()?;
        self.on_taken(0, self.first.is_empty());
        Some(entry)
    }

    /// Takes the entry at a place out.
    pub fn remove_at(&mut self, place: Place) -> Option<(K, V)> {
        let chunk = self.chunk_mut(place.chunk)?;
        let entry = chunk.remove(place.index)?;
        let is_empty = chunk.is_empty();
        self.on_taken(place.chunk, is_empty);
        Some(entry)
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    /// The place of the least key that is not below `key`.
    #[inline]
    pub fn place(&self, key: &K) -> Place {
        // The last chunk that begins below it has the place in it or at its end.
        let begins_below = |chunk: &VecDeque<(K, V)>| chunk.front().is_some_and(|(first, _)| first < key);
        let chunk = if self.others.is_empty() { 0 } else { self.others.partition_point(begins_below) };
        let Some(entries) = self.chunk(chunk) else { return Place { chunk, index: 0 } };
        let index = match entries.back() {
            Some((last, _)) if last < key => entries.len(),
            _ => entries.partition_point(|(other, _)| other < key),
        };
        if index == entries.len() && chunk < self.others.len() {
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
        // At the border between two chunks it may go to the end of the first.
        let before = place.chunk.checked_sub(1).filter(|_| place.index == 0);
        let end = before.and_then(|chunk| Some(Place { chunk, index: self.chunk(chunk)?.len() }));
        let place = end.unwrap_or(place);
        let Some(chunk) = self.chunk_mut(place.chunk) else { return };
        if place.index == chunk.len() {
            chunk.push_back((key, value));
        } else {
            chunk.insert(place.index, (key, value));
        }
        if chunk.len() > CHUNK {
            let upper = chunk.split_off(CHUNK / 2);
            self.others.insert(place.chunk, upper);
        }
        self.len += 1;
    }

    /// The same, if that is behind one of the last few entries: what comes almost in order is put in there, and halving the
    /// list would read as many others, far apart.
    #[inline]
    fn place_near_end(&self, key: &K) -> Option<Place> {
        let chunk = self.others.len();
        let mut last = self.chunk(chunk)?.iter().enumerate().rev().take(NEAR);
        last.find(|(_, (other, _))| other < key).map(|(index, _)| Place { chunk, index: index + 1 })
    }

    /// Gives a key a value; the one that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let place = self.place_near_end(&key).unwrap_or_else(|| self.place(&key));
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
        let chunks = std::iter::once(&mut self.first).chain(&mut self.others);
        chunks.for_each(|chunk| chunk.retain(|(key, value)| keep(key, value)));
        self.others.retain(|chunk| !chunk.is_empty());
        if self.first.is_empty() && !self.others.is_empty() {
            self.first = self.others.remove(0);
        }
        self.len = self.first.len() + self.others.iter().map(VecDeque::len).sum::<usize>();
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
                        let first = map.first().map(|(&key, &value)| (key, value));
                        prop_assert_eq!(first, plain.first_key_value().map(|(&key, &value)| (key, value)));
                        prop_assert_eq!(map.pop_first(), plain.pop_first());
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
                prop_assert_eq!(map.contains_key(&key), plain.contains_key(&key));
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

    /// However they are cut into chunks, maps of the same entries are equal, and have one hash; others are not.
    #[test]
    fn maps_of_the_same_entries_are_equal() {
        let hash = |map: &SortedMap<usize, usize>| {
            let mut hasher = std::hash::DefaultHasher::new();
            map.hash(&mut hasher);
            hasher.finish()
        };
        let of = |keys: &mut dyn Iterator<Item = usize>| {
            let mut map = SortedMap::default();
            for key in keys {
                map.insert(key, 2 * key);
            }
            map
        };
        let (upwards, mut downwards) = (of(&mut (0..400)), of(&mut (0..400).rev()));
        assert_ne!(upwards.first.len(), downwards.first.len());
        assert_eq!((&upwards, hash(&upwards)), (&downwards, hash(&downwards)));
        for other in [of(&mut (0..399)), of(&mut (1..401)), of(&mut (0..0))] {
            assert_ne!(other, upwards);
            assert_ne!(hash(&other), hash(&upwards));
        }
        downwards.clear();
        assert_eq!((downwards.len(), downwards.iter().count()), (0, 0));
        assert_eq!((&downwards, hash(&downwards)), (&SortedMap::default(), hash(&SortedMap::default())));
    }
}
