//! The agenda: events ordered by (time, insertion).
//!
//! A radix heap holds what comes in any order; a few *lanes* hold what is scheduled in order of time anyway
//! (completions after a constant time, a constant delay), for which a queue is enough. Which of the two holds
//! an event is never seen from outside.

use super::radix_heap::{Entry, NEVER, RadixHeap};
use crate::collections::PagedQueue;
use crate::units::SimTime;

/// How events of one instant are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ties {
    /// In the order in which they were scheduled.
    Insertion,
    /// Shuffled by this seed, to flush out hidden dependence on the order of insertion.
    Seeded(u64),
}

/// Lanes of an agenda.
pub const LANES: usize = 5;

/// Events to come.
#[derive(Clone, Debug)]
pub struct Agenda<E> {
    heap: RadixHeap<E>,
    lanes: [PagedQueue<Entry<E>>; LANES],
    /// Keys at the fronts of the lanes, [`NEVER`] where there is none; cached so that `pop` need not touch the queues.
    fronts: [u128; LANES],
    /// The lane whose front is the least.
    first: usize,
    scheduled: u64,
    ties: Ties,
}

impl<E: Copy> Agenda<E> {
    /// An empty agenda.
    pub fn new(ties: Ties) -> Self {
        Self {
            heap: RadixHeap::new(),
            lanes: std::array::from_fn(|_| PagedQueue::default()),
            fronts: [NEVER; LANES],
            first: 0,
            scheduled: 0,
            ties,
        }
    }

    /// Schedules `event` at `time`.
    pub fn schedule(&mut self, time: SimTime, event: E) {
        let key = self.next_key(time);
        self.heap.push(Entry { key, event });
    }

    /// Schedules `event` at `time`, which is mostly not before the last time given for `lane`.
    pub fn schedule_in_lane(&mut self, lane: usize, time: SimTime, event: E) {
        let key = self.next_key(time);
        let entry = Entry { key, event };
        let queue = &mut self.lanes[lane];
        match queue.back() {
            Some(last) if last.key > key => self.heap.push(entry),
            Some(_) => queue.push_back(entry),
            None => {
                queue.push_back(entry);
                self.fronts[lane] = key;
                if key < self.fronts[self.first] {
                    self.first = lane;
                }
            }
        }
    }

    /// What is scheduled from now on is shuffled otherwise, if it is shuffled at all.
    pub fn redraw(&mut self, salt: u64) {
        if let Ties::Seeded(seed) = &mut self.ties {
            // Far from the seed before, so that no order within an instant comes twice.
            *seed = mix(seed.wrapping_add(salt));
        }
    }

    /// Takes the next event and its time.
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        self.pop_below(NEVER)
    }

    /// Takes the next event and its time, if that is before `until`.
    #[inline]
    pub fn pop_before(&mut self, until: SimTime) -> Option<(SimTime, E)> {
        self.pop_below(u128::from(until.as_ns()) << 64)
    }

    /// Now and then, some of the events that are next.
    #[inline]
    pub fn come_near(&mut self) -> Option<impl Iterator<Item = &E>> {
        self.heap.come_near()
    }

    #[inline(always)]
    fn pop_below(&mut self, bound: u128) -> Option<(SimTime, E)> {
        let first = self.first;
        let (front, top) = (self.fronts[first], self.heap.least());
        if top.min(front) >= bound {
            return None;
        }
        let entry = if top < front {
            self.heap.pop()
        } else {
            let entry = self.lanes[first].pop_front();
            self.fronts[first] = self.lanes[first].front().map_or(NEVER, |next| next.key);
            for lane in 0..LANES {
                if self.fronts[lane] < self.fronts[self.first] {
                    self.first = lane;
                }
            }
            entry
        }?;
        Some((SimTime::from_ns((entry.key >> 64) as u64), entry.event))
    }

    /// Events to come.
    pub fn len(&self) -> usize {
        self.heap.len() + self.lanes.iter().map(PagedQueue::len).sum::<usize>()
    }

    /// Is there nothing to come?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn next_key(&mut self, time: SimTime) -> u128 {
        let sequence = self.scheduled;
        self.scheduled += 1;
        let order = match self.ties {
            Ties::Insertion => sequence,
            Ties::Seeded(seed) => mix(seed ^ sequence),
        };
        u128::from(time.as_ns()) << 64 | u128::from(order)
    }
}

/// A bijection that scatters consecutive numbers (the finalizer of `SplitMix64`, Steele et al. 2014).
const fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Runs one script of schedulings and pops: (lane or heap, time after now, pops after it).
    fn run(ties: Ties, script: &[(usize, u64, u8)]) -> Vec<(u64, usize)> {
        let (mut agenda, mut out, mut now) = (Agenda::new(ties), Vec::new(), 0);
        let mut take = |agenda: &mut Agenda<usize>, now: &mut u64| {
            if let Some((time, event)) = agenda.pop() {
                *now = time.as_ns();
                out.push((*now, event));
            }
        };
        for (event, &(lane, after, pops)) in script.iter().enumerate() {
            let time = SimTime::from_ns(now + after);
            match lane {
                0 => agenda.schedule(time, event),
                lane => agenda.schedule_in_lane(lane - 1, time, event),
            }
            (0..pops).for_each(|_| take(&mut agenda, &mut now));
        }
        while !agenda.is_empty() {
            take(&mut agenda, &mut now);
        }
        out
    }

    proptest! {
        /// Heap and lanes together behave as one list sorted by (time, insertion).
        #[test]
        fn pops_by_time_then_insertion(script in prop::collection::vec((0..=LANES, 0..20u64, 0..3u8), 0..200)) {
            let popped = run(Ties::Insertion, &script);
            prop_assert_eq!(popped.len(), script.len());
            for pair in popped.windows(2) {
                prop_assert!(pair[0].0 <= pair[1].0);
            }
            // Without pops in between, the order is a stable sort by time.
            let still: Vec<_> = script.iter().map(|&(lane, after, _)| (lane, after, 0)).collect();
            let mut expected: Vec<_> = still.iter().enumerate().map(|(event, s)| (s.1, event)).collect();
            expected.sort_unstable();
            prop_assert_eq!(run(Ties::Insertion, &still), expected);
        }

        /// What is due at the bound or later stays; what is due before comes as ever.
        #[test]
        fn pops_before_a_bound(script in prop::collection::vec((0..=LANES, 0..20u64), 0..100), until in 0..20u64) {
            let mut agenda = Agenda::new(Ties::Insertion);
            for (event, &(lane, after)) in script.iter().enumerate() {
                match lane {
                    0 => agenda.schedule(SimTime::from_ns(after), event),
                    lane => agenda.schedule_in_lane(lane - 1, SimTime::from_ns(after), event),
                }
            }
            let (mut bounded, until) = (agenda.clone(), SimTime::from_ns(until));
            let early = std::iter::from_fn(|| bounded.pop_before(until)).collect::<Vec<_>>();
            prop_assert!(early.iter().all(|&(at, _)| at < until));
            let late = std::iter::from_fn(|| bounded.pop()).collect::<Vec<_>>();
            prop_assert!(late.iter().all(|&(at, _)| at >= until));
            let all = std::iter::from_fn(|| agenda.pop()).collect::<Vec<_>>();
            prop_assert_eq!([early, late].concat(), all);
        }

        /// Seeded ties shuffle within an instant only, and the same seed shuffles the same way.
        #[test]
        fn seeded_ties_shuffle_within_an_instant(script in prop::collection::vec((0..=LANES, 0..4u64, 0..1u8), 0..100), seed: u64) {
            let popped = run(Ties::Seeded(seed), &script);
            let mut sorted = popped.clone();
            sorted.sort_unstable();
            prop_assert!(popped.windows(2).all(|pair| pair[0].0 <= pair[1].0));
            prop_assert_eq!(sorted, run(Ties::Insertion, &script));
            prop_assert_eq!(popped, run(Ties::Seeded(seed), &script));
        }
    }

    /// What the authors of `SplitMix64` give for the seed 1234567.
    #[test]
    fn numbers_are_mixed_as_published() {
        let seeds =
            (0..3).map(|number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1_234_567));
        let published = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(seeds.map(mix).collect::<Vec<_>>(), published);
    }

    /// Whatever the seed, no two events of an instant have one key: their order is never left open.
    #[test]
    fn no_two_events_have_one_key() {
        for seed in [0, 1, 0b1010, u64::MAX] {
            let mut agenda = Agenda::<()>::new(Ties::Seeded(seed));
            let keys: std::collections::BTreeSet<_> =
                (0..1_000).map(|_| agenda.next_key(SimTime::from_ns(7))).collect();
            assert_eq!(keys.len(), 1_000);
            assert!(keys.iter().all(|key| key >> 64 == 7));
        }
    }

    /// What comes in order stands in its lane; only what does not goes into the heap.
    #[test]
    fn what_comes_in_order_needs_no_heap() {
        let mut agenda = Agenda::new(Ties::Insertion);
        for time in [1, 2, 2, 5] {
            (0..LANES).for_each(|lane| agenda.schedule_in_lane(lane, SimTime::from_ns(time), ()));
        }
        assert_eq!((agenda.len(), agenda.heap.len()), (4 * LANES, 0));
        agenda.schedule_in_lane(0, SimTime::from_ns(4), ());
        assert_eq!((agenda.len(), agenda.heap.len()), (4 * LANES + 1, 1));
    }

    /// Drawn anew, an instant has another order, and the same for the same salt; ties by insertion have always one.
    #[test]
    fn redrawn_ties_are_other_ties() {
        let order = |ties, salt: Option<u64>| {
            let mut agenda = Agenda::new(ties);
            if let Some(salt) = salt {
                agenda.redraw(salt);
            }
            (0..20).for_each(|event| agenda.schedule(SimTime::from_ns(1), event));
            std::iter::from_fn(|| agenda.pop()).map(|(_, event)| event).collect::<Vec<_>>()
        };
        let drawn = [None, Some(0), Some(1), Some(2)].map(|salt| order(Ties::Seeded(7), salt));
        for (place, one) in drawn.iter().enumerate() {
            assert!(drawn[..place].iter().all(|other| other != one));
        }
        assert_eq!(drawn[3], order(Ties::Seeded(7), Some(2)));
        assert_eq!(order(Ties::Insertion, Some(2)), (0..20).collect::<Vec<_>>());
    }
}
