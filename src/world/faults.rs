//! Faults on the time line: what fails, and when it comes back.

use super::event::Event;
use super::parts::Parts;
use super::stage::Stage;
use crate::protocol::disk::{LocalInput, RemoteSiteInput};
use crate::scenario::Scenario;
use crate::scenario::validated::{ClockOwner, ControlUnit, FaultKind};
use crate::trace::{Observer, Record};
use crate::units::LocalId;

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

impl Parts<'_> {
    /// A fault of the scenario begins or ends.
    pub fn on_fault<O: Observer>(&mut self, fault: u32, begins: bool, stage: &mut Stage<O>) {
        let kind = &self.scenario.faults[fault as usize].kind;
        if let FaultKind::Crash { system: ControlUnit::Local(local), before_send: true, .. } = *kind
            && begins
        {
            self.local_site.crash_before_send(local, fault);
            self.local(local, LocalInput::CrashBeforeSend, stage);
            return;
        }
        stage.record(&if begins { Record::FaultBegan { fault } } else { Record::FaultEnded { fault } });
        match *kind {
            FaultKind::WanOutage { path, direction, .. } => {
                self.network.each_channel(path, direction, |channel| {
                    if begins { channel.begin_outage() } else { channel.end_outage() }
                });
            }
            FaultKind::Crash { system: ControlUnit::Local(local), .. } if begins => {
                self.crash_local(local, stage);
            }
            FaultKind::Crash { system: ControlUnit::Local(local), .. } => self.restart_local(local, stage),
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

    /// The local site is destroyed: the declared recovery runs at the remote site.
    pub fn lose_local_site<O: Observer>(&mut self, stage: &mut Stage<O>) {
        self.local_site.is_lost = true;
        self.network.cut_off();
        stage.record(&Record::LocalSiteLost);
        self.remote(RemoteSiteInput::LocalSiteLost, stage);
    }

    /// The control unit of a local system fails between steps 601 and 602.
    pub fn on_local_failed<O: Observer>(&mut self, local: LocalId, stage: &mut Stage<O>) {
        let Some(fault) = self.local_site.fails(local) else { return };
        stage.record(&Record::FaultBegan { fault });
        if let Some(length) = self.scenario.faults[fault as usize].kind.length() {
            stage.schedule(stage.now() + length, Event::FaultEnds(fault));
        }
        self.crash_local(local, stage);
    }

    fn crash_local<O: Observer>(&mut self, local: LocalId, stage: &mut Stage<O>) {
        if self.local_site.goes_down(local, stage.now()) {
            self.local_while_down(local, LocalInput::Crash, stage);
            self.hosts.on_local_crash(local, &self.local_site.lost_completions, stage);
            self.local_site.lost_completions.clear();
        }
    }

    fn restart_local<O: Observer>(&mut self, local: LocalId, stage: &mut Stage<O>) {
        if self.local_site.comes_up(local) {
            self.local(local, LocalInput::Restart, stage);
            if self.local_site.is_to_crash(local) {
                self.local(local, LocalInput::CrashBeforeSend, stage); // Another crash came before it.
            }
        }
    }
}
