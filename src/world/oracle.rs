//! The second, slow oracle: compares the remote images block by block with the local data of one moment.
//! `disasters` shows it what a recovery leaves.
//!
//! It keeps every write of the run and every block of the remote units, and knows nothing of R(t): what the
//! recovery leaves is what has been destaged in the copy when the recovery is done. The streaming checker is
//! asked only afterwards, and both must agree (DESIGN, section 2).

use std::collections::BTreeMap;

use crate::trace::{Observer, Preamble, PreamblePair, Record};
use crate::units::{GroupId, LocalId, PairId, SimTime};
use crate::words::Keeping;

/// A write's place in local order.
type Order = (SimTime, LocalId);

/// One write to a pair, for ever.
#[derive(Clone, Copy, Debug)]
struct Past {
    pair: PairId,
    position: u64,
    end: u64,
    issued: SimTime,
    fixed: Option<SimTime>,
    completed: Option<SimTime>,
    landed: bool,
}

/// What the oracle remembers of a run.
#[derive(Clone, Debug)]
pub struct Oracle {
    pairs: Vec<PreamblePair>,
    perfect_clocks: bool,
    /// May a later write stand for an older one?
    folds: bool,
    /// Every write to a pair, by serial number.
    writes: BTreeMap<u64, Past>,
    /// By remote system and unit: when the newest write that was ever destaged to each block was accepted.
    newest: BTreeMap<(u32, u32), BTreeMap<u64, Option<SimTime>>>,
    /// By remote system and unit: which write each block holds.
    images: BTreeMap<(u32, u32), BTreeMap<u64, u64>>,
}

/// What the image that a recovery left is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// No completed write is missing before one that is there.
    pub prefix: bool,
    /// No write is there without one that precedes it.
    pub causal: bool,
    /// Every block holds what the local blocks held at the last write that is there.
    pub image: bool,
}

impl Oracle {
    /// Remembers nothing yet.
    pub fn new(preamble: &Preamble) -> Self {
        Self {
            pairs: preamble.pairs.clone(),
            perfect_clocks: preamble.perfect_clocks,
            folds: preamble.promise.keeping == Keeping::Covered,
            writes: BTreeMap::new(),
            newest: BTreeMap::new(),
            images: BTreeMap::new(),
        }
    }

    fn order(&self, past: &Past) -> Option<Order> {
        past.fixed.map(|fixed| (fixed, self.pairs[past.pair.index()].local))
    }

    /// Where the promise lets a later write stand for an older one: has one been destaged to each block of `past`?
    fn covers(&self, past: &Past) -> bool {
        let pair = &self.pairs[past.pair.index()];
        let Some(newest) = self.newest.get(&(pair.remote.0, pair.remote_unit)).filter(|_| self.folds) else {
            return false;
        };
        (past.position..past.end).all(|block| newest.get(&block).is_some_and(|&newest| newest > past.fixed))
    }

    /// Judges the images of one group as they stand.
    pub fn judge(&self, group: GroupId) -> Finding {
        let of_group = || self.writes.iter().filter(|(_, past)| self.pairs[past.pair.index()].group == group);
        // With imperfect clocks each local system has an order of its own.
        let part =
            |past: &Past| if self.perfect_clocks { LocalId(0) } else { self.pairs[past.pair.index()].local };
        let mut last: BTreeMap<LocalId, Order> = BTreeMap::new();
        for (_, past) in of_group().filter(|(_, past)| past.landed) {
            if let Some(order) = self.order(past) {
                let last = last.entry(part(past)).or_insert(order);
                *last = (*last).max(order);
            }
        }
        let within = |past: &Past| {
            self.order(past).is_some_and(|order| last.get(&part(past)).is_some_and(|last| order <= *last))
        };
        let kept = |past: &Past| past.landed || past.completed.is_none() || self.covers(past);
        let prefix = of_group().all(|(_, past)| kept(past) || !within(past));
        let last_issue = of_group().filter(|(_, past)| past.landed).map(|(_, past)| past.issued).max();
        let causal = of_group().all(|(_, past)| kept(past) || past.completed > last_issue);
        Finding { prefix, causal, image: self.images_are_replayed(group, within) }
    }

    /// Does every block of the group hold what a replay in local order leaves there, of the writes `within` the
    /// prefix that are there or had to be?
    fn images_are_replayed(&self, group: GroupId, within: impl Fn(&Past) -> bool) -> bool {
        let mut replay: BTreeMap<(u32, u32), BTreeMap<u64, u64>> = BTreeMap::new();
        let mut in_order: Vec<(Order, u64, &Past)> = self
            .writes
            .iter()
            .filter(|(_, past)| self.pairs[past.pair.index()].group == group)
            .filter(|(_, past)| within(past) && (past.landed || past.completed.is_some()))
            .filter_map(|(&serial, past)| Some((self.order(past)?, serial, past)))
            .collect();
        in_order.sort_unstable_by_key(|&(order, serial, _)| (order, serial));
        for (_, serial, past) in in_order {
            let pair = &self.pairs[past.pair.index()];
            let image = replay.entry((pair.remote.0, pair.remote_unit)).or_default();
            image.extend((past.position..past.end).map(|block| (block, serial)));
        }
        let units = self.pairs.iter().filter(|pair| pair.group == group);
        let empty = BTreeMap::new();
        units
            .map(|pair| (pair.remote.0, pair.remote_unit))
            .all(|unit| self.images.get(&unit).unwrap_or(&empty) == replay.get(&unit).unwrap_or(&empty))
    }
}

impl Observer for Oracle {
    /// Remembers a fact.
    fn observe(&mut self, now: SimTime, record: &Record) {
        match *record {
            Record::Issued { write, pair: Some(pair), position, size, .. } => {
                let end = position + u64::from(size).div_ceil(512);
                let past =
                    Past { pair, position, end, issued: now, fixed: None, completed: None, landed: false };
                self.writes.insert(write.serial, past);
            }
            Record::Accepted { write } => {
                if let Some(past) = self.writes.get_mut(&write.serial) {
                    past.fixed = Some(now);
                }
            }
            Record::Completed { write } => {
                if let Some(past) = self.writes.get_mut(&write.serial) {
                    past.completed = Some(now);
                }
            }
            Record::RemoteDestaged { write, remote, unit, position } => {
                if let Some(past) = self.writes.get_mut(&write.serial) {
                    past.landed = true;
                    let image = self.images.entry((remote.0, unit)).or_default();
                    for block in position..position + (past.end - past.position) {
                        image.insert(block, write.serial);
                    }
                    if self.folds {
                        // Where it belongs, wherever it landed.
                        let pair = &self.pairs[past.pair.index()];
                        let newest = self.newest.entry((pair.remote.0, pair.remote_unit)).or_default();
                        for block in past.position..past.end {
                            let known = newest.entry(block).or_default();
                            *known = (*known).max(past.fixed);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}
