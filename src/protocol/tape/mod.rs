//! The magnetic-tape embodiments (Fig. 16 to 21): initiators on one side, MT control units 1610 on the other.
//!
//! ```text
//!  initiator (host, disk system or switch)          MT control unit 1610, per MT unit 1608
//!  write request issue 1616 (Fig. 18) ── Write ──►  write request receive 1618 (Fig. 20) ─► MT queue ─► medium
//!                                     ◄─ Written ─
//!  read request issue 1615 (Fig. 17)  ── Read ───►  read request receive 1617 (Fig. 19) ◄─ MT queue ◄─ medium
//!                                     ◄── Data ───
//! ```
//!
//! A room per process; `initiator` and `mt_control_unit` compose them. As everywhere in `protocol`: no clock, no
//! randomness, no engine; time enters with an input.

pub mod initiator;
pub mod message;
pub mod mt_control_unit;
pub mod numbering;
pub mod outstanding;
pub mod queue;
mod read_request_issue;
mod read_request_receive;
mod write_request_issue;
mod write_request_receive;

#[cfg(test)]
mod tests;

pub use initiator::{Initiator, InitiatorInput, InitiatorOutput};
pub use message::{Mode, TapePacket};
pub use mt_control_unit::{MtControlUnit, MtInput, MtOutput, MtSettings};
pub use numbering::{Mapping, Numbering};

use crate::protocol::Rules;
use crate::units::SimTime;

/// What enters with an input.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The rules in force.
    pub rules: &'a Rules,
    /// What requests are numbered by.
    pub numbering: Numbering,
    /// Now.
    pub now: SimTime,
}
