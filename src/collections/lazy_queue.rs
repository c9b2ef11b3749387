//! The least key among members that come almost in order and leave in any.
//!
//! Members leave by ceasing to be alive in the eyes of the caller; the queue forgets them when it meets them at
//! the front, or all at once when more than half of what it holds is gone. So memory is O(members alive) and
//! every operation O(log members) amortised, O(1) for members that come in order.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// A queue of `(key, member)`; `K` orders, `M` names the member.
#[derive(Clone, Debug)]
pub struct LazyQueue<K: Ord + Copy, M: Ord + Copy> {
    in_order: VecDeque<(K, M)>,
    late: BinaryHeap<Reverse<(K, M)>>,
    gone: usize,
}

impl<K: Ord + Copy, M: Ord + Copy> Default for LazyQueue<K, M> {
    fn default() -> Self {
        Self { in_order: VecDeque::new(), late: BinaryHeap::new(), gone: 0 }
    }
}

impl<K: Ord + Copy, M: Ord + Copy> LazyQueue<K, M> {
    /// Adds a member.
    pub fn push(&mut self, key: K, member: M) {
        if self.in_order.back().is_none_or(|&(last, _)| last <= key) {
            self.in_order.push_back((key, member));
        } else {
            self.late.push(Reverse((key, member)));
        }
    }

    /// Says that a member has ceased to be alive; `alive` must agree from now on.
    pub fn note_gone(&mut self, alive: impl Fn(K, M) -> bool) {
        self.gone += 1;
        if self.gone > 32 && self.gone * 2 > self.in_order.len() + self.late.len() {
            self.in_order.retain(|&(key, member)| alive(key, member));
            self.late.retain(|&Reverse((key, member))| alive(key, member));
            self.gone = 0;
        }
    }

    /// The least key among members alive, and its member.
    pub fn least(&mut self, alive: impl Fn(K, M) -> bool) -> Option<(K, M)> {
        while let Some(&(key, member)) = self.in_order.front()
            && !alive(key, member)
        {
            self.in_order.pop_front();
            self.gone = self.gone.saturating_sub(1);
        }
        while let Some(&Reverse((key, member))) = self.late.peek()
            && !alive(key, member)
        {
            self.late.pop();
            self.gone = self.gone.saturating_sub(1);
        }
        let late = self.late.peek().map(|&Reverse(entry)| entry);
        match (self.in_order.front().copied(), late) {
            (Some(first), Some(late)) => Some(first.min(late)),
            (first, late) => first.or(late),
        }
    }

    /// Entries held, alive or not.
    pub fn held(&self) -> usize {
        self.in_order.len() + self.late.len()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Behaves as an ordered set from which members are removed, and holds at most about twice its members.
        #[test]
        fn is_an_ordered_set(
            script in prop::collection::vec((any::<bool>(), 0..1000u32), 1..400),
            in_any_order: bool,
        ) {
            let (mut queue, mut set) = (LazyQueue::default(), BTreeSet::new());
            for (member, (add, key)) in script.into_iter().enumerate() {
                if add || set.is_empty() {
                    // Mostly in order, as times of completion are.
                    let key = if in_any_order { key } else { member as u32 * 4 + key / 100 };
                    queue.push(key, member);
                    set.insert((key, member));
                } else {
                    let victim = *set.iter().nth(key as usize % set.len()).unwrap();
                    set.remove(&victim);
                    queue.note_gone(|key, member| set.contains(&(key, member)));
                }
                let alive = |key, member| set.contains(&(key, member));
                prop_assert_eq!(queue.least(alive), set.first().copied());
                prop_assert!((set.len()..=2 * set.len() + 33).contains(&queue.held()));
            }
        }
    }
}
