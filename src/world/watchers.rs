//! Who watches a run: the judge, the slow oracle where it was asked for, and an observer from outside.

use super::judge::Judge;
use super::oracle::Oracle;
use crate::trace::{End, Observer, Record};
use crate::units::SimTime;

/// They see every fact, in this order.
#[derive(Clone, Debug)]
pub struct Watchers<O> {
    /// Tracker, checker, metrics, digest.
    pub judge: Judge,
    /// The slow oracle.
    pub oracle: Option<Box<Oracle>>,
    observer: O,
}

impl<O: Observer> Watchers<O> {
    /// The judge and an observer from outside.
    pub fn new(judge: Judge, observer: O) -> Self {
        Self { judge, oracle: None, observer }
    }

    /// The judge and the oracle as they are, without the observer from outside.
    pub fn copy(&self) -> Watchers<()> {
        Watchers { judge: self.judge.clone(), oracle: self.oracle.clone(), observer: () }
    }

    /// Something happened.
    #[inline]
    pub fn observe(&mut self, now: SimTime, record: &Record) {
        self.judge.record(now, record);
        if let Some(oracle) = &mut self.oracle {
            oracle.observe(now, record);
        }
        self.observer.observe(now, record);
    }

    /// The run ended.
    pub fn end(&mut self, end: &End) {
        self.observer.end(end);
    }

    /// Has the observer from outside seen enough?
    pub fn is_done(&self) -> bool {
        self.observer.is_done()
    }
}
