//! How many threads: never more than there are runs, or than the machine can use.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use rayon::ThreadPool;

use super::exit::MachineError;

/// Threads per processor at most: more take memory and time, and give nothing.
const PER_PROCESSOR: usize = 4;

/// `--threads`, the same for every command that runs much.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Threads {
    /// Parallel runs, at most 4 per CPU [default: all CPUs]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    threads: Option<NonZeroUsize>,
}

const EXPECTED: &str = "expected a whole number; at least 1";

/// A whole number, at least 1; one that is too large for the machine is as good as the largest.
fn at_least_one(text: &str) -> Result<NonZeroUsize, String> {
    let digits = text.trim();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(EXPECTED.to_owned());
    }
    NonZeroUsize::new(digits.parse().unwrap_or(usize::MAX)).ok_or_else(|| EXPECTED.to_owned())
}

impl Threads {
    /// For this many runs: the least of what was asked for, the runs, and a few times the processors.
    pub(super) fn for_runs(self, runs: u64) -> usize {
        let processors = available_parallelism().map_or(1, NonZeroUsize::get);
        least(self.threads, runs, processors)
    }

    /// May one run use a second processor, and is there one?
    pub(super) fn has_a_second(self) -> bool {
        self.for_runs(2) > 1
    }

    /// The threads for this many runs.
    ///
    /// # Errors
    /// When they cannot be started.
    pub(super) fn pool(self, runs: u64) -> Result<ThreadPool, MachineError> {
        Ok(rayon::ThreadPoolBuilder::new().num_threads(self.for_runs(runs)).build()?)
    }
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
    fn what_is_no_number_of_threads_is_said() {
        for text in ["0", "", "-1", "1.5", "many"] {
            assert!(at_least_one(text).unwrap_err().starts_with("expected"), "{text}");
        }
        assert_eq!(at_least_one("99999999999999999999999"), Ok(NonZeroUsize::MAX));
    }

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
