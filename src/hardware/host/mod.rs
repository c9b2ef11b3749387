//! Hosts (102): when they write, and where, how much.
//!
//! A host is a set of numbered processes that are woken at times they ask for and told of completions. `open`
//! writes whatever happens; `closed` waits for completions; `recorded` follows a trace or a script.

mod closed;
mod open;
mod recorded;

use closed::Closed;
use open::Open;
use recorded::Recorded;

use crate::engine::random::Streams;
use crate::hardware::addresses::{AddressSampler, SizeSampler};
use crate::hardware::trace_file::TraceError;
use crate::hardware::workload::{Addresses, Arrivals, LocalUnit, Sizes, Workload};
use crate::units::{SimDuration, SimTime};
use rand_chacha::ChaCha8Rng;

/// One write that a host wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The unit it goes to.
    pub unit: LocalUnit,
    /// First block (512 bytes each).
    pub position: u64,
    /// Length in bytes.
    pub size: u32,
    /// Given back with the completion.
    pub tag: u32,
}

/// What a host does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostOutput {
    /// It issues a write now.
    Issue(Issue),
    /// Its process wants to be woken then.
    Wake(SimTime, u32),
}

/// The names and sizes that a host's random streams and addresses need.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// Random streams of the run.
    pub streams: &'a Streams,
    /// The host's name.
    pub host: &'a str,
    /// Names of the local systems.
    pub systems: &'a [&'a str],
    /// Bytes of each unit, by local system.
    pub unit_sizes: &'a [u64],
    /// Nobody writes then or later.
    pub until: SimTime,
}

impl Surroundings<'_> {
    /// A random stream of the host: `host/H1/<what>`.
    fn stream(&self, what: &str) -> ChaCha8Rng {
        self.streams.stream(&format!("host/{}/{what}", self.host))
    }

    /// The name of a unit, as in the scenario.
    fn unit_name(&self, unit: LocalUnit) -> String {
        format!("{}:{}", self.systems[unit.system.index()], unit.unit + 1)
    }

    /// Draws places and sizes on `unit`.
    fn target(&self, unit: LocalUnit, addresses: Addresses, sizes: &Sizes) -> Target {
        let name = self.unit_name(unit);
        Target {
            unit,
            addresses: AddressSampler::new(addresses, self.unit_sizes[unit.system.index()]),
            sizes: SizeSampler::new(sizes),
            address_random: self.stream(&format!("{name}/addresses")),
            size_random: self.stream(&format!("{name}/sizes")),
        }
    }
}

/// A unit and where and how much is written to it.
#[derive(Clone, Debug)]
struct Target {
    unit: LocalUnit,
    addresses: AddressSampler,
    sizes: SizeSampler,
    address_random: ChaCha8Rng,
    size_random: ChaCha8Rng,
}

impl Target {
    #[inline]
    fn issue(&mut self, tag: u32) -> Issue {
        let size = self.sizes.sample(&mut self.size_random);
        let position = self.addresses.sample(size, &mut self.address_random);
        Issue { unit: self.unit, position, size, tag }
    }
}

/// The processes of one host.
#[derive(Debug)]
pub struct HostProcesses(Kind);

#[derive(Debug)]
enum Kind {
    Open(Open),
    Closed(Box<Closed>),
    Recorded(Recorded),
}

impl HostProcesses {
    /// The processes of a host with this workload.
    ///
    /// # Errors
    /// When a trace cannot be opened.
    pub fn new(workload: &Workload, surroundings: &Surroundings) -> Result<Self, TraceError> {
        Ok(Self(match &workload.arrivals {
            Arrivals::Poisson { .. } | Arrivals::Constant { .. } | Arrivals::Bursty { .. } => {
                Kind::Open(Open::new(workload, surroundings))
            }
            Arrivals::ClosedLoop { .. } | Arrivals::Transaction { .. } => {
                Kind::Closed(Box::new(Closed::new(workload, surroundings)))
            }
            Arrivals::Trace(recording) => Kind::Recorded(Recorded::trace(&recording.plan)?),
            Arrivals::Scripted { writes } => Kind::Recorded(Recorded::script(writes.clone())),
        }))
    }

    /// The run begins.
    ///
    /// # Errors
    /// When a trace cannot be read.
    pub fn start(&mut self, out: &mut Vec<HostOutput>) -> Result<(), TraceError> {
        match &mut self.0 {
            Kind::Open(open) => open.start(out),
            Kind::Closed(closed) => closed.start(out),
            Kind::Recorded(recorded) => recorded.start(out)?,
        }
        Ok(())
    }

    /// A process is woken at the time it asked for.
    ///
    /// # Errors
    /// When a trace cannot be read on.
    #[inline]
    pub fn wake(&mut self, now: SimTime, process: u32, out: &mut Vec<HostOutput>) -> Result<(), TraceError> {
        match &mut self.0 {
            Kind::Open(open) => open.wake(now, process, out),
            Kind::Closed(closed) => closed.wake(process, out),
            Kind::Recorded(recorded) => recorded.wake(now, process, out)?,
        }
        Ok(())
    }

    /// A write that was issued with `tag` is completed.
    #[inline]
    pub fn on_completed(&mut self, now: SimTime, tag: u32, out: &mut Vec<HostOutput>) {
        match &mut self.0 {
            Kind::Open(_) => {}
            Kind::Closed(closed) => closed.on_completed(now, tag, out),
            Kind::Recorded(recorded) => recorded.on_completed(now, tag, out),
        }
    }
}

/// `span` later than `now`, but at least a nanosecond, so that time always advances.
fn later(now: SimTime, span: SimDuration) -> SimTime {
    now + span.max(SimDuration::NANOSECOND)
}
