//! L-write data send process 211 (Fig. 6; Fig. 12 and 14 differ in the stream only): numbers and sends, waits for
//! nothing, and (rule `resend`) resends until the completion arrives.
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
use super::settings::Context;
use super::width;
use crate::collections::Window;
use crate::protocol::rules::{IdleStream, Resend};
use crate::units::{SimDuration, SimTime};

/// What was sent under a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Numbered {
    /// The entry at this place of the cache.
    Entry(u32),
    /// A marker with this stamp.
    Marker(u64),
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
    pub(super) outstanding: Window<Numbered>,
    /// Entries of the cache that wait to be sent, the earliest by time stamp first.
    pub(super) unsent: VecDeque<Unsent>,
    /// When the stream last sent a packet for the first time.
    pub(super) last_packet: SimTime,
}

impl SendStream {
    pub(super) fn new(id: StreamId) -> Self {
        Self {
            id,
            counter: 0,
            outstanding: Window::default(),
            unsent: VecDeque::new(),
            last_packet: SimTime::ZERO,
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

    /// Step 601: the next number; `None` while the window is full (rule `width = "serial"`).
    fn number(&mut self, context: &Context, what: Numbered) -> Option<u64> {
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
        self.outstanding.put(number, what);
        self.last_packet = context.now;
        Some(number)
    }
}

/// Numbers to resend, by the time at which: the time-out is constant, so in the order of sending.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ResendQueue {
    pub(super) due: VecDeque<(SimTime, StreamId, u64)>,
    armed: bool,
}

impl LocalDiskSystem {
    /// A new entry of a stream: steps 600 to 603.
    pub(super) fn send_new(&mut self, context: &Context, entry: u32, out: &mut Vec<LocalOutput>) {
        let Some(cached) = self.cache.get(entry) else { return };
        let Some(pair) = cached.request.pair else { return };
        match context.settings.discipline.overlaps {
            Overlaps::OneAfterTheOther if cached.blockers > 0 => return, // Process 213 calls again.
            Overlaps::OneAfterTheOther | Overlaps::Free => {}
        }
        let due = context.now + context.settings.send_delay;
        let unsent = Unsent { key: (cached.stamp, cached.order), entry, due };
        let stream = context.settings.layout.stream_of_pair[pair.index()];
        self.stream_mut(context.settings, stream).wait(unsent);
        self.send_unsent(context, stream, out);
    }

    /// The send processes come to what waits for them.
    pub(super) fn handle_send_due(&mut self, context: &Context, out: &mut Vec<LocalOutput>) {
        self.send_armed = None;
        for at in 0..self.streams.len() {
            let stream = self.streams[at].id;
            self.send_unsent(context, stream, out);
        }
    }

    /// [`super::local::LocalInput::SendDue`] is wanted when the first entry is due.
    fn arm_send(&mut self, due: SimTime, out: &mut Vec<LocalOutput>) {
        if self.send_armed.is_none_or(|armed| due < armed) {
            self.send_armed = Some(due);
            out.push(LocalOutput::ArmSend(due));
        }
    }

    /// Steps 600 to 603 for as long as there is something to send.
    pub(super) fn send_unsent(&mut self, context: &Context, stream: StreamId, out: &mut Vec<LocalOutput>) {
        let at = context.settings.layout.streams[stream.index()].at_local as usize;
        // Step 600 (1200, 1400): the earliest by time stamp among those that wait.
        while let Some(&Unsent { entry, due, .. }) = self.streams[at].unsent.front() {
            if due > context.now {
                self.arm_send(due, out);
                return;
            }
            let Some(number) = self.streams[at].number(context, Numbered::Entry(entry)) else { return };
            self.streams[at].unsent.pop_front();
            if let Some(cached) = self.cache.get_mut(entry) {
                cached.state = EntryState::Sent;
            }
            if std::mem::take(&mut self.crash_before_send) {
                out.push(LocalOutput::Fails);
                return;
            }
            self.send(context, stream, number, Numbered::Entry(entry), false, out);
        }
    }

    /// Step 602.
    fn send(
        &mut self,
        context: &Context,
        stream: StreamId,
        number: u64,
        what: Numbered,
        again: bool,
        out: &mut Vec<LocalOutput>,
    ) {
        let wire = width::to_wire(context.settings.rules.width, number);
        let packet = match what {
            Numbered::Marker(stamp) => Packet::Marker { stream, number: wire, stamp },
            Numbered::Entry(entry) => {
                let Some(cached) = self.cache.get(entry) else { return };
                let Some(pair) = cached.request.pair else { return };
                Packet::WriteData(WriteData {
                    stream,
                    number: wire,
                    stamp: cached.stamp,
                    write: cached.request.write,
                    pair,
                    position: cached.request.position,
                    size: cached.request.size,
                })
            }
        };
        out.push(LocalOutput::Send { packet, again });
        if context.settings.rules.resend == Resend::UntilCompleted {
            let due = context.now + context.settings.retransmit_timeout;
            self.resends.due.push_back((due, stream, number));
            self.arm_resend(out);
        }
    }

    pub(super) fn arm_resend(&mut self, out: &mut Vec<LocalOutput>) {
        if !self.resends.armed
            && let Some(&(due, ..)) = self.resends.due.front()
        {
            self.resends.armed = true;
            out.push(LocalOutput::ArmResend(due));
        }
    }

    /// Rule `resend`: a constant time-out from each sending, until the completion arrives.
    pub(super) fn handle_resend_due(&mut self, context: &Context, out: &mut Vec<LocalOutput>) {
        self.resends.armed = false;
        while let Some(&(due, stream, number)) = self.resends.due.front() {
            let what = self.stream_mut(context.settings, stream).outstanding.get(number).copied();
            if what.is_some() && due > context.now {
                break;
            }
            self.resends.due.pop_front();
            if let Some(what) = what {
                self.send(context, stream, number, what, true, out);
            }
        }
        self.arm_resend(out);
    }

    /// Rule `idle-stream`: the timer of a stream's marker ran out; it restarts at each packet of the stream.
    pub(super) fn handle_marker_due(
        &mut self,
        context: &Context,
        stream: StreamId,
        out: &mut Vec<LocalOutput>,
    ) {
        let interval = context.settings.marker_interval;
        let sender = self.stream_mut(context.settings, stream);
        let idle_until = sender.last_packet + interval;
        let busy = sender.counter > 0 && idle_until > context.now;
        if busy || !sender.unsent.is_empty() {
            let next = if busy { idle_until } else { context.now + interval };
            out.push(LocalOutput::ArmMarker(stream, next));
            return;
        }
        if !self.may_fix(context) {
            out.push(LocalOutput::ArmMarker(stream, context.now + SimDuration::NANOSECOND));
            return;
        }
        self.last_fix = Some(context.now);
        let stamp = self.next_stamp(context);
        if context.settings.rules.idle_stream == IdleStream::Naked {
            out.push(LocalOutput::Send { packet: Packet::Clock { stream, stamp }, again: false });
        } else {
            let what = Numbered::Marker(stamp);
            if let Some(number) = self.stream_mut(context.settings, stream).number(context, what) {
                self.send(context, stream, number, what, false, out);
            }
        }
        out.push(LocalOutput::ArmMarker(stream, context.now + interval));
    }
}
