//! Disciplines: by what a remote site orders what arrives, a file each.
//!
//! A discipline is a table of the choices that the rooms of the processes ask for. Each choice is a small enum that
//! every room matches whole, so that a new form is an error of the compiler in each place that has to know it. This is
//! the door for other families: `epoch` orders sets of concurrent writes, in any order within a set; what its processes
//! keep stands in files of their own beside these (`epoch`, `sets`).

pub mod arrival;
pub mod bitmap;
pub mod cut;
pub mod epoch;
pub mod in_order;
pub mod network_sync;
pub mod numbered;
pub mod sets;
pub mod streams;
pub mod synchronous;
pub mod time_stamp;

use crate::protocol::{Rules, Scheme};

/// When the host gets its completion (Fig. 5, step 504).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Completion {
    /// When the write stands in the local cache.
    AtAcceptance,
    /// When it stands in the remote cache.
    AtCopy,
    /// When it stands on the local unit: process 213 does not wait for the remote completion.
    AtLocalUnit,
    /// When its packets, and those that repair them, have left the line of the local site (`network-sync`), or when it
    /// stands in the remote cache, if that is heard first.
    OnLine,
}

/// What becomes of concurrent writes that overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Overlaps {
    /// They are sent like any others; the remote site orders them.
    Free,
    /// One is not sent before the other has been destaged.
    OneAfterTheOther,
    /// Nor here, and one that was not sent gives its place to a later one that writes all of its blocks.
    Folded,
    /// They are sent like any others, but one that waits gives its place to a later one of its set (rule `cut-fold`) that
    /// writes all of its blocks.
    FoldedInSets,
}

/// What process 214 makes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arrivals {
    /// It knows a copy by it, and no more.
    Unordered,
    /// It knows the gaps: the contiguous end moves on (Fig. 9, step 901), as rule `run` says.
    Contiguous,
    /// It hands over what is in turn only, as a transport with an order does.
    InTurn,
    /// It knows no gaps: the latest time stamp counts.
    Latest,
    /// It counts the writes of each set: a barrier says how many there are.
    Sets,
}

/// What process 215 may destage (Fig. 11, step 1101).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Whatever stands in the cache, in the order of arrival.
    Always,
    /// What the limit time permits, as rule `compare` says, the earliest key first.
    ByLimit,
    /// What has no later time stamp than the limit, the earliest key first.
    UpToStamp,
}

/// What a recovery goes by when the local site is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecoveredBy {
    /// Nothing: whatever stands in a cache counts.
    Everything,
    /// The limits stored, as rule `recovery` says.
    StoredLimits,
    /// The least, over a group's pairs, of the latest stamp received.
    LatestStamps,
}

/// How a scheme orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Discipline {
    /// When the host gets its completion.
    pub completion: Completion,
    /// What becomes of concurrent writes that overlap.
    pub overlaps: Overlaps,
    /// What process 214 makes of a number.
    pub arrivals: Arrivals,
    /// What process 215 may destage.
    pub permission: Permission,
    /// What a recovery goes by.
    pub recovered_by: RecoveredBy,
}

impl Discipline {
    /// That of `scheme` under `rules`.
    pub const fn of(scheme: Scheme, rules: &Rules) -> Self {
        match scheme {
            Scheme::Pair | Scheme::RemoteSystem | Scheme::Group => numbered::DISCIPLINE,
            Scheme::None => arrival::DISCIPLINE,
            Scheme::TimestampOnly => time_stamp::DISCIPLINE,
            Scheme::InOrderTransport => in_order::DISCIPLINE,
            Scheme::Synchronous => synchronous::discipline(rules.destage),
            Scheme::AdaptiveCopy => bitmap::DISCIPLINE,
            Scheme::Epoch => epoch::DISCIPLINE,
            Scheme::Cut => cut::discipline(rules.cut_apply),
        }
    }

    /// Do writes form sets, which barriers part?
    pub const fn has_sets(&self) -> bool {
        match self.arrivals {
            Arrivals::Sets => true,
            Arrivals::Unordered | Arrivals::Contiguous | Arrivals::InTurn | Arrivals::Latest => false,
        }
    }

    /// Does a write go to its local unit without waiting for the remote site?
    pub const fn writes_through(&self) -> bool {
        match self.completion {
            Completion::AtLocalUnit => true,
            Completion::AtAcceptance | Completion::AtCopy | Completion::OnLine => false,
        }
    }

    /// Does anything go by a limit time, so that slaves report and idle streams send markers?
    pub const fn has_limits(&self) -> bool {
        match self.permission {
            Permission::Always => false,
            Permission::ByLimit | Permission::UpToStamp => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::rules::Destage;

    /// The families: who orders by numbers, who waits, and what a recovery believes.
    #[test]
    fn every_scheme_has_its_discipline() {
        let of = |scheme, destage| Discipline::of(scheme, &Rules { destage, ..Rules::REPAIRED });
        for scheme in Scheme::ALL {
            for destage in [Destage::System, Destage::Pair, Destage::Serial] {
                let discipline = of(scheme, destage);
                assert_eq!(discipline.arrivals == Arrivals::Unordered, !discipline.has_limits(), "{scheme}");
                let waits = discipline.completion == Completion::AtCopy;
                assert_eq!(waits, scheme == Scheme::Synchronous);
                let believes_limits = discipline.recovered_by == RecoveredBy::StoredLimits;
                assert!(!believes_limits || discipline.permission == Permission::ByLimit, "{scheme}");
            }
            let changed = of(scheme, Destage::System) != of(scheme, Destage::Serial);
            assert_eq!(changed, scheme == Scheme::Synchronous, "a strict order needs a limit time");
        }
    }
}
