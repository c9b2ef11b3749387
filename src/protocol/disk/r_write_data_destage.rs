//! R-write data destage process 215 (Fig. 11): writes to the remote units what the limit time permits, earliest first.
//!
//! Rule `destage` says what goes one at a time: a remote system, each of its units, or a group across systems.

use super::message::{Packet, WriteData};
use super::ordering::streams::Release;
use super::ordering::{Arrivals, Permission};
use super::outputs::Outputs;
use super::r_write_data_receive::key_of;
use super::remote::{CacheEntry, RemoteDiskSystem, RemoteOutput};
use super::settings::{Context, DomainId, Settings};
use super::width;
use crate::collections::{SortedMap, Tournament};
use crate::protocol::rules::{Destage, Run};
use crate::trace::Key;
use crate::units::{GroupId, LocalId};

/// Orders candidates: by key, or arrival where that is the order, and what has one key by its write, in the order of issue, then
/// by its place. Key and write are here in parts, which take less room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rank {
    stamp: u64,
    local: LocalId,
    number: u64,
    serial: u64,
    /// The place in the cache.
    place: u32,
}

impl Rank {
    fn of(settings: &Settings, entry: &CacheEntry, place: u32) -> Self {
        let Key { stamp, local, number } = match settings.discipline.permission {
            Permission::ByLimit | Permission::UpToStamp => key_of(settings, &entry.data),
            Permission::Always => Key { stamp: entry.arrival, ..Key::default() },
        };
        Self { stamp, local, number, serial: entry.data.write.serial, place }
    }
}

/// The writes that wait to be destaged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Candidates {
    /// By group, or by unit with `destage = "pair"`.
    queues: Vec<SortedMap<Rank, ()>>,
    /// The earliest of each queue if its limit permits it: with `destage = "system"` only, where queues compete.
    permitted: Tournament<Rank>,
    /// By server: is something on its way to a unit? One server, or one per unit with `destage = "pair"`.
    busy: Vec<bool>,
}

impl Candidates {
    pub(super) fn new(settings: &Settings, units: u32) -> Self {
        let (queues, rivals, servers) = match settings.rules.destage {
            Destage::System => (settings.groups, settings.groups, 1),
            Destage::Pair => (units as usize, 0, units as usize),
            Destage::Serial => (settings.groups, 0, 0),
        };
        Self {
            queues: vec![SortedMap::default(); queues],
            permitted: Tournament::new(rivals),
            busy: vec![false; servers],
        }
    }
}

impl RemoteDiskSystem {
    /// A new entry of the cache.
    pub(super) fn add_candidate(
        &mut self,
        context: &Context,
        place: u32,
        out: &mut impl Outputs<RemoteOutput>,
    ) {
        let Some(&entry) = self.cache.get(place) else { return };
        let settings = context.settings;
        let queue = Self::queue_of(settings, &entry);
        self.candidates.queues[queue].insert(Rank::of(settings, &entry, place), ());
        self.on_queue_changed(settings, queue);
        if self.is_permitted(settings, &entry) {
            self.destage_next(context, queue, entry.group, out);
        }
    }

    /// After a crash: every entry of the cache waits again, and nothing is on its way to a unit.
    pub(super) fn restore_candidates(&mut self, settings: &Settings) {
        self.candidates.queues.iter_mut().for_each(SortedMap::clear);
        self.candidates.busy.fill(false);
        for (place, entry) in self.cache.iter() {
            let queue = Self::queue_of(settings, entry);
            self.candidates.queues[queue].insert(Rank::of(settings, entry, place), ());
        }
        (0..self.candidates.queues.len()).for_each(|queue| self.on_queue_changed(settings, queue));
    }

    /// A limit was stored: what it permits may go.
    pub(super) fn on_limit_stored(
        &mut self,
        context: &Context,
        domain: DomainId,
        out: &mut impl Outputs<RemoteOutput>,
    ) {
        let settings = context.settings;
        if settings.rules.destage == Destage::Pair {
            for queue in 0..self.candidates.queues.len() {
                self.destage_next(context, queue, GroupId::default(), out);
            }
            return;
        }
        let groups = settings.groups_of(domain);
        groups.clone().for_each(|queue| self.on_queue_changed(settings, queue));
        for group in groups.map(GroupId::from) {
            self.destage_next(context, group.index(), group, out);
        }
    }

    /// A queue's earliest candidate may be another one, or its limit may.
    #[inline]
    fn on_queue_changed(&mut self, settings: &Settings, queue: usize) {
        if settings.rules.destage == Destage::System {
            let first = self.first_permitted(settings, queue);
            self.candidates.permitted.set(queue, first);
        }
    }

    /// Steps 1100 to 1103 for the server of a queue.
    #[inline]
    fn destage_next(
        &mut self,
        context: &Context,
        queue: usize,
        group: GroupId,
        out: &mut impl Outputs<RemoteOutput>,
    ) {
        let settings = context.settings;
        match settings.rules.destage {
            Destage::Serial => out.push(RemoteOutput::MayDestage(group)),
            Destage::Pair => {
                if !self.candidates.busy[queue] && self.first_permitted(settings, queue).is_some() {
                    self.candidates.busy[queue] = true;
                    self.start(settings, queue, out);
                }
            }
            Destage::System => {
                if self.candidates.busy[0] {
                    return;
                }
                // Step 1100, over groups: the earliest whose own limit permits it (rule `limit-scope`).
                if let Some((_, queue)) = self.candidates.permitted.least() {
                    self.candidates.busy[0] = true;
                    self.start(settings, queue, out);
                }
            }
        }
    }

    /// Steps 1100, 1101: the earliest candidate of a queue, if the limit permits it.
    fn first_permitted(&self, settings: &Settings, queue: usize) -> Option<Rank> {
        let (&rank, ()) = self.candidates.queues[queue].first()?;
        self.cache.get(rank.place).filter(|entry| self.is_permitted(settings, entry)).map(|_| rank)
    }

    /// Step 1101.
    #[inline(always)]
    fn is_permitted(&self, settings: &Settings, entry: &CacheEntry) -> bool {
        let limit = || self.slave.limits[settings.domain_of(entry.group).index()];
        match settings.discipline.permission {
            Permission::Always => true,
            Permission::ByLimit => settings.releases(&key_of(settings, &entry.data), limit()),
            Permission::UpToStamp => {
                limit().is_some_and(|limit| key_of(settings, &entry.data).stamp <= limit.stamp)
            }
        }
    }

    /// Step 1103, for the earliest candidate of a queue.
    #[inline]
    fn start(&mut self, settings: &Settings, queue: usize, out: &mut impl Outputs<RemoteOutput>) {
        let Some((Rank { place, .. }, ())) = self.candidates.queues[queue].pop_first() else { return };
        self.on_queue_changed(settings, queue);
        if let Some(entry) = self.cache.get(place) {
            out.push(RemoteOutput::Destage {
                entry: place,
                write: entry.data.write,
                unit: settings.pairs[entry.data.pair.index()].remote_unit,
                position: entry.data.position,
            });
        }
    }

    /// The unit has soon written the entry at this place, and may go on with the next ([`crate::collections`]).
    pub(super) fn fetch_landed(&self, settings: &Settings, place: u32) {
        let Some(entry) = self.cache.get(place) else { return };
        if let Some((next, ())) = self.candidates.queues[Self::queue_of(settings, entry)].first() {
            self.cache.fetch(next.place);
        }
    }

    /// The unit has written the entry: step 1104, and the next.
    pub(super) fn handle_landed(
        &mut self,
        context: &Context,
        place: u32,
        out: &mut impl Outputs<RemoteOutput>,
    ) {
        let settings = context.settings;
        let Some(entry) = self.forget(settings, place) else { return };
        let queue = Self::queue_of(settings, &entry);
        match settings.rules.destage {
            Destage::System => self.candidates.busy[0] = false,
            Destage::Pair => self.candidates.busy[queue] = false,
            Destage::Serial => {}
        }
        self.destage_next(context, queue, entry.group, out);
        let at = super::r_write_data_receive::place_of(settings, entry.data.stream);
        if settings.release == Release::Destaged {
            // Step 801, late. A second copy (rule `duplicate`) is completed again, as any is.
            let WriteData { stream, number, write, .. } = entry.data;
            self.streams[at].unreleased.remove(number);
            let number = width::to_wire(settings.rules.width, number);
            out.push(RemoteOutput::Complete {
                packet: Packet::Completion { stream, number },
                write: Some(write),
            });
        }
        match settings.discipline.arrivals {
            // There is room again.
            Arrivals::InTurn => (0..self.streams.len()).for_each(|at| self.deliver(context, at, out)),
            Arrivals::Unordered | Arrivals::Contiguous | Arrivals::Latest | Arrivals::Sets => {}
        }
        if settings.rules.run == Run::Longest
            || settings.rules.idle_stream == crate::protocol::rules::IdleStream::Exclude
        {
            self.on_end_moved(context, at, out); // The list is shorter.
        }
    }

    /// Step 1104: the entry leaves the cache.
    #[inline]
    fn forget(&mut self, settings: &Settings, place: u32) -> Option<CacheEntry> {
        let entry = self.cache.remove(place)?;
        let stream = &mut self.streams[super::r_write_data_receive::place_of(settings, entry.data.stream)];
        stream.undestaged -= 1;
        if !stream.list.is_empty() {
            stream.list.remove(&entry.data.number);
        }
        if entry.in_place {
            stream.places_taken -= 1;
        } else {
            self.free += u64::from(entry.data.size);
        }
        Some(entry)
    }

    fn queue_of(settings: &Settings, entry: &CacheEntry) -> usize {
        match settings.rules.destage {
            Destage::System | Destage::Serial => entry.group.index(),
            Destage::Pair => settings.pairs[entry.data.pair.index()].remote_unit as usize,
        }
    }

    /// The local site is lost: the declared limits take effect, and what is above them is discarded. So is what has not come
    /// out of an in-order transport: recovery is of what stands in the caches.
    pub(super) fn handle_recover(
        &mut self,
        context: &Context,
        limits: &[Option<Key>],
        out: &mut impl Outputs<RemoteOutput>,
    ) {
        let settings = context.settings;
        self.slave.limits.copy_from_slice(limits);
        self.streams.iter_mut().for_each(|stream| stream.transport.clear());
        let above = self.cache.iter().filter(|(_, entry)| !self.is_permitted(settings, entry));
        let above: Vec<(u32, CacheEntry)> = above.map(|(place, &entry)| (place, entry)).collect();
        for (place, entry) in above {
            let queue = Self::queue_of(settings, &entry);
            let waits = self.candidates.queues[queue].remove(&Rank::of(settings, &entry, place)).is_some();
            self.forget(settings, place);
            out.push(RemoteOutput::Discarded(entry.data.write));
            if waits {
                continue;
            }
            // It was on its way to a unit, by a limit that is no longer known: its server is free.
            match settings.rules.destage {
                Destage::System => self.candidates.busy[0] = false,
                Destage::Pair => self.candidates.busy[queue] = false,
                Destage::Serial => out.push(RemoteOutput::Cancelled(entry.group)),
            }
        }
        (0..self.candidates.queues.len()).for_each(|queue| self.on_queue_changed(settings, queue));
        for domain in (0..settings.domains()).map(|index| DomainId(index as u32)) {
            self.on_limit_stored(context, domain, out);
        }
    }

    /// Entries that wait for a unit or are on their way to one.
    pub fn undestaged(&self) -> usize {
        self.cache.len()
    }
}

/// Rule `destage = "serial"`: the earliest candidate of a group over all systems, if its own system's limit permits
/// it and that system `is_up`. The order across systems is kept by an ideal coordinator of the remote site, without messages of its own.
pub fn serial_next(
    settings: &Settings,
    systems: &mut [RemoteDiskSystem],
    group: GroupId,
    is_up: impl Fn(usize) -> bool,
    out: &mut impl Outputs<RemoteOutput>,
) -> Option<usize> {
    let first =
        |system: &RemoteDiskSystem| system.candidates.queues[group.index()].first().map(|(&rank, ())| rank);
    let (_, at) = systems.iter().enumerate().filter_map(|(at, system)| Some((first(system)?, at))).min()?;
    if !is_up(at) {
        return None;
    }
    let system = &mut systems[at];
    system.first_permitted(settings, group.index())?;
    system.start(settings, group.index(), out);
    Some(at)
}
