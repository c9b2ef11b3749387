//! Judges the local unit of one pair: `local-order`, that it ends with the last write of every block.
//!
//! Nothing is kept per block unless overlapping writes land out of order.

use std::collections::BTreeMap;

use crate::recovery::WriteState;
use crate::units::SimTime;

/// A block that holds an older write than one that landed on it before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stale {
    /// Since when.
    pub at: SimTime,
    /// What it holds; `None` where the newer write was wiped from the cache and never landed.
    pub older: Option<WriteState>,
    /// What should stand there.
    pub newer: WriteState,
}

/// What is about to land, and has landed out of order, on one local unit.
#[derive(Clone, Debug, Default)]
pub struct LocalImage {
    /// Writes fixed and not yet landed: (first block, fix time) to end block.
    pending: BTreeMap<(u64, SimTime), u64>,
    /// Longest write so far, in blocks: how far before a block an overlapping write can start.
    longest: u64,
    /// Per block, the last write that landed while an earlier one that overlaps it was pending.
    landed_early: BTreeMap<u64, WriteState>,
    stale: BTreeMap<u64, Stale>,
}

impl LocalImage {
    /// `state` was fixed by process 210.
    pub fn on_fixed(&mut self, state: &WriteState) {
        if let Some(fixed) = state.fixed {
            self.longest = self.longest.max(state.end() - state.position);
            self.pending.insert((state.position, fixed), state.end());
        }
    }

    /// A crash wiped `state` from the cache: it will not land. If the host had its completion, its blocks are stale
    /// until a later write lands on them.
    pub fn on_lost(&mut self, now: SimTime, state: &WriteState) {
        let Some(fixed) = state.fixed else { return };
        self.pending.remove(&(state.position, fixed));
        if state.completed.is_some() {
            let lost = Stale { at: now, older: None, newer: *state };
            for block in state.position..state.end() {
                if self.landed_early.get(&block).is_some_and(|newest| newest.fixed > state.fixed) {
                    continue;
                }
                let stale = self.stale.entry(block).or_insert(lost);
                if stale.newer.fixed < state.fixed {
                    *stale = lost;
                }
            }
        }
    }

    /// `state` landed.
    pub fn on_landed(&mut self, now: SimTime, state: &WriteState) {
        let Some(fixed) = state.fixed else { return };
        self.pending.remove(&(state.position, fixed));
        if !self.landed_early.is_empty() || !self.stale.is_empty() {
            self.settle(now, state);
        }
        let from = state.position.saturating_sub(self.longest);
        for (&(start, earlier), &end) in
            self.pending.range((from, SimTime::ZERO)..(state.end(), SimTime::ZERO))
        {
            if earlier < fixed {
                for block in start.max(state.position)..end.min(state.end()) {
                    let last = self.landed_early.entry(block).or_insert(*state);
                    if last.fixed < state.fixed {
                        *last = *state;
                    }
                }
            }
        }
        if self.pending.is_empty() {
            self.landed_early.clear();
        }
    }

    fn settle(&mut self, now: SimTime, state: &WriteState) {
        for block in state.position..state.end() {
            if let Some(&newer) = self.landed_early.get(&block)
                && newer.fixed > state.fixed
            {
                self.stale.entry(block).or_insert(Stale { at: now, older: Some(*state), newer });
            } else if self.stale.get(&block).is_some_and(|stale| stale.newer.fixed <= state.fixed) {
                self.stale.remove(&block);
            }
        }
    }

    /// The block that has been stale for longest, if the unit ended now.
    pub fn stale(&self) -> Option<Stale> {
        self.stale.values().min_by_key(|stale| stale.at).copied()
    }
}
