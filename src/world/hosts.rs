//! Hosts as the rest of the world sees them: their clocks, the way to their local systems, and what they wait for.
//! When and what they write, their [`Workloads`] say.

use rand_chacha::ChaCha8Rng;

use super::SimulateError;
use super::build;
use super::event::Event;
use super::stage::{InOrder, Stage};
use super::writes::{Held, HostWaits, Writes};
use crate::engine::random::{Streams, redraw};
use crate::hardware::clock::Clock;
use crate::hardware::distribution::Sampler;
use crate::hardware::host::{HostOutput, HostProcesses, Issue};
use crate::protocol::disk::{LocalSiteInput, WriteRequest};
use crate::scenario::Scenario;
use crate::scenario::validated::Host;
use crate::trace::{Observer, Record};
use crate::units::{HostId, PairId, SimDuration, SimTime, WriteRef};

/// When, where and how much hosts write. The only part of the world that cannot be copied: it reads traces as time
/// goes on.
#[derive(Debug, Default)]
pub struct Workloads {
    hosts: Vec<HostProcesses>,
    /// What a host has just said.
    said: Vec<HostOutput>,
}

impl Workloads {
    /// Those of a scenario.
    ///
    /// # Errors
    /// When a trace cannot be opened.
    pub fn new(scenario: &Scenario, streams: Streams) -> Result<Self, SimulateError> {
        Ok(Self { hosts: build::hosts(scenario, streams)?, said: Vec::new() })
    }

    /// How many hosts write.
    pub fn hosts(&self) -> u32 {
        self.hosts.len() as u32
    }

    /// A host begins.
    ///
    /// # Errors
    /// When a trace cannot be read.
    pub fn start(&mut self, host: HostId) -> Result<impl Iterator<Item = HostOutput>, SimulateError> {
        self.hosts[host.index()].start(&mut self.said)?;
        Ok(self.said.drain(..))
    }

    /// A process of a host wakes at the time it asked for.
    ///
    /// # Errors
    /// When a trace cannot be read on.
    #[inline]
    pub fn wake(
        &mut self,
        now: SimTime,
        host: HostId,
        process: u32,
    ) -> Result<impl Iterator<Item = HostOutput>, SimulateError> {
        self.hosts[host.index()].wake(now, process, &mut self.said)?;
        Ok(self.said.drain(..))
    }

    /// A host has the completion of what it issued with `tag`.
    #[inline]
    pub fn on_completed(&mut self, now: SimTime, host: HostId, tag: u32) -> impl Iterator<Item = HostOutput> {
        self.hosts[host.index()].on_completed(now, tag, &mut self.said);
        self.said.drain(..)
    }
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

    fn draw(&mut self) -> SimDuration {
        if self.zero { SimDuration::ZERO } else { self.sampler.sample(&mut self.random) }
    }
}

/// The hosts.
#[derive(Clone, Debug)]
pub struct Hosts {
    delays: Vec<HostDelay>,
    /// Their clocks.
    pub clocks: Vec<Clock>,
    retry_timeouts: Vec<SimDuration>,
    /// By local system and unit: its pair, where it has one.
    pair_of_unit: Vec<Vec<Option<PairId>>>,
    /// What they have issued.
    pub writes: Writes,
    /// Writes to units without a pair, completed.
    pub local_only: u64,
    /// Writes that they issued again after a crash.
    pub retried: u64,
    /// What a host does next, now that it has heard of a write.
    pub goes_on: Option<GoesOn>,
}

/// What a host does when it has heard of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoesOn {
    /// It has the completion of the write that it issued with this tag.
    Completed(HostId, u32),
    /// It issues the data again.
    Again(HostId, Issue),
}

impl Hosts {
    /// Delays to come are drawn anew.
    pub fn redraw(&mut self, salt: u64) {
        self.delays.iter_mut().for_each(|delay| redraw(&mut delay.random, salt));
    }

    /// The hosts of a scenario; nothing is issued.
    pub fn new(scenario: &Scenario, streams: Streams) -> Self {
        Self {
            delays: scenario.hosts.iter().map(|host| HostDelay::new(host, streams)).collect(),
            clocks: scenario.hosts.iter().map(|host| host.clock).collect(),
            retry_timeouts: scenario.hosts.iter().map(|host| host.retry_timeout).collect(),
            pair_of_unit: build::pair_of_unit(scenario),
            writes: Writes::default(),
            local_only: 0,
            retried: 0,
            goes_on: None,
        }
    }

    /// A host issues a write; its slot if the request reaches its local system in the same instant.
    #[inline]
    pub fn issue<O: Observer>(&mut self, host: HostId, issue: Issue, stage: &mut Stage<O>) -> Option<u32> {
        let Issue { unit, position, size, .. } = issue;
        let pair = self.pair_of_unit[unit.system.index()][unit.unit as usize];
        let host_stamp = self.clocks[host.index()].reading(stage.now());
        let request = |write| WriteRequest { write, unit: unit.unit, pair, position, size, host_stamp };
        let WriteRequest { write, .. } = self.writes.issue(host, issue, request);
        let delay = self.delays[host.index()].draw();
        let (local, unit) = (unit.system, unit.unit);
        stage.record(&Record::Issued { write, host, local, unit, pair, position, size });
        if delay == SimDuration::ZERO {
            return Some(write.slot);
        }
        stage.schedule(stage.now() + delay, Event::Request(write.slot));
        None
    }

    /// A request reaches its local system.
    pub fn on_request(&mut self, slot: u32) -> Option<LocalSiteInput> {
        let write = self.writes.event_came(slot)?;
        let asked = self.writes.asked(write)?;
        Some(LocalSiteInput::Request(asked.local, asked.request))
    }

    /// Step 501: the write stands in the cache.
    pub fn on_accepted(&mut self, write: WriteRef) {
        self.writes.accepted(write);
    }

    /// Step 504: the completion leaves after `wait`.
    #[inline]
    pub fn on_complete<O: Observer>(&mut self, write: WriteRef, wait: SimDuration, stage: &mut Stage<O>) {
        let Some(host) = self.writes.host(write) else { return };
        self.writes.event_scheduled(write);
        let back = self.delays[host.index()].draw();
        let at = stage.now() + wait + back;
        stage.schedule_in_order(InOrder::Completions, at, Event::HostCompletion(write.slot));
    }

    /// A completion reaches its host.
    pub fn on_completion(&mut self, slot: u32) -> Option<LocalSiteInput> {
        self.writes.event_came(slot).map(LocalSiteInput::HostHears)
    }

    /// The host has the completion, and goes on.
    #[inline]
    pub fn on_completed(&mut self, write: WriteRef) {
        let Some(asked) = self.writes.answered(write, HostWaits::Completed) else { return };
        self.local_only += u64::from(asked.request.pair.is_none());
        self.goes_on = Some(GoesOn::Completed(asked.host, asked.issue().tag));
    }

    /// The host will hear nothing: it issues the data again when its time-out has passed.
    pub fn on_arm_retry<O: Observer>(&mut self, write: WriteRef, stage: &mut Stage<O>) {
        let Some(host) = self.writes.host(write) else { return };
        self.writes.event_scheduled(write);
        let at = stage.now() + self.retry_timeouts[host.index()];
        stage.schedule(at, Event::HostRetry(write.slot));
    }

    /// The time-out of a host has passed.
    pub fn on_retry(&mut self, slot: u32) -> Option<LocalSiteInput> {
        self.writes.event_came(slot).map(LocalSiteInput::RetryDue)
    }

    /// The host gives the write up, and issues its data as another write.
    pub fn on_abandoned(&mut self, write: WriteRef) {
        let Some(asked) = self.writes.answered(write, HostWaits::Abandoned) else { return };
        self.retried += 1;
        self.goes_on = Some(GoesOn::Again(asked.host, asked.issue()));
    }

    /// The write is on its local unit.
    pub fn on_destaged_locally(&mut self, write: WriteRef) {
        self.writes.held_no_more(write, Held::Destaged);
    }

    /// A crash wiped the write from its local cache.
    pub fn on_local_cache_lost(&mut self, write: WriteRef) {
        self.writes.held_no_more(write, Held::Lost);
    }
}
