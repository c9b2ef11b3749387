//! The numbers of a flow from the lowest that can still come: what became of each, and the bytes of those above one.
//!
//! A ring of blocks of 64 numbers, a bit for each, and over the blocks a tree of partial sums (Fenwick 1994, "A new data
//! structure for cumulative frequency tables"): a question costs O(1), a sum O(log in flight), however late an arrival is. It
//! knows nothing of order or time.

use std::collections::VecDeque;

use crate::metrics::exposure::Exposed;

/// Numbers of a block.
const BLOCK: u64 = 64;

/// Neighbouring numbers, the first a multiple of [`BLOCK`]. One that is in neither set is lost, passed or not sent yet.
#[derive(Clone, Debug)]
struct Block {
    under_way: u64,
    arrived: u64,
    /// Of those that have arrived.
    reordered: u64,
    three_reordered: u64,
    /// Bytes of those that have arrived.
    bytes: u64,
    sizes: Sizes,
}

impl Block {
    /// Of these numbers, those that have arrived.
    fn count(&self, of: u64) -> Exposed {
        let count = |set: u64| if set & of == 0 { 0 } else { u64::from((set & of).count_ones()) };
        Exposed {
            received: count(self.arrived),
            reordered: count(self.reordered),
            three_reordered: count(self.three_reordered),
        }
    }
}

/// The sizes of the numbers of a block, in bytes.
#[derive(Clone, Debug)]
enum Sizes {
    /// Of all that were sent.
    Alike(u32),
    Each(Box<[u32; BLOCK as usize]>),
}

impl Sizes {
    fn of(&self, place: u64) -> u64 {
        u64::from(match self {
            Self::Alike(bytes) => *bytes,
            Self::Each(sizes) => sizes[place as usize],
        })
    }

    /// The next number of the block has this size.
    #[inline]
    fn push(&mut self, place: u64, bytes: u32) {
        match self {
            Self::Alike(alike) if *alike == bytes => {}
            Self::Alike(alike) => {
                let mut sizes = Box::new([*alike; BLOCK as usize]);
                sizes[place as usize] = bytes;
                *self = Self::Each(sizes);
            }
            Self::Each(sizes) => sizes[place as usize] = bytes,
        }
    }

    /// Bytes of these numbers.
    fn sum(&self, mut places: u64) -> u64 {
        match self {
            Self::Alike(bytes) => u64::from(*bytes) * u64::from(places.count_ones()),
            Self::Each(sizes) => {
                let mut sum = 0;
                while places != 0 {
                    sum += u64::from(sizes[places.trailing_zeros() as usize]);
                    places &= places - 1;
                }
                sum
            }
        }
    }
}

/// The numbers from the lowest that is under way.
#[derive(Clone, Debug, Default)]
pub(super) struct InFlight {
    lowest: u64,
    end: u64,
    /// From that of `lowest` on to that of the last number sent; none if nothing is under way.
    blocks: VecDeque<Block>,
    /// Numbers from `lowest` on that have arrived.
    arrived: u64,
    /// Bytes of all blocks, and the same as a tree over blocks modulo its length, a power of two.
    arrived_bytes: u64,
    sums: Vec<u64>,
    /// What had arrived of the numbers below `lowest`.
    passed: Exposed,
}

impl InFlight {
    /// The lowest number that is under way, or the next to be sent.
    pub(super) const fn lowest(&self) -> u64 {
        self.lowest
    }

    /// One above the greatest number sent.
    pub(super) const fn end(&self) -> u64 {
        self.end
    }

    /// Numbers above the lowest that have arrived.
    pub(super) const fn early(&self) -> u64 {
        self.arrived
    }

    /// What has arrived of the numbers below the lowest.
    pub(super) const fn passed(&self) -> &Exposed {
        &self.passed
    }

    /// Nothing is under way, and the next to be sent is `number`.
    pub(super) fn begin_at(&mut self, number: u64) {
        self.blocks.clear();
        (self.lowest, self.end) = (number, number);
    }

    /// The next number was sent.
    #[inline]
    pub(super) fn push(&mut self, bytes: u32) {
        let place = self.end % BLOCK;
        if place == 0 || self.blocks.is_empty() {
            if self.blocks.len() == self.sums.len() {
                self.grow();
            }
            let sizes = Sizes::Alike(bytes);
            self.blocks.push_back(Block {
                under_way: 0,
                arrived: 0,
                reordered: 0,
                three_reordered: 0,
                bytes: 0,
                sizes,
            });
        }
        if let Some(block) = self.blocks.back_mut() {
            block.under_way |= 1 << place;
            block.sizes.push(place, bytes);
        }
        self.end += 1;
    }

    /// Is it under way?
    pub(super) fn contains(&self, number: u64) -> bool {
        let index = (number / BLOCK).checked_sub(self.lowest / BLOCK);
        let block = index.and_then(|index| self.blocks.get(index as usize));
        block.is_some_and(|block| block.under_way >> (number % BLOCK) & 1 == 1)
    }

    /// `number`, which was under way, is lost.
    pub(super) fn lose(&mut self, number: u64) {
        if let Some(block) = self.block_mut(number) {
            block.under_way &= !(1 << (number % BLOCK));
        }
    }

    /// `number`, which was under way, has arrived: as `found` says.
    #[inline]
    pub(super) fn arrive(&mut self, number: u64, found: &Exposed) {
        let Some(block) = self.block_mut(number) else { return };
        let place = number % BLOCK;
        let bytes = block.sizes.of(place);
        block.under_way &= !(1 << place);
        block.arrived |= 1 << place;
        block.reordered |= found.reordered << place;
        block.three_reordered |= found.three_reordered << place;
        block.bytes += bytes;
        self.arrived += 1;
        self.add(number / BLOCK, bytes);
    }

    /// Bytes of the arrived numbers above `number`, which is under way.
    #[inline]
    pub(super) fn bytes_above(&self, number: u64) -> u64 {
        let index = number / BLOCK - self.lowest / BLOCK;
        let Some(block) = self.blocks.get(index as usize) else { return 0 };
        // Shifted twice: by 64 at once is by nothing.
        let within = block.sizes.sum(block.arrived >> (number % BLOCK) >> 1 << (number % BLOCK) << 1);
        within + self.bytes_behind(number / BLOCK)
    }

    /// Bytes of the blocks behind this one.
    #[inline]
    fn bytes_behind(&self, block: u64) -> u64 {
        let last = self.lowest / BLOCK + self.blocks.len() as u64;
        let (above, end) = (self.index(block + 1), self.index(last));
        // As much of the ring as lies behind it, round the end where the ring does.
        if block + 1 == last {
            0
        } else if above < end {
            self.sum(end) - self.sum(above)
        } else {
            self.arrived_bytes - (self.sum(above) - self.sum(end))
        }
    }

    /// Forgets the lowest numbers until one is under way.
    pub(super) fn advance(&mut self) {
        while let Some(block) = self.blocks.front() {
            let place = self.lowest % BLOCK;
            let from = u64::MAX << place;
            let under_way = block.under_way & from;
            if under_way >> place & 1 == 1 {
                return;
            }
            let next = under_way.trailing_zeros();
            let passed = block.count(from & 1_u64.checked_shl(next).map_or(u64::MAX, |bit| bit - 1));
            self.arrived -= passed.received;
            self.passed.add(&passed);
            self.lowest += u64::from(next) - place;
            if under_way != 0 {
                return;
            }
            self.lowest = self.lowest.min(self.end);
            self.pop_block();
        }
    }

    /// Forgets the lowest, which arrived as `found` says: its bytes were above nothing.
    pub(super) fn pass(&mut self, found: &Exposed) {
        self.lose(self.lowest);
        self.passed.add(found);
        self.lowest += 1;
        if self.lowest.is_multiple_of(BLOCK) || self.lowest == self.end {
            self.pop_block();
        }
    }

    /// Entries held, for the test that memory is O(in flight).
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        (self.end - self.lowest) as usize
    }

    /// Forgets the first block, all of whose numbers have passed.
    fn pop_block(&mut self) {
        if let Some(block) = self.blocks.pop_front().filter(|block| block.bytes > 0) {
            self.add((self.lowest - 1) / BLOCK, block.bytes.wrapping_neg());
        }
    }

    /// The block of a number from the lowest on.
    fn block_mut(&mut self, number: u64) -> Option<&mut Block> {
        self.blocks.get_mut((number / BLOCK - self.lowest / BLOCK) as usize)
    }

    fn index(&self, block: u64) -> usize {
        block as usize & self.sums.len().wrapping_sub(1)
    }

    /// Adds bytes of a block; a negative number of bytes wraps.
    fn add(&mut self, block: u64, bytes: u64) {
        self.arrived_bytes = self.arrived_bytes.wrapping_add(bytes);
        let mut node = self.index(block) + 1;
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
        self.sums = vec![0; (2 * self.sums.len()).max(4)];
        self.arrived_bytes = 0;
        for index in 0..self.blocks.len() {
            let (block, bytes) = (self.lowest / BLOCK + index as u64, self.blocks[index].bytes);
            self.add(block, bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn size() -> impl Strategy<Value = u32> {
        prop_oneof![20 => Just(1_500_u32), 1 => 0..9_000_u32]
    }

    proptest! {
        /// It says what a plain map says, while the ring grows, wraps and is emptied, whether sizes are alike or not.
        #[test]
        fn it_agrees_with_a_map(
            script in prop::collection::vec((0_u8..5, 0_u64..700, size(), 0_u32..40, any::<[bool; 2]>()), 1..400),
            first in 0_u64..200,
        ) {
            let mut in_flight = InFlight::default();
            in_flight.begin_at(first);
            // Under way: no bytes; lost: 0; arrived: its bytes.
            let (mut sizes, mut fates) = (BTreeMap::new(), BTreeMap::<u64, Option<u32>>::new());
            let mut arrived = BTreeMap::new();
            for (what, place, bytes, times, [one, other]) in script {
                let number = in_flight.lowest() + place % (in_flight.end() + 1 - in_flight.lowest());
                match what {
                    0 | 1 => for _ in 0..times {
                        sizes.insert(in_flight.end(), bytes);
                        fates.insert(in_flight.end(), None);
                        in_flight.push(bytes);
                    }
                    2 | 3 if in_flight.contains(number) => for number in (number..in_flight.end()).take(times as usize) {
                        if !in_flight.contains(number) {
                            continue;
                        }
                        if what == 2 {
                            in_flight.lose(number);
                            fates.insert(number, Some(0));
                            continue;
                        }
                        let (reordered, three_reordered) = (u64::from(one), u64::from(other));
                        let found = Exposed { received: 1, reordered, three_reordered };
                        arrived.insert(number, found);
                        if number == in_flight.lowest() {
                            in_flight.pass(&found);
                            in_flight.advance();
                        } else {
                            in_flight.arrive(number, &found);
                        }
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
            let lowest = in_flight.lowest();
            prop_assert_eq!(in_flight.early(), arrived.range(lowest..).count() as u64);
            let mut passed = Exposed::default();
            arrived.range(..lowest).for_each(|(_, found)| passed.add(found));
            prop_assert_eq!(*in_flight.passed(), passed);
        }
    }

    /// What 64 numbers in flight take, where all packets are of one size: see `results/performance/`.
    #[test]
    fn a_block_is_as_small_as_it_was() {
        assert_eq!(size_of::<Block>(), 56);
    }
}
