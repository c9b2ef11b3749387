//! Synchronous: the host waits for the remote site, and so orders all writes that depend on one another itself.

use super::{Arrivals, Completion, Discipline, Overlaps, Permission, RecoveredBy};
use crate::protocol::rules::Destage;

/// Dependent writes come one after the other, so the order of arrival serves; writes that overlap wait for one another.
/// A strict order of all (`destage = "serial"`) has to know that no earlier write is still to come: then numbers and
/// the limit time order the destages, too, and overlapping writes need not wait.
pub const fn discipline(destage: Destage) -> Discipline {
    match destage {
        Destage::System | Destage::Pair => Discipline {
            completion: Completion::AtCopy,
            overlaps: Overlaps::OneAfterTheOther,
            arrivals: Arrivals::Unordered,
            permission: Permission::Always,
            recovered_by: RecoveredBy::Everything,
        },
        Destage::Serial => Discipline {
            completion: Completion::AtCopy,
            overlaps: Overlaps::Free,
            arrivals: Arrivals::Contiguous,
            permission: Permission::ByLimit,
            recovered_by: RecoveredBy::Everything,
        },
    }
}
