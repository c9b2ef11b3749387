//! Keeps R(t): which writes the declared recovery would leave if the disaster came now.
//!
//! R(t) is everything that was destaged, and everything in a surviving remote cache up to the limit that the
//! declared recovery goes by. The tracker believes packets only in what recovery would believe: their keys.

use std::hash::{Hash, Hasher};

use super::Change;
use super::table::{WriteState, WriteTable};
use crate::collections::{AlmostSorted, Riders};
use crate::trace::{DeclaredRecovery, Key, LimitRule, Preamble, PreamblePair, Record};
use crate::units::{GroupId, LocalId, RemoteId, SimTime, WriteRef};
use crate::words::Keeping;

/// A limit as a recovery compares with it: nothing below it yet, or everything up to a key.
type Limit = Option<Key>;

/// Writes that recover by the same limit: those of a group, or of a group in one remote system.
#[derive(Clone, Debug, Default)]
struct Domain {
    limit: Limit,
    /// Cached writes above the limit, the least key first; entries of writes gone since, or known by another key
    /// since, are skipped.
    above: AlmostSorted<Above>,
}

/// A cached write above a limit, ordered by its key. The numbers of key and write lie close together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Above {
    stamp: u64,
    local: LocalId,
    number: u64,
    serial: u64,
    slot: u32,
}

impl Above {
    const fn new(key: Key, write: WriteRef) -> Self {
        let (Key { stamp, local, number }, WriteRef { serial, slot }) = (key, write);
        Self { stamp, local, number, serial, slot }
    }

    const fn key(&self) -> Key {
        Key { stamp: self.stamp, local: self.local, number: self.number }
    }

    const fn write(&self) -> WriteRef {
        WriteRef { serial: self.serial, slot: self.slot }
    }
}

/// Rows that are fetched together ([`crate::collections`]).
const TOGETHER: usize = 16;

/// Keeps R(t) from records. Two trackers of one run are equal when they remember the same: the queues of what stands
/// above a limit hold writes of the table and no more.
#[derive(Clone, Debug)]
pub struct Tracker {
    recovery: DeclaredRecovery,
    pairs: Vec<PreamblePair>,
    remotes: usize,
    table: WriteTable,
    /// By group, or by (group, remote system) where each recovers by its own limit.
    domains: Vec<Domain>,
    /// The limit stored, by (group, remote system).
    stored: Vec<Limit>,
    /// Latest stamp received, by pair (`timestamp-only`).
    latest: Vec<Limit>,
    /// Pairs of each group.
    group_pairs: Vec<Vec<usize>>,
    /// Does a later write stand for one that was folded into it?
    folds: bool,
    /// Writes that were folded into others, which are not destaged yet.
    folded: Riders<WriteRef>,
    /// Writes that this record finished because what they were folded into was destaged.
    overwritten: Vec<WriteRef>,
}

impl PartialEq for Tracker {
    fn eq(&self, other: &Self) -> bool {
        let limits = |tracker: &Self| tracker.domains.iter().map(|domain| domain.limit).collect::<Vec<_>>();
        (&self.table, &self.stored, &self.latest, &self.folded)
            == (&other.table, &other.stored, &other.latest, &other.folded)
            && limits(self) == limits(other)
    }
}

impl Eq for Tracker {}

impl Hash for Tracker {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.table, &self.stored, &self.latest, &self.folded).hash(state);
        self.domains.iter().for_each(|domain| domain.limit.hash(state));
    }
}

impl Tracker {
    /// Nothing written yet.
    pub fn new(preamble: &Preamble) -> Self {
        let groups = preamble.groups.len();
        let remotes = preamble.remote_systems.len();
        let mut group_pairs = vec![Vec::new(); groups];
        for (index, pair) in preamble.pairs.iter().enumerate() {
            group_pairs[pair.group.index()].push(index);
        }
        Self {
            recovery: preamble.recovery,
            pairs: preamble.pairs.clone(),
            remotes,
            table: WriteTable::default(),
            domains: vec![Domain::default(); groups * remotes.max(1)],
            stored: vec![None; groups * remotes],
            latest: vec![None; preamble.pairs.len()],
            group_pairs,
            folds: preamble.promise.keeping == Keeping::Covered,
            folded: Riders::default(),
            overwritten: Vec::new(),
        }
    }

    /// The writes in flight.
    pub fn table(&self) -> &WriteTable {
        &self.table
    }

    /// Takes in one record and adds what it changed to `changes`.
    #[inline(always)]
    pub fn observe(&mut self, now: SimTime, record: &Record, changes: &mut Vec<Change>) {
        match *record {
            Record::Issued { write, pair: Some(pair), position, size, .. } => {
                let of = (pair, &self.pairs[pair.index()]);
                self.table.insert(WriteState::new(write, of, (position, size), now));
            }
            Record::Accepted { write } => {
                if let Some(state) = self.table.get_mut(write) {
                    state.fix(now);
                }
            }
            Record::Completed { write } => {
                if let Some(state) = self.table.get_mut(write) {
                    state.complete(now);
                }
            }
            Record::Abandoned { write } => {
                if let Some(state) = self.table.get_mut(write) {
                    state.abandoned = true;
                }
            }
            Record::LocalDestaged { write } => {
                if let Some(state) = self.table.get_mut(write) {
                    state.left_again = state.left_local_cache;
                    state.left_local_cache = true;
                }
            }
            Record::LocalCacheLost { write } => {
                if let Some(state) = self.table.get_mut(write) {
                    state.left_local_cache = true;
                    state.wiped = true;
                }
            }
            Record::RemoteCached { write, remote, key } => self.on_cached(write, remote, key, changes),
            Record::RemoteCacheLost { write, remote } => self.on_cache_lost(write, remote, changes),
            Record::RemoteDestaged { write, .. } => self.on_destaged(write, changes),
            Record::StampReceived { pair, key } => self.on_stamp(pair.index(), key, changes),
            Record::LimitStored { remote, group, limit } => match group {
                Some(group) => self.on_limit(group, remote, limit, changes),
                None => (0..self.group_pairs.len())
                    .for_each(|group| self.on_limit(GroupId::from(group), remote, limit, changes)),
            },
            Record::Folded { write, into } if self.folds => self.on_folded(write, into, changes),
            _ => {}
        }
        if !self.folded.is_empty() {
            self.carry_folded(changes);
        }
    }

    /// A later write took the place of `write`. It is believed no further than what is seen of both: that the later one
    /// writes all of its blocks.
    fn on_folded(&mut self, write: WriteRef, into: WriteRef, changes: &mut Vec<Change>) {
        let (Some(older), Some(newer)) = (self.table.get(write), self.table.get(into)) else { return };
        let is_later = older.pair == newer.pair && older.fixed().is_some() && older.fixed() < newer.fixed();
        if !is_later || older.position < newer.position || older.end() > newer.end() || older.destaged {
            return;
        }
        let (is_present, is_destaged) = (newer.present, newer.destaged);
        self.folded.ride(write, into);
        if is_present {
            changes.push(Change::Covered(write.slot));
        }
        if is_destaged {
            self.overwrite(into, changes);
        }
    }

    /// What the record changed of a write, it changed of those that were folded into it.
    fn carry_folded(&mut self, changes: &mut Vec<Change>) {
        for index in 0..changes.len() {
            let (slot, carried): (u32, fn(u32) -> Change) = match changes[index] {
                Change::Present(slot) => (slot, Change::Covered),
                Change::Missing(slot) => (slot, Change::Bare),
                Change::Landed(slot) => {
                    if let Some(write) = self.table.at(slot).map(|state| state.write) {
                        self.overwrite(write, changes);
                    }
                    continue;
                }
                Change::Covered(_) | Change::Bare(_) | Change::Overwritten(_) => continue,
            };
            if let Some(state) = self.table.at(slot) {
                changes.extend(self.folded.of(state.write).iter().map(|write| carried(write.slot)));
            }
        }
    }

    /// A write was destaged: those that were folded into it have nothing more to come.
    fn overwrite(&mut self, by: WriteRef, changes: &mut Vec<Change>) {
        for write in self.folded.alight(by) {
            if let Some(state) = self.table.get_mut(write) {
                state.destaged = true;
                changes.push(Change::Overwritten(write.slot));
                self.overwritten.push(write);
            }
        }
    }

    /// Frees what `record` finished; called when every observer has seen it.
    #[inline]
    pub fn release(&mut self, record: &Record) {
        if let Record::Completed { write }
        | Record::Abandoned { write }
        | Record::LocalDestaged { write }
        | Record::LocalCacheLost { write }
        | Record::RemoteDestaged { write, .. } = *record
        {
            self.table.free_if_finished(write);
        }
        while let Some(write) = self.overwritten.pop() {
            self.table.free_if_finished(write);
        }
    }

    fn domain(&self, group: GroupId, remote: RemoteId) -> usize {
        match self.recovery {
            DeclaredRecovery::Limit { rule: LimitRule::Own, .. } => {
                group.index() * self.remotes + remote.index()
            }
            _ => group.index(),
        }
    }

    /// Would a recovery with `limit` keep a cached write of this key?
    fn keeps(&self, key: &Key, limit: Limit) -> bool {
        match (self.recovery, limit) {
            (DeclaredRecovery::Everything, _) => true,
            (_, None) => false,
            (DeclaredRecovery::Limit { whole_keys: true, inclusive: true, .. }, Some(limit)) => *key <= limit,
            (DeclaredRecovery::Limit { whole_keys: true, .. }, Some(limit)) => *key < limit,
            (
                DeclaredRecovery::LatestStamps | DeclaredRecovery::Limit { inclusive: true, .. },
                Some(limit),
            ) => key.stamp <= limit.stamp,
            (DeclaredRecovery::Limit { .. }, Some(limit)) => key.stamp < limit.stamp,
        }
    }

    #[inline]
    fn on_cached(&mut self, write: WriteRef, remote: RemoteId, key: Key, changes: &mut Vec<Change>) {
        let Some(state) = self.table.get(write) else { return };
        if state.destaged || state.cached().is_some_and(|(_, known)| known <= key) {
            return; // A second copy adds to the image only if its key is lower than that of the first.
        }
        if state.present {
            if let Some(state) = self.table.get_mut(write) {
                state.cache(Some((remote, key)));
            }
            return;
        }
        let domain = self.domain(state.group, remote);
        let present = self.keeps(&key, self.domains[domain].limit);
        if !present {
            self.domains[domain].above.push(Above::new(key, write));
        }
        if let Some(state) = self.table.get_mut(write) {
            state.cache(Some((remote, key)));
            state.present = present;
        }
        if present {
            changes.push(Change::Present(write.slot));
        }
    }

    fn on_cache_lost(&mut self, write: WriteRef, remote: RemoteId, changes: &mut Vec<Change>) {
        let Some(state) = self.table.get_mut(write) else { return };
        if state.destaged || state.cached().is_none_or(|(at, _)| at != remote) {
            return;
        }
        state.cache(None);
        if std::mem::replace(&mut state.present, false) {
            changes.push(Change::Missing(write.slot));
        }
    }

    fn on_destaged(&mut self, write: WriteRef, changes: &mut Vec<Change>) {
        let Some(state) = self.table.get_mut(write) else { return };
        if std::mem::replace(&mut state.destaged, true) {
            return; // Landed again: for the checker to judge.
        }
        if !std::mem::replace(&mut state.present, true) {
            changes.push(Change::Present(write.slot));
        }
        changes.push(Change::Landed(write.slot));
    }

    fn on_limit(&mut self, group: GroupId, remote: RemoteId, limit: Limit, changes: &mut Vec<Change>) {
        let first = group.index() * self.remotes;
        self.stored[first + remote.index()] = limit;
        match self.recovery {
            DeclaredRecovery::Limit { rule: LimitRule::Own, .. } => {
                self.move_limit(first + remote.index(), limit, changes);
            }
            DeclaredRecovery::Limit { rule: LimitRule::Highest, .. } => {
                let domain = group.index();
                // The common case, without a look at every system: a limit above all others.
                let highest = if limit >= self.domains[domain].limit {
                    limit
                } else {
                    self.stored[first..first + self.remotes].iter().copied().max().flatten()
                };
                self.move_limit(domain, highest, changes);
            }
            DeclaredRecovery::Everything | DeclaredRecovery::LatestStamps => {}
        }
    }

    fn on_stamp(&mut self, pair: usize, key: Key, changes: &mut Vec<Change>) {
        if self.recovery != DeclaredRecovery::LatestStamps {
            return;
        }
        let group = self.pairs[pair].group.index();
        let before = self.latest[pair].replace(key);
        // Only the pair that held the minimum down can raise it; any pair can lower it.
        if before <= self.domains[group].limit || Some(key) < self.domains[group].limit {
            let least = self.group_pairs[group].iter().map(|&pair| self.latest[pair]).min().flatten();
            self.move_limit(group, least, changes);
        }
    }

    fn move_limit(&mut self, domain: usize, limit: Limit, changes: &mut Vec<Change>) {
        let before = std::mem::replace(&mut self.domains[domain].limit, limit);
        if limit < before {
            self.fall(domain, limit, changes);
            return;
        }
        let mut taken = 0;
        while let Some(first) = self.domains[domain].above.first()
            && let (key, write) = (first.key(), first.write())
            && self.keeps(&key, limit)
        {
            if taken % TOGETHER == 0 {
                let next = self.domains[domain].above.iter().take(TOGETHER);
                next.for_each(|above| self.table.fetch(above.slot));
            }
            taken += 1;
            self.domains[domain].above.pop();
            if let Some(state) = self.table.get_mut(write)
                && state.cached().is_some_and(|(_, known)| known == key)
                && !std::mem::replace(&mut state.present, true)
            {
                changes.push(Change::Present(write.slot));
            }
        }
    }

    /// The limit fell (an old one replaced a newer, or a crash lost it): what stood between is lost again.
    /// Looks at every write in flight, which only a broken rule makes necessary.
    fn fall(&mut self, domain: usize, limit: Limit, changes: &mut Vec<Change>) {
        let lost: Vec<(Key, WriteRef)> = self
            .table
            .iter()
            .filter(|state| state.present && !state.destaged)
            .filter_map(|state| state.cached().map(|(remote, key)| (state, remote, key)))
            .filter(|(state, remote, _)| self.domain(state.group, *remote) == domain)
            .filter(|(_, _, key)| !self.keeps(key, limit))
            .map(|(state, _, key)| (key, state.write))
            .collect();
        for (key, write) in lost {
            self.domains[domain].above.push(Above::new(key, write));
            if let Some(state) = self.table.get_mut(write) {
                state.present = false;
                changes.push(Change::Missing(write.slot));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{HostId, LocalId, PairId};

    /// It is kept while a write stands in a remote cache above the limit (`results/performance`).
    #[test]
    fn what_is_kept_of_a_write_above_the_limit_is_short() {
        assert_eq!(size_of::<Above>(), 32);
    }

    /// A tracker of one group: pair 0 in remote system 0, pair 1 in remote system 1. Times do not matter to it.
    struct Facts(Tracker);

    impl Facts {
        fn new(recovery: DeclaredRecovery) -> Self {
            let pair = |index| PreamblePair {
                group: GroupId(0),
                local: LocalId(0),
                local_unit: index,
                remote: RemoteId(index),
                remote_unit: 0,
            };
            let preamble = Preamble { recovery, ..Preamble::of_pairs(vec![pair(0), pair(1)]) };
            let mut facts = Self(Tracker::new(&preamble));
            for serial in 0..4 {
                let pair = serial as u32 % 2;
                let (host, local, unit) = (HostId(0), LocalId(0), pair);
                let (pair, position, size) = (Some(PairId(pair)), 0, 512);
                facts.say(Record::Issued { write: write(serial), host, local, unit, pair, position, size });
            }
            facts
        }

        /// What the record changed.
        fn say(&mut self, record: Record) -> Vec<Change> {
            let mut changes = vec![];
            self.0.observe(SimTime::ZERO, &record, &mut changes);
            changes
        }

        fn cache(&mut self, serial: u64, stamp: u64) -> Vec<Change> {
            let remote = RemoteId(serial as u32 % 2);
            self.say(Record::RemoteCached { write: write(serial), remote, key: key(stamp) })
        }

        fn limit(&mut self, remote: u32, stamp: Option<u64>) -> Vec<Change> {
            let (remote, group) = (RemoteId(remote), Some(GroupId(0)));
            self.say(Record::LimitStored { remote, group, limit: stamp.map(key) })
        }

        fn stamp(&mut self, pair: u32, stamp: u64) -> Vec<Change> {
            self.say(Record::StampReceived { pair: PairId(pair), key: key(stamp) })
        }
    }

    fn write(serial: u64) -> WriteRef {
        WriteRef { serial, slot: serial as u32 }
    }

    fn key(stamp: u64) -> Key {
        Key { stamp, ..Key::default() }
    }

    const fn by(rule: LimitRule) -> DeclaredRecovery {
        DeclaredRecovery::Limit { rule, whole_keys: true, inclusive: true }
    }

    /// Of two copies the one with the lower key decides, whichever came first; once destaged, none does.
    #[test]
    fn the_lower_key_of_two_copies_counts() {
        for stamps in [[10, 20], [20, 10]] {
            let mut facts = Facts::new(by(LimitRule::Own));
            for stamp in stamps {
                assert_eq!(facts.cache(0, stamp), []);
            }
            assert_eq!(facts.limit(0, Some(10)), [Change::Present(0)]);
            assert_eq!(facts.limit(0, Some(30)), []);
            assert_eq!(facts.limit(0, Some(5)), [Change::Missing(0)], "by its key of 10");
        }
        let mut facts = Facts::new(by(LimitRule::Own));
        let landed = Record::RemoteDestaged { write: write(0), remote: RemoteId(0), unit: 0, position: 0 };
        assert_eq!(facts.say(landed), [Change::Present(0), Change::Landed(0)]);
        facts.cache(0, 10);
        assert_eq!(facts.0.table().get(write(0)).unwrap().cached(), None);
    }

    /// Rule `recovery`: by the limit of the own system, or by the highest of all.
    #[test]
    fn a_limit_counts_where_it_is_stored_or_everywhere() {
        for (rule, elsewhere) in [(LimitRule::Own, vec![]), (LimitRule::Highest, vec![Change::Present(0)])] {
            let mut facts = Facts::new(by(rule));
            facts.cache(0, 10);
            assert_eq!(facts.limit(1, Some(10)), elsewhere);
            facts.limit(0, Some(20));
            facts.limit(1, None);
            assert!(facts.0.table().get(write(0)).unwrap().present);
            assert_eq!(facts.limit(0, None), [Change::Missing(0)]);
        }
    }

    /// `timestamp-only` recovers up to the least of the latest stamps of the pairs, which any pair may lower.
    #[test]
    fn the_least_of_the_latest_stamps_counts() {
        let mut facts = Facts::new(DeclaredRecovery::LatestStamps);
        facts.cache(0, 10);
        facts.cache(1, 20);
        assert_eq!(facts.stamp(0, 30), []);
        assert_eq!(facts.stamp(1, 15), [Change::Present(0)]);
        assert_eq!(facts.stamp(1, 25), [Change::Present(1)]);
        assert_eq!(facts.stamp(0, 12), [Change::Missing(1)], "it was not the least, and is now");
        assert_eq!(facts.stamp(0, 9), [Change::Missing(0)]);
    }

    /// What two writes are like, of which the first is said to be folded into the second.
    #[derive(Clone)]
    struct Fold {
        older: std::ops::Range<u64>,
        newer: std::ops::Range<u64>,
        /// The pair of the second; the first is of pair 0.
        pair: u32,
        /// In the order of acceptance.
        accepted: Vec<u64>,
        older_is_destaged: bool,
    }

    impl Fold {
        /// Before one is said to be folded into the other; and what is said then.
        fn tracker(&self) -> (Tracker, Record) {
            let mut tracker = Facts::new(DeclaredRecovery::Everything).0;
            tracker.folds = true;
            let mut said = Vec::new();
            for (serial, pair, blocks) in [(0, 0, &self.older), (1, self.pair, &self.newer)] {
                let (host, local, unit, position) = (HostId(0), LocalId(0), pair, blocks.start);
                let (pair, size) = (Some(PairId(pair)), 512 * (blocks.end - blocks.start) as u32);
                said.push(Record::Issued { write: write(serial), host, local, unit, pair, position, size });
            }
            said.extend(self.accepted.iter().map(|&serial| Record::Accepted { write: write(serial) }));
            if self.older_is_destaged {
                said.push(landed(0));
            }
            for (now, record) in (0..).zip(said) {
                tracker.observe(SimTime::from_ns(now), &record, &mut Vec::new());
            }
            (tracker, Record::Folded { write: write(0), into: write(1) })
        }
    }

    fn landed(serial: u64) -> Record {
        Record::RemoteDestaged { write: write(serial), remote: RemoteId(0), unit: 0, position: 0 }
    }

    fn changed(tracker: &mut Tracker, record: &Record) -> Vec<Change> {
        let mut changes = vec![];
        tracker.observe(SimTime::from_ns(9), record, &mut changes);
        changes
    }

    /// A later write stands for one that was folded into it: whatever becomes of the one becomes of the other.
    #[test]
    fn what_was_folded_goes_with_the_later_write() {
        let fold = Fold { older: 4..6, newer: 4..6, pair: 0, accepted: vec![0, 1], older_is_destaged: false };
        let cached = Record::RemoteCached { write: write(1), remote: RemoteId(0), key: key(1) };
        let lost = Record::RemoteCacheLost { write: write(1), remote: RemoteId(0) };
        let (mut tracker, folded) = fold.tracker();
        assert_eq!(changed(&mut tracker, &folded), []);
        assert_eq!(changed(&mut tracker, &cached), [Change::Present(1), Change::Covered(0)]);
        assert_eq!(changed(&mut tracker, &lost), [Change::Missing(1), Change::Bare(0)]);
        let all = [Change::Present(1), Change::Landed(1), Change::Covered(0), Change::Overwritten(0)];
        assert_eq!(changed(&mut tracker, &landed(1)), all);
        assert!(tracker.table().get(write(0)).unwrap().destaged);

        let (mut tracker, folded) = fold.tracker();
        changed(&mut tracker, &cached);
        assert_eq!(changed(&mut tracker, &folded), [Change::Covered(0)], "it stood there already");
        let (mut tracker, folded) = fold.tracker();
        changed(&mut tracker, &landed(1));
        assert_eq!(changed(&mut tracker, &folded), [Change::Covered(0), Change::Overwritten(0)]);

        let (mut tracker, folded) = fold.tracker();
        tracker.folds = false;
        changed(&mut tracker, &landed(1));
        assert_eq!(changed(&mut tracker, &folded), [], "where every write is judged by itself");
    }

    /// That one was folded into another is believed only where the other is later, of the same pair, and writes all blocks.
    #[test]
    fn what_does_not_stand_for_a_write_is_not_believed_to() {
        let fold = Fold { older: 4..6, newer: 4..6, pair: 0, accepted: vec![0, 1], older_is_destaged: false };
        let covers = |fold: Fold| {
            let (mut tracker, folded) = fold.tracker();
            changed(&mut tracker, &landed(1));
            !changed(&mut tracker, &folded).is_empty()
        };
        for (newer, is_covered) in
            [(3..7, true), (3..6, true), (4..7, true), (5..7, false), (3..5, false), (4..5, false)]
        {
            assert_eq!(covers(Fold { newer: newer.clone(), ..fold.clone() }), is_covered, "by {newer:?}");
        }
        assert!(!covers(Fold { pair: 1, ..fold.clone() }));
        for accepted in [vec![1, 0], vec![1], vec![0], vec![]] {
            assert!(!covers(Fold { accepted, ..fold.clone() }));
        }
        assert!(!covers(Fold { older_is_destaged: true, ..fold }));
    }

    /// Trackers that remember the same are equal and have one hash, whichever queue a write waits in; others are not.
    #[test]
    fn a_tracker_is_what_it_remembers() {
        let hash = |facts: &Facts| {
            let mut hasher = std::hash::DefaultHasher::new();
            facts.0.hash(&mut hasher);
            hasher.finish()
        };
        let of = |stamps: &[(u64, u64)], limit| {
            let mut facts = Facts::new(by(LimitRule::Own));
            for &(serial, stamp) in stamps {
                facts.cache(serial, stamp);
            }
            facts.limit(0, limit);
            facts
        };
        let (one, other) = (of(&[(0, 10), (2, 20)], Some(5)), of(&[(2, 20), (0, 10)], Some(5)));
        assert_eq!((&one.0, hash(&one)), (&other.0, hash(&other)));
        for other in
            [of(&[(0, 10)], Some(5)), of(&[(0, 10), (2, 20)], Some(6)), of(&[(0, 10), (2, 20)], None)]
        {
            assert_ne!(one.0, other.0);
            assert_ne!(hash(&one), hash(&other));
        }
    }
}
