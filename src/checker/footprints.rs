//! Could one of the writes counted share a block with this one? Says yes too often, and never no where it should not.
//!
//! A small table counts the writes by their stretches of 4 KiB, folded onto its length (a counting filter: Fan et al.
//! 2000, "Summary cache", section V). To ask costs a look, where a map of blocks costs a search and a change. It is as long
//! as many writes are counted: full, it would always say yes.

/// Blocks of 512 bytes to a stretch, as a power of two.
const STRETCH: u32 = 3;
/// Counters at first, as a power of two.
const COUNTERS: u32 = 6;
/// Counters for each write that is counted, at least.
const SPARSE: usize = 8;
/// A write of more stretches is not counted by them: there is only the number of such writes.
const WIDE: u64 = 16;

/// Counts of writes by their blocks.
#[derive(Clone, Debug, Default)]
pub struct Footprints {
    /// Empty until the first write is counted, then a power of two. A counter at its maximum stays there.
    counters: Vec<u8>,
    wide: u64,
    counted: usize,
}

impl Footprints {
    /// Counts a write to these blocks.
    pub fn add(&mut self, first: u64, end: u64) {
        if self.counters.is_empty() {
            self.counters = vec![0; 1 << COUNTERS];
        }
        self.counted += 1;
        match self.places(first, end) {
            Some(places) => {
                places.for_each(|place| self.counters[place] = self.counters[place].saturating_add(1));
            }
            None => self.wide += 1,
        }
    }

    /// Counts a write no longer that [`Footprints::add`] has counted.
    pub fn remove(&mut self, first: u64, end: u64) {
        if self.counters.is_empty() {
            return;
        }
        self.counted = self.counted.saturating_sub(1);
        match self.places(first, end) {
            Some(places) => places.for_each(|place| {
                let counter = &mut self.counters[place];
                if *counter < u8::MAX {
                    *counter = counter.saturating_sub(1);
                }
            }),
            None => self.wide = self.wide.saturating_sub(1),
        }
    }

    /// Could a write that is counted share a block with these?
    pub fn may_meet(&self, first: u64, end: u64) -> bool {
        if self.counters.is_empty() {
            return false;
        }
        // What a wide write covers is not known by blocks.
        self.wide > 0
            || self.places(first, end).is_none_or(|mut places| places.any(|place| self.counters[place] > 0))
    }

    /// Counts nothing any more.
    pub fn clear(&mut self) {
        self.counters.fill(0);
        (self.wide, self.counted) = (0, 0);
    }

    /// Are so many writes counted that a longer table would know better?
    pub fn is_crowded(&self) -> bool {
        self.counted * SPARSE > self.counters.len()
    }

    /// Counts these in place of what was counted, in a table four times as long.
    pub fn spread(&mut self, writes: impl Iterator<Item = (u64, u64)>) {
        *self = Self { counters: vec![0; self.counters.len() * 4], ..Self::default() };
        writes.for_each(|(first, end)| self.add(first, end));
    }

    /// The counters of the stretches that these blocks lie in; `None` if they are many.
    fn places(&self, first: u64, end: u64) -> Option<impl Iterator<Item = usize> + use<>> {
        let last = end.max(first + 1) - 1;
        let (first, last) = (first >> STRETCH, last >> STRETCH);
        let unused = u64::BITS - self.counters.len().trailing_zeros();
        // Knuth's multiplicative hash: neighbours do not meet.
        let place = move |stretch: u64| (stretch.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> unused) as usize;
        (last - first < WIDE).then(|| (first..=last).map(place))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Where writes that are counted share a block, it says so, however many there are and have been.
        #[test]
        fn it_misses_no_overlap(
            script in prop::collection::vec((any::<bool>(), 0..2_000_u64, 1..200_u64), 1..400),
            crowded: bool,
        ) {
            let (mut footprints, mut counted) = (Footprints::default(), Vec::new());
            for (add, first, length) in script {
                // Crowded: counters reach their maximum.
                let (first, length) = if crowded { (first % 8, length % 3 + 1) } else { (first, length) };
                if add || crowded || counted.is_empty() {
                    footprints.add(first, first + length);
                    counted.push((first, first + length));
                    if !crowded && footprints.is_crowded() {
                        footprints.spread(counted.iter().copied());
                    }
                } else {
                    let (first, end) = counted.swap_remove(first as usize % counted.len());
                    footprints.remove(first, end);
                }
                let met = counted.iter().any(|&(other, end)| other < first + length && first < end);
                prop_assert!(!met || footprints.may_meet(first, first + length));
            }
        }
    }

    /// A counter that was at its maximum has lost count: it stays there until all is cleared.
    #[test]
    fn a_full_counter_stays_full() {
        let mut footprints = Footprints::default();
        (0..300).for_each(|_| footprints.add(0, 8));
        (0..299).for_each(|_| footprints.remove(0, 8));
        assert!(footprints.may_meet(0, 8), "one is left");
        footprints.clear();
        assert!(!footprints.may_meet(0, 8) && !footprints.is_crowded());
        footprints.add(0, 8 * WIDE + 8);
        assert!(footprints.may_meet(1 << 40, (1 << 40) + 8), "a wide write could be anywhere");
        footprints.clear();
        assert!(!footprints.may_meet(1 << 40, (1 << 40) + 8));
    }

    /// A write is counted by the stretches that it touches, and by no other; one without blocks by the first.
    #[test]
    fn the_stretches_are_those_that_are_touched() {
        let places =
            |first, end| Footprints { counters: vec![0; 64], ..Footprints::default() }.places(first, end);
        let count = |first, end| places(first, end).map(Iterator::count);
        assert_eq!(
            [(0, 8), (0, 9), (7, 8), (7, 9), (8, 16), (9, 17)].map(|(first, end)| count(first, end)),
            [1, 2, 1, 2, 1, 2].map(Some)
        );
        assert!(places(8, 8).unwrap().eq(places(8, 9).unwrap()));
        assert_eq!((count(0, 8 * WIDE), count(0, 8 * WIDE + 1)), (Some(WIDE as usize), None));
    }

    /// The table grows with the ninth write of eight times as many counters.
    #[test]
    fn it_is_crowded_by_more_than_an_eighth() {
        let mut footprints = Footprints::default();
        let crowded = (0..10).map(|write| {
            footprints.add(8 * write, 8 * write + 8);
            footprints.is_crowded()
        });
        assert_eq!(
            crowded.collect::<Vec<_>>(),
            [false, false, false, false, false, false, false, false, true, true]
        );
    }

    /// A filter that always says yes would be right, and of no use.
    #[test]
    fn it_mostly_knows_what_is_apart() {
        let mut footprints = Footprints::default();
        let writes = |number: u64| (0..number).map(|write| (write * 1_000, write * 1_000 + 8));
        for (counted, (first, end)) in (1..).zip(writes(50)) {
            footprints.add(first, end);
            if footprints.is_crowded() {
                footprints.spread(writes(counted));
            }
        }
        let met = (0..1_000)
            .filter(|write| footprints.may_meet(write * 777 + 60_000, write * 777 + 60_008))
            .count();
        assert!((20..150).contains(&met), "{met} of 1,000, where 50 to 100 counters of 1,024 are taken");
        assert_eq!(footprints.counters.len(), 1_024);
        (0..50).for_each(|write| footprints.remove(write * 1_000, write * 1_000 + 8));
        assert!(!footprints.may_meet(0, 8));
    }
}
