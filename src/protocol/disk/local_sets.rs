//! The sets of a local disk system: which write belongs to which, and the barriers that part them on each stream.
//!
//! Processes 210, 213 and 211 ask here where writes form sets; the counters stand in `ordering/epoch` and
//! `ordering/cut`.

use super::l_write_data_send::{Numbered, SendStream, Unsent};
use super::local::{LocalDiskSystem, LocalOutput, WriteRequest};
use super::numbering::StreamId;
use super::ordering::cut::CutCommand;
use super::ordering::epoch::EpochCounter;
use super::ordering::sets::Barrier;
use super::outputs::Outputs;
use super::settings::{Context, Settings};
use super::width;
use crate::units::{GroupId, PairId, SimDuration};

/// The resource of a pair.
fn group_of(settings: &Settings, pair: PairId) -> GroupId {
    settings.pairs[pair.index()].place.group
}

/// The resource of a stream: epochs are counted by group, and so are streams.
fn group_of_stream(settings: &Settings, stream: StreamId) -> GroupId {
    settings.layout.streams[stream.index()].groups.first().copied().unwrap_or_default()
}

impl LocalDiskSystem {
    /// Process 210 has accepted an entry: it belongs to the epoch that is open, or opens one.
    pub(super) fn admit_to_epoch(&mut self, context: &Context, entry: u32) {
        let settings = context.settings;
        let Some(cached) = self.cache.get_mut(entry) else { return };
        let Some(pair) = cached.pair() else { return };
        let overlaps = cached.blockers > 0;
        let epochs = &mut self.epochs[group_of(settings, pair).index()];
        cached.set = epochs.admit(&settings.epoch, settings.rules.epoch_close, overlaps);
    }

    /// A write of an epoch is completed. What that closes is said to the remote site at once, where nothing else waits
    /// to be sent.
    pub(super) fn complete_in_epoch(
        &mut self,
        context: &Context,
        pair: Option<PairId>,
        set: u32,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        let settings = context.settings;
        let Some(group) = pair.map(|pair| group_of(settings, pair)) else { return };
        self.epochs[group.index()].complete(&settings.epoch, settings.rules.epoch_close, set);
        for at in 0..self.streams.len() {
            let stream = self.streams[at].id;
            if group_of_stream(settings, stream) == group {
                self.close_sent_sets(context, stream, out);
            }
        }
    }

    /// Before the first write of a set, the sets before it are closed.
    pub(super) fn close_sets_before(
        &mut self,
        context: &Context,
        entry: u32,
        stream: StreamId,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        let Some((set, stamp)) = self.cache.get(entry).map(|cached| (cached.set, cached.stamp)) else {
            return;
        };
        if set > self.stream_mut(context.settings, stream).sets.closed + 1 {
            // No write of the sets before has a later stamp, and stamps differ.
            self.send_barrier(context, stream, set - 1, stamp.saturating_sub(1), out);
        }
    }

    /// Where nothing waits to be sent, the barrier of what was sent is, once its sets are closed.
    pub(super) fn close_sent_sets(
        &mut self,
        context: &Context,
        stream: StreamId,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        if !self.captures.is_empty() {
            let sender = self.stream_mut(context.settings, stream);
            if sender.unsent.is_empty()
                && let Some(set) = sender.sets.closing.take()
            {
                self.send_barrier(context, stream, set, 0, out);
            }
            return;
        }
        let closed = self.closed_sets(context.settings, stream);
        let stamp = self.last_stamp.unwrap_or_default();
        let sender = self.stream_mut(context.settings, stream);
        if sender.unsent.is_empty() && sender.sets.writes > 0 && closed > sender.sets.closed {
            self.send_barrier(context, stream, closed, stamp, out);
        }
    }

    /// The last set of a stream that is closed.
    fn closed_sets(&self, settings: &Settings, stream: StreamId) -> u32 {
        let group = group_of_stream(settings, stream);
        self.epochs.get(group.index()).map_or(0, EpochCounter::closed)
    }

    /// A stream has been idle for as long as a marker waits: where others wait for it, it says that its sets are closed,
    /// and what the clock shows. (Where it is alone, nobody waits.)
    pub(super) fn handle_idle_sets(
        &mut self,
        context: &Context,
        stream: StreamId,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        let settings = context.settings;
        let group = group_of_stream(settings, stream);
        let again = context.now + settings.marker_interval;
        if settings.by_set[group.index()] {
            let closed = self.closed_sets(settings, stream);
            if closed > self.stream_mut(settings, stream).sets.closed {
                self.send_barrier(context, stream, closed, self.last_stamp.unwrap_or_default(), out);
            }
        } else if self.may_fix(context) {
            self.last_fix = Some(context.now);
            let stamp = self.next_stamp(context);
            self.epochs[group.index()].close_empty();
            let closed = self.closed_sets(settings, stream);
            self.send_barrier(context, stream, closed, stamp, out);
        } else {
            out.push(LocalOutput::ArmMarker(stream, context.now + SimDuration::NANOSECOND));
            return;
        }
        out.push(LocalOutput::ArmMarker(stream, again));
    }

    /// Is the request held until a cut is made? Then it waits there.
    pub(super) fn is_held(&mut self, context: &Context, request: &WriteRequest) -> bool {
        let Some(group) = request.pair.map(|pair| group_of(context.settings, pair)) else { return false };
        let Some(capture) = self.captures.get_mut(group.index()).filter(|capture| capture.is_held) else {
            return false;
        };
        capture.held.push_back(*request);
        true
    }

    /// Process 210 has accepted an entry: it belongs to the set that is captured.
    pub(super) fn capture(&mut self, context: &Context, entry: u32) {
        let Some(cached) = self.cache.get_mut(entry) else { return };
        let Some(pair) = cached.pair() else { return };
        let capture = &mut self.captures[group_of(context.settings, pair).index()];
        capture.bytes += u64::from(cached.size);
        cached.set = capture.set();
    }

    /// A write of the set that is captured gave its place to a later one.
    pub(super) fn captured_less(&mut self, context: &Context, pair: PairId, bytes: u32) {
        if let Some(capture) = self.captures.get_mut(group_of(context.settings, pair).index()) {
            capture.bytes = capture.bytes.saturating_sub(u64::from(bytes));
        }
    }

    /// Bytes captured in the set of a group.
    pub fn captured(&self, group: GroupId) -> u64 {
        self.captures.get(group.index()).map_or(0, |capture| capture.bytes)
    }

    /// Are the hosts of a group held until a cut is made?
    pub fn holds(&self, group: GroupId) -> bool {
        self.captures.get(group.index()).is_some_and(|capture| capture.is_held)
    }

    /// An entry waits until its set is sent.
    pub(super) fn wait_for_cut(&mut self, context: &Context, entry: u32, pair: PairId) {
        let Some(key) = self.cache.get(entry).map(|cached| (cached.stamp, cached.order)) else { return };
        let stream = context.settings.layout.stream_of_pair[pair.index()];
        self.stream_mut(context.settings, stream).sets.captured.insert(key, entry);
    }

    /// What the coordinator of a group's cuts wants.
    pub(super) fn handle_cut(
        &mut self,
        context: &Context,
        group: GroupId,
        command: CutCommand,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        let Some(capture) = self.captures.get_mut(group.index()) else { return };
        match command {
            CutCommand::Hold => capture.is_held = true,
            // Said again after a crash, it changes nothing.
            CutCommand::Switch(set) if set <= capture.open => {}
            CutCommand::Switch(set) => (capture.open, capture.bytes) = (set, 0),
            CutCommand::Release => {
                capture.is_held = false;
                let mut held = std::mem::take(&mut capture.held);
                self.waiting.append(&mut held);
                self.admit_waiting(context, out);
            }
            CutCommand::Transmit(set) => self.transmit(context, group, set, out),
        }
    }

    /// What is captured up to `set` is sent, and a barrier after it. (Said again after a crash, it changes nothing.)
    fn transmit(&mut self, context: &Context, group: GroupId, set: u32, out: &mut impl Outputs<LocalOutput>) {
        let settings = context.settings;
        self.captures[group.index()].sending = Some(set);
        for at in 0..self.streams.len() {
            let stream = self.streams[at].id;
            if group_of_stream(settings, stream) != group {
                continue;
            }
            let due = context.now + settings.send_delay;
            while let Some((&key, &entry)) = self.streams[at].sets.captured.first_key_value()
                && self.cache.get(entry).is_none_or(|cached| cached.set <= set)
            {
                self.streams[at].sets.captured.pop_first();
                self.streams[at].wait(Unsent { key, entry, due });
            }
            if self.streams[at].sets.closed < set {
                self.streams[at].sets.closing = Some(set);
            }
            self.send_unsent(context, stream, out);
            self.is_set_copied(context, stream, out);
        }
    }

    /// Says so when everything of the set that is sent, over all streams of its group, has been copied.
    pub(super) fn is_set_copied(
        &mut self,
        context: &Context,
        stream: StreamId,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        let settings = context.settings;
        let group = group_of_stream(settings, stream);
        let Some(set) = self.captures.get(group.index()).and_then(|capture| capture.sending) else { return };
        let is_copied = |stream: &SendStream| {
            stream.sets.closed >= set
                && stream.unsent.is_empty()
                && stream.outstanding.iter().next().is_none()
        };
        let mut of_group = self.streams.iter().filter(|of| group_of_stream(settings, of.id) == group);
        if of_group.all(is_copied) {
            self.captures[group.index()].sending = None;
            out.push(LocalOutput::SetCopied(group, set));
        }
    }

    /// Closes the sets of a stream up to `set`.
    fn send_barrier(
        &mut self,
        context: &Context,
        stream: StreamId,
        set: u32,
        stamp: u64,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        let width = context.settings.rules.width;
        let sender = self.stream_mut(context.settings, stream);
        if set <= sender.sets.closed {
            return; // A crash has set the counter back (item `counters`).
        }
        let Some(number) = sender.number(context, Numbered::Barrier) else { return };
        let sets = &mut sender.sets;
        let (after, writes) = (sets.closed, sets.writes);
        let barrier = Barrier { stream, number: width::to_wire(width, number), after, set, writes, stamp };
        (sets.closed, sets.writes) = (set, 0);
        sets.barriers.insert(number, barrier);
        self.send(context, stream, number, Numbered::Barrier, false, out);
    }
}
