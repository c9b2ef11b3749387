//! RFC 4737 over the first copies of one flow: what each arrival adds to the figures.
//!
//! It is told which numbers can no longer come and forgets what only they could ask for, so that memory is
//! O(numbers that can still come and arrivals beyond them). Whether a copy is the first is decided by its user.

use std::collections::VecDeque;

use super::tally::{Reordering, Tally};
use crate::metrics::exposure::Exposed;
use crate::units::SimTime;

/// 3-reordering is what makes TCP retransmit for nothing (RFC 4737, section 5.4).
const TCP_DUPLICATE_ACKS: u64 = 3;

/// An arrival: the sending number and its place among the arrivals, from 0.
#[derive(Clone, Copy, Debug)]
struct Arrival {
    number: u64,
    place: u64,
}

/// An arrival in order, greater than all before.
#[derive(Clone, Copy, Debug)]
struct Record {
    place: u64,
    at: SimTime,
    /// The place of the first reordered arrival whose extent reaches back to here: it makes this one a
    /// reordering discontinuity (section 4.5).
    found_by: Option<u64>,
}

/// The arrivals of one flow.
#[derive(Clone, Debug, Default)]
pub(super) struct Singletons {
    found: Reordering,
    /// Section 3.3's `NextExp`: one above the greatest number that has arrived.
    next_expected: u64,
    /// In order of arrival and number: the earliest larger one of section 4.2 is among them.
    records: VecDeque<Record>,
    /// Their numbers, which are searched at every reordered arrival, close together.
    numbers: VecDeque<u64>,
    /// Arrivals that no later one undercuts, ascending: where section 5.2's run of larger numbers ends.
    floors: VecDeque<Arrival>,
    /// The last discontinuity that is settled.
    discontinuity: Option<Record>,
    /// In-order arrivals since the last reordered one (section 4.6).
    free_run: u64,
}

impl Singletons {
    pub(super) const fn found(&self) -> &Reordering {
        &self.found
    }

    /// The first copy of the packet with this number arrived; larger numbers that came before have `bytes_above`
    /// bytes (section 4.4: all of them came at or after the place from which its extent is counted). What it was, counted.
    pub(super) fn on_arrived(
        &mut self,
        number: u64,
        at: SimTime,
        tally: &mut Tally,
        bytes_above: impl FnOnce() -> u64,
    ) -> Exposed {
        let arrival = Arrival { number, place: self.found.received };
        self.found.received += 1;
        let is_reordered = number < self.next_expected;
        if is_reordered {
            self.found.reordered += 1;
            tally.free_runs.end(std::mem::take(&mut self.free_run));
            self.measure_extent(arrival, at, tally, bytes_above);
        } else {
            // Section 3.3: in order.
            self.next_expected = number.saturating_add(1);
            self.records.push_back(Record { place: arrival.place, at, found_by: None });
            self.numbers.push_back(number);
            self.free_run += 1;
        }
        let three_reordered = u64::from(self.measure_larger_run(arrival, tally));
        Exposed { received: 1, reordered: u64::from(is_reordered), three_reordered }
    }

    /// Section 4.2: e = i - j, with j the earliest arrival of a larger number; 4.3 and 4.4 from there.
    fn measure_extent(
        &mut self,
        arrival: Arrival,
        at: SimTime,
        tally: &mut Tally,
        bytes_above: impl FnOnce() -> u64,
    ) {
        let earliest = self.numbers.partition_point(|&number| number < arrival.number);
        let Some(record) = self.records.get_mut(earliest) else { return };
        let extent = arrival.place - record.place;
        record.found_by.get_or_insert(arrival.place);
        self.found.extent_sum += u128::from(extent);
        self.found.extent_max = self.found.extent_max.max(extent);
        tally.extents.add(extent);
        tally.late_times.record(at.since(record.at));
        tally.byte_offsets.add(bytes_above());
    }

    /// Section 5.2: a packet is n-reordered if the n arrivals just before it all have larger numbers. Is it for n = 3?
    #[inline]
    fn measure_larger_run(&mut self, arrival: Arrival, tally: &mut Tally) -> bool {
        while self.floors.back().is_some_and(|floor| floor.number > arrival.number) {
            self.floors.pop_back();
        }
        let run = match self.floors.back() {
            Some(floor) => arrival.place - floor.place - 1,
            None => arrival.place,
        };
        let is_three_reordered = run >= TCP_DUPLICATE_ACKS;
        self.found.three_reordered += u64::from(is_three_reordered);
        if run > 0 {
            tally.larger_runs.add(run);
        }
        self.floors.push_back(arrival);
        is_three_reordered
    }

    /// No number below `lowest` will come: forgets what only such a one could ask for.
    pub(super) fn forget_below(&mut self, lowest: u64, tally: &mut Tally) {
        // Whoever comes asks for the earliest larger one.
        while self.numbers.front().is_some_and(|&number| number < lowest) {
            self.numbers.pop_front();
            if let Some(record) = self.records.pop_front() {
                self.settle(record, tally);
            }
        }
        // Whoever comes asks for the latest smaller one: of those below `lowest` only the last can be it.
        while self.floors.get(1).is_some_and(|floor| floor.number < lowest) {
            self.floors.pop_front();
        }
    }

    /// The earliest arrival in order that is still remembered: its place and number.
    pub(super) fn earliest(&self) -> Option<(u64, u64)> {
        self.records.front().map(|record| record.place).zip(self.numbers.front().copied())
    }

    /// The place of the next arrival.
    pub(super) const fn next_place(&self) -> u64 {
        self.found.received
    }

    /// Section 4.5: the gap from the discontinuity before, if that was found first.
    fn settle(&mut self, record: Record, tally: &mut Tally) {
        if record.found_by.is_none() {
            return;
        }
        tally.discontinuities += 1;
        if let Some(before) = self.discontinuity.filter(|before| before.found_by < record.found_by) {
            tally.gaps.add(record.place - before.place);
            tally.gap_times.record(record.at.since(before.at));
        }
        self.discontinuity = Some(record);
    }

    /// Nothing more will come.
    pub(super) fn finish(mut self, tally: &mut Tally) {
        while let Some(record) = self.records.pop_front() {
            self.settle(record, tally);
        }
        tally.found.add(&self.found);
        tally.free_runs.leave_open(self.free_run);
    }

    /// Entries held, for the test that memory is bounded.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.records.len() + self.floors.len()
    }
}
