//! The remote site: its disk systems and units, the control network between slaves and master, and what it does
//! when the local site is lost.

use super::event::Event;
use super::network::{Freight, SHORT_PACKET_BYTES, Shipment};
use super::run::{CONTROL_LANE, REMOTE_UNITS_LANE, World};
use super::seam::{RemoteLanding, Seam as _};
use crate::hardware::wan::Channel;
use crate::protocol::Scheme;
use crate::protocol::disk::r_write_data_destage::serial_next;
use crate::protocol::disk::{Context, DomainId, Packet, RemoteDiskSystem, RemoteInput, RemoteOutput, Report};
use crate::protocol::rules::{Destage, LimitScope, Recovery};
use crate::trace::{Key, Observer, PacketClass, Record};
use crate::units::{Direction, GroupId, PathId, RemoteId};

/// A message between a slave and the master.
#[derive(Clone, Debug)]
pub struct ControlMessage {
    remote: RemoteId,
    kind: ControlKind,
    lines: Vec<Report>,
    /// Copies still to arrive.
    copies: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlKind {
    /// Step 902.
    Report,
    /// Step 1001.
    Limits,
}

/// Between one slave and the master.
#[derive(Clone, Debug)]
pub struct ControlLines {
    /// Slave to master.
    pub reports: Channel,
    /// Master to slave.
    pub limits: Channel,
}

impl<O: Observer> World<'_, O> {
    /// A packet reached the remote end of its path.
    pub(super) fn deliver_to_remote(&mut self, path: PathId, packet: Packet) {
        let remote = self.scenario.paths[path.index()].remote;
        for packet in self.seam.remote_hears(packet) {
            self.remote(remote.0, RemoteInput::Packet(packet));
        }
    }

    /// All slave processes are activated (Fig. 9), and again after the limit period.
    pub(super) fn on_slave_tick(&mut self) {
        if self.local_site_lost {
            return;
        }
        for remote in 0..self.remotes.len() as u32 {
            self.remote(remote, RemoteInput::Activate);
        }
        let period = self.scenario.protocol.limit_period;
        if !period.is_zero() {
            self.agenda.schedule(self.now + period, Event::SlaveTick);
        }
    }

    /// Gives an input to a remote system, if it works, and does what it says.
    pub(super) fn remote(&mut self, remote: u32, input: RemoteInput) {
        if self.remote_units[remote as usize].control.is_up() {
            self.remote_while_down(remote, input);
        }
    }

    /// Gives an input to a remote system, whether it works or not.
    pub(super) fn remote_while_down(&mut self, remote: u32, input: RemoteInput) {
        let mut out = std::mem::take(&mut self.remote_out);
        let context = Context { settings: self.settings, now: self.now, reading: self.now.as_ns() };
        self.remotes[remote as usize].handle(&context, input, &mut out);
        self.seam.remote_says(RemoteId(remote), &input, &mut out);
        self.do_remote(remote, &mut out);
        self.remote_out = out;
    }

    fn do_remote(&mut self, index: u32, out: &mut Vec<RemoteOutput>) {
        let remote = RemoteId(index);
        let mut report: Vec<Report> = Vec::new();
        for output in out.drain(..) {
            match output {
                RemoteOutput::Cached(write, key) => {
                    self.record(&Record::RemoteCached { write, remote, key });
                }
                RemoteOutput::StampReceived(pair, key) => {
                    self.record(&Record::StampReceived { pair, key });
                }
                RemoteOutput::Complete { packet, write } => {
                    let Packet::Completion { stream, .. } = packet else { continue };
                    self.ship(&Shipment {
                        path: self.path_of_stream[stream.index()],
                        direction: Direction::Reverse,
                        freight: Freight::Disk(packet),
                        class: PacketClass::Completion,
                        write,
                        bytes: SHORT_PACKET_BYTES,
                    });
                }
                RemoteOutput::Report(domain, end) => report.push((domain, end)),
                RemoteOutput::LimitStored(domain, limit) => {
                    let group = match self.settings.rules.limit_scope {
                        LimitScope::Global => None,
                        LimitScope::Group => Some(GroupId(domain.0)),
                    };
                    self.record(&Record::LimitStored { remote, group, limit });
                }
                RemoteOutput::Destage { entry, .. } => self.start_destage(index, entry),
                RemoteOutput::MayDestage(group) => self.groups_to_destage.push(group),
                RemoteOutput::Cancelled(group) => {
                    self.group_server[group.index()] = None;
                    self.groups_to_destage.push(group);
                }
                RemoteOutput::Refused(_) => self.refused += 1,
                RemoteOutput::CacheLost(write) | RemoteOutput::Discarded(write) => {
                    self.record(&Record::RemoteCacheLost { write, remote });
                }
            }
        }
        if !report.is_empty() {
            self.send_control(remote, ControlKind::Report, report);
        }
    }

    /// Step 1103: the unit takes its time.
    fn start_destage(&mut self, remote: u32, entry: u32) {
        let unit = &mut self.remote_units[remote as usize];
        let event = Event::RemoteLanded { remote: remote as u16, life: unit.control.life, entry };
        if unit.destage_time.is_zero() {
            self.at_once.push_back(event);
        } else {
            let at = self.now + unit.service();
            self.agenda.schedule_in_lane(REMOTE_UNITS_LANE, at, event);
        }
    }

    /// The content stands on the remote unit.
    pub(super) fn on_remote_landed(&mut self, remote: u32, life: u16, entry: u32) {
        let control = &self.remote_units[remote as usize].control;
        if !control.is_up() || control.life != life {
            return; // Cut short by a crash.
        }
        let Some(cached) = self.remotes[remote as usize].entry(entry) else { return };
        let (write, position, group) = (cached.data.write, cached.data.position, cached.group);
        let unit = self.settings.pairs[cached.data.pair.index()].remote_unit;
        for landing in
            self.seam.remote_lands(RemoteLanding { write, remote: RemoteId(remote), unit, position })
        {
            let RemoteLanding { write, remote, unit, position } = landing;
            self.record(&Record::RemoteDestaged { write, remote, unit, position });
            self.on_remote_copy(write);
        }
        if self.settings.rules.destage == Destage::Serial {
            self.group_server[group.index()] = None;
            self.groups_to_destage.push(group);
        }
        self.remote(remote, RemoteInput::Landed(entry));
    }

    /// Rule `destage = "serial"`: one write of a group at a time, across systems.
    pub(super) fn destage_groups(&mut self) {
        while let Some(group) = self.groups_to_destage.pop() {
            if self.group_server[group.index()].is_some() {
                continue;
            }
            let mut out = std::mem::take(&mut self.remote_out);
            let next = serial_next(
                self.settings,
                &mut self.remotes,
                group,
                |at| self.remote_units[at].control.is_up(),
                &mut out,
            );
            if let Some(at) = next {
                self.group_server[group.index()] = Some(at as u32);
                self.do_remote(at as u32, &mut out);
            }
            self.remote_out = out;
        }
    }

    fn send_control(&mut self, remote: RemoteId, kind: ControlKind, mut lines: Vec<Report>) {
        self.seam.control_says(remote, kind, &mut lines);
        let control = &mut self.control[remote.index()];
        let channel = match kind {
            ControlKind::Report => &mut control.reports,
            ControlKind::Limits => &mut control.limits,
        };
        let sending = channel.send(self.now, SHORT_PACKET_BYTES, PacketClass::Completion);
        let copies = sending.arrivals().count() as u8;
        if copies == 0 {
            return;
        }
        let message = self.messages.insert(ControlMessage { remote, kind, lines, copies });
        for at in sending.arrivals() {
            self.agenda.schedule_in_lane(CONTROL_LANE, at, Event::ControlArrival(message));
        }
    }

    /// A report or a limit arrives.
    pub(super) fn on_control_arrival(&mut self, place: u32) {
        let Some(message) = self.messages.get_mut(place) else { return };
        message.copies -= 1;
        let (remote, kind) = (message.remote, message.kind);
        let lines = if message.copies == 0 {
            self.messages.remove(place).map(|message| message.lines).unwrap_or_default()
        } else {
            message.lines.clone()
        };
        if self.local_site_lost {
            return; // Recovery goes by the limits stored at the disaster.
        }
        match kind {
            ControlKind::Report if self.master_stops > 0 => {}
            ControlKind::Report => {
                self.master.handle_report(remote, &lines);
                if !std::mem::replace(&mut self.master_armed, true) {
                    self.agenda.schedule_in_lane(CONTROL_LANE, self.now, Event::MasterRun);
                }
            }
            ControlKind::Limits => self.remote(remote.0, RemoteInput::Limits(&lines)),
        }
    }

    /// Fig. 10, once for all reports of an instant.
    pub(super) fn on_master_run(&mut self) {
        self.master_armed = false;
        if self.master_stops > 0 {
            return;
        }
        let mut limits = Vec::new();
        self.master.run(self.settings, &mut limits);
        for lines in limits.chunk_by(|first, second| first.0 == second.0) {
            let remote = lines[0].0;
            let lines = lines.iter().map(|&(_, domain, limit)| (domain, limit)).collect();
            self.send_control(remote, ControlKind::Limits, lines);
        }
    }

    /// The local site is destroyed: the declared recovery runs at the remote site.
    pub(super) fn on_local_site_lost(&mut self) {
        self.local_site_lost = true;
        self.record(&Record::LocalSiteLost);
        let domains = self.settings.domains();
        let own = |remote: usize, domain: usize| self.remotes[remote].limits()[domain];
        let limits: Vec<Vec<Option<Key>>> = match self.settings.rules.recovery {
            _ if self.settings.scheme == Scheme::TimestampOnly => {
                vec![self.least_latest_stamps(); self.remotes.len()]
            }
            // Hosts have waited for all that counts: whatever stands in a cache is destaged.
            _ if self.settings.scheme == Scheme::Synchronous => {
                vec![vec![Some(Key::LAST); domains]; self.remotes.len()]
            }
            Recovery::Own => {
                let remotes = 0..self.remotes.len();
                remotes.map(|remote| (0..domains).map(|domain| own(remote, domain)).collect()).collect()
            }
            Recovery::Highest => {
                let highest =
                    |domain| (0..self.remotes.len()).map(|remote| own(remote, domain)).max().flatten();
                vec![(0..domains).map(highest).collect(); self.remotes.len()]
            }
        };
        for (remote, limits) in self.seam.recovers_by(limits, &self.remotes).into_iter().enumerate() {
            self.recover(RemoteId::from(remote), limits);
        }
    }

    /// `timestamp-only`: per domain the least, over its pairs, of the latest stamp received.
    fn least_latest_stamps(&self) -> Vec<Option<Key>> {
        let mut least: Vec<Option<Option<Key>>> = vec![None; self.settings.domains()];
        for (stream, latest) in self.remotes.iter().flat_map(RemoteDiskSystem::latest_stamps) {
            for &group in &self.settings.layout.streams[stream.index()].groups {
                let DomainId(domain) = self.settings.domain_of(group);
                let least = &mut least[domain as usize];
                *least = Some(least.map_or(latest, |least| least.min(latest)));
            }
        }
        least.into_iter().map(Option::flatten).collect()
    }
}
