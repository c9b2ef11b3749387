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
//! they are on a real path: there a resend may still delay what comes after it.)
//!
//! A write larger than the MTU is cut up by the sender, not here. No packet is corrupted.

use std::collections::VecDeque;

use rand_chacha::ChaCha8Rng;

use crate::engine::random::{Probability, Streams, chance};
use crate::hardware::distribution::Sampler;
use crate::hardware::link::{BrownOut, Link, Loss};
use crate::trace::{Fate, PacketClass};
use crate::units::time::NANOS_PER_SEC;
use crate::units::{SimDuration, SimTime};

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// It never arrives.
    Lost(Lost),
    /// It arrives at this instant.
    Once(SimTime),
    /// It arrives, and a copy of it, in whichever order.
    Twice(SimTime, SimTime),
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
        }
    }

    /// The instants at which copies arrive: none, one or two, not sorted.
    pub fn arrivals(self) -> impl Iterator<Item = SimTime> {
        let (first, second) = match self {
            Self::Lost(_) => (None, None),
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
    bandwidth: Option<u64>,
    outages: u32,
    brown_outs: Vec<BrownOut>,
    line: Line,
    fifo: bool,
    /// The latest arrival so far.
    last_arrival: SimTime,
}

impl Channel {
    /// The channel that `link` describes. Its random streams are called `{name}/{class}/{purpose}`; `name` is
    /// its own, such as `wan/L1-R2/forward`.
    pub fn new(link: &Link, streams: &Streams, name: &str) -> Self {
        Self {
            transmitter: link.bandwidth.map(|bandwidth| Transmitter::new(bandwidth, link.queue)),
            bandwidth: link.bandwidth,
            outages: 0,
            brown_outs: Vec::new(),
            line: Line::new(link, *streams, name),
            fifo: link.fifo,
            last_arrival: SimTime::ZERO,
        }
    }

    /// Sends a packet of `bytes` on the wire; `now` never decreases from one call to the next.
    pub fn send(&mut self, now: SimTime, bytes: u32, class: PacketClass) -> Sending {
        // Drawn before anything is decided, so that no fate shifts another.
        let mut draw = self.line.draw(class);
        for brown_out in &self.brown_outs {
            draw.lost |= self.line.draw_extra_loss(class, Probability::new(brown_out.loss));
            draw.delay = draw.delay + brown_out.delay;
            draw.copy_delay = draw.copy_delay.map(|delay| delay + brown_out.delay);
        }
        let departure = match &mut self.transmitter {
            None => now,
            Some(transmitter) => match transmitter.send(now, bytes) {
                Some(departure) => departure,
                None => return Sending::Lost(Lost::QueueFull),
            },
        };
        // The transmitter does not know that the line is dead: it has spent its time on the packet.
        if self.outages > 0 {
            return Sending::Lost(Lost::Outage);
        }
        if draw.lost {
            return Sending::Lost(Lost::Random);
        }
        let first = self.arrive(departure + draw.delay);
        match draw.copy_delay {
            None => Sending::Once(first),
            Some(delay) => Sending::Twice(first, self.arrive(departure + delay)),
        }
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

    /// Packets sent from now on meet this brown-out too.
    pub fn begin_brown_out(&mut self, brown_out: BrownOut) {
        self.brown_outs.push(brown_out);
        self.set_bandwidth();
    }

    /// A brown-out has ended.
    pub fn end_brown_out(&mut self, brown_out: BrownOut) {
        if let Some(index) = self.brown_outs.iter().position(|active| *active == brown_out) {
            self.brown_outs.remove(index);
        }
        self.set_bandwidth();
    }

    /// The least of the link's own bandwidth and of those that brown-outs leave. What has been given to the
    /// transmitter before keeps the time that it was given.
    fn set_bandwidth(&mut self) {
        let limits = self.brown_outs.iter().filter_map(|brown_out| brown_out.bandwidth);
        let bandwidth = limits.chain(self.bandwidth).min().unwrap_or(UNLIMITED);
        match &mut self.transmitter {
            Some(transmitter) => transmitter.bits_per_second = bandwidth,
            None if bandwidth == UNLIMITED => {}
            None => self.transmitter = Some(Transmitter::new(bandwidth, None)),
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

/// A bandwidth at which sending takes no time.
const UNLIMITED: u64 = u64::MAX;

/// Puts packets on the line one after the other, in the order of sending.
#[derive(Clone, Debug)]
struct Transmitter {
    bits_per_second: u64,
    next_free: SimTime,
    queue: Option<Queue>,
}

/// The packets that wait for a transmitter whose queue is finite. The one being transmitted does not wait.
#[derive(Clone, Debug)]
struct Queue {
    capacity_bytes: u64,
    waiting_bytes: u64,
    /// When each stops waiting, and its bytes, in that order.
    waiting: VecDeque<(SimTime, u32)>,
}

impl Transmitter {
    fn new(bits_per_second: u64, queue: Option<u64>) -> Self {
        let queue =
            queue.map(|capacity_bytes| Queue { capacity_bytes, waiting_bytes: 0, waiting: VecDeque::new() });
        Self { bits_per_second, next_free: SimTime::ZERO, queue }
    }

    /// The instant at which the last bit has left, or `None` if there is no room to wait (tail drop).
    fn send(&mut self, now: SimTime, bytes: u32) -> Option<SimTime> {
        let start = self.next_free.max(now);
        if let Some(queue) = &mut self.queue {
            queue.forget_started(now);
            if start > now && !queue.admit(start, bytes) {
                return None;
            }
        }
        self.next_free = start + self.transmission_time(bytes);
        Some(self.next_free)
    }

    /// Rounded up to whole nanoseconds: no packet is faster than the line.
    fn transmission_time(&self, bytes: u32) -> SimDuration {
        const BITS_PER_BYTE_NS: u64 = 8 * NANOS_PER_SEC;
        if self.bits_per_second == UNLIMITED {
            return SimDuration::ZERO;
        }
        let ns = if let Some(bit_ns) = u64::from(bytes).checked_mul(BITS_PER_BYTE_NS) {
            bit_ns.div_ceil(self.bits_per_second)
        } else {
            // From 2.3 GB up, which no user waits for: the slow division.
            let bit_ns = u128::from(bytes) * u128::from(BITS_PER_BYTE_NS);
            u64::try_from(bit_ns.div_ceil(u128::from(self.bits_per_second))).unwrap_or(u64::MAX)
        };
        SimDuration::from_ns(ns)
    }
}

impl Queue {
    fn forget_started(&mut self, now: SimTime) {
        while let Some(&(start, bytes)) = self.waiting.front()
            && start <= now
        {
            self.waiting_bytes -= u64::from(bytes);
            self.waiting.pop_front();
        }
    }

    fn admit(&mut self, start: SimTime, bytes: u32) -> bool {
        let waiting_bytes = self.waiting_bytes + u64::from(bytes);
        if waiting_bytes > self.capacity_bytes {
            return false;
        }
        self.waiting_bytes = waiting_bytes;
        self.waiting.push_back((start, bytes));
        true
    }
}

/// What chance has in store for one packet. A copy has a delay of its own.
#[derive(Clone, Copy, Debug)]
struct Draw {
    lost: bool,
    delay: SimDuration,
    copy_delay: Option<SimDuration>,
}

/// The line behind the transmitter: everything that is random.
#[derive(Clone, Debug)]
struct Line {
    knobs: Knobs,
    /// What every packet meets, if nothing is random.
    always: Option<Draw>,
    streams: Streams,
    name: String,
    /// By class; made when the first packet of a class is sent.
    lanes: [Option<Lane>; CLASSES],
    /// By class: losses of brown-outs.
    extra_losses: [Option<Box<ChaCha8Rng>>; CLASSES],
}

/// What may happen on the line, and how often.
#[derive(Clone, Debug)]
struct Knobs {
    loss: LossLaw,
    duplicate: Probability,
    reorder: Probability,
    delay: Sampler,
}

/// How many classes of packets there are.
const CLASSES: usize = 6;

/// The name of a class within the name of a stream. A change changes every result.
const fn stream_name(class: PacketClass) -> &'static str {
    match class {
        PacketClass::WriteData => "write-data",
        PacketClass::Resend => "resend",
        PacketClass::Marker => "marker",
        PacketClass::Completion => "completion",
        PacketClass::Request => "request",
        PacketClass::ReadData => "read-data",
    }
}

/// [`Loss`], ready to be drawn.
#[derive(Clone, Copy, Debug)]
enum LossLaw {
    Never,
    Bernoulli(Probability),
    GilbertElliott {
        good_to_bad: Probability,
        bad_to_good: Probability,
        loss_good: Probability,
        loss_bad: Probability,
        /// Long-run share of the bad state: p / (p + r).
        bad_share: Probability,
    },
}

impl LossLaw {
    fn new(loss: Loss) -> Self {
        match loss {
            Loss::Bernoulli(p) if Probability::new(p).is_never() => Self::Never,
            Loss::Bernoulli(p) => Self::Bernoulli(Probability::new(p)),
            Loss::GilbertElliott { good_to_bad: p, bad_to_good: r, loss_good, loss_bad } => {
                let (loss_good, loss_bad) = (Probability::new(loss_good), Probability::new(loss_bad));
                if loss_good.is_never() && loss_bad.is_never() {
                    return Self::Never;
                }
                // A chain that never moves (p = r = 0, hence NaN, hence never) stays good.
                let bad_share = Probability::new(p / (p + r));
                let (good_to_bad, bad_to_good) = (Probability::new(p), Probability::new(r));
                Self::GilbertElliott { good_to_bad, bad_to_good, loss_good, loss_bad, bad_share }
            }
        }
    }
}

/// The random streams of one class of packets; a purpose whose knob is off has none.
#[derive(Clone, Debug)]
struct Lane {
    loss: Option<Box<ChaCha8Rng>>,
    /// State of the Gilbert-Elliott chain. Each class has a chain of its own that moves once per packet of the
    /// class: one chain for all would let a resend decide whether the next write meets a good or a bad line.
    bad: bool,
    duplicate: Option<Box<ChaCha8Rng>>,
    reorder: Option<Box<ChaCha8Rng>>,
    delay: Option<Box<ChaCha8Rng>>,
    copy_delay: Option<Box<ChaCha8Rng>>,
}

impl Line {
    fn new(link: &Link, streams: Streams, name: &str) -> Self {
        let knobs = Knobs {
            loss: LossLaw::new(link.loss),
            duplicate: Probability::new(link.duplicate),
            reorder: Probability::new(link.reorder),
            delay: Sampler::new(&link.delay),
        };
        let always = knobs.always();
        Self {
            knobs,
            always,
            streams,
            name: name.to_owned(),
            lanes: [const { None }; CLASSES],
            extra_losses: [const { None }; CLASSES],
        }
    }

    /// Does a brown-out lose the packet? From a stream of its own, so that it shifts no other fate.
    fn draw_extra_loss(&mut self, class: PacketClass, loss: Probability) -> bool {
        let Self { streams, name, extra_losses, .. } = self;
        let random = extra_losses[class as usize].get_or_insert_with(|| {
            Box::new(streams.stream(&format!("{name}/{}/brown-out", stream_name(class))))
        });
        chance(random, loss)
    }

    fn draw(&mut self, class: PacketClass) -> Draw {
        if let Some(always) = self.always {
            return always;
        }
        let Self { knobs, streams, name, lanes, .. } = self;
        let lane = lanes[class as usize].get_or_insert_with(|| Lane::new(knobs, *streams, name, class));
        lane.draw(knobs)
    }
}

impl Knobs {
    /// What every packet meets, if nothing is random.
    fn always(&self) -> Option<Draw> {
        let sure =
            matches!(self.loss, LossLaw::Never) && self.duplicate.is_never() && self.reorder.is_never();
        let delay = self.delay.always().filter(|_| sure)?;
        Some(Draw { lost: false, delay, copy_delay: None })
    }
}

impl Lane {
    fn new(knobs: &Knobs, streams: Streams, name: &str, class: PacketClass) -> Self {
        let class = stream_name(class);
        let stream_if =
            |on: bool, purpose| on.then(|| Box::new(streams.stream(&format!("{name}/{class}/{purpose}"))));
        let (duplicates, delay_varies) = (!knobs.duplicate.is_never(), knobs.delay.always().is_none());
        let mut lane = Self {
            loss: stream_if(!matches!(knobs.loss, LossLaw::Never), "loss"),
            bad: false,
            duplicate: stream_if(duplicates, "duplicate"),
            reorder: stream_if(!knobs.reorder.is_never(), "reorder"),
            delay: stream_if(delay_varies, "delay"),
            copy_delay: stream_if(delay_varies && duplicates, "duplicate-delay"),
        };
        // The chain begins in its long-run law, so that the first packets are lost as often as all others.
        if let (LossLaw::GilbertElliott { bad_share, .. }, Some(rng)) = (knobs.loss, &mut lane.loss) {
            lane.bad = chance(rng, bad_share);
        }
        lane
    }

    fn draw(&mut self, knobs: &Knobs) -> Draw {
        let happens =
            |stream: &mut Option<Box<ChaCha8Rng>>, p| stream.as_mut().is_some_and(|rng| chance(rng, p));
        let sample = |stream: &mut Option<Box<ChaCha8Rng>>| match stream {
            Some(rng) => knobs.delay.sample(rng),
            None => knobs.delay.always().unwrap_or_default(),
        };
        let lost = self.loses(knobs.loss);
        let sampled = sample(&mut self.delay);
        // netem: this share skips the delay; it has still waited for the transmitter. A copy does not skip.
        let skips = happens(&mut self.reorder, knobs.reorder);
        let delay = if skips { SimDuration::ZERO } else { sampled };
        let sampled_copy = sample(&mut self.copy_delay);
        let copy_delay = happens(&mut self.duplicate, knobs.duplicate).then_some(sampled_copy);
        Draw { lost, delay, copy_delay }
    }

    fn loses(&mut self, law: LossLaw) -> bool {
        let Some(rng) = &mut self.loss else { return false };
        match law {
            LossLaw::Never => false,
            LossLaw::Bernoulli(p) => chance(rng, p),
            LossLaw::GilbertElliott { good_to_bad, bad_to_good, loss_good, loss_bad, .. } => {
                let moves = chance(rng, if self.bad { bad_to_good } else { good_to_bad });
                self.bad ^= moves;
                chance(rng, if self.bad { loss_bad } else { loss_good })
            }
        }
    }
}

#[cfg(test)]
mod tests;
