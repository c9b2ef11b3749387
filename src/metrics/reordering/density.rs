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

/// What both procedures look at: arrivals ahead, and earlier ones that are not done with.
#[derive(Clone, Debug)]
struct Lookahead {
    threshold: u64,
    /// The arrivals that are looked at ahead, at most `threshold + 1`.
    window: VecDeque<u64>,
    in_window: Numbers,
    /// Arrivals out of the window that came before their turn.
    early: Numbers,
    /// Every number below this has had its turn, or is lost.
    next: u64,
}

impl Lookahead {
    fn new(threshold: u64) -> Self {
        let (in_window, early) = (Numbers::default(), Numbers::default());
        Self { threshold, window: VecDeque::new(), in_window, early, next: 0 }
    }

    /// The next arrival; one that is there already, or whose turn has passed, is left out. Is the window full?
    fn push(&mut self, number: u64) -> bool {
        if number < self.next || self.in_window.contains(number) || self.early.contains(number) {
            return false;
        }
        self.window.push_back(number);
        self.in_window.insert(number);
        self.window.len() as u64 > self.threshold
    }

    /// The first arrival of the window leaves it.
    fn pop(&mut self) -> Option<u64> {
        let number = self.window.pop_front()?;
        self.in_window.remove(number);
        Some(number)
    }
}

/// Reorder density: every arrival gets a receive index, its displacement is that minus its number.
#[derive(Clone, Debug)]
pub(super) struct Displacements {
    /// Its `next` is the receive index.
    ahead: Lookahead,
}

impl Displacements {
    pub(super) fn new(threshold: u64) -> Self {
        Self { ahead: Lookahead::new(threshold) }
    }

    /// The next arrival; one that is there already, or whose turn has passed, is left out.
    pub(super) fn on_arrived(&mut self, number: u64, tally: &mut Tally) {
        if self.ahead.push(number) {
            self.take_first(tally);
        }
    }

    pub(super) fn finish(mut self, tally: &mut Tally) {
        while !self.ahead.window.is_empty() {
            self.take_first(tally);
        }
    }

    /// Gives the first of the window its index.
    fn take_first(&mut self, tally: &mut Tally) {
        let ahead = &mut self.ahead;
        // An index that is neither in the window nor early belongs to a number that is lost.
        while !ahead.in_window.contains(ahead.next) && !ahead.early.contains(ahead.next) {
            let least = ahead.in_window.least().into_iter().chain(ahead.early.least()).min();
            ahead.next = match least {
                Some(least) if least > ahead.next => least,
                _ => ahead.next + 1,
            };
        }
        let Some(number) = ahead.pop() else { return };
        if ahead.next.abs_diff(number) > ahead.threshold {
            // Too far: it counts as lost and takes no index.
            return;
        }
        tally.displaced(ahead.next, number);
        ahead.early.remove(ahead.next);
        if number > ahead.next {
            ahead.early.insert(number);
        }
        ahead.next = ahead.next.saturating_add(1);
    }
}

/// Reorder buffer-occupancy density: how many arrivals wait for an earlier number, at each arrival.
#[derive(Clone, Debug)]
pub(super) struct Occupancies {
    /// Its `next` is the number that is expected, its early arrivals wait in the buffer.
    ahead: Lookahead,
}

impl Occupancies {
    pub(super) fn new(threshold: u64) -> Self {
        Self { ahead: Lookahead::new(threshold) }
    }

    /// The next arrival; one that is there already, or that nothing waits for any more, is left out.
    pub(super) fn on_arrived(&mut self, number: u64, tally: &mut Tally) {
        if self.ahead.push(number) {
            self.take_first(tally);
        }
    }

    pub(super) fn finish(mut self, tally: &mut Tally) {
        while !self.ahead.window.is_empty() {
            self.take_first(tally);
        }
    }

    /// The first of the window arrives.
    fn take_first(&mut self, tally: &mut Tally) {
        let ahead = &mut self.ahead;
        // Lost numbers are passed over: the least of the window is expected.
        let expected = ahead.in_window.least();
        let Some(number) = ahead.pop() else { return };
        if expected == Some(number) {
            ahead.next = number.saturating_add(1);
            let awaited = ahead.in_window.least();
            while let Some(held) =
                ahead.early.least().filter(|&held| awaited.is_none_or(|awaited| held < awaited))
            {
                ahead.early.remove(held);
                ahead.next = held.saturating_add(1);
            }
        } else {
            ahead.early.insert(number);
            ahead.next = expected.unwrap_or(ahead.next);
        }
        tally.occupancies.add(ahead.early.len);
    }
}
