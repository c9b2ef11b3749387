//! Bitmap (`adaptive-copy`): what is out of step is sent in any order, and only as it is now. A negative control, and
//! what other schemes resynchronise by (SRDF adaptive copy; Global Copy, the first leg of Global Mirror).
//!
//! A write whose blocks were not sent yet gives its place to a later one that writes all of them. Only one copy of a
//! block is under way at a time, so that in the end the right one stands there: that much is promised, and no more.

use super::{Arrivals, Completion, Discipline, Overlaps, Permission, RecoveredBy};

/// Whatever has changed, as it is now.
pub const DISCIPLINE: Discipline = Discipline {
    completion: Completion::AtAcceptance,
    overlaps: Overlaps::Folded,
    arrivals: Arrivals::Unordered,
    permission: Permission::Always,
    recovered_by: RecoveredBy::Everything,
};
