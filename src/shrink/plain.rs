//! Plainer values: defaults in place of what a scenario says, and times that a person would write.

use super::Search;
use super::base::scripted;
use super::compact::writes_of;
use crate::hardware::clock::Clock;
use crate::hardware::distribution::Distribution;
use crate::hardware::link::{Link, ScriptedFate};
use crate::protocol::disk::ordering::streams::Release;
use crate::protocol::transport::{Early, ResendUnit, Retransmit, Transport, WindowRule};
use crate::scenario::Scenario;
use crate::scenario::validated::FaultKind;
use crate::units::{SimDuration, SimTime};

/// One round.
pub fn pass(search: &mut Search) {
    defaults(search);
    writes(search);
    times(search);
}

/// What a scenario need not say.
fn defaults(search: &mut Search) {
    let attempts: [fn(&mut Scenario); 25] = [
        |scenario| scenario.protocol.pull = None,
        |scenario| scenario.protocol.release = Release::Received,
        |scenario| scenario.run.disasters = 0,
        |scenario| scenario.protocol.network_sync = None,
        |scenario| scenario.run.seeded_ties = false,
        |scenario| scenario.run.seed = 1,
        |scenario| scenario.run.heal = None,
        |scenario| scenario.protocol.send_delay = SimDuration::ZERO,
        |scenario| scenario.protocol.limit_period = SimDuration::ZERO,
        |scenario| scenario.control = Link::ideal(),
        |scenario| scenario.local_systems.iter_mut().for_each(|system| system.cache = None),
        |scenario| scenario.remote_systems.iter_mut().for_each(|system| system.cache = None),
        |scenario| scenario.local_systems.iter_mut().for_each(|system| system.unit_size = 1 << 30),
        |scenario| {
            let none = Distribution::constant(SimDuration::ZERO);
            scenario.local_systems.iter_mut().for_each(|system| system.destage_time = none.clone());
        },
        |scenario| {
            let none = Distribution::constant(SimDuration::ZERO);
            scenario.remote_systems.iter_mut().for_each(|system| system.destage_time = none.clone());
        },
        |scenario| scenario.local_systems.iter_mut().for_each(|system| system.clock = Clock::default()),
        |scenario| scenario.hosts.iter_mut().for_each(|host| host.clock = Clock::default()),
        |scenario| {
            let none = Distribution::constant(SimDuration::ZERO);
            scenario.hosts.iter_mut().for_each(|host| host.delay = none.clone());
        },
        |scenario| each_transport(scenario, |transport| transport.early = Early::Off),
        |scenario| each_transport(scenario, |transport| transport.window = WindowRule::Unlimited),
        |scenario| each_transport(scenario, |transport| transport.unit = ResendUnit::Write),
        |scenario| {
            let timeout = match longest_delay(scenario).as_ns() {
                0 => SimDuration::from_ms(200),
                delay => SimDuration::from_ns(4 * delay),
            };
            each_transport(scenario, |transport| transport.retransmit = Retransmit::Fixed(timeout));
        },
        |scenario| each_link(scenario, |link| (link.mtu, link.header) = (None, 0)),
        |scenario| each_link(scenario, |link| link.header = 0),
        |scenario| scenario.tape.jobs.iter_mut().for_each(|job| job.volume_rate = None),
    ];
    for change in attempts {
        let mut candidate = search.best.clone();
        change(&mut candidate);
        search.attempt(candidate);
    }
}

fn longest_delay(scenario: &Scenario) -> SimDuration {
    let delays = scenario.all_paths().flat_map(|path| [path.forward.delay.mean, path.reverse.delay.mean]);
    delays.max().unwrap_or_default()
}

fn each_transport(scenario: &mut Scenario, mut change: impl FnMut(&mut Transport)) {
    scenario.paths.iter_mut().for_each(|path| change(&mut path.transport));
    scenario.tape.jobs.iter_mut().for_each(|job| change(&mut job.transport));
}

fn each_link(scenario: &mut Scenario, mut change: impl FnMut(&mut Link)) {
    for path in &mut scenario.paths {
        change(&mut path.forward);
        change(&mut path.reverse);
        path.transport.segment = path.forward.mtu.unwrap_or(Transport::SEGMENT);
    }
    for job in &mut scenario.tape.jobs {
        change(&mut job.forward);
        change(&mut job.reverse);
        job.transport.segment = job.forward.mtu.unwrap_or(Transport::SEGMENT);
    }
}

/// Sizes and places of writes.
fn writes(search: &mut Search) {
    let mut same = search.best.clone();
    for host in &mut same.hosts {
        let mut writes = writes_of(&host.workload).to_vec();
        if !writes.is_empty() {
            for write in &mut writes {
                write.size = 4096;
            }
            host.workload = scripted(writes);
        }
    }
    search.attempt(same);
    for host in 0..search.best.hosts.len() {
        for index in 0..writes_of(&search.best.hosts[host].workload).len() {
            for (position, size) in
                [(Some(0), Some(4096)), (Some(0), None), (Some(8 * index as u64), None), (None, Some(4096))]
            {
                let mut candidate = search.best.clone();
                let mut writes = writes_of(&candidate.hosts[host].workload).to_vec();
                let write = &mut writes[index];
                if position.is_some_and(|position| write.position <= position) && size.is_none() {
                    continue;
                }
                (write.position, write.size) =
                    (position.unwrap_or(write.position), size.unwrap_or(write.size));
                candidate.hosts[host].workload = scripted(writes);
                search.attempt(candidate);
            }
        }
    }
}

/// The times of a scenario in nanoseconds, in the order of [`visit`].
type Times = Vec<u64>;

/// Every time of a scenario, in nanoseconds, in a fixed order; `visit` may put another in its place, and is told whether
/// that may be zero.
fn visit(scenario: &mut Scenario, visit: &mut dyn FnMut(&mut u64, bool)) {
    fn span(span: &mut SimDuration, may_be_zero: bool, visit: &mut dyn FnMut(&mut u64, bool)) {
        let mut ns = span.as_ns();
        visit(&mut ns, may_be_zero);
        *span = SimDuration::from_ns(ns);
    }
    fn instant(at: &mut SimTime, visit: &mut dyn FnMut(&mut u64, bool)) {
        let mut ns = at.as_ns();
        visit(&mut ns, true);
        *at = SimTime::from_ns(ns);
    }
    fn link(link: &mut Link, visit: &mut dyn FnMut(&mut u64, bool)) {
        span(&mut link.delay.mean, true, visit);
    }
    fn transport(transport: &mut Transport, visit: &mut dyn FnMut(&mut u64, bool)) {
        if let Retransmit::Adaptive { initial, minimum, maximum } = &mut transport.retransmit {
            span(initial, false, visit);
            span(minimum, false, visit);
            span(maximum, false, visit);
        }
    }
    fn fate(fate: &mut ScriptedFate, visit: &mut dyn FnMut(&mut u64, bool)) {
        if let ScriptedFate::Arrives { delay, again } = fate {
            span(delay, true, visit);
            if let Some(again) = again {
                span(again, true, visit);
            }
        }
    }
    for host in &mut scenario.hosts {
        let mut writes = writes_of(&host.workload).to_vec();
        if !writes.is_empty() {
            for write in &mut writes {
                instant(&mut write.at, visit);
            }
            host.workload = scripted(writes);
        }
        span(&mut host.delay.mean, true, visit);
        span(&mut host.retry_timeout, false, visit);
    }
    for packet in &mut scenario.script.packets {
        fate(&mut packet.fate, visit);
    }
    for message in &mut scenario.script.messages {
        fate(&mut message.fate, visit);
    }
    for fault in &mut scenario.faults {
        instant(&mut fault.at, visit);
        match &mut fault.kind {
            FaultKind::WanOutage { length, .. }
            | FaultKind::BrownOut { length, .. }
            | FaultKind::Crash { length, .. }
            | FaultKind::SlaveStop { length, .. }
            | FaultKind::MasterStop { length } => span(length, false, visit),
            FaultKind::ClockError { .. } | FaultKind::LocalSiteLoss => {}
        }
    }
    for system in &mut scenario.local_systems {
        span(&mut system.destage_time.mean, true, visit);
    }
    for system in &mut scenario.remote_systems {
        span(&mut system.destage_time.mean, true, visit);
    }
    let protocol = &mut scenario.protocol;
    span(&mut protocol.limit_period, true, visit);
    span(&mut protocol.send_delay, true, visit);
    span(&mut protocol.marker_interval, false, visit);
    link(&mut scenario.control, visit);
    for path in &mut scenario.paths {
        transport(&mut path.transport, visit);
    }
    for job in &mut scenario.tape.jobs {
        instant(&mut job.start, visit);
        transport(&mut job.transport, visit);
    }
    for system in &mut scenario.tape.systems {
        for time in [&mut system.drive.load, &mut system.drive.locate, &mut system.drive.back_hitch] {
            span(time, true, visit);
        }
    }
    span(&mut scenario.run.duration, false, visit);
    span(&mut scenario.run.drain_limit, false, visit);
    if let Some(heal) = &mut scenario.run.heal {
        instant(heal, visit);
    }
}

fn all(scenario: &Scenario) -> Vec<(u64, bool)> {
    let mut found = Vec::new();
    visit(&mut scenario.clone(), &mut |ns, may_be_zero| found.push((*ns, may_be_zero)));
    found
}

fn put(scenario: &Scenario, times: &Times) -> Scenario {
    let mut changed = scenario.clone();
    let mut next = times.iter();
    visit(&mut changed, &mut |ns, _| {
        if let Some(&time) = next.next() {
            *ns = time;
        }
    });
    // In a longer run hosts write more.
    changed.run.duration = changed.run.duration.min(scenario.run.duration);
    changed
}

/// Times like this one with fewer digits, the plainest first.
fn plainer(ns: u64, may_be_zero: bool) -> Vec<u64> {
    let mut plainer = if may_be_zero && ns > 0 { vec![0] } else { vec![] };
    let mut unit = 1_u64;
    let mut units = Vec::new();
    while unit <= ns {
        units.extend([unit, unit.saturating_mul(5)]);
        unit = unit.saturating_mul(10);
    }
    for unit in units.into_iter().rev() {
        let below = ns / unit * unit;
        plainer
            .extend([below, below.saturating_add(unit)].into_iter().filter(|&time| time > 0 && time != ns));
    }
    plainer.retain(|time| digits(*time) < digits(ns) || *time < ns && digits(*time) == digits(ns));
    plainer.dedup();
    plainer.truncate(10);
    plainer
}

/// Digits that are not trailing zeros.
fn digits(mut ns: u64) -> u32 {
    if ns == 0 {
        return 0;
    }
    while ns.is_multiple_of(10) {
        ns /= 10;
    }
    ns.ilog10() + 1
}

/// Each time by itself; times that all paths share, together.
fn times(search: &mut Search) {
    shared(
        search,
        |scenario| longest_delay(scenario).as_ns(),
        |scenario, ns| {
            each_link(scenario, |link| link.delay = Distribution::constant(SimDuration::from_ns(ns)));
        },
    );
    let timeout = |scenario: &Scenario| {
        let fixed = scenario.all_paths().find_map(|path| match path.transport.retransmit {
            Retransmit::Fixed(timeout) => Some(timeout.as_ns()),
            _ => None,
        });
        fixed.unwrap_or(0)
    };
    shared(search, timeout, |scenario, ns| {
        each_transport(scenario, |transport| {
            if matches!(transport.retransmit, Retransmit::Fixed(_)) && ns > 0 {
                transport.retransmit = Retransmit::Fixed(SimDuration::from_ns(ns));
            }
        });
    });
    let mut index = 0;
    while index < all(&search.best).len() && !search.is_over() {
        let found = all(&search.best);
        let (ns, may_be_zero) = found[index];
        for time in plainer(ns, may_be_zero) {
            let mut times: Times = found.iter().map(|(ns, _)| *ns).collect();
            times[index] = time;
            let candidate = put(&search.best, &times);
            if search.attempt(candidate) {
                break;
            }
        }
        index += 1;
    }
}

fn shared(search: &mut Search, get: impl Fn(&Scenario) -> u64, set: impl Fn(&mut Scenario, u64)) {
    for time in plainer(get(&search.best), true) {
        let mut candidate = search.best.clone();
        set(&mut candidate, time);
        if search.attempt(candidate) {
            return;
        }
    }
}

/// Last: a world of nanoseconds in milliseconds, if that breaks too; then once more the times.
pub fn finish(search: &mut Search) {
    let longest = all(&search.best).into_iter().map(|(ns, _)| ns).max().unwrap_or(0);
    for scale in [1_000_000, 1_000] {
        if longest.saturating_mul(scale) > 3_600_000_000_000 || longest >= 1_000_000_000 {
            continue;
        }
        let mut times: Times = Vec::new();
        times.extend(all(&search.best).iter().map(|(ns, _)| ns.saturating_mul(scale)));
        let mut candidate = put(&search.best, &times);
        each_link(&mut candidate, |link| {
            link.delay =
                Distribution::constant(SimDuration::from_ns(link.delay.mean.as_ns().saturating_mul(scale)));
        });
        each_transport(&mut candidate, |transport| {
            if let Retransmit::Fixed(timeout) = transport.retransmit {
                transport.retransmit =
                    Retransmit::Fixed(SimDuration::from_ns(timeout.as_ns().saturating_mul(scale)));
            }
        });
        for system in &mut candidate.local_systems {
            system.clock.skew_ns = system.clock.skew_ns.saturating_mul(scale.cast_signed());
            if system.clock.granularity_ns > 1 {
                system.clock.granularity_ns = system.clock.granularity_ns.saturating_mul(scale);
            }
        }
        for fault in &mut candidate.faults {
            if let FaultKind::ClockError { skew_ns, .. } = &mut fault.kind {
                *skew_ns = skew_ns.saturating_mul(scale.cast_signed());
            }
        }
        if search.attempt(candidate) {
            break;
        }
    }
    times(search);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plainer_times_have_fewer_digits() {
        assert_eq!(plainer(1_234, true)[..3], [0, 5_000, 1_000]);
        assert!(plainer(1_234, true).iter().all(|&time| digits(time) < 4));
        assert!(plainer(0, true).is_empty());
        assert!(!plainer(7, false).contains(&0));
        assert_eq!((digits(0), digits(7_000), digits(1_050)), (0, 1, 3));
    }
}
