//! The schemes: the three numberings of the patent, the baselines and the rivals that they are compared with.
//!
//! A scheme is only a key of the scenario; what it does stands in `disk/numbering` and `disk/ordering`.

use std::fmt;

/// How the order of writes is kept, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// One sequence counter (207) per remote copy pair (Fig. 2).
    Pair,
    /// One sequence counter (300) per local and remote disk system with a common pair (Fig. 3).
    RemoteSystem,
    /// One sequence counter (402) per group, local and remote disk system with a common pair (Fig. 4).
    Group,
    /// Baseline: destage in the order of arrival.
    None,
    /// Baseline: the prior art of paragraphs 5-8, by time stamp without numbers.
    TimestampOnly,
    /// Baseline: the host waits for the remote completion.
    Synchronous,
    /// Baseline: one in-order stream per pair of systems, as TCP gives, and the limit time across systems.
    InOrderTransport,
    /// Rival, a negative control: a bitmap of what is out of step, sent in any order, later writes in place of earlier
    /// ones (SRDF adaptive copy, Global Copy).
    AdaptiveCopy,
    /// Rival: sets of concurrent writes, applied in their order, within a set in any (DRBD protocol A; SVC Global
    /// Mirror).
    Epoch,
    /// Rival: sets of changes, switched whole over all systems and applied whole (SRDF/A, Global Mirror, snapshots).
    Cut,
}

impl Scheme {
    /// Every scheme, in the order in which tables show them.
    pub const ALL: [Self; 10] = [
        Self::Pair,
        Self::RemoteSystem,
        Self::Group,
        Self::None,
        Self::TimestampOnly,
        Self::Synchronous,
        Self::InOrderTransport,
        Self::AdaptiveCopy,
        Self::Epoch,
        Self::Cut,
    ];

    /// Its name in scenario files and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pair => "pair",
            Self::RemoteSystem => "remote-system",
            Self::Group => "group",
            Self::None => "none",
            Self::TimestampOnly => "timestamp-only",
            Self::Synchronous => "synchronous",
            Self::InOrderTransport => "in-order-transport",
            Self::AdaptiveCopy => "adaptive-copy",
            Self::Epoch => "epoch",
            Self::Cut => "cut",
        }
    }

    /// The scheme of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.name() == name)
    }

    /// One sentence for a person who reads a list of schemes.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Pair => "numbered per remote copy pair (Fig. 2)",
            Self::RemoteSystem => "numbered per remote disk system (Fig. 3)",
            Self::Group => "numbered per data integrity pair group and remote disk system (Fig. 4)",
            Self::None => "baseline: destaged in the order of arrival",
            Self::TimestampOnly => "baseline: by time stamp without numbers (paragraphs 5-8)",
            Self::Synchronous => "baseline: the host waits for the remote completion",
            Self::InOrderTransport => "baseline: one TCP-like in-order stream per pair of systems",
            Self::AdaptiveCopy => "rival: a bitmap of what is out of step, sent in any order",
            Self::Epoch => "rival: sets of concurrent writes in their order, in any order within a set",
            Self::Cut => "rival: sets of changes, switched over all systems and applied whole",
        }
    }

    /// Does it send each write by itself and at once, and complete it at acceptance? Of these are what says otherwise:
    /// `protocol.acknowledge`, `send` and `release`.
    pub const fn is_of_streams(self) -> bool {
        match self {
            Self::Pair
            | Self::RemoteSystem
            | Self::Group
            | Self::None
            | Self::TimestampOnly
            | Self::InOrderTransport => true,
            Self::Synchronous | Self::AdaptiveCopy | Self::Epoch | Self::Cut => false,
        }
    }

    /// Is this one of the patent's numberings?
    pub const fn is_numbered(self) -> bool {
        match self {
            Self::Pair | Self::RemoteSystem | Self::Group => true,
            Self::None
            | Self::TimestampOnly
            | Self::Synchronous
            | Self::InOrderTransport
            | Self::AdaptiveCopy
            | Self::Epoch
            | Self::Cut => false,
        }
    }

    /// Does the host wait for the remote completion?
    pub const fn waits_for_remote(self) -> bool {
        match self {
            Self::Synchronous => true,
            Self::Pair
            | Self::RemoteSystem
            | Self::Group
            | Self::None
            | Self::TimestampOnly
            | Self::InOrderTransport
            | Self::AdaptiveCopy
            | Self::Epoch
            | Self::Cut => false,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Rules;
    use crate::protocol::disk::ordering::{Completion, Discipline, Overlaps};

    /// The contract of DESIGN, section 3: these names stand in scenario files and results.
    #[test]
    fn names_are_those_of_the_contract() {
        let names = Scheme::ALL.map(Scheme::name);
        let (numbered, others) = names.split_at(3);
        let (baselines, rivals) = others.split_at(4);
        assert_eq!(numbered, ["pair", "remote-system", "group"]);
        assert_eq!(rivals, ["adaptive-copy", "epoch", "cut"]);
        assert_eq!(baselines, ["none", "timestamp-only", "synchronous", "in-order-transport"]);
        for scheme in Scheme::ALL {
            assert_eq!(Scheme::from_name(scheme.name()), Some(scheme));
            assert_eq!(scheme.to_string(), scheme.name());
            assert_eq!(scheme.is_numbered(), numbered.contains(&scheme.name()));
            assert_eq!(scheme.summary().starts_with("baseline: "), baselines.contains(&scheme.name()));
            assert_eq!(scheme.summary().starts_with("rival: "), rivals.contains(&scheme.name()));
            assert_eq!(scheme.summary().starts_with("numbered per "), scheme.is_numbered());
        }
        assert_eq!(Scheme::from_name("pairs"), None);
    }

    /// Of streams is what completes a write at acceptance, and sends each by itself whatever it overlaps.
    #[test]
    fn streams_send_each_write_and_make_no_host_wait() {
        for scheme in Scheme::ALL {
            let discipline = Discipline::of(scheme, &Rules::REPAIRED);
            let sends_each = matches!(discipline.overlaps, Overlaps::Free) && !discipline.has_sets();
            let is_of_streams = sends_each && matches!(discipline.completion, Completion::AtAcceptance);
            assert_eq!(scheme.is_of_streams(), is_of_streams, "{scheme}");
        }
    }
}
