//! RFC 5236 for a flow of which only arrivals are known: reorder density and reorder buffer-occupancy density.
//!
//! What is lost is told by a threshold (RFC 5236, sections 3.4 and 3.5): a number that is not among the next
//! `threshold` arrivals counts as lost, and so does an arrival that is displaced by more. Both follow the
//! procedures that the authors of the RFC published, with sets in place of lists. Memory is O(threshold).

use std::collections::{BTreeMap, VecDeque};

use super::tally::Tally;

/// A set of numbers, 64 to a word.
#[derive(Clone, Debug, Default)]
struct Numbers {
    words: BTreeMap<u64, u64>,
    len: u64,
}

impl Numbers {
    const fn bit(number: u64) -> u64 {
        1 << (number % 64)
    }

    fn contains(&self, number: u64) -> bool {
        self.words.get(&(number / 64)).is_some_and(|word| word & Self::bit(number) != 0)
    }

    fn insert(&mut self, number: u64) {
        let word = self.words.entry(number / 64).or_default();
        self.len += u64::from(*word & Self::bit(number) == 0);
        *word |= Self::bit(number);
    }

    fn remove(&mut self, number: u64) {
        let Some(word) = self.words.get_mut(&(number / 64)) else { return };
        self.len -= u64::from(*word & Self::bit(number) != 0);
        *word &= !Self::bit(number);
        if *word == 0 {
            self.words.remove(&(number / 64));
        }
    }

    fn least(&self) -> Option<u64> {
        self.words.first_key_value().map(|(word, bits)| word * 64 + u64::from(bits.trailing_zeros()))
    }
}

/// Reorder density: every arrival gets a receive index, its displacement is that minus its number.
#[derive(Clone, Debug)]
pub(super) struct Displacements {
    threshold: u64,
    /// The arrivals that are looked at ahead, at most `threshold + 1`.
    window: VecDeque<u64>,
    in_window: Numbers,
    /// Arrivals before their turn, whose own number is still to be an index.
    early: Numbers,
    receive_index: u64,
}

impl Displacements {
    pub(super) fn new(threshold: u64) -> Self {
        Self {
            threshold,
            window: VecDeque::new(),
            in_window: Numbers::default(),
            early: Numbers::default(),
            receive_index: 0,
        }
    }

    /// The next arrival; one that is there already, or whose turn has passed, is left out.
    pub(super) fn on_arrived(&mut self, number: u64, tally: &mut Tally) {
        if number < self.receive_index || self.in_window.contains(number) || self.early.contains(number) {
            return;
        }
        self.window.push_back(number);
        self.in_window.insert(number);
        if self.window.len() as u64 > self.threshold {
            self.take_first(tally);
        }
    }

    pub(super) fn finish(mut self, tally: &mut Tally) {
        while !self.window.is_empty() {
            self.take_first(tally);
        }
    }

    /// Gives the first of the window its index.
    fn take_first(&mut self, tally: &mut Tally) {
        // An index that is neither in the window nor early belongs to a number that is lost.
        while !self.in_window.contains(self.receive_index) && !self.early.contains(self.receive_index) {
            let least = self.in_window.least().into_iter().chain(self.early.least()).min();
            self.receive_index = match least {
                Some(least) if least > self.receive_index => least,
                _ => self.receive_index + 1,
            };
        }
        let Some(number) = self.window.pop_front() else { return };
        self.in_window.remove(number);
        if self.receive_index.abs_diff(number) > self.threshold {
            // Too far: it counts as lost and takes no index.
            return;
        }
        tally.displaced(self.receive_index, number);
        self.early.remove(self.receive_index);
        if number > self.receive_index {
            self.early.insert(number);
        }
        self.receive_index += 1;
    }
}

/// Reorder buffer-occupancy density: how many arrivals wait for an earlier number, at each arrival.
#[derive(Clone, Debug)]
pub(super) struct Occupancies {
    threshold: u64,
    window: VecDeque<u64>,
    in_window: Numbers,
    buffer: Numbers,
    /// Numbers below this have arrived or are lost.
    expected: u64,
}

impl Occupancies {
    pub(super) fn new(threshold: u64) -> Self {
        Self {
            threshold,
            window: VecDeque::new(),
            in_window: Numbers::default(),
            buffer: Numbers::default(),
            expected: 0,
        }
    }

    /// The next arrival; one that is there already, or that nobody waits for any more, is left out.
    pub(super) fn on_arrived(&mut self, number: u64, tally: &mut Tally) {
        if number < self.expected || self.in_window.contains(number) || self.buffer.contains(number) {
            return;
        }
        self.window.push_back(number);
        self.in_window.insert(number);
        if self.window.len() as u64 > self.threshold {
            self.take_first(tally);
        }
    }

    pub(super) fn finish(mut self, tally: &mut Tally) {
        while !self.window.is_empty() {
            self.take_first(tally);
        }
    }

    /// The first of the window arrives.
    fn take_first(&mut self, tally: &mut Tally) {
        // Lost numbers are passed over: the least of the window is expected.
        let expected = self.in_window.least();
        let Some(number) = self.window.pop_front() else { return };
        self.in_window.remove(number);
        if expected == Some(number) {
            self.expected = number.saturating_add(1);
            let awaited = self.in_window.least().unwrap_or(u64::MAX);
            while let Some(held) = self.buffer.least().filter(|&held| held < awaited) {
                self.buffer.remove(held);
                self.expected = held.saturating_add(1);
            }
        } else {
            self.buffer.insert(number);
            self.expected = expected.unwrap_or(self.expected);
        }
        tally.occupancies.add(self.buffer.len);
    }
}
