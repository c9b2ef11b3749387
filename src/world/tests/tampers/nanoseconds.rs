//! The world of the tampers: everything happens within nanoseconds, so that what is wrong by one is wrong.

use crate::hardware::clock::Clock;
use crate::hardware::distribution::{Distribution, Shape};
use crate::hardware::link::{Link, Loss};
use crate::hardware::workload::{Addresses, Arrivals, LocalUnit, ScriptedWrite, Sizes, Workload};
use crate::protocol::disk::ordering::network_sync::NetworkSync;
use crate::protocol::disk::ordering::streams::Pull;
use crate::protocol::rules::Destage;
use crate::protocol::transport::Transport;
use crate::protocol::{Rules, Scheme};
use crate::scenario::Scenario;
use crate::scenario::validated::{
    Expect, Explore, Fault, FaultKind, Group, Host, LocalSystem, Pair, Path, Protocol, RemoteSystem, Run,
};
use crate::units::{GroupId, LocalId, PairId, PathId, RemoteId, SimDuration, SimTime};

/// As it is.
pub fn plain(_world: &mut Scenario) {}

/// One path loses a third, the others nothing.
pub fn one_lossy_path(world: &mut Scenario) {
    world.paths.iter_mut().for_each(|path| path.forward.loss = Loss::Bernoulli(0.0));
    world.paths[2].forward.loss = Loss::Bernoulli(0.3);
}

/// Slaves are activated now and then; writes a few nanoseconds apart are concurrent.
pub fn periodic(world: &mut Scenario) {
    world.protocol.limit_period = SimDuration::from_ns(7);
    world.hosts[0].delay = Distribution::constant(SimDuration::from_ns(8));
}

/// A remote cache with little room beyond the places of its streams.
pub fn small_remote_cache(world: &mut Scenario) {
    world.remote_systems[0].cache = Some(9 << 12);
}

/// A local cache of three writes.
pub fn small_local_cache(world: &mut Scenario) {
    world.local_systems[0].cache = Some(3 << 12);
}

/// Strict order across remote systems is promised.
pub fn serial(world: &mut Scenario) {
    world.protocol.rules.destage = Destage::Serial;
}

/// Writes at every nanosecond, concurrent if they are a few nanoseconds apart.
pub fn crowded(world: &mut Scenario) {
    world.hosts[0].workload.arrivals = Arrivals::Poisson { mean_gap: SimDuration::from_ns(8) };
    world.hosts[0].delay = Distribution::constant(SimDuration::from_ns(4));
}

/// The local site is lost while limits are on their way.
pub fn disaster(world: &mut Scenario) {
    world.paths.iter_mut().for_each(|path| path.forward.loss = Loss::Bernoulli(0.0));
    let delay = &mut world.control.delay;
    (delay.shape, delay.mean) = (Shape::Exponential, SimDuration::from_ns(80));
    world.faults.push(Fault { at: SimTime::from_ns(200), kind: FaultKind::LocalSiteLoss });
}

/// Streams are pulled.
pub fn pulled(world: &mut Scenario) {
    world.protocol.pull = Some(Pull { requests: 2, bytes: 8192, timeout: SimDuration::from_ns(400) });
}

/// A third packet repairs each two of a path.
pub fn repaired(world: &mut Scenario) {
    let flush = SimDuration::from_ns(10);
    world.protocol.network_sync = Some(NetworkSync { data: 2, repair: 1, flush, interleave: 2 });
}

/// Two writes to one block.
pub fn one_block(world: &mut Scenario) {
    let write = |at| ScriptedWrite {
        at: SimTime::from_ns(at),
        after: None,
        unit: LocalUnit { system: LocalId(0), unit: 0 },
        position: 0,
        size: 4096,
    };
    world.hosts[0].workload.arrivals = Arrivals::Scripted { writes: vec![write(10), write(12)].into() };
}

/// Two local and two remote systems; both groups have a pair between each two of them. Pair p of a group g is from
/// unit 2·remote + g of its local system to unit 2·local + g of its remote system.
pub fn world(seed: u64) -> Scenario {
    let ns = SimDuration::from_ns;
    let wan = Link {
        delay: Distribution { shape: Shape::Exponential, mean: ns(20), minimum: ns(5) },
        loss: Loss::Bernoulli(0.05),
        duplicate: 0.05,
        ..Link::ideal()
    };
    let pairs: Vec<Pair> = (0..8)
        .map(|index| {
            let (local, remote, group) = (index / 4, index / 2 % 2, index % 2);
            Pair {
                local: LocalUnit { system: LocalId(local), unit: 2 * remote + group },
                remote: RemoteId(remote),
                remote_unit: 2 * local + group,
                group: GroupId(group),
                path: PathId(2 * local + remote),
            }
        })
        .collect();
    let group = |name: &str, first: u32| Group {
        name: name.into(),
        pairs: (0..4).map(|pair| PairId(2 * pair + first)).collect(),
    };
    let local = |name: &str| LocalSystem {
        name: name.into(),
        units: 4,
        cache: None,
        unit_size: 1 << 16,
        destage_time: Distribution::constant(ns(1)),
        clock: Clock::default(),
    };
    let remote = |name: &str| RemoteSystem {
        name: name.into(),
        units: 4,
        cache: None,
        destage_time: Distribution::constant(ns(1)),
    };
    let path = |index: u32| Path {
        local: LocalId(index / 2),
        remote: RemoteId(index % 2),
        forward: wan.clone(),
        reverse: wan.clone(),
        transport: Transport::fixed(ns(80)),
        has_own_window: false,
    };
    Scenario {
        name: "nanoseconds".into(),
        title: String::new(),
        run: Run {
            seed,
            duration: ns(300),
            warm_up: ns(0),
            drain_limit: ns(3_000),
            seeded_ties: false,
            heal: None,
            disasters: 0,
        },
        protocol: Protocol {
            scheme: Scheme::Pair,
            rules: Rules::REPAIRED,
            limit_period: ns(0),
            send_delay: SimDuration::ZERO,
            marker_interval: ns(10),
            preset: None,
            epoch: crate::protocol::disk::ordering::epoch::EpochSettings::default(),
            network_sync: None,
            release: crate::protocol::disk::ordering::streams::Release::Received,
            pull: None,
            cut: crate::protocol::disk::ordering::cut::CutSettings::default(),
        },
        local_systems: vec![local("L1"), local("L2")],
        remote_systems: vec![remote("R1"), remote("R2")],
        groups: vec![group("solid", 0), group("broken", 1)],
        hosts: vec![Host {
            name: "H1".into(),
            workload: Workload {
                arrivals: Arrivals::Poisson { mean_gap: ns(30) },
                units: pairs.iter().map(|pair| pair.local).collect(),
                addresses: Addresses::Uniform,
                sizes: Sizes::Constant(4096),
            },
            delay: Distribution::constant(ns(0)),
            clock: Clock::default(),
            retry_timeout: SimDuration::from_ms(1_000),
        }],
        pairs,
        paths: (0..4).map(path).collect(),
        tape: crate::scenario::tape::Tape::default(),
        control: Link::ideal(),
        script: crate::scenario::validated::Script::default(),
        faults: vec![],
        explore: Explore::default(),
        expect: Expect::default(),
        largest_write: 4096,
    }
}
