//! The world: tables of what is in flight, the loop over events, hosts and the local site.

use std::collections::{BTreeSet, VecDeque};

use rand_chacha::ChaCha8Rng;

use super::event::Event;
use super::faults::ControlUnitState;
use super::judge::Judge;
use super::network::{Freight, Network, SHORT_PACKET_BYTES, Shipment};
use super::oracle::Oracle;
use super::remote_site::{ControlLines, ControlMessage, Writing};
use super::seam::{Current, Seam as _};
use super::tape::TapeSide;
use super::{Outcome, SimulateError, build};
use crate::collections::{Slab, Window};
use crate::engine::random::{Streams, below};
use crate::engine::{Agenda, Ties};
use crate::hardware::clock::Clock;
use crate::hardware::distribution::{Distribution, Sampler};
use crate::hardware::host::{HostOutput, HostProcesses, Issue};
use crate::hardware::workload::LocalUnit;
use crate::metrics::Options;
use crate::protocol::disk::{
    Context, LocalDiskSystem, LocalInput, LocalOutput, Packet, RemoteSite, RemoteSiteInput, RemoteSiteOutput,
    Settings, StreamId, WriteRequest,
};
use crate::scenario::Scenario;
use crate::scenario::validated::Host;
use crate::trace::{End, Observer, PacketClass, Record};
use crate::units::{Direction, HostId, LocalId, PairId, PathId, SimDuration, SimTime, WriteRef};

/// Lane of the agenda for completions after a constant time.
const COMPLETION_LANE: usize = 0;
/// Lane of the agenda for packets: in order where the delay is constant.
pub(super) const NETWORK_LANE: usize = 1;
/// Lane of the agenda for the control network and the master: mostly at once.
pub(super) const CONTROL_LANE: usize = 2;
/// Lane of the agenda for local units: nearly in order where the service time is constant.
const LOCAL_UNITS_LANE: usize = 3;
/// Lane of the agenda for remote units: the same.
pub(super) const REMOTE_UNITS_LANE: usize = 4;

/// The simulated time is told to `progress` every so many events.
const PROGRESS_EVERY: u64 = 1 << 14;

/// A write in flight, as the hardware knows it: one cache line, since many are in flight and each is met seldom.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Write {
    pub(super) request: WriteRequest,
    pub(super) local: LocalId,
    tag: u32,
    pub(super) host: u16,
    pub(super) asked: Asked,
    pub(super) answered: Answered,
    pub(super) held: Held,
    copied: bool,
    /// No longer among the unfinished.
    settled: bool,
    /// Events of the agenda that name its slot.
    pub(super) agenda_events: u8,
}

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// It has not reached its local system.
    UnderWay,
    /// It waits for process 210.
    Arrived,
    /// Process 210 has fixed the write.
    Accepted,
}

/// What its host has heard of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// Nothing.
    Waits,
    /// The completion is due, at a time that the agenda knows.
    Due,
    /// It was due, and a crash came before.
    Lost,
    /// The host has the completion.
    Completed,
    /// The host issues the data again, as another write.
    Abandoned,
}

/// What the local system holds of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// It stands, or will stand, in the cache.
    InCache,
    /// It has landed on the local unit.
    Landed,
    /// A crash wiped it from the cache.
    Lost,
}

impl Write {
    /// What its host wanted.
    pub(super) const fn issue(&self) -> Issue {
        let WriteRequest { unit, position, size, .. } = self.request;
        Issue { unit: LocalUnit { system: self.local, unit }, position, size, tag: self.tag }
    }
}

/// Control unit and disk units of one system: how long a destage takes, what is being written, and when each unit is
/// free again.
#[derive(Clone, Debug)]
pub struct DiskUnits<W> {
    pub(super) control: ControlUnitState,
    pub(super) destage_time: Distribution,
    sampler: Sampler,
    random: ChaCha8Rng,
    free_at: Vec<SimTime>,
    /// What the units are writing or about to write, by ticket.
    writing: Window<W>,
    next_ticket: u64,
}

impl<W: Copy> DiskUnits<W> {
    fn new(destage_time: &Distribution, units: u32, random: ChaCha8Rng) -> Self {
        Self {
            control: ControlUnitState::default(),
            destage_time: destage_time.clone(),
            sampler: Sampler::new(destage_time),
            random,
            free_at: vec![SimTime::ZERO; units as usize],
            writing: Window::default(),
            next_ticket: 0,
        }
    }

    /// A unit is given something to write; the ticket by which it will be done.
    pub(super) fn begin(&mut self, what: W) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.writing.put(ticket, what);
        ticket
    }

    /// It is written: what it was; nothing if that was cut short.
    pub(super) fn done(&mut self, ticket: u64) -> Option<W> {
        self.writing.remove(ticket)
    }

    /// What is like this is not written.
    pub(super) fn forget(&mut self, is_it: impl Fn(&W) -> bool) {
        let tickets: Vec<u64> =
            self.writing.iter().filter(|(_, what)| is_it(what)).map(|(ticket, _)| ticket).collect();
        for ticket in tickets {
            self.writing.remove(ticket);
        }
    }

    /// Whatever the units were doing is cut short, and nothing of it is written.
    pub(super) fn cut_short(&mut self, now: SimTime) {
        self.writing = Window::default();
        self.free_from(now);
    }

    /// The service time of one destage.
    pub(super) fn service(&mut self) -> SimDuration {
        self.sampler.sample(&mut self.random)
    }

    /// Whatever the units were doing is cut short.
    pub(super) fn free_from(&mut self, now: SimTime) {
        self.free_at.fill(now);
    }

    /// When a unit that does one destage after the other is done with the next.
    fn serve(&mut self, now: SimTime, unit: u32) -> SimTime {
        let done = self.free_at[unit as usize].max(now) + self.service();
        self.free_at[unit as usize] = done;
        done
    }
}

/// What a local unit is writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LocalWriting {
    /// The slot in the cache that it comes from.
    slot: u32,
    write: WriteRef,
}

/// Delay between a host and its local systems.
#[derive(Clone, Debug)]
struct HostDelay {
    sampler: Sampler,
    random: ChaCha8Rng,
    zero: bool,
}

impl HostDelay {
    fn new(host: &Host, streams: Streams) -> Self {
        Self {
            sampler: Sampler::new(&host.delay),
            random: streams.stream(&format!("host/{}/delay", host.name)),
            zero: host.delay.is_zero(),
        }
    }
}

/// A scenario while it runs, seen by `O` beside the judge.
#[derive(Debug)]
pub struct World<'a, O = ()> {
    pub(super) scenario: &'a Scenario,
    pub(super) settings: &'a Settings,
    pub(super) now: SimTime,
    pub(super) agenda: Agenda<Event>,
    /// Events of this instant that need no place in the agenda.
    pub(super) at_once: VecDeque<Event>,
    pub(super) judge: Judge,
    observer: O,
    /// The slow oracle, where it was asked for.
    pub(super) oracle: Option<Box<Oracle>>,
    hosts: Vec<HostProcesses>,
    host_delays: Vec<HostDelay>,
    host_out: Vec<HostOutput>,
    pub(super) writes: Vec<Option<Write>>,
    free_slots: Vec<u32>,
    issued: u64,
    unfinished: u64,
    local_only: u64,
    delayed_by_cache: u64,
    pub(super) retried: u64,
    pair_of_unit: Vec<Vec<Option<PairId>>>,
    locals: Vec<LocalDiskSystem>,
    pub(super) local_units: Vec<DiskUnits<LocalWriting>>,
    pub(super) local_clocks: Vec<Clock>,
    pub(super) host_clocks: Vec<Clock>,
    /// Writes whose completion a crash has just taken with it.
    pub(super) lost_completions: BTreeSet<WriteRef>,
    /// The local system that has just failed between steps 601 and 602.
    failed: Option<u32>,
    local_out: Vec<LocalOutput>,
    pub(super) network: Network,
    pub(super) path_of_stream: Vec<PathId>,
    pub(super) remote_site: RemoteSite,
    pub(super) remote_units: Vec<DiskUnits<Writing>>,
    pub(super) remote_out: Vec<RemoteSiteOutput>,
    pub(super) control: Vec<ControlLines>,
    pub(super) messages: Slab<ControlMessage>,
    pub(super) refused: u64,
    pub(super) local_site_lost: bool,
    pub(super) tape: TapeSide,
    pub(super) seam: Current,
    streams: Streams,
}

impl<'a, O: Observer> World<'a, O> {
    /// The world at time zero.
    ///
    /// # Errors
    /// When a trace cannot be opened.
    pub fn new(
        scenario: &'a Scenario,
        settings: &'a Settings,
        options: Options,
        mut observer: O,
    ) -> Result<Self, SimulateError> {
        let preamble = build::preamble(scenario);
        observer.begin(&preamble);
        let streams = Streams::new(scenario.run.seed);
        let ties = if scenario.run.seeded_ties { Ties::Seeded(scenario.run.seed) } else { Ties::Insertion };
        Ok(Self {
            scenario,
            settings,
            now: SimTime::ZERO,
            agenda: Agenda::new(ties),
            at_once: VecDeque::new(),
            judge: Judge::new(&preamble, options),
            observer,
            oracle: None,
            hosts: build::hosts(scenario, streams)?,
            host_delays: scenario.hosts.iter().map(|host| HostDelay::new(host, streams)).collect(),
            host_out: Vec::new(),
            writes: Vec::new(),
            free_slots: Vec::new(),
            issued: 0,
            unfinished: 0,
            local_only: 0,
            delayed_by_cache: 0,
            retried: 0,
            pair_of_unit: build::pair_of_unit(scenario),
            locals: scenario
                .local_systems
                .iter()
                .enumerate()
                .map(|(index, system)| {
                    LocalDiskSystem::new(settings, LocalId::from(index), system.units, system.cache)
                })
                .collect(),
            local_units: scenario
                .local_systems
                .iter()
                .map(|system| {
                    let random = streams.stream(&format!("local/{}/destage", system.name));
                    DiskUnits::new(&system.destage_time, system.units, random)
                })
                .collect(),
            local_clocks: scenario.local_systems.iter().map(|system| system.clock).collect(),
            host_clocks: scenario.hosts.iter().map(|host| host.clock).collect(),
            lost_completions: BTreeSet::new(),
            failed: None,
            local_out: Vec::new(),
            network: build::network(scenario, streams),
            path_of_stream: build::path_of_stream(scenario, settings),
            remote_site: RemoteSite::new(
                settings,
                scenario.remote_systems.iter().map(|system| (system.units, system.cache)),
            ),
            remote_units: scenario
                .remote_systems
                .iter()
                .map(|system| {
                    let random = streams.stream(&format!("remote/{}/destage", system.name));
                    DiskUnits::new(&system.destage_time, system.units, random)
                })
                .collect(),
            remote_out: Vec::new(),
            control: build::control_lines(scenario, streams),
            messages: Slab::default(),
            refused: 0,
            local_site_lost: false,
            tape: TapeSide::new(scenario),
            seam: Current::default(),
            streams,
        })
    }

    /// Runs to the end.
    ///
    /// # Errors
    /// When a trace cannot be read on.
    pub fn run(mut self, progress: &mut dyn FnMut(SimTime)) -> Result<Outcome, SimulateError> {
        self.start()?;
        let stop = SimTime::ZERO + self.scenario.run.duration;
        let limit = build::latest_end(self.scenario);
        let mut events = 0_u64;
        while let Some((at, event)) = self.agenda.pop() {
            // What is due at the end of time (times saturate there) never happens: waiting for it would not end.
            if at > limit || at == SimTime::MAX {
                break;
            }
            self.now = at;
            events += u64::from(event != Event::Disaster);
            if events.is_multiple_of(PROGRESS_EVERY) {
                progress(at);
            }
            self.on_event(event)?;
            while let Some(event) = self.at_once.pop_front() {
                self.on_event(event)?;
            }
            let written = self.unfinished == 0 && self.tape.is_finished();
            let drained = written && (at >= stop || self.local_site_lost);
            let recovered = self.local_site_lost && self.tape.is_idle() && self.remote_site.undestaged() == 0;
            if event == Event::DrainLimit || at >= stop && drained || recovered || self.observer.is_done() {
                break;
            }
        }
        let end = End { at: self.now, local_site_lost: self.local_site_lost, drained: self.unfinished == 0 };
        self.observer.end(&end);
        Ok(Outcome {
            oracle: self.oracle.map(|oracle| oracle.into_report()),
            judgement: self.judge.finish(&end),
            sequence_counters: self.settings.sequence_counters(),
            local_only: self.local_only,
            delayed_by_cache: self.delayed_by_cache,
            refused_by_cache: self.refused,
            retried: self.retried,
            events,
            ended_at: self.now,
        })
    }

    /// Runs on until the remote systems have recovered from the loss of the local site. No fault begins meanwhile: a
    /// second disaster is not what this one would leave.
    ///
    /// # Errors
    /// None without hosts.
    pub(super) fn run_recovery(&mut self) -> Result<(), SimulateError> {
        let mut spared = BTreeSet::new();
        while self.remote_site.undestaged() > 0 {
            let event = match self.at_once.pop_front() {
                Some(event) => event,
                None => match self.agenda.pop() {
                    Some((at, event)) if at < SimTime::MAX => {
                        self.now = at;
                        event
                    }
                    _ => return Ok(()),
                },
            };
            match event {
                Event::Disaster => {}
                Event::FaultBegins(fault) => {
                    spared.insert(fault);
                }
                Event::FaultEnds(fault) if spared.contains(&fault) => {}
                _ => self.on_event(event)?,
            }
        }
        Ok(())
    }

    /// A copy that nobody writes to any more, and that only the judge and the oracle watch.
    pub(super) fn copy_without_hosts(&self) -> World<'a, ()> {
        World {
            scenario: self.scenario,
            settings: self.settings,
            now: self.now,
            agenda: self.agenda.clone(),
            at_once: self.at_once.clone(),
            judge: self.judge.clone(),
            observer: (),
            oracle: self.oracle.clone(),
            hosts: Vec::new(),
            host_delays: self.host_delays.clone(),
            host_out: Vec::new(),
            writes: self.writes.clone(),
            free_slots: self.free_slots.clone(),
            issued: self.issued,
            unfinished: self.unfinished,
            local_only: self.local_only,
            delayed_by_cache: self.delayed_by_cache,
            retried: self.retried,
            pair_of_unit: self.pair_of_unit.clone(),
            locals: self.locals.clone(),
            local_units: self.local_units.clone(),
            local_clocks: self.local_clocks.clone(),
            host_clocks: self.host_clocks.clone(),
            lost_completions: self.lost_completions.clone(),
            failed: self.failed,
            local_out: Vec::new(),
            network: self.network.clone(),
            path_of_stream: self.path_of_stream.clone(),
            remote_site: self.remote_site.clone(),
            remote_units: self.remote_units.clone(),
            remote_out: Vec::new(),
            control: self.control.clone(),
            messages: self.messages.clone(),
            refused: self.refused,
            local_site_lost: self.local_site_lost,
            tape: self.tape.clone(),
            seam: Current::default(),
            streams: self.streams,
        }
    }

    fn start(&mut self) -> Result<(), SimulateError> {
        // First in their instants: the end of writing, the end of draining, and the faults.
        self.agenda.schedule(SimTime::ZERO + self.scenario.run.duration, Event::HostsStop);
        self.agenda.schedule(build::latest_end(self.scenario), Event::DrainLimit);
        self.schedule_faults();
        self.schedule_disaster();
        self.remote_site(RemoteSiteInput::Start);
        if self.settings.sends_markers() {
            for stream in 0..self.settings.layout.streams.len() {
                // The first phase is random and independent; then the timer restarts at each packet.
                let mut random = self.streams.stream(&self.marker_stream_name(stream));
                let phase = 1 + below(&mut random, self.settings.marker_interval.as_ns().max(1));
                self.agenda
                    .schedule(SimTime::from_ns(phase), Event::MarkerDue { stream: stream as u32, life: 0 });
            }
        }
        self.start_tape();
        for host in 0..self.hosts.len() as u32 {
            let mut out = std::mem::take(&mut self.host_out);
            self.hosts[host as usize].start(&mut out)?;
            self.do_host(host, &mut out);
            self.host_out = out;
        }
        Ok(())
    }

    fn marker_stream_name(&self, stream: usize) -> String {
        let key = &self.settings.layout.streams[stream].key;
        let local = &self.scenario.local_systems[key.local.index()].name;
        let remote = &self.scenario.remote_systems[key.remote.index()].name;
        let group = key.group.map_or("", |group| &self.scenario.groups[group.index()].name);
        let pair = key.pair.map_or(String::new(), |pair| pair.0.to_string());
        format!("marker/{local}-{remote}/{group}/{pair}")
    }

    fn on_event(&mut self, event: Event) -> Result<(), SimulateError> {
        match event {
            Event::RemoteLanded { remote, ticket } => self.on_remote_landed(u32::from(remote), ticket),
            Event::PacketArrival(parcel) => self.on_packet_arrival(parcel),
            Event::LineDue(line) => self.on_line_due(line),
            Event::ControlArrival(message) => self.on_control_arrival(message),
            Event::MasterRun => self.remote_site(RemoteSiteInput::MasterDue),
            Event::SlaveTick => self.remote_site(RemoteSiteInput::Activate),
            Event::FaultBegins(fault) => self.on_fault(fault, true),
            Event::FaultEnds(fault) => self.on_fault(fault, false),
            Event::Tape(event) => self.on_tape_event(event),
            Event::HostsStop | Event::DrainLimit => {}
            Event::Disaster => self.on_disaster()?,
            // What follows happens at the local site.
            _ if self.local_site_lost => {}
            Event::HostWake { host, process } => self.on_host_wake(host, process)?,
            Event::Request(slot) => self.on_request(slot),
            Event::HostRetry(slot) => self.on_host_retry(slot),
            Event::FixDue { local, life } => self.timer(local, life, LocalInput::FixDue),
            Event::SendDue { local, life } => self.timer(local, life, LocalInput::SendDue),
            Event::HostCompletion(slot) => self.on_host_completion(slot),
            Event::MarkerDue { stream, life } => {
                let local = self.settings.layout.streams[stream as usize].key.local;
                self.timer(local.0, life, LocalInput::MarkerDue(StreamId(stream)));
            }
            Event::ResendDue { local, life } => self.timer(local, life, LocalInput::ResendDue),
            Event::LocalLanded { local, ticket } => self.on_local_landed(u32::from(local), ticket),
        }
        Ok(())
    }

    #[inline]
    pub(super) fn record(&mut self, record: &Record) {
        self.judge.record(self.now, record);
        if let Some(oracle) = &mut self.oracle {
            oracle.observe(self.now, record);
        }
        self.observer.observe(self.now, record);
    }

    fn on_host_wake(&mut self, host: u32, process: u32) -> Result<(), SimulateError> {
        if self.now >= SimTime::ZERO + self.scenario.run.duration {
            return Ok(());
        }
        let mut out = std::mem::take(&mut self.host_out);
        self.hosts[host as usize].wake(self.now, process, &mut out)?;
        self.do_host(host, &mut out);
        self.host_out = out;
        Ok(())
    }

    fn do_host(&mut self, host: u32, out: &mut Vec<HostOutput>) {
        let stop = SimTime::ZERO + self.scenario.run.duration;
        for output in out.drain(..) {
            match output {
                HostOutput::Wake(at, process) if at < stop => {
                    self.agenda.schedule(at, Event::HostWake { host, process });
                }
                HostOutput::Issue(issue) if self.now < stop => self.issue(host, issue),
                _ => {} // Hosts write for `duration`.
            }
        }
    }

    pub(super) fn issue(&mut self, host: u32, issue: Issue) {
        let Issue { unit, position, size, tag } = issue;
        let slot = self.free_slots.pop().unwrap_or_else(|| {
            self.writes.push(None);
            (self.writes.len() - 1) as u32
        });
        let write = WriteRef { serial: self.issued, slot };
        self.issued += 1;
        self.unfinished += 1;
        let pair = self.pair_of_unit[unit.system.index()][unit.unit as usize];
        let host_stamp = self.host_clocks[host as usize].reading(self.now);
        let request = WriteRequest { write, unit: unit.unit, pair, position, size, host_stamp };
        let (local, copied) = (unit.system, pair.is_none());
        let delay = self.host_delay(host);
        self.writes[slot as usize] = Some(Write {
            request,
            local,
            tag,
            host: host as u16,
            asked: Asked::UnderWay,
            answered: Answered::Waits,
            held: Held::InCache,
            copied,
            settled: false,
            agenda_events: 1,
        });
        self.record(&Record::Issued {
            write,
            host: HostId(host),
            local,
            unit: unit.unit,
            pair,
            position,
            size,
        });
        match delay {
            SimDuration::ZERO => self.on_request(slot),
            delay => self.agenda.schedule(self.now + delay, Event::Request(slot)),
        }
    }

    fn host_delay(&mut self, host: u32) -> SimDuration {
        let delay = &mut self.host_delays[host as usize];
        if delay.zero { SimDuration::ZERO } else { delay.sampler.sample(&mut delay.random) }
    }

    fn on_request(&mut self, slot: u32) {
        let Some(write) = &mut self.writes[slot as usize] else { return };
        write.agenda_events -= 1;
        write.asked = Asked::Arrived;
        let (local, request) = (write.local, write.request);
        if self.local_units[local.index()].control.is_up() {
            self.local(local.0, LocalInput::WriteRequest(request));
        } else {
            self.schedule_retry(slot);
        }
    }

    fn on_host_completion(&mut self, slot: u32) {
        let Some(write) = &mut self.writes[slot as usize] else { return };
        write.agenda_events -= 1;
        if write.answered != Answered::Due {
            self.finish_if_done(slot);
            return;
        }
        write.answered = Answered::Completed;
        let (host, tag) = (u32::from(write.host), write.tag);
        let (write, paired) = (write.request.write, write.request.pair.is_some());
        self.local_only += u64::from(!paired);
        self.record(&Record::Completed { write });
        self.finish_if_done(slot);
        let mut out = std::mem::take(&mut self.host_out);
        self.hosts[host as usize].on_completed(self.now, tag, &mut out);
        self.do_host(host, &mut out);
        self.host_out = out;
    }

    /// A packet reached the local end of its path.
    pub(super) fn deliver_to_local(&mut self, path: PathId, packet: Packet) {
        if let Packet::Completion { stream, number } = packet {
            let local = self.scenario.paths[path.index()].local;
            let number = self.seam.local_hears(stream, number);
            self.local(local.0, LocalInput::Completion { stream, number });
        }
    }

    /// A timer of a local system runs out, if it was armed in the life that the system still lives.
    fn timer(&mut self, local: u32, life: u16, input: LocalInput) {
        if self.local_lives(local, life) {
            self.local(local, input);
        }
    }

    /// Gives an input to a local system, if it works, and does what it says.
    pub(super) fn local(&mut self, local: u32, input: LocalInput) {
        if self.local_units[local as usize].control.is_up() {
            self.local_while_down(local, input);
        }
        if let Some(failed) = self.failed.take() {
            self.on_local_failed(failed);
        }
    }

    /// Gives an input to a local system, whether it works or not.
    pub(super) fn local_while_down(&mut self, local: u32, input: LocalInput) {
        let mut out = std::mem::take(&mut self.local_out);
        let reading = self.local_clocks[local as usize].reading(self.now);
        let context = Context { settings: self.settings, now: self.now, reading };
        self.locals[local as usize].handle(&context, input, &mut out);
        self.seam.local_says(&mut out);
        for output in out.drain(..) {
            self.do_local(local, output);
        }
        self.local_out = out;
    }

    fn do_local(&mut self, local: u32, output: LocalOutput) {
        let life = self.local_units[local as usize].control.life;
        match output {
            LocalOutput::Accepted(write) => {
                if let Some(state) = &mut self.writes[write.slot as usize] {
                    state.asked = Asked::Accepted;
                }
                self.record(&Record::Accepted { write });
            }
            LocalOutput::Complete(write, wait) => {
                let Some(state) = &mut self.writes[write.slot as usize] else { return };
                if state.request.write != write || state.answered != Answered::Waits {
                    return; // Its host does not wait any more.
                }
                state.answered = Answered::Due;
                state.agenda_events += 1;
                let host = u32::from(state.host);
                let back = self.host_delay(host);
                let at = self.now + SimDuration::from_ns(wait) + back;
                self.agenda.schedule_in_lane(COMPLETION_LANE, at, Event::HostCompletion(write.slot));
            }
            LocalOutput::CompletionLost(write) => {
                self.lost_completions.insert(write);
            }
            LocalOutput::CacheFull(_) => self.delayed_by_cache += 1,
            LocalOutput::Send { packet, again } => self.send_from_local(packet, again),
            LocalOutput::Destage { entry, unit, write } => {
                let units = &mut self.local_units[local as usize];
                let ticket = units.begin(LocalWriting { slot: entry, write });
                let event = Event::LocalLanded { local: local as u16, ticket };
                if units.destage_time.is_zero() {
                    self.at_once.push_back(event);
                } else {
                    let at = units.serve(self.now, unit);
                    self.agenda.schedule_in_lane(LOCAL_UNITS_LANE, at, event);
                }
            }
            LocalOutput::ArmFix(at) => {
                self.agenda.schedule_in_lane(COMPLETION_LANE, at, Event::FixDue { local, life });
            }
            LocalOutput::ArmSend(at) => {
                self.agenda.schedule_in_lane(COMPLETION_LANE, at, Event::SendDue { local, life });
            }
            LocalOutput::ArmMarker(StreamId(stream), at) => {
                self.agenda.schedule(at, Event::MarkerDue { stream, life });
            }
            LocalOutput::ArmResend(at) => self.agenda.schedule(at, Event::ResendDue { local, life }),
            LocalOutput::CacheLost(write) => self.on_local_cache_lost(write),
            LocalOutput::Fails => self.failed = Some(local),
        }
    }

    fn send_from_local(&mut self, packet: Packet, again: bool) {
        let (stream, class, write, bytes) = match packet {
            Packet::WriteData(data) => (data.stream, PacketClass::WriteData, Some(data.write), data.size),
            Packet::Marker { stream, .. } | Packet::Clock { stream, .. } => {
                (stream, PacketClass::Marker, None, SHORT_PACKET_BYTES)
            }
            Packet::Completion { .. } => return,
        };
        self.ship(&Shipment {
            path: self.path_of_stream[stream.index()],
            direction: Direction::Forward,
            freight: Freight::Disk(packet),
            class: if again { PacketClass::Resend } else { class },
            write,
            bytes,
        });
    }

    fn on_local_landed(&mut self, local: u32, ticket: u64) {
        // Nothing, if a crash cut it short.
        let Some(LocalWriting { slot, write }) = self.local_units[local as usize].done(ticket) else {
            return;
        };
        for write in self.seam.local_lands(write) {
            self.record(&Record::LocalDestaged { write });
            if let Some(state) = &mut self.writes[write.slot as usize] {
                state.held = Held::Landed;
            }
            self.finish_if_done(write.slot);
        }
        self.local(local, LocalInput::Landed(slot));
    }

    /// The write stands at the remote site, the first time or again.
    pub(super) fn on_remote_copy(&mut self, write: WriteRef) {
        if let Some(state) = &mut self.writes[write.slot as usize]
            && state.request.write == write
        {
            state.copied = true;
            self.finish_if_done(write.slot);
        }
    }

    pub(super) fn finish_if_done(&mut self, slot: u32) {
        let entry = &mut self.writes[slot as usize];
        let Some(write) = entry else { return };
        let abandoned = write.answered == Answered::Abandoned;
        if write.agenda_events > 0 || !(write.answered == Answered::Completed || abandoned) {
            return;
        }
        let gone = match write.asked {
            Asked::Accepted => write.held != Held::InCache && write.copied,
            Asked::UnderWay | Asked::Arrived => abandoned,
        };
        // Nobody waits for it, and nothing but a packet under way can bring it to the remote site.
        let forgotten = abandoned && write.held == Held::Lost;
        if (gone || forgotten) && !std::mem::replace(&mut write.settled, true) {
            self.unfinished -= 1;
        }
        if gone {
            *entry = None;
            self.free_slots.push(slot);
        }
    }
}
