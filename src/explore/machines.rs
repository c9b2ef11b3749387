//! The machines of a run, and one step of them: states as numbers of parts, and what leads from one to another.
//!
//! A state is a row of numbers: hosts and bounds, messages under way, the judge, the local site, the remote site. A
//! part that many states share is held once, and what an input makes of a part is worked out once. So a step costs a few
//! look-ups, and a state a few words; nothing is approximated, since parts are compared whole.

use std::collections::VecDeque;

use super::action::{Action, Kind};
use super::parts::{Front, Judge, Message, Net, NetChange, REMOTE_BIT};
use super::pool::{FastMap, Pool};
use super::scope::{LONG, Scope};
use crate::protocol::disk::{
    Context, LocalOutput, LocalSite, LocalSiteInput, LocalSiteOutput, LocalTimer, Packet, RemoteOutput,
    RemoteSite, RemoteSiteInput, RemoteSiteOutput, StreamId, TimerOf, WriteRequest,
};
use crate::protocol::rules::{Control, LimitScope};
use crate::protocol::transport::SendingId;
use crate::trace::Record;
use crate::units::{GroupId, LocalId, RemoteId, SimTime, WriteRef};

/// A state: the numbers of its parts.
pub type State = [u32; 5];

/// Places of the parts in a state.
const FRONT: usize = 0;
const NET: usize = 1;
const JUDGE: usize = 2;
const LOCAL: usize = 3;
const REMOTE: usize = 4;

/// After every timer that a machine has armed.
const LATE: SimTime = SimTime::from_ns(u64::MAX / 4);

/// What a machine's answer leads to outside of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Effect {
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

/// Input and output of the machines by number, and the table of what follows from what.
#[derive(Debug)]
pub struct Machines<'a> {
    scope: &'a Scope<'a>,
    fronts: Pool<Front>,
    nets: Pool<Net>,
    judges: Pool<Judge>,
    sites: Pool<RemoteSite>,
    locals: Pool<LocalSite>,
    messages: Pool<Message>,
    effects: Pool<Vec<Effect>>,
    changes: Pool<Vec<NetChange>>,
    facts: Pool<Vec<(SimTime, Record)>>,
    local_inputs: Pool<(LocalSiteInput, u32)>,
    site_inputs: Pool<RemoteSiteInput>,
    after_local: FastMap<(u32, u32), (u32, u32)>,
    after_site: FastMap<(u32, u32), (u32, u32)>,
    after_net: FastMap<(u32, u32), u32>,
    after_judge: FastMap<(u32, u32), u32>,
    /// By number of a local system: the messages that it would send again.
    resends: FastMap<u32, Vec<u32>>,
}

/// What happened in one step beside the change of state.
#[derive(Clone, Debug, Default)]
pub struct Happened {
    /// Facts, in their order.
    pub facts: Vec<(SimTime, Record)>,
    /// Messages that left.
    pub sent: Vec<u32>,
    /// When a completion that was held leaves.
    held_until: Option<SimTime>,
}

impl<'a> Machines<'a> {
    /// Nothing has happened yet.
    pub fn new(scope: &'a Scope<'a>) -> Self {
        Self {
            scope,
            fronts: Pool::default(),
            nets: Pool::default(),
            judges: Pool::default(),
            sites: Pool::default(),
            locals: Pool::default(),
            messages: Pool::default(),
            effects: Pool::default(),
            changes: Pool::default(),
            facts: Pool::default(),
            local_inputs: Pool::default(),
            site_inputs: Pool::default(),
            after_local: FastMap::default(),
            after_site: FastMap::default(),
            after_net: FastMap::default(),
            after_judge: FastMap::default(),
            resends: FastMap::default(),
        }
    }

    /// The state in which everything begins.
    pub fn start(&mut self) -> State {
        let scope = self.scope;
        let mut front = Front::new(scope.start_bounds());
        if !scope.are_clocks_perfect() {
            front.now = LONG; // A clock does not go below zero.
        }
        let remotes = scope.scenario.remote_systems.len();
        let local = scope.scenario.local_systems.iter().map(|system| (system.units, system.cache));
        let remote = scope.scenario.remote_systems.iter().map(|system| (system.units, system.cache));
        let mut state = [
            self.fronts.number(front),
            self.nets.number(Net { any_order: vec![], lines: vec![vec![]; remotes * 2] }),
            self.judges.number(Judge::new(&scope.preamble)),
            self.locals.number(LocalSite::new(&scope.settings, local)),
            self.sites.number(RemoteSite::new(&scope.settings, remote)),
        ];
        let mut happened = Happened::default();
        self.site(&mut state, RemoteSiteInput::Start, &mut happened);
        if scope.settings.has_limits() && !scope.settings.is_periodic() {
            self.site(&mut state, RemoteSiteInput::Activate, &mut happened);
        }
        state
    }

    /// The hosts, and what may still go wrong.
    pub fn front(&self, state: &State) -> &Front {
        self.fronts.get(state[FRONT])
    }

    /// What is under way.
    pub fn net(&self, state: &State) -> &Net {
        self.nets.get(state[NET])
    }

    /// The judge.
    pub fn judge(&self, state: &State) -> &Judge {
        self.judges.get(state[JUDGE])
    }

    /// The number of the judge: equal numbers, equal judges.
    pub fn judge_number(state: &State) -> u32 {
        state[JUDGE]
    }

    /// A message.
    pub fn message(&self, number: u32) -> &Message {
        self.messages.get(number)
    }

    /// Distinct parts held, by name.
    pub fn parts(&self) -> [(&'static str, usize); 5] {
        [
            ("hosts and bounds", self.fronts.count()),
            ("messages under way", self.nets.count()),
            ("judge", self.judges.count()),
            ("remote site", self.sites.count()),
            ("local site", self.locals.count()),
        ]
    }

    /// Has everything been written, copied and completed?
    pub fn is_complete(&self, state: &State) -> bool {
        self.front(state).issued as usize == self.scope.writes.len() && self.judge(state).is_settled()
    }

    /// What is left to do until everything is complete.
    pub fn undone(&self, state: &State) -> usize {
        let to_issue = self.scope.writes.len() - self.front(state).issued as usize;
        to_issue * 6 + self.judge(state).undone()
    }

    /// Timers that may run out at any time, whatever the bounds say.
    pub fn timers(&self) -> Vec<Action> {
        let settings = &self.scope.settings;
        let activate = self.scope.allows(Kind::Activate).then_some(Action { kind: Kind::Activate, what: 0 });
        let streams = if settings.sends_markers() { settings.layout.streams.len() as u32 } else { 0 };
        let markers = (0..streams).map(|what| Action { kind: Kind::Marker, what });
        activate.into_iter().chain(markers).collect()
    }

    /// What may happen next, in a fixed order.
    pub fn actions(&mut self, state: &State, out: &mut Vec<Action>) {
        let scope = self.scope;
        let front = *self.front(state);
        let mut add = |kind, what| {
            // Time that passes shows only in what is issued or sent next.
            let shows = matches!(kind, Kind::Issue | Kind::Request | Kind::Marker | Kind::Complete);
            if shows || !front.rested {
                out.push(Action { kind, what });
            }
        };
        if let Some(write) = scope.writes.get(front.issued as usize)
            && write.after & !front.completed == 0
        {
            add(Kind::Issue, front.issued);
        }
        let net = std::rc::Rc::clone(self.nets.get(state[NET]));
        // Reports, limits that overtake nothing.
        let mut said = false;
        for number in net.next() {
            let message = &**self.messages.get(number);
            // What reaches a system that is down is lost, and a lost packet is one that has not arrived yet; and who tries
            // again meanwhile waits again.
            if !front.is_up(scope.receiver(message)) {
                continue;
            }
            add(kind_of(message), number);
            match message {
                Message::ToRemote(..) => {
                    if front.left.losses > 0 {
                        add(Kind::Lose, number);
                    }
                    if front.left.duplicates > 0 {
                        add(Kind::Duplicate, number);
                    }
                }
                // A completion that comes again is dropped: to lose it is all that may go wrong.
                Message::ToLocal(..) if front.left.losses > 0 => add(Kind::Lose, number),
                Message::Report(..) | Message::Limits(..) => {
                    said |= !scope.control_reorders || matches!(message, Message::Report(..));
                    if front.left.control_losses > 0 {
                        add(Kind::LoseControl, number);
                    }
                }
                Message::Request(..)
                | Message::ToLocal(..)
                | Message::Writing { .. }
                | Message::WritingLocally(..)
                | Message::SendDue(..)
                | Message::Waits(_)
                | Message::Held(..) => {}
            }
        }
        for (stream, known) in (0..).zip(&scope.settings.layout.streams) {
            if front.left.markers > 0 && front.is_up(known.key.local.0) {
                add(Kind::Marker, stream);
            }
        }
        let (locals, remotes) = (scope.settings.locals as u32, scope.settings.remotes as u32);
        for system in (0..locals).chain(REMOTE_BIT..REMOTE_BIT + remotes) {
            if !front.is_up(system) {
                add(Kind::Restart, system);
            } else if front.left.crashes > 0 {
                add(Kind::Crash, system);
                if system < REMOTE_BIT && front.to_crash >> system & 1 == 0 {
                    add(Kind::CrashBeforeSend, system);
                }
            }
        }
        let to_come = (front.issued as usize) < scope.writes.len() || front.left.markers > 0;
        if scope.allows(Kind::Pass) && front.may_pass && to_come {
            add(Kind::Pass, 0);
        }
        // Where none overtakes, a report while others are under way says what one says that leaves when they have arrived,
        // or are lost; else it may be one too many to be counted. A slave that waits reports nothing.
        let waits = scope.settings.rules.control == Control::Wait;
        if scope.allows(Kind::Activate) && (waits || !said) {
            add(Kind::Activate, 0);
        }
        if front.left.resends > 0 && !front.rested {
            out.extend(self.resendable(state).into_iter().map(|what| Action { kind: Kind::Resend, what }));
        }
    }

    /// Messages that are outstanding and not under way.
    pub fn resendable(&mut self, state: &State) -> Vec<u32> {
        self.work_out_resends(state);
        let net = self.nets.get(state[NET]);
        let outstanding = self.resends.get(&(state[LOCAL])).into_iter().flatten();
        outstanding.copied().filter(|&message| !net.has(message)).collect()
    }

    /// Messages under way of which this is true.
    fn under_way(&self, state: &State, is_it: impl Fn(&Message) -> bool) -> Vec<NetChange> {
        let net = self.nets.get(state[NET]);
        let found = net.any_order.iter().filter(|&&message| is_it(self.messages.get(message)));
        found.map(|&message| NetChange::Take(message)).collect()
    }

    /// What the local systems send again is asked of a copy of them, all of whose timers run out: which of them does
    /// first is for the network to say, and the machine itself goes on as if none had.
    fn work_out_resends(&mut self, state: &State) {
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

    /// The state after an action.
    pub fn step(&mut self, state: &State, action: Action, happened: &mut Happened) -> State {
        let mut next = *state;
        let scope = self.scope;
        let mut front = **self.fronts.get(state[FRONT]);
        match action.kind {
            Kind::Issue => {
                front.issued += 1;
                next[FRONT] = self.fronts.number(front);
                self.issue(&mut next, action.what, happened);
            }
            Kind::Crash => {
                front.left.crashes -= 1;
                next[FRONT] = self.fronts.number(front);
                if let Some(remote) = action.what.checked_sub(REMOTE_BIT).map(RemoteId) {
                    self.site(&mut next, RemoteSiteInput::Crash(remote), happened);
                } else {
                    self.local(&mut next, LocalSiteInput::Crash(LocalId(action.what)), happened);
                }
            }
            Kind::CrashBeforeSend => {
                front.left.crashes -= 1;
                front.to_crash |= 1 << action.what;
                next[FRONT] = self.fronts.number(front);
                let local = LocalId(action.what);
                self.local(&mut next, LocalSiteInput::CrashBeforeSend(local, 0), happened);
            }
            Kind::Restart => {
                front.down &= !(1 << action.what);
                next[FRONT] = self.fronts.number(front);
                if let Some(remote) = action.what.checked_sub(REMOTE_BIT).map(RemoteId) {
                    self.site(&mut next, RemoteSiteInput::Restart(remote), happened);
                } else {
                    let local = LocalId(action.what);
                    self.local(&mut next, LocalSiteInput::Restart(local), happened);
                    // It sends again what is outstanding.
                    for message in self.resendable(&next) {
                        let of_local = |stream: StreamId| {
                            scope.settings.layout.streams[stream.index()].key.local == local
                        };
                        if stream_of(self.messages.get(message)).is_some_and(of_local) {
                            self.send(&mut next, message, happened);
                        }
                    }
                }
            }
            Kind::Marker => {
                front.left.markers = front.left.markers.saturating_sub(1);
                next[FRONT] = self.fronts.number(front);
                self.go_on(&mut next, front.now + 1, happened);
                let stream = StreamId(action.what);
                let local = scope.settings.layout.streams[stream.index()].key.local;
                let timer = LocalTimer { of: TimerOf::Marker(stream), life: front.life(local) };
                self.local(&mut next, LocalSiteInput::Due(timer), happened);
            }
            Kind::Pass => {
                front.now += LONG;
                (front.rested, front.may_pass) = (true, false);
                next[FRONT] = self.fronts.number(front);
            }
            Kind::Activate => self.site(&mut next, RemoteSiteInput::Activate, happened),
            Kind::Resend => {
                front.left.resends = front.left.resends.saturating_sub(1);
                next[FRONT] = self.fronts.number(front);
                self.send(&mut next, action.what, happened);
            }
            Kind::Lose | Kind::LoseControl => {
                if action.kind == Kind::Lose {
                    front.left.losses -= 1;
                } else {
                    front.left.control_losses -= 1;
                }
                next[FRONT] = self.fronts.number(front);
                self.change_net(&mut next, vec![NetChange::Take(action.what)]);
            }
            Kind::Duplicate => {
                front.left.duplicates -= 1;
                next[FRONT] = self.fronts.number(front);
                self.arrive(&mut next, action.what, happened);
            }
            Kind::Request
            | Kind::ReceiveWrite
            | Kind::ReceiveMarker
            | Kind::ReceiveCompletion
            | Kind::Report
            | Kind::Limit
            | Kind::Destage
            | Kind::DestageLocally
            | Kind::Send
            | Kind::Complete
            | Kind::Retry => {
                self.change_net(&mut next, vec![NetChange::Take(action.what)]);
                self.arrive(&mut next, action.what, happened);
            }
        }
        if !happened.facts.is_empty() {
            let facts = self.facts.number(happened.facts.clone());
            let key = (next[JUDGE], facts);
            next[JUDGE] = if let Some(&known) = self.after_judge.get(&key) {
                known
            } else {
                let after = self.judges.get(key.0).after(self.facts.get(facts));
                let number = self.judges.number(after);
                self.after_judge.insert(key, number);
                number
            };
        }
        next
    }

    /// Time goes on: completions that were held until then leave. A later one would only ask for less.
    fn go_on(&mut self, state: &mut State, now: u32, happened: &mut Happened) {
        let mut front = **self.fronts.get(state[FRONT]);
        (front.now, front.rested) = (now, false);
        state[FRONT] = self.fronts.number(front);
        let due =
            |message: &Message| matches!(message, Message::Held(_, until) if *until <= instant(now).as_ns());
        for taken in self.under_way(state, due) {
            if let NetChange::Take(message) = taken {
                self.change_net(state, vec![taken]);
                self.arrive(state, message, happened);
            }
        }
    }

    /// A host issues a write.
    fn issue(&mut self, state: &mut State, number: u32, happened: &mut Happened) {
        let scope = self.scope;
        let planned = scope.planned(number);
        self.go_on(state, self.front(state).now + 1, happened);
        let now = self.front(state).now;
        let fact = Record::Issued {
            write: reference(number),
            host: planned.host,
            local: planned.local,
            unit: planned.unit,
            pair: Some(planned.pair),
            position: planned.position,
            size: planned.size,
        };
        happened.facts.push((instant(now), fact));
        let stamp = scope.clocks[planned.host.index()].reading(instant(now));
        if scope.delayed[planned.host.index()] {
            let message = self.messages.number(Message::Request(number, stamp));
            self.send(state, message, happened);
        } else {
            self.request(state, number, stamp, happened);
        }
    }

    /// A message reaches whom it is for.
    fn arrive(&mut self, state: &mut State, number: u32, happened: &mut Happened) {
        match Message::clone(self.messages.get(number)) {
            Message::Request(write, stamp) => {
                self.go_on(state, self.front(state).now + 1, happened);
                self.request(state, write, stamp, happened);
            }
            Message::ToRemote(remote, packet) => {
                self.site(state, RemoteSiteInput::Packet(remote, packet), happened);
            }
            Message::ToLocal(local, Packet::Completion { stream, number }) => {
                self.local(
                    state,
                    LocalSiteInput::Completion { local, stream, number, answers: SendingId::default() },
                    happened,
                );
            }
            Message::ToLocal(..) => {}
            Message::Report(remote, lines) => {
                self.site(state, RemoteSiteInput::Report(remote, lines), happened);
            }
            Message::Limits(remote, lines) => {
                self.site(state, RemoteSiteInput::Limits(remote, lines), happened);
            }
            Message::Writing { remote, slot, write, unit, position } => {
                let now = instant(self.front(state).now);
                happened.facts.push((now, Record::RemoteDestaged { write, remote, unit, position }));
                self.site(state, RemoteSiteInput::Landed(remote, slot), happened);
            }
            Message::WritingLocally(local, slot, write) => {
                let now = instant(self.front(state).now);
                happened.facts.push((now, Record::LocalDestaged { write }));
                self.local(state, LocalSiteInput::Landed(local, slot), happened);
            }
            Message::SendDue(local, life) => {
                let timer = LocalTimer { of: TimerOf::Send(local), life };
                self.local(state, LocalSiteInput::Due(timer), happened);
            }
            Message::Held(write, until) => {
                let now = self.front(state).now.max(until.div_ceil(2) as u32);
                self.go_on(state, now, happened);
                happened.held_until = Some(SimTime::from_ns(until));
                self.local(state, LocalSiteInput::HostHears(write), happened);
                happened.held_until = None;
            }
            Message::Waits(write) => self.local(state, LocalSiteInput::RetryDue(write), happened),
        }
    }

    /// A request reaches its local system.
    fn request(&mut self, state: &mut State, number: u32, host_stamp: u64, happened: &mut Happened) {
        let planned = self.scope.planned(number);
        let request = WriteRequest {
            write: reference(number),
            unit: planned.unit,
            pair: Some(planned.pair),
            position: planned.position,
            size: planned.size,
            host_stamp,
        };
        self.local(state, LocalSiteInput::Request(planned.local, request), happened);
    }

    /// The local site answers an input.
    fn local(&mut self, state: &mut State, input: LocalSiteInput, happened: &mut Happened) {
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
    fn site(&mut self, state: &mut State, input: RemoteSiteInput, happened: &mut Happened) {
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

    fn send(&mut self, state: &mut State, message: u32, happened: &mut Happened) {
        happened.sent.push(message);
        let change = self.sending(message);
        self.change_net(state, vec![change]);
    }

    fn sending(&self, message: u32) -> NetChange {
        match **self.messages.get(message) {
            Message::Report(remote, _) if !self.scope.control_reorders => {
                NetChange::Append(remote.0 * 2, message)
            }
            Message::Limits(remote, _) if !self.scope.control_reorders => {
                NetChange::Append(remote.0 * 2 + 1, message)
            }
            _ => NetChange::Put(message),
        }
    }

    fn change_net(&mut self, state: &mut State, changes: Vec<NetChange>) {
        let key = (state[NET], self.changes.number(changes));
        state[NET] = if let Some(&known) = self.after_net.get(&key) {
            known
        } else {
            let after = self.nets.get(key.0).after(self.changes.get(key.1));
            let number = self.nets.number(after);
            self.after_net.insert(key, number);
            number
        };
    }
}

/// Time of the fixing or the issue that `now` counts.
const fn instant(now: u32) -> SimTime {
    SimTime::from_ns(2 * now as u64)
}

/// What a write of the scope is called.
const fn reference(number: u32) -> WriteRef {
    WriteRef { serial: number as u64, slot: number }
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

/// What the arrival of a message is counted as.
const fn kind_of(message: &Message) -> Kind {
    match message {
        Message::Request(..) => Kind::Request,
        Message::ToRemote(_, Packet::WriteData(_)) => Kind::ReceiveWrite,
        Message::ToRemote(..) => Kind::ReceiveMarker,
        Message::ToLocal(..) => Kind::ReceiveCompletion,
        Message::Report(..) => Kind::Report,
        Message::Limits(..) => Kind::Limit,
        Message::Writing { .. } => Kind::Destage,
        Message::WritingLocally(..) => Kind::DestageLocally,
        Message::SendDue(..) => Kind::Send,
        Message::Waits(_) => Kind::Retry,
        Message::Held(..) => Kind::Complete,
    }
}

/// The stream of a packet.
const fn stream_of(message: &Message) -> Option<StreamId> {
    match message {
        Message::ToRemote(_, Packet::WriteData(data)) => Some(data.stream),
        Message::ToRemote(_, Packet::Marker { stream, .. } | Packet::Clock { stream, .. }) => Some(*stream),
        _ => None,
    }
}
