//! Judges the local unit of one pair: `local-order`, that it ends with the last write of every block.
//!
//! Nothing is kept of what is destaged in order, nor of what shares no block with a write that is pending. What else is
//! destaged while an earlier write of the unit is pending is remembered by stretches of blocks until that one has been
//! destaged, so that the cost does not depend on which blocks are written.

use std::hash::Hash;

use super::pending::{PendingWrite, Writes};
use crate::collections::{BlockMap, IntervalMap, LazyQueue};
use crate::recovery::WriteState;
use crate::units::{SimTime, WriteRef};

/// A block that holds an older write than one that was destaged to it before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stale {
    /// Since when.
    pub at: SimTime,
    /// What it holds; `None` where the newer write was wiped from the cache and never destaged.
    pub older: Option<WriteState>,
    /// What should stand there.
    pub newer: WriteState,
}

/// What is about to be destaged, and has been destaged out of order, on one local unit.
///
/// A write that is pending alone overtakes nothing: it is all that is known of most units at most times, and lies together.
#[derive(Clone, Debug, Default)]
pub struct LocalImage {
    /// Where no more than one write is pending, that one and the time of its acceptance.
    alone: Option<(SimTime, WriteRef)>,
    /// Do the others count, in place of that one?
    are_several: bool,
    several: Option<Box<Several>>,
}

/// The same where writes may overtake one another, or have.
#[derive(Clone, Debug, Default)]
struct Several {
    /// Writes accepted that may still be destaged, or turn out to be lost, by the time of acceptance.
    pending: LazyQueue<SimTime, PendingWrite>,
    /// By block, how many of them write it. Those that a crash wiped count until nothing is pending.
    writing: BlockMap,
    /// The newest write that was destaged while an earlier one was pending.
    landed_early: IntervalMap<WriteState>,
    stale: IntervalMap<Stale>,
}

impl LocalImage {
    /// `state` was accepted by process 210.
    pub fn on_fixed(&mut self, state: &WriteState, writes: Writes) {
        let Some(fixed) = state.fixed() else { return };
        if !self.are_several && self.alone.is_none_or(|(_, write)| !writes.pending.has(write.into())) {
            self.alone = Some((fixed, state.write));
        } else {
            self.several(writes).on_fixed(fixed, state);
        }
    }

    /// `state`, which a crash wiped from the cache, was completed at its host, before or after: it is lost. Its blocks
    /// are stale until a later write is destaged to them.
    pub fn on_lost(&mut self, now: SimTime, state: &WriteState, writes: Writes) {
        self.several(writes).on_lost(now, state, writes);
    }

    /// `state`, which a crash wiped from the cache, was given up by its host: nobody depends on it.
    pub fn on_forgotten(&mut self, writes: Writes) {
        if self.are_several {
            self.several(writes).pending.note_gone(|_, write| writes.pending.has(write));
        }
    }

    /// `state` was destaged. Where no more than one write is pending it leaves no trace: it was that one, or is older.
    pub fn on_landed(&mut self, now: SimTime, state: &WriteState, writes: Writes) {
        if let (true, Some(fixed)) = (self.are_several, state.fixed()) {
            self.are_several = self.several(writes).on_landed(now, fixed, state, writes);
        }
    }

    /// What it remembers that the table of writes in flight does not say.
    pub(super) fn memory(&self) -> impl Eq + Hash + '_ {
        let several = self.several.as_ref().map(|several| (&several.landed_early, &several.stale));
        several.filter(|(landed_early, stale)| !landed_early.is_empty() || !stale.is_empty())
    }

    /// The block that has been stale for longest, if the unit ended now.
    pub fn stale(&self) -> Option<Stale> {
        let stale = self.several.as_ref()?.stale.values();
        stale.min_by_key(|stale| stale.at).copied()
    }

    /// From now on all that is pending is among the several.
    #[inline]
    fn several(&mut self, writes: Writes) -> &mut Several {
        let several = self.several.get_or_insert_default();
        if !std::mem::replace(&mut self.are_several, true)
            && let Some((fixed, write)) = self.alone.take()
            && let Some(state) = writes.table.get(write).filter(|state| state.is_pending_locally())
        {
            several.on_fixed(fixed, state);
        }
        several
    }
}

impl Several {
    /// `state` was accepted at `fixed`.
    fn on_fixed(&mut self, fixed: SimTime, state: &WriteState) {
        self.pending.push(fixed, state.write.into());
        self.writing.change(0, state.position..state.end(), |known| Some(known.map_or(1, |known| known + 1)));
    }

    fn on_lost(&mut self, now: SimTime, state: &WriteState, writes: Writes) {
        self.pending.note_gone(|_, write| writes.pending.has(write));
        let lost = Stale { at: now, older: None, newer: *state };
        let (stale, landed_early) = (&mut self.stale, &mut self.landed_early);
        landed_early.change(state.position..state.end(), |blocks, newest| {
            if newest.is_none_or(|newest| newest.fixed() < state.fixed()) {
                stale.change(blocks, |_, known| {
                    known.filter(|known| known.newer.fixed() >= state.fixed()).or(Some(lost))
                });
            }
            newest
        });
    }

    /// `state`, which was accepted at `fixed`, was destaged. Is anything to be remembered any more?
    fn on_landed(&mut self, now: SimTime, fixed: SimTime, state: &WriteState, writes: Writes) -> bool {
        let blocks = state.position..state.end();
        let meets = if state.left_again {
            self.writing.meets(0, blocks)
        } else {
            let mut meets = false;
            self.writing.change(0, blocks, |known| {
                let others = known.and_then(|known| known.checked_sub(1)).filter(|&others| others > 0);
                meets |= others.is_some();
                others
            });
            meets
        };
        self.pending.note_gone(|_, write| writes.pending.has(write));
        if !self.landed_early.is_empty() || !self.stale.is_empty() {
            self.settle(now, state);
        }
        if !meets && self.landed_early.is_empty() && self.pending.alive() > 0 {
            return true; // Mostly: whoever is the first that is pending, it makes no difference.
        }
        let first_pending = self.pending.least(|_, write| writes.pending.has(write)).map(|(fixed, _)| fixed);
        let Some(first_pending) = first_pending else {
            // Nothing that was destaged is overtaken any more.
            self.writing.clear();
            self.landed_early.clear();
            return !self.stale.is_empty();
        };
        let is_early = |landed: &WriteState| landed.fixed() > Some(first_pending);
        if meets && fixed > first_pending {
            self.landed_early.change(state.position..state.end(), |_, newest| {
                newest.filter(|newest| newest.fixed() > state.fixed()).or(Some(*state))
            });
        }
        if self.landed_early.has_outgrown() {
            // What is older than all that is pending is overtaken by nothing.
            self.landed_early.retain(is_early);
        }
        true
    }

    /// The blocks on which a newer write had been destaged are stale now; those that were stale for an older
    /// one are not.
    fn settle(&mut self, now: SimTime, state: &WriteState) {
        let (stale, landed_early) = (&mut self.stale, &mut self.landed_early);
        if stale.is_empty() {
            // The common case: nothing to forget, and mostly nothing to keep.
            for (blocks, &newer) in landed_early.within(state.position..state.end()) {
                if newer.fixed() > state.fixed() {
                    stale.change(blocks, |_, known| {
                        known.or(Some(Stale { at: now, older: Some(*state), newer }))
                    });
                }
            }
            return;
        }
        landed_early.change(state.position..state.end(), |blocks, newest| {
            match newest.filter(|newest| newest.fixed() > state.fixed()) {
                Some(newer) => stale
                    .change(blocks, |_, known| known.or(Some(Stale { at: now, older: Some(*state), newer }))),
                None => stale.remove(blocks, |stale| stale.newer.fixed() <= state.fixed()),
            }
            newest
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::checker::tests::Facts;
    use crate::checker::{Check, CheckState};

    /// However many writes come and go, what is kept is what may still be destaged: of what was destaged in order nothing, of
    /// what was wiped and given up nothing, whichever was said first.
    #[test]
    fn memory_is_that_of_what_is_pending() {
        for at_once in [1, 2] {
            let mut facts = Facts::new();
            for serial in 0..500 {
                facts.issue(serial, 0, 8 * serial);
                facts.fix(serial);
                if let Some(first) = (serial + 1).checked_sub(at_once) {
                    facts.land_locally(first);
                }
                let several = facts.local_image(0).several.as_ref();
                assert_eq!(several.is_some(), at_once == 2 && serial > 0, "one alone leaves no trace");
                assert!(several.is_none_or(|several| several.pending.held() < 70));
                assert_eq!(several.map_or(0, |several| several.landed_early.len()), 0);
            }
        }
        for wiped_first in [true, false] {
            let mut facts = Facts::new();
            facts.issue(0, 0, 0);
            facts.fix(0); // Pending all the time.
            for serial in 1..500 {
                facts.issue(serial, 0, 8 * serial);
                facts.fix(serial);
                if wiped_first {
                    facts.wipe(serial);
                    facts.abandon(serial);
                } else {
                    facts.abandon(serial);
                    facts.wipe(serial);
                }
                assert!(facts.local_image(0).several.as_ref().unwrap().pending.held() < 70);
            }
        }
    }

    /// When nothing is pending any more, nothing is held, not even the blocks of what was wiped; the next is alone again.
    #[test]
    fn what_was_pending_together_is_forgotten() {
        let mut facts = Facts::new();
        for serial in 0..3 {
            facts.issue(serial, 0, 8 * serial);
            facts.fix(serial);
        }
        facts.wipe(1);
        facts.abandon(1);
        facts.land_locally(0);
        assert!(facts.local_image(0).are_several);
        facts.land_locally(2);
        let image = facts.local_image(0);
        let several = image.several.as_ref().unwrap();
        assert!(!image.are_several && !several.writing.meets(0, 0..24));
    }

    /// The same of what was destaged early: it is kept as long as an earlier write is pending, and no longer.
    #[test]
    fn what_landed_early_is_forgotten_in_time() {
        let mut facts = Facts::new();
        facts.issue(0, 0, 0);
        facts.fix(0);
        for serial in 1..500 {
            for serial in [2 * serial - 1, 2 * serial] {
                facts.issue(serial, 0, 8 * serial);
                facts.fix(serial);
            }
            facts.land_locally(2 * serial); // Early, while the one before it is pending.
            facts.land_locally(2 * serial - 1);
            if serial == 20 {
                facts.land_locally(0);
            }
            let kept = facts.local_image(0).several.as_ref().unwrap().landed_early.len();
            assert!(kept <= if serial < 20 { 2 * serial as usize } else { 33 }, "{kept} after {serial}");
        }
        let (verdict, _) = facts.finish(true);
        assert_eq!(verdict.checks.get(Check::LocalOrder), CheckState::Holds);
    }

    proptest! {
        /// However many writes are pending at once, one, several or none: `local-order` holds if, and only if, the last
        /// write that is destaged to each block is the last that was accepted for it, of those that were destaged or lost.
        /// A write is lost that a crash wipes, whether its host was told before or is after; one that is given up is not.
        #[test]
        fn it_judges_as_the_unit_is_left(
            writes in prop::collection::vec((0_u64..40, 0_u64..30, 0_u8..12), 1..150),
            gap in 0_u64..30,
        ) {
            let mut facts = Facts::new();
            let accepted = (0..writes.len()).map(|serial| (serial as u64 * gap, 0, serial));
            let over = accepted.clone().map(|(at, _, serial)| (at + writes[serial].1, 1, serial));
            let mut events: Vec<_> = accepted.chain(over).collect();
            events.sort_unstable();
            // By block: what was destaged last, and the last accepted that was destaged or lost.
            let mut unit = std::collections::BTreeMap::new();
            for (_, is_over, index) in events {
                let ((position, _, fate), serial) = (writes[index], index as u64);
                if is_over == 0 {
                    facts.issue(serial, 0, position);
                    facts.fix(serial);
                    continue;
                }
                let (stands, owed) = unit.entry(position).or_insert((None, None));
                match fate {
                    0 => (facts.complete(serial), facts.wipe(serial)),
                    1 => (facts.wipe(serial), facts.complete(serial)),
                    2 => (facts.wipe(serial), facts.abandon(serial)),
                    _ => (facts.land_locally(serial), *stands = Some(index)),
                };
                if fate != 2 {
                    *owed = (*owed).max(Some(index));
                }
            }
            let is_right = unit.values().all(|(stands, owed)| stands == owed);
            let (verdict, _) = facts.finish(true);
            prop_assert_eq!(verdict.checks.get(Check::LocalOrder) == CheckState::Holds, is_right);
        }
    }

    /// Is `local-order` kept when four writes, of which all but the first are of one block, have been accepted and then this
    /// was done?
    fn holds_after(script: impl FnOnce(&mut Facts)) -> bool {
        let mut facts = Facts::new();
        for serial in 0..4 {
            facts.issue(serial, 0, if serial == 0 { 99 } else { 7 });
            facts.fix(serial);
        }
        script(&mut facts);
        facts.finish(true).0.checks.get(Check::LocalOrder) == CheckState::Holds
    }

    fn lose(facts: &mut Facts, serial: u64) {
        facts.wipe(serial);
        facts.complete(serial);
    }

    /// Of two writes that are lost the later is owed, whichever was lost first: one between them does not make it good.
    #[test]
    fn of_what_is_lost_the_last_is_owed() {
        for (lost, landed, holds) in
            [([1, 3], 2, false), ([3, 1], 2, false), ([1, 2], 3, true), ([2, 1], 3, true)]
        {
            let script = |facts: &mut Facts| {
                for serial in lost {
                    lose(facts, serial);
                }
                facts.land_locally(landed);
            };
            assert_eq!(holds_after(script), holds, "{lost:?} are lost, {landed} is destaged");
        }
    }

    /// A write that is lost is owed where an earlier one was destaged, not where a later one was.
    #[test]
    fn what_a_later_write_took_the_place_of_is_not_owed() {
        for (landed, lost, holds) in [(1, 2, false), (2, 1, true)] {
            let script = |facts: &mut Facts| {
                facts.land_locally(landed); // Early: write 0 is pending.
                lose(facts, lost);
            };
            assert_eq!(holds_after(script), holds, "{landed} is destaged, {lost} is lost");
        }
    }

    /// A write that is accepted when its turn in the script comes first, and is destaged when it comes again.
    fn holds_through(positions: &[u64], script: &[usize]) -> bool {
        let (mut facts, mut accepted) = (Facts::new(), vec![false; positions.len()]);
        for (serial, &position) in (0..).zip(positions) {
            facts.issue(serial, 0, position);
        }
        for &write in script {
            if std::mem::replace(&mut accepted[write], true) {
                facts.land_locally(write as u64);
            } else {
                facts.fix(write as u64);
            }
        }
        facts.finish(true).0.checks.get(Check::LocalOrder) == CheckState::Holds
    }

    /// A block is stale until as new a write as the one that was destaged early is destaged to it; one is found to be stale
    /// whether another is or not, and whether a write was accepted when it was alone or not.
    #[test]
    fn a_block_is_stale_until_a_later_write_is_destaged() {
        assert!(holds_through(&[7; 3], &[0, 1, 2, 1, 0, 2]), "the last write makes it good");
        let two = holds_through(&[7, 7, 99, 99, 7], &[0, 1, 2, 3, 4, 1, 3, 0, 2, 4]);
        assert!(!two, "block 99 is stale since block 7 was, which is good again");
        let in_between = holds_through(&[7; 3], &[0, 1, 0, 2, 2, 1]);
        assert!(!in_between, "write 2 overtook write 1, which was accepted while write 0 was pending");
    }

    /// What was destaged early is not forgotten while what it overtook is pending, however much is remembered; what shares no
    /// block with what is pending is not remembered at all.
    #[test]
    fn what_overtook_a_pending_write_is_remembered_and_nothing_else() {
        let (pairs, positions): (usize, Vec<u64>) = (40, (0..80).map(|write| 8 * (write / 2)).collect());
        let newer = (0..pairs).map(|pair| 2 * pair + 1);
        let script: Vec<usize> = (0..2 * pairs).chain(newer).chain([0]).collect();
        assert!(!holds_through(&positions, &script));
        let mut facts = Facts::new();
        for (serial, position) in [(0, 7), (1, 7), (2, 99)] {
            facts.issue(serial, 0, position);
            facts.fix(serial);
        }
        facts.land_locally(1);
        facts.land_locally(2);
        let landed_early = &facts.local_image(0).several.as_ref().unwrap().landed_early;
        assert_eq!(landed_early.iter().map(|(blocks, _)| blocks.start).collect::<Vec<_>>(), [7]);
    }

    /// What was destaged early is remembered when its write is gone: two units that differ in nothing else are not equal. What
    /// was pending together once, and is not any more, is no memory.
    #[test]
    fn what_landed_early_is_memory_and_the_way_there_is_none() {
        let after = |script: &dyn Fn(&mut Facts), second: u64| {
            let mut facts = Facts::new();
            facts.issue(0, 0, 7);
            facts.issue(1, 0, second);
            script(&mut facts);
            facts
        };
        let early = |facts: &mut Facts| {
            facts.fix(0);
            facts.fix(1);
            facts.land_locally(1);
            facts.complete(1);
            facts.land(1);
        };
        let (covered, beside) = (after(&early, 7), after(&early, 99));
        assert_eq!(covered.table(), beside.table());
        assert_ne!(covered.judge().1, beside.judge().1);
        let together = |facts: &mut Facts| {
            facts.fix(0);
            facts.fix(1);
            facts.land_locally(0);
            facts.land_locally(1);
        };
        let in_turn = |facts: &mut Facts| {
            facts.fix(0);
            facts.land_locally(0);
            facts.fix(1);
            facts.land_locally(1);
        };
        let images = [after(&together, 7), after(&in_turn, 7)];
        assert!(images[0].local_image(0).memory() == images[1].local_image(0).memory());
    }
}
