//! The names of things inside a run: dense indices, in the order in which the scenario lists them.

use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The index into a table of such things.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl From<usize> for $name {
            fn from(index: usize) -> Self {
                Self(index as u32)
            }
        }
    };
}

id!(
    /// A host (102).
    HostId
);
id!(
    /// A local disk system (104).
    LocalId
);
id!(
    /// A remote disk system (105).
    RemoteId
);
id!(
    /// A remote copy pair (108).
    PairId
);
id!(
    /// A data integrity pair group (109).
    GroupId
);
id!(
    /// An MT unit (1608), over all MT systems.
    TapeUnitId
);
id!(
    /// A tape job: one volume that one initiator writes to, or reads from, one MT unit.
    JobId
);
id!(
    /// A communication path (112) between one local and one remote system, both directions together.
    PathId
);

/// The way in which a packet crosses a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the local to the remote system: write data and markers.
    Forward,
    /// From the remote to the local system: completions.
    Reverse,
}

/// One write as the hardware sees it: its place in the table of writes in flight, and its serial number.
///
/// The serial number counts the writes issued in the run from 0 and is never used twice, so it also names
/// the write's content: what a disk unit holds at a position is the serial number of the write that was
/// destaged. A slot is used again when its write is finished: if the serials differ, the write was freed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WriteRef {
    /// Number of the write in the order of issue.
    pub serial: u64,
    /// Its place in the table of writes in flight.
    pub slot: u32,
}

impl fmt::Display for WriteRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "w{}", self.serial)
    }
}

/// The content of one block of a volume that a tape job backs up: no two blocks of a run have the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TapeBlock {
    /// The job whose volume it is of.
    pub job: JobId,
    /// Its place in that volume, from 0: the initiator issues blocks in this order.
    pub index: u64,
}

impl fmt::Display for TapeBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "block {} of job {}", self.index + 1, self.job.0 + 1)
    }
}
