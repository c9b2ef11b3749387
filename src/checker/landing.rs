//! Judges what is destaged to remote units: `pair-order` per pair, `destage-order` per group.

use std::hash::Hash;

use crate::collections::{IntervalMap, LazyQueue};
use crate::recovery::{WriteState, WriteTable};
use crate::units::{LocalId, SimTime, WriteRef};
use crate::words::PairOrder;

/// What was destaged to the remote unit of one pair.
#[derive(Clone, Debug, Default)]
pub struct PairLandings {
    last: Option<(SimTime, WriteRef)>,
    /// Where concurrent writes may be destaged in any order.
    concurrent: Option<Box<ConcurrentLandings>>,
}

/// What was destaged to a pair whose concurrent writes may be destaged in any order unless they overlap.
#[derive(Clone, Debug, Default)]
struct ConcurrentLandings {
    /// Writes accepted and not destaged, by the time of acceptance.
    awaited: LazyQueue<SimTime, WriteRef>,
    /// Per block the newest write that was destaged while an earlier one was awaited, by the time of
    /// acceptance.
    ahead: IntervalMap<(SimTime, WriteRef)>,
    /// The greatest issue among writes destaged.
    last_issue: Option<(SimTime, WriteRef)>,
}

impl PairLandings {
    /// Of a pair of which `order` binds all writes, or the dependent ones only.
    pub fn new(order: PairOrder) -> Self {
        let concurrent = match order {
            PairOrder::Every => None,
            PairOrder::Dependent => Some(Box::default()),
        };
        Self { last: None, concurrent }
    }

    /// What it remembers that the table of writes in flight does not say.
    pub(super) fn memory(&self) -> impl Eq + Hash + '_ {
        let concurrent = self.concurrent.as_ref();
        (self.last, concurrent.map(|concurrent| (&concurrent.ahead, concurrent.last_issue)))
    }

    /// `state` was accepted by process 210.
    pub fn on_fixed(&mut self, state: &WriteState) {
        if let (Some(concurrent), Some(fixed)) = (&mut self.concurrent, state.fixed()) {
            concurrent.awaited.push(fixed, state.write);
        }
    }

    /// `state` was destaged for the first time; the write that was destaged before it and should not have, if
    /// there is one.
    #[inline]
    pub fn on_landed(&mut self, state: &WriteState, table: &WriteTable) -> Option<WriteRef> {
        let fixed = state.fixed()?;
        if let Some(concurrent) = &mut self.concurrent {
            return concurrent.on_landed(state, table);
        }
        match self.last {
            Some((last, write)) if last > fixed => Some(write),
            _ => {
                self.last = Some((fixed, state.write));
                None
            }
        }
    }
}

impl ConcurrentLandings {
    #[inline]
    fn on_landed(&mut self, state: &WriteState, table: &WriteTable) -> Option<WriteRef> {
        let fixed = state.fixed()?;
        let awaited = |_, write| table.get(write).is_some_and(|state| !state.destaged);
        self.awaited.note_gone(awaited);
        let first_awaited = self.awaited.least(awaited).map(|(fixed, _)| fixed);
        // A write that precedes another is accepted before it, so that issue and completion say all.
        let follows = |issued| state.completed().is_some_and(|completed| completed <= issued);
        let mut wrong = self.last_issue.filter(|&(issued, _)| follows(issued)).map(|(_, write)| write);
        self.last_issue = self.last_issue.max(Some((state.issued, state.write)));
        let is_early = first_awaited.is_some_and(|first| first < fixed);
        if is_early || !self.ahead.is_empty() {
            self.ahead.change(state.position..state.end(), |_, newest| {
                let newer = newest.filter(|&(newest, _)| newest > fixed);
                wrong = wrong.or(newer.map(|(_, write)| write));
                newer.or(is_early.then_some((fixed, state.write))).or(newest)
            });
        }
        if first_awaited.is_none() || self.ahead.has_outgrown() {
            self.ahead.retain(|&(newest, _)| first_awaited.is_some_and(|first| first < newest));
        }
        wrong
    }
}

/// What was destaged of one group, across remote systems.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupLandings {
    /// The last write destaged, in local order: of all local systems or, where clocks are imperfect, of each.
    last: Vec<Option<((SimTime, LocalId), WriteRef)>>,
    perfect_clocks: bool,
    /// Where clocks are imperfect: the greatest issue among writes destaged.
    last_issue: Option<(SimTime, WriteRef)>,
}

impl GroupLandings {
    /// Of a group whose writes come from `locals` systems. With imperfect clocks, concurrent writes at different
    /// systems may be destaged in either order.
    pub fn new(perfect_clocks: bool, locals: usize) -> Self {
        Self { last: vec![None; if perfect_clocks { 1 } else { locals }], perfect_clocks, last_issue: None }
    }

    /// `state` was destaged for the first time; the write that was destaged before it and should not have, if
    /// there is one.
    #[inline]
    pub fn on_landed(&mut self, state: &WriteState) -> Option<WriteRef> {
        let order = state.order()?;
        let (mut system, mut wrong) = (0, None);
        if !self.perfect_clocks {
            system = state.local.index();
            let follows = |issued| state.completed().is_some_and(|completed| completed <= issued);
            wrong = self.last_issue.filter(|&(issued, _)| follows(issued)).map(|(_, write)| write);
            self.last_issue = self.last_issue.max(Some((state.issued, state.write)));
        }
        match self.last[system] {
            Some((last, write)) if last > order => Some(write),
            _ => {
                self.last[system] = Some((order, state.write));
                wrong
            }
        }
    }

    /// `write` was destaged again; a write that was destaged before and comes later in local order, if there
    /// is one. A write that was destaged is never later than the last, so it is out of order unless it is the last
    /// itself. With imperfect clocks only `pair-order` judges second destages: the order of a write that is
    /// long gone is not known any more.
    pub fn on_landed_again(&self, write: WriteRef) -> Option<WriteRef> {
        let (_, last) = self.last.first().copied().flatten().filter(|_| self.perfect_clocks)?;
        (last != write).then_some(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checker::tests::Facts;

    /// However much was destaged early, what an awaited write must not follow is remembered, and no more.
    #[test]
    fn all_that_landed_early_is_remembered_while_it_matters() {
        let mut facts = Facts::new();
        let mut landings = PairLandings::new(PairOrder::Dependent);
        let land = |landings: &mut PairLandings, facts: &mut Facts, serial: u64| {
            facts.land(serial);
            let state = *facts.state(serial);
            landings.on_landed(&state, facts.table()).map(|write| write.serial)
        };
        // Each block is written twice.
        for serial in 0..200 {
            facts.issue(serial, 0, 8 * (serial / 2));
            facts.fix(serial);
            landings.on_fixed(facts.state(serial));
        }
        for block in 0..100 {
            assert_eq!(land(&mut landings, &mut facts, 2 * block + 1), None);
        }
        for block in 0..100 {
            assert_eq!(land(&mut landings, &mut facts, 2 * block), Some(2 * block + 1));
        }
        // One is awaited, and later ones come early in pairs: what is older than all that is awaited is forgotten.
        for serial in 200..600 {
            facts.issue(serial, 0, 8 * serial);
            facts.fix(serial);
            landings.on_fixed(facts.state(serial));
        }
        for serial in 100..299 {
            assert_eq!(land(&mut landings, &mut facts, 2 * serial + 1), None);
            assert_eq!(land(&mut landings, &mut facts, 2 * serial), None);
            assert!(landings.concurrent.as_ref().unwrap().ahead.len() < 40);
        }
    }

    /// Where concurrent writes may be destaged in any order, what was destaged early is remembered while an
    /// earlier write is awaited, and no longer.
    #[test]
    fn what_landed_early_is_remembered_while_it_matters() {
        let mut facts = Facts::new();
        let mut landings = PairLandings::new(PairOrder::Dependent);
        let land = |landings: &mut PairLandings, facts: &mut Facts, serial: u64| {
            facts.land(serial);
            let state = *facts.state(serial);
            let wrong = landings.on_landed(&state, facts.table());
            (wrong.map(|write| write.serial), landings.concurrent.as_ref().unwrap().ahead.len())
        };
        for serial in 0..4 {
            facts.issue(serial, 0, 8 * serial);
            facts.fix(serial);
            landings.on_fixed(facts.state(serial));
        }
        assert_eq!(land(&mut landings, &mut facts, 2), (None, 1));
        assert_eq!(land(&mut landings, &mut facts, 3), (None, 2), "w0 and w1 are awaited");
        assert_eq!(land(&mut landings, &mut facts, 0), (None, 2), "w1 is");
        assert_eq!(land(&mut landings, &mut facts, 1), (None, 0));
        for serial in 4..7 {
            facts.issue(serial, 0, 0);
            facts.fix(serial);
            landings.on_fixed(facts.state(serial));
        }
        assert_eq!(land(&mut landings, &mut facts, 5), (None, 1));
        assert_eq!(land(&mut landings, &mut facts, 6), (None, 1), "to the same block");
        assert_eq!(land(&mut landings, &mut facts, 4), (Some(6), 0));
    }
}
