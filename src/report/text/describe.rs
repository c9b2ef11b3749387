//! A scenario in a few phrases: systems, hosts, paths, faults.
//!
//! Nothing that was measured; long lists are cut.

use super::human::{count, number, percent, plural};
use crate::hardware::distribution::{Distribution, Shape};
use crate::hardware::link::{Course, HoldBack, Link, Loss};
use crate::hardware::trace_file::Window;
use crate::hardware::workload::{Addresses, Arrivals, Recording, Sizes, Workload};
use crate::scenario::Scenario;
use crate::scenario::validated::{Fault, FaultKind, Path};
use crate::units::SimDuration;
use crate::units::quantity::{Bandwidth, Size};

/// At most this many items of a list are shown.
const SHOWN: usize = 6;

/// A list of names, cut where it is long.
fn names<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let total = names.len();
    let mut shown: Vec<String> = names.take(SHOWN).map(str::to_owned).collect();
    if total > SHOWN {
        shown.push(format!("and {} more", count((total - SHOWN) as u64)));
    }
    shown.join(", ")
}

/// Cuts a list of phrases where it is long.
fn cut(mut phrases: Vec<String>) -> Vec<String> {
    if phrases.len() > SHOWN {
        let more = phrases.len() - SHOWN;
        phrases.truncate(SHOWN);
        phrases.push(format!("and {} more", count(more as u64)));
    }
    phrases
}

/// Systems, pairs and groups.
pub fn systems(scenario: &Scenario) -> String {
    let (locals, remotes) = (&scenario.local_systems, &scenario.remote_systems);
    format!(
        "{} local ({}), {} remote ({}); {} in {} ({})",
        count(locals.len() as u64),
        names(locals.iter().map(|system| system.name.as_str())),
        count(remotes.len() as u64),
        names(remotes.iter().map(|system| system.name.as_str())),
        plural(scenario.pairs.len(), "pair"),
        plural(scenario.groups.len(), "group"),
        names(scenario.groups.iter().map(|group| group.name.as_str())),
    )
}

/// One line for a list of scenarios: what is there, without its names.
pub fn summary(scenario: &Scenario) -> String {
    let tape = &scenario.tape;
    if scenario.local_systems.is_empty() {
        let (systems, jobs) = (tape.systems.len(), tape.jobs.len());
        return format!("{}, {}", plural(systems, "tape system"), plural(jobs, "tape job"));
    }
    format!(
        "scheme {}, {} local and {} remote systems, {} in {}, {}, {} of writes",
        scenario.protocol.scheme,
        count(scenario.local_systems.len() as u64),
        count(scenario.remote_systems.len() as u64),
        plural(scenario.pairs.len(), "pair"),
        plural(scenario.groups.len(), "group"),
        plural(scenario.hosts.len(), "host"),
        scenario.run.duration
    )
}

/// Each host and its workload, a phrase each.
pub fn hosts(scenario: &Scenario) -> Vec<String> {
    let phrase = |host: &crate::scenario::validated::Host| {
        let delay = if host.delay.is_zero() {
            String::new()
        } else {
            format!("; {} to its systems", distribution(&host.delay))
        };
        format!("{}: {}{delay}", host.name, workload(&host.workload))
    };
    cut(scenario.hosts.iter().map(phrase).collect())
}

fn workload(workload: &Workload) -> String {
    let units = plural(workload.units.len(), "unit");
    let what = format!("{}, {}", sizes(&workload.sizes), addresses(workload.addresses));
    match &workload.arrivals {
        Arrivals::Poisson { mean_gap } => {
            format!("Poisson, {} to each of {units}, {what}", rate(*mean_gap))
        }
        Arrivals::Constant { gap } => format!("constant, {} to each of {units}, {what}", rate(*gap)),
        Arrivals::Bursty { mean_gap_on, mean_on, mean_off } => {
            format!(
                "bursts of {mean_on} with {} and silences of {mean_off}, to each of {units}, {what}",
                rate(*mean_gap_on)
            )
        }
        Arrivals::ClosedLoop { queue_depth, think_time } => {
            format!("closed loop, queue depth {queue_depth}{}, to {units}, {what}", think(think_time))
        }
        Arrivals::Transaction { data_writes, sessions, think_time, .. } => format!(
            "transactions of a log write and {} to {units}, in {}{}, {what}",
            plural(*data_writes as usize, "data write"),
            plural(*sessions as usize, "session"),
            think(think_time)
        ),
        Arrivals::Trace(recording) => recorded(recording),
        Arrivals::Scripted { writes } => format!("{} written down", plural(writes.len(), "write")),
    }
}

/// The files of a recorded workload, and how they are replayed.
fn recorded(Recording { plan, .. }: &Recording) -> String {
    let files: Vec<_> = plan.files.iter().map(|file| file.path.display().to_string()).collect();
    let files = match files.as_slice() {
        [first, .., last] if files.len() > 3 => format!("{first} to {last} ({} files)", files.len()),
        files => files.join(", "),
    };
    let mut told = vec![format!("trace {files}"), plural(plan.volumes.len(), "volume")];
    let Window { from, to, stretch, speed } = plan.window;
    let times = speed / stretch;
    if (times - 1.0).abs() >= f64::EPSILON {
        told.push(format!("{} times as fast", number(times)));
    }
    match to {
        Some(to) => told.push(format!("from {from} to {to}")),
        None if !from.is_zero() => told.push(format!("from {from}")),
        None => {}
    }
    told.join(", ")
}

fn think(think_time: &Distribution) -> String {
    if think_time.is_zero() { String::new() } else { format!(", think time {}", distribution(think_time)) }
}

/// One write each `gap`: in a unit of time in which three decimals show it.
fn rate(gap: SimDuration) -> String {
    let a_second = 1.0 / gap.as_secs_f64();
    let units = [("s", 1.0), ("min", 60.0)];
    let (unit, seconds) = units.into_iter().find(|(_, s)| a_second * s >= 0.1).unwrap_or(("h", 3600.0));
    format!("{}/{unit}", number(a_second * seconds))
}

fn sizes(sizes: &Sizes) -> String {
    match sizes {
        Sizes::Constant(size) => Size(u64::from(*size)).to_string(),
        Sizes::Mixed(mixed) => {
            let largest = sizes.largest();
            let smallest = mixed.iter().map(|&(size, _)| size).min().unwrap_or(0);
            format!("{} to {}", Size(u64::from(smallest)), Size(u64::from(largest)))
        }
    }
}

fn addresses(addresses: Addresses) -> String {
    match addresses {
        Addresses::Uniform => "uniform addresses".to_owned(),
        Addresses::Zipf { exponent } => format!("zipf {} addresses", number(exponent)),
        Addresses::Sequential => "sequential addresses".to_owned(),
    }
}

/// Each kind of path, a phrase each: paths that are alike share one.
pub fn paths(scenario: &Scenario) -> Vec<String> {
    let mut kinds: Vec<(&Path, Vec<String>)> = Vec::new();
    for path in &scenario.paths {
        let local = scenario.local_systems.get(path.local.index()).map_or("", |system| &system.name);
        let remote = scenario.remote_systems.get(path.remote.index()).map_or("", |system| &system.name);
        let name = format!("{local}-{remote}");
        let alike = |known: &Path| known.forward == path.forward && known.reverse == path.reverse;
        match kinds.iter_mut().find(|(known, _)| alike(known)) {
            Some((_, names)) => names.push(name),
            None => kinds.push((path, vec![name])),
        }
    }
    let phrase = |(path, paths): &(&Path, Vec<String>)| {
        let paths = names(paths.iter().map(String::as_str));
        if path.forward == path.reverse {
            format!("{paths}: {}", link(&path.forward))
        } else {
            format!("{paths}: {}; back: {}", link(&path.forward), link(&path.reverse))
        }
    };
    cut(kinds.iter().map(phrase).collect())
}

fn link(link: &Link) -> String {
    let mut phrases = vec![match &link.course {
        _ if link.netem.is_some() => {
            let netem = link.netem.as_ref().map_or("", |netem| netem.text.as_str());
            format!("netem \"{netem}\"")
        }
        Course::Independent => format!("delay {}", distribution(&link.delay)),
        Course::Correlated(time) => format!("delay {}, correlation time {time}", distribution(&link.delay)),
        Course::Series(series) => format!(
            "delay by a series of {}, one every {}, mean {}",
            plural(series.values.len(), "measured value"),
            series.every,
            link.delay.mean
        ),
    }];
    if let Some(region) = link.preset {
        phrases.push(format!(
            "half the round trip of {} (measured by ping, fantoch, {})",
            region.name(),
            region.date()
        ));
    }
    if let Some(timeline) = &link.timeline {
        phrases.push(format!("what {} says over time", timeline.file));
    }
    if let Some(HoldBack { share, by, advance }) = link.hold_back {
        let kept = if advance.is_zero() { String::new() } else { ", the mean kept".to_owned() };
        phrases.push(format!("{} held back by {by}{kept}", percent(share)));
    }
    match link.loss {
        Loss::Bernoulli(0.0) if link.netem.is_some() => {}
        Loss::Bernoulli(0.0) => phrases.push("no loss".to_owned()),
        Loss::Bernoulli(loss) => phrases.push(format!("loss {}", percent(loss))),
        Loss::GilbertElliott { loss_good, loss_bad, .. } => {
            phrases.push(format!(
                "Gilbert-Elliott loss {} or {}, a chain that every packet moves",
                percent(loss_good),
                percent(loss_bad)
            ));
        }
        Loss::Bursts { good, bad, loss_good, loss_bad } => phrases.push(format!(
            "loss {} for {good} and {} for {bad} by turns, on average",
            percent(loss_good),
            percent(loss_bad)
        )),
    }
    if link.duplicate > 0.0 {
        phrases.push(format!("duplicates {}", percent(link.duplicate)));
    }
    if link.reorder > 0.0 {
        phrases.push(format!("{} sent at once", percent(link.reorder)));
    }
    if link.bandwidth.is_some() {
        phrases.push(Bandwidth(link.bandwidth).to_string());
    }
    if let Some(queue) = link.queue {
        phrases.push(format!("queue {}", Size(queue)));
    }
    if let Some(mtu) = link.mtu {
        phrases.push(format!("MTU {}", Size(u64::from(mtu))));
    }
    if link.header > 0 {
        phrases.push(format!("headers {}", Size(u64::from(link.header))));
    }
    if link.fifo {
        phrases.push("in order".to_owned());
    }
    if link.shared {
        phrases.push("one line and queue for all of them".to_owned());
    }
    phrases.join(", ")
}

fn distribution(distribution: &Distribution) -> String {
    let Distribution { shape, mean, minimum } = distribution;
    let phrase = match shape {
        Shape::Constant => return mean.to_string(),
        Shape::Uniform { maximum } => return format!("uniform {minimum} to {maximum}"),
        Shape::Empirical { values } => {
            return format!("of {}, mean {mean}", plural(values.len(), "measured value"));
        }
        Shape::Exponential => format!("exponential, mean {mean}"),
        Shape::Normal { deviation }
        | Shape::Lognormal { deviation }
        | Shape::Pareto { deviation }
        | Shape::Paretonormal { deviation } => {
            format!("{}, mean {mean}, deviation {deviation}", shape.name())
        }
    };
    if minimum.is_zero() { phrase } else { format!("{phrase}, minimum {minimum}") }
}

/// Each fault, a phrase each.
pub fn faults(scenario: &Scenario) -> Vec<String> {
    let phrase = |fault: &Fault| {
        let what = fault_phrase(scenario, &fault.kind);
        match fault.kind.length() {
            Some(length) => format!("{what} at {} for {length}", fault.at),
            None => format!("{what} at {}", fault.at),
        }
    };
    cut(scenario.faults.iter().map(phrase).collect())
}

/// Its name, and what of it the name does not say.
fn fault_phrase(scenario: &Scenario, kind: &FaultKind) -> String {
    let name = scenario.name_of(kind);
    match *kind {
        FaultKind::BrownOut { brown_out, .. } => {
            let mut more = Vec::new();
            if brown_out.loss > 0.0 {
                more.push(format!("loss +{}", brown_out.loss));
            }
            if !brown_out.delay.is_zero() {
                more.push(format!("delay +{}", brown_out.delay));
            }
            if brown_out.bandwidth.is_some() {
                more.push(format!("bandwidth {}", Bandwidth(brown_out.bandwidth)));
            }
            format!("{name} ({})", more.join(", "))
        }
        FaultKind::Crash { before_send: true, .. } => format!("{name} between steps 601 and 602"),
        FaultKind::ClockError { skew_ns, drift_ns_per_s, .. } => {
            format!("{name} (set by {skew_ns}ns, drift {drift_ns_per_s}ns/s)")
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_low_rate_is_not_shown_as_none() {
        let rate = |seconds: u64| rate(SimDuration::from_ns(seconds * 1_000_000_000));
        assert_eq!([1, 10, 60, 3600, 86_400].map(rate), ["1/s", "0.1/s", "1/min", "1/h", "0.042/h"]);
    }
}
