//! MT systems and tape jobs of a validated scenario.

use crate::hardware::link::Link;
use crate::hardware::tape_unit::DriveSpec;
use crate::protocol::tape::Numbering;
use crate::protocol::transport::Transport;
use crate::units::{SimTime, TapeUnitId};

/// All that a scenario says of tape.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tape {
    /// `[[tape_system]]`.
    pub systems: Vec<TapeSystem>,
    /// `[[tape_job]]`, indexed by [`JobId`](crate::units::JobId).
    pub jobs: Vec<TapeJob>,
}

/// `[[tape_system]]`: an MT system (1605).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapeSystem {
    /// Its name.
    pub name: String,
    /// Its MT units (1608).
    pub units: u32,
    /// What requests to it are numbered by.
    pub numbering: Numbering,
    /// Blocks that have room in the MT queue (1626) of each unit.
    pub queue: u64,
    /// Blocks that are read from the medium together.
    pub group: u64,
    /// The drive of each unit.
    pub drive: DriveSpec,
}

/// What issues the requests of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InitiatorKind {
    /// A host (1602), from its main memory 1612.
    Host,
    /// A local disk system (1604), from its cache memory 1611.
    DiskSystem,
    /// A switch system (1606), from its cache memory 1611.
    Switch,
}

impl InitiatorKind {
    /// Every kind, in the order in which the patent names them.
    pub const ALL: [Self; 3] = [Self::Host, Self::DiskSystem, Self::Switch];

    /// Its name in the scenario file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::DiskSystem => "disk-system",
            Self::Switch => "switch",
        }
    }

    /// Bytes of its memory unless the scenario says otherwise: a switch has the least.
    pub const fn default_memory(self) -> u64 {
        match self {
            Self::Host => 256 << 20,
            Self::DiskSystem => 1 << 30,
            Self::Switch => 64 << 20,
        }
    }
}

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobKind {
    /// It writes its volume to the tape.
    Backup,
    /// It reads a volume that the tape holds from the start.
    Restore,
    /// It writes its volume to the tape, loses it, reads it back, and compares.
    Circle,
}

impl JobKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Backup, Self::Restore, Self::Circle];

    /// Its name in the scenario file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Restore => "restore",
            Self::Circle => "circle",
        }
    }
}

/// `[[tape_job]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct TapeJob {
    /// Its name, and that of its initiator.
    pub name: String,
    /// What it does.
    pub kind: JobKind,
    /// What issues its requests.
    pub initiator: InitiatorKind,
    /// The MT system.
    pub system: usize,
    /// The MT unit.
    pub unit: TapeUnitId,
    /// Blocks of its volume.
    pub blocks: u64,
    /// Blocks that a restore reads.
    pub read: u64,
    /// m of Fig. 17 and 18.
    pub m: u64,
    /// Blocks that have room in the initiator's memory.
    pub memory: u64,
    /// Bytes per second at which blocks come from the volume; `None` is at once.
    pub volume_rate: Option<u64>,
    /// When it begins.
    pub start: SimTime,
    /// When a request counts as lost, and how many bytes of blocks may be in flight.
    pub transport: Transport,
    /// The initiator crashes once, between steps 1801 and 1802 of this request, counted from 1.
    pub crash_after: Option<u64>,
    /// From the initiator to the MT system.
    pub forward: Link,
    /// From the MT system to the initiator.
    pub reverse: Link,
}

impl Tape {
    /// The MT system of each unit, in the order of [`TapeUnitId`].
    pub fn system_of_unit(&self) -> Vec<usize> {
        let of = |(index, system): (usize, &TapeSystem)| vec![index; system.units as usize];
        self.systems.iter().enumerate().flat_map(of).collect()
    }

    /// The name of each unit, in the order of [`TapeUnitId`]: `T1:2`.
    pub fn unit_names(&self) -> Vec<String> {
        let names = |system: &TapeSystem| {
            (1..=system.units).map(|unit| format!("{}:{unit}", system.name)).collect::<Vec<_>>()
        };
        self.systems.iter().flat_map(names).collect()
    }
}
