//! What the machines of the protocol answer to an input, worked out once, and what that leads to outside of them.

use std::collections::VecDeque;

use super::{FRONT, Happened, LOCAL, Machines, REMOTE, State, instant};
use crate::explore::parts::{Message, REMOTE_BIT};
use crate::explore::scope::Scope;
use crate::protocol::disk::{
    Context, LocalOutput, LocalSite, LocalSiteInput, LocalSiteOutput, LocalTimer, Packet, RemoteOutput,
    RemoteSite, RemoteSiteInput, RemoteSiteOutput, TimerOf,
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
    Send(u32),
    /// The host has the completion.
    Completed(WriteRef),
    /// The host gives the write up, and issues its data as another write.
    Abandoned(WriteRef),
    /// A local system is down.
    LocalDown(LocalId),
    /// A remote system is down.
    RemoteDown(RemoteId),
}

impl Machines<'_> {
    /// What the local systems send again is asked of a copy of them, all of whose timers run out: which of them does
    /// first is for the network to say, and the machine itself goes on as if none had.
    pub(super) fn work_out_resends(&mut self, state: &State) {
        let local = state[LOCAL];
        if self.resends.contains_key(&local) {
            return;
        }
        let mut again = Vec::new();
        let mut copy = LocalSite::clone(self.locals.get(local));
        let context = Context { settings: &self.scope.settings, now: LATE, reading: 0 };
        let mut out = Vec::new();
        for id in (0..self.scope.scenario.local_systems.len()).map(LocalId::from) {
            let timer = LocalTimer { of: TimerOf::Resend(id), life: self.front(state).life(id) };
            copy.handle(&context, LocalSiteInput::Due(timer), &mut out);
        }
        for output in out {
            if let LocalSiteOutput::Of(_, LocalOutput::Send { packet, .. }) = output {
                again.push(self.messages.number(to_remote(self.scope, packet)));
            }
        }
        again.sort_unstable();
        again.dedup();
        self.resends.insert(local, again);
    }

    /// The local site answers an input.
    pub(super) fn local(&mut self, state: &mut State, input: LocalSiteInput, happened: &mut Happened) {
        let now = self.front(state).now;
        let key = (state[LOCAL], self.local_inputs.number((input, now)));
        let (after, effects) = if let Some(&known) = self.after_local.get(&key) {
            known
        } else {
            let worked_out = self.work_out_local(state[LOCAL], input, now);
            self.after_local.insert(key, worked_out);
            worked_out
        };
        state[LOCAL] = after;
        self.take_effect(state, effects, happened);
    }

    fn work_out_local(&mut self, local: u32, input: LocalSiteInput, now: u32) -> (u32, u32) {
        let mut machine = LocalSite::clone(self.locals.get(local));
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
                            effects.push(Effect::Send(self.messages.number(held)));
                        }
                        LocalOutput::Complete(write, _) => {
                            inputs.push_back((LocalSiteInput::HostHears(write), now));
                        }
                        LocalOutput::Send { packet, .. } => {
                            effects.push(Effect::Send(self.messages.number(to_remote(self.scope, packet))));
                        }
                        LocalOutput::Destage { entry, write, .. } => {
                            let message = Message::WritingLocally(local, entry, write);
                            effects.push(Effect::Send(self.messages.number(message)));
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
                        effects.push(Effect::Send(self.messages.number(Message::SendDue(local, life))));
                    }
                    LocalSiteOutput::ArmRetry(write) => {
                        effects.push(Effect::Send(self.messages.number(Message::Waits(write))));
                    }
                    LocalSiteOutput::Abandoned(write) => effects.push(Effect::Abandoned(write)),
                    LocalSiteOutput::Down(local) => effects.push(Effect::LocalDown(local)),
                    // Other timers run out whenever their rules allow.
                    LocalSiteOutput::Arm(..) | LocalSiteOutput::Failed(..) => {}
                }
            }
        }
        (self.locals.number(machine), self.effects.number(effects))
    }

    /// The remote site answers an input.
    pub(super) fn site(&mut self, state: &mut State, input: RemoteSiteInput, happened: &mut Happened) {
        let key = (state[REMOTE], self.site_inputs.number(input));
        let (after, effects) = if let Some(&known) = self.after_site.get(&key) {
            known
        } else {
            let worked_out = self.work_out_site(state[REMOTE], key.1);
            self.after_site.insert(key, worked_out);
            worked_out
        };
        state[REMOTE] = after;
        self.take_effect(state, effects, happened);
    }

    fn work_out_site(&mut self, site: u32, input: u32) -> (u32, u32) {
        let mut machine = RemoteSite::clone(self.sites.get(site));
        let mut effects = Vec::new();
        let mut inputs = VecDeque::from([RemoteSiteInput::clone(self.site_inputs.get(input))]);
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
                    RemoteSiteOutput::ArmActivate(_) | RemoteSiteOutput::Recovered => continue,
                    RemoteSiteOutput::Of(remote, output) => match self.of_remote(remote, output) {
                        Ok(message) => message,
                        Err(fact) => {
                            effects.extend(fact.map(Effect::Fact));
                            continue;
                        }
                    },
                };
                effects.push(Effect::Send(self.messages.number(message)));
            }
        }
        (self.sites.number(machine), self.effects.number(effects))
    }

    /// What a remote system does is a message under way, or a fact, or neither.
    fn of_remote(&self, remote: RemoteId, output: RemoteOutput) -> Result<Message, Option<Record>> {
        let settings = &self.scope.settings;
        Err(Some(match output {
            RemoteOutput::Complete { packet, .. } => {
                let Packet::Completion { stream, .. } = packet else { return Err(None) };
                let local = settings.layout.streams[stream.index()].key.local;
                return Ok(Message::ToLocal(local, packet));
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
            RemoteOutput::Refused(_)
            | RemoteOutput::Report(..)
            | RemoteOutput::MayDestage(_)
            | RemoteOutput::Cancelled(_) => return Err(None),
        }))
    }

    fn take_effect(&mut self, state: &mut State, effects: u32, happened: &mut Happened) {
        let effects = std::rc::Rc::clone(self.effects.get(effects));
        if effects.is_empty() {
            return;
        }
        let mut front = **self.fronts.get(state[FRONT]);
        let (mut changes, mut at_once, mut again) = (Vec::new(), Vec::new(), Vec::new());
        for effect in effects.iter() {
            match *effect {
                Effect::Fact(record) => happened.facts.push((instant(front.now), record)),
                Effect::Send(message) => {
                    happened.sent.push(message);
                    if self.scope.is_at_once(self.messages.get(message), front.is_calm()) {
                        at_once.push(message);
                    } else {
                        changes.push(self.sending(message));
                    }
                }
                Effect::Completed(write) => {
                    front.completed |= 1 << self.scope.number_of(write);
                    // After everything issued so far, before everything issued later.
                    let soon = SimTime::from_ns(instant(front.now).as_ns() + 1);
                    let at = happened.held_until.unwrap_or(soon);
                    happened.facts.push((at, Record::Completed { write }));
                }
                Effect::Abandoned(write) => {
                    happened.facts.push((instant(front.now), Record::Abandoned { write }));
                    again.push(write.slot + self.scope.writes.len() as u32);
                }
                Effect::LocalDown(local) => {
                    front.crash_local(local);
                    changes.extend(self.under_way(state, |message| match message {
                        Message::WritingLocally(at, ..) | Message::SendDue(at, _) => *at == local,
                        _ => false,
                    }));
                }
                Effect::RemoteDown(remote) => {
                    front.down |= 1 << (REMOTE_BIT + remote.0);
                    let is_there = |message: &Message| matches!(message, Message::Writing { remote: at, .. } if *at == remote);
                    changes.extend(self.under_way(state, is_there));
                }
            }
        }
        state[FRONT] = self.fronts.number(front);
        if !changes.is_empty() {
            self.change_net(state, changes);
        }
        for message in at_once {
            self.arrive(state, message, happened);
        }
        for number in again {
            self.issue(state, number, happened);
        }
    }
}

/// A packet for the remote system of its stream.
fn to_remote(scope: &Scope, packet: Packet) -> Message {
    let stream = match packet {
        Packet::WriteData(data) => data.stream,
        Packet::Marker { stream, .. } | Packet::Clock { stream, .. } | Packet::Completion { stream, .. } => {
            stream
        }
    };
    Message::ToRemote(scope.settings.layout.streams[stream.index()].key.remote, packet)
}
