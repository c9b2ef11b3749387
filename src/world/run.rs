//! A scenario while it runs: the loop over events, and when it ends.

use std::collections::BTreeSet;

use super::event::Event;
use super::hosts::Workloads;
use super::judge::Judge;
use super::oracle::Oracle;
use super::parts::Parts;
use super::stage::Stage;
use super::tape::TapeEvent;
use super::watchers::Watchers;
use super::{Outcome, SimulateError, build, faults};
use crate::engine::Ties;
use crate::engine::random::Streams;
use crate::metrics::Options;
use crate::protocol::disk::{LocalSiteInput, RemoteSiteInput, Settings};
use crate::scenario::Scenario;
use crate::trace::{End, Observer};
use crate::units::{HostId, LocalId, RemoteId, SimTime};

/// The simulated time is told to `progress` once in this many events.
const PROGRESS_EVERY: u64 = 1 << 14;

/// A scenario while it runs, seen by `O` beside the judge.
#[derive(Debug)]
pub struct World<'a, O = ()> {
    /// Hosts, sites and network.
    pub parts: Parts<'a>,
    workloads: Workloads,
    /// Time, what is to come, and who watches.
    pub stage: Stage<O>,
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
            workloads: Workloads::new(scenario, streams)?,
            parts: Parts::new(scenario, settings, streams),
            stage: Stage::new(ties, Watchers::new(Judge::new(&preamble, options), observer)),
        })
    }

    /// The slow oracle watches, too, and pulls the plug of copies.
    #[must_use]
    pub fn with_oracle(mut self, oracle: Oracle) -> Self {
        self.stage.watchers.oracle = Some(Box::new(oracle));
        self
    }

    /// Runs to the end.
    ///
    /// # Errors
    /// When a trace cannot be read on.
    pub fn run(mut self, progress: &mut dyn FnMut(SimTime)) -> Result<Outcome, SimulateError> {
        self.start()?;
        let limit = build::latest_end(self.parts.scenario);
        let mut events = 0_u64;
        while let Some(event) = self.stage.next_until(limit) {
            events += u64::from(event != Event::Disaster);
            if events.is_multiple_of(PROGRESS_EVERY) {
                progress(self.stage.now());
            }
            self.on_event(event)?;
            while let Some(event) = self.stage.next_at_once() {
                self.on_event(event)?;
            }
            if event == Event::DrainLimit || self.is_over() || self.stage.watchers.is_done() {
                break;
            }
        }
        Ok(self.finish(events))
    }

    /// Has everything happened that was to?
    fn is_over(&self) -> bool {
        let Parts { scenario, hosts, remote_site, tape, .. } = &self.parts;
        let hosts_stopped = self.stage.now() >= SimTime::ZERO + scenario.run.duration;
        let is_drained = hosts_stopped && hosts.writes.all_done() && tape.is_finished();
        is_drained || tape.is_idle() && remote_site.is_recovered
    }

    fn finish(mut self, events: u64) -> Outcome {
        let Parts { hosts, local_site, remote_site, settings, .. } = self.parts;
        let (at, local_site_lost) = (self.stage.now(), local_site.is_lost);
        let end = End { at, local_site_lost, drained: hosts.writes.all_done() };
        self.stage.watchers.end(&end);
        let Watchers { judge, oracle, .. } = self.stage.watchers;
        Outcome {
            oracle: oracle.map(|oracle| oracle.into_report()),
            judgement: judge.finish(&end),
            sequence_counters: settings.sequence_counters(),
            local_only: hosts.local_only,
            delayed_by_cache: local_site.delayed_by_cache,
            refused_by_cache: remote_site.refused,
            retried: hosts.retried,
            events,
            ended_at: at,
        }
    }

    /// Runs on until the remote systems have recovered from the loss of the local site. No fault begins meanwhile: a
    /// second disaster is not what this one would leave.
    ///
    /// # Errors
    /// None without hosts.
    pub(super) fn run_recovery(&mut self) -> Result<(), SimulateError> {
        let mut spared = BTreeSet::new();
        while !self.parts.remote_site.is_recovered {
            let next = self.stage.next_at_once().or_else(|| self.stage.next_until(SimTime::MAX));
            match next {
                None => break,
                Some(Event::Disaster) => {}
                Some(Event::FaultBegins(fault)) => {
                    spared.insert(fault);
                }
                Some(Event::FaultEnds(fault)) if spared.contains(&fault) => {}
                Some(event) => self.on_event(event)?,
            }
        }
        Ok(())
    }

    /// A copy that nobody writes to any more, and that only the judge and the oracle watch.
    pub(super) fn copy_without_hosts(&self) -> World<'a, ()> {
        World { parts: self.parts.clone(), workloads: Workloads::default(), stage: self.stage.copy() }
    }

    fn start(&mut self) -> Result<(), SimulateError> {
        let Self { parts, workloads, stage } = self;
        // First in their instants: the end of writing, the end of draining, and the faults.
        stage.schedule(SimTime::ZERO + parts.scenario.run.duration, Event::HostsStop);
        stage.schedule(build::latest_end(parts.scenario), Event::DrainLimit);
        faults::schedule(parts.scenario, stage);
        stage.schedule_disaster();
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
        let Self { parts, workloads, stage } = self;
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
            Event::HostsStop | Event::DrainLimit => {}
            Event::Disaster => self.on_disaster()?,
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
            Event::LocalTimer(timer) => parts.local(LocalSiteInput::Due(timer), stage),
            Event::LocalLanded { local, ticket } => {
                parts.on_local_landed(LocalId(u32::from(local)), ticket, stage);
            }
        }
        Ok(())
    }
}
