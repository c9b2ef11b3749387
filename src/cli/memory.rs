//! Memory: how much there is, and a watch that ends the program with a message before the system ends it without one.
//!
//! Only Linux says how much there is in files; elsewhere nothing is watched. No result sees any of it.

use std::fs;
use std::io::Write as _;
use std::thread;
use std::time::Duration;

use crate::making;
use crate::report::text::bytes;

/// The watch looks so often.
const EVERY: Duration = Duration::from_millis(20);
/// So much must stay free, and a quarter of what is taken: in a moment between two looks the program takes less,
/// unless a table doubles.
const RESERVE: u64 = 192 << 20;

/// So much memory stays free, in bytes, where a table grows.
const SPARE: u64 = 512 << 20;

/// Bytes of memory that this process can still take; `None` where the system does not say.
pub(super) fn available() -> Option<u64> {
    let free = field("/proc/meminfo", "MemAvailable:").map(|kib| kib << 10);
    [free, free_of_address_space(), free_of_group()].into_iter().flatten().min()
}

/// Bytes of memory that this process takes; `None` where the system does not say.
pub(super) fn used() -> Option<u64> {
    field("/proc/self/status", "VmRSS:").map(|kib| kib << 10)
}

/// The most bytes of memory that this process took so far; `None` where the system does not say.
pub(super) fn peak() -> Option<u64> {
    field("/proc/self/status", "VmHWM:").map(|kib| kib << 10)
}

/// Is there too little for a table that doubles, which takes half as much again?
pub(super) fn is_short() -> bool {
    available().is_some_and(|free| free < SPARE.max(used().unwrap_or(0) / 2))
}

/// What `ulimit -v` leaves.
fn free_of_address_space() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    let limit: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(limit.saturating_sub(field("/proc/self/status", "VmSize:")? << 10))
}

/// What the control group (of a container, of a batch job) leaves.
fn free_of_group() -> Option<u64> {
    let group = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = group.lines().find_map(|line| line.strip_prefix("0::"))?.trim_end();
    let number = |name: &str| -> Option<u64> {
        fs::read_to_string(format!("/sys/fs/cgroup{path}/{name}")).ok()?.trim().parse().ok()
    };
    Some(number("memory.max")?.saturating_sub(number("memory.current")?))
}

fn field(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Watches until the program ends: where memory runs out, it ends with a message and exit code 3.
pub(super) fn watch() {
    if available().is_none() {
        return;
    }
    let watcher = || {
        loop {
            thread::sleep(EVERY);
            let Some(free) = available() else { return };
            let used = field("/proc/self/status", "VmRSS:").map_or(0, |kib| kib << 10);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn linux_says_how_much_there_is() {
        let free = available().unwrap();
        assert!((1 << 20..1 << 50).contains(&free), "{free}");
    }
}
