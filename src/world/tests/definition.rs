//! The checks by definition: DESIGN, section 2, read again from the whole trace for every instant.
//!
//! Slow on purpose, and written without a look at checker and tracker: nothing is kept from one record to the
//! next, and every statement is tried over all pairs of writes. What it says, the streaming checker must say.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::checker::{Check, CheckState, Verdict};
use crate::trace::{DeclaredRecovery, End, Key, LimitRule, Preamble, PreamblePair, Record, Recorder};
use crate::units::{GroupId, LocalId, PairId, RemoteId, SimTime, WriteRef};
use crate::words::{Keeping, PairOrder};

/// What ended a write's time in the local cache, when; did it land?
type BlockEnd = (SimTime, Write, bool);

/// What the records so far say of one write to a pair.
#[derive(Clone, Copy, Debug)]
struct Write {
    name: WriteRef,
    pair: PairId,
    group: GroupId,
    local: LocalId,
    blocks: (u64, u64),
    issued: SimTime,
    fixed: Option<SimTime>,
    completed: Option<SimTime>,
}

impl Write {
    fn order(&self) -> Option<(SimTime, LocalId)> {
        self.fixed.map(|fixed| (fixed, self.local))
    }

    /// Does it stand before `other` in the local order?
    fn is_before(&self, other: &Self) -> bool {
        matches!((self.order(), other.order()), (Some(mine), Some(others)) if mine < others)
    }

    /// c(w1) <= i(w2).
    fn precedes(&self, other: &Self) -> bool {
        self.group == other.group && self.completed.is_some_and(|completed| completed <= other.issued)
    }

    /// Has each of its blocks a later write in local order among `others`?
    fn is_covered_by(&self, others: &[&Self]) -> bool {
        (self.blocks.0..self.blocks.1).all(|block| {
            let has = |other: &Self| (other.blocks.0..other.blocks.1).contains(&block);
            others.iter().any(|other| other.pair == self.pair && self.is_before(other) && has(other))
        })
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.pair == other.pair && self.blocks.0 < other.blocks.1 && other.blocks.0 < self.blocks.1
    }
}

/// A prefix of a trace.
struct Past<'a> {
    preamble: &'a Preamble,
    records: &'a [(SimTime, Record)],
}

impl Past<'_> {
    /// The writes to pairs, in the order of their issue.
    fn writes(&self) -> Vec<Write> {
        let mut writes: BTreeMap<WriteRef, Write> = BTreeMap::new();
        for &(at, record) in self.records {
            match record {
                Record::Issued { write, pair: Some(pair), position, size, .. } => {
                    let PreamblePair { group, local, .. } = self.preamble.pairs[pair.index()];
                    let blocks = (position, position + u64::from(size).div_ceil(512));
                    let (fixed, completed) = (None, None);
                    let known =
                        Write { name: write, pair, group, local, blocks, issued: at, fixed, completed };
                    writes.insert(write, known);
                }
                Record::Accepted { write } => {
                    writes.entry(write).and_modify(|write| write.fixed = Some(at));
                }
                Record::Completed { write } => {
                    writes.entry(write).and_modify(|write| write.completed = Some(at));
                }
                _ => {}
            }
        }
        writes.into_values().collect()
    }

    /// The writes that have been destaged to a remote unit.
    fn landed(&self) -> BTreeSet<WriteRef> {
        self.landings().into_iter().map(|(write, ..)| write).collect()
    }

    /// The copies that stand in surviving remote caches. (It does not matter here that copies leave by
    /// destage.)
    fn copies(&self) -> Vec<(WriteRef, RemoteId, Key)> {
        let mut copies = Vec::new();
        for &(_, record) in self.records {
            match record {
                Record::RemoteCached { write, remote, key } => copies.push((write, remote, key)),
                Record::RemoteCacheLost { write, remote } => {
                    copies.retain(|&(copy, at, _)| (copy, at) != (write, remote));
                }
                _ => {}
            }
        }
        copies
    }

    /// The limit that stands in the memory of a remote system for a group.
    fn stored(&self, remote: RemoteId, group: GroupId) -> Option<Key> {
        let mut stored = None;
        for &(_, record) in self.records {
            if let Record::LimitStored { remote: at, group: of, limit } = record
                && at == remote
                && of.is_none_or(|of| of == group)
            {
                stored = limit;
            }
        }
        stored
    }

    fn latest_stamp(&self, pair: PairId) -> Option<Key> {
        self.records.iter().rev().find_map(|&(_, record)| match record {
            Record::StampReceived { pair: of, key } if of == pair => Some(key),
            _ => None,
        })
    }

    /// Would the declared recovery destage a copy in the cache of `remote`?
    fn recovers(&self, group: GroupId, remote: RemoteId, key: Key) -> bool {
        match self.preamble.recovery {
            DeclaredRecovery::Everything => true,
            DeclaredRecovery::LatestStamps => {
                let pairs = (0..self.preamble.pairs.len()).map(PairId::from);
                let mut of_group = pairs.filter(|pair| self.preamble.pairs[pair.index()].group == group);
                of_group.all(|pair| self.latest_stamp(pair).is_some_and(|latest| key.stamp <= latest.stamp))
            }
            DeclaredRecovery::Limit { rule, whole_keys, inclusive } => {
                let permits = |limit: Key| match (whole_keys, inclusive) {
                    (true, true) => key <= limit,
                    (true, false) => key < limit,
                    (false, true) => key.stamp <= limit.stamp,
                    (false, false) => key.stamp < limit.stamp,
                };
                let everywhere = (0..self.preamble.remote_systems.len()).map(RemoteId::from);
                match rule {
                    LimitRule::Own => self.stored(remote, group).is_some_and(permits),
                    LimitRule::Highest => {
                        everywhere.filter_map(|remote| self.stored(remote, group)).any(permits)
                    }
                }
            }
        }
    }

    /// R(t): what a disaster now would leave.
    fn image(&self, writes: &[Write]) -> BTreeSet<WriteRef> {
        let mut image = self.landed();
        for (copy, remote, key) in self.copies() {
            if !image.contains(&copy)
                && let Some(write) = writes.iter().find(|write| write.name == copy)
                && self.recovers(write.group, remote, key)
            {
                image.insert(copy);
            }
        }
        image
    }

    /// Every destage on a remote unit, in order.
    fn landings(&self) -> Vec<(WriteRef, RemoteId, u32, u64)> {
        let landing = |&(_, record): &(SimTime, Record)| match record {
            Record::RemoteDestaged { write, remote, unit, position } => Some((write, remote, unit, position)),
            _ => None,
        };
        self.records.iter().filter_map(landing).collect()
    }
}

/// The facts of a trace that bear on order, one a line.
pub fn facts(recorder: &Recorder) -> String {
    let mut facts = format!("{:?}\n", recorder.preamble);
    for (at, record) in recorder.records.iter().filter(|(_, record)| bears_on_order(record)) {
        let _ = writeln!(facts, "{} {record:?}", at.as_ns());
    }
    facts
}

fn bears_on_order(record: &Record) -> bool {
    !matches!(record, Record::PacketSent { .. } | Record::PacketArrived { .. })
}

/// What the definition says of a trace: every check that broke, its first instant and the groups concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByDefinition {
    broken: BTreeMap<Check, (SimTime, BTreeSet<GroupId>)>,
    complete_is_judged: bool,
}

impl ByDefinition {
    /// Judges a whole trace.
    pub fn of(recorder: &Recorder) -> Self {
        let (preamble, end) = (recorder.preamble.as_ref().unwrap(), recorder.end.as_ref().unwrap());
        let facts = recorder.records.iter().filter(|(_, record)| bears_on_order(record));
        let records: Vec<_> = facts.copied().collect();
        let mut found = Self { complete_is_judged: !end.local_site_lost, ..Self::default() };
        for index in 0..records.len() {
            let now = records[index].0;
            let past = Past { preamble, records: &records[..=index] };
            let writes = past.writes();
            found.judge_image(now, &past, &writes);
            if matches!(records[index].1, Record::RemoteDestaged { .. }) {
                found.judge_landing(now, &past, &writes);
            }
        }
        let past = Past { preamble, records: &records };
        found.judge_local_units(&past);
        found.judge_completeness(&past, end);
        found
    }

    /// Is R(t) of a group a prefix, and closed under *precedes*, after the last record? (What broke before and has
    /// been mended does not count.)
    pub fn holds_now(recorder: &Recorder, group: GroupId) -> (bool, bool) {
        let preamble = recorder.preamble.as_ref().unwrap();
        let past = Past { preamble, records: &recorder.records };
        let mut found = Self::default();
        found.judge_image(SimTime::ZERO, &past, &past.writes());
        let holds = |check| found.broken.get(&check).is_none_or(|(_, groups)| !groups.contains(&group));
        (holds(Check::RecoverablePrefix), holds(Check::Causal))
    }

    fn add(&mut self, check: Check, at: SimTime, group: Option<GroupId>) {
        let (first, groups) = self.broken.entry(check).or_insert((at, BTreeSet::new()));
        *first = at.min(*first);
        groups.extend(group);
    }

    /// `recoverable-prefix`: R(t) is a prefix of the local order, but for writes not yet completed. `causal`: it is
    /// closed under *precedes*. Where the promise says so, later writes stand for those that they cover.
    fn judge_image(&mut self, now: SimTime, past: &Past, writes: &[Write]) {
        let image = past.image(writes);
        let (present, missing): (Vec<&Write>, Vec<&Write>) =
            writes.iter().partition(|write| image.contains(&write.name));
        let covers = past.preamble.promise.keeping == Keeping::Covered;
        let gone = missing.iter().filter(|earlier| !(covers && earlier.is_covered_by(&present)));
        let missing: Vec<&Write> = gone.copied().collect();
        for later in &present {
            let of_group = missing.iter().filter(|earlier| earlier.group == later.group);
            for earlier in of_group.filter(|earlier| earlier.completed.is_some()) {
                let ordered = past.preamble.perfect_clocks || earlier.local == later.local;
                if ordered && earlier.is_before(later) {
                    self.add(Check::RecoverablePrefix, now, Some(later.group));
                }
                if earlier.precedes(later) {
                    self.add(Check::Causal, now, Some(later.group));
                }
            }
        }
    }

    /// `pair-order`, `destage-order`: is the last destage in its place?
    fn judge_landing(&mut self, now: SimTime, past: &Past, writes: &[Write]) {
        let find = |wanted: WriteRef| *writes.iter().find(|write| write.name == wanted).unwrap();
        let landings = past.landings();
        let (&(write, remote, unit, position), earlier) = landings.split_last().unwrap();
        let write = find(write);
        let pair = past.preamble.pairs[write.pair.index()];
        if (remote, unit, position) != (pair.remote, pair.remote_unit, write.blocks.0) {
            self.add(Check::PairOrder, now, Some(write.group)); // The right content at the right position.
        }
        let is_first = earlier.iter().all(|&(other, ..)| other != write.name);
        for other in earlier.iter().map(|&(other, ..)| find(other)) {
            if other.name == write.name {
                self.add(Check::PairOrder, now, Some(write.group)); // Each once.
            }
            if other.pair == write.pair
                && write.is_before(&other)
                && (past.preamble.promise.pair_order == PairOrder::Every
                    || write.overlaps(&other)
                    || write.precedes(&other))
            {
                self.add(Check::PairOrder, now, Some(write.group));
            }
            // With imperfect clocks, concurrent writes at different systems may stand in either order, and that a
            // write lands again is for `pair-order` alone.
            let ordered = past.preamble.perfect_clocks || write.local == other.local;
            if (is_first || past.preamble.perfect_clocks)
                && other.group == write.group
                && (ordered && write.is_before(&other)
                    || !past.preamble.perfect_clocks && write.precedes(&other))
            {
                self.add(Check::DestageOrder, now, Some(write.group));
            }
        }
    }

    /// `local-order`: every block of a local unit ends with the last write that was destaged to it, or that
    /// was completed and wiped from the cache, whichever of the two came first. If one does not, it has not
    /// since the destage that followed that write's, or since it was both completed and wiped.
    fn judge_local_units(&mut self, past: &Past) {
        let mut blocks: BTreeMap<(PairId, u64), Vec<BlockEnd>> = BTreeMap::new();
        let writes = past.writes();
        let find = |name: WriteRef| writes.iter().find(|known| known.name == name);
        let mut completed = BTreeSet::new();
        let mut wiped = BTreeSet::new();
        for &(at, record) in past.records {
            let (write, landed) = match record {
                Record::LocalDestaged { write } => (write, true),
                Record::LocalCacheLost { write } => {
                    wiped.insert(write);
                    (write, false)
                }
                Record::Completed { write } => {
                    completed.insert(write);
                    (write, false)
                }
                _ => continue,
            };
            let Some(write) = find(write) else { continue };
            if landed || completed.contains(&write.name) && wiped.contains(&write.name) {
                for block in write.blocks.0..write.blocks.1 {
                    blocks.entry((write.pair, block)).or_default().push((at, *write, landed));
                }
            }
        }
        for ends in blocks.values() {
            let last = ends.iter().enumerate().max_by_key(|(_, (_, write, _))| write.fixed).unwrap().0;
            let (at, write, landed) = ends[last];
            let later = ends[last + 1..].iter().find(|(_, _, landed)| *landed);
            match later {
                _ if !landed => self.add(Check::LocalOrder, at, Some(write.group)),
                Some(&(at, write, _)) => self.add(Check::LocalOrder, at, Some(write.group)),
                None => {}
            }
        }
    }

    /// `complete`: after drain, every acknowledged write is at the remote site.
    fn judge_completeness(&mut self, past: &Past, end: &End) {
        if end.local_site_lost {
            return;
        }
        let landed = past.landed();
        let writes = past.writes();
        let there: Vec<&Write> = writes.iter().filter(|write| landed.contains(&write.name)).collect();
        let covers = past.preamble.promise.keeping == Keeping::Covered;
        for write in &writes {
            let stands = landed.contains(&write.name) || covers && write.is_covered_by(&there);
            if write.completed.is_some() && !stands {
                self.add(Check::Complete, end.at, Some(write.group));
            }
        }
        if covers {
            self.judge_buried(past, &writes, end);
        }
        if !end.drained {
            self.add(Check::Complete, end.at, None);
        }
    }

    /// Where a later write may stand for an older one: the last write destaged to a block is no older than any destaged to
    /// it before. Second destages are left aside, and so is what was destaged before it was accepted: it had no place in local
    /// order.
    fn judge_buried(&mut self, past: &Past, writes: &[Write], end: &End) {
        let (mut accepted, mut landed) = (BTreeSet::new(), BTreeSet::new());
        let mut in_turn: BTreeMap<(PairId, u64), Vec<&Write>> = BTreeMap::new();
        for &(_, record) in past.records {
            match record {
                Record::Accepted { write } => {
                    accepted.insert(write);
                }
                Record::RemoteDestaged { write, .. } if landed.insert(write) && accepted.contains(&write) => {
                    for write in writes.iter().filter(|other| other.name == write) {
                        let blocks = write.blocks.0..write.blocks.1;
                        blocks.for_each(|block| in_turn.entry((write.pair, block)).or_default().push(write));
                    }
                }
                _ => {}
            }
        }
        for on_block in in_turn.values() {
            let last = on_block.last().and_then(|last| last.fixed);
            if let Some(buried) = on_block.iter().find(|it| it.fixed > last) {
                self.add(Check::Complete, end.at, Some(buried.group));
            }
        }
    }

    /// Where `verdict` says something else, in words; nothing if the two agree.
    pub fn disagreement(&self, verdict: &Verdict) -> Option<String> {
        for check in Check::ALL.into_iter().filter(|&check| check != Check::TapeOrder) {
            let checked = check != Check::Complete || self.complete_is_judged;
            let judged = verdict.promise.judges(check);
            let broken = self.broken.get(&check);
            let state = |is_broken| match (judged, checked, is_broken) {
                (false, ..) => CheckState::NotJudged,
                (true, false, _) => CheckState::NotChecked,
                (true, true, false) => CheckState::Holds,
                (true, true, true) => CheckState::Broken,
            };
            if verdict.checks.get(check) != state(broken.is_some()) {
                return Some(format!("{check} {}, by definition {broken:?}", verdict.checks.get(check)));
            }
            // What is not judged is seen all the same, and told apart from what is.
            let told = if judged { &verdict.violations } else { &verdict.not_judged };
            let first = told.iter().find(|violation| violation.check == check);
            if first.map(|violation| violation.at) != broken.map(|&(at, _)| at) {
                return Some(format!("{check} first {first:?}, by definition {broken:?}"));
            }
            for (group, states) in verdict.groups.iter().enumerate() {
                let is_broken = broken.is_some_and(|(_, groups)| groups.contains(&GroupId::from(group)));
                if states.get(check) != state(is_broken) {
                    let said = states.get(check);
                    return Some(format!("{check} of group {group} {said}, by definition {broken:?}"));
                }
            }
        }
        None
    }
}
