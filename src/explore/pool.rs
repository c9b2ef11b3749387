//! Values by number: what many states share is held once, and a state holds its number.

use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

/// A fast hash of small keys; what it hashes is compared whole, so that a collision costs time and nothing else.
#[derive(Clone, Copy, Debug, Default)]
pub struct FastHasher(u64);

/// An odd number near 2^64 divided by the golden ratio (Knuth, volume 3, section 6.4).
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

impl FastHasher {
    const fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(26) ^ word).wrapping_mul(MULTIPLIER);
    }
}

impl Hasher for FastHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.add(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, word: u8) {
        self.add(u64::from(word));
    }

    fn write_u32(&mut self, word: u32) {
        self.add(u64::from(word));
    }

    fn write_u64(&mut self, word: u64) {
        self.add(word);
    }

    fn write_usize(&mut self, word: usize) {
        self.add(word as u64);
    }

    fn finish(&self) -> u64 {
        // The low bits choose a slot: let the high ones have a say.
        self.0 ^ (self.0 >> 32)
    }
}

#[expect(clippy::disallowed_types, reason = "asked for single keys, never iterated over")]
pub(super) type FastMap<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<FastHasher>>;

#[expect(clippy::disallowed_types, reason = "asked for single keys, never iterated over")]
pub(super) type FastSet<K> = std::collections::HashSet<K, BuildHasherDefault<FastHasher>>;

/// The hash of a packed state.
pub(super) fn hash_of(words: &[u32]) -> u64 {
    let mut hasher = FastHasher::default();
    for &word in words {
        hasher.write_u32(word);
    }
    hasher.finish()
}

/// Distinct values by number, in the order in which they were first met.
#[derive(Debug)]
pub struct Pool<T> {
    values: Vec<Arc<T>>,
    numbers: FastMap<Arc<T>, u32>,
}

impl<T: Eq + Hash> Default for Pool<T> {
    fn default() -> Self {
        Self { values: Vec::new(), numbers: FastMap::default() }
    }
}

impl<T: Eq + Hash> Pool<T> {
    /// The number of `value`.
    pub fn number(&mut self, value: T) -> u32 {
        if let Some(&number) = self.numbers.get(&value) {
            return number;
        }
        let number = self.values.len() as u32;
        let value = Arc::new(value);
        self.values.push(Arc::clone(&value));
        self.numbers.insert(value, number);
        number
    }

    /// The number of an equal value, if there is one.
    pub fn find(&self, value: &T) -> Option<u32> {
        self.numbers.get(value).copied()
    }

    /// The value of `number`.
    pub fn get(&self, number: u32) -> &T {
        &self.values[number as usize]
    }

    /// Distinct values.
    pub fn count(&self) -> usize {
        self.values.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_one_number() {
        let mut pool = Pool::default();
        let words = ["a", "b", "a", "c", "b"];
        assert_eq!(words.map(|word| pool.number(word.to_owned())), [0, 1, 0, 2, 1]);
        assert_eq!((pool.count(), pool.get(2).as_str()), (3, "c"));
        assert_eq!((pool.find(&"b".to_owned()), pool.find(&"d".to_owned())), (Some(1), None));
    }

    /// States that differ in one small number each fall to different slots mostly.
    #[test]
    fn hashes_of_neighbours_are_spread() {
        let slots: std::collections::BTreeSet<u64> = (0..1000_u32)
            .flat_map(|word| [hash_of(&[word, 7, 1, 0]) % 4096, hash_of(&[0, 7, 1, word]) % 4096])
            .collect();
        assert!(slots.len() > 1400, "{}: random slots would be about 1,580", slots.len());
    }
}
