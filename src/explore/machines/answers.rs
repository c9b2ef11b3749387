//! What the machines of the protocol answer to an input, worked out once, and what that leads to outside of them.

use std::collections::VecDeque;

use super::memory::{Unknown, local_key};
use super::{Asked, Happened, LOCAL, Machines, NET, REMOTE, State, instant};
use crate::explore::parts::{Message, REMOTE_BIT};
use crate::explore::scope::Scope;
use crate::protocol::disk::ordering::Completion;
use crate::protocol::disk::ordering::cut::CutStep;
use crate::protocol::disk::{
    Context, LocalOutput, LocalSite, LocalSiteInput, LocalSiteOutput, LocalTimer, Packet, RemoteOutput,
    RemoteSite, RemoteSiteInput, RemoteSiteOutput, StreamId, TimerOf,
};
use crate::protocol::rules::LimitScope;
use crate::trace::Record;
use crate::units::{GroupId, LocalId, RemoteId, SimTime, WriteRef};

/// After every timer that a machine has armed.
const LATE: SimTime = SimTime::from_ns(u64::MAX / 4);

/// What a machine's answer leads to outside of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Effect {
    /// A fact.
    Fact(Record),
    /// A message leaves.
    Send {
        /// The message.
        message: u32,
        /// Does it arrive in the same step, where no crash may come any more?
        at_once: bool,
    },
    /// The host has the completion.
    Completed(WriteRef),
    /// The host gives the write up, and issues its data as another write.
    Abandoned(WriteRef),
    /// The coordinator of a group's cuts does this.
    Cut(GroupId, CutStep),
    /// A local system is down.
    LocalDown(LocalId),
    /// A remote system is down.
    RemoteDown(RemoteId),
}

/// All that an answer leads to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Answer {
    /// In their order.
    pub effects: Vec<Effect>,
    /// Does the judge take note of any?
    has_facts: bool,
    /// Do hosts, or the systems that are up?
    changes_front: bool,
    /// Does it change what is under way: where no crash may come any more, or where one may?
    changes_net: [bool; 2],
}

impl Answer {
    fn new(effects: Vec<Effect>) -> Self {
        let is_fact =
            |effect: &Effect| matches!(effect, Effect::Fact(_) | Effect::Completed(_) | Effect::Abandoned(_));
        let is_front = |effect: &Effect| {
            matches!(effect, Effect::Completed(_) | Effect::LocalDown(_) | Effect::RemoteDown(_))
        };
        let changes_net = |is_calm| {
            effects.iter().any(|effect| match effect {
                Effect::Send { at_once, .. } => !(is_calm && *at_once),
                Effect::LocalDown(_) | Effect::RemoteDown(_) => true,
                Effect::Fact(_) | Effect::Completed(_) | Effect::Abandoned(_) | Effect::Cut(..) => false,
            })
        };
        Self {
            has_facts: effects.iter().any(is_fact),
            changes_front: effects.iter().any(is_front),
            changes_net: [changes_net(false), changes_net(true)],
            effects,
        }
    }

    /// The facts, when `now` events have been counted, or a completion was held until then.
    pub fn facts(&self, now: u32, held_until: Option<SimTime>) -> Vec<(SimTime, Record)> {
        let now = instant(now);
        // After everything issued so far, before everything issued later.
        let soon = SimTime::from_ns(now.as_ns() + 1);
        let fact = |effect: &Effect| match *effect {
            Effect::Fact(record) => Some((now, record)),
            Effect::Completed(write) => Some((held_until.unwrap_or(soon), Record::Completed { write })),
            Effect::Abandoned(write) => Some((now, Record::Abandoned { write })),
            Effect::Send { .. } | Effect::Cut(..) | Effect::LocalDown(_) | Effect::RemoteDown(_) => None,
        };
        self.effects.iter().filter_map(fact).collect()
    }
}

impl Machines<'_> {
    /// Works out what was asked for the first time.
    pub(super) fn work_out(&mut self, unknown: Unknown) {
        let memory = &mut self.memory;
        match unknown {
            Unknown::Front(front) => {
                memory.fronts.number(front);
            }
            Unknown::Message(message) => {
                memory.message_number(self.scope, message);
            }
            Unknown::LocalInput(input) => {
                memory.local_inputs.number(input);
            }
            Unknown::SiteInput(input) => {
                memory.site_inputs.number(input);
            }
            Unknown::Facts(facts) => {
                memory.facts.number(facts);
            }
            Unknown::Local(local, input, now) => {
                let answer = self.work_out_local(local, input, now);
                self.memory.after_local.insert(local_key(local, input, now), answer);
            }
            Unknown::Site(site, input) => {
                let answer = self.work_out_site(site, input);
                self.memory.after_site.insert((site, input), answer);
            }
            Unknown::Change(net, change) => memory.learn_change(net, change),
            Unknown::Changes(net, answer, is_calm) => memory.learn_changes(net, answer, is_calm),
            Unknown::FactsOf(answer, now) => memory.learn_facts_of(answer, now),
            Unknown::Landing(message, now) => memory.learn_landing(message, now),
            Unknown::Judge(judge, facts) => memory.learn_judge(judge, facts),
            Unknown::Resends(state) => self.work_out_resends(&state),
        }
    }

    /// What the local systems send again is asked of a copy of them, all of whose timers run out: which of them does
    /// first is for the network to say, and the machine itself goes on as if none had.
    fn work_out_resends(&mut self, state: &State) {
        let local = state[LOCAL];
        let mut again = Vec::new();
        let mut copy = LocalSite::clone(self.memory.locals.get(local));
        let context = Context { settings: &self.scope.settings, now: LATE, reading: 0 };
        let mut out = Vec::new();
        for id in (0..self.scope.scenario.local_systems.len()).map(LocalId::from) {
            let timer = LocalTimer { of: TimerOf::Resend(id), life: self.front(state).life(id) };
            copy.handle(&context, LocalSiteInput::Due(timer), &mut out);
        }
        for output in out {
            if let LocalSiteOutput::Of(_, LocalOutput::Send { packet, .. }) = output {
                let message = to_remote(self.scope, packet);
                again.push(self.memory.message_number(self.scope, message));
            }
        }
        again.sort_unstable();
        again.dedup();
        self.memory.resends.insert(local, again);
    }

    /// A message that leaves; in the same step it arrives where no crash may come any more, and none did in this one.
    fn sent(&mut self, message: Message, effects: &[Effect]) -> Effect {
        let is_up =
            !effects.iter().any(|effect| matches!(effect, Effect::LocalDown(_) | Effect::RemoteDown(_)));
        let at_once = is_up && self.scope.is_at_once(&message, true);
        Effect::Send { message: self.memory.message_number(self.scope, message), at_once }
    }

    /// The local site answers an input.
    pub(super) fn local_input(
        &self,
        state: &mut State,
        input: LocalSiteInput,
        happened: &mut Happened,
    ) -> Asked<()> {
        self.local(state, self.memory.local_input(input)?, happened)
    }

    pub(super) fn local(&self, state: &mut State, input: u32, happened: &mut Happened) -> Asked<()> {
        let (after, answer) = self.memory.after_local(state[LOCAL], input, self.front(state).now)?;
        state[LOCAL] = after;
        self.take_effect(state, answer, happened)
    }

    /// The remote site answers an input.
    pub(super) fn site_input(
        &self,
        state: &mut State,
        input: RemoteSiteInput,
        happened: &mut Happened,
    ) -> Asked<()> {
        self.site(state, self.memory.site_input(input)?, happened)
    }

    pub(super) fn site(&self, state: &mut State, input: u32, happened: &mut Happened) -> Asked<()> {
        let (after, answer) = self.memory.after_site(state[REMOTE], input)?;
        state[REMOTE] = after;
        self.take_effect(state, answer, happened)
    }

    fn take_effect(&self, state: &mut State, number: u32, happened: &mut Happened) -> Asked<()> {
        let answer = self.memory.answers.get(number);
        if answer.effects.is_empty() {
            return Ok(());
        }
        let mut front = *self.front(state);
        let is_calm = front.is_calm();
        if answer.has_facts {
            let facts = match happened.held_until {
                None => self.memory.facts_of(number, front.now)?,
                held => self.memory.facts(answer.facts(front.now, held))?,
            };
            self.judge(state, facts, happened)?;
        }
        if answer.changes_front {
            for effect in &answer.effects {
                match *effect {
                    Effect::Completed(write) => front.completed |= 1 << self.scope.number_of(write),
                    Effect::LocalDown(local) => front.crash_local(local),
                    Effect::RemoteDown(remote) => front.down |= 1 << (REMOTE_BIT + remote.0),
                    Effect::Fact(_) | Effect::Send { .. } | Effect::Abandoned(_) | Effect::Cut(..) => {}
                }
            }
            self.set_front(state, front)?;
        }
        if answer.changes_net[usize::from(is_calm)] {
            state[NET] = self.memory.after_changes(state[NET], number, is_calm)?;
        }
        if happened.is_told {
            let sent = answer.effects.iter().filter_map(|effect| match *effect {
                Effect::Send { message, .. } => Some(message),
                _ => None,
            });
            happened.sent.extend(sent);
            let cuts = answer.effects.iter().filter_map(|effect| match *effect {
                Effect::Cut(group, step) => Some((group, step)),
                _ => None,
            });
            happened.cuts.extend(cuts);
        }
        for effect in &answer.effects {
            if let Effect::Send { message, at_once: true } = *effect
                && is_calm
            {
                self.arrive(state, message, happened)?;
            }
        }
        for effect in &answer.effects {
            if let Effect::Abandoned(write) = *effect {
                self.issue(state, write.slot + self.scope.writes.len() as u32, happened)?;
            }
        }
        Ok(())
    }

    fn work_out_local(&mut self, local: u32, input: u32, now: u32) -> (u32, u32) {
        let mut machine = LocalSite::clone(self.memory.locals.get(local));
        let input = LocalSiteInput::clone(self.memory.local_inputs.get(input));
        let mut effects = Vec::new();
        let mut inputs = VecDeque::from([(input, instant(now))]);
        let mut out = Vec::new();
        while let Some((input, now)) = inputs.pop_front() {
            // Process 211 comes later than process 210.
            let later = matches!(input, LocalSiteInput::Due(LocalTimer { of: TimerOf::Send(_), .. }));
            let at = if later { now + self.scope.settings.send_delay } else { now };
            let system = input.system(&self.scope.settings);
            let reading = system.map_or(0, |local| self.scope.local_clocks[local.index()].reading(now));
            let context = Context { settings: &self.scope.settings, now: at, reading };
            machine.handle(&context, input, &mut out);
            for output in out.drain(..) {
                match output {
                    LocalSiteOutput::Of(local, output) => match output {
                        LocalOutput::Accepted(write) => {
                            effects.push(Effect::Fact(Record::Accepted { write }));
                        }
                        // An earlier completion only asks for more.
                        LocalOutput::Complete(write, wait) if wait > 1 => {
                            let held = Message::Held(write, now.as_ns() + wait);
                            effects.push(self.sent(held, &effects));
                        }
                        LocalOutput::Complete(write, _) => {
                            inputs.push_back((LocalSiteInput::HostHears(write), now));
                        }
                        LocalOutput::Send { packet, .. } => {
                            effects.push(self.sent(to_remote(self.scope, packet), &effects));
                            if let Packet::WriteData(data) = packet
                                && self.scope.settings.discipline.completion == Completion::OnLine
                            {
                                let on_line = Message::OnLine(local, data.stream, data.number, data.write);
                                effects.push(self.sent(on_line, &effects));
                            }
                        }
                        LocalOutput::Destage { entry, write, .. } => {
                            let message = Message::WritingLocally(local, entry, write);
                            effects.push(self.sent(message, &effects));
                        }
                        LocalOutput::Folded { write, into } => {
                            effects.push(Effect::Fact(Record::Folded { write, into }));
                        }
                        LocalOutput::CacheLost(write) => {
                            effects.push(Effect::Fact(Record::LocalCacheLost { write }));
                        }
                        _ => {}
                    },
                    LocalSiteOutput::Completed(write) => effects.push(Effect::Completed(write)),
                    LocalSiteOutput::Arm(timer @ LocalTimer { of: TimerOf::Fix(_), .. }, at) => {
                        inputs.push_back((LocalSiteInput::Due(timer), at));
                    }
                    LocalSiteOutput::Arm(LocalTimer { of: TimerOf::Send(local), life }, _) => {
                        effects.push(self.sent(Message::SendDue(local, life), &effects));
                    }
                    LocalSiteOutput::ArmRetry(write) => {
                        effects.push(self.sent(Message::Waits(write), &effects));
                    }
                    LocalSiteOutput::Abandoned(write) => effects.push(Effect::Abandoned(write)),
                    LocalSiteOutput::Cut(group, step) => effects.push(Effect::Cut(group, step)),
                    LocalSiteOutput::Down(local) => effects.push(Effect::LocalDown(local)),
                    // Other timers run out whenever their rules allow.
                    LocalSiteOutput::Arm(..) | LocalSiteOutput::ArmCut(..) | LocalSiteOutput::Failed(..) => {}
                }
            }
        }
        (self.memory.locals.number(machine), self.memory.answers.number(Answer::new(effects)))
    }

    fn work_out_site(&mut self, site: u32, input: u32) -> (u32, u32) {
        let mut machine = RemoteSite::clone(self.memory.sites.get(site));
        let mut effects = Vec::new();
        let mut inputs = VecDeque::from([RemoteSiteInput::clone(self.memory.site_inputs.get(input))]);
        // What the site does hangs on no time.
        let context = Context { settings: &self.scope.settings, now: SimTime::ZERO, reading: 0 };
        let mut out = Vec::new();
        while let Some(input) = inputs.pop_front() {
            machine.handle(&context, input, &mut out);
            for output in out.drain(..) {
                let message = match output {
                    RemoteSiteOutput::SendReport(remote, lines) => Message::Report(remote, lines),
                    RemoteSiteOutput::SendLimits(remote, lines) => Message::Limits(remote, lines),
                    RemoteSiteOutput::ArmMaster => {
                        inputs.push_back(RemoteSiteInput::MasterDue);
                        continue;
                    }
                    RemoteSiteOutput::Down(remote) => {
                        effects.push(Effect::RemoteDown(remote));
                        continue;
                    }
                    RemoteSiteOutput::ArmActivate(_)
                    | RemoteSiteOutput::ArmAsk(..)
                    | RemoteSiteOutput::Recovered => continue,
                    RemoteSiteOutput::Of(remote, output) => match self.of_remote(remote, output) {
                        Ok(message) => message,
                        Err(fact) => {
                            effects.extend(fact.map(Effect::Fact));
                            continue;
                        }
                    },
                };
                effects.push(self.sent(message, &effects));
            }
        }
        (self.memory.sites.number(machine), self.memory.answers.number(Answer::new(effects)))
    }

    /// What a remote system does is a message under way, or a fact, or neither.
    fn of_remote(&self, remote: RemoteId, output: RemoteOutput) -> Result<Message, Option<Record>> {
        let settings = &self.scope.settings;
        Err(Some(match output {
            // That a write is there, and its completion follows, only puts off a timer.
            RemoteOutput::Complete { packet: Packet::Received { .. }, .. }
            | RemoteOutput::Refused(_)
            | RemoteOutput::Report(..)
            | RemoteOutput::MayDestage(_)
            | RemoteOutput::Cancelled(_)
            | RemoteOutput::ArmAsk(_) => return Err(None),
            RemoteOutput::Complete { packet, .. } | RemoteOutput::Ask(packet) => {
                return Ok(to_local(self.scope, packet));
            }
            RemoteOutput::Destage { entry, write, unit, position } => {
                return Ok(Message::Writing { remote, slot: entry, write, unit, position });
            }
            RemoteOutput::Cached(write, key) => Record::RemoteCached { write, remote, key },
            RemoteOutput::StampReceived(pair, key) => Record::StampReceived { pair, key },
            RemoteOutput::LimitStored(domain, limit) => {
                let group = match settings.rules.limit_scope {
                    LimitScope::Global => None,
                    LimitScope::Group => Some(GroupId(domain.0)),
                };
                Record::LimitStored { remote, group, limit }
            }
            RemoteOutput::CacheLost(write) | RemoteOutput::Discarded(write) => {
                Record::RemoteCacheLost { write, remote }
            }
        }))
    }
}

/// A packet for the remote system of its stream.
pub(super) fn to_remote(scope: &Scope, packet: Packet) -> Message {
    Message::ToRemote(scope.settings.layout.streams[stream_of(&packet).index()].key.remote, packet)
}

/// A packet for the local system of its stream.
pub(super) fn to_local(scope: &Scope, packet: Packet) -> Message {
    Message::ToLocal(scope.settings.layout.streams[stream_of(&packet).index()].key.local, packet)
}

/// The stream of a packet.
fn stream_of(packet: &Packet) -> StreamId {
    match *packet {
        Packet::WriteData(data) => data.stream,
        Packet::Barrier(barrier) => barrier.stream,
        Packet::Marker { stream, .. }
        | Packet::Clock { stream, .. }
        | Packet::Request { stream, .. }
        | Packet::Answer { stream, .. }
        | Packet::Received { stream, .. }
        | Packet::Completion { stream, .. } => stream,
    }
}
