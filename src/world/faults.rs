//! Faults on the time line: what fails, and when it comes back.

use super::event::Event;
use super::parts::Parts;
use super::stage::Stage;
use crate::hardware::wan::Channel;
use crate::protocol::disk::{LocalSiteInput, RemoteSiteInput};
use crate::scenario::Scenario;
use crate::scenario::validated::{ClockOwner, ControlUnit, FaultKind, Script};
use crate::trace::{Observer, Record};
use crate::units::SimTime;

/// Schedules the faults of the scenario.
pub fn schedule<O: Observer>(scenario: &Scenario, stage: &mut Stage<O>) {
    for (index, fault) in scenario.faults.iter().enumerate() {
        stage.schedule(fault.at, Event::FaultBegins(index as u32));
        let begins_later = matches!(fault.kind, FaultKind::Crash { before_send: true, .. });
        if let Some(length) = fault.kind.length()
            && !begins_later
        {
            stage.schedule(fault.at + length, Event::FaultEnds(index as u32));
        }
    }
}

/// The control unit of a local system has failed between steps 601 and 602, by this fault.
pub fn local_fails<O: Observer>(scenario: &Scenario, fault: u32, stage: &mut Stage<O>) {
    stage.record(&Record::FaultBegan { fault });
    if let Some(length) = scenario.faults[fault as usize].kind.length() {
        stage.schedule(stage.now() + length, Event::FaultEnds(fault));
    }
}

impl Parts<'_> {
    /// A fault of the scenario begins or ends.
    pub fn on_fault<O: Observer>(&mut self, fault: u32, begins: bool, stage: &mut Stage<O>) {
        let kind = &self.scenario.faults[fault as usize].kind;
        if let FaultKind::Crash { system: ControlUnit::Local(local), before_send: true, .. } = *kind
            && begins
        {
            self.local(LocalSiteInput::CrashBeforeSend(local, fault), stage);
            return;
        }
        stage.record(&if begins { Record::FaultBegan { fault } } else { Record::FaultEnded { fault } });
        match *kind {
            FaultKind::WanOutage { path, direction, .. } => {
                self.network.each_channel(path, direction, |channel| {
                    if begins { channel.begin_outage() } else { channel.end_outage() }
                });
            }
            FaultKind::Crash { system: ControlUnit::Local(local), .. } => {
                let input =
                    if begins { LocalSiteInput::Crash(local) } else { LocalSiteInput::Restart(local) };
                self.local(input, stage);
            }
            FaultKind::Crash { system: ControlUnit::Remote(remote), .. } => {
                let input =
                    if begins { RemoteSiteInput::Crash(remote) } else { RemoteSiteInput::Restart(remote) };
                self.remote(input, stage);
            }
            FaultKind::SlaveStop { remote, .. } => {
                let input = if begins {
                    RemoteSiteInput::StopSlave(remote)
                } else {
                    RemoteSiteInput::ResumeSlave(remote)
                };
                self.remote(input, stage);
            }
            FaultKind::MasterStop { .. } => {
                let input = if begins { RemoteSiteInput::StopMaster } else { RemoteSiteInput::ResumeMaster };
                self.remote(input, stage);
            }
            FaultKind::ClockError { clock, skew_ns, drift_ns_per_s } => {
                let clock = match clock {
                    ClockOwner::Local(local) => &mut self.local_site.clocks[local.index()],
                    ClockOwner::Host(host) => &mut self.hosts.clocks[host.index()],
                };
                *clock = clock.disturbed(stage.now(), skew_ns, drift_ns_per_s);
            }
            FaultKind::LocalSiteLoss if !self.local_site.is_lost => self.lose_local_site(stage),
            // Of a brown-out the lines have known from the beginning.
            FaultKind::LocalSiteLoss | FaultKind::BrownOut { .. } => {}
        }
    }

    /// Lines and control network lose nothing by chance any more.
    pub fn heal(&mut self) {
        self.network.each_channel(None, None, Channel::heal);
        self.remote_site.control.heal();
    }

    /// From now on the fates of packets and control messages are recorded.
    pub fn record_fates(&mut self) {
        self.network.record_fates();
        self.remote_site.control.record_fates();
    }

    /// The fates that were recorded.
    pub fn fates(&self) -> Script {
        Script { packets: self.network.fates(), messages: self.remote_site.control.fates() }
    }

    /// The local site is destroyed at `at`, but what has left its lines arrives. The recovery is yet to begin.
    pub fn lose_local_site_but_its_lines(&mut self, at: SimTime) {
        self.local_site.is_lost = true;
        self.local_site.handle(at, LocalSiteInput::Destroyed);
        self.network.leave_standing(at);
    }

    /// The local site is destroyed: the declared recovery runs at the remote site.
    pub fn lose_local_site<O: Observer>(&mut self, stage: &mut Stage<O>) {
        self.local_site.is_lost = true;
        self.local(LocalSiteInput::Destroyed, stage);
        self.network.cut_off();
        stage.record(&Record::LocalSiteLost);
        self.remote(RemoteSiteInput::LocalSiteLost, stage);
    }
}
