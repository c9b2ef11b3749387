//! L-write data send process 211 (Fig. 6; Fig. 12 and 14 differ in the stream only): numbers and sends, waits for
//! nothing but the window of its path, and (rule `resend`) resends until the completion arrives (room `resends`). When a
//! sending counts as lost, and how much may be in flight, is decided in `transport`.
//!
//! It runs beside process 210 (paragraphs 29 to 32), so a write may stand completed and un-numbered for a while:
//! `send_delay`. A crash in that time can take it with it (rule `non-volatile`).
//!
//! Markers (rule `idle-stream`) are numbered here too: they are packets of the stream like any other.

use std::collections::VecDeque;

use super::local::{EntryState, LocalDiskSystem, LocalOutput};
use super::message::{Packet, WriteData};
use super::numbering::StreamId;
use super::ordering::Overlaps;
use super::ordering::sets::SentSets;
use super::outputs::Outputs;
use super::resends::Turn;
use super::settings::Context;
use super::width;
use crate::collections::{SortedMap, Window};
use crate::protocol::rules::{IdleStream, Resend};
use crate::protocol::transport::{Retransmit, SendingId, WindowRule};
use crate::units::{SimDuration, SimTime};

/// What was sent under a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Numbered {
    /// The entry at this place of the cache.
    Entry(u32),
    /// A marker, whose stamp the stream remembers by its number.
    Marker,
    /// A barrier, which the stream remembers by its number.
    Barrier,
}

/// A number that was given, and not yet completed. It stands there for a round trip at least: a write's is as short as it can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Outstanding {
    /// What was sent under it.
    pub(super) what: Numbered,
    /// What that was sent as, last; nothing since a crash.
    pub(super) sent_as: Option<SendingId>,
}

/// An entry of the cache that waits to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unsent {
    /// Time stamp 114, and the place in the order of the system.
    pub(super) key: (u64, u64),
    /// The slot in the cache.
    pub(super) entry: u32,
    /// The send process does not come to it before.
    pub(super) due: SimTime,
}

/// The send process of one stream.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SendStream {
    /// The stream.
    pub(super) id: StreamId,
    /// Sequence counter 207, 300 or 402: the next number.
    pub(super) counter: u64,
    /// Numbered and not yet completed.
    pub(super) outstanding: Window<Outstanding>,
    /// The stamps of the markers among them, by number.
    pub(super) markers: SortedMap<u64, u64>,
    /// Entries of the cache that wait to be sent, the earliest by time stamp first.
    pub(super) unsent: VecDeque<Unsent>,
    /// When the stream last sent a packet for the first time.
    pub(super) last_packet: SimTime,
    /// Where writes form sets.
    pub(super) sets: SentSets,
    /// Pulled streams: bytes that the last request still lets go; nothing goes without one. What finds a window full when it
    /// is asked for may go when that opens.
    pub(super) asked: Option<u64>,
}

impl SendStream {
    pub(super) fn new(id: StreamId) -> Self {
        Self {
            id,
            counter: 0,
            outstanding: Window::default(),
            markers: SortedMap::default(),
            unsent: VecDeque::new(),
            last_packet: SimTime::ZERO,
            sets: SentSets::default(),
            asked: None,
        }
    }

    /// The entry waits, at its place by time stamp: at the end, unless hosts stamp or a clock went back.
    #[inline]
    pub(super) fn wait(&mut self, unsent: Unsent) {
        let place = if self.unsent.back().is_none_or(|last| last.key < unsent.key) {
            self.unsent.len()
        } else {
            self.unsent.partition_point(|other| other.key < unsent.key)
        };
        self.unsent.insert(place, unsent);
    }

    /// May write data go for the first time, as far as requests let it?
    #[inline]
    pub(super) fn is_asked(&self, context: &Context) -> bool {
        context.settings.pull.is_none() || self.asked.is_some_and(|bytes| bytes > 0)
    }

    /// What an outstanding number was sent as, last.
    #[inline]
    pub(super) fn sent_as(&self, number: u64) -> Option<SendingId> {
        self.outstanding.get(number)?.sent_as
    }

    /// An outstanding number was sent as this.
    #[inline]
    pub(super) fn set_sent_as(&mut self, number: u64, sending: SendingId) {
        if let Some(outstanding) = self.outstanding.get_mut(number) {
            outstanding.sent_as = Some(sending);
        }
    }

    /// The entry with this key waits no more: it will not be sent.
    pub(super) fn wait_no_more(&mut self, key: (u64, u64)) {
        if self.sets.captured.remove(&key).is_some() {
            return;
        }
        let place = self.unsent.partition_point(|other| other.key < key);
        if self.unsent.get(place).is_some_and(|found| found.key == key) {
            self.unsent.remove(place);
        }
    }

    /// Step 601: the next number; `None` while the window is full (rule `width = "serial"`).
    #[inline(always)]
    pub(super) fn number(&mut self, context: &Context, what: Numbered) -> Option<u64> {
        // A counter that a crash has set back (item `counters`) stands below what is outstanding.
        let span = if self.outstanding.is_empty() {
            0
        } else {
            self.counter.saturating_sub(self.outstanding.start())
        };
        if span >= width::window(context.settings.rules.width) {
            return None;
        }
        let number = self.counter;
        self.counter += 1;
        // A counter that a crash has set back gives a number again: of the path's sender it is the same.
        let sent_as = self.sent_as(number);
        if !self.markers.is_empty() {
            self.markers.remove(&number);
        }
        self.outstanding.put(number, Outstanding { what, sent_as });
        self.last_packet = context.now;
        Some(number)
    }
}

impl LocalDiskSystem {
    /// A new entry of a stream: steps 600 to 603.
    #[inline]
    pub(super) fn send_new(&mut self, context: &Context, entry: u32, out: &mut impl Outputs<LocalOutput>) {
        let Some(cached) = self.cache.get(entry) else { return };
        let Some(pair) = cached.pair() else { return };
        match context.settings.discipline.overlaps {
            // Process 213 calls again.
            Overlaps::OneAfterTheOther | Overlaps::Folded if cached.blockers > 0 => return,
            Overlaps::OneAfterTheOther | Overlaps::Folded | Overlaps::FoldedInSets | Overlaps::Free => {}
        }
        if !self.captures.is_empty() {
            self.wait_for_cut(context, entry, pair);
            return;
        }
        let due = context.now + context.settings.send_delay;
        let unsent = Unsent { key: (cached.stamp, cached.order), entry, due };
        let stream = context.settings.layout.stream_of_pair[pair.index()];
        self.stream_mut(context.settings, stream).wait(unsent);
        self.send_unsent(context, stream, out);
    }

    /// The send processes come to what waits for them. An instant that an earlier one has overtaken means nothing any
    /// more: if it asked for another, there would be ever more of them.
    pub(super) fn handle_send_due(&mut self, context: &Context, out: &mut impl Outputs<LocalOutput>) {
        if self.send_armed.is_none_or(|armed| armed > context.now) {
            return;
        }
        for at in 0..self.streams.len() {
            let stream = self.streams[at].id;
            self.send_unsent(context, stream, out);
        }
        // One instant for all streams, when all have been asked.
        self.send_armed = None;
        let waiting = self.streams.iter().filter_map(|stream| stream.unsent.front()).map(|unsent| unsent.due);
        if let Some(due) = waiting.filter(|&due| due > context.now).min() {
            self.arm_send(due, out);
        }
    }

    /// [`super::local::LocalInput::SendDue`] is wanted when the first entry is due.
    #[inline]
    fn arm_send(&mut self, due: SimTime, out: &mut impl Outputs<LocalOutput>) {
        if self.send_armed.is_none_or(|armed| due < armed) {
            self.send_armed = Some(due);
            out.push(LocalOutput::ArmSend(due));
        }
    }

    /// Steps 600 to 603 for as long as there is something to send, and numbers and the path's window let it.
    pub(super) fn send_unsent(
        &mut self,
        context: &Context,
        stream: StreamId,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        while self.send_next(context, stream, Turn::AfterLost, out) {}
        if context.settings.discipline.has_sets() {
            self.close_sent_sets(context, stream, out);
        }
    }

    /// Steps 600 to 603 once; false if nothing was sent.
    pub(super) fn send_next(
        &mut self,
        context: &Context,
        stream: StreamId,
        turn: Turn,
        out: &mut impl Outputs<LocalOutput>,
    ) -> bool {
        let known = &context.settings.layout.streams[stream.index()];
        let (at, path) = (known.at_local as usize, known.key.remote.index());
        // Step 600 (1200, 1400): the earliest by time stamp among those that wait.
        let Some(&Unsent { entry, due, .. }) = self.streams[at].unsent.front() else { return false };
        if due > context.now {
            self.arm_send(due, out);
            return false;
        }
        if !self.streams[at].is_asked(context) {
            return false;
        }
        // It waits in the cache while the window is full.
        if self.has_window(context, path) && !self.resends.let_go(path, turn, self.bytes_of(entry)) {
            return false;
        }
        if context.settings.discipline.has_sets() {
            if self.captures.is_empty() {
                self.close_sets_before(context, entry, stream, out);
            }
            self.streams[at].sets.writes += 1;
        }
        let Some(number) = self.streams[at].number(context, Numbered::Entry(entry)) else { return false };
        self.streams[at].unsent.pop_front();
        let bytes = u64::from(self.bytes_of(entry));
        self.streams[at].asked = self.streams[at].asked.map(|asked| asked.saturating_sub(bytes));
        if let Some(cached) = self.cache.get_mut(entry) {
            cached.state = EntryState::Sent;
        }
        if std::mem::take(&mut self.crash_before_send) {
            out.push(LocalOutput::Fails);
            return false;
        }
        self.send(context, stream, number, Numbered::Entry(entry), false, out);
        if context.settings.discipline.has_sets() {
            self.close_sent_sets(context, stream, out); // Whoever let the last one through the window.
        }
        true
    }

    /// Pulled streams: answers a request with what waits, up to as many bytes as one asks for, and with a marker where
    /// nothing does (rule `idle-stream`): an empty answer carries the clock.
    pub(super) fn handle_asked(
        &mut self,
        context: &Context,
        stream: StreamId,
        request: u64,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        let Some(pull) = context.settings.pull else { return };
        let waiting = self.stream_mut(context.settings, stream).unsent.len();
        self.stream_mut(context.settings, stream).asked = Some(pull.bytes);
        self.send_unsent(context, stream, out);
        let path = context.settings.layout.streams[stream.index()].key.remote.index();
        let has_window = self.has_window(context, path);
        let sender = self.stream_mut(context.settings, stream);
        sender.asked = sender.asked.filter(|_| has_window && !sender.unsent.is_empty());
        let is_empty = sender.unsent.len() == waiting;
        if waiting == 0 && context.settings.says_when_idle() {
            self.answer_idly(context, stream, out);
        }
        let packet = Packet::Answer { stream, request, is_empty };
        out.push(LocalOutput::Send { packet, again: false, sending: SendingId::default() });
    }

    /// The clock of a stream in which nothing waits. In this nanosecond another one may have had the stamp: requests of many
    /// streams may keep coming together, and none must be passed over for ever; nor must a write that waits for a nanosecond.
    fn answer_idly(&mut self, context: &Context, stream: StreamId, out: &mut impl Outputs<LocalOutput>) {
        if self.may_fix(context) && !self.fix_armed {
            self.say_when_idle(context, stream, out);
        } else {
            out.push(LocalOutput::ArmMarker(stream, context.now + SimDuration::NANOSECOND));
        }
    }

    /// Does a window hold anything back on the path to this remote system?
    #[inline]
    pub(super) fn has_window(&self, context: &Context, path: usize) -> bool {
        context.settings.transports[self.id.index()][path].window != WindowRule::Unlimited
    }

    /// Bytes of write data in an entry.
    #[inline]
    pub(super) fn bytes_of(&self, entry: u32) -> u32 {
        self.cache.get(entry).map_or(0, |cached| cached.size)
    }

    /// Step 602.
    pub(super) fn send(
        &mut self,
        context: &Context,
        stream: StreamId,
        number: u64,
        what: Numbered,
        again: bool,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        let wire = width::to_wire(context.settings.rules.width, number);
        let packet = match what {
            Numbered::Marker => {
                let markers = &self.stream_mut(context.settings, stream).markers;
                let Some(&stamp) = markers.get(&number) else { return };
                Packet::Marker { stream, number: wire, stamp }
            }
            Numbered::Barrier => {
                let sets = &self.stream_mut(context.settings, stream).sets;
                let Some(&barrier) = sets.barriers.get(&number) else { return };
                Packet::Barrier(barrier)
            }
            Numbered::Entry(entry) => {
                let Some(cached) = self.cache.get(entry) else { return };
                let Some(pair) = cached.pair() else { return };
                Packet::WriteData(WriteData {
                    stream,
                    number: wire,
                    stamp: cached.stamp,
                    write: cached.write,
                    pair,
                    position: cached.position,
                    size: cached.size,
                    set: cached.set,
                })
            }
        };
        let (sending, times) = self.on_sent(context, stream, number, what);
        out.push(LocalOutput::Send { packet, again, sending });
        match (times, again) {
            (false, _) => {}
            // Others, too, may have lost something, and want the timer at once.
            (true, true) => self.resends.arm(context.now, out),
            (true, false) => {
                let path = context.settings.layout.streams[stream.index()].key.remote.index();
                self.resends.arm_for(path, context.now, out);
            }
        }
    }

    /// Tells the path's sender, unless nobody waits for completions; true if its timer is wanted.
    #[inline]
    fn on_sent(
        &mut self,
        context: &Context,
        stream: StreamId,
        number: u64,
        what: Numbered,
    ) -> (SendingId, bool) {
        let path = context.settings.layout.streams[stream.index()].key.remote.index();
        let retransmit = context.settings.transports[self.id.index()][path].retransmit;
        if context.settings.rules.resend != Resend::UntilCompleted || retransmit == Retransmit::Untimed {
            return (SendingId::default(), false);
        }
        let bytes = self.bytes_of_numbered(what);
        let before = self.stream_mut(context.settings, stream).sent_as(number);
        let sending = self.resends.on_sent(context.now, path, (stream, number), bytes, before);
        self.stream_mut(context.settings, stream).set_sent_as(number, sending);
        (sending, true)
    }

    /// What counts of it in the window. A marker goes round the window, and takes nothing of it: those of a short interval
    /// would else leave no room for a large write, ever.
    #[inline]
    fn bytes_of_numbered(&self, what: Numbered) -> u32 {
        match what {
            Numbered::Entry(entry) => self.bytes_of(entry),
            Numbered::Marker | Numbered::Barrier => 0,
        }
    }

    /// Rule `idle-stream`: the timer of a stream's marker ran out; it restarts at each packet of the stream.
    pub(super) fn handle_marker_due(
        &mut self,
        context: &Context,
        stream: StreamId,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        let interval = context.settings.marker_interval;
        let sender = self.stream_mut(context.settings, stream);
        if context.settings.pull.is_some() {
            if sender.unsent.is_empty() {
                self.answer_idly(context, stream, out);
            }
            return;
        }
        let idle_until = sender.last_packet + interval;
        let busy = sender.counter > 0 && idle_until > context.now;
        if busy || !sender.unsent.is_empty() {
            let next = if busy { idle_until } else { context.now + interval };
            out.push(LocalOutput::ArmMarker(stream, next));
            return;
        }
        if context.settings.discipline.has_sets() {
            return self.handle_idle_sets(context, stream, out);
        }
        if !self.may_fix(context) {
            out.push(LocalOutput::ArmMarker(stream, context.now + SimDuration::NANOSECOND));
            return;
        }
        self.say_when_idle(context, stream, out);
        out.push(LocalOutput::ArmMarker(stream, context.now + interval));
    }

    /// An idle stream sends its clock, as rule `idle-stream` says.
    fn say_when_idle(&mut self, context: &Context, stream: StreamId, out: &mut impl Outputs<LocalOutput>) {
        self.last_fix = Some(context.now);
        let stamp = self.next_stamp(context);
        if context.settings.rules.idle_stream == IdleStream::Naked {
            let packet = Packet::Clock { stream, stamp };
            out.push(LocalOutput::Send { packet, again: false, sending: SendingId::default() });
        } else {
            let sender = self.stream_mut(context.settings, stream);
            if let Some(number) = sender.number(context, Numbered::Marker) {
                sender.markers.insert(number, stamp);
                self.send(context, stream, number, Numbered::Marker, false, out);
            }
        }
    }
}
