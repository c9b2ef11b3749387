//! Recorded workloads: the files of all hosts are opened together, since they may share a clock, and read through
//! once before the run, so that their errors are found here.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::systems::Systems;
use super::workload::{too_large, units};
use crate::hardware::addresses::BLOCK_BYTES;
use crate::hardware::trace_file::{
    self, Columns, Opening, Reading, Separator, TraceError, TraceFile, TraceFormat, TracePlan, TraceScan,
    Volume, VolumeScan, Window, time_ns,
};
use crate::hardware::workload::{Addresses, Arrivals, LocalUnit, Recording, Sizes, Workload};
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::document::quoted;
use crate::scenario::raw;
use crate::scenario::source::{At, Span};
use crate::scenario::suggest::nearest;
use crate::units::SimDuration;
use crate::units::quantity::Size;

/// Every other volume.
const REST: &str = "*";
/// Bytes on one unit before the next one follows, unless `stripe` says otherwise.
const STRIPE: u64 = 1 << 20;
/// Volumes that share a unit begin at multiples of this.
const ALIGNMENT: u64 = 4096;
/// This many volumes of a trace are named in a message.
const NAMED: usize = 8;
/// The files of every recorded workload of a scenario.
#[derive(Debug)]
pub struct Recordings {
    /// By host: its files, opened.
    of_host: BTreeMap<usize, Vec<Opened>>,
    /// The earliest time of all files whose time zero is common, and its file: of those with the clock of the world
    /// (`true`), and of those that count from their own start.
    common: BTreeMap<bool, (i128, String)>,
    /// Hosts write until then.
    duration: SimDuration,
}

/// A file of a recording.
#[derive(Debug)]
struct Opened {
    path: PathBuf,
    span: Span,
    reading: Reading,
    opening: Opening,
}

impl Opened {
    /// Files of clocks that can be compared share this: that of the world, or that of a recording from its start.
    fn is_of_the_world(&self) -> bool {
        self.opening.format.epoch().is_of_the_world()
    }

    /// What is added to a time of the file to compare it with those of others.
    fn shift(&self) -> i128 {
        self.opening.format.epoch().to_common_ns()
    }

    /// The first time of the file, to compare.
    fn first(&self) -> i128 {
        i128::from(self.opening.first_ns) + self.shift()
    }
}

impl Recordings {
    /// Opens the files of every recorded workload among `hosts`.
    pub fn open(hosts: &[At<raw::Host>], base: &Path, duration: SimDuration) -> Fallible<Self> {
        let mut all = Self { of_host: BTreeMap::new(), common: BTreeMap::new(), duration };
        for (index, host) in hosts.iter().enumerate() {
            let raw::Workload::Trace(raw) = &host.value.workload.value else { continue };
            let files = open_files(raw, base)?;
            if matches!(origin(raw), raw::Origin::Common) {
                for file in &files {
                    let first = (file.first(), file.path.display().to_string());
                    let earliest = all.common.entry(file.is_of_the_world()).or_insert_with(|| first.clone());
                    if first.0 < earliest.0 {
                        *earliest = first;
                    }
                }
            }
            all.of_host.insert(index, files);
        }
        Ok(all)
    }

    /// `kind = "trace"` of the host at that position, and its largest write.
    pub fn workload(
        &self,
        host: usize,
        raw: &raw::Trace,
        systems: &Systems,
    ) -> Fallible<(Workload, At<u32>)> {
        let opened = self.of_host.get(&host).map_or(&[][..], Vec::as_slice);
        let Map { mut volumes, rest } = map(raw, systems)?;
        volumes.sort_by(|a, b| a.volume.name.cmp(&b.volume.name));
        let mut plan = TracePlan {
            files: files(opened, &self.common, raw)?,
            volumes: volumes.iter().map(|mapped| mapped.volume.clone()).collect(),
            window: window(raw)?,
        };
        let scan = trace_file::scan(&plan, rest.is_some(), self.duration)
            .map_err(|error| in_file(&error, opened, raw))?;
        known(&scan, &volumes, opened)?;
        if scan.files.iter().all(|file| file.writes == 0) {
            let title = nothing_to_write(&scan);
            return Err(Fault::new("trace-no-writes", raw.file.span, title));
        }
        self.is_within_the_run(&scan, opened, raw)?;
        let mut places: Vec<Span> = volumes.iter().map(|mapped| mapped.units).collect();
        if let Some(rest) = rest {
            let dealt = rest.deal(&scan, &plan.volumes);
            places.extend(dealt.iter().map(|_| rest.span));
            plan.volumes.extend(dealt);
        }
        let mut largest = 0;
        for (volume, &span) in plan.volumes.iter().zip(&places) {
            let Some(seen) = scan.volumes.iter().find(|seen| seen.name == volume.name) else { continue };
            fits(volume, seen, span, systems)?;
            let piece = if volume.units.len() > 1 { volume.stripe } else { u64::MAX };
            largest = largest.max(u64::from(seen.largest).min(piece) as u32);
        }
        plan.volumes.sort_by(|a, b| a.name.cmp(&b.name));
        let largest = At { value: largest, span: raw.file.span };
        let workload = Workload {
            arrivals: Arrivals::Trace(Arc::new(Recording { plan, scan })),
            units: Vec::new(),
            addresses: Addresses::Uniform,
            sizes: Sizes::Constant(largest.value),
        };
        Ok((workload, largest))
    }

    /// Refuses a recording that begins after the run only because another one is taken for a part of it.
    fn is_within_the_run(&self, scan: &TraceScan, opened: &[Opened], raw: &raw::Trace) -> Fallible<()> {
        let first = scan.files.iter().filter_map(|file| file.first).min();
        let all_cut_off = scan.files.iter().all(|file| file.cut_off == file.writes);
        let (Some(first), true, raw::Origin::Common) = (first, all_cut_off, origin(raw)) else {
            return Ok(());
        };
        let own = opened.iter().map(Opened::first).min();
        let Some((zero, whose)) = opened.first().and_then(|file| self.common.get(&file.is_of_the_world()))
        else {
            return Ok(());
        };
        if own == Some(*zero) {
            return Ok(());
        }
        let title = format!(
            "expected a write within the {} that hosts write, found the first at {first}, on the clock of {whose}",
            self.duration
        );
        Err(Fault::new("trace-beyond-duration", raw.file.span, title)
            .note("all files of a scenario share a clock: the earliest time in any of them is time zero")
            .help("if this is another recording: origin = \"own\""))
    }
}

/// Opens the files of one recording.
fn open_files(raw: &raw::Trace, base: &Path) -> Fallible<Vec<Opened>> {
    let reading = reading(raw)?;
    let sort = raw.sort.as_ref().is_some_and(|sort| sort.value);
    let open = |file: &At<String>| -> Fallible<Opened> {
        let path = crate::scenario::files::find(base, &file.value);
        let opening =
            trace_file::open(&path, &reading, sort).map_err(|error| elsewhere(&error, file.span))?;
        let reading = Reading { format: Some(opening.format), ..reading.clone() };
        Ok(Opened { path, span: file.span, reading, opening })
    };
    let mut opened: Vec<Opened> = Vec::with_capacity(raw.file.value.0.len());
    for file in &raw.file.value.0 {
        let file = open(file)?;
        if let Some(before) = opened.iter().find(|before| before.path == file.path) {
            let title = format!("expected each file once, found {} twice", file.path.display());
            return Err(
                Fault::new("duplicate-file", file.span, title).context(before.span, "named here already")
            );
        }
        opened.push(file);
    }
    Ok(opened)
}

/// `format` and `columns`.
fn reading(raw: &raw::Trace) -> Fallible<Reading> {
    match (&raw.format, &raw.columns) {
        (Some(format), Some(columns)) => {
            let title = format!("expected `columns` or `format`, found both (\"{}\")", format.value.name());
            Err(Fault::new("contradiction", columns.span, title).context(format.span, "the format"))
        }
        (None, Some(raw)) => {
            let columns = Some(columns(&raw.value)?);
            Ok(Reading { format: Some(TraceFormat::Columns), columns })
        }
        (format, None) => Ok(Reading { format: format.as_ref().map(|format| format.value), columns: None }),
    }
}

/// `columns`.
pub fn columns(raw: &raw::TableColumns) -> Fallible<Columns> {
    let unit = |size: Option<&At<crate::scenario::value::Size>>| match size {
        None => Ok(1),
        Some(size) if size.value.0 > 0 => Ok(size.value.0),
        Some(size) => Err(Fault::new("out-of-range", size.span, "expected a unit of at least 1B, found 0B")),
    };
    let separator = match &raw.separator {
        None => Separator::Byte(b','),
        Some(text) => match text.value.as_bytes() {
            [b' '] => Separator::Blanks,
            [byte] if !byte.is_ascii_alphanumeric() && !matches!(byte, b'.' | b'-') => Separator::Byte(*byte),
            _ => {
                let title = format!("expected one character, such as \",\", found {}", quoted(&text.value));
                return Err(Fault::new("separator", text.span, title)
                    .note("a letter, digit, point or minus is not allowed; \" \" is any number of blanks"));
            }
        },
    };
    let writes = raw.write.as_ref().map_or(&[][..], |writes| writes.value.0.as_slice());
    if let (Some(write), None) = (writes.first(), &raw.op) {
        let title = "expected the column `op` of these values, found none";
        return Err(Fault::new("missing-key", write.span, title).help("name it: op = 4"));
    }
    let name = |column: &At<trace_file::ColumnName>| column.value.clone();
    Ok(Columns {
        time: name(&raw.time),
        time_unit_ns: raw.time_unit.as_ref().map_or(1_000_000_000, |unit| unit.value.0.as_ns()),
        volume: raw.volume.as_ref().map(name),
        operation: raw.op.as_ref().map(name),
        write: writes.iter().map(|write| write.value.clone()).collect(),
        offset: name(&raw.offset),
        offset_unit: unit(raw.offset_unit.as_ref())?,
        length: name(&raw.length),
        length_unit: unit(raw.length_unit.as_ref())?,
        separator,
    })
}

fn origin(raw: &raw::Trace) -> raw::Origin {
    raw.origin.as_ref().map_or(raw::Origin::Common, |origin| origin.value.clone())
}

/// Each file with its time zero.
fn files(
    opened: &[Opened],
    common: &BTreeMap<bool, (i128, String)>,
    raw: &raw::Trace,
) -> Fallible<Vec<TraceFile>> {
    let origin_of = |file: &Opened| -> Fallible<u64> {
        let zero = match origin(raw) {
            raw::Origin::Common => common.get(&file.is_of_the_world()).map(|(zero, _)| *zero),
            raw::Origin::Own => {
                let same = opened.iter().filter(|other| other.is_of_the_world() == file.is_of_the_world());
                same.map(Opened::first).min()
            }
            raw::Origin::Stamp(text) => {
                let of_columns = || file.reading.columns.as_ref().map(|columns| columns.time_unit_ns);
                let unit = file.opening.format.time_unit_ns().or_else(of_columns).unwrap_or(1);
                let span = raw.origin.as_ref().map_or(raw.file.span, |origin| origin.span);
                return time_ns(&text, unit).map_err(|message| Fault::new("origin", span, message));
            }
        };
        let zero = zero.unwrap_or_else(|| file.first()) - file.shift();
        // A clock that begins after time zero: its files begin centuries later.
        Ok(u64::try_from(zero.max(0)).unwrap_or(u64::MAX))
    };
    opened
        .iter()
        .map(|file| {
            Ok(TraceFile {
                path: file.path.clone(),
                reading: file.reading.clone(),
                nameless: trace_file::nameless_volume(&file.path),
                origin_ns: origin_of(file)?,
                disorder_ns: file.opening.disorder_ns,
            })
        })
        .collect()
}

/// `from`, `to`, `speed` and `time_scale`.
fn window(raw: &raw::Trace) -> Fallible<Window> {
    if let (Some(speed), Some(scale)) = (&raw.speed, &raw.time_scale) {
        let title = "expected `speed` or `time_scale`, found both";
        return Err(Fault::new("contradiction", scale.span, title).context(speed.span, "the speed"));
    }
    let from = raw.from.as_ref().map_or(SimDuration::ZERO, |from| from.value.0);
    if let Some(to) = raw.to.as_ref().filter(|to| to.value.0 <= from) {
        let title = format!("expected an end after the beginning ({from}), found {}", to.value.0);
        let fault = Fault::new("contradiction", to.span, title);
        return Err(match &raw.from {
            Some(from) => fault.context(from.span, "the beginning"),
            None => fault,
        });
    }
    Ok(Window {
        from,
        to: raw.to.as_ref().map(|to| to.value.0),
        stretch: raw.time_scale.as_ref().map_or(1.0, |scale| scale.value.0),
        speed: raw.speed.as_ref().map_or(1.0, |speed| speed.value.0),
    })
}

/// `map`, as far as it can be understood before the files are read.
struct Map {
    volumes: Vec<Mapped>,
    rest: Option<Rest>,
}

/// A volume that the map names.
struct Mapped {
    /// Where the scenario names it.
    name: Span,
    /// Where the scenario names its units.
    units: Span,
    volume: Volume,
}

/// The units of every other volume.
#[derive(Clone, Debug)]
struct Rest {
    span: Span,
    units: Vec<LocalUnit>,
    /// Each volume is spread over all units, by this stripe; else the units are dealt.
    stripe: Option<u64>,
}

fn map(raw: &raw::Trace, systems: &Systems) -> Fallible<Map> {
    let entries = &raw.map.value.0;
    if entries.is_empty() {
        let title = "expected at least one volume in the map, found none";
        return Err(
            Fault::new("empty-list", raw.map.span, title).help("for example: map = { \"pg.1\" = \"L1:1\" }")
        );
    }
    let mut map = Map { volumes: Vec::new(), rest: None };
    for (name, value) in entries {
        let is_rest = name.value == REST;
        let (units, stripe) = match &value.value {
            raw::VolumeUnits::One(text) => {
                let text = At { value: text.clone(), span: value.span };
                let units = if is_rest && !text.value.contains(':') {
                    units(std::slice::from_ref(&text), None, systems)?
                } else {
                    vec![systems.local_unit(&text)?]
                };
                (units, None)
            }
            raw::VolumeUnits::Several(on) => (units(on, None, systems)?, None),
            raw::VolumeUnits::Spread(spread) => {
                let stripe = spread.stripe.as_ref().map_or(Ok(STRIPE), stripe)?;
                (units(&spread.units, None, systems)?, Some(stripe))
            }
        };
        if is_rest {
            map.rest = Some(Rest { span: value.span, units, stripe });
        } else {
            let stripe = stripe.unwrap_or(STRIPE);
            let stripe = if units.len() > 1 { stripe } else { u64::MAX - u64::MAX % BLOCK_BYTES };
            let volume = Volume { name: name.value.clone().into_bytes(), units, stripe, base: 0 };
            map.volumes.push(Mapped { name: name.span, units: value.span, volume });
        }
    }
    Ok(map)
}

fn stripe(stripe: &At<crate::scenario::value::Size>) -> Fallible<u64> {
    let bytes = stripe.value.0;
    if bytes == 0 || !bytes.is_multiple_of(BLOCK_BYTES) {
        let title =
            format!("expected a stripe of whole blocks of {BLOCK_BYTES} bytes, found {}", Size(bytes));
        return Err(Fault::new("out-of-range", stripe.span, title));
    }
    Ok(bytes)
}

impl Rest {
    /// A place for every volume with writes that is not among `named` (which are sorted), in order of appearance.
    /// Volumes that share a unit lie one behind the other, those that are named before all others.
    fn deal(&self, scan: &TraceScan, named: &[Volume]) -> Vec<Volume> {
        let mut filled: BTreeMap<LocalUnit, u64> = BTreeMap::new();
        let is_named = |name: &[u8]| named.binary_search_by(|volume| volume.name.as_slice().cmp(name));
        for seen in &scan.volumes {
            if let Ok(index) = is_named(&seen.name) {
                for &unit in &named[index].units {
                    let end = named[index].end_on_a_unit(seen.end);
                    let filled = filled.entry(unit).or_default();
                    *filled = (*filled).max(end);
                }
            }
        }
        let others = scan.volumes.iter().filter(|seen| seen.writes > 0 && is_named(&seen.name).is_err());
        let dealt = others.enumerate().map(|(index, seen)| {
            let units = match self.stripe {
                Some(_) => self.units.clone(),
                None => vec![self.units[index % self.units.len()]],
            };
            let base = units.iter().filter_map(|unit| filled.get(unit)).max().copied().unwrap_or(0);
            let base = base.checked_next_multiple_of(ALIGNMENT).unwrap_or(base);
            let stripe = match self.stripe {
                Some(stripe) if units.len() > 1 => stripe,
                _ => u64::MAX - u64::MAX % BLOCK_BYTES,
            };
            let volume = Volume { name: seen.name.clone(), units, stripe, base };
            for &unit in &volume.units {
                filled.insert(unit, volume.end_on_a_unit(seen.end));
            }
            volume
        });
        dealt.collect()
    }
}

/// Every volume of the map must be one of the trace.
fn known(scan: &TraceScan, volumes: &[Mapped], opened: &[Opened]) -> Fallible<()> {
    for Mapped { name: span, volume, .. } in volumes {
        if scan.volumes.iter().any(|seen| seen.name == volume.name) {
            continue;
        }
        let name = String::from_utf8_lossy(&volume.name);
        let names: Vec<_> =
            scan.volumes.iter().map(|seen| String::from_utf8_lossy(&seen.name).into_owned()).collect();
        let meant = nearest(&name, names.iter().map(String::as_str));
        let meant = meant.or_else(|| names.first().filter(|_| names.len() == 1).map(String::as_str));
        let files: Vec<_> = opened.iter().map(|file| file.path.display().to_string()).collect();
        let formats = opened.first().map_or("a trace", |file| file.opening.format.title());
        let title = format!("expected a volume of {}, found {}", files.join(", "), quoted(&name));
        return Err(Fault::new("trace-volume", *span, title)
            .label("the trace has no such volume")
            .did_you_mean(meant.map(quoted))
            .note(format!("{} is {formats}; its volumes: {}", files.join(", "), listed(&scan.volumes))));
    }
    Ok(())
}

/// The first volumes of a trace, with the number of their writes.
fn listed(volumes: &[VolumeScan]) -> String {
    let mut text = String::new();
    for (index, seen) in volumes.iter().take(NAMED).enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        let name = String::from_utf8_lossy(&seen.name);
        let plural = if seen.requests == 1 { "" } else { "s" };
        let _ = write!(text, "{comma}{} ({} request{plural})", quoted(&name), seen.requests);
    }
    match volumes.len().checked_sub(NAMED) {
        Some(more) if more > 0 => text + &format!(" and {more} more"),
        _ if volumes.is_empty() => "none".into(),
        _ => text,
    }
}

/// Why a recording has nothing to write.
fn nothing_to_write(scan: &TraceScan) -> String {
    let sum = |count: fn(&trace_file::FileScan) -> u64| scan.files.iter().map(count).sum::<u64>();
    let left_out = [
        (sum(|file| file.reads), "a read", "reads"),
        (sum(|file| file.others), "a request that neither reads nor writes", "that neither read nor write"),
        (
            sum(|file| file.unmapped),
            "a write to a volume that is not in the map",
            "writes to volumes not in the map",
        ),
        (sum(|file| file.empty), "a write of no bytes", "writes of no bytes"),
        (sum(|file| file.before), "a write before `from`", "writes before `from`"),
        (sum(|file| file.after), "a write after `to`", "writes after `to`"),
    ];
    let left_out = left_out.iter().filter_map(|(count, one, many)| match count {
        0 => None,
        1 => Some((*one).to_owned()),
        count => Some(format!("{count} {many}")),
    });
    let left_out: Vec<_> = left_out.collect();
    let left_out = if left_out.is_empty() { "no request".to_owned() } else { left_out.join(", ") };
    format!("expected a write to a volume of the map, found {left_out}; volumes: {}", listed(&scan.volumes))
}

/// Refuses a volume that is larger than its units.
fn fits(volume: &Volume, seen: &VolumeScan, span: Span, systems: &Systems) -> Fallible<()> {
    let end = volume.end_on_a_unit(seen.end);
    let small = volume.units.iter().find(|unit| systems.unit_size(unit.system).0 < end);
    let Some(&unit) = small else { return Ok(()) };
    let (unit_size, _) = systems.unit_size(unit.system);
    let behind = if volume.base > 0 {
        format!(" behind the {} bytes of the volumes before it", volume.base)
    } else {
        String::new()
    };
    let title = format!(
        "expected a unit of at least {end} bytes for the volume {}{behind}, found {} of {}",
        quoted(&String::from_utf8_lossy(&volume.name)),
        systems.unit_name(unit),
        Size(unit_size),
    );
    Err(too_large(span, title, unit.system, systems))
}

/// An error in one of the files of a recording.
fn in_file(error: &TraceError, opened: &[Opened], raw: &raw::Trace) -> Box<Fault> {
    let file = opened.iter().find(|file| file.path == error.path);
    elsewhere(error, file.map_or(raw.file.span, |file| file.span))
}

/// An error in a file that is named at `span`.
fn elsewhere(error: &TraceError, span: Span) -> Box<Fault> {
    let line = usize::try_from(error.line).unwrap_or(usize::MAX);
    let place = (error.line > 0).then_some((line, error.column as usize));
    Fault::new(error.id, span, error.message.clone()).elsewhere(&error.path, place)
}
