//! What may happen next: one action leads from a state to another.

/// Kinds of actions, as the report counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A host issues the next write; unless its requests take time, process 210 fixes it at once.
    Issue,
    /// A request reaches its local system.
    Request,
    /// Write data reaches its remote system.
    ReceiveWrite,
    /// A marker reaches its remote system.
    ReceiveMarker,
    /// A completion reaches the local system.
    ReceiveCompletion,
    /// A slave's report reaches the master, which answers.
    Report,
    /// The master's limits reach a slave.
    Limit,
    /// A remote unit has written a block.
    Destage,
    /// The timer of a stream's marker runs out.
    Marker,
    /// The slave processes are activated.
    Activate,
    /// A packet is sent again.
    Resend,
    /// A packet is lost.
    Lose,
    /// A packet arrives, and will arrive again.
    Duplicate,
    /// A message between a slave and the master is lost.
    LoseControl,
    /// Process 211 comes to what waits for it.
    Send,
    /// A local unit has written a block.
    DestageLocally,
    /// A host issues its data again, as another write.
    Retry,
    /// A control unit crashes.
    Crash,
    /// A local control unit is to crash between steps 601 and 602 of the next write that it numbers.
    CrashBeforeSend,
    /// A control unit goes on with what survived.
    Restart,
    /// A completion that was held until every clock has passed the stamp reaches its host (rule `clock`).
    Complete,
    /// So much time passes that clocks which are wrong do not matter.
    Pass,
    /// A tape job begins.
    Begin,
    /// A packet of an initiator reaches its MT unit; or, of pulled streams, a request reaches its local system.
    ReceiveRequest,
    /// A packet of an MT unit reaches an initiator; or, of pulled streams, what ends an answer reaches its remote system.
    ReceiveAnswer,
    /// A drive is done with what it was told.
    Drive,
    /// A timer of the coordinator of a group's cuts runs out: a cut begins, or goes on.
    Cut,
    /// A write, with what repairs its packets, has left the line (`network-sync`).
    LeaveLine,
    /// A remote system asks again for what waits in its streams, where nothing did before (pulled streams).
    Ask,
}

impl Kind {
    /// Every kind, in the order in which tables show them.
    pub const ALL: [Self; 29] = [
        Self::Issue,
        Self::Request,
        Self::ReceiveWrite,
        Self::ReceiveMarker,
        Self::ReceiveCompletion,
        Self::Report,
        Self::Limit,
        Self::Destage,
        Self::Marker,
        Self::Activate,
        Self::Resend,
        Self::Lose,
        Self::Duplicate,
        Self::LoseControl,
        Self::Send,
        Self::DestageLocally,
        Self::Retry,
        Self::Crash,
        Self::CrashBeforeSend,
        Self::Restart,
        Self::Complete,
        Self::Pass,
        Self::Begin,
        Self::ReceiveRequest,
        Self::ReceiveAnswer,
        Self::Drive,
        Self::Cut,
        Self::LeaveLine,
        Self::Ask,
    ];

    /// Its name in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Request => "request",
            Self::ReceiveWrite => "receive-write",
            Self::ReceiveMarker => "receive-marker",
            Self::ReceiveCompletion => "receive-completion",
            Self::Report => "report",
            Self::Limit => "limit",
            Self::Destage => "destage",
            Self::Marker => "marker",
            Self::Activate => "activate",
            Self::Resend => "resend",
            Self::Lose => "lose",
            Self::Duplicate => "duplicate",
            Self::LoseControl => "lose-control",
            Self::Send => "send",
            Self::DestageLocally => "destage-locally",
            Self::Retry => "retry",
            Self::Crash => "crash",
            Self::CrashBeforeSend => "crash-before-send",
            Self::Restart => "restart",
            Self::Complete => "complete",
            Self::Pass => "time-passes",
            Self::Begin => "begin",
            Self::ReceiveRequest => "receive-request",
            Self::ReceiveAnswer => "receive-answer",
            Self::Drive => "drive",
            Self::Cut => "cut",
            Self::LeaveLine => "leave-line",
            Self::Ask => "ask",
        }
    }

    /// The key of `[explore]` that bounds it, if there is one.
    pub const fn bound(self) -> Option<&'static str> {
        match self {
            Self::Marker | Self::ReceiveMarker | Self::Ask => Some("markers"),
            Self::Resend => Some("resends"),
            Self::Cut => Some("cuts"),
            Self::Lose => Some("losses"),
            Self::Duplicate => Some("duplicates"),
            Self::LoseControl => Some("control_losses"),
            Self::Crash | Self::CrashBeforeSend | Self::Restart => Some("crashes"),
            Self::Issue
            | Self::Request
            | Self::ReceiveWrite
            | Self::ReceiveCompletion
            | Self::Report
            | Self::Limit
            | Self::Destage
            | Self::Send
            | Self::DestageLocally
            | Self::Retry
            | Self::Complete
            | Self::Pass
            | Self::Begin
            | Self::ReceiveRequest
            | Self::ReceiveAnswer
            | Self::Drive
            | Self::LeaveLine
            | Self::Activate => None,
        }
    }

    /// Which steps a network takes first in which nothing goes wrong; those of no rank it does not take.
    pub const fn quiet_rank(self) -> Option<u8> {
        match self {
            Self::Restart | Self::Destage | Self::DestageLocally | Self::Drive => Some(0),
            Self::Limit => Some(1),
            Self::Report => Some(2),
            Self::ReceiveCompletion | Self::ReceiveAnswer | Self::LeaveLine => Some(3),
            Self::Request | Self::ReceiveWrite | Self::ReceiveMarker | Self::ReceiveRequest => Some(4),
            Self::Send | Self::Retry | Self::Complete => Some(5),
            Self::Issue | Self::Begin => Some(6),
            Self::Marker
            | Self::Cut
            | Self::Ask
            | Self::Activate
            | Self::Resend
            | Self::Lose
            | Self::Duplicate
            | Self::LoseControl
            | Self::Crash
            | Self::CrashBeforeSend
            | Self::Pass => None,
        }
    }

    /// Does it happen without any fault?
    pub const fn is_faultless(self) -> bool {
        !matches!(
            self,
            Self::Lose | Self::Duplicate | Self::LoseControl | Self::Crash | Self::CrashBeforeSend
        )
    }
}

/// An action: its kind, and what it is about (a message, a stream, a write).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Action {
    /// The kind.
    pub kind: Kind,
    /// The number of the message, stream, write, or system (local systems first).
    pub what: u32,
}

impl Action {
    /// In one word.
    pub fn packed(self) -> u32 {
        (self.kind as u32) << 24 | self.what
    }

    /// From one word.
    pub fn unpacked(word: u32) -> Self {
        let kind = Kind::ALL.get((word >> 24) as usize).copied().unwrap_or(Kind::Issue);
        Self { kind, what: word & 0x00FF_FFFF }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_a_word() {
        for (index, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index);
            for what in [0, 7, 0x00FF_FFFF] {
                let action = Action { kind, what };
                assert_eq!(Action::unpacked(action.packed()), action);
            }
        }
    }
}
