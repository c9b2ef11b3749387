//! Reads a recording through before it is replayed: what is in it, what of it is written, and what is wrong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::{LineFault, TraceError};
use super::format::TraceFormat;
use super::plan::{Instant, Stretch, TracePlan};
use super::record::Operation;
use super::records::{Place, Reading, Records};
use super::source::Compression;
use crate::units::{SimDuration, SimTime};

/// More volumes than these are taken for a column that names none.
const MOST_VOLUMES: usize = 1 << 20;

/// What stands at the beginning of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Its format.
    pub format: TraceFormat,
    /// The first time in it, in nanoseconds of its clock; with `sort` the earliest.
    pub first_ns: u64,
    /// With `sort`: the most that a request is earlier than one before it.
    pub disorder_ns: u64,
}

/// What a file holds, and what becomes of it. Every request is in exactly one of `writes` and the counts of what is
/// left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileScan {
    /// The file.
    pub path: PathBuf,
    /// Its format.
    pub format: TraceFormat,
    /// What it is packed with.
    pub compression: Option<Compression>,
    /// The action of blkparse that counts as a request.
    pub action: Option<char>,
    /// All requests.
    pub requests: u64,
    /// Writes that are replayed, if the run is long enough.
    pub writes: u64,
    /// Bytes of these, in whole blocks.
    pub bytes: u64,
    /// Left out: reads.
    pub reads: u64,
    /// Left out: neither reads nor writes.
    pub others: u64,
    /// Left out: writes to volumes that are not mapped.
    pub unmapped: u64,
    /// Left out: writes of no bytes.
    pub empty: u64,
    /// Left out: writes before the window.
    pub before: u64,
    /// Left out: writes after the window.
    pub after: u64,
    /// Of `writes`: those that begin within a block, and are widened to begin with it.
    pub widened: u64,
    /// Of `writes`: those that stand behind a later one in the file, and are put in order.
    pub sorted: u64,
    /// The most that one of these is earlier than a write before it.
    pub sorted_by: SimDuration,
    /// Of `writes`: those that come when hosts write no more.
    pub cut_off: u64,
    /// When the first of `writes` is issued.
    pub first: Option<SimTime>,
    /// When the last of `writes` is issued.
    pub last: Option<SimTime>,
}

/// A volume of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeScan {
    /// Its name.
    pub name: Vec<u8>,
    /// Requests of any kind.
    pub requests: u64,
    /// Writes within the window.
    pub writes: u64,
    /// The first byte beyond its writes; 0 if it has none.
    pub end: u64,
    /// Its largest write, in bytes.
    pub largest: u32,
}

/// What a recording holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceScan {
    /// Each file, in the order of the scenario.
    pub files: Vec<FileScan>,
    /// Each volume, in order of appearance.
    pub volumes: Vec<VolumeScan>,
}

/// Looks at the beginning of a file; with `sort` at all of it.
pub fn open(path: &Path, reading: &Reading, sort: bool) -> Result<Opening, TraceError> {
    let mut records = Records::open(path, reading)?;
    let format = records.format();
    if !sort {
        let first_ns = records.find_first_stamp()?.ok_or_else(|| no_request(path))?;
        return Ok(Opening { format, first_ns, disorder_ns: 0 });
    }
    let (mut earliest, mut latest, mut disorder_ns) = (u64::MAX, 0, 0);
    while let Some((record, _)) = records.next_request()? {
        earliest = earliest.min(record.stamp_ns);
        latest = latest.max(record.stamp_ns);
        disorder_ns = disorder_ns.max(latest - record.stamp_ns);
    }
    let first = records.first_stamp_ns().ok_or_else(|| no_request(path))?;
    Ok(Opening { format, first_ns: earliest.min(first), disorder_ns })
}

fn no_request(path: &Path) -> TraceError {
    TraceError::of_file(path, "trace-no-writes", "found no request; expected a trace".into())
}

/// Reads all files of `plan` through. Volumes outside the plan are mapped all the same with `all_volumes`. Hosts write
/// until `duration`.
///
/// # Errors
/// At the first line that is wrong, or earlier than the file's order of time allows.
pub fn scan(plan: &TracePlan, all_volumes: bool, duration: SimDuration) -> Result<TraceScan, TraceError> {
    let mut scan = Scan { plan, all_volumes, duration, index: BTreeMap::new(), seen: TraceScan::default() };
    for file in 0..plan.files.len() {
        let seen = scan.file(file)?;
        scan.seen.files.push(seen);
    }
    Ok(scan.seen)
}

struct Scan<'p> {
    plan: &'p TracePlan,
    all_volumes: bool,
    duration: SimDuration,
    /// Where in `seen.volumes` a volume stands.
    index: BTreeMap<Vec<u8>, usize>,
    seen: TraceScan,
}

impl Scan<'_> {
    fn file(&mut self, index: usize) -> Result<FileScan, TraceError> {
        let file = &self.plan.files[index];
        let mut records = Records::open(&file.path, &file.reading)?;
        let mut seen = FileScan::new(&records);
        let mut order = Order::default();
        let mut first_fault: Option<(Place, usize, SimDuration)> = None;
        loop {
            let first_stamp = records.first_stamp_ns();
            let Some((record, place)) = records.next_request()? else { break };
            order.begin(first_stamp.unwrap_or(record.stamp_ns));
            seen.requests += 1;
            let name: &[u8] =
                if record.volume.is_empty() { file.nameless.as_bytes() } else { &record.volume };
            let mapped = self.all_volumes || self.is_mapped(name);
            let volume = match self.index.get(name) {
                Some(&volume) => volume,
                None if self.index.len() < MOST_VOLUMES => self.add_volume(name),
                None => {
                    let message =
                        format!("found more than {MOST_VOLUMES} volumes; expected names of volumes");
                    return Err(records.fault(LineFault::new("trace-volume", 0, message)));
                }
            };
            let volume = &mut self.seen.volumes[volume];
            volume.requests += 1;
            // Time zero is the first time of the file or earlier, so only a file that is not in order goes below it.
            let precedes_its_file =
                record.stamp_ns < file.origin_ns && first_stamp.is_some_and(|first| file.origin_ns <= first);
            match record.operation {
                Operation::Read => seen.reads += 1,
                Operation::Other => seen.others += 1,
                Operation::Write if !mapped => seen.unmapped += 1,
                Operation::Write if record.size == 0 => seen.empty += 1,
                Operation::Write => {
                    let instant = self.plan.window.instant(record, file.origin_ns);
                    let at = match instant {
                        Ok(Instant::Before) if !precedes_its_file => {
                            seen.before += 1;
                            continue;
                        }
                        Ok(Instant::After) => {
                            seen.after += 1;
                            continue;
                        }
                        Ok(Instant::At(at)) => at,
                        Ok(Instant::Before) => SimTime::ZERO,
                        Err(fault) => return Err(records.fault(fault)),
                    };
                    if let Some(by) = order.take(record.stamp_ns) {
                        seen.sorted += 1;
                        seen.sorted_by = seen.sorted_by.max(by);
                        first_fault.get_or_insert((place, record.stamp_at, by));
                    }
                    let widened = !record.offset.is_multiple_of(super::format::BLOCK);
                    let stretch = match Stretch::of(record) {
                        Ok(stretch) => stretch,
                        Err(fault) => return Err(records.fault(fault)),
                    };
                    volume.writes += 1;
                    volume.end = volume.end.max(stretch.offset + u64::from(stretch.size));
                    volume.largest = volume.largest.max(stretch.size);
                    seen.widened += u64::from(widened);
                    seen.writes += 1;
                    seen.bytes += u64::from(stretch.size);
                    seen.cut_off += u64::from(at >= SimTime::ZERO + self.duration);
                    seen.first = Some(seen.first.map_or(at, |first| first.min(at)));
                    seen.last = Some(seen.last.map_or(at, |last| last.max(at)));
                }
            }
        }
        if let Some((place, at, by)) = first_fault.filter(|_| file.disorder_ns == 0) {
            let message = format!(
                "found a write {by} earlier than one before it; expected writes in the order of time; {} of {} are \
                 not, by up to {}: `sort = true` puts them in order",
                seen.sorted, seen.writes, seen.sorted_by
            );
            return Err(records.fault_at(place, LineFault::new("trace-order", at, message)));
        }
        Ok(seen)
    }

    fn is_mapped(&self, name: &[u8]) -> bool {
        self.plan.volumes.binary_search_by(|volume| volume.name.as_slice().cmp(name)).is_ok()
    }

    fn add_volume(&mut self, name: &[u8]) -> usize {
        let index = self.seen.volumes.len();
        self.index.insert(name.to_vec(), index);
        self.seen.volumes.push(VolumeScan {
            name: name.to_vec(),
            requests: 0,
            writes: 0,
            end: 0,
            largest: 0,
        });
        index
    }
}

impl FileScan {
    fn new(records: &Records) -> Self {
        Self {
            path: records.path().to_owned(),
            format: records.format(),
            compression: records.compression(),
            action: records.action(),
            requests: 0,
            writes: 0,
            bytes: 0,
            reads: 0,
            others: 0,
            unmapped: 0,
            empty: 0,
            before: 0,
            after: 0,
            widened: 0,
            sorted: 0,
            sorted_by: SimDuration::ZERO,
            cut_off: 0,
            first: None,
            last: None,
        }
    }
}

/// Whether the writes of a file come in the order of time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Order {
    latest_ns: Option<u64>,
}

impl Order {
    /// The file begins at `first_ns`: no write is earlier than that.
    pub(super) fn begin(&mut self, first_ns: u64) {
        self.latest_ns.get_or_insert(first_ns);
    }

    /// How much earlier than the latest write before it one at `stamp_ns` is; it is taken into account from now on.
    pub(super) fn take(&mut self, stamp_ns: u64) -> Option<SimDuration> {
        let latest_ns = *self.latest_ns.get_or_insert(stamp_ns);
        self.latest_ns = Some(latest_ns.max(stamp_ns));
        (latest_ns > stamp_ns).then(|| SimDuration::from_ns(latest_ns - stamp_ns))
    }
}
