//! One flow of which the sendings are known: a direction of a path in a run, or the writes of a group.
//!
//! It knows which numbers are in flight and which are lost, so displacement and buffer occupancy (RFC 5236)
//! are exact at every arrival and need no threshold. Memory is O(in flight).

use std::collections::VecDeque;

use super::in_flight::InFlight;
use super::singleton::Singletons;
use super::tally::{Reordering, Tally};
use crate::metrics::exposure::Exposed;
use crate::units::SimTime;

/// Watches one flow.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    singletons: Singletons,
    in_flight: InFlight,
    /// The receive index of the next arrival (RFC 5236, section 3.1): numbers that are lost have none.
    receive_index: u64,
    /// Lost numbers from `receive_index` on.
    without_index: VecDeque<u64>,
    /// What had arrived before the oldest that was in flight at the last sending.
    exposed: Exposed,
}

impl Flow {
    /// What it has shown so far.
    pub const fn found(&self) -> &Reordering {
        self.singletons.found()
    }

    /// The packets that could have been overtaken, and which of these were.
    pub const fn exposed(&self) -> &Exposed {
        &self.exposed
    }

    /// The number, of those that are under way, whose lower half this is. (They are fewer than that has values.)
    pub fn number_of(&self, lower_half: u32) -> u64 {
        let lowest = self.in_flight.lowest();
        lowest + u64::from(lower_half.wrapping_sub(lowest as u32))
    }

    /// A packet of this many bytes was sent with this number, after all with lower numbers; it may be `lost`.
    #[inline]
    pub fn on_sent(&mut self, number: u64, bytes: u32, lost: bool, tally: &mut Tally) {
        self.exposed = *self.in_flight.passed();
        // A flow may be watched from its middle (after the warm-up): it begins at the first number sent.
        if self.in_flight.end() == self.in_flight.lowest() && self.in_flight.lowest() < number {
            self.in_flight.begin_at(number);
            self.receive_index = number;
            self.without_index.clear();
        }
        // Numbers that were left out are not of this flow.
        while self.in_flight.end() < number {
            let missing = self.in_flight.end();
            self.in_flight.push(0);
            self.on_lost(missing, tally);
        }
        self.in_flight.push(bytes);
        if lost {
            self.on_lost(number, tally);
        }
    }

    /// The packet with this number will not arrive.
    pub fn on_lost(&mut self, number: u64, tally: &mut Tally) {
        if !self.in_flight.contains(number) {
            return;
        }
        if number >= self.receive_index {
            insert_sorted(&mut self.without_index, number);
        }
        self.in_flight.lose(number);
        if number == self.in_flight.lowest() {
            self.advance(tally);
        }
    }

    /// A copy of the packet with this number arrived. True if it is the first.
    pub fn on_arrived(&mut self, number: u64, at: SimTime, tally: &mut Tally) -> bool {
        if !self.in_flight.contains(number) {
            return false;
        }
        let found = self.singletons.on_arrived(number, at, tally, || self.in_flight.bytes_above(number));
        while self.without_index.front() == Some(&self.receive_index) {
            self.without_index.pop_front();
            self.receive_index += 1;
        }
        tally.displaced(self.receive_index, number);
        self.receive_index += 1;
        if number == self.in_flight.lowest() {
            self.in_flight.pass(&found);
            self.advance(tally);
        } else {
            self.in_flight.arrive(number, &found);
        }
        tally.occupancies.add(self.in_flight.early());
        true
    }

    /// Nothing more will be seen of it.
    pub fn finish(self, tally: &mut Tally) {
        self.singletons.finish(tally);
    }

    /// Moves on to the next number that is in flight.
    fn advance(&mut self, tally: &mut Tally) {
        self.in_flight.advance();
        self.singletons.forget_below(self.in_flight.lowest(), tally);
    }

    /// Entries held, for the test that memory is O(in flight).
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.singletons.held() + self.in_flight.held() + self.without_index.len()
    }
}

/// Inserts into an ascending list; nearly always at its end.
fn insert_sorted(list: &mut VecDeque<u64>, number: u64) {
    let place = list.partition_point(|&other| other < number);
    list.insert(place, number);
}
