//! What the checker says of a run: per check and group, and the first violation.

use std::fmt;

use crate::recovery::WriteState;
use crate::units::{GroupId, JobId, SimTime, TapeBlock, TapeUnitId};
use crate::words::{Check, Promise};

/// What became of a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckState {
    /// The scheme does not promise it and nobody asked for it: it has no part in the verdict.
    NotJudged,
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
            Self::NotJudged => "not-judged",
            Self::NotChecked => "not-checked",
            Self::Holds => "holds",
            Self::Broken => "broken",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::NotJudged, Self::NotChecked, Self::Holds, Self::Broken]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

impl fmt::Display for CheckState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One state per check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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
    /// The write that stands at the remote site, or was destaged, too early (or twice).
    pub present: Option<WriteState>,
    /// The earlier write that does not.
    pub missing: Option<WriteState>,
    /// On tape: where.
    pub tape: Option<TapePlace>,
    /// One sentence that says what is wrong, in terms of these writes.
    pub why: String,
}

/// Where something is wrong on tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TapePlace {
    /// What was wrong there.
    pub fault: TapeFault,
    /// The job that it happened to.
    pub job: JobId,
    /// The MT unit, where it is about one.
    pub unit: Option<TapeUnitId>,
    /// The position on the medium, from 0.
    pub position: Option<u64>,
    /// The block that stands there, or was given.
    pub found: Option<TapeBlock>,
    /// The block that should have.
    pub due: Option<TapeBlock>,
}

/// What can be wrong on tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TapeFault {
    /// A block was issued out of turn.
    Issue,
    /// The medium holds a block at a position that is not its own.
    Medium,
    /// A reader was given what it had not asked for.
    Reader,
    /// A volume that was read back differs from the one that was lost.
    Volume,
    /// Something was left undone at the end.
    Unfinished,
}

/// The checker's word on a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Over all groups.
    pub checks: CheckStates,
    /// Per group, indexed by [`GroupId`].
    pub groups: Vec<CheckStates>,
    /// The first violation of each judged check that broke, the earliest first.
    pub violations: Vec<Violation>,
    /// Where a check that is not judged was first seen not to hold, the earliest first: no part of the verdict.
    pub not_judged: Vec<Violation>,
    /// What the run is judged by, and what its scheme promises.
    pub promise: Promise,
}

impl Verdict {
    /// The earliest violation.
    pub fn first_violation(&self) -> Option<&Violation> {
        self.violations.first()
    }

    /// Does the order hold? Every judged check does, or could not be checked.
    pub fn holds(&self) -> bool {
        self.checks.iter().all(|(_, state)| state != CheckState::Broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contract: these names stand in scenario files and results.
    #[test]
    fn names_are_those_of_the_contract() {
        for (state, name) in [
            (CheckState::NotJudged, "not-judged"),
            (CheckState::NotChecked, "not-checked"),
            (CheckState::Holds, "holds"),
            (CheckState::Broken, "broken"),
        ] {
            assert_eq!((state.name(), CheckState::from_name(name)), (name, Some(state)));
            assert_eq!(format!("{state:<12}").trim_end(), name);
        }
        assert_eq!(CheckState::from_name("open"), None);
    }
}
