//! The writes of one group that are completed and not in R(t), and the earliest of them.
//!
//! Writes come in nearly in the order of acceptance and leave in any order; who has left is found out when it comes to
//! the front. Memory stays within a constant factor of what is missing. It does not know what R(t) is.

use crate::collections::AlmostSorted;
use crate::units::SimTime;

/// Names one stay of a write among the missing, of all stays of writes in its slot.
///
/// It begins anew after 2^32 of them. By then the earlier stay of the same name has long been forgotten: of the stays that
/// are over, [`Missing`] holds no more than there are writes missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stay(u32);

impl Stay {
    /// The stay after this one.
    #[must_use]
    pub(super) const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

/// A missing write: when it was accepted, its slot and its stay.
type Entry = (SimTime, u32, Stay);

/// Below this many entries, tidying up costs more than it frees.
const TIDY_ABOVE: usize = 64;

/// The missing writes of one group.
#[derive(Clone, Debug, Default)]
pub(super) struct Missing {
    held: AlmostSorted<Entry>,
    /// How many of these are still missing.
    live: usize,
}

impl Missing {
    /// The write in `slot`, accepted at `fixed`, is missing from now on. `is_live` tells whether the write of
    /// an entry is still in that stay.
    pub(super) fn insert(
        &mut self,
        fixed: SimTime,
        slot: u32,
        stay: Stay,
        is_live: impl Fn(u32, Stay) -> bool,
    ) {
        self.held.push((fixed, slot, stay));
        self.live += 1;
        if self.held.len() > TIDY_ABOVE && self.held.len() > 2 * self.live {
            self.held.retain(|&(_, slot, stay)| is_live(slot, stay));
        }
    }

    /// A stay has ended; from now on `is_live` denies it.
    pub(super) fn remove(&mut self) {
        self.live -= 1;
    }

    /// When process 210 accepted the earliest missing write.
    pub(super) fn earliest(&mut self, is_live: impl Fn(u32, Stay) -> bool) -> Option<SimTime> {
        while let Some(&(fixed, slot, stay)) = self.held.first() {
            if is_live(slot, stay) {
                return Some(fixed);
            }
            self.held.pop();
        }
        None
    }

    /// Entries held, for the test that memory is O(missing).
    #[cfg(test)]
    fn held(&self) -> usize {
        self.held.len()
    }
}

/// The least of several optional instants, kept up to date one at a time in O(log n): a tournament. Instants stand in the
/// tree themselves, which for values so small takes half the time of the tournament of `collections`.
#[derive(Clone, Debug)]
pub struct Tournament {
    /// A complete binary tree: node i has the children 2i and 2i + 1, the leaves are its last half.
    nodes: Vec<SimTime>,
    leaves: usize,
}

impl Tournament {
    /// Among `players`, none of whom has an instant yet.
    pub fn new(players: usize) -> Self {
        let leaves = players.next_power_of_two();
        Self { nodes: vec![SimTime::MAX; 2 * leaves], leaves }
    }

    /// Player `index` has this instant now.
    pub fn set(&mut self, index: usize, instant: Option<SimTime>) {
        let mut node = self.leaves + index;
        self.nodes[node] = instant.unwrap_or(SimTime::MAX);
        while node > 1 {
            node /= 2;
            let winner = self.nodes[2 * node].min(self.nodes[2 * node + 1]);
            if self.nodes[node] == winner {
                return;
            }
            self.nodes[node] = winner;
        }
    }

    /// The least instant of all.
    pub fn least(&self) -> Option<SimTime> {
        Some(self.nodes[1]).filter(|&instant| instant != SimTime::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever comes and goes, the earliest is the least of those that are there, and dead entries never
        /// outnumber live ones for long.
        #[test]
        fn earliest_is_the_least_of_those_present(
            steps in prop::collection::vec((0_u64..1000, 0_usize..8, any::<bool>()), 0..600),
        ) {
            let mut missing = Missing::default();
            let mut present: Vec<Entry> = Vec::new();
            let mut stay = Stay::default();
            for (step, &(jitter, victim, leaves)) in steps.iter().enumerate() {
                if leaves && !present.is_empty() {
                    present.remove(victim % present.len());
                    missing.remove();
                } else {
                    stay = stay.next();
                    let entry = (SimTime::from_ns(step as u64 * 100 + jitter), step as u32, stay);
                    present.push(entry);
                    missing.insert(entry.0, entry.1, stay, |_, stay| present.iter().any(|p| p.2 == stay));
                    prop_assert!(missing.held() <= TIDY_ABOVE.max(2 * present.len() + 1));
                }
                let found = missing.earliest(|_, stay| present.iter().any(|p| p.2 == stay));
                prop_assert_eq!(found, present.iter().map(|p| p.0).min());
            }
        }

        /// The winner is the least of all players, however many there are.
        #[test]
        fn the_least_wins(players in 1_usize..20, moves in prop::collection::vec((0_usize..20, prop::option::of(0_u64..50)), 0..80)) {
            let mut tournament = Tournament::new(players);
            let mut plain = vec![None; players];
            for (player, instant) in moves {
                let instant = instant.map(SimTime::from_ns);
                plain[player % players] = instant;
                tournament.set(player % players, instant);
                prop_assert_eq!(tournament.least(), plain.iter().flatten().min().copied());
            }
        }
    }

    /// What a missing write takes: see `results/performance/`.
    #[test]
    fn an_entry_is_as_small_as_it_was() {
        assert_eq!(size_of::<Entry>(), 16);
    }

    #[test]
    fn no_group_at_all_has_no_least_instant() {
        assert_eq!(Tournament::new(0).least(), None);
    }
}
