//! One direction of a communication path (112): what becomes of each packet, decided when it is sent.
//!
//! ```text
//! send ──► transmitter ──► line ─────────────────────────► arrival(s)
//!          bandwidth,      outage, loss, duplicate,        fifo: none
//!          finite queue    delay, netem's reorder          overtakes
//! ```
//!
//! **Common random numbers.** Each class of packets has its own random stream per purpose, and the k-th packet
//! of a class takes the k-th sample of each stream, whatever becomes of it: a lost packet draws its delay too,
//! and each packet draws the delay of its second copy. So resends and markers, which differ between schemes,
//! never shift the fate of write data sent for the first time. (Queues and `fifo` are shared by all classes, as
//! they are on a real path: there a resend may still delay what comes after it. So is the chain of a loss model that
//! moves per packet.) What the line does by itself is a function of time (`weather`): every scheme meets the same.
//!
//! A write larger than the MTU is cut up by the sender, not here. No packet is corrupted.

mod line;
mod loss;
mod transmitter;
mod weather;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::random::{Probability, Streams};
use crate::hardware::link::{BrownOut, Link, ScriptedFate};
use crate::hardware::netem::{Qdisc, Sent};
use crate::trace::{Fate, PacketClass};
use crate::units::SimTime;

use line::{Line, Weather};
use transmitter::{Rate, Transmitter};

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// It never arrives.
    Lost(Lost),
    /// It arrives at this instant.
    Once(SimTime),
    /// It arrives, and a copy of it, in whichever order.
    Twice(SimTime, SimTime),
    /// This many copies of it wait for netem's next slot: [`Channel::serve`] gives the ticket of each that
    /// leaves.
    Waits {
        /// The ticket.
        ticket: u64,
        /// Copies that will arrive.
        copies: u8,
    },
}

/// Why a packet is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// It found the transmitter busy and its queue full.
    QueueFull,
    /// It was sent during an outage.
    Outage,
    /// The line lost it by chance.
    Random,
}

impl Sending {
    /// What the trace says of it.
    pub const fn fate(self) -> Fate {
        match self {
            Self::Lost(_) => Fate::Lost,
            Self::Once(_) => Fate::Copies(1),
            Self::Twice(..) => Fate::Copies(2),
            Self::Waits { copies, .. } => Fate::Copies(copies),
        }
    }

    /// The instants at which copies arrive, as far as they are known: none, one or two, not sorted.
    pub fn arrivals(self) -> impl Iterator<Item = SimTime> {
        let (first, second) = match self {
            Self::Lost(_) | Self::Waits { .. } => (None, None),
            Self::Once(at) => (Some(at), None),
            Self::Twice(at, copy_at) => (Some(at), Some(copy_at)),
        };
        first.into_iter().chain(second)
    }
}

/// One direction of one path.
#[derive(Clone, Debug)]
pub struct Channel {
    transmitter: Option<Transmitter>,
    outages: u32,
    /// It loses and duplicates nothing any more.
    is_healed: bool,
    schedule: Schedule,
    weather: Weather,
    /// By path: one, unless paths share the line.
    lines: Vec<Line>,
    /// When the last packet entered the line.
    last_departure: SimTime,
    fifo: bool,
    /// The latest arrival so far.
    last_arrival: SimTime,
    /// In place of all of the above, but for outages.
    netem: Option<Box<Qdisc>>,
    /// Fates that are written down, or are to be.
    script: Option<Box<ChannelScript>>,
}

/// A packet of a channel: the place of its path, its class, and its place among those, from 1.
pub type PacketName = (usize, PacketClass, u64);

/// Fates that are written down, and those that the channel has drawn, where somebody wants to know.
#[derive(Clone, Debug, Default)]
struct ChannelScript {
    fates: BTreeMap<PacketName, ScriptedFate>,
    /// Packets so far.
    counts: BTreeMap<(usize, PacketClass), u64>,
    recorded: Option<Vec<(PacketName, ScriptedFate)>>,
}

impl ChannelScript {
    /// The fate of the next packet: as it is written down, else as it was `drawn`.
    fn next(&mut self, place: usize, now: SimTime, class: PacketClass, drawn: Sending) -> Sending {
        let count = self.counts.entry((place, class)).or_default();
        *count += 1;
        let name = (place, class, *count);
        let sending = match self.fates.get(&name) {
            None => drawn,
            Some(ScriptedFate::Lost) => Sending::Lost(Lost::Random),
            Some(&ScriptedFate::Arrives { delay, again: None }) => Sending::Once(now + delay),
            Some(&ScriptedFate::Arrives { delay, again: Some(again) }) => {
                Sending::Twice(now + delay, now + again)
            }
        };
        if let Some(recorded) = &mut self.recorded {
            let fate = match sending {
                // When copies leave a slot of netem is not known yet.
                Sending::Lost(_) | Sending::Waits { .. } => ScriptedFate::Lost,
                Sending::Once(at) => ScriptedFate::Arrives { delay: at.since(now), again: None },
                Sending::Twice(at, copy_at) => {
                    ScriptedFate::Arrives { delay: at.since(now), again: Some(copy_at.since(now)) }
                }
            };
            recorded.push((name, fate));
        }
        sending
    }
}

impl Channel {
    /// The channel that `link` describes. Its random streams are called `{name}/{class}/{purpose}`; `name` is
    /// its own, such as `wan/L1-R2`. `brown_outs` are those that it will meet: from, to (not included), what.
    pub fn new(
        link: &Link,
        brown_outs: &[(SimTime, SimTime, BrownOut)],
        streams: &Streams,
        name: &str,
    ) -> Self {
        let limit = |&(from, to, brown_out): &(SimTime, SimTime, BrownOut)| {
            brown_out.bandwidth.map(|bandwidth| (from, to, bandwidth))
        };
        let limits: Vec<_> = brown_outs.iter().filter_map(limit).collect();
        let rate = Rate::new(link.bandwidth, &limits);
        Self {
            transmitter: (!rate.is_unlimited()).then(|| Transmitter::new(rate, link.queue)),
            outages: 0,
            is_healed: false,
            schedule: Schedule::new(brown_outs),
            weather: Weather::new(link, *streams, name),
            lines: vec![Line::new(link, *streams, name)],
            last_departure: SimTime::ZERO,
            fifo: link.fifo,
            last_arrival: SimTime::ZERO,
            netem: link.netem.as_ref().map(|spec| {
                let random = streams.stream(&format!("{name}/netem"));
                Box::new(Qdisc::new(Arc::clone(spec), random))
            }),
            script: None,
        }
    }

    /// Another path uses this line too: its place among them. What its packets draw they draw from streams of its own,
    /// as if the line were not shared.
    pub fn share(&mut self, link: &Link, streams: &Streams, name: &str) -> usize {
        self.lines.push(Line::new(link, *streams, name));
        self.lines.len() - 1
    }

    /// Sends a packet of `bytes` on the wire; `now` never decreases from one call to the next.
    pub fn send(&mut self, now: SimTime, bytes: u32, class: PacketClass) -> Sending {
        self.send_from(0, now, bytes, class)
    }

    /// As [`Self::send`], for the path at this place.
    pub fn send_from(&mut self, place: usize, now: SimTime, bytes: u32, class: PacketClass) -> Sending {
        // Drawn in any case, so that a fate that is written down shifts no other.
        let drawn = self.draw(place, now, bytes, class);
        match &mut self.script {
            None => drawn,
            Some(script) => script.next(place, now, class, drawn),
        }
    }

    /// The fate of this packet is written down.
    pub fn write_down(&mut self, packet: PacketName, fate: ScriptedFate) {
        self.script.get_or_insert_default().fates.insert(packet, fate);
    }

    /// From now on fates are recorded.
    pub fn record_fates(&mut self) {
        self.script.get_or_insert_default().recorded.get_or_insert_default();
    }

    /// The fates that were recorded, in the order of sending.
    pub fn fates(&self) -> &[(PacketName, ScriptedFate)] {
        self.script.as_ref().and_then(|script| script.recorded.as_deref()).unwrap_or_default()
    }

    /// What the line does with the next packet.
    fn draw(&mut self, place: usize, now: SimTime, bytes: u32, class: PacketClass) -> Sending {
        if let Some(netem) = &mut self.netem {
            return send_by_netem(netem, now, bytes, self.outages > 0);
        }
        let departure = match &mut self.transmitter {
            None => Some(now),
            Some(transmitter) => transmitter.send(now, bytes),
        };
        // Drawn whatever was decided, so that no fate shifts another. A packet that never departs meets the weather
        // of the one before it, which is looked at only where it moves by packets.
        let enters = departure.unwrap_or(self.last_departure);
        self.last_departure = enters;
        let line = &mut self.lines[place];
        let mut draw = line.draw(class, &mut self.weather, enters);
        for brown_out in self.schedule.at(now) {
            draw.lost |= line.draw_extra_loss(class, Probability::new(brown_out.loss));
            draw.delay = draw.delay + brown_out.delay;
            draw.copy_delay = draw.copy_delay.map(|delay| delay + brown_out.delay);
        }
        let Some(departure) = departure else { return Sending::Lost(Lost::QueueFull) };
        // The transmitter does not know that the line is dead: it has spent its time on the packet.
        if self.outages > 0 {
            return Sending::Lost(Lost::Outage);
        }
        if draw.lost && !self.is_healed {
            return Sending::Lost(Lost::Random);
        }
        let first = self.arrive(departure + draw.delay);
        match draw.copy_delay.filter(|_| !self.is_healed) {
            None => Sending::Once(first),
            Some(delay) => Sending::Twice(first, self.arrive(departure + delay)),
        }
    }

    /// The tickets of the copies that leave a slot now, in their order, and when it is to be asked again.
    pub fn serve(&mut self, now: SimTime) -> (Vec<u64>, Option<SimTime>) {
        self.netem.as_mut().map_or_else(Default::default, |netem| (netem.serve(now), netem.timer()))
    }

    /// Packets sent from now on are lost, until this outage and all others that overlap it have ended.
    pub fn begin_outage(&mut self) {
        self.outages += 1;
    }

    /// One outage has ended.
    pub fn end_outage(&mut self) {
        debug_assert!(self.outages > 0, "an outage ends that never began");
        self.outages = self.outages.saturating_sub(1);
    }

    /// When the last bit of the packet that was sent last, at `now`, has left the line. What netem holds in its queue
    /// counts as having left: it does not say when it lets go.
    pub fn left(&self, now: SimTime) -> SimTime {
        self.last_departure.max(now)
    }

    /// From now on the line loses and duplicates nothing by chance. (netem's does not heal.)
    pub fn heal(&mut self) {
        self.is_healed = true;
    }

    /// What packets to come meet is drawn anew; the state that the line is in stays, and so do fates that are written down.
    pub fn redraw(&mut self, salt: u64) {
        self.weather.redraw(salt);
        self.lines.iter_mut().for_each(|line| line.redraw(salt));
        if let Some(netem) = &mut self.netem {
            netem.redraw(salt);
        }
    }

    fn arrive(&mut self, at: SimTime) -> SimTime {
        if !self.fifo {
            return at;
        }
        self.last_arrival = self.last_arrival.max(at);
        self.last_arrival
    }
}

/// What netem does with the next packet.
#[inline(never)]
fn send_by_netem(netem: &mut Qdisc, now: SimTime, bytes: u32, is_out: bool) -> Sending {
    if is_out {
        return Sending::Lost(Lost::Outage);
    }
    match netem.send(now, bytes) {
        Sent::Lost { full: true } => Sending::Lost(Lost::QueueFull),
        Sent::Lost { full: false } => Sending::Lost(Lost::Random),
        Sent::Once(at) => Sending::Once(at),
        Sent::Twice(at, copy_at) => Sending::Twice(at, copy_at),
        Sent::Waits { ticket, copies } => Sending::Waits { ticket, copies },
    }
}

/// The brown-outs of a line, in the order in which they begin.
#[derive(Clone, Debug)]
struct Schedule {
    /// Those that have not begun, the next one last.
    to_come: Vec<(SimTime, SimTime, BrownOut)>,
    /// Those that have begun: their ends, and what they add.
    active: Vec<(SimTime, BrownOut)>,
}

impl Schedule {
    fn new(brown_outs: &[(SimTime, SimTime, BrownOut)]) -> Self {
        let mut to_come = brown_outs.to_vec();
        to_come.reverse();
        to_come.sort_by_key(|&(from, ..)| std::cmp::Reverse(from));
        Self { to_come, active: Vec::new() }
    }

    /// Those in force at `now`, which never decreases from one call to the next.
    #[inline]
    fn at(&mut self, now: SimTime) -> Vec<BrownOut> {
        if self.to_come.is_empty() && self.active.is_empty() {
            return Vec::new();
        }
        while self.to_come.last().is_some_and(|&(from, ..)| from <= now)
            && let Some((_, to, brown_out)) = self.to_come.pop()
        {
            self.active.push((to, brown_out));
        }
        self.active.retain(|&(to, _)| to > now);
        self.active.iter().map(|&(_, brown_out)| brown_out).collect()
    }
}

#[cfg(test)]
mod tests;
