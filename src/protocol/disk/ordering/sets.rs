//! Sets on the wire: which writes belong to an epoch or to a cycle, what barriers say of them, and how far a stream has
//! arrived whole.
//!
//! A set of a stream is whole when its barrier, and as many writes as that says, have arrived (rule `barrier`), and every
//! set before it is whole.

use std::collections::{BTreeMap, BTreeSet};

use crate::protocol::disk::numbering::StreamId;

/// Closes the sets of a stream after `after` up to `set`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Barrier {
    /// The stream.
    pub stream: StreamId,
    /// Its packet number, by which a copy is known.
    pub number: u64,
    /// The last set that the barrier before closed; 0 at the beginning.
    pub after: u32,
    /// The last set that this one closes.
    pub set: u32,
    /// How many writes of the stream these sets have.
    pub writes: u32,
    /// No write of these sets has a later time stamp, and every later write of the stream has one.
    pub stamp: u64,
}

/// What a send process knows of the sets of its stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SentSets {
    /// The last set that was closed by a barrier.
    pub closed: u32,
    /// Writes sent since.
    pub writes: u32,
    /// Barriers that are not completed, by packet number.
    pub barriers: BTreeMap<u64, Barrier>,
    /// Where sets are cut: slots of entries that wait for their set to be sent, by stamp and order.
    pub captured: BTreeMap<(u64, u64), u32>,
    /// The set up to which is being sent, while its barrier is not.
    pub closing: Option<u32>,
}

/// What a receive process knows of the sets of its stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReceivedSets {
    /// Every set up to this one is whole.
    whole: u32,
    /// Of the first packet after the barrier that closed it.
    first_number: u64,
    /// By set after that, how many of its writes have arrived.
    arrived: BTreeMap<u32, u32>,
    /// Barriers that have arrived and whose sets are not whole, by the set before.
    barriers: BTreeMap<u32, Barrier>,
    /// Numbers from the first one on that no write has: those of markers and barriers that have arrived.
    without_write: BTreeSet<u64>,
}

impl ReceivedSets {
    /// Every set up to this one is whole.
    pub const fn whole(&self) -> u32 {
        self.whole
    }

    /// How many numbers of the set after that, or of later ones, come before this one, leaving out those that are known
    /// to have no write. `None`: the number belongs to a set that is whole.
    pub fn writes_before(&self, number: u64) -> Option<u64> {
        let beyond = number.checked_sub(self.first_number)?;
        Some(beyond - self.without_write.range(..number).count() as u64)
    }

    /// A marker or a barrier of this number has arrived.
    pub fn on_number_without_write(&mut self, number: u64) {
        if number >= self.first_number {
            self.without_write.insert(number);
        }
    }

    /// A write of `set` has arrived, for the first time.
    pub fn on_write(&mut self, set: u32) {
        if set > self.whole {
            *self.arrived.entry(set).or_default() += 1;
        }
    }

    /// A barrier has arrived.
    pub fn on_barrier(&mut self, barrier: Barrier) {
        if barrier.after >= self.whole && barrier.set > barrier.after {
            self.barriers.insert(barrier.after, barrier);
        }
    }

    /// What is whole now: the last barrier up to which it is, if that has changed. Unless the barrier `counts`, it is
    /// believed as it comes (rule `barrier`, literally).
    pub fn advance(&mut self, counts: bool) -> Option<Barrier> {
        let mut last = None;
        while let Some(&barrier) = self.barriers.get(&self.whole) {
            let arrived: u32 = self.arrived.range(..=barrier.set).map(|(_, writes)| writes).sum();
            if counts && arrived < barrier.writes {
                break;
            }
            self.barriers.remove(&self.whole);
            self.whole = barrier.set;
            self.first_number = barrier.number + 1;
            self.arrived = self.arrived.split_off(&(barrier.set + 1));
            last = Some(barrier);
        }
        if last.is_some() {
            self.without_write = self.without_write.split_off(&self.first_number);
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn barrier(after: u32, set: u32, writes: u32) -> Barrier {
        Barrier { stream: StreamId(0), number: u64::from(set) * 10, after, set, writes, stamp: 0 }
    }

    /// Neither the writes nor the barrier alone make a set whole, nor a later set; what comes in between is closed with
    /// it.
    #[test]
    fn a_set_is_whole_by_its_barrier_and_its_count() {
        let mut sets = ReceivedSets::default();
        sets.on_write(1);
        sets.on_barrier(barrier(1, 4, 1));
        assert_eq!(sets.advance(true), None, "the barrier of set 1 is missing");
        sets.on_barrier(barrier(0, 1, 2));
        assert_eq!(sets.advance(true), None, "a write of set 1 is missing");
        sets.on_write(4);
        assert_eq!(sets.advance(true), None);
        sets.on_write(1);
        assert_eq!(sets.advance(true), Some(barrier(1, 4, 1)));
        assert_eq!((sets.whole(), sets.first_number), (4, 41));
        sets.on_write(2);
        sets.on_barrier(barrier(0, 1, 2));
        assert_eq!(
            sets,
            ReceivedSets { whole: 4, first_number: 41, ..ReceivedSets::default() },
            "late copies"
        );
    }

    /// A place is kept for each write of the set that is next: numbers that no write has do not count.
    #[test]
    fn markers_take_no_place_from_writes() {
        let mut sets = ReceivedSets::default();
        sets.on_barrier(barrier(0, 1, 0));
        sets.advance(true);
        assert_eq!([10, 11, 14].map(|number| sets.writes_before(number)), [None, Some(0), Some(3)]);
        for number in [3, 12, 13, 14] {
            sets.on_number_without_write(number);
        }
        assert_eq!([11, 12, 14, 15].map(|number| sets.writes_before(number)), [0, 1, 1, 1].map(Some));
        sets.on_barrier(barrier(1, 2, 0));
        sets.advance(true);
        assert!(sets.without_write.is_empty(), "bounded by what has not become whole");
    }

    /// Rule `barrier`, literally: the number alone.
    #[test]
    fn a_barrier_without_its_count_is_believed_as_it_comes() {
        let mut sets = ReceivedSets::default();
        sets.on_barrier(barrier(0, 1, 2));
        assert_eq!(sets.advance(false), Some(barrier(0, 1, 2)));
    }

    /// A write of a set that is whole counts for no other, and a barrier that closes nothing says nothing.
    #[test]
    fn what_belongs_to_a_whole_set_is_not_counted() {
        let mut sets = ReceivedSets::default();
        sets.on_barrier(barrier(0, 0, 0));
        assert_eq!(sets.advance(true), None);
        sets.on_barrier(barrier(0, 1, 2));
        assert_eq!(sets.advance(false), Some(barrier(0, 1, 2)), "believed as it comes");
        sets.on_write(1);
        sets.on_barrier(barrier(1, 2, 1));
        assert_eq!(sets.advance(true), None);
        sets.on_write(2);
        assert_eq!(sets.advance(true), Some(barrier(1, 2, 1)));
    }
}
