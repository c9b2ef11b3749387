//! One direction of a communication path (112), as the scenario describes it.
//!
//! What happens to a packet on it is decided in `wan`.

use crate::hardware::distribution::Distribution;
use crate::units::SimDuration;

/// How packets are lost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// Each by itself, with this probability.
    Bernoulli(f64),
    /// Gilbert-Elliott: a chain of two states that moves once per packet, before its fate is drawn
    /// (Gilbert 1960, Elliott 1963; the parameters are those of netem's `loss gemodel`).
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
}

/// One direction of a path, or the control network inside the remote site.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Propagation delay of each packet.
    pub delay: Distribution,
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
    /// Packets arrive in the order of sending: none overtakes.
    pub fifo: bool,
}

impl Link {
    /// Lossless and at once: the control network unless the scenario says otherwise.
    pub fn ideal() -> Self {
        Self {
            delay: Distribution::constant(SimDuration::ZERO),
            loss: Loss::Bernoulli(0.0),
            duplicate: 0.0,
            reorder: 0.0,
            bandwidth: None,
            queue: None,
            mtu: None,
            fifo: false,
        }
    }
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
