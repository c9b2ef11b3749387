//! Packets on the paths: sent, cut to the MTU, lost, duplicated, put together again.

use std::collections::BTreeMap;

use super::event::Event;
use super::run::World;
use crate::collections::Slab;
use crate::hardware::wan::{Channel, Sending};
use crate::protocol::disk::Packet;
use crate::protocol::tape::TapePacket;
use crate::trace::{Observer, PacketClass, Record};
use crate::units::{Direction, PathId, SimTime, WriteRef};

/// Bytes of a packet without write data: a completion, a marker, a clock message, a control message.
pub const SHORT_PACKET_BYTES: u32 = 64;

/// One direction of one path.
#[derive(Clone, Copy, Debug)]
pub struct Lane {
    /// The line that it uses, an index into [`Network`]'s channels, and its place among the paths of that line.
    pub channel: usize,
    /// See `channel`.
    pub place: usize,
    /// The largest payload of a packet; `None` is unlimited.
    pub mtu: Option<u32>,
    /// Bytes of headers that travel with each packet.
    pub header: u32,
}

/// All paths and what is on them.
#[derive(Clone, Debug)]
pub struct Network {
    /// By path: forward, reverse.
    lanes: Vec<[Lane; 2]>,
    /// By path: packets sent forward, and in reverse.
    sent: Vec<[u64; 2]>,
    channels: Vec<Channel>,
    parcels: Slab<Parcel>,
    /// Packets that travel in several parts.
    messages: Slab<Message>,
    /// By line and ticket: the packet that waits for a slot, and how many copies of it.
    waiting: BTreeMap<(usize, u64), (u32, u8)>,
    /// By line: when it is to be served next.
    due: Vec<Option<SimTime>>,
}

/// A packet on its way.
#[derive(Clone, Copy, Debug)]
struct Parcel {
    cargo: Cargo,
    path: PathId,
    direction: Direction,
    number: u64,
    sent: SimTime,
    /// Copies still to arrive.
    copies: u8,
}

#[derive(Clone, Copy, Debug)]
enum Cargo {
    Whole(Freight),
    /// Part `part` of a message.
    Part {
        message: u32,
        part: u32,
    },
}

/// A packet larger than the MTU: whole when each part has arrived once, else absent.
#[derive(Clone, Debug)]
struct Message {
    freight: Freight,
    arrived: Vec<bool>,
    missing: u32,
    /// Copies of parts still to arrive.
    copies: u32,
}

/// A packet of either side of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freight {
    /// Between disk systems.
    Disk(Packet),
    /// Between an initiator and an MT system.
    Tape(TapePacket),
}

/// What is sent, and as what.
#[derive(Clone, Copy, Debug)]
pub struct Shipment {
    /// The path.
    pub path: PathId,
    /// The direction.
    pub direction: Direction,
    /// The packet.
    pub freight: Freight,
    /// What it carries.
    pub class: PacketClass,
    /// The write it carries or completes.
    pub write: Option<WriteRef>,
    /// Its length in bytes.
    pub bytes: u32,
}

impl Network {
    /// By path (forward, reverse), over these channels.
    pub fn new(lanes: Vec<[Lane; 2]>, channels: Vec<Channel>) -> Self {
        let sent = vec![[0; 2]; lanes.len()];
        let due = vec![None; channels.len()];
        Self {
            lanes,
            sent,
            channels,
            parcels: Slab::default(),
            messages: Slab::default(),
            waiting: BTreeMap::new(),
            due,
        }
    }

    /// Does something to these channels, each once: those of one path or of all, of one direction or of both.
    pub fn each_channel(
        &mut self,
        path: Option<PathId>,
        direction: Option<Direction>,
        mut act: impl FnMut(&mut Channel),
    ) {
        let mut concerned = vec![false; self.channels.len()];
        for (index, lanes) in self.lanes.iter().enumerate() {
            for (lane, of) in lanes.iter().zip([Direction::Forward, Direction::Reverse]) {
                if path.is_none_or(|path| path.index() == index) && direction.is_none_or(|d| d == of) {
                    concerned[lane.channel] = true;
                }
            }
        }
        for (channel, _) in self.channels.iter_mut().zip(concerned).filter(|(_, concerned)| *concerned) {
            act(channel);
        }
    }
}

impl<O: Observer> World<'_, O> {
    /// A system gives a packet to a path.
    pub(super) fn ship(&mut self, shipment: &Shipment) {
        let lane = self.network.lanes[shipment.path.index()][shipment.direction as usize];
        match lane.mtu {
            Some(mtu) if shipment.bytes > mtu => {
                let parts = shipment.bytes.div_ceil(mtu);
                let message = self.network.messages.insert(Message {
                    freight: shipment.freight,
                    arrived: vec![false; parts as usize],
                    missing: parts,
                    copies: 0,
                });
                for part in 0..parts {
                    let bytes = mtu.min(shipment.bytes - part * mtu);
                    let copies = self.send(shipment, bytes, Cargo::Part { message, part });
                    if let Some(message) = self.network.messages.get_mut(message) {
                        message.copies += u32::from(copies);
                    }
                }
                if self.network.messages.get(message).is_some_and(|message| message.copies == 0) {
                    self.network.messages.remove(message);
                }
            }
            _ => {
                self.send(shipment, shipment.bytes, Cargo::Whole(shipment.freight));
            }
        }
    }

    /// One packet on the wire; how many copies will arrive.
    fn send(&mut self, shipment: &Shipment, bytes: u32, cargo: Cargo) -> u8 {
        let Shipment { path, direction, class, write, .. } = *shipment;
        let Lane { channel, place, header, .. } = self.network.lanes[path.index()][direction as usize];
        let bytes = bytes.saturating_add(header);
        let sending = self.network.channels[channel].send_from(place, self.now, bytes, class);
        let sent = &mut self.network.sent[path.index()][direction as usize];
        let number = *sent;
        *sent += 1;
        let fate = sending.fate();
        self.record(&Record::PacketSent { path, direction, number, class, write, bytes, fate });
        let copies = match sending {
            Sending::Waits { copies, .. } => copies,
            _ => sending.arrivals().count() as u8,
        };
        if copies > 0 {
            let sent = self.now;
            let parcel = self.network.parcels.insert(Parcel { cargo, path, direction, number, sent, copies });
            for at in sending.arrivals() {
                self.agenda.schedule_in_lane(super::run::NETWORK_LANE, at, Event::PacketArrival(parcel));
            }
            if let Sending::Waits { ticket, .. } = sending {
                self.network.waiting.insert((channel, ticket), (parcel, copies));
                self.serve_line(channel);
            }
        }
        copies
    }

    /// A line may let go what waits for a slot, unless another time has been set since.
    pub(super) fn on_line_due(&mut self, line: u32) {
        let line = line as usize;
        if self.network.due.get(line) == Some(&Some(self.now)) {
            self.network.due[line] = None;
            self.serve_line(line);
        }
    }

    /// Copies that leave their slot now arrive now.
    fn serve_line(&mut self, line: usize) {
        let (tickets, next) = self.network.channels[line].serve(self.now);
        for ticket in tickets {
            let Some((parcel, copies)) = self.network.waiting.get_mut(&(line, ticket)) else { continue };
            self.agenda.schedule(self.now, Event::PacketArrival(*parcel));
            *copies -= 1;
            if *copies == 0 {
                self.network.waiting.remove(&(line, ticket));
            }
        }
        if self.network.due[line] != next {
            self.network.due[line] = next;
            if let Some(at) = next {
                self.agenda.schedule(at, Event::LineDue(line as u32));
            }
        }
    }

    /// A copy of a packet arrives; what is whole is handed over.
    pub(super) fn on_packet_arrival(&mut self, place: u32) {
        let Some(parcel) = self.network.parcels.get_mut(place) else { return };
        parcel.copies -= 1;
        let parcel = *parcel;
        if parcel.copies == 0 {
            self.network.parcels.remove(place);
        }
        if self.local_site_lost {
            return; // Destroyed in flight.
        }
        let Parcel { path, direction, number, sent, .. } = parcel;
        self.record(&Record::PacketArrived { path, direction, number, sent });
        let freight = match parcel.cargo {
            Cargo::Whole(freight) => freight,
            Cargo::Part { message, part } => match self.network.put_together(message, part as usize) {
                Some(freight) => freight,
                None => return,
            },
        };
        match (freight, direction) {
            (Freight::Disk(packet), Direction::Forward) => self.deliver_to_remote(path, packet),
            (Freight::Disk(packet), Direction::Reverse) => self.deliver_to_local(path, packet),
            (Freight::Tape(packet), _) => self.deliver_tape(path, direction, packet),
        }
    }
}

impl Network {
    /// A part arrived: the packet, if it is the last one missing.
    fn put_together(&mut self, place: u32, part: usize) -> Option<Freight> {
        let message = self.messages.get_mut(place)?;
        message.copies -= 1;
        let first = !std::mem::replace(&mut message.arrived[part], true);
        message.missing -= u32::from(first);
        let whole = (first && message.missing == 0).then_some(message.freight);
        if message.copies == 0 {
            self.messages.remove(place);
        }
        whole
    }
}
