//! `--pcap`: the packets of a run as pcapng (draft-ietf-opsawg-pcapng), for Wireshark and tshark.
//!
//! Each path has two interfaces, one at either end: a packet is captured at the end that sends it, and each copy that
//! arrives at the other. Time stamps are simulated nanoseconds since 1970. A packet is IPv4 (RFC 791) with protocol
//! 253 (RFC 3692, for experiments) and our header of 40 bytes, which `examples/rcsim.lua` takes apart; write data is
//! not captured, only its length. Local system n (from 0) has the address 10.1.(n / 256).(n % 256), remote system
//! n 10.2.(n / 256).(n % 256). The tape side has no paths between disk systems and is left out.

use std::io;

use super::packets::{Packet, Packets, Writes};
use super::{Export, Out, Target};
use crate::scenario::Scenario;
use crate::trace::{End, Observer, PacketClass, Preamble, Record};
use crate::units::{Direction, LocalId, PathId, RemoteId, SimTime};

const LINKTYPE_IPV4: u16 = 228;
const PROTOCOL: u8 = 253;
const IP_HEADER: u32 = 20;
const OUR_HEADER: u32 = 40;
/// What is captured of each packet.
const CAPTURED: u32 = IP_HEADER + OUR_HEADER;
/// Version of our header.
const VERSION: u8 = 1;
/// No write.
const NONE: u64 = u64::MAX;

/// A path between disk systems.
#[derive(Debug)]
struct Ends {
    local: LocalId,
    remote: RemoteId,
    name: String,
    local_name: String,
    remote_name: String,
}

/// Writes the packets.
#[derive(Debug)]
pub struct Pcap {
    out: Out,
    paths: Vec<Ends>,
    writes: Writes,
    packets: Packets,
}

impl Pcap {
    /// Of a run of `scenario`, into `target`.
    pub fn new(scenario: &Scenario, target: Target) -> Self {
        let ends = |path: &crate::scenario::validated::Path| {
            let local_name = scenario.local_systems[path.local.index()].name.clone();
            let remote_name = scenario.remote_systems[path.remote.index()].name.clone();
            let name = format!("{local_name}-{remote_name}");
            Ends { local: path.local, remote: path.remote, name, local_name, remote_name }
        };
        let paths = scenario.paths.iter().map(ends).collect();
        Self { out: Out::new(target), paths, writes: Writes::default(), packets: Packets::default() }
    }

    /// A block of type `kind`: length before and after, body padded to 4 bytes.
    fn block(&mut self, kind: u32, body: &[u8]) {
        let padded = body.len().next_multiple_of(4);
        let length = (padded as u32 + 12).to_le_bytes();
        let padding = vec![0; padded - body.len()];
        self.out.put(&[&kind.to_le_bytes(), &length[..], body, &padding, &length].concat());
    }

    fn packet(
        &mut self,
        now: SimTime,
        (path, direction, number): (PathId, Direction, u64),
        packet: Packet,
        sent: bool,
    ) {
        let Some(ends) = self.paths.get(path.index()) else { return };
        let [local, remote] = [address(1, ends.local.0), address(2, ends.remote.0)];
        let (from, to, at_local) = match direction {
            Direction::Forward => (local, remote, sent),
            Direction::Reverse => (remote, local, !sent),
        };
        let interface = path.0 * 2 + u32::from(!at_local);
        let length = packet.bytes.max(CAPTURED);
        let ns = now.as_ns();
        let mut body = Vec::with_capacity(96);
        for field in [interface, (ns >> 32) as u32, ns as u32, CAPTURED, length] {
            body.extend(field.to_le_bytes());
        }
        body.extend(ip_header(length, from, to));
        body.extend(our_header(path, number, packet, sent));
        self.block(6, &body);
    }
}

/// 10.`site`.(n / 256).(n % 256).
fn address(site: u8, system: u32) -> [u8; 4] {
    [10, site, (system >> 8) as u8, system as u8]
}

/// RFC 791, section 3.1. What is longer than 65,535 bytes has the length 0, as from a card that segments.
fn ip_header(length: u32, from: [u8; 4], to: [u8; 4]) -> Vec<u8> {
    let length = u16::try_from(length).unwrap_or(0).to_be_bytes();
    let mut header = vec![0x45, 0, length[0], length[1], 0, 0, 0x40, 0, 64, PROTOCOL, 0, 0];
    header.extend(from);
    header.extend(to);
    let sum: u32 = header.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1])).sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    let check = !((folded & 0xffff) + (folded >> 16)) as u16;
    header[10..12].copy_from_slice(&check.to_be_bytes());
    header
}

/// Our header, big-endian: version, class, copies that were made (or, at arrival, are still to come), 1 at the sender;
/// path, number; write, pair, position, bytes of the write.
fn our_header(path: PathId, number: u64, packet: Packet, sent: bool) -> Vec<u8> {
    let class = match packet.class {
        PacketClass::WriteData => 1,
        PacketClass::Resend => 2,
        PacketClass::Marker => 3,
        PacketClass::Completion => 4,
        PacketClass::Request => 5,
        PacketClass::ReadData => 6,
        PacketClass::Repair => 7,
    };
    let mut header = vec![VERSION, class, packet.copies, u8::from(sent)];
    header.extend(path.0.to_be_bytes());
    header.extend(number.to_be_bytes());
    header.extend(packet.write.map_or(NONE, |write| write.serial).to_be_bytes());
    let pair = packet.carried.and_then(|write| write.pair).map_or(u32::MAX, |pair| pair.0);
    header.extend(pair.to_be_bytes());
    header.extend(packet.carried.map_or(0, |write| write.position).to_be_bytes());
    header.extend(packet.carried.map_or(0, |write| write.size).to_be_bytes());
    header
}

/// An option of a block: code, length, value padded to 4 bytes.
fn option(code: u16, value: &[u8]) -> Vec<u8> {
    let padding = vec![0; value.len().next_multiple_of(4) - value.len()];
    [&code.to_le_bytes()[..], &(value.len() as u16).to_le_bytes(), value, &padding].concat()
}

impl Observer for Pcap {
    fn begin(&mut self, _preamble: &Preamble) {
        let program = format!("rcsim {}", env!("CARGO_PKG_VERSION"));
        let end = option(0, &[]);
        // Section header: byte order, version 1.0, length unknown; option 4 is the program.
        let head = [
            &0x1a2b_3c4d_u32.to_le_bytes()[..],
            &[1, 0, 0, 0],
            &[0xff; 8],
            &option(4, program.as_bytes()),
            &end,
        ];
        self.block(0x0a0d_0d0a, &head.concat());
        let names = |ends: &Ends| {
            [&ends.local_name, &ends.remote_name].map(|system| format!("{} at {system}", ends.name))
        };
        for name in self.paths.iter().flat_map(names).collect::<Vec<_>>() {
            // Interface: link type, no limit of length; option 2 is its name, option 9 the resolution of time.
            let fields = [&LINKTYPE_IPV4.to_le_bytes()[..], &[0, 0], &0_u32.to_le_bytes()].concat();
            let options = [option(2, name.as_bytes()), option(9, &[9]), end.clone()].concat();
            self.block(1, &[fields, options].concat());
        }
    }

    fn observe(&mut self, now: SimTime, record: &Record) {
        self.writes.observe(record);
        match *record {
            Record::PacketSent { path, direction, number, .. } => {
                if let Some(packet) = self.packets.on_sent(record, &self.writes) {
                    self.packet(now, (path, direction, number), packet, true);
                }
            }
            Record::PacketArrived { path, direction, number, .. } => {
                if let Some(packet) = self.packets.on_arrived(path, direction, number) {
                    self.packet(now, (path, direction, number), packet, false);
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, _end: &End) {}
}

impl Export for Pcap {
    fn finish(self) -> io::Result<Target> {
        self.out.finish()
    }
}

/// The names of classes, in the order of their numbers in our header.
#[cfg(test)]
pub(super) fn class_names() -> Vec<&'static str> {
    use PacketClass::{Completion, Marker, ReadData, Repair, Request, Resend, WriteData};
    [WriteData, Resend, Marker, Completion, Request, ReadData, Repair].map(super::packets::class_name).into()
}
