//! A long call on another thread, without Python's lock. Meanwhile this thread tells progress and listens to Ctrl-C.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;
use rcsim::sweep::execute::Watch as WatchRuns;

/// Progress is told, and Ctrl-C noticed, so often.
const EVERY: Duration = Duration::from_millis(100);

/// Is called with what is done and what is due; both are 0 until that is known.
pub type Tick = Py<PyAny>;

/// What the two threads share.
#[derive(Debug, Default)]
pub struct Watch {
    /// No more is wanted.
    pub stop: AtomicBool,
    /// How much is done.
    pub done: AtomicU64,
    /// Of how much.
    pub due: AtomicU64,
}

impl WatchRuns for Watch {
    fn on_due(&self, runs: u64) {
        self.due.fetch_add(runs, Ordering::Relaxed);
    }

    fn on_finished(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Does `job` on another thread. When Ctrl-C is pressed, or `tick` fails, it is asked to stop, and its answer is dropped.
///
/// # Errors
/// `KeyboardInterrupt`, and what `tick` raises.
pub fn watched<T: Send>(
    py: Python<'_>,
    tick: Option<Tick>,
    job: impl FnOnce(&Watch) -> T + Send,
) -> PyResult<T> {
    let watch = Watch::default();
    py.detach(|| {
        thread::scope(|scope| {
            let (ended, end) = channel::<()>();
            let worker = scope.spawn(|| {
                let _ended = ended; // Dropped at the end, however that comes.
                job(&watch)
            });
            let mut told = Ok(());
            while told.is_ok() && end.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                told = tell(tick.as_ref(), &watch);
            }
            watch.stop.store(told.is_err(), Ordering::Relaxed);
            let answer = worker.join().unwrap_or_else(|panic| resume_unwind(panic));
            // The end is told too.
            told.and_then(|()| tell(tick.as_ref(), &watch)).map(|()| answer)
        })
    })
}

fn tell(tick: Option<&Tick>, watch: &Watch) -> PyResult<()> {
    Python::attach(|py| {
        py.check_signals()?;
        let counts = (watch.done.load(Ordering::Relaxed), watch.due.load(Ordering::Relaxed));
        tick.map_or(Ok(()), |tick| tick.call1(py, counts).map(drop))
    })
}
