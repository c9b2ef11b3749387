//! What the exports remember: of each write in flight where it belongs, of each packet in flight what it carries.

use std::collections::BTreeMap;

use crate::trace::{Fate, PacketClass, Record};
use crate::units::{Direction, HostId, LocalId, PairId, PathId, WriteRef};

/// Where a write belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Write {
    pub serial: u64,
    pub host: HostId,
    pub local: LocalId,
    pub unit: u32,
    pub pair: Option<PairId>,
    pub position: u64,
    pub size: u32,
}

/// The writes in flight, by the slot that the run gives them: a slot is used again when its write is finished.
#[derive(Clone, Debug, Default)]
pub(super) struct Writes(Vec<Option<Write>>);

impl Writes {
    /// Takes in a record.
    pub fn observe(&mut self, record: &Record) {
        if let Record::Issued { write, host, local, unit, pair, position, size } = *record {
            let slot = write.slot as usize;
            if self.0.len() <= slot {
                self.0.resize(slot + 1, None);
            }
            self.0[slot] = Some(Write { serial: write.serial, host, local, unit, pair, position, size });
        }
    }

    /// Where `write` belongs, if it is still known.
    pub fn get(&self, write: WriteRef) -> Option<Write> {
        let found = self.0.get(write.slot as usize).copied().flatten();
        found.filter(|found| found.serial == write.serial)
    }
}

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet {
    pub class: PacketClass,
    pub write: Option<WriteRef>,
    /// Where the write belongs, as it was known when the packet was sent.
    pub carried: Option<Write>,
    pub bytes: u32,
    /// Copies that have not arrived yet.
    pub copies: u8,
}

/// The packets in flight.
#[derive(Clone, Debug, Default)]
pub(super) struct Packets(BTreeMap<(PathId, Direction, u64), Packet>);

impl Packets {
    /// A packet was sent: it is given back. It is remembered if a copy will arrive.
    pub fn on_sent(&mut self, record: &Record, writes: &Writes) -> Option<Packet> {
        let Record::PacketSent { path, direction, number, class, write, bytes, fate } = *record else {
            return None;
        };
        let copies = match fate {
            Fate::Copies(copies) => copies,
            Fate::Lost => 0,
        };
        let carried = write.and_then(|write| writes.get(write));
        let packet = Packet { class, write, carried, bytes, copies };
        if copies > 0 {
            self.0.insert((path, direction, number), packet);
        }
        Some(packet)
    }

    /// A copy arrived: what it carries, and how many copies are still to come.
    pub fn on_arrived(&mut self, path: PathId, direction: Direction, number: u64) -> Option<Packet> {
        let name = (path, direction, number);
        let packet = self.0.get_mut(&name)?;
        packet.copies = packet.copies.saturating_sub(1);
        let packet = *packet;
        if packet.copies == 0 {
            self.0.remove(&name);
        }
        Some(packet)
    }
}

/// The name of a class of packets.
pub(super) const fn class_name(class: PacketClass) -> &'static str {
    match class {
        PacketClass::WriteData => "write-data",
        PacketClass::Resend => "resend",
        PacketClass::Marker => "marker",
        PacketClass::Completion => "completion",
        PacketClass::Request => "request",
        PacketClass::ReadData => "read-data",
        PacketClass::Repair => "repair",
    }
}

/// The name of a direction.
pub(super) const fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "forward",
        Direction::Reverse => "reverse",
    }
}
