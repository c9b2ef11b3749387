//! A scenario that can be run: every name resolved, every quantity in its unit, every contradiction refused.
//!
//! `raw` is what the file says; `validate` turns one into the other.

use std::collections::BTreeMap;

use super::figures::{Comparison, Kind};
use super::tape::Tape;
use crate::checker::{Check, CheckState};
use crate::hardware::clock::Clock;
use crate::hardware::distribution::Distribution;
use crate::hardware::link::{BrownOut, Link, ScriptedFate};
use crate::hardware::workload::{LocalUnit, Workload};
use crate::protocol::disk::ordering::Discipline;
use crate::protocol::disk::ordering::cut::CutSettings;
use crate::protocol::disk::ordering::epoch::EpochSettings;
use crate::protocol::disk::ordering::network_sync::NetworkSync;
use crate::protocol::disk::ordering::streams::{Pull, Release};
use crate::protocol::transport::Transport;
use crate::protocol::{Preset, Rules, Scheme};
use crate::trace::PacketClass;
use crate::units::{Direction, GroupId, HostId, LocalId, PairId, PathId, RemoteId, SimDuration, SimTime};

/// A validated scenario: from outside the crate only [`super::load`], [`super::parse`] (or a [`super::Text`], which is
/// read once for many) and [`super::Builder`] make one, and all that can be changed in it is the seed
/// ([`Scenario::with_seed`]). So whoever has one has one without contradictions.
///
/// Everything in it can be read. The parts ([`Run`], [`Pair`], [`Host`], ...) have public fields, since what is handed
/// out is a reference, and there is no way to put a part into a scenario:
///
/// ```compile_fail,E0616
/// let text = rcsim::scenario::TEMPLATE;
/// let mut scenario = rcsim::scenario::parse("page", text, std::path::Path::new(""), &[]).unwrap();
/// scenario.pairs.clear(); // A scenario whose groups name pairs that are not there.
/// ```
///
/// Inside the crate `hunt` and `shrink` put scenarios together from parts; tests write those as files and read them back.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The file's stem, or `-` for standard input.
    pub(crate) name: String,
    /// The title.
    pub(crate) title: String,
    /// `[run]`.
    pub(crate) run: Run,
    /// `[protocol]`.
    pub(crate) protocol: Protocol,
    /// `[[local_system]]`, indexed by [`LocalId`].
    pub(crate) local_systems: Vec<LocalSystem>,
    /// `[[remote_system]]`, indexed by [`RemoteId`].
    pub(crate) remote_systems: Vec<RemoteSystem>,
    /// `[[group]]`, indexed by [`GroupId`].
    pub(crate) groups: Vec<Group>,
    /// All pairs in the order of the file, indexed by [`PairId`].
    pub(crate) pairs: Vec<Pair>,
    /// `[[host]]`.
    pub(crate) hosts: Vec<Host>,
    /// Every (local, remote) that shares a pair, sorted; indexed by [`PathId`].
    pub(crate) paths: Vec<Path>,
    /// `[[tape_system]]` and `[[tape_job]]`.
    pub(crate) tape: Tape,
    /// `[control]`: between slaves and master, each way.
    pub(crate) control: Link,
    /// `[script]`.
    pub(crate) script: Script,
    /// `[[fault]]`, sorted by time.
    pub(crate) faults: Vec<Fault>,
    /// `[explore]`.
    pub(crate) explore: Explore,
    /// `[expect]`.
    pub(crate) expect: Expect,
    /// The largest write of any workload, in bytes; traces are read through for it.
    pub(crate) largest_write: u32,
}

/// A path of disk systems or of a tape job.
#[derive(Clone, Copy, Debug)]
pub struct AnyPath<'a> {
    /// The local system, or the tape job.
    pub near: &'a str,
    /// The remote system, or the MT system.
    pub far: &'a str,
    /// From `near` to `far`.
    pub forward: &'a Link,
    /// From `far` to `near`.
    pub reverse: &'a Link,
    /// When what `near` sent counts as lost.
    pub transport: &'a Transport,
}

impl<'a> AnyPath<'a> {
    /// One direction of it.
    pub const fn link(&self, direction: Direction) -> &'a Link {
        match direction {
            Direction::Forward => self.forward,
            Direction::Reverse => self.reverse,
        }
    }
}

/// What it holds.
impl Scenario {
    /// What it is called: the file's stem, or `-` for standard input.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `title`: one line that says what the scenario shows; its name if it has none.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// `[run]`: seed, length and end of the run.
    pub const fn run(&self) -> &Run {
        &self.run
    }

    /// `[protocol]`: the scheme, its rules and its timers.
    pub const fn protocol(&self) -> &Protocol {
        &self.protocol
    }

    /// `[[local_system]]`, indexed by [`LocalId`].
    pub fn local_systems(&self) -> &[LocalSystem] {
        &self.local_systems
    }

    /// `[[remote_system]]`, indexed by [`RemoteId`].
    pub fn remote_systems(&self) -> &[RemoteSystem] {
        &self.remote_systems
    }

    /// `[[group]]`: the data integrity pair groups (109), indexed by [`GroupId`].
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// All remote copy pairs (108) in the order of the file, indexed by [`PairId`].
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// `[[host]]`: the hosts (102) and what they write, indexed by [`HostId`].
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// Every (local, remote) that shares a pair, sorted; indexed by [`PathId`]. [`Scenario::all_paths`] has those of
    /// tape jobs beside them.
    pub fn paths(&self) -> &[Path] {
        &self.paths
    }

    /// `[[tape_system]]` and `[[tape_job]]`.
    pub const fn tape(&self) -> &Tape {
        &self.tape
    }

    /// `[control]`: between slaves and master, each way.
    pub const fn control(&self) -> &Link {
        &self.control
    }

    /// `[script]`: fates of single packets and messages.
    pub const fn script(&self) -> &Script {
        &self.script
    }

    /// `[[fault]]`, sorted by time.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// `[explore]`: the bounds of an exploration.
    pub const fn explore(&self) -> &Explore {
        &self.explore
    }

    /// `[expect]`: the expected result.
    pub const fn expect(&self) -> &Expect {
        &self.expect
    }

    /// The largest write of any workload, in bytes; recorded workloads were read through for it.
    pub const fn largest_write(&self) -> u32 {
        self.largest_write
    }

    /// The same scenario with another seed of its random streams. Whatever the seed is, the scenario stays valid.
    #[must_use]
    pub const fn with_seed(mut self, seed: u64) -> Self {
        self.run.seed = seed;
        self
    }
}

impl Scenario {
    /// Are the writes of a group compared by the numbers of the sets that they form, not by time stamps? One counter has
    /// to give these to all of them.
    pub fn goes_by_sets(&self, group: GroupId) -> bool {
        let locals = |pair: &&Pair| pair.group == group;
        let mut locals = self.pairs.iter().filter(locals).map(|pair| pair.local.system);
        let first = locals.next();
        let has_sets = Discipline::of(self.protocol.scheme, &self.protocol.rules).has_sets();
        has_sets && (self.protocol.scheme == Scheme::Cut || locals.all(|local| Some(local) == first))
    }

    /// A pair as a scenario writes it: `L1:1 -> R1:1`; nothing where there is no such pair.
    pub fn pair_name(&self, pair: PairId) -> String {
        let Some(pair) = self.pairs.get(pair.index()) else { return String::new() };
        let local = self.local_systems.get(pair.local.system.index()).map_or("", |system| &system.name);
        let remote = self.remote_systems.get(pair.remote.index()).map_or("", |system| &system.name);
        format!("{local}:{} -> {remote}:{}", pair.local.unit + 1, pair.remote_unit + 1)
    }

    /// Every path, indexed by [`PathId`]: those of disk systems, then those of tape jobs.
    pub fn all_paths(&self) -> impl Iterator<Item = AnyPath<'_>> {
        let disk = self.paths.iter().map(|path| AnyPath {
            near: self.local_systems.get(path.local.index()).map_or("", |system| &system.name),
            far: self.remote_systems.get(path.remote.index()).map_or("", |system| &system.name),
            forward: &path.forward,
            reverse: &path.reverse,
            transport: &path.transport,
        });
        let tape = self.tape.jobs.iter().map(|job| AnyPath {
            near: &job.name,
            far: self.tape.systems.get(job.system).map_or("", |system| &system.name),
            forward: &job.forward,
            reverse: &job.reverse,
            transport: &job.transport,
        });
        disk.chain(tape)
    }
}

/// `[run]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Seed of every random stream.
    pub seed: u64,
    /// Hosts write this long.
    pub duration: SimDuration,
    /// Statistics begin here.
    pub warm_up: SimDuration,
    /// The run ends at most this long after `duration`.
    pub drain_limit: SimDuration,
    /// Events of one instant in the order of their scheduling, or shuffled by the seed.
    pub seeded_ties: bool,
    /// From this instant on lines and control network neither lose nor duplicate; `None` is never.
    pub heal: Option<SimTime>,
    /// Random disasters at which what has left the line still arrives.
    pub disasters: u32,
}

/// `[protocol]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// The scheme.
    pub scheme: Scheme,
    /// One form per rule, as the scenario says; [`Protocol::rules_in_force`] are those that act.
    pub rules: Rules,
    /// Between activations of the slave processes; zero is on every change.
    pub limit_period: SimDuration,
    /// From the fixing of a write by process 210 until the send process 211 comes to it.
    pub send_delay: SimDuration,
    /// An idle stream sends a marker after this long.
    pub marker_interval: SimDuration,
    /// The product that scheme and settings are those of, but for what is set beside it.
    pub preset: Option<Preset>,
    /// `[protocol.epoch]`.
    pub epoch: EpochSettings,
    /// `[protocol.cut]`.
    pub cut: CutSettings,
    /// `[protocol.network_sync]`, where `acknowledge` is that; `None` is `local`: what the scheme says.
    pub network_sync: Option<NetworkSync>,
    /// `release`.
    pub release: Release,
    /// `[protocol.pull]`, where `send` is "pull"; `None` is "push".
    pub pull: Option<Pull>,
}

impl Protocol {
    /// The rules in force under the scheme.
    pub fn rules_in_force(&self) -> Rules {
        self.scheme.in_force(&self.rules)
    }

    /// The preset, if the scheme is its own: beside another one it sets nothing.
    pub fn preset_in_force(&self) -> Option<Preset> {
        self.preset.filter(|preset| preset.scheme() == self.scheme)
    }
}

/// `[[local_system]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalSystem {
    /// Its name.
    pub name: String,
    /// Disk units.
    pub units: u32,
    /// Bytes of cache; `None` is unlimited.
    pub cache: Option<u64>,
    /// Bytes of each unit.
    pub unit_size: u64,
    /// Service time of a destage; one at a time per unit.
    pub destage_time: Distribution,
    /// Its clock.
    pub clock: Clock,
}

/// `[[remote_system]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct RemoteSystem {
    /// Its name.
    pub name: String,
    /// Disk units.
    pub units: u32,
    /// Bytes of cache; `None` is unlimited.
    pub cache: Option<u64>,
    /// Service time of a destage.
    pub destage_time: Distribution,
}

/// `[[group]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its pairs.
    pub pairs: Vec<PairId>,
}

/// A remote copy pair (108).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The local unit.
    pub local: LocalUnit,
    /// The remote system.
    pub remote: RemoteId,
    /// The remote unit, from 0.
    pub remote_unit: u32,
    /// The group it belongs to.
    pub group: GroupId,
    /// The path it uses.
    pub path: PathId,
}

/// `[[host]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// What it writes.
    pub workload: Workload,
    /// Delay from host to local system, and back again.
    pub delay: Distribution,
    /// Its clock, for rule `stamp = "host"`.
    pub clock: Clock,
    /// It issues a write again so long after a crash that left it without the completion.
    pub retry_timeout: SimDuration,
}

/// A communication path (112) and its two directions.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Its local end.
    pub local: LocalId,
    /// Its remote end.
    pub remote: RemoteId,
    /// Local to remote.
    pub forward: Link,
    /// Remote to local.
    pub reverse: Link,
    /// What the local end does about losses.
    pub transport: Transport,
    /// Its `[[path]]` says a window of its own, which `transport.window` leaves as it is.
    pub has_own_window: bool,
}

/// `[script]`: fates that are written down, whatever the lines would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Of packets on paths.
    pub packets: Vec<ScriptedPacket>,
    /// Of messages between slaves and master.
    pub messages: Vec<ScriptedMessage>,
}

/// The fate of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScriptedPacket {
    /// Its path.
    pub path: PathId,
    /// Its direction.
    pub direction: Direction,
    /// Its class.
    pub class: PacketClass,
    /// Its place among the packets of that class in that direction, from 1.
    pub number: u64,
    /// What becomes of it.
    pub fate: ScriptedFate,
}

/// The fate of a control message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScriptedMessage {
    /// The remote system of the slave.
    pub remote: RemoteId,
    /// Which message.
    pub message: MessageKind,
    /// Its place among those, from 1.
    pub number: u64,
    /// What becomes of it.
    pub fate: ScriptedFate,
}

/// What slave and master say to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageKind {
    /// The slave's report to the master (step 902).
    Report,
    /// The master's limit for the slave (step 1001).
    Limit,
}

impl MessageKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Report, Self::Limit];

    /// Its name in scenario files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Limit => "limit",
        }
    }
}

/// Something that goes wrong at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// When.
    pub at: SimTime,
    /// What.
    pub kind: FaultKind,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// `wan-outage`: packets sent during the window are lost.
    WanOutage {
        /// How long.
        length: SimDuration,
        /// The path, or every path.
        path: Option<PathId>,
        /// The direction, or both.
        direction: Option<Direction>,
    },
    /// `brown-out`: packets sent during the window meet more loss, more delay, less bandwidth.
    BrownOut {
        /// How long.
        length: SimDuration,
        /// The path, or every path.
        path: Option<PathId>,
        /// The direction, or both.
        direction: Option<Direction>,
        /// What is added.
        brown_out: BrownOut,
    },
    /// `crash`: a control unit stops and restarts; rule `non-volatile` says what it has forgotten then.
    Crash {
        /// Which.
        system: ControlUnit,
        /// Until its restart.
        length: SimDuration,
        /// A local one crashes between steps 601 and 602 of the first write that it numbers from then on.
        before_send: bool,
    },
    /// `slave-stop`: a slave limit time schedule process (116) stops for a while.
    SlaveStop {
        /// Of this remote system.
        remote: RemoteId,
        /// How long.
        length: SimDuration,
    },
    /// `master-stop`: the master limit time schedule process (117) stops for a while.
    MasterStop {
        /// How long.
        length: SimDuration,
    },
    /// `clock`: a clock is set ahead or back, or begins to drift, and stays so.
    ClockError {
        /// Whose.
        clock: ClockOwner,
        /// Nanoseconds that it is set ahead by.
        skew_ns: i64,
        /// Nanoseconds per second that it gains from then on, beside what it gained before.
        drift_ns_per_s: i64,
    },
    /// `local-site-loss`: the local site is destroyed, with what is in flight; recovery runs.
    LocalSiteLoss,
}

impl FaultKind {
    /// Its name in the scenario file.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::WanOutage { .. } => "wan-outage",
            Self::BrownOut { .. } => "brown-out",
            Self::Crash { .. } => "crash",
            Self::SlaveStop { .. } => "slave-stop",
            Self::MasterStop { .. } => "master-stop",
            Self::ClockError { .. } => "clock",
            Self::LocalSiteLoss => "local-site-loss",
        }
    }

    /// How long it lasts; `None` is for good.
    pub const fn length(&self) -> Option<SimDuration> {
        match *self {
            Self::WanOutage { length, .. }
            | Self::BrownOut { length, .. }
            | Self::Crash { length, .. }
            | Self::SlaveStop { length, .. }
            | Self::MasterStop { length } => Some(length),
            Self::ClockError { .. } | Self::LocalSiteLoss => None,
        }
    }
}

/// A control unit (200 or 201).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlUnit {
    /// Of a local disk system.
    Local(LocalId),
    /// Of a remote disk system.
    Remote(RemoteId),
}

/// Whose clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockOwner {
    /// A local disk system's.
    Local(LocalId),
    /// A host's, for rule `stamp = "host"`.
    Host(HostId),
}

/// `[explore]`: the bounds within which every interleaving is explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explore {
    /// Writes.
    pub writes: u32,
    /// Packets that may be lost.
    pub losses: u32,
    /// Packets that may arrive twice.
    pub duplicates: u32,
    /// Messages between slaves and master that may be lost.
    pub control_losses: u32,
    /// Crashes of control units.
    pub crashes: u32,
    /// Markers.
    pub markers: u32,
    /// Packets that may be sent again.
    pub resends: u32,
    /// Cuts, of each group (scheme `cut`).
    pub cuts: u32,
    /// Markers that every stream has sent before.
    pub markers_before: u32,
}

impl Default for Explore {
    fn default() -> Self {
        Self {
            writes: 4,
            losses: 1,
            duplicates: 1,
            control_losses: 0,
            crashes: 0,
            markers: 1,
            resends: 1,
            cuts: 2,
            markers_before: 0,
        }
    }
}

/// `[expect]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expect {
    /// The verdict; `None` is any.
    pub order: Option<ExpectOrder>,
    /// The states of single checks.
    pub checks: BTreeMap<Check, CheckState>,
    /// Limits of figures, in the order of their names.
    pub figures: Vec<ExpectFigure>,
}

/// A limit of a figure of the result.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectFigure {
    /// Its name, as the scenario has it.
    pub name: String,
    /// Its path in the result.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what, in the unit of the result.
    pub limit: f64,
    /// The limit as it is written.
    pub written: String,
}

/// The verdict that a scenario expects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpectOrder {
    /// The order holds.
    #[default]
    Holds,
    /// A negative control: it is broken.
    Broken,
}
