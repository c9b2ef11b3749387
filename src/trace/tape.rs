//! What the hardware saw of tape: the initiator's memory, the MT queue, the medium, the reader.

use crate::units::{JobId, TapeBlock, TapeUnitId};

/// An observed fact of the tape side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TapeRecord {
    /// The tape held the volume of a job, in order, before the run: after what it held before.
    Preloaded {
        /// The unit.
        unit: TapeUnitId,
        /// The job.
        job: JobId,
        /// How many blocks.
        blocks: u64,
    },
    /// An initiator issued the write of a block for the first time (Fig. 18, step 1801).
    Issued {
        /// The unit it is for.
        unit: TapeUnitId,
        /// The block.
        block: TapeBlock,
    },
    /// A block stood in the MT queue (Fig. 20, step 2000).
    Cached {
        /// The unit.
        unit: TapeUnitId,
        /// The block.
        block: TapeBlock,
    },
    /// The MT queue had no room for a block.
    Refused {
        /// The unit.
        unit: TapeUnitId,
        /// The block.
        block: TapeBlock,
    },
    /// A block stood on the medium, and left the MT queue.
    Written {
        /// The unit.
        unit: TapeUnitId,
        /// Where, from 0.
        position: u64,
        /// The block.
        block: TapeBlock,
    },
    /// The initiator had the completion of a write (Fig. 18, step 1805).
    Completed {
        /// The block.
        block: TapeBlock,
    },
    /// A reader asked for a block (Fig. 17, step 1701).
    Asked {
        /// The job.
        job: JobId,
        /// The unit.
        unit: TapeUnitId,
        /// The position of the block on the medium.
        position: u64,
    },
    /// A group of blocks stood in the MT queue, read from the medium.
    GroupRead {
        /// The unit.
        unit: TapeUnitId,
        /// The position of the first.
        first: u64,
        /// How many.
        blocks: u64,
    },
    /// A block that was read left the MT queue (Fig. 19, step 1907).
    Left {
        /// The unit.
        unit: TapeUnitId,
        /// Its position on the medium.
        position: u64,
    },
    /// Read data stood in the initiator's memory (Fig. 17, step 1705); `None` says that the data end before.
    Stored {
        /// The job.
        job: JobId,
        /// What came.
        block: Option<TapeBlock>,
    },
    /// The reader was given the next block of what it asked for; `None` says that the data end before.
    Delivered {
        /// The job.
        job: JobId,
        /// What it was given.
        block: Option<TapeBlock>,
    },
    /// A drive made a back-hitch.
    BackHitch {
        /// The unit.
        unit: TapeUnitId,
    },
    /// The local volume of a job was lost.
    VolumeLost {
        /// The job.
        job: JobId,
    },
    /// The volume that was read back was compared with what was written, block by block.
    Compared {
        /// The job.
        job: JobId,
        /// Blocks of the volume.
        blocks: u64,
        /// Blocks that are not what they were.
        differing: u64,
    },
    /// A job was over.
    Finished {
        /// The job.
        job: JobId,
    },
}

/// A tape job, as observers know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreambleJob {
    /// Its name.
    pub name: String,
    /// The unit that it uses.
    pub unit: TapeUnitId,
}

/// What is said of tape before the first record; empty without tape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TapePreamble {
    /// MT units: name, and bytes of a block.
    pub units: Vec<(String, u32)>,
    /// The jobs.
    pub jobs: Vec<PreambleJob>,
}
