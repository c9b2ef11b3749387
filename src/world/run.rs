//! A scenario while it runs: the loop over events, and when it ends.

use std::collections::BTreeSet;

use super::disasters::Instants;
use super::event::Event;
use super::hosts::Workloads;
use super::parts::Parts;
use super::stage::Stage;
use super::tape::TapeEvent;
use super::{SimulateError, build, faults};
use crate::engine::Ties;
use crate::engine::random::Streams;
use crate::protocol::disk::{LocalSiteInput, RemoteSiteInput, Settings};
use crate::scenario::Scenario;
use crate::trace::{End, Observer};
use crate::units::{GroupId, HostId, LocalId, PathId, RemoteId, SimTime};

/// The simulated time is told to `progress` once in this many events.
const PROGRESS_EVERY: u64 = 1 << 14;

/// A scenario while it runs, watched by `W`.
#[derive(Debug)]
pub struct World<'a, W> {
    /// Hosts, sites and network.
    pub parts: Parts<'a>,
    workloads: Workloads,
    /// Time, what is to come, and who watches.
    pub stage: Stage<W>,
    /// Events of the agenda that have happened.
    events: u64,
    is_over: bool,
    /// Disasters to come (`run.disasters`), and what came of those that were.
    disasters: Option<(Instants, DisasterCounts)>,
    /// The next of them.
    next_disaster: Option<SimTime>,
}

/// What disasters cost at which what had left the line still arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DisasterCounts {
    /// Disasters.
    pub tried: u64,
    /// Of these, those that lost a completed write.
    pub losing: u64,
    /// Completed writes that they lost.
    pub lost_writes: u64,
}

/// What came of a run, whoever watched it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// How it ended.
    pub end: End,
    /// Sequence counters in the local systems; 0 for a scheme without numbers.
    pub sequence_counters: u64,
    /// Writes to units without a pair, completed.
    pub local_only: u64,
    /// Writes that a full local cache made wait.
    pub delayed_by_cache: u64,
    /// Times that write data found a remote cache full.
    pub refused_by_cache: u64,
    /// Writes that hosts issued again after a crash.
    pub retried: u64,
    /// Events of the agenda.
    pub events: u64,
    /// What disasters cost, where `run.disasters` asks for any.
    pub disasters: Option<DisasterCounts>,
}

impl<'a, W: Observer> World<'a, W> {
    /// The world at time zero, and nothing has happened.
    ///
    /// # Errors
    /// When a trace cannot be opened or read.
    pub fn new(scenario: &'a Scenario, settings: &'a Settings, watchers: W) -> Result<Self, SimulateError> {
        let streams = Streams::new(scenario.run.seed);
        let ties = if scenario.run.seeded_ties { Ties::Seeded(scenario.run.seed) } else { Ties::Insertion };
        Ok(Self {
            workloads: Workloads::new(scenario, streams)?,
            parts: Parts::new(scenario, settings, streams),
            stage: Stage::new(ties, watchers),
            events: 0,
            is_over: false,
            disasters: None,
            next_disaster: None,
        })
    }

    /// With the disasters that `run.disasters` asks for.
    pub fn with_disasters(mut self) -> Self {
        if self.parts.scenario.run.disasters > 0 {
            self.parts.network.keep_departures();
            let mut instants = Instants::of_run(self.parts.scenario);
            self.next_disaster = instants.next();
            self.disasters = Some((instants, DisasterCounts::default()));
        }
        self
    }

    /// Runs to the end.
    ///
    /// # Errors
    /// When a trace cannot be read on.
    pub fn run(mut self, progress: &mut dyn FnMut(SimTime)) -> Result<(Ran, W), SimulateError> {
        self.start()?;
        self.advance(SimTime::MAX, progress)?;
        Ok(self.finish())
    }

    /// Lets happen what is due before `until`, or before the run is over.
    ///
    /// # Errors
    /// When a trace cannot be read on.
    pub fn advance(
        &mut self,
        until: SimTime,
        progress: &mut dyn FnMut(SimTime),
    ) -> Result<(), SimulateError> {
        while !self.is_over {
            let disaster = self.next_disaster.filter(|&at| at <= until).unwrap_or(until);
            let Some(event) = self.stage.next_before(disaster) else {
                if self.next_disaster == Some(disaster) {
                    self.strike(disaster)?;
                    continue;
                }
                break;
            };
            if let Some(soon) = self.stage.come_near() {
                soon.for_each(|event| self.parts.fetch(event));
            }
            self.events += 1;
            if self.events.is_multiple_of(PROGRESS_EVERY) {
                progress(self.stage.now());
            }
            let mut next = Some(event);
            while let Some(event) = next {
                self.on_event(event)?;
                next = self.stage.next_at_once();
            }
            self.is_over = event == Event::DrainLimit || self.is_done() || self.stage.watchers.is_done();
        }
        Ok(())
    }

    /// All that is random and has not been drawn is drawn anew, as `salt` says. What is on its way stays as it is, and so
    /// do the writes of the hosts, faults, scripts, and delays that are a function of time.
    pub fn redraw(&mut self, salt: u64) {
        self.parts.redraw(salt);
        self.stage.redraw(salt);
    }

    /// A disaster of `run.disasters`: what does it cost? It comes before anything else of its instant.
    fn strike(&mut self, at: SimTime) -> Result<(), SimulateError> {
        let lost = if self.parts.local_site.is_lost { None } else { Some(self.lost_off_line(at)?) };
        let Some((instants, counts)) = &mut self.disasters else { return Ok(()) };
        self.next_disaster = instants.next();
        if let Some(lost) = lost {
            counts.tried += 1;
            counts.losing += u64::from(lost > 0);
            counts.lost_writes += lost;
        }
        Ok(())
    }

    /// Is the run over?
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Has everything happened that was to?
    fn is_done(&self) -> bool {
        let Parts { scenario, hosts, remote_site, tape, .. } = &self.parts;
        let hosts_stopped = self.stage.now() >= SimTime::ZERO + scenario.run.duration;
        let is_drained = hosts_stopped && hosts.writes.all_done() && tape.is_finished();
        is_drained || tape.is_idle() && remote_site.is_recovered
    }

    /// The run has ended: what came of it, and who watched it.
    pub fn finish(mut self) -> (Ran, W) {
        let Parts { hosts, local_site, remote_site, settings, .. } = self.parts;
        let (at, local_site_lost) = (self.stage.now(), local_site.is_lost);
        let end = End { at, local_site_lost, drained: hosts.writes.all_done() };
        self.stage.watchers.end(&end);
        let ran = Ran {
            end,
            sequence_counters: settings.sequence_counters(),
            local_only: hosts.local_only,
            delayed_by_cache: local_site.delayed_by_cache,
            refused_by_cache: remote_site.refused,
            retried: hosts.retried,
            events: self.events,
            disasters: self.disasters.map(|(_, counts)| counts),
        };
        (ran, self.stage.watchers)
    }

    /// A copy at `at`, which is not later than what comes next, in which the local site is lost and the remote site
    /// has recovered; others watch it. No fault begins meanwhile: a second disaster is not what this one would leave.
    ///
    /// # Errors
    /// None: a copy has no hosts whose traces could not be read.
    pub fn lose_copy<V: Observer>(&self, at: SimTime, watchers: V) -> Result<V, SimulateError> {
        let mut copy = World {
            parts: self.parts.clone(),
            workloads: Workloads::default(),
            stage: self.stage.copy(at, watchers),
            events: 0,
            is_over: false,
            disasters: None,
            next_disaster: None,
        };
        copy.parts.lose_local_site(&mut copy.stage);
        let mut spared = BTreeSet::new();
        copy.go_on(SimTime::MAX, &mut spared, |parts| parts.remote_site.is_recovered)?;
        Ok(copy.stage.watchers)
    }

    /// How many completed writes a disaster at `at` loses, if what has left the line still arrives: the recovery begins
    /// when all of it has, and slaves and master have had time to agree on what it is worth.
    fn lost_off_line(&self, at: SimTime) -> Result<u64, SimulateError> {
        let mut copy = World {
            parts: self.parts.clone(),
            workloads: Workloads::default(),
            stage: self.stage.copy(at, ()),
            events: 0,
            is_over: false,
            disasters: None,
            next_disaster: None,
        };
        copy.parts.lose_local_site_but_its_lines(at);
        let mut spared = BTreeSet::new();
        copy.go_on(SimTime::MAX, &mut spared, |parts| !parts.network.is_landing())?;
        let agreed = copy.stage.now() + build::time_to_agree(copy.parts.scenario, copy.parts.settings);
        copy.go_on(agreed, &mut spared, |_| false)?;
        copy.parts.remote(RemoteSiteInput::LocalSiteLost, &mut copy.stage);
        copy.go_on(SimTime::MAX, &mut spared, |parts| parts.remote_site.is_recovered)?;
        Ok(copy.parts.hosts.writes.completed_elsewhere_only())
    }

    /// A copy after a disaster goes on, before `until`, until it `is_done`. No fault begins meanwhile.
    fn go_on(
        &mut self,
        until: SimTime,
        spared: &mut BTreeSet<u32>,
        is_done: impl Fn(&Parts<'_>) -> bool,
    ) -> Result<(), SimulateError> {
        while !is_done(&self.parts) {
            let next = self.stage.next_at_once().or_else(|| self.stage.next_before(until));
            match next {
                None => break,
                Some(Event::FaultBegins(fault)) => {
                    spared.insert(fault);
                }
                Some(Event::FaultEnds(fault)) if spared.contains(&fault) => {}
                Some(event) => self.on_event(event)?,
            }
        }
        Ok(())
    }

    /// The run begins.
    ///
    /// # Errors
    /// When a trace cannot be read.
    pub fn start(&mut self) -> Result<(), SimulateError> {
        let Self { parts, workloads, stage, .. } = self;
        stage.watchers.begin(&build::preamble(parts.scenario));
        // First in their instants: the end of writing, the end of draining, and the faults.
        stage.schedule(SimTime::ZERO + parts.scenario.run.duration, Event::HostsStop);
        stage.schedule(build::latest_end(parts.scenario), Event::DrainLimit);
        if let Some(at) = parts.scenario.run.heal {
            stage.schedule(at, Event::Heal);
        }
        faults::schedule(parts.scenario, stage);
        parts.local(LocalSiteInput::Start, stage);
        parts.remote(RemoteSiteInput::Start, stage);
        parts.start_markers(stage);
        parts.tape.start(stage);
        for host in (0..workloads.hosts()).map(HostId) {
            for output in workloads.start(host)? {
                parts.host_says(host, output, stage);
            }
        }
        Ok(())
    }

    fn on_event(&mut self, event: Event) -> Result<(), SimulateError> {
        let Self { parts, workloads, stage, .. } = self;
        match event {
            Event::RemoteLanded { remote, ticket } => {
                parts.on_remote_landed(RemoteId(u32::from(remote)), ticket, stage);
            }
            Event::PacketArrival(slot) => parts.on_packet_arrival(slot, stage),
            Event::LineDue(line) => parts.network.on_line_due(line, stage),
            Event::ControlArrival(slot) => parts.on_control_arrival(slot, stage),
            Event::MasterRun => parts.remote(RemoteSiteInput::MasterDue, stage),
            Event::AskDue(remote) => parts.remote(RemoteSiteInput::AskDue(RemoteId(remote)), stage),
            Event::SlaveTick => parts.remote(RemoteSiteInput::Activate, stage),
            Event::FaultBegins(fault) => parts.on_fault(fault, true, stage),
            Event::FaultEnds(fault) => parts.on_fault(fault, false, stage),
            Event::Heal => parts.heal(),
            Event::HostsStop | Event::DrainLimit => {}
            Event::Tape(event @ TapeEvent::DriveDone(_)) => {
                parts.tape.on_event(event, &mut parts.network, stage);
            }
            // What follows happens at the local site.
            _ if parts.local_site.is_lost => {}
            Event::Tape(event) => parts.tape.on_event(event, &mut parts.network, stage),
            Event::HostWake { host, process } => {
                if stage.now() < SimTime::ZERO + parts.scenario.run.duration {
                    for output in workloads.wake(stage.now(), HostId(host), process)? {
                        parts.host_says(HostId(host), output, stage);
                    }
                }
            }
            Event::HostCompletion(slot) => {
                if let Some((host, tag)) = parts.on_host_completion(slot, stage) {
                    for output in workloads.on_completed(stage.now(), host, tag) {
                        parts.host_says(host, output, stage);
                    }
                }
            }
            Event::Request(slot) => parts.on_request(slot, stage),
            Event::HostRetry(slot) => parts.on_host_retry(slot, stage),
            Event::GroupDue { path, group } => {
                parts.network.close_group(PathId(u32::from(path)), group, stage);
            }
            Event::GroupLeft { path, group } => parts.on_group_left(PathId(u32::from(path)), group, stage),
            Event::CutDue(group) => parts.local(LocalSiteInput::CutDue(GroupId(group)), stage),
            Event::LocalTimer(timer) => parts.local(LocalSiteInput::Due(timer), stage),
            Event::LocalLanded { local, ticket } => {
                parts.on_local_landed(LocalId(u32::from(local)), ticket, stage);
            }
        }
        Ok(())
    }
}
