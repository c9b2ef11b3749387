//! Faults on the time line: what fails, when it comes back, and what hosts do about writes that were lost with it.

use super::event::Event;
use super::run::{Answered, Asked, Held, World};
use crate::protocol::disk::{LocalInput, RemoteSiteInput};
use crate::scenario::validated::{ClockOwner, ControlUnit, FaultKind};
use crate::trace::{Observer, Record};
use crate::units::WriteRef;

/// A local control unit, as its hardware knows it.
#[derive(Clone, Debug, Default)]
pub struct ControlUnitState {
    /// Crashes that have not ended: it works while there is none.
    crashes: u32,
    /// Counts its lives: timers and destages of an earlier one mean nothing.
    pub(super) life: u16,
    /// The fault by which it will crash between steps 601 and 602 of its next write.
    crash_before_send: Option<u32>,
}

impl ControlUnitState {
    /// Does it work?
    pub(super) const fn is_up(&self) -> bool {
        self.crashes == 0
    }
}

impl<O: Observer> World<'_, O> {
    /// A fault of the scenario begins or ends.
    pub(super) fn on_fault(&mut self, fault: u32, begins: bool) {
        let kind = &self.scenario.faults[fault as usize].kind;
        if let FaultKind::Crash { system: ControlUnit::Local(local), before_send: true, .. } = *kind
            && begins
        {
            self.local_units[local.index()].control.crash_before_send = Some(fault);
            self.local(local.0, LocalInput::CrashBeforeSend);
            return;
        }
        self.record(&if begins { Record::FaultBegan { fault } } else { Record::FaultEnded { fault } });
        match *kind {
            FaultKind::WanOutage { path, direction, .. } => {
                self.network.each_channel(path, direction, |channel| {
                    if begins { channel.begin_outage() } else { channel.end_outage() }
                });
            }
            FaultKind::Crash { system: ControlUnit::Local(local), .. } if begins => self.crash_local(local.0),
            FaultKind::Crash { system: ControlUnit::Local(local), .. } => self.restart_local(local.0),
            FaultKind::Crash { system: ControlUnit::Remote(remote), .. } => self.remote_site(if begins {
                RemoteSiteInput::Crash(remote)
            } else {
                RemoteSiteInput::Restart(remote)
            }),
            FaultKind::SlaveStop { remote, .. } => self.remote_site(if begins {
                RemoteSiteInput::StopSlave(remote)
            } else {
                RemoteSiteInput::ResumeSlave(remote)
            }),
            FaultKind::MasterStop { .. } => self.remote_site(if begins {
                RemoteSiteInput::StopMaster
            } else {
                RemoteSiteInput::ResumeMaster
            }),
            FaultKind::ClockError { clock, skew_ns, drift_ns_per_s } => {
                let clock = match clock {
                    ClockOwner::Local(local) => &mut self.local_clocks[local.index()],
                    ClockOwner::Host(host) => &mut self.host_clocks[host.index()],
                };
                *clock = clock.disturbed(self.now, skew_ns, drift_ns_per_s);
            }
            FaultKind::LocalSiteLoss if !self.local_site_lost => self.on_local_site_lost(),
            // Of a brown-out the lines have known from the beginning.
            FaultKind::LocalSiteLoss | FaultKind::BrownOut { .. } => {}
        }
    }

    /// The control unit of a local system fails between steps 601 and 602.
    pub(super) fn on_local_failed(&mut self, local: u32) {
        let Some(fault) = self.local_units[local as usize].control.crash_before_send.take() else { return };
        self.record(&Record::FaultBegan { fault });
        if let Some(length) = self.scenario.faults[fault as usize].kind.length() {
            self.agenda.schedule(self.now + length, Event::FaultEnds(fault));
        }
        self.crash_local(local);
    }

    fn crash_local(&mut self, local: u32) {
        let control = &mut self.local_units[local as usize].control;
        control.crashes += 1;
        if control.crashes > 1 || self.local_site_lost {
            return;
        }
        control.life = control.life.wrapping_add(1);
        self.local_units[local as usize].cut_short(self.now);
        self.local_while_down(local, LocalInput::Crash);
        // A host whose write lost its completion issues the data again. What was on the wire already arrives.
        for slot in 0..self.writes.len() as u32 {
            let Some(write) = &mut self.writes[slot as usize] else { continue };
            let lost = self.lost_completions.contains(&write.request.write);
            if write.local.0 != local || write.asked == Asked::UnderWay {
                continue;
            }
            match write.answered {
                Answered::Waits => self.schedule_retry(slot),
                Answered::Due if lost => {
                    write.answered = Answered::Lost;
                    self.schedule_retry(slot);
                }
                _ => {}
            }
        }
        self.lost_completions.clear();
    }

    fn restart_local(&mut self, local: u32) {
        let units = &mut self.local_units[local as usize];
        units.control.crashes -= 1;
        if !units.control.is_up() || self.local_site_lost {
            return;
        }
        units.free_from(self.now);
        let armed = units.control.crash_before_send.is_some();
        self.local(local, LocalInput::Restart);
        if armed {
            self.local(local, LocalInput::CrashBeforeSend); // Another crash came before it.
        }
    }

    /// The host of the write in `slot` will issue its data again.
    pub(super) fn schedule_retry(&mut self, slot: u32) {
        let Some(write) = &mut self.writes[slot as usize] else { return };
        write.agenda_events += 1;
        let timeout = self.scenario.hosts[usize::from(write.host)].retry_timeout;
        self.agenda.schedule(self.now + timeout, Event::HostRetry(slot));
    }

    /// A host has waited long enough: it gives the write up and issues its data as another write.
    pub(super) fn on_host_retry(&mut self, slot: u32) {
        let Some(write) = &mut self.writes[slot as usize] else { return };
        write.agenda_events -= 1;
        // One that is due is on its way.
        if !matches!(write.answered, Answered::Waits | Answered::Lost) {
            self.finish_if_done(slot);
            return;
        }
        write.answered = Answered::Abandoned;
        let (host, issue, write) = (u32::from(write.host), write.issue(), write.request.write);
        self.record(&Record::Abandoned { write });
        self.finish_if_done(slot);
        self.retried += 1;
        self.issue(host, issue);
    }

    /// A crash wiped the write from its local cache.
    pub(super) fn on_local_cache_lost(&mut self, write: WriteRef) {
        self.record(&Record::LocalCacheLost { write });
        if let Some(state) = &mut self.writes[write.slot as usize]
            && state.request.write == write
        {
            state.held = Held::Lost;
            self.finish_if_done(write.slot);
        }
    }

    /// Schedules the faults of the scenario.
    pub(super) fn schedule_faults(&mut self) {
        for (index, fault) in self.scenario.faults.iter().enumerate() {
            self.agenda.schedule(fault.at, Event::FaultBegins(index as u32));
            let begins_later = matches!(fault.kind, FaultKind::Crash { before_send: true, .. });
            if let Some(length) = fault.kind.length()
                && !begins_later
            {
                self.agenda.schedule(fault.at + length, Event::FaultEnds(index as u32));
            }
        }
    }

    /// Does the local system that armed a timer in `life` still live that life?
    pub(super) fn local_lives(&self, local: u32, life: u16) -> bool {
        let control = &self.local_units[local as usize].control;
        control.is_up() && control.life == life
    }
}
