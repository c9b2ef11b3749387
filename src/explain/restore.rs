//! Names the write of a violation that names none: when it landed again, the checker had forgotten it, since all was
//! said of it. The run is run again, once to see which write was destaged, once for what is known of it.

use crate::checker::{Check, Violation};
use crate::recovery::{Tracker, WriteState};
use crate::scenario::Scenario;
use crate::trace::{Observer, Preamble, Record};
use crate::units::{SimTime, WriteRef};
use crate::world::{SimulateError, observe_only};

/// `violation` with its write, if it is one of a second destage whose write was forgotten; as it is
/// otherwise.
///
/// # Errors
/// When a recorded workload cannot be read.
pub fn named(scenario: &Scenario, violation: &Violation) -> Result<Violation, SimulateError> {
    let mut named = violation.clone();
    let names_none = violation.missing.is_none() && violation.present.is_none();
    let is_landing = matches!(violation.check, Check::PairOrder | Check::DestageOrder);
    if !names_none || !is_landing || violation.tape.is_some() {
        return Ok(named);
    }
    let mut which = Memory::new(violation.at, None);
    observe_only(scenario, &mut which)?;
    if let Some(write) = which.forgotten {
        let mut what = Memory::new(violation.at, Some(write));
        observe_only(scenario, &mut what)?;
        (named.missing, named.present) = (what.state, what.state);
    }
    Ok(named)
}

/// Keeps what the checker has forgotten.
struct Memory {
    until: SimTime,
    /// The write whose state is kept.
    kept: Option<WriteRef>,
    state: Option<WriteState>,
    /// The first write that was destaged at `until` and was forgotten by then.
    forgotten: Option<WriteRef>,
    tracker: Option<Tracker>,
    is_done: bool,
}

impl Memory {
    const fn new(until: SimTime, kept: Option<WriteRef>) -> Self {
        Self { until, kept, state: None, forgotten: None, tracker: None, is_done: false }
    }
}

impl Observer for Memory {
    fn begin(&mut self, preamble: &Preamble) {
        self.tracker = Some(Tracker::new(preamble));
    }

    fn observe(&mut self, now: SimTime, record: &Record) {
        let Some(tracker) = self.tracker.as_mut().filter(|_| now <= self.until) else {
            self.is_done = true;
            return;
        };
        tracker.observe(now, record, &mut Vec::new());
        if let Record::RemoteDestaged { write, .. } = *record
            && now == self.until
            && tracker.table().get(write).is_none()
        {
            self.forgotten.get_or_insert(write);
        }
        if let Some(state) = self.kept.and_then(|write| tracker.table().get(write)) {
            self.state = Some(*state);
        }
        tracker.release(record);
    }

    fn is_done(&self) -> bool {
        self.is_done
    }
}
