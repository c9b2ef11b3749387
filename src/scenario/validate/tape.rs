//! MT systems, tape jobs, and the paths between them.

use std::collections::BTreeMap;

use super::links::Laid;
use super::or;
use super::systems::{Systems, unique};
use crate::hardware::link::Link;
use crate::hardware::tape_unit::DriveSpec;
use crate::protocol::tape::Numbering;
use crate::protocol::transport::Transport;
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::document::quoted;
use crate::scenario::raw;
use crate::scenario::source::At;
use crate::scenario::suggest::{listed, nearest};
use crate::scenario::tape::{InitiatorKind, JobKind, Tape, TapeJob, TapeSystem};
use crate::scenario::validated::Run;
use crate::units::quantity::Size;
use crate::units::{Direction, PathId, SimDuration, SimTime, TapeUnitId};

/// Bytes of the cache of an MT system unless the scenario says otherwise.
const CACHE: u64 = 256 << 20;
/// Blocks read together unless the scenario says otherwise.
const GROUP: u64 = 16;
/// m unless the scenario says otherwise.
const M: u64 = 16;

/// `[[tape_system]]` and `[[tape_job]]`.
pub fn tape(file: &raw::File, lines: &[[Laid; 2]], run: &Run) -> Fallible<Tape> {
    let disks = file.local_system.iter().map(|system| &system.value.name);
    let disks = disks.chain(file.remote_system.iter().map(|system| &system.value.name));
    let tapes = file.tape_system.iter().map(|system| &system.value.name);
    let jobs = file.tape_job.iter().map(|job| &job.value.name);
    // One name space, so that a name alone says which path is meant.
    unique(disks.chain(tapes).chain(jobs), "system or tape job")?;
    let mut tape = Tape {
        systems: file.tape_system.iter().map(tape_system).collect::<Fallible<_>>()?,
        jobs: Vec::with_capacity(file.tape_job.len()),
    };
    for (at, [forward, reverse]) in file.tape_job.iter().zip(lines) {
        let (forward, reverse) = (forward.link.clone(), reverse.link.clone());
        tape.jobs.push(TapeJob { forward, reverse, ..job(file, &tape, at, run)? });
    }
    check_capacity(file, &tape)?;
    Ok(tape)
}

/// The path of a tape job that has these ends, and the direction; `None` if neither is of tape.
pub fn ends(systems: &Systems, from: &At<String>, to: &At<String>) -> Option<Fallible<(PathId, Direction)>> {
    let is = |name: &String, end: &At<String>| *name == end.value;
    let paths = &systems.tape_paths;
    let of_tape = |end: &At<String>| paths.iter().any(|(job, system)| is(job, end) || is(system, end));
    if !of_tape(from) && !of_tape(to) {
        return None;
    }
    let path = |job: usize| PathId::from(systems.paths.len() + job);
    for (index, (job, system)) in paths.iter().enumerate() {
        if is(job, from) && is(system, to) {
            return Some(Ok((path(index), Direction::Forward)));
        }
        if is(system, from) && is(job, to) {
            return Some(Ok((path(index), Direction::Reverse)));
        }
    }
    let title = format!(
        "expected a tape job and the tape system that it uses, found {} and {}",
        quoted(&from.value),
        quoted(&to.value)
    );
    Some(Err(Fault::new("no-path", to.span, title)
        .label("there is no path between these")
        .context(from.span, "the end that sends")))
}

/// Job and tape system at the ends of each job's path.
pub fn paths(file: &raw::File) -> Vec<(String, String)> {
    let ends = |job: &At<raw::TapeJob>| {
        let unit = &job.value.unit.value;
        let system = unit.rsplit_once(':').map_or(unit.as_str(), |(system, _)| system);
        (job.value.name.value.clone(), system.trim().to_owned())
    };
    file.tape_job.iter().map(ends).collect()
}

fn tape_system(at: &At<raw::TapeSystem>) -> Fallible<TapeSystem> {
    let raw = &at.value;
    let name = raw.name.value.clone();
    let drive = raw.drive.as_ref().map_or(Ok(DriveSpec::LTO_8), |drive| self::drive(&drive.value))?;
    let units = raw.units.as_ref().map_or(1, |units| units.value.narrow());
    let cache = raw.cache.as_ref().map_or(CACHE, |cache| cache.value.0);
    let queue = cache / u64::from(units) / u64::from(drive.block);
    if queue == 0 {
        let needed = u64::from(units).saturating_mul(u64::from(drive.block));
        let title =
            format!("expected a cache of at least {} for {name}, found {}", Size(needed), Size(cache));
        let place = raw.cache.as_ref().map_or(at.span, |cache| cache.span);
        return Err(Fault::new("small-cache", place, title)
            .label("the MT queue of a unit holds no block")
            .note(format!("blocks are of {}", Size(drive.block.into()))));
    }
    Ok(TapeSystem {
        name,
        units,
        numbering: raw.numbering.as_ref().map_or(Numbering::SequenceNumber, |numbering| numbering.value),
        queue,
        group: raw.group.as_ref().map_or(GROUP, |group| group.value.0),
        drive,
    })
}

fn drive(raw: &raw::Drive) -> Fallible<DriveSpec> {
    let lto = DriveSpec::LTO_8;
    let native_rate = raw.native_rate.as_ref().map_or(lto.native_rate, |rate| rate.value.0);
    let lowest_rate = raw.lowest_rate.as_ref().map_or(lto.lowest_rate.min(native_rate), |rate| rate.value.0);
    if let Some(at) = raw.lowest_rate.as_ref().filter(|_| lowest_rate > native_rate) {
        let title = format!(
            "expected a lowest rate of at most the native rate ({native_rate} B/s), found {lowest_rate} B/s"
        );
        let fault = Fault::new("contradiction", at.span, title);
        return Err(match &raw.native_rate {
            Some(native) => fault.context(native.span, "the native rate"),
            None => fault.note("the native rate is that of LTO-8"),
        });
    }
    Ok(DriveSpec {
        native_rate,
        lowest_rate,
        block: raw.block.as_ref().map_or(lto.block, |block| block.value.0),
        load: or(raw.load_time.as_ref(), lto.load),
        locate: or(raw.locate_time.as_ref(), lto.locate),
        back_hitch: or(raw.back_hitch.as_ref(), lto.back_hitch),
        capacity: raw.capacity.as_ref().map_or(lto.capacity, |capacity| capacity.value.0),
    })
}

/// A job, but for its path.
fn job(file: &raw::File, tape: &Tape, at: &At<raw::TapeJob>, run: &Run) -> Fallible<TapeJob> {
    let raw = &at.value;
    let (system, unit) = unit(tape, &raw.unit)?;
    let described = &tape.systems[system];
    let block = u64::from(described.drive.block);
    let blocks = raw.blocks.value.0;
    let m = raw.m.as_ref().map_or(M, |m| m.value.0);
    let m_place = raw.m.as_ref().map_or(at.span, |m| m.span);
    if m > described.queue {
        let title = format!(
            "expected an m of at most {}, which is what the MT queue of {} holds, found {m}",
            described.queue, raw.unit.value
        );
        let fault = Fault::new("m-above-queue", m_place, title)
            .label("outstanding requests could fill the queue while the next one is missing");
        return Err(match &file.tape_system[system].value.cache {
            Some(cache) => fault.context(cache.span, format!("room for {} blocks a unit", described.queue)),
            None => fault,
        });
    }
    let kind = raw.initiator.as_ref().map_or(InitiatorKind::Host, |initiator| initiator.value);
    let memory = raw.memory.as_ref().map_or(kind.default_memory(), |memory| memory.value.0) / block;
    if memory < m {
        let title = format!("expected memory for m = {m} blocks, found memory for {memory}");
        let place = raw.memory.as_ref().map_or(m_place, |memory| memory.span);
        return Err(Fault::new("small-memory", place, title).note(format!("blocks are of {}", Size(block))));
    }
    if let Some(read) = &raw.read {
        if raw.kind.value != JobKind::Restore {
            let title = format!("the key `read` does not belong to kind \"{}\"", raw.kind.value.name());
            return Err(Fault::new("key-of-another-kind", read.span, title)
                .context(raw.kind.span, "the kind")
                .note("`read` belongs to \"restore\""));
        }
        if read.value.0 > blocks {
            let title = format!("expected at most {blocks} blocks to read, found {}", read.value.0);
            return Err(Fault::new("read-past-end", read.span, title)
                .label("past the end of the data")
                .context(raw.blocks.span, "what the tape holds"));
        }
    }
    let start = or(raw.start.as_ref(), SimDuration::ZERO);
    let end = run.duration.saturating_add(run.drain_limit);
    if let Some(at) = raw.start.as_ref().filter(|_| start > end) {
        let title = format!("expected a time within the run, which ends by {end}, found {start}");
        return Err(Fault::new("contradiction", at.span, title)
            .note("a run ends at most `run.drain_limit` after `run.duration`"));
    }
    Ok(TapeJob {
        name: raw.name.value.clone(),
        kind: raw.kind.value,
        initiator: kind,
        system,
        unit,
        blocks,
        read: raw.read.as_ref().map_or(blocks, |read| read.value.0),
        m,
        memory,
        volume_rate: raw.volume_rate.as_ref().and_then(|rate| rate.value.0).map(|bits| (bits / 8).max(1)),
        start: SimTime::ZERO + start,
        transport: Transport::fixed(Transport::TIMEOUT), // `transport` fills it in.
        crash_after: raw.crash_after.as_ref().map(|request| request.value.0),
        forward: Link::ideal(),
        reverse: Link::ideal(),
    })
}

/// The MT unit called `T1:1`, which counts from 1: its system, and its place among all units.
fn unit(tape: &Tape, text: &At<String>) -> Fallible<(usize, TapeUnitId)> {
    let Some((name, number)) = text.value.rsplit_once(':') else {
        let title = format!("expected an MT unit such as \"T1:1\", found {}", quoted(&text.value));
        return Err(Fault::new("unit", text.span, title));
    };
    let names = || tape.systems.iter().map(|system| system.name.as_str());
    let Some(index) = tape.systems.iter().position(|system| system.name == name.trim()) else {
        let title = format!("expected the name of a tape system, found {}", quoted(name));
        return Err(Fault::new("unknown-name", text.place_of(name), title)
            .label("there is no such system")
            .did_you_mean(nearest(name, names()).map(quoted))
            .note(if tape.systems.is_empty() {
                "there is no tape system".to_owned()
            } else {
                format!("tape systems: {}", listed(names()))
            }));
    };
    let units = tape.systems[index].units;
    match number.trim().parse::<u32>() {
        Ok(number) if (1..=units).contains(&number) => {
            let before: u32 = tape.systems[..index].iter().map(|system| system.units).sum();
            Ok((index, TapeUnitId(before + number - 1)))
        }
        _ => {
            let title = format!("expected a unit of {name} from 1 to {units}, found {}", quoted(number));
            Err(Fault::new("unit", text.place_of(number), title))
        }
    }
}

/// What all jobs write to, and have on, a tape must fit on it.
fn check_capacity(file: &raw::File, tape: &Tape) -> Fallible<()> {
    let mut used: BTreeMap<TapeUnitId, u64> = BTreeMap::new();
    for (job, at) in tape.jobs.iter().zip(&file.tape_job) {
        let drive = &tape.systems[job.system].drive;
        let used = used.entry(job.unit).or_default();
        *used = used.saturating_add(job.blocks.saturating_mul(u64::from(drive.block)));
        if *used > drive.capacity {
            let title = format!(
                "expected volumes of at most {} on the tape of {}, found {}",
                Size(drive.capacity),
                at.value.unit.value,
                Size(*used)
            );
            return Err(Fault::new("tape-full", at.value.blocks.span, title).label("the tape ends before"));
        }
    }
    Ok(())
}
