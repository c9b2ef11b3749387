//! L-write data send process 211 (Fig. 6; Fig. 12 and 14 differ in the stream only): numbers and sends, waits for
//! nothing but the window of its path, and (rule `resend`) resends until the completion arrives. When a sending
//! counts as lost, and how much may be in flight, is decided in `transport`.
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
use super::settings::{Context, Settings};
use super::width;
use crate::collections::{SortedMap, Window};
use crate::protocol::rules::{IdleStream, Resend};
use crate::protocol::transport::{Early, Occasion, PathSender, Retransmit, SendingId, WindowRule};
use crate::units::{LocalId, RemoteId, SimDuration, SimTime};

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
    pub(super) fn wait(&mut self, unsent: Unsent) {
        let place = if self.unsent.back().is_none_or(|last| last.key < unsent.key) {
            self.unsent.len()
        } else {
            self.unsent.partition_point(|other| other.key < unsent.key)
        };
        self.unsent.insert(place, unsent);
    }

    /// May write data go for the first time, as far as requests let it?
    fn is_asked(&self, context: &Context) -> bool {
        context.settings.pull.is_none() || self.asked.is_some_and(|bytes| bytes > 0)
    }

    /// What an outstanding number was sent as, last.
    pub(super) fn sent_as(&self, number: u64) -> Option<SendingId> {
        self.outstanding.get(number)?.sent_as
    }

    /// An outstanding number was sent as this.
    fn set_sent_as(&mut self, number: u64, sending: SendingId) {
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

/// When a stream sends something new, where a window holds something back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// After what counts as lost on its path.
    AfterLost,
    /// Before that.
    BeforeLost,
}

/// So many times in a row what is sent again may leave a write of another stream no room in the window; then it waits until
/// that write has gone. A large write would else never fit into what small ones, which a full cache refuses, leave free.
const PASSED_OVER_AT_MOST: u32 = 8;

/// What was sent again so many times in vain is often lost.
const OFTEN_LOST: u8 = 12;

/// What was often lost: its time stamp, stream and number.
type OftenLost = (u64, StreamId, u64);

/// What the sender of a path knows a sending by: how many the system had sent before, stream and number.
type Tag = (u64, StreamId, u64);

/// The senders of a local system's paths, by remote system, and the one timer that they share.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Resends {
    senders: Vec<PathSender<Tag>>,
    /// By path: what counts as lost and waits for the window.
    lost: Vec<VecDeque<(StreamId, u64)>>,
    /// By path: how many times in a row a write of a stream that has lost nothing found no room beside what is sent again.
    passed_over: Vec<u32>,
    /// How many times several that were often lost were sent again at one instant.
    bursts: usize,
    /// What is resent after a restart, when the timer comes.
    restarted: VecDeque<(StreamId, u64)>,
    /// Sendings so far, over all paths.
    sendings: u64,
    /// The timer is armed for then.
    armed: Option<SimTime>,
}

impl Resends {
    /// Of local system `id`, with nothing sent.
    pub(super) fn new(settings: &Settings, id: LocalId) -> Self {
        let transports = &settings.transports[id.index()];
        Self {
            senders: transports.iter().map(PathSender::new).collect(),
            lost: vec![VecDeque::new(); transports.len()],
            passed_over: vec![0; transports.len()],
            bursts: 0,
            restarted: VecDeque::new(),
            sendings: 0,
            armed: None,
        }
    }

    /// A sending of a path is answered soon ([`crate::collections`]).
    pub(super) fn fetch(&self, path: RemoteId, answers: SendingId) {
        self.senders[path.index()].fetch(answers);
    }

    /// A crash: round trips and windows were learnt by the control unit, and its timers are gone.
    pub(super) fn crash(&mut self, settings: &Settings, id: LocalId) {
        for (sender, transport) in self.senders.iter_mut().zip(&settings.transports[id.index()]) {
            sender.restart(transport);
        }
        self.lost.iter_mut().for_each(VecDeque::clear);
        self.passed_over.fill(0);
        self.bursts = 0;
        self.restarted.clear();
        self.armed = None;
    }

    /// After a restart: these numbers are sent again when the timer comes, which is now.
    pub(super) fn restart(
        &mut self,
        now: SimTime,
        numbers: Vec<(StreamId, u64)>,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        self.restarted.extend(numbers);
        if !self.restarted.is_empty() {
            self.armed = Some(now);
            out.push(LocalOutput::ArmResend(now));
        }
    }

    /// The path of what was sent first of all that counts as lost now.
    fn path_of_lost(&self, now: SimTime) -> Option<usize> {
        let lost = |(path, sender): (usize, &PathSender<Tag>)| {
            sender.lost(now, Occasion::Timer).map(|(sending, ..)| (sending, path))
        };
        self.senders.iter().enumerate().filter_map(lost).min().map(|(_, path)| path)
    }

    /// Arms the timer for the earliest that any path wants, unless it is armed for no later.
    fn arm(&mut self, now: SimTime, out: &mut impl Outputs<LocalOutput>) {
        let Some(due) = self.senders.iter().filter_map(|sender| sender.timer(now)).min() else { return };
        // A time-out that a round trip has made shorter may be over already.
        let due = due.max(now);
        if self.armed.is_none_or(|armed| due < armed) {
            self.armed = Some(due);
            out.push(LocalOutput::ArmResend(due));
        }
    }

    /// The same after something new was sent on this path: the others want no more than they did, and the timer is armed for
    /// that.
    fn arm_for(&mut self, path: usize, now: SimTime, out: &mut impl Outputs<LocalOutput>) {
        let due = self.senders[path].timer(now);
        if self.armed.zip(due).is_none_or(|(armed, due)| due < armed) {
            self.arm(now, out);
        }
    }
}

impl LocalDiskSystem {
    /// A new entry of a stream: steps 600 to 603.
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
    fn send_next(
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
        // It waits in the cache while the window is full, and what counts as lost goes first.
        let first = |resends: &Resends| resends.lost[path].is_empty() && resends.restarted.is_empty();
        let may_go = |resends: &Resends| match turn {
            Turn::AfterLost => first(resends),
            Turn::BeforeLost => true,
        };
        if self.has_window(context, path)
            && !(may_go(&self.resends) && self.resends.senders[path].may_send(self.bytes_of(entry)))
        {
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
    fn has_window(&self, context: &Context, path: usize) -> bool {
        context.settings.transports[self.id.index()][path].window != WindowRule::Unlimited
    }

    /// Bytes of write data in an entry.
    fn bytes_of(&self, entry: u32) -> u32 {
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
        let tag = (self.resends.sendings, stream, number);
        self.resends.sendings += 1;
        let before = self.stream_mut(context.settings, stream).sent_as(number);
        let sending = self.resends.senders[path].on_sent(context.now, tag, bytes, before);
        self.stream_mut(context.settings, stream).set_sent_as(number, sending);
        (sending, true)
    }

    /// What counts of it in the window. A marker goes round the window, and takes nothing of it: those of a short interval
    /// would else leave no room for a large write, ever.
    fn bytes_of_numbered(&self, what: Numbered) -> u32 {
        match what {
            Numbered::Entry(entry) => self.bytes_of(entry),
            Numbered::Marker | Numbered::Barrier => 0,
        }
    }

    /// Rule `resend`: what a path takes for lost is sent again, until the completion arrives. A path whose transport has
    /// no time takes all that is outstanding for lost.
    pub(super) fn handle_resend_due(&mut self, context: &Context, out: &mut impl Outputs<LocalOutput>) {
        if self.resends.armed.is_some_and(|armed| armed <= context.now) {
            self.resends.armed = None;
        }
        while let Some((stream, number)) = self.resends.restarted.pop_front() {
            self.handle_resend(context, stream, number, out);
        }
        if context.settings.rules.resend == Resend::UntilCompleted {
            for (stream, number) in self.outstanding_untimed(context) {
                self.handle_resend(context, stream, number, out);
            }
        }
        let mut often_lost = Vec::new();
        while let Some(path) = self.resends.path_of_lost(context.now) {
            let lost = self.resends.senders[path].take_lost(context.now, Occasion::Timer);
            if let Some((_, stream, number)) = lost {
                let waits = self.has_window(context, path);
                self.handle_lost(context, stream, number, waits, &mut often_lost, out);
            }
        }
        self.handle_often_lost(context, often_lost, out);
        for path in 0..self.resends.senders.len() {
            self.send_others(context, path, out);
            self.send_earliest(context, path, out);
        }
        self.resends.arm(context.now, out);
    }

    /// A completion came, in answer to the sending `answers`: of something outstanding, which was sent last as
    /// `latest`, or of what was completed before.
    pub(super) fn on_answer(
        &mut self,
        context: &Context,
        stream: StreamId,
        answers: SendingId,
        latest: Option<SendingId>,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        let path = context.settings.layout.streams[stream.index()].key.remote.index();
        match latest {
            Some(latest) => {
                let answers = (answers != SendingId::UNKNOWN).then_some(answers);
                self.resends.senders[path].on_completion(context.now, answers, latest);
            }
            None => self.resends.senders[path].on_needless(),
        }
        let (mut any, mut lost_again, mut often_lost) = (false, false, Vec::new());
        while let Some((_, stream, number)) =
            self.resends.senders[path].take_lost(context.now, Occasion::Completion)
        {
            any = true;
            let sent_as = self.stream_mut(context.settings, stream).sent_as(number);
            let was_resent = sent_as.is_some_and(|sending| self.resends.senders[path].was_resent(sending));
            let waits = was_resent && self.has_window(context, path);
            lost_again |= waits;
            self.handle_lost(context, stream, number, waits, &mut often_lost, out);
        }
        self.handle_often_lost(context, often_lost, out);
        if lost_again || self.holds_lost_back(path) {
            self.send_others(context, path, out); // It may be refused, as when the timer finds it.
        }
        self.send_earliest(context, path, out);
        let transport = &context.settings.transports[self.id.index()][path];
        // A constant timer comes by itself.
        if any || !matches!(transport.retransmit, Retransmit::Fixed(_)) || transport.early != Early::Off {
            self.resends.arm(context.now, out);
        }
    }

    /// A number has arrived, as the answer to the sending `answers` says; it was sent last as `latest`. From now on its
    /// completion is waited for, which does not come of it alone.
    pub(super) fn wait_for_completion(
        &mut self,
        context: &Context,
        stream: StreamId,
        number: u64,
        (answers, latest): (SendingId, SendingId),
        out: &mut impl Outputs<LocalOutput>,
    ) {
        let path = context.settings.layout.streams[stream.index()].key.remote.index();
        if self.resends.senders[path].is_waited_for(latest) {
            return;
        }
        self.on_answer(context, stream, answers, Some(latest), out);
        let tag = (self.resends.sendings, stream, number);
        self.resends.sendings += 1;
        let waited_for = self.resends.senders[path].on_waited_for(context.now, tag);
        self.stream_mut(context.settings, stream).set_sent_as(number, waited_for);
        self.resends.arm(context.now, out);
    }

    /// Has the transport of the stream's path no time?
    pub(super) fn is_untimed(&self, context: &Context, stream: &SendStream) -> bool {
        let remote = context.settings.layout.streams[stream.id.index()].key.remote;
        context.settings.transports[self.id.index()][remote.index()].retransmit == Retransmit::Untimed
    }

    /// Every outstanding number on a path whose transport has no time.
    fn outstanding_untimed(&self, context: &Context) -> Vec<(StreamId, u64)> {
        let is_untimed = |stream: &&SendStream| self.is_untimed(context, stream);
        let numbers = |stream: &SendStream| {
            stream.outstanding.iter().map(|(number, _)| (stream.id, number)).collect::<Vec<_>>()
        };
        self.streams.iter().filter(is_untimed).flat_map(numbers).collect()
    }

    /// A number counts as lost: it is sent again, or waits behind what is lost already. What was often lost is put aside until all
    /// is known that is lost at this instant.
    fn handle_lost(
        &mut self,
        context: &Context,
        stream: StreamId,
        number: u64,
        waits: bool,
        often_lost: &mut Vec<OftenLost>,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        let path = context.settings.layout.streams[stream.index()].key.remote.index();
        if let Some(stamp) = self.stamp_if_often_lost(context, stream, number) {
            often_lost.push((stamp, stream, number));
        } else if waits {
            self.resends.lost[path].push_back((stream, number));
        } else {
            self.handle_resend(context, stream, number, out);
        }
    }

    /// The time stamp of a number that was sent again often in vain; of a barrier, which has none, the least.
    fn stamp_if_often_lost(&self, context: &Context, stream: StreamId, number: u64) -> Option<u64> {
        let known = &context.settings.layout.streams[stream.index()];
        let stream = &self.streams[known.at_local as usize];
        let Outstanding { what, sent_as } = *stream.outstanding.get(number)?;
        let times = self.resends.senders[known.key.remote.index()].times_resent(sent_as?);
        let stamp = match what {
            Numbered::Entry(entry) => self.cache.get(entry)?.stamp,
            Numbered::Marker => *stream.markers.get(&number)?,
            Numbered::Barrier => 0,
        };
        (times >= OFTEN_LOST).then_some(stamp)
    }

    /// What was often lost, and is lost at this instant, goes again as it went first: the earliest by time stamp first (step 600).
    /// In the order of sending, a queue that is too short for all of it would cut off the same writes each time: for ever, if a
    /// remote cache is full of what waits for one of them. It may be full of another group's writes, so that the earliest is
    /// refused: every second time another one is the first.
    fn handle_often_lost(
        &mut self,
        context: &Context,
        mut lost: Vec<OftenLost>,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        if lost.len() > 1 {
            lost.sort_unstable();
            self.resends.bursts = self.resends.bursts.wrapping_add(1);
            if self.resends.bursts % 2 == 1 {
                let first = self.resends.bursts / 2 % lost.len();
                lost.rotate_left(first);
            }
        }
        for (_, stream, number) in lost {
            let path = context.settings.layout.streams[stream.index()].key.remote.index();
            if self.has_window(context, path) {
                self.resends.lost[path].push_back((stream, number));
            } else {
                self.handle_resend(context, stream, number, out);
            }
        }
    }

    /// Sends a number again if it is outstanding, as soon as the window of its path lets it.
    fn handle_resend(
        &mut self,
        context: &Context,
        stream: StreamId,
        number: u64,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        let path = context.settings.layout.streams[stream.index()].key.remote.index();
        self.resends.lost[path].push_back((stream, number));
        self.send_lost(context, path, out);
    }

    /// Sends what counts as lost on a path, as far as its window goes.
    fn send_lost(&mut self, context: &Context, path: usize, out: &mut impl Outputs<LocalOutput>) {
        while let Some(&(stream, number)) = self.resends.lost[path].front() {
            let what = self.stream_mut(context.settings, stream).outstanding.get(number).map(|of| of.what);
            if let Some(Numbered::Entry(entry)) = what
                && (self.holds_lost_back(path) || !self.resends.senders[path].may_send(self.bytes_of(entry)))
            {
                return;
            }
            self.resends.lost[path].pop_front();
            if let Some(what) = what {
                self.send(context, stream, number, what, true, out);
            }
        }
    }

    /// Has the remote site said that it has this number, whose completion is waited for (rule `release`)?
    fn is_there(&self, context: &Context, stream: StreamId, number: u64) -> bool {
        let known = &context.settings.layout.streams[stream.index()];
        let sent_as = self.streams[known.at_local as usize].sent_as(number);
        let sender = &self.resends.senders[known.key.remote.index()];
        sent_as.is_some_and(|sending| sender.is_waited_for(sending))
    }

    /// Sends what a path holds back as far as its window goes: what counts as lost, then what the streams hold back,
    /// the earliest first.
    fn send_earliest(&mut self, context: &Context, path: usize, out: &mut impl Outputs<LocalOutput>) {
        if !self.has_window(context, path) {
            return;
        }
        // What is there and only waited for lets new write data go first: those may be what it waits for.
        let lost = &self.resends.lost[path];
        let are_there = lost.iter().all(|&(stream, number)| self.is_there(context, stream, number));
        let turn = if are_there && !lost.is_empty() { Turn::BeforeLost } else { Turn::AfterLost };
        if turn == Turn::AfterLost {
            self.send_lost(context, path, out);
        }
        loop {
            let is_here = |stream: &&SendStream| {
                context.settings.layout.streams[stream.id.index()].key.remote.index() == path
            };
            let waiting = self.streams.iter().filter(is_here).filter(|stream| stream.is_asked(context));
            let earliest = waiting.filter_map(|stream| Some((stream.unsent.front()?, stream.id))).min();
            let Some((_, stream)) = earliest else { break };
            if !self.send_next(context, stream, turn, out) {
                break;
            }
        }
        if turn == Turn::BeforeLost {
            self.send_lost(context, path, out);
        }
    }

    /// Something counts as lost for longer: before it takes the window again, streams of the path that have lost nothing
    /// have their turn. What a full remote cache refuses for ever would else keep the window from the very packet that
    /// lets the limit pass (rule `admission`).
    fn send_others(&mut self, context: &Context, path: usize, out: &mut impl Outputs<LocalOutput>) {
        if !self.has_window(context, path) || self.resends.lost[path].is_empty() {
            self.resends.passed_over[path] = 0;
            return;
        }
        let mut passed_over = false;
        for at in 0..self.streams.len() {
            let stream = self.streams[at].id;
            let is_here = context.settings.layout.streams[stream.index()].key.remote.index() == path;
            let mut lost = self.resends.lost[path].iter();
            let has_lost =
                lost.any(|&(lost, number)| lost == stream && !self.is_there(context, lost, number));
            if is_here && !has_lost {
                self.send_next(context, stream, Turn::BeforeLost, out);
                passed_over |= self.finds_no_room(context, at, path);
            }
        }
        let times = &mut self.resends.passed_over[path];
        *times = if passed_over { times.saturating_add(1) } else { 0 };
    }

    /// Is there a next write of this stream that may go, but for the window of its path?
    fn finds_no_room(&self, context: &Context, at: usize, path: usize) -> bool {
        let next = self.streams[at].unsent.front().filter(|next| next.due <= context.now);
        next.is_some_and(|next| {
            self.streams[at].is_asked(context)
                && !self.resends.senders[path].may_send(self.bytes_of(next.entry))
        })
    }

    /// Has what counts as lost on a path been before a write of another stream for too long?
    fn holds_lost_back(&self, path: usize) -> bool {
        self.resends.passed_over[path] >= PASSED_OVER_AT_MOST
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
