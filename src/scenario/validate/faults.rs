//! What goes wrong, and when.

use super::links::ends;
use super::systems::Systems;
use super::tape;
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::raw;
use crate::scenario::source::Span;
use crate::scenario::validated::{self, FaultKind, Run};
use crate::units::{PathId, SimTime};

/// `[[fault]]`, sorted by time.
pub fn faults(
    file: &raw::File,
    systems: &Systems,
    disk_paths: usize,
    run: &Run,
) -> Fallible<Vec<validated::Fault>> {
    let raw = &file.fault;
    let mut faults = Vec::with_capacity(raw.len());
    let mut loss: Option<Span> = None;
    for at in raw {
        let (begins, kind) = match &at.value {
            raw::Fault::WanOutage(outage) => (&outage.at, wan_outage(file, outage, systems, disk_paths)?),
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

fn wan_outage(
    file: &raw::File,
    raw: &raw::WanOutage,
    systems: &Systems,
    disk_paths: usize,
) -> Fallible<FaultKind> {
    let length = raw.duration.value.0;
    match (&raw.from, &raw.to) {
        (None, None) => Ok(FaultKind::WanOutage { length, path: None, direction: None }),
        (Some(from), Some(to)) => {
            let (path, direction) = if tape::is_of_tape(file, from, to) {
                let (job, direction) = tape::ends(file, from, to)?;
                (PathId::from(disk_paths + job), direction)
            } else {
                ends(systems, from, to)?
            };
            Ok(FaultKind::WanOutage { length, path: Some(path), direction: Some(direction) })
        }
        (Some(alone), None) | (None, Some(alone)) => {
            let title = "expected both `from` and `to`, or neither, found one";
            Err(Fault::new("missing-key", alone.span, title)
                .help("without both, every path is out, both ways"))
        }
    }
}
