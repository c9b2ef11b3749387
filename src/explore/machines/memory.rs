//! What was worked out before: parts by number, and what follows from what.
//!
//! Many threads look up at once; what none of them finds is [`Unknown`], and is worked out between two rounds.

use super::answers::{Answer, Effect};
use super::{Asked, instant, kind_of};
use crate::explore::action::Kind;
use crate::explore::model::{Judged, State};
use crate::explore::parts::{Front, Judge, Message, Net, NetChange};
use crate::explore::pool::{FastMap, Pool};
use crate::explore::scope::Scope;
use crate::protocol::disk::{
    LocalSite, LocalSiteInput, LocalTimer, Packet, RemoteSite, RemoteSiteInput, StreamId, TimerOf,
};
use crate::protocol::transport::SendingId;
use crate::trace::Record;
use crate::units::{LocalId, RemoteId, SimTime, WriteRef};

/// What was never asked before.
#[derive(Clone, Debug)]
pub enum Unknown {
    /// Hosts and bounds.
    Front(Front),
    /// A message.
    Message(Message),
    /// An input of the local site.
    LocalInput(LocalSiteInput),
    /// An input of the remote site.
    SiteInput(RemoteSiteInput),
    /// Facts.
    Facts(Vec<(SimTime, Record)>),
    /// What the local site answers to an input of this number, at this time.
    Local(u32, u32, u32),
    /// What the remote site answers to an input of this number.
    Site(u32, u32),
    /// What is under way after a change.
    Change(u32, NetChange),
    /// What is under way after the effects of this number, where no crash may come any more or where one may.
    Changes(u32, u32, bool),
    /// The facts among the effects of this number, at this time.
    FactsOf(u32, u32),
    /// The fact that the write which a message is about was destaged, at this time.
    Landing(u32, u32),
    /// The judge after facts.
    Judge(u32, u32),
    /// What the local systems of a state would send again.
    Resends(State),
}

/// What the arrival of a message gives to whom.
#[derive(Clone, Copy, Debug)]
pub(super) enum Arrival {
    /// The local site this input.
    Local(u32),
    /// The remote site this input.
    Site(u32),
    /// A local system the request of a write, with what the host's clock showed.
    Request(u32, u64),
    /// A local system a request for what waits in this stream: this input.
    Asked(StreamId, u32),
    /// A host the completion of a write that was held until then, in nanoseconds.
    Held(WriteRef, u64),
    /// Nobody anything.
    Nothing,
}

/// What is known of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// What its arrival is counted as.
    pub kind: Kind,
    /// The bit of the system that has to work for it to arrive.
    pub receiver: u32,
    /// Does the hardware see a destage as it arrives?
    pub is_fact: bool,
    /// What its arrival gives to whom.
    pub arrival: Arrival,
    /// The line on which it overtakes nothing.
    line: Option<u32>,
}

/// Parts by number, and what follows from what.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub fronts: Pool<Front>,
    pub nets: Pool<Net>,
    pub judges: Pool<Judge>,
    pub sites: Pool<RemoteSite>,
    pub locals: Pool<LocalSite>,
    pub messages: Pool<Message>,
    pub answers: Pool<Answer>,
    pub facts: Pool<Vec<(SimTime, Record)>>,
    pub local_inputs: Pool<LocalSiteInput>,
    pub site_inputs: Pool<RemoteSiteInput>,
    /// By message.
    pub known: Vec<Known>,
    /// By judge.
    pub judged: Vec<Judged>,
    /// By number of a local site: the messages that it would send again.
    pub resends: FastMap<u32, Vec<u32>>,
    pub(super) after_local: FastMap<(u64, u32), (u32, u32)>,
    pub(super) after_site: FastMap<(u32, u32), (u32, u32)>,
    /// By net: where its messages begin that may arrive next, and how many there are.
    next: Vec<(u32, u32)>,
    /// Each of them, and the net without it, once that is known.
    takes: Vec<(u32, u32)>,
    after_put: FastMap<(u32, u32), u32>,
    after_changes: FastMap<(u32, u32), u32>,
    after_judge: FastMap<(u32, u32), u32>,
    facts_of: FastMap<(u32, u32), u32>,
    landings: FastMap<(u32, u32), u32>,
}

fn or_unknown<T: Copy>(found: Option<&T>, unknown: impl FnOnce() -> Unknown) -> Asked<T> {
    found.copied().ok_or_else(|| Box::new(unknown()))
}

/// No net is known.
const NONE: u32 = u32::MAX;

/// What the local site answers to hangs on its input and on the time.
pub(super) const fn local_key(local: u32, input: u32, now: u32) -> (u64, u32) {
    ((local as u64) << 32 | input as u64, now)
}

impl Memory {
    pub fn front(&self, front: Front) -> Asked<u32> {
        self.fronts.find(&front).ok_or_else(|| Box::new(Unknown::Front(front)))
    }

    pub fn message(&self, message: Message) -> Asked<u32> {
        self.messages.find(&message).ok_or_else(|| Box::new(Unknown::Message(message)))
    }

    pub fn facts(&self, facts: Vec<(SimTime, Record)>) -> Asked<u32> {
        self.facts.find(&facts).ok_or_else(|| Box::new(Unknown::Facts(facts)))
    }

    pub fn local_input(&self, input: LocalSiteInput) -> Asked<u32> {
        self.local_inputs.find(&input).ok_or_else(|| Box::new(Unknown::LocalInput(input)))
    }

    pub fn site_input(&self, input: RemoteSiteInput) -> Asked<u32> {
        self.site_inputs.find(&input).ok_or_else(|| Box::new(Unknown::SiteInput(input)))
    }

    /// The local site and its answer.
    pub fn after_local(&self, local: u32, input: u32, now: u32) -> Asked<(u32, u32)> {
        let found = self.after_local.get(&local_key(local, input, now));
        or_unknown(found, || Unknown::Local(local, input, now))
    }

    /// The remote site and its answer.
    pub fn after_site(&self, site: u32, input: u32) -> Asked<(u32, u32)> {
        or_unknown(self.after_site.get(&(site, input)), || Unknown::Site(site, input))
    }

    /// What is under way after a change.
    pub fn after_change(&self, net: u32, change: NetChange) -> Asked<u32> {
        let found = match change {
            NetChange::Take(message) => match self.take_of(net, message) {
                Some(take) => Some(&self.takes[take].1),
                None => return Ok(net),
            },
            NetChange::Put(message) | NetChange::Append(_, message) => self.after_put.get(&(net, message)),
        };
        or_unknown(found.filter(|&&net| net != NONE), || Unknown::Change(net, change))
    }

    /// Messages that may arrive next.
    pub fn next(&self, net: u32) -> impl Iterator<Item = u32> {
        let (from, count) = self.next[net as usize];
        self.takes[from as usize..(from + count) as usize].iter().map(|&(message, _)| message)
    }

    /// Where it stands what is under way when a message that may arrive next has arrived.
    fn take_of(&self, net: u32, message: u32) -> Option<usize> {
        self.next(net).position(|next| next == message).map(|at| self.next[net as usize].0 as usize + at)
    }

    /// The number of what is under way.
    pub fn net_number(&mut self, net: Net) -> u32 {
        let number = self.nets.number(net);
        if number as usize == self.next.len() {
            let from = self.takes.len();
            self.takes.extend(self.nets.get(number).next().map(|message| (message, NONE)));
            self.next.push((from as u32, (self.takes.len() - from) as u32));
        }
        number
    }

    /// What is under way after effects.
    pub fn after_changes(&self, net: u32, answer: u32, is_calm: bool) -> Asked<u32> {
        let found = self.after_changes.get(&(net, answer << 1 | u32::from(is_calm)));
        or_unknown(found, || Unknown::Changes(net, answer, is_calm))
    }

    /// The judge after facts.
    pub fn after_judge(&self, judge: u32, facts: u32) -> Asked<u32> {
        or_unknown(self.after_judge.get(&(judge, facts)), || Unknown::Judge(judge, facts))
    }

    /// The facts among effects.
    pub fn facts_of(&self, answer: u32, now: u32) -> Asked<u32> {
        or_unknown(self.facts_of.get(&(answer, now)), || Unknown::FactsOf(answer, now))
    }

    /// The fact that what a message is about was destaged.
    pub fn landing(&self, message: u32, now: u32) -> Asked<u32> {
        or_unknown(self.landings.get(&(message, now)), || Unknown::Landing(message, now))
    }

    /// Messages under way of which this is true.
    pub fn under_way(&self, net: u32, is_it: impl Fn(&Message) -> bool) -> impl Iterator<Item = u32> {
        let net = self.nets.get(net);
        net.any_order.iter().copied().filter(move |&message| is_it(self.messages.get(message)))
    }

    /// A message leaves.
    pub fn sending(&self, message: u32) -> NetChange {
        let line = self.known[message as usize].line;
        line.map_or(NetChange::Put(message), |line| NetChange::Append(line, message))
    }

    pub fn judge_number(&mut self, judge: Judge) -> u32 {
        let number = self.judges.number(judge);
        if number as usize == self.judged.len() {
            self.judged.push(self.judges.get(number).judged());
        }
        number
    }

    /// The number of a message, of which all is known then.
    pub fn message_number(&mut self, scope: &Scope, message: Message) -> u32 {
        let number = self.messages.number(message);
        if number as usize == self.known.len() {
            let message = self.messages.get(number).clone();
            let arrival = self.arrival(&message);
            self.known.push(Known {
                kind: kind_of(&message),
                receiver: scope.receiver(&message),
                is_fact: matches!(message, Message::Writing { .. } | Message::WritingLocally(..)),
                line: match message {
                    Message::Report(remote, _) if !scope.control_reorders => Some(remote.0 * 2),
                    Message::Limits(remote, _) if !scope.control_reorders => Some(remote.0 * 2 + 1),
                    _ => None,
                },
                arrival,
            });
        }
        number
    }

    fn arrival(&mut self, message: &Message) -> Arrival {
        let mut local = |input| Arrival::Local(self.local_inputs.number(input));
        let mut site = |input| Arrival::Site(self.site_inputs.number(input));
        match *message {
            Message::Request(write, stamp) => Arrival::Request(write, stamp),
            Message::ToRemote(remote, packet) => site(RemoteSiteInput::Packet(remote, packet)),
            Message::ToLocal(system, Packet::Completion { stream, number }) => {
                let answers = SendingId::default();
                local(LocalSiteInput::Completion { local: system, stream, number, answers })
            }
            Message::ToLocal(system, Packet::Request { stream, request }) => {
                let asked = LocalSiteInput::Asked { local: system, stream, request };
                Arrival::Asked(stream, self.local_inputs.number(asked))
            }
            Message::ToLocal(..) => Arrival::Nothing,
            Message::OnLine(system, stream, number, write) => {
                local(LocalSiteInput::Left { local: system, stream, number, write })
            }
            Message::Report(remote, ref lines) => site(RemoteSiteInput::Report(remote, lines.clone())),
            Message::Limits(remote, ref lines) => site(RemoteSiteInput::Limits(remote, lines.clone())),
            Message::Writing { remote, slot, .. } => site(RemoteSiteInput::Landed(remote, slot)),
            Message::WritingLocally(system, slot, _) => local(LocalSiteInput::Landed(system, slot)),
            Message::SendDue(system, life) => {
                local(LocalSiteInput::Due(LocalTimer { of: TimerOf::Send(system), life }))
            }
            Message::Held(write, until) => Arrival::Held(write, until),
            Message::Waits(write) => local(LocalSiteInput::RetryDue(write)),
        }
    }

    pub fn learn_change(&mut self, net: u32, change: NetChange) {
        let after = self.nets.get(net).after(&[change]);
        let after = self.net_number(after);
        match change {
            NetChange::Take(message) => {
                if let Some(take) = self.take_of(net, message) {
                    self.takes[take].1 = after;
                }
            }
            NetChange::Put(message) | NetChange::Append(_, message) => {
                self.after_put.insert((net, message), after);
            }
        }
    }

    pub fn learn_changes(&mut self, net: u32, answer: u32, is_calm: bool) {
        let known = self.answers.get(answer);
        let mut changes = Vec::new();
        for &effect in &known.effects {
            match effect {
                Effect::Send { at_once: true, .. } if is_calm => {}
                Effect::Send { message, .. } => changes.push(self.sending(message)),
                Effect::LocalDown(local) => {
                    changes.extend(self.under_way(net, of_local(local)).map(NetChange::Take));
                }
                Effect::RemoteDown(remote) => {
                    changes.extend(self.under_way(net, of_remote(remote)).map(NetChange::Take));
                }
                Effect::Fact(_) | Effect::Completed(_) | Effect::Abandoned(_) | Effect::Cut(..) => {}
            }
        }
        let after = self.nets.get(net).after(&changes);
        let after = self.net_number(after);
        self.after_changes.insert((net, answer << 1 | u32::from(is_calm)), after);
    }

    pub fn learn_judge(&mut self, judge: u32, facts: u32) {
        let after = self.judges.get(judge).after(self.facts.get(facts));
        let after = self.judge_number(after);
        self.after_judge.insert((judge, facts), after);
    }

    pub fn learn_facts_of(&mut self, answer: u32, now: u32) {
        let facts = self.answers.get(answer).facts(now, None);
        let facts = self.facts.number(facts);
        self.facts_of.insert((answer, now), facts);
    }

    pub fn learn_landing(&mut self, message: u32, now: u32) {
        let fact = match *self.messages.get(message) {
            Message::Writing { remote, write, unit, position, .. } => {
                Record::RemoteDestaged { write, remote, unit, position }
            }
            Message::WritingLocally(_, _, write) => Record::LocalDestaged { write },
            _ => return,
        };
        let facts = self.facts.number(vec![(instant(now), fact)]);
        self.landings.insert((message, now), facts);
    }
}

/// What a local system was doing when it crashed.
fn of_local(local: LocalId) -> impl Fn(&Message) -> bool {
    move |message| match message {
        Message::WritingLocally(at, ..) | Message::SendDue(at, _) => *at == local,
        _ => false,
    }
}

/// What a remote system was doing when it crashed.
fn of_remote(remote: RemoteId) -> impl Fn(&Message) -> bool {
    move |message| matches!(message, Message::Writing { remote: at, .. } if *at == remote)
}
