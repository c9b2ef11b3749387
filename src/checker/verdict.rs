//! What the checker says of a run: per check and group, and the first violation.

use std::fmt;

use crate::recovery::WriteState;
use crate::units::{GroupId, SimTime};

/// A check of the order (DESIGN, section 2).
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

/// What became of a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckState {
    /// Nothing to check, or no way to.
    #[default]
    NotChecked,
    /// No violation at any instant.
    Holds,
    /// At least one violation.
    Broken,
}

impl CheckState {
    /// Its name in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotChecked => "not-checked",
            Self::Holds => "holds",
            Self::Broken => "broken",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::NotChecked, Self::Holds, Self::Broken].into_iter().find(|state| state.name() == name)
    }
}

impl fmt::Display for CheckState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One state per check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckStates([CheckState; Check::ALL.len()]);

impl CheckStates {
    /// The state of `check`.
    pub const fn get(&self, check: Check) -> CheckState {
        self.0[check as usize]
    }
    /// Sets the state of `check`.
    pub const fn set(&mut self, check: Check, state: CheckState) {
        self.0[check as usize] = state;
    }
    /// Every check and its state, in the order of [`Check::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Check, CheckState)> + '_ {
        Check::ALL.into_iter().map(|check| (check, self.get(check)))
    }
}

/// An instant at which a check broke, and the writes that prove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The check.
    pub check: Check,
    /// When.
    pub at: SimTime,
    /// The group, if the check is of one.
    pub group: Option<GroupId>,
    /// The write that stands at the remote site, or landed, too early (or twice).
    pub present: Option<WriteState>,
    /// The earlier write that does not.
    pub missing: Option<WriteState>,
    /// One sentence that says what is wrong, in terms of these writes.
    pub why: String,
}

/// The checker's word on a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Over all groups.
    pub checks: CheckStates,
    /// Per group, indexed by [`GroupId`].
    pub groups: Vec<CheckStates>,
    /// The first violation of each check that broke, the earliest first.
    pub violations: Vec<Violation>,
    /// Does `destage-order` count (rule `destage = "serial"`)?
    pub strict_destage: bool,
}

impl Verdict {
    /// The earliest violation that counts for the verdict.
    pub fn first_violation(&self) -> Option<&Violation> {
        self.violations.iter().find(|violation| violation.check != Check::DestageOrder || self.strict_destage)
    }

    /// Does the order hold? `destage-order` counts only where it is promised.
    pub fn holds(&self) -> bool {
        self.checks.iter().all(|(check, state)| {
            state != CheckState::Broken || (check == Check::DestageOrder && !self.strict_destage)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contract of DESIGN, sections 3 and 5: these names stand in scenario files and results.
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
        for (state, name) in [
            (CheckState::NotChecked, "not-checked"),
            (CheckState::Holds, "holds"),
            (CheckState::Broken, "broken"),
        ] {
            assert_eq!((state.name(), CheckState::from_name(name)), (name, Some(state)));
            assert_eq!(format!("{state:<12}").trim_end(), name);
        }
        assert_eq!(CheckState::from_name("open"), None);
    }

    /// `destage-order` counts where it is promised, for the verdict and for the first violation.
    #[test]
    fn destage_order_counts_where_it_is_promised() {
        let violation = |check, at| Violation {
            check,
            at: SimTime::from_ns(at),
            group: None,
            present: None,
            missing: None,
            why: String::new(),
        };
        let mut verdict = Verdict {
            violations: vec![violation(Check::DestageOrder, 1), violation(Check::PairOrder, 2)],
            ..Verdict::default()
        };
        verdict.checks.set(Check::DestageOrder, CheckState::Broken);
        let first = |verdict: &Verdict| verdict.first_violation().map(|violation| violation.check);
        assert_eq!((first(&verdict), verdict.holds()), (Some(Check::PairOrder), true));
        verdict.strict_destage = true;
        assert_eq!((first(&verdict), verdict.holds()), (Some(Check::DestageOrder), false));
        verdict.violations.clear();
        assert_eq!(first(&verdict), None);
    }
}
