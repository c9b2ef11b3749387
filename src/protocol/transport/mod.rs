//! The transport of a path: when what was sent counts as lost, and how much may be in flight.
//!
//! | room | does | after |
//! |---|---|---|
//! | `rtt` | the time-out: constant, or from measured round trips | RFC 6298 |
//! | `early` | losses found by later completions or by time | RFC 5681, RFC 8985 |
//! | `window` | bytes in flight: slow start, halving | RFC 5681, RFC 3465 |
//! | `path` | one direction of one path: its sendings, and all of the above | |
//!
//! Pure: time enters by arguments, and what is to be sent again is an answer. It knows neither streams nor writes, only
//! the tags that its user gave to what it sent, and it orders nothing.

mod early;
mod path;
mod rtt;
mod window;

pub use path::{Occasion, PathSender, SendingId};

use crate::units::SimDuration;

/// Bytes of a packet without write data: a completion, a marker, a clock message, a request, a control message.
pub const SHORT_PACKET_BYTES: u32 = 64;

/// When a sending that nothing was heard of counts as lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retransmit {
    /// At any time: when whoever drives the machine lets its timer run out. A search over all interleavings has no
    /// clock.
    Untimed,
    /// After a constant time, for ever.
    Fixed(SimDuration),
    /// After what RFC 6298 computes from round trips, doubled each time.
    Adaptive {
        /// Before the first round trip is known.
        initial: SimDuration,
        /// Never less.
        minimum: SimDuration,
        /// Never more.
        maximum: SimDuration,
    },
}

/// When a sending counts as lost before that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Early {
    /// Never.
    Off,
    /// After so many completions of later sendings (RFC 5681, section 3.2: 3), at least 1.
    Completions(u64),
    /// RFC 8985.
    Rack,
}

/// How many bytes may be in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WindowRule {
    /// All.
    Unlimited,
    /// So many, at least 1.
    Bytes(u64),
    /// Additive increase, multiplicative decrease (RFC 5681).
    Aimd,
}

/// What is sent again of a write in several packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ResendUnit {
    /// All of it.
    #[default]
    Write,
    /// The packets that were not answered.
    Packet,
}

/// The transport of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Transport {
    /// The time-out.
    pub retransmit: Retransmit,
    /// Losses found earlier.
    pub early: Early,
    /// Bytes in flight.
    pub window: WindowRule,
    /// Bytes of the largest packet: what [`WindowRule::Aimd`] counts in.
    pub segment: u32,
    /// What is sent again.
    pub unit: ResendUnit,
}

impl Transport {
    /// A constant time-out that nobody gave.
    pub const TIMEOUT: SimDuration = SimDuration::from_ms(200);
    /// Bytes of a segment where the path has no MTU: Ethernet's, less IPv4 and TCP headers.
    pub const SEGMENT: u32 = 1_460;

    /// Resends at any time; no state is kept.
    pub const UNTIMED: Self = Self {
        retransmit: Retransmit::Untimed,
        early: Early::Off,
        window: WindowRule::Unlimited,
        segment: Self::SEGMENT,
        unit: ResendUnit::Write,
    };

    /// A constant time-out, and nothing else.
    pub const fn fixed(timeout: SimDuration) -> Self {
        Self {
            retransmit: Retransmit::Fixed(timeout),
            early: Early::Off,
            window: WindowRule::Unlimited,
            segment: Self::SEGMENT,
            unit: ResendUnit::Write,
        }
    }
}
