//! A priority queue for what comes almost in order.
//!
//! What comes in order, or not far behind, is put where it belongs in a sorted queue; the rest goes into a heap. So an
//! operation costs O(1) for what comes in order, and O(log n) for the rest.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::PagedQueue;

/// Members by their order, the least first.
#[derive(Clone, Debug)]
pub struct AlmostSorted<T: Ord + Copy> {
    sorted: PagedQueue<T>,
    late: BinaryHeap<Reverse<T>>,
}

impl<T: Ord + Copy> Default for AlmostSorted<T> {
    fn default() -> Self {
        Self { sorted: PagedQueue::default(), late: BinaryHeap::new() }
    }
}

impl<T: Ord + Copy> AlmostSorted<T> {
    /// Adds a member.
    #[inline]
    pub fn push(&mut self, member: T) {
        if self.sorted.back().is_none_or(|last| *last <= member) {
            self.sorted.push_back(member);
        } else {
            self.push_late(member);
        }
    }

    fn push_late(&mut self, member: T) {
        if let Err(member) = self.sorted.insert_near_end(member) {
            self.late.push(Reverse(member));
        }
    }

    /// The least member.
    #[inline]
    pub fn first(&self) -> Option<&T> {
        match (self.sorted.front(), self.late.peek()) {
            (Some(first), Some(Reverse(late))) => Some(first.min(late)),
            (first, late) => first.or(late.map(|Reverse(late)| late)),
        }
    }

    /// Takes the least member.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        match (self.sorted.front(), self.late.peek()) {
            (Some(first), Some(Reverse(late))) if late < first => self.late.pop().map(|Reverse(late)| late),
            (None, Some(_)) => self.late.pop().map(|Reverse(late)| late),
            _ => self.sorted.pop_front(),
        }
    }

    /// Keeps the members that are to be kept.
    pub fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.sorted.retain(&keep);
        self.late.retain(|Reverse(late)| keep(late));
    }

    /// Every member, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.sorted.iter().chain(self.late.iter().map(|Reverse(late)| late))
    }

    /// Members held.
    pub fn len(&self) -> usize {
        self.sorted.len() + self.late.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// As a sorted list, however late members come.
        #[test]
        fn takes_the_least_first(
            lateness in 1..2_000_u32,
            script in prop::collection::vec((any::<u32>(), 0..3_u8), 0..1_500),
        ) {
            let (mut queue, mut sorted) = (AlmostSorted::default(), std::collections::BTreeSet::new());
            for (time, (late, what)) in (10_000_u32..).zip(script) {
                if what == 0 {
                    prop_assert_eq!(queue.pop(), sorted.pop_first());
                } else {
                    queue.push((time - late % lateness, time));
                    sorted.insert((time - late % lateness, time));
                }
                prop_assert_eq!(queue.first(), sorted.first());
                prop_assert_eq!((queue.len(), queue.is_empty()), (sorted.len(), sorted.is_empty()));
            }
            queue.retain(|(_, time)| time % 3 > 0);
            sorted.retain(|(_, time)| time % 3 > 0);
            while let Some(first) = sorted.pop_first() {
                prop_assert_eq!(queue.pop(), Some(first));
            }
            prop_assert!(queue.is_empty());
        }
    }

    /// What came late is there although all that came in order is gone.
    #[test]
    fn late_members_stay_alone() {
        let mut queue = AlmostSorted::default();
        (100..1_000).for_each(|member| queue.push(member));
        queue.push(7);
        assert_eq!((queue.late.len(), queue.iter().count()), (1, 901));
        queue.retain(|&member| member == 7);
        assert_eq!((queue.first().copied(), queue.pop(), queue.pop()), (Some(7), Some(7), None));
    }
}
