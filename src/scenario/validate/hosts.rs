//! Hosts, and the largest write that any of them issues.

use std::path::Path;

use super::systems::{Systems, clock, unique};
use super::traces::Recordings;
use super::{delay_or_zero, workload};
use crate::scenario::diagnostic::Fallible;
use crate::scenario::raw;
use crate::scenario::source::At;
use crate::scenario::validated::Host;
use crate::units::SimDuration;

/// Every host.
#[derive(Debug)]
pub struct Hosts {
    pub hosts: Vec<Host>,
    /// The largest write of any of them, in bytes, and where the file says so.
    pub largest_write: At<u32>,
}

/// `[[host]]`.
///
/// They write until `duration`.
pub fn hosts(
    raw: &[At<raw::Host>],
    systems: &Systems,
    base: &Path,
    duration: SimDuration,
) -> Fallible<Hosts> {
    unique(raw.iter().map(|host| &host.value.name), "host")?;
    // A scenario of tape alone has no host.
    let span = raw.first().map(|host| host.span).unwrap_or_default();
    let mut all = Hosts { hosts: Vec::with_capacity(raw.len()), largest_write: At { value: 0, span } };
    let recordings = Recordings::open(raw, base, duration)?;
    for (index, At { value: host, .. }) in raw.iter().enumerate() {
        let (workload, largest) = workload::workload(&host.workload, systems, base, &recordings, index)?;
        if largest.value > all.largest_write.value {
            all.largest_write = largest;
        }
        all.hosts.push(Host {
            name: host.name.value.clone(),
            workload,
            delay: delay_or_zero(host.delay.as_ref(), base)?,
            clock: clock(host.clock.as_ref()),
            retry_timeout: host
                .retry_timeout
                .as_ref()
                .map_or(SimDuration::from_ms(1_000), |timeout| timeout.value.0),
        });
    }
    Ok(all)
}
