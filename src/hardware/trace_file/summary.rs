//! What a trace is like: rate, sizes, shares, working set, overwrites, bursts, volumes, and how it goes over time.
//!
//! One pass in constant memory: the timeline doubles the width of its bins as the trace goes on, and the blocks
//! that are written are sampled by a hash of their address once there are too many (the spatial sampling of SHARDS:
//! Waldspurger, Park, Garthwaite, Ahmad, FAST 2015). Nothing is simulated.

use std::collections::BTreeMap;
use std::path::Path;

use hdrhistogram::Histogram;

use super::error::TraceError;
use super::records::{Reading, Records};
use super::scan::{Opening, open};
use super::source::Compression;
use super::{Operation, Record, TraceFormat};
use crate::units::SimDuration;

/// Bytes of a block of the working set.
pub const SUMMARY_BLOCK: u64 = 4096;
/// Bins of a timeline.
const BINS: usize = 1024;
/// The width of a bin at first, in nanoseconds.
const FIRST_BIN_NS: u64 = 1_000_000;
/// This many blocks are remembered before they are sampled.
const REMEMBERED_BLOCKS: usize = 1 << 18;
/// This many volumes have figures of their own; what others do is in the sums only.
const REMEMBERED_VOLUMES: usize = 4096;
/// The windows in which bursts are counted, in nanoseconds.
const WINDOWS_NS: [u64; 3] = [10_000_000, 100_000_000, 1_000_000_000];

/// A file of the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummaryFile {
    /// The file.
    pub path: std::path::PathBuf,
    /// Its format.
    pub format: TraceFormat,
    /// What it is packed with.
    pub compression: Option<Compression>,
    /// The action of blkparse that counts as a request.
    pub action: Option<char>,
    /// Its requests.
    pub requests: u64,
    /// Those that are earlier than one before them in the file.
    pub out_of_order: u64,
    /// The most that one of these is earlier.
    pub out_of_order_by: SimDuration,
}

/// Requests of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub requests: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Tally {
    fn add(&mut self, bytes: u64) {
        self.requests += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// A volume of the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummaryVolume {
    /// Its name.
    pub name: String,
    /// What it reads.
    pub reads: Tally,
    /// What it writes.
    pub writes: Tally,
    /// The first byte beyond its requests.
    pub end: u64,
}

/// Requests of a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bin {
    /// What is read.
    pub reads: Tally,
    /// What is written.
    pub writes: Tally,
}

/// How writes cluster in windows of one length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Burstiness {
    /// The length of a window.
    pub window: SimDuration,
    /// Whole windows, those without a write included. The trace ends within the last one, which counts for the most
    /// only, unless there are no other writes.
    pub windows: u64,
    /// Writes in a window, on average.
    pub mean_writes: f64,
    /// The most writes in one.
    pub most_writes: u64,
    /// The most bytes written in one.
    pub most_bytes: u64,
    /// Variance over mean of the writes in a window (the index of dispersion for counts): 1 for a Poisson process.
    pub dispersion: f64,
}

/// The blocks that are written.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WrittenBlocks {
    /// Distinct ones: the working set of writes.
    pub distinct: f64,
    /// Blocks written, each as often as it is.
    pub writes: f64,
    /// Of these, the share that had been written before.
    pub overwrites: f64,
    /// Of these, the share that had been written in the second before.
    pub within_1s: f64,
    /// Of these, the share that had been written in the minute before.
    pub within_60s: f64,
    /// The share of addresses that was looked at: 1 is all of them.
    pub sampled: f64,
}

/// What a trace is like.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Its files.
    pub files: Vec<SummaryFile>,
    /// From the first request to the last.
    pub span: SimDuration,
    /// What is read.
    pub reads: Tally,
    /// What is written.
    pub writes: Tally,
    /// Requests that neither read nor write.
    pub others: u64,
    /// Writes that begin or end within a block of 512 bytes.
    pub unaligned: u64,
    /// Sizes of writes, in bytes.
    pub sizes: Sizes,
    /// From a write to the next, in nanoseconds, to three digits.
    pub gaps: Histogram<u64>,
    /// Their mean, in nanoseconds, which no histogram has rounded; 0 if there is none.
    pub gap_mean: f64,
    /// The longest, in nanoseconds, to the last digit.
    pub gap_max: u64,
    /// Squared coefficient of variation of these: 1 for a Poisson process.
    pub gap_variation: f64,
    /// The blocks that are written.
    pub blocks: WrittenBlocks,
    /// Bursts, by the length of the window.
    pub bursts: Vec<Burstiness>,
    /// The volumes, in order of appearance; cut off after 4,096.
    pub volumes: Vec<SummaryVolume>,
    /// Volumes in all, unless they were cut off.
    pub more_volumes: bool,
    /// Width of a bin of `timeline`.
    pub bin: SimDuration,
    /// What happens over time, from the first request on.
    pub timeline: Vec<Bin>,
}

impl Summary {
    /// The gap, in nanoseconds, that this share of all gaps does not exceed: to three digits, rounded up.
    pub fn gap_at(&self, share: f64) -> u64 {
        self.gaps.value_at_quantile(share).min(self.gap_max)
    }
}

/// Reads the files of one recording, merged by their common clock.
///
/// # Errors
/// At the first line that is wrong.
pub fn summarise(paths: &[&Path], reading: &Reading) -> Result<Summary, TraceError> {
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let Opening { format, first_ns, .. } = open(path, reading, false)?;
        files.push((*path, format, i128::from(first_ns) + format.epoch().to_common_ns()));
    }
    let zero = |format: TraceFormat| {
        let clock = format.epoch().is_of_the_world();
        let same = files.iter().filter(move |file| file.1.epoch().is_of_the_world() == clock);
        same.map(|file| file.2).min().unwrap_or(0)
    };
    let mut sources = Vec::with_capacity(files.len());
    for (path, format, _) in &files {
        let records = Records::open(path, &Reading { format: Some(*format), ..reading.clone() })?;
        sources.push(Source::new(records, zero(*format) - format.epoch().to_common_ns()));
    }
    for source in &mut sources {
        source.advance()?;
    }
    let mut summing = Summing::default();
    loop {
        let heads = sources.iter().enumerate();
        let earliest = heads.filter_map(|(index, source)| Some((source.head.as_ref()?.0, index))).min();
        let Some((_, index)) = earliest else { break };
        if let Some((at_ns, record)) = sources[index].head.take() {
            summing.add(at_ns, &record);
            sources[index].spare = record;
        }
        sources[index].advance()?;
    }
    Ok(summing.finish(sources.into_iter().map(|source| source.seen).collect()))
}

/// A file and its next request.
#[derive(Debug)]
struct Source {
    records: Records,
    /// What the file's clock shows at time zero.
    zero: i128,
    latest_ns: u64,
    head: Option<(u64, Record)>,
    /// A record whose memory is used again.
    spare: Record,
    nameless: String,
    seen: SummaryFile,
}

impl Source {
    fn new(records: Records, zero: i128) -> Self {
        let seen = SummaryFile {
            path: records.path().to_owned(),
            format: records.format(),
            compression: records.compression(),
            action: records.action(),
            requests: 0,
            out_of_order: 0,
            out_of_order_by: SimDuration::ZERO,
        };
        let nameless = super::nameless_volume(records.path());
        Self { records, zero, latest_ns: 0, head: None, spare: Record::default(), nameless, seen }
    }

    fn advance(&mut self) -> Result<(), TraceError> {
        let Some((record, _)) = self.records.next_request()? else { return Ok(()) };
        let mut head = std::mem::take(&mut self.spare);
        head.clone_from(record);
        if head.volume.is_empty() {
            head.volume.extend_from_slice(self.nameless.as_bytes());
        }
        self.seen.requests += 1;
        let at = u64::try_from((i128::from(head.stamp_ns) - self.zero).max(0)).unwrap_or(u64::MAX);
        if let Some(by) = self.latest_ns.checked_sub(at).filter(|by| *by > 0) {
            self.seen.out_of_order += 1;
            self.seen.out_of_order_by = self.seen.out_of_order_by.max(SimDuration::from_ns(by));
        }
        // A late one counts where it stands: time only goes on.
        self.latest_ns = self.latest_ns.max(at);
        self.head = Some((self.latest_ns, head));
        Ok(())
    }
}

/// Sums over the requests so far, which come in the order of time.
#[derive(Debug)]
struct Summing {
    first_ns: Option<u64>,
    last_ns: u64,
    reads: Tally,
    writes: Tally,
    others: u64,
    unaligned: u64,
    sizes: Sizes,
    gaps: Histogram<u64>,
    gap_sum: f64,
    gap_max: u64,
    gap_squares: f64,
    last_write_ns: Option<u64>,
    blocks: Blocks,
    windows: [Window; 3],
    index: BTreeMap<Vec<u8>, usize>,
    volumes: Vec<SummaryVolume>,
    more_volumes: bool,
    timeline: Timeline,
}

impl Default for Summing {
    fn default() -> Self {
        // Three digits always construct; the histogram grows with its largest value.
        let mut gaps = Histogram::new(3).unwrap_or_else(|_| unreachable!("three digits are allowed"));
        gaps.auto(true);
        Self {
            first_ns: None,
            last_ns: 0,
            reads: Tally::default(),
            writes: Tally::default(),
            others: 0,
            unaligned: 0,
            sizes: Sizes::default(),
            gaps,
            gap_sum: 0.0,
            gap_max: 0,
            gap_squares: 0.0,
            last_write_ns: None,
            blocks: Blocks::new(REMEMBERED_BLOCKS),
            windows: WINDOWS_NS.map(Window::new),
            index: BTreeMap::new(),
            volumes: Vec::new(),
            more_volumes: false,
            timeline: Timeline::default(),
        }
    }
}

impl Summing {
    fn add(&mut self, at_ns: u64, record: &Record) {
        let at_ns = at_ns - *self.first_ns.get_or_insert(at_ns);
        self.last_ns = at_ns;
        let volume = self.volume(&record.volume);
        if let Some(volume) = volume {
            let volume = &mut self.volumes[volume];
            volume.end = volume.end.max(record.offset.saturating_add(record.size));
            match record.operation {
                Operation::Read => volume.reads.add(record.size),
                Operation::Write => volume.writes.add(record.size),
                Operation::Other => {}
            }
        }
        match record.operation {
            Operation::Other => self.others += 1,
            Operation::Read => {
                self.reads.add(record.size);
                self.timeline.at(at_ns).reads.add(record.size);
            }
            Operation::Write => {
                self.writes.add(record.size);
                self.timeline.at(at_ns).writes.add(record.size);
                self.sizes.add(record.size);
                let aligned = record.offset.is_multiple_of(512) && record.size.is_multiple_of(512);
                self.unaligned += u64::from(!aligned);
                if let Some(last) = self.last_write_ns.replace(at_ns) {
                    let gap = at_ns - last;
                    // Fails only where it may not grow.
                    let _ = self.gaps.record(gap);
                    self.gap_sum += gap as f64;
                    self.gap_max = self.gap_max.max(gap);
                    self.gap_squares += gap as f64 * gap as f64;
                }
                for window in &mut self.windows {
                    window.add(at_ns, record.size);
                }
                self.blocks.write(at_ns, &record.volume, record.offset, record.size);
            }
        }
    }

    /// The place of a volume, unless there are too many.
    fn volume(&mut self, name: &[u8]) -> Option<usize> {
        if let Some(&index) = self.index.get(name) {
            return Some(index);
        }
        if self.volumes.len() == REMEMBERED_VOLUMES {
            self.more_volumes = true;
            return None;
        }
        self.index.insert(name.to_vec(), self.volumes.len());
        self.volumes.push(SummaryVolume {
            name: String::from_utf8_lossy(name).into_owned(),
            reads: Tally::default(),
            writes: Tally::default(),
            end: 0,
        });
        Some(self.volumes.len() - 1)
    }

    fn finish(self, files: Vec<SummaryFile>) -> Summary {
        let gaps = (self.gaps.len() as f64).max(1.0);
        let mean = self.gap_sum / gaps;
        let variance = self.gap_squares / gaps - mean * mean;
        Summary {
            files,
            span: SimDuration::from_ns(self.last_ns),
            reads: self.reads,
            writes: self.writes,
            others: self.others,
            unaligned: self.unaligned,
            sizes: self.sizes,
            gap_variation: if mean > 0.0 { (variance / (mean * mean)).max(0.0) } else { 0.0 },
            gap_mean: mean,
            gap_max: self.gap_max,
            gaps: self.gaps,
            blocks: self.blocks.finish(),
            bursts: self.windows.into_iter().map(|window| window.finish(self.last_ns)).collect(),
            volumes: self.volumes,
            more_volumes: self.more_volumes,
            bin: SimDuration::from_ns(self.timeline.width_ns),
            timeline: self.timeline.finish(self.last_ns),
        }
    }
}

/// How many writes have which size: exact, unless there are more than 4,096 sizes; then in classes of equal width, each
/// called by its smallest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes {
    counts: BTreeMap<u64, u64>,
    width: u64,
    total: u64,
    largest: u64,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { counts: BTreeMap::new(), width: 1, total: 0, largest: 0 }
    }
}

impl Sizes {
    /// This many are told apart.
    const MOST: usize = 4096;

    fn add(&mut self, size: u64) {
        *self.counts.entry(size / self.width * self.width).or_default() += 1;
        self.total += 1;
        self.largest = self.largest.max(size);
        while self.counts.len() > Self::MOST {
            self.width *= 2;
            let mut coarser = BTreeMap::new();
            for (size, count) in &self.counts {
                *coarser.entry(size / self.width * self.width).or_default() += count;
            }
            self.counts = coarser;
        }
    }

    /// The sizes and how many writes have each, the smallest first.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        self.counts.iter().map(|(size, count)| (*size, *count))
    }

    /// The least size that at least this share of the writes does not exceed; 0 without a write.
    pub fn quantile(&self, share: f64) -> u64 {
        let mut needed = (share * self.total as f64).ceil().max(1.0);
        for (size, count) in &self.counts {
            needed -= *count as f64;
            if needed <= 0.0 {
                return *size;
            }
        }
        self.largest
    }

    /// The largest size; 0 without a write.
    pub fn largest(&self) -> u64 {
        self.largest
    }
}

/// Bins of time, which double their width when time goes beyond the last one.
#[derive(Debug)]
struct Timeline {
    width_ns: u64,
    bins: Vec<Bin>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { width_ns: FIRST_BIN_NS, bins: vec![Bin::default(); BINS] }
    }
}

impl Timeline {
    fn at(&mut self, at_ns: u64) -> &mut Bin {
        while at_ns / self.width_ns >= BINS as u64 {
            for index in 0..BINS / 2 {
                let (a, b) = (self.bins[2 * index], self.bins[2 * index + 1]);
                let sum = |a: Tally, b: Tally| Tally {
                    requests: a.requests + b.requests,
                    bytes: a.bytes.saturating_add(b.bytes),
                };
                self.bins[index] = Bin { reads: sum(a.reads, b.reads), writes: sum(a.writes, b.writes) };
            }
            self.bins[BINS / 2..].fill(Bin::default());
            self.width_ns *= 2;
        }
        &mut self.bins[(at_ns / self.width_ns) as usize]
    }

    /// The bins up to `last_ns`.
    fn finish(mut self, last_ns: u64) -> Vec<Bin> {
        self.at(last_ns);
        self.bins.truncate((last_ns / self.width_ns) as usize + 1);
        self.bins
    }
}

/// Counts of writes in windows of one length.
#[derive(Debug)]
struct Window {
    length_ns: u64,
    current: u64,
    writes: u64,
    bytes: u64,
    most_writes: u64,
    most_bytes: u64,
    sum: f64,
    squares: f64,
}

impl Window {
    fn new(length_ns: u64) -> Self {
        Self {
            length_ns,
            current: 0,
            writes: 0,
            bytes: 0,
            most_writes: 0,
            most_bytes: 0,
            sum: 0.0,
            squares: 0.0,
        }
    }

    fn add(&mut self, at_ns: u64, bytes: u64) {
        let window = at_ns / self.length_ns;
        if window != self.current {
            self.close();
            self.current = window;
        }
        self.writes += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }

    fn close(&mut self) {
        self.most_writes = self.most_writes.max(self.writes);
        self.most_bytes = self.most_bytes.max(self.bytes);
        self.sum += self.writes as f64;
        self.squares += self.writes as f64 * self.writes as f64;
        (self.writes, self.bytes) = (0, 0);
    }

    fn finish(mut self, last_ns: u64) -> Burstiness {
        let mut windows = last_ns / self.length_ns;
        if self.current < windows {
            self.close();
        }
        let (mut sum, mut squares) = (self.sum, self.squares);
        self.close();
        if sum <= 0.0 {
            (windows, sum, squares) = (windows + 1, self.sum, self.squares);
        }
        let mean = sum / windows as f64;
        let variance = squares / windows as f64 - mean * mean;
        Burstiness {
            window: SimDuration::from_ns(self.length_ns),
            windows,
            mean_writes: mean,
            most_writes: self.most_writes,
            most_bytes: self.most_bytes,
            dispersion: if mean > 0.0 { (variance / mean).max(0.0) } else { 0.0 },
        }
    }
}

/// The blocks written, by a hash of their address; only those with a hash below the threshold are remembered.
#[derive(Debug)]
struct Blocks {
    /// When each was written last.
    last_ns: BTreeMap<u64, u64>,
    most: usize,
    /// Those with a hash of at most this are remembered.
    threshold: u64,
    /// The share of addresses that this is.
    rate: f64,
    /// Counts over what is remembered, in proportion to the rate of now.
    writes: f64,
    overwrites: f64,
    within_1s: f64,
    within_60s: f64,
}

impl Blocks {
    fn new(most: usize) -> Self {
        Self {
            last_ns: BTreeMap::new(),
            most,
            threshold: u64::MAX,
            rate: 1.0,
            writes: 0.0,
            overwrites: 0.0,
            within_1s: 0.0,
            within_60s: 0.0,
        }
    }

    fn write(&mut self, at_ns: u64, volume: &[u8], offset: u64, size: u64) {
        if size == 0 {
            return;
        }
        // It begins with no number of a block: else block 50 of volume `1` (letter 49) were block 49 of volume `2`.
        let of_volume = volume.iter().fold(u64::MAX, |hash, &byte| mixed(hash ^ u64::from(byte)));
        let last = offset.saturating_add(size - 1) / SUMMARY_BLOCK;
        for block in offset / SUMMARY_BLOCK..=last {
            let hash = mixed(of_volume ^ mixed(block));
            if hash > self.threshold {
                continue;
            }
            self.writes += 1.0;
            if let Some(before) = self.last_ns.insert(hash, at_ns) {
                let since = at_ns - before;
                self.overwrites += 1.0;
                self.within_1s += f64::from(u8::from(since <= 1_000_000_000));
                self.within_60s += f64::from(u8::from(since <= 60_000_000_000));
            } else if self.last_ns.len() > self.most {
                self.threshold /= 2;
                self.last_ns.split_off(&(self.threshold + 1));
                self.rate /= 2.0;
                for count in
                    [&mut self.writes, &mut self.overwrites, &mut self.within_1s, &mut self.within_60s]
                {
                    *count /= 2.0;
                }
            }
        }
    }

    fn finish(self) -> WrittenBlocks {
        let share = |count: f64| if self.writes > 0.0 { count / self.writes } else { 0.0 };
        WrittenBlocks {
            distinct: self.last_ns.len() as f64 / self.rate,
            writes: self.writes / self.rate,
            overwrites: share(self.overwrites),
            within_1s: share(self.within_1s),
            within_60s: share(self.within_60s),
            sampled: self.rate,
        }
    }
}

/// A bijection that mixes all bits (the finaliser of `SplitMix64`: Steele, Lea, Flood, OOPSLA 2014).
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary_of(lines: &str) -> Summary {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace.csv");
        std::fs::write(&path, lines).unwrap();
        summarise(&[&path], &Reading::default()).unwrap()
    }

    /// Microseconds, kind, offset, size.
    fn trace(requests: &[(u64, char, u64, u64)]) -> Summary {
        let line =
            |&(us, kind, offset, size): &(u64, char, u64, u64)| format!("1,{kind},{offset},{size},{us}\n");
        summary_of(&requests.iter().map(line).collect::<String>())
    }

    /// Two volumes named by a letter each, and the blocks that have the numbers of these letters.
    #[test]
    fn blocks_of_two_volumes_are_never_one() {
        let places = [('1', 49), ('1', 50), ('2', 49), ('2', 50)];
        let line = |(volume, block): (char, u64)| format!("{volume},W,{},4096,1\n", block * SUMMARY_BLOCK);
        let blocks = summary_of(&places.map(line).concat()).blocks;
        assert_eq!((blocks.distinct as u64, blocks.overwrites.to_bits()), (4, 0.0_f64.to_bits()));
    }

    #[test]
    fn shares_sizes_and_overwrites_are_counted() {
        let s = 1_000_000;
        let seen = trace(&[
            (5 * s, 'W', 0, 8192),
            (6 * s, 'W', 4096, 4096),
            (6 * s, 'R', 0, 512),
            (15 * s, 'W', 4096, 4096),
            (105 * s, 'W', 700, 100),
        ]);
        assert_eq!(seen.span.as_secs_f64().to_bits(), 100.0_f64.to_bits());
        assert_eq!(
            (seen.writes, seen.reads),
            (Tally { requests: 4, bytes: 16484 }, Tally { requests: 1, bytes: 512 })
        );
        assert_eq!(seen.unaligned, 1);
        // Blocks 0, 1; then 1 after 1 s, 1 after 9 s, 0 after 100 s.
        let blocks = seen.blocks;
        let expected = WrittenBlocks {
            distinct: 2.0,
            writes: 5.0,
            overwrites: 0.6,
            within_1s: 0.2,
            within_60s: 0.4,
            sampled: 1.0,
        };
        assert_eq!(blocks, expected);
        let sizes: Vec<_> = seen.sizes.iter().collect();
        assert_eq!(sizes, [(100, 1), (4096, 2), (8192, 1)]);
        let quantiles = [0.0, 0.25, 0.26, 0.75, 0.76, 1.0].map(|share| seen.sizes.quantile(share));
        assert_eq!(quantiles, [100, 100, 4096, 4096, 8192, 8192]);
        assert_eq!(seen.gaps.len(), 3);
        // Mean and longest are exact, whatever the histogram rounds.
        assert_eq!((seen.gap_mean, seen.gap_max), (100e9 / 3.0, 90_000_000_000));
        assert_eq!(seen.gap_at(0.99), seen.gap_max);
        assert_eq!(seen.timeline.iter().map(|bin| bin.writes.requests).sum::<u64>(), 4);
    }

    #[test]
    fn more_sizes_than_can_be_told_apart_become_classes() {
        let mut sizes = Sizes::default();
        for size in 1..=10_000 {
            sizes.add(size);
        }
        assert!(sizes.iter().count() <= Sizes::MOST);
        assert_eq!(sizes.iter().map(|(_, count)| count).sum::<u64>(), 10_000);
        assert_eq!((sizes.largest(), sizes.quantile(0.5)), (10_000, 5_000));
    }

    #[test]
    fn bursts_are_seen_in_the_windows_that_hold_them() {
        // Ten writes at once, every second, for a hundred seconds; and one a tenth of a second.
        let bursts: Vec<_> = (0..1000).map(|n| (n / 10 * 1_000_000, 'W', 0, 512)).collect();
        let seen = trace(&bursts);
        let figures: Vec<_> = seen.bursts.iter().map(|b| (b.most_writes, b.windows)).collect();
        assert_eq!(figures, [(10, 9900), (10, 990), (10, 99)]);
        assert!(seen.bursts[2].dispersion.abs() < 1e-9 && seen.bursts[0].dispersion > 9.8);
        let even: Vec<_> = (0..1000).map(|n| (n * 100_000, 'W', 0, 512)).collect();
        let seen = trace(&even);
        assert!(seen.gap_variation < 1e-9 && seen.bursts[1].most_writes == 1);
    }

    /// A constant stream has no bursts, wherever it ends within a window.
    #[test]
    fn the_window_in_which_a_trace_ends_makes_no_bursts() {
        let even: Vec<_> = (0..350).map(|n| (n * 10_000, 'W', 0, 512)).collect();
        let figures = |seen: &Summary| -> Vec<_> {
            let whole = |b: &Burstiness| (b.windows, b.most_writes, b.mean_writes.to_bits());
            assert!(seen.bursts.iter().all(|b| b.dispersion.abs() < 1e-9), "{:?}", seen.bursts);
            seen.bursts.iter().map(whole).collect()
        };
        let expected = [(349, 1, 1.0_f64), (34, 10, 10.0), (3, 100, 100.0)];
        assert_eq!(figures(&trace(&even)), expected.map(|(n, most, mean)| (n, most, mean.to_bits())));
        // A trace that ends within its first window, or has no write before the last.
        assert_eq!(figures(&trace(&even[..50]))[2], (1, 50, 50.0_f64.to_bits()));
        let late = trace(&[(0, 'R', 0, 512), (2_500_000, 'W', 0, 512)]).bursts[2];
        assert_eq!((late.windows, late.most_writes), (3, 1));
        assert!((late.mean_writes - 1.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn the_timeline_loses_nothing_as_its_bins_grow() {
        let far: Vec<_> = (0..500).map(|n| (n * n * 1_000_000, 'W', 0, 512)).collect();
        let seen = trace(&far);
        assert!(seen.timeline.len() <= BINS);
        assert_eq!(seen.timeline.iter().map(|bin| bin.writes.requests).sum::<u64>(), 500);
        let width = seen.bin.as_ns();
        for (index, bin) in seen.timeline.iter().enumerate() {
            let within = (0..500_u64).filter(|n| n * n * 1_000_000_000 / width == index as u64).count();
            assert_eq!(bin.writes.requests, within as u64);
        }
    }

    /// Against counting every block: with a sixteenth of the addresses the estimate is within a few per cent.
    #[test]
    fn a_sample_of_blocks_stands_for_all() {
        let mut exact = Blocks::new(usize::MAX);
        let mut sampled = Blocks::new(4096);
        let mut state = 7;
        for n in 0..200_000_u64 {
            state = mixed(state);
            // Half of the writes to a tenth of the blocks.
            let block = if state & 1 == 0 { state >> 8 & 0x1fff } else { state >> 8 & 0xffff };
            for blocks in [&mut exact, &mut sampled] {
                blocks.write(n * 1_000_000, b"1", block * 4096, 4096);
            }
        }
        let (exact, sampled) = (exact.finish(), sampled.finish());
        assert!(exact.sampled.to_bits() == 1.0_f64.to_bits() && sampled.sampled < 0.1);
        assert_eq!(exact.writes.to_bits(), 200_000.0_f64.to_bits());
        let near = |a: f64, b: f64, tolerance: f64| (a - b).abs() <= tolerance * b;
        assert!(near(sampled.distinct, exact.distinct, 0.05), "{sampled:?} {exact:?}");
        assert!(near(sampled.writes, exact.writes, 0.05), "{sampled:?} {exact:?}");
        assert!(near(sampled.overwrites, exact.overwrites, 0.05), "{sampled:?} {exact:?}");
        assert!(near(sampled.within_60s, exact.within_60s, 0.05), "{sampled:?} {exact:?}");
    }

    #[test]
    fn requests_out_of_order_are_counted_and_told() {
        let seen = trace(&[(0, 'W', 0, 512), (9, 'W', 0, 512), (4, 'W', 0, 512)]);
        let file = &seen.files[0];
        assert_eq!((file.out_of_order, file.out_of_order_by.as_ns()), (1, 5_000));
        assert_eq!(seen.span.as_ns(), 9_000);
    }
}
