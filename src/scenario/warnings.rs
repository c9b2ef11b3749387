//! What is likely to surprise whoever wrote a scenario that can be run: a sentence each, on the page, in the result and
//! from `rcsim validate`. Nothing is refused here, and nothing runs.

use std::sync::Arc;

use super::validated::{AnyPath, FaultKind, Host, Path, Scenario};
use crate::hardware::distribution::Shape;
use crate::hardware::link::{Link, Loss};
use crate::hardware::workload::{Arrivals, LocalUnit, Sizes, Workload};
use crate::protocol::transport::{ResendUnit, Retransmit, SHORT_PACKET_BYTES};
use crate::units::quantity::{Bandwidth, Size};
use crate::units::{Direction, PathId, SimDuration, SimTime};

/// One direction of one path: its name, and what it is.
type Named<'s> = (String, PathId, Direction, &'s Link);

/// Every warning, in the order of the file's paths.
pub fn warnings(scenario: &Scenario) -> Vec<String> {
    let links = links(scenario);
    let mut told: Vec<String> = idle_preset(scenario).into_iter().collect();
    told.extend(per_packet(&links));
    told.extend(brown_outs(scenario, &links));
    told.extend(netem(&links));
    let bytes = least_write(scenario);
    told.extend(scenario.all_paths().filter_map(|path| timer_below_round_trip(&path, bytes)));
    told.extend(scenario.paths.iter().enumerate().filter_map(|path| never_whole(scenario, path)));
    told.extend(scenario.hosts.iter().filter_map(|host| never_issued(scenario, host)));
    told
}

/// A preset beside another scheme than its own: all that it sets is of its own.
fn idle_preset(scenario: &Scenario) -> Option<String> {
    let protocol = &scenario.protocol;
    let preset = protocol.preset.filter(|_| protocol.preset_in_force().is_none())?;
    Some(format!(
        "preset `{}` sets nothing: it is of scheme `{}`, and `protocol.scheme` says `{}`",
        preset.name(),
        preset.scheme(),
        protocol.scheme
    ))
}

/// Every direction of every path.
fn links(scenario: &Scenario) -> Vec<Named<'_>> {
    let both = scenario.all_paths().enumerate().flat_map(|(index, path)| {
        let (id, AnyPath { near, far, .. }) = (PathId::from(index), path);
        [
            (format!("{near} to {far}"), id, Direction::Forward, path.forward),
            (format!("{far} to {near}"), id, Direction::Reverse, path.reverse),
        ]
    });
    both.collect()
}

fn per_packet(links: &[Named]) -> Option<String> {
    let chained = |(_, _, _, link): &&Named| matches!(link.loss, Loss::GilbertElliott { .. });
    links.iter().find(chained)?;
    Some(
        "loss per packet: every packet of a direction moves one chain, resends and markers too. Common \
         random numbers then hold only for first sendings: their draws are the same under every scheme, the \
         state of the line is not. With `good` and `bad` as mean durations every scheme meets the same \
         bursts"
            .to_owned(),
    )
}

/// A brown-out whose bandwidth is no less than the path's own.
fn brown_outs(scenario: &Scenario, links: &[Named]) -> Vec<String> {
    let idle = |fault: &super::validated::Fault| match fault.kind {
        FaultKind::BrownOut { path, direction, brown_out, .. } => {
            let limit = brown_out.bandwidth?;
            let mut met = links.iter().filter(|(_, of, towards, _)| {
                path.is_none_or(|path| path == *of) && direction.is_none_or(|one| one == *towards)
            });
            let thinner = |(_, _, _, link): &Named| link.bandwidth.is_none_or(|own| limit < own);
            (!met.any(thinner)).then(|| {
                format!(
                    "the brown-out at {} leaves a bandwidth of {}, which is no less than the path's own",
                    fault.at,
                    Bandwidth(Some(limit))
                )
            })
        }
        _ => None,
    };
    scenario.faults.iter().filter_map(idle).collect()
}

/// Where the kernel surprises: once for all paths that have the same arguments.
fn netem(links: &[Named]) -> Vec<String> {
    let mut kinds: Vec<(&Arc<crate::hardware::netem::Spec>, Vec<&str>)> = Vec::new();
    for (name, _, _, link) in links {
        let Some(spec) = &link.netem else { continue };
        match kinds.iter_mut().find(|(known, _)| *known == spec) {
            Some((_, names)) => names.push(name),
            None => kinds.push((spec, vec![name])),
        }
    }
    let tell = |(spec, names): (&Arc<crate::hardware::netem::Spec>, Vec<&str>)| {
        let of = match names.as_slice() {
            [] | [_] => names.join(""),
            [first, ..] => format!("{first} and {} more", names.len() - 1),
        };
        spec.surprises()
            .into_iter()
            .map(move |surprise| format!("netem, {of}: {surprise}"))
            .collect::<Vec<_>>()
    };
    kinds.into_iter().flat_map(tell).collect()
}

/// A time-out that stays below the least round trip of its path sends everything again, whatever is lost; one as long as it
/// does so to all that any queue or jitter delays.
fn timer_below_round_trip(path: &AnyPath, bytes: u32) -> Option<String> {
    let (name, timeout, remedy) = match path.transport.retransmit {
        Retransmit::Fixed(timeout) => {
            ("retransmit_timeout", timeout, "; transport.retransmit = \"adaptive\" learns the round trip")
        }
        Retransmit::Adaptive { maximum, .. } => ("transport.max_timeout", maximum, ""),
        Retransmit::Untimed => return None,
    };
    let round_trip =
        least_delay(path.forward, bytes).saturating_add(least_delay(path.reverse, SHORT_PACKET_BYTES));
    let AnyPath { near, far, .. } = path;
    let what = if timeout < round_trip { "everything" } else { "what takes any longer" };
    (timeout <= round_trip && !round_trip.is_zero()).then(|| {
        format!(
            "{name} ({timeout}) is not above the least round trip of {near}-{far} ({round_trip}): {what} is sent again, \
             though nothing is lost{remedy}"
        )
    })
}

/// A write whose packets, which are sent at one instant, do not fit into the queue: the last of them are dropped, however often it
/// is sent.
fn never_whole(scenario: &Scenario, (index, path): (usize, &Path)) -> Option<String> {
    let link = &path.forward;
    let (queue, _) = link.queue.zip(link.bandwidth)?;
    let may_come_otherwise = path.transport.unit == ResendUnit::Packet
        || scenario.protocol.network_sync.is_some()
        || link.reorder > 0.0
        || link.timeline.is_some()
        || link.netem.is_some();
    if may_come_otherwise {
        return None;
    }
    let goes_here =
        |unit: LocalUnit| scenario.pairs.iter().any(|pair| pair.path.index() == index && pair.local == unit);
    let largest = |workload: &Workload| match &workload.arrivals {
        Arrivals::Scripted { writes } => {
            writes.iter().filter(|write| goes_here(write.unit)).map(|write| write.size).max()
        }
        Arrivals::Trace(_) => None, // Few may be as large as the largest.
        _ => workload.units.iter().any(|&unit| goes_here(unit)).then(|| workload.sizes.largest()),
    };
    let bytes = scenario.hosts.iter().filter_map(|host| largest(&host.workload)).max()?;
    let mtu = link.mtu.unwrap_or(bytes).max(1);
    // The first does not wait: it is transmitted.
    let others = u64::from(bytes.div_ceil(mtu).saturating_sub(1));
    let waiting = u64::from(bytes.saturating_sub(mtu)) + others * u64::from(link.header);
    let local = &scenario.local_systems[path.local.index()].name;
    let remote = &scenario.remote_systems[path.remote.index()].name;
    (waiting > queue).then(|| {
        format!(
            "a write of {} never arrives whole: its packets are sent at once, so that {} wait, and the queue of {local}-{remote} \
             holds {}; with transport.unit = \"packet\" only what it drops is sent again",
            Size(u64::from(bytes)),
            Size(waiting),
            Size(queue)
        )
    })
}

/// Hosts write until `run.duration`.
fn never_issued(scenario: &Scenario, host: &Host) -> Option<String> {
    let Arrivals::Scripted { writes } = &host.workload.arrivals else { return None };
    let stop = SimTime::ZERO + scenario.run.duration;
    let late = writes.iter().filter(|write| write.after.is_none() && write.at >= stop);
    let first = late.clone().map(|write| write.at).min()?;
    Some(format!(
        "{} never issues {} of its {} writes: the first of them is due at {first}, and hosts write for {} (run.duration)",
        host.name,
        late.count(),
        writes.len(),
        scenario.run.duration
    ))
}

/// The least that a packet of so many bytes takes.
fn least_delay(link: &Link, bytes: u32) -> SimDuration {
    if link.reorder > 0.0 || link.netem.is_some() {
        return SimDuration::ZERO; // Some travel at once, or nothing is known.
    }
    let serving = link.bandwidth.map_or(0, |bits| {
        (u128::from(bytes) * 8 * 1_000_000_000).div_ceil(u128::from(bits.max(1))).min(u128::from(u64::MAX))
            as u64
    });
    let delay = match link.delay.shape {
        Shape::Constant => link.delay.mean,
        _ => link.delay.minimum,
    };
    delay.saturating_add(SimDuration::from_ns(serving))
}

/// The least write of any host; where a host's are not known, the least packet.
fn least_write(scenario: &Scenario) -> u32 {
    let least = |sizes: &Sizes| match sizes {
        Sizes::Constant(size) => *size,
        Sizes::Mixed(sizes) => sizes.iter().map(|&(size, _)| size).min().unwrap_or(SHORT_PACKET_BYTES),
    };
    scenario.hosts.iter().map(|host| least(&host.workload.sizes)).min().unwrap_or(SHORT_PACKET_BYTES)
}
