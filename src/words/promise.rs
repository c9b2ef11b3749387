//! What a scheme promises under given rules, as data: the verdict, the page, the cause and the checker read it here.

use super::check::{Check, CheckSet};

/// What `pair-order` binds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PairOrder {
    /// All writes of a pair.
    #[default]
    Every,
    /// Writes of a pair that overlap, or of which one precedes the other: concurrent writes may be destaged
    /// in any order.
    Dependent,
}

/// When a completed write counts as kept in an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Keeping {
    /// It stands there itself: every write is sent.
    #[default]
    Each,
    /// It stands there, or for each of its blocks a later write in local order: writes to a block may be folded, as long
    /// as the image is that of a prefix.
    Covered,
}

/// Which checks make the verdict, and which the scheme keeps under its rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Promise {
    /// The checks that make the verdict: it holds when none of them is broken.
    pub judged: CheckSet,
    /// Of these, the ones that hold whatever the network, crashes and clocks do. If one of them breaks in a run that
    /// was not cut off, it is a fault of the program. A negative control keeps none.
    pub kept: CheckSet,
    /// What `pair-order` binds.
    pub pair_order: PairOrder,
    /// When a completed write counts as kept.
    pub keeping: Keeping,
}

impl Promise {
    /// Does `check` make the verdict?
    pub const fn judges(&self, check: Check) -> bool {
        self.judged.has(check)
    }

    /// Is `check` promised to hold?
    pub const fn keeps(&self, check: Check) -> bool {
        self.kept.has(check)
    }

    /// The promise of a run of two parts, of which one alone is `self` and the other `other`: each check is kept if
    /// every part that is judged by it keeps it.
    #[must_use]
    pub const fn and(&self, other: &Self) -> Self {
        let denied = self.judged.without(self.kept).and(other.judged.without(other.kept));
        let judged = self.judged.and(other.judged);
        Self { judged, kept: judged.without(denied), ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `complete` is judged by either part of a run: kept only if both keep it.
    #[test]
    fn a_check_is_kept_if_every_part_keeps_it() {
        let set = CheckSet::of;
        let disk = Promise { judged: set(&[Check::Causal, Check::Complete]), ..Promise::default() };
        let kept = Promise { kept: disk.judged, ..disk };
        let tape = Promise {
            judged: set(&[Check::TapeOrder, Check::Complete]),
            kept: set(&[Check::TapeOrder]),
            ..Promise::default()
        };
        assert_eq!(kept.and(&tape).judged, set(&[Check::Causal, Check::Complete, Check::TapeOrder]));
        assert_eq!(kept.and(&tape).kept, set(&[Check::Causal, Check::TapeOrder]));
        assert_eq!(disk.and(&tape).kept, set(&[Check::TapeOrder]));
        assert_eq!(
            disk.and(&tape),
            Promise { pair_order: disk.pair_order, keeping: disk.keeping, ..tape.and(&disk) }
        );
    }
}
