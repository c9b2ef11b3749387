//! Many jobs on several threads, their results taken in order: what comes out does not depend on the threads.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;

use super::exit::{Failure, MachineError};

/// Does `job` for 0 to `count` - 1 on `threads` threads, and gives the results
/// to `take` in this order, each as soon as those before it are there.
///
/// # Errors
/// The first failure in this order, of a job or of `take`; no new job is begun after one.
pub(super) fn in_order<T: Send>(
    threads: usize,
    count: u64,
    job: impl Fn(u64) -> Result<T, Failure> + Sync,
    mut take: impl FnMut(T) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(MachineError::Threads)?;
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let (sender, results) = mpsc::channel();
    pool.in_place_scope(|scope| {
        for _ in 0..pool.current_num_threads().min(usize::try_from(count).unwrap_or(usize::MAX)) {
            let sender = sender.clone();
            scope.spawn(|_| {
                let sender = sender;
                while !stop.load(Ordering::Relaxed) {
                    // Jobs are begun in order: all before one that fails have been begun.
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        break;
                    }
                    let result = job(index);
                    if result.is_err() {
                        stop.store(true, Ordering::Relaxed);
                    }
                    if sender.send((index, result)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut due = 0;
        for (index, result) in results {
            early.insert(index, result);
            while let Some(result) = early.remove(&due) {
                due += 1;
                if let Err(failure) = result.and_then(&mut take) {
                    stop.store(true, Ordering::Relaxed);
                    return Err(failure);
                }
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::UserError;

    fn failure(index: u64) -> Failure {
        Failure::User(UserError::SameName(index.to_string()))
    }

    #[test]
    fn results_come_in_order_whatever_the_threads() {
        for threads in 1..=4 {
            let mut taken = Vec::new();
            let job = |index: u64| {
                // The first jobs take longest.
                std::thread::sleep(std::time::Duration::from_micros(300 - 3 * index));
                Ok(index)
            };
            let take = |index| {
                taken.push(index);
                Ok(())
            };
            in_order(threads, 100, job, take).unwrap();
            assert_eq!(taken, (0..100).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_failure_in_order_is_told() {
        for threads in 1..=4 {
            let mut taken = 0;
            let job = |index| if index % 10 == 7 { Err(failure(index)) } else { Ok(index) };
            let ending = in_order(threads, 1000, job, |_| {
                taken += 1;
                Ok(())
            });
            assert!(matches!(ending, Err(Failure::User(UserError::SameName(name))) if name == "7"));
            assert_eq!(taken, 7);
        }
    }

    #[test]
    fn a_failure_to_take_ends_it() {
        let begun = AtomicU64::new(0);
        let job = |index| {
            begun.fetch_add(1, Ordering::Relaxed);
            Ok(index)
        };
        let ending = in_order(2, u64::MAX, job, |index| if index == 3 { Err(failure(3)) } else { Ok(()) });
        assert!(ending.is_err());
        assert!(begun.load(Ordering::Relaxed) < u64::MAX);
    }

    #[test]
    fn no_jobs_are_no_trouble() {
        in_order(1, 0, Ok, |_: u64| Ok(())).unwrap();
    }
}
