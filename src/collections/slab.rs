//! A table whose places are used again: cache memory, seen from inside.

/// Values by place; a place freed is used again, the last freed first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Slab<T> {
    places: Vec<Place<T>>,
    /// The place freed last, or [`NONE`].
    free: u32,
    held: u32,
}

/// A place is held, or free: then it says which was freed before it, or [`NONE`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Place<T> {
    Held(T),
    Free(u32),
}

/// No place.
const NONE: u32 = u32::MAX;

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { places: Vec::new(), free: NONE, held: 0 }
    }
}

impl<T> Slab<T> {
    /// What a place takes, held or free.
    pub const PLACE_BYTES: usize = size_of::<Place<T>>();

    /// Puts `value` in and gives its place.
    pub fn insert(&mut self, value: T) -> u32 {
        self.held += 1;
        if let Some(place) = self.places.get_mut(self.free as usize)
            && let Place::Free(before) = *place
        {
            *place = Place::Held(value);
            return std::mem::replace(&mut self.free, before);
        }
        self.places.push(Place::Held(value));
        (self.places.len() - 1) as u32
    }

    /// The value at `place`.
    pub fn get(&self, place: u32) -> Option<&T> {
        match self.places.get(place as usize)? {
            Place::Held(value) => Some(value),
            Place::Free(_) => None,
        }
    }

    /// The value at `place`.
    pub fn get_mut(&mut self, place: u32) -> Option<&mut T> {
        match self.places.get_mut(place as usize)? {
            Place::Held(value) => Some(value),
            Place::Free(_) => None,
        }
    }

    /// Takes the value at `place` out.
    pub fn remove(&mut self, place: u32) -> Option<T> {
        let found = self.places.get_mut(place as usize).filter(|found| matches!(found, Place::Held(_)))?;
        let Place::Held(value) = std::mem::replace(found, Place::Free(self.free)) else { return None };
        self.free = place;
        self.held -= 1;
        Some(value)
    }

    /// Every value and its place, in the order of places.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(&self.places).filter_map(|(place, found)| match found {
            Place::Held(value) => Some((place, value)),
            Place::Free(_) => None,
        })
    }

    /// Every value, in the order of places.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.places.iter_mut().filter_map(|found| match found {
            Place::Held(value) => Some(value),
            Place::Free(_) => None,
        })
    }

    /// Values held.
    pub fn len(&self) -> usize {
        self.held as usize
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
                prop_assert!(slab.values_mut().map(|value| *value).eq(map.values().copied()));
                prop_assert_eq!((slab.len(), slab.is_empty()), (map.len(), map.is_empty()));
            }
        }
    }
}
