//! What the network did to packets: per direction, totals over paths.
//!
//! A packet counts if it was sent within the window of statistics, both ends included. A resend is a new
//! sending. Order is measured by `reordering`; what packets carry is not looked into beyond their class. So all of it is
//! measured from the records of packets alone.

use crate::metrics::burst::{Burst, BurstMeter};
use crate::metrics::exposure::Exposed;
use crate::metrics::histogram::Histogram;
use crate::metrics::load::Load;
use crate::metrics::reordering::{Flow, Reordering, Tally};
use crate::metrics::within;
use crate::trace::{Fate, PacketClass, Preamble, Record};
use crate::units::{Direction, SimTime};

/// Delays of packets, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Delay {
    /// Mean.
    pub mean_s: f64,
    /// Median.
    pub p50_s: f64,
    /// 99th percentile.
    pub p99_s: f64,
}

/// What became of the packets of one direction. `offered` = `delivered` + `lost`, always.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Network {
    /// Packets offered to the paths.
    pub offered: u64,
    /// Packets of which a copy arrived, or was still to arrive when the run ended.
    pub delivered: u64,
    /// Packets that the network lost, or that were in flight when the local site was destroyed.
    pub lost: u64,
    /// Packets of which more than one copy was made.
    pub duplicated: u64,
    /// Offered packets that were resends.
    pub retransmitted: u64,
    /// Resends of write data of which an earlier sending was not lost: of the data direction.
    pub spurious: u64,
    /// Offered packets that were markers sent for the first time.
    pub markers: u64,
    /// Resends that the network lost; those in flight when the local site was destroyed are not among them.
    pub retransmitted_lost: u64,
    /// Markers that the network lost the first time that they were sent, counted alike.
    pub markers_lost: u64,
    /// Offered packets that repair groups of others.
    pub repairs: u64,
    /// Packets that the remote end of a path rebuilt.
    pub rebuilt: u64,
    /// Bytes of all offered packets.
    pub offered_bytes: u64,
    /// RFC 4737, over all paths.
    pub reordering: Reordering,
    /// The packets that could have been overtaken, and which of them were.
    pub exposed: Exposed,
    /// From sending to the arrival of the first copy.
    pub delay: Delay,
    /// How unevenly it was used.
    pub burst: Burst,
}

impl Network {
    /// Reordered packets over those that arrived and could have been overtaken (RFC 4737, section 4.1, without the edge
    /// of the window); over all that arrived where none could. 0 if none arrived.
    pub fn reordered_ratio(&self) -> f64 {
        match self.exposed.received {
            0 => self.reordering.ratio(),
            received => self.exposed.reordered as f64 / received as f64,
        }
    }

    /// The same of 3-reordered packets (section 5.3).
    pub fn three_reordered_ratio(&self) -> f64 {
        match self.exposed.received {
            0 => self.reordering.three_reordered_ratio(),
            received => self.exposed.three_reordered as f64 / received as f64,
        }
    }
}

/// Watches both directions of every path.
#[derive(Clone, Debug)]
pub struct NetworkMeter {
    /// The window of statistics.
    window: [SimTime; 2],
    forward: DirectionMeter,
    reverse: DirectionMeter,
    /// Bytes on the wire of the whole run, forward and back.
    wire_bytes: [u64; 2],
}

/// What was found of both directions, forward and back.
#[derive(Clone, Debug)]
pub struct Directions {
    /// Bytes on the wire of the whole run.
    pub wire_bytes: [u64; 2],
    /// By path: what was on its line.
    pub loads: [Vec<Load>; 2],
    /// What became of the packets.
    pub networks: [Network; 2],
    /// In which order they came.
    pub orders: [Tally; 2],
}

impl NetworkMeter {
    /// For a run described by `preamble`.
    pub fn new(preamble: &Preamble) -> Self {
        let (from, to) = (preamble.statistics_from, preamble.statistics_to);
        let direction = DirectionMeter::new(preamble.paths, from);
        Self { window: [from, to], forward: direction.clone(), reverse: direction, wire_bytes: [0; 2] }
    }

    /// Something happened.
    #[inline]
    pub fn observe(&mut self, now: SimTime, record: &Record) {
        match *record {
            Record::PacketSent { path, direction, number, class, bytes, fate, .. } => {
                self.wire_bytes[direction as usize] += u64::from(bytes);
                if within(self.window, now) {
                    self.direction(direction).on_sent(now, path.index(), number, class, bytes, fate);
                }
            }
            Record::PacketArrived { path, direction, number, sent } => {
                self.direction(direction).on_arrived(now, path.index(), number, sent);
            }
            Record::PacketRebuilt { .. } if within(self.window, now) => self.forward.on_rebuilt(),
            _ => {}
        }
    }

    /// The figures; see [`DirectionMeter::finish`].
    pub fn finish(self, local_site_lost: bool, until: SimTime) -> Directions {
        let loads = [self.forward.loads(), self.reverse.loads()].map(<[_]>::to_vec);
        let (forward, forward_order) = self.forward.finish(local_site_lost, until);
        let (reverse, reverse_order) = self.reverse.finish(local_site_lost, until);
        let (networks, orders) = ([forward, reverse], [forward_order, reverse_order]);
        Directions { wire_bytes: self.wire_bytes, loads, networks, orders }
    }

    const fn direction(&mut self, direction: Direction) -> &mut DirectionMeter {
        match direction {
            Direction::Forward => &mut self.forward,
            Direction::Reverse => &mut self.reverse,
        }
    }
}

/// Watches one direction of every path.
#[derive(Clone, Debug)]
pub struct DirectionMeter {
    counts: Network,
    delays: Histogram,
    /// Indexed by path.
    flows: Vec<Flow>,
    /// Indexed by path.
    loads: Vec<Load>,
    /// Over all paths.
    burst: BurstMeter,
    /// Over all paths.
    order: Tally,
}

impl DirectionMeter {
    /// Over this many paths; statistics begin at `from`.
    pub fn new(paths: usize, from: SimTime) -> Self {
        Self {
            counts: Network::default(),
            delays: Histogram::default(),
            flows: vec![Flow::default(); paths],
            loads: vec![Load::default(); paths],
            burst: BurstMeter::new(from),
            order: Tally::default(),
        }
    }

    /// A packet that counts was sent.
    #[inline]
    pub fn on_sent(
        &mut self,
        now: SimTime,
        path: usize,
        number: u64,
        class: PacketClass,
        bytes: u32,
        fate: Fate,
    ) {
        self.burst.on_sent(now, bytes);
        let lost = matches!(fate, Fate::Lost | Fate::Copies(0));
        let counts = &mut self.counts;
        counts.offered += 1;
        counts.lost += u64::from(lost);
        counts.duplicated += u64::from(matches!(fate, Fate::Copies(2..)));
        counts.retransmitted += u64::from(class == PacketClass::Resend);
        counts.markers += u64::from(class == PacketClass::Marker);
        counts.repairs += u64::from(class == PacketClass::Repair);
        counts.retransmitted_lost += u64::from(lost && class == PacketClass::Resend);
        counts.markers_lost += u64::from(lost && class == PacketClass::Marker);
        counts.offered_bytes += u64::from(bytes);
        if let Some(flow) = self.flows.get_mut(path) {
            flow.on_sent(number, bytes, lost, &mut self.order);
        }
        if let Some(load) = self.loads.get_mut(path) {
            load.on_sent(class, bytes);
        }
    }

    /// A packet was rebuilt.
    pub const fn on_rebuilt(&mut self) {
        self.counts.rebuilt += 1;
    }

    /// A copy of a packet arrived; a packet that does not count is not known here and left out.
    pub fn on_arrived(&mut self, now: SimTime, path: usize, number: u64, sent: SimTime) {
        let Some(flow) = self.flows.get_mut(path) else { return };
        if flow.on_arrived(number, now, &mut self.order) {
            self.delays.record(now.since(sent));
        }
    }

    /// By path: what was on its line.
    pub fn loads(&self) -> &[Load] {
        &self.loads
    }

    /// The figures; what is in flight arrives unless the local site was lost.
    /// Windows of bursts end at `until`.
    pub fn finish(mut self, local_site_lost: bool, until: SimTime) -> (Network, Tally) {
        self.counts.burst = self.burst.finish(until);
        for flow in self.flows {
            self.counts.exposed.add(flow.exposed());
            flow.finish(&mut self.order);
        }
        self.counts.reordering = self.order.found;
        if local_site_lost {
            self.counts.lost = self.counts.offered - self.counts.reordering.received;
        }
        self.counts.delivered = self.counts.offered - self.counts.lost;
        self.counts.delay = Delay {
            mean_s: self.delays.mean_s(),
            p50_s: self.delays.quantile_s(0.5),
            p99_s: self.delays.quantile_s(0.99),
        };
        (self.counts, self.order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ns: u64) -> SimTime {
        SimTime::from_ns(ns)
    }

    fn three_sent() -> DirectionMeter {
        let mut meter = DirectionMeter::new(2, at(0));
        meter.on_sent(at(0), 0, 0, PacketClass::WriteData, 4096, Fate::Copies(2));
        meter.on_sent(at(0), 0, 1, PacketClass::Marker, 64, Fate::Lost);
        meter.on_sent(at(0), 1, 0, PacketClass::Resend, 512, Fate::Copies(1));
        meter
    }

    #[test]
    fn packets_not_copies_are_conserved() {
        let mut meter = three_sent();
        meter.on_arrived(at(10), 0, 0, at(0));
        meter.on_arrived(at(90), 0, 0, at(0));
        meter.on_arrived(at(32), 1, 0, at(2));
        let network = meter.finish(false, at(0)).0;
        assert_eq!((network.offered, network.delivered, network.lost), (3, 2, 1));
        assert_eq!((network.duplicated, network.retransmitted, network.markers), (1, 1, 1));
        assert_eq!((network.retransmitted_lost, network.markers_lost), (0, 1));
        assert_eq!(network.offered_bytes, 4_096 + 64 + 512); // The network's copy was not offered.
        assert_eq!(network.reordering.received, 2);
        // First copies only: 10 and 30 ns.
        assert!((network.delay.mean_s - 20e-9).abs() < 1e-18);
    }

    #[test]
    fn what_is_in_flight_is_delivered_at_the_end_but_lost_with_the_local_site() {
        let network = three_sent().finish(false, at(0)).0;
        assert_eq!((network.delivered, network.lost), (2, 1));
        let network = three_sent().finish(true, at(0)).0;
        assert_eq!((network.delivered, network.lost), (0, 3));
        assert_eq!((network.retransmitted_lost, network.markers_lost), (0, 1));
    }

    #[test]
    fn packets_of_different_paths_do_not_reorder_one_another() {
        let mut meter = DirectionMeter::new(2, at(0));
        meter.on_sent(at(0), 0, 5, PacketClass::WriteData, 512, Fate::Copies(1));
        meter.on_sent(at(0), 1, 3, PacketClass::WriteData, 512, Fate::Copies(1));
        meter.on_arrived(at(1), 0, 5, at(0));
        meter.on_arrived(at(2), 1, 3, at(0));
        assert_eq!(meter.finish(false, at(0)).0.reordering.reordered, 0);
    }
}
