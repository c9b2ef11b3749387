//! MT systems and tape jobs, as the file says them.

use crate::protocol::tape::Numbering;
use crate::scenario::format::{field_type, keys_of, read_key, table};
use crate::scenario::tape::{InitiatorKind, JobKind};
use crate::scenario::value::{Bandwidth, BlockCount, ByteRate, Count, Duration, Size, Span, WriteSize};

table! {
    /// `[[tape_system]]`: a magnetic tape system (1605).
    pub struct TapeSystem {
        /// Its name.
        name: required String,
        /// Number of its MT units (1608). Default: 1.
        units: optional Count,
        /// What numbers the requests: "sequence-number" (Fig. 16, the default), "block-id" (Fig. 21) or, as a baseline, "none".
        numbering: optional Numbering,
        /// Size of its cache memory (1611), of which the MT queue (1626) of each unit has its share. Default: 256MiB.
        cache: optional Size,
        /// Blocks that are read from the medium together. Default: 16.
        group: optional Count,
        /// The drive of each unit. Default: that of LTO-8.
        drive: optional Drive,
    }
}

table! {
    /// `[tape_system.drive]`.
    pub struct Drive {
        /// How fast it reads and writes. Default: 360MB/s.
        native_rate: optional ByteRate,
        /// The lowest rate at which it still streams. Default: 112MB/s, or the native rate if that is less.
        lowest_rate: optional ByteRate,
        /// Size of a block. Default: 256KiB.
        block: optional WriteSize,
        /// From nothing to ready. Default: 15s.
        load_time: optional Duration,
        /// From one position to another. Default: 60s.
        locate_time: optional Duration,
        /// Stop, rewind a little, start again, when the data come too slowly. Default: 2s.
        back_hitch: optional Duration,
        /// What a tape holds. Default: 12TB.
        capacity: optional Size,
    }
}

table! {
    /// `[[tape_job]]`: a volume, and the initiator that writes it to an MT unit or reads it back.
    pub struct TapeJob {
        /// Its name, and that of its initiator.
        name: required String,
        /// "backup" writes the volume, "restore" reads one that the tape holds from the start, "circle" writes it, loses it, reads it back and compares.
        kind: required JobKind,
        /// What issues the requests: "host" (the default), "disk-system" or "switch".
        initiator: optional InitiatorKind,
        /// The MT unit: "T1:1".
        unit: required String,
        /// Blocks of the volume.
        blocks: required BlockCount,
        /// Of a "restore", how many blocks are read. Default: all.
        read: optional BlockCount,
        /// m of Fig. 17 and 18: how many requests may be outstanding. Default: 16.
        m: optional Count,
        /// Size of the initiator's memory (1611, 1612). Default: 256MiB for a host, 1GiB for a disk system, 64MiB for a switch.
        memory: optional Size,
        /// How fast blocks come from the volume. Default: "unlimited".
        volume_rate: optional Bandwidth,
        /// When it begins. Default: 0s.
        start: optional Duration,
        /// From each sending of a request to the next, until it is answered; giving it chooses a fixed time-out. Default: `protocol.retransmit_timeout`, or as `transport` says.
        retransmit_timeout: optional Span,
        /// The initiator crashes once, between steps 1801 and 1802 of this request, counted from 1. Default: never.
        crash_after: optional BlockCount,
    }
}
