//! What a line is busy with: bytes of first sendings, of resends, and of short packets.
//!
//! A packet counts if it was sent within the window of statistics. What share of the line that is, is said where its
//! rate is known.

use crate::trace::PacketClass;

/// Bytes on the wire of one direction of one path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Write data and read data, sent for the first time.
    pub first: u64,
    /// Resends.
    pub resent: u64,
    /// Packets without data, sent for the first time: markers, requests, completions.
    pub short: u64,
    /// Packets that repair others.
    pub repair: u64,
}

impl Load {
    /// A packet was sent.
    pub fn on_sent(&mut self, class: PacketClass, bytes: u32) {
        let of_class = match class {
            PacketClass::WriteData | PacketClass::ReadData => &mut self.first,
            PacketClass::Repair => &mut self.repair,
            PacketClass::Resend => &mut self.resent,
            PacketClass::Marker | PacketClass::Completion | PacketClass::Request => &mut self.short,
        };
        *of_class += u64::from(bytes);
    }

    /// Another path of the same line.
    pub fn add(&mut self, other: &Self) {
        self.first += other.first;
        self.resent += other.resent;
        self.short += other.short;
        self.repair += other.repair;
    }

    /// All of it.
    pub const fn total(&self) -> u64 {
        self.first + self.resent + self.short + self.repair
    }
}
