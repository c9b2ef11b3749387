//! What goes wrong, and when.

use super::links::ends;
use super::systems::{System, Systems};
use crate::hardware::link::BrownOut;
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::document::quoted;
use crate::scenario::raw;
use crate::scenario::source::{At, Span};
use crate::scenario::suggest::{listed, nearest};
use crate::scenario::validated::{self, ClockOwner, ControlUnit, FaultKind, Host, Run};
use crate::units::{Direction, HostId, LocalId, PathId, SimDuration, SimTime};

/// `[[fault]]`, sorted by time.
pub fn faults(
    raw: &[At<raw::Fault>],
    systems: &Systems,
    hosts: &[Host],
    run: &Run,
) -> Fallible<Vec<validated::Fault>> {
    let mut faults = Vec::with_capacity(raw.len());
    let mut loss: Option<Span> = None;
    for at in raw {
        let (begins, kind) = match &at.value {
            raw::Fault::WanOutage(fault) => (&fault.at, wan_outage(fault, systems)?),
            raw::Fault::BrownOut(fault) => (&fault.at, brown_out(at.span, fault, systems)?),
            raw::Fault::Crash(fault) => (&fault.at, crash(fault, systems)?),
            raw::Fault::SlaveStop(fault) => (&fault.at, slave_stop(fault, systems)?),
            raw::Fault::MasterStop(fault) => {
                (&fault.at, FaultKind::MasterStop { length: fault.duration.value.0 })
            }
            raw::Fault::ClockFault(fault) => (&fault.at, clock_fault(fault, systems, hosts)?),
            raw::Fault::LocalSiteLoss(fault) => {
                if let Some(before) = loss.replace(at.span) {
                    let title = "expected one local-site-loss at most, found two";
                    return Err(Fault::new("contradiction", at.span, title)
                        .context(before, "the site is lost here already"));
                }
                (&fault.at, FaultKind::LocalSiteLoss)
            }
        };
        let end = run.duration.saturating_add(run.drain_limit);
        if begins.value.0 > end {
            let title =
                format!("expected a time within the run, which ends by {end}, found {}", begins.value.0);
            return Err(Fault::new("contradiction", begins.span, title)
                .note("a run ends at most `run.drain_limit` after `run.duration`"));
        }
        faults.push(validated::Fault { at: SimTime::ZERO + begins.value.0, kind });
    }
    // Stable: faults of one instant happen in the order of the file.
    faults.sort_by_key(|fault| fault.at);
    Ok(faults)
}

fn wan_outage(raw: &raw::WanOutage, systems: &Systems) -> Fallible<FaultKind> {
    let (path, direction) = channels(raw.from.as_ref(), raw.to.as_ref(), systems)?;
    Ok(FaultKind::WanOutage { length: raw.duration.value.0, path, direction })
}

fn brown_out(at: Span, raw: &raw::BrownOut, systems: &Systems) -> Fallible<FaultKind> {
    let (path, direction) = channels(raw.from.as_ref(), raw.to.as_ref(), systems)?;
    let brown_out = BrownOut {
        loss: raw.loss.as_ref().map_or(0.0, |loss| loss.value.0),
        delay: raw.delay.as_ref().map_or(SimDuration::ZERO, |delay| delay.value.0),
        bandwidth: raw.bandwidth.as_ref().and_then(|bandwidth| bandwidth.value.0),
    };
    if brown_out.loss == 0.0 && brown_out.delay.is_zero() && brown_out.bandwidth.is_none() {
        let title = "expected a `loss`, `delay` or `bandwidth` that changes the line, found none";
        return Err(Fault::new("missing-key", at, title));
    }
    Ok(FaultKind::BrownOut { length: raw.duration.value.0, path, direction, brown_out })
}

/// The direction of a path that both keys name, or every one if neither stands there.
fn channels(
    from: Option<&At<String>>,
    to: Option<&At<String>>,
    systems: &Systems,
) -> Fallible<(Option<PathId>, Option<Direction>)> {
    match (from, to) {
        (None, None) => Ok((None, None)),
        (Some(from), Some(to)) => {
            let (path, direction) = ends(systems, from, to)?;
            Ok((Some(path), Some(direction)))
        }
        (Some(alone), None) | (None, Some(alone)) => {
            let title = "expected both `from` and `to`, or neither, found one";
            Err(Fault::new("missing-key", alone.span, title)
                .help("without both, every path is concerned, both ways"))
        }
    }
}

fn crash(raw: &raw::Crash, systems: &Systems) -> Fallible<FaultKind> {
    let before_send = raw.before_send.as_ref().is_some_and(|before| before.value);
    let system = match systems.system(&raw.system, &raw.system.value)? {
        System::Local(local) => ControlUnit::Local(local),
        System::Remote(remote) => ControlUnit::Remote(remote),
    };
    if let (true, ControlUnit::Remote(_), Some(key)) = (before_send, system, &raw.before_send) {
        let title = "expected a local disk system with `before_send`, found a remote one";
        return Err(Fault::new("contradiction", key.span, title)
            .context(raw.system.span, "it numbers nothing")
            .note("steps 601 and 602 are those of process 211, in the local control unit"));
    }
    Ok(FaultKind::Crash { system, length: raw.duration.value.0, before_send })
}

fn slave_stop(raw: &raw::SlaveStop, systems: &Systems) -> Fallible<FaultKind> {
    match systems.system(&raw.system, &raw.system.value)? {
        System::Remote(remote) => Ok(FaultKind::SlaveStop { remote, length: raw.duration.value.0 }),
        System::Local(_) => {
            let title = format!("expected a remote disk system, found {}", quoted(&raw.system.value));
            Err(Fault::new("unknown-name", raw.system.span, title).label("it is a local one"))
        }
    }
}

fn clock_fault(raw: &raw::ClockFault, systems: &Systems, hosts: &[Host]) -> Fallible<FaultKind> {
    let name = &raw.of.value;
    let local = systems.locals.iter().position(|system| system.name == *name);
    let host = hosts.iter().position(|host| host.name == *name);
    let clock = match (local, host) {
        (Some(local), _) => ClockOwner::Local(LocalId::from(local)),
        (None, Some(host)) => ClockOwner::Host(HostId::from(host)),
        (None, None) => {
            let names = systems.locals.iter().map(|system| system.name.as_str());
            let names: Vec<_> = names.chain(hosts.iter().map(|host| host.name.as_str())).collect();
            let title = format!("expected the name of a local disk system or a host, found {}", quoted(name));
            return Err(Fault::new("unknown-name", raw.of.span, title)
                .did_you_mean(nearest(name, names.iter().copied()).map(quoted))
                .note(format!("clocks: {}", listed(names.iter().copied()))));
        }
    };
    Ok(FaultKind::ClockError {
        clock,
        skew_ns: raw.skew.as_ref().map_or(0, |skew| skew.value.0),
        drift_ns_per_s: raw.drift.as_ref().map_or(0, |drift| drift.value.0),
    })
}
