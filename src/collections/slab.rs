//! A table whose places are used again: cache memory, seen from inside.

/// Values by place; a place freed is used again, the last freed first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Slab<T> {
    places: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    /// Puts `value` in and gives its place.
    pub fn insert(&mut self, value: T) -> u32 {
        if let Some(place) = self.free.pop() {
            self.places[place as usize] = Some(value);
            return place;
        }
        self.places.push(Some(value));
        (self.places.len() - 1) as u32
    }

    /// The value at `place`.
    pub fn get(&self, place: u32) -> Option<&T> {
        self.places.get(place as usize)?.as_ref()
    }

    /// The value at `place`.
    pub fn get_mut(&mut self, place: u32) -> Option<&mut T> {
        self.places.get_mut(place as usize)?.as_mut()
    }

    /// Takes the value at `place` out.
    pub fn remove(&mut self, place: u32) -> Option<T> {
        let value = self.places.get_mut(place as usize)?.take();
        if value.is_some() {
            self.free.push(place);
        }
        value
    }

    /// Every value and its place, in the order of places.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.places.iter().enumerate().filter_map(|(place, value)| Some((place as u32, value.as_ref()?)))
    }

    /// Values held.
    pub fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Is nothing held?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Behaves as a map by place; a new value takes the place freed last, or else the next one.
        #[test]
        fn is_a_map_whose_places_are_used_again(script in prop::collection::vec((any::<bool>(), 0_u32..12), 1..120)) {
            let (mut slab, mut map, mut free) = (Slab::default(), BTreeMap::new(), vec![]);
            for (value, (insert, place)) in script.into_iter().enumerate() {
                if insert {
                    let expected = free.pop().unwrap_or(map.len() as u32);
                    prop_assert_eq!(slab.insert(value), expected);
                    map.insert(expected, value);
                } else {
                    let removed = map.remove(&place);
                    free.extend(removed.map(|_| place));
                    prop_assert_eq!(slab.remove(place), removed);
                }
                prop_assert_eq!(slab.get(place), map.get(&place));
                prop_assert_eq!(slab.get_mut(place).copied(), map.get(&place).copied());
                prop_assert!(slab.iter().eq(map.iter().map(|(&place, value)| (place, value))));
                prop_assert_eq!((slab.len(), slab.is_empty()), (map.len(), map.is_empty()));
            }
        }
    }
}
