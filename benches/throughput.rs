//! Simulated writes per second with all checks, metrics and the digest on, against a loop that checks nothing.
//!
//! ```text
//! cargo bench --bench throughput                                        # all of it, about two minutes
//! cargo bench --bench throughput -- --pairs 1000 --scheme pair          # one line
//! cargo bench --bench throughput -- --pairs 100 --writes 10000000 --rounds 1
//! ```
//!
//! A line is one scheme at one number of pairs: Poisson hosts (200 writes of 4 KiB a second to each pair), a WAN of
//! exponential delay (mean 20 ms) that loses nothing, constant destage times, and markers, limits and resends at
//! their default intervals. The yardstick (`baseline/`) is a `std::collections::BinaryHeap` loop of the same eight
//! events a write with the same random draws; that both issued as many writes is asserted.
//!
//! Rounds of both alternate, so that a disturbance of the machine meets both; each is judged by its fastest round.
//! The ratio says how many times as fast the loop is that checks nothing. The last column is the simulator with its judge
//! on a second core, as `rcsim run` does with one run.

mod baseline;

use std::hint::black_box;
use std::time::{Duration, Instant};

use baseline::Load;
use rcsim::metrics::Options;
use rcsim::protocol::Scheme;
use rcsim::scenario::{Builder, Scenario};
use rcsim::units::{LocalId, RemoteId, SimDuration, SimTime};
use rcsim::world::{Outcome, SimulateError, simulate, simulate_on_two_cores};

const SEED: u64 = 1;
/// Writes per second to each pair.
const RATE: u64 = 200;
const MEAN_GAP: SimDuration = SimDuration::from_ns(1_000_000_000 / RATE);
const SIZE: u32 = 4096;
const DELAY: SimDuration = SimDuration::from_ms(20);
const LIMIT_PERIOD: SimDuration = SimDuration::from_ms(10);
const LOCAL_DESTAGE: SimDuration = SimDuration::from_ns(100_000);
/// A remote system destages one write at a time: short enough for 100,000 writes a second.
const REMOTE_DESTAGE: SimDuration = SimDuration::from_ns(2_000);
/// Pairs to a group, where there are so many.
const GROUP: usize = 10;

fn main() {
    let options = match Arguments::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("{why}\nusage: [--pairs N] [--scheme NAME] [--writes N] [--rounds N]");
            std::process::exit(2);
        }
    };
    println!(
        "{:>6}  {:<14} {:>9}  {:>12}  {:>12}  {:>6}  {:>14}",
        "pairs", "scheme", "writes", "rcsim w/s", "baseline w/s", "ratio", "two cores w/s"
    );
    for &pairs in &options.pairs {
        for &scheme in &options.schemes {
            measure(pairs, scheme, options.writes, options.rounds);
        }
    }
}

/// Prints one line.
fn measure(pairs: usize, scheme: Scheme, writes: u64, rounds: u32) {
    let scenario = scenario(pairs, scheme, writes);
    let load = load(&scenario);
    let mut issued = (0, 0);
    let [mut simulator, mut on_two, mut yardstick] = [Duration::MAX; 3];
    let options = Options::default();
    for _ in 0..rounds {
        yardstick = yardstick.min(time(|| issued.0 = black_box(baseline::run(black_box(&load))).completed));
        simulator = simulator.min(time(|| {
            issued.1 = writes_of(simulate(black_box(&scenario), options, &mut |_| {}));
        }));
        on_two = on_two.min(time(|| {
            writes_of(simulate_on_two_cores(black_box(&scenario), options, (), &mut |_| {}));
        }));
    }
    assert_eq!(issued.0, issued.1, "both simulate the same writes");
    let per_second = |time: Duration| issued.0 as f64 / time.as_secs_f64();
    let (simulator, yardstick) = (per_second(simulator), per_second(yardstick));
    println!(
        "{pairs:>6}  {:<14} {:>9}  {simulator:>12.0}  {yardstick:>12.0}  {:>6.2}  {:>14.0}",
        scheme.name(),
        issued.0,
        yardstick / simulator,
        per_second(on_two)
    );
}

/// The writes of a run that kept its promise.
fn writes_of(outcome: Result<Outcome, SimulateError>) -> u64 {
    outcome.map_or(0, |Outcome { judgement, .. }| {
        assert!(judgement.verdict.holds(), "a run that breaks its promise measures nothing");
        judgement.counts.acknowledged
    })
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is what a wall clock is for")]
fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// This many pairs between two local and two remote systems (one and one for a single pair), in groups of ten that
/// span all of them; writing until about `writes` are issued.
fn scenario(pairs: usize, scheme: Scheme, writes: u64) -> Scenario {
    let systems = pairs.min(2);
    let duration_ns = u128::from(writes) * 1_000_000_000 / (u128::from(RATE) * pairs as u128);
    let mut builder = Builder::new("throughput", scheme)
        .seed(SEED)
        .duration(SimDuration::from_ns(duration_ns as u64))
        .set("run.drain_limit", "60s")
        .set("protocol.limit_period", &LIMIT_PERIOD.to_string())
        .set("protocol.retransmit_timeout", "200ms")
        .wan([("delay.distribution", "exponential"), ("delay.mean", &DELAY.to_string())]);
    for system in 1..=systems {
        let (local, remote) = (format!("L{system}"), format!("R{system}"));
        builder = builder
            .local_system(
                &local,
                pairs.div_ceil(systems) as u32,
                [("destage_time", &*LOCAL_DESTAGE.to_string())],
            )
            .remote_system(&remote, pairs as u32, [("destage_time", &*REMOTE_DESTAGE.to_string())]);
    }
    // Pair k: local system k mod 2; the remote system changes every other pair, so that each path is used.
    let local = |pair: usize| format!("L{}:{}", pair % systems + 1, pair / systems + 1);
    let all: Vec<String> = (0..pairs)
        .map(|pair| format!("{} -> R{}:{}", local(pair), pair / systems % systems + 1, pair + 1))
        .collect();
    for (index, group) in all.chunks(GROUP).enumerate() {
        builder = builder.group(&format!("G{}", index + 1), group.iter().map(String::as_str));
    }
    let on: Vec<String> = (0..pairs).map(|pair| format!("\"{}\"", local(pair))).collect();
    let (rate, on, size) = (format!("{RATE}/s"), format!("[{}]", on.join(", ")), format!("{SIZE}B"));
    let workload = [("rate", &*rate), ("on", &*on), ("size", &*size)];
    builder.host("H1", "poisson", workload).build().unwrap_or_else(|error| {
        eprintln!("{error}");
        std::process::exit(2);
    })
}

/// The same for the yardstick: names of random streams are those of the simulator.
fn load(scenario: &Scenario) -> Load {
    let local = |id: LocalId| &scenario.local_systems()[id.index()].name;
    let remote = |id: RemoteId| &scenario.remote_systems()[id.index()].name;
    Load {
        seed: SEED,
        stop: SimTime::ZERO + scenario.run().duration,
        mean_gap: MEAN_GAP,
        delay: scenario.paths()[0].forward.delay.clone(),
        limit_period: LIMIT_PERIOD,
        local_destage: LOCAL_DESTAGE,
        remote_destage: REMOTE_DESTAGE,
        arrivals: scenario
            .pairs()
            .iter()
            .map(|pair| format!("host/H1/{}:{}/arrivals", local(pair.local.system), pair.local.unit + 1))
            .collect(),
        path_of_pair: scenario.pairs().iter().map(|pair| pair.path.0).collect(),
        paths: scenario
            .paths()
            .iter()
            .map(|path| {
                let (local, remote) = (local(path.local), remote(path.remote));
                [
                    format!("wan/{local}-{remote}/write-data/delay"),
                    format!("wan/{remote}-{local}/completion/delay"),
                ]
            })
            .collect(),
    }
}

/// What to measure.
struct Arguments {
    pairs: Vec<usize>,
    schemes: Vec<Scheme>,
    writes: u64,
    rounds: u32,
}

impl Arguments {
    /// From the command line. Cargo itself adds `--bench`; without it (`cargo test --benches`) one short round
    /// shows that everything still runs.
    fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let (by_cargo, own): (Vec<_>, Vec<_>) = arguments.partition(|argument| argument == "--bench");
        let (writes, rounds) = if by_cargo.is_empty() { (10_000, 1) } else { (1_000_000, 5) };
        let schemes = vec![Scheme::Group, Scheme::Pair];
        let mut found = Self { pairs: vec![1, 100, 1_000], schemes, writes, rounds };
        let mut arguments = own.into_iter();
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("{name}: a value is missing"))?;
            let number = || value.parse::<u64>().ok().filter(|&number| number > 0);
            let wrong = || format!("{name} {value}: not understood");
            match name.as_str() {
                "--pairs" => found.pairs = vec![number().ok_or_else(wrong)? as usize],
                "--writes" => found.writes = number().ok_or_else(wrong)?,
                "--rounds" => found.rounds = number().ok_or_else(wrong)? as u32,
                "--scheme" => {
                    let scheme = Scheme::ALL.into_iter().find(|scheme| scheme.name() == value);
                    found.schemes = vec![scheme.ok_or_else(wrong)?];
                }
                _ => return Err(wrong()),
            }
        }
        Ok(found)
    }
}
