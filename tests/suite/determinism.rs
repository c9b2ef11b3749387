//! DESIGN 8: the same bytes whenever, wherever and beside whatever a scenario is run.
//!
//! [`worlds`] covers every scheme, every distribution and every kind of workload; a run is judged by its whole
//! outcome, and across processes by the digest of all its records.

use std::process::Command;
use std::sync::Arc;

use rcsim::checker::Check;
use rcsim::engine::random::Streams;
use rcsim::hardware::addresses::AddressSampler;
use rcsim::hardware::distribution::{Distribution, Sampler, Shape};
use rcsim::hardware::link::{Link, Loss};
use rcsim::hardware::workload::{Addresses, Arrivals, ScriptedWrite, Sizes};
use rcsim::metrics::Interval;
use rcsim::protocol::rules::Destage;
use rcsim::protocol::{Rules, Scheme};
use rcsim::units::{SimDuration, SimTime};
use rcsim::world::Outcome;

use crate::builder::{
    World, constant_ms, exponential_ms, lognormal_ms, ms, seconds, shifted_exponential_ms, uniform_ms,
};

/// Two by two systems, eight pairs in two groups that span all of them.
fn site(scheme: Scheme) -> World {
    let places = (0..8).map(|pair| (pair % 2, pair / 2 % 2, pair / 4));
    let world =
        places.fold(World::new(scheme), |world, (local, remote, group)| world.pair(local, remote, group));
    world.markers(ms(10.0)).limit_period(ms(10.0)).timeout(ms(200.0)).seconds(1.0).drain_limit(60.0)
}

/// A path on which everything happens.
fn rough(delay: Distribution) -> Link {
    Link {
        delay,
        loss: Loss::GilbertElliott { good_to_bad: 0.02, bad_to_good: 0.3, loss_good: 0.01, loss_bad: 0.5 },
        duplicate: 0.05,
        reorder: 0.05,
        bandwidth: Some(200_000_000),
        queue: Some(1 << 20),
        mtu: Some(1_500),
        ..Link::ideal()
    }
}

fn distributions() -> Vec<Distribution> {
    let of = |shape, minimum| Distribution::new(shape, ms(20.0), ms(minimum)).unwrap();
    let deviation = ms(12.0);
    let values = [3.0, 7.5, 11.0, 19.0, 60.0].map(ms).to_vec();
    vec![
        constant_ms(20.0),
        uniform_ms(5.0, 35.0),
        exponential_ms(20.0),
        shifted_exponential_ms(10.0, 20.0),
        lognormal_ms(20.0, 12.0),
        of(Shape::Normal { deviation }, 4.0),
        of(Shape::Lognormal { deviation }, 8.0),
        of(Shape::Pareto { deviation }, 0.0),
        of(Shape::Pareto { deviation }, 14.0),
        of(Shape::Paretonormal { deviation }, 6.0),
        Distribution::empirical(values, SimDuration::ZERO).unwrap(),
    ]
}

fn workloads(world: &World) -> Vec<(&'static str, Arrivals)> {
    let think_time = exponential_ms(4.0);
    let log = world.units()[0];
    let writes: Arc<[_]> = (0..200_u64)
        .map(|index| ScriptedWrite {
            // Every third waits for the one before.
            at: SimTime::from_ns(index * 4_000_000 * u64::from(index % 3 != 2) + 1),
            after: (index % 3 == 2).then(|| index as usize - 1),
            unit: world.units()[index as usize * 7 % 8],
            position: index % 5 * 8,
            size: 4096,
        })
        .collect();
    vec![
        ("poisson", Arrivals::Poisson { mean_gap: ms(10.0) }),
        ("constant", Arrivals::Constant { gap: ms(10.0) }),
        ("bursty", Arrivals::Bursty { mean_gap_on: ms(2.0), mean_on: ms(50.0), mean_off: ms(200.0) }),
        ("closed loop", Arrivals::ClosedLoop { queue_depth: 4, think_time: think_time.clone() }),
        ("transaction", Arrivals::Transaction { log, data_writes: 3, sessions: 3, think_time }),
        ("scripted", Arrivals::Scripted { writes }),
    ]
}

/// What is run: name and world.
fn worlds() -> Vec<(String, World)> {
    let mut worlds = Vec::new();
    // The rivals come last, so that a new one does not change which of the golden digests are shown.
    let (firsts, rivals) = Scheme::ALL.split_at(7);
    for &scheme in firsts {
        let world =
            site(scheme).poisson(100.0).wan(rough(exponential_ms(20.0))).destage_time(exponential_ms(0.5));
        worlds.push((scheme.to_string(), world));
    }
    for (index, delay) in distributions().into_iter().enumerate() {
        let world = site(Scheme::Group).poisson(100.0);
        let world = world.wan(rough(delay.clone())).destage_time(scaled(&delay));
        worlds.push((format!("{} ({index})", delay.shape.name()), world.control_delay(delay)));
    }
    for (name, arrivals) in workloads(&site(Scheme::Pair)) {
        for (kind, addresses) in [
            ("uniform", Addresses::Uniform),
            ("zipf", Addresses::Zipf { exponent: 0.9 }),
            ("sequential", Addresses::Sequential),
        ] {
            // Data is not written to the log.
            let data = usize::from(matches!(arrivals, Arrivals::Transaction { .. }))..8;
            let world = site(Scheme::Pair).host(arrivals.clone(), data).addresses(addresses);
            let sizes = Sizes::Mixed(vec![(512, 1.0), (4096, 3.0), (65_536, 0.5)]);
            let world = world.sizes(sizes).wan(rough(uniform_ms(5.0, 35.0)));
            worlds.push((format!("{name}, {kind}"), world.rules(|rules| rules.destage = Destage::Pair)));
        }
    }
    for &scheme in rivals {
        let world = site(scheme).poisson(100.0).addresses(Addresses::Zipf { exponent: 0.9 });
        worlds.push((scheme.to_string(), world.wan(rough(exponential_ms(20.0)))));
    }
    worlds
}

/// The same law, forty times as short: a service time.
fn scaled(delay: &Distribution) -> Distribution {
    match &delay.shape {
        Shape::Constant => constant_ms(0.5),
        Shape::Uniform { .. } => uniform_ms(0.1, 0.9),
        Shape::Empirical { values } => {
            let values = values.iter().map(|&value| SimDuration::from_ns(value / 40)).collect();
            Distribution::empirical(values, SimDuration::ZERO).unwrap()
        }
        shape => {
            let deviation = ms(0.3);
            let shape = match shape {
                Shape::Normal { .. } => Shape::Normal { deviation },
                Shape::Lognormal { .. } => Shape::Lognormal { deviation },
                Shape::Pareto { .. } => Shape::Pareto { deviation },
                Shape::Paretonormal { .. } => Shape::Paretonormal { deviation },
                other => other.clone(),
            };
            Distribution::new(shape, ms(0.5), seconds(delay.minimum.as_secs_f64() / 40.0)).unwrap()
        }
    }
}

const SEEDS: [u64; 2] = [1, 7];

fn outcomes() -> Vec<Outcome> {
    worlds().iter().flat_map(|(_, world)| SEEDS.map(|seed| world.run(seed))).collect()
}

/// Every bit of what samplers and statistics compute as `f64`. Whole nanoseconds would hide the last ones, of which
/// most come to light only in long runs.
fn raw_bits() -> impl Iterator<Item = u64> {
    /// The C library's logarithm differs without FMA so rarely that a thousand draws do not show it.
    const DRAWS: u32 = 20_000;
    let random = Streams::new(1).stream("raw bits");
    let samples = distributions().into_iter().flat_map({
        let random = random.clone();
        move |distribution| {
            let (sampler, mut random) = (Sampler::new(&distribution), random.clone());
            let sample = |_| sampler.sample_ns(&mut random);
            let samples: Vec<f64> = (0..DRAWS).map(sample).collect();
            let shares = samples.iter().take(1_000).map(|&ns| sampler.cdf(ns)).collect::<Vec<_>>();
            samples.into_iter().chain(shares)
        }
    });
    // So large a unit has about as many blocks as an `f64` has values.
    let blocks = [0.5, 0.99, 1.0, 1.7].into_iter().flat_map(move |exponent| {
        let (mut sampler, mut random) =
            (AddressSampler::new(Addresses::Zipf { exponent }, 1 << 62), random.clone());
        (0..DRAWS).map(|_| sampler.sample(512, &mut random)).collect::<Vec<_>>()
    });
    let intervals = (2..1_000).map(|count| {
        let values: Vec<f64> = (0..count).map(|i| f64::from(i * i % 17)).collect();
        Interval::of(&values, 0.99).unwrap().half_width
    });
    samples.chain(intervals).map(f64::to_bits).chain(blocks)
}

/// One line per run: name, seed and digest of the records; then digests of all that was measured, and of raw bits.
fn digests() -> String {
    let names = worlds().into_iter().flat_map(|(name, _)| SEEDS.map(|seed| format!("{name}, seed {seed}")));
    let outcomes = outcomes();
    // Debug writes every `f64` so that it can be read back to the bit.
    let measured = blake3::hash(format!("{outcomes:?}").as_bytes()).to_hex();
    let lines = names.zip(&outcomes).map(|(name, outcome)| format!("{name}: {}\n", outcome.judgement.digest));
    let raw: Vec<u8> = raw_bits().flat_map(u64::to_le_bytes).collect();
    let raw = blake3::hash(&raw).to_hex();
    lines.chain([format!("raw bits: {raw}\n"), format!("measured: {measured}\n")]).collect()
}

#[test]
fn twice_the_same_is_the_same() {
    assert_eq!(outcomes(), outcomes());
}

#[test]
fn other_seeds_and_other_worlds_are_others() {
    let mut digests: Vec<_> = outcomes().into_iter().map(|outcome| outcome.judgement.digest).collect();
    let count = digests.len();
    digests.sort_unstable();
    digests.dedup();
    // A script has no chance in it but the network's, and its own addresses: three worlds are one.
    assert_eq!(digests.len(), count - 2 * SEEDS.len());
}

/// Runs share nothing: beside one another they are what they are alone.
#[test]
fn side_by_side_is_the_same_as_one_after_the_other() {
    let alone = outcomes();
    let beside = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(outcomes)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    for outcomes in beside {
        assert_eq!(outcomes, alone);
    }
}

/// Set in a process that shall print [`digests`] and nothing else.
const PRINT: &str = "RCSIM_PRINT_DIGESTS";
/// Around what it prints.
const MARK: &str = "--- digests ---\n";
const TEST: &str = "determinism::another_process_and_another_cpu_are_the_same";

/// The test [`TEST`] in a process of its own under these `GLIBC_TUNABLES`: what it prints.
fn elsewhere(tunables: &str) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env(PRINT, "1")
        .env("GLIBC_TUNABLES", tunables)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    printed.split(MARK).nth(1).expect("digests between marks").to_owned()
}

/// What the C library makes of some exponentials, to the last bit.
#[expect(clippy::disallowed_methods, reason = "to see that the other processor is one")]
fn c_library_bits() -> u64 {
    let bits = |i: u32| std::hint::black_box(f64::from(i) / 64.0).exp().to_bits();
    (0..2_000).map(bits).fold(0, |sum, bits| sum.rotate_left(1) ^ bits)
}

/// Without FMA and AVX2 the C library computes `exp`, `log` and `pow` otherwise, in the last bit: no result may come
/// from there.
#[test]
fn another_process_and_another_cpu_are_the_same() {
    if std::env::var_os(PRINT).is_some() {
        println!("\n{MARK}{}C library: {:016x}\n{MARK}", digests(), c_library_bits());
        return;
    }
    let own = format!("C library: {:016x}\n", c_library_bits());
    let here = digests();
    assert_eq!(elsewhere(""), format!("{here}{own}"));
    let other = elsewhere("glibc.cpu.hwcaps=-FMA,-AVX2");
    assert!(other.starts_with(&here), "{other}\nis not\n{here}");
    // On this platform the tunable must have had its effect, else nothing was shown.
    #[cfg(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"))]
    if std::arch::is_x86_feature_detected!("fma") {
        assert_ne!(other[here.len()..], own, "the C library computes without FMA as with it");
    }
}

/// The program says the same of the patent's figures, to the byte, alone or on two threads, here or there.
#[test]
fn the_program_prints_the_same_on_another_cpu() {
    let printed = |threads: &str, tunables: &str| {
        let figures =
            ["fig-1", "fig-2", "fig-3", "fig-4"].map(|name| format!("scenarios/figures/{name}.toml"));
        let output = Command::new(env!("CARGO_BIN_EXE_rcsim"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .arg("run")
            .args(figures)
            .args(["--format", "json", "--threads", threads])
            .env("GLIBC_TUNABLES", tunables)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let here = printed("1", "");
    assert_eq!(here.lines().count(), 4);
    assert_eq!(printed("2", "glibc.cpu.hwcaps=-FMA,-AVX2"), here);
}

/// Events of one instant may come in any order: the verdict of a repaired scheme is the same.
#[test]
fn seeded_ties_change_no_verdict() {
    let promised = |scheme: &Scheme| {
        let promise = scheme.promise(&Rules::REPAIRED);
        promise.kept == promise.judged
    };
    for scheme in Scheme::ALL.into_iter().filter(promised) {
        // Everything happens at whole milliseconds: ties abound.
        let writes = site(scheme).every(ms(4.0), 0..8).every(ms(6.0), [0, 3, 5]);
        let delays = Distribution::empirical((1..=12).map(|n| ms(f64::from(n))).collect(), SimDuration::ZERO);
        let wan = Link { bandwidth: None, queue: None, ..rough(delays.unwrap()) };
        let world = writes.wan(wan).destage_time(constant_ms(1.0)).limit_period(ms(2.0)).markers(ms(3.0));
        for seed in 1..=5 {
            let (plain, shuffled) = (world.run(seed), world.clone().seeded_ties().run(seed));
            let verdict = |outcome: &Outcome| outcome.judgement.verdict.checks;
            assert!(shuffled.judgement.verdict.holds(), "{scheme}, seed {seed}");
            assert_ne!(plain.judgement.digest, shuffled.judgement.digest, "no ties to shuffle");
            assert_eq!(shuffled, world.clone().seeded_ties().run(seed), "{scheme}, seed {seed}");
            // Not promised, and so left to the order of ties: `destage-order`.
            for check in Check::ALL.into_iter().filter(|&check| check != Check::DestageOrder) {
                assert_eq!(verdict(&plain).get(check), verdict(&shuffled).get(check), "{scheme} {check}");
            }
        }
    }
}

/// For good: a change here changes results that were published, and must say so.
#[test]
fn golden_digests() {
    let all = digests();
    let raw = all.lines().filter(|line| line.starts_with("raw bits"));
    let worlds = all.lines().filter(|line| !line.starts_with("measured") && !line.starts_with("raw bits"));
    let golden = worlds.step_by(4).chain(raw).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(golden);
}
