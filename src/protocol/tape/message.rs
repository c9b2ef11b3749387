//! What travels between an initiator and its MT unit.
//!
//! The patent draws requests and their answers only. That an initiator takes an MT unit, positions it and gives it
//! back (`Open`, `Close`) is what every tape needs; rule `initiators` says how exclusive that is.

use crate::units::TapeBlock;

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Blocks are appended to the medium.
    Write,
    /// Blocks are read in sequence.
    Read,
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TapePacket {
    /// To the MT system: the initiator wants the unit, positioned.
    Open {
        /// Counts the sessions of this initiator, from 1: tells late copies.
        session: u64,
        /// For what.
        mode: Mode,
        /// The initiator's counter 1623.
        counter: u64,
        /// The first block to read; where to write is the medium's affair.
        first_block: u64,
        /// m: how many requests it may have outstanding.
        window: u64,
    },
    /// To the initiator: the unit is its own and in position.
    Opened {
        /// The session.
        session: u64,
        /// Carried by all its requests (rule `initiators`).
        epoch: u64,
        /// The block id of the first request.
        first_block: u64,
    },
    /// To the MT system: a write request (Fig. 18, step 1801).
    Write {
        /// The epoch of the session.
        epoch: u64,
        /// Sequence number 1614.
        number: u64,
        /// Write data 1625.
        data: TapeBlock,
    },
    /// To the initiator: the completion of a write request (Fig. 20, step 2009).
    Written {
        /// The epoch of the session.
        epoch: u64,
        /// The number of the request.
        number: u64,
    },
    /// To the MT system: a read request (Fig. 17, step 1701).
    Read {
        /// The epoch of the session.
        epoch: u64,
        /// Sequence number 1614.
        number: u64,
        /// The initiator's lowest unanswered number (rule `retain`).
        lowest: u64,
    },
    /// To the initiator: data transfer notification (Fig. 19, steps 1902 and 1906).
    Data {
        /// The epoch of the session.
        epoch: u64,
        /// The number of the request.
        number: u64,
        /// Read data 1624; `None` past the end of the data.
        data: Option<TapeBlock>,
    },
    /// To the MT system: the initiator is done.
    Close {
        /// The session.
        session: u64,
    },
    /// To the initiator: what was written is on the medium, and the unit is free.
    Closed {
        /// The session.
        session: u64,
    },
}

impl TapePacket {
    /// Does it carry a block?
    pub fn carries_data(&self) -> bool {
        matches!(self, Self::Write { .. } | Self::Data { data: Some(_), .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::JobId;

    /// Write data to the MT system and read data from it; nothing else is as long as a block.
    #[test]
    fn a_block_travels_with_writes_and_answers_to_reads() {
        let data = TapeBlock { job: JobId(0), index: 0 };
        let (session, epoch, number) = (1, 1, 1);
        for (packet, carries) in [
            (TapePacket::Write { epoch, number, data }, true),
            (TapePacket::Data { epoch, number, data: Some(data) }, true),
            (TapePacket::Data { epoch, number, data: None }, false),
            (TapePacket::Read { epoch, number, lowest: 1 }, false),
            (TapePacket::Written { epoch, number }, false),
            (TapePacket::Close { session }, false),
        ] {
            assert_eq!(packet.carries_data(), carries, "{packet:?}");
        }
    }
}
