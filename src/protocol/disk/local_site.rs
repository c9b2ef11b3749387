//! The local site: its disk systems, their lives from crash to crash, and what their hosts wait for. One machine: an
//! input, and what it leads to.
//!
//! Timers leave as outputs and come back as inputs; each names the life of the system that armed it, and means nothing
//! in a later one. What the hardware does with a [`LocalOutput::Destage`] is told by [`LocalSiteInput::Landed`], and
//! when a completion has reached its host by [`LocalSiteInput::HostHears`]; nothing outside needs to know what stands
//! in a cache.

use std::collections::BTreeSet;

use super::cut_coordinator::{Coordinator, Order, Surroundings};
use super::local::{LocalDiskSystem, LocalInput, LocalOutput, WriteRequest};
use super::numbering::StreamId;
use super::ordering::cut::{CutCommand, CutStep, Trigger};
use super::outputs::Outputs;
use super::requests::Requests;
use super::settings::{Context, Settings};
use crate::protocol::Scheme;
use crate::protocol::transport::SendingId;
use crate::units::{GroupId, LocalId, SimTime, WriteRef};

/// What a local site is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LocalSiteInput {
    /// A host's request reaches a system (Fig. 5, step 500). One that is down does not hear of it.
    Request(LocalId, WriteRequest),
    /// A completion reaches a system (Fig. 7, step 700).
    Completion {
        /// The system.
        local: LocalId,
        /// The stream.
        stream: StreamId,
        /// The number, as wide as it travels.
        number: u64,
        /// The sending that it answers.
        answers: SendingId,
    },
    /// The network acknowledgement of a write reaches a system.
    Received {
        /// The system.
        local: LocalId,
        /// The stream.
        stream: StreamId,
        /// The number, as wide as it travels.
        number: u64,
        /// The sending that it answers.
        answers: SendingId,
    },
    /// A request for what waits in a stream reaches a system (pulled streams).
    Asked {
        /// The system.
        local: LocalId,
        /// The stream.
        stream: StreamId,
        /// The request.
        request: u64,
    },
    /// The packets of a write, and those that repair them, have left the line of a system (`network-sync`).
    Left {
        /// The system.
        local: LocalId,
        /// The stream.
        stream: StreamId,
        /// The number, as wide as it travels.
        number: u64,
        /// The write.
        write: WriteRef,
    },
    /// A unit of a system has written what stands in this slot of the cache.
    Landed(LocalId, u32),
    /// The instant for which [`LocalSiteOutput::Arm`] asked. The first marker of each stream is due without being
    /// asked for, in a phase that the hardware draws.
    Due(LocalTimer),
    /// The completion of a write reaches its host.
    HostHears(WriteRef),
    /// The host of a write has waited as long as [`LocalSiteOutput::ArmRetry`] asked.
    RetryDue(WriteRef),
    /// The control unit of a system crashes; crashes may overlap.
    Crash(LocalId),
    /// A crash of a system ends.
    Restart(LocalId),
    /// The control unit of a system is to crash between steps 601 and 602 of the next write that it numbers; the
    /// number is given back in [`LocalSiteOutput::Failed`].
    CrashBeforeSend(LocalId, u32),
    /// The run begins: cuts are made from now on.
    Start,
    /// The instant for which [`LocalSiteOutput::ArmCut`] asked.
    CutDue(GroupId),
    /// The site is destroyed: it answers nothing any more.
    Destroyed,
}

/// A timer of a local system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalTimer {
    /// What it is for.
    pub of: TimerOf,
    /// The life of the system that armed it, from 0.
    pub life: u16,
}

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimerOf {
    /// Process 210 may accept the next write.
    Fix(LocalId),
    /// Process 211 comes to what waits for it.
    Send(LocalId),
    /// Rule `resend`.
    Resend(LocalId),
    /// Rule `idle-stream`.
    Marker(StreamId),
}

/// What a local site does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LocalSiteOutput {
    /// What one of its systems does.
    Of(LocalId, LocalOutput),
    /// [`LocalSiteInput::Due`] is wanted then.
    Arm(LocalTimer, SimTime),
    /// The host has the completion of the write.
    Completed(WriteRef),
    /// The host will hear nothing of the write: [`LocalSiteInput::RetryDue`] is wanted when its time-out has passed.
    ArmRetry(WriteRef),
    /// The host gives the write up, and issues its data as another write.
    Abandoned(WriteRef),
    /// A system fails between steps 601 and 602, as [`LocalSiteInput::CrashBeforeSend`] of this number asked. A crash
    /// of it has begun.
    Failed(LocalId, u32),
    /// A system is down: what its units are writing is cut short.
    Down(LocalId),
    /// [`LocalSiteInput::CutDue`] is wanted then.
    ArmCut(GroupId, SimTime),
    /// The coordinator of a group's cuts does this. Nothing is to be done about it.
    Cut(GroupId, CutStep),
}

/// How a system stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Standing {
    /// Crashes that have not ended: it works while there is none.
    crashes: u32,
    /// Counts its lives.
    life: u16,
    /// It is to crash between steps 601 and 602 of its next write.
    crash_before_send: Option<u32>,
}

/// The local site.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LocalSite {
    systems: Vec<LocalDiskSystem>,
    standing: Vec<Standing>,
    requests: Requests,
    is_destroyed: bool,
    /// By group, where sets are cut.
    coordinators: Vec<Coordinator>,
    /// Sets of which a system has said that they are copied; empty between inputs.
    copied: Vec<(LocalId, GroupId, u32)>,
}

/// What a system says goes out as its site's, but for what only the site has to know.
struct OfSystem<'a> {
    local: LocalId,
    /// The life of the system.
    life: u16,
    requests: &'a mut Requests,
    copied: &'a mut Vec<(LocalId, GroupId, u32)>,
    /// It has failed between steps 601 and 602.
    fails: bool,
    out: &'a mut Vec<LocalSiteOutput>,
}

impl OfSystem<'_> {
    fn arm(&mut self, of: TimerOf, at: SimTime) {
        self.out.push(LocalSiteOutput::Arm(LocalTimer { of, life: self.life }, at));
    }
}

impl Outputs<LocalOutput> for OfSystem<'_> {
    #[inline(always)]
    fn push(&mut self, output: LocalOutput) {
        let local = self.local;
        match output {
            LocalOutput::Complete(write, _) => {
                if self.requests.complete(write) {
                    self.out.push(LocalSiteOutput::Of(local, output));
                }
            }
            LocalOutput::Accepted(_)
            | LocalOutput::CacheFull(_)
            | LocalOutput::Send { .. }
            | LocalOutput::Destage { .. }
            | LocalOutput::Folded { .. }
            | LocalOutput::CacheLost(_) => self.out.push(LocalSiteOutput::Of(local, output)),
            LocalOutput::ArmFix(at) => self.arm(TimerOf::Fix(local), at),
            LocalOutput::ArmSend(at) => self.arm(TimerOf::Send(local), at),
            LocalOutput::ArmMarker(stream, at) => self.arm(TimerOf::Marker(stream), at),
            LocalOutput::ArmResend(at) => self.arm(TimerOf::Resend(local), at),
            LocalOutput::CompletionLost(_) => {}
            LocalOutput::SetCopied(group, set) => self.copied.push((local, group, set)),
            LocalOutput::Fails => self.fails = true,
        }
    }
}

/// By group, where sets are cut: the coordinator of its local systems.
fn coordinators(settings: &Settings) -> Vec<Coordinator> {
    if settings.scheme != Scheme::Cut {
        return Vec::new();
    }
    let of_group = |group: GroupId| {
        let pairs = settings.pairs.iter().filter(move |pair| pair.place.group == group);
        let locals: BTreeSet<LocalId> = pairs.map(|pair| pair.place.local).collect();
        Coordinator::new(locals.into_iter().collect())
    };
    (0..settings.groups).map(GroupId::from).map(of_group).collect()
}

impl LocalSiteInput {
    /// The system that it is for, by whose clock it is answered; none if no system hears of it.
    pub fn system(&self, settings: &Settings) -> Option<LocalId> {
        match *self {
            Self::Request(local, _)
            | Self::Completion { local, .. }
            | Self::Asked { local, .. }
            | Self::Received { local, .. }
            | Self::Left { local, .. }
            | Self::Landed(local, _)
            | Self::Crash(local)
            | Self::Restart(local)
            | Self::CrashBeforeSend(local, _) => Some(local),
            Self::Due(LocalTimer { of, .. }) => Some(of.system(settings)),
            Self::HostHears(_) | Self::RetryDue(_) | Self::Start | Self::CutDue(_) | Self::Destroyed => None,
        }
    }
}

impl TimerOf {
    fn system(self, settings: &Settings) -> LocalId {
        match self {
            Self::Fix(local) | Self::Send(local) | Self::Resend(local) => local,
            Self::Marker(stream) => settings.layout.streams[stream.index()].key.local,
        }
    }

    /// What the system is told when it runs out.
    fn input(self) -> LocalInput {
        match self {
            Self::Fix(_) => LocalInput::FixDue,
            Self::Send(_) => LocalInput::SendDue,
            Self::Resend(_) => LocalInput::ResendDue,
            Self::Marker(stream) => LocalInput::MarkerDue(stream),
        }
    }
}

impl LocalSite {
    /// A site of systems with this much cache each (`None`: unlimited).
    pub fn new(settings: &Settings, caches: impl Iterator<Item = Option<u64>>) -> Self {
        let system = |(index, cache)| LocalDiskSystem::new(settings, LocalId::from(index), cache);
        let systems: Vec<_> = caches.enumerate().map(system).collect();
        Self {
            standing: vec![Standing::default(); systems.len()],
            systems,
            requests: Requests::default(),
            is_destroyed: false,
            coordinators: coordinators(settings),
            copied: Vec::new(),
        }
    }

    /// The completion of a number of a stream comes soon, in answer to this sending ([`crate::collections`]).
    #[inline]
    pub fn fetch_completed(&self, settings: &Settings, stream: StreamId, number: u64, answers: SendingId) {
        let local = settings.layout.streams[stream.index()].key.local;
        self.systems[local.index()].fetch_completed(settings, stream, number, answers);
    }

    /// Answers one input. The context's reading is that of the clock of [`LocalSiteInput::system`].
    pub fn handle(&mut self, context: &Context, input: LocalSiteInput, out: &mut Vec<LocalSiteOutput>) {
        if self.is_destroyed {
            return;
        }
        let before = out.len();
        match input {
            LocalSiteInput::Request(local, request) => {
                self.requests.arrives(local, request.write);
                if self.is_up(local) {
                    self.tell(context, local, LocalInput::WriteRequest(request), out);
                } else {
                    out.push(LocalSiteOutput::ArmRetry(request.write));
                }
            }
            LocalSiteInput::Completion { local, stream, number, answers } => {
                self.tell(context, local, LocalInput::Completion { stream, number, answers }, out);
            }
            LocalSiteInput::Received { local, stream, number, answers } => {
                self.tell(context, local, LocalInput::Received { stream, number, answers }, out);
            }
            LocalSiteInput::Asked { local, stream, request } => {
                self.tell(context, local, LocalInput::Asked { stream, request }, out);
            }
            LocalSiteInput::Left { local, stream, number, write } => {
                self.tell(context, local, LocalInput::Left { stream, number, write }, out);
            }
            LocalSiteInput::Landed(local, slot) => self.tell(context, local, LocalInput::Landed(slot), out),
            LocalSiteInput::Due(LocalTimer { of, life }) => {
                let local = of.system(context.settings);
                if self.standing[local.index()].life == life {
                    self.tell(context, local, of.input(), out);
                }
            }
            LocalSiteInput::HostHears(write) => {
                if self.requests.heard(write) {
                    out.push(LocalSiteOutput::Completed(write));
                }
            }
            LocalSiteInput::RetryDue(write) => {
                if self.requests.give_up(write) {
                    out.push(LocalSiteOutput::Abandoned(write));
                }
            }
            LocalSiteInput::Crash(local) => self.handle_crash(context, local, out),
            LocalSiteInput::Restart(local) => self.handle_restart(context, local, out),
            LocalSiteInput::CrashBeforeSend(local, number) => {
                self.standing[local.index()].crash_before_send = Some(number);
                self.tell(context, local, LocalInput::CrashBeforeSend, out);
            }
            LocalSiteInput::Start => {
                self.each_coordinator(context, |_| true, Coordinator::start, out);
            }
            LocalSiteInput::CutDue(group) => {
                self.each_coordinator(context, |of| of == group.index(), Coordinator::due, out);
            }
            LocalSiteInput::Destroyed => self.is_destroyed = true,
        }
        if !self.coordinators.is_empty() {
            self.coordinate(context, before, out);
        }
    }

    /// What the systems have said from `before` on is for the coordinators of cuts to hear. A write may be accepted long
    /// after it was requested: when its nanosecond comes, when there is room for it, or when the window is closed.
    fn coordinate(&mut self, context: &Context, before: usize, out: &mut Vec<LocalSiteOutput>) {
        let is_accepted =
            |output: &LocalSiteOutput| matches!(output, LocalSiteOutput::Of(_, LocalOutput::Accepted(_)));
        if context.settings.cut.trigger == Trigger::Size && out.iter().skip(before).any(is_accepted) {
            self.each_coordinator(context, |_| true, Coordinator::consider, out);
        }
        while let Some((local, group, set)) = self.copied.pop() {
            let copied = |coordinator: &mut Coordinator, around: &Surroundings, orders: &mut Vec<Order>| {
                coordinator.copied(around, local, set, orders);
            };
            self.each_coordinator(context, |of| of == group.index(), copied, out);
        }
    }

    /// Asks some of the coordinators, and does what they say.
    fn each_coordinator(
        &mut self,
        context: &Context,
        is_asked: impl Fn(usize) -> bool,
        mut ask: impl FnMut(&mut Coordinator, &Surroundings, &mut Vec<Order>),
        out: &mut Vec<LocalSiteOutput>,
    ) {
        for index in (0..self.coordinators.len()).filter(|&index| is_asked(index)) {
            let group = GroupId::from(index);
            let is_up: Vec<bool> = self.standing.iter().map(|standing| standing.crashes == 0).collect();
            let around = Surroundings {
                cut: &context.settings.cut,
                window: context.settings.rules.cut_window,
                now: if context.settings.untimed { self.coordinators[index].untimed() } else { context.now },
                is_up: &is_up,
                captured: self.systems.iter().map(|system| system.captured(group)).sum(),
            };
            let mut orders = Vec::new();
            ask(&mut self.coordinators[index], &around, &mut orders);
            for order in orders {
                match order {
                    Order::Arm(at) => out.push(LocalSiteOutput::ArmCut(group, at)),
                    Order::GiveUp => out.push(LocalSiteOutput::Cut(group, CutStep::GivesUp)),
                    // The window is the coordinator's: it closes whether the array works or not.
                    Order::Tell(local, command @ CutCommand::Release) => {
                        out.push(LocalSiteOutput::Cut(group, CutStep::Tells(local, command)));
                        let input = LocalInput::Cut(group, command);
                        self.ask(context, local, input, out);
                    }
                    Order::Tell(local, command) => {
                        if self.is_up(local) {
                            out.push(LocalSiteOutput::Cut(group, CutStep::Tells(local, command)));
                        }
                        self.tell(context, local, LocalInput::Cut(group, command), out);
                    }
                }
            }
        }
    }

    /// Does a timer of the coordinator of a group count, and does a cut begin when it runs out?
    pub fn awaits_cut(&self, group: GroupId) -> Option<bool> {
        self.coordinators.get(group.index())?.awaits()
    }

    /// Does a local system hold the hosts of a group until a cut is made?
    pub fn holds(&self, local: LocalId, group: GroupId) -> bool {
        self.systems[local.index()].holds(group)
    }

    /// Does nothing wait to be sent in a stream?
    pub fn is_idle(&self, settings: &Settings, stream: StreamId) -> bool {
        let key = &settings.layout.streams[stream.index()];
        self.systems[key.key.local.index()].is_idle(key.at_local as usize)
    }

    fn is_up(&self, local: LocalId) -> bool {
        self.standing[local.index()].crashes == 0
    }

    /// Gives an input to a system, if it works.
    #[inline(always)]
    fn tell(&mut self, context: &Context, local: LocalId, input: LocalInput, out: &mut Vec<LocalSiteOutput>) {
        if !self.is_up(local) {
            return;
        }
        if self.ask(context, local, input, out)
            && let Some(number) = self.standing[local.index()].crash_before_send.take()
        {
            out.push(LocalSiteOutput::Failed(local, number));
            self.handle_crash(context, local, out);
        }
    }

    /// Gives an input to a system. Has it failed between steps 601 and 602?
    #[inline(always)]
    fn ask(
        &mut self,
        context: &Context,
        local: LocalId,
        input: LocalInput,
        out: &mut Vec<LocalSiteOutput>,
    ) -> bool {
        let Self { systems, standing, requests, copied, .. } = self;
        let life = standing[local.index()].life;
        let mut said = OfSystem { local, life, requests, copied, fails: false, out };
        systems[local.index()].handle(context, input, &mut said);
        said.fails
    }

    fn handle_crash(&mut self, context: &Context, local: LocalId, out: &mut Vec<LocalSiteOutput>) {
        let standing = &mut self.standing[local.index()];
        standing.crashes += 1;
        if standing.crashes > 1 {
            return;
        }
        standing.life = standing.life.wrapping_add(1);
        out.push(LocalSiteOutput::Down(local));
        let mut said = Vec::new();
        self.systems[local.index()].handle(context, LocalInput::Crash, &mut said);
        let taken = said.iter().filter_map(|output| match *output {
            LocalOutput::CompletionLost(write) => Some(write),
            _ => None,
        });
        let again = self.requests.crash(local, taken);
        let Self { standing, requests, copied, .. } = self;
        let life = standing[local.index()].life;
        OfSystem { local, life, requests, copied, fails: false, out }.push_all(said);
        out.extend(again.into_iter().map(LocalSiteOutput::ArmRetry));
    }

    fn handle_restart(&mut self, context: &Context, local: LocalId, out: &mut Vec<LocalSiteOutput>) {
        let standing = &mut self.standing[local.index()];
        standing.crashes -= 1;
        if standing.crashes > 0 {
            return;
        }
        let is_to_crash = standing.crash_before_send.is_some();
        self.tell(context, local, LocalInput::Restart, out);
        if is_to_crash {
            self.tell(context, local, LocalInput::CrashBeforeSend, out); // Another crash came before it.
        }
        let restarted = |coordinator: &mut Coordinator, around: &Surroundings, orders: &mut Vec<Order>| {
            if coordinator.concerns(local) {
                coordinator.restarted(around, local, orders);
            }
        };
        self.each_coordinator(context, |_| true, restarted, out);
    }
}
