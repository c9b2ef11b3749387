//! Time stamp (`timestamp-only`): the prior art of paragraphs 5 to 8, which takes a stamp that has arrived to say that
//! everything before it has arrived too. A negative control.

use super::{Arrivals, Completion, Discipline, Overlaps, Permission, RecoveredBy};

/// By time stamps, without numbers.
pub const DISCIPLINE: Discipline = Discipline {
    completion: Completion::AtAcceptance,
    overlaps: Overlaps::Free,
    arrivals: Arrivals::Latest,
    permission: Permission::UpToStamp,
    recovered_by: RecoveredBy::LatestStamps,
};
