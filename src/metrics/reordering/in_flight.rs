//! The numbers of a flow from the lowest that can still come: what became of each, and the bytes of those above one.
//!
//! A ring, and over it a tree of partial sums (Fenwick 1994, "A new data structure for cumulative frequency tables"): a
//! question costs O(1), a sum O(log in flight), however late an arrival is. It knows nothing of order or time.

use std::collections::VecDeque;

/// What became of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    UnderWay,
    Lost,
    Arrived,
}

/// The numbers from the lowest that is under way.
#[derive(Clone, Debug, Default)]
pub(super) struct InFlight {
    lowest: u64,
    /// From `lowest` on: sizes in bytes, and what became of them.
    numbers: VecDeque<(u32, Fate)>,
    /// Numbers in `numbers` that have arrived.
    arrived: u64,
    /// Bytes of these.
    arrived_bytes: u64,
    /// The same bytes as a tree over numbers modulo its length, a power of two.
    sums: Vec<u64>,
}

impl InFlight {
    /// The lowest number that is under way, or the next to be sent.
    pub(super) const fn lowest(&self) -> u64 {
        self.lowest
    }

    /// One above the greatest number sent.
    pub(super) fn end(&self) -> u64 {
        self.lowest + self.numbers.len() as u64
    }

    /// Numbers above the lowest that have arrived.
    pub(super) const fn early(&self) -> u64 {
        self.arrived
    }

    /// Nothing is under way, and the next to be sent is `number`.
    pub(super) fn begin_at(&mut self, number: u64) {
        self.lowest = number;
    }

    /// The next number was sent.
    pub(super) fn push(&mut self, bytes: u32) {
        if self.numbers.len() == self.sums.len() {
            self.grow();
        }
        self.numbers.push_back((bytes, Fate::UnderWay));
    }

    /// Is it under way?
    pub(super) fn contains(&self, number: u64) -> bool {
        self.place(number).is_some_and(|place| self.numbers[place].1 == Fate::UnderWay)
    }

    /// `number`, which was under way, is lost.
    pub(super) fn lose(&mut self, number: u64) {
        if let Some(place) = self.place(number) {
            self.numbers[place].1 = Fate::Lost;
        }
    }

    /// `number`, which was under way, has arrived.
    pub(super) fn arrive(&mut self, number: u64) {
        let Some(place) = self.place(number) else { return };
        let (bytes, fate) = &mut self.numbers[place];
        *fate = Fate::Arrived;
        let bytes = u64::from(*bytes);
        self.arrived += 1;
        self.add(number, bytes);
    }

    /// Bytes of the arrived numbers above `number`, which is under way.
    pub(super) fn bytes_above(&self, number: u64) -> u64 {
        let (above, end) = (self.index(number) + 1, self.index(self.end()));
        // As much of the ring as lies behind it, round the end where the ring does.
        if above <= end {
            self.sum(end) - self.sum(above)
        } else {
            self.arrived_bytes - (self.sum(above) - self.sum(end))
        }
    }

    /// Forgets the lowest numbers until one is under way.
    pub(super) fn advance(&mut self) {
        while let Some(&(bytes, fate)) = self.numbers.front()
            && fate != Fate::UnderWay
        {
            if fate == Fate::Arrived {
                self.arrived -= 1;
                self.add(self.lowest, u64::from(bytes).wrapping_neg());
            }
            self.numbers.pop_front();
            self.lowest += 1;
        }
    }

    /// Forgets the lowest, which arrived in order: its bytes were above nothing.
    pub(super) fn pass(&mut self) {
        self.numbers.pop_front();
        self.lowest += 1;
    }

    /// Entries held, for the test that memory is O(in flight).
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.numbers.len()
    }

    fn place(&self, number: u64) -> Option<usize> {
        let place = number.checked_sub(self.lowest)? as usize;
        (place < self.numbers.len()).then_some(place)
    }

    fn index(&self, number: u64) -> usize {
        number as usize & self.sums.len().wrapping_sub(1)
    }

    /// Adds bytes at `number`; a negative number of bytes wraps.
    fn add(&mut self, number: u64, bytes: u64) {
        self.arrived_bytes = self.arrived_bytes.wrapping_add(bytes);
        let mut node = self.index(number) + 1;
        while let Some(sum) = self.sums.get_mut(node - 1) {
            *sum = sum.wrapping_add(bytes);
            node += node & node.wrapping_neg();
        }
    }

    /// Bytes at all indices below `index`.
    fn sum(&self, index: usize) -> u64 {
        let (mut node, mut sum) = (index, 0_u64);
        while node > 0 {
            sum = sum.wrapping_add(self.sums[node - 1]);
            node &= node - 1;
        }
        sum
    }

    fn grow(&mut self) {
        self.sums = vec![0; (2 * self.sums.len()).max(16)];
        self.arrived_bytes = 0;
        for place in 0..self.numbers.len() {
            let (bytes, fate) = self.numbers[place];
            if fate == Fate::Arrived {
                self.add(self.lowest + place as u64, u64::from(bytes));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// It says what a plain map says, while the ring grows, wraps and is emptied.
        #[test]
        fn it_agrees_with_a_map(script in prop::collection::vec((0_u8..5, 0_u64..60, 0_u32..9_000), 1..600), first: u32) {
            let mut in_flight = InFlight::default();
            in_flight.begin_at(u64::from(first));
            // Under way: no bytes; lost: 0; arrived: its bytes.
            let (mut sizes, mut fates) = (BTreeMap::new(), BTreeMap::<u64, Option<u32>>::new());
            for (what, place, bytes) in script {
                let number = in_flight.lowest() + place;
                match what {
                    0 | 1 => {
                        sizes.insert(in_flight.end(), bytes);
                        fates.insert(in_flight.end(), None);
                        in_flight.push(bytes);
                    }
                    2 if in_flight.contains(number) => {
                        in_flight.lose(number);
                        fates.insert(number, Some(0));
                    }
                    3 if in_flight.contains(number) => {
                        in_flight.arrive(number);
                        fates.insert(number, Some(sizes[&number]));
                    }
                    _ => in_flight.advance(),
                }
                let lowest = in_flight.lowest();
                prop_assert_eq!(in_flight.contains(number), number >= lowest && fates.get(&number) == Some(&None));
                if in_flight.contains(number) {
                    let above = fates.range(number + 1..).filter_map(|(_, &bytes)| bytes).map(u64::from);
                    prop_assert_eq!(in_flight.bytes_above(number), above.sum::<u64>());
                }
            }
            in_flight.advance();
            let under_way = fates.iter().find(|(_, fate)| fate.is_none()).map(|(&number, _)| number);
            prop_assert_eq!(in_flight.lowest(), under_way.unwrap_or(in_flight.end()));
        }
    }
}
