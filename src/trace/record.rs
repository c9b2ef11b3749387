//! One observed fact, and what is said of a run before its first and after its last.

use super::tape::{TapePreamble, TapeRecord};
use crate::units::{Direction, GroupId, HostId, LocalId, PairId, PathId, RemoteId, SimTime, WriteRef};
#[cfg(test)]
use crate::words::CheckSet;
use crate::words::Promise;

/// A whole key of local order: time stamp 114, local system, sequence number 115 (RULES.md, rule `compare`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Time stamp in nanoseconds of the clock that gave it.
    pub stamp: u64,
    /// The local system.
    pub local: LocalId,
    /// The sequence number within its stream; 0 for schemes without numbers.
    pub number: u64,
}

impl Key {
    /// At or above every key that a write has.
    pub const LAST: Self = Self { stamp: u64::MAX, local: LocalId(u32::MAX), number: u64::MAX };
}

/// What a packet on a path carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PacketClass {
    /// Write data, sent for the first time (Fig. 6, step 602).
    WriteData,
    /// Write data or a marker, resent.
    Resend,
    /// A marker, sent for the first time.
    Marker,
    /// A completion (Fig. 8, step 801; Fig. 20, step 2009), or another answer without data.
    Completion,
    /// A request without data to an MT system, sent for the first time (Fig. 17, step 1701), or for what waits in a stream
    /// (pulled streams).
    Request,
    /// Read data of an MT system (Fig. 19, steps 1902 and 1906).
    ReadData,
    /// A packet that repairs a group of others (forward error correction).
    Repair,
}

impl PacketClass {
    /// Every class.
    pub const ALL: [Self; 7] = [
        Self::WriteData,
        Self::Resend,
        Self::Marker,
        Self::Completion,
        Self::Request,
        Self::ReadData,
        Self::Repair,
    ];

    /// Its name in scenario files, and in the names of random streams: a change changes every result.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WriteData => "write-data",
            Self::Resend => "resend",
            Self::Marker => "marker",
            Self::Completion => "completion",
            Self::Request => "request",
            Self::ReadData => "read-data",
            Self::Repair => "repair",
        }
    }
}

/// What the network does with a packet that it was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// This many copies will arrive: 1, or 2 if it is duplicated.
    Copies(u8),
    /// It is lost.
    Lost,
}

/// An observed fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Record {
    /// A host issued a write to a local unit; `pair` is `None` for a unit without a pair.
    Issued {
        /// The write.
        write: WriteRef,
        /// Its host.
        host: HostId,
        /// The local system it goes to.
        local: LocalId,
        /// The local unit, from 0.
        unit: u32,
        /// The pair of that unit.
        pair: Option<PairId>,
        /// First block (512 bytes each).
        position: u64,
        /// Length in bytes.
        size: u32,
    },
    /// The write stood in the local cache: process 210 accepted it at this instant (Fig. 5, step 501).
    Accepted {
        /// The write.
        write: WriteRef,
    },
    /// The host had the completion (Fig. 5, step 504).
    Completed {
        /// The write.
        write: WriteRef,
    },
    /// The host gave up waiting for the completion; it issues the same data again, as another write.
    Abandoned {
        /// The write.
        write: WriteRef,
    },
    /// A crash wiped the write from the local cache before it was destaged.
    LocalCacheLost {
        /// The write.
        write: WriteRef,
    },
    /// A later write to the same blocks took the place of the write in the local cache before it was sent: only the
    /// later one will be.
    Folded {
        /// The write that will not be sent.
        write: WriteRef,
        /// The later one.
        into: WriteRef,
    },
    /// The write was destaged to the local unit (process 213) and left the local cache.
    LocalDestaged {
        /// The write.
        write: WriteRef,
    },
    /// The write stood in a remote cache under this key (Fig. 8, step 800).
    RemoteCached {
        /// The write.
        write: WriteRef,
        /// The remote system.
        remote: RemoteId,
        /// What the packet said.
        key: Key,
    },
    /// A crash wiped the write from a remote cache, or recovery discarded it: the limit had not reached it.
    RemoteCacheLost {
        /// The write.
        write: WriteRef,
        /// The remote system.
        remote: RemoteId,
    },
    /// The write was destaged to a remote unit (Fig. 11, step 1103) and left the remote cache (step 1104).
    RemoteDestaged {
        /// The write whose content was destaged.
        write: WriteRef,
        /// The remote system.
        remote: RemoteId,
        /// The unit that it was destaged to, from 0.
        unit: u32,
        /// First block (512 bytes each) it was destaged to.
        position: u64,
    },
    /// A remote system remembered this as the latest stamp of a pair (declared by `timestamp-only`).
    StampReceived {
        /// The pair.
        pair: PairId,
        /// Write data's or marker's key.
        key: Key,
    },
    /// A limit time stood in a remote system's non-volatile memory (Fig. 9, step 904).
    LimitStored {
        /// The remote system.
        remote: RemoteId,
        /// The group; `None` where one limit holds for all (rule `limit-scope`).
        group: Option<GroupId>,
        /// The limit, or `None` if a crash lost it.
        limit: Option<Key>,
    },
    /// A system offered a packet to a path. Every sending has its own number, resends too.
    PacketSent {
        /// The path.
        path: PathId,
        /// The direction.
        direction: Direction,
        /// Counts sendings per path and direction, from 0.
        number: u64,
        /// What it carries.
        class: PacketClass,
        /// The write it carries or completes, if any.
        write: Option<WriteRef>,
        /// Bytes on the wire.
        bytes: u32,
        /// What becomes of it.
        fate: Fate,
    },
    /// A copy of a packet arrived.
    PacketArrived {
        /// The path.
        path: PathId,
        /// The direction.
        direction: Direction,
        /// The number it was sent under.
        number: u64,
        /// When it was sent.
        sent: SimTime,
    },
    /// The remote end of a path rebuilt a packet from others of its group: what it carries is there as if it had arrived.
    PacketRebuilt {
        /// The path.
        path: PathId,
        /// The number it was sent under, in the direction to the remote site.
        number: u64,
    },
    /// A fault of the scenario began (its place in the list of faults).
    FaultBegan {
        /// Index into the scenario's faults.
        fault: u32,
    },
    /// A fault of the scenario ended.
    FaultEnded {
        /// Index into the scenario's faults.
        fault: u32,
    },
    /// The local site, and what was in flight to and from it, was destroyed.
    LocalSiteLost,
    /// Something happened on the tape side.
    Tape(TapeRecord),
}

/// Which limit a declared recovery goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitRule {
    /// The highest limit stored anywhere (rule `recovery`, repaired).
    Highest,
    /// Each remote system by its own (literal).
    Own,
}

/// What is done at the remote site after a disaster, stated at the start of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeclaredRecovery {
    /// Everything cached or destaged counts (`none`, `synchronous`).
    Everything,
    /// Everything cached up to the least, over a group's pairs, of the latest stamp received (`timestamp-only`).
    LatestStamps,
    /// Everything cached up to a stored limit is destaged, the rest discarded.
    Limit {
        /// Whose limit.
        rule: LimitRule,
        /// Keys are compared whole; otherwise by stamp only.
        whole_keys: bool,
        /// A write at the limit counts.
        inclusive: bool,
    },
}

/// A pair, as observers know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreamblePair {
    /// The group.
    pub group: GroupId,
    /// The local system.
    pub local: LocalId,
    /// The local unit, from 0.
    pub local_unit: u32,
    /// The remote system.
    pub remote: RemoteId,
    /// The remote unit, from 0.
    pub remote_unit: u32,
}

/// What is said of a run before its first record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preamble {
    /// Names of groups.
    pub groups: Vec<String>,
    /// Names of local systems.
    pub local_systems: Vec<String>,
    /// Names of remote systems.
    pub remote_systems: Vec<String>,
    /// The pairs.
    pub pairs: Vec<PreamblePair>,
    /// Number of paths: those of disk systems, then one of each tape job.
    pub paths: usize,
    /// Tape, if there is any.
    pub tape: TapePreamble,
    /// What a disaster would be followed by.
    pub recovery: DeclaredRecovery,
    /// Do all clocks show true time? If not, concurrent writes at different systems may stand in either order.
    pub perfect_clocks: bool,
    /// What the run is judged by, and what its scheme promises.
    pub promise: Promise,
    /// Statistics begin here.
    pub statistics_from: SimTime,
    /// Statistics end here, and hosts stop writing.
    pub statistics_to: SimTime,
}

#[cfg(test)]
impl Preamble {
    /// Of a test's pairs, and no more systems and groups than they name: every copy in a remote cache is
    /// recoverable, clocks are perfect, and the statistics take in everything.
    pub(crate) fn of_pairs(pairs: Vec<PreamblePair>) -> Self {
        let names = |prefix: &str, last: Option<usize>| {
            (0..last.map_or(0, |last| last + 1)).map(|index| format!("{prefix}{}", index + 1)).collect()
        };
        Self {
            groups: names("G", pairs.iter().map(|pair| pair.group.index()).max()),
            local_systems: names("L", pairs.iter().map(|pair| pair.local.index()).max()),
            remote_systems: names("R", pairs.iter().map(|pair| pair.remote.index()).max()),
            paths: pairs.len(),
            pairs,
            tape: TapePreamble::default(),
            recovery: DeclaredRecovery::Everything,
            perfect_clocks: true,
            promise: Promise { judged: CheckSet::ALL, ..Promise::default() },
            statistics_from: SimTime::ZERO,
            statistics_to: SimTime::MAX,
        }
    }
}

/// What is said of a run after its last record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// When the run ended.
    pub at: SimTime,
    /// Was the local site lost?
    pub local_site_lost: bool,
    /// Was every acknowledged write destaged and completed before the drain limit?
    pub drained: bool,
}
