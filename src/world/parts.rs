//! The parts of the world, and what each says carried to where it lands.
//!
//! Nothing is decided here: an output of one part is an input of another, an event to come, or a fact.

use super::build;
use super::control::ControlKind;
use super::event::Event;
use super::faults;
use super::hosts::{GoesOn, Hosts};
use super::in_flight::Soon;
use super::local_site::{LocalSite, LocalWriting};
use super::network::{AnyPacket, Delivery, Network};
use super::remote_site::{RemoteSite, RemoteWriting};
use super::seam::{Current, RemoteLanding, Seam as _};
use super::stage::{InOrder, Stage};
use super::tape::TapeSide;
use crate::engine::random::{Streams, below};
use crate::hardware::host::{HostOutput, Issue};
use crate::protocol::disk::{
    LocalOutput, LocalSiteInput, LocalSiteOutput, LocalTimer, Packet, RemoteOutput, RemoteSiteInput,
    RemoteSiteOutput, Settings, StreamId, TimerOf, WriteData,
};
use crate::protocol::rules::LimitScope;
use crate::protocol::transport::SendingId;
use crate::scenario::Scenario;
use crate::trace::{Observer, Record};
use crate::units::{Direction, GroupId, HostId, LocalId, PathId, RemoteId, SimDuration, SimTime};

/// Everything but those who decide when to write, and those who watch.
#[derive(Clone, Debug)]
pub struct Parts<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// What the protocol knows of it.
    pub settings: &'a Settings,
    /// Hosts.
    pub hosts: Hosts,
    /// Local disk systems.
    pub local_site: LocalSite<'a>,
    /// Paths between the sites.
    pub network: Network,
    /// Remote disk systems.
    pub remote_site: RemoteSite<'a>,
    /// Tape at either site.
    pub tape: TapeSide<'a>,
    /// Between protocol and hardware.
    pub seam: Current,
}

impl<'a> Parts<'a> {
    /// The parts at time zero.
    pub fn new(scenario: &'a Scenario, settings: &'a Settings, streams: Streams) -> Self {
        Self {
            scenario,
            settings,
            hosts: Hosts::new(scenario, streams),
            local_site: LocalSite::new(scenario, settings, streams),
            network: build::network(scenario, settings, streams),
            remote_site: RemoteSite::new(scenario, settings, streams),
            tape: TapeSide::new(scenario, &settings.rules),
            seam: Current::default(),
        }
    }

    /// What an event asks for that comes soon is read ([`crate::collections`]): several events' at once.
    #[inline]
    pub fn fetch(&self, event: &Event) {
        match *event {
            Event::PacketArrival(name) => match self.network.fetch(name) {
                Some(Soon::Data { slot }) => self.hosts.writes.fetch(slot),
                Some(Soon::Completion { stream, number, answers }) => {
                    self.local_site.fetch_completed(stream, number, answers);
                }
                None => {}
            },
            Event::RemoteLanded { remote, ticket } => {
                if let Some(write) = self.remote_site.fetch_landed(RemoteId(u32::from(remote)), ticket) {
                    self.hosts.writes.fetch(write.slot);
                }
            }
            _ => {}
        }
    }

    /// All that is random and has not been drawn is drawn anew.
    pub fn redraw(&mut self, salt: u64) {
        self.hosts.redraw(salt);
        self.local_site.units.redraw(salt);
        self.network.each_channel(None, None, |channel| channel.redraw(salt));
        self.remote_site.units.redraw(salt);
        self.remote_site.control.redraw(salt);
    }

    /// The marker timer of each number stream starts in a random phase of its own; then it restarts at each packet.
    pub fn start_markers<O: Observer>(&self, stage: &mut Stage<O>) {
        if !self.settings.sends_markers() {
            return;
        }
        for stream in 0..self.settings.layout.streams.len() {
            let mut random = Streams::new(self.scenario.run.seed).stream(&self.marker_stream_name(stream));
            let phase = 1 + below(&mut random, self.settings.marker_interval.as_ns().max(1));
            let timer = LocalTimer { of: TimerOf::Marker(StreamId(stream as u32)), life: 0 };
            stage.schedule(SimTime::from_ns(phase), Event::LocalTimer(timer));
        }
    }

    /// The random stream of a number stream's first marker.
    fn marker_stream_name(&self, stream: usize) -> String {
        let key = &self.settings.layout.streams[stream].key;
        let local = &self.scenario.local_systems[key.local.index()].name;
        let remote = &self.scenario.remote_systems[key.remote.index()].name;
        let group = key.group.map_or("", |group| &self.scenario.groups[group.index()].name);
        let pair = key.pair.map_or(String::new(), |pair| pair.0.to_string());
        format!("marker/{local}-{remote}/{group}/{pair}")
    }

    /// What a host does. Hosts write for `duration`.
    #[inline]
    pub fn host_says<O: Observer>(&mut self, host: HostId, output: HostOutput, stage: &mut Stage<O>) {
        let stop = SimTime::ZERO + self.scenario.run.duration;
        match output {
            HostOutput::Wake(at, process) if at < stop => {
                stage.schedule(at, Event::HostWake { host: host.0, process });
            }
            HostOutput::Issue(issue) if stage.now() < stop => self.issue(host, issue, stage),
            HostOutput::Wake(..) | HostOutput::Issue(_) => {}
        }
    }

    #[inline]
    fn issue<O: Observer>(&mut self, host: HostId, issue: Issue, stage: &mut Stage<O>) {
        if let Some(slot) = self.hosts.issue(host, issue, stage) {
            self.on_request(slot, stage);
        }
    }

    /// A request reaches its local system.
    pub fn on_request<O: Observer>(&mut self, slot: u32, stage: &mut Stage<O>) {
        if let Some(input) = self.hosts.on_request(slot) {
            self.local(input, stage);
        }
    }

    /// A completion reaches its host: which, and the tag of the write, if the host hears of it.
    pub fn on_host_completion<O: Observer>(
        &mut self,
        slot: u32,
        stage: &mut Stage<O>,
    ) -> Option<(HostId, u32)> {
        let input = self.hosts.on_completion(slot)?;
        self.local(input, stage);
        self.hosts.writes.finish_if_done(slot);
        match self.hosts.goes_on.take()? {
            GoesOn::Completed(host, tag) => Some((host, tag)),
            GoesOn::Again(..) => None,
        }
    }

    /// A host has waited long enough for a completion.
    pub fn on_host_retry<O: Observer>(&mut self, slot: u32, stage: &mut Stage<O>) {
        let Some(input) = self.hosts.on_retry(slot) else { return };
        self.local(input, stage);
        self.hosts.writes.finish_if_done(slot);
        if let Some(GoesOn::Again(host, issue)) = self.hosts.goes_on.take() {
            self.issue(host, issue, stage);
        }
    }

    /// Gives an input to the local site, and does what it says.
    pub fn local<O: Observer>(&mut self, input: LocalSiteInput, stage: &mut Stage<O>) {
        self.local_site.handle(stage.now(), input);
        self.seam.local_says(&mut self.local_site.said);
        let paths = &self.scenario.paths;
        let LocalSite { said, units, delayed_by_cache, .. } = &mut self.local_site;
        for output in said.drain(..) {
            match output {
                LocalSiteOutput::Of(local, output) => match output {
                    LocalOutput::Accepted(write) => {
                        self.hosts.on_accepted(write);
                        stage.record(&Record::Accepted { write });
                    }
                    LocalOutput::Complete(write, wait) => {
                        self.hosts.on_complete(write, SimDuration::from_ns(wait), stage);
                    }
                    LocalOutput::CacheFull(_) => *delayed_by_cache += 1,
                    LocalOutput::Send { packet, again, sending } => {
                        self.network.send_from_local(packet, again, sending, stage);
                    }
                    LocalOutput::Destage { entry: slot, unit, write } => {
                        units.start_destage(local, unit, LocalWriting { slot, write }, stage);
                    }
                    LocalOutput::Folded { write, into } => {
                        stage.record(&Record::Folded { write, into });
                        self.hosts.writes.fold(write, into);
                    }
                    LocalOutput::CacheLost(write) => {
                        stage.record(&Record::LocalCacheLost { write });
                        self.hosts.on_local_cache_lost(write);
                    }
                    // The site keeps it to itself, or says it as its own.
                    LocalOutput::CompletionLost(_)
                    | LocalOutput::ArmFix(_)
                    | LocalOutput::ArmSend(_)
                    | LocalOutput::ArmMarker(..)
                    | LocalOutput::ArmResend(_)
                    | LocalOutput::SetCopied(..)
                    | LocalOutput::Fails => {}
                },
                LocalSiteOutput::Arm(timer, at) => match timer.of {
                    TimerOf::Fix(_) | TimerOf::Send(_) => {
                        stage.schedule_in_order(InOrder::Completions, at, Event::LocalTimer(timer));
                    }
                    TimerOf::Resend(_) | TimerOf::Marker(_) => stage.schedule(at, Event::LocalTimer(timer)),
                },
                LocalSiteOutput::Completed(write) => {
                    self.hosts.on_completed(write);
                    stage.record(&Record::Completed { write });
                }
                LocalSiteOutput::ArmCut(group, at) => stage.schedule(at, Event::CutDue(group.0)),
                LocalSiteOutput::Cut(..) => {} // Only told of.
                LocalSiteOutput::ArmRetry(write) => self.hosts.on_arm_retry(write, stage),
                LocalSiteOutput::Abandoned(write) => {
                    self.hosts.on_abandoned(write);
                    stage.record(&Record::Abandoned { write });
                }
                LocalSiteOutput::Failed(_, fault) => faults::local_fails(self.scenario, fault, stage),
                LocalSiteOutput::Down(local) => {
                    units.cut_short(local, stage.now());
                    self.network.forget_segments(|path| paths[path.index()].local == local);
                }
            }
        }
    }

    /// A local unit has written what it was given.
    #[inline]
    pub fn on_local_landed<O: Observer>(&mut self, local: LocalId, ticket: u64, stage: &mut Stage<O>) {
        let Some(LocalWriting { slot, write }) = self.local_site.units.done(local, ticket) else { return };
        for write in self.seam.local_lands(write) {
            stage.record(&Record::LocalDestaged { write });
            self.hosts.on_destaged_locally(write);
        }
        self.local(LocalSiteInput::Landed(local, slot), stage);
    }

    /// A copy of a packet arrives.
    pub fn on_packet_arrival<O: Observer>(&mut self, slot: u32, stage: &mut Stage<O>) {
        if let Some(delivery) = self.network.on_packet_arrival(slot, stage) {
            self.on_delivery(delivery, stage);
        }
        if self.network.has_rebuilt() {
            self.deliver_rebuilt(stage);
        }
    }

    /// What repairs have rebuilt is there.
    #[cold]
    fn deliver_rebuilt<O: Observer>(&mut self, stage: &mut Stage<O>) {
        while let Some(delivery) = self.network.next_rebuilt(stage) {
            self.on_delivery(delivery, stage);
        }
    }

    /// All packets of a group have left the line (`network-sync`).
    pub fn on_group_left<O: Observer>(&mut self, path: PathId, group: u64, stage: &mut Stage<O>) {
        let local = self.scenario.paths[path.index()].local;
        for WriteData { stream, number, write, .. } in self.network.on_group_left(path, group) {
            self.local(LocalSiteInput::Left { local, stream, number, write }, stage);
        }
    }

    /// A packet is there.
    #[inline(always)]
    fn on_delivery<O: Observer>(&mut self, delivery: Delivery, stage: &mut Stage<O>) {
        let Delivery { path, direction, packet } = delivery;
        match (packet, direction) {
            (AnyPacket::Disk(packet, sending), Direction::Forward) => {
                let remote = self.scenario.paths[path.index()].remote;
                for packet in self.seam.remote_hears(packet) {
                    self.remote_in_answer(RemoteSiteInput::Packet(remote, packet), sending, stage);
                }
            }
            (AnyPacket::Disk(packet, answers), Direction::Reverse) => {
                let local = self.scenario.paths[path.index()].local;
                if let Packet::Received { stream, number } = packet {
                    self.local(LocalSiteInput::Received { local, stream, number, answers }, stage);
                }
                if let Packet::Request { stream, request } = packet {
                    self.local(LocalSiteInput::Asked { local, stream, request }, stage);
                }
                if let Packet::Completion { stream, number } = packet {
                    let number = self.seam.local_hears(stream, number);
                    self.local(LocalSiteInput::Completion { local, stream, number, answers }, stage);
                }
            }
            (AnyPacket::Tape(packet), _) => {
                self.tape.deliver(path, direction, packet, &mut self.network, stage);
            }
        }
    }

    /// Gives an input to the remote site, and does what it says.
    pub fn remote<O: Observer>(&mut self, input: RemoteSiteInput, stage: &mut Stage<O>) {
        self.remote_in_answer(input, SendingId::UNKNOWN, stage);
    }

    /// The same; completions say that they answer this sending.
    fn remote_in_answer<O: Observer>(
        &mut self,
        input: RemoteSiteInput,
        answers: SendingId,
        stage: &mut Stage<O>,
    ) {
        let heard = self.seam.heard(&input);
        self.remote_site.handle(stage.now(), input);
        self.seam.remote_says(heard.as_ref(), &mut self.remote_site.said);
        let paths = &self.scenario.paths;
        let RemoteSite { said, units, control, refused, is_recovered, .. } = &mut self.remote_site;
        for output in said.drain(..) {
            match output {
                RemoteSiteOutput::Of(remote, RemoteOutput::Cached(write, key)) => {
                    stage.record(&Record::RemoteCached { write, remote, key });
                }
                RemoteSiteOutput::Of(_, RemoteOutput::StampReceived(pair, key)) => {
                    stage.record(&Record::StampReceived { pair, key });
                }
                RemoteSiteOutput::Of(_, RemoteOutput::Complete { packet, write }) => {
                    self.network.send_from_remote(packet, write, answers, stage);
                }
                RemoteSiteOutput::Of(_, RemoteOutput::Ask(packet)) => {
                    self.network.send_from_remote(packet, None, answers, stage);
                }
                RemoteSiteOutput::Of(remote, RemoteOutput::LimitStored(domain, limit)) => {
                    let group = match self.settings.rules.limit_scope {
                        LimitScope::Global => None,
                        LimitScope::Group => Some(GroupId(domain.0)),
                    };
                    stage.record(&Record::LimitStored { remote, group, limit });
                }
                RemoteSiteOutput::Of(remote, RemoteOutput::Destage { entry, write, unit, position }) => {
                    units.start_destage(entry, RemoteLanding { write, remote, unit, position }, stage);
                }
                RemoteSiteOutput::Of(_, RemoteOutput::Refused(_)) => *refused += 1,
                RemoteSiteOutput::Of(remote, RemoteOutput::CacheLost(write)) => {
                    stage.record(&Record::RemoteCacheLost { write, remote });
                }
                RemoteSiteOutput::Of(remote, RemoteOutput::Discarded(write)) => {
                    stage.record(&Record::RemoteCacheLost { write, remote });
                    units.forget(remote, write);
                }
                // Between systems: the site keeps it to itself.
                RemoteSiteOutput::Of(
                    _,
                    RemoteOutput::Report(..)
                    | RemoteOutput::MayDestage(_)
                    | RemoteOutput::Cancelled(_)
                    | RemoteOutput::ArmAsk(_),
                ) => {}
                RemoteSiteOutput::SendReport(remote, mut lines) => {
                    self.seam.control_says(remote, ControlKind::Report, &mut lines);
                    control.send(remote, ControlKind::Report, lines, stage);
                }
                RemoteSiteOutput::SendLimits(remote, mut lines) => {
                    self.seam.control_says(remote, ControlKind::Limits, &mut lines);
                    control.send(remote, ControlKind::Limits, lines, stage);
                }
                RemoteSiteOutput::Recovered => *is_recovered = true,
                RemoteSiteOutput::Down(remote) => {
                    units.cut_short(remote, stage.now());
                    self.network.forget_segments(|path| paths[path.index()].remote == remote);
                }
                RemoteSiteOutput::ArmAsk(remote, at) => stage.schedule(at, Event::AskDue(remote.0)),
                RemoteSiteOutput::ArmActivate(at) => stage.schedule(at, Event::SlaveTick),
                RemoteSiteOutput::ArmMaster => {
                    stage.schedule_in_order(InOrder::Control, stage.now(), Event::MasterRun);
                }
            }
        }
    }

    /// A remote unit has written what it was given.
    #[inline]
    pub fn on_remote_landed<O: Observer>(&mut self, remote: RemoteId, ticket: u64, stage: &mut Stage<O>) {
        let Some(RemoteWriting { slot, landing }) = self.remote_site.units.done(remote, ticket) else {
            return;
        };
        for RemoteLanding { write, remote, unit, position } in self.seam.remote_lands(landing) {
            stage.record(&Record::RemoteDestaged { write, remote, unit, position });
            self.hosts.writes.copied(write);
        }
        self.remote(RemoteSiteInput::Landed(remote, slot), stage);
    }

    /// A report or limits arrive.
    pub fn on_control_arrival<O: Observer>(&mut self, slot: u32, stage: &mut Stage<O>) {
        if let Some(input) = self.remote_site.control.arrival(slot) {
            self.remote(input, stage);
        }
    }
}
