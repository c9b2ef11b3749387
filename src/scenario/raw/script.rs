//! `[script]`: what becomes of single packets, as the file says it.

use crate::scenario::format::{field_type, keys_of, read_key, table};
use crate::scenario::validated::MessageKind;
use crate::scenario::value::{Duration, Ordinal, SentClass};

table! {
    /// `[script]`: the fate of single packets, whatever the lines would do with them.
    pub struct Script {
        /// Packets of paths.
        packets: repeated ScriptedPacket,
        /// Messages between slaves and master.
        messages: repeated ScriptedMessage,
    }
}

table! {
    /// One packet of a path. It is named by its class and its place, from 1, among the packets of that class in that direction.
    pub struct ScriptedPacket {
        /// The system, or the tape job, that sends.
        from: required String,
        /// The system, or the tape job, that receives.
        to: required String,
        /// What it carries: "write-data", "resend" (write data or a marker, sent again), "marker", "completion" or, of tape, "request" and "read-data".
        class: required SentClass,
        /// Its place among the packets of that class in that direction, from 1.
        number: required Ordinal,
        /// It never arrives. Default: false.
        lost: optional bool,
        /// How long it travels.
        delay: optional Duration,
        /// A second copy arrives, which travels so long. Default: none.
        again: optional Duration,
    }
}

table! {
    /// One message between a slave and the master.
    pub struct ScriptedMessage {
        /// The remote disk system of the slave.
        system: required String,
        /// "report" of the slave to the master, or "limit" of the master to the slave.
        message: required MessageKind,
        /// Its place among those, from 1.
        number: required Ordinal,
        /// It never arrives. Default: false.
        lost: optional bool,
        /// How long it travels.
        delay: optional Duration,
        /// A second copy arrives, which travels so long. Default: none.
        again: optional Duration,
    }
}
