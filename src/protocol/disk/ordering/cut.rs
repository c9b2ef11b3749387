//! Cuts (`cut`): a delta set is captured, later writes to its blocks fold into it, sets are switched whole over all local
//! systems of a group, and applied or discarded whole (SRDF/A, Global Mirror, change volumes, snapshots).
//!
//! Here is what a scenario says of cuts, and what a local system keeps of the set that it captures. When sets are
//! switched, and which is sent, `cut_coordinator` says; a set is whole as [`super::sets`] counts.

use std::collections::VecDeque;

use super::{Arrivals, Completion, Discipline, Overlaps, Permission, RecoveredBy};
use crate::protocol::disk::local::WriteRequest;
use crate::protocol::rules::CutApply;
use crate::units::{LocalId, SimDuration};

/// Sets that are switched and applied whole.
pub const fn discipline(apply: CutApply) -> Discipline {
    let (permission, recovered_by) = match apply {
        CutApply::Shadow => (Permission::ByLimit, RecoveredBy::StoredLimits),
        // Rule `cut-apply`: whatever has come stands in the image.
        CutApply::InPlace => (Permission::Always, RecoveredBy::Everything),
    };
    Discipline {
        completion: Completion::AtAcceptance,
        overlaps: Overlaps::FoldedInSets,
        arrivals: Arrivals::Sets,
        permission,
        recovered_by,
    }
}

/// What ends the capture of a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// The period is over.
    #[default]
    Period,
    /// So many bytes are captured, or the period is over.
    Size,
    /// The set before has been copied, and the period, which may be short, is over.
    PreviousDone,
}

/// How the local systems of a group switch at one point of the local order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Switch {
    /// Each switches when it is told, and holds its hosts until all have.
    #[default]
    Window,
    /// Each holds its hosts when it is told; when all do, they switch.
    Serialise,
}

/// When the next set may be switched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Queue {
    /// When the last one has been copied whole.
    #[default]
    Legacy,
    /// At any time: sets queue, and one is sent at a time.
    MultiCycle,
}

/// What a scenario says of cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CutSettings {
    /// What ends the capture of a set.
    pub trigger: Trigger,
    /// From one switch to the next, at least; with [`Trigger::Size`] at most.
    pub period: SimDuration,
    /// Bytes captured over all local systems at which a set is switched.
    pub size: u64,
    /// How local systems switch at one point.
    pub switch: Switch,
    /// From telling the first local system until the last is told, evenly spread.
    pub coordination: SimDuration,
    /// Hosts are held for no longer: else the cut is given up, and the next one takes in its writes.
    pub hold_limit: SimDuration,
    /// Does a write give its place to a later one of its set that writes all of its blocks?
    pub fold: bool,
    /// When the next set may be switched.
    pub queue: Queue,
}

impl Default for CutSettings {
    /// SRDF/A: a minimum cycle time of 15 s; DS8000: a maximum coordination time of 50 ms.
    fn default() -> Self {
        Self {
            trigger: Trigger::Period,
            period: SimDuration::from_ms(15_000),
            size: 64 << 20,
            switch: Switch::Window,
            coordination: SimDuration::from_ms(1),
            hold_limit: SimDuration::from_ms(50),
            fold: true,
            queue: Queue::Legacy,
        }
    }
}

/// What a local system keeps of the set of a group that it captures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Capture {
    /// The number of the set; 0 until the first switch: it is set 1 all the same.
    pub(crate) open: u32,
    /// Bytes captured in it, but for what was folded.
    pub(crate) bytes: u64,
    /// Hosts are held.
    pub(crate) is_held: bool,
    /// Requests that wait for the release.
    pub(crate) held: VecDeque<WriteRequest>,
    /// The set up to which is being sent.
    pub(crate) sending: Option<u32>,
}

impl Capture {
    /// The number of the set that is captured, from 1.
    pub fn set(&self) -> u32 {
        self.open.max(1)
    }
}

/// What the coordinator of a group does, for whoever tells of it: nothing hangs on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CutStep {
    /// It tells a local system, which hears it, this.
    Tells(LocalId, CutCommand),
    /// Hosts have been held for too long: the cut is given up.
    GivesUp,
}

/// What a coordinator tells a local system, of one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CutCommand {
    /// Hosts are held from now on.
    Hold,
    /// What is accepted from now on belongs to this set.
    Switch(u32),
    /// Hosts are held no more.
    Release,
    /// What is captured up to this set is to be sent.
    Transmit(u32),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Before the first switch it is set 1, as after a switch to set 1.
    #[test]
    fn sets_are_counted_from_one() {
        let of = |open| Capture { open, ..Capture::default() }.set();
        assert_eq!([0, 1, 2, 7].map(of), [1, 1, 2, 7]);
    }
}
