//! The packets on their way, in rows as small as what they carry.
//!
//! Nearly all packets are write data of small numbers, or completions: they have narrow rows. What does not fit into one
//! (a number that has grown beyond it, another kind of packet), and all packets of a run that repairs packets or loses its
//! local site, have a row that holds everything. So no bound has to be proven, and nothing is lost.

use std::num::NonZeroU8;

use super::repair::Place;
use crate::collections::Slab;
use crate::protocol::disk::numbering::StreamId;
use crate::protocol::disk::{Packet, WriteData};
use crate::protocol::tape::TapePacket;
use crate::protocol::transport::SendingId;
use crate::units::{Direction, PairId, PathId, SimTime, WriteRef};

/// A packet on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InFlight {
    /// What it carries.
    pub carried: Carried,
    /// By which path.
    pub path: PathId,
    /// The direction.
    pub direction: Direction,
    /// Its number among the packets of this direction of the path.
    pub number: u64,
    /// When it was sent.
    pub sent: SimTime,
    /// Copies still to arrive.
    pub copies: u8,
    /// What only repairs and disasters ask for, where there are any.
    pub aside: Option<Aside>,
}

/// What only repairs and disasters ask for of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aside {
    /// When the last of its bits has left the line of the sender. (What netem's queue holds counts as having left.)
    pub left: SimTime,
    /// Its place in a group.
    pub place: Option<Place>,
    /// It had not left the line when the local site was lost.
    pub is_destroyed: bool,
}

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// All of it.
    Whole(AnyPacket),
    /// Part `part` of a message.
    Part {
        /// The message, a place in the table of messages.
        message: u32,
        /// Its part.
        part: u32,
    },
    /// Part `part` of a write, or the answer to it in the other direction.
    Segment {
        /// The write.
        write: WriteRef,
        /// Its part.
        part: u32,
        /// Its sending.
        sending: SendingId,
    },
    /// It repairs a group.
    Repair,
}

/// A packet of either side of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnyPacket {
    /// Between disk systems; the transport's header names the sending, or the one that a completion answers.
    Disk(Packet, SendingId),
    /// Between an initiator and an MT system.
    Tape(TapePacket),
}

/// What every narrow row says of its packet, whatever that carries.
#[derive(Clone, Copy, Debug)]
struct Header {
    sent: SimTime,
    number: u32,
    path: u16,
    copies: NonZeroU8,
}

/// Write data, in the forward direction, whose numbers are small.
#[derive(Clone, Copy, Debug)]
struct Data {
    header: Header,
    stamp: u64,
    /// Sequence number 115.
    sequence: u32,
    serial: u32,
    slot: u32,
    sending: u32,
    pair: PairId,
    position: u32,
    size: u32,
    stream: u16,
    set: u16,
}

/// What a packet that arrives soon says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Soon {
    /// Data of the write in this slot.
    Data {
        /// The slot.
        slot: u32,
    },
    /// A completion.
    Completion {
        /// The stream.
        stream: StreamId,
        /// The number, as wide as it travels.
        number: u64,
        /// The sending that it answers.
        answers: SendingId,
    },
}

/// A packet of three small numbers.
#[derive(Clone, Copy, Debug)]
struct Short {
    header: Header,
    kind: Kind,
    /// What they say depends on its kind.
    numbers: [u32; 3],
}

/// What a [`Short`] carries, and in which direction it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Stream, number, sending that it answers; to the local site.
    Completion,
    /// The same.
    Received,
    /// The same, with the number of the request.
    Request,
    /// Message, part; to the remote site.
    PartForward,
    /// The same, to the local site.
    PartReverse,
}

/// A number as narrow as a row has it, if it fits. The greatest is kept for `u64::MAX`, which says that there is none.
fn narrow(number: u64) -> Option<u32> {
    match number {
        u64::MAX => Some(u32::MAX),
        _ => u32::try_from(number).ok().filter(|&narrow| narrow != u32::MAX),
    }
}

/// The same of the name of a sending.
fn narrow_sending(sending: SendingId) -> Option<u32> {
    narrow(if sending == SendingId::UNKNOWN { u64::MAX } else { sending.index() })
}

/// The number that was narrowed.
fn widen(number: u32) -> u64 {
    if number == u32::MAX { u64::MAX } else { u64::from(number) }
}

impl Header {
    /// That of a packet without an [`Aside`], if its numbers fit.
    #[inline]
    fn of(packet: &InFlight) -> Option<Self> {
        let InFlight { path, number, sent, copies, aside: None, .. } = *packet else { return None };
        Some(Self {
            sent,
            number: narrow(number)?,
            path: u16::try_from(path.0).ok()?,
            copies: NonZeroU8::new(copies)?,
        })
    }

    /// The packet, which carries this.
    fn packet(self, carried: Carried, direction: Direction) -> InFlight {
        InFlight {
            carried,
            path: PathId(u32::from(self.path)),
            direction,
            number: widen(self.number),
            sent: self.sent,
            copies: self.copies.get(),
            aside: None,
        }
    }
}

impl Row for Data {
    #[inline(always)]
    fn of(packet: &InFlight) -> Option<Self> {
        let (Carried::Whole(AnyPacket::Disk(Packet::WriteData(data), sending)), Direction::Forward) =
            (packet.carried, packet.direction)
        else {
            return None;
        };
        Some(Self {
            header: Header::of(packet)?,
            stamp: data.stamp,
            sequence: narrow(data.number)?,
            serial: narrow(data.write.serial)?,
            slot: data.write.slot,
            sending: narrow_sending(sending)?,
            pair: data.pair,
            position: narrow(data.position)?,
            size: data.size,
            stream: u16::try_from(data.stream.0).ok()?,
            set: u16::try_from(data.set).ok()?,
        })
    }

    #[inline(always)]
    fn packet(&self) -> InFlight {
        let data = WriteData {
            stream: StreamId(u32::from(self.stream)),
            number: widen(self.sequence),
            stamp: self.stamp,
            write: WriteRef { serial: widen(self.serial), slot: self.slot },
            pair: self.pair,
            position: widen(self.position),
            size: self.size,
            set: u32::from(self.set),
        };
        let packet = AnyPacket::Disk(Packet::WriteData(data), SendingId::new(widen(self.sending)));
        self.header.packet(Carried::Whole(packet), Direction::Forward)
    }

    fn header(&mut self) -> &mut Header {
        &mut self.header
    }
}

impl Row for Short {
    #[inline(always)]
    fn of(packet: &InFlight) -> Option<Self> {
        let (kind, numbers) = match (packet.carried, packet.direction) {
            (Carried::Whole(AnyPacket::Disk(packet, sending)), Direction::Reverse) => {
                let (kind, stream, number) = match packet {
                    Packet::Completion { stream, number } => (Kind::Completion, stream, number),
                    Packet::Received { stream, number } => (Kind::Received, stream, number),
                    Packet::Request { stream, request } => (Kind::Request, stream, request),
                    _ => return None,
                };
                (kind, [stream.0, narrow(number)?, narrow_sending(sending)?])
            }
            (Carried::Part { message, part }, Direction::Forward) => (Kind::PartForward, [message, part, 0]),
            (Carried::Part { message, part }, Direction::Reverse) => (Kind::PartReverse, [message, part, 0]),
            _ => return None,
        };
        Some(Self { header: Header::of(packet)?, kind, numbers })
    }

    #[inline(always)]
    fn packet(&self) -> InFlight {
        let [first, second, third] = self.numbers;
        let (stream, number) = (StreamId(first), widen(second));
        let of_disk = |packet| Carried::Whole(AnyPacket::Disk(packet, SendingId::new(widen(third))));
        let part = Carried::Part { message: first, part: second };
        let (carried, direction) = match self.kind {
            Kind::Completion => (of_disk(Packet::Completion { stream, number }), Direction::Reverse),
            Kind::Received => (of_disk(Packet::Received { stream, number }), Direction::Reverse),
            Kind::Request => (of_disk(Packet::Request { stream, request: number }), Direction::Reverse),
            Kind::PartForward => (part, Direction::Forward),
            Kind::PartReverse => (part, Direction::Reverse),
        };
        self.header.packet(carried, direction)
    }

    fn header(&mut self) -> &mut Header {
        &mut self.header
    }
}

/// A row of one of the narrow tables.
trait Row: Sized {
    /// The packet, if it is one that fits.
    fn of(packet: &InFlight) -> Option<Self>;
    /// The packet.
    fn packet(&self) -> InFlight;
    /// What it says whatever it carries.
    fn header(&mut self) -> &mut Header;
}

/// One copy less of the packet at `place`, which is freed after the last.
#[inline(always)]
fn one_less<T: Row>(rows: &mut Slab<T>, place: u32) -> Option<InFlight> {
    let row = rows.get_mut(place)?;
    let mut packet = row.packet();
    packet.copies -= 1;
    match NonZeroU8::new(packet.copies) {
        Some(left) => row.header().copies = left,
        None => drop(rows.remove(place)),
    }
    Some(packet)
}

/// The packets on their way, each by the name that it was given.
#[derive(Clone, Debug, Default)]
pub struct Flights {
    data: Slab<Data>,
    short: Slab<Short>,
    any: Slab<InFlight>,
}

/// A name is a place in one of three tables; its last two bits say in which.
const TABLES: u32 = 4;
const DATA: u32 = 0;
const SHORT: u32 = 1;
const ANY: u32 = 2;

impl Flights {
    /// A packet sets out; its name.
    #[inline(always)]
    pub fn insert(&mut self, packet: &InFlight) -> u32 {
        if let Some(data) = Data::of(packet) {
            self.data.insert(data) * TABLES + DATA
        } else if let Some(short) = Short::of(packet) {
            self.short.insert(short) * TABLES + SHORT
        } else {
            self.any.insert(*packet) * TABLES + ANY
        }
    }

    /// A copy of the packet of this name arrives: the packet, with the copies still to arrive. After the last of them the
    /// name is another's.
    #[inline(always)]
    pub fn arrive(&mut self, name: u32) -> Option<InFlight> {
        let place = name / TABLES;
        match name % TABLES {
            DATA => one_less(&mut self.data, place),
            SHORT => one_less(&mut self.short, place),
            _ => {
                let row = self.any.get_mut(place)?;
                row.copies -= 1;
                let packet = *row;
                if packet.copies == 0 {
                    self.any.remove(place);
                }
                Some(packet)
            }
        }
    }

    /// The packet of this name arrives soon ([`crate::collections`]): what will be asked for then.
    #[inline]
    pub fn fetch(&self, name: u32) -> Option<Soon> {
        let place = name / TABLES;
        match name % TABLES {
            DATA => self.data.get(place).map(|data| Soon::Data { slot: data.slot }),
            SHORT => match *self.short.get(place)? {
                Short { kind: Kind::Completion, numbers: [stream, number, sending], .. } => {
                    let answers = SendingId::new(widen(sending));
                    Some(Soon::Completion { stream: StreamId(stream), number: widen(number), answers })
                }
                Short { .. } => None,
            },
            _ => {
                self.any.fetch(place);
                None
            }
        }
    }

    /// Every packet that has an [`Aside`], and some that have none.
    pub fn with_aside(&mut self) -> impl Iterator<Item = &mut InFlight> {
        self.any.values_mut()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a row takes. A packet is in flight for about half of the life of its write: see `results/performance/`.
    #[test]
    fn rows_are_as_small_as_they_were() {
        assert_eq!(Slab::<Data>::PLACE_BYTES, 56);
        assert_eq!(Slab::<Short>::PLACE_BYTES, 32);
    }

    /// Small numbers mostly, some that do not fit, and some at the edge.
    fn number() -> BoxedStrategy<u64> {
        let edge = u64::from(u32::MAX);
        prop_oneof![4 => 0..70_000_u64, 1 => edge - 1..=edge + 1, 1 => u64::MAX - 1..=u64::MAX, 1 => any::<u64>()]
            .boxed()
    }

    fn small() -> impl Strategy<Value = u32> {
        prop_oneof![4 => 0..100_u32, 1 => 65_534..65_538_u32, 1 => any::<u32>()]
    }

    fn write() -> impl Strategy<Value = WriteRef> {
        (number(), small()).prop_map(|(serial, slot)| WriteRef { serial, slot })
    }

    fn of_disk() -> BoxedStrategy<Packet> {
        let data = (small(), number(), number(), write(), small(), number(), small(), small());
        prop_oneof![
            4 => data.prop_map(|(stream, number, stamp, write, pair, position, size, set)| {
                let (stream, pair) = (StreamId(stream), PairId(pair));
                Packet::WriteData(WriteData { stream, number, stamp, write, pair, position, size, set })
            }),
            1 => (small(), number(), number()).prop_map(|(stream, number, stamp)| {
                Packet::Marker { stream: StreamId(stream), number, stamp }
            }),
            1 => (small(), number()).prop_map(|(stream, stamp)| Packet::Clock { stream: StreamId(stream), stamp }),
            1 => (small(), number()).prop_map(|(stream, request)| Packet::Request { stream: StreamId(stream), request }),
            1 => (small(), number(), any::<bool>()).prop_map(|(stream, request, is_empty)| {
                Packet::Answer { stream: StreamId(stream), request, is_empty }
            }),
            1 => (small(), number()).prop_map(|(stream, number)| Packet::Received { stream: StreamId(stream), number }),
            4 => (small(), number()).prop_map(|(stream, number)| Packet::Completion { stream: StreamId(stream), number }),
        ]
        .boxed()
    }

    fn carried() -> BoxedStrategy<Carried> {
        prop_oneof![
            6 => (of_disk(), number())
                .prop_map(|(packet, sending)| Carried::Whole(AnyPacket::Disk(packet, SendingId::new(sending)))),
            1 => (any::<u32>(), any::<u32>()).prop_map(|(message, part)| Carried::Part { message, part }),
            1 => (write(), any::<u32>(), number()).prop_map(|(write, part, sending)| {
                Carried::Segment { write, part, sending: SendingId::new(sending) }
            }),
            1 => Just(Carried::Repair),
        ]
        .boxed()
    }

    fn packet() -> impl Strategy<Value = InFlight> {
        let direction = prop_oneof![Just(Direction::Forward), Just(Direction::Reverse)];
        let place = prop::option::of((number(), small()).prop_map(|(group, index)| Place { group, index }));
        let aside = (number(), place, any::<bool>()).prop_map(|(left, place, is_destroyed)| Aside {
            left: SimTime::from_ns(left),
            place,
            is_destroyed,
        });
        let aside = prop_oneof![4 => Just(None), 1 => aside.prop_map(Some)];
        (carried(), small(), direction, number(), number(), 1..4_u8, aside).prop_map(
            |(carried, path, direction, number, sent, copies, aside)| {
                let (path, sent) = (PathId(path), SimTime::from_ns(sent));
                InFlight { carried, path, direction, number, sent, copies, aside }
            },
        )
    }

    /// Most of what is under way is write data, completions and parts: they have the narrow rows.
    #[test]
    fn what_is_common_has_a_narrow_row() {
        let (stream, number, request) = (StreamId(3), 70_000, 70_000);
        let write = WriteRef { serial: 70_000, slot: 9 };
        let data = WriteData {
            stream,
            number,
            stamp: u64::MAX,
            write,
            pair: PairId(2),
            position: 1_000_000,
            size: 4_096,
            set: 1,
        };
        let part = Carried::Part { message: 5, part: 6 };
        let (forward, reverse) = (Direction::Forward, Direction::Reverse);
        let mut common = vec![(part, forward, SHORT), (part, reverse, SHORT)];
        for sending in [SendingId::new(70_000), SendingId::UNKNOWN] {
            let of_disk = |packet| Carried::Whole(AnyPacket::Disk(packet, sending));
            common.push((of_disk(Packet::WriteData(data)), forward, DATA));
            common.push((of_disk(Packet::Completion { stream, number }), reverse, SHORT));
            common.push((of_disk(Packet::Received { stream, number }), reverse, SHORT));
            common.push((of_disk(Packet::Request { stream, request }), reverse, SHORT));
        }
        for (carried, direction, table) in common {
            let (path, sent) = (PathId(1), SimTime::from_ns(u64::MAX - 1));
            let packet = InFlight { carried, path, direction, number, sent, copies: 2, aside: None };
            assert_eq!(Flights::default().insert(&packet) % TABLES, table, "{packet:?}");
        }
    }

    proptest! {
        /// Whatever is in flight, each copy of a packet arrives as it set out, and no more copies than there are.
        #[test]
        fn what_arrives_is_what_set_out(script in prop::collection::vec((packet(), 0..12_usize), 1..60)) {
            let mut flights = Flights::default();
            let mut known: Vec<(u32, InFlight)> = Vec::new();
            for (packet, arrives) in script {
                let name = flights.insert(&packet);
                prop_assert!(known.iter().all(|&(other, _)| other != name));
                known.push((name, packet));
                if let Some((name, packet)) = known.get_mut(arrives) {
                    packet.copies -= 1;
                    prop_assert_eq!(flights.arrive(*name), Some(*packet));
                    if packet.copies == 0 {
                        prop_assert_eq!(flights.arrive(*name), None);
                        known.remove(arrives);
                    }
                }
            }
            let asides = known.iter().filter(|(_, packet)| packet.aside.is_some()).count();
            prop_assert_eq!(flights.with_aside().filter(|packet| packet.aside.is_some()).count(), asides);
            for (name, packet) in known {
                for copies in (0..packet.copies).rev() {
                    prop_assert_eq!(flights.arrive(name), Some(InFlight { copies, ..packet }));
                }
            }
        }
    }
}
