//! The writes of a recording in the order in which they are issued: its files, merged by time.
//!
//! Memory does not depend on how long the files are. A file that is put in order (`sort = true`) keeps back the
//! writes of as long as its disorder, which was measured before.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use super::error::{LineFault, TraceError};
use super::plan::{Instant, Stretch, TraceFile, TracePlan, TraceWrite, Window};
use super::record::Operation;
use super::records::Records;
use super::scan::Order;
use crate::units::{SimDuration, SimTime};

/// A write to a mapped volume. Ordered by instant, then as in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Item {
    at: SimTime,
    /// The time of the file's clock.
    stamp_ns: u64,
    /// Its number in the file.
    number: u64,
    volume: usize,
    offset: u64,
    size: u32,
}

/// The writes of a recording to the mapped volumes, in the order in which they are issued; of one instant, in the
/// order of the files and within each.
///
/// Ends after the first error.
#[derive(Debug)]
pub struct TraceReader {
    plan: TracePlan,
    /// Where in `plan.volumes` a volume stands.
    index: BTreeMap<Vec<u8>, usize>,
    files: Vec<FileReplay>,
    /// The next write of each file.
    heads: Vec<Option<Item>>,
    /// Further stripes of the last write.
    pending: VecDeque<TraceWrite>,
    finished: bool,
}

impl TraceReader {
    /// Opens the files of `plan`.
    pub fn open(plan: &TracePlan) -> Result<Self, TraceError> {
        let index =
            plan.volumes.iter().enumerate().map(|(index, volume)| (volume.name.clone(), index)).collect();
        let files = plan.files.iter().map(FileReplay::open).collect::<Result<Vec<_>, _>>()?;
        let mut reader = Self {
            plan: plan.clone(),
            index,
            heads: vec![None; files.len()],
            files,
            pending: VecDeque::new(),
            finished: false,
        };
        for file in 0..reader.files.len() {
            reader.advance(file)?;
        }
        Ok(reader)
    }

    /// Puts the next write of `file` at its head.
    fn advance(&mut self, file: usize) -> Result<(), TraceError> {
        self.heads[file] = self.files[file].next(&self.index, &self.plan.window)?;
        Ok(())
    }

    fn read_on(&mut self) -> Result<Option<TraceWrite>, TraceError> {
        loop {
            if let Some(write) = self.pending.pop_front() {
                return Ok(Some(write));
            }
            let heads = self.heads.iter().enumerate();
            let earliest = heads.filter_map(|(file, head)| head.map(|head| (head.at, file, head))).min();
            let Some((at, file, Item { volume, offset, size, .. })) = earliest else { return Ok(None) };
            self.advance(file)?;
            self.pending.extend(self.plan.volumes[volume].writes(at, Stretch { offset, size }));
        }
    }
}

impl Iterator for TraceReader {
    type Item = Result<TraceWrite, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let item = self.read_on().transpose();
        self.finished = !matches!(item, Some(Ok(_)));
        item
    }
}

/// One file, put in order.
#[derive(Debug)]
struct FileReplay {
    records: Records,
    nameless: String,
    origin_ns: u64,
    disorder_ns: u64,
    order: Order,
    /// The latest time of any request read.
    latest_ns: u64,
    /// Writes that an earlier one may still precede.
    kept_back: BinaryHeap<Reverse<Item>>,
    read: u64,
    exhausted: bool,
}

impl FileReplay {
    fn open(file: &TraceFile) -> Result<Self, TraceError> {
        Ok(Self {
            records: Records::open(&file.path, &file.reading)?,
            nameless: file.nameless.clone(),
            origin_ns: file.origin_ns,
            disorder_ns: file.disorder_ns,
            order: Order::default(),
            latest_ns: 0,
            kept_back: BinaryHeap::new(),
            read: 0,
            exhausted: false,
        })
    }

    /// The next write to a mapped volume within the window.
    fn next(
        &mut self,
        index: &BTreeMap<Vec<u8>, usize>,
        window: &Window,
    ) -> Result<Option<Item>, TraceError> {
        if self.disorder_ns == 0 {
            return self.read_on(index, window);
        }
        loop {
            if let Some(Reverse(first)) = self.kept_back.peek()
                && (self.exhausted || first.stamp_ns.saturating_add(self.disorder_ns) <= self.latest_ns)
            {
                return Ok(self.kept_back.pop().map(|Reverse(first)| first));
            }
            if self.exhausted {
                return Ok(None);
            }
            match self.read_on(index, window)? {
                Some(item) => self.kept_back.push(Reverse(item)),
                None => self.exhausted = true,
            }
        }
    }

    /// The next write of the file as it stands there.
    fn read_on(
        &mut self,
        index: &BTreeMap<Vec<u8>, usize>,
        window: &Window,
    ) -> Result<Option<Item>, TraceError> {
        loop {
            let first_stamp = self.records.first_stamp_ns();
            let Some((record, _)) = self.records.next_request()? else { return Ok(None) };
            self.read += 1;
            self.order.begin(first_stamp.unwrap_or(record.stamp_ns));
            self.latest_ns = self.latest_ns.max(record.stamp_ns);
            if record.operation != Operation::Write || record.size == 0 {
                continue;
            }
            let name: &[u8] =
                if record.volume.is_empty() { self.nameless.as_bytes() } else { &record.volume };
            let Some(&volume) = index.get(name) else { continue };
            let item = match window.instant(record, self.origin_ns) {
                Ok(Instant::Before | Instant::After) => continue,
                Ok(Instant::At(at)) => Stretch::of(record).map(|Stretch { offset, size }| Item {
                    at,
                    stamp_ns: record.stamp_ns,
                    number: self.read,
                    volume,
                    offset,
                    size,
                }),
                Err(fault) => Err(fault),
            };
            let (stamp_ns, stamp_at) = (record.stamp_ns, record.stamp_at);
            let allowed = if self.disorder_ns == 0 {
                self.order.take(stamp_ns)
            } else {
                let late = self.latest_ns - stamp_ns;
                (late > self.disorder_ns).then(|| SimDuration::from_ns(late))
            };
            return match (item, allowed) {
                (Ok(item), None) => Ok(Some(item)),
                (Err(fault), _) => Err(self.records.fault(fault)),
                (Ok(_), Some(by)) => {
                    let message = format!(
                        "found a write {by} earlier than one before it; expected writes in the order of time"
                    );
                    Err(self.records.fault(LineFault::new("trace-order", stamp_at, message)))
                }
            };
        }
    }
}
