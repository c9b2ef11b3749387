//! One flow of which the sendings are known: a direction of a path in a run, or the writes of a group.
//!
//! It knows which numbers are in flight and which are lost, so displacement and buffer occupancy (RFC 5236)
//! are exact at every arrival and need no threshold. Memory is O(in flight).

use std::collections::VecDeque;

use super::singleton::Singletons;
use super::tally::{Reordering, Tally};
use crate::units::SimTime;

/// Watches one flow.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    singletons: Singletons,
    /// The lowest number that is still in flight; those before it have arrived or are lost.
    lowest: u64,
    /// Sizes of the numbers sent, from `lowest` on.
    sizes: VecDeque<u32>,
    /// Lost numbers from `lowest` on.
    lost: VecDeque<u64>,
    /// Numbers above `lowest` that have arrived: a reordering buffer would hold them.
    early: u64,
    /// The receive index of the next arrival (RFC 5236, section 3.1): numbers that are lost have none.
    receive_index: u64,
    /// Lost numbers from `receive_index` on.
    without_index: VecDeque<u64>,
}

impl Flow {
    /// What it has shown so far.
    pub const fn found(&self) -> &Reordering {
        self.singletons.found()
    }

    /// A packet of this many bytes was sent with this number, after all with lower numbers; it may be `lost`.
    pub fn on_sent(&mut self, number: u64, bytes: u32, lost: bool, tally: &mut Tally) {
        // A flow may be watched from its middle (after the warm-up): it begins at the first number sent.
        if self.sizes.is_empty() && self.lowest < number {
            self.lowest = number;
            self.receive_index = number;
            self.lost.clear();
            self.without_index.clear();
        }
        // Numbers that were left out are not of this flow.
        while self.end() < number {
            let missing = self.end();
            self.sizes.push_back(0);
            self.on_lost(missing, tally);
        }
        self.sizes.push_back(bytes);
        if lost {
            self.on_lost(number, tally);
        }
    }

    /// The packet with this number will not arrive.
    pub fn on_lost(&mut self, number: u64, tally: &mut Tally) {
        if !(self.lowest..self.end()).contains(&number) || self.is_done(number) {
            return;
        }
        insert_sorted(&mut self.lost, number);
        if number >= self.receive_index {
            insert_sorted(&mut self.without_index, number);
        }
        if number == self.lowest {
            self.advance(tally);
        } else {
            self.singletons.mark(number, 0);
        }
    }

    /// A copy of the packet with this number arrived. True if it is the first.
    pub fn on_arrived(&mut self, number: u64, at: SimTime, tally: &mut Tally) -> bool {
        if !(self.lowest..self.end()).contains(&number) || self.is_done(number) {
            return false;
        }
        self.singletons.on_arrived(number, at, tally);
        while self.without_index.front() == Some(&self.receive_index) {
            self.without_index.pop_front();
            self.receive_index += 1;
        }
        tally.displaced(self.receive_index, number);
        self.receive_index += 1;
        if number == self.lowest {
            self.sizes.pop_front();
            self.lowest += 1;
            self.advance(tally);
        } else {
            let bytes = self.sizes.get((number - self.lowest) as usize).copied().unwrap_or(0);
            self.singletons.mark(number, bytes);
            self.early += 1;
        }
        tally.occupancies.add(self.early);
        true
    }

    /// Nothing more will be seen of it.
    pub fn finish(self, tally: &mut Tally) {
        self.singletons.finish(tally);
    }

    /// One above the greatest number sent.
    fn end(&self) -> u64 {
        self.lowest + self.sizes.len() as u64
    }

    /// Has it arrived, or is it lost?
    fn is_done(&self, number: u64) -> bool {
        // The lowest is in flight, and without any other arrived or lost nothing can be done with.
        number != self.lowest && self.singletons.contains(number)
    }

    /// Moves `lowest` to the next number that is in flight.
    fn advance(&mut self, tally: &mut Tally) {
        loop {
            if self.lost.front() == Some(&self.lowest) {
                self.lost.pop_front();
            } else if self.early > 0 && self.singletons.contains(self.lowest) {
                self.early -= 1;
            } else {
                break;
            }
            self.sizes.pop_front();
            self.lowest += 1;
        }
        self.singletons.forget_below(self.lowest, tally);
    }

    /// Entries held, for the test that memory is O(in flight).
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.singletons.held() + self.sizes.len() + self.lost.len() + self.without_index.len()
    }
}

/// Inserts into an ascending list; nearly always at its end.
fn insert_sorted(list: &mut VecDeque<u64>, number: u64) {
    let place = list.partition_point(|&other| other < number);
    list.insert(place, number);
}
