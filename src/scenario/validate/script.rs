//! Scripted workloads: every write written down.

use std::collections::BTreeMap;

use super::systems::Systems;
use super::workload::{WRITE_SIZE, too_large};
use crate::hardware::addresses::BLOCK_BYTES;
use crate::hardware::workload::{Addresses, Arrivals, ScriptedWrite, Sizes, Workload};
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::document::quoted;
use crate::scenario::format::missing_key;
use crate::scenario::raw;
use crate::scenario::source::{At, Span};
use crate::scenario::suggest::nearest;
use crate::units::quantity::Size;
use crate::units::{SimDuration, SimTime};

/// `kind = "scripted"`, and its largest write.
pub fn script(raw: &raw::Scripted, systems: &Systems) -> Fallible<(Workload, At<u32>)> {
    let mut names: BTreeMap<&str, (usize, Span)> = BTreeMap::new();
    let mut writes = Vec::with_capacity(raw.writes.len());
    let mut largest = At { value: 0, span: raw.writes[0].span };
    for (index, at) in raw.writes.iter().enumerate() {
        let write = &at.value;
        let after = write.after.as_ref().map(|after| earlier(after, index, &names)).transpose()?;
        let time = match (&write.at, after) {
            (Some(time), _) => time.value.0,
            (None, Some(_)) => SimDuration::ZERO,
            (None, None) => {
                return Err(missing_key(at.span, "at", &raw::ScriptedWrite::keys())
                    .note("only a write with `after` may leave it out: it then follows at once"));
            }
        };
        if let Some(name) = &write.name
            && let Some((_, before)) = names.insert(&name.value, (index, name.span))
        {
            let title =
                format!("expected a name of its own for each write, found {} twice", quoted(&name.value));
            return Err(
                Fault::new("duplicate-name", name.span, title).context(before, "the first of that name")
            );
        }
        let unit = systems.local_unit(&write.unit)?;
        let size = write.size.as_ref().map_or(WRITE_SIZE, |size| size.value.0);
        let position = write.position.as_ref().map_or(0, |position| position.value.0);
        let (unit_size, _) = systems.unit_size(unit.system);
        let end = position
            .checked_mul(BLOCK_BYTES)
            .and_then(|start| start.checked_add(u64::from(size).next_multiple_of(BLOCK_BYTES)));
        if end.is_none_or(|end| end > unit_size) {
            let title = format!(
                "expected a write within its unit ({}), found {} from block {position} on",
                Size(unit_size),
                Size(u64::from(size)),
            );
            let span = write.position.as_ref().map(|position| position.span);
            let span = span.or(write.size.as_ref().map(|size| size.span)).unwrap_or(at.span);
            return Err(too_large(span, title, unit.system, systems).note("a block holds 512 bytes"));
        }
        if size > largest.value {
            largest = At { value: size, span: write.size.as_ref().map_or(at.span, |size| size.span) };
        }
        writes.push(ScriptedWrite { at: SimTime::ZERO + time, after, unit, position, size });
    }
    let workload = Workload {
        arrivals: Arrivals::Scripted { writes: writes.into() },
        units: Vec::new(),
        addresses: Addresses::Uniform,
        sizes: Sizes::Constant(largest.value),
    };
    Ok((workload, largest))
}

/// The position of the earlier write that `after` names.
fn earlier(after: &At<raw::After>, index: usize, names: &BTreeMap<&str, (usize, Span)>) -> Fallible<usize> {
    let found = match &after.value {
        raw::After::Position(position) => {
            return match usize::try_from(position.0) {
                Ok(position) if position < index => Ok(position),
                _ => {
                    let title = format!(
                        "expected the position of an earlier write (this one has position {index}), found {}",
                        position.0
                    );
                    Err(Fault::new("unknown-name", after.span, title)
                        .label("a write waits for earlier ones only"))
                }
            };
        }
        raw::After::Name(name) => name,
    };
    names.get(found.as_str()).map(|&(index, _)| index).ok_or_else(|| {
        let title = format!("expected the name of an earlier write, found {}", quoted(found));
        Fault::new("unknown-name", after.span, title)
            .label("no earlier write has that name")
            .did_you_mean(nearest(found, names.keys().copied()).map(quoted))
    })
}
