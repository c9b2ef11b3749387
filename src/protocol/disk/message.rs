//! What travels between the disk systems: write data and markers one way, completions the other.

use super::numbering::StreamId;
use super::ordering::sets::Barrier;
use crate::units::{PairId, WriteRef};

/// Write data 113 on its way (Fig. 6, step 602).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WriteData {
    /// The stream it is numbered in.
    pub stream: StreamId,
    /// Sequence number 115, as wide as rule `width` has it.
    pub number: u64,
    /// Time stamp 114, in nanoseconds of the clock that gave it.
    pub stamp: u64,
    /// The content.
    pub write: WriteRef,
    /// The pair: remote disk address 208.
    pub pair: PairId,
    /// Position 209: the first block (512 bytes each).
    pub position: u64,
    /// Length in bytes.
    pub size: u32,
    /// The set that it belongs to, where writes form sets; else 0.
    pub set: u32,
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Packet {
    /// Write data.
    WriteData(WriteData),
    /// A numbered packet without write data that carries the clock of an idle stream (rule `idle-stream`).
    Marker {
        /// The stream it is numbered in.
        stream: StreamId,
        /// Its sequence number.
        number: u64,
        /// The clock: no later write of the stream has an earlier or equal stamp.
        stamp: u64,
    },
    /// Where writes form sets: closes those before it.
    Barrier(Barrier),
    /// An un-numbered clock message (rule `idle-stream = "naked"`).
    Clock {
        /// The stream it speaks for.
        stream: StreamId,
        /// The clock.
        stamp: u64,
    },
    /// The remote site asks for what waits in a stream (pulled streams).
    Request {
        /// Its stream.
        stream: StreamId,
        /// Counts requests of the stream, from 0.
        request: u64,
    },
    /// All that answers a request has been sent, if there was anything.
    Answer {
        /// Its stream.
        stream: StreamId,
        /// The request.
        request: u64,
        /// Nothing was there to be sent.
        is_empty: bool,
    },
    /// Write data stands in the remote cache, and its completion follows when it is destaged (rule `release`): the
    /// network acknowledgement.
    Received {
        /// Its stream.
        stream: StreamId,
        /// Its number.
        number: u64,
    },
    /// The completion of a write data or marker packet (Fig. 8, step 801).
    Completion {
        /// Its stream.
        stream: StreamId,
        /// Its number.
        number: u64,
    },
}
