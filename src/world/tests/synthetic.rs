//! Facts that no protocol would make of a world, but hardware could: the checker must judge them all the same.
//!
//! Hardware issues, accepts and completes a write in that order, accepts one write per nanosecond and local
//! system, caches what was accepted and destages what is cached. All else is drawn: copies, keys, limits that
//! fall, crashes of either cache, content at the wrong place.

use super::agreement::worlds;
use super::definition::{self, ByDefinition};
use crate::engine::dice::Dice;
use crate::trace::{
    DeclaredRecovery, End, Key, LimitRule, Observer, Preamble, PreamblePair, Record, Recorder,
};
use crate::units::{GroupId, HostId, LocalId, PairId, RemoteId, SimDuration, SimTime, WriteRef};
use crate::words::{Check, CheckSet, Keeping, PairOrder, Promise};
use crate::world::judge::Judge;

/// A write, as the hardware knows it.
#[derive(Clone, Copy, Debug)]
struct Write {
    name: WriteRef,
    pair: usize,
    position: u64,
    fixed: Option<SimTime>,
    completed: bool,
    abandoned: bool,
    /// Landed on the local unit, or wiped from the local cache.
    left_local_cache: bool,
    copies: u32,
    landed: bool,
    freed: bool,
}

impl Write {
    fn is_finished(&self) -> bool {
        (self.completed || self.abandoned) && self.left_local_cache && self.landed
    }
}

/// Hardware without a protocol.
struct Hardware {
    dice: Dice,
    /// In a hundred choices, this many are not of the oldest write that can be chosen.
    disorder: u64,
    preamble: Preamble,
    now: SimTime,
    writes: Vec<Write>,
    free_slots: Vec<u32>,
    last_fix: Vec<Option<SimTime>>,
    site_lost: bool,
    recorder: Recorder,
    judge: Judge,
}

fn preamble(dice: &mut Dice) -> Preamble {
    let (locals, remotes, groups) = (1 + dice.index(2), 1 + dice.index(3), 1 + dice.index(2));
    let rule = dice.one_of(&[LimitRule::Highest, LimitRule::Own]);
    let recovery = match dice.below(5) {
        0 => DeclaredRecovery::Everything,
        1 => DeclaredRecovery::LatestStamps,
        _ => DeclaredRecovery::Limit { rule, whole_keys: dice.percent(60), inclusive: dice.percent(60) },
    };
    let names = |prefix: &str, count: usize| (0..count).map(|index| format!("{prefix}{index}")).collect();
    let pair = |index: usize, dice: &mut Dice| PreamblePair {
        group: GroupId::from(dice.index(groups)),
        local: LocalId::from(index % locals),
        local_unit: (index / locals) as u32,
        remote: RemoteId::from(dice.index(remotes)),
        remote_unit: index as u32,
    };
    Preamble {
        groups: names("G", groups),
        local_systems: names("L", locals),
        remote_systems: names("R", remotes),
        pairs: (0..locals * 2).map(|index| pair(index, dice)).collect(),
        paths: 0,
        tape: crate::trace::tape::TapePreamble::default(),
        recovery,
        perfect_clocks: dice.percent(60),
        promise: Promise {
            judged: if dice.percent(50) {
                CheckSet::ALL
            } else {
                CheckSet::ALL.without(CheckSet::of(&[Check::DestageOrder]))
            },
            kept: CheckSet::NONE,
            pair_order: if dice.percent(20) { PairOrder::Dependent } else { PairOrder::Every },
            keeping: if dice.percent(40) { Keeping::Covered } else { Keeping::Each },
        },
        statistics_from: SimTime::ZERO,
        statistics_to: SimTime::from_ns(1000),
    }
}

impl Hardware {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new("synthetic facts", seed);
        let preamble = preamble(&mut dice);
        let mut recorder = Recorder::default();
        recorder.begin(&preamble);
        Self {
            disorder: dice.one_of(&[0, 5, 20, 100]),
            dice,
            now: SimTime::ZERO,
            writes: vec![],
            free_slots: vec![],
            last_fix: vec![None; preamble.local_systems.len()],
            site_lost: false,
            recorder,
            judge: Judge::new(&preamble, ()),
            preamble,
        }
    }

    fn record(&mut self, record: Record) {
        self.recorder.observe(self.now, &record);
        self.judge.record(&[(self.now, record)]);
    }

    /// One of the writes that are so: mostly the oldest.
    fn pick(&mut self, is_so: impl Fn(&Write) -> bool) -> Option<usize> {
        let candidates: Vec<usize> = (0..self.writes.len()).filter(|&at| is_so(&self.writes[at])).collect();
        let first = *candidates.first()?;
        Some(if self.dice.percent(self.disorder) { self.dice.one_of(&candidates) } else { first })
    }

    /// One more fact, if what was drawn can happen.
    fn step(&mut self) -> Option<()> {
        self.now += SimDuration::from_ns(self.dice.one_of(&[0, 0, 1, 2]));
        match self.dice.below(14) {
            0 | 1 if !self.site_lost && self.writes.len() < 12 => self.issue(),
            2 | 3 if !self.site_lost => {
                let (now, last) = (self.now, self.last_fix.clone());
                let pairs = self.preamble.pairs.clone();
                let free = |write: &Write| last[pairs[write.pair].local.index()] < Some(now);
                let at = self.pick(|write| write.fixed.is_none() && free(write))?;
                self.writes[at].fixed = Some(now);
                self.last_fix[pairs[self.writes[at].pair].local.index()] = Some(now);
                self.record(Record::Accepted { write: self.writes[at].name });
            }
            4 | 5 if !self.site_lost => {
                let now = self.now;
                let told = |write: &Write| write.completed || write.abandoned;
                let at = self.pick(|write| write.fixed.is_some_and(|fixed| fixed < now) && !told(write))?;
                self.writes[at].completed = true;
                self.record(Record::Completed { write: self.writes[at].name });
                self.free_if_finished(at);
            }
            6 if !self.site_lost => {
                let at = self.pick(|write| write.fixed.is_some() && !write.left_local_cache)?;
                self.writes[at].left_local_cache = true;
                self.record(Record::LocalDestaged { write: self.writes[at].name });
                self.free_if_finished(at);
            }
            7 | 8 if !self.site_lost => self.cache()?,
            9 | 10 => self.destage()?,
            11 | 12 => self.limit_or_stamp()?,
            13 => self.fail()?,
            _ => {}
        }
        Some(())
    }

    /// Something is lost, or somebody gives up.
    fn fail(&mut self) -> Option<()> {
        match self.dice.below(6) {
            0 => {
                let at = self.pick(|write| write.copies > 0)?;
                self.writes[at].copies = 0;
                let Write { name: write, pair, .. } = self.writes[at];
                self.record(Record::RemoteCacheLost { write, remote: self.preamble.pairs[pair].remote });
            }
            1 if !self.site_lost && self.dice.percent(20) => {
                self.site_lost = true;
                self.record(Record::LocalSiteLost);
            }
            2 if !self.site_lost => {
                let at = self.pick(|write| write.fixed.is_some() && !write.left_local_cache)?;
                self.writes[at].left_local_cache = true;
                self.record(Record::LocalCacheLost { write: self.writes[at].name });
                self.free_if_finished(at);
            }
            3 if !self.site_lost => {
                let at = self.pick(|write| !write.completed && !write.abandoned)?;
                self.writes[at].abandoned = true;
                self.record(Record::Abandoned { write: self.writes[at].name });
                self.free_if_finished(at);
            }
            _ => {}
        }
        Some(())
    }

    fn issue(&mut self) {
        let serial = self.writes.len() as u64;
        // A slot is used again when its write is finished.
        let slot = self.free_slots.pop().unwrap_or(serial as u32);
        let write = WriteRef { serial, slot };
        let (pair, position) = (self.dice.index(self.preamble.pairs.len()), self.dice.below(3));
        let size = 512 * (1 + self.dice.below(3) as u32);
        let known = self.preamble.pairs[pair];
        self.writes.push(Write {
            name: write,
            pair,
            position,
            fixed: None,
            completed: false,
            abandoned: false,
            left_local_cache: false,
            copies: 0,
            landed: false,
            freed: false,
        });
        self.record(Record::Issued {
            write,
            host: HostId(0),
            local: known.local,
            unit: known.local_unit,
            pair: Some(PairId::from(pair)),
            position,
            size,
        });
    }

    /// A copy of a write arrives under its own key, or under a wrong one.
    fn cache(&mut self) -> Option<()> {
        let again = self.dice.percent(10);
        let at = self.pick(|write| write.fixed.is_some() && (again || write.copies == 0 && !write.landed))?;
        self.writes[at].copies += 1;
        let Write { name: write, pair, .. } = self.writes[at];
        let remote = self.preamble.pairs[pair].remote;
        let mut key = self.key(at);
        if self.dice.percent(10) {
            key.stamp += self.dice.below(5);
        }
        self.record(Record::RemoteCached { write, remote, key });
        Some(())
    }

    fn key(&self, at: usize) -> Key {
        let Write { name: write, pair, fixed, .. } = self.writes[at];
        let stamp = fixed.map_or(0, SimTime::as_ns);
        Key { stamp, local: self.preamble.pairs[pair].local, number: write.serial }
    }

    fn destage(&mut self) -> Option<()> {
        let at = self.pick(|write| write.copies > 0)?;
        self.writes[at].copies -= 1;
        self.writes[at].landed = true;
        let Write { name: write, pair, position, .. } = self.writes[at];
        let mut place = self.preamble.pairs[pair];
        if self.dice.percent(2) {
            // The unit of another pair of the group in this system.
            let near = |other: &&PreamblePair| (other.group, other.remote) == (place.group, place.remote);
            let near: Vec<_> = self.preamble.pairs.iter().filter(near).copied().collect();
            place = self.dice.one_of(&near);
        }
        let position = position + u64::from(self.dice.percent(2));
        self.record(Record::RemoteDestaged {
            write,
            remote: place.remote,
            unit: place.remote_unit,
            position,
        });
        self.free_if_finished(at);
        Some(())
    }

    fn limit_or_stamp(&mut self) -> Option<()> {
        let at = self.pick(|write| write.fixed.is_some() && !write.is_finished())?;
        let key = self.key(at);
        if self.preamble.recovery == DeclaredRecovery::LatestStamps {
            let pair = PairId::from(self.dice.index(self.preamble.pairs.len()));
            self.record(Record::StampReceived { pair, key });
            return Some(());
        }
        let group = GroupId::from(self.dice.index(self.preamble.groups.len()));
        let group = (!self.dice.percent(20)).then_some(group);
        let remote = RemoteId::from(self.dice.index(self.preamble.remote_systems.len()));
        let limit = (!self.dice.percent(5)).then_some(key);
        self.record(Record::LimitStored { remote, group, limit });
        Some(())
    }

    fn free_if_finished(&mut self, at: usize) {
        let write = &mut self.writes[at];
        if write.is_finished() && !std::mem::replace(&mut write.freed, true) {
            self.free_slots.push(write.name.slot);
        }
    }
}

#[test]
fn checker_and_definition_agree_on_synthetic_facts() {
    for seed in 0..worlds() * 10 {
        let mut hardware = Hardware::new(seed);
        for _ in 0..30 + hardware.dice.below(90) {
            hardware.step();
            if hardware.dice.percent(5) {
                for group in (0..hardware.preamble.groups.len()).map(GroupId::from) {
                    assert_eq!(
                        hardware.judge.holds_now(group),
                        ByDefinition::holds_now(&hardware.recorder, group),
                        "seed {seed}, {group:?}: {}",
                        definition::facts(&hardware.recorder)
                    );
                }
            }
        }
        let drained = hardware.writes.iter().all(Write::is_finished);
        let end = End { at: hardware.now, local_site_lost: hardware.site_lost, drained };
        hardware.recorder.end(&end);
        let verdict = hardware.judge.finish(&end).0;
        if let Some(wrong) = ByDefinition::of(&hardware.recorder).disagreement(&verdict) {
            panic!("seed {seed}: {wrong}\n{}", definition::facts(&hardware.recorder));
        }
    }
}
