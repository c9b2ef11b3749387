//! One flow of which only the arrivals are known: a user's log.
//!
//! What was lost is not known, so an arrival with more than `threshold` earlier arrivals of larger numbers behind
//! the first of them counts as lost (RFC 4737, section 3.4 and RFC 5236, section 3.4 ask for such a limit). Memory
//! is O(threshold), whatever the length of the log.

use super::arrived::Arrived;
use super::density::{Displacements, Occupancies};
use super::singleton::Singletons;
use super::tally::Tally;
use crate::units::SimTime;

/// What became of one line of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copy {
    /// The first copy of its packet: it is measured.
    First,
    /// Another copy of a packet that has arrived (RFC 4737, section 3.3: it does not count).
    Duplicate,
    /// Later than the threshold: it counts as lost, and may be another copy of an earlier packet.
    TooLate,
}

/// Watches the arrivals of one flow.
#[derive(Clone, Debug)]
pub struct ArrivalLog {
    threshold: u64,
    singletons: Singletons,
    /// Arrivals with numbers that one yet to come could be below.
    arrived: Arrived,
    /// Numbers below this count as lost if they come.
    lowest: u64,
    displacements: Displacements,
    occupancies: Occupancies,
    tally: Tally,
}

impl ArrivalLog {
    /// An arrival may come at most `threshold` arrivals after the first with a larger number.
    pub fn new(threshold: u64) -> Self {
        Self {
            threshold,
            singletons: Singletons::default(),
            arrived: Arrived::default(),
            lowest: 0,
            displacements: Displacements::new(threshold),
            occupancies: Occupancies::new(threshold),
            tally: Tally::default(),
        }
    }

    /// A packet of this many bytes arrived; arrivals come in the order of their times.
    pub fn on_arrived(&mut self, number: u64, at: SimTime, bytes: u32) -> Copy {
        if self.arrived.contains(number) {
            return Copy::Duplicate;
        }
        if number < self.lowest {
            return Copy::TooLate;
        }
        self.singletons.on_arrived(number, at, &mut self.tally, || self.arrived.bytes_above(number));
        self.arrived.insert(number, bytes);
        self.displacements.on_arrived(number, &mut self.tally);
        self.occupancies.on_arrived(number, &mut self.tally);
        // What the next arrival would be too late for is forgotten.
        while let Some((place, number)) = self.singletons.earliest()
            && self.singletons.next_place() - place > self.threshold
        {
            self.lowest = number.saturating_add(1);
            self.singletons.forget_below(self.lowest, &mut self.tally);
            self.arrived.forget_below(self.lowest);
        }
        Copy::First
    }

    /// The figures, after the last arrival.
    pub fn finish(mut self) -> Tally {
        self.singletons.finish(&mut self.tally);
        self.displacements.finish(&mut self.tally);
        self.occupancies.finish(&mut self.tally);
        self.tally
    }

    /// Entries held, for the test that memory is bounded.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.singletons.held() + self.arrived.len()
    }
}
