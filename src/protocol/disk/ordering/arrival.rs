//! Arrival (`none`): a negative control that holds no write back for an earlier one.

use super::{Arrivals, Completion, Discipline, Overlaps, Permission, RecoveredBy};

/// Destaged in the order of arrival.
pub const DISCIPLINE: Discipline = Discipline {
    completion: Completion::AtAcceptance,
    overlaps: Overlaps::Free,
    arrivals: Arrivals::Unordered,
    permission: Permission::Always,
    recovered_by: RecoveredBy::Everything,
};
