//! The transport of every path: `[transport]`, then `transport` of its `[[path]]`.

use std::collections::BTreeMap;

use super::links::ends;
use super::systems::Systems;
use crate::protocol::transport::{Early, ResendUnit, Retransmit, Transport, WindowRule};
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::raw;
use crate::scenario::source::At;
use crate::scenario::tape::TapeJob;
use crate::scenario::validated::Path;
use crate::scenario::value::{RetransmitRule, Span};
use crate::units::{PathId, SimDuration};

/// Gives every path its transport: those of disk systems, then those of tape jobs.
pub fn fill(file: &raw::File, systems: &Systems, paths: &mut [Path], jobs: &mut [TapeJob]) -> Fallible<()> {
    let whole = file.transport.as_ref();
    let constant = |timeout: Option<&At<Span>>| timeout.map(|timeout| timeout.value.0);
    let timeout = constant(file.protocol.value.retransmit_timeout.as_ref());
    let mut own: BTreeMap<PathId, &At<raw::Transport>> = BTreeMap::new();
    for at in &file.path {
        if let Some(transport) = &at.value.transport {
            let (id, _) = ends(systems, &at.value.from, &at.value.to)?;
            own.insert(id, transport);
        }
    }
    let own = |index: usize| own.get(&PathId::from(index)).copied();
    for (index, path) in paths.iter_mut().enumerate() {
        path.transport = transport(whole, own(index), timeout, path.forward.mtu)?;
        path.has_own_window = own(index).is_some_and(|own| own.value.window.is_some());
    }
    for ((index, job), raw) in (paths.len()..).zip(jobs).zip(&file.tape_job) {
        let timeout = constant(raw.value.retransmit_timeout.as_ref()).or(timeout);
        job.transport = transport(whole, own(index), timeout, job.forward.mtu)?;
        if job.transport.unit == ResendUnit::Packet
            && let Some(unit) =
                own(index).or(whole.filter(|_| paths.is_empty())).and_then(|at| at.value.unit.as_ref())
        {
            let title = "expected `unit` = \"write\" for a tape job, found \"packet\"";
            return Err(Fault::new("contradiction", unit.span, title)
                .label("a request of a tape job is sent again as a whole"));
        }
        job.transport.unit = ResendUnit::Write;
    }
    Ok(())
}

/// What the file says, or nothing.
type Said<'a> = Option<&'a At<raw::Transport>>;

/// The transport of a path from `[transport]` and its own; `timeout` is `protocol.retransmit_timeout`, `mtu` the
/// path's.
fn transport(whole: Said, own: Said, timeout: Option<SimDuration>, mtu: Option<u32>) -> Fallible<Transport> {
    // What the path says goes before what is said of all.
    let said = [own, whole];
    let find = |at: &At<raw::Transport>, key: fn(&raw::Transport) -> Option<&At<Span>>| {
        key(&at.value).map(|at| (at.value.0, at.span))
    };
    let span =
        |key: fn(&raw::Transport) -> Option<&At<Span>>| said.iter().flatten().find_map(|at| find(at, key));
    let initial = span(|raw| raw.initial_timeout.as_ref());
    let minimum = span(|raw| raw.minimum_timeout.as_ref());
    let maximum = span(|raw| raw.max_timeout.as_ref());
    let rule = said.iter().flatten().find_map(|at| at.value.retransmit.as_ref().map(|rule| rule.value));
    let or_ms = |found: Option<(SimDuration, _)>, default| {
        found.map_or(SimDuration::from_ms(default), |(span, _)| span)
    };
    let retransmit = match rule.unwrap_or(if timeout.is_some() {
        RetransmitRule::Fixed
    } else {
        RetransmitRule::Adaptive
    }) {
        RetransmitRule::Fixed => Retransmit::Fixed(timeout.unwrap_or(Transport::TIMEOUT)),
        RetransmitRule::Adaptive => {
            let greatest = or_ms(maximum, 60_000);
            for (name, found, default) in
                [("initial_timeout", initial, 1_000), ("minimum_timeout", minimum, 200)]
            {
                if or_ms(found, default) > greatest
                    && let Some((_, at)) = found.or(maximum)
                {
                    let title = format!(
                        "expected `{name}` up to `max_timeout` ({greatest}), found {}",
                        or_ms(found, default)
                    );
                    return Err(Fault::new("contradiction", at, title));
                }
            }
            Retransmit::Adaptive {
                initial: or_ms(initial, 1_000),
                minimum: or_ms(minimum, 200),
                maximum: greatest,
            }
        }
    };
    let early = said.iter().flatten().find_map(|at| at.value.early.as_ref().map(|early| early.value));
    let window = said.iter().flatten().find_map(|at| at.value.window.as_ref().map(|window| window.value));
    let unit = said.iter().flatten().find_map(|at| at.value.unit.as_ref().map(|unit| unit.value));
    Ok(Transport {
        retransmit,
        unit: unit.unwrap_or_default(),
        early: match early {
            None | Some(raw::Early::Off) => Early::Off,
            Some(raw::Early::Completions(completions)) => Early::Completions(completions),
            Some(raw::Early::Rack) => Early::Rack,
        },
        window: match window {
            None | Some(raw::Window::Bytes(None)) => WindowRule::Unlimited,
            Some(raw::Window::Bytes(Some(bytes))) => WindowRule::Bytes(bytes),
            Some(raw::Window::Aimd) => WindowRule::Aimd,
        },
        segment: mtu.unwrap_or(Transport::SEGMENT),
    })
}
