//! What a host writes: when, to which units, where in them, how much.

use std::collections::BTreeMap;
use std::path::Path;

use super::systems::{System, Systems};
use super::traces::Recordings;
use super::{delay_or_zero, script};
use crate::hardware::addresses::BLOCK_BYTES;
use crate::hardware::workload::{Addresses, Arrivals, LocalUnit, Sizes, Workload};
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::document::quoted;
use crate::scenario::raw;
use crate::scenario::source::{At, Span};
use crate::units::LocalId;
use crate::units::quantity::Size;

/// Bytes of a write unless the scenario says otherwise.
pub const WRITE_SIZE: u32 = 4096;

/// `[host.workload]`, and its largest write.
///
/// `recordings` are the files of every recorded workload of the scenario, `host` is the host's position.
pub fn workload(
    at: &At<raw::Workload>,
    systems: &Systems,
    base: &Path,
    recordings: &Recordings,
    host: usize,
) -> Fallible<(Workload, At<u32>)> {
    let drawn = |arrivals, on: &[At<String>], writes| draw(at.span, arrivals, on, writes, systems);
    match &at.value {
        raw::Workload::Poisson(raw) => {
            drawn(Arrivals::Poisson { mean_gap: raw.rate.value.0 }, &raw.on, &raw.writes)
        }
        raw::Workload::Constant(raw) => {
            drawn(Arrivals::Constant { gap: raw.rate.value.0 }, &raw.on, &raw.writes)
        }
        raw::Workload::Bursty(raw) => {
            let arrivals = Arrivals::Bursty {
                mean_gap_on: raw.rate.value.0,
                mean_on: raw.mean_on.value.0,
                mean_off: raw.mean_off.value.0,
            };
            drawn(arrivals, &raw.on, &raw.writes)
        }
        raw::Workload::ClosedLoop(raw) => {
            let think_time = delay_or_zero(raw.think_time.as_ref(), base)?;
            let arrivals = Arrivals::ClosedLoop { queue_depth: raw.queue_depth.value.narrow(), think_time };
            drawn(arrivals, &raw.on, &raw.writes)
        }
        raw::Workload::Transaction(raw) => {
            if let (true, [first, ..]) = (raw.data_writes.value.0 == 0, raw.on.as_slice()) {
                let title = "expected no data units with `data_writes = 0`, found some";
                return Err(Fault::new("contradiction", first.span, title)
                    .context(raw.data_writes.span, "no write goes to them"));
            }
            if raw.on.is_empty() && raw.data_writes.value.0 > 0 {
                let title = "expected the units of the data in `on`, found none";
                return Err(Fault::new("missing-key", at.span, title)
                    .context(raw.data_writes.span, "these writes need a place"));
            }
            let arrivals = Arrivals::Transaction {
                log: systems.local_unit(&raw.log)?,
                data_writes: raw.data_writes.value.narrow(),
                sessions: raw.sessions.as_ref().map_or(1, |sessions| sessions.value.narrow()),
                think_time: delay_or_zero(raw.think_time.as_ref(), base)?,
            };
            let (workload, largest) = drawn(arrivals, &raw.on, &raw.writes)?;
            if let Arrivals::Transaction { log, .. } = workload.arrivals {
                fits(&largest, log, systems)?;
            }
            Ok((workload, largest))
        }
        raw::Workload::Trace(raw) => recordings.workload(host, raw, systems),
        raw::Workload::Scripted(raw) => script::script(raw, systems),
    }
}

/// A workload whose places and sizes are drawn.
fn draw(
    workload: Span,
    arrivals: Arrivals,
    on: &[At<String>],
    writes: &raw::Writes,
    systems: &Systems,
) -> Fallible<(Workload, At<u32>)> {
    let log = if let Arrivals::Transaction { log, .. } = arrivals { Some(log) } else { None };
    let units = units(on, log, systems)?;
    let (sizes, largest) = sizes(writes.size.as_ref(), workload);
    for &unit in &units {
        fits(&largest, unit, systems)?;
    }
    let addresses = match writes.addresses.as_ref().map(|at| &at.value) {
        None | Some(raw::Addresses::Uniform) => Addresses::Uniform,
        Some(raw::Addresses::Sequential) => Addresses::Sequential,
        Some(raw::Addresses::Zipf(law)) => Addresses::Zipf { exponent: law.zipf.value.0 },
    };
    Ok((Workload { arrivals, units, addresses, sizes }, largest))
}

/// The units that `on` names, in its order: the paired units of systems, and single units.
///
/// The log of transactions is no unit of their data: a system stands for its other units.
pub fn units(on: &[At<String>], log: Option<LocalUnit>, systems: &Systems) -> Fallible<Vec<LocalUnit>> {
    let mut units = Vec::new();
    let mut known: BTreeMap<LocalUnit, Span> = BTreeMap::new();
    for text in on {
        let named = if text.value.contains(':') {
            let unit = systems.local_unit(text)?;
            if log == Some(unit) {
                let title = format!("expected units of the data, found that of the log ({})", text.value);
                return Err(Fault::new("contradiction", text.span, title)
                    .note("a data write is written after the log write that describes it"));
            }
            vec![unit]
        } else {
            paired_units(text, log, systems)?
        };
        for unit in named {
            if let Some(before) = known.insert(unit, text.span) {
                let title =
                    format!("expected each unit once, found {} twice", quoted(&systems.unit_name(unit)));
                return Err(
                    Fault::new("duplicate-unit", text.span, title).context(before, "named here already")
                );
            }
            units.push(unit);
        }
    }
    Ok(units)
}

fn paired_units(text: &At<String>, log: Option<LocalUnit>, systems: &Systems) -> Fallible<Vec<LocalUnit>> {
    let id = match systems.system(text, text.value.trim())? {
        System::Local(id) => id,
        System::Remote(_) => {
            let title = format!("expected a local system, found {}", quoted(&text.value));
            return Err(Fault::new("unknown-name", text.span, title)
                .label("this system is at the remote site: hosts write to local ones")
                .note(format!("local systems: {}", systems.local_names())));
        }
    };
    let mut units: Vec<_> = systems.pairs.iter().map(|pair| pair.local).collect();
    units.retain(|unit| unit.system == id && Some(*unit) != log);
    units.sort_unstable();
    if units.is_empty() {
        let title = format!("expected a system with units in pairs, found {}", quoted(&text.value));
        return Err(Fault::new("no-units", text.span, title)
            .help(format!("to write to a unit without a pair, name it: \"{}:1\"", text.value.trim())));
    }
    Ok(units)
}

fn sizes(raw: Option<&At<raw::Sizes>>, workload: Span) -> (Sizes, At<u32>) {
    let Some(raw) = raw else {
        return (Sizes::Constant(WRITE_SIZE), At { value: WRITE_SIZE, span: workload });
    };
    match &raw.value {
        raw::Sizes::One(size) => (Sizes::Constant(size.0), At { value: size.0, span: raw.span }),
        raw::Sizes::Mixed(mixed) => {
            let sizes = mixed.iter().map(|at| (at.value.size.value.0, at.value.weight.value.0));
            let largest = mixed.iter().map(|at| &at.value.size).max_by_key(|size| size.value.0);
            let largest = largest
                .map_or(At { value: 0, span: raw.span }, |size| At { value: size.value.0, span: size.span });
            (Sizes::Mixed(sizes.collect()), largest)
        }
    }
}

/// Refuses a write that has no place in `unit`: it takes whole blocks.
fn fits(size: &At<u32>, unit: LocalUnit, systems: &Systems) -> Fallible<()> {
    let (unit_size, _) = systems.unit_size(unit.system);
    let taken = u64::from(size.value).next_multiple_of(BLOCK_BYTES);
    if taken <= unit_size {
        return Ok(());
    }
    let title = format!(
        "expected a write of at most the size of the unit ({}), found {}",
        Size(unit_size),
        Size(u64::from(size.value))
    );
    Err(too_large(size.span, title, unit.system, systems))
}

/// A write goes beyond the units of `system`.
pub fn too_large(span: Span, title: String, system: LocalId, systems: &Systems) -> Box<Fault> {
    let fault = Fault::new("beyond-unit", span, title);
    match systems.unit_size(system) {
        (_, Some(place)) => fault.context(place, "the size of the unit"),
        (size, None) => {
            fault.help(format!("the size of a unit is {} unless `unit_size` says otherwise", Size(size)))
        }
    }
}
