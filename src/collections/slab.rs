//! A table whose places are used again: cache memory, seen from inside.

/// Values by place. A place freed is used again, the last freed first; where places are *named*, a value stands at the
/// place of its name instead.
///
/// Named, two tables that hold the same at the same places are equal, whatever they held before: nothing is left of what
/// was freed. That is for states that are compared (`explore`): a table is as long as its largest name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Slab<T> {
    places: Vec<Place<T>>,
    /// The place freed last, or [`NONE`]; where places are named, none is to be used again.
    free: u32,
    held: u32,
    is_named: bool,
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
        Self { places: Vec::new(), free: NONE, held: 0, is_named: false }
    }
}

impl<T> Slab<T> {
    /// What a place takes, held or free.
    pub const PLACE_BYTES: usize = size_of::<Place<T>>();

    /// Holds nothing; its places are named, or used again.
    pub fn new(is_named: bool) -> Self {
        Self { is_named, ..Self::default() }
    }

    /// Puts `value` in and gives its place: where places are named that of `name` or, if it is taken, the next that is
    /// free.
    #[inline]
    pub fn insert_as(&mut self, name: u64, value: T) -> u32 {
        if self.is_named { self.insert_from(name as usize, value) } else { self.insert(value) }
    }

    fn insert_from(&mut self, name: usize, value: T) -> u32 {
        self.held += 1;
        let mut place = name;
        while let Some(Place::Held(_)) = self.places.get(place) {
            place += 1;
        }
        if place >= self.places.len() {
            self.places.resize_with(place + 1, || Place::Free(NONE));
        }
        self.places[place] = Place::Held(value);
        place as u32
    }

    /// Puts `value` in and gives its place.
    #[inline]
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

    /// The value at `place` will be asked for soon ([`crate::collections`]).
    #[inline]
    pub fn fetch(&self, place: u32) {
        if let Some(place) = self.places.get(place as usize) {
            std::hint::black_box(matches!(place, Place::Held(_)));
        }
    }

    /// Takes the value at `place` out.
    #[inline]
    pub fn remove(&mut self, place: u32) -> Option<T> {
        let found = self.places.get_mut(place as usize).filter(|found| matches!(found, Place::Held(_)))?;
        let Place::Held(value) = std::mem::replace(found, Place::Free(self.free)) else { return None };
        self.held -= 1;
        if self.is_named {
            while let Some(Place::Free(_)) = self.places.last() {
                self.places.pop();
            }
        } else {
            self.free = place;
        }
        Some(value)
    }

    /// Takes all values out: it is as it was when it was new.
    pub fn clear(&mut self) {
        *self = Self::new(self.is_named);
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

        /// Named, it is what it holds: whatever came and went in whatever order, a table is equal to a new one into which
        /// the same is put.
        #[test]
        fn named_places_remember_nothing(script in prop::collection::vec((any::<bool>(), 0_u64..12), 1..120)) {
            let (mut slab, mut map) = (Slab::new(true), BTreeMap::new());
            for (insert, name) in script {
                if insert {
                    let place = (name as u32..200).find(|place| !map.contains_key(place)).unwrap();
                    prop_assert_eq!(slab.insert_as(name, place), place);
                    map.insert(place, place);
                } else {
                    prop_assert_eq!(slab.remove(name as u32), map.remove(&(name as u32)));
                }
                let mut new = Slab::new(true);
                for (&place, &value) in map.iter().rev() {
                    prop_assert_eq!(new.insert_as(u64::from(place), value), place);
                }
                prop_assert_eq!(&slab, &new);
                prop_assert_eq!((slab.len(), slab.is_empty()), (map.len(), map.is_empty()));
                prop_assert!(slab.iter().eq(map.iter().map(|(&place, value)| (place, value))));
            }
            slab.clear();
            prop_assert_eq!(slab, Slab::new(true));
        }
    }
}
