//! The second, slow oracle: at chosen instants a copy of the world loses its local site, runs the declared
//! recovery, and the remote images are compared block by block with the local data of one moment.
//!
//! It keeps every write of the run and every block of the remote units, and knows nothing of R(t): what the
//! recovery leaves is what has landed in the copy when the recovery is done. The streaming checker is asked only
//! afterwards, and both must agree (DESIGN, section 2).

use std::collections::BTreeMap;

use super::event::Event;
use super::run::World;
use super::{Disagreement, Disasters, OracleReport, SimulateError};
use crate::checker::{Check, CheckState};
use crate::engine::random::{Streams, below};
use crate::trace::{Observer, Preamble, PreamblePair, Record};
use crate::units::{GroupId, LocalId, PairId, SimTime};

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
    instants: Vec<SimTime>,
    pairs: Vec<PreamblePair>,
    perfect_clocks: bool,
    /// Every write to a pair, by serial number.
    writes: BTreeMap<u64, Past>,
    /// By remote system and unit: which write each block holds.
    images: BTreeMap<(u32, u32), BTreeMap<u64, u64>>,
    report: OracleReport,
}

/// What the image that a recovery left is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Finding {
    /// No completed write is missing before one that is there.
    prefix: bool,
    /// No write is there without one that precedes it.
    causal: bool,
    /// Every block holds what the local blocks held at the last write that is there.
    image: bool,
}

impl Oracle {
    /// Pulls the plug at the instants of `disasters`.
    pub fn new(preamble: &Preamble, streams: Streams, disasters: &Disasters) -> Self {
        let mut draws = streams.stream("oracle");
        let span = preamble.statistics_to.as_ns().max(1);
        let random = (0..disasters.random).map(|_| SimTime::from_ns(below(&mut draws, span)));
        let mut instants: Vec<SimTime> = random.chain(disasters.chosen.iter().copied()).collect();
        instants.sort_unstable();
        Self {
            instants,
            pairs: preamble.pairs.clone(),
            perfect_clocks: preamble.perfect_clocks,
            writes: BTreeMap::new(),
            images: BTreeMap::new(),
            report: OracleReport::default(),
        }
    }

    /// The instants of disaster, sorted.
    pub fn instants(&self) -> &[SimTime] {
        &self.instants
    }

    /// What was found.
    pub fn into_report(self) -> OracleReport {
        self.report
    }

    /// Remembers a fact.
    pub fn observe(&mut self, now: SimTime, record: &Record) {
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
                }
            }
            _ => {}
        }
    }

    fn order(&self, past: &Past) -> Option<Order> {
        past.fixed.map(|fixed| (fixed, self.pairs[past.pair.index()].local))
    }

    /// Judges the images of one group as they stand.
    fn judge(&self, group: GroupId) -> Finding {
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
        let prefix = of_group().all(|(_, past)| past.landed || past.completed.is_none() || !within(past));
        let last_issue = of_group().filter(|(_, past)| past.landed).map(|(_, past)| past.issued).max();
        let causal = of_group()
            .all(|(_, past)| past.landed || past.completed.is_none() || past.completed > last_issue);
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

impl<O: Observer> World<'_, O> {
    /// A copy of the world loses its local site now; what recovery leaves is judged and compared with what the
    /// streaming checker says of this instant.
    ///
    /// # Errors
    /// None that a copy without hosts can meet; those of the loop over events.
    pub(super) fn on_disaster(&mut self) -> Result<(), SimulateError> {
        if self.local_site_lost {
            return Ok(());
        }
        let mut copy = self.copy_without_hosts();
        copy.on_local_site_lost();
        copy.run_recovery()?;
        let Some(recovered) = &copy.oracle else { return Ok(()) };
        let mut findings = Vec::new();
        for group in (0..self.scenario.groups.len()).map(GroupId::from) {
            findings.push((group, recovered.judge(group), copy.judge.state(group, Check::PairOrder)));
        }
        let at = self.now;
        let mut disagreements = Vec::new();
        let mut all_hold = true;
        for (group, found, pair_order) in findings {
            let (prefix, causal) = self.judge.holds_now(group);
            all_hold &= found.prefix && found.causal && found.image;
            let mut disagree = |what| disagreements.push(Disagreement { at, group, what });
            if found.prefix != prefix {
                disagree(if prefix {
                    "the image is no prefix, which the checker did not see"
                } else {
                    "the image is a prefix, which the checker denies"
                });
            }
            if found.causal != causal {
                disagree(if causal {
                    "the image is not closed under precedes, which the checker did not see"
                } else {
                    "the image is closed under precedes, which the checker denies"
                });
            }
            // Blocks in the wrong order are wrong landings; a hole in the prefix is a wrong block, too.
            if !found.image && found.prefix && pair_order != CheckState::Broken {
                disagree("a block holds the wrong write, which the checker did not see");
            }
        }
        if let Some(oracle) = &mut self.oracle {
            oracle.report.disasters += 1;
            oracle.report.broken += u64::from(!all_hold);
            oracle.report.disagreements.extend(disagreements);
        }
        Ok(())
    }

    /// Schedules the disasters.
    pub(super) fn schedule_disasters(&mut self) {
        let instants = self.oracle.as_ref().map_or(Vec::new(), |oracle| oracle.instants().to_vec());
        for at in instants {
            self.agenda.schedule(at, Event::Disaster);
        }
    }
}
