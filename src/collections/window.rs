//! A sliding window over sequence numbers: values for some of the numbers, found by number at once.

use std::hash::{Hash, Hasher};

use super::PagedQueue;

/// Values by number. Memory is the span from the first number held to the last. Two windows are equal when they hold the
/// same: where an empty one once stood means nothing.
#[derive(Clone, Debug)]
pub struct Window<T> {
    start: u64,
    values: PagedQueue<Option<T>>,
}

impl<T> Default for Window<T> {
    fn default() -> Self {
        Self { start: 0, values: PagedQueue::default() }
    }
}

impl<T: PartialEq> PartialEq for Window<T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T: Eq> Eq for Window<T> {}

impl<T: Hash> Hash for Window<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.iter().for_each(|entry| entry.hash(state));
        // So that what follows is told from what is held.
        state.write_usize(self.iter().count());
    }
}

impl<T> Window<T> {
    /// The least number held; meaningless if the window is empty.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// One past the greatest number held.
    pub fn end(&self) -> u64 {
        self.start + self.values.len() as u64
    }

    /// Holds `value` for `number`.
    #[inline]
    pub fn put(&mut self, number: u64, value: T) {
        if self.values.is_empty() {
            self.start = number;
        }
        // Mostly the next.
        if number == self.end() {
            self.values.push_back(Some(value));
        } else {
            self.put_apart(number, value);
        }
    }

    /// The same for a number that is not the next.
    fn put_apart(&mut self, number: u64, value: T) {
        while number < self.start {
            self.values.push_front(None);
            self.start -= 1;
        }
        let index = (number - self.start) as usize;
        while self.values.len() <= index {
            self.values.push_back(None);
        }
        if let Some(held) = self.values.get_mut(index) {
            *held = Some(value);
        }
    }

    /// The value held for `number`.
    pub fn get(&self, number: u64) -> Option<&T> {
        let index = number.checked_sub(self.start)?;
        self.values.get(usize::try_from(index).ok()?)?.as_ref()
    }

    /// The value held for `number`, to be changed.
    pub fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        let index = number.checked_sub(self.start)?;
        self.values.get_mut(usize::try_from(index).ok()?)?.as_mut()
    }

    /// Takes out the value for `number`; the window then starts at the next number held.
    #[inline]
    pub fn remove(&mut self, number: u64) -> Option<T> {
        let index = usize::try_from(number.checked_sub(self.start)?).ok()?;
        let value = self.values.get_mut(index)?.take();
        while let Some(None) = self.values.front() {
            self.values.pop_front();
            self.start += 1;
        }
        value
    }

    /// The values held and their numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        (self.start..).zip(self.values.iter()).filter_map(|(number, value)| Some((number, value.as_ref()?)))
    }

    /// Is nothing held?
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// In whichever order numbers came and went, what is held is all that counts.
    #[test]
    fn windows_that_hold_the_same_are_equal() {
        let hash = |window: &Window<char>| {
            let mut hasher = std::hash::DefaultHasher::new();
            window.hash(&mut hasher);
            hasher.finish()
        };
        let (mut one, mut other) = (Window::default(), Window::default());
        one.put(7, 'a');
        one.remove(7);
        assert_eq!((&one, hash(&one)), (&other, hash(&other)));
        one.put(3, 'b');
        one.put(4, 'c');
        one.remove(4);
        other.put(3, 'b');
        assert_eq!((&one, hash(&one)), (&other, hash(&other)));
        other.put(4, 'c');
        assert_ne!(one, other);
        assert_ne!(hash(&one), hash(&other));
    }

    proptest! {
        /// Behaves as a map by number, whose span is that from the first number held to the last ever put after it.
        #[test]
        fn is_a_map_that_knows_its_first_number(script in prop::collection::vec((any::<bool>(), 0_u64..24), 1..120)) {
            let (mut window, mut map) = (Window::default(), BTreeMap::new());
            let mut end = 0;
            for (value, (put, number)) in script.into_iter().enumerate() {
                if put {
                    end = if map.is_empty() { number + 1 } else { end.max(number + 1) };
                    window.put(number, value);
                    map.insert(number, value);
                } else {
                    prop_assert_eq!(window.remove(number), map.remove(&number));
                }
                prop_assert_eq!(window.get(number), map.get(&number));
                prop_assert!(window.iter().eq(map.iter().map(|(&number, value)| (number, value))));
                prop_assert_eq!(window.is_empty(), map.is_empty());
                if let Some((&first, _)) = map.first_key_value() {
                    prop_assert_eq!((window.start(), window.end()), (first, end));
                }
            }
        }
    }

    /// Memory is the span of what is held, however many numbers have passed.
    #[test]
    fn what_has_passed_takes_no_memory() {
        let mut window = Window::default();
        for number in 0..1000 {
            window.put(number, ());
            window.put(number + 1, ());
            window.remove(number);
            assert_eq!((window.start(), window.end()), (number + 1, number + 2));
        }
    }
}
