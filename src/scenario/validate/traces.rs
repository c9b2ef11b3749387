//! Recorded workloads: a trace is read through once before the run, so that its errors are found here.

use std::path::Path;

use super::systems::Systems;
use super::workload::too_large;
use crate::hardware::trace_file::scan;
use crate::hardware::workload::{Addresses, Arrivals, Sizes, Workload};
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::document::quoted;
use crate::scenario::raw;
use crate::scenario::source::At;
use crate::units::quantity::Size;

/// `kind = "trace"`, and its largest write.
pub fn trace(raw: &raw::Trace, systems: &Systems, base: &Path) -> Fallible<(Workload, At<u32>)> {
    let entries = &raw.map.value.0;
    if entries.is_empty() {
        let title = "expected at least one volume in the map, found none";
        return Err(
            Fault::new("empty-list", raw.map.span, title).help("for example: map = { \"pg.1\" = \"L1:1\" }")
        );
    }
    let mut volumes = Vec::with_capacity(entries.len());
    for (volume, unit) in entries {
        volumes.push((volume_of(volume)?, systems.local_unit(unit)?));
    }
    // Entries come sorted by their text; the map wants volumes sorted by number, which errors must follow.
    let mut order: Vec<usize> = (0..volumes.len()).collect();
    order.sort_by(|&a, &b| volumes[a].cmp(&volumes[b]));
    let volumes: Vec<_> = order.iter().map(|&index| volumes[index].clone()).collect();
    let speed = raw.speed.as_ref().map_or(1.0, |speed| speed.value.0);
    let file = base.join(&raw.file.value);
    let seen = scan(&file, &volumes, speed).map_err(|error| {
        let line = usize::try_from(error.line).unwrap_or(usize::MAX);
        let place = (error.line > 0).then_some((line, error.column as usize));
        Fault::new(error.id, raw.file.span, error.message).elsewhere(&error.path, place)
    })?;
    for ((&end, &(_, unit)), &index) in seen.ends.iter().zip(&volumes).zip(&order) {
        let (volume, text) = &entries[index];
        let (unit_size, _) = systems.unit_size(unit.system);
        if end > unit_size {
            let title = format!(
                "expected a unit of at least {end} bytes for the volume {}, found {} of {}",
                quoted(&volume.value),
                text.value,
                Size(unit_size),
            );
            return Err(too_large(text.span, title, unit.system, systems));
        }
    }
    let largest = At { value: seen.largest_write, span: raw.file.span };
    let workload = Workload {
        arrivals: Arrivals::Trace { file, volumes, speed },
        units: Vec::new(),
        addresses: Addresses::Uniform,
        sizes: Sizes::Constant(seen.largest_write),
    };
    Ok((workload, largest))
}

/// Hostname and disk number: `pg.1`.
fn volume_of(text: &At<String>) -> Fallible<(String, u32)> {
    let volume = text.value.rsplit_once('.');
    let volume = volume.and_then(|(host, disk)| Some((host, disk.parse().ok()?)));
    match volume {
        Some((host, disk)) if !host.is_empty() => Ok((host.to_owned(), disk)),
        _ => {
            let title = format!(
                "expected a volume such as \"pg.1\" (hostname and disk number), found {}",
                quoted(&text.value)
            );
            Err(Fault::new("volume", text.span, title))
        }
    }
}
