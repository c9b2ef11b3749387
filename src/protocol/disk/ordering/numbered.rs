//! Numbered (Fig. 2, 3, 4): sequence numbers show the gaps, the limit time orders across streams.

use super::{Arrivals, Completion, Discipline, Overlaps, Permission, RecoveredBy};

/// The patent's: whatever the numbers are counted by.
pub const DISCIPLINE: Discipline = Discipline {
    completion: Completion::AtAcceptance,
    overlaps: Overlaps::Free,
    arrivals: Arrivals::Contiguous,
    permission: Permission::ByLimit,
    recovered_by: RecoveredBy::StoredLimits,
};
