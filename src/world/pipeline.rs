//! The judge on a core of its own: records flow one way, so it sees the very same as beside the world.
//!
//! They go over in batches (`belt`), and these come back empty. A judge who falls behind makes the world wait, so that memory
//! is bounded.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};

use super::SimulateError;
use super::belt::{BATCH, Batch, Belt, Taker};
use super::judge::{Judge, Meters};
use super::run::{Ran, World};
use crate::protocol::disk::Settings;
use crate::scenario::Scenario;
use crate::trace::Observer;
use crate::units::SimTime;

/// Batches that the world may be ahead of the judge.
const AHEAD: usize = 32;

/// Gives batches to another core.
struct Passage {
    full: SyncSender<Batch>,
    empty: Receiver<Batch>,
}

impl Taker for Passage {
    fn take(&mut self, batch: &mut Batch) {
        let next = self.empty.try_recv().unwrap_or_else(|_| Vec::with_capacity(BATCH));
        // The judge takes all there is, unless it panicked: then the one who waits for it does.
        let _ = self.full.send(std::mem::replace(batch, next));
    }
}

/// Runs a scenario to its end, with `judge` on another core, and `observer` on that of the world.
///
/// # Errors
/// When a trace cannot be read.
pub fn run<M: Meters + Send>(
    scenario: &Scenario,
    settings: &Settings,
    mut judge: Judge<M>,
    observer: impl Observer,
    progress: &mut dyn FnMut(SimTime),
) -> Result<(Ran, Judge<M>), SimulateError> {
    std::thread::scope(|scope| {
        let (full, batches) = sync_channel::<Batch>(AHEAD);
        let (emptied, empty) = channel();
        let judging = scope.spawn(move || {
            for mut batch in batches {
                judge.take(&mut batch);
                let _ = emptied.send(batch); // The world may have ended.
            }
            judge
        });
        let belt = Belt::to(Passage { full, empty });
        let (ran, (belt, _)) =
            World::new(scenario, settings, (belt, observer))?.with_disasters().run(progress)?;
        drop(belt.into_taker()); // Nothing more comes.
        Ok((ran, judging.join().unwrap_or_else(|panic| resume_unwind(panic))))
    })
}
