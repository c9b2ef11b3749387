//! How far packets arrive out of order: RFC 4737's reordered ratio, extent and n-reordering of one flow.
//!
//! A flow is one direction of one path in the order of sending. Only the first copy of a packet counts
//! (RFC 4737, section 3.3: duplicates are left out). Memory is O(packets in flight): what can still matter to
//! a packet that is under way is kept, the rest forgotten. It knows neither time nor what packets carry.

use std::collections::VecDeque;

/// 3-reordering is what makes TCP retransmit for nothing (RFC 4737, section 5.4).
const TCP_DUPLICATE_ACKS: u64 = 3;

/// What one flow, or several added up, has shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reordering {
    /// First copies that arrived.
    pub received: u64,
    /// Those that arrived reordered (section 3.3).
    pub reordered: u64,
    /// Sum of their reordering extents, in packets (section 4.2).
    pub extent_sum: u128,
    /// The greatest extent, in packets.
    pub extent_max: u64,
    /// Packets that arrived 3-reordered (section 5.2).
    pub three_reordered: u64,
}

impl Reordering {
    /// Reordered packets over received ones (section 4.1); 0 if none was received.
    pub fn ratio(&self) -> f64 {
        share(self.reordered as f64, self.received)
    }

    /// Mean extent over the reordered packets, in packets; 0 if there is none.
    pub fn extent_mean(&self) -> f64 {
        share(self.extent_sum as f64, self.reordered)
    }

    /// 3-reordered packets over received ones (section 5.3); 0 if none was received.
    pub fn three_reordered_ratio(&self) -> f64 {
        share(self.three_reordered as f64, self.received)
    }

    /// Adds another flow's counts.
    pub fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.reordered += other.reordered;
        self.extent_sum += other.extent_sum;
        self.extent_max = self.extent_max.max(other.extent_max);
        self.three_reordered += other.three_reordered;
    }
}

fn share(part: f64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part / whole as f64 }
}

/// An arrival: the sending number and its place among the arrivals, from 0.
#[derive(Clone, Copy, Debug)]
struct Arrival {
    number: u64,
    place: u64,
}

/// Watches one flow.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    found: Reordering,
    /// The lowest sending number that is still under way; those before it have arrived or are lost.
    lowest: u64,
    /// Is the packet with number `lowest + index` done with (arrived or lost)? The front never is.
    done: VecDeque<bool>,
    /// Section 3.3's `NextExp`: one above the greatest number that has arrived.
    next_expected: u64,
    /// Arrivals in order, each greater than all before: the earliest larger one of section 4.2 is among them.
    records: VecDeque<Arrival>,
    /// Arrivals that no later one undercuts, ascending: where section 5.2's run of larger numbers ends.
    floors: VecDeque<Arrival>,
}

impl Flow {
    /// What it has shown so far.
    pub const fn found(&self) -> &Reordering {
        &self.found
    }

    /// The packet with this number was sent, after all with lower numbers; it may be `lost`.
    pub fn on_sent(&mut self, number: u64, lost: bool) {
        // A flow may be watched from its middle (after the warm-up): it begins at the first number sent.
        if self.done.is_empty() && self.lowest < number {
            self.lowest = number;
        }
        while self.lowest + (self.done.len() as u64) < number {
            self.done.push_back(true);
        }
        self.done.push_back(lost);
        self.forget();
    }

    /// A copy of the packet with this number arrived. True if it is the first.
    pub fn on_arrived(&mut self, number: u64) -> bool {
        let Some(index) = number.checked_sub(self.lowest) else { return false };
        let Some(done) = self.done.get_mut(index as usize) else { return false };
        if std::mem::replace(done, true) {
            return false;
        }
        let arrival = Arrival { number, place: self.found.received };
        self.found.received += 1;
        if number >= self.next_expected {
            // Section 3.3: in order.
            self.next_expected = number + 1;
            self.records.push_back(arrival);
        } else {
            self.found.reordered += 1;
            // Section 4.2: e = i - j, with j the earliest arrival of a larger number.
            let earliest = self.records.partition_point(|record| record.number < number);
            if let Some(record) = self.records.get(earliest) {
                let extent = arrival.place - record.place;
                self.found.extent_sum += u128::from(extent);
                self.found.extent_max = self.found.extent_max.max(extent);
            }
        }
        self.count_larger_run(arrival);
        self.forget();
        true
    }

    /// Section 5.2: a packet is n-reordered if the n arrivals just before it all have larger numbers.
    fn count_larger_run(&mut self, arrival: Arrival) {
        while self.floors.back().is_some_and(|floor| floor.number > arrival.number) {
            self.floors.pop_back();
        }
        let run = match self.floors.back() {
            Some(floor) => arrival.place - floor.place - 1,
            None => arrival.place,
        };
        if run >= TCP_DUPLICATE_ACKS {
            self.found.three_reordered += 1;
        }
        self.floors.push_back(arrival);
    }

    /// Forgets what no packet under way, or yet to be sent, can ask for.
    fn forget(&mut self) {
        while self.done.front() == Some(&true) {
            self.done.pop_front();
            self.lowest += 1;
        }
        // Whoever comes has a number of at least `lowest`, and asks for the earliest larger one.
        while self.records.front().is_some_and(|record| record.number < self.lowest) {
            self.records.pop_front();
        }
        // Whoever comes asks for the latest smaller one: of those below `lowest` only the last can be it.
        while self.floors.get(1).is_some_and(|floor| floor.number < self.lowest) {
            self.floors.pop_front();
        }
    }

    /// Entries held, for the test that memory is O(in flight).
    #[cfg(test)]
    fn held(&self) -> usize {
        self.done.len() + self.records.len() + self.floors.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a flow shows when 1..=`sent` are sent before anything arrives, in this order.
    fn arrivals(sent: u64, order: &[u64]) -> Reordering {
        let mut flow = Flow::default();
        for number in 1..=sent {
            flow.on_sent(number, !order.contains(&number));
        }
        for &number in order {
            flow.on_arrived(number);
        }
        *flow.found()
    }

    // The arrival orders of RFC 4737, section 7; the extents follow from the definition of section 4.2.

    #[test]
    fn section_7_1_one_packet_reordered() {
        let found = arrivals(10, &[1, 2, 3, 5, 6, 7, 8, 4, 9, 10]);
        // Packet 4 arrives in place 8, packet 5 in place 4: e = 8 - 4. It is 4-reordered, hence 3-reordered.
        assert_eq!(
            found,
            Reordering { received: 10, reordered: 1, extent_sum: 4, extent_max: 4, three_reordered: 1 }
        );
        assert!((found.ratio() - 0.1).abs() < 1e-15);
    }

    #[test]
    fn section_7_2_two_packets_reordered() {
        let found = arrivals(10, &[1, 2, 3, 4, 7, 5, 6, 8, 9, 10]);
        // Extents 1 (packet 5) and 2 (packet 6); neither is 3-reordered.
        assert_eq!(
            found,
            Reordering { received: 10, reordered: 2, extent_sum: 3, extent_max: 2, three_reordered: 0 }
        );
        assert!((found.extent_mean() - 1.5).abs() < 1e-15);
    }

    #[test]
    fn section_7_3_three_packets_in_a_row_reordered() {
        let found = arrivals(11, &[1, 2, 3, 7, 8, 9, 10, 4, 5, 6, 11]);
        // Packet 7 arrives in place 4; packets 4, 5, 6 in places 8, 9, 10: extents 4, 5, 6. Only packet 4 is
        // 3-reordered: packets 5 and 6 follow a smaller number at once (section 5.2).
        assert_eq!(
            found,
            Reordering { received: 11, reordered: 3, extent_sum: 15, extent_max: 6, three_reordered: 1 }
        );
    }

    #[test]
    fn two_runs_swapped() {
        let found = arrivals(9, &[1, 2, 3, 7, 8, 9, 4, 5, 6]);
        assert_eq!((found.reordered, found.extent_sum, found.extent_max), (3, 3 + 4 + 5, 5));
        assert_eq!(found.three_reordered, 1);
    }

    #[test]
    fn losses_alone_are_not_reordering() {
        let found = arrivals(9, &[2, 3, 5, 9]);
        assert_eq!(found, Reordering { received: 4, ..Reordering::default() });
    }

    #[test]
    fn second_copies_do_not_count() {
        let mut flow = Flow::default();
        for number in 0..3 {
            flow.on_sent(number, false);
        }
        assert!(flow.on_arrived(0));
        assert!(flow.on_arrived(2));
        assert!(!flow.on_arrived(0), "a second copy of 0 is not a reordered packet");
        assert!(!flow.on_arrived(2));
        assert!(flow.on_arrived(1));
        assert_eq!((flow.found().received, flow.found().reordered), (3, 1));
    }

    #[test]
    fn a_flow_watched_from_its_middle_does_not_see_what_was_sent_before() {
        let mut flow = Flow::default();
        flow.on_sent(1_000_000_000, false);
        assert!(!flow.on_arrived(999_999_999));
        assert!(flow.on_arrived(1_000_000_000));
        assert_eq!(*flow.found(), Reordering { received: 1, ..Reordering::default() });
    }

    #[test]
    fn memory_is_bounded_by_the_packets_in_flight() {
        let mut flow = Flow::default();
        // Blocks of 8 arrive backwards, with every fifth packet lost.
        for block in 0..10_000_u64 {
            for number in block * 8..block * 8 + 8 {
                flow.on_sent(number, number % 5 == 0);
            }
            for number in (block * 8..block * 8 + 8).rev().filter(|number| number % 5 != 0) {
                flow.on_arrived(number);
                assert!(flow.held() <= 3 * 8, "{} entries for 8 packets in flight", flow.held());
            }
        }
    }

    /// Sections 3.3, 4.2 and 5.2 to the letter, in quadratic time.
    fn by_definition(order: &[u64]) -> Reordering {
        let mut found = Reordering { received: order.len() as u64, ..Reordering::default() };
        for (i, number) in order.iter().enumerate() {
            if let Some(j) = order[..i].iter().position(|earlier| earlier > number) {
                let extent = (i - j) as u64;
                found.reordered += 1;
                found.extent_sum += u128::from(extent);
                found.extent_max = found.extent_max.max(extent);
            }
            let run = order[..i].iter().rev().take_while(|earlier| *earlier > number).count();
            found.three_reordered += u64::from(run >= 3);
        }
        found
    }

    proptest! {
        /// Packets sent one per tick, delayed, lost and duplicated at random, show what the definitions say.
        #[test]
        fn a_flow_agrees_with_the_definitions(
            packets in prop::collection::vec((0_u64..30, prop::option::weighted(0.2, 0_u64..30), prop::bool::weighted(0.1)), 0..200),
        ) {
            // (time, sent before arrived, number)
            let mut events = Vec::new();
            for (number, &(delay, second, lost)) in packets.iter().enumerate() {
                let sent = number as u64;
                events.push((sent, 0, number as u64));
                if !lost {
                    events.push((sent + delay, 1, number as u64));
                    events.extend(second.map(|delay| (sent + delay, 1, number as u64)));
                }
            }
            events.sort_unstable();
            let mut flow = Flow::default();
            let mut order = Vec::new();
            for (_, kind, number) in events {
                if kind == 0 {
                    flow.on_sent(number, packets[number as usize].2);
                } else {
                    let first = !order.contains(&number);
                    prop_assert_eq!(flow.on_arrived(number), first);
                    if first {
                        order.push(number);
                    }
                }
            }
            prop_assert_eq!(*flow.found(), by_definition(&order));
        }
    }
}
