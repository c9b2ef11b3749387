//! Memory: how much there is, and how much this process takes.
//!
//! Only Linux says so, in files. No result sees any of it.

use std::fs;

/// So much memory stays free, in bytes, where a table grows.
const SPARE: u64 = 512 << 20;

/// Bytes of memory that this process can still take; `None` where the system does not say.
pub fn available() -> Option<u64> {
    let free = field("/proc/meminfo", "MemAvailable:").map(|kib| kib << 10);
    [free, free_of_address_space(), free_of_group()].into_iter().flatten().min()
}

/// Bytes of memory that this process takes; `None` where the system does not say.
pub fn used() -> Option<u64> {
    field("/proc/self/status", "VmRSS:").map(|kib| kib << 10)
}

/// The most bytes of memory that this process took so far; `None` where the system does not say.
pub fn peak() -> Option<u64> {
    field("/proc/self/status", "VmHWM:").map(|kib| kib << 10)
}

/// Is there too little for a table that doubles, which takes half as much again?
pub fn is_short() -> bool {
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
