//! Which writes are covered: for each of their blocks a later write in local order stands in R(t) (DESIGN, section 2).
//!
//! An algorithm that folds writes to one block never sends the older one; the image is that of a prefix all the same.
//! Here, too: where an older write was destaged over a later one, which the image then does not hold any more.
//! Kept only where the promise says so ([`crate::words::Keeping`]): schemes that send every write are judged by each.

use crate::collections::IntervalMap;
use crate::recovery::{WriteState, WriteTable};
use crate::units::{PairId, SimTime, WriteRef};

/// A write by its place in the order of its pair.
type Newest = (SimTime, WriteRef);

/// What stands on the blocks of one pair.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Blocks {
    /// Per block the newest write in R(t).
    present: IntervalMap<Newest>,
    /// Per block the newest write that was destaged: it is taken for present for ever.
    landed: IntervalMap<Newest>,
    /// Per block that an older write was destaged to since: the newest write that stood there.
    buried: IntervalMap<Newest>,
}

/// The blocks of every pair.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Coverage {
    pairs: Vec<Blocks>,
}

/// The newer of what stands on a block and `write`.
fn raise(map: &mut IntervalMap<Newest>, write: &WriteState) {
    if let Some(fixed) = write.fixed() {
        let newest = (fixed, write.write);
        map.change(write.position..write.end(), |_, known| known.max(Some(newest)));
    }
}

impl Coverage {
    /// Nothing written to this many pairs.
    pub fn new(pairs: usize) -> Self {
        Self { pairs: vec![Blocks::default(); pairs] }
    }

    /// `write` came into R(t), or has its place in local order only now.
    pub fn on_present(&mut self, write: &WriteState, table: &WriteTable) {
        let blocks = &mut self.pairs[write.pair.index()];
        raise(&mut blocks.present, write);
        if blocks.present.has_outgrown() {
            blocks.sweep(write.pair, table);
        }
    }

    /// `write` was destaged.
    pub fn on_landed(&mut self, write: &WriteState) {
        let Some(fixed) = write.fixed() else { return };
        let Blocks { landed, buried, .. } = &mut self.pairs[write.pair.index()];
        let blocks = write.position..write.end();
        let newer = landed.within(blocks.clone()).filter(|(_, newest)| newest.0 > fixed);
        let newer: Vec<_> = newer.map(|(blocks, &newest)| (blocks, newest)).collect();
        buried.change(blocks, |_, known| known.filter(|newest| newest.0 > fixed));
        for (blocks, newest) in newer {
            buried.change(blocks, |_, known| known.max(Some(newest)));
        }
        raise(landed, write);
    }

    /// The first, in local order, of the writes to a pair over which an older one was destaged, and none that is newer
    /// since.
    pub fn buried(&self, pair: PairId) -> Option<WriteRef> {
        self.pairs[pair.index()].buried.values().min().map(|&(_, write)| write)
    }

    /// `lost` fell out of R(t): what lies under it is looked for again.
    pub fn on_lost(&mut self, lost: &WriteState, table: &WriteTable) {
        let blocks = &mut self.pairs[lost.pair.index()];
        blocks.present = blocks.landed.clone();
        for write in table.iter().filter(|write| write.pair == lost.pair && write.present) {
            raise(&mut blocks.present, write);
        }
    }

    /// Has each block of `write` a later write in R(t)?
    pub fn covers(&self, write: &WriteState) -> bool {
        is_covered(&self.pairs[write.pair.index()].present, write)
    }

    /// Has a later write been destaged to each block of `write`?
    pub fn is_overwritten(&self, write: &WriteState) -> bool {
        is_covered(&self.pairs[write.pair.index()].landed, write)
    }
}

fn is_covered(map: &IntervalMap<Newest>, write: &WriteState) -> bool {
    let Some(fixed) = write.fixed() else { return false };
    let over = map.within(write.position..write.end());
    let newer: u64 =
        over.filter(|(_, newest)| newest.0 > fixed).map(|(range, _)| range.end - range.start).sum();
    newer == write.end() - write.position
}

impl Blocks {
    /// Forgets what covers nothing any more: what is older than every write that is not in R(t) for ever. (One that was
    /// folded into a write that was destaged is not: it is covered, and its host may hear of it only later.)
    fn sweep(&mut self, pair: PairId, table: &WriteTable) {
        let stays = |write: &WriteState| write.destaged && write.present;
        let missing = table.iter().filter(|write| write.pair == pair && !stays(write));
        let first = missing.filter_map(WriteState::fixed).min();
        let covers = |newest: &Newest| first.is_some_and(|first| first < newest.0);
        self.present.retain(covers);
        self.landed.retain(covers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checker::tests::Facts;
    use crate::checker::{Check, CheckState};

    /// A write of two blocks is covered when both are overwritten, by one write or by two, and no longer once one of
    /// these has fallen out of R(t).
    #[test]
    fn every_block_has_to_be_overwritten() {
        let mut facts = Facts::new();
        for (serial, position) in [(0, 0), (1, 1), (2, 0)] {
            facts.issue(serial, 0, position);
            facts.fix(serial);
        }
        let mut older = *facts.state(0);
        older.size = 1024;
        let (second, first) = (*facts.state(1), *facts.state(2));
        assert_eq!((second.size, first.size), (512, 512));
        let mut coverage = Coverage::new(1);
        coverage.on_present(&second, facts.table());
        assert!(!coverage.covers(&older), "block 0 is not");
        coverage.on_present(&first, facts.table());
        assert!(coverage.covers(&older) && !coverage.is_overwritten(&older));
        assert!(!coverage.covers(&first), "a write does not cover itself");
        coverage.on_landed(&second);
        coverage.on_lost(&first, facts.table());
        assert!(!coverage.covers(&older));
        coverage.on_landed(&first);
        assert!(coverage.is_overwritten(&older));
    }

    /// A host may hear of a write long after the one that it was folded into was destaged: that still stands for it.
    #[test]
    fn what_was_folded_stays_covered_until_its_host_has_heard_of_it() {
        let mut facts = Facts::folding();
        for serial in [0, 1] {
            facts.issue(serial, 0, 7);
            facts.fix(serial);
        }
        facts.fold(0, 1);
        facts.land(1);
        for serial in 2..200 {
            facts.issue(serial, 0, 2 * serial + 10);
            facts.fix(serial);
            facts.land(serial);
        }
        facts.complete(0);
        let (verdict, counts) = facts.finish(true);
        assert_eq!(verdict.violations, []);
        assert_eq!((counts.acknowledged, counts.destaged), (1, 1));
    }

    /// What an older write was destaged over is not at the remote site any more, until one that is not older is.
    #[test]
    fn what_an_older_write_was_destaged_over_is_not_there() {
        for (last, is_there) in [(1, false), (2, true)] {
            let mut facts = Facts::folding();
            for serial in [0, 1, 2] {
                facts.issue(serial, 0, 7);
                facts.fix(serial);
            }
            for serial in 0..=last {
                facts.complete(serial);
            }
            facts.land(1);
            facts.land(0);
            if is_there {
                facts.land(2);
            }
            let (verdict, _) = facts.finish(true);
            assert_eq!(verdict.checks.get(Check::Complete) == CheckState::Holds, is_there);
            if let [violation] = &verdict.violations[..] {
                let why = "w1 is not at the remote site: an older write was destaged over it";
                assert_eq!((violation.check, &violation.why[..]), (Check::Complete, why));
            }
        }
    }

    /// What was destaged long ago is forgotten where nothing earlier is still to come.
    #[test]
    fn memory_is_that_of_what_may_be_covered() {
        let mut facts = Facts::new();
        let mut coverage = Coverage::new(1);
        for serial in 0..1000 {
            facts.issue(serial, 0, 2 * serial);
            facts.fix(serial);
            let state = *facts.state(serial);
            facts.land(serial);
            coverage.on_landed(&state);
            coverage.on_present(&state, facts.table());
            assert!(coverage.pairs[0].present.len() <= 64 && coverage.pairs[0].landed.len() <= 64);
        }
    }
}
