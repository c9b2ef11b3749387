//! The least key among members that come almost in order and leave in any.
//!
//! Members leave by ceasing to be alive in the eyes of the caller; the queue forgets them when it meets them at
//! the front, or all at once when more than half of what it holds is gone. So memory is O(members alive) and
//! every operation O(log members) amortised, O(1) for members that come in order.

use super::AlmostSorted;

/// A queue of `(key, member)`; `K` orders, `M` names the member.
#[derive(Clone, Debug)]
pub struct LazyQueue<K: Ord + Copy, M: Ord + Copy> {
    held: AlmostSorted<(K, M)>,
    gone: usize,
}

impl<K: Ord + Copy, M: Ord + Copy> Default for LazyQueue<K, M> {
    fn default() -> Self {
        Self { held: AlmostSorted::default(), gone: 0 }
    }
}

impl<K: Ord + Copy, M: Ord + Copy> LazyQueue<K, M> {
    /// Adds a member.
    pub fn push(&mut self, key: K, member: M) {
        self.held.push((key, member));
    }

    /// Says that a member has ceased to be alive; `alive` must agree from now on.
    #[inline]
    pub fn note_gone(&mut self, alive: impl Fn(K, M) -> bool) {
        self.gone += 1;
        if self.gone > 32 && self.gone * 2 > self.held.len() {
            self.held.retain(|&(key, member)| alive(key, member));
            self.gone = 0;
        }
    }

    /// The least key among members alive, and its member.
    #[inline]
    pub fn least(&mut self, alive: impl Fn(K, M) -> bool) -> Option<(K, M)> {
        while let Some(&(key, member)) = self.held.first() {
            if alive(key, member) {
                return Some((key, member));
            }
            self.held.pop();
            self.gone = self.gone.saturating_sub(1);
        }
        None
    }

    /// Every entry held, alive or not, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &(K, M)> {
        self.held.iter()
    }

    /// Members alive, as far as it was told of those that are not.
    pub fn alive(&self) -> usize {
        self.held.len().saturating_sub(self.gone)
    }

    /// Entries held, alive or not.
    pub fn held(&self) -> usize {
        self.held.len()
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
                prop_assert_eq!(queue.alive(), set.len());
                prop_assert!((set.len()..=2 * set.len() + 33).contains(&queue.held()));
            }
        }
    }
}
