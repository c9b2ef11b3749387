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
        /// Number of its MT units (1608); 1 unless said otherwise.
        units: optional Count,
        /// What requests are numbered by: "sequence-number" (Fig. 16, the default), "block-id" (Fig. 21) or, as a baseline, "none".
        numbering: optional Numbering,
        /// Size of its cache memory (1611), of which the MT queue (1626) of each unit has its share; 256MiB unless said otherwise.
        cache: optional Size,
        /// Blocks that are read from the medium together; 16 unless said otherwise.
        group: optional Count,
        /// The drive of each unit; that of LTO-8 unless said otherwise.
        drive: optional Drive,
    }
}

table! {
    /// `[tape_system.drive]`.
    pub struct Drive {
        /// How fast it reads and writes; 360MB/s unless said otherwise.
        native_rate: optional ByteRate,
        /// How slow the data may be for it still to stream; 112MB/s, or the native rate if that is less, unless said otherwise.
        lowest_rate: optional ByteRate,
        /// Size of a block; 256KiB unless said otherwise.
        block: optional WriteSize,
        /// From nothing to ready; 15s unless said otherwise.
        load_time: optional Duration,
        /// From one position to another; 60s unless said otherwise.
        locate_time: optional Duration,
        /// Stop, rewind a little, start again, when the data come too slowly; 2s unless said otherwise.
        back_hitch: optional Duration,
        /// What a tape holds; 12TB unless said otherwise.
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
        /// Of a "restore", how many blocks are read; all unless said otherwise.
        read: optional BlockCount,
        /// m of Fig. 17 and 18: how many requests may be under way; 16 unless said otherwise.
        m: optional Count,
        /// Size of the initiator's memory (1611, 1612); 256MiB for a host, 1GiB for a disk system, 64MiB for a switch unless said otherwise.
        memory: optional Size,
        /// How fast blocks come from the volume; "unlimited" unless said otherwise.
        volume_rate: optional Bandwidth,
        /// When it begins; 0s unless said otherwise.
        start: optional Duration,
        /// From each sending of a request to the next, until it is answered; `protocol.retransmit_timeout` unless said otherwise.
        retransmit_timeout: optional Span,
        /// The initiator crashes once, between steps 1801 and 1802 of this request, counted from 1; never unless said otherwise.
        crash_after: optional BlockCount,
    }
}
