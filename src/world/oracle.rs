//! The second, slow oracle: at chosen instants a copy of the world loses its local site, runs the declared
//! recovery, and the remote images are compared block by block with the local data of one moment.
//!
//! It keeps every write of the run and every block of the remote units, and knows nothing of R(t): what the
//! recovery leaves is what has been destaged in the copy when the recovery is done. The streaming checker is
//! asked only afterwards, and both must agree (DESIGN, section 2).

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;

use super::event::Event;
use super::run::World;
use super::stage::Stage;
use super::{Disagreement, Disasters, OracleReport, SimulateError};
use crate::checker::{Check, CheckState};
use crate::engine::random::{Streams, unit_open};
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
    instants: Instants,
    pairs: Vec<PreamblePair>,
    perfect_clocks: bool,
    /// Every write to a pair, by serial number.
    writes: BTreeMap<u64, Past>,
    /// By remote system and unit: which write each block holds.
    images: BTreeMap<(u32, u32), BTreeMap<u64, u64>>,
    report: OracleReport,
}

/// The instants of disaster in their order: as many as one likes, none of them kept.
#[derive(Clone, Debug)]
struct Instants {
    draws: ChaCha8Rng,
    /// Random instants still to come, after `drawn` and before `end`, in nanoseconds.
    random: u32,
    drawn: f64,
    end: f64,
    /// The next of them.
    next: Option<SimTime>,
    /// Those that were chosen, the last first.
    chosen: Vec<SimTime>,
}

impl Instants {
    fn new(end: SimTime, streams: Streams, disasters: &Disasters) -> Self {
        let mut chosen = disasters.chosen.clone();
        chosen.sort_unstable_by_key(|&at| std::cmp::Reverse(at));
        let draws = streams.stream("oracle");
        let end = end.as_ns() as f64;
        let mut instants = Self { draws, random: disasters.random, drawn: 0.0, end, next: None, chosen };
        instants.draw();
        instants
    }

    /// The least of n independent uniform draws from what is left: 1 - U^(1/n) of it. The rest are uniform above it,
    /// so that one after the other they are the order statistics of n draws.
    fn draw(&mut self) {
        self.next = (self.random > 0).then(|| {
            let above = libm::pow(unit_open(&mut self.draws), 1.0 / f64::from(self.random));
            self.drawn = self.end - (self.end - self.drawn) * above;
            self.random -= 1;
            SimTime::from_ns(self.drawn as u64)
        });
    }
}

impl Iterator for Instants {
    type Item = SimTime;

    fn next(&mut self) -> Option<SimTime> {
        match (self.next, self.chosen.last()) {
            (Some(random), chosen) if chosen.is_none_or(|&chosen| random <= chosen) => {
                self.draw();
                Some(random)
            }
            _ => self.chosen.pop(),
        }
    }
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
        Self {
            instants: Instants::new(preamble.statistics_to, streams, disasters),
            pairs: preamble.pairs.clone(),
            perfect_clocks: preamble.perfect_clocks,
            writes: BTreeMap::new(),
            images: BTreeMap::new(),
            report: OracleReport::default(),
        }
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
        self.stage.schedule_disaster();
        if self.parts.local_site.is_lost {
            return Ok(());
        }
        let mut copy = self.copy_without_hosts();
        let World { parts, stage, .. } = &mut copy;
        parts.lose_local_site(stage);
        copy.run_recovery()?;
        let Some(recovered) = &copy.stage.watchers.oracle else { return Ok(()) };
        let mut findings = Vec::new();
        for group in (0..self.parts.scenario.groups.len()).map(GroupId::from) {
            findings.push((
                group,
                recovered.judge(group),
                copy.stage.watchers.judge.state(group, Check::PairOrder),
            ));
        }
        let at = self.stage.now();
        let mut disagreements = Vec::new();
        let mut all_hold = true;
        for (group, found, pair_order) in findings {
            let (prefix, causal) = self.stage.watchers.judge.holds_now(group);
            all_hold &= found.prefix && found.causal && found.image;
            let mut disagree = |what| disagreements.push(Disagreement { at, group, what });
            if found.prefix != prefix {
                disagree(if prefix {
                    "the image is not a prefix, and the checker says it is"
                } else {
                    "the image is a prefix, and the checker says it is not"
                });
            }
            if found.causal != causal {
                disagree(if causal {
                    "the image is not closed under precedes, and the checker says it is"
                } else {
                    "the image is closed under precedes, and the checker says it is not"
                });
            }
            // Blocks in the wrong order are wrong destages; a hole in the prefix is a wrong block, too.
            if !found.image && found.prefix && pair_order != CheckState::Broken {
                disagree("a block holds the wrong write, and the checker says it does not");
            }
        }
        if let Some(oracle) = &mut self.stage.watchers.oracle {
            oracle.report.disasters += 1;
            oracle.report.broken += u64::from(!all_hold);
            oracle.report.disagreements.extend(disagreements);
        }
        Ok(())
    }
}

impl<O: Observer> Stage<O> {
    /// Schedules the next disaster.
    pub(super) fn schedule_disaster(&mut self) {
        if let Some(at) = self.watchers.oracle.as_mut().and_then(|oracle| oracle.instants.next()) {
            self.schedule(at, Event::Disaster);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instants(random: u32, chosen: &[u64]) -> Vec<u64> {
        let chosen = chosen.iter().map(|&ns| SimTime::from_ns(ns)).collect();
        let disasters = Disasters { random, chosen };
        let instants = Instants::new(SimTime::from_ns(1_000_000), Streams::new(1), &disasters);
        instants.map(SimTime::as_ns).collect()
    }

    #[test]
    fn random_instants_are_in_order_uniform_and_as_many_as_asked_for() {
        let found = instants(10_000, &[]);
        assert_eq!(found.len(), 10_000);
        assert!(found.is_sorted());
        // Kolmogorov and Smirnov: at 10,000 draws 0.0195 is exceeded once in a thousand times.
        let apart = |(index, &ns): (usize, &u64)| (ns as f64 / 1e6 - index as f64 / 1e4).abs();
        assert!(found.iter().enumerate().map(apart).fold(0.0, f64::max) < 0.0195);
    }

    #[test]
    fn chosen_instants_stand_among_them_and_nothing_is_kept_of_those_to_come() {
        assert_eq!(instants(0, &[7, 5]), [5, 7]);
        let found = instants(3, &[0, 999_999]);
        assert!(found.len() == 5 && found.is_sorted() && found[0] == 0 && found[4] == 999_999, "{found:?}");
        let many = Disasters { random: u32::MAX, chosen: vec![] };
        let mut many = Instants::new(SimTime::from_ns(1_000_000), Streams::new(1), &many);
        assert!(many.next() <= many.next());
    }
}
