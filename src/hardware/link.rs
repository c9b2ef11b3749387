//! One direction of a communication path (112), as the scenario describes it.
//!
//! What happens to a packet on it is decided in `wan`.

use std::sync::Arc;

use crate::hardware::distribution::Distribution;
use crate::hardware::netem;
use crate::hardware::regions::Region;
use crate::hardware::timeline::Timeline;
use crate::units::SimDuration;

/// How packets are lost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// Each by itself, with this probability.
    Bernoulli(f64),
    /// Gilbert-Elliott per packet: one chain of two states for the direction, which every packet of whatever class
    /// moves before its fate is drawn (Gilbert 1960, Elliott 1963; the parameters are those of netem's
    /// `loss gemodel`).
    GilbertElliott {
        /// Probability of moving from good to bad (p).
        good_to_bad: f64,
        /// Probability of moving from bad to good (r).
        bad_to_good: f64,
        /// Loss probability in the good state (1 - k).
        loss_good: f64,
        /// Loss probability in the bad state (1 - h).
        loss_bad: f64,
    },
    /// Gilbert-Elliott in time: the line is good and bad by turns, each for an exponential time, whoever sends.
    Bursts {
        /// Mean time in the good state.
        good: SimDuration,
        /// Mean time in the bad state.
        bad: SimDuration,
        /// Loss probability in the good state.
        loss_good: f64,
        /// Loss probability in the bad state.
        loss_bad: f64,
    },
}

impl Loss {
    /// Can a packet be lost at all?
    pub fn is_possible(&self) -> bool {
        match *self {
            Self::Bernoulli(loss) => loss > 0.0,
            Self::GilbertElliott { good_to_bad, bad_to_good, loss_good, loss_bad } => {
                (loss_bad > 0.0 && good_to_bad > 0.0) || (loss_good > 0.0 && bad_to_good > 0.0)
            }
            Self::Bursts { loss_good, loss_bad, .. } => loss_good > 0.0 || loss_bad > 0.0,
        }
    }
}

/// How the delays of neighbouring packets hang together.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Course {
    /// Each packet draws its own.
    #[default]
    Independent,
    /// The delay is a function of time, the same for every packet that enters the line then: a Gaussian copula whose
    /// scores at two instants dt apart have the correlation exp(-dt / T), this T. The law of each delay is that of
    /// [`Link::delay`], unchanged.
    Correlated(SimDuration),
    /// A measured series, replayed in time.
    Series(Series),
}

/// A measured series of delays.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The delays, in nanoseconds, in the order in which they were measured; at least one. After the last comes the
    /// first again.
    pub values: Arc<[u64]>,
    /// How long each is in force.
    pub every: SimDuration,
    /// Where in the series the run begins; `None` is drawn by the seed.
    pub start: Option<SimDuration>,
}

/// A share of the packets that is held back: reordering by delay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HoldBack {
    /// Probability that a packet is held back.
    pub share: f64,
    /// How much longer it travels.
    pub by: SimDuration,
    /// Taken from the delay of every packet, so that the mean stays as it was: share times `by`, or zero.
    pub advance: SimDuration,
}

/// One direction of a path, or the control network inside the remote site.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Propagation delay of each packet.
    pub delay: Distribution,
    /// How the delays of neighbouring packets hang together.
    pub course: Course,
    /// Packets that are held back.
    pub hold_back: Option<HoldBack>,
    /// How packets are lost.
    pub loss: Loss,
    /// Probability that a packet arrives twice, each copy with its own delay.
    pub duplicate: f64,
    /// netem's reorder: this share of packets is sent at once, without the delay.
    pub reorder: f64,
    /// Bits per second of the transmitter; `None` is unlimited.
    pub bandwidth: Option<u64>,
    /// Bytes that may wait for the transmitter, beyond which packets are dropped; `None` is unlimited.
    pub queue: Option<u64>,
    /// Largest payload of a packet in bytes: a larger write travels as several; `None` is unlimited.
    pub mtu: Option<u32>,
    /// Bytes of headers that travel with each packet, beside its payload.
    pub header: u32,
    /// Packets arrive in the order of sending: none overtakes.
    pub fifo: bool,
    /// All paths of a direction for which this is true have one line and one queue.
    pub shared: bool,
    /// What changes over time, from a file.
    pub timeline: Option<Arc<Timeline>>,
    /// The delay is that of a measured line between two regions.
    pub preset: Option<&'static Region>,
    /// The line is the kernel's network emulator: of the other keys only `mtu`, `header` and `shared` count.
    pub netem: Option<Arc<netem::Spec>>,
}

impl Link {
    /// Lossless and at once: the control network unless the scenario says otherwise.
    pub fn ideal() -> Self {
        Self {
            delay: Distribution::constant(SimDuration::ZERO),
            course: Course::Independent,
            hold_back: None,
            loss: Loss::Bernoulli(0.0),
            duplicate: 0.0,
            reorder: 0.0,
            bandwidth: None,
            queue: None,
            mtu: None,
            header: 0,
            fifo: false,
            shared: false,
            timeline: None,
            preset: None,
            netem: None,
        }
    }
}

/// What becomes of one packet whose fate is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScriptedFate {
    /// It never arrives.
    Lost,
    /// It arrives.
    Arrives {
        /// After this time.
        delay: SimDuration,
        /// And a copy of it after this time.
        again: Option<SimDuration>,
    },
}

/// What a brown-out adds to a direction of a path while it lasts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrownOut {
    /// Probability that a packet is lost, beside the link's own losses.
    pub loss: f64,
    /// Added to the delay of each packet.
    pub delay: SimDuration,
    /// Bits per second at most; `None` leaves the link's own.
    pub bandwidth: Option<u64>,
}
