//! A progress bar on standard error, only where that is a terminal: simulated time of all runs.
//!
//! It has a clock of its own, which no result sees.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::report::text::seconds;
use crate::sweep::execute::Watch;
use crate::units::{SimDuration, SimTime};

/// The bar of all runs, in microseconds of simulated time.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
}

/// The share of one run in it.
#[derive(Debug)]
pub(super) struct RunProgress {
    bar: ProgressBar,
    duration_us: u64,
    shown_us: u64,
}

impl Progress {
    /// For runs whose hosts write for so long altogether, in microseconds.
    pub(super) fn new(total_us: u64) -> Self {
        if !io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden() };
        }
        let bar = ProgressBar::with_draw_target(Some(total_us), ProgressDrawTarget::stderr());
        let template = "{bar:14} {simulated} of {total}, {rate} per second, {eta} left ";
        // A template that is not understood would be ours to mend; the plain bar does until then.
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let shown = |us: f64| seconds(us / 1e6);
        let style = style
            .with_key("simulated", move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                let _ = write!(out, "{}", shown(state.pos() as f64));
            })
            .with_key("total", move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                let _ = write!(out, "{}", shown(state.len().unwrap_or(0) as f64));
            })
            .with_key("rate", move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                let _ = write!(out, "{}", shown(state.per_sec()));
            });
        bar.set_style(style);
        Self { bar }
    }

    /// The share of a run whose hosts write for `duration`; draining is not foreseen and does not count.
    pub(super) fn run(&self, duration: SimDuration) -> RunProgress {
        RunProgress { bar: self.bar.clone(), duration_us: micros(duration), shown_us: 0 }
    }

    /// Does `write` while the bar is not in the way.
    pub(super) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl RunProgress {
    /// The run has come to `now`.
    pub(super) fn at(&mut self, now: SimTime) {
        self.show(micros(now.since(SimTime::ZERO)).min(self.duration_us));
    }

    /// The run is done.
    pub(super) fn done(mut self) {
        self.show(self.duration_us);
    }

    fn show(&mut self, us: u64) {
        self.bar.inc(us.saturating_sub(self.shown_us));
        self.shown_us = us.max(self.shown_us);
    }
}

/// Whole microseconds in `duration`.
pub(super) fn micros(duration: SimDuration) -> u64 {
    duration.as_ns() / 1_000
}

/// The bar of many runs: how many are done, the rate, the time left.
#[derive(Debug)]
pub(super) struct RunsProgress {
    bar: ProgressBar,
}

impl RunsProgress {
    /// Nothing is due yet.
    pub(super) fn new() -> Self {
        if !io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden() };
        }
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let template = "{bar:14} {human_pos} of {human_len} runs, {per_sec}, {eta} left ";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style);
        // Runs may be long: the time left goes on meanwhile.
        bar.enable_steady_tick(std::time::Duration::from_millis(500));
        Self { bar }
    }

    /// A run ended.
    pub(super) fn finished(&self) {
        self.bar.inc(1);
    }

    /// The number of further runs that are due.
    pub(super) fn due(&self, runs: u64) {
        self.bar.inc_length(runs);
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Watch for RunsProgress {
    fn on_due(&self, runs: u64) {
        self.due(runs);
    }

    fn on_finished(&self) {
        self.finished();
    }
}
