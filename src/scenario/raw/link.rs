//! Paths and the control network, as the file says them.

use super::delay::Delay;
use crate::scenario::diagnostic::Fallible;
use crate::scenario::document::{Node, Value};
use crate::scenario::format::{Read, Shape};
use crate::scenario::format::{field_type, keys_of, read_key, table, variants};
use crate::scenario::value::{Bandwidth, Fraction, Mtu, SizeLimit};

table! {
    /// What happens to packets, but for their delay.
    pub struct Knobs {
        /// The probability that a packet is lost, or a Gilbert-Elliott model; 0 unless said otherwise.
        loss: optional Loss,
        /// The probability that a packet arrives twice; 0 unless said otherwise.
        duplicate: optional Fraction,
        /// The share of packets that is sent at once, without the delay (netem's reorder); 0 unless said otherwise.
        reorder: optional Fraction,
        /// Of the transmitter; "unlimited" unless said otherwise.
        bandwidth: optional Bandwidth,
        /// Bytes that may wait for the transmitter, beyond which packets are dropped; "unlimited" unless said otherwise.
        queue: optional SizeLimit,
        /// The largest packet: a larger write travels as several; "unlimited" unless said otherwise.
        mtu: optional Mtu,
        /// Packets arrive in the order of sending; false unless said otherwise.
        fifo: optional bool,
    }
}

table! {
    /// `[wan]`.
    pub struct Wan {
        /// How long a packet travels.
        delay: required Delay,
        knobs: flatten Knobs,
        /// From remote to local (completions), where it differs.
        reverse: optional Link,
    }
}

table! {
    /// A link, or what differs in it.
    pub struct Link {
        /// How long a packet travels.
        delay: optional Delay,
        knobs: flatten Knobs,
    }
}

table! {
    /// `[[path]]`.
    pub struct PathOverride {
        /// The system that sends.
        from: required String,
        /// The system that receives.
        to: required String,
        link: flatten Link,
    }
}

variants! {
    /// A model of loss in bursts.
    pub enum LossModel by "model" ("a model of loss") {
        /// A chain of a good and a bad state that moves once per packet.
        "gilbert-elliott" => GilbertElliott,
    }
}

table! {
    /// `model = "gilbert-elliott"`.
    pub struct GilbertElliott {
        /// Probability of moving from good to bad.
        good_to_bad: required Fraction,
        /// Probability of moving from bad to good.
        bad_to_good: required Fraction,
        /// Loss probability in the good state; 0 unless said otherwise.
        loss_good: optional Fraction,
        /// Loss probability in the bad state; 1 unless said otherwise.
        loss_bad: optional Fraction,
    }
}

/// A probability, or a model.
#[derive(Clone, Debug)]
pub enum Loss {
    /// Each packet by itself.
    Independent(Fraction),
    /// In bursts.
    Model(LossModel),
}

impl Read for Loss {
    fn shape() -> Shape {
        Shape::Either {
            plain: Box::new(Fraction::shape()),
            structured: Box::new(LossModel::shape()),
            promote: None,
        }
    }

    fn read(node: &Node) -> Fallible<Self> {
        match node.value {
            Value::Table(_) => LossModel::read(node).map(Self::Model),
            _ => Fraction::read(node).map(Self::Independent),
        }
    }
}
