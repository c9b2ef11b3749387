//! The machines of a run, and one step of them: states as numbers of parts, and what leads from one to another.
//!
//! A state is a row of numbers: hosts and bounds, messages under way, the judge, the local site, the remote site. A
//! part that many states share is held once, and what an input makes of a part is worked out once. So a step costs a few
//! look-ups, and a state a few words; nothing is approximated, since parts are compared whole.

mod answers;
mod memory;
mod next;

pub use memory::Unknown;

use memory::{Arrival, Memory};

use super::action::{Action, Kind};
use super::completing::quiet_action;
use super::model::{self, Judged, Model, State};
use super::parts::{Front, Judge, Message, Net, NetChange, REMOTE_BIT};
use super::scope::{LONG, Scope};
use super::told::{Teller, Told};
use crate::protocol::Scheme;
use crate::protocol::disk::ordering::cut::CutStep;
use crate::protocol::disk::{
    LocalSite, LocalSiteInput, LocalTimer, Packet, RemoteSite, RemoteSiteInput, StreamId, TimerOf,
    WriteRequest,
};
use crate::trace::Record;
use crate::units::{GroupId, LocalId, RemoteId, SimTime, WriteRef};
use crate::words::{Check, CheckSet};

/// Places of the parts in a state.
const FRONT: usize = 0;
const NET: usize = 1;
const JUDGE: usize = 2;
const LOCAL: usize = 3;
const REMOTE: usize = 4;

/// The machines of disk systems, with all that was worked out of them.
#[derive(Debug)]
pub struct Machines<'a> {
    scope: &'a Scope<'a>,
    memory: Memory,
}

/// An answer, or what has to be learned first.
type Asked<T> = model::Asked<T, Unknown>;

/// What happened in one step beside the change of state.
#[derive(Clone, Debug, Default)]
pub struct Happened {
    /// Is anybody to be told?
    is_told: bool,
    /// Facts, in their order, by number.
    facts: Vec<u32>,
    /// Messages that left.
    pub sent: Vec<u32>,
    /// What coordinators of cuts did.
    cuts: Vec<(GroupId, CutStep)>,
    /// When a completion that was held leaves.
    held_until: Option<SimTime>,
}

/// One step, with all that is told of it.
#[derive(Clone, Debug)]
pub struct ToldStep {
    /// The state that it leads to.
    pub state: State,
    /// Facts, in their order.
    pub facts: Vec<(SimTime, Record)>,
    /// Messages that left, by number.
    pub sent: Vec<u32>,
    /// What coordinators of cuts did, of which groups.
    pub cuts: Vec<(GroupId, CutStep)>,
}

impl<'a> Machines<'a> {
    /// Nothing has happened yet.
    pub fn new(scope: &'a Scope<'a>) -> Self {
        Self { scope, memory: Memory::default() }
    }

    /// The hosts, and what may still go wrong.
    pub fn front(&self, state: &State) -> &Front {
        self.memory.fronts.get(state[FRONT])
    }

    /// What is under way.
    fn net(&self, state: &State) -> &Net {
        self.memory.nets.get(state[NET])
    }

    /// A message.
    pub fn message(&self, number: u32) -> &Message {
        self.memory.messages.get(number)
    }

    /// Does a local system hold the hosts of a group until a cut is made?
    pub fn holds(&self, state: &State, local: LocalId, group: GroupId) -> bool {
        self.memory.locals.get(state[LOCAL]).holds(local, group)
    }

    /// Does a timer of the coordinator of a group's cuts count, and does a cut begin when it runs out?
    pub fn awaits_cut(&self, state: &State, group: GroupId) -> Option<bool> {
        self.memory.locals.get(state[LOCAL]).awaits_cut(group)
    }

    /// One step, with what happened in it.
    pub fn told_step(&mut self, state: &State, action: Action) -> ToldStep {
        loop {
            let mut happened = Happened { is_told: true, ..Happened::default() };
            match self.take(state, action, &mut happened) {
                Ok(next) => {
                    let facts = happened.facts.iter().flat_map(|&facts| self.memory.facts.get(facts).clone());
                    let facts = facts.collect();
                    return ToldStep { state: next, facts, sent: happened.sent, cuts: happened.cuts };
                }
                Err(unknown) => self.learn(*unknown),
            }
        }
    }

    /// After so many markers of every stream as the scope says, each of which has arrived and was completed.
    fn after_markers(&mut self, mut state: State) -> State {
        let start = *self.front(&state);
        let mut actions = Vec::new();
        for stream in 0..self.scope.settings.layout.streams.len() as u32 {
            for _ in 0..self.scope.markers_before {
                let mut next = Some(Action { kind: Kind::Marker, what: stream });
                while let Some(action) = next {
                    state = self.step(&state, action);
                    self.all_actions(&state, &mut actions);
                    actions.retain(|action| action.kind != Kind::Issue);
                    next = quiet_action(&actions);
                }
            }
        }
        let mut front = *self.front(&state);
        front.left = start.left;
        state[FRONT] = self.memory.fronts.number(front);
        state
    }

    fn set_front(&self, state: &mut State, front: Front) -> Asked<()> {
        if *self.front(state) != front {
            state[FRONT] = self.memory.front(front)?;
        }
        Ok(())
    }

    /// The state after an action.
    fn take(&self, state: &State, action: Action, happened: &mut Happened) -> Asked<State> {
        let mut next = *state;
        let scope = self.scope;
        let mut front = *self.front(state);
        match action.kind {
            Kind::Issue => {
                front.issued += 1;
                self.set_front(&mut next, front)?;
                self.issue(&mut next, action.what, happened)?;
            }
            Kind::Crash | Kind::CrashBeforeSend | Kind::Restart => {
                self.control_unit(&mut next, action, happened)?;
            }
            Kind::Marker => {
                front.left.markers = front.left.markers.saturating_sub(1);
                self.set_front(&mut next, front)?;
                self.go_on(&mut next, front.now + 1, happened)?;
                let stream = StreamId(action.what);
                let local = scope.settings.layout.streams[stream.index()].key.local;
                let timer = LocalTimer { of: TimerOf::Marker(stream), life: front.life(local) };
                self.local_input(&mut next, LocalSiteInput::Due(timer), happened)?;
            }
            Kind::Cut => {
                let group = GroupId(action.what);
                let begins = self.awaits_cut(state, group) == Some(true);
                front.left.cuts = front.left.cuts.saturating_sub(u8::from(begins));
                self.set_front(&mut next, front)?;
                self.go_on(&mut next, front.now + 1, happened)?;
                self.local_input(&mut next, LocalSiteInput::CutDue(group), happened)?;
            }
            Kind::Pass => {
                front.now += LONG;
                (front.rested, front.may_pass) = (true, false);
                self.set_front(&mut next, front)?;
            }
            Kind::Activate => self.site_input(&mut next, RemoteSiteInput::Activate, happened)?,
            Kind::Resend => {
                front.left.resends = front.left.resends.saturating_sub(1);
                self.set_front(&mut next, front)?;
                self.send(&mut next, action.what, happened)?;
            }
            Kind::Lose | Kind::LoseControl => {
                if action.kind == Kind::Lose {
                    front.left.losses -= 1;
                } else {
                    front.left.control_losses -= 1;
                }
                self.set_front(&mut next, front)?;
                self.change(&mut next, NetChange::Take(action.what))?;
            }
            Kind::Duplicate => {
                front.left.duplicates -= 1;
                self.set_front(&mut next, front)?;
                self.arrive(&mut next, action.what, happened)?;
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
            | Kind::LeaveLine
            | Kind::ReceiveRequest
            | Kind::ReceiveAnswer
            | Kind::Retry => {
                self.change(&mut next, NetChange::Take(action.what))?;
                self.arrive(&mut next, action.what, happened)?;
            }
            Kind::Ask => {
                front.left.markers = front.left.markers.saturating_sub(1);
                self.set_front(&mut next, front)?;
                let remote = RemoteId(action.what - REMOTE_BIT);
                self.site_input(&mut next, RemoteSiteInput::AskDue(remote), happened)?;
            }
            Kind::Begin | Kind::Drive => {} // Of tape.
        }
        Ok(next)
    }

    /// A control unit crashes, is to crash, or goes on.
    fn control_unit(&self, next: &mut State, action: Action, happened: &mut Happened) -> Asked<()> {
        let scope = self.scope;
        let mut front = *self.front(next);
        let (local, remote) = (LocalId(action.what), action.what.checked_sub(REMOTE_BIT).map(RemoteId));
        match action.kind {
            Kind::Crash => {
                front.left.crashes -= 1;
                self.set_front(next, front)?;
                match remote {
                    Some(remote) => self.site_input(next, RemoteSiteInput::Crash(remote), happened),
                    None => self.local_input(next, LocalSiteInput::Crash(local), happened),
                }
            }
            Kind::CrashBeforeSend => {
                front.left.crashes -= 1;
                front.to_crash |= 1 << action.what;
                self.set_front(next, front)?;
                self.local_input(next, LocalSiteInput::CrashBeforeSend(local, 0), happened)
            }
            _ => {
                front.down &= !(1 << action.what);
                self.set_front(next, front)?;
                if let Some(remote) = remote {
                    return self.site_input(next, RemoteSiteInput::Restart(remote), happened);
                }
                self.local_input(next, LocalSiteInput::Restart(local), happened)?;
                // It sends again what is outstanding.
                let mut outstanding = Vec::new();
                self.resendable(next, |message| outstanding.push(message))?;
                for message in outstanding {
                    let of_local =
                        |stream: StreamId| scope.settings.layout.streams[stream.index()].key.local == local;
                    if stream_of(self.message(message)).is_some_and(of_local) {
                        self.send(next, message, happened)?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Time goes on: completions that were held until then leave. A later one would only ask for less.
    fn go_on(&self, state: &mut State, now: u32, happened: &mut Happened) -> Asked<()> {
        let mut front = *self.front(state);
        (front.now, front.rested) = (now, false);
        self.set_front(state, front)?;
        let due =
            |message: &Message| matches!(message, Message::Held(_, until) if *until <= instant(now).as_ns());
        let due: Vec<u32> = self.memory.under_way(state[NET], due).collect();
        for message in due {
            self.change(state, NetChange::Take(message))?;
            self.arrive(state, message, happened)?;
        }
        Ok(())
    }

    /// A host issues a write.
    fn issue(&self, state: &mut State, number: u32, happened: &mut Happened) -> Asked<()> {
        let scope = self.scope;
        let planned = scope.planned(number);
        self.go_on(state, self.front(state).now + 1, happened)?;
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
        let facts = self.memory.facts(vec![(instant(now), fact)])?;
        self.judge(state, facts, happened)?;
        let stamp = scope.clocks[planned.host.index()].reading(instant(now));
        if scope.delayed[planned.host.index()] {
            let message = self.memory.message(Message::Request(number, stamp))?;
            self.send(state, message, happened)
        } else {
            self.request(state, number, stamp, happened)
        }
    }

    /// A message reaches whom it is for.
    fn arrive(&self, state: &mut State, number: u32, happened: &mut Happened) -> Asked<()> {
        let known = &self.memory.known[number as usize];
        if known.is_fact {
            let facts = self.memory.landing(number, self.front(state).now)?;
            self.judge(state, facts, happened)?;
        }
        match known.arrival {
            Arrival::Local(input) => self.local(state, input, happened),
            Arrival::Site(input) => self.site(state, input, happened),
            Arrival::Nothing => Ok(()),
            Arrival::Asked(stream, input) => {
                // A stream that it finds idle says so, with a stamp of its own.
                if self.memory.locals.get(state[LOCAL]).is_idle(&self.scope.settings, stream) {
                    self.go_on(state, self.front(state).now + 1, happened)?;
                }
                self.local(state, input, happened)
            }
            Arrival::Request(write, stamp) => {
                self.go_on(state, self.front(state).now + 1, happened)?;
                self.request(state, write, stamp, happened)
            }
            Arrival::Held(write, until) => {
                let now = self.front(state).now.max(until.div_ceil(2) as u32);
                self.go_on(state, now, happened)?;
                happened.held_until = Some(SimTime::from_ns(until));
                self.local_input(state, LocalSiteInput::HostHears(write), happened)?;
                happened.held_until = None;
                Ok(())
            }
        }
    }

    /// A request reaches its local system.
    fn request(&self, state: &mut State, number: u32, host_stamp: u64, happened: &mut Happened) -> Asked<()> {
        let planned = self.scope.planned(number);
        let request = WriteRequest {
            write: reference(number),
            unit: planned.unit,
            pair: Some(planned.pair),
            position: planned.position,
            size: planned.size,
            host_stamp,
        };
        self.local_input(state, LocalSiteInput::Request(planned.local, request), happened)
    }

    fn send(&self, state: &mut State, message: u32, happened: &mut Happened) -> Asked<()> {
        if happened.is_told {
            happened.sent.push(message);
        }
        self.change(state, self.memory.sending(message))
    }

    /// One message leaves or arrives.
    fn change(&self, state: &mut State, change: NetChange) -> Asked<()> {
        state[NET] = self.memory.after_change(state[NET], change)?;
        Ok(())
    }

    /// The judge takes note of facts.
    fn judge(&self, state: &mut State, facts: u32, happened: &mut Happened) -> Asked<()> {
        if happened.is_told {
            happened.facts.push(facts);
        }
        state[JUDGE] = self.memory.after_judge(state[JUDGE], facts)?;
        Ok(())
    }
}

impl Model for Machines<'_> {
    type Unknown = Unknown;

    fn start(&mut self) -> State {
        let scope = self.scope;
        let mut front = Front::new(scope.start_bounds());
        if !scope.are_clocks_perfect() {
            front.now = LONG; // A clock does not go below zero.
        }
        let remotes = scope.scenario.remote_systems.len();
        let local = scope.scenario.local_systems.iter().map(|system| system.cache);
        let remote = scope.scenario.remote_systems.iter().map(|system| (system.units, system.cache));
        let memory = &mut self.memory;
        let start = [
            memory.fronts.number(front),
            memory.net_number(Net { any_order: vec![], lines: vec![vec![]; remotes * 2] }),
            memory.judge_number(Judge::new(&scope.preamble)),
            memory.locals.number(LocalSite::new(&scope.settings, local)),
            memory.sites.number(RemoteSite::new(&scope.settings, remote)),
        ];
        let activates = scope.settings.has_limits() && !scope.settings.is_periodic();
        loop {
            let mut state = start;
            let mut happened = Happened::default();
            let mut begin = || -> Asked<()> {
                self.site_input(&mut state, RemoteSiteInput::Start, &mut happened)?;
                if scope.settings.scheme == Scheme::Cut {
                    self.local_input(&mut state, LocalSiteInput::Start, &mut happened)?;
                }
                if activates {
                    self.site_input(&mut state, RemoteSiteInput::Activate, &mut happened)?;
                }
                Ok(())
            };
            match begin() {
                Ok(()) => return self.after_markers(state),
                Err(unknown) => self.learn(*unknown),
            }
        }
    }

    fn actions(&self, state: &State, out: &mut Vec<Action>) -> Asked<()> {
        self.next_actions(state, out)
    }

    /// Everything outstanding is sent again, the slaves are activated, idle streams send markers.
    fn remedies(&self, state: &State, out: &mut Vec<Action>) -> Asked<()> {
        self.resendable(state, |what| out.push(Action { kind: Kind::Resend, what }))?;
        let settings = &self.scope.settings;
        if self.scope.allows(Kind::Activate) {
            out.push(Action { kind: Kind::Activate, what: 0 });
        }
        out.extend(self.resting(state).map(|what| Action { kind: Kind::Ask, what }));
        let streams = if settings.sends_markers() { settings.layout.streams.len() as u32 } else { 0 };
        out.extend((0..streams).map(|what| Action { kind: Kind::Marker, what }));
        if settings.scheme == Scheme::Cut {
            // One cut of every group, whole: its beginning, each local system, the release.
            let steps = settings.locals + 2;
            let groups = 0..settings.groups as u32;
            out.extend(groups.flat_map(|what| std::iter::repeat_n(Action { kind: Kind::Cut, what }, steps)));
        }
        Ok(())
    }

    fn try_step(&self, state: &State, action: Action) -> Asked<State> {
        self.take(state, action, &mut Happened::default())
    }

    fn learn(&mut self, unknown: Unknown) {
        self.work_out(unknown);
    }

    fn judged(&self, state: &State) -> &Judged {
        &self.memory.judged[state[JUDGE] as usize]
    }

    fn is_complete(&self, state: &State) -> bool {
        self.judged(state).is_settled && self.front(state).issued as usize == self.scope.writes.len()
    }

    fn undone(&self, state: &State) -> usize {
        let to_issue = self.scope.writes.len() - self.front(state).issued as usize;
        to_issue * 6 + self.judged(state).undone as usize
    }

    fn are_faults_over(&self, state: &State) -> bool {
        self.front(state).to_crash == 0
    }

    fn why(&self, state: &State, check: Check) -> Option<String> {
        self.memory.judges.get(state[JUDGE]).why(check)
    }

    fn tell(&mut self, steps: &[Action]) -> Vec<Told> {
        Teller::new(self.scope, self).tell(steps)
    }

    fn judged_by(&self) -> CheckSet {
        self.scope.preamble.promise.judged
    }

    fn allows(&self, kind: Kind) -> bool {
        self.scope.allows(kind)
    }

    fn parts(&self) -> [(&'static str, usize); 5] {
        let memory = &self.memory;
        [
            ("hosts and bounds", memory.fronts.count()),
            ("messages under way", memory.nets.count()),
            ("judge", memory.judges.count()),
            ("remote site", memory.sites.count()),
            ("local site", memory.locals.count()),
        ]
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
        Message::ToRemote(_, Packet::Answer { .. }) => Kind::ReceiveAnswer,
        Message::ToRemote(..) => Kind::ReceiveMarker,
        Message::ToLocal(_, Packet::Request { .. }) => Kind::ReceiveRequest,
        Message::ToLocal(..) => Kind::ReceiveCompletion,
        Message::OnLine(..) => Kind::LeaveLine,
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
        Message::ToRemote(_, Packet::Barrier(barrier)) => Some(barrier.stream),
        Message::ToRemote(_, Packet::Marker { stream, .. } | Packet::Clock { stream, .. }) => Some(*stream),
        _ => None,
    }
}
