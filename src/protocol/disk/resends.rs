//! Of the L-write data send process 211 (Fig. 6): what counts as lost is sent again (rule `resend`), until the completion
//! arrives, and what a window holds back has its turn.
//!
//! When a sending counts as lost is decided in `transport`.

use std::collections::VecDeque;

use super::l_write_data_send::{Numbered, Outstanding, SendStream};
use super::local::{LocalDiskSystem, LocalOutput};
use super::numbering::StreamId;
use super::outputs::Outputs;
use super::settings::{Context, Settings};
use crate::protocol::rules::Resend;
use crate::protocol::transport::{Early, Occasion, PathSender, Retransmit, SendingId};
use crate::units::{LocalId, RemoteId, SimTime};

/// When a stream sends something new, where a window holds something back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
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

    /// May a new write of so many bytes go where the path has a window? What counts as lost goes first.
    #[inline]
    pub(super) fn let_go(&self, path: usize, turn: Turn, bytes: u32) -> bool {
        let has_its_turn = match turn {
            Turn::AfterLost => self.lost[path].is_empty() && self.restarted.is_empty(),
            Turn::BeforeLost => true,
        };
        has_its_turn && self.senders[path].may_send(bytes)
    }

    /// A number of a stream is sent on a path; `before` is what it was sent as before, if it was.
    #[inline]
    pub(super) fn on_sent(
        &mut self,
        now: SimTime,
        path: usize,
        (stream, number): (StreamId, u64),
        bytes: u32,
        before: Option<SendingId>,
    ) -> SendingId {
        let tag = (self.sendings, stream, number);
        self.sendings += 1;
        self.senders[path].on_sent(now, tag, bytes, before)
    }

    /// The path of what was sent first of all that counts as lost now.
    fn path_of_lost(&self, now: SimTime) -> Option<usize> {
        let lost = |(path, sender): (usize, &PathSender<Tag>)| {
            sender.lost(now, Occasion::Timer).map(|(sending, ..)| (sending, path))
        };
        self.senders.iter().enumerate().filter_map(lost).min().map(|(_, path)| path)
    }

    /// Arms the timer for the earliest that any path wants, unless it is armed for no later.
    pub(super) fn arm(&mut self, now: SimTime, out: &mut impl Outputs<LocalOutput>) {
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
    #[inline]
    pub(super) fn arm_for(&mut self, path: usize, now: SimTime, out: &mut impl Outputs<LocalOutput>) {
        let due = self.senders[path].timer(now);
        if self.armed.zip(due).is_none_or(|(armed, due)| due < armed) {
            self.arm(now, out);
        }
    }
}

impl LocalDiskSystem {
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
        if !often_lost.is_empty() {
            self.handle_often_lost(context, often_lost, out);
        }
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
        if !often_lost.is_empty() {
            self.handle_often_lost(context, often_lost, out);
        }
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
    #[cold]
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
    #[inline]
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
}
