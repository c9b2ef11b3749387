//! In order (`in-order-transport`): one stream per pair of systems that hands over in the order of sending, as TCP
//! does, and the limit time across systems.

use super::{Arrivals, Completion, Discipline, Overlaps, Permission, RecoveredBy};

/// A transport keeps the order of each stream.
pub const DISCIPLINE: Discipline = Discipline {
    completion: Completion::AtAcceptance,
    overlaps: Overlaps::Free,
    arrivals: Arrivals::InTurn,
    permission: Permission::ByLimit,
    recovered_by: RecoveredBy::StoredLimits,
};
