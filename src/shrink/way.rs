//! In which way a check broke.
//!
//! A smaller scenario has other writes at other times, so that the same write cannot be asked for. What stays is the
//! kind of the proof: which check; which writes prove it, and what had become of the one that is missing (never
//! received, received and not kept, wiped); on tape, what was wrong. Which rule departures it takes is settled first,
//! and each of them stays needed.

use super::{ShrinkError, broken};
use crate::checker::{Check, TapeFault, Violation};
use crate::recovery::WriteState;
use crate::world::Judged;

/// What had become of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fate {
    received: bool,
    destaged: bool,
    wiped: bool,
}

impl Fate {
    fn of(state: &WriteState) -> Self {
        Self { received: state.cached().is_some(), destaged: state.destaged, wiped: state.wiped }
    }
}

/// A kind of proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    check: Check,
    missing: Option<Fate>,
    has_present: bool,
    /// One write proves it alone.
    alone: bool,
    tape: Option<TapeFault>,
}

impl Way {
    /// The way in which `check`, or the check that broke first, broke.
    pub fn of(judged: &Judged, check: Option<Check>) -> Result<Self, ShrinkError> {
        let violation = match check {
            Some(check) => broken(judged, check).ok_or(ShrinkError::NotBroken(check))?,
            None => judged.verdict.first_violation().ok_or(ShrinkError::Holds)?,
        };
        Ok(Self::from(violation))
    }

    fn from(violation: &Violation) -> Self {
        let [missing, present] = [&violation.missing, &violation.present];
        let serial = |state: &Option<WriteState>| state.map(|state| state.write.serial);
        Self {
            check: violation.check,
            missing: missing.as_ref().map(Fate::of),
            has_present: present.is_some(),
            alone: missing.is_some() && serial(missing) == serial(present),
            tape: violation.tape.map(|place| place.fault),
        }
    }

    /// The check.
    pub const fn check(self) -> Check {
        self.check
    }

    /// Did this run break in this way?
    pub fn is_of(self, judged: &Judged) -> bool {
        broken(judged, self.check).is_some_and(|violation| Self::from(violation) == self)
    }
}
