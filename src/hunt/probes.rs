//! Probes: rare states by name, counted from the facts of a run. A hunt that never met one has not been there.
//!
//! Everything here is read from what the hardware saw. What stands between two facts (a gap that held a limit back) is
//! counted when the later one shows it.

use std::collections::{BTreeMap, BTreeSet};

use crate::protocol::disk::Settings;
use crate::protocol::rules::Width;
use crate::scenario::Scenario;
use crate::scenario::validated::{ControlUnit, FaultKind};
use crate::trace::{Fate, Key, Observer, PacketClass, Record, TapeRecord};
use crate::units::{Direction, GroupId, LocalId, PathId, RemoteId, SimTime, TapeUnitId, WriteRef};
use crate::world::Judged;
use crate::world::build;

macro_rules! probes {
    ($($(#[doc = $doc:literal])* $probe:ident = $name:literal;)*) => {
        /// A rare state.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Probe { $($(#[doc = $doc])* $probe,)* }

        impl Probe {
            /// Every probe, in the order in which reports show them.
            pub const ALL: &'static [Self] = &[$(Self::$probe,)*];

            /// Its name in reports.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$probe => $name,)* }
            }

            /// What it is, as a sentence.
            pub const fn means(self) -> &'static str {
                match self { $(Self::$probe => concat!($($doc,)*).trim_ascii(),)* }
            }
        }
    };
}

probes! {
    /// A write came after later ones of its number stream, and limits were stored meanwhile below those.
    GapHoldsLimit = "gap-holds-limit";
    /// A gap in the numbers was filled by a resend.
    GapFilledByResend = "gap-filled-by-resend";
    /// A copy of a write arrived after the write had been destaged.
    DuplicateAfterDestage = "duplicate-after-destage";
    /// A completion was lost, and the resend found the write in the remote cache.
    ResendOfCachedWrite = "resend-of-cached-write";
    /// A local control unit failed between steps 601 and 602.
    CrashBetween601And602 = "crash-between-601-and-602";
    /// A host issued the data of a write again, because a crash took its completion.
    WriteIssuedAgain = "write-issued-again";
    /// A remote control unit failed while its cache held writes.
    RemoteCrashWithCachedWrites = "remote-crash-with-cached-writes";
    /// A limit was stored that is the key of no write: a marker ended the run of numbers.
    MarkerAsContiguousEnd = "marker-as-contiguous-end";
    /// A limit was stored while another remote system had a later one of the same group.
    StoredLimitBehindANewer = "stored-limit-behind-a-newer";
    /// At one remote system the limit of one group passed that of another, which had been ahead.
    LimitsCross = "limits-cross";
    /// Write data found no room in a remote cache and was refused.
    AdmissionRefused = "admission-refused";
    /// A full local cache made a host wait.
    LocalCacheFull = "local-cache-full";
    /// More than 256 writes of a number stream were sent under numbers of 8 bits.
    NumberWrapped = "number-wrapped";
    /// A write arrived at a remote system before one that it depends on stood in any remote cache.
    DependentWriteFirst = "dependent-write-first";
    /// Two local systems accepted writes of one group in the same instant.
    AcceptedTogether = "accepted-together";
    /// The local site was lost while a completed write was not at the remote site.
    LossWithOutstandingWrites = "loss-with-outstanding-writes";
    /// Recovery discarded a write that had reached the remote site.
    RecoveryDiscards = "recovery-discards";
    /// Recovery destaged a write after the loss of the local site.
    RecoveryDestages = "recovery-destages";
    /// Part of a write was lost, and the write came together after a resend.
    WriteInPartsCameTogether = "write-in-parts-came-together";
    /// Two faults were in force at once.
    FaultsOverlap = "faults-overlap";
    /// A tape block came after later ones.
    TapeBlockLate = "tape-block-late";
    /// The MT queue had no room for a block.
    TapeQueueFull = "tape-queue-full";
    /// A tape job lost its volume and read it back.
    TapeVolumeReadBack = "tape-volume-read-back";
}

/// How often each probe was met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Met([u64; Probe::ALL.len()]);

impl Met {
    /// How often this one was.
    pub const fn times(&self, probe: Probe) -> u64 {
        self.0[probe as usize]
    }

    /// It was met, so many times.
    pub(super) fn add(&mut self, probe: Probe, times: u64) {
        self.0[probe as usize] += times;
    }
}

/// What the facts have said of a write.
#[derive(Clone, Debug)]
struct Seen {
    stream: usize,
    group: GroupId,
    local: LocalId,
    issued: SimTime,
    completed: bool,
    cached: bool,
    destaged: bool,
    /// It stood at the remote site.
    was_there: bool,
    parts_lost: bool,
}

/// What a packet on its way carries.
#[derive(Clone, Copy, Debug)]
struct Carried {
    class: PacketClass,
    write: Option<u64>,
    /// Copies to come.
    copies: u8,
}

/// A write that is there: since when, and its key.
#[derive(Clone, Copy, Debug)]
struct Ahead {
    since: SimTime,
    key: Key,
}

/// Counts the rare states of one run.
#[derive(Debug)]
pub struct Prober<'a> {
    scenario: &'a Scenario,
    settings: Settings,
    /// Numbers have 8 bits.
    wraps: bool,
    /// By stream: writes sent for the first time.
    sent: Vec<u64>,
    met: Met,
    writes: BTreeMap<u64, Seen>,
    packets: BTreeMap<(PathId, Direction, u64), Carried>,
    /// What arrived last, and when.
    arrived: Option<(SimTime, Carried)>,
    /// By stream: writes that are there, by number.
    there: Vec<BTreeMap<u64, Ahead>>,
    keys: BTreeSet<Key>,
    limits: BTreeMap<(RemoteId, Option<GroupId>), (SimTime, Key)>,
    /// Writes in each remote cache.
    in_cache: BTreeMap<RemoteId, BTreeSet<u64>>,
    accepted: BTreeMap<GroupId, (SimTime, LocalId)>,
    /// By write: writes of its group that were completed shortly before it was issued.
    completed_before: BTreeMap<u64, Vec<u64>>,
    recent_completions: Vec<u64>,
    faults: BTreeSet<u32>,
    facts: u64,
    is_lost: bool,
    tape: BTreeMap<TapeUnitId, u64>,
}

/// A world of which this many facts were seen is cut off: what resends more and more on a line that is too slow would take
/// ever more memory.
pub const MOST_FACTS: u64 = 4_000_000;

/// So many completions before a write are remembered: those are the writes that it most likely depends on.
const RECENT: usize = 8;

impl<'a> Prober<'a> {
    /// Nothing observed yet.
    pub fn new(scenario: &'a Scenario) -> Self {
        let settings = build::settings(scenario);
        let streams = settings.layout.streams.len();
        Self {
            scenario,
            wraps: matches!(scenario.protocol.rules_in_force().width, Width::Raw8 | Width::Serial8),
            sent: vec![0; streams],
            settings,
            met: Met::default(),
            writes: BTreeMap::new(),
            packets: BTreeMap::new(),
            arrived: None,
            there: vec![BTreeMap::new(); streams],
            keys: BTreeSet::new(),
            limits: BTreeMap::new(),
            in_cache: BTreeMap::new(),
            accepted: BTreeMap::new(),
            completed_before: BTreeMap::new(),
            recent_completions: Vec::new(),
            faults: BTreeSet::new(),
            facts: 0,
            is_lost: false,
            tape: BTreeMap::new(),
        }
    }

    /// Was the run cut off?
    pub const fn was_cut_off(&self) -> bool {
        self.facts >= MOST_FACTS
    }

    /// The run ended: how often each probe was met.
    pub fn finish(mut self, judged: &Judged) -> Met {
        self.met.add(Probe::AdmissionRefused, judged.refused_by_cache);
        self.met.add(Probe::LocalCacheFull, judged.delayed_by_cache);
        self.met
    }

    fn is_numbered(&self) -> bool {
        self.scenario.protocol.scheme.is_numbered()
    }

    fn on_cached(&mut self, now: SimTime, write: WriteRef, remote: RemoteId, key: Key) {
        self.keys.insert(key);
        self.in_cache.entry(remote).or_default().insert(write.serial);
        let depends = self.completed_before.get(&write.serial);
        let waits = depends.is_some_and(|before| {
            before.iter().any(|serial| self.writes.get(serial).is_some_and(|seen| !seen.was_there))
        });
        let Some(seen) = self.writes.get_mut(&write.serial) else { return };
        let first = !seen.was_there;
        (seen.cached, seen.was_there) = (true, true);
        if first && waits {
            self.met.add(Probe::DependentWriteFirst, 1);
        }
        if first && seen.parts_lost {
            self.met.add(Probe::WriteInPartsCameTogether, 1);
        }
        let (stream, group) = (seen.stream, seen.group);
        if !self.is_numbered() || !first {
            return;
        }
        let resent = self.arrived.is_some_and(|(at, carried)| {
            at == now && carried.class == PacketClass::Resend && carried.write == Some(write.serial)
        });
        let there = &mut self.there[stream];
        if let Some(&later) = there.range(key.number + 1..).next().map(|(_, ahead)| ahead) {
            self.met.add(Probe::GapFilledByResend, u64::from(resent));
            let limit = |group: Option<GroupId>| self.limits.get(&(remote, group));
            let held = limit(Some(group))
                .or_else(|| limit(None))
                .is_some_and(|(at, limit)| *at >= later.since && *limit < later.key);
            self.met.add(Probe::GapHoldsLimit, u64::from(held));
        }
        self.there[stream].insert(key.number, Ahead { since: now, key });
    }

    fn on_limit(&mut self, now: SimTime, remote: RemoteId, group: Option<GroupId>, limit: Key) {
        let by_numbers = self.is_numbered() && limit != Key::LAST && limit != Key::default();
        if by_numbers && !self.keys.contains(&limit) {
            self.met.add(Probe::MarkerAsContiguousEnd, 1);
        }
        let later = |(of, other): (&(RemoteId, Option<GroupId>), &(SimTime, Key))| {
            of.0 != remote && of.1 == group && other.1 > limit
        };
        if self.limits.iter().any(later) {
            self.met.add(Probe::StoredLimitBehindANewer, 1);
        }
        let before = self.limits.insert((remote, group), (now, limit));
        let crosses = |(of, (_, other)): (&(RemoteId, Option<GroupId>), &(SimTime, Key))| {
            of.0 == remote
                && of.1 != group
                && before.is_some_and(|(_, before)| before < *other && *other < limit)
        };
        if self.limits.iter().any(crosses) {
            self.met.add(Probe::LimitsCross, 1);
        }
    }

    fn on_sent(
        &mut self,
        write: Option<WriteRef>,
        packet: (PathId, Direction, u64),
        class: PacketClass,
        fate: Fate,
    ) {
        let write = write.map(|write| write.serial);
        if class == PacketClass::WriteData
            && let Some(seen) = write.and_then(|serial| self.writes.get(&serial))
        {
            self.sent[seen.stream] += 1;
            let wraps = self.wraps && self.is_numbered() && self.sent[seen.stream] == 257;
            self.met.add(Probe::NumberWrapped, u64::from(wraps));
        }
        if let Fate::Copies(copies) = fate {
            self.packets.insert(packet, Carried { class, write, copies });
            return;
        }
        let of_write = matches!(class, PacketClass::WriteData | PacketClass::Resend);
        if let Some(seen) = write.filter(|_| of_write).and_then(|serial| self.writes.get_mut(&serial)) {
            let mtu = self.scenario.paths.get(packet.0.index()).and_then(|path| path.forward.mtu);
            seen.parts_lost |= mtu.is_some() && packet.1 == Direction::Forward && !seen.was_there;
        }
    }

    fn on_arrived(&mut self, now: SimTime, packet: (PathId, Direction, u64)) {
        let Some(entry) = self.packets.get_mut(&packet) else { return };
        entry.copies = entry.copies.saturating_sub(1);
        let carried = *entry;
        if carried.copies == 0 {
            self.packets.remove(&packet);
        }
        self.arrived = Some((now, carried));
        let of_write = matches!(carried.class, PacketClass::WriteData | PacketClass::Resend);
        let write = carried.write.filter(|_| of_write && packet.1 == Direction::Forward);
        let Some(seen) = write.and_then(|serial| self.writes.get(&serial)) else { return };
        if seen.destaged {
            self.met.add(Probe::DuplicateAfterDestage, 1);
        } else if seen.cached && carried.class == PacketClass::Resend {
            self.met.add(Probe::ResendOfCachedWrite, 1);
        }
    }

    fn on_fault(&mut self, fault: u32) {
        if !self.faults.is_empty() {
            self.met.add(Probe::FaultsOverlap, 1);
        }
        let Some(kind) = self.scenario.faults.get(fault as usize).map(|fault| &fault.kind) else { return };
        if kind.length().is_some() {
            self.faults.insert(fault);
        }
        match *kind {
            FaultKind::Crash { system: ControlUnit::Local(_), before_send: true, .. } => {
                self.met.add(Probe::CrashBetween601And602, 1);
            }
            FaultKind::Crash { system: ControlUnit::Remote(remote), .. } => {
                let held = self.in_cache.get(&remote).is_some_and(|cached| !cached.is_empty());
                self.met.add(Probe::RemoteCrashWithCachedWrites, u64::from(held));
            }
            _ => {}
        }
    }

    fn on_tape(&mut self, record: &TapeRecord) {
        match *record {
            TapeRecord::Cached { unit, block } => {
                let greatest = self.tape.entry(unit).or_default();
                let index = u64::from(block.job.0) << 32 | block.index;
                if index < *greatest {
                    self.met.add(Probe::TapeBlockLate, 1);
                }
                *greatest = index.max(*greatest);
            }
            TapeRecord::Refused { .. } => self.met.add(Probe::TapeQueueFull, 1),
            TapeRecord::Compared { .. } => self.met.add(Probe::TapeVolumeReadBack, 1),
            _ => {}
        }
    }

    /// A write leaves a remote cache.
    fn leaves(&mut self, write: WriteRef, remote: RemoteId) {
        if let Some(cached) = self.in_cache.get_mut(&remote) {
            cached.remove(&write.serial);
        }
        if let Some(seen) = self.writes.get_mut(&write.serial) {
            seen.cached = false;
        }
    }
}

impl Observer for Prober<'_> {
    fn observe(&mut self, now: SimTime, record: &Record) {
        self.facts += 1;
        match *record {
            Record::Issued { write, local, pair: Some(pair), .. } => {
                let stream = self.settings.layout.stream_of_pair[pair.index()].index();
                let group = self.scenario.pairs[pair.index()].group;
                let before = self.recent_completions.iter().copied();
                let same = |serial: &u64| self.writes.get(serial).is_some_and(|seen| seen.group == group);
                self.completed_before.insert(write.serial, before.filter(same).collect());
                let seen = Seen {
                    stream,
                    group,
                    local,
                    issued: now,
                    completed: false,
                    cached: false,
                    destaged: false,
                    was_there: false,
                    parts_lost: false,
                };
                self.writes.insert(write.serial, seen);
            }
            Record::Accepted { write } => {
                let Some(seen) = self.writes.get(&write.serial) else { return };
                debug_assert!(seen.issued <= now);
                let before = self.accepted.insert(seen.group, (now, seen.local));
                if before.is_some_and(|(at, local)| at == now && local != seen.local) {
                    self.met.add(Probe::AcceptedTogether, 1);
                }
            }
            Record::Completed { write } => {
                if let Some(seen) = self.writes.get_mut(&write.serial) {
                    seen.completed = true;
                    if self.recent_completions.len() == RECENT {
                        self.recent_completions.remove(0);
                    }
                    self.recent_completions.push(write.serial);
                }
            }
            Record::Abandoned { .. } => self.met.add(Probe::WriteIssuedAgain, 1),
            Record::RemoteCached { write, remote, key } => self.on_cached(now, write, remote, key),
            Record::RemoteCacheLost { write, remote } => {
                self.leaves(write, remote);
                if self.is_lost {
                    self.met.add(Probe::RecoveryDiscards, 1);
                }
            }
            Record::RemoteDestaged { write, remote, .. } => {
                self.leaves(write, remote);
                if let Some(seen) = self.writes.get_mut(&write.serial) {
                    (seen.destaged, seen.was_there) = (true, true);
                }
                if self.is_lost {
                    self.met.add(Probe::RecoveryDestages, 1);
                }
            }
            Record::LimitStored { remote, group, limit: Some(limit) } => {
                self.on_limit(now, remote, group, limit);
            }
            Record::LimitStored { remote, group, limit: None } => {
                self.limits.remove(&(remote, group));
            }
            Record::PacketSent { path, direction, number, class, write, fate, .. } => {
                self.on_sent(write, (path, direction, number), class, fate);
            }
            Record::PacketArrived { path, direction, number, .. } => {
                self.on_arrived(now, (path, direction, number));
            }
            Record::FaultBegan { fault } => self.on_fault(fault),
            Record::FaultEnded { fault } => {
                self.faults.remove(&fault);
            }
            Record::LocalSiteLost => {
                self.is_lost = true;
                let outstanding = self.writes.values().any(|seen| seen.completed && !seen.was_there);
                self.met.add(Probe::LossWithOutstandingWrites, u64::from(outstanding));
            }
            Record::Tape(ref record) => self.on_tape(record),
            _ => {}
        }
    }

    /// A world that stands still and sends for ever would fill the memory before its time is over.
    fn is_done(&self) -> bool {
        self.facts >= MOST_FACTS
    }
}

#[cfg(test)]
mod tests;
