//! What may go wrong in a world, and how often; and the faults that come of it.

use super::{DURATION, Table, sorted};
use crate::engine::dice::Dice;
use crate::hardware::link::BrownOut;
use crate::scenario::validated::{ClockOwner, ControlUnit, Fault, FaultKind};
use crate::units::{Direction, HostId, LocalId, PathId, RemoteId, SimDuration, SimTime};

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $kind:ident = $name:literal, $percent:literal;)*) => {
        /// A kind of trouble, which a world has or has not.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind { $($(#[doc = $doc])* $kind,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// Its name in reports.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// How many worlds in a hundred have it.
            const fn share(self) -> u64 {
                match self { $(Self::$kind => $percent,)* }
            }
        }
    };
}

kinds! {
    /// Packets are lost.
    Loss = "loss", 60;
    /// Packets arrive twice.
    Duplicate = "duplicate", 50;
    /// A share of the packets skips the delay.
    Reorder = "reorder", 50;
    /// Delays and service times vary.
    Jitter = "jitter", 60;
    /// A share of the packets is held back.
    HoldBack = "hold-back", 25;
    /// No packet overtakes another.
    Fifo = "fifo", 15;
    /// Lines have a bandwidth.
    Bandwidth = "bandwidth", 15;
    /// Writes travel in parts.
    Mtu = "mtu", 25;
    /// Outages.
    Outage = "wan-outage", 50;
    /// Brown-outs.
    BrownOut = "brown-out", 40;
    /// Local control units crash.
    CrashLocal = "crash-local", 45;
    /// They crash between steps 601 and 602.
    CrashBeforeSend = "crash-before-send", 30;
    /// Remote control units crash.
    CrashRemote = "crash-remote", 45;
    /// Slave processes stop.
    SlaveStop = "slave-stop", 40;
    /// The master process stops.
    MasterStop = "master-stop", 40;
    /// Clocks are wrong, and are set wrong.
    Clock = "clock", 35;
    /// The control network is late and loses.
    Control = "control", 45;
    /// The local site is lost.
    SiteLoss = "local-site-loss", 20;
    /// Caches are small.
    SmallCache = "small-cache", 40;
    /// Hosts are far from their local systems.
    HostDelay = "host-delay", 40;
    /// Units take their time.
    SlowUnits = "slow-units", 60;
    /// Transports other than a constant time-out.
    Transport = "transport", 50;
    /// Ties are broken by seed.
    Ties = "seeded-ties", 50;
    /// Hundreds of writes to one unit.
    Long = "long", 2;
    /// Faults keep a distance.
    Distance = "least-distance", 20;
}

/// The kinds of trouble that a world has, each with a weight from 1 to 4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Troubles {
    weights: [u8; Kind::ALL.len()],
}

impl Troubles {
    /// Each kind is on or off by chance.
    pub(super) fn draw(dice: &mut Dice, tiny: bool) -> Self {
        let mut troubles = Self::default();
        for &kind in Kind::ALL {
            let (on, weight) = (dice.percent(kind.share()), 1 + dice.below(4) as u8);
            let fits = !tiny || !matches!(kind, Kind::Bandwidth | Kind::Long);
            troubles.weights[kind as usize] = if on && fits { weight } else { 0 };
        }
        troubles
    }

    /// Is this kind on?
    pub const fn has(&self, kind: Kind) -> bool {
        self.weights[kind as usize] > 0
    }

    /// How often it strikes where it may, in a hundred.
    pub(super) const fn percent(&self, kind: Kind) -> u64 {
        25 * self.weights[kind as usize] as u64
    }

    /// The kinds that are on.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        let weights = self.weights;
        Kind::ALL.iter().copied().filter(move |&kind| weights[kind as usize] > 0)
    }
}

/// How far a fault sets a clock ahead or back, in nanoseconds.
pub(super) fn skew_of(kind: &FaultKind) -> u64 {
    match kind {
        FaultKind::ClockError { skew_ns, .. } => skew_ns.unsigned_abs(),
        _ => 0,
    }
}

/// What fails, and when: all of it is over when hosts stop.
pub(super) fn faults(
    table: &mut Table,
    (locals, remotes, hosts): (usize, usize, usize),
    paths: usize,
) -> Vec<Fault> {
    const STRIKING: [Kind; 8] = [
        Kind::Outage,
        Kind::BrownOut,
        Kind::CrashLocal,
        Kind::CrashBeforeSend,
        Kind::CrashRemote,
        Kind::SlaveStop,
        Kind::MasterStop,
        Kind::Clock,
    ];
    let of_disk = |kind: Kind| locals > 0 || matches!(kind, Kind::Outage | Kind::BrownOut);
    let mut bag = Vec::new();
    for kind in STRIKING.into_iter().filter(|&kind| of_disk(kind)) {
        bag.extend(std::iter::repeat_n(kind, table.troubles.weights[kind as usize] as usize));
    }
    let count = if bag.is_empty() { 0 } else { table.dice.one_of(&[0, 1, 1, 2, 2, 3, 5]) };
    let mut faults = Vec::new();
    for _ in 0..count {
        let kind = table.dice.one_of(&bag);
        let begins = table.dice.below(DURATION - 50);
        let longest = table.dice.one_of(&[DURATION, 4, 4, 60, 60, 60, 60]);
        let length = 1 + table.dice.below(longest.min(DURATION - begins - 1));
        let length = table.span(length);
        let kind = fault(table, kind, length, (locals, remotes, hosts), paths);
        faults.push(Fault { at: table.at(begins), kind });
    }
    let mut faults = sorted(faults);
    if table.troubles.has(Kind::Distance) {
        let units = 10 + table.dice.below(40);
        let distance = table.span(units);
        let mut free = SimTime::ZERO;
        faults.retain(|fault| {
            let keeps = fault.at >= free;
            if keeps {
                free = fault.at + fault.kind.length().unwrap_or_default() + distance;
            }
            keeps
        });
    }
    if table.troubles.has(Kind::SiteLoss) {
        let begins = table.dice.below(DURATION);
        faults.push(Fault { at: table.at(begins), kind: FaultKind::LocalSiteLoss });
    }
    sorted(faults)
}

fn fault(
    table: &mut Table,
    kind: Kind,
    length: SimDuration,
    (locals, remotes, hosts): (usize, usize, usize),
    paths: usize,
) -> FaultKind {
    let local = LocalId::from(table.dice.index(locals.max(1)));
    let remote = RemoteId::from(table.dice.index(remotes.max(1)));
    // One direction of one path, or all of them.
    let (path, direction) = if table.dice.percent(50) {
        let direction = table.dice.one_of(&[Direction::Forward, Direction::Reverse]);
        (Some(PathId::from(table.dice.index(paths.max(1)))), Some(direction))
    } else {
        (None, None)
    };
    match kind {
        Kind::Outage => FaultKind::WanOutage { length, path, direction },
        Kind::BrownOut => {
            let delay = table.dice.below(20);
            let bandwidth = table.dice.percent(50).then(|| (1 << 40) / table.scale);
            let brown_out = BrownOut { loss: 0.5, delay: table.span(delay), bandwidth };
            FaultKind::BrownOut { length, path, direction, brown_out }
        }
        Kind::CrashLocal => {
            FaultKind::Crash { system: ControlUnit::Local(local), length, before_send: false }
        }
        Kind::CrashBeforeSend => {
            FaultKind::Crash { system: ControlUnit::Local(local), length, before_send: true }
        }
        Kind::CrashRemote => {
            FaultKind::Crash { system: ControlUnit::Remote(remote), length, before_send: false }
        }
        Kind::SlaveStop => FaultKind::SlaveStop { remote, length },
        Kind::MasterStop => FaultKind::MasterStop { length },
        _ => {
            let host = table.dice.index(hosts.max(1));
            let clock = if hosts > 0 && table.dice.percent(25) {
                ClockOwner::Host(HostId::from(host))
            } else {
                ClockOwner::Local(local)
            };
            let skew_ns = (table.dice.below(41).cast_signed() - 20) * table.scale.cast_signed();
            FaultKind::ClockError { clock, skew_ns, drift_ns_per_s: 0 }
        }
    }
}
