//! Memory: a watch that ends the program with a message before the system ends it without one.
//!
//! Where the system does not say how much there is (`running::memory`), nothing is watched.

use std::io::Write as _;
use std::thread;
use std::time::Duration;

use crate::making;
use crate::report::text::bytes;
use crate::running::memory::{available, used};

/// The watch looks so often.
const EVERY: Duration = Duration::from_millis(20);
/// So much must stay free, and a quarter of what is taken: in a moment between two looks the program takes less,
/// unless a table doubles.
const RESERVE: u64 = 192 << 20;

/// Watches until the program ends: where memory runs out, it ends with a message and exit code 3.
pub(super) fn watch() {
    if available().is_none() {
        return;
    }
    let watcher = || {
        loop {
            thread::sleep(EVERY);
            let Some(free) = available() else { return };
            let used = used().unwrap_or(0);
            // If others have taken the memory, ending ourselves gives little back.
            if free < RESERVE.max(used / 4) && used > free {
                give_up(used);
            }
        }
    };
    let _ = thread::Builder::new().name("memory".to_owned()).stack_size(256 << 10).spawn(watcher);
}

fn give_up(used: u64) -> ! {
    making::discard_all();
    let _ = writeln!(
        std::io::stderr(),
        "error: out of memory: the runs use {}. Use fewer --threads, a shorter run.duration or fewer \
         writes",
        bytes(used)
    );
    std::process::exit(3)
}
