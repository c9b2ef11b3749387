//! How far the writes of each group come to the remote site out of their local order: RFC 4737 and RFC 5236 of writes.
//!
//! A write is sent, in the words of the RFCs, when it is accepted into the local cache (Fig. 5, step 501), and
//! arrives when it first stands in a remote cache (Fig. 8, step 800) or, where there is no such stay, on a remote
//! unit. So losses and resends of packets count here as lateness of writes. Only writes that count for statistics
//! are seen. Memory is O(in flight).

use super::reordering::{Flow, Tally};
use super::row::{Flag, Row};
use crate::units::SimTime;

/// Watches the writes of every group.
#[derive(Clone, Debug)]
pub(super) struct WriteOrder {
    /// Indexed by group: the next number, and the flow.
    groups: Vec<(u64, Flow)>,
    /// Over all groups.
    order: Tally,
}

impl WriteOrder {
    /// Over this many groups.
    pub(super) fn new(groups: usize) -> Self {
        Self { groups: vec![(0, Flow::default()); groups], order: Tally::default() }
    }

    /// A write of this many bytes that counts was accepted.
    pub(super) fn on_accepted(&mut self, row: &mut Row, group: u32, bytes: u32) {
        let Some((next, flow)) = self.groups.get_mut(group as usize) else { return };
        let number = *next;
        *next += 1;
        flow.on_sent(number, bytes, false, &mut self.order);
        // The lower half of its number tells it from all that have not arrived: the flow holds each of them.
        (row.order, row.group) = (number as u32, group);
        row.set(Flag::IsExpected, true);
    }

    /// A copy of it stands in a remote cache, or on a remote unit.
    pub(super) fn on_arrived(&mut self, now: SimTime, row: &mut Row) {
        if let Some((number, flow)) = Self::take(&mut self.groups, row) {
            flow.on_arrived(number, now, &mut self.order);
        }
    }

    /// It will not be sent (any more): a crash wiped it.
    pub(super) fn on_lost(&mut self, row: &mut Row) {
        if let Some((number, flow)) = Self::take(&mut self.groups, row) {
            flow.on_lost(number, &mut self.order);
        }
    }

    /// The number of a write that has not arrived, and its flow: it has, or never will.
    fn take<'a>(groups: &'a mut [(u64, Flow)], row: &mut Row) -> Option<(u64, &'a mut Flow)> {
        if !row.set(Flag::IsExpected, false) {
            return None;
        }
        let (_, flow) = groups.get_mut(row.group as usize)?;
        Some((flow.number_of(row.order), flow))
    }

    /// The figures.
    pub(super) fn finish(mut self) -> Tally {
        for (_, flow) in self.groups {
            flow.finish(&mut self.order);
        }
        self.order
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::row::Rows;
    use crate::units::{LocalId, WriteRef};

    const SIZE: u32 = 512;

    fn write(serial: u64) -> WriteRef {
        WriteRef { serial, slot: serial as u32 % 4 }
    }

    fn accepted(order: &mut WriteOrder, rows: &mut Rows, serial: u64, group: u32) {
        rows.issue(write(serial), LocalId(0), SIZE);
        order.on_accepted(rows.of(write(serial)).unwrap(), group, SIZE);
    }

    #[test]
    fn first_copies_of_writes_count_group_by_group() {
        let (mut order, mut rows) = (WriteOrder::new(2), Rows::default());
        for serial in 0..3 {
            accepted(&mut order, &mut rows, serial, 0);
        }
        accepted(&mut order, &mut rows, 3, 1);
        // The other group's write reorders nothing here; the second copy of write 1 is none.
        for serial in [3, 1, 1, 0, 2] {
            order.on_arrived(SimTime::ZERO, rows.of(write(serial)).unwrap());
        }
        let tally = order.finish();
        assert_eq!((tally.found.received, tally.found.reordered), (4, 1));
        assert_eq!(tally.displacements(), [(-1, 1), (0, 2), (1, 1)]);
    }

    #[test]
    fn a_write_that_is_lost_is_not_waited_for() {
        let (mut order, mut rows) = (WriteOrder::new(1), Rows::default());
        for serial in 0..3 {
            accepted(&mut order, &mut rows, serial, 0);
        }
        order.on_lost(rows.of(write(0)).unwrap());
        order.on_arrived(SimTime::ZERO, rows.of(write(1)).unwrap());
        // A slot that is used again is another write's.
        accepted(&mut order, &mut rows, 4, 0);
        assert!(rows.of(write(0)).is_none());
        let tally = order.finish();
        assert_eq!((tally.found.received, tally.found.reordered), (1, 0));
        assert_eq!(tally.displacements(), [(0, 1)]);
    }

    /// Half of a number names one that has not arrived, on both sides of the end of that half.
    #[test]
    fn a_run_of_more_writes_than_half_a_number_counts() {
        let (mut order, mut rows) = (WriteOrder::new(1), Rows::default());
        order.groups[0].0 = (1 << 32) - 2;
        for serial in 0..4 {
            accepted(&mut order, &mut rows, serial, 0);
        }
        for serial in [2, 0, 1, 3] {
            order.on_arrived(SimTime::ZERO, rows.of(write(serial)).unwrap());
        }
        let tally = order.finish();
        assert_eq!((tally.found.received, tally.found.reordered), (4, 2));
        assert_eq!(tally.displacements(), [(-2, 1), (0, 1), (1, 2)]);
    }
}
