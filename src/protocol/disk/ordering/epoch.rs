//! Epochs (`epoch`): writes that may be concurrent form a set; sets are numbered, and applied in their order, within a
//! set in any (DRBD protocol A; Global Mirror of SVC and Storwize).
//!
//! The local side counts: a resource, which is a group at a local system, has one epoch open. What closes it is a choice
//! ([`Close`]); a write to blocks that an earlier one is still being written to closes it too (*ours*: so the writes of
//! an epoch never overlap, and any order of them leaves the same blocks). A barrier parts two epochs of a stream; it
//! carries the number and the count of writes, and is sent before the first write of the next epoch, or when the stream
//! has nothing else to send.
//!
//! What a remote site may destage ([`super::sets`]) depends on how far epochs can be compared. Those of one local system
//! are counted by one counter: an epoch may be destaged as it arrives, once all before it are whole, and of the one that
//! is open any part may stand there at a disaster. Those of several local systems have nothing to do with one another:
//! there the limit time serves, over the stamps at which epochs were closed, and only closed epochs are destaged. Then a
//! remote cache has to hold the open epoch of each stream.

use super::{Arrivals, Completion, Discipline, Overlaps, Permission, RecoveredBy};
use crate::protocol::rules::EpochClose;

/// Sets of concurrent writes.
pub const DISCIPLINE: Discipline = Discipline {
    completion: Completion::AtLocalUnit,
    overlaps: Overlaps::Free,
    arrivals: Arrivals::Sets,
    permission: Permission::ByLimit,
    recovered_by: RecoveredBy::StoredLimits,
};

/// What closes an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Close {
    /// The completion of any write of the resource (DRBD: the counter is raised whenever a write is completed upwards).
    #[default]
    OnCompletion,
    /// The completion of one of its own writes: it holds what was active together (SVC, Storwize).
    ConcurrentSet,
}

/// What a scenario says of epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EpochSettings {
    /// What closes an epoch.
    pub close: Close,
    /// The most writes of an epoch.
    pub max_size: u32,
}

impl Default for EpochSettings {
    /// DRBD: `max-epoch-size` is 2048.
    fn default() -> Self {
        Self { close: Close::OnCompletion, max_size: 2048 }
    }
}

/// The epochs of one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EpochCounter {
    /// The number of the epoch that is open; the first is 1.
    open: u32,
    /// Its writes.
    writes: u32,
    /// Writes of the resource that were accepted and are not completed.
    active: u32,
}

impl Default for EpochCounter {
    fn default() -> Self {
        Self { open: 1, writes: 0, active: 0 }
    }
}

impl EpochCounter {
    /// The last epoch that is closed.
    pub const fn closed(&self) -> u32 {
        self.open - 1
    }

    /// A write is accepted, which `overlaps` one that is not on its unit yet: the epoch that it belongs to.
    pub fn admit(&mut self, settings: &EpochSettings, rule: EpochClose, overlaps: bool) -> u32 {
        // Rule `epoch-close`, literally: a busy period.
        let begins = rule == EpochClose::Submission && self.active == 0;
        if begins || overlaps || self.writes >= settings.max_size {
            self.close();
        }
        self.writes += 1;
        self.active += 1;
        self.open
    }

    /// A write of epoch `set` is completed.
    pub fn complete(&mut self, settings: &EpochSettings, rule: EpochClose, set: u32) {
        self.active = self.active.saturating_sub(1);
        let closes = match (rule, settings.close) {
            (EpochClose::Submission, _) => false,
            (EpochClose::Completion, Close::OnCompletion) => true,
            (EpochClose::Completion, Close::ConcurrentSet) => set == self.open,
        };
        if closes {
            self.close();
        }
    }

    /// Closes the epoch that is open, if it has a write.
    pub const fn close(&mut self) {
        if self.writes > 0 {
            self.close_empty();
        }
    }

    /// Closes the epoch that is open, even if it is empty: to say what the clock shows.
    pub const fn close_empty(&mut self) {
        self.open += 1;
        self.writes = 0;
    }

    /// A crash took every write with it.
    pub const fn forget_active(&mut self) {
        self.active = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRBD: EpochSettings = EpochSettings { close: Close::OnCompletion, max_size: 3 };
    const SVC: EpochSettings = EpochSettings { close: Close::ConcurrentSet, ..DRBD };

    /// w0 and w1 are active together, w0 is completed, w2 comes, w1 is completed, w3 comes.
    fn epochs(settings: EpochSettings, rule: EpochClose) -> [u32; 4] {
        let settings = &settings;
        let mut counter = EpochCounter::default();
        let w0 = counter.admit(settings, rule, false);
        let w1 = counter.admit(settings, rule, false);
        counter.complete(settings, rule, w0);
        let w2 = counter.admit(settings, rule, false);
        counter.complete(settings, rule, w1);
        [w0, w1, w2, counter.admit(settings, rule, false)]
    }

    /// A write whose issue follows a completion stands in a later epoch; a concurrent set stays open for what is
    /// concurrent with all of it; literally both go wrong in the same way.
    #[test]
    fn a_completion_closes_an_epoch() {
        assert_eq!(epochs(DRBD, EpochClose::Completion), [1, 1, 2, 3]);
        assert_eq!(epochs(SVC, EpochClose::Completion), [1, 1, 2, 2]);
        for settings in [DRBD, SVC] {
            assert_eq!(epochs(settings, EpochClose::Submission)[..3], [1, 1, 1]);
        }
    }

    #[test]
    fn an_epoch_has_so_many_writes_and_none_that_overlap() {
        let mut counter = EpochCounter::default();
        let mut admit = |overlaps| counter.admit(&DRBD, EpochClose::Completion, overlaps);
        assert_eq!([false, false, false, false, true].map(&mut admit), [1, 1, 1, 2, 3]);
        counter.close();
        counter.close();
        assert_eq!(counter.closed(), 3, "an empty epoch is not closed");
        counter.close_empty();
        assert_eq!(counter.closed(), 4);
    }

    /// Literally an epoch is a busy period: it ends when no write is under way, because all are completed or a crash took
    /// them. With the repaired rule only a completion ends it.
    #[test]
    fn a_busy_period_ends_when_nothing_is_under_way() {
        for settings in [&DRBD, &SVC] {
            let next = |rule, crash: bool| {
                let mut counter = EpochCounter::default();
                let first = counter.admit(settings, rule, false);
                if crash {
                    counter.forget_active();
                } else {
                    counter.complete(settings, rule, first);
                }
                counter.admit(settings, rule, false)
            };
            assert_eq!([false, true].map(|crash| next(EpochClose::Submission, crash)), [2, 2]);
            assert_eq!([false, true].map(|crash| next(EpochClose::Completion, crash)), [2, 1]);
        }
    }
}
