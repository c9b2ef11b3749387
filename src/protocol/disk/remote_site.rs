//! The remote site: its disk systems with their slave processes, the master process, the order of destaging across
//! systems, and the recovery when the local site is lost. One machine: an input, and what it leads to.
//!
//! Messages between slaves and master leave as outputs and come back as inputs, since the network between them may
//! lose and reorder them. So do timers. What the hardware does with a [`RemoteOutput::Destage`] is told by
//! [`RemoteSiteInput::Landed`]; nothing outside needs to know what stands in a cache.

use std::collections::BTreeSet;

use super::master_limit_time_schedule::{Master, Report};
use super::message::Packet;
use super::numbering::StreamId;
use super::ordering::RecoveredBy;
use super::outputs::Outputs;
use super::r_write_data_destage::serial_next;
use super::remote::{RemoteDiskSystem, RemoteInput, RemoteOutput};
use super::settings::{Context, DomainId, Settings};
use crate::protocol::rules::Recovery;
use crate::trace::Key;
use crate::units::{GroupId, RemoteId, SimTime};

/// What a remote site is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RemoteSiteInput {
    /// The run begins.
    Start,
    /// A packet reaches a system (Fig. 8, step 800).
    Packet(RemoteId, Packet),
    /// A unit of a system has written what stands in this slot of the cache (Fig. 11, step 1103).
    Landed(RemoteId, u32),
    /// The instant for which [`RemoteSiteOutput::ArmActivate`] asked: every slave process is activated (Fig. 9).
    Activate,
    /// The instant for which [`RemoteSiteOutput::ArmAsk`] asked.
    AskDue(RemoteId),
    /// A slave's report reaches the master (Fig. 10).
    Report(RemoteId, Vec<Report>),
    /// All reports of the instant at which [`RemoteSiteOutput::ArmMaster`] asked for it are in.
    MasterDue,
    /// The master's limits reach a system (Fig. 9, step 903).
    Limits(RemoteId, Vec<Report>),
    /// A slave process stops; stops may overlap.
    StopSlave(RemoteId),
    /// A stop of a slave process ends.
    ResumeSlave(RemoteId),
    /// The master process stops; stops may overlap.
    StopMaster,
    /// A stop of the master process ends.
    ResumeMaster,
    /// The control unit of a system crashes; crashes may overlap.
    Crash(RemoteId),
    /// A crash of a system ends.
    Restart(RemoteId),
    /// The local site is lost: the declared recovery begins.
    LocalSiteLost,
}

/// What a remote site does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RemoteSiteOutput {
    /// What one of its systems does.
    Of(RemoteId, RemoteOutput),
    /// Step 902: a slave's report for the master.
    SendReport(RemoteId, Vec<Report>),
    /// Step 1001: the master's limits for a slave.
    SendLimits(RemoteId, Vec<Report>),
    /// A system is down: what its units are writing is cut short.
    Down(RemoteId),
    /// [`RemoteSiteInput::Activate`] is wanted then.
    ArmActivate(SimTime),
    /// [`RemoteSiteInput::AskDue`] is wanted then.
    ArmAsk(RemoteId, SimTime),
    /// [`RemoteSiteInput::MasterDue`] is wanted once the reports of this instant are in.
    ArmMaster,
    /// The local site is lost, and the units of all systems hold what recovery leaves.
    Recovered,
}

/// How a system stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Standing {
    /// Crashes that have not ended: it works while there is none.
    crashes: u32,
    /// Stops of its slave process that have not ended.
    slave_stops: u32,
    /// The last of them ended while it was down.
    resumes_slave: bool,
    /// Its slave process has gone on, and limits of these domains that were sent meanwhile it has missed.
    missed_limits: BTreeSet<DomainId>,
    /// The local site was lost while it was down: it recovers by these limits when it is back.
    recovery: Option<Vec<Option<Key>>>,
}

/// The domains whose limits a system misses for ever that does not hear of them once: none where they are repeated.
fn limits_to_miss(settings: &Settings, remote: RemoteId) -> BTreeSet<DomainId> {
    let is_part = |index: &usize| !settings.domain_streams[remote.index()][*index].is_empty();
    let domains = (0..settings.domains()).filter(is_part).map(|index| DomainId(index as u32));
    if settings.repeats_every().is_none() { domains.collect() } else { BTreeSet::new() }
}

/// The order of destaging across systems, with `destage = "serial"`: kept by an ideal coordinator of the site.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Serial {
    /// By group: the system that is writing for it.
    server: Vec<Option<RemoteId>>,
    /// Groups that may have something to destage.
    may_destage: Vec<GroupId>,
}

/// What a system says goes out as its site's, but for what is between systems: that stays here.
struct OfSystem<'a> {
    remote: RemoteId,
    serial: &'a mut Serial,
    /// The lines of its report to the master.
    report: Vec<Report>,
    out: &'a mut Vec<RemoteSiteOutput>,
}

impl OfSystem<'_> {
    /// It has said all.
    fn end(self) {
        if !self.report.is_empty() {
            self.out.push(RemoteSiteOutput::SendReport(self.remote, self.report));
        }
    }
}

impl Outputs<RemoteOutput> for OfSystem<'_> {
    #[inline(always)]
    fn push(&mut self, output: RemoteOutput) {
        match output {
            RemoteOutput::Report(domain, end) => self.report.push((domain, end)),
            RemoteOutput::MayDestage(group) => self.serial.may_destage.push(group),
            RemoteOutput::Cancelled(group) => {
                self.serial.server[group.index()] = None;
                self.serial.may_destage.push(group);
            }
            RemoteOutput::ArmAsk(at) => self.out.push(RemoteSiteOutput::ArmAsk(self.remote, at)),
            RemoteOutput::Cached(..)
            | RemoteOutput::Ask(_)
            | RemoteOutput::StampReceived(..)
            | RemoteOutput::Complete { .. }
            | RemoteOutput::LimitStored(..)
            | RemoteOutput::Destage { .. }
            | RemoteOutput::CacheLost(_)
            | RemoteOutput::Refused(_)
            | RemoteOutput::Discarded(_) => self.out.push(RemoteSiteOutput::Of(self.remote, output)),
        }
    }
}

/// The remote site.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RemoteSite {
    systems: Vec<RemoteDiskSystem>,
    standing: Vec<Standing>,
    master: Master,
    /// [`RemoteSiteInput::MasterDue`] will come.
    master_armed: bool,
    /// Stops of the master process that have not ended.
    master_stops: u32,
    serial: Serial,
    local_site_lost: bool,
}

impl RemoteSite {
    /// A unit of a system is done soon with the entry at this place of the cache ([`crate::collections`]).
    #[inline]
    pub fn fetch_landed(&self, settings: &Settings, remote: RemoteId, place: u32) {
        self.systems[remote.index()].fetch_landed(settings, place);
    }

    /// A site of systems with this many units and this much cache (`None`: unlimited) each.
    pub fn new(settings: &Settings, systems: impl Iterator<Item = (u32, Option<u64>)>) -> Self {
        let system =
            |(index, (units, cache))| RemoteDiskSystem::new(settings, RemoteId::from(index), units, cache);
        let systems: Vec<_> = systems.enumerate().map(system).collect();
        Self {
            standing: vec![Standing::default(); systems.len()],
            systems,
            master: Master::new(settings),
            master_armed: false,
            master_stops: 0,
            serial: Serial { server: vec![None; settings.groups], may_destage: Vec::new() },
            local_site_lost: false,
        }
    }

    /// Answers one input.
    pub fn handle(&mut self, context: &Context, input: RemoteSiteInput, out: &mut Vec<RemoteSiteOutput>) {
        let was_recovered = self.is_recovered();
        match input {
            RemoteSiteInput::Start => {
                if context.settings.discipline.has_sets() {
                    self.activate_all(context, out); // Of the first set any part may be destaged.
                }
                if context.settings.pull.is_some() {
                    for remote in self.remotes() {
                        self.tell(context, remote, RemoteInput::Ask, out);
                    }
                }
                // With a period of zero once, to say where each slave begins; from then on it says what changes.
                if context.settings.has_limits() {
                    out.push(RemoteSiteOutput::ArmActivate(context.now + context.settings.limit_period));
                }
            }
            RemoteSiteInput::Packet(remote, packet) => {
                self.tell(context, remote, RemoteInput::Packet(packet), out);
            }
            RemoteSiteInput::Landed(remote, slot) => self.handle_landed(context, remote, slot, out),
            RemoteSiteInput::Activate if !self.local_site_lost => {
                self.activate_all(context, out);
                if let Some(every) = context.settings.repeats_every() {
                    out.push(RemoteSiteOutput::ArmActivate(context.now + every));
                }
            }
            // Recovery goes by the limits stored at the disaster.
            RemoteSiteInput::Activate => {}
            // Nobody answers any more.
            RemoteSiteInput::AskDue(remote) => {
                if !self.local_site_lost {
                    self.tell(context, remote, RemoteInput::AskDue, out);
                }
            }
            RemoteSiteInput::Report(remote, lines) => self.handle_report(remote, &lines, out),
            RemoteSiteInput::MasterDue => self.handle_master_due(context.settings, out),
            RemoteSiteInput::Limits(remote, lines) => {
                if !self.local_site_lost {
                    self.tell(context, remote, RemoteInput::Limits(&lines), out);
                }
            }
            RemoteSiteInput::StopSlave(remote) => {
                self.standing[remote.index()].slave_stops += 1;
                self.tell_anyway(context, remote, RemoteInput::StopSlave, out);
            }
            RemoteSiteInput::ResumeSlave(remote) => self.handle_resume_slave(context, remote, out),
            RemoteSiteInput::StopMaster => self.master_stops += 1,
            RemoteSiteInput::ResumeMaster => {
                self.master_stops -= 1;
                // Slaves that report on every change say what has changed while the master did not listen.
                if self.master_stops == 0 && !context.settings.is_periodic() && !self.local_site_lost {
                    self.activate_all(context, out);
                }
            }
            RemoteSiteInput::Crash(remote) => self.handle_crash(context, remote, out),
            RemoteSiteInput::Restart(remote) => self.handle_restart(context, remote, out),
            RemoteSiteInput::LocalSiteLost => self.handle_local_site_lost(context, out),
        }
        self.destage_across(context, out);
        if !was_recovered && self.is_recovered() {
            out.push(RemoteSiteOutput::Recovered);
        }
    }

    /// Is the local site lost, and nothing left to destage?
    fn is_recovered(&self) -> bool {
        self.local_site_lost && self.undestaged() == 0
    }

    /// Entries of all caches that wait for a unit or are on their way to one.
    pub fn undestaged(&self) -> usize {
        self.systems.iter().map(RemoteDiskSystem::undestaged).sum()
    }

    /// The requests of pulled streams that are open (for `explore`, which says when one is given up).
    pub fn open_requests(&self, settings: &Settings) -> impl Iterator<Item = (StreamId, u64)> {
        let systems = if settings.pull.is_some() { &self.systems[..] } else { &[] };
        systems.iter().flat_map(RemoteDiskSystem::open_requests)
    }

    /// Will a system ask again for what waits in a stream, in which nothing did before?
    pub fn will_ask(&self, remote: RemoteId) -> bool {
        self.systems[remote.index()].will_ask()
    }

    fn is_up(&self, remote: RemoteId) -> bool {
        self.standing[remote.index()].crashes == 0
    }

    fn remotes(&self) -> impl Iterator<Item = RemoteId> + use<> {
        (0..self.systems.len()).map(RemoteId::from)
    }

    fn activate_all(&mut self, context: &Context, out: &mut Vec<RemoteSiteOutput>) {
        for remote in self.remotes() {
            self.tell(context, remote, RemoteInput::Activate, out);
        }
    }

    /// Gives an input to a system, if it works.
    #[inline(always)]
    fn tell(
        &mut self,
        context: &Context,
        remote: RemoteId,
        input: RemoteInput,
        out: &mut Vec<RemoteSiteOutput>,
    ) {
        if self.is_up(remote) {
            self.tell_anyway(context, remote, input, out);
        }
    }

    /// Gives an input to a system, whether it works or not.
    #[inline(always)]
    fn tell_anyway(
        &mut self,
        context: &Context,
        remote: RemoteId,
        input: RemoteInput,
        out: &mut Vec<RemoteSiteOutput>,
    ) {
        let Self { systems, serial, .. } = self;
        let mut said = OfSystem { remote, serial, report: Vec::new(), out };
        systems[remote.index()].handle(context, input, &mut said);
        said.end();
    }

    fn handle_landed(
        &mut self,
        context: &Context,
        remote: RemoteId,
        slot: u32,
        out: &mut Vec<RemoteSiteOutput>,
    ) {
        if context.settings.is_serial()
            && let Some(group) = self.systems[remote.index()].entry(slot).map(|entry| entry.group)
        {
            self.serial.server[group.index()] = None;
            self.serial.may_destage.push(group);
        }
        self.tell(context, remote, RemoteInput::Landed(slot), out);
    }

    /// Rule `destage = "serial"`: one write of a group at a time, across systems.
    fn destage_across(&mut self, context: &Context, out: &mut Vec<RemoteSiteOutput>) {
        while let Some(group) = self.serial.may_destage.pop() {
            if self.serial.server[group.index()].is_some() {
                continue;
            }
            let standing = &self.standing;
            let is_up = |at: usize| standing[at].crashes == 0;
            let mut said = Vec::new();
            let next = serial_next(context.settings, &mut self.systems, group, is_up, &mut said);
            if let Some(remote) = next.map(RemoteId::from) {
                self.serial.server[group.index()] = Some(remote);
                let mut of_system = OfSystem { remote, serial: &mut self.serial, report: Vec::new(), out };
                of_system.push_all(said);
                of_system.end();
            }
        }
    }

    fn handle_report(&mut self, remote: RemoteId, lines: &[Report], out: &mut Vec<RemoteSiteOutput>) {
        if self.local_site_lost || self.master_stops > 0 {
            return;
        }
        self.master.handle_report(remote, lines);
        // Whatever of these was reported before it went on: what is sent now does not find it stopped.
        let missed = &mut self.standing[remote.index()].missed_limits;
        for &(domain, _) in lines {
            if missed.remove(&domain) {
                self.master.answer(domain);
            }
        }
        if !std::mem::replace(&mut self.master_armed, true) {
            out.push(RemoteSiteOutput::ArmMaster);
        }
    }

    /// Fig. 10, once for all reports of an instant.
    fn handle_master_due(&mut self, settings: &Settings, out: &mut Vec<RemoteSiteOutput>) {
        self.master_armed = false;
        if self.master_stops > 0 {
            return;
        }
        let mut limits = Vec::new();
        self.master.run(settings, &mut limits);
        for lines in limits.chunk_by(|first, second| first.0 == second.0) {
            let remote = lines[0].0;
            let lines = lines.iter().map(|&(_, domain, limit)| (domain, limit)).collect();
            out.push(RemoteSiteOutput::SendLimits(remote, lines));
        }
    }

    fn handle_resume_slave(&mut self, context: &Context, remote: RemoteId, out: &mut Vec<RemoteSiteOutput>) {
        let standing = &mut self.standing[remote.index()];
        standing.slave_stops -= 1;
        if standing.slave_stops > 0 {
            return;
        }
        if standing.crashes == 0 {
            standing.missed_limits = limits_to_miss(context.settings, remote);
            self.tell(context, remote, RemoteInput::ResumeSlave, out);
        } else {
            standing.resumes_slave = true;
        }
    }

    fn handle_crash(&mut self, context: &Context, remote: RemoteId, out: &mut Vec<RemoteSiteOutput>) {
        let standing = &mut self.standing[remote.index()];
        standing.crashes += 1;
        if standing.crashes > 1 {
            return;
        }
        out.push(RemoteSiteOutput::Down(remote));
        for server in &mut self.serial.server {
            if *server == Some(remote) {
                *server = None;
            }
        }
        self.tell_anyway(context, remote, RemoteInput::Crash, out);
    }

    fn handle_restart(&mut self, context: &Context, remote: RemoteId, out: &mut Vec<RemoteSiteOutput>) {
        let standing = &mut self.standing[remote.index()];
        standing.crashes -= 1;
        if standing.crashes > 0 {
            return;
        }
        standing.missed_limits = limits_to_miss(context.settings, remote);
        let recovery = standing.recovery.take();
        let resumes_slave = std::mem::take(&mut standing.resumes_slave) && standing.slave_stops == 0;
        // A system that recovers does so by the limits that were declared, and stores no later one before.
        if resumes_slave && recovery.is_none() {
            self.tell(context, remote, RemoteInput::ResumeSlave, out);
        }
        self.tell(context, remote, RemoteInput::Restart, out);
        if let Some(limits) = recovery {
            self.tell(context, remote, RemoteInput::Recover(&limits), out);
        }
    }

    /// The declared recovery: each system by its limits, now or when it is back.
    fn handle_local_site_lost(&mut self, context: &Context, out: &mut Vec<RemoteSiteOutput>) {
        self.local_site_lost = true;
        for (remote, limits) in self.remotes().zip(self.recovery_limits(context.settings)) {
            if self.is_up(remote) {
                self.tell(context, remote, RemoteInput::Recover(&limits), out);
            } else {
                self.standing[remote.index()].recovery = Some(limits);
            }
        }
    }

    /// The limits that each system recovers by, by domain.
    fn recovery_limits(&self, settings: &Settings) -> Vec<Vec<Option<Key>>> {
        let domains = settings.domains();
        let own = |system: &RemoteDiskSystem| system.limits().to_vec();
        match (settings.discipline.recovered_by, settings.rules.recovers_by()) {
            (RecoveredBy::Everything, _) => vec![vec![Some(Key::LAST); domains]; self.systems.len()],
            (RecoveredBy::LatestStamps, _) => vec![self.least_latest_stamps(settings); self.systems.len()],
            (RecoveredBy::StoredLimits, Recovery::Own) => self.systems.iter().map(own).collect(),
            (RecoveredBy::StoredLimits, Recovery::Highest) => {
                let stored = |domain: usize| self.systems.iter().map(move |one| one.limits()[domain]);
                let highest = |domain| stored(domain).max().flatten();
                vec![(0..domains).map(highest).collect(); self.systems.len()]
            }
        }
    }

    /// `timestamp-only`: per domain the least, over its pairs, of the latest stamp received.
    fn least_latest_stamps(&self, settings: &Settings) -> Vec<Option<Key>> {
        let mut least: Vec<Option<Option<Key>>> = vec![None; settings.domains()];
        for (stream, latest) in self.systems.iter().flat_map(RemoteDiskSystem::latest_stamps) {
            for &group in &settings.layout.streams[stream.index()].groups {
                let DomainId(domain) = settings.domain_of(group);
                let least = &mut least[domain as usize];
                *least = Some(least.map_or(latest, |least| least.min(latest)));
            }
        }
        least.into_iter().map(Option::flatten).collect()
    }
}
