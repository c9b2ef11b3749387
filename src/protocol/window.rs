//! A sliding window over sequence numbers: values for some of the numbers, found by number at once.

use std::collections::VecDeque;

/// Values by number. Memory is the span from the first number held to the last.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Window<T> {
    start: u64,
    values: VecDeque<Option<T>>,
}

impl<T> Default for Window<T> {
    fn default() -> Self {
        Self { start: 0, values: VecDeque::new() }
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
    pub fn put(&mut self, number: u64, value: T) {
        if self.values.is_empty() {
            self.start = number;
        }
        while number < self.start {
            self.values.push_front(None);
            self.start -= 1;
        }
        let index = (number - self.start) as usize;
        if index >= self.values.len() {
            self.values.resize_with(index + 1, || None);
        }
        self.values[index] = Some(value);
    }

    /// The value held for `number`.
    pub fn get(&self, number: u64) -> Option<&T> {
        let index = number.checked_sub(self.start)?;
        self.values.get(usize::try_from(index).ok()?)?.as_ref()
    }

    /// Takes out the value for `number`; the window then starts at the next number held.
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
        (self.start..).zip(&self.values).filter_map(|(number, value)| Some((number, value.as_ref()?)))
    }

    /// Is nothing held?
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}
