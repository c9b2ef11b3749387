//! The checks of the order by name, and sets of them.

use std::fmt;

/// A check of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// Per pair, destages happen in local order, each once, right content at the right position.
    PairOrder,
    /// At every instant R(t) is a prefix of the local order, but for writes not yet completed.
    RecoverablePrefix,
    /// At every instant R(t) is closed under *precedes*.
    Causal,
    /// After drain, every acknowledged write is at the remote site once.
    Complete,
    /// The local unit ends with the last write of every block.
    LocalOrder,
    /// Per group, destages happen in local order across all remote systems.
    DestageOrder,
    /// Block k on the medium is the k-th write; read data reach the reader in the order asked, each once.
    TapeOrder,
}

impl Check {
    /// Every check, in the order in which tables show them.
    pub const ALL: [Self; 7] = [
        Self::PairOrder,
        Self::RecoverablePrefix,
        Self::Causal,
        Self::Complete,
        Self::LocalOrder,
        Self::DestageOrder,
        Self::TapeOrder,
    ];

    /// Its name in scenario files and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PairOrder => "pair-order",
            Self::RecoverablePrefix => "recoverable-prefix",
            Self::Causal => "causal",
            Self::Complete => "complete",
            Self::LocalOrder => "local-order",
            Self::DestageOrder => "destage-order",
            Self::TapeOrder => "tape-order",
        }
    }

    /// The check of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.name() == name)
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A set of checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CheckSet(u8);

impl CheckSet {
    /// No check.
    pub const NONE: Self = Self(0);
    /// Every check.
    pub const ALL: Self = Self((1 << Check::ALL.len()) - 1);

    /// These checks.
    pub const fn of(checks: &[Check]) -> Self {
        let mut set = 0;
        let mut index = 0;
        while index < checks.len() {
            set |= 1 << checks[index] as u8;
            index += 1;
        }
        Self(set)
    }

    /// Is `check` one of them?
    pub const fn has(self, check: Check) -> bool {
        self.0 & (1 << check as u8) != 0
    }

    /// These checks and those of `other`.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These checks but for those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The checks, in the order of [`Check::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Check> {
        Check::ALL.into_iter().filter(move |&check| self.has(check))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contract: these names stand in scenario files and results.
    #[test]
    fn names_are_those_of_the_contract() {
        let names = Check::ALL.map(Check::name).join(" ");
        assert_eq!(
            names,
            "pair-order recoverable-prefix causal complete local-order destage-order tape-order"
        );
        for check in Check::ALL {
            assert_eq!(Check::from_name(check.name()), Some(check));
            assert_eq!(format!("{check:>20}").trim_start(), check.name());
        }
        assert_eq!(Check::from_name("order"), None);
    }

    #[test]
    fn a_set_has_what_was_put_in() {
        assert!(CheckSet::ALL.iter().eq(Check::ALL) && CheckSet::NONE.iter().next().is_none());
        for one in Check::ALL {
            let set = CheckSet::of(&[one]);
            assert!(set.iter().eq([one]));
            for other in Check::ALL {
                assert!(set.and(CheckSet::of(&[other])).has(other));
                assert_eq!(CheckSet::ALL.without(set).has(other), other != one);
            }
        }
    }
}
