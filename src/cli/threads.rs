//! `--threads`: read from the command line; `running::threads` says how many are of use.

use std::num::NonZeroUsize;

use rayon::ThreadPool;

use super::exit::MachineError;
use crate::running::threads;

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
        threads::for_runs(self.threads, runs)
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
        Ok(threads::pool(self.threads, runs)?)
    }
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
}
