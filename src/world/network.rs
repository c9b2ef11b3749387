//! Packets on the paths: sent, cut to the MTU, lost, duplicated, put together again.

use std::collections::{BTreeMap, VecDeque};

use super::event::Event;
pub use super::in_flight::AnyPacket;
use super::in_flight::{Aside, Carried, Flights, InFlight, Soon};
use super::repair::{Groups, Joined, Place};
use super::segments::{Arrived, Segments};
use super::stage::{InOrder, Stage};
use crate::collections::Slab;
use crate::hardware::wan::{Channel, Sending};
use crate::protocol::disk::ordering::network_sync::NetworkSync;
use crate::protocol::disk::{Packet, WriteData};
use crate::protocol::transport::{ResendUnit, SHORT_PACKET_BYTES, SendingId};
use crate::scenario::validated::ScriptedPacket;
use crate::trace::{Observer, PacketClass, Record};
use crate::units::{Direction, PathId, SimTime, WriteRef};

/// One direction of one path, and the line that it uses.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// The line that it uses, an index into [`Network`]'s channels, and its place among the paths of that line.
    pub channel: usize,
    /// See `channel`.
    pub place: usize,
    /// The largest payload of a packet; `None` is unlimited.
    pub mtu: Option<u32>,
    /// Bytes of headers that travel with each packet.
    pub header: u32,
    /// What travels again of a write in several packets.
    pub unit: ResendUnit,
}

/// All paths and what is on them.
#[derive(Clone, Debug)]
pub struct Network {
    /// By path: forward, reverse.
    lines: Vec<[Line; 2]>,
    /// By path: packets sent forward, and in reverse.
    sent: Vec<[u64; 2]>,
    channels: Vec<Channel>,
    in_flight: Flights,
    /// Packets that travel in several parts.
    messages: Slab<Message>,
    /// Writes of which only lost parts travel again.
    segments: Segments,
    /// By line and ticket: the packet that waits for a slot, and how many copies of it.
    waiting: BTreeMap<(usize, u64), (u32, u8)>,
    /// By line: when it is to be served next.
    due: Vec<Option<SimTime>>,
    /// By number stream of disk: the path that it takes.
    path_of_stream: Vec<PathId>,
    /// Nothing arrives any more.
    is_cut_off: bool,
    /// `network-sync`: the groups of packets to the remote site that repair one another.
    repairs: Option<Groups<Guarded>>,
    /// Packets that were rebuilt, and are to be handed over: path, what, number.
    rebuilt: VecDeque<(PathId, Guarded, u64)>,
    /// Is it remembered of each packet when it leaves its line?
    keeps_departures: bool,
    /// After the loss of a local site whose line is left standing: copies to the remote site that still arrive.
    landing: u64,
}

/// A packet of a group.
#[derive(Clone, Copy, Debug)]
struct Guarded {
    carried: Carried,
    /// The write whose packets end with it.
    ends: Option<WriteData>,
}

/// A packet larger than the MTU: whole when each part has arrived once, else absent.
#[derive(Clone, Debug)]
struct Message {
    packet: AnyPacket,
    arrived: Vec<bool>,
    missing: u32,
    /// Copies of parts still to arrive, and parts that a group may rebuild.
    copies: u32,
}

/// What is sent, and as what.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing {
    /// The path.
    pub path: PathId,
    /// The direction.
    pub direction: Direction,
    /// The packet.
    pub packet: AnyPacket,
    /// What it carries.
    pub class: PacketClass,
    /// The write it carries or completes.
    pub write: Option<WriteRef>,
    /// Its length in bytes.
    pub bytes: u32,
}

/// What stands on a packet for those who watch.
#[derive(Clone, Copy, Debug)]
struct Label {
    path: PathId,
    direction: Direction,
    class: PacketClass,
    write: Option<WriteRef>,
    /// The write whose packets end with it.
    ends: Option<WriteData>,
}

/// What has arrived whole.
#[derive(Clone, Copy, Debug)]
pub struct Delivery {
    /// By which path.
    pub path: PathId,
    /// The direction.
    pub direction: Direction,
    /// The packet.
    pub packet: AnyPacket,
}

impl Network {
    /// By path (forward, reverse), over these channels; each number stream of disk takes its path.
    pub fn new(lines: Vec<[Line; 2]>, channels: Vec<Channel>, path_of_stream: Vec<PathId>) -> Self {
        let sent = vec![[0; 2]; lines.len()];
        let due = vec![None; channels.len()];
        Self {
            lines,
            sent,
            channels,
            in_flight: Flights::default(),
            messages: Slab::default(),
            segments: Segments::default(),
            waiting: BTreeMap::new(),
            due,
            path_of_stream,
            is_cut_off: false,
            repairs: None,
            rebuilt: VecDeque::new(),
            keeps_departures: false,
            landing: 0,
        }
    }

    /// Packets to the remote site are repaired by this rule.
    pub fn repaired_by(mut self, rule: Option<NetworkSync>) -> Self {
        self.repairs = rule.map(|rule| Groups::new(rule, self.lines.len()));
        self
    }

    /// Before anything is sent: the local site may be lost while its lines are left standing ([`Self::leave_standing`]).
    pub fn keep_departures(&mut self) {
        self.keeps_departures = true;
    }

    /// Does something to these channels, each once: those of one path or of all, of one direction or of both.
    pub fn each_channel(
        &mut self,
        path: Option<PathId>,
        direction: Option<Direction>,
        mut act: impl FnMut(&mut Channel),
    ) {
        let mut concerned = vec![false; self.channels.len()];
        for (index, lines) in self.lines.iter().enumerate() {
            for (line, of) in lines.iter().zip([Direction::Forward, Direction::Reverse]) {
                if path.is_none_or(|path| path.index() == index) && direction.is_none_or(|d| d == of) {
                    concerned[line.channel] = true;
                }
            }
        }
        for (channel, _) in self.channels.iter_mut().zip(concerned).filter(|(_, concerned)| *concerned) {
            act(channel);
        }
    }
}

impl Network {
    /// Step 602: a local disk system sends a packet of a number stream, for the first time or again.
    #[inline]
    pub fn send_from_local<O: Observer>(
        &mut self,
        packet: Packet,
        again: bool,
        sending: SendingId,
        stage: &mut Stage<O>,
    ) {
        let (stream, class, write, bytes) = match packet {
            Packet::WriteData(data) => (data.stream, PacketClass::WriteData, Some(data.write), data.size),
            Packet::Marker { stream, .. } | Packet::Clock { stream, .. } => {
                (stream, PacketClass::Marker, None, SHORT_PACKET_BYTES)
            }
            Packet::Barrier(barrier) => (barrier.stream, PacketClass::Marker, None, SHORT_PACKET_BYTES),
            Packet::Answer { stream, .. } => (stream, PacketClass::Completion, None, SHORT_PACKET_BYTES),
            Packet::Completion { .. } | Packet::Received { .. } | Packet::Request { .. } => return,
        };
        let class = if again { PacketClass::Resend } else { class };
        let (path, direction) = (self.path_of_stream[stream.index()], Direction::Forward);
        let packet = AnyPacket::Disk(packet, sending);
        self.send(&Outgoing { path, direction, packet, class, write, bytes }, stage);
    }

    /// Step 801: a remote disk system sends a request, or a completion, of `write` where it is of one, in answer to a sending.
    #[inline(always)]
    pub fn send_from_remote<O: Observer>(
        &mut self,
        packet: Packet,
        write: Option<WriteRef>,
        answers: SendingId,
        stage: &mut Stage<O>,
    ) {
        let (stream, class) = match packet {
            Packet::Completion { stream, .. } | Packet::Received { stream, .. } => {
                (stream, PacketClass::Completion)
            }
            Packet::Request { stream, .. } => (stream, PacketClass::Request),
            _ => return,
        };
        let (path, direction) = (self.path_of_stream[stream.index()], Direction::Reverse);
        let packet = AnyPacket::Disk(packet, answers);
        self.send(&Outgoing { path, direction, packet, class, write, bytes: SHORT_PACKET_BYTES }, stage);
    }

    /// A system gives a packet to a path.
    #[inline(always)]
    pub fn send<O: Observer>(&mut self, outgoing: &Outgoing, stage: &mut Stage<O>) {
        let Outgoing { path, direction, class, write, .. } = *outgoing;
        let ends = match outgoing.packet {
            AnyPacket::Disk(Packet::WriteData(data), _) if self.repairs.is_some() => Some(data),
            _ => None,
        };
        let label = Label { path, direction, class, write, ends: None };
        let line = self.lines[path.index()][direction as usize];
        match line.mtu.filter(|&mtu| outgoing.bytes > mtu) {
            None => {
                let label = Label { ends, ..label };
                self.put_on_line(label, outgoing.bytes, Carried::Whole(outgoing.packet), stage);
            }
            Some(mtu) => self.send_in_parts(outgoing, label, ends, (mtu, line.unit), stage),
        }
    }

    /// The same for one that no packet of the wire holds.
    #[cold]
    fn send_in_parts<O: Observer>(
        &mut self,
        outgoing: &Outgoing,
        label: Label,
        ends: Option<WriteData>,
        (mtu, unit): (u32, ResendUnit),
        stage: &mut Stage<O>,
    ) {
        let Label { path, direction, write, .. } = label;
        let parts = outgoing.bytes.div_ceil(mtu);
        let bytes = |part: u32| mtu.min(outgoing.bytes - part * mtu);
        match (unit, outgoing.packet, write) {
            (ResendUnit::Packet, AnyPacket::Disk(packet, sending), Some(write))
                if direction == Direction::Forward =>
            {
                let due = self.segments.due(write, path, (packet, sending), parts);
                for &part in &due {
                    let label = Label { ends: ends.filter(|_| due.last() == Some(&part)), ..label };
                    self.put_on_line(label, bytes(part), Carried::Segment { write, part, sending }, stage);
                }
            }
            _ => {
                let message = self.messages.insert(Message {
                    packet: outgoing.packet,
                    arrived: vec![false; parts as usize],
                    missing: parts,
                    copies: 0,
                });
                for part in 0..parts {
                    let label = Label { ends: ends.filter(|_| part + 1 == parts), ..label };
                    let copies = self.put_on_line(label, bytes(part), Carried::Part { message, part }, stage);
                    let held = self.is_guarded(label, &outgoing.packet);
                    if let Some(message) = self.messages.get_mut(message) {
                        message.copies += u32::from(copies) + u32::from(held);
                    }
                }
                if self.messages.get(message).is_some_and(|message| message.copies == 0) {
                    self.messages.remove(message);
                }
            }
        }
    }

    /// Does a packet belong to a group? All between disk systems do, in the direction to the remote site.
    fn is_guarded(&self, label: Label, packet: &AnyPacket) -> bool {
        let is_of_disk = matches!(packet, AnyPacket::Disk(..));
        self.repairs.is_some() && label.direction == Direction::Forward && is_of_disk
    }

    /// One packet on the wire; how many copies will arrive.
    #[inline]
    fn put_on_line<O: Observer>(
        &mut self,
        label: Label,
        bytes: u32,
        carried: Carried,
        stage: &mut Stage<O>,
    ) -> u8 {
        if self.repairs.is_some() {
            return self.put_in_group(label, bytes, carried, stage);
        }
        self.put_at(label, bytes, carried, None, stage).0
    }

    /// The same where repairs follow groups of packets, to one of which it may belong.
    #[cold]
    fn put_in_group<O: Observer>(
        &mut self,
        label: Label,
        bytes: u32,
        carried: Carried,
        stage: &mut Stage<O>,
    ) -> u8 {
        let Label { path, direction, .. } = label;
        let is_guarded = match carried {
            Carried::Whole(packet) => self.is_guarded(label, &packet),
            Carried::Part { message, .. } => {
                self.messages.get(message).is_some_and(|message| self.is_guarded(label, &message.packet))
            }
            Carried::Segment { .. } => direction == Direction::Forward,
            Carried::Repair => false,
        };
        if !is_guarded {
            return self.put_at(label, bytes, carried, None, stage).0;
        }
        let place = self.repairs.as_ref().map(|repairs| repairs.next_place(path));
        let (copies, left, number) = self.put_at(label, bytes, carried, place, stage);
        if let (Some(repairs), Some(Place { group, .. })) = (&mut self.repairs, place) {
            let guarded = Guarded { carried, ends: label.ends };
            let flush = repairs.rule().flush;
            match repairs.join(path, guarded, number, (bytes, copies, left)) {
                Joined::First => {
                    let event = Event::GroupDue { path: path.0 as u16, group };
                    stage.schedule(stage.now() + flush, event);
                }
                Joined::Next => {}
                Joined::Last => self.close_group(path, group, stage),
            }
        }
        copies
    }

    /// The same, at a place in a group: how many copies will arrive, when it has left the line, and its number.
    fn put_at<O: Observer>(
        &mut self,
        label: Label,
        bytes: u32,
        carried: Carried,
        place: Option<Place>,
        stage: &mut Stage<O>,
    ) -> (u8, SimTime, u64) {
        let Label { path, direction, class, write, .. } = label;
        let line = self.lines[path.index()][direction as usize];
        let bytes = bytes.saturating_add(line.header);
        let channel = &mut self.channels[line.channel];
        let sending = channel.send_from(line.place, stage.now(), bytes, class);
        let left = channel.left(stage.now());
        let sent = &mut self.sent[path.index()][direction as usize];
        let number = *sent;
        *sent += 1;
        let fate = sending.fate();
        stage.record(&Record::PacketSent { path, direction, number, class, write, bytes, fate });
        let copies = match sending {
            Sending::Waits { copies, .. } => copies,
            _ => sending.arrivals().count() as u8,
        };
        if copies > 0 {
            let sent = stage.now();
            let aside = (self.keeps_departures || place.is_some()).then_some(Aside {
                left,
                place,
                is_destroyed: false,
            });
            let packet = InFlight { carried, path, direction, number, sent, copies, aside };
            let flying = self.in_flight.insert(&packet);
            for at in sending.arrivals() {
                stage.schedule_in_order(InOrder::Network, at, Event::PacketArrival(flying));
            }
            if let Sending::Waits { ticket, .. } = sending {
                self.waiting.insert((line.channel, ticket), (flying, copies));
                self.serve_line(line.channel, stage);
            }
        }
        (copies, left, number)
    }

    /// A group is closed: what repairs it goes on the line. [`Event::GroupLeft`] comes when all of it has left.
    pub fn close_group<O: Observer>(&mut self, path: PathId, group: u64, stage: &mut Stage<O>) {
        let Some((count, bytes)) = self.repairs.as_mut().and_then(|repairs| repairs.close(path, group))
        else {
            return;
        };
        let (direction, class) = (Direction::Forward, PacketClass::Repair);
        let label = Label { path, direction, class, write: None, ends: None };
        for _ in 0..count {
            let place = self.repairs.as_ref().map(|repairs| repairs.next_repair(path, group));
            let (copies, left, _) = self.put_at(label, bytes, Carried::Repair, place, stage);
            if let Some(repairs) = &mut self.repairs {
                repairs.repair_sent(path, group, (copies, left));
            }
        }
        let left = self.repairs.as_ref().map_or(stage.now(), |repairs| repairs.left_at(path, group));
        stage.schedule(left.max(stage.now()), Event::GroupLeft { path: path.0 as u16, group });
    }

    /// All packets of a group have left the line: the writes whose packets end in it.
    pub fn on_group_left(&mut self, path: PathId, group: u64) -> Vec<WriteData> {
        let Some(repairs) = &mut self.repairs else { return Vec::new() };
        let (guarded, freed) = repairs.on_left(path, group);
        self.release(&freed);
        guarded.into_iter().filter_map(|guarded| guarded.ends).collect()
    }

    /// A group is over: it holds its parts of messages no longer.
    fn release(&mut self, freed: &[Guarded]) {
        for guarded in freed {
            if let Carried::Part { message, .. } = guarded.carried {
                self.release_part(message);
            }
        }
    }

    /// A line may let go what waits for a slot, unless another time has been set since.
    pub fn on_line_due<O: Observer>(&mut self, line: u32, stage: &mut Stage<O>) {
        let line = line as usize;
        if self.due.get(line) == Some(&Some(stage.now())) {
            self.due[line] = None;
            self.serve_line(line, stage);
        }
    }

    /// Copies that leave their slot now arrive now.
    fn serve_line<O: Observer>(&mut self, line: usize, stage: &mut Stage<O>) {
        let (tickets, next) = self.channels[line].serve(stage.now());
        for ticket in tickets {
            let Some((flying, copies)) = self.waiting.get_mut(&(line, ticket)) else { continue };
            stage.schedule(stage.now(), Event::PacketArrival(*flying));
            *copies -= 1;
            if *copies == 0 {
                self.waiting.remove(&(line, ticket));
            }
        }
        if self.due[line] != next {
            self.due[line] = next;
            if let Some(at) = next {
                stage.schedule(at, Event::LineDue(line as u32));
            }
        }
    }

    /// The packet of this name arrives soon ([`crate::collections`]): what it is the completion of, if it is one.
    #[inline]
    pub fn fetch(&self, name: u32) -> Option<Soon> {
        self.in_flight.fetch(name)
    }

    /// A copy of a packet arrives; what is whole is to be handed over, then what it rebuilds ([`Self::next_rebuilt`]).
    pub fn on_packet_arrival<O: Observer>(&mut self, name: u32, stage: &mut Stage<O>) -> Option<Delivery> {
        let InFlight { carried, path, direction, number, sent, aside, .. } = self.in_flight.arrive(name)?;
        if self.is_cut_off || aside.is_some_and(|aside| aside.is_destroyed) {
            return None;
        }
        if direction == Direction::Forward {
            self.landing = self.landing.saturating_sub(1);
        }
        stage.record(&Record::PacketArrived { path, direction, number, sent });
        let is_late = match aside.and_then(|aside| aside.place) {
            Some(place) => self.arrive_in_group(path, place),
            None => false,
        };
        let packet = if is_late { None } else { self.unpack(path, direction, carried, stage) };
        if let Carried::Part { message, .. } = carried {
            self.release_part(message);
        }
        Some(Delivery { path, direction, packet: packet? })
    }

    /// A copy of a packet of a group arrives, and what it lets be rebuilt is. Is it too late?
    #[cold]
    fn arrive_in_group(&mut self, path: PathId, place: Place) -> bool {
        let Some(repairs) = &mut self.repairs else { return false };
        let arrival = repairs.on_copy(path, place);
        self.rebuilt.extend(arrival.rebuilt.iter().map(|&(guarded, number)| (path, guarded, number)));
        self.release(&arrival.freed);
        arrival.is_late
    }

    /// Is there a packet that was rebuilt ([`Self::next_rebuilt`])?
    #[inline]
    pub fn has_rebuilt(&self) -> bool {
        !self.rebuilt.is_empty()
    }

    /// The next packet that was rebuilt, if it makes anything whole: it is handed over as if it had arrived.
    pub fn next_rebuilt<O: Observer>(&mut self, stage: &mut Stage<O>) -> Option<Delivery> {
        while let Some((path, guarded, number)) = self.rebuilt.pop_front() {
            stage.record(&Record::PacketRebuilt { path, number });
            let direction = Direction::Forward;
            if let Some(packet) = self.unpack(path, direction, guarded.carried, stage) {
                return Some(Delivery { path, direction, packet });
            }
        }
        None
    }

    /// What a packet makes whole.
    #[inline(always)]
    fn unpack<O: Observer>(
        &mut self,
        path: PathId,
        direction: Direction,
        carried: Carried,
        stage: &mut Stage<O>,
    ) -> Option<AnyPacket> {
        match carried {
            Carried::Whole(packet) => Some(packet),
            Carried::Part { message, part } => self.put_together(message, part as usize),
            Carried::Segment { write, part, sending } if direction == Direction::Reverse => {
                self.segments.on_answer(write, part, sending);
                None
            }
            Carried::Segment { write, part, sending } => match self.segments.on_arrived(write, part, sending)
            {
                Arrived::Whole(packet) => Some(AnyPacket::Disk(packet, sending)),
                Arrived::Part => {
                    self.answer_part(path, write, part, sending, stage);
                    None
                }
                Arrived::Nothing => None,
            },
            Carried::Repair => None,
        }
    }

    /// The remote end of a path says that it has this part of a write.
    fn answer_part<O: Observer>(
        &mut self,
        path: PathId,
        write: WriteRef,
        part: u32,
        sending: SendingId,
        stage: &mut Stage<O>,
    ) {
        let (direction, class) = (Direction::Reverse, PacketClass::Completion);
        let answer = Carried::Segment { write, part, sending };
        let label = Label { path, direction, class, write: None, ends: None };
        self.put_on_line(label, SHORT_PACKET_BYTES, answer, stage);
    }

    /// One end of these paths crashed: what is known of writes in several packets is gone.
    pub fn forget_segments(&mut self, is_concerned: impl Fn(PathId) -> bool) {
        self.segments.forget(is_concerned);
    }

    /// From now on the fates of packets are recorded.
    pub fn record_fates(&mut self) {
        self.channels.iter_mut().for_each(Channel::record_fates);
    }

    /// The fates that were recorded, by path and direction, each in the order of sending.
    pub fn fates(&self) -> Vec<ScriptedPacket> {
        let mut fates = Vec::new();
        for (index, lines) in self.lines.iter().enumerate() {
            for (line, direction) in lines.iter().zip([Direction::Forward, Direction::Reverse]) {
                let of_line = self.channels[line.channel].fates().iter();
                let of_line = of_line.filter(|((place, ..), _)| *place == line.place);
                fates.extend(of_line.map(|&((_, class, number), fate)| ScriptedPacket {
                    path: PathId::from(index),
                    direction,
                    class,
                    number,
                    fate,
                }));
            }
        }
        fates
    }

    /// The local site is lost: whatever is on the paths is destroyed in flight.
    pub fn cut_off(&mut self) {
        self.is_cut_off = true;
    }

    /// The local site is lost at `now`, and its lines are left standing: what has left them still arrives.
    pub fn leave_standing(&mut self, now: SimTime) {
        assert!(self.keeps_departures, "who loses the local site says so before anything is sent");
        for packet in self.in_flight.with_aside() {
            let Some(aside) = &mut packet.aside else { continue };
            if aside.left > now {
                aside.is_destroyed = true;
            } else if packet.direction == Direction::Forward {
                self.landing += u64::from(packet.copies);
            }
        }
    }

    /// Does anything still arrive at the remote site after that?
    pub const fn is_landing(&self) -> bool {
        self.landing > 0
    }

    /// A part arrived: the packet, if it is the last one missing.
    fn put_together(&mut self, place: u32, part: usize) -> Option<AnyPacket> {
        let message = self.messages.get_mut(place)?;
        let first = !std::mem::replace(&mut message.arrived[part], true);
        message.missing -= u32::from(first);
        (first && message.missing == 0).then_some(message.packet)
    }

    /// One thing less that may make a message whole.
    fn release_part(&mut self, place: u32) {
        let Some(message) = self.messages.get_mut(place) else { return };
        message.copies -= 1;
        if message.copies == 0 {
            self.messages.remove(place);
        }
    }
}
