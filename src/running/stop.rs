//! Ends a run or a sweep early, at somebody's wish: a flag that another thread sets.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::trace::{Observer, Record};
use crate::units::SimTime;

/// Watches nothing, and ends the run once the flag is set.
#[derive(Clone, Copy, Debug)]
pub struct Stop<'a>(&'a AtomicBool);

impl<'a> Stop<'a> {
    /// When `flag` is true.
    pub const fn when(flag: &'a AtomicBool) -> Self {
        Self(flag)
    }

    /// Has it been wished?
    pub fn is_wished(self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Observer for Stop<'_> {
    #[inline]
    fn observe(&mut self, _now: SimTime, _record: &Record) {}

    #[inline]
    fn is_done(&self) -> bool {
        self.is_wished()
    }
}
