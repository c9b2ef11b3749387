//! An MT unit 1608: a tape drive with a tape in it, which streams or shoe-shines.
//!
//! ```text
//! unloaded ──load──► ready ──locate──► in position ──transfer──► moving ──no block in time──► stopped
//!                                                      ▲            │                            │
//!                                                      └────────────┘◄─────── back-hitch ────────┘
//! ```
//!
//! The medium moves at the native rate while there are blocks. A drive matches its speed to slower data, down to the
//! lowest rate: so the next block may come as late as it takes to pass the last one at the lowest rate. If none has
//! come by then, the tape overshoots and stops, and the next transfer begins with a back-hitch: stop, rewind a
//! little, start again. Locating takes the same time from anywhere to anywhere else; compression, filemarks and the
//! end of a tape are left out.
//!
//! The defaults are those of an LTO-8 full-height drive. Native rate 360 MB/s, 12 TB, load-to-ready time 15 s: IBM,
//! "Performance specifications for LTO tape drives" (TS4500 tape library). Lowest of the speeds with generation 8
//! media 112 MB/s: IBM, "Speed matching" (LTO drives). **Assumed**, as no figure of LTO-8 was at hand: locating
//! takes 60 s (IBM's average space record time from load point is 45 s for LTO-9, 65 s for LTO-10), a back-hitch 2 s.

use crate::units::time::NANOS_PER_SEC;
use crate::units::{SimDuration, SimTime, TapeBlock};

/// A tape drive, as the scenario describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DriveSpec {
    /// Bytes per second, uncompressed.
    pub native_rate: u64,
    /// Bytes per second down to which the drive streams.
    pub lowest_rate: u64,
    /// Bytes of a block.
    pub block: u32,
    /// From nothing to ready.
    pub load: SimDuration,
    /// From one position to another.
    pub locate: SimDuration,
    /// Stop, rewind a little, start again.
    pub back_hitch: SimDuration,
    /// Bytes that a tape holds.
    pub capacity: u64,
}

impl DriveSpec {
    /// An LTO-8 full-height drive; sources in the room's head.
    pub const LTO_8: Self = Self {
        native_rate: 360_000_000,
        lowest_rate: 112_000_000,
        block: 256 * 1024,
        load: SimDuration::from_ms(15_000),
        locate: SimDuration::from_ms(60_000),
        back_hitch: SimDuration::from_ms(2_000),
        capacity: 12_000_000_000_000,
    };

    /// Time that `blocks` blocks take at `rate`, rounded up.
    fn passing(&self, blocks: u64, rate: u64) -> SimDuration {
        span_of(blocks.saturating_mul(u64::from(self.block)), rate)
    }

    /// Time that one block takes at the native rate.
    pub fn block_time(&self) -> SimDuration {
        self.passing(1, self.native_rate)
    }
}

/// Time that `bytes` take at `bytes_per_s`, rounded up.
pub fn span_of(bytes: u64, bytes_per_s: u64) -> SimDuration {
    let ns = (u128::from(bytes) * u128::from(NANOS_PER_SEC)).div_ceil(u128::from(bytes_per_s.max(1)));
    SimDuration::from_ns(u64::try_from(ns).unwrap_or(u64::MAX))
}

/// How the tape moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Motion {
    /// In position, not yet started.
    InPosition,
    /// It streams on if there is a block by then.
    Moving(SimTime),
}

/// A transfer to or from the medium.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// When it is done.
    pub done: SimTime,
    /// Did it begin with a back-hitch?
    pub back_hitch: bool,
}

/// A drive and its tape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapeUnit {
    spec: DriveSpec,
    medium: Vec<TapeBlock>,
    /// The block that the head stands before.
    head: u64,
    is_loaded: bool,
    motion: Motion,
}

impl TapeUnit {
    /// A drive that is not loaded; `medium` is what stands on the tape.
    pub fn new(spec: DriveSpec, medium: Vec<TapeBlock>) -> Self {
        Self { spec, medium, head: 0, is_loaded: false, motion: Motion::InPosition }
    }

    /// What stands on the tape, by position.
    pub fn medium(&self) -> &[TapeBlock] {
        &self.medium
    }

    /// Loads the tape if it is not, and locates `block`: when it is there.
    pub fn position(&mut self, now: SimTime, block: u64) -> SimTime {
        let load = if self.is_loaded { SimDuration::ZERO } else { self.spec.load };
        let locate = if self.head == block { SimDuration::ZERO } else { self.spec.locate };
        self.is_loaded = true;
        self.head = block;
        self.motion = Motion::InPosition;
        now + load + locate
    }

    /// Writes `block` where the head stands, which ends the data.
    pub fn write(&mut self, now: SimTime, block: TapeBlock) -> Transfer {
        self.medium.truncate(self.head as usize);
        self.medium.push(block);
        self.transfer(now, 1)
    }

    /// Reads up to `count` blocks from where the head stands.
    pub fn read(&mut self, now: SimTime, count: u64) -> (Transfer, &[TapeBlock]) {
        let first = (self.head as usize).min(self.medium.len());
        let end = first.saturating_add(count as usize).min(self.medium.len());
        let transfer = self.transfer(now, (end - first) as u64);
        (transfer, &self.medium[first..end])
    }

    fn transfer(&mut self, now: SimTime, blocks: u64) -> Transfer {
        let back_hitch = matches!(self.motion, Motion::Moving(until) if until < now);
        let start = if back_hitch { now + self.spec.back_hitch } else { now };
        self.head += blocks;
        self.motion = Motion::Moving(start + self.spec.passing(blocks, self.spec.lowest_rate));
        Transfer { done: start + self.spec.passing(blocks, self.spec.native_rate), back_hitch }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::JobId;

    const SPEC: DriveSpec = DriveSpec {
        native_rate: 1_000_000,
        lowest_rate: 250_000,
        block: 1_000,
        load: SimDuration::from_ms(100),
        locate: SimDuration::from_ms(10),
        back_hitch: SimDuration::from_ms(20),
        capacity: 1_000_000,
    };

    fn block(index: u64) -> TapeBlock {
        TapeBlock { job: JobId(0), index }
    }

    fn at(ms: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_ms(ms)
    }

    #[test]
    fn a_drive_streams_down_to_its_lowest_rate_and_back_hitches_below() {
        let mut unit = TapeUnit::new(SPEC, vec![]);
        assert_eq!(unit.position(at(0), 0), at(100));
        assert_eq!(unit.write(at(100), block(0)), Transfer { done: at(101), back_hitch: false });
        // At a quarter of the native rate the next block may come 4 ms after the last began.
        assert_eq!(unit.write(at(104), block(1)), Transfer { done: at(105), back_hitch: false });
        assert_eq!(unit.write(at(109), block(2)), Transfer { done: at(130), back_hitch: true });
        assert_eq!(unit.medium(), [block(0), block(1), block(2)]);
    }

    #[test]
    fn locating_takes_its_time_and_reading_ends_with_the_data() {
        let mut unit = TapeUnit::new(SPEC, (0..5).map(block).collect());
        assert_eq!(unit.position(at(0), 3), at(110));
        assert_eq!(unit.position(at(200), 3), at(200));
        let (transfer, blocks) = unit.read(at(200), 4);
        assert_eq!((transfer.done, blocks), (at(202), &[block(3), block(4)][..]));
        assert_eq!(unit.read(at(202), 4).1, []);
    }

    #[test]
    fn lto_8_takes_728_us_for_a_block_of_256_kib() {
        assert_eq!(DriveSpec::LTO_8.block_time(), SimDuration::from_ns(728_178));
    }
}
