//! A scenario while it runs: the loop over events, and when it ends.

use std::collections::BTreeSet;

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
use crate::units::{GroupId, HostId, LocalId, RemoteId, SimTime};

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
        })
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
        while !self.is_over
            && let Some(event) = self.stage.next_before(until)
        {
            self.events += 1;
            if self.events.is_multiple_of(PROGRESS_EVERY) {
                progress(self.stage.now());
            }
            self.on_event(event)?;
            while let Some(event) = self.stage.next_at_once() {
                self.on_event(event)?;
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
        };
        copy.parts.lose_local_site(&mut copy.stage);
        let mut spared = BTreeSet::new();
        while !copy.parts.remote_site.is_recovered {
            let next = copy.stage.next_at_once().or_else(|| copy.stage.next_before(SimTime::MAX));
            match next {
                None => break,
                Some(Event::FaultBegins(fault)) => {
                    spared.insert(fault);
                }
                Some(Event::FaultEnds(fault)) if spared.contains(&fault) => {}
                Some(event) => copy.on_event(event)?,
            }
        }
        Ok(copy.stage.watchers)
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
            Event::CutDue(group) => parts.local(LocalSiteInput::CutDue(GroupId(group)), stage),
            Event::LocalTimer(timer) => parts.local(LocalSiteInput::Due(timer), stage),
            Event::LocalLanded { local, ticket } => {
                parts.on_local_landed(LocalId(u32::from(local)), ticket, stage);
            }
        }
        Ok(())
    }
}
