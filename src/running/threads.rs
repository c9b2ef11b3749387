//! How many threads are of use: never more than there are runs, or than the machine can use.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// Threads per processor at most: more take memory and time, and give nothing.
const PER_PROCESSOR: usize = 4;

/// For this many runs: the least of what was asked for, the runs, and a few times the processors.
pub fn for_runs(asked: Option<NonZeroUsize>, runs: u64) -> usize {
    let processors = available_parallelism().map_or(1, NonZeroUsize::get);
    least(asked, runs, processors)
}

/// The threads for this many runs.
///
/// # Errors
/// When they cannot be started.
pub fn pool(asked: Option<NonZeroUsize>, runs: u64) -> Result<ThreadPool, ThreadPoolBuildError> {
    ThreadPoolBuilder::new().num_threads(for_runs(asked, runs)).build()
}

fn least(asked: Option<NonZeroUsize>, runs: u64, processors: usize) -> usize {
    let runs = usize::try_from(runs).unwrap_or(usize::MAX);
    let asked = asked.map_or(processors, NonZeroUsize::get);
    asked.min(processors.saturating_mul(PER_PROCESSOR)).min(runs).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_bounded_by_runs_and_processors() {
        let asked = NonZeroUsize::new;
        assert_eq!(least(asked(4_000), 3, 2), 3);
        assert_eq!(least(asked(100_000), u64::MAX, 2), 8);
        assert_eq!(least(asked(1), 100, 2), 1);
        assert_eq!(least(None, 100, 2), 2);
        assert_eq!(least(None, 1, 64), 1);
        // No runs at all still have a pool to be none in.
        assert_eq!(least(None, 0, 2), 1);
    }
}
