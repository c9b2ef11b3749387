//! An interleaving in words: every step, and what the hardware saw of it.

use std::collections::BTreeMap;

use super::action::{Action, Kind};
use super::machines::{Machines, ToldStep};
use super::model::{Model, State};
use super::parts::{Message, REMOTE_BIT};
use super::scope::Scope;
use crate::protocol::Scheme;
use crate::protocol::disk::ordering::cut::{CutCommand, CutStep};
use crate::protocol::disk::ordering::sets::Barrier;
use crate::protocol::disk::{Packet, StreamId};
use crate::trace::{Key, Record};
use crate::units::{GroupId, LocalId, RemoteId, SimTime};

/// One step of an interleaving, in words and as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What happened.
    pub kind: Kind,
    /// In words.
    pub words: String,
    /// What the hardware saw, in its order. Times only order.
    pub facts: Vec<(SimTime, Record)>,
    /// What left in this step.
    pub sent: Vec<Travel>,
    /// What arrived in this step, or (of kinds [`Kind::Lose`] and [`Kind::LoseControl`]) was lost.
    pub arrived: Option<Travel>,
}

/// What travels from one system to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Travel {
    /// Copies of one message, and nothing else, have the same number.
    pub number: u32,
    /// Its name, as the words call it.
    pub name: String,
    /// The system that it leaves.
    pub from: String,
    /// The system that it is for.
    pub to: String,
}

/// The name of the master, which is no disk system.
const MASTER: &str = "the master";

/// Tells steps, from the start on.
#[derive(Debug)]
pub struct Teller<'m, 'a> {
    scope: &'a Scope<'a>,
    machines: &'m mut Machines<'a>,
    state: State,
    /// By time stamp and local system: the write or marker that bears it.
    stamps: BTreeMap<(u64, LocalId), String>,
}

impl<'m, 'a> Teller<'m, 'a> {
    /// Nothing has happened yet.
    pub fn new(scope: &'a Scope<'a>, machines: &'m mut Machines<'a>) -> Self {
        let state = machines.start();
        Self { scope, machines, state, stamps: BTreeMap::new() }
    }

    /// These steps, which come next, in words.
    pub fn tell(&mut self, steps: &[Action]) -> Vec<Told> {
        steps.iter().map(|&action| self.step(action)).collect()
    }

    fn step(&mut self, action: Action) -> Told {
        let done = self.what_is_done(action);
        let ToldStep { state, facts, sent, cuts } = self.machines.told_step(&self.state, action);
        let before = std::mem::replace(&mut self.state, state);
        let given_up = cuts.iter().find(|(_, step)| *step == CutStep::GivesUp);
        let done = given_up.map_or(done, |&(group, _)| {
            format!("the cut of {} is given up, and the next one takes in its writes", self.group(group))
        });
        for &sent in &sent {
            if let Message::ToRemote(_, packet) = self.machines.message(sent) {
                let (stream, stamp, name) = match *packet {
                    Packet::WriteData(data) => (data.stream, data.stamp, data.write.to_string()),
                    Packet::Marker { stream, stamp, .. } | Packet::Clock { stream, stamp } => {
                        (stream, stamp, format!("the marker of {}", self.stream(stream)))
                    }
                    Packet::Barrier(_)
                    | Packet::Request { .. }
                    | Packet::Answer { .. }
                    | Packet::Received { .. }
                    | Packet::Completion { .. } => continue,
                };
                let local = self.scope.settings.layout.streams[stream.index()].key.local;
                self.stamps.entry((stamp, local)).or_insert(name);
            }
        }
        let mut consequences: Vec<String> = cuts.iter().filter_map(|&(_, step)| self.cut(step)).collect();
        consequences.extend(self.waits_for_cut(&before, action, &facts));
        consequences.extend(facts.iter().filter_map(|fact| self.fact(fact, action.kind)));
        for &sent in &sent {
            consequences.extend(self.sending(sent, action.kind));
        }
        let words =
            if consequences.is_empty() { done } else { format!("{done}: {}", consequences.join(", ")) };
        let is_of_message = !matches!(
            action.kind,
            Kind::Issue
                | Kind::Marker
                | Kind::Cut
                | Kind::Ask
                | Kind::Activate
                | Kind::Crash
                | Kind::CrashBeforeSend
                | Kind::Restart
                | Kind::Pass
                | Kind::Resend
        );
        let sent = sent.into_iter().filter_map(|number| self.travel(number)).collect();
        let arrived = if is_of_message { self.travel(action.what) } else { None };
        Told { kind: action.kind, words, facts, sent, arrived }
    }

    /// A message that travels between two systems.
    fn travel(&self, number: u32) -> Option<Travel> {
        let of_stream = |stream: StreamId| {
            let key = &self.scope.settings.layout.streams[stream.index()].key;
            (self.local(key.local).to_owned(), self.remote(key.remote).to_owned())
        };
        let (from, to) = match self.machines.message(number) {
            Message::Request(write, _) => {
                let write = self.scope.planned(*write);
                let host = self.scope.scenario.hosts[write.host.index()].name.clone();
                (host, self.local(write.local).to_owned())
            }
            Message::ToRemote(_, Packet::WriteData(data)) => of_stream(data.stream),
            Message::ToRemote(_, Packet::Barrier(barrier)) => of_stream(barrier.stream),
            Message::ToRemote(
                _,
                Packet::Marker { stream, .. }
                | Packet::Clock { stream, .. }
                | Packet::Request { stream, .. }
                | Packet::Answer { stream, .. }
                | Packet::Received { stream, .. }
                | Packet::Completion { stream, .. },
            ) => of_stream(*stream),
            Message::ToLocal(_, Packet::Completion { stream, .. } | Packet::Request { stream, .. }) => {
                let (local, remote) = of_stream(*stream);
                (remote, local)
            }
            Message::Report(remote, _) => (self.remote(*remote).to_owned(), MASTER.to_owned()),
            Message::Limits(remote, _) => (MASTER.to_owned(), self.remote(*remote).to_owned()),
            Message::ToLocal(..)
            | Message::Writing { .. }
            | Message::WritingLocally(..)
            | Message::SendDue(..)
            | Message::Waits(_)
            | Message::OnLine(..)
            | Message::Held(..) => return None,
        };
        Some(Travel { number, name: self.name(number), from, to })
    }

    fn what_is_done(&self, action: Action) -> String {
        let message = |number: u32| self.name(number);
        match action.kind {
            Kind::Issue => {
                let write = self.scope.planned(action.what);
                let host = &self.scope.scenario.hosts[write.host.index()].name;
                let unit = format!("{}:{}", self.local(write.local), write.unit + 1);
                format!("{host} issues w{} to {unit}", action.what)
            }
            Kind::Marker => {
                let stream = StreamId(action.what);
                let local = self.scope.settings.layout.streams[stream.index()].key.local;
                format!("{} sends a marker of {}", self.local(local), self.stream(stream))
            }
            Kind::Cut => {
                let group = GroupId(action.what);
                let begins = self.machines.awaits_cut(&self.state, group) == Some(true);
                format!("the cut of {} {}", self.group(group), if begins { "begins" } else { "goes on" })
            }
            Kind::Ask => format!("{} asks again for what waits", self.system(action.what)),
            Kind::Activate => "the slave processes are activated".into(),
            Kind::Crash => format!("{} crashes", self.system(action.what)),
            Kind::CrashBeforeSend => {
                format!("{} will crash when it has numbered its next write", self.system(action.what))
            }
            Kind::Pass => "time passes: more than the clocks are wrong by".into(),
            Kind::Restart => format!("{} goes on", self.system(action.what)),
            Kind::Resend => format!("{} is sent again", message(action.what)),
            Kind::Lose | Kind::LoseControl => format!("{} is lost", message(action.what)),
            Kind::Duplicate => format!("{}, of which another copy is under way", self.arrival(action.what)),
            _ => self.arrival(action.what),
        }
    }

    /// The name of a message.
    fn name(&self, number: u32) -> String {
        match self.machines.message(number) {
            Message::Request(write, _) => format!("the request of w{write}"),
            Message::ToRemote(_, Packet::WriteData(data)) => {
                format!("{} (number {} of {})", data.write, data.number, self.stream(data.stream))
            }
            Message::ToRemote(_, Packet::Marker { stream, number, .. }) => {
                format!("the marker with number {number} of {}", self.stream(*stream))
            }
            Message::ToRemote(_, Packet::Barrier(Barrier { stream, set, writes, .. })) => {
                format!("the barrier of {} that closes set {set} of {writes} writes", self.stream(*stream))
            }
            Message::ToRemote(_, Packet::Answer { stream, request, is_empty }) => {
                let nothing = if *is_empty { ", when nothing waited" } else { "" };
                format!("the end of the answer to request {request} of {}{nothing}", self.stream(*stream))
            }
            Message::ToRemote(_, Packet::Request { .. } | Packet::Received { .. }) => "a packet".into(),
            Message::ToRemote(_, Packet::Clock { stream, .. } | Packet::Completion { stream, .. }) => {
                format!("the clock message of {}", self.stream(*stream))
            }
            Message::ToLocal(_, packet) => match packet {
                Packet::Completion { stream, number } => {
                    format!("the completion of number {number} of {}", self.stream(*stream))
                }
                Packet::Request { stream, request } => {
                    format!("request {request} for what waits in {}", self.stream(*stream))
                }
                _ => "a packet".into(),
            },
            Message::Report(remote, lines) => {
                format!("the report of {} ({})", self.remote(*remote), self.limits(lines))
            }
            Message::Limits(remote, lines) => {
                format!("the limit for {} ({})", self.remote(*remote), self.limits(lines))
            }
            Message::Writing { write, .. } | Message::WritingLocally(_, _, write) | Message::Waits(write) => {
                write.to_string()
            }
            Message::Held(write, _) => format!("the completion of {write}"),
            Message::OnLine(.., write) => write.to_string(),
            Message::SendDue(local, _) => format!("what waits at {}", self.local(*local)),
        }
    }

    fn arrival(&self, number: u32) -> String {
        let name = self.name(number);
        match self.machines.message(number) {
            Message::Request(write, _) => {
                let local = self.scope.planned(*write).local;
                format!("{name} reaches {}", self.local(local))
            }
            Message::ToRemote(remote, _) => format!("{name} reaches {}", self.remote(*remote)),
            Message::ToLocal(local, _) => format!("{name} reaches {}", self.local(*local)),
            Message::Report(..) => format!("{name} reaches the master"),
            Message::Limits(..) => format!("{name} arrives"),
            Message::Held(..) => format!("every clock has passed the stamp, and {name} leaves"),
            Message::OnLine(local, ..) => {
                format!("{name}, with what repairs it, has left the line of {}", self.local(*local))
            }
            Message::WritingLocally(local, ..) => {
                format!("a unit of {} has written {name}", self.local(*local))
            }
            Message::SendDue(local, _) => format!("{} sends {name}", self.local(*local)),
            Message::Waits(write) => {
                let host = self.scope.planned(write.slot).host;
                let host = &self.scope.scenario.hosts[host.index()].name;
                let again = write.slot + self.scope.writes.len() as u32;
                format!("{host} gives {name} up and issues its data again, as w{again}")
            }
            Message::Writing { remote, unit, .. } => {
                format!("{}:{} has written {name}", self.remote(*remote), unit + 1)
            }
        }
    }

    /// What a coordinator of cuts did.
    fn cut(&self, step: CutStep) -> Option<String> {
        let CutStep::Tells(local, command) = step else { return None };
        let local = self.local(local);
        Some(match command {
            CutCommand::Hold => format!("{local} holds its hosts"),
            CutCommand::Switch(set) => format!("{local} switches, and captures set {set}"),
            CutCommand::Release => format!("{local} lets its hosts go on"),
            CutCommand::Transmit(set) => format!("{local} transfers set {set}"),
        })
    }

    /// A request that waits until the cut is made.
    fn waits_for_cut(&self, before: &State, action: Action, facts: &[(SimTime, Record)]) -> Option<String> {
        let number = match action.kind {
            Kind::Issue => action.what,
            Kind::Request => match self.machines.message(action.what) {
                Message::Request(number, _) => *number,
                _ => return None,
            },
            _ => return None,
        };
        let write = self.scope.planned(number);
        let group = self.scope.settings.pairs[write.pair.index()].place.group;
        let waits = !self.scope.delayed[write.host.index()] || action.kind == Kind::Request;
        let is_accepted = facts.iter().any(|(_, fact)| matches!(fact, Record::Accepted { .. }));
        let is_held = waits && !is_accepted && self.machines.holds(before, write.local, group);
        is_held.then(|| format!("{} holds it until the cut is made", self.local(write.local)))
    }

    /// What the hardware saw, unless the step says it already.
    fn fact(&self, (_, record): &(SimTime, Record), kind: Kind) -> Option<String> {
        Some(match *record {
            Record::Accepted { write } => format!("{write} is accepted"),
            Record::Completed { write } => format!("{write} is completed"),
            Record::LocalDestaged { write } if kind != Kind::DestageLocally => {
                format!("the local unit has written {write}")
            }
            Record::RemoteCached { write, remote, .. } => {
                format!("{write} stands in the cache of {}", self.remote(remote))
            }
            Record::RemoteCacheLost { write, remote } => format!("{} loses {write}", self.remote(remote)),
            Record::Folded { write, into } => format!("{into} takes the place of {write}"),
            Record::LocalCacheLost { write } => format!("{write} is lost from the local cache"),
            Record::RemoteDestaged { write, .. } if kind != Kind::Destage => format!("{write} is destaged"),
            Record::LimitStored { remote, group, limit } => {
                let limit = limit.map_or("no limit".into(), |limit| self.key(limit));
                let group = group.map_or(String::new(), |group| format!(" for {}", self.group(group)));
                let does = if self.is_cut() { "commits" } else { "stores the limit" };
                format!("{} {does} {limit}{group}", self.remote(remote))
            }
            Record::StampReceived { .. }
            | Record::LocalDestaged { .. }
            | Record::Issued { .. }
            | Record::RemoteDestaged { .. }
            | Record::Abandoned { .. }
            | Record::PacketSent { .. }
            | Record::PacketArrived { .. }
            | Record::PacketRebuilt { .. }
            | Record::FaultBegan { .. }
            | Record::FaultEnded { .. }
            | Record::LocalSiteLost
            | Record::Tape(_) => return None,
        })
    }

    /// What leaves, unless it goes without saying.
    fn sending(&self, number: u32, kind: Kind) -> Option<String> {
        match self.machines.message(number) {
            Message::ToRemote(_, Packet::WriteData(data)) if kind != Kind::Resend => Some(format!(
                "{} is sent as number {} of {}",
                data.write,
                data.number,
                self.stream(data.stream)
            )),
            Message::Report(remote, lines) => {
                Some(format!("{} reports {}", self.remote(*remote), self.limits(lines)))
            }
            Message::Limits(remote, lines) => {
                Some(format!("the master sends {} the limit {}", self.remote(*remote), self.limits(lines)))
            }
            Message::Writing { write, remote, .. } => {
                let does = if self.is_cut() { "applies" } else { "destages" };
                Some(format!("{} {does} {write}", self.remote(*remote)))
            }
            Message::Request(..)
            | Message::ToRemote(..)
            | Message::ToLocal(..)
            | Message::WritingLocally(..)
            | Message::SendDue(..)
            | Message::Held(..)
            | Message::OnLine(..)
            | Message::Waits(_) => None,
        }
    }

    fn limits(&self, lines: &[crate::protocol::disk::Report]) -> String {
        let line = |&(domain, end): &crate::protocol::disk::Report| {
            let end = end.map_or("nothing".into(), |end| self.key(end));
            match self.scope.settings.domains() {
                1 => end,
                _ => format!("{}: {end}", self.group(GroupId(domain.0))),
            }
        };
        lines.iter().map(line).collect::<Vec<_>>().join(", ")
    }

    /// A key by the write that bears its stamp.
    fn key(&self, key: Key) -> String {
        if key == Key::LAST {
            return "no bound".into();
        }
        // Sets that are compared by their numbers.
        if self.scope.settings.discipline.has_sets() && key == (Key { stamp: key.stamp, ..Key::LAST }) {
            return if key.stamp == 0 { "no set".into() } else { format!("up to set {}", key.stamp) };
        }
        let name = self.stamps.get(&(key.stamp, key.local));
        name.map_or_else(|| format!("stamp {}", key.stamp), |name| format!("up to {name}"))
    }

    fn stream(&self, stream: StreamId) -> String {
        let key = &self.scope.settings.layout.streams[stream.index()].key;
        let ends = format!("{} to {}", self.local(key.local), self.remote(key.remote));
        match (key.group, key.pair) {
            (_, Some(pair)) => {
                let pair = &self.scope.scenario.pairs[pair.index()];
                let (local, remote) = (self.local(pair.local.system), self.remote(pair.remote));
                format!("{local}:{} to {remote}:{}", pair.local.unit + 1, pair.remote_unit + 1)
            }
            (Some(group), None) if self.scope.settings.groups > 1 => format!("{ends}, {}", self.group(group)),
            _ => ends,
        }
    }

    fn is_cut(&self) -> bool {
        self.scope.settings.scheme == Scheme::Cut
    }

    fn system(&self, number: u32) -> &str {
        match number.checked_sub(REMOTE_BIT) {
            Some(remote) => self.remote(RemoteId(remote)),
            None => self.local(LocalId(number)),
        }
    }

    fn local(&self, local: LocalId) -> &str {
        &self.scope.scenario.local_systems[local.index()].name
    }

    fn remote(&self, remote: RemoteId) -> &str {
        &self.scope.scenario.remote_systems[remote.index()].name
    }

    fn group(&self, group: GroupId) -> &str {
        &self.scope.scenario.groups[group.index()].name
    }
}
