//! The remote site's hardware: disk units that take their time, and the control network between slaves and master.
//! What goes where, and in which order, `protocol::disk::remote_site` says.

use super::event::Event;
use super::network::{Freight, SHORT_PACKET_BYTES, Shipment};
use super::run::{CONTROL_LANE, REMOTE_UNITS_LANE, World};
use super::seam::{RemoteLanding, Seam as _};
use crate::hardware::wan::Channel;
use crate::protocol::disk::{Context, Packet, RemoteOutput, RemoteSiteInput, RemoteSiteOutput, Report};
use crate::protocol::rules::LimitScope;
use crate::trace::{Observer, PacketClass, Record};
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

/// What a remote unit is writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writing {
    /// The slot in the cache that it comes from.
    slot: u32,
    landing: RemoteLanding,
}

impl<O: Observer> World<'_, O> {
    /// A packet reached the remote end of its path.
    pub(super) fn deliver_to_remote(&mut self, path: PathId, packet: Packet) {
        let remote = self.scenario.paths[path.index()].remote;
        for packet in self.seam.remote_hears(packet) {
            self.remote_site(RemoteSiteInput::Packet(remote, packet));
        }
    }

    /// Gives an input to the remote site, and does what it says.
    pub(super) fn remote_site(&mut self, input: RemoteSiteInput) {
        let mut out = std::mem::take(&mut self.remote_out);
        let context = Context { settings: self.settings, now: self.now, reading: self.now.as_ns() };
        let heard = self.seam.heard(&input);
        self.remote_site.handle(&context, input, &mut out);
        self.seam.remote_says(heard.as_ref(), &mut out);
        for output in out.drain(..) {
            match output {
                RemoteSiteOutput::Of(remote, output) => self.do_remote(remote, output),
                RemoteSiteOutput::SendReport(remote, lines) => {
                    self.send_control(remote, ControlKind::Report, lines);
                }
                RemoteSiteOutput::SendLimits(remote, lines) => {
                    self.send_control(remote, ControlKind::Limits, lines);
                }
                RemoteSiteOutput::Down(remote) => self.remote_units[remote.index()].cut_short(self.now),
                RemoteSiteOutput::ArmActivate(at) => self.agenda.schedule(at, Event::SlaveTick),
                RemoteSiteOutput::ArmMaster => {
                    self.agenda.schedule_in_lane(CONTROL_LANE, self.now, Event::MasterRun);
                }
            }
        }
        self.remote_out = out;
    }

    fn do_remote(&mut self, remote: RemoteId, output: RemoteOutput) {
        match output {
            RemoteOutput::Cached(write, key) => self.record(&Record::RemoteCached { write, remote, key }),
            RemoteOutput::StampReceived(pair, key) => self.record(&Record::StampReceived { pair, key }),
            RemoteOutput::Complete { packet, write } => {
                let Packet::Completion { stream, .. } = packet else { return };
                self.ship(&Shipment {
                    path: self.path_of_stream[stream.index()],
                    direction: Direction::Reverse,
                    freight: Freight::Disk(packet),
                    class: PacketClass::Completion,
                    write,
                    bytes: SHORT_PACKET_BYTES,
                });
            }
            RemoteOutput::LimitStored(domain, limit) => {
                let group = match self.settings.rules.limit_scope {
                    LimitScope::Global => None,
                    LimitScope::Group => Some(GroupId(domain.0)),
                };
                self.record(&Record::LimitStored { remote, group, limit });
            }
            RemoteOutput::Destage { entry, write, unit, position } => {
                self.start_destage(entry, RemoteLanding { write, remote, unit, position });
            }
            RemoteOutput::Refused(_) => self.refused += 1,
            RemoteOutput::CacheLost(write) => self.record(&Record::RemoteCacheLost { write, remote }),
            RemoteOutput::Discarded(write) => {
                self.record(&Record::RemoteCacheLost { write, remote });
                // If a unit was about to write it, it does not.
                self.remote_units[remote.index()].forget(|writing| writing.landing.write == write);
            }
            // Between systems: the site keeps it to itself.
            RemoteOutput::Report(..) | RemoteOutput::MayDestage(_) | RemoteOutput::Cancelled(_) => {}
        }
    }

    /// Step 1103: the unit takes its time.
    fn start_destage(&mut self, slot: u32, landing: RemoteLanding) {
        let remote = landing.remote;
        let units = &mut self.remote_units[remote.index()];
        let ticket = units.begin(Writing { slot, landing });
        let event = Event::RemoteLanded { remote: remote.0 as u16, ticket };
        if units.destage_time.is_zero() {
            self.at_once.push_back(event);
        } else {
            let at = self.now + units.service();
            self.agenda.schedule_in_lane(REMOTE_UNITS_LANE, at, event);
        }
    }

    /// The content stands on the remote unit.
    pub(super) fn on_remote_landed(&mut self, remote: u32, ticket: u64) {
        // Nothing, if a crash or a recovery cut it short.
        let Some(Writing { slot, landing }) = self.remote_units[remote as usize].done(ticket) else { return };
        for landing in self.seam.remote_lands(landing) {
            let RemoteLanding { write, remote, unit, position } = landing;
            self.record(&Record::RemoteDestaged { write, remote, unit, position });
            self.on_remote_copy(write);
        }
        self.remote_site(RemoteSiteInput::Landed(RemoteId(remote), slot));
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
    pub(super) fn on_control_arrival(&mut self, slot: u32) {
        let Some(message) = self.messages.get_mut(slot) else { return };
        message.copies -= 1;
        let (remote, kind) = (message.remote, message.kind);
        let lines = if message.copies == 0 {
            self.messages.remove(slot).map(|message| message.lines).unwrap_or_default()
        } else {
            message.lines.clone()
        };
        self.remote_site(match kind {
            ControlKind::Report => RemoteSiteInput::Report(remote, lines),
            ControlKind::Limits => RemoteSiteInput::Limits(remote, lines),
        });
    }

    /// The local site is destroyed: the declared recovery runs at the remote site.
    pub(super) fn on_local_site_lost(&mut self) {
        self.local_site_lost = true;
        self.record(&Record::LocalSiteLost);
        self.remote_site(RemoteSiteInput::LocalSiteLost);
    }
}
