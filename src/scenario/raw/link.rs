//! Paths and the control network, as the file says them.

use super::delay::Delay;
use super::transport::Transport;
use crate::scenario::diagnostic::Fallible;
use crate::scenario::document::{Node, Value};
use crate::scenario::format::{Read, Shape};
use crate::scenario::format::{field_type, keys_of, read_key, table, variants};
use crate::scenario::value::{Bandwidth, Fraction, Header, LossStep, Mtu, SizeLimit, Span};

table! {
    /// What happens to packets, but for their delay.
    pub struct Knobs {
        /// The probability that a packet is lost, or a Gilbert-Elliott model. If not given: 0, or as in `wan`.
        loss: optional Loss,
        /// The probability that a packet arrives twice. If not given: 0, or as in `wan`.
        duplicate: optional Fraction,
        /// The share of packets that is sent at once, without the delay (netem's reorder). If not given: 0, or as in `wan`.
        reorder: optional Fraction,
        /// A share of packets that is held back, so that later ones overtake them. If not given: none, or as in `wan`.
        hold_back: optional HoldBack,
        /// A CSV file of changes over time: a header (time, bandwidth, loss, delay), then rows. Each row holds until the next, and adds to the other keys. Relative to the scenario file.
        timeline: optional String,
        /// A line measured between two regions, such as "aws:us-east-1 -> eu-west-1", in place of `delay`: half the round trip each way, its deviation as jitter.
        preset: optional String,
        /// The arguments of `tc qdisc ... netem`, with the kernel's semantics, in place of all other keys that shape a line.
        netem: optional String,
        /// Bandwidth of the transmitter. If not given: "unlimited", or as in `wan`.
        bandwidth: optional Bandwidth,
        /// Bytes that may wait for the transmitter, beyond which packets are dropped. If not given: "unlimited", or as in `wan`.
        queue: optional SizeLimit,
        /// The largest packet: a larger write travels as several. If not given: "unlimited", or as in `wan`.
        mtu: optional Mtu,
        /// Bytes of headers that travel with each packet, beside its payload. If not given: "0B", or as in `wan`.
        header: optional Header,
        /// Packets arrive in the order of sending. If not given: false, or as in `wan`.
        fifo: optional bool,
        /// The paths of a direction for which this is true share one line and one queue. If not given: false, or as in `wan`.
        shared: optional bool,
    }
}

table! {
    /// `[wan]`.
    pub struct Wan {
        /// How long a packet travels; needed unless there is a `preset` or `netem`.
        delay: optional Delay,
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
        /// The transport from the local system that sends, where it differs from `transport`.
        transport: optional Transport,
    }
}

table! {
    /// `hold_back`.
    pub struct HoldBack {
        /// The probability that a packet is held back.
        share: required Fraction,
        /// How much longer it travels.
        by: required Span,
        /// Every packet travels share times `by` less, so that the mean delay stays as `delay` says. If not given: false, or as in `wan`.
        keep_mean: optional bool,
    }
}

variants! {
    /// A model of loss in bursts.
    pub enum LossModel by "model" ("a model of loss") {
        /// A good and a bad state that take turns, in time (`good`, `bad`) or packet by packet (`good_to_bad`, `bad_to_good`).
        "gilbert-elliott" => GilbertElliott,
    }
}

table! {
    /// `model = "gilbert-elliott"`.
    pub struct GilbertElliott {
        /// Mean time in the good state; with `bad`: the state is a function of time, the same for every packet and scheme.
        good: optional Span,
        /// Mean time in the bad state.
        bad: optional Span,
        /// Probability of moving from good to bad, at each packet of the direction.
        good_to_bad: optional Fraction,
        /// Probability of moving from bad to good, at each packet of the direction.
        bad_to_good: optional Fraction,
        /// What moves the state: "time" (`good`, `bad`) or "packet" (`good_to_bad`, `bad_to_good`); by default what the other keys say.
        per: optional LossStep,
        /// Loss probability in the good state. Default: 0.
        loss_good: optional Fraction,
        /// Loss probability in the bad state. Default: 1.
        loss_bad: optional Fraction,
    }
}

/// A probability, or a model.
#[derive(Clone, Debug)]
pub enum Loss {
    /// Each packet independently.
    Independent(Fraction),
    /// In bursts.
    Model(Box<LossModel>),
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
            Value::Table(_) => LossModel::read(node).map(|model| Self::Model(Box::new(model))),
            _ => Fraction::read(node).map(Self::Independent),
        }
    }
}
