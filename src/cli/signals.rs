//! A program that is told to end (INT, TERM, HUP) removes what it has not finished, says how to go on where that can
//! be, and then ends as it was told to.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};

/// How the command goes on if it is ended now.
static WAY_ON: Mutex<Option<String>> = Mutex::new(None);

/// As long as it lives, a signal that ends the program has the way on said on standard error.
#[derive(Debug)]
pub(super) struct WayOn;

impl WayOn {
    /// What is said.
    pub(super) fn is(sentence: String) -> Self {
        *WAY_ON.lock().unwrap_or_else(PoisonError::into_inner) = Some(sentence);
        Self
    }
}

impl Drop for WayOn {
    fn drop(&mut self) {
        *WAY_ON.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Says the way on, if there is one. If that fails there is nobody left to tell.
fn tell_way_on() {
    if let Some(sentence) = WAY_ON.lock().unwrap_or_else(PoisonError::into_inner).take() {
        let mut stderr = std::io::stderr();
        // A progress bar leaves the cursor at its end.
        let begin = if stderr.is_terminal() { "\n" } else { "" };
        let _ = writeln!(stderr, "{begin}interrupted: {sentence}");
    }
}

#[cfg(unix)]
mod unix {
    use std::thread;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    use crate::making;

    /// Begins to watch. Where that cannot be, a signal ends the program at once, as it always does.
    pub fn watch() {
        let mut wanted = vec![SIGINT, SIGTERM];
        // Under `nohup` a terminal may go away.
        if !is_ignored(SIGHUP) {
            wanted.push(SIGHUP);
        }
        let Ok(mut signals) = Signals::new(wanted) else { return };
        let watcher = move || {
            if let Some(signal) = signals.forever().next() {
                making::discard_all();
                super::tell_way_on();
                // Whoever started the program sees that a signal ended it.
                let _ = emulate_default_handler(signal);
            }
        };
        let _ = thread::Builder::new().name("signals".to_owned()).spawn(watcher);
    }

    /// Was the program started with this signal ignored? Only Linux says so in a file.
    fn is_ignored(signal: i32) -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
    }
}

#[cfg(unix)]
pub(super) use unix::watch;

/// Elsewhere what is unfinished is removed by the next command.
#[cfg(not(unix))]
pub(super) fn watch() {}

/// Waits for the end if a signal has been caught: what failed since is no error to be told.
pub(super) fn end_if_interrupted() {
    while crate::making::is_interrupted() {
        std::thread::park();
    }
}
