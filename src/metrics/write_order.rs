//! How far the writes of each group come to the remote site out of their local order: RFC 4737 and RFC 5236 of writes.
//!
//! A write is sent, in the words of the RFCs, when it is accepted into the local cache (Fig. 5, step 501), and
//! arrives when it first stands in a remote cache (Fig. 8, step 800) or, where there is no such stay, on a remote
//! unit. So losses and resends of packets count here as lateness of writes. Only writes that count for statistics
//! are seen. Memory is O(in flight).

use super::reordering::{Flow, Tally};
use crate::units::{SimTime, WriteRef};

/// A write that was accepted and has not arrived.
#[derive(Clone, Copy, Debug)]
struct Expected {
    serial: u64,
    /// Its place in the local order of its group.
    number: u64,
    group: u32,
}

/// Watches the writes of every group.
#[derive(Clone, Debug)]
pub struct WriteOrder {
    /// Indexed by group: the next number, and the flow.
    groups: Vec<(u64, Flow)>,
    /// Indexed by slot.
    slots: Vec<Option<Expected>>,
    /// Over all groups.
    order: Tally,
}

impl WriteOrder {
    /// Over this many groups.
    pub fn new(groups: usize) -> Self {
        Self { groups: vec![(0, Flow::default()); groups], slots: Vec::new(), order: Tally::default() }
    }

    /// A write of this many bytes that counts was accepted.
    pub fn on_accepted(&mut self, write: WriteRef, group: usize, bytes: u32) {
        let Some((next, flow)) = self.groups.get_mut(group) else { return };
        let number = *next;
        *next += 1;
        flow.on_sent(number, bytes, false, &mut self.order);
        let index = write.slot as usize;
        if index >= self.slots.len() {
            self.slots.resize(index + 1, None);
        }
        self.slots[index] = Some(Expected { serial: write.serial, number, group: group as u32 });
    }

    /// A copy of it stands in a remote cache, or on a remote unit.
    pub fn on_arrived(&mut self, now: SimTime, write: WriteRef) {
        if let Some(Expected { number, group, .. }) = self.take(write)
            && let Some((_, flow)) = self.groups.get_mut(group as usize)
        {
            flow.on_arrived(number, now, &mut self.order);
        }
    }

    /// It will not be sent (any more): a crash wiped it.
    pub fn on_lost(&mut self, write: WriteRef) {
        if let Some(Expected { number, group, .. }) = self.take(write)
            && let Some((_, flow)) = self.groups.get_mut(group as usize)
        {
            flow.on_lost(number, &mut self.order);
        }
    }

    fn take(&mut self, write: WriteRef) -> Option<Expected> {
        let slot = self.slots.get_mut(write.slot as usize)?;
        if slot.as_ref()?.serial == write.serial { slot.take() } else { None }
    }

    /// The figures.
    pub fn finish(mut self) -> Tally {
        for (_, flow) in self.groups {
            flow.finish(&mut self.order);
        }
        self.order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(serial: u64) -> WriteRef {
        WriteRef { serial, slot: serial as u32 % 4 }
    }

    #[test]
    fn first_copies_of_writes_count_group_by_group() {
        let mut order = WriteOrder::new(2);
        for serial in 0..3 {
            order.on_accepted(write(serial), 0, 512);
        }
        order.on_accepted(write(3), 1, 512);
        // The other group's write reorders nothing here; the second copy of write 1 is none.
        for serial in [3, 1, 1, 0, 2] {
            order.on_arrived(SimTime::ZERO, write(serial));
        }
        let tally = order.finish();
        assert_eq!((tally.found.received, tally.found.reordered), (4, 1));
        assert_eq!(tally.displacements(), [(-1, 1), (0, 2), (1, 1)]);
    }

    #[test]
    fn a_write_that_is_lost_is_not_waited_for() {
        let mut order = WriteOrder::new(1);
        for serial in 0..3 {
            order.on_accepted(write(serial), 0, 512);
        }
        order.on_lost(write(0));
        order.on_arrived(SimTime::ZERO, write(1));
        // A slot that is used again is another write's.
        order.on_accepted(write(4), 0, 512);
        order.on_arrived(SimTime::ZERO, write(0));
        let tally = order.finish();
        assert_eq!((tally.found.received, tally.found.reordered), (1, 0));
        assert_eq!(tally.displacements(), [(0, 1)]);
    }
}
