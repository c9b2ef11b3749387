//! A world as the text of a scenario file: what it says, and nothing else.

use std::io::Write as _;
use std::path::Path;

use rcsim::hardware::distribution::{Distribution, Shape};
use rcsim::hardware::link::{Course, Link, Loss};
use rcsim::hardware::workload::{Addresses, Arrivals, LocalUnit, ScriptedWrite, Sizes};
use rcsim::scenario::Scenario;
use rcsim::units::SimDuration;

use super::World;

/// The scenario of `world`. Keys that have no effect under its scheme are let through, as in a sweep over schemes: one
/// world is run under many.
pub fn scenario(world: &World, seed: u64) -> Scenario {
    let text = [run(world, seed), protocol(world), systems(world), hosts(world), network(world)].concat();
    let base = Path::new(env!("CARGO_TARGET_TMPDIR"));
    rcsim::scenario::parse_varied("built", &text, base, &[], &["protocol.scheme".into()])
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn run(world: &World, seed: u64) -> String {
    let World { duration, warm_up, drain_limit, .. } = world;
    let ties = if world.seeded_ties { "seeded" } else { "insertion" };
    format!(
        "[run]\nseed = {seed}\nduration = \"{duration}\"\nwarm_up = \"{warm_up}\"\n\
         drain_limit = \"{drain_limit}\"\nties = \"{ties}\"\n"
    )
}

fn protocol(world: &World) -> String {
    let rules = world.rules.departures();
    let rules = rules.iter().map(|departure| format!("{} = \"{}\"\n", departure.rule, departure.form));
    format!(
        "[protocol]\nscheme = \"{}\"\nlimit_period = \"{}\"\nsend_delay = \"{}\"\nmarker_interval = \"{}\"\n\
         retransmit_timeout = \"{}\"\n[protocol.rule]\n{}",
        world.scheme,
        world.limit_period,
        world.send_delay,
        world.marker_interval,
        world.retransmit_timeout,
        rules.collect::<String>(),
    )
}

/// Systems, and the groups of pairs between them.
fn systems(world: &World) -> String {
    let mut out = String::new();
    let units = world.units();
    let remote_units = |before: usize, remote: usize| {
        world.pairs[..before].iter().filter(|pair| pair.remote == remote).count()
    };
    for local in 0..world.count(|pair| pair.local) {
        let count = units.iter().filter(|unit| unit.system.index() == local).count();
        out += &format!("[[local_system]]\nname = \"L{}\"\nunits = {count}\n", local + 1);
    }
    for remote in 0..world.count(|pair| pair.remote) {
        let (count, time) = (remote_units(world.pairs.len(), remote), distribution(&world.destage_time));
        out += &format!(
            "[[remote_system]]\nname = \"R{}\"\nunits = {count}\ndestage_time = {time}\n",
            remote + 1
        );
    }
    for group in 0..world.count(|pair| pair.group) {
        let pairs = world.pairs.iter().enumerate().filter(|(_, pair)| pair.group == group);
        let pairs = pairs.map(|(index, pair)| {
            let (remote, unit) = (pair.remote + 1, remote_units(index, pair.remote) + 1);
            format!("\"{} -> R{remote}:{unit}\"", name(units[index]))
        });
        out += &format!("[[group]]\nname = \"G{}\"\npairs = [{}]\n", group + 1, list(pairs));
    }
    out
}

fn hosts(world: &World) -> String {
    let units = world.units();
    let host = |(index, (arrivals, pairs)): (usize, &(Arrivals, Vec<usize>))| {
        let on = list(pairs.iter().map(|&pair| format!("\"{}\"", name(units[pair]))));
        let kind = match arrivals {
            Arrivals::Poisson { mean_gap } => format!("kind = \"poisson\"\nrate = \"{}\"\n", rate(*mean_gap)),
            Arrivals::Constant { gap } => format!("kind = \"constant\"\nrate = \"{}\"\n", rate(*gap)),
            Arrivals::Bursty { mean_gap_on, mean_on, mean_off } => format!(
                "kind = \"bursty\"\nrate = \"{}\"\nmean_on = \"{mean_on}\"\nmean_off = \"{mean_off}\"\n",
                rate(*mean_gap_on)
            ),
            Arrivals::ClosedLoop { queue_depth, think_time } => format!(
                "kind = \"closed-loop\"\nqueue_depth = {queue_depth}\nthink_time = {}\n",
                distribution(think_time)
            ),
            Arrivals::Transaction { log, data_writes, sessions, think_time } => format!(
                "kind = \"transaction\"\nlog = \"{}\"\ndata_writes = {data_writes}\nsessions = {sessions}\n\
                 think_time = {}\n",
                name(*log),
                distribution(think_time)
            ),
            Arrivals::Scripted { writes } => return format!("{}{}", named(index), script(writes)),
            Arrivals::Trace(_) => unreachable!("worlds replay no files"),
        };
        let drawn = format!(
            "on = [{on}]\nsize = {}\naddresses = {}\n",
            sizes(&world.sizes),
            addresses(world.addresses)
        );
        format!("{}{kind}{drawn}", named(index))
    };
    world.hosts.iter().enumerate().map(host).collect()
}

/// The rate of this mean gap, to the billionth: below half a second the gap is the same to the nanosecond.
fn rate(gap: SimDuration) -> String {
    let billionths = 1_000_000_000_000_000_000 / u128::from(gap.as_ns());
    format!("{}.{:09}/s", billionths / 1_000_000_000, billionths % 1_000_000_000)
}

/// The head of a host and of its workload.
fn named(index: usize) -> String {
    format!("[[host]]\nname = \"H{}\"\n[host.workload]\n", index + 1)
}

fn script(writes: &[ScriptedWrite]) -> String {
    let write = |(index, write): (usize, &ScriptedWrite)| {
        let after = write.after.map_or_else(String::new, |after| format!(", after = \"w{after}\""));
        format!(
            "{{ name = \"w{index}\"{after}, at = \"{}\", unit = \"{}\", position = {}, size = \"{}B\" }}",
            write.at,
            name(write.unit),
            write.position,
            write.size
        )
    };
    format!("kind = \"scripted\"\nwrites = [{}]\n", list(writes.iter().enumerate().map(write)))
}

fn network(world: &World) -> String {
    format!(
        "[wan]\n{}[wan.reverse]\n{}[control]\n{}",
        link(&world.forward),
        link(&world.reverse),
        link(&world.control)
    )
}

fn link(link: &Link) -> String {
    let Link { delay, course, hold_back, loss, duplicate, reorder, bandwidth, queue, mtu, .. } = link;
    let said = Link {
        delay: delay.clone(),
        loss: *loss,
        duplicate: *duplicate,
        reorder: *reorder,
        bandwidth: *bandwidth,
        queue: *queue,
        mtu: *mtu,
        ..Link::ideal()
    };
    assert!(*link == said && *course == Course::Independent && hold_back.is_none(), "not written: {link:?}");
    let loss = match loss {
        Loss::Bernoulli(loss) => format!("{loss:?}"),
        Loss::GilbertElliott { good_to_bad, bad_to_good, loss_good, loss_bad } => format!(
            "{{ model = \"gilbert-elliott\", good_to_bad = {good_to_bad:?}, bad_to_good = {bad_to_good:?}, \
             loss_good = {loss_good:?}, loss_bad = {loss_bad:?} }}"
        ),
        Loss::Bursts { .. } => unreachable!("worlds have no bursts in time"),
    };
    let or_unlimited = |limit: Option<u64>, unit: &str| {
        limit.map_or_else(|| "\"unlimited\"".to_owned(), |limit| format!("\"{limit}{unit}\""))
    };
    format!(
        "delay = {}\nloss = {loss}\nduplicate = {duplicate:?}\nreorder = {reorder:?}\nbandwidth = {}\nqueue = {}\n\
         mtu = {}\n",
        distribution(delay),
        or_unlimited(*bandwidth, "bit/s"),
        or_unlimited(*queue, "B"),
        or_unlimited(mtu.map(u64::from), "B"),
    )
}

fn distribution(distribution: &Distribution) -> String {
    let Distribution { shape, mean, minimum } = distribution;
    let name = shape.name();
    match shape {
        Shape::Constant => format!("\"{mean}\""),
        Shape::Uniform { maximum } => {
            format!("{{ distribution = \"{name}\", minimum = \"{minimum}\", maximum = \"{maximum}\" }}")
        }
        Shape::Exponential => {
            format!("{{ distribution = \"{name}\", mean = \"{mean}\", minimum = \"{minimum}\" }}")
        }
        Shape::Normal { deviation }
        | Shape::Lognormal { deviation }
        | Shape::Pareto { deviation }
        | Shape::Paretonormal { deviation } => format!(
            "{{ distribution = \"{name}\", mean = \"{mean}\", deviation = \"{deviation}\", minimum = \"{minimum}\" }}"
        ),
        Shape::Empirical { values } => {
            format!(
                "{{ distribution = \"{name}\", file = \"{}\", minimum = \"{minimum}\" }}",
                measured(values)
            )
        }
    }
}

/// A file of these delays in the folder of what tests write, called by its content: tests run beside one another.
fn measured(values: &[u64]) -> String {
    let lines: Vec<String> = values.iter().map(|&ns| SimDuration::from_ns(ns).to_string()).collect();
    let text = lines.join("\n");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let name = format!("delays-{}.txt", &blake3::hash(text.as_bytes()).to_hex()[..16]);
    let path = folder.join(&name);
    if !path.exists() {
        let mut file = tempfile::NamedTempFile::new_in(folder).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.persist(path).unwrap();
    }
    name
}

fn sizes(sizes: &Sizes) -> String {
    match sizes {
        Sizes::Constant(bytes) => format!("\"{bytes}B\""),
        Sizes::Mixed(sizes) => {
            let one =
                |(bytes, weight): &(u32, f64)| format!("{{ size = \"{bytes}B\", weight = {weight:?} }}");
            format!("[{}]", list(sizes.iter().map(one)))
        }
    }
}

fn addresses(addresses: Addresses) -> String {
    match addresses {
        Addresses::Uniform => "\"uniform\"".to_owned(),
        Addresses::Sequential => "\"sequential\"".to_owned(),
        Addresses::Zipf { exponent } => format!("{{ zipf = {exponent:?} }}"),
    }
}

/// The unit as a scenario names it.
fn name(unit: LocalUnit) -> String {
    format!("L{}:{}", unit.system.index() + 1, unit.unit + 1)
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
