//! The machines of a run, and one step of them: states as numbers of parts, and what leads from one to another.
//!
//! A state is a row of numbers: hosts and bounds, messages under way, the judge, the local site, the remote site. A
//! part that many states share is held once, and what an input makes of a part is worked out once. So a step costs a few
//! look-ups, and a state a few words; nothing is approximated, since parts are compared whole.

mod answers;

use answers::Effect;

use super::action::{Action, Kind};
use super::parts::{Front, Judge, Message, Net, NetChange, REMOTE_BIT};
use super::pool::{FastMap, Pool};
use super::scope::{LONG, Scope};
use crate::protocol::disk::{
    LocalSite, LocalSiteInput, LocalTimer, Packet, RemoteSite, RemoteSiteInput, StreamId, TimerOf,
    WriteRequest,
};
use crate::protocol::rules::Control;
use crate::protocol::transport::SendingId;
use crate::trace::Record;
use crate::units::{LocalId, RemoteId, SimTime, WriteRef};

/// A state: the numbers of its parts.
pub type State = [u32; 5];

/// Places of the parts in a state.
const FRONT: usize = 0;
const NET: usize = 1;
const JUDGE: usize = 2;
const LOCAL: usize = 3;
const REMOTE: usize = 4;

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
    /// The same, where one message arrives or leaves.
    after_one: FastMap<(u32, u32), u32>,
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
            after_one: FastMap::default(),
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
            Kind::Crash | Kind::CrashBeforeSend | Kind::Restart => {
                self.control_unit(&mut next, action, happened);
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
            let facts = match self.facts.find(&happened.facts) {
                Some(known) => known,
                None => self.facts.number(happened.facts.clone()),
            };
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

    /// A control unit crashes, is to crash, or goes on.
    fn control_unit(&mut self, next: &mut State, action: Action, happened: &mut Happened) {
        let scope = self.scope;
        let mut front = **self.fronts.get(next[FRONT]);
        match action.kind {
            Kind::Crash => {
                front.left.crashes -= 1;
                next[FRONT] = self.fronts.number(front);
                if let Some(remote) = action.what.checked_sub(REMOTE_BIT).map(RemoteId) {
                    self.site(next, RemoteSiteInput::Crash(remote), happened);
                } else {
                    self.local(next, LocalSiteInput::Crash(LocalId(action.what)), happened);
                }
            }
            Kind::CrashBeforeSend => {
                front.left.crashes -= 1;
                front.to_crash |= 1 << action.what;
                next[FRONT] = self.fronts.number(front);
                let local = LocalId(action.what);
                self.local(next, LocalSiteInput::CrashBeforeSend(local, 0), happened);
            }
            _ => {
                front.down &= !(1 << action.what);
                next[FRONT] = self.fronts.number(front);
                if let Some(remote) = action.what.checked_sub(REMOTE_BIT).map(RemoteId) {
                    self.site(next, RemoteSiteInput::Restart(remote), happened);
                } else {
                    let local = LocalId(action.what);
                    self.local(next, LocalSiteInput::Restart(local), happened);
                    // It sends again what is outstanding.
                    for message in self.resendable(next) {
                        let of_local = |stream: StreamId| {
                            scope.settings.layout.streams[stream.index()].key.local == local
                        };
                        if stream_of(self.messages.get(message)).is_some_and(of_local) {
                            self.send(next, message, happened);
                        }
                    }
                }
            }
        }
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
        // The common case: one message arrives or leaves.
        if let &[change] = &changes[..] {
            let code = match change {
                NetChange::Take(message) => message << 1,
                NetChange::Put(message) | NetChange::Append(_, message) => message << 1 | 1,
            };
            let key = (state[NET], code);
            state[NET] = if let Some(&known) = self.after_one.get(&key) {
                known
            } else {
                let number = self.nets.number(self.nets.get(key.0).after(&changes));
                self.after_one.insert(key, number);
                number
            };
            return;
        }
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
