//! R-write data receive process 214 (Fig. 8): takes write data into the cache and completes it.
//!
//! One per stream. It keeps the next expected number whatever rule `run` makes of it, and drops duplicates
//! (rule `duplicate`) but completes them again, since a completion may have been lost.

use super::message::{Packet, WriteData};
use super::numbering::StreamId;
use super::ordering::sets::{Barrier, ReceivedSets};
use super::ordering::streams::Release;
use super::ordering::{Arrivals, Permission};
use super::outputs::Outputs;
use super::remote::{CacheEntry, RemoteDiskSystem, RemoteOutput};
use super::settings::{Context, Settings};
use super::width;
use crate::collections::{SortedMap, Window};
use crate::protocol::rules::{BarrierRule, Duplicate, FlashCopy, Run};
use crate::trace::Key;

/// The receive process of one stream: the mirror of a sequence counter (300/302, structure 400).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReceiveStream {
    /// The stream.
    pub(super) id: StreamId,
    /// The next expected number: every one below has arrived.
    pub(super) next_expected: u64,
    /// Stamps of numbers that arrived above it.
    pub(super) ahead: Window<u64>,
    /// Key of the contiguous end: of the write or marker before the next expected one. For `timestamp-only`, the
    /// latest stamp received.
    pub(super) end: Option<Key>,
    /// A crash lost `end` (rule `non-volatile`), and nothing has arrived in turn since: the stream's list in the
    /// cache is all there is.
    pub(super) end_lost: bool,
    /// Entries in the cache.
    pub(super) undestaged: u32,
    /// Rule `run = "longest"`: the list of numbers in the cache.
    pub(super) list: SortedMap<u64, Key>,
    /// How many of the stream's own places in the cache are taken (rule `admission`).
    pub(super) places_taken: u64,
    /// `in-order-transport`: write data that arrived ahead of its turn; memory of the transport, not the cache.
    pub(super) transport: SortedMap<u64, WriteData>,
    /// `in-order-transport`: the number in turn that found no room in the cache.
    pub(super) held_back: Option<u64>,
    /// Where writes form sets.
    pub(super) sets: ReceivedSets,
    /// Numbers that are completed when they are destaged, and are not yet ([`Release::Destaged`]).
    pub(super) unreleased: Window<()>,
}

impl ReceiveStream {
    pub(super) fn new(settings: &Settings, id: StreamId) -> Self {
        Self {
            id,
            next_expected: 0,
            ahead: Window::default(),
            end: settings.first_end(id),
            end_lost: false,
            undestaged: 0,
            list: SortedMap::default(),
            places_taken: 0,
            transport: SortedMap::default(),
            held_back: None,
            sets: ReceivedSets::default(),
            unreleased: Window::default(),
        }
    }

    /// Has this number arrived before?
    #[inline]
    fn has_seen(&self, number: u64) -> bool {
        number < self.next_expected
            || self.ahead.get(number).is_some()
            || self.transport.contains_key(&number)
    }

    /// A number arrived: the contiguous end moves on over all that is contiguous now (Fig. 9, step 901).
    /// True if it moved.
    #[inline]
    fn advance(&mut self, number: u64, key: Key) -> bool {
        if number > self.next_expected {
            self.ahead.put(number, key.stamp);
        }
        if number != self.next_expected {
            return false;
        }
        self.next_expected += 1;
        self.end = Some(key);
        self.end_lost = false;
        while let Some(stamp) = self.ahead.remove(self.next_expected) {
            self.end = Some(Key { stamp, local: key.local, number: self.next_expected });
            self.next_expected += 1;
        }
        true
    }
}

impl RemoteDiskSystem {
    /// Fig. 8, steps 800 and 801.
    pub(super) fn handle_write_data(
        &mut self,
        context: &Context,
        mut data: WriteData,
        out: &mut impl Outputs<RemoteOutput>,
    ) {
        let settings = context.settings;
        let at = place_of(settings, data.stream);
        let wire = data.number;
        let complete = RemoteOutput::Complete {
            packet: Packet::Completion { stream: data.stream, number: wire },
            write: Some(data.write),
        };
        let received = RemoteOutput::Complete {
            packet: Packet::Received { stream: data.stream, number: wire },
            write: Some(data.write),
        };
        data.number = width::from_wire(settings.rules.width, wire, self.streams[at].next_expected);
        let seen = self.streams[at].has_seen(data.number);
        if seen && settings.rules.duplicate == Duplicate::Drop {
            let is_waiting = self.streams[at].unreleased.get(data.number).is_some();
            out.push(if is_waiting { received } else { complete });
            return;
        }
        let is_released = settings.release == Release::Received;
        if !is_released {
            // Not completed by a copy before it is destaged, wherever it waits.
            self.streams[at].unreleased.put(data.number, ());
        }
        match settings.discipline.arrivals {
            Arrivals::InTurn => {
                self.streams[at].transport.insert(data.number, data);
                out.push(if is_released { complete } else { received });
                self.deliver(context, at, out);
            }
            Arrivals::Unordered | Arrivals::Contiguous | Arrivals::Latest | Arrivals::Sets => {
                if self.cache_write(context, at, data, out) {
                    out.push(if is_released { complete } else { received });
                    self.on_arrival(context, at, data.number, key_of(settings, &data), out);
                    if settings.discipline.has_sets() && !seen {
                        self.streams[at].sets.on_write(data.set);
                        self.advance_sets(context, at, out);
                    }
                } else {
                    out.push(RemoteOutput::Refused(data.write)); // It is resent.
                }
            }
        }
    }

    /// `in-order-transport`: hands over what is in turn, as far as the cache has room.
    pub(super) fn deliver(&mut self, context: &Context, at: usize, out: &mut impl Outputs<RemoteOutput>) {
        loop {
            let stream = &self.streams[at];
            let next = stream.next_expected;
            if let Some(&data) = stream.transport.get(&next) {
                if !self.cache_write(context, at, data, out) {
                    // It stays in the transport: what comes behind it does not make it be refused again.
                    if self.streams[at].held_back.replace(next) != Some(next) {
                        out.push(RemoteOutput::Refused(data.write));
                    }
                    return;
                }
                self.streams[at].transport.remove(&next);
                self.on_arrival(context, at, next, key_of(context.settings, &data), out);
            } else if let Some(&stamp) = stream.ahead.get(next) {
                let local = context.settings.layout.streams[stream.id.index()].key.local;
                let key = Key { stamp, local, number: next };
                self.on_arrival(context, at, next, key, out); // A marker.
            } else {
                return;
            }
        }
    }

    /// Step 800: true if the write stands in the cache.
    fn cache_write(
        &mut self,
        context: &Context,
        at: usize,
        data: WriteData,
        out: &mut impl Outputs<RemoteOutput>,
    ) -> bool {
        let settings = context.settings;
        let stream = &mut self.streams[at];
        let size = u64::from(data.size);
        // Rule `admission`: the next expected number may stand in the stream's own place. A set that is not destaged
        // before it is closed has a place for each of its writes.
        let in_place = self.free < size;
        let places = settings.places(stream.id);
        let before = if settings.keeps_places_by_set(stream.id) {
            stream.sets.writes_before(data.number)
        } else {
            data.number.checked_sub(stream.next_expected)
        };
        let is_next = before.is_some_and(|before| before < places);
        let own = settings.reserves() && is_next && stream.places_taken < places;
        if in_place && !own {
            return false;
        }
        if in_place {
            stream.places_taken += 1;
        } else {
            self.free -= size;
        }
        stream.undestaged += 1;
        let arrival = match settings.discipline.permission {
            Permission::ByLimit | Permission::UpToStamp => 0,
            Permission::Always => self.arrivals,
        };
        self.arrivals += 1;
        let group = settings.pairs[data.pair.index()].place.group;
        out.push(RemoteOutput::Cached(data.write, key_of(settings, &data)));
        let entry = self.cache.insert_as(data.write.serial, CacheEntry { data, group, arrival, in_place });
        self.add_candidate(context, entry, out);
        true
    }

    /// Rule `idle-stream = "marker"`: a number without write data.
    pub(super) fn handle_marker(
        &mut self,
        context: &Context,
        stream: StreamId,
        wire: u64,
        stamp: u64,
        out: &mut impl Outputs<RemoteOutput>,
    ) {
        let settings = context.settings;
        let at = place_of(settings, stream);
        let number = width::from_wire(settings.rules.width, wire, self.streams[at].next_expected);
        out.push(RemoteOutput::Complete { packet: Packet::Completion { stream, number: wire }, write: None });
        if self.streams[at].has_seen(number) {
            return;
        }
        let local = settings.layout.streams[stream.index()].key.local;
        if settings.keeps_places_by_set(stream) {
            self.streams[at].sets.on_number_without_write(number);
        }
        self.on_arrival(context, at, number, Key { stamp, local, number }, out);
        match settings.discipline.arrivals {
            Arrivals::InTurn => self.deliver(context, at, out),
            Arrivals::Unordered | Arrivals::Contiguous | Arrivals::Latest | Arrivals::Sets => {}
        }
    }

    /// A barrier: the sets that it closes may be whole now.
    pub(super) fn handle_barrier(
        &mut self,
        context: &Context,
        barrier: Barrier,
        out: &mut impl Outputs<RemoteOutput>,
    ) {
        let settings = context.settings;
        let Barrier { stream, number: wire, stamp, .. } = barrier;
        let at = place_of(settings, stream);
        let number = width::from_wire(settings.rules.width, wire, self.streams[at].next_expected);
        out.push(RemoteOutput::Complete { packet: Packet::Completion { stream, number: wire }, write: None });
        if self.streams[at].has_seen(number) {
            return;
        }
        let local = settings.layout.streams[stream.index()].key.local;
        self.on_arrival(context, at, number, Key { stamp, local, number }, out);
        if settings.keeps_places_by_set(stream) {
            self.streams[at].sets.on_number_without_write(number);
        }
        self.streams[at].sets.on_barrier(barrier);
        self.advance_sets(context, at, out);
    }

    /// Sets of a stream may be whole now: its end has moved then.
    fn advance_sets(&mut self, context: &Context, at: usize, out: &mut impl Outputs<RemoteOutput>) {
        let rules = &context.settings.rules;
        let counts = rules.barrier == BarrierRule::Count && rules.flash_copy == FlashCopy::AfterDrain;
        let Some(barrier) = self.streams[at].sets.advance(counts) else { return };
        let whole = self.streams[at].sets.whole();
        self.streams[at].end = Some(context.settings.end_of_sets(barrier.stream, whole, barrier.stamp));
        self.on_end_moved(context, at, out);
    }

    /// Rule `idle-stream = "naked"`: an un-numbered clock raises the stream's stamp, gaps or not.
    pub(super) fn handle_clock(
        &mut self,
        context: &Context,
        stream: StreamId,
        stamp: u64,
        out: &mut impl Outputs<RemoteOutput>,
    ) {
        let at = place_of(context.settings, stream);
        let local = context.settings.layout.streams[stream.index()].key.local;
        let key = Key { stamp, local, number: u64::MAX };
        if self.streams[at].end < Some(key) {
            self.streams[at].end = Some(key);
            match context.settings.discipline.arrivals {
                Arrivals::Latest => self.say_stamp_received(context.settings, at, key, out),
                Arrivals::Unordered | Arrivals::Contiguous | Arrivals::InTurn | Arrivals::Sets => {}
            }
            self.on_end_moved(context, at, out);
        }
    }

    /// `timestamp-only`: this is the latest stamp received of each pair of the stream.
    fn say_stamp_received(
        &self,
        settings: &Settings,
        at: usize,
        key: Key,
        out: &mut impl Outputs<RemoteOutput>,
    ) {
        let pairs = &settings.layout.streams[self.streams[at].id.index()].pairs;
        out.push_all(pairs.iter().map(|&pair| RemoteOutput::StampReceived(pair, key)));
    }

    /// A numbered packet of the stream has arrived.
    #[inline]
    fn on_arrival(
        &mut self,
        context: &Context,
        at: usize,
        number: u64,
        key: Key,
        out: &mut impl Outputs<RemoteOutput>,
    ) {
        let settings = context.settings;
        if self.streams[at].end_lost {
            self.slave.forget_earliest(); // The end may now come below others.
        }
        let before = self.streams[at].end;
        let mut moved = self.streams[at].advance(number, key);
        match settings.discipline.arrivals {
            Arrivals::Unordered => return, // Only to know copies by.
            // Here, too: the end is that of the last set that is whole.
            Arrivals::Sets => {
                self.streams[at].end = before;
                return;
            }
            Arrivals::Latest => {
                let latest = before.max(Some(key));
                self.streams[at].end = latest;
                moved = latest > before;
                if moved {
                    self.say_stamp_received(settings, at, key, out);
                }
            }
            Arrivals::Contiguous | Arrivals::InTurn => match settings.rules.run {
                Run::Longest => {
                    self.streams[at].list.insert(number, key);
                    moved = true;
                }
                // A clock message (rule `idle-stream = "naked"`) had promised more.
                Run::NextExpected if self.streams[at].end < before => self.streams[at].end = before,
                Run::NextExpected => {}
            },
        }
        if moved {
            self.on_end_moved(context, at, out);
        }
    }
}

/// A stream's place among those of its remote system.
pub(super) fn place_of(settings: &Settings, stream: StreamId) -> usize {
    settings.layout.streams[stream.index()].at_remote as usize
}

/// The key that a write is compared with limits by. Stamps order the schemes without numbers; where one counter gives the
/// numbers of sets to all writes of a group, these order them.
pub(super) fn key_of(settings: &Settings, data: &WriteData) -> Key {
    let local = settings.layout.streams[data.stream.index()].key.local;
    let by_set = || settings.by_set[settings.pairs[data.pair.index()].place.group.index()];
    let stamp = if settings.discipline.has_sets() && by_set() { u64::from(data.set) } else { data.stamp };
    Key { stamp, local, number: data.number }
}
