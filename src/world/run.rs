//! The world: tables of what is in flight, the loop over events, hosts and the local site.

use std::collections::VecDeque;

use rand_chacha::ChaCha8Rng;

use super::event::Event;
use super::judge::Judge;
use super::network::{Freight, Network, SHORT_PACKET_BYTES, Shipment};
use super::remote_site::{ControlLines, ControlMessage};
use super::seam::Seam;
use super::tape::TapeSide;
use super::{Outcome, SimulateError, build};
use crate::engine::random::{Streams, below};
use crate::engine::{Agenda, Ties};
use crate::hardware::distribution::{Distribution, Sampler};
use crate::hardware::host::{HostOutput, HostProcesses, Issue, Surroundings};
use crate::hardware::link::Link;
use crate::hardware::wan::Channel;
use crate::metrics::Options;
use crate::protocol::disk::{
    Context, LocalDiskSystem, LocalInput, LocalOutput, Master, Packet, RemoteDiskSystem, RemoteOutput,
    Settings, StreamId, WriteRequest,
};
use crate::protocol::rules::Destage;
use crate::protocol::slab::Slab;
use crate::scenario::Scenario;
use crate::scenario::validated::FaultKind;
use crate::trace::{End, Observer, PacketClass, Record};
use crate::units::{
    Direction, GroupId, HostId, LocalId, PairId, PathId, RemoteId, SimDuration, SimTime, WriteRef,
};

/// Lane of the agenda for completions after a constant time.
const COMPLETION_LANE: usize = 0;
/// Lane of the agenda for packets: in order where the delay is constant.
pub(super) const NETWORK_LANE: usize = 1;

/// The simulated time is told to `progress` every so many events.
const PROGRESS_EVERY: u64 = 1 << 14;

/// A write in flight, as the hardware knows it: one cache line, since many are in flight and each is met seldom.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Write {
    request: WriteRequest,
    local: LocalId,
    host: u32,
    tag: u32,
    completed: bool,
    landed: bool,
    copied: bool,
}

/// Disk units of one system: how long a destage takes, and when each unit is free again.
#[derive(Debug)]
pub struct DiskUnits {
    pub(super) destage_time: Distribution,
    sampler: Sampler,
    random: ChaCha8Rng,
    free_at: Vec<SimTime>,
}

impl DiskUnits {
    fn new(destage_time: &Distribution, units: u32, random: ChaCha8Rng) -> Self {
        Self {
            destage_time: destage_time.clone(),
            sampler: Sampler::new(destage_time),
            random,
            free_at: vec![SimTime::ZERO; units as usize],
        }
    }

    /// The service time of one destage.
    pub(super) fn service(&mut self) -> SimDuration {
        self.sampler.sample(&mut self.random)
    }

    /// When a unit that does one destage after the other is done with the next.
    fn serve(&mut self, now: SimTime, unit: u32) -> SimTime {
        let done = self.free_at[unit as usize].max(now) + self.service();
        self.free_at[unit as usize] = done;
        done
    }
}

/// Delay between a host and its local systems.
#[derive(Debug)]
struct HostDelay {
    sampler: Sampler,
    random: ChaCha8Rng,
    zero: bool,
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
    judge: Judge,
    observer: O,
    hosts: Vec<HostProcesses>,
    host_delays: Vec<HostDelay>,
    host_out: Vec<HostOutput>,
    writes: Vec<Option<Write>>,
    free_slots: Vec<u32>,
    issued: u64,
    unfinished: u64,
    local_only: u64,
    delayed_by_cache: u64,
    pair_of_unit: Vec<Vec<Option<PairId>>>,
    locals: Vec<LocalDiskSystem>,
    local_units: Vec<DiskUnits>,
    local_out: Vec<LocalOutput>,
    pub(super) network: Network,
    pub(super) path_of_stream: Vec<PathId>,
    pub(super) remotes: Vec<RemoteDiskSystem>,
    pub(super) remote_units: Vec<DiskUnits>,
    pub(super) remote_out: Vec<RemoteOutput>,
    pub(super) control: Vec<ControlLines>,
    pub(super) messages: Slab<ControlMessage>,
    pub(super) master: Master,
    pub(super) master_armed: bool,
    pub(super) groups_to_destage: Vec<GroupId>,
    pub(super) group_busy: Vec<bool>,
    pub(super) refused: u64,
    pub(super) local_site_lost: bool,
    pub(super) tape: TapeSide,
    pub(super) seam: Seam,
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
        let preamble = build::preamble(scenario, settings);
        observer.begin(&preamble);
        let streams = Streams::new(scenario.run.seed);
        let local_names: Vec<&str> =
            scenario.local_systems.iter().map(|system| system.name.as_str()).collect();
        let unit_sizes: Vec<u64> = scenario.local_systems.iter().map(|system| system.unit_size).collect();
        let mut hosts = Vec::new();
        let mut host_delays = Vec::new();
        for host in &scenario.hosts {
            let surroundings = Surroundings {
                streams: &streams,
                host: &host.name,
                systems: &local_names,
                unit_sizes: &unit_sizes,
            };
            hosts.push(HostProcesses::new(&host.workload, &surroundings)?);
            host_delays.push(HostDelay {
                sampler: Sampler::new(&host.delay),
                random: streams.stream(&format!("host/{}/delay", host.name)),
                zero: host.delay.is_zero(),
            });
        }
        let mut pair_of_unit: Vec<_> =
            scenario.local_systems.iter().map(|system| vec![None; system.units as usize]).collect();
        for (index, pair) in scenario.pairs.iter().enumerate() {
            pair_of_unit[pair.local.system.index()][pair.local.unit as usize] = Some(PairId::from(index));
        }
        let channel = |link: &Link, name: String| (Channel::new(link, &streams, &name), link.mtu);
        let disk_paths = scenario.paths.iter().map(|path| {
            let local = &scenario.local_systems[path.local.index()].name;
            let remote = &scenario.remote_systems[path.remote.index()].name;
            [
                channel(&path.forward, format!("wan/{local}-{remote}")),
                channel(&path.reverse, format!("wan/{remote}-{local}")),
            ]
        });
        let tape_paths = scenario.tape.jobs.iter().map(|job| {
            let (initiator, system) = (&job.name, &scenario.tape.systems[job.system].name);
            [
                channel(&job.forward, format!("wan/{initiator}-{system}")),
                channel(&job.reverse, format!("wan/{system}-{initiator}")),
            ]
        });
        let network = Network::new(disk_paths.chain(tape_paths));
        let control = scenario.remote_systems.iter().map(|system| ControlLines {
            reports: Channel::new(&scenario.control, &streams, &format!("control/{}/report", system.name)),
            limits: Channel::new(&scenario.control, &streams, &format!("control/{}/limit", system.name)),
        });
        let path_of = |stream: &crate::protocol::disk::numbering::Stream| {
            let ends = (stream.key.local, stream.key.remote);
            PathId::from(
                scenario.paths.iter().position(|path| (path.local, path.remote) == ends).unwrap_or(0),
            )
        };
        let ties = match scenario.run.seeded_ties {
            false => Ties::Insertion,
            true => Ties::Seeded(scenario.run.seed),
        };
        let strict_destage = settings.rules.destage == Destage::Serial;
        Ok(Self {
            scenario,
            settings,
            now: SimTime::ZERO,
            agenda: Agenda::new(ties),
            at_once: VecDeque::new(),
            judge: Judge::new(&preamble, strict_destage, options),
            observer,
            hosts,
            host_delays,
            host_out: Vec::new(),
            writes: Vec::new(),
            free_slots: Vec::new(),
            issued: 0,
            unfinished: 0,
            local_only: 0,
            delayed_by_cache: 0,
            pair_of_unit,
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
            local_out: Vec::new(),
            network,
            path_of_stream: settings.layout.streams.iter().map(path_of).collect(),
            remotes: scenario
                .remote_systems
                .iter()
                .enumerate()
                .map(|(index, system)| {
                    RemoteDiskSystem::new(settings, RemoteId::from(index), system.units, system.cache)
                })
                .collect(),
            remote_units: scenario
                .remote_systems
                .iter()
                .map(|system| {
                    let random = streams.stream(&format!("remote/{}/destage", system.name));
                    DiskUnits::new(&system.destage_time, system.units, random)
                })
                .collect(),
            remote_out: Vec::new(),
            control: control.collect(),
            messages: Slab::default(),
            master: Master::new(settings),
            master_armed: false,
            groups_to_destage: Vec::new(),
            group_busy: vec![false; scenario.groups.len()],
            refused: 0,
            local_site_lost: false,
            tape: TapeSide::new(scenario),
            seam: Seam::default(),
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
            if at > limit {
                break;
            }
            self.now = at;
            events += 1;
            if events % PROGRESS_EVERY == 0 {
                progress(at);
            }
            self.on_event(event)?;
            while let Some(event) = self.at_once.pop_front() {
                self.on_event(event)?;
            }
            let written = self.unfinished == 0 && self.tape.is_finished();
            let drained = written && (at >= stop || self.local_site_lost);
            let recovered = self.local_site_lost
                && self.tape.is_idle()
                && self.remotes.iter().all(|remote| remote.undestaged() == 0);
            if event == Event::DrainLimit || at >= stop && drained || recovered {
                break;
            }
        }
        let end = End { at: self.now, local_site_lost: self.local_site_lost, drained: self.unfinished == 0 };
        self.observer.end(&end);
        Ok(Outcome {
            judgement: self.judge.finish(&end),
            sequence_counters: self.settings.sequence_counters(),
            local_only: self.local_only,
            delayed_by_cache: self.delayed_by_cache,
            events,
            ended_at: self.now,
        })
    }

    fn start(&mut self) -> Result<(), SimulateError> {
        // First in their instants: the end of writing, the end of draining, and the faults.
        self.agenda.schedule(SimTime::ZERO + self.scenario.run.duration, Event::HostsStop);
        self.agenda.schedule(build::latest_end(self.scenario), Event::DrainLimit);
        for (index, fault) in self.scenario.faults.iter().enumerate() {
            self.agenda.schedule(fault.at, Event::FaultBegins(index as u32));
            if let FaultKind::WanOutage { length, .. } = fault.kind {
                self.agenda.schedule(fault.at + length, Event::FaultEnds(index as u32));
            }
        }
        let period = self.scenario.protocol.limit_period;
        if self.settings.has_limits() && !period.is_zero() {
            self.agenda.schedule(SimTime::ZERO + period, Event::SlaveTick);
        }
        if self.settings.sends_markers() {
            for stream in 0..self.settings.layout.streams.len() {
                // The first phase is random and independent; then the timer restarts at each packet.
                let mut random = self.streams.stream(&self.marker_stream_name(stream));
                let phase = 1 + below(&mut random, self.settings.marker_interval.as_ns().max(1));
                self.agenda.schedule(SimTime::from_ns(phase), Event::MarkerDue(stream as u32));
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
            Event::RemoteLanded { remote, entry } => self.on_remote_landed(remote, entry),
            Event::PacketArrival(parcel) => self.on_packet_arrival(parcel),
            Event::ControlArrival(message) => self.on_control_arrival(message),
            Event::MasterRun => self.on_master_run(),
            Event::SlaveTick => self.on_slave_tick(),
            Event::FaultBegins(fault) => self.on_fault(fault, true),
            Event::FaultEnds(fault) => self.on_fault(fault, false),
            Event::Tape(event) => self.on_tape_event(event),
            Event::HostsStop | Event::DrainLimit => {}
            // What follows happens at the local site.
            _ if self.local_site_lost => {}
            Event::HostWake { host, process } => self.on_host_wake(host, process)?,
            Event::Request(slot) => self.on_request(slot),
            Event::FixDue(local) => self.local(local, LocalInput::FixDue),
            Event::HostCompletion(slot) => self.on_host_completion(slot),
            Event::MarkerDue(stream) => {
                let local = self.settings.layout.streams[stream as usize].key.local;
                self.local(local.0, LocalInput::MarkerDue(StreamId(stream)));
            }
            Event::ResendDue(local) => self.local(local, LocalInput::ResendDue),
            Event::LocalLanded { local, entry } => self.on_local_landed(local, entry),
        }
        if !self.groups_to_destage.is_empty() {
            self.destage_groups();
        }
        Ok(())
    }

    pub(super) fn record(&mut self, record: &Record) {
        self.judge.record(self.now, record);
        self.observer.observe(self.now, record);
    }

    fn on_fault(&mut self, fault: u32, begins: bool) {
        self.record(&if begins { Record::FaultBegan { fault } } else { Record::FaultEnded { fault } });
        match self.scenario.faults[fault as usize].kind {
            FaultKind::WanOutage { path, direction, .. } => self.network.set_outage(path, direction, begins),
            FaultKind::LocalSiteLoss if !self.local_site_lost => self.on_local_site_lost(),
            FaultKind::LocalSiteLoss => {}
        }
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

    fn issue(&mut self, host: u32, issue: Issue) {
        let Issue { unit, position, size, tag } = issue;
        let slot = self.free_slots.pop().unwrap_or_else(|| {
            self.writes.push(None);
            (self.writes.len() - 1) as u32
        });
        let write = WriteRef { serial: self.issued, slot };
        self.issued += 1;
        self.unfinished += 1;
        let pair = self.pair_of_unit[unit.system.index()][unit.unit as usize];
        let host_stamp = self.scenario.hosts[host as usize].clock.reading(self.now);
        let request = WriteRequest { write, unit: unit.unit, pair, position, size, host_stamp };
        let (local, copied) = (unit.system, pair.is_none());
        self.writes[slot as usize] =
            Some(Write { request, local, host, tag, completed: false, landed: false, copied });
        self.record(&Record::Issued {
            write,
            host: HostId(host),
            local,
            unit: unit.unit,
            pair,
            position,
            size,
        });
        match self.host_delay(host) {
            SimDuration::ZERO => self.local(local.0, LocalInput::WriteRequest(request)),
            delay => self.agenda.schedule(self.now + delay, Event::Request(slot)),
        }
    }

    fn host_delay(&mut self, host: u32) -> SimDuration {
        let delay = &mut self.host_delays[host as usize];
        if delay.zero { SimDuration::ZERO } else { delay.sampler.sample(&mut delay.random) }
    }

    fn on_request(&mut self, slot: u32) {
        if let Some(write) = self.writes[slot as usize] {
            self.local(write.local.0, LocalInput::WriteRequest(write.request));
        }
    }

    fn on_host_completion(&mut self, slot: u32) {
        let Some(write) = &mut self.writes[slot as usize] else { return };
        write.completed = true;
        let (host, tag) = (write.host, write.tag);
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

    /// Gives an input to a local system and does what it says.
    fn local(&mut self, local: u32, input: LocalInput) {
        let mut out = std::mem::take(&mut self.local_out);
        let reading = self.scenario.local_systems[local as usize].clock.reading(self.now);
        let context = Context { settings: self.settings, now: self.now, reading };
        self.locals[local as usize].handle(&context, input, &mut out);
        self.seam.local_says(&mut out);
        for output in out.drain(..) {
            self.do_local(local, output);
        }
        self.local_out = out;
    }

    fn do_local(&mut self, local: u32, output: LocalOutput) {
        match output {
            LocalOutput::Accepted(write) => self.record(&Record::Accepted { write }),
            LocalOutput::Complete(write, wait) => {
                let Some(state) = self.writes[write.slot as usize] else { return };
                let back = self.host_delay(state.host);
                let at = self.now + SimDuration::from_ns(wait) + back;
                self.agenda.schedule_in_lane(COMPLETION_LANE, at, Event::HostCompletion(write.slot));
            }
            LocalOutput::CacheFull(_) => self.delayed_by_cache += 1,
            LocalOutput::Send { packet, again } => self.send_from_local(packet, again),
            LocalOutput::Destage { entry, unit, .. } => {
                let units = &mut self.local_units[local as usize];
                let event = Event::LocalLanded { local, entry };
                if units.destage_time.is_zero() {
                    self.at_once.push_back(event);
                } else {
                    let at = units.serve(self.now, unit);
                    self.agenda.schedule(at, event);
                }
            }
            LocalOutput::ArmFix(at) => self.agenda.schedule(at, Event::FixDue(local)),
            LocalOutput::ArmMarker(stream, at) => self.agenda.schedule(at, Event::MarkerDue(stream.0)),
            LocalOutput::ArmResend(at) => self.agenda.schedule(at, Event::ResendDue(local)),
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

    fn on_local_landed(&mut self, local: u32, entry: u32) {
        let Some(write) = self.locals[local as usize].entry(entry).map(|cached| cached.request.write) else {
            return;
        };
        for write in self.seam.local_lands(write) {
            self.record(&Record::LocalDestaged { write });
            if let Some(state) = &mut self.writes[write.slot as usize] {
                state.landed = true;
            }
            self.finish_if_done(write.slot);
        }
        self.local(local, LocalInput::Landed(entry));
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

    fn finish_if_done(&mut self, slot: u32) {
        let entry = &mut self.writes[slot as usize];
        if entry.is_some_and(|write| write.completed && write.landed && write.copied) {
            *entry = None;
            self.free_slots.push(slot);
            self.unfinished -= 1;
        }
    }
}
