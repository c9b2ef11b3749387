//! What can happen next: one enum for the whole world, small enough to sort by the million.

use super::tape::TapeEvent;
use crate::protocol::disk::LocalTimer;

/// An event of the agenda; numbers are indices into the world's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A process of a host wakes.
    HostWake {
        /// The host.
        host: u32,
        /// Its process.
        process: u32,
    },
    /// A write request reaches its local system.
    Request(u32),
    /// A timer of a local system.
    LocalTimer(LocalTimer),
    /// A host has waited for a completion long enough.
    HostRetry(u32),
    /// A completion reaches the host.
    HostCompletion(u32),
    /// A copy of a packet arrives.
    PacketArrival(u32),
    /// A line of the network may let go what waits for a slot.
    LineDue(u32),
    /// A group of packets that repair one another is closed, full or not.
    GroupDue {
        /// The path.
        path: u16,
        /// The group.
        group: u64,
    },
    /// All packets of a group have left the line.
    GroupLeft {
        /// The path.
        path: u16,
        /// The group.
        group: u64,
    },
    /// A local unit has written what it was given.
    LocalLanded {
        /// The local system.
        local: u16,
        /// Which of its writings.
        ticket: u64,
    },
    /// A remote unit has written what it was given.
    RemoteLanded {
        /// The remote system.
        remote: u16,
        /// Which of its writings.
        ticket: u64,
    },
    /// A timer of the coordinator of a group's cuts.
    CutDue(u32),
    /// A remote system may have requests to make again.
    AskDue(u32),
    /// All slave processes are activated.
    SlaveTick,
    /// A report or a limit arrives.
    ControlArrival(u32),
    /// The master process runs.
    MasterRun,
    /// A fault begins.
    FaultBegins(u32),
    /// A fault ends.
    FaultEnds(u32),
    /// Something on the tape side.
    Tape(TapeEvent),
    /// Lines and control network heal.
    Heal,
    /// Hosts stop writing.
    HostsStop,
    /// The run has drained for as long as it may.
    DrainLimit,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With its key it is 32 bytes, of which each packet in flight has one (`results/performance`).
    #[test]
    fn an_event_is_short() {
        assert_eq!(size_of::<Event>(), 16);
    }
}
